"""The rooms of the house, and which way imports may go between them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path

import pytest

import lossclass
from lossclass import losses

PACKAGE = Path(lossclass.__file__).parent
ANYTHING = {"*"}
#: What each room may import of the others, beside records. A room is a folder, or a file at the top.
MAY_IMPORT = {
    "errors": set[str](),
    "choices": set[str](),
    "records": set[str](),
    "suggest": set[str](),
    "second_road": set[str](),
    "workbooks": set[str](),
    "points": set[str](),
    "arithmetic": {"second_road"},
    "figures": {"arithmetic"},
    "blocks": {"arithmetic", "figures"},
    "slips": {"arithmetic"},
    "solution": {"arithmetic", "blocks", "points"},
    "working": {"arithmetic", "blocks", "choices"},
    "problem": {"arithmetic", "choices", "errors", "points", "second_road", "suggest"},
    "rosters": {"errors", "problem"},
    "rnn": {
        "arithmetic",
        "blocks",
        "choices",
        "errors",
        "figures",
        "problem",
        "second_road",
        "slips",
        "working",
    },
    "losses": {
        "arithmetic",
        "blocks",
        "choices",
        "errors",
        "figures",
        "problem",
        "rnn",
        "second_road",
        "slips",
        "working",
    },
    "backpropagation": {
        "arithmetic",
        "blocks",
        "errors",
        "figures",
        "problem",
        "rnn",
        "second_road",
        "slips",
        "working",
    },
    "marking": {"arithmetic", "blocks", "points", "slips", "solution"},
    "hand_in": {
        "arithmetic",
        "blocks",
        "choices",
        "errors",
        "marking",
        "problem",
        "rosters",
        "solution",
        "suggest",
        "workbooks",
    },
    "render": {
        "arithmetic",
        "blocks",
        "errors",
        "figures",
        "marking",
        "points",
        "rosters",
        "second_road",
        "solution",
        "workbooks",
        "worksheets",
    },
    "worksheets": {"arithmetic", "blocks", "errors", "problem", "solution", "suggest"},
    "lms": {
        "arithmetic",
        "blocks",
        "errors",
        "marking",
        "practice",
        "render",
        "slips",
        "solution",
        "worksheets",
    },
    "output": {"errors", "streams"},
    "streams": {"errors"},
    "solving": {
        "arithmetic",
        "backpropagation",
        "blocks",
        "choices",
        "errors",
        "losses",
        "marking",
        "points",
        "problem",
        "rnn",
        "second_road",
        "slips",
        "solution",
        "suggest",
        "working",
    },
    "progress": set[str](),
    "exams": {
        "choices",
        "errors",
        "hand_in",
        "losses",
        "marking",
        "points",
        "problem",
        "solution",
        "solving",
        "suggest",
        "worksheets",
    },
    "runs": {
        "arithmetic",
        "asking",
        "choices",
        "errors",
        "exams",
        "hand_in",
        "lms",
        "losses",
        "marking",
        "output",
        "points",
        "problem",
        "progress",
        "render",
        "rosters",
        "solution",
        "solving",
        "suggest",
        "variants",
        "worksheets",
    },
    "explanations": {
        "arithmetic",
        "blocks",
        "choices",
        "errors",
        "losses",
        "problem",
        "render",
        "slips",
        "solution",
        "solving",
        "suggest",
    },
    "asking": {"errors", "output", "render"},
    "quiz": {"asking", "errors", "output", "problem", "render", "suggest"},
    "practice": {
        "arithmetic",
        "asking",
        "blocks",
        "errors",
        "hand_in",
        "marking",
        "output",
        "problem",
        "render",
        "solution",
        "worksheets",
    },
    "variants": {
        "arithmetic",
        "choices",
        "errors",
        "exams",
        "hand_in",
        "losses",
        "marking",
        "output",
        "points",
        "problem",
        "progress",
        "render",
        "rosters",
        "second_road",
        "solution",
        "solving",
        "suggest",
        "worksheets",
    },
    "site": {
        "arithmetic",
        "choices",
        "errors",
        "exams",
        "explanations",
        "hand_in",
        "losses",
        "marking",
        "output",
        "practice",
        "problem",
        "quiz",
        "render",
        "solving",
        "suggest",
        "worksheets",
    },
    "commands": ANYTHING,
    "api": ANYTHING,
    "cli": ANYTHING,
    "__init__": ANYTHING,
    "__main__": {"cli"},
}


def room_of(path: Path) -> str:
    first = path.relative_to(PACKAGE).parts[0]
    return first.removesuffix(".py")


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


@cache
def nodes_of(path: Path) -> Sequence[ast.AST]:
    """The statements of a file, and if one of them may import by a call, all else too."""
    text = path.read_text(encoding="utf-8")
    if "import_module" in text or "__import__" in text:
        return [*ast.walk(ast.parse(text))]
    found: list[ast.AST] = [ast.parse(text)]
    for node in found:  # which grows as we go
        for field in ("body", "orelse", "finalbody", "handlers", "cases"):
            found += getattr(node, field, ())
    return found


def imported(nodes: Iterable[ast.AST], path: Path) -> Iterator[str]:
    """Every module of the package that a file names in an import: at the top, in a function, for
    types alone, relative, or by name."""
    package = ["lossclass", *path.relative_to(PACKAGE).parts[:-1]]
    for node in nodes:
        match node:
            case ast.Import(names=names):
                yield from (alias.name for alias in names)
            case ast.ImportFrom(module=module, names=names, level=level):
                start = ".".join(package[: len(package) - level + 1]) if level else ""
                base = ".".join(part for part in (start, module or "") if part)
                yield from (f"{base}.{alias.name}" for alias in names)
            case ast.Call(func=ast.Name(id="import_module" | "__import__"), args=[name, *_]):
                yield from _dynamic(name, package)
            case ast.Call(func=ast.Attribute(attr="import_module"), args=[name, *_]):
                yield from _dynamic(name, package)


def _dynamic(name: ast.expr, package: list[str]) -> Iterator[str]:
    """An import by a computed name may only be of the room that it stands in."""
    text = ast.unparse(name)
    if text.startswith("f'{__name__}."):
        yield ".".join([*package, "any"])
    else:
        yield f"lossclass.{text}"


def test_imports_go_only_along_the_arrows() -> None:
    for path in modules():
        room = room_of(path)
        allowed = MAY_IMPORT[room]
        for name in imported(nodes_of(path), path):
            parts = name.split(".")
            if parts[0] == "lossclass" and len(parts) > 1 and allowed is not ANYTHING:
                assert parts[1] in {room, "records", *allowed}, f"{path} imports {name}"


def test_an_import_that_is_not_allowed_is_seen_in_every_form() -> None:
    forms = [
        "import lossclass.render.terminal",
        "from lossclass.render import terminal",
        "from lossclass import render",
        "def f():\n    from lossclass.render.terminal import draw",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import lossclass.render",
        "from ..render import terminal",
        "import importlib\nimportlib.import_module('lossclass.render')",
        "__import__('lossclass.render')",
    ]
    here = PACKAGE / "losses" / "hinge.py"
    for form in forms:
        assert any("render" in name for name in imported(ast.walk(ast.parse(form)), here)), form


def test_every_file_stands_in_a_known_room() -> None:
    assert {room_of(path) for path in modules()} == set(MAY_IMPORT)


#: Files outside of the losses that may say the name of one, and why.
MAY_NAME_A_LOSS = {
    "commands/greeting.py": "examples of commands",
    "problem/problem.py": "an example in a message",
    "slips/catalogue.py": "the codes of slips stay for ever, and stand in one list",
}


@cache
def name_of_a_loss() -> re.Pattern[str]:
    known = [name for name in losses.canonical_names() if name != "custom"]
    return re.compile(rf"\b({'|'.join(known)})\b", re.IGNORECASE)


def names_of_losses(text: str) -> Iterator[str]:
    """The names of losses that a file says, in texts or as names of its own, not in docstrings."""
    pattern = name_of_a_loss()
    if not pattern.search(text):
        return
    tree = ast.parse(text)
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        match node:
            case ast.Constant(value=str(text)) if id(node) not in docstrings:
                yield from pattern.findall(text)
            case ast.Name(id=text) | ast.Attribute(attr=text) | ast.alias(name=text):
                yield from pattern.findall(text)
            case ast.ImportFrom(module=str(text)) | ast.arg(arg=text):
                yield from pattern.findall(text)


def test_no_other_room_names_a_loss() -> None:
    found = {
        str(path.relative_to(PACKAGE))
        for path in modules()
        if room_of(path) != "losses" and [*names_of_losses(path.read_text(encoding="utf-8"))]
    }
    assert found == set(MAY_NAME_A_LOSS)


@pytest.mark.parametrize(
    "text",
    [
        "x = 'CTC: more'",
        "from lossclass.losses import hinge",
        "import lossclass.losses.ctc.core",
        "from lossclass.losses.ctc import core",
        "losses.hinge",
        "def f(ctc): pass",
    ],
)
def test_a_name_of_a_loss_is_seen_in_every_form(text: str) -> None:
    assert len([*names_of_losses(f"{chr(34) * 3}hinge{chr(34) * 3}\n{text}")]) == 1


def test_functions_keep_to_a_readable_size() -> None:
    for path in modules():
        for node in nodes_of(path):
            if isinstance(node, ast.FunctionDef) and path.name != "cli.py":
                assert (node.end_lineno or 0) - node.lineno <= 55, f"{path}: {node.name}"


def test_the_top_level_holds_what_it_should() -> None:
    names = {path.name for path in PACKAGE.parent.iterdir() if not path.name.startswith(".")}
    wanted = {
        "pyproject.toml", "README.md", "CHANGELOG.md", "LICENSE", "lossclass", "problems", "tests",
    }  # fmt: skip
    assert wanted <= names


def test_what_contributing_names_is_there() -> None:
    """Paths, files by their names alone, and what stands in code, such as ``READERS``."""
    root = PACKAGE.parent
    text = (root / ".github" / "CONTRIBUTING.md").read_text(encoding="utf-8")
    named = {name for name in re.findall(r"`([\w./-]+)`", text) if "NAME" not in name}
    paths = {name for name in named if re.match(r"(lossclass|tests|problems|\.ci)/", name)}
    assert len(paths) > 20
    assert [path for path in paths if not (root / path).exists()] == []
    files = [path for room in (PACKAGE, root / "tests") for path in room.rglob("*.*")]
    alone = {name for name in named if re.fullmatch(r"\w+\.(py|yaml|md|txt)", name)}
    assert alone - {"CHANGELOG.md"} <= {path.name for path in files}
    code = "".join(path.read_text(encoding="utf-8") for path in files if path.suffix == ".py")
    assert [name for name in named if name.isidentifier() and name not in code] == []
