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
    TEMPLATE = """
# The classes. Without them, classes are called 0, 1, 2 ...
classes: [negative, positive]

# The class that is true (a list of them for several observations; or rows such as [0, 1]).
y_true: positive

# What the model predicts, one number for each class (a row of them for each observation):
# probabilities, or one of the other two instead.
y_pred: [0.3, 0.7]
# logits: [0.2, 1.1]  # in the place of y_pred
# log_probs: [-1.2, -0.36]  # in the place of y_pred
# rnn: {inputs: [1, 2, 3], U: 0.5, W: 0.1, V: [1, -1], predict: last_step}  # in the place of y_pred

# A factor for each class, where some are rare.
# class_weights: [1, 2]

# How much of the true probability is spread over all classes.
# label_smoothing: 0.1

# The class that marks observations that do not count.
# ignore: unknown
"""
    HEADING = "Minus the logarithm of what happened"
    TERM = "negative log likelihood"


LOSS = NegativeLogLikelihood()
