"""``points``: what the steps of a problem count when they are marked.

    points: 6                        # for all that is asked
    points: {hidden: 3, loss: 2}     # 3 for all hidden states together, 2 for the loss

A name is the id of a step, or what ids begin with before a dot. What is not named counts nothing.
How a number is shared out, :mod:`lossclass.points` says.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from functools import partial
from typing import Annotated, Any, Final, TypeAlias

from pydantic import WithJsonSchema

from lossclass.points import WHOLE
from lossclass.problem.fields import ReadBy, expected, read_each, to_allowed, to_number

#: No exam has more.
MOST_POINTS: Final = 10_000
_NUMBER: Final = {"minimum": 0, "maximum": MOST_POINTS}
_SCHEMA: Final = {
    "type": ["number", "object"],
    **_NUMBER,
    "additionalProperties": {"type": "number", **_NUMBER},
}


def to_points(value: Any) -> dict[str, Decimal]:
    """Points by name, those of the whole under :data:`lossclass.points.WHOLE`.

    Raises:
        ValueError: it is neither a number nor a mapping of names to numbers, or all are 0.
    """
    what = f"a number of points from 0 to {MOST_POINTS}"
    read = partial(to_allowed, what=what, allowed=lambda number: 0 <= number <= MOST_POINTS)
    if isinstance(value, Mapping):
        items = [(str(name), each) for name, each in value.items()]
        found = dict(zip(map(str, value), read_each(items, read), strict=True))
    else:
        try:
            to_number(value)
        except ValueError:
            raise expected("a number of points, or a mapping such as {loss: 2}", value) from None
        found = {WHOLE: read(value)}
    if not any(found.values()):
        raise expected("points for something", value)
    return found


AsPoints: TypeAlias = Annotated[dict[str, Decimal], ReadBy(to_points), WithJsonSchema(_SCHEMA)]
