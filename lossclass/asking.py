"""Texts on the terminal, in lines that fit, and what is typed between them."""

from __future__ import annotations

import io
import sys
from contextlib import suppress
from typing import Literal, TypeAlias

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from lossclass.errors import printable
from lossclass.output import write
from lossclass.render.pieces import captured, rule, width_of_prose
from lossclass.render.wrapping import wrapped

#: What somebody may want at a prompt in the place of an answer.
Command: TypeAlias = Literal["quit", "skip", "hint", "help"]
_COMMANDS: dict[str, Command] = {
    **dict.fromkeys(("quit", "q", "exit"), "quit"),
    "skip": "skip",
    **dict.fromkeys(("?", "hint"), "hint"),
    "help": "help",
}


def command_in(reply: str) -> Command | None:
    """What a reply wants if it is no answer, in any letters: ``quit``, ``Skip``, ``?``."""
    return _COMMANDS.get(reply.strip().lower())


class Page:
    """A console to write on, a paragraph at a time, and standard input to read from."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.width = width_of_prose(console.width)
        if isinstance(sys.stdin, io.TextIOWrapper):
            sys.stdin.reconfigure(encoding="utf-8", errors="replace")
        #: Whether somebody sits there who can be asked again.
        self.interactive = sys.stdin is not None and sys.stdin.isatty()

    def line(self, text: str = "", style: str = "") -> None:
        """Write one line as it is.

        Raises:
            FileError: standard output cannot be written to.
            SystemExit: nobody reads it any more.
        """
        self._write(Text(text, style=style))

    def heading(self, text: str) -> None:
        """Write an empty line, and a heading with a rule behind it."""
        self.line()
        self._write(rule(text, self.width, "━"))

    def say(self, text: str, style: str = "", *, mark: str = "", indent: int = 0) -> None:
        """Write paragraphs in lines that fit; a mark stands before the first, clear of the text."""
        before = " " * indent + (mark and f"{mark} ")
        for paragraph in text.split("\n\n"):
            for line in wrapped(paragraph, self.width - cell_len(before)):
                self.line(before + line, style)
                before = " " * cell_len(before)

    def _write(self, line: Text) -> None:
        # drawn in there: a console, too, can find it full
        write((captured(self.console, each, soft_wrap=True) for each in [line]), None)

    def ask(self, prompt: str) -> str:
        """What is typed behind a prompt.

        What comes through a pipe is shown as if it had been typed.

        Raises:
            EOFError: nothing more comes.
        """
        if self.interactive and sys.stdout.isatty():
            with suppress(ImportError):
                import readline  # noqa: F401 - it makes input() a line that can be edited
            return input(prompt)
        write([prompt], None)
        typed = sys.stdin.readline() if sys.stdin is not None else ""
        if not typed:
            raise EOFError
        reply = typed.removeprefix("\ufeff").strip()
        if not self.interactive:
            write([printable(reply), "\n"], None)
        return reply
