"""``lossclass site``: the folder that it writes, and what it refuses."""

from __future__ import annotations

import json
import re
import zipfile
from html.parser import HTMLParser
from importlib import import_module
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from programs import run

from lossclass.problem.bundled import bundled_problems
from lossclass.site.building import PYODIDE, archive
from lossclass.site.compiling import compile_in

OWN = {"index.html", "app.js", "worker.js", "style.css", "html.css", "html_worksheet.css"}
OWN |= {"site.json", "lossclass.zip"}
WHEELS = (
    "pydantic-2.14.4-py3-none-any.whl",
    "typing_inspection-0.4.5-py3-none-any.whl",
    "pydantic_core-2.50.5-cp314-cp314-pyemscripten_2026_0_wasm32.whl",
)


@pytest.fixture
def runtime(tmp_path: Path) -> Path:
    """A folder with files of the names that a runtime has."""
    package = tmp_path / "runtime" / "package"
    package.mkdir(parents=True)
    for name in ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip"):
        (package / name).write_text(name)
    (package / "pyodide-lock.json").write_text("{}")
    (package / "package.json").write_text(json.dumps({"version": PYODIDE}))
    for name in WHEELS:
        (package.parent / name).write_text(name)
    return package.parent


def site_in(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "site.json").read_text("utf-8"))  # type: ignore[no-any-return]


@pytest.mark.thorough
def test_a_site_of_all_that_is_bundled_from_the_network(tmp_path: Path) -> None:
    ended = run("site", "-o", "public", cwd=tmp_path)
    assert ended.returncode == 0, ended.stderr
    assert "any web server can serve it" in ended.stdout
    assert {path.name for path in (tmp_path / "public").iterdir()} == OWN
    site = site_in(tmp_path / "public")
    assert [each["name"] for each in site["problems"]] == [*bundled_problems()]
    assert [each["name"] for each in site["quizzes"]] == ["session_quiz"]
    assert {"ctc", "softmax"} <= {each["name"] for each in site["topics"]}
    assert PYODIDE in site["runtime"]["base"]
    assert all(each.startswith("sha384-") for each in site["runtime"]["integrity"].values())
    again = run("site", "-o", "public", cwd=tmp_path)
    assert again.returncode == 4
    assert "this file exists; --force writes over it" in again.stderr


@pytest.mark.thorough
def test_a_site_of_one_s_own_problems_with_python_beside_it(tmp_path: Path, runtime: Path) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "one.yaml").write_text("loss: hinge\ny_true: [1]\ny_pred: [0.5]\ntitle: One\n")
    arguments = ("mine", "hello_ctc", "session_quiz", "-o", "out", "--runtime", runtime)
    ended = run("site", *arguments, cwd=tmp_path)
    assert ended.returncode == 0, ended.stderr
    site = site_in(tmp_path / "out")
    titles = {each["name"]: each["title"] for each in site["problems"]}
    assert titles == {"one": "One", "hello_ctc": "HELLO: CTC loss over three alignments"}
    assert site["runtime"]["base"] == "runtime/"
    assert site["runtime"]["integrity"] == {}
    # a Node that is here cannot run what is no Pyodide
    assert "The page has to compile Python, and takes twice as long" in ended.stderr
    copied = {path.name for path in (tmp_path / "out" / "runtime").iterdir()}
    assert copied == {"pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip",
                      "pyodide-lock.json", *WHEELS}  # fmt: skip


@pytest.mark.parametrize(
    ("left_out", "said"),
    [
        ("package/pyodide.mjs", "there is no pyodide.mjs in it"),
        ("package/pyodide.asm.wasm", "there is no pyodide.asm.wasm in it"),
        ("package/package.json", f"expected Pyodide {PYODIDE}, got another one"),
        (WHEELS[2], "there is no wheel pydantic_core-…_wasm32.whl in it"),
    ],
)
def test_a_runtime_that_is_not_whole_is_refused_before_anything_is_written(
    left_out: str, said: str, tmp_path: Path, runtime: Path
) -> None:
    (runtime / left_out).unlink()
    (runtime / "pydantic_core-2.50.5-cp314-cp314-manylinux_2_17_x86_64.whl").touch()
    ended = run("site", "-o", "out", "--runtime", runtime, cwd=tmp_path)
    assert ended.returncode == 2
    assert said in ended.stderr
    assert "npm pack pyodide@" in ended.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("described", ["", "[]", "{}", '{"version": 1}'])
def test_a_runtime_that_says_nothing_of_its_version_is_refused(
    described: str, tmp_path: Path, runtime: Path
) -> None:
    (runtime / "package" / "package.json").write_text(described)
    ended = run("site", "-o", "out", "--runtime", runtime, cwd=tmp_path)
    assert ended.returncode == 2
    assert f"expected Pyodide {PYODIDE}, got " in ended.stderr


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["nothing"], 4, "nothing: there is no such file, folder, bundled problem or quiz"),
        (["helo_ctc"], 4, "did you mean the bundled hello_ctc?"),
        ([""], 4, "'': there is no such file"),
        (["bad.yaml"], 3, "bad.yaml:2:10: y_true.1: expected 1 or -1"),
        (["two.yaml"], 2, "two.yaml: a page has a problem in each file, and here are 2"),
        (["hello_ctc", "hello_ctc"], 2, "there is a file called hello_ctc already"),
        (["beside.yaml"], 2, "beside.yaml: it reads numbers from a file, which a page has not"),
        (["hello_ctc", "--runtime", "nowhere"], 2, "expected cdn or a folder, got 'nowhere'"),
    ],
)
def test_what_a_site_cannot_have_is_refused(
    arguments: list[str], status: int, said: str, tmp_path: Path
) -> None:
    (tmp_path / "bad.yaml").write_text("loss: hinge\ny_true: [7]\ny_pred: [1]\n")
    hinge = "loss: hinge\ny_true: [1]\ny_pred: [1]\n"
    (tmp_path / "two.yaml").write_text(f"{hinge}---\n{hinge}")
    (tmp_path / "beside.yaml").write_text("loss: hinge\ny_true: [1]\nfile: p.csv\n")
    (tmp_path / "p.csv").write_text("0.5\n")
    ended = run("site", "-o", "out", *arguments, cwd=tmp_path)
    assert (ended.returncode, "Traceback" in ended.stderr) == (status, False)
    assert said in ended.stderr
    assert not (tmp_path / "out").exists()


def test_of_an_exam_the_page_has_the_problems(tmp_path: Path) -> None:
    exam = "exam: Sheet\nproblems:\n  - problem: hello_ctc\n  - problem: hinge_sequence\n"
    exam += "  - problem: hello_ctc\n    only: [loss]\n"
    (tmp_path / "exam.yaml").write_text(exam)
    assert run("site", "exam.yaml", "-o", "out", cwd=tmp_path).returncode == 0
    names = [each["name"] for each in site_in(tmp_path / "out")["problems"]]
    assert names == ["hello_ctc", "hinge_sequence"]


@pytest.mark.thorough
def test_the_archive_has_what_python_needs_and_is_the_same_each_time() -> None:
    alone = archive(without_network=True)
    assert alone == archive(without_network=True)
    names = set(zipfile.ZipFile(BytesIO(alone)).namelist())
    assert not any(name.startswith(("lossclass/commands", "lossclass/cli")) for name in names)
    wanted = {
        "lossclass/site/page.py",
        "lossclass/problems/hello_ctc.yaml",
        "lossclass/topics/rnn.md",
    }
    assert wanted <= names
    assert {"rich/console.py", "yaml/__init__.py", "markdown_it/__init__.py"} <= names
    assert not any(
        "__pycache__" in name or name.startswith("lossclass/site/static") for name in names
    )
    with_network = set(zipfile.ZipFile(BytesIO(archive(without_network=False))).namelist())
    assert with_network < names
    assert "rich/console.py" not in with_network


def test_bytecode_of_an_archive_is_imported_in_the_place_of_its_sources(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "made.zip"
    with zipfile.ZipFile(path, "w") as made:
        made.writestr("bytecode_here/__init__.py", "from bytecode_here.one import NUMBER\n")
        made.writestr("bytecode_here/one.py", "NUMBER = 6.180\n")
        made.writestr("bytecode_here/words.yaml", "one: two\n")
        made.writestr("unittest/__init__.py", "")
    compile_in(str(path))
    once = path.read_bytes()
    with zipfile.ZipFile(path) as made:
        assert made.namelist() == [
            "bytecode_here/__init__.pyc", "bytecode_here/one.pyc", "bytecode_here/words.yaml"
        ]  # fmt: skip
    monkeypatch.syspath_prepend(path)
    assert import_module("bytecode_here").NUMBER == 6.180
    compile_in(str(path))
    assert path.read_bytes() == once


class Policy(HTMLParser):
    """The policy of a page, and what it asks a server for."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.policy = ""
        self.asked: set[str] = set()
        self.inline = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        if named.get("http-equiv") == "Content-Security-Policy":
            self.policy = named["content"] or ""
        self.inline |= tag == "style" or (tag == "script" and "src" not in named)
        self.inline |= any(name.startswith("on") or name == "style" for name in named)
        self.asked |= {str(named[key]) for key in ("src", "href") if tag != "a" and key in named}


def test_the_page_allows_nothing_but_its_own_files(tmp_path: Path) -> None:
    assert run("site", "hello_ctc", "-o", "out", cwd=tmp_path).returncode == 0
    page = Policy((tmp_path / "out" / "index.html").read_text("utf-8"))
    allowed = dict(re.split(r"\s+", part.strip(), maxsplit=1) for part in page.policy.split(";"))
    assert allowed["default-src"] == "'none'"
    assert {allowed[f"{kind}-src"] for kind in ("script", "style", "connect", "worker")} == {
        "'self'"
    }
    assert "unsafe" not in page.policy
    assert not page.inline
    assert page.asked - {"data:,"} <= OWN
