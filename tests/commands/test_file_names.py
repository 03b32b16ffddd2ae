"""A file whose name says that it is something else than what is written is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from programs import run

OTHERS = [
    ("solve hello_ctc -o t.csv", "nothing is written as .csv; name a file with one of .txt, .json"),
    ("solve hello_ctc -o T.XLS", "nothing is written as .xls"),
    ("solve hello_ctc --detail answer -o x.csv", "nothing is written as .csv"),
    ("solve hello_ctc --frameworks --force -o x.yaml", "nothing is written as .yaml"),
    ("solve hello_ctc --format json -o x.html", "(json) is no .html file; name one that ends in "),
    ("solve hello_ctc --format json -o x.html", ".json, or say --format html"),
    ("worksheet hello_ctc -o x.docx", "nothing is written as .docx"),
    ("key hello_ctc -o keys.csv", "nothing is written as .csv"),
    ("key hello_ctc --format html -o keys.md", "(html) is no .md file"),
    ("check hello_ctc --answer 6.18 -o marks.csv", "is no .csv file"),
    ("check hello_ctc --answer 6.18 -o marks.csv", "or say --format csv"),
    ("check hello_ctc --answer 6.18 --format csv -o marks.pdf", "nothing is written as .pdf"),
    ("export hello_ctc --to moodle -o quiz.zip", "(moodle) is no .zip file; name one that ends in"),
    ("export hello_ctc --to qti -o quiz.txt", "say --to gift"),
]


@pytest.mark.parametrize(("command", "says"), OTHERS)
def test_a_name_of_another_kind_is_refused(command: str, says: str, tmp_path: Path) -> None:
    result = run(*command.split(), cwd=tmp_path)
    assert (result.returncode, result.stdout) == (2, "")
    assert says in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "command",
    [
        "solve hinge_sequence -o answer",
        "solve hinge_sequence -o answer.log",
        "solve hinge_sequence --format json -o answer.geojson",
        "solve hinge_sequence -o ANSWER.HTML",
        "worksheet hinge_sequence -o sheet.v2",
        "check hinge_sequence --answer 0.4667 --format csv -o marks.csv",
        "export hinge_sequence --to gift -o quiz.gift",
    ],
)
def test_any_other_name_is_written_to(command: str, tmp_path: Path) -> None:
    assert run(*command.split(), cwd=tmp_path).returncode == 0
    assert [path.name for path in tmp_path.iterdir()] == [command.rsplit(maxsplit=1)[-1]]
