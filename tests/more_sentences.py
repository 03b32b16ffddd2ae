"""More of what sentences claim, worked out again: reductions, networks, kinks, closed forms, zeros."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numbers_in_texts import N, is_shown, number

from lossclass.arithmetic.expression import Absolute, Constant, Max, Quantity, quantities_in

if TYPE_CHECKING:
    from sentences import Reader, Sentence

Found = re.Match[str]
Check = Callable[["Reader", Found, "Sentence"], object]
Floats = Mapping[str, float]


def near(one: Any, other: Any) -> bool:
    return math.isclose(float(one), float(other), rel_tol=1e-9, abs_tol=1e-14)


def _sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x)) if x > -700 else 0.0


_FUNCTIONS: Final[Mapping[str, Callable[[float], float]]] = {
    "tanh": math.tanh,
    "sigmoid": _sigmoid,
    "max(0, ": lambda x: max(0.0, x),
    "": lambda x: x,
}


def values_of(read: Reader, name: str) -> dict[tuple[str, ...], float]:
    """The numbers of a name, by their indices."""
    found = {}
    for each in read.quantities:
        if match := re.fullmatch(rf"{name}((?:\.[0-9a-z]+)*)", each.id):
            found[tuple(match[1].split(".")[1:])] = float(read.values[each.id])
    return found


def nodes(read: Reader) -> Iterator[Any]:
    """All that any step has in it."""

    def inside(node: Any) -> Iterator[Any]:
        yield node
        if not isinstance(node, Quantity):
            for each in node.operands:
                yield from inside(each)

    for quantity in read.quantities:
        yield from inside(quantity.definition)


# --- reductions ----------------------------------------------------------------------------


def total_of(read: Reader, id: str) -> Decimal:
    return read.values[f"{id.removesuffix('loss')}sum" if id.endswith(".loss") else "sum"]


def reduced_as(read: Reader, found: Found, sentence: Sentence) -> bool:
    """The answer as a sum, or as a weighted mean, times a factor."""
    assert sentence.step is not None
    id, text = sentence.step.id, found["what"]
    losses = read.losses(id)
    total, factor = total_of(read, id), Decimal(1)
    if times := found["times"]:
        factor = read.value("given.temperature") ** 2 if times in {"T^2", "T²"} else number(times)
    if text.startswith("minus"):
        factor = -factor
    if text.startswith("the weighted mean"):
        below = read.by_id[id.replace("loss", "weight_sum")]
        total /= sum((each.value(read.values) for each in below.definition.operands), Decimal(0))
    if text == "the mean of one, which is that one":
        assert len(losses) == 1
    whole = sum((read.values[each.id] for each in losses), Decimal(0))
    assert near(total_of(read, id), whole)
    return near(sentence.step.decimal, factor * total)


def weights_counted(read: Reader, _found: Found, sentence: Sentence) -> bool:
    """The class weights of what is true, which the answer is divided by."""
    assert sentence.step is not None
    k = values_of(read, "given.class_weight")
    true = values_of(read, "given.y_true")
    w = values_of(read, "given.weight")
    counted = sum(
        k[place[-1:]] * y * w.get(place[:-1], 1.0) for place, y in true.items() if place[-1:] in k
    )
    return near(sentence.step.decimal, float(read.value("sum")) / counted)


def root_of(id: str) -> Check:
    def check(read: Reader, _found: Found, sentence: Sentence) -> bool:
        assert sentence.step is not None
        return near(sentence.step.decimal, read.value(id).sqrt())

    return check


def square_root(read: Reader, _found: Found, sentence: Sentence) -> bool:
    assert sentence.step is not None
    (under,) = quantities_in(sentence.step.quantity.definition)
    return near(sentence.step.decimal, read.values[under.id].sqrt())


def perplexity(read: Reader, found: Found, sentence: Sentence) -> bool:
    assert sentence.step is not None
    terms = [float(each) for each in values_of(read, "term").values()]
    base = {"e": math.e, "2": 2.0, "10": 10.0}[found["base"]]
    return near(sentence.step.decimal, base ** (sum(terms) / len(terms)))


# --- kinks ---------------------------------------------------------------------------------


def absolute_of_zero(read: Reader, _found: Found, _: Sentence) -> bool:
    return any(
        isinstance(node, Absolute) and not node.operands[0].value(read.values)
        for node in nodes(read)
    )


def equal_numbers(read: Reader, found: Found, _: Sentence) -> bool:
    for node in nodes(read):
        if isinstance(node, Max):
            largest = node.value(read.values)
            equal = [each for each in node.operands if each.value(read.values) == largest]
            has_constant = any(isinstance(each, Constant) for each in equal)
            if len(equal) > 1 and has_constant == bool(found["constant"]):
                return True
    return False


# --- networks ------------------------------------------------------------------------------


def rows_of(read: Reader, name: str, gate: str = "") -> dict[tuple[int, ...], float]:
    """The numbers of a network, by their place behind the gate."""
    found = values_of(read, f"given.rnn.{name}" + (f".{gate}" if gate else ""))
    return {
        tuple(map(int, place)): value
        for place, value in found.items()
        if all(map(str.isdigit, place))
    }


def linear(read: Reader, t: int, j: int, gate: str, terms: Sequence[str], hidden: Floats) -> float:
    """What terms such as b, W h and U x come to for a unit at a time step."""
    whole = 0.0
    for term in terms:
        letter = term[0]
        if letter in "bc":
            whole += rows_of(read, letter, gate)[j,]
        elif letter == "U":
            x = rows_of(read, "x")
            weights = rows_of(read, "U", gate)
            whole += sum(w * x[t, d] for (unit, d), w in weights.items() if unit == j)
        else:
            at = t - 1 if letter == "W" else t
            if at < 1:
                continue
            weights = rows_of(read, letter, gate)
            whole += sum(
                w * hidden[f"hidden.{at}.{i}"] for (unit, i), w in weights.items() if unit == j
            )
    return whole


def _hidden(read: Reader) -> Floats:
    return {each.id: float(read.values[each.id]) for each in read.all("hidden")}


def _terms(text: str) -> list[str]:
    return [each.strip() for each in text.split("+")]


def preactivations(read: Reader, found: Found, _: Sentence) -> bool:
    """The network's first formula, worked in plain loops."""
    if values_of(read, "given.rnn.initial_state"):
        return True
    hidden = _hidden(read)
    return all(
        near(value, linear(read, int(t), int(j), "", _terms(found["sum"]), hidden))
        for (t, j), value in values_of(read, "preactivation").items()
    )


def of_each_state(read: Reader, found: Found, _: Sentence) -> bool:
    function = _FUNCTIONS[found["f"] or ""]
    states = values_of(read, "hidden")
    return all(
        near(states[place], function(a)) for place, a in values_of(read, "preactivation").items()
    )


def outputs(read: Reader, found: Found, _: Sentence) -> bool:
    """The outputs, and what is predicted from them."""
    hidden, made = _hidden(read), values_of(read, "output")
    for (t, k), value in made.items():
        assert near(value, linear(read, int(t), int(k), "", _terms(found["sum"]), hidden))
    predicted = [*values_of(read, "y_pred").values()] or [*values_of(read, "margin").values()]
    if not predicted or found["f"] is None:
        return True
    if found["f"] == "softmax":
        times = sorted({t for t, _ in made}, key=int)
        powers = {t: [math.exp(o) for (at, _), o in made.items() if at == t] for t in times}
        expected = [p / sum(powers[t]) for t in times for p in powers[t]]
    else:
        expected = [_FUNCTIONS[found["f"]](o) for o in made.values()]
    return all(near(one, other) for one, other in zip(predicted, expected, strict=True))


_GATES: Final = {
    "r": "reset", "z": "update", "n": "candidate", "i": "input_gate", "f": "forget_gate",
    "g": "cell_candidate", "q": "output_gate",
}  # fmt: skip


def of_a_gate(read: Reader, found: Found, _: Sentence) -> bool:
    """A gate or a candidate, by its formula in plain loops."""
    letter = found["letter"]
    name, gate = _GATES[letter], "o" if letter == "q" else letter
    hidden, function = _hidden(read), _FUNCTIONS[found["f"]]
    reset = values_of(read, "reset")
    for (t, j), value in values_of(read, name).items():
        terms = [each for each in _terms(found["sum"]) if "·" not in each]
        before = hidden
        if "pₜ" in found["sum"] and "·" not in found["sum"]:  # the gate acts on the state itself
            last = {i: f"hidden.{int(t) - 1}.{i}" for time, i in reset if time == t}
            before = {id: hidden[id] * reset[t, i] for i, id in last.items() if id in hidden}
        whole = linear(read, int(t), int(j), gate, terms, before)
        if "·" in found["sum"] and int(t) > 1:
            p = linear(read, int(t), int(j), gate, ["W"], hidden)
            whole += reset[t, j] * p
        if not near(value, function(whole)):
            return False
    return True


def of_a_cell(rule: Callable[[Floats, Floats], float], *names: str) -> Check:
    """A new state by a formula of others at its time step, and of itself before."""

    def check(read: Reader, _found: Found, _: Sentence) -> bool:
        made = {name: values_of(read, name) for name in names}
        for (t, j), value in made[names[0]].items():
            now = {name: numbers[t, j] for name, numbers in made.items() if (t, j) in numbers}
            before = {
                name: numbers.get((str(int(t) - 1), j), 0.0) for name, numbers in made.items()
            }
            if not near(value, rule(now, before)):
                return False
        return True

    return check


def between_zero_and_one(read: Reader, found: Found, _: Sentence) -> bool:
    names = (
        ("reset", "update") if "GRU" in found[0] else ("input_gate", "forget_gate", "output_gate")
    )
    assert {2: "two", 3: "three"}[len(names)] in found[0]
    return all(0 < each < 1 for name in names for each in values_of(read, name).values())


def indices(read: Reader, found: Found, _: Sentence) -> bool:
    """What the two indices of a weight stand for: from what it leads where."""
    letter, to, source = found["letter"], found["to"], found["from"]
    assert re.search(
        rf"from (?:the state of )?(?:unit|input) {source} to (?:unit|output) {to}", found["says"]
    )
    (weight, *_others) = [
        each
        for each in read.quantities
        if re.fullmatch(rf"given\.rnn\.{letter}(\.[a-z])?\.{to}\.{source}", each.id)
    ]
    for user in read.users.get(weight.id, ()):
        if user.id.startswith(("gradient.", "updated.", "descent.", "through.")):
            continue
        assert user.id.endswith(f".{to}"), user.id
        kind = {"U": "given.rnn.x", "W": "hidden", "V": "hidden"}[letter]
        beside = {q.id for q in quantities_in(user.definition)}
        assert any(id.startswith(kind) and id.endswith(f".{source}") for id in beside)
    return True


def used_over_time(read: Reader, found: Found, _: Sentence) -> bool:
    """In what the hidden states are used."""
    times = sorted({int(t) for t, _ in values_of(read, "hidden")})
    for state in read.all("hidden"):
        t = int(state.id.split(".")[1])
        used = {each.id.split(".")[0] for each in read.users.get(state.id, ())}
        goes_on = any(
            "preactivation" in each or "candidate" in each or each in ("hidden", "update")
            for each in used
        )
        is_last = t == times[-1]
        assert goes_on != is_last
        assert ("output" in used) == (is_last or not found["last"])
    return True


# --- probabilities -------------------------------------------------------------------------


def of_logits(read: Reader, _found: Found, _: Sentence) -> bool:
    logits = values_of(read, "given.logits")
    return bool(logits) and all(
        near(y, _sigmoid(logits[place])) for place, y in values_of(read, "y_pred").items()
    )


def sides_of_a_half(read: Reader, _found: Found, _: Sentence) -> bool:
    logits = values_of(read, "given.logits")
    predicted = values_of(read, "y_pred")
    return all((y > 0.5) == (logits[place] > 0) for place, y in predicted.items())


def what_is_left(read: Reader, _found: Found, sentence: Sentence) -> bool:
    assert sentence.step is not None
    place = tuple(sentence.step.id.split(".")[1:])
    behind = values_of(read, "given.logits") or values_of(read, "output")
    near_to = [z for at, z in behind.items() if at[: len(place)] == place or at == place]
    return any(near(sentence.step.decimal, _sigmoid(-z)) for z in near_to or behind.values())


def loses_its_digits(_read: Reader, _found: Found, sentence: Sentence) -> bool:
    assert sentence.step is not None
    return 0 < sentence.step.decimal < Decimal("1e-3")


def _classes(
    read: Reader, sentence: Sentence, *, smoothed: bool = False
) -> dict[str, tuple[float, float]]:
    """By class of an observation, or by outcome, what is true and what was predicted."""
    assert sentence.step is not None
    place = tuple(sentence.step.id.split(".")[1:])

    def row(*names: str) -> list[float]:
        for name in names:
            numbers = values_of(read, name)
            if found := [v for at, v in numbers.items() if at[: len(place)] == place]:
                return found
        raise AssertionError(names)

    true = row(*(["smoothed"] if smoothed else []), "given.y_true", "y_true")
    if "log_probs" in read.keys:
        predicted = [math.exp(each) for each in row("given.log_probs")]
    else:
        predicted = row("y_pred", "given.y_pred")
    names = read.keys.get("classes") or [str(n) for n in range(len(true))]
    if len(true) == 1:  # of two outcomes
        return {"1": (true[0], predicted[0]), "0": (1 - true[0], 1 - predicted[0])}
    return {str(n): pair for n, pair in zip(names, zip(true, predicted, strict=True), strict=True)}


def _named(text: str) -> list[str]:
    names = re.split(", | and ", text)
    return [re.sub(r"^(?:the )?(?:class|outcome) |^an? |[“”]", "", each) for each in names]


def never_true(read: Reader, found: Found, sentence: Sentence) -> bool:
    classes = _classes(read, sentence)
    assert {*_named(found["names"])} == {name for name, (y, _) in classes.items() if not y}
    base = str(read.keys.get("log_base", "e"))
    assert found["log"] == {"2": "log₂", "10": "log₁₀"}.get(base, "ln")
    return (found["ies"] == "ies") == (len(_named(found["names"])) > 1)


def no_probability(read: Reader, found: Found, sentence: Sentence) -> bool:
    true, predicted = _classes(read, sentence)[_named(found["name"])[0]]
    return not predicted and (not found.groupdict().get("truth") or not true)


def only_class_left(read: Reader, found: Found, sentence: Sentence) -> bool:
    classes = _classes(read, sentence, smoothed=True)
    weights = [*values_of(read, "given.class_weight").values()] or [1.0] * len(classes)
    counting = [name for (name, (y, _)), k in zip(classes.items(), weights, strict=True) if y * k]
    return counting == _named(found["name"])


def has_no_weight(read: Reader, _found: Found, sentence: Sentence) -> bool:
    assert sentence.step is not None
    place = tuple(sentence.step.id.split(".")[1:])
    weights = values_of(read, "given.weight")
    return any(not w and place[: len(at)] == at for at, w in weights.items())


def does_not_count(read: Reader, found: Found, _: Sentence) -> bool:
    """The places that the mask or their label leaves out, all of them."""
    told = {tuple(map(int, each.split(","))) for each in re.split("[,;] | and ", found["places"])}
    keys: Mapping[str, Any] = read.keys
    if found.groupdict().get("of"):
        keys = read.keys["examples"][int(found["of"].split()[-1]) - 1]
    label = (found.groupdict().get("label") or "").strip("“”")
    left = keys["y_true"] if label else keys["mask"]
    array = np.array(left, dtype=object)
    shown = {
        tuple(n + 1 for n in at)
        for at in np.ndindex(array.shape)
        if str(array[at]) == (label or "0")
    }
    width = len(next(iter(told)))
    return told in (shown, {at for at in told if at[: array.ndim] in shown and width > array.ndim})


def one_for_all(read: Reader, found: Found, _: Sentence) -> bool:
    name = {"y": "y_true", "ŷ": "y_pred"}[found["name"]]
    shape = np.array(read.keys[name]).shape
    other = np.array(read.keys["y_pred" if name == "y_true" else "y_true"]).shape
    told = tuple(map(int, re.findall(r"\d+", found["shape"])))
    return told == shape != other


# --- policies ------------------------------------------------------------------------------


def _by_step(read: Reader, *names: str) -> dict[tuple[str, ...], float]:
    return next((found for name in names if (found := values_of(read, name))), {})


def backwards(read: Reader, _found: Found, _: Sentence) -> bool:
    """Each return from its reward and the return behind it."""
    returns, rewards = values_of(read, "return"), values_of(read, "given.reward")
    rewards = rewards or values_of(read, "given.rewards")
    discount = _by_step(read, "given.discount")
    for place, told in returns.items():
        *episode, t = place
        after = (*episode, str(int(t) + 1))
        gamma = discount.get(place, discount.get((), next(iter(discount.values()))))
        later = returns.get(after)
        if later is None:
            later = _by_step(read, "given.bootstrap").get(tuple(episode), 0.0)
        if not near(told, rewards[place] + gamma * later):
            return False
    return True


def less_the_base(read: Reader, _found: Found, _: Sentence) -> bool:
    earned = _by_step(
        read, "return", "given.return", "given.returns", "given.reward", "given.rewards"
    )
    base = _by_step(read, "baseline", "given.baseline")
    return all(
        near(told, earned[place] - base.get(place, base.get((), next(iter(base.values())))))
        for place, told in values_of(read, "advantage").items()
    )


def less_the_mean(read: Reader, _found: Found, _: Sentence) -> bool:
    earned = _by_step(read, "advantage", "return", "given.return", "given.reward", "given.rewards")
    mean = sum(earned.values()) / len(earned)
    return all(near(d, earned[place] - mean) for place, d in values_of(read, "deviation").items())


def normalised(read: Reader, _found: Found, _: Sentence) -> bool:
    numbers = _by_step(read, "advantage", "return", "given.return", "given.reward", "given.rewards")
    mean = sum(numbers.values()) / len(numbers)
    spread = math.sqrt(sum((each - mean) ** 2 for each in numbers.values()) / len(numbers))
    return all(
        near(told, (numbers[place] - mean) / spread)
        for place, told in values_of(read, "normalised").items()
    )


def alone_in_its_step(read: Reader, _found: Found, _: Sentence) -> bool:
    """Whether no term is worked from the reward of another step."""
    return not values_of(read, "return")


def improbable(read: Reader, found: Found, sentence: Sentence) -> bool:
    assert sentence.step is not None
    place = tuple(sentence.step.id.split(".")[1:])
    assert found["t"] == place[-1]
    policy = _by_step(read, "given.policy", "y_pred")
    return any(not p for at, p in policy.items() if at[: len(place)] == place)


def credited_with_nothing(read: Reader, _found: Found, sentence: Sentence) -> bool:
    assert sentence.step is not None
    operands = [each.value(read.values) for each in sentence.step.quantity.definition.operands]
    return Decimal(0) in operands


def ends_without(read: Reader, _found: Found, sentence: Sentence) -> bool:
    assert sentence.step is not None
    *episode, t = sentence.step.id.split(".")[1:]
    times = [int(place[-1]) for place in values_of(read, "return") if [*place[:-1]] == episode]
    return int(t) == max(times) and isinstance(sentence.step.quantity.definition, Quantity)


# --- hinges --------------------------------------------------------------------------------


def nothing_missing(read: Reader, _found: Found, sentence: Sentence) -> bool:
    assert sentence.step is not None
    place = sentence.step.id.removeprefix("hinge.")
    violations = values_of(read, f"violation.{place}").values()
    return not sentence.step.decimal and all(each <= 0 for each in violations)


def belongs_to(read: Reader, found: Found, _: Sentence) -> bool:
    augmented = values_of(read, "augmented")
    largest = max(augmented.values())
    names = ["".join(map(str, each["sequence"])) for each in read.keys["candidates"]]
    told = _named(found["names"])
    return told == [names[int(k) - 1] for (k,), each in augmented.items() if each == largest]


def ahead(read: Reader, found: Found, sentence: Sentence) -> bool:
    assert sentence.step is not None
    true = "".join(map(str, read.keys["y_true"]))
    assert found["true"] == f"“{true}”"
    scores = values_of(read, "augmented")
    short = max(scores.values()) - float(read.value("given.score.1"))
    assert near(short, sentence.step.decimal)
    return ("too low" in found[0]) == (short > 0)


def true_score(read: Reader, found: Found, _: Sentence) -> bool:
    true = "".join(map(str, read.keys["y_true"]))
    (own,) = [
        e["score"] for e in read.keys["candidates"] if "".join(map(str, e["sequence"])) == true
    ]
    return found["true"] == f"“{true}”" and near(read.value("given.score.1"), own)


# --- closed forms, formulas, and what was compared -----------------------------------------


def as_python(formula: str) -> str:
    """A formula as a sentence has it."""
    for one, other in {
        "·": "*", "−": "-", "½": "0.5*", "δ": "delta", "²": "**2", "³": "**3", "⁴": "**4", "√": "sqrt", "Σ K": "sum_k",
        "Σ w": "sum_w", "ŷ": "y_hat", "λ": "lambda_", "₁": "1", "₂": "2", "Â": "A",
    }.items():  # fmt: skip
        formula = formula.replace(one, other)
    formula = re.sub(r"\|([^|]+)\|", r"abs(\1)", formula)
    return re.sub(r"ln (\d+)", r"log(\1)", formula)


#: What a formula's letters are, by the names of numbers of which there is one a place.
_LETTERS: Final = (
    ("y", "y_true", "given.y_true"), ("y_hat", "y_pred", "given.y_pred"), ("s", "smoothed"),
    ("R", "given.reward", "given.rewards"), ("A", "normalised", "advantage"),
    ("G", "return", "given.return", "given.returns"), ("π", "given.policy"),
)  # fmt: skip
_BY: Final = {
    "∂L/∂ŷ": "y_pred", "∂L/∂z": "logits", "∂L/∂π": "policy", "∂L/∂q": "log_probs", "∂L/∂o": "output",
}  # fmt: skip


def closed_form(read: Reader, found: Found, sentence: Sentence) -> bool | None:
    """The derivative by each prediction as the formula has it, where this reader knows its letters."""
    left, right = found[0].split(" = ", 1)
    formula = right.split(": ")[0].removesuffix(".")
    if left not in _BY:
        return None
    slopes = values_of(read, f"gradient.{_BY[left]}")
    letters = _letters_of_all(read, sentence)
    names = {at: at for at in slopes}
    if left == "∂L/∂o":
        names = dict(zip(sorted(slopes), sorted(values_of(read, "y_pred")), strict=False))
    told = 0
    for place, slope in slopes.items():
        own = letters | _letters_at(read, names.get(place, place))
        try:
            expected = _by_cases(formula, own)
        except ZeroDivisionError:
            continue  # what was taken there is said
        except (NameError, KeyError, SyntaxError):
            return None
        if expected is None or not math.isfinite(expected):
            continue
        told += 1
        assert near(slope, expected), f"{found[0]}: {place}, {slope} and not {expected}"
    return True if told else None


def _letters_of_all(read: Reader, sentence: Sentence) -> dict[str, Any]:
    counts = re.findall(r"\b([nNDTC]) = (\d+)", sentence.whole)
    letters: dict[str, Any] = {name: float(n) for name, n in counts}
    letters |= {"L": float(read.value("loss"))}
    letters |= {"sign": np.sign, "log": math.log, "abs": abs, "max": max}
    for letter, id in {
        "delta": "given.delta", "T": "given.temperature", "sum_w": "weight_sum",
    }.items():  # fmt: skip
        if id in read.values:
            letters[letter] = float(read.value(id))
    if counted := values_of(read, "class_weight_sum"):
        letters["sum_k"] = sum(counted.values())
    return letters | {f"k{c}": k for (c,), k in values_of(read, "given.class_weight").items()}


def _letters_at(read: Reader, place: tuple[str, ...]) -> dict[str, float]:
    own: dict[str, float] = {}
    for letter, *names in _LETTERS:
        for name in names:
            numbers = values_of(read, name)
            if place in numbers:
                own[letter] = numbers[place]
                break
    k, w = values_of(read, "given.class_weight"), values_of(read, "given.weight")
    if place[-1:] in k:
        own["k"] = k[place[-1:]]
    if weight := [value for at, value in w.items() if place[: len(at)] == at]:
        own["w"] = weight[0]
    p = values_of(read, "given.pos_weight")
    if p:
        own["p"] = p.get(place[-1:], next(iter(p.values())))
    terms = values_of(read, "term")
    if "examples" in read.keys:
        own["T"] = float(sum(at[:1] == place[:1] for at in terms))
    return own


def _by_cases(formula: str, letters: Mapping[str, Any]) -> float | None:
    """A formula, or one where something is so and another beyond, or else 0."""

    def worked(text: str) -> float:
        return float(eval(as_python(text), {"__builtins__": {}}, dict(letters)))  # noqa: S307

    whole, _, condition = formula.partition(" where ")
    if not condition:
        return worked(formula)
    if other := re.fullmatch(r"\|y − ŷ\| is not above δ, and (.+) beyond", condition):
        is_so = abs(letters["y"] - letters["y_hat"]) <= letters["delta"]
        return worked(whole if is_so else other[1])
    if other := re.fullmatch(r"y = 1, and (.+) where y = 0", condition):
        return worked(whole if letters["y"] == 1 else other[1])
    if below := re.fullmatch(r"y · ŷ is below (.+)", condition):
        return worked(whole) if letters["y"] * letters["y_hat"] < float(below[1]) else 0.0
    return None


def same_gradient(read: Reader, _found: Found, _: Sentence) -> None:
    """Each derivative is the slope of the loss on one side, or between the two."""
    if not read.values["loss"].is_finite() or len(read.by_numbers) > 60:
        return
    if any(each.code == "kink" and "together none" in each.text for each in read.solution.remarks):
        return
    for quantity in read.by_numbers:
        name = f"gradient.{quantity.id.removeprefix('given.')}"
        made = read.values.get(name, read.values.get(f"gradient.{quantity.id}"))
        below, above = read.sides(quantity)
        if made is None or not (below.is_finite() and above.is_finite()):
            continue
        off = Decimal("1e-15") * max(Decimal(1), abs(made))
        assert min(below, above) - off <= made <= max(below, above) + off, quantity.id


def before_the_sigmoid(read: Reader, _found: Found, _: Sentence) -> bool:
    by_output, by_prediction = (
        values_of(read, "gradient.output"),
        values_of(read, "gradient.y_pred"),
    )
    predicted = values_of(read, "y_pred")
    pairs = zip(sorted(by_output), sorted(by_prediction), strict=False)
    return all(
        near(by_output[o], by_prediction[y] * predicted[y] * (1 - predicted[y])) for o, y in pairs
    )


def same_as_prediction(read: Reader, _found: Found, _: Sentence) -> bool:
    """Whether what is predicted is what the network puts out, number by number."""
    predicted = [q for q in read.quantities if q.id.startswith(("y_pred.", "margin."))]
    made = {each.id for each in read.all("output")}
    assert predicted
    named = (q.definition for q in read.all("y_pred"))
    return all(each.id in made for each in named if isinstance(each, Quantity))


def one_baseline(read: Reader, _found: Found, _: Sentence) -> bool:
    return len({*_by_step(read, "baseline", "given.baseline").values()}) == 1


def slope_of_root(read: Reader, _found: Found, _: Sentence) -> bool:
    under = "gradient.mean_square" if "gradient.mean_square" in read.values else "gradient.sum"
    return near(read.value(under), Decimal("0.5") / read.value("loss"))


def zero_at_the_kink(read: Reader, _found: Found, _: Sentence) -> bool:
    """Where an error is 0, so is the derivative taken."""
    errors = values_of(read, "error")
    slopes = values_of(read, "gradient.y_pred")
    return all(not slopes[at] for at, error in errors.items() if not error and at in slopes)


def formula(read: Reader, found: Found, _: Sentence) -> bool:
    """The formula as the sentence has it, worked by Python."""
    given = {
        as_python(_as_written(name)): np.array(each, float)
        for name, each in read.keys["given"].items()
    }
    names = {"sum": np.sum, "mean": np.mean, "ln": np.log, "log2": np.log2, "log10": np.log10,
             "exp": np.exp, "tanh": np.tanh, "sqrt": np.sqrt, "max": np.maximum, "abs": np.abs,
             "sigmoid": lambda x: 1 / (1 + np.exp(-x))}  # fmt: skip
    with np.errstate(all="ignore"):
        value = float(eval(as_python(found["says"]), {"__builtins__": {}}, {**names, **given}))  # noqa: S307
    step = read.values["loss" if found["letter"] == "L" else "formula"]
    return math.isnan(value) or near(step, value)  # 0 · ∞ counts as 0 in the steps


def _as_written(name: str) -> str:
    return {"lambda": "λ", "y_hat": "ŷ"}.get(name, name)


def all_right(read: Reader, _found: Found, _: Sentence) -> bool:
    published = read.solution.published
    return all(is_shown(str(each.published), each.ours) for each in published)


def wrong_of_itself(read: Reader, found: Found, _: Sentence) -> bool:
    told = re.split(", | and ", found["ids"])
    wrong = [each for each in read.solution.published if each.verdict == "wrong"]
    assert not any(is_shown(str(each.published), each.ours) for each in wrong)
    return told == [each.id for each in wrong]


def follows(read: Reader, found: Found, _: Sentence) -> bool:
    """Steps worked rightly from what was printed before them."""
    printed = {each.id: each.published for each in read.solution.published}
    for id in re.split(", | and ", found["ids"]):
        worked = read.by_id[id].definition.value({**read.values, **printed})
        assert is_shown(str(printed[id]), worked), id
    return True


def source_has(read: Reader, found: Found, _: Sentence) -> bool:
    (each,) = (each for each in read.solution.published if each.id == found["id"])
    return number(found["printed"]) == each.published and is_shown(
        found["ours"], read.value(found["id"])
    )


_NAMES: Final = r"(?P<names>.+?)"
MORE_READERS: Final[Mapping[str, Check]] = {
    rf"Here: (?P<what>the sum(?: of the examples' losses)?, as it is|minus the sum|the sum|the mean of one, which is that one|the weighted mean of the \S+?(?:, Σ w \S+ divided by Σ w)?)(?:, times (?P<times>{N}|T(?:\^2|²)))?\.": reduced_as,
    r"The class weights are in these already, so their sum is divided by that of the weights that counted, not by the number of observations\.": weights_counted,
    r"The square root of the mean square: \^0\.5 is √\.": root_of("mean_square"),
    r"Here: the square root, \^0\.5, of the sum\.": root_of("sum"),
    r"To the power of 0\.5: the square root\.": square_root,
    r"(?P<base>e|2|10) to the power of the mean loss of a time step\.": perplexity,
    r"\|x\| stands at x = 0: its slope was taken as 0\.": absolute_of_zero,
    r"max compares equal numbers(?P<constant>, one of them a constant)?: the slope (?:0|of the first) was taken\.": equal_numbers,
    # networks
    r"At every time step t the network computes aₜ = (?P<sum>.+) from the state before and the input\.": preactivations,
    r"The new hidden state is hₜ = (?P<f>tanh|sigmoid|max\(0, )?\(?aₜ\)?\.": of_each_state,
    r"(?:At every time step t|After the last time step) the output is o[ₜ₀-₉]+ = (?P<sum>[^,]+), and the prediction is ŷ[ₜ₀-₉]+ = (?P<f>softmax|sigmoid)?\(?o[ₜ₀-₉]+\)?(?:: the whole sequence is one observation)?\.": outputs,
    r"(?:Reset|Update|Input|Forget|Output) gate: (?P<letter>.)ₜ = (?P<f>sigmoid)\(a\S+\) with a\S+ = (?P<sum>.+)\.": of_a_gate,
    r"(?:Cell c|C)andidate: (?P<letter>.)ₜ = (?P<f>tanh)\(a\S+\) with a\S+ = (?P<sum>.+?)(?: and pₜ = .+)?\.": of_a_gate,
    r"New hidden state: hₜ = \(1 − zₜ\) · nₜ \+ zₜ · hₜ₋₁\.": of_a_cell(lambda now, old: (1 - now["update"]) * now["candidate"] + now["update"] * old["hidden"], "hidden", "update", "candidate"),
    r"New hidden state: hₜ = \(1 − zₜ\) · hₜ₋₁ \+ zₜ · nₜ\.": of_a_cell(lambda now, old: (1 - now["update"]) * old["hidden"] + now["update"] * now["candidate"], "hidden", "update", "candidate"),
    r"New hidden state: hₜ = qₜ · tanh\(cellₜ\)\.": of_a_cell(lambda now, _: now["output_gate"] * math.tanh(now["cell"]), "hidden", "output_gate", "cell"),
    r"New cell state: cellₜ = fₜ · cellₜ₋₁ \+ iₜ · gₜ, what is kept and what is new\.": of_a_cell(lambda now, old: now["forget_gate"] * old["cell"] + now["input_gate"] * now["cell_candidate"], "cell", "forget_gate", "input_gate", "cell_candidate"),
    r"A (?:gated recurrent unit|long short-term memory) \([A-Z]+\) has (?:two|three) gates, which are numbers between 0 and 1, .*": between_zero_and_one,
    r"In (?P<letter>[UVW])(?:, behind the gate,|,) (?P<to>[12]),(?P<from>[12]) means: (?P<says>from .*)": indices,
    r"Each hidden state (?P<last>but the last )?is used in .*": used_over_time,
    # probabilities
    r"ŷ = sigmoid\(z\) = 1 / \(1 \+ (?:exp\(−z\)|e\^\(−z\))\)\.": of_logits,
    r"It makes a probability of any number: 0\.5 of z = 0, more of a positive z, less of a negative one\.": sides_of_a_half,
    r"This is 1 − ŷ: what is left of 1 behind sigmoid\([zo]\) is sigmoid\(−[zo]\)\.": what_is_left,
    r"The difference itself would lose its digits, because ŷ is so near to 1\.": loses_its_digits,
    rf"The true probabilit(?P<ies>y|ies) of {_NAMES} (?:is|are) 0, and 0 · (?P<log>\S+) 0 counts as 0: (?:its product is|their products are) left out\.": never_true,
    r"The model gives (?P<name>.+) a probability of 0(?P<truth>, and so does the truth: 0 · \S+ 0 counts as 0)?\.": no_probability,
    r"(?P<truth>For) (?P<name>.+), 0 · \S+ 0 counts as 0: a class that is never true costs nothing, whatever its logarithm\.": no_probability,
    r"What multiplies the logarithm is 0 for every class but (?P<name>.+), so only that class's term remains\.": only_class_left,
    r"Its weight is 0, and 0 · ∞ counts as 0: the loss leaves it out\.": has_no_weight,
    r"Time steps? (?P<places>[0-9, and]+?)(?P<of> of example \d+)? do(?:es)? not count: the (?:label (?P<label>.+) marks padding|mask is 0 there)\.": does_not_count,
    r"The mask is 0 at \S+ = (?P<places>.+): what stands there .*no mean divides by it\.": does_not_count,
    r"There are (?P<shape>.+) of (?P<name>[yŷ]): where an axis has one, it stands for all along it\.": one_for_all,
    # policies
    r"It is worked backwards: G\S+ = .*": backwards,
    r"An advantage is how much more a step brought than the baseline: .*": less_the_base,
    r"First the mean is taken off: .*": less_the_mean,
    r"Â\S+ = \S+ / \S+ divided by the standard deviation .\.": normalised,
    r"Rewards that come later are not added: for that, a problem gives a discount \(1 adds them in full\)\.": alone_in_its_step,
    r"The policy gives the action of step (?P<t>\d+)(?: of episode \d+)? a probability of 0, yet it was taken\.": improbable,
    r"But the (?:reward|return|advantage|weight) of this step is 0, and 0 times an infinity counts as 0 here\.": credited_with_nothing,
    r"The last step: no reward is left to come\.": ends_without,
    # hinges
    r"Nothing is missing against any wrong class: it costs nothing\.": nothing_missing,
    rf"It belongs to {_NAMES}\.": belongs_to,
    r"The largest, less the score of the true sequence (?P<true>.+): (?:no other sequence is too close to it|by so much is this score too low)\.": ahead,
    r"s₁ is the score of the true sequence (?P<true>.+)\.": true_score,
    # closed forms, formulas, and what was compared
    r"NumPy, by (?:this closed form|these differences), gives the same (?:gradient|derivatives; by .+ there is nothing to compare)\.": same_gradient,
    r"ŷ is the output o as it is, so ∂L/∂o is the same\.": same_as_prediction,
    r"The baseline falls out here: as it is the same at all steps, it is in the mean\.": one_baseline,
    r"Before the sigmoid it is ∂L/∂o = ∂L/∂ŷ · ŷ · \(1 − ŷ\)\.": before_the_sigmoid,
    r"The derivative of the root is ½ / L, and the 2 of the square takes its ½ away\.": slope_of_root,
    r"The sign is 1 above 0 and −1 below; at the kink, ŷ = y, 0 is taken\.": zero_at_the_kink,
    r"The formula: (?P<letter>[LF]) = (?P<says>.*)": formula,
    r"All published numbers are right\.": all_right,
    r"(?P<ids>.+) (?:is|are) wrong in (?:itself|themselves)\.": wrong_of_itself,
    r"(?P<ids>.+) (?:was|were) worked correctly, but from wrong numbers\.": follows,
    rf"That is why the source has (?P<printed>{N}) for (?P<id>\S+), and why you get (?P<ours>{N}) when you work the problem as it stands\.": source_has,
}  # fmt: skip
