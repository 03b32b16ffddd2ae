"""Where ŷ comes from: numbers that the problem gives, or the outputs of a recurrent network; softmax and
sigmoid, as steps.

A loss says in ``FROM_RNN`` which outputs it can take. Its steps get the predictions of
:func:`write_rnn` as quantities in the place of given ones; its NumPy road and its calls of the
libraries get them as numbers, see :func:`rnn_outputs`.

In a softmax the largest logit is subtracted first, so that no exponential overflows; the result is the
same, because e^(z − M) / Σ e^(z − M) has e^(−M) above and below.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import partial
from math import inf
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Final, Self

from lossclass.arithmetic.expression import Exp, Max, Quantity, Sigmoid, Sum, UndefinedValue
from lossclass.arithmetic.symbol import Symbol
from lossclass.problem.arrays import Place, Rows
from lossclass.problem.fields import as_in
from lossclass.problem.keys import WRITTEN, Inconsistency, ProblemKeys
from lossclass.problem.training import Train
from lossclass.records import record
from lossclass.rnn.inputs import VALID, Rnn
from lossclass.second_road import np, numpy_is_here
from lossclass.working import At, Working, dotted

if TYPE_CHECKING:
    from lossclass.rnn.network import Network

#: A network's numbers may not grow beyond this: of more, no exponential can be worked out.
LARGEST: Final = 1e14
#: The section in which a loss lists what is true beside the predictions of a network.
TRUE_AND_PREDICTED: Final = "What is true, and what the network predicts"
_PREDICTION: Final = Symbol("y", hat=True)
#: How predictions are written, and what they are called in a table, by the key that holds them.
PREDICTED: Final = {
    "y_pred": (_PREDICTION, "predicted ŷ"),
    "logits": (Symbol("z"), "logit z"),
    "log_probs": (Symbol("q"), "q = ln ŷ"),
}


@record
class FromRnn:
    """Which networks a loss takes its predictions from.

    Attributes:
        outputs: what may be done with the outputs o; the first where a problem does not say.
        why: the reason, for who wants another.
        every_step: the reason why every time step must have a prediction, if it must.
    """

    outputs: tuple[str, ...]
    why: str
    every_step: str = ""


class RnnKeys(ProblemKeys):
    """``rnn``: a recurrent network whose outputs are the predictions; ``train``: how it learns."""

    FROM_RNN: ClassVar[FromRnn]
    #: The keys that may hold predictions; a problem has one of them, or a network.
    HOLDERS: ClassVar[tuple[str, ...]] = ("y_pred",)
    #: The key under which the outputs of a network would stand.
    OUTPUTS: ClassVar[str] = "y_pred"

    rnn: Annotated[Rnn | None, as_in("rnn: {inputs: [1, 2, 3], U: 0.5, W: 0.1, V: 1}")] = None
    train: Annotated[Train | None, as_in("train: {learning_rate: 0.1, steps: 1}")] = None

    @classmethod
    def inconsistencies(cls, given: Mapping[str, Any]) -> Iterator[Inconsistency]:
        yield from super().inconsistencies(given)
        if "rnn" in given.get(WRITTEN, ()):
            found = _wrong_rnn(given.get(VALID, {}), cls.FROM_RNN)
            yield from ((("rnn", *path), message) for path, message in found)
        elif "train" in given.get(WRITTEN, ()):
            yield ("train",), "there is no rnn, so there are no parameters to be learnt"
        for key, message in train.inconsistencies() if (train := given.get("train")) else ():
            yield ("train", key), message
        if given.get("train") is not None and given.get("reduction") == "none":
            yield ("train",), "it needs one loss, and reduction: none gives several"

    @property
    def kind(self) -> str:
        """Which key holds the predictions."""
        return next(key for key in (*self.HOLDERS, "rnn") if getattr(self, key) is not None)

    def as_given(self) -> Self:
        """The same problem with the outputs of its network, if it has one, as numbers."""
        if self.rnn is None:
            return self
        return self.model_copy(update={"rnn": None, self.OUTPUTS: rnn_outputs(self)})

    @property
    def network(self) -> Network:
        """The network, where there is one."""
        from lossclass.rnn.fitting import network_of

        assert self.rnn is not None  # noqa: S101 - whoever asks has looked
        return network_of(self.rnn)

    @property
    def output(self) -> str:
        """What is done with the network's outputs."""
        return (self.rnn and self.rnn.output) or self.FROM_RNN.outputs[0]


# --- what does not fit -------------------------------------------------------------------


def wrong_number_of_predictions(
    given: Mapping[str, Any], keys: Sequence[str]
) -> Iterator[Inconsistency]:
    """No predictions, or predictions under two of the keys that may hold them, ``rnn`` aside; the first is
    asked for."""
    written = given.get(WRITTEN, given)
    held = [key for key in (*keys, "rnn") if key in written]
    if not held and WRITTEN in given:
        others = f"; {' or '.join(keys[1:])} may stand for it" if len(keys) > 1 else ""
        yield (keys[0],), f"missing{others}"
    if len(held) > 1:
        yield (held[1],), f"there is {held[0]} already; a problem has one of the two"


def _wrong_rnn(keys: Mapping[str, Any], takes: FromRnn) -> Iterator[Inconsistency]:
    from lossclass.rnn.fitting import resolve

    output = keys.get("output")
    if output is not None and output not in takes.outputs:
        yield ("output",), f"expected {' or '.join(takes.outputs)}: {takes.why}; got {output!r}"
    if takes.every_step and keys.get("predict") == "last_step":
        yield ("predict",), f"expected every_step: {takes.every_step}; got 'last_step'"
    network, found = resolve(keys)
    yield from found
    if network is None:
        return
    if (output or takes.outputs[0]) == "softmax" and network.outputs == 1:
        yield ("V",), "expected two outputs (C) or more: the softmax of one alone is always 1"
    sizes = _largest(network) if numpy_is_here() else _largest_by_steps(network)
    if step := next((t for t, size in enumerate(sizes, 1) if not size <= LARGEST), 0):
        what = f"its numbers grow beyond {LARGEST:.0e} at time step {step}"
        yield (), f"{what}, too large to be worked with; are the weights as they should be?"


def _largest(network: Network) -> list[float]:
    """The largest number at each time step: of what goes into activations, and of the outputs."""
    from lossclass.rnn.vectorised import forward

    passed = forward(network)
    both = np.hstack([passed.preactivations, passed.outputs])
    sizes: list[float] = np.abs(both).max(axis=1).tolist()
    return sizes


def _largest_by_steps(network: Network) -> list[float]:
    """The same from the steps, for where NumPy is not here."""
    from lossclass.rnn.forward_steps import SAME, write_forward

    sheet, sizes = Working(), [0.0] * network.steps
    try:
        write_forward(sheet, network, SAME, lambda _, outputs: outputs)
    except UndefinedValue as grown:
        sizes[int(str(grown).split(".")[1]) - 1] = inf
    for quantity in sheet.calculation:
        at = sheet.stands_for(quantity)
        if at is not None and at.key.endswith(("preactivation", "output")):
            t = int(at.place[0]) - 1
            sizes[t] = max(sizes[t], abs(float(sheet.values[quantity.id])))
    return sizes


def rnn_shape(given: Mapping[str, Any]) -> tuple[int, int] | None:
    """How many predictions the network of a problem makes, and how many numbers each has; None
    where there is no network, or one that is wrong.

    Args:
        given: the keys that are valid by themselves, or all of a problem that is valid.
    """
    rnn = given.get("rnn")
    if rnn is None:
        return None
    from lossclass.rnn.fitting import resolve

    network, _ = resolve(dict(rnn))
    return None if network is None else (len(network.predicted), network.outputs)


def rnn_outline(given: Mapping[str, Any]) -> Rows | None:
    """Rows of 0 in the shape of the network's predictions, for who looks at their shape only."""
    shape = rnn_shape(given)
    return None if shape is None else ((Decimal(0),) * shape[1],) * shape[0]


def said_of_rnn(given: Mapping[str, Any]) -> str:
    """Why the network makes so many predictions, for a message."""
    last = given["rnn"].predict == "last_step"
    return "one for the last time step" if last else "one for each time step of rnn.inputs"


def is_in_time(inputs: Any) -> bool:
    """Whether the predictions are those of a network at its time steps: their first axis is t."""
    rnn = getattr(inputs, "rnn", None)
    return rnn is not None and rnn.predict == "every_step"


# --- the two roads -----------------------------------------------------------------------


@record
class Predicted:
    """What a network's outputs and predictions are, n rows each."""

    outputs: Sequence[Sequence[Quantity]]
    predictions: Sequence[Sequence[Quantity]]


def write_rnn(
    working: Working,
    inputs: RnnKeys,
    *,
    name: str = "y_pred",
    symbol: Symbol = _PREDICTION,
    flat: bool = True,
    names: Callable[[int, str, int], Symbol] | None = None,
    temperature: Quantity | None = None,
) -> Predicted:
    """Write the forward pass of the problem's network, predictions and all.

    Steps: those of :func:`lossclass.rnn.forward_steps.write_forward`; with a softmax ``max.T``,
    ``exp.T.C``, ``exp_sum.T`` and ``y_pred.T.C``; else ``y_pred.T.C``.

    Args:
        name: what the loss calls the predictions, where they are the outputs as they are.
        symbol: the same in formulas, without an index.
        flat: whether the only prediction of a time step goes without a second index.
        names: the symbols of a softmax, by its number, letter and class; see ``softmax_steps``. Of
            outputs as they are, those of the predictions.
        temperature: what the outputs are divided by before a softmax.
    """
    from lossclass.rnn.forward_steps import ROOM, SAME, write_forward

    def softmax(n: int, outputs: Sequence[Quantity]) -> Sequence[Quantity]:
        return softmax_steps(working, outputs, (n,), names and partial(names, n), temperature)

    def one_by_one(n: int, outputs: Sequence[Quantity]) -> Sequence[Quantity]:
        made, is_alone = [], len(outputs) == 1
        for c, output in enumerate(outputs, start=1):
            at: Place = (n,) if flat and is_alone else (n, c)
            title = "Prediction" if is_alone else f"Prediction {c}"
            if inputs.output == "sigmoid":
                made.append(sigmoid_step(working, output, at, title=title))
                continue
            usual = Symbol(symbol.letter, at, hat=symbol.hat)
            named = names(n, symbol.letter, c) if names else usual
            made.append(working.step(dotted(name, at), named, output, title=title, at=At(name, at)))
        return made

    predict = softmax if inputs.output == "softmax" else one_by_one
    said = {"softmax": "softmax(oₜ)", "sigmoid": "sigmoid(oₜ)", "identity": SAME}[inputs.output]
    if temperature is not None and predict is softmax:
        said = f"softmax(oₜ / T), with the temperature T = {working.text(temperature)}"
    with working.room(ROOM):
        made = write_forward(working, inputs.network, said, predict)
    return Predicted([outputs for outputs, _ in made], [predictions for _, predictions in made])


def rnn_outputs(inputs: RnnKeys, *, predictions: bool = False) -> Rows:
    """The outputs o of the network from NumPy, n × C; or what is predicted from them."""
    from lossclass.rnn.vectorised import forward, sigmoid

    network = inputs.network
    numbers = forward(network).outputs[np.array(network.predicted) - 1]
    if predictions and inputs.output == "sigmoid":
        numbers = sigmoid(numbers)
    if predictions and inputs.output == "softmax":
        numbers = np.exp(numbers - numbers.max(axis=1, keepdims=True))
        numbers = numbers / numbers.sum(axis=1, keepdims=True)
    return tuple(tuple(Decimal(repr(float(number))) for number in row) for row in numbers)


# --- logits to probabilities, as steps ---------------------------------------------------


#: What is said before the steps of a softmax.
LARGEST_FIRST: Final = (
    "The largest logit M is subtracted from all of them first: that changes nothing in the quotient, "
    "and no exponential gets too large."
)


def softmax_steps(
    working: Working,
    logits: Sequence[Quantity],
    row: Place,
    names: Callable[[str, int], Symbol] | None = None,
    temperature: Quantity | None = None,
    *,
    of_truth: bool = False,
    called: str = "",
    index: Place | None = None,
) -> list[Quantity]:
    """Write the softmax of one row of logits, and return its probabilities.

    Steps: ``max.ROW``, ``exp.ROW.C`` for each class, ``exp_sum.ROW``, ``y_pred.ROW.C``; of what is
    true ``true_max.ROW``, ``true_exp.ROW.C``, ``true_exp_sum.ROW``, ``y_true.ROW.C``.

    Args:
        row: the index of the row: ``(i,)``, or ``(example, time)``.
        names: the symbols of the exponentials u and of the probabilities y, by letter and class
            from 1, if not the index of the row and the class.
        temperature: what the logits are divided by.
        of_truth: whether the probabilities are not predicted, but stand for what is true.
        called: what the row is of, as headings call it, if the section does not say so.
        index: of the largest logit M and of the sum Z, if not that of the row.
    """
    before, made, index, (m, u, z) = "", "y_pred", index or row, "MuZ"
    if of_truth:
        before, made = "true_", "y_true"
        m, u, z = working.letter("K", "G"), working.letter("r", "k"), working.letter("R", "G")
    true, of_it = before.replace("_", " "), f" of {called}" if called else ""
    hat = "" if of_truth else "y"
    names = names or (lambda letter, c: Symbol(letter, (*row, c), hat=letter == hat))
    largest = logits[0]
    if len(logits) > 1:
        name, title = Symbol(m, index), f"The largest {true}logit{of_it}"
        id, most = dotted(f"{before}max", row), Max(*logits)
        largest = working.step(id, name, most, title=title, cancels=True)
    exponentials = []
    for c, shifted in enumerate((logit - largest for logit in logits), start=1):
        title = f"The exponential of {true}logit {c}{of_it}"
        power = Exp(shifted if temperature is None else shifted / temperature)
        id = dotted(f"{before}exp", (*row, c))
        exponentials.append(working.step(id, names(u, c), power, title=title))
    title = f"The sum of the exponentials of the {true}logits{of_it}"
    id, every = dotted(f"{before}exp_sum", row), Sum(*exponentials)
    total = working.step(id, Symbol(z, index), every, title=title)
    return [
        working.step(
            dotted(made, (*row, c)),
            names("y", c),
            exponential / total,
            title=f"The {true}probability of class {c}{of_it}",
            at=At(made, (*row, c)),
        )
        for c, exponential in enumerate(exponentials, start=1)
    ]


def sigmoid_step(working: Working, logit: Quantity, index: Place, *, title: str = "") -> Quantity:
    """Write the sigmoid of one logit, and return its probability: step ``y_pred.INDEX``."""
    symbol = Symbol("y", index, hat=True)
    at = At("y_pred", index)
    return working.step(dotted("y_pred", index), symbol, Sigmoid(logit), title=title, at=at)
