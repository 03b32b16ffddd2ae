"""What ``lossclass new LOSS`` prints: a problem that solves as it is, with every key explained."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from io import StringIO
from typing import Any

from lossclass import losses
from lossclass.problem.files import load_all
from lossclass.problem.keys import WRITTEN, written_in
from lossclass.problem.moves import keys_with_numbers
from lossclass.problem.problem import Problem

_HEAD = """\
# A problem for lossclass. Save it, change it, and run: lossclass solve FILE
# Keys behind a # are optional; take the # away to use them. Where one stands in the place of
# another, that one is to be taken out.
loss: {name}
title: "My problem"
# statement: What to compute, in a sentence or two. Markdown is fine.
# In title and statement, a name in braces is filled in with the numbers: {{{key}.{place}}}, or
# all of {{{key}}}; a brace that is only a brace is written twice.
# source: Where the problem is from.

"""
_FOOT = """
# How the losses of several observations become one: mean, sum, weighted_mean, or none for each by
# itself. Without it, it is as in the formula:
#   {formula}
# reduction: mean

# One number for each observation; its loss is multiplied by it.
# weights: {ones}

# Base of logarithms: e, 2 or 10.
# log_base: e
"""
#: What some losses have, by key.
_SOME = {
    "mask": """
# A zero for each observation that does not count.
# mask: {ones}
""",
    "over": """
# The mean over each row first (over the last axis), then what reduction says over the rows.
# over: last_axis
""",
}
_TRAIN = """
# With an rnn: steps of learning, worked out.
# train: {learning_rate: 0.1, steps: 1}  # with rnn
"""
#: The same with every key, for those who ask for a network.
_TRAIN_BY = """
# Steps of learning, worked out: how large and how many; by which rule, sgd, momentum or adam. With
# momentum, {momentum: 0.9}; with adam, {beta1: 0.9, beta2: 0.999, epsilon: 1e-8}. The gradient may
# be clipped to a norm, {clip_norm: 1}, or each of its numbers to a size, {clip_value: 1}.
# train: {learning_rate: 0.1, steps: 1, optimizer: sgd}
"""
_LAST = """
# Significant digits to show.
# digits: 4

# How 'lossclass variants' may change the numbers, by key; without it, in their last decimal.
# vary:
#   {key}: {{step: 0.1, min: {least}, max: {most}}}
#   {key}.{place}: fixed

# Points for all that is asked, shared equally by its steps; or by step, as in {{loss: 2}}. Without
# it, a step is a point. follow_through: the share for what follows rightly from a wrong number.
# points: 6
# follow_through: 0.5

# Numbers printed in a book or on a slide, to be checked, with the working printed beside them.
# published:
#   loss: {{value: 1.4, working: "0.2 + 0.5 + 0.7"}}
"""


def template(name: str) -> str:
    """A commented problem for the loss with this canonical name."""
    return _template(name, losses.template_of(name), _TRAIN)


def network_template(network: str) -> str:
    """A commented problem with a network of this name: ``rnn``, ``gru`` or ``lstm``."""
    from lossclass.rnn.template import CELLS, own_keys

    return _template("mean_squared_error", own_keys(CELLS[network]), _TRAIN_BY)


def _template(name: str, own: str, train: str) -> str:
    (problem,) = load_all(StringIO(f"loss: {name}\n{own}"), losses)
    learns = train if "train" in type(problem.inputs).model_fields else ""
    varied = _varied(problem)
    head, last = _HEAD.format(name=name, **varied), _LAST.format(**varied)
    return head + own + learns + _foot(losses.load(name), problem) + last


def _foot(loss: losses.Loss, problem: Problem) -> str:
    """The keys that a loss of one's own has not: it is put together of others, and has no
    observations of its own."""
    if problem.loss == "custom":
        return ""
    inputs = problem.inputs
    given = {key: getattr(inputs, key) for key in inputs.model_fields_set}
    count = inputs.losses_count({**given, WRITTEN: written_in(problem.data)})
    ones = [1] * (count or 1)
    some = "".join(text for key, text in _SOME.items() if key in type(inputs).model_fields)
    return _FOOT.format(formula=loss.FORMULA, ones=ones) + some.format(ones=ones)


def _varied(problem: Problem) -> dict[str, Any]:
    """A key with numbers, one that moves if there is one; one of its places, and between what
    numbers they might move."""
    keys = [*keys_with_numbers(type(problem.inputs), problem.data, losses)]
    moving = (each for each in keys if each.kind and {*_numbers(each.value)} - {-1, 0, 1})
    path = next(moving, keys[0]).path
    found: Any = problem.data
    names = path[: 2 if path[0] == "rnn" else 1]  # a network is no numbers, but has some
    for name in names:
        found = found[name]
    key = ".".join(map(str, names))
    numbers = [*_numbers(found)]
    least: float = math.floor(min(numbers))
    most: float = max(math.ceil(max(numbers)), least + 1)
    if (least, most) == (0, 1):
        least, most = 0.1, 0.9
    place = next(iter(found)) if isinstance(found, Mapping) else 1
    return {"key": key, "place": place, "least": least, "most": most}


def _numbers(value: Any) -> Iterator[float]:
    """All numbers in what is written under a key."""
    if isinstance(value, list | Mapping):
        for each in value.values() if isinstance(value, Mapping) else value:
            yield from _numbers(each)
        return
    try:
        yield float(value)
    except ValueError:
        return
