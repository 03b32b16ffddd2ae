"""What files for platforms are made of: templates of XML, and packages, the same bytes for the same
files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from io import BytesIO
from pathlib import Path
from string import Template
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

#: The first moment that a ZIP archive can name.
_BEGINNING = (1980, 1, 1, 0, 0, 0)
_READABLE = 0o100644 << 16
#: So that the bytes do not depend on what system packs them.
_UNIX = 3


def filled(template: str, **written: str) -> str:
    """A template, by its name, with what is XML already in its places."""
    path = Path(__file__).with_name("templates") / f"{template}.xml"
    return Template(path.read_text(encoding="utf-8")).substitute(written)


def resource(id: str, kind: str, *files: str, href: str = "", needs: Iterable[str] = ()) -> str:
    """A resource in the manifest of a package: its files, and the ids of others that it needs."""
    place = f' href="{href}"' if href else ""
    inside = "".join(f'<file href="{each}"/>' for each in files)
    inside += "".join(f'<dependency identifierref="{each}"/>' for each in needs)
    return f'<resource identifier="{id}" type="{kind}"{place}>{inside}</resource>\n'


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
