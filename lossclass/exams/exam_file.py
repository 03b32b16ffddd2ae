"""An exam as it is written down: a YAML file that names problems, and what is asked of each.

    exam: Sequence models, sheet 3
    course: 23AD2205A
    due: 2026-12-04
    problems:
      - {problem: hello_ctc, points: 6, only: [alignment, probability, loss]}
      - {problem: my_rnn.yaml, points: {hidden: 3, loss: 2}, gradient: true}

A problem is a file, seen from the exam's own folder, or the name of a bundled one. Beside it may stand
``points``, ``follow_through``, ``only``, ``show``, ``digits``, ``gradient``, and what losses can work out
beyond themselves, such as ``log_space``; ``show``, ``digits`` and ``follow_through`` may also be said
once for all problems. Whatever is wrong, in the exam or in its problems, is said at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, WithJsonSchema, create_model

from lossclass import losses
from lossclass.choices import MOST_DIGITS_SHOWN, Wanted
from lossclass.errors import InvalidProblem, LossclassError, Mistake, UsageError
from lossclass.exams.assignment import Assignment, Task
from lossclass.points import Points
from lossclass.problem.bundled import bundled_problems
from lossclass.problem.fields import (
    Flag,
    Probability,
    ReadBy,
    describe,
    expected,
    to_list,
    to_text,
    whole_number_field,
)
from lossclass.problem.files import load_all, read_text
from lossclass.problem.keys import DIGITS
from lossclass.problem.messages import validated
from lossclass.problem.points import AsPoints
from lossclass.problem.problem import Problem
from lossclass.problem.yaml_source import Document, read_documents
from lossclass.problem.yaml_source import Path as KeyPath
from lossclass.records import record
from lossclass.solving import points_in, unknown_points
from lossclass.suggest import nearest
from lossclass.worksheets import Show
from lossclass.worksheets.choosing import asked_by

#: The command whose options stand beside a problem as well.
_COMMAND: Final = "worksheet"
#: More problems are no exam.
MOST_PROBLEMS: Final = 100


def load(path: Path) -> Assignment:
    """The exam in a file, with its problems.

    Raises:
        FileError: the file cannot be read.
        InvalidProblem: something in it, or in one of its problems, cannot be meant; all mistakes of
            all at once.
    """
    document, *others = read_documents(*read_text(path))
    if others:
        raise InvalidProblem([others[0].mistake((), "a second exam; a file holds one")])
    return _Reading(document, path.parent).exam()


# --- keys ---


def _to_line(value: Any) -> str:
    """A text of one line."""
    text = " ".join(to_text(value).split())
    if not text:
        raise expected("a text", value)
    return text


def _to_show(value: Any) -> Show:
    try:
        return Show(str(value))
    except ValueError:
        raise expected(" or ".join(Show), value) from None


def _to_names(value: Any) -> Any:
    """Ids of steps: a list of them, or one."""
    if not (found := to_list(value)):
        raise expected("the ids of steps, or what they begin with", value)
    return found


def _to_entries(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise expected("a list of problems, such as - {problem: hello_ctc, points: 6}", value)
    if not 0 < len(value) <= MOST_PROBLEMS:
        raise ValueError(f"expected 1 to {MOST_PROBLEMS} problems, got {len(value)}")
    return value


_TEXT = {"type": ["string", "number"]}
_NAMES = {"type": ["array", "string"], "items": _TEXT, "minItems": 1}
_Line = Annotated[str, ReadBy(_to_line), WithJsonSchema(_TEXT)]


class _Common(BaseModel):
    """What may be said of one problem, or once for all."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    show: Annotated[Show, ReadBy(_to_show), WithJsonSchema({"enum": [*Show]})] | None = None
    digits: Annotated[int, whole_number_field(MOST_DIGITS_SHOWN), WithJsonSchema(DIGITS)] | None = (
        None
    )
    follow_through: Probability | None = None


class _Exam(_Common):
    """The keys of the file; each of the problems is looked at by itself."""

    exam: _Line
    course: _Line = ""
    due: _Line = ""
    problems: Annotated[list[Any], ReadBy(_to_entries), WithJsonSchema({})]


class _Entry(_Common):
    """The keys beside a problem."""

    problem: _Line
    points: AsPoints = {}
    only: Annotated[tuple[_Line, ...], BeforeValidator(_to_names), WithJsonSchema(_NAMES)] = ()
    gradient: Flag = False


@cache
def _entry_model() -> type[_Entry]:
    """The same with what losses have of their own, by their names."""
    fields: dict[str, Any] = {}
    for extra in losses.extras():
        if _COMMAND in extra.commands:
            fields[extra.name] = (Flag, extra.default)
    return create_model("_EntryWithExtras", __base__=_Entry, **fields)


def exam_schema() -> dict[str, Any]:
    """The JSON Schema of exam files: a problem is a mapping, or a name alone."""
    from lossclass.problem.schema import DIALECT, WrittenSchema  # no run with an exam needs it

    exam, entry = (
        model.model_json_schema(schema_generator=WrittenSchema) for model in (_Exam, _entry_model())
    )
    exam["properties"]["problems"] = {
        "type": "array",
        "minItems": 1,
        "maxItems": MOST_PROBLEMS,
        "items": {**entry, "title": "A problem of the exam", "type": ["object", "string"]},
    }
    return {"$schema": DIALECT, **exam, "title": "A lossclass exam"}


# --- from keys to tasks ---


@record
class _Reading:
    """Reads a document; whatever is wrong in one of its problems is collected."""

    document: Document
    folder: Path

    def exam(self) -> Assignment:
        data, found = self.document.plain(), [*self.document.mistakes]
        if not isinstance(data, Mapping):
            message = f"expected an exam with the keys 'exam' and 'problems', got {describe(data)}"
            raise InvalidProblem([*found, self.document.mistake((), message)])
        exam, common, tasks = None, _Common(), []
        try:
            exam = common = validated(_Exam, data, (), self.document)
        except InvalidProblem as error:
            found += error.mistakes
        entries = data.get("problems")
        for n, entry in enumerate(entries if isinstance(entries, list) else []):
            path: KeyPath = ("problems", n)
            try:
                if not self.document.is_refused(path):
                    tasks.append(self._task(entry, path, n + 1, common))
            except InvalidProblem as error:
                found += error.mistakes
            except LossclassError as error:  # of a file that cannot be read, or a solution
                found.append(self.document.mistake(path, str(error)))
        if found or exam is None:
            raise InvalidProblem(found)
        return Assignment(tuple(tasks), exam.exam, exam.course, exam.due, self.document.file)

    def _refusal(self, path: KeyPath, message: str) -> InvalidProblem:
        return InvalidProblem([self.document.mistake(path, message)])

    def _task(self, written: Any, path: KeyPath, number: int, common: _Common) -> Task:
        """The task of an entry: a mapping, or the name of a problem alone.

        Raises:
            LossclassError: it cannot be meant, or its problem cannot be read or solved.
        """
        data = {"problem": written} if isinstance(written, str) else written
        if not isinstance(data, Mapping):
            message = f"expected a problem, such as {{problem: hello_ctc}}, got {describe(written)}"
            raise self._refusal(path, message)
        entry = validated(_entry_model(), data, path, self.document)
        place = path if data is not written else (*path, "problem")
        problem = self._problem(entry.problem, place)
        given = entry.model_fields_set - {*_Entry.model_fields}
        extras = {name: each for name in given if (each := getattr(entry, name))}
        own = {extra.name for extra in losses.extras_of(problem.loss)}
        if others := extras.keys() - own:
            none = f"there is none for {problem.loss}; it is for"
            said = {name: f"{none} {losses.having(name)}" for name in others}
            mistakes = [
                self.document.mistake((*path, name), said[name], at_key=True) for name in said
            ]
            raise InvalidProblem(mistakes)
        digits = entry.digits or common.digits
        task = Task(
            problem if digits is None else problem.changed(losses, digits=digits),
            Wanted(gradient=entry.gradient, extras=extras),
            entry.only,
            entry.show or common.show,
            _points(entry, common, problem),
            number,
        )
        if wrong := [*self._missing(task, entry, path)]:
            raise InvalidProblem(wrong)
        return task

    def _problem(self, name: str, path: KeyPath) -> Problem:
        """The problem of a name; what is wrong in its own file has its place there."""
        file, bundled = self.folder / name, bundled_problems()
        if not file.exists():
            if name not in bundled:
                known = [*bundled, *(each.stem for each in self.folder.glob("*.yaml"))]
                near = nearest(file.stem, known)
                hint = f"; did you mean {near!r}?" if near else ""
                message = f"there is no such file or bundled problem: {file}{hint}"
                raise self._refusal(path, message)
            file = bundled[name]
        try:
            problem, *others = load_all(file, losses)
        except InvalidProblem:
            raise
        except LossclassError as error:
            raise self._refusal(path, str(error)) from None
        if others:
            message = f"{name} holds {len(others) + 1} problems; put each into a file"
            raise self._refusal(path, message)
        return problem

    def _missing(self, task: Task, entry: _Entry, path: KeyPath) -> Iterator[Mistake]:
        """What is asked, or has points, and is not in the solution."""
        solution = Task(task.problem, task.wanted).solution
        is_wrong = False
        for n, name in enumerate(entry.only):
            try:
                asked_by(solution, [name])
            except UsageError as error:
                is_wrong, message = True, str(error).partition(": ")[2] or str(error)
                yield self.document.mistake((*path, "only", n), message)
        if entry.points and task.points:
            for name, message in unknown_points(task.points, solution).items():
                is_wrong = True
                yield self.document.mistake((*path, "points", name), message, at_key=True)
        if not (is_wrong or any(task.points_in(task.of_exam(solution)).values())):
            place = (*path, "points") if entry.points else path
            yield self.document.mistake(place, "nothing that is asked has points")


def _points(entry: _Entry, common: _Common, problem: Problem) -> Points:
    """The points of a task: what the exam says, else what the problem says."""
    inputs = problem.inputs
    shares = (entry.follow_through, common.follow_through, inputs.follow_through)
    share = next(each for each in shares if each is not None)
    return points_in(entry.points or inputs.points, share)
