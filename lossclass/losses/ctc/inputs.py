"""What a CTC problem says, and what does not go together in one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from functools import cached_property
from typing import Annotated, Any, ClassVar, Literal, TypeAlias

from pydantic import WithJsonSchema

from lossclass.losses.ctc.lattice import collapse
from lossclass.losses.shapes.lattice.sequences import numbered, wrong_names
from lossclass.losses.shapes.network import FromRnn, RnnKeys, rnn_shape
from lossclass.problem.arrays import rows_schema, to_index
from lossclass.problem.fields import (
    PROBABILITY,
    SCALAR,
    AsChoice,
    AsList,
    Label,
    Labels,
    ReadBy,
    expected,
    read_by_label,
    to_probability,
    whole_number_field,
)
from lossclass.problem.keys import WRITTEN, Inconsistency, LogarithmKeys
from lossclass.problem.matrix import MOST_NUMBERS, Matrix, to_logit_matrix, to_matrix
from lossclass.problem.moves import Kind, Moves
from lossclass.problem.yaml_source import Path
from lossclass.records import record

_MOST_TIME_STEPS = 100_000
#: The keys that may hold what the model puts out; a problem has one of them.
OUTPUTS = ("probabilities", "logits", "log_probs", "rnn")
#: What the model puts out: probabilities by symbol, or T × C numbers.
Output: TypeAlias = Mapping[str, Any] | tuple[int, int]
_MOST_SHOWN = 20


def _to_probabilities(value: Any) -> dict[str, Decimal] | Matrix:
    """A mapping, the same at every time step, or T × C numbers."""
    if not isinstance(value, Mapping | list | tuple) and not hasattr(value, "__array__"):
        raise expected("a mapping, or rows of numbers", value)
    if not isinstance(value, Mapping):
        return to_matrix(value, "a number between 0 and 1", 0, 1)
    return read_by_label(value, to_probability)


def _to_log_probs(value: Any) -> Matrix:
    what = "a logarithm of a probability, 0 or less"
    return to_matrix(value, what, -float("inf"), 0, infinite=True)


def _schema(cell: dict[str, Any], *more: str) -> WithJsonSchema:
    """The JSON Schema of rows of such cells, or of the name of a file that has them."""
    schema = rows_schema(cell).json_schema
    assert schema is not None  # noqa: S101 - it was just made
    return WithJsonSchema({**schema, "type": sorted({*schema["type"], "string", *more})})


Probabilities: TypeAlias = Annotated[
    dict[str, Decimal] | Matrix,
    ReadBy(_to_probabilities),
    WithJsonSchema(
        {**(_schema(PROBABILITY, "object").json_schema or {}), "additionalProperties": PROBABILITY}
    ),
    Moves(Kind.DISTRIBUTION),
]


class Inputs(RnnKeys, LogarithmKeys):
    """``target`` (U labels), ``blank``, and what the model puts out.

    That is either ``probabilities`` by symbol, the same at every time step, for ``time_steps`` of
    them or for the ``alignments`` that are listed; or ``probabilities``, ``logits`` or
    ``log_probs`` T × C, or the outputs of an ``rnn``, with ``labels`` for the columns. ``alignments_counted`` says whether all
    that are listed count, or only the valid ones.
    """

    MOST_NUMBERS: ClassVar[int] = MOST_NUMBERS
    FROM_RNN: ClassVar[FromRnn] = FromRnn(
        ("softmax",),
        "CTC takes a distribution over symbols",
        every_step="CTC takes one distribution for each time step",
    )

    target: Labels
    blank: Label | None = None
    labels: Labels | None = None
    probabilities: Probabilities | None = None
    logits: (
        Annotated[Matrix, ReadBy(to_logit_matrix), _schema({"type": "number"}), Moves(Kind.NUMBER)]
        | None
    ) = None
    log_probs: (
        Annotated[
            Matrix, ReadBy(_to_log_probs), _schema({"type": ["number", "string"], "maximum": 0})
        ]
        | None
    ) = None
    time_steps: (
        Annotated[
            int,
            whole_number_field(_MOST_TIME_STEPS),
            WithJsonSchema({"type": "integer", "minimum": 1}),
        ]
        | None
    ) = None
    alignments: (
        Annotated[
            tuple[Labels, ...],
            AsList,
            WithJsonSchema(
                {"type": "array", "items": {"type": ["array", "string", "number"], "items": SCALAR}}
            ),
        ]
        | None
    ) = None
    alignments_counted: Annotated[Literal["listed", "valid"], AsChoice] = "listed"

    # --- what is said, whichever way it was said ---

    @property
    def kind(self) -> str:
        """The key that holds what the model puts out."""
        return next(key for key in OUTPUTS if getattr(self, key) is not None)

    @cached_property
    def _alphabet(self) -> _Alphabet:
        output = _output_of(vars(self))
        assert output is not None  # noqa: S101 - the problem is valid
        return _Alphabet(output, self.labels)

    @property
    def by_symbol(self) -> dict[str, Decimal] | None:
        """The probability of each symbol, where it is the same at every time step."""
        return self.probabilities if isinstance(self.probabilities, dict) else None

    @property
    def matrix(self) -> Matrix:
        """What the model puts out at each time step, T × C."""
        matrix = getattr(self, self.kind)
        assert isinstance(matrix, Matrix)  # noqa: S101 - it is one or the other
        return matrix

    @property
    def T(self) -> int | None:  # noqa: N802 - the letter of the source
        """The number of time steps; None where only the alignments that are listed count."""
        return self._alphabet.shape[0] or self.time_steps

    @cached_property
    def symbols(self) -> tuple[str, ...]:
        """The names of the columns, or of the probabilities."""
        return self._alphabet.symbols

    @cached_property
    def blank_symbol(self) -> str:
        """The blank, by its name. In a list of alignments without blanks it needs no probability."""
        return self.symbols[0] if self.blank is None else self._alphabet.name(self.blank)

    @cached_property
    def target_symbols(self) -> tuple[str, ...]:
        """The target, each label by its name."""
        return tuple(map(self._alphabet.name, self.target))

    @cached_property
    def listed(self) -> tuple[tuple[str, ...], ...]:
        """The alignments that the problem lists, each symbol by its name."""
        return tuple(tuple(map(self._alphabet.name, each)) for each in self.alignments or ())

    def is_of_target(self, alignment: Sequence[str]) -> bool:
        """Whether an alignment collapses to the target."""
        return collapse(alignment, self.blank_symbol) == self.target_symbols

    # --- what does not go together ---

    @classmethod
    def inconsistencies(cls, given: Mapping[str, Any]) -> Iterator[Inconsistency]:
        yield from super().inconsistencies(given)
        if given.get("alignments") == ():
            yield ("alignments",), "expected at least one alignment, got none"
        outputs = [key for key in OUTPUTS if given.get(key) is not None]
        if len(outputs) > 1:
            yield (outputs[1],), f"there is {outputs[0]} already; a problem has one of the two"
        elif outputs and (output := _output_of(given)) is not None:
            yield from _Check(given, output)
        elif not given[WRITTEN] & set(OUTPUTS):
            yield ("probabilities",), "missing; logits, log_probs or an rnn may stand for it"


def _output_of(given: Mapping[str, Any]) -> Output | None:
    """What the model puts out, if that is valid by itself."""
    key = next((key for key in OUTPUTS if given.get(key) is not None), None)
    if key is None or key == "rnn":
        return rnn_shape(given) if key else None
    found: Output | Matrix = given[key]
    return found.shape if isinstance(found, Matrix) else found


@record
class _Alphabet:
    """The symbols of what the model puts out: those of the mapping, or what its columns stand for."""

    output: Output
    labels: tuple[str, ...] | None

    @property
    def shape(self) -> tuple[int, int]:
        """T and C; 0 and 0 where there is a mapping, the same at all time steps."""
        return self.output if isinstance(self.output, tuple) else (0, 0)

    @cached_property
    def symbols(self) -> tuple[str, ...]:
        """Their names: those of the mapping, the labels, or the columns' indices."""
        if isinstance(self.output, tuple):
            return numbered(self.labels, self.shape[1])
        return tuple(self.output)

    @cached_property
    def _known(self) -> frozenset[str]:
        return frozenset(self.symbols)

    def is_known(self, symbol: str) -> bool:
        """Whether this is the name of a symbol, or the index of a column."""
        return self.name(symbol) in self._known

    def name(self, symbol: str) -> str:
        """A symbol, which may be the index of a column, by its name; one that is not known as it is."""
        index = None if symbol in self._known else to_index(symbol)
        return symbol if index is None or index >= self.shape[1] else self.symbols[index]


# --- what does not go together -------------------------------------------------------------


class _Check:
    """The rest of a problem held against what the model puts out: paths and messages."""

    def __init__(self, given: Mapping[str, Any], output: Output) -> None:
        self.given = given  # the keys that are valid by themselves
        self.alphabet = _Alphabet(output, given.get("labels"))
        self.rows, self.columns = self.alphabet.shape
        self.steps: int | None = given.get("time_steps")
        self.target: Sequence[str] = given.get("target") or ()
        self.alignments: Sequence[tuple[str, ...]] = given.get("alignments") or ()

    def __iter__(self) -> Iterator[Inconsistency]:
        yield from self._times()
        yield from self._alignment_lengths()
        if not self.columns and not self.alphabet.symbols:
            yield ("probabilities",), "expected at least one probability, got none"
            return
        wrong_labels = list(self._labels())
        yield from wrong_labels
        if not wrong_labels:
            yield from self._blank()
            yield from self._unknown_symbols()

    def _is_left_out(self, *keys: str) -> bool:
        """Whether none of the keys is there, not even with a value that is wrong."""
        return not self.given[WRITTEN] & set(keys)

    def _times(self) -> Iterator[Inconsistency]:
        if self.rows and self.steps not in (None, self.rows):
            message = f"there are {self.rows} rows, one for each time step, got {self.steps}"
            yield ("time_steps",), message
        elif not self.rows and self._is_left_out("alignments", "time_steps"):
            message = (
                "missing; either alignments are listed here, or time_steps says how long they are"
            )
            yield ("alignments",), f"{message}, and all of them count"

    def _alignment_lengths(self) -> Iterator[Inconsistency]:
        steps = self.rows or self.steps
        for position, alignment in enumerate(self.alignments):
            path, got = ("alignments", position), len(alignment)
            if not alignment:
                yield path, "expected at least one symbol, got none"
            elif steps is not None and got != steps:
                what = "1 symbol" if steps == 1 else f"{steps} symbols"
                yield path, f"expected {what}, one for each time step, got {got}"

    def _labels(self) -> Iterator[Inconsistency]:
        labels = self.alphabet.labels
        if labels is not None:
            if not self.columns:
                yield ("labels",), "the probabilities name their symbols already"
            count = self.columns or len(labels)
            yield from wrong_names("labels", labels, count, "one for each column")
            return
        names = [*self.target, self.given.get("blank") or self.alphabet.symbols[0]]
        if not self.columns or all(map(self.alphabet.is_known, names)):
            return
        columns = "".join(self.target).replace(",", " ").split()
        if all(re.fullmatch(r"-?[0-9]+", name) for name in names):
            yield from self._no_columns()
        elif len(columns) > 1 and all(each.isdecimal() for each in columns):
            message = "a text has one label for each character; write a list"
            yield ("target",), f"{message}, [{', '.join(columns)}]"
        else:
            yield ("labels",), f"missing; they say what the {self.columns} columns stand for"

    def _no_columns(self) -> Iterator[Inconsistency]:
        """The columns that are meant by a number, and are not there."""
        named: dict[Path, str] = {("target", n): label for n, label in enumerate(self.target)}
        named["blank",] = self.given.get("blank") or "0"
        for path, label in named.items():
            if not self.alphabet.is_known(label):
                last = self.columns - 1
                yield path, f"expected a column, counted from 0 to {last}, got {label}"

    def _blank(self) -> Iterator[Inconsistency]:
        blank = self.given.get("blank")
        if self._is_left_out("blank"):
            if not self.columns or not self._is_left_out("labels"):
                yield ("blank",), "missing"
                return
            blank = self.alphabet.symbols[0]  # as the libraries have it
        if blank is None:
            return
        if (self.columns or self.steps is not None) and not self.alphabet.is_known(blank):
            yield ("blank",), self._unknown(blank)
        target, name = [*map(self.alphabet.name, self.target)], self.alphabet.name(blank)
        if name in target:
            message = f"the blank {blank!r} cannot be a label of the target"
            if len(target) > 1 and target[-1] == name:
                message += "; of one that is filled up to a length, give its own labels alone"
            yield ("target",), message

    def _unknown_symbols(self) -> Iterator[Inconsistency]:
        """The first place of every symbol that is not known."""
        sequences: dict[Path, Sequence[str]] = {("target",): self.target}
        sequences |= {("alignments", n): each for n, each in enumerate(self.alignments)}
        for path, sequence in sequences.items():
            for symbol in dict.fromkeys(sequence):
                if not self.alphabet.is_known(symbol):
                    yield (*path, sequence.index(symbol)), self._unknown(symbol)

    def _unknown(self, symbol: str) -> str:
        symbols = self.alphabet.symbols
        more = ["…"] if len(symbols) > _MOST_SHOWN else []
        shown = ", ".join([*symbols[:_MOST_SHOWN], *more])
        if self.columns:
            return f"{symbol!r} is no label; there are {shown}"
        return f"{symbol!r} has no probability; there are those of {shown}"
