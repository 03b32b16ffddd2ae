"""Which steps a worksheet asks, and what it tells of those that it does not: how they are worked, or
what they come to."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress

from lossclass.arithmetic.expression import Quantity, Role, quantities_in
from lossclass.blocks import Step
from lossclass.errors import UsageError
from lossclass.problem.bundled import called
from lossclass.solution import Solution
from lossclass.suggest import nearest
from lossclass.worksheets import Show

#: Of so many steps in a section, only the first and the last are asked; of a working that is very
#: long as a whole, fewer of each.
_MOST, _FIRST, _LAST = 120, 40, 20
_MOST_OF_LONG, _FIRST_OF_LONG, _LAST_OF_LONG = 12, 6, 3
_LONG = 600
#: A step that needs more numbers that are not asked is not asked either.
_MOST_TOLD = 40
#: Where more steps would have to be worked that are not asked, numbers are told.
_MOST_FORMULAS = 60


class Choice:
    """What is asked of a solution, what is told of other steps, and what neither.

    Args:
        show: how much of each step is shown; without its formula, some steps cannot be asked.
        only: ids, or what ids begin with before a dot; empty for all.

    Attributes:
        asked: the steps to be worked out, by id, in order.
        left_out: ids of steps that are not asked: there are too many, or they only check others.
        told: ids of what the asked steps use and is told as a number: steps that were left out,
            and numbers that come from elsewhere.
        shown: what else has to be worked for the asked steps, of which the formula is shown, by id.
        known: ids of steps that are not asked because they are so from the beginning.

    Raises:
        UsageError: there is no step for one of ``only``.
    """

    def __init__(self, solution: Solution, show: Show, only: Sequence[str]) -> None:
        self.known = frozenset(each.id for each in solution.steps if each.is_known) - {*only}
        wanted = asked_by(solution, only) - self.known
        self.left_out = _too_many(solution, wanted)
        if not only:  # what is a check alone, and not worked on a board
            self.left_out |= {
                each.id for each in solution.steps if each.only_in_full and each.question == ""
            }
        self.asked: dict[str, Step] = {}
        for step in solution.steps:
            if show is Show.QUESTION and not only and step.question == "":
                continue
            if step.id in wanted and step.id not in self.left_out:
                operands = {each.id for each in quantities_in(step.quantity.definition)}
                if len(operands & self.left_out) > _MOST_TOLD:
                    self.left_out.add(step.id)
                else:
                    self.asked[step.id] = step
        self.shown: Mapping[str, Quantity] = {}
        self.told = self._told(solution) if show is Show.QUESTION else self._beside(solution)

    def _used(self) -> Iterator[Quantity]:
        for step in self.asked.values():
            yield from quantities_in(step.quantity.definition)

    def _told(self, solution: Solution) -> set[str]:
        """What the asked steps use and nobody can work out."""
        steps = {step.id for step in solution.steps}
        taken = {each.id for each in self._used() if each.role is Role.TAKEN} - _counted(solution)
        return {each.id for each in self._used()} & self.left_out | taken - steps

    def _beside(self, solution: Solution) -> set[str]:
        """What is used and not asked: ids of numbers to be told; and what has to be worked for the
        asked steps, with all that this uses, is shown."""
        told: set[str] = set()
        neither = _counted(solution) | self.known
        found: set[str] = set()
        to_do = [*self._used()]
        while to_do:
            each = to_do.pop()
            if is_given(each) or each.id in self.asked or each.id in found | neither:
                continue
            if each.id in self.left_out or each.role is Role.TAKEN:
                told.add(each.id)
            else:
                found.add(each.id)
                to_do += quantities_in(each.definition)
        shown = {each.id: each for each in solution.calculation if each.id in found}
        if len(shown) > _MOST_FORMULAS:
            # What is worked from asked steps, without being a step itself, would give them away.
            told |= shown.keys() & {step.id for step in solution.steps}
            return told & {each.id for each in self._used()}
        self.shown = shown
        return told


def is_given(quantity: Quantity) -> bool:
    """Whether it is a number of the problem; a constant may also be one worked out elsewhere."""
    return quantity.role is Role.GIVEN


def marked_in(solution: Solution, only: Sequence[str]) -> Collection[str] | None:
    """The ids of the steps that are marked: those that are named; where the problem has points,
    those that a worksheet asks, on which its points are; None for those that are answered.

    Raises:
        UsageError: there is no step for one of the names.
    """
    if solution.points.are_given:
        return Choice(solution, Show.FORMULA, only).asked
    return asked_by(solution, only) if only else None


def asked_by(solution: Solution, only: Sequence[str]) -> set[str]:
    """The ids of the steps that some names name: their ids, what these begin with, or else the letter of
    their symbol, γ or gamma; of all steps without a name.

    Raises:
        UsageError: there is no step for one of them.
    """
    if not only:
        return {step.id for step in solution.steps}
    wanted: set[str] = set()
    for name in only:
        if not (found := _called(name, solution)):
            raise UsageError(
                f"{_place(solution)}no step is called {name!r}; {_instead(name, solution)}"
            )
        wanted |= found
    return wanted


def _place(solution: Solution) -> str:
    file = called(solution.about.file)
    return f"{file}: " if file else ""


def _instead(name: str, solution: Solution) -> str:
    """What to say where no step goes by a name."""
    ids = [step.id for step in solution.steps]
    kinds = dict.fromkeys(id.partition(".")[0] for id in ids)
    if near := nearest(name, [*kinds, *ids]):
        return f"did you mean {near!r}? Their names begin with {', '.join(kinds)}"
    for option, other in solution.others().items() if name else ():
        if _called(name, other):
            return f"with {option} there is one"
    return f"their names begin with {', '.join(kinds)}"


def _called(name: str, solution: Solution) -> set[str]:
    """The ids of the steps that go by a name; by a letter that is no id, those whose symbol has it, with
    primes or without, and not derivatives by it."""
    ids = (step.id for step in solution.steps)
    if found := {id for id in ids if id == name or id.startswith(f"{name}.")}:
        return found
    with suppress(KeyError):
        name = unicodedata.lookup(f"GREEK SMALL LETTER {name.upper()}")
    symbols = {step.id: step.quantity.symbol for step in solution.steps}
    return {id for id, each in symbols.items() if not each.by and each.letter.rstrip("′") == name}


def _too_many(solution: Solution, wanted: set[str]) -> set[str]:
    """The middle of what is wanted, where it is too long to be worked by hand."""
    is_long = len(wanted) > _LONG
    most = _MOST_OF_LONG if is_long else _MOST
    first, last = (_FIRST_OF_LONG, _LAST_OF_LONG) if is_long else (_FIRST, _LAST)
    left_out: set[str] = set()
    for section in solution.sections:
        ids = [each.id for each in section.blocks if isinstance(each, Step) and each.id in wanted]
        if len(ids) > most:
            left_out.update(ids[first:-last])
    return left_out


def _counted(solution: Solution) -> set[str]:
    """The steps that are read off what a worksheet leaves out, as how many edits there are: whoever
    is asked for what they make has to find them."""
    return {each.id for each in solution.steps if each.tells and each.quantity.role is Role.TAKEN}
