"""Calls of the functions that a Typst document of ours begins with (``preamble.typ``)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from lossclass.arithmetic.typst import typst_string as string
from lossclass.render.wording import running_columns
from lossclass.render.wrapping import paragraphs
from lossclass.solution import About

#: Where the ids of the steps stand.
NAMES = "on the right are the steps’ ids"


def call(function: str, *arguments: str) -> str:
    """A call of one of the functions of the preamble, on a line of its own."""
    return f"#{function}({', '.join(arguments)})\n"


def array(items: Iterable[str]) -> str:
    """An array, also of a single item."""
    return f"({''.join(f'{item}, ' for item in items)})"


def heading(about: About) -> str:
    """The problem: its title, what it asks, where it comes from, the formula."""
    return call(
        "problem",
        string(about.title),
        array(array(map(string, lines)) for lines in paragraphs(about.statement)),
        string(about.source),
        string("" if about.loss_title == about.title else about.loss_title),
        string(about.formula),
    )


def sign(exact: bool) -> str:
    """What may stand before a side."""
    return "$=$" if exact else "$≈$"


def grid(columns: Sequence[str], rows: Iterable[Iterable[str]]) -> str:
    """A table of texts; an empty place is none."""
    return call(
        "grid-of", array(map(string, columns)), array(array(map(string, row)) for row in rows)
    )


def running_table(rows: Iterable[str], *, is_product: bool) -> str:
    """The heads and the rows of the table of a long product or sum."""
    _, what, _, so_far = running_columns(is_product=is_product)
    return f"({string(what)}, {string(so_far)}, {array(rows)})"
