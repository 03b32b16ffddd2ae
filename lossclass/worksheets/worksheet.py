"""A worksheet: what to compute, in order, with blanks where the values of a solution stand.

:func:`lossclass.worksheets.composing.worksheet` makes it of a solution; renderers read it. An empty
place is None in it, for each format to draw as it can. No result stands in it, so none can slip
into a format; but for its key, where that is asked for, of a workbook that checks itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from decimal import Decimal
from itertools import chain
from math import ceil
from typing import TypeAlias

from lossclass.arithmetic.expression import (
    Constant,
    Expression,
    Operation,
    Product,
    Quantity,
    Sum,
    quantities_in,
)
from lossclass.arithmetic.line import formula, running_operation
from lossclass.arithmetic.matrices import MatrixLine
from lossclass.arithmetic.notation import Notation, as_number
from lossclass.arithmetic.number import Shown
from lossclass.arithmetic.symbol import Symbol
from lossclass.blocks import Paragraph
from lossclass.records import record
from lossclass.solution import About
from lossclass.worksheets import Layout, Show
from lossclass.worksheets.form import SheetHead

#: So many operands are written on one line, and so many lines there are at most.
_ON_A_LINE, _MOST_LINES = 8, 3


@record
class Question:
    """A step to be worked out.

    Attributes:
        quantity: its id, symbol and formula.
        why: a reason for the formula; empty where it would tell too much.
        show: how much of it is shown.
        known: the numbers that are put into its formula, by id; empty where none are. The
            steps before it are not among them: their symbols stand there.
    """

    quantity: Quantity
    title: str
    why: str
    show: Show
    known: Mapping[str, Shown]

    @property
    def id(self) -> str:
        return self.quantity.id

    def sides(self, notation: Notation) -> list[tuple[bool, str]]:
        """What stands between the symbol and the blank, each with whether ``=`` may stand before
        it."""
        definition = self.quantity.definition
        if self.show is Show.QUESTION or isinstance(definition, Constant):
            return []
        sides = [(True, formula(definition, notation))]
        # What is only copied would be the answer itself.
        if self.known and isinstance(definition, Operation):
            exact = all(number.exact for number in self.known.values())
            sides.append((exact, notation.write(definition, self._number_or_symbol)))
        return sides

    @property
    def lines(self) -> int:
        """How many lines are needed to put the numbers in: none where there is nothing to put them
        into, or where they are put in already, all of them."""
        definition = self.quantity.definition
        if not isinstance(definition, Operation):
            return 0
        if isinstance(definition, Sum | Product) and len(definition.operands) == 1:
            return 0  # of one term: a copy
        if all(each.id in self.known for each in quantities_in(definition)):
            return 0
        long = running_operation(definition)
        return min(ceil(len(long.operands) / _ON_A_LINE), _MOST_LINES) if long else 1

    def _number_or_symbol(self, leaf: Expression) -> Decimal | Symbol:
        if not isinstance(leaf, Quantity):
            return as_number(leaf)
        return self.known[leaf.id].value if leaf.id in self.known else leaf.symbol


@record
class Formulas:
    """Steps that are not asked, and are used by those that are: only how they are worked."""

    quantities: tuple[Quantity, ...]


@record
class Frame:
    """Questions of one kind as one equation of matrices, in which results have yet to be put."""

    line: MatrixLine


#: A text, a name, a number that may be seen, or an empty place.
Cell: TypeAlias = str | Symbol | Decimal | None


@record
class Grid:
    """A table of which some cells may be to be filled in: they are ``asked`` there alone."""

    id: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    asked: tuple[Question, ...] = ()


#: What stands on a worksheet.
Block: TypeAlias = Question | Formulas | Frame | Grid | Paragraph


@record
class Part:
    """A part of the worksheet under its own heading."""

    title: str
    blocks: tuple[Block, ...]


@record
class Worksheet:
    """What a student is to work out, in order.

    Attributes:
        digits: significant digits that results should have at least.
        only: what was asked for by name, where that is not all.
        given: the numbers of the problem.
        key: the results of what is asked, by id; empty, where the worksheet is to have none.
        layout: how the steps stand on paper.
        space: millimetres to work in under each step.
        head: what stands above; None where it goes on from the worksheet before it, on one sheet.
    """

    about: About
    parts: tuple[Part, ...]
    digits: int
    show: Show
    only: tuple[str, ...] = ()
    given: tuple[Quantity, ...] = ()
    key: Mapping[str, Decimal] = field(default_factory=dict)
    layout: Layout = Layout.LINES
    space: float = 0.0
    head: SheetHead | None = field(default_factory=SheetHead)

    @property
    def questions(self) -> tuple[Question, ...]:
        """All that is asked, in order."""
        blocks = (block for part in self.parts for block in part.blocks)
        return tuple(chain.from_iterable(map(asked_in, blocks)))

    @property
    def has_formulas(self) -> bool:
        """Whether there is how to work what is not asked."""
        return any(isinstance(block, Formulas) for part in self.parts for block in part.blocks)

    @property
    def has_tables(self) -> bool:
        """Whether something is asked in a table."""
        blocks = (block for part in self.parts for block in part.blocks)
        return any(isinstance(block, Grid) and block.asked for block in blocks)


def asked_in(block: Block) -> tuple[Question, ...]:
    """What is asked in a block, on a line or in a table."""
    if isinstance(block, Question):
        return (block,)
    return block.asked if isinstance(block, Grid) else ()
