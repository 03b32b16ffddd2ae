"""The alignments of the target beside α: how many there are, all of them while they are few,
those that the problem lists compared with all, and the most probable one."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from lossclass.arithmetic.expression import Constant, Log, Negative, Quantity, Sum
from lossclass.arithmetic.notation import PLAIN
from lossclass.arithmetic.number import show
from lossclass.arithmetic.symbol import Symbol
from lossclass.losses.ctc.alignments import WHAT_THEY_ARE, Alignments
from lossclass.losses.ctc.sheet import Sheet

#: Of more there is no list to be had.
MOST_LISTED = 10_000
#: So many missing alignments are named in a remark.
_MOST_NAMED = 10
#: Of longer alignments the products are not written.
MOST_FACTORS = 200
_L_X = (Symbol("l"), Symbol("x"))


class AllAlignments:
    """The part of the working about single alignments."""

    def __init__(self, sheet: Sheet) -> None:
        self.sheet = sheet
        self.working = sheet.working
        self.listed = sheet.inputs.listed
        self.alignments = Alignments(
            sheet.inputs, sheet.working, sheet.outputs, "It is no part of p(l|x)."
        )

    @property
    def are_few(self) -> bool:
        """Whether all of them are written."""
        most = min(self.sheet.working.wanted.alignments, MOST_LISTED)
        return 0 < self.sheet.lattice.count <= most

    def write(self) -> None:
        """Write the section; steps ``alignment.1`` …, first those that the problem lists."""
        working, lattice = self.working, self.sheet.lattice
        working.section("The alignments")
        working.say(WHAT_THEY_ARE)
        working.say(self._count(), tells=not lattice.count)
        valid = [each for each in dict.fromkeys(self.listed) if self.alignments.is_valid(each)]
        every = lattice.alignments(self.sheet.inputs.symbols) if self.are_few else []
        missing = [each for each in every if each not in valid]
        written = [*self.listed, *missing]
        steps = [self.alignments.write(n, each) for n, each in enumerate(written, start=1)]
        if self.listed:
            self.alignments.remark_on_the_list()
            self._compare(steps[: len(self.listed)], valid, missing)
        if self.are_few:
            whole = set(every)
            self._sum([s for s, each in zip(steps, written, strict=True) if each in whole])
        self._best(dict(zip(written, steps, strict=True)))

    def _count(self) -> str:
        """How many alignments there are, as a sentence."""
        lattice = self.sheet.lattice
        labels, repeats, T = len(lattice.target), lattice.repeats, lattice.T  # noqa: N806
        if not lattice.count:
            return f"{self.sheet.target} has no alignment of length T = {T}."
        number = show(Decimal(lattice.count), self.working.digits)
        equals = "=" if number.exact else "≈"
        shorter = (
            f"C(T + L − r, 2L) = C({T} + {labels} − {repeats}, 2 · {labels}) {equals} "
            f"{PLAIN.number(number.value)}"
        )
        text = (
            f"Of length T = {T} there are {shorter} for a target of L = {labels} labels, "
            f"r = {repeats} of which are followed by the same label."
        )
        if self.are_few:
            return text
        if lattice.count > MOST_LISTED:
            return f"{text} They are too many to be listed."
        return f"{text} Not listed here; --alignments {lattice.count} lists them."

    def _compare(
        self,
        steps: Sequence[Quantity],
        valid: Sequence[tuple[str, ...]],
        missing: Sequence[tuple[str, ...]],
    ) -> None:
        """Compare the alignments that the problem lists with all."""
        sheet, working = self.sheet, self.working
        counted = [
            step
            for step, alignment in zip(steps, self.listed, strict=True)
            if sheet.inputs.alignments_counted == "listed" or self.alignments.is_valid(alignment)
        ]
        probability = working.step(
            "listed.probability",
            Symbol("p", ("listed",), _L_X, separator="|"),
            Sum(*counted) if counted else Constant(0),
            title="The sum of those that the problem lists",
        )
        loss = working.step(
            "listed.loss",
            Symbol("L", ("listed",)),
            Negative(Log(probability, sheet.inputs.log_base)),
            title="The loss that these would be",
        )
        count = sheet.lattice.count
        if len(valid) == count:
            text = f"All {count} alignments of {sheet.target} are listed."
            if count == 1:
                text = f"The only alignment of {sheet.target} is listed."
        else:
            text = f"Listed are {len(valid)} of the {count} alignments of {sheet.target}."
            if missing and len(missing) <= _MOST_NAMED:
                text += f" Missing: {', '.join(map(sheet.spell, missing))}."
            text += (
                f" The loss of all of them is {self._nll()}, of those listed {working.text(loss)}."
            )
        code = "alignments-complete" if len(valid) == count else "alignments-missing"
        working.remark(code, text, loss)

    def _nll(self) -> str:
        value = Negative(Log(Constant(self.sheet.value("probability")), self.sheet.inputs.log_base))
        return self.working.text(value.value({}))

    def _sum(self, steps: Sequence[Quantity]) -> None:
        self.working.step(
            "alignments.probability",
            Symbol("p", ("all",), _L_X, separator="|"),
            Sum(*steps),
            title=f"The sum over all alignments of {self.sheet.target}",
            why="This is p(l|x) again, without α.",
        )

    def _best(self, steps: dict[tuple[str, ...], Quantity]) -> None:
        """Write the most probable alignment of the target."""
        sheet, working = self.sheet, self.working
        if not sheet.lattice.count or sheet.T > MOST_FACTORS:
            return
        best = tuple(sheet.lattice.symbol(s) for s in best_walk(sheet))
        step = steps.get(best) or self.alignments.probability(
            "best_alignment",
            Symbol("P", ("best",), (Symbol("π"),)),
            best,
            title=f"The most probable alignment of {sheet.target}: {sheet.spell(best)}",
        )
        whole, alone = working.values["probability"], working.values[step.id]
        if whole:
            share = (
                f"its probability {working.text(alone)} is {working.text(alone / whole * 100)} %"
            )
            text = f"The most probable alignment of {sheet.target} is {sheet.spell(best)}; {share}"
            working.say(f"{text} of p(l|x).", tells=True)


def best_walk(sheet: Sheet) -> tuple[int, ...]:
    """The positions of the most probable alignment: α with the largest in the place of the sum.
    Empty if there is no alignment."""
    lattice, value = sheet.lattice, sheet.outputs.value
    if not lattice.count:
        return ()
    best: dict[int, tuple[Decimal, tuple[int, ...]]]
    best = {s: (value(1, lattice.symbol(s)), (s,)) for s in lattice.starts}
    for t in range(2, sheet.T + 1):
        best = {
            s: _extended(best, s, lattice.sources(s), value(t, lattice.symbol(s)))
            for s in sorted(lattice.reached[t - 1])
        }
    return max((best[s] for s in lattice.ends if s in best), key=lambda one: one[0])[1]


def _extended(
    best: dict[int, tuple[Decimal, tuple[int, ...]]], s: int, sources: list[int], output: Decimal
) -> tuple[Decimal, tuple[int, ...]]:
    probability, walk = max(
        (best[each] for each in sources if each in best), key=lambda one: one[0]
    )
    return probability * output, (*walk, s)
