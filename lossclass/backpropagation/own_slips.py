"""The mistakes that people make in a gradient, and in the step of learning after it.

They are made in the definitions of the derivatives as they stand in the calculation, so that they
are the same for every loss and every network.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from lossclass.arithmetic.calculation import Calculation
from lossclass.arithmetic.derivative import local_derivatives
from lossclass.arithmetic.expression import (
    Constant,
    Expression,
    Max,
    Negative,
    Operation,
    Power,
    Product,
    Quantity,
    Quotient,
    Sigmoid,
    Sum,
    Tanh,
    quantities_in,
    sum_of,
)
from lossclass.arithmetic.notation import PLAIN
from lossclass.arithmetic.replacing import replaced, without_factors
from lossclass.backpropagation.learning_slips import learning_slips
from lossclass.backpropagation.weight_slips import terms_of, weight_slips
from lossclass.rnn.cells import BEFORE, OVER_TIME
from lossclass.slips import Slip
from lossclass.slips.activated import (
    SAID,
    Activated,
    activated,
    bare,
    derivative_by,
    slope_of,
    slope_of_squashed,
)
from lossclass.slips.making import everywhere_and_once

_GRADIENT: Final = "gradient."


def slips(calculation: Calculation) -> Iterator[Slip]:
    """The mistakes in the derivatives, and in the new parameters, where there are any."""
    yield from _through_time(calculation)
    yield from weight_slips(calculation)
    yield from _activations(calculation)
    yield from _factors_of_the_loss(calculation)
    yield from _squares(calculation)
    yield from learning_slips(calculation)


# --- through time ------------------------------------------------------------------------


def _through_time(calculation: Calculation) -> Iterator[Slip]:
    """What comes back from the next time step left out, or followed once."""
    forgotten: dict[str, Expression] = {}
    later: dict[str, list[Expression]] = {}
    for name in BEFORE:
        for derivative in calculation.all(f"{_GRADIENT}{name}"):
            t = _time(derivative)
            terms = terms_of(derivative.definition)
            coming = [each for each in terms if _is_later(each, t)]
            if coming:
                own = [each for each in terms if each not in coming]
                forgotten[derivative.id] = sum_of(own)
                later[derivative.id] = coming
    if not forgotten:
        return
    yield Slip(
        "through-time-forgotten",
        "What comes back through time is left out: a state acts on the loss through the time steps "
        "after it as well.",
        forgotten,
    )
    if len({_time(calculation.by_id[id]) for id in forgotten}) > 1:
        yield Slip(
            "one-step-through-time",
            "The way back through time is followed one step only: what comes back goes on to the "
            "time steps before.",
            _one_step(calculation, forgotten, later),
        )


def _one_step(
    calculation: Calculation,
    forgotten: Mapping[str, Expression],
    later: Mapping[str, Sequence[Expression]],
) -> dict[str, Expression]:
    """The derivatives by the states where what comes back from the next step is its own share."""
    own = calculation.again(forgotten)

    def alone(node: Expression) -> Expression | None:
        if isinstance(node, Quantity) and node.id in own and node.id.startswith(_GRADIENT):
            return Constant(own[node.id])
        return None

    return {
        id: sum_of([*terms_of(kept), *(replaced(each, alone) for each in later[id])])
        for id, kept in forgotten.items()
    }


def _time(derivative: Quantity) -> int:
    """The time step of what a derivative is by: of ``gradient.hidden.2.1``, 2."""
    return int(derivative.id.split(".")[2])


def _is_later(term: Expression, t: int) -> bool:
    """Whether a term comes from a later time step."""
    for quantity in quantities_in(term):
        match quantity.id.split("."):
            case ["gradient", name, time, _] if name in OVER_TIME and int(time) > t:
                return True
    return False


# --- the derivatives of activations ------------------------------------------------------


def _activations(calculation: Calculation) -> Iterator[Slip]:
    """The derivatives of activations left out, taken twice, or taken in the wrong place."""
    found: dict[str, list[Activated]] = {}
    for step in calculation:
        each = None if step.id.startswith(_GRADIENT) else activated(calculation, step)
        if each is not None and each.slope:
            found.setdefault(step.id.rstrip("0123456789."), []).append(each)
    forgotten = {name: {each.by.id: each.through() for each in all} for name, all in found.items()}
    code = "local-derivative-forgotten"
    for name, all in found.items():
        text = _forgotten(all[0])
        yield from everywhere_and_once(calculation, code, text, forgotten[name])
    squashed = _cell_not_differentiated(calculation)
    if squashed:
        cell = bare(calculation.all("cell")[0])
        text = f"The derivative of tanh is left out: 1 − tanh({cell})² is a factor of what comes back to {cell}."
        yield from everywhere_and_once(calculation, code, text, squashed)
    yield from _other_slopes(found)
    inside = [name for name in found if name in OVER_TIME]
    if len(inside) > 1:
        text = "The derivatives of tanh and of the sigmoid are left out: each is a factor on the way back."
        everything = {id: new for name in inside for id, new in forgotten[name].items()}
        yield Slip(code, text, {**everything, **squashed})
    outside = [name for name in found if name not in OVER_TIME]
    for names in (inside, *([name] for name in outside)):
        passed = [each for name in names for each in found[name] if each.function is not Max]
        if passed:
            yield from _more_than_once(passed, several=len(names) > 1)


def _other_slopes(found: Mapping[str, Sequence[Activated]]) -> Iterator[Slip]:
    """The slope of the sigmoid for that of tanh, and the reverse: in one kind of steps, and in all."""
    for function, other in ((Tanh, Sigmoid), (Sigmoid, Tanh)):
        of_kind = {
            name: {each.by.id: each.through(*slope_of(other, each.step)) for each in all}
            for name, all in found.items()
            if all[0].function is function
        }
        code = "sigmoid-slope-for-tanh" if function is Tanh else "tanh-slope-for-sigmoid"
        for name, changed in of_kind.items():
            first = found[name][0]
            text = (
                f"The derivative of {SAID[other]} is taken for that of {first.said}: {bare(first.step)} "
                f"is {first.said}, and its derivative is {first.said_of_slope}."
            )
            yield Slip(code, text, changed)
        if len(of_kind) > 1:
            text = f"The derivative of {SAID[other]} is taken everywhere, also where that of {SAID[function]} belongs."
            yield Slip(
                code, text, {id: new for each in of_kind.values() for id, new in each.items()}
            )


def _forgotten(first: Activated) -> str:
    by, own = bare_derivative(first.by), bare_derivative(first.own)
    if first.function is Max:
        return f"The derivative of max(0, …) is left out: it is 0 where the number is below 0, and so is {by}."
    return f"The derivative of {first.said} is left out: {by} is {own} times {first.said_of_slope}."


def bare_derivative(derivative: Quantity) -> str:
    """The symbol of all derivatives like this one."""
    by = derivative.symbol.by
    assert by is not None  # noqa: S101 - it is a derivative
    index = tuple(each for each in by.index if isinstance(each, str))
    return PLAIN.symbol(replace(derivative.symbol, by=replace(by, index=index)))


def _more_than_once(passed: Sequence[Activated], *, several: bool) -> Iterator[Slip]:
    first = passed[0]
    if several:
        text = "The derivatives of tanh and of the sigmoid are taken twice: each is a factor once."
    else:
        text = f"The derivative of {first.said} is taken twice: {first.said_of_slope} is a factor once."
    twice = {each.by.id: each.through(*each.slope, *each.slope) for each in passed}
    yield Slip("derivative-twice", text, twice)
    if several:
        text = (
            "The derivatives of tanh and of the sigmoid are taken at what these come to, not at "
            "what they are taken of."
        )
    else:
        name = bare(first.step)
        text = (
            f"The derivative of {first.said} is taken at {name}, which is its result: "
            f"{first.said_of_slope} is the derivative already."
        )
    at_the_output = {
        each.by.id: each.through(*slope_of(each.function, each.function(each.step)))
        for each in passed
    }
    yield Slip("derivative-at-the-output", text, at_the_output)


def _cell_not_differentiated(calculation: Calculation) -> dict[str, Expression]:
    """The derivatives by the cell states of an LSTM without that of their tanh."""
    found = {}
    for each in calculation.all(f"{_GRADIENT}cell"):
        other = without_factors(each.definition, lambda node: slope_of_squashed(node) is not None)
        if other is not each.definition:
            found[each.id] = other
    return found


# --- the loss ----------------------------------------------------------------------------


def _factors_of_the_loss(calculation: Calculation) -> Iterator[Slip]:
    """What the loss is divided by, or a factor before it, left out of its derivative."""
    divided: dict[str, dict[str, Expression]] = {}
    scaled: dict[str, dict[str, Expression]] = {}
    first: dict[str, str] = {}
    for step in calculation:
        if step.id.startswith(_GRADIENT):
            continue
        quotient = _quotient_in(step.definition)
        if quotient is not None:
            by = _name(calculation, quotient.operands[1])
            new = _derivative_of(calculation, step, _undivided(step.definition))
            if new and by != "1":
                divided.setdefault(by, {}).update(new)
                first.setdefault(by, PLAIN.symbol(step.symbol))
        match step.definition:
            case Product(operands=(Constant(number=number), other)) if abs(number) != 1:
                if new := _derivative_of(calculation, step, other):
                    factor = PLAIN.number(number)
                    scaled.setdefault(factor, {}).update(new)
                    first.setdefault(factor, PLAIN.symbol(step.symbol))
    for by, changed in divided.items():
        text = f"The division by {by} is left out: it is in {first[by]}, and so in its derivative."
        yield Slip("mean-forgotten-in-derivative", text, changed)
    for factor, changed in scaled.items():
        text = (
            f"The factor {factor} is left out: it is in {first[factor]}, and so in its derivative."
        )
        yield Slip("local-derivative-forgotten", text, changed)


def _name(calculation: Calculation, divisor: Expression) -> str:
    if isinstance(divisor, Quantity):
        return PLAIN.symbol(divisor.symbol)
    return PLAIN.number(divisor.value(calculation.values))


def _quotient_in(definition: Expression) -> Operation | None:
    """The quotient that a step is, but for a sign or a factor."""
    match definition:
        case Quotient(operands=(Quantity(definition=Sum()), Constant() | Quantity())):
            return definition
        case Negative(operands=(inner,)) | Product(operands=(Constant(), inner)):
            return _quotient_in(inner)
    return None


def _undivided(definition: Expression) -> Expression:
    """The same without the division."""
    quotient = _quotient_in(definition)
    return replaced(
        definition, lambda node: quotient.operands[0] if quotient and node is quotient else None
    )


def _derivative_of(calculation: Calculation, step: Quantity, other: Expression) -> dict[str, Expression]:  # fmt: skip
    """The derivative by what a step is worked from alone, if the step were something else."""
    inside = [*dict.fromkeys(each for each in quantities_in(other) if not each.is_given)]
    if len(inside) != 1:
        return {}
    (total,) = inside
    by = derivative_by(calculation, total)
    users = [each for each in calculation.users[total.id] if not each.id.startswith(_GRADIENT)]
    if by is None or [each.id for each in users] != [step.id]:
        return {}
    local = local_derivatives(Quantity(step.id, step.symbol, other), calculation.values, {total.id})
    slope = local[total.id].expression
    own = derivative_by(calculation, step)
    if slope is None or (own is None and step.id != "loss"):
        return {}
    return {by.id: slope if own is None else Product(own, slope)}


def _squares(calculation: Calculation) -> Iterator[Slip]:
    """The factor 2 of the derivative of a square left out."""
    changed: dict[str, Expression] = {}
    squared = ""
    for step in calculation:
        match step.definition:
            case Power(operands=(Quantity() as base, Constant(number=exponent))) if exponent == 2:
                pass
            case _:
                continue
        by = derivative_by(calculation, base)
        if step.id.startswith(_GRADIENT) or by is None:
            continue
        other = without_factors(
            by.definition, lambda node: isinstance(node, Constant) and node.number == 2
        )
        if other is not by.definition:
            changed[by.id] = other
            squared = bare(base)
    if changed:
        text = f"The factor 2 is left out: the derivative of {squared}² is 2 · {squared}."
        yield Slip("local-derivative-forgotten", text, changed)
