"""What the tests of the document formats share: problems that try to break out, long ones, and what
a worksheet gives away."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from rich.console import Console

import lossclass
from lossclass.arithmetic.number import round_significant
from lossclass.problem.bundled import bundled_folder, bundled_problems
from lossclass.problem.placeholders import escaped
from lossclass.render import Detail, View
from problems import CASES

#: Whole numbers up to here count things.
_SMALL = 20
_NUMBER = re.compile("([0-9]+(?:\\.[0-9]+)?)(?: × 10([⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+))?")
_PLAIN = str.maketrans({high: low for low, high in zip("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹", strict=True)})

#: What would do something in one of the formats, if anything let it.
HOSTILE = [
    "<script>alert(1)</script>",
    "![picture](https://example.com/x.png)",
    "[link](javascript:alert(1))",
    r"\input{/etc/passwd}",
    r"\write18{ls}",
    r"^^5cinput ^^M",
    "% all gone & more",
    "$x_1^2$",
    "a|b",
    "`code`",
    "```",
    "**bold** _low_ ~~out~~",
    "[0] *",
    "-- ?` ,, ''",
    "]]> <!-- x -->",
    "https://example.com www.example.com a@example.com",
    r"\end{document} \end{align*} }{ \\",
    "# heading",
    '=HYPERLINK("https://example.com","x")',
    "@SUM(1)+1",
    "中文 שלום ŷ₁ é 🙂",
]

#: Paragraphs, a list and a table, some of them with lines that are only broken in the file.
STATEMENT = "One,\ngoing on.\n\nTwo:\n- first\n- second\n\n| a | b |\n| --- | --- |\n| 1 | 2 |\n"


def hostile() -> lossclass.Solution:
    """A problem whose title, statement, source and labels are hostile."""
    labels = [text for text in HOSTILE if "🙂" not in text]
    return lossclass.solve(
        lossclass.load(
            {
                "loss": "ctc",
                "title": escaped(" ".join(HOSTILE)),
                "statement": escaped("\n\n".join([*HOSTILE, *(f"- {each}" for each in HOSTILE)])),
                "source": " ".join(reversed(HOSTILE)),
                "target": labels,
                "blank": HOSTILE[-1],
                "probabilities": dict.fromkeys(HOSTILE, 0.5),
                "alignments": [labels, [*labels, HOSTILE[-1]]],
            }
        )
    )


def long() -> lossclass.Solution:
    """A working of so many steps and rows that it is cut."""
    return lossclass.solve(
        lossclass.load(
            {
                "loss": "mean_squared_error",
                "title": "Many observations",
                "y_true": [i / 8 for i in range(130)],
                "y_pred": [i / 7 for i in range(130)],
            }
        )
    )


def view(detail: Detail = Detail.BOARD, *, several: bool = False) -> View:
    console = Console(width=80, color_system=None, force_terminal=False, legacy_windows=False)
    return View(console, detail, several)


def numbers_in(text: str) -> Iterator[Decimal]:
    for digits, power in _NUMBER.findall(text):
        yield Decimal(f"{digits}e{power.translate(_PLAIN) or 0}")


def leaks(name: str, solution: lossclass.Solution, text: str) -> dict[str, set[Decimal]]:
    """The steps whose values stand in a text to 3 to 8 digits, but for numbers that the problem
    gives and small whole numbers."""
    folder = bundled_folder() if name in bundled_problems() else CASES
    in_file = {*numbers_in((folder / f"{name}.yaml").read_text(encoding="utf-8"))}
    innocent = in_file | {round_significant(each, solution.digits) for each in in_file}
    innocent |= {*map(Decimal, range(_SMALL + 1))}
    for quantity in solution.calculation:
        text = text.replace(f" {quantity.id}\n", "\n")  # alpha.1.2 is no 1.2
    seen = {*numbers_in(text)} - innocent
    shown = {
        id: {round_significant(abs(solution.values[id]), digits) for digits in range(3, 9)} & seen
        for id in (step.id for step in solution.steps)
    }
    return {id: numbers for id, numbers in shown.items() if numbers}
