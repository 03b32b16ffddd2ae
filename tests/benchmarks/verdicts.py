"""What marking says of right and of wrong numbers, as a table: how often it is mistaken.

Random problems of every loss, and for each of them right numbers (exact, rounded or cut at every
step, each step to another number of digits), numbers that are wrong at random, and those of known
slips. The slips come from ``wrong_answers``, which works every loss by its definition::

    python tests/benchmarks/verdicts.py 2000     # so many problems; 400 if nothing is said
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Literal

sys.path.insert(0, str(Path(__file__).parent.parent))

from wrong_answers import EXERCISES

import lossclass
from lossclass.arithmetic.calculation import Calculation, Rounding, is_same
from lossclass.arithmetic.number import round_significant
from lossclass.marking.marker import Marker
from lossclass.marking.marks import Mark
from lossclass.problem.keys import Published
from lossclass.solving import diagnosis_of

#: How far a number has to be off to be surely wrong.
_OFF = 0.005
_DIGITS = (3, 4, 5, 6)
#: What is said in other words, where it is the same.
SAME = {
    "probabilities-as-log-probs": ("logarithm-forgotten",),
    "other-average": ("sum-for-mean", "mean-for-sum"),
    "zero-among-other-scores": ("term-left-out",),
}
_KINDS: tuple[Literal["digits", "decimals"], ...] = ("digits", "decimals")


@dataclass
class Table:
    """Counts by row, and examples of what went wrong."""

    counts: dict[str, Counter[str]] = field(default_factory=dict)
    examples: dict[str, list[str]] = field(default_factory=dict)

    def count(self, row: str, verdict: str, example: object = "", *, is_bad: bool = False) -> None:
        self.counts.setdefault(row, Counter())[verdict] += 1
        if is_bad:
            self.examples.setdefault(row, []).append(str(example))

    @property
    def numbers(self) -> int:
        """How many numbers were marked."""
        return sum(sum(each.values()) for each in self.counts.values())

    def share(self, row: str, verdict: str) -> float:
        """How often a verdict was given in a row."""
        counts = self.counts.get(row, Counter())
        return counts[verdict] / max(1, sum(counts.values()))

    def lines(self) -> Iterator[str]:
        for row, counts in self.counts.items():
            total = sum(counts.values())
            shares = ", ".join(f"{each} {n / total:.2%}" for each, n in counts.most_common())
            yield f"{row:44} {total:6}  {shares}"


class Solved:
    """A random problem, solved."""

    def __init__(self, kind: str, seed: int) -> None:
        self.exercise = EXERCISES[kind](Random(seed))  # noqa: S311 - to be had again
        problem = lossclass.load(self.exercise.problem)
        self.solution = lossclass.solve(problem)
        self.diagnosis = diagnosis_of(problem, self.solution)

    def __repr__(self) -> str:
        return str(self.exercise.problem)

    def marks(self, answers: Mapping[str, Decimal]) -> list[Mark]:
        given = {id: Published.model_construct(value=each) for id, each in answers.items()}
        return list(Marker(self.solution, given, self.diagnosis).marks())


def worked(calculation: Calculation, ways: Mapping[str, Rounding]) -> dict[str, Decimal]:
    """Every step rounded as it says before it is used."""
    from lossclass.arithmetic.calculation import Run

    class Each(Run):
        def rounded(self, id: str, own: Decimal) -> Decimal:
            return ways[id](own) if id in ways else own

    run = Each(calculation)
    for quantity in calculation:
        run.value(quantity.id, {})
    return run.used


def right_numbers(solved: Solved, random: Random, table: Table) -> None:
    """Sheets, and the loss alone, worked rightly and rounded on the way."""
    calculation, steps = solved.solution.calculation, solved.solution.steps
    ids = [step.id for step in steps if step.decimal.is_finite() and not step.quantity.is_given]
    digits, kind = random.choice(_DIGITS), random.choice(_KINDS)
    cut = random.random() < 0.3
    how = Rounding(digits, kind, cut)
    same = {each.id: how for each in calculation if not each.is_given}
    name = f"{'cut' if cut else 'rounded'} to {kind} alike"
    mixed = {each.id: Rounding(random.choice(_DIGITS)) for each in calculation if not each.is_given}
    for row, ways in ((name, same), ("each step to other digits", mixed)):
        values = worked(calculation, ways)
        written = {id: _with_zeros(values[id], ways[id]) for id in ids}
        # a number that has become 0 has no digits left, and is not what this is about
        written = {id: each for id, each in written.items() if each or not calculation.values[id]}
        if row == name or len(written) == len(ids):
            for mark in solved.marks(written):
                bad = mark.verdict != "right"
                table.count(f"{row}: sheet", mark.verdict, (solved, how, mark, written), is_bad=bad)
        if row == name and "loss" in written:
            (mark,) = solved.marks({"loss": written["loss"]})
            bad = mark.verdict != "right"
            table.count(f"{row}: loss", mark.verdict, (solved, how, mark), is_bad=bad)
    for places in _DIGITS:
        exact = {id: round_significant(calculation.values[id], places) for id in ids}
        for mark in solved.marks(exact):
            bad = mark.verdict != "right"
            table.count("exact, written with 3 to 6 digits", mark.verdict, (solved, mark), is_bad=bad)  # fmt: skip


def _with_zeros(number: Decimal, how: Rounding) -> Decimal:
    """With the zeros at its end, as somebody writes them who rounds to so many digits."""
    if not number or not number.is_finite():
        return number
    place = -how.digits if how.kind == "decimals" else number.adjusted() - how.digits + 1
    return number.quantize(Decimal(1).scaleb(place)) if place < 0 else number


def random_numbers(solved: Solved, random: Random, table: Table) -> None:
    """Numbers for the loss that nobody's mistake leads to."""
    ours = solved.solution.values.get("loss")
    if ours is None or not ours or not ours.is_finite():
        return
    for digits in (3, 4, 5, 6):
        factor = random.choice([random.uniform(0.5, 1 - _OFF), random.uniform(1 + _OFF, 2)])
        number = round_significant(ours * Decimal(factor), digits)
        number = number.quantize(Decimal(1).scaleb(min(0, number.adjusted() - digits + 1)))
        (mark,) = solved.marks({"loss": number})
        said: str = mark.verdict
        if mark.slips:
            said = "one-digit-differs" if mark.slips[0].code == "one-digit-differs" else "named"
        bad = said in ("right", "named")
        table.count(f"at random, {digits} digits", said, (solved, mark), is_bad=bad)


def slips(solved: Solved, table: Table) -> None:
    """The numbers of known slips, with four and with five digits."""
    for code, value in solved.exercise.wrong:
        for digits in (4,) if code == "digits-swapped" else (4, 5):
            number = Decimal(f"{value:.{digits - 1}e}") if abs(value) > 1e-12 else Decimal(0)
            (mark,) = solved.marks({"loss": number})
            if mark.verdict == "right":
                ours = float(mark.ours)
                near = abs(value - ours) <= _OFF * abs(ours)
                row = "slips near the right number" if near else f"slips: {digits} digits"
                table.count(row, "right", (solved, code, mark), is_bad=not near)
                continue
            first = mark.slips[0] if mark.slips else None
            is_first = any(
                slip.code in (code, *SAME.get(code, ()))
                and first is not None
                and is_same(slip.value, first.value)
                for slip in mark.slips
            )
            verdict = "first" if is_first else "named otherwise" if mark.slips else "no name"
            bad = not is_first
            table.count(f"slips: {digits} digits", verdict, (solved, code, mark), is_bad=bad)
            table.count(f"  {code}", verdict, (solved, code, mark), is_bad=bad)


def table_of(problems: int) -> Table:
    """The table of so many random problems."""
    table, kinds = Table(), list(EXERCISES)
    for number in range(problems):
        solved = Solved(kinds[number % len(kinds)], number)
        random = Random(number)  # noqa: S311 - to be had again
        right_numbers(solved, random, table)
        random_numbers(solved, random, table)
        slips(solved, table)
    return table


if __name__ == "__main__":
    found = table_of(int(sys.argv[1]) if len(sys.argv) > 1 else 400)
    print(f"{found.numbers} numbers")
    print("\n".join(found.lines()))
    if "--examples" in sys.argv:
        for row, examples in found.examples.items():
            print(f"\n{row}: {len(examples)}")
            print("\n".join(f"  {each}" for each in examples[:6]))
