"""What a worked solution is made of, in the order in which people read it: steps, and what stands
between them.

Losses write these through :class:`lossclass.working.Working`; renderers and exporters read them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Final, Literal, TypeAlias

from lossclass.arithmetic.expression import Operation, Quantity
from lossclass.arithmetic.matrices import MatrixSum
from lossclass.figures import Diagram, Plot
from lossclass.records import record

Verdict: TypeAlias = Literal["right", "follows_through", "wrong"]
#: All remarks: what each says, in a few words, by its code, which stays the same for ever, and by what
#: they are about.
REMARKS_BY_SUBJECT: Final[Mapping[str, Mapping[str, str]]] = json.loads(
    Path(__file__).with_name("remarks.json").read_text(encoding="utf-8")
)
REMARKS: Final = {code: what for each in REMARKS_BY_SUBJECT.values() for code, what in each.items()}
#: Those that say that all is well: no warnings.
GOOD_NEWS: Final = frozenset({"published-right", "alignments-complete", "loss-fell"})


@record
class Step:
    """One step of the working: ``id`` and symbol = expression = value.

    ``tells`` says that ``why`` gives away what the step comes to, or that it is counted in what does;
    a worksheet leaves it out then, and tells nobody the count.
    ``aside`` is what is said of it beside that, where everything is. A step that is
    ``only_in_full`` stands on no board: lines there have its expression in its place.
    ``question`` is its title on a worksheet that shows no formula, if that is another; empty where
    nothing can be asked without telling what it is about. What ``is_known`` from the beginning, as a
    sentence before it says, a worksheet tells; a formula that ``is_telling`` says what other steps
    come to, and a worksheet asks without it.
    """

    quantity: Quantity
    decimal: Decimal
    title: str = ""
    why: str = ""
    tells: bool = False
    aside: str = ""
    only_in_full: bool = False
    question: str | None = None
    is_known: bool = False
    is_telling: bool = False

    @property
    def id(self) -> str:
        return self.quantity.id

    @property
    def value(self) -> float:
        """The value as a double."""
        return float(self.decimal)

    @property
    def all_said(self) -> str:
        """Why it is so, and what is said beside that."""
        return " ".join(filter(None, (self.why, self.aside)))


@record
class Table:
    """Rows of texts and quantities; a quantity's cell shows its value, to ``digits`` significant
    digits if they are not the solution's. Whether it is written ``only_in_full``, and whether it
    ``tells`` what steps come to or are about; a worksheet leaves it out then."""

    id: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str | Quantity, ...], ...]
    digits: int | None = None
    only_in_full: bool = False
    tells: bool = False


@record
class Remark:
    """Something the reader should know, with a ``code``, one of :data:`REMARKS`.

    ``step`` is the id of the step that it is about, if it is about one. Whether it is written
    ``only_in_full``.
    """

    code: str
    text: str
    step: str | None = None
    only_in_full: bool = False

    def __post_init__(self) -> None:
        if self.code not in REMARKS:
            raise ValueError(f"lossclass/remarks.json has no remark {self.code!r}")

    @property
    def is_good(self) -> bool:
        """Whether it says that all is well."""
        return self.code in GOOD_NEWS


#: A column and a row of a trellis, both from 0.
Place: TypeAlias = tuple[int, int]


@record
class Axis:
    """What the columns of a trellis are, or its rows.

    Attributes:
        title: one line or two that stand at the axis.
        counted: what one is called where they are counted, as in "1 time step".
    """

    title: tuple[str, ...]
    counted: str


@record
class RowKind:
    """What some rows of a trellis stand for: a short name, a phrase, and whether the nodes of
    these rows are shaded."""

    name: str
    meaning: str
    is_shaded: bool = True


@record
class Row:
    """A row of a trellis: its number, as in "s = 1", and what it stands for."""

    heading: str
    label: str
    kind: RowKind


@record
class ArcKind:
    """What some arcs of a trellis do: in the imperative ("stay"), and as the end of a sentence about
    the arc ("stays at a position")."""

    name: str
    does: str


@record
class Node:
    """A node of a trellis.

    Attributes:
        quantity: its value is written into the figure.
        is_passed: whether a whole path passes here, from the start to the end.
    """

    place: Place
    quantity: Quantity
    is_passed: bool = True


@record
class Arc:
    """An arc between two nodes, to the next column, or down within one."""

    start: Place
    end: Place
    kind: ArcKind


@record
class Trellis:
    """A figure: nodes in columns and rows, arcs between them, and one path that is marked.

    Attributes:
        columns: what stands above each, as in "t = 1"; ``across`` says what they are.
        rows: from the top down; ``down`` says what they are.
        row_kinds: those that there may be, in the order in which they are explained.
        nodes: those that a path from the start can come to; other places are empty.
        path: the places of the path, from the start to the end; empty if there is none.
        path_is: what that path is.
        path_says: what is read off it; if nothing else, the labels of its rows.
        arcs_are: what an arc is.
        description: the whole figure in words, for who cannot see it.
        unpassed: what is to be said of the nodes that no whole path passes.
        without_path: what is to be said where no path leads from the start to the end.
    """

    id: str
    title: str
    across: Axis
    columns: tuple[str, ...]
    down: Axis
    rows: tuple[Row, ...]
    row_kinds: tuple[RowKind, ...]
    nodes: tuple[Node, ...]
    arcs: tuple[Arc, ...]
    path: tuple[Place, ...]
    path_is: str
    arcs_are: str
    description: str
    unpassed: str
    without_path: str
    path_says: str = ""


@record
class Paragraph:
    """Plain text between the steps.

    ``tells`` says that it gives away what steps come to; a worksheet leaves it out then. Whether it
    is written ``only_in_full``, or ``only_on_board``.
    """

    text: str
    tells: bool = False
    only_in_full: bool = False
    only_on_board: bool = False


@record
class Equation:
    """An equation that is no step: nothing is worked from it, and nobody is asked for it.

    Attributes:
        of: what is written: a quantity, what it is equal to and its value; a function of a number,
            worked out; or steps of one kind, with matrices.
    """

    of: Quantity | Operation | MatrixSum
    only_in_full: bool = False


@record
class Audited:
    """A printed number held against ours; see :mod:`lossclass.marking.audit`."""

    id: str
    published: Decimal
    ours: Decimal
    verdict: Verdict
    text: str


@record
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


Figure: TypeAlias = Trellis | Diagram | Plot
Block: TypeAlias = Step | Equation | Table | Figure | Remark | Paragraph | Audited | Call


@record
class Section:
    """A part of the working under its own heading."""

    title: str
    blocks: tuple[Block, ...]
