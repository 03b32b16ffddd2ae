"""A text cut into tokens, and which of them, at an end, are a side of numbers.

Every token is looked at a few times at most, so that no line takes long.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import Final, NamedTuple

from lossclass.hand_in.words import WORDS

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
  | (?P<word>     [^\W\d][^\W_]*['′]*_\w+(?:,\w+)*['′]* | [^\W\d_]+\d+(?:,\d+)+(?![.\d]) | [^\W\d][\w'′’\u0300-\u036f]*(?:(?<=[₀-₉ₐ-ₜᵢᵣᵤᵥⱼ]),[₀-₉ₐ-ₜᵢᵣᵤᵥⱼ]+)* )
  | (?P<sign>     \*\* | [-+×*/^·⋅∙•∗÷−–] )
  | (?P<bracket>  [()\[\]{}|] )
  | (?P<dots>     \.{2,} )
  | (?P<point>    [,;:.!?"„“”‟] )
  | (?P<other>    . )
    """,
    re.VERBOSE | re.IGNORECASE,
)
_INFINITY: Final = frozenset({"inf", "infinity"})
#: What the parser takes: of numbers alone.
NUMERIC: Final = frozenset({"number", "raised", "function", "sign", "bracket", "constant"})
_ENDS: Final = frozenset({"number", "raised", "constant"})
#: Functions that are not known here: what they are of is no side by itself.
_UNKNOWN: Final = frozenset(WORDS["unknown_functions"])
#: Those that are names as well, where no bracket is behind them: sum 0.2 + 0.5 = 0.7; some of them only
#: where something is divided: mean 1.4 / 3 = 0.467.
_MEANS: Final = frozenset({"mean", "avg", "average"})
ALSO_NAMES: Final = frozenset({"sum", "loss", *_MEANS})
#: Behind these, a number may begin what is worked out.
CONNECTIVES: Final = frozenset(WORDS["connectives"])


class Token(NamedTuple):
    kind: str
    text: str
    #: How much space is before it.
    space: int


def tokens_of(text: str) -> Iterator[Token]:
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
        yield Token(kind, found, space)
        space, before = 0, kind


def text_of(tokens: Sequence[Token]) -> str:
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


def is_word(token: Token) -> bool:
    return token.kind == "word" and len(token.text) > 2 and token.text.isalpha()


def separates(token: Token) -> bool:
    return (token.kind == "point" and token.text in ",;.") or token.text.lower() == "and"


def is_apart(before: Token, token: Token) -> bool:
    """Whether two tokens are apart: two numbers, or with a wide space between them."""
    if before.kind not in _ENDS and before.text not in (")", "]", "}"):
        return False
    if token.kind == "number":
        return True
    begins = token.kind in ("function", "constant") or token.text in ("(", "[", "{")
    return begins and token.space > 1


def numeric_start(piece: Sequence[Token]) -> int:
    """How many tokens at the start are of numbers and end as a side can; 0 if none."""
    end = 0
    closed = 0
    depth = 0
    for end, token in enumerate(piece):
        if token.kind not in NUMERIC or (end and is_apart(piece[end - 1], token)):
            break
        if token.text in "([{":
            if token.space and end and not depth and is_remark(piece, end):
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
    if not closed or (closed != end and not (closed == end - 1 and piece[closed].text in "([{–")):
        return 0
    return closed if closed == len(piece) or _may_follow(piece, closed) else 0


def is_remark(piece: Sequence[Token], at: int) -> bool:
    """Whether what a bracket holds, behind a number and a space, is no factor: a number alone, or
    words."""
    inside = piece[at + 1 : at + 3]
    if len(inside) < 2 or inside[0].kind == "word":
        return True
    return inside[0].kind == "number" and inside[1].text in ")]},%"


def _may_follow(piece: Sequence[Token], at: int) -> bool:
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
    return bool(token.space) and token.text in "([{–"


def numeric_end(piece: Sequence[Token]) -> int:
    """Where the tokens at the end begin that are of numbers, and can begin a side; the length if
    there are none."""
    at = len(piece)
    depth = 0
    while at:
        token = piece[at - 1]
        if token.kind not in NUMERIC or (at < len(piece) and is_apart(token, piece[at])):
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


def _may_precede(piece: Sequence[Token], at: int) -> bool:
    """Whether what stands before a side is not part of it."""
    before, side = piece[at - 1], piece[at:]
    if before.kind == "point" or before.text in "([{":
        return True
    if before.kind == "other":
        return before.text in "`'•>"
    if before.kind == "word":
        word, is_worked = before.text.lower(), len(side) > 1 and side[0].kind != "sign"
        is_prose = word.isalpha() and (len(word) > 1 or word == "a")
        if not is_prose or not side[0].space or (word in _UNKNOWN and not _is_named(word, side)):
            return word == "of" and is_worked and side[0].kind == "number"
        return is_worked or word in CONNECTIVES
    return side[0].space > 1


def _is_named(word: str, side: Sequence[Token]) -> bool:
    """Whether a word is the name of a side, and no function of it."""
    is_divided = any(token.text in "/÷" for token in side)
    return word in ALSO_NAMES - (set() if is_divided else _MEANS) and side[0].text not in "([{"
