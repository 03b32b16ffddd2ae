"""Make a web page of it all."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from lossclass.commands.options import argument, complete_problem, option

OPTIONS: Final = {
    "output": option("The folder for its files.", "--output", "-o", metavar="FOLDER"),
    "problems": argument(
        "Problem files, folders of them, exams (for their problems), quizzes, or names of bundled "
        "ones; without any, all that are bundled.",
        autocompletion=complete_problem,
    ),
    "runtime": option(
        "Where the page has Python from: Pyodide's network, or a folder with npm's pyodide and the "
        "wheels of pydantic, which is copied, so that no other host is asked for anything.",
        "--runtime",
        metavar="cdn|FOLDER",
    ),
}


def site(
    output: Path, problems: list[str] | None = None, runtime: str = "cdn", force: bool = False
) -> None:
    """Make a web page that works everything out in the browser, with nothing to install.

    For example: lossclass site -o public
    """
    from lossclass.site.building import Runtime, build

    made = build(problems or (), output, Runtime(runtime), force=force)
    size = sum(path.stat().st_size for path in made) / 1e6
    print(f"{output}: {len(made)} files, {size:.1f} MB; any web server can serve it")
