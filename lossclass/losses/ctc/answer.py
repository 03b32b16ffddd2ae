"""The end of the working: from p(l|x) to the answer."""

from __future__ import annotations

from collections.abc import Sequence

from lossclass.arithmetic.expression import Constant, Log, Negative, Quantity, Sum
from lossclass.arithmetic.symbol import Symbol
from lossclass.losses.ctc.inputs import Inputs
from lossclass.losses.shapes.reduction import reduce_steps
from lossclass.working import Working

LOSS = Symbol("L")
_LOGARITHMS = {"e": "ln", "2": "log₂", "10": "log₁₀"}


def probability_of(*index: str | int) -> Symbol:
    """The symbol of p(l|x), the probability of the target; or of a part or a way to it."""
    return Symbol("p", index, (Symbol("l"), Symbol("x")), separator="|")


def minus_log(inputs: Inputs, of: str = "p(l|x)") -> str:
    """Minus the logarithm of ``of`` as it stands in a sentence."""
    return f"−{_LOGARITHMS[inputs.log_base]} {of}"


def is_weighted(inputs: Inputs) -> bool:
    """Whether the answer is minus the logarithm times a weight."""
    return inputs.weights is not None and inputs.reduction != "weighted_mean"


def write_loss(working: Working, inputs: Inputs, probability: Quantity) -> Sequence[Quantity]:
    """Write minus the logarithm of p(l|x), and its reduction if there is one: the answers."""
    negative_log = Negative(Log(probability, inputs.log_base))
    if inputs.weights is None and inputs.reduction != "none":
        answer = working.step("loss", LOSS, negative_log, title="The loss: minus its logarithm")
        _remark_on_mean(working, inputs, answer)
        return [answer]
    loss = working.step(
        "negative_log_likelihood.1",
        Symbol("ℓ", (1,)),
        negative_log,
        title="Minus the logarithm of the probability",
    )
    answers = reduce_steps(working, [loss], inputs, "sum")
    _remark_on_mean(working, inputs, answers[0])
    return answers


def _remark_on_mean(working: Working, inputs: Inputs, answer: Quantity) -> None:
    """Say which mean is not meant, if one is asked for and the other has another number."""
    length, value = len(inputs.target_symbols), working.values[answer.id]
    if inputs.reduction != "mean" or length < 2 or not value or not value.is_finite():
        return
    working.remark(
        "mean-is-not-divided-by-target-length",
        "The mean is over the sequences, and there is one, so it changes nothing here. PyTorch's "
        "CTCLoss means something else by reduction='mean': it first divides the loss of each "
        f"sequence by the length of its target. The length is {length} here, and that would make "
        f"{working.text(value / length)} of {working.text(answer)}.",
        answer,
    )


def remark_on_probability(
    working: Working, inputs: Inputs, probability: Quantity, *, below_one: str, no_other: str
) -> None:
    """Say if p(l|x) is above 1, and where it cannot be, or 0, and why."""
    size = working.values[probability.id]
    if size > 1:
        working.remark(
            "probability-above-one",
            f"p(l|x) is above 1, which no probability is, and so {minus_log(inputs)} is negative. "
            f"That cannot happen {below_one}.",
            probability,
        )
    if not size and no_other:
        working.remark(
            "loss-is-infinite",
            f"{no_other}, so p(l|x) = 0, and {minus_log(inputs, '0')} = ∞.",
            probability,
        )


def write_other(
    working: Working, inputs: Inputs, which: str, alignments: Sequence[Quantity], title: str
) -> Quantity:
    """Write the sum over other alignments, step ``which.probability``, and minus its logarithm,
    step ``which.loss``, which is returned."""
    probability = working.step(
        f"{which}.probability", probability_of(which), total(alignments), title=title
    )
    weighted = is_weighted(inputs)
    return working.step(
        f"{which}.loss",
        Symbol("ℓ" if weighted else "L", (which,)),
        Negative(Log(probability, inputs.log_base)),
        title="Minus its logarithm, before the weight"
        if weighted
        else "The loss that this would be",
    )


def total(alignments: Sequence[Quantity]) -> Sum | Constant:
    """The sum of their probabilities."""
    return Sum(*alignments) if alignments else Constant(0)
