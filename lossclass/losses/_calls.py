"""How the libraries are asked for a loss, and what they answer, from the data beside the loss.

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

from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from string import Template
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from lossclass.blocks import Call
from lossclass.losses._calls_code import array_code, program
from lossclass.losses._calls_how import How
from lossclass.records import record
from lossclass.second_road import Doubles, np

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
#: What may be said of a library.
_KEYS: Final = frozenset(
    ("setup", "call", "metric", "averages", "axes", "imports", "rules", "notes", "cannot")
)
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
    _check(name, data)
    return data


def _check(name: str, data: Mapping[str, Any]) -> None:
    """Look for keys that mean nothing, and for libraries of which nothing is said.

    Raises:
        ValueError: the author of the data is at fault.
    """
    for library in LIBRARIES:
        keys = {*_keys_in(data.get(library, {}))}
        if unknown := keys - _KEYS:
            raise ValueError(
                f"{name}.calls.yaml: {library} has a key {min(unknown)!r}, which means nothing"
            )
        if not keys & {"call", "metric", "cannot"}:
            raise ValueError(f"{name}.calls.yaml: {library} has none of call, metric and cannot")


def _keys_in(node: Any) -> Iterator[str]:
    """The keys of a part of the data, but for its conditions."""
    if isinstance(node, list):
        for inner in node:
            yield from _keys_in(inner)
    elif isinstance(node, dict):
        for key, inner in node.items():
            if not key.startswith(("if ", "unless ")):
                yield key
            yield from _keys_in(inner)


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
