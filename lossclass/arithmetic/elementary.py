"""Elementary functions of decimals, of doubles, and of NumPy arrays: one name for the three.

Where real analysis has a limit, these have a value: ln 0 is −∞, an overflow is ∞. Where it
has none (ln −1), they give nan, and whoever evaluates says so.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import Context, Decimal, getcontext
from functools import lru_cache, partial, reduce
from typing import Any

from lossclass.arithmetic.number import PRECISION, WORKING
from lossclass.second_road import np

#: In the place of −0, which no line shows, and of which 1 / −0 = −∞ would come.
_ZERO = Decimal(0)
#: So many values of functions are kept: one takes a hundred times as long as all else in a line, and a
#: calculation that is worked again asks for most of them again.
_KEPT = 1 << 14


def _is_scalar(operand: Any) -> bool:
    return isinstance(operand, float | int)


def _on_floats(name: str, scalar: Callable[..., float], *operands: Any) -> Any:
    """``scalar`` of doubles, or NumPy's function of that name where there is an array."""
    if all(map(_is_scalar, operands)):
        return scalar(*operands)
    with np.errstate(all="ignore"):
        return getattr(np, name)(*operands)


def times(one: Any, other: Any) -> Any:
    """The product, with 0 · ±∞ = 0 (see :class:`~lossclass.arithmetic.expression.Product`)."""
    if isinstance(one, Decimal) or (_is_scalar(one) and _is_scalar(other)):
        either_is_0 = (not one and not _is_nan(other)) or (not other and not _is_nan(one))
        return type(one)(0) if either_is_0 else one * other
    with np.errstate(all="ignore"):
        product = np.asarray(one * other)
        either_is_0 = (np.asarray(one) == 0) | (np.asarray(other) == 0)
        undefined = np.isnan(one) | np.isnan(other)
        return np.where(either_is_0 & ~undefined, 0.0, product)


def _is_nan(operand: Any) -> bool:
    return bool(operand != operand)  # noqa: PLR0124 - which is what makes it one


def divide(above: Any, below: Any) -> Any:
    """The quotient; a number other than 0 divided by 0 is an infinity."""
    if isinstance(above, Decimal):
        return above / below or _ZERO
    return _on_floats("divide", _divide, above, below)


def _divide(above: float, below: float) -> float:
    if below:
        return above / below
    return math.copysign(math.inf, above) * math.copysign(1, below) if above else math.nan


def power(base: Any, exponent: Any) -> Any:
    """``base`` to the ``exponent``, where 0 to the 0 is 1."""
    if isinstance(base, Decimal):
        return (base**exponent or _ZERO) if exponent or base.is_nan() else Decimal(1)
    return _on_floats("power", _power, base, exponent)


def _power(base: float, exponent: float) -> float:
    try:
        return math.pow(base, exponent)
    except OverflowError:
        return -math.inf if base < 0 and exponent % 2 else math.inf
    except ValueError:
        return math.nan if base else math.inf


def root(argument: Any) -> Any:
    """The square root."""
    if isinstance(argument, Decimal):
        return argument.sqrt() or _ZERO
    return _on_floats("sqrt", lambda x: math.sqrt(x) if x >= 0 else math.nan, argument)


def log(argument: Any, base: str = "e") -> Any:
    """The logarithm to base ``e``, ``2`` or ``10``."""
    if isinstance(argument, Decimal):
        digits = getcontext().prec
        if base == "10":
            return _of_decimal("log10", argument, digits)
        log = _of_decimal("ln", argument, digits)
        return log / _of_decimal("ln", Decimal(2), digits) if base == "2" else log
    name = {"e": "log", "2": "log2", "10": "log10"}[base]
    return _on_floats(name, lambda x: _log(getattr(math, name), x), argument)


@lru_cache(_KEPT)
def _of_decimal(name: str, argument: Decimal, _digits: int) -> Decimal:
    """A method of a decimal that works with so many digits as the context has."""
    value: Decimal = getattr(argument, name)()
    return value


def _log(function: Callable[[float], float], argument: float) -> float:
    if argument > 0:
        return function(argument)
    return math.nan if argument < 0 else -math.inf


def exp(argument: Any) -> Any:
    """The exponential function."""
    if isinstance(argument, Decimal):
        return _of_decimal("exp", argument, getcontext().prec)
    return _on_floats("exp", _exp, argument)


def _exp(argument: float) -> float:
    try:
        return math.exp(argument)
    except OverflowError:
        return math.inf


def tanh(argument: Any) -> Any:
    """The hyperbolic tangent."""
    if isinstance(argument, Decimal):
        return _tanh(argument)
    return _on_floats("tanh", math.tanh, argument)


@lru_cache(_KEPT)
def _tanh(argument: Decimal) -> Decimal:
    if abs(argument) > PRECISION * 3:  # 1 - tanh x is about 2 exp(-2x): less than any digit kept
        return Decimal(1).copy_sign(argument)
    # e^2x - 1 loses as many digits as x has zeros behind the point; carry that many more.
    context = Context(prec=PRECISION + max(0, min(-argument.adjusted(), 1000)) + 2, traps=[])
    square = context.exp(context.multiply(2, argument))
    ratio = context.divide(context.subtract(square, 1), context.add(square, 1))
    return WORKING.plus(ratio)


def sigmoid(argument: Any) -> Any:
    """1 / (1 + e^−x)."""
    return divide(type(argument)(1) if isinstance(argument, Decimal) else 1.0, 1 + exp(-argument))


def _extreme(name: str, scalar: Callable[..., Any], *operands: Any) -> Any:
    if isinstance(operands[0], Decimal) or all(map(_is_scalar, operands)):
        return next(filter(_is_nan, operands), None) or scalar(operands)
    return reduce(getattr(np, name), operands)


#: The largest, and the smallest; element by element for arrays.
maximum = partial(_extreme, "maximum", max)
minimum = partial(_extreme, "minimum", min)


def place_of_maximum(*operands: Any) -> Any:
    """The place of the largest, from 1, and of equal ones the first; element by element for arrays."""
    if isinstance(operands[0], Decimal) or all(map(_is_scalar, operands)):
        largest = maximum(*operands)
        return largest if _is_nan(largest) else type(largest)(1 + operands.index(largest))
    undefined = reduce(np.logical_or, map(np.isnan, operands))
    return np.where(undefined, np.nan, 1.0 + np.argmax(np.broadcast_arrays(*operands), axis=0))


def at_place(place: Any, *operands: Any) -> Any:
    """The operand at a place, from 1; nan where there is none. Element by element for arrays."""
    if isinstance(place, Decimal) or all(map(_is_scalar, (place, *operands))):
        found = place in range(1, len(operands) + 1)
        return operands[int(place) - 1] if found else type(place)("nan")
    places, *numbers = np.broadcast_arrays(place, *operands)
    right = np.isin(places, range(1, len(operands) + 1))
    return np.where(right, np.choose(np.where(right, places, 1).astype(int) - 1, numbers), np.nan)
