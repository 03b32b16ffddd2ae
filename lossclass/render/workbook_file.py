"""A workbook as a file: cells in which nothing but our formulas is one, with what they come to."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Sequence
from datetime import datetime
from enum import StrEnum
from io import BytesIO
from typing import Any, Final
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from openpyxl import Workbook
from openpyxl.formatting.rule import CellIsRule
from openpyxl.styles import Alignment, Border, Font, NamedStyle, PatternFill, Side
from openpyxl.utils import coordinate_to_tuple, get_column_letter, quote_sheetname
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.properties import PageSetupProperties

from lossclass.arithmetic.mathml import fit
from lossclass.render import data
from lossclass.render.wrapping import wrapped

#: Always the same time, so that the same problem gives the same file.
_TIME: Final = datetime(1980, 1, 1)  # noqa: DTZ001 - a file's times have no zone
#: Wider sheets are printed across.
_PORTRAIT: Final = 95
_A4: Final = "9"
_LINE_HEIGHT: Final = 15
#: Columns are measured in digits, and letters are narrower.
_LETTERS: Final = 1.15
#: How large a title is beside other text.
_TITLE_SIZE: Final = 1.35
_LONGEST_TEXT: Final = 32_000
_FORMULA: Final = re.compile(rb'<c r="([A-Z]+[0-9]+)"([^>]*)><f>([^<]*)</f><v ?/?>(?:</v>)?</c>')
#: When openpyxl says that it saved the file.
_SAVED: Final = re.compile(rb"(<dcterms:modified[^>]*>)[-0-9T:]+")
_COLOURS: Final = {"✓": "2E7D32", "✗": "C62828"}


class Style(StrEnum):
    """What a cell is; how that looks, ``workbook.yaml`` says."""

    TITLE = "title"
    SECTION = "section"
    TEXT = "text"
    NOTE = "note"
    BESIDE = "beside"
    LABEL = "label"
    HEAD = "head"
    HEAD_OF_NUMBERS = "head of numbers"
    HEAD_BESIDE = "head beside"
    ID = "id"
    VALUE = "value"
    ANSWER = "answer"
    GIVEN = "given number"
    INPUT = "to fill in"
    NAME = "name to fill in"
    MARK = "mark"


def _styles() -> Iterator[NamedStyle]:
    for name, look in data("workbook").items():
        align = look.get("align", "left")
        style = NamedStyle(
            f"lossclass {name}",
            font=Font(**{"name": "Calibri", "size": 11, "color": "000000", **look.get("font", {})}),
            alignment=Alignment(
                align, "top", wrap_text=align == "left", indent=look.get("indent", 0)
            ),
            number_format=look.get("format"),
        )
        if fill := look.get("fill"):
            style.fill = PatternFill("solid", fgColor=fill)
        if around := look.get("around"):
            style.border = Border(*(Side(**around) for _ in range(4)))
        elif below := look.get("below"):
            style.border = Border(bottom=Side(**below))
        yield style


class Book:
    """A workbook that is being written."""

    def __init__(self, title: str) -> None:
        self.file = Workbook()
        self.file.remove(self.file.active)
        for style in _styles():
            self.file.add_named_style(style)
        self.file.properties.title = fit(title)
        self.file.properties.creator = "lossclass"
        self.file.properties.created = _TIME
        self.file.calculation.fullCalcOnLoad = True
        self._values: dict[str, dict[str, float]] = {}

    def sheet(self, name: str, widths: Sequence[float]) -> Page:
        """A new sheet, with columns of these widths."""
        self._values[name] = {}
        return Page(self.file.create_sheet(name), widths, self._values[name])

    def pieces(self) -> Iterator[bytes]:
        """The file. Its formulas have what they come to beside them: not every program that shows
        a workbook works it out, nor does one that opens a file from elsewhere for reading."""
        raw, written = BytesIO(), BytesIO()
        self.file.save(raw)
        paths = {f"xl{sheet.path[3:]}": sheet.title for sheet in self.file.worksheets}
        with ZipFile(raw) as old, ZipFile(written, "w", ZIP_DEFLATED) as new:
            for name in old.namelist():
                data = old.read(name)
                if name in paths:
                    data = _with_values(data, self._values[paths[name]])
                data = _SAVED.sub(rb"\g<1>%b" % _TIME.isoformat().encode(), data)
                new.writestr(ZipInfo(name, _TIME.timetuple()[:6]), data, ZIP_DEFLATED)
        yield written.getvalue()


def _with_values(sheet: bytes, values: dict[str, float]) -> bytes:
    def filled(found: re.Match[bytes]) -> bytes:
        value = values.get(found[1].decode())
        if value is None:
            return found[0]
        numbers = *found.groups(), repr(value).encode()
        return b'<c r="%b"%b><f>%b</f><v>%b</v></c>' % numbers

    return _FORMULA.sub(filled, sheet)


class Page:
    """A sheet. Rows and columns count from 1."""

    def __init__(self, sheet: Any, widths: Sequence[float], values: dict[str, float]) -> None:
        self.sheet = sheet
        self.widths = widths
        self._values = values
        #: The next row to be written by :meth:`line`.
        self.next_row = 1
        for column, width in enumerate(widths, start=1):
            sheet.column_dimensions[get_column_letter(column)].width = width

    @property
    def name(self) -> str:
        """What stands before ``!``."""
        title = str(self.sheet.title)
        return title if title.isalpha() else str(quote_sheetname(title))

    @staticmethod
    def cell(row: int, column: int) -> str:
        """What a cell is called: E12."""
        return f"{get_column_letter(column)}{row}"

    @staticmethod
    def place(cell: str) -> tuple[int, int]:
        """The row and the column of a cell."""
        row, column = coordinate_to_tuple(cell)
        return int(row), int(column)

    def text(self, row: int, column: int, text: str, style: Style = Style.TEXT) -> None:
        """Any text. Whatever it begins with, it stays a text, when it is edited too."""
        self._text(row, column, text, style)
        self._make_room(row, text, self.widths[column - 1])

    def _text(self, row: int, column: int, text: str, style: Style) -> None:
        cell = self._styled(row, column, style)
        if text:
            cell.value = fit(text)[:_LONGEST_TEXT]
            cell.data_type = "s"
            cell.quotePrefix = True

    def number(
        self, row: int, column: int, number: float | None, style: Style, format: str = "General"
    ) -> None:
        """A number, or an empty cell for one."""
        cell = self._styled(row, column, style)
        cell.value = number
        cell.number_format = format

    def formula(
        self, row: int, column: int, formula: str, value: float | None, style: Style, format: str
    ) -> None:
        """A formula, and what it comes to."""
        cell = self._styled(row, column, style)
        cell.value = f"={formula}"
        cell.number_format = format
        if value is not None:
            self._values[cell.coordinate] = value

    def mark(self, row: int, column: int, formula: str) -> None:
        """A formula that comes to a sign."""
        cell = self._styled(row, column, Style.MARK)
        cell.value = f"={formula}"
        for sign, colour in _COLOURS.items():
            rule = CellIsRule(operator="equal", formula=[f'"{sign}"'], font=Font(color=colour))
            self.sheet.conditional_formatting.add(cell.coordinate, rule)

    def head(self, titles: Sequence[str], numbers: Container[int]) -> None:
        """The heads of the columns, which stay where they are, and stand on every page."""
        self.heads(titles, numbers)
        self.sheet.print_title_rows = f"{self.next_row}:{self.next_row}"
        self.next_row += 1
        self.sheet.freeze_panes = f"A{self.next_row}"

    def heads(self, titles: Sequence[str], numbers: Container[int]) -> None:
        """Heads of columns, some of them columns of numbers, in the next row."""
        for column, title in enumerate(titles, start=1):
            style = Style.HEAD_OF_NUMBERS if column in numbers else Style.HEAD
            if style is Style.HEAD and column - 1 in numbers:
                style = Style.HEAD_BESIDE
            self.text(self.next_row, column, title, style)

    def line(self, text: str, style: Style = Style.TEXT) -> None:
        """Text across all columns, as high as it takes."""
        last = len(self.widths)
        for column in range(1, last + 1):
            self._styled(self.next_row, column, style)
        self._text(self.next_row, 1, text, style)
        # merge_cells() would draw the borders of every cell anew, which takes most of the time.
        self.sheet.merged_cells.add(f"A{self.next_row}:{get_column_letter(last)}{self.next_row}")
        size = _TITLE_SIZE if style is Style.TITLE else 1
        self._make_room(self.next_row, text, sum(self.widths), size)
        self.next_row += 1

    def _make_room(self, row: int, text: str, width: float, size: float = 1) -> None:
        """Make a row as high as a text takes: not every program does it by itself."""
        room = max(1, int(width * _LETTERS / size) - 1)
        lines = sum(len(wrapped(each, room)) for each in text.split("\n"))
        if lines > 1 or size > 1:
            dimensions = self.sheet.row_dimensions[row]
            dimensions.height = max(dimensions.height or 0, lines * size * _LINE_HEIGHT)

    def finish(self) -> None:
        """Set up how it is printed: as wide as a page, without what stands on the right of it."""
        sheet = self.sheet
        is_wide = sum(self.widths) > _PORTRAIT
        sheet.page_setup.orientation = "landscape" if is_wide else "portrait"
        sheet.page_setup.paperSize = _A4
        sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
        sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
        sheet.oddFooter.center.text = "&P / &N"
        if sheet.max_column > len(self.widths):
            sheet.print_area = f"A1:{self.cell(sheet.max_row, len(self.widths))}"

    def defined(self, name: str, row: int, column: int) -> DefinedName:
        """A name for a cell."""
        place = f"{self.name}!${get_column_letter(column)}${row}"
        return DefinedName(name, attr_text=place)

    def _styled(self, row: int, column: int, style: Style) -> Any:
        cell = self.sheet.cell(row, column)
        cell.style = f"lossclass {style}"
        return cell
