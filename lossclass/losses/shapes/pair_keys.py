"""The keys of a loss that is worked number by number, and what does not fit in them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal, Self

from lossclass.losses.shapes import network
from lossclass.problem.arrays import (
    Array,
    MaskArray,
    NumberArray,
    Place,
    Shape,
    WeightArray,
    numbers_in,
    said_of,
    shape_of,
)
from lossclass.problem.fields import AsChoice, decimal_comma_hint
from lossclass.problem.keys import Inconsistency, stands_for, zeros_and_ones
from lossclass.problem.moves import Kind, Moves
from lossclass.second_road import np


class PairKeys(network.RnnKeys):
    """``y_true`` and ``y_pred`` (both of one shape of up to four axes, or one of them of length 1
    along some), or a network; ``weights`` and ``mask`` (one a row, or one a number); ``over``.

    A loss may take predictions under other keys too: it lists them in ``HOLDERS``.
    """

    FROM_RNN: ClassVar[network.FromRnn] = network.FromRnn(("identity", "sigmoid", "softmax"), "")
    #: What a message calls predictions.
    CALLED: ClassVar[str] = "numbers"

    y_true: NumberArray
    y_pred: Annotated[NumberArray, Moves(Kind.NUMBER)] | None = None
    weights: WeightArray | None = None
    mask: MaskArray | None = None
    over: Annotated[Literal["last_axis"], AsChoice] | None = None

    @classmethod
    def losses_shape(cls, given: Mapping[str, Any]) -> Shape | None:
        shape = cls.pairs_shape(given)
        if shape is None:
            return None
        return (shape[:-1] or (1,)) if given.get("over") else shape

    @classmethod
    def pairs_shape(cls, given: Mapping[str, Any]) -> Shape | None:
        """The shape of the pairs, where y and the predictions go together."""
        if given.get("y_true") is None:
            return None
        own = shape_of(given["y_true"])
        if shape := _predicted_shape(given):
            return shape if _is_alike(own, shape) else None
        predictions = next((given[k] for k in cls.HOLDERS if given.get(k) is not None), None)
        return own if predictions is None else _common(own, shape_of(predictions))

    @classmethod
    def inconsistencies(cls, given: Mapping[str, Any]) -> Iterator[Inconsistency]:
        yield from super().inconsistencies(given)
        yield from network.wrong_number_of_predictions(given, cls.HOLDERS)
        y_true = given.get("y_true")
        for key in () if y_true is None else cls.HOLDERS:
            if (
                given.get(key) is not None
                and _common(shape_of(y_true), shape_of(given[key])) is None
            ):
                yield (key,), _unlike(y_true, given[key], cls.CALLED)
        predicted = _predicted_shape(given)
        if y_true is not None and predicted and not _is_alike(shape_of(y_true), predicted):
            what = f"expected {said_of(predicted)}, {network.said_of_rnn(given)}"
            yield ("y_true",), f"{what}, got {said_of(shape_of(y_true))}"
        mask, shape = given.get("mask"), cls.losses_shape(given)
        if mask is None or shape is None:
            return
        if not stands_for(shape_of(mask), shape):
            got = " × ".join(map(str, shape_of(mask)))
            yield ("mask",), f"expected {zeros_and_ones(shape)}, got {got}"
        elif not any(numbers_in(mask)):
            message = "it is 0 everywhere: nothing counts, and a mean would be 0/0, nan in PyTorch"
            yield ("mask",), message

    @property
    def shape(self) -> Shape:
        """That of the pairs."""
        shape = self.pairs_shape(dict(self))
        assert shape is not None  # noqa: S101 - it is valid
        return shape

    @property
    def counted(self) -> list[Place]:
        """The places of the losses that count: of pairs, or of rows of them under ``over``."""
        return self.counted_places(dict(self), self.losses_shape(dict(self)) or ())

    @property
    def counted_pairs(self) -> list[Place]:
        """The places of the pairs that count; under ``over``, those of the rows that count."""
        if not self.over:
            return self.counted
        *rows, length = self.shape
        return [(*row[: len(rows)], n + 1) for row in self.counted for n in range(length)]

    def as_given(self) -> Self:
        """The same problem with what its network predicts, if it has one, as numbers."""
        if self.rnn is None:
            return self
        behind = self.OUTPUTS == "y_pred"  # else these are the outputs before that
        numbers = numbers_in(network.rnn_outputs(self, predictions=behind))
        made = _filled(self.shape, numbers)
        return self.model_copy(update={"rnn": None, "y_true": self.truth, self.OUTPUTS: made})

    @property
    def truth(self) -> Array:
        """y, with a network in the shape of what that predicts."""
        if self.rnn is None:
            return self.y_true
        return _filled(self.shape, numbers_in(self.y_true))  # type: ignore[no-any-return]

    def decimals(self) -> tuple[Any, Any]:
        """Y and the predictions, in NumPy, as the decimals that they are: both of the pairs' shape.
        What a network predicts stands under ``OUTPUTS``."""
        given = self.as_given()
        both = (np.array(given.y_true, object), np.array(getattr(given, given.kind), object))
        return tuple(np.broadcast_arrays(*both))  # type: ignore[return-value]


def _predicted_shape(given: Mapping[str, Any]) -> Shape | None:
    """The shape of what a network predicts, if there is one."""
    predicted = network.rnn_shape(given)
    return predicted[:1] if predicted is not None and predicted[1] == 1 else predicted


def _common(one: Shape, other: Shape) -> Shape | None:
    """The shape of two arrays together: one of them has it, and the other has it but for axes of
    length 1. A list of one does not stand for a longer list, for that is rather a mistake."""
    for shape, part in ((one, other), (other, one)):
        if part == shape or (len(part) == len(shape) > 1 and stands_for(part, shape)):
            return shape
    return None


def _unlike(y_true: Any, predictions: Array, called: str) -> str:
    own, shape = shape_of(predictions), shape_of(y_true)
    if len(own) == len(shape) == 1:
        hint = decimal_comma_hint(predictions, shape[0])
        if {*map(abs, y_true)} - {0, 1}:  # zeros and ones are whole anyway
            hint = hint or decimal_comma_hint(y_true, own[0], " in y_true")
        each = called.removesuffix("s") if shape == (1,) else called
        return f"expected {shape[0]} {each}, one for each of y_true, got {own[0]}{hint}"
    hint = ""
    if {shape, own} == {(max(shape),), (max(shape), 1)}:
        hint = f"; broadcast as in NumPy and MSELoss, they would make {max(shape)} × {max(shape)} pairs"
    return f"expected {said_of(shape)} as in y_true, got {said_of(own)}{hint}"


def _is_alike(true: Shape, predicted: Shape) -> bool:
    """Whether there is a true number for each one that a network predicts; an axis of length 1 more
    or less is no matter."""
    return [n for n in true if n > 1] == [n for n in predicted if n > 1]


def _filled(shape: Shape, numbers: Iterator[Decimal]) -> Any:
    if not shape:
        return next(numbers)
    return tuple(_filled(shape[1:], numbers) for _ in range(shape[0]))
