"""Exams: several problems that are asked, handed in and marked as one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

from lossclass.errors import LossclassError
from lossclass.problem.files import read_text
from lossclass.problem.yaml_source import read_documents

#: One of these keys an exam has; few problems have one of the words.
_KEYS: Final = frozenset({"exam", "problems"})
_WORDS: Final = re.compile(rf"\b(?:{'|'.join(sorted(_KEYS))})\b")


def is_exam(path: Path) -> bool:
    """Whether an exam stands in a file, and not problems; not so if it cannot be read, or can be
    read only once."""
    if not path.is_file():
        return False
    with suppress(LossclassError):
        text, name = read_text(path)
        if _WORDS.search(text):
            data = read_documents(text, name)[0].plain()
            return isinstance(data, Mapping) and not _KEYS.isdisjoint(data) and "loss" not in data
    return False
