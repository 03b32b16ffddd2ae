"""What tests of problems share: bundled ones, solved once, and what is looked for in a solution."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from hypothesis import strategies as st

import lossclass
from lossclass import losses
from lossclass.problem.bundled import bundled_folder, bundled_problems
from lossclass.problem.files import load_all
from lossclass.problem.problem import Problem
from lossclass.problem.schema import problem_schema

GOLD = Path(__file__).parent / "gold"
CASES = Path(__file__).parent / "cases"
#: Bundled problems: each has numbers, or texts, that may be others.
VARIED = [*bundled_problems()]
NAMES = [*VARIED, *sorted(path.stem for path in CASES.glob("*.yaml"))]
#: What may stand in a text. Hypothesis says it by a table of UTF-8 that takes seconds to make, and that
#: a fresh clone does not have.
ANY_CHARACTER = st.characters(exclude_categories=["Cs"])


@cache
def case(name: str, **options: Any) -> lossclass.Solution:
    """A bundled problem, or one of those beside the gold files, with a file name that is the
    same everywhere."""
    folder = bundled_folder() if name in bundled_problems() else CASES
    with (folder / f"{name}.yaml").open(encoding="utf-8") as file:
        text = file.read()

    class Named:
        """A stream whose name does not depend on where the checkout is."""

        name = f"{folder.name}/{Path(file.name).name}"

        def read(self, _size: int) -> str:
            return text

    return lossclass.solve(lossclass.load(Named()), **options)  # type: ignore[arg-type]


def yaml_in(path: Path) -> Any:
    """What stands in a file of ours, read by the quicker reader, where it is there."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load(path.read_text(encoding="utf-8"), loader)  # noqa: S506 - it is a safe one


@cache
def schema() -> dict[str, Any]:
    """The JSON Schema of problems."""
    return problem_schema(losses)


@cache
def bundled(name: str) -> Problem:
    (problem,) = load_all(bundled_problems()[name], losses)
    return problem


@cache
def solved(name: str, **options: Any) -> lossclass.Solution:
    return lossclass.solve(bundled(name), **options)


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], str]]:
    """What stands in a problem, with where it stands."""
    if isinstance(value, dict | list | tuple):
        for key, each in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves(each, (*path, key))
    else:
        yield path, str(value)


def codes(solution: lossclass.Solution) -> list[str]:
    return [remark.code for remark in solution.remarks]


def decimals(low: str, high: str, places: int = 3) -> st.SearchStrategy[Decimal]:
    return st.decimals(low, high, places=places, allow_nan=False, allow_infinity=False)
