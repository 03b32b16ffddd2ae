"""The sheet on which a loss writes its working, section by section and step by step."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal, localcontext
from typing import Any, Final, NamedTuple, TypeAlias, TypedDict, Unpack

from lossclass.arithmetic.expression import (
    GIVEN_ID,
    Constant,
    Expression,
    Operation,
    Quantity,
    Role,
    UndefinedValue,
)
from lossclass.arithmetic.line import long_operations
from lossclass.arithmetic.matrices import MatrixSum
from lossclass.arithmetic.notation import PLAIN
from lossclass.arithmetic.number import PRECISION, WORKING, round_significant, show
from lossclass.arithmetic.symbol import Symbol
from lossclass.arithmetic.worked_function import functions_in, work_out
from lossclass.blocks import Block, Equation, Figure, Paragraph, Remark, Section, Step, Table
from lossclass.choices import NOTHING_MORE, Wanted

#: The place of a number under a key of the problem: (2, 1), by gate ("r", 2, 1), or ("a",).
Place: TypeAlias = tuple[int | str, ...]
_LOSS: Final = "loss"
#: Where none of the letters that are wanted is free.
_ALL_LETTERS: Final = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZαβγδεζηθκλμνξρστφχψω"


class At(NamedTuple):
    """What a quantity stands for: the number at a place of a key."""

    key: str
    place: Place = ()


class Beside(TypedDict, total=False):
    """What stands beside the formula of a step; see :class:`~lossclass.blocks.Step`."""

    title: str
    why: str
    tells: bool
    aside: str
    only_in_full: bool
    question: str | None
    is_known: bool
    is_telling: bool


class Working:
    """Collects what a loss writes down, and evaluates each step as it is written.

    Every step is a quantity that later steps may use. ``digits`` is how many significant digits
    numbers have in texts, ``wanted`` what the reader asked for beyond the loss.
    ``gradient`` takes the derivatives of the answer with respect to what the problem gives, once
    they are worked out: by the name of the key, in the shape of what stands there. Each derivative
    stands under ``derivatives``, by the id of what it is by; a loss that works some out in its own
    way puts them there, and the others go on from these.

    A loss may give its steps any ids. Those who write beside it do so in a room of their own; see
    :meth:`room`.
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
        self._room = _LOSS
        self._rooms: dict[str, str] = {}  # by id
        self._at: dict[At, Quantity] = {}
        self._stands_for: dict[str, At] = {}
        self._letters: dict[tuple[str, ...], str] = {}
        self._letters_taken: set[str] = set()
        self._said: set[str] = set()
        self._worked_out: set[type[Operation]] = set()
        self._parts: dict[str, Working] = {}

    @property
    def sections(self) -> tuple[Section, ...]:
        return tuple(Section(title, tuple(blocks)) for title, blocks in self._sections)

    def section(self, title: str, before: str = "") -> None:
        """Begin a part of the working.

        Args:
            before: what stands before its title, with a colon, which then is the only one: where
                the title has one, a comma takes its place.
        """
        if before:
            part, colon, rest = title.partition(": ")
            is_ours = not colon or part.startswith("The ")
            part = part[:1].lower() + part[1:] if is_ours else part
            title = f"{before}: {part}{', ' * bool(colon)}{rest[:1].lower()}{rest[1:]}"
        self._sections.append((title, []))

    @contextmanager
    def room(self, name: str) -> Iterator[None]:
        """What is written meanwhile is another's than the loss's: a network's, a gradient's.

        An id that another room has on this sheet already gets the name of the room that comes
        second before it: ``loss.max.1`` is a loss's step ``max.1`` behind a network's.
        """
        before, self._room = self._room, name
        try:
            yield
        finally:
            self._room = before

    def letter(self, *preferred: str) -> str:
        """The first of some letters that stands for nothing else: for no number of the problem,
        and for nothing that a room reserved or that was given out here. Asked again in the same
        words, it gives the same letter."""
        if preferred not in self._letters:
            candidates = [*preferred, *_ALL_LETTERS]
            free = [each for each in candidates if each not in self._letters_taken]
            self._letters[preferred] = free[0] if free else f"{preferred[0]}′"
            self._letters_taken.add(self._letters[preferred])
        return self._letters[preferred]

    def is_new(self, what: str) -> bool:
        """Whether this is asked for the first time: what is said once for several steps."""
        is_new = what not in self._said
        self._said.add(what)
        return is_new

    def reserve_letters(self, letters: Iterable[str]) -> None:
        """Give these out to nobody else."""
        self._letters_taken |= set(letters)

    def part(self, name: str, mark: str = "") -> Working:
        """A sheet for a problem inside this one.

        What is written on it stands on this sheet, in sections titled with ``name``; its ids
        begin with ``name.`` (``given.name.`` for what is given), and the symbol of its ``loss``
        has the name for an index, all others ``mark``. Asked for again, it is the same sheet.
        """
        if name not in self._parts:
            self._parts[name] = _Part(self, name, mark)
        return self._parts[name]

    def say(
        self,
        text: str,
        *,
        tells: bool = False,
        only_in_full: bool = False,
        only_on_board: bool = False,
    ) -> None:
        """Write a paragraph; ``tells`` if it gives away what steps come to."""
        self._write(Paragraph(text, tells, only_in_full, only_on_board))

    def remark(
        self, code: str, text: str, step: Quantity | None = None, *, only_in_full: bool = False
    ) -> None:
        """Write a remark, about a step if it is given."""
        self._write(Remark(code, text, step.id if step else None, only_in_full))

    def table(
        self,
        id: str,
        title: str,
        columns: Iterable[str],
        rows: Iterable[Iterable[str | Quantity]],
        digits: int | None = None,
        *,
        only_in_full: bool = False,
        tells: bool = False,
    ) -> None:
        """Write a table; ``digits`` are those of its numbers, if not the problem's."""
        body, id = tuple(tuple(row) for row in rows), self._in_whole(id)
        self._write(Table(id, title, tuple(columns), body, digits, only_in_full, tells))

    def figure(self, figure: Figure, under: str = "") -> None:
        """Write a figure, at the end of the section with a title if one is said."""
        if under:
            blocks = next(blocks for title, blocks in self._sections if title == under)
            blocks.append(figure)
        else:
            self._write(figure)

    def equation(self, of: Quantity | Operation | MatrixSum, *, only_in_full: bool = False) -> None:
        """Write what stands beside the steps; see :class:`~lossclass.blocks.Equation`."""
        self._write(Equation(of, only_in_full))

    def given(self, id: str, symbol: Symbol, number: Decimal, at: At | None = None) -> Quantity:
        """Name a number that the problem gives; its id becomes ``given.`` and ``id``.

        Args:
            at: where the problem has it, if the id is not its key and its place.
        """
        self._letters_taken.add(symbol.letter)
        return self._name(id, symbol, Constant(number), Role.GIVEN, at or _at(id))

    def step(
        self,
        id: str,
        symbol: Symbol,
        expression: Expression,
        *,
        cancels: bool = False,
        at: At | None = None,
        **beside: Unpack[Beside],
    ) -> Quantity:
        """Write symbol = expression.

        Args:
            cancels: whether it cancels out of what it is used in; see :class:`Role`.
            at: what it stands for, if a closed form of the gradient has a derivative by it.
            beside: the title and what is said of the step; see :class:`~lossclass.blocks.Step`.

        Raises:
            ValueError: the id is taken, or the expression hides a second long sum or product,
                whose running values could not be shown: make it a step of its own.
            UndefinedValue: the expression has no value.
        """
        role = Role.CANCELS if cancels else _role(expression)
        quantity = self._name(id, symbol, expression, role, at)
        self.write_down(quantity, **beside)
        return quantity

    def write_down(self, quantity: Quantity, **beside: Unpack[Beside]) -> None:
        """Write as a step what has a name already; see :meth:`step`.

        Raises:
            ValueError: the expression hides a second long sum or product.
        """
        if len(long_operations(quantity.definition)) > 1:
            raise ValueError(f"step {quantity.id} holds more than one long sum or product")
        self._write(Step(quantity, self.values[quantity.id], **beside))
        for function in functions_in(quantity.definition):
            if type(function) not in self._worked_out and work_out(
                function, self.values, self.digits
            ):
                self._worked_out.add(type(function))
                self.equation(function, only_in_full=True)

    def take_off_board(self, quantity: Quantity) -> None:
        """Leave a step that is written already to the full working: on the board, another stands for
        it. Any other quantity is none."""
        for _, blocks in self._sections:
            for n, block in enumerate(blocks):
                if isinstance(block, Step) and block.id == quantity.id:
                    blocks[n] = replace(block, only_in_full=True)

    def name(self, id: str, symbol: Symbol, expression: Expression) -> Quantity:
        """Name what stands in a table, or a number that was worked out elsewhere, without
        writing a step.

        Raises:
            ValueError: the id is taken.
            UndefinedValue: the expression has no value.
        """
        return self._name(id, symbol, expression, _role(expression))

    def quantity(self, id: str) -> Quantity:
        """The quantity with this id.

        Raises:
            KeyError: there is none.
        """
        return self._quantities[id]

    def at(self, key: str, place: Place) -> Quantity:
        """The quantity that stands for the number at a place of a key.

        Raises:
            KeyError: there is none.
        """
        return self._at[At(key, place)]

    def all_at(self, *keys: str) -> dict[str, dict[Place, Quantity]]:
        """The quantities that stand for the numbers of some keys, by key and place; only of those of
        which there are any."""
        found: dict[str, dict[Place, Quantity]] = {key: {} for key in keys}
        for at, quantity in self._at.items():
            if at.key in found:
                found[at.key][at.place] = quantity
        return {key: each for key, each in found.items() if each}

    def stands_for(self, quantity: Quantity) -> At | None:
        """Which number of which key a quantity is, if it is one."""
        return self._stands_for.get(quantity.id)

    def text(self, number: Decimal | Quantity, other: Decimal | Quantity | None = None) -> str:
        """A value as it stands in a sentence; beside another one, with so many digits that the two
        can be told apart, if they are."""
        value = self._number(number)
        beside = value if other is None else self._number(other)
        digits = self.digits
        if value != beside:
            while (
                round_significant(value, digits) == round_significant(beside, digits)
                and digits < PRECISION
            ):
                digits += 1
        return PLAIN.number(show(value, digits).value)

    def _number(self, number: Decimal | Quantity) -> Decimal:
        return self.values[number.id] if isinstance(number, Quantity) else number

    def _name(
        self, id: str, symbol: Symbol, expression: Expression, role: Role, at: At | None = None
    ) -> Quantity:
        quantity = Quantity(self._free(id, role), symbol, expression, role)
        with localcontext(WORKING):
            value = expression.value(self.values)
        if value.is_nan():
            raise UndefinedValue(quantity.id)
        self._rooms[quantity.id] = self._room
        self.calculation.append(quantity)
        self._keep(quantity.id, quantity, value, at)
        return quantity

    def _free(self, id: str, role: Role) -> str:
        """The full id of a quantity that is to be called so."""
        full = self._full(id, role)
        while full in self._rooms:
            if self._rooms[full] == self._room:
                raise ValueError(f"there is a quantity {full} already")
            id = f"{self._room}.{id}"
            full = self._full(id, role)
        return full

    def _full(self, id: str, role: Role) -> str:
        return f"{GIVEN_ID * (role is Role.GIVEN)}{self._in_whole(id)}"

    def _in_whole(self, id: str) -> str:
        """An id of this sheet as it is for all of the problem."""
        return id

    def _keep(self, id: str, quantity: Quantity, value: Decimal, at: At | None) -> None:
        self.values[id] = value
        self._quantities[id] = quantity
        if at is not None:
            self._at[at] = quantity
            self._stands_for[quantity.id] = at

    def _write(self, block: Block) -> None:
        if not self._sections:
            self.section("")
        self._sections[-1][1].append(block)


class _Part(Working):
    """The sheet of :meth:`Working.part`. Its ``values`` are those of its own quantities, by
    their full ids and by the ids that its loss gave them."""

    def __init__(self, whole: Working, name: str, mark: str) -> None:
        super().__init__(whole.digits)  # a part is asked for its loss only
        self.calculation = whole.calculation
        self._sections = whole._sections  # noqa: SLF001 - one sheet, written on by both
        self._worked_out = whole._worked_out  # noqa: SLF001
        self._rooms = whole._rooms  # noqa: SLF001
        self._whole = whole
        self._part_name = name
        self._mark = mark

    def part(self, name: str, mark: str = "") -> Working:
        return _Part(self._whole, f"{self._part_name}.{name}", f"{self._mark}{mark}")

    def section(self, title: str, before: str = "") -> None:
        super().section(title, before or self._part_name)

    def _in_whole(self, id: str) -> str:
        return f"{self._part_name}.{id}"

    def equation(self, of: Quantity | Operation | MatrixSum, *, only_in_full: bool = False) -> None:
        super().equation(
            of.marked(self._mark) if isinstance(of, MatrixSum) else of, only_in_full=only_in_full
        )

    def _name(
        self, id: str, symbol: Symbol, expression: Expression, role: Role, at: At | None = None
    ) -> Quantity:
        if id == _LOSS:
            # An underscore in the name would look like one more index.
            symbol = replace(symbol, index=(*symbol.index, self._part_name.replace("_", "-")))
        else:
            symbol = replace(symbol, of=self._mark)
        return super()._name(id, symbol, expression, role, at)

    def _keep(self, id: str, quantity: Quantity, value: Decimal, at: At | None) -> None:
        super()._keep(id, quantity, value, at)
        own = quantity.name.removeprefix(self._in_whole(""))
        is_given = quantity.role is Role.GIVEN
        super()._keep(f"{GIVEN_ID * is_given}{own}", quantity, value, None)
        in_whole = at and At(self._in_whole(at.key), at.place)
        self._whole._keep(id, quantity, value, in_whole)  # noqa: SLF001


def _role(expression: Expression) -> Role:
    """What a quantity is that is not of the problem."""
    return Role.TAKEN if isinstance(expression, Constant) else Role.STEP


def _at(id: str) -> At:
    """The key and the place that an id of a number of the problem is made of: ``y_pred.2.1``."""
    key, *rest = id.split(".")
    while rest and not rest[0].isdecimal():
        key = f"{key}.{rest.pop(0)}"
    is_place = all(each.isdecimal() for each in rest)
    return At(key, tuple(map(int, rest))) if is_place else At(id)


def dotted(name: str, index: Sequence[int | str]) -> str:
    """The id of what stands at an index: ``y_pred.1.2``."""
    return ".".join([name, *map(str, index)])


def named(name: str, letter: str, index: Place, *, hat: bool = False) -> tuple[str, Symbol]:
    """The id and the symbol of what stands at an index: ``hinge.2`` and h₂."""
    return dotted(name, index), Symbol(letter, index, hat=hat)
