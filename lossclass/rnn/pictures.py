"""The network as figures: unrolled in time, and one cell with its gates; with the derivatives of the
loss, where they are worked out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

from lossclass.arithmetic.expression import Quantity, Role, quantities_in
from lossclass.arithmetic.notation import PLAIN
from lossclass.figures import Arrow, Box, Diagram, Label
from lossclass.rnn.cells import BEFORE, kinds_of, row_at
from lossclass.rnn.forward_steps import BACKWARDS, IN_A_TABLE, WAY_BACK
from lossclass.rnn.given import numbers_at
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


def is_drawn(network: Network) -> bool:
    """Whether a network is small enough for a figure."""
    numbers = network.features + network.units + network.outputs
    return network.steps <= _MOST_STEPS and numbers <= _MOST_NUMBERS


def draw_network(working: Working, network: Network, answers: Sequence[Quantity]) -> None:
    """Write the figures, if the network is small: beside the tables of the forward pass, or with
    derivatives in them where those are worked out."""
    if not is_drawn(network):
        return
    under = IN_A_TABLE
    for section in working.sections:
        if section.title.startswith(BACKWARDS) or section.title == WAY_BACK:
            under = section.title
    working.figure(_Unrolled(working, network, answers).diagram(), under=under)
    if network.cell != "vanilla":
        working.figure(_cell(working, network), under=under)


class _Unrolled:
    """The network at every time step."""

    def __init__(self, working: Working, network: Network, answers: Sequence[Quantity]) -> None:
        self.working = working
        self.network = network
        self.answers = answers
        self.before = [each for name in BEFORE for each in row_at(working, name, 0)]
        self.predictions = self._predictions()
        self.losses = self._losses()
        self.boxes: list[Box] = []
        self.arrows: list[Arrow] = []

    def diagram(self) -> Diagram:
        if self.before:
            self.boxes.append(Box("state.0", "state before", tuple(self.before), (0, _STATE)))
        for t in range(1, self.network.steps + 1):
            self._time_step(t)
        if len(self.answers) == 1:
            self._answer(self.answers[0])
        has_way_back = _slopes(self.working, numbers_at(self.working, "hidden", self.network.steps))
        return Diagram(
            "unrolled",
            f"The network unrolled in time{', and the way back' if has_way_back else ''}",
            tuple(self.boxes),
            tuple(self.arrows),
            "Time runs from the left to the right. Each state is worked from the input below it and "
            "the state before it; above it is what the network puts out, and the loss.",
            self._notes(),
        )

    def _column(self, t: int) -> int:
        """A state before the first time step has a column of its own."""
        return t if self.before else t - 1

    def _time_step(self, t: int) -> None:
        working = self.working

        def box(called: str, row: int, lines: Sequence[Quantity]) -> None:
            place, shaded = (self._column(t), row), called == "state"
            name = f"{called} at time step {t}"
            self.boxes.append(Box(f"{called}.{t}", name, tuple(lines), place, shaded))

        groups = [numbers_at(working, key, t) for key in _DRAWN[self.network.cell]]
        slopes = (each for group in reversed(groups) for each in _slopes(working, group))
        box("input", _INPUT, numbers_at(working, "rnn.x", t))
        box("state", _STATE, [*(each for group in groups for each in group), *slopes])
        self.arrows.append(Arrow(f"input.{t}", f"state.{t}", self._weight("U")))
        if t > 1 or self.before:
            self.arrows.append(Arrow(f"state.{t - 1}", f"state.{t}", self._weight("W")))
        if t not in self.network.predicted:
            return
        predictions = self.predictions[t]
        same = {each.definition for each in predictions}
        outputs = [each for each in numbers_at(working, "output", t) if each not in same]
        slopes_of_outputs = _slopes(working, outputs or predictions)
        box("output", _OUTPUT, [*outputs, *predictions, *slopes_of_outputs])
        self.arrows.append(Arrow(f"state.{t}", f"output.{t}", self._weight("V")))
        if t in self.losses:
            box("loss", _EACH, [self.losses[t]])
            self.arrows.append(Arrow(f"output.{t}", f"loss.{t}"))

    def _answer(self, answer: Quantity) -> None:
        """The loss of all, over the middle of what it is worked from."""
        predicted = self.network.predicted
        column = sum(map(self._column, predicted)) / len(predicted)
        row, below = (_LOSS, "loss") if self.losses else (_EACH, "output")
        self.boxes.append(Box("loss", PLAIN.symbol(answer.symbol), (answer,), (column, row)))
        self.arrows += [Arrow(f"{below}.{t}", "loss") for t in predicted]

    def _weight(self, key: str) -> Label:
        """The weight of an arrow, with its number where there is one alone."""
        network = self.network
        if key == "V" and not network.V:
            return ""
        if network.is_single and (network.cell == "vanilla" or key == "V"):
            return self.working.at(f"rnn.{key}", (1, 1))
        return key

    def _notes(self) -> tuple[str, ...]:
        told = [
            f"{PLAIN.symbol(each.symbol)} = {PLAIN.number(self.working.values[each.id])}"
            for key in ("rnn.b", "rnn.b_hidden", "rnn.c")
            if self.network.cell == "vanilla" or key == "rnn.c"
            for each in numbers_at(self.working, key)
        ]
        return (f"Biases: {', '.join(told)}.",) if told else ()

    def _predictions(self) -> Mapping[int, list[Quantity]]:
        """What is predicted at each time step that predicts."""
        found: dict[int, list[Quantity]] = defaultdict(list)
        for quantity in self.working.calculation:
            at = self.working.stands_for(quantity)
            if at is not None and at.key == "y_pred" and quantity.role is Role.STEP:
                found[self.network.predicted[int(at.place[0]) - 1]].append(quantity)
        return found

    def _losses(self) -> dict[int, Quantity]:
        """The loss of each time step, where it has one: what alone leads from its outputs to what is
        worked from those of several."""
        predicted = self.network.predicted
        outputs = {q.id: {t} for t in predicted for q in numbers_at(self.working, "output", t)}
        needed = {answer.id for answer in self.answers}
        for quantity in reversed(self.working.calculation):
            if quantity.id in needed:
                needed |= {each.id for each in quantities_in(quantity.definition)}
        times: dict[str, set[int]] = {}
        found: dict[int, set[Quantity]] = defaultdict(set)
        for quantity in self.working.calculation:
            if quantity.id not in needed:
                continue
            used = [*quantities_in(quantity.definition)]
            own = outputs.get(quantity.id) or set().union(*(times[each.id] for each in used))
            times[quantity.id] = own
            for each in used if len(own) > 1 else ():
                if len(times[each.id]) == 1:
                    found[next(iter(times[each.id]))].add(each)
        if len(self.answers) > 1:
            found = {t: {answer} for answer in self.answers for t in times[answer.id]}
        losses = {t: each.pop() for t, each in found.items() if len(each) == 1}
        on_the_way = {*outputs, *(q.id for each in self.predictions.values() for q in each)}
        is_whole = losses.keys() == {*predicted}
        return losses if is_whole and not any(q.id in on_the_way for q in losses.values()) else {}


def _cell(working: Working, network: Network) -> Diagram:
    """The first unit at the last time step: its gates, and what they are worked from."""
    t, kinds = network.steps, kinds_of(network)
    sources = {"input": numbers_at(working, "rnn.x", t)}
    for key in _DRAWN[network.cell]:
        sources[f"{kinds[key].called} before"] = [*row_at(working, key, t - 1)]
    boxes = [Box(name, name, (name, *each)) for name, each in sources.items() if each]
    box_of = {each.id: name for name, quantities in sources.items() for each in quantities}
    arrows: dict[tuple[str, str], None] = {}
    waiting: list[Quantity] = []
    for key, kind in kinds.items():
        # without a state before, there is nothing that the reset gate acts on or leaves
        numbers = numbers_at(working, key, t)
        # the candidate of a unit is worked from what is left of the states of all
        for quantity in numbers if key == "reset_state" else numbers[:1]:
            waiting.append(quantity)
            box_of[quantity.id] = box = key.removesuffix(_PREACTIVATION)
            used = (box_of.get(each.id, box) for each in quantities_in(quantity.definition))
            arrows |= dict.fromkeys((each, box) for each in used if each != box)
        if waiting and not key.endswith(_PREACTIVATION):
            lines: tuple[Label, ...] = (kind.called, *waiting, *_slopes(working, waiting[::-1]))
            boxes.append(Box(key, kind.called, lines, is_shaded=True))
            waiting = []
    return Diagram(
        "cell",
        f"The cell at time step {t}{', unit 1' if network.units > 1 else ''}",
        tuple(boxes),
        tuple(Arrow(*ends) for ends in arrows),
        "Arrows lead from the left to the right, from what a number is worked from to that number.",
    )


def _slopes(working: Working, quantities: Sequence[Quantity]) -> list[Quantity]:
    """The derivatives of the loss by some quantities, where they are worked out."""
    found = (working.derivatives.get(each.id) for each in quantities)
    return [each for each in found if each is not None]
