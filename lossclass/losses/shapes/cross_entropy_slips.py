"""The mistakes that people make with −Σ y ln ŷ, and with its form for two outcomes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from decimal import Decimal, localcontext
from functools import partial
from itertools import combinations, islice
from math import prod
from operator import mul
from typing import Final

from lossclass.arithmetic import elementary
from lossclass.arithmetic.calculation import WORKED_AGAIN, Calculation
from lossclass.arithmetic.expression import (
    Constant,
    Expression,
    Log,
    LogBase,
    Negative,
    Product,
    Quantity,
    Quotient,
    Sigmoid,
    Sum,
    mean_of,
    quantities_in,
)
from lossclass.arithmetic.notation import PLAIN
from lossclass.losses.shapes import common_slips
from lossclass.losses.shapes.observations import Labelled, raised, said_class
from lossclass.problem.fields import Refusals
from lossclass.slips import Slip
from lossclass.slips.making import MOST, in_step, with_ones

#: What probabilities are kept above, and below 1 less it, and who does that.
_KEPT: Final = (
    ("1e-7", "1e-7", "Keras"),
    ("1.1920929e-7", "1.19e-7", "single precision (float32)"),
    ("1e-15", "1e-15", "scikit-learn before version 1.3"),
    ("2.220446049250313e-16", "2.22e-16", "scikit-learn"),
)
#: What is added inside a logarithm, so that it is never that of 0.
_ADDED: Final = ("1e-7", "1e-8", "1e-9", "1e-10", "1e-12", "1e-15")
#: Those of the former that come to the same as what is kept, for a probability of 0.
_BOTH: Final = ("1e-7", "1e-15")
#: What Keras adds.
_KERAS: Final = Decimal("1e-7")
#: Between these, nobody's ε can be seen in four digits of the loss.
_LOWEST, _HIGHEST = Decimal("0.005"), Decimal("0.99999985")
#: By this share of itself, what is added must change a logarithm at least.
_SHOWS: Final = Decimal("1e-5")

#: The parts of a term: what multiplies each logarithm, and the logarithm.
Parts = list[tuple[Expression, Expression]]
#: What multiplies a logarithm, the number that it is taken of, and its base.
_Logarithm = tuple[Expression, Decimal, LogBase]
#: Of so many places that do not count, the losses are worked out.
_MOST_LEFT_OUT: Final = 200
#: The keys that hold predictions.
_PREDICTED: Final = ("logits", "y_pred", "log_probs")
#: What sums of probabilities may be off by.
_SUMS_TO_1 = Decimal("1e-6")


def cross_entropy_slips(
    calculation: Calculation, names: Sequence[str], what: str = "observations"
) -> Iterator[Slip]:
    """The mistakes with cross-entropies over classes.

    Args:
        names: the classes' names.
        what: what has a cross-entropy each.
    """
    terms = _terms(calculation)
    counting = {id: _counting(calculation, parts) for id, parts in terms.items()}
    yield from _classes_swapped(calculation, _worked(calculation, terms), names)
    text = "The weights of the classes are left out, as if all were 1."
    yield from with_ones(calculation, "given.class_weight", "class-weights-forgotten", text)
    yield from smoothing_slips(calculation, len(names))
    alone = {id: _negative_sum(parts) for id, parts in counting.items()}
    yield from common_slips.shared_slips(calculation, probabilities="given.y_pred", counting=alone)
    yield from _fed_what_is_not_taken(calculation, counting)
    yield from _rows_renormalised(calculation)
    yield from _binary_terms_added(terms, len(names))
    yield from common_slips.class_averaging_slips(calculation, len(names), what)
    yield from clipping_slips(calculation, counting)
    yield from _other_truth(calculation, counting)
    yield from _rows_regrouped(calculation)
    yield from _perplexity_for_loss(calculation, base_of(next(iter(terms.values()))[0][1]))


def _fed_what_is_not_taken(calculation: Calculation, terms: Mapping[str, Parts]) -> Iterator[Slip]:
    """Probabilities or scores in the place of logarithms, and probabilities for logits."""
    if given := calculation.all("given.log_probs"):
        text = "The probabilities exp(q) are put through a softmax, as if they were logits."
        probabilities = common_slips.powers(common_slips.numbers(calculation, given))
        yield Slip(
            "probabilities-as-logits", text, _logarithms(common_slips.softmax(probabilities))
        )
        text = "The probabilities exp(q) stand where their logarithms q belong."
        yield Slip("probabilities-as-log-probs", text, probabilities)
        return
    predicted = {
        id: [(share, next(quantities_in(logarithm))) for share, logarithm in parts]
        for id, parts in terms.items()
    }
    text = (
        "The probabilities stand where their logarithms belong, as in a loss that takes logarithms."
    )
    fed = {id: _negative_sum(parts) for id, parts in predicted.items()}
    yield Slip("probabilities-as-log-probs", text, fed)
    if all(isinstance(p.definition, Quotient) for parts in predicted.values() for _, p in parts):
        text = "The logits stand where the logarithms of probabilities belong: a log-softmax is missing."
        scores = {
            id: _negative_sum([(share, common_slips.logit_behind(p)) for share, p in parts])
            for id, parts in predicted.items()
        }
        yield Slip("scores-as-log-probs", text, scores)


def _logarithms(probabilities: Mapping[str, Decimal]) -> dict[str, Decimal]:
    with localcontext(WORKED_AGAIN):
        return {id: elementary.log(number) for id, number in probabilities.items()}


def _rows_renormalised(calculation: Calculation) -> Iterator[Slip]:
    """Probabilities that do not sum to 1, scaled so that they do."""
    for name in ("given.y_pred", "given.log_probs"):
        given = common_slips.numbers(calculation, calculation.all(name))
        are_logs = name == "given.log_probs"
        probabilities = common_slips.powers(given) if are_logs else given
        sums = common_slips.sums_along(probabilities)
        off = {
            id: number
            for id, number in probabilities.items()
            if sums[common_slips.row_of(id)] and abs(sums[common_slips.row_of(id)] - 1) > _SUMS_TO_1
        }
        if off:
            text = "The probabilities are scaled to a sum of 1 first; here they are taken as given."
            scaled = common_slips.shares_of(off)
            yield Slip("rows-renormalised", text, _logarithms(scaled) if are_logs else scaled)


def _binary_terms_added(terms: Mapping[str, Parts], classes: int) -> Iterator[Slip]:
    """The form for two outcomes, of each class by itself."""
    if classes < 2 or not all(isinstance(log, Log) for parts in terms.values() for _, log in parts):
        return
    both = {id: _negative_sum([*parts, *map(_opposite, parts)]) for id, parts in terms.items()}
    text = "(1 − y) times the logarithm of 1 − ŷ is added; that belongs to a binary cross-entropy."
    yield Slip("binary-terms-added", text, both)
    text = f"This is the mean of {classes} binary cross-entropies, one of each class; "
    text += "over classes, there are no terms with 1 − ŷ, and the rest is a sum."
    yield Slip("binary-terms-added", text, {id: each / classes for id, each in both.items()})


def _opposite(part: tuple[Expression, Expression]) -> tuple[Expression, Expression]:
    """The product with 1 − y and 1 − ŷ, under the same weight."""
    share, logarithm = part
    assert isinstance(logarithm, Log)  # noqa: S101 - whoever asks has looked
    *weight, true = share.operands or (share,)
    rest = Log(1 - logarithm.operands[0], logarithm.base)
    return Product(*weight, 1 - true), rest


def _other_truth(calculation: Calculation, terms: Mapping[str, Parts]) -> Iterator[Slip]:
    """Of true distributions, their entropy taken off, or the most probable class alone."""
    is_plain = not (calculation.all("given.class_weight") or calculation.all("smoothed"))
    if not is_plain or max(map(len, terms.values())) < 2:
        return
    text = "The entropy of what is true, −Σ y ln y, is taken off: this is the divergence."
    divergences = {
        id: _negative_sum(parts) + Sum(*(y * Log(y, base_of(log)) for y, log in parts))
        for id, parts in terms.items()
    }
    yield Slip("entropy-taken-off", text, divergences)
    text = "The most probable class is taken for the true one: here the true distributions count."
    hardened = {
        id: Negative(max(parts, key=lambda part: part[0].value(calculation.values))[1])
        for id, parts in terms.items()
    }
    yield Slip("labels-hardened", text, hardened)


def _rows_regrouped(calculation: Calculation) -> Iterator[Slip]:
    """The predictions of a batch, B × T × C, with ``view(-1, C)`` where the axes have another order:
    B × C × T, or T × B × C."""
    name = next((n for n in _PREDICTED if calculation.all(f"given.{n}")), "")
    cells = {
        tuple(map(int, each.id.split(".")[2:])): each.id
        for each in calculation.all(f"given.{name}")
    }
    if not cells or len(last := max(cells)) != 3 or len(cells) != prod(last):
        return
    places = sorted(cells)
    orders = {
        "B × C × T": sorted(cells, key=lambda place: (place[0], place[2], place[1])),
        "T × B × C": sorted(cells, key=lambda place: (place[1], place[0], place[2])),
    }
    for order, taken in orders.items():
        text = f"The predictions are {order}, and view(-1, {last[2]}) puts them beside the labels of others: permute them first."
        numbers = [calculation.values[cells[place]] for place in taken]
        if [cells[place] for place in taken] != [cells[place] for place in places]:
            changed = {cells[place]: n for place, n in zip(places, numbers, strict=True)}
            yield Slip("rows-regrouped", text, changed)


def _perplexity_for_loss(calculation: Calculation, base: LogBase) -> Iterator[Slip]:
    """The perplexity in the place of the loss."""
    terms = calculation.all("term")
    if "loss" not in calculation.by_id or not terms:
        return
    changed: dict[str, Expression] = {"loss": raised(base, mean_of(terms))}
    # whoever has the perplexity for the loss has it for the perplexity as well
    if "perplexity" in calculation.by_id:
        changed["perplexity"] = Constant(calculation.values["perplexity"])
    mean = "loss" if len(terms) == 1 else "mean loss"
    text = f"This is the perplexity, {base} to the power of the {mean}; the loss itself is asked."
    yield Slip("perplexity-for-loss", text, changed)


# --- what does not count -----------------------------------------------------------------


def losses_left_out(labelled: Labelled, kind: str, base: LogBase) -> list[Expression] | None:
    """The cross-entropies of the places that do not count; None where nobody can know them, or there
    are many.

    Args:
        kind: the key that holds the predictions.
    """
    places, found = [*labelled.masked, *labelled.padding], list[Expression]()
    if len(places) > _MOST_LEFT_OUT:
        return None
    with suppress(Refusals), localcontext(WORKED_AGAIN):
        for place in places:
            row: Mapping[str, Decimal] = {str(n): p for n, p in enumerate(labelled.row(place))}
            if kind == "logits":
                row = common_slips.softmax(row, lambda _: "")
            elif kind == "log_probs":
                row = common_slips.powers(row)
            both = zip(labelled.target(place), row.values(), strict=True)
            found.append(
                _negative_sum([(Constant(y), Log(Constant(p), base)) for y, p in both if y])
            )
        return found
    return None


def padding_slips(calculation: Calculation, labelled: Labelled, kind: str) -> Iterator[Slip]:
    """Observations that do not count, counted: in what a mean is divided by, and their losses, too."""
    loss, terms = calculation.by_id.get("loss"), calculation.all("term")
    count, weighs = prod(labelled.shape), ("given.weight", "given.class_weight", "smoothed")
    if loss is None or len(terms) == count or any(map(calculation.all, weighs)):
        return
    below = common_slips.divisor(loss.definition)
    if below is not None:
        text = f"What does not count is counted in what it is divided by: {count}, and not {len(terms)}."
        yield Slip("padding-counted", text, {"loss": loss.definition * len(terms) / count})
    base = base_of(next(iter(_terms(calculation).values()))[0][1])
    if (left_out := losses_left_out(labelled, kind, base)) is not None:
        text = "The losses of what does not count are counted as well."
        total = Sum(*terms, *left_out)
        yield Slip("padding-counted", text, {"loss": total if below is None else total / count})


# --- terms as the products in them -------------------------------------------------------


def _terms(calculation: Calculation) -> dict[str, Parts]:
    """What is multiplied in each of the products of each term."""
    return {
        term.id: [(each.operands[0], each.operands[1]) for each in term.definition.operands[0].operands]
        for term in calculation.all("term")
    }  # fmt: skip


def _worked(calculation: Calculation, terms: Mapping[str, Parts]) -> dict[str, Parts]:
    """The same as numbers, for whoever puts them together again many times."""

    def number(each: Expression) -> Constant:
        return Constant(each.value(calculation.values))

    with localcontext(WORKED_AGAIN):
        return {
            id: [(number(share), number(logarithm)) for share, logarithm in parts]
            for id, parts in terms.items()
        }


def _negative_sum(parts: Sequence[tuple[Expression, Expression]]) -> Expression:
    return Negative(Sum(*(Product(*both) for both in parts)))


def _counting(calculation: Calculation, parts: Parts) -> Parts:
    """The products of a term that do not begin with 0."""
    return [each for each in parts if each[0].value(calculation.values)] or parts


# --- classes for each other --------------------------------------------------------------


def _classes_swapped(
    calculation: Calculation, terms: Mapping[str, Parts], names: Sequence[str]
) -> Iterator[Slip]:
    """Two classes taken for each other: in all terms, then in one."""
    said = [*map(said_class, names)]
    if len(terms) > 1:
        for c, d in islice(combinations(range(len(names)), 2), MOST):
            text = f"The probabilities of {said[c]} and {said[d]} are taken for each other."
            changed = {id: _swapped(parts, c, d) for id, parts in terms.items()}
            yield Slip("classes-swapped", text, changed)
    for id, c, d, counting in islice(_that_matter(calculation, terms), MOST):
        text = f"The probabilities of {said[c]} and {said[d]} are taken for each other."
        if len(counting) == 1:
            (true,) = counting
            text = f"The probability of {said[c + d - true]} stands where that of {said[true]} belongs."
        if len(terms) > 1:
            text = in_step(calculation, id, text)
        yield Slip("classes-swapped", text, {id: _swapped(terms[id], c, d)})


def _that_matter(
    calculation: Calculation, terms: Mapping[str, Parts]
) -> Iterator[tuple[str, int, int, set[int]]]:
    """The pairs of classes of each term of which one counts, with all its classes that do."""
    for id, parts in terms.items():
        counting = {c for c, (share, _) in enumerate(parts) if share.value(calculation.values)}
        for c, d in combinations(range(len(parts)), 2):
            if {c, d} & counting:
                yield id, c, d, counting


def _swapped(parts: Parts, c: int, d: int) -> Expression:
    other = list(parts)
    other[c], other[d] = (parts[c][0], parts[d][1]), (parts[d][0], parts[c][1])
    return _negative_sum(other)


# --- smoothed labels ---------------------------------------------------------------------


def smoothing_slips(calculation: Calculation, classes: int) -> Iterator[Slip]:
    """The mistakes with label smoothing, where there is any: none of it, or other shares than
    (1 − ε) y + ε / C."""
    for epsilon in calculation.all("given.label_smoothing"):
        yield Slip("smoothing-forgotten", "The labels are not smoothed.", {epsilon.id: Decimal(0)})
        if classes < 2:
            return
        true = {
            each.id: calculation.by_id["given.y_true" + each.id.removeprefix("smoothed")]
            for each in calculation.all("smoothed")
        }
        e = PLAIN.symbol(epsilon.symbol)
        belongs = f"every class gets {e}/{classes}, and the true one 1 − {e} more."
        code = "smoothing-over-other-classes"
        for text, of_true, of_others in _other_shares(calculation, epsilon, classes):
            changed = {id: y * of_true + (1 - y) * of_others for id, y in true.items()}
            yield Slip(code, f"{text}: {belongs}", changed)
            code = "smoothing-mass-wrong"


def _other_shares(
    calculation: Calculation, epsilon: Quantity, classes: int
) -> Iterator[tuple[str, Expression, Expression]]:
    """What is said, and the shares of the true class and of the others: first ε among the others
    alone, then all that is no way to smooth."""
    e, left, others = PLAIN.symbol(epsilon.symbol), 1 - epsilon, classes - 1
    even, much, one = epsilon / classes, left / classes, Constant(1) / classes
    text = f"{e} is given to the other class only"
    if classes > 2:
        text = f"{e} is shared among the {others} other classes only, {e}/{others} for each"
    yield text, left, epsilon / others
    yield f"Each class gets (1 − {e})/{classes} in the place of {e}/{classes}", left + much, much
    yield f"{e} and 1 − {e} are taken for each other", epsilon + much, much
    yield f"Each class gets 1/{classes}, without {e}", left + one, one
    yield f"The true class gets 1 − {e}/{classes}", 1 - even, even
    yield f"The true class gets 1 − {e} only", left, even
    if classes > 2:  # of two, it is given to the other class
        yield f"Every other class gets the whole of {e}", left, epsilon
    divisors = {
        len(calculation.all("term")): "the number of observations",
        others: "the number of the other classes",
    }
    for number, what in divisors.items():
        if number not in (1, classes):
            text = f"{e} is divided by {what}, {number}, not by the number of classes"
            yield text, left + epsilon / number, epsilon / number


# --- two outcomes ------------------------------------------------------------------------


def binary_slips(calculation: Calculation, *, averages: bool = True) -> Iterator[Slip]:
    """The mistakes with y ln ŷ + (1 − y) ln(1 − ŷ).

    Args:
        averages: whether the terms themselves are averaged.
    """
    terms = _terms(calculation)
    worked = _worked(calculation, terms)
    text = "ŷ stands where 1 − ŷ belongs: where y is 0, it is the logarithm of 1 − ŷ."
    plain = {id: _negative_sum([one, (zero[0], one[1])]) for id, (one, zero) in worked.items()}
    yield Slip("one-minus-forgotten", text, plain)
    text = "The products with 1 − y are left out: they count where y is below 1."
    left = {id: _negative_sum([one]) for id, (one, _) in worked.items()}
    yield Slip("one-minus-forgotten", text, left)
    text = "ŷ and 1 − ŷ are taken for each other: ŷ is the probability of a 1."
    swapped = {id: _swapped(parts, 0, 1) for id, parts in worked.items()}
    yield Slip("classes-swapped", text, swapped)
    for id, new in islice(swapped.items(), MOST if len(swapped) > 1 else 0):
        yield Slip("classes-swapped", in_step(calculation, id, text), {id: new})
    of_logits = [p for p in calculation.all("y_pred") if isinstance(p.definition, Sigmoid)]
    if of_logits and not calculation.all("rest"):
        text = "The logits are taken for probabilities, kept between 1e-7 and 1 − 1e-7, as Keras does without from_logits=True."
        logits = {p.id: p.definition.operands[0].value(calculation.values) for p in of_logits}
        kept = {id: _kept_within(_KERAS, logit) for id, logit in logits.items()}
        if any(not 0 < logit < 1 for logit in logits.values()):  # else nothing is to be kept
            yield Slip("sigmoid-forgotten", text, kept)
    if base_of(next(iter(terms.values()))[0][1]) == "e":
        yield from _arguments_exchanged(calculation, worked)
    if calculation.all("given.pos_weight"):
        text = "The weight of a 1 stands before 1 − y: it multiplies the products with y."
        other = {
            id: _negative_sum(
                [(one[0].operands[1], one[1]), (one[0].operands[0] * zero[0], zero[1])]
            )
            for id, (one, zero) in terms.items()
        }
        yield Slip("classes-swapped", text, other)
    if given := calculation.all("given.y_pred"):
        text = "The sigmoid is taken of numbers that are probabilities already, as if they were logits."
        yield Slip("probabilities-as-logits", text, common_slips.sigmoids(calculation, given))
    if averages:
        yield from common_slips.averaging_slips(calculation)
    counting = {id: _counting(calculation, parts) for id, parts in terms.items()}
    yield from clipping_slips(calculation, counting, binary=True)


def _arguments_exchanged(calculation: Calculation, terms: Mapping[str, Parts]) -> Iterator[Slip]:
    """The prediction for the truth and the truth for the prediction, with its logarithms cut off as
    libraries do it."""
    true = [calculation.values[each.id] for each in calculation.all("given.y_true")]
    weights = ("given.class_weight", "given.pos_weight", "smoothed")
    logarithms = [log.value({}) for parts in terms.values() for _, log in parts]
    is_certain = not all(logarithms) or not all(map(Decimal.is_finite, logarithms))
    if len(true) != len(terms) or is_certain or any(map(calculation.all, weights)):
        return
    # 1 − 1e-7 is 1 − 1.19e-7 in single precision
    cuts = (
        ("−100, as by PyTorch", Decimal(-100), Decimal(-100)),
        ("ln 1e-7, as by Keras", _KERAS.ln(), Decimal("1.1920929e-7").ln()),
    )
    for who, *lowest in cuts:
        changed: dict[str, Decimal] = {}
        with localcontext(WORKED_AGAIN):
            for y, (id, parts) in zip(true, terms.items(), strict=True):
                shares = [log.value({}).exp() for _, log in parts]
                logs = [
                    max(each.ln(), low) if each else low
                    for each, low in zip((y, 1 - y), lowest, strict=True)
                ]
                changed[id] = -sum(map(mul, shares, logs), Decimal(0))
        text = f"y and ŷ are taken for each other, and logarithms cut off at {who}."
        yield Slip("distributions-exchanged", text, changed)


def counting_alone(calculation: Calculation) -> dict[str, Expression]:
    """The terms of two outcomes, without the products that begin with 0."""
    terms = _terms(calculation)
    return {id: _negative_sum(_counting(calculation, parts)) for id, parts in terms.items()}


# --- the logarithm of 0, or of a tiny probability, as libraries make a number of it ---------


def clipping_slips(
    calculation: Calculation, terms: Mapping[str, Parts], *, binary: bool = False
) -> Iterator[Slip]:
    """What libraries do to the probabilities before the logarithm, where it can be seen.

    Args:
        terms: by id, what multiplies each logarithm that counts, and the logarithm.
        binary: whether it is a binary cross-entropy.
    """
    with localcontext(WORKED_AGAIN):
        taken = {id: [_taken(calculation, *each) for each in parts] for id, parts in terms.items()}
        lowest = Decimal(-100).exp()
    seen = {
        id: logarithms
        for id, logarithms in taken.items()
        if any(not _LOWEST < number < _HIGHEST for _, number, _ in logarithms)
    }
    here = "here the logarithm is taken of what is given."
    for number, said, who in _KEPT:
        text = f"Probabilities are kept between {said} and 1 − {said}, as {who} keeps them; {here}"
        yield from _made(seen, text, partial(_kept_within, Decimal(number)))
    if binary:
        text = "Logarithms are cut off at −100, as PyTorch's BCELoss cuts them off; here they are taken as they are."
        natural = {id: each for id, each in seen.items() if each[0][2] == "e"}
        yield from _made(natural, text, partial(max, lowest))
        text = "Probabilities are kept above 1e-7, and 1e-7 is added inside the logarithm, as "
        text += f"Keras does in TensorFlow; {here}"
        for least in ("1e-7", "1.1920929e-7"):  # 1 − ŷ is the latter, where ŷ is kept in float32
            yield from _made(seen, text, partial(_kept_and_added, Decimal(least)))
    for said in _ADDED:
        text = f"{said} is added inside the logarithm; here it is taken of the probability itself."
        yield from _made(seen, text, partial(_added, Decimal(said), to_zero=said not in _BOTH))


def _kept_within(limit: Decimal, p: Decimal) -> Decimal:
    return min(max(p, limit), 1 - limit)


def _kept_and_added(least: Decimal, p: Decimal) -> Decimal:
    return p if p > _LOWEST else max(p, least) + _KERAS


def _added(epsilon: Decimal, p: Decimal, *, to_zero: bool) -> Decimal:
    """What is added to a probability, where it makes a difference."""
    if not p:
        return epsilon if to_zero else p
    with localcontext(WORKED_AGAIN):
        shows = p < _LOWEST and epsilon > -_SHOWS * p * p.ln()
    return p + epsilon if shows else p


def _taken(calculation: Calculation, share: Expression, logarithm: Expression) -> _Logarithm:
    """A logarithm, or what is given for one."""
    if isinstance(logarithm, Log):
        return share, logarithm.operands[0].value(calculation.values), logarithm.base
    base = base_of(logarithm)
    given = logarithm if base == "e" else logarithm.operands[0]
    return share, elementary.exp(given.value(calculation.values)), base


def base_of(logarithm: Expression) -> LogBase:
    """The base of a logarithm, or of q or q / ln 2 where q is one."""
    if isinstance(logarithm, Log):
        return logarithm.base
    if not logarithm.operands:
        return "e"
    (of_base,) = logarithm.operands[1].operands
    assert isinstance(of_base, Constant)  # noqa: S101 - see log_of
    return "2" if of_base.number == 2 else "10"


def _made(
    seen: Mapping[str, Sequence[_Logarithm]], text: str, change: Callable[[Decimal], Decimal]
) -> Iterator[Slip]:
    """The mistake of taking the logarithms of other numbers, where any is another."""
    changed = {
        id: Negative(Sum(*(Product(share, Log(Constant(change(p)), base)) for share, p, base in each)))
        for id, each in seen.items()
        if any(change(p) != p for _, p, _ in each)
    }  # fmt: skip
    if changed:
        yield Slip("library-clip", text, changed)
