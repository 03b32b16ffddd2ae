"""Diagrams: networks unrolled in time, cells, and the graph of the steps."""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import tostring

import pytest
from drawings import Drawing
from hypothesis import given, settings
from hypothesis import strategies as st
from programs import run

import lossclass
from lossclass.arithmetic.notation import PLAIN
from lossclass.arithmetic.number import show
from lossclass.errors import UsageError
from lossclass.figures import Arrow, Box, Diagram
from lossclass.problem.bundled import bundled_problems
from lossclass.render import figure_lines
from lossclass.render.layers import layers
from lossclass.render.svg import MOST_BOXES, picture, plot, trellis_of, written
from problems import solved

NETWORKS = [name for name in bundled_problems() if name.startswith("rnn_")]
HOSTILE = ["<script>alert(1)</script>", '"&amp;', "]]> <!--"]
UNIT = {"inputs": [1, 2, 3], "U": 0.5, "W": 0.1, "V": 2, "b": 0.1, "initial_state": 0.25}


def network(loss: str = "mean_squared_error", **keys: Any) -> dict[str, Any]:
    rnn = UNIT | {"output": "identity"} | keys.pop("rnn", {})
    return {"loss": loss, "y_true": [1, 1.5, 2], "rnn": rnn, **keys}


def made(problem: dict[str, Any], **options: Any) -> lossclass.Solution:
    return lossclass.solve(lossclass.load(problem), **options)


def diagrams(solution: lossclass.Solution) -> dict[str, Diagram]:
    blocks = (block for section in solution.sections for block in section.blocks)
    return {block.id: block for block in blocks if isinstance(block, Diagram)}


@cache
def drawn(name: str, *, gradient: bool) -> list[tuple[lossclass.Solution, Drawing]]:
    """The figures of a network's solution."""
    solution = solved(name, gradient=gradient)
    return [(solution, Drawing(written(d, solution))) for d in diagrams(solution).values()]


every = pytest.mark.parametrize("gradient", [False, True])
of_networks = pytest.mark.parametrize("name", NETWORKS)


# --- what every diagram keeps ---


@pytest.mark.some(6)
@every
@of_networks
def test_every_number_is_the_solutions(name: str, gradient: bool) -> None:
    for solution, drawing in drawn(name, gradient=gradient):
        shown = {line for each in solution.calculation for line in lines_of(each, solution)}
        boxes = [line for box in drawing.boxes for line in drawing.lines_in(box)]
        numbers = [line for line in boxes if " = " in line or " ≈ " in line]
        assert len(numbers) > 4
        assert shown >= set(numbers)


def lines_of(quantity: Any, solution: lossclass.Solution) -> list[str]:
    number = show(solution.values[quantity.id], solution.digits)
    sign = "=" if number.exact else "≈"
    return [f"{PLAIN.symbol(quantity.symbol)} {sign} {PLAIN.number(number.value)}"]


@pytest.mark.some(6)
@every
@of_networks
def test_nothing_hides_anything(name: str, gradient: bool) -> None:
    for _, drawing in drawn(name, gradient=gradient):
        assert [*drawing.faults()] == []


@pytest.mark.some(5)
@every
@of_networks
def test_words_say_the_same_numbers(name: str, gradient: bool) -> None:
    for _, drawing in drawn(name, gradient=gradient):
        for box in drawing.boxes:
            for line in drawing.lines_in(box):
                if " = " in line or " ≈ " in line:
                    assert line in drawing.description
        assert len(drawing.arrows) == len([*drawing.ends()]) > 2


@pytest.mark.some(9)
@every
@of_networks
def test_on_a_phone_it_says_the_same_and_is_read_without_moving_it(
    name: str, gradient: bool
) -> None:
    for solution, wide in drawn(name, gradient=gradient):
        (diagram,) = (
            d for d in diagrams(solution).values() if wide.description.startswith(d.title)
        )
        root = picture(diagram, solution, upright=True)
        upright = Drawing(tostring(root, encoding="unicode"))
        assert upright.width * 0.72 <= 360
        assert [*upright.faults()] == []
        said, same = (
            [" ".join(drawing.lines_in(box)) for box in drawing.boxes]
            for drawing in (wide, upright)
        )
        assert same == said
        arrows = [
            [tuple(drawing.boxes.index(box) for box in ends) for ends in drawing.ends()]
            for drawing in (wide, upright)
        ]
        assert arrows[0] == arrows[1]


def test_labels_of_a_file_are_only_text() -> None:
    rnn = UNIT | {"V": [[0], [1], [-1], [2]], "output": "softmax"}
    labels = [*HOSTILE, "_"]
    problem = {"loss": "ctc", "target": labels[:2], "blank": "_", "labels": labels, "rnn": rnn}
    solution = made(problem)
    text = written(diagrams(solution)["unrolled"], solution)
    assert "<script" not in text
    assert all(any(label in line for line, _ in Drawing(text).texts) for label in HOSTILE)
    assert all(label in Drawing(text).description for label in HOSTILE)


# --- the network unrolled ---


def boxes_by_name(name: str, solution: lossclass.Solution) -> dict[str, list[str]]:
    """What stands in each box, under what it is called."""
    diagram = diagrams(solution)[name]
    return {
        box.name: [each if isinstance(each, str) else each.id for each in box.lines]
        for box in diagram.boxes
    }


def arrows_by_name(name: str, solution: lossclass.Solution) -> set[tuple[str, str, str]]:
    diagram = diagrams(solution)[name]
    names = {box.id: box.name for box in diagram.boxes}
    return {
        (names[a.start], names[a.end], a.label if isinstance(a.label, str) else a.label.id)
        for a in diagram.arrows
    }


def test_one_unit_unrolled() -> None:
    solution = made(network(), gradient=True)
    boxes = boxes_by_name("unrolled", solution)
    assert boxes["state before"] == ["given.rnn.initial_state.1"]
    assert boxes["input at time step 2"] == ["given.rnn.x.2.1"]
    assert boxes["state at time step 2"] == [
        "preactivation.2.1",
        "hidden.2.1",
        "gradient.hidden.2.1",
        "gradient.preactivation.2.1",
    ]
    assert boxes["output at time step 3"] == ["y_pred.3", "gradient.y_pred.3"]
    assert boxes["loss at time step 1"] == ["squared_error.1"]
    assert boxes["L"] == ["loss"]
    weights = {f"given.rnn.{letter}.1.1" for letter in "UWV"}
    arrows = arrows_by_name("unrolled", solution)
    assert {label for _, _, label in arrows} == weights | {""}
    assert ("state before", "state at time step 1", "given.rnn.W.1.1") in arrows
    assert ("state at time step 2", "state at time step 3", "given.rnn.W.1.1") in arrows
    assert ("loss at time step 3", "L", "") in arrows
    assert diagrams(solution)["unrolled"].notes == ("Biases: b = 0.1.",)


def test_without_a_gradient_there_is_no_way_back() -> None:
    solution = made(network())
    assert not any(
        "gradient" in id for ids in boxes_by_name("unrolled", solution).values() for id in ids
    )
    assert diagrams(solution)["unrolled"].title == "The network unrolled in time"
    assert diagrams(made(network(), gradient=True))["unrolled"].title.endswith("the way back")


def test_weighted_losses_are_the_losses_of_their_steps() -> None:
    boxes = boxes_by_name("unrolled", made(network(weights=[1, 2, 3])))
    assert boxes["loss at time step 2"] == ["weighted.2"]


def test_of_several_answers_each_stands_over_its_step() -> None:
    boxes = boxes_by_name("unrolled", made(network(reduction="none")))
    assert boxes["loss at time step 2"] == ["loss.2"]
    assert "L" not in boxes


def test_where_no_loss_is_of_one_step_all_outputs_lead_to_the_loss() -> None:
    arrows = arrows_by_name("unrolled", solved("rnn_ctc"))
    assert {(f"output at time step {t}", "L", "") for t in (1, 2, 3)} <= arrows
    (to_loss,) = (
        arrow for arrow in arrows_by_name("unrolled", solved("rnn_gru")) if arrow[1] == "L"
    )
    assert to_loss[0] == "output at time step 2"


@pytest.mark.parametrize(
    "rnn",
    [
        {"inputs": [1] * 9},
        {
            "U": [[1] * 4] * 4, "W": [[0.1] * 4] * 4, "V": [[1] * 4], "b": [0] * 4,
            "inputs": [[1] * 4] * 3, "initial_state": [0] * 4,
        },
    ],
)  # fmt: skip
def test_a_large_network_is_not_drawn(rnn: dict[str, Any]) -> None:
    assert not diagrams(made(network(rnn=rnn, y_true=[1] * len(rnn["inputs"]))))


# --- a cell ---


def test_the_cell_of_a_gru() -> None:
    solution = solved("rnn_gru", gradient=True)
    assert boxes_by_name("cell", solution)["reset gate"] == [
        "reset gate",
        "reset_preactivation.2.1",
        "reset.2.1",
        "gradient.reset.2.1",
        "gradient.reset_preactivation.2.1",
    ]
    arrows = {(start, end) for start, end, _ in arrows_by_name("cell", solution)}
    gates = {"reset gate", "update gate", "what the reset gate acts on"}
    assert {end for start, end in arrows if start == "hidden state before"} == {
        "hidden state",
        "reset gate",
        "update gate",
        "what the reset gate acts on",
    }
    assert {start for start, end in arrows if end == "candidate"} == {
        "input",
        *(gates - {"update gate"}),
    }
    assert {start for start, end in arrows if end == "hidden state"} == {
        "candidate",
        "update gate",
        "hidden state before",
    }


def test_the_cell_of_an_lstm() -> None:
    arrows = {(start, end) for start, end, _ in arrows_by_name("cell", solved("rnn_lstm"))}
    gates = {"input gate", "forget gate", "cell candidate"}
    assert {start for start, end in arrows if end == "cell state"} == gates | {"cell state before"}
    assert {start for start, end in arrows if end == "hidden state"} == {
        "output gate",
        "cell state",
    }


# --- the graph of the steps ---

SMALL = [
    "hinge_sequence",
    "sentiment_example",
    "regression_series",
    "huber_outlier",
    "rnn_regression_series",
    "rnn_gru",
    "rnn_sentiment",
    "weather_divergence",
]


@pytest.mark.some(2)
@pytest.mark.grid(6, name=SMALL, gradient=[False, True])
def test_the_boxes_are_the_steps_and_the_arrows_their_operands(name: str, gradient: bool) -> None:
    solution = solved(name, gradient=gradient)
    drawing = Drawing(plot(solution))
    calculation = solution.calculation
    by_line = {
        line: each.id
        for each in reversed(calculation.quantities)
        if not each.id.startswith(("gradient.", "updated.", "descent."))
        for line in lines_of(each, solution)
    }
    ids = {id(box): by_line[drawing.lines_in(box)[0]] for box in drawing.boxes}
    assert len(set(ids.values())) == len(drawing.boxes)
    steps = {each["id"]: each["uses"] for each in solution.to_dict()["steps"]}
    found = {(ids[id(start)], ids[id(end)]) for start, end in drawing.ends()}
    assert found == {
        (used, step) for step, uses in steps.items() if step in ids.values() for used in uses
    }
    assert {*solution.answer_ids} <= {*ids.values()}
    assert [*drawing.faults()] == []


def test_the_graph_has_the_derivatives_that_were_worked_out() -> None:
    solution = made(network(), gradient=True)
    drawing = Drawing(plot(solution))
    lines = {line for box in drawing.boxes for line in drawing.lines_in(box)}
    for id in ("gradient.rnn.W.1.1", "gradient.hidden.2.1", "gradient.sum"):
        assert {*lines_of(solution.calculation.by_id[id], solution)} <= lines
    plain = Drawing(plot(made(network())))
    assert not any("∂" in text for text, _ in plain.texts)


def test_a_graph_of_too_many_steps_is_left_out_and_told_with_its_size(tmp_path: Path) -> None:
    problem, to = tmp_path / "many.yaml", tmp_path / "graph.svg"
    problem.write_text(f"loss: mse\ny_true: {[1] * 40}\ny_pred: {[2] * 40}\n", encoding="utf-8")
    with pytest.raises(UsageError, match=f"it has 162 boxes.* at most {MOST_BOXES}"):
        plot(lossclass.solve(lossclass.load(problem)))
    ended = run("solve", str(problem), "--plot", str(to), "--detail", "answer")
    assert ended.returncode == 2
    assert f"{to}: no picture is written: the graph of the steps is too large" in ended.stderr
    assert ended.stdout == "L = 1\n"  # which comes all the same
    assert not to.exists()


def test_the_graph_is_written_as_svg_and_nothing_else(tmp_path: Path) -> None:
    to = tmp_path / "graph.svg"
    assert run("solve", "hinge_sequence", "--plot", str(to)).returncode == 0
    assert Drawing(to.read_text(encoding="utf-8")).boxes
    ended = run("solve", "hinge_sequence", "--plot", str(tmp_path / "graph.png"))
    assert ended.returncode == 2
    assert "the picture is an SVG, so its name ends in .svg" in " ".join(ended.stderr.split())
    assert [each.name for each in tmp_path.iterdir()] == ["graph.svg"]


def test_of_a_problem_with_a_trellis_that_is_plotted() -> None:
    solution = solved("ab_ctc")
    trellis = trellis_of(solution)
    assert trellis is not None
    assert plot(solution) == written(trellis, solution)


# --- layers ---


@st.composite
def graphs(draw: st.DrawFn) -> tuple[list[Box], list[Arrow]]:
    count = draw(st.integers(2, 12))
    boxes = [Box(str(n), str(n), (str(n),)) for n in range(count)]
    pairs = st.integers(0, count - 1), st.integers(0, count - 1)
    ends = draw(st.sets(st.tuples(*pairs).filter(lambda pair: pair[0] < pair[1])))
    return boxes, [Arrow(str(start), str(end)) for start, end in sorted(ends)]


@given(graphs())
@settings(deadline=None)
def test_arrows_lead_to_the_right_and_boxes_stand_apart(
    graph: tuple[list[Box], list[Arrow]],
) -> None:
    boxes, arrows = graph
    places, passed = layers(boxes, arrows)
    for arrow in arrows:
        column, to_column = places[arrow.start][0], places[arrow.end][0]
        assert [column for column, _ in passed[arrow]] == [*range(int(column) + 1, int(to_column))]
        assert column < to_column
    rows: dict[float, list[tuple[float, float]]] = {}
    for column, row in places.values():
        rows.setdefault(column, []).append((row, 0.5))
    for way in passed.values():
        for column, row in way:
            rows.setdefault(column, []).append((row, 0))
    for standing in rows.values():
        for (row, size), (below, other) in zip(
            sorted(standing), sorted(standing)[1:], strict=False
        ):
            assert below - row >= max(size + other, 0.5) - 1e-9
    assert min(row for standing in rows.values() for row, _ in standing) == 0


# --- lines of letters ---


def test_one_unit_in_lines() -> None:
    solution = made(network())
    picture, notes = figure_lines.draw(diagrams(solution)["unrolled"], solution, 80)
    assert picture.plain.splitlines() == [
        "                    ℓ₁ ≈ 0.01192           ℓ₂ ≈ 0.01935           ℓ₃ ≈ 0.01789",
        "                     ↑                      ↑                      ↑",
        "                    ŷ₁ ≈ 1.109             ŷ₂ ≈ 1.639             ŷ₃ ≈ 1.866",
        "                     ↑ V = 2                ↑ V = 2                ↑ V = 2",
        "           W = 0.1  a₁ = 0.625    W = 0.1  a₂ ≈ 1.155    W = 0.1  a₃ ≈ 1.682",
        "h₀ = 0.25 ────────→ h₁ ≈ 0.5546  ────────→ h₂ ≈ 0.8196  ────────→ h₃ ≈ 0.9331",
        "                     ↑ U = 0.5              ↑ U = 0.5              ↑ U = 0.5",
        "                    x₁ = 1                 x₂ = 2                 x₃ = 3",
    ]
    assert notes == ["Biases: b = 0.1."]


def test_what_lines_cannot_draw_is_left_out_without_a_word() -> None:
    solution = solved("rnn_gru")
    found = diagrams(solution)
    assert not figure_lines.draw(found["cell"], solution, 80)[0]
    assert figure_lines.draw(found["cell"], solution, 80)[1] == []
    narrow, notes = figure_lines.draw(found["unrolled"], solution, 20)
    assert (narrow.plain, notes) == ("", [])


def test_numbers_in_lines_are_those_of_the_drawing() -> None:
    solution = solved("rnn_sentiment", gradient=True)
    unrolled = diagrams(solution)["unrolled"]
    text = figure_lines.draw(unrolled, solution, 100)[0].plain
    drawing = Drawing(written(unrolled, solution))
    assert all(line in text for box in drawing.boxes for line in drawing.lines_in(box))
    assert Decimal(solution.answer.value).is_finite()
