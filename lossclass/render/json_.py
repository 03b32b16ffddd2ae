"""JSON, for programs: see :meth:`lossclass.solution.Solution.to_dict`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from lossclass.render import View
from lossclass.solution import Solution


def render(solutions: Iterable[Solution], view: View) -> Iterator[str]:
    """One object for one problem, an array for several; ``detail`` does not matter here."""
    before = "[\n" if view.several else ""
    for solution in solutions:
        yield before + json.dumps(solution.to_dict(), ensure_ascii=False, indent=2, allow_nan=False)
        before = ",\n"
    if view.several:
        yield "[]\n" if before == "[\n" else "\n]\n"
    elif before:
        yield "\n"
