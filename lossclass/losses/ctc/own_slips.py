"""The mistakes that people make with CTC."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from functools import reduce
from typing import TypeAlias

from lossclass.arithmetic.expression import (
    Constant,
    Expression,
    Log,
    Negative,
    Quantity,
    Quotient,
    Sum,
)
from lossclass.arithmetic.number import is_equal
from lossclass.losses._slips import (
    CONTEXT,
    OwnSlip,
    Reworking,
    shared_slips,
    softmax_of_probabilities,
)
from lossclass.losses._spelling import Spelling
from lossclass.losses.ctc.alignment import collapse
from lossclass.losses.ctc.inputs import Inputs
from lossclass.losses.ctc.lattice import Lattice
from lossclass.losses.ctc.sheet import MOST_CELLS

#: How two of the ways into a cell are made one: added, or the larger taken.
_Joined: TypeAlias = Callable[[Decimal, Decimal], Decimal]
_BEST = "Only the most probable alignment is counted: p(l|x) is the sum over all that count."


def slips(
    inputs: Inputs, calculation: Sequence[Quantity], values: Mapping[str, Decimal]
) -> Iterator[OwnSlip]:
    """What is left out of p(l|x), what is counted that does not belong to it, and what is made of
    it."""
    rework = Reworking(calculation, values)
    yield from (_over_the_list if inputs.T is None else _over_all)(inputs, rework)
    yield from _after_the_probability(inputs, rework)
    yield from shared_slips(rework, probabilities="given.probabilities")
    if inputs.by_symbol is not None:
        given = [each for each in calculation if each.id.startswith("given.P(")]
        yield from softmax_of_probabilities(rework, given)


def _after_the_probability(inputs: Inputs, rework: Reworking) -> Iterator[OwnSlip]:
    """What is made of the alignments' probabilities, and of minus the logarithm of their sum."""
    loss = _negative_log(rework)
    counted = _counted(rework)
    if counted:
        logarithms = Negative(Sum(*(Log(each, inputs.log_base) for each in counted)))
        text = "The logarithm is taken of each alignment: it belongs to the sum of them all."
        yield from rework.slip("sum-of-logs", text, {loss.id: logarithms})
    length = len(inputs.target_symbols)
    if length:
        text = (
            f"It is divided by the length of the target, {length}, as PyTorch's mean does; here it "
            "is not."
        )
        divided = Quotient(loss.definition, Constant(length))
        yield from rework.slip("divided-by-target-length", text, {loss.id: divided})


def _negative_log(rework: Reworking) -> Quantity:
    """The step that is minus the logarithm of p(l|x)."""
    found = rework.all("negative_log_likelihood")
    return found[0] if found else rework.quantities["loss"]


def _counted(rework: Reworking) -> Sequence[Quantity]:
    """The alignments whose sum is p(l|x), where they are steps."""
    total = rework.quantities.get("alignments.probability", rework.quantities["probability"])
    found = [each for each in total.definition.operands if isinstance(each, Quantity)]
    return found if all(each.id.startswith("alignment.") for each in found) else ()


# --- over the alignments that are listed -------------------------------------------------


def _over_the_list(inputs: Inputs, rework: Reworking) -> Iterator[OwnSlip]:
    counted = _counted(rework)
    if counted:
        best = max(counted, key=lambda each: rework.values[each.id])
        yield from rework.slip("best-path-only", _BEST, {"probability": best})
        yield from _blank_skipped(inputs, rework)
    steps = rework.all("alignment")
    invalid = _invalid(inputs, steps)
    if not invalid:
        return
    if inputs.alignments_counted == "valid":
        text = _said_of_invalid(inputs, invalid)
        yield from rework.slip("invalid-alignment-counted", text, {"probability": Sum(*steps)})
    elif valid := [step for step in steps if step not in invalid]:
        target = Spelling(inputs.symbols)(inputs.target_symbols)
        text = (
            f"Only the alignments that collapse to {target} are counted: this exercise counts all "
            "that it lists."
        )
        yield from rework.slip("valid-alignments-only", text, {"probability": Sum(*valid)})
    if "valid.probability" in rework.quantities:
        yield from _invalid_among_the_valid(inputs, rework, steps, invalid)


def _invalid_among_the_valid(
    inputs: Inputs,
    rework: Reworking,
    steps: Sequence[Quantity],
    invalid: Mapping[Quantity, tuple[str, ...]],
) -> Iterator[OwnSlip]:
    """All that are listed are counted where only those that spell the target are to be."""
    with_them = {"valid.probability": Sum(*steps)}
    yield from rework.slip(
        "invalid-alignment-counted", _said_of_invalid(inputs, invalid), with_them
    )


def _invalid(inputs: Inputs, steps: Sequence[Quantity]) -> dict[Quantity, tuple[str, ...]]:
    """The listed alignments that do not collapse to the target."""
    blank, target = inputs.blank_symbol, inputs.target_symbols
    return {
        step: alignment
        for step, alignment in zip(steps, inputs.listed, strict=False)
        if collapse(alignment, blank) != target
    }


def _said_of_invalid(inputs: Inputs, invalid: Mapping[Quantity, tuple[str, ...]]) -> str:
    spell = Spelling([*inputs.symbols, inputs.blank_symbol])
    names = ", ".join(spell(alignment) for alignment in dict.fromkeys(invalid.values()))
    is_one = len(set(invalid.values())) == 1
    verb = "is counted, which collapses" if is_one else "are counted, which collapse"
    return f"{names} {verb} to something else than {spell(inputs.target_symbols)}."


def _blank_skipped(inputs: Inputs, rework: Reworking) -> Iterator[OwnSlip]:
    blank = f"given.P({inputs.blank_symbol})"
    if blank in rework.quantities:
        yield from _without_blanks(rework, [blank])


def _without_blanks(rework: Reworking, ids: Sequence[str]) -> Iterator[OwnSlip]:
    text = "The probabilities of the blanks are left out: a blank is a symbol with one of its own."
    yield from rework.slip("blank-skipped", text, {id: Decimal(1) for id in ids})


# --- over all alignments -----------------------------------------------------------------


def _over_all(inputs: Inputs, rework: Reworking) -> Iterator[OwnSlip]:
    yield from _of_the_list(inputs, rework)
    yield from _of_the_best_path(inputs, rework)
    assert inputs.T is not None  # noqa: S101 - else there is only a list
    lattice = Lattice(inputs.target_symbols, inputs.blank_symbol, inputs.T)
    if not lattice.target or inputs.T * lattice.S > MOST_CELLS or "alpha.1.1" not in rework.values:
        return
    outputs = _outputs(inputs, lattice, rework)
    blanks = {each.id for (_, symbol), each in outputs.items() if symbol == lattice.blank}
    yield from _without_blanks(rework, sorted(blanks))
    if len(outputs) == inputs.T * len(set(lattice.extended)):
        yield from _in_other_ways(_Walk(lattice, rework, outputs))


def _in_other_ways(walk: _Walk) -> Iterator[OwnSlip]:
    """What comes of taking the best way alone, or ways by other rules."""
    lattice = walk.lattice
    best = walk.probability(walk.again(lattice.may_skip_to, max))
    yield from walk.rework.slip("best-path-only", _BEST, {"probability": best})
    text = (
        "No position is skipped: from a label, an alignment may go to the next one at once if the "
        "two are not the same."
    )
    yield from walk.slip("skip-forgotten", text, lambda _: False)
    if lattice.repeats:
        text = "The blank between two equal labels is skipped: without it, the two merge into one."
        yield from walk.slip(
            "skip-between-equal-labels", text, lambda s: s > 2 and not lattice.is_blank(s)
        )


def _of_the_list(inputs: Inputs, rework: Reworking) -> Iterator[OwnSlip]:
    """What comes of counting those that the problem lists."""
    listed = rework.all("alignment")[: len(inputs.listed)]
    if not listed:
        return
    if invalid := _invalid(inputs, listed):
        text = _said_of_invalid(inputs, invalid)
        with_them = Sum(rework.quantities["probability"].definition, *invalid)
        yield from rework.slip("invalid-alignment-counted", text, {"probability": with_them})
    text = "Only the alignments that are listed are counted: here all of the target count."
    alone = rework.quantities["listed.probability"].definition
    yield from rework.slip("alignments-missing", text, {"probability": alone})


def _of_the_best_path(inputs: Inputs, rework: Reworking) -> Iterator[OwnSlip]:
    """What comes of taking the best path for the target, where it spells something else."""
    path = rework.quantities.get("best_path")
    if path is None or _is_probable_as(rework, path):
        return
    blank = inputs.blank_symbol
    spelt = collapse([_symbol_of(inputs, each) for each in path.definition.operands], blank)
    if spelt == inputs.target_symbols:
        return
    spell = Spelling(inputs.symbols)
    text = (
        "Only the best path is counted, the most probable symbol of each time step, and it spells "
        f"{spell(spelt)}, not {spell.short(inputs.target_symbols)}: p(l|x) is the sum over all "
        "alignments of the target."
    )
    yield from rework.slip("greedy-path-only", text, {"probability": path})


def _is_probable_as(rework: Reworking, path: Quantity) -> bool:
    """Whether an alignment of the target is as probable, as it is with ties."""
    of_target = [*_counted(rework), *rework.all("best_alignment")]
    probability = rework.values[path.id]
    return any(is_equal(rework.values[each.id], probability) for each in of_target)


def _symbol_of(inputs: Inputs, output: Expression) -> str:
    """The symbol whose probability it is, as in :func:`_outputs`."""
    assert isinstance(output, Quantity)  # noqa: S101 - a factor of a path is named
    if inputs.by_symbol is not None:
        return output.id.removeprefix("given.P(").removesuffix(")")
    return inputs.symbols[int(output.id.rpartition(".")[2]) - 1]


def _outputs(
    inputs: Inputs, lattice: Lattice, rework: Reworking
) -> dict[tuple[int, str], Quantity]:
    """The probability of each symbol of the extended target at each time, as far as the working
    names it."""
    outputs: dict[tuple[int, str], Quantity] = {}
    for symbol in dict.fromkeys(lattice.extended):
        column = inputs.symbols.index(symbol) + 1
        for t in range(1, lattice.T + 1):
            ids = [
                f"given.P({symbol})",
                f"y_pred.{t}.{column}",
                f"given.probabilities.{t}.{column}",
            ]
            if named := [id for id in ids if id in rework.quantities]:
                outputs[t, symbol] = rework.quantities[named[0]]
    return outputs


@dataclass(frozen=True)
class _Walk:
    """The forward pass, gone through by other rules."""

    lattice: Lattice
    rework: Reworking
    outputs: Mapping[tuple[int, str], Quantity]

    def slip(self, code: str, text: str, may_skip_to: Callable[[int], bool]) -> Iterator[OwnSlip]:
        """The mistake of another rule for skips."""
        cells = self.again(may_skip_to, lambda one, other: one + other)
        changed: dict[str, Expression | Decimal] = {
            f"alpha.{t}.{s}": cell for (t, s), cell in cells.items()
        }
        yield from self.rework.slip(code, text, changed)

    def again(
        self, may_skip_to: Callable[[int], bool], joined: _Joined
    ) -> dict[tuple[int, int], Decimal]:
        """α by time and position."""
        lattice, cells = self.lattice, dict[tuple[int, int], Decimal]()
        positions = range(1, lattice.S + 1)
        with localcontext(CONTEXT):
            for t in range(1, lattice.T + 1):
                for s in positions:
                    sources = [s, s - 1, *([s - 2] if may_skip_to(s) else [])]
                    ways = [cells[t - 1, each] for each in sources if (t - 1, each) in cells]
                    if t == 1:
                        ways = [Decimal(s in lattice.starts)]
                    output = self.outputs[t, lattice.symbol(s)]
                    cells[t, s] = reduce(joined, ways) * self.rework.values[output.id]
        return cells

    def probability(self, cells: Mapping[tuple[int, int], Decimal]) -> Decimal:
        """The best of the cells where alignments end."""
        return max(cells[self.lattice.T, s] for s in self.lattice.ends)
