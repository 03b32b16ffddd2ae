"""Everything that a command reads, gone wrong: it is read, or refused with a status and a message.

What ``test_mutated_problems.py`` does for problems is done here for answer sheets, rosters, quizzes,
arrays and tables of predictions, for what stands on the command line and for what is typed. Each
case has a random generator of its own, so that it can be had again::

    pytest tests/commands/test_mutated_inputs.py --fuzz 10000

A failure names the first case of each way to fail; ``KINDS[kind](Random(...), folder)`` makes it.
"""

from __future__ import annotations

import csv
import io
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from time import process_time
from typing import Final, TypeAlias

import numpy as np
import pytest
from programs import run
from test_mutated_problems import BYTE_MUTATIONS, MUTATIONS, VALUES, controls, kind_of

from lossclass.problem.bundled import bundled_files

MOST_SECONDS: Final = 5.0
#: What a package for a platform begins with, which is written as it is.
ZIP: Final = b"PK"


@dataclass
class Case:
    """A command line, what it reads, and the file that a refusal has to name."""

    arguments: list[str]
    typed: bytes = b""
    names: str = ""
    files: dict[str, bytes] = field(default_factory=dict)


Maker: TypeAlias = Callable[[Random, Path], Case]


def check(case: Case, folder: Path) -> int:
    """The status with which a case ends, if it ends as it must.

    Raises:
        Exception: it does not.
    """
    for name, data in case.files.items():
        (folder / name).write_bytes(data)
    start = process_time()
    ended = run(*case.arguments, typed=case.typed)
    status, errors = ended.returncode, ended.stderr
    out = "" if ended.output.startswith(ZIP) else ended.stdout
    assert status in range(5), f"status {status}"
    if status == 1:
        assert case.arguments[0] == "check", "status 1, though nothing was marked"
    elif status:
        assert (errors + out * (not case.arguments)).strip(), "a status and no message"
    assert "Traceback" not in errors
    assert "Warning" not in errors
    is_echo = any(map(controls, case.arguments))  # of what was typed on this very terminal
    if not is_echo:
        assert not controls(out + errors), "control characters"
    if status in (3, 4) and case.names:
        assert case.names in errors, "a message that does not name the file"
    assert process_time() - start < MOST_SECONDS, f"over {MOST_SECONDS} s"
    return status


def mutated_text(random: Random, text: str) -> bytes:
    for _ in range(random.choice([0, 1, 1, 1, 2, 3])):
        text = random.choice(MUTATIONS)(random, text)
    data = text.encode(errors="surrogatepass")
    return random.choice(BYTE_MUTATIONS)(random, data) if random.random() < 0.2 else data


# --- answer sheets -----------------------------------------------------------------------

SHEETS: Final = {
    "hinge_sequence": "problem: hinge_sequence.yaml\nstudent: s1042\nanswers:\n  hinge.1: 0.2\n"
    '  hinge.2: 0.5\n  hinge.3: {value: 0.3, working: "1 - 0.7"}\n  loss: 1.4\n',
    "hello_ctc": "answers:\n  alignment.1: 0.00018816\n  alignment.2: 0.00659\n"
    '  probability: {value: 0.0254, working: "0.0065856 + 0.0188"}\n  loss: 3.673\n',
    "ab_ctc": "student: A\nanswers: {alpha.1.1: 0.6, alpha.2.3: 0.14, loss: 2.02}\n"
    "---\nstudent: B\nanswers: {loss: 0.879, alpha.3.4: }\n",
}  # fmt: skip


def _sheet(random: Random, folder: Path) -> Case:
    problem = random.choice(list(SHEETS))
    options = [
        *random.choice([[], ["--format", "json"], ["--format", "csv"], ["--show"]]),
        *random.choice([[], [], ["--tolerance", "1%"]]),
    ]
    data = mutated_text(random, SHEETS[problem])
    return Case(
        ["check", problem, str(folder / "sheet.yaml"), *options],
        names="sheet.yaml",
        files={"sheet.yaml": data},
    )


# --- rosters -----------------------------------------------------------------------------

CELLS: Final = [
    *("Ada", "Ben", "s1042", "1", "007", "é", "O'Neil", '"Lee, Kim"', '"a ""b"""', '"', '""', "'"),
    *("=1+2", "+1", "-1", "@x", '=HYPERLINK("x")', "../../etc", "a/b", "con", ".", "..", "~", "-"),
    *("\0", "\x1b[31m", "\u202e", "\u200b", "\ufeff", "😀", "e\u0301", "x" * 300, "x" * 200_000),
    *("a;b", "a\tb", "a|b", "", " ", "student", "id", "null", "yes", "a: b", "# x", "{a}", "\r"),
]
HEADERS: Final = [
    *("student", "id", "Student,Name", "name;id", "id\tname", "name", "", '"student"', "student,student"),
    *("\ufeffstudent", "STUDENT", " student ", "sep=;\nstudent", "id,student", "stüdent", '"student'),
]  # fmt: skip


def _roster(random: Random, folder: Path) -> Case:
    rows = [random.choice(HEADERS)]
    rows += [
        random.choice([",", ",", ";", "\t"]).join(random.choices(CELLS[:30], k=2))
        for _ in range(random.randrange(4))
    ]
    rows += random.choices(CELLS, k=random.randrange(3))
    data = random.choice(["\n", "\n", "\r\n", "\r"]).join(rows).encode(errors="surrogatepass")
    if random.random() < 0.3:
        data = random.choice(BYTE_MUTATIONS)(random, data)
    only = ["--only-answers"] if random.random() < 0.8 else []
    out = str(folder / "class" / str(random.random()))
    roster = str(folder / "roster.csv")
    Path(out).mkdir(parents=True)
    return Case(
        ["variants", "hinge_sequence", "--roster", roster, "--seed", "1", "-o", out, *only],
        names="roster.csv",
        files={"roster.csv": data},
    )


# --- tables of a class -------------------------------------------------------------------

TABLES: Final = {
    "hinge_sequence": "student,hinge.1,hinge.2,sum,loss,Comment\nAda,0.2,0.5,1.4,0.467,\n"
    '"Lee, Kim",0.2,"0,5",3. Mai,=1.4/3,"a\nb"\nZoë,,?,#REF!,1E-05,x\nAda,.2,50%,1.4,0.467,\n',
    "hello_ctc": "First name;Last name;ID number;Email address;alignment.1;probability;L\n"
    "Ada;Lovelace;1;ada@b.org;0,00018816;0,00207;6,18\nZoë;O'Hara;2;zoe@b.org;;2.07e-3;-ln(0.00207)\n",
    "ab_ctc": "Student\tID\tSIS User ID\tSIS Login ID\tSection\talpha.1.1\tloss\n"
    "    Points Possible\t\t\t\t\t2\t(read only)\nLee, Kim\t7\ta\tb\tc\t0.6\t2.02\n",
}  # fmt: skip


def _table(random: Random, folder: Path) -> Case:
    problem = random.choice(list(TABLES))
    data = mutated_text(random, TABLES[problem])
    if random.random() < 0.1:
        data = _workbook(TABLES[problem])
        for _ in range(random.randrange(3)):
            data = random.choice(BYTE_MUTATIONS)(random, data)
    table = str(folder / "table.csv")
    folder = folder / f"{random.random()}"
    options = [
        *random.choice([[], *(["--format", name] for name in ("json", "csv", "moodle", "canvas"))]),
        *random.choice([[], [], ["--roster", table], ["--column", "student"]]),
        *random.choice([[], [], ["--feedback", str(folder)]]),
    ]
    return Case(["check", problem, table, *options], names="table.csv", files={"table.csv": data})


def _workbook(text: str) -> bytes:
    """The table as a workbook; as it is, where there is nothing to write one with."""
    try:
        from openpyxl import Workbook
    except ImportError:
        return text.encode()
    book, stream = Workbook(), io.BytesIO()
    sheet = book.create_sheet()
    for row in csv.reader(io.StringIO(text)):
        sheet.append(row)
    book.save(stream)
    return stream.getvalue()


# --- quizzes -----------------------------------------------------------------------------

QUIZ: Final = """\
quiz: My questions
questions:
  - fill: "CTC merges ___ and then removes ___."
    accept: [[repeats, repeated labels], [blanks, the blanks]]
    why: In the other order, HELLO could never be written.
  - choose: "Which losses take scores?"
    options: [cross-entropy, hinge, hinge for sequences]
    answer: [2, 3]
  - short: "What is a margin?"
    model: How far a score is on the right side. The hinge asks for at least 1.
    keywords: [score, [right side, correct side]]
  - fill: ln 1 is ___
    accept: [0, zero]
"""
TYPED: Final = [
    *(b"repeats", b"blanks", b"2, 3", b"1", b"hinge", b"", b" ", b"r", b"p", b"w", b"9999", b"-1"),
    *(b"\xff\xfe", b"\0", b"\x1b[31m", b"\x1b]0;x\x07", "👨‍👩‍👧 ½ ∞".encode(), b"x" * 100_000, b"\r"),
    *(b"9" * 5000, b"1" * 5000 + b", 2", "\u202e\u2028x\x85y".encode(), b"1,,2", b"2 3", b"\t"),
    *(b"?", b"??", b"skip", b"hint", b"quit", b"0.2", b"1/0", b"2^2^2^2^2", b"ln(-1)", b"exp(1e9)"),
    *(b"0.6*0.2", b"(" * 3000, b"-" * 3000 + b"1", b"1e999999999", b"1e-99999", b"nan", b"inf"),
    *("0,5 ± 1%".encode(), "−ln(0.132)".encode(), b"max()", b"1+", b"H", b"%s %n {0} $(x)", b"-0"),
]  # fmt: skip


def _lines(random: Random) -> bytes:
    end = random.choice([b"\n", b"\n", b"\r\n", b"\r"])
    lines = end.join(random.choices(TYPED, k=random.randrange(40)))
    return random.choice(BYTE_MUTATIONS)(random, lines) if random.random() < 0.3 else lines


def _quiz(random: Random, folder: Path) -> Case:
    options = random.choice([["--answers"], ["--answers", "--seed", "3"], []])
    return Case(
        ["quiz", str(folder / "quiz.yaml"), *options],
        typed=_lines(random),
        names="quiz.yaml",
        files={"quiz.yaml": mutated_text(random, QUIZ)},
    )


def _typed(random: Random, _folder: Path) -> Case:
    practised = [
        "practice",
        random.choice(["hinge_sequence", "ab_ctc", "hello_ctc", "weather_rnn"]),
    ]
    return Case(random.choice([practised, practised, ["quiz"]]), typed=_lines(random))


# --- predictions -------------------------------------------------------------------------

WITH_FILES: Final = [
    "loss: sequence_hinge\ny_true: [1, -1, 1]\nfile: {}\n",
    "loss: mean_squared_error\ny_true: [1, 0, 1]\nfile: {}\n",
    "loss: ctc\ntarget: [A]\nclasses: [\"-\", A]\nblank: '-'\nfile: {}\n",
    "loss: ctc\ntarget: [A]\nclasses: [\"-\", A]\nblank: '-'\nlogits: {}\n",
    "loss: categorical_cross_entropy\nclasses: [a, b]\ny_true: [a, b, a]\nfile: {}\n",
    "loss: binary_cross_entropy\ny_true: [1, 0, 1]\nlogits: {}\n",
]
SHAPES: Final = [(3,), (3, 1), (1, 3), (3, 2), (3, 1, 2), (0,), (0, 2), (), (2, 2, 2), (1,) * 20]
DTYPES: Final = [
    *("<f8", ">f8", "<f4", "<f2", ">f2", "<i8", ">i4", "<u1", "<u8", "<c16", "?", "S3", "U3", "O"),
    *("<M8[s]", "<m8[D]", "V8", "<g", "<f8,<i4"),
]
NUMBERS: Final = [
    *(0.5, 0.5, 0.25, 1.0, 0.0, -1.0, 3.0, -0.0, 1e-310, 1e300, -1e300),
    *(float("inf"), float("-inf"), float("nan"), -float("nan")),
]
LYING_HEADERS: Final = [
    "{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000000,), }",
    "{'descr': '<f8', 'fortran_order': False, 'shape': (99999999999999999999, 3), }",
    "{'descr': '<f8', 'fortran_order': False, 'shape': (-1, 3), }",
    "{'descr': '<f8', 'fortran_order': 3, 'shape': 'x', }",
    "{'descr': '|O', 'fortran_order': False, 'shape': (3,), }",
    "{'descr': [('a', '<f8', (2, 2))], 'fortran_order': False, 'shape': (3,), }",
    "{'descr': ['<f8'], 'fortran_order': False, 'shape': (3,), }",
    "{'descr': '<f0', 'fortran_order': False, 'shape': (3,), }",
    "{'descr': ',', 'fortran_order': False, 'shape': (3,), }",
    "{'descr': '<U999999999', 'fortran_order': False, 'shape': (3,), }",
    "{'descr': '<f8', 'fortran_order': False, 'shape': (3,)",
    "__import__('os').system('true')",
    "[" * 5000,
    "(" * 150 + ")" * 150,
    "9" * 5000,
    "{'descr': '<f8', 'fortran_order': False, 'shape': (3L,), }",
    "\0",
    "",
]


def _npy(random: Random) -> bytes:
    if random.random() < 0.3:
        return _with_header(random.choice(LYING_HEADERS), random)
    shape, dtype = random.choice(SHAPES[:5] * 2 + SHAPES), random.choice(DTYPES[:6] * 3 + DTYPES)
    few = NUMBERS[:3] if random.random() < 0.6 else NUMBERS
    values = np.array(random.choices(few, k=int(np.prod(shape)))).reshape(shape)
    if "m" in dtype.lower():  # times, which not every number is
        values = np.zeros(shape)
    with np.errstate(all="ignore"):
        array = values.astype(dtype)
    if random.random() < 0.3:
        array = np.asfortranarray(array)
    file = io.BytesIO()
    version = random.choice([None, None, (1, 0), (2, 0), (3, 0)])
    np.lib.format.write_array(file, array, version=version, allow_pickle=True)
    data = file.getvalue()
    return random.choice(BYTE_MUTATIONS[:4])(random, data) if random.random() < 0.4 else data


def _with_header(header: str, random: Random) -> bytes:
    version = random.choice([1, 2, 3, 0, 255])
    text = header.encode() + b"\n"
    size = struct.pack("<H" if version == 1 else "<I", random.choice([len(text), 9, 65535]))
    return b"\x93NUMPY" + bytes([version, 0]) + size + text + random.randbytes(24)


def _csv(random: Random) -> bytes:
    cells = ["0.5", "0.25", "1", "0", *VALUES, *CELLS[:30]]
    few = cells[:3] if random.random() < 0.6 else cells
    separator = random.choice([",", ",", ",", ";", "\t", ", "])
    columns = random.choice([1, 2, 3])
    rows = [separator.join(random.choices(few, k=columns)) for _ in range(random.choice([0, 1, 3]))]
    data = random.choice(["\n", "\r\n", "\r"]).join(rows).encode(errors="surrogatepass")
    return random.choice(BYTE_MUTATIONS)(random, data) if random.random() < 0.4 else data


def _predictions(random: Random, folder: Path) -> Case:
    name, data = random.choice([("p.npy", _npy), ("p.csv", _csv), ("p.NPY", _npy)])
    given = random.choice(WITH_FILES).format(name)
    return Case(
        ["solve", str(folder / "problem.yaml"), "--detail", "brief"],
        names="problem.yaml",
        files={"problem.yaml": given.encode(), name: data(random)},
    )


# --- the command line itself ---------------------------------------------------------------

WORDS: Final = [
    *("", " ", "0", "1", "-1", "3", "16", "1e3", "99999999999999999999", "0x10", "1.5", "½", "٣", "三"),
    *("nan", "inf", "-inf", "∞", "1%", "-1%", "%", "1%%", "1e999999999%", "1e-999999999", "x", "None"),
    *("\x1b[31m", "\u202e", "a\nb", "\udcff", "😀", "-", "--", "-x", "--help", "e", "2", "10", "mean"),
    *("alpha", "alpha.", "loss", "LOSS", ".", "..", "a" * 5000, "[red]x[/red]", "[/]", "{}", "%s"),
    *("nowhere/x.svg", "nowhere/x.yaml", "x.txt", "/", "/dev/null", "~", "*", "hello_ctc", "ctc"),
]  # fmt: skip
COMMANDS: Final = {
    "solve hinge_sequence": "--format --detail --digits --log-base --reduction --round-as-you-go "
    "--beam --alignments --plot --output",
    "solve ab_ctc": "--digits --log-base --round-as-you-go --beam --alignments --detail",
    "check hinge_sequence": "--answer --tolerance --format --output",
    "worksheet ab_ctc": "--show --only --sheet --digits --output",
    "practice hinge_sequence": "--only --save",
    "quiz": "--seed",
    "key hinge_sequence -o keys": "--format --digits",
    "variants hinge_sequence --only-answers -o class": "--seed --count --roster --show --format",
    "export hinge_sequence": "--to --tolerance --count --seed --output",
    "explain": "--versus",
    "explain mse": "--versus",
    "new": "",
    "list": "",
    "schema": "",
    "": "--version",
}


def _words(random: Random, folder: Path) -> Case:
    command, known = random.choice(list(COMMANDS.items()))
    arguments = command.split()
    if "-o" in arguments:
        arguments[-1] = str(folder / str(random.random()))
    for option in random.choices([*known.split(), ""], k=random.choice([1, 1, 2])):
        word = random.choice(WORDS)
        if option == "--count" and word.isdecimal() and int(word) > 1000:
            continue
        arguments += [option, word] if option else [word]
    return Case(arguments, typed=_lines(random))


# --- standard input, in the place of a file --------------------------------------------------


def _standard_input(random: Random, folder: Path) -> Case:
    text = random.choice(list(bundled_files().values())).read_text(encoding="utf-8")
    command = random.choice(["solve", "worksheet", "check", "variants", "export", "key"])
    more = {
        "check": ["--answer", "1"],
        "variants": ["--count", "2", "--seed", "1", "-o", str(folder / str(random.random()))],
        "export": ["--to", random.choice(["moodle", "gift", "qti", "canvas", "cloze"])],
        "key": ["-o", str(folder / str(random.random()))],
    }
    return Case([command, "-", *more.get(command, [])], typed=mutated_text(random, text))


KINDS: Final[dict[str, Maker]] = {
    "sheet": _sheet,
    "roster": _roster,
    "table": _table,
    "quiz": _quiz,
    "typed": _typed,
    "predictions": _predictions,
    "words": _words,
    "standard input": _standard_input,
}


def case_of(kind: str, seed: int, number: int, folder: Path) -> Case:
    return KINDS[kind](Random(f"{kind} {seed} {number}"), folder)  # noqa: S311


@pytest.mark.fuzz
@pytest.mark.parametrize("kind", KINDS)
def test_mutated_inputs_are_read_or_refused_and_nothing_else(
    kind: str, pytestconfig: pytest.Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    seed, count = pytestconfig.getoption("--fuzz-seed"), pytestconfig.getoption("--fuzz") // 30
    failures: dict[str, tuple[int, Case]] = {}
    statuses: set[int] = set()
    for number in range(count):
        case = case_of(kind, seed, number, tmp_path)
        try:
            statuses.add(check(case, tmp_path))
        except Exception as error:  # noqa: BLE001 - every way is wrong, and is told below
            failures.setdefault(kind_of(error), (number, case))
    told = [f"case {number}: {kind}\n{case!r:.2000}" for kind, (number, case) in failures.items()]
    assert not told, "\n".join(told)
    if count >= 50:  # enough of both that neither road is left out
        assert statuses & {0, 1}
        assert statuses - {0, 1} or kind == "typed"
