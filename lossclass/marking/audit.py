"""The audit of published numbers: whether each is right, and if not, where it comes from.

For each printed number: does its printed working come to it? Are the working's operands those
of the step? Is the number ours? If not, does it follow from the printed numbers before it?
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal, localcontext
from typing import Protocol

from lossclass.arithmetic.expression import (
    Constant,
    Expression,
    Product,
    Quantity,
    Sum,
    quantities_in,
)
from lossclass.arithmetic.notation import PLAIN
from lossclass.arithmetic.number import WORKING, is_equal, show
from lossclass.arithmetic.reading import read
from lossclass.marking.tolerance import Reading, half_unit
from lossclass.solution import Audited, Block, Remark, Section, Solution, Verdict

_TIMES = {1: "", 2: " twice", 3: " three times", 4: " four times"}


class Answered(Protocol):
    """A number that somebody wrote down, and the working beside it if there is one."""

    @property
    def value(self) -> Decimal: ...
    @property
    def working(self) -> str | None: ...


def audit(solution: Solution, published: Mapping[str, Answered]) -> Section:
    """The published numbers, each with its verdict, in the order of the steps.

    Args:
        published: by step id; every id is one of the solution's.
    """
    auditor = _Auditor(solution, published)
    marks = [auditor.mark(step.id) for step in solution.steps if step.id in published]
    return Section("The published numbers, checked", (*_summary(solution, marks), *marks))


def _summary(solution: Solution, marks: Sequence[Audited]) -> Iterator[Block]:
    wrong = [mark for mark in marks if mark.verdict == "wrong"]
    if not wrong:
        yield Remark("published-right", "All published numbers are right.")
        return
    text = f"The first published number that is wrong of itself is {wrong[0].id}."
    last = marks[-1]
    if last.verdict == "follows_through":
        text += (
            f" What comes after it was worked correctly, but from wrong numbers: that is why the "
            f"source prints {_number(last.published)} for {last.id}, and why you get "
            f"{_number(last.ours, solution.digits)} when you work it from the problem as it stands."
        )
    yield Remark("published-wrong", text, wrong[0].id)


def _number(number: Decimal, digits: int | None = None) -> str:
    return PLAIN.number(number if digits is None else show(number, digits).value)


class _Auditor:
    def __init__(self, solution: Solution, published: Mapping[str, Answered]) -> None:
        self.solution = solution
        self.published = published
        written = {id: answer.value for id, answer in published.items()}
        self.from_ours = Reading(solution.calculation, written, carried_on=False)
        self.from_theirs = Reading(solution.calculation, written, carried_on=True)

    def mark(self, id: str) -> Audited:
        answer, ours = self.published[id], self.solution.values[id]
        verdict = self._verdict(id, answer.value, ours)
        sentences = [*self._on_working(answer), *self._on_verdict(id, verdict, answer)]
        return Audited(id, answer.value, ours, verdict, " ".join(sentences))

    def _verdict(self, id: str, theirs: Decimal, ours: Decimal) -> Verdict:
        if _within(theirs, ours, self.from_ours.tolerance(id)):
            return "right"
        follows = self.from_theirs.values[id]
        # An error that made this step trivial has taken its work away, and earns no credit.
        trivial = not follows.is_finite() or follows in (0, 1)
        if not trivial and _within(theirs, follows, self.from_theirs.tolerance(id)):
            return "follows_through"
        return "wrong"

    def _on_working(self, answer: Answered) -> Iterator[str]:
        if answer.working is None:
            return
        with localcontext(WORKING):
            gives = read(answer.working).value({})
        printed = _number(answer.value)
        if gives.is_nan():
            yield "The printed working has no value."
        elif gives == answer.value:
            yield f"The printed working gives {printed}, as printed."
        elif _within(answer.value, gives, half_unit(answer.value)):
            yield f"The printed working gives {_number(gives, 5)}, printed as {printed}."
        else:
            yield f"The printed working gives {_number(gives, 5)}, not the printed {printed}."

    def _on_verdict(self, id: str, verdict: Verdict, answer: Answered) -> Iterator[str]:
        ours = _number(self.solution.values[id], self.solution.digits)
        if verdict == "right":
            return
        if verdict == "follows_through":
            yield f"It follows from the published numbers before it; worked from the right ones it is {ours}."
        else:
            yield from self._on_operands(id, answer)
            yield f"Worked correctly it is {ours}."

    def _on_operands(self, id: str, answer: Answered) -> Iterator[str]:
        """Which operands of the step the working lacks, and which it has too many of."""
        values = self.from_theirs.used
        step = self.solution.step(id).quantity.definition
        if answer.working is None or not isinstance(step, Product | Sum):
            return
        theirs = read(answer.working)
        if type(theirs) is not type(step):
            return
        ours = Counter(_leaves(step, values))
        printed = Counter(_leaves(theirs, {}))
        kind = "factors" if isinstance(step, Product) else "terms"
        missing, extra = ours - printed, printed - ours
        if not missing and not extra:
            yield f"Its {kind} are the right ones, so the slip is in the arithmetic."
            return
        givens = [q for q in self.solution.calculation if isinstance(q.definition, Constant)]
        parts = []
        if missing:
            parts.append("leaves out " + _in_words(missing, list(quantities_in(step)), values))
        if extra:
            parts.append("adds " + _in_words(extra, givens, values))
        yield f"But its {kind} are not those of this step: it {' and '.join(parts)}."


def _in_words(
    operands: Counter[Decimal], quantities: Sequence[Quantity], values: Mapping[str, Decimal]
) -> str:
    """The operands, by symbol where only one quantity has that value, and how often each."""
    texts = []
    for value, count in operands.items():
        symbols = {PLAIN.symbol(q.symbol) for q in quantities if values[q.id] == value}
        name = f"{symbols.pop()} = " if len(symbols) == 1 else ""
        texts.append(f"{name}{_number(value)}{_TIMES.get(count, f' {count} times')}")
    return ", ".join(texts[:-1]) + (" and " if texts[1:] else "") + texts[-1]


def _leaves(expression: Expression, values: Mapping[str, Decimal]) -> Iterator[Decimal]:
    """The numbers at the leaves of an expression."""
    if isinstance(expression, Constant):
        yield expression.number.normalize()
    elif isinstance(expression, Quantity):
        yield values[expression.id].normalize()
    else:
        for operand in expression.operands:
            yield from _leaves(operand, values)


def _within(one: Decimal, other: Decimal, distance: Decimal) -> bool:
    if not (one.is_finite() and other.is_finite()):
        return one == other
    gap = WORKING.subtract(one, other).copy_abs()
    return gap <= distance or is_equal(gap, distance)
