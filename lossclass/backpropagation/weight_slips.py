"""The mistakes that people make in the derivatives by the weights of a recurrent network, and in taking
what comes back through them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, TypeAlias

from lossclass.arithmetic.calculation import Calculation
from lossclass.arithmetic.expression import Constant, Expression, Product, Quantity, Sum, sum_of
from lossclass.arithmetic.replacing import with_others
from lossclass.slips import Slip
from lossclass.slips.activated import bare

_GRADIENT: Final = "gradient."
_WEIGHTS: Final = "gradient.rnn."
_GIVEN: Final = "given.rnn."
#: The terms of a derivative by a weight: what comes back, and what the weight multiplies.
_Terms: TypeAlias = Sequence[tuple[Quantity, Quantity]]


def weight_slips(calculation: Calculation) -> Iterator[Slip]:
    """What a weight multiplies left out, or of another time step; other weights on the way back."""
    for key in "UWV":
        products = _products(calculation, key)
        if products:
            yield from _without_what_it_multiplies(calculation, key, products)
        if key in "WV" and products:
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
            terms: list[tuple[Quantity, Quantity]] = []
            for term in terms_of(step.definition):
                match term:
                    case Product(operands=(Quantity() as back, Quantity() as other)):
                        terms.append((back, other))
            if terms:
                found[step.id] = terms
    return found


def _without_what_it_multiplies(
    calculation: Calculation, key: str, products: Mapping[str, _Terms]
) -> Iterator[Slip]:
    """The derivatives by what U, W or V is used in, added as they are."""
    changed: dict[str, Expression] = {}
    for id, terms in products.items():
        (first, _), *_ = terms
        at = {_time(back): back for back, _ in terms}
        # x is left out where it is 0 as well; before the first time step, W has nothing to multiply
        every = at if key == "W" else _at_other_times(calculation, first) | at
        changed[id] = sum_of([every[t] for t in sorted(every)])
    name = bare(terms[0][1])
    text = f"{name} is left out: each term of ∂L/∂{key} has the {name} that {key} multiplies for a factor."
    yield Slip("input-forgotten", text, changed)


def _of_another_step(
    calculation: Calculation, key: str, products: Mapping[str, _Terms]
) -> Iterator[Slip]:
    """Of W, the state of the own time step for the one before; of V, the one before for the own."""
    later = 1 if key == "W" else -1
    changed: dict[str, Expression] = {}
    with_first: dict[str, Expression] = {}
    for id, terms in products.items():
        moved = [
            (back, calculation.by_id.get(_moved(other, later)))
            for back, other in terms
            if other.name.startswith("hidden.")
        ]
        kept = [Product(back, other) for back, other in moved if other is not None]
        if not kept or len(moved) < len(terms):
            continue
        changed[id] = sum_of(kept)
        (first, state), *_ = terms
        unit = state.id.rpartition(".")[2]
        if key == "W" and (back := _at_other_times(calculation, first).get(1)):
            own = calculation.by_id[f"hidden.1.{unit}"]
            with_first[id] = sum_of([Product(back, own), *kept])
    one, other = ("hₜ", "hₜ₋₁") if key == "W" else ("hₜ₋₁", "hₜ")
    text = f"{one} is taken where {other} belongs: in time step t, {key} multiplies {other}."
    for each in (with_first, changed):
        if each:
            yield Slip("value-of-another-step", text, each)


def _time(back: Quantity) -> int:
    return int(back.id.split(".")[2])


def _at_other_times(calculation: Calculation, back: Quantity) -> dict[int, Quantity]:
    """The derivatives by what is the same at every time step."""
    gradient, name, _, *unit = back.id.split(".")
    return {
        _time(each): each
        for each in calculation.all(f"{gradient}.{name}")
        if each.id.split(".")[3:] == unit
    }


def _moved(state: Quantity, by: int) -> str:
    """The id of a state so many time steps later."""
    name, t, *unit = state.id.split(".")
    return ".".join([name, str(int(t) + by), *unit]) if t.isdigit() else ""


# --- the way back ------------------------------------------------------------------------


def _through_other_weights(calculation: Calculation) -> Iterator[Slip]:
    """U for W on the way back, and W or V read by rows."""
    weights = {
        key: {each.id: each for each in calculation if each.id.startswith(f"{_GIVEN}{key}.")}
        for key in "UWV"
    }
    exchanged = {
        id: other for id in weights["W"] if (other := weights["U"].get(id.replace(".W.", ".U.")))
    }
    if len(exchanged) == len(weights["W"]) == len(weights["U"]):
        text = (
            "U is taken for W on the way back: what comes from the time step after comes through W."
        )
        yield from _back_through(calculation, "matrices-exchanged", text, exchanged)
    for key in "WV":
        transposed = {
            id: other for id in weights[key] if (other := weights[key].get(_transposed(id)))
        }
        if len(transposed) == len(weights[key]):
            text = (
                f"{key} is read by rows on the way back: what comes back to a unit comes by a column "
                f"of {key}."
            )
            yield from _back_through(calculation, "matrix-transposed", text, transposed)


def _transposed(id: str) -> str:
    *before, i, j = id.split(".")
    return ".".join([*before, j, i])


def _back_through(
    calculation: Calculation, code: str, text: str, others: Mapping[str, Quantity]
) -> Iterator[Slip]:
    """Other weights in the derivatives, where they are other numbers."""
    values = calculation.values
    different = {id: other for id, other in others.items() if values[id] != values[other.id]}
    users = {
        user.id: with_others(user.definition, different)
        for id in different
        for user in calculation.users[id]
        if user.id.startswith(_GRADIENT)
    }
    if users:
        yield Slip(code, text, users)
