"""The policy gradient step by step."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from lossclass.arithmetic.expression import Log, Negative, Product, Quantity, Sum
from lossclass.arithmetic.symbol import Symbol
from lossclass.losses._softmax import softmax_steps
from lossclass.losses.policy_gradient.inputs import Inputs
from lossclass.losses.shapes.network import TRUE_AND_PREDICTED, write_rnn
from lossclass.losses.shapes.reduction import reduce_steps
from lossclass.working import Working


def solve(inputs: Inputs, working: Working) -> Sequence[Quantity]:
    """The steps: for logits ``max.t``, ``exp.t.a``, ``exp_sum.t``, ``y_pred.t.a``; with a discount
    ``return.T`` … ``return.1``; with a baseline ``advantage.t``; then ``log_policy.t``,
    ``term.t``, ``sum``, ``loss``."""
    return _Episode(inputs, working).solve()


class _Episode:
    """The working, with what all its parts refer to."""

    def __init__(self, inputs: Inputs, working: Working) -> None:
        self.inputs = inputs
        self.working = working
        self.count = len(inputs.rows)
        #: What Rₜ is called in this problem.
        self.name = "reward" if inputs.returns is None and not inputs.discount else "return"
        if inputs.baseline:
            self.name = "advantage"

    def solve(self) -> Sequence[Quantity]:
        inputs = self.inputs
        from_rnn = None
        if inputs.rnn is not None:
            from_rnn = [list(row) for row in write_rnn(self.working, inputs).predictions]
        pairs = ("rρ", "bB", "VJ", "qk")
        self.letters = {pair[0]: self.working.letter(*pair) for pair in pairs}
        self.working.section("Given" if from_rnn is None else TRUE_AND_PREDICTED)
        earned = self._earned()
        discount = self._one_or_each("discount", "γ", inputs.discount)
        baseline = self._one_or_each("baseline", self.letters["b"], inputs.baseline)
        policy = from_rnn or self._policy()
        self._table(earned, discount, baseline, policy)
        if inputs.logits is not None:
            policy = self._softmax(policy)
        if discount:
            earned = self._returns(earned, discount)
        if baseline:
            earned = self._advantages(earned, baseline)
        terms = self._terms(earned, policy)
        factor = Decimal(-1 if inputs.form == "loss" else 1)
        answers = reduce_steps(self.working, terms, inputs, "sum", "t", factor)
        self._remark_on_the_form(answers)
        return answers

    def _earned(self) -> list[Quantity]:
        inputs = self.inputs
        if inputs.returns is not None:
            name, letter, numbers = "return", "R", inputs.returns
        else:
            name, letter = "reward", self.letters["r"] if inputs.discount else "R"
            numbers = inputs.rewards or ()
        return [
            self.working.given(f"{name}.{t}", Symbol(letter, (t,)), number)
            for t, number in enumerate(numbers, start=1)
        ]

    def _one_or_each(
        self, name: str, letter: str, numbers: Sequence[Decimal] | None
    ) -> list[Quantity]:
        """The quantity for each step: T of them, or one T times, or none at all."""
        if not numbers:
            return []
        if len(numbers) == 1:
            return [self.working.given(name, Symbol(letter), numbers[0])] * self.count
        return [
            self.working.given(f"{name}.{t}", Symbol(letter, (t,)), number)
            for t, number in enumerate(numbers, start=1)
        ]

    def _policy(self) -> list[list[Quantity]]:
        """The rows of the policy or the logits."""
        name, letter = ("logits", "z") if self.inputs.logits is not None else ("policy", "π")
        if self.inputs.actions is None:
            return [
                [self.working.given(f"{name}.{t}", Symbol(letter, (t,)), row[0])]
                for t, row in enumerate(self.inputs.rows, start=1)
            ]
        return [
            [
                self.working.given(f"{name}.{t}.{a}", Symbol(letter, (t, a)), number)
                for a, number in enumerate(row, start=1)
            ]
            for t, row in enumerate(self.inputs.rows, start=1)
        ]

    def _table(
        self,
        earned: Sequence[Quantity],
        discount: Sequence[Quantity],
        baseline: Sequence[Quantity],
        policy: Sequence[Sequence[Quantity]],
    ) -> None:
        working, inputs = self.working, self.inputs
        columns: dict[str, Sequence[str | Quantity]] = {
            "t": [str(t) for t in range(1, self.count + 1)]
        }
        columns[f"{earned[0].id.split('.')[1]} {earned[0].symbol.letter}"] = earned
        if inputs.actions is None:
            columns["policy π(y|s)"] = [row[0] for row in policy]
        else:
            columns["action taken"] = inputs.actions
        if discount:
            columns["discount γ"] = discount
        if baseline:
            columns[f"baseline {self.letters['b']}"] = baseline
        working.table("given", "", columns, zip(*columns.values(), strict=True))
        if inputs.bootstrap is not None:
            working.say(
                f"The state after the last step is valued at {self.letters['V']} = {working.text(inputs.bootstrap)}."
            )
        if inputs.actions is not None:
            self._policy_table(policy)

    def _policy_table(self, policy: Sequence[Sequence[Quantity]]) -> None:
        working = self.working
        from_logits = self.inputs.logits is not None
        letter = "ŷ" if self.inputs.rnn else "z" if from_logits else "π"
        working.say(
            "Actions are counted from 0, the indices in the formulas from 1: "
            f"{letter}₁,₁ belongs to action 0 at step 1."
        )
        rows = [
            (str(t), str(a), number)
            for t, row in enumerate(policy, start=1)
            for a, number in enumerate(row)
        ]
        heading = "logit z" if from_logits else "policy π"
        heading += " = ŷ" if self.inputs.rnn else ""
        working.table("policy", "", ("t", "action", heading), rows)
        given = () if from_logits or self.inputs.rnn else self.inputs.rows
        for t, row in enumerate(given, start=1):
            total = sum(row, Decimal(0))
            if abs(total - 1) > Decimal("1e-6"):
                working.remark(
                    "probabilities-do-not-sum-to-one",
                    f"The policy's probabilities at step {t} sum to {working.text(total)}, not to "
                    "1 as the outputs of a softmax do. They are taken here as they were given.",
                )

    def _softmax(self, logits: Sequence[Sequence[Quantity]]) -> list[list[Quantity]]:
        self.working.section("The policy: softmax of the logits")
        self.working.say(
            "π(y|s) = ŷ = e^z / Σ e^z over the actions. The largest logit M is subtracted from all "
            "of them first: that changes nothing in the quotient, and no exponential gets too "
            "large."
        )
        return [softmax_steps(self.working, row, (t,)) for t, row in enumerate(logits, start=1)]

    def _returns(self, rewards: Sequence[Quantity], discount: Sequence[Quantity]) -> list[Quantity]:
        working, bootstrap = self.working, self.inputs.bootstrap
        working.section("The returns")
        gamma = "γₜ" if discount[0].symbol.index else "γ"
        working.say(
            "A return counts the reward of its step and those to come, each of them times one γ "
            f"for every step that it is later. It is worked backwards: "
            f"Gₜ = {self.letters['r']}ₜ + {gamma} · Gₜ₊₁."
        )
        following = None
        if bootstrap is not None:
            following = working.given("bootstrap", Symbol(self.letters["V"]), bootstrap)
        returns: list[Quantity] = []
        for t in range(self.count, 0, -1):
            why = ""
            if t == self.count:
                why = "The last step: " + (
                    "no reward is left to come."
                    if following is None
                    else f"what is left to come is the value {self.letters['V']} of the state that it "
                    "leads to."
                )
            reward, factor = rewards[t - 1], discount[t - 1]
            following = working.step(
                f"return.{t}",
                Symbol("G", (t,)),
                reward if following is None else Sum(reward, Product(factor, following)),
                title=f"Step {t}",
                why=why,
            )
            returns.insert(0, following)
        return returns

    def _advantages(
        self, earned: Sequence[Quantity], baseline: Sequence[Quantity]
    ) -> list[Quantity]:
        self.working.section("The advantages")
        what, base = earned[0].symbol.letter, baseline[0].symbol
        base_name = f"{base.letter}ₜ" if base.index else base.letter
        self.working.say(
            "An advantage is how much more a step brought than the baseline: "
            f"Aₜ = {what}ₜ − {base_name}. "
            "It stands where the formula has Rₜ."
        )
        return [
            self.working.step(
                f"advantage.{t}",
                Symbol("A", (t,)),
                Sum(one, Negative(base)),
                title=f"Step {t}",
            )
            for t, (one, base) in enumerate(zip(earned, baseline, strict=True), start=1)
        ]

    def _terms(
        self, earned: Sequence[Quantity], policy: Sequence[Sequence[Quantity]]
    ) -> list[Quantity]:
        working, inputs = self.working, self.inputs
        working.section("The term of each step")
        if inputs.returns is None and not inputs.discount:
            working.say(
                "Rₜ is the reward of step t alone, as the formula prints it. Rewards that come "
                "later are not added: for that, a problem gives a discount (1 adds them in full)."
            )
        return [
            self._term(t, each, row[column])
            for t, (each, row, column) in enumerate(
                zip(earned, policy, inputs.taken, strict=True), start=1
            )
        ]

    def _term(self, t: int, multiplier: Quantity, probability: Quantity) -> Quantity:
        working, inputs = self.working, self.inputs
        action = f": action {inputs.actions[t - 1]}" if inputs.actions else ""
        log_policy = working.step(
            f"log_policy.{t}",
            Symbol(self.letters["q"], (t,)),
            Log(probability, inputs.log_base),
            title=f"Step {t}{action}",
        )
        size = working.values[multiplier.id]
        meaning = "is 0, so the probability of the action does not matter."
        if size:
            sign, change = ("positive", "larger") if size > 0 else ("negative", "smaller")
            meaning = f"is {sign}: the more probable the action, the {change} this term."
        term = working.step(
            f"term.{t}",
            Symbol("ℓ", (t,)),
            Product(multiplier, log_policy),
            why=f"The {self.name} {meaning}",
            tells=True,
        )
        if not working.values[probability.id]:
            self._remark_on_zero(t, size, term)
        return term

    def _remark_on_zero(self, t: int, size: Decimal, term: Quantity) -> None:
        weight = self.inputs.weights[t - 1] if self.inputs.weights else Decimal(1)
        if size and weight:
            self.working.remark(
                "loss-is-infinite",
                f"The policy gives the action of step {t} a probability of 0, yet it was taken. The "
                f"logarithm of 0 is -∞, and times the {self.name} this term is "
                f"{self.working.text(term)}. No other term can make up for that.",
                term,
            )
        else:
            what = self.name if not size else "weight"
            self.working.remark(
                "zero-times-log-zero",
                f"The action of step {t} has a probability of 0, and the logarithm of 0 is -∞. But "
                f"the {what} of this step is 0, and 0 times an infinity counts as 0 here.",
                term,
            )

    def _remark_on_the_form(self, answers: Sequence[Quantity]) -> None:
        working = self.working
        ours, other = "", ""
        if len(answers) == 1:
            answer = working.values[answers[0].id]
            ours, other = f" Here: {working.text(answer)}.", f" Here: {working.text(-answer)}."
        if self.inputs.form == "loss":
            text = (
                "The same without the minus is an objective, which training makes as large as "
                f"possible.{other} A loss is made as small as possible, so it is the negative of "
                f"that.{ours}"
            )
        else:
            text = (
                f"This is an objective, which training makes as large as possible.{ours} A loss is "
                f"made as small as possible, so it is the negative of this.{other}"
            )
        working.remark("objective-or-loss", text, answers[0] if len(answers) == 1 else None)
