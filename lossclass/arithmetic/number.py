"""Decimal numbers: how they are carried, read and rounded.

Hand work is decimal, so the worked road is too: 50 significant digits, an exponent that does
not run out, and rounding that can be trusted to the last digit shown. (In binary floating
point, ``0.1 + 0.2 - 0.3`` is not 0, and a line that says so would be false.)
"""

from __future__ import annotations

import re
from decimal import MAX_EMAX, MIN_EMIN, ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal
from functools import cache

from lossclass.records import record

PRECISION = 50
#: Without traps: ln 0 is -Infinity and an overflow is Infinity, as the mathematics has it.
WORKING = Context(prec=PRECISION, rounding=ROUND_HALF_EVEN, Emin=MIN_EMIN, Emax=MAX_EMAX, traps=[])
MOST_DIGITS = 40
#: A rounded value this close to the true one, relatively, is the true one but for the last digits
#: carried.
INDISTINGUISHABLE = Decimal("1e-45")
#: Sums that should be 1 are often given to six digits.
ROUNDING = Decimal("1e-5")
#: "A few more digits than asked": a value that is exact within so many is shown whole.
EXTRA_DIGITS = 4

#: A whole number has all its digits up to here.
LONGEST_WHOLE = Decimal("1e15")
#: A number is written out, and without a power of ten, up to here.
LARGEST_WRITTEN_OUT = Decimal(1_000_000)

_NUMBER = re.compile(r"[+-]?(?P<digits>\d++(?:\.\d*+)?|\.\d++)(?:[eE][+-]?\d{1,9})?", re.ASCII)
_INFINITIES = {"∞": "Infinity", "inf": "Infinity", ".inf": "Infinity", "infinity": "Infinity"}


def read_number(text: str, *, infinite: bool = False) -> Decimal:
    """The decimal number that ``text`` writes, digit for digit (trailing zeros are kept).

    A typographic minus is taken as a minus. ``infinite`` lets ``∞`` and ``inf`` through.

    Raises:
        ValueError: ``text`` is no decimal number, has over 40 digits, or is so large or small
            that a double cannot hold it. The message completes "expected a number, ...".
    """
    plain = text.strip().replace("−", "-")
    sign, unsigned = ("-", plain[1:]) if plain.startswith("-") else ("", plain.removeprefix("+"))
    if infinite and unsigned.lower() in _INFINITIES:
        return Decimal(sign + _INFINITIES[unsigned.lower()])
    match = _NUMBER.fullmatch(plain)
    if match is None:
        raise ValueError("not a decimal number" + _hint(plain, infinite=infinite))
    if len(match["digits"].replace(".", "")) > MOST_DIGITS:
        raise ValueError(f"it has more than {MOST_DIGITS} digits")
    number = Decimal(plain)
    if number and not 1e-300 < abs(float(number)) < 1e300:
        raise ValueError("its size is beyond what a double can hold")
    return number


def is_number(text: str) -> bool:
    """Whether :func:`read_number` reads it; infinities too."""
    try:
        read_number(text, infinite=True)
    except ValueError:
        return False
    return True


def _hint(text: str, *, infinite: bool) -> str:
    """What the writer probably meant, for the classic slips."""
    if _NUMBER.fullmatch(text.replace(",", ".")):
        return "; the decimal mark is a point"
    if _NUMBER.fullmatch(text.replace("O", "0").replace("o", "0").replace("l", "1")):
        return "; is one of its digits a letter?"
    if not infinite and text.lower().lstrip("+-.") in ("nan", "inf", "infinity", "∞"):
        return "; it has to be finite"
    if _NUMBER.fullmatch(text.removesuffix("%").rstrip()):
        return "; write 90% as 0.9"
    if all(map(_NUMBER.fullmatch, text.split("/"))):
        return "; write a fraction as a decimal number"
    return ""


def as_numpy_has_it(number: float) -> str:
    """A double with all of its digits, in the notation of sentences; there is no −0."""
    return repr(number + 0.0).replace("inf", "∞").replace("-", "−")


def round_significant(number: Decimal, digits: int) -> Decimal:
    """``number`` to ``digits`` significant digits; halves go away from zero, as taught."""
    return _rounding_to(digits).plus(number)


@cache
def _rounding_to(digits: int) -> Context:
    return Context(prec=digits, rounding=ROUND_HALF_UP, Emin=MIN_EMIN, Emax=MAX_EMAX, traps=[])


def last_place(number: Decimal) -> Decimal:
    """The value of one unit of the last digit written: 0.001 for 3.673, 0 for infinities."""
    exponent = number.as_tuple().exponent
    return Decimal(1).scaleb(exponent, WORKING) if isinstance(exponent, int) else Decimal(0)


@record
class Shown:
    """A number as people see it: ``value`` has the digits shown, ``exact`` says if that is all."""

    value: Decimal
    exact: bool


def show(number: Decimal, digits: int) -> Shown:
    """``number`` to ``digits`` significant digits, or whole where a few more make it exact.

    Digits before the decimal point are never rounded away, and are all there: rounded to one digit,
    9.99… is 10, not 1E+1, which is 10 for any of 9.5 to 15.
    """
    if not number.is_finite():
        return Shown(number, exact=True)
    if not number:
        return Shown(Decimal(0), exact=True)
    before_the_point = number.adjusted() + 1 if number.copy_abs() < LONGEST_WHOLE else 0
    whole = round_significant(number, max(digits + EXTRA_DIGITS, before_the_point))
    shown = whole.normalize(WORKING)
    # Of more digits than anything is given with, the last are those of a rounded number.
    exact = is_equal(whole, number) and len(shown.as_tuple().digits) <= MOST_DIGITS
    is_large = number.copy_abs() >= LARGEST_WRITTEN_OUT
    if not exact:
        shown = round_significant(number, digits if is_large else max(digits, before_the_point))
    if last_place(shown) > 1 and (
        shown.copy_abs() == LARGEST_WRITTEN_OUT if exact else not is_large
    ):
        shown = shown.quantize(Decimal(1))
    return Shown(shown, exact)


def is_rounding(difference: Decimal) -> bool:
    """Whether a difference is so small that rounding the numbers given can be all there is to it,
    as in three probabilities of 0.333333."""
    return abs(difference) < ROUNDING


def is_equal(one: Decimal, other: Decimal) -> bool:
    """Whether two finite numbers are the same but for the last of 50 digits."""
    return WORKING.subtract(one, other).copy_abs() <= WORKING.multiply(
        other.copy_abs(), INDISTINGUISHABLE
    )
