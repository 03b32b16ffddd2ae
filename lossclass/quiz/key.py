"""The key of a quiz: every question with its answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lossclass.asking import Page
from lossclass.quiz.ask import right_options
from lossclass.quiz.questions import Choose, Fill, Question, Quiz, Short

if TYPE_CHECKING:
    from rich.console import Console


def print_key(quiz: Quiz, console: Console) -> None:
    """Write all questions and answers."""
    page = Page(console)
    page.say(quiz.title, "bold")
    for number, question in quiz.questions.items():
        page.heading(f"Question {number}")
        _print_one(question, page)


def _print_one(question: Question, page: Page) -> None:
    match question:
        case Fill():
            page.say(question.fill)
            for gap, accepted in enumerate(question.accept, start=1):
                name = f"Gap {gap}" if len(question.accept) > 1 else "Answer"
                also = f" (also: {', '.join(accepted[1:])})" if accepted[1:] else ""
                page.say(f"{name}: {accepted[0]}{also}", "green", indent=2)
        case Choose():
            page.say(question.choose)
            for number, option in enumerate(question.options, start=1):
                page.say(option, mark=f"{number}.", indent=2)
            page.say(f"Answer: {right_options(question)}", "green", indent=2)
        case Short():
            page.say(question.short)
            page.say(question.model, "green", indent=2)
            if question.keywords:
                page.say(
                    f"It mentions: {', '.join(each[0] for each in question.keywords)}.", indent=2
                )
    if isinstance(question, Fill | Choose) and question.why:
        page.say(question.why, indent=2)
