"""CTC over all alignments: the working from what the model puts out to the loss and beyond."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lossclass.arithmetic.expression import Quantity
from lossclass.errors import UsageError
from lossclass.losses.ctc.all_alignments import AllAlignments
from lossclass.losses.ctc.backward import name_backward, write_backward, write_proof
from lossclass.losses.ctc.beam import write_beam
from lossclass.losses.ctc.decoding import write_greedy
from lossclass.losses.ctc.derivatives import write_gradient
from lossclass.losses.ctc.ending import loss_value, minus_log, write_loss
from lossclass.losses.ctc.forward import Cells, write_extended, write_forward, write_probability
from lossclass.losses.ctc.given import write_given
from lossclass.losses.ctc.inputs import Inputs
from lossclass.losses.ctc.sheet import MOST_CELLS, MOST_CELLS_OF_ALL, Sheet
from lossclass.losses.ctc.trellis import drawn
from lossclass.losses.ctc.vectorised import negative_log_likelihood
from lossclass.working import Working


def value(inputs: Inputs) -> Any:
    """The loss by the NumPy core, from logarithms of the probabilities."""
    return loss_value(negative_log_likelihood(inputs), inputs)


def solve(inputs: Inputs, working: Working) -> Sequence[Quantity]:
    """The steps: ``alpha.T.S``, ``probability``, ``loss``; ``alignment.1`` … while they are few,
    ``best_alignment``; and what was asked for beyond: ``beta.T.S``, the gradient, the beam.

    Raises:
        UsageError: all of an α was asked for that is too large to be written out.
    """
    sheet = Sheet(inputs, working)
    _refuse_what_is_too_large(sheet)
    write_given(sheet)
    write_extended(sheet)
    cells = write_forward(sheet)
    if not sheet.is_large:
        working.trellis(drawn(sheet, cells))
    probability = write_probability(sheet, cells[-1])
    answers = write_loss(working, inputs, probability)
    _remark_on_probability(sheet, probability)
    AllAlignments(sheet).write()
    write_greedy(sheet)
    if working.wanted.beam is not None:
        write_beam(sheet, working.wanted.beam)
    if not sheet.is_large:
        _beyond(sheet, cells)
    return answers


def _beyond(sheet: Sheet, alpha: Cells) -> None:
    """Write β if it was asked for, the proof, and the gradient if that was asked for, or is needed
    to learn by."""
    beta = name_backward(sheet)
    if sheet.working.wanted.backward:
        write_backward(sheet, beta)
    write_proof(sheet, alpha, beta)
    if sheet.working.wanted.gradient or sheet.inputs.train is not None:
        write_gradient(sheet, alpha, beta)


def _refuse_what_is_too_large(sheet: Sheet) -> None:
    wanted = sheet.working.wanted
    asked = {
        "--detail full": wanted.everything,
        "--backward": wanted.backward,
        "--gradient": wanted.gradient,
        "train": sheet.inputs.train is not None,
    }
    options = [option for option, is_wanted in asked.items() if is_wanted]
    if not (options and sheet.is_large):
        return
    most = MOST_CELLS_OF_ALL if wanted.everything else MOST_CELLS
    hint = "" if sheet.cells > MOST_CELLS_OF_ALL else ", unless --detail full asks for it"
    raise UsageError(
        f"{options[0]}: this problem has {sheet.T} × {sheet.lattice.S} = {sheet.cells} cells, and "
        f"more than {most} are not written out{hint}. Without it, the loss is solved; for numbers "
        "alone, see lossclass.losses.ctc.ctc_occupancy in Python."
    )


def _remark_on_probability(sheet: Sheet, probability: Quantity) -> None:
    working = sheet.working
    size = working.values[probability.id]
    if size > 1:
        working.remark(
            "probability-above-one",
            "p(l|x) is above 1, which no probability is, and so "
            f"{minus_log(sheet.inputs)} is negative. That cannot happen where the probabilities of a time step sum to 1.",
            probability,
        )
    if not size and sheet.lattice.count:
        working.remark(
            "loss-is-infinite",
            "Every alignment of the target has a symbol with probability 0, so p(l|x) = 0, and "
            f"{minus_log(sheet.inputs, '0')} = ∞.",
            probability,
        )
