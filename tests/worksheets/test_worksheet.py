"""Worksheets: nothing is given away, everything is asked, and the answer sheet can be read back."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar, cast
from unicodedata import normalize

import pytest
import yaml
from documents import leaks, numbers_in
from hypothesis import assume, given
from hypothesis import strategies as st
from programs import run
from pytest_regressions.file_regression import FileRegressionFixture
from rich.cells import cell_len
from rich.console import Console

import lossclass
from lossclass.arithmetic.expression import quantities_in
from lossclass.arithmetic.notation import PLAIN
from lossclass.arithmetic.number import show as show_number
from lossclass.arithmetic.symbol import Symbol
from lossclass.blocks import Paragraph, Section
from lossclass.choices import Wanted
from lossclass.errors import UsageError
from lossclass.hand_in.reading import sheets_in
from lossclass.problem.bundled import bundled_folder, bundled_problems
from lossclass.problem.placeholders import escaped
from lossclass.render import terminal
from lossclass.solving import solve
from lossclass.worksheets import Show
from lossclass.worksheets.answer_sheet import answer_sheet
from lossclass.worksheets.composing import worksheet
from lossclass.worksheets.worksheet import Grid, Question, Worksheet
from problems import GOLD, NAMES, bundled, case

HINGE = "loss: hinge\ny_true: [1]\ny_pred: [0.25]\n"

solved = case
Kind = TypeVar("Kind", Question, Grid, Paragraph)


def drawn(sheet: Worksheet, width: int = 80) -> str:
    console = Console(width=width, color_system=None, force_terminal=False, legacy_windows=False)
    return "".join(terminal.render_worksheet([sheet], console))


def blocks(sheet: Worksheet, kind: type[Kind]) -> list[Kind]:
    return [each for part in sheet.parts for each in part.blocks if isinstance(each, kind)]


def test_the_test_for_leaks_finds_every_value_of_a_solution() -> None:
    for name in ("hello_ctc", "sentiment_batch"):
        found = leaks(name, solved(name), str(solved(name)))
        assert found.keys() == {step.id for step in solved(name).steps}
    assert set(numbers_in("1.88 × 10⁻⁵, then 0.5.")) == {Decimal("1.88e-5"), Decimal("0.5")}


@pytest.mark.grid(12, name=NAMES, show=Show, gradient=[False, True])
def test_no_value_of_a_step_stands_on_its_worksheet(name: str, show: Show, gradient: bool) -> None:
    try:
        solution = solved(name, gradient=True) if gradient else solved(name)
    except UsageError as error:
        pytest.skip(str(error))
    assert leaks(name, solution, drawn(worksheet(solution, show))) == {}


def test_alignments_that_only_check_the_loss_are_asked_where_a_board_works_them() -> None:
    solution = lossclass.solve("hello_seven_steps_ctc")
    asked = worksheet(solution)
    alignments = [each.id for each in asked.questions if each.id.startswith("alignment")]
    assert alignments == ["alignment.1", "alignment.2", "alignment.3"]
    text = drawn(asked)
    assert "… 9 steps are not asked here, alignment.4 to alignments.probability." in text
    assert "--" not in text.replace("HEL--LO", "")
    every = worksheet(solution, only=["alignment"])
    assert len(every.questions) == 11
    many = lossclass.solve({"loss": "ctc", "target": "ab", "blank": "-", "time_steps": 9,
                            "probabilities": {"a": "0.2", "b": "0.3", "-": "0.5"}})  # fmt: skip
    assert "They are not listed here." in drawn(worksheet(many))
    assert "lists them" not in drawn(worksheet(many))


@pytest.mark.parametrize("name", ["word_error_rate", "go_transducer"])
def test_what_is_so_from_the_beginning_is_said_once(name: str) -> None:
    assert "From the beginning" not in drawn(worksheet(lossclass.solve(name)))
    assert "From the beginning: α₁(3) = 0" in drawn(worksheet(lossclass.solve("ab_ctc")))


@pytest.mark.grid(12, name=NAMES)
def test_every_step_is_asked_once_and_in_order(name: str) -> None:
    solution = solved(name)
    for show in Show:
        asked = [question.id for question in worksheet(solution, show).questions]
        steps = [
            step
            for step in solution.steps
            if not step.is_known
            and (step.question != "" or not (show is Show.QUESTION or step.only_in_full))
        ]
        ids = [step.id for step in steps]
        if show is Show.QUESTION:  # what a table asks for stands where the table does
            asked, ids = sorted(asked), sorted(ids)
        assert asked == ids


@pytest.mark.parametrize(
    ("name", "show"),
    [
        *(("hello_ctc", show) for show in Show),
        ("ab_ctc", Show.FORMULA),
        *(("hinge_sequence", show) for show in Show),
        ("rnn_regression_series", Show.SUBSTITUTION),
    ],
)
def test_worksheets_on_80_columns(
    name: str, show: Show, file_regression: FileRegressionFixture
) -> None:
    text = drawn(worksheet(solved(name), show))
    file_regression.check(text, fullpath=GOLD / f"worksheet.{name}.{show}.txt")


@pytest.mark.grid(12, name=NAMES, width=[60, 80, 120])
def test_no_line_is_wider_than_the_page(name: str, width: int) -> None:
    for show in Show:
        for line in drawn(worksheet(solved(name), show), width).splitlines():
            assert cell_len(line) <= width, line


# --- how much is shown ---


def sides(show: Show, id: str, name: str = "rnn_regression_series") -> list[tuple[bool, str]]:
    questions = {each.id: each for each in worksheet(solved(name), show).questions}
    return questions[id].sides(PLAIN)


def test_each_level_shows_more_of_a_step() -> None:
    assert sides(Show.QUESTION, "preactivation.2.1") == []
    assert sides(Show.FORMULA, "preactivation.2.1") == [(True, "W · h₁ + U · x₂")]
    # W = 0.1, U = 0.5 and x₂ = 2 are given; h₁ is the student's.
    assert sides(Show.SUBSTITUTION, "preactivation.2.1") == [
        (True, "W · h₁ + U · x₂"),
        (True, "0.1 × h₁ + 0.5 × 2"),
    ]


def test_a_line_that_would_be_the_answer_is_not_there() -> None:
    for show in Show:
        assert sides(show, "updated.loss") == []  # a number that was worked out elsewhere
        # y₁(_) is given, so with its number put in nothing would be left to do.
    assert sides(Show.SUBSTITUTION, "alpha.1.1", "ab_ctc") == [(True, "y₁(_)")]


def test_a_given_number_that_has_to_be_rounded_stands_behind_a_sign_that_says_so() -> None:
    solution = lossclass.solve({"loss": "hinge", "y_true": [1], "y_pred": [0.123456789123]})
    (margin, *_) = worksheet(solution, Show.SUBSTITUTION).questions
    assert margin.sides(PLAIN) == [(True, "y₁ · ŷ₁"), (False, "1 × 0.1235")]


def test_there_are_lines_to_put_numbers_in_where_there_are_any_to_be_put_in() -> None:
    def lines(show: Show, id: str, name: str = "rnn_regression_series") -> int:
        questions = {each.id: each for each in worksheet(solved(name), show).questions}
        return questions[id].lines

    assert lines(Show.FORMULA, "preactivation.2.1") == 1
    assert lines(Show.SUBSTITUTION, "preactivation.2.1") == 1  # h₁ is the student's
    assert lines(Show.SUBSTITUTION, "preactivation.1.1") == 0  # U · x₁, both of them given
    assert lines(Show.FORMULA, "y_pred.1") == 0  # o₁
    assert lines(Show.FORMULA, "updated.loss") == 0  # a number that was worked out elsewhere
    assert lines(Show.FORMULA, "alignment.2", "hello_ctc") == 1  # of 8 factors
    assert lines(Show.FORMULA, "alignment.1", "hello_ctc") == 2  # of 9
    many = lossclass.solve({"loss": "mse", "y_true": [0] * 30, "y_pred": [1] * 30})
    total = next(each for each in worksheet(many).questions if each.id == "sum")
    assert total.lines == 3


def test_tables_show_what_is_given_and_lines_ask_for_the_rest() -> None:
    sheet = worksheet(solved("rnn_regression_series"))
    grids = {each.id: each for each in blocks(sheet, Grid)}
    assert grids["given"].columns == ("t", "actual y")
    assert grids["given"].rows == (("1", Decimal(1)), ("2", Decimal("1.5")), ("3", Decimal(2)))
    # Its inputs stand in a table of theirs, and all else is asked in lines.
    assert "forward" not in grids
    assert not any(None in row for grid in grids.values() for row in grid.rows)


def test_without_formulas_a_table_takes_the_place_of_the_lines_in_it() -> None:
    sheet = worksheet(solved("ab_ctc"), Show.QUESTION)
    (alpha,) = (each for each in blocks(sheet, Grid) if each.asked)
    assert [each.id for each in alpha.asked] == [
        *(f"alpha.1.{s}" for s in "12"),
        *(f"alpha.2.{s}" for s in "1234"),
        *(f"alpha.3.{s}" for s in "12345"),
    ]
    assert [row.count(None) for row in alpha.rows] == [2, 4, 5]  # what no beginning reaches is told
    assert not any(each.id.startswith("alpha") for each in blocks(sheet, Question))
    assert not any(each.id == "alpha" for each in blocks(worksheet(solved("ab_ctc")), Grid))


def test_without_formulas_nothing_says_which_alignments_there_are() -> None:
    sheet = worksheet(solved("ab_ctc"), Show.QUESTION)
    asked = {each.id: each.title for each in sheet.questions}
    assert "alignment.1" not in asked
    assert "alignments.probability" in asked
    assert asked["best_path"] == "The best path"
    text = drawn(sheet)
    assert not re.search(r"\b(_ab|a_b|aab|ab_|abb|__a)\b", text)
    assert "its probability\n" not in drawn(worksheet(solved("ab_ctc")))
    listed = [each.id for each in worksheet(solved("hello_ctc"), Show.QUESTION).questions]
    assert {"alignment.1", "alignment.2", "alignment.3"} <= {*listed}
    only = worksheet(solved("ab_ctc"), Show.QUESTION, ["alignment"])
    assert len(only.questions) == 5


@pytest.mark.parametrize("show", Show)
def test_what_is_so_from_the_beginning_is_told_and_no_formula_tells_the_way(show: Show) -> None:
    wanted = Wanted(extras={"align": True})
    solution = solve(bundled("ab_ctc"), wanted=wanted)
    unreached = {
        f"{name}.{node}" for name in ("alpha", "delta") for node in ("1.3", "1.4", "1.5", "2.5")
    }
    known = {*unreached, "psi.2.1", "psi.3.1"}
    sheet = worksheet(solution, show)
    asked = {each.id: each for each in sheet.questions}
    steps = {step.id for step in solution.steps if step.question != "" or show is not Show.QUESTION}
    assert {*asked} == steps - known
    assert {"alpha.1.2", "span.1", "best.1"} <= {*asked}
    assert not asked["span.1"].sides(PLAIN)  # whose numbers are those of the way that is asked
    text = " ".join(drawn(sheet).split())
    if show is Show.QUESTION:
        (table,) = [each for each in blocks(sheet, Grid) if each.id == "delta"]
        assert table.rows[0][1:] == (None, None, *[Decimal(0)] * 3)
    else:
        assert "From the beginning: δ₁(3) = 0, δ₁(4) = 0, δ₂(5) = 0." in text
    assert "delta.1.5" in {each.id for each in worksheet(solution, show, ["delta.1.5"]).questions}


def test_what_is_asked_in_part_has_all_that_is_given_and_no_prose_without_steps() -> None:
    sheet = worksheet(solved("rnn_regression_series"), only=["loss"])
    assert {"rnn.weights", "rnn.inputs", "given"} <= {each.id for each in blocks(sheet, Grid)}
    text = " ".join(drawn(sheet).split())
    assert "lines without a blank say how." in text
    assert "derivative" not in text
    silent = drawn(worksheet(solved("rnn_regression_series"), Show.QUESTION, ["loss"]))
    assert "work out on paper of your own." in " ".join(silent.split())
    assert "tanh(a₁)" not in silent


def test_what_compares_or_judges_results_is_left_out() -> None:
    sheet = worksheet(solved("ab_ctc"))
    titles = [part.title for part in sheet.parts]
    assert "A check: every way comes to the same" not in titles
    text = drawn(sheet)
    for words in (
        "most probable alignment of ab is",
        "Repeats merged",
        "come to the same",
        "NumPy",
    ):
        assert words in str(solved("ab_ctc"))
        assert words not in text
    assert "The published numbers" not in drawn(worksheet(solved("hello_ctc")))


def test_a_sentence_with_a_number_that_is_not_given_is_left_out() -> None:
    solution = solved("hinge_sequence")
    first, *others = solution.sections
    hidden = [
        Paragraph("The first hinge is 0.2."),
        Paragraph("It is about 0.46667."),
        Paragraph("Look here:", tells=True),
    ]
    shown = [Paragraph("The scores are 0.8, -0.5 and 0.3."), Paragraph("There are 3 of them.")]
    said = Section(first.title, (*hidden, *shown, *first.blocks))
    sheet = worksheet(replace(solution, sections=(said, *others)))
    assert blocks(sheet, Paragraph)[:2] == shown
    assert not {*hidden} & {*blocks(sheet, Paragraph)}


# --- how much is asked ---


def told(sheet: Worksheet) -> dict[str, Any]:
    """The numbers that are told instead of asked, by their symbols."""
    tables = (each for each in blocks(sheet, Grid) if each.id == "told")
    rows = (row for table in tables for row in table.rows)
    return {PLAIN.symbol(name): value for name, value in rows if isinstance(name, Symbol)}


def test_only_takes_ids_and_what_they_begin_with() -> None:
    def asked(*only: str) -> list[str]:
        return [each.id for each in worksheet(solved("ab_ctc"), only=only).questions]

    assert asked("loss") == ["loss"]
    assert asked("loss", "alpha.2") == [*(f"alpha.2.{s}" for s in range(1, 5)), "loss"]
    assert asked("alignment") == [f"alignment.{n}" for n in range(1, 6)]  # not alignments.…
    assert asked("α") == asked("alpha")
    assert asked("p") == ["probability", "alignments.probability"]
    with pytest.raises(UsageError, match=r"called 'beta'; with --backward there is one"):
        asked("beta")
    with pytest.raises(UsageError, match=r"called 'zeta'; their names begin with alpha"):
        asked("zeta")


@pytest.mark.thorough
def test_a_long_working_asks_for_its_ends_and_tells_what_they_need() -> None:
    cells = [[0.5, 0.3, 0.2]] * 400
    problem = {"loss": "ctc", "target": "ab", "blank": "_", "labels": ["_", "a", "b"]}
    solution = lossclass.solve({**problem, "probabilities": cells})
    assert len(solution.steps) > 2000
    sheet = worksheet(solution, Show.SUBSTITUTION)
    asked = [each.id for each in sheet.questions]
    assert len(asked) < 20
    assert asked[-4:] == ["alpha.400.4", "alpha.400.5", "probability", "loss"]
    assert "1987 steps are not asked here, alpha.3.1 to alpha.400.2." in drawn(sheet)
    by_name = told(sheet)
    assert set(by_name) == {f"α₃₉₉({s})" for s in (2, 3, 4, 5)}
    assert by_name["α₃₉₉(5)"] == show_number(solution.step("alpha.399.5").decimal, 4).value
    questions = {each.id: each for each in sheet.questions}
    (_, (exact, put_in)) = questions["alpha.400.5"].sides(PLAIN)
    assert (exact, put_in.endswith(" × 0.5")) == (False, True)


def test_a_sum_of_too_many_steps_is_told_and_not_asked() -> None:
    n = 500
    numbers = {"y_true": [k % 7 / 10 for k in range(n)], "y_pred": [k % 5 / 10 for k in range(n)]}
    sheet = worksheet(lossclass.solve({"loss": "mse", **numbers}))
    asked = {each.id for each in sheet.questions}
    assert "loss" in asked
    assert "sum" not in asked
    total = sum((Decimal(k % 7) - k % 5) ** 2 for k in range(n)) / 100
    assert told(sheet)["S"] == total


def test_what_is_worked_from_asked_steps_without_being_one_is_not_told() -> None:
    solution = solved("bee_ctc", gradient=True)  # β is used, but not written
    sheet = worksheet(solution, Show.SUBSTITUTION)
    used = {
        each.id
        for question in sheet.questions
        for each in quantities_in(question.quantity.definition)
    }
    assert "beta.4.6" in used - {step.id for step in solution.steps}
    assert not any("beta.4.6" in question.known for question in sheet.questions)


# --- the answer sheet ---


def sheet_of(sheet: Worksheet) -> str:
    return answer_sheet(sheet.about.title, sheet.about.file, [(0, sheet)])


def read_back(text: str) -> list[dict[str, Any]]:
    """The documents of an answer sheet, by a reader of YAML that is not ours."""
    return list(yaml.safe_load_all(text))


@pytest.mark.grid(12, name=NAMES)
def test_an_answer_sheet_reads_back_with_every_id_and_no_answer(name: str, tmp_path: Path) -> None:
    asked = worksheet(solved(name))
    text, ids = sheet_of(asked), [each.id for each in asked.questions]
    left = {step.id for step in solved(name).steps if not step.is_known} - {*ids}
    # more than a board works, and what these come to
    assert all(re.fullmatch(r"alignment\.\d+|alignments\.probability", id) for id in left)
    (document,) = read_back(text)
    assert list(document) == ["problem", "student", "digits", "answers"]
    assert document["student"] is None
    assert document["digits"] == solved(name).digits
    assert document["answers"] == dict.fromkeys(id for id in ids if id != "alpha.1.3")
    (tmp_path / "sheet.yaml").write_text(text, encoding="utf-8")
    (sheet,) = sheets_in(tmp_path / "sheet.yaml")
    assert list(sheet.cells) == ids
    assert all(cell.is_missing for cell in sheet.cells.values())


def test_an_answer_sheet_says_what_each_answer_is() -> None:
    lines = sheet_of(worksheet(solved("hello_ctc"))).splitlines()
    assert lines[0] == "# Answer sheet for: HELLO: CTC loss over three alignments"
    assert "  alignment.1:        # P(π₁), Alignment 1: H-E-L-L-O" in lines
    assert "  valid.probability:  # p_valid(l|x), The sum without the other alignments" in lines


def test_a_comment_is_one_line_that_can_be_seen() -> None:
    sheet = worksheet(solved("hello_ctc"))
    title = "two\nanswers: {loss: 1}\u2028three \x1b[31m"
    text = sheet_of(replace(sheet, about=replace(sheet.about, title=title)))
    assert text.startswith("# Answer sheet for: two answers: {loss: 1} three \\x1b[31m\n# Fill")
    assert read_back(text)[0]["answers"]["loss"] is None


@given(
    title=st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=60),
    label=st.sampled_from(["# no", ": - {", "'\"", "a|b", "%", "null", "1", "…" * 90, "木" * 40])
    | st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=5),
    width=st.sampled_from([60, 80, 120]),
)
def test_hostile_titles_labels_and_ids_break_neither_worksheet_nor_sheet(
    title: str, label: str, width: int
) -> None:
    label = normalize("NFC", label)
    assume(label != "-")
    title = escaped(title)
    problem = {"loss": "ctc", "target": [label], "blank": "-", "time_steps": 2, "title": title}
    solution = lossclass.solve(
        {**problem, "probabilities": {label: 0.25, "-": 0.75}}, gradient=True
    )
    ids = [step.id for step in solution.steps]
    assert f"gradient.probabilities.{label}" in ids
    sheet = worksheet(solution)
    text = sheet_of(sheet)
    (document,) = read_back(text)
    assert document["answers"] == dict.fromkeys(id for id in ids if id != "alpha.1.3")
    for line in drawn(sheet, width).splitlines():
        assert cell_len(line) <= width or label in line  # a label itself is not broken


def test_a_problem_is_named_as_check_finds_it(tmp_path: Path) -> None:
    def name(argument: str | Path, typed: str = "") -> str | None:
        to = tmp_path / "sheet.yaml"
        result = run(
            "worksheet", argument, "--sheet", to, "--force", "--show", "question", typed=typed
        )
        assert (result.returncode, result.stderr) == (0, "")
        (document,) = read_back(to.read_text(encoding="utf-8"))
        return cast("str | None", document["problem"])

    path = tmp_path / "with: colon #1.yaml"
    path.write_text(HINGE)
    assert name("hello_ctc") == "hello_ctc"
    assert name(bundled_folder() / "hello_ctc.yaml") == "hello_ctc"
    assert name(path) == str(path)
    assert name("-", typed=HINGE) is None


def test_what_is_asked_in_part_is_said_in_typst_too() -> None:
    from lossclass.render import typst

    solution = lossclass.solve(bundled_problems()["hinge_sequence"])

    def source(show: Show, *only: str) -> str:
        return "".join(typst.render_worksheet([worksheet(solution, show, only)]))

    part, put_in = "Asked is only part of the working: sum, loss.", "are put in already."
    assert part in source(Show.FORMULA, "sum", "loss")
    assert put_in in source(Show.SUBSTITUTION)
    assert part not in source(Show.FORMULA)
    assert put_in not in source(Show.FORMULA)


# --- the command ---


def test_the_command_prints_a_worksheet_and_writes_a_sheet(tmp_path: Path) -> None:
    to = tmp_path / "answers.yaml"
    result = run("worksheet", "hinge_sequence", "--sheet", to)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout == (GOLD / "worksheet.hinge_sequence.formula.txt").read_text("utf-8")
    assert "hinge.3" in read_back(to.read_text(encoding="utf-8"))[0]["answers"]
    before = to.read_text(encoding="utf-8")
    again = run("worksheet", "hello_ctc", "--sheet", to)
    assert (again.returncode, again.stdout) == (4, "")
    assert again.stderr == f"{to}: this file exists; --force writes over it\n"
    assert to.read_text(encoding="utf-8") == before


def test_several_problems_are_worksheets_and_documents_one_after_another(tmp_path: Path) -> None:
    (tmp_path / "broken.yaml").write_text("loss: hinge\ny_true: [2]\ny_pred: [1]\n")
    result = run(
        "worksheet", "hello_ctc", "broken.yaml", "hinge_sequence",
        *("-o", "class.txt", "--sheet", "class.yaml", "--show", "question"),
        cwd=tmp_path,
    )  # fmt: skip
    assert (result.returncode, result.stdout) == (3, "")
    assert result.stderr.startswith("broken.yaml:2:10: y_true.1:")
    text = (tmp_path / "class.txt").read_text(encoding="utf-8")
    assert text.count("Name: ____") == 2
    documents = read_back((tmp_path / "class.yaml").read_text(encoding="utf-8"))
    assert [each["problem"] for each in documents] == ["hello_ctc", "hinge_sequence"]


def test_the_derivatives_are_asked_with_gradient() -> None:
    assert "gradient.sum" not in run("worksheet", "hinge_sequence").stdout
    assert "gradient.sum" in run("worksheet", "hinge_sequence", "--gradient").stdout


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--show", "everything"], "everything"),
        (["--only", "alpha"], "hinge_sequence: no step is called 'alpha'; their names begin with"),
        (["--only", "LOSS"], "hinge_sequence: no step is called 'LOSS'; did you mean 'loss'?"),
        (["--sheet", "answers.txt"], "its name ends in .yaml"),
        (["-o", "sheet.json"], "a worksheet is for people; it has no JSON"),
        (["-o", "one.yaml", "--sheet", "one.yaml"], "need a file each"),
    ],
)
def test_wrong_use_is_told_and_leaves_nothing_behind(
    options: list[str], says: str, tmp_path: Path
) -> None:
    result = run("worksheet", "hinge_sequence", *options, cwd=tmp_path)
    assert (result.returncode, result.stdout) == (2, "")
    assert says in " ".join(re.sub("[│╭╮╰╯─]", " ", result.stderr).split())
    assert list(tmp_path.iterdir()) == []
