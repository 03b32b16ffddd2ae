"""Negative log-likelihood of a linear-chain conditional random field: ln Z(x) − s(x, y).

The score s(x, y) of a path y is the sum of the emissions of its tags and of the transitions between
them; Z(x) is the sum of exp(s) over all K^T paths, by the forward algorithm. Sources: Lafferty, McCallum
and Pereira, "Conditional random fields: probabilistic models for segmenting and labeling sequence data",
ICML 2001; with emissions from a network, Lample et al., "Neural architectures for named entity
recognition", NAACL 2016, equations 1 to 4.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from functools import cached_property, partial
from itertools import pairwise
from typing import Annotated, Any, ClassVar

from lossclass.arithmetic.calculation import Calculation
from lossclass.arithmetic.expression import Constant, Exp, Expression, Log, Negative, Quantity, Sum
from lossclass.arithmetic.notation import PLAIN
from lossclass.arithmetic.replacing import replaced
from lossclass.arithmetic.symbol import Symbol
from lossclass.losses.crf_options import VITERBI
from lossclass.losses.shapes import formulas, network
from lossclass.losses.shapes.common_slips import shared_slips
from lossclass.losses.shapes.lattice import sequences, tagging
from lossclass.losses.shapes.lattice import slips as lattice
from lossclass.losses.shapes.lattice.cells import (
    LARGEST_EXPONENT,
    LARGEST_SCORE,
    Cells,
    Semiring,
    log_sum_exp,
    logarithms,
)
from lossclass.problem.arrays import NumberRows, shape_of
from lossclass.problem.fields import Labels, Numbers
from lossclass.problem.keys import Inconsistency, LogarithmKeys
from lossclass.problem.moves import Kind, Moves
from lossclass.second_road import Doubles, doubles, np
from lossclass.slips import Slip
from lossclass.slips.making import everywhere_and_once
from lossclass.working import Working

TITLE = "Linear-chain CRF (conditional random field), negative log-likelihood"
FORMULA = "L = ln Z(x) − s(x, y),  Z(x) = Σ exp(s(x, y′)) over all paths y′"
ALIASES = ("conditional_random_field", "linear_chain_crf")
_SCORES = Annotated[Numbers, Moves(Kind.NUMBER)]


class Inputs(network.RnnKeys, LogarithmKeys):
    """``emissions`` (T × K) or a network with K outputs, ``transitions`` (K × K), ``y_true`` (T tags);
    ``tags`` (K names), ``start`` and ``end`` (K)."""

    FROM_RNN: ClassVar[network.FromRnn] = network.FromRnn(
        ("identity",), "a CRF takes scores", every_step="a CRF takes scores for each time step"
    )
    HOLDERS: ClassVar[tuple[str, ...]] = ("emissions",)
    OUTPUTS: ClassVar[str] = "emissions"

    tags: Labels | None = None
    emissions: Annotated[NumberRows, Moves(Kind.NUMBER)] | None = None
    transitions: Annotated[NumberRows, Moves(Kind.NUMBER)]
    start: _SCORES | None = None
    end: _SCORES | None = None
    y_true: Labels

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Those of the tags; without any, their places from 0."""
        return sequences.numbered(self.tags, len(self.transitions))

    @cached_property
    def path(self) -> tuple[int, ...]:
        """The true tags, by their places from 1."""
        return sequences.places_of(self.y_true, self.names)

    @classmethod
    def inconsistencies(cls, given: Mapping[str, Any]) -> Iterator[Inconsistency]:
        yield from super().inconsistencies(given)
        yield from network.wrong_number_of_predictions(given, cls.HOLDERS)
        emissions = given.get("emissions")
        shape = network.rnn_shape(given) if emissions is None else shape_of(emissions)
        if shape is None:
            return
        times, count = shape
        where, each = "rnn", "one for each output"
        each_time = (
            network.said_of_rnn(given) if emissions is None else "one for each row of the emissions"
        )
        if emissions is not None:
            where, each = "emissions", "one for each column of the emissions"
        if said := tagging.too_large(times, count):
            yield (where,), said
        yield from sequences.wrong_names("tags", given.get("tags"), count, each)
        yield from sequences.no_square("transitions", given.get("transitions"), count, "tag")
        for key in ("start", "end"):
            if given.get(key) is not None and len(given[key]) != count:
                yield (key,), f"expected {count} numbers, {each}, got {len(given[key])}"
        path = given.get("y_true") or ()
        if "y_true" in given and len(path) != times:
            yield ("y_true",), f"expected {times} tags, {each_time}, got {len(path)}"
        for position, tag in enumerate(path):
            names = sequences.numbered(given.get("tags"), count)
            yield from sequences.unknown(tag, names, ("y_true", position), "tag")


def formula_of(inputs: Inputs) -> str:
    """The formula that a problem is worked by."""
    base = "" if inputs.log_base == "e" else f" / ln {inputs.log_base}"
    term = "ln Z(x) − s(x, y)"
    term = f"({term}){base}" if base or inputs.weights is not None else term
    return sequences.formula(inputs, term, "Z(x) = Σ exp(s(x, y′)) over all paths y′")


# --- NumPy's road --------------------------------------------------------------------------


def _chain(inputs: Inputs) -> tagging.Chain:
    nothing = [0] * len(inputs.transitions)
    rows = inputs.emissions or network.rnn_outputs(inputs)
    start, end = inputs.start or nothing, inputs.end or nothing
    return tagging.Chain(doubles(start), doubles(inputs.transitions), doubles(rows), doubles(end))


def value(inputs: Inputs) -> Any:
    """The answer, from ln Z(x) − s(x, y)."""
    chain, path = _chain(inputs), np.array(inputs.path) - 1
    score = chain.begin[path[0]] + chain.end[path[-1]]
    score += chain.own[np.arange(len(path)), path].sum() + chain.arc[path[:-1], path[1:]].sum()
    return sequences.answer(inputs, chain.log_sum() - score)


def gradient(inputs: Inputs) -> formulas.ClosedForm:
    """What is expected minus what is observed: by the emissions, the transitions, start and end."""
    chain, path = _chain(inputs), np.array(inputs.path) - 1
    there, pairs = chain.occupancies()
    observed, moved = np.zeros_like(chain.own), np.zeros_like(chain.arc)
    observed[np.arange(len(path)), path] = 1
    np.add.at(moved, (path[:-1], path[1:]), 1)
    factor = sequences.scale(inputs)
    slopes: dict[str, Doubles] = {
        "emissions": factor * (there - observed),
        "transitions": factor * (pairs.sum(axis=0) - moved),
    }
    slopes |= {"start": slopes["emissions"][0]} if inputs.start else {}
    slopes |= {"end": slopes["emissions"][-1]} if inputs.end else {}
    says = (
        "∂L/∂e_t(k) = γ_t(k) − 1 where k is the true tag at time t, and γ_t(k) elsewhere; ∂L/∂A(i, j) = "
        f"Σ_t ξ_t(i, j) minus how often the true path goes from i to j.{sequences.all_beside(inputs)}"
    )
    says += " ∂L/∂A(start, k) is ∂L/∂e_t(k) at the first time." if inputs.start else ""
    says += " ∂L/∂A(k, end) is ∂L/∂e_t(k) at the last time." if inputs.end else ""
    values = {key: formulas.by_index(each) for key, each in slopes.items()}
    if inputs.rnn is not None:
        return formulas.through_network(inputs.rnn, slopes["emissions"], says, values)
    return formulas.ClosedForm(says, values)


#: By all scores, and the network's numbers.
differentiated = partial(formulas.by_what, keys=("emissions", "transitions", "start", "end"))


# --- the road by hand ----------------------------------------------------------------------


def solve(inputs: Inputs, working: Working) -> Sequence[Quantity]:
    """The steps: ``score``, ``alpha.T.K``, ``log_partition``, ``loss``; on request ``delta.T.K``,
    ``psi.T.K``, ``best_score``, ``best.T``; for the gradient ``beta.T.K``, ``occupancy.T.K``,
    ``pair_occupancy.T.I.J``."""
    scores = _given(inputs, working)
    is_large = _largest(working, scores) > LARGEST_EXPONENT

    def semiring(table: str) -> Semiring:
        return logarithms(working, table, sheet.paper.symbol, shifted=is_large)

    sheet = tagging.Tagging(working, inputs.names, "tag", scores, semiring, LARGEST_SCORE)
    working.section("The score of the true path")
    table = sheet.summed("score")
    score = working.step(
        "score",
        Symbol("s", (), (Symbol("x"), Symbol("y"))),
        table.semiring.whole(table.parts_of([*enumerate(inputs.path, start=1)])),
        title="The score of the true path",
        why="The emissions of its tags, and the transitions between them, are added.",
    )
    alpha = _write_forward(sheet, is_large=is_large)
    working.section("The partition function, and the loss")
    largest = ("log_partition_max", Symbol(working.letter("m", "M"))) if is_large else None
    total = working.step(
        "log_partition",
        Symbol("Z", ("log",)),
        log_sum_exp(working, sheet.summed("log_partition").at_the_end(alpha), largest),
        title="ln Z: the logarithm of the sum over all paths",
        why="It is called Z_log here: the log-sum-exp of the last α.",
    )
    answers = sequences.write_answers(
        inputs,
        working,
        sequences.in_base(inputs, Sum(total, Negative(score))),
        ("The loss", "The negative log-likelihood"),
        "The probability of the true path is exp(s − ln Z), and this is minus its logarithm.",
    )
    _write_all_paths(sheet, total)
    if working.wanted[VITERBI]:
        says = "δ_t(k) is the largest score of all paths up to time t that end in k: α, with max in the place of the log-sum-exp."
        sheet.write_viterbi(Symbol("s", ("best",)), says)
    if working.wanted.gradient or inputs.train is not None:
        _write_gradient(inputs, sheet, alpha, total)
    return answers


def _given(inputs: Inputs, working: Working) -> tagging.Chained:
    """Write what is given, and the network that makes the emissions."""
    names = inputs.names

    def emission(t: int, letter: str, k: int) -> Symbol:
        return Symbol(letter, (t,), (names[k - 1],))

    def way(key: str, k: int) -> Symbol:
        name = names[k - 1]
        return Symbol("A", (), (key, name) if key == "start" else (name, key))

    working.section("Given")
    working.say(
        f"The true path is {', '.join(names[k - 1] for k in inputs.path)}. e_t(k) is the score of tag "
        "k at time t, A(i, j) that of going from tag i to tag j."
    )
    if inputs.emissions is None:
        emissions = network.write_rnn(
            working, inputs, name="emissions", symbol=Symbol("e"), flat=False, names=emission
        ).predictions
        working.section("The scores of a path")
    else:
        emissions = tagging.given_rows(
            working, "emissions", inputs.emissions, lambda t, k: emission(t, "e", k)
        )
    working.say("The emissions e_t(k), by time (down) and tag (across):")
    times = [str(t) for t in range(1, len(emissions) + 1)]
    tagging.write_table(working, "emissions", ("t", *names), times, emissions)
    says = "The transitions A(i, j), from tag i (down) to tag j (across):"
    transitions = tagging.given_table(
        working, "transitions", inputs.transitions, "A", (names, names), "from", says
    )
    ends: list[Sequence[Quantity]] = []
    for key, what in (("start", "begin"), ("end", "end")):
        ends.append(tagging.given_row(working, key, getattr(inputs, key), partial(way, key)))
        if ends[-1]:
            working.say(f"What it scores to {what} with each tag:")
            tagging.write_table(working, key, ("", *names), ["A"], [ends[-1]])
    start, end = ends
    return tagging.Chained(start, transitions, emissions, end)


def _largest(working: Working, scores: tagging.Chained) -> Decimal:
    """A size that no path's score is beyond."""

    def largest(row: Sequence[Quantity]) -> Decimal:
        return max((abs(working.values[each.id]) for each in row), default=Decimal(0))

    moves = max(map(largest, scores.between)) * (len(scores.at_times) - 1)
    rows = [*scores.at_times, scores.start, scores.final]
    return sum(map(largest, rows), moves)


def _write_forward(sheet: tagging.Tagging, *, is_large: bool) -> Cells:
    working = sheet.working
    working.section("Forward variables α")
    working.say(
        "α_t(k) is the logarithm of the sum of exp(score) over all beginnings of paths that are in tag k "
        "at time t: the log-sum-exp of the α of the time before, each with the transition to k, and the "
        "emission of k added."
    )
    if is_large:
        working.say(
            "The scores are large, so the largest of the terms, m, is taken out of each log-sum-exp: ln(exp(a) "
            "+ exp(b)) = m + ln(exp(a − m) + exp(b − m))."
        )
    alpha = sheet.write_forward()
    sheet.draw(alpha, "a way from one tag to the next")
    return alpha


def _write_all_paths(sheet: tagging.Tagging, total: Quantity) -> None:
    """Tabulate the scores of all paths, and add them up without α."""
    working = sheet.working
    says = "Every path has a score s, and the probability exp(s − ln Z)."
    paths = sheet.write_paths("s", ("score s", "exp(s − ln Z)"), total, says)
    shares = [working.values[each.id] for each in paths]
    if abs(sum(shares, Decimal(-1))) <= Decimal("1e-30"):
        text = f"Together the {len(paths)} paths have the probability 1, as they should."
        working.say(text, tells=True)
    elif paths:
        working.remark(
            "proof-fails",
            "The probabilities of all paths should sum to 1, and they do not. Do not rely on this answer, "
            "and please report the problem file.",
        )


# --- the gradient --------------------------------------------------------------------------


def _write_gradient(inputs: Inputs, sheet: tagging.Tagging, alpha: Cells, total: Quantity) -> None:
    """Write β, γ and ξ, and the derivatives from them: expected minus observed."""
    working = sheet.working
    working.section("The gradient: backward variables β, and occupancies")
    last = "it is 0, the logarithm of 1" if inputs.end is None else "it is the score to end with k"
    working.say(
        "β_t(k) is the logarithm of the sum of exp(score) over all ways on from tag k at time t, without its "
        f"own emission. At the last time nothing is left but to end: {last}. α + β − ln Z is "
        "the logarithm of γ_t(k), the probability that a path has tag k at time t; that of ξ_t(i, j), the "
        "probability that it goes from i at time t to j, has the transition and the emission in it."
    )
    occupancies = sheet.write_occupancies(alpha, sheet.write_backward(), total)
    working.section("The gradient: expected minus observed")
    working.say(
        "What is expected is how often a path has a tag, or a transition; what is observed, how "
        f"often the true one has.{sequences.all_beside(inputs)}"
    )
    path = [*enumerate(inputs.path, start=1)]
    k = range(1, len(inputs.names) + 1)

    def write(key: str, place: tuple[int, ...], expected: Expression, observed: int) -> None:
        of = working.at(key, place)
        slope = Sum(expected, Negative(Constant(observed))) if observed else expected
        working.derivatives[of.id] = working.step(
            f"gradient.{of.name}",
            Symbol("L", by=of.symbol),
            sequences.scaled(inputs, working, slope),
            title=f"The derivative by {PLAIN.symbol(of.symbol)}",
        )

    for node, share in occupancies.at.items():
        write("emissions", node, share, int(node in path))
    for i in k:
        for j in k:
            moved = [*pairwise(inputs.path)].count((i, j))
            write("transitions", (i, j), occupancies.expected(i, j), moved)
    for key, t in (("start", 1), ("end", len(path))):
        if getattr(inputs, key) is not None:
            for each in k:
                write(key, (each,), occupancies.at[t, each], int((t, each) in path))


# --- slips and libraries -------------------------------------------------------------------


def slips(inputs: Inputs, calculation: Calculation) -> Iterator[Slip]:
    """What may be done to the paths, the transitions, the score, and what is made of them."""

    def emissions(t: int) -> Sequence[Quantity]:
        beside = (f"given.emissions.{t}.", f"emissions.{t}.")
        return [each for each in calculation if each.id.startswith(beside)]

    def added(*ways: Expression) -> Expression:
        return Log(Sum(*map(Exp, ways)))

    yield from lattice.other_best_paths(calculation, emissions, added)
    cells = [*calculation.all("alpha"), calculation.by_id["log_partition"]]
    text = (
        "The largest is taken where log-sum-exp belongs: ln Z is over all paths, not the best one."
    )
    yield from lattice.other_meetings(calculation, "max-for-sum", text, cells)
    text = "The scores of the paths are added: log-sum-exp of them belongs there."
    yield from lattice.other_meetings(calculation, "log-sum-exp-forgotten", text, cells, Sum)
    yield from lattice.transposed(calculation, "transitions", "A")
    zero = Decimal(0)
    yield from lattice.left_out(
        calculation,
        zero,
        ("start", "start-forgotten", "The scores of the start are left out."),
        ("end", "end-forgotten", "The scores of the end are left out."),
        (
            "transitions",
            "transitions-forgotten",
            "The transitions are left out, only the emissions count.",
        ),
    )
    text = "ln Z is left out: this is minus the score, and no logarithm of a probability."
    yield Slip("log-partition-forgotten", text, {"log_partition": zero})
    text = "The score of the true path is left out: this is ln Z alone."
    yield Slip("score-forgotten", text, {"score": zero})
    yield from lattice.exchanged(
        calculation,
        inputs.names,
        ("start", 2, "the scores of the start"),
        ("end", 2, "the scores of the end"),
        ("emissions", 3, "the emissions"),
        ("transitions", 2, "the rows of A"),
    )
    logarithm = calculation.by_id["score"] - calculation.by_id["log_partition"]
    text = (
        "This is the probability of the true path, exp(s − ln Z): the loss is minus its logarithm."
    )
    yield Slip("logarithm-forgotten", text, {lattice.loss_of(calculation).id: Exp(logarithm)})
    yield from lattice.divided(
        calculation, ("divided-by-length", len(inputs.path), "the number of tags")
    )
    yield from _of_the_gradient(inputs, calculation)
    yield from shared_slips(calculation)


def _of_the_gradient(inputs: Inputs, calculation: Calculation) -> Iterator[Slip]:
    yield from lattice.from_one_side(calculation, len(inputs.names), Exp)
    slopes = [
        each
        for name in ("emissions", "transitions", "start", "end")
        for each in calculation.all(f"gradient.{name}")
    ]
    text = "What is observed on the true path is not taken off."
    expected = {
        each.id: replaced(
            each.definition, lambda node: Constant(0) if isinstance(node, Negative) else None
        )
        for each in slopes
        if any(isinstance(part, Negative) for part in each.definition.operands)
    }
    yield from everywhere_and_once(calculation, "observed-forgotten", text, expected)


conventions = lattice.in_logarithms
frameworks = sequences.no_library("crf")
