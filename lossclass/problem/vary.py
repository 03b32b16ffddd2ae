"""``vary``: how variants of a problem may change its numbers.

    vary:
      probabilities: {step: 0.1, min: 0.1, max: 0.9}
      rnn.W: fixed

A name is a key, or a way down to one, with places in lists counted from 1: ``candidates.2.score``.
It may be written as mappings in each other, too: ``rnn: {W: fixed, U: {step: 0.5}}``.
What is not named moves as :mod:`lossclass.variants.space` says.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Final, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, WithJsonSchema, model_validator

from lossclass.problem.fields import FLAG, Flag, Number, PositiveNumber, expected
from lossclass.problem.placeholders import below
from lossclass.problem.yaml_source import Path, dotted

#: The rule for what stays.
FIXED: Final = "fixed"
#: More grid points between the two ends than this are no hand work.
_MOST_POINTS = 1_000_000


class Varied(BaseModel):
    """How some numbers move: in steps of ``step`` from ``min`` to ``max``.

    Without ``step``, in steps of the last decimal written; without ``min`` or ``max``, as far as
    the numbers do that no rule names. ``keep_sum: false`` lets the sum of a distribution change.
    """

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    step: PositiveNumber | None = None
    min: Number | None = None
    max: Number | None = None
    keep_sum: Flag = True

    @model_validator(mode="after")
    def _has_room(self) -> Varied:
        if self.min is None or self.max is None:
            return self
        if self.min >= self.max:
            raise ValueError(f"expected min below max, got {self.min} and {self.max}")
        if self.step is not None and (self.max - self.min) / self.step > _MOST_POINTS:
            raise ValueError(f"expected at most {_MOST_POINTS} steps from min to max")
        return self


class Fixed(Varied):
    """Numbers that stay."""


def _to_rule(value: Any) -> Any:
    if value == FIXED:
        return Fixed()
    if isinstance(value, Varied | Mapping):
        return value
    raise expected("fixed, or a mapping such as {step: 0.1, min: 0.1, max: 0.9}", value)


def _schema(depth: int) -> dict[str, Any]:
    """A rule, and rules below it so deep."""
    below = {"anyOf": [_schema(depth - 1), {"enum": [FIXED]}]} if depth else False
    properties = {
        "step": {"type": "number", "exclusiveMinimum": 0},
        "min": {"type": "number"},
        "max": {"type": "number"},
        "keep_sum": FLAG,
    }
    return {"type": "object", "additionalProperties": below, "properties": properties}


#: Keys in keys are no deeper: a problem in a problem, its network, a parameter, a row, a place.
_DEEPEST: Final = 6
_RULE = {"anyOf": [{"enum": [FIXED]}, _schema(_DEEPEST)]}
Rule: TypeAlias = Annotated[Varied, BeforeValidator(_to_rule), WithJsonSchema(_RULE)]
Rules: TypeAlias = Mapping[str, Varied]


def rules_in(rules: Mapping[Any, Any], way: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Each rule with the way to it, of rules that may stand in mappings in each other."""
    for word, rule in rules.items():
        here = (*way, word)
        parts = rule if isinstance(rule, Mapping) else {}
        below = {k: each for k, each in parts.items() if isinstance(each, Mapping) or each == FIXED}
        if not below:
            yield here, rule
        elif own := {key: each for key, each in parts.items() if key not in below}:
            yield here, own
        yield from rules_in(below, here)


def unknown_names(rules: Rules, data: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
    """The names of rules that lead nowhere in the problem, with messages."""
    for name in rules:
        found: Any = data
        for part in name.split("."):
            found = dict(below(found)).get(part)
        if found is None:
            message = "there is nothing of that name in this problem; a name is a key, or a way"
            yield ("vary", name), f"{message} down to one, such as rnn.W or candidates.1.score"


def rule_for(path: Path, rules: Rules) -> Varied | None:
    """The rule for what stands at a path: of those whose names lead there, the longest."""
    lengths = range(len(path), 0, -1)
    return next((rules[name] for n in lengths if (name := dotted(path[:n])) in rules), None)


def decimals(number: Decimal) -> int:
    """How many decimals a number is written with: 1 of 0.5, 0 of 20."""
    exponent = number.as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0
