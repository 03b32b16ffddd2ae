"""Random problems of every loss, and the wrong answers that known mistakes lead to.

Each loss is worked out by its definition in plain Python, with the mistake made on the way; nothing
here knows of steps or of how slips are looked for.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby, pairwise, product
from random import Random
from typing import Any

from wrong_exercise import Exercise, Numbers, Problem, Wrong
from wrong_paths import crf, edit_distance, hmm, rnnt

from lossclass.losses.ctc_options import ALIGNMENTS

BASES = {"e": math.e, "2": 2.0, "10": 10.0}
NAMES = {"e": "ln", "2": "log2", "10": "log10"}


def logarithm(x: float, base: str) -> float:
    """Minus infinity of 0; a ValueError below."""
    return math.log(x) / math.log(BASES[base]) if x else -math.inf


def times(one: float, other: float) -> float:
    return one * other if one and other else 0.0


def softmax(row: Numbers) -> list[float]:
    powers = [math.exp(z) for z in row]
    return [each / sum(powers) for each in powers]


def swapped(row: Numbers, c: int, d: int) -> list[float]:
    other = list(row)
    other[c], other[d] = row[d], row[c]
    return other


# --- what all reductions have ------------------------------------------------------------


def reduced(terms: Numbers, problem: Problem, own: str, mistake: str = "", at: int = 0) -> float:
    """The sum, the mean or the weighted mean of the terms."""
    weights: list[float] = list(problem.get("weights", [1.0] * len(terms)))
    if mistake == "weights-forgotten":
        weights = [1.0] * len(terms)
    parts = [times(w, t) for w, t in zip(weights, terms, strict=True)]
    count, weight = len(parts), sum(weights)
    if mistake == "term-left-out":
        parts = parts[:at] + parts[at + 1 :]
    if mistake == "term-counted-twice":
        parts.append(parts[at])
    kind: str = problem.get("reduction", own)
    if kind == "weighted_mean" and "weights" not in problem:
        kind = "mean"
    kind = {
        "sum-for-mean": "sum",
        "mean-for-sum": "mean",
        "mean-for-weighted-mean": "mean",
    }.get(mistake, kind)
    return sum(parts) / {"sum": 1, "mean": count, "weighted_mean": weight}[kind]


def wrong_reductions(random: Random, terms: Numbers, problem: Problem, own: str) -> Iterator[Wrong]:
    kind = problem.get("reduction", own)
    if kind == "weighted_mean" and "weights" not in problem:
        kind = "mean"
    codes = {
        "sum": ["mean-for-sum"],
        "mean": ["sum-for-mean"],
        "weighted_mean": ["sum-for-mean", "mean-for-weighted-mean"],
    }[kind]
    if "weights" in problem:
        codes.append("weights-forgotten")
    if len(terms) > 1:
        codes += ["term-left-out", "term-counted-twice"]
    for code in codes:
        yield code, reduced(terms, problem, own, code, random.randrange(len(terms)))


def wrong_numbers(random: Random, right: float) -> Iterator[Wrong]:
    """Slips in writing the answer down."""
    if not right or not math.isfinite(right):
        return
    yield "decimal-slip", right * 10.0 ** random.choice([1, -1, 2, -2, 3, -3])
    digits = f"{abs(right):.3e}"
    mantissa, exponent = digits.split("e")
    figures = mantissa.replace(".", "")
    at = random.randrange(3)
    if not at and figures[1] == "0":
        return
    other = figures[:at] + figures[at + 1] + figures[at] + figures[at + 2 :]
    if other != figures:
        number = float(f"{other[0]}.{other[1:]}e{exponent}")
        yield "digits-swapped", math.copysign(number, right)


def other_bases(base: str) -> Iterator[tuple[str, str]]:
    for other, name in NAMES.items():
        if other != base:
            yield f"{name}-for-{NAMES[base]}", other


def with_reduction(random: Random, problem: Problem, n: int) -> Problem:
    if random.random() < 0.5:
        problem["reduction"] = random.choice(["sum", "mean", "weighted_mean"])
    if random.random() < 0.3:
        problem["weights"] = [round(random.uniform(0.2, 3), 1) for _ in range(n)]
    return problem


def with_base(random: Random, problem: Problem) -> Problem:
    if random.random() < 0.3:
        problem["log_base"] = random.choice(["2", "10"])
    return problem


def attempt(code: str, work: Callable[[], float]) -> Iterator[Wrong]:
    """The number, if the mistake leaves one."""
    try:
        number = work()
    except (ValueError, ZeroDivisionError, OverflowError):
        return
    if math.isfinite(number):
        yield code, number


# --- hinge -------------------------------------------------------------------------------


def hinge_terms(problem: Problem, mistake: str = "") -> list[float]:
    margin = problem.get("margin", 1.0)
    terms = []
    for label, score in zip(problem["y_true"], problem["y_pred"], strict=True):
        y: float = label
        if mistake == "labels-zero-one":
            y = max(y, 0)
        if mistake == "sign-of-label-ignored":
            y = abs(y)
        short = (0 if mistake == "margin-forgotten" else margin) - y * score
        cut = short if mistake == "max-forgotten" else max(0.0, short)
        if mistake == "score-squared":
            terms.append(score**2)
        elif mistake == "absolute-for-square":
            terms.append(abs(short))
        else:
            squares = problem.get("squared") and mistake != "square-forgotten"
            terms.append(cut**2 if squares else cut)
    return terms


def hinge(random: Random, loss: str = "hinge") -> Exercise:
    n = random.randint(2, 4)
    problem: Problem = {
        "loss": loss,
        "y_true": [random.choice([1, -1]) for _ in range(n)],
        "y_pred": [round(random.uniform(-2, 2), 2) for _ in range(n)],
    }
    if random.random() < 0.2:
        problem["squared"] = True
    if random.random() < 0.2:
        problem["margin"] = random.choice([0.5, 2.0])
    with_reduction(random, problem, n)
    terms = hinge_terms(problem)
    right = reduced(terms, problem, "sum")
    codes = ["labels-zero-one", "sign-of-label-ignored", "max-forgotten", "margin-forgotten"]
    if problem.get("squared"):
        codes += ["square-forgotten", "score-squared"]
        if any(
            y * s > problem.get("margin", 1)
            for y, s in zip(problem["y_true"], problem["y_pred"], strict=True)
        ):
            codes.append("absolute-for-square")
    wrong = [(code, reduced(hinge_terms(problem, code), problem, "sum")) for code in codes]
    wrong += wrong_reductions(random, terms, problem, "sum")
    return Exercise(problem, right, [*wrong, *wrong_numbers(random, right)])


def hinge_over_time(random: Random) -> Exercise:
    return hinge(random, "sequence_hinge")


def multiclass_terms(problem: Problem, mistake: str = "") -> list[float]:
    margin = 0.0 if mistake == "margin-forgotten" else problem.get("margin", 1.0)
    largest = problem["formulation"] == "crammer_singer"
    largest ^= mistake in ("only-the-largest", "not-only-the-largest")
    terms = []
    for label, row in zip(problem["y_true"], problem["scores"], strict=True):
        y = int(label)
        minus = -1 if mistake == "sign-of-other-score" else 1
        missing = [margin + minus * s - row[y] for c, s in enumerate(row) if c != y]
        if mistake == "true-class-counted":
            missing.append(margin)
        if mistake == "zero-among-other-scores":
            missing.append(margin - row[y])
        if mistake != "max-forgotten":
            missing = [max(0.0, each) for each in missing]
        terms.append(max(missing) if largest else sum(missing))
    return terms


def multiclass_hinge(random: Random) -> Exercise:
    n, classes = random.randint(1, 3), random.randint(3, 4)
    formulation = random.choice(["weston_watkins", "crammer_singer"])
    problem: Problem = {
        "loss": "sequence_hinge",
        "formulation": formulation,
        "y_true": [str(random.randrange(classes)) for _ in range(n)],
        "scores": [[round(random.uniform(-2, 2), 2) for _ in range(classes)] for _ in range(n)],
    }
    with_reduction(random, problem, n)
    terms = multiclass_terms(problem)
    right = reduced(terms, problem, "sum")
    other = "only-the-largest" if formulation == "weston_watkins" else "not-only-the-largest"
    codes = [other, "margin-forgotten", "max-forgotten", "true-class-counted"]
    codes += ["zero-among-other-scores", "sign-of-other-score"]
    wrong = [(code, reduced(multiclass_terms(problem, code), problem, "sum")) for code in codes]
    wrong += wrong_reductions(random, terms, problem, "sum")
    return Exercise(problem, right, [*wrong, *wrong_numbers(random, right)])


def structured_hinge(random: Random) -> Exercise:
    k = random.randint(2, 4)
    sequences = random.sample(["".join(each) for each in product("AB", repeat=3)], k)
    scores = [round(random.uniform(0, 3), 2) for _ in range(k)]
    problem: Problem = {
        "loss": "sequence_hinge",
        "formulation": "structured",
        "y_true": sequences[0],
        "candidates": [
            {"sequence": name, "score": score}
            for name, score in zip(sequences, scores, strict=True)
        ],
    }
    costs = [sum(a != b for a, b in zip(sequences[0], each, strict=True)) for each in sequences]

    def loss(mistake: str = "") -> float:
        largest = max(
            score + (0 if mistake == "cost-forgotten" else cost)
            for score, cost in zip(scores, costs, strict=True)
        )
        return largest - scores[0]

    right = loss()
    wrong = [("cost-forgotten", loss("cost-forgotten")), *wrong_numbers(random, right)]
    return Exercise(problem, right, wrong)


# --- squared error -----------------------------------------------------------------------


def squared_error(random: Random) -> Exercise:
    n = random.randint(2, 4)
    problem: Problem = {
        "loss": "mean_squared_error",
        "y_true": [round(random.uniform(0, 10), 1) for _ in range(n)],
        "y_pred": [round(random.uniform(0, 10), 1) for _ in range(n)],
    }
    if random.random() < 0.4:
        problem["factor"] = 0.5
    with_reduction(random, problem, n)
    errors = [y - p for y, p in zip(problem["y_true"], problem["y_pred"], strict=True)]
    factor, squares = problem.get("factor", 1), [e**2 for e in errors]
    right = factor * reduced(squares, problem, "mean")
    wrong = [("square-forgotten", factor * reduced(errors, problem, "mean"))]
    if factor == 1:
        wrong.append(("half-added", right / 2))
    else:
        wrong.append(("half-forgotten", right * 2))
    if min(errors) < 0:
        absolute = reduced([abs(e) for e in errors], problem, "mean")
        wrong.append(("absolute-for-square", factor * absolute))
    if problem.get("reduction", "mean") == "mean":
        mean = reduced(squares, problem, "mean")
        wrong.append(("root-for-mean-square", math.sqrt(mean)))
        wrong += [("halved-for-mean", mean * n / 2)] if n > 2 and factor == 1 else []
        wrong += [("divided-by-one-less", factor * mean * n / (n - 1))] if n > 3 else []
    at = random.randrange(1, n)
    shifted = [*squares]
    shifted[at] = (problem["y_true"][at] - problem["y_pred"][at - 1]) ** 2
    wrong.append(("value-of-another-step", factor * reduced(shifted, problem, "mean")))
    wrong += [(code, factor * x) for code, x in wrong_reductions(random, squares, problem, "mean")]
    return Exercise(problem, right, [*wrong, *wrong_numbers(random, right)])


def root_mean_square(random: Random) -> Exercise:
    problem = squared_error(random).problem
    problem.pop("factor", None)
    problem |= {"root": True}
    errors = [y - p for y, p in zip(problem["y_true"], problem["y_pred"], strict=True)]
    squares, n = [e**2 for e in errors], len(errors)
    square = reduced(squares, problem, "mean")
    right = math.sqrt(square)
    wrong = [("mean-square-for-root", square), ("half-added", right / 2)]
    if problem.get("reduction", "mean") == "mean":
        wrong.append(("root-before-mean", math.sqrt(square * n) / n))
        wrong += [("divided-by-one-less", math.sqrt(square * n / (n - 1)))] if n > 3 else []
    if min(errors) < 0:
        absolute = reduced([abs(e) for e in errors], problem, "mean")
        wrong.append(("absolute-for-square", math.sqrt(absolute)))
    reductions = wrong_reductions(random, squares, problem, "mean")
    wrong += [(code, math.sqrt(number)) for code, number in reductions]
    return Exercise(problem, right, [*wrong, *wrong_numbers(random, right)])


def absolute_error(random: Random) -> Exercise:
    problem = squared_error(random).problem | {"loss": "mean_absolute_error"}
    problem.pop("factor", None)
    errors = [y - p for y, p in zip(problem["y_true"], problem["y_pred"], strict=True)]
    sizes, n = [abs(e) for e in errors], len(errors)
    right = reduced(sizes, problem, "mean")
    wrong = [("square-for-absolute", reduced([e**2 for e in errors], problem, "mean"))]
    if min(errors) < 0:
        wrong.append(("absolute-forgotten", reduced(errors, problem, "mean")))
    if problem.get("reduction", "mean") == "mean":
        wrong += [("halved-for-mean", right * n / 2)] if n > 2 else []
        wrong += [("divided-by-one-less", right * n / (n - 1))] if n > 3 else []
    at = random.randrange(1, n)
    shifted = [*sizes]
    shifted[at] = abs(problem["y_true"][at] - problem["y_pred"][at - 1])
    wrong.append(("value-of-another-step", reduced(shifted, problem, "mean")))
    wrong += wrong_reductions(random, sizes, problem, "mean")
    return Exercise(problem, right, [*wrong, *wrong_numbers(random, right)])


def huber_terms(problem: Problem, mistake: str = "") -> list[float]:
    delta = 1.0 if mistake == "delta-forgotten" else problem["delta"]
    terms = []
    for y, guess in zip(problem["y_true"], problem["y_pred"], strict=True):
        error = y - guess
        half = 1 if mistake == "half-forgotten" else 0.5
        square, line = half * error**2, delta * (abs(error) - delta / 2)
        if mistake == "half-delta-forgotten":
            line = delta * abs(error)
        small = abs(error) <= delta
        if mistake == "branches-swapped":
            small = not small
        if mistake in ("square-everywhere", "line-everywhere"):
            small = mistake == "square-everywhere"
        terms.append(square if small else line)
    return terms


def huber(random: Random) -> Exercise:
    problem = squared_error(random).problem | {"loss": "huber"}
    problem.pop("factor", None)
    problem["delta"] = random.choice([1.0, 1.5, 2.0, 4.0])
    terms = huber_terms(problem)
    sizes = [abs(y - p) for y, p in zip(problem["y_true"], problem["y_pred"], strict=True)]
    large, small = max(sizes) > problem["delta"], min(sizes) <= problem["delta"]
    codes = [
        *(["square-everywhere", "half-delta-forgotten"] if large else []),
        *(["line-everywhere"] if small else []),
        *(["branches-swapped", "half-forgotten"] if large and small else []),
        *(["delta-forgotten"] if problem["delta"] != 1 else []),
    ]
    right = reduced(terms, problem, "mean")
    wrong = [(code, reduced(huber_terms(problem, code), problem, "mean")) for code in codes]
    wrong += wrong_reductions(random, terms, problem, "mean")
    return Exercise(problem, right, [*wrong, *wrong_numbers(random, right)])


# --- cross-entropies ---------------------------------------------------------------------


def wrong_averages(terms: Numbers, problem: Problem, own: str, classes: int = 1) -> Iterator[Wrong]:
    """The number of observations, of classes, or the weights, where something else belongs."""
    n, right = len(terms), reduced(terms, problem, own)
    kind: str = problem.get("reduction", own)
    if kind != "sum" and n > 1:
        yield "averaged-twice", right / n
    if classes > 1:
        if kind != "sum" or classes != n:
            yield "divided-by-classes", right / classes
        if kind == "mean" and 1 < n != classes:
            yield "mean-over-wrong-axis", right * n / classes
    if "weights" in problem and n > 1:
        by_weight = right / sum(problem["weights"])
        if kind == "mean":
            yield "weighted-mean-for-mean", by_weight * n
        elif kind == "sum":
            yield "mean-for-sum", by_weight


def perplexity(terms: Numbers, base: str) -> float:
    return math.pow(BASES[base], sum(terms) / len(terms))


def distribution(random: Random, classes: int) -> list[float]:
    cuts = sorted(random.sample(range(5, 96), classes - 1))
    return [(b - a) / 100 for a, b in zip([0, *cuts], [*cuts, 100], strict=True)]


def cross_entropy(true: Numbers, predicted: Numbers, base: str, factors: Numbers) -> float:
    return -sum(
        times(k * y, logarithm(p, base))
        for k, y, p in zip(factors, true, predicted, strict=True)
        if k * y
    )


def predictions(random: Random, n: int, classes: int) -> Problem:
    """Probabilities or logits; logits often above 0, so that somebody may take them for the
    former."""
    if random.random() < 0.7:
        return {"y_pred": [distribution(random, classes) for _ in range(n)]}
    lowest = random.choice([0.1, -2])
    return {
        "logits": [[round(random.uniform(lowest, 2), 1) for _ in range(classes)] for _ in range(n)]
    }


def probabilities(problem: Problem, mistake: str = "") -> list[list[float]]:
    rows = problem.get("y_pred") or problem["logits"]
    if mistake == "softmax-without-exp":
        return [[z / sum(row) for z in row] for row in rows]
    if mistake == "softmax-over-wrong-axis":
        columns = [softmax(column) for column in zip(*rows, strict=True)]
        return [list(row) for row in zip(*columns, strict=True)]
    if "logits" in problem and mistake != "softmax-forgotten":
        rows = [softmax(row) for row in rows]
    return [softmax(row) for row in rows] if mistake == "softmax-twice" else rows


def class_terms(
    problem: Problem, targets: Sequence[Numbers], mistake: str = "", base: str = "", at: int = 0
) -> list[float]:
    """The cross-entropy of each observation."""
    base = base or problem.get("log_base", "e")
    rows = probabilities(problem, mistake)
    classes = len(rows[0])
    if mistake == "classes-swapped":
        c = at % classes
        rows = [swapped(row, c, (c + 1) % classes) for row in rows]
    if mistake == "one-class-swapped":
        row = rows[at]
        true = max(range(classes), key=lambda c: targets[at][c])
        rows = [*rows[:at], swapped(row, true, (true + 1) % classes), *rows[at + 1 :]]
    factors = problem.get("class_weights", [1.0] * classes)
    if mistake == "class-weights-forgotten":
        factors = [1.0] * classes
    epsilon = 0.0 if mistake == "smoothing-forgotten" else problem.get("label_smoothing", 0.0)
    even = 0.0 if mistake == "smoothing-over-other-classes" else epsilon / classes
    others = epsilon / (classes - 1) - even if mistake == "smoothing-over-other-classes" else 0.0
    even = 1 / classes if mistake == "smoothing-mass-wrong" else even
    smooth = [[(1 - epsilon) * y + even + others * (1 - y) for y in row] for row in targets]
    if mistake in ("probabilities-as-log-probs", "scores-as-log-probs"):
        taken = problem["logits"] if mistake == "scores-as-log-probs" else rows
        return [
            -sum(k * y * z for k, y, z in zip(factors, true, row, strict=True))
            for true, row in zip(smooth, taken, strict=True)
        ]
    terms = [cross_entropy(y, p, base, factors) for y, p in zip(smooth, rows, strict=True)]
    if mistake == "binary-terms-added":
        against = [
            cross_entropy([1 - each for each in y], [1 - each for each in p], base, factors)
            for y, p in zip(smooth, rows, strict=True)
        ]
        terms = [sum(both) for both in zip(terms, against, strict=True)]
    return [-each for each in terms] if mistake == "minus-forgotten" else terms


def wrong_classes(
    random: Random,
    problem: Problem,
    targets: Sequence[Numbers],
    finish: Callable[[Numbers], float],
) -> Iterator[Wrong]:
    """Wrong answers of all cross-entropies over classes; ``finish`` makes the loss of the terms."""
    for code, base in other_bases(problem.get("log_base", "e")):
        yield code, finish(class_terms(problem, targets, base=base))
    codes = ["minus-forgotten", "classes-swapped", "one-class-swapped", "softmax-twice"]
    codes += ["probabilities-as-log-probs", "binary-terms-added"]
    if "logits" in problem:
        codes += ["softmax-forgotten", "softmax-without-exp", "scores-as-log-probs"]
        codes += ["softmax-over-wrong-axis"] if len(targets) > 1 else []
    codes += ["class-weights-forgotten"] if "class_weights" in problem else []
    if "label_smoothing" in problem:
        codes += ["smoothing-forgotten", "smoothing-over-other-classes", "smoothing-mass-wrong"]
    for code in codes:
        at = random.randrange(len(targets))
        name = "classes-swapped" if code == "one-class-swapped" else code
        terms = attempt(name, lambda: finish(class_terms(problem, targets, code, at=at)))  # noqa: B023
        yield from terms


def one_hot(labels: Sequence[int], classes: int) -> list[list[float]]:
    return [[float(c == label) for c in range(classes)] for label in labels]


def categorical(random: Random) -> Exercise:
    n, classes = random.randint(1, 3), random.randint(2, 4)
    loss = random.choice(["categorical_cross_entropy", "negative_log_likelihood"])
    problem: Problem = {"loss": loss, **predictions(random, n, classes)}
    labels = [random.randrange(classes) for _ in range(n)]
    targets: list[list[float]] = one_hot(labels, classes)
    if random.random() < 0.25:
        targets = [distribution(random, classes) for _ in range(n)]
    problem["y_true"] = targets
    if loss == "categorical_cross_entropy" and random.random() < 0.25:
        problem["class_weights"] = [round(random.uniform(0.5, 4), 1) for _ in range(classes)]
    if loss == "categorical_cross_entropy" and random.random() < 0.2:
        problem["label_smoothing"] = 0.1
    with_base(random, problem)
    with_reduction(random, problem, n)
    if "class_weights" in problem:
        problem["reduction"] = "sum"  # under the mean, they would be in what it is divided by

    def finish(terms: Numbers) -> float:
        return reduced(terms, problem, "sum")

    terms = class_terms(problem, targets)
    right = finish(terms)
    wrong = [*wrong_classes(random, problem, targets, finish)]
    wrong += wrong_reductions(random, terms, problem, "sum")
    wrong += wrong_averages(terms, problem, "sum", classes)
    wrong.append(("perplexity-for-loss", perplexity(terms, problem.get("log_base", "e"))))
    return Exercise(problem, right, [*wrong, *wrong_numbers(random, right)])


# --- divergence --------------------------------------------------------------------------


def divergence_terms(problem: Problem, mistake: str = "", base: str = "") -> list[float]:
    """The divergence of each observation."""
    base = base or problem.get("log_base", "e")
    temperature = problem.get("temperature", 1)
    of_true = of_predicted = 1 if mistake == "temperature-forgotten" else temperature
    if mistake == "temperature-on-one-side":
        of_true = 1
    true, predicted = problem.get("y_true"), problem.get("y_pred")
    if true is None:
        true = [softmax([v / of_true for v in row]) for row in problem["true_logits"]]
    if predicted is None:
        predicted = [softmax([z / of_predicted for z in row]) for row in problem["logits"]]
    if mistake == "distributions-exchanged":
        true, predicted = predicted, true
    terms = []
    for y_row, p_row in zip(true, predicted, strict=True):
        both = list(zip(y_row, p_row, strict=True))
        term = -sum(y * logarithm(p, base) for y, p in both)
        if mistake == "probabilities-as-log-probs":
            term = -sum(y * p for y, p in both)
        if mistake != "entropy-forgotten":
            term += sum(y * logarithm(y, base) for y, _ in both)
        terms.append(term)
    return terms


def divergence(random: Random) -> Exercise:
    n, classes = random.randint(1, 3), random.randint(2, 4)
    problem: Problem = {"loss": "kl_divergence"}
    distils = random.random() < 0.5
    if distils:
        for key in ("true_logits", "logits"):
            problem[key] = [
                [round(random.uniform(-2, 4), 1) for _ in range(classes)] for _ in range(n)
            ]
        problem["temperature"] = random.choice([2, 3, 4])
    else:
        for key in ("y_true", "y_pred"):
            problem[key] = [distribution(random, classes) for _ in range(n)]
    with_base(random, problem)
    with_reduction(random, problem, n)
    scale = problem.get("temperature", 1) ** 2

    def finish(terms: Numbers, times: float = scale) -> float:
        return times * reduced(terms, problem, "sum")

    terms = divergence_terms(problem)
    right = finish(terms)
    codes = ["distributions-exchanged", "entropy-forgotten", "probabilities-as-log-probs"]
    wrong = [(code, finish(divergence_terms(problem, code))) for code in codes]
    for code, base in other_bases(problem.get("log_base", "e")):
        wrong.append((code, finish(divergence_terms(problem, base=base))))
    if distils:
        forgotten = divergence_terms(problem, "temperature-forgotten")
        wrong += [("temperature-forgotten", finish(forgotten, 1))]
        wrong += [("temperature-forgotten", finish(forgotten))]
        one_side = divergence_terms(problem, "temperature-on-one-side")
        wrong += [("temperature-on-one-side", finish(one_side))]
        wrong += [("temperature-squared-forgotten", finish(terms, 1))]
    wrong += [(code, scale * x) for code, x in wrong_reductions(random, terms, problem, "sum")]
    wrong += [(code, scale * x) for code, x in wrong_averages(terms, problem, "sum", classes)]
    return Exercise(problem, right, [*wrong, *wrong_numbers(random, right)])


def sequence(random: Random) -> Exercise:
    n, classes = random.randint(2, 4), random.randint(2, 3)
    labels = [random.randrange(classes) for _ in range(n)]
    problem: Problem = {
        "loss": "sequence_cross_entropy",
        "y_true": [str(label) for label in labels],
        **predictions(random, n, classes),
    }
    problem["over_time"] = random.choice(["sum", "mean"])
    with_base(random, problem)
    counted = list(range(n))
    if random.random() < 0.4:
        counted = sorted(random.sample(range(n), n - 1))
        problem["mask"] = [int(t in counted) for t in range(n)]
    key = "y_pred" if "y_pred" in problem else "logits"
    of_counted = {**problem, key: [problem[key][t] for t in counted]}
    targets = one_hot([labels[t] for t in counted], classes)
    own = problem["over_time"]

    def finish(terms: Numbers) -> float:
        return reduced(terms, {}, own)

    terms = class_terms(of_counted, targets)
    right = finish(terms)
    wrong = [*wrong_classes(random, of_counted, targets, finish)]
    wrong += wrong_reductions(random, terms, {}, own)
    wrong += wrong_averages(terms, {}, own, classes)
    wrong.append(("perplexity-for-loss", perplexity(terms, problem.get("log_base", "e"))))
    if len(counted) < n and own == "mean":
        wrong.append(("padding-counted", sum(terms) / n))
    return Exercise(problem, right, [*wrong, *wrong_numbers(random, right)])


def sequences(random: Random) -> Exercise:
    classes, lengths = random.randint(2, 3), random.choice([[1, 2], [3, 1], [2, 3], [2, 3, 1]])
    kinds = [("sum", "mean"), ("mean", "mean"), ("sum", "mean_over_tokens"), ("sum", "sum")]
    asked = random.choice(kinds)
    examples, terms = [], []
    for length in lengths:
        labels = [random.randrange(classes) for _ in range(length)]
        rows = [distribution(random, classes) for _ in range(length)]
        examples.append({"y_true": list(map(str, labels)), "y_pred": rows})
        terms.append([-math.log(row[y]) for row, y in zip(rows, labels, strict=True)])
    problem: Problem = {
        "loss": "sequence_cross_entropy",
        "examples": examples,
        "over_time": asked[0],
        "over_examples": asked[1],
    }

    def average(kind: tuple[str, str]) -> float:
        if kind[1] == "mean_over_tokens":
            return sum(map(sum, terms)) / sum(map(len, terms))
        each = [sum(own) / (len(own) if kind[0] == "mean" else 1) for own in terms]
        return sum(each) / (len(each) if kind[1] == "mean" else 1)

    right = average(asked)
    wrong = [
        ("other-average", average(kind))
        for kind in kinds
        if kind != asked and (kind, asked) != (("sum", "sum"), ("sum", "mean_over_tokens"))
    ]
    if asked[1] != "sum":
        total = right * (len(terms) if asked[1] == "mean" else sum(lengths))
        wrong.append(("sum-for-mean", total))
    for code, base in other_bases("e"):
        wrong.append((code, right / math.log(BASES[base])))
    wrong.append(("minus-forgotten", -right))
    if asked[1] != "sum":
        wrong.append(("averaged-twice", right / len(terms)))
    wrong.append(("perplexity-for-loss", perplexity([each for own in terms for each in own], "e")))
    return Exercise(problem, right, [*wrong, *wrong_numbers(random, right)])


def binary_terms(problem: Problem, mistake: str = "", base: str = "", at: int = -1) -> list[float]:
    base = base or problem.get("log_base", "e")
    guesses = list(problem.get("y_pred") or problem["logits"])

    def sigmoid(z: float) -> float:
        return 1 / (1 + math.exp(-z))

    if "logits" in problem and mistake != "sigmoid-forgotten":
        guesses = [sigmoid(z) for z in guesses]
    if mistake in ("sigmoid-twice", "probabilities-as-logits"):
        guesses = [sigmoid(p) for p in guesses]
    terms = []
    for n, (y, guess) in enumerate(zip(problem["y_true"], guesses, strict=True)):
        happens, does_not = guess, 1 - guess
        if mistake == "classes-swapped" and at in (-1, n):
            happens, does_not = does_not, happens
        if mistake == "one-minus-forgotten":
            does_not = guess
        term = y * logarithm(happens, base) if y else 0.0
        if y < 1 and mistake != "second-left-out":
            term += (1 - y) * logarithm(does_not, base)
        terms.append(term if mistake == "minus-forgotten" else -term)
    return terms


def binary(random: Random) -> Exercise:
    n = random.randint(1, 4)
    soft = random.random() < 0.2
    problem: Problem = {
        "loss": "binary_cross_entropy",
        "y_true": [
            round(random.uniform(0, 1), 1) if soft else random.randint(0, 1) for _ in range(n)
        ],
    }
    if random.random() < 0.7:
        problem["y_pred"] = [round(random.uniform(0.05, 0.95), 2) for _ in range(n)]
    else:
        problem["logits"] = [round(random.uniform(-1, 3), 1) for _ in range(n)]
    with_base(random, problem)
    with_reduction(random, problem, n)
    terms = binary_terms(problem)
    right = reduced(terms, problem, "mean")

    def made(code: str, mistake: str, base: str = "", at: int = -1) -> Iterator[Wrong]:
        yield from attempt(
            code, lambda: reduced(binary_terms(problem, mistake, base, at), problem, "mean")
        )

    wrong: list[Wrong] = []
    for code, base in other_bases(problem.get("log_base", "e")):
        wrong += made(code, "", base)
    wrong += made("minus-forgotten", "minus-forgotten")
    wrong += made("one-minus-forgotten", "one-minus-forgotten")
    wrong += made("one-minus-forgotten", "second-left-out")
    wrong += made("classes-swapped", "classes-swapped", at=random.randrange(-1, n))
    if "logits" in problem:
        wrong += made("sigmoid-forgotten", "sigmoid-forgotten")
        wrong += made("sigmoid-twice", "sigmoid-twice")
    else:
        wrong += made("probabilities-as-logits", "probabilities-as-logits")
    wrong += wrong_reductions(random, terms, problem, "mean")
    wrong += wrong_averages(terms, problem, "mean")
    return Exercise(problem, right, [*wrong, *wrong_numbers(random, right)])


# --- CTC ---------------------------------------------------------------------------------


def collapsed(alignment: Sequence[str]) -> str:
    return "".join(symbol for symbol, _ in groupby(alignment)).replace("-", "")


def listed_ctc(random: Random) -> Exercise:
    target = random.choice(["ab", "aab", "aba", "abb", "abc"])
    length = len(target) + random.randint(1, 2)
    every = ["".join(each) for each in product("abc-", repeat=length)]
    valid = [each for each in every if collapsed(each) == target]
    alignments = random.sample(valid, min(len(valid), random.randint(2, 3)))
    if random.random() < 0.5:
        near = [e for e in every if collapsed(e) != target and e.replace("-", "") == target]
        if near:
            alignments.append(random.choice(near))
    chances = {symbol: round(random.uniform(0.1, 0.9), 1) for symbol in "abc-"}
    problem: Problem = {
        "loss": "ctc",
        "target": target,
        "blank": "-",
        "probabilities": chances,
        "alignments": alignments,
        "alignments_counted": random.choice(["listed", "valid"]),
    }
    with_base(random, problem)
    base = problem.get("log_base", "e")
    are_valid = [collapsed(each) == target for each in alignments]
    only_valid = problem["alignments_counted"] == "valid"
    counted = [a for a, ok in zip(alignments, are_valid, strict=True) if ok or not only_valid]
    each = [math.prod(chances[symbol] for symbol in a) for a in counted]
    right = -logarithm(sum(each), base)
    wrong = [(code, -logarithm(sum(each), other)) for code, other in other_bases(base)]
    wrong += [
        ("minus-forgotten", -right),
        ("best-path-only", -logarithm(max(each), base)),
        ("sum-of-logs", -sum(logarithm(p, base) for p in each)),
        ("divided-by-target-length", right / len(target)),
        ("mean-for-sum", -logarithm(sum(each) / len(each), base)),
    ]
    skipped = [math.prod(chances[symbol] for symbol in a if symbol != "-") for a in counted]
    wrong.append(("blank-skipped", -logarithm(sum(skipped), base)))
    at = random.randrange(len(each))
    if len(each) > 1:
        wrong.append(("term-left-out", -logarithm(sum(each) - each[at], base)))
        wrong.append(("term-counted-twice", -logarithm(sum(each) + each[at], base)))
    some = random.choice(counted[at])
    missing = sum(each) - each[at] + each[at] / chances[some]
    wrong.append(("term-left-out", -logarithm(missing, base)))
    every_one = [math.prod(chances[symbol] for symbol in a) for a in alignments]
    if not all(are_valid):
        if only_valid:
            wrong.append(("invalid-alignment-counted", -logarithm(sum(every_one), base)))
        else:
            alone = [p for p, ok in zip(every_one, are_valid, strict=True) if ok]
            wrong.append(("valid-alignments-only", -logarithm(sum(alone), base)))
    wrong += attempt("rounded-to-zero", lambda: -logarithm(sum(round(p, 2) for p in each), base))
    return Exercise(problem, right, [*wrong, *wrong_numbers(random, right)])


def full_ctc(random: Random) -> Exercise:
    target = random.choice(["ab", "aa", "aba", "bba"])
    repeats = sum(a == b for a, b in pairwise(target))
    steps = len(target) + repeats + random.randint(0 if len(target) > 2 else 1, 2)
    rows = [distribution(random, 3) for _ in range(steps)]
    problem: Problem = {
        "loss": "ctc",
        "target": target,
        "blank": "-",
        "labels": ["-", "a", "b"],
        "probabilities": rows,
    }
    every = ["".join(each) for each in product("-ab", repeat=steps)]
    chance = {
        e: math.prod(row["-ab".index(s)] for s, row in zip(e, rows, strict=True)) for e in every
    }
    valid = [e for e in every if collapsed(e) == target]
    each = [chance[e] for e in valid]
    right = -math.log(sum(each))
    bare = [
        math.prod(row["-ab".index(s)] for s, row in zip(e, rows, strict=True) if s != "-")
        for e in valid
    ]
    # with no skips, there is a blank between any two labels; with too many, equal ones may be
    # side by side, each for a part of a run
    between = [e for e in valid if "ab" not in e and "ba" not in e]
    wrong = [
        ("best-path-only", -math.log(max(each))),
        ("blank-skipped", -math.log(sum(bare))),
        ("divided-by-target-length", right / len(target)),
        ("minus-forgotten", -right),
        *((code, right / math.log(BASES[base])) for code, base in other_bases("e")),
    ]
    if len(each) <= ALIGNMENTS.default:  # more are not written out
        wrong.append(("sum-of-logs", -sum(map(math.log, each))))
    wrong += attempt("skip-forgotten", lambda: -math.log(sum(chance[e] for e in between)))
    if repeats:
        ways = sum(chance[e] * _ways(e, target) for e in every)
        wrong.append(("skip-between-equal-labels", -math.log(ways)))
    twice = [softmax(row) for row in rows]
    again = sum(
        math.prod(row["-ab".index(s)] for s, row in zip(e, twice, strict=True)) for e in valid
    )
    wrong.append(("softmax-twice", -math.log(again)))
    powers = [[math.exp(y) for y in row] for row in rows]
    handed = sum(
        math.prod(row["-ab".index(s)] for s, row in zip(e, powers, strict=True)) for e in valid
    )
    wrong.append(("probabilities-as-log-probs", -math.log(handed)))
    wrong.append(("summed-over-time", -math.log(steps * sum(each))))
    wrong.append(("divided-by-length", right / steps))
    moved = [[row[2], *row[1:]] for row in rows]
    blanked = sum(
        math.prod(row["-ab".index(s)] for s, row in zip(e, moved, strict=True)) for e in valid
    )
    wrong.append(("another-blank", -math.log(blanked)))
    if random.random() < 0.5:
        near = [e for e in every if e.replace("-", "") == target and e not in valid]
        problem["alignments"] = random.sample(valid, 1) + random.sample(near, min(1, len(near)))
        others = [chance[e] for e in problem["alignments"] if e not in valid]
        if others:
            wrong.append(("invalid-alignment-counted", -math.log(sum(each) + sum(others))))
        alone = sum(chance[e] for e in problem["alignments"])
        wrong.append(("alignments-missing", -math.log(alone)))
    return Exercise(problem, right, [*wrong, *wrong_numbers(random, right)])


def _ways(alignment: str, target: str) -> int:
    """In how many ways it is cut into runs of the target's labels, in order, and blanks anywhere
    between them."""
    ways: dict[tuple[int, bool], int] = {(0, False): 1}  # labels begun, and whether in the last
    for symbol in alignment:
        new: dict[tuple[int, bool], int] = {}
        for (begun, inside), count in ways.items():
            if symbol == "-":
                new[begun, False] = new.get((begun, False), 0) + count
                continue
            if inside and target[begun - 1] == symbol:
                new[begun, True] = new.get((begun, True), 0) + count
            if begun < len(target) and target[begun] == symbol:
                new[begun + 1, True] = new.get((begun + 1, True), 0) + count
        ways = new
    return sum(count for (begun, _), count in ways.items() if begun == len(target))


# --- policy gradient ---------------------------------------------------------------------


def policy_earned(problem: Problem, mistake: str = "") -> list[float]:
    """What stands before the logarithm of each step, but for the baseline."""
    count = len(problem["rewards"])
    earned = list(problem["rewards"])
    discount = problem.get("discount", 0)
    if mistake in ("discount-forgotten", "reward-to-go-added"):
        discount = 1
    if mistake == "discount-not-accumulated":
        own = problem["rewards"]
        earned = [own[t] + discount * sum(own[t + 1 :]) for t in range(count)]
    elif mistake != "reward-to-go-forgotten":
        for t in reversed(range(count - 1)):
            earned[t] += discount * earned[t + 1]
    if mistake == "whole-return-everywhere":
        earned = [earned[0] if discount else sum(earned)] * count
    if mistake == "discounted-twice":
        earned = [discount**t * g for t, g in enumerate(earned)]
    if mistake == "value-of-another-step":
        earned.reverse()
    return earned


def policy_terms(problem: Problem, mistake: str = "", base: str = "", at: int = 0) -> list[float]:
    count, rows = len(problem["rewards"]), problem.get("logits") or problem["policy"]
    earned = policy_earned(problem, mistake)
    baseline = 0 if mistake == "baseline-forgotten" else problem.get("baseline", 0)
    if "actions" not in problem:
        rows = [[chance] for chance in rows]
    for _ in range(
        ("logits" in problem) - (mistake == "softmax-forgotten") + (mistake == "softmax-twice")
    ):
        rows = [softmax(row) for row in rows]
    columns = list(problem.get("actions", [0] * count))
    if mistake == "classes-swapped":
        columns[at] = (columns[at] + 1) % len(rows[at])
    base = base or problem.get("log_base", "e")
    return [
        times(r - baseline, logarithm(row[c], base))
        for r, row, c in zip(earned, rows, columns, strict=True)
    ]


def policy_problem(random: Random) -> Problem:
    n, actions = random.randint(2, 4), random.randint(2, 3)
    problem: Problem = {
        "loss": "policy_gradient",
        "rewards": [random.choice([0, 1, -1, 2, 0.5]) for _ in range(n)],
        "form": random.choice(["loss", "loss", "objective"]),
    }
    if random.random() < 0.6:
        problem["discount"] = random.choice([0.9, 0.5])
    if random.random() < 0.4:
        problem["baseline"] = random.choice([0.5, 0.2, 1])
    key = random.choice(["alone", "policy", "logits"])
    if key == "alone":
        problem["policy"] = [distribution(random, actions)[0] for _ in range(n)]
        return with_base(random, problem)
    problem["actions"] = [random.randrange(actions) for _ in range(n)]
    if key == "policy":
        problem["policy"] = [distribution(random, actions) for _ in range(n)]
    else:
        problem["logits"] = [
            [round(random.uniform(0.1, 2), 1) for _ in range(actions)] for _ in range(n)
        ]
    return with_base(random, problem)


def policy_gradient(random: Random) -> Exercise:
    problem = policy_problem(random)
    sign = -1 if problem["form"] == "loss" else 1
    right = sign * sum(policy_terms(problem))
    codes = {
        "baseline-forgotten": "baseline" in problem,
        "reward-to-go-forgotten": "discount" in problem,
        "discount-forgotten": "discount" in problem,
        "discount-not-accumulated": "discount" in problem and len(problem["rewards"]) > 2,
        "discounted-twice": "discount" in problem,
        "whole-return-everywhere": True,
        "value-of-another-step": True,
        "reward-to-go-added": "discount" not in problem,
        "classes-swapped": "actions" in problem,
        "softmax-twice": "actions" in problem,
        "softmax-forgotten": "logits" in problem,
    }
    at = random.randrange(len(problem["rewards"]))
    wrong = [
        (code, sign * sum(policy_terms(problem, code, at=at)))
        for code, can_be in codes.items()
        if can_be
    ]
    wrong.append(("minus-forgotten" if sign < 0 else "minus-added", -right))
    for code, base in other_bases(problem.get("log_base", "e")):
        wrong.append((code, sign * sum(policy_terms(problem, base=base))))
    reductions = wrong_reductions(random, policy_terms(problem), {}, "sum")
    wrong += [(code, sign * number) for code, number in reductions]
    return Exercise(problem, right, [*wrong, *wrong_numbers(random, right)])


# --- put together ------------------------------------------------------------------------


def custom(random: Random) -> Exercise:
    """Two terms with weights, each of them with its own mistakes."""
    parts = [random.choice([hinge, squared_error, binary, policy_gradient])(random) for _ in "ab"]
    weights = [round(random.uniform(0.2, 2), 1) for _ in parts]
    problem: Problem = {
        "loss": "custom",
        "terms": [
            {"name": name, "weight": weight, "problem": part.problem}
            for name, weight, part in zip(("one", "two"), weights, parts, strict=True)
        ],
    }
    rights = [part.right for part in parts]

    def whole(numbers: Numbers) -> float:
        return sum(w * x for w, x in zip(weights, numbers, strict=True))

    right = whole(rights)
    wrong = [("weights-forgotten", sum(rights))]
    general = ("decimal-slip", "digits-swapped")
    at = random.randrange(2)
    for code, number in parts[at].wrong:
        if code not in general:
            numbers = list(rights)
            numbers[at] = number
            wrong.append((code, whole(numbers)))
    return Exercise(problem, right, [*wrong, *wrong_numbers(random, right)])


def formula(random: Random) -> Exercise:
    n = random.randint(2, 4)
    y, guess = ([round(random.uniform(0, 5), 1) for _ in range(n)] for _ in "yp")
    weights = [round(random.uniform(-1, 1), 1) for _ in range(2)]
    penalty = random.choice([0.1, 0.5])
    problem: Problem = {
        "loss": "custom",
        "formula": "mean((y - y_hat)^2) + lambda * sum(w^2)",
        "given": {"y": y, "y_hat": guess, "lambda": penalty, "w": weights},
    }
    squares = [(a - b) ** 2 for a, b in zip(y, guess, strict=True)]
    rest = penalty * sum(w**2 for w in weights)
    right = sum(squares) / n + rest
    wrong = [
        ("sum-for-mean", sum(squares) + rest),
        ("term-left-out", sum(squares) / n),
        *wrong_numbers(random, right),
    ]
    return Exercise(problem, right, wrong)


# --- networks ----------------------------------------------------------------------------


def sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x))


def _itself(x: float) -> float:
    return x


def _weight(random: Random) -> float:
    return round(random.uniform(0.2, 1.2), 2) * random.choice([1, -1])


def _inputs(random: Random) -> list[float]:
    return [round(random.uniform(-2, 2), 1) for _ in range(random.randint(2, 4))]


def network(random: Random) -> Exercise:
    """The squared error of one vanilla unit, whose activation is taken for another."""
    x = _inputs(random)
    y = [round(random.uniform(-1, 1), 1) for _ in x]
    activation = random.choice(["tanh", "sigmoid"])
    u, w, v = (_weight(random) for _ in "UWV")
    rnn = {"inputs": x, "U": u, "W": w, "V": v, "activation": activation, "output": "identity"}

    def loss(f: Callable[[float], float], inputs: Numbers) -> float:
        h, total = 0.0, 0.0
        for each, true in zip(inputs, y, strict=True):
            h = f(w * h + u * each)
            total += (true - v * h) ** 2
        return total / len(y)

    functions: dict[str, Callable[[float], float]] = {"tanh": math.tanh, "sigmoid": sigmoid}
    right = functions.pop(activation)
    ((name, other),) = functions.items()
    code = f"{name}-for-{activation}"
    wrong = [(code, loss(other, x)), ("activation-forgotten", loss(_itself, x))]
    at = random.randrange(1, len(x))
    if x[at] != x[at - 1]:
        moved = [*x[:at], x[at - 1], *x[at + 1 :]]
        wrong.append(("value-of-another-step", loss(right, moved)))
    problem: Problem = {"loss": "mean_squared_error", "y_true": y, "rnn": rnn}
    return Exercise(problem, loss(right, x), wrong)


def gated_network(random: Random) -> Exercise:
    """The squared error after the last step of one LSTM unit."""
    x, y, v = _inputs(random), round(random.uniform(-1, 1), 1), _weight(random)
    u, w = ({gate: _weight(random) for gate in "ifgo"} for _ in "UW")

    def loss(squash: Callable[[float], float] = math.tanh, *, swapped: bool = False, **by: Any) -> float:  # fmt: skip
        h, c = 0.0, 0.0
        for each in x:
            a = {gate: u[gate] * each + w[gate] * h for gate in "ifgo"}
            f = {gate: by.get(gate, math.tanh if gate == "g" else sigmoid) for gate in "ifgo"}
            i, forget, g, o = (f[gate](a[gate]) for gate in "ifgo")
            if swapped:
                i, forget = forget, i
            c = forget * c + i * g
            h = o * squash(c)
        return float((y - v * h) ** 2)

    gate = random.choice("ifo")

    def at_gate(function: Callable[[float], float]) -> dict[str, Any]:
        return {gate: function}

    wrong = [
        ("cell-not-squashed", loss(_itself)),
        ("sigmoid-for-tanh", loss(g=sigmoid)),
        ("sigmoid-for-tanh", loss(sigmoid)),
        ("tanh-for-sigmoid", loss(**at_gate(math.tanh))),
        ("activation-forgotten", loss(**at_gate(_itself))),
        ("gates-swapped", loss(swapped=True)),
    ]
    rnn = {"cell": "lstm", "inputs": x, "U": u, "W": w, "V": v, "predict": "last_step"}
    rnn["output"] = "identity"
    return Exercise({"loss": "mean_squared_error", "y_true": y, "rnn": rnn}, loss(), wrong)


EXERCISES: dict[str, Callable[[Random], Exercise]] = {
    "hinge": hinge,
    "sequence_hinge binary": hinge_over_time,
    "sequence_hinge multi-class": multiclass_hinge,
    "sequence_hinge structured": structured_hinge,
    "mean_squared_error": squared_error,
    "mean_squared_error root": root_mean_square,
    "mean_absolute_error": absolute_error,
    "huber": huber,
    "categorical": categorical,
    "kl_divergence": divergence,
    "sequence_cross_entropy": sequence,
    "sequence_cross_entropy examples": sequences,
    "binary_cross_entropy": binary,
    "ctc listed": listed_ctc,
    "ctc full": full_ctc,
    "crf": crf,
    "hmm": hmm,
    "edit_distance": edit_distance,
    "rnnt": rnnt,
    "policy_gradient": policy_gradient,
    "custom": custom,
    "custom formula": formula,
    "network": network,
    "gated network": gated_network,
}
