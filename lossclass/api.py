"""The front door: what ``import lossclass`` offers. Here the rooms are put together."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

from lossclass import losses
from lossclass.choices import Wanted
from lossclass.problem import files
from lossclass.problem.files import Source
from lossclass.problem.problem import Problem
from lossclass.render import terminal
from lossclass.solution import Solution
from lossclass.solving import solve as solve_problem

if TYPE_CHECKING:
    from lossclass.explanations import Comparison, Explanation

__all__ = ["Problem", "Solution", "explain", "load", "load_all", "solve"]

Solution.drawer = terminal.draw


def load(source: Source) -> Problem:
    """The problem in a YAML file, a text stream or a mapping.

    A mapping may hold NumPy arrays, or whatever offers ``__array__``, where a file has lists.

    Args:
        source: a path, an open text file, or a mapping of the keys of a problem file.

    Raises:
        FileError: the file cannot be read.
        InvalidProblem: the problem says something that cannot be meant, with all that is wrong;
            or there are several problems in the file (see :func:`load_all`).

    >>> load({"loss": "hinge", "y_true": [1], "y_pred": [0.8]}).loss
    'hinge'
    >>> load({"loss": "hinge", "y_true": [0], "y_pred": [0.8]})
    Traceback (most recent call last):
        ...
    lossclass.errors.InvalidProblem: y_true.1: expected 1 or -1, got 0
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


def solve(problem: Problem | Source, **options: Any) -> Solution:
    """The worked solution of a problem.

    Args:
        problem: a problem, or anything that :func:`load` takes.
        options: ``round_as_you_go=N`` also works it with each step rounded to N significant
            digits; ``frameworks=True`` adds what PyTorch, Keras, optax and scikit-learn compute;
            ``gradient``, ``everything`` and ``updated_loss`` ask for more, see
            :class:`lossclass.choices.Wanted`, and so does what a loss has of its own, such as ``beam`` of CTC; ``digits``, ``log_base``
            and ``reduction`` take the place of the problem's own.

    Raises:
        InvalidProblem: the problem says something that cannot be meant.
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
    rounding = options.pop("round_as_you_go", None)
    frameworks = options.pop("frameworks", False)
    more = ("gradient", "everything", "updated_loss")
    asked = {name: options.pop(name, False) for name in more}
    known = {extra.name for extra in losses.extras()} if options else set()
    extras = {name: options.pop(name) for name in known & options.keys()}
    wanted = Wanted(**asked, extras=extras)
    if options:
        problem = problem.changed(losses, **options)
    return solve_problem(problem, round_as_you_go=rounding, frameworks=frameworks, wanted=wanted)


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
