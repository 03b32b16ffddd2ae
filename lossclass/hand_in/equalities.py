"""Equalities between numbers, each checked by itself: whether it comes out, and whether by rounding."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal, localcontext
from typing import Final, Literal

from lossclass.arithmetic.calculation import Calculation, Rounding, is_same
from lossclass.arithmetic.expression import (
    Constant,
    Expression,
    Log,
    Negative,
    Operation,
    Product,
    Quantity,
    Quotient,
    Sum,
    nodes_in,
)
from lossclass.arithmetic.notation import PLAIN
from lossclass.arithmetic.number import WORKING, show
from lossclass.arithmetic.symbol import Symbol
from lossclass.hand_in.sides import ARROWS, LOGARITHMS, Chain, Side
from lossclass.marking.written import Written
from lossclass.records import record

#: Numbers with so many digits may have been rounded; with fewer, they are what they are.
_ROUNDED_FROM: Final = 3
#: So many sides before one are looked at to explain it.
_MOST_BEFORE: Final = 6
#: A number behind another, with a sign of its own.
_NEXT_NUMBER: Final = re.compile(r"[\d)] [-−+][\d.]")
_MOST_EXPONENT: Final = 250
_MOST_CONSTANTS: Final = 200

_CALLED: Final = {Product: "this product", Quotient: "this quotient", Log: "this logarithm"}
#: What says itself that digits are left out.
_GOES_ON: Final = ("…", "...")

Verdict = Literal["exact", "rounded", "cut", "explained", "wrong"]
#: Verdicts on what comes out by rounding alone, and what is said of each.
_BY_ROUNDING: Final[Mapping[Verdict, str]] = {
    "cut": "; its digits are cut off, not rounded",
    "explained": "; rounding of its numbers explains it",
}


@record
class Equality:
    """Two neighbours in a chain.

    Attributes:
        verdict: whether they are equal; one is the other rounded, or its digits cut off, so that the
            last one would be another; rounding of the numbers in the line explains the difference;
            or it does not come out.
        value: what the left side comes to; the right one, where a number stands on the left.
        of: which side that is.
        logarithm: what ``log`` was taken for.
    """

    chain: Chain
    left: Side
    relation: str
    right: Side
    verdict: Verdict
    value: Decimal
    of: Literal["left", "right"]
    logarithm: str = ""

    @property
    def is_telling(self) -> bool:
        """Whether it is not simply right: what is written is not what its numbers come to."""
        is_off = self.verdict in _BY_ROUNDING and self.right.number is not None
        return is_off or self.verdict == "wrong"

    @property
    def digits(self) -> int:
        """To how many digits to show what it comes to: two more than are written."""
        number = self.right.number if self.of == "left" else self.left.number
        return 6 if number is None else max(3, len(number.as_tuple().digits) + 2)

    def __str__(self) -> str:
        side = self.left if self.of == "left" else self.right
        what = _kind_of(side.read(self.logarithm or "ln"))
        said = f"{self.left.text} {self.relation} {self.right.text}: {what}"
        if self.value.is_nan():
            return f"{said} has no value"
        why = _BY_ROUNDING.get(self.verdict, "")
        return f"{said} is {PLAIN.number(show(self.value, self.digits).value)}{why}"


def equalities_in(chain: Chain) -> Iterator[Equality]:
    """The equalities of a chain that can be checked, from left to right."""
    numeric: list[Side] = []
    relation = ""
    for before, side in zip(("", *chain.relations), chain.sides, strict=True):
        relation = before if before in ARROWS or relation not in ARROWS else relation
        if side.typed is None:
            continue
        if numeric and not _is_change(numeric[-1], relation, side):
            yield _checked(chain, numeric, before, side)
        numeric.append(side)
        relation = ""


def wrong_in(chains: Sequence[Chain]) -> list[Equality]:
    """The equalities that do not come out."""
    return [each for chain in chains for each in equalities_in(chain) if each.verdict == "wrong"]


def _is_change(left: Side, relation: str, right: Side) -> bool:
    """Whether an arrow stands between two numbers, as in 0.1 → 0.01, or between several in rows."""
    if relation not in ARROWS:
        return False
    is_single = left.number is not None and right.number is not None
    return is_single or bool(_NEXT_NUMBER.search(left.text) or _NEXT_NUMBER.search(right.text))


def _checked(chain: Chain, before: Sequence[Side], relation: str, right: Side) -> Equality:
    """An equality; what its left side does not explain, an earlier one may: 1.4/3 = 0.47 = 0.467."""
    found: list[Equality] = []
    for left in reversed(before[-_MOST_BEFORE:]):
        for logarithm in LOGARITHMS if left.has_log or right.has_log else ("",):
            each = _compared(chain, left, relation, right, logarithm)
            if each.verdict != "wrong":
                return each
            found.append(each)
    return found[0]


def _compared(chain: Chain, left: Side, relation: str, right: Side, logarithm: str) -> Equality:
    with localcontext(WORKING):
        one, other = left.value(logarithm or "ln"), right.value(logarithm or "ln")
        verdict = _verdict(left, right, one, other, logarithm)
    of: Literal["left", "right"] = "right" if left.number is not None and right.number is None else "left"  # fmt: skip
    value = one if of == "left" else other
    return Equality(chain, left, relation, right, verdict, value, of, logarithm)


def _verdict(left: Side, right: Side, one: Decimal, other: Decimal, logarithm: str) -> Verdict:
    if one.is_nan() or other.is_nan():
        return "wrong"
    if one == other or (one.is_finite() and other.is_finite() and is_same(one, other)):
        return "exact"
    if not (one.is_finite() and other.is_finite()):
        return "wrong"
    for side, exact in ((right, one), (left, other)):
        if side.number is not None and _stands_for(side.number, exact):
            is_cut = side.number and not Written(side.number).is_rounded(exact)
            return "cut" if is_cut and not side.text.endswith(_GOES_ON) else "rounded"
    nodes = nodes_in(left.read(logarithm or "ln")) if left.number is None else ()
    known = [each.number for each in nodes if isinstance(each, Constant)]
    spread = _spread(left, one, logarithm, ()) + _spread(right, other, logarithm, known)
    return "explained" if WORKING.subtract(one, other).copy_abs() <= spread else "wrong"


def _stands_for(number: Decimal, exact: Decimal) -> bool:
    written = Written(number)
    if not number:  # as solve prints what is nearly nothing, beside numbers of some digits
        return abs(exact) < Decimal("1e-15")
    return written.stands_for(exact)


def _spread(side: Side, value: Decimal, logarithm: str, known: Sequence[Decimal]) -> Decimal:
    """By how much a side may be off because numbers in it are rounded: those with three digits or
    more; and of a right side, those that the left one does not have, which are worked out.

    Args:
        known: the numbers of the left side; none, if it is that itself.
    """
    if side.number is not None:
        digits = Written(side.number).digits
        return Written(side.number).half_unit if digits >= _ROUNDED_FROM or known else Decimal(0)
    quantities: list[Quantity] = []
    numbers: dict[str, Decimal] = {}

    def named(node: Expression) -> Expression:
        if isinstance(node, Operation):
            return node.rebuilt([named(each) for each in node.operands])
        quantities.append(Quantity(f"{len(quantities)}", Symbol("x"), node))
        numbers[quantities[-1].id] = node.value({})  # a side is of numbers
        return quantities[-1]

    whole = Quantity("whole", Symbol("x"), named(side.read(logarithm or "ln")))
    if len(quantities) > _MOST_CONSTANTS:
        return Decimal(0)
    calculation = Calculation([*quantities, whole], {**numbers, "whole": value})
    off = {}
    for id, number in numbers.items():
        written = Written(number)
        is_rounded = written.digits >= _ROUNDED_FROM or (known and number not in known)
        if is_rounded and written.decimals:
            off[id] = written.half_unit
    if abs(value.adjusted()) > _MOST_EXPONENT:  # too small or large for doubles
        return abs(value) * sum((half / abs(numbers[id]) for id, half in off.items()), Decimal(0))
    try:
        return calculation.spread("whole", Rounding(_ROUNDED_FROM), off) if off else Decimal(0)
    except (ArithmeticError, ValueError):
        return Decimal(0)


def _kind_of(expression: Expression) -> str:
    """What to call a side."""
    match expression:
        case Negative(operands=(Operation() as inside,)) if not isinstance(inside, Log):
            return _kind_of(inside)
        case Sum(operands=operands) if not any(isinstance(each, Negative) for each in operands):
            return "this sum"
    return _CALLED.get(type(expression), "this")
