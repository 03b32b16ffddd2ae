"""All slips by their codes: what each is, in a few words. A code stays the same for ever."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from lossclass.records import record


@record
class Kind:
    """A kind of slip.

    Attributes:
        what: what somebody did, in words that go on from "somebody".
        usual: how usual it is, beside the others.
        is_common: whether it is one of those that can be made in any loss and are looked for first.
    """

    what: str
    usual: float = 1.0
    is_common: bool = False


def _common(what: str, usual: float = 1.0) -> Kind:
    return Kind(what, usual, is_common=True)


#: By what they are about; ``lossclass explain slips`` prints them in this order.
BY_SUBJECT: Final[Mapping[str, Mapping[str, Kind]]] = {
    "Logarithms": {
        "log10-for-ln": _common("took log₁₀ where ln belongs"),
        "log2-for-ln": _common("took log₂ where ln belongs", 0.5),
        "ln-for-log2": _common("took ln where log₂ belongs"),
        "log10-for-log2": _common("took log₁₀ where log₂ belongs"),
        "ln-for-log10": _common("took ln where log₁₀ belongs"),
        "log2-for-log10": _common("took log₂ where log₁₀ belongs"),
        "logarithm-forgotten": _common("took no logarithm"),
        "library-clip": Kind("has ln of 0, or of a tiny number, as a library cuts it off", 0.7),
    },
    "Signs, squares and factors": {
        "minus-forgotten": _common("left the minus out"),
        "minus-added": Kind("put a minus where none belongs"),
        "sign-changed": Kind("has the other sign", 0.4),
        "square-forgotten": _common("did not square"),
        "absolute-for-square": Kind("took the absolute value in the place of the square"),
        "square-for-absolute": Kind("took the square in the place of the absolute value"),
        "absolute-forgotten": Kind("did not take the absolute value"),
        "half-forgotten": _common("left the factor ½ out"),
        "half-added": Kind("put a factor ½ where none belongs"),
        "halved-for-mean": Kind("divided by 2 where the number of terms belongs"),
        "one-minus-forgotten": _common("took ŷ where 1 − ŷ belongs"),
        "max-forgotten": _common("left max(0, …) out"),
        "divided-by-one-less": Kind("divided by one less than the number of terms", 0.5),
        "root-for-mean-square": Kind("took the root of the mean square"),
        "mean-square-for-root": Kind("did not take the root of the mean square"),
        "root-before-mean": Kind("took the root of the sum and then divided by the number of terms", 0.5),
    },
    "Sums, means and weights": {
        "pairs-broadcast": Kind("held every prediction against every true value"),
        "sum-for-mean": _common("gave the sum in the place of the mean"),
        "mean-for-sum": _common("gave the mean in the place of the sum"),
        "weights-forgotten": Kind("left the weights out"),
        "class-weights-forgotten": Kind("left the weights of the classes out"),
        "mean-for-weighted-mean": Kind("divided by the number of terms, not by the weights", 0.5),
        "weighted-mean-for-mean": Kind("divided by the weights, not by the number of terms", 0.5),
        "divided-by-nonzero-weights": Kind("divided by how many weights are not 0", 0.5),
        "mean-over-wrong-axis": Kind("averaged over rows where columns belong, or the reverse", 0.5),
        "divided-by-classes": Kind("divided by the number of classes as well", 0.5),
        "averaged-twice": Kind("took a mean of what is a mean already", 0.7),
        "other-average": Kind("took another of the averages over time and sequences"),
        "padding-counted": Kind("counted what does not count"),
        "term-left-out": _common("left a term or a factor out", 0.8),
        "term-counted-twice": Kind("counted a term or a factor twice", 0.4),
        "index-off-by-one": Kind("took the number before or behind the one that belongs there", 0.3),
    },
    "Probabilities, softmax and classes": {
        "softmax-forgotten": Kind("took logits for probabilities"),
        "softmax-twice": Kind("took a softmax of probabilities", 0.7),
        "softmax-without-exp": Kind("divided logits by their sum, without exp", 0.3),
        "softmax-over-wrong-axis": Kind("took the softmax over other logits than those of one row", 0.3),
        "sigmoid-forgotten": Kind("took a logit for a probability"),
        "sigmoid-twice": Kind("took the sigmoid of a probability", 0.6),
        "sigmoid-for-softmax": Kind("took a sigmoid of each logit where a softmax belongs"),
        "scores-as-log-probs": Kind("took scores for logarithms of probabilities", 0.5),
        "probabilities-as-log-probs": Kind("took probabilities for their logarithms", 0.5),
        "probabilities-as-logits": Kind("took probabilities for logits", 0.5),
        "rows-renormalised": Kind("scaled probabilities to a sum of 1 first", 0.5),
        "rows-regrouped": Kind("put rows beside the labels of others, as view does for permute"),
        "classes-swapped": Kind("took one class for another"),
        "binary-terms-added": Kind("added (1 − y) ln(1 − ŷ) to a cross-entropy over classes", 0.2),
        "labels-hardened": Kind("took the most probable class for the true distribution"),
        "smoothing-forgotten": Kind("did not smooth the labels"),
        "smoothing-over-other-classes": Kind("shared ε among the other classes only"),
        "smoothing-mass-wrong": Kind("smoothed the labels by other shares", 0.6),
    },
    "Divergences": {
        "distributions-exchanged": Kind("took what is true and what is predicted for each other"),
        "entropy-taken-off": Kind("took the entropy of the truth off, as in a divergence"),
        "entropy-forgotten": Kind("left the entropy of the truth out, as in a cross-entropy"),
        "temperature-forgotten": Kind("left the temperature out"),
        "temperature-on-one-side": Kind("took the temperature for one of the two distributions", 0.7),
        "temperature-squared-forgotten": Kind("did not multiply by the square of the temperature"),
    },
    "Perplexity": {
        "perplexity-for-loss": Kind("gave the perplexity in the place of the loss"),
        "loss-for-perplexity": Kind("gave the loss in the place of the perplexity"),
        "perplexity-off-by-one-token": Kind("divided by one token too many or too few", 0.7),
        "perplexity-base-mixed": Kind("raised 2 to a mean in nats, or e to one in bits"),
    },
    "Huber loss": {
        "divided-by-delta": Kind("divided by δ, as PyTorch's SmoothL1Loss does", 0.7),
        "square-everywhere": Kind("took half the square where |e| is above δ"),
        "line-everywhere": Kind("took δ(|e| − ½δ) where |e| is not above δ"),
        "branches-swapped": Kind("took each branch where the other one belongs", 0.6),
        "delta-forgotten": Kind("took 1 for δ"),
        "half-delta-forgotten": Kind("took δ|e| and did not take ½δ² off"),
    },
    "Hinge losses": {
        "labels-zero-one": Kind("took 0 for the label −1"),
        "sign-of-label-ignored": Kind("left the sign of the labels out"),
        "score-squared": Kind("squared the score in the place of what it falls short by"),
        "margin-forgotten": Kind("left the margin out"),
        "only-the-largest": Kind("counted the largest violation only"),
        "not-only-the-largest": Kind("counted all violations where the largest alone counts"),
        "true-class-counted": Kind("counted the true class among the others"),
        "zero-among-other-scores": Kind("took 0 for one of the other scores", 0.4),
        "sign-of-other-score": Kind("took another score with the wrong sign", 0.5),
        "cost-forgotten": Kind("left the costs out"),
    },
    "CTC": {
        "best-path-only": Kind("counted the most probable alignment only"),
        "greedy-path-only": Kind("counted the most probable symbol of each time step only"),
        "blank-skipped": Kind("left the blanks' probabilities out", 0.6),
        "another-blank": Kind("took another column for that of the blank"),
        "blank-in-target": Kind("took the blank for a label of the target", 0.3),
        "sum-of-logs": Kind("took the logarithm of each alignment, not of their sum", 0.7),
        "divided-by-target-length": Kind("divided by the length of the target"),
        "divided-by-length": Kind("divided by the number of time steps"),
        "invalid-alignment-counted": Kind("counted an alignment of something else"),
        "valid-alignments-only": Kind("counted the valid ones of the listed alignments only"),
        "alignments-missing": Kind("counted the listed alignments only"),
        "skip-forgotten": Kind("never skipped the blank between two labels"),
        "skip-between-equal-labels": Kind("skipped the blank between two equal labels"),
        "wrong-predecessor": Kind("came to a cell from one that is not before it", 0.5),
        "summed-over-time": Kind("added the products of α and β over all time steps", 0.5),
        "zero-for-infinite": Kind("has 0 where no alignment fits and the loss is infinite", 5.0),
    },
    "Lattices: tags, states, transducers": {
        "max-for-sum": Kind("took the largest of the paths where their sum belongs"),
        "sum-for-max": Kind("added the paths that meet where the largest belongs"),
        "log-sum-exp-forgotten": Kind("added scores where ln Σ exp of them belongs"),
        "start-forgotten": Kind("left out what stands at the beginning of a path"),
        "end-forgotten": Kind("left out what stands at the end of a path"),
        "transitions-forgotten": Kind("left the transitions out"),
        "emissions-forgotten": Kind("left out what the states put out"),
        "states-exchanged": Kind("took two states, or two tags, for each other"),
        "transitions-transposed": Kind("read the transitions from the wrong side", 0.7),
        "log-partition-forgotten": Kind("took minus the score, without ln Z"),
        "score-forgotten": Kind("took ln Z, without the score of the true path"),
        "no-backtrace": Kind("took the largest δ of each time step for the best path"),
        "argmax-of-each-step": Kind("took the best of each time step by itself for the best path"),
        "one-direction-only": Kind("worked occupancies from α alone, without β"),
        "divided-by-other-count": Kind("divided by N where M belongs in Baum–Welch, or by M for N"),
        "observed-forgotten": Kind("did not take off what is observed"),
    },
    "Transducers": {
        "last-blank-forgotten": Kind("left out the blank that ends the alignments"),
        "blank-row-forgotten": Kind("had U rows for the labels, not U + 1"),
        "diagonal-step": Kind("let a label go on in time", 0.7),
        "output-at-goal": Kind("took the probability at the cell that a step leads to", 0.5),
        "blank-and-label-swapped": Kind("took the steps of the blank and of the label for each other", 0.6),
    },
    "Edit distances": {
        "insertion-deletion-swapped": Kind("took deletions and insertions for each other"),
        "rate-for-distance": Kind("gave the rate in the place of the distance"),
        "distance-for-rate": Kind("gave the distance in the place of the rate"),
        "percent-for-rate": Kind("gave the rate in percent"),
        "divided-by-hypothesis": Kind("divided by the length of the hypothesis"),
        "divided-by-alignment": Kind("divided by the length of the alignment"),
        "substitution-as-two": Kind("counted a substitution as a deletion and an insertion"),
        "substitution-free": Kind("counted no substitution"),
        "match-costs": Kind("made what is alike cost something"),
        "compared-place-by-place": Kind("compared place by place, without shifting", 0.7),
    },
    "Policy gradient": {
        "reward-to-go-forgotten": Kind("took each step's own reward alone"),
        "reward-to-go-added": Kind("added the rewards to come where each step has its own alone"),
        "discount-forgotten": Kind("left the discount out"),
        "discount-not-accumulated": Kind("discounted every later reward once, however late"),
        "discounted-twice": Kind("discounted the returns once more", 0.6),
        "whole-return-everywhere": Kind("took the whole return at every step"),
        "mean-log-prob-times-return": Kind("multiplied two means in the place of a mean of products", 0.5),
        "baseline-forgotten": Kind("did not take the baseline off"),
        "baseline-of-rewards": Kind("took the mean of the rewards for that of the returns", 0.7),
        "mean-over-wrong-episodes": Kind("took the mean of each episode for that of all"),
        "episodes-run-together": Kind("counted the rewards of the next episode in a return", 0.7),
        "baseline-added": Kind("took the mean of the returns off them, unasked"),
        "normalisation-added": Kind("normalised the returns, unasked"),
        "normalisation-forgotten": Kind("did not normalise the advantages"),
        "standard-deviation-forgotten": Kind("took the mean off and did not divide by the deviation"),
        "root-forgotten": Kind("divided by the variance, not by its root"),
    },
    "Networks and gradients": {
        "sigmoid-for-tanh": Kind("took the sigmoid where tanh belongs"),
        "tanh-for-sigmoid": Kind("took tanh where the sigmoid belongs"),
        "activation-forgotten": Kind("left the activation out"),
        "cell-not-squashed": Kind("left the tanh of the cell out"),
        "gates-swapped": Kind("took one gate for another, or z for 1 − z", 0.7),
        "value-of-another-step": Kind("took the number of another time step", 0.4),
        "bias-forgotten": Kind("left a bias out at every step"),
        "matrices-exchanged": Kind("took U for W, or W for U", 0.6),
        "matrix-transposed": Kind("read a matrix of the network by columns, not by rows", 0.5),
        "through-time-forgotten": Kind("left out what comes back through time", 2.0),
        "one-step-through-time": Kind("followed the way back through time one step only"),
        "local-derivative-forgotten": Kind("left the derivative of an activation, or a factor, out"),
        "input-forgotten": Kind("left x out of ∂L/∂U, or h out of ∂L/∂W or ∂L/∂V"),
        "sigmoid-slope-for-tanh": Kind("took the derivative of the sigmoid where that of tanh belongs"),
        "tanh-slope-for-sigmoid": Kind("took the derivative of tanh where that of the sigmoid belongs"),
        "derivative-twice": Kind("multiplied by the derivative of an activation twice", 0.5),
        "derivative-at-the-output": Kind("took the derivative of an activation at its result", 0.3),
        "mean-forgotten-in-derivative": Kind("left the 1/n of the loss out of its gradient"),
        "sign-of-update": Kind("went up the gradient in the place of down"),
        "learning-rate-twice": Kind("multiplied by the learning rate twice"),
        "bias-correction-forgotten": Kind("did not divide Adam's means by what they have of weight"),
        "clipping-forgotten": Kind("did not clip the gradient"),
        "clipped-one-by-one": Kind("clipped the gradient of each key by a norm of its own"),
    },
    "Writing numbers down": {
        "decimal-slip": Kind("misplaced the decimal point", 0.4),
        "digits-swapped": Kind("swapped two neighbouring digits", 0.4),
        "digits-cut": Kind("cut digits off", 0.4),
        "rounded-to-zero": Kind("rounded a small number to 0, or to too few decimals", 0.4),
        "one-digit-differs": Kind("has one digit off by 1, 2 or 5: a slip in adding or copying", 0.2),
        "published-number": Kind("copied the number that the source prints"),
    },
}  # fmt: skip

CATALOGUE: Final[Mapping[str, Kind]] = {
    code: kind for kinds in BY_SUBJECT.values() for code, kind in kinds.items()
}

#: The commonest in any loss (no problem has more than five of them): for a number with one digit or two,
#: no others of arithmetic are looked for.
COMMONEST: Final = frozenset(
    {
        "half-forgotten",
        "log10-for-ln",
        "logarithm-forgotten",
        "mean-for-sum",
        "minus-forgotten",
        "sum-for-mean",
    }
)
