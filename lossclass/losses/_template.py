"""What ``lossclass new LOSS`` prints: a problem that solves as it is, with every key explained."""

from __future__ import annotations

from lossclass import losses

_HEAD = """\
# A problem for lossclass. Save it, change it, and run: lossclass solve FILE
# Keys behind a # are optional; take the # away to use them.
loss: {name}
title: "My problem"
# statement: What to compute, in a sentence or two. Markdown is fine.
# source: Where the problem is from.

"""
_FOOT = """
# How the losses of several observations become one: mean, sum, weighted_mean, or none for each by
# itself. Without it, it is as in the formula:
#   {formula}
# reduction: mean

# One number for each observation; its loss is multiplied by it.
# weights: [1]

# Base of logarithms: e, 2 or 10.
# log_base: e
"""
_TRAIN = """
# With an rnn: steps of gradient descent, worked out.
# train: {learning_rate: 0.1, steps: 1}
"""
_LAST = """
# Significant digits to show.
# digits: 4

# How 'lossclass variants' may change the numbers, by key; without it, in their last decimal.
# vary:
#   KEY: {step: 0.1, min: 0.1, max: 0.9}
#   ANOTHER_KEY: fixed

# Numbers printed in a book or on a slide, to be checked, with the working printed beside them.
# published:
#   loss: {value: 1.4, working: "0.2 + 0.5 + 0.7"}
"""


def template(name: str) -> str:
    """A commented problem for the loss with this canonical name."""
    loss = losses.load(name)
    # A loss of one's own is put together of others, and has no observations of its own.
    foot = "" if name == "custom" else _FOOT.format(formula=loss.FORMULA)
    learns = _TRAIN if "train" in loss.Inputs.model_fields else ""
    return _HEAD.format(name=name) + loss.TEMPLATE.lstrip("\n") + learns + foot + _LAST
