"""The machine's road: a transducer in NumPy, in logarithms."""

from __future__ import annotations

from typing import Any

from lossclass.losses._logarithms import log_softmax
from lossclass.losses.rnnt.inputs import Inputs
from lossclass.losses.shapes.closed_forms import ClosedForm, by_index, through_network, times
from lossclass.losses.shapes.lattice.sequences import answer, beside, scale
from lossclass.losses.shapes.lattice.tagging import share_of
from lossclass.losses.shapes.network import rnn_outputs
from lossclass.records import record
from lossclass.second_road import Doubles, doubles, np


@record
class _Logs:
    """The logarithms of all outputs, (T, U + 1, C), and of those that alignments use."""

    outputs: Doubles
    blank: Doubles
    label: Doubles

    @classmethod
    def of(cls, inputs: Inputs) -> _Logs:
        if inputs.joint is not None:
            encoder = doubles(inputs.joint.encoder or rnn_outputs(inputs))
            numbers = encoder[:, None, :] + doubles(inputs.joint.predictor)[None, :, :]
        else:
            numbers = doubles(getattr(inputs, inputs.kind))
        if inputs.probabilities is not None:
            with np.errstate(divide="ignore"):  # ln 0 is −∞, as it should be
                numbers = np.log(numbers)
        elif inputs.log_probs is None:
            numbers = log_softmax(numbers)
        labels = np.array(inputs.places, dtype=int) - 1
        rows = np.arange(len(labels))
        return cls(numbers, numbers[:, :, inputs.blank_place - 1], numbers[:, rows, labels])

    def forward(self) -> Doubles:
        """Ln α, (T, U + 1)."""
        return _carried(self.blank[:-1], self.label)

    def backward(self) -> Doubles:
        """Ln β, (T + 1, U + 1): at T + 1 is the goal of the last blank."""
        no_label: Doubles = np.full((1, self.label.shape[1]), -np.inf)
        labels = np.vstack([self.label, no_label])
        return _carried(self.blank[::-1, ::-1], labels[::-1, ::-1])[::-1, ::-1]


def _carried(blank: Doubles, label: Doubles) -> Doubles:
    """What comes from a corner to each node, in logarithms: (R, C) from the arcs along the first
    axis, (R − 1, C), and those along the second, (R, C − 1)."""
    cells: Doubles = np.full((len(label), label.shape[1] + 1), -np.inf)
    cells[0, 0] = 0.0
    for t, u in np.ndindex(*cells.shape):
        if t:
            cells[t, u] = cells[t - 1, u] + blank[t - 1, u]
        if u:
            cells[t, u] = np.logaddexp(cells[t, u], cells[t, u - 1] + label[t, u - 1])
    return cells


def value(inputs: Inputs) -> Any:
    """The answer, from −ln p(l|x)."""
    logs = _Logs.of(inputs)
    return answer(inputs, -(logs.forward()[-1, -1] + logs.blank[-1, -1]))


def gradient(inputs: Inputs) -> ClosedForm:
    """From the share of p(l|x) that takes each step: minus it for the logarithm of its probability."""
    logs = _Logs.of(inputs)
    alpha, beta = logs.forward(), logs.backward()
    total = alpha[-1, -1] + logs.blank[-1, -1]
    # what stands beside an output on the alignments; 0 for those that none takes
    besides: Doubles = np.zeros(logs.outputs.shape)
    rows, columns = np.arange(len(inputs.places)), np.array(inputs.places, dtype=int) - 1
    besides[:, :, inputs.blank_place - 1] = share_of(alpha + beta[1:], total)
    besides[:, rows, columns] = share_of(alpha[:, :-1] + beta[:-1, 1:], total)
    outputs = np.exp(logs.outputs)
    shares = times(outputs, besides)
    factor = scale(inputs)
    by_logits = factor * (outputs * shares.sum(axis=2, keepdims=True) - shares)
    says = "∂L/∂z_t,u(k) = y_t,u(k) · γ_t,u − γ_t,u(k), with the share γ_t,u(k) of p(l|x) that takes k there and γ_t,u of all k"
    if inputs.joint is None:
        slopes = {
            "probabilities": (
                -factor * besides,
                "∂L/∂y_t,u(k) = −γ_t,u(k) / y_t,u(k), with the share γ_t,u(k) of p(l|x) that takes k there",
            ),
            "log_probs": (
                -factor * shares,
                "∂L/∂q_t,u(k) = −γ_t,u(k), the share of p(l|x) that takes k there",
            ),
            "logits": (by_logits, says),
        }
        slope, said = slopes[inputs.kind]
        said = f"{said}{beside(inputs)}."
        if inputs.kind == "probabilities" and not outputs.all():
            said += " Of a number that is 0, it is minus what stands beside it on the alignments, divided by p(l|x)."
        return ClosedForm(said, {inputs.kind: by_index(slope)})
    by_encoder = by_logits.sum(axis=1)
    values = {"joint.predictor": by_index(by_logits.sum(axis=0))}
    says = f"{says}{beside(inputs)}. The encoder's are added over u, the predictor's over t."
    if inputs.rnn is None:
        return ClosedForm(says, {"joint.encoder": by_index(by_encoder), **values})
    return through_network(inputs.rnn, by_encoder, says, values)
