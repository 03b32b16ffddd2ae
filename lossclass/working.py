"""The sheet on which a loss writes its working, section by section and step by step."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal, localcontext
from typing import Any

from lossclass.arithmetic.expression import (
    Constant,
    Expression,
    Quantity,
    UndefinedValue,
)
from lossclass.arithmetic.line import long_operations
from lossclass.arithmetic.notation import PLAIN
from lossclass.arithmetic.number import WORKING, show
from lossclass.arithmetic.symbol import Symbol
from lossclass.blocks import Block, Paragraph, Remark, Section, Step, Table, Trellis
from lossclass.choices import NOTHING_MORE, Wanted


class Working:
    """Collects what a loss writes down, and evaluates each step as it is written.

    Every step is a quantity that later steps may use. ``digits`` is how many significant digits
    numbers have in texts, ``wanted`` what the reader asked for beyond the loss.
    ``gradient`` takes the derivatives of the answer with respect to what the problem gives, once
    they are worked out: by the name of the key, in the shape of what stands there. A loss that
    works some derivatives out in its own way puts them under ``derivatives``, by the id of what
    they are by.
    """

    def __init__(self, digits: int = 4, wanted: Wanted = NOTHING_MORE) -> None:
        self.digits = digits
        self.wanted = wanted
        self.gradient: dict[str, Any] | None = None
        self.derivatives: dict[str, Quantity] = {}
        self.calculation: list[Quantity] = []
        self._quantities: dict[str, Quantity] = {}
        self.values: dict[str, Decimal] = {}
        self._sections: list[tuple[str, list[Block]]] = []

    @property
    def sections(self) -> tuple[Section, ...]:
        return tuple(Section(title, tuple(blocks)) for title, blocks in self._sections)

    def section(self, title: str) -> None:
        """Begin a part of the working."""
        self._sections.append((title, []))

    def part(self, name: str) -> Working:
        """A sheet for a problem inside this one.

        What is written on it stands on this sheet, in sections titled with ``name``; its ids
        begin with ``name.`` (``given.name.`` for what is given), and the symbol of its ``loss``
        has the name for an index.
        """
        return _Part(self, name)

    def say(self, text: str, *, tells: bool = False) -> None:
        """Write a paragraph; ``tells`` if it gives away what steps come to."""
        self._write(Paragraph(text, tells))

    def remark(self, code: str, text: str, step: Quantity | None = None) -> None:
        """Write a remark, about a step if it is given."""
        self._write(Remark(code, text, step.id if step else None))

    def table(
        self,
        id: str,
        title: str,
        columns: Iterable[str],
        rows: Iterable[Iterable[str | Quantity]],
        digits: int | None = None,
    ) -> None:
        """Write a table; ``digits`` are those of its numbers, if not the problem's."""
        self._write(Table(id, title, tuple(columns), tuple(tuple(row) for row in rows), digits))

    def trellis(self, figure: Trellis) -> None:
        """Write a figure."""
        self._write(figure)

    def given(self, id: str, symbol: Symbol, number: Decimal) -> Quantity:
        """Name a number that the problem gives; its id becomes ``given.`` and ``id``."""
        return self._name(Quantity(f"given.{id}", symbol, Constant(number)))

    def step(
        self,
        id: str,
        symbol: Symbol,
        expression: Expression,
        *,
        title: str = "",
        why: str = "",
        tells: bool = False,
    ) -> Quantity:
        """Write symbol = expression; ``tells`` if ``why`` gives away what it comes to.

        Raises:
            ValueError: the id is taken, or the expression hides a second long sum or product,
                whose running values could not be shown: make it a step of its own.
            UndefinedValue: the expression has no value.
        """
        quantity = self._name(Quantity(id, symbol, expression))
        self.write_down(quantity, title=title, why=why, tells=tells)
        return quantity

    def write_down(
        self, quantity: Quantity, *, title: str = "", why: str = "", tells: bool = False
    ) -> None:
        """Write as a step what has a name already.

        Raises:
            ValueError: the expression hides a second long sum or product.
        """
        if len(long_operations(quantity.definition)) > 1:
            raise ValueError(f"step {quantity.id} holds more than one long sum or product")
        self._write(Step(quantity, self.values[quantity.id], title, why, tells))

    def name(self, id: str, symbol: Symbol, expression: Expression) -> Quantity:
        """Name what stands in a table, or a number that was worked out elsewhere, without
        writing a step.

        Raises:
            ValueError: the id is taken.
            UndefinedValue: the expression has no value.
        """
        return self._name(Quantity(id, symbol, expression))

    def quantity(self, id: str) -> Quantity:
        """The quantity with this id.

        Raises:
            KeyError: there is none.
        """
        return self._quantities[id]

    def text(self, number: Decimal | Quantity) -> str:
        """A value as it stands in a sentence."""
        if isinstance(number, Quantity):
            number = self.values[number.id]
        return PLAIN.number(show(number, self.digits).value)

    def _name(self, quantity: Quantity) -> Quantity:
        if quantity.id in self.values:
            raise ValueError(f"there is a quantity {quantity.id} already")
        with localcontext(WORKING):
            value = quantity.definition.value(self.values)
        if value.is_nan():
            raise UndefinedValue(quantity.id)
        self.values[quantity.id] = value
        self.calculation.append(quantity)
        self._quantities[quantity.id] = quantity
        return quantity

    def _also_called(self, id: str, quantity: Quantity, value: Decimal) -> None:
        self.values[id] = value
        self._quantities[id] = quantity

    def _write(self, block: Block) -> None:
        if not self._sections:
            self.section("")
        self._sections[-1][1].append(block)


class _Part(Working):
    """The sheet of :meth:`Working.part`. Its ``values`` are those of its own quantities, by
    their full ids and by the ids that its loss gave them."""

    def __init__(self, whole: Working, name: str) -> None:
        super().__init__(whole.digits)  # a part is asked for its loss only
        self.calculation = whole.calculation
        self._sections = whole._sections  # noqa: SLF001 - one sheet, written on by both
        self._whole = whole
        self._part_name = name

    def part(self, name: str) -> Working:
        return _Part(self._whole, f"{self._part_name}.{name}")

    def section(self, title: str) -> None:
        super().section(f"{self._part_name}: {title}")

    def table(
        self,
        id: str,
        title: str,
        columns: Iterable[str],
        rows: Iterable[Iterable[str | Quantity]],
        digits: int | None = None,
    ) -> None:
        super().table(f"{self._part_name}.{id}", title, columns, rows, digits)

    def given(self, id: str, symbol: Symbol, number: Decimal) -> Quantity:
        quantity = super().given(f"{self._part_name}.{id}", symbol, number)
        self._also_called(f"given.{id}", quantity, self.values[quantity.id])
        return quantity

    def step(
        self,
        id: str,
        symbol: Symbol,
        expression: Expression,
        *,
        title: str = "",
        why: str = "",
        tells: bool = False,
    ) -> Quantity:
        if id == "loss":
            # An underscore in the name would look like one more index.
            symbol = replace(symbol, index=(*symbol.index, self._part_name.replace("_", "-")))
        full = f"{self._part_name}.{id}"
        quantity = super().step(full, symbol, expression, title=title, why=why, tells=tells)
        self._also_called(id, quantity, self.values[quantity.id])
        return quantity

    def name(self, id: str, symbol: Symbol, expression: Expression) -> Quantity:
        quantity = super().name(f"{self._part_name}.{id}", symbol, expression)
        self._also_called(id, quantity, self.values[quantity.id])
        return quantity

    def _name(self, quantity: Quantity) -> Quantity:
        if quantity.id in self._whole.values:
            raise ValueError(f"there is a quantity {quantity.id} already")
        super()._name(quantity)
        self._whole._also_called(quantity.id, quantity, self.values[quantity.id])  # noqa: SLF001
        return quantity
