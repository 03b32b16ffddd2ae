"""Forced alignment: the most probable alignment of the target, cell by cell, and when each label is said.

δ_t(s) is α_t(s) with the largest in the place of the sum, ψ_t(s) by which move it was come to. From the
end, these lead back to the beginning. Source: Viterbi, "Error bounds for convolutional codes", IEEE
Transactions on Information Theory 13 (1967), over the lattice of Graves et al. (2006).
"""

from __future__ import annotations

from itertools import groupby

from lossclass.arithmetic.expression import ArgMax, Constant, Expression, Quantity, Sum, mean_of
from lossclass.arithmetic.symbol import Symbol
from lossclass.losses.ctc.sheet import Sheet
from lossclass.losses.shapes.lattice.cells import LARGEST_PROBABILITY, Cells
from lossclass.losses.shapes.lattice.paper import pointer


def write_forced_alignment(sheet: Sheet) -> None:
    """Write ``delta.T.S`` and ``psi.T.S``, ``best_score``, the positions ``best.T`` to ``best.1``, and
    ``span.N`` for each label. Of a target without an alignment there is nothing to write."""
    working = sheet.working
    if not working.values["probability"]:
        return
    working.section("Forced alignment: δ, and where it comes from, ψ")
    working.say(
        "δ_t(s) is the probability of the most probable way to position s at time t: α, with max in the place of "
        "the sum. ψ_t(s) says by which move that way comes: 1 it stays, 2 it steps, 3 it skips. Of equal ones the "
        "first is taken. Where no way leads, δ is 0. Position 1 is only stayed at, and ψ is 1 there."
    )
    delta, psi = sheet.paper.write_best(sheet.worked(LARGEST_PROBABILITY))
    ends = [delta[node] for node in sheet.lattice.last]
    working.step(
        "best_score",
        Symbol("P", ("aligned",)),
        LARGEST_PROBABILITY.meet(sheet.lattice.last[-1], ends),
        title="The probability of the most probable alignment",
        why="The largest of the cells in which alignments end.",
    )
    _write_spans(sheet, _write_way_back(sheet, ends, psi))


def _write_way_back(sheet: Sheet, ends: list[Quantity], psi: Cells) -> list[int]:
    """Write the positions from the last time to the first; they are returned from the first on."""
    working, last = sheet.working, sheet.lattice.S
    working.section("The way back, and the spans")
    working.say(
        "The way ends in the largest of the cells in which alignments end, and goes back by what ψ says: a move of "
        "1 leaves the position as it is, each more is one position less."
    )
    if len(ends) > 1:
        working.say(
            f"At the end, argmax is 1 for the last position, {last}, and 2 for the one before it, {last - 1}: "
            f"the position is {last + 1} − argmax."
        )
    positions: list[Quantity] = []
    for t in range(sheet.T, 0, -1):
        place: Expression = Constant(last)
        if positions:
            # where no alignment can be, it stays
            cells = [psi.get((t + 1, s), Constant(1)) for s in range(1, last + 1)]
            move = pointer(working, positions[-1], cells)
            place = Sum(positions[-1], Constant(1), -move)
        elif len(ends) > 1:
            place = Constant(last + 1) - ArgMax(*ends)
        title = f"The position at time {t}"
        positions.append(working.step(f"best.{t}", Symbol("s", (t,)), place, title=title))
    return [int(working.values[each.id]) for each in reversed(positions)]


def _write_spans(sheet: Sheet, positions: list[int]) -> None:
    """Write for each label from when to when it is said, and how probable it is on the mean."""
    working, lattice = sheet.working, sheet.lattice
    spans = [
        (s, [t for t, _ in times])
        for s, times in groupby(enumerate(positions, start=1), key=lambda each: each[1])
        if not lattice.is_blank(s)
    ]
    if not spans:
        return
    working.say("Of each label, the mean of its probabilities over the time steps of its span:")
    rows: list[tuple[str | Quantity, ...]] = []
    for n, (s, times) in enumerate(spans, start=1):
        label = lattice.symbol(s)
        said = [sheet.outputs(t, label) for t in times]
        mean, name = mean_of(said) if len(said) > 1 else said[0], Symbol("c", (n,))
        title = f"How probable label {n} is, on the mean"
        score = working.step(f"span.{n}", name, mean, title=title, is_telling=True)
        rows.append((str(n), label, str(times[0]), str(times[-1]), score))
    working.table("spans", "", ("", "label", "from", "to", "score"), rows, tells=True)
