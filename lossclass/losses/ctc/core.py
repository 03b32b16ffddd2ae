"""CTC for a whole batch in NumPy: the losses, and the posterior probability of every symbol.

Where numbers of float64 have the range for it, the forward and the backward variables are kept as
probabilities and rescaled; a sequence for which that would not do gets the same recursion in
numbers with an exponent of their own. Source of the recursion: Graves et al., "Connectionist
temporal classification", ICML 2006, section 4.1; the occupancy is their equation 14 over p(l|x).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lossclass.second_road import np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lossclass.losses.ctc._core_batch import Batch

__all__ = ["ctc_loss", "ctc_occupancy"]

#: Larger batches go through in parts. So many cells of a time step (sequences × positions) fit into
#: a processor's cache with all that is done to them, and so many of all time steps into 256 MB.
_CELLS, _CELLS_IN_ALL = 8192, 2**28 // 24


def ctc_loss(
    log_probs: Any,
    targets: Any,
    input_lengths: Any = None,
    target_lengths: Any = None,
    blank: int = 0,
) -> NDArray[np.float64]:
    """−ln p(target | log_probs) of every sequence of a batch.

    Args:
        log_probs: (T, N, C), ln of the probability of each of C symbols at each time step; floats,
            −inf for what is impossible. A time step need not sum to 1: adding c to all of its
            symbols takes c from the loss. Only entries that an alignment of the target can use are
            read: what stands beyond an input length, or belongs to a symbol that is neither the
            blank nor a label of the target, may be anything.
        targets: (N, S), the labels of each sequence; what stands beyond a target length may be
            any integer.
        input_lengths: (N,), from 0 to T; all T by default.
        target_lengths: (N,), from 0 to S; all S by default.
        blank: the index of the blank among the C symbols.

    All of them may be anything that NumPy makes an array of, a PyTorch tensor too.

    Returns:
        (N,) losses in nats, in float64; inf for a target that no alignment of nonzero probability
        collapses to, and never nan. They are right to about 1e-12, relative to the larger of the
        loss and 1.

    Raises:
        ValueError: shapes that do not fit, numbers of the wrong kind, lengths or labels out of
            range, the blank among the labels; where a log-probability is read, a nan, or a
            number of 1e300 or more.

    >>> from math import log
    >>> ctc_loss([[[log(0.4), log(0.6)]], [[log(0.5), log(0.5)]]], [[1]]).round(6).tolist()
    [0.223144]
    """
    from lossclass.losses.ctc._core_batch import read_batch

    batch = read_batch(log_probs, targets, input_lengths, target_lengths, blank)
    return _losses(batch, None)


def ctc_occupancy(
    log_probs: Any,
    targets: Any,
    input_lengths: Any = None,
    target_lengths: Any = None,
    blank: int = 0,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The losses, and the probability γ_t(k) that symbol k is emitted at time t, given the target.

    −γ is the gradient of the loss for the log-probabilities; for logits z with log_probs =
    log_softmax(z) the gradient is exp(log_probs) − γ.

    Args, Raises: those of :func:`ctc_loss`.

    Returns:
        The losses (N,), and the occupancy (T, N, C), both float64. At every time step within the
        input length the occupancy sums to 1 over the symbols. It is 0 beyond the input length,
        and everywhere for a target that cannot be reached. Entries are right to about 1e-12.

    >>> losses, occupancy = ctc_occupancy([[[-1.0, -1.0]], [[-1.0, -1.0]]], [[1]])
    >>> occupancy[:, 0, 1].round(6).tolist()
    [0.666667, 0.666667]
    """
    from lossclass.losses.ctc._core_batch import read_batch

    batch = read_batch(log_probs, targets, input_lengths, target_lengths, blank)
    # The rescaled road folds time in the middle, so it wants an even number of time steps.
    times, sequences, symbols = batch.log_probs.shape
    occupancy = np.zeros((times + times % 2, sequences, symbols))
    return _losses(batch, occupancy), occupancy[:times]


def _losses(batch: Batch, occupancy: NDArray[np.float64] | None) -> NDArray[np.float64]:
    """The losses (N,) of a batch; its occupancy is added to what is given, which is all 0."""
    from lossclass.losses.ctc._core_rescaled import rescaled
    from lossclass.losses.ctc._core_wide_range import wide_range

    count, positions = batch.targets.shape
    cells = min(_CELLS, _CELLS_IN_ALL // max(1, len(batch.log_probs)))
    size = max(1, cells // (positions + 1))
    losses = np.zeros(count)
    for first in range(0, count, size):
        part = np.arange(first, min(first + size, count))
        losses[part], exact = rescaled(batch, part, occupancy)
        if not exact.all():
            rest = part[~exact]
            losses[rest] = wide_range(batch, rest, occupancy)
    return losses
