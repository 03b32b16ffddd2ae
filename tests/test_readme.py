"""What the README says is so: its commands are there, and run; its outputs are what comes out."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
FENCED = re.findall(r"^```(\w+)\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
SHELL = [line for language, text in FENCED if language == "sh" for line in text.splitlines()]
#: A console block shows commands behind a $ and what they print.
CONSOLE = [text for language, text in FENCED if language == "console"]


def test_the_first_command_sets_up_and_runs_and_the_second_sets_up_and_tests() -> None:
    set_up = [line for line in SHELL if line.startswith("python3 -m venv .venv && ")]
    assert len(set_up) == 2
    run, test = set_up
    assert run.endswith(".venv/bin/lossclass solve problems/hello_ctc.yaml")
    assert test.endswith(".venv/bin/pytest")


@pytest.mark.parametrize("text", CONSOLE)
def test_console_examples_print_what_they_show(text: str, tmp_path: Path) -> None:
    for block in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        command, _, shown = block.partition("\n")
        assert command.startswith("lossclass "), command
        result = subprocess.run(
            [sys.executable, "-m", "lossclass", *shlex.split(command)[1:]],
            capture_output=True,
            check=False,
            encoding="utf-8",
            cwd=tmp_path,
        )
        printed = (result.stdout + result.stderr).rstrip()
        for part in shown.rstrip().split("[…]\n"):
            assert part.rstrip() in printed


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
    }[text.split(maxsplit=1)[0]]
    result = subprocess.run(
        [sys.executable, "-m", "lossclass", *command],
        capture_output=True,
        check=False,
        encoding="utf-8",
    )
    assert result.returncode == (1 if command[0] == "check" else 0), result.stderr
    assert result.stdout
    assert not result.stderr
