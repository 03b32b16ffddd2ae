"""``train``: how far and how often to go down the gradient."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, WithJsonSchema

from lossclass.problem.fields import PositiveNumber, ReadBy, expected, to_number

MOST_STEPS = 1000


def _to_steps(value: Any) -> int:
    what = f"a whole number from 1 to {MOST_STEPS}"
    number = to_number(value, what)
    if number != int(number) or not 1 <= number <= MOST_STEPS:
        raise expected(what, value)
    return int(number)


class Train(BaseModel):
    """Gradient descent: ``steps`` of size ``learning_rate``."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    learning_rate: PositiveNumber
    steps: Annotated[
        int,
        ReadBy(_to_steps),
        WithJsonSchema({"type": "integer", "minimum": 1, "maximum": MOST_STEPS}),
    ] = 1
