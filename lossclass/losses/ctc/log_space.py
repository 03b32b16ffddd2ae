"""CTC in logarithms, as programs work it: a product becomes a sum, and a sum the log-sum-exp.

That is ln(exp(a) + exp(b) + …) = m + ln(exp(a − m) + exp(b − m) + …), with m the largest of them: no
exponential is too large, and the largest is 1, however small the probabilities are.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from lossclass.arithmetic.expression import Log, Negative, Quantity, sum_of
from lossclass.arithmetic.notation import PLAIN
from lossclass.arithmetic.symbol import Symbol
from lossclass.losses.ctc.sheet import OfSymbols, Sheet
from lossclass.losses.ctc.vectorised import natural_loss
from lossclass.losses.shapes.lattice.cells import NOTHING, Cells, Worked, log_sum_exp, logarithms
from lossclass.losses.shapes.lattice.sequences import in_base, is_weighted
from lossclass.second_road import ln_of_base, numpy_is_here

#: How far doubles may be off, relative to the larger of the loss and 1.
_AGREEMENT = Decimal("1e-10")
_LOG_SUM_EXP = (
    "A sum of probabilities is ln(exp(a) + exp(b) + …) of their logarithms. That is m + ln(exp(a − m) "
    "+ exp(b − m) + …) with the largest of them as m, so that no exponential is too small for a "
    "computer, or too large. What is 0 has the logarithm −∞, adds nothing, and is left out."
)


def write_log_forward(sheet: Sheet) -> None:
    """Write ln α as steps, ``log_alpha.T.S``, its table, and the loss from it; before a sum of
    several the largest, ``log_alpha_max.T.S``."""
    working, lattice = sheet.working, sheet.lattice
    letter = _letter(sheet)
    working.section("The same in logarithms")
    text = f"With {letter}_t(s) = ln α_t(s), a product becomes a sum of logarithms. {_LOG_SUM_EXP}"
    working.say(text)
    semiring = logarithms(working, "log_alpha", sheet.paper.symbol, shifted=True)
    worked = Worked(lattice, OfSymbols(lattice, sheet.outputs.logarithm), semiring)
    cells: Cells = {}
    for t, s in lattice.nodes:
        id, name = f"log_alpha.{t}.{s}", sheet.paper.symbol(letter, (t, s))
        definition = worked.forward((t, s), cells)
        if definition is NOTHING:
            cells[t, s] = working.name(id, name, NOTHING)
        else:
            title = sheet.paper.title(letter, (t, s))
            cells[t, s] = working.step(id, name, definition, title=title)
    sheet.paper.tabulate("log_alpha", cells, "it")
    _write_loss(sheet, [cells[node] for node in lattice.last])


def write_log_alignments(sheet: Sheet, counted: Sequence[Quantity]) -> None:
    """Write the logarithm of each alignment that counts, ``log_alignment.N`` for ``alignment.N``, and
    the loss from them."""
    working = sheet.working
    working.section("The same in logarithms")
    working.say(
        "The logarithm of a product is the sum of the logarithms, so ln P(π) is the sum of those of "
        f"its symbols. {_LOG_SUM_EXP}"
    )
    steps = [
        working.step(
            f"log_{alignment.id}",
            Symbol(_letter(sheet), arguments=alignment.symbol.arguments),
            sum_of([Log(factor) for factor in alignment.definition.operands]),
            title=f"The logarithm of {PLAIN.symbol(alignment.symbol)}",
        )
        for alignment in counted
    ]
    _write_loss(sheet, steps)


def _letter(sheet: Sheet) -> str:
    return sheet.working.letter("λ", "Λ")


def _write_loss(sheet: Sheet, parts: Sequence[Quantity]) -> None:
    """Write ln p(l|x), step ``log_probability``, and the loss from it, ``log_loss``; and hold it
    against NumPy, and against the loss by probabilities."""
    working = sheet.working
    probability = working.step(
        "log_probability",
        Symbol(_letter(sheet), (), (Symbol("l"), Symbol("x")), separator="|"),
        log_sum_exp(working, parts, ("log_max", Symbol(working.letter("m", "M")))),
        title="The logarithm of the probability of the target",
        why="This is ln p(l|x).",
    )
    loss = working.step(
        "log_loss",
        Symbol("ℓ", ("log",)),
        in_base(sheet.inputs, Negative(probability)),
        title=f"The loss: {sheet.minus_log()}{', before the weight' if is_weighted(sheet.inputs) else ''}",
    )
    found = sheet.value(loss.id)
    others = [sheet.minus_log_probability]
    if numpy_is_here():
        others.append(Decimal(repr(natural_loss(sheet.inputs) / ln_of_base(sheet.inputs.log_base))))
    if all(
        found == each or abs(found - each) <= _AGREEMENT * max(Decimal(1), abs(each))
        for each in others
    ):
        working.say(
            f"A check: {sheet.minus_log()} is the same by probabilities, {working.text(others[0])}"
            + "".join(f", and by NumPy, {working.text(each)}" for each in others[1:])
            + ".",
            tells=True,
        )
    else:
        working.remark(
            "proof-fails",
            f"This should be the same by probabilities{', and by NumPy' * (len(others) - 1)}, and it is "
            "not. Do not rely on this answer, and please report the problem file.",
            loss,
        )
