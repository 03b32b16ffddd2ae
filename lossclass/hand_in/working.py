"""Working as it is written on paper, line by line, as the answers to the steps of a solution.

A line goes to the step that it names: by its id, its symbol, its title, or the heading above it. A
line without a name goes to the step whose numbers it works with, or whose value it comes to, in the
order of the steps. Nothing is dropped: a line with numbers that fits no step is listed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import cached_property, lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Final

from lossclass.arithmetic.calculation import is_same
from lossclass.arithmetic.expression import (
    Constant,
    Expression,
    Max,
    Negative,
    Operation,
    Quantity,
    Role,
    Sum,
    nodes_in,
)
from lossclass.arithmetic.notation import GREEK, PLAIN, TYPED, as_number
from lossclass.blocks import Paragraph, Remark
from lossclass.errors import InvalidProblem, Mistake
from lossclass.hand_in.cells import Cell, read_cell
from lossclass.hand_in.chains import Chain, Side, chains_in, has_decimal_commas
from lossclass.hand_in.equalities import equalities_in
from lossclass.hand_in.lines import Line, lines_of
from lossclass.hand_in.names import Names, Parts, parts_of
from lossclass.hand_in.parts import Asked, sections
from lossclass.hand_in.sheet import Answers, Sheet, digits_asked, steps_meant
from lossclass.marking.written import Written
from lossclass.records import record
from lossclass.solution import Solution

#: What somebody writes of themselves, or fills in at the head of a worksheet; what is beside each other
#: there is wide apart, or stands behind a name.
_FIELD: Final = r"(?:my )?(student|name|id|date|due|points)\s*:"
_HEAD: Final = re.compile(rf"(?:^|\s\s)\s*{_FIELD}", re.IGNORECASE)
_FIELDS: Final = re.compile(rf"(?:^|\s){_FIELD}", re.IGNORECASE)
#: So much of a name is read.
_LONGEST_NAME: Final = 200
#: What says of which time step, observation or class the lines below it are.
_COUNTS: Final = re.compile(r"[tijkn] = \d{1,3}")
#: What stands before all states or tags of the best path.
_PATH: Final = re.compile(
    r"\b(?:best|most (?:probable|likely)) (?:path|way|sequence)\b", re.IGNORECASE
)
#: Where a name has its first index.
_INDEX: Final = re.compile(r"(?<=[^\W\d_])(?=_?[\d₀-₉])")
#: The number, and else the name, of a row or a column: 2 of "s = 2 (a)", N of "N".
_OF_ROW: Final = re.compile(r"\s*(?:(?P<letter>[a-z])\s*=?\s*)?(?P<index>\d+|[^\W\d]+)?")
#: So many words a heading or a label has at most.
_MOST_WORDS: Final = 12
#: So many lines of a kind are listed.
_MOST_SAID: Final = 20
#: How near to a step's value the arithmetic of a line comes that works it out, relatively.
_NEAR: Final = Decimal("0.002")
#: So much of a sentence tells whose it is.
_SHORTEST_OF_OURS: Final = 20
#: What tells the shape of a step, whichever numbers it has.
_FUNCTIONS: Final = frozenset({"Log", "Exp", "Tanh", "Sigmoid", "Max"})
_SMALL: Final = frozenset({Decimal(0), Decimal(1)})


def sheets(path: Path | str) -> Iterator[Sheet]:
    """The sheet of a file with working; whose it is a line says (``Name: …``), or else the file's
    name.

    Raises:
        FileError: it cannot be read.
        InvalidProblem: it is no text, or no notebook.
    """
    lines = lines_of(path)
    told = _told_at_head(lines)
    named = told.get("name") or told.get("student") or told.get("id", "")
    yield WrittenWorking(
        named or Path(path).stem,
        digits=digits_asked(" ".join(line.text for line in lines)),
        is_named=bool(named),
        id=told.get("id", ""),
        place=str(path),
        lines=tuple(lines),
    )


def _told_at_head(lines: Sequence[Line]) -> Mapping[str, str]:
    """What is filled in behind each label, the first time that anything is."""
    told: dict[str, str] = {}
    for line in lines:
        if _HEAD.search(line.text):
            _, *fields = _FIELDS.split(line.text)
            for label, text in zip(fields[::2], fields[1::2], strict=True):
                if written := text.strip(" \t_"):
                    told.setdefault(label.lower(), written[:_LONGEST_NAME])
    return told


@record
class WrittenWorking(Sheet):
    """A sheet of working."""

    lines: tuple[Line, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether there is no line."""
        return not self.lines

    def parts(self, problems: Sequence[Asked]) -> tuple[Sequence[Sheet], list[str]]:
        """The working of each of several problems.

        Raises:
            InvalidProblem: no line says of which problem it is.
        """
        found = sections(self.lines, len(problems))
        if found is None:
            message = (
                "no line says of which problem it is; write 'Problem 1', 'Problem 2' … above the "
                "working of each"
            )
            raise InvalidProblem([Mistake(message, file=self.place)])
        return [replace(self, lines=tuple(each), problem=None) for each in found], []

    def answers_to(self, solution: Solution) -> Answers:
        """The answers, by the steps of a solution; the loss is asked even if it is not there.

        Raises:
            InvalidProblem: nothing in it is an answer to one of the steps.
        """
        self.check_fits(solution.about.file)
        answers = _Reading(self.lines, solution).answers()
        if all(cell.is_missing for cell in answers.cells.values()):
            message = "no line in it works out or names a step of this problem"
            said = (message, *answers.said)
            raise InvalidProblem([Mistake(each, file=self.place) for each in said])
        return answers


@record
class _Heading:
    """What was written last that is no chain: it may name the lines below."""

    text: str = ""
    tags: tuple[str, ...] = ()

    @property
    def index(self) -> tuple[str, ...]:
        """The numbers in it: of a time step, of an alignment."""
        return tuple(re.findall(r"(?<![\d.,/])\d+(?![\d.,/]*\d)", self.text))


@record
class _Item:
    """A chain, and the heading above it."""

    chain: Chain
    heading: _Heading

    @property
    def line(self) -> Line:
        return self.chain.line

    @property
    def names(self) -> Iterator[str]:
        """All that may be a name in it and above it."""
        yield from self.chain.names
        yield from _titles(self.chain.label)
        yield from _titles(self.heading.text)

    def fitting(self, ids: Sequence[str]) -> Sequence[str]:
        """Of several steps those with the last number before it, or else above it."""
        index = tuple(re.findall(r"\d+", self.chain.label))[-1:] or self.heading.index[-1:]
        return [id for id in ids if index and id.split(".")[1:2] == list(index)] or ids


@record
class _Claim:
    """A chain that answers a step, and how much speaks for it."""

    item: _Item
    cell: Cell
    #: Whether it names the step; its evidence; whether it is a line by itself; whether it has working.
    strength: tuple[bool, int, bool, bool]


class _Reading:
    """The lines of one person held against the steps of a solution."""

    def __init__(self, lines: Sequence[Line], solution: Solution) -> None:
        self.solution = solution
        self.names = Names.of(solution)
        self.steps = {step.id: step for step in solution.steps}
        self.places = {id: place for place, id in enumerate(self.steps)}
        self.items = list(_items([self._with_places(line) for line in lines], self.names))
        untold = (item for item in self.items if not self._is_given_cell(item.chain))
        written = [name for item in untold for name in item.names]
        #: The steps that each name can stand for, and what there is to say of it.
        self.meant, self.said = steps_meant(list(dict.fromkeys(written)), self.names)
        #: What is written so far for each step.
        self.claims: dict[str, _Claim] = {}
        self.theirs: dict[str, Decimal] = {}
        self.unmatched: list[_Item] = []
        self.notes: list[tuple[int, str]] = []
        #: The given numbers that were written down.
        self.told: set[str] = set()
        self.last = -1

    def answers(self) -> Answers:
        for item in self.items:
            self._place(item)
        self._place_implied()
        cells = {id: self.claims[id].cell for id in self.steps if id in self.claims}
        for id in self.solution.answer_ids:
            same = _copied(self.steps[id].quantity.definition)
            cells.setdefault(id, cells.get(same, Cell("")))
        absent = (
            id for id, step in self.steps.items() if id not in cells and not step.only_in_full
        )
        return Answers(cells, tuple(self._said()), tuple(absent))

    def _with_places(self, line: Line) -> Line:
        """A line that says which state or tag is at a place, with its number: ψ₂(Rainy) = Sunny; or
        with those of the whole best path."""
        name, labels = (*re.split("[=:]", line.text, maxsplit=1), "")[:2]
        path = re.findall(r"\w+", labels)
        ids = self.names.ids(name) if labels.strip() and not line.cells else ()
        if len(path) > 1:
            count = len(path) if _PATH.search(name) else 0
            ids = tuple(f"best.{n}" for n in range(1, count + 1))
            if not self.steps.keys() >= {*ids} or f"best.{count + 1}" in self.steps:
                return line
        places = [self.names.place_of(label, ids) for label in path]
        if not ids or not places or None in places:
            return line
        if len(path) == 1:
            return replace(line, text=f"{name}= {places[0]}")
        pairs = (f"{id} = {place}" for id, place in zip(ids, places, strict=True))
        return replace(line, text="; ".join(pairs))

    # --- which step a chain is of ---

    def _place(self, item: _Item) -> None:
        chain = item.chain
        if self._is_given(chain) or self._is_of_the_paper(chain):
            return
        id = self._named(item)
        is_named = id is not None
        if id is None:
            # A label names a line, or the heading above it; but what the line works out says more.
            above = None if _has_number(chain.names[:1]) else self._named_before(item)
            id, evidence = self._unnamed(item)
            if above and not (evidence > 1 > self._evidence(above, chain)):
                id = above
            elif evidence == 1 and chain.line.cells and chain.numeric[-1].number in self._numbers:
                return  # it stands in the table of what is given, by which a step is not answered
        if id is None:
            self.unmatched.append(item)
        else:
            self._claim(id, item, is_named=is_named)

    def _claim(self, id: str, item: _Item, *, is_named: bool) -> None:
        evidence = self._evidence(id, item.chain)
        if item.chain.in_prose and not evidence and id in self.claims:
            return
        is_plain = not item.chain.in_prose and not item.line.cells
        cell = _cell_of(item.chain)
        says_so = is_named and is_plain
        claim = _Claim(item, cell, (says_so, evidence, is_plain, cell.working is not None))
        before = self.claims.get(id)
        if before is not None:
            is_same_number = _is_one_number(before.cell.value, claim.cell.value)
            if claim.strength < before.strength or (is_same_number and before.cell.working):
                if not is_same_number and says_so:
                    self._tell_other(id, item, before.item)
                return
            # What a named line has the other sign of was a part on the way: the logarithm, and its minus.
            is_part = says_so and not before.strength[0] and _is_minus(before.cell, cell)
            is_told = before.strength[2] and not (is_same_number or is_part)
            if is_told and _is_of_its_own(before.item, item):
                self._tell_other(id, before.item, item)
        self.claims[id] = claim
        self.last = max(self.last, self.places[id])
        if claim.cell.value is not None:
            self.theirs[id] = claim.cell.value

    def _tell_other(self, id: str, item: _Item, marked: _Item) -> None:
        number = item.chain.numeric[-1].text
        text = f"{number} is another number for {id}; that of {marked.line.place} is marked."
        self.notes.append((item.line.number, _at(item.line, text)))

    def _named(self, item: _Item) -> str | None:
        """The step that a chain names."""
        chain, heading = item.chain, item.heading
        names = [*chain.names]
        if chain.line.cells:
            # A column of losses has one a row: of none of them it is said which step it is.
            names = [each for each in names if not self._is_loss(each)]
            names += _in_table(chain, heading.text)
        else:
            indices = [*re.findall(r"\d+", chain.label), *heading.index]
            names += [_INDEX.sub(f"_{n}_", name, 1) for n in indices for name in chain.names]
            names += [f"{name}_{n}" for n in indices for name in chain.names]
        if _has_number([chain.label]) and not _has_number(chain.names[:1]):
            names += _titles(chain.label)
        return self._first_of(item.line.tags, names)

    def _is_loss(self, name: str) -> bool:
        """Whether a name is that of the loss and the number of a row."""
        symbols = {PLAIN.symbol(self.steps[id].quantity.symbol) for id in self.solution.answer_ids}
        head, of_row = re.subn(r"[_ ]\d+$", "", name)
        return bool(of_row) and head in symbols | {"loss"}

    def _named_before(self, item: _Item) -> str | None:
        """The step that is named by the label of a chain or, if it has no name, by the heading above
        it."""
        if id := self._first_of((), _titles(item.chain.label)):
            return id
        heading = item.heading if not item.chain.names else _Heading()
        tags = heading.tags if len(heading.tags) == 1 else ()
        return self._first_of(tags, _titles(heading.text))

    def _first_of(self, tags: Sequence[str], names: Sequence[str]) -> str | None:
        """The step of the first id or name that stands for one."""
        found = [tag for tag in tags if tag in self.steps]
        return next(iter(found), None) or next(filter(None, map(self._id_of, names)), None)

    def _id_of(self, name: str) -> str | None:
        """The one step that a name stands for."""
        ids = self.meant[name] if name in self.meant else self.names.ids(name)
        return ids[0] if len(ids) == 1 else None

    # --- by what it works out ---

    def _unnamed(self, item: _Item) -> tuple[str | None, int]:
        """The step that a chain works out, the likeliest; and how much speaks for it."""
        found = {id: self._evidence(id, item.chain) for id in self.steps}
        has_name = item.chain.in_prose or item.chain.names
        least = 3 if has_name else 2 if len(item.chain.sides) > 1 else 1
        most = max(found.values(), default=0)
        if most < least:
            return None, 0
        ids = item.fitting([id for id, evidence in found.items() if evidence == most])
        free = [id for id in ids if id not in self.claims]
        later = [id for id in free if self.places[id] > self.last]
        return (later or free or ids)[0], most

    def _evidence(self, id: str, chain: Chain) -> int:
        """How much speaks for a chain to be of a step: 3 if it works with the same numbers, 2 if it
        comes to its value, 1 if its last number is that."""
        if not (numeric := chain.numeric):
            return 0
        value = self.solution.values[id]
        worked = [side for side in numeric if side.number is None]
        if any(self._is_of(id, side) for side in worked):
            return 3
        if worked and value.is_finite():
            got = worked[0].value()
            if got.is_finite() and abs(got - value) <= _NEAR * abs(value) and value:
                return 2
        number = numeric[-1].number
        return int(number is not None and _is(number, value))

    def _is_of(self, id: str, side: Side) -> bool:
        """Whether a side works with the numbers with which a step does, ours or theirs."""
        shape, numbers = _shape_and_numbers(side)
        if not numbers:
            return False
        return any(
            shape == step_shape and self._has_the_same(quantities, numbers)
            for step_shape, quantities in self._ways[id]
        )

    @cached_property
    def _ways(self) -> Mapping[str, list[tuple[str, list[Quantity | Decimal]]]]:
        """The ways to work each step: from what it is defined by; with the steps before it written
        out, as people do who do not stop there; and without the ``max(0, …)`` that changes nothing."""
        found = {}
        for id, step in self.steps.items():
            definition = step.quantity.definition
            ways = [definition, _written_out(definition)]
            if isinstance(definition, Max) and self.solution.values[id]:
                inside = [each for each in definition.operands if not isinstance(each, Constant)]
                ways += [*inside, *map(_written_out, inside)] if len(inside) == 1 else []
            found[id] = [_shape_and_leaves(way) for way in ways]
        return found

    def _has_the_same(self, leaves: Sequence[Quantity | Decimal], numbers: Sequence[Decimal]) -> bool:  # fmt: skip
        """Whether the numbers are those of the leaves, each once, but for 0 and 1."""
        wanted = []
        for leaf in leaves:
            values = [leaf] if isinstance(leaf, Decimal) else self._values(leaf)
            if not any(abs(value) in _SMALL for value in values):
                wanted.append(values)
        left = [abs(number) for number in numbers if abs(number) not in _SMALL]
        if not left:
            return len(wanted) == 0 and len(leaves) == len(numbers) > 1 and self._is_whole(leaves, numbers)  # fmt: skip
        if len(wanted) != len(left):
            return False
        for values in wanted:
            match = next((each for each in left if any(_is(each, abs(value)) for value in values)), None)  # fmt: skip
            if match is None:
                return False
            left.remove(match)
        return True

    def _is_whole(self, leaves: Sequence[Quantity | Decimal], numbers: Sequence[Decimal]) -> bool:
        """Whether numbers that are all 0 and 1 are those of a step, of which there are none else."""
        ours = [leaf if isinstance(leaf, Decimal) else self._values(leaf)[0] for leaf in leaves]
        return sorted(map(abs, ours)) == sorted(map(abs, numbers))

    def _values(self, quantity: Quantity) -> list[Decimal]:
        values = [self.solution.values[quantity.id]]
        if quantity.id in self.theirs:
            values.append(self.theirs[quantity.id])
        return values

    # --- on the way ---

    def _place_implied(self) -> None:
        """Steps that have no line of their own, but are carried out within another:
        ``(0.2 + 0.5 + 0.7)/3 = 1.4/3`` says what the sum is."""
        for item in self.items:
            if item.chain.in_prose:
                continue
            for chain in _implied(item.chain):
                free = (id for id in self.steps if id not in self.claims)
                fitting = item.fitting([id for id in free if self._evidence(id, chain) > 2])
                if len(fitting) == 1:
                    self._claim(fitting[0], replace(item, chain=chain), is_named=False)

    # --- given numbers ---

    def _is_given(self, chain: Chain) -> bool:
        """Whether a chain only says what the problem gives; if it says something else, that is told."""
        if self._is_given_cell(chain):
            return True
        for name in chain.names[:1]:
            quantity = self._given.get(parts_of(name))
            if quantity is None or self._id_of(name) is not None:
                continue
            value, number = self.solution.values[quantity.id], chain.numeric[-1].number
            if number is None or (quantity.id in self.told and number != value):
                return False
            if number != value and not chain.in_prose:
                ours = PLAIN.number(value)
                text = f"{chain.text}: the problem gives {ours}."
                self.notes.append((chain.line.number, _at(chain.line, text)))
            self.told.add(quantity.id)
            return True
        return False

    def _is_given_cell(self, chain: Chain) -> bool:
        """Whether a cell of a table is what the problem gives for what its row names, or its row and
        its column."""
        if not chain.line.cells:
            return False
        first, number = chain.line.cells[0].strip("` "), chain.numeric[-1].number
        of_both = {*parts_of(chain.names[0])} if first.isdecimal() and chain.names else set()
        return any(
            first in re.split(r"[(),|]", symbol)
            or (len(of_both) > 1 and of_both <= {*parts_of(symbol)})
            for quantity in self._given.values()
            if self.solution.values[quantity.id] == number
            for symbol in [PLAIN.symbol(quantity.symbol)]
        )

    def _is_of_the_paper(self, chain: Chain) -> bool:
        """Whether a chain stands in a sentence of ours, which the worksheet has: "α(1, 0) is 1"."""
        text = _squeezed(chain.line.text)
        return chain.in_prose and len(text) > _SHORTEST_OF_OURS and text in self._sentences

    @cached_property
    def _sentences(self) -> str:
        """All sentences of the problem and its working."""
        blocks = [block for section in self.solution.sections for block in section.blocks]
        texts = [block.text for block in blocks if isinstance(block, Paragraph | Remark)]
        texts += [step.all_said for step in self.solution.steps]
        return _squeezed(" ".join([self.solution.about.statement, *texts]))

    @cached_property
    def _numbers(self) -> frozenset[Decimal]:
        """The given numbers."""
        given = (each.id for each in self.solution.calculation if each.role is Role.GIVEN)
        return frozenset(self.solution.values[id] for id in given)

    @cached_property
    def _given(self) -> Mapping[Parts, Quantity]:
        found: dict[Parts, Quantity] = {}
        for quantity in self.solution.calculation:
            if quantity.role is Role.GIVEN:
                for name in (PLAIN.symbol(quantity.symbol), quantity.name):
                    found.setdefault(parts_of(name), quantity)
        return found

    # --- what is to be said ---

    def _said(self) -> Iterator[str]:
        notes = [*self.said]
        for item in self.items:
            notes += [text for number, text in self.notes if number == item.line.number]
            telling = (each for each in equalities_in(item.chain) if each.is_telling)
            notes += [_at(item.line, f"{each}.") for each in telling]
        yield from _few(list(dict.fromkeys(notes)))
        unmatched = (
            _at(item.line, f"not matched: {_cut(item.chain.text)}")
            for item in self.unmatched
            if not item.chain.in_prose and _is_worth_telling(item.chain)
        )
        yield from _few(list(dict.fromkeys(unmatched)))


def _few(texts: Sequence[str]) -> Iterator[str]:
    yield from texts[:_MOST_SAID]
    if len(texts) > _MOST_SAID:
        yield f"… and {len(texts) - _MOST_SAID} more like these."


def _at(line: Line, text: str) -> str:
    """What there is to say of a line."""
    return f"{line.place[:1].upper()}{line.place[1:]}: {text}"


def _cut(text: str) -> str:
    return text if len(text) <= 80 else f"{text[:79]}…"


def _is_worth_telling(chain: Chain) -> bool:
    """Whether a chain has numbers that somebody would look for: not a cell of a table of what is
    given, nor a number alone."""
    return not chain.line.cells and (len(chain.sides) > 1 or bool(chain.names))


# --- lines ---


def _items(lines: Sequence[Line], names: Names) -> Iterator[_Item]:
    """The chains of a document, each with the heading above it: "t = 2" is one, too."""
    commas = has_decimal_commas(lines)
    heading = _Heading()
    before: Line | None = None
    for line in lines:
        chains = [] if _HEAD.search(line.text) else chains_in(line, commas=commas)
        if before is not None and _is_behind_prose(before, line):
            chains = _in_sentence(before, line, chains)
        for chain in chains:
            if not line.cells and _COUNTS.fullmatch(chain.text) and not names.ids(chain.names[0]):
                heading = _Heading(chain.text)
                continue
            of_line = chains[0].label if chain.names and not chain.label else ""
            yield _Item(chain, _Heading(of_line) if of_line else heading)
        if not chains:
            words = line.text.split()
            if line.is_heading or len(words) <= _MOST_WORDS or line.tags:
                heading = _Heading(line.text.strip(), line.tags)
        before = line


def _is_behind_prose(before: Line, line: Line) -> bool:
    """Whether the line before is a sentence, or part of one, that may go on."""
    is_next = line.number == before.number + 1 and not before.is_heading
    return is_next and len(re.findall(r"[^\W\d_]{3,}", before.text)) > 2 and not before.text.rstrip().endswith(":")  # fmt: skip


def _in_sentence(before: Line, line: Line, chains: Sequence[Chain]) -> list[Chain]:
    """The chains of a line below prose: a number alone ends the sentence, and is none; what a full
    stop is behind may stand in it."""
    if len(chains) == 1 and len(chains[0].sides) == 1 and not chains[0].names:
        return []
    is_end = line.text.rstrip().endswith(".") and not before.text.rstrip().endswith(".")
    return [replace(each, in_prose=each.in_prose or is_end) for each in chains]


def _titles(text: str) -> tuple[str, ...]:
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


def _has_number(names: Sequence[str]) -> bool:
    """Whether a name says of which step of a kind it is, and so of no other."""
    return any(map(str.isdigit, "".join(names)))


def _squeezed(text: str) -> str:
    """The letters and digits of a text, however it is typeset."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKD", text.casefold())))


def _is_of_its_own(before: _Item, item: _Item) -> bool:
    """Whether a line that another takes the place of was meant to be the answer, not a part of it on
    the way, under one heading or in one line."""
    if before.line is item.line:
        return False
    return before.heading is not item.heading or bool(before.chain.names)


# --- numbers ---


def _is_one_number(one: Decimal | None, other: Decimal | None) -> bool:
    """Whether two numbers are the same, or one is the other rounded."""
    if one is None or other is None:
        return False
    return one == other or Written(one).stands_for(other) or Written(other).stands_for(one)


def _is_minus(one: Cell, other: Cell) -> bool:
    """Whether one number is minus the other, or that rounded."""
    return one.value is not None and _is_one_number(one.value.copy_negate(), other.value)


def _cell_of(chain: Chain) -> Cell:
    """The last number of a chain, and the arithmetic that it is worked out by."""
    last = chain.numeric[-1]
    working = next((side for side in chain.numeric if side.number is None), None)
    logarithm, note = _logarithm_of(chain)
    if last.number is not None:
        text = working.working(logarithm) if working is not None else None
        cell = read_cell(str(last.number), text)
    else:
        cell = read_cell(last.working(logarithm))
    note = cell.note or note
    return replace(cell, written=last.text, note=note)


def _logarithm_of(chain: Chain) -> tuple[str, str]:
    """What is meant by ``log`` in a chain, and what to say of it."""
    if not any(side.has_log for side in chain.numeric):
        return "ln", ""
    for equality in equalities_in(chain):
        if equality.logarithm and equality.verdict != "wrong":
            return equality.logarithm, f"log is taken as {PLAIN.function(equality.logarithm)}."
    return "ln", "log is taken as ln."


def _is(written: Decimal, value: Decimal) -> bool:
    """Whether a number that was put in is a value: the same, or rounded to two digits or more."""
    if not (written.is_finite() and value.is_finite()):
        return written == value
    if is_same(written, value):
        return True
    number = Written(written)
    return number.digits > 1 and number.stands_for(value)


@lru_cache(maxsize=1_000)
def _shape_and_numbers(side: Side) -> tuple[str, list[Decimal]]:
    shape, leaves = _shape_and_leaves(side.read())
    return shape, [leaf for leaf in leaves if isinstance(leaf, Decimal)]


def _shape_and_leaves(expression: Expression) -> tuple[str, list[Quantity | Decimal]]:
    """The functions in an expression and its outermost operation, signs left out; and its leaves."""
    nodes = list(nodes_in(expression))
    leaves = [
        node if isinstance(node, Quantity) else node.number
        for node in nodes
        if isinstance(node, Quantity | Constant)
    ]
    functions = sorted(_FUNCTIONS & {type(node).__name__ for node in nodes})
    outer = next(node for node in nodes if not isinstance(node, Negative))
    return "".join([type(outer).__name__, ":", *functions]), leaves


def _copied(definition: Expression) -> str:
    """The id of the step that a loss is, where it is a sum that is divided by nothing."""
    if isinstance(definition, Sum) and len(definition.operands) == 1:
        (definition,) = definition.operands
    return definition.id if isinstance(definition, Quantity) else ""


def _written_out(expression: Expression) -> Expression:
    """An expression with the steps in it written out."""
    if isinstance(expression, Quantity):
        return expression if expression.is_given else expression.definition
    if isinstance(expression, Operation):
        return expression.rebuilt([_written_out(each) for each in expression.operands])
    return expression


def _implied(chain: Chain) -> Iterator[Chain]:
    """What is carried out between two sides that are otherwise the same, as chains of their own."""
    sides = chain.numeric
    for left, right in pairwise(sides):
        if left.number is not None or right.number is not None:
            continue
        for inside, number in _carried_out(left.read(), right.read()):
            arithmetic, result = TYPED.write(inside, as_number), TYPED.number(number)
            yield Chain(
                chain.line,
                (Side(arithmetic, arithmetic), Side(result, result)),
                ("=",),
                chain.label,
            )


def _carried_out(left: Expression, right: Expression) -> Iterator[tuple[Operation, Decimal]]:
    """The parts of one expression in the place of which another has a number."""
    if isinstance(right, Constant) and isinstance(left, Operation):
        yield left, right.number
    elif type(left) is type(right) and len(left.operands) == len(right.operands):
        for one, other in zip(left.operands, right.operands, strict=True):
            yield from _carried_out(one, other)
