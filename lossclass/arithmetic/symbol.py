"""The name of a quantity as mathematics writes it: a letter, its indices, its arguments."""

from __future__ import annotations

from lossclass.records import record


@record
class Symbol:
    """A name such as ŷ₂, P(π₁), α₃(2), p(l|x) or ∂L/∂h₁, to be written by any notation.

    ``letter`` is a mathematical letter or a word of ours. ``arguments`` are symbols, or texts
    that come from a problem file (labels) and are escaped by whoever writes them. With ``by``,
    it names the derivative of what it would name without, by that: ∂L/∂h₁ is
    ``Symbol("L", by=Symbol("h", (1,)))``. What is of a part of a problem has its mark before the
    indices: ŷᵣ,₁ is ``Symbol("y", (1,), hat=True, of="r")``.
    """

    letter: str
    index: tuple[int | str, ...] = ()
    arguments: tuple[Symbol | str, ...] = ()
    separator: str = ", "
    hat: bool = False
    by: Symbol | None = None
    of: str = ""

    @property
    def indices(self) -> tuple[int | str, ...]:
        """All that is written as an index."""
        return (self.of, *self.index) if self.of else self.index
