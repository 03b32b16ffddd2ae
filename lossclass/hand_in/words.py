"""The words of those who hand in, by what they are for; they stand in ``words.yaml``."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from typing import Any, Final

import yaml

#: All scalars are texts.
WORDS: Final[Mapping[str, Any]] = yaml.load(
    files(__package__).joinpath("words.yaml").read_text(encoding="utf-8"),
    getattr(yaml, "CBaseLoader", yaml.BaseLoader),  # noqa: S506 - a file of ours
)
