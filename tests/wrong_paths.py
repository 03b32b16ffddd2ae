"""Random problems of tags and states, and the wrong answers that known mistakes lead to; worked over all
paths, one by one."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise, product
from random import Random
from typing import Any

from wrong_exercise import Exercise, Numbers


def _score(random: Random) -> float:
    return round(random.uniform(-2, 3), 1)


def _distribution(random: Random, count: int) -> list[float]:
    cuts = sorted(random.sample(range(1, 20), count - 1))
    return [round((high - low) / 20, 2) for low, high in pairwise([0, *cuts, 20])]


def exchanged(rows: list[Any]) -> list[Any]:
    """The first two for each other."""
    return [rows[1], rows[0], *rows[2:]]


def log_sum_exp(numbers: Numbers) -> float:
    largest = max(numbers)
    return largest + math.log(sum(math.exp(each - largest) for each in numbers))


# --- conditional random fields ------------------------------------------------------------


def crf_loss(problem: dict[str, Any], mistake: str = "") -> float:
    """ln Z − s over all paths; a table with the mistake in it where paths meet."""
    rows, moves, path = (problem[key] for key in ("emissions", "transitions", "y_true"))
    tags = range(len(moves))
    start, end = (list(problem.get(key, [0] * len(moves))) for key in ("start", "end"))
    if mistake == "start-forgotten":
        start = [0] * len(moves)
    if mistake == "end-forgotten":
        end = [0] * len(moves)
    if mistake == "transitions-transposed":
        moves = [list(column) for column in zip(*moves, strict=True)]
    if mistake == "transitions-forgotten":
        moves = [[0] * len(moves) for _ in tags]
    score = start[path[0]] + end[path[-1]] + sum(row[k] for row, k in zip(rows, path, strict=True))
    score += sum(moves[i][j] for i, j in pairwise(path))
    meet: Callable[[Numbers], float] = log_sum_exp
    if mistake == "max-for-sum":
        meet = max
    if mistake == "log-sum-exp-forgotten":
        meet = sum
    alpha = [start[k] + rows[0][k] for k in tags]
    for row in rows[1:]:
        alpha = [meet([alpha[i] + moves[i][j] for i in tags]) + row[j] for j in tags]
    total = meet([alpha[k] + end[k] for k in tags])
    if mistake == "log-partition-forgotten":
        total = 0
    if mistake == "score-forgotten":
        score = 0
    return float(total - score)


def crf(random: Random) -> Exercise:
    tags, times = random.randint(2, 3), random.randint(2, 4)
    problem: dict[str, Any] = {
        "loss": "crf",
        "emissions": [[_score(random) for _ in range(tags)] for _ in range(times)],
        "transitions": [[_score(random) for _ in range(tags)] for _ in range(tags)],
        "y_true": [random.randrange(tags) for _ in range(times)],
    }
    codes = ["max-for-sum", "log-sum-exp-forgotten", "transitions-transposed", "transitions-forgotten",
             "log-partition-forgotten", "score-forgotten"]  # fmt: skip
    for key in ("start", "end"):
        if random.random() < 0.6:
            problem[key] = [_score(random) for _ in range(tags)]
            codes.append(f"{key}-forgotten")
    right = crf_loss(problem)
    wrong = [(code, crf_loss(problem, code)) for code in codes]
    wrong += [("logarithm-forgotten", math.exp(-right)), ("divided-by-length", right / times)]
    for key in ("start", "end", "transitions"):
        if key in problem:
            wrong.append(("states-exchanged", crf_loss(problem | {key: exchanged(problem[key])})))
    columns = [exchanged(row) for row in problem["emissions"]]
    wrong.append(("states-exchanged", crf_loss(problem | {"emissions": columns})))
    return Exercise(problem, right, wrong)


# --- hidden Markov models -----------------------------------------------------------------


def hmm_loss(problem: dict[str, Any], mistake: str = "") -> float:
    pi, a, b, observed = (
        problem[key] for key in ("initial", "transition", "emission", "observations")
    )
    states = range(len(pi))
    if mistake == "transitions-transposed":
        a = [list(column) for column in zip(*a, strict=True)]
    sizes = [
        (1 if mistake == "start-forgotten" else pi[z[0]])
        * (1 if mistake == "transitions-forgotten" else math.prod(a[i][j] for i, j in pairwise(z)))
        * (
            1
            if mistake == "emissions-forgotten"
            else math.prod(b[k][m] for k, m in zip(z, observed, strict=True))
        )
        for z in product(states, repeat=len(observed))
    ]
    total = max(sizes) if mistake == "max-for-sum" else sum(sizes)
    if mistake == "logarithm-forgotten":
        return -total
    return -math.log10(total) if mistake == "log10-for-ln" else -math.log(total)


def hmm(random: Random) -> Exercise:
    states, symbols, times = random.randint(2, 3), random.randint(2, 3), random.randint(2, 4)
    problem: dict[str, Any] = {
        "loss": "hmm",
        "initial": _distribution(random, states),
        "transition": [_distribution(random, states) for _ in range(states)],
        "emission": [_distribution(random, symbols) for _ in range(states)],
        "observations": [random.randrange(symbols) for _ in range(times)],
    }
    codes = ["max-for-sum", "transitions-transposed", "transitions-forgotten", "start-forgotten",
             "emissions-forgotten", "log10-for-ln", "logarithm-forgotten"]  # fmt: skip
    right = hmm_loss(problem)
    wrong = [(code, hmm_loss(problem, code)) for code in codes]
    wrong.append(("divided-by-length", right / times))
    wrong += [
        ("states-exchanged", hmm_loss(problem | {key: exchanged(problem[key])}))
        for key in ("initial", "transition", "emission")
    ]
    return Exercise(problem, right, wrong)


# --- edit distances -------------------------------------------------------------------------


def distance(one: str, other: str, costs: Numbers, keep: float = 0) -> float:
    substitution, deletion, insertion = costs
    table = {(0, 0): 0.0}
    for i, j in product(range(len(one) + 1), range(len(other) + 1)):
        ways = [table[i, j]] if (i, j) in table else []
        if i:
            ways.append(table[i - 1, j] + deletion)
        if j:
            ways.append(table[i, j - 1] + insertion)
        if i and j:
            ways.append(
                table[i - 1, j - 1] + (keep if one[i - 1] == other[j - 1] else substitution)
            )
        table[i, j] = min(ways)
    return table[len(one), len(other)]


def edit_distance(random: Random) -> Exercise:
    """Texts of some length, one made of the other: with few edits, most mistakes cannot be told apart."""
    one = "".join(random.choice("abcde") for _ in range(random.randint(5, 9)))
    other = "".join(
        random.choice(
            ["", symbol, symbol, symbol, random.choice("xyz"), symbol + random.choice("xyz")]
        )
        for symbol in one
    )
    costs = (1.0, 1.0, 1.0)
    problem: dict[str, Any] = {
        "loss": "edit_distance", "reference": [*one], "hypothesis": [*other], "rate": random.random() < 0.7,
    }  # fmt: skip
    if random.random() < 0.5:
        costs = (random.choice([1, 1.5]), random.choice([0.7, 1]), random.choice([0.8, 1.2]))
        problem["costs"] = dict(zip(("substitution", "deletion", "insertion"), costs, strict=True))
    divisor = len(one) if problem["rate"] else 1
    substitution, deletion, insertion = costs
    mistakes = {
        "insertion-deletion-swapped": distance(one, other, (substitution, insertion, deletion)),
        "substitution-as-two": distance(one, other, (deletion + insertion, deletion, insertion)),
        "match-costs": distance(one, other, costs, substitution),
        "substitution-free": distance(one, other, (0, deletion, insertion)),
        "compared-place-by-place": sum(a != b for a, b in zip(one, other, strict=False))
        + abs(len(one) - len(other)),
    }
    wrong = [(code, size / divisor) for code, size in mistakes.items()]
    right = distance(one, other, costs)
    if problem["rate"] and other:
        wrong.append(("divided-by-hypothesis", right / len(other)))
    if problem["rate"]:
        wrong += [("distance-for-rate", right), ("percent-for-rate", 100 * right / len(one))]
    else:
        wrong.append(("rate-for-distance", right / len(one)))
    return Exercise(problem, right / divisor, wrong)


# --- transducers ----------------------------------------------------------------------------


def rnnt_loss(problem: dict[str, Any], mistake: str = "") -> float:
    """By a table of its own, from the node (0, 0) on."""
    y, target, blank = problem["probabilities"], problem["target"], problem["blank"]
    times, labels = len(y), len(target)
    if mistake == "blank-row-forgotten":
        labels -= 1
    table = {(0, 0): 1.0}
    for t, u in product(range(times), range(labels + 1)):
        ways = [table[t, u]] if (t, u) == (0, 0) else []
        if t:
            at = (t, u) if mistake == "output-at-goal" else (t - 1, u)
            ways.append(table[t - 1, u] * y[at[0]][at[1]][blank])
        if u and mistake != "diagonal-step":
            at = (t, u) if mistake == "output-at-goal" else (t, u - 1)
            ways.append(table[t, u - 1] * y[at[0]][at[1]][target[u - 1]])
        if u and t and mistake == "diagonal-step":
            ways.append(table[t - 1, u - 1] * y[t - 1][u - 1][target[u - 1]])
        table[t, u] = max(ways, default=0) if mistake == "max-for-sum" else sum(ways)
    total = table[times - 1, labels]
    if mistake != "last-blank-forgotten":
        total *= y[times - 1][labels][blank]
    return -math.log(total) if total else math.inf


def rnnt(random: Random) -> Exercise:
    times, labels, columns = random.randint(2, 4), random.randint(1, 3), random.randint(2, 3)
    problem: dict[str, Any] = {
        "loss": "rnnt",
        "target": [random.randrange(1, columns) for _ in range(labels)],
        "blank": 0,
        "probabilities": [
            [_distribution(random, columns) for _ in range(labels + 1)] for _ in range(times)
        ],
    }
    codes = ["max-for-sum", "last-blank-forgotten", "blank-row-forgotten", "output-at-goal"]
    codes += ["diagonal-step"] if times > labels else []
    wrong = [(code, rnnt_loss(problem, code)) for code in codes]
    right = rnnt_loss(problem)
    wrong += [("divided-by-target-length", right / labels), ("divided-by-length", right / times)]
    other = [[[row[-1], *row[1:]] for row in rows] for rows in problem["probabilities"]]
    wrong.append(("another-blank", rnnt_loss(problem | {"probabilities": other})))
    return Exercise(problem, right, wrong)
