"""Several losses behind one name: a key of a problem says which of them it is.

Each form is a loss with keys of its own. The name's ``Inputs`` is a :class:`FormKeys` that lists the
keys of the forms in ``FORMS`` and has the field ``FORM``, in which all of them are named.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import ConfigDict

from lossclass.arithmetic.calculation import Calculation
from lossclass.arithmetic.expression import Quantity
from lossclass.blocks import Call
from lossclass.losses.shapes.closed_forms import ClosedForm
from lossclass.problem.keys import ProblemKeys
from lossclass.working import Working

if TYPE_CHECKING:
    from lossclass.losses import Form
    from lossclass.slips import Slip


class FormKeys(ProblemKeys):
    """A problem whose form there is not. What keys it may have cannot be told, and what is wrong
    with them neither."""

    model_config = ConfigDict(extra="ignore")

    weights: Any = None

    @classmethod
    def observations(cls, given: Mapping[str, Any]) -> int | None:
        return None


class Forms:
    """Losses behind one name. A subclass has the texts of :class:`lossclass.losses.Loss`."""

    TITLE: str
    FORMULA: str
    ALIASES: tuple[str, ...] = ()
    TEMPLATE: str
    Inputs: type[FormKeys]
    #: The losses, as ``FORM`` names them.
    LOSSES: ClassVar[Mapping[str, Form]]

    def of(self, inputs: Any) -> Form:
        """The loss that a problem is."""
        return self.LOSSES[getattr(inputs, self.Inputs.FORM)]

    def value(self, inputs: Any) -> Any:
        """The loss in NumPy."""
        return self.of(inputs).value(inputs)

    def solve(self, inputs: Any, working: Working) -> Sequence[Quantity]:
        """The steps."""
        return self.of(inputs).solve(inputs, working)

    def formula_of(self, inputs: Any) -> str:
        """The formula that a problem is worked by."""
        return self.of(inputs).formula_of(inputs)

    def gradient(self, inputs: Any) -> ClosedForm:
        """The derivatives in closed form."""
        return self.of(inputs).gradient(inputs)

    def slips(self, inputs: Any, calculation: Calculation) -> Iterator[Slip]:
        """The mistakes that belong to the form."""
        return self.of(inputs).slips(inputs, calculation)

    def frameworks(self, inputs: Any) -> list[Call]:
        """The calls of the libraries, and their numbers."""
        return self.of(inputs).frameworks(inputs)
