"""Several runs in one folder, and runs that are killed: nothing is lost or half-written."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from threading import Event, Thread
from types import SimpleNamespace

import programs
import pytest
from programs import tree

from lossclass.errors import FileError
from lossclass.exams.assignment import Assignment
from lossclass.rosters.roster import numbered
from lossclass.variants.folder import LOCK, alone_in
from lossclass.variants.making import Order
from lossclass.variants.run import run
from problems import bundled

COUNT = 12
ARGUMENTS = ("variants", "sentiment_example", "--count", str(COUNT), "--seed", "s", "-o")


def made(folder: Path) -> dict[str, bytes]:
    assert programs.run(*ARGUMENTS, folder).returncode == 0
    return tree(folder)


def test_a_second_one_waits_until_the_first_is_ready(tmp_path: Path) -> None:
    folder, told, inside = tmp_path / "new" / "class", Event(), Event()

    def second() -> None:
        with alone_in(folder, told.set):
            inside.set()

    with alone_in(folder, lambda: pytest.fail("there is nobody to wait for")):
        thread = Thread(target=second)
        thread.start()
        assert told.wait(20)
        assert not inside.is_set()
        (folder / "made").touch()
    thread.join(20)
    assert inside.is_set()
    assert [path.name for path in folder.iterdir()] == ["made"]


def test_a_folder_in_which_nothing_came_is_taken_away(tmp_path: Path) -> None:
    for folder in (tmp_path / "new", tmp_path / "more" / "new"):
        with alone_in(folder, Event().set):
            assert (folder / LOCK).exists()
    assert not [*tmp_path.iterdir()]
    (tmp_path / "file").touch()
    with pytest.raises(FileError, match="file"), alone_in(tmp_path / "file", Event().set):
        pass


def _is_open(file: int, path: Path) -> bool:
    with suppress(OSError):  # it is closed
        return os.path.samestat(os.fstat(file), path.stat())
    return False


def test_on_windows_a_second_one_tries_until_the_first_has_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What Windows does is played here: its lock gives up after some time, with an error, and a file
    that somebody has open is not taken away."""
    fcntl = pytest.importorskip("fcntl")
    folder, told, given_up, inside = tmp_path / "new", Event(), Event(), Event()
    opened: set[int] = set()
    unlink = Path.unlink

    def locking(file: int, mode: int, count: int) -> None:
        assert count == 1
        opened.add(file)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if mode == windows.LK_LOCK:
                given_up.set()
            raise PermissionError("it is locked") from None

    def unlink_if_closed(path: Path) -> None:
        if any(_is_open(file, path) for file in opened):
            raise PermissionError("it is open")
        unlink(path)

    def second() -> None:
        with alone_in(folder, told.set):
            inside.set()

    windows = SimpleNamespace(LK_LOCK=1, LK_NBLCK=2, locking=locking)
    monkeypatch.setitem(sys.modules, "msvcrt", windows)
    monkeypatch.setattr(Path, "unlink", unlink_if_closed)
    monkeypatch.setattr(sys, "platform", "win32")
    thread = Thread(target=second)
    with alone_in(folder, lambda: pytest.fail("there is nobody to wait for")):
        thread.start()
        assert told.wait(20)
        assert given_up.wait(20)
        assert not inside.is_set()
        (folder / "made").touch()
    thread.join(20)
    assert inside.is_set()
    assert [path.name for path in folder.iterdir()] == ["made"]


@pytest.mark.thorough
def test_what_a_killed_run_left_of_its_lock_stops_nobody(tmp_path: Path) -> None:
    whole = made(tmp_path / "whole")
    (tmp_path / "cut").mkdir()
    for name in (LOCK, ".answers.csv.12345678.part"):
        (tmp_path / "cut" / name).touch()
    assert made(tmp_path / "cut") == whole


@pytest.mark.thorough
def test_three_at_once_make_what_one_makes(tmp_path: Path) -> None:
    whole, folder = made(tmp_path / "whole"), tmp_path / "class"
    command = [sys.executable, "-m", "lossclass", *ARGUMENTS, str(folder)]
    started = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    said = [each.communicate(timeout=120)[0] for each in started]
    assert [each.returncode for each in started] == [0, 0, 0]
    assert tree(folder) == whole
    first = f"{folder}: {COUNT} students, each with numbers of their own"
    lines = [line for text in said for line in text.splitlines() if line.startswith(first)]
    assert sorted(lines) == [first, *[f"{first}; all files were there already"] * 2]


@pytest.mark.thorough
@pytest.mark.skipif(not hasattr(os, "fork"), reason="a process costs too much here")
def test_fifty_killed_runs_leave_a_folder_that_can_be_gone_on_with(tmp_path: Path) -> None:
    order = Order(Assignment.of(bundled("sentiment_example")), "s")
    students = [*numbered(COUNT)]
    begun = time.monotonic()
    run(order, tmp_path / "whole", students, jobs=1, force=False)
    whole, seconds = tree(tmp_path / "whole"), time.monotonic() - begun
    times, folder, cut = random.Random(1), tmp_path / "class", 0  # noqa: S311 - no secret
    for _ in range(50):
        child = os.fork()
        if not child:
            run(order, folder, students, jobs=1, force=False)
            os._exit(0)
        time.sleep(times.uniform(0, seconds / 5))
        os.kill(child, signal.SIGKILL)
        cut += os.waitpid(child, 0)[1] != 0
        there = tree(folder) if folder.exists() else {}
        whole_ones = {
            name: each for name, each in there.items() if not name.endswith((".part", LOCK))
        }
        assert whole_ones.items() <= whole.items()
        if len(whole_ones) == len(whole) and times.random() < 0.7:
            (folder / "answers.csv").unlink()
            (folder / "problems" / "0003.yaml").unlink()
    assert cut > 20
    run(order, folder, students, jobs=1, force=False)
    assert tree(folder) == whole
