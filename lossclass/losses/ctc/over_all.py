"""CTC over all alignments: the working from what the model puts out to the loss and beyond."""

from __future__ import annotations

from collections.abc import Sequence

from lossclass.arithmetic.expression import Quantity, sum_of
from lossclass.errors import UsageError
from lossclass.losses.ctc.alignments import write_alignments
from lossclass.losses.ctc.answer import probability_of, remark_on_probability, write_loss
from lossclass.losses.ctc.backward import name_backward, write_backward, write_proof
from lossclass.losses.ctc.decoding import write_beam, write_greedy
from lossclass.losses.ctc.derivatives import write_gradient
from lossclass.losses.ctc.forward import write_extended, write_forward
from lossclass.losses.ctc.given import write_given
from lossclass.losses.ctc.sheet import MOST_CELLS, MOST_CELLS_OF_ALL, Cells, Sheet
from lossclass.losses.ctc.trellis import drawn


def solve(sheet: Sheet) -> Sequence[Quantity]:
    """The steps: ``alpha.T.S``, ``probability``, ``loss``; ``alignment.1`` … while they are few,
    ``best_alignment``; and what was asked for beyond: ``beta.T.S``, the gradient, the beam.

    Raises:
        UsageError: all of an α was asked for that is too large to be written out.
    """
    working = sheet.working
    _refuse_what_is_too_large(sheet)
    write_given(sheet)
    write_extended(sheet)
    cells = write_forward(sheet)
    if not sheet.is_large:
        working.figure(drawn(sheet, cells))
    answers = write_answer(sheet, cells)
    write_alignments(sheet)
    write_greedy(sheet)
    if sheet.beam is not None:
        write_beam(sheet, sheet.beam)
    if not sheet.is_large:
        _write_beyond(sheet, cells)
    return answers


def _refuse_what_is_too_large(sheet: Sheet) -> None:
    asked = {
        "--detail full": sheet.with_everything,
        "--backward": sheet.with_backward,
        "--gradient": sheet.with_gradient,
        "train": sheet.inputs.train is not None,
    }
    options = [option for option, is_wanted in asked.items() if is_wanted]
    if not (options and sheet.is_large):
        return
    most = MOST_CELLS_OF_ALL if sheet.with_everything else MOST_CELLS
    hint = "" if sheet.cells > MOST_CELLS_OF_ALL else ", unless --detail full asks for it"
    raise UsageError(
        f"{options[0]}: this problem has {sheet.T} × {sheet.lattice.S} = {sheet.cells} cells, and "
        f"more than {most} are not written out{hint}. Without it, the loss is solved; for numbers "
        "alone, see lossclass.losses.ctc.ctc_occupancy in Python."
    )


def write_answer(sheet: Sheet, alpha: Cells) -> Sequence[Quantity]:
    """Write p(l|x), the sum of the cells of the last time in which alignments end, and the loss."""
    ends = [alpha[-1][s] for s in sheet.lattice.ends]
    sheet.working.section("The probability of the target, and the loss")
    probability = sheet.working.step(
        "probability",
        probability_of(),
        sum_of(ends),
        title="The probability of the target: where alignments end",
        why="An alignment ends at the last label, or at the blank behind it."
        if len(ends) > 1
        else "An alignment ends at the blank, the only position.",
    )
    answers = write_loss(sheet.working, sheet.inputs, probability)
    every = "Every alignment of the target has a symbol with probability 0"
    remark_on_probability(
        sheet.working,
        sheet.inputs,
        probability,
        below_one="where the probabilities of a time step sum to 1",
        no_other=every if sheet.lattice.count else "",  # that there is none was said
    )
    return answers


def _write_beyond(sheet: Sheet, alpha: Cells) -> None:
    """Write β if it was asked for, the proof, and the gradient if that was asked for, or is needed
    to learn by."""
    beta = name_backward(sheet)
    if sheet.with_backward:
        write_backward(sheet, beta)
    write_proof(sheet, alpha, beta)
    if sheet.with_gradient or sheet.inputs.train is not None:
        write_gradient(sheet, alpha, beta)
