r"""Arithmetic as people type it, in the words of :mod:`lossclass.arithmetic.parsing`.

``0,6 x 0,2``, ``-ln 0.132``, ``1.4 : 3``, ``2½`` and ``\frac{7}{15}`` are no mistakes in what is
handed in; what was assumed in reading them is noted.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from typing import Final

from lossclass.arithmetic.expression import Constant, Expression, Negative, Power, Product
from lossclass.arithmetic.notation import FUNCTIONS
from lossclass.arithmetic.number import WORKING
from lossclass.hand_in.printed import unprinted
from lossclass.hand_in.tex import without_tex
from lossclass.hand_in.words import WORDS

#: What is raised or lowered says something, and would not in the plain digits of NFKC.
_KEPT: Final = frozenset("⁻⁰¹²³⁴⁵⁶⁷⁸⁹₀₁₂₃₄₅₆₇₈₉√∞")
_MINUSES: Final = dict.fromkeys(map(ord, "−–—‒‑‐﹣－"), "-")
_MARKS: Final = {"٫": ".", "٬": ",", "∶": ":", "’": "'", "‘": "'", "ʼ": "'", "˙": "."}
#: How functions are called besides their own names, and what is to be said of it.
_FUNCTIONS: Final = {**{name: name for name in FUNCTIONS}, **WORDS["functions"]}
_SAID_OF: Final[Mapping[str, str]] = WORDS["said_of_functions"]
_NUMBERS: Final[Mapping[str, str]] = WORDS["numbers"]
_INFINITIES: Final = frozenset(WORDS["infinities"])
_NO_NUMBER: Final = frozenset(WORDS["no_numbers"])
_MODULES: Final = re.compile(
    r"\b(?:np|numpy|math|torch|tf|jnp|cmath|mpmath)\.(?=[a-z])|(?<![\w.])\.(?=inf\b)"
)
#: What repeats without an end, 0.4(6), and by how much the last digits may be off, 0.467(1).
_REPEATED: Final = re.compile(r"(?<![\w.,)])([0-9]+[.,][0-9]{0,2})\(([0-9]{1,3})\)\s*$")
_LAST_DIGITS: Final = re.compile(r"(?<![\w.,)])([0-9]+[.,][0-9]{3,})\([0-9]{1,2}\)\s*$")
#: A point between a number and a power of ten multiplies: 1,88.10^-4, but not 1.10^2.
_POINT_FOR_TIMES: Final = re.compile(r"([0-9][.,][0-9]+)\.(?=10[\^⁻⁰¹²³⁴⁵⁶⁷⁸⁹])")
_POWER_LOST: Final = re.compile(r"([-+]?[0-9](?:[.,][0-9]+)?) ?[x×·] ?10(-[0-9]{1,3})")
#: As in 1 1/2, but not 1 234/5.
_MIXED: Final = re.compile(r"(?<![\w.,])([0-9]+) (?![0-9]{3}\b)([0-9]+)[/⁄∕]([0-9]+)(?![\w.,])")
#: As in 0·467: nobody multiplies by 0.
_RAISED_POINT: Final = re.compile(r"[-+]?0·[0-9]+")
_TOKEN: Final = re.compile(
    r"""
    (?P<number> (?: [0-9]{1,3} (?: [ ] [0-9]{3} )++ (?! [0-9] ) (?: [.,] [0-9]++ )?
                  | [0-9]++ (?: [.,'_] [0-9]++ )*+ \.? | [.,] [0-9]++ )
                (?: [ ]? [eE] [ ]? [+-]? [0-9]{1,9} (?! [\w.] ) )? )
  | (?P<raised> ⁻? [⁰¹²³⁴⁵⁶⁷⁸⁹]++ )
  | (?P<times>  (?<= [0-9.)\s] ) [xX] (?= [\s0-9.(] ) )
  | (?P<name>   (?: ln | exp | tanh | sqrt ) (?= [0-9.] ) | [^\W\d] [^\W⁰¹²³⁴⁵⁶⁷⁸⁹]*+ | √ )
  | (?P<space>  \s++ )
  | (?P<sign>   \*\* | . )
    """,
    re.VERBOSE | re.DOTALL,
)
_THREES: Final = {
    mark: re.compile(rf"[1-9][0-9]{{0,2}}(?:{re.escape(mark)}[0-9]{{3}})+") for mark in ",.' "
}
_NUMBER: Final = re.compile(r"[-+]?[0-9]+[.,]?[0-9]*|[-+]?[.,][0-9]+")
_LETTERS_FOR_DIGITS: Final = str.maketrans("OolI", "0011")
_TIMES: Final = frozenset("×*·∙⋅•∗")
#: What may have been meant to belong to what a function is of.
_BINDS: Final = frozenset({*_TIMES, "/", "÷", "^", "**", "x"})


#: What numbers are measured in, behind them; letters that are symbols of networks as well are not known.
UNIT: Final = re.compile(
    r"(?<=[0-9])(?:\s*(?:°C|[€$£]|m[²³])|\s+(?:km/h|m/s|[kcm]?m|kg|min|ms|s|sec|seconds|minutes|metres|meters"
    r"|EUR|USD)(?:\^?\(?[23]\)?|[²³])?)(?![\w(])(?!\s*[=≈:])"
)


class Unreadable(Exception):
    """What was typed is nothing that can be read; the message is a sentence on why."""


_SEVERAL: Final = "It holds several numbers; one is asked."


def plainly(text: str) -> str:
    """A text without what only looks different: TeX, full-width digits, thin spaces and the like;
    what is raised, lowered or a fraction stays."""
    text = without_tex(unprinted(text))
    if not text.isascii():
        text = "".join(map(_plain, text))
    return " ".join(text.split())


def with_times(text: str) -> str:
    """A text with the sign of a product where French has a point."""
    return _POINT_FOR_TIMES.sub(r"\1×", text)


def written_out(text: str) -> str:
    """A text with the digits at its end written out that stand in brackets behind others."""
    text = _REPEATED.sub(lambda found: f"{found[1]}{found[2] * 4}...", text)
    return _LAST_DIGITS.sub(r"\1", text)


@cache
def _plain(character: str) -> str:
    if character in _KEPT or character.isascii():
        return character
    if unicodedata.category(character) == "Cf":  # it has no width
        return ""
    if unicodedata.decomposition(character).startswith("<fraction>"):
        return character
    if character.isdecimal():
        return str(unicodedata.decimal(character))
    character = _MARKS.get(character, character).translate(_MINUSES)
    return unicodedata.normalize("NFKC", character)


def arithmetic(text: str) -> tuple[str, tuple[str, ...]]:
    """Arithmetic that was typed as :func:`lossclass.arithmetic.parsing.read` takes it, and notes on
    what was assumed.

    Args:
        text: as :func:`plainly` leaves it.

    Raises:
        Unreadable: there are words in it, or numbers that can be read in no way or in several.
    """
    notes: list[str] = []
    if _RAISED_POINT.fullmatch(text):
        return text.replace("·", "."), ("· is read as a decimal point",)
    if lost := _POWER_LOST.fullmatch(text):
        notes.append("×10" + lost[2] + " is read as a power of ten")
        text = f"{lost[1]}×10^{lost[2]}"
    for whole, above, below in _MIXED.findall(text):
        notes.append(f"{whole} {above}/{below} is read as {whole} + {above}/{below}")
    text = _MIXED.sub(r"(\1+\2/\3)", text)
    return _Writer(with_times(_MODULES.sub("", text)), notes).whole(), tuple(dict.fromkeys(notes))


def number_of(expression: Expression, *, powers: bool = False) -> Decimal | None:
    """The number that an expression is, with its digits, 1.88 × 10⁻⁴ being one, too.

    Args:
        powers: whether 10⁻⁴ alone is one.
    """
    match expression:
        case Constant(number=number):
            return number
        case Negative(operands=(inside,)):
            without_sign = number_of(inside, powers=powers)
            return None if without_sign is None else without_sign.copy_negate()
        case Product(operands=(Constant(number=digits), Power() as power)):
            return _scaled(digits, power)
        case Power() if powers:
            return _scaled(Decimal(1), expression)
    return None


def _scaled(digits: Decimal, power: Power) -> Decimal | None:
    """Digits times a power, if it is one of ten."""
    match power.operands:
        case (Constant(number=base), Constant(number=by)) if base == 10 and abs(by) < 1000:
            return digits.scaleb(int(by), WORKING) if by == int(by) else None
    return None


class _Writer:
    """Writes tokens anew, from left to right."""

    def __init__(self, text: str, notes: list[str]) -> None:
        self.notes = notes
        tight = re.search(r"[0-9],[0-9]", text) is not None
        #: Whether a comma is a decimal comma within the brackets of a function, too.
        self.has_commas = tight and "." not in text and (", " in text or ";" in text)
        self.tokens = [
            (str(match.lastgroup), match.group())
            for match in _TOKEN.finditer(text)
            if match.lastgroup != "space"
        ]
        #: Whether the values of a function are in it, of each bracket that is open.
        self.open: list[bool] = []
        self.out: list[str] = []
        #: Whether a value stands before the next token, which then is multiplied by it.
        self.behind_value = False
        self.next = 0

    def whole(self) -> str:
        while self.next < len(self.tokens):
            self._token(*self.tokens[self.next])
        if self.open:
            raise Unreadable("A bracket is not closed.")
        return "".join(self.out)

    def _write(self, text: str, *, is_value: bool) -> None:
        self.out.append(text)
        self.behind_value = is_value

    def _multiply(self) -> None:
        if self.behind_value:
            self.out.append("×")

    def _token(self, kind: str, text: str) -> None:
        self.next += 1
        if unicodedata.decomposition(text[:1]).startswith("<fraction>"):
            self._fraction(text)
        elif kind == "number":
            self._number(text)
        elif kind == "raised":
            self._write(text, is_value=True)
        elif kind == "times" and self.behind_value:
            self._write("×", is_value=False)
        elif kind in ("name", "times"):
            self._name(text)
        else:
            self._sign(text)

    # --- numbers ---

    def _number(self, text: str) -> None:
        if self._is_in_function() and not self.has_commas and "," in text:
            first, *others = text.split(",")
            self._written(first)
            for each in others:
                self._write(",", is_value=False)
                self._written(each)
        else:
            self._written(text)

    def _is_in_function(self) -> bool:
        """Whether what is next is one of the values that a function is of."""
        return bool(self.open) and self.open[-1]

    def _written(self, text: str) -> None:
        if not text:
            return
        if self.behind_value and not self.out[-1].startswith(")"):
            raise Unreadable(_SEVERAL)
        self._multiply()
        digits, exponent = re.match(r"([^eE]*)(.*)", text, re.DOTALL).groups()  # type: ignore[union-attr]
        self._write(self._decimal(digits.rstrip()) + exponent.replace(" ", ""), is_value=True)

    def _fraction(self, character: str) -> None:
        above, _, below = unicodedata.normalize("NFKC", character).partition("⁄")
        if self.behind_value and self.out[-1].isdecimal():
            self.out[-1] = f"({self.out[-1]}+{above}/{below})"
            return
        self._multiply()
        self._write(f"({above}/{below})", is_value=True)

    def _decimal(self, text: str) -> str:
        """A number with a decimal point and without what stands between its thousands."""
        for mark in " '":
            if mark in text:
                head = text.partition(",")[0].partition(".")[0]
                if not _THREES[mark].fullmatch(head) or mark in text[len(head) :]:
                    raise Unreadable(f"{text} cannot be read as one number.")
                return text.replace(mark, "").replace(",", ".")
        text = text.replace("_", "")
        if "," in text and "." in text:
            thousands, point = (",", ".") if text.rindex(".") > text.rindex(",") else (".", ",")
            head, _, tail = text.rpartition(point)
            if not _THREES[thousands].fullmatch(head):
                raise Unreadable(f"{text} has points and commas that cannot be told apart.")
            return f"{head.replace(thousands, '')}.{tail}"
        mark = "," if "," in text else "."
        if text.count(mark) > 1:
            if not _THREES[mark].fullmatch(text):
                raise Unreadable(_SEVERAL if mark == "," else "It has several decimal points.")
            return text.replace(mark, "")
        return self._with_decimal_comma(text) if mark == "," else text

    def _with_decimal_comma(self, text: str) -> str:
        head, _, tail = text.partition(",")
        if len(tail) == 3 and 0 < len(head) <= 3 and head[0] != "0":
            self.notes.append(
                f"{text} is read as {head}.{tail}, with a decimal comma; a thousand is written {head}{tail}"
            )
        return f"{head}.{tail}"

    # --- names and signs ---

    def _name(self, name: str) -> None:
        small = name.lower()
        function = _FUNCTIONS.get(small.replace("₁₀", "10").replace("₂", "2").replace("_", ""))
        if function is not None:
            self._multiply()
            if said := _SAID_OF.get(small):
                self.notes.append(said)
            self._call(function)
        elif number := _NUMBERS.get(name, "∞" if small in _INFINITIES else ""):
            self._multiply()
            self._write(number, is_value=True)
        elif small in _NO_NUMBER:
            said = "such as 0 / 0, or the logarithm of a negative number."
            raise Unreadable(f"{name} is no number: {said}")
        else:
            raise Unreadable(self._said_of_word(name))

    def _said_of_word(self, name: str) -> str:
        whole = "".join(text for _, text in self.tokens)
        if _NUMBER.fullmatch(whole.translate(_LETTERS_FOR_DIGITS)):
            return "Is one of its digits a letter?"
        if len(self.tokens) == 1:
            return "It is no number."
        instead = "" if name.isalpha() and len(name) > 1 else "; write the number that it has"
        return f"{name!r} in it is no number and no function{instead}."

    def _call(self, function: str) -> None:
        """A function and the bracket behind it, or the one number that it is of."""
        following = self.tokens[self.next][1] if self.next < len(self.tokens) else ""
        if following in ("(", "["):
            self.next += 1
            self._opens(function)
            return
        self._opens(function)
        while self.next < len(self.tokens) and self.tokens[self.next][1] in ("-", "+"):
            self.next += 1
            self._write(self.tokens[self.next - 1][1], is_value=False)
        if self.next == len(self.tokens):
            raise Unreadable(f"What it is of is missing behind {self.tokens[self.next - 1][1]}.")
        if len(self.open) < 60:
            depth = len(self.open)
            self._token(*self.tokens[self.next])
            while len(self.open) > depth and self.next < len(self.tokens):
                self._token(*self.tokens[self.next])
        self._closes()
        if self.next < len(self.tokens) and self.tokens[self.next][1] in _BINDS:
            self.notes.append("without brackets, a function is of the next number alone")

    def _opens(self, function: str = "") -> None:
        self.open.append(function in ("max", "min"))
        self._write(f"{function}(", is_value=False)

    def _closes(self) -> None:
        if not self.open:
            raise Unreadable("A bracket is closed that is not open.")
        self.open.pop()
        self._write(")", is_value=True)

    def _sign(self, sign: str) -> None:
        if sign in "([":
            self._multiply()
            self._opens()
        elif sign in ")]":
            self._closes()
        elif sign == "%":
            whole = f"({self.out.pop()}×10^-2)" if self.behind_value else "%"
            self._write(whole, is_value=True)
        elif sign == ":":
            self.notes.append("':' is read as a division")
            self._write("/", is_value=False)
        elif sign in ",;":
            if not self._is_in_function():
                raise Unreadable(_SEVERAL)
            self._write(",", is_value=False)
        elif sign == "∞":
            self._write(sign, is_value=True)
        elif sign in _TIMES:
            self._write("×", is_value=False)
        else:
            self._write(sign, is_value=sign == "|" and self.behind_value)
