"""What students read on a platform: the problem, what is asked, and the worked solution."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import cached_property
from itertools import chain

from lossclass.arithmetic.expression import quantities_in
from lossclass.arithmetic.line import formula
from lossclass.arithmetic.notation import PLAIN
from lossclass.arithmetic.number import show
from lossclass.blocks import Audited, Call, Paragraph, Step
from lossclass.errors import UsageError
from lossclass.lms.exercise import Asked, Exercise, distinct, identifier
from lossclass.lms.markup import Gap, Xhtml, escaped, number, one_line, tag
from lossclass.marking.marks import FEWEST_OF_ARITHMETIC
from lossclass.practice.hints import hints_for
from lossclass.records import record
from lossclass.render import Detail
from lossclass.render.document import Document, worksheet_block
from lossclass.render.svg import trellis_of, written
from lossclass.solution import Solution
from lossclass.worksheets.worksheet import Block, Grid, Part, Question

#: So many steps on the way are told; whoever needs more is better served by the problem itself.
_MOST_BEFORE = 20
#: The remark where the losses are reduced in another way than in the usual formula.
_OTHER_REDUCTION = "reduction-differs-from-formula"
_ROUNDING = (
    "Carry on with the number that your calculator has, and give at least three significant digits. "
    "Write the decimal sign as this site does: a point in English, a comma in many other languages."
)
RIGHT = "This is right."
WRONG = "This is not the number. Go through the steps once more."


def name(exercise: Exercise, asked: Asked | None = None) -> str:
    """What a question is called, in plain text: of one step, or of all."""
    title = exercise.solution.about.title
    if asked is None or (exercise.is_answer(asked) and len(exercise.solution.answer_ids) == 1):
        return one_line(title)
    return one_line(f"{one_line(title)[:120]} ({asked.step.id}): {asked.step.title}")


def title(exercises: Sequence[Exercise]) -> str:
    """What all questions of a file are called together."""
    (exam, *others) = {each.exam for each in exercises}
    if exam and not others:
        return one_line(exam)
    if len(exercises) == 1:
        return name(exercises[0])
    return f"{sum(len(each.asked) for each in exercises)} questions on loss functions"


@record
class Posed:
    """A question of an exercise: what it is called, its text in XHTML, and an id that is no other's
    in the file."""

    exercise: Exercise
    asked: Asked
    name: str
    text: str
    id: str

    @cached_property
    def picture(self) -> Picture | None:
        """What belongs to its solution."""
        return picture(self.exercise, self.asked)


def posed(exercises: Sequence[Exercise]) -> list[Posed]:
    """All questions of exercises, for platforms on which each stands by itself."""
    found = [
        Posed(exercise, each, name(exercise, each), question(exercise, each), "")
        for exercise in exercises
        for each in exercise.asked
    ]
    ids = distinct([identifier(each.name, each.text, number(each.asked.value)) for each in found])
    return [replace(each, id=id) for each, id in zip(found, ids, strict=True)]


# --- the problem ---------------------------------------------------------------------------


def statement(exercise: Exercise) -> str:
    """What the author says, and the formula of the loss."""
    return "".join(Xhtml().about(exercise.solution.about))


def question(exercise: Exercise, asked: Asked) -> str:
    """The problem with the numbers given, and one number that is asked for."""
    given = "".join(map(_given, _parts_up_to(asked, exercise)))
    before = exercise.before(asked)
    return statement(exercise) + given + _on_the_way(exercise, asked, before) + _prompt(asked)


def _parts_up_to(asked: Asked, exercise: Exercise) -> Iterator[Part]:
    """The parts of the worksheet, to the one in which the step is asked for."""
    for part in exercise.worksheet.parts:
        yield part
        if any(isinstance(each, Question) and each.id == asked.step.id for each in part.blocks):
            return


def _prompt(asked: Asked) -> str:
    symbol = PLAIN.symbol(asked.step.quantity.symbol)
    title = f"{tag('b', escaped(asked.step.title))}: " if asked.step.title else ""
    prompt = f"{symbol} = ?"
    if asked.as_logarithm:
        prompt = f"−ln |{symbol}| = ? ({symbol} itself is too small a number for this site.)"
    return tag("p", f"{title}{escaped(f'{prompt} {_ROUNDING}')}")


def _given(part: Part) -> str:
    """What is given in a part: its tables that have no empty places, and its texts where nothing is
    asked."""
    asks = any(isinstance(block, Question) for block in part.blocks)
    return "".join(
        chain.from_iterable(
            worksheet_block(block, Xhtml())
            for block in part.blocks
            if not (isinstance(block, Question) or _has_gaps(block))
            and not (isinstance(block, Paragraph) and asks)
        )
    )


def _has_gaps(block: Block) -> bool:
    return isinstance(block, Grid) and any(None in row for row in block.rows)


def _on_the_way(exercise: Exercise, asked: Asked, before: list[Step]) -> str:
    """The steps before the one that is asked for; their formulas, too, where it is not the last, or
    nobody says what is to be done, or what is done is not what the formula of the loss says."""
    has_many = len(before) > _MOST_BEFORE
    with_formulas = not (exercise.is_answer(asked) and exercise.solution.about.statement)
    untaught = _untaught([*before, asked.step], exercise.solution)
    steps = [*before, asked.step] if with_formulas or asked.step.id in untaught else before
    if has_many:
        definitions = (step.quantity.definition for step in untaught.values())
        told = untaught.keys() | {each.id for each in chain(*map(quantities_in, definitions))}
        steps = [step for step in steps if step.id in told]
    if not before or not steps:
        return ""
    with_all = with_formulas and not has_many
    lines = [tag("li", _task(step, with_formula=with_all or step.id in untaught)) for step in steps]
    return tag("p", "Work out, in this order:") + tag("ol", "".join(lines))


def _untaught(steps: Sequence[Step], solution: Solution) -> dict[str, Step]:
    """The steps, by their ids, in which the losses are reduced in another way than in the usual
    formula: whoever sees only that would work out something else."""
    found = {remark.step for remark in solution.remarks if remark.code == _OTHER_REDUCTION}
    return {step.id: step for step in steps if step.id in found}


def _task(step: Step, *, with_formula: bool) -> str:
    quantity = step.quantity
    text = PLAIN.symbol(quantity.symbol)
    if with_formula and quantity.definition.operands and not step.is_telling:
        text += f" = {formula(quantity.definition, PLAIN)}"
    return escaped(f"{step.title}: {text}" if step.title else text)


# --- all steps in one text -----------------------------------------------------------------


def sheet(exercise: Exercise, gaps: dict[str, Gap]) -> str:
    """The worksheet, with ``gaps`` by the ids of steps."""
    markup = Xhtml(gaps=gaps)
    parts = [statement(exercise), tag("p", escaped(_ROUNDING))]
    for part in exercise.worksheet.parts:
        # Tables with empty places only repeat the gaps.
        blocks = (block for block in part.blocks if not _has_gaps(block))
        parts += markup.section(
            part.title, ((each, worksheet_block(each, markup)) for each in blocks)
        )
    return "".join(parts)


# --- the solution --------------------------------------------------------------------------


def solution(exercise: Exercise, asked: Asked | None = None, place: str = "") -> str:
    """The worked solution; of a step on the way, its own line.

    Args:
        place: where the picture of the trellis is, if there is one.
    """
    markup = Xhtml(picture=place)
    if asked is not None and not exercise.is_answer(asked):
        return "".join(Document(exercise.solution, markup, Detail.FULL).step(asked.step))
    document = Document(exercise.solution, markup)
    # What others have published or computed is for teachers.
    for_students = (
        section
        for section in document.sections
        if not any(isinstance(block, Audited | Call) for block in section.blocks)
    )
    return "".join(chain.from_iterable(map(document.section, for_students)))


def slips(asked: Asked) -> str:
    """The slips of a question as one text, for platforms that cannot tell them by their numbers."""
    lines = "".join(
        tag(
            "li",
            escaped(f"{PLAIN.number(show(Decimal(repr(wrong.value)), 4).value)}: {wrong.text}"),
        )
        for wrong in asked.wrong
    )
    return tag("p", "If you have one of these numbers:") + tag("ul", lines) if lines else ""


def hints(exercise: Exercise, asked: Asked) -> Iterator[str]:
    """What ``lossclass practice`` gives on request: which rule, which numbers, and the numbers put
    into the formula."""
    question = exercise.questions[asked.step.id]
    digits = max(exercise.solution.digits, FEWEST_OF_ARITHMETIC)
    for hint in hints_for(question, exercise.solution.values, digits):
        if hint.side is None:
            yield "".join(tag("p", escaped(text)) for text in hint.texts)
        else:
            exact, side = hint.side
            symbol = PLAIN.symbol(asked.step.quantity.symbol)
            yield tag("p", escaped(f"{symbol} {PLAIN.sign(exact)} {side}"))


# --- the picture ---------------------------------------------------------------------------


@record
class Picture:
    """An SVG document, and what its file is called: the same for the same document."""

    svg: str

    @cached_property
    def name(self) -> str:
        return f"{identifier(self.svg)}.svg"


def picture(exercise: Exercise, asked: Asked | None = None) -> Picture | None:
    """The trellis, if there is one of a size to look at, and the solution has a place for it: of a
    step on the way, it has none."""
    trellis = trellis_of(exercise.solution)
    if trellis is None or (asked is not None and not exercise.is_answer(asked)):
        return None
    try:
        return Picture(written(trellis, exercise.solution))
    except UsageError:
        return None
