"""Explain a loss or another topic."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import typer

from lossclass.commands.common import console
from lossclass.commands.options import beginning


def _complete_topic(incomplete: str) -> list[str]:
    from lossclass.explanations import topics

    return beginning(topics(), incomplete)


Topic: TypeAlias = Annotated[
    str | None,
    typer.Argument(
        help="A loss or another topic; without it, they are listed.", autocompletion=_complete_topic
    ),
]
Versus: TypeAlias = Annotated[
    str | None,
    typer.Option(
        help="Another loss, to be put beside the first.",
        metavar="LOSS",
        autocompletion=_complete_topic,
    ),
]


def explain(topic: Topic = None, versus: Versus = None) -> None:
    """Explain a loss, or another topic of the course.

    For example: lossclass explain hinge, or: lossclass explain mse --versus cross_entropy
    """
    from lossclass import explanations
    from lossclass.output import write

    if topic is None and versus is not None:
        raise typer.BadParameter("--versus needs a loss to put the other beside.")
    if topic is None:
        write([explanations.overview().text(console(None))], None)
    elif versus is None:
        write([explanations.explain(topic).text(console(None))], None)
    else:
        write([explanations.compare(topic, versus).text(console(None))], None)
