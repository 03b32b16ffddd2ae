"""The gradient of a custom loss: its terms in closed form, its formula by central differences."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from lossclass import losses
from lossclass.arithmetic.notation import PLAIN
from lossclass.losses.custom.arrays import indices
from lossclass.losses.custom.inputs import Inputs
from lossclass.losses.custom.naming import Index
from lossclass.losses.custom.numpy_road import formula_value, numbers_of
from lossclass.losses.shapes.closed_forms import ClosedForm
from lossclass.losses.shapes.closed_forms import Index as Place

if TYPE_CHECKING:
    from lossclass.losses.custom.numpy_road import Numbers

#: What a number is changed by, relative to its size, and to which size where it is nearly 0.
_CHANGE: Final = 1e-5
_SMALLEST: Final = 1e-2
#: How far central differences may be off, relative to 1 plus their size.
_OFF: Final = 1e-7
_ONE_SIDED: Final = 1e-6


def gradient(inputs: Inputs) -> ClosedForm:
    """The derivatives by the numbers of the terms, under ``NAME.KEY`` such as ``margin.y_pred``,
    and by those of the formula, under their names.

    None stands at numbers of the formula at which it has a kink or is infinite, and at those with
    which it changes too abruptly for differences to tell.
    """
    sentences: list[str] = []
    values: dict[str, dict[Place, float | None]] = {}
    if inputs.terms:
        sentences.append("For each term, its weight times the closed form of its own loss L.")
    for term in inputs.terms:
        own = losses.load(term.problem.loss).gradient(term.problem.inputs)
        weight = float(term.weight)
        for key, derivatives in own.values.items():
            values[f"{term.name}.{key}"] = {
                index: None if each is None else weight * each if weight else 0.0
                for index, each in derivatives.items()
            }
        sentences.append(f"{term.name}, {PLAIN.number(term.weight)} times: {own.says}")
    if inputs.formula is None:
        return ClosedForm(" ".join(sentences), values)
    sentences.append(
        "A formula of one's own has no closed form to look up. It is worked once with a little "
        "more and once with a little less of a number, and the difference is divided by that of the "
        "numbers."
    )
    slopes = _by_differences(inputs.formula, inputs)
    untold = sum(slope is None for each in slopes.values() for slope in each.values())
    if untold:
        what = "1 of the numbers" if untold == 1 else f"{untold} of the numbers"
        sentences.append(f"At {what} that does not tell the slope: not compared.")
    how = "by these differences" if not inputs.terms else "in these ways"
    return ClosedForm(" ".join(sentences), {**values, **slopes}, _OFF, how)


def _by_differences(formula: str, inputs: Inputs) -> dict[str, dict[Place, float | None]]:
    import numpy as np

    names = numbers_of(inputs.given)
    with np.errstate(all="ignore"):  # what has no finite value is None
        return {
            name: {
                index: _slope(partial(_changed, formula, names, name, index))
                for index in indices(array.shape)
            }
            for name, array in names.items()
        }


def _changed(formula: str, names: Mapping[str, Numbers], name: str, index: Index, by: int) -> Any:
    """The formula's value with a number changed by so many units, and the unit."""
    place = tuple(n - 1 for n in index)
    array = names[name].copy()
    unit = _CHANGE * max(abs(array[place]), _SMALLEST)
    array[place] += by * unit
    return formula_value(formula, {**names, name: array}), unit


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
