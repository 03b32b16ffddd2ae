"""Formulas inside sentences: which parts of a sentence are mathematics, or code.

Sentences are written as plain text, in the notation of ``.github/CONTRIBUTING.md``. A reader finds what
in them is a formula by what is only written in formulas: indices, hats, Greek letters, signs between
operands. It reads by this grammar, loosest first::

    relation =  sum  { ("=" | "≈" | "≤" | …) sum }
    sum      =  ["−"] product  { ("+" | "−") product }
    product  =  power  { [ "·" | "×" | "/" ] power }
    power    =  atom  [ raised digits ]
    atom     =  number | symbol | "∂" symbol | function | "Σ" [ index ] | "√" product | list in brackets

Where in doubt, it is text: a word in italics is worse than a letter upright. A single letter is
mathematics if no label of the problem is called so, and it is no word. What stands in the problem's
file is never read: it is text, whatever it looks like.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Final, NamedTuple, TypeAlias
from unicodedata import normalize

from lossclass.arithmetic.notation import PLAIN, Notation
from lossclass.arithmetic.symbol import Symbol
from lossclass.records import record

#: What writes a formula in a notation.
Writer: TypeAlias = Callable[[Notation], str]

_LOW: Final = "₀₁₂₃₄₅₆₇₈₉₊₋ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ"
_HAT: Final = "\N{COMBINING CIRCUMFLEX ACCENT}"
_INDEX: Final = re.compile(
    rf"[{_LOW}]+(?:,[{_LOW}]+)*|_(?P<low>[A-Za-z0-9]′?(?:,[A-Za-z0-9])*)(?![A-Za-z0-9_])"
)
_LETTER: Final = re.compile(r"[A-Za-zα-ωΓΔΘΛΞΠΦΨΩℓ]|[ÂĈÊĜĤÎĴÔŜÛŴŶẐâĉêĝĥîĵôŝûŵŷẑ]")
#: What may not stand behind a single letter: it is part of a word then.
_IN_WORD: Final = re.compile(r"[^\W⁰¹²³⁴⁵⁶⁷⁸⁹]|['’-]|\.\w")
_BEFORE: Final = re.compile(r"[\w.'’/-]")
#: A number, or a place such as 1,2.
_NUMBER: Final = re.compile(r"\d+(?:,\d+)+|\d+(?:\.\d+)?(?!\.\d)")
_RAISED: Final = re.compile("[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+")
#: Libraries have the typed one.
_MINUS: Final = re.compile(r"−|-(?=\d)")
_RELATION: Final = re.compile(r" ([=≈≤≥<>]) ")
_PLUS: Final = re.compile(r" ([+−]) ")
_TIMES: Final = re.compile(r" ([·×/]) |(·|/)(?! )")
#: Functions that are always before a bracket, and those that may do without.
_FUNCTION: Final = re.compile(r"(exp|tanh|sigmoid|softmax|max|min|sign|mean|sum)(?=\()")
_PREFIX: Final = re.compile(r"(?:(log₂|log₁₀|ln)|(max|min)(?=[_ₐ-ₜ]))(?![A-Za-z])")
_TYPED_FUNCTIONS: Final = {"log₂": "log2", "log₁₀": "log10"}
_CLOSING: Final = {"(": ")", "[": "]"}
#: A word, so that what follows inside it is not read as the beginning of something.
_WORD: Final = re.compile(r"\w+")
_CODE: Final = re.compile(
    r"--[a-z]+(?:-[a-z]+)*(?: full)?"
    r"|(?:[A-Za-z]\w+|[A-Z])(?:\.\w+)+(?:\([^()]*\))?(?:\.\w+\([^()]*\))?"
    r"|[A-Za-z][a-z0-9]*(?:_[a-z0-9]+)*='?\w+(?:\.\w+)?'?"
    r"|(?:[a-z0-9]{2,}_[a-z0-9_]{2,}|[a-z]_(?:true|pred))(?![\w(])"
)
_ARTICLES: Final = frozenset("aAI")


@record
class Mathematics:
    """A formula, and how it stands in the sentence."""

    plain: str
    writer: Writer

    def __call__(self, notation: Notation) -> str:
        return self.plain if notation is PLAIN else self.writer(notation).strip()


@record
class Code:
    """A name of a step, or what is typed."""

    text: str


class _Found(NamedTuple):
    """What was read: how it is written, where it ends, and whether it can be nothing else."""

    writer: Writer
    end: int
    is_sure: bool


class Reader:
    """Reads the sentences of a solution.

    Args:
        symbols: those of its quantities. They are written as in the steps.
        words: texts of the problem's file, such as labels: they are no formulas; nor are the labels in
            the names of quantities.
    """

    def __init__(self, symbols: Iterable[Symbol] = (), words: Iterable[str] = ()) -> None:
        of = dict.fromkeys(symbols)
        #: Symbols by how they stand in sentences.
        self.known = {PLAIN.symbol(each): each for each in of}
        self.lengths = sorted({len(each) for each in self.known}, reverse=True)
        #: Words that quantities have in the place of letters.
        self.letters = frozenset(each.letter for each in of if len(each.letter) > 1)
        texts = {*words, *(label for symbol in of for label in _labels(symbol))} - {""}
        any_text = "|".join(map(re.escape, sorted(texts, key=len, reverse=True)))
        several = re.compile(rf"(?<!\w)(?:{any_text})+(?: ?(?:{any_text}))*(?!\w)")
        #: Texts of the problem, also several in a row, as in an alignment.
        self.texts = several if texts else None
        self._read: dict[str, tuple[str | Mathematics | Code, ...]] = {}

    def parts(self, text: str) -> tuple[str | Mathematics | Code, ...]:
        """A sentence in parts, which are the sentence when joined."""
        if text not in self._read:
            self._read[text] = tuple(self._parts(text))
        return self._read[text]

    def _parts(self, text: str) -> Iterator[str | Mathematics | Code]:
        reading = _Reading(self, text)
        done = at = 0
        while at < len(text):
            part, end = reading.part(at)
            if part is not None:
                if done < at:
                    yield text[done:at]
                yield part
                done = end
            at = end
        if done < len(text):
            yield text[done:]


def _labels(symbol: Symbol) -> Iterator[str]:
    for each in symbol.arguments:
        if isinstance(each, Symbol):
            yield from _labels(each)
        elif not each.isdigit():
            yield each
    if symbol.by:
        yield from _labels(symbol.by)


class _Reading:
    """Reads a sentence: each method says what stands at a place, or None if it is not there."""

    def __init__(self, reader: Reader, text: str) -> None:
        self.reader = reader
        self.text = text
        found = reader.texts.finditer(text) if reader.texts else ()
        #: Where texts of the problem begin, and where they end.
        self.opaque = {each.start(): each.end() for each in found}

    def part(self, at: int) -> tuple[Mathematics | Code | None, int]:
        """A formula or code that begins at a place, or None, and where to go on."""
        text = self.text
        word = _WORD.match(text, at)
        code = _CODE.match(text, at)
        if (end := self.opaque.get(at)) and not (
            (code and code.end() > end) or self._is_beginning(at, end)
        ):
            return None, end
        if at and word and _BEFORE.match(text[at - 1]):
            return None, word.end()
        ends_in_text = code and any(a < code.end() < b for a, b in self.opaque.items())
        if code and not ends_in_text:
            return Code(code[0]), code.end()
        found = self._relation(at)
        if found is None or not (found.is_sure or self._is_variable(at, found.end)):
            return None, word.end() if word else at + 1
        return Mathematics(text[at : found.end], found.writer), found.end

    def _is_beginning(self, at: int, end: int) -> bool:
        """Whether a text of the problem is only the beginning of a name, as P of P(a), or of a
        formula, as L of L = 1."""
        found = self._relation(at) if end == at + 1 else self._known(at)
        return found is not None and found.is_sure and found.end > end

    def _is_variable(self, at: int, end: int) -> bool:
        """Whether a single letter is one, and no word."""
        if end != at + 1 or not self.text[at].isalpha():
            return False
        if self.text[at] == "A" and re.search(r"[a-z] $", self.text[:at]):
            return True
        return self.text[at] not in _ARTICLES or bool(re.match(r"[.,;:)]|$", self.text[end:]))

    # --- the grammar ---

    def _relation(self, at: int) -> _Found | None:
        return self._chain(self._sum(at), _RELATION, self._sum)

    def _sum(self, at: int) -> _Found | None:
        if _MINUS.match(self.text, at):
            first = self._product(at + 1)
            found = first and first._replace(writer=_joined(lambda n: n.minus, first.writer))
        else:
            found = self._product(at)
        return self._chain(found, _PLUS, self._product)

    def _chain(
        self, found: _Found | None, signs: re.Pattern[str], operand: Callable[[int], _Found | None]
    ) -> _Found | None:
        """What was read, with all that follows behind such signs."""
        while found and (sign := signs.match(self.text, found.end)):
            right = operand(sign.end())
            if right is None:
                return found
            found = _between(found, sign[1], right)
        return found

    def _closed(self, inside: _Found | None, closing: str) -> _Found | None:
        """What was read, with the bracket that has to stand behind it."""
        if inside is None or not self.text.startswith(closing, inside.end):
            return None
        return inside._replace(end=inside.end + 1)

    def _product(self, at: int) -> _Found | None:
        found = self._power(at)
        while found:
            sign = _TIMES.match(self.text, found.end)
            right = self._power(sign.end()) if sign else self._beside(found)
            if right is None:
                return found
            if sign:
                found = _between(found, sign[1] or sign[2], right)
            else:
                named = _PREFIX.match(self.text, found.end + self.text.startswith(" ", found.end))
                gap = (lambda n: n.sign_of(" ")) if named else lambda n: n.beside
                writer = _joined(found.writer, gap, right.writer)
                found = _Found(writer, right.end, found.is_sure or right.is_sure)
        return found

    def _beside(self, left: _Found) -> _Found | None:
        """A factor with no sign before it: a number never is one, nor a word."""
        at = left.end
        if self.text.startswith(" ", at):
            at += 1
        elif not self.text[at - 1 : at].isdigit() and self.text[at - 1 : at] not in {"½", ")"}:
            return None
        if self.text[at : at + 1] in _ARTICLES and not _INDEX.match(self.text, at + 1):
            return None
        if self.text[at : at + 1].isdigit() or (at in self.opaque):
            return None
        found = self._power(at)
        # A bracket behind a letter may be an aside, as in "the time t (T)".
        is_aside = found and self.text[at] == "(" and not (left.is_sure or found.is_sure)
        return None if is_aside else found

    def _power(self, at: int) -> _Found | None:
        found = self._atom(at)
        if found and (raised := _RAISED.match(self.text, found.end)):
            power = normalize("NFKC", raised[0]).replace("−", "-")
            base = found.writer
            writer: Writer = lambda n: n.power(base(n), n.number(Decimal(power)))  # noqa: E731
            return _Found(writer, raised.end(), True)
        return found

    def _atom(self, at: int) -> _Found | None:
        start = self.text[at : at + 1]
        match start:
            case "(" | "[":
                return self._bracketed(at, start)
            case "|":
                found = self._closed(self._sum(at + 1), "|")
                return found and _Found(_joined("|(", found.writer, ")|"), found.end, True)
            case "∂":
                found = self._symbol(at + 1)
                return found and _Found(_joined("∂", found.writer), found.end, True)
            case "√":
                return self._root(at)
            case "Σ":
                return self._indexed(_sign("Σ"), at + 1)
            case "½" | "∞" | "…":
                return _Found(_sign(start), at + 1, False)
        return self._number(at) or self._function(at) or self._symbol(at)

    def _number(self, at: int) -> _Found | None:
        number = _NUMBER.match(self.text, at)
        if number is None or self.opaque.get(at, 0) > at + 1:
            return None
        end = number.end()
        after = self.text[end : end + 1]
        if after.isalpha() and self._symbol(end) is None:
            return None
        numbers = [Decimal(each) for each in number[0].split(",")]
        return _Found(lambda n: ",".join(map(n.number, numbers)), end, False)

    def _bracketed(self, at: int, bracket: str) -> _Found | None:
        closing = _CLOSING[bracket]
        found = self._closed(self._list(at + 1), closing)
        return found and found._replace(writer=_joined(bracket, found.writer, closing))

    def _list(self, at: int) -> _Found | None:
        """What stands in brackets: separated by commas, or by a bar."""
        found = self._relation(at)
        while found and (sign := re.compile(r"(,) ?|(\|)").match(self.text, found.end)):
            right = self._relation(sign.end())
            if right is None:
                return None
            writer = _joined(found.writer, "∣" if sign[2] else ",", right.writer)
            found = _Found(writer, right.end, found.is_sure or right.is_sure or bool(sign[2]))
        return found

    def _root(self, at: int) -> _Found | None:
        start = at + 2 if self.text.startswith(" ", at + 1) else at + 1
        if self.text.startswith("(", start):
            inside = self._closed(self._list(start + 1), ")")
        else:
            inside = self._product(start)
        if inside is None:
            return None
        under = inside.writer
        return _Found(lambda n: n.root(under(n)), inside.end, True)

    def _function(self, at: int) -> _Found | None:
        if called := _FUNCTION.match(self.text, at):
            inside = self._bracketed(called.end(), "(")
            name = called[1]
            function: Writer = lambda n: n.function(name)  # noqa: E731
            return inside and _Found(_joined(function, inside.writer), inside.end, True)
        if prefix := _PREFIX.match(self.text, at):
            named = prefix[1] or prefix[2]
            typed = _TYPED_FUNCTIONS.get(named, named)
            found = self._indexed(lambda n: n.function(typed), prefix.end())
            start = found.end + self.text.startswith(" ", found.end)
            operand = self._power(start)
            if operand is None:
                return None
            return _Found(_joined(found.writer, " ", operand.writer), operand.end, True)
        return None

    # --- symbols ---

    def _symbol(self, at: int) -> _Found | None:
        return self._known(at) or self._letter(at)

    def _known(self, at: int) -> _Found | None:
        """A symbol of the solution. If it is only a word, it may be meant as one."""
        for length in self.reader.lengths:
            plain = self.text[at : at + length]
            symbol = self.reader.known.get(plain)
            if symbol is None:
                continue
            end = at + length
            goes_on = _IN_WORD.match(self.text, end) or self.text.startswith("(", end)
            if plain[-1] != ")" and goes_on:
                continue
            if len(plain) == 1 and plain.isascii():
                return None
            is_sure = not plain.isascii() or not plain.isalpha()
            return _Found(_named(symbol), end, is_sure)
        return None

    def _letter(self, at: int) -> _Found | None:
        """A letter, with an index and arguments if they follow."""
        word = re.compile("[a-z]{2,}(?=[" + _LOW + "])").match(self.text, at)
        if word and word[0] in self.reader.letters:
            symbol, end = Symbol(word[0]), word.end()
        elif _LETTER.match(self.text, at):
            bare, *hat = list(normalize("NFD", self.text[at]))
            end = at + 1
            if self.text.startswith(_HAT, end):
                hat, end = [_HAT], end + 1
            if self.text.startswith("′", end):
                bare, end = f"{bare}′", end + 1
            symbol = Symbol(bare, hat=bool(hat))
        else:
            return None
        found = self._indexed(_named(symbol), end)
        is_sure = symbol.hat or not symbol.letter.isascii() or found.end > end
        if self.text.startswith("(", found.end):
            start = found.end + 1
            closing = self.opaque.get(start, 0)
            if self.text.startswith(")", closing):
                index = normalize("NFKC", self.text[end : found.end]).lstrip("_")
                places = tuple(index.split(",")) if index else ()
                whole = replace(symbol, index=places, arguments=(self.text[start:closing],))
                return _Found(_named(whole), closing + 1, True)
            if inside := self._arguments(found.end):
                return _Found(_joined(found.writer, inside.writer), inside.end, True)
        if _IN_WORD.match(self.text, found.end):
            return None
        return _Found(found.writer, found.end, is_sure)

    def _arguments(self, at: int) -> _Found | None:
        """What a symbol depends on; two letters there are one behind the other."""
        if two := re.compile(r"\(([A-Za-z])([A-Za-z])\)").match(self.text, at):
            one, other = (Symbol(each) for each in two.groups())
            inside: Writer = lambda n: n.symbol(one) + n.beside + n.symbol(other)  # noqa: E731
            return _Found(_joined("(", inside, ")"), two.end(), True)
        return self._bracketed(at, "(")

    def _indexed(self, base: Writer, at: int) -> _Found:
        """A sign or a letter with the index that may stand there."""
        index = _INDEX.match(self.text, at)
        if index is None:
            return _Found(base, at, True)
        low = index["low"] or normalize("NFKC", index[0])
        signs = {"-": "−", "\N{MINUS SIGN}": "−"}
        writers = [
            _in_index(signs.get(each, each)) for each in re.findall(r"\d+|[A-Za-z]′?|.", low)
        ]
        return _Found(lambda n: n.low(base(n), _joined(*writers)(n)), index.end(), True)


# --- how it is written ---


def _sign(sign: str) -> Writer:
    return lambda notation: notation.sign_of(sign)


def _named(symbol: Symbol) -> Writer:
    return lambda notation: notation.symbol(symbol)


def _joined(*writers: Writer | str) -> Writer:
    """One behind the other; of a text, its signs."""
    of = [_sign(each) if isinstance(each, str) else each for each in writers]
    return lambda notation: "".join(each(notation) for each in of)


def _between(left: _Found, sign: str, right: _Found) -> _Found:
    one, other = left.writer, right.writer
    writer: Writer = lambda n: f"{one(n)} {n.sign_of(sign)} {other(n)}"  # noqa: E731
    return _Found(writer, right.end, True)


def _in_index(text: str) -> Writer:
    if text.isdigit():
        return lambda notation: notation.number(Decimal(text))
    return _named(Symbol(text)) if text[0].isalpha() else _sign(text)
