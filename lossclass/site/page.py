"""What the page asks and what it is answered, both as JSON: in a browser's Python, or in any other.

A request is an object whose ``do`` names one of the methods of :class:`Page` without an underscore; what
else is in it are their arguments. An answer has what was asked for, or ``errors``: each with a
``message``, and with the ``line`` and ``column`` of what is wrong in a problem, 0 where there is none.

Texts are plain, and for the page to escape. What is called ``html`` comes from the renderer, which
has escaped all that is from a problem or from somebody who typed.
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property, lru_cache
from importlib.util import find_spec
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final

from lossclass import losses
from lossclass.arithmetic.line import lay_out
from lossclass.arithmetic.notation import PLAIN
from lossclass.arithmetic.number import show
from lossclass.choices import Wanted
from lossclass.errors import InvalidProblem, LossclassError, UsageError
from lossclass.problem.files import load_all
from lossclass.render import Detail, View, paper_console, renderer
from lossclass.render.document import worksheet_block
from lossclass.render.html import Html, line_equation, render, render_worksheet
from lossclass.solving import diagnosis_of, solve
from lossclass.worksheets import Show
from lossclass.worksheets.composing import worksheet
from lossclass.worksheets.worksheet import Question, Worksheet

# What only some requests need is imported by these: the first answer comes the sooner.
if TYPE_CHECKING:
    from lossclass.marking.check import Checker
    from lossclass.quiz.questions import Quiz

_STYLE: Final = re.compile(r'(<\w[^<>]*) style="([^"<>]*)"')
_COLOURS: Final = re.compile("<style>([^<>]*)</style>")
_BODY: Final = ("<body>\n", "</body>")
#: So many problems that were solved are kept; whoever types makes a new one with each key.
_KEPT: Final = 12
#: Columns of an explanation at least, and at most.
_NARROWEST, _WIDEST = 36, 100


def body_of(pieces: Iterable[str]) -> str:
    """What stands in the body of a page. The page allows no style inside of it: how wide an element
    is, and in which colours a picture is drawn in the dark, is said as data."""
    whole = "".join(pieces)
    body = whole.partition(_BODY[0])[2].rpartition(_BODY[1])[0]
    body = _COLOURS.sub(r'<metadata class="style">\1</metadata>', body)
    return _STYLE.sub(r'\1 data-style="\2"', body)


class _Named(StringIO):
    """A problem's text, with what messages call it."""

    def __init__(self, text: str, name: str) -> None:
        super().__init__(text)
        self.name = name


class Solved:
    """A problem that is asked for again and again."""

    def __init__(self, text: str, name: str, *, gradient: bool) -> None:
        self.problem, *others = load_all(_Named(text, f"{name}.yaml"), losses)
        if others:
            raise UsageError(f"expected one problem, got {len(others) + 1}: a page has one in each")
        self.solution = solve(self.problem, wanted=Wanted(gradient=gradient))

    @cached_property
    def checker(self) -> Checker:
        from lossclass.marking.check import Checker

        return Checker(self.solution, diagnosis_of(self.problem, self.solution))

    @cached_property
    def sheet(self) -> Worksheet:
        return worksheet(self.solution, Show.FORMULA)

    @cached_property
    def questions(self) -> Mapping[str, Question]:
        return {question.id: question for question in self.sheet.questions}

    @property
    def digits(self) -> int:
        from lossclass.marking.marks import FEWEST_OF_ARITHMETIC

        return max(self.solution.digits, FEWEST_OF_ARITHMETIC)

    def question(self, id: str) -> Question:
        """The step with this id.

        Raises:
            UsageError: none is asked for under it.
        """
        if id not in self.questions:
            raise UsageError(f"{id}: no step that is asked for is called so")
        return self.questions[id]


_solved = lru_cache(_KEPT)(Solved)


class Page:
    """Answers requests.

    Args:
        problems, quizzes: the text of each file, by its name.
    """

    def __init__(self, problems: Mapping[str, str], quizzes: Mapping[str, str]) -> None:
        self._problems = problems
        self._quizzes = quizzes

    def answer(self, request: str) -> str:
        """The answer to a request; see above. What is wrong with a request is an error of it."""
        asked = json.loads(request)
        try:
            found = self._method(asked.pop("do"))(**asked)
        except InvalidProblem as error:
            found = {
                "errors": [_error(e.message, e.path, e.line, e.column) for e in error.mistakes]
            }
        except LossclassError as error:
            found = {"errors": [_error(str(error))]}
        return json.dumps(found, ensure_ascii=False)

    def _method(self, name: str) -> Callable[..., dict[str, Any]]:
        if name.startswith("_") or name == "answer" or not hasattr(type(self), name):
            raise UsageError(f"{name}: there is nothing of this name to do")
        method: Callable[..., dict[str, Any]] = getattr(self, name)
        return method

    def _solved(self, name: str, text: str | None, *, gradient: bool = False) -> Solved:
        """A problem as it is, or with the text that somebody made of it."""
        if text is None and name not in self._problems:
            raise UsageError(f"{name}: there is no problem of this name here")
        return _solved(self._problems[name] if text is None else text, name, gradient=gradient)

    # --- a problem ---

    def solution(
        self, name: str, text: str | None = None, detail: str = "board", gradient: bool = False
    ) -> dict[str, Any]:
        """The worked solution: its title, and the article."""
        solution = self._solved(name, text, gradient=gradient).solution
        view = View(paper_console(), Detail(detail), whole=detail == Detail.FULL)
        return {"title": solution.about.title, "html": body_of(render([solution], view))}

    def worksheet(self, name: str, text: str | None = None) -> dict[str, Any]:
        """The worksheet, to be printed."""
        sheet = self._solved(name, text).sheet
        return {"title": sheet.about.title, "html": body_of(render_worksheet([sheet]))}

    def workbook(self, name: str, text: str | None = None) -> dict[str, Any]:
        """The solution as a workbook, in base 64."""
        if find_spec("openpyxl") is None:
            raise UsageError("this page was made without what writes workbooks")
        pieces = renderer("xlsx")([self._solved(name, text).solution], View(paper_console()))
        return {"file": f"{name}.xlsx", "base64": b64encode(b"".join(pieces)).decode()}

    # --- practice ---

    def practice(self, name: str, text: str | None = None) -> dict[str, Any]:
        """What is asked, part by part: what stands between the steps, and the steps."""
        from lossclass.practice.ask import WHAT_TO_TYPE, with_what_is_known

        solved = self._solved(name, text)
        parts = []
        for part in solved.sheet.parts:
            items: list[dict[str, str]] = []
            for each in part.blocks:
                block = with_what_is_known(each)
                if block is None:
                    continue
                html = "".join(worksheet_block(block, Html()))
                if isinstance(block, Question):
                    symbol = PLAIN.symbol(block.quantity.symbol)
                    items.append({"id": block.id, "symbol": symbol, "html": html})
                else:
                    items.append({"html": html})
            parts.append({"title": part.title, "items": items})
        return {"title": solved.sheet.about.title, "how": WHAT_TO_TYPE, "parts": parts}

    def mark(
        self, name: str, id: str, answers: Mapping[str, str], text: str | None = None
    ) -> dict[str, Any]:
        """The verdict on the answer to a step, in the light of those to others.

        Args:
            answers: what was typed, by step.
        """
        from lossclass.practice.ask import WHAT_TO_TYPE
        from lossclass.practice.session import read_answer
        from lossclass.practice.telling import told

        solved = self._solved(name, text)
        question = solved.question(id)
        cells = {
            each: read_answer(typed, solved.question(each).quantity, solved.solution)
            for each, typed in answers.items()
            if typed.strip()
        }
        answer = cells.get(id)
        if answer is None or answer.value is None:
            said = (answer and answer.unreadable) or WHAT_TO_TYPE
            return {"verdict": "unreadable", "sign": "?", "said": said, "notes": [], "below": []}
        mark = solved.checker.marker(cells).mark(id)
        notes = [f"Note: {mark.on_reading}"] if mark.on_reading else []
        if answer.exact:
            notes = [f"That is {PLAIN.number(show(answer.value, solved.digits).value)}.", *notes]
        solution, step = solved.solution, question.quantity.definition
        sign, said, below = told(mark, step, solution.values, solution.digits)
        return {"verdict": mark.verdict, "sign": sign, "said": said, "notes": notes, "below": below}

    def hint(self, name: str, id: str, number: int, text: str | None = None) -> dict[str, Any]:
        """A hint to a step, counted from 0, and whether there is a further one."""
        from lossclass.practice.hints import hints_for

        solved = self._solved(name, text)
        question = solved.question(id)
        hints = hints_for(question, solved.solution.values, solved.digits)
        hint = hints[min(max(number, 0), len(hints) - 1)]
        texts = [*hint.texts]
        if hint.side is not None:
            exact, side = hint.side
            texts.append(f"{PLAIN.symbol(question.quantity.symbol)} {PLAIN.sign(exact)} {side}")
        return {"texts": texts, "is_last": number >= len(hints) - 1}

    def reveal(self, name: str, id: str, text: str | None = None) -> dict[str, Any]:
        """The whole line of a step."""
        solved = self._solved(name, text)
        quantity = solved.question(id).quantity
        line = lay_out(quantity, solved.solution.values, solved.digits)
        return {"html": line_equation(line)}

    # --- marking what was worked on paper ---

    def check(self, name: str, working: str, text: str | None = None) -> dict[str, Any]:
        """The marks of working that was typed or pasted."""
        from lossclass.hand_in.reading import sheets_in
        from lossclass.render.feedback import feedback

        solved = self._solved(name, text)
        with TemporaryDirectory() as folder:
            file = Path(folder) / "your working.txt"
            # half of a pair of UTF-16, as an editor may leave it, is no text
            file.write_text(working, encoding="utf-8", errors="replace")
            try:
                (sheet,) = sheets_in(file)
                checked = solved.checker.check(sheet)
            except LossclassError as error:
                raise UsageError(str(error).replace(str(file), "your working")) from None
        return {"html": body_of([feedback(checked, "Your working", "html")])}

    # --- what is said, and what is asked ---

    def explain(self, topic: str, columns: int = 80) -> dict[str, Any]:
        """A text on a loss or on another topic, for so many columns."""
        from rich.console import Console

        from lossclass.explanations import explain

        width = min(max(columns, _NARROWEST), _WIDEST)
        paper = Console(width=width, color_system=None, force_terminal=False, file=StringIO())
        explanation = explain(topic)
        return {"title": explanation.title, "text": explanation.text(paper)}

    def quiz(self, name: str) -> dict[str, Any]:
        """The questions of a quiz, in order, without their answers."""
        from lossclass.quiz.questions import Choose, Fill

        quiz = self._quiz(name)
        asked = []
        for number, question in quiz.questions.items():
            kind = type(question).__name__.lower()
            item: dict[str, Any] = {"number": number, "kind": kind, "text": question.asked}
            if isinstance(question, Fill):
                item["gaps"] = len(question.accept)
            elif isinstance(question, Choose):
                item |= {"options": [*question.options], "several": question.takes_several}
            asked.append(item)
        return {"title": quiz.title, "questions": asked}

    def judge(self, name: str, number: int, replies: Sequence[str]) -> dict[str, Any]:
        """What the replies to a question are worth; of a short answer, what it mentions."""
        from lossclass.quiz.answers import all_verdicts, mentions, options_meant, verdict
        from lossclass.quiz.ask import right_options
        from lossclass.quiz.questions import Choose, Fill, Short

        question = self._quiz(name).questions.get(number)
        match question:
            case Fill():
                # what is not filled in is an empty reply
                pairs = zip([*replies, *[""] * len(question.accept)], question.accept, strict=False)
                found = [(verdict(reply, accepted), accepted[0]) for reply, accepted in pairs]
                right = "; ".join(first for each, first in found if each != "right")
                return _judged(all_verdicts([each for each, _ in found]), right, question.why)
            case Choose():
                reply = ", ".join(replies)
                meant = options_meant(reply, question.options) if reply.strip() else None
                worth = (
                    "right" if meant == question.answer else "wrong" if reply.strip() else "none"
                )
                right = "" if worth == "right" else right_options(question)
                return _judged(worth, right, question.why)
            case Short():
                reply = "\n".join(replies)
                keys = [(each[0], mentions(reply, each)) for each in question.keywords]
                return {
                    "model": question.model,
                    "found": [key for key, is_there in keys if is_there],
                    "missing": [key for key, is_there in keys if not is_there],
                }
        raise UsageError(f"{number}: there is no question of this number")

    def _quiz(self, name: str) -> Quiz:
        if name not in self._quizzes:
            raise UsageError(f"{name}: there is no quiz of this name here")
        return _quiz(name, self._quizzes[name])


@lru_cache(_KEPT)
def _quiz(name: str, text: str) -> Quiz:
    from lossclass.quiz.quiz_file import load

    with TemporaryDirectory() as folder:
        file = Path(folder) / f"{name}.yaml"
        file.write_text(text, encoding="utf-8")
        return load(file)


def _judged(worth: Any, right: str, why: str | None) -> dict[str, Any]:
    from lossclass.quiz.ask import MARKS

    sign, _, said = MARKS[worth]
    return {"verdict": worth, "sign": sign, "said": said, "right": right, "why": why or ""}


def _error(message: str, path: str = "", line: int = 0, column: int = 0) -> dict[str, Any]:
    said = f"{path}: {message}" if path else message
    return {"message": said, "line": line, "column": column}


def page_of(data: str) -> Page:
    """The page of a folder, from its ``site.json``."""
    site = json.loads(data)
    texts = (
        {each["name"]: each["text"] for each in site[kind]} for kind in ("problems", "quizzes")
    )
    return Page(*texts)
