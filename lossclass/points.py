"""Points: what the steps of a problem count, and how a number of them is shared out.

A number is for all that its name names, and is shared equally among those of its steps that are
asked, as exact fractions: of ``points: 2`` for three steps, each counts 2/3.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import field
from fractions import Fraction
from typing import Final

from lossclass.records import record

#: The name of all that is asked.
WHOLE: Final = ""
#: Nobody adds up points of more decimals.
_DECIMALS: Final = 2


@record
class Points:
    """What a problem says of points.

    Attributes:
        named: a number by the id of a step, or by what ids begin with before a dot; under
            :data:`WHOLE` for all that is asked. Empty where nothing is said.
        follow_through: the share of a step's points for an answer that follows rightly from wrong
            numbers before it.
    """

    named: Mapping[str, Fraction] = field(default_factory=dict)
    follow_through: Fraction = Fraction(1)

    @property
    def are_given(self) -> bool:
        """Whether the problem says what its steps count."""
        return bool(self.named)

    def shared(self, asked: Sequence[str]) -> dict[str, Fraction]:
        """What each step that is asked counts, by id.

        Of several names of a step, the longest counts. A step that no name names counts nothing;
        where nothing is said of points, each step counts 1.
        """
        if not self.named:
            return dict.fromkeys(asked, Fraction(1))
        found = {
            id: max((name for name in self.named if names(name, id)), key=len, default=None)
            for id in asked
        }
        counts = Counter(found.values())
        return {
            id: Fraction(0) if name is None else self.named[name] / counts[name]
            for id, name in found.items()
        }


def names(name: str, id: str) -> bool:
    """Whether a name is the id of a step, or what it begins with before a dot, or that of all."""
    return name in (WHOLE, id) or id.startswith(f"{name}.")


def points_text(points: Fraction) -> str:
    """Points as they are written for people: ``6``, ``1.5``, ``0.67``."""
    return f"{float(round(points, _DECIMALS)):.{_DECIMALS}f}".rstrip("0").rstrip(".")


def in_points(points: Fraction) -> str:
    """The same with the word: ``1 point``, ``0.67 points``."""
    text = points_text(points)
    return f"{text} point{'' if text == '1' else 's'}"
