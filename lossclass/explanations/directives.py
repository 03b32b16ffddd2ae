"""The directives: what may stand between ``{{`` and ``}}``, and what comes of it.

=============================================  ==================================================
``solve PROBLEM [full|brief|answer]``          the working of a bundled problem
``solve PROBLEM: TITLE; TITLE``                the sections of it with these titles
``part PROBLEM ID``                            a table or a figure of it
``line PROBLEM STEP``                          the printed line of one of its steps
``value PROBLEM ID``                           the value of a step or a given number of it
``given NAME = NUMBER; NAME = PROBLEM ID``     names for numbers, to be used further down
``equation [NAME =] EXPRESSION``               the expression, with its numbers, and its value
``compute EXPRESSION``                         its value alone
``table NAME = A, B, …: EXPRESSION; …``        its values for several numbers
``curve [LABEL =] EXPRESSION for NAME from A to B``  its picture
``formula``                                    the formula of the loss that the text is about
``slips``                                      the catalogue of slips: each code, with what it is
``keys``                                       the keys of problems: each, with what may stand under it
``words``                                      the words that are read as keys, values and losses
``LOSS.NAME …``                                what a loss says in its own ``DIRECTIVES``
=============================================  ==================================================

On a line of its own a directive makes a block; inside a line it makes text. ``part``, ``line``,
``value`` and ``given`` also find what a problem's loss works out only when it is asked to.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal

from lossclass import losses
from lossclass.arithmetic.expression import Constant, Quantity, quantities_in
from lossclass.arithmetic.line import Line, formula
from lossclass.arithmetic.notation import PLAIN
from lossclass.arithmetic.number import show
from lossclass.arithmetic.symbol import Symbol
from lossclass.blocks import Audited, Section, Table, Trellis
from lossclass.explanations.blocks import Block, Curve, Equation, Picture, Prose, Verbatim, Worked
from lossclass.explanations.listings import LISTINGS
from lossclass.explanations.scope import DIGITS, Scope
from lossclass.explanations.source import BadExplanation
from lossclass.render import Detail
from lossclass.render.markup import Rows
from lossclass.solution import Solution

DIRECTIVE = re.compile(r"\{\{\s*([\w.]*)\s*(.*?)\s*\}\}")
_CURVE = re.compile(r"(?:(?P<label>[\w ]+?) = )?(?P<what>.+) for (?P<name>\w+) from (\S+) to (\S+)")
_DEFINITION = re.compile(r"(?:(?P<name>[^\W\d]\w*|∂\w+/∂\w+) = )?(?P<what>.+)")
_MARKDOWN = re.compile(r"([\\`*_\[\]<>|#~])")


def worked_out(text: str, scope: Scope) -> tuple[Block, ...]:
    """The blocks of a text, with its directives carried out.

    Raises:
        BadExplanation: a directive is unknown, or has no meaning.
    """
    return tuple(_blocks(text, scope))


def inline(text: str, scope: Scope) -> str:
    """A text with its directives carried out inside its lines, as Markdown."""
    return DIRECTIVE.sub(
        lambda found: _MARKDOWN.sub(r"\\\1", _as_text(_carried_out(found, scope))), text
    )


def _blocks(text: str, scope: Scope) -> Iterator[Block]:
    prose: list[str] = []
    lines = iter(text.splitlines())
    for line in lines:
        alone = DIRECTIVE.fullmatch(line.rstrip())
        if not alone and not line.startswith("```"):
            prose.append(inline(line, scope))
            continue
        yield from _prose(prose)
        prose = []
        yield _carried_out(alone, scope) if alone else _fenced(line, lines)
    yield from _prose(prose)


def _prose(lines: list[str]) -> Iterator[Prose]:
    if text := "\n".join(lines).strip():
        if "{{" in text:
            raise BadExplanation(f"a directive is not closed on its line: {text!r}")
        yield Prose(text)


def _fenced(first: str, lines: Iterator[str]) -> Verbatim:
    inside: list[str] = []
    for line in lines:
        if line.startswith("```"):
            return Verbatim("\n".join(inside), is_code=first.removeprefix("```") != "formula")
        inside.append(line)
    raise BadExplanation("``` is not closed")


def _carried_out(found: re.Match[str], scope: Scope) -> Block:
    name, argument = found[1], found[2]
    if name in DIRECTIVES:
        return DIRECTIVES[name](argument, scope)
    loss, _, own = name.partition(".")
    is_loss = loss in losses.canonical_names()
    of_loss = getattr(losses.load(loss), "DIRECTIVES", {}) if is_loss else {}
    if own not in of_loss:
        raise BadExplanation(f"unknown directive {found[0]}; there are {', '.join(DIRECTIVES)}")
    try:
        return Verbatim(of_loss[own](argument))
    except ValueError as error:
        raise BadExplanation(f"{name} {argument!r}: {error}") from None


def _as_text(block: Block) -> str:
    match block:
        case Verbatim(text=text):
            return text
        case Equation():
            return block.on_one_line
    raise BadExplanation(f"{type(block).__name__.lower()} needs a line of its own")


# --- one function a directive ---


def _listing(name: str) -> Callable[[str, Scope], Block]:
    def listed(argument: str, _: Scope) -> Prose:
        if argument:
            raise BadExplanation(f"{name} takes nothing, got {argument!r}")
        return Prose(LISTINGS[name]())

    return listed


def _solve(argument: str, scope: Scope) -> Worked:
    head, colon, titles = argument.partition(":")
    name, _, detail = head.partition(" ")
    if detail and detail not in list(Detail):
        raise BadExplanation(f"there is no detail {detail!r}")
    solution = scope.solution(name)
    sections = [
        section
        for section in solution.sections
        # What a source printed is about that source, not about the loss.
        if not any(isinstance(block, Audited) for block in section.blocks)
    ]
    if colon:
        sections = _titled(name, sections, [title.strip() for title in titles.split(";")])
    return Worked(replace(solution, sections=tuple(sections)), Detail(detail or "board"))


def _titled(name: str, sections: list[Section], titles: list[str]) -> list[Section]:
    found = {section.title: section for section in sections}
    for title in titles:
        if title not in found:
            raise BadExplanation(f"{name} has no section {title!r}; it has {'; '.join(found)}")
    return [found[title] for title in titles]


def _part(argument: str, scope: Scope) -> Rows | Picture:
    name, _, id = argument.partition(" ")
    solution = scope.solution_with(name, lambda each: id in _parts(each))
    match _parts(solution).get(id):
        case Trellis() as trellis:
            return Picture(trellis, solution)
        case Table(columns=columns, rows=rows, digits=digits):
            values, digits = solution.values, digits or solution.digits
            texts = (
                tuple(
                    each if isinstance(each, str) else shown(values[each.id], digits)
                    for each in row
                )
                for row in rows
            )
            return Rows(columns, tuple(texts))
    raise BadExplanation(
        f"{name} has no table or figure {id!r}; it has {', '.join(_parts(solution))}"
    )


def _parts(solution: Solution) -> dict[str, Table | Trellis]:
    """Tables and figures by their ids."""
    blocks = [block for section in solution.sections for block in section.blocks]
    return {block.id: block for block in blocks if isinstance(block, Table | Trellis)}


def _line(argument: str, scope: Scope) -> Equation:
    name, _, id = argument.partition(" ")
    solution = scope.solution_with(name, lambda each: any(step.id == id for step in each.steps))
    try:
        return _equal(solution.line(solution.step(id)))
    except KeyError as error:
        raise BadExplanation(f"{name}: {error.args[0]}") from None


def _value(argument: str, scope: Scope) -> Verbatim:
    name, _, id = argument.partition(" ")
    return Verbatim(shown(scope.of_problem(name, id), scope.solution(name).digits))


def _given(argument: str, scope: Scope) -> Verbatim:
    said = []
    for item in argument.split(";"):
        name, equal, text = item.partition("=")
        if not equal:
            raise BadExplanation(f"given {item.strip()!r}: expected NAME = NUMBER")
        quantity = scope.given(name.strip(), text.strip())
        number = show(scope.values[quantity.id], DIGITS)
        sign = "=" if number.exact else "≈"
        said.append(f"{name.strip()} {sign} {PLAIN.number(number.value)}")
    return Verbatim(", ".join(said))


def _equation(argument: str, scope: Scope) -> Equation:
    found = _DEFINITION.fullmatch(argument)
    if found is None:
        raise BadExplanation("equation of nothing")
    expression = scope.read(found["what"])
    if found["name"]:
        return _equal(scope.line(scope.define(found["name"], expression)))
    equation = _equal(scope.line(scope.define("unnamed", expression)))
    del scope.names["unnamed"]
    if not any(quantities_in(expression)):  # formula and numbers are the same
        equation = Equation("", equation.sides[-2:])
    (_, left), *sides = equation.sides
    return Equation(left, tuple(sides))


def _equal(line: Line) -> Equation:
    """Symbol, formula, numbers put in, result; what reads twice is left out."""
    first, *_, (exact, result) = [*line.chain(PLAIN)[:1], *line.chain(PLAIN)[-1:]]
    sides = [
        ("=", line.formula(PLAIN)),
        (PLAIN.sign(first[0]), first[1]),
        (PLAIN.sign(exact), result),
    ]
    following = [*(text for _, text in sides[1:]), None]
    kept = [side for side, next_ in zip(sides, following, strict=True) if side[1] != next_]
    return Equation(line.symbol(PLAIN), tuple(kept))


def _compute(argument: str, scope: Scope) -> Verbatim:
    return Verbatim(shown(scope.value(scope.read(argument)), DIGITS))


def shown(number: Decimal, digits: int) -> str:
    """A number as it stands in a text."""
    return PLAIN.number(show(number, digits).value)


def _table(argument: str, scope: Scope) -> Rows:
    head, colon, columns = argument.partition(":")
    name, equal, numbers = head.partition("=")
    if not (colon and equal):
        raise BadExplanation(f"table {argument!r}: expected NAME = NUMBERS: EXPRESSIONS")
    variable = Quantity("variable", Symbol(name.strip()), Constant(0))
    expressions = [scope.read(each, {name.strip(): variable}) for each in columns.split(";")]
    rows = []
    for text in numbers.split(","):
        number = scope.value(scope.read(text))
        values = (scope.value(each, {"variable": number}) for each in expressions)
        rows.append(tuple(shown(value, DIGITS) for value in (number, *values)))
    return Rows((name.strip(), *(formula(each, PLAIN) for each in expressions)), tuple(rows))


def _curve(argument: str, scope: Scope) -> Curve:
    found = _CURVE.fullmatch(argument)
    if found is None:
        raise BadExplanation(f"curve {argument!r}: expected EXPRESSION for NAME from A to B")
    variable = Quantity("variable", Symbol(found["name"]), Constant(0))
    expression = scope.read(found["what"], {found["name"]: variable})
    start, end = (float(scope.value(scope.read(found[group]))) for group in (4, 5))
    text = formula(expression, PLAIN)
    label = f"{found['label']} = {text}" if found["label"] else text
    known = {id: float(value) for id, value in scope.values.items()}
    return Curve(expression, variable, start, end, label, known)


def _formula(argument: str, scope: Scope) -> Verbatim:
    if scope.loss is None or argument:
        raise BadExplanation("formula stands in the text of a loss, and alone")
    return Verbatim(scope.loss.FORMULA)


DIRECTIVES: dict[str, Callable[[str, Scope], Block]] = {
    "solve": _solve,
    "part": _part,
    "line": _line,
    "value": _value,
    "given": _given,
    "equation": _equation,
    "compute": _compute,
    "table": _table,
    "curve": _curve,
    "formula": _formula,
    **{name: _listing(name) for name in LISTINGS},
}
