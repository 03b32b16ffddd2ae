"""The multi-class formulations: Weston and Watkins, Crammer and Singer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from lossclass.arithmetic.expression import Constant, Max, Negative, Quantity, Sum
from lossclass.arithmetic.notation import PLAIN
from lossclass.arithmetic.symbol import Symbol
from lossclass.losses._reduction import reduce_steps, reduce_values
from lossclass.losses.sequence_hinge.inputs import Inputs
from lossclass.working import Working

_FORMULAS: Final[Mapping[str, str]] = {
    "weston_watkins": "Here L = Σₜ Σ_c max(0, margin + s_c − s_y), over the wrong classes c.",
    "crammer_singer": "Here L = Σₜ max(0, margin + s_c − s_y), for the wrong class c with the "
    "largest score.",
}


def value(inputs: Inputs) -> Any:
    """The loss in NumPy."""
    import numpy as np

    scores, true = np.array(inputs.scores, float), np.array(inputs.targets)[:, np.newaxis]
    violations = float(inputs.margin) + scores - np.take_along_axis(scores, true, axis=1)
    np.put_along_axis(violations, true, -np.inf, axis=1)
    clipped = np.maximum(0.0, violations)
    weston_watkins = inputs.formulation == "weston_watkins"
    losses = clipped.sum(axis=1) if weston_watkins else clipped.max(axis=1)
    return reduce_values(losses, inputs, "sum")


def solve(inputs: Inputs, working: Working) -> Sequence[Quantity]:
    """The steps: ``violation.t.c`` for every wrong class, ``hinge.t``, ``sum``, ``loss``."""
    working.section("Given")
    names, margin = inputs.names, PLAIN.number(inputs.margin)
    rows = [
        [
            working.given(f"scores.{t}.{c}", Symbol("s", (t, c)), score)
            for c, score in enumerate(row, start=1)
        ]
        for t, row in enumerate(inputs.scores or (), start=1)
    ]
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
    working.say(_what_is_counted(inputs.formulation, margin))
    losses = [
        _hinge(inputs, working, t, row, true)
        for t, (row, true) in enumerate(zip(rows, inputs.targets, strict=True), start=1)
    ]
    return reduce_steps(working, losses, inputs, "sum", "t")


def _spoken(inputs: Inputs) -> Sequence[str]:
    """The classes' names, or where they have none their numbers, as they stand in a sentence."""
    return inputs.classes or [f"class {name}" for name in inputs.names]


def _what_is_counted(formulation: str, margin: str) -> str:
    rule = (
        f"The true class's score has to be above that of every wrong class by {margin}. "
        f"For a wrong class c, d = {margin} + s_c − s_y is what is missing of that: 0 or less where "
        "nothing is. "
    )
    if formulation == "weston_watkins":
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
            Symbol("d", (t, c + 1)),
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
        f"hinge.{t}", Symbol("ℓ", (t,)), expression, title=f"Time step {t}: the hinge", why=why
    )
