"""What the tests of the document formats share: problems that try to break out, and long ones."""

from __future__ import annotations

from rich.console import Console

import lossclass
from lossclass.render import Detail, View

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
                "title": " ".join(HOSTILE),
                "statement": "\n\n".join([*HOSTILE, *(f"- {each}" for each in HOSTILE)]),
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


def view(detail: Detail = Detail.FULL, *, several: bool = False) -> View:
    console = Console(width=80, color_system=None, force_terminal=False, legacy_windows=False)
    return View(console, detail, several)
