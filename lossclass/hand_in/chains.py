"""A line of text → what it works out: ``name = expression = … = number``, found wherever it stands.

A line is cut at its relations (``=``, ``≈``, ``→``, "is", …). What lies between two of them is a
side: of numbers, which is read by :mod:`lossclass.arithmetic.parsing` (nothing is ever executed), or
of symbols, which may be the name of a step. Words before the first side and behind the last are
passed over. Every token is looked at a few times at most, so that no line takes long.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal, localcontext
from functools import cached_property, lru_cache
from itertools import accumulate, pairwise
from typing import Final, NamedTuple

from lossclass.arithmetic.expression import Expression
from lossclass.arithmetic.number import WORKING
from lossclass.arithmetic.parsing import UnreadableText, read
from lossclass.hand_in.lines import Line
from lossclass.hand_in.tex import OPAQUE
from lossclass.hand_in.typed import UNIT, Unreadable, arithmetic, number_of, plainly
from lossclass.records import record

#: Which logarithms ``log`` may mean, the likeliest first.
LOGARITHMS: Final = ("ln", "log10", "log2")
_LOGARITHMS: Final = frozenset({*LOGARITHMS, "log", "lg", "ld"})

_TOKEN: Final = re.compile(
    r"""
    (?P<space>    \s+ )
  | (?P<breaks>   [=!<>]=(?!>) | [≠≤≥<>⇔] )
  | (?P<relation> :=|=>|->|[=≈≅≃≐→⇒⟶⇢≔] )
  | (?P<number>   (?: \d{1,3}(?:[\ \u00a0\u202f\u2009]\d{3})+(?!\d) | \d+ ) (?:\.\d+)? (?:[eE][+-]?\d{1,3}(?![\w.]))? (?:\.\.\.|…)?
                | \.\d+ (?:[eE][+-]?\d{1,3}(?![\w.]))? (?:\.\.\.|…)?
                | [½⅓⅔¼¾⅛] )
  | (?P<raised>   ⁻?[⁰¹²³⁴⁵⁶⁷⁸⁹]{1,9} )
  | (?P<function> (?:log_10|log_2|log_e|log10|log2|log₂|log₁₀|logₑ|log|lg|ld|exp|tanh|sigmoid|max|sqrt)(?!\w) | (?:min|abs)(?=\s*\() | ln(?![^\W\d]) | √ | σ(?=\s*\() )
  | (?P<word>     [^\W\d][^\W_]*['′]*_\w+(?:,\w+)*['′]* | [^\W\d][\w'′’\u0300-\u036f]*(?:(?<=[₀-₉ₐ-ₜᵢᵣᵤᵥⱼ]),[₀-₉ₐ-ₜᵢᵣᵤᵥⱼ]+)* )
  | (?P<sign>     \*\* | [-+×*/^·⋅∙•∗÷−–] )
  | (?P<bracket>  [()\[\]{}|] )
  | (?P<dots>     \.{2,} )
  | (?P<point>    [,;:.!?"„“”‟] )
  | (?P<other>    . )
    """,
    re.VERBOSE | re.IGNORECASE,
)
#: A logarithm that does not say to which base it is.
_LOG: Final = re.compile(r"(?<![^\W\d_])log(?![\w₂₁ₑ])", re.IGNORECASE)
_TIMES: Final = re.compile(r"(?<=[\d)])\s*[xX]\s*(?=[-−]?[\d(.])")
_RATIO: Final = re.compile(r"(?<=[\d)]) : (?=[\d(])")
_COMMA: Final = re.compile(r"(?<![\d.,])(\d+),(\d+)(?![\d,]|\.\d)")
_RESULT_MARK: Final = re.compile(r"[=≈]\s*[-−+]?\d+([.,])\d+[.\s]*$", re.MULTILINE)
_RESULT: Final = re.compile(r"[-−+]?\d+([.,])\d+")
#: What is a decimal comma in any document, unless there are points beside it.
_PLAIN_COMMA: Final = re.compile(r"(?:[=≈·×*/+]\s*|^\s*)[-−]?0,\d+(?![\d,])")
_THOUSANDS: Final = re.compile(r"(?<![\w.,(])([1-9]\d{0,2})((?:,\d{3})+)(?![\d,])")
_IS: Final = re.compile(r"\b(?:is equal to|is about|is approximately|is|equals|comes to|gives)\b(?=\s+[-−+≈~]?\s*[\d.(])", re.IGNORECASE)  # fmt: skip
_ABOUT: Final = re.compile(r"(?<=[=≈→])\s*(?:[~≈]|about|approx\.?|approximately|circa|ca\.)\s*(?=[-−+\d.(])", re.IGNORECASE)  # fmt: skip
#: A vector, of which each number has a name of its own: h₁ = (0.46, −0.29) or, as arrays are printed,
#: [0.46 −0.29].
_ENTRY: Final = r"[-−+]?(?:\d+(?:[.,]\d+)?|[.]\d+)(?:[eE][-+]?\d+)?"
_VECTOR: Final = re.compile(
    rf"[=≈]\s*(?:\(\s*({_ENTRY}(?:\s*[,;]\s*{_ENTRY})+)\s*\)|\[\s*({_ENTRY}(?:[\s,;]\s*{_ENTRY})+)\s*\])"
    r"(?:\^?\(?(?:T|top|′)\)?|ᵀ)?(?=\s*(?:[.,;]\s|[.,;]?$|and\b))"
)
#: What stands before a vector: something else, and what belongs to it.
_OWN: Final = re.compile(r"((?:.*(?:[;.]\s+|,\s+(?![^()]*\))))?)(.*)", re.DOTALL)
_TILDE: Final = re.compile(r"\s~\s|~(?=\s*[-−+\d.(])")
#: Relations that may also say that what follows comes after it, or is another one.
ARROWS: Final = frozenset({"is", "→", "->", "=>", "⇒", "⟶"})
#: What stands for "is", which may as well be of a sentence.
_SAID: Final = "⇢"
_INFINITY: Final = frozenset({"inf", "infinity"})
_ELLIPSES: Final = ("...", "…")

#: What the parser takes: of numbers alone.
_NUMERIC: Final = frozenset({"number", "raised", "function", "sign", "bracket", "constant"})
_ENDS: Final = frozenset({"number", "raised", "constant"})
#: Functions that are not known here: what they are of is no side by itself.
_UNKNOWN: Final = frozenset({
    "sin", "cos", "tan", "cot", "arctan", "arcsin", "arccos", "sinh", "cosh", "sum",
    "mean", "avg", "average", "var", "std", "det", "erf", "gamma", "softmax", "relu",
    "floor", "ceil", "round", "sgn", "sign", "sup", "inf", "lim", "mod", "sech", "softplus",
    "loss", "of",
})  # fmt: skip
#: Behind these, a number may begin what is worked out.
_CONNECTIVES: Final = frozenset({
    "so", "thus", "hence", "therefore", "then", "and", "we", "get", "have", "now", "with", "is",
    "are", "i.e", "e.g", "namely", "finally", "but", "which", "that", "gives", "yields",
    "because", "since", "as", "also", "or", "the", "for", "here", "again", "still", "total",
})  # fmt: skip
_NO_NAME: Final = _CONNECTIVES | frozenset(["our", "this", "final", "overall", "a", "an", "value", "obtain", "compute", "calculate", "find", "answer", "result", "in", "it"])  # fmt: skip
#: So many words make a line a sentence.
_MOST_WORDS: Final = 2
#: A name has so many words at most.
_LONGEST_NAME: Final = 6


class _Token(NamedTuple):
    kind: str
    text: str
    #: How much space is before it.
    space: int


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
        vector: what it is one number of, as it is written.
        place: in a table, what names its row and its column.
    """

    line: Line
    sides: tuple[Side, ...]
    relations: tuple[str, ...] = ()
    label: str = ""
    names: tuple[str, ...] = ()
    in_prose: bool = False
    vector: str = ""
    place: tuple[str, str] | None = None

    @property
    def numeric(self) -> list[Side]:
        """The sides of numbers."""
        return [side for side in self.sides if side.typed is not None]

    @property
    def text(self) -> str:
        """All of it, plainly."""
        if self.vector:
            return self.vector
        parts = [self.sides[0].text]
        for relation, side in zip(self.relations, self.sides[1:], strict=True):
            parts += [relation, side.text]
        return " ".join(parts)


def has_decimal_commas(lines: Sequence[Line]) -> bool:
    """Whether the numbers of a document have a comma where others have a point: those that lines, or
    the rows of steps, end with, if there are any, as on a worksheet the given ones are printed with
    points."""
    text = "\n".join(line.text for line in lines)
    rows = (_RESULT.fullmatch(line.cells[-1]) for line in lines if line.cells and line.tags)
    marks = [*_RESULT_MARK.findall(text), *(found[1] for found in rows if found)]
    marks = marks or re.findall(r"\d([.,])\d", text)
    return marks.count(",") > marks.count(".")


def chains_in(line: Line, *, commas: bool = False) -> list[Chain]:
    """The chains of a line, from left to right.

    Args:
        commas: whether the decimal mark of the document is a comma.
    """
    if OPAQUE in line.text:
        return []
    commas = commas or bool(_PLAIN_COMMA.search(line.text) and not re.search(r"\d\.\d", line.text))
    if line.cells:
        return list(_of_row(line, commas=commas))
    vectors, rest = _vectors(line, commas=commas)
    found = [*vectors, *_chains(line, _cut(rest, commas=commas))]
    if line.bullet in ("-", "−") and re.match(r"[\d(.]|ln|log", line.text):
        from lossclass.hand_in.equalities import wrong_in

        signed = list(_chains(line, _cut(f"-{line.text}", commas=commas)))
        if wrong_in(found) and not wrong_in(signed):
            return signed
    return found


def _vectors(line: Line, *, commas: bool) -> tuple[list[Chain], str]:
    """The numbers of the vectors in a line, each by the name and its place; and the rest of it."""
    found: list[Chain] = []
    rest, at = "", 0
    for match in _VECTOR.finditer(line.text):
        before = line.text[at : match.start()]
        at = match.end()
        lead, own = _OWN.fullmatch(before).groups()  # type: ignore[union-attr]
        label, _, name = re.split("[=≈]", own)[0].rpartition(":")
        names, inside = _names(name), match[1] or match[2]
        is_mark = ";" in inside or (commas and "." not in inside)
        entries = re.split(r"\s*[,;]?\s+|;" if is_mark else r"\s*[,;\s]\s*", inside)
        if not names or len(entries) < 2:
            rest += before + match[0]
            continue
        vector = (before + match[0]).strip(" ,;")
        for n, entry in enumerate(entries, start=1):
            each = tuple(f"{name}_{n}" for name in names)
            number = Side(entry, entry.replace(",", "."))
            found.append(
                Chain(line, (Side(each[0]), number), ("=",), label.strip(), each, vector=vector)
            )
        rest += lead
    return found, rest + line.text[at:]


def _of_row(line: Line, *, commas: bool) -> Iterator[Chain]:
    """A row of a table: each cell by the name of its column, the last also by that of the row."""
    cut = [_cut(cell, commas=commas) for cell in line.cells]
    sides = list(map(_side, cut))
    first = line.cells[0].strip("` ")
    index = first if first.isdecimal() else ""
    numbers = [n for n, side in enumerate(sides) if n and side is not None]
    for n, (cell, side) in enumerate(zip(line.cells, sides, strict=True)):
        if side is None:
            if "=" in cell or "≈" in cell:
                yield from _chains(line, cut[n])
            continue
        if n == 0:
            continue
        head = line.head[n] if n < len(line.head) else ""
        names = [f"{_without_index(head)}_{index}", f"{head} {index}"] if index else []
        names += [head] if line.is_only_row else []
        if n == numbers[-1]:
            row = [f"{line.head[0]} {first}"] if line.head else []
            names += [first, *row] if not index else row
        before = sides[n - 1] if n > 1 else None
        working = [before] if before is not None and before.number is None else []
        named, relations = tuple(filter(None, names)), ("=",) * len(working)
        yield Chain(line, (*working, side), relations, "", named, place=(first, head))


def _without_index(head: str) -> str:
    """The letter at the head of a column, without the index for which each row has a number."""
    return re.sub(r"(?:_\{?[a-z]\}?|[ₜᵢₙₖ])$", "", head.strip())


def _cut(text: str, *, commas: bool) -> list[_Token]:
    """The tokens of a text, in which a sign is written in one way."""
    if commas:
        text = _COMMA.sub(r"\1.\2", text)
    else:
        text = _THOUSANDS.sub(lambda found: found[1] + found[2].replace(",", ""), text)
    text = _TIMES.sub(" × ", _RATIO.sub(" / ", UNIT.sub("", text)))
    return list(_tokens(_TILDE.sub(" ≈ ", _IS.sub(f" {_SAID} ", _ABOUT.sub(" ", text)))))


def _chains(line: Line, tokens: Sequence[_Token]) -> Iterator[Chain]:
    """The chains in a text, anew behind what compares otherwise."""
    parts: list[list[tuple[str, list[_Token]]]] = [[("", [])]]
    for token in tokens:
        pieces = parts[-1]
        if token.kind == "breaks":
            parts.append([("", [])])
        elif token.kind != "relation":
            pieces[-1][1].append(token)
        elif pieces[-1][1] or len(pieces) == 1:
            pieces.append((token.text, []))
    for pieces in parts:
        yield from _Part(line, pieces, is_whole=len(parts) == 1).chains()


class _Part:
    """The chains in pieces of tokens, each with the relation that stands before it."""

    def __init__(
        self, line: Line, pieces: list[tuple[str, list[_Token]]], *, is_whole: bool
    ) -> None:
        self.line = line
        self.is_whole = is_whole
        self.pieces = pieces
        self.sides: list[Side] = []
        self.relations: list[str] = []
        self.lead: list[_Token] = []
        tokens = [token for _, piece in pieces for token in piece]
        colon = next((i for i, token in enumerate(tokens) if token.text == ":"), 0)
        self.in_prose = sum(map(_is_word, tokens[colon:])) > _MOST_WORDS

    def chains(self) -> Iterator[Chain]:
        first, *others = self.pieces
        self._begin(first[1], others[0][0] if others else "")
        if not others:
            if self.is_whole:
                yield from self._alone(first[1])
            return
        for n, (relation, piece) in enumerate(others, start=1):
            is_last = n == len(others)
            following = "" if is_last else others[n][0]
            if (side := _side(piece)) is not None:
                if relation in ARROWS and self.sides[-1].number is not None is side.number:
                    yield from self._anew(piece, following)  # it goes on, and is not the same
                else:
                    self._go_on(relation, side)
                continue
            end = _numeric_start(piece)
            if (side := _side(piece[:end])) is not None:
                self._go_on(relation, side)
                yield from self._anew(piece[end:], following)
                continue
            stop = next((i for i, token in enumerate(piece) if _separates(token)), len(piece))
            if relation in ARROWS and self.sides[-1].typed is not None:
                yield from self._anew(piece, following)
            elif is_last or stop < len(piece):
                self._go_on(relation, Side(_text(piece[:stop])))
                yield from self._anew(piece[stop:], following)
            else:
                side = _side(piece[_numeric_end(piece) :])
                self._go_on(relation, side or Side(_text(piece)))
        yield from self._end()

    def _anew(self, piece: list[_Token], following: str) -> Iterator[Chain]:
        """The chain so far, and a new one begun."""
        yield from self._end()
        self._begin(piece, following)

    def _alone(self, piece: list[_Token]) -> Iterator[Chain]:
        """A line without a relation: all of numbers, or a name, a colon and a number."""
        if self.line.is_heading:
            return
        if (side := _side(piece)) is not None:
            yield Chain(self.line, (side,))
            return
        colon = next((i for i, token in enumerate(piece) if token.text == ":"), 0)
        end = colon + 1 + _numeric_start(piece[colon + 1 :])
        if any(token.kind == "number" for token in piece[end:]):
            return  # a list
        side = _side(piece[colon + 1 : end])
        if colon and side is not None and re.search(r"[./(]|^-?\d+$", side.typed or ""):
            label = _text(piece[:colon])
            yield Chain(self.line, (side,), (), label, _names(label), self.in_prose)

    def _begin(self, piece: list[_Token], following: str) -> None:
        """A new chain, of which this stands before the first relation."""
        while piece and _separates(piece[0]):
            piece = piece[1:]
        at = _numeric_end(piece)
        side = _side(piece[at:])
        if side is None or (following == _SAID and at and piece[at - 1].kind == "word"):
            at = 0
            gaps = [
                n
                for n, (before, token) in enumerate(pairwise(piece), start=1)
                if token.space > 1 and before.kind != "function"
            ]
            piece = piece[gaps[-1] :] if gaps else piece
            side = Side(_text(piece))
        self.sides, self.relations, self.lead = [side], [], piece[:at] if at else piece

    def _go_on(self, relation: str, side: Side) -> None:
        self.sides.append(side)
        self.relations.append("is" if relation == _SAID else relation)

    def _end(self) -> Iterator[Chain]:
        if len(self.sides) < 2 or all(side.typed is None for side in self.sides):
            return
        label, names = self._label_and_names()
        if self.sides[0].typed is None and names:
            self.sides[0] = Side(names[0])
        in_prose = self.in_prose or "is" in self.relations
        yield Chain(self.line, tuple(self.sides), tuple(self.relations), label, names, in_prose)

    def _label_and_names(self) -> tuple[str, tuple[str, ...]]:
        text = _text(self.lead)
        label, colon, rest = text.rpartition(": ")
        if not colon:
            label, rest = (text.rstrip(": "), "") if text.endswith(":") else ("", text)
        names = list(_names(rest)) if self.sides[0].typed is None else []
        for side in self.sides[1:]:
            if side.typed is None and len(side.text) < 40:
                names.append(side.text.strip())
        return label.strip(), tuple(dict.fromkeys(names))


def _names(text: str) -> tuple[str, ...]:
    """What may be a name in a text that ends with it, the longest first."""
    text = (
        re.split(r"^\([^()]*\)\s|[.;!?]\s+|,\s+(?![^()]*\))|\band\s", text)[-1]
        .strip(' ,;:"')
        .replace("'", "′")
    )
    if text.count("(") > text.count(")"):
        text = text.rpartition("(")[2]
    words = text.split()[-_LONGEST_NAME:] if not re.search(r"\(.*\s.*\)$", text) else [text]
    while words and words[0].lower() in _NO_NAME:
        words.pop(0)
    names = [" ".join(words)]
    is_of_last = len(words) > 1 and words[-2].strip("-−+(").lower() not in _LOGARITHMS
    if is_of_last and (len(words[-1]) < 3 or not words[-1].isalpha()):  # the loss L, but not ln p
        names.append(words[-1])
    return tuple(filter(None, names))


# --- tokens ---


def _tokens(text: str) -> Iterator[_Token]:
    space = 0
    depth = 0
    before = ""
    for match in _TOKEN.finditer(text):
        kind, found = str(match.lastgroup), match.group()
        if kind == "space":
            space = len(found)
            continue
        if kind == "bracket":
            depth += found in "([{"
            depth -= found in ")]}"
        elif kind == "point" and found in ",;" and depth > 0:
            kind = "bracket"  # between the arguments of a function
        elif kind == "word" and found == "π":
            kind = "constant"
        elif kind == "word" and found == "e" and text[match.end() :].lstrip()[:1] in "^⁰¹²³⁴⁵⁶⁷⁸⁹⁻":
            kind = "constant" if text[match.end() :].strip() else kind
        elif found == "∞" or (
            found.lower() in _INFINITY and (before in ("relation", "sign") or found == text.strip())
        ):
            kind = "constant"
        yield _Token(kind, found, space)
        space, before = 0, kind


def _text(tokens: Sequence[_Token]) -> str:
    """The tokens as they were written, closed up before and behind brackets."""
    parts: list[str] = []
    before, is_function = "", False
    for token in tokens:
        space = token.space and before not in ("(", "[") and token.text not in (")", "]")
        if token.text == "(" and is_function:
            space = 0
        parts += [" " if space else "", token.text]
        before, is_function = token.text, token.kind == "function"
    text = "".join(parts).strip()
    return text[1:-1] if _is_bracketed(text) else text


def _is_bracketed(text: str) -> bool:
    """Whether brackets are around all of a text, which need not be shown."""
    depths = accumulate((each == "(") - (each == ")") for each in text)
    closed = next((at for at, depth in enumerate(depths, start=1) if not depth), 0)
    return text.startswith("(") and closed == len(text)


def _is_word(token: _Token) -> bool:
    return token.kind == "word" and len(token.text) > 2 and token.text.isalpha()


def _separates(token: _Token) -> bool:
    return (token.kind == "point" and token.text in ",;.") or token.text.lower() == "and"


def _is_apart(before: _Token, token: _Token) -> bool:
    """Whether two tokens are apart: two numbers, or with a wide space between them."""
    if before.kind not in _ENDS and before.text not in (")", "]", "}"):
        return False
    if token.kind == "number":
        return True
    begins = token.kind in ("function", "constant") or token.text in ("(", "[", "{")
    return begins and token.space > 1


def _numeric_start(piece: Sequence[_Token]) -> int:
    """How many tokens at the start are of numbers and end as a side can; 0 if none."""
    end = 0
    closed = 0
    depth = 0
    for end, token in enumerate(piece):
        if token.kind not in _NUMERIC or (end and _is_apart(piece[end - 1], token)):
            break
        if token.text in "([{":
            if token.space and end and not depth and _is_remark(piece, end):
                break
            depth += 1
        elif token.text in ")]}":
            if not depth:
                break
            depth -= 1
        if not depth and token.kind not in {"sign", "function"}:
            closed = end + 1
    else:
        end = len(piece)
    if not closed or (closed != end and not (closed == end - 1 and piece[closed].text in "([{")):
        return 0
    return closed if closed == len(piece) or _may_follow(piece, closed) else 0


def _is_remark(piece: Sequence[_Token], at: int) -> bool:
    """Whether what a bracket holds, behind a number and a space, is no factor: a number alone, or
    words."""
    inside = piece[at + 1 : at + 3]
    if len(inside) < 2 or inside[0].kind == "word":
        return True
    return inside[0].kind == "number" and inside[1].text in ")]},%"


def _may_follow(piece: Sequence[_Token], at: int) -> bool:
    """Whether a token can stand behind a side that does not go on with it."""
    token = piece[at]
    if token.space > 1 and token.kind != "sign":
        return True
    if token.kind in ("point", "other"):
        return token.text not in "%'_&∂Σ∑∏Π"
    if token.kind == "word":
        is_call = at + 1 < len(piece) and piece[at + 1].text == "(" and not piece[at + 1].space
        return bool(token.space) and len(token.text) > 1 and token.text.isalpha() and not is_call
    if token.text in ")]}":
        return True
    return bool(token.space) and token.text in "([{"


def _numeric_end(piece: Sequence[_Token]) -> int:
    """Where the tokens at the end begin that are of numbers, and can begin a side; the length if
    there are none."""
    at = len(piece)
    depth = 0
    while at:
        token = piece[at - 1]
        if token.kind not in _NUMERIC or (at < len(piece) and _is_apart(token, piece[at])):
            break
        if token.text in ")]}":
            depth += 1
        elif token.text in "([{":
            if not depth:
                break
            depth -= 1
        at -= 1
    if at == len(piece) or depth:
        return len(piece)
    first = piece[at]
    if first.text in tuple("×*/^·⋅∙•∗÷,") or first.kind == "raised":
        return len(piece)
    if first.text == "+" and at + 1 < len(piece) and piece[at + 1].space:
        return len(piece)  # it goes on with something
    return at if not at or _may_precede(piece, at) else len(piece)


def _may_precede(piece: Sequence[_Token], at: int) -> bool:
    """Whether what stands before a side is not part of it."""
    before, side = piece[at - 1], piece[at:]
    if before.kind == "point" or before.text in "([{":
        return True
    if before.kind == "other":
        return before.text in "`'•>"
    if before.kind == "word":
        is_prose = before.text.isalpha() and (len(before.text) > 1 or before.text.lower() == "a")
        if not is_prose or not side[0].space or before.text.lower() in _UNKNOWN:
            return before.text.lower() == "of" and len(side) > 1 and side[0].kind == "number"
        if side[0].kind == "sign":
            return before.text.lower() in _CONNECTIVES
        return len(side) > 1 or before.text.lower() in _CONNECTIVES
    return side[0].space > 1


# --- arithmetic ---


#: A side is read to be found, to be checked, and to be matched with steps.
_read = lru_cache(maxsize=2_000)(read)


@lru_cache(maxsize=2_000)
def _value(working: str) -> Decimal:
    with localcontext(WORKING):
        value: Decimal = _read(working).value({})
    return value


@lru_cache(maxsize=2_000)
def _written(typed: str) -> str:
    return arithmetic(plainly(typed))[0]


def _side(tokens: Sequence[_Token]) -> Side | None:
    """A side of numbers, if the tokens are one."""
    tokens = list(tokens)
    while tokens and (tokens[-1].kind == "point" or tokens[-1].text == "`"):
        tokens.pop()
    percent = len(tokens) == 2 and tokens[-1].text == "%"
    kept = tokens[:-1] if percent else tokens
    if not kept or any(token.kind not in _NUMERIC for token in kept):
        return None
    if any(_is_apart(before, token) for before, token in pairwise(kept)):
        return None
    if any(token.text.endswith(_ELLIPSES) for token in kept[:-1]) or _has_remark(kept):
        return None
    text = _text(tokens)
    side = Side(text, text.rstrip("….") if kept[-1].text.endswith(_ELLIPSES) else text)
    try:
        side.read()
    except (UnreadableText, Unreadable, ValueError):
        return None
    return side


def _has_remark(tokens: Sequence[_Token]) -> bool:
    """Whether a number has another behind it in brackets, apart: 130.6 (147.8)."""
    return any(
        token.text == "(" and token.space and before.kind == "number" and _is_remark(tokens, at)
        for at, (before, token) in enumerate(pairwise(tokens), start=1)
    )
