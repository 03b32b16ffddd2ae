"""Packages of files, the same bytes for the same files."""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

#: The first moment that a ZIP archive can name.
_BEGINNING = (1980, 1, 1, 0, 0, 0)
_READABLE = 0o100644 << 16
#: So that the bytes do not depend on what system packs them.
_UNIX = 3


def packed(files: Mapping[str, str]) -> bytes:
    """A ZIP archive of texts by their paths, in this order."""
    archive = BytesIO()
    with ZipFile(archive, "w") as file:
        for path, text in files.items():
            info = ZipInfo(path, _BEGINNING)
            info.compress_type = ZIP_DEFLATED
            info.external_attr = _READABLE
            info.create_system = _UNIX
            file.writestr(info, text.encode())
    return archive.getvalue()
