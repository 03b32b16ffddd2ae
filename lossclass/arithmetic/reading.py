"""The safe reader: arithmetic text to an expression.

Grammar, loosest first (``−`` and ``-`` are alike, so are ``×``, ``·`` and ``*``, ``÷`` and ``/``,
``^`` and ``**``)::

    sum    =  [ sign ] term  { sign term }
    term   =  power  { ("×" | "/") power }
    power  =  [ sign ] atom  [ superscript ]  [ "^" power ]
    atom   =  number | "∞" | name | function "(" sum { "," sum } ")" | "(" sum ")" | "|" sum "|"

A superscript is a whole number in raised digits, so that ``1.88 × 10⁻⁴`` is what it looks like.
A minus binds looser than ``^``: −2^2 is −4. Nothing is ever executed, the only names are those
that the caller gives, and length and depth are bounded.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from lossclass.arithmetic.expression import (
    Absolute,
    Constant,
    Expression,
    Negative,
    Power,
    Product,
    Quotient,
    Sum,
)
from lossclass.arithmetic.notation import FUNCTIONS, SUPERSCRIPTS
from lossclass.arithmetic.number import read_number

MOST_CHARACTERS = 20_000
DEEPEST = 50

_ALIKE: Final = str.maketrans({"−": "-", "–": "-", "·": "×", "∙": "×", "*": "×", "÷": "/"})
_LOWERED: Final = {chr(raised): chr(low) for low, raised in SUPERSCRIPTS.items()}
_TOKEN: Final = re.compile(
    r"""
    (?P<number> (?: [0-9]++ (?: \. [0-9]*+ )? | \. [0-9]++ ) (?: [eE] [+-]? [0-9]{1,9} )? (?! [A-Za-z_0-9.] ) )
  | (?P<raised> ⁻? [⁰¹²³⁴⁵⁶⁷⁸⁹]{1,9} )
  | (?P<name>   [^\W\d] \w* )
  | (?P<sign>   [-+×/^(),|∞] )
  | (?P<space>  \s+ )
    """,
    re.VERBOSE,
)


class UnreadableText(ValueError):
    """Arithmetic text that cannot be read; ``column`` is the character, counting from 1."""

    def __init__(self, message: str, column: int) -> None:
        super().__init__(f"{message} (character {column})")
        self.column = column


def read(text: str, names: Mapping[str, Expression] | None = None) -> Expression:
    """The expression that ``text`` writes.

    Args:
        text: arithmetic, at most 20,000 characters, nested at most 50 deep.
        names: what each name in the text stands for; other names are refused.

    Raises:
        UnreadableText: it is not arithmetic, or too long or too deep.
    """
    if len(text) > MOST_CHARACTERS:
        raise UnreadableText(f"longer than {MOST_CHARACTERS} characters", MOST_CHARACTERS)
    return _Reader(text, names or {}).whole()


class _Reader:
    """Recursive descent over a token list; every level of nesting goes through :meth:`_sum`
    or :meth:`_power`, which count."""

    def __init__(self, text: str, names: Mapping[str, Expression]) -> None:
        self.names = names
        self.tokens = list(_tokens(text))
        self.next = 0
        self.depth = 0

    def whole(self) -> Expression:
        expression = self._sum()
        if self.kind != "end":
            raise self._unexpected()
        return expression

    @property
    def kind(self) -> str:
        return self.tokens[self.next][0]

    @property
    def text(self) -> str:
        return self.tokens[self.next][1]

    def _unexpected(self) -> UnreadableText:
        kind, text, column = self.tokens[self.next]
        what = "the text ends too early" if kind == "end" else f"did not expect {text!r}"
        if text == "," and self.next and self.tokens[self.next - 1][0] == "number":
            what += "; the decimal mark is a point"
        return UnreadableText(what, column)

    def _take(self, *signs: str) -> str | None:
        """The next token if it is one of these signs, which is then behind us."""
        if self.kind == "sign" and self.text in signs:
            self.next += 1
            return self.tokens[self.next - 1][1]
        return None

    def _expect(self, sign: str) -> None:
        if self._take(sign) is None:
            raise self._unexpected()

    def _deeper(self) -> None:
        self.depth += 1
        if self.depth > DEEPEST:
            raise UnreadableText(f"nested more than {DEEPEST} deep", self.tokens[self.next][2])

    def _sum(self) -> Expression:
        self._deeper()
        sign = self._take("-", "+")
        first = self._term()
        terms = [_negated(first) if sign == "-" else first]
        while sign := self._take("-", "+"):
            term = self._term()
            terms.append(Negative(term) if sign == "-" else term)
        self.depth -= 1
        return terms[0] if len(terms) == 1 else Sum(*terms)

    def _term(self) -> Expression:
        factors = [self._power()]
        while sign := self._take("×", "/"):
            factor = self._power()
            if sign == "×":
                factors.append(factor)
            else:
                factors = [Quotient(_product(factors), factor)]
        return _product(factors)

    def _power(self) -> Expression:
        self._deeper()
        sign = self._take("-", "+")
        power = self._atom()
        if self.kind == "raised":
            raised = "".join(_LOWERED[each] for each in self.text)
            power = Power(power, Constant(raised))
            self.next += 1
        if self._take("^"):
            power = Power(power, self._power())
        self.depth -= 1
        return _negated(power) if sign == "-" else power

    def _atom(self) -> Expression:
        kind, text, column = self.tokens[self.next]
        if kind == "number":
            self.next += 1
            try:
                return Constant(read_number(text))
            except ValueError as error:
                raise UnreadableText(f"{text}: {error}", column) from None
        if kind == "name":
            self.next += 1
            return self._named(text, column)
        if self._take("∞"):
            return Constant("Infinity")
        if self._take("("):
            inside = self._sum()
            self._expect(")")
            return inside
        if self._take("|"):
            inside = self._sum()
            self._expect("|")
            return Absolute(inside)
        raise self._unexpected()

    def _named(self, name: str, column: int) -> Expression:
        if name in self.names:
            return self.names[name]
        if name not in FUNCTIONS:
            hint = "; write ln, log2 or log10" if name.lower() == "log" else ""
            raise UnreadableText(f"unknown name {name!r}{hint}", column)
        self._expect("(")
        arguments = [self._sum()]
        while self._take(","):
            arguments.append(self._sum())
        self._expect(")")
        try:
            return FUNCTIONS[name](*arguments)
        except TypeError:
            message = f"{name} does not take {len(arguments)} value(s)"
            raise UnreadableText(message, column) from None


def _tokens(text: str) -> list[tuple[str, str, int]]:
    """Kind, text and column of every token, and an ``end``."""
    text = text.replace("**", "^ ").translate(_ALIKE)
    tokens = []
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise UnreadableText(f"cannot read {text[position]!r}", position + 1)
        if match.lastgroup != "space":
            tokens.append((str(match.lastgroup), match.group(), position + 1))
        position = match.end()
    return [*tokens, ("end", "", position + 1)]


def _negated(expression: Expression) -> Expression:
    """Its negative; a number simply takes the sign."""
    if isinstance(expression, Constant):
        return Constant(expression.number.copy_negate())
    return Negative(expression)


def _product(factors: list[Expression]) -> Expression:
    return factors[0] if len(factors) == 1 else Product(*factors)
