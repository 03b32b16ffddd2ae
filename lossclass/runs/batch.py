"""Many problems in one run: each is solved, a bad one is reported, the others still come out."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import IO, Any, NamedTuple, TypeAlias

from lossclass import losses
from lossclass.choices import NOTHING_MORE, Wanted
from lossclass.errors import FileError, LossclassError, UsageError, tell
from lossclass.exams import is_exam
from lossclass.exams.assignment import Assignment, Task
from lossclass.problem.bundled import bundled_files, with_names
from lossclass.problem.files import load_all, only, yaml_files
from lossclass.problem.problem import Problem
from lossclass.problem.typed import OPTION, Given, as_typed
from lossclass.problem.words import loss_named
from lossclass.progress import with_progress
from lossclass.solution import Solution
from lossclass.solving import solve
from lossclass.suggest import nearest

#: Where problems come from: a file, standard input, or what was typed for a loss.
ProblemSource: TypeAlias = Path | IO[bytes] | Given


@dataclass(eq=False)
class Run:
    """Something that is done to many: what goes wrong is told, and the others still come out."""

    #: What the run ends with: the highest of the exit statuses of what went wrong.
    status: int = field(default=0, init=False)

    def report(self, error: LossclassError) -> None:
        """Tell what went wrong on standard error."""
        print(with_names(error), file=sys.stderr)
        self.status = max(self.status, error.exit_status)


class Worked(NamedTuple):
    """A task, its problem as it was solved, and the solution."""

    task: Task
    problem: Problem
    solution: Solution


class Done(NamedTuple):
    """An assignment, and the solutions of its tasks."""

    assignment: Assignment
    worked: Sequence[Worked]

    @property
    def solutions(self) -> list[Solution]:
        """The solutions alone."""
        return [each.solution for each in self.worked]


@dataclass(eq=False)
class Batch(Run):
    """The problems that the arguments of a command name.

    Args:
        arguments: files, folders, names of bundled problems, ``-`` for standard input; see
            :func:`with_given`.
        overrides: keys that take the place of the problems' own; None for what stays.
        round_as_you_go, frameworks, wanted: see :func:`lossclass.solving.solve`.
        only: what is asked, where that is not all; an exam says that itself.

    Raises:
        LossclassError: there is only one file, and it cannot be read or is not valid.
    """

    arguments: Sequence[str | Given]
    overrides: Mapping[str, Any] = field(default_factory=dict)
    round_as_you_go: int | None = None
    frameworks: bool = False
    wanted: Wanted = NOTHING_MORE
    only: Sequence[str] = ()
    #: Whether results go to standard output, where a bar would be in the way.
    printing: bool = field(default=True, init=False)

    def __post_init__(self) -> None:
        self.overrides = {key: each for key, each in self.overrides.items() if each is not None}
        self.published_wrong = self.has_published = False
        self.sources: list[ProblemSource] = []
        for argument in self.arguments:
            try:
                self.sources += sources_of(argument)
            except LossclassError as error:
                if len(self.arguments) == 1:
                    raise
                self.report(error)
        self._first = self._assignments_in(self.sources[0]) if len(self.sources) == 1 else None
        #: Whether there is more than one assignment: an exam is one.
        self.several = (
            len(self.arguments) > 1 or len(self.sources) > 1 or len(self._first or ()) > 1
        )
        #: Whether several solutions may come, as those of one exam do.
        self.solves_several = self.several or any(len(each.tasks) > 1 for each in self._first or ())

    def _assignments_in(self, source: ProblemSource) -> list[Assignment]:
        """The problems of a source, or its one exam.

        Raises:
            LossclassError: it cannot be read or is not valid, or something is asked for that an
                exam says itself.
        """
        if exam := _exam_in(source, self.wanted, self.only):
            return [exam]
        return [Assignment.of(each, self.wanted, self.only) for each in problems_in(source)]

    def solutions(self) -> Iterator[Solution]:
        """The solutions, in order; what goes wrong is told on standard error."""
        return (solution for done in self.done() for solution in done.solutions)

    def done(self) -> Iterator[Done]:
        """The assignments, each with the solutions of its tasks."""
        for source in with_progress(self.sources, "Solving", "problems", printing=self.printing):
            try:
                for assignment in self._first or self._assignments_in(source):
                    if worked := [*self._worked(assignment)]:
                        yield Done(assignment, worked)
            except LossclassError as error:
                self.report(error)

    def _worked(self, assignment: Assignment) -> Iterator[Worked]:
        for task in assignment.tasks:
            try:
                yield self._solved(task)
            except LossclassError as error:
                self.report(error)

    def _solved(self, task: Task) -> Worked:
        problem = task.problem
        keys = type(
            problem.inputs
        ).model_fields  # without one, an option changes nothing: it is told
        own = {key: each for key, each in self.overrides.items() if key in keys}
        problem = problem.changed(losses, **own) if own else problem
        solution = solve(
            problem,
            round_as_you_go=self.round_as_you_go,
            frameworks=self.frameworks,
            wanted=task.wanted,
        )
        self._tell_of_options(problem, solution)
        self.published_wrong |= any(mark.verdict != "right" for mark in solution.published)
        self.has_published |= bool(solution.published)
        return Worked(task, problem, task.of_exam(solution))

    def _tell_of_options(self, problem: Problem, solution: Solution) -> None:
        """Say which of the options change nothing here, if any were given."""
        if self.overrides or self.wanted != NOTHING_MORE:
            from lossclass.runs.effects import without_effect

            for message in without_effect(problem, solution, self.overrides, self.wanted):
                tell(message)

    def exit_status(self, *, strict: bool) -> int:
        """What the run ends with; ``strict`` counts wrong published numbers."""
        if strict and not self.has_published:
            tell("--strict changes nothing: there are no published numbers")
        return self.status or int(strict and self.published_wrong)


def with_given(arguments: Sequence[str], given: Sequence[str] | None) -> list[str | Given]:
    """The arguments of a command, a loss with the numbers that are given for it instead.

    Args:
        given: what ``--given`` says, each ``KEY=VALUE``.

    Raises:
        UsageError: something is given, and there is not one loss that it could be for.
    """
    if not given:
        return list(arguments)
    if len(arguments) != 1:
        raise UsageError(f"{OPTION}: it is for one loss, and there are {len(arguments)} names")
    (name,) = arguments
    if name in bundled_files() or Path(name).exists():
        raise UsageError(
            f"{name}: this problem has its numbers; {OPTION} goes with the name of a loss, such as mse"
        )
    return [Given(name, tuple(given))]


def problems_in(source: ProblemSource) -> list[Problem]:
    """The problems of a source.

    Raises:
        LossclassError: it cannot be read or is not valid.
    """
    return [source.problem(losses)] if isinstance(source, Given) else load_all(source, losses)


def sources_of(argument: str | Given) -> list[ProblemSource]:
    """The files that one argument names.

    Raises:
        FileError: there is no such file, or none in the folder.
        UsageError: it is the name of a loss, for which nothing is given.
    """
    if isinstance(argument, Given):
        return [argument]
    if argument == "-":
        return [sys.stdin.buffer]
    path = Path(argument)
    if not argument:  # as from a variable of a script; it is not the working folder
        raise FileError("'': a name is empty")
    if path.is_dir():
        return list(yaml_files(path))
    bundled = bundled_files()  # a quiz among them says that it is one
    if argument in bundled and not path.exists():
        return [bundled[argument]]
    if not path.exists():
        if (loss := loss_named(argument, losses).loss) is not None:
            raise UsageError(_how_to_give(argument, loss))
        near = nearest(Path(argument).stem, bundled)
        hint = f"; did you mean the bundled problem {near}?" if near else ""
        raise FileError(f"{argument}: there is no such file, folder or bundled problem{hint}")
    return [path]


def _how_to_give(name: str, loss: str) -> str:
    """What to type for a loss that was named alone, with the numbers of its template."""
    template = next(iter(load_all(StringIO(f"loss: {loss}\n{losses.template_of(loss)}"), losses)))
    pairs = as_typed({key: each for key, each in template.data.items() if key != "loss"})
    typed = " ".join(f"{OPTION} {pair}" for pair in pairs)
    return (
        f"{name}: this is a loss, and a problem needs numbers too. Give them, as in\n"
        f"  lossclass solve {name if losses.canonical_name(name) else loss} {typed}\n"
        f"or in a file:\n  lossclass new {loss} --ask"
    )


def assignment_of(
    argument: str | Given,
    purpose: str,
    wanted: Wanted = NOTHING_MORE,
    asked: Sequence[str] = (),
) -> Assignment:
    """The exam that an argument names, or the one problem.

    Args:
        purpose: what is made of it, as the beginning of a sentence.
        wanted, asked: what is asked of a problem; an exam says that itself.

    Raises:
        LossclassError: it cannot be read or is not valid, or there are several problems.
    """
    found = sources_of(argument)
    if len(found) != 1:
        raise UsageError(f"{argument}: {purpose} one problem, and there are {len(found)}")
    (source,) = found
    exam = _exam_in(source, wanted, asked)
    return exam or Assignment.of(only(problems_in(source), str(argument)), wanted, asked)


def _exam_in(source: ProblemSource, wanted: Wanted, asked: Sequence[str]) -> Assignment | None:
    """The exam of a source, if there is one.

    Raises:
        UsageError: an option is given that an exam says beside each of its problems.
    """
    if not (isinstance(source, Path) and is_exam(source)):
        return None
    extras = [extra.name for extra in losses.extras() if wanted[extra] != extra.default]
    given = {"only": asked, "gradient": wanted.gradient, **dict.fromkeys(extras, True)}
    for name, is_given in given.items():
        if is_given:
            raise UsageError(
                f"--{name.replace('_', '-')}: {source} is an exam, which says itself what is asked; "
                f"write {name} beside the problem in it"
            )
    from lossclass.exams.exam_file import load

    return load(source)
