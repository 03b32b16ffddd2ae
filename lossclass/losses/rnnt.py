"""The transducer (RNN-T): −ln p(l|x), with p(l|x) = Σ P(π) over the alignments π of l.

At each pair of a time t and a number u of labels put out so far, the model gives a distribution over the
labels and the blank. A label goes on to u + 1 at the same time, the blank to time t + 1 with the same u.
Source: Graves, "Sequence transduction with recurrent neural networks", 2012, equations 16 to 18 (where
the forward variables do not have the probability of the step that leaves a node).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property, partial
from itertools import pairwise
from typing import Annotated, Any, ClassVar, Final

from pydantic import BaseModel, ConfigDict

from lossclass.arithmetic.calculation import Calculation
from lossclass.arithmetic.expression import (
    Constant,
    Exp,
    Expression,
    Log,
    Negative,
    Product,
    Quantity,
    Sum,
)
from lossclass.arithmetic.symbol import Symbol
from lossclass.blocks import ArcKind, Axis, Call, RowKind
from lossclass.losses._calls import calls
from lossclass.losses._calls_how import How
from lossclass.losses._logarithms import log_softmax
from lossclass.losses._softmax import softmax_steps
from lossclass.losses.rnnt_options import BACKWARD
from lossclass.losses.shapes.closed_forms import (
    THROUGH_THE_NETWORK,
    ClosedForm,
    Differentiated,
    by_index,
    by_what,
    through_network,
    times,
)
from lossclass.losses.shapes.common_slips import shared_slips
from lossclass.losses.shapes.heads import log
from lossclass.losses.shapes.lattice import slips as lattice
from lossclass.losses.shapes.lattice.cells import PROBABILITIES, Cells, Weights, Worked
from lossclass.losses.shapes.lattice.chain import share_of
from lossclass.losses.shapes.lattice.drawing import TIME, Words, trellis
from lossclass.losses.shapes.lattice.paper import Paper, with_place
from lossclass.losses.shapes.lattice.sequences import (
    answer,
    formula,
    numbered,
    places_of,
    unknown,
)
from lossclass.losses.shapes.lattice.tagging import given_rows, write_table
from lossclass.losses.shapes.lattice.walks import Grid, Node
from lossclass.losses.shapes.network import FromRnn, RnnKeys, rnn_outputs, rnn_shape, write_rnn
from lossclass.losses.shapes.one_sequence import beside, scale, write_answers
from lossclass.problem.arrays import (
    LogitArray,
    LogProbabilityArray,
    NumberRows,
    ProbabilityArray,
    Shape,
    at,
    shape_of,
)
from lossclass.problem.fields import Label, Labels, as_in
from lossclass.problem.keys import WRITTEN, Inconsistency, LogarithmKeys
from lossclass.problem.moves import Kind, Moves
from lossclass.records import record
from lossclass.second_road import Doubles, doubles, np
from lossclass.slips import Slip
from lossclass.working import Working, dotted

TITLE = "Transducer loss (RNN-T)"
FORMULA = "L = −ln p(l|x),  p(l|x) = Σ P(π) over the alignments π of l"
ALIASES = ("transducer", "rnn_transducer")
_HOLDERS: Final = ("probabilities", "logits", "log_probs", "joint")
_LETTERS: Final = {"probabilities": "y", "log_probs": "q", "logits": "z"}
_MOST_CELLS: Final = 600
#: So many alignments are listed, and so many only in the full working.
_MOST_LISTED, _ON_BOARD = 40, 10
_BLANK = ArcKind("the blank: on to the next time", "takes the blank and goes on in time")
_LABEL = ArcKind("a label: down at the same time", "puts out a label")


class Joint(BaseModel):
    """What an encoder (T × C) and a predictor ((U + 1) × C) put out; they are added."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    encoder: Annotated[NumberRows, Moves(Kind.NUMBER)] | None = None
    predictor: Annotated[NumberRows, Moves(Kind.NUMBER)]


class Inputs(RnnKeys, LogarithmKeys):
    """``target`` (U labels), ``blank``, and ``probabilities``, ``logits`` or ``log_probs``
    (T × (U + 1) × C), or a ``joint`` of encoder and predictor, with ``labels`` for the columns."""

    FROM_RNN: ClassVar[FromRnn] = FromRnn(
        ("identity",),
        "its outputs are scores, to which those of the predictor are added",
        every_step="the encoder puts out scores at each time step",
    )
    HOLDERS: ClassVar[tuple[str, ...]] = _HOLDERS

    target: Labels
    blank: Label
    labels: Labels | None = None
    probabilities: Annotated[ProbabilityArray, Moves(Kind.DISTRIBUTION)] | None = None
    logits: LogitArray | None = None
    log_probs: LogProbabilityArray | None = None
    joint: Annotated[
        Joint | None,
        as_in("joint: {encoder: [[0.5, 0], [0, 1]], predictor: [[0.2, 0.1], [0.3, 0]]}"),
    ] = None

    @cached_property
    def shape(self) -> Shape:
        """T, U + 1 and C."""
        found = _shape(vars(self))
        assert found is not None  # noqa: S101 - the problem is valid
        return found

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Those of the columns; without labels, their places from 0."""
        return numbered(self.labels, self.shape[2])

    @cached_property
    def places(self) -> tuple[int, ...]:
        """The columns of the target's labels, from 1."""
        return places_of(self.target, self.names)

    @cached_property
    def blank_place(self) -> int:
        """The column of the blank, from 1."""
        (place,) = places_of([self.blank], self.names)
        return place

    @classmethod
    def inconsistencies(cls, given: Mapping[str, Any]) -> Iterator[Inconsistency]:
        yield from super().inconsistencies(given)
        held = [key for key in _HOLDERS if key in given[WRITTEN]]
        if not held:
            yield ("probabilities",), "missing; logits, log_probs or a joint may stand for it"
        if len(held) > 1:
            yield (held[1],), f"there is {held[0]} already; a problem has one of the two"
        joint = given.get("joint")
        yield from _wrong_encoder(joint, is_network="rnn" in given[WRITTEN], held=held)
        if len(held) != 1 or (shape := _shape(given)) is None:
            return
        if len(shape) != 3:
            yield (held[0],), f"expected T × (U + 1) × C numbers, got {' × '.join(map(str, shape))}"
            return
        yield from _wrong_size(given, held[0], shape)


def _shape(given: Mapping[str, Any]) -> Shape | None:
    """T, U + 1 and C, as far as that can be told."""
    joint = given.get("joint")
    if joint is None:
        array = next((given[key] for key in _HOLDERS if given.get(key) is not None), None)
        return None if array is None else shape_of(array)
    encoder = rnn_shape(given) if joint.encoder is None else shape_of(joint.encoder)
    return None if encoder is None else (encoder[0], len(joint.predictor), encoder[1])


def _wrong_encoder(
    joint: Joint | None, *, is_network: bool, held: Sequence[str]
) -> Iterator[Inconsistency]:
    if is_network and joint is None and held and held != ["joint"]:
        yield ("rnn",), "a network is an encoder here: it stands beside a joint with a predictor"
    if joint is None:
        return
    if joint.encoder is None and not is_network:
        yield ("joint",), "expected an encoder beside the predictor, or an rnn in its place"
    if joint.encoder is not None and is_network:
        yield ("rnn",), "there is joint.encoder already; a problem has one of the two"


def _wrong_size(given: Mapping[str, Any], key: str, shape: Shape) -> Iterator[Inconsistency]:
    times, rows, columns = shape
    target, labels, joint = given.get("target"), given.get("labels"), given.get("joint")
    if target is not None and rows != len(target) + 1:
        path, each = (
            ((key,), " for each time step") if joint is None else (("joint", "predictor"), "")
        )
        why = f"one for each number of labels that are out so far, from 0 to {len(target)}"
        yield path, f"expected U + 1 = {len(target) + 1} rows{each}, {why}; got {rows}"
    if joint is not None and shape_of(joint.predictor)[1] != columns:
        got = shape_of(joint.predictor)[1]
        yield ("joint", "predictor"), f"expected {columns} columns, as the encoder has, got {got}"
    if labels is not None and len(labels) != columns:
        yield ("labels",), f"expected {columns} labels, one for each column, got {len(labels)}"
    if times * rows > _MOST_CELLS:
        yield (
            (key,),
            f"T × (U + 1) = {times * rows} cells, and more than {_MOST_CELLS} are not worked by hand",
        )
    names, blank = numbered(labels, columns), given.get("blank")
    if blank is not None:
        yield from unknown(blank, names, ("blank",), "label")
    for n, label in enumerate(target or ()):
        refused = [*unknown(label, names, ("target", n), "label")]
        yield from refused
        if not refused and blank in (label, names[places_of([label], names)[0] - 1]):
            yield ("target", n), "the blank is no label, and cannot stand in the target"


def formula_of(inputs: Inputs) -> str:
    """The formula that a problem is worked by."""
    where = "p(l|x) = Σ P(π) over the alignments π of l"
    return formula(inputs, f"−{log(inputs.log_base)} p(l|x)", where)


# --- NumPy's road --------------------------------------------------------------------------


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
    return answer(inputs, -(logs.forward()[-1, -1] + logs.blank[-1, -1]))


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
    factor = scale(inputs)
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
        return ClosedForm(f"{said}{beside(inputs)}.", {inputs.kind: by_index(slope)})
    by_encoder = by_logits.sum(axis=1)
    values = {"joint.predictor": by_index(by_logits.sum(axis=0))}
    says = f"{says}{beside(inputs)}. The encoder's are added over u, the predictor's over t."
    if inputs.rnn is None:
        return ClosedForm(says, {"joint.encoder": by_index(by_encoder), **values})
    values |= through_network(inputs.rnn, by_encoder)
    return ClosedForm(says + THROUGH_THE_NETWORK, values)


def differentiated(inputs: Inputs, working: Working) -> Differentiated:
    """What the model puts out, or is put together of; see :class:`lossclass.losses.Form`."""
    keys = ("probabilities", "logits", "log_probs", "joint.encoder", "joint.predictor")
    return by_what(inputs, working, keys, ())


# --- the road by hand ----------------------------------------------------------------------


@record
class _Outputs(Weights):
    """The probability of the blank and of the next label at every node; y by node and column."""

    y: Mapping[Node, Sequence[Quantity]]
    blank_place: int
    places: Sequence[int]

    def blank(self, node: Node) -> Quantity:
        return self.y[node][self.blank_place - 1]

    def label(self, node: Node) -> Quantity:
        """Of the label that comes next."""
        return self.y[node][self.places[node[1]] - 1]

    def arc(self, start: Node, end: Node) -> Sequence[Expression]:
        return [self.blank(start) if end[0] > start[0] else self.label(start)]

    def end(self, node: Node) -> Sequence[Expression]:
        return [self.blank(node)]


def solve(inputs: Inputs, working: Working) -> Sequence[Quantity]:
    """The steps: ``alpha.T.U`` with U from 0, ``probability``, ``loss``; on request ``beta.T.U``."""
    times, rows, _ = inputs.shape
    outputs = _given(inputs, working)
    table = Worked(Grid((1, 0), (times, rows - 1), ((1, 0), (0, 1))), outputs, PROBABILITIES)
    working.section("Forward variables α")
    working.say(
        "α(t, u) is the probability of all ways to be at time t with u labels out. A way comes from t − 1 by the "
        "blank, or from u − 1 by label u; each is multiplied by the probability of that step where it begins. α(1, 0) "
        f"is 1. {_how_many_rows(rows)}"
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


def _how_many_rows(rows: int) -> str:
    if rows == 1:
        return "With U = 0 there is U + 1 = 1 row, that with none out."
    return f"With U = {rows - 1} there are U + 1 = {rows} rows, from none out to all."


def _given(inputs: Inputs, working: Working) -> _Outputs:
    """Write what is given, up to the probabilities."""
    times, rows, _ = inputs.shape
    names = inputs.names
    working.section("Given")
    target = f"Target l = {' '.join(inputs.target)}" if inputs.target else "The target l is empty"
    working.say(
        f"{target}, blank {names[inputs.blank_place - 1]}, "
        f"T = {times}. y_t,u(k) is the probability of k at time t when u labels are out."
    )
    if inputs.joint is not None:
        given = _joined(inputs, working)
    else:
        given = {
            (t, u): _given_row(inputs, working, (t, u))
            for t in range(1, times + 1)
            for u in range(rows)
        }
    y = _probabilities(inputs, working, given)
    _write_rows(inputs, working, "probabilities", "y", y)
    return _Outputs(y, inputs.blank_place, inputs.places)


def _write_rows(
    inputs: Inputs, working: Working, id: str, letter: str, rows: Mapping[Node, Sequence[Quantity]]
) -> None:
    """Tabulate numbers by node and symbol."""
    working.say(f"{letter}_t,u(k) by time t and labels out u (down) and symbol k (across):")
    body: list[tuple[str | Quantity, ...]] = [
        (str(t), str(u), *row) for (t, u), row in rows.items()
    ]
    working.table(id, "", ("t", "u", *inputs.names), body)


def _given_row(inputs: Inputs, working: Working, node: Node) -> list[Quantity]:
    """The numbers that the problem gives for a node."""
    key, (t, u) = inputs.kind, node
    return [
        working.given(
            dotted(key, (t, u + 1, k)),
            Symbol(_LETTERS[key], node, (name,)),
            at(getattr(inputs, key), (t, u + 1, k)),
        )
        for k, name in enumerate(inputs.names, start=1)
    ]


def _joined(inputs: Inputs, working: Working) -> dict[Node, list[Quantity]]:
    """Write the logits: encoder plus predictor."""
    assert inputs.joint is not None  # noqa: S101 - whoever asks has looked
    names, (times, rows, _) = inputs.names, inputs.shape

    def encoded(t: int, letter: str, k: int) -> Symbol:
        return Symbol(letter, (t,), (names[k - 1],))

    if inputs.joint.encoder is None:
        encoder = write_rnn(
            working, inputs, name="encoder", symbol=Symbol("f"), flat=False, names=encoded
        ).predictions
    else:
        encoder = given_rows(
            working, "joint.encoder", inputs.joint.encoder, lambda t, k: encoded(t, "f", k)
        )
    predictor = given_rows(
        working, "joint.predictor", inputs.joint.predictor, lambda u, k: encoded(u - 1, "g", k)
    )
    working.section("The joint: encoder and predictor added")
    working.say("The encoder f_t(k), by time (down) and symbol (across):")
    write_table(working, "encoder", ("t", *names), [*map(str, range(1, times + 1))], encoder)
    working.say("The predictor g_u(k), by labels out (down) and symbol (across):")
    write_table(working, "predictor", ("u", *names), [*map(str, range(rows))], predictor)
    return {
        (t, u): [
            working.step(
                f"logit.{t}.{u + 1}.{k}",
                Symbol("z", (t, u), (name,)),
                Sum(one, other),
                title=f"The logit of {name} at time {t} with {u} out",
            )
            for k, (name, one, other) in enumerate(zip(names, first, second, strict=True), start=1)
        ]
        for t, first in enumerate(encoder, start=1)
        for u, second in enumerate(predictor)
    }


def _probabilities(
    inputs: Inputs, working: Working, given: Mapping[Node, Sequence[Quantity]]
) -> Mapping[Node, Sequence[Quantity]]:
    """Begin the section of the probabilities, and write what makes them: nothing, exp, or a softmax."""
    if inputs.probabilities is not None:
        working.section("The probabilities")
        return given
    if inputs.log_probs is not None:
        working.say("What is given are logarithms, q = ln y.")
        _write_rows(inputs, working, "given", "q", given)
        working.section("The probabilities: y = exp(q)")
        return {node: _exponentials(inputs, working, node, row) for node, row in given.items()}
    if inputs.logits is not None:
        working.say("What is given are logits z, of which y is the softmax.")
        _write_rows(inputs, working, "given", "z", given)
    # u counts the labels that are out
    letter, names = working.letter("s", "r"), inputs.names
    working.section("The probabilities: softmax of the logits")
    working.say(
        "y = exp(z) / Σ exp(z) over the symbols at one time with one number of labels out. The largest logit M "
        "is subtracted from all of them first: that changes nothing in the quotient, and no exponential "
        f"gets too large. {letter} is exp(z − M), and Z is the sum of these."
    )

    def named(node: Node, letter_of_it: str, k: int) -> Symbol:
        return Symbol(letter if letter_of_it == "u" else letter_of_it, node, (names[k - 1],))

    return {
        (t, u): softmax_steps(
            working,
            row,
            (t, u + 1),
            partial(named, (t, u)),
            called=f"time {t} with {u} out",
            index=(t, u),
        )
        for (t, u), row in given.items()
    }


def _exponentials(
    inputs: Inputs, working: Working, node: Node, row: Sequence[Quantity]
) -> Sequence[Quantity]:
    t, u = node
    return [
        working.step(
            f"y_pred.{t}.{u + 1}.{k}",
            Symbol("y", node, (name,)),
            Exp(each),
            title=f"{name} at time {t} with {u} out",
        )
        for k, (name, each) in enumerate(zip(inputs.names, row, strict=True), start=1)
    ]


def _draw(inputs: Inputs, working: Working, table: Worked, alpha: Cells) -> None:
    kind = RowKind("label", "a label of the target")
    start = RowKind("no label", "no label yet", is_shaded=False)
    best = table.best(working.values)
    working.figure(
        trellis(
            table.lattice,
            alpha,
            [("ε", start), *((label, kind) for label in inputs.target)],
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
                f"Rows are how many labels of {' '.join(inputs.target)} are out, from none. Columns are time. Each "
                "node holds a value; arrows lead down by a label and to the right by the blank.",
                says=_spelt(inputs, best.walk),
            ),
        )
    )


def _spelt(inputs: Inputs, walk: Sequence[Node]) -> str:
    """What the alignment of a walk puts out, the last blank included."""
    blank = inputs.names[inputs.blank_place - 1]
    symbols = (
        blank if other[0] > one[0] else inputs.target[one[1]] for one, other in pairwise(walk)
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


# --- slips and libraries -------------------------------------------------------------------


def slips(inputs: Inputs, calculation: Calculation) -> Iterator[Slip]:
    """What may be done to the steps of alignments, and to the rows of the table."""
    by_id = calculation.by_id
    times, rows, _ = inputs.shape
    outputs = _named_outputs(inputs, calculation)
    last = by_id[f"alpha.{times}.{rows - 1}"]
    text = "The last blank is forgotten: it ends the alignments, and belongs behind α(T, U)."
    yield Slip("last-blank-forgotten", text, {"probability": last})
    if rows > 1:
        before = by_id[f"alpha.{times}.{rows - 2}"]
        text = "There are only U rows, for the labels: with none out yet, there is one row more, U + 1."
        short = Product(before, outputs.blank((times, rows - 2)))
        yield Slip("blank-row-forgotten", text, {"probability": short})
    text = "The largest is taken where the sum belongs: p(l|x) is over all alignments, not the best one."
    yield from lattice.other_meetings(
        calculation, "max-for-sum", text, calculation.all("alpha"), ways=lattice.summed
    )
    for code, text, moves, weights in _other_steps(inputs, outputs):
        grid = Grid((1, 0), (times, rows - 1), moves)
        table = Worked(grid, weights, PROBABILITIES)
        yield Slip(code, text, lattice.worked_otherwise(calculation, "alpha", table))
    yield from shared_slips(calculation, probabilities="given.probabilities")


def _named_outputs(inputs: Inputs, calculation: Calculation) -> _Outputs:
    times, rows, columns = inputs.shape
    start = "given.probabilities" if inputs.probabilities is not None else "y_pred"
    y = {
        (t, u): [calculation.by_id[f"{start}.{t}.{u + 1}.{k}"] for k in range(1, columns + 1)]
        for t in range(1, times + 1)
        for u in range(rows)
    }
    return _Outputs(y, inputs.blank_place, inputs.places)


@record
class _OtherSteps(_Outputs):
    """With steps that go elsewhere, or probabilities from elsewhere."""

    at_goal: bool = False
    swapped: bool = False

    def arc(self, start: Node, end: Node) -> Sequence[Expression]:
        is_label = end[1] > start[1]
        node = end if self.at_goal else start
        if self.swapped:
            is_label = not is_label
        if is_label and self.at_goal:
            return [self.y[node][self.places[start[1]] - 1]]
        if is_label and start[1] >= len(self.places):
            return [Constant(0)]
        return [self.label(node) if is_label else self.blank(node)]


def _other_steps(
    inputs: Inputs, outputs: _Outputs
) -> Iterator[tuple[str, str, tuple[tuple[int, int], ...], _OtherSteps]]:
    other = partial(_OtherSteps, outputs.y, outputs.blank_place, outputs.places)
    right, down, diagonal = (1, 0), (0, 1), (1, 1)
    text = "A label also goes on in time, as in CTC: here it stays at its time, and only the blank goes on."
    yield "diagonal-step", text, (right, diagonal), other()
    text = "Steps along the diagonal are counted besides: a label stays at its time."
    yield "diagonal-step", text, (right, down, diagonal), other()
    text = "The probability is taken at the cell to which a step leads: it belongs to the one that it leaves."
    yield "output-at-goal", text, (right, down), other(at_goal=True)
    if len(inputs.target) > 0:
        text = "The blank goes on in labels and the label in time: it is the other way round."
        yield "blank-and-label-swapped", text, (right, down), other(swapped=True)


def frameworks(inputs: Inputs) -> list[Call]:
    """Torchaudio has it; of the four, none."""
    return calls("rnnt", How.of(inputs, "sum", (1,), log_base=inputs.log_base))
