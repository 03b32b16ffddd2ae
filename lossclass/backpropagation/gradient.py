"""All that a gradient is: the walk backwards, the closed form it is held against, and learning."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from lossclass.arithmetic.expression import Quantity
from lossclass.backpropagation.shapes import Place
from lossclass.backpropagation.training import Descent, Numbers
from lossclass.backpropagation.written import CANCELS, Backwards, Wanted, quantities_at
from lossclass.errors import UsageError
from lossclass.problem.problem import Problem
from lossclass.working import Working


class ClosedForm(Protocol):
    """The gradient by a way of its own, in NumPy, against which the walk backwards is held."""

    @property
    def says(self) -> str:
        """The formula in words and symbols, for this problem."""

    @property
    def values(self) -> Mapping[str, Mapping[Place, float]]:
        """The derivatives by key, and by the place of a number as in the ids of the steps."""

    @property
    def how(self) -> str:
        """How NumPy came to them, to be put after "NumPy,"."""

    @property
    def tolerance(self) -> float:
        """How far they may be off, relative to the largest under a key."""


#: Numbers on the way, not of the problem: they are checked, and have no table of their own.
_ON_THE_WAY = ("hidden", "output")


class Differentiable(Protocol):
    """What is needed of a loss."""

    def value(self, inputs: Any) -> Any:
        """The answer in NumPy."""

    def gradient(self, inputs: Any) -> ClosedForm:
        """Its derivatives in NumPy."""


def write_gradient(
    working: Working, problem: Problem, answers: Sequence[Quantity], loss: Differentiable
) -> None:
    """Write the gradient behind the working of a loss, hold it against its closed form, and take
    the steps of learning that the problem asks for.

    Raises:
        UsageError: there are several answers, or no time for so many steps of learning.
    """
    if len(answers) > 1:
        what = "train" if problem.learns else "gradient"
        where = f"{problem.file}: " if problem.file else ""
        raise UsageError(f"{where}{what}: it needs one loss, and reduction: none gives several")
    forward = tuple(working.calculation)
    if working.gradient is None:
        _write_walk(working, problem, answers[0], loss)
    if problem.learns and working.gradient:
        _write_training(working, problem, forward, answers[0], loss)


def _write_walk(working: Working, problem: Problem, answer: Quantity, loss: Differentiable) -> None:
    import numpy as np

    with np.errstate(all="ignore"):  # infinities are answers too
        closed = loss.gradient(problem.inputs)
    places = {key: list(each) for key, each in closed.values.items()}
    quantities = quantities_at(working, places)
    wanted = {key: each for key, each in quantities.items() if key not in _ON_THE_WAY}
    if Backwards(working, problem, answer, wanted, working.derivatives).write():
        _compare(working, closed, quantities)


def _compare(working: Working, closed: ClosedForm, quantities: Wanted) -> None:
    """Write the closed form, and whether NumPy, by it, gives the same."""
    working.section("The gradient in closed form")
    working.say(closed.says)
    if all(
        _agree(working, quantities[key], numbers, closed.tolerance)
        for key, numbers in closed.values.items()
    ):
        working.say(f"NumPy, {closed.how}, gives the same gradient.", tells=True)
    else:
        working.remark(
            "gradient-disagrees",
            f"NumPy, {closed.how}, gives another gradient. Do not rely on this one, and please report "
            "the problem file.",
        )


def _agree(
    working: Working,
    quantities: Mapping[Place, Quantity],
    numbers: Mapping[Place, float],
    tolerance: float,
) -> bool:
    """Whether the derivatives on the sheet are these numbers; the error of a small one may be in
    proportion to the largest of its key."""
    ids = {place: f"gradient.{q.id.removeprefix('given.')}" for place, q in quantities.items()}
    pairs = [
        (float(working.values[ids[place]]), number)
        for place, number in numbers.items()
        if ids[place] in working.values
    ]
    finite = (abs(value) for value, _ in pairs if math.isfinite(value))
    allowed = tolerance * max(finite, default=0.0)
    return all(value == number or abs(value - number) <= allowed for value, number in pairs)


def _write_training(
    working: Working,
    problem: Problem,
    forward: Sequence[Quantity],
    answer: Quantity,
    loss: Differentiable,
) -> None:
    from lossclass.rnn.parameters import parameters, with_parameters

    inputs: Any = problem.inputs

    def by_numpy(numbers: Numbers) -> float:
        learnt = with_parameters(inputs.rnn, numbers)
        return float(loss.value(inputs.model_copy(update={"rnn": learnt})))

    ids = [id for parameter in parameters(inputs.rnn) for id in parameter.ids]
    Descent(
        working,
        forward,
        answer,
        [working.quantity(id) for id in ids],
        inputs.train,
        frozenset(quantity.id for quantity in forward if quantity.id.startswith(CANCELS)),
        by_numpy,
    ).write()
