"""The first part of a transducer's working: what is given, and the probabilities that come from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import partial

from lossclass.arithmetic.expression import Exp, Expression, Quantity, Sum
from lossclass.arithmetic.number import is_rounding
from lossclass.arithmetic.symbol import Symbol
from lossclass.losses.rnnt.inputs import Inputs, Joint
from lossclass.losses.shapes.lattice.cells import Node, Weights
from lossclass.losses.shapes.lattice.sequences import LETTERS
from lossclass.losses.shapes.lattice.tagging import given_row, given_rows, write_table
from lossclass.losses.shapes.network import LARGEST_FIRST, softmax_steps, write_rnn
from lossclass.losses.shapes.observations import remark_on_sum
from lossclass.records import record
from lossclass.working import Working


@record
class Outputs(Weights):
    """The probability of the blank and of the next label at every node; y by node and column."""

    inputs: Inputs
    y: Mapping[Node, Sequence[Quantity]]

    def blank(self, node: Node) -> Quantity:
        return self.y[node][self.inputs.blank_place - 1]

    def label(self, node: Node) -> Quantity:
        """Of the label that comes next."""
        return self.y[node][self.inputs.places[node[1]] - 1]

    def arc(self, start: Node, end: Node) -> Sequence[Expression]:
        return [self.blank(start) if end[0] > start[0] else self.label(start)]

    def end(self, node: Node) -> Sequence[Expression]:
        return [self.blank(node)]


def write_given(inputs: Inputs, working: Working) -> Outputs:
    """Write what is given, up to the probabilities."""
    working.section("Given")
    target = f"Target l = {' '.join(inputs.spelt)}" if inputs.target else "The target l is empty"
    working.say(
        f"{target}, blank {inputs.names[inputs.blank_place - 1]}, "
        f"T = {inputs.shape[0]}. y_t,u(k) is the probability of k at time t when u labels are out."
    )
    if inputs.joint is not None:
        given = _joined(inputs, inputs.joint, working)
    else:
        given = {node: _given(inputs, working, node) for node in inputs.lattice.nodes}
    y = _probabilities(inputs, working, given)
    _write_rows(inputs, working, "probabilities", "y", y)
    _remark_on_sums(working, {node: [working.values[q.id] for q in row] for node, row in y.items()})
    return Outputs(inputs, y)


def _remark_on_sums(working: Working, numbers: Mapping[Node, Sequence[Decimal]]) -> None:
    """Say of the first probabilities that do not sum to 1 to what, and how many others do not."""
    wrong = [node for node, row in numbers.items() if not is_rounding(sum(row, Decimal(-1)))]
    if not wrong:
        return
    (t, u), others = wrong[0], len(wrong) - 1
    more = f", nor do those of {others} other node{'s' * (others > 1)}" if others else ""
    whose = f"The probabilities for time {t} with {u} out"
    remark_on_sum(working, numbers[t, u], whose, f" as the outputs of a softmax do{more}")


def _write_rows(
    inputs: Inputs, working: Working, id: str, letter: str, rows: Mapping[Node, Sequence[Quantity]]
) -> None:
    """Tabulate numbers by node and symbol."""
    working.say(f"{letter}_t,u(k) by time t and labels out u (down) and symbol k (across):")
    body: list[tuple[str | Quantity, ...]] = [
        (str(t), str(u), *row) for (t, u), row in rows.items()
    ]
    working.table(id, "", ("t", "u", *inputs.names), body)


def _given(inputs: Inputs, working: Working, node: Node) -> list[Quantity]:
    """The numbers that the problem gives for a node."""
    key, names, (t, u) = inputs.kind, inputs.names, node
    numbers = getattr(inputs, key)[t - 1][u]
    symbol = LETTERS[key]
    return given_row(
        working, f"{key}.{t}.{u + 1}", numbers, lambda k: Symbol(symbol, node, (names[k - 1],))
    )


def _joined(inputs: Inputs, joint: Joint, working: Working) -> dict[Node, list[Quantity]]:
    """Write the logits: encoder plus predictor."""
    names, (times, rows, _) = inputs.names, inputs.shape

    def encoded(t: int, letter: str, k: int) -> Symbol:
        return Symbol(letter, (t,), (names[k - 1],))

    if joint.encoder is None:
        encoder = write_rnn(
            working, inputs, name="encoder", symbol=Symbol("f"), flat=False, names=encoded
        ).predictions
    else:
        encoder = given_rows(
            working, "joint.encoder", joint.encoder, lambda t, k: encoded(t, "f", k)
        )
    predictor = given_rows(
        working, "joint.predictor", joint.predictor, lambda u, k: encoded(u - 1, "g", k)
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
        return {
            (t, u): [
                working.step(
                    f"y_pred.{t}.{u + 1}.{k}",
                    Symbol("y", (t, u), (name,)),
                    Exp(each),
                    title=f"{name} at time {t} with {u} out",
                )
                for k, (name, each) in enumerate(zip(inputs.names, row, strict=True), start=1)
            ]
            for (t, u), row in given.items()
        }
    if inputs.logits is not None:
        working.say("What is given are logits z, of which y is the softmax.")
        _write_rows(inputs, working, "given", "z", given)
    # u counts the labels that are out
    letter, names = working.letter("s", "r"), inputs.names
    working.section("The probabilities: softmax of the logits")
    working.say(
        f"y = exp(z) / Σ exp(z) over the symbols at one time with one number of labels out. {LARGEST_FIRST} "
        f"{letter} is exp(z − M), and Z is the sum of these."
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
