"""JSON, for programs: see :meth:`lossclass.solution.Solution.to_dict`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from lossclass.render import View
from lossclass.solution import Solution


def render(solutions: Iterable[Solution], view: View) -> Iterator[str]:
    """One object for one problem, an array for several; ``detail`` does not matter here."""
    yield from written((each.to_dict() for each in solutions), several=view.several)


def written(objects: Iterable[dict[str, Any]], *, several: bool) -> Iterator[str]:
    """An object, or the array of several, as they come."""
    before = "[\n" if several else ""
    for each in objects:
        yield before + json.dumps(each, ensure_ascii=False, indent=2, allow_nan=False)
        before = ",\n"
    if several:
        yield "[]\n" if before == "[\n" else "\n]\n"
    elif before:
        yield "\n"
