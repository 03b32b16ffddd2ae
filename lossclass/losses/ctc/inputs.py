"""What a CTC problem says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import cached_property
from typing import Annotated, Any, ClassVar, Literal, TypeAlias

from pydantic import WithJsonSchema

from lossclass.losses.ctc.checking import (
    OUTPUTS,
    Output,
    inconsistencies,
    named,
    output_of,
    symbols_of,
)
from lossclass.losses.shapes.network import FromRnn, RnnKeys
from lossclass.problem.arrays import rows_schema
from lossclass.problem.fields import (
    PROBABILITY,
    SCALAR,
    AsChoice,
    AsList,
    Label,
    Labels,
    ReadBy,
    Refusals,
    check_labels_are_unique,
    expected,
    to_label,
    to_number,
)
from lossclass.problem.keys import Inconsistency
from lossclass.problem.matrix import MOST_NUMBERS, Matrix, to_logit_matrix, to_matrix
from lossclass.problem.moves import Kind, Moves
from lossclass.problem.yaml_source import Path

_A_PROBABILITY = "a number between 0 and 1"
_MOST_TIME_STEPS = 100_000


def _to_probabilities(value: Any) -> dict[str, Decimal] | Matrix:
    """A mapping, the same at every time step, or T × C numbers."""
    if not isinstance(value, Mapping | list | tuple) and not hasattr(value, "__array__"):
        raise expected("a mapping, or rows of numbers", value)
    if not isinstance(value, Mapping):
        return to_matrix(value, _A_PROBABILITY, 0, 1)
    check_labels_are_unique(value)
    found: list[tuple[Path, str]] = []
    probabilities: dict[str, Decimal] = {}
    for key, cell in value.items():
        try:
            number = to_number(cell, _A_PROBABILITY)
            if not 0 <= number <= 1:
                raise expected(_A_PROBABILITY, cell)
            probabilities[to_label(key)] = number
        except ValueError as error:
            found.append(((key,), str(error)))
    if found:
        raise Refusals(found)
    return probabilities


def _to_log_probs(value: Any) -> Matrix:
    what = "a logarithm of a probability, 0 or less"
    return to_matrix(value, what, -float("inf"), 0, infinite=True)


def _to_time_steps(value: Any) -> int:
    what = f"a whole number from 1 to {_MOST_TIME_STEPS}"
    number = to_number(value, what)
    if number != int(number) or not 1 <= number <= _MOST_TIME_STEPS:
        raise expected(what, value)
    return int(number)


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


class Inputs(RnnKeys):
    """``target`` (L labels), ``blank``, and what the model puts out.

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
            Matrix,
            ReadBy(_to_log_probs),
            _schema({"type": ["number", "string"], "maximum": 0}),
        ]
        | None
    ) = None
    time_steps: (
        Annotated[int, ReadBy(_to_time_steps), WithJsonSchema({"type": "integer", "minimum": 1})]
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
    def _output(self) -> Output:
        output = output_of(vars(self))
        assert output is not None  # noqa: S101 - the problem is valid
        return output

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
        output = self._output
        return output[0] if isinstance(output, tuple) else self.time_steps

    @cached_property
    def symbols(self) -> tuple[str, ...]:
        """The names of the columns, or of the probabilities."""
        return symbols_of(self._output, self.labels)

    @cached_property
    def blank_symbol(self) -> str:
        """The blank, by its name."""
        if self.blank is None:
            return self.symbols[0]
        # In a list of alignments without blanks it needs no probability.
        return self.blank if self.by_symbol is not None else named(self.blank, self.symbols)

    @cached_property
    def target_symbols(self) -> tuple[str, ...]:
        """The target, each label by its name."""
        return tuple(named(label, self.symbols) for label in self.target)

    @cached_property
    def listed(self) -> tuple[tuple[str, ...], ...]:
        """The alignments that the problem lists, each symbol by its name."""
        return tuple(
            tuple(named(symbol, self.symbols) for symbol in each) for each in self.alignments or ()
        )

    # --- what does not go together ---

    @classmethod
    def observations(cls, given: Mapping[str, Any]) -> int | None:
        return 1

    @classmethod
    def inconsistencies(cls, given: Mapping[str, Any]) -> Iterator[Inconsistency]:
        yield from super().inconsistencies(given)
        yield from inconsistencies(given)
