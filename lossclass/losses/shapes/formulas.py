"""The formula that a problem is worked by, in one line of plain text, in the letters of its steps; and
gradients in closed form: NumPy's road to the derivatives of a loss, and their formula in words.

A loss's ``gradient`` gives the derivatives of the answer without looking at its steps, so that the
walk back over these can be held against them.

Two cases have no closed form of one kind. At a kink the choice is that of
:mod:`lossclass.arithmetic.derivative`: 0 at the corner of a hinge, and the first of the largest
where a maximum has several. Where 0 · ln 0 counts as 0, so does its derivative; where the loss is
infinite, the derivative is what the calculus gives, −∞ or ∞. Those of the cross-entropies are from
Goodfellow, Bengio, Courville, *Deep Learning* (2016), sections 6.2.2.2 and 6.2.2.3.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from lossclass.arithmetic.notation import PLAIN
from lossclass.arithmetic.symbol import Symbol
from lossclass.choices import LogBase, Reduction
from lossclass.losses.shapes.reduction import divided_by, weights_at
from lossclass.problem.arrays import Place, Rows, shape_of
from lossclass.problem.arrays import places as places_of
from lossclass.problem.keys import ProblemKeys
from lossclass.records import record
from lossclass.rnn.inputs import Rnn
from lossclass.second_road import Doubles, doubles, ln_of_base, log_softmax, np
from lossclass.working import Working

if TYPE_CHECKING:
    from lossclass.arithmetic.expression import Quantity
    from lossclass.losses.shapes.classes import Distributions

#: A place as it stands in an id: numbers from 1, and with a gate of a network its name.
Index: TypeAlias = tuple[int | str, ...]
#: Derivatives by key, and under each key by index.
Values: TypeAlias = dict[str, dict[Index, float]]
#: What has derivatives, by key and place.
Differentiated: TypeAlias = "dict[str, dict[Index, Quantity]]"
#: How far doubles on a road of their own may be off, for numbers of ordinary size.
TOLERANCE: Final = 1e-9
#: Below this, doubles of ordinary numbers have nothing to tell.
_DOUBLE: Final = 1e-12
#: So near to a kink, relatively, doubles from a network count as just at it.
AT_A_KINK: Final = 1e-12
THROUGH_THE_NETWORK: Final = (
    " Back-propagation through time takes ∂L/∂o on to the hidden states and to the weights."
)


@record
class ClosedForm:
    """The derivatives of a loss.

    Attributes:
        says: the closed form of this problem as one or two sentences of plain text.
        values: the derivatives of the answer with respect to each number, with all others held
            as they are. A key and an index say what a quantity stands for: a number of the problem,
            or a step that was written with ``at``, as predictions of a network are. Numbers that
            the loss does not use, such as those of padding, are left out; None where NumPy
            cannot tell.
        tolerance: how far they may be off, relative to the largest.
        least: how far they may be off, where all are small.
        how: how NumPy came to the numbers, as a phrase.
    """

    says: str
    values: Mapping[str, Mapping[Index, float | None]]
    tolerance: float = TOLERANCE
    least: float = _DOUBLE
    how: str = "by this closed form"


def by_index(numbers: Doubles, rows: Sequence[Index] | None = None) -> dict[Index, float]:
    """The numbers by their places.

    Args:
        numbers: of any shape.
        rows: what stands for the place along the first axis; 1 to n if left out.
    """
    if rows is None:
        return dict(zip(places_of(numbers.shape), numbers.ravel().tolist(), strict=True))
    inner = [*places_of(numbers.shape[1:])]
    return {
        (*row, *place): number
        for row, line in zip(rows, numbers.reshape(len(rows), -1).tolist(), strict=True)
        for place, number in zip(inner, line, strict=True)
    }


def times(factors: Doubles, slopes: Doubles) -> Doubles:
    """The slopes times the factors of what stands at the beginning of their places; a factor of 0
    leaves nothing even of ∞."""
    spread = factors.reshape(factors.shape + (1,) * (slopes.ndim - factors.ndim))
    with np.errstate(invalid="ignore"):
        product: Doubles = np.where(spread == 0, 0.0, spread * slopes)
    return product


def over(above: Doubles, below: Doubles) -> Doubles:
    """The quotients, 0 wherever the number above is 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        quotients: Doubles = np.where(above == 0, 0.0, above / below)
    return quotients


def by_what(
    inputs: Any, working: Working, keys: Sequence[str] = (), steps: Sequence[str] = ("y_pred",)
) -> Differentiated:
    """By what there are derivatives: see ``differentiated`` of :class:`lossclass.losses.Form`.

    Args:
        keys: those that may hold predictions, if not all in ``HOLDERS``.
        steps: those that may stand for steps on the way.
    """
    from lossclass.rnn.parameters import parameters

    keys = keys or inputs.HOLDERS
    found = working.all_at(*dict.fromkeys((*keys, *steps)))
    found = dict(sorted(found.items(), key=lambda each: getattr(inputs, each[0], None) is None))
    if (rnn := getattr(inputs, "rnn", None)) is not None:
        for each in parameters(rnn):
            found[each.name] = {place: working.at(each.name, place) for place in each.places}
    return found


# --- from the loss of an observation to the answer ---------------------------------------


@record
class Shares:
    """How the answer changes with the loss of each observation.

    Attributes:
        factors: the derivatives, shape (n,).
        above: what they multiply by in the closed form, such as the weight ``w``.
        below: what they divide by, such as ``n``.
        words: the same as phrases, to be joined with commas.
    """

    factors: Doubles
    above: tuple[str, ...] = ()
    below: tuple[str, ...] = ()
    words: tuple[str, ...] = ()

    def in_base(self, log_base: LogBase) -> Shares:
        """The same for a loss of logarithms to this base, of which the derivative has a ln."""
        if log_base == "e":
            return self
        base = f"ln {log_base}"
        words = f"divided by {base} for the base of the logarithms"
        factors, below = self.factors / ln_of_base(log_base), (*self.below, base)
        return Shares(factors, self.above, below, (*self.words, words))

    def of_rows(self, width: int) -> Shares:
        """The same for each number of rows of which the losses are the means."""
        said = f"divided by D = {width}, the numbers of a row"
        factors = self.factors.repeat(width) / width
        return Shares(factors, self.above, ("D", *self.below), (said, *self.words))

    def under_root(self, answer: float) -> Shares:
        """The same where the answer L is the square root of it all: a factor of ½ / L, of which the ½
        is left to who writes the formula. At 0 the root has no slope, which is no number."""
        factors = self.factors / (2 * answer) if answer else np.nan * self.factors
        return Shares(factors, self.above, (*self.below, "L"), (*self.words, "divided by L"))

    def scaled(self, *above: str, below: Sequence[str] = (), negative: bool = False) -> str:
        """The formula of a derivative by one observation, made that of the answer.

        Args:
            above: the factors of its numerator; a sum stands in brackets.
            below: those of its denominator.
        """
        factors = [*self.above, *(factor for factor in above if factor != "1")] or ["1"]
        divisors = [*below, *self.below]
        text = " · ".join(factors)
        if factors == [text] and not divisors and not negative and text.startswith("("):
            text = text[1:-1]
        if len(divisors) > 1:
            divisors = [f"({' · '.join(divisors)})"]
        if divisors:
            text += f" / {divisors[0]}"
        return f"−{text}" if negative else text

    def in_words(self, words: str) -> str:
        """What a formula says, with what was put to it."""
        return ", ".join([words, *self.words])


def shares(
    inputs: ProblemKeys,
    own: Reduction,
    losses: int | Sequence[Place],
    *,
    class_weights: Doubles | None = None,
    each: str = "observation",
) -> Shares:
    """What :func:`lossclass.losses.shapes.reduction.reduce_values` makes of each loss.

    Args:
        own: the reduction in the loss's usual formula.
        losses: how many there are, or their places.
        class_weights: of each loss, what the weighted mean also divides by.
        each: what an observation is called.
    """
    places = [(n,) for n in range(1, losses + 1)] if isinstance(losses, int) else losses
    weights, reduction = weights_at(inputs, places), inputs.reduction or own
    number = divided_by(reduction, weights, class_weights)
    above: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    below, what = "", f"n = {number:.0f}"
    if inputs.weights is not None:
        above, words = ("w",), (f"times the weight w of its {each}",)
    if reduction == "weighted_mean" and class_weights is not None:
        below = "(Σ w · K)" if above else "Σ K"
        what = f"{below}, the sum of the weights that count"
    elif reduction == "weighted_mean" and above:
        below, what = "Σ w", "Σ w, the sum of the weights"
    elif number > 1:
        below = "n"
        if reduction == "mean_over_counted" and above:
            what += ", the number of weights that are not 0"
    if not below:
        return Shares(weights / number, above, (), words)
    return Shares(weights / number, above, (below,), (*words, f"divided by {what}"))


# --- through a network -------------------------------------------------------------------


def through_network(
    rnn: Rnn, by_outputs: Doubles, says: str, found: Mapping[str, Mapping[Index, float]]
) -> ClosedForm:
    """The closed form of a loss of a network's outputs, with the derivatives by its numbers.

    Args:
        by_outputs: the derivatives with respect to the outputs o of the time steps that have a
            prediction, n × C.
        says: the closed form up to there.
        found: other derivatives.

    Returns:
        Among its values ``output`` (T, C), for these time steps; ``hidden`` (T, H); and under
        ``rnn.U`` and so on the parameters that the problem gives, as their ids have them: with a
        gate ``("r", 1, 2)``.
    """
    from lossclass.rnn.fitting import network_of
    from lossclass.rnn.parameters import parameters
    from lossclass.rnn.vectorised import backward, forward

    network = network_of(rnn)
    passed = forward(network)
    all_outputs = np.zeros_like(passed.outputs)
    all_outputs[np.array(network.predicted) - 1] = by_outputs
    behind = backward(network, all_outputs, passed)
    values = {
        **found,
        "output": by_index(by_outputs, [(t,) for t in network.predicted]),
        "hidden": by_index(behind["hidden"]),
    }
    for parameter in parameters(rnn):
        slopes = behind[parameter.name].ravel().tolist()
        values[parameter.name] = dict(zip(parameter.places, slopes, strict=True))
    return ClosedForm(says + THROUGH_THE_NETWORK, values)


def back_to_outputs(output: str, predictions: Doubles, by_predictions: Doubles) -> Doubles:
    """From the derivatives with respect to predictions to those by the outputs behind them.

    Args:
        output: ``identity``, ``sigmoid`` or ``softmax`` (over the columns).
        predictions: n × C.
        by_predictions: n × C.
    """
    match output:
        case "sigmoid":
            return by_predictions * predictions * (1 - predictions)
        case "softmax":
            weighted = predictions * by_predictions
            return doubles(weighted - predictions * weighted.sum(axis=1, keepdims=True))
    return by_predictions


# --- of cross-entropies: ŷ − y, as soon as a softmax or sigmoid is before them -----------


@record
class Truth:
    """What the logarithms are multiplied by.

    Attributes:
        shares: n × C: the true probabilities, smoothed and with the weights of their classes.
        letters: how a formula calls them.
        sum_to_one: whether those of every row do, so that ŷ · Σ y is ŷ.
    """

    shares: Doubles
    letters: str
    sum_to_one: bool

    @property
    def said(self) -> str:
        """What the letters stand for."""
        return {"y": "truth", "s": "smoothed truth"}.get(self.letters, self.letters)


def truth(
    targets: Rows, class_weights: Sequence[Decimal] | None = None, smoothing: Decimal = Decimal(0)
) -> Truth:
    """What the logarithms are multiplied by: (1 − ε) y + ε / C, times the weight k of the class.

    Args:
        targets: the true distributions, n × C.
    """
    shares, epsilon = doubles(targets), float(smoothing)
    letters = "s" if epsilon else "y"
    if epsilon:
        shares = (1 - epsilon) * shares + epsilon / shares.shape[1]
    if class_weights is not None:
        shares, letters = shares * doubles(class_weights), f"k · {letters}"
    sum_to_one = class_weights is None and all(sum(row, Decimal(0)) == 1 for row in targets)
    return Truth(shares, letters, sum_to_one)


def cross_entropy(
    found: Distributions,
    true: Truth,
    reduced: Shares,
    *,
    rnn: Rnn | None = None,
    temperature: Decimal = Decimal(1),
) -> ClosedForm:
    """The closed form of a reduced −Σ y ln ŷ.

    Args:
        found: the observations, with the outputs of a network as logits.
        reduced: what becomes of the loss of each, with the base of its logarithms.
        rnn: the network that the logits are from. The last part of a place is then the number of
            the prediction, and those that are not there do not count.
        temperature: what the logits are divided by before the softmax.
    """
    given, rows = doubles(found.predictions), found.places
    if found.kind == "log_probs":
        by_logs = times(reduced.factors, -true.shares)
        says = f"∂L/∂q = {reduced.scaled(true.letters, negative=True)}: "
        says += reduced.in_words(f"minus {true.said}") + "."
        return ClosedForm(says, {"log_probs": by_index(by_logs, rows)})
    if found.kind == "y_pred":
        by_predictions = times(reduced.factors, -over(true.shares, given))
        says = f"∂L/∂ŷ = {reduced.scaled(true.letters, below=('ŷ',), negative=True)}: "
        says += reduced.in_words(f"minus {true.said}, divided by prediction") + "."
        return ClosedForm(says, {"y_pred": by_index(by_predictions, rows)})
    divided = float(temperature)
    predictions = np.exp(log_softmax(given / divided))
    with np.errstate(over="ignore"):
        by_predictions = times(reduced.factors, -over(true.shares, predictions))
    totals = true.shares.sum(axis=1, keepdims=True)
    by_logits = times(reduced.factors, (predictions * totals - true.shares) / divided)
    if rnn is None:
        values = {"logits": by_index(by_logits, rows), "y_pred": by_index(by_predictions, rows)}
        return ClosedForm(_said(true, reduced, "z", temperature), values)
    by_logits, by_predictions = (spread(each, rows, rnn) for each in (by_logits, by_predictions))
    says, beside = _said(true, reduced, "o", temperature), {"y_pred": by_index(by_predictions)}
    return through_network(rnn, by_logits, says, beside)


def spread(counted: Doubles, places: Sequence[Index], rnn: Rnn) -> Doubles:
    """Rows of 0 for all predictions of a network, with those that count in their places."""
    from lossclass.rnn.fitting import network_of

    network = network_of(rnn)
    rows = np.zeros((len(network.predicted), network.outputs))
    rows[[int(place[-1]) - 1 for place in places]] = counted
    return rows


def _said(true: Truth, reduced: Shares, letter: str, temperature: Decimal) -> str:
    y = true.letters
    if true.sum_to_one:
        body, words = f"(ŷ − {y})", f"prediction minus {true.said}"
    else:
        body = f"(ŷ · Σ {y} − {y})"
        words = f"prediction times the sum of {y} over the classes, minus {y}"
    below = () if temperature == 1 else ("T",)
    if below:
        words += ", divided by the temperature T"
    return f"∂L/∂{letter} = {reduced.scaled(body, below=below)}: {reduced.in_words(words)}."


# --- the formula that a problem is worked by ---------------------------------------------


_LOGARITHMS = {"e": "ln", "2": "log₂", "10": "log₁₀"}

#: The letters of the axes of a place, such as ("t", "d"); ("1",) where there is one place alone.
Letters = tuple[str, ...]


def log(base: LogBase) -> str:
    """How a logarithm to a base is written."""
    return _LOGARITHMS[base]


def indexed(letter: str, index: Sequence[str], *, hat: bool = False) -> str:
    """A letter with an index: y_t,d."""
    return PLAIN.symbol(
        Symbol(letter, tuple(int(i) if i.isdecimal() else i for i in index), hat=hat)
    )


def letters_of(columns: str | Sequence[str], places: Sequence[Place]) -> Letters:
    """The letters of the axes; the numbers themselves where there is one place."""
    if len(places) == 1:
        return tuple(map(str, places[0]))
    return tuple(each[0] for each in (columns.split(",") if isinstance(columns, str) else columns))


def total(index: Letters) -> str:
    """The sign of a sum over an index, with a space behind; nothing where there is one place."""
    return "" if all(i.isdecimal() for i in index) else f"{indexed('Σ', index)} "


def head(
    term: str,
    inputs: ProblemKeys,
    own: Reduction,
    index: Letters,
    *,
    factor: str = "",
    class_weights: bool = False,
    root: bool = False,
    where: Sequence[str] = (),
) -> str:
    """L = … for losses that are reduced.

    Args:
        term: the loss of one observation; a minus before it is that of the whole.
        own: the reduction of a problem that says none.
        index: of an observation.
        factor: what stands before the whole.
        class_weights: whether the weighted mean divides by weights of true classes, Kᵢ.
        where: what is to be said behind, such as "δ = 2".
    """
    reduction = inputs.reduction or own
    minus, term = ("−", term[1:]) if term.startswith("−") else ("", term)
    weight, each = "", total(index)
    if inputs.weights is not None:
        # a weight may stand for all along an axis
        lengths = zip(index, shape_of(inputs.weights), strict=False)
        weight = indexed("w", tuple(i if length > 1 else "1" for i, length in lengths))
        term = f"{weight} · {term}"
    answer = "L"
    divisors = [weight] * bool(weight) + [indexed("K", index)] * class_weights
    where = [*where]
    if reduction == "none":
        answer, body = indexed("L", index), term
    elif reduction == "weighted_mean" and divisors:
        body = f"({each}{term}) / {each}{' · '.join(divisors)}"
    elif reduction == "sum" or not each:
        body = f"{each}{term}"
    else:
        body = f"(1/n) {each}{term}"
        if reduction == "mean_over_counted" and weight:
            where.append("n the number of weights that are not 0")
    body = f"{minus}{factor}{body}"
    return ",  ".join([f"{answer} = √({body})" if root else f"{answer} = {body}", *where])


def times_number(number: Decimal) -> str:
    """A number as a factor before the rest; nothing for 1."""
    if number == 1:
        return ""
    return "½ " if number == Decimal("0.5") else f"{PLAIN.number(number)} · "


# --- of losses of classes ---


def log_predicted(inputs: Any, index: Letters) -> str:
    """The logarithm of the probability of class c."""
    place = (*index, "c")
    if inputs.kind != "log_probs":
        return f"{log(inputs.log_base)} {indexed('y', place, hat=True)}"
    given = indexed("q", place)
    return given if inputs.log_base == "e" else f"{given} / ln {inputs.log_base}"


def softmax_formula(inputs: Any, temperature: Decimal | None = None) -> list[str]:
    """The softmax before the predictions, where they are not given themselves."""
    if inputs.kind == "log_probs":
        return ["q = ln ŷ"]
    letter = {"logits": "z", "rnn": "o"}.get(inputs.kind)
    return [softmax("ŷ", letter, temperature)] if letter else []


def softmax(made: str, logit: str, temperature: Decimal | None) -> str:
    """What comes of logits."""
    return f"{made} = softmax({logit})" if temperature is None else f"{made} = softmax({logit} / T)"
