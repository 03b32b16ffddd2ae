"""HTML: solutions as one page that loads nothing and needs no script.

Formulas are MathML; steps open and close by themselves; on paper everything stands open.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from xml.etree.ElementTree import Element, tostring

from lossclass.arithmetic.expression import Quantity
from lossclass.arithmetic.line import Line, RunningValue, formula
from lossclass.arithmetic.mathml import MATHML, escaped
from lossclass.arithmetic.mathml import math as element
from lossclass.arithmetic.notation import PLAIN
from lossclass.arithmetic.number import show
from lossclass.blocks import Audited, Block, Call, Paragraph, Remark, Section, Step, Table, Trellis
from lossclass.errors import UsageError
from lossclass.render import Detail, View
from lossclass.render.cutting import LeftOut, blocks_of, limits_for
from lossclass.render.html_page import (
    NAMES,
    Cell,
    Part,
    about,
    anchor,
    contents,
    document,
    equation,
    heading,
    paragraph,
    table,
)
from lossclass.render.svg import picture
from lossclass.render.wording import (
    VERDICTS,
    checked,
    how_numbers_are_shown,
    library_numbers,
    running_columns,
)
from lossclass.solution import Solution

_SEVERAL = "Worked solutions"
_ANSWER = "answer-box"
#: A step with so many running values may be broken between pages.
_LONG = 12


def render(solutions: Iterable[Solution], view: View) -> Iterator[str]:
    """One page for all solutions; of several, each under a heading and all in one list."""
    if not view.several:
        for solution in solutions:
            yield from document(solution.about.title, _Article(solution, view).all())
        return
    titles, articles = [], []
    for number, solution in enumerate(solutions, start=1):
        titles.append((f"problem-{number}", solution.about.title))
        articles.append("".join(_Article(solution, view, number).all()))
    if articles:
        top = heading(1, _SEVERAL) + "\n" + contents("Problems", titles)
        yield from document(_SEVERAL, [top, *articles])


class _Article:
    """A solution; of several, ``number`` says which, so that no two names are the same."""

    def __init__(self, solution: Solution, view: View, number: int | None = None) -> None:
        self.solution = solution
        self.detail = view.detail
        self.limits = limits_for(len(solution.steps), whole=view.whole)
        self.number = number
        self.level = 1 if number is None else 2
        self.figures = 0

    def all(self) -> Iterator[str]:
        named = "" if self.number is None else f' id="problem-{self.number}"'
        yield f"<article{named}>\n{heading(self.level, self.solution.about.title, 'problem')}\n"
        match self.detail:
            case Detail.BRIEF:
                yield from self._brief()
            case Detail.FULL:
                yield from self._full()
        yield self._answer()
        yield "</article>\n"

    def _name(self, name: str) -> str:
        return anchor(name) if self.number is None else f"p{self.number}.{anchor(name)}"

    # --- the levels of detail ---

    def _brief(self) -> Iterator[str]:
        rows, notes = [], []
        for block in blocks_of(Section("", self.solution.steps), self.limits):
            if isinstance(block, LeftOut):
                notes.append(paragraph(block.text, "quiet"))
                rows.append("<tr><td>…</td><td>…</td></tr>\n")
            elif isinstance(block, Step):
                rows.append(self._brief_row(block))
        head = '<tr><th scope="col">step</th><th scope="col">value</th></tr>'
        yield (
            f'<div class="scroll" tabindex="0">\n<table>\n<thead>\n{head}\n</thead>\n'
            f"<tbody>\n{''.join(rows)}</tbody>\n</table>\n</div>\n"
        )
        yield from notes
        yield from map(_remark, self.solution.remarks)

    def _brief_row(self, step: Step) -> str:
        line = self.solution.line(step)
        value = f"{_symbol(line)} {_sign(line.result.exact)} {_result(line)}"
        return (
            f'<tr id="{self._name(step.id)}"><th scope="row">{escaped(step.id)}</th>'
            f"<td>{value}</td></tr>\n"
        )

    def _full(self) -> Iterator[str]:
        yield about(self.solution.about)
        yield paragraph(how_numbers_are_shown(self.solution.digits, NAMES), "quiet")
        names = [self._name(f"section-{n}") for n, _ in enumerate(self.solution.sections, start=1)]
        titles = [section.title for section in self.solution.sections]
        answer = (self._name(_ANSWER), "Answer")
        yield contents(self.solution.about.title, [*zip(names, titles, strict=True), answer])
        for name, section in zip(names, self.solution.sections, strict=True):
            yield f'<section aria-labelledby="{name}">\n'
            yield (
                f'<h{self.level + 1} class="heading" id="{name}">{escaped(section.title)}'
                f"</h{self.level + 1}>\n"
            )
            for block in blocks_of(section, self.limits):
                yield from self._block(block)
            yield "</section>\n"

    def _answer(self) -> str:
        lines = [self.solution.line(self.solution.step(id)) for id in self.solution.answer_ids]
        equations = (
            equation(_left(line), [Part(line.result.exact, _result(line), "result")])
            for line in lines
        )
        name = self._name(_ANSWER)
        check = "" if self.detail is Detail.ANSWER else self._check()
        return (
            f'<section class="answer" aria-labelledby="{name}">\n'
            f'<h{self.level + 1} id="{name}">Answer</h{self.level + 1}>\n'
            f"{''.join(equations)}{check}</section>\n"
        )

    def _check(self) -> str:
        sign, text = checked(self.solution.cross_check)
        kind = "right" if self.solution.cross_check.agrees else "wrong"
        return _flagged(f"check {kind}", sign, escaped(text))

    # --- blocks ---

    def _block(self, block: Block | LeftOut) -> Iterator[str]:
        match block:
            case Step():
                yield self._step(block)
            case Table():
                rows = ([self._cell(c, block.digits) for c in row] for row in block.rows)
                yield table(block.columns, rows, self.limits, title=block.title)
            case Trellis():
                yield self._figure(block)
            case Remark():
                yield _remark(block)
            case Paragraph():
                yield paragraph(block.text)
            case LeftOut():
                yield paragraph(block.text, "quiet")
            case Audited():
                yield self._audited(block)
            case Call():
                yield from self._call(block)

    def _step(self, step: Step) -> str:
        line = self.solution.line(step)
        name, level = self._name(step.id), self.level + 2
        *sides, (exact, result) = zip(line.equation(MATHML), line.equation(PLAIN), strict=True)
        parts = [Part(side[0], element(side[1], plain[1])) for side, plain in sides]
        parts.append(Part(exact[0], element(exact[1], result[1]), "result"))
        short = f"{line.symbol(PLAIN)} {_sign(line.result.exact)} {result[1]}"
        running = self._running(line) if line.running else ""
        why = paragraph(step.why) if step.why else ""
        kind = "step long" if len(line.running) > _LONG else "step"
        return (
            f'<div class="{kind}" id="{name}">\n'
            f'<a class="id" href="#{name}">{escaped(step.id)}</a>\n<details open>\n'
            f'<summary>{heading(level, step.title or line.symbol(PLAIN))}<span class="short">'
            f"{escaped(short)}</span></summary>\n"
            f"{equation(_left(line), parts)}{running}{why}</details>\n</div>\n"
        )

    def _running(self, line: Line) -> str:
        rows = (_running_row(number, each) for number, each in enumerate(line.running, start=1))
        return table(running_columns(is_product=line.is_product), rows, self.limits)

    def _cell(self, cell: str | Quantity, digits: int | None) -> Cell:
        if isinstance(cell, str):
            return Cell.of(cell)
        number = show(self.solution.values[cell.id], digits or self.solution.digits)
        return Cell.of(PLAIN.number(number.value))

    def _figure(self, block: Trellis) -> str:
        try:
            root = picture(block, self.solution)
        except UsageError as error:
            return paragraph(f"{error}.".capitalize())
        self.figures += 1
        _rename(root, self._name(f"figure-{self.figures}-"))
        drawing = tostring(root, encoding="unicode")
        return f'<div class="figure" tabindex="0">\n{drawing}\n</div>\n'

    def _call(self, call: Call) -> Iterator[str]:
        """A library's code as it can be copied, what it gives, and the rule behind it."""
        yield heading(self.level + 2, call.library) + "\n"
        if call.code:
            yield f'<pre tabindex="0"><code>{escaped(call.code.strip())}</code></pre>\n'
        if call.value is not None:
            exact, numbers = library_numbers(call.value)
            text = ", ".join(map(PLAIN.number, numbers))
            yield f'<p>{_sign(exact)} <span class="result">{text}</span></p>\n'
        yield paragraph(call.rule)

    def _audited(self, mark: Audited) -> str:
        sign, words = VERDICTS[mark.verdict]
        ours = PLAIN.number(show(mark.ours, self.solution.digits).value)
        text = paragraph(mark.text) if mark.text else ""
        return (
            f'<div class="mark {mark.verdict}"><span class="flag">{sign}</span>'
            f"<b>{escaped(mark.id)}</b>: published {PLAIN.number(mark.published)}, ours {ours}: "
            f'<span class="words">{words}</span>{text}</div>\n'
        )


def _symbol(line: Line) -> str:
    return element(line.symbol(MATHML), line.symbol(PLAIN))


def _left(line: Line) -> Cell:
    return Cell(_symbol(line), len(line.symbol(PLAIN)))


def _result(line: Line) -> str:
    number = line.result.value
    return element(MATHML.number(number), PLAIN.number(number))


def _sign(exact: bool) -> str:
    return "=" if exact else "≈"


def _running_row(number: int, running: RunningValue) -> list[Cell]:
    plain = formula(running.operand, PLAIN)
    operand = Cell(element(formula(running.operand, MATHML), plain), len(plain))
    values = (running.number.value, running.so_far.value)
    return [Cell.of(str(number)), operand, *(Cell.of(PLAIN.number(value)) for value in values)]


def _remark(remark: Remark) -> str:
    return _flagged("remark", "!", escaped(remark.text))


def _flagged(kind: str, sign: str, content: str) -> str:
    return f'<p class="{kind}"><span class="flag">{sign}</span>{content}</p>\n'


def _rename(root: Element, prefix: str) -> None:
    """Give the names inside a drawing a beginning of their own, and what refers to them too."""
    for each in root.iter():
        if "id" in each.attrib:
            each.set("id", prefix + each.attrib["id"])
        if "marker-end" in each.attrib:
            each.set("marker-end", each.attrib["marker-end"].replace("#", f"#{prefix}"))
        if "aria-labelledby" in each.attrib:
            names = each.attrib["aria-labelledby"].split()
            each.set("aria-labelledby", " ".join(prefix + name for name in names))
