"""What a program gives in the place of a file: arrays and tensors of any kind as plain lists.

NumPy arrays, PyTorch tensors (whether or not they take part in a training, on any device, of any
precision), and whatever else offers ``__array__`` become lists of Python's numbers here, so that no
field has to know of them. Only large arrays stay arrays, for those fields that work on them as such.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from decimal import Decimal
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Final
from unicodedata import normalize

from lossclass.errors import InvalidProblem
from lossclass.problem.fields import describe, is_whole_number
from lossclass.problem.yaml_source import DEEPEST, NOWHERE, Path
from lossclass.second_road import np

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Arrays of more numbers stay arrays.
LARGE: Final = 20_000
#: A dtype that NumPy has by itself: numbers, true and false, texts, and objects.
_KINDS: Final = "biufUO"


def plain(data: Mapping[Any, Any]) -> dict[str, Any]:
    """Mappings, lists, texts and numbers; arrays only where they are large.

    Arrays of true and false are of ones and zeros.

    Raises:
        InvalidProblem: something in it has no numbers to offer, or no order, or a key is no text or
            stands there twice; with all that is so.
    """
    wrong: list[tuple[Path, str]] = []
    made = _mapping(data, (), wrong)
    if wrong:
        raise InvalidProblem([NOWHERE.mistake(path, message) for path, message in wrong])
    return made


def without_gradient(tensor: Any) -> Any:
    """What a PyTorch tensor holds, for NumPy: apart from its training, on this machine, its signs
    and conjugations carried out, and in a precision that NumPy has. Anything else stays what it is.

    Raises:
        ValueError: it holds no numbers, or only those that are not 0.
    """
    if not hasattr(tensor, "detach"):
        return tensor
    if getattr(tensor, "is_meta", False):
        raise ValueError("expected numbers, got a tensor on the device 'meta', which holds none")
    if not str(getattr(tensor, "layout", "strided")).endswith("strided"):
        raise ValueError("expected a dense tensor, got a sparse one; give its to_dense()")
    if getattr(tensor, "is_nested", False):
        raise ValueError("expected a tensor, got a nested one; give its unbind()")
    tensor = tensor.detach().cpu()
    for carried_out in ("resolve_conj", "resolve_neg", "dequantize"):
        if carried_out != "dequantize" or getattr(tensor, "is_quantized", False):
            tensor = getattr(tensor, carried_out, lambda same=tensor: same)()
    name = str(tensor.dtype)
    return tensor.float() if "bfloat16" in name or "float8" in name else tensor


def _mapping(data: Mapping[Any, Any], path: Path, wrong: list[tuple[Path, str]]) -> dict[str, Any]:
    """Its keys are texts as a file has them: composed, whole numbers written out, and each once."""
    made: dict[str, Any] = {}
    for key, value in data.items():
        text = str(int(key)) if is_whole_number(key) else key
        if not isinstance(text, str):
            wrong.append((path, f"expected a text for each key, got {describe(key)}"))
        elif (name := normalize("NFC", text)) in made:
            wrong.append(((*path, name), f"{name!r} stands here twice"))
        else:
            made[name] = _plain(value, (*path, name), wrong)
    return made


def _plain(value: Any, path: Path, wrong: list[tuple[Path, str]]) -> Any:
    if value is None or isinstance(value, str | int | float | Decimal):
        return float(value) if isinstance(value, float) else value  # a double of NumPy is one too
    if len(path) > DEEPEST:
        wrong.append((path, f"nested more than {DEEPEST} deep"))
        return None
    if isinstance(value, Mapping):
        return _mapping(value, path, wrong)
    if isinstance(value, PurePath):
        return str(value)
    try:
        value = _numbers(value) if isinstance(value, Set) or hasattr(value, "__array__") else value
    except (TypeError, ValueError, RuntimeError) as error:
        wrong.append((path, str(error).splitlines()[0] if str(error) else "holds no numbers"))
        return None
    if isinstance(value, Iterable) and not hasattr(value, "tolist"):
        return [_plain(each, (*path, place), wrong) for place, each in enumerate(value)]
    return value


def _numbers(value: Any) -> Any:
    """The numbers of an array: lists in lists, or a number; an array of doubles if it is large.

    Raises:
        TypeError, ValueError: it has others than real numbers, some that are masked, or no order.
    """
    if isinstance(value, Set):
        raise TypeError("expected a list, got a set, which has no order")
    value = without_gradient(value)
    if np.ma.is_masked(value):
        raise ValueError(
            "expected numbers, got a masked array; fill in what is masked, with filled(0), and say "
            "under 'mask' what counts"
        )
    array = np.asarray(value)
    if array.dtype.kind == "V" and array.dtype.names is None:
        array = array.astype(float)  # a short float of a library's own
    if array.dtype.kind not in _KINDS:
        raise ValueError(f"expected real numbers, got an array of {array.dtype}")
    if array.dtype.kind == "b":
        array = array.astype(int)
    array = without_long_doubles(array)
    return array if array.size > LARGE and array.dtype.kind != "O" else array.tolist()


def without_long_doubles(array: NDArray[Any]) -> NDArray[Any]:
    """The same array, of doubles where its numbers have more digits."""
    if array.dtype.kind == "f" and array.dtype.itemsize > np.dtype(float).itemsize:
        with np.errstate(over="ignore"):  # what a double cannot hold is refused as an infinity
            return array.astype(float)
    return array
