"""Where a line of working belongs: the step that it names, by its id, its symbol, its title or the
heading above it; or, without a name, the step whose numbers it works with, or whose value it comes to,
in the order of the steps. Nothing is dropped: a line with numbers that fits no step is told.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import cached_property
from itertools import groupby
from typing import Final

from lossclass.arithmetic.expression import Quantity, Role, Sum, nodes_in
from lossclass.arithmetic.notation import PLAIN
from lossclass.blocks import Paragraph, Remark
from lossclass.hand_in.cells import Cell, read_cell
from lossclass.hand_in.equalities import equalities_in
from lossclass.hand_in.evidence import Evidence, copied, implied, is_one_number, is_value
from lossclass.hand_in.families import Families
from lossclass.hand_in.in_order import one_after_another, steps_in_order
from lossclass.hand_in.items import Heading, Item, items_of, titles
from lossclass.hand_in.lines import Line
from lossclass.hand_in.names import Names, Parts, parts_of, words_of
from lossclass.hand_in.sheet import Answers, steps_meant
from lossclass.hand_in.sides import Chain
from lossclass.hand_in.unmatched import why_unmatched
from lossclass.records import record
from lossclass.solution import Solution

#: So many lines of a kind are listed.
_MOST_SAID: Final = 20
#: What makes of a name something that is worked out.
_POWER: Final = re.compile(r"[\^²³‖]|\|\|")
#: So much of a sentence tells whose it is.
_SHORTEST_OF_OURS: Final = 20
#: A name that can stand for more steps says nothing.
_MOST_MEANT: Final = 4
#: What the row of a table is called that has what comes of all others.
_OF_ALL: Final = frozenset({"sum", "mean"})
#: What a line is of that is not about the whole.
_COUNTED: Final = re.compile(
    r"\b(?:step|schritt|zeitschritt|paso|pas|t|i|obs|observation|beobachtung|example|sample|sentence|message"
    r"|msg|token|position|alignment)\W{0,3}(\d{1,3})\b",
    re.IGNORECASE,
)
#: All states or tags of the best path, in a line of so many characters.
_LONGEST_PATH: Final = 300
#: What a list's name has behind it in that of one of its numbers.
_OF_ENTRY: Final = re.compile(r"(?:_\d+){1,2}$")
_PATH: Final = re.compile(
    r"(?:\W*viterbi(?=\s*[:=])|(?:.*\b(?:best|most (?:probable|likely)|viterbi|decoded)\s(?:[^\W\d]+\s){0,2}?|\W*(?:the\s)?(?:state\s)?)"
    r"(?:path|way|sequence|states|tags)\b)(?:\s+is)?\s*[:=→]?\s*(\w[\w\s,;→>–-]*)\.?(?:[,;.]\s+([^=]+=.*))?\s*",
    re.IGNORECASE,
)


@record
class _Claim:
    """A chain that answers a step, and how much speaks for it."""

    item: Item
    cell: Cell
    #: Whether it names the step; its evidence; whether it is a line by itself; whether it has working.
    strength: tuple[bool, int, bool, bool]


class Placing:
    """The lines of one person held against the steps of a solution."""

    def __init__(self, lines: Sequence[Line], solution: Solution) -> None:
        self.solution = solution
        self.names = Names.of(solution)
        self.steps = {step.id: step for step in solution.steps}
        self.places = {id: place for place, id in enumerate(self.steps)}
        self.evidence = Evidence(solution)
        #: What there is to say of lines, by their place.
        self.notes: dict[str, list[str]] = {}
        self.lines = [self._with_places(line) for line in lines]
        self.items = list(items_of(self.lines, self.names))
        untold = (item for item in self.items if not self._is_given_cell(item.chain))
        written = [name for item in untold for name in item.names]
        #: The steps that each name can stand for, and what there is to say of it.
        self.meant, self.said = steps_meant(list(dict.fromkeys(written)), self.names)
        #: What is written so far for each step.
        self.claims: dict[str, _Claim] = {}
        self.unmatched: list[Item] = []
        #: Why lists are not matched, where that is known.
        self.reasons: dict[str, str] = {}
        #: The given numbers that were written down.
        self.told: set[str] = set()
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
        cells = {id: self.claims[id].cell for id in self.steps if id in self.claims}
        for id in self.solution.answer_ids:
            answered = self._answered(id)
            cells[id] = answered.cell if answered else Cell("")
        absent = (
            id
            for id, step in self.steps.items()
            if id not in cells and not step.only_in_full and not step.is_known
        )
        return Answers(cells, tuple(self._said()), tuple(absent))

    def _answered(self, id: str) -> _Claim | None:
        """What is written for a step, or for the one that it is a copy of."""
        while id not in self.claims and copied(self.steps[id].quantity.definition) in self.steps:
            id = copied(self.steps[id].quantity.definition)
        return self.claims.get(id)

    # --- which step a chain is of ---

    def _place(self, item: Item) -> None:
        chain = item.chain
        if self._is_given(chain) or self._is_of_the_paper(chain):
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
            elif not self._is_number_given(part):
                self._place_one(part)
            before, last = self._claimed_by(part), before
            if before and n and not last:  # what it goes on with is what was worked out before
                of = [each.id for each in self.solution.calculation.uses[before]]
                of = [id for id in of if id in self.steps]
                if len(of) == 1 and of[0] not in self.claims and found[n - 1] in self.unmatched:
                    self.unmatched.remove(found[n - 1])
                    self._claim(of[0], found[n - 1], is_named=False)

    def _is_number_given(self, item: Item) -> bool:
        """Whether a chain only has a given number that it goes on with."""
        numeric = item.chain.numeric
        return len(numeric) == 1 and numeric[0].number in self._numbers and not self._named(item)

    def _claimed_by(self, item: Item) -> str:
        return next((id for id, claim in self.claims.items() if claim.item is item), "")

    def _each_named(self, item: Item, parts: Sequence[Chain]) -> list[Chain]:
        """Parts of a line with its name at the one that it is of: the one that fits, else the first, but of
        the loss the last."""
        if not (named := self._named(item)):
            return [*parts]
        order = range(len(parts))
        order = order[::-1] if named in self.solution.answer_ids else order
        at = max(order, key=lambda n: self.evidence.of(named, parts[n]))
        others = [_without_name(part) for part in parts]
        return [*others[:at], replace(parts[at], names=item.chain.names), *others[at + 1 :]]

    def _next(self, before: str, part: Chain, is_told: bool) -> str:
        """The step to which an arrow leads from one before it: one that the number is of; or, where it is
        told which that is, the only one that is worked from it, and from no other."""
        calculation, number = self.solution.calculation, part.numeric[-1].number
        for id in (user.id for user in calculation.users[before] if user.id in self.steps):
            of = [used.id for used in calculation.uses[id] if used.id in self.steps]
            is_it = number == self.solution.values[id] or self.evidence.comes_to(id, number)
            if is_it or (is_told and of == [before]):
                return id
        return ""

    def _place_one(self, item: Item) -> None:
        chain = item.chain
        id = self._named(item)
        if id is None and self._is_of_all(item):
            return  # the total of another column
        is_named = id is not None
        if id is None and chain.vector:
            if chain.numeric[-1].number not in self._numbers:
                self.unmatched.append(item)
            return
        if id is None:
            # A label names a line, or the heading above it; but what the line works out says more.
            above = None if item.is_numbered else self._named_before(item)
            id, evidence = self._unnamed(item)
            least = 2 if chain.label else 1  # a number alone is no reason beside a label
            if above and not (evidence > least and self.evidence.of(above, chain) < 2):
                id = above
            elif evidence == 1 and chain.line.cells and chain.numeric[-1].number in self._numbers:
                return  # it stands in the table of what is given, by which a step is not answered
        if id is None or (not is_named and self._is_part_on_the_way(id, chain)):
            self.unmatched.append(item)
            return
        self._claim(id, item, is_named=is_named)
        for other in chain.sides[1:]:  # P(π₂) = P(π₃) = 0.5 answers both
            also = self._id_of(other.text) if other.typed is None else None
            fits = also and self.evidence.comes_to(also, chain.numeric[-1].number)
            if also and fits and also not in self.claims:
                self._claim(also, item, is_named=is_named)

    def _is_part_on_the_way(self, id: str, chain: Chain) -> bool:
        """Whether a chain comes out, and has the other sign of a step: ln 0.7 = −0.3567 is true, and
        who writes the minus later has made no slip."""
        if len(chain.numeric) < 2 or any(each.verdict == "wrong" for each in equalities_in(chain)):
            return False
        value, ours = _cell_of(chain).value, self.solution.values[id]
        return bool(value) and is_one_number(value and -value, ours)

    def _claim(self, id: str, item: Item, *, is_named: bool) -> None:
        if id in self.evidence.not_shifted and self.evidence.is_not_shifted(item.chain, id):
            self.unmatched.append(item)
            return
        evidence = self.evidence.of(id, item.chain)
        if item.chain.in_prose and not evidence and id in self.claims:
            return
        is_plain = not item.chain.in_prose and not item.line.cells
        cell = _cell_of(item.chain)
        if self.steps[id].is_known and is_one_number(cell.value, self.solution.values[id]):
            return  # as the worksheet tells it
        says_so = is_named and is_plain
        claim = _Claim(item, cell, (says_so, evidence, is_plain, cell.working is not None))
        before = self.claims.get(id)
        if before is not None:
            is_same_number = is_one_number(before.cell.value, claim.cell.value)
            if not is_same_number and self._is_below_the_answer(id, before, item):
                self._claim(id, item, is_named=is_named)
                return
            if claim.strength < before.strength or (is_same_number and before.cell.working):
                if not is_same_number and says_so:
                    self._tell_other(id, item, before.item)
                return
            # What a named line has the other sign of was a part on the way: the logarithm, and its minus.
            is_part = says_so and not before.strength[0] and _is_minus(before.cell, cell)
            is_told = before.strength[2] and not (is_same_number or is_part)
            if is_told and item.replaces(before.item):
                self._tell_other(id, before.item, item)
        self.claims[id] = claim
        self.last = max(self.last, self.places[id])
        if claim.cell.value is not None:
            self.evidence.theirs[id] = claim.cell.value

    def _is_below_the_answer(self, id: str, before: _Claim, item: Item) -> bool:
        """Whether what has the name of the loss is the sum, or else the step that the loss is made of,
        since another line has such a name, too: squared error = 2.33, mean squared error = 0.5825.
        It is then moved there."""
        if id not in self.solution.answer_ids or item.chain.names == before.item.chain.names:
            return False
        nodes = nodes_in(self.steps[id].quantity.definition)
        for each in (node for node in nodes if isinstance(node, Quantity)):
            is_free = each.id in self.steps and each.id not in self.claims
            if is_free and is_one_number(before.cell.value, self.solution.values[each.id]):
                self.claims[each.id] = self.claims.pop(id)
                return True
        return False

    def _tell_other(self, id: str, item: Item, marked: Item) -> None:
        number = item.chain.numeric[-1].text
        which = f"that of {marked.line.place} is marked"
        self._note(item.line, f"{number} is another number for {id}; {which}.")

    def _note(self, line: Line, text: str) -> None:
        self.notes.setdefault(line.place, []).append(_at(line, text))

    def _named(self, item: Item) -> str | None:
        """The step that a chain names; a letter that does not fit its own step is another's that begins
        with it and is clearly worked out: o the output, and the output gate."""
        names = item.names_with_place
        if item.line.cells:
            # A column of losses has one a row: of none of them it is said which step it is.
            names = [each for each in names if not self._is_loss(each)]
        id = self._first_of(item.line.tags, names)
        if id and id not in item.line.tags and not self.evidence.of(id, item.chain):
            clearly = [
                each
                for each in self._short_for(item)
                if self.evidence.of(each, item.chain) > 1 or self.evidence.shows(each, item.chain)
            ]
            clearly += [*self._sums_beside(id, item, names), *self._losses_of_one(id, item)]
            number = _cell_of(item.chain).value
            for text in self.names.for_number(names[0], (id,), number)[1] if not clearly else ():
                self._note(item.line, text)
            return next(iter(item.fitting(clearly)), id)
        return id

    def _losses_of_one(self, id: str, item: Item) -> Iterator[str]:
        """The loss of the time step or observation that is named above or before a chain, which is only
        called the loss."""
        if id not in self.solution.answer_ids:
            return
        above = f"{item.heading.text} {item.chain.label}"
        for index in _COUNTED.findall(above):
            for name in item.chain.names:
                own = self._id_of(f"{name}_{index}")
                if own and (own not in self.claims or self.evidence.of(own, item.chain)):
                    yield own

    def _sums_beside(self, id: str, item: Item, names: Iterable[str]) -> Iterator[str]:
        """Other sums than the one of all, that a chain is of which is only called a sum: those it shows, and
        the one that has the number that stands above it."""
        if id != "sum" or ("sum",) not in map(parts_of, map(str.casefold, names)):
            return
        answers = self.solution.answer_ids
        sums = [
            each
            for each, step in self.steps.items()
            if isinstance(step.quantity.definition, Sum) and each not in (id, *answers)
        ]
        yield from (each for each in sums if self.evidence.shows(each, item.chain))
        above = [each for each in item.fitting(sums) if item.heading.index]
        if len(above) == 1 and above[0] not in self.claims:
            yield from above

    def _short_for(self, item: Item) -> Iterator[str]:
        """The steps for which a chain's name may be another, with the same index, and that the chain
        fits: those that begin with its letter, and those that books call so."""
        for name in item.names_with_place:
            parts = parts_of(name)
            ids = dict.fromkeys([*self.names.in_books(name), *self._with_letter.get(parts, ())])
            yield from (id for id in ids if self.evidence.of(id, item.chain))

    @cached_property
    def _with_letter(self) -> Mapping[Parts, Iterable[str]]:
        """The steps by the first letter of their id or symbol, large or small, and their index; but for
        what is the symbol of one."""
        found: dict[Parts, dict[str, None]] = {}
        symbols = {id: PLAIN.symbol(step.quantity.symbol) for id, step in self.steps.items()}
        for id, symbol in symbols.items():
            numbers = tuple(filter(str.isdecimal, id.split(".")))
            for letter in {id[0], symbol[0], id[0].upper(), symbol[0].upper()}:
                for index in (parts_of(symbol)[1:], numbers):
                    found.setdefault((*parts_of(letter), *index), {})[id] = None
        for whole in map(parts_of, symbols.values()):
            found.pop(whole, None)
        return found

    def _is_loss(self, name: str) -> bool:
        """Whether a name is that of the loss and the number of a row."""
        symbols = {PLAIN.symbol(self.steps[id].quantity.symbol) for id in self.solution.answer_ids}
        head, of_row = re.subn(r"[_ ]\d+$", "", name)
        return bool(of_row) and head in symbols | {"loss"}

    def _named_before(self, item: Item) -> str | None:
        """The step that is named by the label of a chain or, if it has no name, by the heading above
        it."""
        if id := self._first_of((), titles(item.chain.label)):
            return id
        heading = item.heading if not item.chain.names else Heading()
        tags = heading.tags if len(heading.tags) == 1 else ()
        return self._first_of(tags, titles(heading.text))

    def _first_of(self, tags: Sequence[str], names: Sequence[str]) -> str | None:
        """The step of the first id or name that stands for one."""
        found = [tag for tag in tags if tag in self.steps]
        return next(iter(found), None) or next(filter(None, map(self._id_of, names)), None)

    def _id_of(self, name: str) -> str | None:
        """The one step that a name stands for."""
        ids = self.meant[name] if name in self.meant else self.names.ids(name)
        return ids[0] if len(ids) == 1 else None

    # --- by what it works out ---

    def _unnamed(self, item: Item) -> tuple[str | None, int]:
        """The step that a chain works out, the likeliest; and how much speaks for it."""
        found = {id: self.evidence.of(id, item.chain) for id in self.steps}
        has_name = item.chain.in_prose or item.chain.names
        least = 3 if has_name else 2 if len(item.chain.sides) > 1 else 1
        most = max(found.values(), default=0)
        if most < least:
            return (self._shown(item), 1) if item.chain.names else (None, 0)
        ids = item.fitting([id for id, evidence in found.items() if evidence == most])
        free = [id for id in ids if id not in self.claims]
        later = [id for id in free if self.places[id] > self.last]
        return (later or free or ids)[0], most

    def _shown(self, item: Item) -> str | None:
        """The one step whose value a chain under another name shows: total = 1.8152."""
        ids = [id for id in self.steps if self.evidence.shows(id, item.chain)]
        copies = {copied(self.steps[id].quantity.definition) for id in ids}
        short = [*self._short_for(item), *self._of_several(item)]
        ids = [id for id in short if id in ids] or [id for id in ids if id not in copies]
        ids = [*item.fitting(ids or (short if item.is_numbered else []))]
        if len(ids) > 1 and {"mean", "loss"} & {*parts_of(item.chain.names[0].casefold())}:
            ids = [id for id in ids if id in self.solution.answer_ids]
        return ids[0] if len(ids) == 1 else None

    def _of_several(self, item: Item) -> list[str]:
        """Of the steps that a name can stand for, the last that the chain fits."""
        found = (self.meant.get(name, ()) for name in item.names)
        several = next((ids for ids in found if 1 < len(ids) <= _MOST_MEANT), ())
        return [id for id in several if self.evidence.of(id, item.chain)][-1:]

    def _place_as_others(self) -> None:
        """Lines whose name can stand for several steps, of which others with such a name tell the kind: step
        3 is hinge 3, if step 1 and step 2 are hinges."""
        for item in [*self.unmatched]:
            several = ((name, self.meant.get(name, ())) for name in item.own_names)
            name, ids = next(((name, ids) for name, ids in several if len(ids) > 1), ("", ()))
            words = words_of(parts_of(name))
            kinds = {
                _kind_of(id)
                for id, claim in self.claims.items()
                if any(words_of(parts_of(each)) == words for each in claim.item.own_names)
            }
            fitting = [id for id in ids if {_kind_of(id)} == kinds and id not in self.claims]
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
            numbers = [_cell_of(item.chain).value for item in items]
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
                number = item.chain.numeric[-1].text
                if item in left and not item.chain.vector:
                    text = f"{number} is taken for {id}, by its place among the other numbers."
                    self._note(item.line, text)
            if vector := items[0].chain.vector:
                self._note(items[0].line, f"{vector} is taken for {ids[0]} to {ids[-1]}.")

    def _run_of(self, item: Item) -> object:
        """What a number without a name is listed with; nothing where it has one."""
        chain = item.chain
        if (
            chain.in_prose
            or item.line.cells
            or chain.names
            or chain.label
            or self._named_before(item)
        ):
            return None
        return chain.vector or item.heading

    def _in_order(
        self, items: Sequence[Item], numbers: Sequence[Decimal], own: Collection[str]
    ) -> list[str] | None:
        """The steps of a list in their order, if it is one: their own numbers, or what is worked from
        those before them in the list."""
        free = [id for id, step in self.steps.items() if id in own or id not in self.claims]
        free = [id for id in free if not (self.steps[id].only_in_full or self.steps[id].is_known)]
        kinds = [[*ids] for _, ids in groupby(sorted(free, key=_kind_of), key=_kind_of)]
        kinds.sort(key=lambda ids: self.places[ids[0]])

        def fits(ids: Sequence[str], n: int) -> bool:
            if self._is_part_on_the_way(ids[n], items[n].chain):
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
            number = chain.numeric[-1].text
            text = f"{number} is taken for {id}: it is the last number, and has no name."
            self._note(last.line, text)

    # --- lists and tables ---

    def _placed_together(self, items: Sequence[Item]) -> list[Item]:
        """Of the numbers of a list or a table, those that are to be placed one by one: those whose
        names are known; and those by which no column, no row, and not all of it, is steps of a kind."""
        cells = [item for item in items if item.chain.place or item.chain.at]
        cells = [item for item in cells if not (item.chain.in_prose or self._is_of_all(item))]
        rows = [[*row] for _, row in groupby(cells, key=_row_of)]
        columns: dict[object, list[Item]] = {}
        for item in cells:
            columns.setdefault((item.chain.place or item.chain.at)[-1], []).append(item)
        placed: set[int] = set()
        for some in (rows, *([each] for each in (*columns.values(), *rows))):
            numbers = [item for row in some for item in row]
            is_free = placed.isdisjoint(map(id, numbers)) and not all(map(self._named, numbers))
            if is_free and self._place_rows(some):
                placed |= {*map(id, numbers)}
        lists = (row for row in rows if row[0].chain.vector and id(row[0]) not in placed)
        for row in lists:
            if not all(map(self._named, row)) and self._is_placed_by_name(row):
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
        id = self._id_of(row) if len(row) > 1 else None
        is_alone = sum(map(bool, item.line.cells[1:])) == 1
        is_of_all = not _OF_ALL.isdisjoint(parts_of(row.casefold()))
        return id is not None and (is_of_all or (is_alone and id in self.solution.answer_ids))

    def _place_rows(self, rows: Sequence[Sequence[Item]]) -> bool:
        """Place numbers as those of steps of one kind, if they are, and if not all are given."""
        items = [item for row in rows for item in row]
        found = [[_cell_of(item.chain).value for item in row] for row in rows]
        numbers = [[each for each in row if each is not None] for row in found]
        known = [each for row in numbers for each in row]
        if len(known) < len(items) or self._numbers.issuperset(known):
            return False
        place = items[0].chain.place or ("", "")
        name = place[0] if len({item.line.number for item in items}) == 1 else place[1]
        named = [self._id_of(f"{name}_{n}") for n in range(1, len(items) + 1)]
        ids = self._families.fitting(numbers, self.claims, named)
        for id, item in zip(ids or (), items if ids else (), strict=True):
            self._claim(id, item, is_named=False)
        return ids is not None

    @cached_property
    def _families(self) -> Families:
        return Families(self.steps, self.evidence.comes_near)

    def _with_places(self, line: Line) -> Line:
        """A line that says which state or tag is at a place, with its number: ψ₂(Rainy) = Sunny; or
        with those of the whole best path."""
        if line.cells:
            return line
        is_short = len(line.text) <= _LONGEST_PATH and "best.1" in self.steps
        if is_short and (found := _PATH.fullmatch(line.text)):
            return self._with_path(line, found[1], found[2] or "")
        name, labels = (*re.split("[=:]", line.text, maxsplit=1), "")[:2]
        place = self.names.place_of(labels, self.names.ids(name)) if labels.strip() else None
        return replace(line, text=f"{name}= {place}") if place else line

    def _with_path(self, line: Line, written: str, rest: str) -> Line:
        """A line with the numbers of the states or tags of the best path; it is told if they are too
        few or too many."""
        count = sum(re.fullmatch(r"best\.\d+", id) is not None for id in self.steps)
        ids = [f"best.{n}" for n in range(1, count + 1)]
        labels = re.findall(r"\w+", written)
        if len(labels) == 1 < len(ids) and self.names.place_of(written, ids) is None:
            labels = [*labels[0]]
        places = [self.names.place_of(label, ids) for label in labels]
        if not places or None in places:
            return line
        if len(ids) != len(places):
            text = f"the path has {len(ids)} states, and here are {len(places)}: it is not marked."
            self._note(line, text)
            return replace(line, text=rest)
        pairs = (f"{id} = {place}" for id, place in zip(ids, places, strict=True))
        return replace(line, text="; ".join([*pairs, rest]))

    # --- given numbers ---

    def _is_given(self, chain: Chain) -> bool:
        """Whether a chain only says what the problem gives; if it says something else, that is told."""
        if self._is_given_cell(chain):
            return True
        for name in () if _POWER.search("".join(chain.names[:1])) else chain.names[:1]:
            if self._is_one_given(name, chain.numeric[-1].number):
                return True
            quantity = self._given.get(parts_of(name))
            if quantity is None or self._id_of(name) is not None:
                continue
            value, number = self.solution.values[quantity.id], chain.numeric[-1].number
            if number is None or (quantity.id in self.told and number != value):
                return False
            if number != value and not chain.in_prose:
                text = f"{PLAIN.symbol(quantity.symbol)} = {PLAIN.number(number)}" if chain.vector else chain.text  # fmt: skip
                gives = f"the problem gives {PLAIN.number(value)}"
                self._note(chain.line, f"{text}: {gives}{self.names.worked_instead(name)}.")
            self.told.add(quantity.id)
            return True
        return False

    def _is_one_given(self, name: str, number: object) -> bool:
        """Whether a letter is that of given numbers, of which one is this: y = 1."""
        letter = parts_of(name)
        found = (each for parts, each in self._given.items() if parts[:1] == letter)
        is_one = any(self.solution.values[each.id] == number for each in found)
        return is_one and self._id_of(name) is None

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
    def _numbers(self) -> frozenset[object]:
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
            _at(item.line, f"not matched: {_cut(text)}{self._why(item)}")
            for item in once.values()
            for text in ["  ".join(item.line.cells) or item.chain.text]
        )

    def _is_worth_telling(self, item: Item) -> bool:
        """Whether a chain has numbers that somebody would look for: not a sentence, nor what is given in
        the cell of a table, nor a whole number alone, which may be that of a page."""
        chain = item.chain
        is_whole = len(chain.sides) == 1 and chain.sides[0].text.isdecimal()
        if chain.line.cells and not chain.vector:
            return not (chain.in_prose or chain.numeric[-1].number in self._numbers)
        return not chain.in_prose and (bool(chain.names or chain.vector) or not is_whole)

    def _why(self, item: Item) -> str:
        """Why a chain is matched with nothing, if there is something to say of it."""
        if item.chain.vector in self.reasons:
            return self.reasons[item.chain.vector]
        if self.evidence.is_not_shifted(item.chain):
            return "; we take the largest logit from each first, with which the softmax is the same"
        return why_unmatched(item, self.names)


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


def _kind_of(id: str) -> str:
    """What an id has before its numbers."""
    return re.sub(r"(?:\.\d+)+$", "", id)


def _cut(text: str) -> str:
    return text if len(text) <= 80 else f"{text[:79]}…"


def _block_of(item: Item) -> object:
    """What is placed with an item as a whole: the list, or the table, of which it is a number."""
    line = item.line
    return (line.place, item.chain.vector) if item.chain.vector else id(line.head if line.cells else item)  # fmt: skip


def _row_of(item: Item) -> object:
    return item.line.place, item.chain.at[:-1]


def _squeezed(text: str) -> str:
    """The letters and digits of a text, however it is typeset."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKD", text.casefold())))


def _is_minus(one: Cell, other: Cell) -> bool:
    """Whether one number is minus the other, or that rounded."""
    return one.value is not None and is_one_number(one.value.copy_negate(), other.value)


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
    return replace(cell, written=last.text, note=cell.note or note)


def _logarithm_of(chain: Chain) -> tuple[str, str]:
    """What is meant by ``log`` in a chain, and what to say of it."""
    if not any(side.has_log for side in chain.numeric):
        return "ln", ""
    for equality in equalities_in(chain):
        if equality.logarithm and equality.verdict != "wrong":
            return equality.logarithm, f"log is taken as {PLAIN.function(equality.logarithm)}."
    return "ln", "log is taken as ln."
