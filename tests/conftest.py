"""The options that our tests add to pytest's own, and what is left to a thorough run."""

from __future__ import annotations

import gc
import os
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from compileall import compile_file
from contextlib import suppress
from functools import partial
from importlib import import_module
from itertools import chain, product
from pathlib import Path
from typing import Any
from zlib import crc32

import pytest
from hypothesis import settings
from pytest_regressions.common import check_text_files
from pytest_regressions.file_regression import FileRegressionFixture

# Where Python is told to keep no byte code, each process that a test starts would compile us anew.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

PACKAGE = Path(__file__).parents[1] / "lossclass"
#: How many examples a property is tried on: in a run while one works, and in a thorough one.
EXAMPLES, THOROUGH_EXAMPLES = 6, 60


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--thorough",
        action="store_true",
        help="Run what takes long, too, and try every property on more examples; with "
        "'-m thorough', these alone.",
    )
    parser.addoption(
        "--share",
        type=share,
        default=(1, 1),
        metavar="K/N",
        help="Of what is thorough, the Kth of N parts, which together are all of it.",
    )
    parser.addoption(
        "--fuzz",
        type=int,
        default=50,
        metavar="N",
        help="How many mutated problem files to read (tests/commands/test_mutated_problems.py), "
        "and a thirtieth of it of each other kind of input (test_mutated_inputs.py beside it).",
    )
    parser.addoption(
        "--fuzz-seed",
        type=int,
        default=0,
        metavar="SEED",
        help="Which mutated files: another number, other files.",
    )
    parser.addoption(
        "--slips",
        type=int,
        default=160,
        metavar="N",
        help="In how many random problems to look for slips (tests/slips/test_slips.py).",
    )


def share(text: str) -> tuple[int, int]:
    """Which part of how many: ``2/5``."""
    part, _, parts = text.partition("/")
    if not 1 <= int(part) <= int(parts):
        raise ValueError(text)
    return int(part), int(parts)


def pytest_configure(config: pytest.Config) -> None:
    thorough = config.getoption("--thorough")
    examples = THOROUGH_EXAMPLES if thorough else EXAMPLES
    # A quick run tries the same examples each time: what it finds, somebody's change has done.
    settings.register_profile(
        "ours", settings(), max_examples=examples, deadline=None, derandomize=not thorough
    )
    settings.load_profile("ours")
    if not thorough:
        # Hypothesis also takes what stands in the code of the modules that are there: others in each worker,
        # and in a fresh clone it reads all of the package for it.
        with suppress(ImportError):
            providers = import_module("hypothesis.internal.conjecture.providers")
            providers._get_local_constants = lambda: providers._local_constants  # type: ignore[attr-defined]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Whoever is marked as a grid, ``grid(every, name=NAMES, format=FORMATS)``, is tried on all
    combinations in a thorough run. A quick one has each of the first, and each combination of the
    others, once; of the first, one in ``every``, beginning elsewhere in each test."""
    mark = metafunc.definition.get_closest_marker("grid")
    if mark is None:
        return
    names, (first, *others) = list(mark.kwargs), [list(each) for each in mark.kwargs.values()]
    (every,) = mark.args or (1,)
    start = crc32(metafunc.definition.name.encode()) % every
    rows = quick = few(first[start::every], list(product(*others)))
    if metafunc.config.getoption("--thorough"):
        more = [row for row in product(first, *others) if row not in quick]
        rows = [*quick, *(pytest.param(*row, marks=pytest.mark.thorough) for row in more)]
    metafunc.parametrize(names, rows)


def few(first: Sequence[Any], others: Sequence[tuple[Any, ...]]) -> list[Any]:
    """Pairs in which each of both is there."""
    count = max(len(first), len(others))
    return [(first[i % len(first)], *others[i % len(others)]) for i in range(count)]


@pytest.hookimpl(tryfirst=True)  # before pytest looks at -m
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in left_to_thorough(items):
        item.add_marker("thorough")
    if config.getoption("--thorough"):
        for item in items:
            if tries_more(item):
                item.add_marker("thorough")
    part, parts = config.getoption("--share")
    left_out = [
        item
        for item in items
        if item.get_closest_marker("thorough")
        and (not config.getoption("--thorough") or crc32(item.nodeid.encode()) % parts != part - 1)
    ]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        left = set(left_out)
        items[:] = [item for item in items if item not in left]


def left_to_thorough(items: Sequence[pytest.Item]) -> Iterator[pytest.Item]:
    """Of tests that are marked ``some(every)``, all but one in ``every``, beginning elsewhere in each;
    of fewer, all but one."""
    cases: dict[str, list[pytest.Item]] = {}
    for item in items:
        if item.get_closest_marker("some"):
            cases.setdefault(item.nodeid.partition("[")[0], []).append(item)
    for name, found in cases.items():
        (every,) = found[0].get_closest_marker("some").args  # type: ignore[union-attr]
        every = min(every, len(found))
        start = crc32(name.encode()) % every
        yield from (item for n, item in enumerate(found) if n % every != start)


@pytest.hookimpl(tryfirst=True)
def pytest_collection(session: pytest.Session) -> None:
    """In a fresh clone nothing is compiled yet, and to compile it takes each worker twice as long as
    all else before the first test. Each begins elsewhere here and finds done what others have come to,
    so that they compile together what each would for itself. What goes wrong is told in its turn."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "").removeprefix("gw")
    folders = [path for each in session.config.args if (path := Path(each)).is_dir()]
    if not (worker and folders):
        return
    for path in begun_elsewhere(PACKAGE.rglob("*.py"), int(worker)):
        compile_file(path, quiet=2)
    for path in begun_elsewhere(chain(*(each.rglob("test_*.py") for each in folders)), int(worker)):
        sys.path.insert(0, str(path.parent))
        with suppress(Exception, pytest.skip.Exception):
            import_module(path.stem)


def begun_elsewhere(paths: Iterable[Path], worker: int) -> list[Path]:
    """The same for each worker, in another order."""
    ordered = sorted(paths)
    start = len(ordered) * worker // int(os.environ["PYTEST_XDIST_WORKER_COUNT"])
    return [*ordered[start:], *ordered[:start]]


def pytest_collection_finish() -> None:
    """What is there by now stays: to look through it for garbage takes a tenth of a run."""
    gc.freeze()
    gc.set_threshold(50_000)


def tries_more(item: pytest.Item) -> bool:
    """Whether a test tries more cases where there is time for them."""
    is_property = getattr(getattr(item, "obj", None), "is_hypothesis_test", False)
    return is_property or item.get_closest_marker("fuzz") is not None


#: NumPy's result, and what fills the box behind it.
_NUMPYS = re.compile(r"(?<=gives )(-?[0-9]+\.[0-9]{10,}(?:e[-+]?[0-9]+)?)\.( *)")


def _comparable(gold: Path) -> str:
    """A gold file with NumPy's result to 12 digits: those behind depend on the processor."""
    text = gold.read_text(encoding="utf-8")
    return _NUMPYS.sub(lambda found: f"{float(found[1]):.12g}.", text)


def _check_text(obtained: Path, expected: Path) -> None:
    if _comparable(obtained) != _comparable(expected):
        check_text_files(obtained, expected, encoding="utf-8")


@pytest.fixture
def file_regression(file_regression: FileRegressionFixture) -> FileRegressionFixture:
    """Gold files that are compared as texts."""
    check = partial(file_regression.check, check_fn=_check_text)
    file_regression.check = check  # type: ignore[method-assign]
    return file_regression
