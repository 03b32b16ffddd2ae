"""What ``lossclass new rnn``, ``new gru`` and ``new lstm`` print of the network: every key that it has."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from typing import Any, Final

import yaml

#: The cells by the names under which a template of them is asked for.
CELLS: Final[Mapping[str, str]] = {"rnn": "vanilla", "gru": "gru", "lstm": "lstm"}


def own_keys(cell: str) -> str:
    """The keys of a problem that its network answers for, those behind a ``#`` optional."""
    text = (files("lossclass.rnn") / "template.yaml").read_text(encoding="utf-8")
    texts: dict[str, Any] = yaml.safe_load(text)
    own = texts[cell]
    weights: str = texts["weights_by_gate" if "order" in own else "weights"]
    written: str = texts["problem"].format(cell=cell, weights=weights.format(**own), **own)
    return written
