"""The vectorised CTC core against roads that share nothing with it."""

from __future__ import annotations

import math
from functools import cache
from itertools import groupby, product
from math import comb, exp, inf, log
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from lossclass.losses.ctc import _core_rescaled
from lossclass.losses.ctc._core_batch import read_batch
from lossclass.losses.ctc._core_wide_range import wide_range
from lossclass.losses.ctc.core import ctc_loss, ctc_occupancy

Floats = NDArray[np.float64]
#: Losses and occupancies agree to this, the former relative to the larger of the loss and 1.
EXACT = 1e-12


@cache
def alignments(times: int, symbols: int, blank: int) -> dict[tuple[int, ...], list[Any]]:
    """All sequences of symbols of one length, by the target that they collapse to."""
    found: dict[tuple[int, ...], list[Any]] = {}
    for alignment in product(range(symbols), repeat=times):
        merged = (symbol for symbol, _ in groupby(alignment))
        target = tuple(symbol for symbol in merged if symbol != blank)
        found.setdefault(target, []).append(alignment)
    return found


def by_enumeration(log_probs: Floats, target: list[int], blank: int) -> tuple[float, Floats]:
    """The loss and the occupancy (T, C) of one sequence by the definition: a sum over alignments.

    What all alignments share of the range is taken out, so that −10000 is no obstacle.
    """
    times, symbols = log_probs.shape
    found = alignments(times, symbols, blank).get(tuple(target), [])
    sums = [math.fsum(log_probs[t, k] for t, k in enumerate(each)) for each in found]
    occupancy = np.zeros((times, symbols))
    largest = max(sums, default=-inf)
    if largest == -inf:
        return inf, occupancy
    weights = [exp(each - largest) for each in sums]
    total = math.fsum(weights)
    for weight, alignment in zip(weights, found, strict=True):
        occupancy[range(times), alignment] += weight / total
    return -largest - log(total), occupancy


def check(
    given: tuple[Any, Floats], expected: tuple[Any, Floats], tolerance: float = EXACT
) -> None:
    (losses, occupancy), (expected_losses, expected_occupancy) = given, expected
    np.testing.assert_allclose(losses, expected_losses, rtol=tolerance, atol=tolerance)
    np.testing.assert_allclose(occupancy, expected_occupancy, rtol=tolerance, atol=tolerance)


def random_batch(seed: int, *shape: int, scale: float = 1.0) -> tuple[Floats, NDArray[np.intp]]:
    """Normalised log-probabilities (T, N, C), and targets (N, S) without the blank 0."""
    times, count, symbols, labels = shape
    generator = np.random.default_rng(seed)
    logits = generator.normal(scale=scale, size=(times, count, symbols))
    log_probs = logits - np.logaddexp.reduce(logits, axis=2, keepdims=True)
    return log_probs, generator.integers(1, symbols, (count, labels))


LOGS = st.one_of(st.floats(-5, 0), st.sampled_from([0.0, -inf, -50.0, -800.0, -10000.0, 3.0]))


@st.composite
def batches(draw: st.DrawFn) -> dict[str, Any]:
    times, count, symbols = (
        draw(st.integers(0, 6)),
        draw(st.integers(1, 3)),
        draw(st.integers(2, 4)),
    )
    most = draw(st.integers(0, 3))
    blank = draw(st.integers(0, symbols - 1))
    size = times * count * symbols
    logs = draw(st.lists(LOGS, min_size=size, max_size=size))
    label = st.sampled_from([k for k in range(symbols) if k != blank])
    labels = draw(st.lists(label, min_size=count * most, max_size=count * most))
    return {
        "log_probs": np.array(logs).reshape(times, count, symbols),
        "targets": np.array(labels, int).reshape(count, most),
        "input_lengths": draw(st.lists(st.integers(0, times), min_size=count, max_size=count)),
        "target_lengths": draw(st.lists(st.integers(0, most), min_size=count, max_size=count)),
        "blank": blank,
    }


@given(batches())
def test_the_core_agrees_with_the_sum_over_all_alignments(batch: dict[str, Any]) -> None:
    losses, occupancy = ctc_occupancy(**batch)
    np.testing.assert_array_equal(ctc_loss(**batch), losses)
    lengths = zip(batch["input_lengths"], batch["target_lengths"], strict=True)
    for n, (times, labels) in enumerate(lengths):
        log_probs, target = batch["log_probs"][:times, n], list(batch["targets"][n, :labels])
        loss, expected = by_enumeration(log_probs, target, batch["blank"])
        # One float holds what an alignment comes to near −60000 to 1e-11 only.
        check((losses[n], occupancy[:times, n]), (loss, expected), 1e-10)
        assert not occupancy[times:, n].any()
        reached = 0.0 if loss == inf else 1.0
        np.testing.assert_allclose(occupancy[:times, n].sum(axis=1), reached, rtol=EXACT)


def test_the_gradient_is_minus_the_occupancy() -> None:
    log_probs, targets = random_batch(1, 7, 2, 4, 3)
    _, occupancy = ctc_occupancy(log_probs, targets)
    step = 1e-5
    for t, n, k in np.ndindex(*log_probs.shape):
        more, less = log_probs.copy(), log_probs.copy()
        more[t, n, k] += step
        less[t, n, k] -= step
        slope = (ctc_loss(more, targets)[n] - ctc_loss(less, targets)[n]) / (2 * step)
        assert slope == pytest.approx(-occupancy[t, n, k], abs=1e-9)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize(
    "shape",
    # Few and many columns, odd and even times, one block and many, all in one part or not.
    [(40, 5, 6, 9), (41, 3, 30, 12), (9, 700, 4, 5), (33, 1, 3, 0)],
    ids=str,
)
def test_a_sequence_in_a_batch_is_as_if_alone(shape: tuple[int, ...], dtype: Any) -> None:
    log_probs, targets = random_batch(2, *shape)
    log_probs = log_probs.astype(dtype)
    generator = np.random.default_rng(3)
    inputs = generator.integers(0, shape[0] + 1, shape[1])
    lengths = generator.integers(0, shape[3] + 1, shape[1])
    padded = np.where(np.arange(shape[3]) < lengths[:, None], targets, -100)
    spoilt = np.where(np.arange(shape[0])[:, None, None] < inputs[:, None], log_probs, np.nan)
    losses, occupancy = ctc_occupancy(spoilt, padded, inputs, lengths)
    assert losses.dtype == occupancy.dtype == np.float64
    for n in range(0, shape[1], max(1, shape[1] // 50)):
        alone = ctc_occupancy(log_probs[: inputs[n], n : n + 1], targets[n : n + 1, : lengths[n]])
        check((losses[n], occupancy[: inputs[n], n]), (alone[0][0], alone[1][:, 0]))
        assert not occupancy[inputs[n] :, n].any()


def test_totals_far_below_the_least_float() -> None:
    """T = 5000 with probabilities of 1e-3: C(T + L, 2L) alignments, all of the same probability."""
    times, labels = 5000, 4
    log_probs = np.full((times, 1, 10), log(1e-3))
    losses, occupancy = ctc_occupancy(log_probs, [range(1, labels + 1)])
    expected = times * log(1000) - log(comb(times + labels, 2 * labels))
    assert losses[0] == pytest.approx(expected, rel=EXACT)
    np.testing.assert_allclose(occupancy.sum(axis=2), 1.0, rtol=EXACT)
    # By symmetry, time reversed exchanges the first label and the last.
    np.testing.assert_allclose(occupancy[::-1, 0, 1], occupancy[:, 0, labels], rtol=1e-10)
    # The first label is there first in C(T − 1 + L, 2L − 1) alignments: all that have no blank
    # before it.
    first = comb(times - 1 + labels, 2 * labels - 1) / comb(times + labels, 2 * labels)
    assert occupancy[0, 0, 1] == pytest.approx(first, rel=1e-10)


def test_a_small_loss_is_as_exact_as_a_probability_near_1() -> None:
    """Peaks of one label each, 20 nats above all else: what blanks weigh must cancel."""
    labels = 100
    log_probs = np.full((2 * labels, 1, 3), -20.0)
    log_probs[::2, 0, 0] = log_probs[1::2, 0, 1] = peak = math.log1p(-2 * exp(-20))
    losses, _ = ctc_occupancy(log_probs, [[1] * labels])
    # The best alignment has all the peaks. Each label may begin one time step earlier, except that
    # all but the first then lack the blank before; it may not last longer, except the last.
    others = math.log1p(exp(-20 - peak))
    assert losses[0] == pytest.approx(-2 * labels * peak - others, abs=EXACT)


def test_a_path_that_must_go_through_minus_ten_thousand() -> None:
    """All paths to the second label lead through one cell; before and after it, useless cells are
    larger than e^10000 times those that count."""
    log_probs = np.full((40, 1, 3), log(1 / 3))
    log_probs[:, 0, 2] = -inf
    log_probs[20, 0, 2] = -10000.0
    losses, occupancy = ctc_occupancy(log_probs, [[1, 2]])
    # Label 1 has a run within the 20 time steps before; then there are only blanks.
    runs = comb(21, 2)
    assert losses[0] == pytest.approx(10000 + 39 * log(3) - log(runs), rel=EXACT)
    assert occupancy[20, 0].tolist() == [0, 0, 1]
    expected = [(t + 1) * (20 - t) / runs for t in range(20)]
    np.testing.assert_allclose(occupancy[:20, 0, 1], expected, rtol=EXACT)
    np.testing.assert_allclose(occupancy[21:, 0, 0], 1.0, rtol=EXACT)


@pytest.mark.some(2)
@pytest.mark.parametrize("cost", [1.0, 3.0, 7.0, 50.0])
def test_a_path_that_fades_from_its_columns_bit_by_bit(cost: float) -> None:
    """Each label is possible at one time step only, so there is one alignment. The blanks at the
    start, which lead nowhere, are certain, so that the column's sum says nothing about the path."""
    times = 300
    log_probs = np.full((times, 1, times + 1), -inf)
    log_probs[:, 0, 0] = 0.0
    log_probs[range(times), 0, range(1, times + 1)] = -cost
    losses, occupancy = ctc_occupancy(log_probs, [range(1, times + 1)])
    assert losses[0] == pytest.approx(times * cost, rel=EXACT)
    np.testing.assert_allclose(occupancy[:, 0, 1:], np.eye(times), rtol=EXACT)
    assert not occupancy[:, 0, 0].any()
    assert ctc_loss(log_probs, [range(1, times + 1)]) == losses


@pytest.mark.some(2)
@pytest.mark.parametrize("start", [0, 205])
def test_a_path_that_is_lost_early_and_wins_late(start: int) -> None:
    """Target 1, 2, 3, with 2 possible at one early time step and at the last but one only.

    Whoever takes the early one sits in 3: 100 time steps at a cost of 8, which makes that cell
    vanish beside the one of 1, where the others sit for nothing, then 90 with a gain of 12.
    """
    log_probs = np.full((400, 1, 4), -20.0)
    log_probs[:, 0, [1, 3]] = 0.0
    log_probs[:, 0, 2] = -inf
    log_probs[[start + 1, -2], 0, 2] = 0.0
    log_probs[start + 2 : start + 102, 0, 3] = -8.0
    log_probs[start + 102 : start + 192, 0, 3] = 12.0
    losses, occupancy = ctc_occupancy(log_probs, [[1, 2, 3]])
    # Blanks may replace 3 at first, for 12 more each; and, for 20 each, 3 at the end, and 1 before
    # the early time step, both first and last.
    after, others = -math.log1p(-exp(-12)), -math.log1p(-exp(-20))
    expected = 100 * 8 - 90 * 12 - after - others * (3 if start else 1)
    assert losses[0] == pytest.approx(expected, rel=EXACT)
    assert occupancy[start + 1, 0, 2] == pytest.approx(1.0, rel=EXACT)
    assert occupancy[start + 150, 0, 3] == pytest.approx(1.0, rel=EXACT)
    np.testing.assert_array_equal(ctc_loss(log_probs, [[1, 2, 3]]), losses)


def test_a_path_that_is_small_both_ways_at_one_time() -> None:
    """One alignment, a label for each time step, and at time 60 it is e^-372 of its column both
    forward, beside blanks that lead nowhere, and backward, beside a last label out of reach."""
    times, last = 400, 400
    log_probs = np.full((times, 1, last + 1), -inf)
    log_probs[:, 0, 0] = log_probs[:, 0, last] = 0.0
    log_probs[60:120, 0, 0] = -11.0
    log_probs[:60, 0, last] = -11.0
    log_probs[range(times - 1), 0, range(1, last)] = 0.0
    log_probs[range(120), 0, range(1, 121)] = -6.2
    losses, occupancy = ctc_occupancy(log_probs, [range(1, last + 1)])
    assert losses[0] == pytest.approx(120 * 6.2, rel=EXACT)
    np.testing.assert_allclose(occupancy[:, 0, 1:], np.eye(times), rtol=EXACT)


def test_a_blank_far_below_the_labels() -> None:
    log_probs = np.full((50, 1, 3), -100.0)
    log_probs[:, 0, 1] = 0.0
    losses, occupancy = ctc_occupancy(log_probs, [[1]])
    # A blank at the start, or at the end, is e^-100 as probable.
    assert losses[0] == pytest.approx(-2 * exp(-100), abs=EXACT)
    assert occupancy[:, 0, 1].tolist() == pytest.approx([1.0] * 50, rel=EXACT)
    assert occupancy[[0, -1], 0, 0].tolist() == pytest.approx([exp(-100)] * 2, rel=EXACT)


def fast_road(log_probs: Floats, targets: Any) -> tuple[Floats, NDArray[np.bool_]]:
    batch = read_batch(log_probs, targets, None, None, 0)
    return _core_rescaled.rescaled(batch, np.arange(len(batch.targets)), None)


def peaks(times: int, count: int, symbols: int, labels: int) -> tuple[Floats, NDArray[np.intp]]:
    """What a trained model says: nearly certain of a blank, or now and then of a label."""
    logits, targets = random_batch(5, times, count, symbols, labels)
    logits[:, :, 0] += 15.0
    for position in range(labels):
        time = position * (times // labels)
        logits[time, :, 0] -= 15.0
        logits[time, range(count), targets[:, position]] += 15.0
    return logits - np.logaddexp.reduce(logits, axis=2, keepdims=True), targets


ROADS = {
    "as at the start of training": random_batch(6, 120, 3, 20, 30),
    "as after training": peaks(300, 3, 20, 60),
    "spread widely": random_batch(7, 120, 3, 20, 30, scale=3.0),
    "spread very widely": random_batch(8, 120, 3, 20, 30, scale=100.0),
}


@pytest.mark.some(2)
@pytest.mark.parametrize("name", ROADS)
def test_both_roads_agree(name: str) -> None:
    log_probs, targets = ROADS[name]
    batch = read_batch(log_probs, targets, None, None, 0)
    occupancy = np.zeros(log_probs.shape)
    losses = wide_range(batch, np.arange(3), occupancy)
    check(ctc_occupancy(log_probs, targets), (losses, occupancy))
    check((ctc_loss(log_probs, targets), occupancy), (losses, occupancy))


def test_the_fast_road_vouches_for_what_training_meets() -> None:
    for name in ("as at the start of training", "as after training", "spread widely"):
        assert fast_road(*ROADS[name])[1].all(), name
    assert not fast_road(*ROADS["spread very widely"])[1].any()


def test_a_machine_that_does_not_notice_underflow(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = {name: ctc_occupancy(*batch) for name, batch in ROADS.items()}
    monkeypatch.setattr(_core_rescaled, "_underflow_is_noticed", lambda: False)
    for name, batch in ROADS.items():
        check(ctc_occupancy(*batch), expected[name])


def test_a_shift_of_all_log_probabilities_shifts_the_loss() -> None:
    log_probs, targets = random_batch(9, 30, 4, 5, 6)
    losses, occupancy = ctc_occupancy(log_probs, targets)
    for shift in (1.0, -1e4, 1e4):
        check(ctc_occupancy(log_probs + shift, targets), (losses - 30 * shift, occupancy), 1e-10)


def test_unreachable_targets() -> None:
    """Two equal labels need three time steps; three labels need three."""
    log_probs = np.full((2, 3, 3), log(1 / 3))
    targets, lengths = [[1, 1, 0], [1, 2, 1], [1, 2, 0]], [2, 3, 2]
    losses, occupancy = ctc_occupancy(log_probs, targets, target_lengths=lengths)
    assert losses.tolist() == [inf, inf, pytest.approx(2 * log(3))]
    assert not occupancy[:, :2].any()
    assert occupancy[:, 2].tolist() == [[0, 1, 0], [0, 0, 1]]


def test_a_label_of_probability_0_makes_the_target_unreachable() -> None:
    log_probs = np.full((5, 2, 3), -1.0)
    log_probs[:, 0, 2] = -inf
    losses, occupancy = ctc_occupancy(log_probs, [[1, 2], [1, 2]])
    assert losses[0] == inf
    assert not occupancy[:, 0].any()
    assert losses[1] == pytest.approx(5 - log(comb(7, 4)), rel=EXACT)


def test_an_empty_target_is_all_blanks() -> None:
    log_probs, _ = random_batch(10, 8, 2, 4, 0)
    losses, occupancy = ctc_occupancy(log_probs, np.zeros((2, 0), int), blank=3)
    np.testing.assert_allclose(losses, -log_probs[:, :, 3].sum(axis=0), rtol=EXACT)
    expected = np.zeros(log_probs.shape)
    expected[:, :, 3] = 1.0
    np.testing.assert_allclose(occupancy, expected, rtol=EXACT)


def test_no_time_steps_and_no_sequences() -> None:
    losses, occupancy = ctc_occupancy(np.zeros((0, 2, 3)), [[1], [1]], target_lengths=[1, 0])
    assert losses.tolist() == [inf, 0.0]
    assert occupancy.shape == (0, 2, 3)
    losses, occupancy = ctc_occupancy(np.zeros((4, 0, 3)), np.zeros((0, 2), int))
    assert losses.shape == (0,)
    assert occupancy.shape == (4, 0, 3)


def test_the_worked_example() -> None:
    """Five alignments: .024 + .045 + .018 + .018 + .027."""
    probabilities = np.array([[0.4, 0.3, 0.3], [0.5, 0.2, 0.3], [0.2, 0.5, 0.3]])
    losses, occupancy = ctc_occupancy(np.log(probabilities)[:, None], [[1, 2]])
    assert losses[0] == pytest.approx(-log(0.132), rel=EXACT)
    assert losses[0] == pytest.approx(2.024953, abs=5e-7)
    starts_with_1 = 0.045 + 0.018 + 0.018 + 0.027
    assert occupancy[0, 0, 1] == pytest.approx(starts_with_1 / 0.132, rel=EXACT)


GOOD: dict[str, Any] = {"log_probs": np.zeros((4, 2, 3)), "targets": [[1, 2], [2, 1]]}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"log_probs": np.zeros((4, 3))},
            r"log_probs: expected the shape \(T, N, C\), got \(4, 3\)",
        ),
        ({"log_probs": np.zeros((4, 2, 3), bool)}, "log_probs: expected real numbers, got bool"),
        ({"log_probs": np.zeros((4, 2, 3), complex)}, "log_probs: expected real numbers, got comp"),
        ({"log_probs": [[[0.0], [0.0, 1.0]]]}, "log_probs: cannot be read as an array"),
        ({"log_probs": np.full((4, 2, 3), np.nan)}, r"log_probs\[0, 0, 1\]: .*, got nan"),
        ({"log_probs": np.full((4, 2, 3), inf)}, r"log_probs\[0, 0, 1\]: .*, got inf"),
        ({"targets": [1, 2, 2, 1]}, r"targets: expected the shape \(N, S\) with N = 2 .*\(4,\)"),
        ({"targets": [[1, 2]]}, r"targets: .*got \(1, 2\)"),
        ({"targets": [[1.0, 2.0], [2.0, 1.0]]}, "targets: expected integers, got float64"),
        ({"targets": [[1, 2], [2, 3]]}, r"targets\[1, 1\]: expected a label from 0 to 2 .*, got 3"),
        ({"targets": [[1, -1], [2, 1]]}, r"targets\[0, 1\]: .* other than the blank 0, got -1"),
        ({"targets": [[1, 0], [2, 1]]}, r"targets\[0, 1\]: .*, got the blank"),
        ({"blank": 2}, r"targets\[0, 1\]: .* other than the blank 2, got the blank"),
        ({"blank": 3}, "blank: .*0 <= blank < 3, got 3"),
        ({"blank": -1}, "blank: .*got -1"),
        ({"blank": 0.5}, "blank: expected an integer, got 0.5"),
        ({"input_lengths": [4]}, r"input_lengths: expected the shape \(N,\) = \(2,\), got \(1,\)"),
        ({"input_lengths": 4}, r"input_lengths: .*got \(\)"),
        ({"input_lengths": [4, 5]}, r"input_lengths\[1\]: expected 0 to T = 4, got 5"),
        ({"target_lengths": [-1, 2]}, r"target_lengths\[0\]: expected 0 to S = 2, got -1"),
        ({"target_lengths": [1.5, 2.0]}, "target_lengths: expected integers, got float64"),
    ],
    ids=str,
)
def test_bad_input(changes: dict[str, Any], message: str) -> None:
    for function in (ctc_loss, ctc_occupancy):
        with pytest.raises(ValueError, match=message):
            function(**{**GOOD, **changes})


def test_a_nan_that_no_alignment_uses_does_not_matter() -> None:
    log_probs, targets = random_batch(11, 6, 2, 5, 2)
    expected = ctc_loss(log_probs, targets)
    unused = next(k for k in range(1, 5) if k not in targets)
    log_probs[:, :, unused] = np.nan
    np.testing.assert_array_equal(ctc_loss(log_probs, targets), expected)


@pytest.mark.parametrize("name", [*ROADS, "long"])
def test_pytorch_agrees(name: str) -> None:
    torch = pytest.importorskip("torch")
    log_probs, targets = ROADS.get(name) or random_batch(12, 700, 4, 60, 80)
    times, count, labels = len(log_probs), *targets.shape
    inputs = torch.tensor([times - 7 * n for n in range(count)])
    lengths = torch.tensor([labels - n for n in range(count)])
    leaf = torch.tensor(log_probs, requires_grad=True)
    theirs = torch.nn.CTCLoss(reduction="none")(leaf, torch.tensor(targets), inputs, lengths)
    theirs.sum().backward()
    losses, occupancy = ctc_occupancy(leaf, torch.tensor(targets), inputs, lengths)
    np.testing.assert_allclose(losses, theirs.detach(), rtol=1e-12)
    # Its gradient is the one for logits, whatever the leaf is; and beyond the input length, 0.
    within = torch.arange(times)[:, None, None] < inputs[:, None]
    ours = (torch.tensor(np.exp(log_probs)) - torch.tensor(occupancy)) * within
    np.testing.assert_allclose(ours, leaf.grad, atol=1e-9)
