"""What the steps of a solution are called: by their ids, by their symbols as they are printed or typed,
and by all that people and books write for these.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import cached_property
from typing import Final

from lossclass.arithmetic.expression import (
    Expression,
    Max,
    Negative,
    Product,
    Quantity,
    Quotient,
    Role,
    Sum,
    nodes_in,
    quantities_in,
)
from lossclass.arithmetic.notation import PLAIN, as_number
from lossclass.arithmetic.symbol import Symbol
from lossclass.hand_in.evidence import ways_of
from lossclass.hand_in.spelling import (
    Parts,
    glued,
    parts_and_signs_of,
    parts_of,
    small,
    spelling_of,
    without_hats,
)
from lossclass.hand_in.words import WORDS
from lossclass.solution import Solution

_WORDS_FOR_THE_LOSS: Final = frozenset(tuple(each.split()) for each in WORDS["loss"])
#: The step of which a root mean square is the root.
_MEAN_SQUARE: Final = "mean_square"
#: The letters of many books for steps that have another here.
_IN_BOOKS: Final = {"cell": "c", "output_gate": "o"}
#: Longer formulas are nobody's names.
_LONGEST_FORMULA: Final = 4
#: Longer calculations are not worked once more to find a step.
_MOST_STEPS: Final = 4_000

#: The kinds of names, in the order in which they are looked for, each with what of a name has to be the
#: same.
_KINDS: Final[Mapping[str, Callable[[Parts], Parts]]] = {
    "own": lambda name: name,
    "initial": lambda name: name,
    "small": small,
    "glued": glued,
    "small and glued": lambda name: glued(small(name)),
    "in books": small,
    "of the loss": small,
    "bare": lambda name: name,
    "defined": small,
    "of a part": small,
}
#: Those of which one counts only where no other symbol has it.
_OF_ONE: Final = frozenset({"initial", "bare", "defined"})
#: Kinds of names, names, and ids of steps that have them.
_Names = Iterator[tuple[str, Parts, str]]


class Called:
    """How the steps of a solution are called.

    Attributes:
        symbols: theirs, by id.
        formulas: the steps by their formulas in symbols: R₁ ln π₁, as it stands and with the step in it
            written out; also with one index for all of it, as in R ln π of 1.
        spelt: by what is spelt in their titles, as the alignments are: Alignment 1: H-E-LL-O.
    """

    def __init__(self, solution: Solution) -> None:
        self.solution = solution
        self.symbols = {step.id: step.quantity.symbol for step in solution.steps}
        self._is_short = len(self.symbols) <= _MOST_STEPS

    def ids(self, name: Parts) -> Sequence[str]:
        """The steps that have a name: what is written alike goes before what is written large for small, or
        has another letter in books."""
        found = (self.of_kind[kind].get(same(name)) for kind, same in _KINDS.items())
        return next(filter(None, found), ())

    @cached_property
    def of_kind(self) -> Mapping[str, Mapping[Parts, Sequence[str]]]:
        """Ids by names of each kind."""
        found: dict[str, dict[Parts, dict[str, None]]] = {kind: {} for kind in _KINDS}
        for kind, name, id in (*self._by_symbols(), *self._of_the_loss(), *self._defined()):
            found[kind].setdefault(_KINDS[kind](name), {})[id] = None
        return {
            kind: {
                name: [*ids]
                for name, ids in names.items()
                if kind not in _OF_ONE or len({self.symbols[id] for id in ids}) == 1
            }
            for kind, names in found.items()
        }

    def _by_symbols(self) -> _Names:
        given = (each for each in self.solution.calculation if each.role is Role.GIVEN)
        taken = {small(parts_of(PLAIN.symbol(each.symbol))) for each in given}
        for id, symbol in self.symbols.items():
            written = PLAIN.symbol(symbol)
            for name in (parts_of(id), parts_of(written)):
                yield from (
                    (kind, name, id) for kind in ("own", "small", "glued", "small and glued")
                )
            yield from (("small", name, id) for name in _inner(symbol))
            if "." not in id and written != id[0]:  # D is deletions, and not the distance d
                yield "initial", (id[0].upper(),), id
            for letter in (_IN_BOOKS[word] for word in id.split(".") if word in _IN_BOOKS):
                inner = replace(symbol.by or symbol, letter=letter)
                whole = replace(symbol, by=inner) if symbol.by else inner
                if small(name := parts_of(PLAIN.symbol(whole))) not in taken:
                    yield "in books", name, id
            # s is s(x, y), p is p(l|x), and k₁ is k̂₁
            yield "bare", without_hats(parts_of(PLAIN.symbol(replace(symbol, arguments=())))), id
            if symbol.of:  # without what says of which part of a problem it is
                for text in (id.partition(".")[2], PLAIN.symbol(replace(symbol, of=""))):
                    yield "of a part", parts_of(text), id

    def _of_the_loss(self) -> _Names:
        about, answers = self.solution.about, self.solution.answer_ids
        if len(answers) != 1:
            return
        titles = {small(parts_of(about.loss_title)), small(parts_of(about.loss))}
        titles |= {title[n:] for title in titles for n in range(len(title) - 1)}
        titles |= {(each,) for each in self.of_terms}
        if isinstance(self.solution.step(answers[0]).quantity.definition, Quotient):
            titles |= {("mean",), ("loss", "mean")}
        if about.loss.endswith("cross_entropy") and not any(id[0] == "h" for id in self.symbols):
            titles |= {("h",)}
        if ("error", "rate") in titles:
            titles |= {("wer",), ("cer",)}
        titles |= {(*title, "loss") for title in titles}
        squares: set[Parts] = set()
        if _MEAN_SQUARE in self.symbols:  # and the loss is its root
            squares = titles - _WORDS_FOR_THE_LOSS
            roots = {("rmse",), ("root",), *(("root", *title) for title in squares)}
            titles, squares = titles | roots, squares - roots
        for title in _WORDS_FOR_THE_LOSS | titles:
            yield "of the loss", title, _MEAN_SQUARE if title in squares else answers[0]

    def _defined(self) -> _Names:
        """What a step is of one number, for it: e₁² and ln π₁; and the sum that the loss is of."""
        for step in self.solution.steps if self._is_short else ():
            nodes = [*nodes_in(step.quantity.definition)]
            leaves = [each for each in nodes if isinstance(each, Quantity)]
            if len(leaves) == 1 < len(nodes) and not {Negative, Sum} & {*map(type, nodes)}:
                yield "defined", parts_of(PLAIN.write(nodes[0], _leaf)), step.id
        for id in self.solution.answer_ids[:1]:
            for each in quantities_in(self.solution.step(id).quantity.definition):
                if each.id in self.symbols and isinstance(each.definition, Sum):
                    yield "defined", ("sum",), each.id
        for each in self.solution.calculation:
            if each.id in self.symbols and isinstance(each.definition, Max):
                yield "defined", ("max",), each.id

    @cached_property
    def of_terms(self) -> frozenset[str]:
        """What a term of the loss is called with its number, and the loss without: MSE."""
        short = re.findall(r"\(([A-Z]{2,5})\)", self.solution.about.loss_title)
        return frozenset(("loss", "cost", *map(str.casefold, short)))

    @cached_property
    def spelt(self) -> Mapping[str, Sequence[str]]:
        """What is spelt in titles, as the alignments are: Alignment 1: H-E-LL-O."""
        found: dict[str, list[str]] = {}
        for id, title in ((step.id, step.title) for step in self.solution.steps):
            _, colon, spelt = title.partition(": ")
            if colon:
                found.setdefault(spelling_of(spelt), []).append(id)
        alignments = [each for each, ids in found.items() if ids[0] == "alignment.1"]
        if alignments and "probability" in self.symbols:  # of what it collapses to
            target = re.sub(r"\W|_", "", re.sub(r"(.)\1+", r"\1", alignments[0]))
            found.setdefault(target, []).append("probability")
        return found

    @cached_property
    def formulas(self) -> Mapping[Parts, Sequence[str]]:
        found: dict[Parts, dict[str, None]] = {}
        ends = [self.solution.step(id).quantity.definition for id in self.solution.answer_ids]
        is_negated = any(isinstance(node, Negative) for end in ends for node in nodes_in(end))
        for step in self.solution.steps if self._is_short else ():
            index = [part for part in parts_of(step.id) if part.isdecimal()]
            for definition in ways_of(step, self.solution):
                for formula in _formulas_of(definition, index):
                    found.setdefault(formula, {})[step.id] = None
                    if is_negated and isinstance(definition, Product):  # the minus of the loss
                        found.setdefault(("-", *formula), {})[step.id] = None
        for formula, ids in [*found.items()]:  # A ln π for Â ln π, where nothing else is A ln π
            found.setdefault(without_hats(formula), ids)
        return {formula: [*ids] for formula, ids in found.items()}


def _formulas_of(definition: Expression, index: Sequence[str]) -> Iterator[Parts]:
    """A formula in symbols; and if its quantities have the one index of the step, with that behind all."""
    leaves = [*quantities_in(definition)]
    if not 0 < len(leaves) <= _LONGEST_FORMULA or isinstance(definition, Quantity):
        return
    formula = parts_and_signs_of(PLAIN.write(definition, _leaf))
    yield formula
    bare = [part for part in formula if not part.isdecimal()]
    is_of_one = all([*map(str, leaf.symbol.index)] == index for leaf in leaves)
    if is_of_one and len(formula) - len(bare) == len(leaves) * len(index):
        yield (*bare, *index)


def _leaf(node: Expression) -> Decimal | Symbol:
    return node.symbol if isinstance(node, Quantity) else as_number(node)


def _inner(symbol: Symbol) -> Iterator[Parts]:
    """Of P(π₁), also P₁ and π₁; of Z_log, also ln Z and log Z(x)."""
    letter, *label = parts_of(PLAIN.symbol(symbol))
    if label == ["log"]:
        for name in (("ln", letter), ("log", letter), (f"ln{letter}",), (f"log{letter}",)):
            yield from (name, (*name, "x"))
    for argument in symbol.arguments:
        if isinstance(argument, Symbol) and argument.index:
            yield parts_of(PLAIN.symbol(argument))
            yield parts_of(PLAIN.symbol(replace(symbol, index=argument.index, arguments=())))
