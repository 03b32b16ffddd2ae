"""The trellis of CTC in the terminal: positions down, time across, alignments as arrows.

The figure is that of Graves et al., "Connectionist temporal classification: labelling unsegmented
sequence data with recurrent neural networks", ICML 2006, with numbers written into it. All that
matters can be read without colour: brackets and double lines mark the most probable alignment.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from itertools import product

from rich.cells import cell_len, set_cell_size
from rich.text import Text

from lossclass.arithmetic.notation import PLAIN, SUPERSCRIPTS
from lossclass.arithmetic.number import MOST_DIGITS
from lossclass.blocks import Trellis
from lossclass.render.figure import MOST_CELLS, NO_PATH, Figure, Move, Node, short_label
from lossclass.solution import Solution

#: More time steps or positions than these are not drawn in the terminal at all.
MOST_ACROSS = MOST_DOWN = 40
#: Of more positions only the first and the last are drawn.
_TALLEST = 15
#: Digits and gaps between columns, to be tried until all columns fit.
_SIZES = ((MOST_DIGITS, 5), (MOST_DIGITS, 4), (3, 4), (2, 4))
_SIZE_OF_CUT = (3, 4)
_CUT = " … "
_BEST = "bold cyan"
_ARROWS = {
    0: "→ stays at a position",
    1: "╲ steps down to the next",
    2: "a long ╲ skips the blank between two different labels",
}


def draw(trellis: Trellis, solution: Solution, width: int) -> tuple[Text, list[str]]:
    """The picture, in lines of at most ``width`` cells, and what is to be said under it.

    The picture is empty where there is no room for one.
    """
    figure = Figure(trellis, solution)
    layout = _layout(figure, width)
    if layout is None:
        return Text(), [_too_large(figure)]
    return _Canvas(figure, layout).text(), [*_legend(figure, layout)]


def _too_large(figure: Figure) -> str:
    text = f"The trellis ({figure.size}) is too large to be drawn"
    if figure.times * figure.positions > MOST_CELLS:
        return f"{text}."
    return f"{text} here; --plot file.svg draws it."


def short(number: Decimal | None) -> str:
    """A number in few characters: 0.0012 and 1.2e-5."""
    if number is None:
        return "·"
    if not number or not number.is_finite():
        return PLAIN.number(number)
    sign, digits, _ = number.as_tuple()
    mantissa = Decimal((sign, digits, 1 - len(digits)))
    plain, powers = f"{number:f}", f"{mantissa:f}e{number.adjusted()}"
    return plain if len(plain) <= max(len(powers), len("0.0001")) else powers


# --- what there is room for ---


@dataclass(frozen=True)
class _Layout:
    """What is drawn, and where: ``None`` among times or positions is where some are left out.

    Attributes:
        digits: significant digits of the numbers.
        gap: columns between one time step and the next.
        margin: columns that the labels of the rows take.
        cell: columns of a number with its brackets.
    """

    digits: int
    gap: int
    margin: int
    cell: int
    times: tuple[int | None, ...]
    positions: tuple[int | None, ...]

    @cached_property
    def columns(self) -> dict[int | None, int]:
        """Where each time step begins, and where the cut is."""
        columns, at = {}, 0
        for t, following in zip(self.times, (*self.times[1:], None), strict=True):
            columns[t] = at
            if t is None:
                at += len(_CUT)
            else:
                at += self.cell + (0 if following is None else self.gap)
        return columns

    @property
    def width(self) -> int:
        return self.margin + self.columns[self.times[-1]] + self.cell

    def has(self, move: Move) -> bool:
        """Whether both ends are in the picture, and nothing between them is left out."""
        t, here, there = move
        if not {t, t + 1} <= set(self.times):
            return False
        return set(range(here, there + 1)) <= set(self.positions)


def _layout(figure: Figure, width: int) -> _Layout | None:
    """The largest layout that fits; the last to go are whole columns."""
    if figure.times > MOST_ACROSS or figure.positions > MOST_DOWN:
        return None
    sizes = [(min(digits, figure.solution.digits), gap) for digits, gap in _SIZES]
    tries = [(*size, figure.times) for size in sizes]
    tries += [(*_SIZE_OF_CUT, columns) for columns in range(figure.times - 1, 1, -1)]
    layouts = (_sized(figure, *each) for each in tries)
    return next((layout for layout in layouts if layout.width <= width), None)


def _sized(figure: Figure, digits: int, gap: int, columns: int) -> _Layout:
    times, positions = range(figure.times), range(figure.positions)
    numbers = (short(figure.number((t, s), digits)) for t in times for s in positions)
    return _Layout(
        digits=digits,
        gap=gap,
        margin=max(cell_len(_row_label(figure, s)) for s in positions) + 2,
        cell=max(*map(len, numbers), len(_heading(figure.times - 1))) + len("[]"),
        times=_without_middle(times, columns),
        positions=_without_middle(positions, _TALLEST),
    )


def _without_middle(numbers: Sequence[int], most: int) -> tuple[int | None, ...]:
    if len(numbers) <= most:
        return tuple(numbers)
    last = most // 2
    return (*numbers[: most - last], None, *numbers[len(numbers) - last :])


def _heading(t: int) -> str:
    return f"t = {t + 1}"


def _row_label(figure: Figure, s: int) -> str:
    room = len(str(figure.positions))
    return f"s = {s + 1:<{room}}  {short_label(figure.trellis.symbols[s])}"


# --- the picture ---


class _Canvas:
    """A grid of characters, to the right of the labels: two lines a position, one for its numbers
    and one below it for the diagonals."""

    def __init__(self, figure: Figure, layout: _Layout) -> None:
        self.figure = figure
        self.layout = layout
        self._characters: dict[int, dict[int, tuple[str, str]]] = defaultdict(dict)

    def text(self) -> Text:
        layout = self.layout
        # What is drawn later covers what was drawn before.
        for move in filter(layout.has, sorted(self.figure.trellis.moves, key=self._importance)):
            self._move(move)
        for row, s in enumerate(layout.positions):
            for t in layout.times:
                text = ("…" if t is None else " …", "dim")
                if t is not None and s is not None:
                    text = self._cell((t, s))
                self._put(2 * row, layout.columns[t] + (t is None), *text)
        lines = [Text(" " * layout.margin + self._headings(), "dim")]
        lines += [self._line(line) for line in range(2 * len(layout.positions) - 1)]
        return Text("\n", no_wrap=True).join(lines)

    def _importance(self, move: Move) -> tuple[bool, bool, int]:
        """Diagonals cross the arrows that stay, also that of the best alignment."""
        _, here, there = move
        return here != there, move in self.figure.best_moves, there - here

    def _headings(self) -> str:
        headings = ""
        for t in self.layout.times:
            headings = headings.ljust(self.layout.columns[t] + 1)
            headings += "…" if t is None else _heading(t)
        return headings

    def _put(self, line: int, column: int, text: str, style: str) -> None:
        for place, character in enumerate(text, start=column):
            if character != " ":
                self._characters[line][place] = (character, style)

    def _cell(self, node: Node) -> tuple[str, str]:
        number = self.figure.number(node, self.layout.digits)
        if node in self.figure.best_nodes:
            return f"[{short(number)}]", _BEST
        if node in self.figure.visited or number is None:
            return f" {short(number)} ", ""
        return f"({short(number)})", "dim"

    def _move(self, move: Move) -> None:
        t, here, there = move
        best = move in self.figure.best_moves
        style = _BEST if best else ""
        line = 2 * self.layout.positions.index(here)
        gap = self.layout.columns[t] + self.layout.cell
        if here == there:
            start = self.layout.columns[t] + len(self._cell((t, here))[0])
            shaft, head = "═⇒" if best else "─→"
            length = gap + self.layout.gap - start - 1
            self._put(line, start, shaft * length + head, style)
        else:
            for below, column in enumerate(self._diagonal(here, there), start=1):
                self._put(line + below, gap + column, "╲╲" if best else "╲", style)

    def _diagonal(self, here: int, there: int) -> tuple[int, ...]:
        """Where in the gap a line down is, in each line of text.

        A skip runs through the middle. A step is one character, away from skips: they leave from
        and come to labels, which are the odd positions.
        """
        middle = (self.layout.gap - 1) // 2
        if there - here == 1:
            return (middle + 2 if here % 2 else middle - 2,)
        return (middle - 1, middle, middle + 1)

    def _line(self, line: int) -> Text:
        s = self.layout.positions[line // 2]
        left = "" if line % 2 else "…" if s is None else _row_label(self.figure, s)
        text = Text(set_cell_size(left, self.layout.margin))
        characters = self._characters[line]
        for column in range(max(characters, default=-1) + 1):
            text.append(*characters.get(column, (" ", "")))
        text.rstrip()
        return text


# --- what is said under it ---


def _legend(figure: Figure, layout: _Layout) -> Iterator[str]:
    yield _on_numbers(figure, layout)
    if figure.trellis.moves:
        yield f"Lines lead to the right: {', '.join(_ARROWS[kind] for kind in figure.kinds_of_moves)}."
    elif not figure.visited:
        yield NO_PATH
    if figure.trellis.best:
        marks = "[ ] and double lines mark" if figure.best_moves else "[ ] marks"
        yield f"{marks} {figure.best_name}: {figure.best_symbols}"
    yield from _on_cells(figure)
    yield from _on_the_cut(layout)


def _on_numbers(figure: Figure, layout: _Layout) -> str:
    text = f"The numbers are {figure.letter}, to at most {layout.digits} significant digits"
    drawn = product(layout.times, layout.positions)
    nodes = ((t, s) for t, s in drawn if t is not None and s is not None)
    numbers = (short(figure.number(node, layout.digits)) for node in nodes)
    example = next((number for number in numbers if "e" in number), None)
    if example is None:
        return f"{text}."
    mantissa, _, power = example.partition("e")
    return f"{text}, and {example} means {mantissa} × 10{power.translate(SUPERSCRIPTS)}."


def _on_cells(figure: Figure) -> Iterator[str]:
    if figure.reached - figure.visited:
        yield "( ) marks where no alignment of the target passes."
    if len(figure.reached) < len(figure.nodes):
        yield "· marks where no path from the start leads."


def _on_the_cut(layout: _Layout) -> Iterator[str]:
    left_out = [
        *_between("time", layout.times),
        *_between("position", layout.positions),
    ]
    if left_out:
        yield f"Left out: {' and '.join(left_out)}; --plot file.svg draws the whole trellis."


def _between(what: str, numbers: Sequence[int | None]) -> Iterator[str]:
    """What the cut leaves out, in words that count from 1."""
    for before, cut, after in zip(numbers, numbers[1:], numbers[2:], strict=False):
        if cut is None and before is not None and after is not None:
            first, last = before + 2, after
            yield f"{what} {first}" if first == last else f"{what}s {first} to {last}"
