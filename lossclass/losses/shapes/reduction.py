"""From one loss for each observation to the answer: sum, mean, weighted mean, or none.

Both roads: steps for the working, NumPy for the check. There may be as many axes of observations as
an array has; a weight stands for one of them, or for all that share the beginning of its place.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal, localcontext
from math import prod
from typing import Any

from lossclass.arithmetic import elementary
from lossclass.arithmetic.expression import Constant, Expression, Product, Quantity, Root, Sum
from lossclass.arithmetic.line import formula
from lossclass.arithmetic.notation import PLAIN
from lossclass.arithmetic.number import WORKING
from lossclass.arithmetic.symbol import Symbol
from lossclass.choices import Reduction
from lossclass.problem.arrays import Place, Shape, at, place_in, shape_of
from lossclass.problem.keys import ProblemKeys
from lossclass.second_road import Doubles, np
from lossclass.working import Working, named

_ONE = Decimal(1)
#: What it comes to where every weight is 1.
_UNWEIGHTED: dict[str, Reduction] = {"weighted_mean": "mean", "mean_over_counted": "mean"}
#: What the reduction is, in words; ``losses`` is what is reduced, as ℓᵢ, and ``loss`` without that index.
_SAYS = {
    "sum": "the sum, as it is",
    "mean": "the mean of the {losses}, their sum divided by {count}",
    "weighted_mean": "the weighted mean of the {losses}, Σ w {loss} divided by Σ w",
    "class_weighted_mean": "the weighted mean of the {losses}. The class weights are in these already, "
    "so their sum is divided by that of the weights that counted, not by the number of observations",
    "mean_over_counted": "the sum divided by {counted}, the number of weights that are not 0",
}
#: What a reduction is called in a sentence, if not as its key is.
_CALLED = {"weighted_mean": "weighted mean", "mean_over_counted": "mean over what counts"}


def reduce_steps(
    working: Working,
    losses: Sequence[Quantity],
    inputs: ProblemKeys,
    own: Reduction,
    letter: str = "i",
    factor: Decimal | Expression = _ONE,
    class_weights: Sequence[Quantity] = (),
    places: Sequence[Place] | None = None,
    *,
    root: bool = False,
) -> list[Quantity]:
    """Write the reduction, and return the answer or answers.

    Steps: ``weighted.1`` … where there are weights, ``sum``, ``weight_sum`` for the weighted mean,
    ``loss``; or ``loss.1`` … for none. With a root of a mean, ``mean_square`` before ``loss``.

    Args:
        losses: one for each observation that counts.
        own: the reduction in the loss's usual formula.
        letter: what the formula calls an observation: i, t, or one for each axis with commas between.
        factor: what stands before the whole, such as ½ or T²; −1 is written as a minus.
        class_weights: the weight of each observation's true class, already a factor of its loss;
            it only counts in what is divided by.
        places: the place of each observation; 1 to n if left out.
        root: whether the square root is taken of what the losses are reduced to.
    """
    places = places or [(n,) for n in range(1, len(losses) + 1)]
    factor = factor if isinstance(factor, Expression) else Constant(factor)
    reduction = inputs.reduction or own
    weights = _write_weights(working, inputs, places, letter)
    unweighted, losses = losses[0], _weighted(working, losses, weights, places)
    if reduction == "none":
        return _each_by_itself(working, losses, places, letter, factor)
    as_it_is = reduction == "sum" and _plain(factor) == 1 and not root
    total = write_sum(working, losses, letter, is_answer=as_it_is)
    if not weights and not (class_weights and reduction == "weighted_mean"):
        reduction = _UNWEIGHTED.get(reduction, reduction)
    if reduction == "mean" and len(losses) == 1 and getattr(inputs, "mask", None) is None:
        expression: Expression = total
        what = "the mean of one, which is that one"
    else:
        names = _named(losses[0] if reduction == "mean" else unweighted, letter)
        by = (weights, class_weights, len(losses))
        expression, what = _divided(working, total, reduction, *by, names)
    expression, what = _times(factor, expression), f"Here: {_said_with(factor, what)}."
    if root:
        expression, what = _root(working, expression, what, reduction)
    is_one = expression is total and len(losses) == 1
    answer = write_loss(working, expression, what, total, losses[0] if is_one else None)
    if reduction != own:
        usual: Decimal = factor.value(working.values) * working.values["sum"]
        usual /= len(losses) if own == "mean" else 1
        said = f"{own} over {letter}{' of the weighted losses' if weights else ''}"
        _remark_on_reduction(working, answer, reduction, said, usual, root=root)
    return [answer]


def write_loss(
    working: Working,
    expression: Expression,
    what: str,
    total: Quantity,
    same: Quantity | None = None,
) -> Quantity:
    """Write the answer; what it is in words is said aside where it is the total. On the board, it stands
    for the one loss that is the ``same``, if there is one."""
    if same is not None:
        working.take_off_board(same)
    why, aside = ("", what) if expression is total else (what, "")
    return working.step("loss", Symbol("L"), expression, title="The loss", why=why, aside=aside)


def write_sum(
    working: Working, losses: Sequence[Quantity], letter: str, *, is_answer: bool
) -> Quantity:
    """Write the sum over ``letter``, which is no line of its own where it is of one, or the answer as it is."""
    return working.step(
        "sum",
        Symbol("S"),
        Sum(*losses),
        title=f"The sum over {letter}",
        only_in_full=is_answer or len(losses) == 1,
    )


def _divided(
    working: Working,
    total: Quantity,
    reduction: Reduction,
    weights: Sequence[Quantity],
    class_weights: Sequence[Quantity],
    count: int,
    names: Mapping[str, str],
) -> tuple[Expression, str]:
    """The sum divided by what the reduction divides by, and what that is in words, with the names of
    the losses (:func:`_named`)."""
    says: str = reduction
    below: Expression | int = count
    counted = sum(bool(working.values[each.id]) for each in weights)
    match reduction:
        case "weighted_mean":
            each: Sequence[Expression] = weights or class_weights
            if weights and class_weights:
                each = [Product(*both) for both in zip(weights, class_weights, strict=True)]
            below = working.step(
                "weight_sum",
                Symbol(working.letter("W", "N")),
                Sum(*each),
                title="The sum of the weights",
                only_in_full=len(each) == 1,
            )
            says = "class_weighted_mean" if class_weights else reduction
        case "mean_over_counted":
            below = counted
    expression = total if reduction == "sum" else total / below
    return expression, _SAYS[says].format(**names, count=count, counted=counted)


def _named(loss: Quantity, letter: str) -> dict[str, str]:
    """What a sentence of ``_SAYS`` calls the losses: any of them, and without what counts them."""
    indices: dict[str, tuple[str, ...]] = {"losses": tuple(letter.split(",")), "loss": ()}
    return {
        name: PLAIN.symbol(replace(loss.symbol, index=index)) for name, index in indices.items()
    }


def _root(
    working: Working, expression: Expression, what: str, reduction: Reduction
) -> tuple[Expression, str]:
    """The square root of a mean, which becomes a step of its own, or of a sum; and what it is."""
    if reduction == "sum":
        return Root(expression), "Here: the square root of the sum."
    symbol = Symbol(working.letter("M", "Q"))
    mean = working.step(
        "mean_square",
        symbol,
        expression,
        title="The mean square",
        why=what,
        only_in_full=isinstance(expression, Quantity),
    )
    return Root(mean), "The square root of the mean square."


def _each_by_itself(
    working: Working,
    losses: Sequence[Quantity],
    places: Sequence[Place],
    letter: str,
    factor: Expression,
) -> list[Quantity]:
    """Write an answer for every observation."""
    return [
        working.step(
            *named("loss", "L", place),
            _times(factor, loss),
            title=f"The loss, {letter} = {','.join(map(str, place))}",
        )
        for place, loss in zip(places, losses, strict=True)
    ]


def _write_weights(
    working: Working, inputs: ProblemKeys, places: Sequence[Place], letter: str
) -> list[Quantity]:
    """Write the weights, where there are some, in a table; the weight of each place."""
    if inputs.weights is None:
        return []
    working.section("The weights")
    given: dict[Place, Quantity] = {}
    for place in places:
        own = place_in(inputs.weights, place)
        if own not in given:
            number = at(inputs.weights, own)
            given[own] = working.given(*named("weight", "w", own), number)
    heads = letter.split(",")[: len(shape_of(inputs.weights))]
    rows: list[list[str | Quantity]] = [[*map(str, own), each] for own, each in given.items()]
    working.table("weights", "", (*heads, "weight w"), rows)
    return [given[place_in(inputs.weights, place)] for place in places]


def _weighted(
    working: Working,
    losses: Sequence[Quantity],
    weights: Sequence[Quantity],
    places: Sequence[Place],
) -> Sequence[Quantity]:
    """Begin the section, and write each loss times its weight, where there are weights; what is to be
    reduced."""
    working.section("The loss")
    each = [
        working.step(
            *named("weighted", "v", place),
            weight * loss,
            title=f"The loss {', '.join(map(str, place))} times its weight",
        )
        for place, weight, loss in zip(places, weights, losses, strict=False)
    ]
    return each or losses


def write_row_means(
    working: Working, losses: Mapping[Place, Quantity], each: str
) -> dict[Place, Quantity]:
    """Write the mean of each row over the last axis: steps ``row.1`` …; they take the losses'
    place."""
    working.section("The mean of each row")
    rows: dict[Place, list[Quantity]] = {}
    for place, loss in losses.items():
        rows.setdefault(place[:-1] or (1,), []).append(loss)
    letter = working.letter("R", "K")
    return {
        place: working.step(
            *named("row", letter, place),
            Sum(*row) / len(row),
            title=f"{' '.join([each, ', '.join(map(str, place))]).strip()}: the mean over its {len(row)} number{'s' if len(row) > 1 else ''}",
        )
        for place, row in rows.items()
    }


def _remark_on_reduction(
    working: Working, answer: Quantity, reduction: Reduction, said: str, own: Decimal, *, root: bool
) -> None:
    """Say what the loss's own reduction, in words ``said``, makes: ``own``, before a root. Nothing
    where that is the same number."""
    if root:
        with localcontext(WORKING):
            own = elementary.root(own)
    if own == working.values[answer.id]:
        return
    working.remark(
        "reduction-differs-from-formula",
        f"With the {said}, as in its usual formula, this loss is {working.text(own, answer)}. Here, with "
        f"the {_CALLED.get(reduction, reduction)}, it is {working.text(answer, own)}. "
        "Two answers that differ by this are both worked correctly: see which one is asked.",
        answer,
    )


def _plain(factor: Expression) -> Decimal | None:
    """The number that a factor is, if it is one."""
    return factor.number if isinstance(factor, Constant) else None


def _times(factor: Expression, expression: Expression) -> Expression:
    if _plain(factor) == 1:
        return expression
    return -expression if _plain(factor) == -1 else factor * expression


def _said_with(factor: Expression, what: str) -> str:
    """What is worked, in words, with the factor that is said there: a minus or an expression."""
    if _plain(factor) == 1:
        return what
    what = what.removesuffix(", as it is")
    return f"minus {what}" if _plain(factor) == -1 else f"{what}, times {formula(factor, PLAIN)}"


# --- NumPy's road ------------------------------------------------------------------------


def weights_at(inputs: ProblemKeys, places: Sequence[Place]) -> Doubles:
    """The weight of each place; 1 where there are none."""
    weights = 1 if inputs.weights is None else inputs.weights
    return np.array([at(weights, place) for place in places], float)


def reduce_values(
    losses: Doubles,
    inputs: ProblemKeys,
    own: Reduction,
    class_weights: Doubles | None = None,
    places: Sequence[Place] | None = None,
) -> Any:
    """The same in NumPy.

    Args:
        losses: one for each observation that counts, shape (n,).
        own: the reduction in the loss's usual formula.
        class_weights: shape (n,), see :func:`reduce_steps`.
        places: the place of each observation; 1 to n if left out.

    Returns:
        A double, or under ``none`` an array of shape (n,).
    """
    weights = weights_at(inputs, places or [(n,) for n in range(1, len(losses) + 1)])
    weighted = np.where(weights == 0, 0.0, weights * losses)  # 0 · ∞ counts as 0, as in the steps
    reduction = inputs.reduction or own
    if reduction == "none":
        return weighted
    return weighted.sum() / divided_by(reduction, weights, class_weights)


def divided_by(reduction: Reduction, weights: Doubles, class_weights: Doubles | None) -> float:
    """What a mean of some kind divides by; 1 for a sum, and for none."""
    if reduction == "weighted_mean":
        return float((weights if class_weights is None else weights * class_weights).sum())
    counts = {"mean": len(weights), "mean_over_counted": int(np.count_nonzero(weights))}
    return counts.get(reduction, 1)


def in_shape(reduced: Any, shape: Shape) -> Any:
    """What :func:`reduce_values` returns, the losses of none in the shape in which they are given, if
    all of them count."""
    return (
        reduced.reshape(shape) if np.ndim(reduced) and np.size(reduced) == prod(shape) else reduced
    )
