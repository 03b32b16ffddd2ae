"""The rules of learning: lines, doubles, plain loops, and what PyTorch gave for the same network."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import lossclass
from lossclass.arithmetic.calculation import is_same
from lossclass.arithmetic.expression import Constant, Quantity
from lossclass.arithmetic.line import formula
from lossclass.arithmetic.notation import PLAIN
from lossclass.arithmetic.symbol import Symbol
from lossclass.backpropagation.optimizers import InDoubles
from lossclass.marking.marker import Marker
from lossclass.problem.keys import Published
from lossclass.problem.training import Train
from lossclass.solving import diagnosis_of
from problems import case

RNN: dict[str, Any] = {
    "loss": "mse",
    "y_true": [1, 1.5, 2],
    "rnn": {"inputs": [1, 2, 3], "U": 0.5, "W": 0.1, "V": 2},
}
ADAM = {"optimizer": "adam"}
OTHER_ADAM = {**ADAM, "beta1": 0.8, "beta2": 0.99, "epsilon": 0.01}

#: U, W and V after each of three steps of torch.optim (2.13, in doubles): SGD and Adam with lr=0.1.
OF_PYTORCH: list[tuple[dict[str, Any], list[list[float]]]] = [
    (
        {"momentum": 0.8},
        [
            [0.5118925761535162, 0.10126485408551882, 2.00918261044859],
            [0.5264285608218054, 0.10247576741234458, 2.0224310343232563],
            [0.5350210007299718, 0.10239045608441961, 2.0346926162125847],
        ],
    ),
    (
        ADAM,
        [
            [0.5999999915913936, 0.19999992093955965, 2.0999999891098518],
            [0.5494475240177346, 0.14052161795192428, 2.054511975006367],
            [0.4874800666403802, 0.06958030581052181, 2.002680787197401],
        ],
    ),
    (
        OTHER_ADAM,
        [
            [0.5922435982685488, 0.15584704522936488, 2.0901793355932763],
            [0.5411197142250596, 0.10510558585263866, 2.047700540217337],
            [0.4837464978849217, 0.04961452063540736, 2.0057899229336],
        ],
    ),
    (
        {"clip_value": 0.05},
        [
            [0.505, 0.10126485408551882, 2.005],
            [0.51, 0.10202294654587388, 2.01],
            [0.515, 0.10229719946792384, 2.0149999999999997],
        ],
    ),
]


def solved(rule: Mapping[str, Any], steps: int = 1, **options: Any) -> lossclass.Solution:
    train = {"learning_rate": 0.1, "steps": steps, **rule}
    return lossclass.solve({**RNN, "train": train}, **options)


def weights(solution: lossclass.Solution, n: int) -> list[float]:
    return [float(solution.values[f"descent.{n}.rnn.{name}.1.1"]) for name in "UWV"]


@pytest.mark.parametrize(("rule", "expected"), OF_PYTORCH, ids=lambda each: str(each)[:30])
def test_three_steps_are_those_of_pytorch(rule: dict[str, Any], expected: Any) -> None:
    solution = solved(rule, 3)
    for n, numbers in enumerate(expected, start=1):
        # the derivatives of further steps that are written out are rounded to 8 digits
        assert weights(solution, n) == pytest.approx(numbers, rel=1e-12 if n == 1 else 1e-7)


def test_pytorch_adds_a_millionth_to_the_norm_by_which_it_clips() -> None:
    # clip_grad_norm_(…, 0.1), then SGD: the factor is 0.1 / (N + 0.000001)
    gradient = lossclass.solve(RNN, gradient=True).gradient or {}
    slopes = [gradient[f"rnn.{name}"] for name in "UWV"]
    norm = math.sqrt(sum(each**2 for each in slopes))
    solution = solved({"clip_norm": 0.1})
    assert solution.step("gradient_norm").value == pytest.approx(norm, rel=1e-14)
    for name, slope in zip("UWV", slopes, strict=True):
        clipped = solution.step(f"clipped.rnn.{name}.1.1").value
        assert clipped == pytest.approx(slope * 0.1 / norm, rel=1e-14)
        assert clipped == pytest.approx(slope * 0.1 / (norm + 1e-6), rel=1e-5)


# --- the lines ---------------------------------------------------------------------------


def test_an_adam_step_by_hand() -> None:
    solution = solved(ADAM, 2)
    m = v = 0.0
    slope = solution.step("gradient.rnn.U.1.1").value
    for n, before in ((1, ""), (2, "descent.2.")):
        m, v = 0.9 * m + 0.1 * slope, 0.999 * v + 0.001 * slope**2
        corrected = m / (1 - 0.9**n), v / (1 - 0.999**n)
        for name, number in (("first", m), ("second", v)):
            id = f"{before}{name}_moment.rnn.U.1.1"
            assert solution.step(id).value == pytest.approx(number, rel=1e-9)
        for name, number in zip(("first", "second"), corrected, strict=True):
            id = f"{before}{name}_moment_corrected.rnn.U.1.1"
            assert solution.step(id).value == pytest.approx(number, rel=1e-9)
        slope = float(solution.values["given.descent.2.gradient.rnn.U.1.1"])
    m_hat, v_hat = corrected
    new = solution.step("updated.rnn.U.1.1").value - 0.1 * m_hat / (math.sqrt(v_hat) + 1e-8)
    assert solution.step("descent.2.rnn.U.1.1").value == pytest.approx(new, rel=1e-9)


def test_the_first_lines_of_each_rule() -> None:
    def formula(rule: Mapping[str, Any], id: str) -> str:
        steps = {step["id"]: step for step in solved(rule, 3).to_dict()["steps"]}
        return f"{steps[id]['symbol']} = {steps[id]['formula']}"

    unit = "rnn.U.1.1"
    assert formula({"momentum": 0.5}, f"velocity.{unit}") == "v′_U = ∂L/∂U"
    velocity = "v′′_U = μ · v′_U + ∂L/∂U′"
    assert formula({"optimizer": "momentum"}, f"descent.2.velocity.{unit}") == velocity
    assert formula({"momentum": 0.5}, f"updated.{unit}") == "U′ = U − η · v′_U"
    assert formula(ADAM, f"first_moment.{unit}") == "m′_U = (1 − β₁) · ∂L/∂U"
    second = "v′′_U = β₂ · v′_U + (1 − β₂) · ∂L/∂U′ · ∂L/∂U′"
    assert formula(ADAM, f"descent.2.second_moment.{unit}") == second
    assert (
        formula(ADAM, f"descent.3.first_moment_corrected.{unit}") == "m̂′′′_U = m′′′_U / (1 − β₁^3)"
    )
    assert formula(ADAM, f"updated.{unit}") == "U′ = U − η · m̂′_U / (sqrt(v̂′_U) + ε)"
    assert formula({"clip_value": 0.1}, f"clipped.{unit}") == "G_U = −τ"
    assert formula({"clip_norm": 0.1}, f"clipped.{unit}") == "G_U = ∂L/∂U · τ / N"


def test_what_is_small_enough_is_not_clipped() -> None:
    plain = solved({})
    for rule, says in (
        ({"clip_norm": 1}, "The norm N is not above τ: nothing is clipped."),
        ({"clip_value": 1}, "No size is above τ: nothing is clipped."),
    ):
        solution = solved(rule)
        assert says in str(solution)
        assert not [step for step in solution.steps if step.id.startswith("clipped")]
        for name in "UWV":
            id = f"updated.rnn.{name}.1.1"
            assert solution.values[id] == plain.values[id]


def test_adam_has_letters_of_its_own_beside_the_backward_variables() -> None:
    rnn = {"inputs": [1, 0], "U": 1, "W": 0.5, "V": [[0], [1]]}
    ctc = {"loss": "ctc", "target": "a", "blank": "-", "labels": ["-", "a"], "rnn": rnn}
    solution = lossclass.solve(ctc | {"train": {"learning_rate": 0.1, **ADAM}})
    mean = solution.step("first_moment.rnn.U.1.1").quantity
    assert formula(mean.definition, PLAIN) == "(1 − ρ₁) · ∂L/∂U"


def test_a_loss_that_was_lower_before_is_said_to_have_been() -> None:
    (fell,) = (each for each in case("rnn_adam").remarks if each.code == "loss-fell")
    assert fell.text.endswith(" It was lower before, 0.0006394 after step 1.")


def test_only_small_problems_have_further_steps_written_out() -> None:
    ids = [step.id for step in solved(ADAM, 5).steps]
    assert "descent.3.rnn.U.1.1" in ids
    assert "descent.4.rnn.U.1.1" not in ids
    assert "descent.2.rnn.U.1.1" not in [step.id for step in solved({}, 5).steps]
    rnn = {"cell": "lstm", "inputs": [1], "U": [1, 2, 3, 4], "W": [1, 2, 3, 4]}
    train = {"learning_rate": 0.1, "steps": 3, **ADAM}
    solution = lossclass.solve({"loss": "mse", "y_true": 1, "rnn": rnn, "train": train})
    assert "descent.2.rnn.U.i.1.1" not in [step.id for step in solution.steps]
    assert {"loss-fell", "loss-rose"} & {each.code for each in solution.remarks}


@pytest.mark.parametrize("rule", [{"momentum": 0.8}, ADAM, {"clip_norm": 0.1}])
def test_the_loss_after_a_step_is_worked_again_on_request(rule: dict[str, Any]) -> None:
    again, alone = solved(rule, updated_loss=True), solved(rule)
    assert again.step("updated.loss").value == alone.step("updated.loss").value
    assert again.step("updated.hidden.3.1").value == pytest.approx(
        math.tanh(again.step("updated.preactivation.3.1").value)
    )
    U, W, V = (float(again.values[f"updated.rnn.{name}.1.1"]) for name in "UWV")  # noqa: N806
    h = loss = 0.0
    for x, y in [(1, 1), (2, 1.5), (3, 2)]:
        h = math.tanh(W * h + U * x)
        loss += (y - V * h) ** 2 / 3
    assert again.step("updated.loss").value == pytest.approx(loss, rel=1e-12)


# --- in doubles --------------------------------------------------------------------------

SLOPES = st.lists(st.floats(-3, 3), min_size=2, max_size=2)
RULES: list[dict[str, Any]] = [
    {}, {"momentum": 0.5}, {"optimizer": "momentum"}, ADAM, OTHER_ADAM, {"clip_norm": 1},
    {"clip_value": 0.5}, {**ADAM, "clip_norm": 1}, {"momentum": 0.5, "clip_value": 1},
]  # fmt: skip


def by_loops(rule: Mapping[str, Any], history: Sequence[Sequence[float]]) -> list[float]:
    """What the last of some steps takes off, from the definitions: sums over all steps before."""
    clipped = []
    for slopes in history:
        norm, most = math.sqrt(sum(each**2 for each in slopes)), rule.get("clip_norm", math.inf)
        each_most = rule.get("clip_value", math.inf)
        factor = min(1.0, most / norm) if norm else 1.0
        clipped.append([min(each_most, max(-each_most, each * factor)) for each in slopes])
    if rule.get("optimizer") != "adam":
        keep = rule.get("momentum", 0.9 if "optimizer" in rule else 0.0)
        past = enumerate(reversed(clipped))
        weighted = [[keep**ago * each for each in slopes] for ago, slopes in past]
        return [0.1 * sum(column) for column in zip(*weighted, strict=True)]

    def mean(beta: float, of: Callable[[float], float], column: Sequence[float]) -> float:
        shares = [beta**ago for ago in range(len(column))]
        return sum(s * of(x) for s, x in zip(shares, column[::-1], strict=True)) / sum(shares)

    one, two, small = rule.get("beta1", 0.9), rule.get("beta2", 0.999), rule.get("epsilon", 1e-8)
    return [
        0.1 * mean(one, lambda x: x, column)
        / (math.sqrt(mean(two, lambda x: x * x, column)) + small)
        for column in zip(*clipped, strict=True)
    ]  # fmt: skip


@given(st.sampled_from(RULES), st.lists(SLOPES, min_size=1, max_size=4))
def test_doubles_agree_with_the_definitions(
    rule: dict[str, Any], history: list[list[float]]
) -> None:
    machine = InDoubles(Train.model_validate({"learning_rate": 0.1, **rule}))
    for slopes in history:
        changes = machine.changes(dict(zip("ab", slopes, strict=True)))
    assert list(changes.values()) == pytest.approx(by_loops(rule, history), rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("rule", RULES, ids=str)
def test_the_lines_of_a_step_agree_with_doubles(rule: dict[str, Any]) -> None:
    solution = solved(rule)
    machine = InDoubles(Train.model_validate({"learning_rate": 0.1, **rule}))
    ids = [f"rnn.{name}.1.1" for name in "UWV"]
    changes = machine.changes({id: float(solution.values[f"gradient.{id}"]) for id in ids})
    for id in ids:
        change = solution.values[f"given.{id}"] - solution.values[f"updated.{id}"]
        assert float(change) == pytest.approx(changes[id], rel=1e-9)


# --- what does not go together, and slips ------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "path", "says"),
    [
        (
            {"optimizer": "rmsprop"},
            "optimizer",
            "expected 'sgd', 'momentum' or 'adam', got 'rmsprop'",
        ),
        ({"momentum": 1}, "momentum", "expected a number of at least 0, below 1, got 1"),
        ({**ADAM, "momentum": 0.9}, "momentum", "adam has none; beta1 is in its place"),
        ({"beta1": 0.9}, "beta1", "it belongs to optimizer: adam; here it is sgd"),
        ({**ADAM, "epsilon": 0}, "epsilon", "expected a number greater than 0, got 0"),
        ({"clip_norm": 1, "clip_value": 1}, "clip_value", "there is clip_norm already"),
        ({"clip_norm": -1}, "clip_norm", "expected a number greater than 0, got -1"),
    ],
)
def test_what_a_rule_cannot_mean_is_refused(rule: dict[str, Any], path: str, says: str) -> None:
    with pytest.raises(lossclass.InvalidProblem) as caught:
        solved(rule)
    (mistake,) = caught.value.mistakes
    assert mistake.path == f"train.{path}"
    assert says in mistake.message


#: A problem in which the weights have derivatives of different sizes.
CLIPPED = {"clip_norm": 0.1}


def first_steps(rule: Mapping[str, Any], slip: str) -> dict[str, float]:
    """U, W and V after a step with a mistake."""
    gradient = lossclass.solve(RNN, gradient=True).gradient or {}
    slopes = {name: float(gradient[f"rnn.{name}"]) for name in "UWV"}
    changes = InDoubles(Train.model_validate({"learning_rate": 0.1, **rule})).changes(slopes)
    if slip == "sign-of-update":
        changes = {name: -each for name, each in changes.items()}
    if slip == "learning-rate-twice":
        changes = {name: 0.1 * each for name, each in changes.items()}
    if slip == "bias-correction-forgotten":
        changes = {
            name: 0.1 * 0.1 * each / (math.sqrt(0.001) * abs(each) + 1e-8)
            for name, each in slopes.items()
        }
    if slip == "clipping-forgotten":
        changes = {name: 0.1 * each for name, each in slopes.items()}
    if slip == "clipped-one-by-one":
        changes = {name: 0.1 * each * min(1, 0.1 / abs(each)) for name, each in slopes.items()}
    start = {"U": 0.5, "W": 0.1, "V": 2.0}
    return {f"updated.rnn.{name}.1.1": start[name] - each for name, each in changes.items()}


@pytest.mark.parametrize(
    ("rule", "slip"),
    [
        *((rule, slip) for rule in (ADAM, {"momentum": 0.9}) for slip in ("sign-of-update", "learning-rate-twice")),
        (ADAM, "bias-correction-forgotten"),
        (CLIPPED, "clipping-forgotten"),
        (CLIPPED, "clipped-one-by-one"),
        ({"clip_value": 0.1}, "clipping-forgotten"),
    ],
    ids=str,
)  # fmt: skip
@pytest.mark.some(6)
def test_a_slip_in_a_step_of_learning_is_named(rule: dict[str, Any], slip: str) -> None:
    loaded = lossclass.load({**RNN, "train": {"learning_rate": 0.1, **rule}})
    solution = lossclass.solve(loaded)
    answers = {
        id: Published.model_construct(value=Decimal(f"{number:.6e}"))
        for id, number in first_steps(rule, slip).items()
    }
    marker = Marker(solution, answers, diagnosis_of(loaded, solution))
    assert "wrong" in {mark.verdict for mark in marker.marks()}
    assert [cause.code for cause in marker.causes] == [slip]


def test_a_slip_leads_to_the_loss_that_comes_of_it() -> None:
    loaded = lossclass.load({**RNN, "train": {"learning_rate": 0.1, **ADAM}})
    once, again = lossclass.solve(loaded), lossclass.solve(loaded, updated_loss=True)
    found = []
    for solution in (once, again):
        slips = {slip.code: slip for slip in diagnosis_of(loaded, solution).own}
        world = solution.calculation.again(slips["bias-correction-forgotten"].changed)
        found.append(world["updated.loss"])
    assert is_same(*found)


def test_several_primes_are_written_in_every_notation() -> None:
    from lossclass.arithmetic.mathml import MATHML
    from lossclass.arithmetic.notation import LATEX, PLAIN
    from lossclass.arithmetic.typst import TYPST

    symbol = Symbol("m′′", ("U",), hat=True)
    assert PLAIN.symbol(symbol) == "m̂′′_U"
    assert LATEX.symbol(symbol) == r"\hat{m}^{\prime\prime}_{U}"
    for letter, written in (("m′", "m'_{U}"), ("m′′", r"m^{\prime\prime}_{U}")):
        root = Quantity("m", Symbol(letter, ("U",)), Constant(1)) ** Constant("0.5")
        assert (
            formula(root, LATEX) == f"{{{written}}}^{{0.5}}"
        )  # TeX takes one superscript of a letter
    assert TYPST.symbol(symbol) == "hat(m)''_(U)"
    assert "<mo>′′</mo>" in MATHML.symbol(symbol)
