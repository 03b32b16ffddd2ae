"""The road by hand: the terms' own working and their weighted sum, then the formula, of which every
element of a sum is worked by itself, then the sum, then what is done with it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from lossclass import losses
from lossclass.arithmetic import line
from lossclass.arithmetic.expression import Constant, Exp, Expression, Operation, Quantity, Sum
from lossclass.arithmetic.notation import PLAIN, as_number
from lossclass.arithmetic.parsing import names_in, read_in
from lossclass.arithmetic.symbol import Symbol
from lossclass.losses.custom.arrays import Aggregate, Array, Arrays, operations
from lossclass.losses.custom.inputs import Inputs
from lossclass.losses.custom.naming import Index, symbol, written
from lossclass.problem.arrays import Shape, places
from lossclass.working import Working, dotted, named


def solve(inputs: Inputs, working: Working) -> Sequence[Quantity]:
    """The steps: those of each term under ``NAME.``, ``weighted.NAME``, ``sum``; for each sum or
    mean in the formula ``term.K.I``, ``sum.K``, ``mean.K``, numbered as they are worked, inner
    ones first; then ``loss``, after ``formula`` where there are terms too.

    An element that is a given number as it stands has no ``term.K.I``. A step that would hold
    two long sums or products has the inner ones before it, as ``STEP.part.1`` ….
    """
    terms = [_weighted_sum(inputs, working)] if inputs.terms else []
    names: dict[str, Array] = {}
    if inputs.given or inputs.formula is not None:
        names = write_given(working, inputs.formula, inputs.given, "F" if terms else "L")
    title, put_in = "The loss: the sum of the terms", "formula, with the results put in"
    if inputs.formula is None:
        working.section("The loss")
        answer = working.step("loss", Symbol("L"), Sum(*terms), title=title)
    else:
        steps = FormulaSteps(names, working)
        whole = read_in(inputs.formula, Arrays(names, steps.aggregate)).elements[0]
        working.section("The loss")
        if terms:
            terms.append(steps.step("formula", Symbol("F"), whole, f"The {put_in}"))
            title = "The loss: the terms and the formula together"
            answer = working.step("loss", Symbol("L"), Sum(*terms), title=title)
        else:
            answer = steps.step("loss", Symbol("L"), whole, f"The loss: the {put_in}")
    if working.values[answer.id].is_infinite():
        working.remark(
            "loss-is-infinite",
            f"The loss is {working.text(answer)}: an infinite part cannot be made up for by any "
            "finite ones.",
            answer,
        )
    return [answer]


def _weighted_sum(inputs: Inputs, working: Working) -> Quantity:
    working.section("The terms")
    working.say("Each term is a problem of its own, and its loss is multiplied by its weight.")
    marks = _marks(inputs)
    if any(marks):
        working.say("What belongs to a term has the mark of the term as its first index.")
    weights = [
        working.given(f"weight.{term.name}", term.symbol("w"), term.weight) for term in inputs.terms
    ]
    working.table(
        "terms",
        "",
        ("term", *(["mark"] if any(marks) else []), "loss", "weight"),
        (
            (term.name, *filter(None, [mark]), losses.load(term.problem.loss).TITLE, weight)
            for term, mark, weight in zip(inputs.terms, marks, weights, strict=True)
        ),
    )
    own: list[Quantity] = []
    for term, mark in zip(inputs.terms, marks, strict=True):
        part = working.part(term.name, mark)
        own += losses.load(term.problem.loss).solve(term.problem.inputs, part)
    working.section("The weighted sum of the terms")
    weighted = [
        working.step(
            f"weighted.{term.name}",
            term.symbol("v"),
            weight * loss,
            title=f"The weight of {term.name} times its loss",
        )
        for term, weight, loss in zip(inputs.terms, weights, own, strict=True)
    ]
    in_full, title = inputs.formula is None or len(weighted) == 1, "The sum of the terms"
    return working.step("sum", Symbol("S"), Sum(*weighted), title=title, only_in_full=in_full)


def _marks(inputs: Inputs) -> list[str]:
    """By what the letters of each term are told from others: as little of its name as does. One alone
    needs no mark."""
    names = [term.name for term in inputs.terms]
    if len(names) == 1 and inputs.formula is None:
        return [""]
    return [
        next(
            name[:n]
            for n in range(1, len(name) + 1)
            if n == len(name) or [each[:n] for each in names].count(name[:n]) == 1
        )
        for name in names
    ]


# --- the formula -------------------------------------------------------------------------


def write_given(
    working: Working, formula: str | None, given: Mapping[str, Array], letter: str
) -> dict[str, Array]:
    """Write tables of the formula's numbers, and return these as quantities.

    Args:
        given: constants by name.
        letter: what the formula defines.
    """
    working.section("Given" if letter == "L" else "Given for the formula")
    quantities = {
        name: [
            working.given(dotted(name, index), symbol(name, index), as_number(element))
            for index, element in array.items()
        ]
        for name, array in given.items()
    }
    for number, shape in enumerate(dict.fromkeys(array.shape for array in given.values()), 1):
        alike = {name: quantities[name] for name, array in given.items() if array.shape == shape}
        heads = [written(name, {name}) for name in alike]
        labels = [",".join(map(str, index)) for index in places(shape)]
        columns = ["i" if len(shape) == 1 else "i,j", *heads]
        lines = zip(labels, *alike.values(), strict=True)
        if shape == ():
            columns = ["number", "value"]
            lines = zip(heads, (one for (one,) in alike.values()), strict=True)
        working.table(f"given.{number}", "", columns, lines)
    used = names_in(formula or "")
    for name in given:
        if name not in used:
            working.remark("given-not-used", f"{name} is given, but no formula uses it.")
    return {name: Array(given[name].shape, tuple(those)) for name, those in quantities.items()}


class FormulaSteps:
    """Writes the steps of a formula: of each sum, mean and softmax, once where it stands several times,
    :meth:`aggregate` for whoever reads it, and of the whole.

    Steps: ``term.K.I``, ``sum.K``, ``mean.K``; ``exp.K.C``, ``exp_sum.K``, ``softmax.K.C``, with
    the row before the class where there are rows.
    """

    def __init__(self, names: Collection[str], working: Working) -> None:
        self._names = {*names}
        self._working = working
        self._letters = {
            kind: working.letter(*wanted)
            for kind, wanted in {"term": "tuqτ", "sum": "SZAΣ", "mean": "MBNΜ"}.items()
        }
        self._part_letter = working.letter(*"abcg")
        self._parts = 0
        #: What came of each sum, mean and softmax, by what it is of.
        self._aggregates: dict[tuple[Aggregate, Shape, str], Array] = {}

    def step(
        self, id: str, symbol: Symbol, expression: Expression, title: str, *, in_full: bool = False
    ) -> Quantity:
        """Write a step, long sums and products inside it before it, and what is odd about it.

        Steps: ``ID.part.1`` … for what comes before, then ``ID``.
        """
        if isinstance(expression, Constant):
            expression = Sum(expression)  # a step, not a given number
        if len(line.long_operations(expression)) > 1:
            expression = self._with_parts(id, expression)
        step = self._working.step(id, symbol, expression, title=title, only_in_full=in_full)
        self._remark(step)
        return step

    def _with_parts(self, id: str, expression: Expression) -> Expression:
        """The expression with every long sum or product below its top as a step of its own."""
        number = 0

        def parted(node: Expression, *, is_top: bool = False) -> Expression:
            nonlocal number
            if not isinstance(node, Operation):
                return node
            inside = node.rebuilt([parted(each) for each in node.operands])
            if is_top or not line.is_long(inside):
                return inside
            number += 1
            self._parts += 1
            letter = Symbol(self._part_letter, (self._parts,))
            part_id = dotted(f"{id}.part", (number,))
            part = self._working.step(part_id, letter, inside, title="A part of it, worked first")
            self._remark(part)
            return part

        return parted(expression, is_top=True)

    def aggregate(self, kind: Aggregate, array: Array, text: str) -> Array:
        """Write the steps of a sum, a mean or a softmax, and return what it comes to."""
        same = kind, array.shape, repr(array.elements)  # which has the ids of quantities in it
        if same not in self._aggregates:
            self._working.section(written(text, self._names))
            self._aggregates[same] = self._worked(kind, len(self._aggregates) + 1, array)
        return self._aggregates[same]

    def _worked(self, kind: Aggregate, number: int, array: Array) -> Array:
        if kind == "softmax":
            return self._softmax(number, array)
        elements = []
        for index, each in array.items():
            title = f"Element {', '.join(map(str, index))}" if index else ""
            is_given = isinstance(each, Quantity)
            elements.append(each if is_given else self._part("term", (number, *index), each, title))
        count, summed = len(elements), named("sum", self._letters["sum"], (number,))
        total = self.step(*summed, Sum(*elements), "The sum", in_full=count == 1)
        if kind == "sum":
            return Array((), (total,))
        title = f"The mean: the sum divided by the number of elements, {count}"
        return Array((), (self._part("mean", (number,), total / count, title),))

    def _softmax(self, number: int, array: Array) -> Array:
        """Write the softmax of each row, as exponentials over their sum."""
        if "exp" not in self._letters:
            wanted = {"exp": "uvxε", "exp_sum": "ZKRΖ", "softmax": "pqsπ"}
            self._letters |= {kind: self._working.letter(*each) for kind, each in wanted.items()}
        made: list[Expression] = []
        for before, row in array.rows():
            at = (number, *before)
            exponentials = [
                self._part("exp", (*at, c), Exp(each), f"The exponential of number {c}")
                for c, each in enumerate(row, start=1)
            ]
            total = self._part("exp_sum", at, Sum(*exponentials), "The sum of the exponentials")
            title = "Number {} of the softmax: its share of the sum"
            made += [
                self._part("softmax", (*at, c), each / total, title.format(c))
                for c, each in enumerate(exponentials, start=1)
            ]
        return Array(array.shape, tuple(made))

    def _part(self, kind: str, index: Index, expression: Expression, title: str) -> Quantity:
        return self.step(*named(kind, self._letters[kind], index), expression, title)

    def _remark(self, step: Quantity) -> None:
        """Say what counts as what in a step where the usual rules give no number."""
        for each in operations(step.definition, self._working.values):
            it = line.formula(each.operation, PLAIN)
            if each.is_log_of_zero:
                self._working.remark(
                    "log-of-zero",
                    f"{it} is the logarithm of 0, −∞: the closer a number comes to 0, the lower its "
                    "logarithm falls, without end.",
                    step,
                )
            if each.is_zero_times_infinity:
                self._working.remark(
                    "zero-times-infinity",
                    f"{it} is 0 times an infinite number, and counts as 0 here. That is the rule for "
                    "0 · ln 0 in cross-entropies, where what never happens costs nothing.",
                    step,
                )
