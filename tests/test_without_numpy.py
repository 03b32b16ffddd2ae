"""The first road without NumPy: the same numbers, and no comparison that was not made."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import without_numpy

from lossclass import solving
from lossclass.errors import InvalidProblem, UsageError
from lossclass.problem import keys, predictions

#: What NumPy says of a problem, and what is told in its place.
_COMPARED = ("by_numpy",)
_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)?")


def by_both(what: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """What is worked out here, and in a process that has no NumPy."""
    ended = subprocess.run(
        [sys.executable, without_numpy.__file__, what], capture_output=True, check=True, timeout=300
    )
    return json.loads(json.dumps(dict(without_numpy.WHAT[what]()))), json.loads(ended.stdout)


@pytest.mark.thorough
def test_every_problem_has_the_same_values() -> None:
    ours, theirs = by_both("problems")
    assert ours.keys() == theirs.keys()
    for name, values in ours.items():
        if name.endswith("answer"):
            assert values == theirs[name], name
            continue
        assert [id for id in values if id not in _COMPARED] == [*theirs[name]], name
        for id, other in theirs[name].items():
            # steps of learning behind the first are worked in doubles, on either road
            off = Decimal("1e-12") if id.startswith("descent.") else Decimal(0)
            one = Decimal(values[id])
            assert one == Decimal(other) or abs(one - Decimal(other)) <= off * abs(one), (name, id)


@pytest.mark.thorough
def test_what_is_printed_has_the_same_numbers() -> None:
    ours, theirs = by_both("printed")
    assert ours.keys() == theirs.keys()
    for name, (status, text) in ours.items():
        assert theirs[name][0] == status, (name, theirs[name])
        assert numbers(theirs[name][1]) == numbers(text), name
        if " as " in name:
            assert theirs[name][1] == "", f"{name}: told as if it were compared"


def numbers(text: str) -> list[str]:
    """Those of all lines but the ones that NumPy is compared on, and their frames."""
    lines = (re.split(r"✓ NumPy|– The cross", line)[0] for line in text.splitlines())
    return _NUMBER.findall("\n".join(line for line in lines if "NumPy" not in line))


@pytest.fixture
def _no_numpy(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (keys, predictions, solving):
        monkeypatch.setattr(module, "numpy_is_here", lambda: False)


@pytest.mark.usefixtures("_no_numpy")
def test_that_it_is_not_here_is_said(tmp_path: Path) -> None:
    import lossclass

    hinge = {"loss": "hinge", "y_true": [1, -1], "y_pred": [0.8, 0.3]}
    solution = lossclass.solve(hinge)
    assert solution.to_dict()["cross_check"] == {"numpy": None, "agrees": None}
    assert "The cross-check is not made: NumPy is not here." in str(solution)
    with pytest.raises(UsageError, match="frameworks: their numbers are not made: NumPy is not"):
        lossclass.solve(hinge, frameworks=True)
    (tmp_path / "p.npy").write_bytes(b"")
    problem = tmp_path / "p.yaml"
    problem.write_text("loss: hinge\ny_true: [1, -1]\nfile: p.npy\n")
    with pytest.raises(InvalidProblem, match=r"3:7: file: 'p.npy': NumPy is not here, which reads"):
        lossclass.load(problem)


@pytest.mark.thorough
def test_a_class_needs_no_processes_to_be_imported() -> None:
    """In a browser there are none, and their modules are not there either."""
    code = """
import sys
sys.modules["_multiprocessing"] = sys.modules["_posixshmem"] = None
import lossclass.variants.run
assert "multiprocessing" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


@pytest.mark.some(2)
@pytest.mark.parametrize(
    "command", [["check", "hello_ctc", "--answer", "1.4"], ["worksheet", "hello_ctc"]]
)
def test_who_shows_no_comparison_does_not_wait_for_numpy(command: list[str]) -> None:
    code = f"""
import sys
from lossclass import cli
sys.argv = ["lossclass", *{command}]
try:
    cli.main()
except SystemExit:
    pass
assert "numpy" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60, capture_output=True)
