"""What sentences of tags, states and transducers claim, worked out again."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from itertools import product
from typing import TYPE_CHECKING, Any, Final

from more_sentences import near

import lossclass

if TYPE_CHECKING:
    from sentences import Reader, Sentence

Found = re.Match[str]
Check = Callable[["Reader", Found, "Sentence"], object]


def names_of(read: Reader) -> list[str]:
    inputs: Any = lossclass.load(dict(read.keys)).inputs
    return [*inputs.names]


def true_path(read: Reader, found: Found, _: Sentence) -> bool:
    """Its tags are those whose scores make the score."""
    names, path = names_of(read), found["path"].split(" ")
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


LATTICE_READERS: Final[Mapping[str, Check]] = {
    r"The true path is y = (?P<path>.+)\.": true_path,
    r"Together the (?P<count>\d+) paths have the probability 1, as they should\.": paths_sum_to_one,
    r"The best path is (?P<path>.+)\.": best_path,
    r"ψ_t\(k\) is from which (?:tag|state) the largest comes, by its place: (?P<places>.+)\.": places,
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
β_t(k) is the same for the ways on from tag k at time t, without its own emission.
α + β − ln Z is the logarithm of γ_t(k), the probability that a path has tag k at time t; that of ξ_t(i, j), the probability that it goes from i at time t to j, has the transition and the emission in it.
δ_t(k) is the largest score of all paths up to time t that end in k: α, with max in the place of the log-sum-exp.
Of equal ones the first is taken.
The largest at the last time.
The last tag of the best path is the one of the largest δ.
From there ψ leads back, one time step after the other.
""".strip().split("\n")
