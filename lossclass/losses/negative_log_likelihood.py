"""Negative log likelihood: −Σ_c y_c ln ŷ_c, for a class that is true and a distribution ŷ.

With a one-hot y it is minus the logarithm of the probability that the model gives to the true
class: the less it expected what happened, the higher. Source: Goodfellow, Bengio, Courville,
*Deep Learning* (2016), section 6.2.1.1.
"""

from __future__ import annotations

from lossclass.losses.shapes.cross_entropies import CrossEntropies


class NegativeLogLikelihood(CrossEntropies):
    """−ln ŷ of the true class."""

    TITLE = "Negative log likelihood (NLL)"
    FORMULA = "L = −Σ_c y_c ln ŷ_c"
    ALIASES = ("nll",)
    HEADING = "Minus the logarithm of what happened"
    TERM = "negative log likelihood"


LOSS = NegativeLogLikelihood()
