"""Every derivative is that of finite differences in 50 digits, and reads as on the board."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal, localcontext
from itertools import combinations

import pytest
from expressions import calculations, given_number, parts
from hypothesis import assume, given
from hypothesis import strategies as st

from lossclass.arithmetic.calculation import evaluate
from lossclass.arithmetic.derivative import Local, local_derivatives
from lossclass.arithmetic.expression import (
    Absolute,
    Constant,
    Exp,
    Expression,
    Log,
    Max,
    Negative,
    Power,
    Product,
    Quantity,
    Quotient,
    Role,
    Sigmoid,
    Sum,
    Tanh,
    UndefinedValue,
    quantities_in,
)
from lossclass.arithmetic.gradient import Derivative, walk_back
from lossclass.arithmetic.line import formula
from lossclass.arithmetic.notation import LATEX, PLAIN
from lossclass.arithmetic.number import WORKING
from lossclass.arithmetic.parsing import read
from lossclass.arithmetic.symbol import Symbol
from lossclass.working import Working

Calculation = list[Quantity]
ONE, TWO = Constant(1), Constant(2)


def derivatives(calculation: Calculation, answer: Quantity | None = None) -> list[Derivative]:
    return list(walk_back(calculation, evaluate(calculation), answer or calculation[-1]))


def gradient(
    calculation: Calculation,
    answer: Quantity | None = None,
    *,
    reaches: Sequence[str] | None = None,
) -> dict[str, Decimal]:
    """The derivative of the answer by each quantity, by the quantity's id."""
    answer = answer or calculation[-1]
    found = list(walk_back(calculation, evaluate(calculation), answer, reaches=reaches))
    values = evaluate([*calculation, *(step for each in found for step in each.steps)])
    return {each.of.id: values[each.quantity.id] for each in found}


def finite_difference(calculation: Calculation, answer: Quantity, id: str) -> Decimal:
    """(f(x + h) − f(x − h)) / 2h: with 50 digits, right to some 30 of them."""
    at = evaluate(calculation)[id]
    h = Decimal("1e-17") * max(Decimal(1), abs(at))
    with localcontext(WORKING):
        above, below = (
            evaluate(calculation, replacing={id: at + step})[answer.id] for step in (h, -h)
        )
        slope: Decimal = (above - below) / (2 * h)
    return slope


def step(n: int, definition: Expression) -> Quantity:
    return Quantity(f"s{n}", Symbol("s", (n,)), definition)


def lines(found: Sequence[Derivative]) -> list[str]:
    """Each derivative as its symbol and formula, with the steps before it."""
    return [
        f"{PLAIN.symbol(quantity.symbol)} = {formula(quantity.definition, PLAIN)}"
        for each in found
        for quantity in each.steps
    ]


# --- the rules ---------------------------------------------------------------------------


def local(text: str, by: str, /, **numbers: str | int) -> Local:
    names = {name: given_number(name, number) for name, number in numbers.items()}
    u = Quantity("u", Symbol("u"), read(text, names))
    calculation = [*names.values(), u]
    return local_derivatives(u, evaluate(calculation))[by]


def written(found: Local) -> str | None:
    return None if found.expression is None else formula(found.expression, PLAIN)


@pytest.mark.parametrize(
    ("definition", "by", "derivative"),
    [
        ("a + b", "a", "1"),
        ("a - b", "b", "−1"),
        ("a + a", "a", "2"),
        ("a + b + a - a", "a", "1"),
        ("-a", "a", "−1"),
        ("-(a - b)", "b", "1"),
        ("1 - a * b", "a", "−b"),
        ("a * b", "a", "b"),
        ("a * a", "a", "2 · a"),
        ("2 * a * 3", "a", "6"),
        ("2 * a * b", "a", "2 · b"),
        ("a * -b", "a", "−b"),
        ("-a * -b", "a", "b"),
        ("a * (b + c)", "a", "b + c"),
        ("a * (b + c)", "b", "a"),
        ("c * b + (1 - c) * a", "c", "b − a"),
        ("(1 - c) * a + c * b", "c", "b − a"),
        ("(1 - c) * a - c * b", "c", "−(a + b)"),
        ("a * b * c", "b", "u / b"),
        ("a * a * b", "a", "2 · u / a"),
        ("1 + a * b * c", "b", "a · c"),
        ("a * (1 - b) * c", "b", "−a · c"),
        ("a / b", "a", "1 / b"),
        ("a / b", "b", "−u / b"),
        ("1 + a / b", "b", "−a / b²"),
        ("a / 4", "a", "1 / 4"),
        ("a * b / 4", "a", "b / 4"),
        ("a^2 / 3", "a", "2 · a / 3"),
        ("a^2 / 2", "a", "a"),
        ("a^2 / 4", "a", "a / 2"),
        ("0.5 * a^2", "a", "a"),
        ("(a - b)^2", "b", "−2 · (a − b)"),
        ("a^2", "a", "2 · a"),
        ("a^3", "a", "3 · a²"),
        ("a^1", "a", "1"),
        ("a^0", "a", None),
        ("a^-1", "a", "−1 / a²"),
        ("a^0.5", "a", "0.5 / a^0.5"),
        ("a^b", "a", "b · a^(b − 1)"),
        ("a^b", "b", "u · ln(a)"),
        ("1 - a^b", "b", "−a^b · ln(a)"),
        ("2^a", "a", "u · ln(2)"),
        ("ln(a)", "a", "1 / a"),
        ("-ln(a)", "a", "−1 / a"),
        ("-b * ln(a)", "a", "−b / a"),
        ("log2(a)", "a", "1 / (a · ln(2))"),
        ("log10(a * b)", "a", "b / (a · b · ln(10))"),
        ("ln(1 - a)", "a", "−1 / (1 − a)"),
        ("b * ln(a) + (1 - b) * ln(1 - a)", "a", "b / a − (1 − b) / (1 − a)"),
        ("exp(a)", "a", "u"),
        ("exp(-a)", "a", "−u"),
        ("exp(a - b)", "b", "−u"),
        ("1 + exp(2 * a)", "a", "2 · exp(2 · a)"),
        ("tanh(a)", "a", "1 − u²"),
        ("tanh(b * a)", "a", "(1 − u²) · b"),
        ("1 - tanh(a)", "a", "−(1 − (tanh(a))²)"),
        ("sigmoid(a)", "a", "u · (1 − u)"),
        ("sigmoid(-a)", "a", "−u · (1 − u)"),
        ("ln(sigmoid(a))", "a", "1 − sigmoid(a)"),
        ("a * ln(a)", "a", "ln(a) + 1"),
        ("max(0, 1 - a)", "a", "−1"),
        ("max(0, a - 1)", "a", None),
        ("max(a, b, c)", "c", "1"),
        ("|a - b|", "a", "−1"),
        ("|a|", "a", "1"),
    ],
)
def test_local_derivatives_are_written_as_people_write_them(
    definition: str, by: str, derivative: str | None
) -> None:
    assert written(local(definition, by, a="0.3", b="0.5", c="0.7")) == derivative


def test_only_what_is_asked_for_is_derived() -> None:
    a, b = given_number("a", 2), given_number("b", 3)
    u = step(1, Sum(Product(a, b), Log(a)))
    assert set(local_derivatives(u, evaluate([a, b, u]), among={"b"})) == {"b"}


# --- kinks -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("definition", "by", "derivative"),
    [
        ("max(0, 1 - a)", "a", None),
        ("max(1 - a, 0)", "a", None),
        ("max(a, b)", "a", "1"),
        ("max(a, b)", "b", None),
        ("max(b, a)", "b", "1"),
        ("max(a, b, 1)", "a", None),
        ("|a - 1|", "a", None),
    ],
)
def test_what_is_taken_at_a_kink_is_told(definition: str, by: str, derivative: str | None) -> None:
    found = local(definition, by, a=1, b=1)
    assert written(found) == derivative
    assert found.kink


@pytest.mark.parametrize("definition", ["max(0, a)", "max(0, 0, a)", "max(a, b, b)", "|a|"])
def test_away_from_a_kink_none_is_told(definition: str) -> None:
    assert not local(definition, "a", a=1, b="0.5").kink


def test_a_tie_below_the_largest_is_no_kink() -> None:
    found = local("max(a, b, 2)", "a", a=1, b=1)
    assert found == Local(None)


def test_a_derivative_names_the_steps_at_whose_kink_it_is() -> None:
    a = given_number("a", 1)
    hinges = [step(n, Max(Constant(0), Sum(Constant(n), Negative(a)))) for n in (1, 2)]
    *_, last = derivatives([a, *hinges, step(3, Sum(*hinges))])
    assert [each.id for each in last.kinks] == ["s1"]
    assert [use.by.id for use in last.uses] == ["s2"]


# --- zeros and infinities ----------------------------------------------------------------


def test_what_is_multiplied_by_a_given_0_is_left_out() -> None:
    found = local("-y * ln(p)", "p", y=0, p=0)
    assert found.expression is None
    assert found.still


def test_a_0_that_was_calculated_is_kept_where_all_is_finite() -> None:
    zero, a = given_number("zero", 0), given_number("a", 2)
    h = step(1, Sum(zero, Negative(zero)))
    u = step(2, Product(h, a, a))
    found = local_derivatives(u, evaluate([zero, a, h, u]))
    assert written(found["a"]) == "2 · s₁ · a"
    assert written(found["s1"]) == "a · a"


def test_a_0_that_was_calculated_makes_an_infinite_slope_nothing() -> None:
    zero, p = given_number("zero", 0), given_number("p", 0)
    y = step(1, Sum(zero, zero))
    u = step(2, Product(y, Log(p)))
    found = local_derivatives(u, evaluate([zero, p, y, u]))
    assert found["p"] == Local(None, still=True)


def test_the_product_of_the_others_is_taken_where_one_cannot_divide() -> None:
    zero, a, b = given_number("zero", 0), given_number("a", 2), given_number("b", 3)
    h = step(1, Exp(a))
    for factor in (step(2, Sum(zero, zero)), step(2, Negative(Log(zero)))):
        u = step(3, Product(factor, h, b))
        found = local_derivatives(u, evaluate([zero, a, b, h, factor, u]))
        assert written(found["s2"]) == "s₁ · b"
        assert written(found["s1"]) == "s₂ · b"


def test_cross_entropy_of_a_class_that_cannot_be_has_no_slope() -> None:
    """0 · ln 0 is 0 and stays 0, in one step and in two."""
    y, p = given_number("y", 0), given_number("p", 0)
    logarithm = step(1, Log(p))
    for calculation in (
        [y, p, step(2, Negative(Product(y, Log(p))))],
        [y, p, logarithm, step(2, Negative(Product(y, logarithm)))],
    ):
        assert gradient(calculation, reaches=["p"])["p"] == 0


def test_a_true_class_without_probability_has_an_infinite_slope() -> None:
    y, p = given_number("y", 1), given_number("p", 0)
    assert gradient([y, p, step(1, Negative(Product(y, Log(p))))])["p"] == Decimal("-Infinity")


def test_a_derivative_without_a_value_is_named() -> None:
    """ln p − ln p² at 0: ∞ − ∞."""
    p = given_number("p", 1)
    logarithms = [step(1, Log(p)), step(2, Negative(Log(p)))]
    calculation = [p, *logarithms, step(3, Sum(*logarithms))]
    found = derivatives(calculation)
    steps = [each for derivative in found for each in derivative.steps]
    with pytest.raises(UndefinedValue, match=r"gradient\.p"):
        evaluate([*calculation, *steps], replacing={"p": Decimal(0), "s3": Decimal(0)})


# --- against finite differences ----------------------------------------------------------


def _ways_to_combine(earlier: Sequence[Quantity]) -> st.SearchStrategy[Expression]:
    """One operation on earlier quantities, as the steps of losses mostly are."""
    one = st.sampled_from(earlier)
    several = st.lists(one, min_size=2, max_size=5)
    return st.one_of(
        several.map(lambda each: Sum(*each)),
        several.map(lambda each: Product(*each)),
        several.map(lambda each: Max(*each)),
        st.builds(Quotient, one, one),
        st.builds(Power, one, st.sampled_from([Constant(n) for n in (2, 3, -1, "0.5")])),
        st.builds(Power, one, one),
        st.builds(Negative, one),
        st.builds(lambda a, b: Sum(a, Negative(b)), one, one),
        st.builds(Absolute, one),
        st.builds(Log, one, st.sampled_from(["e", "2", "10"])),
        st.builds(Exp, one),
        st.builds(Tanh, one),
        st.builds(Sigmoid, one),
    )


@st.composite
def graphs(draw: st.DrawFn) -> Calculation:
    """Two to four given numbers and up to six steps of one operation each."""
    numbers = st.integers(-30, 30).map(lambda number: Decimal(number) / 16)
    calculation = [
        given_number(f"g{n}", number)
        for n, number in enumerate(draw(st.lists(numbers, min_size=2, max_size=4)), start=1)
    ]
    for n in range(1, draw(st.integers(1, 6)) + 1):
        calculation.append(step(n, draw(_ways_to_combine(calculation))))
    return calculation


def _is_tame(calculation: Calculation) -> bool:
    """Whether all has a value, and none so large that a difference would not be seen in it."""
    try:
        values = evaluate(calculation)
    except UndefinedValue:
        return False
    with localcontext(WORKING):
        return all(
            part.is_finite() and abs(part) < 10_000
            for quantity in calculation
            for part in parts(quantity.definition, values)
        )


def _is_near_a_kink(expression: Expression, values: dict[str, Decimal]) -> bool:
    """Whether |x| or a maximum has its corner so near that a difference may reach over it."""
    operands = [operand.value(values) for operand in expression.operands]
    if isinstance(expression, Absolute):
        operands.append(Decimal(0))
    if isinstance(expression, Absolute | Max):
        gaps = [abs(one - other) for one, other in combinations(operands, 2)]
        if any(0 < gap < Decimal("1e-10") for gap in gaps):
            return True
    return any(_is_near_a_kink(operand, values) for operand in expression.operands)


def assert_right(calculation: Calculation) -> None:
    """All derivatives are those of finite differences, unless there is a kink or a pole near."""
    answer = calculation[-1]
    assume(_is_tame(calculation))
    values = evaluate(calculation)
    with localcontext(WORKING):
        assume(not any(_is_near_a_kink(each.definition, values) for each in calculation))
    found = derivatives(calculation)
    assume(not any(each.kinks for each in found))
    try:
        slopes = gradient(calculation)
    except UndefinedValue:
        assume(False)  # the slope of √x or of 0 ^ x at 0
    assume(all(each.is_finite() and abs(each) < 10**6 for each in slopes.values()))
    for id, slope in slopes.items():
        try:
            expected = finite_difference(calculation, answer, id)
        except UndefinedValue:
            continue  # the quantity stands at the edge of where the answer is defined
        assert abs(slope - expected) <= Decimal("1e-12") * (1 + abs(slope)), id
    assert set(slopes) == made_of(calculation)


def made_of(calculation: Calculation) -> set[str]:
    """The ids of what the last quantity is made of."""
    found = {calculation[-1].id}
    for quantity in reversed(calculation):
        if quantity.id in found:
            found |= {each.id for each in quantities_in(quantity.definition)}
    return found - {calculation[-1].id}


@given(graphs())
def test_derivatives_are_those_of_finite_differences(calculation: Calculation) -> None:
    assert_right(calculation)


@given(calculations())
def test_derivatives_of_nested_steps_are_those_of_finite_differences(
    calculation: Calculation,
) -> None:
    assert_right(calculation)


# --- how they are written ----------------------------------------------------------------


def nodes(expression: Expression) -> Iterator[Expression]:
    yield expression
    for operand in expression.operands:
        yield from nodes(operand)


def is_clutter(node: Expression) -> bool:
    """1 · x, 0 · x, 2 · 3, 0 + x, −(−x), x^1."""
    constants = [each.number for each in node.operands if isinstance(each, Constant)]
    match node:
        case Product():
            return 1 in constants or any(each <= 0 for each in constants) or len(constants) > 1
        case Sum():
            return 0 in constants
        case Negative(operands=(Negative(),)):
            return True
        case Power(operands=(_, Constant(number=number))):
            return number in (0, 1)
    return False


@given(graphs())
def test_there_is_no_clutter(calculation: Calculation) -> None:
    assume(_is_tame(calculation))
    for derivative in derivatives(calculation):
        for quantity in derivative.steps:
            assert not any(map(is_clutter, nodes(quantity.definition))), lines([derivative])


def is_long(node: Expression) -> bool:
    return isinstance(node, Sum | Product) and len(node.operands) > 2


@given(calculations())
def test_no_step_has_two_long_operations(calculation: Calculation) -> None:
    assume(_is_tame(calculation))
    for derivative in derivatives(calculation):
        for quantity in derivative.steps:
            assert sum(map(is_long, nodes(quantity.definition))) <= 1


def test_a_long_local_derivative_is_a_step_of_its_own() -> None:
    a, b, c = (given_number(name, number) for name, number in zip("abc", (2, 3, 5), strict=True))
    total = step(1, Quotient(a, Sum(a, b, c)))
    again = step(2, Product(a, Exp(Sum(a, b, c)), Tanh(b)))
    answer = Quantity("loss", Symbol("L"), Product(total, again))
    calculation = [a, b, c, total, again, answer]
    found = {each.of.id: each for each in derivatives(calculation)}
    assert lines([found["b"]]) == [
        "∂s₁/∂b = −s₁ / (a + b + c)",
        "∂s₂/∂b = a · tanh(b) · exp(a + b + c) + a · exp(a + b + c) · (1 − (tanh(b))²)",
        "∂L/∂b = ∂L/∂s₁ · ∂s₁/∂b + ∂L/∂s₂ · ∂s₂/∂b",
    ]
    assert [each.id for each in found["b"].steps] == [
        "gradient.s1.by.b", "gradient.s2.by.b", "gradient.b",
    ]  # fmt: skip
    for id, slope in gradient(calculation).items():
        assert WORKING.divide(slope, finite_difference(calculation, answer, id)) == pytest.approx(
            Decimal(1), abs=Decimal("1e-20")
        )


def test_products_in_a_long_sum_are_taken_two_by_two() -> None:
    """Which reads as if they were not."""
    w = given_number("w", "0.5")
    steps = [step(n, Power(w, Constant(n))) for n in (2, 3, 4)]
    answer = Quantity("loss", Symbol("L"), Product(*steps))
    *_, last = derivatives([w, *steps, answer])
    assert lines([last]) == [
        "∂L/∂w = ∂L/∂s₂ · 2 · w + ∂L/∂s₃ · 3 · w² + ∂L/∂s₄ · 4 · w³",
    ]
    assert sum(map(is_long, nodes(last.quantity.definition))) == 1


# --- the walk ----------------------------------------------------------------------------


@pytest.mark.thorough
def test_a_chain_of_thousands_is_walked_without_a_deep_stack() -> None:
    calculation = [given_number("x", "0.001")]
    for n in range(1, 5001):
        calculation.append(step(n, Sum(calculation[-1], Constant("0.5"))))
    assert gradient(calculation)["x"] == 1


def test_the_work_grows_with_the_uses() -> None:
    """A sum of n terms does not cost n squared: each use is written once."""
    n = 300
    weights = [given_number(f"w{i}", i) for i in range(1, n + 1)]
    numbers = [step(i, Tanh(weight)) for i, weight in enumerate(weights)]
    pairs = [Product(*pair) for pair in zip(weights, numbers, strict=True)]
    total = step(n, Sum(*pairs))
    found = derivatives([*weights, *numbers, total])
    assert sum(len(each.uses) for each in found) == 3 * n
    assert sum(1 for each in found for _ in nodes(each.quantity.definition)) < 20 * n


def test_only_the_way_to_what_is_wanted_is_walked() -> None:
    a, b = given_number("a", 2), given_number("b", 3)
    left, right = step(1, Exp(a)), step(2, Exp(b))
    aside, total = step(3, Log(a)), step(4, Sum(left, right))
    calculation = [a, b, left, right, aside, total]
    assert list(gradient(calculation, reaches=["b"])) == ["s2", "b"]
    assert list(gradient(calculation)) == ["s2", "s1", "b", "a"]
    assert list(gradient(calculation, left)) == ["a"]


def test_what_is_wanted_and_leads_nowhere_has_a_derivative_of_0() -> None:
    a, b = given_number("a", 2), given_number("b", 3)
    answer, aside = step(1, Exp(a)), step(2, Product(a, b))
    calculation = [a, b, answer, aside]
    assert gradient(calculation, answer, reaches=["b", "s2"]) == {"s2": 0, "b": 0}
    *_, last = walk_back(calculation, evaluate(calculation), answer, reaches=["b"])
    assert last.is_zero
    assert lines([last]) == ["∂s₁/∂b = 0"]


def test_what_comes_from_a_0_is_0() -> None:
    a = given_number("a", 2)
    margin = step(1, Exp(a))
    hinge = step(2, Max(Constant(0), Sum(ONE, Negative(margin))))
    found = derivatives([a, margin, hinge])
    assert lines(found) == ["∂s₂/∂s₁ = 0", "∂s₂/∂a = 0"]
    assert all(each.is_zero for each in found)


def test_what_cancels_out_is_a_constant() -> None:
    a = given_number("a", 2)
    square = step(1, Power(a, TWO))
    answer = step(2, Product(square, a))
    assert gradient([a, square, answer])["a"] == 12
    cancels = Quantity("s1", square.symbol, square.definition, Role.CANCELS)
    assert gradient([a, cancels, answer]) == {"a": 4}


def test_a_derivative_tells_its_uses_in_the_order_of_the_calculation() -> None:
    a, zero = given_number("a", 2), given_number("zero", 0)
    uses = [step(1, Exp(a)), step(2, Product(zero, a)), step(3, Tanh(a))]
    found = derivatives([a, zero, *uses, step(4, Sum(*uses))])
    last = next(each for each in found if each.of is a)
    assert [use.by.id for use in last.uses] == ["s1", "s3"]
    assert [formula(use.local, PLAIN) for use in last.uses] == ["s₁", "1 − s₃²"]
    assert [each.id for each in last.still] == ["s2"]


def test_steps_can_be_written_on_the_sheet_while_it_is_walked() -> None:
    working = Working()
    w = working.given("w", Symbol("w"), Decimal("0.5"))
    square = working.step("square", Symbol("s"), Power(w, TWO))
    loss = working.step("loss", Symbol("L"), Sum(square, w, Constant(3)))
    for derivative in walk_back(working.calculation, working.values, loss):
        for each in derivative.steps:
            working.step(each.id, each.symbol, each.definition)
    assert working.values["gradient.w"] == 2 * Decimal("0.5") + 1


# --- networks ----------------------------------------------------------------------------


def network(inputs: Sequence[str], target: str) -> Calculation:
    """A network with one unit and a squared error at the end; h₀ is 0."""
    names = {"b": "0.1", "W": "0.5", "U": "0.8", "c": "-0.3", "V": "1.2"}
    calculation = [given_number(name, number) for name, number in names.items()]
    b, w, u, c, v = calculation
    h = Quantity("h.0", Symbol("h", (0,)), Constant(0))
    calculation.append(h)
    for t, number in enumerate(inputs, start=1):
        x = Quantity(f"x.{t}", Symbol("x", (t,)), Constant(number))
        a = Quantity(f"a.{t}", Symbol("a", (t,)), Sum(b, Product(w, h), Product(u, x)))
        h = Quantity(f"h.{t}", Symbol("h", (t,)), Tanh(a))
        o = Quantity(f"o.{t}", Symbol("o", (t,)), Sum(c, Product(v, h)))
        e = Quantity(f"e.{t}", Symbol("e", (t,)), Sum(Constant(target), Negative(o)))
        calculation += [x, a, h, o, e]
    errors = [each for each in calculation if each.id.startswith("e.")]
    squares = [Power(each, TWO) for each in errors]
    return [*calculation, Quantity("loss", Symbol("L"), Sum(*squares))]


def test_a_recurrent_network_reads_as_back_propagation_through_time() -> None:
    calculation = network(["1", "-0.5", "2"], "0.5")
    found = list(
        walk_back(calculation, evaluate(calculation), calculation[-1], reaches=["W", "U", "b", "V"])
    )
    assert lines(found) == [
        "∂L/∂e₃ = 2 · e₃",
        "∂L/∂o₃ = −∂L/∂e₃",
        "∂L/∂h₃ = ∂L/∂o₃ · V",
        "∂L/∂a₃ = ∂L/∂h₃ · (1 − h₃²)",
        "∂L/∂e₂ = 2 · e₂",
        "∂L/∂o₂ = −∂L/∂e₂",
        "∂L/∂h₂ = ∂L/∂o₂ · V + ∂L/∂a₃ · W",
        "∂L/∂a₂ = ∂L/∂h₂ · (1 − h₂²)",
        "∂L/∂e₁ = 2 · e₁",
        "∂L/∂o₁ = −∂L/∂e₁",
        "∂L/∂h₁ = ∂L/∂o₁ · V + ∂L/∂a₂ · W",
        "∂L/∂a₁ = ∂L/∂h₁ · (1 − h₁²)",
        "∂L/∂V = ∂L/∂o₁ · h₁ + ∂L/∂o₂ · h₂ + ∂L/∂o₃ · h₃",
        "∂L/∂U = ∂L/∂a₁ · x₁ + ∂L/∂a₂ · x₂ + ∂L/∂a₃ · x₃",
        "∂L/∂W = ∂L/∂a₂ · h₁ + ∂L/∂a₃ · h₂",
        "∂L/∂b = ∂L/∂a₁ + ∂L/∂a₂ + ∂L/∂a₃",
    ]
    assert [each.id for each in found[-2].still] == ["a.1"]  # h₀ is 0


def test_the_gradients_of_a_network_are_those_of_finite_differences() -> None:
    calculation = network(["1", "-0.5", "2", "0.25"], "0.5")
    for id, slope in gradient(calculation).items():
        expected = finite_difference(calculation, calculation[-1], id)
        assert abs(slope - expected) < Decimal("1e-25")


def softmax(logits: Sequence[Quantity], *, hold: bool = True) -> tuple[Calculation, list[Quantity]]:
    largest = Quantity("max", Symbol("M"), Max(*logits), Role.CANCELS if hold else Role.STEP)
    exponentials = [
        Quantity(f"exp.{c}", Symbol("u", (c,)), Exp(Sum(logit, Negative(largest))))
        for c, logit in enumerate(logits, start=1)
    ]
    total = Quantity("exp_sum", Symbol("Z"), Sum(*exponentials))
    y_pred = [
        Quantity(f"y_pred.{c}", Symbol("y", (c,), hat=True), Quotient(exponential, total))
        for c, exponential in enumerate(exponentials, start=1)
    ]
    return [largest, *exponentials, total, *y_pred], y_pred


@given(
    st.lists(st.tuples(st.integers(-50, 50), st.integers(0, 9)), min_size=2, max_size=5).filter(
        lambda pairs: any(weight for _, weight in pairs)
    ),
    st.booleans(),
)
def test_softmax_and_cross_entropy_give_the_prediction_minus_the_truth(
    pairs: Sequence[tuple[int, int]], hold: bool
) -> None:
    """With the largest logit held, and also without: its derivative comes to 0."""
    whole = sum(weight for _, weight in pairs)
    truths = [WORKING.divide(Decimal(weight), Decimal(whole)) for _, weight in pairs]
    logits = [given_number(f"z.{c}", Decimal(z) / 10) for c, (z, _) in enumerate(pairs, start=1)]
    steps, y_pred = softmax(logits, hold=hold)
    terms = [Product(Constant(y), Log(guess)) for y, guess in zip(truths, y_pred, strict=True)]
    calculation = [*logits, *steps, Quantity("loss", Symbol("L"), Negative(Sum(*terms)))]
    values = evaluate(calculation)
    slopes = gradient(calculation, reaches=[each.id for each in logits])
    for logit, guess, y in zip(logits, y_pred, truths, strict=True):
        expected = WORKING.subtract(values[guess.id], y)
        assert WORKING.subtract(slopes[logit.id], expected).copy_abs() < Decimal("1e-40")


def test_softmax_reads_as_on_the_board() -> None:
    logits = [Quantity(f"z.{c}", Symbol("z", (c,)), Constant(c)) for c in (1, 2)]
    steps, y_pred = softmax(logits)
    calculation = [*logits, *steps, Quantity("loss", Symbol("L"), Negative(Log(y_pred[0])))]
    found = walk_back(
        calculation,
        evaluate(calculation),
        calculation[-1],
        reaches=[each.id for each in logits],
    )
    assert lines(list(found)) == [
        "∂L/∂ŷ₁ = −1 / ŷ₁",
        "∂L/∂Z = −∂L/∂ŷ₁ · (ŷ₁ / Z)",
        "∂L/∂u₂ = ∂L/∂Z",
        "∂L/∂u₁ = ∂L/∂Z + ∂L/∂ŷ₁ · (1 / Z)",
        "∂L/∂z₂ = ∂L/∂u₂ · u₂",
        "∂L/∂z₁ = ∂L/∂u₁ · u₁",
    ]


def test_derivatives_are_fractions_in_latex() -> None:
    a, b = given_number("a", 2), given_number("b", 3)
    calculation = [a, b, step(1, Quotient(a, b)), step(2, Log(Power(step(1, ONE), TWO)))]
    by_id: Mapping[str, Quantity] = {each.of.id: each.quantity for each in derivatives(calculation)}
    by_b = by_id["b"]
    assert LATEX.symbol(by_b.symbol) == r"\frac{\partial s_{2}}{\partial b}"
    assert (
        formula(by_b.definition, LATEX)
        == r"-\frac{\partial s_{2}}{\partial s_{1}} \cdot \frac{s_{1}}{b}"
    )
