"""Exams: several problems that are asked, handed in and marked as one."""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path
from typing import Final

from lossclass.errors import LossclassError
from lossclass.problem.files import read_text

_KEY: Final = re.compile(r"^(?:exam|problems)[ \t]*:", re.MULTILINE)
_LOSS: Final = re.compile(r"^loss[ \t]*:", re.MULTILINE)


def is_exam(path: Path) -> bool:
    """Whether an exam stands in a file, and not problems; not so if it cannot be read, or can be
    read only once."""
    if not path.is_file():
        return False
    with suppress(LossclassError):
        text, _ = read_text(path)
        return _KEY.search(text) is not None and _LOSS.search(text) is None
    return False
