"""What a written name stands for among the steps of a solution."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from lossclass.arithmetic.notation import PLAIN, TYPED
from lossclass.solution import Solution
from lossclass.suggest import nearest


@dataclass(frozen=True, eq=False)
class Names:
    """The names of a solution's steps: ids, symbols as they are printed or typed, titles."""

    solution: Solution

    def ids(self, written: str) -> tuple[str, ...]:
        """The ids of the steps that a name can stand for: one, none, or several."""
        if written in self._steps:
            return (written,)
        return self._index.get(_folded(written), ())

    def nearest(self, written: str) -> str | None:
        """The id that is most like a name that stands for no step."""
        return nearest(written, self._steps)

    @cached_property
    def _steps(self) -> Mapping[str, str]:
        return {step.id: step.title for step in self.solution.steps}

    @cached_property
    def _index(self) -> Mapping[str, tuple[str, ...]]:
        found: dict[str, dict[str, None]] = {}
        for step in self.solution.steps:
            symbol = step.quantity.symbol
            for name in (step.id, PLAIN.symbol(symbol), TYPED.symbol(symbol), step.title):
                found.setdefault(_folded(name), {})[step.id] = None
        return {name: tuple(ids) for name, ids in found.items()}


def _folded(name: str) -> str:
    return "".join(name.casefold().split())
