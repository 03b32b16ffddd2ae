"""The Python functions, and how a solution shows itself."""

from __future__ import annotations

import doctest
import re
from importlib import import_module
from io import BytesIO, StringIO
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

import lossclass
from lossclass.problem.bundled import bundled_folder, bundled_problems
from problems import solved

HELLO = bundled_folder() / "hello_ctc.yaml"
HINGE = "loss: hinge\ny_true: [1, -1]\ny_pred: [0.25, 0.5]\n"


def test_a_path_a_string_a_text_stream_and_a_binary_stream_load_the_same_problem() -> None:
    text = HELLO.read_text(encoding="utf-8")
    problems = [
        lossclass.load(HELLO),
        lossclass.load(str(HELLO)),
        lossclass.load(StringIO(text)),
        lossclass.load(BytesIO(text.encode("utf-16"))),
    ]
    assert all(problem.inputs == problems[0].inputs for problem in problems)


def test_numpy_arrays_stand_for_lists() -> None:
    arrays = {"loss": "hinge", "y_true": np.array([1, -1]), "y_pred": np.array([0.25, 0.5])}
    assert lossclass.solve(arrays).answer.value == 0.75 + 1.5
    single = {"loss": "hinge", "y_true": np.int64(1), "y_pred": np.float32(0.25)}
    assert lossclass.solve(single).answer.value == 0.75


def test_numbers_from_python_are_labels_where_labels_are_meant() -> None:
    solution = lossclass.solve(
        {
            "loss": "ctc",
            "target": [1, 2],
            "blank": 0,
            "probabilities": {0: 0.2, 1: 0.5, 2: 0.3},
            "alignments": [[1, 0, 2], [1, 1, 2]],
        }
    )
    assert solution.step("probability").value == pytest.approx(0.5 * 0.2 * 0.3 + 0.5 * 0.5 * 0.3)


def test_a_missing_file_is_a_file_error_with_its_name() -> None:
    with pytest.raises(lossclass.FileError, match=r"nowhere\.yaml: No such file"):
        lossclass.load("nowhere.yaml")


def test_several_problems_in_a_file_are_for_load_all(tmp_path: Path) -> None:
    path = tmp_path / "two.yaml"
    path.write_text(f"{HINGE}---\n{HINGE}")
    assert len(lossclass.load_all(path)) == 2
    with pytest.raises(lossclass.InvalidProblem, match="2 problems"):
        lossclass.load(path)


def test_all_mistakes_come_at_once_with_their_paths() -> None:
    problem = {"loss": "hinge", "y_true": [1, 0], "y_pred": ["O.6"], "digit": 3}
    with pytest.raises(lossclass.InvalidProblem) as caught:
        lossclass.load(problem)
    assert {mistake.path for mistake in caught.value.mistakes} == {"y_true.2", "y_pred.1", "digit"}
    assert caught.value.exit_status == 3


def test_a_step_that_is_not_there_is_a_key_error_that_lists_the_steps() -> None:
    with pytest.raises(KeyError, match=r"margin\.1"):
        lossclass.solve(StringIO(HINGE)).step("margin.9")


def test_solve_options_are_validated_like_keys() -> None:
    with pytest.raises(lossclass.InvalidProblem, match=r"log_base: expected"):
        lossclass.solve(HELLO, log_base=3)
    with pytest.raises(lossclass.UsageError, match="no such option; did you mean 'digits'"):
        lossclass.solve(HELLO, digit=3)


def test_a_solution_shows_itself_on_a_rich_console_and_as_text() -> None:
    solution = lossclass.solve(HELLO)
    console = Console(width=80, file=StringIO(), color_system=None)
    with console.capture() as capture:
        console.print(solution)
    assert "L ≈ 6.180" in capture.get()
    assert "0.6 × 0.2 × 0.5 × 0.2 × 0.7 × 0.2 × 0.7 × 0.2 × 0.8" in str(solution)
    assert repr(solution) == (
        "<Solution of 'HELLO: CTC loss over three alignments': L = 6.180322620455642>"
    )


def test_a_notebook_shows_the_working_with_everything_from_files_escaped() -> None:
    problem = {
        "loss": "hinge",
        "title": "<script>alert(1)</script> [bold]x[/bold]",
        "y_true": [1],
        "y_pred": [0.5],
    }
    html = lossclass.solve(problem)._repr_html_()
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
    assert "[bold]x[/bold]" in html
    assert "max(0, 1 − 0.5)" in re.sub("<[^>]*>", "", html)


def test_terminal_escapes_in_a_mapping_are_refused() -> None:
    problem = {"loss": "hinge", "title": "\x1b[31mred", "y_true": [1], "y_pred": [0.5]}
    with pytest.raises(lossclass.InvalidProblem, match=r"U\+001B"):
        lossclass.load(problem)


def test_the_public_names_are_there_and_documented() -> None:
    for name in lossclass.__all__:
        assert (getattr(lossclass, name).__doc__ or "").strip(), name


def test_a_gradient_is_made_of_floats_in_the_shape_of_what_it_is_for() -> None:
    rows = {"loss": "mse", "y_true": [[1, 2], [3, 4]], "y_pred": [[0.5, 2], [3, 8]]}
    gradient = lossclass.solve(rows, gradient=True).gradient
    assert gradient["y_pred"] == [[2 * (0.5 - 1) / 4, 0], [0, 2 * (8 - 4) / 4]]
    assert all(type(each) is float for each in gradient["y_pred"][0])
    by_symbol = lossclass.solve(HELLO, gradient=True).gradient
    assert by_symbol is not None
    assert {type(each) for each in by_symbol["probabilities"].values()} == {float}


@pytest.mark.grid(12, name=bundled_problems(), options=[{}, {"gradient": True}])
def test_a_step_uses_steps_and_what_is_given(name: str, options: dict[str, bool]) -> None:
    steps = solved(name, **options).to_dict()["steps"]
    ids = {step["id"] for step in steps}
    for step in steps:
        uses = step["uses"]
        assert len(set(uses)) == len(uses)
        assert all(id in ids or id.startswith("given.") for id in uses)
        assert step["id"] not in uses


def test_what_has_no_step_is_replaced_by_what_it_is_worked_from() -> None:
    solution = solved("ab_ctc", gradient=True)
    steps = {step["id"]: step["uses"] for step in solution.to_dict()["steps"]}
    beta = lossclass.solve(HELLO.parent / "ab_ctc.yaml", gradient=True, backward=True)
    shown = {step["id"]: step["uses"] for step in beta.to_dict()["steps"]}
    through = [id for id in shown if any(each.startswith("beta.") for each in shown[id])]
    assert through
    for id in set(through) & set(steps):
        reached, waiting = set[str](), [*shown[id]]
        while waiting:
            each = waiting.pop()
            if each in steps or each.startswith("given."):
                reached.add(each)
            else:
                waiting += shown[each]
        assert set(steps[id]) == reached


PACKAGE = Path(lossclass.__file__).parent
#: Modules with examples in their docstrings.
WITH_EXAMPLES = [
    ".".join(["lossclass", *path.relative_to(PACKAGE).with_suffix("").parts])
    for path in sorted(PACKAGE.rglob("*.py"))
    if re.search(r"^ *>>> ", path.read_text(encoding="utf-8"), re.MULTILINE)
]


@pytest.mark.parametrize("name", WITH_EXAMPLES)
def test_the_examples_in_docstrings_are_so(name: str) -> None:
    found = doctest.testmod(import_module(name.removesuffix(".__init__")))
    assert found.attempted > 0
    assert found.failed == 0
