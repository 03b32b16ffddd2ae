"""The command line as users meet it: standard streams and exit statuses."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from programs import LOSSCLASS, mostly_thorough, run, shell, start, tree

import lossclass
from lossclass import losses
from lossclass.commands import NAMES
from lossclass.commands.parameters import with_options
from lossclass.problem.bundled import bundled_folder, bundled_problems
from problems import schema

HELLO = str(bundled_folder() / "hello_ctc.yaml")
HINGE = "loss: hinge\ny_true: [1]\ny_pred: [0.25]\n"
BROKEN = "loss: hinge\ny_true: [2]\ny_pred: [0.25]\n"


#: Every command, with what it writes, if anything.
COMMANDS = {
    "": "",
    "solve": "hello_ctc missing.yaml",
    "check": "hinge_sequence --answer 1.4",
    "proofread": "missing.md -",
    "worksheet": "ab_ctc --sheet sheet.yaml",
    "practice": "hinge_sequence --save sheet.yaml",
    "quiz": "",
    "explain": "hinge --help",
    "key": "hinge_sequence -o keys",
    "variants": "hinge_sequence --count 2 --seed s -o class",
    "export": "hinge_sequence --to canvas",
    "site": "hello_ctc -o public",
    "list": "",
    "new": "ctc",
    "schema": "--wrong",
}


@pytest.mark.parametrize("command", mostly_thorough(COMMANDS, ["practice"]))
def test_a_process_of_its_own_does_what_is_done_in_this_one(command: str, tmp_path: Path) -> None:
    """What these tests see in their own process is what users see."""
    assert set(COMMANDS) == {"", *NAMES}
    arguments = [*command.split(), *COMMANDS[command].split()]
    ended, written = [], []
    for way in (start, run):
        folder = tmp_path / way.__name__
        folder.mkdir()
        ended.append(way(*arguments, typed="0.8\n0.2\nx\n", cwd=folder))
        written.append(tree(folder))
    assert ended[0] == ended[1]
    assert written[0] == written[1]


def test_a_file_a_name_and_standard_input_give_the_same_working(tmp_path: Path) -> None:
    by_file, by_name = run("solve", HELLO), run("solve", "hello_ctc", cwd=tmp_path)
    by_stdin = run("solve", "-", typed=Path(HELLO).read_text(encoding="utf-8"))
    assert by_file.returncode == by_name.returncode == by_stdin.returncode == 0
    assert "L ≈ 6.180" in by_file.stdout
    assert by_file.stdout == by_name.stdout == by_stdin.stdout
    assert by_file.stderr == ""


def test_what_is_not_a_terminal_gets_80_columns_without_colour_unless_it_says_more() -> None:
    plain = shell(f"{LOSSCLASS} solve hello_ctc").stdout
    assert "\x1b" not in plain
    assert max(map(len, plain.splitlines())) == 80
    assert max(map(len, run("solve", "hello_ctc", COLUMNS="60").stdout.splitlines())) == 60


def test_no_color_wins_over_a_forced_terminal() -> None:
    forced = run("solve", "hello_ctc", FORCE_COLOR="1").stdout
    assert "\x1b[" in forced
    colours = run("solve", "hello_ctc", FORCE_COLOR="1", NO_COLOR="1").stdout
    assert not [code for code in ("\x1b[31m", "\x1b[32m", "\x1b[33m", "36m") if code in colours]


def test_json_is_one_object_for_one_problem_and_an_array_for_several(tmp_path: Path) -> None:
    one = json.loads(run("solve", "hello_ctc", "--format", "json").stdout)
    assert one == lossclass.solve(lossclass.load(HELLO)).to_dict()
    several = json.loads(run("solve", "hello_ctc", "123_ctc", "--format", "json").stdout)
    assert [each["problem"]["loss"] for each in several] == ["ctc", "ctc"]
    (tmp_path / "two.yaml").write_text(f"{HINGE}---\n{HINGE}")
    assert len(json.loads(run("solve", tmp_path / "two.yaml", "--format", "json").stdout)) == 2


def test_a_bad_file_among_several_is_reported_and_the_others_still_come_out(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(HINGE)
    (tmp_path / "b.yaml").write_text(BROKEN)
    (tmp_path / "c.yml").write_text(HINGE)
    result = run("solve", ".", "--format", "json", cwd=tmp_path)
    assert [each["problem"]["file"] for each in json.loads(result.stdout)] == ["a.yaml", "c.yml"]
    assert result.stderr == "b.yaml:2:10: y_true.1: expected 1 or -1, got '2'\n"
    assert result.returncode == 3


def test_several_answers_name_their_files(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(HINGE)
    (tmp_path / "b.yaml").write_text(HINGE)
    result = run("solve", "a.yaml", "b.yaml", "--detail", "answer", cwd=tmp_path)
    assert result.stdout == "a.yaml: L = 0.75\nb.yaml: L = 0.75\n"


def test_options_take_the_place_of_the_problems_own_keys() -> None:
    def answer(*options: str) -> str:
        return run("solve", "hello_ctc", "--detail", "answer", *options).stdout

    assert answer("--digits", "7") == "L ≈ 6.180323\n"
    assert answer("--log-base", "2") == "L ≈ 8.916\n"  # 6.18032 / ln 2
    assert answer("--log-base", "10") == "L ≈ 2.684\n"  # 6.18032 / ln 10
    assert run("solve", "hinge_sequence", "--detail", "answer", "--reduction", "sum").stdout == (
        "L = 1.4\n"
    )
    each = run("solve", "hinge_sequence", "--detail", "answer", "--reduction", "none").stdout
    assert each == "L₁ = 0.2, L₂ = 0.5, L₃ = 0.7\n"


def test_published_numbers_are_not_held_against_another_formula() -> None:
    document = json.loads(
        run("solve", "hinge_sequence", "--reduction", "sum", "--format", "json").stdout
    )
    assert document["published"] == []
    assert "published-not-audited" in [remark["code"] for remark in document["remarks"]]


def test_rounding_as_you_go_shows_both_answers() -> None:
    result = run("solve", "hello_ctc", "--round-as-you-go", "1", "--format", "json")
    document = json.loads(result.stdout)
    rounded = document["round_as_you_go"]["values"]
    assert rounded["alignment.1"] == 0.0002
    assert rounded["alignment.2"] == rounded["alignment.3"] == 0.0009
    assert rounded["probability"] == 0.002  # 0.0002 + 0.0009 + 0.0009
    assert rounded["loss"] == 6  # -ln 0.002 = 6.2146
    remarks = {remark["code"]: remark["text"] for remark in document["remarks"]}
    assert remarks["rounded-as-you-go"].endswith("gets the same answer to 1 significant digit.")


def test_rounding_that_changes_the_answer_shows_both(tmp_path: Path) -> None:
    (tmp_path / "p.yaml").write_text("loss: hinge\ny_true: [1, 1]\ny_pred: [0.86, 0.86]\n")
    result = run("solve", tmp_path / "p.yaml", "--round-as-you-go", "1")
    # Each margin is 0.86, rounded 0.9; each hinge then 0.1, and their sum 0.2 instead of 0.28.
    assert "gets loss = 0.2 instead of 0.28." in " ".join(result.stdout.split())


def test_strict_ends_with_1_only_if_a_published_number_is_wrong() -> None:
    assert run("solve", "hello_ctc", "--strict").returncode == 1
    assert run("solve", "hinge_sequence", "--strict").returncode == 0


def test_output_is_written_whole_and_never_over_a_file_without_force(tmp_path: Path) -> None:
    to = tmp_path / "key.json"
    assert run("solve", "hello_ctc", "-o", to).returncode == 0
    first = to.read_text(encoding="utf-8")
    assert json.loads(first)["answer"]["id"] == "loss"  # the suffix asks for JSON
    again = run("solve", "123_ctc", "-o", to)
    assert (again.returncode, again.stdout) == (4, "")
    assert again.stderr == f"{to}: this file exists; --force writes over it\n"
    assert to.read_text(encoding="utf-8") == first
    assert run("solve", "123_ctc", "-o", to, "--force").returncode == 0
    assert json.loads(to.read_text(encoding="utf-8"))["problem"]["title"].startswith("123")
    assert list(tmp_path.iterdir()) == [to]


def test_nothing_is_left_behind_when_nothing_could_be_solved(tmp_path: Path) -> None:
    (tmp_path / "b.yaml").write_text(BROKEN)
    result = run("solve", "b.yaml", "b.yaml", "-o", "key.txt", cwd=tmp_path)
    assert result.returncode == 3
    assert [path.name for path in tmp_path.iterdir()] == ["b.yaml"]


def test_a_folder_that_cannot_be_written_to_is_said_so(tmp_path: Path) -> None:
    result = run("solve", "hello_ctc", "-o", tmp_path / "nowhere" / "key.txt")
    assert result.returncode == 4
    assert "No such file or directory" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.thorough
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_reader_that_goes_away_is_no_error() -> None:
    command = f"{LOSSCLASS} solve hello_ctc 123_ctc deep_ctc hinge_sequence"
    result = shell(f"set -o pipefail; {command} | head -n 1")
    assert (result.returncode, result.stderr) == (0, "")


@pytest.mark.parametrize(
    ("arguments", "status", "says"),
    [
        (["solve", "nowhere.yaml"], 4, "nowhere.yaml: there is no such file"),
        (["solve", "helo_ctc"], 4, "did you mean the bundled problem hello_ctc?"),
        (["solve", "HELLO_CTCS"], 4, "did you mean the bundled problem hello_ctc?"),
        (["solve"], 2, "lossclass solve"),
        (["solve", "hello_ctc", "--format", "xml"], 2, "'xml' is not one of terminal, json"),
        (["solve", "hello_ctc", "--digits", "0"], 2, "--digits"),
        (["solve", "hello_ctc", "--log-base", "3"], 2, "--log-base"),
        (["sovle"], 2, "sovle"),
        (["solve", ""], 4, "'': a name is empty"),
        (
            ["solve", "hello_ctc", "hinge_sequence", "--plot", "x.svg"],
            2,
            "--plot draws one problem",
        ),
        (["check", "hello_ctc", ""], 4, "'': a name is empty"),
        (["check", "hello_ctc", "x", "--seed", "s", "--given", "a=1"], 2, "no --given with it"),
        (
            ["check", "hello_ctc", "--answer", "1", "--tolerance", "x"],
            2,
            "or a percentage, such as 1%",
        ),
        (["check", "hello_ctc", "--answer", "1", "--tolerance", "-1"], 2, "expected a number or a"),
        (
            ["export", "hello_ctc", "--to", "qti", "--count", "3"],
            2,
            "--count and --seed go together",
        ),
        (["variants", "hello_ctc", "--seed", "s"], 2, "give one of --count and --roster"),
        (
            [
                "variants",
                "hello_ctc",
                "--seed",
                "s",
                "--count",
                "3",
                "--jobs",
                "2",
                "--cluster",
                "here:1",
            ],
            2,
            "--jobs is for this machine, --cluster for others",
        ),
        (["new", "lstm", "--ask"], 2, "a network's template is filled in by hand"),
    ],
)
def test_wrong_use_ends_with_its_status_and_a_message(
    arguments: list[str], status: int, says: str
) -> None:
    result = run(*arguments)
    assert result.returncode == status
    assert says in " ".join(result.stderr.split())
    assert result.stdout == ""
    assert "Traceback" not in result.stderr


def test_an_empty_folder_is_said_to_be_empty(tmp_path: Path) -> None:
    result = run("solve", tmp_path)
    assert result.returncode == 4
    assert "no .yaml file" in result.stderr


def test_list_names_every_loss_and_every_bundled_problem() -> None:
    listed = run("list").stdout
    for name in (*losses.names(), *bundled_problems()):
        assert re.search(rf"(?<!\S){re.escape(name)}(?!\S)", listed), name


def test_new_prints_a_problem_that_solves() -> None:
    printed = run("new", "mse")
    assert printed.returncode == 0
    assert run("solve", "-", typed=printed.stdout).returncode == 0


def test_new_for_a_loss_that_is_not_there_suggests_the_nearest() -> None:
    result = run("new", "hing")
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr == "no loss is called 'hing'; did you mean 'hinge'?\n"


def test_schema_prints_the_json_schema() -> None:
    assert json.loads(run("schema").stdout) == schema()


def test_version_and_help_load_neither_numpy_nor_yaml() -> None:
    code = (
        "import sys, lossclass.cli\n"
        "for option in ('--version', '--help'):\n"
        "    sys.argv = ['lossclass', option]\n"
        "    try: lossclass.cli.main()\n"
        "    except SystemExit as ended: assert not ended.code\n"
        "    print(sorted({'numpy', 'yaml'} & set(sys.modules)), file=sys.stderr)"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, check=True, text=True
    )
    assert result.stderr == "[]\n[]\n"
    assert run("--version").stdout == f"lossclass {lossclass.__version__}\n"


def test_solving_a_hinge_problem_loads_no_other_loss() -> None:
    code = (
        "import sys, lossclass\n"
        "lossclass.solve({'loss': 'hinge', 'y_true': [1], 'y_pred': [1]})\n"
        "print([m for m in sys.modules if m.startswith('lossclass.losses.') and 'ctc' in m])"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, check=True, text=True
    )
    assert result.stdout == "[]\n"


@pytest.mark.thorough
def test_formulas_come_out_as_utf8_whatever_the_locale() -> None:
    result = start("solve", "hello_ctc", "--detail", "answer", PYTHONIOENCODING="ascii", LC_ALL="C")
    assert result.stdout == "L ≈ 6.180\n"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_knows_the_bundled_problems(shell: str) -> None:
    words = "lossclass solve hel"
    result = run(
        _LOSSCLASS_COMPLETE=f"complete_{shell}",
        _TYPER_COMPLETE_ARGS=words,
        COMP_WORDS=words,
        COMP_CWORD="2",
        _TYPER_COMPLETE_FISH_ACTION="get-args",
    )
    assert "hello_ctc" in result.stdout


def test_an_option_of_which_the_help_could_say_nothing_is_told_to_who_wrote_it() -> None:
    def list(losses_only: bool = False) -> None: ...

    with pytest.raises(TypeError, match="losses_only is in no OPTIONS"):
        with_options("list", list, {})
