"""Where a process begins and ends: ``lossclass`` and ``python -m lossclass``."""

from __future__ import annotations

import gc
import os
import sys
from contextlib import suppress


def start() -> None:
    """Run the command line, and leave at once when it is done.

    Start-up makes many objects and no garbage, so that looking for garbage waits. And taking all
    modules apart again at the end takes a third of the time of a short run, for nothing: what
    was written is flushed, and the rest is the operating system's.
    """
    gc.disable()
    from lossclass.cli import main

    status: object = 0
    try:
        main()
    except SystemExit as ended:
        status = ended.code
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):  # it was told already, or nobody reads any more
            stream.flush()
    code = status if isinstance(status, int) else int(status is not None)
    if sys.platform == "emscripten":  # there, the process is the page's
        sys.exit(code)
    os._exit(code)


if __name__ == "__main__":
    start()
