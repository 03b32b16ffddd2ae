"""What the model itself would write: greedy decoding, and prefix beam search, worked.

Greedy decoding takes the most probable symbol of each time step. They make the best path, the most
probable of all alignments of whatever labels.

Prefix beam search adds up alignments by the labels that they spell so far. What the first t symbols
of an alignment spell is a prefix. After every time step only the most probable prefixes are kept,
each with two probabilities: that of the paths to it that end in a blank, and that of those that end
in its last label.

Sources: Graves et al. (2006), section 3.2, where greedy decoding is called best path decoding, and
prefix search comes from; this search, one time step after the other with a beam, is that of Hannun,
Maas, Jurafsky and Ng, "First-pass large vocabulary continuous speech recognition using
bi-directional recurrent DNNs", 2014 (there with a language model).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal, localcontext
from math import prod

from lossclass.arithmetic.expression import Constant, Product, Quantity, sum_of
from lossclass.arithmetic.notation import PLAIN
from lossclass.arithmetic.number import WORKING, is_equal, round_significant, show
from lossclass.arithmetic.symbol import Symbol
from lossclass.errors import UsageError
from lossclass.losses.ctc.alignments import MOST_FACTORS
from lossclass.losses.ctc.lattice import TargetLattice, collapse, merge_repeats
from lossclass.losses.ctc.sheet import Sheet
from lossclass.losses.ctc_options import BEAM
from lossclass.records import record

#: A longer path has no table, and how long it is is said.
_LONGEST = 30
#: So many ties, and symbols of a tie, are named in a remark.
_MOST_NAMED = 5
#: A search of more steps is not written.
MOST_STEPS = 2_000
#: Of longer prefixes only the end is shown.
_LONGEST_PREFIX = 20
_EMPTY = "ε"
_THE_SEARCH = """
Greedy decoding follows one alignment. Prefix beam search adds up all that spell the same so far. The
first t symbols of an alignment are called a path here, and what they spell a prefix. After every
time step the search keeps the {best} and drops the others.

A prefix l has two probabilities at time t: B_t(l) is that of its paths that end in a blank, N_t(l)
that of those that do not, and so end in the last label of l. Their sum is p_t(l). {empty} is the
empty prefix; before the first time step it is the only one, with probability 1.

At each time step, every prefix l that was kept goes on in three ways:

1. The blank {blank} comes: l stays as it is. The paths of both kinds go on to B_t(l).

2. The last label of l comes again. The paths that end in it go on to N_t(l): repeats merge, so l
stays as it is.

3. A label c is appended. The paths of both kinds go on to N_t(lc). But if c is the last label of l,
those that end in a blank do, and the others do not: they went way 2.

What has a probability of 0 is not written.
"""

Labels = tuple[str, ...]
#: Prefixes that are apart only by the rounding of the 50 digits carried are equally probable.
_DIGITS = 45


# --- greedy decoding ----------------------------------------------------------------------


def most_probable(sheet: Sheet) -> list[list[str]]:
    """The most probable symbols of each time step, in the order of their columns: the first ones make
    the best path."""
    inputs, outputs, names = sheet.inputs, sheet.outputs, sheet.inputs.symbols

    def largest(row: Sequence[Decimal]) -> list[str]:
        most = max(row)
        return [name for name, number in zip(names, row, strict=True) if number == most]

    if inputs.by_symbol is not None:
        return [largest([*inputs.by_symbol.values()])] * sheet.T
    if outputs.is_large:
        array = inputs.matrix.array()
        return [[names[c] for c in (row == row.max()).nonzero()[0]] for row in array]
    if inputs.kind == "rnn":
        rows = ([outputs.value(t, name) for name in names] for t in outputs.times)
        return [*map(largest, rows)]
    # logarithms and logits have the order of the probabilities
    return [*map(largest, inputs.matrix.rows())]


def write_greedy(sheet: Sheet) -> None:
    """Write the best path and what it spells: step ``best_path``, unless it is too long or the
    outputs are too many."""
    working, every_time = sheet.working, most_probable(sheet)
    path = [symbols[0] for symbols in every_time]
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
        rows = [(str(t), k, sheet.outputs(t, k)) for t, k in enumerate(path, start=1)]
        columns = ("t", "most probable symbol", "its probability")
        working.table("best_path", "", columns, rows, tells=True)
    _remark_on_ties(sheet, every_time)
    spelt = collapse(path, sheet.inputs.blank_symbol)
    if is_worked:
        working.step(
            "best_path",
            Symbol("P", ("greedy",), (Symbol("π"),)),
            Product(*(sheet.outputs(t, each) for t, each in enumerate(path, start=1))),
            title=f"The best path: {_text(sheet, path)}",
            why=f"Repeats merged: {_text(sheet, merge_repeats(path))}. "
            f"Blanks taken out: {_text(sheet, spelt)}.",
            tells=True,
            question="The best path",
        )
    text, target = f"The model would write {_text(sheet, spelt)}", sheet.inputs.target_symbols
    if spelt == target:
        working.say(f"{text}, which is the target.", tells=True)
    else:
        code = "best-path-is-not-the-target"
        working.remark(code, f"{text}, not the target {_text(sheet, target)}.")
    _judge(sheet, _text(sheet, spelt), is_worked=is_worked)


def _text(sheet: Sheet, symbols: Sequence[str]) -> str:
    """The symbols side by side; of many, the first and the last."""
    count = f" ({len(symbols)} symbols)" if len(symbols) > _LONGEST else ""
    return f"{sheet.spell.short(symbols)}{count}"


def _remark_on_ties(sheet: Sheet, every_time: Sequence[Sequence[str]]) -> None:
    ties = [(t, symbols) for t, symbols in enumerate(every_time, start=1) if len(symbols) > 1]
    if not ties:
        return
    if sheet.inputs.by_symbol is not None:
        where = f"{_tied(every_time[0])} at every time step"
    else:
        where = "; ".join(f"{_tied(symbols)} at t = {t}" for t, symbols in ties[:_MOST_NAMED])
        if len(ties) > _MOST_NAMED:
            where += f"; and so at {len(ties) - _MOST_NAMED} more"
    sheet.working.remark(
        "best-path-tie",
        f"Equally probable are {where}. The first of them in the order in which the symbols are "
        "given is taken.",
    )


def _tied(symbols: Sequence[str]) -> str:
    if len(symbols) > _MOST_NAMED:
        return f"{len(symbols)} symbols"
    return f"{', '.join(symbols[:-1])} and {symbols[-1]}"


def _judge(sheet: Sheet, spelt: str, *, is_worked: bool) -> None:
    """Say whether some other labels may be more probable than what the best path spells."""
    why = ""
    if sheet.T == 1:
        why = "With one time step there is one alignment for each labelling, so"
    elif is_worked and _has_more_than_half(sheet):
        why = (
            "The best path alone has more than half of the probability that all alignments of all "
        )
        why += "labellings have together. So"
    if why:
        sheet.working.say(f"{why} no labelling is more probable than {spelt}.", tells=True)
    else:
        can_be_asked_for = most_steps(sheet.T, len(sheet.inputs.symbols), 1) <= MOST_STEPS
        offered = can_be_asked_for and sheet.working.wanted[BEAM] is None
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


# --- prefix beam search: how much it may write --------------------------------------------


def write_beam(sheet: Sheet, width: int) -> None:
    """Write the search with ``width`` prefixes kept: for the Nth prefix made at time T, steps
    ``beam.T.N.blank`` and ``beam.T.N.label`` where they are above 0, and their sum ``beam.T.N``.

    Raises:
        UsageError: ``width`` is below 1, or there may be too many steps.
    """
    if width < 1:
        raise UsageError(f"A beam keeps at least 1 prefix, got {width}.")
    T, symbols = sheet.T, len(sheet.inputs.symbols)  # noqa: N806 - the letter of the source
    steps = most_steps(T, symbols, width)
    if steps > MOST_STEPS:
        # Wider ones take at least as many steps as the limit, or as many as this one.
        widths = range(1, min(width, MOST_STEPS))
        fits = bisect_right(widths, MOST_STEPS, key=lambda w: most_steps(T, symbols, w))
        hint = f"With up to {fits} kept it can be." if fits else "So it is left out for this input."
        raise UsageError(
            f"Prefix beam search may take {steps} steps for T = {T} time steps, {symbols} symbols "
            f"and {width} prefix{'' if width == 1 else 'es'} kept; not more than {MOST_STEPS} are "
            f"written out. {hint}"
        )
    _Search(sheet, width).write()


def most_steps(T: int, symbols: int, width: int) -> int:  # noqa: N803 - the letter of the source
    """The most steps that a search can come to.

    Every prefix made has a sum and may end in a label; only one that was kept before may end in a
    blank. At time t there are not more prefixes than sequences of up to t labels.
    """
    steps, kept, sequences = 0, 1, 1
    for _ in range(T):
        sequences = min(sequences * (symbols - 1) + 1, width * symbols)
        made = min(kept * symbols, sequences)
        steps += 2 * made + kept
        kept = min(made, width)
    return steps


# --- prefix beam search: the search --------------------------------------------------------


@record
class Prefix:
    """Labels that were spelt so far, with the probability ``total`` of the paths that spell them.

    ``blank`` is that of the paths that end in a blank, ``label`` of those that do not; None where
    there are none.
    """

    labels: Labels
    blank: Quantity | None
    label: Quantity | None
    total: Quantity


#: Before the first time step. Nothing is worked from its probability, which is 1.
NOTHING_YET = Prefix((), None, None, Quantity("beam.0", Symbol("p", (0,)), Constant(1)))


class _Search:
    """The working, with what all its parts refer to."""

    def __init__(self, sheet: Sheet, width: int) -> None:
        self.sheet, self.working, self.width = sheet, sheet.working, width
        self.blank = sheet.inputs.blank_symbol
        self.appended = [symbol for symbol in sheet.inputs.symbols if symbol != self.blank]
        #: Those that were dropped before the last time step, with the time.
        self.dropped: list[tuple[int, Labels]] = []

    def write(self) -> None:
        best = "most probable prefix" if self.width == 1 else f"{self.width} most probable prefixes"
        self.working.section("Prefix beam search")
        said = _THE_SEARCH.format(best=best, empty=self.name(()), blank=self.blank)
        for paragraph in said.split("\n\n"):
            self.working.say(" ".join(paragraph.split()))
        kept: Sequence[Prefix] = [NOTHING_YET]
        ranked: list[Prefix] = []
        for t in range(1, self.sheet.T + 1):
            self.working.section(f"Prefix beam search: time {t}")
            ranked = sorted(
                self._after(t, kept),
                key=lambda prefix: round_significant(self._value(prefix), _DIGITS),
                reverse=True,
            )
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

    def name(self, labels: Labels) -> str:
        """A prefix as it is written; of a long one, the end."""
        if not labels:
            return self.sheet.spell([]) if _EMPTY in self.sheet.inputs.symbols else _EMPTY
        cut = "…" if len(labels) > _LONGEST_PREFIX else ""
        return cut + self.sheet.spell(labels[-_LONGEST_PREFIX:])

    def _symbol(self, letter: str, t: int, labels: Labels) -> Symbol:
        """``letter`` at a time, of a prefix."""
        name = self.name(labels)
        return Symbol(letter, (t,), (Symbol(name) if not labels and name == _EMPTY else name,))

    # --- one time step ---

    def _after(self, t: int, kept: Sequence[Prefix]) -> Iterator[Prefix]:
        """Write the prefixes at time ``t`` that come from those kept at the time before: from each
        in turn itself, then it with a label appended, where it was not made already."""
        before = {prefix.labels: prefix for prefix in kept}
        made = dict.fromkeys(
            (*prefix.labels, *more) for prefix in kept for more in [(), *zip(self.appended)]
        )
        number = 1
        for labels in made:
            candidate = self._write(f"beam.{t}.{number}", t, labels, before)
            if candidate is not None:
                number += 1
                yield candidate

    def _write(
        self, id: str, t: int, labels: Labels, before: Mapping[Labels, Prefix]
    ) -> Prefix | None:
        """Write a prefix, if its probability is above 0."""
        stays = [before[labels].total] if labels in before else []
        why = f"The blank comes: {self.name(labels)} stays as it is."
        blank = self._ending(f"{id}.blank", t, labels, self.blank, stays, why)
        label = None
        if labels:
            incoming, why = self._by_label(t, labels, before)
            label = self._ending(f"{id}.label", t, labels, labels[-1], incoming, why)
        parts = [part for part in (blank, label) if part is not None]
        if not parts:
            return None
        total = self.working.step(
            id,
            self._symbol("p", t, labels),
            sum_of(parts),
            title=f"Time {t}, prefix {self.name(labels)}",
        )
        return Prefix(labels, blank, label, total)

    def _ending(
        self, id: str, t: int, labels: Labels, symbol: str, incoming: list[Quantity], why: str
    ) -> Quantity | None:
        """Write the paths of a prefix that end in a symbol, if their probability is above 0."""
        if not incoming or not self.sheet.outputs.value(t, symbol):
            return None
        output = self.sheet.outputs(t, symbol)
        is_blank = symbol == self.blank
        return self.working.step(
            id,
            self._symbol("B" if is_blank else "N", t, labels),
            # At first they come from the empty prefix, whose probability is 1.
            output if t == 1 else Product(sum_of(incoming), output),
            title=f"Time {t}, prefix {self.name(labels)}, ending in {'a blank' if is_blank else symbol}",
            why=why,
        )

    def _by_label(
        self, t: int, labels: Labels, before: Mapping[Labels, Prefix]
    ) -> tuple[list[Quantity], str]:
        """From what a prefix can come to end in its last label, and in words how."""
        last, shorter = labels[-1], labels[:-1]
        repeated = before[labels].label if labels in before else None
        ways = [f"{last} comes again and merges with the one before."] if repeated else []
        appended = None
        if shorter in before:
            doubles = shorter[-1:] == (last,)
            appended = before[shorter].blank if doubles else before[shorter].total
            if appended:
                ways.append(f"{last} is appended to {self.name(shorter)}.")
            if appended and doubles:
                only = PLAIN.symbol(self._symbol("B", t - 1, shorter))
                ways.append(
                    f"Only its paths that end in a blank count, {only}: else {last} and {last} "
                    "would merge."
                )
        return [source for source in (repeated, appended) if source], " ".join(ways)

    def _value(self, prefix: Prefix) -> Decimal:
        return self.sheet.value(prefix.total.id)

    def _tabulate(self, t: int, ranked: Sequence[Prefix]) -> None:
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

    def _remark_on_tie(self, one: Prefix, other: Prefix) -> None:
        if is_equal(self._value(one), self._value(other)):
            self.working.remark(
                "beam-tie",
                f"{self.name(one.labels)} and {self.name(other.labels)} are equally probable. The "
                "one that was made first is taken.",
                one.total,
            )

    # --- the result ---

    def _conclude(self, ranked: Sequence[Prefix]) -> None:
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

    def _remark_on_dropped(self, best: Prefix, name: str) -> None:
        count, value, labels = len(self.dropped), self.working.text(best.total), best.labels
        # whether paths that spell what was dropped may spell the best labels at the end
        may_become = any(
            labels[: len(dropped)] == dropped
            and TargetLattice(labels[len(dropped) :], self.blank, self.sheet.T - t).count
            for t, dropped in self.dropped
        )
        times = {1: "Once", 2: "Twice"}.get(count, f"{count} times")
        if may_become:
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

    def _compare(self, best: Prefix, name: str) -> None:
        """Hold the result against the target, and against greedy decoding."""
        target = self.sheet.inputs.target_symbols
        if best.labels == target:
            text, whole = f"{name} is the target.", self.working.values.get("probability")
            if whole is not None and is_equal(self._value(best), whole):
                text += " By α, its p(l|x) is the same."
            elif whole is not None:
                text += f" By α, its whole p(l|x) is {self.working.text(whole)}."
            self.working.say(text, tells=True)
        else:
            self.working.remark(
                "beam-is-not-the-target",
                f"{name} is not the target, which is {self.name(target)}.",
                best.total,
            )
        greedy = collapse([each[0] for each in most_probable(self.sheet)], self.blank)
        same = greedy == best.labels
        self.working.say(
            f"Greedy decoding gives {f'{name}, too' if same else f'{self.name(greedy)} instead'}.",
            tells=True,
        )


def _summary(kept: int, count: int) -> str:
    """How many prefixes there are, and are kept: the line above a table."""
    if kept == count:
        few = {1: "The only prefix is", 2: "Both prefixes are"}
        return f"{few.get(count, f'All {count} prefixes are')} kept:"
    best = "the most probable is" if kept == 1 else f"the {kept} most probable are"
    return f"Of {count} prefixes, {best} kept:"
