"""What a hinge problem over a sequence says, in each of its formulations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Final, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, ValidationInfo, WithJsonSchema

from lossclass.losses import hinge
from lossclass.losses.shapes.classes import class_names, wrong_classes
from lossclass.losses.shapes.network import FromRnn, RnnKeys, rnn_outline
from lossclass.problem.arrays import NumberRows, Rows, class_index
from lossclass.problem.fields import (
    SCALAR,
    AsChoice,
    AsList,
    Flag,
    Labels,
    Number,
    Numbers,
    PositiveNumber,
    Refusals,
    expected,
    number_field,
    to_label,
    to_labels,
    to_list,
    to_number,
)
from lossclass.problem.keys import WRITTEN, Inconsistency
from lossclass.problem.moves import Kind, Moves
from lossclass.problem.yaml_source import Path

Formulation: TypeAlias = Literal["binary", "weston_watkins", "crammer_singer", "structured"]
Given: TypeAlias = Mapping[str, Any]
Cost: TypeAlias = Annotated[
    Decimal,
    number_field("a number, 0 or more", lambda number: number >= 0),
    WithJsonSchema({"type": "number", "minimum": 0}),
]

_ONE_OR_MORE = {"type": ["array", *SCALAR["type"]], "items": SCALAR}
#: Where each formulation has its scores.
_SCORES: Final[Mapping[str, str]] = {
    "binary": "y_pred",
    "weston_watkins": "scores",
    "crammer_singer": "scores",
    "structured": "candidates",
}
#: Keys that not all formulations have.
_USERS: Final[Mapping[str, tuple[str, ...]]] = {
    "y_pred": ("binary",),
    "squared": ("binary",),
    "scores": ("weston_watkins", "crammer_singer"),
    "classes": ("weston_watkins", "crammer_singer"),
    "margin": ("binary", "weston_watkins", "crammer_singer"),
    "candidates": ("structured",),
    "rnn": ("binary", "weston_watkins", "crammer_singer"),
}


class Candidate(BaseModel):
    """A sequence that the model could give, its score, and how wrong it is.

    Without a ``cost``, that is the number of time steps at which it differs from the true one.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    sequence: Labels
    score: Annotated[Number, Moves(Kind.NUMBER)]
    cost: Cost | None = None


def _to_y_true(value: Any, info: ValidationInfo) -> tuple[Any, ...]:
    """Signs, classes, or the labels of one sequence, as the formulation has it."""
    formulation = info.data.get("formulation")
    if formulation == "structured":
        return to_labels(value)
    found: list[tuple[Path, str]] = []
    labels: list[Any] = []
    for t, each in enumerate(to_list(value)):
        try:
            labels.append(_to_sign(each) if formulation == "binary" else to_label(each))
        except ValueError as error:
            found.append(((t,), str(error)))
    if found and formulation is not None:
        raise Refusals(found)
    return tuple(labels)


def _to_sign(value: Any) -> Decimal:
    number = to_number(value, "1 or -1")
    if number not in (1, -1):
        raise expected("1 or -1", value)
    return number


def _optional() -> Any:
    """A key that may be left out. It is then noted as None: a key that is not noted is wrong."""
    return Field(default=None, validate_default=True)


class Inputs(RnnKeys):
    """``formulation``, ``y_true``, and what belongs to the formulation.

    ``binary``: ``y_true`` (T, 1 or −1), ``y_pred`` (T scores), ``margin``, ``squared``.
    ``weston_watkins``, ``crammer_singer``: ``y_true`` (T classes), ``scores`` (T × C), ``margin``,
    and ``classes``, which names the C classes; without it they are called by their index, from 0.
    ``structured``: ``y_true`` (the labels of the true sequence) and ``candidates``, which has it
    among its sequences. A network may stand for ``y_pred`` and for ``scores``.
    """

    FROM_RNN: ClassVar[FromRnn] = FromRnn(
        ("identity",), "a hinge is worked from scores that may be any number"
    )

    formulation: Annotated[Formulation, AsChoice, Field(validate_default=True)] = "binary"
    y_true: Annotated[tuple[Any, ...], PlainValidator(_to_y_true), WithJsonSchema(_ONE_OR_MORE)]
    y_pred: Annotated[Numbers, Moves(Kind.NUMBER)] | None = _optional()
    margin: PositiveNumber = Decimal(1)
    squared: Flag = False
    classes: Labels | None = None
    scores: Annotated[NumberRows, Moves(Kind.NUMBER)] | None = _optional()
    candidates: Annotated[tuple[Candidate, ...], AsList] | None = _optional()

    @classmethod
    def observations(cls, given: Given) -> int | None:
        match given.get("formulation"):
            case None:
                return None
            case "structured":
                return 1
        return len(given["y_true"]) if "y_true" in given else None

    @classmethod
    def inconsistencies(cls, given: Given) -> Iterator[Inconsistency]:
        formulation = given.get("formulation")
        if formulation == "binary":
            yield from hinge.HingeKeys.inconsistencies(given)
        else:
            yield from super().inconsistencies(given)
        if formulation is None:
            return
        yield from _keys_of_others(given, formulation)
        scores = given.get(_SCORES[formulation])
        if formulation in _USERS["scores"]:
            scores = scores or rnn_outline(given)
        if formulation != "binary" and given.get("y_true") == ():
            yield ("y_true",), "expected at least one label, got none"
        elif formulation == "structured" and scores is not None:
            yield from _wrong_candidates(given.get("y_true"), scores)
        elif formulation != "binary" and scores is not None:
            yield from _wrong_scores(given, scores)

    @property
    def as_hinge(self) -> hinge.HingeKeys:
        """The same problem as a hinge loss over observations, for ``binary``."""
        keys: dict[str, Any] = {
            key: getattr(self, key, None) for key in hinge.HingeKeys.model_fields
        }
        return hinge.HingeKeys.model_construct(**keys)

    @property
    def names(self) -> tuple[str, ...]:
        """The classes' names."""
        return class_names(self.classes, self.scores or rnn_outline(dict(self)) or ())

    @property
    def targets(self) -> tuple[int, ...]:
        """The index of the true class at each time step, from 0."""
        return tuple(class_index(label, self.names, ()) for label in self.y_true)

    @property
    def costs(self) -> tuple[Decimal, ...]:
        """The cost of each candidate."""
        return tuple(
            Decimal(len(differences(self.y_true, each.sequence)))
            if each.cost is None
            else each.cost
            for each in self.candidates or ()
        )

    @property
    def true_candidate(self) -> int:
        """The position of the true sequence among the candidates."""
        return [each.sequence for each in self.candidates or ()].index(self.y_true)


def differences(one: Sequence[str], other: Sequence[str]) -> list[int]:
    """The time steps, from 1, at which two sequences of one length differ."""
    return [t for t, pair in enumerate(zip(one, other, strict=True), start=1) if len(set(pair)) > 1]


def _keys_of_others(given: Given, formulation: str) -> Iterator[Inconsistency]:
    """Keys that the formulation does not have, and the one that it must have."""
    needed = _SCORES[formulation]
    has_network = "rnn" in given.get(WRITTEN, ()) and formulation in _USERS["rnn"]
    if formulation != "binary" and needed in given:  # the hinge loss has looked at its own
        if given[needed] is None and not has_network:
            yield (needed,), "missing"
        if given[needed] is not None and has_network:
            yield ("rnn",), f"there is {needed} already; a problem has one of the two"
    for key, users in _USERS.items():
        if key in given and given[key] not in (None, False) and formulation not in users:
            yield (
                (key,),
                f"the formulation {formulation} has no such key; it belongs to {', '.join(users)}",
            )


def _wrong_scores(given: Given, scores: Rows) -> Iterator[Inconsistency]:
    names = class_names(given.get("classes"), scores)
    key = "rnn" if given.get("scores") is None else "scores"
    if len(scores[0]) < 2:
        yield (key,), "expected the scores of at least two classes in each row, got 1"
    if given.get("classes") is not None:
        yield from wrong_classes(names, scores)
    labels = given.get("y_true")
    if labels is None:
        return
    if len(labels) != len(scores):
        rows = "1 row" if len(labels) == 1 else f"{len(labels)} rows"
        yield (key,), f"expected {rows}, one for each of y_true, got {len(scores)}"
    if len(names) != len(scores[0]):
        return
    for t, label in enumerate(labels):
        try:
            class_index(label, names, ("y_true", t))
        except Refusals as error:
            yield from error.found


def _wrong_candidates(
    true: Sequence[str] | None, candidates: Sequence[Candidate]
) -> Iterator[Inconsistency]:
    sequences = [each.sequence for each in candidates]
    for k, sequence in enumerate(sequences):
        if (first := sequences.index(sequence)) < k:
            message = f"the sequence of candidate {first + 1} stands here again"
            yield ("candidates", k, "sequence"), message
    if true is None:
        return
    if true not in sequences:
        yield ("y_true",), "the true sequence has to be one of the candidates, with its score"
    for k, each in enumerate(candidates):
        if each.sequence == true and each.cost:
            yield (
                ("candidates", k, "cost"),
                "expected 0: this is the true sequence, and nothing is wrong with it",
            )
        if each.cost is None and len(each.sequence) != len(true):
            what = f"expected {len(true)} labels, as in y_true, got {len(each.sequence)}"
            message = f"{what}; a sequence of another length needs a 'cost'"
            yield ("candidates", k, "sequence"), message
