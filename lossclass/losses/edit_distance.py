"""Edit distance (Levenshtein): the fewest substitutions, deletions and insertions that make the hypothesis
of the reference; divided by the length of the reference, the word or character error rate.

d(i, j) is the distance between the first i symbols of the reference and the first j of the hypothesis.
Sources: Levenshtein, "Binary codes capable of correcting deletions, insertions, and reversals", 1966;
Wagner and Fischer, "The string-to-string correction problem", Journal of the ACM 21 (1974).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import cached_property
from itertools import pairwise
from typing import Annotated, Any, ClassVar, Final, Literal

from pydantic import WithJsonSchema

from lossclass.arithmetic.calculation import Calculation
from lossclass.arithmetic.expression import Constant, Expression, Quantity, Sum
from lossclass.arithmetic.symbol import Symbol
from lossclass.blocks import ArcKind, Axis, RowKind
from lossclass.losses.shapes.common_slips import shared_slips
from lossclass.losses.shapes.formulas import ClosedForm, Differentiated
from lossclass.losses.shapes.lattice.cells import (
    SMALLEST_DISTANCE,
    Best,
    Cells,
    Grid,
    Node,
    Weights,
    Worked,
)
from lossclass.losses.shapes.lattice.paper import Paper, trellis, with_place
from lossclass.losses.shapes.lattice.sequences import formula, no_library
from lossclass.losses.shapes.lattice.slips import worked_otherwise
from lossclass.losses.shapes.reduction import reduce_steps, reduce_values
from lossclass.problem import fields
from lossclass.problem.fields import ReadBy as Read
from lossclass.problem.keys import Inconsistency, ProblemKeys
from lossclass.problem.moves import Kind, Moves
from lossclass.records import record
from lossclass.second_road import np
from lossclass.slips import Slip
from lossclass.working import Working

TITLE = "Edit distance (Levenshtein), with the word or character error rate"
FORMULA = "L = d(N, M)"
ALIASES = ("levenshtein", "levenshtein_distance")
_TEXTS: Final = ("reference", "hypothesis")
_EDITS: Final = ("substitution", "deletion", "insertion")
_DONE: Final = {"substitution": "substituted", "deletion": "deleted", "insertion": "inserted"}
_NO_GRADIENT: Final = (
    "An edit distance counts: there is no number in it by which it could be derived."
)
#: A larger table is no hand work.
_MOST_CELLS: Final = 900
_MOST_DRAWN: Final = 144
_DIAGONAL, _DOWN, _ACROSS = (1, 1), (1, 0), (0, 1)
#: What the moves do; of equally cheap ones the first is taken.
_KINDS: Final = {
    _DIAGONAL: ArcKind("keep or substitute", "keeps or substitutes a symbol"),
    _DOWN: ArcKind("delete", "deletes a symbol of the reference"),
    _ACROSS: ArcKind("insert", "inserts a symbol of the hypothesis"),
}


def _to_costs(value: Any) -> dict[str, Decimal]:
    if not isinstance(value, Mapping):
        raise ValueError("expected a mapping of substitution, deletion and insertion")  # noqa: TRY004

    def read(each: tuple[str, Any]) -> tuple[str, Decimal]:
        edit, cost = each
        if edit not in _EDITS:
            raise ValueError(f"there is no such edit; there are {', '.join(_EDITS)}")
        return edit, fields.to_allowed(cost, "a number, 0 or more", lambda number: number >= 0)

    return dict(fields.read_each(((key, (key, cost)) for key, cost in value.items()), read))


_COST = {"type": "number", "minimum": 0}
Costs = Annotated[
    dict[str, Decimal],
    Read(_to_costs),
    WithJsonSchema(
        {
            "type": "object",
            "properties": dict.fromkeys(_EDITS, _COST),
            "additionalProperties": False,
        }
    ),
    Moves(Kind.NUMBER),
]


def _to_text(value: Any) -> str | tuple[str, ...]:
    """A text as it is, since its symbols are what ``units`` says; or a list of symbols."""
    symbols = fields.to_labels(value)
    is_list = hasattr(value, "__len__") and not isinstance(value, str)
    return symbols if is_list else "".join(symbols)


_Text = Annotated[
    str | tuple[str, ...],
    Read(_to_text),
    WithJsonSchema({"type": ["array", "string", "number"], "items": fields.SCALAR}),
    Moves(Kind.SYMBOL, words=("units", "words")),
]


class Inputs(ProblemKeys):
    """``reference`` (N symbols) and ``hypothesis`` (M): texts or lists of words; ``units``: what the
    symbols of a text are; ``costs`` by edit; ``rate``: whether the answer is the distance over N."""

    NAMED_TEXTS: ClassVar[tuple[str, ...]] = _TEXTS

    reference: _Text
    hypothesis: _Text
    units: Annotated[Literal["characters", "words"], fields.AsChoice] = "characters"
    costs: Costs | None = None
    rate: fields.Flag = False

    @cached_property
    def texts(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The symbols of both."""
        reference, hypothesis = (
            _symbols(each, self.units) for each in (self.reference, self.hypothesis)
        )
        return reference, hypothesis

    def cost(self, edit: str) -> Decimal:
        """What an edit costs."""
        return (self.costs or {}).get(edit, Decimal(1))

    @classmethod
    def inconsistencies(cls, given: Mapping[str, Any]) -> Iterator[Inconsistency]:
        yield from super().inconsistencies(given)
        texts = [given.get(key) for key in _TEXTS]
        if any(each is None for each in texts):
            return
        for key, other, text, words in zip(_TEXTS, _TEXTS[::-1], texts, texts[::-1], strict=True):
            # a list, and not one of letters
            are_words = not isinstance(words, str) and any(len(each) > 1 for each in words or ())
            if given.get("units") != "words" and isinstance(text, str) and are_words:
                message = (
                    f"this is a text, of which the characters are compared, and {other} is a list of "
                    "words; write units: words, or both as lists"
                )
                yield (key,), message
            if isinstance(text, tuple) and any(len(each.split()) > 1 for each in text):
                message = (
                    "in a list stand symbols, and here a sentence does; a problem compares two texts: of a "
                    "list of sentences give one, without brackets"
                )
                yield (key,), message
        n, m = (len(_symbols(each or (), given.get("units", "characters"))) for each in texts)
        if (n + 1) * (m + 1) > _MOST_CELLS:
            yield (
                ("hypothesis",),
                f"the table has {(n + 1) * (m + 1)} cells, and more than {_MOST_CELLS} are not worked by hand",
            )
        if not n and given.get("rate"):
            yield ("rate",), "the reference is empty, and nothing can be divided by its length"


def _symbols(text: Sequence[str], units: str) -> tuple[str, ...]:
    """The words or the characters of a text; a list as it is."""
    return tuple(text.split() if isinstance(text, str) and units == "words" else text)


def formula_of(inputs: Inputs) -> str:
    """The formula that a problem is worked by."""
    costs = {edit: f"{inputs.cost(edit).normalize():f}" for edit in _EDITS}
    cells = f"d(i, j) = min(d(i−1, j−1) + c, d(i−1, j) + {costs['deletion']}, d(i, j−1) + {costs['insertion']})"
    alike = f"c = 0 where the symbols are alike, else {costs['substitution']}"
    return formula(inputs, "d(N, M) / N" if inputs.rate else "d(N, M)", cells, alike)


# --- NumPy's road --------------------------------------------------------------------------


def value(inputs: Inputs) -> Any:
    """The answer: row by row, each from the one before."""
    reference, hypothesis = inputs.texts
    substitution, deletion, insertion = (float(inputs.cost(edit)) for edit in _EDITS)
    steps = insertion * np.arange(len(hypothesis) + 1)
    row = steps
    for symbol in reference:
        unlike = substitution * np.array([symbol != each for each in hypothesis], float)
        row = np.append(row[:1] + deletion, np.minimum(row[1:] + deletion, row[:-1] + unlike))
        # insertions: the smallest of what stands before, with an insertion for each step from there
        row = np.minimum.accumulate(row - steps) + steps
    distance = float(row[-1]) / (len(reference) if inputs.rate else 1)
    return reduce_values(np.array([distance]), inputs, "sum")


def gradient(_: Inputs) -> ClosedForm:
    """There is none."""
    return ClosedForm(_NO_GRADIENT, {})


def differentiated(_: Inputs, __: Working) -> Differentiated:
    """By nothing."""
    return {}


# --- the road by hand ----------------------------------------------------------------------


@record
class _Edits(Weights):
    """What the moves cost, by edit; to keep a symbol, "", costs nothing if it is not there."""

    texts: tuple[Sequence[str], Sequence[str]]
    costs: Mapping[str, Expression]

    def edit(self, start: Node, end: Node) -> str:
        """What a move does; nothing where it keeps a symbol."""
        move = end[0] - start[0], end[1] - start[1]
        if move == _DIAGONAL:
            reference, hypothesis = self.texts
            return "" if reference[end[0] - 1] == hypothesis[end[1] - 1] else "substitution"
        return "deletion" if move == _DOWN else "insertion"

    def arc(self, start: Node, end: Node) -> Sequence[Expression]:
        cost = self.costs.get(self.edit(start, end))
        return [] if cost is None else [cost]

    def alignment(self, walk: Sequence[Node]) -> Iterator[tuple[str, str, str]]:
        """The symbols that stand beside each other on a walk, and what is done with them; – where
        one has none."""
        reference, hypothesis = self.texts
        for start, end in pairwise(walk):
            edit = self.edit(start, end)
            first = "–" if edit == "insertion" else reference[end[0] - 1]
            second = "–" if edit == "deletion" else hypothesis[end[1] - 1]
            yield first, second, edit


def solve(inputs: Inputs, working: Working) -> Sequence[Quantity]:
    """The steps: ``distance.I.J`` from 0; ``substitutions``, ``deletions``, ``insertions``, ``edits``;
    ``loss``, and ``rate`` after it, or ``distance`` before it."""
    reference, hypothesis = inputs.texts
    edits = _Edits(inputs.texts, _given(inputs, working))
    table = Worked(_grid(inputs), edits, SMALLEST_DISTANCE)
    working.section("The table of distances")
    working.say(
        "d(i, j) is the distance between the first i symbols of the reference and the first j of the hypothesis. It is "
        "the smallest of three: from d(i−1, j−1), a symbol is kept or substituted; from d(i−1, j), one of the "
        "reference is deleted; from d(i, j−1), one of the hypothesis is inserted. d(0, 0) is 0."
    )
    paper = Paper(
        working,
        with_place,
        lambda _, node: _titled(reference[: node[0]], hypothesis[: node[1]]),
        ("", *(f"{j} {each}" for j, each in enumerate(["", *hypothesis]))),
        "symbols of the reference (down) and of the hypothesis (across)",
        lambda i: f"{i} {reference[i - 1] if i else ''}",
        with_numbers=True,
    )
    cells = paper.write_cells("distance", "d", table.lattice.nodes, table.forward)
    best = table.best(working.values)
    if len(cells) <= _MOST_DRAWN:
        _draw(working, edits, cells, best)
    _write_backtrace(working, edits, best)
    answers = _write_answers(inputs, working, cells[max(cells)])
    if working.wanted.gradient:
        working.gradient = {}
        working.section("The gradient")
        working.remark("no-gradient", _NO_GRADIENT)
    return answers


def _grid(inputs: Inputs) -> Grid:
    n, m = map(len, inputs.texts)
    return Grid((0, 0), (n, m), tuple(_KINDS))


def _titled(reference: Sequence[str], hypothesis: Sequence[str]) -> str:
    """What a cell is the distance of."""
    last = [each[-1] if each else "" for each in (reference, hypothesis)]
    if not reference or not hypothesis:
        return f"{len(reference)} of the reference, {len(hypothesis)} of the hypothesis"
    like = "the same" if last[0] == last[1] else "not the same"
    return f"Up to {last[0]} and up to {last[1]}, which are {like}"


def _given(inputs: Inputs, working: Working) -> dict[str, Expression]:
    """Write what is given; costs that are not said are 1."""
    reference, hypothesis = inputs.texts
    working.section("Given")
    working.say(
        f"The reference has {len(reference)} symbol{'' if len(reference) == 1 else 's'}, the hypothesis {len(hypothesis)}. "
        "What is alike costs nothing."
    )
    longest = max(len(reference), len(hypothesis))
    columns = ("", *map(str, range(1, longest + 1)))
    rows: list[tuple[str, ...]] = [
        (name, *text, *[""] * (longest - len(text)))
        for name, text in (("reference", reference), ("hypothesis", hypothesis))
    ]
    working.table("given", "", columns, rows)
    if inputs.costs is None:
        return dict.fromkeys(_EDITS, Constant(1))
    costs = {
        edit: working.given(f"costs.{edit}", Symbol("c", (_DONE[edit],)), inputs.cost(edit))
        for edit in _EDITS
    }
    working.table("costs", "", ("edit", "cost"), [*costs.items()])
    return {**costs}


def _draw(working: Working, edits: _Edits, cells: Cells, best: Best) -> None:
    """Draw the table as it stands: a lattice has its columns first, so it is turned."""
    reference, hypothesis = edits.texts
    kind = RowKind("symbol", "a symbol of the reference")
    moves = {move[::-1]: kind for move, kind in _KINDS.items()}
    working.figure(
        trellis(
            Grid((0, 0), (len(hypothesis), len(reference)), tuple(moves)),
            {(j, i): cell for (i, j), cell in cells.items()},
            [(each, kind) for each in ["", *reference]],
            lambda start, end: moves[end[0] - start[0], end[1] - start[1]],
            replace(best, walk=tuple((j, i) for i, j in best.walk)),
            letters=("j", "i"),
            best_is=("the cheapest way", "one of the cheapest ways"),
            columns=["", *hypothesis],
            title="The table as a lattice: distances, and the edits between them",
            across=Axis(("hypothesis →",), "place of the hypothesis"),
            down=Axis(("reference ↓",), "place of the reference"),
            row_kinds=(kind,),
            arcs_are="an edit",
            description="Rows are the symbols of the reference, columns those of the hypothesis. Each node "
            "holds a distance; arrows are edits.",
            path_says=", ".join(map(_said, edits.alignment(best.walk))),
        )
    )


def _said(step: tuple[str, str, str]) -> str:
    """A step of an alignment as what to do."""
    first, second, edit = step
    done = {"substitution": f"{first} becomes {second}", "insertion": f"insert {second}"}
    return done.get(edit, f"{'delete' if edit else 'keep'} {first}")


def _write_backtrace(working: Working, edits: _Edits, best: Best) -> None:
    """Write the edits on the cheapest way, and how many there are of each."""
    working.section("The backtrace")
    working.say(
        "From the last cell back to the first, each time to the cell that the smallest came from; of equal "
        "ones, along the diagonal first."
    )
    working.say("What was done on the way, from the first to the last:")
    alignment = [*edits.alignment(best.walk)]
    done = [edit for *_, edit in alignment]
    rows = [
        (str(n), first, second, edit or "keep")
        for n, (first, second, edit) in enumerate(alignment, start=1)
    ]
    working.table("backtrace", "", ("", "reference", "hypothesis", "edit"), rows, tells=True)
    if best.is_tied:
        working.remark(
            "best-path-tie",
            f"{best.count} ways are equally cheap. They may have other numbers of substitutions, deletions and "
            "insertions.",
        )
    counts = []
    for edit in _EDITS:
        name, count = Symbol("n", (_DONE[edit],)), Constant(done.count(edit))
        title = f"How many {edit}s"
        counts.append(working.step(f"{edit}s", name, count, title=title, tells=True))
    working.step("edits", Symbol("n", ("edits",)), Sum(*counts), title="How many edits")


def _write_answers(inputs: Inputs, working: Working, last: Quantity) -> Sequence[Quantity]:
    """Write the distance and, where there is a reference to divide by, the rate: one is the answer."""
    working.section("The distance, and the error rate")
    count = len(inputs.texts[0])
    is_one = inputs.weights is None and inputs.reduction != "none"
    name = ("loss", Symbol("L")) if is_one and not inputs.rate else ("distance", Symbol("d"))
    answer = working.step(*name, last, title="The distance", why="The last cell.")
    if inputs.rate:
        answer = _rate(working, answer, count, "loss" if is_one else "rate")
    elif is_one and count:
        _rate(working, answer, count, "rate")
    return [answer] if is_one else reduce_steps(working, [answer], inputs, "sum")


def _rate(working: Working, distance: Quantity, count: int, id: str) -> Quantity:
    symbol = Symbol("L") if id == "loss" else Symbol("r")
    why = f"The distance divided by the length of the reference, N = {count}."
    return working.step(id, symbol, distance / count, title="The error rate", why=why)


# --- slips and libraries -------------------------------------------------------------------


def slips(inputs: Inputs, calculation: Calculation) -> Iterator[Slip]:
    """What may be done to the edits, and to the rate."""
    reference, hypothesis = inputs.texts
    by_id, values = calculation.by_id, calculation.values
    rate = by_id.get("rate") or (by_id["loss"] if inputs.rate else None)
    if rate is not None:
        above = rate.definition.operands[0]
        length = len(reference) + int(values["insertions"])
        others = (
            ("divided-by-hypothesis", len(hypothesis), "the hypothesis"),
            ("divided-by-alignment", length, "the alignment, insertions and all"),
        )
        for code, count, what in others:
            if count not in (0, len(reference)):
                text = f"It is divided by the length of {what}, {count}: the length of the reference belongs there."
                yield Slip(code, text, {rate.id: above / count})
    yield from _one_for_the_other(inputs, calculation)
    for code, text, weights in _other_edits(inputs):
        table = Worked(_grid(inputs), weights, SMALLEST_DISTANCE)
        yield Slip(code, text, worked_otherwise(calculation, "distance", table))
    if values["deletions"] != values["insertions"]:
        text = "Deletions and insertions are taken for each other: what only the reference has is deleted."
        swapped = {"deletions": values["insertions"], "insertions": values["deletions"]}
        yield Slip("insertion-deletion-swapped", text, swapped)
    unlike = sum(one != other for one, other in zip(reference, hypothesis, strict=False))
    text = "The texts are compared place by place: what is deleted or inserted moves the rest."
    apart = Constant(unlike + abs(len(reference) - len(hypothesis)))
    last = f"distance.{len(reference)}.{len(hypothesis)}"
    yield Slip("compared-place-by-place", text, {last: apart})
    yield from shared_slips(calculation)


def _one_for_the_other(inputs: Inputs, calculation: Calculation) -> Iterator[Slip]:
    """The rate for the distance, the distance for the rate, and the rate in percent."""
    loss, count = calculation.by_id["loss"], len(inputs.texts[0])
    rate = loss.definition if inputs.rate else loss.definition / count
    if inputs.rate:
        text = f"This is the distance; the rate is asked, which is divided by the length of the reference, {count}."
        yield Slip("distance-for-rate", text, {"loss": loss.definition.operands[0]})
        text = "This is the rate in percent: 50 % are 0.5."
        yield Slip("percent-for-rate", text, {"loss": 100 * rate})
    elif count > 1:
        text = f"This is the rate, divided by the length of the reference, {count}; the distance is asked."
        yield Slip("rate-for-distance", text, {"loss": rate})
        text = "This is the rate in percent; the distance is asked, which is divided by nothing."
        yield Slip("rate-for-distance", text, {"loss": 100 * rate})


def _other_edits(inputs: Inputs) -> Iterator[tuple[str, str, _Edits]]:
    costs = {edit: Constant(inputs.cost(edit)) for edit in _EDITS}
    swapped = {**costs, "deletion": costs["insertion"], "insertion": costs["deletion"]}
    text = "The costs of a deletion and of an insertion are taken for each other."
    yield "insertion-deletion-swapped", text, _Edits(inputs.texts, swapped)
    both = Constant(inputs.cost("deletion") + inputs.cost("insertion"))
    text = "A substitution is counted as a deletion and an insertion: it is one edit."
    yield "substitution-as-two", text, _Edits(inputs.texts, {**costs, "substitution": both})
    text = "What is alike is counted as a substitution, too: it is kept, and costs nothing."
    yield "match-costs", text, _Edits(inputs.texts, {**costs, "": costs["substitution"]})
    text = "A substitution is counted as if it cost nothing."
    free = {**costs, "substitution": Constant(0)}
    yield "substitution-free", text, _Edits(inputs.texts, free)


frameworks = no_library("edit_distance")
