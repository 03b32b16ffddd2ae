"""What losses of one sequence as a whole say before and behind their lattice: which names do not fit,
the formula, the answer on both roads with its base of logarithms and, if there is one, its weight, and
the libraries."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from decimal import Decimal
from typing import Any, Final

from lossclass.arithmetic.expression import Constant, Expression, Log, Quantity
from lossclass.arithmetic.symbol import Symbol
from lossclass.blocks import Call
from lossclass.losses._calls import How, calls
from lossclass.losses.shapes.formulas import head
from lossclass.losses.shapes.reduction import reduce_steps, reduce_values
from lossclass.problem.arrays import Rows, class_index, shape_of
from lossclass.problem.fields import Refusals
from lossclass.problem.keys import Inconsistency, LogarithmKeys, ProblemKeys
from lossclass.problem.yaml_source import Path
from lossclass.second_road import ln_of_base, np
from lossclass.working import Working

#: What stands for what a problem may give, by key.
LETTERS: Final = {"probabilities": "y", "log_probs": "q", "logits": "z"}


def numbered(names: Sequence[str] | None, count: int) -> tuple[str, ...]:
    """The names that a problem gives; without any, places from 0."""
    return tuple(names or map(str, range(count)))


def places_of(labels: Sequence[str], names: Sequence[str]) -> tuple[int, ...]:
    """The places of labels, each a name or the index of one, counted from 1."""
    return tuple(1 + class_index(each, names, ()) for each in labels)


# --- what does not fit -------------------------------------------------------------------


def wrong_names(
    key: str, names: Sequence[str] | None, count: int, each: str
) -> Iterator[Inconsistency]:
    """Names that are too many or too few, or stand there twice; ``each`` says for what there is one."""
    if names is not None and len(names) != count:
        yield (key,), f"expected {count} {key}, {each}, got {len(names)}"
    for position, name in enumerate(names or ()):
        if names and name in names[:position]:
            yield (key, position), f"the {key[:-1]} {name!r} stands here twice"


def unknown(label: str, names: Sequence[str], path: Path, what: str) -> Iterator[Inconsistency]:
    """A label that is neither one of the names, of ``what`` it should be, nor the index of one."""
    try:
        class_index(label, names, path)
    except Refusals as error:
        yield from ((where, said.replace("class", what)) for where, said in error.found)


def no_square(key: str, rows: Rows | None, count: int, each: str) -> Iterator[Inconsistency]:
    """A table of ways that has not one row and one column for ``each`` tag or state."""
    if rows is not None and (found := shape_of(rows)) != (count, count):
        got = " × ".join(map(str, found))
        yield (key,), f"expected {count} × {count} numbers, from and to each {each}, got {got}"


# --- the formula, and the libraries --------------------------------------------------------


def formula(inputs: ProblemKeys, loss: str, *where: str) -> str:
    """The formula that a problem is worked by, with what is to be said behind."""
    return head(loss, inputs, "sum", ("1",), where=where)


def no_library(name: str) -> Callable[[ProblemKeys], list[Call]]:
    """What is said of the libraries for a loss that none of them has."""
    return lambda inputs: calls(name, How.of(inputs, "sum", (1,)))


# --- the answer, of a loss in natural logarithms -----------------------------------------


def answer(inputs: LogarithmKeys, loss: float) -> Any:
    """The answer in NumPy."""
    return reduce_values(np.array([loss / ln_of_base(inputs.log_base)]), inputs, "sum")


def is_weighted(inputs: ProblemKeys) -> bool:
    """Whether the answer is the loss times a weight."""
    return inputs.weights is not None and inputs.reduction != "weighted_mean"


def beside(inputs: LogarithmKeys) -> str:
    """What the answer has beside the loss in natural logarithms, as a phrase."""
    base = "" if inputs.log_base == "e" else f", divided by ln {inputs.log_base}"
    return f"{base}{', times the weight' if is_weighted(inputs) else ''}"


def all_beside(inputs: LogarithmKeys) -> str:
    """The same of several derivatives, as a sentence behind them."""
    return f" Each derivative is this{phrase}." if (phrase := beside(inputs)) else ""


def scale(inputs: LogarithmKeys) -> float:
    """The derivative of the answer by the loss in natural logarithms."""
    weight = float(inputs.weights[0]) if inputs.weights and is_weighted(inputs) else 1.0
    return weight / ln_of_base(inputs.log_base)


def scaled(inputs: LogarithmKeys, working: Working, slope: Expression) -> Expression:
    """A derivative of the loss in natural logarithms as one of the answer."""
    if isinstance(slope, Constant):
        return slope
    if is_weighted(inputs):
        slope = working.quantity("given.weight.1") * slope
    return in_base(inputs, slope)


def in_base(inputs: LogarithmKeys, natural: Expression) -> Expression:
    """What is in natural logarithms, in those of the problem."""
    base = inputs.log_base
    return natural if base == "e" else natural / Log(Constant(Decimal(base)))


def write_answers(
    inputs: ProblemKeys, working: Working, loss: Expression, titles: tuple[str, str], why: str = ""
) -> Sequence[Quantity]:
    """Write the loss as the answer; or, with a weight, as ``negative_log_likelihood.1`` and then the
    answers. The titles are what it is called as the answer, and as the loss before its weight."""
    if inputs.weights is None and inputs.reduction != "none":
        return [working.step("loss", Symbol("L"), loss, title=titles[0], why=why)]
    name = Symbol("ℓ", (1,))
    first = working.step("negative_log_likelihood.1", name, loss, title=titles[1], why=why)
    return reduce_steps(working, [first], inputs, "sum")


def write_minus_log(
    inputs: LogarithmKeys, working: Working, probability: Quantity, infinite: str
) -> Sequence[Quantity]:
    """Write minus the logarithm of a probability as the answer, and say what is ``infinite`` where that
    is 0, if anything."""
    titles = ("The loss: minus its logarithm", "Minus the logarithm of the probability")
    answers = write_answers(inputs, working, -Log(probability, inputs.log_base), titles)
    if infinite and not working.values[probability.id]:
        working.remark("loss-is-infinite", infinite, probability)
    return answers


# --- in sentences ------------------------------------------------------------------------


#: Between symbols of more than one character, and between symbols with spaces in them.
_GAP, _WIDE_GAP = " ", " · "
#: Of a longer sequence, the middle is left out where space is short.
_MOST = 30


class Spelling:
    """How symbols are written side by side: closed up while all are single characters."""

    def __init__(self, symbols: Collection[str]) -> None:
        self._gap = "" if all(len(symbol) == 1 for symbol in symbols) else _GAP
        if any(" " in symbol for symbol in symbols):
            self._gap = _WIDE_GAP

    def __call__(self, symbols: Sequence[str]) -> str:
        """The symbols as one text; ``(empty)`` for none."""
        return self._gap.join(symbols) or "(empty)"

    def short(self, symbols: Sequence[str]) -> str:
        """The same, with the middle of a long sequence left out."""
        if len(symbols) <= _MOST:
            return self(symbols)
        return f"{self(symbols[: _MOST // 2])} … {self(symbols[-_MOST // 2 :])}"
