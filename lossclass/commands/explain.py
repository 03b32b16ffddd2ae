"""Explain a loss or another topic."""

from __future__ import annotations

from typing import Final

import typer

from lossclass.commands.common import console
from lossclass.commands.options import argument, beginning, option


def _complete_topic(incomplete: str) -> list[str]:
    from lossclass.explanations import topics

    return beginning(topics(), incomplete)


OPTIONS: Final = {
    "topic": argument(
        "A loss or another topic; without it, they are listed.", autocompletion=_complete_topic
    ),
    "versus": option(
        "Another loss, to be put beside the first.", metavar="LOSS", autocompletion=_complete_topic
    ),
}


def explain(topic: str | None = None, versus: str | None = None) -> None:
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
