"""All that a gradient is: the walk backwards, the closed form it is held against, and learning."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from typing import Any

from lossclass.arithmetic.expression import Quantity
from lossclass.arithmetic.notation import PLAIN
from lossclass.backpropagation.logits import ByLogits
from lossclass.backpropagation.said import listed
from lossclass.backpropagation.training import BySteps, ClosedForm, Descent, Differentiable, Machine
from lossclass.backpropagation.written import write_backwards
from lossclass.errors import UsageError
from lossclass.problem.problem import Problem
from lossclass.rnn.parameters import parameters
from lossclass.second_road import np, numpy_is_here
from lossclass.working import Working

#: With the numbers of so many logits, a closed form is understood.
_MOST_LOGITS = 12


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
        message = f"{what}: it needs one loss, and reduction: none gives several"
        raise UsageError(problem.in_file(message))
    forward = tuple(working.calculation)
    if working.gradient is None:
        with working.room("gradient"):
            _write_walk(working, problem, answers[0], loss)
    if problem.learns and not working.gradient:
        working.remark("no-gradient", "Without a gradient, no step of learning can be taken.")
    elif problem.learns:
        inputs: Any = problem.inputs
        with working.room("training"):
            ids = [id for parameter in parameters(inputs.rnn) for id in parameter.ids]
            learnt = [working.quantity(id) for id in ids]
            by_numpy = Machine(working, inputs, loss)
            machine = by_numpy if numpy_is_here() else BySteps(forward, answers[0])
            Descent(working, forward, answers[0], learnt, inputs.train, machine).write()


def _write_walk(working: Working, problem: Problem, answer: Quantity, loss: Differentiable) -> None:
    differentiated = loss.differentiated(problem.inputs, working)
    wanted = {key: each for key, each in differentiated.items() if each}
    if (walk := write_backwards(working, problem, answer, wanted)) is None:
        return
    by_logits, closed = [*ByLogits(walk).all()], None
    if numpy_is_here():
        with np.errstate(all="ignore"):  # infinities are answers too
            closed = loss.gradient(problem.inputs)
    if closed or by_logits:
        working.section("The gradient, another way")
    if closed:
        working.say(closed.says)
    for n, each in enumerate(by_logits):
        working.equation(each, only_in_full=n >= _MOST_LOGITS)
    if closed:
        _compare(working, closed, {each.of.id for each, _ in walk.kinks.astray})


def _compare(working: Working, closed: ClosedForm, astray: Collection[str]) -> None:
    """Write whether NumPy, by the closed form, gives the same.

    Args:
        astray: ids of numbers by which there is no derivative to compare.
    """
    # the derivatives on the sheet with those in closed form, and by what there are none of the two
    pairs, untold = [], []
    for key, numbers in closed.values.items():
        for place, number in numbers.items():
            quantity = working.at(key, place)
            derivative = working.derivatives.get(quantity.id)
            if number is None or math.isnan(number) or quantity.id in astray or derivative is None:
                untold.append(PLAIN.symbol(quantity.symbol))
            else:
                pairs.append((float(working.values[derivative.id]), number))
    # What doubles may be off by is in proportion to the largest of all: the small ones may be what is
    # left of such.
    finite = (abs(number) for _, number in pairs if math.isfinite(number))
    allowed = max(closed.tolerance * max(finite, default=0.0), closed.least)
    if not all(value == number or abs(value - number) <= allowed for value, number in pairs):
        working.remark(
            "gradient-disagrees",
            f"NumPy, {closed.how}, gives another gradient. Do not rely on this one, and please report "
            "the problem file.",
        )
    elif pairs:
        same = "gradient"
        if untold:
            same = f"derivatives; by {listed(untold)} there is nothing to compare"
        working.say(f"NumPy, {closed.how}, gives the same {same}.", tells=True)
