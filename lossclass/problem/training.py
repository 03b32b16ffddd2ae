"""``train``: how far and how often to go down the gradient, and by which rule."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, ClassVar, Final, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, WithJsonSchema

from lossclass.problem.fields import AsChoice, PositiveNumber, number_field, whole_number_field

MOST_STEPS = 1000
#: How much of what was before is kept: all of it would keep everything for ever.
Share: TypeAlias = Annotated[
    Decimal,
    number_field("a number of at least 0, below 1", lambda number: 0 <= number < 1),
    WithJsonSchema({"type": "number", "minimum": 0, "exclusiveMaximum": 1}),
]
_OF_ADAM: Final = ("beta1", "beta2", "epsilon")


class Train(BaseModel):
    """Gradient descent: ``steps`` of size ``learning_rate``, plain or by another rule. What a rule
    takes has the defaults of its paper, which are those of PyTorch."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    learning_rate: PositiveNumber
    steps: Annotated[
        int,
        whole_number_field(MOST_STEPS),
        WithJsonSchema({"type": "integer", "minimum": 1, "maximum": MOST_STEPS}),
    ] = 1
    optimizer: Annotated[Literal["sgd", "momentum", "adam"], AsChoice] = "sgd"
    momentum: Share | None = None
    beta1: Share | None = None
    beta2: Share | None = None
    epsilon: PositiveNumber | None = None
    clip_norm: PositiveNumber | None = None
    clip_value: PositiveNumber | None = None

    @property
    def rule(self) -> str:
        """The rule: ``sgd`` with a momentum is the rule of momentum, as in PyTorch."""
        return "momentum" if self.momentum is not None else self.optimizer

    def inconsistencies(self) -> Iterator[tuple[str, str]]:
        """Keys that do not go with the others, and why."""
        if self.optimizer == "adam" and self.momentum is not None:
            yield "momentum", "adam has none; beta1 is in its place"
        for key in _OF_ADAM if self.optimizer != "adam" else ():
            if getattr(self, key) is not None:
                yield key, f"it belongs to optimizer: adam; here it is {self.optimizer}"
        if self.clip_norm is not None and self.clip_value is not None:
            yield "clip_value", "there is clip_norm already; a gradient is clipped in one way"
