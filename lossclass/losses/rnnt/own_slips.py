"""The mistakes that people make with a transducer: in the steps of alignments, and in the rows of the
table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial

from lossclass.arithmetic.calculation import Calculation
from lossclass.arithmetic.expression import Constant, Expression, Product
from lossclass.losses.rnnt.given import Outputs
from lossclass.losses.rnnt.inputs import Inputs
from lossclass.losses.shapes.common_slips import shared_slips
from lossclass.losses.shapes.lattice import slips as lattice
from lossclass.losses.shapes.lattice.cells import PROBABILITIES, Node, Worked
from lossclass.records import record
from lossclass.slips import Slip


def slips(inputs: Inputs, calculation: Calculation) -> Iterator[Slip]:
    """What may be done to the steps of alignments, and to the rows of the table."""
    by_id = calculation.by_id
    times, rows, columns = inputs.shape
    start = "given.probabilities" if inputs.probabilities is not None else "y_pred"
    y = {
        (t, u): [by_id[f"{start}.{t}.{u + 1}.{k}"] for k in range(1, columns + 1)]
        for t, u in inputs.lattice.nodes
    }
    outputs = Outputs(inputs, y)
    last = by_id[f"alpha.{times}.{rows - 1}"]
    text = "The last blank is forgotten: it ends the alignments, and belongs behind α(T, U)."
    yield Slip("last-blank-forgotten", text, {"probability": last})
    if rows > 1:
        before = by_id[f"alpha.{times}.{rows - 2}"]
        text = "There are only U rows, for the labels: with none out yet, there is one row more, U + 1."
        short = Product(before, outputs.blank((times, rows - 2)))
        yield Slip("blank-row-forgotten", text, {"probability": short})
    text = "The largest is taken where the sum belongs: p(l|x) is over all alignments, not the best one."
    yield from lattice.other_meetings(
        calculation, "max-for-sum", text, calculation.all("alpha"), ways=lattice.summed
    )
    for code, text, moves, weights in _other_steps(inputs, outputs):
        table = Worked(replace(inputs.lattice, moves=moves), weights, PROBABILITIES)
        yield Slip(code, text, lattice.worked_otherwise(calculation, "alpha", table))
    yield from lattice.another_blank(
        calculation, inputs.names, inputs.names[inputs.blank_place - 1], y.values()
    )
    yield from lattice.divided(
        calculation,
        ("divided-by-target-length", rows - 1, "the length of the target"),
        ("divided-by-length", times, "the number of time steps"),
    )
    yield from shared_slips(calculation, probabilities="given.probabilities")


@record
class _OtherSteps(Outputs):
    """With steps that go elsewhere, or probabilities from elsewhere."""

    at_goal: bool = False
    swapped: bool = False

    def arc(self, start: Node, end: Node) -> Sequence[Expression]:
        is_label = end[1] > start[1]
        node = end if self.at_goal else start
        if self.swapped:
            is_label = not is_label
        if is_label and self.at_goal:
            return [self.y[node][self.inputs.places[start[1]] - 1]]
        if is_label and start[1] >= len(self.inputs.target):
            return [Constant(0)]
        return [self.label(node) if is_label else self.blank(node)]


def _other_steps(
    inputs: Inputs, outputs: Outputs
) -> Iterator[tuple[str, str, tuple[tuple[int, int], ...], _OtherSteps]]:
    other = partial(_OtherSteps, inputs, outputs.y)
    right, down, diagonal = (1, 0), (0, 1), (1, 1)
    text = "Labels are taken to go on in time, as in CTC: here a label stays at its time, and only the blank goes on."
    yield "diagonal-step", text, (right, diagonal), other()
    text = "Steps along the diagonal are counted besides: a label stays at its time."
    yield "diagonal-step", text, (right, down, diagonal), other()
    text = "The probability is taken at the cell to which a step leads: it belongs to the one that it leaves."
    yield "output-at-goal", text, (right, down), other(at_goal=True)
    if len(inputs.target) > 0:
        text = "The blank is taken to the next label, and the label to the next time: it is the other way round."
        yield "blank-and-label-swapped", text, (right, down), other(swapped=True)
