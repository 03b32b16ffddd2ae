"""What a policy gradient problem says: episodes of some steps each, and the policy's part in them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import chain
from typing import Annotated, Any, ClassVar, Literal, TypeAlias

from pydantic import BaseModel, WithJsonSchema

from lossclass.arithmetic.expression import Constant
from lossclass.losses.shapes import network
from lossclass.problem import arrays, fields
from lossclass.problem.keys import PARTS, WRITTEN, Inconsistency, LogarithmKeys, Part
from lossclass.problem.moves import Kind, Moves
from lossclass.problem.yaml_source import Path

Given: TypeAlias = Mapping[str, Any]
_INDEX = {"type": ["integer", "string"]}


def _to_action(value: Any) -> str:
    """An index, as arrays of doubles have it, too: 2. is 2."""
    label = fields.to_label(value)
    index = arrays.to_index(label)
    return label if index is None else str(index)


Actions: TypeAlias = Annotated[
    tuple[Annotated[str, fields.ReadBy(_to_action)], ...],
    fields.AsList,
    fields.AsColumn,
    WithJsonSchema({"type": ["array", *_INDEX["type"]], "items": _INDEX}),
]
Discount: TypeAlias = Annotated[
    tuple[fields.Probability, ...],
    fields.AsList,
    WithJsonSchema(
        {**fields.PROBABILITY, "type": ["array", "number"], "items": fields.PROBABILITY}
    ),
]
#: The keys that may hold the policy. An episode has one of them.
POLICIES = ("policy", "log_policy", "logits")
#: What is said of one episode alone, in the place of which there may be episodes.
_OF_ONE_EPISODE = {
    **dict.fromkeys(
        ("rewards", "returns", *POLICIES, "actions", "bootstrap"), "each episode has its own"
    ),
    "rnn": "a network acts in one episode; here there are episodes",
    "weights": "weights belong to the steps of one episode; here there are episodes",
}
_EPISODES = "episodes: [{rewards: [0, 1], policy: [0.5, 0.8]}]"
#: Where advantages differ by less than this, relatively, doubles cannot tell them apart.
_AS_GOOD_AS_EQUAL = Decimal("1e-12")


def _to_baseline(value: Any) -> Literal["mean"] | tuple[Decimal, ...]:
    if isinstance(value, str) and value == "mean":
        return "mean"
    return arrays.nested(value, lambda each: fields.to_number(each, "a number, or mean"), axes=1)


Baseline: TypeAlias = Annotated[
    Literal["mean"] | tuple[Decimal, ...],
    fields.ReadBy(_to_baseline),
    WithJsonSchema(
        {"anyOf": [{"type": ["array", "number"], "items": {"type": "number"}}, {"const": "mean"}]}
    ),
]


class Steps(BaseModel):
    """What is said of the steps of one episode: ``rewards`` or ``returns`` (T), and ``policy`` or
    ``log_policy`` (T, of the actions taken), or these or ``logits`` (T × A) with ``actions`` (T,
    each an index from 0); ``bootstrap`` is the value of the state after the last step."""

    rewards: Annotated[fields.Numbers, Moves(Kind.NUMBER)] | None = None
    returns: Annotated[fields.Numbers, Moves(Kind.NUMBER)] | None = None
    policy: Annotated[arrays.ProbabilityRows, Moves(Kind.DISTRIBUTION, beside="actions")] | None = (
        None
    )
    log_policy: arrays.LogProbabilityRows | None = None
    logits: arrays.LogitRows | None = None
    actions: Actions | None = None
    bootstrap: fields.Number | None = None

    @property
    def earned(self) -> tuple[Decimal, ...]:
        """The rewards or the returns, as they are given."""
        return self.returns or self.rewards or ()

    @property
    def held(self) -> str:
        """Which key holds the policy."""
        return next((key for key in POLICIES if getattr(self, key) is not None), "rnn")

    @property
    def rows(self) -> arrays.Rows:
        """The policy, its logarithms or the logits: T × A, or T × 1 where only the actions taken
        have theirs; for a network, rows of 0 in the shape of its outputs."""
        rows = (
            self.policy or self.log_policy or self.logits or network.rnn_outline(dict(self)) or ()
        )
        return (
            rows if self.actions is not None else tuple((each,) for each in arrays.numbers_in(rows))
        )

    @property
    def taken(self) -> tuple[int, ...]:
        """The column of the action taken at each step, from 0."""
        return tuple(map(int, self.actions)) if self.actions else (0,) * len(self.rows)


class Episode(Steps, Part):
    """One episode of several."""


class Inputs(Steps, network.RnnKeys, LogarithmKeys):
    """One episode, whose policy may be a network with A outputs; or ``episodes``.

    ``discount`` (one, or one for each time step) makes returns of the rewards; ``baseline`` (one,
    or one for each time step, or ``mean``, of all returns) is taken off them, and ``normalise``
    makes their mean 0 and their standard deviation 1. ``form``: ``loss`` or ``objective``.
    """

    FROM_RNN: ClassVar[network.FromRnn] = network.FromRnn(
        ("softmax",),
        "the actions' probabilities have to sum to 1",
        every_step="an action is taken at each step",
    )

    HOLDERS: ClassVar[tuple[str, ...]] = POLICIES
    OUTPUTS: ClassVar[str] = "logits"

    episodes: Annotated[tuple[Episode, ...] | None, fields.AsList, fields.as_in(_EPISODES)] = None
    discount: Discount | None = None
    baseline: Baseline | None = None
    normalise: fields.Flag = False
    form: Annotated[Literal["objective", "loss"], fields.AsChoice] = "loss"

    @classmethod
    def losses_shape(cls, given: Given) -> arrays.Shape | None:
        count = None if "episodes" in given[WRITTEN] else _count(given)
        return None if count is None else (count,)

    @classmethod
    def inconsistencies(cls, given: Given) -> Iterator[Inconsistency]:
        found = [*super().inconsistencies(given)]
        parts: list[Given] = [given]
        if "episodes" in given[WRITTEN]:
            found += [
                ((key,), why) for key, why in _OF_ONE_EPISODE.items() if key in given[WRITTEN]
            ]
            parts = given.get(PARTS, [])
            found += _wrong_episodes(given, parts)
        else:
            found += _wrong_steps(given, given)
        if counts := [*filter(None, map(_count, parts))]:
            found += _wrong_lengths(given, max(counts))
        if given.get("train") is not None and given.get("form") == "objective":
            found.append(
                (("train",), "it makes a loss small; an objective is to be large: leave out form")
            )
        yield from found
        if not found and all(part[WRITTEN] <= part.keys() for part in (given, *parts)):
            inputs = cls.model_construct(**{key: given[key] for key in given[WRITTEN]})
            yield from _all_the_same(inputs)
            yield from _opposite_infinities(inputs)

    @property
    def each(self) -> list[tuple[arrays.Place, Steps]]:
        """The episodes, each with what its places begin with: its number, or nothing where it is
        the only one and no list of episodes is given."""
        if self.episodes is None:
            return [((), self)]
        return [((number,), each) for number, each in enumerate(self.episodes, start=1)]

    @property
    def places(self) -> list[arrays.Place]:
        """Of all steps, one episode behind another: ``(t,)``, or ``(episode, t)``, from 1."""
        return [(*number, t) for number, each in self.each for t in range(1, len(each.earned) + 1)]

    @property
    def first(self) -> Steps:
        """The first episode: the others have the same keys."""
        return self.each[0][1]

    @property
    def sign(self) -> int:
        """That of the sum in the answer."""
        return 1 if self.form == "objective" else -1

    @property
    def has_advantages(self) -> bool:
        """Whether anything is done to the returns."""
        return self.baseline is not None or self.normalise


def _count(given: Given) -> int | None:
    """How many steps an episode has; None where that cannot be told."""
    held = _held(given, "rewards", "returns")
    return len(given[held[0]]) if len(held) == 1 else None


def _held(given: Given, *keys: str) -> list[str]:
    """Those of the keys that hold something valid."""
    return [key for key in keys if given.get(key) is not None]


# --- what does not fit -------------------------------------------------------------------


def _wrong_episodes(given: Given, parts: Sequence[Given]) -> Iterator[Inconsistency]:
    if given.get("episodes") == ():
        yield ("episodes",), "expected at least one episode, got none"
    for position, part in enumerate(parts):
        if WRITTEN not in part:
            continue
        found = [*_wrong_steps(part, given)]
        if not found and WRITTEN in parts[0]:
            found += _unlike_the_first(part[WRITTEN], parts[0][WRITTEN])
        yield from ((("episodes", position, *path), message) for path, message in found)


def _unlike_the_first(written: frozenset[str], first: frozenset[str]) -> Iterator[Inconsistency]:
    """Keys of an episode that are others than the first one has."""
    for keys in (("rewards", "returns"), POLICIES):
        for here, there in zip(sorted(written & {*keys}), sorted(first & {*keys}), strict=False):
            if here != there:
                yield (here,), f"expected {there}, as in the first episode"
    if ("actions" in written) != ("actions" in first):
        has = "has them" if "actions" in first else "has none"
        yield ("actions",), f"the first episode {has}, and all are to be alike"


def _wrong_steps(given: Given, shared: Given) -> Iterator[Inconsistency]:
    """What does not go together in one episode.

    Args:
        given: its keys.
        shared: those of the problem, which are the same where it has a single one.
    """
    yield from _keys_that_clash(given, shared)
    count = _count(given)
    if count == 0:
        yield tuple(_held(given, "rewards", "returns")), "expected at least 1, got none"
    elif count is not None:
        actions = given.get("actions")
        if actions is not None and len(actions) != count:
            yield ("actions",), f"expected {count}, one for each step, got {len(actions)}"
        yield from _wrong_policy(given, count)


def _keys_that_clash(given: Given, shared: Given) -> Iterator[Inconsistency]:
    written = given[WRITTEN]
    if {"rewards", "returns"} <= written:
        yield ("returns",), "there is 'rewards' already; a problem has one of the two"
    elif not written & {"rewards", "returns"}:
        yield ("rewards",), "missing; a problem has 'rewards' or 'returns'"
    yield from network.wrong_number_of_predictions(given, POLICIES)
    if {"returns"} == written & {"rewards", "returns"} and "discount" in shared[WRITTEN]:
        where = "discount" if given is shared else "returns"
        yield (where,), "the returns are given, so there are no rewards to discount"
    if "bootstrap" in written and "discount" not in shared[WRITTEN]:
        message = "there is no 'discount', so no returns are worked out that it could be part of"
        yield ("bootstrap",), message
    for key in ("logits", "rnn"):
        if key in written and "actions" not in written:
            message = f"missing; with {key!r} it says which action was taken at each step"
            yield ("actions",), message


def _wrong_lengths(given: Given, count: int) -> Iterator[Inconsistency]:
    """What is given for each time step, of which the longest episode has ``count``."""
    for key in _held(given, "discount", "baseline"):
        if given[key] != "mean" and len(given[key]) not in (1, count):
            each = "time step of the longest episode" if "episodes" in given[WRITTEN] else "step"
            what = "1 number" if count == 1 else f"1 number, or {count}, one for each {each}"
            yield (key,), f"expected {what}; got {len(given[key])}"


def _wrong_policy(given: Given, count: int) -> Iterator[Inconsistency]:
    held = {key: given[key] for key in _held(given, *POLICIES)}
    if outline := network.rnn_outline(given):
        held["rnn"] = outline
    if len(held) != 1:
        return
    ((kind, rows),) = held.items()
    if given.get("actions") is not None:
        yield from _wrong_rows(kind, rows, given["actions"], count)
    elif kind not in ("policy", "log_policy") or "actions" in given[WRITTEN]:
        return
    elif len(rows) > 1 and len(rows[0]) > 1:
        what = "probabilities" if kind == "policy" else "logarithms"
        each = f"{len(rows[0])} {what} for each step"
        yield ("actions",), f"missing; {kind!r} has {each}, and this says which action was taken"
    elif len(numbers := [*arrays.numbers_in(rows)]) != count:
        hint = fields.decimal_comma_hint(numbers, count)
        message = f"expected {count}, one for each step, got {len(numbers)}{hint}"
        yield (kind,), message


def _wrong_rows(
    kind: str, rows: arrays.Rows, actions: Sequence[str], count: int
) -> Iterator[Inconsistency]:
    names = [*map(str, range(len(rows[0])))]
    if len(rows) != count:
        hint = ""
        if kind in ("policy", "log_policy") and len(rows) == 1 and len(names) == count:
            hint = "; probabilities of the actions taken alone stand without 'actions'"
        what = "1 row" if count == 1 else f"{count} rows, one for each step"
        yield (kind,), f"expected {what}, got {len(rows)}{hint}"
    for t, action in enumerate(actions):
        if action not in names:
            known = "there is only 0" if len(names) == 1 else f"there are 0 to {names[-1]}"
            yield ("actions", t), f"{action!r} is no action; actions are indices, {known}"


# --- what has no value -------------------------------------------------------------------


def _all_the_same(inputs: Inputs) -> Iterator[Inconsistency]:
    """A standard deviation of 0."""
    if not inputs.normalise:
        return
    deviations = [abs(each) for each in _multipliers(inputs)]
    off = inputs.baseline if isinstance(inputs.baseline, tuple) else ()
    size = max(map(abs, chain(off, *(each.earned for _, each in inputs.each))))
    if max(deviations) <= _AS_GOOD_AS_EQUAL * size:
        message = (
            "the advantages are the same at all steps, so their standard deviation is 0, and nothing "
            "can be divided by it; code that adds 1e-8 to it makes all of them 0, and learns nothing"
        )
        yield ("normalise",), message


def _opposite_infinities(inputs: Inputs) -> Iterator[Inconsistency]:
    """The second of two actions of probability 0 whose terms are −∞ and ∞: they have no sum."""
    if inputs.reduction == "none" or not (inputs.first.policy or inputs.first.log_policy):
        return
    key, never, said = "policy", Decimal(0), "0"
    if inputs.first.log_policy:
        key, never, said = "log_policy", Decimal("-Infinity"), "-∞"
    multipliers = iter(_multipliers(inputs))
    infinite: dict[int, arrays.Place] = {}
    for number, each in inputs.each:
        weights = one_a_step(inputs.weights or (Decimal(1),), range(len(each.earned)))
        for t, (row, column) in enumerate(zip(each.rows, each.taken, strict=True)):
            sign = _sign(next(multipliers)) * _sign(weights[t])
            if row[column] != never or not sign:
                continue
            if -sign in infinite:
                above: Path = ("episodes", number[0] - 1) if number else ()
                message = (
                    f"expected more than {said}: the terms of this step and of "
                    f"{called(infinite[-sign])} would be infinite, one ∞ and one -∞, and the two have "
                    "no sum"
                )
                yield (*above, key, t, *((column,) if each.actions else ())), message
                return
            infinite[sign] = (*number, t + 1)


def called(place: arrays.Place) -> str:
    """A step as a sentence calls it."""
    return f"step {place[-1]}" + (f" of episode {place[0]}" if len(place) > 1 else "")


def _sign(number: Decimal) -> int:
    return (number > 0) - (number < 0)


def _multipliers(inputs: Inputs) -> list[Decimal]:
    """What stands before each step's ln π: its reward, return or advantage; normalised but for
    what it is divided by."""
    earned: list[Decimal] = []
    for _, each in inputs.each:
        own = list(each.earned)
        if inputs.discount:
            following = each.bootstrap or Decimal(0)
            discounts = one_a_step(inputs.discount, range(len(own)))
            for t in reversed(range(len(own))):
                own[t] = following = own[t] + discounts[t] * following
        earned += own
    if inputs.baseline == "mean":
        earned = _less_the_mean(earned)
    elif inputs.baseline:
        off = one_a_step(inputs.baseline, [t - 1 for *_, t in inputs.places])
        earned = [each - base for each, base in zip(earned, off, strict=True)]
    return _less_the_mean(earned) if inputs.normalise else earned


def _less_the_mean(numbers: Sequence[Decimal]) -> list[Decimal]:
    """As the steps have it, which see that what rounding leaves of 0 is 0."""
    mean = sum(numbers, Decimal(0)) / len(numbers)
    return [(Constant(each) - mean).value({}) for each in numbers]


def one_a_step(numbers: Sequence[Decimal], times: Sequence[int]) -> list[Decimal]:
    """The number of each time step, from 0, with one alone standing for every one."""
    return [numbers[t if len(numbers) > 1 else 0] for t in times]
