"""An independent reader of sentences: what they claim of numbers is worked out from the steps again.

Sentences are found in reasons, asides, paragraphs and remarks. Each that has a digit in it, or speaks
of a kink, has to be known here, with what is checked of it: a new sentence brings its reader. CTC's
own sentences are read in its tests.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Context, Decimal, localcontext
from functools import cached_property
from typing import Any, Final

import pytest

import lossclass
from lossclass.arithmetic.expression import Quantity, quantities_in
from lossclass.arithmetic.notation import PLAIN
from lossclass.blocks import Paragraph, Remark, Step
from lossclass.problem.bundled import bundled_problems
from problems import bundled

N: Final = r"(?:[-−]?(?:[0-9]+(?:\.[0-9]+)?(?: × 10[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)?|∞))"
_HIGH: Final = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")
_EXACT: Final = Context(prec=60, traps=[])
_BIT: Final = Decimal("1e-20")


def number(text: str) -> Decimal:
    """A number as a sentence has it."""
    text = text.replace("−", "-").replace("∞", "Infinity")
    mantissa, _, power = text.partition(" × 10")
    return Decimal(mantissa).scaleb(int(power.translate(_HIGH) or 0)) if power else Decimal(text)


def is_shown(text: str, value: Decimal | float) -> bool:
    """Whether a number, rounded to the digits that a text has, is the text's."""
    got, value = number(text), Decimal(value)
    if not (got.is_finite() and value.is_finite()):
        return got == value
    off = Decimal(1).scaleb(int(got.as_tuple().exponent)) / 2
    return abs(got - value) <= off * Decimal("1.000001")


@dataclass(frozen=True)
class Sentence:
    """A sentence, whole text before it was taken apart, and the step and the section it is in."""

    text: str
    whole: str
    step: Step | None
    section: str


class Reader:
    """A solution, and what sentences may say of it."""

    def __init__(self, keys: Mapping[str, Any], solution: lossclass.Solution) -> None:
        self.keys, self.solution, self.values = keys, solution, solution.values
        self.quantities = list(solution.calculation)
        self.by_id = {each.id: each for each in self.quantities}
        #: Of symbols that several quantities have, those of each.
        self.symbols: dict[str, list[Quantity]] = {}
        for each in self.quantities:
            self.symbols.setdefault(PLAIN.symbol(each.symbol), []).append(each)

    # --- sentences ---

    def sentences(self) -> Iterator[Sentence]:
        for section in self.solution.sections:
            for block in section.blocks:
                if isinstance(block, Step):
                    for text in (block.why, block.aside):
                        yield from self._apart(text, block, section.title)
                elif isinstance(block, Paragraph):
                    yield from self._apart(block.text, None, section.title)
                elif isinstance(block, Remark):
                    step = None if block.step is None else self.step_of(block.step)
                    yield from self._apart(block.text, step, section.title)

    def step_of(self, id: str) -> Step | None:
        return next((each for each in self.solution.steps if each.id == id), None)

    def _apart(self, text: str, step: Step | None, section: str) -> Iterator[Sentence]:
        for each in re.split(r"(?<=\.)\s+", text):
            if each:
                yield Sentence(each, text, step, section)

    def check(self) -> None:
        unknown = []
        for each in self.sentences():
            if not self._is_a_claim(each.text):
                continue
            for pattern, reader in READERS.items():
                if found := re.fullmatch(pattern, each.text, re.DOTALL):
                    with localcontext(_EXACT):
                        verdict = reader(self, found, each)
                    assert verdict in (None, True), f"not so: {each.text}"
                    break
            else:
                unknown.append(each.text)
        assert not unknown, "nobody reads: " + "\n".join(dict.fromkeys(unknown))

    def _is_a_claim(self, text: str) -> bool:
        return bool(re.search(r"[0-9]|\bkinks?\b|does not change with|is used in \S+ ", text))

    # --- numbers ---

    def value(self, id: str) -> Decimal:
        return self.values[id]

    def all(self, name: str) -> list[Quantity]:
        """The quantities of a name and indices."""
        return [each for each in self.quantities if re.fullmatch(rf"{name}(\.[0-9]+)*", each.id)]

    @cached_property
    def users(self) -> dict[str, list[Quantity]]:
        found: dict[str, list[Quantity]] = {}
        for each in self.quantities:
            for used in {each.id for each in quantities_in(each.definition)}:
                found.setdefault(used, []).append(each)
        return found

    def after(self, quantity: Quantity) -> list[Quantity]:
        """All that is worked from it, in order; what is behind the gradient left out."""
        found = {quantity.id}
        made = []
        for each in self.quantities:
            if each.id.startswith(("gradient.", "updated.", "descent.")):
                continue
            if each.id not in found and any(q.id in found for q in quantities_in(each.definition)):
                found.add(each.id)
                made.append(each)
        return made

    def moved(self, quantity: Quantity, by: Decimal, result: str = "loss") -> Decimal:
        """What another quantity comes to if one is so much more."""
        values = {**self.values, quantity.id: self.values[quantity.id] + by}
        for each in self.after(quantity):
            values[each.id] = each.definition.value(values)
        return values[result]

    def sides(self, quantity: Quantity) -> tuple[Decimal, Decimal]:
        """The slopes of the loss by it from below and from above."""
        loss = self.values["loss"]
        below, above = (self.moved(quantity, by) for by in (-_BIT, _BIT))
        return (loss - below) / _BIT, (above - loss) / _BIT

    def has_kink(self, quantity: Quantity) -> bool:
        below, above = self.sides(quantity)
        return below.is_finite() and above.is_finite() and abs(below - above) > Decimal("1e-12")

    @cached_property
    def by_numbers(self) -> list[Quantity]:
        """The numbers of the problem that have a derivative here."""
        ids = (each.id for each in self.quantities if each.is_given)
        return [
            self.by_id[id]
            for id in ids
            if f"gradient.{id.removeprefix('given.')}" in self.by_id
            or f"gradient.{id}" in self.by_id
        ]

    def losses(self, answer: str = "loss") -> list[Quantity]:
        """What is added up to the loss with this id."""
        return [*quantities_in(self.by_id[sum_before(answer)].definition)]

    @property
    def given_rows(self) -> list[list[Decimal]]:
        """All rows of numbers that are given, by what they have in common but the last index."""
        rows: dict[str, list[Decimal]] = {}
        for each in self.quantities:
            if each.id.startswith("given."):
                rows.setdefault(each.id.rpartition(".")[0], []).append(self.values[each.id])
        return [*rows.values()]


Check = Callable[[Reader, "re.Match[str]", Sentence], object]


def same(one: Decimal | float, other: Decimal | float) -> bool:
    return math.isclose(float(one), float(other), rel_tol=1e-9, abs_tol=1e-15)


def always(_read: Reader, _found: re.Match[str], _sentence: Sentence) -> bool:
    """Of what is so in every problem."""
    return True


# --- readers -----------------------------------------------------------------------------


def sum_before(answer: str) -> str:
    """The id of the sum that a loss is made of; the loss of a term has one of its own."""
    return f"{answer.removesuffix('loss')}sum" if answer.endswith(".loss") else "sum"


def divided(read: Reader, found: re.Match[str], sentence: Sentence) -> bool:
    """The sum divided by so many, and times a factor."""
    assert sentence.step is not None
    losses = read.losses(sentence.step.id)
    count = int(found["n"])
    if "not 0" in sentence.text:
        assert count == sum(bool(read.values[q.id]) for q in _weights(losses))
    elif "time steps that count" in sentence.text or "steps of all episodes" in sentence.text:
        assert count == len(read.all("term"))
    else:
        assert count == len(losses)
    factor = Decimal(1)
    if times := found.groupdict().get("times"):
        factor = read.value("given.temperature") ** 2 if times in {"T^2", "T²"} else number(times)
    if sentence.text.startswith("Here: minus"):
        factor = -factor
    return same(sentence.step.decimal, factor * read.value(sum_before(sentence.step.id)) / count)


def _weights(losses: Sequence[Quantity]) -> list[Quantity]:
    """The weight of each loss that is added up."""
    return [
        next(q for q in quantities_in(each.definition) if q.id.startswith("given.weight"))
        for each in losses
    ]


def _by_reduction(read: Reader, words: str) -> Decimal:
    """What the problem's loss is with a reduction, from its own losses."""
    total, count = read.value("sum"), len(read.losses())
    if words.startswith("weighted mean"):
        total /= read.value("weight_sum")
    elif words.startswith("mean over counted"):
        total /= sum(bool(read.values[q.id]) for q in _weights(read.losses()))
    elif words.startswith("mean"):
        total /= count
    if read.keys.get("root"):
        return total.sqrt()
    if read.keys.get("temperature") and read.keys.get("times_temperature_squared", True):
        total *= read.value("given.temperature") ** 2
    return total * Decimal(str(read.keys.get("factor", 1)))


def other_reduction(read: Reader, found: re.Match[str], _sentence: Sentence) -> bool:
    sign = -1 if read.keys["loss"] in ("policy_gradient", "reinforce") else 1
    if read.keys.get("form") == "objective":
        sign = 1
    return is_shown(found["own"], sign * _by_reduction(read, found["usual"]))


def this_reduction(read: Reader, found: re.Match[str], _sentence: Sentence) -> bool:
    return is_shown(found["value"], read.value("loss"))


def over_episodes(read: Reader, found: re.Match[str], _sentence: Sentence) -> bool:
    sign = -1 if found["minus"] else 1
    return is_shown(found["own"], sign * read.value("sum") / len(read.all("episode")))


def kinked_steps(read: Reader, found: re.Match[str], _sentence: Sentence) -> None:
    names = re.split(", | and ", found["names"])
    assert (len(names) > 1) == (found["has"] == "have kinks")
    for name in names:
        (step,) = (each for each in read.symbols[name] if not each.id.startswith("gradient."))
        reached = [n for n in read.by_numbers if step in read.after(n)]
        assert any(read.has_kink(each) for each in reached), name


def at_a_kink(read: Reader, found: re.Match[str], sentence: Sentence) -> None:
    assert sentence.step is not None
    assert not sentence.step.value
    quantity = _the_one(read, found["name"])
    below, above = read.sides(quantity)
    assert max(abs(below), abs(above)) > Decimal("1e-12")


def still(read: Reader, found: re.Match[str], sentence: Sentence) -> None:
    assert sentence.step is not None
    by = sentence.step.id.removeprefix("gradient.")
    # Terms of a custom loss may use the same letters.
    quantity = read.by_id.get(f"given.{by}") or read.by_id[by]
    assert quantity in read.symbols[found["name"]]
    for slope in read.sides(quantity):
        # a logarithm may have no value below, where a probability is 0
        assert not slope.is_finite() or abs(slope) <= Decimal("1e-12")


def _the_one(read: Reader, name: str) -> Quantity:
    (one,) = (
        each
        for each in read.symbols[name]
        if not each.id.startswith(("gradient.", "updated.", "descent."))
    )
    return one


def astray(read: Reader, found: re.Match[str], _sentence: Sentence) -> bool:
    quantity = _the_one(read, found["name"])
    below, above = read.sides(quantity)
    made = read.value(f"gradient.{quantity.id.removeprefix('given.')}")
    assert not min(below, above) <= made <= max(below, above)
    return (
        is_shown(found["made"], made)
        and is_shown(found["below"], below)
        and is_shown(found["above"], above)
    )


def used_in(read: Reader, found: re.Match[str], sentence: Sentence) -> None:
    assert sentence.step is not None
    of = sentence.step.quantity.symbol.by
    assert of is not None
    name = PLAIN.symbol(of)
    assert found["name"] == name
    users = {
        PLAIN.symbol(user.symbol)
        for each in read.symbols[name]
        for user in read.users.get(each.id, ())
    }
    shown, more = found["users"], 0
    if rest := re.search(r" and ([0-9]+) more steps$", shown):
        more, shown = int(rest[1]), shown[: rest.start()]
    names = re.split(", | and ", shown)
    assert {*names} <= users
    assert len(names) + more <= len(users)


def beside_zero(read: Reader, found: re.Match[str], sentence: Sentence) -> bool:
    """Whether what stands beside a number in some steps is 0."""
    assert sentence.step is not None
    names = found["names"].split(", ")
    numbers = [
        node.value(read.values)
        for name in names
        for each in read.symbols[name]
        for node in _inside(each.definition)
    ]
    return 0 in numbers


def _inside(node: Any) -> Iterator[Any]:
    yield node
    for each in getattr(node, "operands", ()):
        yield from _inside(each)


def most_missing(read: Reader, found: re.Match[str], sentence: Sentence) -> bool:
    assert sentence.step is not None
    place = sentence.step.id.removeprefix("hinge.")
    missing = {q.id.rpartition(".")[2]: read.values[q.id] for q in read.all(f"violation.{place}")}
    most = max(missing.values())
    counting = [c for c, each in missing.items() if (each == most if found["most"] else each > 0)]
    names = read.keys.get("classes") or [f"class {n}" for n in range(len(missing) + 1)]
    return found["names"].split(" and ") == [str(names[int(c) - 1]) for c in counting]


def sent_back(read: Reader, found: re.Match[str], _sentence: Sentence) -> bool:
    """The share of the last output in the derivative by the state, by moving the states."""
    last, first = int(found["last"]), int(found["first"])
    kind = "cell" if found["state"] == "cell" else "hidden"
    steps = {t: read.all(f"{kind}.{t}") for t in (first, last)}
    outputs = read.all(f"output.{last}")
    weights = {each.id: read.value(f"gradient.{each.id}") for each in outputs}

    def size(t: int) -> Decimal:
        slopes = (
            sum(
                (weight * (read.moved(state, _BIT, id) - read.values[id]) / _BIT
                 for id, weight in weights.items()),
                Decimal(0),
            )
            for state in steps[t]
        )  # fmt: skip
        return sum((slope**2 for slope in slopes), Decimal(0)).sqrt()

    ratio = size(first) / size(last)
    if formula := found["factor"]:
        w, product = read.value("given.rnn.W.1.1"), Decimal(1)
        for t in range(first + 1, last + 1):
            h = read.value(f"hidden.{t}.1")
            slope = {" (1 − hₜ²)": 1 - h * h, " hₜ (1 − hₜ)": h * (1 - h), "": Decimal(1)}
            product *= w * slope[formula.removeprefix("W")]
        assert same(abs(product), ratio)
    return is_shown(found["ratio"], ratio)


def vanished(read: Reader, _found: re.Match[str], _sentence: Sentence) -> bool:
    texts = (getattr(b, "text", "") for s in read.solution.sections for b in s.blocks)
    (text,) = (text for text in texts if " is multiplied by " in text)
    ratio = number(re.findall(rf" multiplied by ({N})", text)[0])
    return ratio < Decimal("0.001001") or ratio > 999


def learnt(read: Reader, found: re.Match[str], _sentence: Sentence) -> bool:
    """What the loss was, and what it has come to."""
    losses = [read.value("loss"), read.value("updated.loss")]
    if tables := [each for each in read.solution.tables if each.id == "descent"]:
        losses = [
            read.values[row[-1].id] for row in tables[0].rows if isinstance(row[-1], Quantity)
        ]
    count = 1 if found["count"] == "one" else int(found["count"])
    assert count == len(losses) - 1
    first, last = losses[0], losses[-1]
    assert {"fallen": last < first, "risen": last > first}[found["way"]]
    assert number(found["a"]) != number(found["b"])
    return is_shown(found["a"], first) and is_shown(found["b"], last)


def stayed(read: Reader, found: re.Match[str], _sentence: Sentence) -> bool:
    return is_shown(found["a"], read.value("loss"))


def network(read: Reader, found: re.Match[str], _sentence: Sentence) -> bool:
    places = [each.id.split(".")[1:] for each in read.all("hidden")]
    outputs = [each.id.split(".")[2] for each in read.all("output")]
    inputs = {each.id.split(".")[-1] for each in read.all("given.rnn.x")}
    counts = {
        "T": len({place[0] for place in places}),
        "H": len({place[1] for place in places}),
        "C": len({*outputs}),
        "D": len(inputs),
    }
    for n, what, plural, letter in re.findall(
        r"([0-9]+) (time step|input|hidden unit|output)(s?)[a-z ]* \(([A-Z])\)", found[0]
    ):
        assert int(n) == counts[letter], what
        assert bool(plural) == (int(n) != 1)
    return True


def closed_form(read: Reader, found: re.Match[str], _sentence: Sentence) -> None:
    """How many are divided by, and the other numbers of the formula."""
    for name, n in re.findall(r"\b([nNDTC]) = ([0-9]+)", found[0]):
        count = int(n)
        many = {len(read.all(kind)) for kind in ("term", "example", "episode", "row")}
        many |= {len(read.losses())} if "sum" in read.by_id else set()
        many |= {len(row) for row in read.given_rows}
        weights = [read.values[each.id] for each in read.all("given.weight")]
        many |= {sum(map(bool, weights))}
        assert count in many, f"{name} = {count}"
    margin = Decimal(str(read.keys.get("margin", 1)))
    for text in re.findall(rf"below ({N})(?![0-9])", found[0]):
        assert number(text) in (margin, 1, 0)


def of_a_margin(read: Reader, found: re.Match[str], sentence: Sentence) -> bool:
    """What a hinge says of its score."""
    assert sentence.step is not None
    margin = number(found["margin"]) if found.groupdict().get("margin") else None
    if margin is not None:
        assert margin == Decimal(str(read.keys.get("margin", 1)))
    reached = read.value(sentence.step.id.replace("hinge", "margin"))
    wanted = Decimal(str(read.keys.get("margin", 1)))
    is_so = {
        "On the right side of 0 by": reached >= wanted and not sentence.step.value,
        "On the right side of 0, but": 0 < reached < wanted,
        "On the wrong side of 0": reached < 0,
        "On neither side of 0": reached == 0,
    }
    return next(each for start, each in is_so.items() if sentence.text.startswith(start))


def remains(read: Reader, found: re.Match[str], sentence: Sentence) -> bool:
    assert sentence.step is not None
    place = sentence.step.id.removeprefix("term.")
    y = number(found["y"])
    assert any(read.values[each] == y for each in (f"given.y_true.{place}",) if each in read.values)
    if not found["log"]:
        return True
    logs = {
        f"y_pred.{place}": read.values.get(f"y_pred.{place}"),
        f"given.y_pred.{place}": read.values.get(f"given.y_pred.{place}"),
    }
    probability = next((each for each in logs.values() if each is not None), None)
    if probability is None:
        probability = read.value(f"given.log_probs.{place}").exp()
    if found["log"] == "1 − ŷ":
        probability = 1 - probability
    base = {"2": math.log(2), "10": math.log(10)}.get(str(read.keys.get("log_base", "e")), 1.0)
    return not probability or same(sentence.step.value, -math.log(probability) / base)


def one_class(read: Reader, found: re.Match[str], sentence: Sentence) -> bool:
    assert sentence.step is not None
    place = sentence.step.id.removeprefix("term.")
    row = [read.values[q.id] for q in read.all(f"given.y_true.{place}")]
    counted = [c for c, y in enumerate(row) if y]
    (c,) = counted
    names = read.keys.get("classes") or [str(n) for n in range(len(row))]
    if found.groupdict().get("plain"):
        assert row[c] == 1
    return str(names[c]) == found["name"]


def probabilities_sum(read: Reader, found: re.Match[str], _sentence: Sentence) -> bool:
    assert number(found["total"]) != 1
    return any(
        is_shown(found["total"], sum(map(_probability(read), row))) for row in read.given_rows
    )


def _probability(read: Reader) -> Callable[[Decimal], Decimal]:
    return Decimal.exp if {"log_probs", "log_policy"} & {*read.keys} else lambda each: each


def averages(read: Reader, found: re.Match[str], _sentence: Sentence) -> bool:
    terms = [each.id for each in read.all("term")]
    rows: dict[str, list[Decimal]] = {}
    for id in terms:
        rows.setdefault(id.split(".")[1], []).append(read.values[id])
    sums, count = [sum(row) for row in rows.values()], len(rows)
    return (
        is_shown(found["sums"], sum(sums) / count)
        and is_shown(found["means"], sum(sum(r) / len(r) for r in rows.values()) / count)
        and int(found["n"]) == len(terms)
        and is_shown(found["tokens"], sum(sums) / len(terms))
    )


def padded(read: Reader, found: re.Match[str], _sentence: Sentence) -> bool:
    total = sum(read.values[each.id] for each in read.all("term"))
    assert int(found["count"]) == len(read.all("example"))
    return is_shown(found["padded"], total / (int(found["count"]) * int(found["longest"])))


def differs(read: Reader, found: re.Match[str], _sentence: Sentence) -> bool:
    steps = [int(each) for each in re.findall("[0-9]+", found["steps"])]
    true = [*map(str, read.keys["y_true"])]
    named = [*map(str, re.split("[- ]", found["name"]) if " " in found["name"] else found["name"])]
    assert steps == [
        t for t, pair in enumerate(zip(true, named, strict=True), 1) if pair[0] != pair[1]
    ]
    return int(found["cost"]) == len(steps)


def both_forms(read: Reader, found: re.Match[str], sentence: Sentence) -> bool:
    """The two numbers of an objective and its loss, in the order in which they stand."""
    ours = found.start() >= 0 and read.value("loss")
    first, second = re.findall(rf"Here: ({N})\.", sentence.whole)
    numbers = (ours, -ours) if sentence.whole.startswith("This is an objective") else (-ours, ours)
    return is_shown(first, numbers[0]) and is_shown(second, numbers[1])


def times_zero(read: Reader, found: re.Match[str], sentence: Sentence) -> bool:
    """Where a probability of 0 is multiplied by what the sentence says."""
    assert sentence.step is not None
    share = found.groupdict().get("share")
    shares = [*_shares(read, sentence.step)]
    if share is None:
        return True
    return any(is_shown(share, each) for each in shares)


def _shares(read: Reader, step: Step) -> Iterator[Decimal]:
    """What logarithms in a term are multiplied by: the factors before them, and their products."""

    def walk(node: Any) -> Iterator[Decimal]:
        if type(node).__name__ == "Product":
            for each in node.operands:
                if type(each).__name__ not in ("Log", "Quotient"):
                    yield each.value(read.values)
        for each in getattr(node, "operands", ()):
            yield from walk(each)

    yield from walk(step.quantity.definition)


def is_infinite(read: Reader, found: re.Match[str], sentence: Sentence) -> bool:
    assert sentence.step is not None
    return sentence.step.decimal.is_infinite() and times_zero(read, found, sentence)


def given_value(id: str) -> Check:
    def check(read: Reader, found: re.Match[str], _sentence: Sentence) -> bool:
        return is_shown(found["value"], read.value(id))

    return check


def settings(read: Reader, found: re.Match[str], _sentence: Sentence) -> bool:
    return all(is_shown(text, read.value(f"given.{id}")) for id, text in found.groupdict().items())


def all_settings(read: Reader, found: re.Match[str], _sentence: Sentence) -> bool:
    ids = ("learning_rate", "momentum", "beta1", "beta2", "epsilon", "clip_norm", "clip_value")
    given = [read.value(f"given.{id}") for id in ids if f"given.{id}" in read.values]
    shown = re.findall(rf" = ({N})", found[0])
    return all(is_shown(*pair) for pair in zip(shown, given, strict=True))


def eight_digits(read: Reader, _found: re.Match[str], _sentence: Sentence) -> bool:
    slopes = [id for id in read.values if re.fullmatch(r"given\.descent\.\d+\.gradient\..*", id)]
    return all(len(read.value(id).as_tuple().digits) <= 8 for id in slopes)


def smoothing(read: Reader, found: re.Match[str], _sentence: Sentence) -> bool:
    ids = [each.id for each in read.all("smoothed")]
    classes = {id.rpartition(".")[2] for id in ids} if len(ids[0].split(".")) > 2 else {"0", "1"}
    return int(found["C"]) == len(classes)


def margins(read: Reader, found: re.Match[str], _sentence: Sentence) -> bool:
    return number(found["margin"]) == Decimal(str(read.keys.get("margin", 1)))


def advantage(read: Reader, found: re.Match[str], sentence: Sentence) -> bool:
    assert sentence.step is not None
    size = next(iter(quantities_in(sentence.step.quantity.definition)))
    sign = {"positive": 1, "negative": -1, "0": 0}[found["sign"]]
    value = read.values[size.id]
    return (value > 0) - (value < 0) == sign


def count_of_steps(read: Reader, found: re.Match[str], _sentence: Sentence) -> bool:
    return int(found["n"]) == len(read.all("normalised"))


def of_terms(read: Reader, found: re.Match[str], _sentence: Sentence) -> None:
    for term in read.keys["terms"]:
        if term["name"] == found["name"]:
            assert number(found["weight"]) == Decimal(str(term.get("weight", 1)))
            return
    raise AssertionError(found["name"])


def rounded(read: Reader, found: re.Match[str], _sentence: Sentence) -> bool:
    assert read.solution.rounded is not None
    assert int(found["digits"]) == read.solution.rounded.digits
    if found["value"] is None:
        return True
    return number(found["value"]) == read.solution.rounded.values["loss"] and is_shown(
        found["full"], read.value("loss")
    )


def delta(read: Reader, found: re.Match[str], _sentence: Sentence) -> bool:
    error = _the_one(read, found["name"])
    return (abs(read.values[error.id]) > read.value("given.delta")) == (found["not"] is None)


def names_of_places(read: Reader, found: re.Match[str], _sentence: Sentence) -> bool:
    pairs = re.findall(r"([0-9]+) stands for ([^,.]+)", found[0])
    names = read.keys.get("classes") or [f"class {n}" for n in range(len(pairs))]
    return [name for _, name in pairs] == [str(each) for each in names]


def after_update(read: Reader, found: re.Match[str], _sentence: Sentence) -> bool:
    return math.isclose(
        float(number(found["value"])), float(read.value("updated.loss")), rel_tol=1e-9
    )


READERS: Final[Mapping[str, Check]] = {
    # reductions
    rf"Here: their mean, the sum divided by (?P<n>\d+)(?:, times (?P<times>{N}|T(?:\^2|²)))?\.": divided,
    r"Here: the sum divided by (?P<n>\d+), the number of weights that are not 0\.": divided,
    r"Here: minus the sum divided by (?P<n>\d+), the number of (?:episodes|steps of all episodes)\.": divided,
    r"Here: the mean over (?:the examples|all time steps that count), the sum divided by (?P<n>\d+)\.": divided,
    rf"Here: [a-z ,Σwℓ]+, times (?P<times>{N}|T(?:\^2|²))\.": always,
    rf"With the (?P<usual>.+) over [a-z,]+(?: of the weighted losses)?, as in its usual formula, this loss is (?P<own>{N})\.": other_reduction,
    rf"Here, with the [a-z ]+, it is (?P<value>{N})\.": this_reduction,
    rf"By its usual formula this is (?P<minus>minus )?the mean over the episodes of their sums over t, (?P<own>{N})\.": over_episodes,
    rf"Here it is [a-z0-9, ]+: (?P<value>{N})\.": this_reduction,
    r"The square root of the mean square: \^0\.5 is √\.": always,
    r"Here: the square root, \^0\.5, of the sum\.": always,
    # kinks
    r"Just here (?P<names>.+) (?P<has>has a kink|have kinks): from one side the slope is another than from the other\.": kinked_steps,
    r"\|x\| stands at x = 0: its slope was taken as 0\.": always,
    r"max compares equal numbers(?:, one of them a constant)?: the slope (?:0|of the first) was taken\.": always,
    r"(?P<name>\S+) (?:stands at|leads to) a kink here, where 0 is taken\.": at_a_kink,
    r"The loss does not change with (?P<name>\S+) here\.": still,
    rf"The slopes taken at the kinks are together none of L's: by (?P<name>\S+) they make (?P<made>{N}), but L changes by (?P<below>{N}) from below and by (?P<above>{N}) from above\.": astray,
    r"(?P<name>\S+) is used in (?P<users>.+)\.": used_in,
    r"In (?P<names>.+) a factor of 0 stands beside it\.": beside_zero,
    r"(?:(?P<most>Most)|Something) is missing against (?P<names>.+)\.": most_missing,
    # the way back, and learning
    r"Each hidden state (?:but the last )?is used in .*": always,
    rf"From t = (?P<last>\d+) back to t = (?P<first>\d+), (?:\||√ Σ \()∂L/∂(?P<state>[a-z]+)ₜ(?:,ⱼ\)²|\|)(?: of what comes through \S+ alone)? is multiplied by (?P<ratio>{N})(?:: at each step by ∂hₜ/∂hₜ₋₁ = (?P<factor>W.*))?\.": sent_back,
    rf"After (?P<count>one|\d+) steps? the loss has (?P<way>fallen|risen) from (?P<a>{N}) to (?P<b>{N})(?:\.|: the gradient tells the way down only close by, and a step of this learning rate goes too far\.)": learnt,
    rf"After (?:one|\d+) steps? the loss is as it was, (?P<a>{N})\.": stayed,
    r"NumPy, with the new parameters, gives (?P<value>.+)\.": after_update,
    # networks
    r"Here: \d+ time steps?.*\([CH]\)\.": network,
    rf".* η times .*, with the learning rate η = (?P<learning_rate>{N})\.": settings,
    rf".*: μ = (?P<momentum>{N}) times the velocity before, plus the derivative\.": settings,
    r"Before the first step it is 0\.|Both are 0 before the first step .*": always,
    rf"Of the mean before, β₁ = (?P<beta1>{N}) is kept .* β₂ = (?P<beta2>{N}) in v; the rest is new\.": settings,
    rf"First the gradient is clipped, if its norm .* is above τ = (?P<clip_norm>{N}): .*": settings,
    rf"First the gradient is clipped, if the size .* is above τ = (?P<clip_value>{N}): .*": settings,
    r"With η = .* as before\.": all_settings,
    r"The derivatives with the parameters that there are now, .* rounded to 8 digits:": eight_digits,
    r"In [UVW](?:, behind the gate,|,) [12],[12] means: from .*": always,
    r"A (?:gated recurrent unit|long short-term memory) \([A-Z]+\) has .* numbers between 0 and 1, .*": always,
    r"New hidden state: hₜ = \(1 − zₜ\) · (?:nₜ \+ zₜ · hₜ₋₁|hₜ₋₁ \+ zₜ · nₜ)\.": always,
    r"(?:Here z is|In other texts it is|In PyTorch and Keras it is|The reset gate acts) .*\((?:upd|res).*": always,
    r"The new hidden state is hₜ = max\(0, aₜ\)\.": always,
    # closed forms
    r"∂L/∂\S+ = .*": closed_form,
    r"At δ both are the same, so there is no kink\.": always,
    r"ŷ = sigmoid\(z\) = 1 / \(1 \+ exp\(−z\)\)\.": always,
    r"The sign is 1 above 0 and −1 below; at the kink, ŷ = y, 0 is taken\.": always,
    r"Elsewhere it is 0, and 0 is also taken at the kink, y · ŷ = (?P<margin>\S+)\.": margins,
    r"Where it is just 0, at the kink, 0 is taken(?:; of several largest, the first counts)?\.": always,
    r"Where the true sequence is the largest itself, the two add up to 0\.": always,
    r"The derivative of the root is ½ / L, and the 2 of the square takes its ½ away\.": always,
    r"Here L is 0, where that is 0 / 0: the root has no slope at 0, as \|x\| has none\.": lambda read, *_: read.value("loss") == 0,
    r"Taken was 0, for 0 · ∞ counts as 0; PyTorch gives nan\.": always,
    r"Where ŷ is 0 or 1, a product that counts as 0 adds nothing to it\.": always,
    r"Before the sigmoid it is ∂L/∂o = ∂L/∂ŷ · ŷ · \(1 − ŷ\)\.": always,
    r"At (?P<n>\d+) of the number(?P<s>s) that do(?:es)? not tell the slope: not compared\.": lambda read, found, _: int(found["n"]) <= len(read.by_numbers),
    rf"(?P<name>[\w-]+), (?P<weight>{N}) times: ∂L.*": of_terms,
    # hinges and errors
    rf"On the right side of 0 by at least (?P<margin>{N}): nothing is missing\.": of_a_margin,
    rf"On the right side of 0, but by less than (?P<margin>{N}): the rest is missing\.": of_a_margin,
    r"On the wrong side of 0: the whole margin is missing, and more\.": of_a_margin,
    r"On neither side of 0: the whole margin is missing\.": of_a_margin,
    rf"The true class's score has to be above that of every wrong class by (?P<margin>{N})\.": margins,
    rf"For a wrong class c, d = (?P<margin>{N}) \+ s_c − s_y is what is missing of that: 0 or less where nothing is\.": margins,
    r"The indices of the scores are .*": names_of_places,
    r"Here L = .*": lambda read, found, _: found[0] == f"Here {read.solution.about.formula}.",
    r"(?P<name>\S+) differs at time steps? (?P<steps>[0-9, and]+): its cost is (?P<cost>\d+)\.": differs,
    rf"δ = (?P<value>{N}): up to there an error costs half its square\.": given_value("given.delta"),
    # probabilities
    r"y is (?P<y>[01]) and 1 − y is [01], so only the (?:first|second) product remains(?:: minus the log of (?P<log>ŷ|1 − ŷ))?\.": remains,
    r"(?P<plain>The true probability of) every class but (?P<name>.+) is 0, so only that class's term remains\.": one_class,
    r"What multiplies the logarithm is 0 for every class but .+, so only that class's term remains\.": always,
    rf"The (?:policy's |true )?probabilities (?:of|at) .+ sum to (?P<total>{N}), not to 1(?: as the outputs of a softmax do)?\.": probabilities_sum,
    rf"Label smoothing with ε = (?P<value>{N}): s = .* in the place of y\.": given_value("given.label_smoothing"),
    r"Each of the C = (?P<C>\d+) classes gets ε / C, the true one too, as in \w+\.": smoothing,
    rf".* over the classes, at the temperature T = (?P<value>{N})(?:\.|, worked from the differences to the largest logit\.)": given_value("given.temperature"),
    r"ŷ is the probability that the model gives to a 1; 1 − ŷ is what it leaves for a 0\.": always,
    r"The logarithm of ŷ is multiplied by the true probability y, that of 1 − ŷ by 1 − y\.": always,
    r"ŷ = sigmoid\(z\) = 1 / \(1 \+ e\^\(−z\)\)\.": always,
    r"It makes a probability of any number: 0\.5 of z = 0, more of a positive z, less of a negative one\.": always,
    r"p counts the product with y: a 1 counts for p times as much as a 0\.": always,
    r"This is 1 − ŷ: what is left of 1 behind sigmoid\([zo]\) is sigmoid\(−[zo]\)\.": always,
    r"The difference itself would lose its digits, because ŷ is so near to 1\.": always,
    r"The true probabilit(?:y|ies) of .+ (?:is|are) 0, and 0 · ln 0 counts as 0: (?:its product is|their products are) left out\.": always,
    r"The model gives .+ a probability of 0, and so does the truth: 0 · \S+ 0 counts as 0\.": times_zero,
    r"The model gives .+ a probability of 0\.": always,
    r"For .+, 0 · \S+ 0 counts as 0: a class that is never true costs nothing, whatever its logarithm\.": always,
    rf"The model gives .+ a probability of 0, yet its true (?:probability|one) is (?P<share>{N}): .*so this term is infinite\.": is_infinite,
    r"The model gives .+ a probability of 0, yet it is true: .*so this term is infinite\.": is_infinite,
    rf"Its logarithm is multiplied by (?P<share>{N}), and −\S+ 0 = ∞, so this term is infinite\.": is_infinite,
    r"Its logarithm is multiplied by (?P<share>0), and 0 · \S+ 0 counts as 0\.": times_zero,
    r"Its weight is 0, and 0 · ∞ counts as 0: the loss leaves it out\.": always,
    # averages
    rf"Not all sequences .*: the mean of the sequences' sums is (?P<sums>{N}), the mean of the sequences' means is (?P<means>{N}), the mean over all (?P<n>\d+) time steps that count is (?P<tokens>{N})\.": averages,
    rf"With every sequence padded to (?P<longest>\d+) time steps .* divided by (?P<count>\d+) × \d+ is (?P<padded>{N})\.": padded,
    rf"This problem asks for .*, (?P<value>{N})\.": this_reduction,
    r"(?:e|2|10) to the power of the mean loss of a time step\.": always,
    r"If the model gave each of k classes the probability 1/k, and one of them were true, it would be k\.": always,
    r"Time steps? .* do(?:es)? not count: the (?:label .+ marks padding|mask is 0 there)\.": always,
    r"The mask is 0 at .*no mean divides by it\.": always,
    r"There are .* of [yŷ]: where an axis has one, it stands for all along it\.": always,
    # policies
    r"(?:This|The same without the minus) is an objective, which training makes as large as possible\.": always,
    rf"Here: {N}\.": both_forms,
    r"The (?:reward|return|advantage) is (?P<sign>positive|negative|0)[:,] .*": advantage,
    r"That is the root of the mean square, as the mean is 0 already; it is that of a population, divided by n = (?P<n>\d+) and not by n − 1\.": count_of_steps,
    r"To the power of 0\.5: the square root\.": always,
    r"It is worked backwards: Gₜ = .*": always,
    r"Rewards that come later are not added: for that, a problem gives a discount \(1 adds them in full\)\.": always,
    r"Actions are counted from 0, the indices in the formulas from 1: .*": always,
    r"The policy gives the action of .* a probability of 0, yet it was taken\.": always,
    r"The action of .* has a probability of 0, and the logarithm of 0 is .*": always,
    r"The logarithm of 0 is .*": always,
    r"But the (?:reward|return|advantage|weight) of this step is 0, and 0 times an infinity counts as 0 here\.": always,
    # formulas, and rounding
    r"The formula: [LF] = .*": always,
    r"0 times an infinite number counts as 0 here\.": always,
    r"That is the rule for 0 · ln 0 in cross-entropies, where what never happens costs nothing\.": always,
    rf"Who rounds every step to (?P<digits>\d+) significant digits? before using it gets (?:loss = (?P<value>{N}) instead of (?P<full>{N})|the same answer to \d+ significant digits?)\.": rounded,
}  # fmt: skip

#: What a loss, a network, or a reader may meet.
HINGE: Final = {"loss": "hinge", "y_true": [1, -1], "y_pred": [1, -2]}
SQUARES: Final = {"loss": "mse", "y_true": [1, 2, 3], "y_pred": [1, 2.5, 5]}
CLASSES: Final = {"loss": "cce", "y_true": [0, 1], "y_pred": [[0.5, 0.5], [0, 1]]}
BINARY: Final = {"loss": "bce", "y_true": [1, 0], "y_pred": [0, 0.25]}
EPISODE: Final = {"loss": "reinforce", "rewards": [1, 0, -2], "policy": [0.5, 0.25, 0.4]}
SEQUENCES: Final = {
    "loss": "sequence",
    "examples": [
        {"y_true": [0, 1], "y_pred": [[0.5, 0.5], [0.2, 0.8]]},
        {"y_true": [1], "y_pred": [[0.3, 0.7]]},
    ],
}
SCORED: Final = {"loss": "sequence_hinge", "y_true": [0, 1], "scores": [[1, 0.5, 0.5], [0, 1, 0]]}
RANKED: Final = {
    "loss": "sequence_hinge",
    "formulation": "structured",
    "y_true": "AB",
    "candidates": [{"sequence": "AB", "score": 2}, {"sequence": "BA", "score": 0}],
}


def rnn(loss: str = "mse", y_true: Any = (1, 0.5, 0), **keys: Any) -> dict[str, Any]:
    network = {"inputs": [1, 0, 2], "U": 0.5, "W": 0.9, "V": 1, **keys}
    return {"loss": loss, "y_true": [*y_true], "rnn": network}


def custom(formula: str, **given: Any) -> dict[str, Any]:
    return {"loss": "custom", "formula": formula, "given": given}


GATED: Final[dict[str, Any]] = {"U": [0.5] * 3, "W": [0.4] * 3}
ODD: Final[list[dict[str, Any]]] = [
    HINGE,
    HINGE | {"margin": 2, "squared": True, "reduction": "mean"},
    HINGE | {"y_pred": [0, 3], "weights": [0, 2], "reduction": "mean_over_counted"},
    HINGE | {"y_pred": [0.5, 0.1], "weights": [-1, 2], "reduction": "weighted_mean"},
    HINGE | {"y_true": [1], "y_pred": [-1], "reduction": "mean"},
    HINGE | {"mask": [1, 0], "reduction": "mean"},
    SQUARES,
    SQUARES | {"factor": 0.5, "reduction": "sum"},
    SQUARES | {"root": True, "reduction": "sum"},
    SQUARES | {"root": True, "y_pred": [1, 2, 3]},
    SQUARES | {"weights": [0, 0, 1], "reduction": "sum"},
    {"loss": "mse", "y_true": [[1], [2]], "y_pred": [[1], [3]], "over": "last_axis"},
    {"loss": "mse", "y_true": [[1, 2], [3, 4]], "y_pred": [[1, 2], [3, 5]], "mask": [1, 0]},
    {"loss": "mae", "y_true": [1, 0], "y_pred": [1, 1]},
    {"loss": "huber", "y_true": [1, 0, 5], "y_pred": [2, 0, 1], "delta": 1},
    CLASSES,
    CLASSES | {"log_base": 10, "reduction": "mean"},
    CLASSES | {"y_pred": [[0.5, 0.5], [1, 0]], "log_base": 2},
    CLASSES | {"y_true": [[0.3, 0.7], [1, 0]]},
    CLASSES | {"y_true": [[0.3, 0.69999], [1, 0]]},
    CLASSES | {"y_pred": [[0.5, 0.5], [1, 0]], "weights": [1, 0], "class_weights": [1, 2]},
    CLASSES | {"label_smoothing": 0.1, "class_weights": [0, 2], "reduction": "weighted_mean"},
    {"loss": "nll", "y_true": 1, "y_pred": [0.2, 0.8001]},
    {"loss": "nll", "y_true": [1, 0], "log_probs": [[-1, -0.5], [-2, -1]], "log_base": 2},
    BINARY,
    BINARY | {"log_base": 2, "y_pred": [0.5, 1]},
    BINARY | {"pos_weight": 3},
    BINARY | {"pos_weight": 0},
    BINARY | {"class_weights": [2, 0], "y_pred": [0, 0]},
    BINARY | {"label_smoothing": 0.2},
    BINARY | {"weights": [0, 1]},
    {"loss": "bce", "y_true": [1], "logits": [40], "log_base": 10},
    {"loss": "kl", "y_true": [[0.5, 0.5], [1, 0]], "y_pred": [[0, 1], [0.5, 0.5]]},
    {"loss": "kl", "true_logits": [[0, 1], [1, 1]], "logits": [[1, 2], [0, 0]], "temperature": 2,
     "reduction": "mean"},
    EPISODE,
    EPISODE | {"form": "objective", "discount": 0.5, "reduction": "mean"},
    EPISODE | {"discount": 1, "baseline": 0.5, "normalise": True, "log_base": 2},
    EPISODE | {"policy": [0, 0.25, 0.4]},
    EPISODE | {"policy": [0.5, 0, 0.4]},
    {"loss": "reinforce", "rewards": [0], "policy": [0.5]},
    {"loss": "reinforce", "reduction": "mean", "episodes": [
        {"rewards": [1, 2], "policy": [0.5, 0.5]}, {"rewards": [1], "policy": [0.1]}]},
    SEQUENCES,
    SEQUENCES | {"over_time": "mean", "over_examples": "sum"},
    SEQUENCES | {"over_examples": "mean_over_tokens", "log_base": 2},
    SCORED | {"formulation": "crammer_singer"},
    SCORED | {"formulation": "weston_watkins", "margin": 0.5, "reduction": "mean"},
    RANKED,
    RANKED | {"weights": [2], "reduction": "mean"},
    RANKED | {"candidates": [{"sequence": "AB", "score": 0}]},
    custom("max(0, e - 1)^2", e=1),
    custom("max(0, e - 1) + |x| + max(x, e)", e=1, x=0),
    custom("max(0, x) - 0.5 * max(0, -x)", x=0),
    custom("ln(x) * y", x=0, y=0),
    {"loss": "custom", "terms": [{"name": "part", "problem": HINGE, "weight": -0.5}]},
    rnn(),
    rnn(activation="sigmoid"),
    rnn(activation="identity", W=40),
    rnn(activation="relu", b=-0.5),
    rnn(activation="tanh", W=0.001),
    rnn(y_true=[1], predict="last_step"),
    rnn(y_true=[1], inputs=[2]),
    rnn(inputs=[[1, 0], [0, 1], [1, 1]], U=[[1, 2], [0, 1]], W=[[0.1, 0.2], [0, 0.3]], V=[[1, 2]]),
    rnn(cell="gru", **GATED),
    rnn(cell="lstm", U=[0.5] * 4, W=[0.4] * 4),
    rnn("cce", [0, 1, 1], V=[1, -1]),
    rnn("bce", [1, 0, 1]),
    rnn("hinge", [1, -1, 1], activation="relu", U=1, W=0),
    rnn() | {"train": {"learning_rate": 0.1}},
    rnn() | {"train": {"learning_rate": 10, "steps": 3}},
    rnn() | {"train": {"learning_rate": 1e-9}},
    rnn("mae", [0, 0, 0], activation="relu", U=0, W=0) | {"train": {"learning_rate": 1}},
    *(
        {"loss": "mse", "y_true": [1, 1], "rnn": {"inputs": [1, 2], "U": 0.5, "W": 0.1}, "train": each}
        for each in (
            {"learning_rate": 0.1, "momentum": 0.5, "clip_norm": 0.01, "steps": 2},
            {"learning_rate": 0.1, "optimizer": "adam", "clip_value": 0.2, "steps": 2},
        )
    ),
]  # fmt: skip


def readable(keys: Mapping[str, Any], **asked: Any) -> None:
    try:
        solution = lossclass.solve(dict(keys), gradient=keys.get("reduction") != "none", **asked)
    except lossclass.LossclassError as error:
        raise AssertionError(keys) from error
    Reader(keys, solution).check()


@pytest.mark.parametrize("keys", ODD, ids=lambda keys: str(keys)[:60])
def test_sentences_are_so_in_odd_problems(keys: dict[str, Any]) -> None:
    readable(keys)


@pytest.mark.parametrize("digits", [1, 3])
@pytest.mark.parametrize("keys", [SQUARES, CLASSES, rnn() | {"train": {"learning_rate": 0.1}}])
def test_sentences_are_so_where_who_rounds_as_they_go(keys: dict[str, Any], digits: int) -> None:
    readable(keys, round_as_you_go=digits)


WITHOUT_CTC: Final = [name for name in bundled_problems() if "ctc" not in name]


@pytest.mark.grid(8, name=WITHOUT_CTC)
def test_sentences_are_so_in_bundled_problems(name: str) -> None:
    problem = bundled(name)
    keys = {"loss": problem.loss, **problem.data}
    solution = lossclass.solve(problem, gradient=keys.get("reduction") != "none")
    Reader(keys, solution).check()


def test_a_kink_that_is_there_is_told() -> None:
    """Where no sentence speaks of one, the slopes by every number are the same from both sides."""
    for keys in ODD:
        solution = lossclass.solve(dict(keys), gradient=True)
        reader = Reader(keys, solution)
        if not solution.values["loss"].is_finite() or keys.get("root"):
            continue  # a root at 0 says it of itself
        with localcontext(_EXACT):
            kinked = any(map(reader.has_kink, reader.by_numbers))
        told = any(each.code == "kink" for each in solution.remarks)
        assert told == kinked, keys


def test_a_sentence_that_nobody_reads_is_found() -> None:
    reader = Reader(SQUARES, lossclass.solve(SQUARES))
    assert reader._is_a_claim("All 3 of them.")
    assert not any(re.fullmatch(pattern, "All 3 of them.") for pattern in READERS)
