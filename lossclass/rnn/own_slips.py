"""The mistakes that people make in the forward pass of a recurrent network.

Where the calculation goes on to a gradient, who takes another activation also takes the derivative
of that one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import combinations
from typing import Final, TypeVar

from lossclass.arithmetic.calculation import Calculation
from lossclass.arithmetic.expression import (
    Constant,
    Expression,
    Max,
    Negative,
    Operation,
    Product,
    Quantity,
    Sigmoid,
    Tanh,
)
from lossclass.arithmetic.notation import PLAIN
from lossclass.arithmetic.replacing import Otherwise, replaced, with_others
from lossclass.rnn.cells import OVER_TIME
from lossclass.rnn.inputs import Rnn
from lossclass.rnn.network import Network
from lossclass.slips import Convention, Slip
from lossclass.slips.activated import (
    SAID,
    activated,
    bare,
    derivative_by,
    slope_of,
    slope_of_squashed,
)

#: Mistakes in single steps are worked out where there are so many of them at most: longer networks
#: are not worked by hand.
MOST: Final = 8
_FOR: Final = {Sigmoid: "sigmoid-for-tanh", Tanh: "tanh-for-sigmoid"}
Kind = TypeVar("Kind")
_PARAMETER: Final = "given.rnn."
_NOTHING: Final = Decimal(0)
#: What GRUs do otherwise than those of PyTorch, with the update gate and with the reset gate.
_UPDATE: Final = "z is the share of the candidate, not of the state before (update: replace)"
_RESET: Final = "the reset gate acts on the state, before W (reset: before)"
_OTHERWISE: Final = {("update", "replace"): _UPDATE, ("reset", "before"): _RESET}


def slips(calculation: Calculation, network: Network) -> Iterator[Slip]:
    """The mistakes in the hidden states, the gates and the cell."""
    kinds = _activations(calculation)
    yield from _other_activations(calculation, kinds)
    yield from _without_activations(calculation, kinds)
    if changed := _cell_through(calculation, None):
        cell, gate = bare(calculation.all("cell")[0]), bare(calculation.all("output_gate")[0])
        text = (
            f"tanh({cell}) is left out: the output gate {gate} multiplies tanh({cell}), not {cell}."
        )
        yield Slip("cell-not-squashed", text, changed)
    yield from _gates_swapped(calculation, network)
    yield from _of_another_step(calculation)
    yield from of_the_parameters(calculation)


def other_grus(rnn: Rnn) -> Iterator[tuple[str, str, Mapping[str, str]]]:
    """The GRUs that a problem may mean, too, for it does not say which: what each is called, what it
    does, and the keys that say so."""
    unsaid = [each for each in _OTHERWISE if rnn.cell == "gru" and getattr(rnn, each[0]) is None]
    some = (each for size in (1, 2) for each in combinations(unsaid, size))
    for otherwise in some:
        says = " and ".join(_OTHERWISE[each] for each in otherwise)
        text = f"This is right for a GRU in which {says}; the problem does not say which it means."
        yield f"gru-{'-'.join(value for _, value in otherwise)}", text, dict(otherwise)


def conventions(calculation: Calculation, network: Network) -> Iterator[Convention]:
    """A GRU's update gate the other way round: 1 − z in the place of z."""
    gates = calculation.all("update")
    if not (gates and calculation.all("candidate")):
        return
    otherwise: dict[str, Otherwise] = {}
    for z in gates:
        otherwise[z.id] = Otherwise(lambda definition: 1 - definition, 1 - z)
        if derivative := derivative_by(calculation, z):
            otherwise[derivative.id] = Otherwise(Negative, -derivative)
    name, candidate = (bare(calculation.all(each)[0]) for each in ("update", "candidate"))
    share, own = "the new", (candidate, "the state before")
    if network.replaces:
        share, own = "what is kept", ("the state before", candidate)
    text = (
        f"This {name} is 1 − {name} of the problem: it is read as the share of {share}, and the "
        f"state is {name} · {own[0]} and 1 − {name} of {own[1]}, which comes to the same."
    )
    yield Convention("update-gate-reversed", text, otherwise)


# --- activations -------------------------------------------------------------------------


def _activations(calculation: Calculation) -> dict[str, Sequence[Quantity]]:
    """The steps that are a tanh, a sigmoid or a max(0, …) of their pre-activation, by name."""
    return {
        name: steps
        for name in OVER_TIME
        if (steps := calculation.all(name)) and type(steps[0].definition) in SAID
    }


def _other_activations(
    calculation: Calculation, kinds: dict[str, Sequence[Quantity]]
) -> Iterator[Slip]:
    """The sigmoid where tanh belongs, and the reverse: in one kind of steps, and in all."""
    for function, belongs in ((Sigmoid, Tanh), (Tanh, Sigmoid)):
        of_kind = {
            name: _with_function(calculation, steps, function)
            for name, steps in kinds.items()
            if isinstance(steps[0].definition, belongs)
        }
        said, right = _capital(SAID[function]), SAID[belongs]
        for name, changed in of_kind.items():
            text = f"{said} is taken for {bare(kinds[name][0])}, where {right} belongs."
            yield Slip(_FOR[function], text, changed)
        if belongs is Tanh and calculation.all("cell"):
            of_kind["cell"] = _cell_through(calculation, Sigmoid)
            cell = bare(calculation.all("cell")[0])
            text = f"The sigmoid of {cell} is taken where tanh({cell}) belongs."
            yield Slip(_FOR[function], text, of_kind["cell"])
        if len(of_kind) > 1:
            text = f"{said} is taken everywhere, also where {right} belongs."
            yield Slip(_FOR[function], text, _together(of_kind.values()))


def _without_activations(
    calculation: Calculation, kinds: dict[str, Sequence[Quantity]]
) -> Iterator[Slip]:
    """No activation: in one kind of steps, in all, and in one step of a vanilla cell."""
    of_kind = {name: _with_function(calculation, steps, None) for name, steps in kinds.items()}
    for name, changed in of_kind.items():
        said = SAID[type(kinds[name][0].definition)]
        text = (
            f"{_capital(said)} is left out: {bare(kinds[name][0])} is {said} of its pre-activation."
        )
        yield Slip("activation-forgotten", text, changed)
    if len(of_kind) > 1:
        text = "No activation is taken: the gates and the candidate are the sigmoid and tanh of their pre-activations."
        yield Slip("activation-forgotten", text, _together(of_kind.values()))
    steps = kinds.get("hidden", ())
    # a single max(0, …) is looked for as in any other step
    if not 1 < len(steps) <= MOST or isinstance(steps[0].definition, Max):
        return
    for step in steps:
        text = f"In {PLAIN.symbol(step.symbol)}: {SAID[type(step.definition)]} is left out."
        changed = _with_function(calculation, [step], None)
        yield Slip("activation-forgotten", text, changed, step.id)


def _with_function(
    calculation: Calculation, steps: Iterable[Quantity], function: type[Operation] | None
) -> dict[str, Expression]:
    """Steps by another function of their pre-activation, or by none, with their derivatives."""
    changed: dict[str, Expression] = {}
    for step in steps:
        inner = step.definition.operands[-1]
        changed[step.id] = inner if function is None else function(inner)
        if passed := activated(calculation, step):
            slope = () if function is None else slope_of(function, step)
            changed[passed.by.id] = passed.through(*slope)
    return changed


def _together(changes: Iterable[Mapping[str, Kind]]) -> dict[str, Kind]:
    return {id: new for each in changes for id, new in each.items()}


def _capital(text: str) -> str:
    return text[0].upper() + text[1:] if text.startswith("the ") else text


# --- the cell of an LSTM -----------------------------------------------------------------


def _cell_through(calculation: Calculation, function: type[Operation] | None) -> dict[str, Expression]:  # fmt: skip
    """The steps in which there is tanh(cell), with another function of it, or none."""
    cells = {each.id for each in calculation.all("cell")}

    def other(node: Expression) -> Expression | None:
        if isinstance(node, Tanh) and getattr(node.operands[0], "id", "") in cells:
            return node.operands[0] if function is None else function(node.operands[0])
        if (cell := slope_of_squashed(node)) is not None and cell.id in cells:
            return Constant(1) if function is None else Product(*slope_of(function, function(cell)))
        return None

    found: dict[str, Expression] = {}
    for id in cells:
        for user in calculation.users[id]:
            new = replaced(user.definition, other)
            if new is not user.definition:
                found[user.id] = new
    return found


# --- gates -------------------------------------------------------------------------------


def _gates_swapped(calculation: Calculation, network: Network) -> Iterator[Slip]:
    if calculation.all("forget_gate"):
        yield from _swapped(calculation, "input_gate", "forget_gate", ("cell",))
    if calculation.all("candidate"):
        where = ("hidden", "candidate_preactivation", "reset_state")
        yield from _swapped(calculation, "reset", "update", where)
        others = {z.id: 1 - z for z in calculation.all("update")}
        changed = {
            each.id: with_others(each.definition, others) for each in calculation.all("hidden")
        }
        name = bare(calculation.all("update")[0])
        share = "the candidate" if network.replaces else "the state before that is kept"
        text = f"{name} and 1 − {name} are swapped: here {name} is the share of {share}."
        yield Slip("gates-swapped", text, changed)


def _swapped(
    calculation: Calculation, one: str, other: str, where: Sequence[str]
) -> Iterator[Slip]:
    """Two gates, each taken for the other."""
    others: dict[str, Expression] = {}
    for first, second in zip(calculation.all(one), calculation.all(other), strict=True):
        others |= {first.id: second, second.id: first}
    changed = {
        each.id: with_others(each.definition, others)
        for name in where
        for each in calculation.all(name)
        if any(used.id in others for used in calculation.uses[each.id])
    }
    names = [bare(calculation.all(name)[0]) for name in (one, other)]
    text = f"The gates {names[0]} and {names[1]} are swapped: each stands where the other belongs."
    yield Slip("gates-swapped", text, changed)


# --- parameters --------------------------------------------------------------------------


def of_the_parameters(calculation: Calculation) -> Iterator[Slip]:
    """The biases left out; U and W exchanged; a matrix transposed, or all."""
    values = calculation.values
    ids = {
        name: [each.id for each in calculation if each.id.startswith(f"{_PARAMETER}{name}.")]
        for name in "bcUWV"
    }
    for name, where in (("b", "pre-activation"), ("c", "output")):
        if any(values[id] for id in ids[name]):
            text = f"The bias {name} is left out: it is added in every {where}."
            yield Slip("bias-forgotten", text, dict.fromkeys(ids[name], _NOTHING))

    def from_elsewhere(name: str, place: Callable[[str], str]) -> dict[str, Decimal]:
        """The numbers that stand elsewhere for those of a matrix; none if they are the same, or if it
        has another shape."""
        found = {id: values[place(id)] for id in ids[name] if place(id) in values}
        is_it = len(found) == len(ids[name]) and any(values[id] != found[id] for id in found)
        return found if is_it else {}

    exchanged = (
        from_elsewhere("U", lambda place: place.replace(".U.", ".W.")),
        from_elsewhere("W", lambda place: place.replace(".W.", ".U.")),
    )
    if all(exchanged):
        text = "U and W are exchanged: U multiplies the input, W the state of the time step before."
        yield Slip("matrices-exchanged", text, _together(exchanged))
    transposed = {name: from_elsewhere(name, _other_way_round) for name in "UWV"}
    others = {name: changed for name, changed in transposed.items() if changed}
    for name, changed in others.items():
        text = f"{name} is read by columns: a row of {name} has the weights of one unit."
        yield Slip("matrix-transposed", text, changed)
    if len(others) > 1:
        text = f"{' and '.join(others)} are read by columns: a row has the weights of one unit."
        yield Slip("matrix-transposed", text, _together(others.values()))


def _other_way_round(id: str) -> str:
    *before, i, j = id.split(".")
    return ".".join([*before, j, i])


# --- other time steps --------------------------------------------------------------------


def _of_another_step(calculation: Calculation) -> Iterator[Slip]:
    """The input or the state of another time step: of the step before the one that belongs there."""
    x, h, c = (_by_time(calculation.all(each)) for each in ("given.rnn.x", "hidden", "cell"))
    last = len(x)
    code = "value-of-another-step"
    if last > 2 and (changed := _taken(calculation, [(x[t], x[1]) for t in range(2, last + 1)])):
        first, own = _of_time(x[1][0]), bare(x[1][0])
        text = f"{first} is taken at every time step: each has its own {own}."
        yield Slip(code, text, changed)
    for t in range(2, last + 1) if last <= MOST else ():
        moves = [("", x[t], x[t - 1]), ("output", h[t], h[t - 1])]
        if t > 2:
            moves += [("hidden", states[t - 1], states[t - 2]) for states in (h, c) if states]
        for kind, belong, taken in moves:
            if changed := _taken(calculation, [(belong, taken)], kind, t):
                step = calculation.by_id[next(iter(changed))]
                where, one, other = map(_of_time, (step, taken[0], belong[0]))
                text = f"In {where}: {one} is taken where {other} belongs."
                yield Slip(code, text, changed, step.id)


def _by_time(quantities: Sequence[Quantity]) -> dict[int, list[Quantity]]:
    found: dict[int, list[Quantity]] = {}
    for each in quantities:
        found.setdefault(int(each.id.split(".")[-2]), []).append(each)
    return found


def _of_time(quantity: Quantity) -> str:
    """The symbol of all quantities like this one of its time step."""
    symbol = quantity.symbol
    gate = tuple(each for each in symbol.index if isinstance(each, str))
    t = int(quantity.id.split(".")[-2])
    return PLAIN.symbol(replace(symbol, index=(*gate, t)))


def _taken(
    calculation: Calculation,
    pairs: Iterable[tuple[Sequence[Quantity], Sequence[Quantity]]],
    kind: str = "",
    t: int = 0,
) -> dict[str, Expression]:
    """The steps forwards in which some quantities stand, with others in their place: the outputs, or
    what is of a time step; none where they are the same numbers."""
    others: dict[str, Expression] = {}
    users: dict[str, Quantity] = {}
    for belong, taken in pairs:
        for one, other in zip(belong, taken, strict=True):
            if calculation.values[one.id] != calculation.values[other.id]:
                others[one.id] = other
                users.update((user.id, user) for user in calculation.users[one.id])
    changed: dict[str, Expression] = {}
    for id, user in users.items():
        name, _, place = id.partition(".")
        if kind == "output":
            fits = name == "output"
        else:
            fits = name in OVER_TIME and (not kind or int(place.split(".")[0]) == t)
        if fits:
            changed[id] = with_others(user.definition, others)
    return dict(sorted(changed.items(), key=lambda pair: calculation.places[pair[0]]))
