"""Odd surroundings: each command goes on, or says what is wrong, and leaves nothing half-done."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from programs import LOSSCLASS, Ended, mostly_thorough, run, shell

#: Every command, with something that it prints; {} is a folder to write into.
PRINTING = [
    "--help",
    "--version",
    "solve hello_ctc",
    "solve hello_ctc --format json",
    "check hinge_sequence --lint",
    "worksheet hello_ctc",
    "practice hinge_sequence",
    "quiz",
    "quiz --answers",
    "explain",
    "explain hinge",
    "explain mse --versus cross_entropy",
    "export hello_ctc --to moodle",
    "list",
    "new ctc",
    "schema",
]
WRITING = ["key hinge_sequence -o {}/keys", "variants ab_ctc --count 2 --seed 1 -o {}/class"]
#: One for each of the ways in which something is printed: by Typer, by Rich, by print, by us.
WAYS = ["--help", "list", "schema", "solve hello_ctc", "quiz", "export hello_ctc --to moodle"]


def ended(result: Ended) -> tuple[int, str]:
    return result.returncode, result.stderr


# --- standard streams ---------------------------------------------------------------------


@pytest.mark.thorough
@pytest.mark.parametrize("command", mostly_thorough(PRINTING, ["quiz --answers"]))
def test_a_reader_that_is_gone_from_the_start_is_no_error(command: str, tmp_path: Path) -> None:
    waiting = f"(sleep 0; {LOSSCLASS} {command}; echo $? >&2) | true"
    assert shell(waiting, tmp_path).stderr == "0\n"


@pytest.mark.thorough
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
@pytest.mark.parametrize("command", mostly_thorough(WAYS, ["solve hello_ctc"]))
def test_a_full_disk_is_told_by_every_command(command: str, tmp_path: Path) -> None:
    full = shell(f"{LOSSCLASS} {command} >/dev/full", tmp_path)
    assert ended(full) == (4, "standard output: No space left on device\n")


@pytest.mark.parametrize("command", mostly_thorough([*WAYS, *WRITING], [WRITING[0]]))
def test_closed_streams_are_nowhere(command: str, tmp_path: Path) -> None:
    assert ended(shell(f"{LOSSCLASS} {command.format(tmp_path)} <&- >&- 2>&-", tmp_path)) == (0, "")


@pytest.mark.thorough
def test_a_file_does_not_take_the_place_of_a_closed_stream(tmp_path: Path) -> None:
    line = f"{LOSSCLASS} solve hello_ctc nowhere -o key.txt >&- 2>&-"
    assert shell(line, tmp_path).returncode == 4
    assert "nowhere" not in (tmp_path / "key.txt").read_text(encoding="utf-8")


@pytest.mark.thorough
def test_standard_input_that_is_closed_is_empty(tmp_path: Path) -> None:
    result = shell(f"{LOSSCLASS} solve - <&-", tmp_path)
    assert result.returncode == 3
    assert "there is nothing in it" in result.stderr


# --- surroundings ---------------------------------------------------------------------------


@pytest.mark.thorough
@pytest.mark.parametrize(
    "environment",
    [
        {"HOME": "/nonexistent", "TERM": "dumb"},
        pytest.param(
            {"LC_ALL": "C", "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
            | {"PYTHONCOERCECLOCALE": "0"},
            marks=pytest.mark.thorough,  # see test_formulas_come_out_as_utf8_whatever_the_locale
        ),
    ],
    ids=str,
)
def test_odd_surroundings_do_no_harm(environment: dict[str, str], tmp_path: Path) -> None:
    result = shell(
        f"{LOSSCLASS} solve ab_ctc >&2", tmp_path, without=("HOME", "TERM"), **environment
    )
    assert result.returncode == 0
    assert "α" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.some(2)
@pytest.mark.grid(
    environment=[
        {"COLUMNS": "1"},
        {"COLUMNS": "20", "FORCE_COLOR": "1"},
        {"COLUMNS": "1000", "NO_COLOR": "1"},
        {"COLUMNS": "-5"},
    ],
    command=["solve ab_ctc", "explain ctc"],
)
def test_odd_widths_do_no_harm(command: str, environment: dict[str, str], tmp_path: Path) -> None:
    result = run(*command.split(), cwd=tmp_path, **environment)
    assert result.returncode == 0
    assert "α" in result.stdout
    assert "Traceback" not in result.stderr


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("command", "status"),
    [
        pytest.param("solve hello_ctc", 0, marks=pytest.mark.thorough),
        pytest.param("solve x.yaml", 4, marks=pytest.mark.thorough),
        ("worksheet ab_ctc -o x.html", 4),
    ],
)
def test_a_working_folder_that_was_deleted(command: str, status: int, tmp_path: Path) -> None:
    result = shell(f"mkdir gone; cd gone; rmdir ../gone; {LOSSCLASS} {command}", tmp_path)
    assert result.returncode == status
    assert "Traceback" not in result.stderr
    assert result.stderr.startswith("x." if status else "")


# --- what is no file to read --------------------------------------------------------------

READING = [
    "solve NAME",
    "check hinge_sequence NAME",
    "check NAME --answer 1",
    "quiz NAME",
    "variants hinge_sequence --roster NAME --seed 1 -o class",
    "practice NAME",
    "key NAME -o keys",
]
NAMES = {
    "a loop": "loop",
    "a name that is too long": "x" * 5000,
    "an empty folder": "empty",
    "a line end": "a\nb.yaml",
    "an escape sequence": "a\x1b[31mb.yaml",
    "not UTF-8": os.fsdecode(b"a\xff.yaml"),
    "nothing": "",
    "no end": "/dev/zero",
}


@pytest.mark.some(3)
@pytest.mark.parametrize("what", NAMES)
def test_what_cannot_be_read_is_told_by_its_name(what: str, tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "empty").mkdir()
    for command in READING:
        words = [NAMES[what] if word == "NAME" else word for word in command.split()]
        told = run(*words, cwd=tmp_path)
        assert told.returncode in (3, 4), (words, told)
        assert told.stderr.strip(), words
        assert "\x1b" not in told.stderr
        assert "Traceback" not in told.stderr


@pytest.mark.thorough
@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no FIFOs here")
def test_a_named_pipe_is_read_as_a_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    problem = r"loss: hinge\ny_true: [1]\ny_pred: [0.25]\n"
    line = f"printf '{problem}' > pipe.yaml & {LOSSCLASS} solve pipe.yaml --detail answer"
    result = shell(line, tmp_path)
    assert ended(result) == (0, "")
    assert "0.75" in result.stdout


# --- files to write -----------------------------------------------------------------------


def test_an_output_is_not_its_own_input(tmp_path: Path) -> None:
    problem = tmp_path / "p.txt"
    problem.write_text("loss: hinge\ny_true: [1]\ny_pred: [0.25]\n", encoding="utf-8")
    before = problem.read_bytes()
    result = run("solve", "p.txt", "-o", "p.txt", cwd=tmp_path)
    assert result.returncode == 4
    assert "p.txt: this file exists" in result.stderr
    assert problem.read_bytes() == before


@pytest.mark.some(3)
@pytest.mark.skipif(not Path("/proc/self").exists(), reason="no /proc here")
@pytest.mark.parametrize(
    "command",
    [
        "solve ab_ctc -o /proc/key.txt",
        "solve ab_ctc --plot /proc/x.svg",
        "check hinge_sequence --answer 1 -o /proc/marks.txt",
        "worksheet ab_ctc --sheet /proc/x.yaml",
        "key ab_ctc -o /proc/keys",
        "variants ab_ctc --count 1 --seed 1 -o /proc/class",
        "export ab_ctc --to gift -o /proc/x.gift",
    ],
)
def test_a_folder_that_takes_no_files_is_told_by_name(command: str, tmp_path: Path) -> None:
    result = run(*command.split(), cwd=tmp_path)
    assert result.returncode == 4
    assert "/proc/" in result.stderr.splitlines()[-1]
    assert "Traceback" not in result.stderr


SLOW = """
import sys, time
from lossclass import cli, output

def halting(pieces):
    yield "the first half"
    print("half", flush=True)
    time.sleep(60)

write = output.write
output.write = lambda pieces, to, **more: write(halting(pieces), to, **more)
sys.argv[1:] = "solve ab_ctc -o key.txt".split()
cli.main()
"""


@pytest.mark.parametrize("name", mostly_thorough(["SIGINT", "SIGTERM", "SIGKILL"], ["SIGTERM"]))
def test_an_interrupted_output_leaves_no_half_file(name: str, tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", SLOW],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "half\n"
    process.send_signal(getattr(signal, name))
    _, errors = process.communicate(timeout=20)
    number = getattr(signal, name).value
    assert process.returncode in (128 + number, -number)
    assert "Traceback" not in errors
    left = [path.name for path in tmp_path.iterdir()]
    assert all(each.endswith(".part") for each in left), "a half-written file has the name"
    assert not left or name == "SIGKILL"
    again = run("solve", "ab_ctc", "-o", "key.txt", cwd=tmp_path)
    assert ended(again) == (0, "")
    assert "2.025" in (tmp_path / "key.txt").read_text(encoding="utf-8")


def test_a_file_is_written_where_there_are_no_links(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_links(_self: Path, _target: Path) -> None:
        raise NotImplementedError

    monkeypatch.setattr(Path, "hardlink_to", no_links)
    out = tmp_path / "a.html"
    assert run("solve", "hello_ctc", "-o", out).returncode == 0
    assert [*tmp_path.iterdir()] == [out]
    assert run("solve", "hello_ctc", "-o", out).returncode == 4
