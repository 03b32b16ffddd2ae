"""The marks of one sheet as a page to hand back: HTML that prints well, or plain text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from lossclass.arithmetic.mathml import escaped
from lossclass.arithmetic.notation import PLAIN
from lossclass.errors import printable
from lossclass.render import marks, paper_console
from lossclass.render.html import line_equation
from lossclass.render.html_page import document, heading

if TYPE_CHECKING:
    from lossclass.marking.check import AnyChecked, Checked
    from lossclass.marking.marks import Mark

_STYLE: Final = """\
.unreadable { --verdict: var(--wrong); }
.missing { --verdict: var(--quiet); }
"""


def feedback(checked: AnyChecked, name: str, form: str) -> str:
    """The page of one student.

    Args:
        name: what to call the student.
        form: one of ``PAGES``.
    """
    if form == "txt":
        return marks.page(checked, name, paper_console())
    title = f"{marks.title_of(checked)}: {printable(name)}"
    return "".join(document(title, _article(checked, name), _STYLE))


def _article(checked: AnyChecked, name: str) -> Iterator[str]:
    yield heading(1, marks.title_of(checked))
    yield f"\n<p><b>{escaped(printable(name))}</b>: {escaped(marks.score_text(checked))}.</p>\n"
    for said in checked.said:
        yield f'<p class="quiet">{escaped(said)}</p>\n'
    for part in checked.parts:
        if part.number:
            yield heading(2, part.title)
            yield f"\n<p>{escaped(marks.score_text(part))}.</p>\n"
        for mark in part.marks:
            yield from _mark(part, mark)
    for cause in marks.causes(checked):
        yield f'<p class="remark"><span class="flag">!</span>{escaped(cause)}</p>\n'
    yield f'<p class="quiet">{escaped(marks.rule([checked]))}</p>\n'


def _mark(checked: Checked, mark: Mark) -> Iterator[str]:
    sign, _, words = marks.SIGNS[mark.verdict]
    step = checked.step_of(mark)
    called = step.title or PLAIN.symbol(step.quantity.symbol)
    number = f"{escaped(marks.written(mark))}: " if marks.written(mark) else ""
    yield (
        f'<div class="mark {mark.verdict}"><span class="flag">{sign}</span>'
        f'<b>{escaped(called)}</b>: {number}<span class="words">'
        f"{escaped(words)}{marks.points_beside(checked, mark)}</span>"
        f'<span class="id">{escaped(mark.id)}</span>\n'
    )
    for text in marks.sentences(checked, mark):
        yield f"<p>{escaped(text)}</p>\n"
    if mark is checked.first_mistake:
        yield f"<p>The right line:</p>\n{line_equation(checked.solution.board_line(step))}"
    yield "</div>\n"
