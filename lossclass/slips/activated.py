"""Activations in a calculation: how a derivative goes back through a tanh or a sigmoid."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from lossclass.arithmetic.calculation import Calculation
from lossclass.arithmetic.expression import (
    Constant,
    Expression,
    Max,
    Negative,
    Operation,
    Power,
    Product,
    Quantity,
    Sigmoid,
    Sum,
    Tanh,
)
from lossclass.arithmetic.notation import PLAIN
from lossclass.records import record

#: What activations are called in sentences.
SAID: Final[Mapping[type[Expression], str]] = {
    Tanh: "tanh",
    Sigmoid: "the sigmoid",
    Max: "max(0, …)",
}
_1: Final = Constant(1)
_2: Final = Constant(2)


def derivative_by(calculation: Calculation, quantity: Quantity) -> Quantity | None:
    """The step that is the derivative by a quantity, if there is one."""
    return calculation.by_id.get(f"gradient.{quantity.id.removeprefix('given.')}")


@record
class Activated:
    """A step that is a function of one quantity, and the way of the derivative back through it.

    Attributes:
        function: the operation that the step is.
        by: the derivative by that quantity.
        own: the derivative by the step.
        slope: the factors between the two.
    """

    step: Quantity
    function: type[Operation]
    by: Quantity
    own: Quantity
    slope: tuple[Expression, ...]

    def through(self, *slope: Expression) -> Expression:
        """The derivative by the quantity, with other factors."""
        return Product(self.own, *slope) if slope else self.own

    @property
    def said(self) -> str:
        """The function, in words."""
        return SAID[self.function]

    @property
    def said_of_slope(self) -> str:
        """Its derivative, written with the result of the step at any place."""
        name = bare(self.step)
        return {Tanh: f"1 − {name}²", Sigmoid: f"{name} · (1 − {name})"}.get(
            self.function, "0 or 1"
        )


def bare(quantity: Quantity) -> str:
    """The symbol of all quantities like this one: without the numbers in its index."""
    index = tuple(each for each in quantity.symbol.index if isinstance(each, str))
    return PLAIN.symbol(replace(quantity.symbol, index=index))


def activated(calculation: Calculation, step: Quantity) -> Activated | None:
    """How the derivative goes back through a tanh, a sigmoid or a max(0, …)."""
    match step.definition:
        case Tanh(operands=(Quantity() as inner,)) | Sigmoid(operands=(Quantity() as inner,)):
            pass
        case Max(operands=(Constant(number=floor), Quantity() as inner)) if not floor:
            pass
        case _:
            return None
    own, by = derivative_by(calculation, step), derivative_by(calculation, inner)
    if own is None or by is None:
        return None
    function = type(step.definition)
    assert issubclass(function, Operation)  # noqa: S101 - it is one of three
    match by.definition:
        case Product(operands=(Quantity(id=id), *slope)) if id == own.id:
            return Activated(step, function, by, own, tuple(slope))
        case Quantity(id=id) if id == own.id:
            return Activated(step, function, by, own, ())
        case Constant(number=number) if not number and function is Max:
            return Activated(step, function, by, own, (by.definition,))
    return None


def slope_of(function: type[Operation], result: Expression) -> tuple[Expression, ...]:
    """The factors of the derivative of tanh or of the sigmoid, by what it comes to."""
    if function is Tanh:
        return (Sum(_1, Negative(Power(result, _2))),)
    return (result, Sum(_1, Negative(result)))


def slope_of_squashed(node: Expression) -> Quantity | None:
    """The cell state whose 1 − tanh(cell)^2 an expression is."""
    match node:
        case Sum(
            operands=(
                Constant(),
                Negative(
                    operands=(Power(operands=(Tanh(operands=(Quantity() as cell,)), Constant())),)
                ),
            )
        ):
            return cell
    return None
