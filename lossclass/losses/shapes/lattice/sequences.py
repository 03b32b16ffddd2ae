"""What losses of one sequence say before and behind their lattice: which names do not fit, the
formula, the answer in NumPy, and the libraries."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from lossclass.blocks import Call
from lossclass.losses._calls import calls
from lossclass.losses._calls_how import How
from lossclass.losses._logarithms import ln_of_base
from lossclass.losses.shapes.heads import head
from lossclass.losses.shapes.reduction import reduce_values
from lossclass.problem.arrays import Rows, class_index, shape_of
from lossclass.problem.fields import Refusals
from lossclass.problem.keys import Inconsistency, LogarithmKeys, ProblemKeys
from lossclass.problem.yaml_source import Path
from lossclass.second_road import np

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
    """Names that are too many or too few, or stand there twice.

    Args:
        each: what there is one of for each, for the message.
    """
    if names is not None and len(names) != count:
        yield (key,), f"expected {count} {key}, {each}, got {len(names)}"
    for position, name in enumerate(names or ()):
        if names and name in names[:position]:
            yield (key, position), f"the {key[:-1]} {name!r} stands here twice"


def unknown(label: str, names: Sequence[str], path: Path, what: str) -> Iterator[Inconsistency]:
    """A label that is neither one of the names nor the index of one.

    Args:
        what: what it should be one of.
    """
    try:
        class_index(label, names, path)
    except Refusals as error:
        yield from ((where, said.replace("class", what)) for where, said in error.found)


def no_square(key: str, rows: Rows | None, count: int, each: str) -> Iterator[Inconsistency]:
    """A table of ways that has not one row and one column for each name.

    Args:
        each: what the names are of.
    """
    if rows is not None and (found := shape_of(rows)) != (count, count):
        got = " × ".join(map(str, found))
        yield (key,), f"expected {count} × {count} numbers, from and to each {each}, got {got}"


# --- the formula, and the answer ---------------------------------------------------------


def formula(inputs: ProblemKeys, loss: str, *where: str) -> str:
    """The formula that a problem is worked by.

    Args:
        where: what is to be said behind.
    """
    return head(loss, inputs, "sum", ("1",), where=where)


def no_library(name: str) -> Callable[[ProblemKeys], list[Call]]:
    """What is said of the libraries for a loss that none of them has."""
    return lambda inputs: calls(name, How.of(inputs, "sum", (1,)))


def answer(inputs: LogarithmKeys, loss: float) -> Any:
    """The answer in NumPy, of a loss in natural logarithms."""
    return reduce_values(np.array([loss / ln_of_base(inputs.log_base)]), inputs, "sum")
