"""What a transducer's problem says, and what does not go together in one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Annotated, Any, ClassVar, Final

from pydantic import BaseModel, ConfigDict

from lossclass.losses.shapes.lattice.cells import Grid
from lossclass.losses.shapes.lattice.sequences import numbered, places_of, unknown, wrong_names
from lossclass.losses.shapes.network import FromRnn, RnnKeys, rnn_shape
from lossclass.problem import arrays
from lossclass.problem.fields import Label, Labels, as_in
from lossclass.problem.keys import WRITTEN, Inconsistency, LogarithmKeys
from lossclass.problem.moves import Kind, Moves

_HOLDERS: Final = ("probabilities", "logits", "log_probs", "joint")
_MOST_CELLS: Final = 600


class Joint(BaseModel):
    """What an encoder (T × C) and a predictor ((U + 1) × C) put out; they are added."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    encoder: Annotated[arrays.NumberRows, Moves(Kind.NUMBER)] | None = None
    predictor: Annotated[arrays.NumberRows, Moves(Kind.NUMBER)]


class Inputs(RnnKeys, LogarithmKeys):
    """``target`` (U labels), ``blank``, and ``probabilities``, ``logits`` or ``log_probs``
    (T × (U + 1) × C), or a ``joint`` of encoder and predictor, with ``labels`` for the columns."""

    FROM_RNN: ClassVar[FromRnn] = FromRnn(
        ("identity",),
        "its outputs are scores, to which those of the predictor are added",
        every_step="the encoder puts out scores at each time step",
    )
    HOLDERS: ClassVar[tuple[str, ...]] = _HOLDERS

    target: Labels
    blank: Label
    labels: Labels | None = None
    probabilities: Annotated[arrays.ProbabilityArray, Moves(Kind.DISTRIBUTION)] | None = None
    logits: arrays.LogitArray | None = None
    log_probs: arrays.LogProbabilityArray | None = None
    joint: Annotated[Joint | None, as_in("joint: {encoder: [[1, 0]], predictor: [[0, 0.1]]}")] = (
        None
    )

    @cached_property
    def shape(self) -> arrays.Shape:
        """T, U + 1 and C."""
        found = _shape(vars(self))
        assert found is not None  # noqa: S101 - the problem is valid
        return found

    @cached_property
    def lattice(self) -> Grid:
        """Times from 1 by labels that are out from 0."""
        times, rows, _ = self.shape
        return Grid((1, 0), (times, rows - 1), ((1, 0), (0, 1)))

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Those of the columns; without labels, their places from 0."""
        return numbered(self.labels, self.shape[2])

    @cached_property
    def places(self) -> tuple[int, ...]:
        """The columns of the target's labels, from 1."""
        return places_of(self.target, self.names)

    @cached_property
    def spelt(self) -> tuple[str, ...]:
        """The target's labels by their names."""
        return tuple(self.names[k - 1] for k in self.places)

    @cached_property
    def blank_place(self) -> int:
        """The column of the blank, from 1."""
        (place,) = places_of([self.blank], self.names)
        return place

    @classmethod
    def inconsistencies(cls, given: Mapping[str, Any]) -> Iterator[Inconsistency]:
        yield from super().inconsistencies(given)
        held = [key for key in _HOLDERS if key in given[WRITTEN]]
        if not held:
            yield ("probabilities",), "missing; logits, log_probs or a joint may stand for it"
        if len(held) > 1:
            yield (held[1],), f"there is {held[0]} already; a problem has one of the two"
        joint = given.get("joint")
        yield from _wrong_encoder(joint, is_network="rnn" in given[WRITTEN], held=held)
        if len(held) != 1 or (shape := _shape(given)) is None:
            return
        if len(shape) != 3:
            yield (held[0],), f"expected T × (U + 1) × C numbers, got {' × '.join(map(str, shape))}"
            return
        yield from _wrong_size(given, held[0], shape)


def _shape(given: Mapping[str, Any]) -> arrays.Shape | None:
    """T, U + 1 and C, as far as that can be told."""
    joint = given.get("joint")
    if joint is None:
        array = next((given[key] for key in _HOLDERS if given.get(key) is not None), None)
        return None if array is None else arrays.shape_of(array)
    encoder = rnn_shape(given) if joint.encoder is None else arrays.shape_of(joint.encoder)
    return None if encoder is None else (encoder[0], len(joint.predictor), encoder[1])


def _wrong_encoder(
    joint: Joint | None, *, is_network: bool, held: Sequence[str]
) -> Iterator[Inconsistency]:
    if is_network and joint is None and held and held != ["joint"]:
        yield ("rnn",), "a network is an encoder here: it stands beside a joint with a predictor"
    if joint is None:
        return
    if joint.encoder is None and not is_network:
        yield ("joint",), "expected an encoder beside the predictor, or an rnn in its place"
    if joint.encoder is not None and is_network:
        yield ("rnn",), "there is joint.encoder already; a problem has one of the two"


def _wrong_size(given: Mapping[str, Any], key: str, shape: arrays.Shape) -> Iterator[Inconsistency]:
    times, rows, columns = shape
    target, labels, joint = given.get("target"), given.get("labels"), given.get("joint")
    if target is not None and rows != len(target) + 1:
        path, each = (
            ((key,), " for each time step") if joint is None else (("joint", "predictor"), "")
        )
        why = f"one for each number of labels that are out so far, from 0 to {len(target)}"
        yield path, f"expected U + 1 = {len(target) + 1} rows{each}, {why}; got {rows}"
    if joint is not None and arrays.shape_of(joint.predictor)[1] != columns:
        got = arrays.shape_of(joint.predictor)[1]
        yield ("joint", "predictor"), f"expected {columns} columns, as the encoder has, got {got}"
    yield from wrong_names("labels", labels, columns, "one for each column")
    if times * rows > _MOST_CELLS:
        message = f"T × (U + 1) = {times * rows} cells, and more than {_MOST_CELLS} are not worked by hand"
        yield (key,), message
    names, blank = numbered(labels, columns), [given["blank"]] if given.get("blank") else []
    wrong = [refused for name in blank for refused in unknown(name, names, ("blank",), "label")]
    yield from wrong
    at_blank = places_of(() if wrong else blank, names)
    for n, label in enumerate(target or ()):
        refused = [*unknown(label, names, ("target", n), "label")]
        yield from refused
        if not refused and places_of([label], names) == at_blank:
            yield ("target", n), "the blank is no label, and cannot stand in the target"
