"""The walk backwards: the derivative of one quantity with respect to all that it was made of.

This is reverse-mode differentiation (Griewank and Walther, *Evaluating Derivatives*, 2008,
chapter 3) on the graph of named steps, and every derivative is itself a named step: the sum over
the uses of a quantity of (derivative by the use) · (how the use changes with the quantity). For a
recurrent network that is back-propagation through time.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from lossclass.arithmetic.derivative import DecimalValues, Local, local_derivatives
from lossclass.arithmetic.expression import (
    Constant,
    Expression,
    Negative,
    Operation,
    Product,
    Quantity,
    Role,
    quantities_in,
    sum_of,
)
from lossclass.arithmetic.line import is_long, long_operations
from lossclass.records import record


class Use(NamedTuple):
    """A share of a derivative: through the step ``by``, which changes with the quantity by
    ``local`` (∂by/∂quantity). ``shown`` stands for it in the derivative: itself, or a step of its
    own where it is long."""

    by: Quantity
    local: Expression
    shown: Expression


@record
class Derivative:
    """The derivative of the answer with respect to one quantity, as a step.

    Attributes:
        of: the quantity.
        quantity: the derivative; id ``gradient.`` and the name of ``of``, symbol ∂L/∂q.
        before: steps to be written before it, ids ``gradient.USE.by.OF``: local derivatives that
            are too long to stand in it.
        uses: the steps through which the answer changes with it, in the order of the calculation.
        kinks: steps that have no derivative with respect to it just here, so that one side's, or
            0, was taken; see :func:`~lossclass.arithmetic.derivative.local_derivatives`.
        still: steps that use it without changing with it, as a 0 multiplies it there (in one
            place at least).
        without: the form without a value that the chain rule meets on the way to it, such as 0 / 0;
            the quantity then has none. Empty where it meets none.
    """

    of: Quantity
    quantity: Quantity
    before: tuple[Quantity, ...] = ()
    uses: tuple[Use, ...] = ()
    kinks: tuple[Quantity, ...] = ()
    still: tuple[Quantity, ...] = ()
    without: str = ""

    @property
    def steps(self) -> tuple[Quantity, ...]:
        """What is to be written, in order."""
        return (*self.before, self.quantity)

    def instead(self, definition: Expression) -> Derivative:
        """The same by another expression; if that is 0, the answer does not change with it."""
        role = Role.TAKEN if isinstance(definition, Constant) else Role.STEP
        quantity = Quantity(self.quantity.id, self.quantity.symbol, definition, role)
        if isinstance(definition, Constant) and not definition.number:
            return Derivative(self.of, quantity)
        return replace(self, quantity=quantity)

    @property
    def is_zero(self) -> bool:
        """Whether the answer does not change with it, whatever the numbers on the way."""
        return not self.uses


@dataclass
class _Shares:
    """What is known of a derivative before its turn: collected from the last use to the first."""

    uses: list[tuple[Quantity, Quantity | None, Expression]] = field(default_factory=list)
    kinks: list[Quantity] = field(default_factory=list)
    still: list[Quantity] = field(default_factory=list)
    without: str = ""


def walk_back(
    calculation: Sequence[Quantity],
    values: DecimalValues,
    answer: Quantity,
    *,
    reaches: Collection[str] | None = None,
    known: Mapping[str, Quantity] | None = None,
    settled: Callable[[Derivative], Derivative] = lambda derivative: derivative,
) -> Iterator[Derivative]:
    """The derivatives of ``answer``, from the last quantity before it to the first.

    Each is built from those that come before it. Its own derivative, 1, is left out, and so is
    all that does not lead to it. What cancels out of what it is used in, such as the largest logit that
    is subtracted before a softmax, is taken as a constant. What it comes to is for the caller to evaluate.

    Args:
        calculation: quantities, each after those that it uses.
        values: theirs, by id; they say where a maximum is, and what may be divided by.
        reaches: ids of the quantities whose derivatives are wanted, each of which there will be
            (0 where nothing leads to the answer); others come only if they lie on the way from
            the answer to one of these. None for all that the answer is made of.
        known: derivatives that were worked out in another way, by the id of what they are by. The
            walk then begins at these, and they are left out of what it gives.
        settled: what a derivative is where the chain rule does not tell; asked for each before the
            next is built from it.
    """
    known = known or {}
    ids = _Ids({quantity.id for quantity in calculation})
    wanted = frozenset(reaches or ())
    on_the_way = _leading_from(calculation, None if reaches is None else wanted)
    shares: dict[str, _Shares] = {id: _Shares() for id in known or [answer.id]}
    for quantity in reversed(calculation):
        share = shares.pop(quantity.id, None)
        if share is None:
            if quantity.id in wanted:
                yield _derivative(answer, quantity, _Shares(), ids)
            continue
        derivative = None
        if quantity.id in known:
            derivative = Derivative(quantity, known[quantity.id])
        elif quantity.id != answer.id:
            derivative = settled(_derivative(answer, quantity, share, ids))
            yield derivative
        local = local_derivatives(quantity, values, on_the_way)
        _pass_on(shares, quantity, derivative, local)


def _pass_on(
    shares: dict[str, _Shares],
    by: Quantity,
    derivative: Derivative | None,
    locals_: Mapping[str, Local],
) -> None:
    """Note for each quantity in a step what its derivative gets from that of the step."""
    own = derivative.quantity if derivative else None
    for id, local in locals_.items():
        if (share := shares.get(id)) is None:
            share = shares[id] = _Shares()
        if own is not None and isinstance(own.definition, Constant) and not own.definition.number:
            continue
        if local.expression is not None:
            share.uses.append((by, own, local.expression))
            share.without = share.without or (derivative.without if derivative else "")
        if local.kink:
            share.kinks.append(by)
        if local.still:
            share.still.append(by)


def _leading_from(calculation: Sequence[Quantity], wanted: Set[str] | None) -> set[str]:
    """The ids of what is wanted or made of anything wanted; None for all. No way leads through
    what cancels out."""
    leading: set[str] = set()
    for quantity in calculation:
        if quantity.role is not Role.CANCELS and (
            wanted is None
            or quantity.id in wanted
            or any(each.id in leading for each in quantities_in(quantity.definition))
        ):
            leading.add(quantity.id)
    return leading


# --- one derivative as a step ------------------------------------------------------------


@dataclass
class _Ids:
    """Gives out the ids of derivatives, each of which nothing else has."""

    taken: set[str]

    def derivative(self, of: Quantity) -> str:
        """``gradient.`` and the name of what the derivative is by; of a number of the problem its
        id, if a step is called by its name."""
        return self.free(of.id if of.name in self.taken else of.name)

    def free(self, name: str) -> str:
        """The name behind ``gradient.``, as often as it takes."""
        id = f"gradient.{name}"
        while id in self.taken:
            id = f"gradient.{id}"
        self.taken.add(id)
        return id


def _derivative(answer: Quantity, of: Quantity, known: _Shares, ids: _Ids) -> Derivative:
    uses, before = [], []
    through = list(reversed(known.uses))
    plain = sum_of([_term(own, local) for _, own, local in through])
    crowded = len(long_operations(plain)) > 1
    for by, own, local in through:
        shown = local
        if crowded and own is not None and long_operations(local):
            shown = Quantity(
                ids.free(f"{by.id}.by.{of.id}"),
                replace(by.symbol, by=of.symbol),
                _with_one_long_operation(local),
            )
            before.append(shown)
        uses.append(Use(by, local, shown))
    if crowded:
        owns = [own for _, own, _ in through]
        terms = [_term(own, use.shown) for own, use in zip(owns, uses, strict=True)]
        plain = _with_one_long_operation(sum_of(terms))
    if known.without:
        plain, before = Constant(0), []
    # A derivative of 0 is no number of the problem.
    role = Role.TAKEN if isinstance(plain, Constant) else Role.STEP
    return Derivative(
        of,
        Quantity(ids.derivative(of), replace(answer.symbol, by=of.symbol), plain, role),
        tuple(before),
        tuple(uses),
        tuple(reversed(known.kinks)),
        tuple(reversed(known.still)),
        known.without,
    )


def _term(own: Quantity | None, local: Expression) -> Expression:
    """The derivative by a use times the local one; without the first, it is 1."""
    if own is None:
        return local
    match local:
        case Quantity():
            return Product(own, local)
        case Constant(number=number) if abs(number) == 1:
            return own if number > 0 else Negative(own)
        case Constant(number=number) if number < 0:
            return Negative(Product(own, Constant(-number)))
        case Negative(operands=(operand,)):
            return Negative(_term(own, operand))
        case Product(operands=operands):
            return Product(own, *operands)
    return Product(own, local)


def _with_one_long_operation(expression: Expression) -> Expression:
    """The same with at most one sum or product of three or more: the outermost, if it is one.
    Others are taken two by two, (a · b) · c, which reads the same."""
    if len(long_operations(expression)) <= 1:
        return expression
    outermost = expression.operands[0] if isinstance(expression, Negative) else expression
    return _in_pairs(expression, keep=outermost)


def _in_pairs(expression: Expression, keep: Expression) -> Expression:
    if not isinstance(expression, Operation):
        return expression
    operands = [_in_pairs(operand, keep) for operand in expression.operands]
    if not is_long(expression) or expression is keep:
        return expression.rebuilt(operands)
    first, *rest = operands
    for operand in rest:
        first = expression.rebuilt([first, operand])
    return first
