"""What on a sheet is not of the person: the numbers that the problem gives, and the sentences of the
worksheet.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Final

from lossclass.arithmetic.expression import Quantity, Role
from lossclass.arithmetic.notation import PLAIN
from lossclass.blocks import Paragraph, Remark
from lossclass.hand_in.lines import Line
from lossclass.hand_in.names import Names
from lossclass.hand_in.sides import Chain
from lossclass.hand_in.spelling import Parts, parts_of

#: What makes of a name something that is worked out.
_POWER: Final = re.compile(r"[\^²³‖]|\|\|")
#: So much of a sentence tells whose it is.
_SHORTEST_OF_OURS: Final = 20


class Given:
    """What a problem and its worksheet say.

    Args:
        names: those of the steps of the solution.
        id_of: the one step that a name stands for, if it does.
        note: says something of a line.
    """

    def __init__(
        self,
        names: Names,
        id_of: Callable[[str], str | None],
        note: Callable[[Line, str], None],
    ) -> None:
        self.names, self.solution, self.id_of, self.note = names, names.solution, id_of, note
        #: The given numbers that were written down.
        self.told: set[str] = set()

    def holds(self, chain: Chain) -> bool:
        """Whether a chain only says what the problem gives; if it says something else, that is told."""
        if self.is_cell(chain):
            return True
        for name in () if _POWER.search("".join(chain.names[:1])) else chain.names[:1]:
            if self._is_one_given(name, chain.last.number):
                return True
            quantity = self._given.get(parts_of(name))
            if quantity is None or self.id_of(name) is not None:
                continue
            value, number = self.solution.values[quantity.id], chain.last.number
            if number is None or (quantity.id in self.told and number != value):
                return False
            if number != value and not chain.in_prose:
                text = f"{PLAIN.symbol(quantity.symbol)} = {PLAIN.number(number)}" if chain.vector else chain.text  # fmt: skip
                gives = f"the problem gives {PLAIN.number(value)}"
                self.note(chain.line, f"{text}: {gives}{self.names.worked_instead(name)}.")
            self.told.add(quantity.id)
            return True
        return False

    def _is_one_given(self, name: str, number: object) -> bool:
        """Whether a letter is that of given numbers, of which one is this: y = 1."""
        letter = parts_of(name)
        found = (each for parts, each in self._given.items() if parts[:1] == letter)
        is_one = any(self.solution.values[each.id] == number for each in found)
        return is_one and self.id_of(name) is None

    def is_cell(self, chain: Chain) -> bool:
        """Whether a cell of a table is what the problem gives for what its row names, or its row and
        its column."""
        if not chain.line.cells:
            return False
        first, number = chain.line.cells[0].strip("` "), chain.last.number
        of_both = {*parts_of(chain.names[0])} if first.isdecimal() and chain.names else set()
        return any(
            first in re.split(r"[(),|]", symbol)
            or (len(of_both) > 1 and of_both <= {*parts_of(symbol)})
            for quantity in self._given.values()
            if self.solution.values[quantity.id] == number
            for symbol in [PLAIN.symbol(quantity.symbol)]
        )

    def is_of_the_paper(self, chain: Chain) -> bool:
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
    def numbers(self) -> frozenset[object]:
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


def _squeezed(text: str) -> str:
    """The letters and digits of a text, however it is typeset."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKD", text.casefold())))
