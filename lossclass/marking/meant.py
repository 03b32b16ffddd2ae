"""What is meant by numbers that count otherwise than the steps do: places from 0, and logarithms in bits."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal, localcontext
from typing import Final

from lossclass.arithmetic.calculation import Calculation
from lossclass.arithmetic.expression import ArgMax, Exp, Log, is_place, nodes_in
from lossclass.arithmetic.notation import PLAIN
from lossclass.arithmetic.number import WORKING, round_significant, show
from lossclass.marking.marks import Answered
from lossclass.marking.written import Written

#: What the logarithms to each base are counted in.
_NAMES: Final = {"2": "bits?|shannons?", "e": "nats?|nits?|nepers?", "10": "hartleys?|dits?|bans?"}
#: Any of these, as it is written.
LOG_UNITS: Final = "|".join(_NAMES.values())
#: The same behind a number, in a group for each base.
LOG_UNIT: Final = re.compile(
    rf"(?<![^\W\d_])(?:{'|'.join(f'({names})' for names in _NAMES.values())})\W*$", re.IGNORECASE
)
_CALLED: Final = {"2": "bits", "e": "nats", "10": "hartleys"}
_SHOWN: Final = 4
FROM_1: Final = "places are counted from 1 here: {} is taken for {}."


def as_meant(
    answers: Mapping[str, Answered | None], calculation: Calculation
) -> Mapping[str, Answered | None]:
    """Answers with places that are counted from 1, and logarithms to the base of their steps, each with
    a note where something else was written.

    Who has written a place 0 has counted all places from 0.
    """
    changed = {**dict(_in_units(answers, calculation)), **dict(_from_1(answers, calculation))}
    return {**answers, **changed} if changed else answers


def _from_1(
    answers: Mapping[str, Answered | None], calculation: Calculation
) -> Iterator[tuple[str, Answered]]:
    places = {
        id: (answer, answer.value)
        for id, answer in answers.items()
        if answer and answer.value is not None and is_place(calculation.by_id[id].definition)
    }
    numbers = {number for _, number in places.values()}
    if 0 not in numbers:
        return
    choices = (each.definition for each in calculation.quantities)
    most = max((len(each.operands) for each in choices if isinstance(each, ArgMax)), default=0)
    if numbers <= {*map(Decimal, range(most))}:
        for id, (answer, number) in places.items():
            yield id, _changed(answer, number + 1, FROM_1.format(number, number + 1))


def _in_units(
    answers: Mapping[str, Answered | None], calculation: Calculation
) -> Iterator[tuple[str, Answered]]:
    for id, answer in answers.items():
        if not (answer and answer.value is not None and answer.value.is_finite()):
            continue
        if not (found := LOG_UNIT.search(answer.written)):
            continue
        unit, bases = [*_NAMES][(found.lastindex or 1) - 1], _bases(id, calculation)
        if len(bases) != 1 or unit in bases:
            continue
        (base,) = bases
        with localcontext(WORKING):
            factor = _natural(unit) / _natural(base)
            ours, number = calculation.values[id], Written(answer.value)
            is_ours = not answer.exact and number.is_rounded(ours / factor)
            meant = ours if is_ours else answer.value * factor
            value = meant if answer.exact else round_significant(meant, max(number.digits, 1))
            shown = PLAIN.number(show(answer.value * factor, _SHOWN).value)
        written = f"{PLAIN.number(answer.value)} {_CALLED[unit]}"
        said = f"{written} ≈ {shown} {_CALLED[base]}, which are asked."
        yield id, _changed(answer, value, said)


def _changed(answer: Answered, value: Decimal, said: str) -> Answered:
    note = f"{answer.note.rstrip('.')}; {said}" if answer.note else said
    return replace(answer, value=value, note=note, working=None)  # type: ignore[type-var]


def _bases(id: str, calculation: Calculation) -> set[str]:
    """The bases of the logarithms that a step is, or is a sum of; none of a perplexity, which is a power
    of one."""
    found: set[str] = set()
    to_do = {id: calculation.by_id[id]}
    while to_do:
        _, step = to_do.popitem()
        nodes = [*nodes_in(step.definition)]
        bases = {node.base for node in nodes if isinstance(node, Log)}
        found |= bases
        if not bases and not any(isinstance(node, Exp) for node in nodes):
            to_do |= {used.id: used for used in calculation.uses[step.id]}
    return found


def _natural(base: str) -> Decimal:
    return Decimal(1) if base == "e" else Decimal(base).ln()
