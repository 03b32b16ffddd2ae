"""How long the CTC core takes, next to PyTorch's CTCLoss on the same numbers, one thread each.

Run by hand: ``python tests/benchmarks/ctc.py [RUNS]``. The loss, and the loss with its gradient, the
two libraries in turn.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

from measuring import Row, call, measured, runs_asked, show

for variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[variable] = "1"  # they are read when NumPy and PyTorch are imported

#: T time steps, N sequences, C symbols, S labels in each target.
SHAPES = [(500, 64, 50, 100), (200, 16, 30, 30), (1000, 1, 5000, 200), (50, 256, 30, 10)]
NO_PYTORCH = "PyTorch is not installed, so there is nothing to compare with: pip install torch"


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


def rows(runs: int) -> Iterator[Row]:
    """Every shape in both precisions; none where PyTorch is not installed."""
    try:
        import torch
    except ImportError:
        print(NO_PYTORCH)
        return
    torch.set_num_threads(1)
    for shape in SHAPES:
        for dtype in (torch.float64, torch.float32):
            for name, (ours, theirs) in pairs(torch, shape, dtype).items():
                what = f"CTC {shape} {str(dtype).removeprefix('torch.')}, {name}"
                yield measured(what, call(ours), "PyTorch", call(theirs), runs)


if __name__ == "__main__":
    show(rows(runs_asked(21)))
