"""The forward pass step by step: the network, every time step, and a table of it all."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final, TypeAlias

from lossclass.arithmetic.expression import Constant, Expression, Quantity
from lossclass.arithmetic.line import formula
from lossclass.arithmetic.notation import PLAIN
from lossclass.arithmetic.symbol import Symbol
from lossclass.rnn.cells import ACTIVATED, BEFORE, Cell, kinds_of, output
from lossclass.rnn.given import CELL, HIDDEN_BIAS, Quantities, name_given, numbers_at, write_given
from lossclass.rnn.network import Network
from lossclass.working import At, Working

#: A heading, and what stands below it at each time step.
_Column: TypeAlias = tuple[str, Sequence[Quantity | None]]
#: Columns that fit beside each other, the time step not counted.
_MOST_COLUMNS: Final = 5
#: Writes the predictions of a row of outputs: its number from 1 among those that predict, and it.
Predict: TypeAlias = Callable[[int, Sequence[Quantity]], Sequence[Quantity]]
#: The name of the room, for ids that would be a loss's too.
ROOM: Final = "rnn"
#: What a network's quantities are called, whichever cell it has.
_LETTERS: Final = "xhocyUVWbdapMuZ" + "rzn" + "ifgq"
#: The prediction is the output as it is.
SAME: Final = "oₜ"
#: The section with the tables, in which the figures stand, too.
IN_A_TABLE: Final = "The forward pass in a table"
#: With a gradient they stand behind that: sections of the way back begin so, and the last is called so.
BACKWARDS: Final = "Backwards"
WAY_BACK: Final = "The way back through time"
#: With more time steps, or more steps of the working, all of them stand in one section, of which a
#: renderer may leave out the middle.
MOST_SECTIONS: Final = 12
MOST_STEPS: Final = 150
#: A GRU's, without and with the update gate as the share of the candidate.
_NEW_STATE: Final = {
    False: "hₜ = (1 − zₜ) · nₜ + zₜ · hₜ₋₁",
    True: "hₜ = (1 − zₜ) · hₜ₋₁ + zₜ · nₜ",
}


def write_forward(
    working: Working, network: Network, prediction: str, predict: Predict
) -> list[tuple[Quantities, Quantities]]:
    """Write the forward pass.

    Steps: ``preactivation.T.J`` and ``hidden.T.J`` for every time step and unit; of a GRU
    ``reset``, ``update`` and ``candidate``, each after its own pre-activation
    (``reset_preactivation``), ``candidate_hidden`` and ``hidden``; of an LSTM ``input_gate``,
    ``forget_gate``, ``cell_candidate`` and ``output_gate`` in the same way, ``cell`` and
    ``hidden``; ``output.T.C``, and what ``predict`` writes.

    Args:
        prediction: how a prediction comes from an output, as a formula: ``sigmoid(oₜ)``.
        predict: see :data:`Predict`.

    Returns:
        The outputs and the predictions of each time step that has any.
    """
    working.reserve_letters(_LETTERS)
    working.section("The network")
    name_given(working, network)
    _say_what_it_does(working, network, prediction)
    write_given(working, network)
    cell = Cell(working, network, timed=_is_long(network))
    made: dict[int, tuple[Quantities, Quantities]] = {}
    predicted = set(network.predicted)
    if cell.timed:
        working.section("The time steps")
    for t in range(1, network.steps + 1):
        if not cell.timed:
            working.section(f"Time step {t}")
        hidden = cell.step(t)
        if t in predicted:
            outputs = _write_outputs(cell, t, hidden)
            made[t] = outputs, predict(len(made) + 1, outputs)
    working.section(IN_A_TABLE)
    # what is nothing else under another name is shown once
    is_other = prediction != SAME
    shown = ("o" if network.V and is_other else "") + ("ŷ" if network.V or is_other else "")
    _write_tables(working, cell, made, shown=shown)
    return list(made.values())


def _is_long(network: Network) -> bool:
    """Whether a section for each time step would be too many, or too long."""
    hidden = network.steps * network.units * len(kinds_of(network))
    outputs = len(network.predicted) * network.outputs
    return network.steps > MOST_SECTIONS or hidden + outputs > MOST_STEPS


def _write_outputs(cell: Cell, t: int, hidden: Quantities) -> list[Quantity]:
    many = cell.network.outputs > 1
    outputs: Sequence[Expression] = hidden
    if cell.network.V:
        equation = output(cell.working, t, hidden)
        outputs = equation.components
        if many and cell.with_matrices:
            cell.working.equation(equation)
    return [
        cell.working.step(
            f"output.{t}.{k}",
            Symbol("o", (t, k) if many else (t,)),
            expression,
            title=cell.title(t, f"output {k}" if many else "output"),
            only_in_full=not cell.network.V,
            at=At("output", (t, k)),
        )
        for k, expression in enumerate(outputs, start=1)
    ]


# --- in tables, a row for each time step --------------------------------------------------


def _write_tables(
    working: Working, cell: Cell, made: Mapping[int, tuple[Quantities, Quantities]], *, shown: str
) -> None:
    """Write them: for a single unit all side by side as far as they fit, for more a table for each
    kind of quantity. The gates' pre-activations stand in the steps only, and so do in a long
    working with several units all but the states and what comes of them.

    Args:
        made: the outputs and the predictions of the time steps that have any.
        shown: which of the outputs o and the predictions ŷ are in them: both of "oŷ", or those that
            nothing else has.
    """
    network = cell.network
    times, units = range(1, network.steps + 1), range(network.units)
    names = {id: kind.letter for id, kind in cell.kinds.items() if not kind.gate}
    gaps = [None] * network.units
    kinds = {
        id: [*zip(*(row or gaps for row in rows), strict=True)]
        for id in names
        if any(rows := [numbers_at(working, id, t) for t in times])
        and (id in BEFORE or network.units == 1 or not cell.timed)
    }
    last = _predicted(made, times, shown=shown)
    if network.units > 1:
        for id, columns in kinds.items():
            heads = [f"{names[id]}, unit {j + 1}" for j in units]
            _write_table(working, f"forward.{id}", list(zip(heads, columns, strict=True)))
        if last:
            _write_table(working, "forward.output", last)
        return
    side_by_side: list[_Column] = [(names[id], columns[0]) for id, columns in kinds.items()]
    if network.features == 1:
        side_by_side.insert(0, ("x", [working.at("rnn.x", (t, 1)) for t in times]))
    side_by_side += last
    count = -(-len(side_by_side) // _MOST_COLUMNS)
    size = -(-len(side_by_side) // count)
    for n in range(count):
        id = f"forward.{n + 1}" if count > 1 else "forward"
        _write_table(working, id, side_by_side[n * size : (n + 1) * size])


def _predicted(
    made: Mapping[int, tuple[Quantities, Quantities]], times: range, *, shown: str
) -> list[_Column]:
    """The columns of the outputs and of the predictions, with gaps where there are none."""
    columns: list[_Column] = []
    for letter in shown:
        which = "oŷ".index(letter)
        width = len(next(iter(made.values()))[which])
        for k in range(width):
            head = letter if width == 1 else f"{letter}, {k + 1}"
            columns.append((head, [made[t][which][k] if t in made else None for t in times]))
    return columns


def _write_table(working: Working, id: str, columns: Sequence[_Column]) -> None:
    """Write columns beside the time step; rows in which there is nothing are left out."""
    beside = zip(*(column for _, column in columns), strict=True)
    rows: list[list[str | Quantity]] = [
        [str(t), *("–" if each is None else each for each in row)]
        for t, row in enumerate(beside, start=1)
        if any(each is not None for each in row)
    ]
    working.table(id, "", ["t", *(head for head, _ in columns)], rows)


# --- in words ----------------------------------------------------------------------------


def _say_what_it_does(working: Working, network: Network, prediction: str) -> None:
    for sentence in _EQUATIONS[network.cell](network):
        working.say(sentence)
    if network.cell == "gru":
        working.remark("gru-conventions", " ".join(_conventions(network)))
    if network.initial_state is None:
        working.say("At the first time step there is no state before, so its terms are left out.")
    if network.b_hidden:
        working.say(f"{HIDDEN_BIAS} is what the problem calls b_hidden.")
    t = "t" if network.every_step else network.steps
    o, h = (PLAIN.symbol(Symbol(letter, (t,))) for letter in "oh")
    bias = "c + " if network.c else ""
    output = f"the output is {o} = {bias}V {h}"
    if not network.V:
        output = f"the output is the hidden state, {o} = {h}"
    if network.every_step:
        text = f"At every time step t {output}, and the prediction is ŷₜ = {prediction}."
    else:
        text = f"After the last time step {output}, and the prediction is "
        text += f"ŷ₁ = {prediction.replace('oₜ', o)}: the whole sequence is one observation."
    if prediction.startswith("softmax"):
        text += " softmax(o) is exp(o) / Σ exp(o) over the outputs, which are its logits. The largest M is "
        text += "subtracted from all of them first: that changes nothing in the quotient, and no "
        text += "exponential gets too large."
    working.say(text)
    outputs = f", {_count(network.outputs, 'output')} (C)" if network.V else ""
    working.say(
        f"Here: {_count(network.steps, 'time step')} (T), {_count(network.features, 'input')} at each "
        f"(D), {_count(network.units, 'hidden unit')} (H){outputs}."
    )
    if not network.is_single:
        working.say(_indices(network))


def _vanilla(network: Network) -> Iterator[str]:
    bias = "b + " if network.b else ""
    bias += f"{HIDDEN_BIAS} + " if network.b_hidden else ""
    a = Quantity("a", Symbol("a", ("t",)), Constant(0))
    hidden = formula(ACTIVATED[network.activation](a), PLAIN)
    yield (
        f"At every time step t the network computes aₜ = {bias}W hₜ₋₁ + U xₜ from the state before "
        f"and the input. The new hidden state is hₜ = {hidden}."
    )


def _gru(network: Network) -> Iterator[str]:
    d = f"{HIDDEN_BIAS}ₙ + " if network.b_hidden else ""
    b = "bₙ + " if network.b else ""
    yield (
        "A gated recurrent unit (GRU) has two gates, which are numbers between 0 and 1, and a "
        "candidate for its new state. Each has weights of its own, with its letter as an index, "
        "and is worked out from its pre-activation a. At every time step t:"
    )
    yield _equation(network, "Reset gate", "r", "r", "sigmoid")
    yield _equation(network, "Update gate", "z", "z", "sigmoid")
    candidate = f"{b}Uₙ xₜ + rₜ · pₜ and pₜ = {d}Wₙ hₜ₋₁"
    if network.resets_before:
        candidate = f"{b}{d}Wₙ pₜ + Uₙ xₜ and pₜ = rₜ · hₜ₋₁"
    yield f"Candidate: nₜ = tanh(aₙ,ₜ) with aₙ,ₜ = {candidate}."
    yield f"New hidden state: {_NEW_STATE[network.replaces]}."
    share = "candidate goes into the new state" if network.replaces else "state before is kept"
    yield (
        "The reset gate says how much of the state before goes into the candidate, the update gate "
        f"how much of the {share}."
    )


def _conventions(network: Network) -> Iterator[str]:
    """Which GRU it is, and that there is another."""
    other = _NEW_STATE[not network.replaces]
    if network.replaces:
        yield (
            "Here z is the share of the candidate (update: replace), as in Chung and others (2014). In PyTorch "
            f"and Keras it is the share of the state before: {other} (update: keep)."
        )
    else:
        yield (
            "Here z is the share of the state before (update: keep), as in PyTorch and Keras. In other "
            f"texts it is the share of the candidate: {other} (update: replace)."
        )
    is_one = network.units == 1 and not network.b_hidden
    if network.resets_before:
        yield (
            "The reset gate acts on the state, before W (reset: before), as in Cho and others (2014); in PyTorch "
            f"on W · h (reset: after){', which is the same with one unit' if is_one else ''}."
        )
    elif not is_one:
        yield (
            "The reset gate acts on W · h (reset: after), as in PyTorch; in Cho and others (2014) on the state, "
            "before W (reset: before)."
        )


def _lstm(network: Network) -> Iterator[str]:
    yield (
        "A long short-term memory (LSTM) has three gates, which are numbers between 0 and 1, and a "
        "candidate for its cell state. Each has weights of its own, with a letter as an index, and "
        "is worked out from its pre-activation a. At every time step t:"
    )
    yield _equation(network, "Input gate", "i", "i", "sigmoid")
    yield _equation(network, "Forget gate", "f", "f", "sigmoid")
    yield _equation(network, "Cell candidate", "g", "g", "tanh")
    yield _equation(network, "Output gate", "q", "o", "sigmoid")
    yield f"New cell state: {CELL}ₜ = fₜ · {CELL}ₜ₋₁ + iₜ · gₜ, what is kept and what is new."
    yield f"New hidden state: hₜ = qₜ · tanh({CELL}ₜ)."
    yield (
        "Many books write oₜ for the output gate and cₜ for the cell state. Here oₜ is the output "
        f"of the network and c its bias, so the output gate is qₜ and the cell state {CELL}ₜ. The "
        "weights of the output gate keep the index o, as in the problem."
    )


def _equation(network: Network, called: str, letter: str, gate: str, function: str) -> str:
    """How a gate comes from its weights, in one line."""

    def named(of: str, *index: str) -> str:
        return PLAIN.symbol(Symbol(of, (gate, *index)))

    biases = [named("b")] if network.b else []
    biases += [named(HIDDEN_BIAS)] if network.b_hidden else []
    total = " + ".join([*biases, f"{named('W')} hₜ₋₁", f"{named('U')} xₜ"])
    result, a = PLAIN.symbol(Symbol(letter, ("t",))), named("a", "t")
    return f"{called}: {result} = {function}({a}) with {a} = {total}."


_EQUATIONS: Final = {"vanilla": _vanilla, "gru": _gru, "lstm": _lstm}


def _count(number: int, what: str) -> str:
    return f"{number} {what}" + ("" if number == 1 else "s")


def _indices(network: Network) -> str:
    gated = network.cell != "vanilla"
    what = "a state, a gate, an input or an output" if gated else "a state, an input or an output"
    parts = [f"The first index of {what} is the time step."]
    if gated:
        parts.append("The first index of a pre-activation is its gate, the second the time step.")
    behind = ", behind the gate," if gated else ","
    if network.units > 1:
        parts.append(f"In W{behind} 1,2 means: from the state of unit 2 to unit 1.")
    elif network.features > 1:
        parts.append(f"In U{behind} 1,2 means: from input 2 to the one unit.")
    if network.V and network.outputs > 1:
        parts.append("In V, 2,1 means: from unit 1 to output 2.")
    return " ".join(parts)
