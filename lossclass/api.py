"""The front door: what ``import lossclass`` offers. Here the rooms are put together."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final, SupportsIndex, cast, overload

from lossclass import losses
from lossclass.choices import MOST_DIGITS_SHOWN, LogBase, Reduction, Wanted
from lossclass.errors import UsageError
from lossclass.problem import files
from lossclass.problem.files import Source
from lossclass.problem.from_python import plain
from lossclass.problem.problem import Problem
from lossclass.render import terminal
from lossclass.solution import Solution
from lossclass.solving import solve as solve_problem
from lossclass.suggest import nearest

if TYPE_CHECKING:
    from lossclass.explanations import Comparison, Explanation

__all__ = ["Problem", "Solution", "explain", "load", "load_all", "solve"]

#: An option of more would be a mistake.
_MOST: Final = 1_000_000

Solution.drawer = terminal.draw


def load(source: Source) -> Problem:
    """The problem in a YAML file, a text stream or a mapping.

    A mapping may hold NumPy arrays, PyTorch tensors, or whatever offers ``__array__``, where a file
    has lists.

    Args:
        source: a path, the name of a bundled problem, an open file, or a mapping of the keys of a
            problem file.

    Raises:
        FileError: the file cannot be read.
        InvalidProblem: the problem says something that cannot be meant, with all that is wrong;
            or there are several problems in the file (see :func:`load_all`).

    >>> load({"loss": "hinge", "y_true": [1], "y_pred": [0.8]}).loss
    'hinge'
    >>> load({"loss": "hinge", "y_true": [0], "y_pred": [0.8]})
    Traceback (most recent call last):
        ...
    lossclass.errors.InvalidProblem: y_true.1: expected 1 or -1, got 0; of labels 0 and 1, write -1 for the 0
    """
    name = str(source) if isinstance(source, str | Path) else ""
    return files.only(files.load_all(source, losses), name)


def load_all(source: Source) -> list[Problem]:
    """All problems of a YAML file that holds several, separated by ``---``.

    Raises:
        FileError: the file cannot be read.
        InvalidProblem: with the mistakes of all problems.

    >>> from io import StringIO
    >>> one, two = load_all(StringIO('''
    ... loss: hinge
    ... y_true: [1]
    ... y_pred: [0.8]
    ... ---
    ... loss: hinge
    ... y_true: [-1]
    ... y_pred: [0.8]
    ... '''))
    >>> solve(two).answer.value
    1.8
    """
    return files.load_all(source, losses)


def solve(
    problem: Problem | Source,
    *,
    gradient: bool = False,
    updated_loss: bool = False,
    everything: bool = False,
    frameworks: bool = False,
    round_as_you_go: int | None = None,
    digits: int | None = None,
    log_base: LogBase | int | None = None,
    reduction: Reduction | None = None,
    **extras: bool | int | None,
) -> Solution:
    """The worked solution of a problem.

    Args:
        problem: a problem, or anything that :func:`load` takes.
        gradient: also the derivatives, worked from the loss backwards.
        updated_loss: also the loss after a step of learning, line by line.
        everything: as steps also what is too long to be read, such as an α of thousands of cells.
        frameworks: also what PyTorch, Keras, optax and scikit-learn compute.
        round_as_you_go: also the answer with each step rounded to so many significant digits.
        digits, log_base, reduction: in the place of the problem's own, where they are not None.
        extras: what a loss has of its own, such as ``backward`` and ``beam`` of CTC;
            ``lossclass solve --help`` names them.

    Raises:
        InvalidProblem: the problem says something that cannot be meant.
        UsageError: an option has a value that it cannot have, or is none of this loss.
        LossclassError: a step has no value.

    >>> solution = solve({"loss": "ctc", "target": "a", "blank": "-",
    ...                   "probabilities": {"a": 0.5, "-": 0.5}, "alignments": ["a-", "-a", "aa"]})
    >>> solution.step("probability").value
    0.75
    >>> print(round(solution.answer.value, 6))
    0.287682
    >>> [remark.code for remark in solution.remarks]
    []
    """
    if not isinstance(problem, Problem):
        problem = load(problem)
    asked = {"gradient": gradient, "updated_loss": updated_loss, "everything": everything}
    flags = {name: _flag(name, value) for name, value in asked.items()}
    if round_as_you_go is not None:
        round_as_you_go = _count("round_as_you_go", round_as_you_go, 1, MOST_DIGITS_SHOWN)
    changed = {"digits": digits, "log_base": log_base, "reduction": reduction}
    changed = {key: value for key, value in changed.items() if value is not None}
    if changed:
        problem = problem.changed(losses, **plain(changed))
    return solve_problem(
        problem,
        round_as_you_go=round_as_you_go,
        frameworks=_flag("frameworks", frameworks),
        wanted=Wanted(**flags, extras=_extras(extras) if extras else {}),
    )


def _extras(given: Mapping[str, object]) -> dict[str, object]:
    """What losses have of their own, with values that it can have.

    Raises:
        UsageError: there is no such thing, or it cannot have that value.
    """
    known = {extra.name: extra for extra in losses.extras()}
    checked: dict[str, object] = {}
    for name, value in given.items():
        if name not in known:
            near = nearest(name, [*known, *inspect.signature(solve).parameters])
            hint = f"; did you mean {near!r}?" if near else ""
            raise UsageError(f"{name}: solve has no such option{hint}")
        default = known[name].default
        if isinstance(default, bool):
            checked[name] = _flag(name, value)
        elif value is None and default is None:
            checked[name] = None
        else:
            checked[name] = _count(name, value, known[name].least)
    return checked


def _flag(name: str, value: object) -> bool:
    """An option that is wanted or not; NumPy has a True of its own.

    Raises:
        UsageError: it is neither.
    """
    if not isinstance(value, bool) and type(value).__name__ not in ("bool", "bool_"):
        raise UsageError(f"{name}: expected True or False, got {value!r}")
    return bool(value)


def _count(name: str, value: object, least: int, most: int = _MOST) -> int:
    """An option that is a whole number.

    Raises:
        UsageError: it is none, or too small or large.
    """
    is_whole = isinstance(value, SupportsIndex) and not isinstance(value, bool)
    if not is_whole or not least <= (number := int(cast("SupportsIndex", value))) <= most:
        raise UsageError(f"{name}: expected a whole number from {least} to {most}, got {value!r}")
    return number


@overload
def explain(topic: str, *, versus: None = None) -> Explanation: ...


@overload
def explain(topic: str, *, versus: str) -> Comparison: ...


def explain(topic: str, *, versus: str | None = None) -> Explanation | Comparison:
    """What ``lossclass explain`` says about a loss or another topic, worked out.

    It prints itself: with ``print`` on 80 columns, and on a Rich console.

    Args:
        topic: the name of a loss or a topic, or another name of it, such as ``mse``.
        versus: another loss; the two are then put side by side.

    Raises:
        UsageError: there is no such topic; or one of two is not a loss.

    >>> explain("mse").summary
    'How far predicted numbers are from the true ones, squared and averaged.'
    >>> list(explain("mse", versus="hinge").aspects)[:3]
    ['What it measures', 'The formula', 'Use']
    >>> explain("hinges")
    Traceback (most recent call last):
        ...
    lossclass.errors.UsageError: no topic is called 'hinges'; did you mean 'hinge'?
    """
    from lossclass import explanations  # Rich's Markdown is slow to import

    if versus is not None:
        return explanations.compare(topic, versus)
    return explanations.explain(topic)
