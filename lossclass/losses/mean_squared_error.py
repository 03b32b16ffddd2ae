"""Mean squared error: (1/n) Σ (yᵢ − ŷᵢ)², for real numbers.

Source: Goodfellow, Bengio, Courville, *Deep Learning* (2016), section 5.1.4; as a mean over all
numbers, as in the course's handout. ``factor: 0.5`` gives the convention with ½ in front, whose
derivative is the plain error.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import islice
from typing import TYPE_CHECKING, Any, ClassVar, Final

from lossclass.arithmetic.expression import (
    Absolute,
    Constant,
    Negative,
    Power,
    Product,
    Quantity,
    Quotient,
    Sum,
    quantities_in,
)
from lossclass.arithmetic.notation import PLAIN
from lossclass.arithmetic.symbol import Symbol
from lossclass.blocks import Call
from lossclass.losses._softmax import Index, dotted
from lossclass.losses.shapes.closed_forms import (
    THROUGH_THE_NETWORK,
    ClosedForm,
    Values,
    back_to_outputs,
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
from lossclass.problem.arrays import NumberRows, Rows
from lossclass.problem.fields import PositiveNumber, decimal_comma_hint
from lossclass.problem.keys import Inconsistency
from lossclass.working import Working

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from lossclass.arithmetic.calculation import Calculation
    from lossclass.slips import Convention, Slip

#: So many predictions are taken for those beside them.
_MOST_NEIGHBOURS: Final = 60

TITLE = "Mean squared error (MSE)"
FORMULA = "L = (1/n) Σᵢ (yᵢ − ŷᵢ)²"
ALIASES = ("mse",)
TEMPLATE = """
# What is true and what was predicted: n numbers, or T rows of D numbers.
y_true: [3, 5, 2.5]
y_pred: [2.5, 5, 4]
# rnn: {inputs: [1, 2, 3], U: 0.5, W: 0.1, V: 1}  # in the place of y_pred

# What stands before the mean: 0.5 for the convention with one half.
# factor: 1
"""


class Inputs(RnnKeys):
    """``y_true`` and ``y_pred``: n numbers, or T × D; ``factor`` in front of the mean.

    Every number is an observation; of T × D numbers there are T · D. A network in the place of
    ``y_pred`` has D outputs.
    """

    FROM_RNN: ClassVar[FromRnn] = FromRnn(("identity", "sigmoid", "softmax"), "")

    y_true: NumberRows
    y_pred: NumberRows | None = None
    factor: PositiveNumber = Decimal(1)

    @classmethod
    def observations(cls, given: Mapping[str, Any]) -> int | None:
        return sum(map(len, given["y_true"])) if "y_true" in given else None

    @classmethod
    def inconsistencies(cls, given: Mapping[str, Any]) -> Iterator[Inconsistency]:
        yield from super().inconsistencies(given)
        yield from wrong_number_of_predictions(given, ("y_pred",))
        y_true, y_pred = given.get("y_true"), given.get("y_pred")
        if y_true and (predicted := rnn_shape(given)) and not _fits(_shape(y_true), predicted):
            what = f"expected {_said(predicted)}, {said_of_rnn(given)}"
            yield ("y_true",), f"{what}, got {_said(_shape(y_true))}"
        if y_true and y_pred and (shape := _shape(y_true)) != _shape(y_pred):
            hint = decimal_comma_hint(y_pred[0], shape[1])
            yield (
                ("y_pred",),
                f"expected {_said(shape)} as in y_true, got {_said(_shape(y_pred))}{hint}",
            )


def _shape(rows: Rows) -> tuple[int, int]:
    return len(rows), len(rows[0])


def _fits(true: tuple[int, int], predicted: tuple[int, int]) -> bool:
    """Whether there is a true number for each one that the network predicts; a column of them may
    stand as a list."""
    return true in (predicted, predicted[::-1] if 1 in predicted else predicted)


def _said(shape: tuple[int, int]) -> str:
    if shape == (1, 1):
        return "1 number"
    return f"{shape[1]} numbers" if shape[0] == 1 else f"{shape[0]} × {shape[1]} numbers"


def value(inputs: Inputs) -> Any:
    """The loss in NumPy."""
    import numpy as np

    inputs = _as_given(inputs)
    errors = np.array(inputs.y_true, float) - np.array(inputs.y_pred, float)
    return float(inputs.factor) * reduce_values(errors.ravel() ** 2, inputs, "mean")


def _as_given(inputs: Inputs) -> Inputs:
    """The same problem with what its network predicts, if it has one, as numbers."""
    if inputs.rnn is None:
        return inputs
    numbers, (rows, width) = flat(rnn_outputs(inputs, predictions=True)), _shape(inputs.y_true)
    y_pred = tuple(numbers[t * width : (t + 1) * width] for t in range(rows))
    return inputs.model_copy(update={"rnn": None, "y_pred": y_pred})


def solve(inputs: Inputs, working: Working) -> Sequence[Quantity]:
    """The steps: ``error.i``, ``squared_error.i`` (``.t.d`` for T × D), ``sum``, ``loss``."""
    pairs = _given(inputs, working) if inputs.rnn is None else _from_network(inputs, working)
    single = len(pairs[0][0].symbol.index) == 1
    rows = [(",".join(map(str, pair[0].symbol.index)), *pair) for pair in pairs]
    working.table("given", "", ("i" if single else "t,d", "actual y", "predicted ŷ"), rows)
    working.section("The squared errors")
    losses = [_squared_error(working, *pair) for pair in pairs]
    return reduce_steps(working, losses, inputs, "mean", factor=inputs.factor)


def _given(inputs: Inputs, working: Working) -> list[tuple[Quantity, Quantity]]:
    """The true numbers with the predicted ones."""
    working.section("Given")
    single = len(inputs.y_true) == 1
    pairs = []
    for t, both in enumerate(zip(inputs.y_true, inputs.y_pred or (), strict=True), start=1):
        for d, (y, guess) in enumerate(zip(*both, strict=True), start=1):
            index = (d,) if single else (t, d)
            true = working.given(dotted("y_true", index), Symbol("y", index), y)
            symbol = Symbol("y", index, hat=True)
            pairs.append((true, working.given(dotted("y_pred", index), symbol, guess)))
    return pairs


def _from_network(inputs: Inputs, working: Working) -> list[tuple[Quantity, Quantity]]:
    """The true numbers with the steps that predict them, and under their indices."""
    predicted = [each for row in write_rnn(working, inputs).predictions for each in row]
    working.section(TRUE_AND_PREDICTED)
    return [
        (
            working.given(
                dotted("y_true", tuple(map(int, guess.symbol.index))),
                Symbol("y", guess.symbol.index),
                y,
            ),
            guess,
        )
        for y, guess in zip(flat(inputs.y_true), predicted, strict=True)
    ]


def _squared_error(working: Working, true: Quantity, predicted: Quantity) -> Quantity:
    index: Index = tuple(int(i) for i in true.symbol.index)
    error = working.step(
        dotted("error", index),
        Symbol("e", index),
        Sum(true, Negative(predicted)),
        title=f"Observation {', '.join(map(str, index))}",
    )
    return working.step(
        dotted("squared_error", index), Symbol("ℓ", index), Power(error, Constant(2))
    )


def slips(inputs: Inputs, calculation: Calculation) -> Iterator[Slip]:
    """What may be done to the errors, the squares and their mean."""
    from lossclass.losses._slips import shared_slips
    from lossclass.losses._slips_places import once
    from lossclass.slips import Slip

    answers = calculation.all("loss")
    if inputs.factor == 1:
        half = Constant("0.5")
        halves = {each.id: Product(half, each.definition) for each in answers}
        text = "There is a factor ½ in it; here the mean stands without one."
        yield Slip("half-added", text, {**halves})
    absolute = {
        each.id: Absolute(error)
        for each in calculation.all("squared_error")
        for error in quantities_in(each.definition)
    }
    text = "The absolute value of the error is taken: it is to be squared."
    negative = [
        (id, text, new)
        for id, new in absolute.items()
        if new.operands[0].value(calculation.values) < 0
    ]
    if negative:  # where none is, this is the error that is not squared
        yield Slip("absolute-for-square", text, {**absolute})
        yield from once(calculation, "absolute-for-square", negative if len(absolute) > 1 else ())
    yield from _of_the_mean(inputs, calculation)
    yield from islice(_of_another_step(inputs, calculation), _MOST_NEIGHBOURS)
    yield from shared_slips(calculation)


def _of_the_mean(inputs: Inputs, calculation: Calculation) -> Iterator[Slip]:
    """What the sum may be divided by, and the root that may be taken of the mean."""
    from lossclass.losses._slips_places import halved_for_mean, mean_divided_by
    from lossclass.slips import Slip

    answer = calculation.by_id.get("loss")
    if answer is None or inputs.reduction not in {None, "mean"}:
        return
    rows, columns = _shape(inputs.y_true)
    count = rows * columns
    own = mean_divided_by(answer.definition, count)
    assert own is not None  # noqa: S101 - it is a mean
    mean = next(each for each in (own, *own.operands) if isinstance(each, Quotient))
    text = "The root is taken of the mean: this is the root mean square error."
    yield Slip("root-for-mean-square", text, {answer.id: Power(mean, Constant("0.5"))})
    others = []
    if min(rows, columns) > 1:
        across = "It is added up over the numbers of a row and averaged over the rows: "
        down = "It is added up over the rows and averaged over the numbers of a row: "
        all_of_them = f"the mean is over all {count} numbers."
        others.append(("mean-over-wrong-axis", f"{across}{all_of_them}", rows))
        if rows != columns:
            others.append(("mean-over-wrong-axis", f"{down}{all_of_them}", columns))
    if count > 2:
        text = (
            f"It is divided by n − 1: the mean of {count} numbers is their sum divided by {count}."
        )
        others.append(("divided-by-one-less", text, count - 1))
    for code, text, number in others:
        other = mean_divided_by(answer.definition, number)
        assert other is not None  # noqa: S101 - it is a mean
        yield Slip(code, text, {answer.id: other})
    if inputs.factor == 1 and 2 not in (rows, columns):
        yield from halved_for_mean(calculation, count)


def _of_another_step(inputs: Inputs, calculation: Calculation) -> Iterator[Slip]:
    """The prediction of the observation before or behind in the place of its own."""
    from lossclass.slips import Slip

    rows, columns = _shape(inputs.y_true)
    step = columns if rows > 1 else 1
    errors, values = calculation.all("error"), calculation.values
    for n, error in enumerate(errors):
        true, own = quantities_in(error.definition)
        for place in (n - step, n + step):
            if not 0 <= place < len(errors):
                continue
            _, other = quantities_in(errors[place].definition)
            if values[other.id] == values[own.id]:
                continue
            symbol, named, belongs = (PLAIN.symbol(each.symbol) for each in (error, other, own))
            text = f"In {symbol}: {named} stands where {belongs} belongs."
            changed = {error.id: Sum(true, Negative(other))}
            yield Slip("value-of-another-step", text, {**changed}, step=error.id)


def conventions(_: Inputs, calculation: Calculation) -> Iterator[Convention]:
    """The error as prediction minus truth: its square is the same."""
    from lossclass.losses._conventions import Otherwise, written_otherwise
    from lossclass.slips import Convention

    otherwise = {
        each.id: Otherwise(Negative, Negative(each))
        for name in ("error", "gradient.error")
        for each in calculation.all(name)
    }
    text = "The error is written as ŷ − y, not as y − ŷ; squared, the two are the same."
    changed = written_otherwise(calculation, otherwise)
    yield Convention("error-as-prediction-minus-truth", text, changed)


def gradient(inputs: Inputs) -> ClosedForm:
    """The derivatives by ``y_pred`` in closed form; with a network, by its numbers too."""
    import numpy as np

    given = _as_given(inputs)
    y_true, y_pred = (np.array(rows, float) for rows in (given.y_true, given.y_pred))
    reduced, double = shares(inputs, "mean", y_true.size), 2 * inputs.factor
    slopes = times(reduced.factors, float(double) * (y_pred - y_true).ravel())
    front = () if double == 1 else (PLAIN.number(double),)
    words = [f"{each} times " for each in front]
    says = reduced.in_words(f"{''.join(words)}prediction minus truth")
    says = f"∂L/∂ŷ = {reduced.scaled(*front, '(ŷ − y)')}: {says}."
    if inputs.rnn is not None:
        return _through_network(inputs, slopes, says)
    rows = slopes if len(y_true) == 1 else slopes.reshape(y_true.shape)
    return ClosedForm(says, {"y_pred": by_index(rows)})


def _through_network(inputs: Inputs, slopes: NDArray[np.float64], says: str) -> ClosedForm:
    import numpy as np

    assert inputs.rnn is not None  # noqa: S101 - whoever asks has looked
    predictions = np.array(rnn_outputs(inputs, predictions=True), float)
    by_predictions = slopes.reshape(predictions.shape)
    by_outputs = back_to_outputs(inputs.output, predictions, by_predictions)
    alone = predictions.shape[1] == 1
    values: Values = {"y_pred": by_index(by_predictions[:, 0] if alone else by_predictions)}
    says += {
        "sigmoid": " Before the sigmoid it is ∂L/∂o = ∂L/∂ŷ · ŷ · (1 − ŷ).",
        "softmax": " Before the softmax it is ∂L/∂o = ŷ · (∂L/∂ŷ − Σ ŷ · ∂L/∂ŷ), with the sum over "
        "the outputs.",
    }.get(inputs.output, " ŷ is the output o as it is, so ∂L/∂o is the same.")
    network = through_network(inputs.rnn, by_outputs)
    return ClosedForm(says + THROUGH_THE_NETWORK, {**values, **network})


def frameworks(inputs: Inputs) -> list[Call]:
    """The calls of the libraries, and their numbers."""
    from lossclass.losses._frameworks_numbers import squared_error_calls

    return squared_error_calls(_as_given(inputs))
