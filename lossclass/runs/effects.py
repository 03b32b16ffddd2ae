"""Options that change nothing in a problem, or in what is written of it: said, not silently dropped."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from lossclass import losses
from lossclass.choices import Wanted
from lossclass.errors import LossclassError, tell
from lossclass.problem.messages import no_such_key
from lossclass.problem.problem import Problem
from lossclass.render import Detail
from lossclass.solution import Solution
from lossclass.solving import solve

#: Two values each of keys that take the place of the problem's own.
_VALUES: Final = {"log_base": ("2", "10"), "reduction": ("sum", "mean")}
#: The formats that have every step, whatever is asked for.
_EVERY_STEP: Final = {"json": "JSON", "xlsx": "a workbook"}
_NOT_IN_A_WORKBOOK: Final = ("--frameworks", "--round-as-you-go")
#: Longer calculations are not worked once more to find out.
_MOST_STEPS: Final = 4_000


def without_effect(
    problem: Problem, solution: Solution, overrides: Mapping[str, Any], wanted: Wanted
) -> Iterator[str]:
    """What to say of options with which a problem was solved, and would be without them.

    Args:
        overrides: keys that took the place of the problem's own.
    """
    if len(solution.calculation) > _MOST_STEPS:
        return
    for key in filter(overrides.__contains__, _VALUES):
        if key not in (keys := type(problem.inputs)).model_fields:
            nothing = f"{_option(key)} changes nothing in this problem"
            yield problem.in_file(f"{nothing}: {no_such_key((key,), keys)}")
            continue
        other = next(value for value in _VALUES[key] if value != overrides[key])
        try:
            changed = problem.changed(losses, **{key: other})
        except LossclassError:
            continue
        if _is_same(changed, wanted, solution):
            why = "it comes to the same in every base"
            if key == "reduction":
                why = _why_reductions_are_the_same(problem)
            yield problem.in_file(f"{_option(key)} changes nothing in this problem: {why}")
    asked = {each.name: each for each in losses.extras() if wanted[each] != each.default}
    for name, extra in sorted(asked.items()):
        less = {other: each for other, each in wanted.extras.items() if other != name}
        nothing = f"{_option(name)} changes nothing in this problem"
        if name not in (each.name for each in losses.extras_of(problem.loss)):
            yield problem.in_file(f"{nothing}: it is for {losses.having(name)}")
        elif _is_same(problem, replace(wanted, extras=less), solution):
            is_more = extra.is_asked_for_by(wanted[extra])
            why = "it is worked here without it" if is_more else "as much is worked without it"
            yield problem.in_file(f"{nothing}: {why}")


def tell_without_gradient(problem: Problem, solution: Solution, wanted: Wanted) -> None:
    """Say why ``--gradient`` asks for nothing more, where the remark that says so is not shown."""
    for remark in solution.remarks if wanted.gradient else ():
        if remark.code == "no-gradient":
            why = f"{remark.text[:1].lower()}{remark.text[1:]}"
            tell(problem.in_file(f"--gradient changes nothing in this problem: {why}"))


def _why_reductions_are_the_same(problem: Problem) -> str:
    """Why every reduction comes to the same."""
    try:
        has_several = len(solve(problem.changed(losses, reduction="none")).answer_ids) > 1
    except LossclassError:  # there is nothing to be left as it is
        has_several = False
    if has_several:
        return "its losses come to the same, however they are reduced"
    return "it has one loss, which is its own sum and mean"


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _is_same(problem: Problem, wanted: Wanted, solution: Solution) -> bool:
    """Whether a problem has the steps of a solution, and all its numbers."""
    try:
        other = solve(problem, wanted=wanted)
    except LossclassError:
        return False
    steps = [step.id for step in solution.steps]
    return [step.id for step in other.steps] == steps and other.values == solution.values


def not_shown(
    detail: Detail | None, format: str, wanted: Wanted, *, rounds: bool, calls: bool
) -> Iterator[str]:
    """What to say of options whose work is not shown at a level of detail, or in a format.

    Args:
        detail: None where none was asked for.
        rounds, calls: whether ``--round-as-you-go`` was given, and ``--frameworks``.
    """
    given = {
        "--frameworks": calls,
        "--gradient": wanted.gradient,
        "--round-as-you-go": rounds,
        "--updated-loss": wanted.updated_loss,
        **{_option(each.name): wanted[each] != each.default for each in losses.extras()},
    }
    asked = [name for name, is_given in given.items() if is_given]
    if format in _EVERY_STEP:
        if detail is not None:
            yield f"--detail changes nothing: {_EVERY_STEP[format]} has every step at any level"
        if format == "xlsx":
            shown_nowhere = (name for name in asked if name in _NOT_IN_A_WORKBOOK)
            yield from (f"{name}: a workbook shows nothing of it" for name in shown_nowhere)
    elif detail is not None:
        hidden = {Detail.ANSWER: asked, Detail.BRIEF: ["--frameworks"]}.get(detail, [])
        for name in asked:
            if name in hidden:
                yield f"{name}: --detail {detail} shows nothing of it"
