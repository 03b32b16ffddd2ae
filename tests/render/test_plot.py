"""Plots: where a problem stands on the curve of its loss, and the loss by steps of learning."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from drawings import Drawing

import lossclass
from lossclass.arithmetic.expression import Quantity
from lossclass.arithmetic.notation import PLAIN
from lossclass.arithmetic.number import show
from lossclass.figures import Diagram, Plot
from lossclass.losses.shapes.formulas import AT_A_KINK
from lossclass.problem.bundled import bundled_problems
from lossclass.render import View, figure_lines, paper_console, worksheet_renderer
from lossclass.render.notebook import render as notebook
from lossclass.render.svg import written
from lossclass.worksheets.composing import worksheet
from problems import solved

PAIR = {"y_true": [3, 5, 2.5], "y_pred": [2.5, 5, 4]}
SIGNS = {"y_true": [1, -1, 1], "y_pred": [0.8, -0.5, 3]}
CERTAIN = {"y_true": [1, 0, 1], "y_pred": [0.9, 0.2, 0.05]}
CLASSES = {"y_true": [[1, 0], [0, 1]], "y_pred": [[0.7, 0.3], [0.6, 0.4]]}
NETWORK = {"inputs": [1, 2], "U": 0.5, "W": 0.1, "V": 2, "output": "identity"}

#: Problems, where their observations stand, and what that costs, by a definition in plain doubles.
ON_CURVES: list[tuple[str, dict[str, Any], list[float], Callable[[float], set[float]]]] = [
    ("mean_squared_error", PAIR, [0.5, 0, -1.5], lambda e: {e**2}),
    ("mean_absolute_error", PAIR, [0.5, 0, -1.5], lambda e: {abs(e)}),
    (
        "huber",
        PAIR | {"delta": 0.75},
        [0.5, 0, -1.5],
        lambda e: {e**2 / 2 if abs(e) <= 0.75 else 0.75 * (abs(e) - 0.375)},
    ),
    ("hinge", SIGNS, [0.8, 0.5, 3], lambda m: {max(0, 1 - m)}),
    (
        "hinge",
        SIGNS | {"margin": 2, "squared": True},
        [0.8, 0.5, 3],
        lambda m: {max(0, 2 - m) ** 2},
    ),
    ("sequence_hinge", SIGNS, [0.8, 0.5, 3], lambda m: {max(0, 1 - m)}),
    (
        "binary_cross_entropy",
        CERTAIN,
        [0.9, 0.2, 0.05],
        lambda p: {-math.log(p), -math.log(1 - p)},
    ),
    (
        "binary_cross_entropy",
        CERTAIN | {"log_base": 2, "weights": [1, 2, 3]},
        [0.9, 0.2, 0.05],
        lambda p: {-math.log2(p), -math.log2(1 - p)},
    ),
    ("categorical_cross_entropy", CLASSES, [0.7, 0.4], lambda p: {-math.log(p)}),
    (
        "categorical_cross_entropy",
        CLASSES | {"log_base": 10},
        [0.7, 0.4],
        lambda p: {-math.log10(p)},
    ),
]
on_curves = pytest.mark.parametrize(("loss", "problem", "across", "cost"), ON_CURVES)


def made(loss: str, problem: dict[str, Any], **options: Any) -> lossclass.Solution:
    return lossclass.solve(lossclass.load({"loss": loss, **problem}), **options)


def number(text: str) -> float:
    """A number as it is written at an axis."""
    return float(text.replace("−", "-"))


def plots(solution: lossclass.Solution) -> dict[str, Plot]:
    blocks = (block for section in solution.sections for block in section.blocks)
    return {block.id: block for block in blocks if isinstance(block, Plot)}


def drawn(loss: str, problem: dict[str, Any]) -> Drawing:
    solution = made(loss, problem)
    return Drawing(written(plots(solution)["curve"], solution))


def scales(drawing: Drawing) -> tuple[Callable[[float], float], Callable[[float], float]]:
    """From pixels to numbers, across and up, by what stands at the axes."""
    axis = drawing.curves[0]
    ticks = [line for line in drawing.curves if math.dist(line[0], line[-1]) == pytest.approx(4)]
    up, across = [], []
    for (x, y), _ in ticks:
        if x < axis[0][0]:
            texts = [(t, (a.top + a.bottom) / 2) for t, a in drawing.texts if a.right < x]
            text, _ = min(texts, key=lambda each: abs(each[1] - y))
            up.append((y, number(text)))
        else:
            texts = [(t, (a.left + a.right) / 2) for t, a in drawing.texts if a.top > y]
            text, middle = min(texts, key=lambda each: abs(each[1] - x))
            if abs(middle - x) < 2:
                across.append((x, number(text)))
    return _line(across), _line(up)


def _line(pairs: list[tuple[float, float]]) -> Callable[[float], float]:
    (at, number), (to, other) = min(pairs), max(pairs)
    return lambda place: number + (place - at) * (other - number) / (to - at)


# --- curves of losses ---


@on_curves
def test_every_point_stands_at_its_number_on_the_curve(
    loss: str, problem: dict[str, Any], across: list[float], cost: Callable[[float], set[float]]
) -> None:
    solution = made(loss, problem)
    drawing = Drawing(written(plots(solution)["curve"], solution))
    to_x, to_y = scales(drawing)
    assert len(drawing.circles) == len(across)
    pixel = abs(to_y(0) - to_y(1))
    for (_, x, y), number in zip(drawing.circles, across, strict=True):
        assert to_x(x) == pytest.approx(number, abs=abs(to_x(1) - to_x(0)))
        assert any(to_y(y) == pytest.approx(each, abs=1.5 * pixel) for each in cost(number))
        # and the curve passes there
        assert min(_apart(line, (x, y)) for line in drawing.curves[1:] if len(line) > 2) < 1.5


def _apart(line: list[tuple[float, float]], spot: tuple[float, float]) -> float:
    """How far a spot is from a line, looked at in twenty places between two of its points."""
    found = math.inf
    for (x, y), (to_x, to_y) in pairwise(line):
        for n in range(21):
            at = (x + (to_x - x) * n / 20, y + (to_y - y) * n / 20)
            found = min(found, math.dist(at, spot))
    return found


@on_curves
def test_words_say_the_numbers_of_the_points(
    loss: str, problem: dict[str, Any], across: list[float], cost: Callable[[float], set[float]]
) -> None:
    solution = made(loss, problem)
    plot = plots(solution)["curve"]
    drawing = Drawing(written(plot, solution))
    for point, (title, _, _), number in zip(plot.points, drawing.circles, across, strict=True):
        said = []
        for each in (point.across, point.up):
            assert isinstance(each, Quantity)
            shown = show(solution.values[each.id], solution.digits)
            sign = "=" if shown.exact else "≈"
            said.append(f"{PLAIN.symbol(each.symbol)} {sign} {PLAIN.number(shown.value)}")
        assert title == f"{point.name}: {', '.join(said)}"
        assert title in drawing.description
        assert isinstance(point.across, Quantity)
        assert math.isclose(solution.values[point.across.id], number)
        assert any(math.isclose(solution.values[point.up.id], each) for each in cost(number))


@pytest.mark.parametrize(("loss", "problem"), [each[:2] for each in ON_CURVES])
def test_no_text_hides_another(loss: str, problem: dict[str, Any]) -> None:
    assert [*drawn(loss, problem).faults()] == []


def test_points_in_one_place_have_one_text() -> None:
    drawing = drawn("mse", {"y_true": [1, 2, 3], "y_pred": [1, 2, 5]})
    assert {text for text, _ in drawing.texts} >= {"1, 2", "3"}


def test_many_points_close_by_are_drawn_without_texts_over_each_other() -> None:
    many = {"y_true": [1] * 30, "y_pred": [1 + n / 100 for n in range(30)]}
    drawing = drawn("mse", many)
    assert len(drawing.circles) == 30
    assert [*drawing.faults()] == []


def test_what_is_infinite_is_said_and_not_drawn() -> None:
    drawing = drawn("bce", {"y_true": [1, 0], "y_pred": [0, 0.5]})
    assert len(drawing.circles) == 1
    assert "Infinite, and so not drawn: 1" in {text for text, _ in drawing.texts}
    assert "1: ŷ₁ = 0, ℓ₁ = ∞." in drawing.description


def test_curves_are_told_from_each_other_without_colour() -> None:
    text = written(plots(made("bce", CERTAIN))["curve"], made("bce", CERTAIN))
    drawing = Drawing(text)
    dashes = {
        group.get("stroke-dasharray")
        for group in drawing.root.iter("{http://www.w3.org/2000/svg}g")
        if group.get("class") == "best"
    }
    assert len(dashes) == 2
    assert "where y is 1: ℓ = −ln(ŷ)" in {line for line, _ in drawing.texts}


@pytest.mark.parametrize(
    ("loss", "problem"),
    [
        ("bce", CERTAIN | {"y_true": [0.5, 0, 1]}),
        ("bce", CERTAIN | {"label_smoothing": 0.1}),
        ("bce", CERTAIN | {"pos_weight": 2}),
        ("bce", {"y_true": [1, 0], "log_probs": [-1, -2]}),
        ("cce", {"y_true": [[0.5, 0.5]], "y_pred": [[0.7, 0.3]]}),
        ("cce", CLASSES | {"label_smoothing": 0.1}),
        ("cce", CLASSES | {"class_weights": [1, 2]}),
        ("cce", {"y_true": [0], "log_probs": [[-1, -2]]}),
        ("mse", {"y_true": [1] * 41, "y_pred": [2] * 41}),
    ],
)
def test_what_is_no_function_of_one_number_has_no_curve(loss: str, problem: dict[str, Any]) -> None:
    assert not plots(made(loss, problem))


def test_a_mask_leaves_points_out() -> None:
    (plot,) = plots(made("mse", PAIR | {"mask": [1, 0, 1]})).values()
    assert [point.name for point in plot.points] == ["1", "3"]


def test_behind_a_network_points_are_not_taken_for_the_kink() -> None:
    """The numbers are the steps', of 50 digits, not those of NumPy that are moved to a kink."""
    solution = made("mae", {"y_true": [1, 1], "rnn": NETWORK})
    for point in plots(solution)["curve"].points:
        assert isinstance(point.across, Quantity)
        assert abs(solution.values[point.across.id]) > AT_A_KINK


# --- learning ---


def test_the_loss_by_steps_of_learning() -> None:
    train = {"learning_rate": 0.1, "steps": 7}
    solution = made("mse", {"y_true": [1, 1.5], "rnn": NETWORK, "train": train})
    plot = plots(solution)["learning"]
    drawing = Drawing(written(plot, solution))
    (table,) = (table for table in solution.tables if table.id == "descent")
    losses = [row[-1] for row in table.rows]
    assert [point.up for point in plot.points] == losses
    assert [point.across for point in plot.points] == [*range(8)]
    to_x, to_y = scales(drawing)
    for n, (point, (_, x, y)) in enumerate(zip(plot.points, drawing.circles, strict=True)):
        assert to_x(x) == pytest.approx(n, abs=0.05)
        assert to_y(y) == pytest.approx(float(solution.values[point.up.id]), rel=0.05)
    assert [*drawing.faults()] == []
    assert "After step 7: L ≈ " in drawing.description


def test_one_step_of_learning_is_no_curve() -> None:
    assert "learning" not in plots(solved("rnn_regression_series"))


# --- where figures are ---


@pytest.mark.parametrize("name", ["hinge_sequence", "rnn_regression_series", "rnn_gru"])
def test_worksheets_have_no_pictures(name: str) -> None:
    sheet = worksheet(solved(name, gradient=True))
    for format in ("html", "ipynb", "markdown", "terminal"):
        draw, _ = worksheet_renderer(format)
        text = "".join(draw([sheet], paper_console()))
        assert not any(sign in text for sign in ("<svg", "image/svg", "unrolled", " ↑ "))


@pytest.mark.parametrize("name", [name for name in bundled_problems() if "ctc" not in name])
@pytest.mark.some(8)
def test_notebooks_hold_every_picture(name: str) -> None:
    solution = solved(name)
    text = "".join(notebook([solution], View(paper_console())))
    blocks = [block for section in solution.sections for block in section.blocks]
    figures = [
        block
        for block in blocks
        if isinstance(block, Diagram | Plot) and not getattr(block, "only_in_full", False)
    ]
    assert text.count("data:image/svg+xml;base64,") == len(figures)


def test_plots_are_not_drawn_by_lines_of_letters() -> None:
    solution = made("mse", PAIR)
    picture, notes = figure_lines.draw(plots(solution)["curve"], solution, 200)
    assert (picture.plain, notes) == ("", [])
    assert "On the curve" not in str(solution)
