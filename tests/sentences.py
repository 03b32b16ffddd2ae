"""An independent reader of sentences: what they claim is worked out from the numbers again.

Sentences are found in reasons, asides, paragraphs and remarks. Each has to be known here, with what is
checked of it: a new sentence brings its reader. What is so in every problem, whatever its numbers are,
is listed as ``GENERAL``; what CTC says is worked by trying every path (``ctc_sentences.py``).
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Context, Decimal, localcontext
from functools import cached_property
from typing import Any, Final

from ctc_sentences import CTC_READERS, sentences_are_general
from lattice_sentences import LATTICE_ALWAYS, LATTICE_READERS
from more_sentences import MORE_READERS, _classes, _named, closed_form
from numbers_in_texts import N, is_shown, number

import lossclass
from lossclass.arithmetic.expression import Quantity, nodes_in, quantities_in
from lossclass.arithmetic.line import formula as formula_of
from lossclass.arithmetic.notation import PLAIN
from lossclass.blocks import Paragraph, Remark, Step

_EXACT: Final = Context(prec=60, traps=[])
_BIT: Final = Decimal("1e-20")
_FORM: Final = r"(?:∞ · 0|0 / 0|∞ / ∞|∞ − ∞)"
#: Between names, and not between what stands in the brackets of one.
_BETWEEN: Final = r", (?![^(]*\))| and "


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
        if self.keys.get("loss") == "custom" and self.keys.get("formula"):
            head = "The formula: " + self.solution.about.formula.split(",  ")[-1]
            yield Sentence(head, head, None, "")
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
            if self.is_general(each.text):
                continue
            for pattern, reader in self.readers.items():
                if found := re.fullmatch(pattern, each.text, re.DOTALL):
                    with localcontext(_EXACT):
                        verdict = reader(self, found, each)
                    assert verdict in (None, True), f"not so: {each.text}"
                    break
            else:
                unknown.append(each.text)
        what = "no reader here works out again what these claim, and they are not in GENERAL:\n"
        assert not unknown, what + "\n".join(dict.fromkeys(unknown))

    @property
    def is_ctc(self) -> bool:
        return self.solution.about.loss == "ctc"

    @property
    def readers(self) -> Mapping[str, Check]:
        """By what a sentence looks like, who reads it."""
        return {**READERS, **CTC_READERS} if self.is_ctc else READERS

    def is_general(self, text: str) -> bool:
        """Whether it is so in every problem."""
        is_known = any(re.fullmatch(pattern, text) for pattern in GENERAL)
        return is_known or (self.is_ctc and sentences_are_general(text))

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

    def sides(self, quantity: Quantity, bit: Decimal = _BIT) -> tuple[Decimal, Decimal]:
        """The slopes of the loss by it from below and from above."""
        loss = self.values["loss"]
        below, above = (self.moved(quantity, by) for by in (-bit, bit))
        return (loss - below) / bit, (above - loss) / bit

    def has_kink(self, quantity: Quantity) -> bool:
        below, above = self.sides(quantity)
        return below.is_finite() and above.is_finite() and abs(below - above) > Decimal("1e-12")

    @cached_property
    def leads_to_answer(self) -> set[str]:
        """All that the answers are worked from."""
        found = {*self.solution.answer_ids}
        for each in reversed(self.quantities):
            if each.id in found:
                found |= {used.id for used in quantities_in(each.definition)}
        return found

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


def at_a_kink(read: Reader, found: re.Match[str], _sentence: Sentence) -> None:
    names = re.split(", | and ", found["names"])
    assert (len(names) > 1) == (found["s"] == "")
    for name in names:
        quantity = _the_one(read, name)
        assert not read.values[_slope_by(read, quantity)]
        below, above = read.sides(quantity)
        assert max(abs(below), abs(above)) > Decimal("1e-12")


def still(read: Reader, found: re.Match[str], _sentence: Sentence) -> None:
    names = re.split(_BETWEEN, re.sub(r" and [0-9]+ more$", "", found["names"]))
    assert (len(names) > 1) == (found["by"] == "s by them are")
    for name in names:
        quantity = _the_one(read, name)
        assert not read.values[_slope_by(read, quantity)]
        for slope in read.sides(quantity):
            # a logarithm may have no value below, where a probability is 0
            assert not slope.is_finite() or abs(slope) <= Decimal("1e-12")


def at_a_corner(read: Reader, found: re.Match[str], _sentence: Sentence) -> None:
    """Where the slopes differ, what is taken is between the two; else it is the slope."""
    for name in re.split(_BETWEEN, found["names"]):
        quantity = _the_one(read, name)
        taken = read.values[_slope_by(read, quantity)]
        sides = [each for each in read.sides(quantity) if each.is_finite()]
        if found["taken"]:
            assert min(sides) < taken < max(sides)
        else:
            assert all(abs(each - taken) < Decimal("1e-8") for each in sides)


def counts_so(read: Reader, found: re.Match[str], sentence: Sentence) -> bool:
    """It stands in the step, by its symbols, and comes to −∞ or 0 · ∞ there."""
    assert sentence.step is not None
    for node in nodes_in(sentence.step.quantity.definition):
        if formula_of(node, PLAIN) == found["it"]:
            numbers = [each.value(read.values) for each in node.operands]
            return not all(numbers) and (
                len(numbers) == 1 or any(map(Decimal.is_infinite, numbers))
            )
    return False


def taken_between(read: Reader, found: re.Match[str], _sentence: Sentence) -> bool:
    slopes = (read.values[_slope_by(read, each)] for each in read.by_numbers)
    return any(is_shown(found["slope"], each) for each in slopes)


def _own_weights(read: Reader) -> list[Decimal]:
    return [read.value(each.id) for each in read.all("given.weight")]


def root_of_nothing(read: Reader, found: re.Match[str], _sentence: Sentence) -> bool:
    return read.value("loss") == 0 and (found["what"] is None) == (0 in _own_weights(read))


def without_slope(read: Reader, found: re.Match[str], _sentence: Sentence) -> None:
    for name in re.split(_BETWEEN, found["names"]):
        quantity = _the_one(read, name)
        assert f"gradient.{quantity.name}" not in read.by_id
        below, above = (each for each in read.sides(quantity))
        assert below.is_nan() or above.is_nan() or not below <= 0 <= above


def upright(read: Reader, found: re.Match[str], _sentence: Sentence) -> None:
    assert read.value("loss").is_finite()
    for name in re.split(_BETWEEN, found["names"]):
        quantity = _the_one(read, name)
        assert read.values[_slope_by(read, quantity)].is_infinite()
        near, far = (
            max(abs(each) for each in read.sides(quantity, by) if not each.is_nan())
            for by in (_BIT, _BIT.sqrt())
        )
        assert near.is_infinite() or near > far * Decimal("1.5")


def _slope_by(read: Reader, quantity: Quantity) -> str:
    names = (quantity.id.removeprefix("given."), quantity.id)
    return next(f"gradient.{name}" for name in names if f"gradient.{name}" in read.by_id)


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
    names = re.split(_BETWEEN, shown)
    assert {*names} <= users
    still = re.search(r"In (.+) a factor of 0 stands beside it", sentence.whole)
    unused = len(still[1].split(", ")) if still else 0
    reached = {*read.leads_to_answer}
    forward = {
        PLAIN.symbol(user.symbol)
        for each in read.symbols[name]
        for user in read.users.get(each.id, ())
        if user.id in reached
    }
    assert len(names) + more >= len(forward) - unused or not more
    assert not more or len(names) + more <= len(forward)


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
    names = read.keys.get("classes") or [*range(len(missing) + 1)]
    told = re.sub("class |[“”]", "", found["names"]).split(" and ")
    return told == [str(names[int(c) - 1]) for c in counting]


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


def _losses(read: Reader) -> list[Decimal]:
    """What the loss was before and after each step of learning."""
    if tables := [each for each in read.solution.tables if each.id == "descent"]:
        return [read.values[row[-1].id] for row in tables[0].rows if isinstance(row[-1], Quantity)]
    return [read.value("loss"), read.value("updated.loss")]


def lower_before(read: Reader, found: re.Match[str], _sentence: Sentence) -> bool:
    losses = _losses(read)
    lowest = losses[int(found["n"])]
    return is_shown(found["a"], lowest) and lowest == min(losses) < losses[-1]


def learnt(read: Reader, found: re.Match[str], _sentence: Sentence) -> bool:
    """What the loss was, and what it has come to."""
    losses = _losses(read)
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


def counts_of_closed_form(read: Reader, found: re.Match[str], sentence: Sentence) -> object:
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
    return closed_form(read, found, sentence)


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
    assert number(found["rest"]) == 1 - y
    assert (found["which"] == "first") == bool(y)
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
    (c,) = [c for c, y in enumerate(row) if y]
    names = read.keys.get("classes") or [str(n) for n in range(len(row))]
    return row[c] == 1 and str(names[c]) == re.sub("^class |[“”]", "", found["name"])


def probabilities_sum(read: Reader, found: re.Match[str], _sentence: Sentence) -> bool:
    assert number(found["total"]) != 1
    rows = [*read.given_rows]
    if places := re.findall(r"[0-9]+", found["where"]):
        names = {tuple(places), tuple(reversed(places))}
        kinds = (
            ("y_true",)
            if "true" in (found["whose"] or "")
            else ("y_pred", "log_probs", "policy", "log_policy")
        )
        rows = [
            [
                read.values[q.id]
                for q in read.quantities
                if q.id.startswith(f"given.{kind}.{'.'.join(at)}.")
            ]
            for kind in kinds
            for at in names
        ]
    return any(is_shown(found["total"], sum(map(_probability(read), row))) for row in rows if row)


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
    lengths = [len(each["y_true"]) for each in read.keys["examples"]]
    assert int(found["longest"]) == int(found["once"]) == max(lengths)
    return is_shown(found["padded"], total / (int(found["count"]) * int(found["longest"])))


def differs(read: Reader, found: re.Match[str], _sentence: Sentence) -> bool:
    steps = [int(each) for each in re.findall("[0-9]+", found["steps"])]
    true = [*map(str, read.keys["y_true"])]
    name = found["name"].strip("“”")
    named = [*map(str, re.split("[- ]", name) if " " in name else name)]
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


def yet_true(read: Reader, found: re.Match[str], sentence: Sentence) -> bool:
    """A class, or an outcome, that is true and was given no probability."""
    assert sentence.step is not None
    assert sentence.step.decimal.is_infinite()
    true, predicted = _classes(read, sentence)[_named(found["name"])[0]]
    share = found.groupdict().get("share")
    base = {"2": "log₂", "10": "log₁₀"}.get(str(read.keys.get("log_base", "e")), "ln")
    again = found.groupdict().get("again")
    assert f"−{base} 0 = ∞" in sentence.text if again is None else again == share
    return not predicted and (true == 1 if share is None else is_shown(share, true))


def asked_average(read: Reader, found: re.Match[str], sentence: Sentence) -> bool:
    counts = re.findall(r"all ([0-9]+) time steps", sentence.text)
    assert all(int(n) == len(read.all("term")) for n in counts)
    return this_reduction(read, found, sentence)


def divided_here(read: Reader, found: re.Match[str], sentence: Sentence) -> bool:
    for n in re.findall(r"divided by ([0-9]+)", sentence.text):
        assert int(n) in (len(read.all("term")), len(read.all("episode")))
    return this_reduction(read, found, sentence)


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


def rooted(read: Reader, _found: re.Match[str], sentence: Sentence) -> bool:
    """Whether a step is the root of the one that it is worked from, or of its share."""
    assert sentence.step is not None
    definition = sentence.step.quantity.definition
    inside = definition.operands[0].value(read.values)
    return same(sentence.step.decimal**2, inside)


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
    assert _sentence.step is not None
    error = read.by_id[_sentence.step.id.replace("huber", "error")]
    return (abs(read.values[error.id]) > read.value("given.delta")) == (found["not"] is None)


def names_of_places(read: Reader, found: re.Match[str], _sentence: Sentence) -> bool:
    pairs = re.findall(r"([0-9]+) stands for ([^,.]+)", found[0])
    names = read.keys.get("classes") or [*range(len(pairs))]
    assert [int(n) for n, _ in pairs] == [*range(1, len(pairs) + 1)]
    told = [re.sub("^class |[“”]", "", name) for _, name in pairs]
    return told == [str(each) for each in names]


def after_update(read: Reader, found: re.Match[str], _sentence: Sentence) -> bool:
    return math.isclose(
        float(number(found["value"])), float(read.value("updated.loss")), rel_tol=1e-9
    )


READERS: Final[Mapping[str, Check]] = {
    **MORE_READERS,
    **LATTICE_READERS,
    # reductions
    rf"Here: the mean of the \S+, their sum divided by (?P<n>\d+)(?:, times (?P<times>{N}|T(?:\^2|²)))?\.": divided,
    r"Here: the sum divided by (?P<n>\d+), the number of weights that are not 0\.": divided,
    r"Here: minus the sum divided by (?P<n>\d+), the number of (?:episodes|steps of all episodes)\.": divided,
    r"Here: the mean over (?:the examples|all time steps that count), the sum divided by (?P<n>\d+)\.": divided,
    rf"With the (?P<usual>.+) over [a-z,]+(?: of the weighted losses)?, as in its usual formula, this loss is (?P<own>{N})\.": other_reduction,
    rf"Here, with the [a-z ]+, it is (?P<value>{N})\.": this_reduction,
    rf"By its usual formula this is (?P<minus>minus )?the mean over the episodes of their sums over t, (?P<own>{N})\.": over_episodes,
    rf"Here it is [a-z0-9, ]+: (?P<value>{N})\.": divided_here,
    # kinks
    r"Just here (?P<names>.+) (?P<has>has a kink|have kinks): the slope on one side is not that on the other\.": kinked_steps,
    r"(?P<names>.+) (?:stand|lead)(?P<s>s?) (?:at|to) (?:a kink|kinks) here, where 0 is taken\.": at_a_kink,
    rf"By (?P<names>.+) the chain rule has {_FORM} here, which has no value(?P<taken>: 0 is taken)?\.": at_a_corner,
    rf"By (?P<names>.+) the chain rule meets {_FORM} here, which has no value: no derivative by (?:it|them) is given\.": without_slope,
    r"(?P<it>.+) is the logarithm of 0, −∞: the closer a number comes to 0, the lower its logarithm falls, without end\.": counts_so,
    r"(?P<it>.+) is 0 times an infinite number, and counts as 0 here\.": counts_so,
    rf"Taken was (?P<slope>{N}), which is between the two\.": taken_between,
    rf"The slope of the loss is (?P<slope>{N}) there\.": taken_between,
    r"Just here \S+ has no derivative by (?P<names>.+): (?P<taken>as with) \|x\| at 0, the slope on one side is not that on the other\.": at_a_corner,
    r"The slope of \S+ by (?P<names>.+) is infinite here\.": upright,
    r"The loss does not change with (?P<names>.+) here: the derivative(?P<by> by it is|s by them are) 0\.": still,
    rf"The slopes taken at the kinks are together none of L's: by (?P<name>\S+) they make (?P<made>{N}), but L changes by (?P<below>{N}) from below and by (?P<above>{N}) from above\.": astray,
    r"(?P<name>[^\s(]+(?:\([^)]*\))?) is used in (?P<users>.+)\.": used_in,
    r"In (?P<names>.+) a factor of 0 stands beside it\.": beside_zero,
    r"(?:(?P<most>Most)|Something) is missing against (?P<names>.+)\.": most_missing,
    # the way back, and learning
    r"It (?:vanishes|explodes) on the way back: .*": vanished,
    r"\|e\| is (?P<not>not )?above δ: (?:half the square|on the straight line)\.": delta,
    rf"From t = (?P<last>\d+) back to t = (?P<first>\d+), (?:\||√ Σ \()∂L/∂(?P<state>[a-z]+)ₜ(?:,ⱼ\)²|\|)(?: of what comes through \S+ alone)? is multiplied by (?P<ratio>{N})(?:: at each step by ∂hₜ/∂hₜ₋₁ = (?P<factor>W.*))?\.": sent_back,
    rf"After (?P<count>one|\d+) steps? the loss has (?P<way>fallen|risen) from (?P<a>{N}) to (?P<b>{N})(?:\.|: the gradient tells the way down only close by, and a step of this learning rate goes too far\.)": learnt,
    rf"It was lower before, (?P<a>{N}) after step (?P<n>\d+)\.": lower_before,
    rf"After (?:one|\d+) steps? the loss is as it was, (?P<a>{N})(?:, as far as numbers of 16 digits can tell)?\.": stayed,
    r"NumPy, with the new parameters, gives (?P<value>.+)\.": after_update,
    r"(?:Here: t|T)he square root of the (?:sum|variance|mean square)\.": rooted,
    # networks
    rf".* η times .*, with the learning rate η = (?P<learning_rate>{N})\.": settings,
    rf".*: μ = (?P<momentum>{N}) times the velocity before, plus the derivative\.": settings,
    rf"Of the mean before, β₁ = (?P<beta1>{N}) is kept .* β₂ = (?P<beta2>{N}) in v; the rest is new\.": settings,
    rf"First the gradient is clipped, if its norm .* is above τ = (?P<clip_norm>{N}): .*": settings,
    rf"First the gradient is clipped, if the size .* is above τ = (?P<clip_value>{N}): .*": settings,
    r"With η = .* as before\.": all_settings,
    r"The derivatives with the parameters that there are now, .* rounded to 8 digits:": eight_digits,
    r"Here: \d+ time steps?.*\([CH]\)\.": network,
    # closed forms
    r"∂L(?:_\S+?|[ₐ-ₜ]+)?/∂\S+ = .*": counts_of_closed_form,
    r"Elsewhere it is 0, and 0 is also taken at the kink, y · ŷ = (?P<margin>\S+)\.": margins,
    r"Here L is 0, where that is 0 / 0(?P<what>: L has no slope there, as \|x\| has none at 0)?\.": root_of_nothing,
    r"With a ŷ of weight 0, L does not change: its derivative is 0\.": lambda read, *_: 0 in _own_weights(read),
    r"By every other ŷ, L has no slope there, as \|x\| has none at 0: taken was 0; PyTorch gives nan\.": lambda read, *_: any(_own_weights(read)),
    r"But all weights are 0, and L does not change: the derivatives are 0; PyTorch gives nan\.": lambda read, *_: not any(_own_weights(read)),
    rf"(?P<name>[\w-]+), (?P<weight>{N}) times: ∂L.*": of_terms,
    # hinges and errors
    rf"On the right side of 0 by at least (?P<margin>{N}): nothing is missing\.": of_a_margin,
    rf"On the right side of 0, but by less than (?P<margin>{N}): the rest is missing\.": of_a_margin,
    r"On the wrong side of 0: the whole margin is missing, and more\.": of_a_margin,
    r"On neither side of 0: the whole margin is missing\.": of_a_margin,
    rf"The true class's score has to be above that of every wrong class by (?P<margin>{N})\.": margins,
    rf"For a wrong class c, d = (?P<margin>{N}) \+ s_c − s_y is what is missing of that: 0 or less where nothing is\.": margins,
    r"The indices of the scores are .*": names_of_places,
    r"(?P<name>\S+) differs at time steps? (?P<steps>[0-9, and]+): its cost is (?P<cost>\d+)\.": differs,
    rf"δ = (?P<value>{N}): up to there an error costs half its square\.": given_value("given.delta"),
    # probabilities
    r"y is (?P<y>[01]) and 1 − y is (?P<rest>[0-9]), so only the (?P<which>first|second) product remains(?:: minus the log of (?P<log>ŷ|1 − ŷ))?\.": remains,
    r"y is 1 for (?P<name>.+) and 0 for every other class: only one term remains\.": one_class,
    rf"The (?P<whose>policy's |true )?probabilities (?:of|at) (?P<where>.+) sum to (?P<total>{N}), not to 1(?: as the outputs of a softmax do)?\.": probabilities_sum,
    rf"Label smoothing with ε = (?P<value>{N}): s = \(1 − ε\) · y \+ ε / C is used in the place of y\.": given_value("given.label_smoothing"),
    r"Each of the C = (?P<C>\d+) classes gets ε / C, the true one too, as in \w+\.": smoothing,
    rf".* over the classes, at the temperature T = (?P<value>{N})(?:\.|, worked from the differences to the largest logit\.)": given_value("given.temperature"),
    r"The model gives .+ a probability of 0, and so does the truth: 0 · \S+ 0 counts as 0\.": times_zero,
    rf"The model gives (?P<name>.+) a probability of 0, yet its true (?:probability|one) is (?P<share>{N}): (?:−(?P<log>\S+) 0 = ∞|the logarithm of (?P<again>{N}) / 0 is ∞), so this term is infinite\.": yet_true,
    r"The model gives (?P<name>.+) a probability of 0, yet it is true: .*so this term is infinite\.": yet_true,
    rf"Its logarithm is multiplied by (?P<share>{N}), and −\S+ 0 = ∞, so this term is infinite\.": is_infinite,
    r"Its logarithm is multiplied by (?P<share>0), and 0 · \S+ 0 counts as 0\.": times_zero,
    # averages
    rf"Not all sequences .*: the mean of the sequences' sums is (?P<sums>{N}), the mean of the sequences' means is (?P<means>{N}), the mean over all (?P<n>\d+) time steps that count is (?P<tokens>{N})\.": averages,
    rf"With every sequence padded to (?P<longest>\d+) time steps .* divided by (?P<count>\d+) × (?P<once>\d+) is (?P<padded>{N})\.": padded,
    rf"This problem asks for .*, (?P<value>{N})\.": asked_average,
    # policies
    rf"Here: {N}\.": both_forms,
    r"The (?:reward|return|advantage) is (?P<sign>positive|negative|0)[:,] .*": advantage,
    r"That is the root of the mean square, as the mean is 0 already; it is that of a population, divided by n = (?P<n>\d+) and not by n − 1\.": count_of_steps,
    # formulas, and rounding
    rf"Who rounds every step to (?P<digits>\d+) significant digits? before using it gets (?:loss = (?P<value>{N}) instead of (?P<full>{N})|the same answer to \d+ significant digits?)\.": rounded,
}  # fmt: skip

#: What is so in every problem, whatever its numbers are.
_ALWAYS: Final = """
The reset gate says how much of the state before goes into the candidate, the update gate how much of the candidate goes into the new state.
Here z is the share of the candidate (update: replace), as in Chung and others (2014).
In PyTorch and Keras it is the share of the state before: hₜ = (1 − zₜ) · nₜ + zₜ · hₜ₋₁ (update: keep).
The reset gate acts on the state, before W (reset: before), as in Cho and others (2014); in PyTorch on W · h (reset: after).
The first index of a state, a gate, an input or an output is the time step.
The first index of a pre-activation is its gate, the second the time step.
At every time step t the output is the hidden state, oₜ = hₜ, and the prediction is ŷₜ = oₜ.
Here z is the share of the state before (update: keep), as in PyTorch and Keras.
In other texts it is the share of the candidate: hₜ = (1 − zₜ) · hₜ₋₁ + zₜ · nₜ (update: replace).
Before the first step it is 0.
Both are 0 before the first step and so too small at first: they are divided by what they have of weight until then.
Adam keeps for every parameter a running mean m of its derivatives, and one of their squares, v.
The derivative of L by a number says how fast L changes with it.
It is worked from the loss backwards, since a number acts through the steps that use it.
The chain rule: the derivative of L by a number is the sum, over the steps that use it, of (derivative of L by that step) · (how the step changes with the number).
There is no state before the first step, so W has nothing to multiply yet.
At the first time step there is no state before, so its terms are left out.
Back-propagation through time takes ∂L/∂o on to the hidden states and to the weights.
The derivative by a weight that is used at several time steps is a sum over these.
So the derivatives go back through time, from the last step to the first: this is back-propagation through time.
There is no derivative; another slope between the two could be taken as well.
The same steps forwards as above, with the new parameters in the place of the old.
New values have a prime.
Every parameter moves a little against its derivative, which is the way in which L falls.
It is worked once with a little more and once with a little less of a number, and the difference is divided by that of the numbers.
A formula of one's own has no closed form to look up.
Two answers that differ by this are both worked correctly: see which one is asked.
A loss is made as small as possible, so it is the negative of that.
A loss is made as small as possible, so it is the negative of this.
The true sequence should be ahead of every wrong one by at least what that one costs.
So each cost is added to the score before the scores are compared.
The largest is taken over all candidates k, the true one too.
The first index of a state, an input or an output is the time step.
At every time step t:
They are taken here as they were given.
After Crammer and Singer, only the wrong class for which most is missing counts.
After Weston and Watkins, every wrong class for which it is missing counts.
A return counts the reward of its step and those to come, each of them times one γ for every step that it is later.
A cost that the problem does not give is the number of places at which a sequence differs from the true one (the Hamming distance).
softmax(o) is exp(o) / Σ exp(o) over the outputs, which are its logits.
What is true stands still, and so does its entropy: the derivatives are those of a cross-entropy.
What is 0 has the logarithm −∞, adds nothing, and is left out.
This is ln p(l|x).
These were worked by NumPy:
There is no state before the first step that the reset gate could act on, so nothing uses it at this step.
There is no cell state before the first step that the forget gate could act on, so nothing uses it at this step.
The weights of the output gate keep the index o, as in the problem.
The reset gate says how much of the state before goes into the candidate, the update gate how much of the state before is kept.
The largest M is subtracted from all of them first: that changes nothing in the quotient, and no exponential gets too large.
The largest logit M is subtracted from all of them first: that changes nothing in the quotient, and no exponential gets too large.
That is m + ln(exp(a − m) + exp(b − m) + …) with the largest of them as m, so that no exponential is too small for a computer, or too large.
A sum of probabilities is ln(exp(a) + exp(b) + …) of their logarithms.
Many books write oₜ for the output gate and cₜ for the cell state.
It is a number: no gradient goes through it.
How large the derivative by the hidden state is:
Here oₜ is the output of the network and c its bias, so the output gate is qₜ and the cell state cellₜ.
For each term, its weight times the closed form of its own loss.
Each term is a problem of its own, and its loss is multiplied by its weight.
What belongs to a term has the mark of the term as its first index.
Each step works out the loss and its gradient anew, in the same way as the first, and updates every parameter.
Clipping the gradient is the usual remedy.
The logarithm of a product is the sum of the logarithms, so ln P(π) is the sum of those of its symbols.
No other term can make up for that.
Each class has a weight k.
What belongs to a class is multiplied by its weight, so that a class with a large weight counts for more than one with a small weight.
The weighted mean is not divided by the number of observations, but by the weights of their true classes, K = Σ k · y.
PyTorch's mean does this where y is given as class indices.
The y is the one before smoothing.
Each product has the weight of its outcome.
In the place of y stands the smoothed s.
What does not count adds nothing to the loss, and no mean divides by it.
""".strip().split("\n")
#: The same as patterns.
GENERAL: Final = (
    *map(re.escape, [*_ALWAYS, *LATTICE_ALWAYS]),
    r"What is expected is how often a path has a tag, or a transition; what is observed, how often the true one has\.",
    r"All derivatives by \S+(?: \S+\))?, in their places:",
    r"The (?:(?:true y|teacher's logit v) and the (?:predicted ŷ|logit z|q = ln ŷ)|score s) of each class:",
    r"The (?:reward R|return G|advantage [AÂ]) counts as a constant\.",
    r"R\S+ is the reward of step t alone, as the formula has it\.",
    r"Each has weights of its own, with (?:its|a) letter as an index, and is worked out from its pre-activation a\.",
    r"ℓ = −Σ k · [ys] · ln ŷ over the classes: each class with its weight k\.",
    r"ŷ = exp\(z\) / Σ exp\(z\) over the classes\.",
    r"After the last time step the output is the hidden state, o\S+ = h\S+, and the prediction is ŷ\S* = o\S+: the whole sequence is one observation\.",
    r"At δ both are the same, so there is no kink\.",
    r"Where it is just 0, at the kink, 0 is taken(?:; of several largest, the first counts)?\.",
    r"Where the true sequence is the largest itself, the two add up to 0\.",
    r"Taken was 0; PyTorch gives nan\.",
    r"Where the slope changes too abruptly, that does not tell it\.",
    r"Without a gradient, no step of learning can be taken\.",
    r"Here \S+ is infinite, and there is no gradient\.",
    r"At these numbers the chain rule gives no gradient: a derivative on the way has no value, being 0 / 0, ∞ · 0 or ∞ − ∞\.",
    r"Where ŷ is 0 or 1, a product that counts as 0 adds nothing to it\.",
    r"ŷ is the probability that the model gives to a 1; 1 − ŷ is what it leaves for a 0\.",
    r"The logarithm of ŷ is multiplied by the true probability y, that of 1 − ŷ by 1 − y\.",
    r"p counts the product with y: a 1 counts for p times as much as a 0\.",
    r"If the model gave each of k classes the probability 1/k, and one of them were true, it would be k\.",
    r"(?:This|The same without the minus) is an objective, which training makes as large as possible\.",
    r"Actions are counted from 0, the indices in the formulas from 1: .*",
    r"The action of .* has a probability of 0, and the logarithm of 0 is .*",
    r"The logarithm of 0 is .*",
    r"That is the rule for 0 · ln 0 in cross-entropies, where what never happens costs nothing\.",
)  # fmt: skip
