"""The mistakes that people make in the forward variables, and in the alignments one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal, localcontext
from itertools import islice
from typing import Final, TypeAlias

from lossclass.arithmetic.calculation import WORKED_AGAIN, Calculation
from lossclass.arithmetic.expression import Expression, Product, Quantity, sum_of
from lossclass.arithmetic.notation import PLAIN
from lossclass.losses._slips_places import once
from lossclass.losses.ctc.lattice import Lattice
from lossclass.slips import Slip

#: The probability of each symbol at each time.
Outputs: TypeAlias = dict[tuple[int, str], Quantity]
#: A mistake at one place: the step, what is said of it, and the other definition.
_Place: TypeAlias = tuple[str, str, Expression]

BEST: Final = "Only the most probable alignment is counted: p(l|x) is the sum over all that count."
_NO_SKIP: Final = (
    "No position is skipped: from a label, an alignment may go to the next one at once if the two "
    "are not the same."
)
_EQUAL: Final = "The blank between two equal labels is skipped: without it, the two merge into one."
_ALWAYS: Final = (
    "Every cell also comes from two positions before it: a skip leads only from a label to another "
    "label."
)
#: A mistake at one cell or factor is looked for at so many of them.
_MOST_PLACES: Final = 24
#: With other targets, the forward variables are worked again if they are no more than these.
_MOST_WORKED: Final = 600


def lattice_slips(lattice: Lattice, calculation: Calculation, outputs: Outputs) -> Iterator[Slip]:
    """What comes of taking the best way alone, ways by other rules, or another cell's number."""
    cells = _Cells(lattice, calculation, outputs)
    if lattice.count:
        yield Slip("best-path-only", BEST, {"probability": cells.best()})
    yield from cells.by_other_rules()
    yield from cells.from_elsewhere()
    yield from cells.of_another_time()
    yield from _of_another_time_in_alignments(calculation, outputs)
    if lattice.T * lattice.S <= _MOST_WORKED:
        yield from cells.of_targets_with_blanks()


class _Cells:
    """The forward variables, which are all steps."""

    def __init__(self, lattice: Lattice, calculation: Calculation, outputs: Outputs) -> None:
        self.lattice = lattice
        self.calculation = calculation
        self.outputs = outputs
        self.values = calculation.values

    def best(self) -> Decimal:
        """The probability of the most probable alignment."""
        return max(_last(self.lattice, self._numbers, max).values())

    @property
    def _numbers(self) -> Mapping[tuple[int, str], Decimal]:
        return {key: self.values[each.id] for key, each in self.outputs.items()}

    # --- other rules ---

    def by_other_rules(self) -> Iterator[Slip]:
        """Skips that are not made, or made where there are none."""
        lattice = self.lattice
        skipped = self._changed(lambda _: False)
        if skipped:
            yield Slip("skip-forgotten", _NO_SKIP, skipped)
        if len(skipped) > 1:
            text = (
                "The skip is forgotten: from two positions before, an alignment may come at once."
            )
            places = ((id, text, new) for id, new in skipped.items() if self._differs(id, new))
            yield from once(self.calculation, "skip-forgotten", places, _MOST_PLACES)
        if lattice.repeats:
            changed = self._changed(lambda s: s > 2 and not lattice.is_blank(s))
            if changed:
                yield Slip("skip-between-equal-labels", _EQUAL, changed)
        if changed := self._changed(lambda s: s > 2):
            yield Slip("wrong-predecessor", _ALWAYS, changed)

    def _changed(self, may_skip_to: Callable[[int], bool]) -> dict[str, Expression]:
        """All cells by another rule for skips, since one that nothing reaches by the right rule is
        not worked from those before it; none where the rule makes no difference."""
        changed: dict[str, Expression] = {}
        for t in range(2, self.lattice.T + 1):
            for s in range(1, self.lattice.S + 1):
                sources = [s, s - 1, *([s - 2] if may_skip_to(s) else [])]
                before = [source for source in sources if source > 0]
                changed[f"alpha.{t}.{s}"] = self._from(t, s, before)
        return changed if any(self._differs(*each) for each in changed.items()) else {}

    def _differs(self, id: str, new: Expression) -> bool:
        with localcontext(WORKED_AGAIN):
            return bool(new.value(self.values) != self.values[id])

    def _from(self, t: int, s: int, sources: Sequence[int]) -> Expression:
        before = [self._cell(t - 1, source) for source in sources]
        return Product(sum_of(before), self._output(t, s))

    def _cell(self, t: int, s: int) -> Quantity:
        return self.calculation.by_id[f"alpha.{t}.{s}"]

    def _output(self, t: int, s: int) -> Quantity:
        return self.outputs[t, self.lattice.symbol(s)]

    # --- at one cell ---

    def from_elsewhere(self) -> Iterator[Slip]:
        """A cell that also comes from one which is not before it."""
        yield from once(self.calculation, "wrong-predecessor", self._elsewhere(), _MOST_PLACES)

    def _elsewhere(self) -> Iterator[_Place]:
        lattice = self.lattice
        for t in range(2, lattice.T + 1):
            for s in lattice.on_the_way(t):
                sources = lattice.sources(s)
                for source in (s - 2, s + 1):
                    if source in sources or not 1 <= source <= lattice.S:
                        continue
                    other = self._cell(t - 1, source)
                    if self.values[other.id]:
                        text = f"{PLAIN.symbol(other.symbol)} is added, from where no alignment comes here."
                        yield self._cell(t, s).id, text, self._from(t, s, [*sources, source])

    def of_another_time(self) -> Iterator[Slip]:
        """A cell with the probability of its symbol at the time before or behind."""
        places = self._another_time()
        yield from once(self.calculation, "value-of-another-step", places, _MOST_PLACES)

    def _another_time(self) -> Iterator[_Place]:
        lattice = self.lattice
        for t in range(1, lattice.T + 1):
            for s in lattice.on_the_way(t):
                own = self._output(t, s)
                for other in _beside(self.outputs, t, lattice.symbol(s), self.values):
                    cell = self._cell(t, s)
                    new: Expression = other
                    if isinstance(cell.definition, Product):
                        new = Product(cell.definition.operands[0], other)
                    yield cell.id, _said_of_time(other, own), new

    # --- other targets ---

    def of_targets_with_blanks(self) -> Iterator[Slip]:
        """The blank among the labels: between them, around them, or behind the last."""
        lattice, target = self.lattice, self.lattice.target
        blank = lattice.blank
        between = [symbol for label in target for symbol in (label, blank)][:-1]
        others = {
            "between the labels": between if len(target) > 1 else [],
            "before, between and behind the labels": [blank, *between, blank],
            "behind the labels, as where targets are padded with it": [*target, blank],
        }
        for where, labels in others.items():
            other = Lattice(tuple(labels), blank, lattice.T)
            if not labels or not other.count:
                continue
            text = f"The blank counts as a label of the target, {where}: a target has no blanks."
            total = sum(_last(other, self._numbers, lambda one, more: one + more).values())
            yield Slip("blank-in-target", text, {"probability": Decimal(total)})


def _last(
    lattice: Lattice,
    outputs: Mapping[tuple[int, str], Decimal],
    joined: Callable[[Decimal, Decimal], Decimal],
) -> dict[int, Decimal]:
    """The forward variables of the last time where alignments end, with the ways into a cell added,
    or the larger taken."""
    with localcontext(WORKED_AGAIN):
        cells = {s: outputs[1, lattice.symbol(s)] for s in lattice.starts}
        for t in range(2, lattice.T + 1):
            following: dict[int, Decimal] = {}
            for s in lattice.reached[t - 1]:
                first, *rest = (cells[each] for each in lattice.sources(s) if each in cells)
                for each in rest:
                    first = joined(first, each)
                following[s] = first * outputs[t, lattice.symbol(s)]
            cells = following
    return {s: cells[s] for s in lattice.ends if s in cells} or {0: Decimal(0)}


def _of_another_time_in_alignments(calculation: Calculation, outputs: Outputs) -> Iterator[Slip]:
    places = islice(_factors_of_another_time(calculation, outputs), _MOST_PLACES)
    yield from once(calculation, "value-of-another-step", places)


def _factors_of_another_time(calculation: Calculation, outputs: Outputs) -> Iterator[_Place]:
    of = {each.id: key for key, each in outputs.items()}
    for alignment in calculation.all("alignment"):
        factors = alignment.definition.operands
        for n, factor in enumerate(factors):
            if not isinstance(factor, Quantity) or factor.id not in of or len(factors) < 2:
                continue
            t, symbol = of[factor.id]
            for other in _beside(outputs, t, symbol, calculation.values):
                new = Product(*factors[:n], other, *factors[n + 1 :])
                yield alignment.id, _said_of_time(other, factor), new


def _beside(
    outputs: Outputs, t: int, symbol: str, values: Mapping[str, Decimal]
) -> Iterator[Quantity]:
    """The probability of a symbol at the times before and behind, if it is another one."""
    own = values[outputs[t, symbol].id]
    for other in (t - 1, t + 1):
        if (other, symbol) in outputs and values[outputs[other, symbol].id] != own:
            yield outputs[other, symbol]


def _said_of_time(other: Quantity, own: Quantity) -> str:
    return f"{PLAIN.symbol(other.symbol)} stands where {PLAIN.symbol(own.symbol)} belongs."
