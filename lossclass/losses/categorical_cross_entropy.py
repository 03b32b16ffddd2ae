"""Categorical cross-entropy: −Σᵢ Σ_c y_i,c ln ŷ_i,c, between true and predicted distributions.

``class_weights`` k makes some classes cost more: −Σ_c k_c y_i,c ln ŷ_i,c. ``label_smoothing`` ε
takes (1 − ε) y + ε / C for y. Sources: Goodfellow, Bengio, Courville, *Deep Learning* (2016),
section 6.2.2.3, as a sum over the observations as in the course's handout; for the smoothing,
Szegedy et al., "Rethinking the Inception Architecture for Computer Vision", CVPR (2016),
section 7, with the even distribution over all classes.
"""

from __future__ import annotations

from typing import Any

from lossclass.losses.shapes.cross_entropies import CrossEntropies
from lossclass.working import Working


class CategoricalCrossEntropy(CrossEntropies):
    """−Σ k y ln ŷ."""

    TITLE = "Categorical cross-entropy (CCE)"
    FORMULA = "L = −Σᵢ Σ_c y_i,c ln ŷ_i,c"
    ALIASES = ("cce", "cross_entropy")

    def introduce(self, inputs: Any, working: Working) -> None:
        self.remark_on_true_sums(inputs, working)


LOSS = CategoricalCrossEntropy()
