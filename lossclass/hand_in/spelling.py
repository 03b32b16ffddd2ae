"""A written name as what it says: its words and its numbers, however they are spelt and typeset."""

from __future__ import annotations

import re
import unicodedata
from typing import Final, TypeAlias

from lossclass.arithmetic.notation import GREEK, PRIME
from lossclass.hand_in.tex import without_tex
from lossclass.hand_in.words import WORDS

#: The words and the numbers of a name, which say all: brackets, dots and dashes do not.
Parts: TypeAlias = tuple[str, ...]
_LOW: Final = re.compile(r"[⁰¹²³⁴⁵⁶⁷⁸⁹]+|[₀₁₂₃₄₅₆₇₈₉ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ]+")
_PART: Final = re.compile(rf"[0-9]++|[∂{PRIME}]|(?:[^\W\d_∂]\u0302?)++")
_PART_OR_SIGN: Final = re.compile(rf"{_PART.pattern}|[-−–+/]")
_MINUS: Final = {"−": "-", "–": "-"}
#: What is spelt in a title, and how its probability is written.
_SPELT: Final = re.compile(r"(?:[Pp]r?\s*\((.+)\)|(.+))")
_CIRCUMFLEX: Final = "\u0302"
_HAT: Final = re.compile(r"(?<![A-Za-z])([A-Za-z])_?(?:hat|\^)(?![A-Za-z])")
_DERIVATIVE: Final = re.compile(r"^d([LlJ])[_/ ]*d(?=\w)")
#: No name is longer.
_LONGEST: Final = 200
_LETTERS: Final = {**GREEK, "pp": "PPL", "ell": "l", "ℓ": "l", "varepsilon": "ε"}
_WORDS_FOR_NOTHING: Final = frozenset({"the", "of"})
#: Something between bars, and its place: |e|_1. Its parts begin with a word for them.
_BARS: Final = re.compile(r"\|([^|]+)\|([_\d.]*)")
_ABSOLUTE: Final = "absolute"
WORD: Final = re.compile(r"[^\W\d_]{3,}")
_ENGLISH: Final = {word: ours for ours, words in WORDS["english"].items() for word in words}
_DASHES: Final = str.maketrans("–—−_", "----")


def parts_of(name: str) -> Parts:
    """The words and numbers of a name, with Greek letters for their names; of |e₁|, also what that is."""
    if bars := _BARS.fullmatch(name):
        return (_ABSOLUTE, *parts_of(bars[1] + bars[2]))
    return _found_in(name, _PART)


def parts_and_signs_of(formula: str) -> Parts:
    """The words, the numbers and the signs of a formula; that of a product goes without saying."""
    return _found_in(formula, _PART_OR_SIGN)


def _found_in(name: str, parts: re.Pattern[str]) -> Parts:
    text = _LOW.sub(lambda low: f"_{low.group()}_", without_tex(name[:_LONGEST]).strip())
    if not text.isascii() or " " in text or text.isalpha():
        text = WORD.sub(lambda word: _ENGLISH.get(word[0].casefold(), word[0]), text)
    text = _DERIVATIVE.sub(r"∂\1/∂", text).replace("'", PRIME)
    text = unicodedata.normalize("NFKD", text)
    text = _HAT.sub("\\1\u0302", text)
    return tuple(
        _LETTERS.get(part.casefold(), _MINUS.get(part, part)) for part in parts.findall(text)
    )


def words_of(parts: Parts) -> Parts:
    """What names have in common that differ in their numbers alone."""
    return tuple("" if part.isdecimal() else part for part in parts)


def spelling_of(text: str) -> str:
    """What is spelt by a name: of P(H-E-LL-O), the symbols."""
    inside = _SPELT.fullmatch(text.strip())
    return re.sub(r"[\s·]", "", inside[1] or inside[2] if inside else "").translate(_DASHES)


def small(parts: Parts) -> Parts:
    """Parts without capitals, and without the words that say nothing."""
    plain = (part.casefold() for part in parts)
    return tuple(part for part in plain if part not in _WORDS_FOR_NOTHING) or parts


def without_hats(parts: Parts) -> Parts:
    """Parts of which no letter has a hat."""
    return tuple(part.rstrip(_CIRCUMFLEX) for part in parts)


def glued(parts: Parts) -> Parts:
    """Parts with all letters and all numbers in one, as in u12 for u₁,₂ and dUf for ∂U_f."""
    words = (part for part in parts if not part.isdecimal())
    return "".join(words), "".join(filter(str.isdecimal, parts))
