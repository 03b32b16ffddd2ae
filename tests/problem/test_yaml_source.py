"""Depth is told in our words, at the place where it is too much, whatever the parser minds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from programs import run

from lossclass.errors import InvalidProblem, Mistake
from lossclass.problem import yaml_source
from lossclass.problem.text import decode
from lossclass.problem.yaml_source import DEEPEST, read_documents

LOADERS = [each for each in (getattr(yaml, "CSafeLoader", None), yaml.SafeLoader) if each]
TOO_DEEP = f"nested more than {DEEPEST} deep"
MANY = 10_000
BAD_FILES = sorted(
    path
    for folder in ("problem/bad_problems", "quiz/bad_quizzes")
    for path in (Path(__file__).parents[1] / folder).glob("*.yaml")
)
#: Text that is nested too deep, and the line and column where its level 21 begins.
SHAPES = {
    "brackets": ("[" * MANY, 1, DEEPEST + 1),
    "braces": ("{" * MANY, 1, DEEPEST + 1),
    "brackets and braces": ("[{" * MANY, 1, DEEPEST + 1),
    "dashes": ("- " * MANY, 1, 2 * DEEPEST + 1),
    "question marks": ("? " * MANY, 1, 2 * DEEPEST + 1),
    "dashes and question marks": ("- ? " * MANY, 1, 2 * DEEPEST + 1),
    "dashes before braces": ("- " * 10 + "{" * MANY, 1, 2 * 10 + (DEEPEST - 10) + 1),
    "a value": ("loss: hinge\ny_pred: " + "[" * MANY, 2, len("y_pred: ") + DEEPEST),
    "a value behind wide letters": ("é𝛼: " + "[" * MANY, 1, len("é𝛼: ") + DEEPEST),
    "keys in lines": (
        "".join(f"{' ' * level}a:\n" for level in range(200)),
        DEEPEST + 1,
        DEEPEST + 1,
    ),
    "a list a line": ("[\n" * MANY, DEEPEST + 1, 1),
    "one document of many": ("loss: hinge\n---\n" * 50 + "[" * MANY, 2 * 50 + 1, DEEPEST + 1),
    "closed again": ("[" * 300 + "]" * 300, 1, DEEPEST + 1),
    "closed, as a key": ("{" + "[" * 300 + "]" * 300 + ": 1}", 1, DEEPEST + 1),
    "before what is not YAML": ("[" * 100 + "@", 1, DEEPEST + 1),
    "before an open quote": ("[" * 100 + '"', 1, DEEPEST + 1),
    "before a tab": ("- " * 100 + "\t@", 1, 2 * DEEPEST + 1),
}


@pytest.fixture(params=LOADERS, ids=lambda loader: loader.__name__)
def _each_parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yaml_source, "_Loader", request.param)


def mistakes(written: str) -> list[Mistake]:
    with pytest.raises(InvalidProblem) as caught:
        read_documents(written, "p.yaml")
    return caught.value.mistakes


@pytest.mark.usefixtures("_each_parser")
@pytest.mark.parametrize(("written", "line", "column"), SHAPES.values(), ids=SHAPES)
@pytest.mark.some(6)
def test_what_is_too_deep_is_told_where_it_is(written: str, line: int, column: int) -> None:
    *earlier, last = mistakes(written)
    assert last == Mistake(TOO_DEEP, "", "p.yaml", line, column)
    assert all("a key has to be a text" in mistake.message for mistake in earlier)


@pytest.mark.usefixtures("_each_parser")
@pytest.mark.parametrize("before", ["[" * DEEPEST, "- " * DEEPEST, "[[[], [[]],"])
def test_what_is_not_yaml_before_it_is_too_deep_is_told_as_that(before: str) -> None:
    (mistake,) = mistakes(before + "@" + "[" * MANY)
    assert mistake.message.startswith("not YAML: ")
    assert (mistake.line, mistake.column) == (1, len(before) + 1)


def test_a_parser_with_a_limit_of_its_own_does_not_speak_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    parse = yaml.parse
    limit = DEEPEST + 5

    def with_a_limit(written: str, **options: Any) -> Iterator[Any]:
        """Minds what is deep before it gives any event, as it reads ahead."""
        found = written.find("[" * (limit + 1))
        if found >= 0:
            place = yaml.Mark("p.yaml", found + limit, 0, found + limit, None, 0)
            raise yaml.MarkedYAMLError("while it looks ahead", place, "too much of it", place)
        yield from parse(written, **options)

    monkeypatch.setattr(yaml, "parse", with_a_limit)
    assert mistakes("[" * MANY) == [Mistake(TOO_DEEP, "", "p.yaml", 1, DEEPEST + 1)]


@pytest.mark.parametrize(
    ("arguments", "start", "levels", "opening"),
    [
        pytest.param(["solve"], "loss: hinge\ny_pred:\n  ", 1, "[", id="problem"),
        pytest.param(["check", "hello_ctc"], "answers:\n  loss:\n    ", 2, "{", id="sheet"),
        pytest.param(["quiz"], "quiz: Deep\nquestions:\n  - ", 2, "- ", id="quiz"),
    ],
)
def test_every_file_that_is_read_is_refused_alike(
    arguments: list[str], start: str, levels: int, opening: str, tmp_path: Path
) -> None:
    """The text at the start is as many levels deep as ``levels`` says."""
    (tmp_path / "deep.yaml").write_text(start + opening * MANY, encoding="utf-8")
    ended = run(*arguments, "deep.yaml", cwd=tmp_path)
    *lines, last = start.splitlines()
    column = len(last) + (DEEPEST - levels) * len(opening) + 1
    assert ended.returncode == 3
    assert f"deep.yaml:{len(lines) + 1}:{column}: {TOO_DEEP}" in ended.stderr


@pytest.mark.usefixtures("_each_parser")
def test_what_is_not_yaml_is_told_in_our_words() -> None:
    for path in BAD_FILES:
        try:
            read_documents(decode(path.read_bytes(), path.name), path.name)
        except InvalidProblem as error:
            theirs = getattr(error.__context__, "problem", None)
            for mistake in error.mistakes:
                said = mistake.message.removeprefix("not YAML: ")
                assert said.partition("; it begins in line")[0] != theirs, mistake


@pytest.mark.usefixtures("_each_parser")
@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("tensor([[1., 2.],\n   [3., 4.]], device='cuda:0')", [["1.", "2."], ["3.", "4."]]),
        ("tensor([1, 2], grad_fn=<AddmmBackward0>)", ["1", "2"]),
        ("array([1. , 2.5], dtype=float32)", ["1.", "2.5"]),
        ("np.array([], dtype=int64)", []),
        ("[tensor(1.5), np.float64(-2e-05), jnp.asarray(3)]", ["1.5", "-2e-05", "3"]),
        ("[tensor(0.5, grad_fn=<A>),\n  tensor(1.)]", ["0.5", "1."]),
        ("Parameter containing:\ntensor([[1., 2.]], requires_grad=True)", [["1.", "2."]]),
        ("Array([ 0.5, -2. ], dtype=float32, weak_type=True)", ["0.5", "-2."]),
        (
            "tf.Tensor(\n[[1. 2.]\n [3. 4.]], shape=(2, 2), dtype=float32)",
            [["1.", "2."], ["3.", "4."]],
        ),
        (
            "<tf.Tensor: shape=(1, 2), dtype=int32, numpy=\narray([[1, 2]], dtype=int32)>",
            [["1", "2"]],
        ),
        ("[ 0.5  1.e-05 -2. ]", ["0.5", "1.e-05", "-2."]),
        ("[[ 5 10  5 10]\n [ 1  2  3  4]]", [["5", "10", "5", "10"], ["1", "2", "3", "4"]]),
        ("[[[0.1 0.2]]\n\n [[0.3 0.4]]]", [[["0.1", "0.2"]], [["0.3", "0.4"]]]),
        ("|\n  [[True False]\n   [nan -inf]]", [["True", "False"], ["nan", "-inf"]]),
        ("(0.5, 1.5)", ["0.5", "1.5"]),
        ("[np.float64(0.5), np.float64(-2e-05)]", ["0.5", "-2e-05"]),
        ("tensor(2.5, grad_fn=<MeanBackward0>)", "2.5"),
        ("(a, b)", "(a, b)"),
        ("[a b]", ["a b"]),
        ("['1 2']", ["1 2"]),
        ("'tensor([1, 2])'", "tensor([1, 2])"),
        ("tensor([1, 2", "tensor([1, 2"),
        ("tensor([1, &a 2])", "tensor([1, &a 2])"),
        ("my_tensor([1, 2])", "my_tensor([1, 2])"),
        ("a tensor([1, 2])", "a tensor([1, 2])"),
    ],
)
def test_what_python_prints_of_an_array_is_its_lists(written: str, read: Any) -> None:
    assert read_documents(f"key: {written}\n", "p.yaml")[0].plain() == {"key": read}


def test_mistakes_behind_a_printed_array_have_their_places() -> None:
    with pytest.raises(InvalidProblem, match=r"^p.yaml:4:10: not YAML: a list"):
        read_documents("a: [[1 2]\n [3 4]]\nb: 1\nc: [1, 2 }\n", "p.yaml")


def test_spaces_that_do_not_break_are_spaces() -> None:
    written = "loss:\xa0mse\n\xa0\ny_true:\n\xa0\xa0- 1\xa0\n  -\xa02\n"
    assert read_documents(written, "p.yaml")[0].plain() == {"loss": "mse", "y_true": ["1", "2"]}


@pytest.mark.parametrize(
    "written",
    ["[1,0,0,1]", "[1, 0, 0, 1]", "[1,0,\n 0,1]", "[1,0]", "['1','0', '0','1']", "[1,0, 0]"],
)
def test_commas_between_whole_numbers_are_no_decimal_commas(written: str) -> None:
    (document,) = read_documents(f"a: {written}", "")
    assert not document.mistakes
