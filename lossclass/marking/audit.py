"""The audit of published numbers: whether each is right, and if not, where it comes from.

For each printed number: does its printed working come to it? Are the working's operands those
of the step? Is the number ours? If not, does it follow from the printed numbers before it?
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal, localcontext
from typing import Protocol

from lossclass.arithmetic.expression import Product, Sum
from lossclass.arithmetic.notation import PLAIN
from lossclass.arithmetic.number import WORKING, show
from lossclass.arithmetic.reading import read
from lossclass.blocks import Audited, Block, Remark, Section, Verdict
from lossclass.marking.operands import compare
from lossclass.marking.tolerance import Reading, half_unit, within
from lossclass.solution import Solution


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
    following = [mark for mark in marks if mark.verdict == "follows_through"]
    if not wrong and not following:
        yield Remark("published-right", "All published numbers are right.")
        return
    text = ""
    if wrong:
        ids = _listed([mark.id for mark in wrong])
        text = f"{ids} {'is' if len(wrong) == 1 else 'are'} wrong in {'itself' if len(wrong) == 1 else 'themselves'}."
    if following:
        ids = _listed([mark.id for mark in following])
        verb = "was" if len(following) == 1 else "were"
        text += f" {ids} {verb} worked correctly, but from wrong numbers."
    last = marks[-1]
    if last.verdict == "follows_through":
        text += (
            f" That is why the source has {_number(last.published)} for {last.id}, and why you get "
            f"{_number(last.ours, solution.digits)} when you work the problem as it stands."
        )
    yield Remark("published-wrong", text.strip(), (wrong or following)[0].id)


def _listed(ids: Sequence[str]) -> str:
    return ", ".join(ids[:-1]) + (" and " if ids[1:] else "") + ids[-1]


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
        sentences = [*self._on_working(answer, verdict), *self._on_verdict(id, verdict, answer)]
        return Audited(id, answer.value, ours, verdict, " ".join(sentences))

    def _verdict(self, id: str, theirs: Decimal, ours: Decimal) -> Verdict:
        if within(theirs, ours, self.from_ours.tolerance(id)):
            return "right"
        if self._follows(id) and not self._is_trivial(id):
            return "follows_through"
        return "wrong"

    def _follows(self, id: str) -> bool:
        """Whether the number is what the step gives on the published numbers before it."""
        value = self.from_theirs.values[id]
        return within(self.published[id].value, value, self.from_theirs.tolerance(id))

    def _is_trivial(self, id: str) -> bool:
        """Whether the numbers before it left nothing to work out in this step, so that no credit
        is due: its value is no number, or it is 0 or 1 and that is no sum, which may be so by
        its own terms."""
        value = self.from_theirs.values[id]
        definition = self.solution.step(id).quantity.definition
        return not value.is_finite() or (value in (0, 1) and not isinstance(definition, Sum))

    def _on_working(self, answer: Answered, verdict: Verdict) -> Iterator[str]:
        """What the printed working comes to."""
        if answer.working is None:
            return
        with localcontext(WORKING):
            gives = read(answer.working).value({})
        printed = _number(answer.value)
        shown = _number(gives, len(answer.value.as_tuple().digits) + 2)
        if gives.is_nan():
            yield "The printed working has no value."
        elif gives == answer.value or shown == printed:
            yield f"The printed working gives {printed}, as printed."
        elif within(answer.value, gives, half_unit(answer.value)):
            yield f"The printed working gives {shown}, printed as {printed}."
        else:
            yield f"The printed working gives {shown}, not the printed {printed}."
            if verdict == "right":
                yield "The number is right, its working is not."

    def _on_verdict(self, id: str, verdict: Verdict, answer: Answered) -> Iterator[str]:
        ours = _number(self.solution.values[id], self.solution.digits)
        if verdict == "follows_through":
            yield f"It follows from the published numbers before it; worked from the right ones it is {ours}."
        elif verdict == "wrong" and self._follows(id):
            yield (
                "It is what the published numbers before it give, but they leave nothing to work "
                f"out here. Worked from the right ones it is {ours}."
            )
        elif verdict == "wrong":
            yield from self._on_operands(id, answer)
            yield f"Worked correctly it is {ours}."

    def _on_operands(self, id: str, answer: Answered) -> Iterator[str]:
        """Which operands of the step the working lacks, and which it has too many of."""
        if answer.working is None:
            return
        step, theirs = self.solution.step(id).quantity.definition, read(answer.working)
        difference = compare(
            step,
            theirs,
            self.from_theirs.used,
            self.solution.calculation,
            self.solution.digits,
        )
        kind = "factors" if isinstance(step, Product) else "terms"
        with localcontext(WORKING):
            comes_out = within(answer.value, theirs.value({}), half_unit(answer.value))
        if difference:
            yield f"But its {kind} are not those of this step: {difference}."
        elif difference == "" and not comes_out:
            yield f"Its {kind} are the right ones, so the slip is in the arithmetic."
