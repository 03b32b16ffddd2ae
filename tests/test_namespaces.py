"""Ids and letters: whatever a loss or a problem calls its numbers, nothing collides or goes unseen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import lossclass
from lossclass import losses
from lossclass.arithmetic.calculation import evaluate
from lossclass.arithmetic.expression import Constant, Product, Quantity, Role, Sum
from lossclass.arithmetic.symbol import Symbol
from lossclass.working import At, Working
from problems import codes, solved

#: Every name in every place takes half a minute.
pytestmark = pytest.mark.thorough

#: What the working of some room calls a step, a table or a letter.
NAMES = [
    *("size", "max", "exp", "exp_sum", "y_pred", "y_true", "logits", "hidden", "output", "cell"),
    *("preactivation", "gradient", "updated", "descent", "learning_rate", "rnn", "forward"),
    *("way_back", "by", "part", "terms", "alpha", "probability", "P", "eta", "rest", "training"),
    *("a", "b", "c", "d", "h", "o", "t", "u", "v", "w", "x", "y", "z", "A", "B", "G", "M", "N"),
    *("U", "V", "W", "Z"),
]
#: Those by which a custom loss calls steps of its own, and functions of a formula.
OF_TERMS = ["term", "sum", "mean", "weighted", "formula", "loss", "given", "weight"]
OF_FORMULAS = ["sum", "mean", "max", "exp", "tanh", "sigmoid", "ln"]
NETWORK = {"inputs": [1, 2, 3], "U": 0.5, "W": 0.1, "V": 2}
TERMS: Mapping[str, dict[str, Any]] = {
    "softmax": {"loss": "cce", "y_true": [[0, 1, 0]], "logits": [[0.5, -1, 2]]},
    "softmax of a network": {
        "loss": "nll",
        "y_true": [0, 1, 1],
        "rnn": {**NETWORK, "V": [[2], [-1]]},
    },
}
#: h in 50 digits: what a central difference leaves is its square.
CHANGE = Decimal("1e-15")


def slope(forward: lossclass.Solution, id: str) -> float:
    """How fast the answer changes with a number, by its steps worked again beside it."""
    at = forward.values[id]
    (answer,) = forward.answer_ids
    above, below = (
        evaluate(forward.calculation, replacing={id: at + change})[answer]
        for change in (CHANGE, -CHANGE)
    )
    return float((above - below) / (2 * CHANGE))


def assert_right(problem: Mapping[str, Any], *keys: str) -> None:
    """The derivatives by all numbers under these keys are those of finite differences."""
    forward = lossclass.solve(problem)
    solution = lossclass.solve(problem, gradient=True)
    assert solution.cross_check.agrees
    assert "gradient-disagrees" not in codes(solution)
    assert set(keys) <= set(solution.gradient)
    for key in keys:
        found = flat(solution.gradient[key])
        ids = [
            each.id
            for each in forward.calculation
            if each.role is Role.GIVEN and (each.name == key or each.name.startswith(f"{key}."))
        ]
        expected = [slope(forward, id) for id in ids]
        assert found == pytest.approx(expected, rel=1e-9, abs=1e-12)
    assert solution.to_dict()["steps"]
    assert str(solution)


def flat(numbers: Any) -> list[float]:
    return [n for each in numbers for n in flat(each)] if isinstance(numbers, list) else [numbers]


# --- names of a custom loss --------------------------------------------------------------


@pytest.mark.parametrize("name", sorted({*NAMES, *OF_TERMS} - {*OF_FORMULAS}))
def test_a_formula_may_call_its_numbers_anything(name: str) -> None:
    vector = {"loss": "custom", "formula": f"sum({name}^3 + 2 * {name})", "given": {name: [0.5, 2]}}
    assert_right(vector, name)
    assert_right(
        {"loss": "custom", "formula": f"{name}^2 * exp({name})", "given": {name: 0.5}}, name
    )


@pytest.mark.parametrize("term", TERMS)
@pytest.mark.parametrize(
    "name", sorted(n for n in {*NAMES, *OF_FORMULAS} - {*OF_TERMS} if len(n) > 1)
)
def test_a_term_may_be_called_anything(name: str, term: str) -> None:
    listed = [{"name": name, "weight": 0.5, "problem": TERMS[term]}]
    own = "logits" if "logits" in TERMS[term] else "rnn.V"
    assert_right({"loss": "custom", "terms": listed}, f"{name}.{own}")


@pytest.mark.parametrize("name", sorted({*NAMES} - {*OF_FORMULAS}))
def test_a_term_and_a_number_of_the_formula_may_be_called_the_same(name: str) -> None:
    problem = {
        "loss": "custom",
        "terms": [{"name": name, "weight": 0.5, "problem": TERMS["softmax of a network"]}],
        "formula": f"sum({name}^3)",
        "given": {name: [0.5, 2]},
    }
    assert_right(problem, f"{name}.rnn.U")
    gradient = lossclass.solve(problem, gradient=True).gradient
    assert gradient[name] == pytest.approx([3 * 0.5**2, 3 * 2**2])


def test_a_gradient_by_a_number_that_is_called_as_a_networks_is_there() -> None:
    problem = {"loss": "custom", "formula": "hidden^2 + 3 * output"}
    gradient = lossclass.solve(
        {**problem, "given": {"hidden": 5, "output": 1}}, gradient=True
    ).gradient
    assert gradient == {"hidden": 2 * 5, "output": 3}


def test_a_name_beside_terms_may_not_have_the_symbol_of_a_weight() -> None:
    listed = [{"name": "main", "problem": TERMS["softmax"]}]
    for name, owner in (("w_main", "the weight of main"), ("v_main", "the weighted loss of main")):
        problem = {"loss": "custom", "terms": listed, "formula": name, "given": {name: 2}}
        with pytest.raises(lossclass.InvalidProblem, match=owner):
            lossclass.load(problem)
    assert lossclass.solve({"loss": "custom", "formula": "w_main", "given": {"w_main": 2}})


# --- a loss that calls its steps as other rooms do ---------------------------------------

LOSS = '''
"""2 Σ (yᵢ − ŷᵢ)², in as many steps as there are names to be had, for a test."""

from lossclass.arithmetic.expression import Constant, Negative, Power, Product, Sum
from lossclass.arithmetic.symbol import Symbol
from lossclass.losses.shapes.formulas import (
    back_to_outputs, by_index, by_what, through_network,
)
from lossclass.losses.shapes.network import FromRnn, RnnKeys, rnn_outputs, write_rnn
from lossclass.problem.fields import Numbers

TITLE = "A loss of many names"
FORMULA = "L = 2 Σᵢ (yᵢ − ŷᵢ)²"
ALIASES = ()


def formula_of(inputs):
    return FORMULA


class Inputs(RnnKeys):
    FROM_RNN = FromRnn(("identity", "sigmoid", "softmax"), "it takes what there is")
    y_true: Numbers

    @classmethod
    def losses_shape(cls, given):
        return (len(given["y_true"]),) if "y_true" in given else None


def _predictions(inputs):
    import numpy as np

    return np.array(rnn_outputs(inputs, predictions=True), float)


def _errors(inputs):
    import numpy as np

    predictions = _predictions(inputs)
    return np.array(inputs.y_true, float).reshape(predictions.shape) - predictions


def value(inputs):
    return float((2 * _errors(inputs) ** 2).sum())


def solve(inputs, working):
    rows = write_rnn(working, inputs).predictions
    working.section("The loss")
    predictions = [each for row in rows for each in row]
    last = []
    for n, (y, guess) in enumerate(zip(inputs.y_true, predictions, strict=True), start=1):
        def step(name, letter, expression, n=n):
            return working.step(f"{name}.{n}", Symbol(letter, (n,)), expression)

        true = working.given(f"y_true.{n}", Symbol("y", (n,)), y)
        error = step("max", "e", Sum(true, Negative(guess)))
        square = step("size", "q", Power(error, Constant(2)))
        half = step("y_pred", "m", Product(Constant("0.5"), square))
        whole = step("hidden", "k", Sum(half, half))
        whole = step("hidden.1", "K", Product(Constant(1), whole))
        whole = step("gradient.size", "A", Product(Constant(1), whole))
        last.append(step("exp_sum", "B", Product(Constant(2), whole)))
    total = working.step("updated.loss", Symbol("S"), Sum(*last))
    total = working.step("gradient.loss", Symbol("T"), Product(Constant(1), total))
    return [working.step("loss", Symbol("L"), total)]


def gradient(inputs):
    slopes = -4 * _errors(inputs)
    by_outputs = back_to_outputs(inputs.output, _predictions(inputs), slopes)
    single = slopes.shape[1] == 1
    values = {"y_pred": by_index(slopes[:, 0] if single else slopes)}
    return through_network(inputs.rnn, by_outputs, "4 (ŷ − y).", values)


def differentiated(inputs, working):
    return by_what(inputs, working, ("y_pred",))


def slips(inputs, calculation, values):
    return iter(())


def frameworks(inputs):
    return []
'''


@pytest.fixture
def many_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    (tmp_path / "many_names.py").write_text(LOSS, encoding="utf-8")
    monkeypatch.setattr(losses, "__path__", [*losses.__path__, str(tmp_path)])
    losses._modules.cache_clear()
    losses._aliases.cache_clear()
    yield "many_names"
    monkeypatch.undo()
    losses._modules.cache_clear()
    losses._aliases.cache_clear()


@pytest.mark.parametrize(
    ("output", "to_outputs", "y_true"),
    [
        ("identity", 2, [1, 1.5, 2]),
        ("sigmoid", 2, [1, 0.5, 0]),
        ("softmax", [[2], [-1]], [0, 1, 0.5, 0.5, 1, 0]),
    ],
)
@pytest.mark.parametrize("cell", ["vanilla", "gru", "lstm"])
def test_a_loss_may_call_its_steps_as_a_network_and_a_gradient_do(
    many_names: str, cell: str, output: str, to_outputs: Any, y_true: list[float]
) -> None:
    gates = {"vanilla": 1, "gru": 3, "lstm": 4}[cell]
    weights = {
        "U": [[0.5 - 0.2 * n] for n in range(gates)],
        "W": [[0.1 + 0.3 * n] for n in range(gates)],
    }
    rnn = {"cell": cell, "inputs": [1, 2, 3], "V": to_outputs, "output": output, **weights}
    problem = {"loss": many_names, "y_true": y_true, "rnn": rnn}
    assert_right(problem, "rnn.U", "rnn.W", "rnn.V")
    solution = lossclass.solve(problem, gradient=True)
    ids = [step.id for step in solution.steps]
    assert len(ids) == len(set(ids))
    assert "size.1" in ids
    assert ("loss.max.1" if output == "softmax" else "max.1") in ids


def test_beside_such_a_loss_there_is_learning_too(many_names: str) -> None:
    problem = {
        "loss": many_names,
        "y_true": [1, 1.5, 2],
        "rnn": NETWORK,
        "train": {"learning_rate": 0.01, "steps": 3},
    }
    solution = lossclass.solve(problem)
    assert "training-disagrees" not in codes(solution)
    assert "loss-fell" in codes(solution)
    before, after = 0.5, solution.values["updated.rnn.U.1.1"]
    assert float(after) == pytest.approx(before - 0.01 * solution.gradient["rnn.U"], rel=1e-15)
    learnt = {key: float(solution.values[f"updated.rnn.{key}.1.1"]) for key in "UWV"}
    expected = lossclass.solve({**problem, "rnn": {**NETWORK, **learnt}}).answer.value
    assert float(solution.values["training.updated.loss"]) == pytest.approx(expected, rel=1e-12)
    assert solution.values["updated.loss"] == solution.values["loss"]


# --- roles, rooms, letters ---------------------------------------------------------------


def test_a_role_says_what_a_quantity_is_for() -> None:
    working = Working()
    x = working.given("x.2", Symbol("x", (2,)), Decimal(3))
    twice = working.step("twice", Symbol("t"), Sum(x, x))
    found = working.name("by_numpy", Symbol("p"), Constant(6))
    largest = working.step("max", Symbol("M"), Sum(x, twice), cancels=True)
    quantities = (x, twice, found, largest)
    roles = [Role.GIVEN, Role.STEP, Role.TAKEN, Role.CANCELS]
    assert [each.role for each in quantities] == roles
    assert [each.is_given for each in quantities] == [True, False, True, False]
    assert [each.name for each in quantities] == ["x.2", "twice", "by_numpy", "max"]
    assert Quantity("given.y", Symbol("y"), Constant(1)).role is Role.GIVEN
    assert Quantity("given.y", Symbol("y"), Sum(x, x)).name == "given.y"


def test_only_a_softmaxs_largest_logit_stops_a_gradient() -> None:
    solution = solved("categorical_from_logits")
    cancelling = [each.id for each in solution.calculation if each.role is Role.CANCELS]
    largest = [step for step in solution.steps if step.title.startswith("The largest logit")]
    assert cancelling == [step.id for step in largest]
    assert cancelling


def test_what_a_quantity_stands_for_is_known_without_its_id() -> None:
    working = Working()
    one = working.given("y_pred.2.1", Symbol("y", (2, 1)), Decimal(1))
    label = working.given("P(a.1)", Symbol("P"), Decimal(1), At("probabilities", ("a.1",)))
    step = working.step("z", Symbol("z"), Sum(one, label), at=At("hidden", (1, 1)))
    own = working.part("main").given("x.3", Symbol("x"), Decimal(1))
    assert working.at("y_pred", (2, 1)) is one
    assert working.at("probabilities", ("a.1",)) is label
    assert working.at("hidden", (1, 1)) is step
    assert working.at("main.x", (3,)) is own
    assert working.stands_for(label) == At("probabilities", ("a.1",))
    assert working.stands_for(working.step("hidden.1.1", Symbol("h"), Sum(one, one))) is None
    with pytest.raises(KeyError):
        working.at("z", ())


def test_the_room_that_comes_second_has_its_name_before_an_id() -> None:
    working = Working()
    with working.room("rnn"):
        first = working.step("max.1", Symbol("M"), Sum(Constant(1), Constant(2)))
        with pytest.raises(ValueError, match=r"there is a quantity max\.1 already"):
            working.step("max.1", Symbol("M"), Constant(1))
    second = working.step("max.1", Symbol("m"), Product(Constant(2), first))
    assert (first.id, second.id) == ("max.1", "loss.max.1")
    assert working.values == {"max.1": 1 + 2, "loss.max.1": 2 * (1 + 2)}
    with pytest.raises(ValueError, match=r"there is a quantity loss\.max\.1 already"):
        working.step("max.1", Symbol("m"), Constant(1))
    rate = working.given("rate", Symbol("η"), Decimal(1))
    with working.room("training"):
        other = working.given("rate", Symbol("η"), Decimal(2))
    assert (rate.id, other.id) == ("given.rate", "given.training.rate")


def test_in_a_part_the_name_of_the_part_comes_first() -> None:
    whole = Working()
    part = whole.part("main")
    with part.room("rnn"):
        first = part.step("max.1", Symbol("M"), Constant(1))
    second = part.step("max.1", Symbol("m"), Constant(2))
    assert (first.id, second.id) == ("main.max.1", "main.loss.max.1")
    assert part.values["max.1"] == 1
    assert part.quantity("loss.max.1") is second


def test_letters_that_stand_for_something_are_given_to_nothing_else() -> None:
    working = Working()
    working.given("x", Symbol("S"), Decimal(1))
    working.reserve_letters("hW")
    assert working.letter("S", "Σ") == "Σ"
    assert working.letter("h", "k") == working.letter("h", "k") == "k"
    assert working.letter("Σ", "k", "W", "V") == "V"
    assert len({working.letter("S", str(n)) for n in range(20)}) == 20
    assert working.letter("W", "S") not in {"W", "S", "Σ", "k", "V"}
    assert working.part("main").letter("S") == "S"


def test_a_formula_that_has_all_our_letters_still_gets_others() -> None:
    names = ["t", "u", "q", "tau", "S", "Z", "A", "Sigma"]
    total = " + ".join(names)
    solution = lossclass.solve(
        {
            "loss": "custom",
            "formula": f"sum({total} + e)",
            "given": {**dict.fromkeys(names, 1), "e": [1, 2]},
        }
    )
    symbols = [each.symbol for each in solution.calculation]
    assert len(set(symbols)) == len(symbols)
    letters = {each.symbol.letter for each in solution.calculation if each.role is Role.STEP}
    given = {each.symbol.letter for each in solution.calculation if each.role is Role.GIVEN}
    assert not letters & given
