"""Worked solutions for the loss functions of recurrent neural networks.

    >>> import lossclass
    >>> problem = lossclass.load({"loss": "hinge", "y_true": [1, -1], "y_pred": [0.8, 0.5]})
    >>> solution = lossclass.solve(problem)
    >>> solution.answer.value
    1.7
    >>> solution.step("hinge.2").value
    1.5

``print(solution)`` writes the working; a notebook shows it by itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lossclass.errors import FileError, InvalidProblem, LossclassError, Mistake, UsageError

if TYPE_CHECKING:
    from lossclass.api import explain, load, load_all, solve
    from lossclass.problem.problem import Problem
    from lossclass.solution import Solution

__all__ = [
    "FileError",
    "InvalidProblem",
    "LossclassError",
    "Mistake",
    "Problem",
    "Solution",
    "UsageError",
    "explain",
    "load",
    "load_all",
    "solve",
]
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """Import what is used when it is used: ``lossclass --version`` needs no NumPy."""
    if name in __all__:
        from lossclass import api

        return getattr(api, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
