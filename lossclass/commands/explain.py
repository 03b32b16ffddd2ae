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
        "A loss or another topic, of one word or several; without it, they are listed.",
        autocompletion=_complete_topic,
    ),
    "versus": option(
        "Another loss, to be put beside the first.", metavar="LOSS", autocompletion=_complete_topic
    ),
}


def explain(topic: list[str] | None = None, versus: str | None = None) -> None:
    """Explain a loss, or another topic of the course.

    For example: lossclass explain hinge, or: lossclass explain mse --versus cross_entropy
    """
    from lossclass import explanations
    from lossclass.commands import NAMES
    from lossclass.errors import UsageError
    from lossclass.output import write

    if topic is None and versus is not None:
        raise typer.BadParameter("--versus needs a loss to put the other beside.")
    name = " ".join(topic or ())
    if topic is None:
        write([explanations.overview().text(console(None))], None)
    elif versus is not None:
        write([explanations.compare(name, versus).text(console(None))], None)
    else:
        try:
            explanation = explanations.explain(name)
        except UsageError:
            if name not in NAMES:
                raise
            message = f"{name}: this is a command, which 'lossclass {name} --help' explains"
            raise UsageError(message) from None
        write([explanation.text(console(None))], None)
