"""The catalogue of remarks: whatever is remarked stands there, and nothing else does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import lossclass
from lossclass.blocks import REMARKS, REMARKS_BY_SUBJECT, Remark

PACKAGE = Path(lossclass.__file__).parent


def test_a_remark_needs_a_code_of_the_catalogue() -> None:
    assert Remark("kink", "Here.").code == "kink"
    with pytest.raises(ValueError, match="no remark 'kinks'"):
        Remark("kinks", "Here.")


def test_no_code_stands_under_two_subjects() -> None:
    assert sum(map(len, REMARKS_BY_SUBJECT.values())) == len(REMARKS)


def test_every_code_is_used_and_every_code_used_is_there() -> None:
    texts: set[str] = set()
    remarked: set[str] = set()
    for path in PACKAGE.rglob("*.py"):
        if path == PACKAGE / "blocks.py" or path.is_relative_to(PACKAGE / "slips"):
            continue
        source = path.read_text(encoding="utf-8")
        texts.update(re.findall(r'"([\w-]+)"', source))
        remarked.update(re.findall(r'\b[rR]emark\(\s*"([^"]+)",\s*[^\s)]', source))
    assert REMARKS.keys() <= texts
    assert remarked <= REMARKS.keys()
    assert len(remarked) > 30
