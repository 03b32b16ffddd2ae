"""Greedy decoding: the most probable symbol of each time step, and what these symbols spell.

They make the best path, the most probable of all alignments of whatever labels. Source: Graves et
al. (2006), section 3.2, where this is called best path decoding.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from math import prod

from lossclass.arithmetic.expression import Product
from lossclass.arithmetic.number import WORKING
from lossclass.arithmetic.symbol import Symbol
from lossclass.losses.ctc.alignment import collapse, merge_repeats
from lossclass.losses.ctc.alignments import MOST_FACTORS
from lossclass.losses.ctc.prefixes import MOST_STEPS, most_steps
from lossclass.losses.ctc.sheet import Sheet

#: A longer path has no table, and of longer texts the middle is left out.
_LONGEST = 30
#: So many ties, and symbols of a tie, are named in a remark.
_MOST_NAMED = 5


@dataclass(frozen=True)
class BestPath:
    """The most probable symbol of each time step.

    Attributes:
        symbols: one for each time step.
        ties: the symbols that are equally probable, by the time at which they are; from 1.
    """

    symbols: tuple[str, ...]
    ties: Mapping[int, Sequence[str]]


def best_path(sheet: Sheet) -> BestPath:
    """The most probable symbol of each time step; of several, the one in the first column."""
    inputs, names = sheet.inputs, sheet.inputs.symbols
    if inputs.by_symbol is not None:
        columns = _most_probable(tuple(inputs.by_symbol.values()))
        every_time = [columns] * sheet.T
    elif sheet.outputs.is_large:
        every_time = list(_most_probable_of_array(sheet))
    elif inputs.kind == "rnn":
        times = range(1, sheet.T + 1)
        rows = (tuple(sheet.outputs.value(t, name) for name in names) for t in times)
        every_time = [_most_probable(row) for row in rows]
    else:  # logarithms and logits have the order of the probabilities
        every_time = [_most_probable(row) for row in inputs.matrix.rows()]
    return BestPath(
        tuple(names[columns[0]] for columns in every_time),
        {
            t: [names[column] for column in columns]
            for t, columns in enumerate(every_time, start=1)
            if len(columns) > 1
        },
    )


def _most_probable(row: Sequence[Decimal]) -> list[int]:
    largest = max(row)
    return [column for column, number in enumerate(row) if number == largest]


def _most_probable_of_array(sheet: Sheet) -> Iterator[list[int]]:
    import numpy as np

    array = sheet.inputs.matrix.array()
    is_largest = array == array.max(axis=1, keepdims=True)
    is_tied = (is_largest.sum(axis=1) > 1).tolist()
    for row, first in enumerate(is_largest.argmax(axis=1).tolist()):
        yield np.flatnonzero(is_largest[row]).tolist() if is_tied[row] else [first]


def write_greedy(sheet: Sheet) -> None:
    """Write the best path and what it spells: step ``best_path``, unless it is too long or the
    outputs are too many."""
    working, path = sheet.working, best_path(sheet)
    working.section("What the model itself would write")
    working.say(
        "Greedy decoding asks what the model would write without knowing the target. It takes the "
        "most probable symbol of each time step. Together they are the best path, the most probable "
        "of all alignments, whatever they spell. What it collapses to is what the model writes."
    )
    is_worked = sheet.T <= MOST_FACTORS and not sheet.outputs.is_large
    if sheet.inputs.by_symbol is not None:
        working.say("The probabilities are the same at every time step, so the symbol is too.")
    elif is_worked and sheet.T <= _LONGEST:
        rows = [(str(t), k, sheet.outputs(t, k)) for t, k in enumerate(path.symbols, start=1)]
        working.table("best_path", "", ("t", "most probable symbol", "its probability"), rows)
    _remark_on_ties(sheet, path)
    if is_worked:
        _write_probability(sheet, path.symbols)
    spelt = collapse(path.symbols, sheet.inputs.blank_symbol)
    _compare(sheet, spelt)
    _judge(sheet, _text(sheet, spelt), is_worked=is_worked)


def _text(sheet: Sheet, symbols: Sequence[str]) -> str:
    """The symbols side by side; of many, the first and the last."""
    if len(symbols) <= _LONGEST:
        return sheet.spell(symbols)
    half = _LONGEST // 2
    ends = f"{sheet.spell(symbols[:half])} … {sheet.spell(symbols[-half:])}"
    return f"{ends} ({len(symbols)} symbols)"


def _write_probability(sheet: Sheet, path: Sequence[str]) -> None:
    spelt = collapse(path, sheet.inputs.blank_symbol)
    sheet.working.step(
        "best_path",
        Symbol("P", ("greedy",), (Symbol("π"),)),
        Product(*(sheet.outputs(t, symbol) for t, symbol in enumerate(path, start=1))),
        title=f"The best path: {_text(sheet, path)}",
        why=f"Repeats merged: {_text(sheet, merge_repeats(path))}. "
        f"Blanks taken out: {_text(sheet, spelt)}.",
        tells=True,
    )


def _remark_on_ties(sheet: Sheet, path: BestPath) -> None:
    if not path.ties:
        return
    if sheet.inputs.by_symbol is not None:
        where = f"{_tied(path.ties[1])} at every time step"
    else:
        named = list(path.ties.items())[:_MOST_NAMED]
        where = "; ".join(f"{_tied(symbols)} at t = {t}" for t, symbols in named)
        if len(path.ties) > len(named):
            where += f"; and so at {len(path.ties) - len(named)} more"
    sheet.working.remark(
        "best-path-tie",
        f"Equally probable are {where}. The first of them in the order in which the symbols are "
        "given is taken.",
    )


def _tied(symbols: Sequence[str]) -> str:
    if len(symbols) > _MOST_NAMED:
        return f"{len(symbols)} symbols"
    return f"{', '.join(symbols[:-1])} and {symbols[-1]}"


def _compare(sheet: Sheet, spelt: tuple[str, ...]) -> None:
    """Say whether the best path spells the target."""
    text = f"The model would write {_text(sheet, spelt)}"
    if spelt == sheet.inputs.target_symbols:
        sheet.working.say(f"{text}, which is the target.", tells=True)
        return
    sheet.working.remark(
        "best-path-is-not-the-target",
        f"{text}, not the target {_text(sheet, sheet.inputs.target_symbols)}.",
    )


def _judge(sheet: Sheet, spelt: str, *, is_worked: bool) -> None:
    """Say whether some other labels may be more probable than what the best path spells."""
    if sheet.T == 1:
        sheet.working.say(
            "With one time step there is one alignment for each labelling, so no labelling is more "
            f"probable than {spelt}.",
            tells=True,
        )
    elif is_worked and _has_more_than_half(sheet):
        sheet.working.say(
            "The best path alone has more than half of the probability that all alignments of all "
            f"labellings have together. So no labelling is more probable than {spelt}.",
            tells=True,
        )
    else:
        can_be_asked_for = most_steps(sheet.T, len(sheet.inputs.symbols), 1) <= MOST_STEPS
        offered = can_be_asked_for and sheet.working.wanted.beam is None
        more = " Prefix beam search looks for it (--beam)." if offered else ""
        sheet.working.remark(
            "best-path-is-one-alignment",
            "The best path is a single alignment, and p(l|x) is a sum over all alignments of l. So "
            f"another labelling may be more probable than {spelt}.{more}",
        )


def _has_more_than_half(sheet: Sheet) -> bool:
    with localcontext(WORKING):
        sums = sheet.outputs.sums()
        total = prod(sums) if len(sums) == sheet.T else sums[0] ** sheet.T
        return 2 * sheet.value("best_path") > total
