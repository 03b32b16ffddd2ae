"""Students who have the same numbers by chance: with few numbers that move, there are few variants.

Nobody's numbers depend on who else is in the class, so that nothing is drawn again: it is told.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence


class Same:
    """Finds those who have the same numbers."""

    def __init__(self) -> None:
        self._seen: Counter[int] = Counter()  # of hashes, which take little room

    def add(self, numbers: Sequence[object]) -> None:
        """One more, with these."""
        self._seen[hash(",".join(map(str, numbers)))] += 1  # of -1 and -2, Python's is the same

    def counting(self, tables: Iterable[str], steps: int) -> Iterator[str]:
        """Pieces of the table of answers, each of whole lines, as they are: so many answers at the
        end of each line are compared."""
        for lines in tables:
            for line in lines.split("\n")[:-1]:
                self.add(line.rsplit(",", steps)[1:])
            yield lines

    @property
    def count(self) -> int:
        """So many have the numbers of another."""
        return sum(count for count in self._seen.values() if count > 1)

    def warn(self, those: str, what: str) -> None:
        """Tell of them on standard error.

        Args:
            those: who all of them are, such as ``30 students``.
            what: they have the same.
        """
        if self.count:
            print(
                f"warning: {self.count} of {those} have the same {what} as another; let more "
                "numbers move, or farther, with 'vary'",
                file=sys.stderr,
            )
