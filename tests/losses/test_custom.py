"""Custom losses: formulas and weighted terms, against loops that share nothing with either road."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from io import StringIO
from typing import Any

import numpy as np
import pytest
from expressions import evaluate_text
from hypothesis import given
from hypothesis import strategies as st

import lossclass
from lossclass.arithmetic.expression import Constant, Expression, Power, Sum
from lossclass.arithmetic.line import formula as written_as
from lossclass.arithmetic.notation import LATEX, PLAIN
from lossclass.arithmetic.parsing import CannotCombine, UnreadableText, names_in, read, read_in
from lossclass.arithmetic.symbol import Symbol
from lossclass.losses.custom.naming import is_name, symbol, written
from lossclass.problem.bundled import bundled_problems
from lossclass.working import Working
from problems import codes

Y, Y_HAT, W = [1.0, 2.0], [1.5, 1.5], [0.3, -0.4]
RIDGE: dict[str, Any] = {
    "loss": "custom",
    "formula": "mean((y - y_hat)^2) + lambda * sum(w^2)",
    "given": {"y": Y, "y_hat": Y_HAT, "lambda": 0.1, "w": W},
}
HINGE = {"loss": "hinge", "y_true": [1, -1, 1], "y_pred": [0.7, -1.2, 0.4]}
MSE = {"loss": "mse", "y_true": [4, 2, 5], "y_pred": [3.5, 2.5, 4]}


def formula(text: str, **names: Any) -> lossclass.Solution:
    return lossclass.solve({"loss": "custom", "formula": text, "given": names})


def terms(*those: tuple[str, Any, Mapping[str, Any]], **keys: Any) -> dict[str, Any]:
    listed = [{"name": name, "weight": weight, "problem": one} for name, weight, one in those]
    return {"loss": "custom", "terms": listed, **keys}


def mistakes(problem: Mapping[str, Any]) -> dict[str, str]:
    """The messages by path."""
    with pytest.raises(lossclass.InvalidProblem) as raised:
        lossclass.load(problem)
    return {mistake.path: mistake.message for mistake in raised.value.mistakes}


# --- formulas ----------------------------------------------------------------------------


def test_the_ridge_formula_is_worked_term_by_term() -> None:
    solution = lossclass.solve(lossclass.load(bundled_problems()["ridge_formula"]))
    assert [step.id for step in solution.steps] == [
        "term.1.1", "term.1.2", "sum.1", "mean.1", "term.2.1", "term.2.2", "sum.2", "loss",
    ]  # fmt: skip
    mean = ((1 - 1.5) ** 2 + (2 - 1.5) ** 2) / 2
    squares = 0.3**2 + 0.4**2
    assert solution.step("mean.1").value == mean
    assert solution.step("sum.2").value == squares
    assert solution.answer.value == pytest.approx(mean + 0.1 * squares, rel=1e-15)
    assert solution.cross_check.agrees
    line = solution.line(solution.step("term.1.2"))
    assert (line.symbol(PLAIN), line.formula(PLAIN)) == ("t₁,₂", "(y₂ − ŷ₂)²")
    assert solution.line(solution.step("loss")).formula(PLAIN) == "M₁ + λ · S₂"


def test_a_matrix_has_an_index_for_its_row_and_one_for_its_column() -> None:
    solution = formula("sum(W^2)", W=[[1, 2, 3], [4, 5, 6]])
    assert solution.step("term.1.2.3").value == 6**2
    assert solution.answer.value == sum(n**2 for n in range(1, 7))
    assert solution.cross_check.agrees


def test_an_inner_sum_is_worked_and_numbered_before_the_one_around_it() -> None:
    solution = formula("mean((y - mean(y))^2)", y=[1, 2, 6])
    ids = [step.id for step in solution.steps]
    assert ids == ["sum.1", "mean.1", "term.2.1", "term.2.2", "term.2.3", "sum.2", "mean.2", "loss"]
    mean = (1 + 2 + 6) / 3
    expected = ((1 - mean) ** 2 + (2 - mean) ** 2 + (6 - mean) ** 2) / 3
    assert solution.answer.value == pytest.approx(expected, rel=1e-15)


ONE_HOT = [[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]]


def test_what_stands_several_times_is_worked_once() -> None:
    """An entropy beside a cross-entropy, of the same softmax, and a penalty that is added in parts."""
    z, y, w = np.array([1, 2, 0.5]), np.array([1, 0, 0]), np.array([0.1, 0.2])
    solution = lossclass.solve(
        {
            "loss": "custom",
            "formula": "-sum(y * ln(softmax(z))) - 0.1 * sum(softmax(z) * ln(softmax( z )))"
            " + sum(w^2) - sum(w ^ 2)/2 + sum(softmax(2*z)*y) + sum(softmax(z + z)*y)",
            "given": {"z": z, "y": y, "w": w},
        },
        gradient=True,
    )
    ids = [step.id for step in solution.steps]
    assert [id for id in ids if id.startswith("exp_sum")] == ["exp_sum.1", "exp_sum.5", "exp_sum.7"]
    # the cross-entropy, the entropy, the penalty, and a share of each of two other softmaxes
    sums = ["sum.2", "sum.3", "sum.4", "sum.6", "sum.8"]
    assert [id for id in ids if id.startswith("sum.")] == sums

    def loss(z: Any) -> Any:
        p, sharper = np.exp(z) / np.exp(z).sum(), np.exp(2 * z) / np.exp(2 * z).sum()
        entropy = -(p * np.log(p)).sum()
        return -(y * np.log(p)).sum() + 0.1 * entropy + (w**2).sum() / 2 + 2 * (sharper * y).sum()

    assert solution.answer.value == pytest.approx(loss(z), rel=1e-12)
    for c in range(3):
        step = np.eye(3)[c] * 1e-6
        assert solution.gradient["z"][c] == pytest.approx(
            (loss(z + step) - loss(z - step)) / 2e-6, rel=1e-6
        )


def test_sums_of_logarithms_to_other_bases_are_others() -> None:
    formula = "sum(log2(p)) + sum(ln(p)) - sum(log10(p))"
    solution = lossclass.solve({"loss": "custom", "formula": formula, "given": {"p": [0.5, 0.25]}})
    p = np.array([0.5, 0.25])
    expected = np.log2(p).sum() + np.log(p).sum() - np.log10(p).sum()
    assert solution.answer.value == pytest.approx(expected, rel=1e-12)


def test_differences_of_a_flat_formula_may_be_off_by_what_they_are_off() -> None:
    """A focal loss at p = 1 is (1 − p)³ close by: differences give −10⁻¹⁰ for its slope of 0."""
    given = {"alpha": 1, "p": 1, "g": 2}
    keys = {"loss": "custom", "formula": "-alpha * (1 - p)^g * ln(p)", "given": given}
    solution = lossclass.solve(keys, gradient=True)
    assert solution.gradient == {"alpha": 0, "p": 0, "g": 0}
    assert "gives the same gradient" in str(solution)


def test_a_softmax_is_worked_as_shares_of_a_sum_row_by_row() -> None:
    rows = [[1.0, 2.0, 0.5], [0.0, -1.0, 3.0]]
    solution = lossclass.solve(
        {
            "loss": "custom",
            "formula": "-mean(y * ln(softmax(z)))",
            "given": {"y": ONE_HOT, "z": rows},
        },
        gradient=True,
    )
    shares = [[math.exp(z) / sum(map(math.exp, row)) for z in row] for row in rows]
    for i, row in enumerate(shares, start=1):
        for c, share in enumerate(row, start=1):
            assert solution.step(f"softmax.1.{i}.{c}").value == pytest.approx(share, rel=1e-15)
            slope = solution.step(f"gradient.z.{i}.{c}").value
            assert slope == pytest.approx((share - ONE_HOT[i - 1][c - 1]) / 6, rel=1e-12)
    assert solution.cross_check.agrees
    assert "gradient-disagrees" not in {each.code for each in solution.remarks}


@pytest.mark.parametrize(
    ("text", "slope"),
    [
        ("√a", 1 / (2 * math.sqrt(0.25))),
        ("sqrt(sum(v^2)) + a", 1),
        ("min(a, 1)", 1),
        ("min(a, 0)", 0),
        ("min(a, 0.25)", 0),
        ("abs(a - 1)", -1),
        ("max(v) * a + min(v)", 3),
        ("L = sigmoid(a)", math.exp(-0.25) / (1 + math.exp(-0.25)) ** 2),
    ],
)
def test_functions_have_their_slopes(text: str, slope: float) -> None:
    names = {"a": 0.25, "v": [1, 2, 3]}
    problem = {"loss": "custom", "formula": text, "given": names}
    solution = lossclass.solve(problem, gradient=True)
    assert solution.step("gradient.a").value == pytest.approx(slope, rel=1e-15)


def test_a_root_is_written_as_one_everywhere() -> None:
    solution = formula("L = sqrt(mean(v^2)) + sqrt(a)", v=[1, 2], a=4)
    definition = solution.step("loss").quantity.definition
    assert solution.about.formula == "L = √(mean(v²)) + √(a)"
    assert written_as(definition, PLAIN) == "√M₁ + √a"
    assert written_as(definition, LATEX) == r"\sqrt{M_{1}} + \sqrt{a}"


def test_maximum_is_taken_element_by_element() -> None:
    solution = formula("sum(max(0, 1 - y*s))", y=[1, -1, 1], s=[0.8, -0.5, 0.3])
    assert solution.answer.value == pytest.approx(0.2 + 0.5 + 0.7, rel=1e-15)


def test_two_long_sums_or_products_in_a_step_become_steps_before_it() -> None:
    solution = formula("(a + b + c) * (a * b * c) + (a + b + c + a*b*c)", a=2, b=3, c=5)
    ids = [step.id for step in solution.steps]
    assert ids[-1] == "loss"
    assert all(id.startswith("loss.part.") for id in ids[:-1])
    assert solution.answer.value == (2 + 3 + 5) * (2 * 3 * 5) + (2 + 3 + 5 + 2 * 3 * 5)
    for step in solution.to_dict()["steps"]:
        assert evaluate_text(step["substituted"]) == step["value"]


def test_parts_of_elements_have_the_ids_of_their_element() -> None:
    solution = formula("sum((y + y + 1) * (y * y * 2))", y=[1, 2])
    assert "term.1.2.part.1" in [step.id for step in solution.steps]
    assert solution.answer.value == (1 + 1 + 1) * (1 * 1 * 2) + (2 + 2 + 1) * (2 * 2 * 2)
    assert solution.cross_check.agrees


def test_a_formula_without_names_is_still_a_step() -> None:
    solution = formula("3")
    assert solution.answer.value == 3
    assert [step.id for step in solution.steps] == ["loss"]
    assert formula("sum(2) + mean(4)").answer.value == 6


def test_numpy_arrays_may_be_given() -> None:
    solution = formula("sum(W) + n", W=np.array([[0.25, 0.5]]), n=np.float64(2))
    assert solution.answer.value == 2.75
    assert solution.cross_check.agrees


def test_our_letters_give_way_to_those_of_the_problem() -> None:
    solution = formula("mean((t - y)^2)", t=[1, 2], y=[2, 4])
    symbols = [solution.line(step).symbol(PLAIN) for step in solution.steps]
    assert symbols == ["u₁,₁", "u₁,₂", "S₁", "M₁", "L"]


def test_a_given_that_no_formula_uses_is_remarked() -> None:
    solution = formula("sum(w)", w=[1, 2], y=3)
    (remark,) = solution.remarks
    assert remark.code == "given-not-used"
    assert remark.text.startswith("y is given")


def test_infinity_is_a_value_and_is_explained() -> None:
    solution = formula("-sum(ln(p))", p=[0.5, 0])
    assert solution.answer.value == math.inf
    assert solution.cross_check.agrees
    assert codes(solution) == ["log-of-zero", "loss-is-infinite"]


def test_zero_times_the_logarithm_of_zero_is_zero_on_both_roads() -> None:
    solution = formula("-sum(y * ln(p))", y=[1, 0], p=[0.5, 0])
    assert solution.answer.value == pytest.approx(-math.log(0.5), rel=1e-15)
    assert solution.cross_check.agrees
    assert codes(solution) == ["log-of-zero", "zero-times-infinity"]


# --- random formulas, worked by loops ----------------------------------------------------

Environment = Mapping[str, Any]


@dataclass(frozen=True)
class Piece:
    """A piece of a formula, and its element at an index by plain Python."""

    text: str
    at: Callable[[Environment, int], float]


N = 3
VECTORS, SCALARS = ("y", "y_hat", "z"), ("lambda", "c")


def leaf(name: str) -> Piece:
    def at(names: Environment, i: int) -> float:
        value = names[name]
        return float(value[i] if isinstance(value, list) else value)

    return Piece(name, at)


def number(text: str) -> Piece:
    return Piece(text, lambda _names, _i: float(text))


def joined(sign: str, function: Callable[[float, float], float]) -> Callable[..., Piece]:
    return lambda one, other: Piece(
        f"({one.text}) {sign} ({other.text})",
        lambda names, i: function(one.at(names, i), other.at(names, i)),
    )


def applied(text: str, function: Callable[[float], float]) -> Callable[[Piece], Piece]:
    return lambda one: Piece(
        text.replace("_", one.text), lambda names, i: function(one.at(names, i))
    )


def larger(inner: st.SearchStrategy[Piece]) -> st.SearchStrategy[Piece]:
    both = [
        joined("+", lambda a, b: a + b),
        joined("−", lambda a, b: a - b),
        joined("×", lambda a, b: a * b),
        joined("*", lambda a, b: a * b),
    ]
    each: list[tuple[str, Callable[[float], float]]] = [
        ("-(_)", lambda a: -a),
        ("|_|", abs),
        ("(_)^2", lambda a: a**2),
        ("(_)**2", lambda a: a**2),
        ("(_)²", lambda a: a**2),
        ("-(_)^2", lambda a: -(a**2)),
        ("ln(1 + |_|)", lambda a: math.log(1 + abs(a))),
        ("log2(1 + |_|)", lambda a: math.log2(1 + abs(a))),
        ("log10(1 + |_|)", lambda a: math.log10(1 + abs(a))),
        ("1/(1 + |_|)/2*3", lambda a: 1 / (1 + abs(a)) / 2 * 3),
        ("tanh(_)", math.tanh),
        ("sigmoid(tanh(_))", lambda a: 1 / (1 + math.exp(-math.tanh(a)))),
        ("exp(tanh(_))", lambda a: math.exp(math.tanh(a))),
        ("2^tanh(_)", lambda a: 2 ** math.tanh(a)),
        ("max(0, 1 − (_), _)", lambda a: max(0, 1 - a, a)),
        ("min(0.5, _, 1 − (_))", lambda a: min(0.5, a, 1 - a)),
        ("abs(_)", abs),
        ("sqrt(1 + |_|)", lambda a: math.sqrt(1 + abs(a))),
        ("2 × √(1 + (_)²)²", lambda a: 2 * (1 + a**2)),
    ]
    return st.one_of(
        st.builds(lambda make, one, other: make(one, other), st.sampled_from(both), inner, inner),
        st.builds(lambda pair, one: applied(*pair)(one), st.sampled_from(each), inner),
    )


LEAVES = [*map(leaf, VECTORS + SCALARS), *map(number, ["0", "1", "0.5", "2."])]
PIECES = st.recursive(st.sampled_from(LEAVES), larger, max_leaves=6)
VALUES = st.decimals("-3", "3", places=2)


@given(
    PIECES,
    PIECES,
    st.fixed_dictionaries(
        {name: st.lists(VALUES, min_size=N, max_size=N) for name in VECTORS}
        | dict.fromkeys(SCALARS, VALUES)
    ),
)
def test_steps_and_numpy_and_loops_agree_on_random_formulas(
    one: Piece, other: Piece, names: dict[str, Any]
) -> None:
    # A vector among the terms makes sure that there are N of them.
    text = f"sum(0*y + ({one.text})) − 2·mean(0*z + ({other.text})) / 3"
    solution = formula(text, **names)
    totals = [math.fsum(piece.at(names, i) for i in range(N)) for piece in (one, other)]
    sizes = [max(abs(piece.at(names, i)) for i in range(N)) for piece in (one, other)]
    assert solution.cross_check.agrees
    assert solution.answer.value == pytest.approx(
        totals[0] - 2 * (totals[1] / N) / 3, rel=1e-11, abs=1e-11 * (1 + sum(sizes))
    )
    for step in solution.to_dict()["steps"]:
        if step["exact"]:
            line = evaluate_text(step["substituted"])
            assert math.isclose(line, step["value"], rel_tol=1e-9, abs_tol=1e-9), step


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("-a^2", -(0.5**2)),
        ("2^-a^2", 2 ** -(0.5**2)),
        ("2^a^2", 2 ** (0.5**2)),
        ("a²^3", (0.5**2) ** 3),
        ("2^a²", 2 ** (0.5**2)),
        ("8/4/2", 1),
        ("8/4*2", 4),
        ("8/-4*2", -4),
        ("1 - 2 - 3 + 4", 0),
        ("--a", 0.5),
        ("√4^2 + √4²", 8),
        ("-√a × 2", -2 * math.sqrt(0.5)),
        ("√|-4| + (√a)²", 2.5),
        ("2^√4", 4),
        ("√√16", 2),
        ("min(a, 1) + min(v) + max(v)", 0.5 + 1 + 3),
        ("L = a", 0.5),
        ("loss=a + 1", 1.5),
        ("J(w) = 2*a + 1", 2),
        ("sum(softmax(v))", 1),
        ("3 × -a^2", -3 * 0.5**2),
        ("||a - 2| - |3||", abs(abs(0.5 - 2) - 3)),
        ("2 * |-a| * |-3|", 3),
        ("max(a, 1e0, 3·10⁻¹)", 1),
        ("exp(-∞) + a", 0.5),
        ("max((a), -(a), ((2)))", 2),
        ("sum(v)^2 − mean(v^2)", (1 + 2 + 3) ** 2 - (1 + 4 + 9) / 3),
        ("\u00a0a\n+ a", 1),
    ],
)
def test_both_readers_have_the_same_grammar(text: str, value: float) -> None:
    solution = formula(text, a=0.5, v=[1, 2, 3])
    assert solution.answer.value == pytest.approx(value, rel=1e-15)
    assert solution.cross_check.agrees


# --- names -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "plain", "latex"),
    [
        ("y", "y", "y"),
        ("y_hat", "ŷ", r"\hat{y}"),
        ("ŷ", "ŷ", r"\hat{y}"),
        ("lambda", "λ", r"\lambda"),
        ("λ", "λ", r"\lambda"),
        ("alpha_hat", "α\u0302", r"\hat{\alpha}"),
        ("Sigma", "Σ", "Σ"),
        ("y_true", "yₜᵣᵤₑ", r"y_{\mathrm{true}}"),
        ("w_1", "w₁", "w_{1}"),
        ("loss1", "loss1", r"\mathrm{loss1}"),
    ],
)
def test_names_are_written_as_mathematics_has_them(name: str, plain: str, latex: str) -> None:
    assert is_name(name)
    assert (PLAIN.symbol(symbol(name)), LATEX.symbol(symbol(name))) == (plain, latex)


@pytest.mark.parametrize("name", ["", "_y", "y_", "y__hat", "2y", "y-hat", "y hat", "y²", "y.1"])
def test_what_cannot_be_a_name_is_refused(name: str) -> None:
    assert not is_name(name)
    assert "is no name" in mistakes({**RIDGE, "given": {name: 1}})[f"given.{name}"]


def test_a_formula_is_shown_with_its_symbols() -> None:
    text = written("mean((y-y_hat)**2) + lambda*ln(w)", {"y", "y_hat", "lambda", "w"})
    assert text == "mean((y−ŷ)²) + λ·ln(w)"


# --- formulas that cannot be meant -------------------------------------------------------


GIVES_TWO = (
    "the formula gives 2 numbers, and a loss is one number; put sum(...) or mean(...) around what "
    "is one for each element"
)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("mean((y - y_hatt)^2)", "unknown name 'y_hatt'; did you mean 'y_hat'? (character 11)"),
        ("maen(y)", "unknown name 'maen'; did you mean 'mean'? (character 1)"),
        ("log(lambda)", "unknown name 'log'; write ln, log2 or log10 (character 1)"),
        (
            "sum(y",
            "the text ends too early (character 6); a ')' is missing for the '(' of character 4",
        ),
        ("sum(y) +", "the text ends too early (character 9)"),
        ("sum(y, w)", "sum does not take 2 value(s) (character 1)"),
        ("1 + max(lambda)", "max does not take 1 value(s) (character 5)"),
        ("sum(y.real)", "y.real: a name has no point (character 5)"),
        ("np.log(a)", "np.log: a name has no point; write ln, log2 or log10 (character 1)"),
        ("math.exp(a)", "math.exp: a name has no point; write exp (character 1)"),
        ("tf.reduce_mean(y)", "tf.reduce_mean: a name has no point; write mean (character 1)"),
        ("maximum(a, 0)", "unknown name 'maximum'; write max (character 1)"),
        ("relu(a)", "unknown name 'relu'; write max(0, x) (character 1)"),
        ("std(y)", "unknown name 'std'; write sqrt(mean((x - mean(x))^2)) (character 1)"),
        ("2a", "cannot read '2' (character 1); a product has a sign, as in 2 * a"),
        ("2(a + 1)", "did not expect '('; a product has a sign, as in 2 * x (character 2)"),
        ("ln a", "did not expect 'a'; a function has brackets, as in ln(a) (character 4)"),
        ("a = 2", "cannot read '=' (character 3); there is no = in it, but behind an L in front"),
        ("softmax(lambda)", "softmax(lambda): softmax takes a list of numbers, one for each class (character 1)"),
        ("√(0 - 2)", "sqrt(-2) has no value"),
        ("__import__", "unknown name '__import__' (character 1)"),
        (
            "sum(w + y - v)",
            "w + y - v: 2 numbers and 3 numbers do not go together element by element (character 5)",
        ),
        (
            "sum(A * y)",
            "A * y: 2 × 2 numbers and 2 numbers do not go together element by element (character 5)",
        ),
        (
            "y - y_hat",
            GIVES_TWO,
        ),
        ("ln(lambda - 1)", "ln(-0.9) has no value"),
        ("lambda + mean(ln(w))", "mean(ln(w)): ln(-0.4) has no value (character 10)"),
        ("0/0", "0 / 0 has no value: nothing can be divided by 0"),
        ("sum(1/(y - 1))", "sum(1/(y - 1)): 1 / 0 has no value: nothing can be divided by 0 (character 1)"),
        ("(lambda - 0.1)^-1", "0^(-1) has no value: it divides by 0"),
        ("(-2)^0.5", "(-2)^0.5 has no value"),
        ("ln(0) - ln(0)", "-∞ + ∞ has no value"),
        ("sum(ln(y - 1) * (2*y - 3))", ""),
        (
            "exp(1000)",
            "exp(1000) is too large for a computer's floating-point numbers, which check the working",
        ),
        (
            "exp(-1000)",
            "exp(-1000) is too small for a computer's floating-point numbers, which check the working",
        ),
    ],
)  # fmt: skip
def test_a_formula_that_cannot_be_worked_is_refused_with_its_reason(
    text: str, message: str
) -> None:
    names = {**RIDGE["given"], "v": [1, 2, 3], "A": [[1, 2], [3, 4]]}
    if not message:
        assert formula(text, **names).answer.value == math.inf
        return
    assert mistakes({"loss": "custom", "formula": text, "given": names}) == {"formula": message}


@pytest.mark.thorough
def test_formulas_are_bounded() -> None:
    assert mistakes({**RIDGE, "formula": "1" + " + 1" * 300}) == {
        "formula": "longer than 1000 characters"
    }
    assert "nested more than 50 deep" in mistakes({**RIDGE, "formula": "(" * 100})["formula"]
    many = "*".join(["v"] * 60)
    large = {
        "loss": "custom",
        "formula": f"sum({many}) + sum(exp(v)^2)",
        "given": {"v": [1] * 30_000},
    }
    assert "over 50000 operations" in mistakes(large)["formula"]


def test_the_deepest_and_longest_formulas_are_worked() -> None:
    nested = "(" * 24 + "1" + "/1)" * 24
    assert formula(nested).answer.value == 1
    assert formula("1" + "+1" * 499).answer.value == 500
    assert formula("1" + "/1" * 50).answer.value == 1


@pytest.mark.parametrize(
    ("names", "path", "message"),
    [
        ({"sum": 1}, "given.sum", "'sum' is a function in formulas; choose another name"),
        ({"ln": 1}, "given.ln", "'ln' is a function in formulas; choose another name"),
        ({"y": [1, "O.5"]}, "given.y.2", "expected a number, got 'O.5'; is one of its digits a letter?"),
        ({"y": []}, "given.y", "expected at least one number, got none"),
        ({"y": [[1, 2], [3]]}, "given.y.2", "expected 2 numbers, as in the first row, got 1"),
        ({"y": [[[1]]]}, "given.y.1.1", "expected a number, got a list"),
        ({"y": {"a": 1}}, "given.y", "expected a number, or a list of numbers, got a mapping"),
        ({"y": "inf"}, "given.y", "expected a number, or a list of numbers, got 'inf'; it has to be finite"),
        (
            {"y": [1, 2], "y_1": 3},
            "given.y_1",
            "its symbol would be y₁, and so is that of y; choose another name",
        ),
        (
            {"y_hat": 1, "ŷ": 3},
            "given.ŷ",
            "its symbol would be ŷ, and so is that of y_hat; choose another name",
        ),
        ({"L": 1}, "given.L", "its symbol would be L, and so is that of the loss; choose another name"),
    ],
)  # fmt: skip
def test_bad_given_numbers_are_refused_where_they_stand(
    names: dict[str, Any], path: str, message: str
) -> None:
    assert mistakes({"loss": "custom", "formula": "1", "given": names}) == {path: message}


# --- terms -------------------------------------------------------------------------------


def test_the_multi_task_problem_is_the_weighted_sum_of_its_terms() -> None:
    solution = lossclass.solve(lossclass.load(bundled_problems()["multi_task"]))
    rating = (0.5**2 + 0.5**2 + 1**2) / 3
    mood = 0.3 + 0 + 0.6
    assert solution.step("rating.squared_error.3").value == 1
    assert solution.step("rating.loss").value == pytest.approx(rating)
    assert solution.step("mood.hinge.1").value == pytest.approx(0.3)
    assert solution.step("weighted.mood").value == pytest.approx(0.5 * mood)
    assert solution.step("sum").value == pytest.approx(rating + 0.5 * mood)
    assert solution.answer.value == pytest.approx(rating + 0.5 * mood, rel=1e-15)
    assert solution.cross_check.agrees
    assert "rating: the squared errors" in [section.title for section in solution.sections]
    line = solution.line(solution.step("weighted.mood"))
    assert line.formula(PLAIN) == "w_mood · L_mood"


def by_loops(problem: Mapping[str, Any]) -> float:
    """A hinge or mean squared error problem by its definition."""
    pairs = list(zip(problem["y_true"], map(float, problem["y_pred"]), strict=True))
    if problem["loss"] == "hinge":
        return sum(max(0.0, 1 - float(y) * score) for y, score in pairs)
    return sum((float(y) - guess) ** 2 for y, guess in pairs) / len(pairs)


@st.composite
def small_problems(draw: st.DrawFn) -> dict[str, Any]:
    loss = draw(st.sampled_from(["hinge", "mean_squared_error"]))
    true = st.sampled_from([1, -1]) if loss == "hinge" else VALUES
    pairs = draw(st.lists(st.tuples(true, VALUES), min_size=1, max_size=4))
    return {"loss": loss, "y_true": [y for y, _ in pairs], "y_pred": [x for _, x in pairs]}


@given(st.lists(st.tuples(VALUES, small_problems()), min_size=1, max_size=4), st.booleans())
def test_steps_and_numpy_and_loops_agree_on_random_terms(
    weighted: Sequence[tuple[Decimal, dict[str, Any]]], with_formula: bool
) -> None:
    problem = terms(*((f"task_{n}", w, one) for n, (w, one) in enumerate(weighted, start=1)))
    expected = math.fsum(float(w) * by_loops(one) for w, one in weighted)
    if with_formula:
        problem |= {key: RIDGE[key] for key in ("formula", "given")}
        expected += 0.25 + 0.1 * (0.3**2 + 0.4**2)
    solution = lossclass.solve(problem)
    assert solution.cross_check.agrees
    assert solution.answer.value == pytest.approx(expected, rel=1e-12, abs=1e-12)
    assert len({step.id for step in solution.steps}) == len(solution.steps)


def test_terms_and_a_formula_are_added() -> None:
    solution = lossclass.solve(
        terms(("margin", 2, HINGE), formula="lambda * sum(w^2)", given={"lambda": 0.1, "w": W})
    )
    assert [step.id for step in solution.steps][-2:] == ["formula", "loss"]
    assert solution.step("formula").value == pytest.approx(0.1 * (0.3**2 + 0.4**2))
    assert solution.answer.value == pytest.approx(2 * 0.9 + 0.1 * 0.25)


def test_a_term_is_worked_as_the_problem_by_itself_would_be() -> None:
    problem = {**HINGE, "reduction": "mean", "weights": [1, 2, 3], "squared": True}
    alone, inside = lossclass.solve(problem), lossclass.solve(terms(("margin", 1, problem)))
    for step in alone.steps:
        assert inside.step(f"margin.{step.id}").decimal == step.decimal
    assert [r.code for r in inside.remarks] == [r.code for r in alone.remarks]
    assert all(
        each.step == f"margin.{r.step}"
        for each, r in zip(inside.remarks, alone.remarks, strict=True)
    )
    assert [table.id for table in inside.tables] == ["terms", "margin.given", "margin.weights"]


def test_two_terms_of_one_loss_keep_apart() -> None:
    solution = lossclass.solve(terms(("a", 1, HINGE), ("b", 1, {**HINGE, "margin": 2})))
    assert solution.step("a.sum").value == pytest.approx(0.3 + 0 + 0.6)
    assert solution.step("b.sum").value == pytest.approx(1.3 + 0.8 + 1.6)
    assert solution.cross_check.agrees


def test_a_weight_left_out_is_one() -> None:
    problem = {"loss": "custom", "terms": [{"name": "margin", "problem": HINGE}]}
    assert lossclass.solve(problem).answer.value == pytest.approx(0.9)


def test_infinite_terms_add_up_to_infinity_or_have_no_sum() -> None:
    never = {"loss": "nll", "y_true": [1], "y_pred": [[1, 0]]}
    solution = lossclass.solve(terms(("label", 2, never), ("margin", 1, HINGE)))
    assert solution.answer.value == math.inf
    assert solution.cross_check.agrees
    assert codes(solution).count("loss-is-infinite") == 2
    assert lossclass.solve(terms(("label", 0, never))).answer.value == 0
    with pytest.raises(lossclass.LossclassError, match="step sum has no value"):
        lossclass.solve(terms(("a", 1, never), ("b", -1, never)))


def test_a_term_is_checked_like_a_file_of_its_own() -> None:
    bad = {**HINGE, "y_true": [1, 0], "margni": 2}
    assert mistakes(terms(("ok", 1, MSE), ("bad", "x", bad))) == {
        "terms.2.weight": "expected a number, got 'x'",
        "terms.2.problem.y_true.2": "expected 1 or -1, got 0; of labels 0 and 1, write -1 for the 0",
        "terms.2.problem.margni": "there is no such key; did you mean 'margin'?",
    }


def test_mistakes_in_a_term_have_their_line_and_column() -> None:
    text = """\
loss: custom
terms:
  - name: margin
    problem:
      loss: hinge
      y_true: [1, 7]
      y_pred: [1, 2, 3]
"""
    with pytest.raises(lossclass.InvalidProblem) as raised:
        lossclass.load(StringIO(text))
    places = [(m.line, m.column, m.path) for m in raised.value.mistakes]
    assert places == [(6, 19, "terms.1.problem.y_true.2")]


@pytest.mark.parametrize(
    ("term", "path", "message"),
    [
        ({"name": "a"}, "problem", "missing"),
        ({"problem": HINGE}, "name", "missing"),
        ({"name": "b", "problem": HINGE}, "name", "there is a term 'b' already"),
        ({"name": "sum", "problem": HINGE}, "name", "steps of the whole are called 'sum'"),
        ({"name": "a.b", "problem": HINGE}, "name", "'a.b' is no name"),
        ({"name": ["a"], "problem": HINGE}, "name", "expected a label, got a list"),
        ({"name": "a", "problem": HINGE, "wieght": 1}, "wieght", "a term has name, weight and"),
        ({"name": "a", "problem": "hinge"}, "problem", "expected a problem such as {loss: "),
        ({"name": "a", "problem": {"loss": "hing"}}, "problem.loss", "did you mean 'hinge'?"),
        ({"name": "a", "problem": {"loss": "hinge"}}, "problem.y_true", "missing"),
        ({"name": "a", "problem": RIDGE}, "problem.loss", "a term cannot be a custom loss"),
        ({"name": "a", "problem": {**HINGE, "reduction": "none"}}, "problem.reduction", "one number"),
        ({"name": "a", "problem": {**HINGE, "digits": 3}}, "problem.digits", "of the whole problem"),
        ({"name": "a", "problem": {**HINGE, "published": {"loss": 1}}}, "problem.published", "whole"),
        ("hinge", "", "expected a mapping, got 'hinge'; as in terms: [{name: "),
    ],
)  # fmt: skip
def test_bad_terms_are_refused_where_they_stand(term: Any, path: str, message: str) -> None:
    found = mistakes({"loss": "custom", "terms": [{"name": "b", "problem": MSE}, term]})
    assert message in found[".".join(filter(None, ["terms.2", path]))]


def test_published_numbers_may_be_those_of_a_term() -> None:
    published = {"margin.loss": 0.9, "weighted.margin": 0.41, "loss": 0.41}
    solution = lossclass.solve(terms(("margin", 0.5, HINGE), published=published))
    verdicts = {mark.id: mark.verdict for mark in solution.published}
    assert verdicts == {
        "margin.loss": "right",
        "weighted.margin": "wrong",
        "loss": "follows_through",
    }


# --- the whole ---------------------------------------------------------------------------


def test_a_custom_loss_needs_terms_or_a_formula() -> None:
    said = "a custom loss has terms, a formula, or both; neither is here"
    assert mistakes({"loss": "custom"}) == {"": said}
    assert mistakes({"loss": "custom", "given": {"y": 1}}) == {"": said}
    assert mistakes({"loss": "custom", "terms": []}) == {
        "terms": "expected at least one term, got none"
    }


@pytest.mark.parametrize(
    ("key", "value", "instead"),
    [
        ("log_base", "2", "ln, log2 or log10"),
        ("reduction", "mean", r"sum(...) or mean(...)"),
        ("weights", [1], "a term has its own weight"),
    ],
)
def test_keys_without_a_meaning_are_refused_and_what_to_do_instead_is_said(
    key: str, value: Any, instead: str
) -> None:
    message = mistakes({**RIDGE, key: value})[key]
    assert message.startswith("a custom loss has none; ")
    assert instead in message


def test_all_mistakes_come_at_once() -> None:
    names = {**RIDGE["given"], "exp": 1}
    problem = {**RIDGE, "reduction": "sum", "terms": [{"name": "a"}], "x": 1, "given": names}
    found = mistakes({**problem, "formula": "sum(y) +"})
    assert set(found) == {"reduction", "terms.1.problem", "formula", "x", "given.exp"}


# --- the reader's algebra, and a part of a sheet -----------------------------------------


class Pairs:
    """An algebra of pairs, which refuses sums of three."""

    functions = ("swap",)

    def __init__(self) -> None:
        self.names = {"p": (Constant(1), Constant(2))}

    def combine(
        self, build: Callable[..., Expression], operands: Sequence[tuple[Expression, Expression]]
    ) -> tuple[Expression, Expression]:
        if len(operands) == 3:
            raise CannotCombine("not three")
        first, second = [one for one, _ in operands], [two for _, two in operands]
        return build(*first), build(*second)

    def call(
        self, function: str, arguments: Sequence[tuple[Expression, Expression]], written: str
    ) -> tuple[Expression, Expression]:
        if len(arguments) != 1:
            raise TypeError
        assert written.startswith(function)
        one, two = arguments[0]
        return two, one


def test_a_text_can_be_read_into_any_algebra() -> None:
    first, second = read_in("swap(p)^2 + 1", Pairs())
    assert isinstance(first, Sum)
    assert isinstance(first.operands[0], Power)
    assert (first.value({}), second.value({})) == (5, 2)


def test_what_an_algebra_refuses_is_refused_with_its_place() -> None:
    with pytest.raises(UnreadableText, match=r"p \+ p - 1: not three \(character 4\)"):
        read_in("2*(p + p - 1)", Pairs())
    with pytest.raises(UnreadableText, match="swap does not take 2"):
        read_in("swap(p, p)", Pairs())


def test_divisions_in_a_row_are_bounded_for_each_holds_the_one_before() -> None:
    assert read("1" + "/1" * 51).value({}) == 1
    with pytest.raises(UnreadableText, match="more than 50 divisions in a row"):
        read("1" + "/1" * 5_000)
    assert read("+".join(["1/2"] * 1_000)).value({}) == 500


def test_a_raised_digit_is_a_power_and_no_part_of_a_name() -> None:
    assert names_in("w² + y_1 − ŷ₁") == {"w", "y_1", "ŷ₁"}
    assert formula("sum(w²)", w=[1, 2]).answer.value == 5


def test_a_part_of_a_sheet_writes_under_its_name() -> None:
    whole = Working()
    part = whole.part("a").part("b")
    x = part.given("x", Symbol("x"), Decimal(2))
    part.section("Twice")
    loss = part.step("loss", Symbol("L"), Sum(x, x))
    assert (x.id, loss.id, loss.symbol.index) == ("given.a.b.x", "a.b.loss", ("a.b",))
    assert whole.values == {"given.a.b.x": 2, "a.b.loss": 4}
    assert part.values["loss"] == part.values["a.b.loss"] == 4
    assert [section.title for section in whole.sections] == ["a.b: twice"]
    with pytest.raises(ValueError, match=r"there is a quantity a\.b\.loss already"):
        whole.part("a.b").step("loss", Symbol("L"), Constant(1))
