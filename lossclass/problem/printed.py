r"""Arrays as programs print them: ``tensor([[1., 2.]], device='cuda:0')``, ``[[1. 2.]\n [3. 4.]]``.

What stands around their lists is blanked, and a comma put in the place of a blank between two
numbers, so that all else stays where it was, and is YAML.
"""

from __future__ import annotations

import re
from typing import Final

#: What is said of an array behind its numbers.
SAID: Final = re.compile(
    r",\s*(?:dtype|shape|device|grad_fn|requires_grad|size|weak_type|names)="
    r"(?:<[^<>]{0,80}>|\([^()]{0,80}\)|'[^']{0,40}'|[\w.:]+)"
)
TENSORFLOW: Final = re.compile(r"<tf\.\w+[^<>]{0,200}?\bnumpy=([^<>]*)>")
#: A call, with nothing that is called in it.
CALL: Final = re.compile(
    r"(?<![\w.])(?:(?:np|numpy|torch|tf|jnp|jax|fractions|decimal)\.)?"
    r"(tensor|(?:Float|Double|Long)?Tensor|(?:as)?array|Array|DeviceArray|constant|float(?:16|32|64)?"
    r"|int(?:32|64)?|Decimal|Fraction|mpf)\(([^()]*)\)"
)
#: So deep is one printed number in another: a tensor in a parameter, of numbers of NumPy.
DEEPEST: Final = 3
_PARAMETER: Final = re.compile(r"Parameter containing:()")
_ENTRY: Final = r"(?:[-+]?(?:\d[\d.]*(?:e[-+]?\d+)?|\.\d+|nan|inf)|True|False|\.\.\.)"
#: What stands in lists and tuples of numbers.
_ROWS: Final = re.compile(rf"(?:[\s,\[\]()]|(?<![^\s,\[\]()]){_ENTRY}(?![^\s,\[\]()]))*+")
_IN_LIST: Final = re.compile(r":\s+\[\s*(?:tensor\(|Array\(|<tf)")
_BEGINS_LINE: Final = re.compile(r"\A([ \t]*)[ \t](\n+)\[")
_GAP: Final = re.compile(r"(?<=[^\s,\[])(\n*)[ \t](?=\s*[^\s,\]])")
_NUMBER: Final = re.compile(_ENTRY)
_NUMBERS: Final = re.compile(rf"{_ENTRY}(?:\s+{_ENTRY})+")
#: A key with an array behind it, up to the line of the next key.
_BEHIND_KEY: Final = re.compile(
    r"^([ \t]*(?:- +)?[\w.-]+[ \t]*:[ \t]+)(?=Parameter containing:|<tf\.|[\w.]*\(|\[)"
    r"(.*?)(?=^[ \t]*(?:- +)?[\w.-]+[ \t]*:(?:\s|\Z)|^---|\Z)",
    re.MULTILINE | re.DOTALL,
)


def _with_lists(text: str) -> str:
    """A printed array, or a tuple, as YAML of the same length; any other text as it is."""
    if text.startswith("(") and "," in text and _ROWS.fullmatch(text):
        return text.translate(str.maketrans("()", "[]"))
    made = text
    for around in (_PARAMETER, TENSORFLOW, SAID):
        made = around.sub(_blanked, made)
    for _ in range(DEEPEST):
        made = CALL.sub(_blanked, made)
    start, end = made.find("["), made.rfind("]") + 1
    if 0 <= start < end and _ROWS.fullmatch(made, start, end):
        made = made[:start] + _GAP.sub(r"\1,", made[start:end]) + made[end:]
    return made


def lists_in(text: str) -> str:
    """The lists of a text that is a printed array, a tuple or a number of an array; nothing of any
    other."""
    lists = _with_lists(text) if "(" in text or "[" in text else ""
    made = lists.strip()
    is_array = made[:1] + made[-1:] == "[]" or _NUMBER.fullmatch(made)
    return made if is_array and lists[:1] in " [" else ""


def has_list_of_arrays(text: str) -> bool:
    """Whether arrays stand in a list, whose commas YAML would take for its own."""
    return bool(_IN_LIST.search(text))


def with_printed(text: str) -> str:
    """A problem with its printed arrays as lists, each line as long as it was."""
    # a bracket that begins a line is no value to YAML: it goes to the line before
    return _BEHIND_KEY.sub(
        lambda found: found[1] + _BEGINS_LINE.sub(r"\1[\2 ", _with_lists(found[2])), text
    )


def numbers_in_one(text: str) -> list[str]:
    """The numbers of a row that was printed without commas; none if it is anything else."""
    return text.split() if _NUMBERS.fullmatch(text) else []


def _blanked(found: re.Match[str]) -> str:
    """As many blanks and line ends as there are characters, but for what is held."""
    start, end = (n - found.start() for n in found.span(found.lastindex or 0))
    whole = found[0] if found.lastindex else ""
    blank = re.sub(r"[^\n]", " ", found[0])
    return blank[:start] + whole[start:end] + blank[end:] if whole else blank
