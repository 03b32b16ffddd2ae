"""The policy gradient against its definition, and what is said of infinities and of bad input."""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise
from math import exp, log
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import lossclass
from lossclass.problem.bundled import bundled_problems
from lossclass.render.wording import checked

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


OF_ALL_ACTIONS = {"policy": ("0.01", "1"), "log_policy": ("-5", "0"), "logits": ("-5", "5")}


@st.composite
def steps(draw: st.DrawFn, count: int, earned: str, kind: str) -> dict[str, Any]:
    """What one episode says of its own steps."""

    def listed(each: st.SearchStrategy[Any]) -> list[Any]:
        return draw(st.lists(each, min_size=count, max_size=count))

    own = {earned: listed(numbers("-3", "3"))}
    if kind in ("taken", "taken logs"):
        key = "policy" if kind == "taken" else "log_policy"
        return own | {key: listed(numbers(*OF_ALL_ACTIONS[key]))}
    width = draw(st.integers(1, 4))
    row = st.lists(numbers(*OF_ALL_ACTIONS[kind]), min_size=width, max_size=width)
    return own | {kind: listed(row), "actions": listed(st.integers(0, width - 1))}


@st.composite
def episodes(draw: st.DrawFn) -> dict[str, Any]:
    count = draw(st.integers(1, 5))

    def listed(each: st.SearchStrategy[Any]) -> list[Any]:
        return draw(st.lists(each, min_size=count, max_size=count))

    def one_or_each(each: st.SearchStrategy[Any]) -> Any:
        return listed(each) if draw(st.booleans()) else draw(each)

    kind = draw(st.sampled_from(["taken", "taken logs", *OF_ALL_ACTIONS]))
    problem: dict[str, Any] = {
        "loss": "policy_gradient",
        **draw(steps(count, draw(st.sampled_from(["rewards", "returns"])), kind)),
    }
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
    if "actions" not in problem and "log_policy" in problem:
        return [exp(each) for each in each_step(problem["log_policy"], count)]
    if "actions" not in problem:
        return each_step(problem["policy"], count)
    taken = []
    for t, action in enumerate(problem["actions"]):
        if "policy" in problem:
            taken.append(float(problem["policy"][t][action]))
        elif "log_policy" in problem:
            taken.append(exp(float(problem["log_policy"][t][action])))
        else:
            row = [exp(float(logit)) for logit in problem["logits"][t]]
            taken.append(row[action] / sum(row))
    return taken


def returns_of(problem: dict[str, Any]) -> list[float]:
    """Rewards or returns, each return as the sum that defines it."""
    earned = [float(number) for number in problem.get("returns") or problem["rewards"]]
    count = len(earned)
    if "discount" in problem:
        discounts = each_step(problem["discount"], count)
        rewards = [*earned, float(problem.get("bootstrap", 0))]
        earned = [
            sum(math.prod(discounts[t:k]) * rewards[k] for k in range(t, count + 1))
            for t in range(count)
        ]
    return earned


def multipliers_of(problem: dict[str, Any]) -> list[float]:
    """Rewards, returns or advantages."""
    earned = returns_of(problem)
    baseline = each_step(problem.get("baseline", 0), len(earned))
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
        assert loss == -objective


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
    without = ("actions", "logits", "log_policy")
    problem = {key: value for key, value in problem.items() if key not in without}
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
    assert "Here: −1.163" in text
    assert "negative of this. Here: 1.163" in text


def test_without_form_it_is_the_loss_and_both_numbers_are_told() -> None:
    solution = solve()
    loss = -(log(0.5) + 2 * log(0.8))
    assert solution.answer.value == pytest.approx(loss)
    (text,) = remarks(solution, "objective-or-loss")
    assert f"{loss:.4g}" in text
    assert f"{-loss:.4g}".replace("-", "−") in text


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


# --- several episodes ---


@st.composite
def batches(draw: st.DrawFn) -> dict[str, Any]:
    earned = draw(st.sampled_from(["rewards", "returns"]))
    kind = draw(st.sampled_from(["taken", "taken logs", *OF_ALL_ACTIONS]))
    lengths = draw(st.lists(st.integers(1, 3), min_size=1, max_size=3))
    listed = [draw(steps(count, earned, kind)) for count in lengths]
    problem: dict[str, Any] = {"loss": "policy_gradient", "episodes": listed}

    def one_or_each(each: st.SearchStrategy[Any]) -> Any:
        longest = max(lengths)
        return draw(each | st.lists(each, min_size=longest, max_size=longest))

    if earned == "rewards" and draw(st.booleans()):
        problem["discount"] = one_or_each(numbers("0", "1"))
        for each in listed:
            if draw(st.booleans()):
                each["bootstrap"] = draw(numbers("-3", "3"))
    match draw(st.sampled_from(["none", "number", "mean"])):
        case "number":
            problem["baseline"] = one_or_each(numbers("-3", "3"))
        case "mean":
            problem["baseline"] = "mean"
    problem["normalise"] = draw(st.booleans())
    if reduction := draw(st.sampled_from([None, "sum", "mean", "none"])):
        problem["reduction"] = reduction
    problem["form"] = draw(st.sampled_from(["loss", "objective"]))
    problem["log_base"] = draw(st.sampled_from(list(BASES)))
    return problem


def advantages_of(problem: dict[str, Any]) -> list[list[float]]:
    """What stands before the logarithm, by episode; not normalised."""
    discount = problem.get("discount")
    earned = []
    for each in problem["episodes"]:
        count = len(each.get("rewards") or each["returns"])
        own = discount[:count] if isinstance(discount, list) else discount
        earned.append(returns_of(each if own is None else {**each, "discount": own}))
    everything = [number for own in earned for number in own]
    baseline = problem.get("baseline", 0)
    if baseline == "mean":
        baseline = sum(everything) / len(everything)
    longest = max(map(len, earned))
    return [
        [one - off for one, off in zip(own, each_step(baseline, longest), strict=False)]
        for own in earned
    ]


def spread_of(advantages: list[list[float]]) -> tuple[float, float]:
    """The mean of all and the standard deviation of the population."""
    everything = [number for own in advantages for number in own]
    mean = sum(everything) / len(everything)
    return mean, math.sqrt(sum((each - mean) ** 2 for each in everything) / len(everything))


def batch_by_definition(problem: dict[str, Any]) -> float | list[float]:
    advantages = advantages_of(problem)
    mean, deviation = spread_of(advantages) if problem["normalise"] else (0.0, 1.0)
    sign = -1 if problem["form"] == "loss" else 1
    terms = [
        [
            sign
            * (advantage - mean)
            / deviation
            * log(probability)
            / log(BASES[problem["log_base"]])
            for advantage, probability in zip(own, probabilities_of(each, len(own)), strict=True)
        ]
        for own, each in zip(advantages, problem["episodes"], strict=True)
    ]
    everything = [term for own in terms for term in own]
    match problem.get("reduction"):
        case "none":
            return everything
        case "sum":
            return sum(everything)
        case "mean":
            return sum(everything) / len(everything)
    return sum(sum(own) for own in terms) / len(terms)


def is_worked(problem: dict[str, Any]) -> bool:
    """Whether there is something to divide by."""
    return not problem["normalise"] or spread_of(advantages_of(problem))[1] > 1e-6


@given(batches().filter(is_worked))
def test_episodes_by_steps_and_numpy_and_the_definition_agree(problem: dict[str, Any]) -> None:
    solution = lossclass.solve(problem, gradient=problem.get("reduction") != "none")
    assert solution.cross_check.agrees
    expected = batch_by_definition(problem)
    assert solution.answer.value == pytest.approx(expected, rel=1e-9, abs=1e-9)
    assert not remarks(solution, "gradient-disagrees")


@given(batches(), st.data())
def test_advantages_that_are_all_the_same_are_refused(
    problem: dict[str, Any], data: st.DataObject
) -> None:
    same = data.draw(numbers("-3", "3"))
    kind = "rewards" if "rewards" in problem["episodes"][0] else "returns"
    alike = [{**each, kind: [same] * len(each[kind])} for each in problem["episodes"]]
    changed = {**problem, "episodes": alike, "normalise": True}
    if spread_of(advantages_of(changed))[1] < 1e-9:
        with pytest.raises(lossclass.InvalidProblem, match="standard deviation is 0"):
            lossclass.solve(changed)
    else:
        assert lossclass.solve(changed).cross_check.agrees


TWO_EPISODES = {
    "loss": "policy_gradient",
    "discount": 0.5,
    "episodes": [
        {"rewards": [0, 2], "policy": [0.5, 0.8]},
        {"rewards": [0, 0, 3], "policy": [0.25, 0.5, 0.4]},
    ],
}
OF_TWO_EPISODES = [1, 2, 0.75, 1.5, 3]
LOGS = [log(each) for each in (0.5, 0.8, 0.25, 0.5, 0.4)]


def two_episodes(**keys: Any) -> lossclass.Solution:
    return lossclass.solve({**TWO_EPISODES, **keys})


def test_two_episodes_baseline() -> None:
    solution = lossclass.solve(lossclass.load(bundled_problems()["two_episodes_baseline"]))
    returns = [0 + 0.5 * 6, 6, 0.5 + 0.5 * 7, 7]
    logs = [math.log(each) for each in (0.5, 0.8, 0.25, 0.4)]
    assert [value_of(solution, f"return.{id}") for id in ("1.1", "1.2", "2.1", "2.2")] == returns
    baseline = sum(returns) / 4
    assert value_of(solution, "baseline") == pytest.approx(baseline)
    deviation = math.sqrt(sum((each - baseline) ** 2 for each in returns) / 4)
    assert value_of(solution, "standard_deviation") == pytest.approx(deviation)
    terms = [(each - baseline) / deviation * log for each, log in zip(returns, logs, strict=True)]
    assert value_of(solution, "episode.1") == pytest.approx(sum(terms[:2]))
    assert solution.answer.value == pytest.approx(-sum(terms) / 2)


def test_a_reduction_takes_the_place_of_the_mean_over_the_episodes() -> None:
    total = -sum(each * log_policy for each, log_policy in zip(OF_TWO_EPISODES, LOGS, strict=True))
    assert two_episodes().answer.value == pytest.approx(total / 2)
    assert not remarks(two_episodes(), "reduction-differs-from-formula")
    for reduction, count in (("sum", 1), ("mean", 5), ("weighted_mean", 5)):
        solution = two_episodes(reduction=reduction)
        assert solution.answer.value == pytest.approx(total / count)
        (text,) = remarks(solution, "reduction-differs-from-formula")
        assert f"their sums over t, {total / 2:.4g}" in text
    each = two_episodes(reduction="none")
    assert each.answer_ids == ("loss.1.1", "loss.1.2", "loss.2.1", "loss.2.2", "loss.2.3")


def test_an_episode_in_a_list_is_worked_as_one_without_it() -> None:
    own = {"rewards": [1, 0, 2], "policy": [0.5, 0.25, 0.8]}
    alone = solve(episodes=[own], rewards=None, policy=None, discount=0.9)
    assert alone.answer.value == solve(discount=0.9).answer.value


def test_what_normalises_counts_as_a_constant_of_the_gradient() -> None:
    solution = lossclass.solve(
        {**TWO_EPISODES, "baseline": "mean", "normalise": True}, gradient=True
    )
    ids = {step.id for step in solution.steps}
    assert {"gradient.policy.1.1", "gradient.policy.2.3"} <= ids
    through = ("baseline", "variance", "standard_deviation", "normalised.1.1", "return.1.1")
    assert ids.isdisjoint(f"gradient.{id}" for id in through)


def test_a_baseline_that_is_the_same_everywhere_falls_out_of_what_is_normalised() -> None:
    plain = two_episodes(normalise=True)
    assert two_episodes(normalise=True, baseline="mean").answer.value == plain.answer.value
    assert two_episodes(normalise=True, baseline=7).answer.value == plain.answer.value
    assert "The baseline falls out here" in str(two_episodes(normalise=True, baseline=7))
    by_step = two_episodes(normalise=True, baseline=[7, 1, 2])
    assert by_step.answer.value != plain.answer.value
    assert "falls out" not in str(by_step)


def test_infinities_of_both_signs_in_two_episodes() -> None:
    wrong = {
        "loss": "rl",
        "episodes": [
            {"returns": [1, 2], "log_policy": ["-inf", -1]},
            {"returns": [3, -1], "log_policy": [-1, "-inf"]},
        ],
    }
    with pytest.raises(lossclass.InvalidProblem) as raised:
        lossclass.solve(wrong)
    (found,) = raised.value.mistakes
    assert found.path == "episodes.2.log_policy.2"
    assert "expected more than -∞: the terms of this step and of step 1 of episode 1" in (
        found.message
    )


@pytest.mark.parametrize("reduction", [None, "mean", "sum"])
def test_torch_code_of_episodes_gives_its_number(reduction: str | None) -> None:
    more = {} if reduction is None else {"reduction": reduction}
    keys = {**TWO_EPISODES, "baseline": "mean", "normalise": True, **more}
    solution = lossclass.solve(keys, frameworks=True)
    (call,) = (each for each in solution.frameworks if each.library == "PyTorch")
    assert call.value == pytest.approx(solution.answer.value)
    pytest.importorskip("torch")
    names: dict[str, Any] = {}
    exec(call.code, names)  # noqa: S102 - our own code
    assert float(names["loss"]) == pytest.approx(solution.answer.value, rel=1e-9)


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


@pytest.mark.thorough
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
        ({"policy": None}, "policy", "missing; log_policy or logits may stand for it"),
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
        ({"actoins": [1]}, "actoins", "did you mean 'actions'?"),
        (
            {"policy": None, "actions": [0, 1, 0], "form": "objective",
             "rnn": {"inputs": [1, 2, 3], "U": 0.5, "W": 0.1, "V": [1, -1]}, "train": {"learning_rate": 1}},
            "train",
            "an objective is to be large",
        ),
    ],
)  # fmt: skip
def test_bad_input(keys: dict[str, Any], path: str, message: str) -> None:
    found = mistakes(**keys)
    assert message in found.pop(path)
    key = path.partition(".")[0]
    assert all(other.startswith(f"{key}.") for other in found)


@pytest.mark.parametrize(
    ("keys", "path", "message"),
    [
        ({"weights": [1, 1]}, "weights", "weights belong to the steps of one episode"),
        ({"policy": [0.5]}, "policy", "each episode has its own"),
        ({"rnn": {"inputs": [1]}}, "rnn", "a network acts in one episode"),
        ({"episodes": []}, "episodes", "expected at least one episode, got none"),
        ({"episodes": [{"returns": [1]}]}, "episodes.1.policy", "missing; log_policy or logits"),
        ({"discount": [1, 1]}, "discount", "or 3, one for each time step of the longest episode"),
        ({"baseline": "median"}, "baseline.1", "expected a number, or mean, got 'median'"),
        ({"normalise": 2}, "normalise", "expected true or false, got 2"),
        ({"discounts": 1}, "discounts", "did you mean 'discount'?"),
    ],
)
def test_bad_input_beside_episodes(keys: dict[str, Any], path: str, message: str) -> None:
    with pytest.raises(lossclass.InvalidProblem) as raised:
        lossclass.solve({**TWO_EPISODES, **keys})
    found = {each.path: each.message for each in raised.value.mistakes}
    assert message in found[path]
    key = path.partition(".")[0]
    assert all(other.startswith(key) for other in found)


@pytest.mark.parametrize(
    ("second", "path", "message"),
    [
        ({"rewards": None}, "rewards", "missing; a problem has 'rewards' or 'returns'"),
        ({"rewards": []}, "rewards", "expected at least 1, got none"),
        ({"rewards": [1, "a"]}, "rewards.2", "expected a number, got 'a'"),
        ({"rewards": None, "returns": [1, 2]}, "returns", "there are no rewards to discount"),
        ({"policy": [0.5]}, "policy", "expected 2, one for each step, got 1"),
        ({"policy": None, "log_policy": [-1, 1]}, "log_policy.2", "0 or less, got 1"),
        (
            {"policy": None, "log_policy": [-1, -1]},
            "log_policy",
            "expected policy, as in the first episode",
        ),
        (
            {"policy": [[0.5, 0.5]] * 2, "actions": [0, 1]},
            "actions",
            "the first episode has none, and all are to be alike",
        ),
        ({"policy": [[0.5, 0.5]] * 2}, "actions", "missing; 'policy' has 2 probabilities"),
        ({"actoins": [0, 1]}, "actoins", "did you mean 'actions'?"),
    ],
)
def test_bad_input_in_an_episode(second: dict[str, Any], path: str, message: str) -> None:
    own = {"rewards": [1, 2], "policy": [0.5, 0.5], **second}
    own = {key: value for key, value in own.items() if value is not None}
    first = TWO_EPISODES["episodes"][0]  # type: ignore[index]
    with pytest.raises(lossclass.InvalidProblem) as raised:
        lossclass.solve({**TWO_EPISODES, "episodes": [first, own]})
    found = {each.path: each.message for each in raised.value.mistakes}
    assert message in found[f"episodes.2.{path}"]


def test_a_mistake_in_an_episode_has_its_line_and_column(tmp_path: Path) -> None:
    file = tmp_path / "wrong.yaml"
    file.write_text(
        "loss: rl\n"
        "normalise: true\n"
        "episodes:\n"
        "  - {returns: [1, 2], policy: [0.5, 0.8]}\n"
        "  - {returns: [1, 2], policy: [0.5, 1.8]}\n"
    )
    with pytest.raises(lossclass.InvalidProblem) as raised:
        lossclass.load(file)
    (found,) = raised.value.mistakes
    assert (found.line, found.column) == (5, 37)
    file.write_text(file.read_text().replace("1.8", "0.8").replace("[1, 2]", "[1, 1]"))
    with pytest.raises(lossclass.InvalidProblem, match="their standard deviation is 0") as raised:
        lossclass.load(file)
    assert raised.value.mistakes[0].line == 2


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
        ({"policy": [0.5, 0.5, 0.5]}, "logits", "there is policy already"),
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


def test_a_loss_of_0_has_no_minus_on_either_road() -> None:
    solution = lossclass.solve(
        {"loss": "policy_gradient", "rewards": [1, 1], "policy": [1, 0.5], "baseline": "mean"}
    )
    sign, text = checked(solution.cross_check)
    assert (sign, text) == ("✓", "Checked: NumPy, by a way of its own, gives 0.0.")
