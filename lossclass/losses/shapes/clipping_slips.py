"""The logarithm of 0, or of a tiny probability, as libraries make a number of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal, localcontext
from functools import partial
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
    Sum,
)
from lossclass.slips import Slip

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
