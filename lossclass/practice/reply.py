"""What is typed for a number: the number itself, or arithmetic that comes to it."""

from __future__ import annotations

from contextlib import suppress
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal, localcontext

from pydantic import ValidationError

from lossclass.arithmetic.expression import (
    Constant,
    Expression,
    Negative,
    Power,
    Product,
    Quotient,
    UndefinedValue,
)
from lossclass.arithmetic.notation import PLAIN, TYPED
from lossclass.arithmetic.number import LONGEST_WHOLE, WORKING, read_number, round_significant, show
from lossclass.arithmetic.parsing import UnreadableText, read
from lossclass.errors import LossclassError, printable
from lossclass.problem.fields import LARGEST, SMALLEST
from lossclass.problem.keys import Published

#: What arithmetic comes to is taken as written to so many significant digits at least.
FEWEST_DIGITS = 4
_MOST_CHARACTERS = 1000
#: What is larger or smaller than doubles is refused as it is.
_MOST_ADJUSTED = 400


class Unreadable(LossclassError):
    """What was typed is no number and comes to none."""


def answer_in(text: str, digits: int) -> Published:
    """The answer that a text writes; what arithmetic comes to stands in it to ``digits``
    significant digits, or to 4 if that is more, and its working beside it.

    Nobody who types ``1/3`` has rounded, but goes on with the few digits that are shown then.

    Raises:
        Unreadable: with a message for the student.
    """
    try:
        if (number := _number_in(text)) is not None:
            return Published.model_validate({"value": number})
        return _worked_out(text, max(digits, FEWEST_DIGITS))
    except ValidationError as error:
        message = "; ".join(each["msg"] for each in error.errors())
        raise Unreadable(_sentence(message.removeprefix("Value error, "))) from None


def _number_in(text: str) -> str | None:
    """A number as :class:`Published` reads it; 1.88 × 10⁻⁴ is one too."""
    try:
        _check_size(read_number(text, infinite=True))
    except ValueError:
        pass
    else:
        return text
    number = _in_powers_of_ten(_read(text))
    if number is not None:
        _check_size(number)
    return None if number is None else str(number)


def _in_powers_of_ten(expression: Expression) -> Decimal | None:
    match expression:
        case Negative(operands=(inner,)):
            number = _in_powers_of_ten(inner)
            return None if number is None else number.copy_negate()
        case Product(operands=(Constant(number=digits), Power(operands=(base, exponent)))):
            if isinstance(base, Constant) and base.number == 10:
                power = exponent.number if isinstance(exponent, Constant) else None
                if power is not None and abs(power) < 1000 and power == int(power):
                    return digits.scaleb(int(power), WORKING)
    return None


def _read(text: str) -> Expression:
    if len(text) > _MOST_CHARACTERS:
        raise Unreadable(f"That is longer than {_MOST_CHARACTERS} characters.")
    try:
        return read(text)
    except UnreadableText as error:
        raise Unreadable(_sentence(printable(str(error)))) from None


def _worked_out(text: str, digits: int) -> Published:
    expression = _read(text)
    try:
        with localcontext(WORKING):
            value = expression.value({})
    except (UndefinedValue, ArithmeticError):
        value = Decimal("nan")
    if _divides_by_zero(expression):
        raise Unreadable("That has no value: nothing can be divided by 0.")
    if value.is_nan():
        raise Unreadable("That has no value: such as 0 / 0, or the logarithm of a negative number.")
    _check_size(value)
    number = TYPED.number(value) if value.is_infinite() else str(_written(value, digits))
    return Published.model_validate({"value": number, "working": text})


def _divides_by_zero(expression: Expression) -> bool:
    """Whether a divisor in arithmetic without names comes to 0."""
    if isinstance(expression, Quotient):
        with suppress(UndefinedValue, ArithmeticError), localcontext(WORKING):
            if not expression.operands[1].value({}):
                return True
    return any(map(_divides_by_zero, expression.operands))


def _check_size(number: Decimal) -> None:
    """Refuse a number that no answer can be.

    Raises:
        Unreadable: it is none.
    """
    size = number.copy_abs()  # abs() rounds, and can overflow
    if number.is_finite() and number and not SMALLEST <= size <= LARGEST:
        what = "large" if size > 1 else "small"
        raise Unreadable(
            f"That is {PLAIN.number(show(number, FEWEST_DIGITS).value)}, too {what} a number: its "
            f"size has to be between {SMALLEST:.0e} and {LARGEST:.0e}."
        )


def _written(value: Decimal, digits: int) -> Decimal:
    """A number with exactly so many significant digits, more only before the point."""
    if not value:
        return Decimal(0)
    if abs(value.adjusted()) > _MOST_ADJUSTED:
        return Context(prec=digits, Emax=MAX_EMAX, Emin=MIN_EMIN).plus(value)
    if abs(value) < LONGEST_WHOLE:
        digits = max(digits, value.adjusted() + 1)
    rounded = round_significant(value, digits)
    last = Decimal(1).scaleb(rounded.adjusted() - digits + 1, WORKING)
    return rounded.quantize(last, context=WORKING)


def _sentence(text: str) -> str:
    return f"That cannot be taken: {text}."
