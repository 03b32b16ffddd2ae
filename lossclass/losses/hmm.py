"""Hidden Markov model: −ln p(x), with p(x) = Σ P(x, z) over all state paths z; and the best path.

A path z names a state for every time step; P(x, z) is the product of π(z₁), of the transitions a and of
the probabilities b with which each state puts out what was observed. Source: Rabiner, "A tutorial on
hidden Markov models and selected applications in speech recognition", Proceedings of the IEEE 77
(1989), sections III and, for Baum–Welch, III.C.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from functools import cached_property, partial
from typing import Annotated, Any

from pydantic import WithJsonSchema

from lossclass.arithmetic.calculation import Calculation
from lossclass.arithmetic.expression import (
    Constant,
    Expression,
    Log,
    Quantity,
    Quotient,
    sum_of,
)
from lossclass.arithmetic.notation import PLAIN
from lossclass.arithmetic.symbol import Symbol
from lossclass.losses.hmm_options import BACKWARD, BAUM_WELCH
from lossclass.losses.shapes.common_slips import shared_slips
from lossclass.losses.shapes.formulas import ClosedForm, by_index, by_what, log
from lossclass.losses.shapes.lattice import sequences, tagging
from lossclass.losses.shapes.lattice import slips as lattice
from lossclass.losses.shapes.lattice.cells import LARGEST_PROBABILITY, PROBABILITIES, Cells, Worked
from lossclass.losses.shapes.observations import remark_on_sum
from lossclass.problem.arrays import ProbabilityRows, shape_of
from lossclass.problem.fields import PROBABILITY, AsColumn, AsList, Labels, Probability
from lossclass.problem.keys import Inconsistency, LogarithmKeys
from lossclass.problem.moves import Kind, Moves
from lossclass.second_road import Doubles, doubles, np
from lossclass.slips import Convention, Slip
from lossclass.working import Working

TITLE = "Hidden Markov model, negative log-likelihood"
FORMULA = "L = −ln p(x),  p(x) = Σ P(x, z) over all state paths z"
ALIASES = ("hidden_markov_model",)
_Row = Annotated[
    tuple[Probability, ...],
    AsList,
    WithJsonSchema({"type": ["array", "number"], "items": PROBABILITY}),
    Moves(Kind.DISTRIBUTION),
]


class Inputs(LogarithmKeys):
    """``initial`` (K), ``transition`` (K × K, from and to), ``emission`` (K × M), ``observations`` (T of
    the symbols); ``states`` (K names), ``symbols`` (M names)."""

    states: Labels | None = None
    symbols: Labels | None = None
    initial: _Row
    transition: ProbabilityRows
    emission: ProbabilityRows
    observations: Annotated[Labels, AsColumn]

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Those of the states; without any, their places from 0."""
        return sequences.numbered(self.states, len(self.initial))

    @cached_property
    def alphabet(self) -> tuple[str, ...]:
        """The names of the symbols, likewise."""
        return sequences.numbered(self.symbols, len(self.emission[0]))

    @cached_property
    def observed(self) -> tuple[int, ...]:
        """What was observed, by its place from 1."""
        return sequences.places_of(self.observations, self.alphabet)

    @classmethod
    def inconsistencies(cls, given: Mapping[str, Any]) -> Iterator[Inconsistency]:
        yield from super().inconsistencies(given)
        if (initial := given.get("initial")) is None:
            return
        count, emission = len(initial), given.get("emission")
        yield from sequences.wrong_names(
            "states", given.get("states"), count, "one for each number in initial"
        )
        yield from sequences.no_square("transition", given.get("transition"), count, "state")
        if emission is None:
            return
        rows, width = shape_of(emission)
        if rows != count:
            yield ("emission",), f"expected {count} rows, one for each state, got {rows}"
        symbols, observed = given.get("symbols"), given.get("observations")
        yield from sequences.wrong_names(
            "symbols", symbols, width, "one for each column of emission"
        )
        if observed is None:
            return
        if not observed:
            yield ("observations",), "expected at least one observation, got none"
        if said := tagging.too_large(len(observed), count):
            yield ("observations",), said
        for position, each in enumerate(observed):
            yield from sequences.unknown(
                each, sequences.numbered(symbols, width), ("observations", position), "symbol"
            )


def formula_of(inputs: Inputs) -> str:
    """The formula that a problem is worked by."""
    where = "p(x) = Σ P(x, z) over all state paths z"
    return sequences.formula(inputs, f"−{log(inputs.log_base)} p(x)", where)


# --- NumPy's road --------------------------------------------------------------------------


def _chain_of(inputs: Inputs) -> tagging.Chain:
    given = (inputs.initial, inputs.transition, inputs.emission)
    with np.errstate(divide="ignore"):  # ln 0 is −∞, as it should be
        begin, arc, out = (np.log(doubles(each)) for each in given)
    return tagging.Chain(begin, arc, out.T[np.array(inputs.observed) - 1], np.zeros(len(begin)))


def value(inputs: Inputs) -> Any:
    """The answer, from −ln p(x)."""
    return sequences.answer(inputs, -_chain_of(inputs).log_sum())


def gradient(inputs: Inputs) -> ClosedForm:
    """By π, a and b: minus how often each is expected to be used, divided by it."""
    chain, observed = _chain_of(inputs), np.array(inputs.observed) - 1
    before, behind, total = chain.forward(), chain.backward(), chain.log_sum()
    # what stands beside each number on the paths: nothing is divided by a 0, but p(x)
    first = tagging.share_of(chain.own[0] + behind[0], total)
    pairs = tagging.share_of(before[:-1, :, None] + (chain.own + behind)[1:, None, :], total)
    arriving = np.logaddexp.reduce(before[:-1, :, None] + chain.arc, axis=1)
    at_each = tagging.share_of(np.vstack([chain.begin, arriving]) + behind, total)
    put_out: Doubles = np.zeros((len(inputs.names), len(inputs.alphabet)))
    np.add.at(put_out.T, observed, at_each)
    factor = -sequences.scale(inputs)
    slopes: dict[str, Doubles] = {
        "initial": factor * first,
        "transition": factor * pairs.sum(axis=0),
        "emission": factor * put_out,
    }
    says = (
        "∂L/∂π(k) = −γ₁(k) / π(k), ∂L/∂a(i, j) = −Σ_t ξ_t(i, j) / a(i, j), ∂L/∂b(k, m) = −Σ γ_t(k) / b(k, m) "
        "over the time steps with m. Of a number that is 0, it is minus what stands beside it on the paths, "
        f"divided by p(x).{sequences.all_beside(inputs)}"
    )
    return ClosedForm(says, {key: by_index(each) for key, each in slopes.items()})


#: By all probabilities.
differentiated = partial(by_what, keys=("initial", "transition", "emission"))


# --- the road by hand ----------------------------------------------------------------------


def solve(inputs: Inputs, working: Working) -> Sequence[Quantity]:
    """The steps: ``alpha.T.K``, ``probability``, ``loss``; ``delta.T.K``, ``psi.T.K``, ``best_score``,
    ``best.T``; on request ``beta.T.K``, ``occupancy.T.K``, ``pair_occupancy.T.I.J``, and the new
    ``updated.initial.K``, ``updated.transition.I.J``, ``updated.emission.K.M``."""
    given = _given(inputs, working)
    sheet = tagging.Tagging(
        working, inputs.names, "state", given, lambda _: PROBABILITIES, LARGEST_PROBABILITY
    )
    working.section("Forward variables α")
    working.say(
        "α_t(k) is the probability of what was observed up to time t, with state k at time t: the α of the "
        "time before, each times the transition to k, are added, and the sum is multiplied by the probability "
        "with which k puts out what was observed at t."
    )
    alpha = sheet.write_forward()
    sheet.draw(alpha, "a transition from one state to the next")
    working.section("The probability of what was observed, and the loss")
    total = working.step(
        "probability",
        Symbol("p", (), (Symbol("x"),)),
        sum_of(sheet.summed("probability").at_the_end(alpha)),
        title="The probability of what was observed",
        why="The α of the last time step are added.",
    )
    text = "No state path can put out what was observed, so p(x) = 0 and the loss is ∞."
    answers = sequences.write_minus_log(inputs, working, total, text)
    if not working.values[total.id]:
        return answers
    says = "Every path z has a probability P(x, z) together with what was observed, and the share P(x, z) / p(x) of it."
    sheet.write_paths("P", ("P(x, z)", "its share"), total, says)
    says = "δ_t(k) is the probability of the best path up to time t that ends in k: α, with max in the place of the sum."
    sheet.write_viterbi(Symbol("P", ("best",)), says)
    if working.wanted[BACKWARD] or working.wanted[BAUM_WELCH]:
        working.section("Backward variables β, and the probabilities of states")
        working.say(
            "β_t(k) is the probability of what was observed after time t, given state k at time t. After the last "
            "time nothing was observed, and β is 1. γ_t(k), the "
            "probability of state k at time t given all that was observed, is α · β / p(x); that of going from i at "
            "time t to j, ξ_t(i, j), has the transition and what j puts out in it."
        )
        found = sheet.write_occupancies(alpha, sheet.write_backward(), total)
        if working.wanted[BAUM_WELCH]:
            _write_baum_welch(inputs, sheet, found)
    return answers


def _given(inputs: Inputs, working: Working) -> tagging.Chained:
    names, alphabet = inputs.names, inputs.alphabet
    working.section("Given")
    observed = ", ".join(alphabet[m - 1] for m in inputs.observed)
    working.say(
        f"What was observed: {observed}. π(k) is the probability to begin in state k, a(i, j) that of going from "
        "state i to state j, b(k, m) that with which state k puts out m."
    )
    initial = tagging.given_row(
        working, "initial", inputs.initial, lambda k: Symbol("π", (), (names[k - 1],))
    )
    tagging.write_table(working, "initial", ("", *names), ["π"], [initial])
    says = "The transitions a(i, j), from state i (down) to state j (across):"
    transition = tagging.given_table(
        working, "transition", inputs.transition, "a", (names, names), "from", says
    )
    says = "What the states put out, b(k, m), by state (down) and symbol (across):"
    emission = tagging.given_table(
        working, "emission", inputs.emission, "b", (names, alphabet), "state", says
    )
    remark_on_sum(working, inputs.initial, "The probabilities to begin", "")
    for key, rows in (("transition", inputs.transition), ("emission", inputs.emission)):
        for name, row in zip(names, rows, strict=True):
            remark_on_sum(working, row, f"The probabilities of {key} from state {name}", "")
    return tagging.Chained(initial, transition, _at_times(inputs, emission))


def _at_times(
    inputs: Inputs, emission: Sequence[Sequence[Quantity]]
) -> Sequence[Sequence[Quantity]]:
    """By time and state, the probability of what was observed."""
    return [[row[m - 1] for row in emission] for m in inputs.observed]


def _write_baum_welch(inputs: Inputs, sheet: tagging.Tagging, found: tagging.Occupancies) -> None:
    """Write the new π, a and b, and what they make of the loss."""
    working, names, alphabet = sheet.working, inputs.names, inputs.alphabet
    times, k, states = range(1, sheet.lattice.T + 1), range(1, len(names) + 1), found.at
    working.section("One step of Baum–Welch")
    working.say(
        "The new numbers are what is expected: π′(k) = γ₁(k); a′(i, j) is how often a path is expected to go "
        "from i to j, divided by how often it leaves i, M(i); b′(k, m) is how often k is expected to put out m, "
        "divided by how often a path is in k, N(k). What is never used keeps its number."
    )

    def write(of: Quantity, above: Expression, below: Quantity | None = None) -> Quantity:
        symbol = Symbol(f"{of.symbol.letter}′", (), of.symbol.arguments)
        if below is not None:
            above = above / below if working.values[below.id] else of
        title = f"The new {PLAIN.symbol(of.symbol)}"
        return working.step(f"updated.{of.name}", symbol, above, title=title)

    initial = [write(working.at("initial", (i,)), states[1, i]) for i in k]
    transition: list[list[Quantity]] = []
    if len(times) > 1:
        left = _often(sheet, states, "expected_left", "M", len(times) - 1)
        transition = [
            [write(working.at("transition", (i, j)), found.expected(i, j), left[i - 1]) for j in k]
            for i in k
        ]
    visits = _often(sheet, states, "expected_in", "N", len(times))
    emission = [
        [
            write(
                working.at("emission", (i, m)),
                sum_of([states[t, i] for t in times if inputs.observed[t - 1] == m]),
                visits[i - 1],
            )
            for m in range(1, len(alphabet) + 1)
        ]
        for i in k
    ]
    _say_new_loss(inputs, sheet, tagging.Chained(initial, transition, _at_times(inputs, emission)))


def _often(
    sheet: tagging.Tagging, states: Cells, name: str, letter: str, until: int
) -> list[Quantity]:
    """Write how often a path is expected to be in each state, up to a time."""
    what = "leaves" if letter == "M" else "is in"
    return [
        sheet.working.step(
            f"{name}.{k}",
            Symbol(letter, (), (state,)),
            sum_of([states[t, k] for t in range(1, until + 1)]),
            title=f"How often a path {what} {state}",
        )
        for k, state in enumerate(sheet.names, start=1)
    ]


def _say_new_loss(inputs: Inputs, sheet: tagging.Tagging, new: tagging.Chained) -> None:
    """Say what minus the logarithm of p(x) is with the new numbers: over α once more, without steps."""
    table = Worked(sheet.lattice, new, PROBABILITIES)
    working, values = sheet.working, sheet.working.values
    now, old = (
        working.text((-Log(Constant(size), inputs.log_base)).value({}))
        for size in (table.total(values), values["probability"])
    )
    text = f"With the new numbers −{log(inputs.log_base)} p(x) is {now}; it was {old}."
    if all(sum(row) <= 1 for row in (inputs.initial, *inputs.transition, *inputs.emission)):
        text += (
            " It never rises: of all numbers, the new ones make the expected logarithm of p(path, x) "
            "largest, with the paths as probable as γ and ξ have them, and ln p(x) grows by no less than "
            "that (expectation maximization, EM)."
        )
    else:
        text += (
            " It may rise here: some of the old numbers that belong together sum to more than 1."
        )
    working.say(text, tells=True)


# --- slips and libraries -------------------------------------------------------------------


def conventions(inputs: Inputs, calculation: Calculation) -> Iterator[Convention]:
    """The tables in logarithms, and the forward variables scaled."""
    yield from lattice.in_logarithms(inputs, calculation)
    yield from lattice.scaled(calculation)


def slips(inputs: Inputs, calculation: Calculation) -> Iterator[Slip]:
    """What may be done to the paths, to what is given, and to the best path."""

    def own(t: int) -> Sequence[Quantity]:
        m = inputs.observed[t - 1]
        return [
            calculation.by_id[f"given.emission.{k}.{m}"] for k in range(1, len(inputs.names) + 1)
        ]

    yield from lattice.other_best_paths(calculation, own)
    cells = [*calculation.all("alpha"), calculation.by_id["probability"]]
    text = "The largest is taken where the sum belongs: p(x) is over all paths, not the best one."
    yield from lattice.other_meetings(calculation, "max-for-sum", text, cells, ways=lattice.summed)
    yield from lattice.transposed(calculation, "transition", "a")
    yield from lattice.left_out(
        calculation,
        Decimal(1),
        ("initial", "start-forgotten", "The probabilities π to begin in a state are left out."),
        ("transition", "transitions-forgotten", "The transitions are left out."),
        (
            "emission",
            "emissions-forgotten",
            "The probabilities b of what was observed are left out.",
        ),
    )
    yield from lattice.exchanged(
        calculation,
        inputs.names,
        ("initial", 2, "π"),
        ("emission", 2, "the rows of b"),
        ("transition", 2, "the rows of a"),
    )
    yield from lattice.from_one_side(calculation, len(inputs.names))
    yield from lattice.divided(
        calculation, ("divided-by-length", len(inputs.observed), "the number of time steps")
    )
    yield from _of_baum_welch(calculation)
    yield from shared_slips(calculation)


def _of_baum_welch(calculation: Calculation) -> Iterator[Slip]:
    """The new transitions divided by N, and what is put out by M."""
    counts = {name: calculation.all(f"expected_{name}") for name in ("left", "in")}
    for key, other, text in (
        ("transition", "in", "It is divided by N, the time steps in the state: M, those before the last, belongs there."),
        ("emission", "left", "It is divided by M, the time steps before the last: N, all those in the state, belongs there."),
    ):  # fmt: skip
        changed: dict[str, Expression] = {}
        for each in calculation.all(f"updated.{key}"):
            state = int(each.id.split(".")[2]) - 1
            if isinstance(each.definition, Quotient) and counts[other]:
                changed[each.id] = Quotient(each.definition.operands[0], counts[other][state])
        if changed:
            yield Slip("divided-by-other-count", text, changed)


frameworks = sequences.no_library("hmm")
