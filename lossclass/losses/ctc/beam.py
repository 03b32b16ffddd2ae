"""Prefix beam search, worked: alignments added up by the labels that they spell so far.

What the first t symbols of an alignment spell is a prefix. After every time step only the most
probable prefixes are kept, each with two probabilities: that of the paths to it that end in a
blank, and that of those that end in its last label.

Sources: prefix search is from Graves et al. (2006), section 3.2; this search, one time step after
the other with a beam, from Hannun, Maas, Jurafsky and Ng, "First-pass large vocabulary continuous
speech recognition using bi-directional recurrent DNNs", 2014 (there with a language model).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from decimal import Decimal

from lossclass.arithmetic.notation import PLAIN
from lossclass.arithmetic.number import is_equal, round_significant, show
from lossclass.arithmetic.symbol import Symbol
from lossclass.errors import UsageError
from lossclass.losses.ctc.alignment import collapse
from lossclass.losses.ctc.greedy import best_path
from lossclass.losses.ctc.lattice import Lattice
from lossclass.losses.ctc.prefixes import (
    MOST_STEPS,
    NOTHING_YET,
    Candidate,
    Labels,
    Prefix,
    Prefixes,
    most_steps,
)
from lossclass.losses.ctc.sheet import Sheet

#: Prefixes that are apart only by the rounding of the 50 digits carried are equally probable.
_DIGITS = 45


def write_beam(sheet: Sheet, width: int) -> None:
    """Write the search with ``width`` prefixes kept: for the Nth prefix made at time T, steps
    ``beam.T.N.blank`` and ``beam.T.N.label`` where they are above 0, and their sum ``beam.T.N``.

    Raises:
        UsageError: ``width`` is below 1, or there may be too many steps.
    """
    _check(sheet, width)
    _Search(sheet, width).write()


def _check(sheet: Sheet, width: int) -> None:
    if width < 1:
        raise UsageError(f"A beam keeps at least 1 prefix, got {width}.")
    T, symbols = sheet.T, len(sheet.inputs.symbols)  # noqa: N806 - the letter of the source
    steps = most_steps(T, symbols, width)
    if steps <= MOST_STEPS:
        return
    # Wider ones take at least as many steps as the limit, or as many as this one.
    widths = range(1, min(width, MOST_STEPS))
    fits = bisect_right(widths, MOST_STEPS, key=lambda w: most_steps(T, symbols, w))
    raise UsageError(
        f"Prefix beam search may take {steps} steps for T = {T} time steps, {symbols} symbols and "
        f"{width} prefix{'' if width == 1 else 'es'} kept; not more than {MOST_STEPS} are written "
        f"out. "
        + (f"With up to {fits} kept it can be." if fits else "So it is left out for this input.")
    )


class _Search:
    """The working, with what all its parts refer to."""

    def __init__(self, sheet: Sheet, width: int) -> None:
        self.sheet = sheet
        self.working = sheet.working
        self.width = width
        self.prefixes = Prefixes(sheet)
        self.name = self.prefixes.name
        #: Those that were dropped before the last time step, with the time.
        self.dropped: list[tuple[int, Labels]] = []

    def write(self) -> None:
        self._introduce()
        kept: Sequence[Prefix] = [NOTHING_YET]
        ranked: list[Candidate] = []
        for t in range(1, self.sheet.T + 1):
            self.working.section(f"Prefix beam search: time {t}")
            ranked = sorted(self.prefixes.after(t, kept), key=self._rank, reverse=True)
            if not ranked:
                self.working.remark(
                    "beam-is-empty",
                    f"At time {t} no prefix has a probability above 0. So the search ends here, "
                    "without a result.",
                )
                return
            self._tabulate(t, ranked)
            kept = ranked[: self.width]
        self._conclude(ranked)

    def _introduce(self) -> None:
        say = self.working.say
        best = "most probable prefix" if self.width == 1 else f"{self.width} most probable prefixes"
        self.working.section("Prefix beam search")
        say(
            "Greedy decoding follows one alignment. Prefix beam search adds up all that spell the "
            "same so far. The first t symbols of an alignment are called a path here, and what "
            f"they spell a prefix. After every time step the search keeps the {best} and drops the "
            "others."
        )
        say(
            "A prefix l has two probabilities at time t: B_t(l) is that of its paths that end in a "
            "blank, N_t(l) that of those that do not, and so end in the last label of l. Their sum "
            f"is p_t(l). {self.name(())} is the empty prefix; before the first time step it is the "
            "only one, with probability 1."
        )
        say("At each time step, every prefix l that was kept goes on in three ways:")
        say(
            f"1. The blank {self.prefixes.blank} comes: l stays as it is. The paths of both kinds "
            "go on to B_t(l)."
        )
        say(
            "2. The last label of l comes again. The paths that end in it go on to N_t(l): repeats "
            "merge, so l stays as it is."
        )
        say(
            "3. A label c is appended. The paths of both kinds go on to N_t(lc). But if c is the "
            "last label of l, those that end in a blank do, and the others do not: they went way 2."
        )
        say("What has a probability of 0 is not written.")

    # --- one time step ---

    def _rank(self, prefix: Candidate) -> Decimal:
        return round_significant(self._value(prefix), _DIGITS)

    def _value(self, prefix: Candidate) -> Decimal:
        return self.sheet.value(prefix.total.id)

    def _tabulate(self, t: int, ranked: Sequence[Candidate]) -> None:
        kept, dropped = ranked[: self.width], ranked[self.width :]
        self.working.say(_summary(len(kept), len(ranked)))
        rows = [
            (self.name(each.labels), each.blank or "0", each.label or "0", each.total, beam)
            for some, beam in ((kept, "kept"), (dropped, "dropped"))
            for each in some
        ]
        heads = [PLAIN.symbol(Symbol(letter, (t,))) for letter in "BNp"]
        self.working.table(f"beam.{t}", "", ("prefix", *heads, "beam"), rows)
        if t < self.sheet.T:
            self.dropped += [(t, each.labels) for each in dropped]
            if dropped:
                self._remark_on_tie(kept[-1], dropped[0])

    def _remark_on_tie(self, one: Candidate, other: Candidate) -> None:
        if is_equal(self._value(one), self._value(other)):
            self.working.remark(
                "beam-tie",
                f"{self.name(one.labels)} and {self.name(other.labels)} are equally probable. The "
                "one that was made first is taken.",
                one.total,
            )

    # --- the result ---

    def _conclude(self, ranked: Sequence[Candidate]) -> None:
        best = ranked[0]
        name, value = self.name(best.labels), self.working.text(best.total)
        equals = "=" if show(self._value(best), self.working.digits).exact else "≈"
        self.working.section("Prefix beam search: the result")
        self.working.say(
            f"The most probable prefix at the end is {name}: "
            f"{PLAIN.symbol(best.total.symbol)} {equals} {value}.",
            tells=True,
        )
        if len(ranked) > 1:
            self._remark_on_tie(best, ranked[1])
        if not self.dropped:
            self.working.say(
                "No prefix was dropped before the last time step, so no path is missing. Each sum in "
                "the last table is the whole p(l|x) of its labels l, and no labelling is more "
                f"probable than {name}.",
                tells=True,
            )
        else:
            self._remark_on_dropped(best, name)
        self._compare(best, name)

    def _remark_on_dropped(self, best: Candidate, name: str) -> None:
        count, value = len(self.dropped), self.working.text(best.total)
        times = {1: "Once", 2: "Twice"}.get(count, f"{count} times")
        if any(self._may_become(best.labels, *each) for each in self.dropped):
            code = "beam-is-a-lower-bound"
            what = (
                f"Alignments of {name} may be among them: p(l|x) of {name} is {value} or more. Another "
                "labelling may be more probable, too."
            )
        else:
            code = "beam-dropped-others"
            what = (
                f"Alignments of {name} are not among them: {value} is its whole p(l|x). But another "
                "labelling may be more probable."
            )
        self.working.remark(
            code,
            f"{times} a prefix was dropped before the last time step, and with it all that its "
            f"paths could still become. {what}",
            best.total,
        )

    def _may_become(self, labels: Labels, t: int, dropped: Labels) -> bool:
        """Whether paths that spell ``dropped`` at time ``t`` may spell ``labels`` at the end."""
        rest = labels[len(dropped) :]
        rest_fits = Lattice(rest, self.prefixes.blank, self.sheet.T - t).count > 0
        return labels[: len(dropped)] == dropped and rest_fits

    def _compare(self, best: Candidate, name: str) -> None:
        """Hold the result against the target, and against greedy decoding."""
        target = self.sheet.inputs.target_symbols
        if best.labels == target:
            self.working.say(f"{name} is the target.{self._by_alpha(best)}", tells=True)
        else:
            self.working.remark(
                "beam-is-not-the-target",
                f"{name} is not the target, which is {self.name(target)}.",
                best.total,
            )
        greedy = collapse(best_path(self.sheet).symbols, self.prefixes.blank)
        same = greedy == best.labels
        self.working.say(
            f"Greedy decoding gives {f'{name}, too' if same else f'{self.name(greedy)} instead'}.",
            tells=True,
        )

    def _by_alpha(self, best: Candidate) -> str:
        whole = self.working.values.get("probability")
        if whole is None:
            return ""
        if is_equal(self._value(best), whole):
            return " By α, its p(l|x) is the same."
        return f" By α, its whole p(l|x) is {self.working.text(whole)}."


def _summary(kept: int, count: int) -> str:
    """How many prefixes there are, and are kept: the line above a table."""
    if kept == count:
        few = {1: "The only prefix is", 2: "Both prefixes are"}
        return f"{few.get(count, f'All {count} prefixes are')} kept:"
    best = "the most probable is" if kept == 1 else f"the {kept} most probable are"
    return f"Of {count} prefixes, {best} kept:"
