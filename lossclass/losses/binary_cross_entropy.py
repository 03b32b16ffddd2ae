"""Binary cross-entropy: −(1/n) Σᵢ [yᵢ ln ŷᵢ + (1 − yᵢ) ln(1 − ŷᵢ)], for something that happens or not.

ŷᵢ is the probability that the model gives to it, 1 − ŷᵢ what is left for the opposite; yᵢ says
what is true, 1 or 0 or a probability between. Source: Goodfellow, Bengio, Courville, *Deep
Learning* (2016), section 6.2.2.2; as a mean, as in the course's handout.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, TypeAlias

from pydantic import WithJsonSchema

from lossclass.arithmetic.expression import (
    Constant,
    Expression,
    Log,
    Negative,
    Product,
    Quantity,
    Sigmoid,
    Sum,
)
from lossclass.arithmetic.symbol import Symbol
from lossclass.blocks import Call
from lossclass.losses._logarithms import ln_of_base
from lossclass.losses._softmax import sigmoid_step
from lossclass.losses.shapes.closed_forms import ClosedForm, shares
from lossclass.losses.shapes.network import (
    TRUE_AND_PREDICTED,
    FromRnn,
    Predicted,
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
    PROBABILITY,
    AsList,
    Probability,
    decimal_comma_hint,
    number_field,
)
from lossclass.problem.keys import Inconsistency
from lossclass.working import Working

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from lossclass.arithmetic.calculation import Calculation
    from lossclass.slips import Slip

TITLE = "Binary cross-entropy (BCE)"
FORMULA = "L = −(1/n) Σᵢ [yᵢ ln ŷᵢ + (1 − yᵢ) ln(1 − ŷᵢ)]"
ALIASES = ("bce",)
TEMPLATE = """
# What is true for each observation: 1, 0, or a probability between.
y_true: [1, 0, 1]

# The probability that the model gives to a 1; or logits instead, to be put through a sigmoid.
y_pred: [0.9, 0.2, 0.6]
# logits: [2.2, -1.4, 0.4]  # in the place of y_pred
# rnn: {inputs: [1, 2, 3], U: 0.5, W: 0.1, V: 1}  # in the place of y_pred
"""

#: From here on 1 − ŷ is worked as sigmoid(−z): as a difference it would lose its digits.
_NEARLY_ONE = Decimal(20)
#: The exponential of more than this is beyond even the exponents that the steps can hold.
_LARGEST_LOGIT = Decimal("1e15")

Logit: TypeAlias = Annotated[
    Decimal, number_field("a number between -1e15 and 1e15", lambda z: abs(z) <= _LARGEST_LOGIT)
]
Probabilities: TypeAlias = Annotated[
    tuple[Probability, ...],
    AsList,
    WithJsonSchema({"type": ["array", "number"], "items": PROBABILITY}),
]
Logits: TypeAlias = Annotated[
    tuple[Logit, ...],
    AsList,
    WithJsonSchema({"type": ["array", "number"], "items": {"type": "number"}}),
]


class Inputs(RnnKeys):
    """``y_true`` (n numbers from 0 to 1), and ``y_pred`` (n probabilities), ``logits`` (n), or a
    network with one output."""

    FROM_RNN: ClassVar[FromRnn] = FromRnn(
        ("sigmoid",), "one probability is needed, that of a 1", one_output=True
    )

    y_true: Probabilities
    y_pred: Probabilities | None = None
    logits: Logits | None = None

    @classmethod
    def observations(cls, given: Mapping[str, Any]) -> int | None:
        return len(given["y_true"]) if "y_true" in given else None

    @classmethod
    def inconsistencies(cls, given: Mapping[str, Any]) -> Iterator[Inconsistency]:
        yield from super().inconsistencies(given)
        y_true, y_pred, logits = (given.get(key) for key in ("y_true", "y_pred", "logits"))
        if y_true == ():
            yield ("y_true",), "expected at least one number, got none"
        yield from wrong_number_of_predictions(given, ("y_pred", "logits"))
        for key, numbers in (("y_pred", y_pred), ("logits", logits)):
            if y_true is not None and numbers is not None and len(numbers) != len(y_true):
                hint = decimal_comma_hint(numbers, len(y_true))
                message = (
                    f"expected {len(y_true)} numbers, one for each of y_true, got {len(numbers)}"
                )
                yield (key,), message + hint
        if y_true and (shape := rnn_shape(given)) and len(y_true) != shape[0]:
            what = "1 number" if shape[0] == 1 else f"{shape[0]} numbers"
            yield ("y_true",), f"expected {what}, {said_of_rnn(given)}, got {len(y_true)}"


def value(inputs: Inputs) -> Any:
    """The loss in NumPy; with logits through ln(1 + e^z), which neither overflows nor cancels."""
    happens, does_not = _log_probabilities(_as_given(inputs))
    terms = _never_counts(_floats(inputs.y_true), happens)
    terms += _never_counts(_floats(1 - y for y in inputs.y_true), does_not)
    return reduce_values(-terms / ln_of_base(inputs.log_base), inputs, "mean")


def _as_given(inputs: Inputs) -> Inputs:
    """The same problem with the outputs of its network, if it has one, as logits."""
    if inputs.rnn is None:
        return inputs
    return inputs.model_copy(update={"rnn": None, "logits": flat(rnn_outputs(inputs))})


def _log_probabilities(inputs: Inputs) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The logarithms of ŷ and of 1 − ŷ, each of shape (n,)."""
    import numpy as np

    if inputs.y_pred is None:
        logits = _floats(inputs.logits or ())
        return -np.logaddexp(0.0, -logits), -np.logaddexp(0.0, logits)
    # 1 − ŷ before the numbers become doubles, in which ŷ may be 1 without being it
    return np.log(_floats(inputs.y_pred)), np.log(_floats(1 - p for p in inputs.y_pred))


def _floats(numbers: Iterable[Decimal]) -> NDArray[np.float64]:
    import numpy as np

    return np.array([float(number) for number in numbers])


def _never_counts(true: NDArray[np.float64], logs: NDArray[np.float64]) -> NDArray[np.float64]:
    """The products y · ln ŷ, where 0 · ln 0 counts as 0."""
    import numpy as np

    return np.where(true == 0, 0.0, true * logs)


@dataclass(frozen=True)
class _Observation:
    """One prediction: what is true, and what the model says for and against it."""

    n: int
    y_true: Quantity
    predicted: Quantity
    #: 1 − ŷ, as it stands in the term.
    rest: Expression


def solve(inputs: Inputs, working: Working) -> Sequence[Quantity]:
    """The steps: ``y_pred.i`` (and ``rest.i``, 1 − ŷ where ŷ is all but 1) for logits, then
    ``term.i``, ``sum``, ``loss``."""
    from_rnn = None if inputs.rnn is None else write_rnn(working, inputs)
    working.section("Given" if from_rnn is None else TRUE_AND_PREDICTED)
    y_true = _write_given(working, "y_true", Symbol("y"), inputs.y_true)
    if from_rnn is not None:
        observations = _from_network(working, y_true, from_rnn)
    elif inputs.y_pred is not None:
        predicted = _write_given(working, "y_pred", Symbol("y", hat=True), inputs.y_pred)
        _write_table(working, "predicted ŷ", y_true, predicted)
        observations = [
            _Observation(n, true, guess, _one_minus(guess))
            for n, (true, guess) in enumerate(zip(y_true, predicted, strict=True), start=1)
        ]
    else:
        logits = _write_given(working, "logits", Symbol("z"), inputs.logits or ())
        _write_table(working, "logit z", y_true, logits)
        observations = _write_sigmoids(working, y_true, logits)
    working.section("The cross-entropy of each observation")
    working.say(
        "ŷ is the probability that the model gives to a 1; 1 − ŷ is what it leaves for a 0. The "
        "logarithm of ŷ is multiplied by the true probability y, that of 1 − ŷ by 1 − y."
    )
    terms = [_write_term(working, each, inputs) for each in observations]
    return reduce_steps(working, terms, inputs, "mean")


def _write_given(
    working: Working, name: str, symbol: Symbol, numbers: Sequence[Decimal]
) -> list[Quantity]:
    return [
        working.given(f"{name}.{n}", replace(symbol, index=(n,)), number)
        for n, number in enumerate(numbers, start=1)
    ]


def _write_table(
    working: Working, heading: str, y_true: Sequence[Quantity], predictions: Sequence[Quantity]
) -> None:
    rows = enumerate(zip(y_true, predictions, strict=True), start=1)
    working.table("given", "", ("i", "true y", heading), ((str(n), *pair) for n, pair in rows))


def _one_minus(quantity: Quantity) -> Expression:
    return Sum(Constant(1), Negative(quantity))


def _write_sigmoids(
    working: Working, y_true: Sequence[Quantity], logits: Sequence[Quantity]
) -> list[_Observation]:
    working.section("The predictions: sigmoid of the logits")
    working.say(
        "ŷ = sigmoid(z) = 1 / (1 + e^(−z)). It makes a probability of any number: 0.5 of z = 0, "
        "more of a positive z, less of a negative one."
    )
    observations = []
    for n, (true, logit) in enumerate(zip(y_true, logits, strict=True), start=1):
        predicted = sigmoid_step(working, logit, (n,))
        observations.append(_Observation(n, true, predicted, _rest(working, n, logit, predicted)))
    return observations


def _rest(working: Working, n: int, logit: Quantity, predicted: Quantity) -> Expression:
    """1 − ŷ, as a step of its own where ŷ is all but 1."""
    if working.values[logit.id] <= _NEARLY_ONE:
        return _one_minus(predicted)
    z = logit.symbol.letter
    return working.step(
        f"rest.{n}",
        Symbol(working.letter("r", "k"), (n,)),
        Sigmoid(Negative(logit)),
        why=f"This is 1 − ŷ: what is left of 1 behind sigmoid({z}) is sigmoid(−{z}). The "
        "difference itself would lose its digits, because ŷ is so near to 1.",
    )


def _from_network(
    working: Working, y_true: Sequence[Quantity], made: Predicted
) -> list[_Observation]:
    predicted = [row[0] for row in made.predictions]
    _write_table(working, "predicted ŷ", y_true, predicted)
    outputs = [row[0] for row in made.outputs]
    return [
        _Observation(n, true, guess, _rest(working, n, output, guess))
        for n, (true, guess, output) in enumerate(zip(y_true, predicted, outputs, strict=True), 1)
    ]


def _write_term(working: Working, observation: _Observation, inputs: Inputs) -> Quantity:
    true, n = observation.y_true, observation.n
    happens = Product(true, Log(observation.predicted, inputs.log_base))
    does_not = Product(_one_minus(true), Log(observation.rest, inputs.log_base))
    term = working.step(
        f"term.{n}",
        Symbol("ℓ", (n,)),
        Negative(Sum(happens, does_not)),
        title=f"Observation {n}",
        why=_what_remains(working.values[true.id]),
    )
    _remark_on_zero(working, inputs, term, observation, happens="1")
    _remark_on_zero(working, inputs, term, observation, happens="0")
    return term


def _what_remains(true: Decimal) -> str:
    if true == 1:
        return "y is 1 and 1 − y is 0, so only the first product remains: minus the log of ŷ."
    if true == 0:
        return "y is 0 and 1 − y is 1, so only the second product remains: minus the log of 1 − ŷ."
    return ""


def _remark_on_zero(
    working: Working, inputs: Inputs, term: Quantity, observation: _Observation, *, happens: str
) -> None:
    """Say what becomes of ln 0, where the model gives a 1 (or a 0) no probability at all."""
    share = working.values[observation.y_true.id]
    probability: Expression = observation.predicted
    if happens == "0":
        share, probability = 1 - share, observation.rest
    if probability.value(working.values):
        return
    if not share:
        code = "zero-times-log-zero"
        text = (
            f"The model gives a {happens} a probability of 0, and so does the truth: 0 · ln 0 "
            "counts as 0. What never happens costs nothing."
        )
    else:
        code = "loss-is-infinite"
        text = (
            f"The model gives a {happens} a probability of 0, yet its true probability is "
            f"{working.text(share)}: −ln 0 = ∞, so this term is infinite."
        )
        if inputs.weights and not inputs.weights[observation.n - 1]:
            code = "infinite-term-has-no-weight"
            text += " Its weight is 0, and 0 · ∞ counts as 0: the loss leaves it out."
    working.remark(code, text, term)


def slips(_: Inputs, calculation: Calculation) -> Iterator[Slip]:
    """What may be done to ŷ and 1 − ŷ, and to what they are averaged over."""
    from lossclass.losses._slips_cross_entropy import binary_slips

    return binary_slips(calculation)


def gradient(inputs: Inputs) -> ClosedForm:
    """The derivatives by ``y_pred`` or ``logits`` in closed form; with a network, by its numbers
    too."""
    from lossclass.losses import _closed_forms_distributions as forms

    given, true = _as_given(inputs), _floats(inputs.y_true)
    reduced = shares(inputs, "mean", len(true)).in_base(inputs.log_base)
    if given.y_pred is not None:
        rest = _floats(1 - p for p in given.y_pred)
        return forms.binary_from_probabilities(true, _floats(given.y_pred), rest, reduced)
    logits = given.logits or ()
    alone = [z <= _NEARLY_ONE for z in logits]
    return forms.binary_from_logits(true, _floats(logits), alone, reduced, inputs.rnn)


def frameworks(inputs: Inputs) -> list[Call]:
    """The calls of the libraries, and their numbers."""
    from lossclass.losses._frameworks_numbers import binary_calls

    return binary_calls(_as_given(inputs))
