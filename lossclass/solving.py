"""From a problem to its worked solution: both roads, their comparison, and the audit."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from decimal import Decimal, localcontext
from fractions import Fraction
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from lossclass import losses
from lossclass.arithmetic.calculation import Calculation, Rounding, evaluate
from lossclass.arithmetic.expression import (
    Constant,
    Expression,
    Log,
    Quantity,
    Sum,
    UndefinedValue,
    quantities_in,
)
from lossclass.arithmetic.notation import PLAIN
from lossclass.arithmetic.number import WORKING, round_significant, show
from lossclass.blocks import Call, Remark, Section, Table
from lossclass.choices import NOTHING_MORE, Wanted
from lossclass.errors import LossclassError, UsageError
from lossclass.points import WHOLE, Points, names
from lossclass.problem.keys import WRITTEN, written_in
from lossclass.problem.problem import Problem
from lossclass.second_road import NOT_MADE, np, numpy_is_here
from lossclass.solution import About, CrossCheck, RoundedAsYouGo, Solution
from lossclass.suggest import nearest
from lossclass.working import Working

if TYPE_CHECKING:
    from lossclass.marking.diagnosis import Diagnosis
    from lossclass.rnn.inputs import Rnn
    from lossclass.slips import Convention

#: How far the two roads may be apart, relatively.
AGREEMENT = 1e-12
#: Between a logarithm and the answer there may be so many steps: weighted, summed, divided.
_REDUCTIONS = 4
#: Where doubles lose digits, NumPy may be off by this many times what the steps lose in doubles.
SLACK = 8
#: In longer calculations, mistakes in networks and gradients are not looked for.
MOST_FOR_SLIPS = 4_000
#: So far apart, a library's number still counts as the one by hand.
SAME_NUMBER = 1e-9
_NOT_AUDITED = Section(
    "The published numbers",
    (
        Remark(
            "published-not-audited",
            "They belong to the problem as its source has it, and are not checked against "
            "another base of logarithms or another reduction.",
        ),
    ),
)


def solve(
    problem: Problem,
    *,
    round_as_you_go: int | None = None,
    frameworks: bool = False,
    wanted: Wanted = NOTHING_MORE,
) -> Solution:
    """The worked solution of a problem.

    Args:
        problem: from :func:`lossclass.load`.
        round_as_you_go: also work it with every step rounded to so many significant digits.
        frameworks: also say what the libraries compute.
        wanted: what to work out beyond the loss.

    Raises:
        UsageError: something is wanted that this loss has not.
        InvalidProblem: ``published`` names a step that the solution does not have.
        LossclassError: a step has no value.
    """
    with localcontext(WORKING):
        solution = _solve(problem, round_as_you_go, wanted)
        return _with_frameworks(solution, problem) if frameworks else solution


def _solve(problem: Problem, round_as_you_go: int | None, wanted: Wanted) -> Solution:
    loss = losses.load(problem.loss)
    inputs = problem.inputs
    _refuse_what_it_has_not(loss, problem, wanted)
    try:
        working, answers, forward = _worked(problem, wanted)
        answer_ids = tuple(answer.id for answer in answers)
        if (rnn := getattr(inputs, "rnn", None)) is not None:
            from lossclass.rnn.fitting import network_of
            from lossclass.rnn.pictures import draw_network

            draw_network(working, network_of(rnn), answers)
        solution = Solution(
            about=_about(problem, loss),
            sections=working.sections,
            calculation=Calculation(working.calculation, working.values),
            values=working.values,
            answer_ids=answer_ids,
            answer_shape=_shape_of_answers(inputs, len(answers)),
            digits=inputs.digits,
            compare=partial(_cross_check, problem, answer_ids, forward),
            derivatives=None if working.gradient is None else _floats(working.gradient),
            others=_Others(problem, wanted),
            points=points_in(inputs.points, inputs.follow_through),
        )
        if round_as_you_go is not None:
            solution = _with_rounding(solution, round_as_you_go)
    except UndefinedValue as error:
        raise _has_no_value(problem, error) from None
    if unknown := unknown_points(solution.points, solution):
        raise problem.invalid((("points", name), message) for name, message in unknown.items())
    if not inputs.published:
        return solution
    if (original := problem.original) and (
        dict(solution.values) != dict(_calculation_of(original, wanted).values)
    ):
        return _with(solution, _NOT_AUDITED)
    ids = [step.id for step in solution.steps]
    if unknown_ids := [id for id in inputs.published if id not in ids]:
        raise problem.invalid(
            (("published", id), f"there is no such step; {_step_hint(id, ids)}")
            for id in unknown_ids
        )
    from lossclass.marking.audit import audit

    return _with(solution, audit(solution, inputs.published, diagnosis_of(problem, solution)))


def _worked(problem: Problem, wanted: Wanted) -> tuple[Working, Sequence[Quantity], Calculation]:
    """The steps of a problem, the answers among them, and the calculation of the loss alone, without
    what is written behind it."""
    loss, working = losses.load(problem.loss), Working(problem.inputs.digits, wanted)
    answers = loss.solve(problem.inputs, working)
    forward = Calculation(working.calculation, working.values)
    if wanted.gradient or problem.learns:
        from lossclass.backpropagation.gradient import write_gradient

        write_gradient(working, problem, answers, loss)
    return working, answers, forward


@dataclass
class _Others:
    """The solutions of a problem with one option more, worked when somebody asks for them."""

    problem: Problem
    wanted: Wanted

    def __call__(self) -> Mapping[str, Solution]:
        return self._solved

    @cached_property
    def _solved(self) -> Mapping[str, Solution]:
        more = {}
        for extra in losses.extras_of(self.problem.loss):
            if "check" in extra.commands and self.wanted[extra] == extra.default:
                extras = {**self.wanted.extras, extra.name: extra.example}
                more[f"--{extra.name.replace('_', '-')}"] = replace(self.wanted, extras=extras)
        if not self.wanted.gradient:  # the last: who writes π means π′ rather than ∂L/∂π
            more["--gradient"] = replace(self.wanted, gradient=True)
        found = {}
        for option, wanted in more.items():
            with suppress(LossclassError):  # it has no derivatives
                found[option] = solve(self.problem, wanted=wanted)
        return found


def _floats(numbers: Any) -> Any:
    """Decimals as doubles, in lists and mappings as deep as they were."""
    if isinstance(numbers, Mapping):
        return {key: _floats(each) for key, each in numbers.items()}
    if isinstance(numbers, list | tuple):
        return [_floats(each) for each in numbers]
    return float(numbers) + 0.0  # -0.0 becomes 0.0


def _refuse_what_it_has_not(loss: losses.Loss, problem: Problem, wanted: Wanted) -> None:
    """Say what was asked for and is not there for this loss."""
    if wanted.updated_loss and not problem.learns:
        raise UsageError(
            problem.in_file("updated_loss: there is no train, so no parameter is updated")
        )
    if not wanted.extras:
        return
    own = {extra.name for extra in losses.extras_of(problem.loss)}
    for extra in losses.extras():
        if extra.is_asked_for_by(wanted[extra]) and extra.name not in own:
            message = f"there is none for {loss.TITLE}; it is for {losses.having(extra.name)}"
            raise UsageError(problem.in_file(f"{extra.name}: {message}"))


def diagnosis_of(problem: Problem, solution: Solution) -> Diagnosis:
    """The slips that may explain somebody's numbers for a problem."""
    from lossclass.marking.diagnosis import Diagnosis
    from lossclass.slips.other_ways import other_ways

    loss, inputs, calculation = losses.load(problem.loss), problem.inputs, solution.calculation
    own = [*loss.slips(inputs, calculation)]
    conventions: list[Convention] = []
    if len(calculation) > MOST_FOR_SLIPS:
        return Diagnosis(calculation, own, unwritten=solution.unwritten)
    if other := getattr(loss, "conventions", None):
        conventions += other(inputs, calculation)
    conventions += other_ways(calculation)
    if (rnn := getattr(inputs, "rnn", None)) is not None:
        from lossclass.rnn import own_slips as of_networks
        from lossclass.rnn.fitting import network_of

        network = network_of(rnn)
        own += of_networks.slips(calculation, network)
        conventions += of_networks.conventions(calculation, network)
        conventions += _other_grus(problem, rnn, solution)
    if solution.gradient:
        from lossclass.backpropagation import own_slips as of_gradients

        own += of_gradients.slips(calculation)
    return Diagnosis(calculation, own, conventions, solution.unwritten)


def _calculation_of(problem: Problem, wanted: Wanted) -> Calculation:
    """The calculation alone, without anything that is said of it."""
    working, *_ = _worked(problem, wanted)
    return Calculation(working.calculation, working.values)


def _other_grus(problem: Problem, rnn: Rnn, solution: Solution) -> Iterator[Convention]:
    """The same problem with the GRUs that it may have meant, too."""
    from lossclass.rnn.own_slips import other_grus
    from lossclass.slips import Convention

    ours = solution.calculation

    def worked(keys: Mapping[str, str]) -> Calculation:
        updated = any(each.id.startswith("updated.hidden.") for each in ours)
        wanted = Wanted(gradient=bool(solution.gradient), updated_loss=updated)
        other = problem.changed(losses, rnn={**problem.data["rnn"], **keys})
        try:
            found = _calculation_of(other, wanted)
        except UndefinedValue:
            return ours
        alone = (each for each in ours if each.id not in found.by_id)
        stand = [Quantity(q.id, q.symbol, Constant(ours.values[q.id]), q.role) for q in alone]
        return Calculation([*stand, *found], {**ours.values, **found.values})

    for code, text, keys in other_grus(rnn):
        yield Convention(code, text, worked=partial(worked, keys))


def _about(problem: Problem, loss: losses.Loss) -> About:
    inputs = problem.inputs
    return About(
        loss=problem.loss,
        loss_title=loss.TITLE,
        formula=loss.formula_of(inputs),
        title=inputs.title or loss.TITLE,
        statement=inputs.statement or "",
        source=inputs.source or "",
        file=problem.file,
        words=problem.words,
    )


def _with(solution: Solution, section: Section) -> Solution:
    return replace(solution, sections=(*solution.sections, section))


def _shape_of_answers(inputs: Any, count: int) -> tuple[int, ...]:
    """How many answers there are along each axis; of one alone, no axis."""
    if count == 1 and inputs.reduction != "none":
        return ()
    keys = dict(inputs)
    written = written_in({key: keys[key] for key in inputs.model_fields_set})
    shape = inputs.losses_shape({**keys, WRITTEN: written}) or ()
    return shape if math.prod(shape) == count else (count,)


def _cross_check(
    problem: Problem, answer_ids: Sequence[str], calculation: Calculation
) -> CrossCheck:
    """Both roads, held against each other."""
    if not numpy_is_here():
        return CrossCheck(None, agrees=True, close=True)
    try:
        with localcontext(WORKING), np.errstate(all="ignore"):  # infinities are answers too
            answer = np.asarray(losses.load(problem.loss).value(problem.inputs), float)
            from_numpy: list[float] = answer.ravel().tolist()
            by_hand = [float(calculation.values[id]) for id in answer_ids]
            pairs = list(zip(from_numpy, by_hand, strict=True))
            close = all(math.isclose(*pair, rel_tol=AGREEMENT) for pair in pairs)
            agrees = close or all(
                math.isclose(*pair, rel_tol=AGREEMENT, abs_tol=off)
                for pair, off in zip(pairs, _slack(calculation, answer_ids), strict=True)
            )
    except UndefinedValue as error:
        raise _has_no_value(problem, error) from None
    listed = answer_ids != ("loss",)
    return CrossCheck(from_numpy if listed else from_numpy[0], agrees, close)


def _slack(calculation: Calculation, answer_ids: Sequence[str]) -> list[float]:
    """By how much two roads in doubles may differ in each answer."""
    in_doubles, values = evaluate(calculation, floats=True), calculation.values
    return [
        SLACK * abs(float(in_doubles[id]) - float(values[id])) + _cancelled(calculation, id)
        for id in answer_ids
    ]


def _cancelled(calculation: Calculation, id: str) -> float:
    """By how much two roads in doubles may differ where the last sum cancels: its error is relative to
    its largest term, not to what is left of it. A logarithm is no better: near 1, what its operand is
    off by relatively is all that is left of it."""
    answer, values = calculation.by_id[id], calculation.values
    slack = Decimal(int(_has_logarithm(answer.definition, _REDUCTIONS)))
    for total in (answer, *quantities_in(answer.definition)):
        if isinstance(total.definition, Sum):
            largest = max(abs(term.value(values)) for term in total.definition.operands)
            left = abs(values[total.id])
            passed_on = abs(values[id]) / left if left else Decimal(1)
            if largest.is_finite() and passed_on.is_finite():
                slack = max(slack, largest * passed_on)
    return AGREEMENT * float(slack)


def _has_no_value(problem: Problem, error: UndefinedValue) -> LossclassError:
    return LossclassError(problem.in_file(f"step {error} has no value"))


def _has_logarithm(expression: Expression, steps: int) -> bool:
    """Whether there is a logarithm in an expression, or in the last few steps that it is made of."""
    if isinstance(expression, Quantity):
        return steps > 0 and _has_logarithm(expression.definition, steps - 1)
    inside = (_has_logarithm(operand, steps) for operand in expression.operands)
    return isinstance(expression, Log) or any(inside)


def _with_rounding(solution: Solution, digits: int) -> Solution:
    """The solution with what a calculator gives when every result is written down rounded."""
    values = evaluate(solution.calculation, rounding=digits)
    if "updated.loss" in values:
        from lossclass.backpropagation.training import rounded_loss_after

        values["updated.loss"] = rounded_loss_after(solution.calculation, values, digits)

    def full(id: str) -> str:
        return PLAIN.number(show(solution.values[id], solution.digits).value)

    rows = tuple(
        (step.id, PLAIN.symbol(step.quantity.symbol), full(step.id), PLAIN.number(values[step.id]))
        for step in solution.steps
    )
    columns = ("step", "symbol", "full precision", f"rounded to {digits}")
    answers = ", ".join(
        f"{id} = {PLAIN.number(values[id])} instead of {full(id)}"
        for id in solution.answer_ids
        if values[id] != round_significant(solution.values[id], digits)
    )
    what = Rounding(digits)
    gets = answers or f"the same answer to {what}"
    remark = Remark(
        "rounded-as-you-go",
        f"Who rounds every step to {what} before using it gets {gets}.",
        solution.answer_ids[0],
    )
    table = Table("round_as_you_go", "", columns, rows)
    section = Section("Rounded as you go", (table, remark))
    return replace(_with(solution, section), rounded=RoundedAsYouGo(digits, values))


def _with_frameworks(solution: Solution, problem: Problem) -> Solution:
    """The solution with how the libraries are asked for it, and what they answer.

    Raises:
        UsageError: NumPy, which works out their numbers, is not here.
    """
    if not numpy_is_here():
        raise UsageError(problem.in_file(f"frameworks: their numbers are {NOT_MADE}"))
    with np.errstate(all="ignore"):  # infinities are answers too
        loss = losses.load(problem.loss)
        calls = loss.frameworks(problem.inputs)
        rounding = loss.rounding(problem.inputs) if hasattr(loss, "rounding") else 0.0
    answers = [float(solution.values[id]) for id in solution.answer_ids]
    by_hand = answers if isinstance(solution.answer.value, list) else answers[0]
    compared = tuple(replace(call, rule=_compared(call, by_hand, rounding)) for call in calls)
    return _with(solution, Section("What the libraries compute", compared))


def _compared(call: Call, by_hand: float | list[float], rounding: float) -> str:
    """The rule of a call, behind whether its number is the one by hand: it may differ by so much
    only because the numbers given are rounded."""
    if call.value is None:
        return call.rule
    if _are_same(call.value, by_hand):
        verdict = "The same number as by hand."
    elif _are_same(call.value, by_hand, rounding):
        verdict = "The same number as by hand, but for the rounding of the numbers given."
    else:
        verdict = "Not the same number as by hand."
    return f"{verdict} {call.rule}".strip()


def _are_same(one: float | list[float], other: float | list[float], rounding: float = 0.0) -> bool:
    pairs = zip(*(x if isinstance(x, list) else [x] for x in (one, other)), strict=True)
    return all(
        math.isclose(*pair, rel_tol=SAME_NUMBER, abs_tol=SAME_NUMBER + rounding) for pair in pairs
    )


def points_in(named: Mapping[str, Decimal], follow_through: Decimal) -> Points:
    """What a problem says of points, exactly."""
    return Points({name: Fraction(each) for name, each in named.items()}, Fraction(follow_through))


def unknown_points(points: Points, solution: Solution) -> Mapping[str, str]:
    """The names that have points and name no step, neither of a solution nor of one with another
    option, such as the gradient's; each with what is wrong with it."""
    ids = [step.id for step in solution.steps]
    unknown = [
        name for name in points.named if name != WHOLE and not any(names(name, id) for id in ids)
    ]
    if not unknown:
        return {}
    more = [step.id for other in solution.others().values() for step in other.steps]
    kinds = dict.fromkeys(id.partition(".")[0] for id in ids)
    return {
        name: f"no step has this name; {_step_hint(name, [*kinds, *ids])}"
        for name in unknown
        if not any(names(name, id) for id in more)
    }


def _step_hint(id: str, ids: list[str]) -> str:
    near = nearest(id, ids)
    return f"did you mean {near!r}?" if near else f"the steps are {', '.join(ids)}"
