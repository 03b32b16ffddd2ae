"""From a solution to a worksheet.

Two rules keep results out. A quantity is shown only if the problem gives it, or if it is neither
asked nor can be worked out from what is asked. A sentence is left out if its writer says that it
gives something away, or if a number stands in it that may not be seen. Remarks, figures, published
numbers and libraries' numbers are about results, and are left out altogether.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import TypeAlias, TypeGuard

from lossclass.arithmetic.expression import Quantity, quantities_in
from lossclass.arithmetic.number import show
from lossclass.blocks import Block, Equation, Figure, Paragraph, Remark, Section, Step, Table
from lossclass.solution import Solution
from lossclass.worksheets import Show
from lossclass.worksheets.choosing import choose
from lossclass.worksheets.hiding import Hiding
from lossclass.worksheets.worksheet import Cell, Grid, Part, Question, Worksheet

_Shown: TypeAlias = Question | Grid | Paragraph
_TOLD = "These numbers are used here. They were worked out elsewhere; take them as they are:"


def worksheet(solution: Solution, show: Show = Show.FORMULA, only: Sequence[str] = ()) -> Worksheet:
    """The worksheet of a solution.

    Args:
        show: how much of each step.
        only: ask only for the steps with these ids, or with ids that begin with one of them and a
            dot; for all if there are none.

    Raises:
        UsageError: there is no step for one of them.
    """
    reading = _Reading(solution, show, only)
    return Worksheet(solution.about, tuple(reading.parts()), solution.digits, show, tuple(only))


class _Reading:
    """Reads a solution section by section; ``tabled`` holds what was shown in tables by then."""

    def __init__(self, solution: Solution, show: Show, only: Sequence[str]) -> None:
        self.solution = solution
        self.show = show
        self.choice = choose(solution, only)
        self.hiding = Hiding(solution, self.choice)
        self.tabled: set[str] = set()

    def parts(self) -> Iterator[Part]:
        for section in self.solution.sections:
            blocks = [*self._with_what_is_told(section, [*self._blocks(section)])]
            if blocks and not _is_emptied(section, blocks):
                yield Part(section.title, tuple(blocks))

    def _blocks(self, section: Section) -> Iterator[_Shown]:
        left_out = [each for each in section.blocks if self._is_left_out(each)]
        for block, following in zip(section.blocks, [*section.blocks[1:], None], strict=True):
            match block:
                case Step() if block.id in self.choice.asked:
                    yield self._question(block)
                case Step() if left_out and block is left_out[0]:
                    yield _on_what_is_left_out(left_out)
                case Table() if self._has_a_use(block):
                    yield self._grid(block)
                case Paragraph() if not self._tells(block) and not self._leads_to_nothing(
                    block, following
                ):
                    yield block

    def _is_left_out(self, block: Block) -> TypeGuard[Step]:
        return isinstance(block, Step) and block.id in self.choice.left_out

    # --- steps ---

    def _question(self, step: Step) -> Question:
        is_silent = self.show is Show.QUESTION or step.tells or self.hiding.tells(step.all_said)
        known = {}
        if self.show is Show.SUBSTITUTION:
            numbers = self.solution.line(step).sides[0].numbers
            used = quantities_in(step.quantity.definition)
            known = {q.id: numbers[q.id] for q in used if self.hiding.may_be_seen(q)}
        return Question(
            step.quantity, step.title, "" if is_silent else step.all_said, self.show, known
        )

    def _with_what_is_told(self, section: Section, blocks: Iterable[_Shown]) -> Iterator[_Shown]:
        """The blocks of a section; before its first question, what it needs and no table has."""
        for table in section.blocks:
            if isinstance(table, Table) and self._has_a_use(table):
                self.tabled |= {cell.id for cell in _quantities(table)}
        for block in blocks:
            if isinstance(block, Question):
                yield from self._told(section)
            yield block

    def _told(self, section: Section) -> Iterator[_Shown]:
        used = {
            each.id: each
            for step in section.blocks
            if isinstance(step, Step) and step.id in self.choice.asked
            for each in quantities_in(step.quantity.definition)
            if each.id in self.choice.told and each.id not in self.tabled
        }
        if used:
            self.tabled |= used.keys()
            yield Paragraph(_TOLD)
            rows = tuple((each.symbol, self._number(each)) for each in used.values())
            yield Grid("told", ("number", "value"), rows)

    # --- tables and texts ---

    def _has_a_use(self, table: Table) -> bool:
        """Whether all rows in which there is something to fill in have something that is asked."""
        for row in table.rows:
            cells = [cell for cell in row if isinstance(cell, Quantity)]
            hidden = [cell.id for cell in cells if not self.hiding.may_be_seen(cell)]
            if hidden and not any(id in self.choice.asked for id in hidden):
                return False
        return True

    def _grid(self, table: Table) -> Grid:
        rows = (tuple(self._cell(cell, table.digits) for cell in row) for row in table.rows)
        return Grid(table.id, table.columns, tuple(rows))

    def _cell(self, cell: str | Quantity, digits: int | None) -> Cell:
        if isinstance(cell, str):
            return None if self.hiding.tells(cell) else cell
        return self._number(cell, digits) if self.hiding.may_be_seen(cell) else None

    def _number(self, quantity: Quantity, digits: int | None = None) -> Decimal:
        return show(self.solution.values[quantity.id], digits or self.solution.digits).value

    def _tells(self, paragraph: Paragraph) -> bool:
        return paragraph.tells or self.hiding.tells(paragraph.text)

    def _leads_to_nothing(self, paragraph: Paragraph, following: Block | None) -> bool:
        """Whether it announces what is not on the worksheet."""
        if not paragraph.text.endswith(":"):
            return False
        return isinstance(following, Figure) or (
            isinstance(following, Table) and not self._has_a_use(following)
        )


def _quantities(table: Table) -> Iterator[Quantity]:
    return (cell for row in table.rows for cell in row if isinstance(cell, Quantity))


def _on_what_is_left_out(steps: Sequence[Step]) -> Paragraph:
    return Paragraph(
        f"… {len(steps)} steps are not asked here, {steps[0].id} to {steps[-1].id}."
        if len(steps) > 1
        else f"… Step {steps[0].id} is not asked here."
    )


def _is_emptied(section: Section, blocks: Iterable[_Shown]) -> bool:
    """Whether there was more than text, and only text is left."""
    had = any(not isinstance(block, Paragraph | Remark | Equation) for block in section.blocks)
    return had and all(isinstance(block, Paragraph) for block in blocks)
