"""What a CTC problem says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Literal

from lossclass.problem.fields import AsChoice, AsList, Label, Labels, Probability, UniqueLabels
from lossclass.problem.keys import Inconsistency, ProblemKeys


class Inputs(ProblemKeys):
    """``target`` (L labels), ``blank``, ``probabilities`` by symbol, the same at every time step,
    ``alignments``, and whether all that are listed count or only the valid ones."""

    target: Labels
    blank: Label
    probabilities: Annotated[dict[Label, Probability], UniqueLabels]
    alignments: Annotated[tuple[Labels, ...], AsList]
    alignments_counted: Annotated[Literal["listed", "valid"], AsChoice] = "listed"

    @classmethod
    def observations(cls, given: Mapping[str, Any]) -> int | None:
        return 1

    @classmethod
    def inconsistencies(cls, given: Mapping[str, Any]) -> Iterator[Inconsistency]:
        yield from super().inconsistencies(given)
        target, alignments = given.get("target", ()), given.get("alignments")
        if given.get("blank") in target:
            yield ("target",), f"the blank {given['blank']!r} cannot be a label of the target"
        if alignments == ():
            yield ("alignments",), "expected at least one alignment, got none"
        for position, alignment in enumerate(alignments or ()):
            if not alignment:
                yield ("alignments", position), "expected at least one symbol, got none"
        known = given.get("probabilities")
        if known == {}:
            yield ("probabilities",), "expected at least one probability, got none"
        if not known:
            return
        for position, label in _unknown(target, known):
            yield ("target", position), _no_probability(label, known)
        for number, alignment in enumerate(alignments or ()):
            for position, symbol in _unknown(alignment, known):
                yield ("alignments", number, position), _no_probability(symbol, known)


def _unknown(symbols: Sequence[str], known: Mapping[str, Any]) -> Iterator[tuple[int, str]]:
    """The first place of every symbol that is not known."""
    for symbol in dict.fromkeys(symbols):
        if symbol not in known:
            yield symbols.index(symbol), symbol


def _no_probability(symbol: str, known: Mapping[str, Any]) -> str:
    return f"{symbol!r} has no probability; there are those of {', '.join(known)}"
