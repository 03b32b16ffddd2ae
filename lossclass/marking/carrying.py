"""What somebody wrote for the steps gone through, and what those after it come to with these numbers."""

from __future__ import annotations

from collections.abc import Mapping, Set
from decimal import Decimal
from typing import Literal, TypeAlias, get_args

from lossclass.arithmetic.calculation import Calculation, Rounding, Run
from lossclass.marking.marks import Verdict
from lossclass.marking.written import Written

#: Which numbers somebody carries on from: what is right and precise; what is right and has two digits
#: at least; all that was written; what this is taken to stand for, with more digits; the same, but for
#: what is wrong, which is carried on as it is written.
Stand: TypeAlias = Literal["precise", "right", "all", "meant", "typed"]


class Carried:
    """The numbers of one person, step by step.

    Attributes:
        calculation: ours, or the one by the person's own convention.
        written: what was written for the steps gone through, by id.
        right: what of it is right.
        standing: what may stand in the place of steps, by id.
    """

    def __init__(self, calculation: Calculation) -> None:
        self.calculation = calculation
        self.written: dict[str, Written] = {}
        self.right: dict[str, Written] = {}
        self.standing: dict[Stand, dict[str, Decimal]] = {kind: {} for kind in get_args(Stand)}
        self._runs: dict[tuple[Stand, Rounding | None], Run] = {}

    def by(self, calculation: Calculation) -> Carried:
        """The same numbers in another calculation of the same steps."""
        other = Carried(calculation)
        other.written, other.right, other.standing = self.written, self.right, self.standing
        return other

    def go_on(
        self, id: str, number: Written, verdict: Verdict, meant: Decimal | None, *, is_coarse: bool
    ) -> None:
        """Carry what was written for a step on to those after it.

        Args:
            meant: the exact number that it is taken to stand for, if there is one.
            is_coarse: whether it has fewer digits than were asked.
        """
        self.written[id] = number
        stands_for = number.value if meant is None else meant
        typed = number.value if verdict == "wrong" else stands_for
        if verdict == "follows_through" and number.is_rounded(own := self.value("typed", id)):
            typed = own
        kept: dict[Stand, Decimal] = {"all": number.value, "meant": stands_for, "typed": typed}
        if verdict == "right":
            self.right[id] = number
            if not is_coarse:
                kept["precise"] = number.value
            if not is_coarse or number.digits > 1:
                kept["right"] = number.value
        for kind, value in kept.items():
            self.standing[kind][id] = value
        for (kind, _), run in self._runs.items():
            if kind in kept:
                run.stands(id, kept[kind])

    def is_doubtful(self, id: str) -> bool:
        """Whether something before a step was written that is wrong, or has few digits."""
        return self._is_before(self.written.keys() - self.standing["precise"].keys(), id)

    def is_after_a_mistake(self, id: str) -> bool:
        """Whether something before a step was written that is wrong."""
        return self._is_before(self.written.keys() - self.right.keys(), id)

    def _is_before(self, ids: Set[str], id: str) -> bool:
        return bool(ids) and not ids.isdisjoint(self.calculation.before(id))

    def value(self, kind: Stand, id: str, rounding: Rounding | None = None) -> Decimal:
        """What a step comes to with these numbers in the place of steps before it."""
        return self.run(kind, rounding).value(id, self.standing[kind])

    def used(self, id: str) -> Mapping[str, Decimal]:
        """What the steps before a step are used as, with all that was written."""
        self.value("all", id)
        return self.run("all").used

    def run(self, kind: Stand, rounding: Rounding | None = None) -> Run:
        """The calculation gone through with these numbers, every other step rounded."""
        key = kind, rounding
        if key not in self._runs:
            self._runs[key] = Run(self.calculation, rounding)
        return self._runs[key]

    def shown_before(self, id: str) -> list[Decimal]:
        """The numbers written for steps before a step that show to how many digits somebody rounds:
        not those that are exact."""
        ours = self.calculation.values
        return [
            number.value
            for each in self.calculation.before(id).keys() & self.written.keys()
            if not ((number := self.written[each]).is_exact or number.is_exactly(ours[each]))
        ]

    def is_lost(self, id: str, run: Run) -> bool:
        """Whether rounding leaves nothing of a step before a step that nobody has written."""
        ours = self.calculation.values
        before = self.calculation.before(id).keys() - self.written.keys() - {id}
        return any(ours[each] and not run.used[each] for each in before)

    def worked_from(self, kind: Stand) -> Calculation:
        """The calculation worked from what was written so far."""
        written = self.standing[kind]
        return self.calculation.carried_on(written) if written else self.calculation
