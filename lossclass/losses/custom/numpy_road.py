"""The machine's way: whole arrays in NumPy, and the formula by operator precedence.

The formula is read here once more, with two stacks (Dijkstra's shunting yard), by code that
shares nothing with the reader of the working. It relies on that reader for one thing: what comes
here has been found readable.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from lossclass import losses
from lossclass.losses.custom.arrays import Array
from lossclass.losses.custom.inputs import Inputs

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Numbers = NDArray[np.longdouble]

_TOKEN: Final = re.compile(
    r"\s*(?:(?P<number>[0-9.]+(?:[eE][+−–-]?[0-9]+)?|∞)|(?P<raised>[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)"
    r"|(?P<name>[^\W\d⁰¹²³⁴⁵⁶⁷⁸⁹][^\W⁰¹²³⁴⁵⁶⁷⁸⁹]*)|(?P<sign>\*\*|.))\s*"
)
_RAISED: Final = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")
_ALIKE: Final = {
    **dict.fromkeys("−–", "-"),
    **dict.fromkeys("·∙×", "*"),
    "÷": "/",
    "**": "^",
}
#: How tightly the operators bind; ``_`` is a minus before one operand.
_TIGHTNESS: Final = {"+": 1, "-": 1, "*": 2, "/": 2, "_": 3, "^": 4}


def value(inputs: Inputs) -> Any:
    """The loss in NumPy: the weighted values of the terms, plus that of the formula."""
    import numpy as np

    own = [losses.load(term.problem.loss).value(term.problem.inputs) for term in inputs.terms]
    weights = np.array([term.weight for term in inputs.terms], float)
    weighted = np.where(weights == 0, 0.0, weights * np.array(own, float))  # 0 · ∞ counts as 0
    total = float(weighted.sum())
    if inputs.formula is None:
        return total
    return total + float(formula_value(inputs.formula, numbers_of(inputs.given)))


def numbers_of(given: Mapping[str, Array]) -> dict[str, Numbers]:
    """A formula's names as arrays."""
    import numpy as np

    def numbers(array: Array) -> Numbers:
        elements = [np.longdouble(str(each.value({}))) for each in array.elements]
        return np.array(elements, np.longdouble).reshape(array.shape)

    return {name: numbers(array) for name, array in given.items()}


def formula_value(formula: str, names: Mapping[str, Numbers]) -> Any:
    """What a formula comes to for these names."""
    return _ShuntingYard(names).value(formula)


class _ShuntingYard:
    """Evaluates a formula from left to right, with what waits for its right operand on a stack."""

    def __init__(self, names: Mapping[str, Numbers]) -> None:
        import numpy as np

        self._np = np
        self._names = names
        self._functions: dict[str, Callable[..., Any]] = {
            "ln": np.log,
            "log2": np.log2,
            "log10": np.log10,
            "exp": np.exp,
            "tanh": np.tanh,
            "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
            "max": lambda *them: np.max(np.broadcast_arrays(*them), axis=0),
            "sum": np.sum,
            "mean": np.mean,
            "|": np.abs,
            "(": lambda inside: inside,
        }
        self._values: list[Any] = []
        #: Operators with 0, and opening brackets: the function before them or the bracket
        #: itself, and how many values it has so far.
        self._waiting: list[tuple[str, int]] = []

    def value(self, formula: str) -> Any:
        """What the formula comes to."""
        function = ""
        expects_operand = True
        for token in _TOKEN.finditer(formula):
            kind, text = str(token.lastgroup), token.group(str(token.lastgroup))
            text = _ALIKE.get(text, text)
            if kind == "name" and text not in self._names:
                function = text
            elif kind in ("number", "name"):
                self._values.append(self._operand(text))
                expects_operand = False
            elif kind == "raised":
                self._values.append(self._np.longdouble(text.translate(_RAISED)))
                self._apply("^")
            else:
                expects_operand = self._sign(text, function, expects_operand)
                function = ""
        self._carry_out(0)
        return self._values.pop()

    def _operand(self, text: str) -> Any:
        if text in self._names:
            return self._names[text]
        number = "inf" if text == "∞" else re.sub("[−–]", "-", text)
        return self._np.longdouble(number)

    def _sign(self, sign: str, function: str, expects_operand: bool) -> bool:
        """Take a sign; say whether an operand has to follow."""
        if sign == "(" or (sign == "|" and expects_operand):
            self._waiting.append((function or sign, 1))
            return True
        if sign in ")|":
            self._close()
            return False
        if sign == ",":
            self._carry_out(0)
            name, count = self._waiting.pop()
            self._waiting.append((name, count + 1))
            return True
        if expects_operand:
            if sign == "-":
                self._waiting.append(("_", 0))
            return True
        self._carry_out(_TIGHTNESS[sign] + (sign == "^"))  # a^b^c is a^(b^c)
        self._waiting.append((sign, 0))
        return True

    def _carry_out(self, tightness: int) -> None:
        """Carry out what waits since the last bracket and binds at least so tightly."""
        while self._waiting:
            name, values = self._waiting[-1]
            if values or _TIGHTNESS[name] < tightness:
                return
            self._waiting.pop()
            self._apply(name)

    def _close(self) -> None:
        """Close the last bracket and call the function before it."""
        self._carry_out(0)
        name, count = self._waiting.pop()
        arguments = self._values[-count:]
        del self._values[-count:]
        self._values.append(self._functions[name](*arguments))

    def _apply(self, operator: str) -> None:
        np = self._np
        right = self._values.pop()
        if operator == "_":
            self._values.append(-right)
            return
        left = self._values.pop()
        match operator:
            case "+":
                result = left + right
            case "-":
                result = left - right
            case "*":  # 0 · ∞ counts as 0
                result = np.where((left == 0) | (right == 0), 0, left * right)
            case "/":
                result = left / right
            case _:
                result = np.power(left, right)
        self._values.append(result)
