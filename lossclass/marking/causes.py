"""One cause for a sheet: the fewest mistakes that explain its wrong numbers."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from lossclass.marking.diagnosis import Fit
from lossclass.records import record
from lossclass.slips import Slip
from lossclass.slips.rewritings import kind_of

#: The numbers and the indices in what is said of a step.
_NUMBERS: Final = re.compile(r"[\d₀-₉.,−]+")
#: The code of what is not ours and stands in the source: that says not what is wrong with it.
PUBLISHED: Final = "published-number"
#: So many places of one mistake are told.
_MOST_SAID: Final = 3


@record
class Cause:
    """A mistake, and the numbers that it explains.

    Attributes:
        explains: ids of steps, in their order.
    """

    code: str
    text: str
    explains: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """It as plain data."""
        return {"code": self.code, "text": self.text, "explains": list(self.explains)}


def causes_of(fits: Mapping[str, Sequence[Fit]]) -> tuple[tuple[Cause, ...], dict[str, Fit]]:
    """The causes of a sheet, and which slip is the one for each number.

    The slip that explains most of the numbers left is taken, and the likelier of two that explain as
    many; where each explains one only, the likeliest of each number. Made again in another step of a
    kind, it is the same mistake, and explains both.

    Args:
        fits: the slips that explain each wrong number, the likeliest first, in the order of the
            steps.
    """
    left = {id: list(each) for id, each in fits.items() if each}
    chosen: dict[str, Fit] = {}
    while left:
        explained: dict[object, dict[str, Fit]] = {}
        for id, each in left.items():
            for fit in each:
                explained.setdefault(_mistake(fit.slip), {}).setdefault(id, fit)
        best = max(explained.values(), key=lambda of: (len(of), max(f.score for f in of.values())))
        if len(best) == 1:
            chosen.update((id, each[0]) for id, each in left.items())
            break
        chosen.update(best)
        for id in best:
            del left[id]
    found: dict[object, list[str]] = {}
    for id in fits:
        if id in chosen:
            found.setdefault(_mistake(chosen[id].slip), []).append(id)
    causes = (
        Cause(chosen[ids[0]].slip.code, _said([chosen[id].named.text for id in ids]), tuple(ids))
        for ids in found.values()
    )
    return tuple(causes), chosen


def _said(texts: Sequence[str]) -> str:
    """What was done, in each step in which it is said otherwise, and not only with other numbers."""
    kinds: dict[str, str] = {}
    for text in texts:
        kinds.setdefault(_NUMBERS.sub("", text), text)
    different = [*kinds.values()]
    more = " And more like it." if len(different) > _MOST_SAID else ""
    return " And: ".join(different[:_MOST_SAID]) + more


def _mistake(slip: Slip) -> object:
    """What is the same for one mistake made again in another step of a kind; each number that is copied
    from the source stands there for a reason of its own."""
    if slip.step is None or slip.code == PUBLISHED:
        return slip
    return slip.code, kind_of(slip.step)
