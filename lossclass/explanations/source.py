"""The texts: where they are, and their parts.

A file begins with what is said *about* the topic, as YAML between two lines of ``---``: its
``summary`` in one line, its ``aliases`` (of a loss, those beyond its module's), its ``title`` (a
loss's module has one), and for a loss what ``--versus`` shows. Then come sections under ``##``.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from lossclass import losses
from lossclass.errors import LossclassError
from lossclass.records import record

_PACKAGE = Path(__file__).parent.parent
_FENCE = "---\n"
#: What the head of a text has to say.
_HEAD_OF_LOSS = ("summary", "use", "range", "gradient", "behaviour", "bad")
_HEAD_OF_TOPIC = ("summary", "title")


class BadExplanation(LossclassError):
    """A text of ours cannot be worked out; its author is at fault."""


@record
class Source:
    """A text as it was written."""

    about: dict[str, Any]
    sections: dict[str, str]


def loss_paths() -> dict[str, Path]:
    """The texts beside the losses, by the losses' names."""
    texts = _texts_in("losses")
    return {name: texts[name] for name in losses.canonical_names() if name in texts}


def paths() -> dict[str, Path]:
    """All texts by name, those of the losses first."""
    return loss_paths() | _texts_in("topics")


@cache
def _texts_in(folder: str) -> dict[str, Path]:
    return {path.stem: path for path in sorted((_PACKAGE / folder).glob("*.md"))}


def aliases(name: str) -> tuple[str, ...]:
    """Other names for a topic."""
    own = losses.load(name).ALIASES if name in loss_paths() else ()
    return (*own, *about(paths()[name]).get("aliases", ()))


def about(path: Path) -> dict[str, Any]:
    """The head of a text, for whoever goes over all of them: one that cannot be read breaks its own
    explanation, and no other."""
    try:
        return read(path).about
    except BadExplanation as error:
        return {"summary": f"(This text cannot be read. {error})"}


@cache
def read(path: Path) -> Source:
    """A text taken apart.

    Raises:
        BadExplanation: it does not begin as it should.
    """
    import yaml  # --help does without

    start, head, text = ["", "", ""]
    parts = path.read_text(encoding="utf-8").split(_FENCE, 2)
    if len(parts) == 3:
        start, head, text = parts
    try:
        values = yaml.load(head, getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - safe
    except yaml.YAMLError as error:
        where = " ".join(str(error).split())
        raise BadExplanation(f"{path.name}: its head is no YAML: {where}") from None
    if start or not isinstance(values, dict):
        raise BadExplanation(f"{path.name}: it does not begin with its head between two ---")
    missing = [key for key in _HEAD_OF_LOSS if key not in values]
    if path.parent.name != "losses":
        missing = [key for key in _HEAD_OF_TOPIC if key not in values]
    if missing:
        raise BadExplanation(f"{path.name}: its head has no {', '.join(missing)}")
    sections = {}
    for section in f"\n{text}".split("\n## ")[1:]:
        title, _, body = section.partition("\n")
        sections[title.strip()] = body.strip()
    return Source(values, sections)
