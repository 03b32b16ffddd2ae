"""The structured formulation: a score for each of whole sequences, and a cost for being wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from functools import partial
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, WithJsonSchema

from lossclass.arithmetic.calculation import Calculation
from lossclass.arithmetic.expression import Constant, Max, Quantity
from lossclass.arithmetic.notation import PLAIN
from lossclass.arithmetic.symbol import Symbol
from lossclass.blocks import Call
from lossclass.losses._calls import How, calls
from lossclass.losses.shapes import formulas
from lossclass.losses.shapes.common_slips import shared_slips
from lossclass.losses.shapes.formulas import head, indexed
from lossclass.losses.shapes.lattice.sequences import Spelling
from lossclass.losses.shapes.reduction import reduce_steps, reduce_values
from lossclass.problem.fields import AsChoice, AsList, Labels, Number, as_in, number_field
from lossclass.problem.keys import Inconsistency, ProblemKeys
from lossclass.problem.moves import Kind, Moves
from lossclass.second_road import doubles, np
from lossclass.slips import Slip
from lossclass.working import Working

_EXAMPLE = "candidates: [{sequence: ABC, score: 2.5}, {sequence: ACB, score: 1.2, cost: 2}]"
Cost: TypeAlias = Annotated[
    Decimal,
    number_field("a number, 0 or more", lambda number: number >= 0),
    WithJsonSchema({"type": "number", "minimum": 0}),
]


class Candidate(BaseModel):
    """A sequence that the model could give, its score, and how wrong it is.

    Without a ``cost``, that is the number of time steps at which it differs from the true one.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    sequence: Labels
    score: Annotated[Number, Moves(Kind.NUMBER)]
    cost: Cost | None = None


class StructuredKeys(ProblemKeys):
    """``y_true`` (the labels of the true sequence) and ``candidates``, which has it among its
    sequences."""

    formulation: Annotated[Literal["structured"], AsChoice]
    y_true: Labels
    candidates: Annotated[tuple[Candidate, ...], AsList, as_in(_EXAMPLE)]

    @classmethod
    def inconsistencies(cls, given: Mapping[str, Any]) -> Iterator[Inconsistency]:
        yield from super().inconsistencies(given)
        if given.get("y_true") == ():
            yield ("y_true",), "expected at least one label, got none"
        elif "candidates" in given:
            yield from _wrong_candidates(given.get("y_true"), given["candidates"])

    @property
    def costs(self) -> tuple[Decimal, ...]:
        """The cost of each candidate."""
        return tuple(
            Decimal(len(differences(self.y_true, each.sequence)))
            if each.cost is None
            else each.cost
            for each in self.candidates
        )

    @property
    def scores(self) -> tuple[Decimal, ...]:
        """The score of each candidate."""
        return tuple(each.score for each in self.candidates)

    @property
    def true_candidate(self) -> int:
        """The position of the true sequence among the candidates."""
        return [each.sequence for each in self.candidates].index(self.y_true)


def differences(one: Sequence[str], other: Sequence[str]) -> list[int]:
    """The time steps, from 1, at which two sequences of one length differ."""
    return [t for t, pair in enumerate(zip(one, other, strict=True), start=1) if len(set(pair)) > 1]


def _wrong_candidates(
    true: Sequence[str] | None, candidates: Sequence[Candidate]
) -> Iterator[Inconsistency]:
    sequences = [each.sequence for each in candidates]
    for k, sequence in enumerate(sequences):
        if (first := sequences.index(sequence)) < k:
            message = f"the sequence of candidate {first + 1} stands here again"
            yield ("candidates", k, "sequence"), message
    if true is None:
        return
    if true not in sequences:
        yield ("y_true",), "the true sequence has to be one of the candidates, with its score"
    for k, each in enumerate(candidates):
        if each.sequence == true and each.cost:
            yield (
                ("candidates", k, "cost"),
                "expected 0: this is the true sequence, and nothing is wrong with it",
            )
        if each.cost is None and len(each.sequence) != len(true):
            what = f"expected {len(true)} labels, as in y_true, got {len(each.sequence)}"
            message = f"{what}; a sequence of another length needs a 'cost'"
            yield ("candidates", k, "sequence"), message


class Structured:
    """The largest of the candidates' scores with their costs, less the true sequence's score."""

    Inputs = StructuredKeys

    def value(self, inputs: StructuredKeys) -> Any:
        """The loss in NumPy."""
        scores = doubles(inputs.scores)
        ahead = doubles(inputs.costs) + scores - scores[inputs.true_candidate]
        return reduce_values(ahead.max(keepdims=True), inputs, "sum")

    def formula_of(self, inputs: StructuredKeys) -> str:
        """The formula that a problem is worked by."""
        score = indexed("s", (str(inputs.true_candidate + 1),))
        term = f"maxₖ (Δₖ + sₖ) − {score}"
        term = term if inputs.weights is None else f"({term})"
        return head(term, inputs, "sum", ("1",), where=[f"{score} that of the true sequence"])

    def gradient(self, inputs: StructuredKeys) -> formulas.ClosedForm:
        """The derivatives by the candidates' scores, under ``score``, in closed form."""
        costs, scores = inputs.costs, inputs.scores
        augmented = [cost + score for cost, score in zip(costs, scores, strict=True)]
        slopes = np.zeros(len(scores))
        slopes[augmented.index(max(augmented))] += 1
        slopes[inputs.true_candidate] -= 1
        reduced = formulas.shares(inputs, "sum", 1, each="observation")
        one = reduced.scaled("1")
        words = f" ({reduced.in_words('1')})" if reduced.words else ""
        says = (
            f"∂L/∂sₖ = {one}{words} for the candidate k with the largest Δₖ + sₖ (of several, the first), "
            "minus the same for the true sequence, and 0 for all others. Where the true sequence is the "
            "largest itself, the two add up to 0."
        )
        return formulas.ClosedForm(
            says, {"score": formulas.by_index(float(reduced.factors[0]) * slopes)}
        )

    #: By the candidates' scores.
    differentiated = staticmethod(partial(formulas.by_what, keys=("score",)))

    def solve(self, inputs: StructuredKeys, working: Working) -> Sequence[Quantity]:
        """The steps: ``augmented.k`` for each candidate, ``worst``, ``loss``."""
        working.section("Given")
        scores, costs, spelt = _given(inputs, working)
        true = inputs.true_candidate
        working.section("Each candidate's score with its cost")
        working.say(
            "The true sequence should be ahead of every wrong one by at least what that one costs. So "
            "each cost is added to the score before the scores are compared."
        )
        augmented = [
            working.step(
                f"augmented.{k}",
                Symbol("a", (k,)),
                cost + score,
                title=f"Candidate {k}: {spelt[k - 1]}"
                + (", the true one" if k == true + 1 else ""),
            )
            for k, (cost, score) in enumerate(zip(costs, scores, strict=True), start=1)
        ]
        working.section("The largest, against the true sequence")
        sizes = [working.values[each.id] for each in augmented]
        largest = (name for name, size in zip(spelt, sizes, strict=True) if size == max(sizes))
        worst = working.step(
            "worst",
            Symbol("M"),
            Max(*augmented) if len(augmented) > 1 else augmented[0],
            title="The largest of them",
            why=f"It belongs to {' and '.join(largest)}.",
            tells=True,
        )
        short = worst - scores[true]
        why = f"The largest, less the score of the true sequence {spelt[true]}: " + (
            "no other sequence is too close to it."
            if working.values[worst.id] == working.values[scores[true].id]
            else "by so much is this score too low."
        )
        if inputs.weights is None and inputs.reduction != "none":
            return [working.step("loss", Symbol("L"), short, title="The loss", why=why, tells=True)]
        loss = working.step(
            "hinge.1", Symbol("ℓ", (1,)), short, title="The hinge", why=why, tells=True
        )
        return reduce_steps(working, [loss], inputs, "sum")

    def slips(self, inputs: StructuredKeys, calculation: Calculation) -> Iterator[Slip]:
        """The costs left out, and what may be done to weights."""
        costs = {each.id: Constant(0) for each in calculation.all("given.cost")}
        text = "The costs are left out: each is added to its candidate's score before they are compared."
        yield Slip("cost-forgotten", text, costs)
        yield from shared_slips(calculation)

    def frameworks(self, inputs: StructuredKeys) -> list[Call]:
        """The calls of the libraries, and their numbers."""
        scores, costs, true = doubles(inputs.scores), doubles(inputs.costs), inputs.true_candidate
        return calls(
            "sequence_hinge/structured",
            How.of(inputs, "sum", (1,)),
            {"costs": costs, "scores": scores},
            (costs + scores).max(keepdims=True) - scores[true],
            true=true,
            candidate=true + 1,
        )


def _given(
    inputs: StructuredKeys, working: Working
) -> tuple[list[Quantity], list[Quantity], list[str]]:
    """The scores and the costs of the candidates, and how their sequences stand in sentences."""
    candidates = inputs.candidates
    spell = Spelling({label for each in candidates for label in each.sequence})
    written = [spell(each.sequence) for each in candidates]
    spelt = [f"“{each}”" for each in written]
    scores = [
        working.given(f"score.{k}", Symbol("s", (k,)), each.score)
        for k, each in enumerate(candidates, start=1)
    ]
    costs = [
        working.given(f"cost.{k}", Symbol("Δ", (k,)), cost)
        for k, cost in enumerate(inputs.costs, start=1)
    ]
    working.say(
        f"{PLAIN.symbol(scores[inputs.true_candidate].symbol)} is the score of the true sequence "
        f"{spelt[inputs.true_candidate]}. The largest is taken over all candidates k, the true one too."
    )
    columns = ("k", "candidate", "score s", "cost Δ")
    numbers = map(str, range(1, len(candidates) + 1))
    working.table("given", "", columns, zip(numbers, written, scores, costs, strict=True))
    if any(each.cost is None and each.sequence != inputs.y_true for each in candidates):
        working.say(
            "A cost that the problem does not give is the number of places at which a sequence "
            "differs from the true one (the Hamming distance)."
        )
    for each, name in zip(candidates, spelt, strict=True):
        if each.cost is None and each.sequence != inputs.y_true:
            *before, last = map(str, differences(inputs.y_true, each.sequence))
            steps = f"steps {', '.join(before)} and {last}" if before else f"step {last}"
            working.say(f"{name} differs at time {steps}: its cost is {len(before) + 1}.")
    return scores, costs, spelt
