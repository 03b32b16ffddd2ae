"""Python code with numbers in it, so that it can be read on 80 columns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import accumulate
from pprint import pformat
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Columns of code, so that it stands indented on 80.
_WIDTH = 72
#: What makes an array, and what it is told of doubles and of integers.
_ARRAYS = {
    "PyTorch": ("torch.tensor", {"f": ", dtype=torch.float64", "i": ", dtype=torch.int64"}),
    "Keras": ("np.array", {}),
    "optax": ("jnp.array", {}),
    "scikit-learn": ("np.array", {}),
}
_IMPORTS = {
    "PyTorch": ("import torch", "import torch.nn.functional as F"),
    "Keras": ("import keras", "import numpy as np"),
    "optax": ("import jax.numpy as jnp", "import optax"),
    "scikit-learn": ("import numpy as np",),
}


def array_code(library: str, name: str, values: NDArray[Any]) -> str:
    """The code ``name = …`` with an array of doubles, of integers for indices, or of a mask."""
    make, types = _ARRAYS[library]
    literal = pformat(values.tolist(), width=_WIDTH - 4, compact=True)
    literal = literal.replace("inf", 'float("inf")')
    end = types.get(values.dtype.kind, "")
    code = f"{name} = {make}({literal}{end})"
    if "\n" not in literal and len(code) <= _WIDTH:
        return code
    indented = "\n".join("    " + line for line in literal.splitlines())
    more = f",\n    {end[2:]}" if end else ""
    return f"{name} = {make}(\n{indented}{more}\n)"


def program(library: str, imports: Iterable[str], lines: Sequence[str]) -> str:
    """A program of these lines, which leave the number in ``loss``, with what it has to import.

    Args:
        imports: beside the library's own, which are imported where they are used.
    """
    body = "\n".join(map(_broken, lines))
    wanted = {*imports, *(["import math"] if "math." in body else [])}
    wanted |= {each for each in _IMPORTS[library] if each.split()[-1] + "." in body}
    end = "print(loss.tolist())" if library == "PyTorch" else "print(loss)"
    ordered = sorted(wanted, key=lambda line: (line.startswith("from"), line))
    return "\n".join([*ordered, "", body, end])


def _broken(line: str) -> str:
    """A line of code that is too long, with the arguments of its first call below it."""
    if len(line) <= _WIDTH or "\n" in line or "(" not in line:
        return line
    start = line.index("(") + 1
    depths = list(accumulate({"(": 1, "[": 1, ")": -1, "]": -1}.get(c, 0) for c in line[start:]))
    end = start + depths.index(-1)
    inside = line[start:end]
    if len(inside) > _WIDTH - 4:
        inside = "".join(
            "\n   " + c if before == "," and depth == 0 else c
            for before, c, depth in zip(" " + inside, inside, depths, strict=False)
        )
        inside = "\n".join(text.rstrip() for text in inside.splitlines())
    return f"{line[:start]}\n    {inside}\n{line[end:]}"
