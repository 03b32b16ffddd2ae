"""Marked answer sheets: in the terminal, as JSON, and as CSV for a gradebook."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Protocol

from rich.cells import cell_len
from rich.text import Text

from lossclass.arithmetic.notation import PLAIN
from lossclass.errors import printable
from lossclass.marking.marks import said_of_coarse
from lossclass.render.pieces import INDENT, equations
from lossclass.render.wrapping import wrapped
from lossclass.solution import line_text

if TYPE_CHECKING:
    from rich.console import Console

    from lossclass.arithmetic.line import Line
    from lossclass.marking.check import Checked, Indistinguishable
    from lossclass.marking.marks import Mark

WIDEST = 100
#: So much of a cell is shown that is no number.
_MOST_SHOWN = 40
_SIGNS = {
    "right": ("✓", "green", "right"),
    "follows_through": ("→", "yellow", "follows from what is written before it"),
    "wrong": ("✗", "red", "wrong"),
    "unreadable": ("?", "magenta", "cannot be read"),
    "missing": ("○", "dim", "not answered"),
}
#: What a spreadsheet would run, at the beginning of a cell.
_RUNS = ("=", "+", "-", "@", "\t", "\r")


class Sheets(Protocol):
    """The marked sheets of a class, and what is known of it.

    Attributes:
        title: of the problem.
        has_variants: whether every student had a variant of it.
        absent: who had one, and has no marked sheet; known when all sheets have been marked.
    """

    @property
    def title(self) -> str: ...
    @property
    def has_variants(self) -> bool: ...
    @property
    def absent(self) -> Sequence[str]: ...
    def __iter__(self) -> Iterator[Checked]: ...


def to_terminal(sheets: Sheets, console: Console, reveal: bool) -> Iterator[str]:
    """One sheet in full; of several, a line each and what went wrong how often.

    Args:
        reveal: also show the right numbers behind the first mistake, and several sheets in full.
    """
    width = min(console.width, WIDEST)
    waiting: list[Checked] = []
    for checked in sheets:
        waiting.append(checked)
        if len(waiting) == 2:
            yield _lines(console, _one_of_many(waiting[0], width, reveal=reveal))
        if len(waiting) >= 2:
            yield _lines(console, _one_of_many(checked, width, reveal=reveal))
    if len(waiting) == 1:
        yield _lines(console, _long(waiting[0], width, reveal=reveal))
        yield _lines(console, _rule(waiting, width))
    elif waiting:
        yield _lines(console, _summary(waiting))
        if reveal:
            yield _lines(console, [Text(), *_rule(waiting, width)])


def _lines(console: Console, lines: Iterable[Text]) -> str:
    with console.capture() as capture:
        for line in lines:
            console.print(line, soft_wrap=True)
    return capture.get()


# --- one sheet in full ---


def _long(checked: Checked, width: int, *, reveal: bool) -> Iterator[Text]:
    who = f"{printable(checked.sheet.student)}: " if checked.sheet.student else ""
    variant = f" (variant {checked.variant})" if checked.variant else ""
    heading = f"{who}{checked.solution.about.title}{variant}"
    yield from (Text(line, "bold") for line in wrapped(heading, width))
    yield Text(_score(checked))
    for said in checked.said:
        yield from (Text(line) for line in wrapped(said, width))
    first = checked.first_mistake
    room = max((len(mark.id) for mark in checked.marks), default=0)
    for mark in checked.marks:
        yield from _mark(checked, mark, room, width, reveal=reveal or mark is first)
    yield Text()
    yield from _causes(checked, width)


def _rule(sheets: Sequence[Checked], width: int) -> Iterator[Text]:
    """What counts as right."""
    allowed = sheets[0].allowed
    rule = (
        "An answer is right if it is our number in the digits in which it is written, or what "
        "comes out if every step is rounded on the way."
        if allowed is None
        else "An answer is right if it is off by no more than the tolerance that was set for this "
        "marking."
    )
    if allowed is None and any(_is_wrong_zero(mark) for each in sheets for mark in each.marks):
        rule += " A 0 is right for 0 alone."
    yield from (Text(line, "dim") for line in wrapped(rule, width))


def _causes(checked: Checked, width: int) -> Iterator[Text]:
    """The mistakes behind several wrong numbers, each said once."""
    for cause in checked.causes:
        if len(cause.explains) > 1:
            ids = ", ".join(cause.explains[:-1]) + f" and {cause.explains[-1]}"
            text = f"One mistake explains {ids}: {cause.text}"
            yield from (Text(line) for line in wrapped(text, width))
            yield Text()


def _is_wrong_zero(mark: Mark) -> bool:
    return mark.verdict == "wrong" and mark.answer is not None and not mark.answer


def _mark(checked: Checked, mark: Mark, room: int, width: int, *, reveal: bool) -> Iterator[Text]:
    sign, colour, words = _SIGNS[mark.verdict]
    number = "" if mark.answer is None else PLAIN.number(mark.answer)
    written = printable(_cut(" ".join(mark.written.split()))) or number
    yield Text()
    yield Text.assemble(
        (f"{sign} ", f"bold {colour}"),
        mark.id.ljust(room),
        f"  {written}  ",
        (words, colour),
    )
    for text in _sentences(checked, mark):
        yield from (Text(f"    {line}") for line in wrapped(text, width - 4))
    if reveal and mark.verdict != "right":
        yield from _both_lines(checked, mark, width)


def _cut(text: str) -> str:
    return text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}…"


def _sentences(checked: Checked, mark: Mark) -> Iterator[str]:
    if mark.on_reading:
        yield mark.on_reading if mark.verdict == "unreadable" else f"Note: {mark.on_reading}"
    yield from mark.on_working
    if mark.verdict != "wrong" and mark.explanation.text:
        yield mark.explanation.text
    if mark.coarse:
        yield said_of_coarse(mark)
    for cause in checked.causes:
        if mark.id in cause.explains[1:]:
            yield f"The same mistake as in {cause.explains[0]}."
            return
    if mark.leaves_nothing:
        yield "It follows from what is written before it, but that left nothing to work out here."
    if mark.slips:
        first, *more = mark.slips
        yield first.text
        if more:
            yield "Or: " + " Or: ".join(slip.text for slip in more[:2])


def _both_lines(checked: Checked, mark: Mark, width: int) -> Iterator[Text]:
    """What was written beside the right line."""
    line = checked.solution.line(checked.solution.step(mark.id))
    symbol = line.symbol(PLAIN)
    if mark.answer is not None:
        written = _cut(printable(mark.written)) or PLAIN.number(mark.answer)
        yield Text(f"    written: {symbol} = {written}")
    begins = "    right:   "
    for text in _at_equals_signs(line, width - len(begins)):
        yield Text(f"{begins}{text}")
        begins = " " * len(begins)


def _at_equals_signs(line: Line, room: int) -> list[str]:
    """An equation in one line, or else in one for each of its equals signs, these one below the
    other."""
    whole = line_text(line, PLAIN)
    if cell_len(whole) <= room:
        return [whole]
    sides = [[side] for side in line.equation(PLAIN)]
    drawn = equations(line.symbol(PLAIN), sides, room + INDENT)
    return [text[INDENT:] for each in drawn for text in each.plain.split("\n")]


def _score(checked: Checked) -> str:
    score = checked.score
    parts = [f"{score['right']} of {score['asked']} right"]
    if score["follows_through"]:
        parts.append(f"{score['follows_through']} right from wrong numbers before")
    if score["wrong"]:
        parts.append(f"{score['wrong']} wrong")
    if score["unreadable"]:
        parts.append(f"{score['unreadable']} cannot be read")
    if missing := 2 * score["asked"] - sum(score.values()):
        parts.append(f"{missing} not answered")
    return ", ".join(parts)


# --- many sheets ---


def _one_of_many(checked: Checked, width: int, *, reveal: bool) -> Iterator[Text]:
    """A line or, where the right lines are to be seen, the whole sheet."""
    if reveal:
        yield from _long(checked, width, reveal=True)
        return
    yield from _short(checked, width)
    yield from (Text(f"    {line}") for said in checked.said for line in wrapped(said, width - 4))


def _short(checked: Checked, width: int) -> Iterator[Text]:
    sign, colour, _ = _SIGNS["right" if checked.is_right else "wrong"]
    variant = f" ({checked.variant})" if checked.variant else ""
    text = f"{printable(checked.sheet.student)}{variant}: {_score(checked)}"
    first = checked.first_mistake
    if first:
        what = f" ({first.slips[0].code})" if first.slips else ""
        text += f"; first mistake {first.id}{what}"
    head, *rest = wrapped(text, width - 2)
    yield Text.assemble((f"{sign} ", f"bold {colour}"), head)
    yield from (Text(f"  {line}") for line in rest)


def _summary(sheets: Sequence[Checked]) -> Iterator[Text]:
    right = sum(checked.is_right for checked in sheets)
    yield Text()
    yield Text(f"{len(sheets)} sheets, {right} with everything right.", "bold")
    slips = Counter(
        first.slips[0].code if first.slips else "(no slip found)"
        for checked in sheets
        if (first := checked.first_mistake)
    )
    if slips:
        yield Text("First mistakes:")
        room = max(cell_len(code) for code in slips)
        yield from (Text(f"  {code.ljust(room)}  {count}") for code, count in slips.most_common())


# --- for programs ---


def to_json(sheets: Sheets, console: Console, reveal: bool) -> Iterator[str]:  # noqa: ARG001
    """One object for one sheet, an array for several."""
    waiting: list[Checked] = []
    for checked in sheets:
        waiting.append(checked)
        if len(waiting) == 2:
            yield f"[\n{_object(waiting[0])}"
        if len(waiting) >= 2:
            yield f",\n{_object(checked)}"
    if len(waiting) == 1:
        yield f"{_object(waiting[0])}\n"
    elif waiting:
        yield "\n]\n"


def _object(checked: Checked) -> str:
    return json.dumps(checked.to_dict(), ensure_ascii=False, indent=2, allow_nan=False)


_SCORES = ("right", "follows_through", "wrong", "unreadable", "asked")
_HEAD = ("student", "problem", *_SCORES, "first_mistake", "slip")


def to_csv(sheets: Sheets, console: Console, reveal: bool) -> Iterator[str]:  # noqa: ARG001
    """One row a sheet, under a head; cells that a spreadsheet would run are quoted.

    Where every student had a variant, its id is in a last column, and who has no marked sheet has
    a row with nothing in it but the name: a gradebook takes an empty cell for no grade, not for 0.
    """
    head = [*_HEAD, *(["variant"] if sheets.has_variants else [])]
    yield _row(head)
    for checked in sheets:
        first = checked.first_mistake
        cells = [
            checked.sheet.student,
            checked.solution.about.title,
            *(str(checked.score[name]) for name in _SCORES),
            first.id if first else "",
            first.slips[0].code if first and first.slips else "",
            checked.variant,
        ]
        yield _row(cells[: len(head)])
    for student in sheets.absent:
        cells = [student, sheets.title]
        yield _row([*cells, *[""] * (len(head) - len(cells))])


def _row(cells: Sequence[str]) -> str:
    text = io.StringIO()
    safe = [f"'{cell}" if cell.startswith(_RUNS) else cell for cell in cells]
    csv.writer(text, lineterminator="\n").writerow(safe)
    return text.getvalue()


# --- what a problem cannot tell ---


def lint_text(found: Sequence[Indistinguishable], title: str, width: int) -> str:
    """The slips that a problem cannot tell from the right answer."""
    width = min(width, WIDEST)
    lines = [title]
    if not found:
        lines += wrapped("No slip that is looked for leads to the right number.", width)
    else:
        text = "These slips lead to the right number, or so near that rounding hides them:"
        lines += wrapped(text, width)
    for each in found:
        lines.append("")
        lines.append(f"  {each.slip.code}  ({each.step.id})")
        lines += [f"    {line}" for line in wrapped(each.slip.text, width - 4)]
    return "\n".join(lines) + "\n"
