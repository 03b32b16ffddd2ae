"""The second road: whether NumPy is here, by which every answer is worked once more.

No step, text, gradient or mark needs it. Where it is not installed, as in a browser, the comparison is
not made, and the solution says so.
"""

from __future__ import annotations

from functools import cache
from typing import Final

#: Said where a comparison would stand.
NOT_MADE: Final = "not made: NumPy is not here"


@cache
def numpy_is_here() -> bool:
    """Whether NumPy can be imported."""
    try:
        import numpy  # noqa: ICN001, F401
    except ImportError:
        return False
    return True
