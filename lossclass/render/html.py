"""HTML: solutions as one page that loads nothing and needs no script, worksheets as one to be printed
and written on.

Formulas are MathML; steps open and close by themselves; on paper everything stands open.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import chain
from xml.etree.ElementTree import Element, tostring

from lossclass.arithmetic.line import Line
from lossclass.arithmetic.mathml import MATHML, escaped
from lossclass.arithmetic.mathml import math as element
from lossclass.arithmetic.notation import PLAIN, Notation
from lossclass.blocks import Audited, Call, Figure
from lossclass.errors import UsageError
from lossclass.figures import Diagram
from lossclass.render import View
from lossclass.render.cutting import ELLIPSIS
from lossclass.render.document import solution_parts, worksheet_parts
from lossclass.render.html_page import contents, document, feet, heading, statement, style
from lossclass.render.markup import (
    QUESTION_COLUMNS,
    Formula,
    Markup,
    Sides,
    WrittenBlock,
    WrittenStep,
)
from lossclass.render.svg import picture
from lossclass.render.wording import Blank, checked, foot, sheet_head
from lossclass.solution import About, CrossCheck, Solution
from lossclass.worksheets.worksheet import Worksheet

_SEVERAL = "Worked solutions"
_SEVERAL_SHEETS = "Worksheets"
_ANSWER = "answer-box"
_BLANK = '<span class="blank" role="img" aria-label="to be filled in"></span>'
_LINE = '<span class="blank line-to-work-on" role="img" aria-label="for the numbers"></span>'
#: A step with so many running values may be broken between pages.
_LONG = 12
#: A figure is drawn so much smaller where the page is narrow; then its letters are of 10 pixels.
_SMALLEST = 0.72
#: As wide as a phone's page: a diagram that takes more is drawn upright there.
_PHONE = 360
#: A row of more cells is turned into a column on a phone.
_MOST_ON_A_PHONE = 4
#: Letters of a symbol that leaves too little room beside it on a phone.
_WIDE = 7


def render(solutions: Iterable[Solution], view: View) -> Iterator[str]:
    """One page for all solutions; of several, each under a heading and all in one list."""
    if not view.several:
        for solution in solutions:
            yield from document(
                solution.about.title,
                _article("", solution_parts(solution, Html(), view)),
                feet([foot(solution.about)]),
            )
        return
    titles, articles, texts = [], [], []
    for number, solution in enumerate(solutions, start=1):
        name, parts = f"problem-{number}", solution_parts(solution, Html(number), view)
        titles.append((name, escaped(solution.about.title)))
        articles.append("".join(_article(f' id="{name}"', parts)))
        texts.append(foot(solution.about))
    if articles:
        top = heading(1, _SEVERAL) + "\n" + contents("Problems", titles)
        yield from document(_SEVERAL, [top, *articles], feet(texts))


def render_worksheet(worksheets: Iterable[Worksheet]) -> Iterator[str]:
    """One page; of several worksheets, each begins on a sheet of its own."""
    sheets = list(worksheets)
    heads = [each.head for each in sheets if each.head]
    is_one, is_one_sheet = len(sheets) == 1, len(heads) <= 1
    articles = chain.from_iterable(
        _article(
            f' class="sheet {each.layout}{" further" * (each.head is None)}"',
            worksheet_parts(each, Html(None if is_one else number, 1 if is_one_sheet else 2)),
        )
        for number, each in enumerate(sheets, start=1)
    )
    if sheets:
        # The title of an exam stands in its head.
        of_all = sheet_head(heads[0])[0] if is_one_sheet and heads else _SEVERAL_SHEETS
        title = sheets[0].about.title if is_one or not of_all else of_all
        top = [] if is_one_sheet else [heading(1, _SEVERAL_SHEETS)]
        more = style("html_worksheet.css") + feet(
            [foot(each.about, each.head) if each.head else None for each in sheets]
        )
        yield from document(title, chain(top, articles), more)


def _article(attributes: str, parts: Iterable[str]) -> Iterator[str]:
    return chain([f"<article{attributes}>\n"], parts, ["</article>\n"])


class Html(Markup[str]):
    """An article; of several, ``number`` says which, so that no two names are the same."""

    empty_cell = '<span class="blank small" role="img" aria-label="to be filled in"></span>'
    #: As many letters as fit beside each other on paper, and between columns.
    room, gap = 92, 3
    begins_with_answer = True
    typesets_prose = True

    def __init__(self, number: int | None = None, level: int = 0) -> None:
        self.level = level or (1 if number is None else 2)
        self._prefix = "" if number is None else f"p{number}."
        self._sections = self._figures = 0

    def text(self, text: str) -> str:
        return escaped(text)

    def math(self, formula: Formula) -> str:
        return element(formula(MATHML), formula(PLAIN))

    def code(self, text: str) -> str:
        return f"<code>{escaped(text)}</code>"

    def number(self, number: Decimal) -> str:
        return escaped(PLAIN.number(number))

    def result(self, line: Line) -> str:
        return f"{self.math(line.symbol)} {PLAIN.sign(line.result.exact)} {_number(line)}"

    def _name(self, name: str) -> str:
        """A name that an element can have; step ids stay as they are."""
        return self._prefix + escaped("_".join(name.split()))

    # --- texts ---

    def title(self, text: str) -> str:
        return heading(self.level, escaped(text), "problem") + "\n"

    def about(self, about: About) -> Iterator[str]:
        yield self.title(about.title)
        if about.statement:
            yield statement(about.statement)
        if about.source:
            yield _paragraph(escaped(f"Source: {about.source}"), "quiet")
        if about.loss_title != about.title:
            yield _paragraph(escaped(about.loss_title))
        yield _paragraph(self.prose(f"Formula: {about.formula}"))

    def paragraph(self, text: str) -> str:
        return _paragraph(self.prose(text))

    def note(self, text: str) -> str:
        return _paragraph(escaped(text), "quiet")

    left_out = note

    def remark(self, text: str, *, is_good: bool = False) -> str:
        kind, sign = ("mark right", "✓") if is_good else ("remark", "!")
        return _flagged(kind, sign, self.prose(text))

    def head(self, heading: str, beside: Sequence[Blank], below: Sequence[Blank]) -> Iterator[str]:
        yield '<header class="sheet-head">\n'
        if heading or beside:
            yield f'<p class="who"><b>{escaped(heading)}</b>{"".join(map(_blank, beside))}</p>\n'
        yield f'<p class="who">{"".join(map(_blank, below))}</p>\n'
        yield "</header>\n"

    def contents(self, about: About, titles: Sequence[str]) -> Iterator[str]:
        entries = (
            (self._name(f"section-{n}"), self.prose(text))
            for n, text in enumerate(titles, start=1)
            if text
        )
        yield contents(about.title, [(self._name(_ANSWER), "Answer"), *entries])

    def section(self, title: str, blocks: Iterable[WrittenBlock[str]]) -> Iterator[str]:
        self._sections += 1
        name = self._name(f"section-{self._sections}")
        yield f'<section aria-labelledby="{name}">\n' if title else "<section>\n"
        yield from super().section(title, blocks)
        yield "</section>\n"

    def heading(self, text: str) -> str:
        level, name = self.level + 1, self._name(f"section-{self._sections}")
        return f'<h{level} class="heading" id="{name}">{self.prose(text)}</h{level}>\n'

    # --- blocks ---

    def step(self, step: WrittenStep) -> Iterator[str]:
        name, symbol = self._name(step.id), self.math(step.left)
        title = heading(self.level + 2, self.prose(step.title) or symbol)
        again = symbol if step.title else ""
        is_long = step.running is not None and len(step.running.rows) > _LONG
        yield (
            f'<div class="{"step long" if is_long else "step"}" id="{name}">\n'
            f'<a class="id" href="#{name}">{escaped(step.id)}</a>\n'
        )
        if step.result:
            short = f"{PLAIN.sign(step.result.exact)} {self.number(step.result.value)}"
            summary = f'{title}<span class="short">{again} {short}</span>'
            yield f"<details open>\n<summary>{summary}</summary>\n"
        else:
            yield f"{title}\n"
        yield self._equation(step)
        if step.running:
            yield from self.table(step.running)
        yield from map(self.paragraph, step.words)
        if step.space:
            yield f'<div style="height: {step.space:g}mm"></div>\n'
        yield "</details>\n</div>\n" if step.result else "</div>\n"

    def row(self, steps: Sequence[WrittenStep]) -> Iterator[str]:
        yield '<div class="step row">\n'
        for step in steps:
            name = self._name(step.id)
            named = f' id="{name}"' if step.id else ""
            link = f'<a class="id" href="#{name}">{escaped(step.id)}</a>\n' if step.id else ""
            yield f'<div class="line"{named}>\n{self._equation(step)}{link}</div>\n'
        yield "</div>\n"

    def questions(self, steps: Sequence[WrittenStep], letters: int) -> Iterator[str]:
        heads = "".join(f'<th scope="col">{escaped(each)}</th>' for each in QUESTION_COLUMNS)
        rows = (self._question(step) for step in steps)
        room = f'style="--ids: {letters + 1}ch"'
        yield f'<div class="questions" {room}>\n{_scrolling("", heads, rows)}</div>\n'

    def _question(self, step: WrittenStep) -> str:
        title = f"{self.prose(step.title)}: " if step.title else ""
        sides = "".join(f" {PLAIN.sign(exact)} {written}" for exact, written in _sides(step.sides))
        high = f' style="height: {step.space:g}mm"' if step.space else ""
        blank = self.empty_cell if step.is_asked else ""
        return (
            f'<tr id="{self._name(step.id)}"{high}><th scope="row"><code>{escaped(step.id)}</code></th>'
            f"<td>{title}{self.math(step.left)}{sides}</td><td>{blank}</td></tr>\n"
        )

    def _equation(self, step: WrittenStep) -> str:
        sides, is_told = _sides(step.sides), step.result is not None
        if step.is_asked and not is_told:
            sides += ((True, each) for each in [*[_LINE] * step.lines_to_work_on, _BLANK])
        return _equation(step.left, sides, is_told=is_told, is_close=step.is_close)

    def grid(self, columns: Sequence[str], rows: Sequence[Sequence[str]], title: str) -> str:
        caption = f"<caption>{self.prose(title)}</caption>\n" if title else ""
        heads = (f'<th scope="col">{cell}</th>' if cell else "<td></td>" for cell in columns)
        kind = "turns" if len(rows) == 1 and len(columns) > _MOST_ON_A_PHONE else ""
        return _scrolling(caption, "".join(heads), map(_row, rows), kind)

    def figure(self, figure: Figure, solution: Solution) -> Iterator[str]:
        try:
            drawn = {"figure": picture(figure, solution)}
        except UsageError as error:
            yield self.paragraph(f"{error}.".capitalize())
            return
        if isinstance(figure, Diagram) and _narrowest(drawn["figure"]) > _PHONE:
            upright = picture(figure, solution, upright=True)
            drawn = {"figure broad": drawn["figure"], "figure upright": upright}
        for kind, root in drawn.items():
            self._figures += 1
            _rename(root, self._name(f"figure-{self._figures}-"))
            root.set("style", f"min-width: {_narrowest(root):.0f}px")
            drawing = tostring(root, encoding="unicode")
            yield f'<div class="{kind}" tabindex="0">\n{drawing}\n</div>\n'

    def audited(self, mark: Audited, ours: Decimal, sign: str, words: str) -> Iterator[str]:
        text = self.paragraph(mark.text) if mark.text else ""
        yield (
            f'<div class="mark {mark.verdict}"><span class="flag">{sign}</span>'
            f"<b>{escaped(mark.id)}</b>: published {self.number(mark.published)}, "
            f'ours {self.number(ours)}: <span class="words">{words}</span>{text}</div>\n'
        )

    def call(self, call: Call, exact: bool, numbers: Sequence[Decimal]) -> Iterator[str]:
        yield heading(self.level + 2, escaped(call.library)) + "\n"
        if call.code:
            yield f'<pre tabindex="0"><code>{escaped(call.code.strip())}</code></pre>\n'
        if numbers:
            text = ", ".join(map(self.number, numbers))
            yield _paragraph(f'{PLAIN.sign(exact)} <span class="result">{text}</span>')
        yield self.paragraph(call.rule)

    # --- the answer ---

    def answer(self, lines: Sequence[Line], check: CrossCheck | None) -> Iterator[str]:
        name, level = self._name(_ANSWER), self.level + 1
        yield f'<section class="answer" aria-labelledby="{name}">\n'
        yield f'<h{level} id="{name}">Answer</h{level}>\n'
        for line in lines:
            yield _equation(line.symbol, [(line.result.exact, _number(line))], is_told=True)
        if check:
            sign, text = checked(check)
            kind = "wrong" if not check.agrees else "right" if check.is_made else "unmade"
            yield _flagged(f"check {kind}", sign, self.prose(text))
        yield "</section>\n"

    def brief(self, rows: Sequence[tuple[str, Line] | str]) -> Iterator[str]:
        written, notes = [], []
        for row in rows:
            if isinstance(row, str):
                written.append("<tr><td>…</td><td>…</td></tr>\n")
                notes.append(self.left_out(row))
            else:
                id, line = row
                written.append(
                    f'<tr id="{self._name(id)}"><th scope="row">{escaped(id)}</th>'
                    f"<td>{self.result(line)}</td></tr>\n"
                )
        yield _scrolling("", '<th scope="col">step</th><th scope="col">value</th>', written)
        yield from notes


def _scrolling(caption: str, head: str, rows: Iterable[str], kind: str = "") -> str:
    """A table in a box of its own that scrolls."""
    return (
        f'<div class="{f"scroll {kind}".strip()}" tabindex="0">\n<table>\n{caption}<thead>\n<tr>{head}</tr>\n</thead>\n'
        f"<tbody>\n{''.join(rows)}</tbody>\n</table>\n</div>\n"
    )


def _paragraph(written: str, kind: str = "") -> str:
    return f'<p class="{kind}">{written}</p>\n' if kind else f"<p>{written}</p>\n"


def _blank(blank: Blank) -> str:
    """What is to be filled in; what has no room of its own gets what is left of the line."""
    if blank.filled:
        kind, place = "filled", escaped(blank.filled)
    else:
        kind = "" if blank.room else "wide-blank"
        width = f' style="min-width: {blank.room / 2:g}rem"' if blank.room else ""
        place = f'<span class="place"{width}></span>'
    behind = f" {escaped(blank.behind)}" if blank.behind else ""
    return f'<span class="{kind}">{escaped(blank.label)}: {place}{behind}</span>'


def _flagged(kind: str, sign: str, written: str) -> str:
    return _paragraph(f'<span class="flag">{sign}</span>{written}', kind)


def _number(line: Line) -> str:
    number = line.result.value
    return element(MATHML.number(number), PLAIN.number(number))


def _equation(left: Formula, sides: Sides, *, is_told: bool = False, is_close: bool = False) -> str:
    """A symbol, and what it is equal to, the last of it the result if that is told: below each other,
    or as many beside each other as the page has room for. A wide symbol stands above them where the
    page is narrow."""
    plain = left(PLAIN)
    symbol = element(left(MATHML), plain)
    kinds = ["side"] * len(sides)
    if is_told:
        kinds[-1] += " result"
    classed = zip(sides, kinds, strict=True)
    if is_close:
        close = "".join(
            f'<span class="pair">{PLAIN.sign(exact)} <span class="{kind}">{written}</span></span>\n'
            for (exact, written), kind in classed
        )
        return f'<div class="close">\n<span class="left">{symbol}</span>\n{close}</div>\n'
    rows = "".join(
        f'<div class="sign">{PLAIN.sign(exact)}</div><div class="{kind}">{written}</div>\n'
        for (exact, written), kind in classed
    )
    kind = "equation wide" if len(plain) > _WIDE else "equation"
    return f'<div class="{kind}">\n<div class="left">{symbol}</div>{rows}</div>\n'


def line_equation(line: Line) -> str:
    """A line of a solution, its sides below each other."""
    return _equation(line.symbol, _sides(line.equation))


def _sides(sides: Callable[[Notation], Sides]) -> list[tuple[bool, str]]:
    """Sides of an equation as elements."""
    both = zip(sides(MATHML), sides(PLAIN), strict=True)
    return [(exact, element(text, plain)) for (exact, text), (_, plain) in both]


def _row(cells: Sequence[str]) -> str:
    first, *rest = cells
    head = f"<td>{first}</td>" if first == ELLIPSIS else f'<th scope="row">{first}</th>'
    return f"<tr>{head}{''.join(f'<td>{cell}</td>' for cell in rest)}</tr>\n"


def _narrowest(root: Element) -> float:
    """How wide a drawing is on a narrow page, at least."""
    return _SMALLEST * float(root.attrib["width"])


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
