"""Gradients of whole solutions: every bundled problem, their shapes, kinks, and steps of learning."""

from __future__ import annotations

import json
import math
from decimal import Decimal
from io import StringIO
from typing import Any

import numpy as np
import pytest
from expressions import evaluate_text

import lossclass
from lossclass import losses
from lossclass.arithmetic.number import round_significant
from lossclass.backpropagation.own_slips import slips
from lossclass.backpropagation.shapes import like, nested
from lossclass.errors import InvalidProblem, UsageError
from lossclass.problem.bundled import bundled_problems
from problems import codes, solved

RNN = {
    "loss": "mse",
    "y_true": [1, 1.5, 2],
    "rnn": {"inputs": [1, 2, 3], "U": 0.5, "W": 0.1, "V": 2},
}
#: Those that have one loss; a gradient is that of one.
WITH_ONE_ANSWER = [
    name
    for name, path in bundled_problems().items()
    if "reduction: none" not in path.read_text(encoding="utf-8")
]


@pytest.mark.grid(24, name=WITH_ONE_ANSWER)
def test_both_roads_agree_on_every_bundled_problem(name: str) -> None:
    solution = solved(name, gradient=True)
    assert "gradient-disagrees" not in codes(solution)
    assert "training-disagrees" not in codes(solution)
    if "no-gradient" not in codes(solution):
        assert solution.gradient
        assert "gives the same" in str(solution)
    json.dumps(solution.to_dict(), allow_nan=False)


@pytest.mark.grid(24, name=WITH_ONE_ANSWER)
def test_every_line_of_a_gradient_comes_to_its_value(name: str) -> None:
    solution = solved(name, gradient=True)
    for step in solution.to_dict()["steps"]:
        if not step["id"].startswith(("gradient.", "updated.", "occupancy.")):
            continue
        value, shown = float(step["value"]), evaluate_text(step["shown"])
        assert math.isclose(shown, value, rel_tol=5.1e-4), step
        assert math.isclose(evaluate_text(step["substituted"]), value, rel_tol=5.1e-4), step


@pytest.mark.some(3)
@pytest.mark.parametrize(
    "name", [n for n in WITH_ONE_ANSWER if "rnn" in bundled_problems()[n].read_text("utf-8")]
)
def test_the_gradient_of_a_weight_is_what_a_small_change_does(name: str) -> None:
    """By the steps alone, evaluated again in 50 digits with one number changed."""
    from lossclass.arithmetic.calculation import evaluate

    solution = solved(name, gradient=True)
    if "kink" in codes(solution):
        pytest.skip("at a kink there is no one slope")
    forward = solution.calculation[: solution.calculation.places["loss"] + 1]
    h = Decimal("1e-15")
    for quantity in forward:
        derivative = f"gradient.{quantity.id.removeprefix('given.')}"
        if not quantity.is_given or derivative not in solution.values:
            continue
        at = solution.values[quantity.id]
        above, below = (
            evaluate(forward, replacing={quantity.id: at + change})["loss"] for change in (h, -h)
        )
        slope = (above - below) / (2 * h)
        assert float(solution.values[derivative]) == pytest.approx(
            float(slope), rel=1e-9, abs=1e-12
        )


def test_the_gradient_has_the_shape_of_what_the_problem_writes() -> None:
    row = {"loss": "nll", "y_true": [0, 1], "y_pred": [0.25, 0.75]}
    assert np.shape(lossclass.solve(row, gradient=True).gradient["y_pred"]) == (2,)
    rows = {"loss": "cce", "y_true": [[0, 1]], "y_pred": [[0.25, 0.75]]}
    assert np.shape(lossclass.solve(rows, gradient=True).gradient["y_pred"]) == (1, 2)
    gradient = lossclass.solve(RNN, gradient=True).gradient
    assert {key: np.shape(each) for key, each in gradient.items()} == {
        "y_pred": (3,), "rnn.U": (), "rnn.W": (), "rnn.V": (),
    }  # fmt: skip
    bracketed = {**RNN, "rnn": {"inputs": [[1], [2], [3]], "U": [[0.5]], "W": [[0.1]], "V": [[2]]}}
    gradient = lossclass.solve(bracketed, gradient=True).gradient
    assert np.shape(gradient["rnn.U"]) == (1, 1)


def test_places_become_lists_and_gates_mappings() -> None:
    assert nested({(1, 1): "a", (1, 2): "b", (2, 1): "c"}) == [["a", "b"], ["c"]]
    assert nested({("r", 1): 1, ("z", 1): 2}) == {"r": [1], "z": [2]}
    assert like([0.5, 0.5], [[1, 2]]) == [1, 2]
    assert like([[0.5, 0.5]], [[1, 2]]) == [[1, 2]]


def test_json_holds_the_gradient_as_doubles() -> None:
    document = lossclass.solve(
        {"loss": "mse", "y_true": [1, 3], "y_pred": [2, 5]}, gradient=True
    ).to_dict()
    assert document["gradient"] == {"y_pred": [2 * (2 - 1) / 2, 2 * (5 - 3) / 2]}
    assert "gradient" not in lossclass.solve({"loss": "mse", "y_true": 1, "y_pred": 2}).to_dict()


def test_softmax_with_cross_entropy_is_prediction_minus_truth() -> None:
    logits = [0.5, -1.0, 2.0]
    solution = lossclass.solve(
        {"loss": "cce", "y_true": [[0, 1, 0]], "logits": [logits]}, gradient=True
    )
    total = sum(map(math.exp, logits))
    expected = [math.exp(z) / total - y for z, y in zip(logits, [0, 1, 0], strict=True)]
    assert [float(each) for each in solution.gradient["logits"][0]] == pytest.approx(expected)


def test_at_the_kink_of_a_hinge_0_is_taken_and_told() -> None:
    solution = lossclass.solve({"loss": "hinge", "y_true": [1], "y_pred": [1]}, gradient=True)
    assert solution.gradient == {"y_pred": [0]}
    assert "kink" in codes(solution)
    beside = lossclass.solve({"loss": "hinge", "y_true": [1], "y_pred": [0.5]}, gradient=True)
    assert beside.gradient == {"y_pred": [-1]}
    assert "kink" not in codes(beside)


def test_the_way_back_goes_from_the_last_time_step_to_the_first() -> None:
    solution = lossclass.solve(RNN, gradient=True)
    ids = [step.id for step in solution.steps]
    order = [f"gradient.{name}.{t}.1" for t in (3, 2, 1) for name in ("hidden", "preactivation")]
    assert [id for id in ids if id in order] == order
    lines = {step["id"]: step["formula"] for step in solution.to_dict()["steps"]}
    assert lines["gradient.hidden.2.1"] == "∂L/∂o₂ · V + ∂L/∂a₃ · W"
    assert lines["gradient.preactivation.2.1"] == "∂L/∂h₂ · (1 − h₂^2)"
    assert lines["gradient.rnn.W.1.1"] == "∂L/∂a₂ · h₁ + ∂L/∂a₃ · h₂"
    table = next(table for table in solution.tables if table.id == "gradient.way_back")
    assert table.columns == ("t", "∂L/∂oₜ", "∂L/∂hₜ", "∂L/∂aₜ")
    assert [row[0] for row in table.rows] == ["3", "2", "1"]


def test_a_gradient_that_vanishes_or_explodes_is_remarked() -> None:
    def of(weight: float) -> list[str]:
        rnn = {"inputs": [1] * 12, "U": 0.1, "W": weight, "V": 1, "activation": "identity"}
        return codes(
            lossclass.solve(
                {"loss": "mse", "y_true": 1, "rnn": {**rnn, "predict": "last_step"}}, gradient=True
            )
        )

    assert "vanishing-gradient" in of(0.3)
    assert "exploding-gradient" in of(3)
    assert not {"vanishing-gradient", "exploding-gradient"} & set(of(0.9))


def sent_back(**keys: Any) -> str:
    rnn = {"inputs": [1, 2, 3], "U": 0.5, "W": 0.9, "V": 2, **keys}
    y_true = [0.5] * (1 if "predict" in keys else 3)
    solution = lossclass.solve({"loss": "mse", "y_true": y_true, "rnn": rnn}, gradient=True)
    texts = (getattr(each, "text", "") for part in solution.sections for each in part.blocks)
    (text,) = [each for each in texts if " is multiplied by " in each]
    return text


@pytest.mark.parametrize(
    ("activation", "slope", "factor"),
    [
        ("tanh", lambda h: 1 - h**2, " (1 − hₜ²)"),
        ("sigmoid", lambda h: h * (1 - h), " hₜ (1 − hₜ)"),
        ("identity", lambda _: 1, ""),
    ],
)
@pytest.mark.parametrize("last", [False, True])
def test_what_the_last_step_sends_back_is_multiplied_by_the_factors_on_the_way(
    activation: str, slope: Any, factor: str, last: bool
) -> None:
    """With a loss at every step, the derivatives themselves are no such multiples."""
    function: Any = {"tanh": math.tanh, "sigmoid": lambda a: 1 / (1 + math.exp(-a))}.get(activation)
    h, product = 0.0, 1.0
    for t, x in enumerate([1, 2, 3], start=1):
        a = 0.5 * x + 0.9 * h
        h = function(a) if function else a
        product *= 0.9 * slope(h) if t > 1 else 1
    keys = {"activation": activation} | ({"predict": "last_step"} if last else {})
    text = sent_back(**keys)
    own = "|∂L/∂hₜ| is" if last else "|∂L/∂hₜ| of what comes through o₃ alone is"
    assert text.startswith(f"From t = 3 back to t = 1, {own} multiplied by ")
    assert text.endswith(f": at each step by ∂hₜ/∂hₜ₋₁ = W{factor}.")
    shown = text.partition("multiplied by ")[2].partition(":")[0]
    assert evaluate_text(shown) == pytest.approx(product, rel=1e-3)


def test_what_an_lstm_sends_back_goes_through_its_cell_states() -> None:
    text = sent_back(cell="lstm", U=[0.5] * 4, W=[0.4] * 4)
    assert "∂cellₜ|" in text
    assert "at each step" not in text


def test_it_vanishes_with_a_loss_at_every_step_too() -> None:
    rnn = {"inputs": [1] * 12, "U": 0.1, "W": 0.3, "V": 1}
    solution = lossclass.solve({"loss": "mse", "y_true": [1] * 12, "rnn": rnn}, gradient=True)
    (remark,) = [each for each in solution.remarks if each.code == "vanishing-gradient"]
    assert "learnt here from the last step" in remark.text


def test_one_step_of_learning_moves_every_weight_against_its_derivative() -> None:
    solution = lossclass.solve({**RNN, "train": {"learning_rate": 0.1}})
    gradient = solution.gradient
    new = {}
    for name, old in (("U", 0.5), ("W", 0.1), ("V", 2)):
        new[name] = solution.step(f"updated.rnn.{name}.1.1").value
        assert new[name] == pytest.approx(old - 0.1 * float(gradient[f"rnn.{name}"]), rel=1e-14)
    after = lossclass.solve({**RNN, "rnn": {"inputs": [1, 2, 3], **new}}).answer.value
    assert solution.step("updated.loss").value == pytest.approx(after, rel=1e-12)
    assert after < solution.answer.value
    assert "loss-fell" in codes(solution)


def test_a_learning_rate_that_is_too_large_is_told() -> None:
    solution = lossclass.solve({**RNN, "train": {"learning_rate": 50}})
    assert solution.step("updated.loss").value > solution.answer.value
    assert "loss-rose" in codes(solution)


def test_a_loss_that_no_double_can_hold_ends_the_steps_and_is_no_disagreement() -> None:
    network: Any = RNN["rnn"]
    linear = {**network, "activation": "identity", "output": "identity"}
    train = {"learning_rate": 1e100, "steps": 5}
    solution = lossclass.solve({**RNN, "rnn": linear, "train": train})
    assert codes(solution) == ["no-loss-after", "loss-rose"]


def test_several_steps_are_those_of_one_step_again_and_again() -> None:
    solution = lossclass.solve({**RNN, "train": {"learning_rate": 0.1, "steps": 4}})
    rnn: dict[str, Any] = {"inputs": [1, 2, 3], "U": 0.5, "W": 0.1, "V": 2}
    table = next(table for table in solution.tables if table.id == "descent")
    assert table.columns == ("steps", "U", "W", "V", "L")
    for n, row in enumerate(table.rows):
        again = lossclass.solve({**RNN, "rnn": rnn, "train": {"learning_rate": 0.1}})
        assert float(solution.values[f"descent.{n}.loss"]) == pytest.approx(again.answer.value)
        for name in "UWV":
            assert float(solution.values[f"descent.{n}.rnn.{name}.1.1"]) == pytest.approx(rnn[name])
            rnn[name] = again.step(f"updated.rnn.{name}.1.1").value
        assert row[0] == str(n)
    assert len(table.rows) == 5


@pytest.mark.thorough
def test_more_learning_than_there_is_time_for_is_refused() -> None:
    long = {**RNN, "y_true": [1] * 300, "rnn": {"inputs": [1] * 300, "U": 0.5, "W": 0.1, "V": 2}}
    with pytest.raises(UsageError, match="not more than"):
        lossclass.solve({**long, "train": {"learning_rate": 0.1, "steps": 1000}})


@pytest.mark.parametrize(
    ("train", "path", "says"),
    [
        ({"learning_rate": 0}, "train.learning_rate", "expected a number greater than 0, got 0"),
        ({"steps": 2}, "train.learning_rate", "missing"),
        ({"learning_rate": 1, "steps": 0}, "train.steps", "expected a whole number from 1 to 1000"),
        ({"learning_rate": 1, "speed": 1}, "train.speed", "there is no such key"),
        (0.1, "train", "expected a mapping, got 0.1"),
    ],
)
def test_what_train_cannot_mean_is_refused(train: Any, path: str, says: str) -> None:
    with pytest.raises(InvalidProblem) as refused:
        lossclass.load({**RNN, "train": train})
    mistakes = {mistake.path: mistake.message for mistake in refused.value.mistakes}
    assert says in mistakes[path]


def test_there_is_nothing_to_be_learnt_without_a_network() -> None:
    with pytest.raises(InvalidProblem, match="there is no rnn, so there are no parameters"):
        lossclass.load({"loss": "mse", "y_true": 1, "y_pred": 2, "train": {"learning_rate": 1}})


def test_a_gradient_is_that_of_one_loss() -> None:
    each = {"loss": "hinge", "y_true": [1, -1], "y_pred": [1, 2], "reduction": "none"}
    with pytest.raises(UsageError, match="reduction: none gives several"):
        lossclass.solve(each, gradient=True)


def test_listed_alignments_have_a_gradient_by_their_symbols() -> None:
    solution = solved("123_ctc", gradient=True)
    one, two, three, blank = .9, .7, .8, .2  # fmt: skip
    p = one * two * three * (blank**2 + 2 * blank)
    slopes = {"1": p / one, "2": p / two, "3": p / three, "-": one * two * three * (2 * blank + 2)}
    found = {symbol: float(each) for symbol, each in solution.gradient["probabilities"].items()}
    assert found == pytest.approx({symbol: -slope / p for symbol, slope in slopes.items()})


def test_every_loss_has_a_closed_form() -> None:
    for name in losses.canonical_names():
        assert callable(losses.load(name).gradient), name


def test_a_walk_that_is_wrong_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    from lossclass.losses import mean_squared_error
    from lossclass.losses.shapes.formulas import ClosedForm

    wrong = ClosedForm("Something else.", {"y_pred": {(1,): 0.5}})
    monkeypatch.setattr(mean_squared_error.LOSS, "gradient", lambda _: wrong)
    solution = lossclass.solve(StringIO("loss: mse\ny_true: [1]\ny_pred: [2]\n"), gradient=True)
    assert "gradient-disagrees" in codes(solution)


def test_numbers_at_a_kink_keep_their_places() -> None:
    solution = lossclass.solve(
        {"loss": "custom", "formula": "sum(|y|)", "given": {"y": [0, 2, 0, -3]}}, gradient=True
    )
    assert solution.gradient == {"y": [0, 1, 0, -1]}
    assert "kink" in codes(solution)
    assert "gradient-disagrees" not in codes(solution)


@pytest.mark.parametrize(
    "keys",
    [
        {"loss": "bce", "y_true": [1], "logits": [800]},
        {"loss": "nll", "y_true": 1, "logits": [-800, 1]},
        {"loss": "nll", "y_true": [[0, 1]], "logits": [[-40, 1]]},
        {"loss": "custom", "formula": "sum(y^k)", "given": {"y": [2, 0, 0], "k": 0}},
        {
            "loss": "nll", "y_true": 0,
            "rnn": {"inputs": [[1]], "U": [[0.5]], "W": [[1]], "V": [[1], [1]], "c": [0.1, 0.4],
                    "predict": "last_step"},
        },
    ],
)  # fmt: skip
def test_extreme_numbers_are_no_disagreement(keys: dict[str, Any]) -> None:
    solution = lossclass.solve(keys, gradient=True)
    assert "gradient-disagrees" not in codes(solution)


def test_what_cancels_but_for_the_last_digits_carried_is_nothing() -> None:
    rnn = {"inputs": [[1]], "U": [[0.5]], "W": [[1]], "V": [[1], [1]], "c": [0.1, 0.4]}
    solution = lossclass.solve(
        {"loss": "nll", "y_true": 0, "rnn": {**rnn, "predict": "last_step"}}, gradient=True
    )
    assert solution.values["gradient.rnn.U.1.1"] == 0


def test_a_gradient_that_does_not_come_from_the_last_step_does_not_vanish_or_explode() -> None:
    rnn = {"inputs": [1, 1, 1], "U": 1, "W": 0, "V": 1, "activation": "identity"}
    for y_true in ([0, 0, 1.0001], [1.0001, 0, 0]):
        found = codes(lossclass.solve({"loss": "mse", "y_true": y_true, "rnn": rnn}, gradient=True))
        assert not {"vanishing-gradient", "exploding-gradient"} & set(found)


# --- the loss after an update ------------------------------------------------------------

TRAINED = {**RNN, "train": {"learning_rate": 0.1}}


def test_the_loss_after_an_update_is_worked_again_on_request() -> None:
    solution = lossclass.solve(TRAINED, updated_loss=True)
    by_id = {step.id: step for step in solution.steps}
    loss = next(n for n, step in enumerate(solution.steps) if step.id == "loss")
    for step in solution.steps[: loss + 1]:  # each step forwards has one with a prime
        again = by_id[f"updated.{step.id}"]
        assert again.quantity.symbol.letter == f"{step.quantity.symbol.letter}′"
        assert again.quantity.symbol.index == step.quantity.symbol.index
    titles = [each.title for each in solution.sections]
    assert [each for each in titles if each.startswith("With the new parameters: ")] == [
        f"With the new parameters: {each}"
        for each in [*(f"time step {t}" for t in (1, 2, 3)), "the squared errors", "the loss"]
    ]
    assert solution.to_dict()["steps"][-1]["formula"] == "S′ / 3"
    h = loss_after = 0.0
    U, W, V = (float(solution.values[f"updated.rnn.{name}.1.1"]) for name in "UWV")  # noqa: N806
    for x, y in [(1, 1), (2, 1.5), (3, 2)]:
        h = math.tanh(W * h + U * x)
        loss_after += (y - V * h) ** 2 / 3
    assert by_id["updated.loss"].value == pytest.approx(loss_after, rel=1e-12)
    alone = lossclass.solve(TRAINED).step("updated.loss")
    assert alone.value == by_id["updated.loss"].value
    updates = {slip.code: slip.changed for slip in slips(solution.calculation)}["sign-of-update"]
    assert sorted(updates) == ["updated.loss", *(f"updated.rnn.{name}.1.1" for name in "UVW")]


def test_it_asks_for_a_problem_that_learns() -> None:
    with pytest.raises(UsageError, match="updated_loss: there is no train"):
        lossclass.solve(RNN, updated_loss=True)


@pytest.mark.parametrize("digits", [1, 3])
def test_who_rounds_as_they_go_rounds_the_loss_after_an_update_too(digits: int) -> None:
    solution = lossclass.solve(TRAINED, round_as_you_go=digits)
    assert solution.rounded is not None
    for step in solution.steps:
        value = solution.rounded.values[step.id]
        assert value == round_significant(value, digits), step.id
    again = lossclass.solve(TRAINED, round_as_you_go=digits, updated_loss=True)
    assert again.rounded is not None
    assert again.rounded.values["updated.loss"] == solution.rounded.values["updated.loss"]


def test_where_there_is_no_gradient_it_is_said_that_nothing_is_learnt() -> None:
    keys = {
        "loss": "ctc", "target": "aab", "blank": "-", "labels": ["-", "a", "b"],
        "rnn": {"inputs": [1, 2], "U": 0.5, "W": 0.1, "V": [[1], [0.5], [-1]]},
        "train": {"learning_rate": 0.1},
    }  # fmt: skip
    last = lossclass.solve(keys).remarks[-1]
    assert (last.code, last.text) == (
        "no-gradient",
        "Without a gradient, no step of learning can be taken.",
    )


def test_what_doubles_cannot_tell_is_no_change_of_the_loss() -> None:
    """It is 1.93 · 10⁻²² before and after, and in doubles its last digit moves."""
    rnn = {"inputs": [50, -50], "U": 10, "W": 0, "V": 50}
    keys = {
        "loss": "bce",
        "y_true": [1, 0],
        "rnn": rnn,
        "train": {"learning_rate": 0.1, "steps": 2},
    }
    (last,) = (each for each in lossclass.solve(keys).remarks if each.code.startswith("loss-"))
    assert (last.code, last.text) == (
        "loss-stayed",
        "After 2 steps the loss is as it was, 1.929 × 10⁻²², as far as numbers of 16 digits can tell.",
    )
    assert "gives 1.9287498479639178e−22." in str(lossclass.solve(keys))
