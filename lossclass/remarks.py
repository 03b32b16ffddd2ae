"""All remarks by their codes: what each says, in a few words. A code stays the same for ever."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

#: By what they are about.
BY_SUBJECT: Final[Mapping[str, Mapping[str, str]]] = {
    "Numbers that are given": {
        "probabilities-do-not-sum-to-one": "probabilities that belong together do not sum to 1",
        "given-not-used": "a number is given that no formula uses",
    },
    "Infinite numbers": {
        "loss-is-infinite": "a term of the loss, or all of it, is infinite",
        "infinite-term-has-no-weight": "an infinite term is left out, for its weight is 0",
        "zero-times-log-zero": "0 · ln 0 counts as 0",
        "zero-times-infinity": "0 times an infinite number counts as 0",
        "log-of-zero": "the logarithm of 0 is −∞",
    },
    "Averages": {
        "reduction-differs-from-formula": "the losses are not reduced as in the usual formula",
        "four-averages": "with sequences of several lengths it matters what is averaged",
        "mean-is-not-divided-by-target-length": "a library divides by the target's length first",
        "objective-or-loss": "one is the negative of the other",
    },
    "Published numbers": {
        "published-right": "all of them are right",
        "published-wrong": "some of them are wrong",
        "published-not-audited": "they are not checked, for the problem was changed",
        "rounded-as-you-go": "what comes out if every step is rounded",
    },
    "Networks": {
        "gru-conventions": "which of the ways to write a GRU was taken, and that there are others",
    },
    "Gradients and learning": {
        "no-gradient": "there is no gradient at these numbers, by the chain rule at least",
        "infinite-slope": "the loss has an infinite derivative, as a root has at 0",
        "kink": "there are several slopes at a corner, and one was taken",
        "vanishing-gradient": "the gradient gets small on its way back through time",
        "exploding-gradient": "the gradient gets large on its way back through time",
        "loss-fell": "the loss fell in training",
        "loss-stayed": "the loss stayed as it was in training",
        "loss-rose": "the loss rose in training",
        "no-loss-after": "with the new parameters there is no loss",
    },
    "Our own checks": {
        "gradient-disagrees": "NumPy gives another gradient",
        "training-disagrees": "NumPy gives another loss after a step of training",
        "proof-fails": "numbers that should be the same are not",
    },
    "Alignments": {
        "alignment-collapses-elsewhere": "a listed alignment spells something else",
        "alignment-listed-twice": "an alignment is listed more than once",
        "alignments-of-different-lengths": "the listed alignments are not equally long",
        "alignments-complete": "all valid alignments are listed",
        "alignments-missing": "some valid alignments are not listed",
        "valid-alignments-only": "the loss over the valid ones of the listed alignments alone",
        "probability-above-one": "the sum over the alignments is above 1",
        "empty-target": "the target has no labels",
        "equal-labels-side-by-side": "a label is followed by the same one, with a blank between",
        "target-does-not-fit": "the target takes more time steps than there are",
    },
    "Decoding": {
        "best-path-tie": "several best paths are equally probable",
        "best-path-is-not-the-target": "the best path spells something else than the target",
        "best-path-is-one-alignment": "the best path is one alignment, and a labelling has several",
        "beam-tie": "two prefixes are equally probable",
        "beam-is-empty": "no prefix has a probability above 0",
        "beam-is-not-the-target": "the search found something else than the target",
        "beam-is-a-lower-bound": "the probability found may be too low, for prefixes were dropped",
        "beam-dropped-others": "prefixes of other labellings were dropped",
    },
}
#: Those that say that all is well: no warnings.
GOOD_NEWS: Final = frozenset({"published-right", "alignments-complete", "loss-fell"})
REMARKS: Final[Mapping[str, str]] = {
    code: what for codes in BY_SUBJECT.values() for code, what in codes.items()
}
