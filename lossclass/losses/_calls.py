"""How the libraries are asked for a loss, and what they answer, from the data beside the loss; and how
their losses, one for each observation, become that of the problem, as a number and as code.

``NAME.calls.yaml`` has for each library:

* ``setup``: lines of code. The name of an array stands for the code that makes it, and ``y_true from
  classes`` makes it of other numbers. Without ``setup`` there are all arrays.
* ``call``: the expression that gives one loss for each observation. Where PyTorch's function takes
  its reduction, it has ``$REDUCTION``.
* ``metric``, in the place of ``call``: the expression that gives the mean of all losses. ``$WEIGHTS``
  stands where it takes their weights, and ``$SUM`` where it can be told to sum.
* ``averages: last_axis`` if the call does so by itself; ``axes: 1`` if arrays may have no more.
* ``imports``, beside the library's own.
* ``rules``: what is to be known of it; ``notes``: what is said last.
* ``cannot``: in the place of all of this, why the library does not have the loss.

A text may have ``$NAME``, a fact that the loss gives, or one of the texts under ``words``. In the
place of a text there may be a list of texts, and in the place of anything ``if NAME:`` or ``unless
NAME:``, which ask whether there is such a fact, or an array of that name.

No library is run: NumPy works out their numbers from their rules. Sources: the libraries' code and
documentation, and running PyTorch 2.13, Keras 3.15, optax 0.2.8 and scikit-learn 1.9.1.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from itertools import accumulate
from pprint import pformat
from string import Template
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from lossclass.blocks import Call
from lossclass.choices import LogBase, Reduction
from lossclass.problem.keys import ProblemKeys
from lossclass.records import record
from lossclass.second_road import Doubles, doubles, ln_of_base, np

if TYPE_CHECKING:
    from numpy.typing import NDArray


LIBRARIES: Final = ("PyTorch", "Keras", "optax", "scikit-learn")
#: Keras clips probabilities to [ε, 1 − ε].
KERAS_EPSILON: Final = 1e-7
#: PyTorch's BCELoss lets no logarithm be lower.
PYTORCH_LOWEST_LOG: Final = -100.0
#: scikit-learn clips probabilities to [ε, 1 − ε], with the ε of double precision.
SKLEARN_EPSILON: Final = 2.0**-52
#: Code with more numbers in it is not printed.
MOST_NUMBERS: Final = 2_000
#: What is put into a call last, when it is known how its losses are reduced.
_LAST: Final = {name: f"${name}" for name in ("REDUCTION", "WEIGHTS", "SUM")}
_NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


def calls(
    name: str,
    how: How,
    arrays: Mapping[str, Any] = _NOTHING,
    losses: Any = (),
    theirs: Mapping[str, Any] = _NOTHING,
    **facts: Any,
) -> list[Call]:
    """The four libraries' calls for a problem, in the order of :data:`LIBRARIES`.

    Args:
        name: of the data.
        how: what becomes of the losses.
        arrays: what code makes arrays of, by name: numbers in lists as deep as they are. Those of
            a library with ``averages`` or ``axes`` have the shape of the losses.
        losses: one loss for each observation, natural logarithms in it: that of NumPy's road.
        theirs: by library, what it gives in their place, where its rules make another number of it.
        facts: what conditions and texts of the data ask for.
    """
    data = _data(name)
    made = {key: _array(each) for key, each in arrays.items()}
    facts = {**_LAST, **dict.fromkeys(made, True), **facts}
    for word, node in data.get("words", {}).items():
        facts[word] = "".join(text for _, text in _said(node, facts))
    asked = []
    for library in LIBRARIES:
        said: dict[str, list[str]] = defaultdict(list)
        for key, text in _said(data[library], facts):
            said[key].append(text)
        numbers = np.asarray(theirs.get(library, losses), float)
        asked.append(_Asked(library, said, how, made, numbers).call())
    return asked


def _array(numbers: Any) -> NDArray[Any]:
    """Doubles, unless these are whole numbers of Python, which are indices."""
    array = np.asarray(numbers)
    return array if array.dtype.kind == "i" else array.astype(float)


@cache
def _data(name: str) -> dict[str, Any]:
    import yaml  # --help does without

    text = (files("lossclass.losses") / f"{name}.calls.yaml").read_text(encoding="utf-8")
    data: dict[str, Any] = yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - safe
    return data


def _said(node: Any, facts: Mapping[str, Any], key: str = "") -> Iterator[tuple[str, str]]:
    """The texts of a part of the data that are true here, filled in, each with its key."""
    match node:
        case dict():
            for name, inner in node.items():
                word, _, fact = name.partition(" ")
                if word not in ("if", "unless"):
                    yield from _said(inner, facts, name)
                elif bool(facts.get(fact)) == (word == "if"):
                    yield from _said(inner, facts, key)
        case list():
            for inner in node:
                yield from _said(inner, facts, key)
        case _:
            if text := Template(str(node)).substitute(facts):
                yield key, text


@record
class _Asked:
    """One library, asked for the loss of a problem.

    Attributes:
        said: what the data says of it.
        losses: what it gives for each observation.
    """

    library: str
    said: Mapping[str, list[str]]
    how: How
    arrays: Mapping[str, NDArray[Any]]
    losses: Doubles

    def call(self) -> Call:
        """How it is asked, and what it answers; or why it cannot be."""
        if "cannot" in self.said:
            return self._cannot(" ".join(self.said["cannot"]))
        return self._mean() if "metric" in self.said else self._one_each()

    def _cannot(self, why: str) -> Call:
        return Call(self.library, "", None, why)

    def _one_each(self) -> Call:
        """A function that gives a loss for each observation, and that PyTorch's can reduce."""
        how, call, rules = self.how, "".join(self.said["call"]), []
        argument = how.as_one_argument if "$REDUCTION" in call else None
        call = call.replace("$REDUCTION", argument or "none")
        if argument:
            lines = [f"loss = {how.scaled(call)}"]
            if argument == "sum":
                rules.append("The default, reduction='mean', is the mean.")
        else:
            given = {"weights": how.code_weights, "mask": how.full_mask}
            lines = [
                array_code(self.library, name, each)
                for name, each in given.items()
                if each is not None
            ]
            lines.append(f"each = {call}")
            if self.library == "Keras":
                lines.append("each = keras.ops.convert_to_numpy(each)")
            if how.row_means and "averages" not in self.said:
                lines.append("each = each.mean(-1)")
            if how.mask is not None:
                lines.append("each = each[mask]")
            lines.append(f"loss = {how.code('each')}")
        if self.library == "optax":
            rules.append("It gives one number for each and reduces nothing: that is yours to do.")
        return self._answer(call, lines, rules)

    def _mean(self) -> Call:
        """A metric of scikit-learn, which is the weighted mean of losses."""
        how, metric, rules, lines = self.how, "".join(self.said["metric"]), [], []
        if how.reduction == "none":
            return self._cannot("It gives one number for all observations, never one each.")
        width, weights = self.losses.shape[-1] if how.row_means else 1, how.all_weights
        if weights is not None:
            if not weights.sum():
                return self._cannot("Its mean divides by the sum of the weights, which is 0.")
            lines.append(array_code(self.library, "weights", np.repeat(weights, width)))
        after = how.after_mean(width, summed="$SUM" in metric)
        if after is not None:
            rules.append("By itself it is the mean" + (", weighted." if lines else "."))
        metric = metric.replace("$WEIGHTS", ", sample_weight=weights" if lines else "")
        metric = metric.replace("$SUM", "" if after is None else ", normalize=False")
        return self._answer(metric, [*lines, f"loss = {how.scaled(metric + (after or ''))}"], rules)

    def _answer(self, call: str, lines: list[str], rules: list[str]) -> Call:
        """The call with its number, and with the code that ends with these lines."""
        how, value = self.how, self.how.number(self.losses)
        rules = [*self._about_axes(), *self.said["rules"], *rules]
        if how.root:
            lines.append("loss = loss ** 0.5")
        code, numbers = "", sum(values.size for _, values in self._setup() if values is not None)
        if numbers <= MOST_NUMBERS:
            setup = [
                line if values is None else array_code(self.library, line, values)
                for line, values in self._setup()
            ]
            code = program(self.library, self.said["imports"], [*setup, *lines])
        else:
            rules.append(f"Code with its {numbers} numbers is left out; the call is {call}.")
        if how.log_base != "e":
            rules.append(f"Its logarithms are natural ones: divided by ln {how.log_base}.")
        if value is None:
            rules.append("Here it gives nan, no number: 0 · ∞ or 0 / 0 comes up in it.")
        return Call(self.library, code, value, " ".join([*rules, *self.said["notes"]]))

    def _setup(self) -> Iterator[tuple[str, NDArray[Any] | None]]:
        """The lines of code before the call, or names of arrays with these."""
        for line in self.said.get("setup") or self.arrays:
            name, _, of = line.partition(" from ")
            values = self.arrays.get(of or name)
            if values is None:
                yield line, None
            elif "axes" in self.said:
                yield name, self.how.counted(values)
            elif "averages" in self.said and not self.how.row_means:
                yield name, values[..., None]
            else:
                yield name, values

    def _about_axes(self) -> Iterator[str]:
        if "averages" in self.said and self.how.row_means:
            yield "It averages over the last axis by itself."
        elif "averages" in self.said:
            yield "It averages over the last axis, so each observation stands in a row of its own."
        if "axes" in self.said and len(self.losses.shape) > 1:
            yield "It takes numbers in one row, so all of them are put into one."


# --- code --------------------------------------------------------------------------------


#: Columns of code, so that it stands indented on 80.
_WIDTH = 72
#: What makes an array, and what it is told of doubles and of integers.
_ARRAYS = {
    "PyTorch": ("torch.tensor", {"f": ", dtype=torch.float64", "i": ", dtype=torch.int64"}),
    "Keras": ("np.array", {}),
    "optax": ("jnp.array", {}),
    "scikit-learn": ("np.array", {}),
}
_IMPORTS = {
    "PyTorch": ("import torch", "import torch.nn.functional as F"),
    "Keras": ("import keras", "import numpy as np"),
    "optax": ("import jax.numpy as jnp", "import optax"),
    "scikit-learn": ("import numpy as np",),
}


def array_code(library: str, name: str, values: NDArray[Any]) -> str:
    """The code ``name = …`` with an array of doubles, of integers for indices, or of a mask."""
    make, types = _ARRAYS[library]
    literal = pformat(values.tolist(), width=_WIDTH - 4, compact=True)
    literal = literal.replace("inf", 'float("inf")')
    end = types.get(values.dtype.kind, "")
    code = f"{name} = {make}({literal}{end})"
    if "\n" not in literal and len(code) <= _WIDTH:
        return code
    indented = "\n".join("    " + line for line in literal.splitlines())
    more = f",\n    {end[2:]}" if end else ""
    return f"{name} = {make}(\n{indented}{more}\n)"


def program(library: str, imports: Iterable[str], lines: Sequence[str]) -> str:
    """A program of these lines, which leave the number in ``loss``, with what it has to import.

    Args:
        imports: beside the library's own, which are imported where they are used.
    """
    body = "\n".join(map(_broken, lines))
    wanted = {*imports, *(["import math"] if "math." in body else [])}
    wanted |= {each for each in _IMPORTS[library] if each.split()[-1] + "." in body}
    end = "print(loss.tolist())" if library == "PyTorch" else "print(loss)"
    ordered = sorted(wanted, key=lambda line: (line.startswith("from"), line))
    return "\n".join([*ordered, "", body, end])


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


# --- what becomes of the losses ----------------------------------------------------------


@record
class How:
    """What becomes of the losses.

    Attributes:
        reduction: of the problem, or of the loss's usual formula.
        shape: that of the observations.
        weights: those of the observations. What has fewer axes than these stands for all that share
            the beginning of its place.
        mask: which observations count, with as many axes as it has; all where there is none.
        class_weights: that of each observation's true class, already in its loss.
        factor: what stands before the whole.
        row_means: whether an observation's loss is the mean over one more axis, the last one.
        root: whether the square root is taken of the reduced loss.
    """

    reduction: Reduction
    shape: Sequence[int]
    weights: Any = None
    mask: Any = None
    class_weights: Any = None
    factor: float = 1.0
    log_base: LogBase = "e"
    row_means: bool = False
    root: bool = False

    @classmethod
    def of(cls, inputs: ProblemKeys, own: Reduction, shape: Sequence[int], **more: Any) -> How:
        """As the keys of a problem say; its ``log_base`` only where the loss has logarithms."""
        return cls(inputs.reduction or own, shape, inputs.weights, **more)

    def counted(self, numbers: Any) -> Doubles:
        """Numbers for the observations that count, one behind the other; 1 each for None."""
        array = self._with_all_axes(1 if numbers is None else numbers)
        spread = np.broadcast_to(array, (*self.shape, *array.shape[len(self.shape) :]))
        return (spread if self.mask is None else spread[self.full_mask]).ravel()

    def pairs_that_count(self, numbers: Doubles) -> Doubles:
        """Numbers of all pairs, those that count, one behind the other."""
        return (
            self.counted(numbers)
            if not self.row_means
            else (numbers if self.mask is None else numbers[self.full_mask]).ravel()
        )

    def _with_all_axes(self, numbers: Any) -> Doubles:
        array = doubles(numbers)
        return array.reshape(array.shape + (1,) * (len(self.shape) - array.ndim))

    @property
    def full_mask(self) -> NDArray[np.bool_] | None:
        """The mask in the shape of the observations; None where all count."""
        if self.mask is None:
            return None
        return np.broadcast_to(self._with_all_axes(self.mask) != 0, self.shape)

    @property
    def code_weights(self) -> Doubles | None:
        """The weights as code has them, to be multiplied with the losses that count."""
        if self.weights is None:
            return None
        return (
            self._with_all_axes(self.weights) if self.mask is None else self.counted(self.weights)
        )

    def number(self, losses: Doubles) -> float | list[float] | None:
        """The reduced loss; None where it is no number."""
        losses = self.counted(losses.mean(axis=-1) if self.row_means else losses)
        weighted = self.factor * losses * self.counted(self.weights) / ln_of_base(self.log_base)
        if np.isnan(weighted).any():
            return None
        if self.reduction == "none":
            return [float(each) for each in weighted]
        divisor = 1 if self.reduction == "sum" else self.divisor or len(weighted)
        reduced = float(weighted.sum() / divisor)
        return math.sqrt(reduced) if self.root else reduced

    def code(self, each: str) -> str:
        """The expression that reduces the losses that are called ``each``."""
        text = each if self.weights is None else f"(weights * {each})"
        if self.reduction == "sum":
            text += ".sum()"
        elif self.reduction != "none":
            text += f".sum() / {self.divisor!r}" if self.divisor else ".mean()"
        return self.scaled(text)

    def scaled(self, text: str) -> str:
        """A loss with its factor, in its base of logarithms."""
        front = "" if self.factor == 1 else f"{self.factor!r} * "
        end = "" if self.log_base == "e" else f" / math.log({self.log_base})"
        return front + text + end

    @property
    def all_weights(self) -> Doubles | None:
        """What each loss that counts is weighed with, by its class too, if there are weights."""
        if self.weights is None and self.class_weights is None:
            return None
        return self.counted(self.weights) * self.counted(self.class_weights)

    @property
    def divisor(self) -> float | None:
        """What a mean divides the sum by, where that is not the number of losses."""
        if self.reduction == "weighted_mean" and (weights := self.all_weights) is not None:
            return float(sum(weights.tolist()))
        if self.reduction == "mean_over_counted" and self.weights is not None:
            return int(np.count_nonzero(self.counted(self.weights)))
        return None

    @property
    def as_one_argument(self) -> str | None:
        """The ``reduction`` that PyTorch has for this, if it has."""
        if self.weights is not None or self.mask is not None or self.row_means:
            return None
        if self.reduction in ("sum", "none"):
            return self.reduction
        # With class weights, its mean is the weighted one.
        return "mean" if self.class_weights is None or self.reduction == "weighted_mean" else None

    def after_mean(self, width: int, *, summed: bool) -> str | None:
        """The code that makes the reduced loss of the weighted mean of losses, or of their sum; None
        where the mean is it.

        Args:
            width: over how many losses that of an observation is the mean.
        """
        weighted = self.all_weights is not None
        if self.reduction == "weighted_mean" or (self.reduction != "sum" and not weighted):
            return None
        count = len(self.counted(None))
        if not weighted and not summed:
            return f" * {count}"
        over = width if self.reduction == "sum" else width * (self.divisor or count)
        text = "" if summed else " * weights.sum()"
        return text if self.reduction == "sum" and width == 1 else f"{text} / {over}"
