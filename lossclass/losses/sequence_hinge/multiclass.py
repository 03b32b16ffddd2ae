"""The multi-class formulations: Weston and Watkins, Crammer and Singer."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal

from lossclass.arithmetic.calculation import Calculation
from lossclass.arithmetic.expression import Constant, Expression, Max, Quantity, Sum, quantities_in
from lossclass.arithmetic.notation import PLAIN
from lossclass.arithmetic.symbol import Symbol
from lossclass.blocks import Call
from lossclass.losses._calls import calls
from lossclass.losses.hinge import HingeKeys
from lossclass.losses.shapes import formulas
from lossclass.losses.shapes.classes import (
    Classes,
    Distributions,
    LabelledKeys,
    labelled_in,
    only_predictions,
)
from lossclass.losses.shapes.common_slips import halved_for_mean, shared_slips
from lossclass.losses.shapes.network import TRUE_AND_PREDICTED, FromRnn, write_rnn
from lossclass.losses.shapes.observations import given_row, left_out, said_class, write_by_class
from lossclass.problem.arrays import MaskArray, NumberArray, Place, WeightArray, shape_of
from lossclass.problem.fields import AsChoice, Label, PositiveNumber
from lossclass.problem.keys import Inconsistency
from lossclass.problem.moves import Kind, Moves
from lossclass.second_road import Doubles, doubles, np
from lossclass.slips import Slip
from lossclass.slips.making import everywhere_and_once, in_step, once
from lossclass.working import Working, named


class MultiClassKeys(LabelledKeys):
    """``y_true`` (a class for each time step, or a row with a 1 for it), ``scores`` (the classes along
    the last axis) or a network with C outputs, ``margin``; ``weights``, ``mask``, ``ignore``."""

    FROM_RNN: ClassVar[FromRnn] = HingeKeys.FROM_RNN
    EACH: ClassVar[str] = "time step"
    HOLDERS: ClassVar[tuple[str, ...]] = ("scores",)
    OUTPUTS: ClassVar[str] = "scores"

    scores: Annotated[NumberArray, Moves(Kind.NUMBER)] | None = None
    margin: PositiveNumber = Decimal(1)
    weights: WeightArray | None = None
    mask: MaskArray | None = None
    ignore: Label | None = None

    @classmethod
    def inconsistencies(cls, given: Mapping[str, Any]) -> Iterator[Inconsistency]:
        yield from super().inconsistencies(given)
        scores = only_predictions(given)
        if scores is not None and shape_of(scores)[-1] < 2:
            key = "rnn" if given.get("scores") is None else "scores"
            yield (key,), "expected the scores of at least two classes in each row, got 1"
        if scores is None or "y_true" not in given:
            return
        found = labelled_in(given)
        for place in found.counted if found.is_valid else ():
            *zeros, one = sorted(found.target(place))
            if any(zeros) or one != 1:
                path, _ = found.entries[place]
                yield ("y_true", *path), "expected a 1 for one class, and 0 for the others"


class MultiClass(Classes):
    """Σ over the time steps of what the wrong classes lack of the margin. A subclass says which of
    them count."""

    HEADING = "The hinge of each time step"
    COLUMNS: ClassVar[Mapping[int, tuple[str, ...]]] = {**Classes.COLUMNS, 1: ("t",)}
    #: The name of the data that says how the libraries are asked for it.
    CALLS: ClassVar[str]
    #: What the formula means, in words.
    AFTER: ClassVar[str]
    #: How the sentence begins that names the classes that count.
    MISSING: ClassVar[str]
    #: The derivative of the answer as a formula and in words.
    SAYS: ClassVar[str]
    #: By how many wrong classes of a time step the derivative may go; None for all.
    MOST: ClassVar[int | None] = None
    #: What NumPy makes of a row of violations, none below 0.
    REDUCED: ClassVar[Literal["sum", "max"]]

    # --- what a formulation says of itself ---

    @abstractmethod
    def hinge(self, violations: Sequence[Quantity]) -> Expression:
        """The hinge of a time step, as a step."""

    @abstractmethod
    def counting(self, missing: Mapping[Any, Decimal], near: Decimal = Decimal(0)) -> list[Any]:
        """The wrong classes that count, by what is missing against each: more than 0, or with doubles
        from a network more than what is as good as 0."""

    @abstractmethod
    def theirs(self, hinges: Doubles, against_zero: Doubles, width: int) -> dict[str, Doubles]:
        """By library, the hinges where it gives others.

        Args:
            against_zero: what is missing where the wrong score is 0.
            width: how many classes there are.
        """

    @abstractmethod
    def other(self, calculation: Calculation) -> Slip:
        """The mistake of working the other formulation."""

    def where(self, inputs: MultiClassKeys) -> Sequence[str]:
        return ("c every class but the true one, y",)

    # --- NumPy's road ---

    def terms(self, given: MultiClassKeys, found: Distributions) -> Doubles:
        scores, is_true = doubles(found.predictions), doubles(found.targets) == 1
        violations = float(given.margin) + scores - scores[is_true][:, np.newaxis]
        clipped = np.where(is_true, 0.0, np.maximum(0.0, violations))
        return doubles(getattr(clipped, self.REDUCED)(axis=1))

    def gradient(self, inputs: MultiClassKeys) -> formulas.ClosedForm:
        """The derivatives by ``scores`` in closed form; with a network, by its numbers too."""
        found = inputs.as_given().distributions
        slopes = np.zeros((len(found.places), len(found.names)))
        for slope, row, target in zip(slopes, found.predictions, found.targets, strict=True):
            true = target.index(1)
            # in decimals, in which ties and the corner of the hinge can be told
            near = (
                Decimal(formulas.AT_A_KINK) * (1 + max(map(abs, row))) if inputs.rnn else Decimal(0)
            )
            missing = {c: inputs.margin + s - row[true] for c, s in enumerate(row) if c != true}
            counting = self.counting(missing, near)[: self.MOST]
            slope[counting], slope[true] = 1, -len(counting)
        reduced = self.shares(inputs, found)
        slopes = formulas.times(reduced.factors, slopes)
        one = reduced.scaled("1") + (f" ({reduced.in_words('1')})" if reduced.words else "")
        says = self.SAYS.format(one=one, margin=PLAIN.number(inputs.margin))
        if inputs.rnn is None:
            return formulas.ClosedForm(says, {"scores": formulas.by_index(slopes, found.places)})
        slopes = formulas.spread(slopes, found.places, inputs.rnn)
        says += " s is the output o as it is, so ∂L/∂o is the same."
        return formulas.through_network(
            inputs.rnn, slopes, says, {"scores": formulas.by_index(slopes)}
        )

    # --- the road by hand ---

    def solve(self, inputs: MultiClassKeys, working: Working) -> Sequence[Quantity]:
        """The steps: ``violation.t.c`` for every wrong class, ``hinge.t``, ``sum``, ``loss``."""
        found = inputs.distributions
        rows: Sequence[Sequence[Quantity]]
        if inputs.rnn:
            made = write_rnn(working, inputs, name="scores", symbol=Symbol("s"), flat=False)
            working.section(TRUE_AND_PREDICTED)
            rows = [made.predictions[int(place[-1]) - 1] for place in found.places]
        else:
            working.section("Given")
            given = zip(found.places, found.predictions, strict=True)
            rows = [given_row(working, "scores", Symbol("s"), row, place) for place, row in given]
        columns = self.COLUMNS[len(found.places[0])]
        true = [row.index(1) for row in found.targets]
        write_by_class(
            working,
            (*columns, "true class y"),
            found.names,
            {"s": "score s"},
            [
                ([*map(str, place), found.names[y]], (row,))
                for place, row, y in zip(found.places, rows, true, strict=True)
            ],
        )
        if note := left_out(self.whose(inputs), inputs.EACH):
            working.say(note)
        names = [*map(said_class, found.names)]
        order = ", ".join(f"{c} stands for {name}" for c, name in enumerate(names, start=1))
        axes = "the time step" if columns == ("t",) else ", ".join(columns)
        working.say(f"The indices of the scores are {axes} and the class: {order}.")
        working.section(self.HEADING)
        margin, missing = PLAIN.number(inputs.margin), working.letter("d", "k")
        working.say(
            f"The true class's score has to be above that of every wrong class by {margin}. For a "
            f"wrong class c, {missing} = {margin} + s_c − s_y is what is missing of that: 0 or less "
            f"where nothing is. {self.AFTER}"
        )
        losses = [
            self._hinge(inputs, working, place, names, row, y)
            for place, row, y in zip(found.places, rows, true, strict=True)
        ]
        return self.reduce(inputs, working, losses, ())

    def _hinge(
        self,
        inputs: MultiClassKeys,
        working: Working,
        place: Place,
        names: Sequence[str],
        scores: Sequence[Quantity],
        true: int,
    ) -> Quantity:
        what = self.called(place)
        violations = {
            name: working.step(
                *named("violation", working.letter("d", "k"), (*place, c + 1)),
                # one sum inside the other: the side between shows what the first two come to
                Constant(inputs.margin) + scores[c] - scores[true],
                title=f"{what[0].upper()}{what[1:]}: {name} against {names[true]}, which is true",
            )
            for c, name in enumerate(names)
            if c != true
        }
        sizes = {name: working.values[each.id] for name, each in violations.items()}
        why = "Nothing is missing against any wrong class: it costs nothing."
        if counting := self.counting(sizes):
            why = f"{self.MISSING} against {' and '.join(counting)}."
        return working.step(
            *named("hinge", "ℓ", place),
            self.hinge([*violations.values()]),
            title=self.title("hinge", place),
            why=why,
            tells=True,
        )

    # --- slips and libraries ---

    def slips(self, inputs: MultiClassKeys, calculation: Calculation) -> Iterator[Slip]:
        """What may be done to the classes, their scores, and the margin."""
        yield self.other(calculation)
        hinges, violations = calculation.all("hinge"), calculation.all("violation")
        without = {each.id: Sum(*_parts(each)[1:]) for each in violations}
        text = "The margin is left out: the true score has to be ahead by so much."
        yield from everywhere_and_once(calculation, "margin-forgotten", text, without)
        for each in hinges:
            there = {of.id: without[of.id] for of in quantities_in(each.definition)}
            if 1 < len(there) < len(without):
                yield Slip("margin-forgotten", in_step(calculation, each.id, text), there)
        text = f"It is divided by the number of classes, {len(inputs.names)}, as PyTorch's MultiMarginLoss does; here it is not."
        divided = {each.id: each.definition / len(inputs.names) for each in hinges}
        yield Slip("divided-by-classes", text, divided)
        yield from _of_the_other_scores(calculation, violations)
        yield from _counted_besides(calculation)
        yield from halved_for_mean(calculation, len(hinges))
        yield from shared_slips(calculation)

    def frameworks(self, inputs: MultiClassKeys) -> list[Call]:
        """The calls of the libraries, and their numbers."""
        given = inputs.as_given()
        found, margin = given.distributions, float(inputs.margin)
        scores, one_hot = doubles(found.predictions), doubles(found.targets)
        hinges, width = self.terms(given, found), len(found.names)
        return calls(
            self.CALLS,
            self.how(inputs, found),
            {"y_true": one_hot.argmax(axis=1), "scores": scores, "one_hot": one_hot},
            hinges,
            self.theirs(hinges, margin - scores[one_hot == 1], width),
            margin=margin,
            unit_margin=margin == 1,
            C=width,
            labels=list(range(width)),
            two_classes=width == 2,
        )


class WestonWatkinsKeys(MultiClassKeys):
    """Those of several classes."""

    formulation: Annotated[Literal["weston_watkins"], AsChoice]


class WestonWatkins(MultiClass):
    """Every wrong class that comes too close to the true one costs."""

    Inputs = WestonWatkinsKeys
    CALLS = "sequence_hinge/weston_watkins"
    REDUCED = "sum"
    AFTER = "After Weston and Watkins, every wrong class for which it is missing counts."
    MISSING = "Something is missing"
    SAYS = (
        "∂L/∂s_c = {one} for every wrong class c for which {margin} + s_c − s_y is above 0, and 0 for "
        "the other wrong ones; for the true class, minus the sum of these. Where it is just 0, at the "
        "kink, 0 is taken."
    )

    def term_formula(self, inputs: MultiClassKeys, index: formulas.Letters) -> str:
        true, other = (formulas.indexed("s", (*index, each)) for each in "yc")
        return f"Σ_c max(0, {PLAIN.number(inputs.margin)} + {other} − {true})"

    def hinge(self, violations: Sequence[Quantity]) -> Expression:
        return Sum(*(Max(Constant(0), each) for each in violations))

    def counting(self, missing: Mapping[Any, Decimal], near: Decimal = Decimal(0)) -> list[Any]:
        return [c for c, number in missing.items() if number > near]

    def theirs(self, hinges: Doubles, against_zero: Doubles, width: int) -> dict[str, Doubles]:
        return {"PyTorch": hinges / width}

    def other(self, calculation: Calculation) -> Slip:
        text = "Only the wrong class with the largest violation is counted: all of them count."
        clipped = {each.id: each.definition.operands for each in calculation.all("hinge")}
        largest = {id: Max(*of) if len(of) > 1 else of[0] for id, of in clipped.items()}
        return Slip("only-the-largest", text, largest)


class CrammerSingerKeys(MultiClassKeys):
    """Those of several classes."""

    formulation: Annotated[Literal["crammer_singer"], AsChoice]


class CrammerSinger(MultiClass):
    """Only the wrong class that comes closest to the true one costs."""

    Inputs = CrammerSingerKeys
    CALLS = "sequence_hinge/crammer_singer"
    REDUCED = "max"
    AFTER = "After Crammer and Singer, only the wrong class for which most is missing counts."
    MISSING = "Most is missing"
    SAYS = (
        "∂L/∂s_c = {one} for the wrong class c with the largest {margin} + s_c − s_y, if that is above "
        "0; for the true class it is minus the same, and 0 for all others. Where it is just 0, at the "
        "kink, 0 is taken; of several largest, the first counts."
    )
    MOST = 1

    def term_formula(self, inputs: MultiClassKeys, index: formulas.Letters) -> str:
        true, other = (formulas.indexed("s", (*index, each)) for each in "yc")
        return f"max(0, {PLAIN.number(inputs.margin)} + max_c {other} − {true})"

    def hinge(self, violations: Sequence[Quantity]) -> Expression:
        return Max(Constant(0), *violations)

    def counting(self, missing: Mapping[Any, Decimal], near: Decimal = Decimal(0)) -> list[Any]:
        least = max(missing.values()) - near
        return [c for c, number in missing.items() if number > near and number >= least]

    def theirs(self, hinges: Doubles, against_zero: Doubles, width: int) -> dict[str, Doubles]:
        return {"Keras": np.maximum(hinges, against_zero)}

    def other(self, calculation: Calculation) -> Slip:
        text = "All wrong classes are counted: only the one with the largest violation counts."
        violations = {each.id: each.definition.operands[1:] for each in calculation.all("hinge")}
        every = {
            id: Sum(*(Max(Constant(0), each) for each in those)) for id, those in violations.items()
        }
        return Slip("not-only-the-largest", text, every)


# --- slips -------------------------------------------------------------------------------


def _of_the_other_scores(
    calculation: Calculation, violations: Sequence[Quantity]
) -> Iterator[Slip]:
    """The score of a wrong class with the other sign, or 0 for it."""
    minus, zero = dict[str, Expression](), list[tuple[str, str, Expression]]()
    for each in violations:
        margin, score, true = _parts(each)
        if calculation.values[score.id]:
            minus[each.id] = margin - score + true
            text = f"0 is taken for {PLAIN.symbol(score.symbol)}."
            zero.append((each.id, text, margin + true))
    text = (
        "The score of the wrong class is taken off: it is to be added, and the true one taken off."
    )
    yield from everywhere_and_once(calculation, "sign-of-other-score", text, minus)
    yield from once(calculation, "zero-among-other-scores", zero)


def _counted_besides(calculation: Calculation) -> Iterator[Slip]:
    """What else is compared with the true score: itself, or a 0 in its place."""
    true_class, zero = dict[str, Expression](), dict[str, Expression]()
    for hinge in calculation.all("hinge"):
        margin, _, true = _parts(next(quantities_in(hinge.definition)))
        true_class[hinge.id] = _with(hinge.definition, margin)
        zero[hinge.id] = _with(hinge.definition, margin + true)
    text = "The true class is counted among the others: against itself it misses the whole margin."
    yield from everywhere_and_once(calculation, "true-class-counted", text, true_class)
    text = "0 is counted among the scores of the wrong classes, as where the true one's is set to "
    text += "0: it is to be left out."
    yield from everywhere_and_once(calculation, "zero-among-other-scores", text, zero)


def _with(hinge: Expression, violation: Expression) -> Expression:
    """A hinge with one more violation."""
    if isinstance(hinge, Max):
        return Max(*hinge.operands, violation)
    return Sum(*hinge.operands, Max(Constant(0), violation))


def _parts(violation: Quantity) -> tuple[Expression, Quantity, Expression]:
    """The margin, the score of the wrong class, and minus the score of the true one."""
    ahead, true = violation.definition.operands
    margin, score = ahead.operands
    assert isinstance(score, Quantity)  # noqa: S101 - a score is named
    return margin, score, true
