"""Connectionist temporal classification: −ln p(l|x), with p(l|x) = Σ P(π) over alignments π.

An alignment π names one symbol, a label or the blank, for every time step; P(π) is the product
of their probabilities. It collapses to a label sequence: repeats are merged, then blanks are
removed. Source: Graves et al., "Connectionist temporal classification: labelling unsegmented
sequence data with recurrent neural networks", ICML 2006.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from lossclass.arithmetic.expression import Quantity, sum_of
from lossclass.errors import UsageError
from lossclass.losses.ctc.alignments import total, write_alignments, write_listed, write_other
from lossclass.losses.ctc.core import ctc_loss, ctc_occupancy
from lossclass.losses.ctc.given import write_given
from lossclass.losses.ctc.inputs import OUTPUTS, Inputs
from lossclass.losses.ctc.lattice import collapse, merge_repeats
from lossclass.losses.ctc.library_calls import frameworks, rounding
from lossclass.losses.ctc.own_slips import conventions, slips
from lossclass.losses.ctc.sheet import MOST_CELLS_OF_ALL, Sheet, probability_of
from lossclass.losses.ctc.vectorised import gradient, value
from lossclass.losses.ctc_options import ALIGN, BACKWARD, BEAM, LOG_SPACE
from lossclass.losses.shapes.formulas import by_what, log
from lossclass.losses.shapes.lattice.cells import Cells
from lossclass.losses.shapes.lattice.sequences import formula, write_minus_log
from lossclass.working import Working

__all__ = [
    "Inputs",
    "conventions",
    "ctc_loss",
    "ctc_occupancy",
    "frameworks",
    "gradient",
    "rounding",
    "slips",
    "value",
]

#: By what the model puts out, or its weights.
differentiated = partial(by_what, keys=OUTPUTS, steps=())


def collapsed(argument: str) -> str:
    """The directive ``ctc.collapse ALIGNMENT blank SYMBOL``: what an alignment spells, merged and
    in the end."""
    path, word, blank = argument.partition(" blank ")
    if not word:
        raise ValueError("expected ALIGNMENT blank SYMBOL")
    return f"{path}  →  {''.join(merge_repeats(path))}  →  {''.join(collapse(path, blank))}"


TITLE = "CTC loss (connectionist temporal classification)"
FORMULA = "L = −ln p(l|x), p(l|x) = Σ P(π) over the alignments π of l"
ALIASES = ()
DIRECTIVES = {"collapse": collapsed}


def formula_of(inputs: Inputs) -> str:
    """The formula that a problem is worked by."""
    which = "all alignments π of l"
    if inputs.T is None:
        which = "the alignments π that are listed"
        if inputs.alignments_counted == "valid":
            which += " and collapse to l"
    where = f"p(l|x) = Σ P(π) over {which}"
    return formula(inputs, f"−{log(inputs.log_base)} p(l|x)", where)


# --- the road by hand ---------------------------------------------------------------------


def solve(inputs: Inputs, working: Working) -> Sequence[Quantity]:
    """The steps: over the alignments that are listed, or over all where there are time steps.

    Raises:
        UsageError: what was asked for needs a number of time steps, or is too large to be written.
    """
    return (_over_list if inputs.T is None else _over_all)(Sheet(inputs, working))


# --- over all alignments ------------------------------------------------------------------


def _over_all(sheet: Sheet) -> Sequence[Quantity]:
    """``alpha.T.S``, ``probability``, ``loss``; ``alignment.1`` … while they are few,
    ``best_alignment``; and what was asked for beyond: ``beta.T.S``, the gradient, the beam."""
    from lossclass.losses.ctc import (
        decoding,
        derivatives,
        forced_alignment,
        forward_backward,
        log_space,
    )

    working, wanted = sheet.working, sheet.working.wanted
    asked = {
        "--detail full": wanted.everything,
        "--backward": wanted[BACKWARD],
        "--log-space": wanted[LOG_SPACE],
        "--align": wanted[ALIGN],
        "--gradient": wanted.gradient,
        "train": sheet.inputs.train is not None,
    }
    if sheet.is_large and any(asked.values()):
        _refuse_what_is_too_large(sheet, asked)
    write_given(sheet)
    forward_backward.write_extended(sheet)
    alpha = forward_backward.write_forward(sheet)
    if not sheet.is_large:
        working.figure(forward_backward.drawn(sheet, alpha))
    answers = write_answer(sheet, alpha)
    write_alignments(sheet)
    decoding.write_greedy(sheet)
    if (width := wanted[BEAM]) is not None:
        decoding.write_beam(sheet, width)
    if not sheet.is_large:
        if wanted[ALIGN]:
            forced_alignment.write_forced_alignment(sheet)
        if wanted[LOG_SPACE]:
            log_space.write_log_forward(sheet)
        beta = forward_backward.name_backward(sheet)
        if wanted[BACKWARD]:
            forward_backward.write_backward(sheet, beta)
        forward_backward.write_check(sheet, alpha, beta)
        if asked["--gradient"] or asked["train"]:
            derivatives.write_gradient(sheet, alpha, beta)
    return answers


def _refuse_what_is_too_large(sheet: Sheet, asked: Mapping[str, bool]) -> None:
    option = next(option for option, is_wanted in asked.items() if is_wanted)
    hint = "" if sheet.cells > MOST_CELLS_OF_ALL else ", unless --detail full asks for it"
    raise UsageError(
        f"{option}: this problem has {sheet.T} × {sheet.lattice.S} = {sheet.cells} cells, and "
        f"more than {sheet.most_cells} are not written out{hint}. Without it, the loss is solved; "
        "for numbers alone, see lossclass.losses.ctc.ctc_occupancy in Python."
    )


def write_answer(sheet: Sheet, alpha: Cells) -> Sequence[Quantity]:
    """Write p(l|x), the sum of the cells of the last time in which alignments end, and the loss."""
    ends = [alpha[node] for node in sheet.lattice.last]
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
    every = "Every alignment of the target has a symbol with probability 0"
    return _write_loss(
        sheet,
        probability,
        below_one="where the probabilities of a time step sum to 1",
        no_other=every if sheet.lattice.count else "",  # that there is none was said
    )


# --- over the alignments that the problem lists -------------------------------------------


def _over_list(sheet: Sheet) -> Sequence[Quantity]:
    """``alignment.1`` …, ``probability``, ``loss``; where an alignment does not spell the target
    but counts, also ``valid.probability`` and ``valid.loss`` without it."""
    working, wanted = sheet.working, sheet.working.wanted
    needs = {
        "backward": (wanted[BACKWARD], "no α and no β"),
        "beam": (wanted[BEAM] is not None, "no beam search"),
        "align": (wanted[ALIGN], "no forced alignment"),
    }
    for name, (is_wanted, what) in needs.items():
        if is_wanted:
            raise UsageError(
                f"{name}: there is {what} over alignments that are listed; it takes a problem with "
                "time_steps, or with probabilities for each time step"
            )
    write_given(sheet)
    taken, valid = write_listed(sheet)
    working.section("Their sum, and the loss")
    title = "The probability of the target: the sum over the alignments"
    probability = working.step("probability", probability_of(), total(taken), title=title)
    answers = _write_loss(
        sheet,
        probability,
        below_one="with different alignments of one length and probabilities that sum to 1",
        no_other="None of the alignments that count has a probability above 0",
    )
    if taken != valid:
        working.section(f"If only the alignments that spell {sheet.target} counted")
        loss = write_other(sheet, "valid", valid, "The sum without the other alignments")
        working.remark(
            "valid-alignments-only",
            f"Of the alignments listed, only those that collapse to {sheet.target} belong to its CTC "
            f"loss. With these alone, {sheet.minus_log()} is {working.text(loss)}; with all that are "
            f"listed, as the problem has it, {working.text(sheet.minus_log_probability)}. (The CTC loss of a network "
            f"sums over every alignment of {sheet.target} that is as long as its input, listed or not.)",
            loss,
        )
    if wanted[LOG_SPACE]:
        from lossclass.losses.ctc.log_space import write_log_alignments

        write_log_alignments(sheet, taken)
    return answers


# --- from p(l|x) to the answer ------------------------------------------------------------


def _write_loss(
    sheet: Sheet, probability: Quantity, *, below_one: str, no_other: str
) -> Sequence[Quantity]:
    """Write minus the logarithm of p(l|x), and its reduction if there is one: the answers; and say
    if p(l|x) is above 1, and where it cannot be, or 0, and why."""
    working, inputs = sheet.working, sheet.inputs
    infinite = f"{no_other}, so p(l|x) = 0, and {sheet.minus_log('0')} = ∞." if no_other else ""
    answers = write_minus_log(inputs, working, probability, infinite)
    length, value = len(inputs.target_symbols), working.values[answers[0].id]
    if inputs.reduction == "mean" and length > 1 and value and value.is_finite():
        working.remark(
            "mean-is-not-divided-by-target-length",
            "The mean is over the sequences, and there is one, so it changes nothing here. PyTorch's "
            "CTCLoss means something else by reduction='mean': it first divides the loss of each "
            f"sequence by the length of its target. The length is {length} here, and that would make "
            f"{working.text(value / length)} of {working.text(answers[0])}.",
            answers[0],
        )
    if working.values[probability.id] > 1:
        working.remark(
            "probability-above-one",
            f"p(l|x) is above 1, which no probability is, and so {sheet.minus_log()} is negative. "
            f"That cannot happen {below_one}.",
            probability,
        )
    return answers
