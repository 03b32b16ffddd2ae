"""Choices that both problem files and the command line offer, without what is slow to import."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any, Generic, Literal, TypeAlias, TypeVar

from lossclass.records import record

LogBase: TypeAlias = Literal["e", "2", "10"]
Reduction: TypeAlias = Literal["mean", "sum", "weighted_mean", "mean_over_counted", "none"]
#: How many significant digits can be shown: a double has no more to compare with.
MOST_DIGITS_SHOWN = 15


Value = TypeVar("Value")


@record
class Extra(Generic[Value]):
    """Something that a loss can work out beyond itself, or a way to do so, for who asks for it.

    Attributes:
        name: what it is called: ``--name`` on the command line, ``name=`` in Python.
        help: what the command line says of it, with the loss that has it.
        default: without being asked. False or None is none of it, for what is wanted or not, and
            for what takes a number; any other number is a setting, which losses without it ignore.
        example: what the texts of ``explain`` ask for.
        least: the smallest number that it takes.
        commands: those that have it.
    """

    name: str
    help: str
    default: Value
    example: Value
    least: int = 0
    commands: tuple[str, ...] = ("solve",)

    def is_asked_for_by(self, value: Value) -> bool:
        """Whether a value asks for something that is not there without being asked."""
        return self.default in {False, None} and value not in {False, None}


@record
class Wanted:
    """What to work out beyond the loss itself.

    Attributes:
        gradient: the derivatives of the loss.
        everything: work out as steps also what is too long to be read, such as an α of thousands
            of cells.
        updated_loss: work out line by line the loss after a step of learning.
        extras: the values of what losses have of their own, by name; see :class:`Extra`.
    """

    gradient: bool = False
    everything: bool = False
    updated_loss: bool = False
    extras: Mapping[str, Any] = field(default_factory=dict)

    def __getitem__(self, extra: Extra[Value]) -> Value:
        """What is wanted of a loss's extra."""
        value: Value = self.extras.get(extra.name, extra.default)
        return value


#: The loss alone.
NOTHING_MORE = Wanted()
