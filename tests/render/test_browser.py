"""Pages as a browser draws them, where Chromium is installed: nothing is cut off, empty or fetched.

All pages stand as frames in one document, so that the browser starts once for each test. A script in
that document measures the frames and writes what it found into it, from where it is read.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from dataclasses import dataclass
from functools import cache
from html import escape, unescape
from pathlib import Path
from typing import Any

import pytest
from documents import hostile, view

import lossclass
from lossclass.problem.bundled import bundled_problems
from lossclass.render import html
from lossclass.render.html import render_worksheet
from lossclass.worksheets import Show
from lossclass.worksheets.composing import worksheet
from problems import case

pytestmark = pytest.mark.thorough

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_PHONE = 390
_FLAGS = [
    "--headless",
    "--no-sandbox",  # without it, it does not start for root; it sees only pages of ours
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--enable-logging=stderr",
    "--dump-dom",
]
#: Contrast of small text that the Web Content Accessibility Guidelines (2.2, level AA) ask for.
_CONTRAST = 4.5

_DRIVER = """<!doctype html><meta charset="utf-8"><title>Frames</title>
%s
<pre id="found"></pre>
<script>
const look = (page, frame) => { %s };
addEventListener("load", () => {
  const found = {};
  for (const frame of document.querySelectorAll("iframe"))
    found[frame.name] = look(frame.contentDocument, frame);
  document.getElementById("found").textContent = JSON.stringify(found);
});
</script>
"""
_MEASURE = """
  const sized = each => each.getBoundingClientRect();
  const named = each => each.textContent.trim().slice(0, 60);
  const all = selector => [...page.querySelectorAll(selector)];
  return {
    width: page.documentElement.scrollWidth,
    inside: frame.contentWindow.innerWidth,
    formulas: all("math").length,
    // What is short is shown while the step is closed.
    empty: all("math:not(.short *)")
      .filter(each => !(sized(each).width && sized(each).height)).map(named),
    cut: all(".side, .left").filter(each => each.scrollHeight > each.clientHeight + 1).map(named),
    scrolls: all(".side, .left, .turns").filter(each => each.scrollWidth > each.clientWidth).map(named),
    lost: all("td, th, .equation > *").filter(each => sized(each).left < 0).map(named),
    fetched: frame.contentWindow.performance.getEntriesByType("resource").map(each => each.name),
  };
"""
_TOGGLE = """
  return [...page.querySelectorAll("details")].map(details => {
    const heights = [details.offsetHeight];
    for (let times = 0; times < 2; times += 1) {
      details.querySelector("summary").click();
      heights.push(details.offsetHeight);
    }
    return heights;
  });
"""
_COLOURS = """
  const numbers = colour => colour.match(/[\\d.]+/g).map(Number);
  const ground = each => {
    const own = numbers(getComputedStyle(each).backgroundColor);
    return own.length === 3 || own[3] > 0 ? own : ground(each.parentElement);
  };
  const light = colour => colour.slice(0, 3)
    .map(each => each / 255)
    .map(each => each <= 0.04045 ? each / 12.92 : ((each + 0.055) / 1.055) ** 2.4)
    .reduce((sum, each, at) => sum + each * [0.2126, 0.7152, 0.0722][at], 0.05);
  const contrast = each => {
    const two = [light(numbers(getComputedStyle(each).color)), light(ground(each))];
    return Math.max(...two) / Math.min(...two);
  };
  const texts = [...page.body.querySelectorAll(":not(svg, svg *, math *)")]
    .filter(each => [...each.childNodes].some(node => node.nodeType === 3 && node.data.trim())
      || each.localName === "math");
  return {
    background: getComputedStyle(page.body).backgroundColor,
    texts: texts.length,
    pale: texts.filter(each => contrast(each) < CONTRAST).map(each => each.outerHTML.slice(0, 80)),
  };
""".replace("CONTRAST", str(_CONTRAST))


@cache
def browser() -> str:
    """The command of a browser that starts; skips where there is none."""
    for command in filter(None, map(shutil.which, _NAMES)):
        done = subprocess.run([command, "--version"], capture_output=True, check=False, timeout=60)
        if done.returncode == 0:
            return command
    pytest.skip(f"none of {', '.join(_NAMES)} is installed")


@dataclass(frozen=True)
class Seen:
    """What a script found in each page, and what the browser's console said."""

    found: dict[str, Any]
    console: list[str]


def see(
    pages: dict[str, str], script: str, folder: Path, *, width: int = _PHONE, scheme: str = "light"
) -> Seen:
    """Draw pages as wide as a phone, or another width, and look at each with a script."""
    command = browser()
    frames = "\n".join(
        f'<iframe name="{escape(name)}" width="{width}" height="800" srcdoc="{escape(page)}" '
        f'style="border: 0; color-scheme: {scheme}"></iframe>'
        for name, page in pages.items()
    )
    driver = folder / "driver.html"
    driver.write_text(_DRIVER % (frames, script), encoding="utf-8")
    done = subprocess.run(
        [command, *_FLAGS, f"--user-data-dir={folder / 'profile'}", driver.as_uri()],
        capture_output=True,
        check=False,
        encoding="utf-8",
        timeout=300,
    )
    written = re.search(r'<pre id="found">(.+?)</pre>', done.stdout, re.DOTALL)
    assert written, done.stderr[-3000:]
    said = [line for line in done.stderr.splitlines() if "CONSOLE" in line]
    return Seen(json.loads(unescape(written[1])), said)


def page(*solutions: lossclass.Solution) -> str:
    several = len(solutions) > 1
    return "".join(html.render(solutions, view(several=several)))


def everything() -> lossclass.Solution:
    return case("ab_ctc", gradient=True, backward=True, frameworks=True)


def handful() -> dict[str, str]:
    """Pages that have each kind of block between them."""
    audited, trained = case("hello_ctc"), case("rnn_regression_series")
    sheet = "".join(render_worksheet([worksheet(audited)]))
    return {
        "audited": page(audited),
        "trained": page(trained),
        "everything": page(everything()),
        "sheet": sheet,
    }


@pytest.mark.parametrize("width", [_PHONE, 900])
def test_every_bundled_problem_fits_its_window_and_fetches_nothing(
    width: int, tmp_path: Path
) -> None:
    solutions = {name: case(name) for name in bundled_problems()}
    pages = {name: page(solution) for name, solution in solutions.items()}
    sheets = solutions if width == _PHONE else {}
    for name, solution in sheets.items():
        pages[f"{name}, worksheet"] = "".join(render_worksheet([worksheet(solution)]))
    for name in ("rnn_regression_series", "rnn_lstm", "labelling_from_logits"):
        pages[f"{name}, more"] = page(case(name, gradient=True, frameworks=True))
    filled = worksheet(solutions["ab_ctc"], Show.SUBSTITUTION)
    pages["worksheet with numbers"] = "".join(render_worksheet([filled]))
    pages |= {"everything": page(everything()), "hostile": page(hostile())}
    pages["several"] = page(case("hello_ctc"), case("hinge_sequence"))
    seen = see(pages, _MEASURE, tmp_path, width=width)
    assert set(seen.found) == set(pages)
    for name, found in seen.found.items():
        assert found["inside"] == width
        assert found["width"] <= width, name
        assert found["formulas"] > 0, name
        assert (name, found["empty"], found["cut"], found["lost"]) == (name, [], [], [])
        assert found["fetched"] == [], name
        assert name == "hostile" or found["scrolls"] == [], name
    assert seen.console == []


def test_a_page_that_is_wrong_would_be_noticed(tmp_path: Path) -> None:
    bad = (
        '<!doctype html><img src="http://127.0.0.1:9/x.png"><math></math>'
        '<div style="width: 500px">x</div><script>console.error("said")</script>'
        '<div class="side" style="height: 9px; overflow: hidden; font-size: 40px">low</div>'
    )
    seen = see({"bad": bad}, _MEASURE, tmp_path)
    found = seen.found["bad"]
    assert found["width"] >= 500
    assert found["fetched"] == ["http://127.0.0.1:9/x.png"]
    assert len(found["empty"]) == 1
    assert found["cut"] == ["low"]
    assert any("said" in line for line in seen.console)
    pale = '<!doctype html><body style="background: #fff"><p style="color: #999">pale</p><p>dark'
    assert len(see({"pale": pale}, _COLOURS, tmp_path).found["pale"]["pale"]) == 1


def test_steps_close_and_open_again(tmp_path: Path) -> None:
    pages = {name: each for name, each in handful().items() if name != "sheet"}
    for name, steps in see(pages, _TOGGLE, tmp_path).found.items():
        assert len(steps) == pages[name].count("<details") > 0
        for opened, closed, again in steps:
            assert 0 < closed < opened == again


def test_pages_follow_the_scheme_of_the_reader_and_all_text_stands_out(tmp_path: Path) -> None:
    backgrounds = {}
    for scheme in ("light", "dark"):
        folder = tmp_path / scheme
        folder.mkdir()
        for name, found in see(handful(), _COLOURS, folder, scheme=scheme).found.items():
            assert found["texts"] > 20
            assert (name, found["pale"]) == (name, [])
            backgrounds[name, scheme] = found["background"]
    for name in handful():
        assert backgrounds[name, "light"] == "rgb(255, 255, 255)"
        assert sum(map(int, re.findall(r"\d+", backgrounds[name, "dark"]))) < 150
