"""What sentences of CTC claim, worked out again by trying every path: no α, no lattice, no steps."""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import groupby, pairwise, product
from typing import TYPE_CHECKING, Any, Final

from numbers_in_texts import N, is_shown

import lossclass
from lossclass.arithmetic.expression import quantities_in
from lossclass.losses.shapes.lattice.sequences import is_weighted

if TYPE_CHECKING:
    from sentences import Reader, Sentence

Path = tuple[str, ...]
Found = re.Match[str]
#: More paths are not tried.
_MOST_PATHS: Final = 200_000
_BASE: Final = {"e": 1.0, "2": math.log(2), "10": math.log(10)}


def near(one: Any, other: Any) -> bool:
    return math.isclose(float(one), float(other), rel_tol=1e-9, abs_tol=1e-12)


class Paths:
    """All paths through the outputs of a problem, and what they spell."""

    def __init__(self, read: Reader) -> None:
        inputs: Any = lossclass.load(dict(read.keys)).inputs
        self.read, self.inputs = read, inputs
        self.symbols, self.blank = inputs.symbols, inputs.blank_symbol
        self.target, self.listed, self.T = inputs.target_symbols, inputs.listed, inputs.T
        names = [*self.symbols, self.blank]
        self.gap = "" if all(len(each) == 1 for each in names) else " "
        self.gap = " · " if any(" " in each for each in names) else self.gap

    # --- names ---

    def spelt(self, symbols: Sequence[str]) -> str:
        return self.gap.join(symbols) or "(empty)"

    def read_as(self, text: str) -> Path:
        if text == "(empty)":
            return ()
        return tuple(text.split(self.gap)) if self.gap else tuple(text)

    def merged(self, path: Sequence[str]) -> Path:
        return tuple(symbol for symbol, _ in groupby(path))

    def collapsed(self, path: Sequence[str]) -> Path:
        return tuple(each for each in self.merged(path) if each != self.blank)

    # --- probabilities ---

    @cached_property
    def rows(self) -> list[dict[str, float]]:
        """By time, those of the symbols."""
        inputs = self.inputs
        T = self.T or max(map(len, self.listed))  # noqa: N806
        if inputs.by_symbol is not None:
            return [{k: float(p) for k, p in inputs.by_symbol.items()}] * T
        if inputs.kind == "rnn":
            values = self.read.values
            every = [[float(values[f"y_pred.{t}.{c}"]) for c in range(1, len(self.symbols) + 1)]
                     for t in range(1, T + 1)]  # fmt: skip
        else:
            every = [[float(each) for each in row] for row in inputs.matrix.rows()]
        if inputs.kind in ("log_probs", "logits"):
            every = [[math.exp(each) for each in row] for row in every]
        if inputs.kind == "logits":
            every = [[each / sum(row) for each in row] for row in every]
        return [dict(zip(self.symbols, row, strict=True)) for row in every]

    def probability(self, path: Sequence[str]) -> float:
        return math.prod(row[k] for row, k in zip(self.rows, path, strict=False))

    @cached_property
    def by_labelling(self) -> dict[Path, list[Path]]:
        """All paths, by what they spell."""
        assert self.T is not None
        assert len(self.symbols) ** self.T <= _MOST_PATHS
        found: dict[Path, list[Path]] = defaultdict(list)
        for path in product(self.symbols, repeat=self.T):
            found[self.collapsed(path)].append(path)
        return found

    @property
    def alignments(self) -> list[Path]:
        return self.by_labelling.get(self.target, [])

    @cached_property
    def labellings(self) -> dict[Path, float]:
        return {
            labels: sum(map(self.probability, paths)) for labels, paths in self.by_labelling.items()
        }

    @property
    def whole(self) -> float:
        """p(l|x)."""
        if self.T is None:
            return sum(map(self.probability, self.counted))
        return self.labellings.get(self.target, 0.0)

    @property
    def valid(self) -> list[Path]:
        return [each for each in self.listed if self.collapsed(each) == self.target]

    @property
    def counted(self) -> list[Path]:
        return [*self.listed] if self.inputs.alignments_counted == "listed" else self.valid

    def minus_log(self, probability: float) -> float:
        return -math.log(probability) / _BASE[self.inputs.log_base] if probability else math.inf

    @cached_property
    def best_path(self) -> Path:
        return tuple(max(row, key=lambda k: row[k]) for row in self.rows)

    @cached_property
    def occupancies(self) -> list[dict[str, float]]:
        shares = [dict.fromkeys(self.symbols, 0.0) for _ in self.rows]
        for path in self.alignments:
            for t, k in enumerate(path):
                shares[t][k] += self.probability(path) / self.whole
        return shares

    # --- the extended target, as sentences speak of it ---

    @property
    def extended(self) -> Path:
        return (self.blank, *(each for k in self.target for each in (k, self.blank)))

    def at(self, s: int) -> str:
        return self.extended[s - 1]

    def sources(self, s: int) -> list[int]:
        may_skip = s > 2 and self.at(s) != self.blank and self.at(s) != self.at(s - 2)
        return [s, *([s - 1] if s > 1 else []), *([s - 2] if may_skip else [])]

    def reached(self, t: int) -> set[int]:
        now = {1, 2} & {*range(1, len(self.extended) + 1)}
        for _ in range(t - 1):
            now = {s for s in range(1, len(self.extended) + 1) if {*self.sources(s)} & now}
        return now

    @property
    def ends(self) -> set[int]:
        return {len(self.extended), len(self.extended) - 1} - {0}

    def gets_to_an_end(self, t: int) -> set[int]:
        now = self.ends
        for _ in range(self.T - t):
            now = {source for s in now for source in self.sources(s)}
        return now

    @property
    def repeats(self) -> int:
        return sum(one == other for one, other in pairwise(self.target))

    @cached_property
    def shortest(self) -> int:
        """The length of the shortest alignments, by trying lengths."""
        symbols = [self.blank, *dict.fromkeys(self.target)]
        for length in range(10):
            if any(self.collapsed(path) == self.target for path in product(symbols, repeat=length)):
                return length
        raise AssertionError(self.target)


Check = Callable[["Reader", Found, "Sentence"], object]
Claim = Callable[[Paths, Found, "Sentence"], object]


def ctc(claim: Claim) -> Check:
    """A reader that has all paths of the problem."""

    def check(read: Reader, found: Found, sentence: Sentence) -> object:
        if not hasattr(read, "paths"):
            read.paths = Paths(read)  # type: ignore[attr-defined]
        return claim(read.paths, found, sentence)  # type: ignore[attr-defined]

    return check


def place_of(sentence: Sentence) -> tuple[int, int]:
    """The time and the position of the cell that a sentence is about."""
    assert sentence.step is not None
    _, t, s = sentence.step.id.split(".")
    return int(t), int(s)


# --- what is given -------------------------------------------------------------------------


def given(p: Paths, found: Found, _: Sentence) -> bool:
    is_plural = found["s"] == "s"
    return (
        found["target"] == p.spelt(p.target)
        and int(found["n"]) == len(p.target)
        and is_plural == (len(p.target) != 1)
        and found["blank"] == p.blank
        and (found["T"] is None) == (p.T is None)
        and (p.T is None or int(found["T"]) == p.T)
    )


def the_same(p: Paths, _found: Found, _: Sentence) -> bool:
    return all(row == p.rows[0] for row in p.rows)


def sums(p: Paths, found: Found, _: Sentence) -> bool:
    told = re.findall(rf"({N})(?: at t = (\d+))?", found["sums"].partition(" (and")[0])
    wrong = [t for t, row in enumerate(p.rows, 1) if not near(sum(row.values()), 1)]
    if " at t" in found["sums"]:
        rest = re.search(r"and at (\d+) more", found["sums"])
        assert len(told) + (int(rest[1]) if rest else 0) == len(wrong)
        assert [int(t) for _, t in told] == wrong[: len(told)]
    return bool(wrong) and all(
        is_shown(total, sum(p.rows[int(t or 1) - 1].values())) for total, t in told
    )


def outputs(p: Paths, found: Found, _: Sentence) -> bool:
    named = re.findall(r"output (\d+) is for (the blank )?(.+?)(?=,| and output|$)", found["all"])
    assert len(named) == len(p.symbols)
    for c, is_blank, symbol in named:
        assert p.symbols[int(c) - 1] == symbol
        assert bool(is_blank) == (symbol == p.blank)
        quantity = p.read.by_id[f"y_pred.1.{c}"]
        assert quantity.symbol.arguments == (symbol,)
    return True


def extended(p: Paths, found: Found, _: Sentence) -> bool:
    n, total = int(found["n"]), int(found["S"])
    assert found["blank"] == p.spelt([p.blank])
    return n == len(p.target) and total == 2 * n + 1 == len(p.extended)


def positions(p: Paths, found: Found, _: Sentence) -> bool:
    return found["all"] == ", ".join(f"{s}: {k}" for s, k in enumerate(p.extended, 1))


def side_by_side(p: Paths, found: Found, _: Sentence) -> bool:
    times = 1 if found["times"] == "once" else int(found["times"].split()[0])
    return found["target"] == p.spelt(p.target) and times == p.repeats > 0


def takes_at_least(p: Paths, found: Found, _: Sentence) -> bool:
    numbers = [int(found[name]) for name in ("labels", "repeats", "least")]
    return numbers == [len(p.target), p.repeats, p.shortest]


def too_short(p: Paths, found: Found, _: Sentence) -> bool:
    there = 1 if found["there"] == "is 1" else int(found["there"].split()[1])
    return bool(int(found["least"]) == p.shortest > there == p.T)


# --- α and β ------------------------------------------------------------------------------


def first_cell(_: Paths, found: Found, sentence: Sentence) -> bool:
    t, s = place_of(sentence)
    return t == 1 and {"the blank": s == 1, "the first label": s == 2, None: s > 2}[found["what"]]


def comes_from(p: Paths, found: Found, sentence: Sentence) -> bool:
    assert sentence.step is not None
    if sentence.step.id.startswith("beta."):
        return goes_on(p, found, sentence)
    t, s = place_of(sentence)
    told = [s, *(int(found[name]) for name in ("step", "skip") if found[name])]
    used = {q.id for q in quantities_in(sentence.step.quantity.definition)}
    cells = {int(id.split(".")[2]) for id in used if id.startswith(f"alpha.{t - 1}.")}
    assert {*told} & p.reached(t - 1) <= cells <= {*told}
    return told == p.sources(s)


def no_skip_onto_blank(p: Paths, found: Found, sentence: Sentence) -> bool:
    _, s = place_of(sentence)
    return p.at(s) == p.blank and p.at(s - 1) == found["label"]


def no_skip_between(p: Paths, found: Found, sentence: Sentence) -> bool:
    _, s = place_of(sentence)
    return found["one"] == found["other"] == p.at(s) == p.at(s - 2)


def not_reached(p: Paths, found: Found, sentence: Sentence) -> bool:
    t, s = place_of(sentence)
    return int(found["t"]) == t and s not in p.reached(t)


def ends_here(p: Paths, found: Found, sentence: Sentence) -> bool:
    t, s = place_of(sentence)
    return t == p.T and (s in p.ends) == (found["may"] == "may")


def comes_to_no_end(p: Paths, found: Found, sentence: Sentence) -> bool:
    t, s = place_of(sentence)
    return int(found["left"]) == p.T - t and s not in p.gets_to_an_end(t)


def goes_on(p: Paths, _: Found, sentence: Sentence) -> bool:
    t, s = place_of(sentence)

    def goals(text: str) -> set[int]:
        steps = {int(n) for n in re.findall(r"(?:step|skip) to (\d+)", text.lower())}
        return steps | ({s} if "tay" in text else set())

    all_goals = {g for g in range(1, len(p.extended) + 1) if s in p.sources(g)}
    in_time = all_goals & p.gets_to_an_end(t + 1)
    late = re.search(r"\(To (.*) would be too late to end\.\)", sentence.whole)
    assert (goals(late[1]) if late else set()) == all_goals - in_time
    return "too late" in sentence.text or goals(sentence.text) == in_time


def last_cells(p: Paths, _found: Found, sentence: Sentence) -> bool:
    assert sentence.step is not None
    used = {q.id for q in quantities_in(sentence.step.quantity.definition)}
    return used == {f"alpha.{p.T}.{s}" for s in p.ends} and near(sentence.step.decimal, p.whole)


# --- alignments ---------------------------------------------------------------------------


def how_many(p: Paths, found: Found, _: Sentence) -> bool:
    numbers = {name: int(found[name]) for name in ("a", "b", "c", "d", "T")}
    assert list(numbers.values()) == [p.T, len(p.target), p.repeats, len(p.target), p.T]
    assert (found["s"] == "s") == (len(p.alignments) != 1)
    assert math.comb(p.T + len(p.target) - p.repeats, 2 * len(p.target)) == len(p.alignments)
    return is_shown(found["count"], len(p.alignments))


def labels_of_target(p: Paths, found: Found, _: Sentence) -> bool:
    return (int(found["n"]), int(found["r"])) == (len(p.target), p.repeats)


def no_alignment(p: Paths, found: Found, _: Sentence) -> bool:
    return found["target"] == p.spelt(p.target) and int(found["T"]) == p.T and not p.alignments


def last_positions(p: Paths, found: Found, _: Sentence) -> bool:
    """The last of l′ is of a blank behind all labels, each with one before it."""
    last = 2 * len(p.target) + 1
    return [int(each) for each in found.groups()] == [last, last - 1, last + 1]


def merged(p: Paths, found: Found, sentence: Sentence) -> bool:
    path = p.read_as(found["path"]) if found["path"] is not None else p.best_path
    assert sentence.step is not None
    if path != p.best_path or sentence.step.id != "best_path":
        assert near(sentence.step.decimal, p.probability(path))
    return found["merged"] == p.spelt(p.merged(path))


def taken_out(p: Paths, found: Found, sentence: Sentence) -> bool:
    before = re.search(r"Repeats merged(?: in (.*?))?: (.*?)\. Blanks", sentence.whole)
    assert before is not None
    spelt = p.collapsed(p.read_as(before[2]))
    assert found["spelt"] == p.spelt(spelt)
    return not found["which"] or (found["which"] == ", the target") == (spelt == p.target)


def elsewhere(p: Paths, found: Found, _: Sentence) -> bool:
    path = p.read_as(found["path"])
    labels = tuple(each for each in path if each != p.blank)
    assert bool(found["because"]) == (labels == p.target)
    assert found["target"] == p.spelt(p.target) != found["spelt"]
    return found["spelt"] == p.spelt(p.collapsed(path))


def is_counted(p: Paths, _: Found, sentence: Sentence) -> bool:
    """Whether the probability of the target is worked from the step that the remark is about."""
    assert sentence.step is not None
    used = {q.id for q in quantities_in(p.read.by_id["probability"].definition)}
    return (sentence.step.id in used) == sentence.text.startswith("It is counted")


def lengths(p: Paths, found: Found, _: Sentence) -> bool:
    told = [int(each) for each in re.findall(r"\d+", found["all"])]
    return told == [*map(len, p.listed)] and len({*told}) > 1


def twice(p: Paths, found: Found, _: Sentence) -> bool:
    path = p.read_as(found["path"])
    times = 2 if found["often"] == "twice" else int(found["often"].split()[0])
    return p.listed.count(path) == times and bool(found["counted"]) == (path in p.counted)


def again(p: Paths, _found: Found, sentence: Sentence) -> bool:
    assert sentence.step is not None
    worked = [*quantities_in(sentence.step.quantity.definition)]
    assert all(each.id.startswith("alignment.") for each in worked)
    return near(sentence.step.decimal, p.whole)


def alone(p: Paths, found: Found, _: Sentence) -> bool:
    every = sum(map(p.probability, p.listed))
    valid = sum(map(p.probability, p.valid))
    return is_shown(found["valid"], p.minus_log(valid)) and is_shown(
        found["all"], p.minus_log(every)
    )


def in_the_list(p: Paths, found: Found, _: Sentence) -> bool:
    there = len({*p.listed} & {*p.alignments})
    told = {"All": int(found["n"]), "The list has none of the": 0}.get(found["how"])
    if told is None:
        told = int(re.findall(r"\d+", found["how"])[0])
    return int(found["n"]) == len(p.alignments) and told == there


def missing(p: Paths, found: Found, _: Sentence) -> bool:
    told = {p.read_as(each) for each in found["all"].split(", ")}
    return told == {*p.alignments} - {*p.listed}


def over_the_list(p: Paths, found: Found, _: Sentence) -> bool:
    listed = p.minus_log(sum(map(p.probability, p.counted)))
    return is_shown(found["listed"], listed) and is_shown(found["all"], p.minus_log(p.whole))


def also_counts(p: Paths, found: Found, _: Sentence) -> bool:
    more = Counter(p.counted)
    is_twice = any(n > 1 for path, n in more.items() if path in p.valid)
    is_other = any(path not in p.valid for path in more)
    return ("more than once" in found[0], "does not collapse" in found[0]) == (is_twice, is_other)


def most_probable(p: Paths, found: Found, _: Sentence) -> bool:
    largest = max(map(p.probability, p.alignments))
    as_probable = [each for each in p.alignments if near(p.probability(each), largest)]
    assert p.read_as(found["path"]) in as_probable
    others = found.groupdict().get("others")
    assert len(as_probable) == 1 if others is None else len(as_probable) > 1
    assert others is None or (others == "another one is") == (len(as_probable) == 2)
    return is_shown(found["p"], largest) and is_shown(found["share"], 100 * largest / p.whole)


# --- decoding -----------------------------------------------------------------------------


def would_write(p: Paths, found: Found, _: Sentence) -> bool:
    spelt = p.collapsed(p.best_path)
    assert found["spelt"] == p.spelt(spelt)
    return bool((found["target"] is None) == (spelt == p.target))


def tied(p: Paths, found: Found, _: Sentence) -> bool:
    for told, where in re.findall(r"(.+?) at (t = \d+|every time step)(?:; |$)", found["all"]):
        row = p.rows[0 if where.startswith("every") else int(where[4:]) - 1]
        largest = max(row.values())
        assert re.split(", | and ", told) == [k for k, each in row.items() if each == largest]
    return True


def may_be_more(p: Paths, found: Found, _: Sentence) -> bool:
    assert found["spelt"] == p.spelt(p.collapsed(p.best_path))
    total = math.prod(sum(row.values()) for row in p.rows)
    return p.T > 1 and 2 * p.probability(p.best_path) <= total * (1 + 1e-12)


def none_is_more(p: Paths, found: Found, _: Sentence) -> bool:
    labelling = () if found["spelt"] == "ε" else p.read_as(found["spelt"])
    return p.labellings[labelling] >= max(p.labellings.values()) * (1 - 1e-12)


def has_half(p: Paths, _found: Found, _: Sentence) -> bool:
    return 2 * p.probability(p.best_path) > sum(p.labellings.values())


def prefixes(p: Paths, t: int) -> dict[Path, float]:
    """What paths of the first t symbols spell, all of them."""
    found: dict[Path, float] = defaultdict(float)
    for path in product(p.symbols, repeat=t):
        found[p.collapsed(path)] += p.probability(path)
    return found


def of_a_prefix(p: Paths, found: Found, sentence: Sentence) -> bool:
    """A step of the search, by all paths to its prefix that end so; where some were dropped, there may
    be more."""
    assert sentence.step is not None
    title = re.fullmatch(r"Time (\d+), prefix (.+), ending in (.+)", sentence.step.title)
    assert title is not None
    t, end = int(title[1]), p.blank if title[3] == "a blank" else title[3]
    labels = () if title[2] == "ε" else p.read_as(title[2])
    names = [(), *(labels[:n] for n in range(1, len(labels) + 1))]
    if prefix := found.groupdict().get("prefix"):
        wanted = labels if end == p.blank else labels[:-1]
        assert prefix == (p.spelt(wanted) if wanted else "ε")
    if label := found.groupdict().get("label"):
        assert label == end
    whole = sum(
        p.probability(path)
        for path in product(p.symbols, repeat=t)
        if p.collapsed(path) == labels and path[-1] == end
    )
    tables = {each.id: each for each in p.read.solution.tables}
    before = [tables[f"beam.{n}"].rows for n in range(1, t)]
    told = float(sentence.step.decimal)
    assert names[-1] == labels
    if any(row[-1] == "dropped" for rows in before for row in rows):
        return told <= whole * (1 + 1e-9)
    return near(told, whole)


def as_probable(p: Paths, found: Found, _: Sentence) -> bool:
    rows = [row for t in p.read.solution.tables if t.id.startswith("beam.") for row in t.rows]
    one, other = (
        {float(p.read.values[row[3].id]) for row in rows if row[0] == found[name]}  # type: ignore[union-attr]
        for name in ("one", "other")
    )
    return any(near(a, b) for a in one for b in other)


def keeps(p: Paths, found: Found, _: Sentence) -> bool:
    width = int(found["n"] or 1)
    tables = [t for t in p.read.solution.tables if t.id.startswith("beam.")]
    return all(
        sum(row[-1] == "kept" for row in table.rows) == min(width, len(table.rows))
        for table in tables
    )


def best_prefix(p: Paths, found: Found, _: Sentence) -> bool:
    name = () if found["spelt"] == "ε" else p.read_as(found["spelt"])
    told, whole = found["p"], p.labellings[name]
    texts = [s.text for s in p.read.sentences()]
    if any(each.startswith("No prefix was dropped") for each in texts):
        assert whole >= max(p.labellings.values()) * (1 - 1e-12)
        return is_shown(told, whole)
    (last,) = (t for t in p.read.solution.tables if t.id == f"beam.{p.T}")
    (own,) = (p.read.values[row[3].id] for row in last.rows if row[0] == found["spelt"])  # type: ignore[union-attr]
    return is_shown(told, own) and float(own) <= whole * (1 + 1e-9)


def dropped(p: Paths, found: Found, _: Sentence) -> bool:
    count = {"Once": 1, "Twice": 2}.get(found["times"]) or int(found["times"].split()[0])
    tables = [t for t in p.read.solution.tables if re.fullmatch(r"beam\.\d+", t.id)]
    return count == sum(row[-1] == "dropped" for table in tables[:-1] for row in table.rows)


def is_whole(p: Paths, found: Found, _: Sentence) -> bool:
    return is_shown(found["p"], p.labellings[p.read_as(found["spelt"])])


def or_more(p: Paths, found: Found, _: Sentence) -> bool:
    return best_prefix(p, found, _)


def kept(p: Paths, found: Found, sentence: Sentence) -> bool:
    t = re.search(r"time (\d+)", sentence.section)
    assert t is not None
    (table,) = (each for each in p.read.solution.tables if each.id == f"beam.{t[1]}")
    every, best = len(table.rows), sum(row[-1] == "kept" for row in table.rows)
    some = (
        f"Of {every} prefixes, the {best} most probable are"
        if best > 1
        else f"Of {every} prefixes, the most probable is"
    )
    whole = {1: "The only prefix is", 2: "Both prefixes are"}.get(
        every, f"All {every} prefixes are"
    )
    return found[0] == f"{whole if every == best else some} kept:"


def greedy(p: Paths, found: Found, _: Sentence) -> bool:
    spelt = p.collapsed(p.best_path)
    return found["spelt"] == (p.spelt(spelt) if spelt else "ε")


def is_the_target(p: Paths, found: Found, _: Sentence) -> bool:
    is_so = p.read_as(found["spelt"]) == p.target
    return is_so if found["other"] is None else not is_so and found["other"] == p.spelt(p.target)


def by_alpha(p: Paths, found: Found, _: Sentence) -> bool:
    return found["p"] is None or is_shown(found["p"], p.whole)


# --- the checks, and the gradient ---------------------------------------------------------


def every_way(p: Paths, found: Found, _: Sentence) -> bool:
    ways = p.T + 2 + (found["all"] is not None)
    assert int(found["n"]) == ways
    number_of = {None: None, "the only alignment": 1}.get(found["all"])
    if number_of is None and found["all"]:
        number_of = int(found["all"].split()[4])
    assert number_of in (None, len(p.alignments))
    through = [p.read.values[f"through.{t}"] for t in range(1, p.T + 1)]
    return int(found["T"] or 1) == p.T and all(near(each, p.whole) for each in through)


def shares_sum(p: Paths, _found: Found, _: Sentence) -> bool:
    for t, row in enumerate(p.occupancies, 1):
        told = {k: p.read.values[f"occupancy.{t}.{c}"] for c, k in enumerate(p.symbols, 1)}
        assert near(sum(told.values()), 1)
        assert all(near(told[k], share) for k, share in row.items())
    return True


def slopes(kind: str, slope: Callable[[float, float], float]) -> Check:
    def check(p: Paths, _found: Found, _: Sentence) -> bool:
        gradient = p.read.solution.gradient
        assert gradient is not None
        factor = float(p.inputs.weights[0]) if is_weighted(p.inputs) else 1.0
        factor /= _BASE[p.inputs.log_base]
        rows = zip(gradient[kind], p.rows, p.occupancies, strict=True)
        return all(
            near(told, factor * slope(row[k], shares[k]))
            for numbers, row, shares in rows
            for told, k in zip(numbers, p.symbols, strict=True)
            if row[k]
        )

    return ctc(check)


def slopes_by_symbol(p: Paths, _found: Found, _: Sentence) -> bool:
    gradient = p.read.solution.gradient
    assert gradient is not None
    counted = p.counted if p.T is None else p.alignments
    for k, told in gradient["probabilities"].items():
        uses = sum(
            _without(p, path, t) for path in counted for t, each in enumerate(path) if each == k
        )
        assert near(told, -uses / p.whole)
    return True


def _without(p: Paths, path: Sequence[str], place: int) -> float:
    """What a path's probability is multiplied by at one time."""
    return math.prod(
        row[k] for t, (row, k) in enumerate(zip(p.rows, path, strict=False)) if t != place
    )


def slopes_at_zero(p: Paths, _found: Found, _: Sentence) -> bool:
    gradient = p.read.solution.gradient["probabilities"]
    if isinstance(gradient, dict):
        return 0 in p.rows[0].values()  # the sentence before says how these are worked
    zeros = [
        (t, c, k) for t, row in enumerate(p.rows) for c, k in enumerate(p.symbols) if not row[k]
    ]
    for t, c, k in zeros:
        uses = sum(_without(p, path, t) for path in p.alignments if path[t] == k)
        assert near(gradient[t][c], -uses / p.whole / _BASE[p.inputs.log_base])
    return bool(zeros)


def slopes_by_outputs(p: Paths, _found: Found, _: Sentence) -> bool:
    return all(
        near(p.read.values[f"gradient.output.{t}.{c}"], row[k] - shares[k])
        for t, (row, shares) in enumerate(zip(p.rows, p.occupancies, strict=True), 1)
        for c, k in enumerate(p.symbols, 1)
    )


def no_gradient(p: Paths, _found: Found, _: Sentence) -> bool:
    return not p.whole and math.isinf(p.read.values["loss"])


def no_logits(p: Paths, _found: Found, _: Sentence) -> bool:
    return any(not near(sum(row.values()), 1) for row in p.rows)


def above_one(p: Paths, _found: Found, _: Sentence) -> bool:
    return p.whole > 1 > p.minus_log(p.whole) < 0


def is_zero(p: Paths, _found: Found, _: Sentence) -> bool:
    return not p.whole and not any(map(p.probability, p.counted if p.T is None else p.alignments))


def by_length(p: Paths, found: Found, _: Sentence) -> bool:
    value = float(p.read.values["loss"])
    return (
        int(found["n"]) == len(p.target)
        and is_shown(found["less"], value / len(p.target))
        and is_shown(found["own"], value)
    )


def in_logarithms(p: Paths, found: Found, _: Sentence) -> bool:
    return all(is_shown(found[name], p.minus_log(p.whole)) for name in ("one", "other"))


def weighted(p: Paths, _found: Found, _: Sentence) -> bool:
    return bool(is_weighted(p.inputs))


def in_base(p: Paths, found: Found, _: Sentence) -> bool:
    return bool(found["base"] == found["ln"] == p.inputs.log_base != "e")


_WHICH: Final = r"−(?:ln|log₂|log₁₀) "
_S: Final = r"(?P<spelt>.+?)"
CTC_READERS: Final[Mapping[str, Check]] = {
    r"Target l = (?P<target>.+) \((?P<n>\d+) label(?P<s>s?)\), blank (?P<blank>.+?)(?:, T = (?P<T>\d+) time steps?)?\.": ctc(given),
    r"The probabilities are the same at every time step(?:, so the symbol is too)?\.": ctc(the_same),
    rf"(?:These probabilities|The probabilities of a time step) sum to (?P<sums>{N}.*), not to 1 as the outputs of a softmax do, so p\(l\|x\) is no true probability\.": ctc(sums),
    r"The probabilities y_t\(k\) are the predictions ŷₜ of a recurrent network: (?P<all>.+)\.": ctc(outputs),
    r"The extended target l′ has the blank (?P<blank>.+) before, between and behind the labels, since an alignment may have blanks there: 2 · (?P<n>\d+) \+ 1 = (?P<S>\d+) positions\.": ctc(extended),
    r"They are (?P<all>1: .*)\.": ctc(positions),
    r"In (?P<target>.+) a label is followed by the same label (?P<times>once|\d+ times)\.": ctc(side_by_side),
    r"So the target takes at least [UK] \+ r = (?P<labels>\d+) \+ (?P<repeats>\d+) = (?P<least>\d+) time steps\.": ctc(takes_at_least),
    r".+ takes at least (?P<least>\d+) time steps, and there (?P<there>is 1|are \d+)\.": ctc(too_short),
    r"No alignment can spell it, so p\(l\|x\) = 0 and the loss is ∞\.": ctc(no_gradient),
    # α and β
    r"An alignment (?:may begin with (?P<what>the blank|the first label)|begins at position 1 or 2)\.": ctc(first_cell),
    r"Stay(?:,(?: or)? step from (?P<step>\d+)(?:, or skip from (?P<skip>\d+) over the blank)?)?\.": ctc(comes_from),
    r"There is no position before it\.": lambda _read, _found, s: place_of(s)[1] == 1,
    r"No skip onto a blank: it would leave out (?P<label>.+)\.": ctc(no_skip_onto_blank),
    r"No skip from (?P<one>.+) to (?P<other>.+): without the blank between them the two would merge into one\.": ctc(no_skip_between),
    r"No beginning of an alignment can be here at time (?P<t>\d+)\.": ctc(not_reached),
    r"An alignment (?P<may>may|does not) end here\.": ctc(ends_here),
    r"From here no alignment comes to an end in (?P<left>\d+) more steps?\.": ctc(comes_to_no_end),
    r"(?:Stay|Step to|Skip to|\(To)[^:]*": ctc(goes_on),
    r"An alignment ends at the last label, or at the blank behind it\.": ctc(last_cells),
    # alignments
    r"The target has [UK] = (?P<n>\d+) labels?, and a label is followed by the same label r = (?P<r>\d+) times?\.": ctc(labels_of_target),
    r"So it has C\(T \+ [UK] − r, 2[UK]\) = C\((?P<a>\d+) \+ (?P<b>\d+) − (?P<c>\d+), 2 · (?P<d>\d+)\) [=≈] (?P<count>\S+) alignment(?P<s>s?) of length T = (?P<T>\d+)\.": ctc(how_many),
    r"(?P<target>.+) has no alignment of length T = (?P<T>\d+)\.": ctc(no_alignment),
    r"Repeats merged(?: in (?P<path>.+?))?: (?P<merged>.+)\.": ctc(merged),
    rf"Blanks taken out: {_S}(?P<which>, the target|, not the target)?\.": ctc(taken_out),
    rf"(?P<path>.+) collapses to {_S}, not to (?P<target>.+?)(?P<because>, because equal symbols side by side, with no blank between them, merge into one)?\.": ctc(elsewhere),
    r"It is (?:counted all the same, because the problem lists it|not counted|no part of p\(l\|x\))\.": ctc(is_counted),
    r"The alignments have (?P<all>[0-9, and]+) symbols\.": ctc(lengths),
    r"(?P<path>.+) is listed (?P<often>twice|\d+ times)(?P<counted>, and counted as often)?\.": ctc(twice),
    r"This is p\(l\|x\) again, without α\.": ctc(again),
    rf"With these alone, {_WHICH}p\(l\|x\) is (?P<valid>{N}); with all that are listed, as the problem has it, (?P<all>{N})\.": ctc(alone),
    r"(?P<how>All|The list has none of the|The list has \d+ of the) (?P<n>\d+) alignments of .+?(?: are listed)?\.": ctc(in_the_list),
    r"Missing: (?P<all>.+)\.": ctc(missing),
    r"But the list also counts .+\.": ctc(also_counts),
    rf"Over the list, {_WHICH}p\(l\|x\) is (?P<listed>{N}); over all alignments of .+?(?:, each once)?, it is (?P<all>{N})\.": ctc(over_the_list),
    rf"The most probable alignment of .+ is (?P<path>.+); its probability (?P<p>{N}) is (?P<share>{N}) % of p\(l\|x\)\.": ctc(most_probable),
    rf"(?P<path>.+) is one of the most probable alignments of .+ \((?P<others>another one is|others are) equally probable\); its probability (?P<p>{N}) is (?P<share>{N}) % of p\(l\|x\)\.": ctc(most_probable),
    # decoding
    rf"The model would write {_S}, (?:which is the target|not the target (?P<target>.+))\.": ctc(would_write),
    r"Equally probable are (?P<all>.+)\.": ctc(tied),
    rf"So another labelling may be more probable than {_S}\.": ctc(may_be_more),
    rf"(?:So|With one time step there is one alignment for each labelling, so) no labelling is more probable than {_S}\.": ctc(none_is_more),
    r"The best path alone has more than half of the probability that all alignments of all labellings have together\.": ctc(has_half),
    rf"The most probable prefix at the end is {_S}: \S+ [=≈] (?P<p>{N})\.": ctc(best_prefix),
    rf"Each sum in the last table is the whole p\(l\|x\) of its labels l, and no labelling is more probable than {_S}\.": ctc(none_is_more),
    r"No prefix was dropped before the last time step, so no path is missing\.": ctc(lambda p, *_: not any("dropped" in row[-1] for t in p.read.solution.tables if re.fullmatch(r"beam\.\d+", t.id) and t.id != f"beam.{p.T}" for row in t.rows)),
    r"(?P<times>Once|Twice|\d+ times) a prefix was dropped before the last time step, and with it all that its paths could still become\.": ctc(dropped),
    rf"Alignments of {_S} are not among them: (?P<p>{N}) is its whole p\(l\|x\)\.": ctc(is_whole),
    rf"Alignments of .+ may be among them: p\(l\|x\) of {_S} is (?P<p>{N}) or more\.": ctc(or_more),
    r"(?:The only prefix is|Both prefixes are|All \d+ prefixes are|Of \d+ prefixes, the .*) kept:": ctc(kept),
    rf"Greedy decoding gives {_S}(?:, too| instead)\.": ctc(greedy),
    rf"{_S} is (?:the target|not the target, which is (?P<other>.+))\.": ctc(is_the_target),
    rf"By α, its (?:p\(l\|x\) is the same|whole p\(l\|x\) is (?P<p>{N}))\.": ctc(by_alpha),
    r"The blank comes: (?P<prefix>.+) stays as it is\.": ctc(of_a_prefix),
    r"(?P<label>.+) comes again and merges with the one before\.": ctc(of_a_prefix),
    r"(?P<label>.+) is appended to (?P<prefix>.+)\.": ctc(of_a_prefix),
    r"Only its paths that end in a blank count, B\S+: else (?P<label>.+) and .+ would merge\.": ctc(of_a_prefix),
    r"(?P<one>.+) and (?P<other>.+) are equally probable\.": ctc(as_probable),
    r"After every time step the search keeps the (?:(?P<n>\d+) )?most probable prefix(?:es)? and drops the others\.": ctc(keeps),
    r"At the end, argmax is 1 for the last position, (\d+), and 2 for the one before it, (\d+): the position is (\d+) − argmax\.": ctc(last_positions),
    # the checks, and the gradient
    r"All (?P<n>\d+) come to the same p\(l\|x\): (?:(?P<all>the only alignment|the sum over all \d+ alignments), )?the forward variables, Σ_s α_t\(s\) · β_t\(s\) at (?:t = 1|each t from 1 to (?P<T>\d+)), and NumPy with its own core\.": ctc(every_way),
    r"All occupancies; those of a time step sum to 1:": ctc(shares_sum),
    r"With respect to q_t\(k\) = ln y_t\(k\): minus the occupancy\.": slopes("log_probs", lambda _, share: -share),
    r"With respect to y_t\(k\) itself: minus the occupancy over y_t\(k\)\.": slopes("probabilities", lambda y, share: -share / y),
    r"With respect to the logit z_t\(k\), where y is the softmax of z: the probability minus the occupancy, ŷ − y of the cross-entropy once more\.": slopes("logits", lambda y, share: y - share),
    r"A check: the long way round comes to the same\.": slopes("logits", lambda y, share: y - share),
    r"By a probability of 0 that would be 0 / 0: it is minus the sum of A_t\(s\) · β_t\(s\) over p\(l\|x\), with .*": ctc(slopes_at_zero),
    r"With respect to the probability P\(k\) of a symbol, which counts at every time step: minus the sum of its occupancies over P\(k\)\.": ctc(slopes_by_symbol),
    r"∂L/∂P\(k\) = −Σ \(P\(π\) without one P\(k\)\) / p\(l\|x\)\.": ctc(slopes_by_symbol),
    r"With respect to the output o of the network for symbol k, a logit: the probability minus the occupancy\.": ctc(slopes_by_outputs),
    r"∂L/∂o_t\(k\) = y_t\(k\) − γ_t\(k\): what the network says minus the occupancy\.": ctc(slopes_by_outputs),
    r"p\(l\|x\) = 0, and the loss is ∞: there is no gradient\.": ctc(no_gradient),
    r"There are no logits z with y = softmax\(z\) here, since the probabilities of a time step do not sum to 1\.": ctc(no_logits),
    rf"p\(l\|x\) is above 1, which no probability is, and so {_WHICH}p\(l\|x\) is negative\.": ctc(above_one),
    rf"(?:None of the alignments that count has a probability above 0|Every alignment of the target has a symbol with probability 0), so p\(l\|x\) = 0, and {_WHICH}0 = ∞\.": ctc(is_zero),
    rf"The length is (?P<n>\d+) here, and that would make (?P<less>{N}) of (?P<own>{N})\.": ctc(by_length),
    rf"A check: {_WHICH}p\(l\|x\) is the same by probabilities, (?P<one>{N}), and by NumPy, (?P<other>{N})\.": ctc(in_logarithms),
    r"The loss is multiplied by its weight, so every derivative is multiplied by it, too\.": ctc(weighted),
    r"The logarithm of the loss has base (?P<base>\d+), so every derivative is divided by ln (?P<ln>\d+)\.": ctc(in_base),
}  # fmt: skip
#: What is so of CTC whatever the problem is.
CTC_GENERAL: Final = frozenset(
    """
δ_t(s) is the probability of the most probable way to position s at time t: α, with max in the place of the sum.
ψ_t(s) says by which move that way comes: 1 it stays, 2 it steps, 3 it skips.
Of equal ones the first is taken.
Where no way leads, δ is 0.
Position 1 is only stayed at, and ψ is 1 there.
The largest of the cells in which alignments end.
The way ends in the largest of the cells in which alignments end, and goes back by what ψ says: a move of 1 leaves the position as it is, each more is one position less.
Of each label, the mean of its probabilities over the time steps of its span:
They are taken here as they were given.
They are taken here as they are given, and PyTorch's CTCLoss takes them so, too.
An alignment names one symbol for every time step; its probability is the product of theirs.
It collapses to what it spells: merge repeated symbols, then take out the blanks.
All alignments of one input have as many symbols as it has time steps, so these cannot all belong to the same x.
The sum has a term for every place at which the symbol k stands in an alignment π that counts: the product of the other probabilities of π.
The probability y_t(k) of each symbol k at each time t:
The logit z_t(k) of each symbol k at each time t:
The logarithm q_t(k) of the probability of each symbol k at each time t:
What is given are logarithms, q = ln y.
CTC multiplies and adds probabilities, so these are worked out first.
y = exp(z) / Σ exp(z) over the symbols of a time step.
α_t(s) is the probability of all beginnings of alignments that are at position s of the extended target at time t.
It is the sum of the α from which they can come, times the probability y_t of the symbol at s.
They come from the same position (stay), from the one before (step), or from two before (skip).
A skip leaves out a blank, so it leads from a label to one that is not the same.
An alignment begins at position 1 or 2: there α is the probability of the symbol.
An alignment begins at position 1: there α is the probability of the symbol.
All of α, by time t (down) and position s (across):
All of δ, by time t (down) and position s (across):
Between the two an alignment needs a blank, else they merge into one.
(So it is in PyTorch; with zero_infinity=True it says 0 instead.)
Greedy decoding asks what the model would write without knowing the target.
It takes the most probable symbol of each time step.
Together they are the best path, the most probable of all alignments, whatever they spell.
What it collapses to is what the model writes.
The first of them in the order in which the symbols are given is taken.
The best path is a single alignment, and p(l|x) is a sum over all alignments of l.
Prefix beam search looks for it (--beam).
--detail full works them all, one by one, and their sum.
The occupancy γ_t(k) is the share of p(l|x) that has symbol k at time t: the α_t(s) · β_t(s) of all positions s with that symbol, divided by p(l|x).
(β without y_t inside.)
β_t(s) is the probability of all ways to go on from position s at time t to an end.
(--backward works it cell by cell.)
With λ_t(s) = ln α_t(s), a product becomes a sum of logarithms.
All of it, by time t (down) and position s (across):
Greedy decoding follows one alignment.
Prefix beam search adds up all that spell the same so far.
The first t symbols of an alignment are called a path here, and what they spell a prefix.
A prefix l has two probabilities at time t: B_t(l) is that of its paths that end in a blank, N_t(l) that of those that do not, and so end in the last label of l.
Their sum is p_t(l).
ε is the empty prefix; before the first time step it is the only one, with probability 1.
At each time step, every prefix l that was kept goes on in three ways:
1.
2.
3.
The blank _ comes: l stays as it is.
The paths of both kinds go on to B_t(l).
The last label of l comes again.
The paths that end in it go on to N_t(l): repeats merge, so l stays as it is.
A label c is appended.
The paths of both kinds go on to N_t(lc).
But if c is the last label of l, those that end in a blank do, and the others do not: they went way 2.
What has a probability of 0 is not written.
The one that was made first is taken.
Another labelling may be more probable, too.
But another labelling may be more probable.
It is the sum, over the positions to which they can go, of β there times the probability y of the symbol there.
At the last time it is 1 where an alignment may end.
Where no way leads to an end, it is 0.
At time 1 nothing comes before, and β_t(s) stands alone.
Where no beginning of an alignment can be, α is 0.
All of β, by time t (down) and position s (across):
Two conventions: this β_t(s) leaves y_t out, as Graves' book and TensorFlow do, so that Σ_s α_t(s) · β_t(s) = p(l|x) at every t.
In the paper of 2006, and in PyTorch, y_t is inside: β̂_t(s) = β_t(s) · y_t(l′_s), and p(l|x) = Σ_s α_t(s) · β̂_t(s) / y_t(l′_s).
That β̂ is:
NumPy, by its own core, gives the same occupancies.
(Each probability moves alone here, whatever the others of its time step sum to.)
PyTorch's CTCLoss takes log-probabilities q, and what it leaves in their grad is y − γ, not −γ.
Passed on through log_softmax both become y − γ, the gradient by the logits, so a training is the same; but who looks at the grad of q sees y − γ.
The two come to the same only behind a log_softmax, and what comes out of one has probabilities that sum to 1.
Besides, reduction='mean' divides the loss, and so the gradient, by the length of the target.
The long way round goes through the probabilities: ∂L/∂y_t(j) = −γ_t(j) / y_t(j), and in a softmax ∂y_t(j)/∂z_t(k) = y_t(j) · (1 − y_t(k)) for j = k, else −y_t(j) · y_t(k).
Summed over j, that is −γ_t(k) + y_t(k) · Σ_j γ_t(j), and Σ_j γ_t(j) = 1:
(PyTorch's is nan here, and 0 with zero_infinity=True.)
That cannot happen where the probabilities of a time step sum to 1.
That cannot happen with different alignments of one length and probabilities that sum to 1.
The mean is over the sequences, and there is one, so it changes nothing here.
PyTorch's CTCLoss means something else by reduction='mean': it first divides the loss of each sequence by the length of its target.
""".strip().split("\n")
)


def sentences_are_general(text: str) -> bool:
    """Whether a sentence says only what CTC is."""
    belongs = re.fullmatch(
        r"Of the alignments listed, only those that collapse to .+ belong to its CTC loss\.", text
    )
    network = re.fullmatch(
        r"\(The CTC loss of a network sums over every alignment of .+ that is as long as its input, listed or not\.\)",
        text,
    )
    return text in CTC_GENERAL or bool(belongs or network)


def problems() -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Problems in which there is something to say, and what is asked for of them."""
    rows = [[0.4, 0.3, 0.3], [0.5, 0.2, 0.3], [0.2, 0.5, 0.3]]
    ab = {"loss": "ctc", "labels": ["_", "a", "b"], "blank": "_", "target": "ab"}
    flat = [[0.4, 0.3, 0.3]] * 3
    yield ab | {"probabilities": rows}, {"backward": True, "beam": 2, "log_space": True}
    yield ab | {"probabilities": rows}, {"beam": 20, "align": True}
    yield ab | {"probabilities": rows, "alignments": ["aab", "aab", "aaa"]}, {}
    yield ab | {"probabilities": rows, "alignments": ["_ab", "a_b", "aab", "ab_", "abb"]}, {}
    yield ab | {"probabilities": rows, "weights": [3], "log_base": 2}, {}
    yield ab | {"probabilities": rows, "reduction": "mean"}, {}
    yield ab | {"probabilities": flat, "target": "aa"}, {"backward": True}
    yield ab | {"probabilities": [[0.5, 0.5, 0], [0, 0, 1], [1, 0, 0]], "target": "ba"}, {}
    yield ab | {"probabilities": rows[:1], "target": "a"}, {}
    yield ab | {"probabilities": [[0.98, 0.01, 0.01], [0.01, 0.98, 0.01]], "target": "a"}, {}
    yield ab | {"probabilities": rows[:2], "target": "aba"}, {"align": True}
    yield ab | {"logits": [[0, 1, 1], [2, 1, 0], [0, 0, 0]], "target": "b"}, {"beam": 1}
    yield ab | {"log_probs": [[-1, -0.5, -2], [-0.1, -3, -3]], "target": "a"}, {}
    by_symbol = {"HH": 0.9, "AH": 0.8, "-": 0.5}
    listed = [["HH", "AH"], ["HH", "-", "AH"], ["HH", "HH"]]
    words = {"loss": "ctc", "target": ["HH", "AH"], "blank": "-", "probabilities": by_symbol}
    yield words | {"alignments": listed}, {"log_space": True}
    yield words | {"alignments": listed, "alignments_counted": "valid", "log_base": 10}, {}
    yield words | {"time_steps": 3}, {}
