"""The mistakes with smoothed labels: no smoothing, or other shares than (1 − ε) y + ε / C."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal

from lossclass.arithmetic.calculation import Calculation
from lossclass.arithmetic.expression import (
    Constant,
    Expression,
    Negative,
    Product,
    Quantity,
    Quotient,
    Sum,
)
from lossclass.arithmetic.notation import PLAIN
from lossclass.slips import Slip

_ONE = Constant(1)


#: The share that smoothing gives to a class, from its true probability y.
_Share = Callable[[Quantity], Expression]


def smoothing_slips(calculation: Calculation, classes: int) -> Iterator[Slip]:
    """The mistakes with label smoothing, where there is any."""
    if not (given := calculation.all("given.label_smoothing")):
        return
    (epsilon,) = given
    yield Slip("smoothing-forgotten", "The labels are not smoothed.", {epsilon.id: Decimal(0)})
    if classes < 2:
        return
    true = {each.id: _true(calculation, each) for each in calculation.all("smoothed")}
    e = PLAIN.symbol(epsilon.symbol)
    belongs = f"every class gets {e}/{classes}, and the true one 1 − {e} more."
    observations = len(calculation.all("term"))
    for code, text, share in (
        _among_the_others(epsilon, classes),
        *_other_masses(epsilon, classes),
        *_other_divisors(epsilon, classes, observations),
    ):
        yield Slip(code, f"{text}: {belongs}", {id: share(y) for id, y in true.items()})


def _among_the_others(epsilon: Quantity, classes: int) -> tuple[str, str, _Share]:
    e = PLAIN.symbol(epsilon.symbol)
    text = f"{e} is given to the other class only"
    if classes > 2:
        others = classes - 1
        text = f"{e} is shared among the {others} other classes only, {e}/{others} for each"
    each = Quotient(epsilon, Constant(classes - 1))
    return "smoothing-over-other-classes", text, _shares(_one_minus(epsilon), each)


def _other_masses(epsilon: Quantity, classes: int) -> Iterator[tuple[str, str, _Share]]:
    """Other shares for the true class, or for all."""
    e, left, count = PLAIN.symbol(epsilon.symbol), _one_minus(epsilon), Constant(classes)
    even, much = Quotient(epsilon, count), Quotient(left, count)
    masses: list[tuple[str, _Share]] = [
        (
            f"Each class gets (1 − {e})/{classes} in the place of {e}/{classes}",
            _evenly(left, much),
        ),
        (
            f"{e} and 1 − {e} are taken for each other",
            _evenly(epsilon, much),
        ),
        (
            f"Each class gets 1/{classes}, without {e}",
            _evenly(left, Quotient(_ONE, count)),
        ),
        (f"The true class gets 1 − {e}/{classes}", _shares(_one_minus(even), even)),
        (f"The true class gets 1 − {e} only", _shares(left, even)),
    ]
    if classes > 2:  # of two, it is given to the other class
        masses.append((f"Every other class gets the whole of {e}", _shares(left, epsilon)))
    for text, share in masses:
        yield "smoothing-mass-wrong", text, share


def _other_divisors(
    epsilon: Quantity, classes: int, observations: int
) -> Iterator[tuple[str, str, _Share]]:
    """ε shared among another number than that of the classes."""
    left = _one_minus(epsilon)
    divisors = {
        observations: "the number of observations",
        classes - 1: "the number of the other classes",
    }
    for number, what in divisors.items():
        if number not in (1, classes):
            each = Quotient(epsilon, Constant(number))
            text = f"{PLAIN.symbol(epsilon.symbol)} is divided by {what}, {number}"
            yield (
                "smoothing-mass-wrong",
                f"{text}, not by the number of classes",
                _evenly(left, each),
            )


def _evenly(of_true: Expression, of_all: Expression) -> _Share:
    """A share for all classes, and one more for the true class."""
    return lambda y: Sum(Product(of_true, y), of_all)


def _shares(of_true: Expression, of_others: Expression) -> _Share:
    """One share for the true class, and one for each of the others."""
    return lambda y: Sum(Product(of_true, y), Product(of_others, _one_minus(y)))


def _true(calculation: Calculation, smoothed: Quantity) -> Quantity:
    """The true probability that was smoothed."""
    return calculation.by_id["given.y_true" + smoothed.id.removeprefix("smoothed")]


def _one_minus(expression: Expression) -> Expression:
    return Sum(_ONE, Negative(expression))
