"""How the libraries are asked for losses of whole sequences: labels over time, several classes
with a margin, episodes; and for a loss of one's own, where there is nothing to ask."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from lossclass.blocks import Call
from lossclass.losses._frameworks import LIBRARIES, How, Losses, Metric, array, cannot, floats
from lossclass.losses._frameworks_classes import Classes

_SKLEARN = LIBRARIES[3]


def sequence_calls(inputs: Any, counted: Any, weights: Any) -> list[Call]:
    """Those of a cross-entropy over time.

    Args:
        counted: the time steps that count, with their ``keys`` and ``indices``.
        weights: theirs, of a single sequence.
    """
    classes, count = Classes(counted.keys), len(counted.indices)
    if inputs.examples is None:
        reduction = inputs.reduction or inputs.over_time
        how = How(reduction, count, weights and floats(weights), log_base=inputs.log_base)
    else:
        how = _over_examples(inputs, counted.indices)
    calls = classes.calls(how)
    steps = sum(len(each.predictions) for each in inputs.sequences)
    pytorch = calls[0].rule
    if steps > count:
        pytorch += (
            " Time steps that do not count are left out here; with class numbers it leaves out "
            "those of the class -100 (ignore_index), also of its mean."
        )
    if inputs.examples is not None:
        pytorch += f" {_averages(classes, counted.indices, inputs)}"
    return [replace(calls[0], rule=pytorch.strip()), *calls[1:]]


def _over_examples(inputs: Any, indices: Any) -> How:
    """All time steps in one row, with what each counts in the answer."""
    count = len(indices)
    if inputs.over_examples == "mean_over_tokens":
        return How("mean", count, log_base=inputs.log_base)
    examples = [example for example, _ in indices]
    divisor = len(inputs.examples) if inputs.over_examples == "mean" else 1
    per_step = [
        1 / divisor / (examples.count(example) if inputs.over_time == "mean" else 1)
        for example in examples
    ]
    weights = None if set(per_step) == {1.0} else per_step
    return How("sum", count, weights, log_base=inputs.log_base)


def _averages(classes: Classes, indices: Any, inputs: Any) -> str:
    """The numbers that are all called the mean of a batch."""
    import numpy as np

    examples = np.array([example for example, _ in indices]) - 1
    terms = np.where(classes.y == 0, 0.0, -classes.y * np.log(classes.probabilities)).sum(axis=1)
    if inputs.log_base != "e":
        terms = terms / np.log(float(inputs.log_base))
    sums, lengths = np.bincount(examples, weights=terms), np.bincount(examples)
    padded = len(sums) * max(len(each.predictions) for each in inputs.sequences)
    means = {
        "the mean over all time steps that count": terms.mean(),
        "the mean of the sequences' means": (sums / lengths).mean(),
        "the sum divided by the size of the padded batch": terms.sum() / padded,
        "the sum divided by the number of sequences": sums.mean(),
    }
    listed = "; ".join(f"{name}, {value:.6g}" for name, value in means.items())
    return f"There are four averages of a batch: {listed.replace('inf', '∞')}."


def multiclass_hinge_calls(inputs: Any) -> list[Call]:
    """Those of the formulations of Weston and Watkins, and of Crammer and Singer."""
    if inputs.formulation == "weston_watkins":
        return _weston_watkins(inputs)
    import numpy as np

    scores, true = np.array(inputs.scores, float), list(inputs.targets)
    margin, count = float(inputs.margin), scores.shape[1]
    one_hot = np.eye(count)[true]
    right = scores[np.arange(len(true)), true]
    worst = np.where(one_hot == 1, -np.inf, scores).max(axis=1)
    hinges = np.maximum(0.0, margin + worst - right)
    at_least_zero = np.maximum(0.0, margin + np.maximum(worst, 0.0) - right)
    how = How.of(inputs, "sum", len(true))
    unit = margin == 1
    at, front = ("scores", "") if unit else (f"scores / {margin!r}", f"{margin!r} * ")
    rules = [] if unit else ["Its margin is always 1: the scores are divided by the margin."]

    def setup(library: str) -> list[str]:
        return [array(library, "y_true", true), array(library, "scores", scores.tolist())]

    metric = Metric(
        setup(_SKLEARN),
        f"{front}hinge_loss(y_true, {at}, labels={list(range(count))}",
        hinges,
        ["With more than two classes it is the hinge of Crammer and Singer.", *rules],
        ["from sklearn.metrics import hinge_loss"],
    )
    return [
        _written_crammer_singer(setup("PyTorch"), margin, hinges).reduced(how),
        Losses(
            "Keras",
            [array("Keras", "y_true", one_hot.tolist()), array("Keras", "scores", scores.tolist())],
            f"{front}keras.losses.categorical_hinge(y_true, {at})",
            at_least_zero,
            [
                (
                    "For the largest wrong score it takes 0 where all wrong scores are negative, for "
                    "the true class has a 0 among them."
                ),
                *rules,
            ],
        ).reduced(how),
        Losses(
            "optax",
            setup("optax"),
            f"{front}optax.losses.multiclass_hinge_loss({at}, y_true)",
            hinges,
            ["It is the hinge of Crammer and Singer.", *rules],
        ).reduced(how),
        metric.reduced(how)
        if count > 2
        else cannot(_SKLEARN, "Of two classes it takes one score, not two: see the binary hinge."),
    ]


def _written_crammer_singer(setup: list[str], margin: float, hinges: Any) -> Losses:
    """PyTorch's, in its arithmetic."""
    return Losses(
        "PyTorch",
        [
            *setup,
            "right = scores.gather(1, y_true[:, None])",
            'wrong = scores.scatter(1, y_true[:, None], float("-inf"))',
        ],
        f"torch.clamp({margin!r} + wrong.amax(1) - right[:, 0], min=0)",
        hinges,
        ["It has no such loss, so this is written out. MultiMarginLoss adds up all wrong classes."],
    )


def _weston_watkins(inputs: Any) -> list[Call]:
    import numpy as np

    scores, true = np.array(inputs.scores, float), list(inputs.targets)
    margin, count = float(inputs.margin), scores.shape[1]
    short = np.maximum(0.0, margin + scores - scores[np.arange(len(true)), true][:, None])
    short[np.arange(len(true)), true] = 0.0
    pytorch = Losses(
        "PyTorch",
        [array("PyTorch", "y_true", true), array("PyTorch", "scores", scores.tolist())],
        f'F.multi_margin_loss(scores, y_true, margin={margin!r}, reduction="REDUCTION")',
        short.sum(axis=1) / count,
        [f"The sum over the wrong classes is divided by the number of classes, {count}."],
    )
    return [
        pytorch.reduced(How.of(inputs, "sum", len(true))),
        cannot(
            "Keras",
            "It has no such loss: categorical_hinge counts one wrong class, the one with the "
            "largest score.",
        ),
        cannot(
            "optax", "It has no such loss: multiclass_hinge_loss is that of Crammer and Singer."
        ),
        cannot(_SKLEARN, "It has no such metric: hinge_loss is that of Crammer and Singer."),
    ]


def structured_hinge_calls(inputs: Any) -> list[Call]:
    """Those of a structured hinge: no library knows whole sequences."""
    import numpy as np

    scores, true = [float(each.score) for each in inputs.candidates], inputs.true_candidate
    costs = floats(inputs.costs)
    ahead = np.array(costs) + np.array(scores)
    pytorch = Losses(
        "PyTorch",
        [array("PyTorch", "costs", costs), array("PyTorch", "scores", scores)],
        f"(costs + scores).amax(0, keepdim=True) - scores[{true}]",
        ahead.max(keepdims=True) - scores[true],
        [
            f"It has no such loss, so this is written out; the true sequence is candidate {true + 1}."
        ],
    )
    why = "It has no structured hinge: its losses know nothing of the candidates for a sequence."
    return [
        pytorch.reduced(How.of(inputs, "sum", 1)),
        *(cannot(library, why) for library in LIBRARIES[1:]),
    ]


def policy_gradient_calls(inputs: Any, multipliers: Any, log_policy: Any) -> list[Call]:
    """Those of a policy gradient, whose parts are worked out already.

    Args:
        multipliers: what stands before each step's logarithm, shape (T,).
        log_policy: the natural logarithms of the probabilities of the actions taken, shape (T,).
    """
    import numpy as np

    sign = "" if inputs.form == "objective" else "-"
    terms = multipliers * log_policy * (1 if inputs.form == "objective" else -1)
    pytorch = Losses(
        "PyTorch",
        [
            array("PyTorch", "advantages", multipliers.tolist()),
            array("PyTorch", "policy", np.exp(log_policy).tolist()),
        ],
        f"{sign}advantages * torch.log(policy)",
        terms,
        [
            (
                "It has no such loss, so this is written out; torch.distributions.Categorical has "
                "log_prob. The advantages are what is multiplied with ln π, worked out before."
            )
        ],
    )
    rlax = float((-multipliers * log_policy).mean())
    mean = f"Here that is {rlax:.6g}." if np.isfinite(rlax) else ""
    return [
        pytorch.reduced(How.of(inputs, "sum", len(terms))),
        cannot("Keras", "It has no loss for this: write out the sum of -advantages · ln π."),
        cannot(
            "optax",
            "It has no loss for this. rlax, which goes with it, has one: the mean over time of "
            f"−ln π · A, not the sum. {mean}".strip(),
        ),
        cannot(_SKLEARN, "It has no reinforcement learning."),
    ]


def custom_calls(inputs: Any) -> list[Call]:
    """Those of a loss of one's own."""
    whats = []
    if inputs.terms:
        names = ", ".join(str(term.name) for term in inputs.terms)
        whats.append(
            f"The terms ({names}) have calls of their own: ask for each as a problem by itself, and "
            "add them with their weights."
        )
    if inputs.formula:
        whats.append("No library has this formula: write it out with the library's own arithmetic.")
    why = " ".join(whats)
    return [cannot(library, why) for library in LIBRARIES]
