"""The policy gradient against its definition, and what is said of infinities and of bad input."""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise
from math import exp, log
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import lossclass
from lossclass.problem.bundled import bundled_problems

BASES = {"e": math.e, "2": 2.0, "10": 10.0}
REDUCTIONS = [None, "sum", "mean", "weighted_mean", "none"]
EPISODE = {
    "loss": "policy_gradient",
    "rewards": [1, 0, 2],
    "policy": [0.5, 0.25, 0.8],
}


def solve(**keys: Any) -> lossclass.Solution:
    """The episode above, solved; a key of None is taken away."""
    problem = {key: value for key, value in {**EPISODE, **keys}.items() if value is not None}
    return lossclass.solve(problem)


def value_of(solution: lossclass.Solution, id: str) -> float:
    return solution.step(id).value


def remarks(solution: lossclass.Solution, code: str) -> list[str]:
    return [remark.text for remark in solution.remarks if remark.code == code]


def mistakes(**keys: Any) -> dict[str, str]:
    """What is wrong with the episode with these keys: messages by path."""
    with pytest.raises(lossclass.InvalidProblem) as raised:
        solve(**keys)
    found = {each.path: each.message for each in raised.value.mistakes}
    assert len(found) == len(raised.value.mistakes)
    return found


# --- the definition, in plain loops ---


def numbers(low: str, high: str, places: int = 2) -> st.SearchStrategy[Decimal]:
    return st.decimals(low, high, places=places, allow_nan=False, allow_infinity=False)


@st.composite
def episodes(draw: st.DrawFn) -> dict[str, Any]:
    count = draw(st.integers(1, 5))

    def listed(each: st.SearchStrategy[Any]) -> list[Any]:
        return draw(st.lists(each, min_size=count, max_size=count))

    def one_or_each(each: st.SearchStrategy[Any]) -> Any:
        return listed(each) if draw(st.booleans()) else draw(each)

    problem: dict[str, Any] = {"loss": "policy_gradient"}
    problem[draw(st.sampled_from(["rewards", "returns"]))] = listed(numbers("-3", "3"))
    width = draw(st.integers(1, 4))
    match draw(st.sampled_from(["taken", "policy", "logits"])):
        case "taken":
            problem["policy"] = listed(numbers("0.01", "1"))
        case kind:
            low, high = ("0.01", "1") if kind == "policy" else ("-5", "5")
            row = st.lists(numbers(low, high), min_size=width, max_size=width)
            problem[kind] = listed(row)
            problem["actions"] = listed(st.integers(0, width - 1))
    if "rewards" in problem and draw(st.booleans()):
        problem["discount"] = one_or_each(numbers("0", "1"))
        if draw(st.booleans()):
            problem["bootstrap"] = draw(numbers("-3", "3"))
    if draw(st.booleans()):
        problem["baseline"] = one_or_each(numbers("-3", "3"))
    if draw(st.booleans()):
        problem["weights"] = listed(numbers("0.1", "3", 1))
    if reduction := draw(st.sampled_from(REDUCTIONS)):
        problem["reduction"] = reduction
    problem["form"] = draw(st.sampled_from(["loss", "objective"]))
    problem["log_base"] = draw(st.sampled_from(list(BASES)))
    return problem


def each_step(numbers: Any, count: int) -> list[float]:
    listed = numbers if isinstance(numbers, list) else [numbers] * count
    return [float(number) for number in listed]


def probabilities_of(problem: dict[str, Any], count: int) -> list[float]:
    """π of the action taken."""
    if "actions" not in problem:
        return each_step(problem["policy"], count)
    taken = []
    for t, action in enumerate(problem["actions"]):
        if "policy" in problem:
            taken.append(float(problem["policy"][t][action]))
        else:
            row = [exp(float(logit)) for logit in problem["logits"][t]]
            taken.append(row[action] / sum(row))
    return taken


def multipliers_of(problem: dict[str, Any]) -> list[float]:
    """Rewards, returns or advantages, each return as the sum that defines it."""
    earned = [float(number) for number in problem.get("returns") or problem["rewards"]]
    count = len(earned)
    if "discount" in problem:
        discounts = each_step(problem["discount"], count)
        rewards = [*earned, float(problem.get("bootstrap", 0))]
        earned = [
            sum(math.prod(discounts[t:k]) * rewards[k] for k in range(t, count + 1))
            for t in range(count)
        ]
    baseline = each_step(problem.get("baseline", 0), count)
    return [one - other for one, other in zip(earned, baseline, strict=True)]


def by_definition(problem: dict[str, Any]) -> float | list[float]:
    multipliers = multipliers_of(problem)
    count = len(multipliers)
    base = BASES[problem["log_base"]]
    weights = each_step(problem.get("weights", 1), count)
    sign = -1 if problem["form"] == "loss" else 1
    terms = [
        sign * weight * multiplier * log(probability) / log(base)
        for weight, multiplier, probability in zip(
            weights, multipliers, probabilities_of(problem, count), strict=True
        )
    ]
    match problem.get("reduction"):
        case "none":
            return terms
        case "mean":
            return sum(terms) / count
        case "weighted_mean":
            return sum(terms) / sum(weights)
    return sum(terms)


@given(episodes())
def test_steps_and_numpy_and_the_definition_agree(problem: dict[str, Any]) -> None:
    solution = lossclass.solve(problem)
    assert solution.cross_check.agrees
    assert solution.answer.value == pytest.approx(by_definition(problem), rel=1e-11, abs=1e-11)


@given(episodes())
def test_the_loss_is_minus_the_objective(problem: dict[str, Any]) -> None:
    loss = lossclass.solve({**problem, "form": "loss"}).answer.value
    objective = lossclass.solve({**problem, "form": "objective"}).answer.value
    if isinstance(loss, list) and isinstance(objective, list):
        assert loss == [-each for each in objective]
    else:
        assert loss == -objective  # type: ignore[operator]


@given(episodes().filter(lambda problem: "discount" in problem))
def test_the_step_before_counts_the_discounted_return_of_the_next(problem: dict[str, Any]) -> None:
    solution = lossclass.solve(problem)
    count = len(problem["rewards"])
    discounts = each_step(problem["discount"], count)
    returns = [value_of(solution, f"return.{t}") for t in range(1, count + 1)]
    following = [*returns[1:], float(problem.get("bootstrap", 0))]
    for reward, discount, one, next_ in zip(
        problem["rewards"], discounts, returns, following, strict=True
    ):
        assert one == pytest.approx(float(reward) + discount * next_, abs=1e-12)


@given(episodes(), st.data())
def test_probabilities_of_zero_are_infinite_or_nothing_or_refused(
    problem: dict[str, Any], data: st.DataObject
) -> None:
    """Zeros at random: the sum is ∞, −∞ or without them, and never a crash."""
    count = len(problem.get("returns") or problem["rewards"])
    zeros = data.draw(st.sets(st.integers(0, count - 1), min_size=1))
    problem = {key: value for key, value in problem.items() if key not in ("actions", "logits")}
    problem["policy"] = [0 if t in zeros else 0.5 for t in range(count)]
    signs = {
        math.copysign(1, m) for t, m in multipliers_exactly(problem).items() if t in zeros and m
    }
    if len(signs) == 2 and problem.get("reduction") != "none":
        with pytest.raises(lossclass.InvalidProblem, match="the two have no sum"):
            lossclass.solve(problem)
        return
    solution = lossclass.solve(problem)
    assert solution.cross_check.agrees
    assert bool(remarks(solution, "loss-is-infinite")) == bool(signs)
    if isinstance(solution.answer.value, float) and signs:
        sign = -1 if problem["form"] == "loss" else 1
        assert solution.answer.value == -sign * signs.pop() * math.inf
    elif isinstance(solution.answer.value, float):
        assert math.isfinite(solution.answer.value)


def multipliers_exactly(problem: dict[str, Any]) -> dict[int, Decimal]:
    """As :func:`multipliers_of`, in decimals, so that a 0 is a 0."""
    earned = list(problem.get("returns") or problem["rewards"])
    count = len(earned)

    def each(key: str, default: int) -> list[Decimal]:
        found = problem.get(key, Decimal(default))
        return found if isinstance(found, list) else [found] * count

    if "discount" in problem:
        following = problem.get("bootstrap", Decimal(0))
        for t in reversed(range(count)):
            earned[t] = following = earned[t] + each("discount", 1)[t] * following
    return {t: earned[t] - base for t, base in enumerate(each("baseline", 0))}


# --- the bundled problems ---


def test_three_step_episode() -> None:
    solution = lossclass.solve(lossclass.load(bundled_problems()["three_step_episode"]))
    returns = [0.9**2, 0.9, 1]
    assert [value_of(solution, f"return.{t}") for t in (1, 2, 3)] == pytest.approx(returns)
    advantages = [each - 0.5 for each in returns]
    assert [value_of(solution, f"advantage.{t}") for t in (1, 2, 3)] == pytest.approx(advantages)
    objective = sum(a * log(p) for a, p in zip(advantages, [0.5, 0.8, 0.25], strict=True))
    assert value_of(solution, "sum") == pytest.approx(objective)
    assert solution.answer.value == pytest.approx(-objective)
    ids = [step.id for step in solution.steps]
    assert [id for id in ids if id.startswith("return")] == ["return.3", "return.2", "return.1"]


def test_as_printed_it_is_an_objective_of_the_rewards_as_they_are() -> None:
    solution = lossclass.solve(lossclass.load(bundled_problems()["policy_gradient_as_printed"]))
    objective = 1 * log(0.5) + 0.5 * log(0.25) - 1 * log(0.8)
    assert solution.answer.value == pytest.approx(objective)
    assert not [step.id for step in solution.steps if step.id.startswith("return")]
    (text,) = remarks(solution, "objective-or-loss")
    assert "Here: -1.163" in text
    assert "negative of this. Here: 1.163" in text


def test_without_form_it_is_the_loss_and_both_numbers_are_told() -> None:
    solution = solve()
    loss = -(log(0.5) + 2 * log(0.8))
    assert solution.answer.value == pytest.approx(loss)
    (text,) = remarks(solution, "objective-or-loss")
    assert f"{loss:.4g}" in text
    assert f"{-loss:.4g}" in text


@pytest.mark.parametrize("alias", ["reinforce", "rl"])
def test_aliases(alias: str) -> None:
    assert solve(loss=alias).about.loss == "policy_gradient"


def test_torch_agrees_where_it_is_installed() -> None:
    torch = pytest.importorskip("torch")
    logits = [[1.0, 0.0, -1.0], [0.5, 0.5, 2.0]]
    chosen = torch.distributions.Categorical(logits=torch.tensor(logits, dtype=torch.float64))
    log_probs = chosen.log_prob(torch.tensor([0, 2]))
    expected = float(-(log_probs * torch.tensor([2.0, -1.0], dtype=torch.float64)).sum())
    solution = solve(rewards=[2, -1], policy=None, logits=logits, actions=[0, 2])
    assert solution.answer.value == pytest.approx(expected, rel=1e-12)


# --- where the probabilities and the numbers come from ---


def softmax(row: Sequence[float]) -> list[float]:
    return [exp(each) / sum(map(exp, row)) for each in row]


def test_logits_are_worked_through_a_softmax() -> None:
    logits = [[1.0, 0.0], [0.5, 2.0], [-1.0, 3.0]]
    solution = solve(policy=None, logits=logits, actions=[0, 0, 1])
    for t, row in enumerate(logits, start=1):
        assert value_of(solution, f"y_pred.{t}.1") == pytest.approx(softmax(row)[0])
    assert value_of(solution, "log_policy.3") == pytest.approx(log(softmax(logits[2])[1]))


def test_large_logits_do_not_overflow() -> None:
    solution = solve(rewards=[1], policy=None, logits=[[1000, 0]], actions=[1])
    assert solution.answer.value == pytest.approx(1000)
    assert solution.cross_check.agrees


def test_a_policy_may_be_one_dimension_short_where_it_has_length_one() -> None:
    columns = solve(policy=[[0.5], [0.25], [0.8]]).answer.value
    assert columns == solve().answer.value
    one_step = solve(rewards=2, policy=[0.25, 0.75], actions=1)
    assert one_step.answer.value == pytest.approx(-2 * log(0.75))


def test_numpy_arrays_are_taken() -> None:
    np = pytest.importorskip("numpy")
    solution = solve(rewards=np.array([1, 0, 2]), policy=np.array([0.5, 0.25, 0.8]))
    assert solution.answer.value == solve().answer.value


def test_rows_that_do_not_sum_to_one_are_remarked_and_taken_as_they_are() -> None:
    policy = [[0.5, 0.5], [0.6, 0.6], [0.2, 0.8]]
    solution = solve(policy=policy, actions=[0, 1, 1])
    (text,) = remarks(solution, "probabilities-do-not-sum-to-one")
    assert "at step 2 sum to 1.2, not to 1" in text
    assert solution.answer.value == pytest.approx(-(log(0.5) + 2 * log(0.8)))


def test_discounts_for_each_step_and_a_bootstrap() -> None:
    solution = solve(discount=[0.9, 0.5, 0.1], bootstrap=4)
    last = 2 + 0.1 * 4
    assert value_of(solution, "return.3") == pytest.approx(last)
    assert value_of(solution, "return.2") == pytest.approx(0.5 * last)
    assert value_of(solution, "return.1") == pytest.approx(1 + 0.9 * 0.5 * last)


def test_a_discount_of_one_adds_later_rewards_in_full_and_none_adds_nothing() -> None:
    assert [value_of(solve(discount=1), f"return.{t}") for t in (1, 2, 3)] == [3, 2, 2]
    assert [value_of(solve(discount=0), f"return.{t}") for t in (1, 2, 3)] == [1, 0, 2]
    paragraphs = str(solve())
    assert "the reward of step t alone" in paragraphs
    assert "the reward of step t alone" not in str(solve(discount=1))
    assert "the reward of step t alone" not in str(solve(rewards=None, returns=[1, 0, 2]))


def test_returns_are_taken_as_they_are() -> None:
    given_returns = solve(rewards=None, returns=[3, 2, 2]).answer.value
    assert given_returns == pytest.approx(solve(discount=1).answer.value)


def test_an_advantage_step_is_there_only_with_a_baseline() -> None:
    assert not [step.id for step in solve().steps if step.id.startswith("advantage")]
    solution = solve(baseline=[0.5, 1, 1.5])
    assert [value_of(solution, f"advantage.{t}") for t in (1, 2, 3)] == [0.5, -1, 0.5]


def test_a_thousand_steps() -> None:
    count = 1000
    solution = solve(rewards=[0] * (count - 1) + [1], policy=[0.5] * count, discount=0.99)
    total = sum(0.99**k for k in range(count))
    assert solution.answer.value == pytest.approx(total * log(2), rel=1e-12)
    returns = [value_of(solution, f"return.{t}") for t in range(1, count + 1)]
    assert all(one < other for one, other in pairwise(returns))


# --- an action that the policy never takes ---


@pytest.mark.parametrize(
    ("rewards", "form", "expected"),
    [
        ([1, 0, 2], "loss", math.inf),
        ([-1, 0, 2], "loss", -math.inf),
        ([1, 0, 2], "objective", -math.inf),
        ([-1, 0, 2], "objective", math.inf),
    ],
)
def test_the_sign_of_the_return_is_the_sign_of_the_infinity(
    rewards: list[int], form: str, expected: float
) -> None:
    solution = solve(rewards=rewards, policy=[0, 0.5, 0.5], form=form)
    assert solution.answer.value == expected
    (text,) = remarks(solution, "loss-is-infinite")
    assert "the action of step 1 a probability of 0, yet it was taken" in text
    assert solution.cross_check.agrees


def test_a_return_of_zero_makes_nothing_of_an_infinity() -> None:
    solution = solve(policy=[0.5, 0, 0.8])
    assert solution.answer.value == pytest.approx(-(log(0.5) + 2 * log(0.8)))
    assert "the reward of this step is 0" in remarks(solution, "zero-times-log-zero")[0]
    assert not remarks(solution, "loss-is-infinite")


def test_an_advantage_that_is_zero_only_in_decimals_is_zero_on_both_roads() -> None:
    """0.1 + 0.2 − 0.3 is not 0 in doubles."""
    solution = solve(rewards=[0.1, 0.2], policy=[0, 0.5], discount=1, baseline=[0.3, 0])
    assert solution.answer.value == pytest.approx(-0.2 * log(0.5))
    assert solution.cross_check.agrees


def test_a_weight_of_zero_makes_nothing_of_an_infinity() -> None:
    solution = solve(policy=[0, 0.5, 0.8], weights=[0, 1, 1])
    assert solution.answer.value == pytest.approx(-2 * log(0.8))
    assert "the weight of this step is 0" in remarks(solution, "zero-times-log-zero")[0]
    assert solution.cross_check.agrees


def test_infinities_of_both_signs_are_refused_where_they_would_be_added() -> None:
    keys = {"rewards": [1, 0, -2], "policy": [0, 0, 0]}
    (found,) = mistakes(**keys).items()
    assert found[0] == "policy.3"
    assert "this step and of step 1 would be infinite, one ∞ and one -∞" in found[1]
    rows = [[0, 1], [0, 1], [0, 1]]
    assert list(mistakes(rewards=[1, 0, -2], policy=rows, actions=[0, 0, 0])) == ["policy.3.1"]
    assert solve(**keys, reduction="none").answer.value == [math.inf, 0, -math.inf]
    assert solve(**keys, weights=[1, 1, -1]).answer.value == math.inf
    assert solve(**keys, weights=[1, 1, 0]).answer.value == math.inf


# --- bad input ---


@pytest.mark.parametrize(
    ("keys", "path", "message"),
    [
        ({"rewards": None}, "rewards", "missing; a problem has 'rewards' or 'returns'"),
        ({"returns": [1, 2, 3]}, "returns", "there is 'rewards' already"),
        ({"rewards": [], "policy": [0.5]}, "rewards", "expected at least 1, got none"),
        ({"policy": None}, "policy", "missing; a problem has 'policy' or 'logits'"),
        ({"policy": [0.5, 1.5, 0.5]}, "policy.2", "expected a number between 0 and 1, got 1.5"),
        ({"policy": [0.5, 0.5]}, "policy", "expected 3, one for each step, got 2"),
        (
            {"policy": [0, 5, 0, 25, 0, 8]},
            "policy.2",
            "expected a number between 0 and 1, got 5",
        ),
        ({"policy": [0, 1, 0, 1, 0, 1]}, "policy", "is there a comma for a decimal point"),
        ({"policy": [[0.5, 0.5]] * 3}, "actions", "missing; 'policy' has 2 probabilities"),
        (
            {"actions": [0, 0, 0]},
            "policy",
            "got 1; probabilities of the actions taken alone stand without 'actions'",
        ),
        ({"discount": [0.9, 0.9]}, "discount", "1 number, or 3, one for each step; got 2"),
        ({"discount": 1.1}, "discount.1", "expected a number between 0 and 1, got 1.1"),
        ({"baseline": [1, 2]}, "baseline", "1 number, or 3, one for each step; got 2"),
        ({"baseline": []}, "baseline", "1 number, or 3, one for each step; got 0"),
        ({"bootstrap": 1}, "bootstrap", "there is no 'discount'"),
        ({"weights": [1, 2]}, "weights", "expected 3 weights, got 2"),
        ({"form": "gain"}, "form", "expected 'objective' or 'loss', got 'gain'"),
        ({"action": [1]}, "action", "did you mean 'actions'?"),
    ],
)
def test_bad_input(keys: dict[str, Any], path: str, message: str) -> None:
    found = mistakes(**keys)
    assert message in found.pop(path)
    key = path.partition(".")[0]
    assert all(other.startswith(f"{key}.") for other in found)


@pytest.mark.parametrize(
    ("keys", "path", "message"),
    [
        ({"actions": None}, "actions", "missing; with 'logits' it says which action was taken"),
        ({"actions": [0, 2, 1]}, "actions.2", "'2' is no action; actions are indices, there are 0"),
        ({"actions": [0, 1, "up"]}, "actions.3", "'up' is no action"),
        ({"actions": [0, "9" * 5000, 1]}, "actions.2", "is no action"),
        ({"actions": [0, 1]}, "actions", "expected 3, one for each step, got 2"),
        ({"logits": [[1, 2]] * 2}, "logits", "expected 3 rows, one for each step, got 2"),
        ({"logits": [[1, 2], [1], [1, 2]]}, "logits.2", "expected 2 numbers, as in the first row"),
        ({"logits": [[1, 2], ["1e16", 2], [1, 2]]}, "logits.2", "more than 1e+15 apart"),
        ({"policy": [0.5, 0.5, 0.5]}, "logits", "there is 'policy' already"),
    ],
)
def test_bad_input_with_logits(keys: dict[str, Any], path: str, message: str) -> None:
    start = {"policy": None, "logits": [[1, 2], [0, 1], [2, 2]], "actions": [0, 1, 1]}
    (found,) = mistakes(**{**start, **keys}).items()
    assert found[0] == path
    assert message in found[1]


def test_a_discount_or_bootstrap_belongs_to_rewards() -> None:
    found = mistakes(rewards=None, returns=[1, 2, 3], discount=0.9)
    assert found == {"discount": "the returns are given, so there are no rewards to discount"}


def test_all_mistakes_come_at_once() -> None:
    found = mistakes(policy=[0.5, 2], discount=[1, 1], baseline=[1, 1], form="x")
    assert list(found) == ["policy.2", "form", "discount", "baseline"]


def test_a_wrong_key_is_not_called_missing() -> None:
    assert list(mistakes(rewards=["a", 0, 1])) == ["rewards.1"]
    assert list(mistakes(policy=["a", 0, 1])) == ["policy.1"]
