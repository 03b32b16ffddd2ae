"""The second road: NumPy, by which every answer is worked once more, and whether it is here.

No step, text, gradient or mark needs it. Where it is not installed, as in a browser, the comparison is
not made, and the solution says so. It costs more to import than most problems to be worked, so that
the ``np`` of this module, which all others take, imports it where something of it is first asked for.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final, TypeAlias

__all__ = ["NOT_MADE", "Doubles", "doubles", "ln_of_base", "log_softmax", "np", "numpy_is_here"]

#: Written as a text, so that who imports it does not load NumPy.
Doubles: TypeAlias = "NDArray[np.float64]"
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


class _Later:
    """What NumPy has, once it is asked for."""

    def __getattr__(self, name: str) -> Any:
        import numpy  # noqa: ICN001

        found = getattr(numpy, name)
        setattr(self, name, found)
        return found


if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
else:
    np = _Later()


def doubles(numbers: Any) -> Doubles:
    """Numbers in lists as deep as they are, as an array of doubles."""
    return np.asarray(numbers, float)


def ln_of_base(log_base: str) -> float:
    """What natural logarithms are divided by, to be logarithms to a base: exactly 1 for e."""
    return 1.0 if log_base == "e" else float(np.log(float(log_base)))


def log_softmax(logits: Doubles) -> Doubles:
    """The natural logarithms of the softmax along the last axis; no exponential overflows."""
    shifted = logits - logits.max(axis=-1, keepdims=True)
    logs: Doubles = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    return logs
