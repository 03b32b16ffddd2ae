"""One side of an equality, and the chain of all that are said to be equal in a line."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal, localcontext
from functools import cached_property, lru_cache
from itertools import pairwise
from typing import Final

from lossclass.arithmetic.expression import Constant, Exp, Expression, Power
from lossclass.arithmetic.number import WORKING
from lossclass.arithmetic.parsing import UnreadableText, read
from lossclass.arithmetic.replacing import replaced
from lossclass.hand_in.lines import Line
from lossclass.hand_in.tokens import CONNECTIVES, NUMERIC, Token, is_apart, is_remark, text_of
from lossclass.hand_in.typed import Unreadable, arithmetic, number_of, plainly
from lossclass.hand_in.words import WORDS
from lossclass.records import record

#: Which logarithms ``log`` may mean, the likeliest first.
LOGARITHMS: Final = ("ln", "log10", "log2")
#: Relations that may also say that what follows comes after it, or is another one.
ARROWS: Final = frozenset({"is", "→", "->", "=>", "⇒", "⟶"})
#: Words behind which a letter is no name: of a logarithm, what it is taken of; and one that is written.
_NO_NAME_BEHIND: Final = frozenset(
    {*LOGARITHMS, "log", "lg", "ld", "symbol", "letter", "character"}
)
#: A logarithm that does not say to which base it is.
_LOG: Final = re.compile(r"(?<![^\W\d_])log(?![\w₂₁ₑ])", re.IGNORECASE)
_NO_NAME: Final = CONNECTIVES | frozenset(WORDS["no_names"])
_MAY_BE_ONE: Final = frozenset({"total", "result", "answer", "final", "a"})
_WORD: Final = re.compile(r"[^\W\d_]{3,}")
#: A name has so many words at most.
_LONGEST_NAME: Final = 6
_ELLIPSES: Final = ("...", "…")


@record
class Side:
    """One side of an equality.

    Attributes:
        text: as it is written, plainly.
        typed: what is typed of numbers; None if it is of symbols.
    """

    text: str
    typed: str | None = None

    @property
    def has_log(self) -> bool:
        """Whether a logarithm does not say to which base it is."""
        return self.typed is not None and _LOG.search(self.typed) is not None

    def working(self, logarithm: str = "ln") -> str:
        """What is typed, as :func:`lossclass.arithmetic.parsing.read` reads it.

        Args:
            logarithm: what is meant by ``log``.
        """
        return _written(_LOG.sub(logarithm, self.typed or ""))

    def read(self, logarithm: str = "ln") -> Expression:
        """What is written; only of numbers."""
        return _read(self.working(logarithm))

    def value(self, logarithm: str = "ln") -> Decimal:
        """What it comes to; only of numbers."""
        return _value(self.working(logarithm))

    @cached_property
    def number(self) -> Decimal | None:
        """The number, if it is one and nothing is to be worked, with the digits as written."""
        return None if self.typed is None else number_of(self.read())


@record
class Chain:
    """Sides that are said to be equal.

    Attributes:
        line: where it stands.
        sides: at least two; or one alone, under a name.
        relations: what stands before each side but the first.
        label: what stands before a colon: "Alignment 1".
        names: what may be its name, the likeliest first.
        in_prose: whether it stands in a sentence.
        vector: the list that it is one number of, as it is written; then ``at`` is where, from 1.
        place: in a table, what names its row and its column.
    """

    line: Line
    sides: tuple[Side, ...]
    relations: tuple[str, ...] = ()
    label: str = ""
    names: tuple[str, ...] = ()
    in_prose: bool = False
    vector: str = ""
    at: tuple[int, ...] = ()
    place: tuple[str, str] | None = None

    @property
    def numeric(self) -> list[Side]:
        """The sides of numbers."""
        return [side for side in self.sides if side.typed is not None]

    @property
    def last(self) -> Side:
        """The last of these, which is what it comes to."""
        return self.numeric[-1]

    @property
    def text(self) -> str:
        """All of it, plainly."""
        if self.vector:
            return self.vector
        parts = [f"{self.label}:"] if self.label and not self.relations else []
        parts.append(self.sides[0].text)
        for relation, side in zip(self.relations, self.sides[1:], strict=True):
            parts += [relation, side.text]
        return " ".join(parts)


def names_in(text: str) -> tuple[str, ...]:
    """What may be a name in a text that ends with it, the longest first."""
    text = re.split(r"^\([^()]*\)\s|[.;!?]\s+|,\s+(?![^()]*\))|\band\s", text)[-1]
    text = text.strip(' ,;:"').replace("'", "′")
    if text.count("(") > text.count(")"):
        text = text.rpartition("(")[2]
    words = text.split()[-_LONGEST_NAME:] if not re.search(r"\(.*\s.*\)$", text) else [text]
    while words and words[0].lower() in _NO_NAME:
        if len(words) == 1 and words[0].lower() in _MAY_BE_ONE:
            break
        if words[0] == "A" and not _WORD.match(words[1]):  # of A ln π
            break
        words.pop(0)
    names = [" ".join(words)]
    is_of_last = len(words) > 1 and words[-2].strip("-−+(").lower() not in _NO_NAME_BEHIND
    if is_of_last and (len(words[-1]) < 3 or not words[-1].isalpha()):  # the loss L, but not ln p
        names.append(words[-1])
    return tuple(filter(None, names))


@lru_cache(maxsize=2_000)
def _read(working: str) -> Expression:
    """A side is read to be found, to be checked, and to be matched with steps."""
    return replaced(read(working), _exponential)


def _exponential(node: Expression) -> Expression | None:
    """exp(2) for a power of e, e²."""
    match node:
        case Power(operands=(Exp(operands=(Constant(number=number),)), by)) if number == 1:
            return Exp(replaced(by, _exponential))
    return None


@lru_cache(maxsize=2_000)
def _value(working: str) -> Decimal:
    with localcontext(WORKING):
        value: Decimal = _read(working).value({})
    return value


@lru_cache(maxsize=2_000)
def _written(typed: str) -> str:
    return arithmetic(plainly(typed))[0]


def side_of(tokens: Sequence[Token]) -> Side | None:
    """A side of numbers, if the tokens are one."""
    tokens = list(tokens)
    while tokens and (tokens[-1].kind == "point" or tokens[-1].text == "`"):
        tokens.pop()
    percent = len(tokens) == 2 and tokens[-1].text == "%"
    kept = tokens[:-1] if percent else tokens
    if not kept or any(token.kind not in NUMERIC for token in kept):
        return None
    if any(is_apart(before, token) for before, token in pairwise(kept)):
        return None
    if any(token.text.endswith(_ELLIPSES) for token in kept[:-1]) or _has_remark(kept):
        return None
    text = text_of(tokens)
    side = Side(text, text.rstrip("….") if kept[-1].text.endswith(_ELLIPSES) else text)
    try:
        side.read()
    except (UnreadableText, Unreadable, ValueError):
        return None
    return side


def _has_remark(tokens: Sequence[Token]) -> bool:
    """Whether a number has another behind it in brackets, apart: 130.6 (147.8)."""
    return any(
        token.text == "(" and token.space and before.kind == "number" and is_remark(tokens, at)
        for at, (before, token) in enumerate(pairwise(tokens), start=1)
    )
