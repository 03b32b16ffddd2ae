"""Numbers as sentences have them."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

N: Final = r"(?:[-−]?(?:[0-9]+(?:\.[0-9]+)?(?: × 10[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)?|∞))"
_HIGH: Final = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")


def number(text: str) -> Decimal:
    """A number as a sentence has it."""
    text = text.replace("−", "-").replace("∞", "Infinity")
    mantissa, _, power = text.partition(" × 10")
    return Decimal(mantissa).scaleb(int(power.translate(_HIGH) or 0)) if power else Decimal(text)


def is_shown(text: str, value: Decimal | float) -> bool:
    """Whether a number, rounded to the digits that a text has, is the text's."""
    got, value = number(text), Decimal(value)
    if not (got.is_finite() and value.is_finite()):
        return got == value
    off = Decimal(1).scaleb(int(got.as_tuple().exponent)) / 2
    return abs(got - value) <= off * Decimal("1.000001")
