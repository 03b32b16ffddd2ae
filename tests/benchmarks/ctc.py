"""How long the CTC core takes, next to PyTorch's CTCLoss on the same numbers, one thread each.

Run by hand: ``python tests/benchmarks/ctc.py [RUNS]``. Prints the median times of the loss and of
the loss with its gradient, the two libraries run in turn, and the ratio of the medians.
"""

from __future__ import annotations

import os
import statistics
import sys
from collections.abc import Callable
from time import perf_counter
from typing import Any

for variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[variable] = "1"  # they are read when NumPy and PyTorch are imported

#: T time steps, N sequences, C symbols, S labels in each target.
SHAPES = [(500, 64, 50, 100), (200, 16, 30, 30), (1000, 1, 5000, 200), (50, 256, 30, 10)]
NO_PYTORCH = "PyTorch is not installed, so there is nothing to compare with: pip install torch"


def seconds(run: Callable[[], Any]) -> float:
    """How long one call takes."""
    start = perf_counter()
    run()
    return perf_counter() - start


def pairs(torch: Any, shape: tuple[int, int, int, int], dtype: Any) -> dict[str, Any]:
    """For the loss, and for the loss with its gradient: our call, and PyTorch's."""
    from lossclass.losses.ctc.core import ctc_loss, ctc_occupancy

    times, count, symbols, labels = shape
    generator = torch.Generator().manual_seed(1)
    logits = torch.randn(times, count, symbols, generator=generator, dtype=dtype)
    log_probs = logits.log_softmax(2)
    targets = torch.randint(1, symbols, (count, labels), generator=generator)
    lengths = torch.full((count,), times), torch.full((count,), labels)
    criterion = torch.nn.CTCLoss(reduction="none")

    def loss_and_gradient() -> None:
        leaf = log_probs.detach().requires_grad_()
        criterion(leaf, targets, *lengths).sum().backward()

    return {
        "loss": (
            lambda: ctc_loss(log_probs, targets, *lengths),
            lambda: criterion(log_probs, targets, *lengths),
        ),
        "with gradient": (
            lambda: ctc_occupancy(log_probs, targets, *lengths),
            loss_and_gradient,
        ),
    }


def main(runs: int) -> None:
    """Time both libraries in turn on every shape, and print the table."""
    try:
        import torch
    except ImportError:
        print(NO_PYTORCH)
        return
    torch.set_num_threads(1)
    print(f"{'T, N, C, S':<22}{'numbers':<9}{'':<15}{'ours':>10}{'PyTorch':>12}{'ratio':>7}")
    for shape in SHAPES:
        for dtype in (torch.float64, torch.float32):
            for name, calls in pairs(torch, shape, dtype).items():
                for call in calls * 2:
                    call()  # the first runs find their memory and fill the caches
                measured = [[seconds(call) for call in calls] for _ in range(runs)]
                ours, theirs = (statistics.median(times) for times in zip(*measured, strict=True))
                row = f"{', '.join(map(str, shape)):<22}{str(dtype).removeprefix('torch.'):<9}"
                row += f"{name:<15}{ours * 1000:>7.2f} ms{theirs * 1000:>9.2f} ms"
                print(f"{row}{ours / theirs:>7.2f}", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 21)
