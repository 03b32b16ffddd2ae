"""What ``vary`` a class took, as it is written in a problem; and what a run says of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from lossclass.errors import UsageError
from lossclass.problem.vary import FIXED, rule_for
from lossclass.problem.yaml_source import dotted
from lossclass.variants.assigned import Assigned, Picks
from lossclass.variants.making import as_yaml
from lossclass.variants.rows import Place, Row
from lossclass.variants.space import Space, plain_copy, spaces_of
from lossclass.variants.variant import MOST_DISTINCT, Pick, Variants


def told_of_class(
    assigned: Assigned, picks: Callable[[], Iterable[Picks]], count: int, there: int
) -> Iterator[str]:
    """What there is to say of the numbers of a class: lines.

    Args:
        count: how many students there are.
        there: of so many all files were there before.
    """
    students = "1 student" if count == 1 else f"{count:,} students"
    before = "all files were" if there == count else f"the files of {there:,} were"
    made = f"; {before} there already" if there else ""
    if count > MOST_DISTINCT:
        yield f"{students}{made}"
        yield _may_be_same()
        return
    yield f"{students}{', each' if count > 1 else ''} with numbers of their own{made}"
    for n, variants in enumerate(assigned.of_tasks):
        yield from told_of_wider(variants, [each[n] for each in picks()])


def _may_be_same() -> str:
    return f"some may have the same numbers: classes of up to {MOST_DISTINCT:,} are kept from that"


def told_of_wider(variants: Variants, picks: Sequence[Pick]) -> Iterator[str]:
    """What there is to say where not all numbers move as they do by default."""
    if len(picks) > MOST_DISTINCT:
        yield _may_be_same()
    elif (different := len({*map(variants.answers, picks)})) < len(picks):
        yield variants.problem.in_file(
            f"the {len(picks)} have {different} different sets of answers;"
        )
        yield "a finer step or more numbers in 'vary' would give more of them"
    if wider := _wider(picks):
        yield variants.problem.in_file(
            f"{wider} of {len(picks)} have numbers beyond what moves by default, which is"
        )
        yield "too little; all are within this, which 'lossclass variants --explain' prints:"
        yield from vary_of_class(variants, picks).splitlines()


def explained(assigned: Assigned, students: Sequence[str]) -> Iterator[str]:
    """What ``variants --explain`` prints: for each problem a ``vary`` to put into it, below comments.

    Raises:
        LossclassError: a problem has no variants, or not so many.
    """
    count = len(students)
    if count > MOST_DISTINCT:
        raise UsageError(f"--explain: expected up to {MOST_DISTINCT:,} students, got {count:,}")
    drawn = [[*variants.of_class(students)] for variants in assigned.of_tasks]
    for variants, picks in zip(assigned.of_tasks, drawn, strict=True):
        if assigned.assignment.is_exam:
            yield f"# {variants.problem.file}\n"
        if wider := _wider(picks):
            yield f"# {wider} of {count} students have numbers beyond what moves by default, which is too\n"
            yield "# little. With this in the problem, everybody's numbers move so:\n"
        else:
            yield f"# {count} students have numbers of their own; by default they move so:\n"
        yield vary_of_class(variants, picks)


def _wider(picks: Sequence[Pick]) -> int:
    return sum(pick.width > 0 for pick in picks)


def vary_of_class(variants: Variants, picks: Sequence[Pick]) -> str:
    """The key ``vary`` that holds the numbers of a class, in YAML."""
    widest = variants.spaces[max((pick.width for pick in picks), default=0)]
    return as_yaml({"vary": _rules(variants, widest)})


def _rules(variants: Variants, space: Space) -> dict[str, Any]:
    """The rules by name: of each key the one that most of its numbers follow, then the others; at
    the end those of the problem itself."""
    own = variants.problem.inputs.vary
    usual = spaces_of(variants.problem)[0].moving
    rules: dict[str, Any] = {}
    numbers = [row for row in space.every_row if not row.places[0].symbols]
    for key in dict.fromkeys(row.key for row in numbers):
        rows = [row for row in numbers if row.key == key]
        found = {
            dotted(place.path): _rule(place, row)
            for row in rows
            for place in row.places
            if rule_for(place.path, own) is None
        }
        if {*found} & {dotted(path) for path in usual | space.moving}:
            ((most, _),) = Counter(found.values()).most_common(1)
            rules[dotted(key)] = most
            rules |= {name: rule for name, rule in found.items() if rule != most}
    written = {name: each if each == FIXED else dict(each) for name, each in rules.items()}
    return {**written, **plain_copy(variants.problem.data.get("vary", {}))}


def _rule(place: Place, row: Row) -> str | tuple[tuple[str, str], ...]:
    """How a number moves, as ``vary`` says it."""
    if len(place.allowed) == 1:
        return FIXED
    numbers = {"min": place.allowed[0], "max": place.allowed[-1], "step": place.allowed.step}
    return tuple((name, row.text(place, number)) for name, number in numbers.items())
