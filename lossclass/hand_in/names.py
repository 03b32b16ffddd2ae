"""What a written name stands for among the steps of a solution.

Ids, symbols as they are printed or typed, and titles: ``alpha.2.3``, ``α₂(3)``, ``alpha_2(3)`` and
``alpha(2,3)`` are one step, and so are ``loss``, ``L`` and ``the loss``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from itertools import combinations
from typing import Final, TypeAlias

from lossclass.arithmetic.expression import (
    Expression,
    Log,
    Max,
    Negative,
    Product,
    Quantity,
    Quotient,
    Role,
    Sum,
    is_place,
    nodes_in,
)
from lossclass.arithmetic.notation import GREEK, PLAIN, PRIME, as_number
from lossclass.arithmetic.symbol import Symbol
from lossclass.hand_in.tex import without_tex
from lossclass.hand_in.ways import ways_of
from lossclass.marking.written import Written
from lossclass.solution import Solution
from lossclass.suggest import nearest

#: The words and the numbers of a name, which say all: brackets, dots and dashes do not.
Parts: TypeAlias = tuple[str, ...]

_LOW: Final = re.compile(r"[⁰¹²³⁴⁵⁶⁷⁸⁹]+|[₀₁₂₃₄₅₆₇₈₉ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ]+")
_PART: Final = re.compile(rf"[0-9]++|[∂{PRIME}]|(?:[^\W\d_∂]\u0302?)++")
_PART_OR_SIGN: Final = re.compile(rf"{_PART.pattern}|[-−–+/]")
_MINUS_FIRST: Final = re.compile(r"\s*[-−–]\s*[^\W\d]")
_MINUS: Final = {"−": "-", "–": "-"}
#: What is spelt in a title, and how its probability is written.
_SPELT: Final = re.compile(r"(?:[Pp]r?\s*\((.+)\)|(.+))")
_CIRCUMFLEX: Final = "\u0302"
_HAT: Final = re.compile(r"(?<![A-Za-z])([A-Za-z])_?(?:hat|\^)(?![A-Za-z])")
_DERIVATIVE: Final = re.compile(r"^d([LlJ])[_/ ]*d(?=\w)")
#: ∂L/∂W, as programs call it, and in words.
_GRADIENT: Final = re.compile(
    r"(?:d|∇_?|(?i:the )?(?i:grad|gradient|derivative|ableitung)[ _]"
    r"(?i:(?:of|for|by|wrt|w\.r\.t\.|with respect to|von|nach|the|loss|L) )*+)([^\W\d].{0,20})"
    r"|([^\W\d].{0,20})\.grad"
)
_MINUS_LOGARITHM: Final = re.compile(r"[-−–]\s*(?:ln|log)(?![^\W_])(.+)", re.IGNORECASE)
#: No name is longer.
_LONGEST: Final = 200
_LETTERS: Final = {**GREEK, "pp": "PPL", "ell": "l", "ℓ": "l", "varepsilon": "ε"}
_WORDS_FOR_NOTHING: Final = frozenset({"the", "of"})
_WORDS_FOR_THE_LOSS: Final = frozenset(
    {
        ("loss",),
        ("l",),
        ("final",),
        ("final", "loss"),
        ("total", "loss"),
        ("answer",),
        ("final", "answer"),
    }
    | {("cost",), ("j",), ("result",), ("final", "result"), ("sum", "loss")}
)
#: The step of which a root mean square is the root.
_MEAN_SQUARE: Final = "mean_square"
#: The letters of many books for steps that have another here.
_IN_BOOKS: Final = {"cell": "c", "output_gate": "o"}
#: Something between bars, and its place: |e|_1. Its parts begin with a word for them.
_BARS: Final = re.compile(r"\|([^|]+)\|([_\d.]*)")
_ABSOLUTE: Final = "absolute"
#: What German, French and Spanish students call what titles have in English.
_SINGULAR: Final = {"losses": "loss", "loss": "loss", "cross": "cross"}
_SHORTEST_PLURAL: Final = 3
_WORD: Final = re.compile(r"[^\W\d_]{3,}")
_ENGLISH: Final = {
    word: english
    for english, words in {
        "loss": "verlust perte pérdida perdida",
        "cost": "kosten coût coste costo",
        "result": "ergebnis résultat resultado",
        "sum": "total summe gesamt somme suma",
        "mean": "average avg mittel mittelwert durchschnitt moyenne media promedio",
        "step": "schritt zeitschritt pas étape paso",
        "alignment": "ausrichtung alignement alineación alineamiento",
        "error": "fehler erreur",
        "perplexity": "perplexität perplexité perplejidad",
        "probability": "wahrscheinlichkeit probabilité probabilidad",
    }.items()
    for word in words.split()
}
_DASHES: Final = str.maketrans("–—−_", "----")
#: The id of a step that has numbers, and what stands before them.
_NUMBERED: Final = re.compile(r"(.+?)(?:\.\d+)+")
_MOST_NAMED: Final = 4
#: Longer formulas are nobody's names.
_LONGEST_FORMULA: Final = 4
#: Longer calculations are not worked once more to find a step.
_MOST_STEPS: Final = 4_000
#: No name has more numbers.
_MOST_INDICES: Final = 3


def parts_of(name: str) -> Parts:
    """The words and numbers of a name, with Greek letters for their names; of |e₁|, also what that is."""
    if bars := _BARS.fullmatch(name):
        return (_ABSOLUTE, *parts_of(bars[1] + bars[2]))
    return _found_in(name, _PART)


def _found_in(name: str, parts: re.Pattern[str]) -> Parts:
    text = _LOW.sub(lambda low: f"_{low.group()}_", without_tex(name[:_LONGEST]).strip())
    if not text.isascii() or " " in text or text.isalpha():
        text = _WORD.sub(lambda word: _ENGLISH.get(word[0].casefold(), word[0]), text)
    text = _DERIVATIVE.sub(r"∂\1/∂", text).replace("'", PRIME)
    text = unicodedata.normalize("NFKD", text)
    text = _HAT.sub("\\1\u0302", text)
    return tuple(
        _LETTERS.get(part.casefold(), _MINUS.get(part, part)) for part in parts.findall(text)
    )


@dataclass(frozen=True, eq=False)
class Names:
    """The names that the steps of a solution go by."""

    solution: Solution

    @classmethod
    def of(cls, solution: Solution) -> Names:
        """The names of a solution, made once for all that is handed in for it."""
        if not _LAST or _LAST[0].solution is not solution:
            _LAST[:] = [cls(solution)]
        return _LAST[0]

    def ids(self, written: str) -> tuple[str, ...]:
        """The ids of the steps that a name can stand for: one, none, or several. A hat counts where
        there is one with it."""
        if written in self._steps:
            return (written,)
        if found := self._of_minus_logarithm(written):
            return found
        if _MINUS_FIRST.match(written):  # which is not the step without it
            return self._of_formula(written)
        parts = parts_of(written)
        without = _without_hats(parts)
        if found := self.of_parts(parts) or self.of_parts(without) or self._of_formula(written):
            return found
        of = _GRADIENT.fullmatch(written.strip())
        return self.of_parts(parts_of(f"∂L/∂{of[1] or of[2]}")) if of else ()

    def kinds(self, name: str) -> Iterator[Sequence[str]]:
        """The steps of each kind that a name with their numbers stands for: of A, A₁,₁ and the others."""
        kinds: dict[str, list[str]] = {}
        for id in self._steps:
            if found := _NUMBERED.fullmatch(id):
                kinds.setdefault(found[1], []).append(id)
        for kind, ids in kinds.items():
            if all(
                self.ids(f"{name}{id.removeprefix(kind).replace('.', '_')}") == (id,) for id in ids
            ):
                yield ids

    def _of_formula(self, written: str) -> tuple[str, ...]:
        """The step that is worked out by a formula, or that has in its title what is spelt."""
        spelt = self._spelt.get(spelling_of(written), ())
        return (*spelt, *self._formulas.get(_found_in(written, _PART_OR_SIGN), ()))

    @cached_property
    def _spelt(self) -> Mapping[str, Sequence[str]]:
        """What is spelt in titles, as the alignments are: Alignment 1: H-E-LL-O."""
        found: dict[str, list[str]] = {}
        for id, title in ((step.id, step.title) for step in self.solution.steps):
            _, colon, spelt = title.partition(": ")
            if colon:
                found.setdefault(spelling_of(spelt), []).append(id)
        alignments = [each for each, ids in found.items() if ids[0] == "alignment.1"]
        if alignments and "probability" in self._steps:  # of what it collapses to
            target = re.sub(r"\W|_", "", re.sub(r"(.)\1+", r"\1", alignments[0]))
            found.setdefault(target, []).append("probability")
        return found

    @cached_property
    def _formulas(self) -> Mapping[Parts, Sequence[str]]:
        """The steps by their formulas in symbols: R₁ ln π₁, as it stands and with the step in it written
        out; also with one index for all of it, as in R ln π of 1."""
        found: dict[Parts, dict[str, None]] = {}
        ends = [self.solution.step(id).quantity.definition for id in self.solution.answer_ids]
        is_negated = any(isinstance(node, Negative) for end in ends for node in nodes_in(end))
        for step in self.solution.steps if len(self._steps) <= _MOST_STEPS else ():
            index = [part for part in parts_of(step.id) if part.isdecimal()]
            for definition in ways_of(step, self.solution):
                for formula in _formulas_of(definition, index):
                    found.setdefault(formula, {})[step.id] = None
                    if is_negated and isinstance(definition, Product):  # the minus of the loss
                        found.setdefault(("-", *formula), {})[step.id] = None
        return {formula: [*ids] for formula, ids in found.items()}

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
    def _found(self) -> dict[Parts, tuple[str, ...]]:
        """What was looked for already: working has the same names again and again."""
        return {}

    def _looked_for(self, parts: Parts) -> tuple[str, ...]:
        if not parts:
            return ()
        small = _small(parts)
        glued = _glued(parts), _glued(small)
        ways = (parts, parts, small, *glued, small, small, parts, small, small)
        for names, wanted in zip(self._tiers, ways, strict=True):
            if found := names.get(wanted):
                return tuple(found)
        named = (
            ids
            for name, ids in self._tiers[2].items()
            if _is_short(small, name if small[0] != "∂" else _without_hats(name))
        )
        short = {id: None for ids in named for id in ids}
        if len(short) == 1:
            return tuple(short)
        if len(small) == 2 and small[0] in self._of_terms and small[1].isdecimal():
            return self.of_parts(("l", small[1]))
        one = tuple(_SINGULAR.get(part, part.removesuffix("s")) for part in small)
        if one != small and len(small[0]) > _SHORTEST_PLURAL:
            return self.of_parts(one)
        # Letters and numbers say nothing in "The sum over i" and "The derivative by aₒ,₁".
        if not any(map(_WORD.fullmatch, small)):
            return ()
        return tuple(id for id, title in self._titles.items() if _is_within(small, title))

    def why_none(self, written: str) -> str:
        """What there is to say of a name that does not stand for one step."""
        if several := self.ids(written):
            named = " or ".join(map(repr, several[:_MOST_NAMED]))
            more = len(several) - _MOST_NAMED
            return f"this can be {named}{f' or {more} others' if more > 0 else ''}: give the id"
        if option := self.option_for(written):
            return f"there is no such step without {option}: give this option, too"
        near = nearest(written, self._steps)
        hint = f"did you mean {near!r}?" if near else "'lossclass solve' shows the steps' ids"
        return f"there is no such step; {hint}"

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

    def is_no_alignment(self, spelt: str) -> bool:
        """Whether something is spelt as the alignments of the problem are, and is none of them."""
        alignments = [each for each, ids in self._spelt.items() if ids[0].startswith("alignment.")]
        letters = {*"".join(alignments)}
        has_blank = not spelt.isalnum() and any(map(str.isalnum, spelt))
        return has_blank and {*spelt} <= letters and spelt not in alignments

    @cached_property
    def _others(self) -> Mapping[str, Names]:
        """The names with one option more."""
        if len(self.solution.calculation) > _MOST_STEPS:
            return {}
        return {option: Names(other) for option, other in self.solution.others().items()}

    @cached_property
    def _steps(self) -> Mapping[str, Symbol]:
        return {step.id: step.quantity.symbol for step in self.solution.steps}

    @cached_property
    def _tiers(self) -> tuple[Mapping[Parts, Iterable[str]], ...]:
        """Ids by the parts of names, in the order in which they are looked for."""
        own: dict[Parts, dict[str, None]] = {}
        small: dict[Parts, dict[str, None]] = {}
        glued: dict[Parts, dict[str, None]] = {}
        small_glued: dict[Parts, dict[str, None]] = {}
        for id, symbol in self._steps.items():
            for name in (parts_of(id), parts_of(PLAIN.symbol(symbol))):
                own.setdefault(name, {})[id] = None
                small.setdefault(_small(name), {})[id] = None
                glued.setdefault(_glued(name), {})[id] = None
                small_glued.setdefault(_glued(_small(name)), {})[id] = None
            for inner in _inner(symbol):
                small.setdefault(_small(inner), {})[id] = None
        loss = self._of_the_loss
        last = loss, self._bare, self._defined, self._of_parts
        return own, self._initials, small, glued, small_glued, self._in_books, *last

    def in_books(self, written: str) -> tuple[str, ...]:
        """The steps that many books call so, and we do not: oₜ is the output gate of an LSTM."""
        return tuple(self._in_books.get(_small(parts_of(written)), ()))

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
    def _in_books(self) -> Mapping[Parts, Iterable[str]]:
        given = (each for each in self.solution.calculation if each.role is Role.GIVEN)
        taken = {_small(parts_of(PLAIN.symbol(each.symbol))) for each in given}
        found: dict[Parts, list[str]] = {}
        for id, symbol in self._steps.items():
            for letter in (_IN_BOOKS[word] for word in id.split(".") if word in _IN_BOOKS):
                inner = replace(symbol.by or symbol, letter=letter)
                whole = replace(symbol, by=inner) if symbol.by else inner
                name = _small(parts_of(PLAIN.symbol(whole)))
                if name not in taken:
                    found.setdefault(name, []).append(id)
        return found

    def place_of(self, label: str, ids: Iterable[str]) -> int | None:
        """The number of a state or tag that is written by its name, where all of the steps with
        these ids are places."""
        steps = [self.solution.step(id) for id in ids]
        if not steps or not all(is_place(step.quantity.definition) for step in steps):
            return None
        label = label.strip(" .,;").casefold()
        short = [n for name, n in self._labels.items() if label and name.startswith(label)]
        return self._labels.get(label) or (short[0] if len(short) == 1 else None)

    @cached_property
    def _labels(self) -> Mapping[str, int]:
        """The states or tags, in their order, with their numbers from 1."""
        labels = {
            argument.casefold(): None
            for symbol in self._steps.values()
            if symbol.index and len(symbol.arguments) == 1
            for argument in symbol.arguments
            if isinstance(argument, str) and not argument.isdecimal()
        }
        return {label: n for n, label in enumerate(labels, start=1)}

    @cached_property
    def _bare(self) -> Mapping[Parts, Iterable[str]]:
        """A letter for the one symbol that has it: s is s(x, y), p is p(l|x), and k₁ is k̂₁."""
        found: dict[Parts, dict[Symbol, list[str]]] = {}
        for id, symbol in self._steps.items():
            bare = parts_of(PLAIN.symbol(replace(symbol, arguments=())))
            name = _without_hats(bare)
            found.setdefault(name, {}).setdefault(symbol, []).append(id)
        alone = {name: symbols for name, symbols in found.items() if len(symbols) == 1}
        return {name: ids for name, symbols in alone.items() for ids in symbols.values()}

    @cached_property
    def _of_parts(self) -> Mapping[Parts, Iterable[str]]:
        """The steps of the parts of a problem, without what says of which part they are."""
        found: dict[Parts, dict[str, None]] = {}
        for id, symbol in self._steps.items():
            if symbol.of:
                for name in (id.partition(".")[2], PLAIN.symbol(replace(symbol, of=""))):
                    found.setdefault(_small(parts_of(name)), {})[id] = None
        return found

    @cached_property
    def _initials(self) -> Mapping[Parts, Iterable[str]]:
        """A capital for the one step that begins with it: D is deletions, and not the distance d."""
        found: dict[Parts, list[str]] = {}
        for id, symbol in self._steps.items():
            if "." not in id and PLAIN.symbol(symbol) != id[0]:
                found.setdefault((id[0].upper(),), []).append(id)
        return {name: ids for name, ids in found.items() if len(ids) == 1}

    @cached_property
    def _of_the_loss(self) -> Mapping[Parts, Iterable[str]]:
        about, answers = self.solution.about, self.solution.answer_ids
        if len(answers) != 1:
            return {}
        titles = {_small(parts_of(about.loss_title)), _small(parts_of(about.loss))}
        titles |= {title[n:] for title in titles for n in range(len(title) - 1)}
        titles |= {(each,) for each in self._of_terms}
        if isinstance(self.solution.step(answers[0]).quantity.definition, Quotient):
            titles |= {("mean",), ("loss", "mean")}
        if about.loss.endswith("cross_entropy") and not any(id[0] == "h" for id in self._steps):
            titles |= {("h",)}
        if ("error", "rate") in titles:
            titles |= {("wer",), ("cer",)}
        titles |= {(*title, "loss") for title in titles}
        found = dict.fromkeys(_WORDS_FOR_THE_LOSS | titles, answers)
        if _MEAN_SQUARE in self._steps:  # and the loss is its root
            squares = titles - _WORDS_FOR_THE_LOSS
            found |= dict.fromkeys(squares, (_MEAN_SQUARE,))
            found |= dict.fromkeys({("root", *title) for title in squares}, answers)
            found |= dict.fromkeys([("rmse",), ("root",)], answers)
        return found

    @cached_property
    def _defined(self) -> Mapping[Parts, Iterable[str]]:
        """What a step is of one number, for it: e₁² and ln π₁; and the sum that the loss is of."""
        found: dict[Parts, list[str]] = {}
        for step in self.solution.steps if len(self._steps) <= _MOST_STEPS else ():
            nodes = [*nodes_in(step.quantity.definition)]
            leaves = [each for each in nodes if isinstance(each, Quantity)]
            if len(leaves) == 1 < len(nodes) and not {Negative, Sum} & {*map(type, nodes)}:
                written = PLAIN.write(nodes[0], _leaf)
                found.setdefault(_small(parts_of(written)), []).append(step.id)
        for id in self.solution.answer_ids[:1]:
            of = [*nodes_in(self.solution.step(id).quantity.definition)]
            sums = (each for each in of if isinstance(each, Quantity) and each.id in self._steps)
            found[("sum",)] = [each.id for each in sums if isinstance(each.definition, Sum)]
        largest = [each for each in self.solution.calculation if isinstance(each.definition, Max)]
        found[("max",)] = [each.id for each in largest if each.id in self._steps]
        return {name: ids for name, ids in found.items() if len(ids) == 1}

    @cached_property
    def _of_terms(self) -> frozenset[str]:
        """What a term of the loss is called with its number, and the loss without: MSE."""
        short = re.findall(r"\(([A-Z]{2,5})\)", self.solution.about.loss_title)
        return frozenset(("loss", "cost", *map(str.casefold, short)))

    @cached_property
    def _titles(self) -> Mapping[str, Parts]:
        return {step.id: _small(parts_of(step.title)) for step in self.solution.steps}


_LAST: Final[list[Names]] = []


def spelling_of(text: str) -> str:
    """What is spelt by a name: of P(H-E-LL-O), the symbols."""
    inside = _SPELT.fullmatch(text.strip())
    return re.sub(r"[\s·]", "", inside[1] or inside[2] if inside else "").translate(_DASHES)


def _formulas_of(definition: Expression, index: Sequence[str]) -> Iterator[Parts]:
    """A formula in symbols; and if its quantities have the one index of the step, with that behind all."""
    leaves = [each for each in nodes_in(definition) if isinstance(each, Quantity)]
    if not 0 < len(leaves) <= _LONGEST_FORMULA or isinstance(definition, Quantity):
        return
    formula = _found_in(PLAIN.write(definition, _leaf), _PART_OR_SIGN)
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


def _small(parts: Parts) -> Parts:
    """Parts without capitals, and without the words that say nothing."""
    small = (part.casefold() for part in parts)
    return tuple(part for part in small if part not in _WORDS_FOR_NOTHING) or parts


def _without_hats(parts: Parts) -> Parts:
    return tuple(part.rstrip(_CIRCUMFLEX) for part in parts)


def _glued(parts: Parts) -> Parts:
    """Parts with all letters and all numbers in one, as in u12 for u₁,₂ and dUf for ∂U_f."""
    words = (part for part in parts if not part.isdecimal())
    return "".join(words), "".join(filter(str.isdecimal, parts))


def _is_short(parts: Parts, name: Parts) -> bool:
    """Whether parts are those of a name without its numbers, as in o for o₃, or with its labels
    shortened: α₂(R) is α₂(Rainy)."""
    if len(parts) != len(name):
        return parts == tuple(part for part in name if not part.isdecimal())
    return len(parts) > 1 and all(
        one == other or (one.isalpha() and other.startswith(one) and (n > 0 or len(one) > 2))
        for n, (one, other) in enumerate(zip(parts, name, strict=True))
    )


def _is_within(parts: Parts, title: Parts) -> bool:
    return any(title[n : n + len(parts)] == parts for n in range(len(title) - len(parts) + 1))


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


def words_of(parts: Parts) -> Parts:
    """What names have in common that differ in their numbers alone."""
    return tuple("" if part.isdecimal() else part for part in parts)
