"""A spreadsheet program that is not ours, LibreOffice, for tests of workbooks; without it, they are
skipped."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import pytest

SOFFICE: Final = shutil.which("soffice") or shutil.which("libreoffice")
needs_spreadsheet = pytest.mark.skipif(SOFFICE is None, reason="LibreOffice is not installed")


def opened(content: bytes, *, values: bool = False) -> Any:
    """A workbook, with formulas or with what the file says that they come to."""
    from openpyxl import load_workbook

    return load_workbook(BytesIO(content), data_only=values)


def saved(book: Any) -> bytes:
    stream = BytesIO()
    book.save(stream)
    return stream.getvalue()


def recalculated(contents: Mapping[str, bytes], folder: Path) -> dict[str, Any]:
    """Workbooks by name, as the program saves them when it has worked out their formulas, with what
    these come to. What they come to by our own account is taken away before. All are done at once:
    the program takes longer to start than for any of them."""
    assert SOFFICE
    for name, content in contents.items():
        (folder / f"{name}.xlsx").write_bytes(saved(opened(content)))
    subprocess.run(
        [
            SOFFICE,
            "--headless",
            f"-env:UserInstallation={(folder / 'profile').as_uri()}",
            "--convert-to",
            "xlsx:Calc MS Excel 2007 XML",
            "--outdir",
            str(folder / "out"),
            *(str(folder / f"{name}.xlsx") for name in contents),
        ],
        check=True,
        capture_output=True,
        timeout=600,
    )
    return {
        name: opened((folder / "out" / f"{name}.xlsx").read_bytes(), values=True)
        for name in contents
    }
