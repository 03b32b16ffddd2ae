"""What a policy gradient problem says: an episode of T steps, and the policy's part in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal, TypeAlias

from pydantic import Field, WithJsonSchema

from lossclass.losses.shapes.network import FromRnn, RnnKeys, rnn_outline
from lossclass.problem.arrays import LogitRows, ProbabilityRows, Rows
from lossclass.problem.fields import (
    PROBABILITY,
    AsChoice,
    AsList,
    Label,
    Number,
    Numbers,
    Probability,
    decimal_comma_hint,
)
from lossclass.problem.keys import WRITTEN, Inconsistency
from lossclass.problem.moves import Kind, Moves

Given: TypeAlias = Mapping[str, Any]
_INDEX = {"type": ["integer", "string"]}
Actions: TypeAlias = Annotated[
    tuple[Label, ...],
    AsList,
    WithJsonSchema({"type": ["array", *_INDEX["type"]], "items": _INDEX}),
]
Discount: TypeAlias = Annotated[
    tuple[Probability, ...],
    AsList,
    WithJsonSchema({**PROBABILITY, "type": ["array", "number"], "items": PROBABILITY}),
]


def _optional() -> Any:
    """A key that may be left out. It is then noted as None: a key that is not noted is wrong."""
    return Field(default=None, validate_default=True)


class Inputs(RnnKeys):
    """``rewards`` or ``returns`` (T), and ``policy`` (T, of the actions taken), or ``policy`` or
    ``logits`` (T × A) or a network with A outputs, with ``actions`` (T, each an index from 0).

    ``discount`` (one, or T) makes returns of the rewards, with ``bootstrap`` for the value of the
    state after the last step; ``baseline`` (one, or T) is taken off them. ``form``: ``loss`` or
    ``objective``.
    """

    FROM_RNN: ClassVar[FromRnn] = FromRnn(
        ("softmax",),
        "the actions' probabilities have to sum to 1",
        every_step="an action is taken at each step",
    )

    rewards: Annotated[Numbers, Moves(Kind.NUMBER)] | None = _optional()
    returns: Annotated[Numbers, Moves(Kind.NUMBER)] | None = _optional()
    policy: Annotated[ProbabilityRows, Moves(Kind.DISTRIBUTION, beside="actions")] | None = (
        _optional()
    )
    logits: LogitRows | None = _optional()
    actions: Actions | None = _optional()
    discount: Discount | None = _optional()
    bootstrap: Number | None = None
    baseline: Numbers | None = None
    form: Annotated[Literal["objective", "loss"], AsChoice] = "loss"

    @classmethod
    def observations(cls, given: Given) -> int | None:
        held = _held(given, "rewards", "returns")
        return len(given[held[0]]) if len(held) == 1 else None

    @classmethod
    def inconsistencies(cls, given: Given) -> Iterator[Inconsistency]:
        found = [*super().inconsistencies(given), *_keys_that_clash(given)]
        count = cls.observations(given)
        if count == 0:
            found.append(
                (tuple(_held(given, "rewards", "returns")), "expected at least 1, got none")
            )
        elif count is not None:
            found += _wrong_lengths(given, count)
            found += _wrong_policy(given, count)
        yield from found
        if count and not found:
            yield from _opposite_infinities(given)

    @property
    def rows(self) -> Rows:
        """The policy, or the logits: T × A, or T × 1 where only the actions taken have theirs; for
        a network, rows of 0 in the shape of its outputs."""
        rows = self.logits or self.policy or rnn_outline(dict(self)) or ()
        return rows if self.actions is not None else tuple((each,) for each in _flat(rows))

    @property
    def taken(self) -> tuple[int, ...]:
        """The column of the action taken at each step, from 0."""
        return tuple(map(int, self.actions)) if self.actions else (0,) * len(self.rows)


def _held(given: Given, *keys: str) -> list[str]:
    """Those of the keys that hold something valid."""
    return [key for key in keys if given.get(key) is not None]


def _left_out(given: Given, key: str) -> bool:
    """Whether the problem does not have this key: not whether its value is wrong."""
    return key in given and given[key] is None


def _keys_that_clash(given: Given) -> Iterator[Inconsistency]:
    has_network = "rnn" in given.get(WRITTEN, ())
    for one, other in (("rewards", "returns"), ("policy", "logits")):
        if len(_held(given, one, other)) == 2:
            yield (other,), f"there is {one!r} already; a problem has one of the two"
        elif has_network and one == "policy":
            if held := _held(given, one, other):
                yield ("rnn",), f"there is {held[0]!r} already; a problem has one of the two"
        elif _left_out(given, one) and _left_out(given, other):
            yield (one,), f"missing; a problem has {one!r} or {other!r}"
    if _held(given, "returns", "discount") == ["returns", "discount"]:
        yield ("discount",), "the returns are given, so there are no rewards to discount"
    if _held(given, "bootstrap") and _left_out(given, "discount"):
        message = "there is no 'discount', so no returns are worked out that it could be part of"
        yield ("bootstrap",), message
    for key in _held(given, "logits", "rnn"):
        if _left_out(given, "actions"):
            message = f"missing; with {key!r} it says which action was taken at each step"
            yield ("actions",), message


def _wrong_lengths(given: Given, count: int) -> Iterator[Inconsistency]:
    for key in _held(given, "discount", "baseline"):
        if len(given[key]) not in (1, count):
            what = "1 number" if count == 1 else f"1 number, or {count}, one for each step"
            yield (key,), f"expected {what}; got {len(given[key])}"
    actions = given.get("actions")
    if actions is not None and len(actions) != count:
        yield ("actions",), f"expected {count}, one for each step, got {len(actions)}"


def _wrong_policy(given: Given, count: int) -> Iterator[Inconsistency]:
    held = _held(given, "policy", "logits")
    outline = rnn_outline(given)
    if not held and outline and given.get("actions") is not None:
        yield from _wrong_rows("rnn", outline, given["actions"], count)
    if len(held) != 1 or outline:
        return
    (kind,), rows = held, given[held[0]]
    if given.get("actions") is not None:
        yield from _wrong_rows(kind, rows, given["actions"], count)
    elif kind == "policy" and _left_out(given, "actions"):
        yield from _wrong_probabilities(rows, count)


def _wrong_probabilities(rows: Rows, count: int) -> Iterator[Inconsistency]:
    if len(rows) > 1 and len(rows[0]) > 1:
        each = f"{len(rows[0])} probabilities for each step"
        yield ("actions",), f"missing; 'policy' has {each}, and this says which action was taken"
    elif len(numbers := _flat(rows)) != count:
        hint = decimal_comma_hint(numbers, count)
        message = f"expected {count}, one for each step, got {len(numbers)}{hint}"
        yield ("policy",), message


def _wrong_rows(
    kind: str, rows: Rows, actions: Sequence[str], count: int
) -> Iterator[Inconsistency]:
    if len(rows) != count:
        hint = ""
        if kind == "policy" and len(rows) == 1 and len(rows[0]) == count:
            hint = "; probabilities of the actions taken alone stand without 'actions'"
        what = "1 row" if count == 1 else f"{count} rows, one for each step"
        yield (kind,), f"expected {what}, got {len(rows)}{hint}"
    names = list(map(str, range(len(rows[0]))))
    for t, action in enumerate(actions):
        if action not in names:
            known = "there is only 0" if len(names) == 1 else f"there are 0 to {names[-1]}"
            yield ("actions", t), f"{action!r} is no action; actions are indices, {known}"


def _opposite_infinities(given: Given) -> Iterator[Inconsistency]:
    """The second of two actions of probability 0 whose terms are −∞ and ∞: they have no sum."""
    if given.get("policy") is None or given.get("reduction") == "none":
        return
    actions, rows = given.get("actions"), given["policy"]
    taken = [row[int(a)] for row, a in zip(rows, actions, strict=True)] if actions else _flat(rows)
    weights = one_a_step(given.get("weights") or (Decimal(1),), len(taken))
    infinite: dict[int, int] = {}
    for t, (multiplier, weight) in enumerate(zip(_multipliers(given), weights, strict=True)):
        sign = _sign(multiplier) * _sign(weight)
        if taken[t] or not sign:
            continue
        if -sign in infinite:
            message = (
                "expected more than 0: the terms of this step and of step "
                f"{infinite[-sign] + 1} would be infinite, one ∞ and one -∞, and the two have no sum"
            )
            yield (("policy", t, int(actions[t])) if actions else ("policy", t)), message
            return
        infinite[sign] = t


def _sign(number: Decimal) -> int:
    return (number > 0) - (number < 0)


def _multipliers(given: Given) -> list[Decimal]:
    """What stands before each step's ln π: its reward, return or advantage."""
    earned = list(given.get("returns") or given["rewards"])
    if given.get("discount"):
        following = given.get("bootstrap") or Decimal(0)
        for t in reversed(range(len(earned))):
            earned[t] += one_a_step(given["discount"], len(earned))[t] * following
            following = earned[t]
    baseline = one_a_step(given.get("baseline") or (Decimal(0),), len(earned))
    return [each - base for each, base in zip(earned, baseline, strict=True)]


def one_a_step(numbers: Sequence[Decimal], count: int) -> Sequence[Decimal]:
    """The numbers, with one alone standing for every step."""
    return numbers if len(numbers) == count else tuple(numbers) * count


def _flat(rows: Rows) -> tuple[Decimal, ...]:
    return tuple(number for row in rows for number in row)
