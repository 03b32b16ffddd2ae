"""The trellis: α, and the ways that alignments take, as a figure.

It is that of Graves et al. (2006), figure 3, with numbers written into it.
"""

from __future__ import annotations

from lossclass.blocks import Arc, ArcKind, Axis, Node, Place, Row, RowKind, Trellis
from lossclass.losses.ctc.alignments import best_alignment
from lossclass.losses.ctc.sheet import Cells, Sheet

_TIMES = Axis(("time t →",), "time", "time step")
_POSITIONS = Axis(("extended", "target ↓"), "position", "position")
_LABEL = RowKind("label", "a label of the target")
_BLANK = RowKind("blank", "a blank", is_shaded=False)
#: By how many positions a walk goes on.
_MOVES = (
    ArcKind("stay", "stays at a position"),
    ArcKind("step to the next position", "steps down to the next"),
    ArcKind(
        "skip the blank between different labels",
        "skips the blank between two different labels",
    ),
)


def drawn(sheet: Sheet, cells: Cells) -> Trellis:
    """The trellis of α, by time and position."""
    lattice, best = sheet.lattice, best_alignment(sheet)
    most_probable = (
        "one of the most probable alignments, which are equally probable"
        if best.is_tied
        else "the most probable alignment"
    )
    return Trellis(
        "trellis",
        "The trellis: α, and the ways that alignments take",
        _TIMES,
        tuple(f"t = {t}" for t in range(1, sheet.T + 1)),
        _POSITIONS,
        tuple(
            Row(f"s = {s}", symbol, _BLANK if lattice.is_blank(s) else _LABEL)
            for s, symbol in enumerate(lattice.extended, start=1)
        ),
        (_LABEL, _BLANK),
        tuple(
            Node(_place(t, s), cells[t - 1][s], s in lattice.useful[t - 1])
            for t in range(1, sheet.T + 1)
            for s in sorted(lattice.reached[t - 1])
        ),
        tuple(
            Arc(_place(t, s), _place(t + 1, goal), _MOVES[goal - s])
            for t, s, goal in lattice.moves()
        ),
        tuple(_place(t, s) for t, s in enumerate(best.walk, start=1)),
        path_is=most_probable,
        arcs_are="a move of the target's alignments",
        description="Rows are the positions of the extended target: "
        f"{' '.join(lattice.extended)}. Columns are time. Each node holds a value; arrows are the "
        "moves of the target's alignments.",
        unpassed="no alignment of the target passes",
        without_path="No alignment leads from the start to the end of the target, so none is drawn.",
    )


def _place(t: int, s: int) -> Place:
    """The column and the row, which count from 0."""
    return t - 1, s - 1
