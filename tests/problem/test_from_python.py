"""What a program gives in the place of a file, and what it may do with what it gets."""

from __future__ import annotations

import copy
import pickle
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lossclass
from lossclass import LossclassError
from lossclass.problem.bundled import bundled_problems

ROOT = Path(__file__).parents[2]
TRUE, PREDICTED = [1.0, 0.0], [0.25, 0.5]
ANSWER = ((1 - 0.25) ** 2 + (0 - 0.5) ** 2) / 2


def mse(y_true: Any, y_pred: Any = PREDICTED, **keys: Any) -> dict[str, Any]:
    return {"loss": "mse", "y_true": y_true, "y_pred": y_pred, **keys}


class Tensor:
    """What has the face of a PyTorch tensor that takes part in a training: NumPy cannot read it
    before it is detached, moved, and has a precision that NumPy knows."""

    def __init__(
        self, array: Any, dtype: str = "torch.float32", *, ready: int = 0, **flags: Any
    ) -> None:
        self.array, self.dtype, self.ready = np.asarray(array), dtype, ready
        self.layout = flags.pop("layout", "torch.strided")
        vars(self).update(flags)

    def _next(self, dtype: str | None = None) -> Tensor:
        return Tensor(self.array, dtype or self.dtype, ready=self.ready + 1)

    def detach(self) -> Tensor:
        return self._next()

    def cpu(self) -> Tensor:
        return self._next()

    def resolve_conj(self) -> Tensor:
        return self._next()

    def resolve_neg(self) -> Tensor:
        return self._next()

    def float(self) -> Tensor:
        return self._next("torch.float32")

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        if self.ready < 4 or self.dtype == "torch.bfloat16":
            raise RuntimeError("Can't call numpy() on Tensor that requires grad.")
        return self.array


@pytest.mark.parametrize(
    "given",
    [
        np.array(TRUE),
        np.array(TRUE, np.float16),
        np.array(TRUE, np.longdouble),
        np.array(TRUE, int),
        np.array([True, False]),
        np.array([1, 0], object),
        np.ma.array(TRUE, mask=[False, False]),
        np.array([[1.0, 9.0], [0.0, 9.0]])[:, 0],
        (1, 0),
        range(1, -1, -1),
        (number for number in TRUE),
        [np.float32(1), np.array(0.0)],
        [Fraction(1), Decimal(0)],
        Tensor(TRUE),
        Tensor(TRUE, "torch.bfloat16"),
        [Tensor(1.0), Tensor(0.0)],
    ],
    ids=lambda given: type(given).__name__,
)
def test_numbers_of_any_kind_are_lists_of_numbers(given: Any) -> None:
    assert lossclass.solve(mse(given)).answer.value == ANSWER


def test_the_weights_of_a_network_may_be_tensors_too() -> None:
    rnn = {
        "inputs": [[1.0], [0.5]],
        "U": [[0.5]],
        "W": [[0.25]],
        "V": [[2.0]],
        "predict": "last_step",
    }
    tensors = {key: Tensor(value) if key != "predict" else value for key, value in rnn.items()}
    plain, of_tensors = (
        lossclass.solve({"loss": "mse", "y_true": [1.0], "rnn": each}) for each in (rnn, tensors)
    )
    assert of_tensors.answer == plain.answer


def test_class_numbers_may_be_whole_doubles() -> None:
    log_probs = np.log([[0.25, 0.75], [0.5, 0.5]])
    nll = {"loss": "nll", "log_probs": log_probs, "y_true": np.array([1.0, 0.0])}
    assert lossclass.solve(nll).answer.value == pytest.approx(-np.log(0.75) - np.log(0.5))
    policy = {"loss": "policy_gradient", "policy": [[0.5, 0.5]], "rewards": [1]}
    assert lossclass.solve({**policy, "actions": np.array([1.0])}).answer.value == pytest.approx(
        np.log(2)
    )
    with pytest.raises(LossclassError, match=r"actions.1: expected a label, got 0.5"):
        lossclass.solve({**policy, "actions": np.array([0.5])})


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (np.ma.array(TRUE, mask=[False, True]), "say under 'mask' what counts"),
        (np.array([1j, 0]), "expected real numbers, got an array of complex128"),
        (np.array(["2020-01-01", "2020-01-02"], "M8[D]"), "expected real numbers"),
        (np.array([(1, 2.0)], dtype=[("a", int), ("b", float)]), "expected real numbers"),
        (np.array([object(), None]), r"y_true.1: expected a number"),
        (np.zeros((0, 2)), "expected at least one number"),
        ({1.0, 0.0}, "a set, which has no order"),
        ([None, 1.0], "expected a number, got None"),
        (None, "expected a number, got None"),
        (Tensor(TRUE, is_meta=True), "holds none"),
        (Tensor(TRUE, layout="torch.sparse_coo"), r"give its to_dense\(\)"),
        (Tensor(TRUE, is_nested=True), r"give its unbind\(\)"),
        (Tensor(TRUE, ready=-9), "Can't call numpy"),
    ],
)
def test_what_has_no_numbers_is_refused_with_what_to_do(given: Any, says: str) -> None:
    with pytest.raises(lossclass.InvalidProblem, match=says):
        lossclass.solve(mse(given))


CTC = {"loss": "ctc", "target": "A", "blank": "-", "time_steps": 2}


@pytest.mark.parametrize("two", [2, 2.0, np.int64(2), np.float64(2)])
def test_whole_numbers_are_labels_as_a_file_has_them(two: Any) -> None:
    keys = CTC | {"target": "2", "probabilities": {"-": 0.25, two: 0.75}}
    assert lossclass.solve(keys).step("probability").value == Decimal(1) - Decimal("0.25") ** 2


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (CTC | {"probabilities": {None: 0.2, "A": 0.8}}, "probabilities: .* got None"),
        (CTC | {"probabilities": {True: 0.2, "A": 0.8}}, "probabilities: .* got True"),
        (CTC | {"probabilities": {1: 0.2, "1": 0.8}}, "probabilities.1: '1' stands here twice"),
        (CTC | {"probabilities": {"\u00c9": 0.2, "E\u0301": 0.8}}, "'\u00c9' stands here twice"),
        (mse(TRUE) | {"published": {("loss", 1): 0.5}}, "published: .* got a list"),
        (mse(TRUE) | {1: 0.5}, "1: there is no such key"),
        (mse(TRUE) | {2.5: 0.5}, "expected a text for each key, got 2.5"),
    ],
)
def test_a_key_is_one_that_a_file_could_have_and_stands_once(given: Any, says: str) -> None:
    with pytest.raises(lossclass.InvalidProblem, match=says):
        lossclass.load(given)


def test_a_list_that_holds_itself_ends() -> None:
    endless: list[Any] = []
    endless.append(endless)
    with pytest.raises(lossclass.InvalidProblem, match="nested more than 20 deep"):
        lossclass.load(mse(endless))


@pytest.mark.parametrize("source", [None, 3, b"loss: mse", ["loss"], object()])
def test_what_is_no_source_is_said(source: Any) -> None:
    with pytest.raises(lossclass.UsageError, match="expected the path of a problem"):
        lossclass.load(source)


@pytest.mark.parametrize("text", ["loss: mse\ny_true: 1\ny_pred: 2\n", '{"loss": "mse"}'])
def test_the_text_of_a_problem_is_no_path(text: str) -> None:
    with pytest.raises(lossclass.UsageError, match=r"got its text, .*io\.StringIO\(text\)"):
        lossclass.load(text)


def test_bundled_problems_go_by_their_names_unless_there_is_such_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert lossclass.solve("hinge_sequence").answer.value == pytest.approx(1.4 / 3)
    Path("hinge_sequence").write_text("loss: mse\ny_true: 1\ny_pred: 3\n", encoding="utf-8")
    assert lossclass.solve("hinge_sequence").answer.value == 4
    with pytest.raises(lossclass.FileError, match="did you mean the bundled problem 'hello_ctc'"):
        lossclass.load("helo_ctc")


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"gradient": "yes"}, "gradient: expected True or False, got 'yes'"),
        ({"gradient": None}, "gradient: expected True or False, got None"),
        ({"everything": 1}, "everything: expected True or False"),
        ({"frameworks": "torch"}, "frameworks: expected True or False"),
        ({"round_as_you_go": "3"}, "round_as_you_go: expected a whole number from 1 to 15"),
        ({"round_as_you_go": 0}, "round_as_you_go: expected a whole number"),
        ({"round_as_you_go": True}, "round_as_you_go: expected a whole number"),
        ({"digits": 2.5}, "digits: expected a whole number"),
        ({"log_base": 3}, "log_base: expected 'e', '2' or '10'"),
        ({"reduction": 3}, "reduction: expected 'mean'"),
        ({"beam": "x"}, "beam: expected a whole number from 1"),
        ({"backward": "no"}, "backward: expected True or False"),
        ({"alignments": -1}, "alignments: expected a whole number from 0"),
        ({"titel": 2}, "titel: solve has no such option"),
        ({"gradiant": True}, "did you mean 'gradient'"),
    ],
)  # fmt: skip
def test_an_option_that_cannot_be_is_said(options: dict[str, Any], says: str) -> None:
    with pytest.raises(LossclassError, match=re.escape(says)):
        lossclass.solve("ab_ctc", **options)


def test_numpys_own_truths_and_whole_numbers_are_options() -> None:
    solution = lossclass.solve("ab_ctc", gradient=np.True_, digits=np.int64(6), beam=np.int32(2))  # type: ignore[arg-type]
    assert solution.digits == 6


# --- many numbers ---


def test_of_many_mistakes_of_one_kind_the_first_is_told_and_what_is_meant() -> None:
    rows = np.full((200, 5), 0.2)
    with pytest.raises(lossclass.InvalidProblem) as refused:
        lossclass.load({"loss": "ctc", "log_probs": rows, "target": [1, 2]})
    (mistake,) = refused.value.mistakes
    assert mistake.path == "log_probs.1.1"
    assert (mistake.file, mistake.line, mistake.column) == ("", 0, 0)
    assert "999 more are like it" in mistake.message
    assert mistake.message.endswith("these look like probabilities: give them as 'probabilities'")


@pytest.mark.parametrize(
    ("problem", "meant"),
    [
        ({"loss": "bce", "y_true": [1, 0], "y_pred": [2.0, -1.5]}, "logits"),
        ({"loss": "nll", "y_true": [1, 0], "y_pred": [[-2.0, -1.5], [-1, -3]]}, "log_probs"),
        ({"loss": "ctc", "target": "a", "blank": "-", "probabilities": {"a": -1, "-": -0.4}, "alignments": ["a-"]}, None),
        ({"loss": "bce", "y_true": [1, 0, 1], "y_pred": [0.5, 0.4, 1.5]}, None),
        ({"loss": "mse", "y_true": [1, 0], "y_pred": ["a", "b"]}, None),
    ],
)  # fmt: skip
def test_a_key_is_named_only_where_most_of_the_numbers_speak_for_it(
    problem: dict[str, Any], meant: str | None
) -> None:
    with pytest.raises(lossclass.InvalidProblem) as refused:
        lossclass.load(problem)
    assert ("these look like" in str(refused.value)) == (meant is not None)
    if meant:
        assert f"give them as {meant!r}" in str(refused.value)


@pytest.mark.thorough
def test_a_long_sum_is_written_with_its_ends() -> None:
    count = 500
    solution = lossclass.solve(mse([*range(count)], [0.0] * count))
    (line,) = (
        each.removesuffix("sum").rstrip()
        for each in str(solution).splitlines()
        if each.startswith("  S = ")
    )
    assert line == "  S = ℓ₁ + ℓ₂ + ℓ₃ + ℓ₄ + ℓ₅ + ℓ₆ + … + ℓ₄₉₈ + ℓ₄₉₉ + ℓ₅₀₀"
    assert len(str(solution).splitlines()) < 70
    (of_json,) = (each for each in solution.to_dict()["steps"] if each["id"] == "sum")
    assert "…" not in of_json["substituted"]


@pytest.mark.thorough
def test_a_table_is_limited_while_it_is_read(tmp_path: Path) -> None:
    (tmp_path / "long.csv").write_text("0.5\n" * 300_000, encoding="utf-8")
    (tmp_path / "endless.csv").write_text("0.5," * 300_000, encoding="utf-8")
    problem = tmp_path / "p.yaml"
    for name in ("long.csv", "endless.csv"):
        problem.write_text(f"loss: mse\ny_true: [1]\nfile: {name}\n", encoding="utf-8")
        with pytest.raises(lossclass.InvalidProblem, match=f"'{name}' has over 200000 numbers"):
            lossclass.load(problem)


# --- what can be done with a solution ---


@pytest.mark.some(3)
@pytest.mark.parametrize(
    "again", [copy.copy, copy.deepcopy, lambda it: pickle.loads(pickle.dumps(it))]
)
@pytest.mark.grid(24, name=[*bundled_problems()][::4])
def test_problems_and_solutions_can_be_copied_and_pickled(
    again: Callable[[Any], Any], name: str
) -> None:
    problem = lossclass.load(name)
    twin = again(problem)
    assert twin == problem
    assert hash(twin) == hash(problem)
    solution = lossclass.solve(problem, gradient=True)
    other = again(solution)
    assert other.to_dict() == solution.to_dict()
    assert str(other) == str(solution)
    assert len({solution, solution, other}) == 2


@pytest.mark.thorough
def test_a_long_chain_of_steps_is_pickled_without_a_deep_stack() -> None:
    numbers = np.full((700, 2), 0.5)
    solution = lossclass.solve(
        {"loss": "ctc", "probabilities": numbers, "target": [1]}, everything=True
    )
    assert len(solution.steps) > 1_000
    assert pickle.loads(pickle.dumps(solution)).values == solution.values


@pytest.mark.thorough
@pytest.mark.skipif(
    not shutil.which("mypy", path=str(Path(sys.executable).parent)), reason="no mypy"
)
def test_the_readmes_example_is_typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    lines = re.findall(r"^(?:>>>|\.\.\.) (.*)$", readme, re.MULTILINE)
    assert any("lossclass.solve(" in line for line in lines)
    script = tmp_path / "example.py"
    script.write_text("\n".join(lines) + "\n", encoding="utf-8")
    command = [
        str(Path(sys.executable).parent / "mypy"),
        "--strict",
        "--cache-dir",
        str(tmp_path),
        str(script),
    ]
    monkeypatch.setenv("MYPYPATH", str(ROOT))
    ended = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert ended.returncode == 0, ended.stdout
