"""The audit of published numbers: whether each is right, and if not, where it comes from.

They are marked by the same code as an answer sheet, see :mod:`lossclass.marking.marks`; here it is
put into words.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from lossclass.arithmetic.calculation import Rounding
from lossclass.blocks import Audited, Block, Remark, Section
from lossclass.marking.causes import Cause
from lossclass.marking.diagnosis import Diagnosis
from lossclass.marking.marker import Marker
from lossclass.marking.marks import USUAL_DIGITS, Answered, Mark, said_of_nothing, shown
from lossclass.marking.operands import listed
from lossclass.solution import Solution

#: How somebody may have rounded every step.
_ROUNDED = Rounding(USUAL_DIGITS)
#: So many slips are named beside the likeliest.
_MOST_OTHERS = 2


def audit(solution: Solution, published: Mapping[str, Answered], diagnosis: Diagnosis) -> Section:
    """The published numbers, each with its verdict, in the order of the steps.

    Args:
        published: by step id; every id is one of the solution's.
        diagnosis: the calculation and its slips.
    """
    marker = Marker(solution, published, diagnosis, printed=True)
    marks = [*marker.marks()]
    audited = (_audited(solution, mark, diagnosis) for mark in marks)
    summary = _summary(solution, marks, marker.causes)
    return Section("The published numbers, checked", (*summary, *audited))


def _audited(solution: Solution, mark: Mark, diagnosis: Diagnosis) -> Audited:
    assert mark.answer is not None  # noqa: S101 - it is published
    assert mark.verdict != "missing" and mark.verdict != "unreadable"  # noqa: S101, PT018, PLR1714
    sentences = [*mark.on_working, *_on_verdict(solution, mark, diagnosis)]
    return Audited(mark.id, mark.answer, mark.ours, mark.verdict, " ".join(sentences))


def _on_verdict(solution: Solution, mark: Mark, diagnosis: Diagnosis) -> Iterator[str]:
    ours = shown(mark.ours, solution.digits)
    if mark.verdict == "right":
        if mark.explanation.text:
            yield f"{mark.explanation.text} Without rounding on the way it is {ours}."
    elif mark.verdict == "follows_through":
        yield f"It follows from the published numbers before it; worked from the right ones it is {ours}."
    elif mark.leaves_nothing:
        said = said_of_nothing(mark, "the published numbers before it")
        yield f"{said} Worked from the right ones it is {ours}."
    elif mark.verdict == "wrong":
        if mark.slips:
            first, *others = mark.slips
            yield f"The number is what comes out of this slip: {first.text}"
            yield from (f"Or of this one: {each.text}" for each in others[:_MOST_OTHERS])
        yield f"Worked correctly it is {ours}{_if_rounded(mark, diagnosis)}."


def _if_rounded(mark: Mark, diagnosis: Diagnosis) -> str:
    """What our number would be with every step rounded, where that shows."""
    rounded = _ROUNDED(diagnosis.rounded(_ROUNDED).value(mark.id, {}))
    if not rounded.is_finite() or rounded == _ROUNDED(mark.ours):
        return ""
    return f", and {shown(rounded)} with every step rounded to {_ROUNDED}"


def _summary(solution: Solution, marks: Sequence[Mark], causes: Sequence[Cause]) -> Iterator[Block]:
    wrong = [mark for mark in marks if mark.verdict == "wrong" and not mark.leaves_nothing]
    following = [mark for mark in marks if mark.verdict == "follows_through"]
    if not wrong and not following:
        yield Remark("published-right", "All published numbers are right.")
        return
    text = ""
    if wrong:
        ids = listed([mark.id for mark in wrong])
        text = f"{ids} {'is' if len(wrong) == 1 else 'are'} wrong in {'itself' if len(wrong) == 1 else 'themselves'}."
    if following:
        ids = listed([mark.id for mark in following])
        verb = "was" if len(following) == 1 else "were"
        text += f" {ids} {verb} worked correctly, but from wrong numbers."
    most = max(causes, key=lambda cause: len(cause.explains), default=None)
    if most is not None and len(most.explains) > 1:
        text += f" One slip explains {listed(most.explains)}: {most.text}"
    last = marks[-1]
    if last.verdict == "follows_through" and last.answer is not None:
        text += (
            f" That is why the source has {shown(last.answer)} for {last.id}, and why you get "
            f"{shown(last.ours, solution.digits)} when you work the problem as it stands."
        )
    yield Remark("published-wrong", text.strip(), (wrong or following)[0].id)
