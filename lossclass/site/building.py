"""The folder of a site: the page, its problems, and Python for the browser, all of them static files.

Python is Pyodide's. It is either copied in, so that the page asks no other host for anything; or the
page fetches it from Pyodide's content delivery network, in the version and with the hashes that stand
here, and with NumPy. What is copied, the page's own Python has compiled, where Node is here to run it:
half of the time to a first answer went into that.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, distribution
from io import BytesIO
from pathlib import Path
from shutil import which
from subprocess import run
from tempfile import TemporaryDirectory
from typing import Any, Final
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import yaml

from lossclass import losses
from lossclass.errors import FileError, InvalidProblem, UsageError, tell
from lossclass.exams import is_exam
from lossclass.exams.exam_file import load as load_exam
from lossclass.explanations import topics
from lossclass.output import make_folder, refuse_existing, write
from lossclass.problem.bundled import bundled_files, is_quiz
from lossclass.problem.files import load_all, read_text, yaml_files
from lossclass.quiz.quiz_file import load as load_quiz
from lossclass.render.html_page import style
from lossclass.suggest import nearest

_PARTS: Final = yaml.safe_load(Path(__file__).with_name("parts.yaml").read_text("utf-8"))
#: The version of Pyodide that the page is made for, and its files with their hashes.
PYODIDE: Final[str] = _PARTS["pyodide"]
_RUNTIME: Final[Mapping[str, str]] = _PARTS["runtime"]
#: Where Pyodide's network has it.
_NETWORK: Final = f"https://cdn.jsdelivr.net/pyodide/v{PYODIDE}/full/"
_HOW: Final = (
    f"'npm pack pyodide@{PYODIDE}', unpacked, and 'pip download --only-binary=:all: --implementation cp "
    "--python-version 3.14 --platform pyemscripten_2026_0_wasm32 pydantic' make one"
)
#: The same site is the same bytes.
_BEGINNING: Final = (1980, 1, 1, 0, 0, 0)


class Runtime:
    """Where the page has Python from: ``cdn``, or a folder with npm's ``pyodide`` and the wheels.

    Attributes:
        files: what is copied, by name.
        base: the address of Pyodide's files, as the page sees it.
        packages: what Pyodide is to load of its own.
        wheels: names of the wheels that stand beside it.
        integrity: hashes of files that are not the site's own, by name.

    Raises:
        UsageError: something is not in the folder, or it is another version.
    """

    def __init__(self, where: str) -> None:
        self.files = {} if where == "cdn" else _files_in(Path(where))
        self.base = "runtime/" if self.files else _NETWORK
        self.packages: Sequence[str] = () if self.files else _PARTS["from_network"]
        self.wheels = [name for name in self.files if name.endswith(".whl")]
        self.integrity = {} if self.files else _RUNTIME


def _files_in(folder: Path) -> dict[str, Path]:
    """What is copied of a folder."""
    if not folder.is_dir():
        raise UsageError(f"--runtime: expected cdn or a folder, got {str(folder)!r}; {_HOW}")
    main = next(iter(sorted(folder.rglob("pyodide.mjs"))), None)
    if main is None:
        raise UsageError(f"{folder}: there is no pyodide.mjs in it; {_HOW}")
    described = main.with_name("package.json")
    try:
        version = json.loads(described.read_text("utf-8"))["version"]
    except (OSError, ValueError, KeyError, TypeError):  # none, or none of npm's
        version = "another one"
    if version != PYODIDE:
        raise UsageError(f"{folder}: expected Pyodide {PYODIDE}, got {version}; {_HOW}")
    found = {name: main.with_name(name) for name in _RUNTIME}
    for pattern in _PARTS["wheels"]:
        wheel = next(iter(sorted(folder.rglob(pattern))), None)
        if wheel is None:
            raise UsageError(
                f"{folder}: there is no wheel {pattern.replace('*', '…')} in it; {_HOW}"
            )
        found[wheel.name] = wheel
    missing = [name for name, path in found.items() if not path.is_file()]
    if missing:
        raise UsageError(f"{folder}: there is no {', '.join(missing)} in it; {_HOW}")
    return found


def build(arguments: Sequence[str], folder: Path, runtime: Runtime, *, force: bool) -> list[Path]:
    """Write the site, and say which files it is made of.

    Args:
        arguments: files of problems, exams and quizzes, folders, and names of bundled ones; all that
            is bundled if there are none. Of an exam, the page has the problems.
        force: write over files that exist.

    Raises:
        LossclassError: something cannot be read, is not valid or cannot be written.
    """
    site = contents(arguments, runtime)
    here = Path(__file__).with_name("static")
    made = {name: (here / name).read_bytes() for name in _PARTS["static"]}
    made |= {name: style(name).encode() for name in _PARTS["styles"]}
    made["site.json"] = json.dumps(site, ensure_ascii=False, indent=1).encode()
    made["lossclass.zip"] = archive(without_network=not runtime.packages)
    made |= {f"runtime/{name}": path.read_bytes() for name, path in runtime.files.items()}
    paths = [folder / name for name in made]
    refuse_existing(*paths, force=force)
    make_folder(folder)
    if runtime.files:
        make_folder(folder / "runtime")
    for name, content in made.items():
        write([content], folder / name, force=force)
    if runtime.files:
        _compile(folder, [path for path in paths if path.suffix in (".zip", ".whl")])
    return paths


def _compile(site: Path, archives: Sequence[Path]) -> None:
    """Have the copied Python put bytecode into the archives of a site, in Node; where there is none, or
    one that cannot run it, the sources stay, and this is told."""
    here = Path(__file__).parent
    program = (here / "static" / "compile.mjs", site / "runtime", here / "compiling.py")
    try:
        ended = run(  # noqa: S603 - a program of ours, and paths that were just written
            [which("node") or "node", *program, *archives],
            capture_output=True, encoding="utf-8", errors="replace", check=False,
        )  # fmt: skip
        said = "" if not ended.returncode else ended.stderr
    except OSError as error:
        said = f"Error: {error.strerror}"
    if said:
        why = next((line for line in said.splitlines() if "Error" in line), said)
        tell(f"The page has to compile Python, and takes twice as long to start: node: {why}")


# --- what the page is about ---


def contents(arguments: Sequence[str], runtime: Runtime) -> dict[str, Any]:
    """What ``site.json`` says: the problems, the quizzes and the topics, and where Python is."""
    problems: list[dict[str, str]] = []
    quizzes: list[dict[str, str]] = []
    for path in _files_of(arguments):
        into = quizzes if is_quiz(path) else problems
        text, _ = read_text(path)
        said = {"title": load_quiz(path).title} if into is quizzes else _about(path, text)
        if any(path.stem == each["name"] for each in into):
            raise UsageError(f"{path}: there is a file called {path.stem} already")
        into.append({"name": path.stem, **said, "text": text})
    return {
        "runtime": {
            "base": runtime.base,
            "packages": runtime.packages,
            "wheels": runtime.wheels,
            "integrity": runtime.integrity,
        },
        "workbooks": bool([*_modules_of("openpyxl")]),
        "problems": problems,
        "quizzes": quizzes,
        "topics": [{"name": name, "title": summary} for name, summary in topics().items()],
    }


def _files_of(arguments: Sequence[str]) -> Iterator[Path]:
    bundled = bundled_files()
    for argument in arguments or bundled:
        path = Path(argument)
        if path.is_dir() and argument:  # an empty name is not the working folder
            yield from yaml_files(path)
        elif is_exam(path):
            yield from dict.fromkeys(Path(task.problem.file) for task in load_exam(path).tasks)
        elif path.is_file() or argument in bundled:
            yield path if path.is_file() else bundled[argument]
        else:
            near = nearest(path.stem, bundled)
            hint = f"; did you mean the bundled {near}?" if near else ""
            raise FileError(
                f"{argument or repr('')}: there is no such file, folder, bundled problem or quiz{hint}"
            )


def _about(path: Path, text: str) -> dict[str, str]:
    """The title of a problem, and its loss."""
    problem, *others = load_all(path, losses)
    if others:
        raise UsageError(
            f"{path}: a page has a problem in each file, and here are {len(others) + 1}"
        )
    with TemporaryDirectory() as alone:
        copy = Path(alone) / path.name
        copy.write_text(text, encoding="utf-8")
        try:
            load_all(copy, losses)
        except InvalidProblem:
            raise UsageError(
                f"{path}: it reads numbers from a file, which a page has not; write them into it"
            ) from None
    loss = losses.load(problem.loss)
    return {"title": problem.inputs.title or loss.TITLE, "loss": loss.TITLE}


# --- Python ---


def archive(*, without_network: bool) -> bytes:
    """Everything that is Python alone, as one archive to be unpacked.

    Args:
        without_network: with what Pyodide's network would have, too.

    Raises:
        FileError: one of the packages is not installed.
    """
    taken = dict(_package())
    needed = (*_PARTS["always"], *(_PARTS["not_from_network"] if without_network else ()))
    for name in needed:
        found = dict(_modules_of(name))
        if not found:
            raise FileError(f"{name}: this package is not installed, and the page needs it")
        taken |= found
    for name in _PARTS["if_there"]:
        taken |= dict(_modules_of(name))
    packed = BytesIO()
    with ZipFile(packed, "w", ZIP_DEFLATED, compresslevel=9) as into:
        for name in sorted(taken):
            into.writestr(ZipInfo(name, _BEGINNING), taken[name].read_bytes(), ZIP_DEFLATED)
    return packed.getvalue()


def _package() -> Iterator[tuple[str, Path]]:
    """Our own files, and those of the bundled problems, to which explanations refer."""
    package, others = Path(__file__).parent.parent, tuple(_PARTS["not_in_a_page"])
    for path in package.rglob("*"):
        inside = path.relative_to(package).as_posix()
        if path.is_file() and "__pycache__" not in inside and not inside.startswith(others):
            yield f"lossclass/{inside}", path
    for path in bundled_files().values():
        yield f"lossclass/problems/{path.name}", path


def _modules_of(name: str) -> Iterator[tuple[str, Path]]:
    """The modules of an installed package, by their places; of one that is not there, none."""
    try:
        listed = distribution(name).files or ()
    except PackageNotFoundError:
        return
    left_out, kept = tuple(_PARTS["left_out"]), tuple(_PARTS["kept"])
    for each in listed:
        place = each.as_posix()
        if not place.endswith(".py") or place.startswith(".."):
            continue
        if not place.startswith(left_out) or place.endswith(kept):
            yield place, Path(str(each.locate()))
