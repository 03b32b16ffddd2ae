"""The mistakes that people make with CTC: in the forward variables, in the alignments one by one,
in what is counted, and in what is made of p(l|x)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal, localcontext
from functools import partial
from typing import Final, TypeAlias

from lossclass.arithmetic.calculation import WORKED_AGAIN, Calculation, is_same
from lossclass.arithmetic.expression import (
    Choose,
    Constant,
    Expression,
    Log,
    Negative,
    Product,
    Quantity,
    Quotient,
    Sum,
    quantities_in,
    sum_of,
)
from lossclass.arithmetic.notation import PLAIN
from lossclass.arithmetic.number import is_equal
from lossclass.arithmetic.replacing import Otherwise
from lossclass.losses.ctc.inputs import Inputs
from lossclass.losses.ctc.lattice import TargetLattice, collapse
from lossclass.losses.ctc.sheet import MOST_CELLS, OfSymbols
from lossclass.losses.shapes import common_slips
from lossclass.losses.shapes.lattice.cells import (
    LARGEST_PROBABILITY,
    PROBABILITIES,
    Semiring,
    Worked,
)
from lossclass.losses.shapes.lattice.sequences import Spelling
from lossclass.losses.shapes.lattice.slips import (
    another_blank,
    divided,
    in_logarithms,
    loss_of,
    other_best_paths,
    scaled,
    worked_otherwise,
)
from lossclass.records import record
from lossclass.slips import Convention, Slip
from lossclass.slips.making import once, standing_in

#: The probability of each symbol at each time.
_Outputs: TypeAlias = Mapping[tuple[int, str], Quantity]
#: A mistake at one place: the step, what is said of it, and the other definition.
_Place: TypeAlias = tuple[str, str, Expression]

_BEST: Final = "Only the most probable alignment is counted: p(l|x) is the sum over all that count."
_NO_SKIP: Final = (
    "No position is skipped: from a label, an alignment may go to the next one at once if the two "
    "are not the same."
)
_NO_SKIP_HERE: Final = (
    "The skip is forgotten: an alignment may also come from two positions before."
)
#: A mistake at one cell or factor is looked for at so many of them.
_MOST_PLACES: Final = 24
#: With other targets, the forward variables are worked again if they are no more than these.
_MOST_WORKED: Final = 600
#: A probability below this shows what a library adds to it.
_TINY = Decimal("1e-4")
#: What Keras adds to each probability before the logarithm.
_ADDED = Decimal("1e-7")


def slips(inputs: Inputs, calculation: Calculation) -> Iterator[Slip]:
    """What is left out of p(l|x), what is counted that does not belong to it, and what is made of
    it."""
    yield from (_over_the_list if inputs.T is None else _over_all)(inputs, calculation)
    yield from _after_the_probability(inputs, calculation)
    if inputs.T is None or "alpha.1.1" in calculation.values:
        yield from _of_the_outputs(inputs, calculation)
    yield from common_slips.shared_slips(calculation, probabilities="given.probabilities")
    if inputs.by_symbol is not None:
        given = [each for each in calculation if each.id.startswith("given.P(")]
        yield from common_slips.softmax_of_probabilities(calculation, given)


def conventions(inputs: Inputs, calculation: Calculation) -> Iterator[Convention]:
    """The tables in logarithms, or scaled; β with the probability of its own time in it; where β is on
    paper, β̂ is so as well."""
    yield from in_logarithms(inputs, calculation)
    yield from scaled(calculation)
    inside = calculation.all("beta_inside")
    if not inside or inputs.T is None:
        return
    values, otherwise = calculation.values, dict[str, Otherwise]()
    for each in inside:
        beta, output = quantities_in(each.definition)
        # of a probability of 0, what stands before it cannot be got back
        back = Quotient(beta, output) if values[output.id] else Constant(values[beta.id])
        otherwise[beta.id] = Otherwise(partial(_times, output), back)
    text = (
        "β has the probability of its own time step in it, as in the paper of 2006; here that is "
        "left out, and p(l|x) is the same."
    )
    yield Convention("beta-with-own-output", text, otherwise)


def _times(output: Quantity, definition: Expression) -> Expression:
    return Product(definition, output)


def _outputs(inputs: Inputs, calculation: Calculation) -> _Outputs:
    """The probability of each symbol at each time, as far as the working names it; where alignments
    are listed alone, all at time 1."""
    outputs: dict[tuple[int, str], Quantity] = {}
    for t in range(1, (inputs.T or 1) + 1):
        for column, symbol in enumerate(inputs.symbols, start=1):
            place = f"{t}.{column}"
            for id in (f"given.probabilities.{place}", f"y_pred.{place}", f"given.P({symbol})"):
                if id in calculation.by_id:
                    outputs[t, symbol] = calculation.by_id[id]
    return outputs


# --- what is made of p(l|x), and of the model's outputs ----------------------------------


def _after_the_probability(inputs: Inputs, calculation: Calculation) -> Iterator[Slip]:
    """What is made of the alignments' probabilities, and of minus the logarithm of their sum."""
    loss = loss_of(calculation)
    labels = len(inputs.target_symbols)
    yield from divided(
        calculation,
        ("divided-by-target-length", labels, "the target's length, as in PyTorch's mean"),
        ("divided-by-length", inputs.T or 0, "the number of time steps"),
    )
    if counted := _counted(calculation):
        logarithms = Negative(Sum(*(Log(each, inputs.log_base) for each in counted)))
        text = "The logarithm is taken of each alignment: it belongs to the sum of them all."
        yield Slip("sum-of-logs", text, {loss.id: logarithms})
    if calculation.values[loss.id].is_infinite():
        text = (
            "0 is given for an infinite loss, as some libraries do if asked to; p(l|x) is 0 here."
        )
        yield Slip("zero-for-infinite", text, {loss.id: Decimal(0)})
    elif inputs.T is not None and inputs.T > 1:
        text = (
            "The products of α and β are added over all time steps: those of one time step come to "
            "p(l|x) already."
        )
        summed = Product(Constant(inputs.T), calculation.by_id["probability"].definition)
        yield Slip("summed-over-time", text, {"probability": summed})


def _of_the_outputs(inputs: Inputs, calculation: Calculation) -> Iterator[Slip]:
    """What a function makes of numbers that are not those which it takes, or are too small."""
    values, outputs = calculation.values, _outputs(inputs, calculation)
    numbers = {each.id: values[each.id] for each in outputs.values()}
    if inputs.kind in ("logits", "rnn"):
        scores = {each.id: values[common_slips.logit_behind(each).id] for each in outputs.values()}
        text = (
            "The scores are taken for logarithms of probabilities: the softmax is left out, which "
            "divides by the sum."
        )
        yield Slip("scores-as-log-probs", text, common_slips.powers(scores))
    text = (
        "Probabilities stand where their logarithms belong: p(l|x) is worked from e to their power."
    )
    yield Slip("probabilities-as-log-probs", text, common_slips.powers(numbers))
    used = {*inputs.target_symbols, inputs.blank_symbol}
    if inputs.T is not None and any(
        numbers[each.id] < _TINY for (_, symbol), each in outputs.items() if symbol in used
    ):
        text = "1e-7 is added to every probability, as Keras does before it takes logarithms; "
        text += "here it is not."
        with localcontext(WORKED_AGAIN):
            added = {id: number + _ADDED for id, number in numbers.items()}
        yield Slip("library-clip", text, added)
    symbols = inputs.symbols
    times = range(1, (inputs.T or 0) + 1)
    if len(outputs) == len(symbols) * len(times):
        rows = [[outputs[t, symbol] for symbol in symbols] for t in times]
        yield from another_blank(calculation, symbols, inputs.blank_symbol, rows)


def _without_blanks(ids: Sequence[str]) -> Slip:
    text = "The probabilities of the blanks are left out: a blank is a symbol with one of its own."
    return Slip("blank-skipped", text, {id: Decimal(1) for id in ids})


# --- in the alignments one by one --------------------------------------------------------


def _counted(calculation: Calculation) -> Sequence[Quantity]:
    """The alignments whose sum is p(l|x), where they are steps."""
    total = calculation.by_id.get("alignments.probability", calculation.by_id["probability"])
    found = [each for each in total.definition.operands if isinstance(each, Quantity)]
    return found if all(each.id.startswith("alignment.") for each in found) else ()


def _over_the_list(inputs: Inputs, calculation: Calculation) -> Iterator[Slip]:
    if counted := _counted(calculation):
        best = max(counted, key=lambda each: calculation.values[each.id])
        yield Slip("best-path-only", _BEST, {"probability": best})
        if (blank := f"given.P({inputs.blank_symbol})") in calculation.by_id:
            yield _without_blanks([blank])
    steps = calculation.all("alignment")
    invalid = _invalid(inputs, steps)
    if not invalid:
        return
    with_invalid, text = Sum(*steps), _said_of_invalid(inputs, invalid)
    if inputs.alignments_counted == "valid":
        yield Slip("invalid-alignment-counted", text, {"probability": with_invalid})
    elif valid := [step for step in steps if step not in invalid]:
        target = Spelling(inputs.symbols)(inputs.target_symbols)
        said = (
            f"Only the alignments that collapse to {target} are counted: this problem counts all "
            "that it lists."
        )
        yield Slip("valid-alignments-only", said, {"probability": Sum(*valid)})
    if "valid.probability" in calculation.by_id:
        yield Slip("invalid-alignment-counted", text, {"valid.probability": with_invalid})


def _invalid(inputs: Inputs, steps: Sequence[Quantity]) -> dict[Quantity, tuple[str, ...]]:
    """The listed alignments that do not collapse to the target."""
    listed = zip(steps, inputs.listed, strict=False)
    return {step: alignment for step, alignment in listed if not inputs.is_of_target(alignment)}


def _said_of_invalid(inputs: Inputs, invalid: Mapping[Quantity, tuple[str, ...]]) -> str:
    spell = Spelling([*inputs.symbols, inputs.blank_symbol])
    names = ", ".join(spell(alignment) for alignment in dict.fromkeys(invalid.values()))
    is_one = len(set(invalid.values())) == 1
    verb = "is counted, which collapses" if is_one else "are counted, which collapse"
    return f"{names} {verb} to something else than {spell(inputs.target_symbols)}."


def _of_the_list(inputs: Inputs, calculation: Calculation) -> Iterator[Slip]:
    """What comes of counting those that the problem lists, where all count."""
    listed = calculation.all("alignment")[: len(inputs.listed)]
    if not listed:
        return
    if invalid := _invalid(inputs, listed):
        text = _said_of_invalid(inputs, invalid)
        with_them = Sum(calculation.by_id["probability"].definition, *invalid)
        yield Slip("invalid-alignment-counted", text, {"probability": with_them})
    text = "Only the alignments that are listed are counted: here all of the target count."
    alone = calculation.by_id["listed.probability"].definition
    yield Slip("alignments-missing", text, {"probability": alone})


def _of_the_best_path(inputs: Inputs, calculation: Calculation) -> Iterator[Slip]:
    """What comes of taking the best path for the target, where it spells something else, and no
    alignment of the target is as probable, as one is with ties."""
    path = calculation.by_id.get("best_path")
    if path is None:
        return
    symbols = {each.id: k for (_, k), each in _outputs(inputs, calculation).items()}
    factors = [each.id for each in path.definition.operands if isinstance(each, Quantity)]
    spelt = collapse([symbols[id] for id in factors], inputs.blank_symbol)
    of_target = [*_counted(calculation), *calculation.all("best_alignment")]
    values = calculation.values
    if spelt == inputs.target_symbols or any(
        is_equal(values[each.id], values[path.id]) for each in of_target
    ):
        return
    spell = Spelling(inputs.symbols)
    text = (
        "Only the best path is counted, the most probable symbol of each time step, and it spells "
        f"{spell(spelt)}, not {spell.short(inputs.target_symbols)}: p(l|x) is the sum over all "
        "alignments of the target."
    )
    yield Slip("greedy-path-only", text, {"probability": path})


# --- in the forward variables ------------------------------------------------------------


def _over_all(inputs: Inputs, calculation: Calculation) -> Iterator[Slip]:
    yield from _of_the_list(inputs, calculation)
    yield from _of_the_best_path(inputs, calculation)
    assert inputs.T is not None  # noqa: S101 - else there is only a list
    lattice = TargetLattice(inputs.target_symbols, inputs.blank_symbol, inputs.T)
    if (
        not lattice.target
        or inputs.T * lattice.S > MOST_CELLS
        or "alpha.1.1" not in calculation.values
    ):
        return
    used = set(lattice.extended)
    outputs = {key: each for key, each in _outputs(inputs, calculation).items() if key[1] in used}
    blanks = {each.id for (_, symbol), each in outputs.items() if symbol == lattice.blank}
    yield _without_blanks(sorted(blanks))
    if len(outputs) == inputs.T * len(used):
        yield from _Cells(lattice, calculation, outputs).slips()


@record
class _OtherSkips(TargetLattice):
    """With another rule for skips."""

    rule: Callable[[int], bool]

    def may_skip_to(self, s: int) -> bool:
        return s > 2 and self.rule(s)


class _Cells:
    """The forward variables, which are all steps."""

    def __init__(self, lattice: TargetLattice, calculation: Calculation, outputs: _Outputs) -> None:
        self.lattice = lattice
        self.calculation = calculation
        self.outputs = outputs
        self.values = calculation.values
        self.places = [(t, s) for t in range(1, lattice.T + 1) for s in lattice.on_the_way(t)]

    def slips(self) -> Iterator[Slip]:
        """What comes of taking the best way alone, ways by other rules, or another cell's number; and
        of the same in a forced alignment."""
        if self.lattice.count:
            yield Slip(
                "best-path-only",
                _BEST,
                {"probability": self._total(self.lattice, LARGEST_PROBABILITY)},
            )
        yield from self._by_other_rules("alpha", PROBABILITIES)
        for code, places in (
            ("wrong-predecessor", self._from_elsewhere()),
            ("value-of-another-step", self._of_another_time()),
            ("value-of-another-step", self._factors_of_another_time()),
        ):
            yield from once(self.calculation, code, places, _MOST_PLACES)
        if self.lattice.T * self.lattice.S <= _MOST_WORKED:
            yield from self._of_targets_with_blanks()
        if "best_score" in self.calculation.by_id:
            yield from self._by_other_rules("delta", LARGEST_PROBABILITY)
            yield from other_best_paths(
                self.calculation, lambda t: [self.outputs[t, k] for k in self.lattice.extended]
            )
            yield from self._greedy()

    def _greedy(self) -> Iterator[Slip]:
        """The best move of each time step, as if no other followed."""
        lattice, values = self.lattice, self.values
        goals, path = lattice.first, dict[str, Decimal]()
        for t in range(1, lattice.T + 1):
            outputs = {s: values[self.outputs[t, lattice.symbol(s)].id] for _, s in goals}
            useful = [s for s in outputs if lattice.is_useful((t, s))]
            best = max(useful, key=outputs.__getitem__)
            path[f"best.{t}"] = Decimal(best)
            goals = lattice.after((t, best))
        text = "The best move of each time step is made: the most probable alignment is found from its end, by ψ."
        yield Slip("argmax-of-each-step", text, path)

    def _table(self, lattice: TargetLattice, semiring: Semiring) -> Worked:
        return Worked(lattice, OfSymbols(lattice, lambda t, k: self.outputs[t, k]), semiring)

    def _total(self, lattice: TargetLattice, semiring: Semiring) -> Decimal:
        """What the alignments of a target come to."""
        with localcontext(WORKED_AGAIN):
            return self._table(lattice, semiring).total(self.values)

    # --- other rules ---

    def _by_other_rules(self, name: str, semiring: Semiring) -> Iterator[Slip]:
        """Skips that are not made, or made where there are none; in α, or in δ."""
        lattice = self.lattice
        skipped = self._changed(name, semiring, lambda _: False)
        if skipped:
            yield Slip("skip-forgotten", _NO_SKIP, skipped)
        places = (
            (id, _NO_SKIP_HERE, new)
            for id, new in skipped.items()
            if id.startswith(name) and self._differs(id, new)
        )
        yield from once(self.calculation, "skip-forgotten", places, _MOST_PLACES)
        text = "The blank between two equal labels is skipped: without it, the two merge into one."
        if changed := self._changed(name, semiring, lambda s: not lattice.is_blank(s)):
            yield Slip("skip-between-equal-labels", text, changed)
        text = "Every cell is also reached from two positions before it: a skip leads only from a label to another label."
        if changed := self._changed(name, semiring, lambda _: True):
            yield Slip("wrong-predecessor", text, changed)

    def _changed(
        self, name: str, semiring: Semiring, rule: Callable[[int], bool]
    ) -> dict[str, Expression]:
        """All cells by another rule for skips, since one that nothing reaches by the right rule is
        not worked from those before it; of δ, what ψ says then, too. None where the rule makes no
        difference."""
        other = _OtherSkips(self.lattice.target, self.lattice.blank, self.lattice.T, rule)
        table = self._table(other, semiring)
        changed = worked_otherwise(self.calculation, name, table)
        if not any(self._differs(*each) for each in changed.items()):
            return {}
        if name == "delta":
            cells = {(t, s): self.calculation.by_id[f"delta.{t}.{s}"] for t, s in other.nodes}
            moves = {node: table.came_from(node, cells) for node in other.nodes if node[0] > 1}
            changed |= {f"psi.{t}.{s}": move for (t, s), move in moves.items()}
            for each in self.calculation.all("pointer"):
                t, place = int(each.id.split(".")[1]), each.definition.operands[0]
                there = [moves[t, s] for s in range(1, other.S + 1)]
                changed[each.id] = Choose(place, *there)
        return changed

    def _differs(self, id: str, new: Expression) -> bool:
        with localcontext(WORKED_AGAIN):
            return not is_same(new.value(self.values), self.values[id])

    def _cell(self, t: int, s: int) -> Quantity:
        return self.calculation.by_id[f"alpha.{t}.{s}"]

    # --- at one cell, or in one alignment ---

    def _from_elsewhere(self) -> Iterator[_Place]:
        """A cell that also comes from one which is not before it."""
        for t, s in self.places:
            sources = self.lattice.sources(s)
            for source in (s - 2, s + 1):
                if t == 1 or source in sources or not 1 <= source <= self.lattice.S:
                    continue
                other = self._cell(t - 1, source)
                if self.values[other.id]:
                    text = f"{PLAIN.symbol(other.symbol)} is added, from where no alignment comes here."
                    before = sum_of([self._cell(t - 1, each) for each in (*sources, source)])
                    new = Product(before, self.outputs[t, self.lattice.symbol(s)])
                    yield self._cell(t, s).id, text, new

    def _of_another_time(self) -> Iterator[_Place]:
        """A cell with the probability of its symbol at the time before or behind."""
        for t, s in self.places:
            cell = self._cell(t, s)
            for other, text in self._beside(t, self.lattice.symbol(s)):
                is_product = isinstance(cell.definition, Product)
                new = Product(cell.definition.operands[0], other) if is_product else other
                yield cell.id, text, new

    def _factors_of_another_time(self) -> Iterator[_Place]:
        """The same in the product of an alignment."""
        of = {each.id: key for key, each in self.outputs.items()}
        for alignment in self.calculation.all("alignment"):
            factors = alignment.definition.operands
            for n, factor in enumerate(factors):
                if not isinstance(factor, Quantity) or factor.id not in of or len(factors) < 2:
                    continue
                for other, text in self._beside(*of[factor.id]):
                    yield alignment.id, text, Product(*factors[:n], other, *factors[n + 1 :])

    def _beside(self, t: int, symbol: str) -> Iterator[tuple[Quantity, str]]:
        """The probability of a symbol at the times before and behind, if it is another one, and
        what is said of it."""
        own = self.outputs[t, symbol]
        beside = [self.outputs.get((time, symbol), own) for time in (t - 1, t + 1)]
        return standing_in(self.calculation, own, beside)

    # --- other targets ---

    def _of_targets_with_blanks(self) -> Iterator[Slip]:
        """The blank among the labels: between them, around them, or behind the last."""
        target, blank = self.lattice.target, self.lattice.blank
        between = [symbol for label in target for symbol in (label, blank)][:-1]
        others = {
            "between the labels": between if len(target) > 1 else [],
            "before, between and behind the labels": [blank, *between, blank],
            "behind the labels, as where targets are padded with it": [*target, blank],
        }
        for where, labels in others.items():
            other = TargetLattice(tuple(labels), blank, self.lattice.T)
            if not labels or not other.count:
                continue
            text = f"The blank counts as a label of the target, {where}: a target has no blanks."
            yield Slip("blank-in-target", text, {"probability": self._total(other, PROBABILITIES)})
