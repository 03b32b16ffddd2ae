"""What stands in one place for an answer: a number, or arithmetic that comes to one.

The one reader for answer sheets, ``--answer``, ``practice``, tables, workbooks and plain working.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import replace
from decimal import Decimal, localcontext
from typing import Final

from lossclass.arithmetic.expression import Expression, Quotient, UndefinedValue, nodes_in
from lossclass.arithmetic.notation import PLAIN
from lossclass.arithmetic.number import WORKING, last_place, read_number, show
from lossclass.arithmetic.parsing import UnreadableText, read
from lossclass.errors import printable
from lossclass.hand_in.typed import UNIT, Unreadable, arithmetic, number_of, plainly, written_out
from lossclass.hand_in.words import WORDS
from lossclass.marking.meant import LOG_UNITS
from lossclass.problem.fields import LARGEST, SMALLEST
from lossclass.records import record

_MOST_CHARACTERS: Final = 1000
#: What says that there is no answer; and so does what has neither letters nor digits.
_NOTHING: Final = frozenset(WORDS["no_answer"])
_SAYS: Final = re.compile(r"[^\W_]|∞")
#: What may stand before a number, and what behind it.
_BEFORE: Final = re.compile(
    rf"(?:(?:{'|'.join(WORDS['before'])})\b[\s.:]*+|∴\s*+)++", re.IGNORECASE
)
_BEHIND: Final = re.compile(
    r"(?<![A-Za-z])(?:(?<=[0-9] )[(\[]?[1-9] ?(?:s\.?f|d\.?p|sig\.? figs?|significant digits|decimals?|decimal places)\.?[)\]]?"
    rf"|{LOG_UNITS}|units?|points?"
    r"|approximately|approx|rounded|roughly|or so|loss)$",
    re.IGNORECASE,
)
_PERCENT: Final = re.compile(r"(?<=[0-9]) ?(?:per ?cent|pct)\b", re.IGNORECASE)
_EQUALS: Final = re.compile(r"[=≈≃≅≐~→⇒∼]+|(?<=\s)->(?=\s)")
_ARROWS: Final = re.compile(r"=>|<=>|⇔|⇒|→|==")
_IN_BRACKETS: Final = re.compile(r"\( ?([=≈~±])")
#: What stands around a text: before it the first half, behind it the second.
_QUOTES: Final = ("''", '""', "``", "****", "**", "“”", "[]", "«»", "„“")
_LOOKS_LIKE_A_NUMBER: Final = re.compile(r"^[0-9]|[.,][0-9]")
#: So many digits of what arithmetic comes to are shown, in the message that it is too large.
_SHOWN: Final = 4


@record
class Cell:
    """An answer as it was written, and what it says.

    Attributes:
        written: as it was written; '' if nothing was.
        value: in its written digits; None where it is missing or cannot be read.
        working: arithmetic that was written, readable by :func:`lossclass.arithmetic.parsing.read`.
        exact: whether the value is worked out of arithmetic, so that it has no written digits.
        unreadable: why it cannot be read, in a sentence; '' otherwise.
        note: what was assumed in reading it, for whoever wrote it.
    """

    written: str
    value: Decimal | None = None
    working: str | None = None
    exact: bool = False
    unreadable: str = ""
    note: str = ""

    @property
    def is_missing(self) -> bool:
        """Whether nothing is filled in."""
        return self.value is None and not self.unreadable


def read_cell(written: str | int | float | Decimal | None, working: str | None = None) -> Cell:
    """What stands in a cell, as people write it down.

    A number keeps its digits: ``0.20``, ``0,20``, ``20%``, ``≈ 0.20 nats`` and ``L = 0.2 × 1 = 0.20``
    are 0.20. Arithmetic is worked: ``1.4/3`` has no digits, and is what it comes to. A comma
    between three digits and others before it is a decimal comma, as in 1,234, and noted.

    Args:
        working: arithmetic that stands in a place of its own beside it.
    """
    as_written = "" if written is None else str(written).strip()
    try:
        cell = replace(_read(as_written), written=as_written)
        return _beside(cell, working) if working else cell
    except Unreadable as error:
        return Cell(as_written, unreadable=printable(str(error)))


def _beside(cell: Cell, working: str) -> Cell:
    """A number with the arithmetic that stands beside it; where there is only that, it is the
    answer."""
    if cell.is_missing:
        return read_cell(working)
    try:
        return replace(cell, working=_read(working).working or cell.working)
    except Unreadable as error:
        note = f"the working beside it cannot be read: {printable(str(error))}"
        return replace(cell, note=_noted(cell.note, note))


def _read(written: str) -> Cell:
    if len(written) > _MOST_CHARACTERS:
        raise Unreadable(f"It is longer than {_MOST_CHARACTERS} characters.")
    with suppress(ValueError):  # as most are written, and at once
        return Cell("", _of_a_size(read_number(written, infinite=True)))
    text = _ARROWS.sub("=", written_out(plainly(written))).replace("+/-", "±")
    if text.casefold().strip(" .!?()'\"") in _NOTHING or not _SAYS.search(text):
        return Cell("")
    if any(sign in text for sign in "<>≤≥≠"):
        raise Unreadable("It says what is larger, smaller or not equal, and not how much it is.")
    text, _, spread = _chained(_unquoted(text)).partition("±")
    cell = _last_of(list(map(_bare, _EQUALS.split(text))))
    return (
        replace(cell, note=_noted(cell.note, "what is behind ± is passed over")) if spread else cell
    )


def _chained(text: str) -> str:
    """``0.467 (= 1.4/3)`` as the chain that it is, and ``0.467 (± 0.001)`` without the brackets."""
    begun = _IN_BRACKETS.search(text)
    if begun is None or not text.endswith(")"):
        return text
    number, beside = text[: begun.start()], text[begun.end() : -1]
    return f"{number}±{beside}" if begun[1] == "±" else f"{beside}={number}"


def _last_of(sides: list[str]) -> Cell:
    """The last number in a chain of what is equal, with the arithmetic before it."""
    found: Cell | None = None
    why: Unreadable | None = None
    for side in reversed(sides):
        try:
            cell = _worked(side)
        except Unreadable as error:
            why = why or error
            if found is None and _LOOKS_LIKE_A_NUMBER.search(side):
                raise
            continue
        if found is None:
            found = cell
        elif cell.exact and any(map(str.isdigit, side)):
            return replace(found, working=cell.working, note=_noted(found.note, cell.note))
        if found.exact:
            return found
    if found is not None:
        return found
    if not sides[-1] or why is None:  # as in "L ="
        return Cell("")
    raise why


def _bare(side: str) -> str:
    """A side of a chain without what is only said about its number."""
    side = _PERCENT.sub("%", side)
    before = None
    while side != before:
        before = side
        side = side.strip().rstrip(".,;!?✓✔✅").rstrip()
        side = _unquoted(side)
        name, colon, number = side.partition(":")
        if colon and number and not is_arithmetic(name):  # between numbers, it divides them
            side = number
        begun = _BEFORE.match(side)
        if begun and begun.end() < len(side):
            side = side[begun.end() :]
        side = UNIT.sub("", _BEHIND.sub("", side))
        side = _without_aside(side)
    return side


def _unquoted(side: str) -> str:
    for both in _QUOTES:
        opening, closing = both[: len(both) // 2], both[len(both) // 2 :]
        inside = side[len(opening) : -len(closing)]
        if side == opening + inside + closing and opening not in inside and closing not in inside:
            return inside
    return side.lstrip("'\"")  # a ' tells a spreadsheet that a cell is a text


def _without_aside(side: str) -> str:
    """Without words in brackets at the end."""
    start = side.rfind("(")
    if (
        not side.endswith(")")
        or start < 1
        or not (side[start - 1].isdigit() or side[start - 1] in " %")
    ):
        return side
    before, inside = side[:start], side[start + 1 : -1]
    if any(map(str.isalpha, inside)) and not is_arithmetic(inside):
        return before
    with suppress(ValueError):  # one number, rounded further beside it
        first, second = read_number(before), read_number(inside)
        if abs(first - second) <= max(last_place(first), last_place(second)):
            return before if before.endswith(" ") else side
    return side


def is_arithmetic(text: str) -> bool:
    """Whether a text, as :func:`~lossclass.hand_in.typed.plainly` leaves it, comes to a number."""
    with suppress(Unreadable):
        _worked(text)
        return True
    return False


def _worked(text: str) -> Cell:
    """A number, or what arithmetic comes to."""
    if not text:
        raise Unreadable("It is no number.")
    plain, notes = arithmetic(text)
    try:
        expression = read(plain)
    except UnreadableText as error:
        raise Unreadable(f"It cannot be read as arithmetic: {error.message}.") from None
    literal = number_of(expression, powers=True)
    if literal is not None:
        return Cell("", _of_a_size(literal), note=_noted(*notes))
    return Cell("", _of_a_size(_value(expression)), plain, exact=True, note=_noted(*notes))


def _value(expression: Expression) -> Decimal:
    try:
        with localcontext(WORKING):
            value: Decimal = expression.value({})
    except (UndefinedValue, ArithmeticError):
        value = Decimal("nan")
    if _divides_by_zero(expression):
        raise Unreadable("It has no value: nothing can be divided by 0.")
    if value.is_nan():
        raise Unreadable("It has no value: such as 0 / 0, or the logarithm of a negative number.")
    return value


def _divides_by_zero(expression: Expression) -> bool:
    """Whether a divisor in arithmetic without names comes to 0."""
    for quotient in (node for node in nodes_in(expression) if isinstance(node, Quotient)):
        with suppress(UndefinedValue, ArithmeticError), localcontext(WORKING):
            if not quotient.operands[1].value({}):
                return True
    return False


def _of_a_size(number: Decimal) -> Decimal:
    """A number, if it is one that an answer can be.

    Raises:
        Unreadable: it is too large or too small.
    """
    size = number.copy_abs()  # abs() rounds, and can overflow
    if number.is_finite() and number and not SMALLEST <= size <= LARGEST:
        what = "large" if size > 1 else "small"
        raise Unreadable(
            f"It is {PLAIN.number(show(number, _SHOWN).value)}, too {what} a number: its size has to "
            f"be between {SMALLEST:.0e} and {LARGEST:.0e}."
        )
    return number


def _noted(*notes: str) -> str:
    """Notes as one, each once."""
    texts = dict.fromkeys(note.rstrip(".") for note in notes if note)
    return f"{'; '.join(texts)}." if texts else ""
