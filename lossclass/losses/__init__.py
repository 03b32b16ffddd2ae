"""The losses: one module each, found by its name and imported when it is needed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Any, Final, Protocol, cast

if TYPE_CHECKING:
    from lossclass.arithmetic.calculation import Calculation
    from lossclass.arithmetic.expression import Quantity
    from lossclass.blocks import Call
    from lossclass.choices import Extra
    from lossclass.losses.shapes.formulas import ClosedForm, Differentiated
    from lossclass.problem.keys import ProblemKeys
    from lossclass.slips import Slip
    from lossclass.working import Working


class Form(Protocol):
    """What a loss does, without what it is called."""

    @property
    def Inputs(self) -> type[ProblemKeys]:  # noqa: N802 - it is a class
        """The keys of its problems."""

    def value(self, inputs: Any) -> Any:
        """The machine's road: the answer in NumPy (an array under ``reduction: none``)."""

    def solve(self, inputs: Any, working: Working) -> Sequence[Quantity]:
        """The road by hand: write the steps, return the one that is the answer (or, under
        ``reduction: none``, those)."""

    def formula_of(self, inputs: Any) -> str:
        """The formula that a problem is worked by, in one line of plain text: with its reduction,
        weights, base of logarithms."""

    def gradient(self, inputs: Any) -> ClosedForm:
        """The machine's road to the derivatives: in closed form, in NumPy. There is one loss to
        derive: ``reduction`` is not ``none``."""

    def differentiated(self, inputs: Any, working: Working) -> Differentiated:
        """By what on the sheet the answer has derivatives, by key and place: the numbers of the
        predictions or of their network, and predictions that steps were made for."""

    def slips(self, inputs: Any, calculation: Calculation) -> Iterator[Slip]:
        """The mistakes that belong to it, as what each makes of the calculation. Slips that can be
        made anywhere are not its business."""

    def frameworks(self, inputs: Any) -> list[Call]:
        """How PyTorch, Keras, optax and scikit-learn are asked for it, and what they answer: one
        of each, in this order. No library is run."""


class Loss(Form, Protocol):
    """What a loss module holds. Its docstring gives the formula and where it is from.

    A loss that can work out more, for who asks for it, has a module ``NAME_options`` beside it,
    whose ``EXTRAS`` are :class:`lossclass.choices.Extra`. One whose numbers the libraries normalise
    first has ``rounding(inputs)``: by how much that may move their answers where it only makes up
    for the rounding of what is given. One that can be written down by another convention has
    ``conventions(inputs, calculation)``, which are :class:`lossclass.slips.Convention`. One that
    says more in the texts of ``explain`` has ``DIRECTIVES``: functions by name, from what stands
    behind ``{{ LOSS.NAME`` to a text, which raise ``ValueError`` for what has no meaning.
    """

    #: What people call it.
    TITLE: str
    #: Its usual formula, in one line of plain text.
    FORMULA: str
    #: Other names for ``loss:`` in a problem.
    ALIASES: tuple[str, ...]


#: What stands beside the losses here and is none.
_SHAPES: Final = "shapes"
_OPTIONS: Final = "_options"


@cache
def _modules() -> tuple[str, ...]:
    return tuple(sorted(module.name for module in iter_modules(__path__)))


def canonical_names() -> tuple[str, ...]:
    """The names of all losses, without importing them."""
    beside = ("_", _SHAPES)
    return tuple(
        name for name in _modules() if not name.startswith(beside) and not name.endswith(_OPTIONS)
    )


def extras_of(name: str) -> tuple[Extra[Any], ...]:
    """What the loss with this canonical name can work out beyond itself, without importing it."""
    if (module := f"{name}{_OPTIONS}") not in _modules():
        return ()
    return cast("tuple[Extra[Any], ...]", import_module(f"{__name__}.{module}").EXTRAS)


def extras() -> list[Extra[Any]]:
    """What all losses can work out beyond themselves, without importing them."""
    return [extra for name in canonical_names() for extra in extras_of(name)]


def having(extra: str) -> str:
    """The canonical names of the losses that can work out such an extra, as they are said in a sentence."""
    found = [name for name in canonical_names() if extra in (each.name for each in extras_of(name))]
    return " and ".join(", ".join(found).rsplit(", ", 1))


def load(name: str) -> Loss:
    """The loss with this canonical name: its module, or what stands there as ``LOSS``."""
    module = import_module(f"{__name__}.{name}")
    return cast("Loss", getattr(module, "LOSS", module))


@cache
def _aliases() -> dict[str, str]:
    """The canonical name of every alias. This imports all losses."""
    return {alias: name for name in canonical_names() for alias in load(name).ALIASES}


def canonical_name(name: str) -> str | None:
    """The name of the loss that goes under this name or alias, if there is one."""
    if name in canonical_names():
        return name
    return _aliases().get(name)


def names() -> list[str]:
    """All names and aliases."""
    return sorted([*canonical_names(), *_aliases()])


def all_names(name: str) -> list[str]:
    """A loss's canonical name and its aliases."""
    return [name, *load(name).ALIASES]


def template_of(name: str) -> str:
    """The own keys of the loss with this canonical name in a problem that solves as it is, each with a
    comment; without ``loss:``."""
    beside = [Path(room) / f"{name}.template.yaml" for room in __path__]
    return next(filter(Path.exists, beside), beside[0]).read_text(encoding="utf-8")


def inputs_of(name: str, data: Mapping[str, Any] | None = None) -> type[ProblemKeys]:
    """The keys of the loss with this canonical name, in the form that a problem asks for."""
    inputs = load(name).Inputs
    return inputs if data is None else inputs.form_in(data)
