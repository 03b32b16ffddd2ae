"""The prefixes of a prefix beam search at one time step, as steps: from where each is come to.

See :mod:`lossclass.losses.ctc.beam` for the search and its sources.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from lossclass.arithmetic.expression import Constant, Expression, Product, Quantity, sum_of
from lossclass.arithmetic.notation import PLAIN
from lossclass.arithmetic.symbol import Symbol
from lossclass.losses.ctc.sheet import Sheet

#: A search of more steps is not written.
MOST_STEPS = 2_000
#: Of longer prefixes only the end is shown.
_LONGEST = 20
_EMPTY = "ε"

Labels = tuple[str, ...]


@dataclass(frozen=True)
class Prefix:
    """Labels that were spelt so far, with the probability ``total`` of the paths that spell them.

    ``blank`` is that of the paths that end in a blank, ``label`` of those that do not; None where
    there are none.
    """

    labels: Labels
    blank: Expression | None
    label: Expression | None
    total: Expression


@dataclass(frozen=True)
class Candidate(Prefix):
    """A prefix that has its steps."""

    blank: Quantity | None
    label: Quantity | None
    total: Quantity


#: Before the first time step.
NOTHING_YET = Prefix((), Constant(1), None, Constant(1))


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


class Prefixes:
    """Writes prefixes."""

    def __init__(self, sheet: Sheet) -> None:
        self.sheet = sheet
        self.blank = sheet.inputs.blank_symbol
        self.appended = [symbol for symbol in sheet.inputs.symbols if symbol != self.blank]

    def name(self, labels: Labels) -> str:
        """A prefix as it is written; of a long one, the end."""
        if not labels:
            return self.sheet.spell([]) if _EMPTY in self.sheet.inputs.symbols else _EMPTY
        cut = "…" if len(labels) > _LONGEST else ""
        return cut + self.sheet.spell(labels[-_LONGEST:])

    def symbol(self, letter: str, t: int, labels: Labels) -> Symbol:
        """``letter`` at a time, of a prefix."""
        name = self.name(labels)
        return Symbol(letter, (t,), (Symbol(name) if not labels and name == _EMPTY else name,))

    def after(self, t: int, kept: Sequence[Prefix]) -> Iterator[Candidate]:
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
    ) -> Candidate | None:
        """Write a prefix, if its probability is above 0."""
        blank = self._ending_in_blank(id, t, labels, before)
        label = self._ending_in_label(id, t, labels, before) if labels else None
        parts = [part for part in (blank, label) if part is not None]
        if not parts:
            return None
        total = self.sheet.working.step(
            id,
            self.symbol("p", t, labels),
            sum_of(parts),
            title=f"Time {t}, prefix {self.name(labels)}",
        )
        return Candidate(labels, blank, label, total)

    def _ending_in_blank(
        self, id: str, t: int, labels: Labels, before: Mapping[Labels, Prefix]
    ) -> Quantity | None:
        if labels not in before or not self.sheet.outputs.value(t, self.blank):
            return None
        name = self.name(labels)
        return self.sheet.working.step(
            f"{id}.blank",
            self.symbol("B", t, labels),
            self._expression(t, [before[labels].total], self.blank),
            title=f"Time {t}, prefix {name}, ending in a blank",
            why=f"The blank comes: {name} stays as it is.",
        )

    def _ending_in_label(
        self, id: str, t: int, labels: Labels, before: Mapping[Labels, Prefix]
    ) -> Quantity | None:
        last = labels[-1]
        incoming, why = self._incoming(t, labels, before)
        if not incoming or not self.sheet.outputs.value(t, last):
            return None
        return self.sheet.working.step(
            f"{id}.label",
            self.symbol("N", t, labels),
            self._expression(t, incoming, last),
            title=f"Time {t}, prefix {self.name(labels)}, ending in {last}",
            why=why,
        )

    def _incoming(
        self, t: int, labels: Labels, before: Mapping[Labels, Prefix]
    ) -> tuple[list[Expression], str]:
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
                only = PLAIN.symbol(self.symbol("B", t - 1, shorter))
                ways.append(
                    f"Only its paths that end in a blank count, {only}: else {last} and {last} "
                    "would merge."
                )
        return [source for source in (repeated, appended) if source], " ".join(ways)

    def _expression(self, t: int, incoming: Sequence[Expression], symbol: str) -> Expression:
        output = self.sheet.outputs(t, symbol)
        if t == 1:  # from the empty prefix, whose probability is 1
            return output
        return Product(sum_of(incoming), output)
