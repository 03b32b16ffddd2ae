"""A session in the terminal: one step after another, each answer marked at once, and a sum."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Group
from rich.text import Text

from lossclass.arithmetic.expression import quantities_in
from lossclass.arithmetic.line import lay_out
from lossclass.arithmetic.notation import PLAIN
from lossclass.arithmetic.number import show
from lossclass.asking import Page, command_in
from lossclass.marking.marks import FEWEST_OF_ARITHMETIC
from lossclass.output import write
from lossclass.practice.hints import Hint, equation, hints_for
from lossclass.practice.session import Saving, Session, read_answer
from lossclass.practice.telling import told
from lossclass.render.document import worksheet_block
from lossclass.render.markup import Sides
from lossclass.render.pieces import INDENT, captured, equations, header, heading, rule
from lossclass.render.terminal import Terminal
from lossclass.worksheets import Show
from lossclass.worksheets.composing import is_text, worksheet
from lossclass.worksheets.worksheet import Block, Formulas, Grid, Part, Question, Worksheet

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

    from lossclass.marking.check import Checker
    from lossclass.solution import Solution

PROMPT = "> "
WHAT_TO_TYPE = "Type a number, or arithmetic that comes to it, such as 0.6*0.2 or -ln(0.132)."
_COMMANDS = "? gives a hint, skip shows the step and goes on, quit leaves."
_HOW = f"{WHAT_TO_TYPE}\n\n{_COMMANDS}"
#: Whoever was wrong so often at a step is reminded of what else can be typed.
_REMINDED_AFTER = 2
_MOST_LISTED = 12
_COLOURS = {"✓": "green", "→": "yellow", "✗": "red"}


def practise(
    checker: Checker,
    console: Console,
    only: Sequence[str] = (),
    save: Path | None = None,
    *,
    force: bool = False,
) -> Session:
    """Ask the steps of a problem that a worksheet would ask, or until Ctrl-C, the end of input or
    ``quit``, and say how it went.

    Args:
        only: see :func:`lossclass.worksheets.composing.worksheet`.
        save: keep the answers in this file, as an answer sheet.
        force: write over a file that exists.

    Raises:
        UsageError: there is no step that ``only`` names.
        FileError: ``save`` exists, or cannot be written.
    """
    saving = Saving(save, force=force)
    sheet = worksheet(checker.solution, Show.FORMULA, only)
    asking = _Asking(sheet, checker, Page(console), saving)
    try:
        asking.all()
    except (EOFError, KeyboardInterrupt):
        asking.page.line()
    saving.save(sheet.about, asking.session.answers)
    asking.sum_up()
    return asking.session


class _Asking:
    def __init__(self, sheet: Worksheet, checker: Checker, page: Page, saving: Saving) -> None:
        self.sheet = sheet
        self.solution: Solution = checker.solution
        self.page = page
        self.saving = saving
        self.session = Session(checker)
        self.digits = max(self.solution.digits, FEWEST_OF_ARITHMETIC)
        self.places = {question.id: n for n, question in enumerate(sheet.questions, start=1)}
        self.told = told_in(sheet, self.solution)

    # --- what stands between the steps ---

    def all(self) -> None:
        """Ask all steps, or until ``quit``."""
        self._draw(header(self.sheet.about, self.page.width))
        count = "1 step" if len(self.places) == 1 else f"{len(self.places)} steps"
        self.page.say(f"{count}. {WHAT_TO_TYPE} {_COMMANDS}", "dim")
        for part in self.sheet.parts:
            if len(self.session.gone) == len(self.places):
                break  # what comes behind the last step is not needed any more
            if not self._part(part):
                break

    def _part(self, part: Part) -> bool:
        """Whether it goes on after this part."""
        known = (with_what_is_known(block, self.told) for block in part.blocks)
        blocks = [block for block in known if block is not None]
        if any(isinstance(block, Formulas) for block in part.blocks) and is_text(blocks):
            return True  # it is about steps that are not asked
        if blocks:
            self._draw(Text(), rule(part.title, self.page.width))
        for block in blocks:
            if not isinstance(block, Question):
                self._draw(*worksheet_block(block, Terminal(self.page.width)))
            elif self._question(block):
                self.saving.save(self.sheet.about, self.session.answers)
            else:
                return False
        return True

    def _draw(self, *pieces: RenderableType) -> None:
        write([captured(self.page.console, Group(*pieces))], None)

    # --- a step ---

    def _question(self, question: Question) -> bool:
        """Ask a step until it is right or given up; False for ``quit``."""
        self._show(question)
        gone = self.session.begin(question.id)
        hints: tuple[Hint, ...] = ()
        while gone.ending is None:
            reply = self.page.ask(PROMPT).strip()
            match command_in(reply):
                case "quit":
                    return False
                case "skip":
                    self.session.skip(question.id)
                    line = lay_out(question.quantity, self.solution.values, self.digits)
                    self._draw_sides(question, line.chain(PLAIN))
                case "hint":
                    hints = hints or hints_for(question, self.solution.values, self.digits)
                    self._hint(question, hints, gone.hints)
                    gone.hints += 1
                case None if reply:
                    self._answer(question, reply)
                case _:
                    self.page.say(_HOW, "dim")
        return True

    def _show(self, question: Question) -> None:
        place = f"{question.id}  {self.places[question.id]}/{len(self.places)}"
        self._draw(Text(), *heading(question.title, place, self.page.width))
        if sides := question.sides(PLAIN):
            self._draw_sides(question, sides)
        else:
            self._draw(Text(" " * INDENT + PLAIN.symbol(question.quantity.symbol)))
        if needed := ", ".join(self._needed(question)):
            self.page.say(f"From steps not asked here: {needed}.", indent=INDENT)

    def _needed(self, question: Question) -> Iterator[str]:
        """The numbers that are told and that a step needs, be it by way of what is not asked either."""
        values, digits = self.solution.values, self.digits
        in_line = lay_out(question.quantity, values, digits).sides[0].numbers
        seen = {*self.places}
        to_do = [*quantities_in(question.quantity.definition)]
        for each in to_do:  # which grows
            if each.id in seen:
                continue
            seen.add(each.id)
            if each.id in self.told:
                yield equation(each, in_line.get(each.id) or show(values[each.id], digits))
            else:
                to_do += quantities_in(each.definition)

    def _hint(self, question: Question, hints: tuple[Hint, ...], given: int) -> None:
        hint = hints[min(given, len(hints) - 1)]
        for text in hint.texts:
            self.page.say(text, indent=INDENT)
        if hint.side is not None:
            self._draw_sides(question, [hint.side])
        if given >= len(hints) - 1:
            self.page.say("There is no further hint; skip shows the step.", "dim", indent=INDENT)

    def _draw_sides(self, question: Question, sides: Sides) -> None:
        symbol = PLAIN.symbol(question.quantity.symbol)
        self._draw(*equations(symbol, [[side] for side in sides], self.page.width))

    def _answer(self, question: Question, reply: str) -> None:
        answer = read_answer(reply, question.quantity, self.solution)
        if answer.value is None:
            if answer.unreadable:
                self.page.say(answer.unreadable, "yellow")
            self.page.say(WHAT_TO_TYPE if answer.unreadable else _HOW, "dim")
            return
        if answer.exact:
            shown = show(answer.value, self.digits).value
            self.page.say(f"That is {PLAIN.number(shown)}.", "dim", indent=INDENT)
        mark = self.session.mark(question.id, answer)
        if mark.on_reading:
            self.page.say(f"Note: {mark.on_reading}", "dim", indent=INDENT)
        definition, values = question.quantity.definition, self.solution.values
        sign, said, below = told(mark, definition, values, self.solution.digits)
        self.page.say(said, _COLOURS[sign], mark=sign)
        for text in below:
            self.page.say(text, indent=INDENT)
        gone = self.session.gone[question.id]
        if gone.ending is None and gone.wrong % _REMINDED_AFTER == 0 and not gone.hints:
            self.page.say(_COMMANDS, "dim", indent=INDENT)

    # --- the sum ---

    def sum_up(self) -> None:
        """Say how it went."""
        done = self.session.done
        is_all = len(done) == len(self.places)
        self.page.heading("The sum" if is_all else f"Left after {len(done)} of {len(self.places)}")
        for line in _counts(self.session):
            self.page.say(line)
        if self.saving.to is not None:
            written = self.saving.written is not None
            self.page.say(
                f"Your answers are in {self.saving.to}."
                if written
                else f"There is no answer to keep in {self.saving.to}."
            )


def _counts(session: Session) -> Iterator[str]:
    done = session.done
    if not done and not session.wrong:
        yield "No step was answered."
        return
    right = {id: gone for id, gone in done.items() if gone.ending != "skipped"}
    steps = "1 step" if len(done) == 1 else f"{len(done)} steps"
    at_once = sum(gone.is_at_once for gone in right.values())
    hinted = sum(gone.hints > 0 for gone in right.values())
    counts = {
        f"Right at the first try: {{}} of {steps}.": at_once,
        "Right after a hint: {}.": hinted,
        "Right after wrong tries: {}.": len(right) - at_once - hinted,
        "Skipped: {}.": len(done) - len(right),
        "Wrong tries: {}.": session.wrong,
    }
    for n, (text, count) in enumerate(counts.items()):
        if count or (n == 0 and done):
            yield text.format(count)
    again = [id for id, gone in session.gone.items() if gone.wrong or gone.ending == "skipped"]
    if again:
        more = f" and {len(again) - _MOST_LISTED} more" if len(again) > _MOST_LISTED else ""
        yield f"To look at again: {', '.join(again[:_MOST_LISTED])}{more}."


def told_in(sheet: Worksheet, solution: Solution) -> Set[str]:
    """The ids of what the asked steps need and a worksheet has formulas for: its number is told
    here, where nobody has a sheet to work it on. Not of what is read off asked steps, as a pointer
    is, and is no step itself: it would be their answer."""
    steps = {step.id for step in solution.steps}
    asked = {question.id for question in sheet.questions}
    rests_on_asked: set[str] = set()
    for each in solution.calculation:
        operands = {operand.id for operand in quantities_in(each.definition)}
        if each.id not in steps and not operands.isdisjoint(asked | rests_on_asked):
            rests_on_asked.add(each.id)
    blocks = (block for part in sheet.parts for block in part.blocks)
    formulas = (block for block in blocks if isinstance(block, Formulas))
    return {each.id for block in formulas for each in block.quantities} - rests_on_asked


def with_what_is_known(block: Block, told: Set[str] = frozenset()) -> Block | None:
    """The block; of a table that is not given whole the columns in which something is known, with
    question marks for the rest, if there is a number among them; formulas without those of which the
    numbers are told, if there are others."""
    if isinstance(block, Formulas):
        left = tuple(each for each in block.quantities if each.id not in told)
        return Formulas(left) if left else None
    if not isinstance(block, Grid) or all(cell is not None for row in block.rows for cell in row):
        return block
    known = [n for n in range(len(block.columns)) if any(row[n] is not None for row in block.rows)]
    rows = tuple(tuple("?" if row[n] is None else row[n] for n in known) for row in block.rows)
    if not any(isinstance(cell, Decimal) for row in rows for cell in row):
        return None
    return replace(block, columns=tuple(block.columns[n] for n in known), rows=rows)
