"""Jupyter notebooks: the working, and code that recomputes it with NumPy.

The format is nbformat 4.5, which is JSON; the Markdown is what notebooks read.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from itertools import zip_longest
from typing import Any

from lossclass.blocks import Figure, Trellis
from lossclass.render import Detail, View
from lossclass.render.document import solution_parts, worksheet_parts
from lossclass.render.figure_text import words_of
from lossclass.render.markdown import Markdown
from lossclass.render.markup import QUESTION_COLUMNS, Formula
from lossclass.render.mathematics import HIGH
from lossclass.render.notebook_code import Code
from lossclass.render.svg import address, written
from lossclass.solution import Solution
from lossclass.worksheets.worksheet import Worksheet

_METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
#: How a table begins with one line a step.
_QUESTIONS = f"\n| {' | '.join(QUESTION_COLUMNS)} |\n"
#: A cell before it has its id: whether it is code, and what it says.
_Draft = tuple[bool, str]


def render(solutions: Iterable[Solution], view: View) -> Iterator[str]:
    """One notebook for all solutions. The code of each stands on its own."""
    titles: list[str] = []
    cells: list[_Draft] = []
    for solution in solutions:
        titles.append(solution.about.title)
        cells += _cells(solution, view)
    yield from _notebook(titles if view.contents else [], cells)


def render_worksheet(worksheets: Iterable[Worksheet]) -> Iterator[str]:
    """One notebook for all worksheets, with an empty cell of code for each part."""
    cells: list[_Draft] = []
    for worksheet in worksheets:
        for text in _by_section(worksheet_parts(worksheet, NotebookMarkdown())):
            asks = "\n### " in text or _QUESTIONS in text
            cells += [(False, text), (True, "")] if asks else [(False, text)]
    yield from _notebook([], cells)


class NotebookMarkdown(Markdown):
    """Markdown with mathematics between dollar signs, which is all that notebooks know."""

    fences = ("$$", "$$")

    def math(self, formula: Formula) -> str:
        return f"${self.readable(formula(HIGH))}$"

    def readable(self, latex: str) -> str:
        """A formula in which no label can begin a tag, whoever reads it first."""
        formula = super().readable(latex)
        return formula.replace("<", r"}\lt\text{").replace(">", r"}\gt\text{")

    def figure(self, figure: Figure, solution: Solution) -> Iterator[str]:
        """The picture itself, which notebooks can hold; of a trellis its lines of letters."""
        if isinstance(figure, Trellis):
            yield from super().figure(figure, solution)
            return
        words = self.text(words_of(figure, solution))
        yield f"![{words}]({address(written(figure, solution))})"


def _cells(solution: Solution, view: View) -> Iterator[_Draft]:
    code = Code(solution)
    first, *sections = _by_section(solution_parts(solution, NotebookMarkdown(), view))
    yield False, first
    yield True, code.beginning()
    pieces = code.sections()
    if view.detail in {Detail.BOARD, Detail.FULL}:
        beside = zip_longest(sections, pieces[: len(sections)], fillvalue="")
        for section, piece in beside:
            yield False, section
            if piece:
                yield True, piece
    else:
        yield True, "\n".join(filter(None, pieces))
    yield True, code.ending()


def _by_section(parts: Iterable[str]) -> list[str]:
    """The parts of a document, joined from heading to heading."""
    cells: list[list[str]] = [[]]
    for part in parts:
        if part.startswith("## ") and cells[-1]:
            cells.append([])
        cells[-1].append(part)
    return ["\n\n".join(each) for each in cells]


def _notebook(titles: Iterable[str], cells: Iterable[_Draft]) -> Iterator[str]:
    """The file; nothing where there is nothing to write."""
    drafts = list(cells)
    if not drafts:
        return
    entries = [f"{n}. {Markdown().text(title)}" for n, title in enumerate(titles, start=1)]
    if entries:
        drafts.insert(0, (False, "\n".join(["# Contents", "", *entries])))
    notebook = {
        "cells": [_cell(number, *draft) for number, draft in enumerate(drafts, start=1)],
        "metadata": _METADATA,
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    yield json.dumps(notebook, ensure_ascii=False, indent=1) + "\n"


def _cell(number: int, is_code: bool, text: str) -> dict[str, Any]:
    cell: dict[str, Any] = {
        "cell_type": "code" if is_code else "markdown",
        "id": f"cell-{number}",
        "metadata": {},
        "source": text.splitlines(keepends=True),
    }
    return cell | {"execution_count": None, "outputs": []} if is_code else cell
