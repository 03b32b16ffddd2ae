"""The transducer (RNN-T): −ln p(l|x), with p(l|x) = Σ P(π) over the alignments π of l.

At each pair of a time t and a number u of labels put out so far, the model gives a distribution over the
labels and the blank. A label goes on to u + 1 at the same time, the blank to time t + 1 with the same u.
Source: Graves, "Sequence transduction with recurrent neural networks", 2012, equations 16 to 18 (where
the forward variables do not have the probability of the step that leaves a node).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import pairwise

from lossclass.arithmetic.expression import Product, Quantity
from lossclass.arithmetic.symbol import Symbol
from lossclass.blocks import ArcKind, Axis, RowKind
from lossclass.losses.rnnt.given import write_given
from lossclass.losses.rnnt.inputs import Inputs
from lossclass.losses.rnnt.own_slips import slips
from lossclass.losses.rnnt.vectorised import gradient, value
from lossclass.losses.rnnt_options import BACKWARD
from lossclass.losses.shapes.closed_forms import by_what
from lossclass.losses.shapes.heads import log
from lossclass.losses.shapes.lattice.cells import PROBABILITIES, Cells, Worked
from lossclass.losses.shapes.lattice.paper import TIME, Paper, trellis, with_place
from lossclass.losses.shapes.lattice.sequences import formula, no_library, write_minus_log
from lossclass.losses.shapes.lattice.slips import in_logarithms as conventions
from lossclass.losses.shapes.lattice.walks import Node
from lossclass.working import Working

__all__ = ["Inputs", "conventions", "gradient", "slips", "value"]

TITLE = "Transducer loss (RNN-T)"
FORMULA = "L = −ln p(l|x),  p(l|x) = Σ P(π) over the alignments π of l"
ALIASES = ("transducer", "rnn_transducer")
#: So many alignments are listed, and so many only in the full working.
_MOST_LISTED, _ON_BOARD = 40, 10
_BLANK = ArcKind("the blank: on to the next time", "takes the blank and goes on in time")
_LABEL = ArcKind("a label: down at the same time", "puts out a label")

frameworks = no_library("rnnt")
#: By what the model puts out, or is put together of.
differentiated = partial(
    by_what,
    keys=("probabilities", "logits", "log_probs", "joint.encoder", "joint.predictor"),
    steps=(),
)


def formula_of(inputs: Inputs) -> str:
    """The formula that a problem is worked by."""
    where = "p(l|x) = Σ P(π) over the alignments π of l"
    return formula(inputs, f"−{log(inputs.log_base)} p(l|x)", where)


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
        "time t (down) and labels out u (across)",
    )
    alpha = paper.write_cells("alpha", "α", table.lattice.nodes, table.forward)
    paper.tabulate("alpha", alpha, "α")
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
    text = "Every alignment of the target has a step with probability 0, so p(l|x) = 0 and the loss is ∞."
    answers = write_minus_log(inputs, working, total, text)
    _write_alignments(inputs, working, table)
    if working.wanted[BACKWARD]:
        working.section("Backward variables β")
        working.say(
            "β(t, u) is the probability of all ways on from there, the last blank among them: by the blank to "
            "t + 1, or by the next label to u + 1. So β(1, 0) is p(l|x), too."
        )
        working.reserve_letters("β")
        nodes = table.lattice.nodes[::-1]
        paper.tabulate("beta", paper.write_cells("beta", "β", nodes, table.backward), "β")
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
            lambda one, other: _BLANK if other[0] > one[0] else _LABEL,
            best,
            letters=("t", "u"),
            best_is=("the most probable alignment", "one of the most probable alignments"),
            title="The trellis: α, and the ways that alignments take",
            across=TIME,
            down=Axis(("labels", "out ↓"), "number of labels out"),
            row_kinds=(start, kind),
            arcs_are="a step of the target's alignments",
            description=f"Rows are how many labels of {' '.join(inputs.spelt)} are out, from none. Columns are "
            "time. Each node holds a value; arrows lead down by a label and to the right by the blank.",
            path_says=_spelt(inputs, best.walk),
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
