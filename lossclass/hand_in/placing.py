"""Where a line of working belongs.

In this order: nowhere, if it says what the problem gives (:mod:`~lossclass.hand_in.given`); to the step that
it names, or that is named above it (:mod:`~lossclass.hand_in.naming`); with the list or the table that it is
a number of, to steps of one kind (:mod:`~lossclass.hand_in.families`); to the step whose numbers it works
with, or whose value it comes to (:mod:`~lossclass.hand_in.evidence`), in the order of the steps. Nothing is
dropped: a line with numbers that fits no step is told.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import cached_property
from itertools import groupby
from typing import Final

from lossclass.arithmetic.expression import Quantity, nodes_in
from lossclass.hand_in.cells import Cell
from lossclass.hand_in.equalities import equalities_in, wrong_in
from lossclass.hand_in.evidence import Evidence, implied, is_one_number, is_value, one_after_another
from lossclass.hand_in.families import Families, kind_of, kinds_of, steps_in_order
from lossclass.hand_in.given import Given
from lossclass.hand_in.items import Item, items_of
from lossclass.hand_in.lines import Line
from lossclass.hand_in.names import Names
from lossclass.hand_in.naming import Naming
from lossclass.hand_in.sheet import Answers, steps_meant
from lossclass.hand_in.sides import Chain
from lossclass.hand_in.spelling import parts_of, words_of
from lossclass.hand_in.states import with_places
from lossclass.records import record
from lossclass.solution import Solution

#: So many lines of a kind are listed.
_MOST_SAID: Final = 20
#: Longer names are those of nothing.
_LONGEST_NAME: Final = 40
#: What the row of a table is called that has what comes of all others.
_OF_ALL: Final = frozenset({"sum", "mean"})
#: What a list's name has behind it in that of one of its numbers.
_OF_ENTRY: Final = re.compile(r"(?:_\d+){1,2}$")


@record
class _Claim:
    """A chain that answers a step, and how much speaks for it."""

    item: Item
    #: Whether it names the step; its evidence; whether it is a line by itself; whether it has working.
    strength: tuple[bool, int, bool, bool]


class Placing:
    """The lines of one person held against the steps of a solution."""

    def __init__(self, lines: Sequence[Line], solution: Solution) -> None:
        self.solution = solution
        self.names = Names.of(solution)
        self.steps = {step.id: step for step in solution.steps}
        self.asked = [s.id for s in solution.steps if not (s.only_in_full or s.is_known)]
        self.places = {id: place for place, id in enumerate(self.steps)}
        self.evidence = Evidence(solution)
        #: What there is to say of lines, by their place.
        self.notes: dict[str, list[str]] = {}
        self.lines = [with_places(line, self.names, self._note) for line in lines]
        self.items = list(items_of(self.lines, self.names))
        #: What is written so far for each step.
        self.claims: dict[str, _Claim] = {}
        self.naming = Naming(self.names, self.evidence, self.claims, self._note)
        self.given = Given(self.names, self.naming.id_of, self._note)
        untold = (item for item in self.items if not self.given.is_cell(item.chain))
        written = dict.fromkeys(name for item in untold for name in item.names)
        #: The steps that each name can stand for, and what there is to say of it.
        self.naming.meant, self.said = steps_meant(written, self.names)
        self.unmatched: list[Item] = []
        #: Why lists are not matched, where that is known.
        self.reasons: dict[str, str] = {}
        self.last = -1

    def answers(self) -> Answers:
        """The answer to each step that is found, the loss in any case, and what there is to say."""
        for _, block in groupby(self.items, key=_block_of):
            for item in self._placed_together(list(block)):
                self._place(item)
        self._place_as_others()
        self._place_in_order()
        self._place_implied()
        self._place_last()
        cells = {id: self.claims[id].item.cell for id in self.steps if id in self.claims}
        for id in self.solution.answer_ids:
            answered = self._answered(id)
            cells[id] = answered.item.cell if answered else Cell("")
        absent = (id for id in self.asked if id not in cells)
        return Answers(cells, tuple(self._said()), tuple(absent))

    def _answered(self, id: str) -> _Claim | None:
        """What is written for a step, or for the one that it is a copy of."""
        while id not in self.claims and (of := self.naming.copied(id)) in self.steps:
            id = of
        return self.claims.get(id)

    # --- which step a chain is of ---

    def _place(self, item: Item) -> None:
        chain = item.chain
        if self.given.holds(chain) or self.given.is_of_the_paper(chain):
            return
        parts = one_after_another(chain)
        if len(parts) > 1:
            self._place_parts(item, parts)
        else:
            self._place_one(item)

    def _place_parts(self, item: Item, parts: Sequence[Chain]) -> None:
        """Place what a line works out one after the other."""
        is_told = bool(item.chain.names) or any(side.number is None for side in item.chain.numeric)
        found = [replace(item, chain=part) for part in self._each_named(item, parts)]
        before = ""
        for n, part in enumerate(found):
            follows = self._next(before, part.chain, is_told) if before else ""
            if follows and len(part.chain.sides) == 1:
                self._claim(follows, part, is_named=False)
            elif self.naming.step_of(part) or not self._is_given_alone(part.chain):
                self._place_one(part)
            claimed = (id for id, claim in self.claims.items() if claim.item is part)
            before, last = next(claimed, ""), before
            if before and n and not last:  # what it goes on with is what was worked out before
                of = self._used_in(before)
                if len(of) == 1 and of[0] not in self.claims and found[n - 1] in self.unmatched:
                    self.unmatched.remove(found[n - 1])
                    self._claim(of[0], found[n - 1], is_named=False)

    def _each_named(self, item: Item, parts: Sequence[Chain]) -> list[Chain]:
        """Parts of a line with its name at the one that it is of: the one that fits, else the first, but of
        the loss the last."""
        if not (named := self.naming.step_of(item)):
            return [*parts]
        order = range(len(parts))
        order = order[::-1] if named in self.solution.answer_ids else order
        at = max(order, key=lambda n: self.evidence.of(named, parts[n]))
        others = [_without_name(part) for part in parts]
        return [*others[:at], replace(parts[at], names=item.chain.names), *others[at + 1 :]]

    def _next(self, before: str, part: Chain, is_told: bool) -> str:
        """The step to which an arrow leads from one before it: one that the number is of; or, where it is
        told which that is, the only one that is worked from it, and from no other."""
        calculation, number = self.solution.calculation, part.last.number
        for id in (user.id for user in calculation.users[before] if user.id in self.steps):
            is_it = number == self.solution.values[id] or self.evidence.comes_to(id, number)
            if is_it or (is_told and self._used_in(id) == [before]):
                return id
        return ""

    def _used_in(self, id: str) -> list[str]:
        """The steps that a step is worked from."""
        return [each.id for each in self.solution.calculation.uses[id] if each.id in self.steps]

    def _is_given_alone(self, chain: Chain) -> bool:
        """Whether there is no number in a chain but a given one, with which it goes on."""
        return len(chain.numeric) == 1 and chain.last.number in self.given.numbers

    def _place_one(self, item: Item) -> None:
        chain = item.chain
        id = self.naming.step_of(item)
        if id is None and self._is_of_all(item):
            return  # the total of another column
        is_named = id is not None
        if id is None and chain.vector:
            if chain.last.number not in self.given.numbers:
                self.unmatched.append(item)
            return
        if id is None:
            # A label names a line, or the heading above it; but what the line works out says more.
            above = None if item.is_numbered else self.naming.before(item)
            id, evidence = self._unnamed(item)
            least = 2 if chain.label else 1  # a number alone is no reason beside a label
            if above and not (evidence > least and self.evidence.of(above, chain) < 2):
                id = above
            elif evidence == 1 and chain.line.cells and chain.last.number in self.given.numbers:
                return  # it stands in the table of what is given, by which a step is not answered
        if id is None or (not is_named and self._is_part_on_the_way(id, item)):
            self.unmatched.append(item)
            return
        self._claim(id, item, is_named=is_named)
        for other in chain.sides[1:]:  # P(π₂) = P(π₃) = 0.5 answers both
            also = self.naming.id_of(other.text) if other.typed is None else None
            fits = also and self.evidence.comes_to(also, chain.last.number)
            if also and fits and also not in self.claims:
                self._claim(also, item, is_named=is_named)

    def _is_part_on_the_way(self, id: str, item: Item) -> bool:
        """Whether a chain comes out, and has the other sign of a step: ln 0.7 = −0.3567 is true, and
        who writes the minus later has made no slip."""
        if len(item.chain.numeric) < 2 or wrong_in([item.chain]):
            return False
        value, ours = item.cell.value, self.solution.values[id]
        return bool(value) and is_one_number(value and -value, ours)

    def _claim(self, id: str, item: Item, *, is_named: bool) -> None:
        if id in self.evidence.not_shifted and self.evidence.is_not_shifted(item.chain, id):
            self.unmatched.append(item)
            return
        evidence = self.evidence.of(id, item.chain)
        if item.chain.in_prose and not evidence and id in self.claims:
            return
        is_plain = not item.chain.in_prose and not item.line.cells
        cell = item.cell
        if self.steps[id].is_known and is_one_number(cell.value, self.solution.values[id]):
            return  # as the worksheet tells it
        says_so = is_named and is_plain
        claim = _Claim(item, (says_so, evidence, is_plain, cell.working is not None))
        before = self.claims.get(id)
        if before is not None:
            is_same_number = is_one_number(before.item.cell.value, cell.value)
            if not is_same_number and self._is_below_the_answer(id, before, item):
                self._claim(id, item, is_named=is_named)
                return
            if claim.strength < before.strength or (is_same_number and before.item.cell.working):
                if not is_same_number and says_so:
                    self._tell_other(id, item, before.item)
                return
            # What a named line has the other sign of was a part on the way: the logarithm, and its minus.
            minus = before.item.cell.value and before.item.cell.value.copy_negate()
            is_part = says_so and not before.strength[0] and is_one_number(minus, cell.value)
            is_told = before.strength[2] and not (is_same_number or is_part)
            if is_told and item.replaces(before.item):
                self._tell_other(id, before.item, item)
        self.claims[id] = claim
        self.last = max(self.last, self.places[id])
        if cell.value is not None:
            self.evidence.theirs[id] = cell.value

    def _is_below_the_answer(self, id: str, before: _Claim, item: Item) -> bool:
        """Whether what has the name of the loss is the sum, or else the step that the loss is made of,
        since another line has such a name, too: squared error = 2.33, mean squared error = 0.5825.
        It is then moved there."""
        if id not in self.solution.answer_ids or item.chain.names == before.item.chain.names:
            return False
        nodes = nodes_in(self.steps[id].quantity.definition)
        for each in (node for node in nodes if isinstance(node, Quantity)):
            is_free = each.id in self.steps and each.id not in self.claims
            if is_free and is_one_number(before.item.cell.value, self.solution.values[each.id]):
                self.claims[each.id] = self.claims.pop(id)
                return True
        return False

    def _tell_other(self, id: str, item: Item, marked: Item) -> None:
        number = item.chain.last.text
        which = f"that of {marked.line.place} is marked"
        self._note(item.line, f"{number} is another number for {id}; {which}.")

    def _note(self, line: Line, text: str) -> None:
        self.notes.setdefault(line.place, []).append(_at(line, text))

    # --- by what it works out ---

    def _unnamed(self, item: Item) -> tuple[str | None, int]:
        """The step that a chain works out, the likeliest; and how much speaks for it."""
        found = {id: self.evidence.of(id, item.chain) for id in self.steps}
        has_name = item.chain.in_prose or item.chain.names
        least = 3 if has_name else 2 if len(item.chain.sides) > 1 else 1
        most = max(found.values(), default=0)
        if most < least:
            return (self.naming.shown(item), 1) if item.chain.names else (None, 0)
        ids = item.fitting([id for id, evidence in found.items() if evidence == most])
        free = [id for id in ids if id not in self.claims]
        later = [id for id in free if self.places[id] > self.last]
        return (later or free or ids)[0], most

    def _place_as_others(self) -> None:
        """Lines whose name can stand for several steps, of which others with such a name tell the kind: step
        3 is hinge 3, if step 1 and step 2 are hinges."""
        for item in [*self.unmatched]:
            several = ((name, self.naming.meant.get(name, ())) for name in item.own_names)
            name, ids = next(((name, ids) for name, ids in several if len(ids) > 1), ("", ()))
            words = words_of(parts_of(name))
            kinds = {
                kind_of(id)
                for id, claim in self.claims.items()
                if any(words_of(parts_of(each)) == words for each in claim.item.own_names)
            }
            fitting = [id for id in ids if {kind_of(id)} == kinds and id not in self.claims]
            if len(fitting) == 1 and not item.chain.vector:
                self.unmatched.remove(item)
                self._claim(fitting[0], item, is_named=False)

    def _place_in_order(self) -> None:
        """Lists without names in the order of the steps, of which some numbers are wrong: their places tell
        which they are."""
        runs = groupby(self.items, key=self._run_of)
        for items in ([*run] for kind, run in runs if kind):
            left = [
                item for item in items if any(each.line is item.line for each in self.unmatched)
            ]
            numbers = [item.cell.value for item in items]
            if None in numbers or not (left or len(items) > 2):
                continue
            own = [id for id, claim in self.claims.items() if claim.item in items]
            ids = self._in_order(items, [each for each in numbers if each is not None], {*own})
            if ids is None:
                continue
            for id in own:
                del self.claims[id]
                self.evidence.theirs.pop(id, None)
            self.unmatched = [each for each in self.unmatched if each not in items]
            for id, item in zip(ids, items, strict=True):
                self._claim(id, item, is_named=False)
                number = item.chain.last.text
                if item in left and not item.chain.vector:
                    text = f"{number} is taken for {id}, by its place among the other numbers."
                    self._note(item.line, text)
            if vector := items[0].chain.vector:
                self._note(items[0].line, f"{vector} is taken for {ids[0]} to {ids[-1]}.")

    def _run_of(self, item: Item) -> object:
        """What a number without a name is listed with; nothing where it has one."""
        chain = item.chain
        if chain.in_prose or chain.line.cells or chain.names or chain.label:
            return None
        if self.naming.before(item):
            return None
        return chain.vector or item.heading

    def _in_order(
        self, items: Sequence[Item], numbers: Sequence[Decimal], own: Collection[str]
    ) -> list[str] | None:
        """The steps of a list in their order, if it is one: their own numbers, or what is worked from
        those before them in the list."""
        free = [id for id in self.asked if id in own or id not in self.claims]
        kinds = [[*ids.values()] for ids in kinds_of(free).values()]

        def fits(ids: Sequence[str], n: int) -> bool:
            if self._is_part_on_the_way(ids[n], items[n]):
                return False
            if self.evidence.of(ids[n], items[n].chain):
                return True
            written = dict(zip(ids[:n], numbers, strict=False))
            worked = self.solution.calculation.again(written, ids[n])
            return ids[n] in worked and is_value(numbers[n], worked[ids[n]])

        ids = steps_in_order(numbers, kinds, self.places, fits)
        are_alike = (
            fits(ids or (), n) or self.evidence.is_alike(id, items[n].chain)
            for n, id in enumerate(ids or ())
        )
        return ids if all(are_alike) else None

    def _place_implied(self) -> None:
        """Steps that have no line of their own, but are carried out within another."""
        for item in self.items:
            if item.chain.in_prose:
                continue
            for chain in implied(item.chain):
                free = (id for id in self.steps if id not in self.claims)
                fitting = item.fitting([id for id in free if self.evidence.of(id, chain) > 2])
                if len(fitting) == 1:
                    self._claim(fitting[0], replace(item, chain=chain), is_named=False)

    def _place_last(self) -> None:
        """The last number that somebody wrote is what they came to, if the answer has no other line,
        and it has no name and fits nothing."""
        own = [item for item in self.items if not item.chain.in_prose and not item.line.cells]
        if not (own and self.claims and len(self.solution.answer_ids) == 1):
            return
        last, chain, id = own[-1], own[-1].chain, self.solution.answer_ids[0]
        if chain.names or chain.label or chain.vector or not self._is_worth_telling(own[-1]):
            return
        is_alike = self.evidence.is_alike(id, chain)
        if last in self.unmatched and is_alike and self._answered(id) is None:
            self.unmatched.remove(last)
            self._claim(id, last, is_named=False)
            number = chain.last.text
            text = f"{number} is taken for {id}: it is the last number, and has no name."
            self._note(last.line, text)

    # --- lists and tables ---

    def _placed_together(self, items: Sequence[Item]) -> list[Item]:
        """Of the numbers of a list or a table, those that are to be placed one by one: those whose
        names are known; and those by which no column, no row, and not all of it, is steps of a kind."""
        cells = [item for item in items if item.chain.place or item.chain.at]
        cells = [item for item in cells if not (item.chain.in_prose or self._is_of_all(item))]
        rows = [
            [*row]
            for _, row in groupby(cells, key=lambda item: (item.line.place, item.chain.at[:-1]))
        ]
        columns: dict[object, list[Item]] = {}
        for item in cells:
            columns.setdefault((item.chain.place or item.chain.at)[-1], []).append(item)
        placed: set[int] = set()
        for some in (rows, *([each] for each in (*columns.values(), *rows))):
            numbers = [item for row in some for item in row]
            is_free = placed.isdisjoint(map(id, numbers)) and not all(
                map(self.naming.step_of, numbers)
            )
            if is_free and self._place_rows(some):
                placed |= {*map(id, numbers)}
        lists = (row for row in rows if row[0].chain.vector and id(row[0]) not in placed)
        for row in lists:
            if not all(map(self.naming.step_of, row)) and self._is_placed_by_name(row):
                placed |= {*map(id, row)}
        return [item for item in items if id(item) not in placed]

    def _is_placed_by_name(self, row: Sequence[Item]) -> bool:
        """Whether a list has the name of all steps of a kind; where they are more or fewer, that is told."""
        names = (_OF_ENTRY.sub("", name) for name in row[0].chain.names)
        kinds = next(filter(None, ([*self.names.kinds(name)] for name in names)), [])
        if len(kinds) != 1:
            return False
        if len(kinds[0]) != len(row):
            there, here = f"{kinds[0][0]} to {kinds[0][-1]} are {len(kinds[0])}", len(row)
            self.reasons[row[0].chain.vector] = f"; {there}, and here are {here} numbers"
            self.unmatched.append(row[0])
            return True
        for id, item in zip(kinds[0], row, strict=True):
            self._claim(id, item, is_named=True)
        return True

    def _is_of_all(self, item: Item) -> bool:
        """Whether a number stands in the row of a table for what comes of all of them: Total, mean."""
        row = item.chain.place[0] if item.chain.place else ""
        id = self.naming.id_of(row) if len(row) > 1 else None
        is_alone = sum(map(bool, item.line.cells[1:])) == 1
        is_of_all = not _OF_ALL.isdisjoint(parts_of(row.casefold()))
        return id is not None and (is_of_all or (is_alone and id in self.solution.answer_ids))

    def _place_rows(self, rows: Sequence[Sequence[Item]]) -> bool:
        """Place numbers as those of steps of one kind, if they are, and if not all are given."""
        items = [item for row in rows for item in row]
        found = [[item.cell.value for item in row] for row in rows]
        numbers = [[each for each in row if each is not None] for row in found]
        known = [each for row in numbers for each in row]
        if len(known) < len(items) or self.given.numbers.issuperset(known):
            return False
        place = items[0].chain.place or ("", "")
        name = place[0] if len({item.line.number for item in items}) == 1 else place[1]
        named = [self.naming.id_of(f"{name}_{n}") for n in range(1, len(items) + 1)]
        ids = self._families.fitting(numbers, self.claims, named)
        for id, item in zip(ids or (), items if ids else (), strict=True):
            self._claim(id, item, is_named=False)
        return ids is not None

    @cached_property
    def _families(self) -> Families:
        return Families(self.steps, self.evidence.comes_near)

    # --- what is to be said ---

    def _said(self) -> Iterator[str]:
        for item in self.items:
            for each in equalities_in(item.chain):
                if each.is_telling and each.verdict != "cut":  # which the mark says
                    self._note(item.line, f"{each}.")
        places = dict.fromkeys(line.place for line in self.lines)
        told = (each for place in places for each in self.notes.get(place, ()))
        yield from _few((*self.said, *told))
        once: dict[object, Item] = {}
        for item in filter(self._is_worth_telling, self.unmatched):  # of a list only one number
            once.setdefault(_block_of(item), item)
        yield from _few(
            _at(item.line, f"not matched: {_short(text)}{self._why(item)}")
            for item in once.values()
            for text in ["  ".join(item.line.cells) or item.chain.text]
        )

    def _is_worth_telling(self, item: Item) -> bool:
        """Whether a chain has numbers that somebody would look for: not a sentence, nor what is given in
        the cell of a table, nor a whole number alone, which may be that of a page."""
        chain = item.chain
        is_whole = len(chain.sides) == 1 and chain.sides[0].text.isdecimal()
        if chain.line.cells and not chain.vector:
            is_given = chain.last.number in self.given.numbers
            return not (chain.in_prose or is_given or self._is_head_of_a_row(item))
        return not chain.in_prose and (bool(chain.names or chain.vector) or not is_whole)

    def _is_head_of_a_row(self, item: Item) -> bool:
        """Whether a chain only says, in a table, whose numbers follow: s = 2, of which one is matched."""
        chain, places = item.chain, {claim.item.line.place for claim in self.claims.values()}
        return chain.place is None and chain.last.text.isdecimal() and item.line.place in places

    def _why(self, item: Item) -> str:
        """Why a chain is matched with nothing, if there is something to say of it."""
        if item.chain.vector in self.reasons:
            return self.reasons[item.chain.vector]
        if self.evidence.is_not_shifted(item.chain):
            return "; we take the largest logit from each first, with which the softmax is the same"
        names = (each for each in item.chain.names[:1] if len(each) <= _LONGEST_NAME)
        return next(map(self.names.why_unmatched, names), "")


def _few(texts: Iterable[str]) -> Iterator[str]:
    """Each text once, and not too many."""
    found = list(dict.fromkeys(texts))
    yield from found[:_MOST_SAID]
    if len(found) > _MOST_SAID:
        yield f"… and {len(found) - _MOST_SAID} more like these."


def _at(line: Line, text: str) -> str:
    """What there is to say of a line."""
    return f"{line.place[:1].upper()}{line.place[1:]}: {text}"


def _without_name(chain: Chain) -> Chain:
    begins = next(n for n, side in enumerate(chain.sides) if side.typed is not None)
    return replace(
        chain, sides=chain.sides[begins:], relations=chain.relations[begins:], names=(), label=""
    )


def _short(text: str) -> str:
    return text if len(text) <= 80 else f"{text[:79]}…"


def _block_of(item: Item) -> object:
    """What is placed with an item as a whole: the list, or the table, of which it is a number."""
    line = item.line
    return (line.place, item.chain.vector) if item.chain.vector else id(line.head if line.cells else item)  # fmt: skip
