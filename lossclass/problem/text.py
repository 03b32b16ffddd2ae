"""The text of a problem file before it is YAML, and what to say when it is not."""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, TypeAlias

import yaml

from lossclass.errors import InvalidProblem, Mistake

MOST_BYTES = 5_000_000
MOST_SHOWN = 40
Place: TypeAlias = tuple[int, int]
#: C0 and C1 controls but tab and newline, other line ends, marks that reorder the text around
#: them, and halves of characters.
UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)
#: What YAML takes for a line end and an editor does not; and spaces that do not break, which pages
#: have where one copies from them, and which YAML takes for letters.
_ODD_SPACES = str.maketrans("\x85\u2028\u2029\xa0", "    ")
_BOMS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",  # before UTF-16, whose mark is the beginning of this one
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
#: How PDFs, archives (and so Word's files and PyTorch's), pictures, and NumPy's arrays begin.
_NO_TEXTS = (b"%PDF", b"PK\x03\x04", b"\x89PNG", b"\x93NUMPY", b"\x1f\x8b")
_NO_SPACE = re.compile(r"\s*\w+:\S")
_CALLED = re.compile(r"((?:[a-z]\w*\.)?(?:array|tensor)\()$")


def decode(data: bytes, file: str) -> str:
    """The text of a file: UTF-8, or UTF-16 and UTF-32 with a byte order mark.

    Raises:
        InvalidProblem: it is none of these, or over 5 MB.
    """
    if len(data) > MOST_BYTES:
        raise invalid(f"the file has over {MOST_BYTES // 1_000_000} MB", file, (1, 1))
    if data.startswith(_NO_TEXTS):
        raise invalid("this is no text file", file, (1, 1))
    encoding = next((name for mark, name in _BOMS.items() if data.startswith(mark)), "utf-8")
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        before = with_plain_line_ends(data[: error.start].decode(encoding, errors="replace"))
        message = "this is not UTF-8 text; save the file with the encoding UTF-8"
        raise invalid(message, file, place_of(before, len(before))) from None


def with_plain_line_ends(text: str) -> str:
    """The text with the lines that an editor shows: every line end a newline, nothing else."""
    return text.replace("\r\n", "\n").replace("\r", "\n").translate(_ODD_SPACES)


def check_printable(text: str, file: str) -> None:
    """Refuse control characters.

    Raises:
        InvalidProblem: with the first of each kind, for a file of zeros has many.
    """
    kinds = dict.fromkeys(reversed(UNPRINTABLE.findall(text)))
    found = [
        Mistake(control_message(each), "", file, *place_of(text, text.index(each)))
        for each in kinds
    ]
    if found:
        raise InvalidProblem(found)


def invalid(message: str, file: str, place: Place) -> InvalidProblem:
    return InvalidProblem([Mistake(message, "", file, *place)])


def control_message(character: str) -> str:
    name = f"U+{ord(character):04X}"
    binary = ", and this may not be a text file" if character == "\0" else ""
    return f"control character {name}; text has to be printable{binary}"


def place_of(text: str, offset: int) -> Place:
    before = text[:offset]
    return before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1


def _at(line: str, column: int) -> str:
    """What to say of what stands at a place of a line, whatever the parser says; nothing if that is
    not known."""
    if line[column : column + 1] == "\t":
        return "a tab; indent with spaces"
    if line.startswith("```"):
        return "a line of ``` is Markdown; leave it out"
    if called := _CALLED.search(line[:column]):
        return f"no {called[1]}…) may stand inside brackets; leave the {called[1]} and its ) out"
    return ""


def _behind(end: str, rest: str) -> str:
    """What to say of what stands behind the end of a list, a mapping or a quote."""
    got = repr(rest.strip(" ")[:MOST_SHOWN])
    if end in "'\"":
        return (
            f"the quotes end before {got}; one is missing further up, or this {end} is part of the text: "
            "then put the other kind around all of it"
        )
    return f"nothing may stand behind the {end}, got {got}; take it out, or put a text in quotes"


@cache
def _says() -> Mapping[str, Any]:
    """What stands in ``parser.yaml``; only mistakes pay for it."""
    text = files(__package__).joinpath("parser.yaml").read_text(encoding="utf-8")
    hints: Mapping[str, Any] = yaml.safe_load(text)
    return hints


def syntax_mistake(error: yaml.YAMLError, text: str, file: str) -> Mistake:
    """What the parser says, in our words and where the writer sees it."""
    problem = getattr(error, "problem", None) or str(error).splitlines()[0]
    context = getattr(error, "context_mark", None)
    mark = getattr(error, "problem_mark", None) or context
    if "expected ':'" in problem and context:
        mark = context  # the line that lacks its colon, not the one after it
    lines = text.rstrip("\n").split("\n")
    line, column = (mark.line, mark.column) if mark else (0, 0)
    if line >= len(lines):
        line, column = len(lines) - 1, len(lines[-1])
    says = _says()
    hints = (hint for said, hint in says["hints"].items() if said in problem)
    hint = _at(lines[line], column) or next(hints, problem)
    if "mapping values are not allowed" in problem:
        hint = says["second_colon" if ":" in lines[line][:column] else "wrong_indentation"]
    elif hint == says["wrong_depth"] and (before := lines[line][:column].rstrip()):
        hint = _behind(before[-1], lines[line][column:])
    elif hint == says["no_colon"] and _NO_SPACE.match(lines[line]):
        hint = "a space is missing behind the colon"
    if context and context.line < line and any(said in problem for said in says["left_open"]):
        hint += f"; it begins in line {context.line + 1}"
    return Mistake(f"not YAML: {hint}", "", file, line + 1, column + 1)
