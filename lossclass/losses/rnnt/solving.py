"""A transducer as steps, from the probabilities to the loss: the forward variables, and all alignments
one by one."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from lossclass.arithmetic.expression import Log, Negative, Product, Quantity
from lossclass.arithmetic.symbol import Symbol
from lossclass.blocks import ArcKind, Axis, RowKind
from lossclass.losses.rnnt.given import write_given
from lossclass.losses.rnnt.inputs import Inputs
from lossclass.losses.rnnt_options import BACKWARD
from lossclass.losses.shapes.lattice.cells import PROBABILITIES, Cells, Worked
from lossclass.losses.shapes.lattice.drawing import TIME, Words, trellis
from lossclass.losses.shapes.lattice.paper import Paper, with_place
from lossclass.losses.shapes.lattice.walks import Node
from lossclass.losses.shapes.one_sequence import write_answers
from lossclass.working import Working

#: So many alignments are listed, and so many only in the full working.
_MOST_LISTED, _ON_BOARD = 40, 10
_BLANK = ArcKind("the blank: on to the next time", "takes the blank and goes on in time")
_LABEL = ArcKind("a label: down at the same time", "puts out a label")


def solve(inputs: Inputs, working: Working) -> Sequence[Quantity]:
    """The steps: ``alpha.T.U`` with U from 0, ``probability``, ``loss``; on request ``beta.T.U``."""
    rows = inputs.shape[1]
    table = Worked(inputs.lattice, write_given(inputs, working), PROBABILITIES)
    working.section("Forward variables α")
    working.say(
        "α(t, u) is the probability of all ways to be at time t with u labels out. A way comes from t − 1 by the "
        "blank, or from u − 1 by label u; each is multiplied by the probability of that step where it begins. α(1, 0) "
        f"is 1. With U = {rows - 1} there {'is' if rows == 1 else 'are'} U + 1 = {rows} "
        f"{'row, that with none out' if rows == 1 else 'rows, from none out to all'}."
    )
    paper = Paper(
        working,
        with_place,
        lambda letter, node: f"{letter} at time {node[0]} with {node[1]} out",
        ("t", *(f"u = {u}" for u in range(rows))),
    )
    alpha = paper.write_cells("alpha", "α", table.lattice.nodes, table.forward)
    working.say("All of α, by time t (down) and labels out u (across):")
    paper.tabulate("alpha", alpha)
    _draw(inputs, working, table, alpha)
    working.section("The probability of the target, and the loss")
    (whole,) = table.at_the_end(alpha)
    total = working.step(
        "probability",
        Symbol("p", (), (Symbol("l"), Symbol("x")), separator="|"),
        whole,
        title="The probability of the target",
        why="All labels are out at the last time, and one blank more ends it.",
    )
    titles = ("The loss: minus its logarithm", "Minus the logarithm of the probability")
    answers = write_answers(inputs, working, Negative(Log(total, inputs.log_base)), titles)
    if not working.values[total.id]:
        text = "Every alignment of the target has a step with probability 0, so p(l|x) = 0 and the loss is ∞."
        working.remark("loss-is-infinite", text, total)
    _write_alignments(inputs, working, table)
    if working.wanted[BACKWARD]:
        working.section("Backward variables β")
        working.say(
            "β(t, u) is the probability of all ways on from there, the last blank among them: by the blank to "
            "t + 1, or by the next label to u + 1. So β(1, 0) is p(l|x), too."
        )
        working.reserve_letters("β")
        nodes = table.lattice.nodes[::-1]
        beta = paper.write_cells("beta", "β", nodes, table.backward)
        working.say("All of β, by time t (down) and labels out u (across):")
        paper.tabulate("beta", beta)
    return answers


def _draw(inputs: Inputs, working: Working, table: Worked, alpha: Cells) -> None:
    kind = RowKind("label", "a label of the target")
    start = RowKind("no label", "no label yet", is_shaded=False)
    best = table.best(working.values)
    working.figure(
        trellis(
            table.lattice,
            alpha,
            [("ε", start), *((label, kind) for label in inputs.spelt)],
            [start, kind],
            lambda one, other: _BLANK if other[0] > one[0] else _LABEL,
            best,
            Words(
                "The trellis: α, and the ways that alignments take",
                ("t", "u"),
                TIME,
                Axis(("labels", "out ↓"), "number of labels out"),
                ("the most probable alignment", "one of the most probable alignments"),
                "a step of the target's alignments",
                f"Rows are how many labels of {' '.join(inputs.spelt)} are out, from none. Columns are time. Each "
                "node holds a value; arrows lead down by a label and to the right by the blank.",
                says=_spelt(inputs, best.walk),
            ),
        )
    )


def _spelt(inputs: Inputs, walk: Sequence[Node]) -> str:
    """What the alignment of a walk puts out, the last blank included."""
    blank = inputs.names[inputs.blank_place - 1]
    symbols = (
        blank if other[0] > one[0] else inputs.spelt[one[1]] for one, other in pairwise(walk)
    )
    return " ".join([*symbols, blank])


def _write_alignments(inputs: Inputs, working: Working, table: Worked) -> None:
    """Tabulate all alignments, while they are few, and hold their sum against α."""
    times, rows, _ = inputs.shape
    labels, count = rows - 1, table.lattice.how_many_walks()
    working.section("A check: all alignments, one by one")
    working.say(
        f"An alignment has a blank for each time step, T = {times}, the last of them at the end, and all labels, "
        f"U = {labels}, before that: C(T − 1 + U, U) = C({times} − 1 + {labels}, {labels}) = {count}."
    )
    if count > _MOST_LISTED:
        working.say("They are too many to be listed.")
        return
    in_full = count > _ON_BOARD
    body: list[tuple[str, str, Quantity]] = []
    for n, walk in enumerate(sorted(table.lattice.whole_walks(), reverse=True), start=1):
        product = Product(*table.parts_of(walk))
        quantity = working.name(f"alignment.{n}", Symbol("P", (), (Symbol("π", (n,)),)), product)
        body.append((str(n), _spelt(inputs, walk), quantity))
    if in_full:
        working.say("--detail full lists them.", only_on_board=True)
    head = ("", "alignment", "its probability")
    working.table("alignments", "", head, body, only_in_full=in_full, tells=True)
