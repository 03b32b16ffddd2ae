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
    Constant,
    Expression,
    Negative,
    Power,
    Product,
    Quantity,
    Quotient,
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
_HALF: Final = Constant("0.5")
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
    _kept: dict[str, dict[str, Quantity]] = field(default_factory=dict)

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
        return self._with_number(self.given[key])

    def _with_number(self, given: Quantity) -> str:
        return f"{PLAIN.symbol(given.symbol)} = {self.working.text(given)}"

    @property
    def settings(self) -> str:
        """All that is given for the rule, in words."""
        *others, last = map(self._with_number, (self.rate, *self.given.values()))
        return f"{', '.join(others)} and {last}" if others else last

    # --- a step ---

    def write(
        self, n: int, slopes: Mapping[str, Quantity], values: Mapping[str, Quantity]
    ) -> dict[str, Quantity]:
        """Write step n of learning.

        Args:
            slopes: the derivatives, by the ids of the parameters.
            values: what the parameters are.

        Returns:
            What they become.
        """
        step = _Step(self, n)
        slopes = step.clipped(slopes)
        return {
            each.id: step.moved(each, slopes[each.id], values[each.id]) for each in self.parameters
        }

    def keep(self, kind: str, parameter: Quantity, quantity: Quantity) -> Quantity:
        """Keep something for the next step."""
        self._kept.setdefault(kind, {})[parameter.id] = quantity
        return quantity

    def kept(self, kind: str, parameter: Quantity) -> Quantity | None:
        """What it was at the end of the step before; None for the 0 that was before all steps."""
        return self._kept.get(kind, {}).get(parameter.id)


@dataclass
class _Step:
    """One step of a rule; steps after the first have its number in their ids."""

    rule: Rule
    n: int

    def _write(
        self, kind: str, parameter: Quantity, symbol: Symbol, of: Expression, title: str
    ) -> Quantity:
        first = f"{kind}." if self.n == 1 or kind != "updated" else ""
        before = "" if self.n == 1 else f"descent.{self.n}."
        id = f"{before}{first}{parameter.name}"
        return self.rule.working.step(id, symbol, of, title=title)

    def _of(
        self, letter: str, parameter: Quantity, *, hat: bool = False, primes: int = 0
    ) -> Symbol:
        """The symbol of what belongs to a parameter."""
        symbol = parameter.symbol
        return Symbol(letter + PRIME * primes, (symbol.letter, *symbol.index), hat=hat)

    # --- clipping ---

    def clipped(self, slopes: Mapping[str, Quantity]) -> Mapping[str, Quantity]:
        """The derivatives that go into the rule: those that are clipped, and the others as they are."""
        given, values = self.rule.given, self.rule.working.values
        instead: dict[str, Expression] = {}
        what = "No size is"
        if most := given.get("clip_value"):
            for id, slope in slopes.items():
                if abs(values[slope.id]) > values[most.id]:
                    instead[id] = most if values[slope.id] > 0 else Negative(most)
        elif most := given.get("clip_norm"):
            norm = self._norm(slopes)
            what = f"The norm {PLAIN.symbol(norm.symbol)} is not"
            if values[norm.id] > values[most.id]:
                instead = {id: slope * most / norm for id, slope in slopes.items()}
        if most and not instead:
            said = f"{what} above {PLAIN.symbol(most.symbol)}: nothing is clipped."
            self.rule.working.say(said, tells=True)
        letter = self.rule.working.letter("G", "D")
        made = {
            each.id: self._write(
                "clipped",
                each,
                self._of(letter, each, primes=self.n - 1),
                instead[each.id],
                f"The clipped derivative by {PLAIN.symbol(each.symbol)}",
            )
            for each in self.rule.parameters
            if each.id in instead
        }
        return {**slopes, **made}

    def _norm(self, slopes: Mapping[str, Quantity]) -> Quantity:
        working, before = self.rule.working, "" if self.n == 1 else f"descent.{self.n}."
        return working.step(
            f"{before}gradient_norm",
            Symbol(working.letter("N", "R") + PRIME * (self.n - 1)),
            Power(sum_of([each * each for each in slopes.values()]), _HALF),
            title="The norm of the gradient",
        )

    # --- rules ---

    def moved(self, parameter: Quantity, slope: Quantity, value: Quantity) -> Quantity:
        """What a parameter becomes."""
        change: Expression
        match self.rule.train.rule:
            case "momentum":
                change = Product(self.rule.rate, self._velocity(parameter, slope))
            case "adam":
                change = self._by_adam(parameter, slope)
            case _:
                change = Product(self.rule.rate, slope)
        letter = f"{parameter.symbol.letter}{PRIME * self.n}"
        title = f"The new {PLAIN.symbol(parameter.symbol)}"
        symbol = replace(parameter.symbol, letter=letter)
        return self._write("updated", parameter, symbol, Sum(value, Negative(change)), title)

    def _velocity(self, parameter: Quantity, slope: Quantity) -> Quantity:
        before = self.rule.kept("velocity", parameter)
        parts = [] if before is None else [Product(self.rule.given["momentum"], before)]
        symbol = self._of(self.rule.working.letter("v", "w"), parameter, primes=self.n)
        title = f"The velocity of {PLAIN.symbol(parameter.symbol)}"
        new = self._write("velocity", parameter, symbol, sum_of([*parts, slope]), title)
        return self.rule.keep("velocity", parameter, new)

    def _by_adam(self, parameter: Quantity, slope: Quantity) -> Expression:
        mean = self._moment("first_moment", "beta1", ("m", "n"), parameter, (slope,))
        squares = self._moment("second_moment", "beta2", ("v", "w"), parameter, (slope, slope))
        root = Sum(Power(squares, _HALF), self.rule.given["epsilon"])
        return Quotient(Product(self.rule.rate, mean), root)

    def _moment(
        self,
        kind: str,
        key: str,
        letters: tuple[str, str],
        parameter: Quantity,
        factors: tuple[Quantity, ...],
    ) -> Quantity:
        """A running mean of derivatives or their squares, and the same without its bias."""
        share, before = self.rule.given[key], self.rule.kept(kind, parameter)
        parts = [] if before is None else [Product(share, before)]
        parts.append(Product(1 - share, *factors))
        symbol = self._of(self.rule.working.letter(*letters), parameter, primes=self.n)
        of = "squares of the derivatives" if len(factors) > 1 else "derivatives"
        title = f"The mean of the {of} by {PLAIN.symbol(parameter.symbol)}"
        mean = self._write(kind, parameter, symbol, sum_of(parts), title)
        self.rule.keep(kind, parameter, mean)
        left = 1 - (share if self.n == 1 else share**self.n)
        title = f"{PLAIN.symbol(symbol)} without its bias"
        unbiased = replace(symbol, hat=True)
        return self._write(f"{kind}_corrected", parameter, unbiased, mean / left, title)


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
