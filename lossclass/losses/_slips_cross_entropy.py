"""The mistakes that people make with −Σ y ln ŷ, and with its form for two outcomes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal, localcontext
from itertools import combinations, islice

from lossclass.arithmetic.expression import (
    Constant,
    Expression,
    Negative,
    Product,
    Quantity,
    Sum,
)
from lossclass.arithmetic.notation import PLAIN
from lossclass.losses._slips import CONTEXT, MOST, OwnSlip, Reworking, shared_slips, with_ones
from lossclass.problem.keys import ProblemKeys

#: The parts of a term: what multiplies each logarithm, and the logarithm.
_Parts = list[tuple[Expression, Expression]]


def cross_entropy_slips(rework: Reworking, names: Sequence[str]) -> Iterator[OwnSlip]:
    """The mistakes with cross-entropies over classes.

    Args:
        names: the classes' names.
    """
    terms = {each.id: _parts(each) for each in rework.all("term")}
    yield from _classes_swapped(rework, _worked(rework, terms), names)
    yield from with_ones(
        rework,
        "given.class_weight",
        "class-weights-forgotten",
        "The weights of the classes are left out, as if all were 1.",
    )
    if rework.all("given.label_smoothing"):
        text = "The labels are not smoothed."
        changed = {"given.label_smoothing": Decimal(0)}
        yield from rework.slip("smoothing-forgotten", text, changed)
    counting = {id: _negative_sum(_counting(rework, parts)) for id, parts in terms.items()}
    yield from shared_slips(rework, probabilities="given.y_pred", counting=counting)


def _parts(term: Quantity) -> _Parts:
    """What is multiplied in each of a term's products."""
    total = term.definition.operands[0]
    return [(each.operands[0], each.operands[1]) for each in total.operands]


def _worked(rework: Reworking, terms: Mapping[str, _Parts]) -> dict[str, _Parts]:
    """The same as numbers, for whoever puts them together again many times."""
    with localcontext(CONTEXT):
        return {
            id: [
                (Constant(share.value(rework.values)), Constant(logarithm.value(rework.values)))
                for share, logarithm in parts
            ]
            for id, parts in terms.items()
        }


def _negative_sum(parts: _Parts) -> Expression:
    return Negative(Sum(*(Product(share, logarithm) for share, logarithm in parts)))


def _counting(rework: Reworking, parts: _Parts) -> _Parts:
    """The products of a term that do not begin with 0."""
    return [each for each in parts if each[0].value(rework.values)] or parts


def _classes_swapped(
    rework: Reworking, terms: Mapping[str, _Parts], names: Sequence[str]
) -> Iterator[OwnSlip]:
    """Two classes taken for each other: in all terms, then in one."""
    if len(terms) > 1:
        for c, d in islice(combinations(range(len(names)), 2), MOST):
            text = f"The probabilities of {names[c]} and {names[d]} are taken for each other."
            changed = {id: _swapped(parts, c, d) for id, parts in terms.items()}
            yield from rework.slip("classes-swapped", text, {**changed})
    for id, c, d in islice(_that_matter(rework, terms), MOST):
        counting = _that_count(rework, terms[id])
        text = f"probabilities of {names[c]} and {names[d]} are taken for each other."
        if len(counting) == 1:
            (true,) = counting
            other = names[c + d - true]
            text = f"probability of {other} stands where that of {names[true]} belongs."
        where = f"In {PLAIN.symbol(rework.quantities[id].symbol)}: the" if len(terms) > 1 else "The"
        changed = {id: _swapped(terms[id], c, d)}
        yield from rework.slip("classes-swapped", f"{where} {text}", {**changed})


def _that_matter(rework: Reworking, terms: Mapping[str, _Parts]) -> Iterator[tuple[str, int, int]]:
    """The pairs of classes of each term of which one counts."""
    for id, parts in terms.items():
        counting = _that_count(rework, parts)
        for c, d in combinations(range(len(parts)), 2):
            if {c, d} & counting:
                yield id, c, d


def _that_count(rework: Reworking, parts: _Parts) -> set[int]:
    """The classes whose products do not begin with 0."""
    return {c for c, (share, _) in enumerate(parts) if share.value(rework.values)}


def _swapped(parts: _Parts, c: int, d: int) -> Expression:
    other = list(parts)
    other[c], other[d] = (parts[c][0], parts[d][1]), (parts[d][0], parts[c][1])
    return _negative_sum(other)


# --- two outcomes ------------------------------------------------------------------------


def binary_slips(
    _: ProblemKeys, calculation: Sequence[Quantity], values: Mapping[str, Decimal]
) -> Iterator[OwnSlip]:
    """The mistakes with y ln ŷ + (1 − y) ln(1 − ŷ)."""
    rework = Reworking(calculation, values)
    terms = {each.id: _parts(each) for each in rework.all("term")}
    made = {id: _wrong_forms(*parts) for id, parts in _worked(rework, terms).items()}
    texts = {
        "plain": "ŷ stands where 1 − ŷ belongs: where y is 0, it is the logarithm of 1 − ŷ.",
        "left": "The products with 1 − y are left out: they count where y is below 1.",
    }
    for form, text in texts.items():
        changed = {id: forms[form] for id, forms in made.items()}
        yield from rework.slip("one-minus-forgotten", text, {**changed})
    text = "ŷ and 1 − ŷ are taken for each other: ŷ is the probability of a 1."
    changed = {id: forms["swapped"] for id, forms in made.items()}
    yield from rework.slip("classes-swapped", text, {**changed})
    for id, forms in islice(made.items(), MOST if len(made) > 1 else 0):
        where = PLAIN.symbol(rework.quantities[id].symbol)
        yield from rework.slip("classes-swapped", f"In {where}: {text}", {id: forms["swapped"]})
    counting = {id: _negative_sum(_counting(rework, parts)) for id, parts in terms.items()}
    yield from shared_slips(rework, counting=counting)


def _wrong_forms(
    happens: tuple[Expression, Expression], does_not: tuple[Expression, Expression]
) -> dict[str, Expression]:
    """A term as it should not be, by what is wrong with it."""
    return {
        "plain": _negative_sum([happens, (does_not[0], happens[1])]),
        "left": _negative_sum([happens]),
        "swapped": _negative_sum([(happens[0], does_not[1]), (does_not[0], happens[1])]),
    }
