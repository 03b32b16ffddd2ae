"""The mistakes that people make: what each is called, and what it makes of a calculation.

A loss declares those that belong to it; those that can be made in any step are in
:mod:`lossclass.slips.rewritings`. Which of them explains a number, :mod:`lossclass.marking` finds out.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from lossclass.arithmetic.calculation import Calculation, Changed
from lossclass.arithmetic.replacing import Otherwise, written_otherwise
from lossclass.records import record
from lossclass.slips.catalogue import CATALOGUE

__all__ = ["CATALOGUE", "Convention", "Slip"]


@dataclass(frozen=True, eq=False)
class Slip:
    """A mistake, as the calculation with it made.

    Attributes:
        code: one of :data:`CATALOGUE`; it stays the same between versions.
        text: what was done, and what belongs there, in a sentence.
        changed: what the quantities are worked out as that are worked in another way, by id.
        step: the one step in which it is made; None for one made wherever it can be.
        is_own: whether it belongs to the loss or the network, and not to arithmetic.
        is_rare: whether hardly anybody makes it, though its kind is usual.
    """

    code: str
    text: str
    changed: Changed
    step: str | None = None
    is_own: bool = True
    is_rare: bool = False

    def __post_init__(self) -> None:
        if self.code not in CATALOGUE:
            raise ValueError(f"lossclass/slips/catalogue.py has no slip {self.code!r}")

    @property
    def is_common(self) -> bool:
        """Whether it is among those that people make most: looked for first."""
        return self.is_own or (CATALOGUE[self.code].is_common and not self.is_rare)

    @property
    def usual(self) -> float:
        """How usual it is, beside the others."""
        return CATALOGUE[self.code].usual / (4 if self.is_rare else 1)


@dataclass(frozen=True, eq=False)
class Convention:
    """Another way to write the same calculation down, which gives the same answer in the end; or
    another calculation, where a problem does not say which it means.

    Attributes:
        text: what is done otherwise, in a sentence; it is no mistake.
        otherwise: how what comes out differently is written, by id.
        worked: works out all of it, where that is more than other definitions.
        shown_by: the ids of steps that come out the same: one of them has to be on the sheet, and to
            be right, where the numbers alone could be a mistake. None where they could not.
    """

    code: str
    text: str
    otherwise: Mapping[str, Otherwise] = field(default_factory=dict)
    worked: Callable[[], Calculation] | None = None
    shown_by: Collection[str] | None = None

    def made_of(self, calculation: Calculation) -> Calculation:
        """The calculation in this convention."""
        if self.worked:
            return self.worked()
        return calculation.rewritten(written_otherwise(calculation, self.otherwise))


@record
class Named:
    """A slip that leads to somebody's number.

    Attributes:
        value: the number that it leads to.
        step: the id of the step in which it was made; None where that cannot be told.
    """

    code: str
    text: str
    value: Decimal
    step: str | None = None
