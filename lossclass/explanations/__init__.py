"""What ``lossclass explain`` says: texts beside the losses, with everything in them computed.

A text is Markdown, ``losses/NAME.md`` or ``topics/NAME.md``; what stands in it between ``{{`` and
``}}`` is worked out when it is asked for (:mod:`lossclass.explanations.directives`).
"""

from __future__ import annotations

from collections.abc import Mapping

from lossclass import losses
from lossclass.errors import UsageError
from lossclass.explanations import source
from lossclass.explanations.explanation import Comparison, Explanation, Overview
from lossclass.problem.bundled import bundled_problems
from lossclass.problem.words import loss_named
from lossclass.suggest import nearest

__all__ = ["Comparison", "Explanation", "Overview", "compare", "explain", "overview", "topics"]


def topics() -> dict[str, str]:
    """What can be explained: names, the losses' first, each with one line about it."""
    return {name: source.about(path)["summary"] for name, path in source.paths().items()}


def overview() -> Overview:
    """The list of all topics, to be printed."""
    return Overview()


def explain(topic: str) -> Explanation:
    """The explanation of a loss or of another topic, worked out.

    Args:
        topic: a name from :func:`topics`, or another name of the same thing.

    Raises:
        UsageError: there is no such topic; the message names the nearest.
    """
    return Explanation(_canonical(topic))


def compare(one: str, other: str) -> Comparison:
    """Two losses side by side.

    Raises:
        UsageError: one of them is not a loss, or they are the same.
    """
    names = (_canonical(one), _canonical(other))
    for name in names:
        if name not in source.loss_paths():
            raise UsageError(f"only losses can be put side by side, and {name} is none")
    if names[0] == names[1]:
        raise UsageError(f"{one} and {other} are the same loss, {names[0]}")
    return Comparison(*names)


def _canonical(topic: str) -> str:
    """The name of the topic that goes under this name, however it is hyphenated."""
    names = {_plain(name): name for name in source.paths()}
    if name := names.get(_plain(topic)):
        return name  # without looking for aliases: that imports all losses
    known = names | {_plain(each): name for name in names.values() for each in source.aliases(name)}
    if name := known.get(_plain(topic)):
        return name
    if (loss := loss_named(topic, losses).loss) in source.loss_paths():
        return loss
    raise UsageError(f"no topic is called {topic!r}; {_instead_of(topic, known)}")


def _instead_of(topic: str, known: Mapping[str, str]) -> str:
    """What to do where there is no such topic."""
    if topic in bundled_problems():
        return f"it is a problem, which 'lossclass solve {topic}' works out"
    both = [loss_named(each, losses).loss for each in topic.split()]
    if len(both) == 2 and all(both):
        return f"'lossclass explain {both[0]} --versus {both[1]}' puts two losses side by side"
    near = nearest(_plain(topic), known)
    return f"did you mean {known[near]!r}?" if near else "'lossclass explain' lists them"


def _plain(name: str) -> str:
    return "-".join(name.lower().replace("_", " ").replace("-", " ").split())
