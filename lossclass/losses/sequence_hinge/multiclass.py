"""The multi-class formulations: Weston and Watkins, Crammer and Singer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from lossclass.arithmetic.expression import Constant, Max, Negative, Quantity, Sum
from lossclass.arithmetic.notation import PLAIN
from lossclass.arithmetic.symbol import Symbol
from lossclass.losses.sequence_hinge.inputs import Inputs
from lossclass.losses.shapes.closed_forms import (
    AT_A_KINK,
    THROUGH_THE_NETWORK,
    ClosedForm,
    Shares,
    by_index,
    shares,
    through_network,
    times,
)
from lossclass.losses.shapes.network import TRUE_AND_PREDICTED, rnn_outputs, write_rnn
from lossclass.losses.shapes.reduction import reduce_steps, reduce_values
from lossclass.working import Working

_FORMULAS: Final[Mapping[str, str]] = {
    "weston_watkins": "Here L = Σₜ Σ_c max(0, margin + s_c − s_y), over the wrong classes c.",
    "crammer_singer": "Here L = Σₜ max(0, margin + s_c − s_y), for the wrong class c with the "
    "largest score.",
}


def as_given(inputs: Inputs) -> Inputs:
    """The same problem with the scores of its network, if it has one, as numbers."""
    if inputs.rnn is None:
        return inputs
    return inputs.model_copy(update={"rnn": None, "scores": rnn_outputs(inputs)})


def value(inputs: Inputs) -> Any:
    """The loss in NumPy."""
    import numpy as np

    inputs = as_given(inputs)
    scores, true = np.array(inputs.scores, float), np.array(inputs.targets)[:, np.newaxis]
    violations = float(inputs.margin) + scores - np.take_along_axis(scores, true, axis=1)
    np.put_along_axis(violations, true, -np.inf, axis=1)
    clipped = np.maximum(0.0, violations)
    weston_watkins = inputs.formulation == "weston_watkins"
    losses = clipped.sum(axis=1) if weston_watkins else clipped.max(axis=1)
    return reduce_values(losses, inputs, "sum")


def gradient(inputs: Inputs) -> ClosedForm:
    """The derivatives by ``scores`` in closed form; with a network, by its numbers too."""
    import numpy as np

    targets = inputs.targets
    slopes = np.zeros((len(targets), len(inputs.names)))
    for t, (row, true) in enumerate(zip(as_given(inputs).scores or (), targets, strict=True)):
        counting = _counting(inputs, row, true)
        slopes[t, counting] = 1
        slopes[t, true] = -len(counting)
    reduced = shares(inputs, "sum", len(slopes), each="time step")
    slopes = times(reduced.factors, slopes)
    says = _closed_form_said(inputs, reduced)
    if inputs.rnn is None:
        return ClosedForm(says, {"scores": by_index(slopes)})
    values = {"scores": by_index(slopes), **through_network(inputs.rnn, slopes)}
    return ClosedForm(
        f"{says} s is the output o as it is, so ∂L/∂o is the same.{THROUGH_THE_NETWORK}", values
    )


def _counting(inputs: Inputs, row: Sequence[Decimal], true: int) -> list[int]:
    """The wrong classes with which the hinge of a time step changes, from 0.

    In decimals, in which ties can be told: of several largest ones the first has it, and at the
    corner of the hinge none.
    """
    near = Decimal(0)
    if inputs.rnn is not None:
        near = Decimal(AT_A_KINK) * (1 + max(map(abs, row)))
    missing = {c: inputs.margin + score - row[true] for c, score in enumerate(row) if c != true}
    above = [c for c, number in missing.items() if number > near]
    if inputs.formulation == "weston_watkins" or not above:
        return above
    largest = max(missing.values())
    return [c for c in above if missing[c] >= largest - near][:1]


def _closed_form_said(inputs: Inputs, reduced: Shares) -> str:
    margin, one = PLAIN.number(inputs.margin), reduced.scaled("1")
    words = f" ({reduced.in_words('1')})" if reduced.words else ""
    at_zero = "Where it is just 0, at the kink, 0 is taken"
    if inputs.formulation == "weston_watkins":
        return (
            f"∂L/∂s_c = {one}{words} for every wrong class c for which {margin} + s_c − s_y is "
            "above 0, and 0 for the other wrong ones; for the true class, minus the sum of these. "
            f"{at_zero}."
        )
    return (
        f"∂L/∂s_c = {one}{words} for the wrong class c with the largest {margin} + s_c − s_y, if "
        "that is above 0; for the true class it is minus the same, and 0 for all others. "
        f"{at_zero}; of several largest, the first counts."
    )


def solve(inputs: Inputs, working: Working) -> Sequence[Quantity]:
    """The steps: ``violation.t.c`` for every wrong class, ``hinge.t``, ``sum``, ``loss``."""
    names = inputs.names
    rows = _from_network(inputs, working) if inputs.rnn else _given(inputs, working)
    working.table(
        "given",
        "",
        ("t", "class", "true class y", "score s"),
        [
            (str(t), name, "true" if c == true else "", score)
            for t, (row, true) in enumerate(zip(rows, inputs.targets, strict=True), start=1)
            for c, (name, score) in enumerate(zip(names, row, strict=True))
        ],
    )
    working.say(_FORMULAS[inputs.formulation])
    order = ", ".join(f"{c} stands for {name}" for c, name in enumerate(_spoken(inputs), start=1))
    working.say(f"The indices of the scores are the time step and the class: {order}.")
    working.section("The hinge of each time step")
    working.say(_what_is_counted(inputs, working))
    losses = [
        _hinge(inputs, working, t, row, true)
        for t, (row, true) in enumerate(zip(rows, inputs.targets, strict=True), start=1)
    ]
    return reduce_steps(working, losses, inputs, "sum", "t")


def _given(inputs: Inputs, working: Working) -> Sequence[Sequence[Quantity]]:
    working.section("Given")
    return [
        [
            working.given(f"scores.{t}.{c}", Symbol("s", (t, c)), score)
            for c, score in enumerate(row, start=1)
        ]
        for t, row in enumerate(inputs.scores or (), start=1)
    ]


def _from_network(inputs: Inputs, working: Working) -> Sequence[Sequence[Quantity]]:
    rows = write_rnn(working, inputs, name="scores", symbol=Symbol("s"), flat=False).predictions
    working.section(TRUE_AND_PREDICTED)
    return rows


def _spoken(inputs: Inputs) -> Sequence[str]:
    """The classes' names, or where they have none their numbers, as they stand in a sentence."""
    return inputs.classes or [f"class {name}" for name in inputs.names]


def _missing(working: Working) -> str:
    """The letter of what is missing."""
    return working.letter("d", "k")


def _what_is_counted(inputs: Inputs, working: Working) -> str:
    margin, missing = PLAIN.number(inputs.margin), _missing(working)
    rule = (
        f"The true class's score has to be above that of every wrong class by {margin}. "
        f"For a wrong class c, {missing} = {margin} + s_c − s_y is what is missing of that: "
        "0 or less where nothing is. "
    )
    if inputs.formulation == "weston_watkins":
        return rule + "After Weston and Watkins, every wrong class for which it is missing counts."
    return rule + "After Crammer and Singer, only the wrong class for which most is missing counts."


def _hinge(
    inputs: Inputs, working: Working, t: int, scores: Sequence[Quantity], true: int
) -> Quantity:
    names = _spoken(inputs)
    wrong = [c for c in range(len(names)) if c != true]
    violations = [
        working.step(
            f"violation.{t}.{c + 1}",
            Symbol(_missing(working), (t, c + 1)),
            # one sum inside the other: the side between shows what the first two come to
            Sum(Sum(Constant(inputs.margin), scores[c]), Negative(scores[true])),
            title=f"Time step {t}: {names[c]} against {names[true]}, which is true",
        )
        for c in wrong
    ]
    sizes = {names[c]: working.values[each.id] for c, each in zip(wrong, violations, strict=True)}
    counting = [name for name, size in sizes.items() if size > 0]
    if inputs.formulation == "crammer_singer":
        counting = [name for name in counting if sizes[name] == max(sizes.values())]
        expression: Max | Sum = Max(Constant(0), *violations)
    else:
        expression = Sum(*(Max(Constant(0), each) for each in violations))
    most = "Most is missing" if inputs.formulation == "crammer_singer" else "Something is missing"
    why = f"{most} against {' and '.join(counting)}."
    if not counting:
        why = "Nothing is missing against any wrong class: it costs nothing."
    return working.step(
        f"hinge.{t}",
        Symbol("ℓ", (t,)),
        expression,
        title=f"Time step {t}: the hinge",
        why=why,
        tells=True,
    )
