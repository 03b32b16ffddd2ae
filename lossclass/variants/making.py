"""What students get: their problems, worksheets, keys and answer sheets, made some at a time.

Nothing here knows where the files go, so that they can be made on another machine too.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import asdict, field, replace
from hashlib import sha256
from typing import Any, Final, NamedTuple

import yaml

from lossclass.exams.assignment import Assignment, Task
from lossclass.exams.sheets import Sheet
from lossclass.records import record
from lossclass.render import RENDERERS, View, paper_console, renderer, worksheet_renderer
from lossclass.rosters.roster import file_name, name_or_id
from lossclass.solution import Solution
from lossclass.variants.answers import Answers, line_of, numbers_of
from lossclass.variants.assigned import Assigned, Picks
from lossclass.variants.space import plain_copy
from lossclass.variants.variant import Variant
from lossclass.worksheets.form import EVERYTHING, Form

PROBLEMS: Final = "problems"
SHEETS: Final = "sheets"
_WORKSHEETS, _KEYS = "worksheets", "keys"
#: The folders, in the order in which a student's files are made.
KINDS: Final = (PROBLEMS, _WORKSHEETS, _KEYS, SHEETS)


_PLAIN: Final = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?")


@record
class Order:
    """What is to be made; it can be sent to another process.

    Attributes:
        assignment: the problem, or the exam, of which nothing is solved yet: expressions cannot be sent.
        formats: of the keys and worksheets, names of ``RENDERERS``.
        form: how the worksheets are made.
        people: the name and the id of students, where a roster knows more than what they are called
            here.
        self_check: put the results into worksheets that are workbooks, for these to check themselves.
        only_answers: make the table alone.
    """

    assignment: Assignment
    seed: str
    formats: tuple[str, ...] = ("terminal",)
    form: Form = EVERYTHING
    people: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    self_check: bool = False
    only_answers: bool = False

    def manifest(self, students: Sequence[str]) -> str:
        """What a folder is made from; of the problem and the students, only whether they are the
        same. A name that is mended in the roster makes no other folder of it."""
        first, is_exam = self.assignment.tasks[0], self.assignment.is_exam
        problem = _told(self.assignment) if is_exam else plain_copy(first.problem.data)
        told = {
            "seed": self.seed,
            "formats": self.formats,
            "form": asdict(self.form),
            "gradient": first.wanted.gradient and not is_exam,  # an exam says it of each problem
            "self_check": self.self_check,
            "only_answers": self.only_answers,
            "problem": _hash(json.dumps(problem, default=str)),
            "students": _hash("\n".join(students)),
            "count": len(students),
        }
        return json.dumps(told, indent=2, ensure_ascii=False) + "\n"

    @property
    def kinds(self) -> Sequence[str]:
        """The folders that there are to be."""
        return () if self.only_answers else KINDS

    def suffixes(self, kind: str) -> Mapping[str, str]:
        """The ends of the names of a student's files of a kind, each with its format."""
        if kind == _WORKSHEETS:
            return {worksheet_renderer(name)[1]: name for name in self.formats}
        if kind == _KEYS:
            return {RENDERERS[name]: name for name in self.formats}
        return {".yaml": ""}

    def files(self, students: Iterable[str]) -> Iterator[str]:
        """All files of students, as seen from the folder."""
        ends = [(kind, end) for kind in self.kinds for end in self.suffixes(kind)]
        for student in students:
            name = file_name(student)
            yield from (f"{kind}/{name}{end}" for kind, end in ends)


def _told(exam: Assignment) -> dict[str, Any]:
    """All that decides about what is made of an exam."""
    tasks = [
        {
            "data": plain_copy(task.problem.data),
            "file": task.problem.file,
            "wanted": asdict(task.wanted),
            "only": task.only,
            "show": task.show,
            "points": task.points and asdict(task.points),
        }
        for task in exam.tasks
    ]
    return {"exam": exam.title, "course": exam.course, "due": exam.due, "tasks": tasks}


def _hash(text: str) -> str:
    return sha256(text.encode()).hexdigest()


class Given(NamedTuple):
    """What a student is given: the variants, their solutions, and the sheet of them."""

    id: str
    variants: Sequence[Variant]
    solutions: Sequence[Solution]
    sheet: Sheet


class Chunk(NamedTuple):
    """Some students, and which of their files, as seen from the folder, need not be made.

    ``complete`` says of how many students all are there.
    """

    picks: tuple[Picks, ...]
    there: frozenset[str]
    complete: int


@record
class Made:
    """What is made of a chunk: lines of the table of answers, and the files, as seen from the folder,
    unless whoever made them has written them."""

    lines: str
    files: Mapping[str, bytes] = field(default_factory=dict)


class Maker:
    """Makes the files of students, some at a time."""

    def __init__(self, order: Order) -> None:
        self.order = order
        self.assigned = Assigned(order.assignment, order.seed)
        both = zip(order.assignment.tasks, self.assigned.of_tasks, strict=True)
        self._answers = [(task, Answers(variants, task.wanted)) for task, variants in both]

    @property
    def step_ids(self) -> list[str]:
        """What is answered, in order; in an exam, behind the numbers of the problems."""
        return [task.id_of(id) for task, answers in self._answers for id in answers.step_ids]

    def make(self, chunk: Chunk) -> Made:
        """The files of some students, and their lines in the table of answers."""
        if self.order.only_answers:
            return Made(self._lines(chunk.picks))
        files: dict[str, bytes] = {}
        lines = [self._make(each, chunk.there, files) for each in chunk.picks]
        return Made("".join(lines), files)

    def _lines(self, picks: Sequence[Picks]) -> str:
        """The lines of some students, worked together."""
        drawn = [*map(self.assigned.drawn, picks)]
        columns = [
            answers.numbers([each[n] for each in drawn])
            for n, (_, answers) in enumerate(self._answers)
        ]
        return "".join(
            line_of(self.assigned.id_of(each), each[0].student, numbers)
            for each, numbers in zip(drawn, zip(*columns, strict=True), strict=True)
        )

    def _make(self, picks: Picks, there: Set[str], files: dict[str, bytes]) -> str:
        """The line of a student, whose files that are not there are put to the others."""
        student = picks[0].student
        given = self.given(picks)
        missing = set(self.order.files([student])) - there
        for name, pieces in self._pieces(student, given) if missing else ():
            if name in missing:
                written = (each if isinstance(each, bytes) else each.encode() for each in pieces)
                files[name] = b"".join(written)
        return line_of(given.id, student, map(numbers_of, given.solutions))

    def given(self, picks: Picks) -> Given:
        """What a student is given.

        Raises:
            LossclassError: the student cannot have a variant.
        """
        picks, student = self.assigned.drawn(picks), picks[0].student
        variants = self.assigned.of(picks, f"{file_name(student)}.yaml")
        solutions = [
            self._solution(task, variant, whose.original.about.title)
            for task, variant, whose in zip(
                self.assigned.assignment.tasks, variants, self.assigned.of_tasks, strict=True
            )
        ]
        name, id = self._called(student)
        form = replace(self.order.form, head=replace(self.order.form.head, student=name, id=id))
        sheet = Sheet.of(self.assigned.assignment, solutions, form, with_key=self.order.self_check)
        return Given(self.assigned.id_of(picks), variants, solutions, sheet)

    def _solution(self, task: Task, variant: Variant, title: str) -> Solution:
        """The solution with whose variant it is, beside the title that all have."""
        solution = task.solved(variant.problem, title)
        name, id = self._called(variant.student)
        student = f"{name} ({id})" if name and id else name or id
        about = replace(solution.about, variant=variant.id, student=student)
        return replace(solution, about=about)

    def view(self, given: Given) -> View:
        """How the keys of a student are written: with what each step counts."""
        tasks = self.assigned.assignment.tasks
        counted = {
            solution: task.points_in(solution)
            for task, solution in zip(tasks, given.solutions, strict=True)
        }
        several = len(tasks) > 1
        return View(paper_console(), several=several, points=counted.__getitem__)

    def _called(self, student: str) -> tuple[str, str]:
        return self.order.people.get(student) or name_or_id(student)

    def _pieces(self, student: str, given: Given) -> Iterator[tuple[str, Iterable[Any]]]:
        """What is to be in the files of a student."""
        console = paper_console()
        name = file_name(student)
        heading = f"# Variant {given.id} of a problem, with numbers of its own.\n"
        problems = (as_yaml(variant.data) for variant in given.variants)
        yield f"{PROBLEMS}/{name}.yaml", [heading + "---\n".join(problems)]
        for end, format in self.order.suffixes(_WORKSHEETS).items():
            draw, _ = worksheet_renderer(format)
            yield f"{_WORKSHEETS}/{name}{end}", draw(given.sheet.worksheets, console)
        for end, format in self.order.suffixes(_KEYS).items():
            yield f"{_KEYS}/{name}{end}", renderer(format)(given.solutions, self.view(given))
        sheet = given.sheet.answer_sheet(f"{name}.yaml", student, given.id)
        yield f"{SHEETS}/{name}.yaml", [sheet]


def as_yaml(data: Mapping[str, Any]) -> str:
    """The keys of a problem as YAML."""
    return yaml.safe_dump(
        _typed(data), allow_unicode=True, sort_keys=False, width=100, default_flow_style=None
    )


def _typed(value: Any) -> Any:
    """The data with plain decimals as YAML numbers, which are not put in quotes. A label that
    looks like a number is read as the text that stands there, so nothing is lost."""
    if isinstance(value, Mapping):
        return {key: _typed(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_typed(each) for each in value]
    return _Plain(value) if _PLAIN.fullmatch(value) else value


class _Plain(str):
    """A number that is written as it stands, with all of its zeros."""

    __slots__ = ()


yaml.SafeDumper.add_representer(
    _Plain,
    lambda dumper, text: dumper.represent_scalar(
        "tag:yaml.org,2002:float" if "." in text else "tag:yaml.org,2002:int", str(text)
    ),
)
