"""What the losses share to say how the libraries are asked for them, and what these answer.

No library is run: NumPy works out their numbers from their rules. Sources: the libraries' code and
documentation, and running PyTorch 2.13, Keras 3.15, optax 0.2.8 and scikit-learn 1.9.1.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import accumulate
from pprint import pformat
from typing import TYPE_CHECKING, Any

from lossclass.blocks import Call
from lossclass.choices import LogBase, Reduction
from lossclass.losses._logarithms import ln_of_base
from lossclass.problem.keys import ProblemKeys

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LIBRARIES = ("PyTorch", "Keras", "optax", "scikit-learn")
#: Keras clips probabilities to [ε, 1 − ε].
KERAS_EPSILON = 1e-7
#: PyTorch's BCELoss lets no logarithm be lower.
PYTORCH_LOWEST_LOG = -100.0
#: scikit-learn clips probabilities to [ε, 1 − ε], with the ε of double precision.
SKLEARN_EPSILON = 2.0**-52
#: Columns of code, so that it stands indented on 80.
_WIDTH = 72
_BASES = {"2": "2", "10": "10"}
_IMPORTS = {
    "PyTorch": ("import torch", "import torch.nn.functional as F"),
    "Keras": ("import keras", "import numpy as np"),
    "optax": ("import jax.numpy as jnp", "import optax"),
    "scikit-learn": ("import numpy as np",),
}
_ARRAYS = {
    "PyTorch": ("torch.tensor", ", dtype=torch.float64"),
    "Keras": ("np.array", ""),
    "optax": ("jnp.array", ""),
    "scikit-learn": ("np.array", ""),
}


def cannot(library: str, why: str) -> Call:
    """A library that cannot express the problem."""
    return Call(library, "", None, why)


def floats(numbers: Any) -> Any:
    """Decimals as doubles, in lists as deep as they were."""
    return float(numbers) if isinstance(numbers, Decimal) else [floats(each) for each in numbers]


def array(library: str, name: str, values: Sequence[Any]) -> str:
    """The code ``name = …`` with an array of doubles, or of integers for indices."""
    make, of_doubles = _ARRAYS[library]
    literal = pformat(values, width=_WIDTH - 4, compact=True).replace("inf", 'float("inf")')
    whole = isinstance(values[0], int)
    end = (", dtype=torch.int64" if library == "PyTorch" else "") if whole else of_doubles
    code = f"{name} = {make}({literal}{end})"
    if "\n" not in literal and len(code) <= _WIDTH:
        return code
    indented = "\n".join("    " + line for line in literal.splitlines())
    more = f",\n    {end[2:]}" if end else ""
    return f"{name} = {make}(\n{indented}{more}\n)"


@dataclass(frozen=True)
class How:
    """What becomes of one loss for each observation.

    Attributes:
        own: the reduction of the loss as taught.
        count: the number of observations.
        weights: those of the observations, if there are any.
        class_weights: that of each observation's true class, already in its loss.
    """

    reduction: Reduction
    count: int
    weights: list[float] | None = None
    class_weights: list[float] | None = None
    factor: float = 1.0
    log_base: LogBase = "e"

    @classmethod
    def of(cls, inputs: ProblemKeys, own: Reduction, count: int, **more: Any) -> How:
        """As the keys of a problem say."""
        weights = None if inputs.weights is None else floats(inputs.weights)
        return cls(inputs.reduction or own, count, weights, log_base=inputs.log_base, **more)

    @property
    def divisor(self) -> float:
        """What the weighted mean is divided by."""
        ones = [1.0] * self.count
        both = zip(self.weights or ones, self.class_weights or ones, strict=True)
        return sum(one * other for one, other in both)

    def number(self, losses: NDArray[np.float64]) -> float | list[float] | None:
        """The reduced loss; None where it is no number."""
        import numpy as np

        weighted = self.factor * losses * np.array(self.weights or 1.0)
        weighted = weighted / ln_of_base(self.log_base)
        if np.isnan(weighted).any():
            return None
        match self.reduction:
            case "none":
                return [float(each) for each in weighted]
            case "mean":
                return float(weighted.mean())
            case "weighted_mean":
                return float(weighted.sum() / self.divisor)
        return float(weighted.sum())

    def code(self, each: str) -> str:
        """The expression that reduces the losses that are called ``each``."""
        text = f"(weights * {each})" if self.weights else each
        match self.reduction:
            case "sum" | "mean":
                text += f".{self.reduction}()"
            case "weighted_mean" if self.weights or self.class_weights:
                text += f".sum() / {self.divisor!r}"
            case "weighted_mean":
                text += ".mean()"
        return self.scaled(text)

    def scaled(self, text: str) -> str:
        """A loss with its factor, in its base of logarithms."""
        front = "" if self.factor == 1 else f"{self.factor!r} * "
        end = f" / math.log({self.log_base})" if self.log_base in _BASES else ""
        return front + text + end

    @property
    def as_one_argument(self) -> str | None:
        """The ``reduction`` that PyTorch has for this, if it has."""
        if self.weights:
            return None
        if self.reduction == "weighted_mean":
            return "mean"
        return None if self.class_weights and self.reduction == "mean" else self.reduction


@dataclass(frozen=True)
class Losses:
    """How a library gives one loss for each observation.

    Attributes:
        setup: the code before it, arrays and all.
        call: the expression; a PyTorch function's has ``REDUCTION`` where its reduction stands.
        values: what it gives, shape (n,).
        rules: what is to be known of it.
        imports: beside the library's own.
    """

    library: str
    setup: Sequence[str]
    call: str
    values: NDArray[np.float64]
    rules: Sequence[str] = ()
    imports: Sequence[str] = field(default=())

    def reduced(self, how: How) -> Call:
        """The call that gives the loss of the problem."""
        rules, call, lines = list(self.rules), self.call, list(self.setup)
        argument = how.as_one_argument if "REDUCTION" in call else None
        if argument:
            last = [f"loss = {how.scaled(call.replace('REDUCTION', argument))}"]
            if argument == "sum":
                rules.append("The default, reduction='mean', is the mean.")
        else:
            call = call.replace("REDUCTION", "none")
            rest = ["each = keras.ops.convert_to_numpy(each)"] if self.library == "Keras" else []
            if how.weights:
                lines.append(array(self.library, "weights", how.weights))
            last = [f"each = {call}", *rest, f"loss = {how.code('each')}"]
        if self.library == "optax":
            rules.append("It gives one number for each and reduces nothing: that is yours to do.")
        return _call(
            self.library, self.imports, [*lines, *last], how, how.number(self.values), rules
        )


@dataclass(frozen=True)
class Metric:
    """A metric of scikit-learn, which is the weighted mean of losses.

    Attributes:
        call: the expression, up to its closing bracket.
        losses: what it averages, shape (n,).
        sums: whether ``normalize=False`` makes it the sum.
        sample_weights: what it is to weigh the losses with, beside the problem's own weights.
    """

    setup: Sequence[str]
    call: str
    losses: NDArray[np.float64]
    rules: Sequence[str]
    imports: Sequence[str]
    sums: bool = False
    sample_weights: list[float] | None = None

    def reduced(self, how: How) -> Call:
        """The call that gives the loss of the problem."""
        import numpy as np

        if how.reduction == "none":
            return cannot(LIBRARIES[3], "It gives one number for all observations, never one each.")
        lines, rules, arguments, after = list(self.setup), list(self.rules), "", ""
        weights = np.array(how.weights or [1.0] * how.count)
        weights = weights * np.array(self.sample_weights or 1.0)
        weighing = bool(how.weights or self.sample_weights)
        if weighing and not weights.sum():
            return cannot(LIBRARIES[3], "Its mean divides by the sum of the weights, which is 0.")
        if weighing:
            lines.append(array(LIBRARIES[3], "weights", weights.tolist()))
            arguments = ", sample_weight=weights"
        if how.reduction == "sum" or (how.reduction == "mean" and weighing):
            arguments += ", normalize=False" if self.sums else ""
            after = "" if self.sums else " * weights.sum()" if weighing else f" * {how.count}"
            after += f" / {how.count}" if how.reduction == "mean" else ""
            rules.append("By itself it is the mean" + (", weighted." if weighing else "."))
        lines.append(f"loss = {how.scaled(f'{self.call}{arguments}){after}')}")
        # The weights of the classes are in the sample weights here, and not yet in the losses.
        values = self.losses * np.array(self.sample_weights or 1.0)
        return _call(LIBRARIES[3], self.imports, lines, how, how.number(values), rules)


def _call(
    library: str,
    imports: Iterable[str],
    lines: Sequence[str],
    how: How,
    value: float | list[float] | None,
    rules: Sequence[str],
) -> Call:
    if how.log_base != "e":
        rules = [*rules, f"Its logarithms are natural ones: divided by ln {how.log_base}."]
    if value is None:
        rules = [*rules, "Here it gives nan, no number: 0 · ∞ or 0 / 0 comes up in it."]
    body = "\n".join(map(_broken, lines))
    wanted = {*imports, *(["import math"] if how.log_base != "e" else [])}
    wanted |= {each for each in _IMPORTS[library] if each.split()[-1] + "." in body}
    end = "print(loss.tolist())" if library == "PyTorch" else "print(loss)"
    code = "\n".join(
        [*sorted(wanted, key=lambda line: (line.startswith("from"), line)), "", body, end]
    )
    return Call(library, code, value, " ".join(rules))


def _broken(line: str) -> str:
    """A line of code that is too long, with the arguments of its first call below it."""
    if len(line) <= _WIDTH or "\n" in line or "(" not in line:
        return line
    start = line.index("(") + 1
    depths = list(accumulate({"(": 1, "[": 1, ")": -1, "]": -1}.get(c, 0) for c in line[start:]))
    end = start + depths.index(-1)
    inside = line[start:end]
    if len(inside) > _WIDTH - 4:
        inside = "".join(
            "\n   " + c if before == "," and depth == 0 else c
            for before, c, depth in zip(" " + inside, inside, depths, strict=False)
        )
        inside = "\n".join(text.rstrip() for text in inside.splitlines())
    return f"{line[:start]}\n    {inside}\n{line[end:]}"
