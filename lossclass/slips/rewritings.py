"""The slips that can be made in any step: each rewrites one node of it.

Another base of logarithms, no minus, the sum for the mean, a term left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Final, TypeAlias

from lossclass.arithmetic.expression import (
    Constant,
    Expression,
    Log,
    Max,
    Negative,
    Operation,
    Power,
    Product,
    Quantity,
    Quotient,
    Sum,
    product_of,
)
from lossclass.arithmetic.notation import LOGARITHMS, LOW_BASES, PLAIN
from lossclass.arithmetic.replacing import replaced
from lossclass.records import record

#: What writes an expression in a sentence.
Said: TypeAlias = Callable[[Expression], str]

#: One who takes another base takes it in every step.
OTHER_BASES: Final = frozenset(
    f"{one}-for-{other}"
    for one in LOGARITHMS.values()
    for other in LOGARITHMS.values()
    if one != other
)
#: Slips that one makes in all steps of a kind, if one makes them at all.
EVERYWHERE: Final = frozenset(
    {
        *OTHER_BASES,
        "minus-forgotten",
        "logarithm-forgotten",
        "sum-for-mean",
        "max-forgotten",
        "square-forgotten",
        "half-forgotten",
        "one-minus-forgotten",
    }
)
#: Those that are made in what leads a whole expression, if there.
_LEADING: Final = frozenset({"minus-forgotten", "logarithm-forgotten"})
#: Terms and factors of longer sums and products are not left out one by one.
_MOST_TERMS: Final = 60


@record
class Rewriting:
    """A step with one node replaced, as somebody may have done it.

    Attributes:
        operand: the term or factor that is left out or counted twice, if it is that.
        is_rare: whether hardly anybody does it, as leaving out the 1 of 1 − x.
    """

    code: str
    text: str
    expression: Expression
    operand: Expression | None = None
    is_rare: bool = False


# --- one node ----------------------------------------------------------------------------


def rewritings(definition: Expression, said: Said) -> Iterator[Rewriting]:
    """All general slips in one node of what a step is, those at its root first; ``said`` writes
    expressions."""
    yield from _at(definition, said)
    yield from _terms(definition, said)
    for place, operand in enumerate(_parts(definition)):
        assert isinstance(definition, Operation)  # noqa: S101 - it has operands
        for each in rewritings(operand, said):
            operands = list(definition.operands)
            operands[place] = each.expression
            yield replace(each, expression=definition.rebuilt(operands))


def _parts(expression: Expression) -> tuple[Expression, ...]:
    """The operands in which slips are looked for: what only changes the base of a logarithm is
    no sum of its own."""
    return () if _changes_base(expression) else expression.operands


def _at(node: Expression, said: Said) -> Iterator[Rewriting]:
    """The slips at a node, but for those in one of its terms."""
    match node:
        case Negative(operands=(inner,)):
            yield from _without_minus(node, inner, said)
        case Log(operands=(inner,), base=base):
            yield from _other_bases(inner, base)
            text = f"The logarithm of {said(inner)} is not taken."
            yield Rewriting("logarithm-forgotten", text, inner)
        case Quotient(operands=(above, Log(operands=(Constant(number=base),)))) if base in (2, 10):
            text = f"This is ln; here it is log{base}, which is ln divided by ln {base}."
            yield Rewriting(f"ln-for-log{base}", text, above)
        case Quotient(operands=(above, below)) if _is_sum(above):
            yield from _other_averages(above, below, said)
        case Max(operands=(Constant(number=floor), *others)) if floor == 0:
            inner = Max(*others) if len(others) > 1 else others[0]
            text = f"max(0, …) is left out: where {said(inner)} is below 0, 0 counts."
            yield Rewriting("max-forgotten", text, inner)
        case Power(operands=(inner, Constant(number=exponent))) if exponent == 2:
            yield Rewriting("square-forgotten", f"{said(inner)} is not squared.", inner)
        case Product(operands=(Constant(number=factor), *rest)) if factor == Decimal("0.5"):
            if rest:
                text = "The factor ½ is left out."
                yield Rewriting("half-forgotten", text, product_of(rest))
        case Sum(operands=(Constant(number=one), Negative(operands=(inner,)))) if one == 1:
            text = f"{said(inner)} stands where 1 − {said(inner)} belongs."
            yield Rewriting("one-minus-forgotten", text, inner)


def _without_minus(node: Negative, inner: Expression, said: Said) -> Iterator[Rewriting]:
    """The minus left out, alone or with the logarithms behind it."""
    text = f"The minus before {said(inner)} is left out."
    yield Rewriting("minus-forgotten", text, inner)
    bare = _without_logarithms(inner)
    if bare is not inner:
        text = f"The logarithm is not taken: this is {said(bare)}, and {said(node)} belongs here."
        yield Rewriting("logarithm-forgotten", text, bare)


def _without_logarithms(node: Expression) -> Expression:
    """The same with every logarithm's number in its place."""
    return replaced(
        node,
        lambda each: (
            each.operands[0] if isinstance(each, Log) else (each if _changes_base(each) else None)
        ),
    )


def _changes_base(node: Expression) -> bool:
    return isinstance(node, Quotient) and isinstance(node.operands[1], Log)


def _is_sum(expression: Expression) -> bool:
    return isinstance(_what_it_is(expression), Sum)


def _what_it_is(expression: Expression) -> Expression:
    while isinstance(expression, Quantity):
        expression = expression.definition
    return expression


def _other_bases(inner: Expression, base: str) -> Iterator[Rewriting]:
    right = LOGARITHMS[base]
    for other, wrong in LOGARITHMS.items():
        if other != base:
            one, here = (LOW_BASES.get(each, each) for each in (wrong, right))
            text = f"The logarithm is {one}; here it is {here}."
            yield Rewriting(f"{wrong}-for-{right}", text, Log(inner, other))  # type: ignore[arg-type]


def _other_averages(above: Expression, below: Expression, said: Said) -> Iterator[Rewriting]:
    """What else may be made of a mean, or of a weighted mean."""
    if isinstance(below, Constant):
        if below.number > 1:
            text = f"This is the sum; divide it by {PLAIN.number(below.number)}."
            yield Rewriting("sum-for-mean", text, above)
    elif isinstance(below, Quantity) and _is_sum(below):
        text = f"This is the sum; divide it by {said(below)}."
        yield Rewriting("sum-for-mean", text, above)
        summed = _what_it_is(above)
        count = Constant(len(summed.operands))
        text = f"This is the mean, divided by {count.number}; divide by the weights' sum {said(below)}."
        yield Rewriting("mean-for-weighted-mean", text, Quotient(above, count))


def _terms(node: Expression, said: Said) -> Iterator[Rewriting]:
    """Each term of a sum, and each factor of a product, left out or counted twice."""
    if not isinstance(node, Sum | Product) or not 1 < len(node.operands) <= _MOST_TERMS:
        return
    what = "term" if isinstance(node, Sum) else "factor"
    said_before: set[str] = set()
    for place, operand in enumerate(node.operands):
        name = said(operand)
        if name in said_before or isinstance(operand, Sum):
            continue  # the same factor again leads to the same numbers
        said_before.add(name)
        rest = [*node.operands[:place], *node.operands[place + 1 :]]
        left = node.rebuilt(rest) if len(rest) > 1 else rest[0]
        once = " once" if node.operands.count(operand) > 1 else ""
        is_rare = isinstance(node, Sum) and isinstance(operand, Constant)
        text = f"The {what} {name} is left out{once}."
        yield Rewriting("term-left-out", text, left, operand, is_rare)
        twice = node.rebuilt([*node.operands[: place + 1], *node.operands[place:]])
        text = f"The {what} {name} is counted once too often."
        yield Rewriting("term-counted-twice", text, twice, operand)


def mean_for_sum(step: Quantity) -> Rewriting | None:
    """A sum over observations or the like divided by how many there are, though the sum is asked."""
    summed = _what_it_is(step)
    if isinstance(summed, Negative) and isinstance(summed.operands[0], Quantity):
        summed = _what_it_is(summed.operands[0])
    if not isinstance(summed, Sum) or not _are_alike(summed.operands):
        return None
    count = len(summed.operands)
    if count == 1:
        return None
    text = f"This is the mean; here it is the sum, which is not divided by {count}."
    return Rewriting("mean-for-sum", text, Quotient(step.definition, Constant(count)))


def _are_alike(terms: Sequence[Expression]) -> bool:
    """Whether they are steps of one kind, or all cut at 0."""
    if all(isinstance(each, Max) for each in terms):
        return True
    names = [kind_of(each.id) if isinstance(each, Quantity) else None for each in terms]
    return names[0] is not None and len(set(names)) == 1


def divides(definition: Expression, step: Quantity) -> bool:
    """Whether something divides a step, or divides by it."""
    if isinstance(definition, Quotient):
        return step in definition.operands
    return any(divides(each, step) for each in _parts(definition))


def _nothing(_: Expression) -> str:
    """Where the words do not matter: writing takes its time."""
    return ""


# --- all nodes ---------------------------------------------------------------------------


def codes_in(definition: Expression) -> frozenset[str]:
    """The slips that can be made in a step, of those that one makes everywhere."""
    return frozenset(_codes(definition, at_root=True))


def _codes(node: Expression, *, at_root: bool) -> Iterator[str]:
    if isinstance(node, Operation):
        for each in _at(node, _nothing):
            if each.code in EVERYWHERE and (at_root or each.code != "minus-forgotten"):
                yield each.code
        for operand in _parts(node):
            yield from _codes(operand, at_root=False)


def throughout(node: Expression, code: str) -> Expression:
    """A step with the same slip at every node where it can be made; a minus is only left out where
    it leads the whole, and goes with a logarithm that is."""
    changed = node
    leads = code in _LEADING and isinstance(node, Negative)
    if (
        isinstance(node, Operation)
        and code != "minus-forgotten"
        and not (leads or _changes_base(node))
    ):
        operands = [throughout(operand, code) for operand in node.operands]
        if any(new is not old for new, old in zip(operands, node.operands, strict=True)):
            changed = node.rebuilt(operands)
    return next((each.expression for each in _at(changed, _nothing) if each.code == code), changed)


def what_was_done(definition: Expression, code: str, said: Said) -> str:
    """The slip at the first node of a step where it can be made, in words, and that it is made at others
    as well, if there are any."""
    made = (each.text for each in rewritings(definition, said) if each.code == code)
    first, *others = dict.fromkeys(made)
    leads = code in _LEADING and isinstance(definition, Negative)
    return f"{first} And so with the others like it." if others and not leads else first


def families(steps: Sequence[Quantity]) -> Iterator[list[Quantity]]:
    """The steps of one kind, such as ``term.1`` and ``term.2``: their ids differ in numbers only."""
    found: dict[str, list[Quantity]] = {}
    for step in steps:
        found.setdefault(kind_of(step.id), []).append(step)
    yield from found.values()


def kind_of(id: str) -> str:
    """What the ids of the steps of one kind have in common."""
    return ".".join(part for part in id.split(".") if not part.isdigit())
