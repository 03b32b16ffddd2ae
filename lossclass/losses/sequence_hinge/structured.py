"""The structured formulation: one score for a whole sequence, and a cost for being wrong."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lossclass.arithmetic.expression import Max, Negative, Quantity, Sum
from lossclass.arithmetic.symbol import Symbol
from lossclass.losses._spelling import Spelling
from lossclass.losses.sequence_hinge.inputs import Inputs, differences
from lossclass.losses.shapes.closed_forms import ClosedForm, by_index, shares
from lossclass.losses.shapes.reduction import reduce_steps, reduce_values
from lossclass.working import Working


def value(inputs: Inputs) -> Any:
    """The loss in NumPy."""
    import numpy as np

    scores = np.array([each.score for each in inputs.candidates or ()], float)
    ahead = np.array(inputs.costs, float) + scores - scores[inputs.true_candidate]
    return reduce_values(ahead.max(keepdims=True), inputs, "sum")


def gradient(inputs: Inputs) -> ClosedForm:
    """The derivatives by the candidates' scores, under ``score``, in closed form."""
    import numpy as np

    costs, scores = inputs.costs, [each.score for each in inputs.candidates or ()]
    augmented = [cost + score for cost, score in zip(costs, scores, strict=True)]
    slopes = np.zeros(len(scores))
    slopes[augmented.index(max(augmented))] += 1
    slopes[inputs.true_candidate] -= 1
    reduced = shares(inputs, "sum", 1, each="observation")
    one = reduced.scaled("1")
    words = f" ({reduced.in_words('1')})" if reduced.words else ""
    says = (
        f"∂L/∂sₖ = {one}{words} for the candidate k with the largest Δₖ + sₖ (of several, the first), "
        "minus the same for the true sequence, and 0 for all others. Where the true sequence is the "
        "largest itself, the two add up to 0."
    )
    return ClosedForm(says, {"score": by_index(float(reduced.factors[0]) * slopes)})


def solve(inputs: Inputs, working: Working) -> Sequence[Quantity]:
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
            Sum(cost, score),
            title=f"Candidate {k}: {spelt[k - 1]}" + (", the true one" if k == true + 1 else ""),
        )
        for k, (cost, score) in enumerate(zip(costs, scores, strict=True), start=1)
    ]
    working.section("The largest, against the true sequence")
    worst = _worst(working, augmented, spelt)
    short = Sum(worst, Negative(scores[true]))
    why = f"The largest, less the score of the true sequence {spelt[true]}: " + (
        "no other sequence is too close to it."
        if working.values[worst.id] == working.values[scores[true].id]
        else "by so much is this score too low."
    )
    if inputs.weights is None and inputs.reduction != "none":
        return [working.step("loss", Symbol("L"), short, title="The loss", why=why, tells=True)]
    loss = working.step("hinge.1", Symbol("ℓ", (1,)), short, title="The hinge", why=why, tells=True)
    return reduce_steps(working, [loss], inputs, "sum")


def _given(inputs: Inputs, working: Working) -> tuple[list[Quantity], list[Quantity], list[str]]:
    """The scores and the costs of the candidates, and how their sequences are written."""
    candidates = inputs.candidates or ()
    spell = Spelling({label for each in candidates for label in each.sequence})
    spelt = [spell(each.sequence) for each in candidates]
    scores = [
        working.given(f"score.{k}", Symbol("s", (k,)), each.score)
        for k, each in enumerate(candidates, start=1)
    ]
    costs = [
        working.given(f"cost.{k}", Symbol("Δ", (k,)), cost)
        for k, cost in enumerate(inputs.costs, start=1)
    ]
    working.say(
        "Here L = max(Δₖ + sₖ) − s of the true sequence, with the largest over all candidates k. "
        f"The true sequence is {spelt[inputs.true_candidate]}."
    )
    columns = ("k", "candidate", "score s", "cost Δ")
    numbers = map(str, range(1, len(candidates) + 1))
    working.table("given", "", columns, zip(numbers, spelt, scores, costs, strict=True))
    if any(each.cost is None and each.sequence != inputs.y_true for each in candidates):
        working.say(
            "Where no cost is given, it is the number of time steps at which a sequence differs "
            "from the true one (the Hamming distance)."
        )
    for each, name in zip(candidates, spelt, strict=True):
        if each.cost is None and each.sequence != inputs.y_true:
            working.say(_counted(name, differences(inputs.y_true, each.sequence)))
    return scores, costs, spelt


def _counted(name: str, steps: Sequence[int]) -> str:
    if len(steps) == 1:
        return f"{name} differs at time step {steps[0]}: its cost is 1."
    listed = ", ".join(map(str, steps[:-1])) + f" and {steps[-1]}"
    return f"{name} differs at time steps {listed}: its cost is {len(steps)}."


def _worst(working: Working, augmented: Sequence[Quantity], spelt: Sequence[str]) -> Quantity:
    values = [working.values[each.id] for each in augmented]
    largest = [name for name, each in zip(spelt, values, strict=True) if each == max(values)]
    return working.step(
        "worst",
        Symbol("M"),
        Max(*augmented) if len(augmented) > 1 else augmented[0],
        title="The largest of them",
        why=f"It belongs to {' and '.join(largest)}.",
        tells=True,
    )
