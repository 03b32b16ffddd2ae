"""What is asked on a platform: numbers with their tolerances, and the slips that lead to others."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from decimal import ROUND_UP, Decimal, localcontext
from fractions import Fraction
from functools import cache, cached_property
from typing import TypeAlias

from lossclass.arithmetic.calculation import Rounding
from lossclass.arithmetic.expression import Quantity
from lossclass.arithmetic.number import WORKING, round_significant
from lossclass.blocks import Step
from lossclass.errors import UsageError
from lossclass.lms import SMALLEST
from lossclass.marking.diagnosis import Diagnosis, Named
from lossclass.marking.marks import USUAL_DIGITS, Allowed
from lossclass.records import record
from lossclass.slips import CATALOGUE
from lossclass.solution import Solution
from lossclass.worksheets import Show
from lossclass.worksheets.choosing import Choice
from lossclass.worksheets.composing import worksheet
from lossclass.worksheets.worksheet import Question, Worksheet

#: So many slips stand beside a right answer.
MOST_SLIPS = 12
#: So many of them are the same slip, made elsewhere.
_MOST_OF_A_KIND = 2
#: Half a unit of the last digit of a 0, which has no significant ones.
_HALF_OF_ZERO = Decimal("0.0005")
#: Platforms show the right number to students, with so many significant digits.
_DIGITS = 8
#: It may be shortened to them where that is so small a part of the tolerance.
_HARDLY = 1000


@record
class WrongAnswer:
    """A number that a slip leads to, and what to tell whoever has it."""

    value: float
    tolerance: float
    text: str


@record
class Asked:
    """A step whose number is asked for.

    Attributes:
        tolerance: how far an answer may be off; so much is still right.
        wrong: the slips that can be told from the right answer and from each other, the likeliest
            first.
        points: what a right answer is worth.
        as_logarithm: whether −ln of the number is asked for, since it is too small itself.
    """

    step: Step
    value: float
    tolerance: float
    wrong: tuple[WrongAnswer, ...]
    points: Fraction = Fraction(1)
    as_logarithm: bool = False


@record
class Exercise:
    """A problem as a platform asks it.

    Attributes:
        variant: the id of the variant that it is; empty where it is the problem itself.
        title: what the problem is called of which it may be a variant.
        exam: the title of the exam that it is of; empty where it is of none.
        uncounted: the ids of steps that count nothing, and are not asked therefore.
    """

    solution: Solution
    asked: tuple[Asked, ...]
    variant: str = ""
    title: str = ""
    exam: str = ""
    uncounted: tuple[str, ...] = ()

    @cached_property
    def worksheet(self) -> Worksheet:
        """The worksheet, with all its steps and their formulas."""
        return worksheet(self.solution, Show.FORMULA)

    @cached_property
    def questions(self) -> Mapping[str, Question]:
        """What the worksheet asks, by the ids of the steps."""
        return {each.id: each for each in self.worksheet.questions}

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
    only: Collection[str] = (),
    smallest: float = SMALLEST,
    variant: str = "",
    title: str = "",
    exam: str = "",
) -> Exercise:
    """The exercise of a solution, worth the points of that.

    Args:
        diagnosis: the slips of the problem.
        allowed: a tolerance in the place of what rounding to three significant digits can do.
        only: the ids of the steps to ask for, or what they begin with; empty for all that a worksheet
            asks for.
        smallest: of numbers nearer to 0 than this, but 0 itself, ask for −ln.
        variant, title, exam: see :class:`Exercise`; by default, it has the title of the solution.

    Raises:
        UsageError: there is nothing to ask for, since no platform takes ∞ as a number, or since
            nothing of it has points.
    """
    where = solution.about.file or solution.about.title
    ids = Choice(solution, Show.FORMULA, tuple(only)).asked
    asked = [step for step in ids.values() if _is_double(step.decimal)]
    if not asked:
        raise UsageError(f"{where}: its answer is no finite number, which no platform can ask for")
    worth = solution.points.shared([step.id for step in asked])
    uncounted = tuple(id for id, points in worth.items() if not points)
    if len(uncounted) == len(asked):
        hint = "" if exam else "; --steps asks for every step"
        raise UsageError(f"{where}: nothing that is asked has points{hint}")
    measured = _Measured(solution, allowed, Decimal(repr(smallest)))
    with localcontext(WORKING):
        questions = tuple(
            _asked(step, diagnosis, measured, worth[step.id]) for step in asked if worth[step.id]
        )
    title = title or solution.about.title
    return Exercise(solution, questions, variant, title, exam, uncounted)


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


#: A number as it is asked for, and how far an answer may be off.
_Pair: TypeAlias = tuple[Decimal, Decimal]


class _Measured:
    """What an answer that stands, rightly or wrongly, for a step is held against.

    Args:
        allowed: the teacher's tolerance; None for half a unit of the third significant digit, and
            what rounding before the step can do.
    """

    def __init__(self, solution: Solution, allowed: Allowed | None, smallest: Decimal) -> None:
        self.allowed = allowed
        self.smallest = smallest
        self.spread = cache(lambda step: solution.calculation.spread(step, Rounding(USUAL_DIGITS)))

    def is_too_small(self, number: Decimal) -> bool:
        """Whether a platform would take it for 0."""
        return 0 < abs(number) < self.smallest

    def number(self, id: str, number: Decimal) -> _Pair:
        """A number for the step with an id."""
        if self.allowed is not None:
            return number, self.allowed.of(number)
        return number, _half_unit(number) + self.spread(id)

    def logarithm(self, id: str, number: Decimal) -> _Pair:
        """−ln of a number that is not 0: it moves with the number, and is rounded itself."""
        value = -abs(number).ln()
        if self.allowed is not None:
            return value, self.allowed.of(value)
        return value, _half_unit(value) + self.number(id, number)[1] / abs(number)


def _half_unit(number: Decimal) -> Decimal:
    """Half a unit of the last of three significant digits, also where those are zeros."""
    if not number:
        return _HALF_OF_ZERO
    return Decimal(5).scaleb(number.adjusted() - USUAL_DIGITS)


def _asked(step: Step, diagnosis: Diagnosis, measured: _Measured, points: Fraction) -> Asked:
    as_logarithm = measured.is_too_small(step.decimal)
    pair_of = measured.logarithm if as_logarithm else measured.number
    right = pair_of(step.id, step.decimal)
    wrong: list[WrongAnswer] = []
    taken, kinds = [right], Counter[str]()
    for slip in _likeliest(diagnosis.all_of(step.id), step.quantity):
        if not slip.value if as_logarithm else measured.is_too_small(slip.value):
            continue
        pair = pair_of(step.id, slip.value)
        has_room = len(wrong) < MOST_SLIPS and kinds[slip.code] < _MOST_OF_A_KIND
        if has_room and all(abs(pair[0] - other[0]) > pair[1] + other[1] for other in taken):
            kinds[slip.code] += 1
            taken.append(pair)
            wrong.append(WrongAnswer(*_written(*pair), slip.text))
    return Asked(step, *_written(*right), tuple(wrong), points, as_logarithm)


def _written(number: Decimal, tolerance: Decimal) -> tuple[float, float]:
    """A pair as a platform gets it: the number in as many digits as people read, the tolerance in
    few, and not less than it was."""
    short = round_significant(number, _DIGITS)
    if abs(short - number) * _HARDLY > tolerance:
        short = number
    return float(short), _upwards(tolerance)


def _likeliest(slips: Iterator[Named], quantity: Quantity) -> list[Named]:
    """Finite ones, the likeliest first: where one code may be meant in many ways, each of them is
    less likely. Of one as likely as another, the one nearer to the answer comes first."""
    usable = (slip for slip in slips if _is_double(slip.value))
    # made in the step alone or in all of its kind, a slip may lead to the same number: it counts once
    found = {(slip.code, slip.value): slip for slip in usable}.values()
    counts = Counter(slip.code for slip in found)
    ordered = sorted(
        found,
        key=lambda slip: (
            -CATALOGUE[slip.code].usual / counts[slip.code],
            slip.step not in {None, quantity.id},
            slip.code,  # or the order would change from run to run
        ),
    )
    first = {slip.code: slip for slip in reversed(ordered)}
    # made a second time, none takes the place of another kind
    return sorted(ordered, key=lambda slip: slip is not first[slip.code])


def _is_double(number: Decimal) -> bool:
    """Whether a double can hold it, or 0 in its place."""
    return number.is_finite() and number.adjusted() < 300


def _upwards(tolerance: Decimal) -> float:
    """A tolerance in few digits, and not less than it was."""
    if not tolerance:
        return 0.0
    place = Decimal(1).scaleb(tolerance.adjusted() - USUAL_DIGITS + 1)
    return float(tolerance.quantize(place, ROUND_UP, WORKING))
