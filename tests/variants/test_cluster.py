"""``lossclass variants --cluster``: the same files, from a Dask cluster."""

from __future__ import annotations

import logging
import os
import pickle
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import programs
import pytest
from programs import tree

from lossclass import losses
from lossclass.errors import FileError, LossclassError, UsageError
from lossclass.exams.assignment import Assignment
from lossclass.problem.bundled import bundled_problems
from lossclass.problem.files import load_all
from lossclass.rosters.roster import numbered
from lossclass.variants import cluster, workers
from lossclass.variants.folder import ANSWERS
from lossclass.variants.making import Order
from lossclass.variants.run import run

pytestmark = pytest.mark.filterwarnings("default")  # the library has some of its own


@pytest.fixture(scope="module", autouse=True)
def distributed() -> Any:
    return pytest.importorskip("distributed")


@contextmanager
def local_cluster(distributed: Any, **more: Any) -> Iterator[Any]:
    made = {"threads_per_worker": 1, "dashboard_address": ":0", "protocol": "tcp", **more}
    with distributed.LocalCluster(silence_logs=logging.CRITICAL, **made) as started:
        yield started


@pytest.fixture(scope="module")
def address(distributed: Any) -> Iterator[str]:
    """A cluster in threads of this process."""
    with local_cluster(distributed, n_workers=2, processes=False) as started:
        yield started.scheduler_address


@pytest.fixture
def alone(distributed: Any) -> Iterator[Any]:
    """A scheduler without workers."""
    with local_cluster(distributed, n_workers=0, processes=False) as started:
        yield started


@contextmanager
def worker(address: str, package: Path | None = None) -> Iterator[subprocess.Popen[str]]:
    """A worker in a process of its own; with the lossclass in a folder, if that is said."""
    options = ["--no-nanny", "--no-dashboard", "--nthreads", "1"]
    with subprocess.Popen(
        [sys.executable, "-m", "distributed.cli.dask_worker", address, *options],
        cwd=package,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def order_of(name: str = "hinge_sequence", **more: Any) -> Order:
    (problem,) = load_all(bundled_problems()[name], losses)
    return Order(Assignment.of(problem), "s", **more)


# --- the same files ---


@pytest.mark.parametrize(
    "more",
    [
        pytest.param({"formats": ("terminal", "html")}, marks=pytest.mark.thorough, id="files"),
        pytest.param({"only_answers": True}, id="answers"),
    ],
)
def test_a_cluster_makes_the_same_bytes(more: dict[str, Any], address: str, tmp_path: Path) -> None:
    order, students = order_of(**more), numbered(35)
    run(order, tmp_path / "here", students, jobs=1, force=False)
    run(order, tmp_path / "there", students, cluster=address, force=False)
    here = tree(tmp_path / "here")
    assert len(here) == 2 + (0 if order.only_answers else 6 * len(students))
    assert tree(tmp_path / "there") == here


@pytest.mark.thorough
def test_workers_that_do_not_see_the_folder_make_the_same_bytes(
    distributed: Any, tmp_path: Path
) -> None:
    """Nothing that is sent names a folder; what comes back is written here."""
    order, students = order_of("hello_ctc"), numbered(25)
    run(order, tmp_path / "here", students, jobs=1, force=False)
    with local_cluster(distributed, n_workers=1, processes=True) as started:
        run(order, tmp_path / "there", students, cluster=started.scheduler_address, force=False)
    assert tree(tmp_path / "there") == tree(tmp_path / "here")


@pytest.mark.thorough
def test_a_run_that_was_cut_short_is_taken_up(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    order, students = order_of(), numbered(40)
    run(order, tmp_path / "whole", students, cluster=address, force=False)
    cut, wait_for, asked = tmp_path / "cut", cluster.Workers.wait_for, iter(range(3))

    def stop_after_two(self: Any, future: Any) -> Any:
        if next(asked) == 2:
            raise KeyboardInterrupt
        return wait_for(self, future)

    with monkeypatch.context() as patch:
        patch.setattr(cluster.Workers, "wait_for", stop_after_two)
        with pytest.raises(LossclassError) as caught:
            run(order, cut, students, cluster=address, force=False)
    assert caught.value.exit_status == 130
    assert "goes on from here" in str(caught.value)
    before = {path: path.stat().st_mtime_ns for path in cut.glob("*/*")}
    assert len(before) == 4 * 20
    assert not (cut / ANSWERS).exists()
    assert not [*cut.rglob("*.part")]
    run(order, cut, students, cluster=address, force=False)
    assert tree(cut) == tree(tmp_path / "whole")
    assert all(path.stat().st_mtime_ns == when for path, when in before.items())


@pytest.mark.thorough
def test_only_so_many_chunks_are_on_their_way(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, ended, most = 0, 0, 0
    submit, wait_for = cluster.Workers.submit, cluster.Workers.wait_for

    def counted(self: Any, chunk: Any) -> Any:
        nonlocal begun, most
        begun += 1
        most = max(most, begun - ended)
        return submit(self, chunk)

    def waited(self: Any, future: Any) -> Any:
        nonlocal ended
        made = wait_for(self, future)
        ended += 1
        return made

    monkeypatch.setattr(cluster.Workers, "submit", counted)
    monkeypatch.setattr(cluster.Workers, "wait_for", waited)
    run(order_of(), tmp_path, numbered(80), cluster=address, force=False)
    assert begun == ended == 8
    assert most == 2 * workers.AHEAD


def test_an_order_comes_out_as_it_went_in() -> None:
    order = order_of("123_ctc", formats=("html", "json"))
    assert pickle.loads(pickle.dumps(order)) == order


# --- what can go wrong ---


@pytest.mark.some(2)
@pytest.mark.parametrize("text", ["", " ", "nonsense", "foo://bar:1", "tcp://:x"])
def test_an_address_that_is_none_is_told(text: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"expected .*address.*such as tcp://"):
        run(order_of(), tmp_path / "class", ["a"], cluster=text, force=False)
    assert not (tmp_path / "class").exists()


@pytest.mark.thorough
def test_a_scheduler_that_does_not_answer_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """One port is closed; behind the other is something that says nothing."""
    monkeypatch.setattr(cluster, "PATIENCE", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with socket.create_server(("127.0.0.1", 0)) as mute:
        for each in (port, mute.getsockname()[1]):
            with pytest.raises(FileError, match="no Dask scheduler that answers"):
                run(order_of(), tmp_path, ["a"], cluster=f"tcp://127.0.0.1:{each}", force=False)
    assert capfd.readouterr() == ("", "")
    assert not [*tmp_path.iterdir()]


@pytest.mark.thorough
def test_a_cluster_without_workers_is_told(
    alone: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "PATIENCE", 0.5)
    with pytest.raises(FileError, match="the cluster has no workers; 'dask worker tcp://"):
        run(order_of(), tmp_path, ["a"], cluster=alone.scheduler_address, force=False)


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("__version__ = '0.0.1'", r"got another version on tcp://.* \(0\.0\.1\)"),
        ("raise ImportError('none')", "lossclass is not installed on tcp://"),
    ],
    ids=["another version", "none"],
)
@pytest.mark.thorough
def test_workers_that_cannot_do_it_are_told(
    source: str, says: str, alone: Any, tmp_path: Path
) -> None:
    package = tmp_path / "path" / "lossclass"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(source, encoding="utf-8")
    with worker(alone.scheduler_address, package.parent), pytest.raises(FileError, match=says):
        run(order_of(), tmp_path / "class", ["a"], cluster=alone.scheduler_address, force=False)
    assert not (tmp_path / "class").exists()


@pytest.mark.thorough
def test_workers_that_end_are_told_and_others_go_on(
    alone: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    order, students, folder = order_of(), numbered(60), tmp_path / "cut"
    wait_for = cluster.Workers.wait_for
    with worker(alone.scheduler_address) as process, monkeypatch.context() as patch:

        def kill_first(self: Any, future: Any) -> Any:
            made = wait_for(self, future)
            process.kill()
            process.wait()
            patch.setattr(cluster, "PATIENCE", 0.5)
            return made

        patch.setattr(cluster.Workers, "wait_for", kill_first)
        with pytest.raises(FileError, match="the cluster has no workers any more"):
            run(order, folder, students, cluster=alone.scheduler_address, force=False)
    assert not (folder / ANSWERS).exists()
    with worker(alone.scheduler_address):
        run(order, folder, students, cluster=alone.scheduler_address, force=False)
    run(order, tmp_path / "whole", students, jobs=1, force=False)
    assert tree(folder) == tree(tmp_path / "whole")


@pytest.mark.thorough
def test_students_over_whom_workers_end_are_told(
    alone: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone.scheduler.allowed_failures = 0  # it is not given to another worker
    monkeypatch.setattr(
        cluster.Workers, "submit", lambda self, _: self.executor.submit(os._exit, 1)
    )
    with (
        worker(alone.scheduler_address),
        pytest.raises(FileError, match="have ended over the same students"),
    ):
        run(order_of(), tmp_path, ["a"], cluster=alone.scheduler_address, force=False)


def test_without_dask_the_command_that_installs_it_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(UsageError, match=r"pip install 'lossclass\[cluster\]'"):
        run(order_of(), tmp_path / "class", ["a"], cluster="tcp://127.0.0.1:1", force=False)


def test_one_says_jobs_or_cluster(tmp_path: Path) -> None:
    arguments = ["--count", "2", "--seed", "s", "--jobs", "2", "--cluster", "tcp://127.0.0.1:1"]
    ended = programs.run("variants", "hello_ctc", "-o", tmp_path / "x", *arguments)
    assert ended.returncode == 2
    assert "--cluster" in ended.stderr
    assert not (tmp_path / "x").exists()
