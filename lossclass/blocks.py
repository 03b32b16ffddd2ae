"""What a worked solution is made of, in the order in which people read it: steps, and what stands
between them.

Losses write these through :class:`lossclass.working.Working`; renderers and exporters read them.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, TypeAlias

from lossclass.arithmetic.expression import Quantity

Verdict: TypeAlias = Literal["right", "follows_through", "wrong"]


@dataclass(frozen=True)
class Step:
    """One step of the working: ``id`` and symbol = expression = value.

    ``tells`` says that ``why`` gives away what the step comes to; a worksheet leaves it out then.
    """

    quantity: Quantity
    decimal: Decimal
    title: str = ""
    why: str = ""
    tells: bool = False

    @property
    def id(self) -> str:
        return self.quantity.id

    @property
    def value(self) -> float:
        """The value as a double."""
        return float(self.decimal)


@dataclass(frozen=True)
class Table:
    """Rows of texts and quantities; a quantity's cell shows its value, to ``digits`` significant
    digits if they are not the solution's."""

    id: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str | Quantity, ...], ...]
    digits: int | None = None


@dataclass(frozen=True)
class Remark:
    """Something the reader should know, with a ``code`` that stays the same between versions.

    ``step`` is the id of the step that it is about, if it is about one.
    """

    code: str
    text: str
    step: str | None = None


@dataclass(frozen=True)
class Trellis:
    """A figure: the positions of CTC's extended target by time, and the alignments as paths.

    Attributes:
        symbols: what each position stands for, from the first to the last (S of them).
        blank: which of them is the blank.
        cells: T rows of S quantities, whose values are written into the figure; None where no path
            from the start can be.
        moves: the arrows (t, s, s'): an alignment of the target goes from position s at time t to
            position s' at t + 1. All count from 0.
        best: the position of the most probable alignment at each time; empty if there is none.
        best_is_tied: whether others are as probable as that one.
    """

    id: str
    title: str
    symbols: tuple[str, ...]
    blank: str
    cells: tuple[tuple[Quantity | None, ...], ...]
    moves: tuple[tuple[int, int, int], ...]
    best: tuple[int, ...]
    best_is_tied: bool = False


@dataclass(frozen=True)
class Paragraph:
    """Plain text between the steps.

    ``tells`` says that it gives away what steps come to; a worksheet leaves it out then.
    """

    text: str
    tells: bool = False


@dataclass(frozen=True)
class Audited:
    """A printed number held against ours; see :mod:`lossclass.marking.audit`."""

    id: str
    published: Decimal
    ours: Decimal
    verdict: Verdict
    text: str


@dataclass(frozen=True)
class Call:
    """How a library is asked for this loss, and what it answers.

    Attributes:
        library: its name.
        code: Python that can be run as it is and leaves the number in ``loss``; empty where the
            library cannot express the problem.
        value: that number, a list of them under ``reduction: none``; None where there is none.
        rule: what the library does differently from the calculation by hand, or why it cannot.
    """

    library: str
    code: str
    value: float | list[float] | None
    rule: str


Block: TypeAlias = Step | Table | Trellis | Remark | Paragraph | Audited | Call


@dataclass(frozen=True)
class Section:
    """A part of the working under its own heading."""

    title: str
    blocks: tuple[Block, ...]
