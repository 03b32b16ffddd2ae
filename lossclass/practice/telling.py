"""What is said of an answer; of a wrong one, without the number that is right."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal

from lossclass.arithmetic.expression import Constant, Expression, Quantity, nodes_in
from lossclass.arithmetic.notation import PLAIN
from lossclass.arithmetic.number import round_significant, show
from lossclass.marking.marks import Mark, said_of_coarse, said_of_nothing

_NUMBER = re.compile(r"([0-9]+(?:\.[0-9]+)?)(?: × 10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+))?")
_LOWERED = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")
#: Smaller whole numbers also count things.
_FIRST_TELLING = 10
_MOST_SLIPS = 2


def told(
    mark: Mark, step: Expression, values: Mapping[str, Decimal], digits: int
) -> tuple[str, str, list[str]]:
    """A sign, what is said of an answer, and what is said below it.

    Args:
        step: what the step is defined as.
        values: of all quantities, by id.
        digits: those of the solution.
    """
    if mark.verdict == "right":
        shown = show(mark.ours, digits).value
        if mark.answer is None or not shown.is_finite():
            return "✓", "Right.", []
        number, digits = PLAIN.number(shown), _count(mark.answer)
        if mark.coarse and digits == 1 and mark.answer != shown:  # 1, for 0.8 or 1.4
            return "✓", f"Right, if it is rounded: it is {number}.", []
        return (
            "✓",
            f"Right. With more digits it is {number}." if digits < _count(shown) else "Right.",
            [],
        )
    if mark.verdict == "follows_through":
        return "→", "It follows from your earlier number: this step is done right.", []
    return "✗", "Not right.", [*_on_wrong(mark, step, values)]


def _count(number: Decimal) -> int:
    """How many significant digits it has, trailing zeros among them."""
    return len(number.as_tuple().digits)


def _on_wrong(mark: Mark, step: Expression, values: Mapping[str, Decimal]) -> Iterator[str]:
    """What is said of a wrong answer: the slips that explain it, the likeliest first."""
    # The first sentence on the working is what it comes to, which has been said; a "But" answers it.
    texts = [re.sub(r"^But i", "I", text) for text in mark.on_working[1:]]
    if mark.coarse:
        texts.append(said_of_coarse(mark))
    if mark.leaves_nothing:
        texts.append(said_of_nothing(mark, "what you had before it"))
    texts += [
        f"{'Or: ' if n else ''}{slip.text}" for n, slip in enumerate(mark.slips[:_MOST_SLIPS])
    ]
    formula = (node for node in nodes_in(step) if isinstance(node, Quantity | Constant))
    seen = {abs(node.value(values)) for node in formula}
    return (text for text in texts if not gives_away(text, mark.ours, seen))


def gives_away(text: str, value: Decimal, seen: set[Decimal]) -> bool:
    """Whether a number in a text is a value, to the digits that stand there.

    Args:
        seen: numbers that stand in the formula anyway.
    """
    for digits, power in _NUMBER.findall(text):
        number = Decimal(digits).scaleb(int(power.translate(_LOWERED) or 0))
        is_count = "." not in digits and not power and number < _FIRST_TELLING
        if not (is_count or any(_is_it(number, each) for each in seen)) and _is_it(number, value):
            return True
    return False


def _is_it(number: Decimal, value: Decimal) -> bool:
    """Whether a number is a value, whole or rounded; a single digit says too little to be that."""
    value = abs(value)
    if not value.is_finite() or number == value:
        return number == value
    return _count(number) > 1 and round_significant(value, _count(number)) == number
