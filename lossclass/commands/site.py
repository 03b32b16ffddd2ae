"""Make a web page of it all."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from lossclass.commands import options
from lossclass.commands.options import complete_problem

Problems: TypeAlias = Annotated[
    list[str] | None,
    typer.Argument(
        help="Problem files, folders of them, exams (for their problems), quizzes, or names of bundled "
        "ones; without any, all that are bundled.",
        autocompletion=complete_problem,
    ),
]
Folder: TypeAlias = Annotated[
    Path, typer.Option("--output", "-o", metavar="FOLDER", help="The folder for its files.")
]
Python: TypeAlias = Annotated[
    str,
    typer.Option(
        "--runtime",
        metavar="cdn|FOLDER",
        help="Where the page has Python from: Pyodide's network, or a folder with npm's pyodide and the "
        "wheels of pydantic, which is copied, so that no other host is asked for anything.",
    ),
]


def site(
    output: Folder,
    problems: Problems = None,
    runtime: Python = "cdn",
    force: options.Force = False,
) -> None:
    """Make a web page that works everything out in the browser, with nothing to install.

    For example: lossclass site -o public
    """
    from lossclass.site.building import Runtime, build

    made = build(problems or (), output, Runtime.of(runtime), force=force)
    size = sum(path.stat().st_size for path in made) / 1e6
    print(f"{output}: {len(made)} files, {size:.1f} MB; any web server can serve it")
