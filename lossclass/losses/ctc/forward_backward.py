"""The forward variables α and the backward variables β, cell by cell, with the trellis of α; and p(l|x)
by every way there is.

α_t(s) is the probability of all walks from the start that are at position s at time t, y_t
included; β_t(s) that of all ways to go on from there to an end, y_t not included. Sources: Graves et
al. (2006), equations 5 to 7, figure 3, and, with y_t inside of β, 9 to 11 and 14; Graves, *Supervised
Sequence Labelling with Recurrent Neural Networks* (2012), equations 7.11 to 7.13.
"""

from __future__ import annotations

from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal, localcontext
from functools import partial
from math import prod

from lossclass.arithmetic.expression import Constant, Quantity, Sum
from lossclass.arithmetic.notation import PLAIN
from lossclass.arithmetic.symbol import Symbol
from lossclass.blocks import ArcKind, Axis, RowKind, Trellis
from lossclass.losses.ctc.alignments import best_alignment
from lossclass.losses.ctc.sheet import Sheet, probability_of
from lossclass.losses.ctc.vectorised import negative_log_likelihood
from lossclass.losses.shapes.lattice.cells import PROBABILITIES, Cells, Node
from lossclass.losses.shapes.lattice.paper import TIME, trellis
from lossclass.second_road import numpy_is_here
from lossclass.working import dotted

#: Of a large α so many digits are carried where it is not written out.
DIGITS = 30
#: The ways to p(l|x) agree if they are apart by no more than this, relatively.
AGREEMENT = Decimal("1e-12")
_CHECK_DIGITS = 12
#: So many factors of alignments are multiplied for the check.
_MOST_FACTORS = 200_000
#: Of a longer target so many positions are named.
_FIRST_SHOWN, _LAST_SHOWN = 12, 13
_LABEL = RowKind("label", "a label of the target")
_BLANK = RowKind("blank", "a blank", is_shaded=False)
#: By how many positions a walk goes on.
_MOVES = (
    ArcKind("stay", "stays at a position"),
    ArcKind("step to the next position", "steps down to the next"),
    ArcKind(
        "skip the blank between different labels", "skips the blank between two different labels"
    ),
)


# --- the extended target ----------------------------------------------------------------


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
    shown = [f"{s}: {symbol}" for s, symbol in enumerate(lattice.extended, start=1)]
    if len(shown) > _FIRST_SHOWN + _LAST_SHOWN:
        shown[_FIRST_SHOWN:-_LAST_SHOWN] = ["…"]
    working.say(
        f"The extended target l′ has the blank {blank} before, between and behind the labels, since "
        f"an alignment may have blanks there: 2 · {len(lattice.target)} + 1 = {lattice.S} positions. "
        f"They are {', '.join(shown)}."
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


# --- α ----------------------------------------------------------------------------------


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
        "label to one that is not the same. An alignment begins at position "
        f"{' or '.join(map(str, sheet.lattice.starts))}: there α is the probability of the symbol. "
        "Where no beginning of an alignment can be, α is 0."
    )
    nodes, before = sheet.lattice.nodes, Cells()
    if sheet.is_large:
        nodes, before = sheet.lattice.last[::-1], _write_summary(sheet)
    work, rule = sheet.worked(PROBABILITIES).forward, partial(_forward_rule, sheet)
    return sheet.paper.write_cells("alpha", "α", nodes, work, rule, before)


def _forward_rule(sheet: Sheet, node: Node) -> str:
    """Why a cell comes from those that it comes from."""
    lattice, (t, s) = sheet.lattice, node
    if t == 1:
        if s > 2:
            return "An alignment begins at position 1 or 2."
        return f"An alignment may begin with {'the blank' if s == 1 else 'the first label'}."
    if not lattice.is_reached(node):
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


def _write_summary(sheet: Sheet) -> Cells:
    """Tabulate the cells before the last ones, which are worked out by the same rule without being
    written."""
    T, S = sheet.T, sheet.lattice.S  # noqa: N806 - the letters of the source
    sheet.working.say(
        f"α has {T} × {S} = {T * S} cells, too many to write out. Worked here are the cells of time "
        f"{T} in which an alignment can end, from those of time {T - 1}. All before that were "
        f"calculated by the same rule, with {DIGITS} digits carried, and are not shown."
    )
    before = _last_but_one(sheet)
    needed = sorted({source for s in sheet.lattice.ends for source in sheet.lattice.sources(s)})
    cells: Cells = {
        (T - 1, s): sheet.working.name(
            f"alpha.{T - 1}.{s}",
            sheet.paper.symbol("α", (T - 1, s)),
            Constant(before.get(s, Decimal(0))),
        )
        for s in needed
    }
    rows = [(f"{s} {sheet.lattice.symbol(s)}", cell) for (_, s), cell in cells.items()]
    sheet.working.table("alpha", "", ("position", f"α at t = {T - 1}"), rows)
    return cells


def _last_but_one(sheet: Sheet) -> dict[int, Decimal]:
    """α at time T − 1 by position, without steps, where a walk can be."""
    columns = sheet.outputs.columns(sheet.used)
    by_position = [columns[symbol] for symbol in sheet.lattice.extended]
    sources = {s: sheet.lattice.sources(s) for s in range(1, sheet.lattice.S + 1)}
    cells = {s: by_position[s - 1][0] for s in sheet.lattice.starts}
    with localcontext(Context(prec=DIGITS, Emin=MIN_EMIN, Emax=MAX_EMAX, traps=[])):
        for t in range(1, sheet.T - 1):
            cells = {
                s: sum(before, Decimal(0)) * by_position[s - 1][t]
                for s, each in sources.items()
                if (before := [cells[source] for source in each if source in cells])
            }
    return cells


# --- its trellis ------------------------------------------------------------------------


def drawn(sheet: Sheet, cells: Cells) -> Trellis:
    """The trellis of α, by time and position."""
    lattice = sheet.lattice
    return trellis(
        lattice,
        cells,
        [
            (symbol, _BLANK if lattice.is_blank(s) else _LABEL)
            for s, symbol in enumerate(lattice.extended, start=1)
        ],
        lambda start, end: _MOVES[end[1] - start[1]],
        best_alignment(sheet),
        letters=("t", "s"),
        best_is=(
            "the most probable alignment",
            "one of the most probable alignments, which are equally probable",
        ),
        title="The trellis: α, and the ways that alignments take",
        across=TIME,
        down=Axis(("extended", "target ↓"), "position"),
        row_kinds=(_LABEL, _BLANK),
        arcs_are="a move of the target's alignments",
        description=f"Rows are the positions of the extended target: {' '.join(lattice.extended)}. Columns are "
        "time. Each node holds a value; arrows are the moves of the target's alignments.",
        unpassed="no alignment of the target passes",
        without_path="No alignment leads from the start to the end of the target, so none is drawn.",
    )


# --- β ----------------------------------------------------------------------------------


def name_backward(sheet: Sheet) -> Cells:
    """β of every time, by position; nothing is written."""
    sheet.working.reserve_letters("β")  # Adam's β₁ is another number than β at time 1
    cells, work = Cells(), sheet.worked(PROBABILITIES).backward
    for node in sorted(sheet.lattice.nodes, key=lambda node: -node[0]):
        name = sheet.paper.symbol("β", node)
        cells[node] = sheet.working.name(dotted("beta", node), name, work(node, cells))
    return cells


def write_backward(sheet: Sheet, cells: Cells) -> None:
    """Write the named β as steps, from the last time to the first, and its tables."""
    working = sheet.working
    working.section("Backward variables β")
    working.say(
        "β_t(s) is the probability of all ways to go on from position s at time t to an end. It is "
        "the sum, over the positions to which they can go, of β there times the probability y of the "
        "symbol there. At the last time it is 1 where an alignment may end. Where no way leads to an end, it is 0."
    )
    for node, cell in cells.items():
        working.write_down(
            cell,
            title=sheet.paper.title("β", node),
            aside=_backward_rule(sheet, node),
            only_in_full=(is_number := isinstance(cell.definition, Constant)),
            is_known=is_number,
        )
    sheet.paper.tabulate("beta", cells, "β")
    working.say(
        "Two conventions: this β_t(s) leaves y_t out, as Graves' book and TensorFlow do, so that "
        "Σ_s α_t(s) · β_t(s) = p(l|x) at every t. In the paper of 2006, and in PyTorch, y_t is "
        "inside: β̂_t(s) = β_t(s) · y_t(l′_s), and p(l|x) = Σ_s α_t(s) · β̂_t(s) / y_t(l′_s). "
        "That β̂ is:"
    )
    inside = {
        (t, s): working.name(
            f"beta_inside.{t}.{s}",
            Symbol("β", (t,), (str(s),), hat=True),
            cells[t, s] * sheet.outputs(t, sheet.lattice.symbol(s)),
        )
        for t, s in sheet.lattice.nodes
    }
    sheet.paper.tabulate("beta_inside", inside)


def _backward_rule(sheet: Sheet, node: Node) -> str:
    """Why a cell goes on to those that it goes on to."""
    lattice, (t, s) = sheet.lattice, node
    if t == sheet.T:
        return f"An alignment {'may' if s in lattice.ends else 'does not'} end here."
    if not lattice.is_useful(node):
        left = "1 more step" if sheet.T - t == 1 else f"{sheet.T - t} more steps"
        return f"From here no alignment comes to an end in {left}."
    goals = [goal for goal in lattice.after(node) if lattice.is_useful(goal)]
    words = dict(enumerate(["stay", f"step to {s + 1}", f"skip to {s + 2}"], start=s))
    *most, final = [words[goal] for _, goal in goals]
    said = f"{', '.join(most)} or {final}" if most else final
    late = [words[goal[1]] for goal in lattice.after(node) if goal not in goals]
    more = f" (To {' or '.join(late)} would be too late to end.)" if late else ""
    return f"{said[0].upper()}{said[1:]}.{more}"


# --- every way to p(l|x) ----------------------------------------------------------------


def write_check(sheet: Sheet, alpha: Cells, beta: Cells) -> None:
    """Write p(l|x) by every way: over the alignments, by α, by α and β at each time, by NumPy."""
    working = sheet.working
    working.section("A check: every way comes to the same")
    rows: list[tuple[str, Quantity]] = []
    if enumerated := _enumerated(sheet):
        count = sheet.lattice.count
        what = "the only alignment" if count == 1 else f"the sum over all {count} alignments"
        rows.append((what, enumerated))
    ends = " + ".join(PLAIN.symbol(alpha[node].symbol) for node in sheet.lattice.last)
    rows.append((f"forward: {ends}", working.quantity("probability")))
    for t in range(1, sheet.T + 1):
        nodes = [(t, s) for s in range(1, sheet.lattice.S + 1)]
        through = Sum(*(alpha[node] * beta[node] for node in nodes))
        quantity = working.name(f"through.{t}", probability_of(t), through)
        rows.append((f"Σ_s α_t(s) · β_t(s), t = {t}", quantity))
    if numpy_is_here():
        found = Constant((-Decimal(repr(negative_log_likelihood(sheet.inputs)))).exp())
        by_numpy = working.name("by_numpy", probability_of("NumPy"), found)
        rows.append(("NumPy, with its own core", by_numpy))
    working.table("proof", "", ("way", "p(l|x)"), rows, digits=_CHECK_DIGITS, only_in_full=True)
    numbers = [sheet.value(quantity.id) for _, quantity in rows]
    if max(numbers) - min(numbers) <= AGREEMENT * max(numbers):
        times = "t = 1" if sheet.T == 1 else f"each t from 1 to {sheet.T}"
        ways = [rows[0][0]] if enumerated else []
        ways += ["the forward variables", f"Σ_s α_t(s) · β_t(s) at {times}"]
        *most, last = [*ways, *(["NumPy with its own core"] if numpy_is_here() else [])]
        said = f"All {len(numbers)} come to the same p(l|x): {', '.join(most)}, and {last}."
        working.say(said, tells=True)
    else:
        working.remark(
            "proof-fails",
            "These numbers should be one and the same, and they are not. Do not rely on this "
            "answer, and please report the problem file.",
        )


def _enumerated(sheet: Sheet) -> Quantity | None:
    """The sum over all alignments one by one, if they are not too many: the step, if there is."""
    lattice = sheet.lattice
    if "alignments.probability" in sheet.working.values:
        return sheet.working.quantity("alignments.probability")
    if not lattice.count or lattice.count * sheet.T > _MOST_FACTORS:
        return None
    total = Decimal(0)
    for walk in lattice.walks():
        symbols = map(lattice.symbol, walk)
        total += prod(sheet.outputs.value(t, symbol) for t, symbol in enumerate(symbols, start=1))
    return sheet.working.name("enumerated", probability_of("all"), Constant(total))
