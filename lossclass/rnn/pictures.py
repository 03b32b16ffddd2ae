"""The network as figures: unrolled in time, and one cell with its gates; with the derivatives of the
loss, where they are worked out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

from lossclass.arithmetic.expression import Quantity, Role, quantities_in
from lossclass.arithmetic.notation import PLAIN
from lossclass.figures import Arrow, Box, Diagram, Label
from lossclass.rnn.cells import KINDS
from lossclass.rnn.forward_steps import IN_A_TABLE
from lossclass.rnn.network import Network
from lossclass.working import Working

#: More time steps, or more numbers at one, are not drawn.
_MOST_STEPS: Final = 8
_MOST_NUMBERS: Final = 8
#: The rows of the network, from the top down.
_LOSS, _EACH, _OUTPUT, _STATE, _INPUT = range(5)
_PREACTIVATION: Final = "_preactivation"
#: What stands in the box of a state, for each cell; a gated one has a figure of its own.
_DRAWN: Final = {
    "vanilla": ("preactivation", "hidden"),
    "gru": ("hidden",),
    "lstm": ("cell", "hidden"),
}
#: What goes on from a time step to the next, and under which key it is given before the first.
_BEFORE: Final = {"cell": "rnn.initial_cell", "hidden": "rnn.initial_state"}


def draw_network(working: Working, network: Network, answers: Sequence[Quantity]) -> None:
    """Write the figures beside the tables of the forward pass, if the network is small."""
    numbers = network.features + network.units + network.outputs
    if network.steps > _MOST_STEPS or numbers > _MOST_NUMBERS:
        return
    working.figure(_Unrolled(working, network, answers).diagram(), under=IN_A_TABLE)
    if network.cell != "vanilla":
        working.figure(_cell(working, network), under=IN_A_TABLE)


class _Unrolled:
    """The network at every time step."""

    def __init__(self, working: Working, network: Network, answers: Sequence[Quantity]) -> None:
        self.working = working
        self.network = network
        self.answers = answers
        self.times = range(1, network.steps + 1)
        self.before = [quantity for key in _BEFORE.values() for quantity in _vector(working, key)]
        #: The column of the first time step: a state before it has one of its own.
        self.first = 1 if self.before else 0
        self.predictions = self._predictions()
        self.losses = self._losses()
        self.boxes: list[Box] = []
        self.arrows: list[Arrow] = []

    def diagram(self) -> Diagram:
        way_back = self._slopes(_row(self.working, "hidden", self.times[-1]))
        if self.before:
            place = (0.0, float(_STATE))
            self.boxes.append(Box("state.0", "state before", tuple(self.before), place))
        for t in self.times:
            self._time_step(t)
        self._answer()
        return Diagram(
            "unrolled",
            f"The network unrolled in time{', and the way back' if way_back else ''}",
            tuple(self.boxes),
            tuple(self.arrows),
            "Time runs from the left to the right. Each state is worked from the input below it and "
            "the state before it; above it is what the network puts out, and the loss.",
            self._notes(),
        )

    def _notes(self) -> tuple[str, ...]:
        keys = ("rnn.b", "rnn.c") if self.network.cell == "vanilla" else ("rnn.c",)
        told = [
            f"{_name(each)} = {PLAIN.number(self.working.values[each.id])}"
            for key in keys
            for each in _vector(self.working, key)
        ]
        return (f"Biases: {', '.join(told)}.",) if told else ()

    def _time_step(self, t: int) -> None:
        column = float(self.first + t - 1)
        inputs = _row(self.working, "rnn.x", t)
        groups = [_row(self.working, key, t) for key in _DRAWN[self.network.cell]]
        lines = [
            *(each for group in groups for each in group),
            *(each for group in reversed(groups) for each in self._slopes(group)),
        ]
        self._box("input", t, "input", column, _INPUT, inputs)
        self._box("state", t, "state", column, _STATE, lines, is_shaded=True)
        self.arrows.append(Arrow(f"input.{t}", f"state.{t}", self._weight("U")))
        if t > 1 or self.before:
            self.arrows.append(Arrow(f"state.{t - 1}", f"state.{t}", self._weight("W")))
        if t not in self.network.predicted:
            return
        predictions = self.predictions[t]
        same = {each.definition for each in predictions}
        outputs = [each for each in _row(self.working, "output", t) if each not in same]
        lines = [*outputs, *predictions, *self._slopes(outputs or predictions)]
        self._box("output", t, "output", column, _OUTPUT, lines)
        self.arrows.append(Arrow(f"state.{t}", f"output.{t}", self._weight("V")))
        if t in self.losses:
            self._box("loss", t, "loss", column, _EACH, [self.losses[t]])
            self.arrows.append(Arrow(f"output.{t}", f"loss.{t}"))

    def _answer(self) -> None:
        """The loss of all, over the middle of what it is worked from."""
        if len(self.answers) > 1:
            return
        (answer,) = self.answers
        from_ = "loss" if self.losses else "output"
        columns = [self.first + t - 1 for t in self.network.predicted]
        place = sum(columns) / len(columns), float(_LOSS if self.losses else _EACH)
        self.boxes.append(Box("loss", _name(answer), (answer,), place))
        self.arrows += [Arrow(f"{from_}.{t}", "loss") for t in self.network.predicted]

    def _box(
        self,
        id: str,
        t: int,
        called: str,
        column: float,
        row: int,
        lines: Sequence[Quantity],
        *,
        is_shaded: bool = False,
    ) -> None:
        name = f"{called} at time step {t}"
        self.boxes.append(
            Box(f"{id}.{t}", name, tuple(lines), (column, float(row)), is_shaded=is_shaded)
        )

    def _slopes(self, quantities: Sequence[Quantity]) -> list[Quantity]:
        return _slopes(self.working, quantities)

    def _weight(self, key: str) -> Label:
        """The weight of an arrow, with its number where there is one alone."""
        network = self.network
        if network.is_single and (network.cell == "vanilla" or key == "V"):
            return self.working.at(f"rnn.{key}", (1, 1))
        return key

    def _predictions(self) -> Mapping[int, list[Quantity]]:
        """What is predicted at each time step that predicts."""
        found: dict[int, list[Quantity]] = defaultdict(list)
        for quantity in self.working.calculation:
            at = self.working.stands_for(quantity)
            if at is not None and at.key == "y_pred" and quantity.role is Role.STEP:
                n = at.place[0]
                found[self.network.predicted[int(n) - 1]].append(quantity)
        return found

    def _losses(self) -> dict[int, Quantity]:
        """The loss of each time step, where it has one: what alone leads from its outputs to what is
        worked from those of several."""
        predicted = self.network.predicted
        outputs = {q.id: {t} for t in predicted for q in _row(self.working, "output", t)}
        needed = _worked_from(self.working, self.answers)
        times: dict[str, set[int]] = {}
        found: dict[int, set[Quantity]] = defaultdict(set)
        for quantity in self.working.calculation:
            if quantity.id not in needed:
                continue
            used = [*quantities_in(quantity.definition)]
            times[quantity.id] = outputs.get(quantity.id) or set().union(
                *(times[each.id] for each in used)
            )
            if len(times[quantity.id]) > 1:
                for each in used:
                    if len(times[each.id]) == 1:
                        found[next(iter(times[each.id]))].add(each)
        if len(self.answers) > 1:
            found = {t: {answer} for answer in self.answers for t in times[answer.id]}
        on_the_way = {*outputs, *(q.id for each in self.predictions.values() for q in each)}
        losses = {t: next(iter(each)) for t, each in found.items() if len(each) == 1}
        is_whole = losses.keys() == {*predicted} and not on_the_way & {
            each.id for each in losses.values()
        }
        return losses if is_whole else {}


def _cell(working: Working, network: Network) -> Diagram:
    """The first unit at the last time step: its gates, and what they are worked from."""
    t = network.steps
    kinds = KINDS[network.cell]
    box_of: dict[str, str] = {}
    boxes: list[Box] = []
    sources = {"the input": _row(working, "rnn.x", t)}
    for key in _DRAWN[network.cell]:
        before = _row(working, key, t - 1) if t > 1 else _vector(working, _BEFORE[key])
        sources[f"{kinds[key].called} before"] = before
    for name, quantities in sources.items():
        if quantities:
            boxes.append(Box(name, name, (name, *quantities)))
            box_of |= {each.id: name for each in quantities}
    arrows: dict[tuple[str, str], None] = {}
    waiting: list[Quantity] = []
    for key, kind in kinds.items():
        try:
            quantity = working.at(key, (t, 1))
        except KeyError:
            continue  # without a state before, the reset gate acts on nothing
        waiting.append(quantity)
        box_of[quantity.id] = key.removesuffix(_PREACTIVATION)
        for used in quantities_in(quantity.definition):
            if used.id in box_of:
                arrows[box_of[used.id], box_of[quantity.id]] = None
        if not key.endswith(_PREACTIVATION):
            slopes = _slopes(working, [*reversed(waiting)])
            lines: tuple[Label, ...] = (kind.called, *waiting, *slopes)
            boxes.append(Box(key, f"the {kind.called}", lines, is_shaded=True))
            waiting = []
    unit = ", unit 1" if network.units > 1 else ""
    return Diagram(
        "cell",
        f"The cell at time step {t}{unit}",
        tuple(boxes),
        tuple(Arrow(*ends) for ends in arrows if ends[0] != ends[1]),
        "Arrows lead from the left to the right, from what a number is worked from to that number.",
    )


def _worked_from(working: Working, answers: Sequence[Quantity]) -> set[str]:
    """The ids of all that the answers are worked from."""
    needed = {answer.id for answer in answers}
    for quantity in reversed(working.calculation):
        if quantity.id in needed:
            needed |= {each.id for each in quantities_in(quantity.definition)}
    return needed


def _row(working: Working, key: str, t: int) -> list[Quantity]:
    """The numbers under a key at a time step."""
    return _numbered(working, key, (t,))


def _vector(working: Working, key: str) -> list[Quantity]:
    return _numbered(working, key, ())


def _numbered(working: Working, key: str, first: tuple[int, ...]) -> list[Quantity]:
    """Those at the places that begin so, by their last index."""
    found: list[Quantity] = []
    while True:
        try:
            found.append(working.at(key, (*first, len(found) + 1)))
        except KeyError:
            return found


def _slopes(working: Working, quantities: Sequence[Quantity]) -> list[Quantity]:
    """The derivatives of the loss by some quantities, where they are worked out."""
    found = (working.derivatives.get(each.id) for each in quantities)
    return [each for each in found if each is not None]


def _name(quantity: Quantity) -> str:
    return PLAIN.symbol(quantity.symbol)
