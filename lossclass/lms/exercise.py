"""What is asked on a platform: numbers with their tolerances, and the slips that lead to others."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_UP, Decimal, localcontext
from functools import cache, cached_property
from typing import TypeAlias

from lossclass.arithmetic.calculation import Rounding
from lossclass.arithmetic.expression import Quantity
from lossclass.arithmetic.number import WORKING
from lossclass.blocks import Step
from lossclass.errors import UsageError
from lossclass.marking.diagnosis import Diagnosis, Named
from lossclass.marking.marks import USUAL_DIGITS, Allowed
from lossclass.slips import CATALOGUE
from lossclass.solution import Solution
from lossclass.worksheets import Show
from lossclass.worksheets.choosing import choose
from lossclass.worksheets.composing import worksheet
from lossclass.worksheets.worksheet import Part

#: So many slips stand beside a right answer.
MOST_SLIPS = 12
#: So many of them are the same slip, made elsewhere.
_MOST_OF_A_KIND = 2
#: Half a unit of the last digit of a 0, which has no significant ones.
_HALF_OF_ZERO = Decimal("0.0005")


@dataclass(frozen=True)
class WrongAnswer:
    """A number that a slip leads to, and what to tell whoever has it."""

    value: float
    tolerance: float
    text: str


@dataclass(frozen=True)
class Asked:
    """A step whose number is asked for.

    Attributes:
        tolerance: how far an answer may be off; so much is still right.
        wrong: the slips that can be told from the right answer and from each other, the likeliest
            first.
    """

    step: Step
    value: float
    tolerance: float
    wrong: tuple[WrongAnswer, ...]


@dataclass(frozen=True)
class Exercise:
    """A problem as a platform asks it: the answer, or every step that a worksheet asks for."""

    solution: Solution
    asked: tuple[Asked, ...]

    @cached_property
    def by_id(self) -> Mapping[str, Asked]:
        """What is asked, by the ids of the steps."""
        return {each.step.id: each for each in self.asked}

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """The worksheet, with all its steps and their formulas."""
        return worksheet(self.solution, Show.FORMULA).parts

    def is_answer(self, asked: Asked) -> bool:
        """Whether it is the last line of the working."""
        return asked.step.id in self.solution.answer_ids

    def before(self, asked: Asked) -> list[Step]:
        """The steps that a step is worked from, in order, without itself."""
        wanted = self.solution.calculation.before(asked.step.id).keys() - {asked.step.id}
        return [step for step in self.solution.steps if step.id in wanted]


def exercise(
    solution: Solution,
    diagnosis: Diagnosis,
    allowed: Allowed | None = None,
    *,
    steps: bool = False,
) -> Exercise:
    """The exercise of a solution.

    Args:
        diagnosis: the slips of the problem.
        allowed: a tolerance in the place of what rounding to three significant digits can do.
        steps: ask for every step that a worksheet asks for, and not for the answer alone.

    Raises:
        UsageError: there is nothing to ask for, since no platform takes ∞ as a number.
    """
    ids = choose(solution, Show.FORMULA, () if steps else solution.answer_ids).asked
    with localcontext(WORKING):
        tolerance = _tolerance(solution, allowed)
        asked = tuple(
            _asked(step, diagnosis, tolerance)
            for step in ids.values()
            if step.decimal.is_finite() and _is_double(step.decimal)
        )
    if not asked:
        raise UsageError(
            f"{solution.about.file or solution.about.title}: its answer is no finite number, which "
            "no platform can ask for"
        )
    return Exercise(solution, asked)


def identifier(*texts: str) -> str:
    """A name that is always the same for the same texts, and another for others."""
    return (
        "lossclass_" + hashlib.sha256("\0".join(texts).encode("utf-8", "replace")).hexdigest()[:24]
    )


def distinct(names: Sequence[str]) -> list[str]:
    """The names, those that came before with a number behind them."""
    seen: Counter[str] = Counter()
    found = []
    for name in names:
        seen[name] += 1
        found.append(name if seen[name] == 1 else f"{name}_{seen[name]}")
    return found


#: By how much a number may be off that stands, rightly or wrongly, for the step with an id.
_Tolerance: TypeAlias = Callable[[str, Decimal], Decimal]


def _tolerance(solution: Solution, allowed: Allowed | None) -> _Tolerance:
    """By what rounding can do, or by what the teacher says."""
    spread = cache(lambda step: solution.calculation.spread(step, Rounding(USUAL_DIGITS)))
    if allowed is not None:
        return lambda _, number: allowed.of(number)
    return lambda step, number: _half_unit(number) + spread(step)


def _half_unit(number: Decimal) -> Decimal:
    """Half a unit of the last of three significant digits, also where those are zeros."""
    if not number:
        return _HALF_OF_ZERO
    return Decimal(5).scaleb(number.adjusted() - USUAL_DIGITS)


def _asked(step: Step, diagnosis: Diagnosis, tolerance: _Tolerance) -> Asked:
    right = step.decimal, tolerance(step.id, step.decimal)
    wrong: list[WrongAnswer] = []
    taken, kinds = [right], Counter[str]()
    for slip in _likeliest(diagnosis.all_of(step.id), step.quantity):
        pair = slip.value, tolerance(step.id, slip.value)
        has_room = len(wrong) < MOST_SLIPS and kinds[slip.code] < _MOST_OF_A_KIND
        if has_room and all(_is_apart(pair, other) for other in taken):
            kinds[slip.code] += 1
            taken.append(pair)
            wrong.append(WrongAnswer(float(slip.value), _upwards(pair[1]), slip.text))
    return Asked(step, step.value, _upwards(right[1]), tuple(wrong))


def _likeliest(slips: Iterator[Named], quantity: Quantity) -> list[Named]:
    """Finite ones, the likeliest first: where one code may be meant in many ways, each of them is
    less likely. Of one as likely as another, the one nearer to the answer comes first."""
    usable = (slip for slip in slips if slip.value.is_finite() and _is_double(slip.value))
    # made in the step alone or in all of its kind, a slip may lead to the same number: it counts once
    found = {(slip.code, slip.value): slip for slip in usable}.values()
    counts = Counter(slip.code for slip in found)
    return sorted(
        found,
        key=lambda slip: (
            -CATALOGUE[slip.code].usual / counts[slip.code],
            slip.step not in {None, quantity.id},
            slip.code,  # or the order would change from run to run
        ),
    )


def _is_apart(one: tuple[Decimal, Decimal], other: tuple[Decimal, Decimal]) -> bool:
    return abs(one[0] - other[0]) > one[1] + other[1]


def _is_double(number: Decimal) -> bool:
    """Whether a double can hold it as what it is."""
    return not number or -300 < number.adjusted() < 300


def _upwards(tolerance: Decimal) -> float:
    """A tolerance in few digits, and not less than it was."""
    if not tolerance:
        return 0.0
    place = Decimal(1).scaleb(tolerance.adjusted() - USUAL_DIGITS + 1)
    return float(tolerance.quantize(place, ROUND_UP, WORKING))
