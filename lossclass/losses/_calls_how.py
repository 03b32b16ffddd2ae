"""How a library's losses, one for each observation, become the loss of the problem: as a number,
and as code."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from lossclass.choices import LogBase, Reduction
from lossclass.losses._logarithms import ln_of_base
from lossclass.problem.keys import ProblemKeys
from lossclass.records import record
from lossclass.second_road import Doubles, doubles, np

if TYPE_CHECKING:
    from numpy.typing import NDArray


@record
class How:
    """What becomes of the losses.

    Attributes:
        reduction: of the problem, or of the loss's usual formula.
        shape: that of the observations.
        weights: those of the observations. What has fewer axes than these stands for all that share
            the beginning of its place.
        mask: which observations count, with as many axes as it has; all where there is none.
        class_weights: that of each observation's true class, already in its loss.
        factor: what stands before the whole.
        row_means: whether an observation's loss is the mean over one more axis, the last one.
        root: whether the square root is taken of the reduced loss.
    """

    reduction: Reduction
    shape: Sequence[int]
    weights: Any = None
    mask: Any = None
    class_weights: Any = None
    factor: float = 1.0
    log_base: LogBase = "e"
    row_means: bool = False
    root: bool = False

    @classmethod
    def of(cls, inputs: ProblemKeys, own: Reduction, shape: Sequence[int], **more: Any) -> How:
        """As the keys of a problem say; its ``log_base`` only where the loss has logarithms."""
        return cls(inputs.reduction or own, shape, inputs.weights, **more)

    def counted(self, numbers: Any) -> Doubles:
        """Numbers for the observations that count, one behind the other; 1 each for None."""
        array = self._with_all_axes(1 if numbers is None else numbers)
        spread = np.broadcast_to(array, (*self.shape, *array.shape[len(self.shape) :]))
        return (spread if self.mask is None else spread[self.full_mask]).ravel()

    def pairs_that_count(self, numbers: Doubles) -> Doubles:
        """Numbers of all pairs, those that count, one behind the other."""
        return (
            self.counted(numbers)
            if not self.row_means
            else (numbers if self.mask is None else numbers[self.full_mask]).ravel()
        )

    def _with_all_axes(self, numbers: Any) -> Doubles:
        array = doubles(numbers)
        return array.reshape(array.shape + (1,) * (len(self.shape) - array.ndim))

    @property
    def full_mask(self) -> NDArray[np.bool_] | None:
        """The mask in the shape of the observations; None where all count."""
        if self.mask is None:
            return None
        return np.broadcast_to(self._with_all_axes(self.mask) != 0, self.shape)

    @property
    def code_weights(self) -> Doubles | None:
        """The weights as code has them, to be multiplied with the losses that count."""
        if self.weights is None:
            return None
        return (
            self._with_all_axes(self.weights) if self.mask is None else self.counted(self.weights)
        )

    def number(self, losses: Doubles) -> float | list[float] | None:
        """The reduced loss; None where it is no number."""
        losses = self.counted(losses.mean(axis=-1) if self.row_means else losses)
        weighted = self.factor * losses * self.counted(self.weights) / ln_of_base(self.log_base)
        if np.isnan(weighted).any():
            return None
        if self.reduction == "none":
            return [float(each) for each in weighted]
        divisor = 1 if self.reduction == "sum" else self.divisor or len(weighted)
        reduced = float(weighted.sum() / divisor)
        return math.sqrt(reduced) if self.root else reduced

    def code(self, each: str) -> str:
        """The expression that reduces the losses that are called ``each``."""
        text = each if self.weights is None else f"(weights * {each})"
        if self.reduction == "sum":
            text += ".sum()"
        elif self.reduction != "none":
            text += f".sum() / {self.divisor!r}" if self.divisor else ".mean()"
        return self.scaled(text)

    def scaled(self, text: str) -> str:
        """A loss with its factor, in its base of logarithms."""
        front = "" if self.factor == 1 else f"{self.factor!r} * "
        end = "" if self.log_base == "e" else f" / math.log({self.log_base})"
        return front + text + end

    @property
    def all_weights(self) -> Doubles | None:
        """What each loss that counts is weighed with, by its class too, if there are weights."""
        if self.weights is None and self.class_weights is None:
            return None
        return self.counted(self.weights) * self.counted(self.class_weights)

    @property
    def divisor(self) -> float | None:
        """What a mean divides the sum by, where that is not the number of losses."""
        if self.reduction == "weighted_mean" and (weights := self.all_weights) is not None:
            return float(sum(weights.tolist()))
        if self.reduction == "mean_over_counted" and self.weights is not None:
            return int(np.count_nonzero(self.counted(self.weights)))
        return None

    @property
    def as_one_argument(self) -> str | None:
        """The ``reduction`` that PyTorch has for this, if it has."""
        if self.weights is not None or self.mask is not None or self.row_means:
            return None
        if self.reduction in ("sum", "none"):
            return self.reduction
        # With class weights, its mean is the weighted one.
        return "mean" if self.class_weights is None or self.reduction == "weighted_mean" else None

    def after_mean(self, width: int, *, summed: bool) -> str | None:
        """The code that makes the reduced loss of the weighted mean of losses, or of their sum; None
        where the mean is it.

        Args:
            width: over how many losses that of an observation is the mean.
        """
        weighted = self.all_weights is not None
        if self.reduction == "weighted_mean" or (self.reduction != "sum" and not weighted):
            return None
        count = len(self.counted(None))
        if not weighted and not summed:
            return f" * {count}"
        over = width if self.reduction == "sum" else width * (self.divisor or count)
        text = "" if summed else " * weights.sum()"
        return text if self.reduction == "sum" and width == 1 else f"{text} / {over}"
