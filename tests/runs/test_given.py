"""``--given``: problems that are typed, without a file."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from programs import Ended, run

import lossclass
from lossclass import losses
from lossclass.errors import LossclassError, UsageError
from lossclass.problem.problem import validate
from lossclass.problem.typed import Given, as_example, as_typed, as_yaml, typed_value
from lossclass.runs.batch import sources_of
from problems import ANY_CHARACTER

TWO = ("--given", "y_true=1,2", "--given", "y_pred=1.1,1.9")


def test_a_loss_with_its_numbers_is_solved() -> None:
    ended = run("solve", "mse", *TWO, "--format", "json")
    assert (ended.returncode, ended.stderr) == (0, "")
    solution = json.loads(ended.stdout)
    assert solution["problem"]["loss"] == "mean_squared_error"
    assert solution["answer"]["value"] == pytest.approx((0.1**2 + 0.1**2) / 2)


def test_it_is_checked_practised_printed_and_keyed(tmp_path: Path) -> None:
    assert run("check", "mse", *TWO, "--answer", "0.01").returncode == 0
    wrong = run("check", "mse", *TWO, "--answer", "0.02")
    assert wrong.returncode == 1
    assert "This is the sum; divide it by 2." in wrong.stdout
    assert "e₁ = y₁ − ŷ₁" in run("practice", "mse", *TWO, typed="quit\n").stdout
    assert "e₁ = y₁ − ŷ₁" in run("worksheet", "mse", *TWO).stdout
    assert run("key", "mse", *TWO, "-o", tmp_path).returncode == 0
    assert [path.name for path in tmp_path.iterdir()] == ["mean_squared_error.html"]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1,2", ["1", "2"]),
        ("1, -2.5", ["1", "-2.5"]),
        ("1 -2 3", ["1", "-2", "3"]),
        ("[1 4 -3]", ["1", "4", "-3"]),
        ("[[1. 2.]\n [3. .4]]", [["1.", "2."], ["3.", ".4"]]),
        ("array([1., 2.])", ["1.", "2."]),
        ("tensor([[0.1, 0.2]], dtype=torch.float64)", [["0.1", "0.2"]]),
        ("1", "1"),
        ("1,", ["1"]),
        ("1,2;3,4", [["1", "2"], ["3", "4"]]),
        ("1 2; 3 4", [["1", "2"], ["3", "4"]]),
        ("[[1, 2], [3, 4]]", [["1", "2"], ["3", "4"]]),
        ("[1, 2], [3, 4]", [["1", "2"], ["3", "4"]]),
        ("cat, dog", ["cat", "dog"]),
        ("HELLO", "HELLO"),
        ("H-E,HE-", ["H-E", "HE-"]),
        ("a=0.5,-=0.2", {"a": "0.5", "-": "0.2"}),
        ("a: 0.5, b: 0.2", {"a": "0.5", "b": "0.2"}),
        ("{inputs: [1, 2], U: 0.5}", {"inputs": ["1", "2"], "U": "0.5"}),
        ("'1, 2'", "1, 2"),
        ("0.3,∞", ["0.3", "∞"]),
    ],
)
def test_values_are_read_as_they_are_typed(text: str, value: Any) -> None:
    assert typed_value("y_true", text) == value


@pytest.mark.parametrize("key", ["title", "statement", "question", "blank", "formula"])
def test_a_text_keeps_its_commas(key: str) -> None:
    assert typed_value(key, "1, 2; [3") == "1, 2; [3"


def told(ended: Ended, status: int) -> str:
    assert (ended.returncode, ended.stdout) == (status, "")
    return ended.stderr.rstrip("\n")


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        ((*TWO, "--given", "weights=1,x"), 3, "--given weights.2: expected a number, got 'x'"),
        (TWO[:2], 3, "--given y_pred: missing"),
        (
            ("--given", "targets=1,2", "--given", "preds=1"),
            3,
            (
                "--given preds: expected 2 numbers, one for each of y_true, got 1; is there a comma for a "
                "decimal point in y_true, as in [0,8, 0,5]?"
            ),
        ),
        (
            (*TWO, "--given", "targets=1"),
            3,
            "--given targets: here it means y_true, which is here as well; keep one of the two",
        ),
        ((*TWO, "--given", "rnn.U=x"), 3, "--given rnn.U: expected a number, got 'x'"),
        (("--given", "3"), 2, "--given 3: expected a key and its value, such as y_true=1,2"),
        ((*TWO, "--given", "y_true=1"), 2, "--given y_true: it is given twice"),
        (
            (*TWO, "--given", "y_true.a=1"),
            2,
            "--given y_true.a: y_true is given as a value already",
        ),
        (
            ("--given", "y_true=[1,2"),
            3,
            "--given y_true:1:7: not YAML: a list [ … ] with a comma or its end missing",
        ),
    ],
)
def test_what_is_wrong_is_told_by_the_key(
    arguments: tuple[str, ...], status: int, message: str
) -> None:
    assert message in told(run("solve", "mse", *arguments), status).splitlines()


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (("hello_ctc",), "hello_ctc: this problem has its numbers; --given goes with the name"),
        (("mse", "mae"), "--given: it is for one loss, and there are 2 names"),
        (
            ("log_loss",),
            "--given loss: no loss is called 'log_loss': it is binary_cross_entropy for two",
        ),
    ],
)
def test_it_goes_with_the_name_of_a_loss(names: tuple[str, ...], message: str) -> None:
    ended = run("solve", *names, *TWO)
    assert ended.returncode in (2, 3)
    assert ended.stderr.startswith(message)


@pytest.mark.parametrize("name", losses.canonical_names())
def test_a_loss_alone_is_told_how_to_give_its_numbers(name: str) -> None:
    with pytest.raises(UsageError, match="this is a loss, and a problem needs numbers too") as said:
        sources_of(name)
    assert f"lossclass solve {name} --given" in str(said.value)


def own_keys(name: str) -> dict[str, Any]:
    """What the template of a loss has, as it was written."""
    text = f"loss: {name}\n{losses.template_of(name)}"
    return {**lossclass.load(io.StringIO(text)).data, "loss": name}


@pytest.mark.parametrize("name", losses.canonical_names())
def test_what_is_told_to_type_is_the_template(name: str) -> None:
    import shlex

    data = own_keys(name)
    pairs = shlex.split(" ".join(as_typed({k: v for k, v in data.items() if k != "loss"})))
    typed = Given(name, tuple(pairs)).problem(losses)
    assert repr(typed.inputs) == repr(validate(data, losses).inputs)


@pytest.mark.parametrize("name", losses.canonical_names())
def test_what_is_written_as_yaml_is_read_again(name: str) -> None:
    data = own_keys(name)
    again = lossclass.load(io.StringIO(as_yaml(data)))
    assert repr(again.inputs) == repr(validate(data, losses).inputs)
    for key, value in data.items():
        assert typed_value(key, as_example(value)) == value


@given(
    st.lists(
        st.text(ANY_CHARACTER, max_size=12) | st.sampled_from(["y_true=1", "y_pred=[1", "a={b"]),
        max_size=4,
    )
)
def test_anything_typed_is_solved_or_refused_in_words(pairs: list[str]) -> None:
    told: list[str] = []
    try:
        Given("mse", tuple(pairs)).problem(losses)
    except LossclassError as error:
        told.append(str(error))
    assert all(told)


LABELS = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=4)


@given(st.dictionaries(LABELS, st.decimals(0, 1, places=2).map(str), min_size=1, max_size=3))
def test_labels_of_any_kind_are_written_so_that_they_are_read(shares: dict[str, str]) -> None:
    from lossclass.problem.yaml_source import read_documents

    (document,) = read_documents(as_yaml({"probabilities": shares}), "")
    assert not document.mistakes
    from unicodedata import normalize

    assert document.plain() == {
        "probabilities": {normalize("NFC", label): each for label, each in shares.items()}
    }
