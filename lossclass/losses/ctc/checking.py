"""What does not go together in a CTC problem."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, TypeAlias

from lossclass.losses.shapes.network import rnn_shape
from lossclass.problem.arrays import class_index
from lossclass.problem.keys import WRITTEN, Inconsistency
from lossclass.problem.matrix import Matrix

#: The keys that may hold what the model puts out; a problem has one of them.
OUTPUTS = ("probabilities", "logits", "log_probs", "rnn")
#: What the model puts out: probabilities by symbol, or T × C numbers.
Output: TypeAlias = Mapping[str, Any] | tuple[int, int]
_MOST_SHOWN = 20


def symbols_of(output: Output, labels: tuple[str, ...] | None) -> tuple[str, ...]:
    """The names of the symbols: those of the mapping, the labels, or the columns' indices."""
    if isinstance(output, tuple):
        return labels or tuple(map(str, range(output[1])))
    return tuple(output)


def output_of(given: Mapping[str, Any]) -> Output | None:
    """What the model puts out, if that is valid by itself."""
    for key in OUTPUTS:
        if given.get(key) is not None:
            found = given[key]
            return (
                found.shape
                if isinstance(found, Matrix)
                else rnn_shape(given)
                if key == "rnn"
                else found
            )
    return None


def named(symbol: str, symbols: Sequence[str]) -> str:
    """A symbol given by its name, or by the index of its column."""
    return symbol if symbol in symbols else symbols[class_index(symbol, symbols, ())]


def inconsistencies(given: Mapping[str, Any]) -> Iterator[Inconsistency]:
    """Paths and messages; ``given`` holds the keys that are valid by themselves."""
    if given.get("alignments") == ():
        yield ("alignments",), "expected at least one alignment, got none"
    outputs = [key for key in OUTPUTS if given.get(key) is not None]
    if len(outputs) > 1:
        yield (outputs[1],), f"there is {outputs[0]} already; a problem has one of the two"
    elif outputs and (output := output_of(given)) is not None:
        yield from _Check(given, output)
    elif not given[WRITTEN] & set(OUTPUTS):
        yield ("probabilities",), "missing; logits, log_probs or an rnn may stand for it"


class _Check:
    """The rest of a problem held against what the model puts out."""

    def __init__(self, given: Mapping[str, Any], output: Output) -> None:
        self.given = given
        self.output = output
        self.columns = output[1] if isinstance(output, tuple) else 0
        self.alignments: Sequence[tuple[str, ...]] = given.get("alignments") or ()

    def __iter__(self) -> Iterator[Inconsistency]:
        yield from self._times()
        yield from self._alignment_lengths()
        if not self.columns and not self.output:
            yield ("probabilities",), "expected at least one probability, got none"
            return
        wrong_labels = list(self._labels())
        yield from wrong_labels
        if not wrong_labels:
            yield from self._blank()
            yield from self._unknown_symbols()

    @cached_property
    def symbols(self) -> tuple[str, ...]:
        return symbols_of(self.output, self.given.get("labels"))

    @cached_property
    def known(self) -> frozenset[str]:
        return frozenset(self.symbols)

    def _is_known(self, symbol: str) -> bool:
        index = symbol.isdecimal() and len(symbol) <= 9 and int(symbol) < self.columns
        return symbol in self.known or index

    def _name(self, symbol: str) -> str:
        return named(symbol, self.symbols) if self._is_known(symbol) else symbol

    def _times(self) -> Iterator[Inconsistency]:
        steps = self.given.get("time_steps")
        if isinstance(self.output, tuple):
            rows = self.output[0]
            if steps is not None and steps != rows:
                message = f"there are {rows} rows, one for each time step, got {steps}"
                yield ("time_steps",), message
        elif steps is None and self._is_left_out("alignments", "time_steps"):
            message = (
                "missing; either alignments are listed here, or time_steps says how long they "
                "are, and all of them count"
            )
            yield ("alignments",), message

    def _is_left_out(self, *keys: str) -> bool:
        """Whether none of the keys is there, not even with a value that is wrong."""
        return not self.given[WRITTEN] & set(keys)

    def _alignment_lengths(self) -> Iterator[Inconsistency]:
        steps = self.given.get("time_steps")
        if isinstance(self.output, tuple):
            steps = self.output[0]
        for position, alignment in enumerate(self.alignments):
            path, got = ("alignments", position), len(alignment)
            if not alignment:
                yield path, "expected at least one symbol, got none"
            elif steps is not None and got != steps:
                what = "1 symbol" if steps == 1 else f"{steps} symbols"
                yield path, f"expected {what}, one for each time step, got {got}"

    def _labels(self) -> Iterator[Inconsistency]:
        labels = self.given.get("labels")
        if labels is None:
            names = [*self.given.get("target", ()), self.given.get("blank") or self.symbols[0]]
            if self.columns and not all(map(self._is_known, names)):
                message = f"missing; they say what the {self.columns} columns stand for"
                yield ("labels",), message
            return
        if not self.columns:
            yield ("labels",), "the probabilities name their symbols already"
        elif len(labels) != self.columns:
            message = f"expected {self.columns} labels, one for each column, got {len(labels)}"
            yield ("labels",), message
        for position, label in enumerate(labels):
            if label in labels[:position]:
                yield ("labels", position), f"the label {label!r} stands here twice"

    def _blank(self) -> Iterator[Inconsistency]:
        blank = self.given.get("blank")
        if self._is_left_out("blank"):
            if not self.columns or not self._is_left_out("labels"):
                yield ("blank",), "missing"
                return
            blank = self.symbols[0]  # as the libraries have it
        if blank is None:
            return
        needs_one = self.columns or self.given.get("time_steps") is not None
        if needs_one and not self._is_known(blank):
            yield ("blank",), self._unknown(blank)
        if self._name(blank) in map(self._name, self.given.get("target", ())):
            yield ("target",), f"the blank {blank!r} cannot be a label of the target"

    def _unknown_symbols(self) -> Iterator[Inconsistency]:
        """The first place of every symbol that is not known."""
        sequences = [(("target",), self.given.get("target", ()))]
        sequences += [(("alignments", n), each) for n, each in enumerate(self.alignments)]  # type: ignore[misc]
        for path, sequence in sequences:
            for symbol in dict.fromkeys(sequence):
                if not self._is_known(symbol):
                    yield (*path, sequence.index(symbol)), self._unknown(symbol)

    def _unknown(self, symbol: str) -> str:
        more = ["…"] if len(self.symbols) > _MOST_SHOWN else []
        shown = ", ".join([*self.symbols[:_MOST_SHOWN], *more])
        if self.columns:
            return f"{symbol!r} is no label; there are {shown}"
        return f"{symbol!r} has no probability; there are those of {shown}"
