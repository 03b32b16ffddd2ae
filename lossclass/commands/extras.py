"""Options for what the losses can work out beyond themselves, made of what they declare."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from inspect import Parameter, signature
from typing import Annotated, Any, Final

import typer

from lossclass import losses
from lossclass.choices import Extra

#: The parameter of a command in whose place the options stand, and which gets all their values.
_PARAMETER: Final = "extras"


def with_extras(command: str, function: Callable[..., None]) -> Callable[..., None]:
    """The function of a command, with an option for every extra that the command offers."""
    own = signature(function, eval_str=True)
    if _PARAMETER not in own.parameters:
        return function
    by_name: dict[str, list[Extra[Any]]] = {}
    for extra in losses.extras():
        if command in extra.commands:
            by_name.setdefault(extra.name, []).append(extra)
    options = [_option(extras) for extras in by_name.values()]
    parameters: list[Parameter] = []
    for each in own.parameters.values():
        parameters += options if each.name == _PARAMETER else [each]

    @wraps(function)
    def with_options(**given: Any) -> None:
        extras = {name: given.pop(name) for name in by_name}
        function(**given, extras=extras)

    with_options.__signature__ = own.replace(parameters=parameters)  # type: ignore[attr-defined]
    with_options.__annotations__ = {each.name: each.annotation for each in parameters}
    return with_options


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
