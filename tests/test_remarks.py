"""The catalogue of remarks: whatever is remarked stands there, and nothing else does."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import lossclass
from lossclass.blocks import Remark
from lossclass.remarks import BY_SUBJECT, REMARKS

PACKAGE = Path(lossclass.__file__).parent


def test_a_remark_needs_a_code_of_the_catalogue() -> None:
    assert Remark("kink", "Here.").code == "kink"
    with pytest.raises(ValueError, match="the catalogue of remarks has no 'kinks'"):
        Remark("kinks", "Here.")


def test_no_code_stands_under_two_subjects() -> None:
    assert sum(map(len, BY_SUBJECT.values())) == len(REMARKS)


def called(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else ast.unparse(call.func)


def test_every_code_is_used_and_every_code_used_is_there() -> None:
    texts: set[str] = set()
    remarked: set[str] = set()
    for path in PACKAGE.rglob("*.py"):
        if path == PACKAGE / "remarks.py" or path.is_relative_to(PACKAGE / "slips"):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Constant(value=str(text)):
                    texts.add(text)
                case ast.Call(args=[ast.Constant(value=str(code)), _, *_]) if called(node) in (
                    "remark",
                    "Remark",
                ):
                    remarked.add(code)
    assert REMARKS.keys() <= texts
    assert remarked <= REMARKS.keys()
    assert len(remarked) > 30
