"""The occupancies γ: how much of p(l|x) has which symbol at which time.

γ_t(k) = Σ_{s: l'_s = k} α_t(s) β_t(s) / p(l|x). Source: Graves et al. (2006), equations 15 and
16, in which it stands (with y_t inside of β).
"""

from __future__ import annotations

from lossclass.arithmetic.expression import Constant, Product, Quantity, Quotient, sum_of
from lossclass.arithmetic.symbol import Symbol
from lossclass.losses.ctc.sheet import Cells, Sheet
from lossclass.losses.ctc.vectorised import occupancy

#: How far NumPy's occupancies, in doubles, may be off.
_AGREEMENT = 1e-9


def write_occupancies(sheet: Sheet, alpha: Cells, beta: Cells) -> list[list[Quantity]]:
    """Write the occupancies and their table, and hold them against NumPy's.

    Steps: ``occupancy.T.C``, where an alignment has the symbol C at time T; elsewhere it is 0.

    Returns:
        γ_t(k), T × C.
    """
    working, symbols = sheet.working, sheet.inputs.symbols
    working.say(
        "The occupancy γ_t(k) is the share of p(l|x) that has symbol k at time t: the α_t(s) · "
        "β_t(s) of all positions s with that symbol, divided by p(l|x). (β without y_t inside.)"
    )
    if not working.wanted.backward:
        working.say("β is worked with --backward.")
    rows = [
        [_occupancy(sheet, alpha, beta, t, c) for c in range(1, len(symbols) + 1)]
        for t in range(1, sheet.T + 1)
    ]
    working.say("All occupancies; those of a time step sum to 1:")
    sheet.write_table("occupancy", rows)
    _compare(sheet, rows)
    return rows


def _occupancy(sheet: Sheet, alpha: Cells, beta: Cells, t: int, c: int) -> Quantity:
    symbol = sheet.inputs.symbols[c - 1]
    name, id = Symbol("γ", (t,), (symbol,)), f"occupancy.{t}.{c}"
    positions = sheet.lattice.positions_of(symbol, t)
    if not positions:
        return sheet.working.name(id, name, Constant(0))
    products = [Product(alpha[t - 1][s], beta[t - 1][s]) for s in positions]
    share = Quotient(sum_of(products), sheet.working.quantity("probability"))
    return sheet.working.step(id, name, share, title=f"Time {t}, symbol {symbol}")


def _compare(sheet: Sheet, occupancies: list[list[Quantity]]) -> None:
    """Say whether NumPy has the same."""
    apart = max(
        abs(float(sheet.value(quantity.id)) - float(other))
        for row, others in zip(occupancies, occupancy(sheet.inputs), strict=True)
        for quantity, other in zip(row, others, strict=True)
    )
    if apart <= _AGREEMENT:
        sheet.working.say("NumPy, by its own core, gives the same occupancies.", tells=True)
    else:
        sheet.working.remark(
            "gradient-disagrees",
            "NumPy, by its own core, gives other occupancies. Do not rely on this gradient, and "
            "please report the problem file.",
        )
