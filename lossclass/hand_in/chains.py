"""A line of text → what it works out: ``name = expression = … = number``, found wherever it stands.

A line is cut at its relations (``=``, ``≈``, ``→``, "is", …). What lies between two of them is a
side: of numbers, which is read by :mod:`lossclass.arithmetic.parsing` (nothing is ever executed), or
of symbols, which may be the name of a step. Words before the first side and behind the last are
passed over.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Final

from lossclass.hand_in.decimal_commas import with_points
from lossclass.hand_in.equalities import wrong_in
from lossclass.hand_in.lines import Line
from lossclass.hand_in.lists import lists_in, without_index
from lossclass.hand_in.sides import ARROWS, Chain, Side, names_in, side_of
from lossclass.hand_in.tex import OPAQUE
from lossclass.hand_in.tokens import (
    ALSO_NAMES,
    Token,
    is_word,
    numeric_end,
    numeric_start,
    separates,
    text_of,
    tokens_of,
)
from lossclass.hand_in.typed import UNIT, with_times, written_out
from lossclass.marking.meant import LOG_UNITS

_TIMES: Final = re.compile(r"(?<=[\d)])\s*[xX]\s*(?=[-−]?[\d(.])")
#: A division, where no label has a number before its colon: 1.4 : 3, 1.4:3.
_RATIO: Final = re.compile(
    r"((?:^|[=≈(:+*/×·−-])\s*[\d.,]+(?= )|\)(?= )|[=≈(:+*/×·−-]\s*\d*\.\d+(?=:[\d(])) ?: ?(?=[\d(])"
)
#: What says of which time step a line is: t = 1: …
_OF_STEP: Final = re.compile(r"^\s*[tijkn]\s*=\s*(\d{1,3})\s*:\s*(?=\S)")
_WORDS: Final = r"[^\W\d][^\s=≈:,;]*(?:\s[^\W\d][^\s=≈:,;]*)?"
_RESULT_ALONE: Final = r"[-−+]?(?:\d+(?:[.,]\d+)?|[.,]\d+)(?:e[-+]?\d+)?(?:\.{3}|…)?%?"
#: What print("loss", loss) writes, and what people do.
_PRINTED: Final = re.compile(
    rf"\s*(?:([^:=≈,;]{{1,40}}):\s+)?({_WORDS}(?:\s\d{{1,3}})?)\s+({_RESULT_ALONE})(?:\s+(?:{LOG_UNITS}))?\s*\.?"
)
#: What parts the results of a line, each behind its name: sum 1.05, MAE 0.21; sum 1.05 -> MAE 0.21.
_ALSO: Final = re.compile(
    rf"(?<=[\d.%])\s*(?:[,;]|->|=>|→|⇒)\s+(?=(?:{_WORDS}\s|(?:[tijkn]\s?=\s?\d{{1,3}}|{_WORDS})\s*:\s)\s*{_RESULT_ALONE}\s*(?:[,;.]\s|\.?$))"
)
#: For what is given a number is: y = 1, p = 0.9: 0.105.
_FOR_GIVEN: Final = re.compile(
    rf"^([^:]*[^\s:=≈]\s*=\s*{_RESULT_ALONE})\s*:\s+({_RESULT_ALONE})\s*"
)
#: A name and a number, of which no equality is checked.
_NAMED_NUMBER: Final = re.compile(r"[^=≈×·*/+]*[=≈]\s*[-−+]?[\d.,]+\(\d+\)\s*")
_WHICH: Final = re.compile(r",?\s+which\s+(?=is\b|equals\b|comes to\b|gives\b)", re.IGNORECASE)
_IS: Final = re.compile(r"\b(?:is equal to|is about|is approximately|is|equals|comes to|gives)\b(?=\s+[-−+≈~]?\s*(?:[\d.(]|ln\b|log|exp\b|max\b))", re.IGNORECASE)  # fmt: skip
_ABOUT: Final = re.compile(r"(?<=[=≈→])\s*(?:[~≈]|about|approx\.?|approximately|circa|ca\.)\s*(?=[-−+\d.(])", re.IGNORECASE)  # fmt: skip
_TILDE: Final = re.compile(r"\s~\s|~(?=\s*[-−+\d.(])")
#: What stands for "is", which may as well be of a sentence.
_SAID: Final = "⇢"
_EQUATED: Final = r"[^\W\d][^\s=≈]*\s*[=≈]\s*[-−+]?[\d.,/]+%?"
#: Numbers with their names, and nothing but blanks between: e1=0.5 e2=-0.8.
_SIDE_BY_SIDE: Final = re.compile(rf"\s*{_EQUATED}(?:\s+{_EQUATED})+\s*")
_BETWEEN: Final = re.compile(r"(?<=[\d.%])\s+(?=[^\W\d])")
#: Signs at the end of a table for all of its rows.
_OF_ALL: Final = {"Σ": "sum", "∑": "sum", "Ø": "mean", "∅": "mean", "ø": "mean"}
#: So many words make a line a sentence.
_MOST_WORDS: Final = 2


def chains_in(line: Line, *, commas: bool = False, thousands: bool = True) -> list[Chain]:
    """The chains of a line, from left to right.

    Args:
        commas: whether the decimal mark of the document is a comma.
        thousands: whether 1,234 is one thousand where it is not, and the line comes out with it.
    """
    if OPAQUE in line.text:
        return []
    pointed = _with_points(line, commas=commas, thousands=thousands)
    found = _chains_of(pointed)
    if thousands and not commas and wrong_in(found):
        other = _with_points(line, commas=commas, thousands=False)
        of_other = _chains_of(other) if other != pointed else found
        return found if wrong_in(of_other) else of_other
    return found


def _with_points(line: Line, *, commas: bool, thousands: bool) -> Line:
    text, *cells = (
        with_points(with_times(each), commas=commas, thousands=thousands)
        for each in (line.text, *line.cells)
    )
    return replace(line, text=text, cells=tuple(cells))


def _chains_of(line: Line) -> list[Chain]:
    """The chains of a line of which all numbers have points."""
    line = replace(line, text=_OF_STEP.sub(r"step \1: ", line.text))
    of_given = None if line.cells else _FOR_GIVEN.fullmatch(line.text)
    pieces = [*of_given.groups()] if of_given else [] if line.cells else _ALSO.split(line.text)
    if len(pieces) > 1:  # results, each behind its name; or what is given, and what it comes to
        return [chain for piece in pieces for chain in _chains_of(replace(line, text=piece))]
    if line.cells:
        return list(_of_row(line))
    if _SIDE_BY_SIDE.fullmatch(line.text):
        line = replace(line, text=_BETWEEN.sub("; ", line.text))
    lists, rest = lists_in(line)
    found = [*lists, *_chains(line, _cut(rest))]
    if line.bullet in ("-", "−") and re.match(r"[\d(.]|ln|log", line.text):
        signed = list(_chains(line, _cut(f"-{line.text}")))
        if wrong_in(found) and not wrong_in(signed):
            return signed
    return found


def _of_row(line: Line) -> Iterator[Chain]:
    """A row of a table: each cell by the name of its column, the last also by that of the row."""
    cut = [_cut(cell) for cell in line.cells]
    sides = list(map(side_of, cut))
    first = _row_name(line.cells, sides)
    index = first if first.isdecimal() else ""
    counts = {0}
    if line.is_like_another and line.cells[1:] and line.cells[1].isdecimal():
        index, first, counts = f"{first}_{line.cells[1]}", "", {0, 1}
    elif sides[0] is not None and not index:  # it is no count
        counts = set()
    numbers = [n for n, side in enumerate(sides) if n and side is not None]
    for n, (cell, side) in enumerate(zip(line.cells, sides, strict=True)):
        if side is None:
            if "=" in cell or "≈" in cell:
                yield from _chains(line, cut[n])
            continue
        if n in counts or (side.number is None and n + 1 in numbers and sides[n + 1] is not None):
            continue  # what the next comes of
        head = line.head[n] if n < len(line.head) else ""
        names = [f"{without_index(head)}_{index}", f"{head} {index}"] if index else []
        names += [head] if line.is_only_row else []
        if n and n == numbers[-1]:
            row = [f"{line.head[0]} {first}"] if line.head and first else []
            names += [first, *row] if not index else row
        before = sides[n - 1] if n - 1 not in counts and n else None
        working = [before] if before is not None and before.number is None else []
        named, relations = tuple(filter(None, names)), ("=",) * len(working)
        yield Chain(line, (*working, side), relations, "", named, place=(first, head))


def _row_name(cells: Sequence[str], sides: Sequence[Side | None]) -> str:
    """What the first cell says, or else the one before the first number: Σ, or Total."""
    end = next((n for n, side in enumerate(sides) if n and side is not None), 0)
    named = [cell.strip("`: ") for cell in (cells[0], *cells[end - 1 : end])]
    name = next(filter(None, named), "")
    return _OF_ALL.get(name, name)


def _cut(text: str) -> list[Token]:
    """The tokens of a text, in which a sign is written in one way."""
    text = text.replace("máx", "max").replace("mín", "min")
    if _NAMED_NUMBER.fullmatch(text):
        text = written_out(text)
    text = _TIMES.sub(" × ", _RATIO.sub(r"\1 / ", UNIT.sub("", text)))
    text = _WHICH.sub(" ", _ABOUT.sub(" ", text))
    return list(tokens_of(_TILDE.sub(" ≈ ", _IS.sub(f" {_SAID} ", text))))


def _chains(line: Line, tokens: Sequence[Token]) -> Iterator[Chain]:
    """The chains in a text, anew behind what compares otherwise."""
    parts: list[list[tuple[str, list[Token]]]] = [[("", [])]]
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


def _behind_colon(piece: Sequence[Token]) -> int:
    """Where a number begins that is all behind the colon in a piece; 0 if none does."""
    at = next((n for n, token in enumerate(piece, start=1) if token.text == ":"), 0)
    return at if at > 1 and side_of(piece[at:]) is not None else 0


def _without_actions(
    pieces: Sequence[tuple[str, list[Token]]],
) -> Iterator[tuple[str, list[Token]]]:
    """Without words between two arrows that only say what is done: −1.4 → relu → 0."""
    for n, (relation, piece) in enumerate(pieces, start=1):
        is_between = relation in ARROWS and n < len(pieces) and pieces[n][0] in ARROWS
        is_word = len(piece) == 1 and piece[0].kind in ("word", "function")
        if not (is_between and is_word and len(piece[0].text) > 1):
            yield relation, piece


class _Part:
    """The chains in pieces of tokens, each with the relation that stands before it."""

    def __init__(
        self, line: Line, pieces: list[tuple[str, list[Token]]], *, is_whole: bool
    ) -> None:
        self.line = line
        self.is_whole = is_whole
        self.pieces = pieces
        self.sides: list[Side] = []
        self.relations: list[str] = []
        self.lead: list[Token] = []
        tokens = [token for _, piece in pieces for token in piece]
        colon = next((i for i, token in enumerate(tokens) if token.text == ":"), 0)
        self.in_prose = sum(map(is_word, tokens[colon:])) > _MOST_WORDS

    def chains(self) -> Iterator[Chain]:
        first, *others = _without_actions(self.pieces)
        self._begin(first[1], others[0][0] if others else "")
        if not others:
            if self.is_whole:
                yield from self._alone(first[1])
            return
        for n, (relation, piece) in enumerate(others, start=1):
            is_last = n == len(others)
            following = "" if is_last else others[n][0]
            if (side := side_of(piece)) is not None:
                if relation in ARROWS and self.sides[-1].number is not None is side.number:
                    yield from self._anew(piece, following)  # it goes on, and is not the same
                else:
                    self._go_on(relation, side)
                continue
            end = numeric_start(piece)
            if (side := side_of(piece[:end])) is not None:
                self._go_on(relation, side)
                yield from self._anew(piece[end:], following)
                continue
            stop = next((i for i, token in enumerate(piece) if separates(token)), len(piece))
            if relation in ARROWS and self.sides[-1].typed is not None:
                yield from self._anew(piece, following)
            elif is_last and (at := _behind_colon(piece)):  # π₂ = H-E-LL-O: 0.000941
                self._go_on(relation, Side(text_of(piece[: at - 1])))
                self.sides += filter(None, [side_of(piece[at:])])
                self.relations.append("=")
            elif is_last or stop < len(piece):
                self._go_on(relation, Side(text_of(piece[:stop])))
                yield from self._anew(piece[stop:], following)
            else:
                side = side_of(piece[numeric_end(piece) :])
                self._go_on(relation, side or Side(text_of(piece)))
        yield from self._end()

    def _anew(self, piece: list[Token], following: str) -> Iterator[Chain]:
        """The chain so far, and a new one begun."""
        yield from self._end()
        self._begin(piece, following)

    def _alone(self, piece: list[Token]) -> Iterator[Chain]:
        """A line without a relation: all of numbers, or a name, a colon and a number."""
        if self.line.is_heading:
            return
        if (side := side_of(piece)) is not None:
            yield Chain(self.line, (side,))
            return
        colon = next((i for i, token in enumerate(piece) if token.text == ":"), 0)
        end = colon + 1 + numeric_start(piece[colon + 1 :])
        side = side_of(piece[colon + 1 : end]) if colon else None
        if side is None:
            yield from self._printed()
        elif any(token.kind == "number" for token in piece[end:]):
            return  # a list
        elif re.search(r"[./(]|^-?\d+$", side.typed or ""):
            label = text_of(piece[:colon])
            yield Chain(self.line, (side,), (), label, names_in(label), self.in_prose)

    def _printed(self) -> Iterator[Chain]:
        """A name and a number, as print("loss", loss) writes them."""
        found = _PRINTED.fullmatch(self.line.text)
        side = side_of([*tokens_of(found[3].replace(",", "."))]) if found else None
        if found and side is not None:
            label, names = found[1] or "", names_in(found[2])
            yield Chain(self.line, (side,), (), label.strip(), names, in_prose=True)

    def _begin(self, piece: list[Token], following: str) -> None:
        """A new chain, of which this stands before the first relation."""
        while piece and separates(piece[0]):
            piece = piece[1:]
        at = numeric_end(piece)
        side = side_of(piece[at:])
        if side is None or (following == _SAID and at and piece[at - 1].kind == "word"):
            at = 0
            gaps = [
                n
                for n, (before, token) in enumerate(pairwise(piece), start=1)
                if token.space > 1 and before.kind != "function"
            ]
            piece = piece[gaps[-1] :] if gaps else piece
            side = Side(text_of(piece))
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
        text = text_of(self.lead)
        label, colon, rest = text.rpartition(": ")
        if not colon:
            label, rest = (text.rstrip(": "), "") if text.endswith(":") else ("", text)
        is_named = self.sides[0].typed is None or rest.casefold() in ALSO_NAMES
        names = list(names_in(rest)) if is_named else []
        for side in self.sides[1:]:
            if side.typed is None and len(side.text) < 40:
                names.append(side.text.strip())
        return label.strip(), tuple(dict.fromkeys(names))
