"""The logarithm of 0, or of a tiny probability, as libraries make a number of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal, localcontext
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
#: No logarithm is further below 0 in PyTorch's binary cross-entropy.
_PYTORCH: Final = -100
#: Between these, nobody's ε can be seen in four digits of the loss.
_LOWEST, _HIGHEST = Decimal("0.005"), Decimal("0.99999985")
#: By this share of itself, what is added must change a logarithm at least.
_SHOWS: Final = Decimal("1e-5")

#: What multiplies a logarithm, the number that it is taken of, and its base.
_Logarithm = tuple[Expression, Decimal, LogBase]


def clipping_slips(
    calculation: Calculation,
    terms: Mapping[str, Sequence[tuple[Expression, Expression]]],
    *,
    binary: bool = False,
) -> Iterator[Slip]:
    """What libraries do to the probabilities before the logarithm, where it can be seen.

    Args:
        terms: by id, what multiplies each logarithm that counts, and the logarithm.
        binary: whether it is a binary cross-entropy.
    """
    with localcontext(WORKED_AGAIN):
        taken = {id: [_taken(calculation, *each) for each in parts] for id, parts in terms.items()}
    seen = {
        id: logarithms
        for id, logarithms in taken.items()
        if any(not _LOWEST < number < _HIGHEST for _, number, _ in logarithms)
    }
    if not seen:
        return
    for number, said, who in _KEPT:
        limit = Decimal(number)
        text = f"Probabilities are kept between {said} and 1 − {said}, as {who} keeps them; "
        yield from _made(
            seen,
            f"{text}here the logarithm is taken of what is given.",
            lambda p, limit=limit: min(max(p, limit), 1 - limit),  # type: ignore[misc]
        )
    if binary:
        yield from _with_limit(seen)
        for kept in ("1e-7", "1.1920929e-7"):  # 1 − ŷ is the latter, where ŷ is kept in float32
            least = Decimal(kept)
            yield from _made(
                seen,
                "Probabilities are kept above 1e-7, and 1e-7 is added inside the logarithm, as Keras "
                "does in TensorFlow; here the logarithm is taken of what is given.",
                lambda p, least=least: p if p > _LOWEST else max(p, least) + _KERAS,  # type: ignore[misc]
            )
    for said in _ADDED:
        epsilon = Decimal(said)
        text = f"{said} is added inside the logarithm; here it is taken of the probability itself."
        yield from _made(
            seen,
            text,
            lambda p, epsilon=epsilon, both=said in _BOTH: (  # type: ignore[misc]
                p + epsilon if _shows(p, epsilon) and (p or not both) else p
            ),
        )


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


def _shows(probability: Decimal, epsilon: Decimal) -> bool:
    """Whether ε makes a difference beside a probability."""
    if not probability:
        return True
    with localcontext(WORKED_AGAIN):
        return probability < _LOWEST and epsilon > -_SHOWS * probability * probability.ln()


def _made(
    seen: Mapping[str, Sequence[_Logarithm]], text: str, change: Callable[[Decimal], Decimal]
) -> Iterator[Slip]:
    changed: dict[str, Expression | Decimal] = {}
    for id, logarithms in seen.items():
        others = [(share, change(number), base) for share, number, base in logarithms]
        if any(new[1] != old[1] for new, old in zip(others, logarithms, strict=True)):
            products = (Product(share, Log(Constant(p), base)) for share, p, base in others)
            changed[id] = Negative(Sum(*products))
    if changed:
        yield Slip("library-clip", text, changed)


def _with_limit(seen: Mapping[str, Sequence[_Logarithm]]) -> Iterator[Slip]:
    """Logarithms that are cut off themselves."""
    changed: dict[str, Expression | Decimal] = {}
    with localcontext(WORKED_AGAIN):
        lowest = Decimal(_PYTORCH).exp()
        for id, logarithms in seen.items():
            if any(number < lowest for _, number, _ in logarithms) and logarithms[0][2] == "e":
                changed[id] = Negative(
                    Sum(*(Product(share, Log(Constant(max(p, lowest)))) for share, p, _ in logarithms))
                )  # fmt: skip
    if changed:
        text = (
            f"Logarithms are cut off at −{-_PYTORCH}, as PyTorch's BCELoss cuts them off; here they"
        )
        yield Slip("library-clip", f"{text} are taken as they are.", changed)
