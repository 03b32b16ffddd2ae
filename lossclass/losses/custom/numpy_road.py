"""The machine's way: whole arrays in NumPy, the terms in closed form, the formula by differences.

The formula is read here once more, by Python's own parser, which shares nothing with the reader of
the working. It relies on that reader for one thing: what comes here has been found readable.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import TYPE_CHECKING, Any, Final

from lossclass import losses
from lossclass.arithmetic.notation import PLAIN
from lossclass.losses.custom.arrays import Array
from lossclass.losses.custom.inputs import Inputs
from lossclass.losses.custom.naming import Index
from lossclass.losses.shapes.formulas import ClosedForm
from lossclass.losses.shapes.formulas import Index as Place
from lossclass.problem.arrays import places
from lossclass.second_road import np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[np.longdouble]

_TOKEN: Final = re.compile(
    r"(?P<number>[0-9.]+(?:[eE][+−–-]?[0-9]+)?|∞)|(?P<raised>[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)"
    r"|(?P<name>[^\W\d⁰¹²³⁴⁵⁶⁷⁸⁹][^\W⁰¹²³⁴⁵⁶⁷⁸⁹]*)|(?P<sign>\*\*|\S)"
)
_AS_TYPED: Final = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹−–", "-0123456789--")
_IN_PYTHON: Final = {
    **dict.fromkeys("−–", "-"),
    **dict.fromkeys("·∙×", "*"),
    "÷": "/",
    "^": "**",
    "√": "~",
}
#: What a number is changed by, relative to its size, and to which size where it is nearly 0.
_CHANGE: Final = 1e-5
_SMALLEST: Final = 1e-2
#: How far central differences may be off, relative to 1 plus their size.
_OFF: Final = 1e-7
_ONE_SIDED: Final = 1e-6


def value(inputs: Inputs) -> Any:
    """The loss in NumPy: the weighted values of the terms, plus that of the formula."""
    own = [losses.load(term.problem.loss).value(term.problem.inputs) for term in inputs.terms]
    weights = np.array([term.weight for term in inputs.terms], float)
    weighted = np.where(weights == 0, 0.0, weights * np.array(own, float))  # 0 · ∞ counts as 0
    total = float(weighted.sum())
    if inputs.formula is None:
        return total
    return total + float(_formula_value(inputs.formula, _numbers_of(inputs.given)))


# --- the formula -------------------------------------------------------------------------


def _numbers_of(given: Mapping[str, Array]) -> dict[str, Numbers]:
    """A formula's names as arrays."""

    def numbers(array: Array) -> Numbers:
        elements = [np.longdouble(str(each.value({}))) for each in array.elements]
        return np.array(elements, np.longdouble).reshape(array.shape)

    return {name: numbers(array) for name, array in given.items()}


def _formula_value(formula: str, names: Mapping[str, Numbers]) -> Any:
    """What a formula comes to for these names."""
    text, operands = _in_python(formula, names)
    return _value(ast.parse(text, mode="eval").body, operands)


def _in_python(formula: str, names: Mapping[str, Numbers]) -> tuple[str, dict[str, Any]]:
    """A formula as Python's parser takes it, and what the names in it stand for. Numbers become
    names, so that none of their digits is lost. What is raised stands in [ ], for that binds as
    tightly."""
    text, operands, is_operand = "", dict[str, Any](), False
    for token in _TOKEN.finditer(formula):
        kind, part = token.lastgroup, token.group()
        name = f"_{len(operands)}"
        if kind == "name" and part not in names:
            text += part
        elif kind == "sign":
            if part == "|":
                part = ")" if is_operand else "abs("
            text += _IN_PYTHON.get(part, part)
            is_operand = part == ")"
        else:
            number = part.translate(_AS_TYPED).replace("∞", "inf")
            operands[name] = names[part] if kind == "name" else np.longdouble(number)
            text += f"[{name}]" if kind == "raised" else name
            is_operand = True
    return f"({text})", operands


@cache
def _functions() -> dict[str, Callable[..., Any]]:
    """Those of a formula by name, and the operations as Python's parser calls them."""

    def times(one: Any, other: Any) -> Any:  # 0 · ∞ counts as 0
        return np.where((one == 0) | (other == 0), 0, one * other)

    def softmax(z: Any) -> Any:
        above = np.exp(z - z.max(axis=-1, keepdims=True))
        return above / above.sum(axis=-1, keepdims=True)

    def together(them: Any) -> Any:
        return np.broadcast_arrays(*them)

    return {
        "ln": np.log,
        "log2": np.log2,
        "log10": np.log10,
        "exp": np.exp,
        "tanh": np.tanh,
        "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
        "max": lambda *them: np.max(together(them), axis=None if len(them) == 1 else 0),
        "min": lambda *them: np.min(together(them), axis=None if len(them) == 1 else 0),
        "sqrt": np.sqrt,
        "softmax": softmax,
        "sum": np.sum,
        "mean": np.mean,
        "abs": np.abs,
        "Add": np.add,
        "Sub": np.subtract,
        "Mult": times,
        "Div": np.divide,
        "Pow": np.power,
        "UAdd": np.positive,
        "USub": np.negative,
        "Invert": np.sqrt,  # as √ is typed for Python's parser
    }


def _value(formula: ast.expr, operands: Mapping[str, Any]) -> Any:
    """What a formula comes to, as Python's parser has it."""
    values: dict[ast.AST, Any] = {}
    for node in reversed([*ast.walk(formula)]):  # operands before what is made of them
        match node:
            case ast.Name(id=name):
                values[node] = operands.get(name)
                continue
            case ast.Call(func=ast.Name(id=name), args=of):
                pass
            case ast.BinOp(left=left, op=op, right=right):
                name, of = type(op).__name__, [left, right]
            case ast.UnaryOp(op=sign, operand=operand):
                name, of = type(sign).__name__, [operand]
            case ast.Subscript(value=base, slice=raised):
                name, of = "Pow", [base, raised]
            case _:  # the operators themselves
                continue
        values[node] = _functions()[name](*(values[each] for each in of))
    return values[formula]


# --- derivatives -------------------------------------------------------------------------


def gradient(inputs: Inputs) -> ClosedForm:
    """The derivatives by the numbers of the terms, under ``NAME.KEY`` such as ``margin.y_pred``,
    and by those of the formula, under their names.

    None stands at numbers of the formula at which it has a kink or is infinite, and at those with
    which it changes too abruptly for differences to tell.
    """
    sentences: list[str] = []
    values: dict[str, dict[Place, float | None]] = {}
    if inputs.terms:
        sentences.append("For each term, its weight times the closed form of its own loss.")
    for term in inputs.terms:
        own = losses.load(term.problem.loss).gradient(term.problem.inputs)
        weight = float(term.weight)
        for key, derivatives in own.values.items():
            values[f"{term.name}.{key}"] = {
                index: None if each is None else weight * each if weight else 0.0
                for index, each in derivatives.items()
            }
        says = re.sub(r"\bL\b", PLAIN.symbol(term.symbol("L")), own.says)
        sentences.append(f"{term.name}, {PLAIN.number(term.weight)} times: {says}")
    if inputs.formula is None:
        return ClosedForm(" ".join(sentences), values)
    sentences.append(
        "A formula of one's own has no closed form to look up. It is worked once with a little "
        "more and once with a little less of a number, and the difference is divided by that of the "
        "numbers."
    )
    slopes = _by_differences(inputs.formula, inputs)
    if None in (slope for each in slopes.values() for slope in each.values()):
        sentences.append("Where the slope changes too abruptly, that does not tell it.")
    how = "by these differences" if not inputs.terms else "in these ways"
    return ClosedForm(" ".join(sentences), {**values, **slopes}, _OFF, _OFF, how)


def _by_differences(formula: str, inputs: Inputs) -> dict[str, dict[Place, float | None]]:
    names = _numbers_of(inputs.given)
    with np.errstate(all="ignore"):  # what has no finite value is None
        return {
            name: {
                index: _slope(partial(_changed, formula, names, name, index))
                for index in places(array.shape)
            }
            for name, array in names.items()
        }


def _changed(formula: str, names: Mapping[str, Numbers], name: str, index: Index, by: int) -> Any:
    """The formula's value with a number changed by so many units, and the unit."""
    place = tuple(n - 1 for n in index)
    array = names[name].copy()
    unit = _CHANGE * max(abs(array[place]), _SMALLEST)
    array[place] += by * unit
    return _formula_value(formula, {**names, name: array}), unit


def _slope(value: Callable[[int], Any]) -> float | None:
    """The slope of a function, or None where differences do not tell it.

    Two differences, the second over twice the first's distance, have to agree; and the slopes to
    either side must not differ by more than what a bend makes of the distance.
    """
    (low, _), (less, _), (here, unit), (more, _), (high, _) = map(value, (-2, -1, 0, 1, 2))
    near, wide = (more - less) / (2 * unit), (high - low) / (4 * unit)
    bend, wide_bend = (more - 2 * here + less) / unit, (high - 2 * here + low) / (2 * unit)
    size = 1 + abs(near)
    if abs(near - wide) <= _OFF * size and abs(2 * bend - wide_bend) <= _ONE_SIDED * size:
        return float(near)
    return None
