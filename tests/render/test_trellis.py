"""Trellises, of CTC and of others: in the terminal and as SVG, drawn from what is made here."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal, localcontext
from functools import cache
from itertools import pairwise
from typing import Any, TypeAlias
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

import lossclass
from lossclass.arithmetic.calculation import Calculation
from lossclass.arithmetic.expression import Constant, Log, Negative, Product, Quantity, Sum
from lossclass.arithmetic.notation import PLAIN
from lossclass.arithmetic.number import WORKING, show
from lossclass.arithmetic.symbol import Symbol
from lossclass.blocks import Arc, ArcKind, Axis, Node, Place, Row, RowKind, Table, Trellis
from lossclass.errors import UsageError
from lossclass.render import Detail, View, terminal
from lossclass.render import trellis as drawing
from lossclass.render.figure import short_label
from lossclass.render.svg import plot
from lossclass.solution import About, CrossCheck, Solution
from lossclass.working import Working
from problems import case

Move: TypeAlias = tuple[int, int, int]
Line: TypeAlias = tuple[Place, Place]
SVG = "{http://www.w3.org/2000/svg}"
BLANK = "_"
FIXTURE = [[0.4, 0.3, 0.3], [0.5, 0.2, 0.3], [0.2, 0.5, 0.3]]
HOSTILE = ["<script>alert('x')</script>", '&amp;" onload="alert(1)', "]]>", "<!--"]


# --- solutions to be drawn ---


def paths(symbols: Sequence[str], times: int) -> list[tuple[int, ...]]:
    """Every alignment as its positions, by trying all from which the end is not too far."""

    def may_follow(there: int, here: int) -> bool:
        if there - here == 2:
            return symbols[there] not in {BLANK, symbols[here]}
        return there - here in {0, 1}

    ends = {len(symbols) - 1, len(symbols) - 2}
    late = len(symbols) - 2 * times
    found: list[tuple[int, ...]] = [(s,) for s in range(min(2, len(symbols)))]
    for t in range(1, times):
        found = [
            (*path, s)
            for path in found
            for s in range(max(path[-1], late + 2 * t), min(path[-1] + 3, len(symbols)))
            if may_follow(s, path[-1])
        ]
    return [path for path in found if path[-1] in ends]


def solved(rows: Sequence[dict[str, Decimal]], target: Sequence[str], digits: int = 4) -> Solution:
    """A solution of which the trellis is in the last place."""
    symbols = [BLANK, *(symbol for label in target for symbol in (label, BLANK))]
    working = Working(digits)
    working.section("The forward variables")
    cells: list[tuple[Quantity | None, ...]] = []
    with localcontext(WORKING):
        for t, row in enumerate(rows):
            cells.append(
                tuple(cell(working, cells, symbols, row, t, s) for s in range(len(symbols)))
            )
        ends = [alpha for alpha in cells[-1][-2:] if alpha is not None]
        probability = working.step("probability", Symbol("p"), Sum(*ends) if ends else Constant(0))
        working.step("loss", Symbol("L"), Negative(Log(probability, "e")))
        moves, best = moves_and_best(rows, symbols)
        working.figure(drawn("α by time", symbols, cells, moves, best))
    return Solution(
        About("ctc", "CTC", "L", "A trellis"),
        working.sections,
        Calculation(working.calculation, working.values),
        working.values,
        ("loss",),
        digits,
        lambda: CrossCheck(0.0, agrees=True, close=True),
    )


LABEL, BLANKS = RowKind("label", "a label of the target"), RowKind("blank", "a blank", False)
KINDS = (
    ArcKind("stay", "stays at a position"),
    ArcKind("step to the next position", "steps down to the next"),
    ArcKind("skip", "skips the blank between two different labels"),
)


def drawn(
    title: str,
    symbols: Sequence[str],
    cells: Sequence[Sequence[Quantity | None]],
    moves: Sequence[Move],
    best: Sequence[int],
) -> Trellis:
    """A trellis of CTC: cells by time and position, moves (t, s, s'), the best position by time."""
    passed = {(t + end, move[end]) for t, *move in moves for end in (0, 1)}
    passed |= set(enumerate(best))
    return Trellis(
        "trellis",
        title,
        Axis(("time t →",), "time step"),
        tuple(f"t = {t + 1}" for t in range(len(cells))),
        Axis(("extended", "target ↓"), "position"),
        tuple(
            Row(f"s = {s + 1}", symbol, BLANKS if symbol == BLANK else LABEL)
            for s, symbol in enumerate(symbols)
        ),
        (LABEL, BLANKS),
        tuple(
            Node((t, s), quantity, (t, s) in passed)
            for t, row in enumerate(cells)
            for s, quantity in enumerate(row)
            if quantity is not None
        ),
        tuple(Arc((t, s), (t + 1, goal), KINDS[goal - s]) for t, s, goal in moves),
        tuple(enumerate(best)),
        path_is="the most probable alignment",
        arcs_are="a move",
        description=f"Rows are {' '.join(symbols)}.",
        unpassed="no alignment of the target passes",
        without_path="No alignment leads to the end.",
    )


def labels(trellis: Trellis) -> list[str]:
    return [row.label for row in trellis.rows]


def quantities(trellis: Trellis) -> dict[Place, Quantity]:
    return {node.place: node.quantity for node in trellis.nodes}


def passed(trellis: Trellis) -> set[Place]:
    """Where whole paths pass."""
    ends = {place for arc in trellis.arcs for place in (arc.start, arc.end)}
    return ends | set(trellis.path)


def places(trellis: Trellis) -> list[Place]:
    return [(t, s) for t in range(len(trellis.columns)) for s in range(len(trellis.rows))]


def steps(trellis: Trellis) -> tuple[set[Line], set[Line]]:
    """The arcs of the path, and all others."""
    path = set(pairwise(trellis.path))
    return path, {(arc.start, arc.end) for arc in trellis.arcs} - path


def cell(
    working: Working,
    cells: list[tuple[Quantity | None, ...]],
    symbols: Sequence[str],
    row: dict[str, Decimal],
    t: int,
    s: int,
) -> Quantity | None:
    y = working.given(f"y.{t + 1}.{s + 1}", Symbol("y", (t + 1,)), row[symbols[s]])
    alpha = Symbol("α", (t + 1,), (str(s + 1),))
    id = f"alpha.{t + 1}.{s + 1}"
    if t == 0:
        return working.step(id, alpha, y) if s < 2 else None
    can_skip = s >= 2 and symbols[s] not in {BLANK, symbols[s - 2]}
    before = [cells[t - 1][p] for p in (s, s - 1, s - 2) if p >= 0 and (s - p < 2 or can_skip)]
    incoming = [each for each in before if each is not None]
    return working.step(id, alpha, Product(Sum(*incoming), y)) if incoming else None


def moves_and_best(
    rows: Sequence[dict[str, Decimal]], symbols: Sequence[str]
) -> tuple[tuple[Move, ...], tuple[int, ...]]:
    """From the complete list of alignments."""
    every = paths(symbols, len(rows))

    def probability(path: tuple[int, ...]) -> Decimal:
        result = Decimal(1)
        for row, s in zip(rows, path, strict=True):
            result *= row[symbols[s]]
        return result

    moves = {(t, path[t], path[t + 1]) for path in every for t in range(len(rows) - 1)}
    return tuple(sorted(moves)), max(every, key=probability, default=())


def fixture() -> Solution:
    return solved([row_of(BLANK + "ab", numbers) for numbers in FIXTURE], "ab")


def row_of(symbols: Sequence[str], numbers: Sequence[float]) -> dict[str, Decimal]:
    return {s: Decimal(str(n)) for s, n in zip(symbols, numbers, strict=True)}


def random_solution(target: Sequence[str], times: int, seed: int = 1, digits: int = 4) -> Solution:
    choose = random.Random(seed)  # noqa: S311 - nothing secret
    symbols = sorted({BLANK, *target})
    rows = []
    for _ in range(times):
        weights = [choose.random() ** 2 + 0.02 for _ in symbols]
        rows.append(row_of(symbols, [round(each / sum(weights), 4) for each in weights]))
    return solved(rows, target, digits)


def trellis_of(solution: Solution) -> Trellis:
    (found,) = (
        b for section in solution.sections for b in section.blocks if isinstance(b, Trellis)
    )
    return found


CASES: dict[str, Callable[[], Solution]] = {
    "fixture": fixture,
    "hel": lambda: random_solution("HEL", 5),
    "hello-9": lambda: random_solution("HELLO", 9),
    "hello-12": lambda: random_solution("HELLO", 12),
    "repeated": lambda: random_solution("aa", 4),
    "one-step": lambda: random_solution("a", 1),
    "empty-target": lambda: random_solution("", 4),
    "empty-target-one-step": lambda: random_solution("", 1),
    "infeasible": lambda: random_solution("aab", 3),
    "wide": lambda: random_solution(["你", "🙂🙂", "a label of many characters"], 6),
    "hostile": lambda: random_solution(HOSTILE, 5),
    "many-digits": lambda: random_solution("ab", 4, digits=12),
    "tall": lambda: random_solution("abcdefgh", 8),
    "25-steps": lambda: random_solution("at", 25),
}


@cache
def made(name: str) -> Solution:
    return CASES[name]()


small = pytest.mark.parametrize("name", ["fixture", "hel", "repeated", "one-step", "empty-target"])
every = pytest.mark.parametrize("name", CASES)


def picture(solution: Solution, width: int) -> tuple[str, list[str]]:
    text, notes = drawing.draw(trellis_of(solution), solution, width)
    return text.plain, notes


def numbers_in(row: str, symbol: str) -> str:
    """What stands right of the labels."""
    return row.split(short_label(symbol), 1)[1]


def shown(solution: Solution, t: int, s: int) -> str:
    quantity = quantities(trellis_of(solution))[t, s]
    return PLAIN.number(show(solution.values[quantity.id], solution.digits).value)


# --- the terminal ---

LINES = (
    "Lines lead to the right: → stays at a position, ╲ steps down to the next, a long ╲ skips the "
    "blank between two different labels."
)


def test_the_fixture_is_drawn_with_its_forward_variables_and_all_moves() -> None:
    text, notes = picture(fixture(), 80)
    assert text.splitlines() == [
        "           t = 1       t = 2       t = 3",
        "s = 1  _   0.4        (0.2)       (0.04)",
        "                 ╲",
        "s = 2  a  [0.3]──────→ 0.14       (0.17)",
        "                  ╲  ╲╲       ╲",
        "s = 3  _   ·       ╲  [0.15]   ╲  (0.058)",
        "                    ╲        ╲╲ ╲",
        "s = 4  b   ·           0.09 ─────→[0.114]",
        "                                 ╲",
        "s = 5  _   ·           ·           0.018",
    ]
    assert notes == [
        "The numbers are α, to at most 4 significant digits.",
        LINES,
        "[ ] and double lines mark the most probable alignment: a _ b",
        "( ) marks where no alignment of the target passes.",
        "· marks where no path from the start leads.",
    ]


def strokes(solution: Solution) -> Counter[str]:
    """How often each sign must be there: a skip is three lines high, the best is doubled."""
    count: Counter[str] = Counter()
    for lines, level, times in zip(steps(trellis_of(solution)), "⇒→", (2, 1), strict=True):
        for (_, here), (_, there) in lines:
            if here == there:
                count[level] += 1
            else:
                count["╲"] += (2 * (there - here) - 1) * times
    return count


@given(
    target=st.text("abc", max_size=3),
    times=st.integers(1, 5),
    seed=st.integers(0, 10**6),
    width=st.integers(36, 80),
)
def test_every_move_is_drawn_and_none_hides_another(
    target: str, times: int, seed: int, width: int
) -> None:
    solution = random_solution(target, times, seed, digits=3)
    text, notes = picture(solution, width)
    if not any(note.startswith("Left out") for note in notes):
        wanted = strokes(solution)
        assert {sign: text.count(sign) for sign in "→⇒╲"} == {s: wanted[s] for s in "→⇒╲"}


@pytest.mark.some(3)
@pytest.mark.parametrize("name", sorted(CASES.keys() - {"tall"}))  # of which rows are left out
def test_brackets_follow_the_best_path_and_parentheses_leave_all_paths(name: str) -> None:
    solution = made(name)
    trellis = trellis_of(solution)
    text, _ = picture(solution, 400)
    rows = text.splitlines()[1::2]
    for s, row in enumerate(rows):
        marked = [place for place in trellis.path if place[1] == s]
        found = re.findall(r"\[[^\]]*\]", numbers_in(row, labels(trellis)[s]))
        assert len(found) == len(marked)
    numbers = len(trellis.nodes)
    assert text.count("·") == len(places(trellis)) - numbers
    written = "\n".join(numbers_in(row, labels(trellis)[s]) for s, row in enumerate(rows))
    assert len(re.findall(r"\([\d.e−]+\)", written)) == numbers - len(passed(trellis))


@small
def test_numbers_are_those_of_the_steps(name: str) -> None:
    solution = made(name)
    trellis = trellis_of(solution)
    rows = picture(solution, 120)[0].splitlines()[1::2]
    for s, row in enumerate(rows):
        found = re.findall(r"\d[\d.e−]*|·", numbers_in(row, labels(trellis)[s]))
        for t, text in enumerate(found):
            quantity = quantities(trellis).get((t, s))
            if quantity is None:
                assert text == "·"
                continue
            exact = solution.values[quantity.id]
            assert abs(Decimal(text.replace("−", "-")) - exact) <= exact * Decimal("5e-4"), (t, s)
            if "e" not in text and len(shown(solution, t, s)) <= len(text):
                assert text == shown(solution, t, s)


@pytest.mark.grid(6, name=CASES, width=[20, 30, 60, 80, 100, 120])
def test_no_line_is_wider_than_the_terminal(name: str, width: int) -> None:
    text, _ = picture(made(name), width)
    assert all(cell_len(line) <= width for line in text.splitlines())
    console = Console(width=width, color_system=None)
    whole = "".join(terminal.render([made(name)], View(console, Detail.FULL)))
    figure = whole[whole.index("α by time") :]
    assert all(cell_len(line) <= width for line in figure.splitlines())


def test_the_figure_is_part_of_the_drawn_solution() -> None:
    console = Console(width=80, color_system=None)
    whole = "".join(terminal.render([fixture()], View(console, Detail.FULL)))
    lines = whole.splitlines()
    start = lines.index("α by time")
    text, notes = picture(fixture(), 80)
    assert lines[start + 1 : start + 13] == ["", *text.splitlines(), ""]
    assert lines[start + 13] == f"  {notes[0]}"


@pytest.mark.parametrize(
    ("name", "width", "left_out", "headings"),
    [
        ("hello-9", 80, "t = 4 to 7", ["t = 1", "t = 2", "t = 3", "t = 8", "t = 9"]),
        ("hello-9", 62, "t = 3 to 7", ["t = 1", "t = 2", "t = 8", "t = 9"]),
        ("fixture", 32, "t = 2", ["t = 1", "t = 3"]),
        ("tall", 400, "s = 9 and 10", [f"t = {t}" for t in range(1, 9)]),
    ],
)
def test_what_is_left_out_is_said(
    name: str, width: int, left_out: str, headings: list[str]
) -> None:
    text, notes = picture(made(name), width)
    assert notes[-1] == f"Left out: {left_out}; --plot file.svg draws the whole trellis."
    head, *lines = text.splitlines()
    assert re.findall(r"t = \d+", head) == headings
    assert "…" in text
    assert lines[0].startswith("s = 1 ")
    assert lines[-1].startswith(f"s = {len(trellis_of(made(name)).rows)} ")


def test_no_line_leads_across_the_cut() -> None:
    lines = picture(made("fixture"), 32)[0].splitlines()
    assert not set("".join(lines)) & set("╲→⇒─═")
    lines = picture(made("tall"), 400)[0].splitlines()
    cut = next(number for number, line in enumerate(lines) if line.startswith("…"))
    assert not set("".join(lines[cut - 1 : cut + 2])) & set("╲→⇒─═")


def test_too_few_columns_are_not_drawn_but_said() -> None:
    text, notes = picture(made("hello-9"), 30)
    assert not text
    (note,) = notes
    assert note == (
        "The trellis (9 time steps by 11 positions) is too large to be drawn here; "
        "--plot file.svg draws it."
    )


def of_size(times: int, positions: int) -> Solution:
    """A solution with a trellis of this size, and little in it."""
    solution = fixture()
    row = [trellis_of(solution).nodes[0].quantity, *[None] * (positions - 1)]
    symbols = [BLANK if s % 2 == 0 else "a" for s in range(positions)]
    figure = drawn("", symbols, [row] * times, [], [])
    (section,) = solution.sections
    blocks = (*(b for b in section.blocks if not isinstance(b, Trellis)), figure)
    return replace(solution, sections=(replace(section, blocks=blocks),))


@pytest.mark.parametrize("size", [(41, 3), (3, 41), (1000, 1)])
def test_a_large_trellis_is_referred_to_the_file(size: tuple[int, int]) -> None:
    text, (note,) = picture(of_size(*size), 100)
    assert not text
    assert "--plot" in note


def test_the_file_is_not_promised_where_it_would_be_refused() -> None:
    _, (note,) = picture(of_size(1000, 401), 100)
    assert note == "The trellis (1,000 time steps by 401 positions) is too large to be drawn."
    with pytest.raises(UsageError):
        plot(of_size(1000, 401))


def test_without_alignments_the_figure_says_so() -> None:
    _, notes = picture(made("infeasible"), 80)
    assert any(note.startswith("No alignment leads") for note in notes)
    assert not any("most probable" in note for note in notes)


@pytest.mark.parametrize(
    ("number", "text"),
    [
        ("0", "0"),
        ("0.35", "0.35"),
        ("0.0001", "0.0001"),
        ("0.001882", "0.001882"),
        ("0.0001882", "1.882e−4"),
        ("1E-400", "1e−400"),
        ("-2.5", "−2.5"),
        ("-0.00001234", "−1.234e−5"),
        ("-Infinity", "−∞"),
    ],
)
def test_short_numbers(number: str, text: str) -> None:
    assert drawing.short(Decimal(number)) == text


def test_a_short_number_is_explained() -> None:
    _, notes = picture(case("bee_ctc"), 80)
    assert notes[0].endswith("and 7.454e−4 means 7.454 × 10⁻⁴.")


# --- SVG ---


@cache
def document(name: str) -> ET.Element:
    return parsed(plot(made(name)))


def parsed(text: str) -> ET.Element:
    return ET.fromstring(text)  # noqa: S314 - it is ours


def group(root: ET.Element, kind: str) -> ET.Element:
    """The first group of a class: those of the legend come later."""
    return next(each for each in root.iter(f"{SVG}g") if each.get("class") == kind)


def nodes(root: ET.Element) -> dict[tuple[float, float], str]:
    """Every box of the trellis by its middle, with its kind."""
    found: dict[tuple[float, float], str] = {}
    for kind in ("label", "blank", "unused"):
        for box in group(root, kind):
            x, y, width, height = (float(box.get(key, "")) for key in ("x", "y", "width", "height"))
            found[round(x + width / 2), round(y + height / 2)] = kind
    return found


@pytest.mark.some(3)
@every
def test_the_document_has_all_moves_from_node_to_node(name: str) -> None:
    root = document(name)
    columns, rows = axes(root)
    kinds = ("best-move", "move")
    for kind, moves in zip(kinds, steps(trellis_of(made(name))), strict=True):
        found = []
        for line in group(root, kind):
            x1, y1, x2, y2 = (float(line.get(key, "")) for key in ("x1", "y1", "x2", "y2"))
            t = max(t for t, x in enumerate(columns) if x < x1)
            assert min(u for u, x in enumerate(columns) if x > x2) == t + 1
            found.append(((t, nearest(rows, y1)), (t + 1, nearest(rows, y2))))
            assert line.get("marker-end") == f"url(#trellis-{kind}-head)"
        assert sorted(found) == sorted(moves)


def axes(root: ET.Element) -> tuple[list[float], list[float]]:
    """The middles of the columns and of the rows, by their headings."""
    headings = list(group(root, "ink"))
    columns = [float(e.get("x", "")) for e in headings if (e.text or "").startswith("t = ")]
    rows = [float(e.get("y", "")) for e in headings if (e.text or "").startswith("s = ")]
    return columns, rows


def nearest(places: list[float], place: float) -> int:
    return min(range(len(places)), key=lambda number: abs(places[number] - place))


@every
def test_the_document_has_all_values_at_their_places(name: str) -> None:
    solution, root = made(name), document(name)
    trellis = trellis_of(solution)
    columns, rows = axes(root)
    texts = {}
    for kind in ("ink", "quiet"):
        for element in root.iter(f"{SVG}g"):
            if element.get("class") == kind and element.get("text-anchor") == "middle":
                for each in element:
                    x, y = float(each.get("x", "")), float(each.get("y", ""))
                    texts[nearest(columns, x), nearest(rows, y)] = each.text
    assert texts.keys() == set(places(trellis))
    for (t, s), text in texts.items():
        quantity = quantities(trellis).get((t, s))
        if quantity is None:
            assert text == "·"
        elif len(show(solution.values[quantity.id], solution.digits).value.as_tuple().digits) <= (
            solution.digits
        ):
            assert text == shown(solution, t, s)


@every
def test_nodes_tell_labels_blanks_and_what_no_alignment_passes(name: str) -> None:
    trellis, root = trellis_of(made(name)), document(name)
    columns, rows = axes(root)
    found = {(nearest(columns, x), nearest(rows, y)): kind for (x, y), kind in nodes(root).items()}
    wanted = {
        (t, s): ("blank" if s % 2 == 0 else "label") if (t, s) in passed(trellis) else "unused"
        for t, s in quantities(trellis)
    }
    assert found == wanted
    assert len(group(root, "best")) == len(trellis.path)


@every
def test_everything_is_inside_the_picture_and_in_the_style_sheet(name: str) -> None:
    root = document(name)
    left, top, width, height = map(float, root.get("viewBox", "").split())
    assert (left, top) == (0, 0)
    for element in root.iter():
        if element.tag in {f"{SVG}{tag}" for tag in ("text", "line")} or element.get("rx"):
            for key in ("x", "x1", "x2"):
                assert 0 <= float(element.get(key, "0")) + float(element.get("width", "0")) <= width
            for key in ("y", "y1", "y2"):
                assert 0 <= float(element.get(key, "0")) <= height - 10
    style = root.findtext(f"{SVG}style") or ""
    classes = {each.get("class", "") for each in root.iter() if each is not root} - {""}
    assert all(f".trellis .{kind} {{" in style for kind in classes)
    assert root.get("class") == "trellis"


@every
def test_the_document_stands_alone_and_says_what_it_is(name: str) -> None:
    text, root = plot(made(name)), document(name)
    assert root.tag == f"{SVG}svg"
    assert root.get("role") == "img"
    assert root.findtext(f"{SVG}title") == "α by time"
    described = {each.get("id"): each for each in root.iter()}
    assert all(id in described for id in root.get("aria-labelledby", "").split())
    tags = {each.tag.removeprefix(SVG) for each in root.iter()}
    known = "svg title desc style defs marker path rect g text line"
    assert tags <= set(known.split())
    assert not any(re.match("on|href|.*}href", key) for each in root.iter() for key in each.attrib)
    assert text.count("http") == text.count('xmlns="http://www.w3.org/2000/svg"') == 1
    referred = set(re.findall(r"url\(#([\w-]+)\)", text))
    assert referred <= described.keys()


def test_labels_come_out_as_they_were_given() -> None:
    root = document("hostile")
    texts = {text for each in root.iter() if (text := each.text)}
    assert {label for label in HOSTILE if len(label) > 12} <= texts  # shortened, so in tool tips
    assert {label for label in HOSTILE if len(label) <= 12} <= texts
    assert all(label in (root.findtext(f"{SVG}desc") or "") for label in HOSTILE)


def test_two_problems_of_different_sizes_have_documents_of_moderate_length() -> None:
    assert len(plot(made("fixture"))) < 10_000
    assert len(plot(of_size(40, 50))) < 400_000


def test_of_a_solution_without_a_trellis_the_graph_of_the_steps_is_plotted() -> None:
    solution = fixture()
    (section,) = solution.sections
    blocks = tuple(block for block in section.blocks if not isinstance(block, Trellis))
    without = replace(solution, sections=(replace(section, blocks=blocks),))
    assert parsed(plot(without)).findtext(f"{SVG}title") == "The graph of the steps"


def test_a_trellis_that_nobody_could_look_at_is_refused_with_its_size() -> None:
    with pytest.raises(UsageError) as caught:
        plot(of_size(1000, 401))
    assert "1,000 time steps by 401 positions make 401,000 cells" in str(caught.value)
    assert "3,000" in str(caught.value)
    assert len(parsed(plot(of_size(1, 3))))


def test_a_title_may_be_long_or_missing() -> None:
    solution = fixture()
    (section,) = solution.sections
    for title, lines in (("", 1), ("a word " * 40, 3)):
        blocks = tuple(
            replace(block, title=title) if isinstance(block, Trellis) else block
            for block in section.blocks
        )
        changed = replace(solution, sections=(replace(section, blocks=blocks),))
        root = parsed(plot(changed))
        bold = [e for e in group(root, "ink") if e.get("x") == "24" and e.get("font-weight")]
        assert len(bold) >= lines
        assert (root.findtext(f"{SVG}title") or "").split() == (title or "The trellis").split()


# --- other lattices than CTC's ---


STATE, MOVES = RowKind("state", "a state"), (ArcKind("go", "goes to a state"),)


def lattice(
    nodes: Sequence[Place], arcs: Sequence[tuple[Place, Place, ArcKind]], path: Sequence[Place]
) -> Solution:
    """A solution with a trellis of such nodes, whose numbers are their places: 0.25 at (2, 5)."""
    working = Working()
    working.section("A lattice")
    across, down = (max(numbers) + 1 for numbers in zip(*nodes, strict=True))
    quantities = [
        working.given(f"y.{column + 1}.{row + 1}", Symbol("δ"), Decimal(f"0.{column}{row}"))
        for column, row in nodes
    ]
    working.figure(
        Trellis(
            "trellis",
            "α by time",
            Axis(("time t →",), "time step"),
            tuple(f"t = {t + 1}" for t in range(across)),
            Axis(("state ↓",), "state"),
            tuple(Row(f"{number + 1}", "ABC"[number], STATE) for number in range(down)),
            (STATE,),
            tuple(map(Node, nodes, quantities)),
            tuple(Arc(*arc) for arc in arcs),
            tuple(path),
            path_is="the most probable path",
            arcs_are="a move",
            description="States by time.",
            unpassed="no path passes",
            without_path="There is no path.",
        )
    )
    return replace(
        fixture(), sections=working.sections, values=working.values, digits=working.digits
    )


def test_of_a_model_in_which_every_state_follows_every_other_lines_lead_up_and_down() -> None:
    states = [(t, s) for t in range(2) for s in range(3)]
    arcs = [((0, here), (1, there), MOVES[0]) for here in range(3) for there in range(3)]
    solution = lattice(states, arcs, [(0, 2), (1, 1)])
    text, notes = picture(solution, 80)
    assert text.splitlines() == [
        "       t = 1       t = 2",
        "1  A   0 ────────→ 0.1",
        "             ╲╲ ╱╱",
        "2  B   0.01 ───╳─→[0.11]",
        "             ╱╱ ╲╲",
        "3  C  [0.02]─────→ 0.12",
    ]
    assert notes[1:] == [
        "Lines lead to the right: a long ╱ or ╱ or → or ╲ or a long ╲ goes to a state.",
        "[ ] and double lines mark the most probable path: C B",
    ]
    lines = [*group(parsed(plot(solution)), "move"), *group(parsed(plot(solution)), "best-move")]
    assert len(lines) == 9
    assert sum(float(line.get("y2", "")) < float(line.get("y1", "")) for line in lines) == 3


def test_of_a_transducer_lines_lead_right_and_down_within_a_column() -> None:
    kinds = ArcKind("blank", "waits for a frame"), ArcKind("label", "puts out one")
    nodes = [(t, u) for t in range(3) for u in range(2)]
    arcs = [((t, u), (t + 1, u), kinds[0]) for t in range(2) for u in range(2)]
    arcs += [((t, 0), (t, 1), kinds[1]) for t in range(3)]
    solution = lattice(nodes, arcs, [(0, 0), (1, 0), (1, 1), (2, 1)])
    text, notes = picture(solution, 80)
    assert text.splitlines() == [
        "       t = 1       t = 2       t = 3",
        "1  A  [0]════════⇒[0.1]──────→ 0.2",
        "       │           ║           │",
        "2  B   0.01 ─────→[0.11]═════⇒[0.21]",
    ]
    assert notes[1:] == [
        "Lines lead to the right, and down within a column: → waits for a frame, │ puts out one.",
        "[ ] and double lines mark the most probable path: A A B B",
    ]
    root = parsed(plot(solution))
    (down,) = [line for line in group(root, "best-move") if line.get("x1") == line.get("x2")]
    assert float(down.get("y1", "")) < float(down.get("y2", ""))
    assert len(group(root, "best-move")) == 3
    assert "a state" in "".join(root.itertext())


def test_of_alignments_and_edits_it_says_what_the_path_does() -> None:
    def problem(target: str) -> dict[str, object]:
        rows = [[[0.5, 0.25, 0.25]] * (len(target) + 1)] * 3
        return {"loss": "rnnt", "target": target, "blank": "-", "labels": "-ab"} | {
            "probabilities": rows
        }

    for target, says in (("", "- - -"), ("b", "b - - -"), ("aab", "a a b - - -")):
        solution = lossclass.solve(problem(target))
        (note,) = (each for each in picture(solution, 80)[1] if " mark " in each)
        shares = {row[1]: solution.values[row[2].id] for row in _table(solution, "alignments").rows}
        said = note.partition(": ")[2]
        assert said.split().count("-") == 3
        assert shares[said] == max(shares.values())
        assert sorted(said) == sorted(says)
        assert f": {said}." in plot(solution)
    texts = {"reference": "abcde", "hypothesis": "bcxdf"}
    solution = lossclass.solve({"loss": "edit_distance", **texts})
    notes = picture(solution, 80)[1]
    (note,) = (each for each in notes if " mark" in each)
    assert note.endswith(": delete a, keep b, keep c, insert x, keep d, e becomes f")


def _table(solution: Solution, id: str) -> Any:
    return next(
        block
        for section in solution.sections
        for block in section.blocks
        if isinstance(block, Table) and block.id == id
    )


def test_an_edit_distance_is_drawn_as_its_table_stands() -> None:
    words = {"reference": ["one", "two", "three", "four", "five", "six"]}
    words["hypothesis"] = ["one", "too", "three", "4", "five", "six"]
    solution = lossclass.solve({"loss": "edit_distance", **words})
    trellis = trellis_of(solution)
    assert trellis.columns == tuple(map(str.strip, _table(solution, "distance").columns[1:]))
    for place, quantity in quantities(trellis).items():
        assert quantity.id == f"distance.{place[1]}.{place[0]}"
    assert [row.label for row in trellis.rows] == ["", *words["reference"]]
    # where there is little room, headings stand above the lines between columns, too
    assert not any(note.startswith("Left out") for note in picture(solution, 80)[1])
    text, notes = picture(solution, 50)
    gone = [each for each in trellis.columns if each not in text.splitlines()[0]]
    assert len(gone) > 2
    assert f"Left out: {gone[0]} to {gone[-1]}; --plot file.svg draws the whole trellis." in notes
