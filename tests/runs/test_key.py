"""``lossclass key``: answer keys and worksheets in files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from lossclass.cli import app
from lossclass.errors import FileError, InvalidProblem, UsageError
from lossclass.problem.placeholders import escaped


def key(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["key", *map(str, arguments)])


def names(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def problem(path: Path, title: str, score: str = "0.5") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        f"loss: hinge\ntitle: {json.dumps(title)}\ny_true: [1]\ny_pred: [{score}]\n",
        encoding="utf-8",
    )
    return path


def test_one_file_for_each_problem_in_a_new_folder(tmp_path: Path) -> None:
    to = tmp_path / "new" / "keys"
    result = key("hello_ctc", "hinge_sequence", "-o", to)
    assert result.exit_code == 0, result.output
    assert names(to) == ["hello_ctc.html", "hinge_sequence.html"]
    assert "6.180" in (to / "hello_ctc.html").read_text(encoding="utf-8")


@pytest.mark.some(3)
@pytest.mark.parametrize(
    ("format", "suffix", "sheet"),
    [
        ("html", ".html", ".html"),
        ("markdown", ".md", ".md"),
        ("latex", ".tex", ".tex"),
        ("ipynb", ".ipynb", ".ipynb"),
        ("json", ".json", ".txt"),
        ("terminal", ".txt", ".txt"),
    ],
)
def test_worksheets_stand_beside_the_keys_without_results(
    format: str, suffix: str, sheet: str, tmp_path: Path
) -> None:
    result = key("hello_ctc", "--format", format, "--worksheet", "-o", tmp_path)
    assert result.exit_code == 0, result.output
    assert names(tmp_path) == sorted([f"hello_ctc{suffix}", f"hello_ctc.worksheet{sheet}"])
    assert "0.00018816" in (tmp_path / f"hello_ctc{suffix}").read_text(encoding="utf-8")
    worksheet = (tmp_path / f"hello_ctc.worksheet{sheet}").read_text(encoding="utf-8")
    assert "0.00018816" not in worksheet
    assert "HELLO" in worksheet


@pytest.mark.thorough
def test_pdf_keys(tmp_path: Path) -> None:
    pytest.importorskip("typst")
    assert key("hello_ctc", "hinge_sequence", "--book", "-o", tmp_path / "a.pdf").exit_code == 0
    assert key("hello_ctc", "--format", "pdf", "--worksheet", "-o", tmp_path / "b").exit_code == 0
    assert names(tmp_path) == ["a.pdf", "b/hello_ctc.pdf", "b/hello_ctc.worksheet.pdf"]
    for path in tmp_path.rglob("*.pdf"):
        assert path.read_bytes().startswith(b"%PDF-")


def test_the_suffix_of_a_file_tells_the_format(tmp_path: Path) -> None:
    to = tmp_path / "answers.json"
    assert key("hello_ctc", "-o", to).exit_code == 0
    assert json.loads(to.read_text(encoding="utf-8"))["problem"]["loss"] == "ctc"
    assert names(tmp_path) == ["answers.json"]


def test_a_book_is_one_document_with_its_contents(tmp_path: Path) -> None:
    to = tmp_path / "book.html"
    result = key("hello_ctc", "hinge_sequence", "--book", "--worksheet", "-o", to)
    assert result.exit_code == 0, result.output
    assert names(tmp_path) == ["book.html", "book.worksheet.html"]
    page = to.read_text(encoding="utf-8")
    assert 'href="#problem-2"' in page
    assert 'id="problem-2"' in page


@pytest.mark.some(4)
@pytest.mark.parametrize(
    ("name", "entries"),
    [
        ("a.txt", ["Contents ─", "\n  1. HELLO: CTC loss", "\n  2. Hinge loss for a sequence"]),
        (
            "a.md",
            [
                "# Contents\n\n1. [HELLO: CTC loss over three alignments](#hello-ctc-loss-over-three",
                "\n2. [Hinge loss for a sequence of three labels](#hinge-loss-for-a-sequence",
                "\n# HELLO: CTC loss over three alignments\n",
            ],
        ),
        ("a.tex", [r"\tableofcontents", r"\section{HELLO: CTC loss over three alignments}"]),
        ("a.ipynb", ["# Contents", "1. HELLO: CTC loss", "2. Hinge loss for a sequence"]),
    ],
)
def test_a_book_begins_with_the_titles_in_every_format(
    name: str, entries: list[str], tmp_path: Path
) -> None:
    to = tmp_path / name
    result = key("hello_ctc", "hinge_sequence", "--book", "-o", to)
    assert result.exit_code == 0, result.output
    book = to.read_text(encoding="utf-8")
    places = [book.index(entry) for entry in entries]
    assert places == sorted(places)
    assert "0.00018816" in book
    assert "0.4667" in book


def test_no_book_is_written_where_no_problem_is_valid(tmp_path: Path) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text("loss: hinge\n", encoding="utf-8")
    for name in ("a.txt", "a.md", "a.tex", "a.html"):
        assert isinstance(key(bad, "--book", "-o", tmp_path / name).exception, InvalidProblem)
    assert names(tmp_path) == ["bad.yaml"]


def test_a_book_in_a_folder_has_a_name(tmp_path: Path) -> None:
    assert key("hello_ctc", "--book", "--format", "ipynb", "-o", tmp_path).exit_code == 0
    assert names(tmp_path) == ["keys.ipynb"]


def test_a_book_needs_a_format_that_can_be_one(tmp_path: Path) -> None:
    result = key("hello_ctc", "hinge_sequence", "--book", "-o", tmp_path / "book.json")
    assert isinstance(result.exception, UsageError)
    assert "html, pdf, ipynb" in str(result.exception)
    assert "not json" in str(result.exception)
    assert names(tmp_path) == []


def test_one_file_does_not_take_several_problems(tmp_path: Path) -> None:
    result = key("hello_ctc", "hinge_sequence", "-o", tmp_path / "a.html")
    assert isinstance(result.exception, UsageError)
    assert "--book" in str(result.exception)
    assert names(tmp_path) == []


def test_standard_output_is_no_place_for_keys() -> None:
    assert isinstance(key("hello_ctc", "-o", "-").exception, UsageError)


@pytest.mark.some(2)
@pytest.mark.parametrize("existing", ["hinge_sequence.html", "hinge_sequence.worksheet.html"])
def test_nothing_is_written_over_and_nothing_else_written(existing: str, tmp_path: Path) -> None:
    (tmp_path / existing).write_text("mine", encoding="utf-8")
    arguments: list[str | Path] = ["hello_ctc", "hinge_sequence", "--worksheet", "-o", tmp_path]
    result = key(*arguments)
    assert isinstance(result.exception, FileError)
    assert names(tmp_path) == [existing]
    assert (tmp_path / existing).read_text(encoding="utf-8") == "mine"
    assert key(*arguments, "--force").exit_code == 0
    assert (tmp_path / existing).read_text(encoding="utf-8") != "mine"


def test_problems_of_one_name_get_files_of_their_own(tmp_path: Path) -> None:
    first = problem(tmp_path / "a" / "Week.yaml", "First")
    second = problem(tmp_path / "b" / "week.yaml", "Second", "0.25")
    second.write_text(
        second.read_text(encoding="utf-8") + "---\nloss: hinge\ny_true: [1]\ny_pred: [2]\n",
        encoding="utf-8",
    )
    to = tmp_path / "keys"
    assert key(first, second, "--format", "json", "-o", to).exit_code == 0
    assert names(to) == ["Week.json", "week-2.json", "week-3.json"]


@pytest.mark.parametrize("name", ["<script>.yaml", "a b;rm -rf.yaml", "…\n.yaml", "-.yaml"])
def test_files_get_names_that_any_system_can_have(name: str, tmp_path: Path) -> None:
    source = problem(tmp_path / "in" / name, "Odd")
    assert key(source, "--format", "json", "-o", tmp_path / "out").exit_code == 0
    (made,) = names(tmp_path / "out")
    assert made.replace(".json", "").replace("_", "").replace("-", "").isalnum()


def test_a_bad_problem_is_reported_and_the_others_are_written(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text("loss: hinge\n", encoding="utf-8")
    result = key(bad, "hello_ctc", "-o", tmp_path / "keys")
    assert result.exit_code == 3
    assert names(tmp_path / "keys") == ["hello_ctc.html"]
    assert "y_true" in result.stderr + capfd.readouterr().err


def test_options_are_those_of_solve(tmp_path: Path) -> None:
    to = tmp_path / "a.json"
    assert key("ab_ctc", "--gradient", "--backward", "--digits", "7", "-o", to).exit_code == 0
    solution = json.loads(to.read_text(encoding="utf-8"))
    assert "gradient" in solution
    assert any(step["id"].startswith("beta.") for step in solution["steps"])
    assert "2.024953" in json.dumps(solution)


def test_a_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "keys").write_text("mine", encoding="utf-8")
    assert isinstance(key("hello_ctc", "-o", tmp_path / "keys").exception, FileError)


@pytest.mark.some(4)
@pytest.mark.parametrize(
    "title",
    ["<script>alert(1)</script>", r"\input{/etc/passwd}", '#read("/etc/passwd")', "$`]]>"],
)
def test_hostile_titles_stay_text_in_a_book(title: str, tmp_path: Path) -> None:
    source = problem(tmp_path / "a.yaml", escaped(title))
    for suffix in ("html", "ipynb", "md", "tex", "txt"):
        to = tmp_path / f"book.{suffix}"
        result = key(source, "hello_ctc", "--book", "-o", to)
        assert result.exit_code == 0, result.output
        book = to.read_text(encoding="utf-8").replace(r"\\<script", "").replace(r"\<script", "")
        if suffix != "txt":
            assert "<script>alert" not in book
        assert suffix != "tex" or r"\input{" not in book
