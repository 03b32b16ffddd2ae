"""The parameters of a command as Typer reads them: each with what the help says of it, and several in the
place of one. Those are options that belong together, and those for what the losses can work out beyond
themselves, made of what they declare."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import copy
from functools import wraps
from inspect import Parameter, signature
from typing import Annotated, Any, Final, NamedTuple

import typer

from lossclass import losses
from lossclass.choices import Extra
from lossclass.commands.options import SHARED

#: The parameter of a command in whose place the options of the losses stand.
_PARAMETER: Final = "extras"


class _Group(NamedTuple):
    """Options, and what makes a value for the command of theirs."""

    options: Sequence[Parameter]
    gather: Callable[..., Any]


def with_options(
    command: str, function: Callable[..., None], told: Mapping[str, Any]
) -> Callable[..., None]:
    """The function of a command, with all options of a group where it has one parameter: for every
    extra that the command offers, and those of the function with which a parameter is annotated.

    Args:
        told: its arguments and options by the names of parameters; they go before those of all.
    """
    own = signature(function, eval_str=True)
    groups = {
        each.name: group for each in own.parameters.values() if (group := _group(command, each))
    }
    parameters: list[Parameter] = []
    for each in own.parameters.values():
        parameters += groups[each.name].options if each.name in groups else [each]
    parameters = [_told(each, {**SHARED, **told}) for each in parameters]

    @wraps(function)
    def called(**given: Any) -> None:
        for name, group in groups.items():
            values = {option.name: given.pop(option.name) for option in group.options}
            given[name] = group.gather(**values)
        function(**given)

    called.__signature__ = own.replace(parameters=parameters)  # type: ignore[attr-defined]
    called.__annotations__ = {each.name: each.annotation for each in parameters}
    return called


def _group(command: str, parameter: Parameter) -> _Group | None:
    if parameter.name == _PARAMETER:
        return _Group(list(_of_losses(command)), dict)
    for gather in getattr(parameter.annotation, "__metadata__", ()):
        return _Group(list(signature(gather, eval_str=True).parameters.values()), gather)
    return None


def _told(parameter: Parameter, told: Mapping[str, Any]) -> Parameter:
    """A parameter with what there is to say of it; one of a loss has that already."""
    if hasattr(parameter.annotation, "__metadata__"):
        return parameter
    if parameter.name not in told:
        raise TypeError(f"{parameter.name} is in no OPTIONS: what is the help to say of it?")
    option = copy(told[parameter.name])
    # Where a name is given, Typer keeps it as the default for now.
    if parameter.annotation is bool and option.default is ...:  # or there would be a --no-force
        option.default = _flag(parameter.name)
    return parameter.replace(annotation=Annotated[parameter.annotation, option])


def _flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _of_losses(command: str) -> Iterator[Parameter]:
    by_name: dict[str, list[Extra[Any]]] = {}
    for extra in losses.extras():
        if command in extra.commands:
            by_name.setdefault(extra.name, []).append(extra)
    return map(_option, by_name.values())


def _option(extras: Sequence[Extra[Any]]) -> Parameter:
    """The option for an extra, which several losses may have."""
    name, default = extras[0].name, extras[0].default
    flag = _flag(name)
    said = " ".join(extra.help for extra in extras)
    if isinstance(default, bool):
        annotation: Any = Annotated[bool, typer.Option(flag, help=said)]
    else:
        number = int | None if default is None else int
        least = min(extra.least for extra in extras)
        annotation = Annotated[number, typer.Option(flag, min=least, metavar="N", help=said)]
    return Parameter(name, Parameter.POSITIONAL_OR_KEYWORD, default=default, annotation=annotation)
