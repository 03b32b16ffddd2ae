"""How the libraries are asked for CTC, and what they answer."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import isnan
from typing import TYPE_CHECKING

from lossclass.arithmetic.number import ROUNDING
from lossclass.blocks import Call
from lossclass.losses._frameworks import LIBRARIES, How, Losses, array, cannot, floats
from lossclass.losses.ctc.inputs import Inputs
from lossclass.losses.ctc.log_epsilon import LOG_EPSILON, log_epsilon_loss
from lossclass.losses.ctc.vectorised import log_probabilities, negative_log_likelihood
from lossclass.losses.shapes.network import rnn_outputs

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

#: Code with more numbers in it is not printed.
MOST_NUMBERS = 2_000
#: An order of so many columns is written out.
_MOST_COLUMNS = 12
_DIGITS = 7
#: Below this, ln of a sum is that of doubles, not of numbers that were rounded.
_DOUBLES = 1e-12


def ctc_calls(inputs: Inputs) -> list[Call]:
    """Those of CTC over all alignments; over some that are listed, no library has it."""
    return _listed_calls(inputs) if inputs.T is None else _Calls(inputs).calls()


def rounding(inputs: Inputs) -> float:
    """By how much a library's number may differ because the probabilities of a time step sum to 1
    only but for rounding, and it takes a log_softmax of them."""
    if inputs.T is None:
        return 0.0
    return _Calls(inputs).rounding()


def _listed_calls(inputs: Inputs) -> list[Call]:
    lengths = sorted({len(each) for each in inputs.listed})
    why = "adds up all alignments of T time steps, and cannot be given a list of some."
    if len(lengths) > 1:
        why += f" Those listed do not even have one length: {', '.join(map(str, lengths))}."
    return [
        cannot(
            "PyTorch",
            f"CTCLoss {why} It takes log-probabilities for each time step, with the blank at 0, and "
            "does not normalise them; its mean divides each loss by the length of its target.",
        ),
        cannot("Keras", f"Its CTC {why} It takes logits, with the blank at 0."),
        cannot("optax", f"ctc_loss {why} It takes logits, with the blank at 0."),
        _SKLEARN,
    ]


_SKLEARN = cannot(LIBRARIES[3], "It has no CTC.")


@dataclass(frozen=True)
class _Calls:
    """The calls for one problem with time steps."""

    inputs: Inputs

    def calls(self) -> list[Call]:
        """One of each library."""
        made = [self._pytorch(), self._keras(), self._optax()]
        return [*(self._reduced(each) for each in made), _SKLEARN]

    def _reduced(self, losses: Losses) -> Call:
        how = How.of(self.inputs, "sum", 1)
        if self._numbers <= MOST_NUMBERS:
            return losses.reduced(how)
        why = f"Code with its {self._numbers} numbers is left out; the call is {losses.call}."
        rules = [*losses.rules, why]
        if how.log_base != "e":
            rules.append(f"Its logarithms are natural ones: divided by ln {how.log_base}.")
        return Call(losses.library, "", how.number(losses.values), " ".join(rules))

    # --- the problem ---

    @cached_property
    def _numbers(self) -> int:
        """How many numbers the code would have."""
        rows = 1 if self.inputs.by_symbol is not None else self._T
        return rows * len(self.inputs.symbols) + self._length

    @property
    def _T(self) -> int:  # noqa: N802 - the letter of the source
        return self.inputs.T or 0

    @property
    def _length(self) -> int:
        return len(self.inputs.target)

    @property
    def _kind(self) -> str:
        """What the numbers are that the code begins with; an RNN puts out logits."""
        return "logits" if self.inputs.kind == "rnn" else self.inputs.kind

    @cached_property
    def _blank(self) -> int:
        """Its column."""
        return self.inputs.symbols.index(self.inputs.blank_symbol)

    @cached_property
    def _target(self) -> list[int]:
        """The columns of its labels."""
        columns = {symbol: c for c, symbol in enumerate(self.inputs.symbols)}
        return [columns[label] for label in self.inputs.target_symbols]

    @cached_property
    def _log_probs(self) -> NDArray[np.float64]:
        return log_probabilities(self.inputs)

    @cached_property
    def _normalisers(self) -> NDArray[np.float64]:
        """How far a time step is from summing to 1: ln of its sum, shape (T,)."""
        import numpy as np

        largest = self._log_probs.max(axis=1, keepdims=True)
        sums = np.exp(self._log_probs - largest).sum(axis=1)
        normalisers: NDArray[np.float64] = largest[:, 0] + np.log(sums)
        return normalisers

    @cached_property
    def _sums_to_one(self) -> bool:
        """Whether every time step does, but for rounding."""
        return bool(abs(self._normalisers).max(initial=0.0) < float(ROUNDING))

    def rounding(self) -> float:
        """See :func:`rounding`."""
        import numpy as np

        if self._kind == "logits" or not self._sums_to_one:
            return 0.0
        moved = np.array([abs(self._normalisers).sum()])
        number = How.of(self.inputs, "sum", 1).number(moved)
        return float(np.abs(np.array(number, float)).sum())

    # --- code ---

    def _given(self, library: str) -> list[str]:
        """What the model puts out, as the problem has it."""
        if self._numbers > MOST_NUMBERS:
            return []
        by_symbol = self.inputs.by_symbol
        if by_symbol is not None:
            return [array(library, "probabilities", [float(p) for p in by_symbol.values()])]
        if self.inputs.kind == "rnn":
            return [array(library, "logits", floats(rnn_outputs(self.inputs)))]
        return [array(library, self._kind, self.inputs.matrix.array().tolist())]

    def _as_logits(self, numpy: str) -> list[str]:
        """From what is given to the (T, C) logits of a library with this NumPy."""
        if self.inputs.by_symbol is not None:
            return [f"logits = {numpy}.tile({numpy}.log(probabilities), ({self._T}, 1))"]
        of_kind = {
            "probabilities": [f"logits = {numpy}.log(probabilities)"],
            "log_probs": ["logits = log_probs"],
        }
        return of_kind.get(self._kind, [])

    # --- PyTorch ---

    def _pytorch(self) -> Losses:
        import numpy as np

        of_kind = {
            "probabilities": "torch.log(probabilities)[:, None]",
            "logits": "F.log_softmax(logits, dim=-1)[:, None]",
            "log_probs": "log_probs[:, None]",
        }
        log_probs = of_kind[self._kind]
        if self.inputs.by_symbol is not None:
            log_probs = f"torch.log(probabilities).repeat({self._T}, 1, 1)"
        targets = (
            array("PyTorch", "targets", self._target)
            if self._target
            else "targets = torch.zeros(0, dtype=torch.int64)"
        )
        value = negative_log_likelihood(self.inputs)
        return Losses(
            "PyTorch",
            [
                *self._given("PyTorch"),
                f"log_probs = {log_probs}  # (T, N, C)",
                targets,
            ],
            f"F.ctc_loss(log_probs, targets[None], [{self._T}], [{self._length}], "
            f'blank={self._blank}, reduction="none")',
            np.array([value]),
            self._pytorch_rules(value),
        )

    def _pytorch_rules(self, value: float) -> list[str]:
        rules = ["It takes log-probabilities as they are, and normalises nothing."]
        if self._kind == "logits":
            rules = ["It takes log-probabilities and normalises nothing: log_softmax comes first."]
        if self.inputs.kind == "rnn":
            rules.append("The logits are what the network puts out.")
        mean = (
            "Its default, reduction='mean', and that of CTCLoss, divides each loss by the length of "
            "its target"
        )
        if self._length < 2:
            mean += ", and a length of 0 counts as 1" if not self._length else ""
            rules.append(f"{mean}; here that is a division by 1.")
        elif value in (0, float("inf")):
            rules.append(f"{mean}, {self._length}; that changes nothing here.")
        else:
            number = f"{value / self._length:.{_DIGITS}g}".replace("-", "−")
            by_itself = "by itself " if self.inputs.weights or self.inputs.log_base != "e" else ""
            rules.append(f"{mean}, {self._length}, and {by_itself}gives {number}.")
        if value == float("inf"):
            rules.append(
                "A target that cannot be reached costs inf, and its gradient is nan; with "
                "zero_infinity=True both are 0."
            )
        return rules

    # --- Keras and optax ---

    def _keras(self) -> Losses:
        rules = ["It takes logits, batch first (N, T, C), and puts log_softmax before them."]
        rules += self._normalisation_rules()
        reordered, labels = [], self._target
        if self._blank:
            reordered = [f"logits = logits[:, {self._blank_first()}]"]
            labels = [c + 1 if c < self._blank else c for c in self._target]
            rules.append(
                "The blank is 0, so its column goes first, and the labels before it move up."
            )
        else:
            rules.append("The blank is 0.")
        rules.append(
            "Padding in y_true is 0, too. The class keras.losses.CTC averages over the batch, and "
            "does not divide by the length of the target."
        )
        if about_zeros := self._epsilon_rules():
            on_torch = "So on the jax backend; on torch, what cannot be reached costs inf."
            rules += [*about_zeros, on_torch]
        rules.append(
            "TensorFlow's own tf.nn.ctc_loss takes logits, too, time first unless told otherwise, "
            "with the blank at blank_index; that of version 1 has the blank at C − 1."
        )
        return Losses(
            "Keras",
            [
                *self._given("Keras"),
                *self._as_logits("np"),
                *reordered,
                array("Keras", "y_true", labels or [0]),
            ],
            "keras.losses.ctc(y_true[None], logits[None])",
            self._with_log_epsilon(),
            rules,
        )

    def _blank_first(self) -> str:
        """The order of columns that Keras needs."""
        columns, blank = len(self.inputs.symbols), self._blank
        if columns <= _MOST_COLUMNS:
            return str([blank, *(c for c in range(columns) if c != blank)])
        return f"[{blank}, *range({blank}), *range({blank + 1}, {columns})]"

    def _optax(self) -> Losses:
        padding = f"jnp.zeros((1, {self._length}))" if self._length else "jnp.ones((1, 1))"
        return Losses(
            "optax",
            [
                *self._given("optax"),
                *self._as_logits("jnp"),
                array("optax", "labels", self._target or [0]),
            ],
            f"optax.losses.ctc_loss(logits[None], jnp.zeros((1, {self._T})), labels[None], "
            f"{padding}, blank_id={self._blank})",
            self._with_log_epsilon(),
            [
                "It takes logits, batch first (B, T, K), and puts log_softmax before them.",
                *self._normalisation_rules(),
                "Its paddings are 1 where a time step or a label is there only to fill up.",
                *self._epsilon_rules(),
            ],
        )

    def _normalisation_rules(self) -> list[str]:
        if self._kind == "logits":
            return []
        if abs(self._normalisers).max(initial=0.0) <= _DOUBLES:
            return ["Logarithms of probabilities that sum to 1 come out of it unchanged."]
        if self._sums_to_one:
            why = (
                "The probabilities of each time step sum to 1 here but for rounding, and log_softmax "
                "makes up for that."
            )
            return [why]
        why = (
            "The probabilities of a time step do not sum to 1 here, so log_softmax changes them, "
            "and it solves another problem."
        )
        return [why]

    def _epsilon_rules(self) -> list[str]:
        """What it does about ln 0, where that shows."""
        value = float(self._with_log_epsilon()[0])
        if isnan(value):
            return ["It cannot take a probability of 0, whose logarithm is −∞."]
        if value < -LOG_EPSILON / 2:
            return []
        number = f"{LOG_EPSILON:.0f}".replace("-", "−")
        rule = (
            f"It has {number} in place of −∞ for what an alignment may not do, so a target that "
            "cannot be reached costs about so much."
        )
        return [rule]

    def _with_log_epsilon(self) -> NDArray[np.float64]:
        """What optax and Keras on JAX come to, shape (1,)."""
        import numpy as np

        log_probs = self._log_probs - self._normalisers[:, None]
        return np.array([log_epsilon_loss(log_probs, self._target, self._blank)])
