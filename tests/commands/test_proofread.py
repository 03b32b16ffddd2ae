"""``lossclass proofread``: what does not come out in a document, line by line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from programs import run
from rich.console import Console

from lossclass import explanations

ROOT = Path(__file__).parents[2]
DOCUMENT = """# Two products

The first is $0.6 \\times 0.2 = 0.12$, the second
0.5 × 0.7 = 0.25.

    0.667 − 0.333 = 0.3333

So n = 3 and y = 2x.
"""


@pytest.fixture
def document(tmp_path: Path) -> Path:
    path = tmp_path / "handout.md"
    path.write_text(DOCUMENT, encoding="utf-8")
    return path


def test_what_does_not_come_out_is_told_by_line(document: Path) -> None:
    result = run("proofread", document)
    assert result.returncode == 1
    assert result.stdout.splitlines() == [
        f"{document}:4: 0.5 × 0.7 = 0.25: this product is 0.35",
        f"{document}:6: 0.667 − 0.333 = 0.3333: this is 0.334; rounding of its numbers explains it",
        "3 equalities of numbers in 1 document: 1 does not come out, 1 more only by rounding.",
    ]


def test_what_comes_out_ends_with_status_0(document: Path) -> None:
    document.write_text(DOCUMENT.replace("0.25", "0.35"), encoding="utf-8")
    result = run("proofread", document)
    assert result.returncode == 0
    assert "all come out, 1 more only by rounding." in result.stdout


def test_digits_that_are_cut_off_are_told_and_come_out(document: Path) -> None:
    document.write_text("The third is 2/3 = 0.66, or 0.66..., and 2/3 = 0.667.", encoding="utf-8")
    result = run("proofread", document)
    assert result.returncode == 0
    assert result.stdout.splitlines() == [
        f"{document}:1: 2/3 = 0.66: this quotient is 0.6667; its digits are cut off, not rounded",
        "2 equalities of numbers in 1 document: all come out, 1 more only by rounding.",
    ]


def test_json_has_the_same(document: Path) -> None:
    result = run("proofread", document, "--format", "json")
    assert result.returncode == 1
    report = json.loads(result.stdout)
    assert (report["checked"], report["wrong"]) == (3, 1)
    (found,) = report["documents"]
    assert found["file"] == str(document)
    wrong, rounded = found["equalities"]
    assert wrong == {
        "line": 4, "left": "0.5 × 0.7", "relation": "=", "right": "0.25", "comes_to": 0.35,
        "shown": "0.35", "side": "left", "verdict": "wrong",
        "text": "0.5 × 0.7 = 0.25: this product is 0.35",
    }  # fmt: skip
    assert (rounded["line"], rounded["verdict"]) == (6, "rounding")


def test_standard_input_a_folder_and_several(document: Path, tmp_path: Path) -> None:
    result = run("proofread", "-", typed="$$\n1 + 1 = 3\n$$\n")
    assert (result.returncode, result.stdout.splitlines()[0]) == (
        1,
        "<stdin>:2: 1 + 1 = 3: this sum is 2",
    )
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "a.tex").write_text(
        "\\newcommand{\\x}{3}\n\\begin{document}\n% 1 = 2\n\\[1 + 2 = 4\\]\n\\end{document}\n"
        "2 + 2 = 5\n",
        encoding="utf-8",
    )
    result = run("proofread", tmp_path)
    assert document.is_file()
    assert [line.rpartition("/")[2] for line in result.stdout.splitlines()[:3]] == [
        "handout.md:4: 0.5 × 0.7 = 0.25: this product is 0.35",
        "handout.md:6: 0.667 − 0.333 = 0.3333: this is 0.334; rounding of its numbers explains it",
        "a.tex:4: 1 + 2 = 4: this sum is 3",
    ]


def test_a_notebook_is_read_by_its_cells(tmp_path: Path) -> None:
    path = tmp_path / "n.ipynb"
    cells = [
        {"cell_type": "code", "source": "2 + 2 == 5", "outputs": []},
        {"cell_type": "markdown", "source": ["Sum:\n", "$2 + 2 = 5$"]},
    ]
    path.write_text(json.dumps({"cells": cells}), encoding="utf-8")
    result = run("proofread", path)
    assert result.stdout.splitlines()[0] == f"{path}: cell 2, line 2: 2 + 2 = 5: this sum is 4"
    (found,) = json.loads(run("proofread", path, "--format", "json").stdout)["documents"]
    assert (found["equalities"][0]["cell"], found["equalities"][0]["line"]) == (2, 2)


@pytest.mark.parametrize(
    ("name", "data", "said", "status"),
    [
        ("gone.md", None, "there is no such file", 4),
        ("broken.ipynb", b"{", "expected a notebook", 3),
        ("binary.md", b"\x89PNG\xff\xfe\x00", "binary.md", 3),
    ],
)
def test_what_cannot_be_read_ends_with_its_status(
    name: str, data: bytes | None, said: str, status: int, document: Path, tmp_path: Path
) -> None:
    if data is not None:
        (tmp_path / name).write_bytes(data)
    result = run("proofread", document, tmp_path / name)
    assert result.returncode == status
    assert said in result.stderr
    assert "handout.md:4" in result.stdout


def test_a_folder_without_documents_is_refused(tmp_path: Path) -> None:
    result = run("proofread", tmp_path)
    assert (result.returncode, result.stdout) == (4, "")
    assert "there is no document in this folder (.txt, .md, .tex, .ipynb)" in result.stderr


def test_our_own_pages_come_out() -> None:
    """Where numbers stand beside each other in the README and in ``explain``, they are right, but for
    the slip that the README shows."""
    documents = [ROOT / "README.md", ROOT / "CHANGELOG.md", ROOT / ".github" / "CONTRIBUTING.md"]
    *told, _ = run("proofread", *documents).stdout.splitlines()
    assert {line.partition(": ")[2] for line in told} == {"1 - 0.3 = 0.6: this is 0.7"}


@pytest.mark.grid(20, topic=explanations.topics())
def test_an_explanation_comes_out(topic: str) -> None:
    text = explanations.explain(topic).text(Console(width=100, color_system=None))
    result = run("proofread", "-", typed=text)
    assert result.returncode == 0, result.stdout
