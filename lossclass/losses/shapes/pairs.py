"""Losses worked number by number: each y against its ŷ, and then reduced to one.

y and ŷ are arrays of one shape: n, n × D, B × T × D, or of one shape but for axes of length 1, along
which a number stands for all. A network may make ŷ. A loss of this shape says what one pair costs,
as steps and in NumPy, and how that changes with ŷ; all else is here.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import chain
from math import prod
from typing import Any, ClassVar, Final, Unpack

from lossclass.arithmetic.calculation import Calculation
from lossclass.arithmetic.expression import Expression, Quantity
from lossclass.arithmetic.symbol import Symbol
from lossclass.blocks import Call
from lossclass.choices import Reduction
from lossclass.losses._calls import How, calls
from lossclass.losses.shapes import formulas, network
from lossclass.losses.shapes.common_slips import divided_by, shared_slips
from lossclass.losses.shapes.curves import draw_on_curve, equation_of, variable
from lossclass.losses.shapes.pair_keys import PairKeys
from lossclass.losses.shapes.reduction import in_shape, reduce_steps, reduce_values, write_row_means
from lossclass.problem.arrays import Array, Place, at, place_in, places, said_of, shape_of
from lossclass.problem.keys import LogarithmKeys
from lossclass.records import record
from lossclass.second_road import Doubles, doubles, ln_of_base, np
from lossclass.slips import Slip
from lossclass.working import Beside, Working, named

#: What the axes of an array are called in a table, where there are so many; fewer are those of an
#: observation or a time step.
_AXES: Final = {3: "b,t,d", 4: "b,t,n,d"}


@record
class Pair:
    """What is true at a place, and what was predicted there.

    Attributes:
        behind: what the prediction was made of, a logit or an output; None where it is given.
    """

    place: Place
    y_true: Quantity
    y_pred: Quantity
    behind: Quantity | None = None


class Pairs(ABC):
    """A loss of pairs. A subclass has the texts of :class:`lossclass.losses.Loss` and ``Inputs``,
    and says what is abstract here; the rest it may say otherwise."""

    TITLE: str
    FORMULA: str
    ALIASES: tuple[str, ...] = ()
    Inputs: type[PairKeys] = PairKeys
    #: The reduction in the usual formula.
    OWN: ClassVar[Reduction] = "mean"
    #: The name of the data that says how the libraries are asked for it; see ``losses/_calls.py``.
    CALLS: ClassVar[str] = ""
    #: What the section is called in which the pairs are worked, and what a pair is called.
    HEADING: ClassVar[str]
    EACH: ClassVar[str] = "Observation"
    #: The letter of a pair's number.
    LETTER: ClassVar[str] = "i"
    #: The head of y in the table, and that of the predictions, if it is another than everywhere.
    TRUE: ClassVar[str] = "true y"
    PREDICTED: ClassVar[str] = ""
    #: What the axis under the curve of the loss is, and its letter.
    ACROSS: ClassVar[str] = "prediction ŷ"
    VARIABLE: ClassVar[Symbol] = Symbol("y", hat=True)

    def __init_subclass__(cls) -> None:
        """Refuse a loss of which a text is missing.

        Raises:
            TypeError: it is, and the class could be used, for nothing of it is abstract.
        """
        texts = ("TITLE", "FORMULA", "HEADING")
        missing = [name for name in texts if not hasattr(cls, name)]
        if (
            missing
            and cls.__module__.startswith("lossclass.losses.")
            and ".shapes." not in cls.__module__
        ):
            raise TypeError(f"{cls.__name__} has no {', '.join(missing)}")

    # --- what a loss says of itself ---

    @abstractmethod
    def write(self, pair: Pair, inputs: Any, working: Working) -> Quantity:
        """Write the steps of one pair, and return its loss."""

    @abstractmethod
    def losses(self, inputs: Any) -> Doubles:
        """The losses of all pairs in NumPy, of the pairs' shape."""

    @abstractmethod
    def slopes(self, inputs: Any) -> Doubles:
        """Their derivatives by ŷ, of the pairs' shape."""

    @abstractmethod
    def said(self, inputs: Any, reduced: formulas.Shares) -> str:
        """The derivative of the answer by ŷ as a formula and in words."""

    @abstractmethod
    def pair_formula(self, inputs: Any, y: str, predicted: str) -> str:
        """The loss of a pair as a formula in one line, of y and ŷ as they are written; a minus
        before it becomes that of the whole."""

    def where(self, inputs: Any, index: formulas.Letters) -> Sequence[str]:
        """What is to be said behind the formula, such as δ = 2."""
        return ()

    def own_slips(self, inputs: Any, calculation: Calculation) -> Iterable[Slip]:
        """The mistakes that belong to it."""
        return ()

    def curves(self, inputs: Any, x: Expression) -> Mapping[str, Expression]:
        """What a pair costs as a function of one number, :meth:`stands_at`, under what it is called, or
        nothing for its formula; several where some pairs stand on another curve. By itself none."""
        return {}

    def stands_at(self, pair: Pair, working: Working) -> Quantity:
        """Where a pair stands under the curve; by itself, at its prediction."""
        return pair.y_pred

    def reaches(self, inputs: Any, found: Sequence[Decimal]) -> tuple[Decimal | int, ...]:
        """What the axis under the curve shows at least, where pairs stand at these numbers; by
        itself, all probabilities."""
        return 0, 1

    def factor(self, inputs: Any) -> Decimal:
        """What stands before the whole: the key ``factor``, where there is one."""
        return getattr(inputs, "factor", Decimal(1))

    def root(self, inputs: Any) -> bool:
        """Whether the square root is taken of what the losses are reduced to, as the key says."""
        return getattr(inputs, "root", False)

    def theirs(self, inputs: Any, how: How) -> Mapping[str, Doubles]:
        """By library, the losses of all pairs where it gives others."""
        return {}

    def facts(self, inputs: Any, how: How) -> Mapping[str, Any]:
        """What the data of the libraries' calls asks for."""
        return {}

    def formula_of(self, inputs: Any) -> str:
        """The formula that a problem is worked by."""
        index = formulas.letters_of(self.letters(inputs), [*places(inputs.shape)])
        rows = index
        term = self.pair_formula(
            inputs, formulas.indexed("y", index), formulas.indexed("y", index, hat=True)
        )
        if inputs.over:
            *before, last = index if len(index) > 1 else ("1", *index)
            rows = tuple(before)
            minus, term = ("−", term[1:]) if term.startswith("−") else ("", term)
            term = f"{minus}(1/D) {formulas.total((last,))}{term}"
        factor, where = formulas.times_number(self.factor(inputs)), self.where(inputs, index)
        return formulas.head(
            term, inputs, self.OWN, rows, factor=factor, root=self.root(inputs), where=where
        )

    # --- NumPy's road ---

    def value(self, inputs: Any) -> Any:
        """The loss in NumPy."""
        losses, counted = self.losses(inputs), inputs.counted
        if inputs.over:
            losses = np.atleast_1d(losses.mean(axis=-1))
        flat = losses[_positions(counted)]
        reduced = reduce_values(flat, inputs, self.OWN, places=counted)
        if self.root(inputs):
            reduced = np.sqrt(reduced)
        return float(self.factor(inputs)) * in_shape(reduced, losses.shape)

    # --- the road by hand ---

    def solve(self, inputs: Any, working: Working) -> Sequence[Quantity]:
        """The steps: those of :meth:`write` for each pair, those of its network before, and those of
        the reduction behind: ``row.i`` over the last axis, ``sum``, ``loss``."""
        pairs = self.pairs(inputs, working)
        working.section(self.HEADING.format(each=self.EACH.lower()))
        self.introduce(inputs, working)
        losses = {pair.place: self.write(pair, inputs, working) for pair in pairs}
        x = variable(self.VARIABLE)
        if curves := {
            name or equation_of(cost): cost for name, cost in self.curves(inputs, x).items()
        }:
            across = {pair.place: self.stands_at(pair, working) for pair in pairs}
            points = [(place, at, losses[place]) for place, at in across.items()]
            reaches = self.reaches(inputs, [working.values[each.id] for each in across.values()])
            draw_on_curve(working, inputs, self.ACROSS, points, curves, x, reaches)
        if inputs.over:
            losses = write_row_means(working, losses, self.EACH)
        return reduce_steps(
            working,
            [*losses.values()],
            inputs,
            self.OWN,
            self.letters(inputs, rows=bool(inputs.over)),
            factor=self.factor(inputs),
            places=[*losses],
            root=self.root(inputs),
        )

    def introduce(self, inputs: Any, working: Working) -> None:
        """Say what is to be known before the pairs are worked; by itself nothing."""
        return

    def letters(self, inputs: Any, *, rows: bool = False) -> str:
        """What the axes of the pairs are called, or those of their rows."""
        axes, first = len(inputs.shape), "t" if network.is_in_time(inputs) else self.LETTER
        if axes == 1:
            return first
        letters = _AXES.get(axes, f"{first},d")
        return letters.removesuffix(",d") if rows else letters

    def title(self, what: str, place: Sequence[int | str]) -> str:
        """What stands over a step of a pair: "The hinge of time step 2"."""
        return f"The {what} of {self.EACH.lower()} {', '.join(map(str, place))}"

    def step(
        self,
        working: Working,
        name: str,
        letter: str,
        place: tuple[int | str, ...],
        expression: Expression,
        **beside: Unpack[Beside],
    ) -> Quantity:
        """Write a step of a pair, ``NAME.PLACE``; the title that goes with its name is its own."""
        beside.setdefault("title", self.title(name.replace("_", " "), place))
        return working.step(*named(name, letter, place), expression, **beside)

    def pairs(self, inputs: Any, working: Working) -> list[Pair]:
        """Write what is given, and the network in the place of predictions; the pairs that count."""
        made = None if inputs.rnn is None else network.write_rnn(working, inputs)
        working.section("Given" if made is None else network.TRUE_AND_PREDICTED)
        y_true = _write_given(working, "y_true", Symbol("y"), inputs.truth)
        behind: Mapping[Place, Quantity] = {}
        kind = "y_pred" if made else inputs.kind
        if made is None:
            predictions = getattr(inputs, inputs.kind)
            predicted = _write_given(working, kind, network.PREDICTED[kind][0], predictions)
        else:
            predictions = inputs.truth  # of the same shape
            predicted, behind = (
                dict(zip(places(inputs.shape), chain(*rows), strict=True))
                for rows in (made.predictions, made.outputs)
            )
        pairs = [
            Pair(
                place,
                y_true[place_in(inputs.truth, place)],
                predicted[place_in(predictions, place)],
                behind.get(place),
            )
            for place in inputs.counted_pairs
        ]
        self._table(working, pairs, inputs, self.PREDICTED or network.PREDICTED[kind][1])
        return pairs

    def _table(self, working: Working, pairs: Sequence[Pair], inputs: Any, heading: str) -> None:
        axes = self.letters(inputs)
        rows = [(",".join(map(str, pair.place)), pair.y_true, pair.y_pred) for pair in pairs]
        working.table("given", "", (axes, self.TRUE, heading), rows)
        for name, numbers in (
            ("y", inputs.truth),
            ("ŷ", None if inputs.rnn else getattr(inputs, inputs.kind)),
        ):
            if numbers is not None and shape_of(numbers) != inputs.shape:
                working.say(
                    f"There are {said_of(shape_of(numbers))} of {name}: where an axis has one, it stands "
                    "for all along it."
                )
        if inputs.mask is not None:
            counted = {*inputs.counted_pairs}
            left_out = (place for place in places(inputs.shape) if place not in counted)
            if named := "; ".join(",".join(map(str, place)) for place in left_out):
                working.say(
                    f"The mask is 0 at {axes} = {named}: what stands there does not count, adds "
                    "nothing to the loss, and no mean divides by it."
                )

    # --- gradient, slips, libraries ---

    def gradient(self, inputs: Any) -> formulas.ClosedForm:
        """The derivatives by the predictions in closed form; with a network, by its numbers too."""
        reduced = self.shares(inputs)
        slopes = formulas.times(reduced.factors, float(self.factor(inputs)) * self.slopes(inputs))
        says, found = self.said(inputs, reduced), self.on_the_way(inputs, reduced)
        if inputs.rnn is None:
            predictions = getattr(inputs, inputs.kind)
            if shape_of(predictions) != inputs.shape:
                says += " Where one ŷ stands for several, its derivative is the sum of theirs."
            return formulas.ClosedForm(
                says, {**found, inputs.kind: self._summed(slopes, predictions, inputs)}
            )
        by_outputs = slopes.reshape(len(slopes), -1)
        if inputs.OUTPUTS == "y_pred":
            found = {"y_pred": formulas.by_index(slopes)}
            predictions = doubles(network.rnn_outputs(inputs, predictions=True))
            by_outputs = formulas.back_to_outputs(inputs.output, predictions, by_outputs)
            says += {
                "sigmoid": " Before the sigmoid it is ∂L/∂o = ∂L/∂ŷ · ŷ · (1 − ŷ).",
                "softmax": " Before the softmax it is ∂L/∂o = ŷ · (∂L/∂ŷ − Σ ŷ · ∂L/∂ŷ), with the sum "
                "over the outputs.",
            }.get(inputs.output, " ŷ is the output o as it is, so ∂L/∂o is the same.")
        return formulas.through_network(inputs.rnn, by_outputs, says, found)

    def on_the_way(self, inputs: Any, reduced: formulas.Shares) -> formulas.Values:
        """The derivatives by steps between ŷ and what it is made of, where there are any."""
        return {}

    def differentiated(self, inputs: Any, working: Working) -> formulas.Differentiated:
        """The numbers of the predictions that count; see :class:`lossclass.losses.Form`."""
        found = formulas.by_what(inputs, working)
        if inputs.rnn is None:
            numbers = getattr(inputs, inputs.kind)
            used = self._used(inputs, numbers)
            found[inputs.kind] = {p: q for p, q in found[inputs.kind].items() if p in used}
        return found

    def _used(self, inputs: Any, numbers: Array) -> set[Place]:
        """The places of an array's numbers that stand for pairs that count."""
        return {place_in(numbers, place) for place in inputs.counted_pairs}

    def _summed(self, slopes: Doubles, numbers: Array, inputs: Any) -> dict[formulas.Index, float]:
        """Slopes by place, of those that count; where one number stands for several, their sum."""
        lengths = zip(shape_of(numbers), slopes.shape, strict=True)
        repeated = tuple(axis for axis, (own, length) in enumerate(lengths) if own < length)
        found = formulas.by_index(slopes.sum(axis=repeated, keepdims=True))
        used = self._used(inputs, numbers)
        return {place: slope for place, slope in found.items() if place in used}

    def shares(self, inputs: Any) -> formulas.Shares:
        """What becomes of the loss of each pair, of the pairs' shape; 0 of one that does not count."""
        reduced = formulas.shares(inputs, self.OWN, inputs.counted, each=self.EACH.lower())
        if isinstance(inputs, LogarithmKeys):
            reduced = reduced.in_base(inputs.log_base)
        if inputs.over:
            reduced = reduced.of_rows(inputs.shape[-1])
        if self.root(inputs):
            reduced = reduced.under_root(self.value(inputs))
        factors = np.zeros(inputs.shape)
        factors[_positions(inputs.counted_pairs)] = reduced.factors
        return replace(reduced, factors=factors)

    def slips(self, inputs: Any, calculation: Calculation) -> Iterator[Slip]:
        """What may be done to the pairs, to their mean, and to their weights."""
        yield from self.own_slips(inputs, calculation)
        yield from _over_wrong_axis(calculation, inputs)
        yield from _mask_counted(calculation, inputs)
        yield from shared_slips(calculation, counting=self.counting(calculation))

    def counting(self, calculation: Calculation) -> Mapping[str, Expression]:
        """Steps without the parts that count nothing; see ``shared_slips``."""
        return {}

    def frameworks(self, inputs: Any) -> list[Call]:
        """The calls of the libraries, and their numbers, from the data under ``CALLS``."""
        if not self.CALLS:
            return []
        shape = inputs.shape[:-1] if inputs.over else inputs.shape
        how = How.of(
            inputs,
            self.OWN,
            shape,
            mask=inputs.mask if shape else None,  # one row alone counts
            row_means=inputs.over is not None,
            factor=float(self.factor(inputs)),
            root=self.root(inputs),
            log_base=getattr(inputs, "log_base", "e"),
        )
        losses = self.losses(inputs) * ln_of_base(how.log_base)
        arrays, theirs = self.arrays(inputs), self.theirs(inputs, how)
        return calls(self.CALLS, how, arrays, losses, theirs, **self.facts(inputs, how))

    def arrays(self, inputs: Any) -> dict[str, Doubles]:
        """What the libraries are given, by name: y and the predictions, and what else there is."""
        y_true, predicted = (each.astype(float) for each in inputs.decimals())
        return {"y_true": y_true, inputs.as_given().kind: predicted}


def _write_given(
    working: Working, key: str, symbol: Symbol, numbers: Array
) -> dict[Place, Quantity]:
    return {
        place: working.given(*named(key, symbol.letter, place, hat=symbol.hat), at(numbers, place))
        for place in places(shape_of(numbers))
    }


def _positions(places: Sequence[Place]) -> tuple[list[int], ...]:
    """Places as NumPy indexes with them."""
    return tuple([n - 1 for n in axis] for axis in zip(*places, strict=True))


# --- slips -------------------------------------------------------------------------------


def _over_wrong_axis(calculation: Calculation, inputs: PairKeys) -> Iterator[Slip]:
    """A sum over one axis and a mean over the other, of rows whose mean is over all numbers."""
    if len(inputs.shape) != 2 or min(inputs.shape) == 1 or inputs.mask is not None or inputs.over:
        return
    rows, columns = inputs.shape
    ways = [
        (rows, "over the numbers of a row and averaged over the rows"),
        (columns, "over the rows and averaged over the numbers of a row"),
    ]
    for number, way in ways if rows != columns else ways[:1]:
        text = f"It is added up {way}: the mean is over all {rows * columns} numbers."
        yield from divided_by(calculation, "mean-over-wrong-axis", text, number)


def _mask_counted(calculation: Calculation, inputs: PairKeys) -> Iterator[Slip]:
    """A mean that is divided by what the mask leaves out as well."""
    every = prod(inputs.losses_shape(dict(inputs)) or ())
    if inputs.mask is not None and len(inputs.counted) < every:
        text = f"What the mask leaves out is counted in what it is divided by, {every}."
        yield from divided_by(calculation, "padding-counted", text, every)
