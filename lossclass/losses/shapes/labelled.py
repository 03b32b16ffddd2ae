"""What is true and what was predicted, place by place, and which places count."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from functools import cached_property
from typing import Any

from lossclass.problem.arrays import Array, Place, Rows, Shape, at, places, resolve_target, shape_of
from lossclass.problem.fields import Refusals
from lossclass.problem.keys import Inconsistency, stands_for
from lossclass.problem.yaml_source import Path
from lossclass.records import record


@record
class Labelled:
    """Distributions that were predicted, and what is true of each.

    Attributes:
        y_true: classes, or rows of numbers, as they were written.
        predictions: the numbers under the key that holds them; the classes are the last axis.
        names: of the classes.
        mask: a one for each place that counts, a zero for each that does not.
        ignore: the label of places that do not count, a class or not.
    """

    y_true: tuple[Any, ...]
    predictions: Array
    names: tuple[str, ...]
    mask: Array | None = None
    ignore: str | None = None

    @cached_property
    def shape(self) -> Shape:
        """How many distributions there are along each axis; one alone is the first of one."""
        return shape_of(self.predictions)[:-1] or (1,)

    def row(self, place: Place) -> tuple[Any, ...]:
        """What was predicted at a place."""
        is_lone = len(shape_of(self.predictions)) == 1
        return self.predictions if is_lone else at(self.predictions, place)

    @property
    def _is_lone(self) -> bool:
        """Whether ``y_true`` is one distribution, without its outer brackets."""
        alone = self.shape == (1,) and len(self.y_true) == len(self.names) > 1
        return alone and not isinstance(self.y_true[0], tuple)

    @cached_property
    def entries(self) -> dict[Place, tuple[Path, Any]]:
        """What is true at each place, and where it stands under ``y_true``: of a column of classes,
        n × 1, the classes. Of what is not of the predictions' shape, nothing."""
        if self._is_lone:
            return {(1,): ((), self.y_true)}
        found: dict[Place, tuple[Path, Any]] = {}
        for place in places(self.shape):
            entry: Any = self.y_true
            for position in place:
                if not isinstance(entry, tuple) or position > len(entry):
                    return {}
                entry = entry[position - 1]
            found[place] = tuple(n - 1 for n in place), entry
        is_column = all(isinstance(entry, tuple) and len(entry) == 1 for _, entry in found.values())
        if is_column and len(self.names) > 1:  # a class in brackets of its own at each place
            return {place: (path, entry[0]) for place, (path, entry) in found.items()}
        return found

    def unlike(self) -> Iterator[tuple[Path, int, int]]:
        """Where ``y_true`` has not as many as the predictions: there, how many should be, and are."""
        if not self._is_lone:
            yield from _unlike(self.y_true, self.shape, ())

    @cached_property
    def masked(self) -> list[Place]:
        """The places that the mask leaves out; none, where it is not of the predictions' shape."""
        if self.mask is None or not stands_for(shape_of(self.mask), self.shape):
            return []
        return [place for place in places(self.shape) if not at(self.mask, place)]

    @cached_property
    def padding(self) -> list[Place]:
        """The places that their label leaves out, and the mask does not."""
        masked = {*self.masked}
        return [
            place
            for place, (_, entry) in self.entries.items()
            if place not in masked and self._is_padding(entry)
        ]

    @cached_property
    def counted(self) -> list[Place]:
        """The places that count."""
        left_out = {*self.masked, *self.padding}
        return [place for place in places(self.shape) if place not in left_out]

    @property
    def targets(self) -> Rows:
        """The true distributions of the places that count."""
        return tuple(map(self.target, self.counted))

    def target(self, place: Place) -> tuple[Decimal, ...]:
        """The true distribution of a place that counts."""
        return resolve_target(self.entries[place][1], self.names)

    def wrong_labels(self) -> Iterator[Inconsistency]:
        """The places that count and whose class or row is none, with paths from ``y_true``."""
        for place in self.counted:
            path, entry = self.entries[place]
            try:
                resolve_target(entry, self.names)
            except Refusals as error:
                yield from (((*path, *column), message) for column, message in error.found)

    @cached_property
    def is_valid(self) -> bool:
        """Whether what is true is of the predictions' shape, and a class or a row wherever it counts."""
        return bool(self.entries) and not [*self.wrong_labels()]

    def _is_padding(self, entry: Any) -> bool:
        if self.ignore is None:
            return False
        if entry in (self.ignore, (self.ignore,)):
            return True
        try:  # padding may be a class, by name or by index
            return resolve_target(entry, self.names) == resolve_target(self.ignore, self.names)
        except Refusals:
            return False


def _unlike(part: Any, shape: Shape, path: Path) -> Iterator[tuple[Path, int, int]]:
    if not isinstance(part, tuple) or len(part) != shape[0]:
        yield path, shape[0], len(part) if isinstance(part, tuple) else 1
    elif shape[1:]:
        for position, each in enumerate(part):
            yield from _unlike(each, shape[1:], (*path, position))


def said_class(name: str) -> str:
    """A class in a sentence: class 2, or “other” in quotation marks, for it may be any word."""
    return f"class {name}" if name.isdecimal() else f"“{name}”"


def left_out(found: Sequence[tuple[str, Labelled]], each: str) -> str:
    """Which places do not count, and why, in words; empty where all do.

    Args:
        found: what each is of, such as `` of example 2``, or nothing.
        each: what a place is called.
    """
    sentences = []
    for whose, labelled in found:
        label = said_class(labelled.ignore or "").removeprefix("class ")
        for left, why in [
            (labelled.padding, f"the label {label} marks padding"),
            (labelled.masked, "the mask is 0 there"),
        ]:
            *before, last = [",".join(map(str, place)) for place in left] or [""]
            which = f"{each.capitalize()} {last}{whose} does not count"
            if before:
                which = f"{each.capitalize()}s {', '.join(before)} and {last}{whose} do not count"
            if left:
                sentences.append(f"{which}: {why}.")
    if sentences:
        sentences.append("What does not count adds nothing to the loss, and no mean divides by it.")
    return " ".join(sentences)
