"""Print a problem to start from."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import typer

from lossclass.commands.options import beginning


def _complete_loss(incomplete: str) -> list[str]:
    from lossclass import losses

    return beginning(losses.canonical_names(), incomplete)


LossName: TypeAlias = Annotated[
    str, typer.Argument(help="A loss, as in the list of losses.", autocompletion=_complete_loss)
]


def new(loss: LossName) -> None:
    """Print a problem to start from, with every key explained. It solves as it is.

    For example: lossclass new ctc > my_problem.yaml
    """
    from lossclass import losses
    from lossclass.errors import UsageError
    from lossclass.losses._template import template
    from lossclass.suggest import nearest

    name = losses.canonical_name(loss)
    if name is None:
        near = nearest(loss.lower(), losses.names())
        hint = f"did you mean {near!r}?" if near else "'lossclass list' shows those that there are"
        raise UsageError(f"no loss is called {loss!r}; {hint}")
    print(template(name), end="")
