"""The mistakes that people make in the derivatives by the weights of a recurrent network, and in taking
what comes back through them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Final, TypeAlias

from lossclass.arithmetic.calculation import Calculation
from lossclass.arithmetic.expression import Constant, Expression, Product, Quantity, Sum, sum_of
from lossclass.arithmetic.replacing import with_others
from lossclass.rnn.own_slips import of_the_parameters
from lossclass.slips import Slip
from lossclass.slips.activated import bare

_GRADIENT: Final = "gradient."
_WEIGHTS: Final = "gradient.rnn."
#: The terms of a derivative by a weight: what comes back, and what the weight multiplies.
_Terms: TypeAlias = Sequence[tuple[Quantity, Quantity]]


def weight_slips(calculation: Calculation) -> Iterator[Slip]:
    """What a weight multiplies left out, or of another time step; other weights on the way back."""
    for key in "UWV":
        if products := _products(calculation, key):
            yield from _without_what_it_multiplies(calculation, key, products)
            if key != "U":
                yield from _of_another_step(calculation, key, products)
    yield from _through_other_weights(calculation)


def terms_of(expression: Expression) -> Sequence[Expression]:
    """What is added in an expression: nothing in a 0."""
    if isinstance(expression, Constant) and not expression.number:
        return ()
    return expression.operands if isinstance(expression, Sum) else (expression,)


def _products(calculation: Calculation, key: str) -> dict[str, _Terms]:
    """The derivatives by the numbers of U, W or V, by id, each with its terms."""
    found: dict[str, _Terms] = {}
    for step in calculation:
        if step.id.startswith(f"{_WEIGHTS}{key}."):
            pairs = [each.operands for each in terms_of(step.definition)]
            terms = [
                (b, o) for b, o in pairs if isinstance(b, Quantity) and isinstance(o, Quantity)
            ]
            if terms:
                found[step.id] = terms
    return found


def _without_what_it_multiplies(
    calculation: Calculation, key: str, products: Mapping[str, _Terms]
) -> Iterator[Slip]:
    """The derivatives by what U, W or V is used in, added as they are."""
    changed: dict[str, Expression] = {}
    for id, terms in products.items():
        backs = [back for back, _ in terms]
        # x is left out where it is 0 as well; before the first time step, W has nothing to multiply
        changed[id] = sum_of(backs if key == "W" else [*_at_all_times(calculation, backs[0])])
    name = bare(terms[0][1])
    text = f"{name} is left out: each term of ∂L/∂{key} has the {name} that {key} multiplies for a factor."
    yield Slip("input-forgotten", text, changed)


def _of_another_step(
    calculation: Calculation, key: str, products: Mapping[str, _Terms]
) -> Iterator[Slip]:
    """Of W, the state of the own time step for the one before, with the first step and without it; of V,
    the one before for the own."""
    one, other = ("hₜ", "hₜ₋₁") if key == "W" else ("hₜ₋₁", "hₜ")
    text = f"{one} is taken where {other} belongs: in time step t, {key} multiplies {other}."
    for first in (1, 2) if key == "W" else (1,):
        changed: dict[str, Expression] = {}
        for id, terms in products.items():
            name, *_, unit = terms[0][1].id.split(".")
            for back in _at_all_times(calculation, terms[0][0]) if name == "hidden" else ():
                state = calculation.by_id.get(f"hidden.{_time(back) - (key == 'V')}.{unit}")
                if state and _time(back) >= first:
                    before = changed.get(id, Constant(0))
                    changed[id] = sum_of([*terms_of(before), Product(back, state)])
        if changed:
            yield Slip("value-of-another-step", text, changed)


def _time(back: Quantity) -> int:
    return int(back.id.split(".")[2])


def _at_all_times(calculation: Calculation, back: Quantity) -> Iterator[Quantity]:
    """The derivatives by what is the same at every time step, the first one first."""
    gradient, name, _, *unit = back.id.split(".")
    found = calculation.all(f"{gradient}.{name}")
    yield from sorted((each for each in found if each.id.split(".")[3:] == unit), key=_time)


# --- the way back ------------------------------------------------------------------------


def _through_other_weights(calculation: Calculation) -> Iterator[Slip]:
    """What is done to the matrices forwards, done on the way back alone."""
    texts = {
        "matrices-exchanged": "U is taken for W on the way back: what comes from the next time step comes through W.",
        "matrix-transposed": "A matrix is read by rows on the way back: what comes back to a unit comes by a column.",
    }
    for slip in of_the_parameters(calculation):
        if slip.code in texts:
            numbers = slip.changed.items()
            others = {id: Constant(number) for id, number in numbers if isinstance(number, Decimal)}
            users = {user.id: user for id in others for user in calculation.users[id]}
            changed = {
                id: with_others(user.definition, others)
                for id, user in users.items()
                if id.startswith(_GRADIENT)
            }
            if changed:
                yield Slip(slip.code, texts[slip.code], changed)
