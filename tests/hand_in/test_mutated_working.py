"""Working gone wrong: every file is read, quickly, or refused with a message.

pytest tests/hand_in/test_mutated_working.py --fuzz 10000
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from random import Random
from time import process_time
from typing import Final

import pytest
import yaml

from lossclass.errors import LossclassError
from lossclass.hand_in.chains import chains_in
from lossclass.hand_in.decimal_commas import has_decimal_commas
from lossclass.hand_in.equalities import equalities_in
from lossclass.hand_in.lines import lines_of
from lossclass.hand_in.working import WrittenWorking
from lossclass.solution import Solution
from problems import solved

MOST_SECONDS: Final = 5.0
#: What is put into a text: what opens and does not close, what means something, and what is long.
PIECES: Final = (
    r"\frac{", r"\frac", r"\begin{align}", r"\end{align}", r"\\", r"\left(", "{", "}", "$", "$$", "`",
    "```", "|", "| --- |", "(", ")", "^", "_", "=", "≈", "→", "is", "×", "/", "0", "1e999", "1e-999",
    "9" * 60, "-", "−", "…", "½", "%", "log", "ln", "max(", "√", "e^", "π", "∞", "⁻⁴", "₂", ",", ":",
    "\n", "\t", "  ", "\r", "\x00", "\u202e", "\ufeff", "#", ">", "* ", "**", "l0", "Name:", "P(", "= 1/0",
    r"\begin{pmatrix}", r"\begin{tabular}", "&", "10^(10^40)", "exp(exp(exp(99)))", "ln(-1)",
    "((((((((((" * 20, "1+" * 400, "=1" * 200, "{" * 300, r"\frac" * 100, "a_" * 200, " " * 500,
)  # fmt: skip


@cache
def originals() -> list[tuple[str, str]]:
    """Texts to be changed, each with its kind."""
    pieces = yaml.safe_load(Path(__file__).with_name("working.yaml").read_text(encoding="utf-8"))
    return [(piece["text"], piece.get("kind", ".txt")) for piece in pieces]


def mutated(random: Random) -> tuple[bytes, str]:
    """A file that was working once, and its ending."""
    text, kind = random.choice(originals())
    if random.random() < 0.2:
        kind = random.choice((".txt", ".md", ".tex"))
    for _ in range(random.randint(1, 6)):
        at, to = sorted(random.randint(0, len(text)) for _ in range(2))
        match random.randrange(5):
            case 0:
                text = text[:at] + random.choice(PIECES) + text[at:]
            case 1:
                text = text[:at] + text[min(to, at + 20) :]
            case 2:
                text = text[:at] + text[at : at + 40] * random.randint(2, 20) + text[at:]
            case 3:
                text = text[:at] + text[at:to][::-1] + text[to:]
            case _:
                text = text[:at] + random.choice(PIECES) + text[min(len(text), at + 3) :]
    if random.random() < 0.1:
        cells = [{"cell_type": "markdown", "source": text.splitlines(keepends=True)}]
        data = json.dumps({"cells": cells})
        at = random.randrange(len(data))
        return (data if random.random() < 0.5 else data[:at] + data[at + 3 :]).encode(), ".ipynb"
    data_bytes = bytearray(text.encode())
    if random.random() < 0.1 and data_bytes:
        data_bytes[random.randrange(len(data_bytes))] = random.randrange(256)
    return bytes(data_bytes), kind


def read_and_answered(file: Path, solution: Solution) -> None:
    """What ``check`` and ``proofread`` do with a file, up to the marks."""
    try:
        lines = lines_of(file)
        commas = has_decimal_commas(lines)
        for chain in [chain for line in lines for chain in chains_in(line, commas=commas)]:
            assert str(chain.text)
            assert all(str(each) for each in equalities_in(chain))
        answers = WrittenWorking("", place=str(file), lines=tuple(lines)).answers_to(solution)
    except LossclassError:
        return
    assert set(answers.cells) <= {step.id for step in solution.steps}


@pytest.mark.fuzz
def test_mutated_working_is_read_or_refused_and_nothing_else(
    tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    seed, count = pytestconfig.getoption("--fuzz-seed"), pytestconfig.getoption("--fuzz")
    if not pytestconfig.getoption("--thorough"):
        count //= 3
    solutions = [solved(name) for name in ("hinge_sequence", "hello_ctc", "rnn_lstm")]
    for number in range(count):
        random = Random(f"working {seed} {number}")  # noqa: S311 - it can be had again
        data, kind = mutated(random)
        file = tmp_path / f"working{kind}"
        file.write_bytes(data)
        start = process_time()
        try:
            read_and_answered(file, random.choice(solutions))
        except Exception as error:
            error.add_note(f"mutated(Random('working {seed} {number}')): {data!r}")
            raise
        assert process_time() - start < MOST_SECONDS, f"working {seed} {number} takes too long"
