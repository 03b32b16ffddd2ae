"""Binary cross-entropy: −(1/n) Σᵢ [yᵢ ln ŷᵢ + (1 − yᵢ) ln(1 − ŷᵢ)], for something that happens or not.

ŷᵢ is the probability that the model gives to it, 1 − ŷᵢ what is left for the opposite; yᵢ says
what is true, 1 or 0 or a probability between. Source: Goodfellow, Bengio, Courville, *Deep
Learning* (2016), section 6.2.2.2; as a mean, as in the course's handout. ``pos_weight`` p counts
the first product p times, as PyTorch's BCEWithLogitsLoss does; ``class_weights`` both.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Annotated, Any, ClassVar, TypeAlias

from lossclass.arithmetic.calculation import Calculation
from lossclass.arithmetic.expression import Exp, Expression, Log, Quantity, Sigmoid
from lossclass.arithmetic.notation import PLAIN
from lossclass.arithmetic.symbol import Symbol
from lossclass.losses._calls import KERAS_EPSILON, PYTORCH_LOWEST_LOG, SKLEARN_EPSILON, How
from lossclass.losses.shapes import cross_entropy_slips, formulas
from lossclass.losses.shapes.class_weights import (
    ClassWeights,
    Share,
    in_order,
    write_class_weights,
    write_smoothed,
)
from lossclass.losses.shapes.curves import equation_of
from lossclass.losses.shapes.formulas import Letters, indexed
from lossclass.losses.shapes.formulas import log as log_to
from lossclass.losses.shapes.network import FromRnn, sigmoid_step
from lossclass.losses.shapes.observations import log_given, remark_on_zero
from lossclass.losses.shapes.pair_keys import PairKeys
from lossclass.losses.shapes.pairs import Pair, Pairs
from lossclass.problem import arrays
from lossclass.problem.keys import Inconsistency, LogarithmKeys
from lossclass.problem.moves import Kind, Moves
from lossclass.second_road import Doubles, doubles, ln_of_base, np
from lossclass.slips import Slip
from lossclass.slips.making import with_ones
from lossclass.working import Working, dotted, named

#: From here on 1 − ŷ is worked as sigmoid(−z): as a difference it would lose its digits.
_NEARLY_ONE = Decimal(20)
#: The exponential of more than this is beyond even the exponents that the steps can hold.
_LARGEST_LOGIT = Decimal("1e15")
#: The two classes, in the order of their weights.
_CLASSES = ("0", "1")

LogitArray: TypeAlias = Annotated[
    arrays.Array,
    arrays.array_field("a number between -1e15 and 1e15", lambda z: abs(z) <= _LARGEST_LOGIT),
    arrays.array_schema({"type": "number"}),
    Moves(Kind.NUMBER),
]
PosWeight: TypeAlias = Annotated[
    arrays.Array,
    arrays.array_field("a number of 0 or more", lambda number: number >= 0),
    arrays.array_schema({"type": "number", "minimum": 0}),
]


class BinaryKeys(PairKeys, LogarithmKeys):
    """``y_true`` (numbers from 0 to 1), and ``y_pred`` (probabilities), ``logits``, ``log_probs`` or
    a network; ``class_weights`` (of 0 and of 1) or ``pos_weight`` (one, or one for each place along
    the last axis); ``label_smoothing``."""

    FROM_RNN: ClassVar[FromRnn] = FromRnn(("sigmoid",), "each prediction is a probability of a 1")
    HOLDERS: ClassVar[tuple[str, ...]] = ("y_pred", "logits", "log_probs")
    OUTPUTS: ClassVar[str] = "logits"

    y_true: arrays.TruthArray
    y_pred: Annotated[arrays.ProbabilityArray, Moves(Kind.PROBABILITY)] | None = None
    logits: LogitArray | None = None
    log_probs: arrays.LogProbabilityArray | None = None
    class_weights: ClassWeights | None = None
    pos_weight: PosWeight | None = None
    label_smoothing: Share = Decimal(0)

    @classmethod
    def inconsistencies(cls, given: Mapping[str, Any]) -> Iterator[Inconsistency]:
        yield from super().inconsistencies(given)
        shape, pos_weight = cls.pairs_shape(given), given.get("pos_weight")
        if (weights := given.get("class_weights")) is not None:
            _, found = in_order(weights, _CLASSES)
            yield from ((("class_weights", *path), message) for path, message in found)
            if pos_weight is not None:
                yield ("pos_weight",), "there is class_weights already, which has that of a 1"
        if (
            shape
            and pos_weight is not None
            and arrays.shape_of(pos_weight) not in ((1,), shape[-1:])
        ):
            what = "1 number" if shape[-1] == 1 else f"1 number, or {shape[-1]}"
            yield ("pos_weight",), f"expected {what}, got {len(pos_weight)}"

    @property
    def weights_in_order(self) -> tuple[Decimal, ...] | None:
        """The weights of a 0 and of a 1."""
        return None if self.class_weights is None else in_order(self.class_weights, _CLASSES)[0]

    @property
    def has_weights(self) -> bool:
        """Whether a 0 and a 1 do not count the same."""
        return self.class_weights is not None or self.pos_weight is not None

    def shares(self) -> tuple[Doubles, Doubles]:
        """What the two logarithms are multiplied by, in NumPy: y and 1 − y, smoothed and with their
        weights, of the pairs' shape."""
        true, _ = self.decimals()
        true = (1 - self.label_smoothing) * true + self.label_smoothing / 2
        zero, one = np.ones(1), np.array(self.pos_weight or 1, float)
        if self.weights_in_order is not None:
            zero, one = np.array(self.weights_in_order, float)
        return one * true.astype(float), zero * (1 - true).astype(float)

    def probabilities(self) -> tuple[Doubles, Doubles]:
        """ŷ and 1 − ŷ in NumPy, of the pairs' shape, neither from the other: as doubles, ŷ may be 1
        without being it."""
        from lossclass.rnn.vectorised import sigmoid

        given = self.as_given()
        _, predicted = given.decimals()
        numbers = predicted.astype(float)
        match given.kind:
            case "logits":
                with np.errstate(over="ignore"):
                    return sigmoid(numbers), sigmoid(-numbers)
            case "log_probs":
                return np.exp(numbers), -np.expm1(numbers)
        return numbers, (1 - predicted).astype(float)


class BinaryCrossEntropy(Pairs):
    """−[y ln ŷ + (1 − y) ln(1 − ŷ)]."""

    TITLE = "Binary cross-entropy (BCE)"
    FORMULA = "L = −(1/n) Σᵢ [yᵢ ln ŷᵢ + (1 − yᵢ) ln(1 − ŷᵢ)]"
    ALIASES = ("bce",)
    Inputs = BinaryKeys
    HEADING = "The cross-entropy of each observation"
    CALLS = "binary_cross_entropy"

    # --- the road by hand ---

    def pairs(self, inputs: BinaryKeys, working: Working) -> list[Pair]:
        """What is given; ``y_pred.i`` of logits; ``smoothed.i`` where the truth is smoothed."""
        pairs = super().pairs(inputs, working)
        write_class_weights(working, _CLASSES, inputs.weights_in_order)
        if inputs.pos_weight is not None:
            _write_pos_weight(working, inputs.pos_weight, self.letters(inputs)[-1])
        if inputs.kind == "logits":
            working.section("The predictions: sigmoid of the logits")
            working.say(
                "ŷ = sigmoid(z) = 1 / (1 + exp(−z)). It makes a probability of any number: 0.5 of z = 0, "
                "more of a positive z, less of a negative one."
            )
            pairs = [self._behind_sigmoid(working, each) for each in pairs]
        if not inputs.label_smoothing:
            return pairs
        titles = (self.title("smoothed label", each.place) for each in pairs)
        true = ((each.place, each.y_true, title) for each, title in zip(pairs, titles, strict=True))
        made = write_smoothed(working, inputs.label_smoothing, len(_CLASSES), "Keras", true)
        return [replace(each, y_true=s) for each, s in zip(pairs, made, strict=True)]

    def introduce(self, inputs: Any, working: Working) -> None:
        working.say(
            "ŷ is the probability that the model gives to a 1; 1 − ŷ is what it leaves for a 0. The "
            "logarithm of ŷ is multiplied by the true probability y, that of 1 − ŷ by 1 − y."
            + (" In the place of y stands the smoothed s." if inputs.label_smoothing else "")
            + (" Each product has the weight of its outcome." if inputs.has_weights else "")
        )

    def _behind_sigmoid(self, working: Working, pair: Pair) -> Pair:
        title = self.title("prediction", pair.place)
        made = sigmoid_step(working, pair.y_pred, pair.place, title=title)
        return replace(pair, y_pred=made, behind=pair.y_pred)

    def _rest(self, working: Working, pair: Pair) -> Expression:
        """1 − ŷ, as a step of its own where ŷ is all but 1."""
        logit = pair.behind
        if logit is None or working.values[logit.id] <= _NEARLY_ONE:
            return 1 - pair.y_pred
        z = logit.symbol.letter
        return working.step(
            *named("rest", working.letter("r", "k"), pair.place),
            Sigmoid(-logit),
            title=self.title("rest of the prediction", pair.place),
            why=f"This is 1 − ŷ: what is left of 1 behind sigmoid({z}) is sigmoid(−{z}). The "
            "difference itself would lose its digits, because ŷ is so near to 1.",
        )

    def write(self, pair: Pair, inputs: BinaryKeys, working: Working) -> Quantity:
        """Step ``term.i``, and ``rest.i``, 1 − ŷ where ŷ is all but 1."""
        if inputs.kind == "log_probs":
            predicted: Expression = Exp(pair.y_pred)
            log: Expression = log_given(pair.y_pred, inputs.log_base)
            rest: Expression = 1 - predicted
        else:
            predicted, rest = pair.y_pred, self._rest(working, pair)
            log = Log(predicted, inputs.log_base)
        true, false = _counting(pair, inputs, working)
        remains = _what_remains(working.values[pair.y_true.id], weighted=inputs.has_weights)
        is_new = working.is_new(remains)
        term = working.step(
            *named("term", "ℓ", pair.place),
            -(true * log + false * Log(rest, inputs.log_base)),
            title=self.title("cross-entropy", pair.place),
            why=remains if is_new else "",
            aside="" if is_new else remains,
        )
        for what, share, probability in (("a 1", true, predicted), ("a 0", false, rest)):
            if not probability.value(working.values):
                never = (
                    f"The model gives {what} a probability of 0, and so does the truth: "
                    f"0 · {log_to(inputs.log_base)} 0 counts as 0. What never happens costs nothing."
                )
                remark_on_zero(
                    working,
                    inputs,
                    pair.place,
                    term,
                    what,
                    share.value(working.values),
                    never,
                    is_plain=not inputs.has_weights and not inputs.label_smoothing,
                    certain="its true probability is 1",
                )
        return term

    def pair_formula(self, inputs: BinaryKeys, y: str, predicted: str) -> str:
        if inputs.label_smoothing:
            y = y.replace("y", "s")
        one, zero = "", ""
        if inputs.class_weights is not None:
            zero, one = "k₁ ", "k₂ "
        elif inputs.pos_weight is not None:
            one = "p " if len(inputs.pos_weight) == 1 else "p_d "
        log = log_to(inputs.log_base)
        return f"−[{one}{y} {log} {predicted} + {zero}(1 − {y}) {log}(1 − {predicted})]"

    def where(self, inputs: BinaryKeys, index: Letters) -> Sequence[str]:
        y, predicted = indexed("y", index), indexed("y", index, hat=True)
        says = {
            "logits": f"{predicted} = sigmoid({indexed('z', index)})",
            "log_probs": f"{predicted} = exp({indexed('q', index)})",
        }
        found = [says[inputs.kind]] if inputs.kind in says else []
        if inputs.label_smoothing:
            smoothed = f"{indexed('s', index)} = (1 − ε) {y} + ε/2"
            found.append(f"{smoothed},  ε = {PLAIN.number(inputs.label_smoothing)}")
        return found

    def curves(self, inputs: BinaryKeys, x: Expression) -> dict[str, Expression]:
        """Those of a 1 and of a 0, where nothing else is true and both count the same."""
        given = {*arrays.numbers_in(inputs.y_true)}
        if not given <= {0, 1} or inputs.has_weights or inputs.label_smoothing:
            return {}
        if inputs.kind == "log_probs":
            return {}  # there is no step ŷ
        costs = ((y, -Log(probability, inputs.log_base)) for y, probability in ((1, x), (0, 1 - x)))
        return {f"where y is {y}: {equation_of(cost)}": cost for y, cost in costs if y in given}

    # --- NumPy's road ---

    def losses(self, inputs: BinaryKeys) -> Doubles:
        """Of logits through ln(1 + e^z), which neither overflows nor cancels."""
        true, false = inputs.shares()
        probabilities, given = inputs.probabilities(), inputs.as_given()
        _, predicted = (each.astype(float) for each in given.decimals())
        happens, does_not = (np.log(each) for each in probabilities)
        if given.kind == "logits":
            happens, does_not = -np.logaddexp(0.0, -predicted), -np.logaddexp(0.0, predicted)
        if given.kind == "log_probs":
            happens = predicted
        terms = np.where(true == 0, 0.0, true * happens)  # 0 · ln 0 counts as 0
        terms += np.where(false == 0, 0.0, false * does_not)
        return -terms / ln_of_base(inputs.log_base)

    def slopes(self, inputs: BinaryKeys) -> Doubles:
        (true, false), (happens, does_not) = inputs.shares(), inputs.probabilities()
        match inputs.as_given().kind:
            case "y_pred":
                return _by_prediction(inputs)
            case "log_probs":
                return formulas.over(false * happens, does_not) - true
        return false * happens - true * does_not

    def differentiated(self, inputs: BinaryKeys, working: Working) -> formulas.Differentiated:
        """Behind a logit of which 1 − ŷ is worked without ŷ, there is no derivative by that ŷ."""
        found = super().differentiated(inputs, working)
        return found | {
            "y_pred": {
                place: quantity
                for place, quantity in found.get("y_pred", {}).items()
                if dotted("rest", place) not in working.values
            }
        }

    def on_the_way(self, inputs: BinaryKeys, reduced: formulas.Shares) -> formulas.Values:
        """The derivatives by ŷ behind logits. Where 1 − ŷ is worked without ŷ, that by ŷ would not
        be the whole, and is left out."""
        given = inputs.as_given()
        if given.kind != "logits":
            return {}
        found = formulas.by_index(formulas.times(reduced.factors, _by_prediction(inputs)))
        alone = formulas.by_index(given.decimals()[1] <= _NEARLY_ONE)
        # a network predicts what does not count, too
        there = inputs.counted_pairs if inputs.rnn is None else arrays.places(inputs.shape)
        return {"y_pred": {place: found[place] for place in there if alone[place]}}

    def said(self, inputs: BinaryKeys, reduced: formulas.Shares) -> str:
        y = "s" if inputs.label_smoothing else "y"
        kind, given = inputs.as_given().kind, set(arrays.numbers_in(inputs.y_true))
        by = {"y_pred": "ŷ", "log_probs": "q", "logits": "z" if inputs.rnn is None else "o"}[kind]
        if inputs.has_weights or kind == "log_probs":
            # the letters of the steps, in which the weights of the classes count from 1
            zero, one, words = "", "", "where ŷ = exp(q)"
            if inputs.class_weights is not None:
                zero, one, words = "k₁ · ", "k₂ · ", "with the weights k₁ of a 0 and k₂ of a 1"
            elif inputs.pos_weight is not None:
                one, words = "p · ", "with the weight p of a 1"
            body = {
                "y_pred": f"({zero}(1 − {y}) / (1 − ŷ) − {one}{y} / ŷ)",
                "log_probs": f"({zero}(1 − {y}) · ŷ / (1 − ŷ) − {one}{y})",
                "logits": f"({zero}(1 − {y}) · ŷ − {one}{y} · (1 − ŷ))",
            }[kind]
            return f"∂L/∂{by} = {reduced.scaled(body)}: {reduced.in_words(words)}."
        minus = f"prediction minus {'smoothed ' if inputs.label_smoothing else ''}truth"
        if kind == "logits":
            return f"∂L/∂{by} = {reduced.scaled(f'(ŷ − {y})')}: {reduced.in_words(minus)}."
        if given <= {0, 1} and not inputs.label_smoothing:
            for_one = reduced.scaled("1", below=("ŷ",), negative=True)
            for_zero = reduced.scaled("1", below=("(1 − ŷ)",))
            words = reduced.in_words("minus 1 over the prediction, or 1 over what it leaves")
            return f"∂L/∂ŷ = {for_one} where y = 1, and {for_zero} where y = 0: {words}."
        formula = reduced.scaled(f"(ŷ − {y})", below=("ŷ", "(1 − ŷ)"))
        says = f"∂L/∂ŷ = {formula}: {reduced.in_words(f'{minus}, divided by ŷ · (1 − ŷ)')}."
        if {*arrays.numbers_in(inputs.y_pred)} & {0, 1}:
            says += " Where ŷ is 0 or 1, a product that counts as 0 adds nothing to it."
        return says

    # --- slips and libraries ---

    def own_slips(self, inputs: BinaryKeys, calculation: Calculation) -> Iterator[Slip]:
        yield from cross_entropy_slips.binary_slips(calculation, averages=not inputs.over)
        text = "The weights of the two outcomes are left out, as if both counted the same."
        for name in ("given.class_weight", "given.pos_weight"):
            yield from with_ones(calculation, name, "class-weights-forgotten", text)
        yield from cross_entropy_slips.smoothing_slips(calculation, len(_CLASSES))

    def counting(self, calculation: Calculation) -> dict[str, Expression]:
        return cross_entropy_slips.counting_alone(calculation)

    def theirs(self, inputs: BinaryKeys, how: How) -> dict[str, Doubles]:
        true, false = inputs.shares()
        probabilities, _ = inputs.probabilities()

        def losses(happens: Doubles, does_not: Doubles) -> Doubles:
            return doubles(-true * happens - false * does_not)

        keras, sklearn = (
            np.clip(probabilities, e, 1 - e) for e in (KERAS_EPSILON, SKLEARN_EPSILON)
        )
        found = {"scikit-learn": losses(np.log(sklearn), np.log(1 - sklearn))}
        if inputs.as_given().kind != "logits":
            logs = np.log(probabilities), np.log(1 - probabilities)
            found["PyTorch"] = losses(*(np.maximum(each, PYTORCH_LOWEST_LOG) for each in logs))
            found["Keras"] = losses(np.log(keras), np.log1p(-keras))
        return found

    def arrays(self, inputs: BinaryKeys) -> dict[str, Doubles]:
        found = super().arrays(inputs)
        if "log_probs" in found:
            found["y_pred"] = np.exp(found.pop("log_probs"))
        if inputs.pos_weight is not None:
            found["pos_weight"] = np.array(inputs.pos_weight, float)
        return found

    def facts(self, inputs: BinaryKeys, how: How) -> dict[str, Any]:
        y_true, predicted = (how.pairs_that_count(each.astype(float)) for each in inputs.decimals())
        kind = inputs.as_given().kind
        ends = {"y_pred": (0.0, 1.0), "log_probs": (0.0, float("-inf"))}.get(kind, ())
        weights = inputs.weights_in_order
        return {
            "soft": not {*y_true.tolist()} <= {0.0, 1.0} or bool(inputs.label_smoothing),
            "certain": any(each in ends for each in predicted.tolist()),
            "epsilon": float(inputs.label_smoothing),
            "weighted": inputs.has_weights,
            "by_hand": bool(weights) or (inputs.has_weights and kind != "logits"),
            "class_weights": bool(weights),
            "k0": weights and float(weights[0]),
            "k1": weights and float(weights[1]),
        }


def _by_prediction(inputs: BinaryKeys) -> Doubles:
    """The derivatives by ŷ in NumPy."""
    (true, false), (happens, does_not) = inputs.shares(), inputs.probabilities()
    return formulas.over(false, does_not) - formulas.over(true, happens)


def _write_pos_weight(working: Working, numbers: arrays.Array, letter: str) -> None:
    working.section("The weight of a 1")
    working.say("p counts the product with y: a 1 counts for p times as much as a 0.")
    several = len(numbers) > 1
    rows = [
        (str(c), working.given(f"pos_weight.{c}", Symbol("p", (c,) if several else ()), number))
        for c, number in enumerate(numbers, start=1)
    ]
    working.table("pos_weight", "", (letter if several else "c", "weight p"), rows)


def _counting(pair: Pair, inputs: BinaryKeys, working: Working) -> tuple[Expression, Expression]:
    """What the two logarithms are multiplied by: y and 1 − y, with their weights."""
    true, false = pair.y_true, 1 - pair.y_true
    if inputs.class_weights is not None:
        zero, one = (working.quantity(f"given.class_weight.{c}") for c in (1, 2))
        return one * true, zero * false
    if inputs.pos_weight is not None:
        c = pair.place[-1] if len(inputs.pos_weight) > 1 else 1
        return working.quantity(f"given.pos_weight.{c}") * true, false
    return true, false


def _what_remains(true: Decimal, *, weighted: bool) -> str:
    if true == 1:
        remains, log = "y is 1 and 1 − y is 0, so only the first product remains", "ŷ"
    elif true == 0:
        remains, log = "y is 0 and 1 − y is 1, so only the second product remains", "1 − ŷ"
    else:
        return ""
    return f"{remains}." if weighted else f"{remains}: minus the log of {log}."


LOSS = BinaryCrossEntropy()
