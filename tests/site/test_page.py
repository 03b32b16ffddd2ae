"""What the page asks, answered in this Python: the same JSON as in a browser's."""

from __future__ import annotations

import base64
import io
import json
from html.parser import HTMLParser
from typing import Any

import pytest
from documents import HOSTILE

from lossclass.problem.bundled import bundled_problems, bundled_quizzes
from lossclass.site.page import Page, body_of, page_of

PROBLEMS = {name: path.read_text("utf-8") for name, path in bundled_problems().items()}
QUIZZES = {name: path.read_text("utf-8") for name, path in bundled_quizzes().items()}
PAGE = Page(PROBLEMS, QUIZZES)
CHOOSE = """
quiz: Choose
questions:
  - choose: Which is even?
    options: [one, two, three, four]
    answer: [two, four]
    why: Two and four can be halved.
  - fill: "___ and ___"
    accept: [[this], [that]]
"""
#: What marks are made of, beside formulas.
TAGS = {
    *("article", "b", "div", "h1", "h2", "p", "span"),
    *("math", "mrow", "mi", "mn", "mo", "msub", "mfrac", "mtext", "wbr"),
}


def ask(do: str, page: Page = PAGE, **asked: Any) -> dict[str, Any]:
    return json.loads(page.answer(json.dumps({"do": do, **asked})))  # type: ignore[no-any-return]


class Elements(HTMLParser):
    """The elements and attributes of a piece of HTML, outside of formulas and pictures."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: dict[str, set[str | None]] = {}
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        for name, value in attrs:
            self.attributes.setdefault(name, set()).add(value)


def test_a_solution_is_what_the_renderer_writes() -> None:
    found = ask("solution", name="hello_ctc")
    assert found["title"] == "HELLO: CTC loss over three alignments"
    assert found["html"].startswith("<article>")
    assert 'id="alignment.2"' in found["html"]
    assert "6.180" in found["html"]


def test_options_change_the_solution() -> None:
    board = ask("solution", name="hello_ctc")["html"]
    assert len(ask("solution", name="hello_ctc", detail="full")["html"]) > len(board)
    gradient = ask("solution", name="hello_ctc", gradient=True)["html"]
    assert "The gradient" in gradient
    assert "The gradient" not in board


def test_no_element_has_a_style_of_its_own() -> None:
    html = ask("solution", name="ab_ctc")["html"]
    assert 'data-style="min-width: ' in html
    assert '<metadata class="style">@media (prefers-color-scheme: dark)' in html
    assert " style=" not in html
    assert "<style" not in html


def test_a_text_of_somebody_s_own_is_solved_and_its_mistakes_have_lines() -> None:
    text = "loss: hinge\ny_true: [1, -1]\ny_pred: [0.5, 2]\n"
    assert "3.5" in ask("solution", name="mine", text=text)["html"]  # 0.5 + 3
    wrong = ask("solution", name="mine", text=text.replace("-1", "0").replace("0.5", "a"))["errors"]
    assert [(each["line"], each["column"]) for each in wrong] == [(2, 13), (3, 10)]
    assert wrong[0]["message"].startswith("y_true.2: expected 1 or -1, got '0'")
    assert ask("solution", name="mine", text="loss: [hinge")["errors"][0]["line"] == 1


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"do": "solution", "name": "nothing"}, "there is no problem of this name here"),
        ({"do": "quiz", "name": "nothing"}, "there is no quiz of this name here"),
        ({"do": "_quiz", "name": "session_quiz"}, "there is nothing of this name to do"),
        ({"do": "answer", "request": "{}"}, "there is nothing of this name to do"),
        ({"do": "judge", "name": "session_quiz", "number": 99, "replies": []}, "no question of"),
        ({"do": "reveal", "name": "hello_ctc", "id": "x"}, "no step that is asked for"),
        ({"do": "explain", "topic": "hinges"}, "did you mean 'hinge'?"),
        (
            {
                "do": "solution",
                "name": "mine",
                "text": "---\n".join([PROBLEMS["hinge_sequence"], PROBLEMS["hello_ctc"]]),
            },
            "expected one problem, got 2",
        ),
    ],
)
def test_what_cannot_be_done_is_told(asked: dict[str, Any], said: str) -> None:
    (error,) = ask(**asked)["errors"]
    assert said in error["message"]


# --- practice and marking ---


def test_practice_asks_what_a_worksheet_asks_without_the_results() -> None:
    asked = ask("practice", name="hinge_sequence")
    items = [item for part in asked["parts"] for item in part["items"]]
    ids = [item["id"] for item in items if "id" in item]
    assert ids[:3] == ["margin.1", "hinge.1", "margin.2"]
    assert ids[-2:] == ["sum", "loss"]
    assert "0.4667" not in json.dumps(asked)


def test_an_answer_is_marked_in_the_light_of_those_before_it() -> None:
    right = ask("mark", name="hinge_sequence", id="margin.1", answers={"margin.1": "1*0.8"})
    assert (right["verdict"], right["notes"]) == ("right", ["That is 0.8."])
    answers = {"margin.1": "0.7", "hinge.1": "0.3"}
    follows = ask("mark", name="hinge_sequence", id="hinge.1", answers=answers)
    assert (follows["verdict"], follows["sign"]) == ("follows_through", "→")
    answers = {"margin.1": "0.8", "hinge.1": "1.8"}
    wrong = ask("mark", name="hinge_sequence", id="hinge.1", answers=answers)
    assert (wrong["verdict"], wrong["said"]) == ("wrong", "Not right.")
    assert wrong["below"] == ["The minus before m₁ is left out."]


@pytest.mark.parametrize("typed", ["", "   ", "what?", "<b>1</b>"])
def test_what_is_no_number_is_told(typed: str) -> None:
    found = ask("mark", name="hinge_sequence", id="loss", answers={"loss": typed})
    assert found["verdict"] == "unreadable"
    assert found["said"]


def test_hints_tell_more_and_more_but_not_the_result() -> None:
    hints = [ask("hint", name="hinge_sequence", id="hinge.1", number=n) for n in range(4)]
    assert [hint["is_last"] for hint in hints] == [False, False, True, True]
    assert hints[2] == hints[3]
    assert "max(0, 1 − 0.8)" in hints[2]["texts"][0]
    assert not any("0.2" in text for hint in hints for text in hint["texts"])
    assert "0.2" in ask("reveal", name="hinge_sequence", id="hinge.1")["html"]


def test_working_that_was_pasted_is_marked() -> None:
    working = "margin 1 = 0.8\nhinge 1 = 1 - 0.8 = 0.3\nL = 0.467"
    html = ask("check", name="hinge_sequence", working=working)["html"]
    assert "Line 2: 1 - 0.8 = 0.3: this is 0.2." in html
    assert "2 of 3 right, 1 wrong" in html
    # the last is half of an emoji
    no_line, nothing = "no line in it", "there is nothing in it"
    for text, says in {
        "nothing of it": no_line,
        "": nothing,
        "exp(1e9)": no_line,
        "\ud83d": no_line,
    }.items():
        (error,) = ask("check", name="hinge_sequence", working=text)["errors"]
        assert error["message"].startswith(f"your working: {says}")


def test_a_worksheet_has_blanks() -> None:
    html = ask("worksheet", name="hello_ctc")["html"]
    assert 'class="blank"' in html
    assert "6.180" not in html


def test_a_workbook_is_one() -> None:
    openpyxl = pytest.importorskip("openpyxl")
    found = ask("workbook", name="hello_ctc")
    assert found["file"] == "hello_ctc.xlsx"
    book = openpyxl.load_workbook(io.BytesIO(base64.b64decode(found["base64"])))
    assert "Working" in book.sheetnames


# --- what is said and asked ---


@pytest.mark.some(2)
@pytest.mark.parametrize("columns", [10, 48, 80, 400])
def test_an_explanation_keeps_to_its_columns(columns: int) -> None:
    text = ask("explain", topic="hinge", columns=columns)["text"]
    assert max(map(len, text.splitlines())) <= min(max(columns, 36), 100)


def test_a_quiz_is_asked_without_its_answers_and_judged() -> None:
    page = Page({}, {"q": CHOOSE, **QUIZZES})
    choose, fill = ask("quiz", page, name="q")["questions"]
    assert choose["options"] == ["one", "two", "three", "four"]
    assert choose["several"]
    assert "answer" not in choose
    assert fill["gaps"] == 2
    assert ask("judge", page, name="q", number=1, replies=["2", "4"])["verdict"] == "right"
    wrong = ask("judge", page, name="q", number=1, replies=["2"])
    assert (wrong["verdict"], wrong["right"]) == ("wrong", "2. two; 4. four")
    half = ask("judge", page, name="q", number=2, replies=["this", "those"])
    assert (half["verdict"], half["right"]) == ("wrong", "that")
    assert ask("judge", page, name="q", number=2, replies=[])["verdict"] == "none"
    short = ask("judge", page, name="session_quiz", number=4, replies=["the sum over alignments"])
    assert short["found"] == ["alignment", "sum"]
    fourth = next(
        each for each in ask("quiz", name="session_quiz")["questions"] if each["number"] == 4
    )
    assert (fourth["kind"], {*fourth}) == ("short", {"number", "kind", "text"})
    assert "blank" in short["missing"]


# --- nothing becomes markup ---


def hostile() -> str:
    labels = [text for text in HOSTILE if "🙂" not in text]
    problem = {
        "loss": "ctc",
        "title": " ".join(HOSTILE).replace("{", "{{").replace("}", "}}"),
        "statement": "\n\n".join(HOSTILE).replace("{", "{{").replace("}", "}}"),
        "target": labels,
        "blank": HOSTILE[-1],
        "probabilities": dict.fromkeys(HOSTILE, 0.5),
        "alignments": [labels, [*labels, HOSTILE[-1]]],
    }
    return json.dumps(problem, ensure_ascii=False)  # which is YAML, too


def test_nothing_of_a_problem_becomes_markup() -> None:
    text = hostile()
    found = [ask(do, name="h", text=text) for do in ("solution", "worksheet", "practice")]
    assert not any("errors" in each for each in found)
    parts = [found[0]["html"], found[1]["html"]]
    parts += [item["html"] for part in found[2]["parts"] for item in part["items"]]
    for html in parts:
        read = Elements(html)
        assert not read.tags & {
            "script",
            "img",
            "iframe",
            "object",
            "embed",
            "form",
            "link",
            "base",
        }
        assert {each for each in read.attributes if each.startswith("on")} == set()
        assert all(str(each).startswith("#") for each in read.attributes.get("href", ()))
        assert not {"src", "style", "action"} & read.attributes.keys()


@pytest.mark.parametrize("typed", HOSTILE)
def test_nothing_of_what_is_typed_becomes_markup(typed: str) -> None:
    found = ask(
        "check", name="hinge_sequence", working=f"{typed}\nL = 0.467 {typed}\nmargin 1 = 0.8"
    )
    html = found.get("html", "")
    assert Elements(html).tags <= TAGS
    assert "<script" not in html


def test_the_page_of_a_site_and_the_body_of_a_page() -> None:
    site = {"problems": [{"name": "a", "text": PROBLEMS["hello_ctc"]}], "quizzes": []}
    assert "errors" not in ask("solution", page_of(json.dumps(site)), name="a")
    assert body_of(["<html><body>\n", "<p>1</p>\n", "</body>\n</html>"]) == "<p>1</p>\n"


def test_a_state_is_taken_by_its_name_and_other_units_are_told() -> None:
    at_3 = ask("mark", name="weather_hmm", id="best.3", answers={"best.3": "Rainy"})
    assert (at_3["verdict"], at_3["notes"]) == ("right", [])
    at_3 = ask("mark", name="weather_hmm", id="best.3", answers={"best.3": "0"})
    assert at_3["notes"] == ["Note: Places are counted from 1 here: 0 is taken for 1."]
    loss = ask("mark", name="weather_hmm", id="loss", answers={"loss": "5.0957 bits"})
    assert loss["notes"] == ["Note: 5.0957 bits ≈ 3.532 nats, which are asked."]
