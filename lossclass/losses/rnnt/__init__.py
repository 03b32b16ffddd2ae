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
from typing import Any

from lossclass.arithmetic.expression import Product, Quantity
from lossclass.arithmetic.symbol import Symbol
from lossclass.blocks import ArcKind, Axis, RowKind
from lossclass.losses.rnnt.given import write_given
from lossclass.losses.rnnt.inputs import Inputs
from lossclass.losses.rnnt.own_slips import slips
from lossclass.losses.rnnt_options import BACKWARD
from lossclass.losses.shapes.formulas import (
    ClosedForm,
    by_index,
    by_what,
    log,
    through_network,
    times,
)
from lossclass.losses.shapes.lattice import sequences
from lossclass.losses.shapes.lattice.cells import PROBABILITIES, Cells, Node, Worked
from lossclass.losses.shapes.lattice.paper import TIME, Paper, trellis, with_place
from lossclass.losses.shapes.lattice.slips import in_logarithms as conventions
from lossclass.losses.shapes.lattice.tagging import share_of
from lossclass.losses.shapes.network import rnn_outputs
from lossclass.records import record
from lossclass.second_road import Doubles, doubles, log_softmax, np
from lossclass.working import Working

__all__ = ["Inputs", "conventions", "slips"]

TITLE = "Transducer loss (RNN-T)"
FORMULA = "L = −ln p(l|x),  p(l|x) = Σ P(π) over the alignments π of l"
ALIASES = ("transducer", "rnn_transducer")
#: So many alignments are listed, and so many only in the full working.
_MOST_LISTED, _ON_BOARD = 40, 10
_BLANK = ArcKind("the blank: on to the next time", "takes the blank and goes on in time")
_LABEL = ArcKind("a label: down at the same time", "puts out a label")

frameworks = sequences.no_library("rnnt")
#: By what the model puts out, or is put together of.
differentiated = partial(
    by_what,
    keys=("probabilities", "logits", "log_probs", "joint.encoder", "joint.predictor"),
    steps=(),
)


def formula_of(inputs: Inputs) -> str:
    """The formula that a problem is worked by."""
    where = "p(l|x) = Σ P(π) over the alignments π of l"
    return sequences.formula(inputs, f"−{log(inputs.log_base)} p(l|x)", where)


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
    answers = sequences.write_minus_log(inputs, working, total, text)
    _write_alignments(inputs, working, table)
    if working.wanted[BACKWARD]:
        working.section("Backward variables β")
        working.say(
            "β(t, u) is the probability of all ways on from there, the last blank among them: by the blank to "
            "t + 1, or by the next label to u + 1. So β(1, 0) is p(l|x), too."
        )
        working.reserve_letters("β")
        nodes = table.lattice.nodes[::-1]
        paper.write_cells("beta", "β", nodes, table.backward)
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


# --- NumPy's road ------------------------------------------------------------------------


@record
class _Logs:
    """The logarithms of all outputs, (T, U + 1, C), and of those that alignments use."""

    outputs: Doubles
    blank: Doubles
    label: Doubles

    @classmethod
    def of(cls, inputs: Inputs) -> _Logs:
        if inputs.joint is not None:
            encoder = doubles(inputs.joint.encoder or rnn_outputs(inputs))
            numbers = encoder[:, None, :] + doubles(inputs.joint.predictor)[None, :, :]
        else:
            numbers = doubles(getattr(inputs, inputs.kind))
        if inputs.probabilities is not None:
            with np.errstate(divide="ignore"):  # ln 0 is −∞, as it should be
                numbers = np.log(numbers)
        elif inputs.log_probs is None:
            numbers = log_softmax(numbers)
        labels = np.array(inputs.places, dtype=int) - 1
        rows = np.arange(len(labels))
        return cls(numbers, numbers[:, :, inputs.blank_place - 1], numbers[:, rows, labels])

    def forward(self) -> Doubles:
        """Ln α, (T, U + 1)."""
        return _carried(self.blank[:-1], self.label)

    def backward(self) -> Doubles:
        """Ln β, (T + 1, U + 1): at T + 1 is the goal of the last blank."""
        no_label: Doubles = np.full((1, self.label.shape[1]), -np.inf)
        labels = np.vstack([self.label, no_label])
        return _carried(self.blank[::-1, ::-1], labels[::-1, ::-1])[::-1, ::-1]


def _carried(blank: Doubles, label: Doubles) -> Doubles:
    """What comes from a corner to each node, in logarithms: (R, C) from the arcs along the first
    axis, (R − 1, C), and those along the second, (R, C − 1)."""
    cells: Doubles = np.full((len(label), label.shape[1] + 1), -np.inf)
    cells[0, 0] = 0.0
    for t, u in np.ndindex(*cells.shape):
        if t:
            cells[t, u] = cells[t - 1, u] + blank[t - 1, u]
        if u:
            cells[t, u] = np.logaddexp(cells[t, u], cells[t, u - 1] + label[t, u - 1])
    return cells


def value(inputs: Inputs) -> Any:
    """The answer, from −ln p(l|x)."""
    logs = _Logs.of(inputs)
    return sequences.answer(inputs, -(logs.forward()[-1, -1] + logs.blank[-1, -1]))


def gradient(inputs: Inputs) -> ClosedForm:
    """From the share of p(l|x) that takes each step: minus it for the logarithm of its probability."""
    logs = _Logs.of(inputs)
    alpha, beta = logs.forward(), logs.backward()
    total = alpha[-1, -1] + logs.blank[-1, -1]
    # what stands beside an output on the alignments; 0 for those that none takes
    besides: Doubles = np.zeros(logs.outputs.shape)
    rows, columns = np.arange(len(inputs.places)), np.array(inputs.places, dtype=int) - 1
    besides[:, :, inputs.blank_place - 1] = share_of(alpha + beta[1:], total)
    besides[:, rows, columns] = share_of(alpha[:, :-1] + beta[:-1, 1:], total)
    outputs = np.exp(logs.outputs)
    shares = times(outputs, besides)
    factor = sequences.scale(inputs)
    by_logits = factor * (outputs * shares.sum(axis=2, keepdims=True) - shares)
    says = "∂L/∂z_t,u(k) = y_t,u(k) · γ_t,u − γ_t,u(k), with the share γ_t,u(k) of p(l|x) that takes k there and γ_t,u of all k"
    if inputs.joint is None:
        slopes = {
            "probabilities": (
                -factor * besides,
                "∂L/∂y_t,u(k) = −γ_t,u(k) / y_t,u(k), with the share γ_t,u(k) of p(l|x) that takes k there",
            ),
            "log_probs": (
                -factor * shares,
                "∂L/∂q_t,u(k) = −γ_t,u(k), the share of p(l|x) that takes k there",
            ),
            "logits": (by_logits, says),
        }
        slope, said = slopes[inputs.kind]
        said = f"{said}{sequences.beside(inputs)}."
        if inputs.kind == "probabilities" and not outputs.all():
            said += " Of a number that is 0, it is minus what stands beside it on the alignments, divided by p(l|x)."
        return ClosedForm(said, {inputs.kind: by_index(slope)})
    by_encoder = by_logits.sum(axis=1)
    values = {"joint.predictor": by_index(by_logits.sum(axis=0))}
    says = (
        f"{says}{sequences.beside(inputs)}. The encoder's are added over u, the predictor's over t."
    )
    if inputs.rnn is None:
        return ClosedForm(says, {"joint.encoder": by_index(by_encoder), **values})
    return through_network(inputs.rnn, by_encoder, says, values)
