"""From a solution to a worksheet.

Two rules keep results out. A quantity is shown only if the problem gives it, or if it is told because
it is neither asked nor can be worked out from what is asked. A sentence is left out if its writer says
that it gives something away, or if a number stands in it that may not be seen: of numbers with a decimal
point, all that are neither such a quantity nor part of a formula; of whole numbers, which also count
things, those that an asked step comes to, from 10 on. Remarks, figures, published numbers and libraries'
numbers are about results, and are left out altogether.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal

from lossclass.arithmetic.expression import Constant, Expression, Quantity, quantities_in
from lossclass.arithmetic.matrices import MatrixSum, frame
from lossclass.arithmetic.notation import PLAIN
from lossclass.arithmetic.number import show
from lossclass.blocks import Block as SolutionBlock
from lossclass.blocks import Equation, Figure, Paragraph, Remark, Section, Step, Table
from lossclass.solution import Solution
from lossclass.worksheets import Show
from lossclass.worksheets.choosing import Choice, is_given
from lossclass.worksheets.worksheet import (
    Block,
    Cell,
    Formulas,
    Frame,
    Grid,
    Part,
    Question,
    Worksheet,
    asked_in,
)

_TOLD = "These numbers are used here. They were worked out elsewhere; take them as they are:"
_KNOWN = "From the beginning:"
_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)?")
#: Smaller whole numbers are too common to be told from numbers of steps, classes and positions.
_FIRST_TELLING = 10


def worksheet(
    solution: Solution,
    show: Show = Show.FORMULA,
    only: Sequence[str] = (),
    *,
    with_key: bool = False,
) -> Worksheet:
    """The worksheet of a solution.

    Args:
        show: how much of each step.
        only: ask only for the steps with these ids, or with ids that begin with one of them and a
            dot; for all if there are none.
        with_key: put the results into it as well, for a workbook that checks itself.

    Raises:
        UsageError: there is no step for one of them.
    """
    reading = _Reading(solution, show, only)
    given = tuple(each for each in solution.calculation if is_given(each))
    parts = tuple(reading.parts())
    key = solution.values if with_key else {}
    return Worksheet(solution.about, parts, solution.digits, show, tuple(only), given, key)


class _Reading:
    """Reads a solution section by section.

    Attributes:
        given: ids of the numbers of the problem.
        steps: ids of the steps.
        on_sheet: ids of those that stand in tables by now, and of what is told or shown.
    """

    def __init__(self, solution: Solution, show: Show, only: Sequence[str]) -> None:
        self.solution = solution
        self.show = show
        self.is_all = not only
        self.choice = Choice(solution, show, only)
        self.given = {each.id for each in solution.calculation if is_given(each)}
        self.steps = {step.id for step in solution.steps}
        self.on_sheet: set[str] = set()
        #: The sizes of the numbers that may stand in a sentence, and of those that may not.
        self.seen: set[Decimal] = set()
        self.hidden = {abs(step.decimal) for step in self.choice.asked.values()}
        for quantity in solution.calculation:
            # A definition that is nothing but a number is a result that was worked out elsewhere.
            if not isinstance(quantity.definition, Constant):
                self.seen.update(map(abs, _constants_in(quantity.definition)))
            if self._may_be_seen(quantity):
                self.seen |= {abs(solution.values[quantity.id]), abs(self._number(quantity))}

    def parts(self) -> Iterator[Part]:
        introductions: list[Part] = []
        for section in self.solution.sections:
            part = Part(section.title, tuple(self._section(section)))
            if part.blocks and is_text(section.blocks):
                introductions.append(part)
                continue
            if part.blocks:
                yield from introductions
                yield part
            if part.blocks or not self.is_all:
                introductions.clear()
        yield from introductions if self.is_all else ()

    def _section(self, section: Section) -> list[Block]:
        """What stands under a heading: of a section in which steps are worked and none of them is
        asked, needed or known, the tables with numbers of the problem; no text that is left alone."""
        blocks = [*self._with_what_is_told([*self._blocks(section)])]
        steps = [each.id for each in section.blocks if isinstance(each, Step)]
        if self.is_all and steps and self.choice.known.issuperset(steps):
            return blocks
        if steps and not any(map(_worked_in, blocks)):
            blocks = [each for each in blocks if isinstance(each, Grid)]
        return [] if is_text(blocks) and not is_text(section.blocks) else blocks

    def _blocks(self, section: Section) -> Iterator[Block]:
        steps = [each for each in section.blocks if isinstance(each, Step)]
        left_out = [each for each in steps if each.id in self.choice.left_out]
        needed = [each for each in steps if each.id in self.choice.shown]
        in_tables = self._asked_in_tables(section)
        grids = {
            each.id: grid
            for each in section.blocks
            if isinstance(each, Table) and (grid := self._grid(each, in_tables))
        }
        for block, following in zip(section.blocks, [*section.blocks[1:], None], strict=True):
            match block:
                case Step() if block.id in in_tables:
                    pass
                case Step() if block.id in self.choice.asked:
                    yield self._question(block)
                case Step() if left_out and block is left_out[0]:
                    yield _on_what_is_left_out(left_out)
                case Step() if needed and block is needed[0]:
                    yield Formulas(tuple(each.quantity for each in needed))
                case Equation(of=MatrixSum() as equation) if self._is_asked(equation):
                    yield self._frame(equation)
                case Table() if block.id in grids:
                    yield grids[block.id]
                case Paragraph() if not (
                    block.tells
                    or block.only_on_board
                    or self._tells(block.text)
                    or (block.text.endswith(":") and _is_missing(following, grids))
                ):
                    yield block

    # --- steps ---

    def _is_asked(self, equation: MatrixSum) -> bool:
        """Whether all numbers of a vector are asked, and how they are worked is shown."""
        asked = {step.quantity.symbol for step in self.choice.asked.values()}
        return self.show is not Show.QUESTION and {*equation.names} <= asked

    def _frame(self, equation: MatrixSum) -> Frame:
        used = [each for part in equation.components for each in quantities_in(part)]
        seen = {each.id for each in used if self._may_be_seen(each)}
        values = self.solution.values
        return Frame(frame(equation, {id: show(values[id], self.solution.digits) for id in seen}))

    def _question(self, step: Step) -> Question:
        shown = Show.QUESTION if step.is_telling else self.show
        is_silent = shown is Show.QUESTION or step.tells or self._tells(step.all_said)
        title = step.title
        if shown is Show.QUESTION and step.question is not None:
            title = step.question
        known = {}
        if shown is Show.SUBSTITUTION:
            numbers = self.solution.line(step).sides[0].numbers
            used = quantities_in(step.quantity.definition)
            known = {q.id: numbers[q.id] for q in used if self._may_be_seen(q)}
        why = "" if is_silent else step.all_said
        return Question(step.quantity, title, why, shown, known)

    def _with_what_is_told(self, blocks: Sequence[Block]) -> Iterator[Block]:
        """The blocks of a section; before the first that is to be worked, what all of them need and
        stands nowhere else."""
        worked = [each for block in blocks for each in _worked_in(block)]
        said = " ".join(each.text for each in blocks if isinstance(each, Paragraph))
        for block in blocks:
            if worked and _worked_in(block):
                yield from self._told(worked, said)
                worked = []
            yield block

    def _told(self, worked: Sequence[Quantity], said: str) -> Iterator[Block]:
        told: dict[str, Quantity] = {}
        known: list[Quantity] = []
        found: set[str] = set()
        to_do = [*worked]
        for quantity in to_do:  # which grows
            for each in quantities_in(quantity.definition):
                if each.id in self.on_sheet:
                    continue
                if each.id in self.choice.known:
                    known.append(each)
                elif each.id in self.choice.told:
                    told[each.id] = each
                elif each.id in self.choice.shown and each.id not in self.steps:
                    found.add(each.id)
                    to_do.append(each)
                else:
                    continue
                self.on_sheet.add(each.id)
        both = [(PLAIN.symbol(q.symbol), PLAIN.number(self._number(q))) for q in known]
        written = [f"{one} = {other}" for one, other in both if f"{one} is {other}." not in said]
        if written:
            yield Paragraph(f"{_KNOWN} {', '.join(written)}.")
        if told:
            yield Paragraph(_TOLD)
            rows = tuple((each.symbol, self._number(each)) for each in told.values())
            yield Grid("told", ("number", "value"), rows)
        if found:
            yield Formulas(tuple(each for id, each in self.choice.shown.items() if id in found))

    # --- what may be seen ---

    def _may_be_seen(self, quantity: Quantity) -> bool:
        """Whether its value may stand on the worksheet."""
        id, choice = quantity.id, self.choice
        return is_given(quantity) or id in choice.told or id in choice.known

    def _tells(self, text: str) -> bool:
        """Whether a number in the text gives something away."""
        return any(map(self._is_telling, _NUMBER.findall(text)))

    def _is_telling(self, text: str) -> bool:
        number = Decimal(text)
        if number in self.seen:
            return False
        return "." in text or (number >= _FIRST_TELLING and number in self.hidden)

    # --- tables and texts ---

    def _asked_in_tables(self, section: Section) -> Mapping[str, Step]:
        """Steps that are asked in a table alone: without formulas, it says all that lines would."""
        if self.show is not Show.QUESTION:
            return {}
        asked = {
            each.id: each
            for each in section.blocks
            if isinstance(each, Step) and each.id in self.choice.asked
        }
        tables = (each for each in section.blocks if isinstance(each, Table) and not each.tells)
        return {
            cell.id: asked[cell.id]
            for table in tables
            if all(cell.id in asked.keys() | self.choice.known for cell in _quantities(table))
            for cell in _quantities(table)
            if cell.id in asked
        }

    def _grid(self, table: Table, in_tables: Mapping[str, Step]) -> Grid | None:
        """What is seen of a table: the columns in which the problem gives something. Nothing, if
        that stands elsewhere already, for all else is asked in lines; or all, if it is asked here."""
        if table.tells:
            return None
        ids = {cell.id for cell in _quantities(table)}
        asked = tuple(
            self._question(in_tables[cell.id])
            for cell in _quantities(table)
            if cell.id in in_tables
        )
        columns = [*range(len(table.columns))]
        if not asked and not ids <= self.given | self.choice.told:
            if not ids & self.given - self.on_sheet:
                return None
            columns = [n for n in columns if self._is_seen(row[n] for row in table.rows)]
        self.on_sheet |= ids
        return Grid(
            table.id,
            tuple(table.columns[n] for n in columns),
            tuple(tuple(self._cell(row[n], table.digits) for n in columns) for row in table.rows),
            asked,
        )

    def _is_seen(self, column: Iterable[str | Quantity]) -> bool:
        """Whether a column has texts or a number of the problem."""
        return any(isinstance(cell, str) or cell.id in self.given for cell in column)

    def _cell(self, cell: str | Quantity, digits: int | None) -> Cell:
        if isinstance(cell, str):
            return None if self._tells(cell) else cell
        return self._number(cell, digits) if self._may_be_seen(cell) else None

    def _number(self, quantity: Quantity, digits: int | None = None) -> Decimal:
        return show(self.solution.values[quantity.id], digits or self.solution.digits).value


def _quantities(table: Table) -> Iterator[Quantity]:
    return (cell for row in table.rows for cell in row if isinstance(cell, Quantity))


def _worked_in(block: Block) -> tuple[Quantity, ...]:
    """What is worked in a block, by who fills in the worksheet."""
    if isinstance(block, Formulas):
        return block.quantities
    return tuple(each.quantity for each in asked_in(block))


def _is_missing(block: SolutionBlock | None, grids: Mapping[str, Grid]) -> bool:
    """Whether a picture or a table is not on the worksheet."""
    return isinstance(block, Figure) or (isinstance(block, Table) and block.id not in grids)


def _on_what_is_left_out(steps: Sequence[Step]) -> Paragraph:
    return Paragraph(
        f"… {len(steps)} steps are not asked here, {steps[0].id} to {steps[-1].id}."
        if len(steps) > 1
        else f"… Step {steps[0].id} is not asked here."
    )


def is_text(blocks: Sequence[Block | SolutionBlock]) -> bool:
    """Whether there is nothing but text."""
    return all(isinstance(each, Paragraph | Remark | Equation) for each in blocks)


def _constants_in(expression: Expression) -> Iterator[Decimal]:
    """The numbers that belong to a formula."""
    if isinstance(expression, Constant):
        yield expression.number
    for operand in expression.operands:
        yield from _constants_in(operand)
