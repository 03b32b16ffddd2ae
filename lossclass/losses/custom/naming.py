"""Names in a formula as mathematics writes them: y_hat is ŷ, lambda is λ, y_true is y with an index."""

from __future__ import annotations

import re
from typing import Final
from unicodedata import normalize

from lossclass.arithmetic.notation import LOW_BASES, PLAIN, SUPERSCRIPTS
from lossclass.arithmetic.symbol import Symbol

Index = tuple[int, ...]

#: What a name may be: a letter first, then letters, digits and single underscores.
_NAME: Final = re.compile(r"[^\W\d_]+[^\W_]*(?:_[^\W_]+)*")
_LETTERS: Final = (
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho sigma tau "
    "upsilon phi chi psi omega"
)
_GREEK: Final = dict(zip(_LETTERS.split(), "αβγδεζηθικλμνξοπρστυφχψω", strict=True))
_CIRCUMFLEX: Final = "\N{COMBINING CIRCUMFLEX ACCENT}"
_WORD: Final = re.compile(r"[^\W\d][^\W⁰¹²³⁴⁵⁶⁷⁸⁹]*")
_ROOT: Final = re.compile(r"\bsqrt *\(")
_SQUARED: Final = re.compile(r"\^([0-9]{1,9})(?![\d.^])", re.ASCII)


def is_name(text: str) -> bool:
    """Whether a text can be a name in a formula."""
    return _NAME.fullmatch(text) is not None and not set(text) & set("⁰¹²³⁴⁵⁶⁷⁸⁹")


def symbol(name: str, index: Index = ()) -> Symbol:
    """The symbol of a name, or of one of its elements.

    >>> from lossclass.arithmetic.notation import PLAIN
    >>> [PLAIN.symbol(symbol(name, (2,))) for name in ("y_hat", "lambda", "w", "y_1")]
    ['ŷ₂', 'λ₂', 'w₂', 'y₁,₂']
    """
    letter, *rest = name.split("_")
    apart = normalize("NFD", letter)
    hat = len(apart) == 2 and apart.endswith(_CIRCUMFLEX)
    letter = apart[0] if hat else letter
    if "hat" in rest:
        rest.remove("hat")
        hat = True
    parts = tuple(int(part) if part.isdecimal() else part for part in rest)
    small = _GREEK.get(letter.lower())
    if small is not None and letter in (letter.lower(), letter.capitalize()):
        letter = small if letter.islower() else small.upper()
    return Symbol(letter, (*parts, *index), hat=hat)


def written(formula: str, names: set[str]) -> str:
    """A formula as it stands in the problem, with the symbols of its names and mathematical signs.

    >>> written("mean((y - y_hat)**2)", {"y", "y_hat"})
    'mean((y − ŷ)²)'
    """

    def word(found: re.Match[str]) -> str:
        name = found.group()
        return PLAIN.symbol(symbol(name)) if name in names else LOW_BASES.get(name, name)

    text = (
        _ROOT.sub("√(", formula)
        .replace("**", "^")
        .replace("-", PLAIN.minus)
        .replace("*", PLAIN.dot)
    )
    text = _SQUARED.sub(lambda found: found[1].translate(SUPERSCRIPTS), text)
    return " ".join(_WORD.sub(word, text).split())
