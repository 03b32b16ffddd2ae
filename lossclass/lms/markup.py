"""Texts, numbers and small pieces of XHTML as all platforms take them.

Every text of a problem goes through :func:`escaped`. Beside what HTML needs, it hides from Moodle
and MathJax what they would take for commands: braces, dollars, backslashes and ``@@``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Final

#: How documents begin, and the namespace in which they say where their schemas are.
XML: Final = '<?xml version="1.0" encoding="UTF-8"?>\n'
INSTANCE: Final = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
#: A platform's column for a question's name.
_LONGEST_NAME: Final = 200
#: Characters that XML cannot hold, and those that turn the text after them round.
_UNWELCOME = re.compile(
    "[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|[\u202a-\u202e\u2066-\u2069]"
)
_ESCAPES: Final = str.maketrans(
    {
        "&": "&amp;",
        "<": "&lt;",
        ">": "&gt;",
        '"': "&quot;",
        "'": "&#39;",
        "{": "&#123;",
        "}": "&#125;",
        "$": "&#36;",
        "\\": "&#92;",
        "@": "&#64;",
        "`": "&#96;",
    }
)
_LISTED = re.compile(r"^\s*(?:[-+*|>]|\d+\.)", re.MULTILINE)
#: Digits before and behind the point of numbers that are written without an exponent.
_MOST_ZEROS: Final = 30


def legible(text: str) -> str:
    """The text with one sign in the place of each character that a platform must not see."""
    return _UNWELCOME.sub("\ufffd", text)


def one_line(text: str) -> str:
    """A text for a title: one line, and not longer than platforms keep."""
    line = " ".join(legible(text).split())
    return line if len(line) <= _LONGEST_NAME else line[: _LONGEST_NAME - 1] + "…"


def escaped(text: str) -> str:
    """A text in XHTML, on one line."""
    return " ".join(legible(text).translate(_ESCAPES).split())


def xml(text: str) -> str:
    """A text between two XML tags or in an attribute, otherwise as it is."""
    plain = legible(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return plain.replace('"', "&quot;")


def number(value: float) -> str:
    """A number that reads back as the same double, without an exponent where it is not very
    small or large."""
    text = repr(value + 0.0)
    if "e" not in text or abs(int(text.partition("e")[2])) > _MOST_ZEROS:
        return text
    return format(Decimal(text), "f")


def bounds(value: float, tolerance: float) -> tuple[str, str]:
    """The smallest and the largest answer that counts."""
    middle, distance = Decimal(repr(value)), Decimal(repr(tolerance))
    return number(float(middle - distance)), number(float(middle + distance))


def paragraphs(text: str) -> str:
    """A text of several paragraphs; lists and tables of Markdown keep their lines."""
    found = []
    for each in re.split(r"\n\s*\n", text.strip()):
        lines = each.splitlines() if _LISTED.search(each) else [each]
        found.append(tag("p", "<br/>".join(map(escaped, lines))))
    return "".join(found) if text.strip() else ""


def tag(name: str, inside: str) -> str:
    """An element around what is already XHTML."""
    return f"<{name}>{inside}</{name}>"


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of plain texts."""
    head = tag("tr", "".join(tag("th", escaped(each)) for each in columns))
    body = "".join(tag("tr", "".join(tag("td", escaped(cell)) for cell in row)) for row in rows)
    return tag("table", tag("thead", head) + tag("tbody", body)) if body else ""


def image(source: str, words: str) -> str:
    """A picture, and the words in its place for those who do not see it."""
    return f'<p><img src="{source}" alt="{escaped(words)}"/></p>'
