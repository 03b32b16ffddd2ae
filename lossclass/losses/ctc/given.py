"""The first part of the working: what is given, and the probabilities that come from it."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from functools import partial

from lossclass.arithmetic.expression import Exp, Quantity
from lossclass.arithmetic.notation import PLAIN
from lossclass.arithmetic.number import is_rounding
from lossclass.arithmetic.symbol import Symbol
from lossclass.losses.ctc.sheet import Sheet
from lossclass.losses.shapes.network import LARGEST_FIRST, softmax_steps, write_rnn

Rows = Sequence[Sequence[Quantity]]
#: So many time steps are named in a remark.
_MOST_NAMED = 5
_WHAT = {
    "probabilities": "The probability y_t(k) of each symbol k at each time t:",
    "log_probs": "The logarithm q_t(k) of the probability of each symbol k at each time t:",
    "logits": "The logit z_t(k) of each symbol k at each time t:",
}
_THE_SAME = "The probabilities are the same at every time step."


def write_given(sheet: Sheet) -> None:
    """Write the sections up to the probabilities y_t(k); where only the alignments that are listed
    count, those by symbol."""
    working, inputs, count = sheet.working, sheet.inputs, len(sheet.inputs.target_symbols)
    target = f"Target l = {sheet.target} ({count} label{'' if count == 1 else 's'})"
    working.section("Given")
    if inputs.T is None:
        working.say(f"{target}, blank {inputs.blank_symbol}. {_THE_SAME}")
        _write_symbols(sheet)
        _remark_on_sums(sheet)
        return
    working.say(
        f"{target}, blank {sheet.spell([inputs.blank_symbol])}, "
        f"T = {sheet.T} time step{'' if sheet.T == 1 else 's'}."
    )
    if inputs.kind == "rnn":
        text = f"The probabilities y_t(k) are the predictions ŷₜ of a recurrent network: {_outputs(sheet)}."
        working.say(text)
        sheet.outputs.keep(write_rnn(working, inputs, names=sheet.outputs.name).predictions)
        return
    if inputs.by_symbol is not None:
        working.say(_THE_SAME)
        _write_symbols(sheet)
    elif sheet.outputs.is_large:
        _write_large(sheet)
    else:
        _write_matrix(sheet)
    if inputs.kind != "logits":
        _remark_on_sums(sheet)


def _outputs(sheet: Sheet) -> str:
    """Which output of a network belongs to which symbol."""
    blank = sheet.inputs.blank_symbol
    *most, last = [
        f"output {c} is for {'the blank ' if symbol == blank else ''}{sheet.spell([symbol])}"
        for c, symbol in enumerate(sheet.inputs.symbols, start=1)
    ]
    return f"{', '.join(most)} and {last}"


def _write_symbols(sheet: Sheet) -> None:
    rows = [(symbol, sheet.outputs(1, symbol)) for symbol in sheet.inputs.symbols]
    sheet.working.table("given", "", ("symbol", "probability"), rows)


def _write_matrix(sheet: Sheet) -> None:
    outputs, symbols = sheet.outputs, sheet.inputs.symbols
    rows: Rows = [[outputs.given(t, symbol) for symbol in symbols] for t in outputs.times]
    sheet.working.say(_WHAT[sheet.inputs.kind])
    sheet.write_table("given", rows)
    if sheet.inputs.kind != "probabilities":
        rows = (_exponentials if sheet.inputs.kind == "log_probs" else _softmax)(sheet, rows)
        sheet.write_table("probabilities", rows)
    outputs.keep(rows)


def _exponentials(sheet: Sheet, given: Rows) -> Rows:
    sheet.working.section("The probabilities: y = exp(q)")
    sheet.working.say(
        "What is given are logarithms, q = ln y. CTC multiplies and adds probabilities, so these "
        "are worked out first."
    )
    return [
        [
            sheet.working.step(
                sheet.outputs.id(t, symbol),
                Symbol("y", (t,), (symbol,)),
                Exp(logarithm),
                title=f"Time {t}, symbol {symbol}",
            )
            for symbol, logarithm in zip(sheet.inputs.symbols, row, strict=True)
        ]
        for t, row in enumerate(given, start=1)
    ]


def _softmax(sheet: Sheet, given: Rows) -> Rows:
    sheet.working.section("The probabilities: softmax of the logits")
    sheet.working.say(f"y = exp(z) / Σ exp(z) over the symbols of a time step. {LARGEST_FIRST}")
    return [
        softmax_steps(sheet.working, row, (t,), partial(sheet.outputs.name, t), called=f"time {t}")
        for t, row in enumerate(given, start=1)
    ]


def _write_large(sheet: Sheet) -> None:
    ends = sorted({1, 2, sheet.T - 1, sheet.T} & set(sheet.outputs.times))
    used = sheet.used
    sheet.working.say(
        f"There are {sheet.T} × {len(sheet.inputs.symbols)} numbers. The table has the "
        f"probabilities y_t(k) of the first and the last time steps, and of the {len(used)} "
        "symbols in the target and the blank."
    )
    if sheet.inputs.kind == "logits":
        sheet.working.say("The softmax of the logits was computed with NumPy.")
    rows: list[list[str | Quantity]] = [
        [str(t), *(sheet.outputs(t, symbol) for symbol in used)] for t in ends
    ]
    sheet.working.table("given", "", ("t", *used), rows)


def _remark_on_sums(sheet: Sheet) -> None:
    """Say which time steps have probabilities that do not sum to 1."""
    sums = enumerate(sheet.outputs.sums(), start=1)
    wrong = [(t, total) for t, total in sums if not is_rounding(total - 1)]
    if not wrong:
        return
    # with so many digits that they are not 1
    said = [(t, sheet.working.text(total, Decimal(1))) for t, total in wrong[:_MOST_NAMED]]
    if sheet.inputs.T is None:
        what = f"These probabilities sum to {PLAIN.number(wrong[0][1].normalize())}"
        taken = "They are taken here as they were given."
    else:
        where = ", ".join(f"{total} at t = {t}" for t, total in said)
        if sheet.inputs.by_symbol is not None:
            where = said[0][1]
        elif len(wrong) > _MOST_NAMED:
            where += f" (and at {len(wrong) - _MOST_NAMED} more)"
        what = f"The probabilities of a time step sum to {where}"
        taken = "They are taken here as they are given, and PyTorch's CTCLoss takes them so, too."
    sheet.working.remark(
        "probabilities-do-not-sum-to-one",
        f"{what}, not to 1 as the outputs of a softmax do, so p(l|x) is no true probability. "
        f"{taken}",
    )
