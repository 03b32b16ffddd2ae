"""How the libraries are asked for CTC, and what they answer."""

from __future__ import annotations

from math import inf, isnan
from typing import Any

from lossclass.arithmetic.number import ROUNDING
from lossclass.blocks import Call
from lossclass.losses._calls import How, calls
from lossclass.losses.ctc.inputs import Inputs
from lossclass.losses.ctc.vectorised import log_probabilities, negative_log_likelihood
from lossclass.losses.shapes.network import rnn_outputs
from lossclass.second_road import Doubles, doubles, np

#: What optax, and Keras after it, have in place of ln 0.
LOG_EPSILON = -1e5
#: An order of so many columns is written out.
_MOST_COLUMNS = 12
#: Below this, ln of a sum is that of doubles, not of numbers that were rounded.
_DOUBLES = 1e-12


def frameworks(inputs: Inputs) -> list[Call]:
    """Those of CTC over all alignments; over some that are listed, no library has it."""
    how = How.of(inputs, "sum", (1,), log_base=inputs.log_base)
    if inputs.T is None:
        lengths = sorted({len(each) for each in inputs.listed})
        several = ", ".join(map(str, lengths)) * (len(lengths) > 1)
        return calls("ctc/listed", how, lengths=several)
    blank = inputs.symbols.index(inputs.blank_symbol)
    target = [inputs.symbols.index(label) for label in inputs.target_symbols]
    kind = "logits" if inputs.kind == "rnn" else inputs.kind
    arrays = {kind: _given(inputs), "padding": np.array([0])}
    if target:
        arrays["target"] = np.array(target)
        arrays["blank_first_target"] = np.array([c + 1 if c < blank else c for c in target])
    log_probs, normalisers = log_probabilities(inputs), _normalisers(inputs)
    loss = negative_log_likelihood(inputs)
    with_epsilon = log_epsilon_loss(log_probs - normalisers[:, None], target, blank)
    off = abs(normalisers).max(initial=0.0)
    return calls(
        "ctc",
        how,
        arrays,
        [loss],
        {"Keras": [with_epsilon], "optax": [with_epsilon]},
        kind=kind,
        rnn=inputs.rnn is not None,
        same_each_time=inputs.by_symbol is not None,
        T=inputs.T,
        length=len(target),
        one_label=len(target) == 1,
        blank=blank,
        blank_first=_blank_first(blank, len(inputs.symbols)),
        infinite=loss == inf,
        # What PyTorch's mean makes of it, where that is another number.
        divided="" if loss in (0, inf) or not target else _number(loss / len(target), ".7g"),
        changed_after=inputs.weights is not None or inputs.log_base != "e",
        sums_are_1=off <= _DOUBLES,
        sums_are_rounded=_DOUBLES < off < ROUNDING,
        sums_are_others=not off < ROUNDING,
        has_zeros=isnan(with_epsilon),
        not_reached=with_epsilon >= -LOG_EPSILON / 2,
        log_epsilon=_number(LOG_EPSILON, ".0f"),
    )


def rounding(inputs: Inputs) -> float:
    """By how much a library's number may differ because the probabilities of a time step sum to 1
    only but for rounding, and it takes a log_softmax of them."""
    if inputs.T is None or inputs.kind in ("logits", "rnn"):
        return 0.0
    off = abs(_normalisers(inputs))
    if not off.max(initial=0.0) < ROUNDING:
        return 0.0
    moved = How.of(inputs, "sum", (1,), log_base=inputs.log_base).number(np.array([off.sum()]))
    return float(np.abs(doubles(moved)).sum())


def _given(inputs: Inputs) -> Any:
    """What the model puts out, as the problem has it; of an RNN, logits."""
    if inputs.by_symbol is not None:
        return doubles(list(inputs.by_symbol.values()))
    return doubles(rnn_outputs(inputs)) if inputs.kind == "rnn" else inputs.matrix.array()


def _normalisers(inputs: Inputs) -> Doubles:
    """How far a time step is from summing to 1: ln of its sum, shape (T,)."""
    log_probs = log_probabilities(inputs)
    largest = log_probs.max(axis=1, keepdims=True)
    return doubles(largest[:, 0] + np.log(np.exp(log_probs - largest).sum(axis=1)))


def _blank_first(blank: int, columns: int) -> str:
    """The order of columns that Keras needs, in code."""
    if columns <= _MOST_COLUMNS:
        return str([blank, *(c for c in range(columns) if c != blank)])
    return f"[{blank}, *range({blank}), *range({blank + 1}, {columns})]"


def _number(number: float, how: str) -> str:
    return format(number, how).replace("-", "−")


def log_epsilon_loss(log_probs: Doubles, target: list[int], blank: int) -> float:
    """−ln p(l|x) by the forward algorithm in logarithms, worked anew by the rules of optax.

    What an alignment may not do gets LOG_EPSILON, not −∞. A real −∞ comes to nan, since it is
    multiplied with zeros that stand for "not this one".

    Args:
        log_probs: normalised, shape (T, C).
    """
    length, labels = len(target), np.array(target or [0])  # an empty target is one of padding
    emitted = log_probs[:, labels].copy()
    impossible = np.isneginf(log_probs).sum(axis=1)
    # The column of a label is taken with a product by one-hot vectors.
    emitted[impossible[:, None] > np.isneginf(emitted)] = np.nan
    repeats = np.append(labels[1:] == labels[:-1], False)
    to_label, to_blank = (np.where(each, LOG_EPSILON, 0.0) for each in (repeats, ~repeats))
    # After n labels: in a blank, or in the n-th label.
    in_blank, in_label = np.full(len(labels) + 1, LOG_EPSILON), np.full(len(labels), LOG_EPSILON)
    in_blank[0] = 0.0
    for emission, of_blank in zip(emitted, log_probs[:, blank], strict=True):
        ready = in_blank.copy()
        ready[1:] = np.logaddexp(ready[1:], in_label + to_label)
        arrived = np.logaddexp(ready[:-1], in_label) + emission
        in_blank = 0.0 * in_blank + ready + of_blank
        in_blank[1:] = np.logaddexp(in_blank[1:], in_label + of_blank + to_blank)
        in_label = 0.0 * in_label + arrived
    in_blank[1:] = np.logaddexp(in_blank[1:], in_label)
    return float(-(in_blank * (np.arange(len(in_blank)) == length)).sum())
