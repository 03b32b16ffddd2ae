"""The alignments of the target beside α: how many there are, all of them while they are few,
those that the problem lists compared with all, and the most probable one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from lossclass.arithmetic.expression import Constant, Log, Negative, Quantity, Sum
from lossclass.arithmetic.notation import PLAIN
from lossclass.arithmetic.number import show
from lossclass.arithmetic.symbol import Symbol
from lossclass.losses.ctc.alignments import WHAT_THEY_ARE, Alignments
from lossclass.losses.ctc.best_alignment import best_alignment
from lossclass.losses.ctc.ending import minus_log, write_other_loss
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
        first = dict(zip(reversed(written), reversed(steps), strict=True))
        first = {alignment: first[alignment] for alignment in written}
        if self.listed:
            self.alignments.remark_on_the_list()
            self._compare(steps[: len(self.listed)], valid, missing)
        if self.are_few:
            # Of an alignment that is listed twice the first step counts: it is one alignment.
            whole = set(every)
            self._sum([step for alignment, step in first.items() if alignment in whole])
        self._best(first)

    def _count(self) -> str:
        """How many alignments there are, as a sentence."""
        lattice = self.sheet.lattice
        labels, repeats, T = len(lattice.target), lattice.repeats, lattice.T  # noqa: N806
        if not lattice.count:
            return f"{self.sheet.target} has no alignment of length T = {T}."
        number = show(Decimal(lattice.count), self.working.digits)
        equals = "=" if number.exact else "≈"
        text = (
            f"The target has L = {_counted(labels, 'label')}, and a label is followed by the same "
            f"label r = {_counted(repeats, 'time')}. So it has C(T + L − r, 2L) = C({T} + {labels} − "
            f"{repeats}, 2 · {labels}) {equals} {PLAIN.number(number.value)} "
            f"alignment{'' if lattice.count == 1 else 's'} of length T = {T}."
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
        loss = write_other_loss(working, sheet.inputs, "listed", probability)
        count = sheet.lattice.count
        if not count:
            return  # that there is none was said
        complete = len(valid) == count
        text = self._how_many(len(valid))
        if missing and len(missing) <= _MOST_NAMED:
            text += f" Missing: {', '.join(map(sheet.spell, missing))}."
        more = self._counted_besides(len(counted), valid)
        what = minus_log(sheet.inputs)
        if more:
            text += f" But the list also counts {more}."
        if more or not complete:
            each = "" if count == 1 else ", each once"
            text += (
                f" Over the list, {what} is {working.text(loss)}; over all alignments of "
                f"{sheet.target}{each}, it is {self._over_all()}."
            )
        working.remark("alignments-complete" if complete else "alignments-missing", text, loss)

    def _how_many(self, valid: int) -> str:
        """How many of the alignments of the target are listed, as a sentence."""
        count, target = self.sheet.lattice.count, self.sheet.target
        if count == 1:
            return f"The only alignment of {target} is {'' if valid else 'not '}listed."
        if valid == count:
            return f"All {count} alignments of {target} are listed."
        return f"The list has {valid or 'none'} of the {count} alignments of {target}."

    def _counted_besides(self, counted: int, valid: Sequence[tuple[str, ...]]) -> str:
        """What the sum over the list has beyond each valid alignment once."""
        again = sum(map(self.alignments.is_valid, self.listed)) - len(valid)
        elsewhere = counted - len(valid) - again
        reasons = [
            *(["alignments that are listed more than once"] if again else []),
            *([f"what does not collapse to {self.sheet.target}"] if elsewhere else []),
        ]
        return " and ".join(reasons)

    def _over_all(self) -> str:
        probability = Constant(self.sheet.value("probability"))
        return self.working.text(Negative(Log(probability, self.sheet.inputs.log_base)).value({}))

    def _sum(self, steps: Sequence[Quantity]) -> None:
        self.working.step(
            "alignments.probability",
            Symbol("p", ("all",), _L_X, separator="|"),
            Sum(*steps),
            title=f"The sum over all alignments of {self.sheet.target}",
            why="This is p(l|x) again, without α.",
        )

    def _best(self, steps: Mapping[tuple[str, ...], Quantity]) -> None:
        """Write the most probable alignment of the target, if any is possible."""
        sheet, working = self.sheet, self.working
        if sheet.is_large or sheet.T > MOST_FACTORS:
            return
        best = best_alignment(sheet)
        if not best.walk:
            return
        alignment = tuple(map(sheet.lattice.symbol, best.walk))
        name = sheet.spell(alignment)
        which = (
            "One of the most probable alignments" if best.is_tied else "The most probable alignment"
        )
        step = steps.get(alignment) or self.alignments.probability(
            "best_alignment",
            Symbol("P", ("best",), (Symbol("π"),)),
            alignment,
            title=f"{which} of {sheet.target}: {name}",
        )
        whole, alone = working.values["probability"], working.values[step.id]
        text = f"The most probable alignment of {sheet.target} is {name}"
        if best.is_tied:
            others = "another one is" if best.count == 2 else "others are"
            text = (
                f"{name} is one of the most probable alignments of {sheet.target} ({others} equally "
                "probable)"
            )
        share = working.text(alone / whole * 100)
        working.say(
            f"{text}; its probability {working.text(alone)} is {share} % of p(l|x).", tells=True
        )


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
