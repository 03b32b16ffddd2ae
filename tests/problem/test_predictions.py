"""``file:`` in the place of ``y_pred``: read from beside the problem, and from nowhere else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lossclass

HINGE = "loss: hinge\ny_true: [1, -1]\n"


def problem(folder: Path, text: str) -> Path:
    path = folder / "problem.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def refused(path: Path) -> lossclass.Mistake:
    with pytest.raises(lossclass.InvalidProblem) as caught:
        lossclass.load(path)
    (mistake,) = caught.value.mistakes
    return mistake


NAMED = "loss: cross_entropy\ny_true: [pos, neg]\n"


def test_the_first_line_of_a_csv_file_may_name_its_columns(tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text("# neg, pos\n0.25,0.75\n0.5,0.5\n")
    read = lossclass.load(problem(tmp_path, NAMED + "file: p.csv\n"))
    assert read.inputs.classes == ("neg", "pos")  # type: ignore[attr-defined]
    (tmp_path / "scores.csv").write_text("score\n0.8\n0.5\n")
    solution = lossclass.solve(problem(tmp_path, HINGE + "file: scores.csv\n"))
    assert solution.answer.value == pytest.approx(0.2 + 1.5)


def test_columns_that_are_named_in_another_order_are_refused(tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text("neg,pos\n0.25,0.75\n0.5,0.5\n")
    mistake = refused(problem(tmp_path, NAMED + "classes: [pos, neg]\nfile: p.csv\n"))
    assert mistake.message == (
        "the columns of 'p.csv' are neg, pos, and classes has another order: pos, neg"
    )


def test_a_csv_file_gives_the_numbers_as_they_are_written(tmp_path: Path) -> None:
    (tmp_path / "scores.csv").write_text("0.8,0.5\n")
    solution = lossclass.solve(problem(tmp_path, HINGE + "file: scores.csv\n"))
    assert solution.answer.value == pytest.approx((1 - 0.8) + (1 + 0.5))
    assert solution.to_dict()["steps"][0]["substituted"] == "1 × 0.8"


def test_one_column_is_as_good_as_one_row(tmp_path: Path) -> None:
    (tmp_path / "scores.csv").write_text("0.8\n0.5\n")
    solution = lossclass.solve(problem(tmp_path, HINGE + "file: scores.csv\n"))
    assert solution.answer.value == pytest.approx((1 - 0.8) + (1 + 0.5))


def test_an_npy_file_gives_rows_of_predictions(tmp_path: Path) -> None:
    np.save(tmp_path / "p.npy", np.array([[0.25, 0.75], [0.5, 0.5]]))
    solution = lossclass.solve(problem(tmp_path, "loss: nll\ny_true: [1, 0]\nfile: p.npy\n"))
    assert solution.answer.value == pytest.approx(-np.log(0.75) - np.log(0.5))


def test_options_still_apply_to_a_problem_with_a_file(tmp_path: Path) -> None:
    (tmp_path / "scores.csv").write_text("0.8,0.5\n")
    path = problem(tmp_path, HINGE + "file: scores.csv\n")
    mean = lossclass.solve(lossclass.load(path), reduction="mean").answer.value
    assert mean == pytest.approx(((1 - 0.8) + (1 + 0.5)) / 2)


def test_a_number_that_is_none_is_told_like_any_other(tmp_path: Path) -> None:
    (tmp_path / "scores.csv").write_text("0.8,O.5\n")
    mistake = refused(problem(tmp_path, HINGE + "file: scores.csv\n"))
    assert mistake.message == (
        "'scores.csv', line 1: expected a number, got 'O.5'; is one of its digits a letter?"
    )
    assert (mistake.path, mistake.line) == ("file", 3)


@pytest.mark.parametrize(
    ("keys", "says"),
    [
        ("file: nowhere.csv", "'nowhere.csv': No such file"),
        ("file: ../scores.csv", "leads out of the folder"),
        ("file: /etc/passwd", "leads out of the folder"),
        ("file: scores.txt", "expected a .npy or .csv file, got 'scores.txt'"),
        ("file: broken.npy", "is no .npy file of numbers"),
        ("file: objects.npy", "is no .npy file of numbers"),
        ("file: deep.npy", "expected real numbers in at most two dimensions"),
        ("file: latin.csv", "is no CSV file"),
        ("file: [a]", "expected the name of a .npy or .csv file, got a list"),
        ("file: scores.csv\ny_pred: [1, 1]", "there is y_pred already"),
    ],
)
def test_what_cannot_be_read_is_refused_at_its_line(tmp_path: Path, keys: str, says: str) -> None:
    folder = tmp_path / "inside"
    folder.mkdir()
    (tmp_path / "scores.csv").write_text("1,1\n")
    (folder / "broken.npy").write_bytes(b"no array")
    (folder / "latin.csv").write_bytes(b"\xff\xfe1")
    np.save(folder / "objects.npy", np.array([object()]), allow_pickle=True)
    np.save(folder / "deep.npy", np.zeros((2, 2, 2)))
    mistake = refused(problem(folder, HINGE + keys + "\n"))
    assert says in mistake.message
    assert (mistake.path, mistake.line) == ("file", 3)


@pytest.mark.parametrize("name", ["x.npz", "p.txt", "model.h5"])
@pytest.mark.parametrize("key", ["logits", "probabilities", "log_probs"])
def test_the_name_of_another_kind_of_file_is_told_from_numbers(
    tmp_path: Path, key: str, name: str
) -> None:
    path = problem(tmp_path, f"loss: ctc\ntarget: [1]\n{key}: {name}\n")
    assert f"expected a .npy or .csv file, got '{name}'" in refused(path).message


@pytest.mark.parametrize("number", ["0.5", "1.e5", "-.inf", ".5"])
def test_a_number_is_no_name_of_a_file(number: str) -> None:
    from lossclass.problem.predictions import _is_name

    assert not _is_name(number)


@pytest.mark.parametrize("content", [b"no array", b"", b"\x93NUMPY\x01\x00v"])
def test_a_broken_array_is_told_without_advice_for_programmers(
    tmp_path: Path, content: bytes
) -> None:
    (tmp_path / "p.npy").write_bytes(content)
    message = refused(problem(tmp_path, HINGE + "file: p.npy\n")).message
    assert message == "'p.npy' is no .npy file of numbers, or not a whole one"


@pytest.mark.some(3)
@pytest.mark.filterwarnings("error")
@pytest.mark.grid(kind=["float16", "float32", "longdouble", "int8"], shape=[(3, 2), (150, 100)])
def test_arrays_of_every_kind_of_number_are_read_as_doubles(
    tmp_path: Path, kind: str, shape: tuple[int, int]
) -> None:
    array = (np.arange(shape[0] * shape[1]).reshape(shape) % 3).astype(kind)
    np.save(tmp_path / "z.npy", array)
    text = "loss: ctc\ntarget: [1]\nlogits: z.npy\n"
    from_file: Any = getattr(lossclass.load(problem(tmp_path, text)).inputs, "logits")  # noqa: B009
    loaded = lossclass.load({"loss": "ctc", "target": [1], "logits": array})
    given: Any = getattr(loaded.inputs, "logits")  # noqa: B009 - not every loss has them
    assert from_file.shape == given.shape == shape
    assert (from_file.array() == array).all()
    assert (given.array() == array).all()


def test_a_long_double_in_a_list_of_numbers() -> None:
    keys = {"loss": "hinge", "y_true": [1, -1], "y_pred": np.array([0.5, 0.25], "longdouble")}
    assert lossclass.solve(keys).answer.value == pytest.approx((1 - 0.5) + (1 + 0.25))


def test_a_loss_that_takes_no_predictions_has_no_such_key(tmp_path: Path) -> None:
    path = problem(tmp_path, "loss: custom\nformula: sum(y)\ngiven: {y: [1]}\n"
                             "file: x.npy\n")  # fmt: skip
    assert "there is no such key" in refused(path).message


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (
            "0,8;-0,5\n",
            "line 1: expected numbers such as 0.8,-0.5, got '0,8;-0,5'; write a decimal point",
        ),
        (
            "0.8;-0.5\n",
            "line 1: expected numbers such as 0.8,-0.5, got '0.8;-0.5'; write a comma,",
        ),
        (
            "0.8 -5e-01\n",
            "line 1: expected numbers such as 0.8,-0.5, got '0.8 -5e-01'; write commas",
        ),
        ('0.8\n\n"0,5"\n', "line 3: expected a number, got '0,5'; the decimal mark is a point"),
        ("0.8\nscore\n", "line 2: expected a number, got 'score'"),
        (",0,1\n0,0.8,0.5\n", "line 1: the first cell is empty; of a table with an index, write"),
    ],
)
def test_what_is_no_number_is_told_with_its_file_and_line(
    tmp_path: Path, content: str, says: str
) -> None:
    (tmp_path / "scores.csv").write_text(content)
    mistake = refused(problem(tmp_path, HINGE + "file: scores.csv\n"))
    assert mistake.message.startswith(f"'scores.csv', {says}")
    assert (mistake.path, mistake.line) == ("file", 3)
