"""Mathematics for browsers: MathML, from the precedence that every notation shares.

What is written holds marks where a long formula may go on in the next line; :func:`math` makes an
element of it that a browser can break there, since none breaks MathML by itself.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from html import escape
from typing import Final

from lossclass.arithmetic.expression import Absolute, Expression, Negative, Operation
from lossclass.arithmetic.notation import PRIME, PRODUCT, SCIENTIFIC, Leaf, Notation, function_name
from lossclass.arithmetic.symbol import Symbol
from lossclass.records import record

#: Where a line may be broken: at relations, then at the terms of sums, then at the factors of products;
#: and so inside brackets, and in brackets in these. No text that was escaped has such a character.
_BREAKS: Final = "\x00\x01\x02\x03\x04\x05\x06\x07\x08"
_RELATION, _TERM, _FACTOR = "\x00", "\x01", "\x02"
_INSIDE: Final = {n: min(n + 3, len(_BREAKS) - 1) for n in range(len(_BREAKS))}
_NO_BREAK_SPACE: Final = "\N{NO-BREAK SPACE}"
_MINUS: Final = '<mo form="prefix">−</mo>'
_COMMA: Final = "<mo>,</mo>"
_TALL: Final = ("<mfrac>", "<msup><mrow>")
_TALL_BRACKETS: Final = ("<mrow><mo>(</mo>", "<mo>)</mo></mrow>")
_APPLY: Final = "<mo>\N{FUNCTION APPLICATION}</mo>"
_FUNCTIONS: Final = {
    "log2": "<msub><mi>log</mi><mn>2</mn></msub>",
    "log10": "<msub><mi>log</mi><mn>10</mn></msub>",
    "sigmoid": "<mi>σ</mi>",
}
#: Control characters, half characters, and those that turn the direction of what follows.
_UNFIT: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)


def escaped(text: str) -> str:
    """Any text, safe in HTML and XML, between tags and in an attribute's quotes."""
    return escape(fit(text))


def fit(text: str) -> str:
    """Any text, without the characters that no page should have; nothing is escaped yet."""
    return _UNFIT.sub("\N{REPLACEMENT CHARACTER}", text)


def math(text: str, plain: str) -> str:
    """What :data:`MATHML` wrote, as an element of a page.

    Args:
        plain: the same in plain text, for readers who hear it.
    """
    label = escaped(plain)
    if not any(each in text for each in _BREAKS):
        return f'<math alttext="{label}">{_row(text)}</math>'
    return f'<span role="math" aria-label="{label}">{_pieces(text, _BREAKS)}</span>'


def _pieces(text: str, breaks: str) -> str:
    """A formula in the pieces between breaks, the loosest first: what is in a piece stays together as
    long as a line has room for it."""
    if not breaks:
        return f'<math aria-hidden="true">{_row(text)}</math>'
    first, *more = (_pieces(each, breaks[1:]) for each in text.split(breaks[0]))
    if not more:
        return first
    pieces = (
        f'<span class="whole">{each}</span>' if "<wbr>" in each else each for each in (first, *more)
    )
    return "<wbr>".join(pieces)


def _row(text: str) -> str:
    return f"<mrow>{text.strip()}</mrow>"


def _unbroken(text: str) -> str:
    return text.translate(dict.fromkeys(range(len(_BREAKS))))


def _infix(sign: str, at: str) -> str:
    """A sign between operands: also where it begins a line, it keeps its spaces."""
    return f'{at}<mo form="infix">{sign}</mo>'


@record
class _MathML(Notation):
    """What the signs of a notation cannot say: numbers, lists and sums are elements too."""

    def _bracketed(self, text: str) -> str:
        """Only what is tall gets tall brackets: stretching them, browsers leave gaps. What is not
        may be broken inside them."""
        if any(each in text for each in _TALL):
            return _unbroken(text).join(_TALL_BRACKETS)
        return text.translate(_INSIDE).join(self.brackets)

    def _operation(self, node: Operation, leaf: Leaf, *, leading: bool) -> str:
        name = function_name(node)
        if name is not None:
            inside = f"{_COMMA}{_TERM}".join(self.write(each, leaf) for each in node.operands)
            return self.function(name) + self._bracketed(inside)
        text = super()._operation(node, leaf, leading=leading)
        return _unbroken(text) if isinstance(node, Absolute) else text

    def _further_term(self, term: Expression, leaf: Leaf) -> str:
        if isinstance(term, Negative):
            return _infix("−", _TERM) + self._at(PRODUCT, term.operands[0], leaf, leading=False)
        return _infix("+", _TERM) + self._at(SCIENTIFIC, term, leaf, leading=False)


def _scientific(mantissa: str, power: int) -> str:
    exponent = (_MINUS if power < 0 else "") + f"<mn>{abs(power)}</mn>"
    raised = f"<msup><mn>10</mn><mrow>{exponent}</mrow></msup>"
    return f"<mrow><mn>{mantissa}</mn><mo>×</mo>{raised}</mrow>"


def _symbol(symbol: Symbol) -> str:
    if symbol.by:
        of, by = _symbol(replace(symbol, by=None)), _symbol(symbol.by)
        return f"<mfrac><mrow><mo>∂</mo>{of}</mrow><mrow><mo>∂</mo>{by}</mrow></mfrac>"
    name = _with_index(symbol)
    if not symbol.arguments:
        return name
    separator = "<mo>|</mo>" if symbol.separator == "|" else _COMMA
    written = separator.join(
        _symbol(each) if isinstance(each, Symbol) else _text(each) for each in symbol.arguments
    )
    left, right = (f'<mo stretchy="false">{each}</mo>' for each in "()")
    return f"<mrow>{name}{_APPLY}{left}{written}{right}</mrow>"


def _with_index(symbol: Symbol) -> str:
    bare = symbol.letter.rstrip(PRIME)
    letter = f"<mi>{escaped(bare)}</mi>"
    if symbol.hat:
        letter = f'<mover accent="true">{letter}<mo stretchy="false">^</mo></mover>'
    primes = symbol.letter.removeprefix(bare)
    prime = f"<mo>{primes}</mo>" if primes else ""
    low = _COMMA.join(map(_index, symbol.indices))
    if low:
        low = f"<mrow>{low}</mrow>"
    tag = f"m{'sub' * bool(low)}{'sup' * bool(prime)}"
    return f"<{tag}>{letter}{low}{prime}</{tag}>" if low or prime else letter


def _index(index: int | str) -> str:
    if isinstance(index, int):
        return f"<mn>{index}</mn>"
    return f"<mi>{escaped(index)}</mi>" if len(index) == 1 else _text(index)


def _text(text: str) -> str:
    """A label from a file; spaces at its ends would be dropped."""
    words = escaped(" ".join(text.split()) or " ")
    return f"<mtext>{words.replace(' ', _NO_BREAK_SPACE)}</mtext>"


def _matrix(rows: Sequence[Sequence[str]]) -> str:
    lines = (
        f"<mtr>{''.join(f'<mtd><mrow>{cell}</mrow></mtd>' for cell in row)}</mtr>" for row in rows
    )
    return f"<mrow><mo>(</mo><mtable>{''.join(lines)}</mtable><mo>)</mo></mrow>"


def _low(base: str, index: str) -> str:
    """An index; a function goes on to what it is applied to behind it."""
    applied = _APPLY if base.endswith(_APPLY) else ""
    low = f"<mrow>{_unbroken(index)}</mrow>"
    return f"<msub>{base.removesuffix(applied)}{low}</msub>{applied}"


MATHML = _MathML(
    minus=_MINUS,
    negative=_MINUS,
    written_out="<mn>{}</mn>".format,
    times=_infix("×", _FACTOR),
    dot=_infix("·", _FACTOR),
    brackets=(
        '<mo form="prefix" stretchy="false">(</mo>',
        '<mo form="postfix" stretchy="false">)</mo>',
    ),
    bars=(
        '<mrow><mo form="prefix" fence="true">|</mo>',
        '<mo form="postfix" fence="true">|</mo></mrow>',
    ),
    infinity="<mi>∞</mi>",
    scientific=_scientific,
    fraction=lambda above, below: (
        f"<mfrac><mrow>{_unbroken(above)}</mrow><mrow>{_unbroken(below)}</mrow></mfrac>"
    ),
    power=lambda base, exponent: (
        f"<msup><mrow>{_unbroken(base)}</mrow><mrow>{_unbroken(exponent)}</mrow></msup>"
    ),
    function=lambda name: _FUNCTIONS.get(name, f"<mi>{name}</mi>") + _APPLY,
    symbol=_symbol,
    root=lambda inside: f"<msqrt><mrow>{_unbroken(inside)}</mrow></msqrt>",
    plus=_infix("+", _TERM),
    gap="<mo>…</mo>",
    low=_low,
    signs={
        **{each: _infix(escape(each), _RELATION) for each in "=≈≤≥<>"},
        **{each: _infix(each, _TERM) for each in "+−"},
        **{each: _infix(each, _FACTOR) for each in "·×"},
        **{each: f'<mo form="prefix" stretchy="false">{each}</mo>' for each in "(["},
        **{each: f'<mo form="postfix" stretchy="false">{each}</mo>' for each in ")]"},
        "…": "<mo>…</mo>",
        "∂": '<mo lspace="0" rspace="0">∂</mo>',
        "/": '<mo lspace="0.05em" rspace="0.05em">/</mo>',
        "Σ": '<mo lspace="0" rspace="0.1em">∑</mo>',
        ",": _COMMA,
        "∣": "<mo>|</mo>",
        "|(": '<mo form="prefix" stretchy="false">|</mo>',
        ")|": '<mo form="postfix" stretchy="false">|</mo>',
        "½": "<mfrac><mn>1</mn><mn>2</mn></mfrac>",
        "∞": "<mi>∞</mi>",
        " ": '<mspace width="0.17em"></mspace>',
    },
    beside="<mo>\N{INVISIBLE TIMES}</mo>",
    matrix=_matrix,
)
