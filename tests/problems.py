"""What tests of problems share: bundled ones, solved once, and what is looked for in a solution."""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from typing import Any

from hypothesis import strategies as st

import lossclass
from lossclass import losses
from lossclass.problem.bundled import bundled_problems
from lossclass.problem.files import load_all
from lossclass.problem.problem import Problem


@cache
def bundled(name: str) -> Problem:
    (problem,) = load_all(bundled_problems()[name], losses)
    return problem


@cache
def solved(name: str, **options: Any) -> lossclass.Solution:
    return lossclass.solve(bundled(name), **options)


def codes(solution: lossclass.Solution) -> list[str]:
    return [remark.code for remark in solution.remarks]


def decimals(low: str, high: str, places: int = 3) -> st.SearchStrategy[Decimal]:
    return st.decimals(low, high, places=places, allow_nan=False, allow_infinity=False)
