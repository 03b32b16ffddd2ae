"""The policy gradient step by step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import chain, groupby

from lossclass.arithmetic.expression import Expression, Log, Quantity, Root, Sum, mean_of
from lossclass.arithmetic.notation import PLAIN
from lossclass.arithmetic.symbol import Symbol
from lossclass.losses.policy_gradient.inputs import Inputs, called
from lossclass.losses.shapes.formulas import head, indexed, log
from lossclass.losses.shapes.network import (
    LARGEST_FIRST,
    TRUE_AND_PREDICTED,
    softmax_steps,
    write_rnn,
)
from lossclass.losses.shapes.observations import given_row, log_given, remark_on_sum
from lossclass.losses.shapes.reduction import reduce_steps, write_loss, write_sum
from lossclass.problem.arrays import Place
from lossclass.working import Working, dotted, named


def solve(inputs: Inputs, working: Working) -> Sequence[Quantity]:
    """The steps: for logits ``max.t``, ``exp.t.a``, ``exp_sum.t``, ``y_pred.t.a``; with a discount
    ``return.T`` … ``return.1``; ``baseline`` where it is the mean, and ``advantage.t``; normalised,
    ``mean``, ``deviation.t``, ``squared_deviation.t``, ``variance``, ``standard_deviation``,
    ``normalised.t``; then ``log_policy.t``, ``term.t``, ``sum``, ``loss``. With episodes, the number
    of the episode stands before t, and there is ``episode.e``."""
    return _Worked(inputs, working).solve()


def formula_of(inputs: Inputs) -> str:
    """The formula that a problem is worked by."""
    index = ("t",) if inputs.episodes is None else ("e", "t")
    earned = "R" if inputs.first.returns is not None or not inputs.discount else "G"
    if inputs.has_advantages:
        earned = "A"
    factor = indexed(earned, index, hat=inputs.normalise)
    minus = "−" if inputs.form == "loss" else ""
    policy = f"{log(inputs.log_base)} π({indexed('y', index)}|{indexed('s', index)})"
    if inputs.episodes is None or inputs.reduction == "none":
        return head(f"{minus}{factor} {policy}", inputs, "sum", index)
    over = {None: "(1/N) Σₑ Σₜ", "sum": "Σₑ Σₜ"}.get(inputs.reduction, "(1/n) Σₑ Σₜ")
    return f"L = {minus}{over} {factor} {policy}"


class _Worked:
    """The working, with what all its parts refer to. Quantities of steps are listed by place, one
    episode behind another."""

    def __init__(self, inputs: Inputs, working: Working) -> None:
        self.inputs = inputs
        self.working = working
        self.places = inputs.places
        self.actions = [*chain(*(each.actions or () for _, each in inputs.each))]
        #: What Rₜ is called in this problem.
        self.name = "reward" if inputs.first.returns is None and not inputs.discount else "return"
        if inputs.has_advantages:
            self.name = "advantage"

    def solve(self) -> Sequence[Quantity]:
        inputs = self.inputs
        policy: Sequence[Sequence[Quantity]] = ()
        if inputs.rnn is not None:
            policy = write_rnn(self.working, inputs).predictions
        pairs = ("rρ", "bB", "VJ", "qk")
        self.letters = {pair[0]: self.working.letter(*pair) for pair in pairs}
        q = self.letters["q"]
        #: The letter of the numbers that hold the policy, and what they are called.
        self.held = {
            "policy": ("π", "policy π"),
            "log_policy": (q, f"{q} = ln π"),
            "logits": ("z", "logit z"),
            "rnn": ("ŷ", "policy π = ŷ"),
        }[inputs.first.held]
        self.working.section(TRUE_AND_PREDICTED if policy else "Given")
        name, letter = "return", "R"
        if inputs.first.returns is None:
            name, letter = "reward", self.letters["r"] if inputs.discount else "R"
        earned = self._given(name, letter, [*chain(*(each.earned for _, each in inputs.each))])
        discount = self._one_or_each("discount", "γ", inputs.discount)
        baseline: list[Quantity] = []
        if inputs.baseline != "mean":
            baseline = self._one_or_each("baseline", self.letters["b"], inputs.baseline)
        policy = policy or self._policy()
        self._table(earned, discount, baseline, policy)
        if inputs.first.logits is not None:
            policy = self._softmax(policy)
        if discount:
            earned = self._returns(earned, discount)
        if inputs.baseline is not None:
            earned = self._advantages(earned, baseline)
        if inputs.normalise:
            earned = self._normalised(earned)
        terms = self._terms(earned, policy)
        if inputs.episodes is None or inputs.reduction == "none":
            factor, places = Decimal(inputs.sign), self.places
            answers = reduce_steps(self.working, terms, inputs, "sum", "t", factor, places=places)
        else:
            answers = self._over_episodes(terms)
        self._remark_on_the_form(answers)
        return answers

    # --- what is given ---

    def _given(self, name: str, letter: str, numbers: Sequence[Decimal]) -> list[Quantity]:
        """The quantity of each step."""
        return [
            self.working.given(*named(name, letter, place), number)
            for place, number in zip(self.places, numbers, strict=True)
        ]

    def _one_or_each(
        self, name: str, letter: str, numbers: Sequence[Decimal] | None
    ) -> list[Quantity]:
        """The quantity for each step: that of its time step, or one for all, or none at all."""
        if not numbers:
            return []
        if len(numbers) == 1:
            return [self.working.given(name, Symbol(letter), numbers[0])] * len(self.places)
        by_time = [
            self.working.given(f"{name}.{t}", Symbol(letter, (t,)), number)
            for t, number in enumerate(numbers, start=1)
        ]
        return [by_time[t - 1] for *_, t in self.places]

    def _policy(self) -> Sequence[Sequence[Quantity]]:
        """The rows of the policy, its logarithms or the logits."""
        name, (letter, _) = self.inputs.first.held, self.held
        rows = [*chain(*(each.rows for _, each in self.inputs.each))]
        if not self.actions:
            return [[each] for each in self._given(name, letter, [row[0] for row in rows])]
        return [
            given_row(self.working, name, Symbol(letter), row, place)
            for place, row in zip(self.places, rows, strict=True)
        ]

    def _table(
        self,
        earned: Sequence[Quantity],
        discount: Sequence[Quantity],
        baseline: Sequence[Quantity],
        policy: Sequence[Sequence[Quantity]],
    ) -> None:
        working, inputs = self.working, self.inputs
        columns: dict[str, Sequence[str | Quantity]] = {}
        if inputs.episodes is not None:
            columns["episode"] = [str(place[0]) for place in self.places]
        columns["t"] = [str(place[-1]) for place in self.places]
        columns[f"{earned[0].id.split('.')[1]} {earned[0].symbol.letter}"] = earned
        if self.actions:
            columns["action taken"] = self.actions
        else:
            columns[f"{self.held[1]}(y|s)"] = [row[0] for row in policy]
        if discount:
            columns["discount γ"] = discount
        if baseline:
            columns[f"baseline {self.letters['b']}"] = baseline
        working.table("given", "", columns, zip(*columns.values(), strict=True))
        for number, each in inputs.each:
            if each.bootstrap is not None:
                of = f" of episode {number[0]}" if number else ""
                value = PLAIN.symbol(Symbol(self.letters["V"], number))
                working.say(
                    f"The state after the last step{of} is valued at {value} = "
                    f"{working.text(each.bootstrap)}."
                )
        if self.actions:
            self._policy_table(policy)

    def _policy_table(self, policy: Sequence[Sequence[Quantity]]) -> None:
        working, (letter, heading) = self.working, self.held
        index, where, columns = "₁,₁", "step 1", ["t"]
        if self.inputs.episodes is not None:
            index, where, columns = "₁,₁,₁", called((1, 1)), ["episode", "t"]
        working.say(
            "Actions are counted from 0, the indices in the formulas from 1: "
            f"{letter}{index} belongs to action 0 at {where}."
        )
        rows: list[tuple[str | Quantity, ...]] = [
            (*map(str, place), str(a), number)
            for place, row in zip(self.places, policy, strict=True)
            for a, number in enumerate(row)
        ]
        working.table("policy", "", (*columns, "action", heading), rows)
        if self.inputs.first.held in ("policy", "log_policy"):
            for place, row in zip(self.places, policy, strict=True):
                numbers = [working.values[each.id] for each in row]
                if self.inputs.first.held == "log_policy":
                    numbers = [each.exp() for each in numbers]
                remark_on_sum(working, numbers, f"The policy's probabilities at {called(place)}")

    # --- what stands before the logarithm ---

    def _softmax(self, logits: Sequence[Sequence[Quantity]]) -> Sequence[Sequence[Quantity]]:
        self.working.section("The policy: softmax of the logits")
        self.working.say(f"π(y|s) = ŷ = exp(z) / Σ exp(z) over the actions. {LARGEST_FIRST}")
        rows = zip(self.places, logits, strict=True)
        return [
            softmax_steps(self.working, row, place, called=called(place)) for place, row in rows
        ]

    def _returns(self, rewards: Sequence[Quantity], discount: Sequence[Quantity]) -> list[Quantity]:
        self.working.section("The returns")
        r, gamma = self._any(rewards[0]), self._any(discount[0])
        later = self._any(Symbol("G", self.places[0]))
        self.working.say(
            "A return counts the reward of its step and those to come, each of them times one γ "
            f"for every step that it is later. It is worked backwards: "
            f"{later} = {r} + {gamma} · {later}₊₁."
        )
        given = dict(zip(self.places, zip(rewards, discount, strict=True), strict=True))
        returns: dict[Place, Quantity] = {}
        for number, each in self.inputs.each:
            following, why = None, "no reward is left to come."
            if each.bootstrap is not None:
                symbol = Symbol(self.letters["V"], number)
                following = self.working.given(dotted("bootstrap", number), symbol, each.bootstrap)
                why = f"what is left to come is the value {symbol.letter} of the state that it leads to."
            why = f"The last step: {why}"
            for t in range(len(each.earned), 0, -1):
                place = (*number, t)
                reward, factor = given[place]
                returns[place] = following = self.working.step(
                    *named("return", "G", place),
                    reward if following is None else reward + factor * following,
                    title=f"The return of {called(place)}",
                    why=why,
                )
                why = ""
        return [returns[place] for place in self.places]

    def _advantages(
        self, earned: Sequence[Quantity], baseline: Sequence[Quantity]
    ) -> list[Quantity]:
        self.working.section("The advantages")
        letter = self.letters["b"]
        base = self._any(baseline[0]) if baseline else letter
        self.working.say(
            "An advantage is how much more a step brought than the baseline: "
            f"{self._any(Symbol('A', self.places[0]))} = {self._any(earned[0])} − {base}."
        )
        if not baseline:
            mean = self.working.step(
                "baseline",
                Symbol(letter),
                mean_of(earned),
                title="The baseline: the mean over all steps",
                why="It is a number: no gradient goes through it.",
            )
            baseline = [mean] * len(earned)
        differences = [one - base for one, base in zip(earned, baseline, strict=True)]
        return self._for_each("advantage", Symbol("A"), differences)

    def _any(self, of: Quantity | Symbol) -> str:
        """The same of any step as it stands in a sentence: t for its number, and e for that of its
        episode, where there are several."""
        symbol = of.symbol if isinstance(of, Quantity) else of
        letters = ("e", "t")[2 - len(symbol.index) :]
        return PLAIN.symbol(replace(symbol, index=letters))

    def _for_each(
        self, name: str, symbol: Symbol, expressions: Sequence[Expression], what: str = ""
    ) -> list[Quantity]:
        """A step for each step of the episodes; ``what`` it is called, if not as its id."""
        what = what or name.replace("_", " ")
        return [
            self.working.step(
                *named(name, symbol.letter, place, hat=symbol.hat),
                expression,
                title=f"The {what} of {called(place)}",
            )
            for place, expression in zip(self.places, expressions, strict=True)
        ]

    def _normalised(self, earned: Sequence[Quantity]) -> list[Quantity]:
        working = self.working
        s, v, sigma = (working.letter(*pair) for pair in ("sS", "vν", "σς"))
        working.section("The advantages, normalised")
        deviations = list(earned)
        if self.inputs.baseline != "mean":
            m, d = working.letter("m", "μ"), working.letter("d", "D")
            same = (
                " The baseline falls out here: as it is the same at all steps, it is in the mean."
            )
            also = same if len(self.inputs.baseline or ()) == 1 else ""
            of_any = self._any(Symbol(d, self.places[0]))
            text = f"First the mean is taken off: {of_any} = {self._any(earned[0])} − {m}.{also}"
            working.say(text)
            mean = working.step("mean", Symbol(m), mean_of(earned), title="The mean over all steps")
            deviations = self._for_each("deviation", Symbol(d), [each - mean for each in earned])
        normal = self._any(Symbol("A", self.places[0], hat=True))
        working.say(
            f"{normal} = {self._any(deviations[0])} / {sigma}: divided by the standard deviation {sigma}. That is the root of the "
            f"mean square, as the mean is 0 already; it is that of a population, divided by "
            f"n = {len(earned)} and not by n − 1. It is a number: no gradient goes through it."
        )
        squares = self._for_each("squared_deviation", Symbol(s), [each**2 for each in deviations])
        variance = working.step("variance", Symbol(v), mean_of(squares), title="The variance")
        spread = working.step(
            "standard_deviation",
            Symbol(sigma),
            Root(variance),
            title="The standard deviation",
            why="The square root of the variance.",
        )
        name, divided = Symbol("A", hat=True), [each / spread for each in deviations]
        return self._for_each("normalised", name, divided, what="normalised advantage")

    # --- the terms, and what becomes of them ---

    def _terms(
        self, earned: Sequence[Quantity], policy: Sequence[Sequence[Quantity]]
    ) -> list[Quantity]:
        working, inputs = self.working, self.inputs
        working.section("The term of each step")
        if inputs.first.returns is None and not inputs.discount:
            working.say(
                f"{self._any(Symbol('R', self.places[0]))} is the reward of step t alone, as the formula "
                "has it. Rewards that come later are not added: for that, a problem gives a discount (1 adds them in full)."
            )
        taken = chain(*(each.taken for _, each in inputs.each))
        return [
            self._term(n, each, row[column])
            for n, (each, row, column) in enumerate(zip(earned, policy, taken, strict=True))
        ]

    def _term(self, n: int, multiplier: Quantity, probability: Quantity) -> Quantity:
        working, inputs, place = self.working, self.inputs, self.places[n]
        where = called(place) + (f": action {self.actions[n]}" if self.actions else "")
        log_policy: Expression = probability
        if inputs.first.log_policy is None:
            log_policy = working.step(
                *named("log_policy", self.letters["q"], place),
                Log(probability, inputs.log_base),
                title=f"The logarithm of the policy at {where}",
            )
        else:
            log_policy = log_given(probability, inputs.log_base)
        size = working.values[multiplier.id]
        meaning = "is 0, so the probability of the action does not matter."
        if size:
            sign, change = ("positive", "larger") if size > 0 else ("negative", "smaller")
            meaning = f"is {sign}: the more probable the action, the {change} this term."
        term = working.step(
            *named("term", "ℓ", place),
            multiplier * log_policy,
            title=f"The {self.name} times the logarithm at {where}",
            why=f"The {self.name} {meaning}",
            tells=True,
        )
        never = 0 if inputs.first.log_policy is None else Decimal("-Infinity")
        weight = inputs.weights[n] if inputs.weights else 1
        if working.values[probability.id] == never:
            without = self.name if not size else "weight" if not weight else ""
            text = (
                f"The action of {called(place)} has a probability of 0, and the logarithm of 0 is −∞. But "
                f"the {without} of this step is 0, and 0 times an infinity counts as 0 here."
            )
            if not without:
                text = (
                    f"The policy gives the action of {called(place)} a probability of 0, yet it was taken. The "
                    f"logarithm of 0 is −∞, and times the {self.name} this term is {working.text(term)}. No other "
                    "term can make up for that."
                )
            working.remark("zero-times-log-zero" if without else "loss-is-infinite", text, term)
        return term

    def _over_episodes(self, terms: Sequence[Quantity]) -> list[Quantity]:
        inputs, working = self.inputs, self.working
        working.section("The loss")
        by_episode = groupby(terms, key=lambda term: term.symbol.index[0])
        episodes = [
            working.step(
                f"episode.{number}",
                Symbol("S", (number,)),
                Sum(*own),
                title=f"Episode {number}: the sum over t",
                only_in_full=len(own) == 1,
            )
            for number, (*own,) in by_episode
        ]
        each, below = (
            ("steps of all episodes", terms) if inputs.reduction else ("episodes", episodes)
        )
        divided = inputs.reduction != "sum" and len(below) > 1
        is_copied = not divided and inputs.form == "objective"
        total = write_sum(working, episodes, "the episodes", is_answer=is_copied)
        sign, minus = inputs.sign, "" if inputs.sign > 0 else "minus "
        expression: Expression = total
        what = "the sum over all episodes"
        if divided:
            expression = total / len(below)
            what = f"the sum divided by {len(below)}, the number of {each}"
        expression = expression if sign > 0 else -expression
        loss = write_loss(working, expression, f"Here: {minus}{what}.", total)
        usual = sign * working.values[total.id] / len(episodes)
        if usual != working.values[loss.id]:
            working.remark(
                "reduction-differs-from-formula",
                f"By its usual formula this is {minus}the mean over the episodes of their sums over t, "
                f"{working.text(usual, loss)}. Here it is {minus}{what}: {working.text(loss, usual)}. Two "
                "answers that differ by this are both worked correctly: see which one is asked.",
                loss,
            )
        return [loss]

    def _remark_on_the_form(self, answers: Sequence[Quantity]) -> None:
        working, of_loss, objective = self.working, "", ""
        if len(answers) == 1:
            loss = -self.inputs.sign * working.values[answers[0].id]
            of_loss, objective = (f" Here: {working.text(each)}." for each in (loss, -loss))
        this, that = "This", "this"
        if self.inputs.form == "loss":
            this, that = "The same without the minus", "that"
        text = (
            f"{this} is an objective, which training makes as large as possible.{objective} A loss is made "
            f"as small as possible, so it is the negative of {that}.{of_loss}"
        )
        working.remark("objective-or-loss", text, answers[0] if len(answers) == 1 else None)
