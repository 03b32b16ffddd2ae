"""A worked solution as Python: the given numbers, every step from its formula, the answer checked.

Names are the steps' ids with ``_`` for ``.``; given numbers are called as in the problem's file.
"""

from __future__ import annotations

import keyword
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal, localcontext
from typing import TypeAlias

from lossclass.arithmetic.calculation import evaluate
from lossclass.arithmetic.expression import Constant, Expression, Quantity, Role, quantities_in
from lossclass.arithmetic.number import WORKING
from lossclass.arithmetic.python_source import number_source, python_source
from lossclass.blocks import Step
from lossclass.errors import printable
from lossclass.solution import Solution

#: A calculation of more quantities is recomputed only from its last ones.
MOST_QUANTITIES = 600
LAST_QUANTITIES = 150
AGREEMENT = 1e-9
_LABELLED = re.compile(r"(?P<base>[A-Za-z_][A-Za-z_0-9]*)(?P<place>\(.*\))", re.DOTALL)
_PLACED = re.compile(r"(?P<base>.*?)(?P<place>(?:\.[1-9][0-9]*)+)", re.DOTALL)
_SIGMOID = "def sigmoid(a):\n    return 1 / (1 + np.exp(-a))"
_TIMES = """def times(*factors):
    # A factor of 0 makes a product 0, also beside an infinity: 0 · ln 0 counts as nothing.
    return np.float64(0) if 0 in factors else np.prod(factors)"""
_QUIET = 'np.seterr(divide="ignore", over="ignore")  # logarithms of 0 are meant here'
_RESERVED = {"np", "sum", "max", "abs", "sigmoid", "times", "print", "float", "dtype"}
#: Where a number stands in what it belongs to: by numbers from 1, or by a label.
_Place: TypeAlias = tuple[int, ...] | str
_Places: TypeAlias = dict[_Place, Quantity]


def comment(text: str) -> str:
    """A text as the end of a line of Python; nothing for none."""
    line = printable(" ".join(text.split()))
    return f"  # {line}" if line else ""


class Code:
    """The code of a solution."""

    def __init__(self, solution: Solution) -> None:
        self.solution = solution
        self.chosen, self.taken = _chosen(solution)
        self._used = set(_RESERVED)
        bases: dict[tuple[str, bool], _Places] = {}
        for quantity in self.taken:
            base, place = _place(quantity.name)
            bases.setdefault((base, quantity.role is Role.GIVEN), {})[place] = quantity
        #: What is taken is grouped into arrays and dictionaries.
        self._groups = {self._new(base): places for (base, _), places in bases.items()}
        self._names = {
            quantity.id: name + _subscript(place, _shape(places))
            for name, places in self._groups.items()
            for place, quantity in places.items()
        }
        self._names |= {each.id: self._new(each.name) for each in self.chosen}
        self.is_infinite = any(
            not _is_finite(each.definition, solution.values) for each in (*self.taken, *self.chosen)
        )
        self._source = python_source(
            lambda quantity: self._names[quantity.id], "times" if self.is_infinite else None
        )

    def _new(self, wanted: str) -> str:
        """An identifier like this name that nothing else has."""
        name = re.sub(r"\W+", "_", wanted, flags=re.ASCII).strip("_") or "number"
        name = f"n_{name}" if name[0].isdigit() else name
        found = name
        while found in self._used or keyword.iskeyword(found):
            found += "_"
        self._used.add(found)
        return found

    # --- cells ---

    def beginning(self) -> str:
        """What all further cells need: imports, functions, the numbers that are taken."""
        parts = ["import numpy as np"]
        if self.is_infinite:
            parts += [_QUIET, f"\n\n{_TIMES}\n\n"]
        if any("sigmoid(" in self._source(each.definition) for each in self.chosen):
            parts.append(f"\n\n{_SIGMOID}\n\n")
        return "\n".join([*parts, "", *self._numbers()])

    def sections(self) -> list[str]:
        """For each section of the working that has a title, the code of its steps and of those in what
        follows without one; empty where there are none."""
        lines: list[list[str]] = []
        steps: dict[str, tuple[int, str]] = {}
        for section in self.solution.sections:
            if section.title or not lines:
                lines.append([])
            found = (block for block in section.blocks if isinstance(block, Step))
            steps |= {step.id: (len(lines) - 1, step.title) for step in found}
        at = 0
        for quantity in self.chosen:
            number, title = steps.get(quantity.id, (at, ""))
            at = max(at, number)
            source = self._source(quantity.definition)
            lines[at].append(f"{self._names[quantity.id]} = {source}{comment(title)}")
        return ["\n".join(each) for each in lines]

    def ending(self) -> str:
        """The answer, and that it agrees."""
        names = [self._names[id] for id in self.solution.answer_ids]
        # The numbers of NumPy, or where it is not here, those of the steps.
        check = self.solution.cross_check.numpy
        if check is None:
            check = [float(self.solution.values[id]) for id in self.solution.answer_ids]
        numbers = check if isinstance(check, list) else [check]
        lines = [f"print({', '.join(names)})"]
        if not self._agrees():
            lines.insert(0, "# Numbers of 16 digits do not carry far enough to check this one.")
        else:
            lines += [
                f"assert np.isclose({name}, {_float(number)}, rtol={AGREEMENT}, atol=1e-12)"
                for name, number in zip(names, numbers, strict=True)
            ]
        return "\n".join(lines)

    def _agrees(self) -> bool:
        """Whether doubles come to the answer at all."""
        values = self.solution.values
        kept = {each.id: float(values[each.id]) for each in self.taken}
        try:
            got = evaluate((*self.taken, *self.chosen), replacing=kept, floats=True)
        except ArithmeticError:
            return False
        return all(
            float(got[id]) == float(values[id])
            or math.isclose(got[id], values[id], rel_tol=AGREEMENT / 10, abs_tol=1e-13)
            for id in self.solution.answer_ids
        )

    # --- the numbers that are taken ---

    def _numbers(self) -> Iterator[str]:
        for name, places in self._groups.items():
            source = self._group(places)
            elsewhere = [each for each in places.values() if each.role is not Role.GIVEN]
            yield f"{name} = {source}" + ("  # results, taken as they are" if elsewhere else "")

    def _group(self, places: _Places) -> str:
        numbers = {place: self._number(quantity) for place, quantity in places.items()}
        if set(numbers) == {()}:
            return numbers[()]
        if shape := _shape(places):
            return f"np.array({_nested(numbers, shape)}, dtype=float)"
        return "{" + ", ".join(f"{_key(at)}: {number}" for at, number in numbers.items()) + "}"

    def _number(self, quantity: Quantity) -> str:
        if quantity.role is Role.GIVEN and isinstance(quantity.definition, Constant):
            text = number_source(quantity.definition.number)
        else:
            text = _float(float(self.solution.values[quantity.id]))
        return f"np.float64({text})" if self.is_infinite else text


def _chosen(solution: Solution) -> tuple[list[Quantity], list[Quantity]]:
    """What is recomputed, and the numbers that are taken as they are: given, worked out elsewhere,
    or, of a very large calculation, all before the last steps to the answer."""
    calculation = solution.calculation
    is_small = len(calculation) <= MOST_QUANTITIES
    most = len(calculation) if is_small else LAST_QUANTITIES
    used = {each.id for each in calculation} if is_small else set(solution.answer_ids)
    chosen: list[Quantity] = []
    taken: list[Quantity] = []
    for quantity in reversed(calculation):
        if quantity.id not in used:
            continue
        if quantity.is_given or len(chosen) == most:
            taken.append(quantity)
        else:
            chosen.append(quantity)
            used |= {each.id for each in quantities_in(quantity.definition)}
    return chosen[::-1], taken[::-1]


def _place(name: str) -> tuple[str, _Place]:
    """What a number belongs to, and its place there: numbers from 1, or a label."""
    for pattern in (_LABELLED, _PLACED):
        if found := pattern.fullmatch(name):
            place = found["place"]
            numbers = re.fullmatch(r"(?:\.[0-9]+)+", place)
            return found["base"], tuple(map(int, place[1:].split("."))) if numbers else place[1:-1]
    return name, ()


def _shape(places: _Places) -> tuple[int, ...] | None:
    """The shape of an array with these places, if they make one."""
    numbered = [place for place in places if isinstance(place, tuple) and place]
    if len(numbered) < len(places) or len({len(place) for place in numbered}) != 1:
        return None
    shape = tuple(map(max, zip(*numbered, strict=True)))
    return shape if math.prod(shape) == len(places) else None


def _nested(
    numbers: Mapping[_Place, str], shape: Sequence[int], before: tuple[int, ...] = ()
) -> str:
    """A list of lists, for as many dimensions as there are."""
    if not shape:
        return numbers[before]
    inside = (_nested(numbers, shape[1:], (*before, n)) for n in range(1, shape[0] + 1))
    return f"[{', '.join(inside)}]"


def _subscript(place: _Place, shape: Sequence[int] | None) -> str:
    """What to write behind a name; arrays count from 0."""
    if place == ():
        return ""
    if shape and isinstance(place, tuple):
        return f"[{', '.join(str(number - 1) for number in place)}]"
    return f"[{_key(place)}]"


def _key(place: _Place) -> str:
    return repr(place[0] if isinstance(place, tuple) and len(place) == 1 else place)


def _is_finite(expression: Expression, values: Mapping[str, Decimal]) -> bool:
    """Whether an expression and all in it have finite values."""
    with localcontext(WORKING):
        value: Decimal = expression.value(values)
    return value.is_finite() and all(_is_finite(each, values) for each in expression.operands)


def _float(number: float) -> str:
    if math.isinf(number):
        return "-np.inf" if number < 0 else "np.inf"
    return repr(number)
