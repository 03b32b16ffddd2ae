"""Other ways to write the same calculation down, in which every other number stays what it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from lossclass.arithmetic.calculation import Calculation
from lossclass.arithmetic.expression import Expression, Operation, Quantity
from lossclass.records import record


@record
class Otherwise:
    """How a quantity is written in another convention.

    Attributes:
        written: from its own definition to the other one.
        back: what its users take in its place, to get the number that they had.
    """

    written: Callable[[Expression], Expression]
    back: Expression


def written_otherwise(
    calculation: Calculation, otherwise: Mapping[str, Otherwise]
) -> dict[str, Expression]:
    """The other definitions of the quantities and of all that are worked from them, by id.

    Args:
        otherwise: by id, what comes out differently.
    """
    users = (user.id for id in otherwise for user in calculation.users[id])
    changed: dict[str, Expression] = {}
    for id in dict.fromkeys([*otherwise, *users]):
        definition = _with_old_values(calculation.by_id[id].definition, otherwise)
        changed[id] = otherwise[id].written(definition) if id in otherwise else definition
    return changed


def _with_old_values(node: Expression, otherwise: Mapping[str, Otherwise]) -> Expression:
    if isinstance(node, Quantity):
        return otherwise[node.id].back if node.id in otherwise else node
    if isinstance(node, Operation):
        return node.rebuilt(_with_old_values(each, otherwise) for each in node.operands)
    return node
