"""What a step of learning makes of a gradient: the rules of gradient descent, of momentum and of Adam,
as steps; and the same in doubles.

Sources: Goodfellow, Bengio, Courville, *Deep Learning* (2016), sections 8.3 and 10.11.1; Kingma and
Ba, *Adam* (2015), algorithm 1. Momentum is added up as PyTorch does it: v = μ · v + ∂L/∂w, of which
the learning rate takes its share afterwards.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Final

from lossclass.arithmetic.expression import (
    Expression,
    Negative,
    Product,
    Quantity,
    Quotient,
    Root,
    Sum,
    sum_of,
)
from lossclass.arithmetic.notation import PLAIN, PRIME
from lossclass.arithmetic.symbol import Symbol
from lossclass.problem.training import Train
from lossclass.working import Working

_DEFAULTS: Final = {
    "momentum": Decimal("0.9"),
    "beta1": Decimal("0.9"),
    "beta2": Decimal("0.999"),
    "epsilon": Decimal("1e-8"),
}
#: The letters of what is given, with an index where there is one; another where that is taken.
_LETTERS: Final[Mapping[str, tuple[tuple[str, ...], tuple[int, ...]]]] = {
    "momentum": (("μ", "ρ"), ()),
    "beta1": (("β", "ρ"), (1,)),
    "beta2": (("β", "ρ"), (2,)),
    "epsilon": (("ε", "δ"), ()),
    "clip_norm": (("τ", "κ"), ()),
    "clip_value": (("τ", "κ"), ()),
}


def settings(train: Train) -> dict[str, Decimal]:
    """The numbers that the rule takes beside the learning rate, by key."""
    used = {"momentum": ("momentum",), "adam": ("beta1", "beta2", "epsilon")}.get(train.rule, ())
    found = {key: getattr(train, key) for key in used}
    found = {key: _DEFAULTS[key] if each is None else each for key, each in found.items()}
    clips = {key: getattr(train, key) for key in ("clip_norm", "clip_value")}
    return found | {key: each for key, each in clips.items() if each is not None}


@dataclass
class Rule:
    """A rule of learning, written out.

    Args:
        parameters: what is learnt.
    """

    working: Working
    train: Train
    parameters: Sequence[Quantity]
    #: What goes on from step to step, by kind and by parameter.
    _kept: dict[tuple[str, str], Quantity] = field(default_factory=dict)

    def __post_init__(self) -> None:
        given = self.working.given
        self.rate = given("learning_rate", Symbol("η"), self.train.learning_rate)
        self.given: dict[str, Quantity] = {}
        for key, number in settings(self.train).items():
            letters, index = _LETTERS[key]
            self.given[key] = given(key, Symbol(self.working.letter(*letters), index), number)

    # --- in words ---

    def introduce(self, answer: Quantity) -> None:
        """Say what is done in a step."""
        symbol, text = PLAIN.symbol(answer.symbol), self.working.text
        rate = f"with the learning rate η = {text(self.rate)}. New values have a prime."
        against = f"against its derivative, which is the way in which {symbol} falls"
        match self.train.rule:
            case "momentum":
                says = (
                    f"Every parameter has a velocity, which carries earlier derivatives on: {self._named('momentum')} "
                    "times the velocity before, plus the derivative. Before the first step it is 0. The new value "
                    f"is the old one minus η times the velocity, {rate}"
                )
            case "adam":
                says = (
                    "Adam keeps for every parameter a running mean m of its derivatives, and one of their squares, "
                    f"v. Of the mean before, {self._named('beta1')} is kept in m and {self._named('beta2')} in v; the "
                    "rest is new. Both are 0 before the first step and so too small at first: they are divided by "
                    "what they have of weight until then. The new value is the old one minus η times the mean, over "
                    f"the root of that of the squares plus {self._named('epsilon')}, {rate}"
                )
            case _:
                says = (
                    f"Every parameter moves a little {against}. The new value is the old one minus η times the "
                    f"derivative, {rate}"
                )
        self.working.say(says)
        if "clip_norm" in self.given:
            self.working.say(
                "First the gradient is clipped, if its norm over all parameters together is above "
                f"{self._named('clip_norm')}: every derivative is multiplied by this over the norm."
            )
        if "clip_value" in self.given:
            self.working.say(
                "First the gradient is clipped, if the size of a derivative is above "
                f"{self._named('clip_value')}: it is taken as this, with its sign."
            )

    def _named(self, key: str) -> str:
        """What is given for a key, as symbol = number."""
        given = self.given[key]
        return f"{PLAIN.symbol(given.symbol)} = {self.working.text(given)}"

    @property
    def settings(self) -> str:
        """All that is given for the rule, in words."""
        rate = f"{PLAIN.symbol(self.rate.symbol)} = {self.working.text(self.rate)}"
        *others, last = [rate, *map(self._named, self.given)]
        return f"{', '.join(others)} and {last}" if others else last

    # --- a step ---

    def write(
        self, n: int, slopes: Mapping[str, Quantity], values: Mapping[str, Quantity]
    ) -> dict[str, Quantity]:
        """Write step n of learning; steps after the first have their number in their ids.

        Args:
            slopes: the derivatives, by the ids of the parameters.
            values: what the parameters are.

        Returns:
            What they become.
        """
        self._n, self._before = n, "" if n == 1 else f"descent.{n}."
        slopes = self._clipped(slopes)
        return {
            each.id: self._moved(each, slopes[each.id], values[each.id]) for each in self.parameters
        }

    def _write(
        self, kind: str, parameter: Quantity, symbol: Symbol, of: Expression, title: str
    ) -> Quantity:
        first = f"{kind}." if self._n == 1 or kind != "updated" else ""
        id = f"{self._before}{first}{parameter.name}"
        return self.working.step(id, symbol, of, title=title)

    def _of(self, letters: tuple[str, str], parameter: Quantity, primes: int) -> Symbol:
        """The symbol of what belongs to a parameter, with the first letter that is free."""
        letter, symbol = self.working.letter(*letters), parameter.symbol
        return Symbol(letter + PRIME * primes, (symbol.letter, *symbol.index))

    # --- clipping ---

    def _clipped(self, slopes: Mapping[str, Quantity]) -> Mapping[str, Quantity]:
        """The derivatives that go into the rule: those that are clipped, and the others as they are."""
        values = self.working.values
        instead: dict[str, Expression] = {}
        what = "No size is"
        if most := self.given.get("clip_value"):
            for id, slope in slopes.items():
                if abs(values[slope.id]) > values[most.id]:
                    instead[id] = most if values[slope.id] > 0 else Negative(most)
        elif most := self.given.get("clip_norm"):
            norm = self.working.step(
                f"{self._before}gradient_norm",
                Symbol(self.working.letter("N", "R") + PRIME * (self._n - 1)),
                Root(sum_of([each * each for each in slopes.values()])),
                title="The norm of the gradient",
            )
            what = f"The norm {PLAIN.symbol(norm.symbol)} is not"
            if values[norm.id] > values[most.id]:
                instead = {id: slope * most / norm for id, slope in slopes.items()}
        if most and not instead:
            said = f"{what} above {PLAIN.symbol(most.symbol)}: nothing is clipped."
            self.working.say(said, tells=True)
        made = {
            each.id: self._write(
                "clipped",
                each,
                self._of(("G", "D"), each, self._n - 1),
                instead[each.id],
                f"The clipped derivative by {PLAIN.symbol(each.symbol)}",
            )
            for each in self.parameters
            if each.id in instead
        }
        return {**slopes, **made}

    # --- rules ---

    def _moved(self, parameter: Quantity, slope: Quantity, value: Quantity) -> Quantity:
        """What a parameter becomes."""
        name = PLAIN.symbol(parameter.symbol)
        change: Expression
        match self.train.rule:
            case "momentum":
                title, share = f"The velocity of {name}", self.given["momentum"]
                velocity = self._kept_on("velocity", ("v", "w"), share, parameter, slope, title)
                change = Product(self.rate, velocity)
            case "adam":
                mean = self._moment("first_moment", "beta1", ("m", "n"), parameter, (slope,))
                squares = self._moment(
                    "second_moment", "beta2", ("v", "w"), parameter, (slope, slope)
                )
                root = Sum(Root(squares), self.given["epsilon"])
                change = Quotient(Product(self.rate, mean), root)
            case _:
                change = Product(self.rate, slope)
        symbol = replace(parameter.symbol, letter=f"{parameter.symbol.letter}{PRIME * self._n}")
        new = Sum(value, Negative(change))
        return self._write("updated", parameter, symbol, new, f"The new {name}")

    def _moment(
        self,
        kind: str,
        key: str,
        letters: tuple[str, str],
        parameter: Quantity,
        factors: tuple[Quantity, ...],
    ) -> Quantity:
        """A running mean of derivatives or their squares, without its bias."""
        share = self.given[key]
        of = "squares of the derivatives" if len(factors) > 1 else "derivatives"
        title = f"The mean of the {of} by {PLAIN.symbol(parameter.symbol)}"
        new = Product(1 - share, *factors)
        mean = self._kept_on(kind, letters, share, parameter, new, title)
        left = 1 - (share if self._n == 1 else share**self._n)
        title = f"{PLAIN.symbol(mean.symbol)} without its bias"
        unbiased = replace(mean.symbol, hat=True)
        return self._write(f"{kind}_corrected", parameter, unbiased, mean / left, title)

    def _kept_on(
        self,
        kind: str,
        letters: tuple[str, str],
        share: Quantity,
        parameter: Quantity,
        new: Expression,
        title: str,
    ) -> Quantity:
        """A share of what it was at the end of the step before, which is 0 before all steps, and
        what is new; kept for the next step."""
        before = self._kept.get((kind, parameter.id))
        parts = [] if before is None else [Product(share, before)]
        symbol = self._of(letters, parameter, self._n)
        kept = self._write(kind, parameter, symbol, sum_of([*parts, new]), title)
        self._kept[kind, parameter.id] = kept
        return kept


class InDoubles:
    """The same rule in doubles, for steps that are not written out."""

    def __init__(self, train: Train) -> None:
        self.train = train
        self.given = {key: float(number) for key, number in settings(train).items()}
        self.n = 0
        self.first: dict[str, float] = {}
        self.second: dict[str, float] = {}

    def changes(self, slopes: Mapping[str, float]) -> dict[str, float]:
        """What the next step takes off each parameter."""
        self.n += 1
        rate = float(self.train.learning_rate)
        return {id: rate * each for id, each in self._directions(dict(self._clipped(slopes)))}

    def _clipped(self, slopes: Mapping[str, float]) -> Iterator[tuple[str, float]]:
        norm, most = math.hypot(*slopes.values()), self.given.get("clip_norm", math.inf)
        factor = most / norm if norm > most else 1.0
        bound = self.given.get("clip_value", math.inf)
        return ((id, max(-bound, min(bound, each * factor))) for id, each in slopes.items())

    def _directions(self, slopes: dict[str, float]) -> Iterator[tuple[str, float]]:
        given, rule = self.given, self.train.rule
        for id, slope in slopes.items():
            if rule == "sgd":
                yield id, slope
            elif rule == "momentum":
                self.first[id] = given["momentum"] * self.first.get(id, 0.0) + slope
                yield id, self.first[id]
            else:
                one, two = given["beta1"], given["beta2"]
                self.first[id] = one * self.first.get(id, 0.0) + (1 - one) * slope
                self.second[id] = two * self.second.get(id, 0.0) + (1 - two) * slope**2
                root = math.sqrt(self.second[id] / (1 - two**self.n)) + given["epsilon"]
                yield id, self.first[id] / (1 - one**self.n) / root
