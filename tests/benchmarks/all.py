"""All benchmarks, as one table: ``python tests/benchmarks/all.py``. It takes some minutes.

A ratio is how many times as long something takes as what it is put beside, the two in turn in one
run. Rows with a goal end in what the ratio should not be over.
"""

from __future__ import annotations

import ctc  # first: it says how many threads NumPy may use, which is read when that is imported
import files
import marking
import rendering
import startup
import variants
from measuring import show


def main() -> None:
    """Print the table."""
    show(
        row
        for rows in (
            startup.rows(15),
            variants.rows(),  # early: a child counts the memory of this process as its own
            files.rows(3),
            rendering.rows(3),
            marking.rows(5),
            ctc.rows(11),
        )
        for row in rows
    )


if __name__ == "__main__":
    main()
