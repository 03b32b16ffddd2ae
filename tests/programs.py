"""``lossclass`` as it is started: in this process, which is quick, or in one of its own.

What a command prints and writes, and the status it ends with, is the same in both, to which
``commands/test_cli.py`` holds them. A process of its own is for what only that can show: signals, streams
that are closed or full, pipes, terminals, and what is imported.
"""

from __future__ import annotations

import gc
import io
import os
import shlex
import subprocess
import sys
from collections.abc import Collection, Iterable, Iterator
from contextlib import ExitStack, chdir, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from unittest.mock import patch

import pytest
from _pytest.mark import ParameterSet
from typer.main import get_command

from lossclass import cli

#: How a shell starts it.
LOSSCLASS: Final = f"{shlex.quote(sys.executable)} -m lossclass"
#: What the one who runs the tests may have set, and what would change what is printed.
_NOT_PASSED_ON: Final = ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES")


@dataclass(frozen=True)
class Ended:
    """How a run ended, and the bytes that it wrote."""

    returncode: int
    output: bytes
    errors: bytes

    @property
    def stdout(self) -> str:
        return self.output.decode()

    @property
    def stderr(self) -> str:
        return self.errors.decode()


#: Typer makes it anew for each run.
_COMMAND: Final = get_command(cli.app)


class _Typed(io.BytesIO):
    """Standard input, by its name."""

    name = "<stdin>"


def run(
    *arguments: object, typed: str | bytes = "", cwd: Path | None = None, **environment: str
) -> Ended:
    """The command line in this process, as ``python -m lossclass`` would run it.

    Args:
        typed: what stands on standard input.
        cwd: the working folder.
        environment: variables beside those of this process; COLUMNS is 80 unless it is here.
    """
    written = [io.BytesIO(), io.BytesIO()]
    stdin = io.TextIOWrapper(_Typed(_bytes(typed)), encoding="utf-8")
    out, errors = (io.TextIOWrapper(each) for each in written)
    status: object = 0
    with (
        _as_it_was(),
        patch.object(sys, "argv", ["lossclass", *map(str, arguments)]),
        patch.object(cli, "app", _COMMAND),
        patch.multiple(sys, stdin=stdin, stdout=out, stderr=errors),
        patch.dict(os.environ, _environment(environment), clear=True),
        patch("signal.signal"),  # it is this process that would be told what to do when it ends
        ExitStack() as stack,
    ):
        if cwd:
            stack.enter_context(chdir(cwd))
        try:
            cli.main()
        except SystemExit as ended:
            status = ended.code or 0
    out.flush()
    errors.flush()
    assert isinstance(status, int), f"a status that is {status!r}"
    return Ended(status, *(each.getvalue() for each in written))


def start(
    *arguments: object,
    typed: str | bytes = "",
    cwd: Path | None = None,
    timeout: float = 60,
    **environment: str,
) -> Ended:
    """The same in a process of its own, as users start it."""
    ended = subprocess.run(
        [sys.executable, "-m", "lossclass", *map(str, arguments)],
        input=_bytes(typed),
        cwd=cwd,
        env=_environment(environment),
        capture_output=True,
        check=False,
        timeout=timeout,
    )
    return Ended(ended.returncode, ended.stdout, ended.stderr)


def shell(
    line: str, folder: Path | None = None, *, without: tuple[str, ...] = (), **environment: str
) -> Ended:
    """A line of Bash, with LOSSCLASS in it: for pipes and redirections.

    Args:
        without: variables of this process that are taken away.
    """
    clean = {
        key: each
        for key, each in os.environ.items()
        if key not in (*_NOT_PASSED_ON, *without)
    }  # fmt: skip
    ended = subprocess.run(
        line,
        shell=True,
        executable="/bin/bash",
        env={**clean, **environment},
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        timeout=60,
    )
    return Ended(ended.returncode, ended.stdout, ended.stderr)


def _bytes(typed: str | bytes) -> bytes:
    return typed.encode() if isinstance(typed, str) else typed


def _environment(more: dict[str, str]) -> dict[str, str]:
    clean = {key: each for key, each in os.environ.items() if key not in _NOT_PASSED_ON}
    return {**clean, "COLUMNS": "80", **more}


@contextmanager
def _as_it_was() -> Iterator[None]:
    """What a short run sets for itself is not for the tests after it."""
    threshold, enabled = gc.get_threshold(), gc.isenabled()
    try:
        yield
    finally:
        gc.set_threshold(*threshold)
        if not enabled:
            gc.disable()


def tree(folder: Path) -> dict[str, bytes]:
    """All files in a folder and what is in them."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def mostly_thorough(cases: Iterable[str], quick: Collection[str]) -> list[ParameterSet]:
    """Cases of a test, all of which but a few are left to a thorough run."""
    found = [
        pytest.param(each, marks=() if each in quick else pytest.mark.thorough) for each in cases
    ]
    assert sum(not each.marks for each in found) == len(quick)
    return found
