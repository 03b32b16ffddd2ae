"""The state of a session: what was answered, how each step went, and the answer sheet that it makes,
which ``lossclass check`` marks the same way."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Final, Literal, TypeAlias

from lossclass.arithmetic.expression import Quantity, is_place
from lossclass.errors import FileError, printable
from lossclass.hand_in.cells import Cell, read_cell
from lossclass.hand_in.states import place_of
from lossclass.marking.check import Checker
from lossclass.marking.marks import Mark
from lossclass.marking.meant import FROM_1
from lossclass.output import refuse_existing, write
from lossclass.solution import About, Solution
from lossclass.worksheets.answer_sheet import entry, problem_name

#: What needs no quotes in YAML.
_PLAIN: Final = re.compile(r"-?(?:[0-9.]+(?:[eE]-?[0-9]+)?|∞)")
#: How a step ended.
Ending: TypeAlias = Literal["right", "follows_through", "skipped"]


@dataclass
class Gone:
    """How one step went.

    Attributes:
        hints: how many were asked for.
        wrong: how many answers were wrong.
        ending: None as long as it is being worked on.
    """

    hints: int = 0
    wrong: int = 0
    ending: Ending | None = None

    @property
    def is_at_once(self) -> bool:
        """Whether the first answer was right, without a hint."""
        return self.ending not in {None, "skipped"} and not (self.hints or self.wrong)


@dataclass
class Session:
    """Marks answers, each in the light of those before it.

    Attributes:
        answers: the last answer to each step that was gone through, None for one that was skipped
            without any; the answers of a sheet.
        gone: how the steps went, by id.
    """

    checker: Checker
    answers: dict[str, Cell | None] = field(default_factory=dict)
    gone: dict[str, Gone] = field(default_factory=dict)

    def begin(self, id: str) -> Gone:
        """Turn to a step."""
        self.gone[id] = Gone()
        return self.gone[id]

    def mark(self, id: str, answer: Cell) -> Mark:
        """The mark of an answer to the step that was turned to last, in the light of the last
        answers to those before it; a first try at it that was no good is forgotten."""
        if next(reversed(self.gone), None) != id:
            raise ValueError(f"{id} is not the step that was begun last")
        self.answers[id] = answer
        mark = self.checker.marker(self.answers).mark(id)
        if mark.verdict in {"right", "follows_through"}:
            self.gone[id].ending = mark.verdict
        else:
            self.gone[id].wrong += 1
        return mark

    def skip(self, id: str) -> None:
        """Give a step up; a wrong answer to it stays, as on a sheet."""
        self.answers.setdefault(id, None)
        self.gone[id].ending = "skipped"

    @property
    def done(self) -> dict[str, Gone]:
        """The steps that were gone through to their end."""
        return {id: gone for id, gone in self.gone.items() if gone.ending is not None}

    @property
    def wrong(self) -> int:
        """How many wrong answers there were in all."""
        return sum(gone.wrong for gone in self.gone.values())


def read_answer(typed: str, step: Quantity, solution: Solution) -> Cell:
    """What was typed for a step: a state by its name as the place that it has; a place 0 as the first, which
    is then said, so that those after it are counted from 1."""
    answer = read_cell(typed)
    if not is_place(step.definition):
        return answer
    if answer.value == 0:
        return Cell("1", Decimal(1), note=FROM_1.format(0, 1).capitalize())
    place = place_of(typed, solution, [step.id])
    return Cell(answer.written, Decimal(place)) if answer.unreadable and place else answer


class Saving:
    """Keeps a sheet in a file, whole each time.

    Args:
        to: the file; None to keep nothing.
        force: write over one that exists.

    Raises:
        FileError: it exists, and ``force`` is not given; or its folder is not there.
    """

    def __init__(self, to: Path | None, *, force: bool) -> None:
        self.to = to
        self.force = force
        self.written: str | None = None
        refuse_existing(to, force=force)
        if to is not None and not to.parent.is_dir():  # now, and not after an answer
            raise FileError(f"{to}: there is no folder {str(to.parent)!r}")

    def save(self, about: About, answers: Mapping[str, Cell | None]) -> None:
        """Write the sheet, if there is something new on it.

        Raises:
            FileError: it cannot be written, or somebody else has made the file meanwhile.
        """
        text = sheet_text(about, answers)
        if self.to is None or not answers or text == self.written:
            return
        write([text], self.to, force=self.force or self.written is not None)
        self.written = text


def sheet_text(about: About, answers: Mapping[str, Cell | None]) -> str:
    """An answer sheet in YAML; what was skipped stands in it empty."""
    lines = [f"# Practised: {printable(' '.join(about.title.split()))}"]
    if name := problem_name(about.file):
        lines.append(entry("problem", Path(name).name))
    lines.append("answers:" if answers else "answers: {}")
    lines += (f"  {entry(id)}{_value(answer)}" for id, answer in answers.items())
    return "".join(f"{line}\n" for line in lines)


def _value(answer: Cell | None) -> str:
    if answer is None:
        return ""
    plain = _PLAIN.fullmatch(answer.written)
    # In double quotes, which JSON and YAML have in common.
    return f" {answer.written if plain else json.dumps(answer.written, ensure_ascii=False)}"
