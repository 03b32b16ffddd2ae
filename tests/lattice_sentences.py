"""What sentences of tags, states and transducers claim, worked out again."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Mapping
from decimal import Decimal
from itertools import pairwise, product
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from more_sentences import near
from numbers_in_texts import is_shown

import lossclass
from lossclass.arithmetic.expression import quantities_in

if TYPE_CHECKING:
    from sentences import Reader, Sentence

Found = re.Match[str]
Check = Callable[["Reader", Found, "Sentence"], object]


def names_of(read: Reader) -> list[str]:
    inputs: Any = lossclass.load(dict(read.keys)).inputs
    return [*inputs.names]


def true_path(read: Reader, found: Found, _: Sentence) -> bool:
    """Its tags are those whose scores make the score."""
    names, path = names_of(read), found["path"].split(", ")
    (score,) = read.all("score")
    used = {each.id for each in read.quantities if each.id in {q.id for q in _inside(score)}}
    return all(
        any(id.endswith(f"emissions.{t}.{names.index(tag) + 1}") for id in used)
        for t, tag in enumerate(path, start=1)
    )


def _inside(step: Any) -> list[Any]:
    return [each for each in step.definition.operands if hasattr(each, "id")]


def paths_sum_to_one(read: Reader, found: Found, _: Sentence) -> bool:
    shares = [read.value(each.id) for each in read.all("path_probability")]
    times = 1 + max(int(each.id.split(".")[1]) for each in read.all("alpha"))
    assert len(shares) == int(found["count"]) == len(names_of(read)) ** (times - 1)
    return near(sum(shares), 1)


def best_path(read: Reader, found: Found, _: Sentence) -> bool:
    names = names_of(read)
    path = [names[int(read.value(each.id)) - 1] for each in read.all("best")][::-1]
    return " ".join(path) == found["path"]


def places(read: Reader, found: Found, _: Sentence) -> bool:
    said = [each.split(" is ") for each in found["places"].split(", ")]
    return said == [[str(k), name] for k, name in enumerate(names_of(read), start=1)]


def tied_paths(read: Reader, found: Found, _: Sentence) -> bool:
    """Every path's number, from all cells of δ of the last time on, is counted by trying all."""
    inputs: Any = lossclass.load(dict(read.keys)).inputs
    sizes = [read.value(each.id) for each in read.all("path")]
    if not sizes:
        return True
    best = max(sizes)
    assert len(sizes) == len(
        list(product(inputs.names, repeat=round(math.log(len(sizes), len(inputs.names)))))
    )
    return sum(near(each, best) for each in sizes) == int(found["count"])


def observed(read: Reader, found: Found, _: Sentence) -> bool:
    """Each is put out by what stands in the α of its time."""
    inputs: Any = lossclass.load(dict(read.keys)).inputs
    names, alphabet = found["names"].split(", "), [*inputs.alphabet]
    by_id = {each.id: each for each in read.all("alpha")}
    return all(
        f"given.emission.1.{alphabet.index(name) + 1}"
        in {each.id for each in quantities_in(by_id[f"alpha.{t}.1"].definition)}
        for t, name in enumerate(names, start=1)
    )


def after_baum_welch(read: Reader, found: Found, sentence: Sentence) -> bool:
    """By all paths, with the new numbers in the place of the old."""
    inputs: Any = lossclass.load(dict(read.keys)).inputs
    numbers: dict[str, float] = {}
    for each in read.quantities:
        for start in ("given.", "updated."):
            if each.id.startswith(start):
                numbers[each.id.removeprefix(start)] = float(read.value(each.id))
    total = 0.0
    for z in product(range(1, len(inputs.names) + 1), repeat=len(inputs.observed)):
        size = numbers[f"initial.{z[0]}"]
        size *= math.prod(numbers[f"transition.{i}.{j}"] for i, j in pairwise(z))
        size *= math.prod(
            numbers[f"emission.{k}.{m}"] for k, m in zip(z, inputs.observed, strict=True)
        )
        total += size
    base = {"ln": math.e, "log₂": 2, "log₁₀": 10}[found["log"]]
    assert str(inputs.log_base) == ("e" if found["log"] == "ln" else str(base))
    new, old = (-math.log(size) / math.log(base) for size in (total, read.value("probability")))
    assert new <= old + 1e-12 or "never" not in sentence.whole
    return all(
        is_shown(found[name], Decimal(repr(size))) for name, size in (("new", new), ("old", old))
    )


def never_rises(read: Reader, *_: Any) -> bool:
    """No row of the old numbers has more than one of the new ones, which sum to 1."""
    inputs: Any = lossclass.load(dict(read.keys)).inputs
    return all(sum(row) <= 1 for row in (inputs.initial, *inputs.transition, *inputs.emission))


def edge_slopes(read: Reader, found: Found, _: Sentence) -> bool:
    gradient = read.solution.gradient
    key, t = ("start", 0) if found["which"] == "first" else ("end", -1)
    if "emissions" in gradient:
        return bool(gradient[key] == gradient["emissions"][t])
    return len(gradient[key]) == len(read.keys["transitions"])  # of a network, they are outputs


def sums_at_a_node(read: Reader, found: Found, _: Sentence) -> bool:
    """By the probabilities, or the logarithms of them, that are given for a node."""
    inputs: Any = lossclass.load(dict(read.keys)).inputs
    sums = {
        (t, u): sum(row if inputs.kind == "probabilities" else [each.exp() for each in row])
        for t, rows in enumerate(getattr(inputs, inputs.kind), start=1)
        for u, row in enumerate(rows)
    }
    wrong = [node for node, total in sums.items() if not near(total, 1)]
    assert wrong[0] == (int(found["t"]), int(found["u"]))
    assert len(wrong) - 1 == int(found["others"] or 0)
    return is_shown(found["total"], sums[wrong[0]])


def some_sum_to(read: Reader, found: Found, _: Sentence) -> bool:
    inputs: Any = lossclass.load(dict(read.keys)).inputs
    rows = [inputs.initial, *inputs.transition, *inputs.emission]
    return any(is_shown(found["total"], sum(row, Decimal(0))) for row in rows)


def lengths(read: Reader, found: Found, _: Sentence) -> bool:
    cells = [
        tuple(map(int, each.id.split(".")[1:]))
        for each in read.all("distance")
        if each.id != "distance"
    ]
    last = max(cells)
    return all(int(number) == last["NM".index(name)] for name, number in found.groupdict().items())


def cheapest_ways(read: Reader, found: Found, _: Sentence) -> bool:
    """Counted from the first cell on: the ways to those that a smallest may come from."""
    inputs: Any = lossclass.load(dict(read.keys)).inputs
    reference, hypothesis = inputs.texts
    ways = {(0, 0): 1}
    for i, j in product(range(len(reference) + 1), range(len(hypothesis) + 1)):
        here = read.value(f"distance.{i}.{j}")
        for down, across, edit in ((1, 1, "substitution"), (1, 0, "deletion"), (0, 1, "insertion")):
            before = (i - down, j - across)
            if min(before) < 0:
                continue
            kept = edit == "substitution" and reference[i - 1] == hypothesis[j - 1]
            cost = Decimal(0) if kept else inputs.cost(edit)
            if read.value("distance.{}.{}".format(*before)) + cost == here:
                ways[i, j] = ways.get((i, j), 0) + ways[before]
    return ways[len(reference), len(hypothesis)] == int(found["count"])


def transducer(read: Reader, found: Found, _: Sentence) -> bool:
    """What is counted, by the cells of α."""
    cells = [tuple(map(int, each.id.split(".")[1:])) for each in read.all("alpha")]
    times, labels = max(cells)
    known: dict[str, Any] = {
        "T": times,
        "U": labels,
        "rows": labels + 1,
        "count": math.comb(times - 1 + labels, labels),
    }
    inputs: Any = lossclass.load(dict(read.keys)).inputs
    known |= {
        "target": " ".join(inputs.spelt) or None,
        "blank": inputs.names[inputs.blank_place - 1],
    }
    listed = read.all("alignment")
    assert not listed or len(listed) == known["count"]
    return all(
        str(text) == str(known[name.rstrip("23")]) for name, text in found.groupdict().items()
    )


def what_is_given(read: Reader, found: Found, _: Sentence) -> bool:
    """Logarithms have exp behind them, logits a quotient, and their sum is 1."""
    made = read.all("y_pred")
    if "logarithms" in found[0]:
        return all(
            near(
                math.exp(read.value(each.id.replace("y_pred", "given.log_probs"))),
                read.value(each.id),
            )
            for each in made
        )
    rows = Counter(each.id.rpartition(".")[0] for each in made)
    return all(
        near(sum(read.value(each.id) for each in made if each.id.startswith(f"{row}.")), 1)
        for row in rows
    )


def exponentials(read: Reader, found: Found, _: Sentence) -> bool:
    """They and no others have the letter, and Z sums those of its row."""
    with_it = {each.id for each in read.quantities if each.symbol.letter == found["letter"]}
    sums = read.all("exp_sum")
    assert with_it == {each.id for each in read.all("exp")}
    return all(
        {each.id for each in _inside(each)}
        == {id for id in with_it if id.startswith(each.id.replace("exp_sum", "exp") + ".")}
        for each in sums
    )


def tabulated(read: Reader, found: Found, _: Sentence) -> bool:
    """There are such numbers, with two indices."""
    return any(
        each.symbol.letter == found["letter"]
        and len(each.symbol.index) == 2
        and each.symbol.arguments
        for each in read.quantities
    )


def last_beta(read: Reader, found: Found, _: Sentence) -> bool:
    inputs: Any = lossclass.load(dict(read.keys)).inputs
    last = [read.value(f"beta.{len(inputs.path)}.{k}") for k in range(1, 1 + len(inputs.names))]
    return last == [*(inputs.end if found["what"].startswith("the") else [0] * len(last))]


def each_scaled(read: Reader, found: Found, _: Sentence) -> bool:
    """It is what gradients have beside those of the loss alone."""
    one = {key: each for key, each in read.keys.items() if key not in {"weights", "log_base"}}
    name = next(iter(read.solution.gradient))
    alone, here = (
        np.ravel(np.array(each, dtype=float))
        for each in (
            lossclass.solve(one, gradient=True).gradient[name],
            read.solution.gradient[name],
        )
    )
    factor = float(read.keys["weights"][0]) if found["weight"] else 1
    factor /= math.log(int(found["base"])) if found["base"] else 1
    return bool(np.allclose(here, factor * alone))


def all_of(read: Reader, found: Found, _: Sentence) -> bool:
    """There is a cell at each time for each name, but ψ has none at the first."""
    times = {each.id.split(".")[1] for each in read.all("alpha")}
    if found["across"] == "labels out u":
        across = {each.id.split(".")[2] for each in read.all("alpha")}
        written = {each.id for each in read.all({"α": "alpha", "β": "beta"}[found["letter"]])}
        return len(written) == len(across) * len(times)
    names = names_of(read)
    cells = [each for each in read.quantities if each.symbol.letter == found["letter"]]
    count = len(
        {each.symbol.index + each.symbol.arguments for each in cells if each.symbol.arguments}
    )
    return count >= len(names) * (len(times) - (found["letter"] == "ψ"))


LATTICE_READERS: Final[Mapping[str, Check]] = {
    r"The true path is (?P<path>.+)\.": true_path,
    r"What was observed: (?P<names>.+)\.": observed,
    r"With the new numbers −(?P<log>\S+) p\(x\) is (?P<new>\S+); it was (?P<old>\S+)\.": after_baum_welch,
    r"It never rises: of all numbers, the new ones make the expected logarithm .* \(expectation maximization, EM\)\.": never_rises,
    r"∂L/∂A\((?:start, k|k, end)\) is ∂L/∂e_t\(k\) at the (?P<which>first|last) time\.": edge_slopes,
    r"It may rise here: some of the old numbers that belong together sum to more than 1\.": lambda read, *_: not never_rises(read),
    r"The probabilities for time (?P<t>\d+) with (?P<u>\d+) out sum to (?P<total>\S+), not to 1 as the outputs of a softmax do(?:, nor do those of (?P<others>\d+) other nodes?)?\.": sums_at_a_node,
    r"No state path can put out what was observed, so p\(x\) = 0 and the loss is ∞\.": lambda read, *_: not read.value("probability"),
    r"The probabilities (?:to begin|of (?:transition|emission) from state .+) sum to (?P<total>\S+), not to 1\.": some_sum_to,
    r"The reference has (?P<N>\d+) symbols?, the hypothesis (?P<M>\d+)\.": lengths,
    r"(?P<count>\d+) ways are equally cheap\.": cheapest_ways,
    r"The distance divided by the length of the reference, N = (?P<N>\d+)\.": lengths,
    r"(?:Target l = (?P<target>.+)|The target l is empty), blank (?P<blank>\S+), T = (?P<T>\d+)\.": transducer,
    r"What is given are (?:logarithms, q = ln y|logits z, of which y is the softmax)\.": what_is_given,
    r"(?P<letter>\w) is exp\(z − M\), and Z is the sum of these\.": exponentials,
    r"(?P<letter>[zqy])_t,u\(k\) by time t and labels out u \(down\) and symbol k \(across\):": tabulated,
    r"With U = (?P<U>0) there is U \+ 1 = (?P<rows>1) row, that with none out\.": transducer,
    r"With U = (?P<U>\d+) there are U \+ 1 = (?P<rows>\d+) rows, from none out to all\.": transducer,
    r"An alignment has a blank for each time step, T = (?P<T>\d+), the last of them at the end, and all labels, U = (?P<U>\d+), before that: C\(T − 1 \+ U, U\) = C\((?P<T2>\d+) − 1 \+ (?P<U2>\d+), (?P<U3>\d+)\) = (?P<count>\d+)\.": transducer,
    r"Every alignment of the target has a step with probability 0, so p\(l\|x\) = 0 and the loss is ∞\.": lambda read, *_: not read.value("probability"),
    r"Together the (?P<count>\d+) paths have the probability 1, as they should\.": paths_sum_to_one,
    r"The best path is (?P<path>.+)\.": best_path,
    r"ψ_t\(k\) is from which (?:tag|state) the largest comes, by its place: (?P<places>.+)\.": places,
    r"At the last time nothing is left but to end: it is (?P<what>0, the logarithm of 1|the score to end with k)\.": last_beta,
    r"Each derivative is this(?:, divided by ln (?P<base>2|10))?(?P<weight>, times the weight)?\.": each_scaled,
    r"All of (?P<letter>\w), by time t \(down\) and (?P<across>state k|tag k|labels out u) \(across\):": all_of,
    r"(?P<count>\d+) paths are equally good; the one that is found takes the first of equal numbers\.": tied_paths,
}  # fmt: skip
#: What is so in every problem.
LATTICE_ALWAYS: Final = """
e_t(k) is the score of tag k at time t, A(i, j) that of going from tag i to tag j.
The emissions e_t(k), by time (down) and tag (across):
The transitions A(i, j), from tag i (down) to tag j (across):
What it scores to begin with each tag:
What it scores to end with each tag:
The emissions of its tags, and the transitions between them, are added.
α_t(k) is the logarithm of the sum of exp(score) over all beginnings of paths that are in tag k at time t: the log-sum-exp of the α of the time before, each with the transition to k, and the emission of k added.
The scores are large, so the largest of the terms, m, is taken out of each log-sum-exp: ln(exp(a) + exp(b)) = m + ln(exp(a − m) + exp(b − m)).
It is called Z_log here: the log-sum-exp of the last α.
The probability of the true path is exp(s − ln Z), and this is minus its logarithm.
Every path has a score s, and the probability exp(s − ln Z).
--detail full lists them.
β_t(k) is the logarithm of the sum of exp(score) over all ways on from tag k at time t, without its own emission.
α + β − ln Z is the logarithm of γ_t(k), the probability that a path has tag k at time t; that of ξ_t(i, j), the probability that it goes from i at time t to j, has the transition and the emission in it.
δ_t(k) is the largest score of all paths up to time t that end in k: α, with max in the place of the log-sum-exp.
Of equal ones the first is taken.
The largest at the last time.
The last tag of the best path is the one of the largest δ.
From there ψ leads back, one time step after the other.
π(k) is the probability to begin in state k, a(i, j) that of going from state i to state j, b(k, m) that with which state k puts out m.
The transitions a(i, j), from state i (down) to state j (across):
What the states put out, b(k, m), by state (down) and symbol (across):
α_t(k) is the probability of what was observed up to time t, with state k at time t: the α of the time before, each times the transition to k, are added, and the sum is multiplied by the probability with which k puts out what was observed at t.
The α of the last time step are added.
Every path z has a probability P(x, z) together with what was observed, and the share P(x, z) / p(x) of it.
δ_t(k) is the probability of the best path up to time t that ends in k: α, with max in the place of the sum.
The last state of the best path is the one of the largest δ.
β_t(k) is the probability of what was observed after time t, given state k at time t.
After the last time nothing was observed, and β is 1.
γ_t(k), the probability of state k at time t given all that was observed, is α · β / p(x); that of going from i at time t to j, ξ_t(i, j), has the transition and what j puts out in it.
The new numbers are what is expected: π′(k) = γ₁(k); a′(i, j) is how often a path is expected to go from i to j, divided by how often it leaves i, M(i); b′(k, m) is how often k is expected to put out m, divided by how often a path is in k, N(k).
What is never used keeps its number.
What is alike costs nothing.
d(i, j) is the distance between the first i symbols of the reference and the first j of the hypothesis.
It is the smallest of three: from d(i−1, j−1), a symbol is kept or substituted; from d(i−1, j), one of the reference is deleted; from d(i, j−1), one of the hypothesis is inserted.
d(0, 0) is 0.
All of d, by symbols of the reference (down) and of the hypothesis (across):
From the last cell back to the first, each time to the cell that the smallest came from; of equal ones, along the diagonal first.
What was done on the way, from the first to the last:
The last cell.
They may have other numbers of substitutions, deletions and insertions.
y_t,u(k) is the probability of k at time t when u labels are out.
y = exp(z) / Σ exp(z) over the symbols at one time with one number of labels out.
α(t, u) is the probability of all ways to be at time t with u labels out.
A way comes from t − 1 by the blank, or from u − 1 by label u; each is multiplied by the probability of that step where it begins.
α(1, 0) is 1.
All labels are out at the last time, and one blank more ends it.
They are too many to be listed.
β(t, u) is the probability of all ways on from there, the last blank among them: by the blank to t + 1, or by the next label to u + 1.
So β(1, 0) is p(l|x), too.
The encoder f_t(k), by time (down) and symbol (across):
The predictor g_u(k), by labels out (down) and symbol (across):
The encoder's are added over u, the predictor's over t.
An edit distance counts: there is no number in it by which it could be derived.
Of a number that is 0, it is minus what stands beside it on the paths, divided by p(x).
Of a number that is 0, it is minus what stands beside it on the alignments, divided by p(l|x).
""".strip().split("\n")
