"""What marking says of a number: its verdict, its explanation, and what was written."""

from __future__ import annotations

from decimal import Decimal
from typing import Final, Literal, Protocol, TypeAlias

from lossclass.arithmetic.calculation import is_same
from lossclass.arithmetic.notation import PLAIN
from lossclass.arithmetic.number import WORKING, round_significant, show
from lossclass.marking.explanation import NOTHING, Explanation
from lossclass.marking.written import Written
from lossclass.records import record
from lossclass.slips import Named

Verdict: TypeAlias = Literal["right", "follows_through", "wrong", "missing", "unreadable"]

#: To how many significant digits an answer is asked, where nothing else is said.
USUAL_DIGITS: Final = 3
#: What arithmetic comes to is shown, and taken if need be, to so many at least: nobody who writes 1/3
#: has rounded, but goes on with the digits that are shown then.
FEWEST_OF_ARITHMETIC: Final = 4
_IN_WORDS: Final = {2: "Two", 3: "Three", 4: "Four", 5: "Five", 6: "Six"}


class Answered(Protocol):
    """What somebody wrote for a step: a number, and the working beside it if there is one; or
    nothing; or what cannot be read."""

    @property
    def written(self) -> str: ...
    @property
    def value(self) -> Decimal | None: ...
    @property
    def working(self) -> str | None: ...
    @property
    def exact(self) -> bool: ...
    @property
    def unreadable(self) -> str: ...
    @property
    def note(self) -> str: ...


class Number(Answered, Protocol):
    """What can be marked."""

    @property
    def value(self) -> Decimal: ...


@record
class Allowed:
    """A tolerance that the teacher sets: so much, or such a share of our number."""

    amount: Decimal
    relative: bool

    def of(self, ours: Decimal) -> Decimal:
        """How far an answer may be off."""
        return abs(ours) * self.amount if self.relative and ours.is_finite() else self.amount

    def lets(self, one: Decimal, ours: Decimal) -> bool:
        """Whether a number is near enough to ours."""
        if not (one.is_finite() and ours.is_finite()):
            return one == ours
        gap, allowed = WORKING.subtract(one, ours).copy_abs(), self.of(ours)
        return gap <= allowed or is_same(gap, allowed)


@record
class Mark:
    """The verdict on one answer.

    Attributes:
        answer: what was written; None where nothing was, though it was asked.
        explanation: how the number comes about.
        slips: the mistakes that lead to the number, the likeliest first.
        on_working: what there is to say of the working beside it.
        leaves_nothing: whether it follows from wrong numbers that left nothing to work out.
        coarse: whether it has fewer digits than were asked, and is not our number itself.
        asked_digits: how many were asked.
        written: as it stands on the sheet, where that is not the number itself.
        on_reading: why it cannot be read, or what was assumed in reading it.
    """

    id: str
    answer: Decimal | None
    ours: Decimal
    verdict: Verdict
    explanation: Explanation = NOTHING
    slips: tuple[Named, ...] = ()
    on_working: tuple[str, ...] = ()
    leaves_nothing: bool = False
    coarse: bool = False
    written: str = ""
    on_reading: str = ""
    asked_digits: int = USUAL_DIGITS


def shown(number: Decimal, digits: int | None = None) -> str:
    """A number as a sentence has it: in so many digits, or as it is."""
    return PLAIN.number(number if digits is None else show(number, digits).value)


def said_of_coarse(mark: Mark) -> str:
    """What there is to say of a number with few digits."""
    assert mark.answer is not None  # noqa: S101 - it is right as far as it goes
    digits, asked = Written(mark.answer).digits, mark.asked_digits
    few = "One digit is" if digits == 1 else f"{_IN_WORDS.get(digits, digits)} digits are"
    if mark.verdict == "right" or not mark.slips:
        return f"{few} too few to tell whether it is right: {_in_words(asked)} are asked."
    both = mark.ours, mark.slips[0].value
    digits_that_tell = (
        each
        for each in range(asked, asked + 3)
        if len({round_significant(number, each) for number in both}) > 1
    )
    tell = next(digits_that_tell, asked)
    return (
        f"{few} too few to tell: our number rounds to this as well, but this slip leads nearer to "
        f"it. With {_in_words(tell)} digits it shows which of the two it is."
    )


def said_of_nothing(mark: Mark, before: str = "what is written before it") -> str:
    """What there is to say of a number that follows from wrong ones that left nothing to work out."""
    assert mark.answer is not None  # noqa: S101 - it follows
    return (
        f"It follows from {before}. But with those numbers it is {shown(mark.answer)} without any "
        "work, and so it counts as wrong."
    )


def _in_words(number: int) -> str:
    return _IN_WORDS.get(number, str(number)).lower()
