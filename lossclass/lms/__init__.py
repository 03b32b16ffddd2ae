"""Exporters: from exercises to what learning platforms read, each format in a module that is
imported when it is used."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, TypeAlias, cast

if TYPE_CHECKING:
    from lossclass.lms.exercise import Exercise

Exporter: TypeAlias = "Callable[[Sequence[Exercise]], bytes]"

#: The platforms and formats, and what the help says of each.
EXPORTERS = {
    "moodle": "Moodle's XML",
    "cloze": "its questions with gaps (cloze)",
    "gift": "GIFT",
    "canvas": "Canvas",
    "qti": "any platform that reads QTI 2.1",
}
#: The ends of the names of their files.
SUFFIXES = {"moodle": ".xml", "cloze": ".xml", "gift": ".txt", "canvas": ".zip", "qti": ".zip"}


def exporter(name: str) -> Exporter:
    """The exporter of a format: it makes one file, the same bytes for the same exercises."""
    return cast("Exporter", import_module(f"{__name__}.{name}").export)
