"""Problem files that went wrong in thousands of ways: each is solved, or refused with its reasons.

A case is made from one of the bundled problems with a random generator of its own, seeded by
``--fuzz-seed`` and the number of the case, so that every case can be had again::

    pytest tests/commands/test_mutated_problems.py --fuzz 10000

A failure names the first case of each kind; ``mutated(seed, number)`` gives its bytes.
"""

from __future__ import annotations

import io
import json
import math
import re
import traceback
from collections.abc import Callable
from pathlib import Path
from random import Random
from time import process_time
from typing import Final, TypeAlias
from unicodedata import category

import pytest
from programs import run

import lossclass
from lossclass import losses
from lossclass.problem.bundled import bundled_problems
from lossclass.problem.files import load_all
from lossclass.problem.text import decode

BUNDLED: Final = [path.read_text(encoding="utf-8") for path in bundled_problems().values()]
MOST_SECONDS: Final = 2.0
Mutation: TypeAlias = Callable[[Random, str], str]

# --- mutations ---------------------------------------------------------------------------

TOKENS: Final[list[str]] = [
    *"[]{}(),:#&*!|>%@`?-\"'\\~=\t \n\r\0\a\x7f\x85\xa0\xad\ufeff\ufffe\u2028\u200b\u202e\u2066",
    *("---\n", "...\n", "- ", "? ", ": ", ", ", "\r\n", "\n\n", "\n\t", "  ", "''", '""', "{}", "[]"),
    *("&a ", "*a", "&a *a", "<<: *x", "<<: {loss: hinge}", "!!python/object/apply:os.system [ls]"),
    *("!!float ", "!", "!!binary ", "!%1b%5b31m ", "%YAML 1.1\n", "%TAG ! tag:x,2026:\n", "# "),
    *("\x1b[31m", '"\\e[31m"', '"\\alpha"', '"\\u202e"', '"\\N\\L\\P"', '"a\\nb": ', '"\\x41"'),
    *("[" * 21, "[" * 500, "{a: " * 25, "- " * 30, "? " * 30, "]" * 5, ">-\n", "|+2\n", "''''"),
    *("😀", "👨‍👩‍👧", "\u05d0\u05d1", "e\u0301", "\u0301", "\U0001d4db", "\ud7ff", "ß", "−", "’"),
    *("**x**", "`x`", "# x", "> ", "1. ", "[x](y)", "&#x202E;", "&#27;", "<b>", "|a|b|\n|-|-|\n"),
]  # fmt: skip
VALUES: Final[list[str]] = [
    *("0", "1", "-1", "2", "-0", "0.0", "0.5", "-0.5", "1e-3", ".5", "5.", "1e5", "0.1234567890123"),
    *("1e999", "-1e999", "1e-400", "1e299", "-1e299", "1e-299", "9e150", "1e-150", "9" * 40, "9" * 41),
    *("7" * 5000, "0." + "3" * 38, "1e999999999", "1e9999999999", "0x1F", "1_000", "1,5", "O.5", "½"),
    *(".nan", "nan", ".inf", "-.inf", "∞", "-∞", "true", "NO", "null", "~", "", '""', "''", "12:30"),
    *("2001-01-01", "<<", "=", "[]", "{}", "[0.5]", "[1, -1]", "{a: 0.5}", "[[1]]", "x", "A B", "é"),
    *("ctc", "hinge", "sequence_hinge", "HELLO", "H-E-L-L-O", "[H, -, E]", "mean", "none", "listed"),
    *('"1 / 0"', '"ln(-1)"', '"ln 0"', '"2^2^2^2^2"', '"exp(1e9)"', '"exp(-1e9)"', '"∞ - ∞"', '"1 +"'),
    *('"0.6 × 0.2"', '"-ln(0.0254)"', '"(" ', '"|1 - 2|"', '"max(1, 2)"', '"max()"', '"x"', '"10⁻⁴"'),
]  # fmt: skip
LINES: Final[list[str]] = [
    *("weights: [1]", "weights: [0]", "weights: [-1]", "weights: [1, 2, 3]", "weights: [1, -2, 1]"),
    *("weights: [1e-299, 1e299, 1]", "weights: [1e299]", "weights: []", "weights: x"),
    *("reduction: sum", "reduction: mean", "reduction: weighted_mean", "reduction: none"),
    *("log_base: 2", "log_base: 10", "log_base: e", "log_base: 1", "digits: 1", "digits: 15"),
    *("digits: 0", "squared: true", "squared: yes", "margin: 2", "margin: 1e-299", "margin: 1e299"),
    *("alignments_counted: valid", "formulation: binary", "loss: hinge", "loss: sequence_hinge"),
    *("published: {loss: 1}", "published: {loss: -1}", "published: {loss: .inf}", "published: {}"),
    *("published: {probability: 0, loss: 3}", "published: {probability: 2, loss: -0.7}"),
    *("published: {sum: 0, loss: 0}", "published: {sum: 1e299, loss: 1e-299}"),
    *("published: {loss: {value: 1, working: '2 / 3'}}", "published: {loss.1: 1}"),
    *('statement: "**bold** &#x1b; text"', "statement: |\n  - a\n  - b\n\n  # c", "title: a: b"),
    *("source: \t", "colour: blue", "? a\n: b", "- x", "  indented: 1", "%x", "...", "# comment"),
]  # fmt: skip
_FOR_PEOPLE: Final = re.compile(r"^statement: >\n(?:  .*\n)+|^source: .*\n", re.MULTILINE)
_VALUE: Final = re.compile(r"(?<=[\[{:, ])[^\[\]{}:,\s\"]+(?=[\]},\n])|\"[^\"\n]*\"")


def _on_lines(change: Callable[[Random, list[str], int], None]) -> Mutation:
    """A mutation that changes the list of lines, at one of them."""

    def mutate(random: Random, text: str) -> str:
        lines = text.splitlines(keepends=True) or ["\n"]
        change(random, lines, random.randrange(len(lines)))
        return "".join(lines)

    return mutate


def _delete(_random: Random, lines: list[str], at: int) -> None:
    del lines[at]


def _duplicate(random: Random, lines: list[str], at: int) -> None:
    lines.insert(random.randrange(len(lines) + 1), lines[at])


def _swap(random: Random, lines: list[str], at: int) -> None:
    other = random.randrange(len(lines))
    lines[at], lines[other] = lines[other], lines[at]


def _insert_line(random: Random, lines: list[str], at: int) -> None:
    lines.insert(at, random.choice(LINES) + "\n")


def _indent(random: Random, lines: list[str], at: int) -> None:
    lines[at] = random.choice(["  ", " ", "\t", "- "]) + lines[at]


def _insert_token(random: Random, text: str) -> str:
    at = random.randrange(len(text) + 1)
    return text[:at] + random.choice(TOKENS) + text[at:]


def _append_line(random: Random, text: str) -> str:
    return text + random.choice(LINES) + "\n"


def _replace_value(random: Random, text: str) -> str:
    values = list(_VALUE.finditer(text))
    if not values:
        return random.choice(VALUES)
    value = random.choice(values)
    return text[: value.start()] + random.choice(VALUES) + text[value.end() :]


def _change_digit(random: Random, text: str) -> str:
    digits = list(re.finditer(r"[0-9]", text))
    if not digits:
        return text
    at = random.choice(digits).start()
    return text[:at] + random.choice("0123456789") + text[at + 1 :]


def _replace_character(random: Random, text: str) -> str:
    at = random.randrange(len(text) + 1)
    codes = (random.randrange(0x20, 0x7F), random.randrange(0x300), random.randrange(0xD800))
    return text[:at] + chr(random.choice(codes)) + text[at + 1 :]


def _delete_characters(random: Random, text: str) -> str:
    at = random.randrange(len(text) + 1)
    return text[:at] + text[at + random.choice([1, 1, 1, 2, 5, 20]) :]


def _truncate(random: Random, text: str) -> str:
    return text[: random.randrange(len(text) + 1)]


def _join(random: Random, text: str) -> str:
    return (
        text
        + random.choice(["---\n", "\n--- ", "...\n---\n", "", "\n", "\ufeff"])
        + (random.choice(BUNDLED))
    )


def _repeat(random: Random, text: str) -> str:
    begin, end = sorted(random.randrange(len(text) + 1) for _ in range(2))
    return text[:end] + text[begin:end] * random.choice([1, 1, 3, 10]) + text[end:]


def _line_ends(random: Random, text: str) -> str:
    return text.replace("\n", random.choice(["\r\n", "\r", "\n\n", "\u2028", "\x85"]))


#: Those that often leave a problem stand more than once, so that many cases are solved.
MUTATIONS: Final[list[Mutation]] = [
    *[_replace_value] * 6,
    *[_append_line] * 6,
    *[_change_digit] * 4,
    *[_insert_token] * 3,
    *[_replace_character, _delete_characters],
    *map(_on_lines, [_delete, _duplicate, _swap, _insert_line, _indent]),
    *[_truncate, _join, _repeat, _line_ends],
]


def _flip(random: Random, data: bytes) -> bytes:
    changed = bytearray(data or b" ")
    changed[random.randrange(len(changed))] ^= 1 << random.randrange(8)
    return bytes(changed)


def _insert_byte(random: Random, data: bytes) -> bytes:
    at = random.randrange(len(data) + 1)
    return data[:at] + random.randbytes(random.choice([1, 2, 4])) + data[at:]


def _cut(random: Random, data: bytes) -> bytes:
    return data[: random.randrange(len(data) + 1)]


def _encode_anew(random: Random, data: bytes) -> bytes:
    encodings = ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "latin-1", "cp037"]
    text = data.decode(errors="replace").replace("H", random.choice("HÉÜ"))
    return text.encode(random.choice(encodings), errors="replace")


BYTE_MUTATIONS: Final = [_flip, _flip, _insert_byte, _cut, _encode_anew]


def mutated(seed: int, number: int) -> bytes:
    """The file of a case."""
    random = Random(f"{seed} {number}")  # noqa: S311
    text = random.choice(BUNDLED)
    if random.random() < 0.7:  # so that more goes wrong in what is worked with
        text = _FOR_PEOPLE.sub("", text)
    for _ in range(random.choice([1, 1, 1, 2, 2, 3, 5])):
        text = random.choice(MUTATIONS)(random, text)
    data = text.encode(errors="surrogatepass")
    return random.choice(BYTE_MUTATIONS)(random, data) if random.random() < 0.15 else data


# --- what must hold ----------------------------------------------------------------------


def controls(text: str) -> set[str]:
    """The characters in a text that do something to a terminal, but for line ends and tabs."""
    reordering = {*"\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"}
    return {
        each
        for each in text
        if (category(each) == "Cc" and each not in "\n\t") or each in reordering
    }


def is_solved(data: bytes) -> bool:
    """Whether the problems in a file are solved; False if they are refused.

    Raises:
        Exception: they are neither, or what comes out of it is not fit to be shown.
    """
    file = io.BytesIO(data)
    file.name = "mutated.yaml"
    try:
        for problem in load_all(file, losses):
            check_solution(lossclass.solve(problem))
    except lossclass.InvalidProblem as error:
        check_mistakes(error, data)
        return False
    return True


def check_solution(solution: lossclass.Solution) -> None:
    value = solution.answer.value
    values = value if isinstance(value, list) else [value]
    assert not any(map(math.isnan, values)), "the answer is no number"
    assert solution.cross_check.agrees, "NumPy does not agree"
    assert not controls(str(solution)), "control characters in the text"
    assert not any("NaN" in mark.text for mark in solution.published), "a remark says NaN"
    assert json.loads(json.dumps(solution.to_dict(), allow_nan=False))["answer"]["id"] == "loss"


def check_mistakes(error: lossclass.InvalidProblem, data: bytes) -> None:
    lines = lines_of(data)
    assert error.exit_status == 3
    assert error.mistakes, "refused without a mistake"
    for mistake in error.mistakes:
        assert mistake.file == "mutated.yaml"
        assert 1 <= mistake.line <= len(lines), "a line that the file does not have"
        assert 1 <= mistake.column <= len(lines[mistake.line - 1]) + 1, "a column past the line"
        assert mistake.message, "a mistake without a message"
        assert not controls(str(mistake)), "control characters in a message"
        assert "\n" not in str(mistake), "a message of two lines"
    assert error.mistakes == sorted(error.mistakes, key=lambda each: (each.line, each.column))


def lines_of(data: bytes) -> list[str]:
    """The lines of a file as editors count them: U+2028 and the like begin none."""
    try:
        text = decode(data, "")
    except lossclass.InvalidProblem:
        text = data.decode("latin-1")
    return re.split(r"\r\n|\n|\r", text)


def kind_of(error: BaseException) -> str:
    """What went wrong and where, the same for all cases that fail in the same way."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    said = str(error).partition("\n")[0]
    return f"{type(error).__name__} in {Path(place.filename).name}:{place.lineno}: {said:.80}"


@pytest.mark.fuzz
def test_mutated_problems_are_solved_or_refused_and_nothing_else(
    pytestconfig: pytest.Config,
) -> None:
    seed = pytestconfig.getoption("--fuzz-seed")
    count = pytestconfig.getoption("--fuzz")
    failures: dict[str, tuple[int, bytes]] = {}
    solved = 0
    for number in range(count):
        data = mutated(seed, number)
        begun = process_time()
        try:
            solved += is_solved(data)
        except Exception as error:  # noqa: BLE001 - every kind is wrong, and is told below
            failures.setdefault(kind_of(error), (number, data))
        if process_time() - begun > MOST_SECONDS:
            failures.setdefault(f"over {MOST_SECONDS} s", (number, data))
    told = [f"case {number}: {kind}\n{data!r:.2000}" for kind, (number, data) in failures.items()]
    assert not told, "\n".join(told)
    if count >= 250:  # enough of both that neither road is left out
        assert 0.1 * count < solved < 0.9 * count


# --- what was found in this way, in short ------------------------------------------------

HINGE: Final = "loss: hinge\ny_true: [1, 1]\ny_pred: [0.8, 0.5]\n"
CTC: Final = (
    'loss: ctc\ntarget: A\nblank: "-"\nprobabilities: {A: 0.5, "-": 0.1}\nalignments: [A-, -A]\n'
)
IMPOSSIBLE: Final = CTC.replace("0.5", "0")
SOLVED: Final = {
    "published probability below 0": CTC + "published: {probability: -0.1, loss: 2.3}\n",
    "published alignment below 0": CTC + "published: {alignment.1: -0.1, loss: 2.3}\n",
    "published infinities": CTC + "published: {alignment.1: ∞, alignment.2: -∞, loss: 1}\n",
    "published 0 / 0": HINGE + "weights: [1, 1]\nreduction: weighted_mean\n"
    "published: {sum: 0, weight_sum: 0, loss: 1}\n",
    "working without a value": HINGE + "published: {loss: {value: 1, working: 0 / 0}}\n",
    "working beyond doubles": HINGE + "published: {loss: {value: 1, working: exp(1e9)}}\n",
    "weight 0 for an infinite loss": IMPOSSIBLE + "weights: [0]\n",
}
REFUSED: Final = {
    "syntax after next-line characters": "loss: ctc\x85title",
    "syntax after line separators": "loss: ctc\u2028title",
    "syntax in a file of an old Mac": "loss: ctc\rtitle",
    "control character in a file of an old Mac": "loss: ctc\rtitle: \a\r",
    "no colon and no line end": "loss: ctc\ntitle",
    "no closing bracket and no line end": "loss: ctc\ntarget: [A",
    "escape sequence in a tag": HINGE + "title: !%1b%5b31m red\n",
    "escape sequence in a key": HINGE + '"\\e[31m": red\n',
    "line end in a key": HINGE + "published: {loss:1\n\n  .7, sum: 1}\n",
    "line end in a quoted key": HINGE + '"a\\nb": 1\n',
    "digits and a letter": HINGE.replace("0.8", "7" * 10_000 + "x"),
    "digits and a letter in a working": HINGE
    + f"published: {{loss: {{value: 1, working: {'7' * 19_000}x}}}}\n",
}
EITHER: Final = {
    "weights that cancel but for the 40th digit": HINGE.replace("1, 1]", "1, 1, 1]").replace(
        "0.5]", "0.5, 0.2]"
    )
    + "weights: [1, 1e-40, -1]\nreduction: weighted_mean\n",
    "square beyond doubles": HINGE.replace("0.8", "-1e299") + "squared: true\n",
    "product beyond doubles": HINGE.replace("0.8", "-1e299") + "weights: [1e299, 1]\n",
    "sums beyond doubles": HINGE.replace("0.8, 0.5", "-1e299, -1e299")
    + "weights: [1e299, -1e299]\n",
    "entity for a character that reorders": HINGE + 'statement: "**a** &#x202E;evil"\n',
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            text,
            expected,
            id=name,
        )
        for cases, expected in ((SOLVED, {True}), (REFUSED, {False}), (EITHER, {True, False}))
        for name, text in cases.items()
    ],
)
def test_what_mutation_found_stays_mended(text: str, expected: set[bool]) -> None:
    begun = process_time()
    assert is_solved(text.encode()) in expected
    assert process_time() - begun < MOST_SECONDS


# --- the command line ---------------------------------------------------------------


@pytest.mark.thorough
def test_the_command_line_ends_with_status_0_or_3_and_no_traceback(
    pytestconfig: pytest.Config,
) -> None:
    seed = pytestconfig.getoption("--fuzz-seed")
    for number in range(25):
        data = mutated(seed, number)
        ended = run("solve", "-", typed=data)
        assert ended.returncode in (0, 3), (data, ended.stderr)
        assert bool(ended.stderr) == (ended.returncode == 3), (data, ended.stderr)
        assert "Traceback" not in ended.stderr, data
        assert "Warning" not in ended.stderr, data


BOMB = b"loss: hinge\na: &a [x, x, x, x, x, x, x, x, x, x]\n" + b"".join(
    b"%c: &%c [%s]\n" % (name, name, b", ".join([b"*%c" % (name - 1)] * 10))
    for name in b"bcdefghijklm"
)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        pytest.param(b"[" * 100_000, "<stdin>:1:21: nested more than 20 deep", id="brackets"),
        pytest.param(b"{" * 100_000, "<stdin>:1:21: nested more than 20 deep", id="braces"),
        pytest.param(b"[{" * 5_000, "<stdin>:1:21: nested more than 20 deep", id="both"),
        pytest.param(
            b"loss: hinge\ny_true:\n  - " + b"[" * 5_000,
            "<stdin>:3:23: nested more than 20 deep",
            id="brackets further down",
        ),
        pytest.param(
            b"loss: hinge\n---\n" + b"[" * 5_000,
            "<stdin>:3:21: nested more than 20 deep",
            id="brackets in a second document",
        ),
        pytest.param(b"- " * 100_000, "<stdin>:1:41: nested more than 20 deep", id="dashes"),
        pytest.param(b"? " * 50_000, "<stdin>:1:41: nested more than 20 deep", id="question marks"),
        pytest.param(b"title: " + b"x" * 5_100_000, "the file has over 5 MB", id="5.1 MB"),
        pytest.param(BOMB, "1:1: y_true: missing", id="alias bomb"),
        pytest.param(b"a: &a [*a]\n", "1:4: anchor &a: leave it out", id="alias of itself"),
        pytest.param(b"", "1:1: there is nothing in it", id="nothing"),
        pytest.param(
            b"\0" * 1_000_000,
            "1:1: ",
            id="zeros",
        ),
        pytest.param(
            b"loss: hinge\ny_true: [1]\ny_pred: [%sx]" % (b"7" * 1_000_000),
            "3:10: y_pred.1: expected a number",
            id="digits and a letter",
        ),
    ],
)
def test_the_command_line_refuses_what_would_exhaust_it(data: bytes, says: str) -> None:
    begun = process_time()
    ended = run("solve", "-", typed=data)
    assert process_time() - begun < MOST_SECONDS
    assert ended.returncode == 3
    assert not ended.stdout
    assert says in ended.stderr


@pytest.mark.parametrize(
    ("reader", "head"),
    [
        (("check", "hello_ctc"), "student: s1\nanswers: "),
        (("quiz",), "questions:\n  - ask: "),
        (("solve",), "loss: hinge\ny_true: "),
    ],
    ids=["sheet", "quiz", "problem"],
)
def test_every_reader_counts_the_depth_itself(
    reader: tuple[str, ...], head: str, tmp_path: Path
) -> None:
    path = tmp_path / "deep.yaml"
    path.write_text(head + "[" * 50_000, encoding="utf-8")
    begun = process_time()
    ended = run(*reader, path)
    assert process_time() - begun < MOST_SECONDS
    before = len(head.rpartition("\n")[2])
    opened = 3 if reader == ("quiz",) else 1  # levels that the head opens
    place = f"deep.yaml:2:{before + 21 - opened}: nested more than 20 deep"
    assert place in ended.stderr
    assert ended.returncode == 3
