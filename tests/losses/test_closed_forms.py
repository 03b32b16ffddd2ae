"""Closed forms against differences of the NumPy road, the walk back over the steps, and PyTorch."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from decimal import Decimal, localcontext
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from networks import NUMBERS, networks
from test_binary_cross_entropy import problems as binary_problems
from test_categorical_cross_entropy import divides_by_nothing
from test_categorical_cross_entropy import problems as categorical_problems
from test_custom import RIDGE, terms
from test_hinge import hinge_problems
from test_huber import problems as huber_problems
from test_kl_divergence import problems as divergence_problems
from test_mean_absolute_error import problems as absolute_error_problems
from test_mean_squared_error import problems as squared_error_problems
from test_negative_log_likelihood import problems as likelihood_problems
from test_policy_gradient import episodes
from test_sequence_cross_entropy import batches, singles
from test_sequence_hinge import labellings, rankings

import lossclass
from lossclass import losses
from lossclass.arithmetic.calculation import evaluate
from lossclass.arithmetic.expression import Quantity
from lossclass.arithmetic.gradient import walk_back
from lossclass.arithmetic.number import WORKING
from lossclass.losses.shapes.errors import Errors
from lossclass.losses.shapes.formulas import ClosedForm, Index, Shares
from lossclass.problem.problem import Problem, validate
from lossclass.rnn.fitting import network_of
from lossclass.rnn.inputs import Rnn
from lossclass.rnn.parameters import PARAMETERS
from lossclass.rnn.vectorised import forward
from lossclass.working import Working

Keys = dict[str, Any]
STEP = Decimal("1e-6")
#: Where the slope has a kink, as that of a squared hinge, a difference is off by as much as its step.
SMALL_STEP = Decimal("1e-7")
KINKED = ("hinge", "sequence_hinge", "mean_absolute_error", "huber")


@cache
def is_of_errors(name: str) -> bool:
    """Whether a loss is one of errors, whose predictions may be any numbers."""
    loss = losses.canonical_name(name)
    return loss is not None and isinstance(losses.load(loss), Errors)


def with_one_answer(problem: Keys) -> Keys:
    """The problem without the reduction that has no single answer to derive."""
    return {k: v for k, v in problem.items() if (k, v) != ("reduction", "none")}


def loaded(problem: Keys) -> Problem:
    return validate(with_one_answer(problem), losses)


def closed_form(problem: Keys) -> ClosedForm:
    found = loaded(problem)
    return losses.load(found.loss).gradient(found.inputs)


def value(problem: Problem, **keys: Any) -> float:
    with np.errstate(all="ignore"):
        return float(losses.load(problem.loss).value(problem.inputs.model_copy(update=keys)))


# --- against differences -----------------------------------------------------------------


def moved(numbers: Any, index: Index, by: Decimal) -> Any:
    """Nested tuples, with the number at an index (from 1) changed."""
    if not index:
        return numbers + by
    at = int(index[0]) - 1
    return (*numbers[:at], moved(numbers[at], index[1:], by), *numbers[at + 1 :])


def changed(problem: Problem, key: str, index: Index, by: Decimal) -> Keys:
    """The key that has a number, with that number changed."""
    inputs: Any = problem.inputs
    if getattr(inputs, "examples", None):
        example, *inner = index
        at = int(example) - 1
        old = inputs.examples[at]
        new = old.model_copy(update={key: moved(getattr(old, key), tuple(inner), by)})
        return {"examples": (*inputs.examples[:at], new, *inputs.examples[at + 1 :])}
    if key == "score":
        at = int(index[0]) - 1
        old = inputs.candidates[at]
        new = old.model_copy(update={"score": old.score + by})
        return {"candidates": (*inputs.candidates[:at], new, *inputs.candidates[at + 1 :])}
    numbers = getattr(inputs, key)
    if isinstance(numbers[0], tuple) and len(index) == 1:  # one row
        index = (1, *index)
    return {key: moved(numbers, index, by)}


def has_given(inputs: Any, key: str) -> bool:
    """Whether the problem gives numbers under a key."""
    one = (getattr(inputs, "examples", None) or (inputs,))[0]
    return key in type(one).model_fields and getattr(one, key) is not None


def changed_network(problem: Problem, key: str, position: int, by: Decimal) -> Keys:
    rnn: Rnn = problem.inputs.rnn  # type: ignore[attr-defined]
    written = getattr(rnn, key.removeprefix("rnn."))
    numbers = moved(written.numbers, (position + 1,), by)
    new = type(written)(numbers, written.shape)
    return {"rnn": rnn.model_copy(update={key.removeprefix("rnn."): new})}


def agrees_with_differences(
    problem: Problem, derivative: float, change: Callable[[Decimal], Keys], *, kinked: bool
) -> None:
    step = SMALL_STEP if kinked else STEP
    here = value(problem)
    above, below = (value(problem, **change(by)) for by in (step, -step))
    if kinked and abs(above - 2 * here + below) / float(step) > 1e-3:
        return  # a kink is nearer than the step
    difference = (above - below) / (2 * float(step))
    assert derivative == pytest.approx(difference, rel=1e-6, abs=1e-6)


def check_against_differences(keys: Keys, *, kinked: bool = False) -> None:
    problem, found = loaded(keys), closed_form(keys)
    kinked = kinked or problem.loss in KINKED
    inputs: Any = problem.inputs
    checked = 0
    for key, derivatives in found.values.items():
        for position, (index, derivative) in enumerate(derivatives.items()):

            def change(
                by: Decimal, key: str = key, index: Index = index, position: int = position
            ) -> Keys:
                if key.startswith("rnn."):
                    return changed_network(problem, key, position, by)
                return changed(problem, key, index, by)

            if derivative is None:  # where differences do not tell
                continue
            # what is a step, such as y_pred behind logits, is left to the walk
            if key.startswith("rnn.") or key == "score" or has_given(inputs, key):
                agrees_with_differences(problem, derivative, change, kinked=kinked)
                checked += 1
    assert checked


# --- against the walk over the steps -----------------------------------------------------


def id_of(key: str, index: Index, values: Mapping[str, Decimal]) -> str:
    full = ".".join([key, *map(str, index)])
    return f"given.{full}" if f"given.{full}" in values else full


def walked(ids: list[str], working: Working, answer: Quantity) -> list[float]:
    found = list(walk_back(working.calculation, working.values, answer, reaches=ids))
    steps = [step for each in found for step in each.steps]
    values = evaluate([*working.calculation, *steps])
    derivatives = {each.of.id: values[each.quantity.id] for each in found}
    return [float(derivatives[id]) for id in ids]


def check_against_the_walk(keys: Keys) -> ClosedForm:
    """The ids of a closed form are those of the working, and its numbers those of the walk."""
    problem, working = loaded(keys), Working()
    loss = losses.load(problem.loss)
    with localcontext(WORKING):
        (answer,) = loss.solve(problem.inputs, working)
        found = loss.gradient(problem.inputs)
        pairs = [
            (id_of(key, index, working.values), each)
            for key, derivatives in found.values.items()
            for index, each in derivatives.items()
            if each is not None
        ]
        by_steps = walked([id for id, _ in pairs], working, answer)
    off = found.tolerance
    for (id, derivative), step in zip(pairs, by_steps, strict=True):
        assert derivative == pytest.approx(step, rel=off, abs=off), id
    return found


# --- every loss --------------------------------------------------------------------------


def is_finite(keys: Keys) -> bool:
    return math.isfinite(value(loaded(keys)))


def inside(keys: Keys) -> bool:
    """Whether every number may be moved a little to both sides."""
    return not any(
        number in (0, 1, Decimal("-Infinity"), "-inf")
        for key in ("y_pred", "policy", "log_policy", "log_probs")
        if key in keys and keys["loss"] not in KINKED and not is_of_errors(keys["loss"])
        for row in keys[key]
        for number in (row if isinstance(row, list) else [row])
    )


PLAIN = {
    "squared error": squared_error_problems(),
    "absolute error": absolute_error_problems(),
    "huber": huber_problems(),
    "binary": binary_problems(),
    "likelihood": likelihood_problems(),
    "categorical": categorical_problems().filter(lambda keys: not divides_by_nothing(keys)),
    "divergence": divergence_problems(),
    "sequence": singles(),
    "examples": batches(),
    "hinge": hinge_problems(),
    "labelling": labellings(),
    "ranking": rankings(),
    "policy": episodes(),
}


@pytest.mark.some(3)
@pytest.mark.fuzz
@pytest.mark.parametrize("name", PLAIN)
def test_closed_forms_agree_with_the_walk_and_with_differences(name: str) -> None:
    @given(PLAIN[name])
    def check(keys: Keys) -> None:
        assume(is_finite(keys))
        assume(not keys.get("root") or value(loaded(keys)))  # at 0, a root has no slope
        check_against_the_walk(keys)
        if inside(keys):
            check_against_differences(keys)

    check()


@st.composite
def on_networks(draw: st.DrawFn) -> Keys:
    """Each loss that takes the predictions of a network."""
    names = "mse mae huber bce nll cce kl sequence hinge sequence_hinge labelling rl"
    loss = draw(st.sampled_from(names.split()))
    single = loss in ("bce", "hinge", "sequence_hinge")
    rnn = draw(networks(1 if single else 3, 1 if single or is_of_errors(loss) else 2))
    if loss not in ("sequence", "rl"):
        rnn["predict"] = draw(st.sampled_from(["every_step", "last_step"]))
    last = rnn.get("predict") == "last_step"
    count, width = 1 if last else len(rnn["inputs"]), len(rnn["V"])

    def each(of: st.SearchStrategy[Any]) -> list[Any]:
        return draw(st.lists(of, min_size=count, max_size=count))

    has_logarithm = loss in ("bce", "nll", "cce", "kl", "sequence", "rl")
    bases: list[Keys] = [{}, {"log_base": "2"}]
    keys: Keys = {"loss": loss, "rnn": rnn, **draw(st.sampled_from(bases[: 1 + has_logarithm]))}
    keys |= {"temperature": draw(st.sampled_from(["1", "0.5", "3"]))} if loss == "kl" else {}
    classes = st.integers(0, width - 1)
    match loss:
        case "mse" | "mae" | "huber":
            rnn["output"] = draw(st.sampled_from(["identity", "sigmoid", "softmax"]))
            assume(rnn["output"] != "softmax" or width > 1)
            keys["y_true"] = each(st.lists(NUMBERS, min_size=width, max_size=width))
            of_squares: list[Keys] = [{}, {"root": True}]
            keys |= draw(st.sampled_from(of_squares[: 1 + (loss == "mse")]))
        case "bce":
            keys["y_true"] = each(st.sampled_from([0, 1, "0.25"]))
        case "hinge" | "sequence_hinge":
            keys |= {"y_true": each(st.sampled_from([1, -1])), "squared": draw(st.booleans())}
        case "labelling":
            form = draw(st.sampled_from(["weston_watkins", "crammer_singer"]))
            keys |= {"loss": "sequence_hinge", "formulation": form, "y_true": each(classes)}
        case "rl":
            keys |= {"rewards": each(st.integers(-2, 2)), "actions": each(classes)}
            keys |= {"discount": 0.9, "baseline": 0.5}
        case _:
            keys["y_true"] = each(classes.map(str))
    if loss == "sequence":
        keys["mask"] = [1, *(draw(st.integers(0, 1)) for _ in range(count - 1))]
    if draw(st.booleans()):
        weight = st.decimals("0.1", "2", places=1)
        keys["weights"] = each(weight)
    return keys


def is_all_but_at_a_kink(rnn: Keys) -> bool:
    """Whether a relu gets a number that is 0 but for a double's rounding."""
    numbers = np.abs(forward(network_of(Rnn.model_validate(rnn))).preactivations)
    return bool(((numbers > 0) & (numbers < 1e-12)).any())


@pytest.mark.thorough
@given(on_networks())
def test_derivatives_go_back_through_a_network(keys: Keys) -> None:
    assume(not is_all_but_at_a_kink(keys["rnn"]))
    found = check_against_the_walk(keys)
    assert {"output", "hidden", "rnn.U", "rnn.W", "rnn.V"} <= set(found.values)
    given_parameters = set(keys["rnn"]) & {*PARAMETERS}
    assert {key for key in found.values if key.startswith("rnn.")} == {
        f"rnn.{name}" for name in given_parameters
    }
    # a relu has kinks too, and so has a root at 0
    kinked = keys["rnn"].get("activation") == "relu" or keys.get("root", False)
    check_against_differences(keys, kinked=kinked)


def test_numbers_of_a_network_have_their_gates_in_their_places() -> None:
    gate = {gate: [[0.5]] for gate in "rzn"}
    rnn = {"cell": "gru", "inputs": [1, 2], "U": gate, "W": gate, "V": 1, "output": "identity"}
    found = check_against_the_walk({"loss": "mse", "y_true": [1, 1], "rnn": rnn})
    assert list(found.values["rnn.U"]) == [("r", 1, 1), ("z", 1, 1), ("n", 1, 1)]
    assert list(found.values["hidden"]) == list(found.values["output"]) == [(1, 1), (2, 1)]
    assert list(found.values["y_pred"]) == [(1,), (2,)]


# --- kinks, zeros and infinities ---------------------------------------------------------


@pytest.mark.parametrize(
    ("keys", "key", "expected"),
    [
        ({"loss": "hinge", "y_true": [1, -1], "y_pred": [1, -0.3]}, "y_pred", [0, 1]),
        ({"loss": "hinge", "y_true": 1, "y_pred": 0.3, "margin": 0.3}, "y_pred", [0]),
        (
            # 0.1 + 0.2 − 0.3 is not 0 in doubles
            {"loss": "sequence_hinge", "formulation": "weston_watkins", "y_true": [0],
             "scores": [[0.3, 0.2, 1]], "margin": 0.1},
            "scores", [-1, 0, 1],
        ),
        (
            {"loss": "sequence_hinge", "formulation": "crammer_singer", "y_true": [1],
             "scores": [[2, 0, 1, 2]]},
            "scores", [1, -1, 0, 0],
        ),
        (
            {"loss": "sequence_hinge", "formulation": "structured", "y_true": "ab",
             "candidates": [{"sequence": "ab", "score": 1}, {"sequence": "ba", "score": -1}]},
            "score", [0, 0],
        ),
        (
            {"loss": "sequence_hinge", "formulation": "structured", "y_true": "ab",
             "candidates": [{"sequence": "ba", "score": -1}, {"sequence": "ab", "score": 1}]},
            "score", [1, -1],
        ),
    ],
)  # fmt: skip
def test_what_is_taken_at_a_kink(keys: Keys, key: str, expected: list[float]) -> None:
    found = check_against_the_walk(keys)
    assert list(found.values[key].values()) == expected


@pytest.mark.parametrize("activation", ["identity", "relu"])
def test_a_network_whose_score_is_just_at_the_margin_is_at_the_kink(activation: str) -> None:
    """0.1 · 3 is not 0.3 in doubles."""
    rnn = {"inputs": [3], "U": 0.1, "W": 0, "V": 1, "activation": activation}
    found = check_against_the_walk({"loss": "hinge", "y_true": [1], "margin": 0.3, "rnn": rnn})
    assert not any(found.values["y_pred"].values())


def test_what_counts_as_zero_has_no_slope() -> None:
    found = check_against_the_walk({"loss": "nll", "y_true": [1], "y_pred": [0, 0.5]})
    assert found.values["y_pred"] == {(1, 1): 0, (1, 2): -2}
    found = check_against_the_walk({"loss": "bce", "y_true": [1, 0], "y_pred": [1, 0]})
    assert found.values["y_pred"] == {(1,): -0.5, (2,): 0.5}


def test_an_infinite_loss_has_an_infinite_slope_and_none_where_its_weight_is_zero() -> None:
    keys = {"loss": "cce", "y_true": [0, 0], "y_pred": [[0, 1], [0, 1]], "weights": [1, 0]}
    assert closed_form(keys).values["y_pred"] == {
        (1, 1): -math.inf, (1, 2): 0, (2, 1): 0, (2, 2): 0,
    }  # fmt: skip


def test_what_does_not_count_in_a_sequence_has_no_derivative() -> None:
    keys = {
        "loss": "sequence", "y_true": ["0", "1"], "y_pred": [[0.5, 0.5], [0.1, 0.9]], "mask": [0, 1]
    }  # fmt: skip
    assert closed_form(keys).values["y_pred"] == {(2, 1): 0, (2, 2): pytest.approx(-1 / 0.9)}


def test_a_prediction_that_is_all_but_one_is_left_out_behind_its_logit() -> None:
    found = check_against_the_walk({"loss": "bce", "y_true": [0, 0], "logits": [30, 20]})
    assert list(found.values["y_pred"]) == [(2,)]
    assert found.values["logits"][1,] == pytest.approx(0.5 / (1 + math.exp(-30)), rel=1e-15)


# --- losses of one's own -----------------------------------------------------------------


def test_terms_and_formula_together() -> None:
    rnn = {"inputs": [1, 2], "U": 0.5, "W": 0.1, "V": 1}
    problem = terms(
        ("rating", 2, {"loss": "mse", "y_true": [1, 2], "rnn": rnn}),
        ("mood", "0.5", {"loss": "nll", "y_true": [1], "logits": [0.3, 0.7]}),
    )
    problem |= {key: RIDGE[key] for key in ("formula", "given")}
    found = check_against_the_walk(problem)
    assert {"rating.rnn.U", "rating.hidden", "mood.logits", "mood.y_pred"} < set(found.values)
    assert found.values["w"] == pytest.approx({(1,): 0.2 * 0.3, (2,): 0.2 * -0.4}, abs=1e-7)
    assert found.values["lambda"] == pytest.approx({(): 0.25}, abs=1e-7)
    assert "rating, 2 times: ∂L_rating/∂ŷ = 2 · (ŷ − y) / n: " in found.says


@pytest.mark.parametrize(
    "given",
    [
        {"logits": [[0.3, -0.2, 1], [0.1, 0.7, -1], [0, 0.5, 0.2]]},
        {"log_probs": np.log([[0.3, 0.5, 0.2], [0.1, 0.5, 0.4], [0.4, 0.4, 0.2]]).tolist()},
        {"probabilities": [[0.3, 0.5, 0.2], [0.1, 0.5, 0.4], [0.4, 0.4, 0.2]]},
        {"probabilities": {"-": 0.3, "A": 0.5, "B": 0.2}, "time_steps": 3},
    ],
)
def test_a_ctc_among_terms_derives_by_what_the_model_puts_out(given: Keys) -> None:
    """By itself it writes its gradient in a table of its own."""
    ctc = {"loss": "ctc", "target": "AB", "blank": "-", **given}
    if "time_steps" not in ctc:
        ctc["labels"] = ["-", "A", "B"]
    (key,) = given.keys() - {"time_steps"}
    solution = lossclass.solve(terms(("heard", "0.5", ctc)), gradient=True)
    assert [*solution.gradient] == [f"heard.{key}"]
    assert "NumPy, by this closed form, gives the same gradient." in " ".join(str(solution).split())


def test_an_edit_distance_among_terms_is_said_to_have_no_gradient() -> None:
    counted = {"loss": "edit_distance", "reference": "ab", "hypothesis": "b"}
    keys = terms(("typed", 2, counted)) | {key: RIDGE[key] for key in ("formula", "given")}
    found = check_against_the_walk(keys)
    assert {*found.values} == {*RIDGE["given"]}
    assert "typed, 2 times: An edit distance counts" in found.says


@given(
    st.sampled_from(
        [
            "sum(a * exp(b)) / mean(a^2 + 1)",
            "ln(1 + sum(|a - b|)) * c",
            "tanh(c) * sum(max(a, b, 0))",
            "mean(sigmoid(a) ^ 2) - log2(1 + c^2)",
            "sum(a) ^ 3 + 2 ^ c",
        ]
    ),
    *[st.lists(st.decimals("-3", "3", places=2), min_size=2, max_size=2)] * 2,
    st.decimals("-3", "3", places=2),
)
def test_formulas(formula: str, a: list[Decimal], b: list[Decimal], c: Decimal) -> None:
    keys = {"loss": "custom", "formula": formula, "given": {"a": a, "b": b, "c": c}}
    found = check_against_the_walk(keys)
    if "|" not in formula and "max" not in formula:  # which have kinks
        assert {name: len(each) for name, each in found.values.items()} == {"a": 2, "b": 2, "c": 1}


@pytest.mark.parametrize("formula", ["max(0, x)", "|x|", "max(x, 0, -x)", "ln(x)", "x * ln(x)"])
def test_a_formula_at_a_kink_or_at_infinity_is_not_compared(formula: str) -> None:
    keys = {"loss": "custom", "formula": f"{formula} + y^2", "given": {"x": 0, "y": 3}}
    found = closed_form(keys)
    assert found.values["x"] == {(): None}
    told = None if formula == "ln(x)" else pytest.approx(6, abs=1e-7)
    assert found.values["y"] == {(): told}


def test_a_term_of_weight_zero_adds_nothing_even_where_its_loss_is_infinite() -> None:
    infinite = {"loss": "nll", "y_true": [0], "y_pred": [[0, 1]]}
    one = terms(("never", 0, infinite), ("once", 1, {**infinite, "y_pred": [[0.5, 0.5]]}))
    found = closed_form(one)
    assert set(found.values["never.y_pred"].values()) == {0}
    assert found.values["once.y_pred"] == {(1, 1): -2, (1, 2): 0}


# --- what is said ------------------------------------------------------------------------

LOGITS = {"y_true": [1, 0], "logits": [[0.2, 0.7], [0.1, -0.4]]}
RNN = {"inputs": [1, 2], "U": 0.5, "W": 0.1}
CLASSES = {"rnn": {**RNN, "V": [1, -1]}}


@pytest.mark.parametrize(
    ("keys", "says"),
    [
        ({"loss": "nll", **LOGITS}, "∂L/∂z = ŷ − y: prediction minus truth."),
        (
            {"loss": "nll", **LOGITS, "reduction": "mean"},
            "∂L/∂z = (ŷ − y) / n: prediction minus truth, divided by n = 2.",
        ),
        (
            {"loss": "cce", **LOGITS, "weights": [1, 2], "reduction": "weighted_mean",
             "log_base": "2"},
            ("∂L/∂z = w · (ŷ − y) / (Σ w · ln 2): prediction minus truth, times the weight w of its "
            "observation, divided by Σ w, the sum of the weights, divided by ln 2 for the base of "
            "the logarithms."),
        ),
        (
            {"loss": "cce", **LOGITS, "class_weights": [1, 3], "label_smoothing": 0.1},
            ("∂L/∂z = ŷ · Σ k · s − k · s: prediction times the sum of k · s over the classes, minus "
            "k · s."),
        ),
        (
            {"loss": "cce", **LOGITS, "label_smoothing": 0.1},
            "∂L/∂z = ŷ − s: prediction minus smoothed truth.",
        ),
        (
            {"loss": "cce", "y_true": [[0.5, 0.3]], "logits": [[0.2, 0.7]]},
            "∂L/∂z = ŷ · Σ y − y: prediction times the sum of y over the classes, minus y.",
        ),
        (
            {"loss": "kl", **LOGITS, "temperature": 2, "reduction": "mean"},
            ("What is true stands still, and so does its entropy: the derivatives are those of a "
            "cross-entropy. ∂L/∂z = T² · (ŷ − y) / (T · n): prediction minus truth, divided by the "
            "temperature T, times T², divided by n = 2."),
        ),
        (
            {"loss": "kl", **LOGITS, "temperature": 2, "times_temperature_squared": False},
            ("What is true stands still, and so does its entropy: the derivatives are those of a "
            "cross-entropy. ∂L/∂z = (ŷ − y) / T: prediction minus truth, divided by the "
            "temperature T."),
        ),
        (
            {"loss": "bce", "y_true": [1, 0], "y_pred": [0.5, 0.4]},
            ("∂L/∂ŷ = −1 / (ŷ · n) where y = 1, and 1 / ((1 − ŷ) · n) where y = 0: minus 1 over the "
            "prediction, or 1 over what it leaves, divided by n = 2."),
        ),
        (
            {"loss": "bce", "y_true": [0.25, 0], "y_pred": [0.5, 0]},
            ("∂L/∂ŷ = (ŷ − y) / (ŷ · (1 − ŷ) · n): prediction minus truth, divided by ŷ · (1 − ŷ), "
            "divided by n = 2. Where ŷ is 0 or 1, a product that counts as 0 adds nothing to it."),
        ),
        (
            {"loss": "bce", "y_true": [1], "logits": [0.5], "label_smoothing": 0.1},
            "∂L/∂z = ŷ − s: prediction minus smoothed truth.",
        ),
        (
            {"loss": "bce", "y_true": [1], "logits": [0.5], "pos_weight": 2},
            "∂L/∂z = (1 − y) · ŷ − p · y · (1 − ŷ): with the weight p of a 1.",
        ),
        (
            {"loss": "bce", "y_true": [1], "log_probs": [-0.5]},
            "∂L/∂q = (1 − y) · ŷ / (1 − ŷ) − y: where ŷ = exp(q).",
        ),
        (
            {"loss": "hinge", "y_true": [1], "y_pred": [0.5]},
            ("∂L/∂ŷ = −y where y · ŷ is below 1: minus the label. Elsewhere it is 0, and 0 is also "
            "taken at the kink, y · ŷ = 1."),
        ),
        (
            {"loss": "mse", "y_true": [1, 2], "y_pred": [0.5, 1], "factor": 0.5},
            "∂L/∂ŷ = (ŷ − y) / n: prediction minus truth, divided by n = 2.",
        ),
        (
            {"loss": "rl", "returns": [1, 2], "policy": [0.5, 0.4], "form": "objective"},
            ("∂L/∂π = R / π: the return, divided by the probability. The return R counts as a "
            "constant."),
        ),
        (
            {"loss": "sequence", "y_true": ["0", "1"], **CLASSES, "over_time": "mean"},
            ("∂L/∂o = (ŷ − y) / n: prediction minus truth, divided by n = 2. Back-propagation "
            "through time takes ∂L/∂o on to the hidden states and to the weights."),
        ),
    ],
)  # fmt: skip
def test_the_closed_form_is_said_as_this_problem_has_it(keys: Keys, says: str) -> None:
    assert closed_form(keys).says == says


def test_examples_divide_by_their_own_lengths() -> None:
    example = {"y_true": ["0", "1"], "y_pred": [[0.5, 0.5]] * 2}
    keys = {"loss": "sequence", "examples": [example, example], "over_time": "mean"}
    assert closed_form(keys).says == (
        "∂L/∂ŷ = −y / (ŷ · N · T): minus truth, divided by prediction, divided by the number "
        "of examples, N = 2, divided by T, how many time steps of its example count."
    )


@given(st.one_of(squared_error_problems(), likelihood_problems(("y_pred", "logits"))))
def test_the_formula_that_is_said_gives_the_numbers(keys: Keys) -> None:
    """The right side of ∂L/∂ŷ = …, worked as it stands."""
    keys = with_one_answer(keys)
    assume(is_finite(keys) and inside(keys))
    found = closed_form(keys)
    answer = value(loaded(keys))
    assume(answer)  # at 0, a root has no slope
    formula = found.says.removeprefix("∂L/∂").split(" = ", 1)[1].split(": ", 1)[0]
    for sign, python in {"·": "*", "−": "-", "Σ w": "total", "ŷ": "guess", "ln ": "ln"}.items():
        formula = formula.replace(sign, python)
    key = "logits" if "logits" in keys else "y_pred"
    inputs: Any = loaded(keys).inputs
    flat = key == "y_pred" and keys["loss"] in ("mse", "mean_squared_error")
    targets = np.array(keys["y_true"] if flat else inputs.distributions.targets, float)
    guesses = np.array(keys[key], float)
    if key == "logits":
        guesses = np.exp(guesses) / np.exp(guesses).sum(axis=1, keepdims=True)
    weights = np.array(keys.get("weights", [1] * targets.size), float).ravel()
    for position, derivative in enumerate(found.values[key].values()):
        row = position if flat else position // targets.shape[1]
        names = {
            "y": targets.ravel()[position], "guess": guesses.ravel()[position], "w": weights[row],
            "total": sum(weights), "n": targets.size if flat else len(targets),
            "L": answer, "ln2": math.log(2), "ln10": math.log(10),
        }  # fmt: skip
        assert derivative == pytest.approx(eval(formula, names), rel=1e-9, abs=1e-12)  # noqa: S307


def test_a_formula_has_no_brackets_that_it_does_not_need() -> None:
    plain = Shares(np.ones(1))
    assert plain.scaled("(ŷ − y)") == "ŷ − y"
    assert plain.scaled("2", "(ŷ − y)") == "2 · (ŷ − y)"
    assert plain.scaled("1") == "1"
    assert Shares(np.ones(1), ("w",), ("n",)).scaled("1", negative=True) == "−w / n"


# --- PyTorch -----------------------------------------------------------------------------

TORCH: dict[str, tuple[Keys, str, Callable[[Any, Any, Any], Any]]] = {
    "weights and smoothing": (
        {"loss": "cce", "y_true": [2, 0], "logits": [[0.2, 0.7, -1], [0.1, -0.4, 0.3]],
         "class_weights": [1, 2, 3], "label_smoothing": 0.1, "reduction": "weighted_mean"},
        "logits",
        lambda nn, z, torch: nn.cross_entropy(
            z, torch.tensor([2, 0]), weight=torch.tensor([1.0, 2, 3]).double(), label_smoothing=0.1
        ),
    ),
    "logarithms": (
        {"loss": "nll", "y_true": [1, 0], "log_probs": [[-1, -0.5], [-0.2, -3]]},
        "log_probs",
        lambda nn, q, torch: nn.nll_loss(q, torch.tensor([1, 0]), reduction="sum"),
    ),
    "distillation": (
        {"loss": "kl", "true_logits": [[1, 2, 0], [0.5, 0, 3]],
         "logits": [[0.2, 0.7, -1], [0.1, -0.4, 0.3]], "temperature": 3, "reduction": "mean"},
        "logits",
        lambda nn, z, torch: 9 * nn.kl_div(
            nn.log_softmax(z / 3, -1),
            torch.tensor([[1, 2, 0], [0.5, 0, 3]]).double().div(3).softmax(-1),
            reduction="batchmean",
        ),
    ),
    "binary logits": (
        {"loss": "bce", "y_true": [1, 0, 0.25], "logits": [3, 2, -1], "weights": [1, 2, 3]},
        "logits",
        lambda nn, z, torch: nn.binary_cross_entropy_with_logits(
            z, torch.tensor([1.0, 0, 0.25]).double(), weight=torch.tensor([1.0, 2, 3]).double()
        ),
    ),
    "squared error": (
        {"loss": "mse", "y_true": [[1, 2], [3, 4]], "y_pred": [[0.5, 2], [1, 7]]},
        "y_pred",
        lambda nn, y, torch: nn.mse_loss(y, torch.tensor([[1.0, 2], [3, 4]]).double()),
    ),
    "weston_watkins": (
        {"loss": "sequence_hinge", "formulation": "weston_watkins", "y_true": [1, 0],
         "scores": [[1, 0.2, 0.7], [3, 1.5, 2.5]]},
        "scores",
        lambda nn, s, torch: 3 * nn.multi_margin_loss(s, torch.tensor([1, 0]), reduction="sum"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", TORCH)
def test_pytorch_derives_the_same(name: str) -> None:
    torch = pytest.importorskip("torch")
    keys, key, loss = TORCH[name]
    numbers = torch.tensor(keys[key], dtype=torch.float64, requires_grad=True)
    loss(torch.nn.functional, numbers, torch).backward()
    ours = list(closed_form(keys).values[key].values())
    assert ours == pytest.approx(numbers.grad.ravel().tolist(), rel=1e-9, abs=1e-12)
