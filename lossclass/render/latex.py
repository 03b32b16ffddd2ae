"""LaTeX: a document that compiles as it is, with pdflatex, xelatex or lualatex.

It needs only what every installation has. Mathematical characters in texts become mathematics. A
letter of any other script stands in the source as it is. pdflatex draws Latin ones, and Greek and
Cyrillic ones where their fonts are installed; the others, those of any font that they find. Where
there is none, the letter's number stands in a box, and the foot of the page says what to do. Nothing
from a problem file is obeyed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from unicodedata import normalize

from rich.cells import cell_len

from lossclass.render import View, data
from lossclass.render.document import sheets_of, solution_parts, worksheet_parts
from lossclass.render.markup import Formula, TextMarkup, WrittenStep
from lossclass.render.mathematics import BLANK, FLAT, HIGH, LINE, equation_rows, width_of
from lossclass.render.prose import Code, Mathematics
from lossclass.render.wording import Blank, foot
from lossclass.solution import Solution
from lossclass.worksheets import Layout
from lossclass.worksheets.worksheet import Worksheet

_PREAMBLE, _SHORTER = (
    Path(__file__).with_name(f"{name}.tex").read_text(encoding="utf-8")
    for name in ("preamble", "preamble_short")
)
_BODY = "\\begin{document}\n"
#: For worksheets with one line a step: smaller letters, and headings that take little room.
_SHORT_PREAMBLE = _PREAMBLE.replace("11pt", "10pt") + _SHORTER
_START = _PREAMBLE + _BODY
#: Links, where they can be had. The titles in them are no commands, but hyperref could not make
#: bookmarks of all.
_LINKS = r"\IfFileExists{hyperref.sty}{\usepackage[hidelinks,bookmarks=false]{hyperref}}{}" + "\n"
_CONTENTS = "\\setcounter{tocdepth}{1}\n\\tableofcontents\n\\clearpage\n"
_FROM_ONE, _PAGES_END = "\\fromone", "\\pagesend\n"
#: As many letters of an id as stand beside a line without taking of it.
_MARGIN = 14
#: What has more lines, a table or a step, may go on on the next page; so may steps in a row of more rows.
_MOST_ROWS, _MOST_LINES = 10, 30
_HEADING = r"\subsection"
_END = "\\end{document}\n"

#: Millimetres from line to line of a worksheet's table, at least.
_LEAST_HIGH = 6.2
#: Letters of a formula there that may be too long for one line.
_LONG = 40
#: What is left free there for a result.
_IN_ROW = r"\underline{\hspace{6em}}"
#: How far a line of text reaches below itself, in millimetres.
_DEPTH = 1.3
#: Millimetres that a table has at most that is not broken.
_HIGHEST = 200
#: Points that a letter of an id takes, that an id has, and that it has with what stands beside it but
#: for the blank.
_LETTER, _WIDEST_ID, _BESIDE_ID = 5.3, 205, 368

#: How characters are written that LaTeX obeys or does not have: as text, in mathematics, and typed.
_ESCAPED, _SIGNS, _TYPED = (data("latex")[kind] for kind in ("escaped", "signs", "typed"))
_LOW, _HIGH = "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ᵀⁿⁱ"
#: Hebrew, Arabic and their neighbours.
_RIGHT_TO_LEFT = "[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]"
_RUN = rf"{_RIGHT_TO_LEFT}+(?: +{_RIGHT_TO_LEFT}+)*"
_PIECE = re.compile(
    f"(?P<low>[{_LOW}]+)|(?P<high>[{_HIGH}]+)|(?P<hat>[A-Za-z]\N{COMBINING CIRCUMFLEX ACCENT})"
    f"|(?P<left>{_RUN})|.",
    re.DOTALL,
)
_NOT_ASCII = re.compile(f"{_RUN}|[^ -~]")
#: Letters side by side that a font would join or change.
_LIGATURE = re.compile(r"([-,'`<>])(?=\1)|([?!])(?=`)")


def render(solutions: Iterable[Solution], view: View) -> Iterator[str]:
    """One document, with a part for each solution."""
    documents = ((foot(each.about), solution_parts(each, Latex(), view)) for each in solutions)
    start = _PREAMBLE + _LINKS + _BODY + _CONTENTS if view.contents else _START
    yield from _joined(documents, start, is_book=view.contents)


def render_worksheet(worksheets: Iterable[Worksheet]) -> Iterator[str]:
    """One document, with a page of its own for each worksheet."""
    all_sheets = [*worksheets]
    documents = sheets_of(all_sheets, lambda each: worksheet_parts(each, Latex()))
    is_short = all(each.layout is Layout.TABLE for each in all_sheets)
    yield from _joined(documents, _SHORT_PREAMBLE + _BODY if is_short else _START)


def _joined(
    documents: Iterable[tuple[str, Iterator[str]]], start: str, *, is_book: bool = False
) -> Iterator[str]:
    """Documents one behind the other, each with its foot; the pages of each are counted, or those of
    the whole book."""
    before = start
    for words, parts in documents:
        yield f"{before}\\pagesof{{{_written(words)}}}{'' if is_book else _FROM_ONE}\n"
        yield from (f"\n{part}\n" for part in _with_whole_end([*parts]))
        before = "\n" if is_book else f"\n{_PAGES_END}"
    if before != start:
        yield f"\n{_PAGES_END}{_END}"


def _with_whole_end(parts: list[str]) -> list[str]:
    """The parts of a document, of which no page has only the last few lines."""
    *before, last = parts
    before[-2:] = map(_kept, before[-2:])
    headings = [n for n, part in enumerate(before) if part.startswith(_HEADING)]
    if headings:
        before[headings[-1]] = "\\together\n" + before[headings[-1]]
    return [*before, last]


def _kept(part: str) -> str:
    """A part that stays on the page of what follows."""
    keeps_itself = part.startswith(_HEADING) or part.endswith(r"\end{align*}")
    return part if keeps_itself else f"{part}\\nopagebreak"


class Latex(TextMarkup):
    typesets_prose = True
    gap = 3  # what longtable leaves between columns
    empty_cell = r"\underline{\hspace{4em}}"
    begins_with_answer = is_paper = True
    how_to_see_all = ""

    def text(self, text: str) -> str:
        return _written(" ".join(text.split()))

    def part_of_prose(self, part: str | Mathematics | Code) -> str:
        if not isinstance(part, str):
            return super().part_of_prose(part)
        before, after = (" " * part[at].isspace() for at in (0, -1))
        return f"{before}{self.text(part)}{after}" if part.strip() else " "

    def head(self, heading: str, beside: Sequence[Blank], below: Sequence[Blank]) -> Iterator[str]:
        left, right = self.strong(self.text(heading)), r"\quad ".join(map(self._blank, beside))
        if left or right:
            yield rf"{left}\hspace*{{\fill}}{right}"
        # As high as what is written by hand.
        yield r"\rule{0pt}{1.8em}" + r"\quad ".join(map(self._blank, below))

    def _blank(self, blank: Blank) -> str:
        """What is to be filled in; what has no room of its own gets what is left of the line."""
        line = rf"\underline{{\hspace{{{blank.room / 2:g}em}}}}" if blank.room else r"\hrulefill"
        filled = self.text(blank.filled) or line
        return " ".join(filter(None, (f"{blank.label}:", filled, self.text(blank.behind))))

    def strong(self, written: str) -> str:
        return rf"\textbf{{{written}}}" if written else ""

    def code(self, text: str) -> str:
        return rf"\texttt{{{self.text(text)}}}"

    def math(self, formula: Formula) -> str:
        return f"${_in_mathematics(formula(HIGH))}$"

    def title(self, text: str) -> str:
        return rf"\section{{{self.text(text)}}}"

    def heading(self, text: str) -> str:
        return f"{_HEADING}{{{self.prose(text)}}}"

    def equation(self, step: WrittenStep) -> str:
        if not step.title:
            before = [] if step.result else [r"\beforestep{}"]
            return "\n".join([*before, *self.row([step])])
        title, id = self.strong(self.prose(step.title)), self.code(step.id)
        return (
            rf"\beforestep{{}}{title}\hspace*{{\fill}}\mbox{{\small {id}}}"
            f"\n\\begin{{align*}}\n{_rows(step)}\n\\end{{align*}}"
        )

    def row(self, steps: Sequence[WrittenStep]) -> Iterator[str]:
        lines = [*map(self._line, steps)]
        ends = [r" \\*" if n in {1, len(lines) - 1} else r" \\" for n in range(1, len(lines))]
        rows = "\n".join(map("".join, zip(lines, [*ends, ""], strict=True)))
        yield f"\\closer\n\\begin{{align*}}\n{rows}\n\\end{{align*}}"

    def _line(self, step: WrittenStep) -> str:
        """The rows of a step, its id at the margin of the first."""
        tag = rf" \tag*{{\small {self.code(step.id)}}}" if step.id else ""
        return _rows(step, tag, max(0, len(step.id) - _MARGIN))

    def space(self, millimetres: float) -> str:
        return rf"\nopagebreak\vspace*{{{millimetres:g}mm}}"

    def questions(self, steps: Sequence[WrittenStep], letters: int) -> Iterator[str]:
        left = min(_LETTER * letters, _WIDEST_ID)
        columns = rf"p{{{left:.0f}pt}}p{{{_BESIDE_ID - left:.0f}pt}}l"
        # A table that may be broken would leave its heading alone at the foot of a page.
        high = max(_LEAST_HIGH, *(step.space for step in steps))
        most = max(1, min(_MOST_ROWS, int(_HIGHEST / high)))
        for first in range(0, len(steps), most):
            rows = map(self._question, steps[first : first + most])
            lines = [rf"\begin{{tabular}}{{{columns}}}", *rows]
            yield "\n".join([*lines, r"\end{tabular}"])

    def on_one_line(self, step: WrittenStep) -> str:
        """What is asked; a long formula such that a line may end in its brackets, too."""
        if width_of(step.on_one_line(HIGH)) <= _LONG:
            return super().on_one_line(step)
        before = f"{self.prose(step.title)}: " if step.title else ""
        return f"{before}${_in_mathematics(step.on_one_line(FLAT))}$"

    def _question(self, step: WrittenStep) -> str:
        strut = rf"\rule{{0pt}}{{{max(step.space, _LEAST_HIGH) - _DEPTH:g}mm}}"
        blank = _IN_ROW if step.is_asked else ""
        id, what = self.code(step.id), self.on_one_line(step)
        if _LETTER * len(step.id) > _WIDEST_ID:
            id = id.replace(".", r".\allowbreak{}")
        return rf"{strut}\raggedright \small {id} & \raggedright {what} & {blank} \tabularnewline"

    def remark(self, text: str, *, is_good: bool = False) -> str:
        begins = r"$\checkmark$" if is_good else r"\itshape"
        return f"\\begin{{quote}}\n{begins} {self.prose(text)}\n\\end{{quote}}"

    def listing(self, text: str, language: str) -> str:
        whole = "" if text.count("\n") > 2 * _MOST_LINES else "*"
        lines = f"\\\\{whole}\n".join(
            "".join(map(_in_cell, line.rstrip())) or r"\mbox{}" for line in text.split("\n")
        )
        return (
            "{\\footnotesize\\ttfamily\\settowidth{\\cellwidth}{x}\\raggedright\n"
            f"{lines}\\par}}"
        )

    def grid(self, columns: Sequence[str], rows: Sequence[Sequence[str]], title: str) -> str:
        head, *body = (" & ".join(line) + r" \\" for line in (columns, *rows))
        form = "l" * len(columns)
        if len(rows) > _MOST_LINES:
            lines = [rf"\begin{{longtable}}[l]{{{form}}}", rf"{head} \hline \endhead", *body]
            return "\n".join([*lines, r"\end{longtable}"])
        lines = [rf"\hspace*{{1em}}\begin{{tabular}}{{{form}}}", rf"{head} \hline", *body]
        return "\n".join([*lines, r"\end{tabular}"])

    def leading(self, part: str) -> str:
        return _kept(part)

    def lines(self, written: Iterable[str]) -> str:
        return "\\\\\n".join(line or r"\mbox{}" for line in written)


def _rows(step: WrittenStep, tag: str = "", beside: int = 0) -> str:
    """The rows of an equation, between which no page ends, unless they are too many for one; those
    to be filled in are high enough to be written on."""
    first, *more = map(_in_mathematics, equation_rows(step, beside))
    end = r" \\" if len(more) >= _MOST_LINES else r" \\*"
    rows = first + tag
    for row in more:
        rows += f"{end}{'[0.9em]' if row.endswith((BLANK, LINE)) else ''}\n{row}"
    return rows


def _written(text: str) -> str:
    """A text in which every character stands for itself."""
    text = _LIGATURE.sub("\\g<0>\N{WORD JOINER}", normalize("NFC", text))
    return _PIECE.sub(_piece, text)


def _piece(found: re.Match[str]) -> str:
    text = found[0]
    match found.lastgroup:
        case "hat":
            return rf"\ensuremath{{\hat{{{text[0]}}}}}"
        case "low" | "high" as place:
            command = {"low": "textsubscript", "high": "textsuperscript"}[place]
            return rf"\{command}{{{''.join(map(_letter, normalize('NFKC', text)))}}}"
        case "left":
            return rf"\rightleft{{{''.join(map(_letter, text))}}}"
    return _letter(text)


def _letter(character: str) -> str:
    if character in _ESCAPED:
        return str(_ESCAPED[character])
    return character if character.isascii() and character.isprintable() else _other(character)


def _other(character: str) -> str:
    """A character that is not ASCII, as text and inside mathematics."""
    if character in _SIGNS:
        return rf"\ensuremath{{{_SIGNS[character]}}}"
    if character in _TYPED:
        return str(_TYPED[character])
    number = f"{ord(character):04X}"
    if not character.isprintable():
        return rf"\texttt{{U+{number}}}"
    return rf"\letter{{{number}}}{{{character}}}"


def _in_mathematics(latex: str) -> str:
    """A formula in which what is not ASCII stands as text."""
    return _NOT_ASCII.sub(
        lambda found: rf"\text{{{_written(found[0])}}}", _LIGATURE.sub(r"\g<0>{}", latex)
    )


def _in_cell(character: str) -> str:
    """A character of a drawing, or of a program, which takes its cells."""
    if character == " ":
        return r"\cell{1}{}"
    if character.isascii() and character.isalnum():
        return character
    return rf"\cell{{{max(cell_len(character), 1)}}}{{{_written(character)}}}"
