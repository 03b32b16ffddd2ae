"""The working beside a number: what it comes to, and its operands held against those of the step."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from decimal import Decimal, localcontext
from functools import lru_cache
from itertools import islice
from typing import Final, Literal

from lossclass.arithmetic.calculation import Rounding
from lossclass.arithmetic.expression import (
    Constant,
    Expression,
    Negative,
    Operation,
    Power,
    Product,
    Quantity,
    Sum,
    UndefinedValue,
    quantities_in,
)
from lossclass.arithmetic.notation import PLAIN
from lossclass.arithmetic.number import WORKING, last_place, show
from lossclass.arithmetic.parsing import read
from lossclass.marking.marks import FEWEST_OF_ARITHMETIC, Number, Verdict, shown
from lossclass.marking.written import Written
from lossclass.slips.rewritings import Said

#: A number that may have been rounded; whole ones count things. So many of them are moved at most.
_DECIMAL: Final = re.compile(r"[0-9]*\.[0-9]+(?:[eE][+-]?[0-9]+)?")
_MOST_MOVED: Final = 30
#: Of a single digit, nobody can tell that it was rounded.
_FEWEST_MOVED: Final = 2
#: A working is looked at more than once for its mark, and again for every mark that a mistake changes.
_KEPT: Final = 1 << 10
_TIMES = {1: "", 2: " twice", 3: " three times", 4: " four times"}
#: A power in a product is written out as so many factors at most.
MOST_FACTORS = 20


def compare(
    step: Expression,
    theirs: Expression,
    values: Mapping[str, Decimal],
    calculation: Sequence[Quantity],
    digits: int,
    said: Said,
) -> str | None:
    """What is missing in a working and what it has too often, as the end of a sentence.

    Args:
        step: the step's own expression, a product or a sum.
        theirs: the working, read.
        values: the values of the quantities in ``step``.
        calculation: where names for foreign numbers may be found.
        digits: to how many significant digits numbers are shown.
        said: what writes a quantity.

    Returns:
        None if the two cannot be compared (one is a sum, the other a product); an empty text if
        the operands are the same.
    """
    if not isinstance(step, Product | Sum) or type(theirs) is not type(step):
        return None
    with localcontext(WORKING):
        printed = list(_operands(theirs, {}))
        missing = Counter[Decimal]()
        for value, _ in _operands(step, values):
            match = next((each for each in printed if _rounds_to(value, each)), None)
            if match is None:
                missing[value] += 1
            else:
                printed.remove(match)
        extra = Counter(value for value, _ in printed)
        parts = []
        if missing:
            names = list(quantities_in(step))
            parts.append("it leaves out " + _in_words(missing, names, values, digits, said))
        if extra:
            givens = [quantity for quantity in calculation if quantity.is_given]
            parts.append("it has " + _in_words(extra, givens, values, digits, said) + " too often")
    return ", and ".join(parts)


def _operands(
    expression: Expression, values: Mapping[str, Decimal]
) -> Iterator[tuple[Decimal, Decimal]]:
    """The value of each operand, signs and powers worked in, and the place of its last digit
    (0 where it has not been rounded)."""
    is_product = isinstance(expression, Product)
    for operand in expression.operands:
        if is_product and isinstance(operand, Product):
            yield from _operands(operand, values)
        elif is_product and (count := _repeats(operand)):
            yield from [_operand(operand.operands[0], values)] * count
        else:
            yield _operand(operand, values)


def _operand(operand: Expression, values: Mapping[str, Decimal]) -> tuple[Decimal, Decimal]:
    number = operand.operands[0] if isinstance(operand, Negative) else operand
    place = last_place(number.number) if isinstance(number, Constant) else Decimal(0)
    value: Decimal = operand.value(values)
    return value.normalize(), place


def _repeats(operand: Expression) -> int:
    """How many equal factors a power stands for; 0 if it is none, or a power of ten, which only
    moves the point."""
    match operand:
        case Power(operands=(Constant(number=base), Constant(number=exponent))):
            whole = exponent == int(exponent) and 1 < exponent <= MOST_FACTORS
            return int(exponent) if whole and base != 10 else 0
    return 0


def _rounds_to(value: Decimal, printed: tuple[Decimal, Decimal]) -> bool:
    other, place = printed
    return value == other or (place > 0 and abs(value - other) <= place / 2)


def _in_words(
    operands: Counter[Decimal],
    quantities: Sequence[Quantity],
    values: Mapping[str, Decimal],
    digits: int,
    said: Said,
) -> str:
    """The operands, by symbol where only one quantity has that value, and how often each."""
    texts = []
    for value, count in operands.items():
        symbols = {said(q) for q in quantities if values[q.id] == value}
        name = f"{symbols.pop()} = " if len(symbols) == 1 else ""
        number = PLAIN.number(show(value, digits).value)
        texts.append(f"{name}{number}{_TIMES.get(count, f' {count} times')}")
    return listed(texts)


def listed(texts: Sequence[str]) -> str:
    """Texts as they are listed in a sentence."""
    return ", ".join(texts[:-1]) + (" and " if texts[1:] else "") + texts[-1]


@lru_cache(_KEPT)
def worked_out(working: str) -> Decimal:
    """What a working comes to; nan if it has no value."""
    with localcontext(WORKING), suppress(UndefinedValue):
        value: Decimal = read(working).value({})
        return value
    return Decimal("nan")


def meant(answer: Number, known: Collection[Decimal]) -> tuple[Decimal | None, Decimal]:
    """What the working beside a number comes to, if the number is that rounded, at the end or at every
    operation, and how far that can be off by the rounding of the numbers in it: each with a decimal
    point and two digits at least may be half a unit of its last digit more.

    Args:
        known: numbers that are not rounded.
    """
    if answer.working is None:
        return None, Decimal(0)
    working, value = answer.working, worked_out(answer.working)
    reach = Decimal(0)
    with localcontext(WORKING):
        for match in islice(_DECIMAL.finditer(working), _MOST_MOVED):
            number = Decimal(match.group())
            if number in known or len(number.as_tuple().digits) < _FEWEST_MOVED:
                continue
            moved = number + last_place(number) / 2
            text = f"{working[: match.start()]}{moved:f}{working[match.end() :]}"
            reach += abs(worked_out(text) - value)
    written = Written(answer.value)
    is_it = answer.exact or written.is_rounded(value)
    is_it = is_it or (not written.is_cut(value) and is_step_by_step(answer))
    return value if is_it else None, reach if reach.is_finite() else Decimal(0)


def is_step_by_step(answer: Number) -> bool:
    """Whether a number is what its working comes to if the result of every operation in it is written
    down in as many digits, or decimals, as the number: rounded, or cut."""
    assert answer.working is not None  # noqa: S101 - whoever asks has looked
    number = Written(answer.value)
    if number.digits < _FEWEST_MOVED or not number.decimals:
        return False
    working = read(answer.working)
    kinds: tuple[tuple[int, Literal["digits", "decimals"]], ...] = (
        (number.digits, "digits"),
        (number.decimals, "decimals"),
    )
    with localcontext(WORKING), suppress(UndefinedValue):
        roundings = (Rounding(*kind, cut=cut) for kind in kinds for cut in (False, True))
        return any(_written_down(working, each) == number.value for each in roundings)
    return False


def _written_down(node: Expression, rounding: Rounding) -> Decimal:
    """What arithmetic comes to if every operation in it is written down."""
    if not isinstance(node, Operation):
        value: Decimal = node.value({})
        return value
    operands = [Constant(_written_down(each, rounding)) for each in node.operands]
    value = node.rebuilt(operands).value({})
    return value if isinstance(node, Negative) else rounding(value)


def on_outcome(
    answer: Number, verdict: Verdict, digits: int, reach: Decimal, *, printed: bool
) -> Iterator[str]:
    """Whether a number is what the working beside it comes to.

    Args:
        digits: to how many significant digits numbers are shown.
        reach: how far the working can be off by rounding.
        printed: whether it is from a book, not from a hand.
    """
    assert answer.working is not None  # noqa: S101 - whoever asks has looked
    working, put = ("The printed working", "printed") if printed else ("The working", "written")
    gives = worked_out(answer.working)
    number, written = Written(answer.value), shown(answer.value)
    given = shown(gives, len(answer.value.as_tuple().digits) + 2)
    if answer.exact:
        yield f"{working} comes to {shown(gives, max(digits, FEWEST_OF_ARITHMETIC))}."
    elif gives.is_nan():
        yield f"{working} has no value."
    elif gives == answer.value or given == written:
        yield f"{working} gives {written}, as {put}."
    elif number.stands_for(gives):
        yield f"{working} gives {given}, {put} as {written}."
    elif is_step_by_step(answer):
        yield f"{working} gives {given}, and {written} with its digits rounded or cut on the way."
    else:
        yield f"{working} gives {given}, not the {put} {written}."
        is_near = number.off(gives) <= reach
        if verdict == "right" and is_near:
            yield "The number is right: the working has rounded numbers."
        elif verdict == "right":
            yield "The number is right, its working is not."
