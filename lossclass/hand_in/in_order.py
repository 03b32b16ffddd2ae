"""Numbers that stand one after the other: what is worked on in one line, and lists without names in the
order of the steps.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import combinations
from typing import Final

from lossclass.arithmetic.expression import Constant, nodes_in
from lossclass.hand_in.chains import ARROWS
from lossclass.hand_in.equalities import equalities_in
from lossclass.hand_in.evidence import is_value
from lossclass.hand_in.sides import Chain, Side

#: So many kinds of steps are put together at most, to find those of a list.
_MOST_KINDS: Final = 10
_LONGEST_LIST: Final = 40
#: These are the values of too many steps to tell one.
_SMALL: Final = frozenset({Decimal(0), Decimal(1)})


def one_after_another(chain: Chain) -> list[Chain]:
    """The chains in one that goes on with its result as if that were the same: in 0.2 + 0.5 + 0.7 = 1.4 / 3 =
    0.467, the sum and the mean; and in −1.4 → 0, what an arrow leads to."""
    wrong = {id(each.right) for each in equalities_in(chain) if each.verdict == "wrong"}
    found: list[Chain] = []
    first = 0
    for n, (side, relation) in enumerate(
        zip(chain.sides[1:], chain.relations, strict=True), start=1
    ):
        before = chain.sides[n - 1]
        is_led_to = relation in ARROWS - {"is"} and None not in (before.number, side.number)
        result = _result_in(side, before) if id(side) in wrong else None
        if is_led_to or result is not None:
            found.append(_between(chain, first, n, result if before.number is None else None))
            first = n
    return [*found, _between(chain, first, len(chain.sides))] if found else [chain]


def _result_in(side: Side, before: Side) -> Side | None:
    """What comes of a side, if the next works on with it."""
    if before.typed is None or side.number is not None:
        return None
    result = before.value()
    for node in nodes_in(side.read()):
        if (
            isinstance(node, Constant)
            and node.number not in _SMALL
            and is_value(node.number, result)
        ):
            return Side(str(node.number), str(node.number))
    return None


def _between(chain: Chain, first: int, end: int, result: Side | None = None) -> Chain:
    """The sides from one to another, and what comes of them."""
    sides, relations = chain.sides[first:end], chain.relations[first : end - 1]
    ours = {side.text for side in sides if side.typed is None}
    theirs = {side.text for side in chain.sides if side.typed is None} - ours
    names = [name for name in chain.names if name in ours or (not first and name not in theirs)]
    more = (result,) if result is not None else ()
    return replace(
        chain,
        sides=(*sides, *more),
        relations=(*relations, *("=" for _ in more)),
        names=tuple(names),
        label="" if first else chain.label,
    )


def steps_in_order(
    numbers: Sequence[Decimal],
    kinds: Sequence[Sequence[str]],
    places: Mapping[str, int],
    fits: Callable[[Sequence[str], int], bool],
) -> list[str] | None:
    """The steps of a list of numbers of which some are wrong: those of all steps of some kinds, in the
    order in which they are worked or kind by kind, of which as many numbers as possible fit, two of three at
    least, and more than those of any other; None if there are none.

    Args:
        kinds: the ids of each kind of steps.
        places: where each step stands.
        fits: whether the number at a place fits the step that it then is of.
    """
    telling = [n for n, number in enumerate(numbers) if number not in _SMALL]
    if len(kinds) > _MOST_KINDS or not 1 < len(telling) <= _LONGEST_LIST:
        return None
    counts: dict[tuple[str, ...], int] = {}
    for length in range(1, len(kinds) + 1):
        for chosen in combinations(kinds, length):
            ids = [id for kind in chosen for id in kind]
            if len(ids) == len(numbers):
                for ordered in (tuple(ids), tuple(sorted(ids, key=places.__getitem__))):
                    counts[ordered] = sum(fits(ordered, n) for n in telling)
    most = max(counts.values(), default=0)
    best = [ids for ids, count in counts.items() if count == most]
    return [*best[0]] if len(best) == 1 and most >= max(2, 2 * len(telling) / 3) else None
