"""The main results of a solution, to stand beside its answer: what it is made of, and the gradient."""

from __future__ import annotations

from collections.abc import Sequence

from lossclass.arithmetic.expression import Expression, Log, Max, Quantity, Sum, quantities_in
from lossclass.blocks import Step
from lossclass.solution import Solution

#: Of more results of a kind there is no table that can be taken in at a glance.
_MOST = 13
_NETWORK = "gradient.rnn."


def main_results(solution: Solution) -> list[Step]:
    """The losses that the answer adds up, or what its logarithm is taken of; and the derivatives by
    the weights of a network, or else by what is given first. Those of a kind only if they are few,
    and none where the answer itself is a list."""
    if len(solution.answer_ids) > 1:
        return []
    steps = {step.id: step for step in solution.steps}
    found = _made_of(solution.step(solution.answer_ids[0]).quantity)
    made_of = [steps[id] for id in dict.fromkeys(each.id for each in found) if id in steps]
    slopes = [step for id, step in steps.items() if id.startswith(_NETWORK)]
    if solution.gradient and not slopes:
        first = f"gradient.{next(iter(solution.gradient))}."
        slopes = [step for id, step in steps.items() if id.startswith(first)]
    return [step for kind in (made_of, slopes) if len(kind) <= _MOST for step in kind]


def _made_of(quantity: Quantity) -> Sequence[Quantity]:
    """What is added up or has its logarithm taken, at the end of the way to a quantity."""
    definition = quantity.definition
    used = [each for each in quantities_in(definition) if not each.is_given]
    if isinstance(definition, Sum) and len(definition.operands) > 1:
        return used if len(used) > 1 else ()
    if _has(Log, definition):
        return used
    return _made_of(used[0]) if used and not _has(Max, definition) else ()


def _has(kind: type[Expression], node: Expression) -> bool:
    """Whether there is such a node in a definition."""
    if isinstance(node, Quantity):
        return False
    return isinstance(node, kind) or any(_has(kind, each) for each in node.operands)
