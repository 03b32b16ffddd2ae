"""What a written name stands for among the steps of a solution.

Ids, symbols as they are printed or typed, and titles: ``alpha.2.3``, ``α₂(3)``, ``alpha_2(3)`` and
``alpha(2,3)`` are one step, and so are ``loss``, ``L`` and ``the loss``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from itertools import combinations
from typing import Final

from lossclass.arithmetic.expression import Log, Negative, Quantity, nodes_in
from lossclass.arithmetic.notation import PLAIN
from lossclass.hand_in.called import Called
from lossclass.hand_in.families import kinds_of
from lossclass.hand_in.spelling import (
    WORD,
    Parts,
    parts_and_signs_of,
    parts_of,
    small,
    spelling_of,
    without_hats,
    words_of,
)
from lossclass.marking.written import Written
from lossclass.solution import Solution
from lossclass.suggest import nearest

_MINUS_FIRST: Final = re.compile(r"\s*[-−–]\s*[^\W\d]")
#: ∂L/∂W, as programs call it, and in words.
_GRADIENT: Final = re.compile(
    r"(?:d|∇_?|(?i:the )?(?i:grad|gradient|derivative|ableitung)[ _]"
    r"(?i:(?:of|for|by|wrt|w\.r\.t\.|with respect to|von|nach|the|loss|L) )*+)([^\W\d].{0,20})"
    r"|([^\W\d].{0,20})\.grad"
)
_MINUS_LOGARITHM: Final = re.compile(r"[-−–]\s*(?:ln|log)(?![^\W_])(.+)", re.IGNORECASE)
#: What German, French and Spanish students call what titles have in English.
_SINGULAR: Final = {"losses": "loss", "loss": "loss", "cross": "cross"}
_SHORTEST_PLURAL: Final = 3
_MOST_NAMED: Final = 4
#: No name has more numbers.
_MOST_INDICES: Final = 3
#: Longer calculations are not worked once more to find a step.
_MOST_STEPS: Final = 4_000


@dataclass(frozen=True, eq=False)
class Names:
    """The names that the steps of a solution go by."""

    solution: Solution

    @classmethod
    def of(cls, solution: Solution) -> Names:
        """The names of a solution, made once for all that is handed in for it, in an exam with others."""
        kept = next((each for each in _KEPT if each.solution is solution), None)
        if kept is None:
            _KEPT[:] = [kept := cls(solution), *_KEPT[: _MOST_KEPT - 1]]
        return kept

    def ids(self, written: str) -> tuple[str, ...]:
        """The ids of the steps that a name can stand for: one, none, or several. A hat counts where
        there is one with it."""
        if written in self._called.symbols:
            return (written,)
        if found := self._of_minus_logarithm(written):
            return found
        if _MINUS_FIRST.match(written):  # which is not the step without it
            return self._of_formula(written)
        parts = parts_of(written)
        without = without_hats(parts)
        if found := self.of_parts(parts) or self.of_parts(without) or self._of_formula(written):
            return found
        of = _GRADIENT.fullmatch(written.strip())
        return self.of_parts(parts_of(f"∂L/∂{of[1] or of[2]}")) if of else ()

    def kinds(self, name: str) -> Iterator[Sequence[str]]:
        """The steps of each kind that a name with their numbers stands for: of A, A₁,₁ and the others."""
        for kind in kinds_of(self._called.symbols).values():
            written = ((f"{name}_{'_'.join(map(str, index))}", id) for index, id in kind.items())
            if () not in kind and all(self.ids(each) == (id,) for each, id in written):
                yield [*kind.values()]

    def _of_formula(self, written: str) -> tuple[str, ...]:
        """The step that is worked out by a formula, or that has in its title what is spelt."""
        spelt = self._called.spelt.get(spelling_of(written), ())
        return (*spelt, *self._called.formulas.get(parts_and_signs_of(written), ()))

    def _of_minus_logarithm(self, written: str) -> tuple[str, ...]:
        """The loss, where a name says how it is defined: -ln p."""
        inside = _MINUS_LOGARITHM.match(written.strip())
        ids = self.ids(inside[1]) if inside else ()
        if not ids:
            return ()
        found = []
        for id in self.solution.answer_ids:
            *outer, last = nodes_in(self.solution.step(id).quantity.definition)
            is_minus_logarithm = [*map(type, outer)] == [Negative, Log]
            if is_minus_logarithm and isinstance(last, Quantity) and last.id in ids:
                found.append(id)
        return tuple(found)

    def of_parts(self, parts: Parts) -> tuple[str, ...]:
        """The ids of the steps whose name has these parts; what is written alike goes before what
        is written large for small, or is only a piece of a title."""
        if parts not in self._found:
            self._found[parts] = self._looked_for(parts)
        return self._found[parts]

    @cached_property
    def _called(self) -> Called:
        return Called(self.solution)

    @cached_property
    def _found(self) -> dict[Parts, tuple[str, ...]]:
        """What was looked for already: working has the same names again and again."""
        return {}

    def _looked_for(self, parts: Parts) -> tuple[str, ...]:
        if not parts:
            return ()
        if found := self._called.ids(parts):
            return tuple(found)
        plain = small(parts)
        named = (
            ids
            for name, ids in self._called.of_kind["small"].items()
            if _is_short(plain, name if plain[0] != "∂" else without_hats(name))
        )
        short = {id: None for ids in named for id in ids}
        if len(short) == 1:
            return tuple(short)
        if len(plain) == 2 and plain[0] in self._called.of_terms and plain[1].isdecimal():
            return self.of_parts(("l", plain[1]))
        one = tuple(_SINGULAR.get(part, part.removesuffix("s")) for part in plain)
        if one != plain and len(plain[0]) > _SHORTEST_PLURAL:
            return self.of_parts(one)
        # Letters and numbers say nothing in "The sum over i" and "The derivative by aₒ,₁".
        if not any(map(WORD.fullmatch, plain)):
            return ()
        return tuple(
            id
            for id, title in self._titles.items()
            if plain in zip(*(title[n:] for n in range(len(plain))), strict=False)
        )

    def why_none(self, written: str, before: str = "") -> str:
        """What there is to say of a name that does not stand for one step; ``before`` stands before all
        names, as the number of a problem does."""
        if several := self.ids(written):
            named = " or ".join(repr(before + id) for id in several[:_MOST_NAMED])
            more = len(several) - _MOST_NAMED
            return f"this can be {named}{f' or {more} others' if more > 0 else ''}: give the id"
        if option := self.option_for(written):
            return f"there is no such step without {option}: give this option, too"
        near = nearest(written, self._called.symbols)
        hint = (
            f"did you mean {before + near!r}?" if near else "'lossclass solve' shows the steps' ids"
        )
        return f"there is no such step; {hint}"

    def why_unmatched(self, written: str) -> str:
        """Why a line of working with a name is none of a step, to be put behind it; nothing if there is
        no more to say."""
        several, minus = self.ids(written), _MINUS_FIRST.match(written)
        if len(several) > 1:
            return f"; {self.why_none(written)}"
        if several:
            return ""
        if self._is_no_alignment(spelling_of(written)):
            return "; this alignment is none of those that the problem counts"
        if minus and len(ids := self.ids(written[minus.end() - 1 :])) == 1:
            return f"; {ids[0]} is this without the minus"
        # A letter with a number can be of anything, and is no reason to think of an option.
        if len(parts_of(written)) > 2 and (option := self.option_for(written)):
            return f"; this is a step with {option}: give this option, too"
        return ""

    def option_for(self, written: str) -> str:
        """The option with which there is a step of a name; '' if there is none."""
        options = (option for option, other in self._others.items() if other.ids(written))
        return next(options, "")

    def worked_instead(self, given: str) -> str:
        """What to say of another number for something that the problem gives: which step has the
        same name with a prime, or with an option, as the new π has, π′; nothing if there is none."""
        ways = {"": (self, self.ids(f"{given}′"))}
        ways |= {option: (other, other.ids(given)) for option, other in self._others.items()}
        for option, (names, ids) in ways.items():
            symbols = [names.solution.step(id).quantity.symbol for id in ids]
            if len(symbols) == 1 and not symbols[0].by:
                symbol = PLAIN.symbol(symbols[0])
                if not option:
                    return f"; what is worked out is {symbol}"
                return (
                    f"; {symbol} is worked out with {option}: if it is meant, give this option, too"
                )
        return ""

    def _is_no_alignment(self, spelt: str) -> bool:
        """Whether something is spelt as the alignments of the problem are, and is none of them."""
        alignments = [
            each for each, ids in self._called.spelt.items() if ids[0].startswith("alignment.")
        ]
        letters = {*"".join(alignments)}
        has_blank = not spelt.isalnum() and any(map(str.isalnum, spelt))
        return has_blank and {*spelt} <= letters and spelt not in alignments

    @cached_property
    def _others(self) -> Mapping[str, Names]:
        """The names with one option more."""
        if len(self.solution.calculation) > _MOST_STEPS:
            return {}
        return {option: Names(other) for option, other in self.solution.others().items()}

    def in_books(self, written: str) -> tuple[str, ...]:
        """The steps that many books call so, and we do not: oₜ is the output gate of an LSTM."""
        return tuple(self._called.of_kind["in books"].get(small(parts_of(written)), ()))

    def for_number(
        self, written: str, ids: tuple[str, ...], number: Decimal | None
    ) -> tuple[tuple[str, ...], list[str]]:
        """The steps that a name stands for with a number behind it: of one that books call so, and
        another here, that of which it is; and what there is to say of it."""
        books = [id for id in self.in_books(written) if id not in ids]
        if number is None or not books or len(ids) != 1:
            return ids, []
        of = [id for id in (*ids, *books) if Written(number).stands_for(self.solution.values[id])]
        id = (of or ids)[0]
        other = f"; {books[0]!r} is what many books call so" if id in ids else ", as in many books"
        return (id,), [f"{written!r} is taken for {id!r}{other}."] if of[:1] != [*ids] else []

    @cached_property
    def _titles(self) -> Mapping[str, Parts]:
        return {step.id: small(parts_of(step.title)) for step in self.solution.steps}


#: Names of the solutions that were asked for last: of the tasks of an exam, each sheet asks for all.
_MOST_KEPT: Final = 20
_KEPT: Final[list[Names]] = []


def _is_short(parts: Parts, name: Parts) -> bool:
    """Whether parts are those of a name without its numbers, as in o for o₃, or with its labels
    shortened: α₂(R) is α₂(Rainy)."""
    if len(parts) != len(name):
        return parts == tuple(part for part in name if not part.isdecimal())
    return len(parts) > 1 and all(
        one == other or (one.isalpha() and other.startswith(one) and (n > 0 or len(one) > 2))
        for n, (one, other) in enumerate(zip(parts, name, strict=True))
    )


def counted_from_1(written: Iterable[str]) -> Iterator[dict[str, Parts]]:
    """Names that have the same words, some of them counted from 0, with the numbers that they have from
    1: all numbers are one more that are 0 in one of them; or some of these, as the number of labels
    that are out counts from 0 beside a time step that does not."""
    alike: dict[Parts, dict[str, Parts]] = {}
    for name in written:
        parts = parts_of(name)
        alike.setdefault(words_of(parts), {})[name] = parts
    for names in alike.values():
        zeros = sorted({n for each in names.values() for n, part in enumerate(each) if part == "0"})
        for count in range(min(len(zeros), _MOST_INDICES), 0, -1):
            for chosen in combinations(zeros, count):
                yield {
                    name: tuple(
                        str(int(part) + 1) if n in chosen else part for n, part in enumerate(each)
                    )
                    for name, each in names.items()
                }
