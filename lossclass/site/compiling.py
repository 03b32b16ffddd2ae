"""Bytecode in the place of sources, so that a page has nothing to compile before its first answer.

This is run by the page's own Python (``static/compile.mjs``): another version's bytecode is none to it.
"""

from __future__ import annotations

from importlib.util import MAGIC_NUMBER
from io import BytesIO
from marshal import dumps
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

#: What of Python's own modules a page has no use for, a seventh of all.
_UNUSED = (
    "_pyrepl/",
    "doctest.",
    "ftplib.",
    "imaplib.",
    "mailbox.",
    "multiprocessing/",
    "pdb.",
    "pydoc.",
    "pydoc_data/",
    "smtplib.",
    "unittest/",
    "wsgiref/",
    "xmlrpc/",
)
#: Never looked whether the source is another one: it is not there.
_UNCHECKED = (0b01).to_bytes(4, "little") + bytes(8)
#: The same archive is the same bytes.
_BEGINNING = (1980, 1, 1, 0, 0, 0)


def compile_in(archive: str) -> None:
    """Put bytecode where the sources of modules are in a zip archive."""
    packed = BytesIO()
    with ZipFile(archive) as sources, ZipFile(packed, "w") as into:
        for name in sources.namelist():
            if name.startswith(_UNUSED):
                continue
            content = sources.read(name)
            if name.endswith(".py"):
                code = compile(content, name, "exec", dont_inherit=True)
                content = MAGIC_NUMBER + _UNCHECKED + dumps(code)
            written = f"{name}c" if name.endswith(".py") else name
            into.writestr(ZipInfo(written, _BEGINNING), content, ZIP_DEFLATED, 9)
    Path(archive).write_bytes(packed.getvalue())
