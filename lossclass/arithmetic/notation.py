"""How expressions, numbers and symbols are written.

Precedence and function names are data, shared by every notation and by the reader
(:mod:`lossclass.arithmetic.parsing`). A notation holds what differs: its signs, its way with
fractions, powers and functions, and how it escapes what comes from a problem file.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field, replace
from decimal import Decimal
from functools import cached_property, lru_cache
from typing import Final
from unicodedata import normalize

from lossclass.arithmetic.expression import (
    Absolute,
    ArgMax,
    Choose,
    Constant,
    Exp,
    Expression,
    Log,
    Max,
    Min,
    Negative,
    Operation,
    Power,
    Product,
    Quotient,
    Root,
    Sigmoid,
    Sum,
    Tanh,
)
from lossclass.arithmetic.number import LARGEST_WRITTEN_OUT, last_place
from lossclass.arithmetic.symbol import Symbol
from lossclass.records import record

#: From loose to tight. What is looser than its place asks for stands in brackets.
SUM, SIGNED, SCIENTIFIC, PRODUCT, POWER, ATOM = range(6)
PRECEDENCE: Final[Mapping[type[Operation], int]] = {
    Sum: SUM,
    Negative: SIGNED,
    Product: PRODUCT,
    Quotient: PRODUCT,
    Power: POWER,
    Root: POWER,
}
FUNCTIONS: Final[Mapping[str, Callable[..., Operation]]] = {
    "ln": lambda operand: Log(operand, "e"),
    "log2": lambda operand: Log(operand, "2"),
    "log10": lambda operand: Log(operand, "10"),
    "exp": Exp,
    "tanh": Tanh,
    "sigmoid": Sigmoid,
    "max": Max,
    "min": Min,
    "argmax": ArgMax,
    "choose": Choose,
    "sqrt": Root,
    "abs": Absolute,
}
#: How those are written that have a base; the reader takes either way.
LOW_BASES: Final = {"log2": "log₂", "log10": "log₁₀"}
_FUNCTION_NAMES = {
    build: name
    for name, build in FUNCTIONS.items()
    if isinstance(build, type) and build not in (Root, Absolute)
}
LOGARITHMS: Final = {"e": "ln", "2": "log2", "10": "log10"}

SUPERSCRIPTS: Final = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
#: What a new value of a quantity has behind its letter.
PRIME: Final = "′"
_SUBSCRIPTS: Final = str.maketrans("0123456789aehijklmnoprstuvx", "₀₁₂₃₄₅₆₇₈₉ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ")
_CAN_BE_LOW: Final = frozenset(map(chr, _SUBSCRIPTS)) | {","}
#: Up to nine digits, as the reader takes them.
_WHOLE_EXPONENT: Final = re.compile(r"\(?(−?[0-9]{1,9})\)?", re.ASCII)
#: Numbers of these sizes are written in full, others as 1.88 × 10⁻⁵.
_LEAST_POWER, _MOST_POWER = -4, 6

#: A step's symbols are written several times, and soon no more.
_SYMBOLS = 4096

#: Of more terms or factors, the first and the last are written.
_MOST_OPERANDS, _FIRST_OPERANDS, _LAST_OPERANDS = 120, 5, 3

#: What stands at a leaf: a number in a substituted line, a symbol in a formula.
Leaf = Callable[[Expression], "Decimal | Symbol"]


def function_name(operation: Operation) -> str | None:
    """The name under which an operation is written as a function, if it is."""
    if isinstance(operation, Log):
        return LOGARITHMS[operation.base]
    return _FUNCTION_NAMES.get(type(operation))


def scientific(number: Decimal) -> tuple[Decimal, int] | None:
    """Mantissa and power of ten where a number is better written so, else None."""
    if not number or not number.is_finite():
        return None
    power = number.adjusted()
    if _LEAST_POWER <= power < _MOST_POWER:
        return None
    if number.copy_abs() == LARGEST_WRITTEN_OUT and last_place(number) <= 1:
        return None  # and not one that was rounded to it, 1.000 × 10⁶
    sign, digits, _ = number.as_tuple()
    return Decimal((sign, digits, 1 - len(digits))), power


@record
class Notation:
    """One way to write mathematics as text."""

    minus: str
    #: Between numbers, and between symbols.
    times: str
    dot: str
    brackets: tuple[str, str]
    bars: tuple[str, str]
    infinity: str
    scientific: Callable[[str, int], str]
    #: Whether a quotient is drawn as a fraction, which needs no brackets inside.
    fraction: Callable[[str, str], str] | None
    power: Callable[[str, str], str]
    function: Callable[[str], str]
    symbol: Callable[[Symbol], str]
    #: A square root: of what stands under it, or, on one line, behind it.
    root: Callable[[str], str]
    #: Whether exponents stand high: then ln(2)² may be read as ln(2²), and takes more brackets.
    raises: bool = True
    #: What stands before a number that is rounded.
    about: str = "≈"
    #: Between terms and between factors that are matrices, and how these are written, row by row.
    plus: str = " + "
    beside: str = " "
    matrix: Callable[[Sequence[Sequence[str]]], str] = lambda rows: (
        f"[{'; '.join(' '.join(row) for row in rows)}]"
    )
    #: What stands before a negative number, and how one without a power of ten is written.
    negative: str = "-"
    written_out: Callable[[str], str] = str
    #: What stands for the middle of a sum or a product that is too long to be read; None where it
    #: is written whole.
    gap: str | None = "…"
    #: For formulas in sentences: an index, and signs that are written otherwise, bars
    #: around something being |( and )|, and one between two things ∣.
    low: Callable[[str, str], str] = "{}_{}".format
    signs: Mapping[str, str] = field(default_factory=dict)

    def sign(self, exact: bool) -> str:
        """What may stand before a side that is exact, or rounded."""
        return "=" if exact else self.about

    def sign_of(self, sign: str) -> str:
        """A sign as it stands in plain text."""
        return self.signs.get(sign, sign)

    def number(self, number: Decimal) -> str:
        """A number with the digits that it has."""
        if number.is_infinite():
            return self.negative + self.infinity if number < 0 else self.infinity
        size = number.copy_abs()
        minus = self.negative if number.is_signed() and number else ""
        if (parts := scientific(size)) is None:
            return minus + self.written_out(f"{size:f}")
        mantissa, power = parts
        return minus + self.scientific(format(mantissa, "f"), power)

    @cached_property
    def for_symbols(self) -> Notation:
        """The same notation with a dot for products, as formulas have it."""
        return replace(self, times=self.dot)

    def write(self, expression: Expression, leaf: Leaf) -> str:
        """An expression, with ``leaf`` saying what stands for its quantities and constants.

        Raises:
            TypeError: the expression has a node that no rule here covers.
        """
        return self._at(SUM, expression, leaf, leading=True)

    def _at(self, place: int, expression: Expression, leaf: Leaf, *, leading: bool) -> str:
        """The text of an expression for a place that takes this precedence and tighter.

        ``leading`` tells that nothing stands before it: only there may a negative number go
        without brackets.
        """
        if not isinstance(expression, Operation):
            return self._leaf(place, leaf(expression), leading=leading)
        level = PRECEDENCE.get(type(expression), ATOM)
        if self.fraction and isinstance(expression, Quotient) and place < ATOM:
            level = ATOM
        text = self._operation(expression, leaf, leading=leading or level < place)
        return self._bracketed(text) if level < place else text

    def _leaf(self, place: int, shown: Decimal | Symbol, *, leading: bool) -> str:
        if isinstance(shown, Symbol):
            text = self.symbol(shown)
            return self._bracketed(text) if shown.by and place == ATOM else text
        text = self.number(shown)
        bare = place <= PRODUCT and leading if shown.is_signed() and shown else place <= ATOM
        if place > SCIENTIFIC and scientific(shown) is not None:
            bare = False
        return text if bare else self._bracketed(text)

    def _bracketed(self, text: str) -> str:
        return text.join(self.brackets)

    def _operation(self, node: Operation, leaf: Leaf, *, leading: bool) -> str:
        name = function_name(node)
        if name is not None:
            inside = ", ".join(self.write(each, leaf) for each in node.operands)
            return self.function(name) + self._bracketed(inside)
        match node:
            case Sum(operands=(first, *rest)):
                text = self._at(SUM, first, leaf, leading=leading)
                terms = [self._further_term(term, leaf) for term in _ends_of(rest, self.gap)]
                return text + "".join(_around(terms, rest, f"{self.plus}{self.gap}"))
            case Negative(operands=(operand,)):
                return self.minus + self._at(PRODUCT, operand, leaf, leading=False)
            case Product(operands=(first, *rest)):
                texts = [self._at(PRODUCT, first, leaf, leading=leading)]
                factors = _ends_of(rest, self.gap)
                texts += [self._at(POWER, factor, leaf, leading=False) for factor in factors]
                return f" {self.times} ".join(_around(texts, node.operands, f"{self.gap}"))
            case Quotient(operands=(above, below)) if self.fraction:
                return self.fraction(self.write(above, leaf), self.write(below, leaf))
            case Quotient(operands=(above, below)):
                numerator = self._beside_slash(PRODUCT, above, leaf, leading=leading)
                return numerator + " / " + self._beside_slash(POWER, below, leaf, leading=False)
            case Power(operands=(base, exponent)):
                ground = self._at(ATOM, base, leaf, leading=False)
                if self.raises and isinstance(base, Operation) and function_name(base):
                    ground = self._bracketed(ground)
                # where it is two-dimensional, the exponent is set apart by its height
                place = SUM if self.fraction else ATOM
                return self.power(ground, self._at(place, exponent, leaf, leading=place == SUM))
            case Absolute(operands=(operand,)) | Root(operands=(operand,)):
                return self._enclosed(node, operand, leaf)
        raise TypeError(f"no notation for {type(node).__name__}")

    def _enclosed(self, node: Operation, operand: Expression, leaf: Leaf) -> str:
        """|x| or √x; a root has brackets where no bar says how far it goes, but around one number or
        symbol."""
        inside = self.write(operand, leaf)
        if isinstance(node, Absolute):
            return inside.join(self.bars)
        if self.fraction:
            return self.root(inside)
        if self.raises and not isinstance(operand, Operation):
            return self.root(self._at(ATOM, operand, leaf, leading=False))
        return self.root(self._bracketed(inside))

    def _beside_slash(self, place: int, node: Expression, leaf: Leaf, *, leading: bool) -> str:
        """A side of a quotient on one line; of a derivative's slash, it must be kept apart."""
        if not isinstance(node, Operation) and isinstance(leaf(node), Symbol):
            place = ATOM
        return self._at(place, node, leaf, leading=leading)

    def _further_term(self, term: Expression, leaf: Leaf) -> str:
        if isinstance(term, Negative):
            return f" {self.minus} " + self._at(PRODUCT, term.operands[0], leaf, leading=False)
        return " + " + self._at(SCIENTIFIC, term, leaf, leading=False)


def is_cut(operands: Sequence[object]) -> bool:
    """Whether a sum or a product is too long to be written whole."""
    return len(operands) > _MOST_OPERANDS


def _ends_of(operands: Sequence[Expression], gap: str | None) -> Sequence[Expression]:
    """Those that are written."""
    if gap is None or not is_cut(operands):
        return operands
    return [*operands[:_FIRST_OPERANDS], *operands[-_LAST_OPERANDS:]]


def _around(written: list[str], operands: Sequence[Expression], gap: str) -> list[str]:
    """What is written, and the gap where some are not."""
    if len(written) == len(operands):
        return written
    return [*written[:-_LAST_OPERANDS], gap, *written[-_LAST_OPERANDS:]]


# --- plain text --------------------------------------------------------------------------


@lru_cache(_SYMBOLS)
def _plain_symbol(symbol: Symbol) -> str:
    if symbol.by:
        return f"∂{_plain_symbol(replace(symbol, by=None))}/∂{_plain_symbol(symbol.by)}"
    letter = (
        normalize("NFC", symbol.letter[:1] + "\N{COMBINING CIRCUMFLEX ACCENT}") + symbol.letter[1:]
        if symbol.hat
        else symbol.letter
    )
    index = ",".join(map(str, symbol.indices))
    low = index.translate(_SUBSCRIPTS) if _CAN_BE_LOW.issuperset(index) else f"_{index}"
    if not symbol.arguments:
        return letter + low
    written = (
        _plain_symbol(each) if isinstance(each, Symbol) else plain_label(each)
        for each in symbol.arguments
    )
    return f"{letter}{low}({symbol.separator.join(written)})"


def plain_label(label: str) -> str:
    """A label from a file inside plain mathematics, in quotes where it could be misread."""
    safe = label and not any(each.isspace() or each in "()|," for each in label)
    return label if safe else f'"{label}"'


def _plain_power(base: str, exponent: str) -> str:
    """A whole exponent stands high; behind a low index that is written on the line, ``y_i,c``, the base
    is set apart."""
    whole = _WHOLE_EXPONENT.fullmatch(exponent)
    if whole is None:
        return f"{base}^{exponent}"
    raised = whole[1].replace("−", "-").translate(SUPERSCRIPTS)
    return f"({base}){raised}" if "_" in base and not base.endswith(")") else base + raised


PLAIN = Notation(
    minus="−",
    times="×",
    dot="·",
    brackets=("(", ")"),
    bars=("|", "|"),
    infinity="∞",
    scientific=lambda mantissa, power: f"{mantissa} × 10{str(power).translate(SUPERSCRIPTS)}",
    fraction=None,
    power=_plain_power,
    function=lambda name: LOW_BASES.get(name, name),
    symbol=_plain_symbol,
    root=lambda inside: f"√{inside}",
    negative="−",
)
#: The same as programs read it, and as it is typed: ``(-0.5)^2`` for ``(−0.5)²``.
TYPED = replace(
    PLAIN,
    power=lambda base, exponent: f"{base}^{exponent}",
    function=lambda name: name,
    root=lambda inside: f"sqrt{inside}",
    raises=False,
    negative="-",
    gap=None,
)

# --- LaTeX -------------------------------------------------------------------------------

_GREEK_NAMES: Final = (
    "alpha beta gamma delta zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon phi "
    "chi psi omega"
)
#: The Greek letters by their names, all but those that are written in two ways.
GREEK: Final = dict(zip(_GREEK_NAMES.split(), "αβγδζηθικλμνξπρστυφχψω", strict=True))
_LATEX_LETTERS: Final = {
    **{letter: rf"\{name}" for name, letter in GREEK.items()},
    "ε": r"\varepsilon",
    "ℓ": r"\ell",
}
_LATEX_FUNCTIONS: Final = {
    **{name: rf"\{name}" for name in ("ln", "exp", "tanh", "max", "min")},
    "log2": r"\log_{2}",
    "log10": r"\log_{10}",
    "sigmoid": r"\sigma",
}
_LATEX_PRIME: Final = r"\prime"
_LATEX_ESCAPES: Final = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        "^": r"\textasciicircum{}",
        "~": r"\textasciitilde{}",
        **{each: "\\" + each for each in "{}$&#%_"},
    }
)


def latex_text(text: str) -> str:
    """Any text, safe in a paragraph and as text inside mathematics."""
    return " ".join(text.translate(_LATEX_ESCAPES).split()) or r"\ "


@lru_cache(_SYMBOLS)
def _latex_symbol(symbol: Symbol) -> str:
    if symbol.by:
        of, by = _latex_symbol(replace(symbol, by=None)), _latex_symbol(symbol.by)
        return rf"\frac{{\partial {of}}}{{\partial {by}}}"
    letter = symbol.letter.rstrip(PRIME)
    primes = len(symbol.letter) - len(letter)
    prime = "'" if primes == 1 else rf"^{{{_LATEX_PRIME * primes}}}" if primes else ""
    letter = _LATEX_LETTERS.get(letter) or (letter if len(letter) == 1 else rf"\mathrm{{{letter}}}")
    letter = (rf"\hat{{{letter}}}" if symbol.hat else letter) + prime
    words = (
        rf"\mathrm{{{i}}}" if len(str(i)) > 1 and isinstance(i, str) else str(i)
        for i in symbol.indices
    )
    index = f"_{{{','.join(words)}}}" if symbol.indices else ""
    if not symbol.arguments:
        return letter + index
    separator = r" \mid " if symbol.separator == "|" else symbol.separator
    written = (
        _latex_symbol(each) if isinstance(each, Symbol) else rf"\text{{{latex_text(each)}}}"
        for each in symbol.arguments
    )
    return rf"{letter}{index}\left({separator.join(written)}\right)"


def _latex_power(base: str, exponent: str) -> str:
    """What has a prime stands in a group: TeX takes no two superscripts of one letter. It takes an accent
    alone in a group for that accent, so something empty stands beside it."""
    if not (base.endswith("'") or "'_" in base or _LATEX_PRIME in base):
        return f"{base}^{{{exponent}}}"
    beside = "{}" if base.startswith(r"\hat") else ""
    return f"{{{beside}{base}}}^{{{exponent}}}"


LATEX = Notation(
    minus="-",
    times=r"\times",
    dot=r"\cdot",
    brackets=(r"\left(", r"\right)"),
    bars=(r"\left|", r"\right|"),
    infinity=r"\infty",
    scientific=lambda mantissa, power: rf"{mantissa} \times 10^{{{power}}}",
    fraction=lambda above, below: rf"\frac{{{above}}}{{{below}}}",
    power=_latex_power,
    function=lambda name: _LATEX_FUNCTIONS.get(name) or rf"\operatorname{{{name}}}",
    symbol=_latex_symbol,
    root=lambda inside: rf"\sqrt{{{inside}}}",
    about=r"\approx",
    matrix=lambda rows: (
        r"\begin{pmatrix} " + r" \\ ".join(map(" & ".join, rows)) + r" \end{pmatrix}"
    ),
    gap=r"\dots",
    low=lambda base, index: f"{base}_{{{index}}}",
    signs={
        "≈": r"\approx",
        "≤": r"\leq",
        "≥": r"\geq",
        "·": r"\cdot",
        "×": r"\times",
        "−": "-",
        "Σ": r"\sum",
        "∂": r"\partial ",
        "½": r"\tfrac{1}{2}",
        "∞": r"\infty",
        "…": r"\dots",
        "∣": r" \mid ",
        "|(": r"\lvert ",
        ")|": r"\rvert ",
        ",": ", ",
    },
)


def as_number(leaf: Expression) -> Decimal:
    """The number of a leaf that is one.

    Raises:
        TypeError: it is not a constant.
    """
    if not isinstance(leaf, Constant):
        raise TypeError(f"{leaf!r} is not a number")
    return leaf.number
