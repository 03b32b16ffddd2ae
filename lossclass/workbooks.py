"""Where things stand in a workbook: as it is written, and as it is read when it is handed in."""

from __future__ import annotations

from typing import Final

#: The name of the sheet of the steps; of a second problem, it has a 2 behind it.
WORKING: Final = "Working"
#: Its columns, from 1 on.
ID, TITLE, SYMBOL, FORMULA, VALUE, BESIDE = range(1, 7)
#: What stands above its columns, but for those behind the formulas.
HEADS: Final = ("Step", "Title", "Symbol", "Formula")
#: What stands above the values: worked, or filled in.
WORKED, FILLED_IN = "Value", "Your result"
#: The cells in which it says what it belongs to, by their names.
NAMED: Final = {"lossclass_problem": "B2", "lossclass_student": "D2", "lossclass_variant": "F2"}
