"""A worked solution: the graph of named steps, and the order in which people read it.

Losses write it through :class:`lossclass.working.Working`; renderers, marking and exporters only
read it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from lossclass.arithmetic.board import on_board
from lossclass.arithmetic.calculation import Calculation
from lossclass.arithmetic.expression import (
    Expression,
    Quantity,
    Role,
    quantities_in,
    stands_alone,
)
from lossclass.arithmetic.line import Line, lay_out
from lossclass.arithmetic.notation import LATEX, PLAIN, TYPED, Notation
from lossclass.blocks import Audited, Block, Call, Remark, Section, Step, Table
from lossclass.points import Points
from lossclass.records import record

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderResult

SCHEMA_VERSION = 1
Kind = TypeVar("Kind", bound=Block)


@record
class About:
    """The problem that was solved, as its author describes it."""

    loss: str
    loss_title: str
    formula: str
    title: str
    statement: str = ""
    source: str = ""
    file: str = ""
    #: The id of a student's variant of it, if it is one, and whose it is.
    variant: str = ""
    student: str = ""
    #: Texts of the file that may stand in sentences, such as labels.
    words: frozenset[str] = frozenset()


@record
class Answer:
    """The last line. Under ``reduction: none`` ``value`` is a list of the observations' losses, in
    lists as deep as they are given; where a mask leaves some out, a plain list."""

    id: str
    symbol: str
    value: Any


@record
class CrossCheck:
    """What the NumPy road gives for the answer, and whether the steps agree with it.

    They agree if they are ``close`` (to within 1e-12 relatively), or as near as doubles can come
    where much cancels: then the steps worked in doubles are as far off. Where NumPy is not here,
    ``numpy`` is None, and nothing was compared: so far as anybody knows, they agree.
    """

    numpy: float | list[float] | None
    agrees: bool
    close: bool

    @property
    def is_made(self) -> bool:
        """Whether there was anything to compare with."""
        return self.numpy is not None


@record
class RoundedAsYouGo:
    """The same steps, each rounded to ``digits`` significant digits before it is used."""

    digits: int
    values: Mapping[str, Decimal]


@dataclass(frozen=True, eq=False)
class Solution:
    """A worked solution. It can be copied and pickled; like the steps in it, it is equal to itself
    alone.

    ``values`` holds every quantity's value by id, to 50 significant digits; ``calculation`` the
    quantities themselves, in an order in which they can be evaluated again.
    """

    about: About
    sections: tuple[Section, ...]
    calculation: Calculation
    values: Mapping[str, Decimal]
    answer_ids: tuple[str, ...]
    digits: int
    #: Works :attr:`cross_check` out.
    compare: Callable[[], CrossCheck] = field(compare=False, repr=False)
    rounded: RoundedAsYouGo | None = None
    #: See :attr:`gradient`; None if they were not asked for.
    derivatives: Mapping[str, Any] | None = None
    #: Where there are several answers: how many along each axis.
    answer_shape: tuple[int, ...] = ()
    #: The solutions with one option more, by the option; for whoever misses a step.
    others: Callable[[], Mapping[str, Solution]] = field(default=dict, compare=False, repr=False)
    #: What the problem says of points.
    points: Points = field(default_factory=Points)

    #: Draws a solution on a Rich console. The package's front door sets it, so that this room
    #: does not depend on the renderers.
    drawer: ClassVar[Callable[[Solution, ConsoleOptions], RenderResult]]

    def __getstate__(self) -> dict[str, Any]:
        """The calculation first: a step then comes after those that it is built from, so that what
        pickles it needs no deep stack."""
        return {"calculation": self.calculation} | self.__dict__

    @property
    def steps(self) -> tuple[Step, ...]:
        """All steps, in the order of the working."""
        return tuple(self._blocks(Step))

    @property
    def remarks(self) -> tuple[Remark, ...]:
        """All remarks, in the order of the working."""
        return tuple(self._blocks(Remark))

    @property
    def tables(self) -> tuple[Table, ...]:
        """All tables, in the order of the working."""
        return tuple(self._blocks(Table))

    @property
    def published(self) -> tuple[Audited, ...]:
        """The printed numbers of the source, held against ours."""
        return tuple(self._blocks(Audited))

    @cached_property
    def cross_check(self) -> CrossCheck:
        """The answer held against NumPy's, once somebody wants to know: NumPy takes longer to import
        than most problems to be worked."""
        return self.compare()

    @property
    def gradient(self) -> Mapping[str, Any]:
        """The derivatives of the answer, if they were asked for: by the key of the problem, floats in
        the shape of what stands there."""
        return self.derivatives or {}

    @property
    def frameworks(self) -> tuple[Call, ...]:
        """What the libraries compute, if that was asked for."""
        return tuple(self._blocks(Call))

    def _blocks(self, kind: type[Kind]) -> Iterator[Kind]:
        for section in self.sections:
            for block in section.blocks:
                if isinstance(block, kind):
                    yield block

    def step(self, id: str) -> Step:
        """The step with this id.

        Raises:
            KeyError: there is none; the message lists those that there are.
        """
        for step in self.steps:
            if step.id == id:
                return step
        raise KeyError(f"no step {id!r}; the steps are " + ", ".join(s.id for s in self.steps))

    @property
    def answer(self) -> Answer:
        """The loss: its id, its symbol and its value."""
        values = [float(self.values[id]) for id in self.answer_ids]
        symbol = PLAIN.symbol(self.step(self.answer_ids[0]).quantity.symbol)
        if self.answer_ids == ("loss",):
            return Answer("loss", symbol, values[0])
        return Answer("loss", symbol[0], _in_lists(values, self.answer_shape))

    def line(self, step: Step) -> Line:
        """The printed line of a step, in this solution's digits."""
        return lay_out(step.quantity, self.values, self.digits)

    def board_line(self, step: Step) -> Line:
        """The line of a step as it stands on the board."""
        whole = step.quantity
        quantity = Quantity(whole.id, whole.symbol, self.on_board(step), whole.role)
        return lay_out(quantity, self.values, self.digits)

    def on_board(self, step: Step) -> Expression:
        """What a step is worked by on the board; see :func:`on_board`."""
        return on_board(step.quantity.definition, self.values, self.unwritten)

    def said_on_board(self, step: Step) -> str:
        """Why a step is so, as it is said on the board: of one that only stands for another, which is
        not written there, what is said of that."""
        stands_for = stands_alone(step.quantity.definition)
        if step.why or stands_for is None or stands_for.id not in self.unwritten:
            return step.why
        return self.said_on_board(self.step(stands_for.id))

    @cached_property
    def unwritten(self) -> dict[str, Expression]:
        """What the steps are that stand on no board."""
        return {s.id: s.quantity.definition for s in self.steps if s.only_in_full}

    def to_dict(self) -> dict[str, Any]:
        """The solution as plain data, as ``--format json`` prints it.

        Numbers are doubles; infinite ones are ``"Infinity"`` and ``"-Infinity"``, and a derivative
        that has no value is None.
        Keys are only ever added from version to version.
        """
        about, answer = self.about, self.answer
        document: dict[str, Any] = {
            "schema_version": SCHEMA_VERSION,
            "problem": {
                "file": about.file,
                "loss": about.loss,
                "title": about.title,
                **({"variant": about.variant} if about.variant else {}),
            },
            "answer": {"id": answer.id, "symbol": answer.symbol, "value": plain(answer.value)},
            "steps": [self._step_dict(step) for step in self.steps],
            "tables": [self._table_dict(table) for table in self.tables],
            "remarks": [{"code": r.code, "step": r.step, "text": r.text} for r in self.remarks],
            "cross_check": {
                "numpy": None if self.cross_check.numpy is None else plain(self.cross_check.numpy),
                "agrees": self.cross_check.agrees if self.cross_check.is_made else None,
            },
            "published": [_fields(each) for each in self.published],
        }
        if self.derivatives is not None:
            document["gradient"] = plain(self.derivatives)
        if self.rounded is not None:
            document["round_as_you_go"] = {
                "digits": self.rounded.digits,
                "values": {step.id: plain(self.rounded.values[step.id]) for step in self.steps},
            }
        if self.frameworks:
            document["frameworks"] = [_fields(call) for call in self.frameworks]
        return document

    def _step_dict(self, step: Step) -> dict[str, Any]:
        line = self.line(step)
        return {
            "id": step.id,
            "symbol": line.symbol(TYPED),
            "formula": line.formula(TYPED),
            "substituted": line.substituted(TYPED),
            "value": plain(step.decimal),
            "shown": TYPED.number(line.result.value),
            "exact": line.exact,
            "running": [plain(each.value) for each in line.running],
            "uses": self._uses(step),
            "latex": line_text(line, LATEX),
            "title": step.title,
            "why": step.all_said,
        }

    def _uses(self, step: Step) -> list[str]:
        """The ids of the steps and the given quantities that a step is worked from; in the place of
        what has no step of its own, those that it is worked from."""
        found: dict[str, None] = {}
        waiting = _operands(step.quantity)
        passed = set[str]()
        while waiting:
            quantity = waiting.pop()
            if quantity.id in self._step_ids or quantity.role is Role.GIVEN:
                found[quantity.id] = None
            elif quantity.id not in passed:
                passed.add(quantity.id)
                waiting += _operands(quantity)
        return list(found)

    @cached_property
    def _step_ids(self) -> frozenset[str]:
        return frozenset(step.id for step in self.steps)

    def _table_dict(self, table: Table) -> dict[str, Any]:
        rows = [
            [cell if isinstance(cell, str) else plain(self.values[cell.id]) for cell in row]
            for row in table.rows
        ]
        columns = list(table.columns)
        return {"id": table.id, "title": table.title, "columns": columns, "rows": rows}

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield from Solution.drawer(self, options)

    def __str__(self) -> str:
        from rich.console import Console

        console = Console(width=80, no_color=True, color_system=None, force_terminal=False)
        with console.capture() as capture:
            console.print(self)
        return capture.get()

    def __repr__(self) -> str:
        return f"<Solution of {self.about.title!r}: {self.answer.symbol} = {self.answer.value}>"

    def _repr_html_(self) -> str:
        """What a notebook shows: the terminal's drawing."""
        from io import StringIO

        from rich.console import Console

        console = Console(width=100, record=True, file=StringIO(), force_jupyter=False)
        console.print(self)
        template = '<pre style="font-family: monospace; line-height: 1.2">{code}</pre>'
        return console.export_html(inline_styles=True, code_format=template)


def _fields(block: Audited | Call) -> dict[str, Any]:
    """What a block holds, as JSON can hold it."""
    return {
        name: each if each is None or isinstance(each, str) else plain(each)
        for name, each in vars(block).items()
    }


def _in_lists(numbers: list[Any], shape: tuple[int, ...]) -> list[Any]:
    """Numbers in lists of this shape, the last axis innermost."""
    for length in shape[:0:-1]:
        numbers = [numbers[n : n + length] for n in range(0, len(numbers), length)]
    return numbers


def _operands(quantity: Quantity) -> list[Quantity]:
    """The quantities in a definition, the last one first."""
    return list(quantities_in(quantity.definition))[::-1]


def line_text(line: Line, notation: Notation) -> str:
    """A whole line as one text: symbol = formula = numbers ≈ … ≈ result."""
    texts = [line.symbol(notation)]
    for exact, text in line.equation(notation):
        texts += [notation.sign(exact), text]
    return " ".join(texts)


def plain(value: Any) -> Any:
    """A number as JSON can hold it, or all those in lists and mappings."""
    if isinstance(value, Mapping):
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    number = float(value)
    if math.isnan(number):
        return None
    if math.isfinite(number):
        return number + 0.0  # -0.0 becomes 0.0
    return "Infinity" if number > 0 else "-Infinity"
