"""Several numbers behind one name: ``h₁ = (0.46, −0.29)``, ``e = 0.5, −0.8``, and arrays as they are
printed. Each is a chain by itself, with the place where it stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from lossclass.hand_in.lines import Line
from lossclass.hand_in.sides import Chain, Side, names_in

#: Whatever a comma means, each number is read once: nothing is tried again.
_ENTRY: Final = r"[-−+]?(?>\d++(?:[.]\d*+|,\d++)?+|[.]\d++)(?:[eE][-+]?\d++)?+(?:/\d++)?+%?+"
_ENTRIES: Final = rf"\s*+{_ENTRY}(?:[\s,;]\s*+{_ENTRY})*+[\s,;]*+"
#: What stands in brackets behind a relation or alone, a row in brackets of its own or all in one; and
#: what fills the rest of a line without any.
_LIST: Final = re.compile(
    rf"(?:^|[=≈→:])\s*+(?:\[\s*+(?P<rows>(?:\[{_ENTRIES}\][\s,;]*+)++)\]|\[(?P<row>{_ENTRIES})\]"
    rf"|\((?P<round>\s*+{_ENTRY}(?:\s*+[,;]\s*+{_ENTRY})++)\s*+\))"
    r"(?:\^?\(?(?:T|top|′)\)?|ᵀ)?(?=\s*(?:[.,;]\s|[.,;]?$|and\b))"
    rf"|(?:^|[=≈:→]|->)\s*+(?P<bare>{_ENTRY}(?:(?:,\s++|\s*+;\s*+|\s++(?![-−+]\s)){_ENTRY})++)(?:,?\s+and\s+(?P<last>{_ENTRY}))?(?=\s*(?:[.;]?\s*$|→|->|=>|⇒))"
)
#: One number, with blanks between its thousands.
_THOUSANDS: Final = re.compile(r"[-−+]?\d{1,3}(?:\s\d{3})+(?:[.,]\d+)?")
_PARTS: Final = re.compile(r"\s*[,;\s]\s*")
_ROW: Final = re.compile(rf"\[({_ENTRIES})\]")
_ARE: Final = r"(?:are|were|sind|sont|son)\b"
#: One or two words, perhaps behind a label, or with "are" behind them, and three numbers or more.
_WITHOUT_SIGN: Final = re.compile(
    rf"^((?:[^:=≈]{{1,40}}:\s)?\s*[^\W\d][^\s=≈:,;]*(?:\s(?!{_ARE})[^\W\d][^\s=≈:,;]*)?)(?:\s+{_ARE})?\s+"
    rf"(?={_ENTRY}(?:(?:,\s++|\s*+;\s*+){_ENTRY})+(?:(?:,\s++|\s*+;\s*+)|,?\s+and\s+){_ENTRY}\.?$)"
)
#: What stands before a list: something else, and what belongs to it.
_OWN: Final = re.compile(r"((?:.*(?:[;.]\s+|,\s+(?![^()\[\]]*[)\]])))?)(.*)", re.DOTALL)
#: Of which time steps or observations a line is: no list of answers.
_COUNTS: Final = re.compile(r"[tijkns]")


def lists_in(line: Line) -> tuple[list[Chain], str]:
    """The numbers of the lists in a line, each by the name of its list and its place; and the rest of
    the line."""
    found: list[Chain] = []
    line = replace(line, text=_WITHOUT_SIGN.sub(r"\1 = ", line.text))
    rest, at = "", 0
    for match in _LIST.finditer(line.text):
        before = line.text[at : match.start()]
        whole, at = line.text[at : match.end()], match.end()
        lead, own = _OWN.fullmatch(before).groups()  # type: ignore[union-attr]
        label, _, name = re.split("[=≈→]", own)[0].rpartition(":")
        names = tuple(map(without_index, names_in(name)))
        rows = [
            [each.rstrip(".") for each in _PARTS.split(row.strip()) if each] for row in _rows(match)
        ]
        is_list = len(rows) > 1 or len(rows[0]) > 1
        is_list = is_list and not _THOUSANDS.fullmatch(match["bare"] or "")
        if not is_list or (name.strip() and not names) or _COUNTS.fullmatch(name.strip()):
            rest += whole
            continue
        found += _each(line, label.strip(), names, rows, whole.strip(" ,;"))
        rest += lead
    return found, rest + line.text[at:]


def without_index(name: str) -> str:
    """The name of a list, or of a column, without the index for which each number has its own."""
    return re.sub(r"(?:_\{?[a-z]\}?|[ₜᵢₙₖ])$", "", name.strip())


def _rows(match: re.Match[str]) -> list[str]:
    if match["rows"]:
        return _ROW.findall(match["rows"])
    text = match["row"] or match["round"] or match["bare"]
    return [f"{text}; {match['last']}" if match["last"] else text]


def _each(
    line: Line, label: str, names: tuple[str, ...], rows: list[list[str]], text: str
) -> Iterator[Chain]:
    for i, row in enumerate(rows, start=1):
        for j, entry in enumerate(row, start=1):
            at = (j,) if len(rows) == 1 else (i,) if len(row) == 1 else (i, j)
            own = tuple("_".join([name, *map(str, at)]) for name in names)
            number = Side(entry, entry)
            sides, relations = ((Side(own[0]), number), ("=",)) if own else ((number,), ())
            yield Chain(line, sides, relations, label, own, vector=text, at=at)
