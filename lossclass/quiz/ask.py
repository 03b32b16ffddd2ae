"""A quiz in the terminal: one question after another, each marked at once, and a sum at the end; and
its key: every question with its answer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Literal, TypeAlias, get_args

from lossclass.asking import Page, command_in
from lossclass.quiz.answers import Verdict, all_verdicts, mentions, options_meant, same, verdict
from lossclass.quiz.questions import Choose, Fill, Question, Quiz, Short

if TYPE_CHECKING:
    from rich.console import Console

_Judged: TypeAlias = Literal["right", "partly right", "wrong"]
#: What a student says of an own answer; None for nothing.
Judgement: TypeAlias = _Judged | None
JUDGEMENTS: tuple[_Judged, ...] = get_args(_Judged)
PROMPT = "> "
_HOW = "Enter or skip passes one over; quit leaves, with the sum so far."
MARKS: dict[Verdict, tuple[str, str, str]] = {
    "right": ("✓", "green", "Right."),
    "nearly": ("~", "yellow", "Nearly: check the spelling, and singular or plural."),
    "wrong": ("✗", "red", "Not right."),
    "none": ("–", "yellow", "Passed over."),
}


class _Left(Exception):
    """Somebody has typed ``quit``."""


@dataclass
class Tally:
    """How a session went: verdicts and judgements by the numbers of the questions."""

    of: int
    marked: dict[int, Verdict] = field(default_factory=dict)
    judged: dict[int, Judgement] = field(default_factory=dict)
    passed_over: list[int] = field(default_factory=list)

    @property
    def asked(self) -> int:
        """How many questions were gone through."""
        return len({*self.marked, *self.judged, *self.passed_over})

    @property
    def to_look_at(self) -> list[int]:
        """The questions that were not answered right."""
        wrong = [number for number, each in self.marked.items() if each != "right"]
        doubtful = [number for number, each in self.judged.items() if each != "right"]
        return sorted({*wrong, *doubtful, *self.passed_over})


def ask(quiz: Quiz, console: Console) -> Tally:
    """Ask all questions, or until ``quit``, Ctrl-C or the end of input, and say how it went."""
    page, tally = Page(console), Tally(len(quiz.questions))
    count = "1 question" if tally.of == 1 else f"{tally.of} questions"
    try:
        page.say(quiz.title, "bold")
        page.say(f"{count}. {_HOW}", "dim")
        for number, question in quiz.questions.items():
            page.heading(f"Question {number} of {tally.of}")
            _ask_one(number, question, page, tally)
    except _Left:
        pass
    except (EOFError, KeyboardInterrupt):
        page.line()
    _sum_up(tally, page)
    return tally


def _pose(question: Question, page: Page, *, hint: bool = True) -> None:
    """Write a question, and its options if it has some."""
    page.say(question.asked)
    if isinstance(question, Choose):
        if hint and question.takes_several:
            page.say("Several are right. Give their numbers, such as 1, 2.", "dim")
        for number, option in enumerate(question.options, start=1):
            page.say(option, mark=f"{number}.", indent=2)


def _ask_one(number: int, question: Question, page: Page, tally: Tally) -> None:
    _pose(question, page)
    match question:
        case Fill():
            tally.marked[number] = _fill(question, page)
        case Choose():
            tally.marked[number] = _choose(question, page)
        case Short():
            if _short(question, page):
                tally.judged[number] = None  # there is an answer, even if nobody judges it
                tally.judged[number] = _judgement(page)
            else:
                tally.passed_over.append(number)


def _reply(page: Page, prompt: str, answers: Iterable[str] = ()) -> str:
    """What is answered, empty for ``skip``; whoever wants to know what can be typed is told.

    Args:
        answers: what is an answer, whatever else it may mean.

    Raises:
        _Left: it is ``quit``.
        EOFError: nothing more comes.
    """
    while True:
        reply = page.ask(prompt)
        command = None if any(same(reply, each) for each in answers) else command_in(reply)
        if command == "quit":
            raise _Left
        if command == "skip":
            return ""
        if command is None:
            return reply
        page.say(_HOW, "dim")


def _fill(question: Fill, page: Page) -> Verdict:
    several = len(question.accept) > 1
    gaps = enumerate(question.accept, start=1)
    prompts = [f"gap {gap} {PROMPT}" if several else PROMPT for gap, _ in gaps]
    replies = [*map(partial(_reply, page), prompts, question.accept)]
    verdicts = [*map(verdict, replies, question.accept)]
    both = zip(verdicts, question.accept, strict=True)
    for gap, (each, accepted) in enumerate(both, start=1):
        _tell(page, each, accepted[0], f"Gap {gap}: " if several else "")
    _explain(page, question.why)
    return all_verdicts(verdicts)


def _choose(question: Choose, page: Page) -> Verdict:
    chosen: frozenset[int] | None = None
    while chosen is None:
        reply = _reply(page, PROMPT, question.options)
        if not reply.strip():
            result: Verdict = "none"
            break
        chosen = options_meant(reply, question.options)
        result = "right" if chosen == question.answer else "wrong"
        if chosen is None:
            page.say(f"That is none of them; they go from 1 to {len(question.options)}.")
            if not page.interactive:
                break
    _tell(page, result, right_options(question))
    _explain(page, question.why)
    return result


def right_options(question: Choose) -> str:
    """The right options with their numbers."""
    return "; ".join(f"{each + 1}. {question.options[each]}" for each in sorted(question.answer))


def _tell(page: Page, result: Verdict, right: str, before: str = "") -> None:
    """Write a verdict, and the right answer unless it was given."""
    mark, style, words = MARKS[result]
    answer = "" if result == "right" else f" It is: {right}"
    page.say(f"{before}{words}{answer}", style, mark=mark)


def _explain(page: Page, why: str | None) -> None:
    if why:
        page.say(why, indent=2)


def _short(question: Short, page: Page) -> bool:
    """Ask, and show the model answer; whether there was an answer to hold against it."""
    reply = _reply(page, PROMPT)
    page.say("A good answer:", "bold")
    page.say(question.model, indent=2)
    if not reply.strip():
        return False
    found = [each[0] for each in question.keywords if mentions(reply, each)]
    missing = [each[0] for each in question.keywords if not mentions(reply, each)]
    if found:
        page.say(f"Yours mentions: {', '.join(found)}.", "green", mark="✓")
    if missing:
        page.say(f"Not found in yours: {', '.join(missing)}.", "yellow", mark="–")
    return True


def _judgement(page: Page) -> Judgement:
    """What the student says of the own answer."""
    while True:
        typed = page.ask("Was yours right, partly right or wrong? (r/p/w) > ").lower().strip()
        if (command := command_in(typed)) == "quit":
            raise _Left
        for each in JUDGEMENTS:
            if typed and each.startswith(typed):
                return each
        if not typed or command == "skip" or not page.interactive:
            return None
        page.say("Type r, p or w; Enter alone leaves it open.", "dim")


def _sum_up(tally: Tally, page: Page) -> None:
    if tally.asked < tally.of:
        page.heading(f"Left after {tally.asked} of {tally.of}")
    else:
        page.heading("The sum")
    if not tally.asked:
        page.say("No question was answered.")
        return
    if tally.marked:
        verdicts = list(tally.marked.values())
        nearly, passed_over = verdicts.count("nearly"), verdicts.count("none")
        more = f", and {nearly} more but for the spelling" if nearly else ""
        more += f"; passed over: {passed_over}" if passed_over else ""
        marked = "1 marked question" if len(verdicts) == 1 else f"{len(verdicts)} marked questions"
        page.say(f"Right: {verdicts.count('right')} of {marked}{more}.")
    if tally.judged:
        given = list(tally.judged.values())
        counts = [f"{given.count(each)} {each}" for each in JUDGEMENTS if each in given]
        counts += [f"{given.count(None)} not judged"] if None in given else []
        page.say(f"Short answers, as you judge them: {', '.join(counts)}.")
    if tally.passed_over:
        page.say(f"Short answers passed over: {len(tally.passed_over)}.")
    if tally.to_look_at:
        page.say(f"To look at again: {', '.join(map(str, tally.to_look_at))}.")


# --- the key ---


def print_key(quiz: Quiz, console: Console) -> None:
    """Write all questions and answers."""
    page = Page(console)
    page.say(quiz.title, "bold")
    for number, question in quiz.questions.items():
        page.heading(f"Question {number}")
        _print_one(question, page)


def _print_one(question: Question, page: Page) -> None:
    _pose(question, page, hint=False)
    match question:
        case Fill():
            for gap, accepted in enumerate(question.accept, start=1):
                name = f"Gap {gap}" if len(question.accept) > 1 else "Answer"
                also = f" (also: {', '.join(accepted[1:])})" if accepted[1:] else ""
                page.say(f"{name}: {accepted[0]}{also}", "green", indent=2)
        case Choose():
            page.say(f"Answer: {right_options(question)}", "green", indent=2)
        case Short():
            page.say(question.model, "green", indent=2)
            if question.keywords:
                page.say(
                    f"It mentions: {', '.join(each[0] for each in question.keywords)}.", indent=2
                )
    if isinstance(question, Fill | Choose):
        _explain(page, question.why)
