"""The backward variables β, and the proof that every way to p(l|x) comes to the same number.

β_t(s) is the probability of all ways to go on from position s at time t to an end, y_t not
included. Sources: Graves, *Supervised Sequence Labelling with Recurrent Neural Networks* (2012),
equations 7.11 to 7.13; with y_t included: Graves et al. (2006), equations 9 to 11 and 14.
"""

from __future__ import annotations

from decimal import Decimal

from lossclass.arithmetic.expression import Constant, Expression, Product, Quantity, Sum, sum_of
from lossclass.arithmetic.notation import PLAIN
from lossclass.arithmetic.symbol import Symbol
from lossclass.losses.ctc.answer import probability_of
from lossclass.losses.ctc.sheet import Cells, Sheet

#: The ways in the proof agree if they are apart by no more than this, relatively.
AGREEMENT = Decimal("1e-12")
_PROOF_DIGITS = 12
#: So many factors of alignments are multiplied for the proof.
_MOST_FACTORS = 200_000


def beta(t: int, s: int) -> Symbol:
    """The symbol of a cell."""
    return Symbol("β", (t,), (str(s),))


def name_backward(sheet: Sheet) -> Cells:
    """β of every time, by position; nothing is written."""
    later: dict[int, Quantity] = {}
    cells: Cells = []
    for t in range(sheet.T, 0, -1):
        later = {
            s: sheet.working.name(f"beta.{t}.{s}", beta(t, s), _expression(sheet, t, s, later))
            for s in range(1, sheet.lattice.S + 1)
        }
        cells.append(later)
    return cells[::-1]


def _expression(sheet: Sheet, t: int, s: int, later: dict[int, Quantity]) -> Expression:
    lattice = sheet.lattice
    if t == sheet.T:
        return Constant(1 if s in lattice.ends else 0)
    if s not in lattice.useful[t - 1]:
        return Constant(0)
    onward = [
        Product(later[goal], sheet.outputs(t + 1, lattice.symbol(goal)))
        for goal in lattice.goals(s)
        if goal in lattice.useful[t]
    ]
    return sum_of(onward)


def write_backward(sheet: Sheet, cells: Cells) -> None:
    """Write the named β as steps, from the last time to the first, and its tables."""
    working = sheet.working
    working.section("Backward variables β")
    working.say(
        "β_t(s) is the probability of all ways to go on from position s at time t to an end. It is "
        "the sum, over the positions to which they can go, of β there times the probability y of the "
        "symbol there. At the last time it is 1 where an alignment may end, and 0 elsewhere."
    )
    for t in range(sheet.T, 0, -1):
        for s, cell in cells[t - 1].items():
            working.write_down(
                cell,
                title=f"Time {t}, position {s}: {sheet.called(s)}",
                why=_rule(sheet, t, s),
            )
    working.say("All of β, by time t (down) and position s (across):")
    sheet.write_cells("beta", cells)
    working.say(
        "Two conventions: this β_t(s) leaves y_t out, as Graves' book and TensorFlow do, so that "
        "Σ_s α_t(s) · β_t(s) = p(l|x) at every t. In the paper of 2006, and in PyTorch, y_t is "
        "inside: β̂_t(s) = β_t(s) · y_t(l′_s), and p(l|x) = Σ_s α_t(s) · β̂_t(s) / y_t(l′_s). "
        "That β̂ is:"
    )
    inside = [
        {s: _inside(sheet, t, s, cell) for s, cell in row.items()}
        for t, row in enumerate(cells, start=1)
    ]
    sheet.write_cells("beta_inside", inside)


def _inside(sheet: Sheet, t: int, s: int, cell: Quantity) -> Quantity:
    return sheet.working.name(
        f"beta_inside.{t}.{s}",
        Symbol("β", (t,), (str(s),), hat=True),
        Product(cell, sheet.outputs(t, sheet.lattice.symbol(s))),
    )


def _rule(sheet: Sheet, t: int, s: int) -> str:
    """Why a cell goes on to those that it goes on to."""
    lattice = sheet.lattice
    if t == sheet.T:
        return f"An alignment {'may' if s in lattice.ends else 'does not'} end here."
    if s not in lattice.useful[t - 1]:
        left = "1 more step" if sheet.T - t == 1 else f"{sheet.T - t} more steps"
        return f"From here no alignment comes to an end in {left}."
    goals = [goal for goal in lattice.goals(s) if goal in lattice.useful[t]]
    words = {s: "stay", s + 1: f"step to {s + 1}", s + 2: f"skip to {s + 2}"}
    *most, final = [words[goal] for goal in goals]
    said = f"{', '.join(most)} or {final}" if most else final
    late = [words[goal] for goal in lattice.goals(s) if goal not in goals]
    more = f" (To {' or '.join(late)} would be too late to end.)" if late else ""
    return f"{said[0].upper()}{said[1:]}.{more}"


def write_proof(sheet: Sheet, alpha: Cells, beta: Cells) -> None:
    """Write p(l|x) by every way: over the alignments, by α, by α and β at each time, by NumPy."""
    working = sheet.working
    working.section("The proof: every way comes to the same")
    rows: list[tuple[str, Quantity]] = []
    if enumerated := _enumerated(sheet):
        count = sheet.lattice.count
        what = "the only alignment" if count == 1 else f"the sum over all {count} alignments"
        rows.append((what, enumerated))
    ends = " + ".join(PLAIN.symbol(alpha[-1][s].symbol) for s in sheet.lattice.ends)
    rows.append((f"forward: {ends}", working.quantity("probability")))
    for t, (forward, backward) in enumerate(zip(alpha, beta, strict=True), start=1):
        through = Sum(*(Product(forward[s], backward[s]) for s in forward))
        quantity = working.name(f"through.{t}", probability_of(t), through)
        rows.append((f"Σ_s α_t(s) · β_t(s), t = {t}", quantity))
    rows.append(("NumPy, with its own core", _by_numpy(sheet)))
    working.table("proof", "", ("way", "p(l|x)"), rows, digits=_PROOF_DIGITS)
    _conclude(sheet, [quantity for _, quantity in rows])


def _enumerated(sheet: Sheet) -> Quantity | None:
    """The sum over all alignments one by one, if they are not too many: the step, if there is."""
    lattice = sheet.lattice
    if "alignments.probability" in sheet.working.values:
        return sheet.working.quantity("alignments.probability")
    if not lattice.count or lattice.count * sheet.T > _MOST_FACTORS:
        return None
    total = Decimal(0)
    for walk in lattice.walks():
        probability = Decimal(1)
        for t, s in enumerate(walk, start=1):
            probability *= sheet.outputs.value(t, lattice.symbol(s))
        total += probability
    return sheet.working.name("enumerated", probability_of("all"), Constant(total))


def _by_numpy(sheet: Sheet) -> Quantity:
    from lossclass.losses.ctc.vectorised import negative_log_likelihood

    loss = Decimal(repr(negative_log_likelihood(sheet.inputs)))
    return sheet.working.name("by_numpy", probability_of("NumPy"), Constant((-loss).exp()))


def _conclude(sheet: Sheet, ways: list[Quantity]) -> None:
    numbers = [sheet.value(quantity.id) for quantity in ways]
    largest, smallest = max(numbers), min(numbers)
    if largest - smallest <= AGREEMENT * largest:
        sheet.working.say(f"All {len(numbers)} come to the same p(l|x).", tells=True)
    else:
        sheet.working.remark(
            "proof-fails",
            "These numbers should be one and the same, and they are not. Do not rely on this "
            "answer, and please report the problem file.",
        )
