"""A pseudo-terminal with lossclass in it, for tests of what is asked there."""

from __future__ import annotations

import codecs
import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path


class Terminal:
    """A pseudo-terminal of 80 columns with ``lossclass`` in it.

    Args:
        arguments: a command, and what stands behind it.
    """

    def __init__(self, *arguments: str | Path) -> None:
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        clean = {key: each for key, each in os.environ.items() if key not in ("COLUMNS", "LINES")}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "lossclass", *map(str, arguments)],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env={**clean, "TERM": "xterm"},
            start_new_session=True,
            # Only the terminal of the session turns Ctrl-C into a signal.
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509
        )
        os.close(slave)
        self.seen = ""
        self.decoder = codecs.getincrementaldecoder("utf-8")()

    def until(self, text: str, seconds: float = 20) -> str:
        """What is printed up to and with a text, since the last time."""
        end = time.monotonic() + seconds
        while text not in self.seen:
            ready, _, _ = select.select([self.master], [], [], max(0, end - time.monotonic()))
            assert ready, f"no {text!r} in {self.seen!r}"
            try:
                data = os.read(self.master, 4096)
            except OSError:  # Linux: the other side is closed
                data = b""
            assert data, f"ended without {text!r}: {self.seen!r}"
            self.seen += self.decoder.decode(data)
            self.seen = re.sub(r"\x1b\[[?\d;]*[a-zA-Z]", "", self.seen).replace("\r\n", "\n")
        before, found, self.seen = self.seen.partition(text)
        return before + found

    def type(self, keys: str) -> None:
        os.write(self.master, keys.encode())

    def interrupt(self, key: str) -> None:
        """Type Ctrl-C or Ctrl-D as a hand would: a signal that comes just before the wait for a
        key is seen after it."""
        time.sleep(0.3)
        self.type(key)

    def status(self) -> int:
        return self.process.wait(timeout=20)

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self.master)
