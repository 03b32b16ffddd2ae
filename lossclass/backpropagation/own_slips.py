"""The mistakes that people make in a gradient, and in the step of learning after it.

They are made in the definitions of the derivatives as they stand in the calculation, so that they
are the same for every loss and every network.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Final

from lossclass.arithmetic.calculation import Calculation, Changed
from lossclass.arithmetic.derivative import local_derivatives
from lossclass.arithmetic.expression import (
    GIVEN_ID,
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
from lossclass.arithmetic.line import formula
from lossclass.arithmetic.notation import PLAIN
from lossclass.arithmetic.replacing import replaced, without_factors
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
_UPDATED: Final = "updated."
_CLIPPED: Final = "clipped."
_CORRECTED: Final = "_corrected."


def slips(calculation: Calculation) -> Iterator[Slip]:
    """The mistakes in the derivatives, and in the new parameters, where there are any."""
    yield from _through_time(calculation)
    yield from weight_slips(calculation)
    yield from _activations(calculation)
    yield from _factors_of_the_loss(calculation)
    yield from _squares(calculation)
    yield from _learning(calculation)


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
    what, is_factor = f"The derivative of {first.said} is taken", f"{first.said_of_slope} is"
    where = f"at {bare(first.step)}, which is its result: {is_factor}"
    if several:
        what, is_factor = "The derivatives of tanh and of the sigmoid are taken", "each is"
        where = "at their results, as in 1 − tanh(h)²: 1 − h² is"
    twice = {each.by.id: each.through(*each.slope, *each.slope) for each in passed}
    yield Slip("derivative-twice", f"{what} twice: {is_factor} a factor once.", twice)
    at_the_output = {
        each.by.id: each.through(*slope_of(each.function, each.function(each.step)))
        for each in passed
    }
    yield Slip("derivative-at-the-output", f"{what} {where} the derivative already.", at_the_output)


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
    found: dict[tuple[str, str], tuple[str, dict[str, Expression]]] = {}
    for step in calculation:
        if step.id.startswith(_GRADIENT):
            continue
        for code, what, other in _undone(step.definition):
            if new := _derivative_of(calculation, step, other):
                found.setdefault((code, what), (PLAIN.symbol(step.symbol), {}))[1].update(new)
    for (code, what), (first, changed) in found.items():
        text = f"{what} is left out: it is in {first}, and so in its derivative."
        yield Slip(code, text, changed)


def _undone(definition: Expression) -> Iterator[tuple[str, str, Expression]]:
    """A division, or a factor, as it is told where it is left out, and the step without it."""
    if quotient := _quotient_in(definition):
        above, below = quotient.operands
        by = formula(below, PLAIN)
        if by != "1":
            other = replaced(definition, lambda node: above if node is quotient else None)
            yield "mean-forgotten-in-derivative", f"The division by {by}", other
    match definition:
        case Product(operands=(Constant(number=number), other)) if abs(number) != 1:
            yield "local-derivative-forgotten", f"The factor {PLAIN.number(number)}", other


def _quotient_in(definition: Expression) -> Operation | None:
    """The quotient that a step is, but for a sign or a factor."""
    match definition:
        case Quotient(operands=(Quantity(definition=Sum()), Constant() | Quantity())):
            return definition
        case Negative(operands=(inner,)) | Product(operands=(Constant(), inner)):
            return _quotient_in(inner)
    return None


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
    text = ""
    for step in calculation:
        match step.definition:
            case Power(operands=(Quantity() as base, Constant(number=exponent))) if exponent == 2:
                by = derivative_by(calculation, base)
                if by is None or step.id.startswith(_GRADIENT):
                    continue
                other = without_factors(
                    by.definition, lambda node: isinstance(node, Constant) and node.number == 2
                )
                if other is not by.definition:
                    changed[by.id] = other
                    text = f"The factor 2 is left out: the derivative of {bare(base)}² is 2 · {bare(base)}."
    if changed:
        yield Slip("local-derivative-forgotten", text, changed)


# --- the step of learning ----------------------------------------------------------------


def _learning(calculation: Calculation) -> Iterator[Slip]:
    """The first step of learning taken up the gradient, or with the learning rate squared; Adam's
    means with their bias; a gradient that is not clipped, or not as a whole."""
    rate = calculation.by_id.get("given.learning_rate")
    if rate is None:
        return
    yield from _moves(calculation, rate)
    biased = {
        step.id: step.definition.operands[0]
        for step in calculation
        if _CORRECTED in step.id and isinstance(step.definition, Operation)
    }
    if biased:
        text = "The means are not divided by 1 − β₁ᵗ and 1 − β₂ᵗ: they begin at 0, and are too small at first."
        yield Slip("bias-correction-forgotten", text, _with_loss_after(calculation, biased))
    yield from _clipping(calculation)


def _moves(calculation: Calculation, rate: Quantity) -> Iterator[Slip]:
    upwards: dict[str, Expression] = {}
    twice: dict[str, Expression] = {}
    for step in calculation:
        match step.definition:
            case Sum(operands=(parameter, Negative(operands=(change,)))) if step.id.startswith(
                _UPDATED
            ) and _begins_with(change, rate):
                upwards[step.id] = Sum(parameter, change)
                twice[step.id] = Sum(parameter, Negative(Product(rate, change)))
    if not upwards:
        return
    text = (
        "The parameters are moved up the gradient: the learning rate times the derivative is to be "
        "taken off."
    )
    yield Slip("sign-of-update", text, _with_loss_after(calculation, upwards))
    if calculation.values[rate.id] != 1:
        symbol = PLAIN.symbol(rate.symbol)
        text = f"The derivative is multiplied by {symbol} twice: once is what belongs there."
        yield Slip("learning-rate-twice", text, _with_loss_after(calculation, twice))


def _begins_with(change: Expression, rate: Quantity) -> bool:
    """Whether a product, or one over something, has the learning rate for its first factor."""
    if isinstance(change, Quotient):
        return _begins_with(change.operands[0], rate)
    return isinstance(change, Product) and change.operands[0] is rate


def _clipping(calculation: Calculation) -> Iterator[Slip]:
    """Of derivatives that are clipped by their norm: not clipped, or each key by a norm of its own."""
    clipped = [step for step in calculation if step.id.startswith(_CLIPPED)]
    if not clipped:
        return
    gradient, by_key = {}, dict[str, list[Quantity]]()
    for step in clipped:
        gradient[step.id] = slope = calculation.by_id[f"gradient.{step.id.removeprefix(_CLIPPED)}"]
        by_key.setdefault(str(step.symbol.index[0]), []).append(slope)
    text = "The gradient is not clipped: it is above what is allowed."
    yield Slip("clipping-forgotten", text, _with_loss_after(calculation, gradient))
    most = calculation.by_id.get("given.clip_norm")
    if most is None or len(by_key) < 2:
        return
    alone: dict[str, Expression] = {}
    for step in clipped:
        slopes = by_key[str(step.symbol.index[0])]
        norm = Power(sum_of([each * each for each in slopes]), Constant("0.5"))
        is_above = norm.value(calculation.values) > calculation.values[most.id]
        whole = gradient[step.id]
        alone[step.id] = whole * most / norm if is_above else whole
    text = "Each key is clipped by a norm of its own: the norm is that of all parameters together."
    yield Slip("clipped-one-by-one", text, _with_loss_after(calculation, alone))


def _with_loss_after(calculation: Calculation, changed: Mapping[str, Expression]) -> Changed:
    """What is changed in the updates, with the loss that they lead to."""
    worked = calculation.again(changed)
    parameters = {
        id.replace(_UPDATED, GIVEN_ID, 1): value
        for id, value in worked.items()
        if id.startswith(_UPDATED)
    }
    after = calculation.again(parameters, "loss").get("loss")
    together: dict[str, Expression | Decimal] = {**changed}
    if after is not None and not after.is_nan() and f"{_UPDATED}loss" in calculation.by_id:
        together[f"{_UPDATED}loss"] = after
    return together
