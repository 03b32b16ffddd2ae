"""Slides: one step more on each, and the formula and what is given on all that work."""

from __future__ import annotations

import re
from itertools import chain
from pathlib import Path

import pytest
from documents import hostile, view
from pages import Page, pages_of
from programs import run

from lossclass.render import Detail, slides
from problems import case

pypdfium2 = pytest.importorskip("pypdfium2")
pytest.importorskip("typst")


def pages(document: bytes) -> list[str]:
    """The text of each page, without spaces."""
    found = (each.get_textpage().get_text_range() for each in pypdfium2.PdfDocument(document))
    return ["".join(text.split()) for text in found]


@pytest.mark.some(3)
@pytest.mark.parametrize("name", ["hinge_sequence", "hello_ctc", "sentiment_example"])
def test_each_slide_has_one_step_more(name: str) -> None:
    solution = case(name)
    (document,) = slides.render([solution], view())
    opening, *working, answer = pages(document)
    assert "".join(solution.about.title.split()) in opening
    assert "Checked" in answer
    assert all("Formula:" in page for page in working)
    steps = [step.id for step in solution.steps if not step.only_in_full]
    named = [[id for id in ids_on(page) if id in steps] for page in pages_of(document)]
    new = [[id for id in page if id not in chain(*named[:n])] for n, page in enumerate(named)]
    assert max(map(len, new)) == 1, "two steps are new on one slide"
    assert [*chain(*new)] == steps


def ids_on(page: Page) -> list[str]:
    """The ids beside steps, which alone have letters of one width."""
    lines = ("".join(a.text for a in line.letters if "Mono" in a.font) for line in page.lines)
    return [*filter(None, lines)]


@pytest.mark.thorough
def test_what_is_given_stays_in_sight() -> None:
    (document,) = slides.render([case("hello_ctc")], view())
    _, given, *working, _ = pages(document)
    assert given.count("probability") >= 2
    assert all("symbolprobability" in page for page in working)


@pytest.mark.thorough
def test_slides_are_as_wide_as_a_screen() -> None:
    (document,) = slides.render([case("hinge_sequence")], view())
    for page in pypdfium2.PdfDocument(document):
        width, height = page.get_size()
        assert width / height == pytest.approx(16 / 9, rel=0.01)


@pytest.mark.thorough
def test_in_full_there_are_more_slides() -> None:
    board, full = (
        len(pages(b"".join(slides.render([case("hello_ctc")], view(detail)))))
        for detail in (Detail.BOARD, Detail.FULL)
    )
    assert full >= board


@pytest.mark.thorough
def test_a_hostile_text_is_read_as_text() -> None:
    (document,) = slides.render([hostile()], view())
    assert "root:" not in "".join(pages(document))


@pytest.mark.thorough
def test_the_command_writes_slides(tmp_path: Path) -> None:
    path = tmp_path / "slides.pdf"
    assert run("solve", "hinge_sequence", "--slides", "-o", path).returncode == 0
    assert len(pages(path.read_bytes())) > 8


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("-o", "a.html"), r"slides are a PDF, not html; name a file that ends in \.pdf"),
        ((), r"slides are a PDF, not terminal"),
        (("-o", "a.pdf", "--detail", "answer"), r"--detail answer leaves it out"),
    ],
)
def test_what_cannot_be_slides_is_refused(
    arguments: tuple[str, ...], message: str, tmp_path: Path
) -> None:
    ended = run("solve", "hinge_sequence", "--slides", *arguments, cwd=tmp_path)
    assert ended.returncode == 2
    assert re.search(message, " ".join(ended.stderr.split())), ended.stderr
    assert not list(tmp_path.iterdir())
