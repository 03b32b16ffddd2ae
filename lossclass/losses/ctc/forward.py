"""The forward variables α, cell by cell; of a large α, the first and the last cells.

α_t(s) is the probability of all walks from the start that are at position s at time t, y_t
included. Source: Graves et al. (2006), equations 5 to 7.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal, localcontext

from lossclass.arithmetic.expression import Constant, Expression, Product, Quantity, sum_of
from lossclass.arithmetic.symbol import Symbol
from lossclass.losses.ctc.sheet import Cells, Sheet

#: Of a large α so many digits are carried where it is not written out.
DIGITS = 30


def alpha(t: int, s: int) -> Symbol:
    """The symbol of a cell."""
    return Symbol("α", (t,), (str(s),))


def write_extended(sheet: Sheet) -> None:
    """Write the extended target, and what a target of this shape needs."""
    lattice, working = sheet.lattice, sheet.working
    working.section("The extended target")
    blank = sheet.spell([lattice.blank])
    if not lattice.target:
        working.say(f"The target is empty, so the extended target l′ is the blank {blank} alone.")
        working.remark(
            "empty-target",
            f"An empty target has one alignment: the blank {blank} at every time step.",
        )
        return
    shown = _cut([f"{s}: {symbol}" for s, symbol in enumerate(lattice.extended, start=1)])
    working.say(
        f"The extended target l′ has the blank {blank} before, between and behind the labels, since "
        f"an alignment may have blanks there: 2 · {len(lattice.target)} + 1 = {lattice.S} positions. "
        f"They are {shown}."
    )
    if lattice.repeats:
        times = "once" if lattice.repeats == 1 else f"{lattice.repeats} times"
        working.remark(
            "equal-labels-side-by-side",
            f"In {sheet.target} a label is followed by the same label {times}. Between the two an "
            f"alignment needs a blank, else they merge into one. So the target takes at least "
            f"{sheet.length_letter} + r = {len(lattice.target)} + {lattice.repeats} = {lattice.shortest} "
            "time steps.",
        )
    if not lattice.count:
        working.remark(
            "target-does-not-fit",
            f"{sheet.target} takes at least {lattice.shortest} time steps, and there "
            f"{'is 1' if sheet.T == 1 else f'are {sheet.T}'}. No alignment can spell it, so "
            "p(l|x) = 0 and the loss is ∞. (So it is in PyTorch; with zero_infinity=True it says 0 "
            "instead.)",
        )


def _cut(texts: list[str], most: int = 25) -> str:
    if len(texts) > most:
        texts = [*texts[: most // 2], "…", *texts[-most // 2 :]]
    return ", ".join(texts)


def write_forward(sheet: Sheet) -> Cells:
    """Write α as a step for each cell, and its table; of a large one, the summary.

    Returns:
        The cells of each time; of a large α, those of the last time in which alignments end.
    """
    sheet.working.section("Forward variables α")
    sheet.working.say(
        "α_t(s) is the probability of all beginnings of alignments that are at position s of the "
        "extended target at time t. It is the sum of the α from which they can come, times the "
        "probability y_t of the symbol at s. They come from the same position (stay), from the one "
        "before (step), or from two before (skip). A skip leaves out a blank, so it leads from a "
        "label to another label."
    )
    if sheet.is_large:
        return [_write_summary(sheet)]
    cells: Cells = []
    for t in range(1, sheet.T + 1):
        before = cells[-1] if cells else {}
        positions = range(1, sheet.lattice.S + 1)
        cells.append({s: _write_cell(sheet, t, s, before) for s in positions})
    sheet.working.say("All of α, by time t (down) and position s (across):")
    sheet.write_cells("alpha", cells)
    return cells


def _write_cell(sheet: Sheet, t: int, s: int, before: Mapping[int, Quantity]) -> Quantity:
    return sheet.working.step(
        f"alpha.{t}.{s}",
        alpha(t, s),
        _expression(sheet, t, s, before),
        title=f"Time {t}, position {s}: {sheet.called(s)}",
        why=_rule(sheet, t, s),
    )


def _expression(sheet: Sheet, t: int, s: int, before: Mapping[int, Quantity]) -> Expression:
    """A cell from those at the time before, by position."""
    lattice = sheet.lattice
    if s not in lattice.reached[t - 1]:
        return Constant(0)
    output = sheet.outputs(t, lattice.symbol(s))
    if t == 1:
        return output
    incoming = [before[source] for source in lattice.sources(s)]
    return Product(sum_of(incoming), output)


def _rule(sheet: Sheet, t: int, s: int) -> str:
    """Why a cell comes from those that it comes from."""
    lattice = sheet.lattice
    if t == 1:
        if s > 2:
            return "An alignment begins at position 1 or 2."
        return f"An alignment may begin with {'the blank' if s == 1 else 'the first label'}."
    if s not in lattice.reached[t - 1]:
        return f"No beginning of an alignment can be here at time {t}."
    if s == 1:
        return "Stay. There is no position before it."
    if s == 2:
        return "Stay, or step from 1."
    if lattice.may_skip_to(s):
        return f"Stay, step from {s - 1}, or skip from {s - 2} over the blank."
    label = lattice.symbol(s - 1 if lattice.is_blank(s) else s)
    if lattice.is_blank(s):
        return f"Stay, or step from {s - 1}. No skip onto a blank: it would leave out {label}."
    return (
        f"Stay, or step from {s - 1}. No skip from {label} to {label}: without the blank between "
        "them the two would merge into one."
    )


def _write_summary(sheet: Sheet) -> dict[int, Quantity]:
    """Write the cells of the last time step in which alignments end, from those before, which
    are worked out by the same rule without being written."""
    T, S = sheet.T, sheet.lattice.S  # noqa: N806 - the letters of the source
    sheet.working.say(
        f"α has {T} × {S} = {T * S} cells, too many to write out. Worked here are the cells of time "
        f"{T} in which an alignment can end, from those of time {T - 1}. All before that were "
        f"calculated by the same rule, with {DIGITS} digits carried, and are not shown."
    )
    before = _last_but_one(sheet)
    needed = sorted({source for s in sheet.lattice.ends for source in sheet.lattice.sources(s)})
    cells = {
        s: sheet.working.name(
            f"alpha.{T - 1}.{s}", alpha(T - 1, s), Constant(before.get(s, Decimal(0)))
        )
        for s in needed
    }
    rows = [(f"{s} {sheet.lattice.symbol(s)}", cell) for s, cell in cells.items()]
    sheet.working.table("alpha", "", ("position", f"α at t = {T - 1}"), rows)
    return {s: _write_cell(sheet, T, s, cells) for s in reversed(sheet.lattice.ends)}


def _last_but_one(sheet: Sheet) -> dict[int, Decimal]:
    """α at time T − 1 by position, without steps, where a walk can be."""
    columns = sheet.outputs.columns(sheet.used)
    by_position = [columns[symbol] for symbol in sheet.lattice.extended]
    with localcontext(Context(prec=DIGITS, Emin=MIN_EMIN, Emax=MAX_EMAX, traps=[])):
        return replace(sheet.lattice, T=sheet.T - 1).carried(
            lambda s: by_position[s - 1][0],
            lambda t, s, before: sum(before, Decimal(0)) * by_position[s - 1][t - 1],
        )
