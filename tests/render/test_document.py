"""What the one way over a solution writes, whatever the format: headings, remarks, the main results."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import pytest
from documents import view

import lossclass
from lossclass.arithmetic.notation import PLAIN
from lossclass.blocks import GOOD_NEWS, REMARKS, Step
from lossclass.errors import LossclassError
from lossclass.render import Detail, html, latex, markdown, renderer, typst
from lossclass.render.first_page import main_results
from lossclass.render.wrapping import folded, wrapped
from lossclass.worksheets.composing import worksheet
from problems import NAMES, case, solved


def _solution(name: str) -> lossclass.Solution:
    for options in ({"gradient": True, "updated_loss": True}, {"gradient": True}):
        try:
            return case(name, **options)
        except LossclassError:
            continue
    return case(name)


@pytest.mark.some(6)
@pytest.mark.parametrize("name", NAMES)
def test_a_heading_has_one_colon_at_most(name: str) -> None:
    titles = [section.title for section in _solution(name).sections]
    assert [title for title in titles if title.count(":") > 1] == []


def test_a_title_behind_another_has_its_comma_and_no_capital() -> None:
    titles = [section.title for section in case("multi_task", gradient=True).sections]
    assert "Backwards: mood, the hinge of each observation" in titles
    titles = [section.title for section in case("distillation", gradient=True).sections]
    assert "Backwards: the predictions, softmax of the logits" in titles


def test_the_name_of_a_part_stays_as_it_is() -> None:
    terms = [
        {"name": name, "problem": {"loss": "hinge", "y_true": [1], "y_pred": [0.5]}}
        for name in ("Mood", "rating")
    ]
    solution = lossclass.solve({"loss": "custom", "terms": terms}, gradient=True)
    titles = [section.title for section in solution.sections]
    assert "Backwards: Mood, the hinge of each observation" in titles


@pytest.mark.parametrize("format", ["terminal", "markdown", "latex", "html"])
def test_what_a_heading_says_its_step_does_not_say_again(format: str) -> None:
    solution = case("hinge_sequence")
    (section,) = (each for each in solution.sections if each.title == "The loss")
    assert "The loss" in [each.title for each in section.blocks if isinstance(each, Step)]
    text = "".join(renderer(format)([solution], view()))
    assert text.count("The loss<") + text.count("The loss ─") + text.count("The loss}") + (
        text.count("## The loss\n")
    ) == (2 if format == "html" else 1)  # the page has a table of contents


# --- good news ---


def test_good_news_are_remarks() -> None:
    assert REMARKS.keys() > GOOD_NEWS


@pytest.mark.parametrize(
    ("format", "good", "warning"),
    [
        ("terminal", "  ✓ All published", "  ! With the sum"),
        ("markdown", "> ✓ All published", "> With the sum"),
        ("html", '"mark right"><span class="flag">✓</span>All published', '"flag">!</span>With'),
        ("latex", r"$\checkmark$ All published", r"\itshape With the sum"),
    ],
)
def test_good_news_has_another_mark_than_a_warning(format: str, good: str, warning: str) -> None:
    text = "".join(renderer(format)([case("hinge_sequence")], view()))
    assert good in text
    assert warning in text


def test_good_news_in_typst() -> None:
    text = "".join(typst.render([case("hinge_sequence")], view()))
    assert '#good-news("All published numbers are right.")' in text


# --- texts in lines, and what stands on a board alone ---


@pytest.mark.parametrize(
    ("text", "room", "lines"),
    [
        ("backwards: G = r + γ · H.", 16, ["backwards:", "G = r + γ · H."]),
        ("where it is n = 3", 14, ["where it is", "n = 3"]),
        (
            "it is aaaaaaaa = bbbbbbbb + cccccccc · dddddddd",
            42,
            ["it is aaaaaaaa = bbbbbbbb", "+ cccccccc · dddddddd"],
        ),
    ],
)
def test_no_line_of_a_text_ends_with_a_sign(text: str, room: int, lines: list[str]) -> None:
    assert wrapped(text, room) == lines


@pytest.mark.parametrize(
    ("text", "room", "lines"),
    [
        ("a · ln(b / c) + d · ln(e / f)", 20, ["a · ln(b / c)", "+ d · ln(e / f)"]),
        ("(a + b) · c − d · (e + f)", 14, ["(a + b) · c", "− d · (e + f)"]),
        ("aaaa · bbbb · cccc + d", 12, ["aaaa · bbbb", "· cccc + d"]),
        ("a + b + c", 20, ["a + b + c"]),
    ],
)
def test_a_line_is_broken_between_terms_before_it_is_inside_of_one(
    text: str, room: int, lines: list[str]
) -> None:
    assert folded(text, room) == lines


def test_what_full_detail_has_is_promised_on_the_board_alone() -> None:
    promised = "--detail full works them all"
    board, full = (
        "".join(markdown.render([case("bee_ctc")], view(detail)))
        for detail in (Detail.BOARD, Detail.FULL)
    )
    assert promised in board
    assert promised not in full


@pytest.mark.parametrize("name", ["bee_ctc", "coins_hmm", "hello_seven_steps_ctc"])
@pytest.mark.parametrize("paper", [latex, typst])
def test_paper_tells_nobody_of_options(name: str, paper: ModuleType) -> None:
    assert "--detail full" in "".join(markdown.render([case(name)], view(Detail.BOARD)))
    text = "".join(paper.render([case(name)], view(Detail.BOARD)))
    assert "detail full" not in text


# --- the main results ---


def _main(name: str, **options: Any) -> list[str]:
    return [PLAIN.symbol(step.quantity.symbol) for step in main_results(case(name, **options))]


@pytest.mark.parametrize(
    ("name", "gradient", "symbols"),
    [
        ("hinge_sequence", False, ["ℓ₁", "ℓ₂", "ℓ₃"]),
        ("hinge_sequence", True, ["ℓ₁", "ℓ₂", "ℓ₃", "∂L/∂ŷ₁", "∂L/∂ŷ₂", "∂L/∂ŷ₃"]),
        ("root_mean_square_speed", False, ["ℓ₁", "ℓ₂", "ℓ₃", "ℓ₄"]),
        ("multi_task", False, ["v_rating", "v_mood"]),
        ("ab_ctc", False, ["p(l|x)"]),
        ("rnn_lstm", False, []),
        ("rnn_sentiment", False, ["ŷ₁"]),
        ("rnn_regression_series", True, ["ℓ₁", "ℓ₂", "ℓ₃", "∂L/∂U", "∂L/∂W", "∂L/∂V"]),
        ("hinge_each", False, []),
    ],
)
def test_main_results(name: str, gradient: bool, symbols: list[str]) -> None:
    assert _main(name, gradient=gradient) == symbols


def test_too_many_results_are_none() -> None:
    many = {"loss": "mean_squared_error", "y_true": [1] * 14, "y_pred": [0.5] * 14}
    assert main_results(lossclass.solve(many)) == []


def test_main_results_stand_beside_the_answer_and_on_no_worksheet() -> None:
    solution = solved("hinge_sequence")
    for format in (html, latex, typst):
        text = "".join(format.render([solution], view()))
        assert text.index("Given") > text.index("The main results") > text.index("0.4667")
        sheet = "".join(format.render_worksheet([worksheet(solution)]))
        assert "The main results" not in sheet
    assert "The main results" not in "".join(markdown.render([solution], view()))
