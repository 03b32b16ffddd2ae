"""A problem asked for on the terminal, key by key, and written as a file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from lossclass import losses
from lossclass.asking import Page
from lossclass.errors import FileError, Interrupted, InvalidProblem, Mistake
from lossclass.output import refuse_existing, write
from lossclass.problem.files import load_all
from lossclass.problem.problem import validate
from lossclass.problem.typed import as_example, as_yaml, typed_value
from lossclass.problem.words import Named, Reading

if TYPE_CHECKING:
    from rich.console import Console

_BACK: Final = "back"
_HOW: Final = (
    "Each key has an example of what to type: numbers with commas between them, rows with "
    "semicolons. Enter leaves out what may be left out, back goes to the key before, and Ctrl-C or "
    "Ctrl-D ends without writing anything."
)
_MORE: Final = (
    "More keys? Type one with its value, such as reduction: sum. ? lists them, Enter is enough."
)
_KEY: Final = re.compile(r"\s*([^\s:=]+)\s*[:=]\s*(.+)")


def ask_for_problem(
    named: Named, console: Console, to: Path | None, *, force: bool = False
) -> None:
    """Ask for a problem of a loss, and write it to a file or to standard output.

    Args:
        named: one of ours, with what its name says beside it.
        to: the file; without it, whoever sits at a terminal is asked for its name.
        force: write over the file if it exists.

    Raises:
        FileError: the file exists, or cannot be written.
        Interrupted: somebody has had enough.
    """
    refuse_existing(to, force=force)
    asking = _Asking(named, Page(console))
    try:
        text = asking.whole()
        to = to or asking.file()
    except (EOFError, KeyboardInterrupt):
        asking.page.line()
        raise Interrupted("nothing was written") from None
    write([text], to, force=force)
    if to is not None:
        asking.page.say(f"Written to {to}. Solve it with: lossclass solve {to}")


class _Asking:
    def __init__(self, named: Named, page: Page) -> None:
        assert named.loss is not None  # noqa: S101 - it is one of ours
        self.loss, self.page = losses.load(named.loss), page
        template = self.loss.TEMPLATE
        (example,) = load_all(StringIO(f"loss: {named.loss}\n{template}"), losses)
        self.examples = {"title": "My problem"} | {
            key: as_example(each) for key, each in example.data.items() if key != "loss"
        }
        self.comments = _comments(template)
        self.data: dict[str, Any] = {"loss": named.loss, **named.keys}
        if self.loss.Inputs.FORM in named.keys:  # the template is one of another form
            self.examples = {"title": self.examples["title"]}
            self.comments = {}
            keys = ["title", *filter(self._is_required, self._fields())]
        else:
            keys = [*self.examples]
        keys = [key for key in keys if key not in self.data]
        self.keys = sorted(keys, key=lambda key: key == "formula")  # behind the names in it

    def whole(self) -> str:
        """The problem as YAML, when it is valid."""
        self.page.say(f"A problem: {self.loss.TITLE}", "bold")
        self.page.say(_HOW, "dim")
        place = 0
        while place < len(self.keys):
            place = max(0, place + (-1 if self._ask(self.keys[place]) == _BACK else 1))
        while wrong := self._wrong():
            self._say(wrong)
            for key in dict.fromkeys(map(_first, wrong)):
                if key:
                    self._ask(key, must=True)
                else:
                    self._ask_for_more()
        self._ask_for_more()
        ordered = {key: self.data[key] for key in ("loss", *self.keys) if key in self.data}
        return as_yaml(ordered | self.data)

    def file(self) -> Path | None:
        """The file that somebody wants it in, if somebody sits there; None to print it."""
        while self.page.interactive:
            self.page.line()
            self.page.say("A file for it, such as mine.yaml? Enter prints it.", "dim")
            name = self.page.ask("file> ").strip()
            if not name:
                return None
            try:
                refuse_existing(Path(name), force=False)
            except FileError:
                self.page.say(f"{name} exists already: another name?", mark="✗")
            else:
                return Path(name)
        return None

    def _ask(self, key: str, *, must: bool = False) -> str:
        """Ask for a key until it fits, or is left out; what was typed in the end."""
        before = self.data.pop(key, None)
        self._show(key)
        while True:
            typed = self.page.ask(f"{key}> ").strip()
            if typed == _BACK and not must:
                if before is not None:
                    self.data[key] = before
                return typed
            if not typed:
                if not (must or self._is_required(key)):
                    return typed
                or_other = ", or another key in its place, as KEY: VALUE" if must else ""
                self.page.say(f"{key} must be there{or_other}.", mark="✗")
            elif must and (other := self._other_key(typed)):
                if self._take(*other):
                    return typed
            elif self._take(key, typed):
                return typed

    def _show(self, key: str) -> None:
        self.page.line()
        if comment := self.comments.get(key):
            self.page.say(comment, "dim")
        if example := self.examples.get(key):
            self.page.say(f"for example {example}", "dim", indent=2)

    def _other_key(self, typed: str) -> tuple[str, str] | None:
        """A key that was typed with its value in the place of the one that was asked for."""
        found = _KEY.fullmatch(typed)
        return (found[1], found[2]) if found and found[1] in self._fields() else None

    def _take(self, key: str, typed: str) -> bool:
        """Put down a value if it is valid beside what is there already; else say why not."""
        try:
            self.data[key] = typed_value(key, typed)
            wrong = [each for each in self._wrong() if _first(each) in self.data]
        except InvalidProblem as error:
            wrong = error.mistakes
        if wrong:
            self.data.pop(key, None)
            self._say(wrong)
        return not wrong

    def _ask_for_more(self) -> None:
        """Ask for keys that the template has behind a #."""
        self.page.line()
        self.page.say(_MORE, "dim")
        while typed := self.page.ask("> ").strip():
            if typed == "?":
                self.page.say(", ".join(key for key in self._fields() if key not in self.data))
                self.page.say("'lossclass explain keys' says what may stand under each.", "dim")
            elif (found := _KEY.fullmatch(typed)) is None:
                self.page.say("Expected a key, a colon and a value.", mark="✗")
            elif found[1] in self.data:
                self.page.say(f"{found[1]} is there already.", mark="✗")
            else:
                self._take(found[1], found[2])

    def _wrong(self) -> list[Mistake]:
        """What is wrong with what is there so far."""
        try:
            validate(self.data, losses)
        except InvalidProblem as error:
            return error.mistakes
        return []

    def _say(self, wrong: list[Mistake]) -> None:
        for mistake in wrong:
            self.page.say(str(mistake), mark="✗")

    def _fields(self) -> Mapping[str, Any]:
        model = Reading(self.data, losses).model
        assert model is not None  # noqa: S101 - the loss is one of ours
        return model.model_fields

    def _is_required(self, key: str) -> bool:
        fields = self._fields()
        return key in fields and fields[key].is_required()


def _first(mistake: Mistake) -> str:
    """The key of a mistake."""
    return mistake.path.partition(".")[0]


def _comments(template: str) -> dict[str, str]:
    """What the template says before each key that is there, in one line."""
    found: dict[str, str] = {}
    comment: list[str] = []
    for line in template.splitlines():
        if line.startswith("# "):
            comment.append(line.removeprefix("# "))
            continue
        if key := re.match(r"(\w+):", line):
            found[key[1]] = " ".join(comment)
        comment = []
    return found
