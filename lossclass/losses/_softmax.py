"""Logits to probabilities, as steps: softmax over classes, and the sigmoid for two.

The largest logit is subtracted first, so that no exponential overflows; the result is the same,
because e^(z − M) / Σ e^(z − M) has e^(−M) above and below.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from lossclass.arithmetic.expression import Exp, Max, Quantity, Sigmoid, Sum
from lossclass.arithmetic.symbol import Symbol
from lossclass.problem.arrays import Place
from lossclass.working import At, Working, dotted

#: What is said before the steps of a softmax.
LARGEST_FIRST: Final = (
    "The largest logit M is subtracted from all of them first: that changes nothing in the quotient, "
    "and no exponential gets too large."
)


def softmax_steps(
    working: Working,
    logits: Sequence[Quantity],
    row: Place,
    names: Callable[[str, int], Symbol] | None = None,
    temperature: Quantity | None = None,
    *,
    of_truth: bool = False,
    called: str = "",
    index: Place | None = None,
) -> list[Quantity]:
    """Write the softmax of one row of logits, and return its probabilities.

    Steps: ``max.ROW``, ``exp.ROW.C`` for each class, ``exp_sum.ROW``, ``y_pred.ROW.C``; of what is
    true ``true_max.ROW``, ``true_exp.ROW.C``, ``true_exp_sum.ROW``, ``y_true.ROW.C``.

    Args:
        row: the index of the row: ``(i,)``, or ``(example, time)``.
        names: the symbols of the exponentials u and of the probabilities y, by letter and class
            from 1, if not the index of the row and the class.
        temperature: what the logits are divided by.
        of_truth: whether the probabilities are not predicted, but stand for what is true.
        called: what the row is of, as headings call it, if the section does not say so.
        index: of the largest logit M and of the sum Z, if not that of the row.
    """
    before, made, index, (m, u, z) = "", "y_pred", index or row, "MuZ"
    if of_truth:
        before, made = "true_", "y_true"
        m, u, z = working.letter("K", "G"), working.letter("r", "k"), working.letter("R", "G")
    true, of_it = before.replace("_", " "), f" of {called}" if called else ""
    hat = not of_truth
    names = names or (lambda letter, c: Symbol(letter, (*row, c), hat=hat and letter == "y"))
    title = f"The largest {true}logit{of_it}"
    largest = _largest(working, logits, dotted(f"{before}max", row), Symbol(m, index), title)
    exponentials = [
        working.step(
            dotted(f"{before}exp", (*row, c)),
            names(u, c),
            Exp(shifted if temperature is None else shifted / temperature),
            title=f"The exponential of {true}logit {c}{of_it}",
        )
        for c, shifted in enumerate((logit - largest for logit in logits), start=1)
    ]
    title = f"The sum of the exponentials of the {true}logits{of_it}"
    id, every = dotted(f"{before}exp_sum", row), Sum(*exponentials)
    total = working.step(id, Symbol(z, index), every, title=title)
    return [
        working.step(
            dotted(made, (*row, c)),
            names("y", c),
            exponential / total,
            title=f"The {true}probability of class {c}{of_it}",
            at=At(made, (*row, c)),
        )
        for c, exponential in enumerate(exponentials, start=1)
    ]


def _largest(
    working: Working, logits: Sequence[Quantity], id: str, symbol: Symbol, title: str
) -> Quantity:
    """The largest of some logits, as a step if there are several."""
    if len(logits) == 1:
        return logits[0]
    return working.step(id, symbol, Max(*logits), title=title, cancels=True)


def sigmoid_step(working: Working, logit: Quantity, index: Place, *, title: str = "") -> Quantity:
    """Write the sigmoid of one logit, and return its probability: step ``y_pred.INDEX``."""
    symbol = Symbol("y", index, hat=True)
    at = At("y_pred", index)
    return working.step(dotted("y_pred", index), symbol, Sigmoid(logit), title=title, at=at)
