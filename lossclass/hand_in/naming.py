"""Which step a line names: by its id, its symbol, its title or the heading above it; and of which a name
may be meant that is another's, or stands for several.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Final

from lossclass.arithmetic.expression import Negative, Sum, quantities_in, stands_alone
from lossclass.arithmetic.notation import PLAIN
from lossclass.hand_in.evidence import Evidence
from lossclass.hand_in.items import Heading, Item, titles
from lossclass.hand_in.lines import Line
from lossclass.hand_in.names import Names
from lossclass.hand_in.spelling import Parts, parts_of
from lossclass.hand_in.words import WORDS

#: A name that can stand for more steps says nothing.
_MOST_MEANT: Final = 4
#: What a line is of that is not about the whole.
_COUNTED: Final = re.compile(
    rf"\b(?:{'|'.join(WORDS['counted'])})\W{{0,3}}(\d{{1,3}})\b", re.IGNORECASE
)


class Naming:
    """What the lines of one person call the steps of a solution.

    Args:
        claims: by id, what is written so far for each step.
        note: says something of a line.
    """

    def __init__(
        self,
        names: Names,
        evidence: Evidence,
        claims: Mapping[str, object],
        note: Callable[[Line, str], None],
    ) -> None:
        self.names, self.evidence, self.claims, self.note = names, evidence, claims, note
        self.solution = names.solution
        #: The steps that names can stand for of which that was found out together.
        self.meant: Mapping[str, tuple[str, ...]] = {}
        self.steps = {step.id: step for step in self.solution.steps}

    def step_of(self, item: Item) -> str | None:
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
            number = item.cell.value
            for text in self.names.for_number(names[0], (id,), number)[1] if not clearly else ():
                self.note(item.line, text)
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
                own = self.id_of(f"{name}_{index}")
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
        above = [
            each for each in item.fitting(sums) if item.heading.index and self._adds_steps(each)
        ]
        if len(above) == 1 and above[0] not in self.claims:
            yield from above

    def _adds_steps(self, id: str) -> bool:
        """Whether a step is what people call a sum: of steps, and no difference of given numbers."""
        return not any(
            isinstance(each, Negative)
            or self.steps.keys().isdisjoint(q.id for q in quantities_in(each))
            for each in self.steps[id].quantity.definition.operands
        )

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
                for index in (parts_of(symbol)[1:], numbers, ("".join(numbers),)):
                    found.setdefault((*parts_of(letter), *index), {})[id] = None
        for whole in map(parts_of, symbols.values()):
            found.pop(whole, None)
        return found

    def _is_loss(self, name: str) -> bool:
        """Whether a name is that of the loss and the number of a row."""
        symbols = {PLAIN.symbol(self.steps[id].quantity.symbol) for id in self.solution.answer_ids}
        head, of_row = re.subn(r"[_ ]\d+$", "", name)
        return bool(of_row) and head in symbols | {"loss"}

    def before(self, item: Item) -> str | None:
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
        return next(iter(found), None) or next(filter(None, map(self.id_of, names)), None)

    def id_of(self, name: str) -> str | None:
        """The one step that a name stands for."""
        ids = self.meant[name] if name in self.meant else self.names.ids(name)
        return ids[0] if len(ids) == 1 else None

    def shown(self, item: Item) -> str | None:
        """The one step whose value a chain under another name shows: total = 1.8152."""
        ids = [id for id in self.steps if self.evidence.shows(id, item.chain)]
        copies = {*map(self.copied, ids)}
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

    def copied(self, id: str) -> str:
        """The id of the step that a step is, where it is a sum that is divided by nothing."""
        of = stands_alone(self.steps[id].quantity.definition)
        return of.id if of else ""
