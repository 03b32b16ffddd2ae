"""The slips of CTC, the policy gradient, the hinge losses and squared error, and their conventions.

Every wrong number is worked out here, by its formula with the mistake made in it.
"""

from __future__ import annotations

import math
from decimal import Decimal
from functools import cache
from itertools import product
from pathlib import Path
from statistics import mean, pstdev, stdev
from typing import Any

import pytest
from wrong_answers import collapsed

import lossclass
from lossclass.arithmetic.calculation import is_same
from lossclass.hand_in.cells import read_cell
from lossclass.hand_in.sheet import Sheet
from lossclass.marking.check import Checked, Checker
from lossclass.problem.bundled import bundled_problems
from lossclass.solving import diagnosis_of

BUNDLED = bundled_problems()


def written(number: float) -> Decimal:
    """As somebody writes it who rounds to five digits."""
    return Decimal(f"{number:.4e}")


def named(problem: dict[str, Any] | Path, number: float, id: str = "loss") -> list[str]:
    loaded = lossclass.load(problem)
    found = diagnosis_of(loaded, lossclass.solve(loaded)).explain(id, written(number))
    return [each.code for each in found]


def checked(problem: Any, answers: dict[str, Any], **wanted: Any) -> Checked:
    loaded = lossclass.load(problem)
    solution = lossclass.solve(loaded, **wanted)
    sheet = {id: read_cell(each) for id, each in answers.items()}
    return Checker(solution, diagnosis_of(loaded, solution)).check(Sheet("", sheet))


def codes(problem: dict[str, Any] | Path) -> set[str]:
    loaded = lossclass.load(problem)
    return {each.code for each in diagnosis_of(loaded, lossclass.solve(loaded)).own}


# --- CTC ---------------------------------------------------------------------------------

ROWS = [[0.41, 0.32, 0.27], [0.52, 0.19, 0.29], [0.23, 0.46, 0.31], [0.36, 0.3, 0.34]]


def ctc(rows: list[list[float]], target: str = "ab", key: str = "probabilities") -> dict[str, Any]:
    return {"loss": "ctc", "target": target, "blank": "-", "labels": ["-", "a", "b"], key: rows}


def ways(rows: list[list[float]], target: str = "ab") -> float:
    """p(l|x), by the definition."""
    paths = product("-ab", repeat=len(rows))
    return math.fsum(
        math.prod(row["-ab".index(k)] for k, row in zip(path, rows, strict=True))
        for path in paths
        if collapsed(path) == target
    )


def alpha(
    rows: list[list[float]], labels: str, *, always: bool = False, more: Any = None, other: Any = None
) -> float:  # fmt: skip
    """p(l|x) by the forward variables of these labels; ``more`` (t, s, source) is added to a cell,
    ``other`` (t, s, time) has the probability of another time."""
    extended = "-" + "".join(f"{label}-" for label in labels)

    @cache
    def cell(t: int, s: int) -> float:
        if not 0 <= s < len(extended):
            return 0.0
        time = other[2] if other and other[:2] == (t, s) else t
        output = rows[time]["-ab".index(extended[s])]
        if t == 0:
            return output if s < 2 else 0.0
        before = cell(t - 1, s) + cell(t - 1, s - 1)
        may_skip = s % 2 == 1 and s > 1 and extended[s] != extended[s - 2]
        if s > 1 and (may_skip or always):
            before += cell(t - 1, s - 2)
        if more and more[:2] == (t, s):
            before += cell(t - 1, more[2])
        return before * output

    last = len(rows) - 1
    return cell(last, len(extended) - 1) + cell(last, len(extended) - 2)


def exponentials(rows: list[list[float]]) -> list[list[float]]:
    return [[math.exp(each) for each in row] for row in rows]


def test_the_forward_variables_of_these_tests_are_the_definition() -> None:
    assert alpha(ROWS, "ab") == pytest.approx(ways(ROWS))


@pytest.mark.some(3)
@pytest.mark.parametrize(
    ("code", "probability"),
    [
        ("summed-over-time", len(ROWS) * ways(ROWS)),
        ("probabilities-as-log-probs", ways(exponentials(ROWS))),
        ("blank-in-target", alpha(ROWS, "a-b")),
        ("blank-in-target", alpha(ROWS, "ab-")),
        ("wrong-predecessor", alpha(ROWS, "ab", always=True)),
        ("wrong-predecessor", alpha(ROWS, "ab", more=(2, 2, 0))),
        ("wrong-predecessor", alpha(ROWS, "ab", more=(3, 3, 4))),
        ("value-of-another-step", alpha(ROWS, "ab", other=(2, 2, 1))),
    ],
)
def test_ctc(code: str, probability: float) -> None:
    assert named(ctc(ROWS), -math.log(probability))[0] == code


def test_skips_where_there_are_none_reach_cells_that_no_alignment_reaches() -> None:
    equal = [[0.41, 0.59, 0.0], [0.52, 0.48, 0.0], [0.23, 0.77, 0.0], [0.36, 0.64, 0.0]]
    number = -math.log(alpha(equal, "aa", always=True))
    assert named(ctc(equal, "aa"), number)[0] == "wrong-predecessor"


def test_a_factor_of_another_time_in_an_alignment() -> None:
    # aabb with the b of time 3 twice
    number = ROWS[0][1] * ROWS[1][1] * ROWS[2][2] * ROWS[2][2]
    loaded = lossclass.load(ctc(ROWS) | {"alignments": ["aabb"]})
    found = diagnosis_of(loaded, lossclass.solve(loaded)).explain("alignment.1", written(number))
    assert found[0].code == "value-of-another-step"
    assert found[0].step == "alignment.1"


def test_scores_taken_for_logarithms() -> None:
    scores = [[0.3, 1.2, -0.4], [0.7, -0.2, 0.5], [-0.6, 0.1, 0.9]]
    number = -math.log(ways(exponentials(scores)))
    assert named(ctc(scores, key="logits"), number)[0] == "scores-as-log-probs"
    assert "scores-as-log-probs" not in codes(ctc(ROWS))


def test_probabilities_for_logarithms_make_the_loss_of_the_bundled_ab_negative() -> None:
    rows = [[0.4, 0.3, 0.3], [0.5, 0.2, 0.3], [0.2, 0.5, 0.3]]
    number = -math.log(ways(exponentials(rows)))
    assert written(number).quantize(Decimal("0.001")) == Decimal("-2.516")
    assert named(BUNDLED["ab_ctc"], number)[0] == "probabilities-as-log-probs"


def test_zero_for_an_infinite_loss_is_no_logarithm_forgotten() -> None:
    mark = checked(BUNDLED["too_short_ctc"], {"loss": 0}).marks[0]
    assert (mark.verdict, mark.slips[0].code) == ("wrong", "zero-for-infinite")
    assert "zero-for-infinite" not in codes(ctc(ROWS))


def test_what_keras_adds_shows_with_tiny_probabilities_only() -> None:
    rows = [[0.0, 0.7, 0.3], [0.0, 1.0, 0.0], [0.0, 1.0, 0.0]]
    added = [[each + 1e-7 for each in row] for row in rows]
    assert named(ctc(rows), -math.log(ways(added)))[0] == "library-clip"
    assert "library-clip" not in codes(ctc(ROWS))


@pytest.mark.parametrize("number", ["0.0003", "0.01"])
def test_one_digit_is_given_no_invented_name(number: str) -> None:
    problem = {
        "loss": "ctc",
        "target": [1, 2],
        "blank": 3,
        "labels": [0, 1, 2, 3],
        "logits": [[0, 1, 0, 0], [1, 0, 0, 0], [0, 0, 1, 0]],
    }
    mark = checked(problem, {"loss": number}).marks[0]
    assert (mark.verdict, mark.slips) == ("wrong", ())


# --- the policy gradient -----------------------------------------------------------------

REWARDS, POLICY, GAMMA, BASELINE = [1.0, 0.3, 2.0, 0.7], [0.5, 0.8, 0.25, 0.6], 0.9, 0.4
LOGS = [math.log(each) for each in POLICY]


def returns(discount: float = GAMMA, rewards: list[float] = REWARDS) -> list[float]:
    later = [[discount ** (k - t) * rewards[k] for k in range(t, 4)] for t in range(4)]
    return [math.fsum(each) for each in later]


def episode(**more: Any) -> dict[str, Any]:
    return {"loss": "policy_gradient", "rewards": REWARDS, "policy": POLICY, **more}


def loss_of(earned: list[float], baseline: float = 0.0) -> float:
    return -math.fsum((r - baseline) * log for r, log in zip(earned, LOGS, strict=True))


ONCE = [REWARDS[t] + GAMMA * math.fsum(REWARDS[t + 1 :]) for t in range(4)]
FORGOTTEN_ONCE = [returns()[0], 0.3 + returns()[2], *returns()[2:]]
FORGOTTEN_ONCE[0] = REWARDS[0] + GAMMA * FORGOTTEN_ONCE[1]


@pytest.mark.some(3)
@pytest.mark.parametrize(
    ("code", "number"),
    [
        ("discount-forgotten", loss_of(returns(1.0))),
        ("discount-forgotten", loss_of(FORGOTTEN_ONCE)),
        ("discount-not-accumulated", loss_of(ONCE)),
        ("whole-return-everywhere", loss_of(returns()[:1] * 4)),
        ("discounted-twice", loss_of([GAMMA**t * g for t, g in enumerate(returns())])),
        ("discounted-twice", loss_of([GAMMA ** (t + 1) * g for t, g in enumerate(returns())])),
        ("mean-log-prob-times-return", -mean(LOGS) * mean(returns())),
        ("value-of-another-step", loss_of(returns()[::-1])),
        ("value-of-another-step", loss_of([returns()[1], *returns()[1:]])),
    ],
)
def test_policy_gradient(code: str, number: float) -> None:
    assert named(episode(discount=GAMMA), number)[0] == code


def test_discounted_twice_behind_the_baseline() -> None:
    twice = [GAMMA**t * (g - BASELINE) for t, g in enumerate(returns())]
    problem = episode(discount=GAMMA, baseline=BASELINE)
    assert named(problem, loss_of(twice))[0] == "discounted-twice"


def test_the_sum_of_all_rewards_without_a_discount() -> None:
    assert named(episode(), loss_of([math.fsum(REWARDS)] * 4))[0] == "whole-return-everywhere"
    assert codes(episode()).isdisjoint(
        {"discount-forgotten", "discount-not-accumulated", "discounted-twice"}
    )


def test_one_discount_is_never_accumulated() -> None:
    short = {"loss": "policy_gradient", "rewards": [1, 2], "policy": [0.5, 0.2], "discount": 0.9}
    assert "discount-not-accumulated" not in codes(short)


def test_what_follows_from_a_forgotten_discount() -> None:
    problem = {"loss": "policy_gradient", "rewards": [0, 1], "discount": 0.9, "policy": [0.5, 0.5]}
    answers = {"return.2": 1, "return.1": 1, "term.1": "-0.6931", "term.2": "-0.6931"}
    result = checked(problem, answers | {"loss": "1.3863"})
    verdicts = {mark.id: mark.verdict for mark in result.marks}
    assert verdicts == {
        "return.2": "right",
        "return.1": "wrong",
        "term.1": "follows_through",
        "term.2": "right",  # it needs no discount
        "loss": "follows_through",
    }
    assert [cause.code for cause in result.causes] == ["discount-forgotten"]


TWO_REWARDS = [[0.7, 2], [0.2, -1, 3.1]]
TWO_POLICIES = [[0.5, 0.8], [0.25, 0.6, 0.4]]
TWO = {
    "loss": "policy_gradient",
    "discount": GAMMA,
    "episodes": [
        {"rewards": rewards, "policy": policy}
        for rewards, policy in zip(TWO_REWARDS, TWO_POLICIES, strict=True)
    ],
}
NORMALISED = {**TWO, "baseline": "mean", "normalise": True}


def to_go(rewards: list[float]) -> list[float]:
    later = [rewards[t:] for t in range(len(rewards))]
    return [math.fsum(GAMMA**k * reward for k, reward in enumerate(each)) for each in later]


TWO_RETURNS = [to_go(each) for each in TWO_REWARDS]
TOGETHER = to_go([*TWO_REWARDS[0], *TWO_REWARDS[1]])


def less(numbers: list[list[float]], off: float) -> list[list[float]]:
    return [[each - off for each in own] for own in numbers]


def over(numbers: list[list[float]], by: float) -> list[list[float]]:
    return [[each / by for each in own] for own in numbers]


def two_terms(earned: list[list[float]]) -> list[list[float]]:
    return [
        [-each * math.log(chance) for each, chance in zip(own, policy, strict=True)]
        for own, policy in zip(earned, TWO_POLICIES, strict=True)
    ]


def loss_of_two(earned: list[list[float]]) -> float:
    return math.fsum(map(math.fsum, two_terms(earned))) / 2


FIVE = [each for own in TWO_RETURNS for each in own]
ADVANTAGES = less(TWO_RETURNS, mean(FIVE))
SPREAD = pstdev(FIVE)
OWN_MEANS = [[each - mean(own) for each in own] for own in TWO_RETURNS]
TERMS = two_terms(TWO_RETURNS)


@pytest.mark.some(4)
@pytest.mark.parametrize(
    ("problem", "code", "number"),
    [
        (NORMALISED, "standard-deviation-forgotten", loss_of_two(ADVANTAGES)),
        (NORMALISED, "root-forgotten", loss_of_two(over(ADVANTAGES, SPREAD**2))),
        (NORMALISED, "divided-by-one-less", loss_of_two(over(ADVANTAGES, stdev(FIVE)))),
        (TWO | {"normalise": True}, "normalisation-forgotten", loss_of_two(TWO_RETURNS)),
        (
            TWO | {"normalise": True},
            "mean-over-wrong-episodes",
            loss_of_two(over(OWN_MEANS, pstdev([each for own in OWN_MEANS for each in own]))),
        ),
        (TWO | {"baseline": "mean"}, "mean-over-wrong-episodes", loss_of_two(OWN_MEANS)),
        (TWO | {"baseline": "mean"}, "baseline-forgotten", loss_of_two(TWO_RETURNS)),
        (
            TWO | {"baseline": "mean"},
            "baseline-of-rewards",
            loss_of_two(less(TWO_RETURNS, mean([r for own in TWO_REWARDS for r in own]))),
        ),
        (TWO, "baseline-added", loss_of_two(ADVANTAGES)),
        (TWO, "normalisation-added", loss_of_two(over(ADVANTAGES, SPREAD))),
        (TWO, "normalisation-added", loss_of_two(over(ADVANTAGES, stdev(FIVE)))),
        (TWO, "episodes-run-together", loss_of_two([TOGETHER[:2], TOGETHER[2:]])),
        (TWO, "other-average", mean([each for own in TERMS for each in own])),
        (TWO, "other-average", mean([mean(own) for own in TERMS])),
        (TWO | {"reduction": "sum"}, "mean-for-sum", loss_of_two(TWO_RETURNS)),
        (TWO, "reward-to-go-forgotten", loss_of_two(TWO_REWARDS)),
        (TWO, "whole-return-everywhere", loss_of_two([own[:1] * len(own) for own in TWO_RETURNS])),
        (
            TWO,
            "discounted-twice",
            loss_of_two([[GAMMA**t * g for t, g in enumerate(own)] for own in TWO_RETURNS]),
        ),
        (TWO, "value-of-another-step", loss_of_two([own[::-1] for own in TWO_RETURNS])),
    ],
)
def test_policy_gradient_of_two_episodes(problem: dict[str, Any], code: str, number: float) -> None:
    assert named(problem, number)[0] == code


def test_another_action_where_logarithms_are_given() -> None:
    problem = {
        "loss": "policy_gradient",
        "returns": [1.5, -0.4],
        "log_policy": [[-0.2, -1.7], [-1.1, -0.4]],
        "actions": [0, 1],
    }
    assert named(problem, -(1.5 * -1.7 + 0.4 * 0.4))[0] == "classes-swapped"
    assert named(problem | {"log_base": 2}, -(1.5 * -1.7 + 0.4 * 0.4) / math.log(2))[0] == (
        "classes-swapped"
    )


def test_an_episode_without_discount_has_one_cause() -> None:
    terms = [0.5 * math.log(each) for each in (0.5, 0.8, 0.25)]
    answers = {f"return.{t}": "1" for t in (1, 2, 3)}
    answers |= {f"advantage.{t}": "0.5" for t in (1, 2, 3)}
    answers |= {f"term.{t}": f"{each:.4f}" for t, each in enumerate(terms, start=1)}
    answers |= {"sum": f"{math.fsum(terms):.4f}", "loss": f"{-math.fsum(terms):.4f}"}
    result = checked(BUNDLED["three_step_episode"], answers)
    assert [cause.code for cause in result.causes] == ["discount-forgotten"]
    assert result.causes[0].explains == ("return.2", "return.1")


# --- hinge losses ------------------------------------------------------------------------

LABELS, SCORES = [1, -1, -1], [0.83, -1.52, 0.34]
SHORT = [1 - y * s for y, s in zip(LABELS, SCORES, strict=True)]
HINGES = [max(0.0, each) for each in SHORT]


def binary(**more: Any) -> dict[str, Any]:
    return {"loss": "hinge", "y_true": LABELS, "y_pred": SCORES, **more}


@pytest.mark.parametrize("loss", ["hinge", "sequence_hinge"])
@pytest.mark.parametrize(
    ("code", "number"),
    [
        ("score-squared", sum(s**2 for s in SCORES)),
        ("score-squared", SCORES[0] ** 2 + HINGES[1] ** 2 + HINGES[2] ** 2),
        ("absolute-for-square", sum(map(abs, SHORT))),
        ("absolute-for-square", HINGES[0] ** 2 + abs(SHORT[1]) + HINGES[2] ** 2),
    ],
)
def test_squared_hinge(code: str, number: float, loss: str) -> None:
    assert code in named(binary(squared=True, loss=loss), number)[:1]


def test_one_margin_forgotten_and_one_label_ignored() -> None:
    assert named(binary(), HINGES[0] + HINGES[1] + 0.34)[0] == "margin-forgotten"
    assert named(binary(), SCORES[2], "margin.3")[0] == "sign-of-label-ignored"
    positive = binary() | {"y_true": [1, 1, 1]}
    assert codes(positive).isdisjoint({"labels-zero-one", "sign-of-label-ignored"})


def test_a_hinge_halved_for_the_mean() -> None:
    assert named(binary(reduction="mean"), sum(HINGES) / 2)[0] == "halved-for-mean"
    assert "halved-for-mean" not in codes(binary())
    assert "score-squared" not in codes(binary())
    two = binary(reduction="mean") | {"y_true": LABELS[:2], "y_pred": SCORES[:2]}
    assert "halved-for-mean" not in codes(two)


CLASS_SCORES, TRUE = [[1.13, 0.55, -0.27], [0.32, 0.44, 0.91]], [0, 1]


def against(row: list[float], y: int, *more: float) -> list[float]:
    """What is missing against the wrong classes, and more scores."""
    others = [s for c, s in enumerate(row) if c != y]
    return [max(0.0, 1 + s - row[y]) for s in (*others, *more)]


def pairs() -> list[tuple[list[float], int]]:
    return [*zip(CLASS_SCORES, TRUE, strict=True)]


def classes(formulation: str, scores: list[list[float]] = CLASS_SCORES) -> dict[str, Any]:
    return {
        "loss": "sequence_hinge",
        "formulation": formulation,
        "y_true": [str(y) for y in TRUE],
        "scores": scores,
    }


@pytest.mark.parametrize(
    ("formulation", "of"), [("crammer_singer", max), ("weston_watkins", math.fsum)]
)
def test_multi_class_hinge(formulation: str, of: Any) -> None:
    problem = classes(formulation)
    true_class = sum(of(against(row, y, row[y])) for row, y in pairs())
    assert named(problem, true_class)[0] == "true-class-counted"
    signs = sum(
        of([max(0.0, 1 - s - row[y]) for c, s in enumerate(row) if c != y]) for row, y in pairs()
    )
    assert named(problem, signs)[0] == "sign-of-other-score"


def test_one_other_score_with_the_wrong_sign() -> None:
    minus = [CLASS_SCORES[0], [-0.32, 0.44, 0.91]]
    number = sum(sum(against(row, y)) for row, y in zip(minus, TRUE, strict=True))
    assert named(classes("weston_watkins"), number)[0] == "sign-of-other-score"


@pytest.mark.parametrize(
    ("formulation", "of"), [("crammer_singer", max), ("weston_watkins", math.fsum)]
)
def test_zero_among_other_scores(formulation: str, of: Any) -> None:
    scores = [[0.63, -0.35, -0.27], [-0.32, 0.44, -0.91]]
    number = sum(of(against(row, y, 0.0)) for row, y in zip(scores, TRUE, strict=True))
    assert named(classes(formulation, scores), number)[0] == "zero-among-other-scores"
    once = of(against([0.63, 0.0, -0.27], 0)) + of(against(scores[1], 1))
    assert named(classes(formulation, scores), once)[0] == "zero-among-other-scores"


# --- squared error -----------------------------------------------------------------------

ACTUAL, GUESSES = [20.1, 22.3, 21.7, 19.2], [19.57, 22.8, 21.0, 20.44]
ERRORS = [y - p for y, p in zip(ACTUAL, GUESSES, strict=True)]
TOTAL = sum(e**2 for e in ERRORS)


def series(**more: Any) -> dict[str, Any]:
    return {"loss": "mean_squared_error", "y_true": ACTUAL, "y_pred": GUESSES, **more}


@pytest.mark.parametrize(
    ("code", "number"),
    [
        ("absolute-for-square", sum(map(abs, ERRORS)) / 4),
        ("absolute-for-square", (TOTAL - ERRORS[3] ** 2 + abs(ERRORS[3])) / 4),
        ("root-for-mean-square", math.sqrt(TOTAL / 4)),
        ("halved-for-mean", TOTAL / 2),
        ("divided-by-one-less", TOTAL / 3),
        (
            "value-of-another-step",
            (TOTAL - ERRORS[1] ** 2 + (ACTUAL[1] - GUESSES[2]) ** 2) / 4,
        ),
    ],
)
def test_squared_error(code: str, number: float) -> None:
    assert named(series(), number)[0] == code


def test_the_mean_over_one_axis() -> None:
    true, guess = [[1.1, 2.4], [3.2, 4.0], [1.7, 1.3]], [[1.5, 2.2], [3.0, 5.1], [1.2, 3.3]]
    squares = [
        (y - p) ** 2
        for ys, ps in zip(true, guess, strict=True)
        for y, p in zip(ys, ps, strict=True)
    ]
    problem = series(y_true=true, y_pred=guess)
    for rows_or_columns in (3, 2):
        assert named(problem, sum(squares) / rows_or_columns)[0] == "mean-over-wrong-axis"
    assert "mean-over-wrong-axis" not in codes(series())


def test_a_sum_has_no_mean_to_be_wrong() -> None:
    of_means = {"root-for-mean-square", "halved-for-mean", "divided-by-one-less"}
    assert codes(series(reduction="sum")).isdisjoint(of_means)
    assert "divided-by-one-less" not in codes(series(y_true=[1, 2], y_pred=[2, 4]))


# --- conventions -------------------------------------------------------------------------

WITH_ERRORS = ["regression_series", "rnn_regression_series"]
WITH_TERMS = ["three_step_episode", "two_episodes_baseline"]
WITH_BETA = [
    name
    for name, path in BUNDLED.items()
    if name.endswith("ctc") and lossclass.load(path).inputs.T is not None  # type: ignore[attr-defined]
]


@pytest.mark.some(3)
@pytest.mark.parametrize(
    ("name", "backward", "code", "rewritten"),
    [
        (each, False, "error-as-prediction-minus-truth", ("error.", "gradient.error."))
        for each in WITH_ERRORS
    ]
    + [(each, True, "beta-with-own-output", ("beta.",)) for each in WITH_BETA]
    + [(each, False, "minus-in-each-term", ("term.", "episode.", "sum")) for each in WITH_TERMS],
)
def test_a_convention_keeps_every_other_value(
    name: str, backward: bool, code: str, rewritten: tuple[str, ...]
) -> None:
    loaded = lossclass.load(BUNDLED[name])
    solution = lossclass.solve(loaded, gradient=True, backward=backward)
    found = diagnosis_of(loaded, solution).by_conventions()
    ((convention, other),) = [each for each in found if each[0].code == code]
    ours = solution.calculation.values
    moved = {id for id in ours if not is_same(other.values[id], ours[id])}
    assert moved
    assert all(id.startswith(rewritten) for id in moved)
    assert moved <= convention.otherwise.keys()


def test_errors_as_prediction_minus_truth_are_right() -> None:
    answers = {f"error.{n}": f"{-each:.2f}" for n, each in enumerate(ERRORS, start=1)}
    answers |= {"loss": f"{TOTAL / 4:.4f}", "gradient.error.1": f"{-ERRORS[0] / 2:.4f}"}
    answers |= {"gradient.y_pred.1": f"{-ERRORS[0] / 2:.4f}"}
    result = checked(series(), answers, gradient=True)
    assert result.is_right
    assert result.marks[0].explanation.code == "error-as-prediction-minus-truth"


def test_one_sign_changed_is_no_convention_and_our_own_number_is_right_in_any() -> None:
    reversed_ = {n: f"{-each:.2f}" for n, each in enumerate(ERRORS, start=1)}
    usual = {n: f"{each:.2f}" for n, each in enumerate(ERRORS, start=1)}
    one = {"error.1": reversed_[1], "error.4": usual[4]}
    assert [mark.verdict for mark in checked(series(), one).marks] == ["wrong", "right"]
    most = {"error.1": reversed_[1], "error.2": reversed_[2], "error.4": usual[4]}
    marks = checked(series(), most).marks
    assert [mark.verdict for mark in marks] == ["right", "right", "right"]
    assert [mark.explanation.kind for mark in marks] == ["convention", "exact", "exact"]


def test_terms_of_a_policy_gradient_with_their_minus_are_right() -> None:
    advantages, policy = (0.31, 0.4, 0.5), (0.5, 0.8, 0.25)
    terms = [-a * math.log(p) for a, p in zip(advantages, policy, strict=True)]
    answers = {f"term.{n}": f"{each:.4f}" for n, each in enumerate(terms, start=1)}
    result = checked(BUNDLED["three_step_episode"], {**answers, "loss": f"{sum(terms):.4f}"})
    assert result.is_right
    assert result.marks[0].explanation.code == "minus-in-each-term"
    wrong = {**answers, "term.3": f"{-terms[2]:.4f}", "loss": f"{terms[0] + terms[1]:.4f}"}
    assert [mark.verdict for mark in checked(BUNDLED["three_step_episode"], wrong).marks][
        -1
    ] == "wrong"


def test_beta_with_the_output_of_its_own_time_is_right() -> None:
    rows = [[0.4, 0.3, 0.3], [0.5, 0.2, 0.3], [0.2, 0.5, 0.3]]
    beta = rows[2][2] * rows[1][1]  # from a at time 2 to b at time 3, both times inside
    answers = {"beta.3.4": rows[2][2], "beta.2.2": f"{beta:.3f}"}
    result = checked(BUNDLED["ab_ctc"], answers, backward=True)
    assert result.is_right
    assert {mark.explanation.code for mark in result.marks} >= {"beta-with-own-output"}


def test_what_stands_for_the_logarithms_of_a_policy_is_named() -> None:
    episode = {"loss": "policy_gradient", "discount": 1, "rewards": [1, 0, 2]}
    scores, logits = [0.3, -1.1, 0.9], [[0.3, 0.7], [0.2, -1.1], [0.9, 0.4]]
    fed = -(3 * scores[0] + 2 * scores[1] + 2 * scores[2])
    assert "scores-as-log-probs" in named({**episode, "logits": logits, "actions": [0, 1, 0]}, fed)
    fed = -(3 * math.exp(-0.5) + 2 * math.exp(-1.2) + 2 * math.exp(-0.3))
    given = {**episode, "log_policy": [-0.5, -1.2, -0.3]}
    assert "probabilities-as-log-probs" in named(given, fed)
