"""The chains of a document, each with what stands above it: what a reader has before the eyes who asks
of which step a line is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Final

from lossclass.arithmetic.notation import GREEK, PLAIN
from lossclass.hand_in.cells import Cell, read_cell
from lossclass.hand_in.chains import chains_in
from lossclass.hand_in.decimal_commas import has_decimal_commas
from lossclass.hand_in.equalities import equalities_in
from lossclass.hand_in.lines import Line
from lossclass.hand_in.names import Names
from lossclass.hand_in.sides import Chain
from lossclass.marking.meant import LOG_UNIT
from lossclass.records import record

#: What somebody writes of themselves, or fills in at the head of a worksheet; what is beside each other
#: there is wide apart, or stands behind a name.
_FIELD: Final = r"(?:my )?(student|name|id|date|due|points)\s*:"
_HEAD: Final = re.compile(rf"(?:^|\s\s)\s*{_FIELD}", re.IGNORECASE)
_FIELDS: Final = re.compile(rf"(?:^|\s){_FIELD}", re.IGNORECASE)
#: So much of a name is read.
_LONGEST_NAME: Final = 200
#: What says of which time step, observation or class the lines below it are.
_COUNTS: Final = re.compile(r"[tijkn] = \d{1,3}")
#: Where a name has its first index.
_INDEX: Final = re.compile(r"(?<=[^\W\d_])(?=_?[\d₀-₉])")
#: The number, and else the name, of a row or a column: 2 of "s = 2 (a)", N of "N".
_OF_ROW: Final = re.compile(r"\s*(?:(?P<letter>[a-z])\s*=?\s*)?(?P<index>\d+|[^\W\d]+)?")
#: Where no number is so large, a comma before three digits parts no thousands.
_THOUSAND: Final = 1000
#: So many words a heading or a label has at most.
_MOST_WORDS: Final = 12


@record
class Heading:
    """What was written last that is no chain: it may name the lines below."""

    text: str = ""
    tags: tuple[str, ...] = ()

    @property
    def index(self) -> tuple[str, ...]:
        """The numbers in it: of a time step, of an alignment."""
        return tuple(re.findall(r"(?<![\d.,/])\d+(?![\d.,/]*\d)", self.text))


@record
class Item:
    """A chain, and the heading above it."""

    chain: Chain
    heading: Heading

    @property
    def line(self) -> Line:
        """Where the chain stands."""
        return self.chain.line

    @cached_property
    def cell(self) -> Cell:
        """The last number of the chain, and the arithmetic that it is worked out by."""
        numeric = self.chain.numeric
        last, working = numeric[-1], next((side for side in numeric if side.number is None), None)
        logarithm, note = _logarithm_of(self.chain)
        if last.number is not None:
            text = working.working(logarithm) if working is not None else None
            cell = read_cell(str(last.number), text)
        else:
            cell = read_cell(last.working(logarithm))
        number = re.escape(last.text).replace(r"\.", "[.,]")
        behind = re.search(rf"(?<![\d.,]){number}\s+([^\W\d_]+)", self.line.text)
        written = (
            f"{last.text} {behind[1]}" if behind and LOG_UNIT.fullmatch(behind[1]) else last.text
        )
        return replace(cell, written=written, note=cell.note or note)

    @property
    def names(self) -> Iterator[str]:
        """All that may be a name in it and above it."""
        yield from self.own_names
        yield from titles(self.heading.text)

    @property
    def own_names(self) -> Iterator[str]:
        """All that may be a name in it."""
        yield from self.chain.names
        yield from titles(self.chain.label)

    @property
    def names_with_place(self) -> list[str]:
        """What it may be called itself, with the numbers of what it stands in or under."""
        chain = self.chain
        if chain.line.cells:
            return [*chain.names, *_in_table(chain, self.heading.text)]
        indices = [*re.findall(r"\d+", chain.label), *self.heading.index]
        names = [*(titles(chain.label) if not chain.relations else ()), *chain.names]
        names += [_INDEX.sub(f"_{n}_", name, 1) for n in indices for name in chain.names]
        names += [f"{name}_{n}" for n in indices for name in chain.names]
        if has_number(chain.label) and not self.is_numbered:
            names += titles(chain.label)
        return names

    @property
    def is_numbered(self) -> bool:
        """Whether its name says of which step of a kind it is, and so of no other."""
        return has_number("".join(self.chain.names[:1]))

    def fitting(self, ids: Sequence[str]) -> Sequence[str]:
        """Of several steps those with the last number before it, or else above it."""
        index = tuple(re.findall(r"\d+", self.chain.label))[-1:] or self.heading.index[-1:]
        return [id for id in ids if index and id.split(".")[1:2] == list(index)] or ids

    def replaces(self, before: Item) -> bool:
        """Whether the line whose place it takes was meant to be the answer, not a part of it on the
        way, under one heading or in one line."""
        if before.line is self.line:
            return False
        return before.heading is not self.heading or bool(before.chain.names)


def told_at_head(lines: Sequence[Line]) -> dict[str, str]:
    """What is filled in behind each label, the first time that anything is."""
    told: dict[str, str] = {}
    for line in lines:
        if _HEAD.search(line.text):
            _, *fields = _FIELDS.split(line.text)
            for label, text in zip(fields[::2], fields[1::2], strict=True):
                if written := text.strip(" \t_"):
                    told.setdefault(label.lower(), written[:_LONGEST_NAME])
    return told


def items_of(lines: Sequence[Line], names: Names) -> Iterator[Item]:
    """The chains of a document, each with the heading above it: "t = 2" is one, too."""
    commas = has_decimal_commas(lines)
    values = names.solution.values.values()
    thousands = any(abs(each) >= _THOUSAND for each in values if each.is_finite())
    heading = Heading()
    before: Line | None = None
    for line in lines:
        is_head = _HEAD.search(line.text) is not None
        chains = [] if is_head else chains_in(line, commas=commas, thousands=thousands)
        chains = [each for each in chains if not _is_numbered_name(each, names)]
        if before is not None and _is_behind_prose(before, line):
            chains = _in_sentence(before, line, chains)
        for chain in chains:
            if not line.cells and _COUNTS.fullmatch(chain.text) and not names.ids(chain.names[0]):
                heading = Heading(chain.text)
                continue
            of_line = chains[0].label if chain.names and not chain.label else ""
            yield Item(chain, Heading(of_line) if of_line else heading)
        if chains and not line.cells and has_number(of_all := chains[0].label):
            heading = Heading(of_all) if len(names.ids(of_all)) != 1 else heading
        if not chains:
            words = line.text.split()
            if line.is_heading or len(words) <= _MOST_WORDS or line.tags:
                heading = Heading(line.text.strip(), line.tags)
        before = line


def _is_numbered_name(chain: Chain, names: Names) -> bool:
    """Whether a word and a whole number are no name and its number: hinge 2, Exercise 2."""
    if chain.label or not (chain.in_prose and chain.names) or len(chain.sides) > 1:
        return False
    name, number = chain.names[0], chain.sides[0].text
    return number.isdecimal() and (len(names.ids(name)) != 1 or bool(names.ids(f"{name} {number}")))


def _is_behind_prose(before: Line, line: Line) -> bool:
    """Whether the line before is a sentence, or part of one, that may go on."""
    if line.number != before.number + 1 or before.is_heading or before.text.rstrip().endswith(":"):
        return False
    return len(re.findall(r"[^\W\d_]{3,}", before.text)) > 2


def _in_sentence(before: Line, line: Line, chains: Sequence[Chain]) -> list[Chain]:
    """The chains of a line below prose: a number alone ends the sentence, and is none; what a full
    stop is behind may stand in it."""
    if len(chains) == 1 and len(chains[0].sides) == 1 and not chains[0].names:
        return []
    is_end = line.text.rstrip().endswith(".") and not before.text.rstrip().endswith(".")
    return [replace(each, in_prose=each.in_prose or is_end) for each in chains]


def titles(text: str) -> tuple[str, ...]:
    """What may be a title in a heading or a label: "2. Alignment 1: H-E" is "Alignment 1"."""
    text = re.sub(r"^\s*(?:\(?[\dA-Za-z]{1,2}[.)]\s+|#+\s*)", "", text).strip(" :.*_`")
    short = text.split(":")[0].strip()
    return tuple(dict.fromkeys(each for each in (text, short) if each))


def _in_table(chain: Chain, heading: str) -> list[str]:
    """What a cell can be called by the place where it stands, and the letter above its table or in
    its corner: α₂(3) in row 3 and column t = 2, or in row t = 2."""
    row, column = (_OF_ROW.match(each) for each in chain.place or ("", ""))
    if not (row and column and row["index"] and column["index"]):
        return []
    down, across = row["index"], column["index"]
    if column["letter"] == "t" or (row["letter"] and not down.isdecimal()):
        down, across = across, down
    words = re.findall(r"\w+", f"{heading} {chain.line.head[0]}")
    letters = [word for word in words if len(word) == 1 or word.casefold() in GREEK]
    return [f"{letter}_{down}_{across}" for letter in letters]


def has_number(text: str) -> bool:
    """Whether a digit is in a text."""
    return any(map(str.isdigit, text))


def _logarithm_of(chain: Chain) -> tuple[str, str]:
    """What is meant by ``log`` in a chain, and what to say of it."""
    if not any(side.has_log for side in chain.numeric):
        return "ln", ""
    for equality in equalities_in(chain):
        if equality.logarithm and equality.verdict != "wrong":
            return equality.logarithm, f"log is taken as {PLAIN.function(equality.logarithm)}."
    return "ln", "log is taken as ln."
