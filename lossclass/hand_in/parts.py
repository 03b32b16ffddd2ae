"""Which problem of an exam an answer is for.

A name has the number of its problem before it: ``2.loss``, ``2. L``, ``problem 2 alpha.1.1``. One without
a number is for the one problem that has such a step. In working, a line says where another problem
begins: ``Problem 2``, ``Exercise 2: HELLO``, ``Aufgabe 2``.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from typing import Final, Protocol

from lossclass.hand_in.lines import Line
from lossclass.hand_in.names import Names
from lossclass.hand_in.words import WORDS
from lossclass.solution import Solution

_WORD: Final = "|".join(WORDS["tasks"])
_NUMBERED: Final = re.compile(
    rf"\s*(?:(?:{_WORD})\.?\s*)?\(?#?\s*(?P<number>\d{{1,3}})(?:\s*[.:)/_-]+\s*|\s+)(?P<name>[^\d\s.].*)",
    re.IGNORECASE | re.DOTALL,
)
#: The key of a mapping that holds the answers to a problem.
_GROUP: Final = re.compile(rf"\s*(?:(?:{_WORD})\.?\s*)?#?\s*(\d{{1,3}})[.:)]?\s*", re.IGNORECASE)
_INLINE: Final = re.compile(r"(\d{1,3})\.(?=[^\W\d])")


def numbered(name: str, count: int) -> tuple[int, str] | None:
    """The number of a problem, of so many, and the name behind it; None if a name has none."""
    found = _NUMBERED.fullmatch(name)
    if found is None or not 0 < int(found["number"]) <= count:
        return None
    return int(found["number"]), found["name"]


def group(name: str) -> int | None:
    """The number of the problem that a name says, if it says nothing else."""
    found = _GROUP.fullmatch(name)
    return int(found[1]) if found else None


class Asked(Protocol):
    """A problem of an exam, and the ids of its steps that are asked; None for all."""

    @property
    def solution(self) -> Solution: ...
    @property
    def asked(self) -> Collection[str] | None: ...


def problem_of(name: str, problems: Sequence[Asked]) -> tuple[int, str] | str:
    """The number of the problem that a name belongs to, from 1, and the name in it; or why that
    cannot be told."""
    if (found := numbered(name, len(problems))) is not None:
        return found
    ids = {n: Names.of(each.solution).ids(name) for n, each in enumerate(problems, start=1)}
    fitting = [n for n, found in ids.items() if found]
    asked = [n for n in fitting if {*ids[n]} & {*(problems[n - 1].asked or ids[n])}]
    if len(asked or fitting) == 1:
        return (asked or fitting)[0], name
    far = _NUMBERED.fullmatch(name)
    if not fitting and far and Names(problems[-1].solution).ids(far["name"]):
        return none_of(far["number"], len(problems))
    if not fitting:
        example = f"{len(problems)}.{problems[-1].solution.answer_ids[0]}"
        return f"no problem has such a step; a step is named as in {example}"
    either = " or ".join(f"{n}.{name}" for n in asked or fitting)
    return f"it is not said of which problem this is: write {either}"


def none_of(number: int | str, count: int) -> str:
    """That there is no problem of a number."""
    return f"there is no problem {number} here, only 1 to {count}"


def sections(lines: Sequence[Line], count: int) -> tuple[list[list[Line]] | None, list[str]]:
    """The lines of each problem, of so many; None if no line says of which it is. What stands before
    the first such line belongs to the first problem that has lines. And what is to be said of those
    that say that they are of another problem."""
    word = _word_in(lines, count)
    found: list[list[Line]] = [[] for _ in range(count)]
    before: list[Line] = []
    now, is_told = before, count == 1
    said = []
    for line in lines:
        if heading := _heading(line, word, count):
            number, rest = heading
            now, is_told = found[number - 1], True
            if rest is not None:
                now.append(rest)
        elif number := _elsewhere(line, count):
            now = []
            said.append(f"Line {line.number}: {none_of(number, count)}; what follows is not marked")
        elif (inline := _INLINE.match(line.text)) and 0 < int(inline[1]) <= count:
            is_told = True
            found[int(inline[1]) - 1].append(replace(line, text=line.text[inline.end() :]))
        else:
            now.append(line)
    if not is_told:
        return None, said
    first = next((each for each in found if each), found[0])
    first[:0] = before
    return found, said


def _heading_form(word: str) -> re.Pattern[str]:
    return re.compile(
        rf"[\s#*_(]*{word}\.?\s*#?(\d{{1,3}})(?!\d|[.,]\d)[\s*_)]*(.*)", re.IGNORECASE
    )


def _word_in(lines: Sequence[Line], count: int) -> re.Pattern[str] | None:
    """The form of lines that begin a problem: with the first of the words that is there."""
    for form in map(_heading_form, WORDS["tasks"]):
        if any(_heading(line, form, count) for line in lines):
            return form
    return None


def _heading(
    line: Line, form: re.Pattern[str] | None, count: int
) -> tuple[int, Line | None] | None:
    """The number of the problem that a line begins, and what of the line already belongs to it."""
    found = form.match(f"{line.bullet}{line.text}") if form else None
    if found is None or not 0 < int(found[1]) <= count:
        return None
    rest = found[2].lstrip(".:)-– ")
    return int(found[1]), replace(
        line, text=rest, bullet="", is_heading=False
    ) if "=" in rest else None


def _elsewhere(line: Line, count: int) -> int:
    """The number of a problem that a line begins, and of which there are not so many; else 0. One
    letter, or what goes on as a sentence, is no such heading."""
    for form in map(_heading_form, (word for word in WORDS["tasks"] if len(word) > 1)):
        found = form.match(f"{line.bullet}{line.text}")
        if found and int(found[1]) > count and (found[2][:1] == ":" or not found[2].strip(".)")):
            return int(found[1])
    return 0


def names_by_problem(
    written: Iterable[str], problems: Sequence[Asked]
) -> tuple[list[dict[str, str]], dict[str, str]]:
    """For each problem the names of its steps, each with how it is written; and why the others are
    of none."""
    found: list[dict[str, str]] = [{} for _ in problems]
    wrong: dict[str, str] = {}
    for each in written:
        belongs = problem_of(each, problems)
        if isinstance(belongs, str):
            wrong[each] = belongs
        else:
            number, name = belongs
            found[number - 1].setdefault(name, each)
    return found, wrong
