"""Problem files that cannot be meant, and what is said of them.

Every ``bad_problems/NAME.yaml`` has the messages that it must give in ``NAME.txt`` beside it.
Dropping two files in is adding a test; ``--force-regen`` writes the messages anew: read them as a
student would before you keep them.
"""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal
from pathlib import Path

import pytest
from pytest_regressions.file_regression import FileRegressionFixture

import lossclass
from lossclass import cli
from lossclass.errors import MOST_LISTED, InvalidProblem, Mistake
from lossclass.problem.bundled import bundled_problems
from problems import yaml_in

FOLDER = Path(__file__).parent / "bad_problems"
NAMES = sorted(path.stem for path in FOLDER.glob("*.yaml"))


def told(name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> str:
    """What ``lossclass solve NAME.yaml`` writes to standard error, in the folder of the file."""
    monkeypatch.chdir(FOLDER)
    monkeypatch.setattr(sys, "argv", ["lossclass", "solve", f"{name}.yaml"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    output, errors = capsys.readouterr()
    assert ended.value.code == 3
    assert not output
    return errors


@pytest.mark.parametrize("name", NAMES)
def test_a_bad_problem_gives_its_messages_and_status_3(
    name: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    file_regression: FileRegressionFixture,
) -> None:
    messages = told(name, monkeypatch, capsys)
    file_regression.check(messages, encoding="utf-8", fullpath=FOLDER / f"{name}.txt")


def test_messages_are_one_a_line_in_the_order_of_the_file() -> None:
    for name in NAMES:
        lines = (FOLDER / f"{name}.txt").read_text(encoding="utf-8").splitlines()
        assert lines, name
        places = []
        for each in lines:
            file, line, column, message = each.split(":", 3)
            assert file == f"{name}.yaml"
            assert message.strip(), name
            assert each.isprintable(), name
            places.append((int(line), int(column)))
        assert places == sorted(places), name


def test_every_bad_problem_has_its_messages_and_all_messages_have_their_problem() -> None:
    assert sorted(path.stem for path in FOLDER.glob("*.txt")) == NAMES


def test_of_very_many_mistakes_the_first_are_told_and_how_many_more_there_are() -> None:
    mistakes = [Mistake("wrong", "", "a.yaml", line, 1) for line in range(1, MOST_LISTED + 8)]
    *listed, last = str(InvalidProblem(mistakes)).splitlines()
    assert listed == [*map(str, mistakes[:MOST_LISTED])]
    assert last == "… and 7 more"


@pytest.mark.some(6)
@pytest.mark.parametrize("name", bundled_problems())
def test_a_key_is_held_against_those_that_are_there(name: str) -> None:
    """No check of several keys needs one that is missing, or is not what it should be."""
    keys = yaml_in(bundled_problems()[name])
    for other in keys:
        with suppress(InvalidProblem):
            lossclass.load({key: each for key, each in keys.items() if key != other})
        with pytest.raises(InvalidProblem):
            lossclass.load({**keys, other: {"no": "such"}})


def test_python_gets_the_mistakes_that_the_command_line_prints() -> None:
    path = FOLDER / "several_mistakes.yaml"
    with pytest.raises(InvalidProblem) as raised:
        lossclass.load(path)
    printed = path.with_suffix(".txt").read_text(encoding="utf-8")
    assert str(raised.value).replace(str(path), path.name) + "\n" == printed
    assert raised.value.exit_status == 3


def test_a_bad_file_does_not_keep_others_from_being_solved(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(FOLDER)
    arguments = ["unknown_loss.yaml", "hello_ctc", "letter_in_number.yaml"]
    monkeypatch.setattr(sys, "argv", ["lossclass", "solve", "--format", "json", *arguments])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    output, errors = capsys.readouterr()
    assert ended.value.code == 3
    assert [solution["problem"]["loss"] for solution in json.loads(output)] == ["ctc"]
    assert errors == "".join(
        Path(argument).with_suffix(".txt").read_text(encoding="utf-8")
        for argument in arguments
        if argument.endswith(".yaml")
    )


# --- labels that YAML takes for something else ---

#: Plain scalars that YAML 1.1 reads as booleans, numbers, times, dates, nothing or a merge.
LABELS = [
    "NO", "on", "y", "true", "123", "1e3", "1.0", "1.00", "12:30", "null", "Null", "<<", "=", "~",
    "0x1F", "017", "0o17", "1_000", "+1", ".inf", ".nan", "2001-01-01", "2001-01-01 12:30:00",
]  # fmt: skip
BLANK = "-"


def in_block() -> str:
    """A problem whose labels stand in lines of their own, as they are."""
    lines = ["loss: ctc", 'blank: "-"', "target:", *(f"- {label}" for label in LABELS)]
    lines += ["probabilities:", *(f"  {label}: 0.5" for label in LABELS), '  "-": 0.5']
    lines += ["alignments:", "-", *(f"  - {label}" for label in LABELS)]
    return "\n".join(lines) + "\n"


def in_flow() -> str:
    """The same problem with brackets and braces."""
    labels = ", ".join(LABELS)
    probabilities = ", ".join(f"{label}: 0.5" for label in LABELS)
    return (
        f'loss: ctc\nblank: "-"\ntarget: [{labels}]\n'
        f'probabilities: {{{probabilities}, "-": 0.5}}\nalignments: [[{labels}]]\n'
    )


def in_json() -> str:
    """The same problem as JSON, which is YAML."""
    return json.dumps(
        {
            "loss": "ctc",
            "blank": BLANK,
            "target": LABELS,
            "probabilities": dict.fromkeys([*LABELS, BLANK], 0.5),
            "alignments": [LABELS],
        }
    )


@pytest.mark.parametrize("written", [in_block, in_flow, in_json])
def test_labels_stay_the_text_that_was_written(written: Callable[[], str]) -> None:
    problem = lossclass.load(io.StringIO(written()))
    inputs = problem.inputs.model_dump()
    assert inputs["blank"] == BLANK
    assert inputs["target"] == tuple(LABELS)
    assert list(inputs["probabilities"]) == [*LABELS, BLANK]
    assert inputs["alignments"] == (tuple(LABELS),)
    for label in [*inputs["target"], *inputs["probabilities"], *inputs["alignments"][0]]:
        assert type(label) is str


@pytest.mark.parametrize("written", [in_block, in_flow, in_json])
def test_json_output_has_the_labels_as_they_were_written(
    written: Callable[[], str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(sys, "argv", ["lossclass", "solve", "--format", "json", "-"])
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(written().encode())))
    with pytest.raises(SystemExit) as ended:
        cli.main()
    output, errors = capsys.readouterr()
    assert (ended.value.code, errors) == (0, "")
    solution = json.loads(output)
    (table,) = solution["tables"]
    assert table["rows"] == [[label, 0.5] for label in [*LABELS, BLANK]]
    (alignment,) = [step for step in solution["steps"] if step["id"] == "alignment.1"]
    assert " · ".join(LABELS) in alignment["title"]
    assert [each["code"] for each in solution["remarks"]] == ["probabilities-do-not-sum-to-one"]


@pytest.mark.parametrize("blank", ["~", "null", "NO", "<<", "=", "0", "1e3", "_", "ε", "–", "␣"])
def test_the_blank_stays_the_text_that_was_written(blank: str) -> None:
    text = f"""
        loss: ctc
        target: [a]
        blank: {blank}
        probabilities: {{a: 0.5, {blank}: 0.5}}
        alignments: [[a, {blank}]]
    """
    inputs = lossclass.load(io.StringIO(text)).inputs.model_dump()
    assert inputs["blank"] == blank
    assert inputs["alignments"] == (("a", blank),)
    assert list(inputs["probabilities"]) == ["a", blank]


@pytest.mark.parametrize("target", ["123", "1e3", "017", "~", "NO", "null", "12:30"])
def test_a_target_that_looks_like_a_number_is_one_label_per_character(target: str) -> None:
    labels = dict.fromkeys(target, 0.5)
    text = json.dumps(
        {"loss": "ctc", "blank": "-", "probabilities": labels, "alignments": [list(target)]}
    )
    problem = lossclass.load(io.StringIO(text.removesuffix("}") + f", target: {target} }}"))
    assert problem.inputs.model_dump()["target"] == tuple(target)


def test_texts_stay_the_text_that_was_written() -> None:
    text = "loss: hinge\ny_true: [1]\ny_pred: [1]\ntitle: {}\nsource: {}\n"
    for written in [*LABELS, "1:2", "yes", "50%"]:
        inputs = lossclass.load(io.StringIO(text.format(written, written))).inputs
        assert (inputs.title, inputs.source) == (written, written)


@pytest.mark.parametrize(
    ("written", "number"),
    [("1e-3", "0.001"), ("+0.5", "0.5"), (".5", "0.5"), ("5.", "5"), ("017", "17"), ("−2", "-2"),
     ("1E+2", "100"), ('"0.25"', "0.25"), ("'1e1'", "10"), ("-0", "0"), ("0.10", "0.1")],
)  # fmt: skip
def test_numbers_are_decimal_however_they_are_written(written: str, number: str) -> None:
    text = f"loss: hinge\ny_true: [1]\ny_pred: [{written}]\n"
    scores = lossclass.load(io.StringIO(text)).inputs.model_dump()["y_pred"]
    assert scores == (Decimal(number),)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_encodings_and_line_ends_do_not_change_a_problem(encoding: str, line_end: str) -> None:
    text = 'loss: ctc\ntarget: É\nblank: "-"\nprobabilities: {É: 0.5}\nalignments: [É]\n'
    problem = lossclass.load(io.BytesIO(text.replace("\n", line_end).encode(encoding)))
    assert problem.inputs.model_dump()["target"] == ("É",)
