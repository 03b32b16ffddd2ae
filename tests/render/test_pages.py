"""What falls on which page: of a PDF, of a LaTeX document, and of a page of HTML on paper."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from documents import view
from pages import Letter, Page, TextLine, ascii_letters, pages_of
from test_latex import compiled

import lossclass
from lossclass.problem.bundled import bundled_problems
from lossclass.render import html, latex
from problems import NAMES, case

pdf = pytest.importorskip("lossclass.render.pdf")
pytest.importorskip("typst")

#: Points by which a line may reach into the margin.
_OVER = 1.0
#: A table of more rows may be broken.
_MOST_ROWS = 10
_CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "google-chrome"))), None)


def on_paper(solution: lossclass.Solution) -> tuple[list[Page], float]:
    """The pages, and the margin in points."""
    return pages_of(b"".join(pdf.render([solution], view()))), 2 / 2.54 * 72


def by_latex(solution: lossclass.Solution, folder: Path) -> tuple[list[Page], float]:
    text = "".join(latex.render([solution], view()))
    for _ in range(2):  # the second run knows how many pages there are
        log = compiled(text, "pdflatex", folder)
    over = [float(each) for each in re.findall(r"Overfull \\hbox \((\d+\.\d+)pt", log)]
    assert max(over, default=0) <= _OVER, over
    return pages_of((folder / "document.pdf").read_bytes()), 2.2 / 2.54 * 72


def in_a_browser(solution: lossclass.Solution, folder: Path) -> tuple[list[Page], float]:
    if _CHROMIUM is None:
        pytest.skip("Chromium is not installed")
    page, printed = folder / "page.html", folder / "page.pdf"
    page.write_text("".join(html.render([solution], view())), encoding="utf-8")
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
    command = [
        _CHROMIUM,
        *options,
        "--no-pdf-header-footer",
        f"--print-to-pdf={printed}",
        str(page),
    ]
    subprocess.run(command, capture_output=True, timeout=300, check=True)
    return pages_of(printed.read_bytes()), 1.6 / 2.54 * 72


def headings(solution: lossclass.Solution) -> Iterator[str]:
    """The titles of sections, and those of steps with their ids beside them."""
    yield from (ascii_letters(section.title) for section in solution.sections if section.title)
    yield from (ascii_letters(step.title + step.id) for step in solution.steps if step.title)


def is_heading(line: TextLine, titles: set[str]) -> bool:
    """Whether a line is one of some titles, in which letters of formulas may be missing."""
    words = line.words
    return any(
        words[:12] == title[:12] and len(title) - 4 <= len(words) <= len(title) for title in titles
    )


def check(solution: lossclass.Solution, pages: list[Page], margin: float) -> None:
    count, titles = len(pages), {*headings(solution)} - {""}
    name = Path(solution.about.file).stem
    for number, page in enumerate(pages, start=1):
        assert ascii_letters(page.foot) == ascii_letters(f"{name} page of")
        assert page.foot.endswith(f"page{number}of{count}"), page.foot
        last = page.lines[-1]
        assert not is_heading(last, titles), f"{last.text!r} ends page {number}"
        # Also the head of a table.
        assert not last.is_bold, f"{last.text!r} ends page {number}"
        for line in page.lines:
            assert line.right <= page.width - margin + _OVER, f"{line.text!r} on page {number}"
    assert count == 1 or len(pages[-1].lines) > 1, pages[-1].lines[0].text
    for before, page in pairwise(pages):
        # The head of a table that goes on is repeated.
        head = page.lines[0]
        bold = [n for n, line in enumerate(before.lines) if line.is_bold]
        if head.is_bold and bold and before.lines[bold[-1]].text == head.text:
            sizes = [
                len(table.rows)
                for table in solution.tables
                if head.words in ascii_letters("".join(table.columns))
            ]
            there = len(before.lines) - 1 - bold[-1]
            is_whole = there >= max(sizes, default=_MOST_ROWS)
            assert is_whole or max(sizes, default=0) > _MOST_ROWS, (
                f"the table {head.text!r} is broken"
            )


def worked(name: str, *, gradient: bool) -> lossclass.Solution:
    """A problem, with its derivatives if that is wanted and there can be any."""
    return case(name, gradient=gradient and len(case(name).answer_ids) == 1)


@pytest.mark.grid(40, name=NAMES, gradient=[False, True])
def test_pages_of_a_pdf(name: str, gradient: bool) -> None:
    solution = worked(name, gradient=gradient)
    check(solution, *on_paper(solution))


@pytest.mark.thorough
@pytest.mark.grid(20, name=bundled_problems(), gradient=[False, True])
def test_pages_of_latex(name: str, gradient: bool, tmp_path: Path) -> None:
    solution = worked(name, gradient=gradient)
    check(solution, *by_latex(solution, tmp_path))


@pytest.mark.thorough
@pytest.mark.parametrize("name", ["ab_ctc", "rnn_adam", "hinge_sequence", "labelling_batch_padded"])
def test_pages_of_a_browser(name: str, tmp_path: Path) -> None:
    solution = worked(name, gradient=True)
    check(solution, *in_a_browser(solution, tmp_path))


def line(text: str, font: str = "Serif", left: float = 60.0) -> TextLine:
    """A line of letters that are 5 points wide."""
    places = enumerate(text.replace(" ", ""))
    return TextLine(
        tuple(Letter(c, left + 5 * n, left + 5 * n + 5, 100.0, 10.0, font) for n, c in places)
    )


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ([line("a"), line("The loss")], "ends page 1"),
        ([line("a"), line("symbol probability", "Serif-Bold")], "ends page 1"),
        ([line("a" * 100), line("b")], "on page 1"),
        ([line("tlabelyscore", "Serif-Bold"), line("11")], "is broken"),
        ([line("a"), line("b")], "page1of9"),
    ],
)
def test_what_is_wrong_with_pages_is_seen(lines: list[TextLine], message: str) -> None:
    foot = f"hinge_sequencepage{{}}of{9 if message == 'page1of9' else 2}"
    pages = [
        Page(595.0, tuple(lines), foot.format(1)),
        Page(595.0, (lines[0], line("b"), line("c")), foot.format(2)),
    ]
    with pytest.raises(AssertionError, match=message):
        check(case("hinge_sequence"), pages, 57.0)


def test_a_last_page_of_one_line_is_seen() -> None:
    first, last = (line("a"), line("b")), (line("c"),)
    pages = [
        Page(595.0, first, "hinge_sequencepage1of2"),
        Page(595.0, last, "hinge_sequencepage2of2"),
    ]
    with pytest.raises(AssertionError, match="c"):
        check(case("hinge_sequence"), pages, 57.0)
