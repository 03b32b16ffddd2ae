"""Slides: a PDF of pages of 16:9, each with one step more, and with the formula and what is given in
sight."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from lossclass.arithmetic.expression import Quantity
from lossclass.blocks import Block, Figure, Paragraph, Remark, Step, Table
from lossclass.render import View, pdf, typst
from lossclass.render.cutting import LeftOut
from lossclass.render.document import Document
from lossclass.render.wording import foot
from lossclass.solution import Solution

_STYLE = (Path(__file__).parent / "slides.typ").read_text(encoding="utf-8")
#: Tables of more rows are no reminder.
_MOST_ROWS = 12
#: So many paragraphs fit on a slide.
_MOST_PARAGRAPHS = 4
#: What came before is looked through so far back.
_MOST_BEFORE = 8


def render(solutions: Iterable[Solution], view: View) -> Iterator[bytes]:
    """All solutions as slides, one document.

    Raises:
        UsageError: the package ``typst`` is not installed.
    """
    yield from pdf.typeset(source(solutions, view))


def source(solutions: Iterable[Solution], view: View) -> Iterator[str]:
    """The Typst document of the slides."""
    before = typst.PREAMBLE + _STYLE
    for solution in solutions:
        yield before
        yield typst.document(foot(solution.about), _slides(solution, view))
        before = ""


def _slides(solution: Solution, view: View) -> Iterator[str]:
    markup = typst.Typst()
    document = Document(solution, markup, view.detail, whole=view.whole)
    yield f"#opening[\n{''.join(markup.about(solution.about))}]\n"
    formula = markup.prose(solution.about.formula)
    given = "".join(part for table in _given(solution) for part in document.block(table))
    beside = f"[\n{given}]" if given else "none"
    for section in document.sections:
        shown: list[str] = []
        for new in _steps(document.each_by_itself(section)):
            last = "".join(f"[\n{each}], " for each in shown[-_MOST_BEFORE:])
            heading = markup.prose(section.title)
            yield f"#slide({heading}, {formula}, {beside}, ({last}), [\n{new}])\n"
            shown.append(new)
    yield f"#opening[\n{''.join(document.answer())}]\n"


def _given(solution: Solution) -> Iterator[Table]:
    """The tables with nothing but numbers of the problem, and nothing found in them."""
    for table in solution.tables:
        numbers = [each for row in table.rows for each in row if isinstance(each, Quantity)]
        is_given = numbers and all(each.is_given for each in numbers)
        if is_given and not table.tells and len(table.rows) <= _MOST_ROWS:
            yield table


def _steps(blocks: Iterable[tuple[Block | LeftOut, Iterator[str]]]) -> Iterator[str]:
    """What is new on each slide of a section: a step, a table or a figure, what introduces it, and what
    is remarked on it; a long introduction by itself."""
    new, is_whole, paragraphs = "", False, 0
    for block, parts in blocks:
        if (is_whole and not isinstance(block, Remark)) or paragraphs == _MOST_PARAGRAPHS:
            yield new
            new, is_whole, paragraphs = "", False, 0
        new += "".join(parts)
        is_whole |= isinstance(block, Step | Table | Figure)
        paragraphs += isinstance(block, Paragraph | Remark)
    if new:
        yield new
