"""Options of which several stand in the place of one parameter of a command: those that belong
together, and those for what the losses can work out beyond themselves, made of what they declare."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import wraps
from inspect import Parameter, signature
from typing import Annotated, Any, Final, NamedTuple, get_args

import typer

from lossclass import losses
from lossclass.choices import Extra

#: The parameter of a command in whose place the options of the losses stand.
_PARAMETER: Final = "extras"


class _Group(NamedTuple):
    """Options, and what makes a value for the command of theirs."""

    options: Sequence[Parameter]
    gather: Callable[..., Any]


def with_groups(command: str, function: Callable[..., None]) -> Callable[..., None]:
    """The function of a command, with all options of a group where it has one parameter: for every
    extra that the command offers, and those of the function with which a parameter is annotated."""
    own = signature(function, eval_str=True)
    groups = {
        each.name: group for each in own.parameters.values() if (group := _group(command, each))
    }
    parameters: list[Parameter] = []
    for each in own.parameters.values():
        parameters += groups[each.name].options if each.name in groups else [each]

    @wraps(function)
    def with_options(**given: Any) -> None:
        for name, group in groups.items():
            values = {option.name: given.pop(option.name) for option in group.options}
            given[name] = group.gather(**values)
        function(**given)

    with_options.__signature__ = own.replace(parameters=parameters)  # type: ignore[attr-defined]
    with_options.__annotations__ = {each.name: each.annotation for each in parameters}
    return with_options


def _group(command: str, parameter: Parameter) -> _Group | None:
    if parameter.name == _PARAMETER:
        return _Group(list(_of_losses(command)), dict)
    gather = next((each for each in get_args(parameter.annotation)[1:] if callable(each)), None)
    if gather is None:
        return None
    return _Group(list(signature(gather, eval_str=True).parameters.values()), gather)


def _of_losses(command: str) -> Iterator[Parameter]:
    by_name: dict[str, list[Extra[Any]]] = {}
    for extra in losses.extras():
        if command in extra.commands:
            by_name.setdefault(extra.name, []).append(extra)
    return map(_option, by_name.values())


def _option(extras: Sequence[Extra[Any]]) -> Parameter:
    """The option for an extra, which several losses may have."""
    name, default = extras[0].name, extras[0].default
    flag = f"--{name.replace('_', '-')}"
    said = " ".join(extra.help for extra in extras)
    if isinstance(default, bool):
        annotation: Any = Annotated[bool, typer.Option(flag, help=said)]
    else:
        number = int | None if default is None else int
        least = min(extra.least for extra in extras)
        annotation = Annotated[number, typer.Option(flag, min=least, metavar="N", help=said)]
    return Parameter(name, Parameter.POSITIONAL_OR_KEYWORD, default=default, annotation=annotation)
