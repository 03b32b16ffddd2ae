"""The lines of a document as they are read: text, Markdown, TeX, or a notebook.

What belongs to the format is taken off here: fences and tables of Markdown, environments of TeX,
the cells of a notebook, the frames of what ``lossclass solve`` prints. A line that goes on with an
equality from the line before it is part of that line.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import IO, Any, Final

from lossclass.errors import InvalidProblem, Mistake
from lossclass.hand_in import tex
from lossclass.hand_in.printed import rows_unprinted
from lossclass.hand_in.words import WORDS
from lossclass.problem.files import read_text
from lossclass.records import record
from lossclass.rosters.table import decoded, read_bytes

#: How the names of files end that are read as working.
SUFFIXES: Final = (".txt", ".md", ".tex", ".ipynb")
#: So much of a line is read; nobody writes more on one.
LONGEST: Final = 4_000

#: Fences that have no program in them.
_TEXT_FENCES: Final = frozenset(WORDS["fences"])
_FENCE: Final = re.compile(r"\s*(`{3,}|~{3,})\s*([^`\s]*)")
_ENVIRONMENTS: Final = (
    r"(?:align|alignat|aligned|equation|gather|gathered|multline|split|eqnarray|flalign)\*?"
)
_OPENS_MATH: Final = re.compile(rf"\s*(?:(\$\$)|(\\\[)|\\begin\{{({_ENVIRONMENTS})\}})")
#: So many lines at most belong to one formula that is not closed.
_LONGEST_MATH: Final = 200
#: What stands before the first row.
_OPENING: Final = re.compile(r"(?:\s|\$\$|\\\[|\\begin\{[^{}]{0,20}\})*")
_ROW_ENDS: Final = re.compile(r"\\\\\*?(?:\[[^\]]{0,20}\])?(?![A-Za-z])")
_TABULAR: Final = re.compile(r"\\(?:begin|end)\{(?:tabular[x*]?|longtable)\}")
_TABULAR_ROW_ENDS: Final = re.compile(r"\\\\|\\tabularnewline")
#: Under the head of a table, and a head that only counts what stands below it.
_RULE: Final = re.compile(r"\s*[─━═]+\s*")
_COUNTS: Final = re.compile(r"[\s\d]+")
#: How a row begins that is no head: with an id.
_NO_HEAD: Final = re.compile(r"[^&]*\\texttt\{")
_AMPERSAND: Final = re.compile(r"(?<!\\)&")
_FRAMES: Final = str.maketrans({**dict.fromkeys("│┃║╭╮╰╯─━═┌┐└┘├┤┬┴┼✓✗✘✔", " "), "\t": "    "})
_TAG: Final = re.compile(r"</?[A-Za-z][^<>]{0,200}>|&nbsp;")
_HEADING: Final = re.compile(r"\s{0,3}#{1,6}\s+(.*?)[\s#]*$")
_UNDERLINE: Final = re.compile(r"\s*(?:-{3,}|={3,}|_{3,})\s*$")
_QUOTE: Final = re.compile(r"(?:\s*>)+\s?")
_BULLET: Final = re.compile(
    r"\s*(?:[-*+•◦▪‣]\s+|\(?(?:\d{1,3}|[a-zA-Z]|[ivxIVX]{1,4})[.)]\s+|!\s+)(?=\S)"
)
_STRONG: Final = re.compile(
    r"(?:(?<=[\s(:])|^)(?:\*\*|__)(?=\S)|(?<=\S)(?:\*\*|__)(?=[\s.,;:!?)]|$)"
)
#: What is crossed out within a line.
_CROSSED_OUT: Final = re.compile(
    r"(?<!~)~~(?=[^\s~])[^\n~]{0,400}(?<=\S)~~(?!~)|<(s|del|strike)>[^\n<]{0,400}</\1>"
)
_EMPHASIS: Final = re.compile(r"(?<![\w*])\*([^*\s](?:[^*]*[^*\s])?)\*(?![\w*])")
_ESCAPED: Final = re.compile(r"\\([-*_|#+!<>`~.])")
#: A row of this only separates the head of a table.
_SEPARATOR: Final = re.compile(r"\s*\|?(?:\s*:?-+:?\s*\|)+(?:\s*:?-+:?\s*)?$")
_APART: Final = re.compile(r"(?<!\\)\|")
_WIDE: Final = re.compile(r"\s{2,}")
#: The id of a step, in the first column.
_CODE: Final = re.compile(r"`([^`]+)`")
#: The id of a step, as ``solve`` prints it: as code, or at the right, close behind a full line.
_ID: Final = re.compile(
    r"""`([^`\s]+)`
    | (?:\s{3,}|^\s{8,}) ([a-z][a-z_0-9]*(?:\.\w+)+|[a-z_]{3,}) \s*$
    | (?<=[^\s=≈+−·×/-])\s{1,2} ([a-z][a-z_0-9]*(?:\.[A-Za-z_]\w*)*(?:\.\d+)+) \s*$""",
    re.VERBOSE,
)
_MAY_TAG: Final = re.compile("`|  ")
#: How a line begins that goes on with the one before it.
_GOES_ON: Final = re.compile(r"\s*(?:=(?!=|>)|≈|:=|≃|≅|[×·÷/*]\s|[+−]\s)")
_IS_OPEN: Final = re.compile(r"(?:[=≈×·÷*/+−(,]|\s-)\s*$")
_RELATION: Final = re.compile(r"=|≈|→|->|~")
#: So many numbers are added up below each other at most.
_LONGEST_COLUMN: Final = 50
_GRID_ROW: Final = re.compile(
    r"\s*(?:(?P<word>[^\W\d_]\w{0,20}:?)\s+)?(?P<numbers>[-−+]?[\d.,]+(?:\s+[-−+]?[\d.,]+)+)"
)
_NUMBER: Final = re.compile(r"[+−–-]?\s*\d+(?:[.,]\d+)?")


@record
class Line:
    """A line of a document, without what belongs to its format.

    Attributes:
        number: of the line in the file on which it begins; in a notebook, of the line in its cell.
        text: all of it, with what goes on on the lines below.
        bullet: what it began with, if that was a bullet, which may also be meant as a sign.
        is_heading: whether it names what stands below it.
        cells: those of a row of a table; then ``head`` are the names of the columns.
        is_only_row: whether the table has no other.
        is_like_another: whether another row begins as it does: those of one episode.
        tags: ids of steps that stand in it, as ``solve`` prints them.
        cell: which cell of a notebook it stands in, from 1; 0 if it is none.
    """

    number: int
    text: str
    bullet: str = ""
    is_heading: bool = False
    cells: tuple[str, ...] = ()
    head: tuple[str, ...] = ()
    is_only_row: bool = False
    is_like_another: bool = False
    tags: tuple[str, ...] = ()
    cell: int = 0

    @property
    def place(self) -> str:
        """Where it stands, for a message."""
        return f"cell {self.cell}, line {self.number}" if self.cell else f"line {self.number}"


def lines_of(source: str | Path | IO[str] | IO[bytes], kind: str | None = None) -> list[Line]:
    """The lines of a document.

    Args:
        kind: the ending of its kind, ``.md``; None to go by the name of the file.

    Raises:
        FileError: it cannot be read.
        InvalidProblem: it is no text, or no notebook.
    """
    try:
        text, name = read_text(source)
    except InvalidProblem:  # it is not in UTF-8: Windows and Word have an encoding of their own
        if not isinstance(source, str | Path):
            raise
        text, name = (
            decoded(read_bytes(source), str(source), "it with the encoding UTF-8"),
            f"{source}",
        )
    kind = kind or Path(name).suffix.lower() or _kind_of(text)
    if kind == ".ipynb" and text.strip():
        return list(_of_notebook(text, name))
    if kind == ".tex":
        return lines_in(_body(text), is_tex=True)
    return lines_in(text)


def _kind_of(text: str) -> str:
    """What a text is that has no name: standard input."""
    if text.lstrip().startswith("{") and '"cells"' in text:
        return ".ipynb"
    return ".tex" if r"\begin{document}" in text else ".md"


# --- notebooks ---


def _of_notebook(text: str, name: str) -> Iterator[Line]:
    """Its texts, and what its code has printed. The code itself is not read: what it says of
    numbers is what Python says."""
    try:
        cells = json.loads(text)["cells"]
        for n, cell in enumerate(cells, start=1):
            for part in _texts(cell):
                for line in lines_in(part):
                    yield replace(line, cell=n)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise InvalidProblem([Mistake("expected a notebook (JSON with 'cells')", file=name)]) from None  # fmt: skip


def _texts(cell: Any) -> Iterator[str]:
    if cell["cell_type"] in ("markdown", "raw"):
        yield _joined(cell["source"])
    for output in cell.get("outputs", ()):
        if output.get("output_type") == "stream":
            yield _joined(output.get("text", ""))
        elif "data" in output:
            data = output["data"]
            yield _joined(data.get("text/markdown") or data.get("text/latex") or data.get("text/plain") or "")  # fmt: skip


def _joined(text: Any) -> str:
    if isinstance(text, str):
        return text
    if not (isinstance(text, list) and all(isinstance(each, str) for each in text)):
        raise TypeError(text)
    return "".join(text)


# --- TeX ---


def _body(text: str) -> str:
    """A TeX document without preamble and comments, its lines where they were."""
    before, begins, after = text.partition(r"\begin{document}")
    if begins:
        text = "\n" * before.count("\n") + after
    text = text.partition(r"\end{document}")[0]
    return "\n".join(re.sub(r"(?<!\\)%.*", "", line) for line in text.split("\n"))


# --- text and Markdown ---


def lines_in(text: str, *, is_tex: bool = False) -> list[Line]:
    """The lines of a text, in which there may be Markdown and TeX.

    Args:
        is_tex: whether it is a TeX document, in which nothing is a fence.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = text if is_tex else _CROSSED_OUT.sub(" ", text)
    rows = list(enumerate(text.split("\n"), start=1))
    read = rows_unprinted(list(_without_fences(rows, is_tex=is_tex)))
    short = ((n, row[:LONGEST]) for n, row in read)
    plain = _without_mathematics(_without_tabulars(short))
    return _joined_lines(_without_markup(_with_tables(list(plain))))


_Rows = Iterator[tuple[int, str]]


def _without_fences(rows: list[tuple[int, str]], *, is_tex: bool) -> _Rows:
    """Without the marks of fences, and without the programs in them."""
    fence = ""
    is_read = True
    for n, row in rows:
        found = None if is_tex else _FENCE.match(row)
        if found and not fence:
            fence, is_read = found[1], found[2].strip("{}.").lower() in _TEXT_FENCES
            yield n, ""
        elif found and found[1].startswith(fence) and not found[2]:
            fence, is_read = "", True
            yield n, ""
        elif is_read:
            yield n, row


def _without_tabulars(rows: _Rows) -> _Rows:
    """With the tables of TeX as those of Markdown."""
    is_inside = has_head = False
    for n, row in rows:
        if _TABULAR.search(row):
            is_inside, has_head = r"\begin" in row, False
            yield n, ""
        elif is_inside and "&" in row:
            if not has_head and _NO_HEAD.match(row):  # the rows of a worksheet's table
                yield n, "| " * row.count("&") + "| |"
                yield n, "| --- " * (row.count("&") + 1) + "|"
                has_head = True
            whole = _APART.sub(r"\|", _TABULAR_ROW_ENDS.split(row)[0])
            cells = [each.strip() for each in _AMPERSAND.split(whole)]
            yield n, f"| {' | '.join(cells)} |"
            if not has_head:
                yield n, "| --- " * len(cells) + "|"
                has_head = True
        elif not is_inside or row.replace(r"\hline", "").strip():
            yield n, row


def _without_mathematics(rows: _Rows) -> _Rows:
    """With TeX written plainly: what is set apart as mathematics row by row, and all else line by
    line."""
    block: list[str] = []
    begins, closing = 0, ""
    for n, row in rows:
        if block:
            block.append(row)
            if closing in row or len(block) > _LONGEST_MATH:
                yield from _plain_rows(begins, block)
                block = []
            continue
        if opened := _OPENS_MATH.match(row):
            closing = "$$" if opened[1] else r"\]" if opened[2] else rf"\end{{{opened[3]}}}"
            if closing not in row[opened.end() :]:
                begins, block = n, [row]
                continue
        if "$" in row and row.lstrip().startswith("|"):  # a bar in a formula parts no cells
            plain = (tex.plain(each).replace("|", "\\|") for each in _APART.split(row))
            yield n, "|".join(plain)
        elif "\\" in row or "$" in row:
            yield from _plain_rows(n, [_ESCAPED.sub(r"\1", row)])
        else:
            yield n, row
    yield from _plain_rows(begins, block)


def _plain_rows(begins: int, block: list[str]) -> _Rows:
    r"""The rows of mathematics (``\\`` ends one), each at the line on which it begins."""
    at = begins
    text = tex.without_matrices("\n".join(block))
    for part in _ROW_ENDS.split(text) if len(block) > 1 else [text]:
        opening = _OPENING.match(part)
        begin = at + (opening[0].count("\n") if opening else 0)
        for row in tex.plain(part.replace("\n", " ")).split("\n"):
            yield begin, row
        at += part.count("\n")


def _with_tables(rows: list[tuple[int, str]]) -> Iterator[Line]:
    """With the rows of tables: those of Markdown, and columns of numbers under names."""
    below_heads = {n for n, row in rows if _RULE.fullmatch(row)}
    counts = {n for n, row in rows if n + 1 in below_heads and _COUNTS.fullmatch(row)}
    rows = [(n, "" if n in counts else row.translate(_FRAMES).rstrip()) for n, row in rows]
    at = 0
    while at < len(rows):
        n, row = rows[at]
        below = rows[at + 1][1] if at + 1 < len(rows) else ""
        if "|" in row and "-" in below and _SEPARATOR.match(below):
            end = next((i for i in range(at + 2, len(rows)) if "|" not in rows[i][1]), len(rows))
            yield from table_lines(_piped(row), [(n, _piped(row)) for n, row in rows[at + 2 : end]])
            at = end
            continue
        head, found = _columns(rows, at) or _grid(rows, at) or ((), [])
        if found:
            yield from table_lines(head, found)
            at = next(i for i in range(at, len(rows)) if rows[i][0] == found[-1][0]) + 1
            continue
        if added := _sum_in_a_column(rows, at):
            yield Line(n, added[0])
            at += added[1]
            continue
        yield Line(n, row)
        at += 1


def table_lines(
    head: tuple[str, ...], rows: Sequence[tuple[int, tuple[str, ...]]]
) -> Iterator[Line]:
    """The rows of a table, each with the number of its line, as lines."""
    count = Counter(cells[0] for _, cells in rows if cells)
    for n, cells in rows:
        tags = tuple(found[1] for each in cells[:1] if (found := _CODE.fullmatch(each)))
        text, is_only = "  ".join(cells), len(rows) == 1
        yield Line(
            n,
            text,
            head=head,
            cells=cells,
            is_only_row=is_only,
            is_like_another=count[cells[0]] > 1 if cells else False,
            tags=tags,
        )


def _piped(row: str) -> tuple[str, ...]:
    inside = row.strip().removeprefix("|")
    inside = inside[:-1] if inside.endswith("|") and not inside.endswith("\\|") else inside
    return tuple(
        _without_emphasis(tex.plain(each.replace("\\|", "|"))).strip()
        for each in _APART.split(inside)
    )


_Table = tuple[tuple[str, ...], list[tuple[int, tuple[str, ...]]]]


def _columns(rows: list[tuple[int, str]], at: int) -> _Table | None:
    """The rows of numbers that stand under a row of names, each in as many columns; or in one more, of
    what the rows are called."""
    head = tuple(_WIDE.split(rows[at][1].strip()))
    is_counted = head[1:] in (tuple(map(str, range(n, n + len(head) - 1))) for n in (0, 1))
    named = head[:1] if is_counted else head
    if len(head) < 2 or _RELATION.search(rows[at][1]) or any(map(_NUMBER.match, named)):
        return None
    found: list[tuple[int, tuple[str, ...]]] = []
    for n, row in rows[at + 1 :]:
        if not row.strip() and not found:
            continue  # lines under the head
        widths = [len(found[0][1])] if found else [len(head), len(head) + 1]
        ways = (tuple(_WIDE.split(row.strip())), tuple(row.split()))
        cells = next((each for each in ways if len(each) in widths), ())
        if not cells or not all(map(_NUMBER.match, cells[1:])):
            break
        found.append((n, cells))
    more = len(found[0][1]) - len(head) if found else 0
    return (("",) * more + head, found) if len(found) > more else None


def _grid(rows: list[tuple[int, str]], at: int) -> _Table | None:
    """Rows of so many numbers below each other, some of them behind a word."""
    found = [_GRID_ROW.fullmatch(row) for _, row in rows[at : at + _LONGEST_COLUMN]]
    length = next((n for n, row in enumerate(found) if row is None), len(found))
    numbers = [
        [each.rstrip(",") for each in row["numbers"].split()] for row in found[:length] if row
    ]
    words = [row["word"] or "" for row in found[:length] if row]
    if length < 2 or len({*map(len, numbers)}) > 1 or not any(words):
        return None
    cells = [(word, *each) for word, each in zip(words, numbers, strict=True)]
    return ("",) * len(cells[0]), [
        (n, each) for (n, _), each in zip(rows[at:], cells, strict=False)
    ]


def _sum_in_a_column(rows: list[tuple[int, str]], at: int) -> tuple[str, int] | None:
    """Numbers below each other, a sign before the last, a line, and what they come to: as one
    line, and how many lines that are."""
    numbers: list[str] = []
    for _, row in rows[at : at + _LONGEST_COLUMN]:
        number = row.strip()
        if not _NUMBER.fullmatch(number) and not re.fullmatch(r"[+×*·]\s*\d+(?:[.,]\d+)?", number):
            break
        numbers.append(number)
    end = at + len(numbers)
    if len(numbers) < 2 or end + 1 >= len(rows) or not (sign := re.match(r"[+×*·−-]", numbers[-1])):
        return None
    if not re.fullmatch(r"\s*[-_=]{2,}\s*", rows[end][1]) or not _NUMBER.fullmatch(rows[end + 1][1].strip()):  # fmt: skip
        return None
    operands = [each.lstrip("+×*·−- ") for each in numbers]
    return f"{f' {sign[0]} '.join(operands)} = {rows[end + 1][1].strip()}", len(numbers) + 2


def _without_markup(lines: Iterable[Line]) -> list[Line]:
    found: list[Line] = []
    for each in lines:
        text = each.text
        # the ids in a line, and the line without them
        tags = _ID.findall(text) if _MAY_TAG.search(text) else []
        text = _ID.sub("   ", text) if tags else text
        ids = (next(filter(None, tag)) for tag in tags)
        line = replace(each, tags=tuple(dict.fromkeys((*each.tags, *ids))))
        if text.lstrip().startswith(">"):
            text = _QUOTE.sub("", text, count=1)
        if line.cells or not _UNDERLINE.match(text):
            found.append(line if line.cells else _marked(line, text))
        elif found and found[-1].text.strip() and not _RELATION.search(found[-1].text):
            found[-1] = replace(found[-1], is_heading=True)
    return found


def _marked(line: Line, text: str) -> Line:
    """A line without its bullet and its emphasis; what is all emphasis is a heading."""
    if heading := _HEADING.match(text):
        return replace(line, text=_without_emphasis(heading[1]), is_heading=True)
    bullet = ""
    if found := _BULLET.match(text):
        bullet = found[0].strip()
        text = text[found.end() :]
    stripped = text.strip()
    is_heading = stripped.startswith(("**", "__")) and stripped.rstrip(":.").endswith(("**", "__"))
    return replace(line, text=_without_emphasis(text), bullet=bullet, is_heading=is_heading)


def _without_emphasis(text: str) -> str:
    text = _ESCAPED.sub(r"\1", _TAG.sub(" ", text))
    return _EMPHASIS.sub(r"\1", _STRONG.sub("", text))


def _joined_lines(lines: Iterable[Line]) -> list[Line]:
    """With each line that goes on with an equality put behind the one that it goes on with."""
    joined: list[Line] = []
    gap = 0
    for line in lines:
        if not line.text.strip() and not line.tags:
            gap += 1
            continue
        if joined and _is_further(joined[-1], line, gap):
            before, sign = joined[-1], f"{line.bullet} " if line.bullet else ""
            text = f"{before.text.rstrip()} {sign}{line.text.strip()}"[: 2 * LONGEST]
            joined[-1] = replace(before, text=text, tags=before.tags + line.tags)
        else:
            joined.append(line)
        gap = 0
    return joined


def _is_further(before: Line, line: Line, gap: int) -> bool:
    if before.cells or line.cells or line.is_heading or len(before.text) > LONGEST:
        return False
    if line.text.lstrip()[:1] in tuple("=≈:≃≅"):
        return gap < 2 and not line.bullet and bool(_GOES_ON.match(line.text))
    if gap or not _RELATION.search(before.text):
        return False
    if line.bullet:  # a sign that looks like one
        return line.bullet == "+" != before.bullet and not before.text.rstrip().endswith((":", "."))
    return bool(_GOES_ON.match(line.text) or _IS_OPEN.search(before.text))
