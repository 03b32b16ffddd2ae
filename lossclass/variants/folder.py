"""The files of a class: worksheets, keys, answer sheets, problems, and one table of answers.

    FOLDER/variants.json         what the folder was made from
    FOLDER/worksheets/NAME.txt   FOLDER/keys/NAME.txt (or of another format)
    FOLDER/sheets/NAME.yaml      FOLDER/problems/NAME.yaml
    FOLDER/answers.csv           written last

Every file appears whole. A run that was cut short is taken up by the same command: what is there
stays, what is not is made.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import yaml

from lossclass import losses
from lossclass.errors import FileError, LossclassError
from lossclass.output import write
from lossclass.problem.problem import Problem, validate
from lossclass.problem.yaml_source import Document
from lossclass.render import RENDERERS, View, renderer
from lossclass.render.worksheet import render as render_worksheet
from lossclass.solution import Solution
from lossclass.solving import solve
from lossclass.variants.answers import Answers, line_of
from lossclass.variants.roster import file_name
from lossclass.variants.space import plain_copy
from lossclass.variants.variant import Variant, Variants
from lossclass.worksheets import Show
from lossclass.worksheets.answer_sheet import answer_sheets
from lossclass.worksheets.reading import worksheet

ANSWERS: Final = "answers.csv"
_MANIFEST: Final = "variants.json"
_WORKSHEETS, _KEYS, _SHEETS, _PROBLEMS = "worksheets", "keys", "sheets", "problems"
_PAPER: Final = 80


@dataclass(frozen=True)
class Order:
    """What is to be made; it can be sent to another process.

    Attributes:
        data: the keys of the problem.
        file: what it is called in messages.
        format: of the keys.
        show: how much of each step the worksheets show.
        only_answers: make the table alone.
    """

    data: Mapping[str, Any]
    file: str
    seed: str
    folder: Path
    format: str = "terminal"
    show: Show = Show.FORMULA
    only_answers: bool = False

    @classmethod
    def of(cls, problem: Problem, seed: str, folder: Path, **more: Any) -> Order:
        """The order for a problem."""
        return cls(plain_copy(problem.data), problem.file, seed, folder, **more)

    def variants(self) -> Variants:
        """The variants of its problem."""
        return Variants(validate(self.data, losses, Document(self.file, None)), self.seed)

    def path(self, kind: str, student: str) -> Path:
        """Where a student's file is."""
        suffix = {_WORKSHEETS: ".txt", _KEYS: RENDERERS[self.format]}.get(kind, ".yaml")
        return self.folder / kind / f"{file_name(student)}{suffix}"

    def paths(self, student: str) -> dict[str, Path]:
        """Where all files of a student are, by kind."""
        if self.only_answers:
            return {}
        kinds = (_WORKSHEETS, _KEYS, _SHEETS, _PROBLEMS)
        return {kind: self.path(kind, student) for kind in kinds}


class Maker:
    """Makes the files of students, some at a time."""

    def __init__(self, order: Order) -> None:
        self.order = order
        self.variants = order.variants()
        self._answers = Answers(self.variants)

    def make(self, students: Sequence[str]) -> str:
        """Make the files of some students that are not there yet.

        Returns:
            Their lines in the table of answers.
        """
        if self.order.only_answers:
            return self._answers.lines(students)
        return "".join(map(self._make, students))

    def _make(self, student: str) -> str:
        paths = self.order.paths(student)
        variant = self.variants.of(student, paths[_PROBLEMS].name)
        solution = solve(variant.problem)
        missing = {kind: path for kind, path in paths.items() if not path.exists()}
        for kind, pieces in self._pieces(variant, solution) if missing else ():
            if kind in missing:
                write(pieces, missing[kind])
        return line_of(variant.id, student, solution)

    def _pieces(self, variant: Variant, solution: Solution) -> Iterator[tuple[str, Iterable[Any]]]:
        """What is to be in the files of a student, by kind."""
        from rich.console import Console

        console = Console(width=_PAPER, color_system=None, force_terminal=False)
        asked = worksheet(solution, self.order.show)
        yield _WORKSHEETS, render_worksheet([asked], console)
        yield _KEYS, renderer(self.order.format)([solution], View(console))
        named = _yaml({"student": variant.student}, in_line=False)
        sheet = "".join(answer_sheets([asked]))
        yield _SHEETS, [sheet.replace("\nstudent:\n", f"\n{named}", 1)]
        heading = f"# Variant {variant.id} of a problem, with numbers of its own.\n"
        yield _PROBLEMS, [heading + _yaml(_typed(variant.data))]


def _yaml(data: Mapping[str, Any], *, in_line: bool = True) -> str:
    return yaml.safe_dump(
        data,
        allow_unicode=True,
        sort_keys=False,
        width=100,
        default_flow_style=None if in_line else False,
    )


def _typed(value: Any) -> Any:
    """The data with plain decimals as YAML numbers, which are not put in quotes. A label that
    looks like a number is read as the text that stands there, so nothing is lost."""
    if isinstance(value, Mapping):
        return {key: _typed(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_typed(each) for each in value]
    return _Plain(value) if _is_plain(value) else value


class _Plain(str):
    """A number that is written as it stands, with all of its zeros."""

    __slots__ = ()


def _is_plain(text: str) -> bool:
    whole, point, rest = text.removeprefix("-").partition(".")
    digits = whole + rest
    is_number = digits.isascii() and whole.isdigit() and rest.isdigit() == bool(point)
    return is_number and (whole == "0" or not whole.startswith("0"))


yaml.SafeDumper.add_representer(
    _Plain,
    lambda dumper, text: dumper.represent_scalar(
        "tag:yaml.org,2002:float" if "." in text else "tag:yaml.org,2002:int", str(text)
    ),
)


# --- the folder as a whole ---


def begin(order: Order, students: Sequence[str], *, force: bool) -> None:
    """Make the folder ready: refuse one that holds something else, clear away what a run that was
    killed left half-written.

    Raises:
        FileError: there is something else in it, and ``force`` is not given.
    """
    manifest = _manifest(order, students)
    path = order.folder / _MANIFEST
    folders = {each.parent for each in order.paths(students[0]).values()} | {order.folder}
    try:
        is_ours = path.exists() and path.read_text(encoding="utf-8") == manifest
        if not (is_ours or force or _is_empty(order.folder)):
            raise FileError(
                f"{order.folder}: there is something else in this folder already, perhaps variants "
                "with another seed, problem or roster; --force writes over it"
            )
        order.folder.mkdir(parents=True, exist_ok=True)
        if force:
            _clear(order, students)
        if force or not is_ours:
            write([manifest], path, force=force)
        for folder in folders:
            folder.mkdir(exist_ok=True)
            for part in folder.glob(".*.part"):
                part.unlink(missing_ok=True)
    except (OSError, UnicodeDecodeError) as error:
        raise FileError(f"{order.folder}: {getattr(error, 'strerror', None) or error}") from None


def _is_empty(folder: Path) -> bool:
    """Whether there is nothing in a folder but what a killed run left half-written."""
    if not folder.exists():
        return True
    return all(each.name.startswith(".") and each.suffix == ".part" for each in folder.iterdir())


def _clear(order: Order, students: Sequence[str]) -> None:
    """Take away what is to be made anew, so that no old file can pass for a new one."""
    for name in (_MANIFEST, ANSWERS):
        (order.folder / name).unlink(missing_ok=True)
    for student in students:
        for path in order.paths(student).values():
            path.unlink(missing_ok=True)


def _manifest(order: Order, students: Sequence[str]) -> str:
    """What a folder is made from; of the problem and the students, only whether they are the same."""
    told = asdict(order)
    del told["folder"], told["file"]
    told["problem"] = _hash(json.dumps(told.pop("data")))
    told["students"] = _hash("\n".join(students))
    told["count"] = len(students)
    return json.dumps(told, indent=2, ensure_ascii=False) + "\n"


def _hash(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def refuse_same_files(students: Sequence[str]) -> None:
    """Refuse students whose files would be one on some system.

    Raises:
        LossclassError: two of them, by name.
    """
    seen: dict[str, str] = {}
    for student in students:
        name = file_name(student).casefold()
        if name in seen:
            raise LossclassError(f"{seen[name]!r} and {student!r} would have the same files")
        seen[name] = student
