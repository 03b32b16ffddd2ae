"""What losses of distributions share on both roads: what is true and what was predicted, place by place,
and which places count; an observation, what is said of its numbers, and the logarithms of its predictions.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING, Any

from lossclass.arithmetic.expression import Constant, Exp, Expression, Log, Quantity
from lossclass.arithmetic.symbol import Symbol
from lossclass.choices import LogBase
from lossclass.losses.shapes.formulas import log as log_to
from lossclass.problem.arrays import Array, Place, Rows, Shape, at, places, resolve_target, shape_of
from lossclass.problem.fields import Refusals
from lossclass.problem.keys import Inconsistency, LogarithmKeys, stands_for
from lossclass.problem.yaml_source import Path
from lossclass.records import record
from lossclass.second_road import Doubles, doubles, ln_of_base, log_softmax, np
from lossclass.working import Working, dotted

if TYPE_CHECKING:
    from lossclass.losses.shapes.classes import Distributions


#: Letters that a number takes, that are between columns, and that fit beside each other.
_CELL, _GAP, _ROOM = 6, 3, 78


@record
class Observation:
    """One prediction: its true distribution and what the model says, as quantities."""

    index: Place
    y_true: tuple[Quantity, ...]
    predicted: tuple[Quantity, ...]
    #: The predictions are logarithms already.
    are_logs: bool = False

    def log(self, predicted: Quantity, base: LogBase) -> Expression:
        """The logarithm of a prediction, to a base."""
        return log_given(predicted, base) if self.are_logs else Log(predicted, base)


def given_row(
    working: Working, name: str, symbol: Symbol, numbers: Sequence[Decimal], row: Place
) -> tuple[Quantity, ...]:
    """The quantities of a row of numbers of the problem."""
    return tuple(
        working.given(dotted(name, (*row, c)), replace(symbol, index=(*row, c)), number)
        for c, number in enumerate(numbers, start=1)
    )


def write_by_class(
    working: Working,
    columns: Sequence[str],
    names: Sequence[str],
    kinds: Mapping[str, str],
    rows: Sequence[tuple[Sequence[str], Sequence[Sequence[Quantity]]]],
    *,
    are_given: bool = True,
) -> None:
    """Write the table of what is true and predicted of each class, with the classes as columns where
    these fit beside each other: a row for each observation, or for each kind of number of one.

    Args:
        columns: the heads of what stands before: the axes, and what else is told of an observation.
        kinds: the letter of each kind of number, and what it is called with it.
        rows: of each observation, what stands before, and the numbers of each kind, by class.
        are_given: whether all of these are numbers of the problem.
    """
    by_kind = 1 < len(kinds) < len(names) and are_given
    wide = [*columns, *(f"{letter} {name}" for letter in kinds for name in names)]
    of_kinds = [*columns, "", *names] if len(rows) > 1 else ["class", *names]
    body: list[list[str | Quantity]]
    if len(rows) > 1 and _fit(wide):
        if are_given:  # else the section says what they are
            working.say(f"The {' and the '.join(kinds.values())} of each class:")
        heads, body = wide, [[*before, *chain.from_iterable(kind)] for before, kind in rows]
    elif by_kind and _fit(of_kinds):
        heads = of_kinds
        body = [
            [*(before if len(rows) > 1 else ()), said, *numbers]
            for before, kind in rows
            for said, numbers in zip(kinds.values(), kind, strict=True)
        ]
    else:
        heads = [*columns, "class", *kinds.values()]
        body = [
            [*before, name, *numbers]
            for before, kind in rows
            for name, *numbers in zip(names, *kind, strict=True)
        ]
    working.table("given", "", heads, body)


def _fit(heads: Sequence[str]) -> bool:
    return sum(max(len(head), _CELL) + _GAP for head in heads) <= _ROOM


def remark_on_sum(
    working: Working,
    probabilities: Sequence[Decimal],
    whose: str,
    what: str = " as the outputs of a softmax do",
) -> None:
    """Say what probabilities sum to, where that is not 1."""
    total = sum(probabilities, Decimal(0))
    if abs(total - 1) > Decimal("1e-6"):
        working.remark(
            "probabilities-do-not-sum-to-one",
            f"{whose} sum to {working.text(total, Decimal(1))}, not to 1{what}. They are taken here as "
            "they were given.",
        )


def log_given(logarithm: Quantity, base: LogBase) -> Expression:
    """A natural logarithm that is given, to a base."""
    return logarithm if base == "e" else logarithm / Log(Constant(base))


def raised(base: LogBase, exponent: Expression) -> Expression:
    """The base of a logarithm to a power."""
    return Exp(exponent) if base == "e" else Constant(base) ** exponent


def remark_on_zero(
    working: Working,
    inputs: LogarithmKeys,
    place: Place,
    term: Quantity,
    what: str,
    factor: Decimal,
    never: str,
    *,
    is_plain: bool,
    certain: str = "it is true",
) -> None:
    """Say what becomes of the logarithm of a probability of 0.

    Args:
        what: the model gives it no probability at all.
        factor: what the logarithm is multiplied by.
        never: what is said where it has no true probability either.
        is_plain: whether the factor is the true probability itself.
        certain: what is said of one that is 1.
    """
    log, number = log_to(inputs.log_base), working.text(factor)
    text = f"The model gives {what} a probability of 0"
    if not factor:
        text += f". Its logarithm is multiplied by 0, and 0 · {log} 0 counts as 0."
        working.remark("zero-times-log-zero", never if is_plain else text, term)
        return
    if is_plain:
        text += f", yet {certain if factor == 1 else f'its true probability is {number}'}: "
    else:
        text += f". Its logarithm is multiplied by {number}, and "
    remark_on_infinity(
        working, inputs.weights, place, f"{text}−{log} 0 = ∞, so this term is infinite.", term
    )


def remark_on_infinity(
    working: Working, weights: Array | None, place: Place, text: str, term: Quantity
) -> None:
    """Say that a term is infinite, and whether its weight leaves it out."""
    code = "loss-is-infinite"
    if weights is not None and not at(weights, place):
        code = "infinite-term-has-no-weight"
        text += " Its weight is 0, and 0 · ∞ counts as 0: the loss leaves it out."
    working.remark(code, text, term)


def log_probabilities(
    found: Distributions, log_base: LogBase, temperature: Decimal = Decimal(1)
) -> Doubles:
    """The logarithms of the predictions in NumPy, to a base: shape (n, C)."""
    given = np.array(found.predictions, float)
    if found.kind != "log_probs":
        is_logit = found.kind == "logits"
        given = log_softmax(given / float(temperature)) if is_logit else np.log(given)
    return doubles(given / ln_of_base(log_base))


def cross_entropies(y_true: Doubles, log_probs: Doubles) -> Doubles:
    """−Σ_c y log ŷ for each row, shape (n,); 0 · log 0 counts as 0."""
    terms = np.where(y_true == 0, 0.0, y_true * log_probs)
    return doubles(-terms.sum(axis=1))


# --- which places count ------------------------------------------------------------------


@record
class Labelled:
    """Distributions that were predicted, and what is true of each.

    Attributes:
        y_true: classes, or rows of numbers, as they were written.
        predictions: the numbers under the key that holds them; the classes are the last axis.
        names: of the classes.
        mask: a one for each place that counts, a zero for each that does not.
        ignore: the label of places that do not count, a class or not.
    """

    y_true: tuple[Any, ...]
    predictions: Array
    names: tuple[str, ...]
    mask: Array | None = None
    ignore: str | None = None

    @cached_property
    def shape(self) -> Shape:
        """How many distributions there are along each axis; one alone is the first of one."""
        return shape_of(self.predictions)[:-1] or (1,)

    def row(self, place: Place) -> tuple[Any, ...]:
        """What was predicted at a place."""
        is_lone = len(shape_of(self.predictions)) == 1
        return self.predictions if is_lone else at(self.predictions, place)

    @property
    def _is_lone(self) -> bool:
        """Whether ``y_true`` is one distribution, without its outer brackets."""
        alone = self.shape == (1,) and len(self.y_true) == len(self.names) > 1
        return alone and not isinstance(self.y_true[0], tuple)

    @cached_property
    def entries(self) -> dict[Place, tuple[Path, Any]]:
        """What is true at each place, and where it stands under ``y_true``: of a column of classes,
        n × 1, the classes. Of what is not of the predictions' shape, nothing."""
        if self._is_lone:
            return {(1,): ((), self.y_true)}
        found: dict[Place, tuple[Path, Any]] = {}
        for place in places(self.shape):
            entry: Any = self.y_true
            for position in place:
                if not isinstance(entry, tuple) or position > len(entry):
                    return {}
                entry = entry[position - 1]
            found[place] = tuple(n - 1 for n in place), entry
        is_column = all(isinstance(entry, tuple) and len(entry) == 1 for _, entry in found.values())
        if is_column and len(self.names) > 1:  # a class in brackets of its own at each place
            return {place: (path, entry[0]) for place, (path, entry) in found.items()}
        return found

    def unlike(self) -> Iterator[tuple[Path, int, int]]:
        """Where ``y_true`` has not as many as the predictions: there, how many should be, and are."""
        if not self._is_lone:
            yield from _unlike(self.y_true, self.shape, ())

    @cached_property
    def masked(self) -> list[Place]:
        """The places that the mask leaves out; none, where it is not of the predictions' shape."""
        if self.mask is None or not stands_for(shape_of(self.mask), self.shape):
            return []
        return [place for place in places(self.shape) if not at(self.mask, place)]

    @cached_property
    def padding(self) -> list[Place]:
        """The places that their label leaves out, and the mask does not."""
        masked = {*self.masked}
        return [
            place
            for place, (_, entry) in self.entries.items()
            if place not in masked and self._is_padding(entry)
        ]

    @cached_property
    def counted(self) -> list[Place]:
        """The places that count."""
        left_out = {*self.masked, *self.padding}
        return [place for place in places(self.shape) if place not in left_out]

    @property
    def targets(self) -> Rows:
        """The true distributions of the places that count."""
        return tuple(map(self.target, self.counted))

    def target(self, place: Place) -> tuple[Decimal, ...]:
        """The true distribution of a place that counts."""
        return resolve_target(self.entries[place][1], self.names)

    def wrong_labels(self) -> Iterator[Inconsistency]:
        """The places that count and whose class or row is none, with paths from ``y_true``."""
        for place in self.counted:
            path, entry = self.entries[place]
            try:
                resolve_target(entry, self.names)
            except Refusals as error:
                yield from (((*path, *column), message) for column, message in error.found)

    @cached_property
    def is_valid(self) -> bool:
        """Whether what is true is of the predictions' shape, and a class or a row wherever it counts."""
        return bool(self.entries) and not [*self.wrong_labels()]

    def _is_padding(self, entry: Any) -> bool:
        if self.ignore is None:
            return False
        if entry in (self.ignore, (self.ignore,)):
            return True
        try:  # padding may be a class, by name or by index
            return resolve_target(entry, self.names) == resolve_target(self.ignore, self.names)
        except Refusals:
            return False


def _unlike(part: Any, shape: Shape, path: Path) -> Iterator[tuple[Path, int, int]]:
    if not isinstance(part, tuple) or len(part) != shape[0]:
        yield path, shape[0], len(part) if isinstance(part, tuple) else 1
    elif shape[1:]:
        for position, each in enumerate(part):
            yield from _unlike(each, shape[1:], (*path, position))


def said_class(name: str) -> str:
    """A class in a sentence: class 2, or “other” in quotation marks, for it may be any word."""
    return f"class {name}" if name.isdecimal() else f"“{name}”"


def left_out(found: Sequence[tuple[str, Labelled]], each: str) -> str:
    """Which places do not count, and why, in words; empty where all do.

    Args:
        found: what each is of, such as `` of example 2``, or nothing.
        each: what a place is called.
    """
    sentences = []
    for whose, labelled in found:
        label = said_class(labelled.ignore or "").removeprefix("class ")
        for left, why in [
            (labelled.padding, f"the label {label} marks padding"),
            (labelled.masked, "the mask is 0 there"),
        ]:
            *before, last = [",".join(map(str, place)) for place in left] or [""]
            which = f"{each.capitalize()} {last}{whose} does not count"
            if before:
                which = f"{each.capitalize()}s {', '.join(before)} and {last}{whose} do not count"
            if left:
                sentences.append(f"{which}: {why}.")
    if sentences:
        sentences.append("What does not count adds nothing to the loss, and no mean divides by it.")
    return " ".join(sentences)
