"""A Dask cluster that makes the files of a class.

Its machines need not see the folder: what they make comes back, and is written here. They get the
order with every chunk, pickled, as all that Dask sends; each keeps what it made of it.
"""

from __future__ import annotations

import logging
import pickle
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Executor, Future
from contextlib import contextmanager, suppress
from functools import lru_cache, partial
from pkgutil import resolve_name
from threading import Lock, Thread
from typing import Any, Final

from lossclass.errors import FileError, LossclassError, UsageError, printable
from lossclass.records import record
from lossclass.render import PACKAGES
from lossclass.variants.making import Chunk, Made, Maker, Order
from lossclass.variants.workers import AHEAD, MakeAll, in_order

INSTALL: Final = "pip install 'lossclass[cluster]'"
_VERSION: Final = "lossclass:__version__"
#: Seconds in which a cluster has to answer.
PATIENCE: Final = 8.0
_AGAIN: Final = "the same command goes on from here"


@contextmanager
def workers_at(address: str, order: Order) -> Iterator[MakeAll]:
    """The workers of a cluster.

    Raises:
        UsageError: the package ``distributed`` is not installed, or the address is none.
        FileError: the cluster cannot be reached, or has no workers that can do it.
    """
    try:
        # An unreachable scheduler, a lost worker: we say that in words of our own.
        with _silence():
            from distributed import Client
    except ImportError:
        raise UsageError(
            f"--cluster needs the package dask.distributed, which is not installed; {INSTALL} "
            "installs it"
        ) from None
    with _silence():
        client = _client(Client, address)
        executor = client.get_executor(pure=False)
        try:
            ahead = AHEAD * _threads(client, address, order)
            yield partial(in_order, Workers(client, executor, pickle.dumps(order), ahead))
        finally:
            with suppress(Exception):  # it may be gone
                executor.shutdown(wait=False)
                client.close(timeout=PATIENCE)


@record
class Workers:
    """The workers, as a crew."""

    client: Any
    executor: Executor
    order: bytes
    ahead: int

    def submit(self, chunk: Chunk) -> Future[Made]:
        try:
            return self.executor.submit(make, self.order, chunk)
        except RuntimeError:  # what the client raises when it is closed
            raise self._lost() from None

    def wait_for(self, future: Future[Made]) -> Made:
        try:
            while True:
                with suppress(TimeoutError):
                    return future.result(timeout=PATIENCE)
                self._refuse_without_workers()
        except LossclassError:
            raise
        except CancelledError:
            raise self._lost() from None
        except Exception as error:  # noqa: BLE001  # whatever a worker or the way to it may raise
            raise _told(error) from None

    def _refuse_without_workers(self) -> None:
        """Waiting would never end."""
        if self.client.status != "running":
            raise self._lost()
        try:
            self.client.wait_for_workers(1, timeout=PATIENCE)
        except TimeoutError:
            raise FileError(
                f"the cluster has no workers any more; with new ones, {_AGAIN}"
            ) from None

    def _lost(self) -> FileError:
        return FileError(f"the connection to the cluster is lost; when it is back, {_AGAIN}")


def _told(error: Exception) -> LossclassError:
    """What went wrong on a worker."""
    if type(error).__name__ == "KilledWorker":
        return FileError(
            "workers of the cluster have ended over the same students, perhaps for lack of memory; "
            f"with other workers, {_AGAIN}"
        )
    what = printable(str(error).partition("\n")[0])
    return FileError(f"a worker of the cluster failed: {type(error).__name__}: {what}")


@contextmanager
def _silence() -> Iterator[None]:
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)


# --- before anything is sent ---


def _client(kind: Any, address: str) -> Any:
    where = f"--cluster {address}"
    if not address.strip():
        raise UsageError("--cluster: expected an address, such as tcp://10.0.0.5:8786, got nothing")
    try:
        return _in_time(lambda: kind(address, timeout=PATIENCE, set_as_default=False))
    except (OSError, TimeoutError):
        raise FileError(
            f"{where}: there is no Dask scheduler that answers at this address within "
            f"{PATIENCE:.0f} s; is it running, and can it be reached from here?"
        ) from None
    except Exception as error:  # noqa: BLE001  # its parser of addresses raises what comes
        what = printable(str(error).partition("\n")[0])
        raise UsageError(
            f"{where}: expected the address of a Dask scheduler, such as tcp://10.0.0.5:8786 ({what})"
        ) from None


def _in_time(connect: Callable[[], Any]) -> Any:
    """The result, unless it takes too long: the library waits forever for the first word of
    something that takes connections, but is no scheduler."""
    connected: Future[Any] = Future()

    def try_it() -> None:
        try:
            connected.set_result(connect())
        except Exception as error:  # noqa: BLE001  # it is raised where the result is asked for
            connected.set_exception(error)

    Thread(target=try_it, daemon=True).start()
    return connected.result(timeout=PATIENCE + 1)


def _threads(client: Any, address: str, order: Order) -> int:
    """How many chunks the workers can make at a time.

    Raises:
        FileError: there are no workers, or they cannot do it.
    """
    where = f"--cluster {address}"
    try:
        client.wait_for_workers(1, timeout=PATIENCE)
    except TimeoutError:
        raise FileError(
            f"{where}: the cluster has no workers; 'dask worker {address}' starts one"
        ) from None
    _refuse_other_versions(client, where)
    for name in filter(PACKAGES.get, order.formats):
        package, what = PACKAGES[name]
        found = client.run(resolve_name, f"{package}:__name__", on_error="return")
        if missing := _without(found):
            raise FileError(
                f"{where}: writing {what} needs the package {package} on every worker; it is "
                f"missing on {_listed(missing)}"
            )
    threads: int = sum(client.nthreads().values())
    return max(1, threads)


def _refuse_other_versions(client: Any, where: str) -> None:
    """Another version might write other numbers, or not understand what it is sent."""
    ours = resolve_name(_VERSION)
    # A function of our own could not be sent to where we are not installed.
    found = client.run(resolve_name, _VERSION, on_error="return")
    if missing := _without(found):
        raise FileError(
            f"{where}: lossclass is not installed on {_listed(missing)}; every worker needs version "
            f"{ours}"
        )
    if others := [f"{worker} ({each})" for worker, each in found.items() if each != ours]:
        raise FileError(
            f"{where}: expected lossclass {ours}, as here, on every worker, got another version on "
            f"{_listed(others)}"
        )


def _without(found: dict[str, Any]) -> list[str]:
    return [worker for worker, each in found.items() if isinstance(each, BaseException)]


def _listed(workers: list[str]) -> str:
    more = f" and {len(workers) - 3} more" if len(workers) > 3 else ""
    return printable(", ".join(workers[:3])) + more


# --- on a worker ---

#: The threads of a worker would only wait for each other.
_ONE_AT_A_TIME = Lock()


def make(order: bytes, chunk: Chunk) -> Made:
    """Make a chunk, and send everything back."""
    with _ONE_AT_A_TIME:
        return _maker(order).make(chunk)


@lru_cache(maxsize=4)
def _maker(order: bytes) -> Maker:
    return Maker(pickle.loads(order))  # noqa: S301 - what our own run has sent
