"""What marking says of a number is so: each slip's sentence is worked from the step that it is about,
without the expression that the slip is tried with."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from decimal import Decimal, InvalidOperation
from functools import partial
from typing import Any, Final

import pytest
from numbers_in_texts import N, is_shown, number
from sentences import Reader

import lossclass
from lossclass.arithmetic.expression import Expression, Log, Negative, Product, Quantity, Sum
from lossclass.arithmetic.line import formula
from lossclass.arithmetic.notation import PLAIN
from lossclass.arithmetic.number import round_significant
from lossclass.marking.marker import Marker
from lossclass.problem.bundled import bundled_problems
from lossclass.problem.keys import Published
from lossclass.slips.rewritings import mean_for_sum, rewritings
from lossclass.solving import diagnosis_of
from problems import bundled

_BASES: Final = {"ln": math.e, "log₂": 2, "log₁₀": 10, "log2": 2, "log10": 10}


def near(one: Any, other: Any) -> bool:
    return math.isclose(float(one), float(other), rel_tol=1e-9, abs_tol=1e-14)


class Step:
    """A step, and what its parts come to."""

    def __init__(self, quantity: Quantity, values: Any) -> None:
        self.whole, self.values = quantity.definition, values
        self.value: Decimal = values[quantity.id]

    def of(self, node: Expression) -> Decimal:
        value: Decimal = node.value(self.values)
        return value

    def operand(self, text: str) -> Decimal:
        """What the operand that is written so comes to."""
        found = [each for each in self.whole.operands if formula(each, PLAIN) == text]
        return self.of(found[0])


def left_out(step: Step, found: re.Match[str]) -> Decimal | None:
    part = step.operand(found["name"])
    if isinstance(step.whole, Sum):
        return step.value - part
    return step.value / part if part and isinstance(step.whole, Product) else None


def twice(step: Step, found: re.Match[str]) -> Decimal | None:
    part = step.operand(found["name"])
    return step.value + part if isinstance(step.whole, Sum) else step.value * part


def other_base(step: Step, found: re.Match[str]) -> float | None:
    is_log = isinstance(step.whole, Log) or (
        isinstance(step.whole, Negative) and isinstance(step.whole.operands[0], Log)
    )
    bases = (_BASES[found["here"]], _BASES[found["one"]])
    return float(step.value) * math.log(bases[0]) / math.log(bases[1]) if is_log else None


def without_minus(step: Step, found: re.Match[str]) -> Decimal | None:
    is_whole = isinstance(step.whole, Negative) and (
        formula(step.whole.operands[0], PLAIN) == found["name"]
    )
    return -step.value if is_whole else None


def without_half(step: Step, _: re.Match[str]) -> Decimal | None:
    is_whole = isinstance(step.whole, Product) and step.of(step.whole.operands[0]) == Decimal("0.5")
    return 2 * step.value if is_whole else None


#: What a sentence says that somebody's number is, worked from the right one; None where the slip is
#: somewhere inside the step.
CLAIMS: Final[dict[str, Callable[[Step, re.Match[str]], Any]]] = {
    r"This is the sum; divide it by (?P<n>\d+)\.": lambda s, f: s.value * int(f["n"]),
    r"This is the mean; here it is the sum, which is not divided by (?P<n>\d+)\.": lambda s, f: s.value / int(f["n"]),
    r"The (?:term|factor) (?P<name>.+?) is left out(?: once)?\.": left_out,
    r"The (?:term|factor) (?P<name>.+) is counted once too often\.": twice,
    r"The logarithm is (?P<one>\S+); here it is (?P<here>\S+)\.": other_base,
    r"The minus before (?P<name>.+) is left out\.": without_minus,
    r"The factor ½ is left out\.": without_half,
}  # fmt: skip


def claimed(step: Step, text: str) -> Any:
    for pattern, claim in CLAIMS.items():
        if found := re.fullmatch(pattern, text):
            try:
                return claim(step, found)
            except IndexError:
                return None  # an operand of something inside the step
    return None


@pytest.mark.grid(14, name=[*bundled_problems()])
def test_what_a_general_slip_says_is_what_it_does(name: str) -> None:
    solution = lossclass.solve(bundled(name), gradient=True)
    told = 0
    for quantity in solution.calculation:
        if quantity.is_given:
            continue
        step = Step(quantity, solution.values)
        made: dict[str, list[Decimal]] = {}
        for each in (
            *rewritings(quantity.definition, partial(formula, notation=PLAIN)),
            *filter(None, [mean_for_sum(quantity)]),
        ):
            with suppress(InvalidOperation):  # a root of what is below 0
                made.setdefault(each.text, []).append(each.expression.value(solution.values))
        for text, values in made.items():
            expected = claimed(step, text)
            if expected is not None and math.isfinite(expected):
                told += 1  # the same may be done inside the step, too
                assert any(near(value, expected) for value in values), f"{quantity.id}: {text}"
    assert told


def test_a_claim_that_is_not_so_is_found() -> None:
    solution = lossclass.solve(bundled("hinge_sequence"))
    loss = Step(solution.step("loss").quantity, solution.values)
    assert near(claimed(loss, "This is the sum; divide it by 3."), solution.values["sum"])
    assert not near(claimed(loss, "This is the sum; divide it by 2."), solution.values["sum"])


def marks(name: str, answers: dict[str, object]) -> dict[str, Any]:
    problem = bundled(name)
    solution = lossclass.solve(problem)
    written = {
        id: Published.model_construct(value=Decimal(str(each))) for id, each in answers.items()
    }
    marker = Marker(solution, written, diagnosis_of(problem, solution))
    return {each.id: each for each in marker.marks()}


@pytest.mark.some(3)
@pytest.mark.parametrize("power", [-3, -2, -1, 1, 2, 3])
@pytest.mark.parametrize(("name", "id"), [("hello_ctc", "loss"), ("hinge_sequence", "loss")])
def test_how_many_times_too_large_or_small_a_number_is(name: str, id: str, power: int) -> None:
    ours = lossclass.solve(bundled(name)).values[id]
    mark = marks(name, {id: round_significant(ours, 5).scaleb(power)})[id]
    (text,) = (each.text for each in mark.slips if each.code == "decimal-slip")
    found = re.fullmatch(r"It is (?P<n>10+) times too (?P<what>large|small): .*", text)
    assert found is not None
    ratio = mark.answer / ours
    assert near(ratio if found["what"] == "large" else 1 / ratio, number(found["n"])) or (
        abs(float(ratio if found["what"] == "large" else 1 / ratio) / float(found["n"]) - 1) < 1e-4
    )


@pytest.mark.some(2)
@pytest.mark.parametrize("digits", [3, 4, 5])
@pytest.mark.parametrize("name", ["rnn_regression_series", "categorical_from_logits", "rnn_gru"])
def test_a_number_said_to_be_rounded_at_every_step_is_that(name: str, digits: int) -> None:
    solution = lossclass.solve(bundled(name))
    values: dict[str, Decimal] = {}
    for each in solution.calculation:
        value = each.definition.value(values)
        values[each.id] = value if each.is_given else round_significant(value, digits)
    mark = marks(name, {"loss": values["loss"]})["loss"]
    assert mark.verdict == "right"
    said = re.search(
        r"every step (?:rounded|cut) to (\d+) significant digits", mark.explanation.text
    )
    assert said is None or int(said[1]) == digits or digits >= 5


def factors(text: str) -> Counter[Decimal]:
    found: Counter[Decimal] = Counter()
    for each in re.split(r"\s*[×*·]\s*", text):
        base, _, power = each.partition("^")
        found[Decimal(base.strip("() ")).normalize()] += int(power or 1)
    return found


_OFTEN: Final = {"": 1, "once": 1, "twice": 2, "three times": 3, "four times": 4, "five times": 5}


def named(text: str) -> Iterator[tuple[str, Decimal, int]]:
    """The operands in a sentence: symbol, value, and how often."""
    for each in re.split(r", (?=\S+ = |\d)| and (?=\S+ = |\d)", text):
        found = re.fullmatch(rf"(?:(?P<name>.+) = )?(?P<value>{N})(?: (?P<often>.+))?", each)
        assert found is not None, each
        often = found["often"] or ""
        count = _OFTEN.get(often) or int(often.split()[0])
        yield found["name"] or "", number(found["value"]).normalize(), count


@pytest.mark.parametrize("name", ["hello_ctc", "deep_ctc", "123_ctc"])
def test_the_factors_that_an_audit_says_are_missing_are_missing(name: str) -> None:
    problem = bundled(name)
    solution = lossclass.solve(problem)
    told = 0
    for mark in solution.published:
        found = re.search(
            r"factors are not those of this step: (?:it leaves out (?P<less>.+?))?(?:, and )?"
            r"(?:it has (?P<more>.+) too often)?\.(?: |$)",
            mark.text,
        )
        if found is None:
            continue
        told += 1
        published = problem.inputs.published[mark.id]
        theirs = factors(str(published.working))
        step = solution.step(mark.id).quantity
        ours = Counter(each.value(solution.values).normalize() for each in step.definition.operands)
        for text, missing in ((found["less"], ours - theirs), (found["more"], theirs - ours)):
            listed = {value: count for _, value, count in named(text)} if text else {}
            if text is found["more"]:
                assert listed.keys() == missing.keys()
            assert all(
                missing[value] == count or text is found["more"] for value, count in listed.items()
            )
            for symbol, value, _ in named(text) if text else ():
                assert symbol in {
                    PLAIN.symbol(q.symbol)
                    for q in solution.calculation
                    if solution.values[q.id] == value
                }
    assert told or not any("factors are not" in mark.text for mark in solution.published)


@pytest.mark.parametrize("name", ["hello_ctc", "deep_ctc", "hinge_sequence", "123_ctc"])
def test_what_a_printed_working_is_said_to_give_it_gives(name: str) -> None:
    problem = bundled(name)
    for mark in lossclass.solve(problem).published:
        published = problem.inputs.published[mark.id]
        if published.working is None:
            continue
        found = re.match(
            rf"The printed working gives (?P<gives>{N}), (?:as printed|printed as (?P<printed>{N})|not the printed .+?)\.",
            mark.text,
        )
        assert found is not None, mark.text
        text = str(published.working).replace("^", "**").replace("×", "*").replace("−", "-")
        value = eval(  # noqa: S307 - of our own files
            text, {"__builtins__": {}}, {"ln": math.log, "max": max, "exp": math.exp, "e": math.e}
        )
        assert is_shown(found["gives"], value)
        if found["printed"]:
            assert number(found["printed"]) == mark.published
        worked = re.search(
            rf"[Ww]orked (?:correctly|from the right ones) it is (?P<ours>{N})", mark.text
        )
        assert worked is None or is_shown(worked["ours"], mark.ours)


@pytest.mark.grid(14, name=[*bundled_problems()])
def test_the_numbers_in_the_sentences_of_a_loss_s_slips_are_its_own(name: str) -> None:
    """Each decimal there is a number of the problem, or one that is worked."""
    problem = bundled(name)
    solution = lossclass.solve(problem, gradient=True)
    reader = Reader({"loss": problem.loss, **problem.data}, solution)
    known = [abs(value) for value in solution.values.values() if value.is_finite()]
    texts = {slip.text for slip in diagnosis_of(problem, solution).own}
    allowed = {Decimal(str(each)) for each in (0.5, 0.05, 1e-7, 2e-7, 1e-15)}
    assert reader.quantities
    for text in texts:
        for found in re.findall(r"(?<![\w.])\d+\.\d+(?![\w.])", text):
            value = Decimal(found)
            assert value in allowed or any(is_shown(found, each) for each in known), text
