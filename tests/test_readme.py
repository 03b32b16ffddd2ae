"""What the README says is so: its commands are there, and run; its outputs are what comes out."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from programs import Ended, run

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
FENCED = re.findall(r"^```(\w+)\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
SHELL = [line for language, text in FENCED if language == "sh" for line in text.splitlines()]
#: A console block shows commands behind a $ and what they print.
CONSOLE = [text for language, text in FENCED if language == "console"]


def test_the_first_command_sets_up_and_runs_and_the_second_sets_up_and_tests() -> None:
    set_up = [line for line in SHELL if line.startswith("python3 -m venv .venv && ")]
    assert len(set_up) == 2
    first, second = set_up
    assert first.endswith(".venv/bin/lossclass solve problems/hello_ctc.yaml")
    assert second.endswith(".venv/bin/pytest")


@pytest.mark.parametrize("text", CONSOLE)
def test_console_examples_print_what_they_show(text: str, tmp_path: Path) -> None:
    written_out(tmp_path)
    for block in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        command, _, shown = block.partition("\n")
        assert command.startswith("lossclass "), command
        result = run(*shlex.split(command)[1:], cwd=tmp_path)
        printed = (result.stdout + result.stderr).rstrip()
        for part in shown.rstrip().split("[…]\n"):
            assert part.rstrip() in printed


#: Commands in running text, such as those of the tables.
TEXT = re.sub(r"^```.*?^```", "", README, flags=re.MULTILINE | re.DOTALL)
INLINE = sorted(set(re.findall(r"`(lossclass [^`]+)`", TEXT)))
#: Words that stand for something else, and what changes the shell that it is run in.
NOT_TO_BE_RUN = ("PROBLEM", "FILE", "--install-completion")
#: What a command needs that another one of the README makes.
BEFORE = {
    "lossclass check hello_ctc class/sheets --roster students.csv --seed spring --format csv": (
        "lossclass variants hello_ctc --roster students.csv --seed spring -o class"
    ),
    "lossclass solve mine.yaml": "lossclass new ctc > mine.yaml",
}
#: Empty sheets have mistakes, which the status tells.
WITH_MISTAKES = [command for command in INLINE if " check " in command and " --lint" not in command]


#: Commands that are only named, without what they need.
NAMED = [f"lossclass {name}" for name in ("solve", "check", "export", "practice", "variants")]


@pytest.fixture
def workplace(tmp_path: Path) -> Path:
    """A folder with what the README's commands find there."""
    shutil.copytree(ROOT / "problems", tmp_path / "problems")
    written_out(tmp_path)
    return tmp_path


def written_out(folder: Path) -> None:
    """The files that the README shows."""
    tables = {
        "class.csv": "student;hinge.1",
        "students.csv": "student,group",
        "returned.csv": "student;1.",
    }
    texts = {
        name: next(text for language, text in FENCED if language == "csv" and text.startswith(head))
        for name, head in tables.items()
    }
    (homework,) = (text for language, text in FENCED if language == "markdown")
    (exam,) = (text for language, text in FENCED if language == "yaml" and text.startswith("exam:"))
    (training,) = (text for language, text in FENCED if text.startswith("loss: CrossEntropyLoss"))
    texts |= {"homework.md": homework, "exam.yaml": exam, "training.yaml": training}
    for name, text in (texts | {"handout.md": "So L = −ln(0.132) ≈ 2.025.\n"}).items():
        (folder / name).write_text(text, encoding="utf-8")


def read_and_run(command: str, folder: Path) -> Ended:
    """What a shell does with a command of the README, which may have its output in a file."""
    line, _, to = command.partition(" > ")
    ended = run(*shlex.split(line)[1:], cwd=folder)
    if to:
        (folder / to).write_bytes(ended.output)
    return ended


@pytest.mark.some(6)
@pytest.mark.parametrize(
    "command", [each for each in INLINE if not any(word in each for word in NOT_TO_BE_RUN)]
)
def test_commands_in_the_text_run(command: str, workplace: Path) -> None:
    if first := BEFORE.get(command):
        assert first in INLINE
        assert read_and_run(first, workplace).returncode == 0
    if command in NAMED:
        command += " --help"
    before = set(workplace.rglob("*"))
    result = read_and_run(command, workplace)
    assert result.returncode == (command in WITH_MISTAKES), result.stderr
    assert not result.stderr
    assert result.stdout or set(workplace.rglob("*")) > before


def test_every_option_of_solve_is_in_the_readme() -> None:
    import typer.main

    from lossclass.cli import app

    command = typer.main.get_command(app)
    for option in command.commands["solve"].params:  # type: ignore[attr-defined]
        for name in option.opts:
            if name.startswith("--"):
                assert f"`{name}" in README, name


@pytest.mark.parametrize("text", [text for language, text in FENCED if language == "yaml"])
def test_yaml_examples_are_what_they_say(text: str, tmp_path: Path) -> None:
    """A problem solves, a quiz has its key, and a sheet is marked."""
    path = tmp_path / "example.yaml"
    path.write_text(text, encoding="utf-8")
    command = {
        "loss:": ["solve", str(path), "--detail", "answer"],
        "quiz:": ["quiz", str(path), "--answers"],
        "answers:": ["check", "hinge_sequence", str(path)],
        "exam:": ["solve", str(path), "--detail", "answer"],
    }[text.split(maxsplit=1)[0]]
    result = run(*command)
    assert result.returncode == (1 if command[0] == "check" else 0), result.stderr
    assert result.stdout
    assert not result.stderr


#: Mypy with the cache of the whole, which takes its settings.
MYPY = ["mypy", f"--config-file={ROOT / 'pyproject.toml'}", f"--cache-dir={ROOT / '.mypy_cache'}"]


@pytest.mark.thorough
@pytest.mark.parametrize("command", [MYPY, ["pyright"]], ids=["mypy", "pyright"])
def test_its_python_has_types(command: list[str], tmp_path: Path) -> None:
    pytest.importorskip(command[0])
    examples = (text for language, text in FENCED if language == "pycon")
    lines = [line[4:] for text in examples for line in text.splitlines() if line.startswith(">>> ")]
    example = tmp_path / "example.py"
    example.write_text("\n".join(["# pyright: strict", *lines, ""]), encoding="utf-8")
    ended = subprocess.run(
        [sys.executable, "-m", *command, str(example)],
        check=False,
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
