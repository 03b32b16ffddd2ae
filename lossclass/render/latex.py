"""LaTeX: a document that compiles as it is, with pdflatex, xelatex or lualatex.

It uses only what every installation has. Mathematical characters in texts become mathematics. A
letter of any other script stands in the source as it is; where the engine or its font cannot draw
it, its number is printed, such as U+4E2D. Nothing from a problem file is obeyed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final
from unicodedata import normalize

from rich.cells import cell_len

from lossclass.render import View
from lossclass.render.document import solution_parts, worksheet_parts
from lossclass.render.markup import Formula, TextMarkup, WrittenStep
from lossclass.render.mathematics import HIGH, equation_rows
from lossclass.render.prose import Code, Mathematics
from lossclass.solution import Solution
from lossclass.worksheets.worksheet import Worksheet

_PREAMBLE = r"""\documentclass[11pt,a4paper,fleqn]{article}
\usepackage{iftex}
\ifPDFTeX
  \usepackage[utf8]{inputenc}
  \usepackage[T1]{fontenc}
  \IfFileExists{lmodern.sty}{\usepackage{lmodern}}{}
  \protected\def\letter#1#2{\ifcsname u8:\detokenize{#2}\endcsname #2\else\texttt{U+#1}\fi}
\else
  % To have letters of more scripts: \usepackage{fontspec}, and a \setmainfont that has them.
  \protected\def\letter#1#2{\iffontchar\font"#1 #2\else\texttt{U+#1}\fi}
\fi
\usepackage{amsmath}
\IfFileExists{amssymb.sty}{\usepackage{amssymb}}{\let\checkmark\surd}
\usepackage{longtable}
\usepackage[margin=2.5cm]{geometry}
\setlength{\mathindent}{1em}
\setlength{\parindent}{0pt}
\setlength{\parskip}{0.6em plus 0.2em}
\setlength{\LTleft}{1em}
\setlength{\LTpre}{0.4em}
\setlength{\LTpost}{0.4em}
\setcounter{secnumdepth}{0}
\emergencystretch=3em
\allowdisplaybreaks
% A drawing of letters: each takes as many cells as in a terminal.
\newlength{\cellwidth}
\newcommand{\cell}[2]{\makebox[#1\cellwidth]{#2}}
% Before a step is a good place to break a page, but not behind a heading.
\makeatletter
\newcommand{\beforestep}{\if@nobreak\else\addvspace{0.8em}\pagebreak[2]\fi}
\makeatother
"""
_BODY = "\\begin{document}\n"
#: Links, where they can be had. The titles in them are no commands, but hyperref could not make
#: bookmarks of all.
_LINKS = r"\IfFileExists{hyperref.sty}{\usepackage[hidelinks,bookmarks=false]{hyperref}}{}" + "\n"
_CONTENTS = "\\setcounter{tocdepth}{1}\n\\tableofcontents\n\\clearpage\n"
_START = _PREAMBLE + _BODY
_END = "\\end{document}\n"

_SPECIAL: Final = {
    "\N{WORD JOINER}": "{}",
    "\\": r"\textbackslash{}",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    **{each: "\\" + each for each in "{}$&#%_"},
    # In brackets, for \\ and \item would take what follows them as their option.
    "[": "{[}",
    "]": "{]}",
    "*": "{*}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\char34{}",
}
_SIGNS = {
    "ŷ": r"\hat{y}",
    "−": "-",
    **{
        sign: rf"\{name}"
        for signs, names in (
            (
                "αβγδεζηθικλμ",
                "alpha beta gamma delta varepsilon zeta eta theta iota kappa lambda mu",
            ),
            ("νξπρστυφχψω", "nu xi pi rho sigma tau upsilon varphi chi psi omega"),
            ("ΓΔΘΛΞΠΣΦΨΩ", "Gamma Delta Theta Lambda Xi Pi Sigma Phi Psi Omega"),
            ("×·÷±⊙√‖∘′", "times cdot div pm odot surd Vert circ prime"),
            ("≈≠≤≥≪≫∈", "approx neq leq geq ll gg in"),
            ("→↑←⇒", "rightarrow uparrow leftarrow Rightarrow"),
            ("ℓ∂∇∑∏∞∅✓✗", "ell partial nabla sum prod infty emptyset checkmark times"),
        )
        for sign, name in zip(signs, names.split(), strict=True)
    },
}
_TYPED = {
    "…": r"\dots{}",
    "–": "--",
    "—": "---",
    "“": "``",
    "”": "''",
    "‘": "`",
    "’": "'",
    "─": r"\rule[0.5ex]{\cellwidth}{0.4pt}",
    "═": r"\rule[0.35ex]{\cellwidth}{0.4pt}\hspace{-\cellwidth}\rule[0.75ex]{\cellwidth}{0.4pt}",
    "╲": r"\textbackslash{}",
}
_LOW, _HIGH = "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ᵀⁿⁱ"
_APART = re.compile(
    f"(?P<low>[{_LOW}]+)|(?P<high>[{_HIGH}]+)|(?P<hat>[A-Za-z]\N{COMBINING CIRCUMFLEX ACCENT})"
)
#: The same, or any other character.
_PIECE = re.compile(f"{_APART.pattern}|.", re.DOTALL)
#: Letters side by side that a font would join or change.
_LIGATURE = re.compile(r"([-,'`<>])(?=\1)|([?!])(?=`)")


def render(solutions: Iterable[Solution], view: View) -> Iterator[str]:
    """One document, with a part for each solution."""
    documents = (solution_parts(solution, Latex(), view) for solution in solutions)
    yield from _joined(
        documents, _PREAMBLE + _LINKS + _BODY + _CONTENTS if view.contents else _START
    )


def render_worksheet(worksheets: Iterable[Worksheet]) -> Iterator[str]:
    """One document, with a page of its own for each worksheet."""
    yield from _joined((worksheet_parts(worksheet, Latex()) for worksheet in worksheets), _START)


def _joined(documents: Iterable[Iterator[str]], start: str) -> Iterator[str]:
    before = start
    for parts in documents:
        for part in parts:
            yield f"{before}\n{part}\n"
            before = ""
        before = "\n\\clearpage\n"
    if before != start:
        yield f"\n{_END}"


class Latex(TextMarkup):
    typesets_prose = True
    gap = 3  # what longtable leaves between columns
    empty_cell = r"\hspace{4em}"
    begins_with_answer = True

    def text(self, text: str) -> str:
        return _written(" ".join(text.split()))

    def part_of_prose(self, part: str | Mathematics | Code) -> str:
        if not isinstance(part, str):
            return super().part_of_prose(part)
        before, after = (" " * part[at].isspace() for at in (0, -1))
        return f"{before}{self.text(part)}{after}" if part.strip() else " "

    def name_and_date(self) -> str:
        return r"Name: \hrulefill\ Date: \underline{\hspace{7em}}"

    def strong(self, written: str) -> str:
        return rf"\textbf{{{written}}}" if written else ""

    def code(self, text: str) -> str:
        return rf"\texttt{{{self.text(text)}}}"

    def math(self, formula: Formula) -> str:
        return f"${_in_mathematics(formula(HIGH))}$"

    def title(self, text: str) -> str:
        return rf"\section{{{self.text(text)}}}"

    def heading(self, text: str) -> str:
        return rf"\subsection{{{self.prose(text)}}}"

    def equation(self, step: WrittenStep) -> str:
        if not step.title:
            return "\n".join(self.row([step]))
        title, id = self.strong(self.prose(step.title)), self.code(step.id)
        rows = " \\\\\n".join(map(_in_mathematics, equation_rows(step)))
        return (
            rf"\beforestep{{}}{title}\hspace*{{\fill}}\mbox{{\small {id}}}"
            f"\n\\begin{{align*}}\n{rows}\n\\end{{align*}}"
        )

    def row(self, steps: Sequence[WrittenStep]) -> Iterator[str]:
        lines = (self._line(step) for step in steps)
        rows = " \\\\\n".join(lines)
        yield f"\\begin{{align*}}\n{rows}\n\\end{{align*}}"

    def _line(self, step: WrittenStep) -> str:
        """The rows of a step, its id at the margin of the first."""
        first, *more = map(_in_mathematics, equation_rows(step))
        tag = rf" \tag*{{\small {self.code(step.id)}}}" if step.id else ""
        return " \\\\\n".join([first + tag, *more])

    def remark(self, text: str, *, is_good: bool = False) -> str:
        begins = r"$\checkmark$" if is_good else r"\itshape"
        return f"\\begin{{quote}}\n{begins} {self.prose(text)}\n\\end{{quote}}"

    def listing(self, text: str, language: str) -> str:
        lines = "\\\\\n".join(
            "".join(map(_in_cell, line.rstrip())) or r"\mbox{}" for line in text.split("\n")
        )
        return (
            "{\\footnotesize\\ttfamily\\settowidth{\\cellwidth}{x}\\raggedright\n"
            f"{lines}\\par}}"
        )

    def grid(self, columns: Sequence[str], rows: Sequence[Sequence[str]], title: str) -> str:
        head, *body = (" & ".join(line) + r" \\" for line in (columns, *rows))
        return "\n".join(
            [
                rf"\begin{{longtable}}[l]{{{'l' * len(columns)}}}",
                rf"{head} \hline \endhead",
                *body,
                r"\end{longtable}",
            ]
        )

    def lines(self, written: Iterable[str]) -> str:
        return "\\\\\n".join(line or r"\mbox{}" for line in written)


def _written(text: str) -> str:
    """A text in which every character stands for itself."""
    text = _LIGATURE.sub("\\g<0>\N{WORD JOINER}", normalize("NFC", text))
    return _PIECE.sub(lambda found: _apart(found) if found.lastgroup else _letter(found[0]), text)


def _apart(found: re.Match[str]) -> str:
    if found["hat"]:
        return rf"\ensuremath{{\hat{{{found['hat'][0]}}}}}"
    command = "textsubscript" if found["low"] else "textsuperscript"
    return rf"\{command}{{{''.join(map(_letter, normalize('NFKC', found[0])))}}}"


def _letter(character: str) -> str:
    if character in _SPECIAL:
        return _SPECIAL[character]
    if found := _APART.fullmatch(character):
        return _apart(found)
    return character if character.isascii() and character.isprintable() else _other(character)


def _other(character: str) -> str:
    """A character that is not ASCII, as text and inside mathematics."""
    if character in _SIGNS:
        return rf"\ensuremath{{{_SIGNS[character]}}}"
    if character in _TYPED:
        return _TYPED[character]
    number = f"{ord(character):04X}"
    if not character.isprintable():
        return rf"\texttt{{U+{number}}}"
    return rf"\letter{{{number}}}{{{character}}}"


def _in_mathematics(latex: str) -> str:
    """A formula in which what is not ASCII stands as text."""
    return "".join(
        each if " " <= each <= "~" else rf"\text{{{_other(each)}}}"
        for each in _LIGATURE.sub(r"\g<0>{}", latex)
    )


def _in_cell(character: str) -> str:
    """A character of a drawing, or of a program, which takes its cells."""
    if character == " ":
        return r"\cell{1}{}"
    if character.isascii() and character.isalnum():
        return character
    return rf"\cell{{{max(cell_len(character), 1)}}}{{{_letter(character)}}}"
