"""A trellis in the terminal: rows down, columns across, arcs as lines between the numbers.

All that matters can be read without colour: brackets and double lines mark the path.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import product

from rich.cells import cell_len, set_cell_size
from rich.text import Text

from lossclass.arithmetic.calculation import Rounding
from lossclass.arithmetic.notation import PLAIN, SUPERSCRIPTS
from lossclass.arithmetic.number import MOST_DIGITS
from lossclass.blocks import Arc, Place, Trellis
from lossclass.render.cutting import ROWS_OF_TRELLIS, Limit
from lossclass.render.figure import MOST_CELLS, Figure, is_within_column, rows_down, short_label
from lossclass.solution import Solution

#: More columns or rows than these are not drawn in the terminal at all.
MOST_ACROSS = MOST_DOWN = 40
#: Digits and gaps between columns, to be tried until all columns fit.
_SIZES = ((MOST_DIGITS, 5), (MOST_DIGITS, 4), (3, 4), (2, 4))
_SIZE_OF_CUT = (3, 4)
_CUT = " … "
_PATH = "bold cyan"
_DOWN, _UP, _CROSSING, _WITHIN = "╲", "╱", "╳", "│"


def draw(trellis: Trellis, solution: Solution, width: int) -> tuple[Text, list[str]]:
    """The picture, in lines of at most ``width`` cells, and what is to be said under it.

    The picture is empty where there is no room for one.
    """
    figure = Figure(trellis, solution)
    layout = _layout(figure, width)
    if layout is None:
        is_larger = figure.columns * figure.rows > MOST_CELLS
        end = "." if is_larger else " here; --plot file.svg draws it."
        return Text(), [f"The trellis ({figure.size}) is too large to be drawn{end}"]
    return _Canvas(figure, layout).text(), [*_legend(figure, layout)]


def short(number: Decimal | None) -> str:
    """A number in few characters: 0.0012 and 1.2e-5."""
    if number is None:
        return "·"
    if not number or not number.is_finite():
        return PLAIN.number(number)
    sign, digits, _ = number.as_tuple()
    mantissa = Decimal((sign, digits, 1 - len(digits)))
    plain, powers = f"{number:f}", f"{mantissa:f}e{number.adjusted()}"
    text = plain if len(plain) <= max(len(powers), len("0.0001")) else powers
    return text.replace("-", PLAIN.minus)


# --- what there is room for ---


class _Layout:
    """What is drawn, and where: ``None`` among columns or rows is where some are left out.

    Args:
        digits: significant digits of the numbers.
        gap: characters between one column of nodes and the next, at least.
        columns: so many of them are drawn.
        has_room: whether a heading stands above its number alone, and not above the gap behind it.
    """

    def __init__(
        self, figure: Figure, digits: int, gap: int, columns: int, *, has_room: bool
    ) -> None:
        numbers = (short(figure.number(place, digits)) for place in figure.places)
        widest, heading = max(map(len, numbers)), max(map(cell_len, figure.headings))
        self.digits = digits
        #: Characters of a number with its brackets, and of one, or of its heading, behind which is no
        #: gap; and those that the labels of the rows take.
        self.cell = (max(widest, heading) if has_room else widest) + len("[]")
        self.last = max(self.cell, 1 + heading)
        self.margin = max(cell_len(_row_label(figure, row)) for row in range(figure.rows)) + 2
        self.gap = max(gap, heading + 2 - self.cell)
        limit = Limit(columns, columns - columns // 2, columns // 2)
        self.columns = _without_middle(figure.columns, limit)
        self.rows = _without_middle(figure.rows, ROWS_OF_TRELLIS)
        #: The character at which each column of nodes begins, and the cut.
        self.begin: dict[int | None, int] = {}
        at = 0
        for column, following in zip(self.columns, (*self.columns[1:], None), strict=True):
            self.begin[column] = at
            if column is None:
                at += len(_CUT)
            else:
                at += self.last if following is None else self.cell + self.gap
        self.width = self.margin + self.begin[self.columns[-1]] + self.last

    def has(self, arc: Arc) -> bool:
        """Whether both ends are in the picture, and nothing between them is left out."""
        (column, row), (to_column, to_row) = arc.start, arc.end
        if not {column, to_column} <= set(self.columns):
            return False
        return set(range(min(row, to_row), max(row, to_row) + 1)) <= set(self.rows)


def _layout(figure: Figure, width: int) -> _Layout | None:
    """The largest layout that fits; the last to go are whole columns."""
    if figure.columns > MOST_ACROSS or figure.rows > MOST_DOWN:
        return None
    sizes = [(min(digits, figure.solution.digits), gap) for digits, gap in _SIZES]
    tries = [(*size, figure.columns) for size in sizes]
    tries += [(*_SIZE_OF_CUT, columns) for columns in range(figure.columns - 1, 1, -1)]
    layouts = (
        _Layout(figure, *each, has_room=has_room)
        for has_room, some in ((True, tries[: len(sizes)]), (False, tries))
        for each in some
    )
    return next((layout for layout in layouts if layout.width <= width), None)


def _without_middle(count: int, limit: Limit) -> tuple[int | None, ...]:
    first, left_out, last = limit.cut(range(count))
    return (*first, None, *last) if left_out else (*first,)


def _row_label(figure: Figure, number: int) -> str:
    rows = figure.trellis.rows
    room = max(len(row.heading) for row in rows)
    return f"{rows[number].heading:<{room}}  {short_label(rows[number].label)}"


# --- the picture ---


class _Canvas:
    """A grid of characters, to the right of the labels: two lines a row, one for its numbers and
    one below it for the lines that lead up and down."""

    def __init__(self, figure: Figure, layout: _Layout) -> None:
        self.figure = figure
        self.layout = layout
        self._characters: dict[int, dict[int, tuple[str, str]]] = defaultdict(dict)

    def text(self) -> Text:
        layout = self.layout
        # What is drawn later covers what was drawn before.
        for arc in filter(layout.has, sorted(self.figure.trellis.arcs, key=self._importance)):
            self._arc(arc)
        for place, row in enumerate(layout.rows):
            for column in layout.columns:
                text = ("…" if column is None else " …", "dim")
                if column is not None and row is not None:
                    text = self._cell((column, row))
                self._put(2 * place, layout.begin[column] + (column is None), *text)
        lines = [Text(" " * layout.margin + self._headings(), "dim")]
        lines += [self._line(line) for line in range(2 * len(layout.rows) - 1)]
        return Text("\n", no_wrap=True).join(lines)

    def _importance(self, arc: Arc) -> tuple[bool, bool, int]:
        """Diagonals cross the arrows that stay in a row, also that of the path."""
        down = rows_down(arc)
        return down != 0, self.figure.is_on_path(arc), down

    def _headings(self) -> str:
        headings = ""
        for column in self.layout.columns:
            headings = set_cell_size(headings, self.layout.begin[column] + 1)
            headings += "…" if column is None else self.figure.headings[column]
        return headings

    def _put(self, line: int, column: int, text: str, style: str) -> None:
        for place, character in enumerate(text, start=column):
            before, _ = self._characters[line].get(place, (" ", ""))
            crosses = {before, character} == {_DOWN, _UP}
            if character != " ":
                self._characters[line][place] = (_CROSSING if crosses else character, style)

    def _cell(self, place: Place) -> tuple[str, str]:
        number = self.figure.number(place, self.layout.digits)
        if place in self.figure.path:
            return f"[{short(number)}]", _PATH
        if self.figure.is_passed(place) or number is None:
            return f" {short(number)} ", ""
        return f"({short(number)})", "dim"

    def _arc(self, arc: Arc) -> None:
        (column, row), down = arc.start, rows_down(arc)
        on_path = self.figure.is_on_path(arc)
        style = _PATH if on_path else ""
        line, begin = 2 * self.layout.rows.index(row), self.layout.begin[column]
        gap = begin + self.layout.cell
        if is_within_column(arc):
            for between in range(1, 2 * down):
                self._put(line + between, begin + 1, "║" if on_path else _WITHIN, style)
        elif not down:
            start = begin + len(self._cell(arc.start)[0])
            shaft, head = "═⇒" if on_path else "─→"
            length = gap + self.layout.gap - start - 1
            self._put(line, start, shaft * length + head, style)
        else:
            sign = (_DOWN if down > 0 else _UP) * (2 if on_path else 1)
            for between, place in enumerate(self._diagonal(row, abs(down)), start=1):
                self._put(line + (between if down > 0 else -between), gap + place, sign, style)

    def _diagonal(self, row: int, length: int) -> list[int]:
        """Where in the gap a line that leads some rows up or down is, in each line of text.

        A long one runs through the middle. One to the next row is one character, away from the long
        ones, and from that of the row beside it.
        """
        middle = (self.layout.gap - 1) // 2
        if length == 1:
            return [middle + 2 if row % 2 else middle - 2]
        lines = 2 * length - 1
        return [middle - 1 + round(2 * line / (lines - 1)) for line in range(lines)]

    def _line(self, line: int) -> Text:
        row = self.layout.rows[line // 2]
        left = "" if line % 2 else "…" if row is None else _row_label(self.figure, row)
        text = Text(set_cell_size(left, self.layout.margin))
        characters = self._characters[line]
        for column in range(max(characters, default=-1) + 1):
            text.append(*characters.get(column, (" ", "")))
        text.rstrip()
        return text


# --- what is said under it ---


def _legend(figure: Figure, layout: _Layout) -> Iterator[str]:
    trellis = figure.trellis
    yield _on_numbers(figure, layout)
    if trellis.arcs:
        within = any(map(is_within_column, trellis.arcs))
        ways = "to the right, and down within a column" if within else "to the right"
        kinds = figure.arcs_by_kind.items()
        lines = (f"{' or '.join(dict.fromkeys(map(_sign, arcs)))} {k.does}" for k, arcs in kinds)
        yield f"Lines lead {ways}: {', '.join(lines)}."
    elif not any(node.is_passed for node in trellis.nodes):
        yield trellis.without_path
    if trellis.path:
        marks = "[ ] and double lines mark" if len(trellis.path) > 1 else "[ ] marks"
        yield f"{marks} {trellis.path_is}: {figure.path_labels}"
    if not all(node.is_passed for node in trellis.nodes):
        yield f"( ) marks where {trellis.unpassed}."
    if len(figure.nodes) < len(figure.places):
        yield "· marks where no path from the start leads."
    headings = [row.heading for row in trellis.rows]
    left_out = [*_between(figure.headings, layout.columns), *_between(headings, layout.rows)]
    if left_out:
        yield f"Left out: {' and '.join(left_out)}; --plot file.svg draws the whole trellis."


def _on_numbers(figure: Figure, layout: _Layout) -> str:
    text = f"The numbers are {figure.letter}, to at most {Rounding(layout.digits)}"
    drawn = product(layout.columns, layout.rows)
    places = ((c, row) for c, row in drawn if c is not None and row is not None)
    numbers = (short(figure.number(place, layout.digits)) for place in places)
    example = next((number for number in numbers if "e" in number), None)
    if example is None:
        return f"{text}."
    mantissa, _, power = example.partition("e")
    raised = power.replace("−", "-").translate(SUPERSCRIPTS)
    return f"{text}, and {example} means {mantissa} × 10{raised}."


def _sign(arc: Arc) -> str:
    down = rows_down(arc)
    if is_within_column(arc):
        return _WITHIN
    if not down:
        return "→"
    line = _DOWN if down > 0 else _UP
    return line if abs(down) == 1 else f"a long {line}"


def _between(headings: Sequence[str], numbers: Sequence[int | None]) -> Iterator[str]:
    """What the cut leaves out, by its headings: t = 4 to 7."""
    for before, cut, after in zip(numbers, numbers[1:], numbers[2:], strict=False):
        if cut is None and before is not None and after is not None:
            first, *between = headings[before + 1 : after]
            to = "and" if len(between) == 1 else "to"
            yield f"{first} {to} {between[-1].rpartition('= ')[2]}" if between else first
