"""The line of every textbook, ŷ − y, against the walk back over the steps, for random problems."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal, localcontext
from typing import Any

import pytest
from expressions import evaluate_precisely
from hypothesis import assume, given
from hypothesis import strategies as st
from test_binary_cross_entropy import problems as binary_problems
from test_categorical_cross_entropy import divides_by_nothing
from test_categorical_cross_entropy import problems as categorical_problems
from test_closed_forms import Keys, on_networks, with_one_answer
from test_kl_divergence import problems as divergence_problems
from test_negative_log_likelihood import problems as likelihood_problems
from test_policy_gradient import episodes
from test_sequence_cross_entropy import batches, singles

import lossclass
from lossclass.arithmetic.expression import Quantity
from lossclass.arithmetic.line import Line, lay_out
from lossclass.arithmetic.notation import PLAIN
from lossclass.arithmetic.number import WORKING, round_significant
from lossclass.blocks import Equation
from lossclass.solution import line_text

REDUCTIONS = ("mean", "sum", "weighted_mean", "mean_over_counted")
PROBLEMS = {
    "binary": binary_problems(),
    "likelihood": likelihood_problems(),
    "categorical": categorical_problems().filter(lambda keys: not divides_by_nothing(keys)),
    "divergence": divergence_problems(),
    "sequence": singles(),
    "examples": batches(),
    "policy": episodes(),
}
RNN = {"inputs": [1, 2], "U": 0.5, "W": 0.1, "V": [[1], [-1]], "output": "softmax"}


def solved(keys: Keys) -> lossclass.Solution:
    return lossclass.solve(with_one_answer(keys), gradient=True)


def closed_lines(solution: lossclass.Solution) -> dict[str, Line]:
    """What stands beside the derivatives by logits, by the ids of these."""
    blocks = (block for section in solution.sections for block in section.blocks)
    found = [each.of for each in blocks if isinstance(each, Equation)]
    lines = [lay_out(of, solution.values, solution.digits) for of in found if type(of) is Quantity]
    return {each.quantity.id: each for each in lines}


def check(solution: lossclass.Solution, *keys: str) -> None:
    """Every derivative by a logit that is not 0 has its line, and each comes to it, as it is printed
    and at full precision."""
    lines = closed_lines(solution)
    by_logits = {f"gradient.{key}" for key in keys}
    wanted = {
        step.id
        for step in solution.steps
        if step.decimal and step.id.rstrip(".0123456789") in by_logits
    }
    assert wanted <= lines.keys()
    for id, line in lines.items():
        step = solution.step(id)
        with localcontext(WORKING):
            closed = line.quantity.definition.value(solution.values)
        assert abs(closed - step.decimal) <= Decimal("1e-20") * abs(step.decimal)
        for side in line.sides:
            got = evaluate_precisely(side.write(PLAIN))
            wanted_digits = round_significant(step.decimal, solution.digits)
            if not line.result.value:  # as good as 0, in the digits that are shown
                assert abs(got) < Decimal(1).scaleb(-solution.digits)
                continue
            assert round_significant(got, solution.digits) == wanted_digits, line_text(line, PLAIN)


@pytest.mark.some(4)
@pytest.mark.fuzz
@pytest.mark.parametrize("name", PROBLEMS)
def test_the_line_of_a_logit_is_what_the_long_way_gives(name: str) -> None:
    @given(PROBLEMS[name])
    def tried(keys: Keys) -> None:
        solution = solved(keys)
        assume(solution.gradient)
        # Further apart, 1 − ŷ has lost 30 of its 50 digits: there is no line then, on purpose.
        assume(all(abs(number) <= 30 for number in numbers_of(keys.get("logits"))))
        check(solution, "logits")

    tried()


def numbers_of(rows: Any) -> Iterator[Decimal]:
    """The numbers in lists of any depth."""
    if isinstance(rows, list | tuple):
        for row in rows:
            yield from numbers_of(row)
    elif rows is not None and not isinstance(rows, str):
        yield Decimal(rows)


@given(on_networks())
def test_the_line_of_an_output_is_what_the_long_way_gives(keys: Keys) -> None:
    with_line = keys["loss"] in ("bce", "nll", "cce", "kl", "sequence", "rl")
    assume(with_line)
    check(solved(keys), "output")


@st.composite
def weighted(draw: st.DrawFn) -> Keys:
    """Two classes or three, with all that may multiply or divide."""
    loss = draw(st.sampled_from(["bce", "cce"]))
    reduction = draw(st.sampled_from(REDUCTIONS))
    weight = st.sampled_from(["0.5", "1", "3"])
    count = 2 if loss == "bce" else 3
    keys: Keys = {"loss": loss, "reduction": reduction, "log_base": draw(st.sampled_from("e2"))}
    number = st.decimals("-4", "4", places=1)
    row = number if loss == "bce" else st.lists(number, min_size=3, max_size=3)
    keys["logits"] = draw(st.lists(row, min_size=2, max_size=2))
    keys["y_true"] = draw(st.lists(st.integers(0, count - 1), min_size=2, max_size=2))
    for key, length in (("weights", 2), ("class_weights", count)):
        if draw(st.booleans()):
            keys[key] = draw(st.lists(weight, min_size=length, max_size=length))
    if draw(st.booleans()):
        keys["label_smoothing"] = "0.1"
    return keys


@given(weighted())
def test_every_reduction_weight_and_smoothing_stands_in_the_line(keys: Keys) -> None:
    solution = solved(keys)
    check(solution, "logits")
    assert closed_lines(solution)


def first_line(keys: Keys) -> str:
    return line_text(next(iter(closed_lines(solved(keys)).values())), PLAIN)


@pytest.mark.parametrize(
    ("more", "formula"),
    [
        ({}, "ŷ₁,₁ − y₁,₁"),
        ({"reduction": "mean"}, "(ŷ₁,₁ − y₁,₁) / 2"),
        ({"weights": [2, 1]}, "w₁ · (ŷ₁,₁ − y₁,₁)"),
        ({"weights": [2, 1], "reduction": "weighted_mean"}, "w₁ · (ŷ₁,₁ − y₁,₁) / W"),
        ({"log_base": "2"}, "(ŷ₁,₁ − y₁,₁) / ln(2)"),
        ({"label_smoothing": 0.1}, "ŷ₁,₁ − s₁,₁"),
        ({"class_weights": [3, 5]}, "k₁ · y₁,₁ · ŷ₁,₁ − k₁ · y₁,₁"),
    ],
)
def test_how_the_line_reads_behind_a_softmax(more: Keys, formula: str) -> None:
    keys = {"loss": "cce", "y_true": [0, 1], "logits": [[1, 0], [2, 3]], **more}
    assert first_line(keys).startswith(f"∂L/∂z₁,₁ = {formula} ")


@pytest.mark.parametrize(
    ("more", "formula"),
    [
        ({}, "(ŷ₁ − y₁) / 2"),
        ({"pos_weight": [3]}, "((1 − y₁) · ŷ₁ − p · y₁ · (1 − ŷ₁)) / 2"),
        ({"logits": [30, 0]}, "((1 − y₁) · ŷ₁ − y₁ · r₁) / 2"),
    ],
)
def test_how_the_line_reads_behind_a_sigmoid(more: Keys, formula: str) -> None:
    keys = {"loss": "bce", "y_true": [1, 0], "logits": [1, 0], **more}
    assert first_line(keys).startswith(f"∂L/∂z₁ = {formula} ")


def test_how_the_line_reads_where_one_action_was_taken() -> None:
    keys = {"loss": "rl", "actions": [0], "rewards": [3], "logits": [[1, 0]]}
    assert [
        line_text(each, PLAIN).partition(" ≈")[0] for each in closed_lines(solved(keys)).values()
    ] == [
        "∂L/∂z₁,₁ = R₁ · (ŷ₁,₁ − 1)",
        "∂L/∂z₁,₂ = R₁ · ŷ₁,₂",
    ]


def test_the_terms_of_a_custom_loss_have_their_lines() -> None:
    term = {"name": "a", "weight": 2, "problem": {"loss": "cce", "y_true": [0], "logits": [[1, 0]]}}
    (line, _) = closed_lines(solved({"loss": "custom", "terms": [term]})).values()
    assert "wₐ · (ŷ₁,₁ − y₁,₁) ≈ 2 × (0.73106 − 1)" in line_text(line, PLAIN)


def test_other_losses_through_the_same_logits_are_left_to_the_walk() -> None:
    """Where a formula uses a probability in another way too, ŷ − y is not all of the derivative."""
    keys = {"loss": "mse", "y_true": [[1, 0]], "rnn": {**RNN, "predict": "last_step"}}
    assert not closed_lines(solved(keys))
    focal: dict[str, Any] = {
        "loss": "custom",
        "formula": "-(1 - p)^2 * ln(p)",
        "given": {"p": 0.25},
    }
    assert not closed_lines(solved(focal))


def test_a_line_as_it_is_printed() -> None:
    text = first_line({"loss": "cce", "y_true": [0], "logits": [[2, 1, 0]]})
    assert text == "∂L/∂z₁,₁ = ŷ₁,₁ − y₁,₁ ≈ 0.6652 − 1 ≈ −0.3348"


def test_of_the_outcomes_of_a_sigmoid_the_weights_are_not_taken_for_1_less_each_other() -> None:
    """With y = 0, p · y and 1 − y sum to 1 by chance, and ŷ − p · y would be no formula."""
    keys = {"loss": "bce", "y_true": [0], "logits": [-1], "pos_weight": 2}
    (line,) = closed_lines(lossclass.solve(keys, gradient=True)).values()
    assert line.formula(PLAIN) == "(1 − y₁) · ŷ₁ − p · y₁ · (1 − ŷ₁)"
