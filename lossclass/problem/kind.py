"""Which files are problems, and which are quizzes: both are YAML and may lie in one folder."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

LONGEST_LINE = 1000


def is_quiz(path: Path) -> bool:
    """Whether a file's first key is ``quiz``; not so if it cannot be read."""
    with suppress(OSError, ValueError), path.open(encoding="utf-8-sig") as file:
        while line := file.readline(LONGEST_LINE):
            if line.strip() and not line.startswith(("#", "---")):
                return line.startswith("quiz:")
    return False
