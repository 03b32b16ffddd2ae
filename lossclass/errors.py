"""What can go wrong for a user, each error saying whose fault it is.

Everything that lossclass raises on purpose is a :class:`LossclassError`. The command line
catches it in one place and ends with its ``exit_status``.
"""

from __future__ import annotations

import sys

from lossclass.records import record

#: Nobody reads on after so many.
MOST_LISTED = 200


def printable(text: str) -> str:
    """The text with everything escaped that a terminal would obey, or that cannot be seen."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def tell(text: str) -> None:
    """Tell people something beside the results: a line on standard error."""
    print(printable(text), file=sys.stderr, flush=True)


class LossclassError(Exception):
    """Base of every error that lossclass raises on purpose."""

    exit_status = 1

    def __str__(self) -> str:
        return "\n".join(map(printable, super().__str__().split("\n")))


class UsageError(LossclassError):
    """The caller asked for something that cannot be: an unknown loss, option or topic."""

    exit_status = 2


class FileError(LossclassError):
    """A file or folder cannot be read or written; the computer or the path is at fault."""

    exit_status = 4


class Interrupted(LossclassError):
    """Somebody pressed Ctrl-C; nobody is at fault."""

    exit_status = 130


@record
class Mistake:
    """One thing wrong in a problem file.

    ``line`` and ``column`` count from 1, as editors do; 0 where there is no file (a mapping
    from Python). ``path`` is the dotted way to the value, such as ``probabilities.H``.
    """

    message: str
    path: str = ""
    file: str = ""
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        text = ": ".join(part for part in (place, self.path, self.message) if part)
        return printable(text)  # one line a mistake


class InvalidProblem(LossclassError):
    """A problem says something that cannot be meant; its author is at fault.

    ``mistakes`` holds all that was found, in the order of the file.
    """

    exit_status = 3

    def __init__(self, mistakes: list[Mistake]) -> None:
        self.mistakes: list[Mistake] = sorted(
            mistakes, key=lambda mistake: (mistake.line, mistake.column)
        )
        lines = [str(mistake) for mistake in self.mistakes[:MOST_LISTED]]
        if more := len(self.mistakes) - len(lines):
            lines.append(f"… and {more} more")
        super().__init__("\n".join(lines))
