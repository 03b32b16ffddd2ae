"""The divergence against the definition in plain loops, PyTorch, and on bad input."""

from __future__ import annotations

from decimal import Decimal
from math import exp, inf, log
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import lossclass
from lossclass.errors import InvalidProblem
from lossclass.solving import diagnosis_of
from problems import codes, decimals, solved

BASES = {"e": 1.0, "2": log(2), "10": log(10)}
TRUE = [[0.5, 0.25, 0.25], [0.6, 0.4, 0.0]]
PREDICTED = [[0.25, 0.5, 0.25], [0.5, 0.3, 0.2]]
FIRST = 0.5 * log(0.5 / 0.25) + 0.25 * log(0.25 / 0.5)
SECOND = 0.6 * log(0.6 / 0.5) + 0.4 * log(0.4 / 0.3)


def kl(**keys: Any) -> lossclass.Solution:
    return lossclass.solve({"loss": "kl_divergence", **keys})


def mistakes(**keys: Any) -> dict[str, str]:
    with pytest.raises(InvalidProblem) as caught:
        kl(**keys)
    return {mistake.path: mistake.message for mistake in caught.value.mistakes}


@st.composite
def problems(draw: st.DrawFn) -> dict[str, Any]:
    n, count = draw(st.integers(1, 3)), draw(st.integers(2, 4))

    def rows(each: st.SearchStrategy[Decimal]) -> list[list[Decimal]]:
        row = st.lists(each, min_size=count, max_size=count)
        return draw(st.lists(row, min_size=n, max_size=n))

    problem: dict[str, Any] = {
        "loss": "kl_divergence",
        "log_base": draw(st.sampled_from(list(BASES))),
        "reduction": draw(st.sampled_from(["sum", "mean", "weighted_mean", "none"])),
    }
    logits = decimals("-20", "20", 2)
    match draw(st.sampled_from(["classes", "rows", "teacher"])):
        case "classes":
            problem["y_true"] = [str(draw(st.integers(0, count - 1))) for _ in range(n)]
        case "rows":
            true = rows(st.just(Decimal(0)) | decimals("0.01", "1", 2))
            problem["y_true"] = [[str(y) for y in (*row[:-1], row[-1] or 1)] for row in true]
        case "teacher":
            problem["true_logits"] = rows(logits)
    kind = draw(st.sampled_from(["y_pred", "logits", "log_probs"]))
    numbers = {
        "y_pred": st.just(Decimal(0)) | decimals("0.001", "1"),
        "logits": logits,
        "log_probs": decimals("-20", "0"),
    }
    problem[kind] = rows(numbers[kind])
    has_logits = "logits" in problem or "true_logits" in problem
    if has_logits and draw(st.booleans()):
        problem["temperature"] = draw(decimals("0.5", "5", 1))
        problem["times_temperature_squared"] = draw(st.booleans())
    if draw(st.booleans()):
        problem["weights"] = draw(st.lists(decimals("0.1", "4", 1), min_size=n, max_size=n))
    if draw(st.booleans()) and n > 1:
        problem["mask"] = [1, *draw(st.lists(st.integers(0, 1), min_size=n - 1, max_size=n - 1))]
    return problem


def log_softmax(row: list[Any], temperature: float) -> list[float]:
    z = [float(each) / temperature for each in row]
    total = log(sum(exp(each - max(z)) for each in z))
    return [each - max(z) - total for each in z]


def by_definition(problem: dict[str, Any]) -> float | list[float]:
    temperature = float(problem.get("temperature", 1))
    kind = next(key for key in ("y_pred", "logits", "log_probs") if key in problem)
    weighted, counted = [], []
    for i, predicted in enumerate(problem[kind]):
        if not problem.get("mask", [1] * (i + 1))[i]:
            continue
        if kind == "logits":
            logs = log_softmax(predicted, temperature)
        else:
            numbers = [float(each) for each in predicted]
            logs = numbers if kind == "log_probs" else [log(p) if p else -inf for p in numbers]
        if "true_logits" in problem:
            true = [exp(each) for each in log_softmax(problem["true_logits"][i], temperature)]
        elif isinstance(problem["y_true"][i], list):
            true = [float(y) for y in problem["y_true"][i]]
        else:
            true = [float(int(problem["y_true"][i]) == c) for c in range(len(logs))]
        term = sum(y * (log(y) - q) for y, q in zip(true, logs, strict=True) if y)
        weight = float(problem.get("weights", [1] * (i + 1))[i])
        scale = temperature**2 if problem.get("times_temperature_squared", True) else 1.0
        weighted.append(scale * weight * term / BASES[problem["log_base"]])
        counted.append(weight)
    match problem["reduction"]:
        case "none":
            return weighted
        case "mean":
            return sum(weighted) / len(weighted)
        case "weighted_mean":
            return sum(weighted) / sum(counted)
    return sum(weighted)


@given(problems())
def test_the_steps_and_numpy_and_the_definition_agree(problem: dict[str, Any]) -> None:
    solution = lossclass.solve(problem)
    assert solution.cross_check.agrees
    assert solution.answer.value == pytest.approx(by_definition(problem), rel=1e-9, abs=1e-10)


@given(problems().filter(lambda problem: "y_true" in problem and "temperature" not in problem))
def test_the_cross_entropy_is_the_entropy_and_the_divergence(problem: dict[str, Any]) -> None:
    plain = {key: each for key, each in problem.items() if key not in ("weights", "reduction")}
    masks = problem.get("mask", [1] * len(problem["y_true"]))
    entropy = sum(
        -float(y) * log(float(y))
        for row, counts in zip(problem["y_true"], masks, strict=True)
        for y in (row if isinstance(row, list) else [1])
        if counts and float(y)
    )
    divergence = lossclass.solve(plain).answer.value
    crossed = lossclass.solve({**plain, "loss": "cce"}).answer.value
    expected = divergence + entropy / BASES[problem["log_base"]]
    assert crossed == pytest.approx(expected, rel=1e-12, abs=1e-12)


@given(st.lists(decimals("-9", "9", 1), min_size=1, max_size=4), decimals("0.5", "4", 1))
def test_the_same_logits_diverge_by_nothing(logits: list[Decimal], temperature: Decimal) -> None:
    solution = kl(true_logits=[logits], logits=[logits], temperature=temperature)
    assert solution.answer.value == pytest.approx(0, abs=1e-12)


def test_it_is_the_sum_of_the_divergences_by_itself() -> None:
    solution = kl(y_true=TRUE, y_pred=PREDICTED)
    assert [step.id for step in solution.steps] == ["term.1", "term.2", "sum", "loss"]
    assert solution.step("term.1").value == pytest.approx(FIRST, rel=1e-14)
    assert solution.answer.value == pytest.approx(FIRST + SECOND, rel=1e-14)
    assert solution.remarks == ()
    alone = kl(y_true=TRUE[0], y_pred=PREDICTED[0])
    assert alone.answer.value == pytest.approx(FIRST, rel=1e-14)


def test_a_student_sees_the_quotients_and_which_products_are_left_out() -> None:
    solution = kl(y_true=TRUE, y_pred=PREDICTED)
    first, second = solution.to_dict()["steps"][:2]
    assert first["substituted"] == (
        "0.5 × ln(0.5 / 0.25) + 0.25 × ln(0.25 / 0.5) + 0.25 × ln(0.25 / 0.25)"
    )
    assert second["substituted"] == "0.6 × ln(0.6 / 0.5) + 0.4 × ln(0.4 / 0.3)"
    assert "The true probability of class 2 is 0" in solution.step("term.2").why
    assert solution.step("term.1").why == ""
    one_hot = kl(y_true=["0"], y_pred=[PREDICTED[0]])
    assert "The true probabilities of class 1 and class 2 are 0" in one_hot.step("term.1").why


def test_of_logarithms_it_is_a_difference() -> None:
    solution = kl(y_true=[0.5, 0.5], log_probs=[-1, -0.5], log_base=2)
    expected = 0.5 * (log(0.5) + 1) / log(2) + 0.5 * (log(0.5) + 0.5) / log(2)
    assert solution.answer.value == pytest.approx(expected, rel=1e-13)
    natural = kl(y_true=[0.5, 0.5], log_probs=[-1, -0.5]).to_dict()["steps"][0]
    assert natural["substituted"] == "0.5 × (ln(0.5) − (-1)) + 0.5 × (ln(0.5) − (-0.5))"


def test_what_was_called_impossible_costs_infinity() -> None:
    solution = kl(y_true=[[0.5, 0.5]], y_pred=[[1, 0]])
    assert solution.answer.value == inf
    assert codes(solution) == ["loss-is-infinite"]
    assert "its true one is 0.5" in solution.remarks[0].text
    logs = kl(y_true=[[0.5, 0.5]], log_probs=[[0, "-inf"]])
    assert logs.answer.value == inf
    assert codes(logs) == ["loss-is-infinite"]


def test_an_infinite_term_of_weight_zero_is_left_out() -> None:
    solution = kl(y_true=[[1, 0], [0.5, 0.5]], y_pred=[[0, 1], [0.25, 0.75]], weights=[0, 1])
    expected = 0.5 * log(0.5 / 0.25) + 0.5 * log(0.5 / 0.75)
    assert solution.answer.value == pytest.approx(expected, rel=1e-14)
    assert codes(solution) == ["infinite-term-has-no-weight"]


@pytest.mark.parametrize("predicted", [{"y_pred": [[0, 1]]}, {"log_probs": [["-inf", 0]]}])
def test_what_never_happens_and_is_never_expected_costs_nothing(predicted: Any) -> None:
    solution = kl(y_true=[1], **predicted)
    assert solution.answer.value == 0
    assert solution.cross_check.agrees


def test_true_probabilities_that_do_not_sum_to_one_are_remarked() -> None:
    solution = kl(y_true=[[0.5, 0.25]], y_pred=[[0.5, 0.5]])
    assert codes(solution) == ["probabilities-do-not-sum-to-one"]
    assert "true probabilities of observation 1 sum to 0.75" in solution.remarks[0].text


# --- temperature -------------------------------------------------------------------------

TEACHER: dict[str, Any] = {"true_logits": [[2, 0]], "logits": [[0, 1]], "temperature": 2}
WARM_TRUE = [exp(1) / (exp(1) + 1), 1 / (exp(1) + 1)]
WARM_PREDICTED = [1 / (1 + exp(0.5)), exp(0.5) / (1 + exp(0.5))]
WARM = sum(y * log(y / p) for y, p in zip(WARM_TRUE, WARM_PREDICTED, strict=True))


def test_a_temperature_divides_all_logits_and_its_square_multiplies_the_loss() -> None:
    solution = kl(**TEACHER)
    assert solution.step("true_exp.1.2").value == pytest.approx(exp((0 - 2) / 2), rel=1e-14)
    assert solution.step("y_true.1.1").value == pytest.approx(WARM_TRUE[0], rel=1e-14)
    assert solution.step("y_pred.1.1").value == pytest.approx(WARM_PREDICTED[0], rel=1e-14)
    assert solution.step("term.1").value == pytest.approx(WARM, rel=1e-13)
    assert solution.answer.value == pytest.approx(2**2 * WARM, rel=1e-13)
    assert solution.step("loss").why == "Here: the sum, times T²."
    plain = kl(**TEACHER, times_temperature_squared=False)
    assert plain.answer.value == pytest.approx(WARM, rel=1e-13)


def test_a_temperature_of_one_is_none() -> None:
    warm = kl(**{**TEACHER, "temperature": 1})
    plain = kl(true_logits=[[2, 0]], logits=[[0, 1]])
    assert [step.id for step in warm.steps] == [step.id for step in plain.steps]
    assert warm.to_dict()["steps"] == plain.to_dict()["steps"]


def test_a_temperature_divides_the_outputs_of_a_network() -> None:
    rnn = {"inputs": [1], "U": 0.5, "W": 0.1, "V": [1, -1], "activation": "identity"}
    solution = kl(y_true=[[0.5, 0.5]], rnn=rnn, temperature=2)
    predicted = exp(0.25) / (exp(0.25) + exp(-0.25))  # outputs 0.5 and −0.5, over 2
    assert solution.step("y_pred.1.1").value == pytest.approx(predicted, rel=1e-13)
    expected = 4 * (0.5 * log(0.5 / predicted) + 0.5 * log(0.5 / (1 - predicted)))
    assert solution.answer.value == pytest.approx(expected, rel=1e-12)
    assert "softmax(oₜ / T), with the temperature T = 2" in str(solution)


# --- slips -------------------------------------------------------------------------------


COLD_TRUE, COLD_PREDICTED = (
    [exp(2) / (exp(2) + 1), 1 / (exp(2) + 1)],
    [1 / (1 + exp(1)), exp(1) / (1 + exp(1))],
)


def by_hand(true: list[float], predicted: list[float]) -> float:
    return sum(y * log(y / p) for y, p in zip(true, predicted, strict=True))


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        (4 * by_hand(WARM_PREDICTED, WARM_TRUE), "distributions-exchanged"),
        (4 * -sum(y * log(p) for y, p in zip(WARM_TRUE, WARM_PREDICTED, strict=True)), "entropy-forgotten"),
        (by_hand(COLD_TRUE, COLD_PREDICTED), "temperature-forgotten"),
        (4 * by_hand(COLD_TRUE, COLD_PREDICTED), "temperature-forgotten"),
        (4 * by_hand(COLD_TRUE, WARM_PREDICTED), "temperature-on-one-side"),
        (4 * by_hand(WARM_TRUE, COLD_PREDICTED), "temperature-on-one-side"),
        (WARM, "temperature-squared-forgotten"),
        (4 * WARM / log(10), "log10-for-ln"),
        (4 * WARM / 2, "divided-by-classes"),
        (4 * sum(y * (log(y) - p) for y, p in zip(WARM_TRUE, WARM_PREDICTED, strict=True)),
         "probabilities-as-log-probs"),
    ],
)  # fmt: skip
def test_slips_are_named(wrong: float, code: str) -> None:
    problem = lossclass.load({"loss": "kl", **TEACHER})
    diagnosis = diagnosis_of(problem, lossclass.solve(problem))
    assert code in [each.code for each in diagnosis.explain("loss", Decimal(f"{wrong:.6e}"))]


def test_slips_with_a_temperature_are_none_where_there_is_none() -> None:
    problem = lossclass.load({"loss": "kl", "y_true": TRUE, "y_pred": PREDICTED})
    found = {each.code for each in diagnosis_of(problem, lossclass.solve(problem)).own}
    assert {"distributions-exchanged", "entropy-forgotten"} <= found
    assert not [code for code in found if code.startswith("temperature")]


# --- PyTorch -----------------------------------------------------------------------------


@pytest.mark.parametrize(("ours", "theirs"), [("sum", "sum"), ("mean", "batchmean")])
def test_pytorch_gives_the_same(ours: str, theirs: str) -> None:
    torch = pytest.importorskip("torch")
    true, predicted = (torch.tensor(rows, dtype=torch.float64) for rows in (TRUE, PREDICTED))
    expected = torch.nn.KLDivLoss(reduction=theirs)(predicted.log(), true).item()
    solution = kl(y_true=TRUE, y_pred=PREDICTED, reduction=ours)
    assert solution.answer.value == pytest.approx(expected, rel=1e-12)


def test_pytorch_distils_the_same() -> None:
    torch = pytest.importorskip("torch")
    teacher = torch.tensor([[6.0, 4, 0], [2, 5, 1]], dtype=torch.float64)
    student = torch.tensor([[3.0, 3, 1], [0, 2, 2]], dtype=torch.float64)
    loss = torch.nn.KLDivLoss(reduction="batchmean", log_target=True)
    expected = 4 * loss((student / 2).log_softmax(-1), (teacher / 2).log_softmax(-1)).item()
    assert solved("distillation").answer.value == pytest.approx(expected, rel=1e-12)


# --- bad input ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("keys", "path", "message"),
    [
        ({"y_true": None}, "y_true", "missing; true_logits may stand for it"),
        (
            {"true_logits": [[1, 2], [3, 4]]},
            "true_logits",
            "there is y_true already; a problem has one of the two",
        ),
        (
            {"y_true": None, "true_logits": [[1, 2]]},
            "true_logits",
            "expected 2 × 2 numbers, as there are of predictions, got 1 × 2 numbers",
        ),
        (
            {"y_true": None, "true_logits": [[1, 2], [3, 4]], "ignore": "a"},
            "ignore",
            "it is a class of y_true, and here are true_logits; a mask leaves observations out",
        ),
        (
            {"y_true": None, "true_logits": [[1, 2], [3, 4]], "mask": [0, 0]},
            "mask",
            "it is 0 everywhere: nothing counts, and a mean is 0/0 then, nan in PyTorch",
        ),
        ({"y_true": [[0.5, 0.5], [0, 0]]}, "y_true.2", "its numbers are all 0, so there is no distribution"),
        ({"y_true": [[0.5, 0.5], [1, 2]]}, "y_true.2.2", "expected a number between 0 and 1, got '2'"),
        ({"temperature": 2}, "temperature", "there are no logits here that it could divide"),
        (
            {"y_pred": None, "logits": [[1, 2], [3, 4]], "temperature": 0},
            "temperature",
            "expected a number greater than 0, got 0",
        ),
        ({"times_temperature_squared": True}, "times_temperature_squared", "there is no temperature"),
        ({"y_pred": None}, "y_pred", "missing; logits or log_probs may stand for it"),
    ],
)  # fmt: skip
def test_bad_input_is_named_with_its_place(keys: dict[str, Any], path: str, message: str) -> None:
    problem = {
        "classes": ["a", "b"],
        "y_true": [[0.5, 0.5], [1, 0]],
        "y_pred": [[0.5, 0.5], [0.25, 0.75]],
    }
    changed = {key: each for key, each in {**problem, **keys}.items() if each is not None}
    assert mistakes(**changed) == {path: message}


@pytest.mark.parametrize("key", ["class_weights", "label_smoothing"])
def test_keys_of_cross_entropies_are_none_of_its_own(key: str) -> None:
    found = mistakes(y_true=TRUE, y_pred=PREDICTED, **{key: 0.5})
    assert set(found) == {key}
    assert found[key].startswith("there is no such key")


def test_the_derivatives_of_one_observation_name_nothing_that_is_not_shown() -> None:
    keys = {"loss": "kl", "y_true": [[0.3, 0.7]], "logits": [[1, 2]], "temperature": 2}
    text = str(lossclass.solve(keys, gradient=True))
    assert "∂L/∂z₁,₁ = T² · (ŷ₁,₁ − y₁,₁) / T" in text
    assert "∂L/∂S" not in text
