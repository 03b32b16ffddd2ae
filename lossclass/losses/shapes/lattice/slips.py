"""The mistakes that are made in any table of a lattice, and other ways to write one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import partial
from itertools import combinations, islice
from typing import Any, Final

from lossclass.arithmetic.calculation import Calculation
from lossclass.arithmetic.expression import (
    ArgMax,
    Constant,
    Exp,
    Expression,
    Log,
    Max,
    Quantity,
    Quotient,
    Sum,
    sum_of,
)
from lossclass.arithmetic.replacing import Otherwise, replaced
from lossclass.losses.shapes.common_slips import numbers, row_of, sums_along
from lossclass.losses.shapes.lattice.cells import Worked
from lossclass.slips import Convention, Slip
from lossclass.slips.making import everywhere_and_once
from lossclass.working import dotted

#: So many pairs of states are taken for each other.
_MOST_PAIRS: Final = 10


def where_paths_meet(node: Expression) -> Sequence[Expression] | None:
    """What comes together in a sum of probabilities, or in a log-sum-exp of their logarithms."""
    match node:
        case Log(operands=(Sum(operands=powers),)) if all(isinstance(p, Exp) for p in powers):
            return [power.operands[0] for power in powers]
    return None


def summed(node: Expression) -> Sequence[Expression] | None:
    """The terms of a sum: the paths that come together in a cell of probabilities."""
    return node.operands if isinstance(node, Sum) and len(node.operands) > 1 else None


def other_meetings(
    calculation: Calculation,
    code: str,
    text: str,
    cells: Sequence[Quantity],
    meet: Callable[..., Expression] = Max,
    ways: Callable[[Expression], Sequence[Expression] | None] = where_paths_meet,
) -> Iterator[Slip]:
    """Something else done to the paths that come together, in all cells or in one."""

    def other(node: Expression) -> Expression | None:
        found = ways(node)
        return None if found is None else meet(*found)

    changed = {each.id: replaced(each.definition, other) for each in cells}
    made = {id: new for id, new in changed.items() if new is not calculation.by_id[id].definition}
    yield from everywhere_and_once(calculation, code, text, made)


def worked_otherwise(calculation: Calculation, name: str, table: Worked) -> dict[str, Expression]:
    """All cells but the first ones, from those before them, as another table has it: of other arcs,
    or other weights. Whether a walk can be there by its arcs is not asked: one cell may be wrong alone."""
    cells = {node: calculation.by_id[dotted(name, node)] for node in table.lattice.nodes}
    semiring, changed = table.semiring, dict[str, Expression]()
    for node, cell in cells.items():
        if ways := table.ways_to(node, cells):
            met = semiring.meet(node, ways)
            changed[cell.id] = semiring.walk([met, *table.weights.own(node)])
        elif node not in table.lattice.first:
            changed[cell.id] = semiring.none
    return changed


def _given_otherwise(
    calculation: Calculation, code: str, text: str, other: Mapping[str, Decimal]
) -> Iterator[Slip]:
    """Other numbers for given ones, where any is another."""
    if any(calculation.values[id] != number for id, number in other.items()):
        yield Slip(code, text, other)


def transposed(calculation: Calculation, name: str, letter: str) -> Iterator[Slip]:
    """A table of transitions that is read from the wrong side."""
    other: dict[str, Decimal] = {}
    for each in calculation.all(f"given.{name}"):
        *before, i, j = each.id.split(".")
        other[each.id] = calculation.values[".".join([*before, j, i])]
    text = f"The transitions are read the other way round: {letter}(i, j) goes from i, the row, to j, the column."
    yield from _given_otherwise(calculation, "transitions-transposed", text, other)


def left_out(
    calculation: Calculation, neutral: Decimal, *forgotten: tuple[str, str, str]
) -> Iterator[Slip]:
    """Given numbers that are not taken.

    Args:
        neutral: what stands for them then.
        forgotten: the key of some, the code of the slip, and what is said of it.
    """
    for name, code, text in forgotten:
        other = dict.fromkeys((each.id for each in calculation.all(f"given.{name}")), neutral)
        yield from _given_otherwise(calculation, code, text, other)


def exchanged(
    calculation: Calculation, names: Sequence[str], *tables: tuple[str, int, str]
) -> Iterator[Slip]:
    """Two states, or two tags, taken for each other in one of the given tables.

    Args:
        names: of the states.
        tables: the key of each, which part of its ids is the state, and what it is called.
    """
    for name, place, what in tables:
        for (i, one), (j, two) in islice(combinations(enumerate(names, start=1), 2), _MOST_PAIRS):
            instead, other = {str(i): str(j), str(j): str(i)}, dict[str, Decimal]()
            for each in calculation.all(f"given.{name}"):
                parts = each.id.split(".")
                parts[place] = instead.get(parts[place], parts[place])
                other[each.id] = calculation.values[".".join(parts)]
            text = f"{one} and {two} are taken for each other in {what}."
            yield from _given_otherwise(calculation, "states-exchanged", text, other)


def another_blank(
    calculation: Calculation, symbols: Sequence[str], blank: str, rows: Iterable[Sequence[Quantity]]
) -> Iterator[Slip]:
    """The first or the last column taken for that of the blank.

    Args:
        symbols: what the columns are of.
        rows: the probabilities that there are, each by column.
    """
    own, rows = symbols.index(blank), [*rows]
    for column, place in ((0, "first"), (len(symbols) - 1, "last")):
        if column != own:
            text = (
                f"The {place} column, {symbols[column]}, is taken for that of the blank: here the "
                f"blank is {blank}."
            )
            changed = {row[own].id: calculation.values[row[column].id] for row in rows}
            yield Slip("another-blank", text, changed)


def loss_of(calculation: Calculation) -> Quantity:
    """Minus the logarithm of the probability: the loss, without a weight of the sequence."""
    return (*calculation.all("negative_log_likelihood"), *calculation.all("loss"))[0]


def divided(calculation: Calculation, *lengths: tuple[str, int, str]) -> Iterator[Slip]:
    """The loss divided by a length.

    Args:
        lengths: the code of each, the length, and what it is.
    """
    loss = loss_of(calculation)
    for code, length, what in lengths:
        if length:
            text = f"It is divided by {length}, {what}; here it is not."
            yield Slip(code, text, {loss.id: Quotient(loss.definition, Constant(length))})


def other_best_paths(
    calculation: Calculation,
    own: Callable[[int], Sequence[Expression]],
    added: Callable[..., Expression] = Sum,
) -> Iterator[Slip]:
    """The best path with sums in its table, or without its back-pointers: the largest δ of each time
    step, or the largest of what stands at its nodes.

    Args:
        own: what stands at the nodes of a time.
        added: how what paths carry is added.
    """
    best = calculation.all("best")
    yield from other_meetings(
        calculation,
        "sum-for-max",
        "The paths that meet are added: for the best path, only the largest of them counts.",
        [*calculation.all("delta"), *calculation.all("best_score")],
        added,
        lambda node: node.operands if isinstance(node, Max) else None,
    )

    def largest(of: Callable[[int], Sequence[Expression]]) -> dict[str, Expression]:
        choices = {each.id: of(int(each.id.split(".")[1])) for each in best}
        return {id: ArgMax(*choice) for id, choice in choices.items() if len(choice) > 1}

    def delta(t: int) -> Sequence[Expression]:
        return [each for each in calculation.all("delta") if each.id.split(".")[1] == str(t)]

    if backwards := largest(delta):
        text = (
            "The largest δ of each time step is taken: the path is found from its end, by the "
            "back-pointers ψ."
        )
        yield Slip("no-backtrace", text, backwards)
    if alone := largest(own):
        text = (
            "The best of each time step by itself is taken: the best path also has what stands "
            "between the time steps."
        )
        yield Slip("argmax-of-each-step", text, alone)


def from_one_side(
    calculation: Calculation, count: int, of: Callable[[Quantity], Expression] = lambda cell: cell
) -> Iterator[Slip]:
    """How probable it is to be at a node, from the beginnings alone.

    Args:
        count: how many nodes a time has.
        of: what makes a probability of an α.
    """
    alone: dict[str, Expression] = {}
    for each in calculation.all("occupancy"):
        _, t, k = each.id.split(".")
        row = [of(calculation.by_id[f"alpha.{t}.{c}"]) for c in range(1, count + 1)]
        alone[each.id] = Quotient(row[int(k) - 1], sum_of(row))
    text = "This is α divided by its sum, which counts the beginnings of paths alone: β, for the ways on, is a factor, too."
    if alone:
        yield Slip("one-direction-only", text, alone)


# --- other ways to write the tables ------------------------------------------------------


def in_logarithms(_: Any, calculation: Calculation) -> Iterator[Convention]:
    """Probabilities written as their logarithms, table by table; and scores as what exp makes of them."""
    total = "probability" if "probability" in calculation.by_id else "log_partition"
    written, back, what = (Log, Exp, "ln") if total == "probability" else (Exp, Log, "exp")
    text = f"This is {what} of what is asked for: worked so, the answer is the same."
    path = [each.id for name in ("psi", "best") for each in calculation.all(name)]
    for names, shown_by in (
        (("alpha",), ["loss"]),
        (("beta",), ["loss"]),
        (("alignment",), ["loss"]),
        ((total,), ["loss"]),
        (("delta", "best_score"), path),
    ):
        cells = [each for name in names for each in calculation.all(name)]
        otherwise = {each.id: Otherwise(written, back(each)) for each in cells}
        if otherwise:
            yield Convention("other-scale", text, otherwise, shown_by=shown_by)


def scaled(calculation: Calculation) -> Iterator[Convention]:
    """The forward variables of each time divided by their sum, as one does for long sequences."""
    cells = calculation.all("alpha")
    totals = sums_along(numbers(calculation, cells))
    if not all(totals.values()) or {*totals.values()} <= {1}:
        return
    otherwise = {
        each.id: Otherwise(partial(_divided, total), each * Constant(total))
        for each in cells
        for total in [totals[row_of(each.id)]]
    }
    text = "The α of each time step are divided by their sum, as for long sequences: the loss is the same."
    yield Convention("scaled-forward-variables", text, otherwise, shown_by=["loss"])


def _divided(total: Decimal, definition: Expression) -> Expression:
    return definition / Constant(total)
