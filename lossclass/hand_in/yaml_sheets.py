"""Answer sheets in YAML, in which somebody fills in the numbers of a problem.

    problem: hinge_sequence.yaml     # optional
    student: s1042                   # optional
    digits: 4                        # optional: to how many significant digits it asks
    variant: e17a7d3668af            # optional: of which variant the numbers are
    answers:
      hinge.1: 0.2
      hinge.3: {value: 0.7, working: "1 - 0.3"}
      loss:                          # asked, and left empty

A mapping of ids alone is a sheet as well.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from lossclass.choices import MOST_DIGITS_SHOWN
from lossclass.errors import InvalidProblem, Mistake
from lossclass.hand_in.cells import Cell, read_cell
from lossclass.hand_in.parts import group
from lossclass.hand_in.sheet import Sheet
from lossclass.problem.bundled import other_kind
from lossclass.problem.fields import describe, to_text, to_whole_number
from lossclass.problem.files import read_text
from lossclass.problem.text import with_plain_line_ends
from lossclass.problem.yaml_source import NOWHERE, Document, Node, is_nothing, read_documents
from lossclass.records import record
from lossclass.suggest import nearest

_TEXTS: Final = ("problem", "student", "variant")
_ABOUT: Final = (*_TEXTS, "digits")
#: What stands between a name and what it is, where that is not YAML.
_BETWEEN: Final = re.compile(r":(?=\s|$|[-−.0-9≈~=])|=")
_COMMENT: Final = re.compile(r"(?:^|(?<=\s))#.*")
#: The first and the last sign of what is in quotes or brackets already.
_CLOSED: Final = ("''", '""', "{}", "[]")


@record
class YamlSheet(Sheet):
    """A sheet that knows where in a YAML document its answers stand."""

    document: Document = NOWHERE

    def mistake(self, path: tuple[str, ...], message: str, *, at_key: bool = False) -> Mistake:
        """What is wrong at a path in it."""
        if path[0] == "answers" and "answers" not in self.document.plain():
            path = path[1:]
        return self.document.mistake(path, message, at_key=at_key)


def sheets(path: Path | str) -> Iterator[Sheet]:
    """The answer sheets of a file, one a document.

    Raises:
        FileError: it cannot be read.
        InvalidProblem: it is no answer sheet.
    """
    text, name = read_text(path)
    for document in _documents(text, name):
        yield _sheet(document, Path(path).stem)


def _documents(text: str, name: str) -> list[Document]:
    """The documents of a text; where it is no YAML as it stands, with each value taken as it is
    written: ``loss: 1.4 : 3``, ``loss: ?`` and ``loss = 0.467`` are no mistakes on a sheet."""
    try:
        documents = read_documents(text, name)
    except InvalidProblem as error:
        documents, refused = [], error
    if documents and all(_is_sheet(each) and not each.mistakes for each in documents):
        return documents
    lines = with_plain_line_ends(text).split("\n")
    with suppress(InvalidProblem):
        quoted = read_documents("\n".join(map(_quoted, lines)), name)
        if all(map(_is_sheet, quoted)):
            return quoted
    if not documents:
        raise refused
    return documents


def _is_sheet(document: Document) -> bool:
    mappings = [*_mappings(document)]
    return bool(mappings) and all(isinstance(each.value, dict) for each in mappings)


def _quoted(line: str) -> str:
    """A line ``key: value`` with both in quotes."""
    indent = line[: len(line) - len(line.lstrip(" \t"))].expandtabs(2)
    between = _BETWEEN.search(line)
    if between is None or line.lstrip().startswith(("#", "---", "'", '"')):
        return indent + line.strip()
    key = line[: between.start()].strip()
    value = _COMMENT.sub("", line[between.end() :]).strip()
    whole = value[:1] + value[-1:] if len(value) > 1 else ""
    if value and whole not in _CLOSED:
        value = _in_quotes(value)
    return f"{indent}{_in_quotes(key)}: {value}".rstrip()


def _in_quotes(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _sheet(document: Document, name: str) -> Sheet:
    data = document.plain()
    if not isinstance(data, Mapping):
        message = f"expected an answer sheet with a key 'answers', got {describe(data)}"
        raise InvalidProblem([*document.mistakes, document.mistake((), message)])
    # The loss alone is a step; a problem has a title beside it, which is none.
    if other := other_kind({*data} if "title" in data else {*data} - {"loss"}, "answers"):
        raise InvalidProblem([document.mistake((other[0],), other[1], at_key=True)])
    about: dict[str, str] = {}
    found: list[Mistake] = []
    for key in _TEXTS:
        if not _is_nothing(data.get(key)):
            try:
                about[key] = to_text(data[key])
            except ValueError as error:
                found.append(document.mistake((key,), str(error)))
    cells: dict[str, Cell] = {}
    said: tuple[str, ...] = ()
    digits = None
    if not _is_nothing(data.get("digits")):
        try:
            digits = to_whole_number(data["digits"], MOST_DIGITS_SHOWN)
        except ValueError as error:  # nobody's answers are the worse for it
            said = (str(document.mistake(("digits",), f"{error}; it is passed over")),)
    try:
        cells = _with_those_twice(_cells(_answers_in(data, document)), document)
        said += tuple(_passed_over(data, document))
    except InvalidProblem as error:
        found += error.mistakes
    told = {node.again.get(key) for node in _mappings(document) for key in cells}
    found += [each for each in document.mistakes if (each.line, each.column) not in told]
    return YamlSheet(
        student=about.get("student", name),
        cells=cells,
        problem=about.get("problem"),
        variant=about.get("variant"),
        digits=digits,
        is_named="student" in about,
        place=document.file,
        mistakes=tuple(found),
        said=said,
        document=document,
    )


def _answers_in(data: Mapping[str, Any], document: Document) -> Mapping[str, Any]:
    """The answers under their key or, without it, beside the keys that say whose they are.

    Raises:
        InvalidProblem: they are no mapping, or their key has another name.
    """
    if "answers" not in data:
        for key, value in data.items():
            if isinstance(value, Mapping) and nearest(key, ["answers"]):
                message = "there is no such key; did you mean 'answers'?"
                raise InvalidProblem([document.mistake((key,), message, at_key=True)])
        return {key: data[key] for key in data if key not in _ABOUT}
    answers = data["answers"]
    if _is_nothing(answers):
        return {}
    if not isinstance(answers, Mapping):
        message = f"expected a mapping, got {describe(answers)}"
        raise InvalidProblem([document.mistake(("answers",), message)])
    return answers


def _passed_over(data: Mapping[str, Any], document: Document) -> Iterator[str]:
    """What to say of keys beside the answers that say nothing."""
    if "answers" in data:
        for key in data:
            if key not in (*_ABOUT, "answers"):
                near = nearest(key, (*_ABOUT, "answers"))
                hint = f"did you mean {near!r}?" if near else "it is passed over"
                yield str(document.mistake((key,), f"there is no such key; {hint}", at_key=True))


def _cells(answers: Mapping[str, Any]) -> dict[str, Cell]:
    """The answers; ``{loss: 1,4}`` is one of them, with a decimal comma."""
    cells: dict[str, Cell] = {}
    before = ""
    for key, value in answers.items():
        if key.isdecimal() and _is_nothing(value) and before and cells[before].written.isdecimal():
            cells[before] = read_cell(f"{cells[before].written},{key}")
            continue
        before = key
        if group(key) is not None and _is_group(value):
            cells.update({f"{group(key)}.{each}": cell_of(one) for each, one in value.items()})
        else:
            cells[key] = cell_of(value)
    return cells


def _is_group(value: Any) -> bool:
    """Whether it is a mapping of the answers to a problem, and not one answer itself."""
    return (
        isinstance(value, Mapping)
        and not value.keys() & {"value", "working"}
        and not all(map(_is_nothing, value.values()))
    )


def _with_those_twice(cells: dict[str, Cell], document: Document) -> dict[str, Cell]:
    """The answers, without those that stand there twice: nobody can tell which is meant."""
    for node in _mappings(document):
        for key in node.again.keys() & cells.keys():
            lines = f"lines {node.keys[key][0]} and {node.again[key][0]}"
            cells[key] = Cell(cells[key].written, unreadable=f"It stands there twice, in {lines}.")
    return cells


def _mappings(document: Document) -> Iterator[Node]:
    """The mapping that a document is, and the answers in it."""
    if document.root is not None and isinstance(document.root.value, dict):
        yield document.root
        answers = document.root.value.get("answers")
        if answers is not None and not _is_nothing(answers.value):
            yield answers


def _is_nothing(value: Any) -> bool:
    return value is None or is_nothing(value)


def cell_of(value: Any) -> Cell:
    """An answer alone, or one with its working: ``{value: 0.7, working: "1 - 0.3"}``."""
    match value:
        case {"value": number, **beside}:
            working = beside.get("working")
            return read_cell(number, working if isinstance(working, str) else None)
        case {"working": str(working)}:
            return read_cell(working)
        case [alone]:
            return cell_of(alone)
        case list():
            return Cell(_one_line(value), unreadable="It is a list; one number is asked.")
        case Mapping():
            (key, inner), *more = value.items() or [("", "")]
            if not more and _is_nothing(inner):  # {0.467}
                return read_cell(key)
            return Cell(_one_line(value), unreadable="It is a mapping; one number is asked.")
    return read_cell(value)


def _one_line(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
