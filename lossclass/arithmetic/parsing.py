"""The safe reader: arithmetic text to an expression.

Grammar, loosest first (``−`` and ``-`` are alike, so are ``×``, ``·`` and ``*``, ``÷`` and ``/``,
``^`` and ``**``)::

    sum    =  [ sign ] term  { sign term }
    term   =  power  { ("×" | "/") power }
    power  =  [ sign ] ( "√" power | atom  [ superscript ]  [ "^" power ] )
    atom   =  number | "∞" | name | function "(" sum { "," sum } ")" | "(" sum ")" | "|" sum "|"

A superscript is a whole number in raised digits, so that ``1.88 × 10⁻⁴`` and ``(−0.5)²`` are what they
look like. ``log₂`` is ``log2``, and ``log₁₀`` is ``log10``.
A minus and a √ bind looser than ``^``: −2^2 is −4, and √3² is 3. Nothing is ever executed, the only names are those
that the caller gives, and length and depth are bounded.

What the text is read into is an *algebra*: expressions for :func:`read`, or anything that says
how its values are combined for :func:`read_in`, such as arrays of expressions.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Final, Generic, Protocol, TypeVar

from lossclass.arithmetic.expression import (
    Absolute,
    Constant,
    Expression,
    Negative,
    Power,
    Product,
    Quotient,
    Root,
    Sum,
)
from lossclass.arithmetic.notation import FUNCTIONS, LOW_BASES, SUPERSCRIPTS
from lossclass.arithmetic.number import read_number

MOST_CHARACTERS = 20_000
DEEPEST = 50
#: So much of a text is quoted in a message.
_MOST_QUOTED = 40

_ALIKE: Final = {
    **dict.fromkeys(map(ord, "−–"), "-"),
    **dict.fromkeys(map(ord, "·∙⋅•∗*"), "×"),
    **dict.fromkeys(map(ord, "÷⁄∕"), "/"),
}
_LOWERED: Final = {chr(raised): chr(low) for low, raised in SUPERSCRIPTS.items()}
_TOKEN: Final = re.compile(
    r"""
    (?P<number> (?: [0-9]++ (?: \. [0-9]*+ )? | \. [0-9]++ ) (?: [eE] [+-]? [0-9]{1,9} )? (?! [A-Za-z_0-9.] ) )
  | (?P<raised> ⁻? [⁰¹²³⁴⁵⁶⁷⁸⁹]{1,9} )
  | (?P<module> [^\W\d]\w* (?: \. [^\W\d]\w* )+ )
  | (?P<name>   [^\W\d] [^\W⁰¹²³⁴⁵⁶⁷⁸⁹]* )
  | (?P<sign>   [-+×/^(),|∞√] )
  | (?P<space>  \s+ )
    """,
    re.VERBOSE,
)
#: A number with a name right behind it, as 2x is written on paper.
_NO_SIGN: Final = re.compile(r"([0-9.]++) ?([^\W\d]\w*)")
_UNREADABLE: Final = {
    **dict.fromkeys("=:", "; there is no = in it, but behind an L in front"),
    "[": "; brackets are round, and lists have no places here: give what is meant a name",
    "@": "; the product of two lists is sum(x * y)",
    **dict.fromkeys("<>", "; there is no comparing, but max and min"),
    **dict.fromkeys("∑∏", "; write sum(...)"),
}
#: Up to the second.
_TWO_POINTS: Final = re.compile(r"[0-9]*+\.[0-9]*+\.")


class CannotCombine(ValueError):
    """Operands that an algebra cannot bring together; the message says why."""


Value = TypeVar("Value")


class Algebra(Protocol[Value]):
    """What a text is read into: the values of its names, and how values are combined."""

    @property
    def names(self) -> Mapping[str, Value]:
        """What each name in the text stands for."""

    @property
    def functions(self) -> Collection[str]:
        """The names of the functions that there are."""

    def combine(self, build: Callable[..., Expression], operands: Sequence[Value]) -> Value:
        """The value for an operation, which ``build`` makes from single expressions.

        Raises:
            CannotCombine: the operands do not go together.
        """

    def call(self, function: str, arguments: Sequence[Value], written: str) -> Value:
        """The value of one of the functions; ``written`` is how the text has the call.

        Raises:
            CannotCombine: the arguments do not go together.
            TypeError: it does not take so many.
        """


class Expressions:
    """The algebra of single expressions."""

    functions: Collection[str] = FUNCTIONS

    def __init__(self, names: Mapping[str, Expression]) -> None:
        self.names = names

    def combine(
        self, build: Callable[..., Expression], operands: Sequence[Expression]
    ) -> Expression:
        return build(*operands)

    def call(self, function: str, arguments: Sequence[Expression], written: str) -> Expression:
        return FUNCTIONS[function](*arguments)


class UnreadableText(ValueError):
    """Arithmetic text that cannot be read; ``column`` is the character, counting from 1."""

    def __init__(self, message: str, column: int, hint: str = "") -> None:
        super().__init__(f"{message} (character {column}){hint}")
        self.message = message
        self.column = column


def read(text: str, names: Mapping[str, Expression] | None = None) -> Expression:
    """The expression that ``text`` writes.

    Args:
        text: arithmetic, at most 20,000 characters, nested at most 50 deep.
        names: what each name in the text stands for; other names are refused.

    Raises:
        UnreadableText: it is not arithmetic, or too long or too deep.
    """
    return read_in(text, Expressions(names or {}))


def read_in(text: str, algebra: Algebra[Value]) -> Value:
    """The value that ``text`` writes, in an algebra; its operations come from left to right,
    inner ones first.

    Raises:
        UnreadableText: it is not arithmetic, too long or too deep, or the algebra cannot
            combine what it combines.
    """
    if len(text) > MOST_CHARACTERS:
        raise UnreadableText(f"longer than {MOST_CHARACTERS} characters", MOST_CHARACTERS)
    return _Reader(text, algebra).whole()


def names_in(text: str) -> set[str]:
    """The names in a text, those of functions too.

    Raises:
        UnreadableText: a character in it is none of arithmetic.
    """
    return {text for kind, text, _ in _tokens(text) if kind == "name"}


class _Reader(Generic[Value]):
    """Recursive descent over a token list; every level of nesting goes through :meth:`_sum`
    or :meth:`_power`, which count, and so do divisions in a row, each of which holds the one
    before it."""

    def __init__(self, text: str, algebra: Algebra[Value]) -> None:
        self.source = text
        self.algebra = algebra
        self.tokens = list(_tokens(text))
        self.next = 0
        self.depth = 0
        self.divisions_in_a_row = 0

    def whole(self) -> Value:
        value = self._sum()
        if self.kind != "end":
            raise self._unexpected()
        return value

    @property
    def kind(self) -> str:
        return self.tokens[self.next][0]

    @property
    def text(self) -> str:
        return self.tokens[self.next][1]

    @property
    def column(self) -> int:
        return self.tokens[self.next][2]

    def _unexpected(self) -> UnreadableText:
        kind, text, column = self.tokens[self.next]
        what = "the text ends too early" if kind == "end" else f"did not expect {text!r}"
        if text == "," and self.next and self.tokens[self.next - 1][0] == "number":
            what += "; the decimal mark is a point"
        elif self.next and (kind in ("name", "number") or text in ("(", "√")):
            what += self._hint_for_two()
        return UnreadableText(what, column)

    def _hint_for_two(self) -> str:
        """What is missing where one value stands right behind another."""
        before, text, _ = self.tokens[self.next - 1]
        if before == "name" and text in self.algebra.functions:
            return f"; a function has brackets, as in {text}({self.text.strip('√') or 'x'})"
        is_value = before in ("name", "number") or text in (")", "|")
        if self.kind == "name" and self.text not in (*self.algebra.names, *self.algebra.functions):
            return ""
        return "; a product has a sign, as in 2 * x" if is_value else ""

    def _take(self, *signs: str) -> str | None:
        """The next token if it is one of these signs, which is then behind us."""
        if self.kind == "sign" and self.text in signs:
            self.next += 1
            return self.tokens[self.next - 1][1]
        return None

    def _close(self, sign: str, opening: str, column: int) -> None:
        """Take the sign that closes what was opened at a column."""
        if self._take(sign) is not None:
            return
        if self.kind != "end":
            raise self._unexpected()
        hint = f"; a {sign!r} is missing for the {opening!r} of character {column}"
        raise UnreadableText("the text ends too early", self.column, hint)

    def _deeper(self) -> None:
        self.depth += 1
        if self.depth > DEEPEST:
            raise UnreadableText(f"nested more than {DEEPEST} deep", self.column)

    def _written(self, start: int) -> str:
        """The text from a column on, as far as it has been read."""
        _, last, column = self.tokens[self.next - 1]
        return self.source[start - 1 : column - 1 + len(last)]

    def _combined(self, start: int, build: Callable[..., Expression], *operands: Value) -> Value:
        try:
            return self.algebra.combine(build, operands)
        except CannotCombine as error:
            raise self._uncombined(start, error) from None

    def _uncombined(self, start: int, error: CannotCombine) -> UnreadableText:
        written = self._written(start)
        if len(written) > _MOST_QUOTED:
            written = written[:_MOST_QUOTED] + "…"
        return UnreadableText(f"{written}: {error}", start)

    def _sum(self) -> Value:
        self._deeper()
        start = self.column
        sign = self._take("-", "+")
        first = self._term()
        terms = [self._combined(start, _negated, first) if sign == "-" else first]
        while sign := self._take("-", "+"):
            at = self.column
            term = self._term()
            terms.append(self._combined(at, Negative, term) if sign == "-" else term)
        self.depth -= 1
        return terms[0] if len(terms) == 1 else self._combined(start, Sum, *terms)

    def _term(self) -> Value:
        start = self.column
        factors = [self._power()]
        divisions = 0
        while sign := self._take("×", "/"):
            if sign == "/":
                divisions += 1
                self.divisions_in_a_row += divisions > 1
                if self.divisions_in_a_row > DEEPEST:
                    message = f"more than {DEEPEST} divisions in a row"
                    raise UnreadableText(message, self.column)
            factor = self._power()
            if sign == "×":
                factors.append(factor)
            else:
                factors = [self._combined(start, Quotient, self._product(start, factors), factor)]
        return self._product(start, factors)

    def _product(self, start: int, factors: list[Value]) -> Value:
        return factors[0] if len(factors) == 1 else self._combined(start, Product, *factors)

    def _power(self) -> Value:
        self._deeper()
        start = self.column
        sign = self._take("-", "+")
        power = self._unsigned()
        self.depth -= 1
        return self._combined(start, _negated, power) if sign == "-" else power

    def _unsigned(self) -> Value:
        ground = self.column
        if self._take("√"):
            return self._combined(ground, Root, self._power())
        power = self._atom()
        if self.kind == "raised":
            raised = self._constant("".join(_LOWERED[each] for each in self.text))
            self.next += 1
            power = self._combined(ground, Power, power, raised)
        if self._take("^"):
            power = self._combined(ground, Power, power, self._power())
        return power

    def _constant(self, number: Decimal | str) -> Value:
        return self._combined(self.column, lambda: Constant(number))

    def _atom(self) -> Value:
        kind, text, column = self.tokens[self.next]
        if kind == "number":
            self.next += 1
            try:
                return self._constant(read_number(text))
            except ValueError as error:
                raise UnreadableText(f"{text}: {error}", column) from None
        if kind == "name":
            self.next += 1
            return self._named(text, column)
        if kind == "module":
            raise UnreadableText(f"{text}: a name has no point{self._hint(text)}", column)
        if self._take("∞"):
            return self._constant("Infinity")
        if self._take("("):
            inside = self._sum()
            self._close(")", "(", column)
            return inside
        if self._take("|"):
            inside = self._sum()
            self._close("|", "|", column)
            return self._combined(column, Absolute, inside)
        raise self._unexpected()

    def _named(self, name: str, column: int) -> Value:
        if name in self.algebra.names:
            return self.algebra.names[name]
        if name not in self.algebra.functions:
            raise UnreadableText(f"unknown name {name!r}{self._hint(name)}", column)
        opened = self.column
        if self._take("(") is None:
            raise self._unexpected()
        arguments = [self._sum()]
        while self._take(","):
            arguments.append(self._sum())
        self._close(")", "(", opened)
        try:
            return self.algebra.call(name, arguments, self._written(column))
        except CannotCombine as error:
            raise self._uncombined(column, error) from None
        except TypeError:
            message = f"{name} does not take {len(arguments)} value(s)"
            raise UnreadableText(message, column) from None

    def _hint(self, name: str) -> str:
        bare = name.rpartition(".")[2].casefold().removeprefix("reduce_")
        if bare in self.algebra.functions:
            return f"; write {bare}"
        if bare in (instead := _instead()):
            return f"; write {instead[bare]}"
        from difflib import get_close_matches  # only mistakes pay for it

        near = get_close_matches(name, [*self.algebra.names, *self.algebra.functions], n=1)
        return f"; did you mean {near[0]!r}?" if near else ""


@cache
def _instead() -> dict[str, str]:
    """What to write for names that are none here."""
    import yaml  # only mistakes pay for it

    text = files("lossclass.arithmetic").joinpath("instead.yaml").read_text(encoding="utf-8")
    return {name: write for write, names in yaml.safe_load(text).items() for name in names}


def _tokens(text: str) -> list[tuple[str, str, int]]:
    """Kind, text and column of every token, and an ``end``."""
    text = text.replace("**", "^ ").translate(_ALIKE)
    for typed, written in LOW_BASES.items():  # of one length, so that columns stay
        text = text.replace(written, typed)
    tokens = []
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            if points := _TWO_POINTS.match(text, position):
                raise UnreadableText("a number has only one decimal point", points.end())
            hint = _UNREADABLE.get(text[position], "")
            if beside := _NO_SIGN.match(text, position):
                hint = f"; a product has a sign, as in {beside[1]} * {beside[2]}"
            raise UnreadableText(f"cannot read {text[position]!r}", position + 1, hint)
        if match.lastgroup != "space":
            tokens.append((str(match.lastgroup), match.group(), position + 1))
        position = match.end()
    return [*tokens, ("end", "", position + 1)]


def _negated(expression: Expression) -> Expression:
    """Its negative; a number simply takes the sign."""
    if isinstance(expression, Constant):
        number = expression.number
        return Constant(number.copy_negate()) if number else expression  # there is only one 0
    return Negative(expression)
