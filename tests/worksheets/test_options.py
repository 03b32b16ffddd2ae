"""The options of worksheets, which ``worksheet``, ``key --worksheet`` and ``variants`` have alike."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest
import yaml
from programs import run

SHEET = ("--only", "loss", "--only", "gradient.sum", "--show", "question", "--layout", "table")
HEAD = ("--course", "23AD2205A", "--heading", "Sheet 3", "--due", "2026-12-04", "--points", "6")
TOP = "23AD2205A, Sheet 3                          Due: 2026-12-04  Points: ______ of 6"


@pytest.fixture
def roster(tmp_path: Path) -> Path:
    path = tmp_path / "class.csv"
    path.write_text(
        "id,First name,Last name\nu1,Ada,Lovelace\nu2,José,Müller-Lüdenscheidt\n", encoding="utf-8"
    )
    return path


def written(folder: Path, name: str) -> str:
    return (folder / name).read_text(encoding="utf-8")


def asked_on(text: str) -> list[str]:
    """The ids of what is asked on a worksheet with one line a step."""
    return re.findall(r"(?m) ([a-z_]+(?:\.[a-z_\d]+)*)\n.*= _{16}$", text)


def test_all_commands_ask_the_same_in_the_same_way(roster: Path, tmp_path: Path) -> None:
    options = (*SHEET, *HEAD, "--gradient")
    printed = run("worksheet", "hinge_sequence", *options).stdout
    assert printed.startswith(TOP)
    assert asked_on(printed) == ["loss", "gradient.sum"]
    to = ("--format", "terminal", "-o")
    keyed = run("key", "hinge_sequence", "--worksheet", *options, *to, tmp_path / "keys")
    assert (keyed.returncode, keyed.stderr) == (0, "")
    assert written(tmp_path, "keys/hinge_sequence.worksheet.txt") == printed
    varied = run(
        "variants", "hinge_sequence", "--roster", roster, "--seed", "s", *options, *to,
        tmp_path / "variants",
    )  # fmt: skip
    assert varied.returncode == 0, varied.stderr
    text = written(tmp_path, "variants/worksheets/u2.txt")
    assert asked_on(text) == ["loss", "gradient.sum"]
    assert text.splitlines()[:2] == [TOP, "Name: José Müller-Lüdenscheidt  ID: u2"]


def test_what_a_worksheet_is_like_is_no_option_of_a_key_alone(tmp_path: Path) -> None:
    for options in (HEAD, SHEET, ["--space", "3cm"]):
        result = run("key", "hinge_sequence", *options, "-o", tmp_path / "keys")
        assert result.returncode == 2
        assert "needs --worksheet" in " ".join(result.stderr.split())
    assert not (tmp_path / "keys").exists()


@pytest.mark.some(3)
@pytest.mark.parametrize("command", ["worksheet", "key --worksheet", "variants --seed s --count 2"])
@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--space", "3"], "expected a length such as 3cm or 25mm (in mm, cm, in, pt), got '3'"),
        (["--space", "-3cm"], "got '-3cm'"),
        (["--space", "3m"], "got '3m'"),
        (["--layout", "columns"], "'columns' is not one of 'lines', 'table'"),
        (["--only", "nothing"], "no step is called 'nothing'"),
    ],
)
def test_bad_options_are_refused_and_nothing_is_written(
    command: str, options: list[str], says: str, tmp_path: Path
) -> None:
    name, *more = command.split()
    result = run(name, "hinge_sequence", *more, *options, "-o", tmp_path / "out.d")
    assert (result.returncode, result.stdout) == (2, "")
    plain = " ".join(re.sub("[│╭╮╰╯─]", " ", result.stderr).split())
    assert says in plain
    assert "Traceback" not in plain
    assert [*tmp_path.rglob("*.txt"), *tmp_path.rglob("*.html")] == []


@pytest.mark.thorough
def test_variants_with_derivatives_ask_answer_and_mark_them(roster: Path, tmp_path: Path) -> None:
    to = tmp_path / "class"
    options = ("--roster", roster, "--seed", "s")
    assert run("variants", "hinge_sequence", *options, "--gradient", "-o", to).returncode == 0
    (header, *rows) = csv.reader(written(to, "answers.csv").splitlines())
    assert "gradient.sum" in header
    (sheet,) = yaml.safe_load_all(written(to, "sheets/u1.yaml"))
    assert [*sheet["answers"]] == header[2:]
    alone = tmp_path / "alone"
    assert (
        run("variants", "hinge_sequence", *options, "--gradient", "--only-answers", "-o", alone)
        .returncode
        == 0
    )  # fmt: skip
    assert written(alone, "answers.csv") == written(to, "answers.csv")
    # The numbers are those that a class without derivatives has.
    plain = tmp_path / "plain"
    assert run("variants", "hinge_sequence", *options, "-o", plain).returncode == 0
    assert written(plain, "problems/u1.yaml") == written(to, "problems/u1.yaml")
    sheet["answers"] = dict(zip(header[2:], map(float, rows[0][2:]), strict=True))
    (tmp_path / "u1.yaml").write_text(yaml.safe_dump(sheet), encoding="utf-8")
    checked = run(
        "check", "hinge_sequence", tmp_path / "u1.yaml", *options, "--gradient", "--format", "json"
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_a_variant_is_named_small_and_not_in_the_title(roster: Path, tmp_path: Path) -> None:
    formats = (
        "--format",
        "terminal",
        "--format",
        "markdown",
        "--format",
        "html",
        "--format",
        "latex",
    )
    options = ("--roster", roster, "--seed", "s", *formats)
    assert run("variants", "hinge_sequence", *options, "-o", tmp_path / "class").returncode == 0
    id = yaml.safe_load(written(tmp_path, "class/sheets/u1.yaml"))["variant"]
    for kind, whose in (
        ("worksheets", f"Variant {id}"),
        ("keys", f"Variant {id}, Ada Lovelace (u1)"),
    ):
        for suffix in ("txt", "md", "html", "tex"):
            text = written(tmp_path, f"class/{kind}/u1.{suffix}")
            assert whose in text
            assert f"(variant {id}" not in text
    foot = rf"\pagesof{{Ada Lovelace (u1) \ensuremath{{\cdot}} variant {id}}}"
    for kind in ("worksheets", "keys"):
        assert foot in written(tmp_path, f"class/{kind}/u1.tex")


@pytest.mark.some(3)
@pytest.mark.parametrize(
    ("columns", "row", "expected"),
    [
        ("student", "Zoë O'Hara", "Name: Zoë O'Hara  ID: ____"),
        ("student", "s4711", "ID: s4711"),
        ("id,name", "4711,Ada Lovelace", "Name: Ada Lovelace  ID: 4711"),
        ("Email address", "ada@example.org", "ID: ada@example.org"),
        ("First name,Last name", "Ada,Lovelace", "Name: Ada Lovelace  ID: ____"),
    ],
)
def test_what_a_roster_knows_is_filled_in(
    columns: str, row: str, expected: str, tmp_path: Path
) -> None:
    (tmp_path / "class.csv").write_text(f"{columns}\n{row}\n", encoding="utf-8")
    options = ("--roster", tmp_path / "class.csv", "--seed", "s", "-o", tmp_path / "class")
    assert run("variants", "hinge_sequence", *options).returncode == 0
    (path,) = (tmp_path / "class" / "worksheets").iterdir()
    assert expected in path.read_text(encoding="utf-8").splitlines()[0]
