"""The machine's road over a lattice of names by time: all paths at once, in logarithms, in NumPy."""

from __future__ import annotations

from lossclass.records import record
from lossclass.second_road import Doubles, np


@record
class Chain:
    """The logarithms of what stands on paths; −∞ where no path goes.

    Attributes:
        begin: before the first node, (K,).
        arc: from one name (down) to another (across), (K, K).
        own: at the nodes, (T, K).
        end: behind the last node, (K,).
    """

    begin: Doubles
    arc: Doubles
    own: Doubles
    end: Doubles

    def forward(self) -> Doubles:
        """Ln α, (T, K)."""
        rows = [self.begin + self.own[0]]
        for own in self.own[1:]:
            rows.append(np.logaddexp.reduce(rows[-1][:, None] + self.arc, axis=0) + own)
        return np.array(rows)

    def backward(self) -> Doubles:
        """Ln β, (T, K)."""
        rows = [self.end]
        for own in self.own[:0:-1]:
            rows.append(np.logaddexp.reduce(self.arc + own + rows[-1], axis=1))
        return np.array(rows[::-1])

    def log_sum(self) -> float:
        """The logarithm of the sum over all paths."""
        return float(np.logaddexp.reduce(self.forward()[-1] + self.end))

    def occupancies(self) -> tuple[Doubles, Doubles]:
        """How probable a name is at a time, (T, K), and two after each other, (T − 1, K, K)."""
        before, behind, total = self.forward(), self.backward(), self.log_sum()
        pairs = before[:-1, :, None] + self.arc + (self.own + behind)[1:, None, :]
        return np.exp(before + behind - total), np.exp(pairs - total)


def share_of(logarithms: Doubles, total: float) -> Doubles:
    """What has these logarithms, divided by what has this one; 0 stays 0, even of 0."""
    with np.errstate(invalid="ignore", over="ignore"):
        shares: Doubles = np.where(np.isneginf(logarithms), 0.0, np.exp(logarithms - total))
    return shares
