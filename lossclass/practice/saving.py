"""The answers of a session as an answer sheet, which ``lossclass check`` marks the same way."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from lossclass.errors import printable
from lossclass.hand_in.cells import Cell
from lossclass.output import refuse_existing, write
from lossclass.solution import About
from lossclass.worksheets.answer_sheet import entry, problem_name

#: What needs no quotes in YAML.
_PLAIN: Final = re.compile(r"-?(?:[0-9.]+(?:[eE]-?[0-9]+)?|∞)")


class Saving:
    """Keeps a sheet in a file, whole each time.

    Args:
        to: the file; None to keep nothing.
        force: write over one that exists.

    Raises:
        FileError: it exists, and ``force`` is not given.
    """

    def __init__(self, to: Path | None, *, force: bool) -> None:
        self.to = to
        self.force = force
        self.written: str | None = None
        refuse_existing(to, force=force)

    def save(self, about: About, answers: Mapping[str, Cell | None]) -> None:
        """Write the sheet, if there is something new on it.

        Raises:
            FileError: it cannot be written, or somebody else has made the file meanwhile.
        """
        text = sheet_text(about, answers)
        if self.to is None or not answers or text == self.written:
            return
        write([text], self.to, force=self.force or self.written is not None)
        self.written = text


def sheet_text(about: About, answers: Mapping[str, Cell | None]) -> str:
    """An answer sheet in YAML; what was skipped stands in it empty."""
    lines = [f"# Practised: {printable(' '.join(about.title.split()))}"]
    if name := problem_name(about.file):
        lines.append(entry("problem", Path(name).name))
    lines.append("answers:" if answers else "answers: {}")
    lines += (f"  {entry(id)}{_value(answer)}" for id, answer in answers.items())
    return "".join(f"{line}\n" for line in lines)


def _value(answer: Cell | None) -> str:
    if answer is None:
        return ""
    plain = _PLAIN.fullmatch(answer.written)
    # In double quotes, which JSON and YAML have in common.
    return f" {answer.written if plain else json.dumps(answer.written, ensure_ascii=False)}"
