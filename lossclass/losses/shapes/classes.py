"""Losses of distributions over classes: what the model gave to the classes, against what is true.

The classes are the last axis of the predictions; what is before it are observations, along up to
three axes. A network may make the predictions. A loss of this shape is a sum over the classes; all
that is around it is here: the keys, what counts, the softmax, and the reduction.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Final, TypeAlias

from lossclass.arithmetic.expression import Expression, Quantity
from lossclass.arithmetic.notation import PLAIN
from lossclass.arithmetic.symbol import Symbol
from lossclass.choices import Reduction
from lossclass.losses._calls import How
from lossclass.losses.shapes import formulas, network
from lossclass.losses.shapes.network import LARGEST_FIRST, softmax_steps
from lossclass.losses.shapes.observations import (
    Labelled,
    Observation,
    given_row,
    left_out,
    remark_on_sum,
    write_by_class,
)
from lossclass.losses.shapes.reduction import in_shape, reduce_steps, reduce_values, weights_at
from lossclass.problem.arrays import (
    Array,
    LogitArray,
    LogProbabilityArray,
    MaskArray,
    Place,
    ProbabilityArray,
    Rows,
    Shape,
    Targets,
    WeightArray,
    places,
    shape_of,
)
from lossclass.problem.fields import Label, Labels
from lossclass.problem.keys import (
    Inconsistency,
    LogarithmKeys,
    is_wrong,
    stands_for,
    zeros_and_ones,
)
from lossclass.problem.moves import Kind, Moves
from lossclass.records import record
from lossclass.second_road import Doubles
from lossclass.working import Working

#: The keys that may hold predictions. A problem has one of them.
PREDICTIONS = ("y_pred", "logits", "log_probs")
#: Those, and the one that holds numbers which are no probabilities in any form.
_HOLDERS: Final = (*PREDICTIONS, "scores")
#: How what is true is written, and what it is called in a table, by the key that holds it.
_TRUE: Final = {
    "y_true": (Symbol("y"), "true y"),
    "true_logits": (Symbol("v"), "teacher's logit v"),
}
#: The losses of the observations, and where the weighted mean divides by the weights of their true
#: classes, those.
Written: TypeAlias = tuple[Sequence[Quantity], Sequence[Quantity]]
#: A distribution over the classes is needed.
SOFTMAX = network.FromRnn(("softmax",), "the classes' probabilities have to sum to 1")


@record
class Distributions:
    """The observations that count, one after the other.

    Attributes:
        kind: the key that holds the predictions, or ``rnn``.
        names: of the C classes.
        places: of each observation.
        targets: the true distributions, n × C.
        predictions: n × C; of a network, rows of 0 in their shape.
        true_kind: the key that holds what is true: ``y_true``, or ``true_logits`` with logits.
    """

    kind: str
    names: tuple[str, ...]
    places: list[Place]
    targets: Rows
    predictions: Rows
    true_kind: str = "y_true"


class LabelledKeys(network.RnnKeys):
    """``y_true`` and ``classes``. A subclass has the keys that hold predictions, and ``weights``,
    ``mask`` and ``ignore``."""

    #: What an observation is called.
    EACH: ClassVar[str] = "observation"
    HOLDERS: ClassVar[tuple[str, ...]] = PREDICTIONS
    OUTPUTS: ClassVar[str] = "logits"

    classes: Labels | None = None
    y_true: Targets

    @classmethod
    def losses_shape(cls, given: Mapping[str, Any]) -> Shape | None:
        predictions = only_predictions(given)
        return (shape_of(predictions)[:-1] or (1,)) if predictions else None

    @classmethod
    def counted_places(cls, given: Mapping[str, Any], shape: Shape) -> list[Place]:
        found = labelled_in(given) if given.get("y_true") is not None else None
        return found.counted if found and found.is_valid else super().counted_places(given, shape)

    @classmethod
    def inconsistencies(cls, given: Mapping[str, Any]) -> Iterator[Inconsistency]:
        yield from super().inconsistencies(given)
        yield from cls.wrong_observations(given)

    @classmethod
    def wrong_observations(cls, given: Mapping[str, Any]) -> Iterator[Inconsistency]:
        """What is wrong with the predictions, and with what is true of them."""
        predictions = only_predictions(given)
        if given.get("classes") is not None:
            yield from wrong_classes(given["classes"], predictions)
        yield from wrong_labelled(given, cls.EACH, cls.HOLDERS)

    @property
    def names(self) -> tuple[str, ...]:
        """The classes' names."""
        return class_names(self.classes, only_predictions(dict(self)) or ())

    @property
    def labelled(self) -> list[tuple[Place, Labelled]]:
        """What is true of the predictions, and what all their places begin with."""
        return [((), labelled_in(dict(self)))]

    @property
    def distributions(self) -> Distributions:
        """The observations that count."""
        found = self.labelled
        return Distributions(
            self.kind,
            self.names,
            [(*first, *place) for first, each in found for place in each.counted],
            tuple(row for _, each in found for row in each.targets),
            tuple(each.row(place) for _, each in found for place in each.counted),
        )


class ClassKeys(LabelledKeys, LogarithmKeys):
    """``y_true`` (a class for each observation, or a distribution), and ``y_pred``, ``logits`` or
    ``log_probs`` (the classes along the last axis), or a network with C outputs; ``weights`` and
    ``mask`` of the observations, ``ignore``, the class of those that do not count.

    ``classes`` names the C classes; without it they are called by their index, from 0.
    """

    FROM_RNN: ClassVar[network.FromRnn] = SOFTMAX

    y_pred: Annotated[ProbabilityArray, Moves(Kind.DISTRIBUTION)] | None = None
    logits: LogitArray | None = None
    log_probs: LogProbabilityArray | None = None
    weights: WeightArray | None = None
    mask: MaskArray | None = None
    ignore: Label | None = None


def only_predictions(given: Mapping[str, Any]) -> Array | None:
    """The predictions, if one key holds them; for a network, rows of 0 in their shape."""
    found = [given[key] for key in _HOLDERS if given.get(key) is not None]
    if outline := network.rnn_outline(given):
        found.append(outline)
    return found[0] if len(found) == 1 else None


def class_names(classes: Sequence[str] | None, predictions: Array) -> tuple[str, ...]:
    """The classes' names, or their indices for names."""
    return tuple(classes or map(str, range(shape_of(predictions)[-1])))


def labelled_in(given: Mapping[str, Any]) -> Labelled:
    """What these keys say of the predictions, which are valid."""
    predictions = only_predictions(given)
    assert predictions is not None  # noqa: S101 - or it would not be valid
    return Labelled(
        given["y_true"] or (),
        predictions,
        class_names(given.get("classes"), predictions),
        given.get("mask"),
        given.get("ignore"),
    )


def wrong_classes(classes: Sequence[str], predictions: Array | None) -> Iterator[Inconsistency]:
    """Classes named twice, or more or fewer than the predictions have columns."""
    for position, name in enumerate(classes):
        if name in classes[:position]:
            yield ("classes", position), f"the class {name!r} stands here twice"
    if predictions is not None and len(classes) != (width := shape_of(predictions)[-1]):
        what = "1 class" if width == 1 else f"{width} classes"
        message = f"expected {what}, one for each column of the predictions, got {len(classes)}"
        yield ("classes",), message


def _hint_for_axes(y_true: Any, predictions: Array) -> str:
    """What to do where the classes stand where PyTorch has them."""
    own, shape = shape_of(y_true), shape_of(predictions)
    if len(shape) == 2 and own == shape[1:]:
        return "; a row is for one of them, a column for a class: is it the other way round?"
    if len(shape) == 3 and own == (shape[0], shape[2]):
        return "; the classes stand along the last axis here, in PyTorch along the second: permute(0, 2, 1)"
    return ""


def wrong_labelled(
    given: Mapping[str, Any], each: str, keys: Sequence[str] = PREDICTIONS
) -> Iterator[Inconsistency]:
    """What does not go together in predictions and what is true of them.

    Args:
        given: the keys that are valid by themselves.
        each: what a prediction is called.
        keys: those that may hold predictions.
    """
    yield from network.wrong_number_of_predictions(given, keys)
    predictions, mask = only_predictions(given), given.get("mask")
    labels = not any(is_wrong(given, key) for key in ("classes", "ignore", "mask"))
    if predictions is None:
        return
    shape = shape_of(predictions)[:-1] or (1,)
    if mask is not None and not stands_for(shape_of(mask), shape):
        got = " × ".join(map(str, shape_of(mask)))
        what = f"expected {zeros_and_ones(shape)}"
        yield ("mask",), f"{what}, one for each {each} of the predictions, got {got}"
        labels = False
    if given.get("y_true") is None:
        return
    found = labelled_in(given)
    if unlike := [*found.unlike()]:
        for path, wanted, length in unlike:
            what = "expected 1 label or row" if wanted == 1 else f"expected {wanted} labels or rows"
            message = f"{what}, one for each {each} of the predictions, got {length}"
            yield ("y_true", *path), message + _hint_for_axes(given["y_true"], predictions)
    elif labels and len(found.names) == shape_of(predictions)[-1]:
        yield from ((("y_true", *path), message) for path, message in found.wrong_labels())
        if not found.counted:
            yield (
                ("y_true",),
                f"no {each} is left: padding or the mask leaves out every one; a mean is 0/0 then, nan in PyTorch",
            )


class Classes(ABC):
    """A loss that is a sum over the classes. A subclass has the texts of
    :class:`lossclass.losses.Loss`, and says what is abstract here; the rest it may say otherwise."""

    TITLE: str
    FORMULA: str
    ALIASES: tuple[str, ...] = ()
    Inputs: type[LabelledKeys] = ClassKeys
    #: The reduction in the usual formula.
    OWN: ClassVar[Reduction] = "sum"
    #: What the section is called in which the observations are worked.
    HEADING: ClassVar[str]
    #: The heads of the parts of an observation's place, by how many there are.
    COLUMNS: ClassVar[Mapping[int, tuple[str, ...]]] = {
        1: ("i",),
        2: ("b", "t"),
        3: ("b", "t", "i"),
    }

    # --- what a loss says of itself ---

    @abstractmethod
    def terms(self, given: Any, found: Distributions) -> Doubles:
        """The loss of each observation in NumPy, (n,)."""

    @abstractmethod
    def solve(self, inputs: Any, working: Working) -> Sequence[Quantity]:
        """The steps."""

    @abstractmethod
    def gradient(self, inputs: Any) -> formulas.ClosedForm:
        """The derivatives by the predictions in closed form; with a network, by its numbers too."""

    #: By the numbers of the predictions; see :class:`lossclass.losses.Form`.
    differentiated = staticmethod(formulas.by_what)

    def factor(self, inputs: Any, working: Working) -> Decimal | Expression:
        """What stands before the whole."""
        return Decimal(1)

    @abstractmethod
    def term_formula(self, inputs: Any, index: formulas.Letters) -> str:
        """The loss of an observation as a formula in one line; a minus before it becomes that of the
        whole."""

    def where(self, inputs: Any) -> Sequence[str]:
        """What is to be said behind the formula, such as the softmax before it."""
        return ()

    def formula_of(self, inputs: Any) -> str:
        """The formula that a problem is worked by."""
        found = inputs.distributions
        every = [*places(shape_of(only_predictions(dict(inputs)))[:-1] or (1,))]
        index = formulas.letters_of(self.columns(inputs, found.places), every)
        return formulas.head(
            self.term_formula(inputs, index),
            inputs,
            self.OWN,
            index,
            factor=self.factor_formula(inputs),
            class_weights=getattr(inputs, "class_weights", None) is not None,
            where=self.where(inputs),
        )

    def factor_formula(self, inputs: Any) -> str:
        """What stands before the whole, as it is written there."""
        return ""

    def true_class_weights(self, inputs: Any, found: Distributions) -> Doubles | None:
        """The weight of the true class of each observation, if classes have weights."""
        return None

    # --- NumPy's road ---

    def value(self, inputs: Any) -> Any:
        """The loss in NumPy."""
        given = inputs.as_given()
        found = given.distributions
        return self.reduced(inputs, self.terms(given, found), found)

    def reduced(self, inputs: Any, terms: Doubles, found: Distributions) -> Any:
        """What the reduction makes of the losses of the observations."""
        counted = self.true_class_weights(inputs, found)
        reduced = reduce_values(terms, inputs, self.OWN, counted, found.places)
        return in_shape(reduced, shape_of(only_predictions(dict(inputs)))[:-1] or (1,))

    # --- the road by hand ---

    def reduce(
        self, inputs: Any, working: Working, terms: Sequence[Quantity], counted: Sequence[Quantity]
    ) -> Sequence[Quantity]:
        """Write what the reduction makes of the observations."""
        places = inputs.distributions.places
        return reduce_steps(
            working,
            terms,
            inputs,
            self.OWN,
            ",".join(column[0] for column in self.columns(inputs, places)),
            factor=self.factor(inputs, working),
            class_weights=counted,
            places=places,
        )

    def columns(self, inputs: Any, places: Sequence[Place]) -> tuple[str, ...]:
        """What the axes of the observations are called."""
        is_series = len(places[0]) == 1 and network.is_in_time(inputs)
        return ("t",) if is_series else self.COLUMNS[len(places[0])]

    def called(self, place: Place) -> str:
        """An observation inside a sentence."""
        return f"{self.Inputs.EACH} {', '.join(map(str, place))}"

    def title(self, what: str, place: Place) -> str:
        """What stands over a step of an observation: "The hinge of time step 2"."""
        return f"The {what} of {self.called(place)}"

    def whose(self, inputs: Any) -> list[tuple[str, Labelled]]:
        """What is true, with what a sentence says of whose it is."""
        return [("", each) for _, each in inputs.labelled]

    # --- gradient and libraries ---

    def shares(self, inputs: Any, found: Distributions) -> formulas.Shares:
        """What becomes of the loss of each observation."""
        return formulas.shares(
            inputs,
            self.OWN,
            found.places,
            class_weights=self.true_class_weights(inputs, found),
            each=self.Inputs.EACH,
        )

    def how(self, inputs: Any, found: Distributions) -> How:
        """What becomes of the losses of the observations that count, one behind the other."""
        weights = None if inputs.weights is None else weights_at(inputs, found.places)
        return How(inputs.reduction or self.OWN, (len(found.places),), weights)


class Probabilities(Classes):
    """One whose predictions are probabilities of the classes in some form, by a softmax if need be."""

    @abstractmethod
    def write(self, inputs: Any, working: Working, observations: Sequence[Observation]) -> Written:
        """Write the loss of each observation."""

    def temperature(self, inputs: Any, working: Working) -> Quantity | None:
        """What logits are divided by before the softmax, if anything; written down first."""
        return None

    def solve(self, inputs: Any, working: Working) -> Sequence[Quantity]:
        """The steps: ``max.i``, ``exp.i.c``, ``exp_sum.i``, ``y_pred.i.c`` for logits; those of
        :meth:`write`; and those of the reduction."""
        observations = self._write_given(inputs, working, self.temperature(inputs, working))
        return self.reduce(inputs, working, *self.write(inputs, working, observations))

    def _write_given(
        self, inputs: Any, working: Working, temperature: Quantity | None
    ) -> list[Observation]:
        """Write the table of what is given, and the softmax where there are logits. Where there is a
        network, its forward pass comes before it."""
        found, from_rnn = inputs.distributions, None
        if inputs.rnn is not None:
            from_rnn = network.write_rnn(working, inputs, temperature=temperature).predictions
        working.section("Given" if from_rnn is None else network.TRUE_AND_PREDICTED)
        kind = "y_pred" if from_rnn else found.kind
        symbol, heading = network.PREDICTED[kind]
        true_symbol, true_heading = _TRUE[found.true_kind]
        letter, true_letter = PLAIN.symbol(symbol), PLAIN.symbol(true_symbol)
        observations: list[Observation] = []
        for place, target, prediction in zip(
            found.places, found.targets, found.predictions, strict=True
        ):
            y_true = given_row(working, found.true_kind, true_symbol, target, place)
            if from_rnn:
                predicted = tuple(from_rnn[int(place[-1]) - 1])
            else:
                predicted = given_row(working, kind, symbol, prediction, place)
            observations.append(Observation(place, y_true, predicted, kind == "log_probs"))
        write_by_class(
            working,
            self.columns(inputs, found.places),
            found.names,
            {true_letter: true_heading, letter: heading},
            [([*map(str, each.index)], (each.y_true, each.predicted)) for each in observations],
            are_given=from_rnn is None,
        )
        if note := left_out(self.whose(inputs), inputs.EACH):
            working.say(note)
        if found.true_kind == "true_logits":
            observations = self._write_softmax(working, observations, temperature, of_truth=True)
        if kind == "logits":
            return self._write_softmax(working, observations, temperature)
        if from_rnn is None:
            for place, row in zip(found.places, found.predictions, strict=True):
                probabilities = [q.exp() for q in row] if kind == "log_probs" else row
                whose = f"The probabilities of {self.called(place)}"
                remark_on_sum(working, probabilities, whose)
        return observations

    def _write_softmax(
        self,
        working: Working,
        observations: Sequence[Observation],
        temperature: Quantity | None,
        *,
        of_truth: bool = False,
    ) -> list[Observation]:
        """Write the probabilities in the place of logits, those of a teacher or those predicted."""
        y, z, whose = "ŷ", "z", "The predictions: softmax of the logits"
        then = f". {LARGEST_FIRST}"
        if of_truth:
            y, z = "y", "v"
            whose = "The true distributions: softmax of the teacher's logits"
            then = ", worked from the differences to the largest logit."
        power, at = f"exp({z})", ""
        if temperature is not None:
            power, at = f"exp({z} / T)", f", at the temperature T = {working.text(temperature)}"
        working.section(whose)
        working.say(f"{y} = {power} / Σ {power} over the classes{at}{then}")

        def softmax(each: Observation) -> Observation:
            logits = each.y_true if of_truth else each.predicted
            called = self.called(each.index)
            made = softmax_steps(
                working, logits, each.index, None, temperature, of_truth=of_truth, called=called
            )
            if of_truth:
                return replace(each, y_true=tuple(made))
            return replace(each, predicted=tuple(made))

        return [*map(softmax, observations)]

    def remark_on_true_sums(self, inputs: Any, working: Working) -> None:
        """Say which true probabilities do not sum to 1."""
        found = inputs.distributions
        for place, row in zip(found.places, found.targets, strict=True):
            remark_on_sum(working, row, f"The true probabilities of {self.called(place)}", "")
