"""Hinge loss: Σᵢ max(0, 1 − yᵢ·ŷᵢ), for labels yᵢ of +1 and −1 and real scores ŷᵢ.

A score on the right side of 0 by at least the margin (1) costs nothing; any other costs as much
as it falls short. Source: Rosasco et al., "Are loss functions all the same?", Neural
Computation 16 (2004); as a sum, as in the course's handout.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, TypeAlias

from pydantic import WithJsonSchema

from lossclass.arithmetic.expression import (
    Absolute,
    Constant,
    Expression,
    Max,
    Negative,
    Power,
    Product,
    Quantity,
    Sum,
)
from lossclass.arithmetic.notation import PLAIN
from lossclass.arithmetic.symbol import Symbol
from lossclass.blocks import Call
from lossclass.losses.shapes.closed_forms import (
    AT_A_KINK,
    THROUGH_THE_NETWORK,
    ClosedForm,
    Shares,
    by_index,
    shares,
    through_network,
    times,
)
from lossclass.losses.shapes.network import (
    TRUE_AND_PREDICTED,
    FromRnn,
    RnnKeys,
    flat,
    rnn_outputs,
    rnn_shape,
    said_of_rnn,
    write_rnn,
    wrong_number_of_predictions,
)
from lossclass.losses.shapes.reduction import reduce_steps, reduce_values
from lossclass.problem.fields import (
    AsList,
    Flag,
    Numbers,
    PositiveNumber,
    decimal_comma_hint,
    number_field,
)
from lossclass.problem.keys import Inconsistency
from lossclass.working import Working

if TYPE_CHECKING:
    from lossclass.arithmetic.calculation import Calculation
    from lossclass.slips import Slip

TITLE = "Hinge loss"
FORMULA = "L = Σᵢ max(0, 1 − yᵢ·ŷᵢ)"
ALIASES = ()
TEMPLATE = """
# The true labels, 1 or -1, and the scores of the model, one for each.
y_true: [1, -1, 1]
y_pred: [0.8, -0.5, 0.3]
# rnn: {inputs: [1, 2, 3], U: 0.5, W: 0.1, V: 1}  # in the place of y_pred

# How far on the right side of 0 a score has to be to cost nothing.
# margin: 1

# Take the square of each hinge.
# squared: false
"""

#: A hinge works on a score, which no softmax or sigmoid has bounded.
SCORE = FromRnn(("identity",), "a hinge is worked from one score that may be any number", True)

Sign: TypeAlias = Annotated[Decimal, number_field("1 or -1", lambda number: number in (1, -1))]


class Inputs(RnnKeys):
    """``y_true`` (n labels, 1 or −1), ``y_pred`` (n scores) or a network with one output,
    ``margin``, ``squared``."""

    FROM_RNN: ClassVar[FromRnn] = SCORE

    y_true: Annotated[
        tuple[Sign, ...],
        AsList,
        WithJsonSchema({"type": ["array", "number"], "items": {}}),
    ]
    y_pred: Numbers | None = None
    margin: PositiveNumber = Decimal(1)
    squared: Flag = False

    @classmethod
    def observations(cls, given: Mapping[str, Any]) -> int | None:
        return len(given["y_true"]) if "y_true" in given else None

    @classmethod
    def inconsistencies(cls, given: Mapping[str, Any]) -> Iterator[Inconsistency]:
        yield from super().inconsistencies(given)
        yield from wrong_number_of_predictions(given, ("y_pred",))
        y_true, y_pred = given.get("y_true"), given.get("y_pred")
        if y_true == ():
            yield ("y_true",), "expected at least one label, got none"
        if y_true is not None and y_pred is not None and len(y_true) != len(y_pred):
            yield ("y_pred",), _unequal(len(y_true), y_pred)
        yield from wrong_number_of_labels(given)


def _unequal(labels: int, scores: Sequence[Decimal]) -> str:
    message = f"expected {labels} scores, one for each of y_true, got {len(scores)}"
    return message + decimal_comma_hint(scores, labels)


def wrong_number_of_labels(given: Mapping[str, Any]) -> Iterator[Inconsistency]:
    """More or fewer labels than a network makes predictions."""
    y_true, shape = given.get("y_true"), rnn_shape(given)
    if y_true and shape and len(y_true) != shape[0]:
        what = "1 label" if shape[0] == 1 else f"{shape[0]} labels"
        yield ("y_true",), f"expected {what}, {said_of_rnn(given)}, got {len(y_true)}"


def as_given(inputs: Inputs) -> Inputs:
    """The same problem with the scores of its network, if it has one, as numbers."""
    if inputs.rnn is None:
        return inputs
    return inputs.model_copy(update={"rnn": None, "y_pred": flat(rnn_outputs(inputs))})


def value(inputs: Inputs) -> Any:
    """The loss in NumPy."""
    import numpy as np

    inputs = as_given(inputs)
    y_true, y_pred = np.array(inputs.y_true, float), np.array(inputs.y_pred, float)
    losses = np.maximum(0.0, float(inputs.margin) - y_true * y_pred)
    return reduce_values(losses**2 if inputs.squared else losses, inputs, "sum")


def solve(inputs: Inputs, working: Working) -> Sequence[Quantity]:
    """The steps: ``margin.i``, ``hinge.i`` (and ``squared_hinge.i``), ``sum``, ``loss``."""
    return solve_over(inputs, working, letter="i", each="Observation")


def solve_over(inputs: Inputs, working: Working, *, letter: str, each: str) -> Sequence[Quantity]:
    """The steps, with the observations called ``each`` and indexed by ``letter``."""
    from_rnn = None if inputs.rnn is None else write_rnn(working, inputs).predictions
    working.section("Given" if from_rnn is None else TRUE_AND_PREDICTED)
    labels = [
        working.given(f"y_true.{n}", Symbol("y", (n,)), label)
        for n, label in enumerate(inputs.y_true, start=1)
    ]
    scores = [row[0] for row in from_rnn or ()] or [
        working.given(f"y_pred.{n}", Symbol("y", (n,), hat=True), score)
        for n, score in enumerate(inputs.y_pred or (), start=1)
    ]
    working.table(
        "given",
        "",
        (letter, "label y", "score ŷ"),
        ([str(n), *pair] for n, pair in enumerate(zip(labels, scores, strict=True), start=1)),
    )
    working.section(f"The hinge of each {each.lower()}")
    losses = [
        _hinge(inputs, working, n, label, score, each)
        for n, (label, score) in enumerate(zip(labels, scores, strict=True), start=1)
    ]
    return reduce_steps(working, losses, inputs, "sum", letter)


def _hinge(
    inputs: Inputs, working: Working, n: int, label: Quantity, score: Quantity, each: str
) -> Quantity:
    margin = working.step(
        f"margin.{n}", Symbol("m", (n,)), Product(label, score), title=f"{each} {n}"
    )
    letter = working.letter("h", "k") if inputs.squared else "ℓ"
    short = Sum(Constant(inputs.margin), Negative(margin))
    hinge = working.step(
        f"hinge.{n}",
        Symbol(letter, (n,)),
        Max(Constant(0), short),
        why=_meaning(working.values[margin.id], inputs.margin),
        tells=True,
    )
    if not inputs.squared:
        return hinge
    return working.step(f"squared_hinge.{n}", Symbol("ℓ", (n,)), Power(hinge, Constant(2)))


def _meaning(reached: Decimal, margin: Decimal) -> str:
    """What the score did, in words."""
    wanted = PLAIN.number(margin)
    if reached >= margin:
        return f"On the right side of 0 by at least {wanted}: nothing is missing."
    if reached > 0:
        return f"On the right side of 0, but by less than {wanted}: the rest is missing."
    if reached < 0:
        return "On the wrong side of 0: the whole margin is missing, and more."
    return "On neither side of 0: the whole margin is missing."


def slips(_: Inputs, calculation: Calculation) -> Iterator[Slip]:
    """What may be done to the labels, the margin and the square."""
    from lossclass.losses._slips import shared_slips
    from lossclass.losses._slips_places import everywhere_and_once, halved_for_mean, once
    from lossclass.slips import Slip

    labels = calculation.all("given.y_true")
    negative = [each.id for each in labels if calculation.values[each.id] < 0]
    if negative:
        text = "0 is taken for the label −1: labels are 1 and −1 here, so that y · ŷ has a sign."
        yield Slip("labels-zero-one", text, {id: Decimal(0) for id in negative})
        text = "The sign of the labels is left out: where y is −1, y · ŷ is −ŷ."
        yield Slip("sign-of-label-ignored", text, {id: Decimal(1) for id in negative})
    if len(negative) > 1:
        text = "The sign of the label is left out: where y is −1, y · ŷ is −ŷ."
        bare = (
            (margin.id, text, margin.definition.operands[1])
            for margin, label in zip(calculation.all("margin"), labels, strict=True)
            if label.id in negative
        )
        yield from once(calculation, "sign-of-label-ignored", bare)
    without = {each.id: _without_margin(each) for each in calculation.all("hinge")}
    text = "The margin is left out of max(0, …): a score has to be ahead of 0 by so much."
    yield from everywhere_and_once(calculation, "margin-forgotten", text, without)
    yield from _of_the_square(calculation)
    yield from halved_for_mean(calculation, len(labels))
    yield from shared_slips(calculation)


def _of_the_square(calculation: Calculation) -> Iterator[Slip]:
    """What else may be squared, or not."""
    from lossclass.losses._slips_places import everywhere_and_once, once
    from lossclass.slips import Slip

    squares, hinges = calculation.all("squared_hinge"), calculation.all("hinge")
    scores = [each.definition.operands[1] for each in calculation.all("margin")]
    of_scores = {
        square.id: Power(score, Constant(2)) for square, score in zip(squares, scores, strict=False)
    }
    text = (
        "The score is squared: the square is taken of the hinge, of what the score falls short by."
    )
    yield from everywhere_and_once(calculation, "score-squared", text, of_scores)
    text = (
        "The absolute value of what the score falls short by is taken: max(0, …) is to be squared."
    )
    absolute = {
        square.id: Absolute(hinge.definition.operands[1])
        for square, hinge in zip(squares, hinges, strict=False)
    }
    below = [
        (id, text, new)
        for id, new in absolute.items()
        if new.operands[0].value(calculation.values) < 0
    ]
    if below:  # where nothing is below 0, this is the hinge that is not squared
        yield Slip("absolute-for-square", text, {**absolute})
        yield from once(calculation, "absolute-for-square", below if len(absolute) > 1 else ())


def _without_margin(hinge: Quantity) -> Expression:
    """max(0, −y·ŷ) for max(0, 1 − y·ŷ)."""
    floor, short = hinge.definition.operands
    return Max(floor, *short.operands[1:])


def gradient(inputs: Inputs) -> ClosedForm:
    """The derivatives by ``y_pred`` in closed form; with a network, by its numbers too."""
    return gradient_over(inputs, each="observation")


def gradient_over(inputs: Inputs, *, each: str) -> ClosedForm:
    """The same, with the observations called ``each``."""
    import numpy as np

    given = as_given(inputs)
    y_true, y_pred = np.array(given.y_true, float), np.array(given.y_pred, float)
    # in decimals, in which a score just at the margin is told from one beside it
    missing = np.array(
        [given.margin - y * s for y, s in zip(given.y_true, given.y_pred or (), strict=True)], float
    )
    if inputs.rnn is not None:
        missing[np.abs(missing) <= AT_A_KINK * (1 + np.abs(y_pred))] = 0
    short = np.where(missing > 0, 2 * missing if inputs.squared else 1.0, 0.0)
    reduced = shares(inputs, "sum", len(y_true), each=each)
    slopes = times(reduced.factors, -y_true * short)
    says = _closed_form_said(inputs, reduced)
    if inputs.rnn is None:
        return ClosedForm(says, {"y_pred": by_index(slopes)})
    values = {"y_pred": by_index(slopes), **through_network(inputs.rnn, slopes[:, np.newaxis])}
    return ClosedForm(
        f"{says} ŷ is the output o as it is, so ∂L/∂o is the same.{THROUGH_THE_NETWORK}", values
    )


def _closed_form_said(inputs: Inputs, reduced: Shares) -> str:
    margin = PLAIN.number(inputs.margin)
    if inputs.squared:
        formula = reduced.scaled("2", "y", f"max(0, {margin} − y · ŷ)", negative=True)
        words = reduced.in_words("minus the label, times twice what is missing")
        return f"∂L/∂ŷ = {formula}: {words}."
    words = reduced.in_words("minus the label")
    return (
        f"∂L/∂ŷ = {reduced.scaled('y', negative=True)} where y · ŷ is below {margin}: {words}. "
        f"Elsewhere it is 0, and 0 is also taken at the kink, y · ŷ = {margin}."
    )


def frameworks(inputs: Inputs) -> list[Call]:
    """The calls of the libraries, and their numbers."""
    from lossclass.losses._frameworks_numbers import hinge_calls

    return hinge_calls(as_given(inputs))
