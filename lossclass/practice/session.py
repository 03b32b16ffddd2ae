"""The state of a session: what was answered, how each step went, and the sheet that it makes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from lossclass.hand_in.cells import Cell
from lossclass.marking.check import Checker
from lossclass.marking.marks import Mark

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
