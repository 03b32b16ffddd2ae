"""Proof-reading in one run: the equalities between numbers in documents, and which do not come out."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any

from lossclass.arithmetic.notation import TYPED
from lossclass.arithmetic.number import show
from lossclass.errors import FileError, LossclassError, printable
from lossclass.hand_in.chains import chains_in
from lossclass.hand_in.decimal_commas import has_decimal_commas
from lossclass.hand_in.equalities import Equality, equalities_in
from lossclass.hand_in.lines import SUFFIXES, lines_of
from lossclass.progress import with_progress
from lossclass.records import record
from lossclass.runs.batch import Run
from lossclass.solution import plain


@record
class Document:
    """A document with its equalities."""

    name: str
    equalities: tuple[Equality, ...]

    @property
    def to_tell(self) -> list[Equality]:
        """Those that are not simply right."""
        return [each for each in self.equalities if each.is_telling]

    def texts(self) -> Iterator[str]:
        """A line for each that is to be told."""
        for each in self.to_tell:
            line = each.chain.line
            place = f" {line.place}" if line.cell else line.number
            yield printable(f"{self.name}:{place}: {each}")

    def to_dict(self) -> dict[str, Any]:
        """The same as plain data."""
        return {
            "file": self.name,
            "checked": len(self.equalities),
            "equalities": [_equality_dict(each) for each in self.to_tell],
        }


def _equality_dict(each: Equality) -> dict[str, Any]:
    line = each.chain.line
    value = None if each.value.is_nan() else plain(each.value)
    return {
        **({"cell": line.cell} if line.cell else {}),
        "line": line.number,
        "left": each.left.text,
        "relation": each.relation,
        "right": each.right.text,
        "comes_to": value,
        "shown": None if value is None else TYPED.number(show(each.value, each.digits).value),
        "side": each.of,
        "verdict": "wrong" if each.verdict == "wrong" else "rounding",
        "text": str(each),
    }


class Proofreading(Run):
    """The documents that the arguments of a command name; one that cannot be read is told, and
    left out.

    Args:
        places: files, folders, ``-`` for standard input.
    """

    def __init__(self, places: Sequence[str]) -> None:
        super().__init__()
        self.sources: list[Path | IO[bytes]] = []
        self.checked = self.wrong = self.explained = self.documents = 0
        for place in places:
            try:
                self.sources += _documents_at(place)
            except LossclassError as error:
                self.report(error)

    def __iter__(self) -> Iterator[Document]:
        for source in with_progress(self.sources, "Reading", "documents"):
            try:
                lines = lines_of(source)
            except LossclassError as error:
                self.report(error)
                continue
            commas = has_decimal_commas(lines)
            chains = [chain for line in lines for chain in chains_in(line, commas=commas)]
            equalities = tuple(each for chain in chains for each in equalities_in(chain))
            name = str(source) if isinstance(source, Path) else "<stdin>"
            document = Document(name, equalities)
            self.documents += 1
            self.checked += len(equalities)
            self.wrong += sum(each.verdict == "wrong" for each in document.to_tell)
            self.explained += sum(each.verdict != "wrong" for each in document.to_tell)
            yield document

    def text(self) -> Iterator[str]:
        """A line for each equality to be told, and what they are in all."""
        for document in self:
            yield from (f"{text}\n" for text in document.texts())
        if self.documents:
            yield f"{self.summary}\n"

    @property
    def summary(self) -> str:
        """How many there are, and how many do not come out."""
        documents = f"{self.documents} document{'' if self.documents == 1 else 's'}"
        checked = f"{self.checked} {'equality' if self.checked == 1 else 'equalities'} of numbers"
        if not self.checked:
            return f"There is no equality of numbers in {documents}."
        wrong = f"{self.wrong} {'does' if self.wrong == 1 else 'do'} not come out"
        explained = f", {self.explained} more only by rounding" if self.explained else ""
        return f"{checked} in {documents}: {wrong if self.wrong else 'all come out'}{explained}."

    def json(self) -> Iterator[str]:
        """The same as JSON."""
        documents = [document.to_dict() for document in self]
        report = {"documents": documents, "checked": self.checked, "wrong": self.wrong}
        yield json.dumps(report, indent=2, ensure_ascii=False) + "\n"

    @property
    def exit_status(self) -> int:
        """That of what could not be read, else 1 if an equality is wrong."""
        return self.status or int(self.wrong > 0)


def _documents_at(place: str) -> list[Path | IO[bytes]]:
    if place == "-":
        return [sys.stdin.buffer]
    path = Path(place)
    if not place or not path.exists():
        raise FileError(f"{place!r}: there is no such file or folder")
    if not path.is_dir():
        return [path]
    found: list[Path | IO[bytes]] = [
        each
        for each in sorted(path.rglob("*"))
        if each.suffix.lower() in SUFFIXES and each.is_file()
    ]
    if not found:
        raise FileError(f"{place}: there is no document in this folder ({', '.join(SUFFIXES)})")
    return found
