"""Mathematics in Typst.

Texts are written as string literals, which Typst never reads as markup or code.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from lossclass.arithmetic.notation import PRIME, Notation
from lossclass.arithmetic.symbol import Symbol

#: Joiners that some scripts need between letters; they cannot be seen, and nothing obeys them.
_JOINERS: Final = "\u200c\u200d"
_FUNCTIONS: Final = {
    **{name: name for name in ("ln", "exp", "tanh", "max", "min")},
    "log2": "log_(2)",
    "log10": "log_(10)",
    "sigmoid": "σ",
}


def typst_string(text: str) -> str:
    """Any text as a string literal: on one line, with what cannot be seen spelled out."""
    line = " ".join(text.split())
    seen = "".join(
        each
        if each.isprintable() or each in _JOINERS
        else each.encode("unicode_escape").decode("ascii")
        for each in line
    )
    return '"' + seen.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _symbol(symbol: Symbol) -> str:
    if symbol.by:
        return f"frac(∂ {_symbol(replace(symbol, by=None))}, ∂ {_symbol(symbol.by)})"
    bare = symbol.letter.rstrip(PRIME)
    letter = f"hat({_word(bare)})" if symbol.hat else _word(bare)
    letter += "'" * (len(symbol.letter) - len(bare))
    index = ",".join(map(_word, map(str, symbol.indices)))
    text = f"{letter}_({index})" if index else letter
    if not symbol.arguments:
        return text
    separator = " ∣ " if symbol.separator == "|" else symbol.separator
    written = (
        _symbol(each) if isinstance(each, Symbol) else typst_string(each)
        for each in symbol.arguments
    )
    return f"{text}({separator.join(written)})"


def _word(text: str) -> str:
    """A letter or a whole number as mathematics has it, all else as upright text."""
    is_letter = len(text) == 1 and text.isalpha()
    is_number = text.isascii() and text.isdigit()
    return text if is_letter or is_number else typst_string(text)


TYPST = Notation(
    minus="-",
    times="times",
    dot="dot",
    brackets=("(", ")"),
    bars=("lr(|", "|)"),
    infinity="∞",
    scientific=lambda mantissa, power: f"{mantissa} times 10^({power})",
    fraction=lambda above, below: f"frac({above}, {below})",
    power=lambda base, exponent: f"{base}^({exponent})",
    function=lambda name: _FUNCTIONS.get(name) or f'op("{name}") ',
    symbol=_symbol,
    root=lambda inside: f"sqrt({inside})",
    matrix=lambda rows: f"mat({'; '.join(', '.join(row) for row in rows)})",
    low=lambda base, index: f"{base}_({index})",
    signs={
        "·": "dot",
        "×": "times",
        "−": "-",
        "/": r"\/",
        "Σ": "sum",
        "∂": "∂ ",
        "½": '"½"',
        "…": "dots",
        "∣": " ∣ ",
        "|(": "lr(|",
        ")|": "|)",
        ",": ", ",
    },
)
