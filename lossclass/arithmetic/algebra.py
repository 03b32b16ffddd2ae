"""Algebras: what the reader (:mod:`lossclass.arithmetic.parsing`) turns a text into.

The reader knows the grammar; an algebra knows what the values of names are and how they are
combined. Single expressions are the plain one.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Protocol, TypeVar

from lossclass.arithmetic.expression import Expression
from lossclass.arithmetic.notation import FUNCTIONS


class CannotCombine(ValueError):
    """Operands that an algebra cannot bring together; the message says why."""


Value = TypeVar("Value")


class Algebra(Protocol[Value]):
    """What a text is read into: the values of its names, and how values are combined."""

    @property
    def names(self) -> Mapping[str, Value]:
        """What each name in the text stands for."""

    @property
    def functions(self) -> Collection[str]:
        """The names of the functions that there are."""

    def combine(self, build: Callable[..., Expression], operands: Sequence[Value]) -> Value:
        """The value for an operation, which ``build`` makes from single expressions.

        Raises:
            CannotCombine: the operands do not go together.
        """

    def call(self, function: str, arguments: Sequence[Value], written: str) -> Value:
        """The value of one of the functions; ``written`` is how the text has the call.

        Raises:
            CannotCombine: the arguments do not go together.
            TypeError: it does not take so many.
        """


class Expressions:
    """The algebra of single expressions."""

    functions: Collection[str] = FUNCTIONS

    def __init__(self, names: Mapping[str, Expression]) -> None:
        self.names = names

    def combine(
        self, build: Callable[..., Expression], operands: Sequence[Expression]
    ) -> Expression:
        return build(*operands)

    def call(self, function: str, arguments: Sequence[Expression], written: str) -> Expression:
        return FUNCTIONS[function](*arguments)
