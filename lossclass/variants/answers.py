"""The answers of a class, line by line of a CSV table: what every step of every variant comes to.

Numbers alone are worked for many students at once, by evaluating the steps on NumPy arrays.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from functools import cached_property
from typing import Final, TypeAlias

from lossclass.arithmetic.calculation import evaluate
from lossclass.arithmetic.expression import Role
from lossclass.arithmetic.number import WORKING
from lossclass.choices import NOTHING_MORE, Wanted
from lossclass.errors import LossclassError
from lossclass.rosters.table import csv_line
from lossclass.second_road import np, numpy_is_here
from lossclass.solution import Solution
from lossclass.solving import solve
from lossclass.variants.variant import Pick, Variants

#: How wide a space numbers are from, and these.
_Numbers: TypeAlias = tuple[int, tuple[int, ...]]
#: Ten significant digits: more than anybody works with by hand, fewer than doubles hold.
_NUMBER: Final = "%.10g"


def line_of(id: str, student: str, numbers: Iterable[str]) -> str:
    """The line of one student, with the steps of one problem behind those of another."""
    cell = student if student.isalnum() else csv_line([student]).rstrip("\n")
    return f"{id},{cell},{','.join(numbers)}\n"


def numbers_of(solution: Solution) -> str:
    """What its steps come to, as it stands in a line."""
    return _texts([float(step.decimal) for step in solution.steps])


def _texts(numbers: Sequence[float]) -> str:
    return ",".join(_NUMBER % (number + 0.0) for number in numbers)  # -0 becomes 0


class Answers:
    """Answers alone, many at once; one by one where more is wanted than the loss.

    Attributes:
        step_ids: what is answered, in order.
    """

    def __init__(self, variants: Variants, wanted: Wanted = NOTHING_MORE) -> None:
        self.variants = variants
        self._wanted = wanted
        steps = variants.original.steps
        if wanted != NOTHING_MORE:
            steps = solve(variants.problem, wanted=wanted).steps
        self.step_ids = tuple(step.id for step in steps)

    def numbers(self, picks: Sequence[Pick]) -> list[str]:
        """The steps of some students whose numbers are drawn, as they stand in their lines."""
        if self._wanted != NOTHING_MORE:
            problems = (self.variants.of(pick).problem for pick in picks)
            return [numbers_of(solve(each, wanted=self._wanted)) for each in problems]
        drawn: list[_Numbers] = [(each.width, each.numbers or ()) for each in picks]
        alike = [each for each in dict.fromkeys(drawn) if self.is_quick(each)]
        at_once = self._at_once([numbers for _, numbers in alike]) if alike else ()
        texts = dict(zip(alike, at_once, strict=True))
        for width, numbers in drawn:
            if (width, numbers) not in texts:
                texts[width, numbers] = numbers_of(self.variants.solved(numbers, width))
        return [texts[each] for each in drawn]

    def is_quick(self, each: _Numbers) -> bool:
        """Whether a variant can be worked with others at once: the original's expressions are its
        own, all but what is given."""
        width, numbers = each
        is_usual = width == 0 and numpy_is_here() and self._ids is not None
        return is_usual and bool(self.variants.is_worked_alike(numbers))

    def _at_once(self, numbers: Sequence[tuple[int, ...]]) -> Iterator[str]:
        table = np.array(numbers, dtype=float)  # whole numbers of few digits are exact in doubles
        rows = self.variants.space.rows
        powers = [10.0**-row.exponent for row in rows for _ in row.places]
        given = {id: table[:, n] / powers[n] for n, ids in enumerate(self._ids or ()) for id in ids}
        values = evaluate(self.variants.original.calculation, floats=True, replacing=given)
        count = len(numbers)
        columns = [np.broadcast_to(values[id], count) for id in self.variants.step_ids]
        return (_texts(row) for row in np.column_stack(columns).tolist())

    @cached_property
    def _ids(self) -> Sequence[Sequence[str]] | None:
        """The ids of what each number of the space is in the calculation; None where that cannot
        be told, as where a given number is worked out of several."""
        written = self.variants.space.written
        found = []
        places = ((place, row) for row in self.variants.space.rows for place in row.places)
        for n, (place, row) in enumerate(places):
            ids: Sequence[str] | None = ()
            if len(place.allowed) > 1:
                other = next(each for each in place.allowed if each != written[n])
                ids = self._ids_of(n, other, row.exponent)
            if ids is None:
                return None
            found.append(ids)
        return found

    def _ids_of(self, n: int, other: int, exponent: int) -> Sequence[str] | None:
        """What changes in what is given if one number is another, if it becomes that number."""
        written = self.variants.space.written
        try:
            solution = self.variants.solved([*written[:n], other, *written[n + 1 :]])
        except LossclassError:
            return None
        number = Decimal(other).scaleb(exponent, WORKING)
        before = self.variants.original.values
        changed = [
            quantity.id
            for quantity in solution.calculation
            if quantity.role is Role.GIVEN
            and before.get(quantity.id) != solution.values[quantity.id]
        ]
        return changed if all(solution.values[id] == number for id in changed) else None
