"""The formula that a problem is worked by, in one line of plain text: with its reduction, weights,
base of logarithms and so on, in the letters of its steps."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from lossclass.arithmetic.notation import PLAIN
from lossclass.arithmetic.symbol import Symbol
from lossclass.choices import LogBase, Reduction
from lossclass.problem.arrays import Place, shape_of
from lossclass.problem.keys import ProblemKeys

_LOGARITHMS = {"e": "ln", "2": "log₂", "10": "log₁₀"}

#: The letters of the axes of a place, such as ("t", "d"); ("1",) where there is one place alone.
Letters = tuple[str, ...]


def log(base: LogBase) -> str:
    """How a logarithm to a base is written."""
    return _LOGARITHMS[base]


def indexed(letter: str, index: Sequence[str], *, hat: bool = False) -> str:
    """A letter with an index: y_t,d."""
    return PLAIN.symbol(
        Symbol(letter, tuple(int(i) if i.isdecimal() else i for i in index), hat=hat)
    )


def letters_of(columns: str | Sequence[str], places: Sequence[Place]) -> Letters:
    """The letters of the axes; the numbers themselves where there is one place."""
    if len(places) == 1:
        return tuple(map(str, places[0]))
    return tuple(each[0] for each in (columns.split(",") if isinstance(columns, str) else columns))


def total(index: Letters) -> str:
    """The sign of a sum over an index, with a space behind; nothing where there is one place."""
    return "" if all(i.isdecimal() for i in index) else f"{indexed('Σ', index)} "


def head(
    term: str,
    inputs: ProblemKeys,
    own: Reduction,
    index: Letters,
    *,
    factor: str = "",
    class_weights: bool = False,
    root: bool = False,
    where: Sequence[str] = (),
) -> str:
    """L = … for losses that are reduced.

    Args:
        term: the loss of one observation; a minus before it is that of the whole.
        own: the reduction of a problem that says none.
        index: of an observation.
        factor: what stands before the whole.
        class_weights: whether the weighted mean divides by weights of true classes, Kᵢ.
        where: what is to be said behind, such as "δ = 2".
    """
    reduction = inputs.reduction or own
    minus, term = ("−", term[1:]) if term.startswith("−") else ("", term)
    weight, each = "", total(index)
    if inputs.weights is not None:
        # a weight may stand for all along an axis
        lengths = zip(index, shape_of(inputs.weights), strict=False)
        weight = indexed("w", tuple(i if length > 1 else "1" for i, length in lengths))
        term = f"{weight} · {term}"
    answer = "L"
    divisors = [weight] * bool(weight) + [indexed("K", index)] * class_weights
    where = [*where]
    if reduction == "none":
        answer, body = indexed("L", index), term
    elif reduction == "weighted_mean" and divisors:
        body = f"({each}{term}) / {each}{' · '.join(divisors)}"
    elif reduction == "sum" or not each:
        body = f"{each}{term}"
    else:
        body = f"(1/n) {each}{term}"
        if reduction == "mean_over_counted" and weight:
            where.append("n the number of weights that are not 0")
    body = f"{minus}{factor}{body}"
    return ",  ".join([f"{answer} = √({body})" if root else f"{answer} = {body}", *where])


def times_number(number: Decimal) -> str:
    """A number as a factor before the rest; nothing for 1."""
    if number == 1:
        return ""
    return "½ " if number == Decimal("0.5") else f"{PLAIN.number(number)} · "


# --- of losses of classes ---


def log_predicted(inputs: Any, index: Letters) -> str:
    """The logarithm of the probability of class c."""
    place = (*index, "c")
    if inputs.kind != "log_probs":
        return f"{log(inputs.log_base)} {indexed('y', place, hat=True)}"
    given = indexed("q", place)
    return given if inputs.log_base == "e" else f"{given} / ln {inputs.log_base}"


def softmax_formula(inputs: Any, temperature: Decimal | None = None) -> list[str]:
    """The softmax before the predictions, where they are not given themselves."""
    if inputs.kind == "log_probs":
        return ["q = ln ŷ"]
    letter = {"logits": "z", "rnn": "o"}.get(inputs.kind)
    return [softmax("ŷ", letter, temperature)] if letter else []


def softmax(made: str, logit: str, temperature: Decimal | None) -> str:
    """What comes of logits."""
    return f"{made} = softmax({logit})" if temperature is None else f"{made} = softmax({logit} / T)"
