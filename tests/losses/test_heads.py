"""The formula in the head is the one that the problem is worked by."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from documents import view

import lossclass
from lossclass import losses
from lossclass.losses._template import template
from lossclass.render import renderer

Keys = dict[str, Any]

HINGE: Keys = {"loss": "hinge", "y_true": [1, -1], "y_pred": [0.5, 0.2]}
SQUARES: Keys = {"loss": "mse", "y_true": [[1, 2], [3, 4]], "y_pred": [[1, 2], [3, 5]]}
NETWORK: Keys = {"inputs": [1, 2], "U": 0.5, "W": 0.1, "V": 2, "output": "identity"}
TWO: Keys = NETWORK | {"V": [[2], [1]]}
SERIES: Keys = {"loss": "mse", "y_true": [1, 2], "rnn": NETWORK}
PREDICTED: Keys = {"loss": "cce", "rnn": TWO | {"output": "softmax"}}
CLASSES: Keys = {"loss": "cce", "y_true": [0, 1], "y_pred": [[0.5, 0.5], [0.2, 0.8]]}
BINARY: Keys = {"loss": "bce", "y_true": [1, 0]}
EPISODE: Keys = {"loss": "reinforce", "rewards": [1, 2], "policy": [0.5, 0.25]}
SEQUENCES: Keys = {
    "loss": "sequence",
    "y_true": [[0, 1], [1, 0]],
    "y_pred": [[[0.5, 0.5], [0.2, 0.8]], [[0.5, 0.5], [0.2, 0.8]]],
}
RANKED: Keys = {
    "loss": "sequence_hinge",
    "formulation": "structured",
    "y_true": "AB",
    "candidates": [{"sequence": "AA", "score": 1}, {"sequence": "AB", "score": 2}],
}
SCORED: Keys = {"loss": "sequence_hinge", "y_true": [0, 1], "scores": [[1, 0.5], [0, 1]]}


def head(keys: Keys) -> str:
    return lossclass.solve(keys).about.formula


@pytest.mark.parametrize(
    ("keys", "formula"),
    [
        (HINGE, "L = Σᵢ max(0, 1 − yᵢ·ŷᵢ)"),
        (HINGE | {"margin": 2, "squared": True}, "L = Σᵢ max(0, 2 − yᵢ·ŷᵢ)²"),
        (HINGE | {"reduction": "mean"}, "L = (1/n) Σᵢ max(0, 1 − yᵢ·ŷᵢ)"),
        (HINGE | {"reduction": "none"}, "Lᵢ = max(0, 1 − yᵢ·ŷᵢ)"),
        (HINGE | {"reduction": "weighted_mean", "weights": [1, 2]},
         "L = (Σᵢ wᵢ · max(0, 1 − yᵢ·ŷᵢ)) / Σᵢ wᵢ"),
        (HINGE | {"reduction": "weighted_mean"}, "L = (1/n) Σᵢ max(0, 1 − yᵢ·ŷᵢ)"),
        (HINGE | {"reduction": "mean_over_counted", "weights": [0, 2]},
         "L = (1/n) Σᵢ wᵢ · max(0, 1 − yᵢ·ŷᵢ),  n the number of weights that are not 0"),
        (HINGE | {"y_true": [1], "y_pred": [2]}, "L = max(0, 1 − y₁·ŷ₁)"),
        (SQUARES, "L = (1/n) Σ_i,d (y_i,d − ŷ_i,d)²"),
        (SQUARES | {"factor": 0.5, "weights": [1, 2]}, "L = ½ (1/n) Σ_i,d wᵢ · (y_i,d − ŷ_i,d)²"),
        (SQUARES | {"root": True}, "L = √((1/n) Σ_i,d (y_i,d − ŷ_i,d)²)"),
        (SQUARES | {"over": "last_axis"}, "L = (1/n) Σᵢ (1/D) Σ_d (y_i,d − ŷ_i,d)²"),
        (SERIES, "L = (1/n) Σₜ (yₜ − ŷₜ)²"),
        (SERIES | {"y_true": [[1, 2], [3, 4]], "rnn": TWO}, "L = (1/n) Σ_t,d (y_t,d − ŷ_t,d)²"),
        (SERIES | {"y_true": [[1, 2]], "rnn": TWO | {"predict": "last_step"}},
         "L = (1/n) Σ_i,d (y_i,d − ŷ_i,d)²"),
        (PREDICTED | {"y_true": [0, 1]}, "L = −Σₜ Σ_c y_t,c ln ŷ_t,c,  ŷ = softmax(o)"),
        (PREDICTED | {"y_true": [0], "rnn": PREDICTED["rnn"] | {"predict": "last_step"}},
         "L = −Σ_c y_1,c ln ŷ_1,c,  ŷ = softmax(o)"),
        ({"loss": "mae", "y_true": [1, 2], "y_pred": [1, 3]}, "L = (1/n) Σᵢ |yᵢ − ŷᵢ|"),
        ({"loss": "huber", "y_true": [1, 2], "y_pred": [1, 3], "delta": 2},
         "L = (1/n) Σᵢ ℓᵢ,  ℓᵢ = ½eᵢ² if |eᵢ| ≤ δ, else δ(|eᵢ| − ½δ),  δ = 2"),
        (CLASSES, "L = −Σᵢ Σ_c y_i,c ln ŷ_i,c"),
        (CLASSES | {"log_base": 2, "class_weights": [1, 2], "reduction": "weighted_mean"},
         "L = −(Σᵢ Σ_c k_c y_i,c log₂ ŷ_i,c) / Σᵢ Kᵢ"),
        (CLASSES | {"label_smoothing": 0.1},
         "L = −Σᵢ Σ_c s_i,c ln ŷ_i,c,  s = (1 − ε) y + ε/C,  ε = 0.1"),
        ({"loss": "nll", "y_true": 0, "log_probs": [-1, -0.5], "log_base": 10},
         "L = −Σ_c y_1,c q_1,c / ln 10,  q = ln ŷ"),
        (BINARY | {"logits": [1, 2], "pos_weight": 3, "log_base": 2},
         "L = −(1/n) Σᵢ [p yᵢ log₂ ŷᵢ + (1 − yᵢ) log₂(1 − ŷᵢ)],  ŷᵢ = sigmoid(zᵢ)"),
        (BINARY | {"log_probs": [-1, -2], "class_weights": [1, 2], "label_smoothing": 0.2},
         ("L = −(1/n) Σᵢ [k₂ sᵢ ln ŷᵢ + k₁ (1 − sᵢ) ln(1 − ŷᵢ)],  ŷᵢ = exp(qᵢ),  "
          "sᵢ = (1 − ε) yᵢ + ε/2,  ε = 0.2")),
        ({"loss": "kl", "true_logits": [[0, 1]], "logits": [[1, 2]], "temperature": 2},
         "L = T² Σ_c y_1,c ln(y_1,c / ŷ_1,c),  y = softmax(v / T),  ŷ = softmax(z / T),  T = 2"),
        (EPISODE, "L = −Σₜ Rₜ ln π(yₜ|sₜ)"),
        (EPISODE | {"form": "objective", "log_base": 2}, "L = Σₜ Rₜ log₂ π(yₜ|sₜ)"),
        (EPISODE | {"discount": 0.9, "baseline": "mean", "normalise": True, "reduction": "mean"},
         "L = −(1/n) Σₜ Âₜ ln π(yₜ|sₜ)"),
        (SEQUENCES, "L = −(1/N) Σₑ Σₜ Σ_c y_e,t,c ln ŷ_e,t,c"),
        (SEQUENCES | {"over_time": "mean", "over_examples": "sum"},
         "L = −Σₑ (1/Tₑ) Σₜ Σ_c y_e,t,c ln ŷ_e,t,c"),
        (SEQUENCES | {"over_examples": "mean_over_tokens"},
         "L = −(1/n) Σₑ Σₜ Σ_c y_e,t,c ln ŷ_e,t,c"),
        (RANKED, "L = maxₖ (Δₖ + sₖ) − s₂,  s₂ that of the true sequence"),
        (RANKED | {"weights": [2]},
         "L = w₁ · (maxₖ (Δₖ + sₖ) − s₂),  s₂ that of the true sequence"),
        (SCORED | {"formulation": "crammer_singer", "margin": 3},
         "L = Σₜ max(0, 3 + max_c s_t,c − s_t,y),  c every class but the true one, y"),
        (SCORED | {"formulation": "weston_watkins", "reduction": "mean"},
         "L = (1/n) Σₜ Σ_c max(0, 1 + s_t,c − s_t,y),  c every class but the true one, y"),
        ({"loss": "custom", "formula": "sum(w^2)", "given": {"w": [1]},
          "terms": [{"name": "a_b", "problem": HINGE}]}, "L = w_a-b · L_a-b + F,  F = sum(w²)"),
        ({"loss": "ctc", "target": "a", "labels": "_a", "blank": "_", "probabilities": [[0.5, 0.5]],
          "log_base": 2}, "L = −log₂ p(l|x),  p(l|x) = Σ P(π) over all alignments π of l"),
    ],
)  # fmt: skip
def test_the_formula_is_that_of_the_problem(keys: Keys, formula: str) -> None:
    assert head(keys) == formula


@pytest.mark.parametrize("name", sorted({*losses.canonical_names()} - {"ctc", "custom"}))
def test_a_problem_that_asks_for_nothing_else_has_the_usual_formula(name: str) -> None:
    formula = head(yaml.safe_load(template(name)))
    usual = losses.load(name).FORMULA
    said = f"of the problem in {name}.template.yaml, formula_of says {formula}, and FORMULA {usual}"
    assert formula.replace("_1,c", "_c").startswith(usual), said


@pytest.mark.parametrize("format", ["terminal", "html", "markdown", "ipynb"])
def test_every_format_has_it(format: str) -> None:
    solution = lossclass.solve(HINGE | {"margin": 2, "squared": True})
    text = "".join(renderer(format)([solution], view()))
    assert "max(0, 2 − yᵢ·ŷᵢ)²" in text
    assert "Formula: " in text
    assert "taught" not in text
