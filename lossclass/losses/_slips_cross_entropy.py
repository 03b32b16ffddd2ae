"""The mistakes that people make with −Σ y ln ŷ, and with its form for two outcomes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal, localcontext
from itertools import combinations, islice

from lossclass.arithmetic import elementary
from lossclass.arithmetic.calculation import WORKED_AGAIN, Calculation
from lossclass.arithmetic.expression import (
    Constant,
    Expression,
    Log,
    Negative,
    Product,
    Quantity,
    Quotient,
    Sigmoid,
    Sum,
    quantities_in,
)
from lossclass.arithmetic.notation import PLAIN
from lossclass.losses._slips import (
    MOST,
    logit_behind,
    numbers,
    row_of,
    shared_slips,
    softmax,
    sums_along,
    with_ones,
)
from lossclass.losses._slips_averages import (
    averaging_slips,
    class_averaging_slips,
    perplexity_for_loss,
)
from lossclass.losses._slips_clipped import base_of, clipping_slips
from lossclass.losses._slips_smoothing import smoothing_slips
from lossclass.slips import Slip

#: What sums of probabilities may be off by.
_SUMS_TO_1 = Decimal("1e-6")
#: The parts of a term: what multiplies each logarithm, and the logarithm.
_Parts = list[tuple[Expression, Expression]]


def cross_entropy_slips(
    calculation: Calculation, names: Sequence[str], what: str = "observations"
) -> Iterator[Slip]:
    """The mistakes with cross-entropies over classes.

    Args:
        names: the classes' names.
        what: what has a cross-entropy each.
    """
    terms = {each.id: _parts(each) for each in calculation.all("term")}
    counting = {id: _counting(calculation, parts) for id, parts in terms.items()}
    yield from _classes_swapped(calculation, _worked(calculation, terms), names)
    yield from with_ones(
        calculation,
        "given.class_weight",
        "class-weights-forgotten",
        "The weights of the classes are left out, as if all were 1.",
    )
    yield from smoothing_slips(calculation, len(names))
    alone = {id: _negative_sum(parts) for id, parts in counting.items()}
    yield from shared_slips(calculation, probabilities="given.y_pred", counting=alone)
    yield from _fed_what_is_not_taken(calculation, counting)
    yield from _rows_renormalised(calculation)
    yield from _binary_terms_added(terms, len(names))
    yield from class_averaging_slips(calculation, len(names), what)
    yield from clipping_slips(calculation, counting)
    yield from perplexity_for_loss(calculation, base_of(next(iter(terms.values()))[0][1]))


def _fed_what_is_not_taken(calculation: Calculation, terms: Mapping[str, _Parts]) -> Iterator[Slip]:
    """Probabilities or scores in the place of logarithms, and probabilities for logits."""
    predicted = {
        id: [(share, next(quantities_in(logarithm))) for share, logarithm in parts]
        for id, parts in terms.items()
    }
    if given := calculation.all("given.log_probs"):
        text = "The probabilities exp(q) are put through a softmax, as if they were logits."
        with localcontext(WORKED_AGAIN):
            powers = {id: elementary.exp(q) for id, q in numbers(calculation, given).items()}
            logs = {id: elementary.log(share) for id, share in softmax(powers).items()}
        yield Slip("probabilities-as-logits", text, {**logs})
        return
    text = (
        "The probabilities stand where their logarithms belong, as in a loss that takes logarithms."
    )
    probabilities = {id: _negative_sum([*parts]) for id, parts in predicted.items()}
    yield Slip("probabilities-as-log-probs", text, {**probabilities})
    if all(
        isinstance(each.definition, Quotient) for parts in predicted.values() for _, each in parts
    ):
        text = "The logits stand where the logarithms of probabilities belong: a log-softmax is missing."
        scores = {
            id: _negative_sum([(share, logit_behind(each)) for share, each in parts])
            for id, parts in predicted.items()
        }
        yield Slip("scores-as-log-probs", text, {**scores})


def _rows_renormalised(calculation: Calculation) -> Iterator[Slip]:
    """Probabilities that do not sum to 1, scaled so that they do."""
    for name in ("given.y_pred", "given.log_probs"):
        values = numbers(calculation, calculation.all(name))
        with localcontext(WORKED_AGAIN):
            if name == "given.log_probs":
                values = {id: elementary.exp(number) for id, number in values.items()}
            sums = sums_along(values, row_of)
            off = {row for row, total in sums.items() if total and abs(total - 1) > _SUMS_TO_1}
            changed = {id: p / sums[row_of(id)] for id, p in values.items() if row_of(id) in off}
            if name == "given.log_probs":
                changed = {id: elementary.log(p) for id, p in changed.items()}
        if changed:
            text = "The probabilities are scaled to a sum of 1 first; here they are taken as given."
            yield Slip("rows-renormalised", text, {**changed})


def _binary_terms_added(terms: Mapping[str, _Parts], classes: int) -> Iterator[Slip]:
    """The form for two outcomes, of each class by itself."""
    if classes < 2 or not all(isinstance(log, Log) for parts in terms.values() for _, log in parts):
        return
    both = {id: _negative_sum([*parts, *map(_opposite, parts)]) for id, parts in terms.items()}
    text = "(1 − y) times the logarithm of 1 − ŷ is added; that belongs to a binary cross-entropy."
    yield Slip("binary-terms-added", text, {**both})
    mean = {id: Quotient(each, Constant(classes)) for id, each in both.items()}
    text = f"This is the mean of {classes} binary cross-entropies, one of each class; "
    text += "over classes, there are no terms with 1 − ŷ, and the rest is a sum."
    yield Slip("binary-terms-added", text, {**mean})


def _opposite(part: tuple[Expression, Expression]) -> tuple[Expression, Expression]:
    """The product with 1 − y and 1 − ŷ, under the same weight."""
    share, logarithm = part
    assert isinstance(logarithm, Log)  # noqa: S101 - whoever asks has looked
    *weight, true = share.operands or (share,)
    rest: Expression = _one_minus(true)
    return Product(*weight, rest) if weight else rest, Log(
        _one_minus(logarithm.operands[0]), logarithm.base
    )


def _one_minus(expression: Expression) -> Expression:
    return Sum(Constant(1), Negative(expression))


def _parts(term: Quantity) -> _Parts:
    """What is multiplied in each of a term's products."""
    total = term.definition.operands[0]
    return [(each.operands[0], each.operands[1]) for each in total.operands]


def _worked(calculation: Calculation, terms: Mapping[str, _Parts]) -> dict[str, _Parts]:
    """The same as numbers, for whoever puts them together again many times."""
    with localcontext(WORKED_AGAIN):
        return {
            id: [
                (
                    Constant(share.value(calculation.values)),
                    Constant(logarithm.value(calculation.values)),
                )
                for share, logarithm in parts
            ]
            for id, parts in terms.items()
        }


def _negative_sum(parts: _Parts) -> Expression:
    return Negative(Sum(*(Product(share, logarithm) for share, logarithm in parts)))


def _counting(calculation: Calculation, parts: _Parts) -> _Parts:
    """The products of a term that do not begin with 0."""
    return [each for each in parts if each[0].value(calculation.values)] or parts


def _classes_swapped(
    calculation: Calculation, terms: Mapping[str, _Parts], names: Sequence[str]
) -> Iterator[Slip]:
    """Two classes taken for each other: in all terms, then in one."""
    if len(terms) > 1:
        for c, d in islice(combinations(range(len(names)), 2), MOST):
            text = f"The probabilities of {names[c]} and {names[d]} are taken for each other."
            changed = {id: _swapped(parts, c, d) for id, parts in terms.items()}
            yield Slip("classes-swapped", text, {**changed})
    for id, c, d in islice(_that_matter(calculation, terms), MOST):
        counting = _that_count(calculation, terms[id])
        text = f"probabilities of {names[c]} and {names[d]} are taken for each other."
        if len(counting) == 1:
            (true,) = counting
            other = names[c + d - true]
            text = f"probability of {other} stands where that of {names[true]} belongs."
        where = f"In {PLAIN.symbol(calculation.by_id[id].symbol)}: the" if len(terms) > 1 else "The"
        changed = {id: _swapped(terms[id], c, d)}
        yield Slip("classes-swapped", f"{where} {text}", {**changed})


def _that_matter(
    calculation: Calculation, terms: Mapping[str, _Parts]
) -> Iterator[tuple[str, int, int]]:
    """The pairs of classes of each term of which one counts."""
    for id, parts in terms.items():
        counting = _that_count(calculation, parts)
        for c, d in combinations(range(len(parts)), 2):
            if {c, d} & counting:
                yield id, c, d


def _that_count(calculation: Calculation, parts: _Parts) -> set[int]:
    """The classes whose products do not begin with 0."""
    return {c for c, (share, _) in enumerate(parts) if share.value(calculation.values)}


def _swapped(parts: _Parts, c: int, d: int) -> Expression:
    other = list(parts)
    other[c], other[d] = (parts[c][0], parts[d][1]), (parts[d][0], parts[c][1])
    return _negative_sum(other)


# --- two outcomes ------------------------------------------------------------------------


def binary_slips(calculation: Calculation, *, averages: bool = True) -> Iterator[Slip]:
    """The mistakes with y ln ŷ + (1 − y) ln(1 − ŷ).

    Args:
        averages: whether the terms themselves are averaged.
    """
    terms = {each.id: _parts(each) for each in calculation.all("term")}
    made = {id: _wrong_forms(*parts) for id, parts in _worked(calculation, terms).items()}
    texts = {
        "plain": "ŷ stands where 1 − ŷ belongs: where y is 0, it is the logarithm of 1 − ŷ.",
        "left": "The products with 1 − y are left out: they count where y is below 1.",
    }
    for form, text in texts.items():
        changed = {id: forms[form] for id, forms in made.items()}
        yield Slip("one-minus-forgotten", text, {**changed})
    text = "ŷ and 1 − ŷ are taken for each other: ŷ is the probability of a 1."
    changed = {id: forms["swapped"] for id, forms in made.items()}
    yield Slip("classes-swapped", text, {**changed})
    for id, forms in islice(made.items(), MOST if len(made) > 1 else 0):
        where = PLAIN.symbol(calculation.by_id[id].symbol)
        yield Slip("classes-swapped", f"In {where}: {text}", {id: forms["swapped"]})
    counting = {id: _counting(calculation, parts) for id, parts in terms.items()}
    if given := calculation.all("given.y_pred"):
        text = "The sigmoid is taken of numbers that are probabilities already, as if they were logits."
        changed = {each.id: Sigmoid(Constant(calculation.values[each.id])) for each in given}
        yield Slip("probabilities-as-logits", text, {**changed})
    if averages:
        yield from averaging_slips(calculation)
    yield from clipping_slips(calculation, counting, binary=True)


def counting_alone(calculation: Calculation) -> dict[str, Expression]:
    """The terms of two outcomes, without the products that begin with 0."""
    terms = {each.id: _parts(each) for each in calculation.all("term")}
    return {id: _negative_sum(_counting(calculation, parts)) for id, parts in terms.items()}


def _wrong_forms(
    happens: tuple[Expression, Expression], does_not: tuple[Expression, Expression]
) -> dict[str, Expression]:
    """A term as it should not be, by what is wrong with it."""
    return {
        "plain": _negative_sum([happens, (does_not[0], happens[1])]),
        "left": _negative_sum([happens]),
        "swapped": _negative_sum([(happens[0], does_not[1]), (does_not[0], happens[1])]),
    }
