"""Marked answer sheets: in the terminal, and as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.text import Text

from lossclass.arithmetic.notation import PLAIN
from lossclass.errors import printable
from lossclass.marking.marks import said_of_coarse, said_of_nothing, shown
from lossclass.points import in_points, points_text
from lossclass.render import json_
from lossclass.render.pieces import INDENT, WIDEST, captured, equations, indented, paragraph
from lossclass.render.wrapping import wrapped
from lossclass.solution import line_text

if TYPE_CHECKING:
    from rich.console import Console

    from lossclass.arithmetic.line import Line
    from lossclass.marking.check import AnyChecked, Checked, Indistinguishable
    from lossclass.marking.marks import Mark
    from lossclass.render.gradebook import Class

#: So much of a cell is shown that is no number.
_MOST_SHOWN = 40
SIGNS = {
    "right": ("✓", "green", "right"),
    "follows_through": ("→", "yellow", "follows from what is written before it"),
    "wrong": ("✗", "red", "wrong"),
    "unreadable": ("?", "magenta", "cannot be read"),
    "missing": ("○", "dim", "not answered"),
}


def to_terminal(sheets: Class, console: Console, reveal: bool) -> Iterator[str]:
    """One sheet in full; of several, a line each and what went wrong how often.

    Args:
        reveal: also show the right numbers behind the first mistake, and several sheets in full.
    """
    width = min(console.width, WIDEST)
    coming = iter(sheets)
    first = [*islice(coming, 2)]
    if len(first) < 2:
        yield from (page(each, _name(each, sheets), console, reveal=reveal) for each in first)
        return
    told: list[AnyChecked] = []
    for checked in chain(first, coming):
        told.append(checked)
        lines = _one_of_many(checked, sheets, width, reveal=reveal)
        yield captured(console, *lines, soft_wrap=True)
    yield captured(console, *_summary(told), soft_wrap=True)
    if reveal:
        yield captured(console, Text(), paragraph(rule(told), width, "dim"), soft_wrap=True)


def _name(checked: AnyChecked, sheets: Class) -> str:
    student = checked.sheet.student
    return sheets.roster.full_name(student) if sheets.roster else student


# --- one sheet in full ---


def _long(checked: AnyChecked, name: str, width: int, *, reveal: bool) -> Iterator[Text]:
    who = f"{printable(name)}: " if name else ""
    yield paragraph(f"{who}{title_of(checked)}", width, "bold")
    yield paragraph(score_text(checked), width)
    yield from (paragraph(said, width) for said in checked.said)
    room = max((len(mark.id) for mark in checked.marks), default=0)
    for part in checked.parts:
        if part.number:
            yield Text()
            yield paragraph(part.title, width, "bold")
            yield paragraph(score_text(part), width)
        first = part.first_mistake
        is_alone = True  # with an empty line before it: what is one line stands close to its like
        for mark in part.marks:
            line, *below = _mark(part, mark, room, width, reveal=reveal or mark is first)
            if is_alone or below:
                yield Text()
            yield from (line, *below)
            is_alone = bool(below)
    yield Text()
    for cause in causes(checked):
        yield paragraph(cause, width)
        yield Text()


def page(checked: AnyChecked, name: str, console: Console, *, reveal: bool = False) -> str:
    """One sheet in full, with what counts as right."""
    width = min(console.width, WIDEST)
    lines = [*_long(checked, name, width, reveal=reveal), paragraph(rule([checked]), width, "dim")]
    return captured(console, *lines, soft_wrap=True)


def title_of(checked: AnyChecked) -> str:
    """What was marked."""
    variant = f" (variant {checked.variant})" if checked.variant else ""
    return f"{checked.title}{variant}"


def rule(sheets: Sequence[AnyChecked]) -> str:
    """What counts as right."""
    if sheets[0].allowed is not None:
        return (
            "An answer is right if it is off by no more than the tolerance that was set for this "
            "marking."
        )
    text = (
        "An answer is right if it is our number in the digits in which it is written, or what "
        "comes out if every step is rounded on the way."
    )
    marks = (mark for each in sheets for mark in each.marks)
    has_zeros = any(mark.verdict == "wrong" and mark.answer == 0 for mark in marks)
    return f"{text} A 0 is right for 0 alone." if has_zeros else text


def causes(checked: AnyChecked) -> Iterator[str]:
    """The mistakes behind several wrong numbers, each said once."""
    for cause in checked.causes:
        if len(cause.explains) > 1:
            ids = ", ".join(cause.explains[:-1]) + f" and {cause.explains[-1]}"
            yield f"One mistake explains {ids}: {cause.text}"


def _mark(checked: Checked, mark: Mark, room: int, width: int, *, reveal: bool) -> Iterator[Text]:
    sign, colour, words = SIGNS[mark.verdict]
    yield Text.assemble(
        (f"{sign} ", f"bold {colour}"),
        mark.id.ljust(room),
        f"  {written(mark)}  ",
        (words, colour),
        points_beside(checked, mark),
    )
    yield from (_below(text, width) for text in sentences(checked, mark))
    if reveal and mark.verdict != "right":
        yield from _both_lines(checked, mark, width)


def _below(text: str, width: int) -> Text:
    """What is said of a mark or a sheet."""
    return indented(text, width, mark="  ")


def written(mark: Mark) -> str:
    """An answer as it stands on the sheet."""
    text = " ".join(mark.written.split())
    if len(text) > _MOST_SHOWN:
        text = f"{text[:_MOST_SHOWN]}…"
    return printable(text) or ("" if mark.answer is None else PLAIN.number(mark.answer))


def points_beside(checked: Checked, mark: Mark) -> str:
    """What an answer gets, behind its verdict, where the problem has points."""
    if not checked.has_points:
        return ""
    most = checked.possible[mark.id]
    got = points_text(checked.points_of(mark))
    return f", {got} of {in_points(most)}" if most else ", which counts nothing"


def sentences(checked: Checked, mark: Mark) -> Iterator[str]:
    """What there is to say of an answer."""
    if mark.on_reading:
        note = printable(mark.on_reading)
        yield note if mark.verdict == "unreadable" else f"Note: {note}"
    yield from mark.on_working
    if mark.verdict != "wrong" and mark.explanation.text:
        is_rounded = mark.explanation.kind in ("rounded", "carried") and mark.verdict == "right"
        in_full = shown(mark.ours, checked.solution.digits)
        also = f" Without rounding on the way it is {in_full}." if is_rounded else ""
        yield f"{mark.explanation.text}{also}"
    if mark.coarse:
        yield said_of_coarse(mark)
    for cause in checked.causes:
        if mark.id in cause.explains[1:]:
            yield f"The same mistake as in {cause.explains[0]}."
            return
    if mark.leaves_nothing:
        yield said_of_nothing(mark)
    if mark.slips:
        first, *more = mark.slips
        yield first.text
        if more:
            yield "Or: " + " Or: ".join(slip.text for slip in more[:2])


def _both_lines(checked: Checked, mark: Mark, width: int) -> Iterator[Text]:
    """What was written beside the right line, which is as ``solve`` prints it."""
    line = checked.solution.board_line(checked.step_of(mark))
    symbol = line.symbol(PLAIN)
    if mark.answer is not None:
        yield Text(f"    written: {symbol} = {written(mark)}")
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


def score_text(checked: AnyChecked) -> str:
    """How much is right, in words."""
    if checked.is_empty:
        asked = len(checked.marks)
        of = f": 0 of {asked} answer{'s' * (asked > 1)}" if asked else ""
        return f"{_points(checked)}nothing handed in{of}"
    score = checked.score
    counts = {
        "right from wrong numbers before": score["follows_through"],
        "wrong": score["wrong"],
        "cannot be read": score["unreadable"],
        "not answered": 2 * score["asked"] - sum(score.values()),
    }
    parts = [f"{score['right']} of {score['asked']} right"]
    parts += [f"{count} {what}" for what, count in counts.items() if count]
    if checked.is_right and checked.not_found:  # one line that is right is not all
        parts.append(f"{len(checked.not_found)} not found")
    return f"{_points(checked)}{', '.join(parts)}"


def _points(checked: AnyChecked) -> str:
    if not checked.has_points:
        return ""
    return f"{points_text(checked.points)} of {in_points(checked.most)}: "


# --- many sheets ---


def _one_of_many(checked: AnyChecked, sheets: Class, width: int, *, reveal: bool) -> Iterator[Text]:
    """A line or, where the right lines are to be seen, the whole sheet."""
    name = _name(checked, sheets)
    if reveal:
        yield from _long(checked, name, width, reveal=True)
        return
    sign, colour, _ = SIGNS["right" if checked.is_right else "wrong"]
    variant = f" ({checked.variant})" if checked.variant else ""
    text = f"{printable(name)}{variant}: {score_text(checked)}"
    first = checked.first_mistake
    if first:
        what = f" ({first.slips[0].code})" if first.slips else ""
        text += f"; first mistake {first.id}{what}"
    head, *rest = wrapped(text, width - 2)
    yield Text.assemble((f"{sign} ", f"bold {colour}"), "\n  ".join([head, *rest]))
    yield from (_below(said, width) for said in checked.said)


def _summary(sheets: Sequence[AnyChecked]) -> Iterator[Text]:
    right = [checked for checked in sheets if checked.is_right]
    whole = sum(not checked.not_found for checked in right)
    text = f"{len(sheets)} sheets, {whole} with everything right"
    if whole < len(right):
        text += f", {len(right) - whole} with all right that was found"
    yield Text()
    yield Text(f"{text}.", "bold")
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


def to_json(sheets: Iterable[AnyChecked], console: Console, reveal: bool) -> Iterator[str]:  # noqa: ARG001
    """One object for one sheet, an array for several."""
    objects = (checked.to_dict() for checked in sheets)
    first = [*islice(objects, 2)]
    yield from json_.written(chain(first, objects), several=len(first) > 1)


# --- what a problem cannot tell ---


def lint_text(found: Sequence[Indistinguishable], title: str, width: int) -> str:
    """The slips that a problem cannot tell from the right answer."""
    width = min(width, WIDEST)
    text = "No slip that is looked for leads to the right number."
    if found:
        text = "These slips lead to the right number, or so near that rounding hides them:"
    lines = [title, *wrapped(text, width)]
    for each in found:
        lines += ["", f"  {each.slip.code}  ({each.step.id})", _below(each.slip.text, width).plain]
    return "\n".join(lines) + "\n"
