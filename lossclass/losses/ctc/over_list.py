"""CTC over the alignments that the problem lists, with one probability for each symbol."""

from __future__ import annotations

from collections.abc import Sequence

from lossclass.arithmetic import elementary
from lossclass.arithmetic.expression import Quantity
from lossclass.errors import UsageError
from lossclass.losses.ctc.alignments import (
    WHAT_THEY_ARE,
    counted,
    remark_on_the_list,
    write_alignment,
)
from lossclass.losses.ctc.answer import (
    minus_log,
    probability_of,
    remark_on_probability,
    total,
    write_loss,
    write_other,
)
from lossclass.losses.ctc.given import write_given_by_symbol
from lossclass.losses.ctc.sheet import Sheet


def solve(sheet: Sheet) -> Sequence[Quantity]:
    """The steps: ``alignment.1`` …, ``probability``, ``loss``; where an alignment does not spell
    the target but counts, also ``valid.probability`` and ``valid.loss`` without it.

    Raises:
        UsageError: what was asked for needs a number of time steps.
    """
    working, inputs = sheet.working, sheet.inputs
    _refuse_what_needs_time_steps(sheet)
    write_given_by_symbol(sheet)
    working.section("The probability of each alignment")
    working.say(WHAT_THEY_ARE)
    elsewhere = (
        "It is counted all the same, because the exercise lists it."
        if inputs.alignments_counted == "listed"
        else "It is not counted."
    )
    steps = [
        write_alignment(sheet, number, alignment, elsewhere)
        for number, alignment in enumerate(inputs.listed, start=1)
    ]
    remark_on_the_list(sheet)
    taken, valid = counted(sheet, steps)
    working.section("Their sum, and the loss")
    title = "The probability of the target: the sum over the alignments"
    probability = working.step("probability", probability_of(), total(taken), title=title)
    answers = write_loss(working, inputs, probability)
    remark_on_probability(
        working,
        inputs,
        probability,
        below_one="with different alignments of one length and probabilities that sum to 1",
        no_other="None of the alignments that count has a probability above 0",
    )
    if taken != valid:
        _what_if_valid(sheet, valid)
    return answers


def _refuse_what_needs_time_steps(sheet: Sheet) -> None:
    needs = {
        "backward": (sheet.with_backward, "no α and no β"),
        "beam": (sheet.beam is not None, "no beam search"),
    }
    for name, (is_wanted, what) in needs.items():
        if is_wanted:
            raise UsageError(
                f"{name}: there is {what} over alignments that are listed; it takes a problem with "
                "time_steps, or with probabilities for each time step"
            )


def _what_if_valid(sheet: Sheet, valid: Sequence[Quantity]) -> None:
    working, inputs = sheet.working, sheet.inputs
    working.section(f"If only the alignments that spell {sheet.target} counted")
    loss = write_other(working, inputs, "valid", valid, "The sum without the other alignments")
    as_listed = -elementary.log(working.values["probability"], inputs.log_base)
    working.remark(
        "valid-alignments-only",
        f"Of the alignments listed, only those that collapse to {sheet.target} belong to its CTC "
        f"loss. With these alone, {minus_log(inputs)} is {working.text(loss)}; with all that are "
        f"listed, as the exercise has it, {working.text(as_listed)}. (The CTC loss of a network "
        f"sums over every alignment of {sheet.target} that is as long as its input, listed or not.)",
        loss,
    )
