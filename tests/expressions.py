"""What the tests of the arithmetic room share: random expressions, and a reader of printed lines.

The reader shares nothing with lossclass. It turns a line into Python source, lets Python parse
that, and walks the tree with a short list of what it may do: in doubles, or in decimals of 120
digits, for lines in which doubles would lose what is to be checked.
"""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal, localcontext
from typing import Any, Final

from hypothesis import strategies as st

from lossclass.arithmetic.calculation import evaluate
from lossclass.arithmetic.expression import (
    Absolute,
    Constant,
    Exp,
    Expression,
    Log,
    Max,
    Min,
    Negative,
    Operation,
    Power,
    Product,
    Quantity,
    Quotient,
    Root,
    Sigmoid,
    Sum,
    Tanh,
)
from lossclass.arithmetic.line import Line, lay_out
from lossclass.arithmetic.parsing import read
from lossclass.arithmetic.symbol import Symbol

# --- random expressions ------------------------------------------------------------------


def decimals(most_digits: int = 8, smallest_power: int = -8) -> st.SearchStrategy[Decimal]:
    """Given numbers such as 0.35 or -1200: few digits, plain sizes."""
    return st.builds(
        lambda number, power: Decimal(number).scaleb(power),
        st.integers(-(10**most_digits) + 1, 10**most_digits - 1),
        st.integers(smallest_power, 0),
    )


#: Of every size and sign, in the ways in which they are written: in full, or as 1.88 × 10⁻⁵.
NUMBERS: Final[st.SearchStrategy[Decimal]] = st.one_of(
    st.sampled_from([Decimal(each) for each in ("0", "1", "-1", "2", "10", "-0.5", "1000000")]),
    decimals(),
    st.builds(
        lambda number, power: Decimal(number).scaleb(power),
        st.integers(-(10**28) + 1, 10**28 - 1).filter(bool),
        st.integers(-60, 30),
    ),
)
POSITIVE_NUMBERS: Final[st.SearchStrategy[Decimal]] = st.builds(
    lambda number, power: Decimal(number).scaleb(power), st.integers(1, 9999), st.integers(-3, 0)
)


def expressions(
    leaves: st.SearchStrategy[Expression], *, most_leaves: int = 10
) -> st.SearchStrategy[Expression]:
    """Expressions of every kind of node over these leaves."""

    def larger(inner: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
        several = st.lists(inner, min_size=2, max_size=4)
        return st.one_of(
            several.map(lambda operands: Sum(*operands)),
            several.map(lambda operands: Product(*operands)),
            several.map(lambda operands: Max(*operands)),
            several.map(lambda operands: Min(*operands)),
            st.builds(Root, inner),
            st.builds(Quotient, inner, inner),
            st.builds(Power, inner, inner),
            st.builds(Negative, inner),
            st.builds(Absolute, inner),
            st.builds(Log, inner, st.sampled_from(["e", "2", "10"])),
            st.builds(Exp, inner),
            st.builds(Tanh, inner),
            st.builds(Sigmoid, inner),
        )

    return st.recursive(leaves, larger, max_leaves=most_leaves)


def constants(numbers: st.SearchStrategy[Decimal] = NUMBERS) -> st.SearchStrategy[Expression]:
    return numbers.map(Constant)


def small_expressions(
    leaves: st.SearchStrategy[Expression], *, most_leaves: int = 6
) -> st.SearchStrategy[Expression]:
    """Expressions as losses have them: powers have small whole exponents."""

    def larger(inner: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
        several = st.lists(inner, min_size=2, max_size=4)
        return st.one_of(
            several.map(lambda operands: Sum(*operands)),
            several.map(lambda operands: Product(*operands)),
            st.lists(inner, min_size=2, max_size=3).map(lambda operands: Max(*operands)),
            st.lists(inner, min_size=2, max_size=3).map(lambda operands: Min(*operands)),
            st.builds(Root, inner),
            st.builds(Quotient, inner, inner),
            st.builds(Power, inner, st.integers(-2, 4).map(Constant)),
            st.builds(Negative, inner),
            st.builds(Absolute, inner),
            st.builds(Log, inner, st.sampled_from(["e", "2", "10"])),
            st.builds(Exp, inner),
            st.builds(Tanh, inner),
            st.builds(Sigmoid, inner),
        )

    return st.recursive(leaves, larger, max_leaves=most_leaves)


_PLACES: Final = [Quantity(str(place), Symbol("?"), Constant(0)) for place in range(16)]
_DEFINITIONS: Final = small_expressions(st.sampled_from(_PLACES)).filter(
    lambda each: isinstance(each, Operation)
)
_OWN_CONSTANTS: Final = [Constant(each) for each in (0, 1, 2, 3, "0.5")]


def _filled(expression: Expression, leaves: Sequence[Expression]) -> Expression:
    """The expression with these leaves, taken in turn, in the places of ``_PLACES``."""
    if isinstance(expression, Quantity):
        return leaves[int(expression.id) % len(leaves)]
    if isinstance(expression, Operation):
        return expression.rebuilt(_filled(each, leaves) for each in expression.operands)
    return expression


def _calculation(numbers: Sequence[Decimal], steps: Sequence[Expression]) -> list[Quantity]:
    calculation = [given_number(f"g{n}", number) for n, number in enumerate(numbers, start=1)]
    for n, definition in enumerate(steps, start=1):
        filled = _filled(definition, [*reversed(calculation), *_OWN_CONSTANTS])
        calculation.append(Quantity(f"s{n}", Symbol("s", (n,)), filled))
    return calculation


def calculations() -> st.SearchStrategy[list[Quantity]]:
    """Two to four given numbers, and one to three steps that use them and one another."""
    return st.builds(
        _calculation,
        st.lists(decimals(), min_size=2, max_size=4),
        st.lists(_DEFINITIONS, min_size=1, max_size=3),
    )


def given_number(id: str, number: Decimal | int | str) -> Quantity:
    return Quantity(id, Symbol(id), Constant(number))


def laid_out(text: str, digits: int = 4, /, **given: str | int) -> Line:
    """The line of a step that ``text`` defines, with these numbers given."""
    names = {id: given_number(id, number) for id, number in given.items()}
    step = Quantity("step", Symbol("s"), read(text, names))
    return lay_out(step, evaluate([*names.values(), step]), digits)


def parts(expression: Expression, values: Mapping[str, Decimal]) -> Iterator[Decimal]:
    """The values of an expression and of all operations in it."""
    yield expression.value(values)
    for operand in expression.operands:
        yield from parts(operand, values)


# --- the reader of printed lines ---------------------------------------------------------

_SIGNS: Final = str.maketrans({"×": "*", "−": "-", "^": "**", "√": "~"})
_RAISED: Final = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")
_NUMBERS: Final = re.compile(r"(?<![\w.])(?:\d+(?:\.\d+)?|∞)")
_OPERAND_FOLLOWS: Final = frozenset("(,+-/^×−√")


@dataclass(frozen=True)
class _Arithmetic:
    number: Callable[[str], Any]
    functions: Mapping[str, Callable[..., Any]]
    power: Callable[[Any, Any], Any]
    infinity: Any


def evaluate_text(text: str) -> float:
    """What a substituted line comes to, in doubles."""
    value = _walk(ast.parse(_python(text), mode="eval").body, _IN_DOUBLES)
    assert isinstance(value, float)
    return value


def evaluate_precisely(text: str) -> Decimal:
    """What a substituted line comes to, in decimals of 120 digits."""
    with localcontext(Context(prec=120, Emin=MIN_EMIN, Emax=MAX_EMAX, traps=[])):
        value = _walk(ast.parse(_python(text), mode="eval").body, _IN_DECIMALS)
    assert isinstance(value, Decimal)
    return value


def _python(text: str) -> str:
    """Python source of a line; numbers become strings, so that no digit is lost."""
    source = _without_bars(text).translate(_SIGNS).replace("log₂", "log2").replace("log₁₀", "log10")
    source = re.sub("[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+", lambda it: f"**({it[0].translate(_RAISED)})", source)
    return _NUMBERS.sub(lambda it: repr(it[0]), source)


def _without_bars(text: str) -> str:
    """``|x|`` as ``abs(x)``: a bar opens where an operand has to come, and closes elsewhere."""
    written: list[str] = []
    before = "("
    for character in text:
        if character == "|":
            opens = before in _OPERAND_FOLLOWS
            written.append("abs(" if opens else ")")
            before = "(" if opens else ")"
        else:
            written.append(character)
            before = before if character.isspace() else character
    return "".join(written)


def _walk(node: ast.expr, arithmetic: _Arithmetic) -> Any:
    match node:
        case ast.Constant(value=str(digits)):
            return arithmetic.infinity if digits == "∞" else arithmetic.number(digits)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_walk(operand, arithmetic)
        case ast.UnaryOp(op=ast.Invert(), operand=operand):  # a √ binds as Python's ~ does
            return arithmetic.functions["sqrt"](_walk(operand, arithmetic))
        case ast.BinOp(left=left, op=sign, right=right):
            one, other = _walk(left, arithmetic), _walk(right, arithmetic)
            return _combined(one, sign, other, arithmetic)
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]):
            return arithmetic.functions[name](*(_walk(each, arithmetic) for each in arguments))
    raise ValueError(f"no line has {ast.unparse(node)}")


def _combined(one: Any, sign: ast.operator, other: Any, arithmetic: _Arithmetic) -> Any:
    match sign:
        case ast.Add():
            return one + other
        case ast.Sub():
            return one - other
        case ast.Mult():
            return one * other if one and other else arithmetic.number("0")
        case ast.Div() if not other:
            return arithmetic.infinity * (1 if one > 0 else -1)
        case ast.Div():
            return one / other
        case ast.Pow():
            return arithmetic.power(one, other)
    raise ValueError(f"no line has a {type(sign).__name__}")


def _float_power(base: float, exponent: float) -> float:
    if not base and exponent < 0:
        return math.inf
    try:
        return math.pow(base, exponent)
    except OverflowError:
        return math.inf


def _float_exp(argument: float) -> float:
    return math.inf if argument > 709.7 else math.exp(argument)


def _float_log(function: Callable[[float], float]) -> Callable[[float], float]:
    return lambda argument: function(argument) if argument else -math.inf


def _decimal_tanh(argument: Decimal) -> Decimal:
    if abs(argument) > 400:
        return Decimal(1).copy_sign(argument)
    if abs(argument) < Decimal("1e-60"):  # the series: what follows is less than 120 digits
        return argument - argument**3 / 3
    with localcontext(Context(prec=200, Emin=MIN_EMIN, Emax=MAX_EMAX, traps=[])):
        square = (2 * argument).exp()
        return (square - 1) / (square + 1)


_IN_DOUBLES: Final = _Arithmetic(
    number=float,
    functions={
        "ln": _float_log(math.log),
        "log2": _float_log(math.log2),
        "log10": _float_log(math.log10),
        "exp": _float_exp,
        "tanh": math.tanh,
        "sigmoid": lambda argument: 1 / (1 + _float_exp(-argument)),
        "max": max,
        "argmax": lambda *each: type(each[0])(1 + each.index(max(each))),
        "choose": lambda place, *each: each[int(place) - 1],
        "min": min,
        "sqrt": lambda argument: math.sqrt(argument) if argument >= 0 else math.nan,
        "abs": abs,
    },
    power=_float_power,
    infinity=math.inf,
)
_IN_DECIMALS: Final = _Arithmetic(
    number=Decimal,
    functions={
        "ln": lambda argument: argument.ln(),
        "log2": lambda argument: argument.ln() / Decimal(2).ln(),
        "log10": lambda argument: argument.log10(),
        "exp": lambda argument: argument.exp(),
        "tanh": _decimal_tanh,
        "sigmoid": lambda argument: 1 / (1 + (-argument).exp()),
        "max": max,
        "argmax": lambda *each: type(each[0])(1 + each.index(max(each))),
        "choose": lambda place, *each: each[int(place) - 1],
        "min": min,
        "sqrt": lambda argument: argument.sqrt(),
        "abs": abs,
    },
    power=lambda base, exponent: base**exponent if exponent else Decimal(1),
    infinity=Decimal("Infinity"),
)
