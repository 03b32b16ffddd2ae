"""Worksheets worked from what is printed on them, and from nothing else.

The reader here has the text of a worksheet. It takes numbers from the tables and sentences that are
drawn, and formulas from the lines; of the solution it knows only which number a cell of a table
stands for. What it works out has to be what the solution says.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal, localcontext

import pytest
from documents import leaks, numbers_in
from rich.console import Console

import lossclass
from lossclass.arithmetic.expression import Constant, Expression, Quantity, quantities_in
from lossclass.arithmetic.notation import PLAIN
from lossclass.arithmetic.number import WORKING, round_significant
from lossclass.arithmetic.parsing import read
from lossclass.blocks import Paragraph
from lossclass.errors import UsageError
from lossclass.problem.bundled import bundled_problems
from lossclass.render import terminal
from lossclass.render.document import worksheet_block
from lossclass.worksheets import Show
from lossclass.worksheets.choosing import is_given
from lossclass.worksheets.composing import worksheet
from lossclass.worksheets.worksheet import Formulas, Frame, Grid, Worksheet
from problems import case

#: Wide enough for any line in one piece.
WIDTH = 1_000
BLANK = "________________"
_LINE = re.compile(
    r"  (?P<symbol>\S.*?) = (?P<formula>\S.*?)(?:  +(?P<id>\S+)| [a-z_]+(?:\.\d+)+)?"
)
#: What stands before an equals sign in a sentence, or at the head of a table.
_NO_SYMBOL = re.compile(r"  |(?:[^\W\d]{2,} ){3}")
#: Where a formula goes on in the next line.
_CONTINUED = re.compile(r"\n {4,}(?=[·×+−/] )")
_BETWEEN = re.compile(" {3,}")


def drawn(sheet: Worksheet) -> str:
    console = Console(width=WIDTH, color_system=None, force_terminal=False, legacy_windows=False)
    return "".join(terminal.render_worksheet([sheet], console))


def texts_of(grid: Grid) -> list[list[str]]:
    """The rows of a table as it is drawn, without its head."""
    console = Console(width=WIDTH, color_system=None, force_terminal=False, legacy_windows=False)
    with console.capture() as capture:
        console.print(*worksheet_block(grid, terminal.Terminal(WIDTH)))
    _, rows = re.split("─+\n", capture.get())
    return [_BETWEEN.split(row.strip()) for row in rows.strip("\n").split("\n")]


class Reader:
    """Works a worksheet.

    Attributes:
        numbers: what is printed, by the id of what it is.
        formulas: how to work what is not, as text, by the same.
    """

    def __init__(self, solution: lossclass.Solution, sheet: Worksheet) -> None:
        self.solution = solution
        self.sheet = sheet
        self.text = drawn(sheet)
        self.quantities = {each.id: each for each in self._all()}
        self.numbers = {**self._in_tables(), **self._told()}
        self.formulas = dict(self._in_lines())
        self.worked: dict[str, Decimal] = {}

    def _all(self) -> Iterator[Quantity]:
        yield from self.solution.calculation
        for step in self.solution.steps:
            yield step.quantity

    def _in_tables(self) -> dict[str, Decimal]:
        """The numbers in the cells of its tables."""
        tables = {table.id: table for table in self.solution.tables}
        found = {}
        for grid in (b for part in self.sheet.parts for b in part.blocks if isinstance(b, Grid)):
            if grid.id not in tables or not grid.rows:
                continue
            table = tables[grid.id]
            places = [table.columns.index(column) for column in grid.columns]
            for row, seen, cells in zip(table.rows, grid.rows, texts_of(grid), strict=True):
                filled = [place for place, each in zip(places, seen, strict=True) if each != ""]
                for place, text in zip(filled, cells, strict=True):
                    cell = row[place]
                    if isinstance(cell, Quantity) and text != BLANK[: len(text)]:
                        (found[cell.id],) = numbers(text)
        return found

    def _told(self) -> dict[str, Decimal]:
        """Numbers that were worked out elsewhere: a name and a number each."""
        found = {}
        by_symbol = {PLAIN.symbol(each.symbol): each.id for each in self.quantities.values()}
        for grid in (b for part in self.sheet.parts for b in part.blocks if isinstance(b, Grid)):
            if grid.id == "told":
                for name, text in texts_of(grid):
                    (found[by_symbol[name]],) = numbers(text)
        return found

    def _in_lines(self) -> Iterator[tuple[str, str]]:
        asked = ""
        frames = (b for part in self.sheet.parts for b in part.blocks if isinstance(b, Frame))
        vectors = {each.line.left(PLAIN) for each in frames}
        for line in _CONTINUED.sub(" ", self.text).splitlines():
            *_, last = line.split() or [""]
            match = _LINE.fullmatch(line.rstrip())
            id = last if last in self.quantities else asked
            if match and (match["symbol"] in vectors or _NO_SYMBOL.search(match["symbol"])):
                continue
            if match and BLANK not in line and id:
                assert match["symbol"] == PLAIN.symbol(self.quantities[id].symbol)
                yield id, match["formula"]
            elif last in self.quantities:
                asked = last  # the heading of a question

    def number(self, id: str) -> Decimal:
        """What a quantity comes to, by what is printed."""
        if id in self.numbers:
            return self.numbers[id]
        if id not in self.worked:
            self.worked[id] = self._worked(self.quantities[id])
        return self.worked[id]

    def _worked(self, quantity: Quantity) -> Decimal:
        if is_given(quantity):
            return self._in_a_sentence(quantity)
        if isinstance(quantity.definition, Constant):
            # No formula gives it: it is asked, in words, or so from the beginning, or counted on the way
            # back, whose rule is printed.
            is_asked = quantity.id in {each.id for each in self.sheet.questions}
            symbol, number = PLAIN.symbol(quantity.symbol), PLAIN.number(quantity.definition.number)
            text = " ".join(self.text.split())
            is_told = f"{symbol} = {number}" in text or f"{symbol} is {number}" in text
            assert is_asked or is_told or "From the last cell back to the first" in self.text
            return quantity.definition.number
        assert quantity.id in self.formulas, f"no line says how to work {quantity.id}"
        text, names = self.formulas[quantity.id], dict[str, Expression]()
        used = {PLAIN.symbol(q.symbol): q.id for q in quantities_in(quantity.definition)}
        for n, symbol in enumerate(sorted(used, key=len, reverse=True)):
            assert symbol in text
            text = re.sub(rf"(?<!\w){re.escape(symbol)}", f" v{'abcdefghij'[n % 10]}{n}x ", text)
            names[f"v{'abcdefghij'[n % 10]}{n}x"] = Constant(self.number(used[symbol]))
        with localcontext(WORKING):
            value: Decimal = read(text, names).value({})
        return value

    def _in_a_sentence(self, quantity: Quantity) -> Decimal:
        wanted = self.solution.values[quantity.id]
        blocks = [block for part in self.sheet.parts for block in part.blocks]
        said = [each.text for each in blocks if isinstance(each, Paragraph)]
        said += [each.why for each in self.sheet.questions]
        about = self.solution.about
        found = numbers(" ".join([about.title, about.statement, *said]))
        assert wanted in found, f"{quantity.id} stands nowhere on the worksheet"
        return wanted


def numbers(text: str) -> list[Decimal]:
    """The numbers in a text, with their signs."""
    signed = re.sub("[-−](?=[0-9])", "§", text)
    return [
        -number if sign else number
        for sign, piece in re.findall(r"(§?)([0-9.]+(?: × 10[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+)?)", signed)
        for number in [*numbers_in(piece)][:1]
    ]


def kinds(solution: lossclass.Solution) -> list[str]:
    return [*dict.fromkeys(step.id.partition(".")[0] for step in solution.steps)]


def solutions(name: str) -> Iterator[lossclass.Solution]:
    yield case(name)
    try:
        yield case(name, gradient=True)
    except UsageError:
        return


@pytest.mark.grid(24, name=bundled_problems(), show=[Show.FORMULA, Show.SUBSTITUTION])
def test_what_is_asked_can_be_worked_from_what_is_printed(name: str, show: Show) -> None:
    for solution in solutions(name):
        for only in ([], *([kind] for kind in kinds(solution))):
            sheet = worksheet(solution, show, only)
            reader = Reader(solution, sheet)
            assert sheet.questions
            for question in sheet.questions:
                found, ours = reader.number(question.id), solution.values[question.id]
                if ours.is_finite():
                    assert float(found) == pytest.approx(float(ours), rel=2e-3, abs=1e-12), (
                        question.id
                    )
                else:
                    assert found == ours
            assert not given_away(name, solution, reader)


@pytest.mark.grid(30, name=bundled_problems())
def test_without_formulas_everything_is_there_that_the_problem_gives(name: str) -> None:
    for solution in solutions(name):
        for only in ([], *([kind] for kind in kinds(solution))):
            sheet = worksheet(solution, Show.QUESTION, only)
            reader = Reader(solution, sheet)
            for given in needed(sheet):
                assert abs(reader.number(given.id)) == abs(solution.values[given.id])
            assert not given_away(name, solution, reader)


def given_away(name: str, solution: lossclass.Solution, reader: Reader) -> dict[str, set[Decimal]]:
    """What is asked and stands in the text, but for what is equal to a number that is told."""
    asked = {each.id for each in reader.sheet.questions}
    assert not asked & reader.numbers.keys()
    told = {
        round_significant(abs(solution.values[id]), digits)
        for id in reader.numbers
        for digits in range(3, 9)
    }
    found = leaks(name, solution, reader.text)
    return {id: seen - told for id, seen in found.items() if id in asked and seen - told}


def needed(sheet: Worksheet) -> Iterator[Quantity]:
    """The numbers of the problem that what is asked is worked from."""
    seen: set[str] = set()
    to_do = [each.quantity for each in sheet.questions]
    while to_do:
        for each in quantities_in(to_do.pop().definition):
            if each.id not in seen:
                seen.add(each.id)
                to_do.append(each)
                if is_given(each):
                    yield each


def test_the_reader_finds_nothing_that_is_not_printed() -> None:
    solution = case("rnn_regression_series")
    whole = worksheet(solution, Show.FORMULA, ["loss"])
    assert Reader(solution, whole).number("loss") == solution.values["loss"]
    needed_blocks = [
        block
        for part in whole.parts
        for block in part.blocks
        # the statement has the inputs, too
        if isinstance(block, Grid | Formulas) and getattr(block, "id", "") != "rnn.inputs"
    ]
    assert len(needed_blocks) > 5
    for dropped in needed_blocks:
        parts = [
            replace(part, blocks=tuple(b for b in part.blocks if b is not dropped))
            for part in whole.parts
        ]
        without = Reader(solution, replace(whole, parts=tuple(parts)))
        with pytest.raises(AssertionError, match=r"stands nowhere|no line says"):
            without.number("loss")
