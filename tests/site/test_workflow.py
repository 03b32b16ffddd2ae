"""The workflow that tries everything and publishes the page: what it calls is there, and ours."""

from __future__ import annotations

import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path
from shutil import which
from typing import Any

import yaml
from programs import run

from lossclass.site.building import _HOW, PYODIDE

ROOT = Path(__file__).parents[2]
WORKFLOW: dict[str, Any] = yaml.safe_load((ROOT / ".github/workflows/site.yml").read_text("utf-8"))


def steps(job: str) -> list[dict[str, Any]]:
    return WORKFLOW["jobs"][job]["steps"]  # type: ignore[no-any-return]


def commands() -> Iterator[str]:
    """Every command of the workflow, its lines put together."""
    for job in WORKFLOW["jobs"]:
        for step in steps(job):
            yield from step.get("run", "").replace("\\\n", " ").splitlines()


def test_the_tests_are_those_of_every_commit_and_the_page_waits_for_them() -> None:
    assert [step["run"] for step in steps("tests") if "run" in step] == ["bash .ci/run"]
    assert (ROOT / ".ci" / "run").is_file()
    assert WORKFLOW["jobs"]["site"]["needs"] == "tests"


def test_nothing_may_be_done_but_to_publish_and_no_secret_is_named() -> None:
    assert WORKFLOW["permissions"] == {"contents": "read"}
    assert WORKFLOW["jobs"]["site"]["permissions"] == {"pages": "write", "id-token": "write"}
    assert "secrets." not in (ROOT / ".github/workflows/site.yml").read_text("utf-8")


def test_the_commands_are_right_for_the_shell() -> None:
    for job in WORKFLOW["jobs"]:
        for step in steps(job):
            if "run" in step:
                subprocess.run([which("bash") or "bash", "-n", "-c", step["run"]], check=True)


def test_the_site_is_made_with_options_of_ours_and_published_from_its_folder(
    tmp_path: Path,
) -> None:
    (made,) = (line.split() for line in commands() if line.startswith("lossclass "))
    refused = run(*made[1:], cwd=tmp_path)  # there is no runtime there: it gets as far as that
    assert refused.returncode == 2
    assert "--runtime: expected cdn or a folder, got 'runtime'" in refused.stderr
    (published,) = (
        step["with"]["path"] for step in steps("site") if "path" in step.get("with", {})
    )
    assert made[made.index("-o") + 1] == published


def test_python_for_the_browser_is_fetched_as_the_messages_say_it() -> None:
    """In the version that the page is made for, as the workflow finds it."""
    (asked,) = re.findall(r"python -c \'(.*)\'", "\n".join(commands()))
    said: list[str] = []
    exec(asked, {"print": said.append})  # noqa: S102 - a line of ours
    assert said == [PYODIDE]
    (fetched,) = (line.split() for line in commands() if "pip download" in line)
    (told,) = (each.split() for each in re.findall(r"'(pip download .*?)'", _HOW))
    assert sorted(fetched) == sorted(told)


def test_the_extras_that_it_installs_are_those_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    named = re.findall(r"pip install '\.\[(\w+)\]'", "\n".join(commands()))
    assert named
    assert {*named} <= project["optional-dependencies"].keys()
