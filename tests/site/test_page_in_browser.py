"""The page in a browser: headless Chromium, driven by Playwright, with Python from a folder.

``LOSSCLASS_RUNTIME`` names the folder that ``lossclass site --runtime`` takes; without it, without
Playwright or without Chromium these tests are skipped.
"""

from __future__ import annotations

import json
import os
import shutil
from base64 import b64encode
from collections.abc import Iterator, Mapping
from hashlib import sha256, sha384
from io import BytesIO
from pathlib import Path
from typing import Any, TypeAlias
from zipfile import ZipFile

import pytest
from programs import run
from serving import served
from test_page import hostile

from lossclass.site.building import _NETWORK, _RUNTIME, _modules_of

#: Playwright's, which is not there everywhere.
Browser: TypeAlias = Any
Page: TypeAlias = Any
pytestmark = pytest.mark.thorough
_NAMES = ("chromium", "chromium-browser", "google-chrome")
#: A busy machine takes its time to start Python.
_PATIENCE = 120_000
_PHONE = {"width": 390, "height": 800}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a site of its own, with a problem that tries to break out."""
    runtime = os.environ.get("LOSSCLASS_RUNTIME")
    if not runtime:
        pytest.skip("LOSSCLASS_RUNTIME names no folder with Pyodide")
    folder = tmp_path_factory.mktemp("site")
    (folder / "hostile.yaml").write_text(hostile(), encoding="utf-8")
    place = "loss: hinge\ntitle: Called as a place\ny_true: [1]\ny_pred: [0.5]\n"
    (folder / "explain.yaml").write_text(place, encoding="utf-8")
    names = ("hinge_sequence", "hello_ctc", "ab_ctc", "session_quiz", folder / "hostile.yaml",
             folder / "explain.yaml")  # fmt: skip
    ended = run("site", *names, "-o", folder / "public", "--runtime", runtime)
    assert ended.returncode == 0, ended.stderr
    with served(folder / "public") as address:
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    playwright = pytest.importorskip("playwright.sync_api")
    command = next(filter(None, map(shutil.which, _NAMES)), None)
    if command is None:
        pytest.skip("there is no Chromium here")
    with playwright.sync_playwright() as started:
        # without a sandbox, it does not start for root; it sees only pages of ours
        found = started.chromium.launch(executable_path=command, args=["--no-sandbox"])
        yield found
        found.close()


@pytest.fixture(scope="module")
def page(browser: Browser, site: str) -> Iterator[Page]:
    """A page in which Python has started, and which asks nobody else for anything."""
    context = browser.new_context(viewport={"width": 1200, "height": 900})
    found = context.new_page()
    found.set_default_timeout(_PATIENCE)
    seen: list[str] = []
    found.on("request", lambda request: seen.append(request.url))
    said: list[str] = []
    found.on("console", lambda message: said.append(message.text))
    found.on("pageerror", lambda error: said.append(str(error)))
    found.goto(f"{site}#hello_ctc")
    found.locator("article").wait_for()
    yield found
    assert [url for url in seen if not url.startswith((site, "data:"))] == []
    assert said == []
    context.close()


def at(page: Page, site: str, place: str) -> None:
    page.goto(f"{site}#{place}")
    page.locator("#view h1").first.wait_for()


def test_the_first_answer_is_that_of_the_command_line(page: Page, site: str) -> None:
    at(page, site, "hello_ctc")
    assert "6.180" in page.locator(".answer").inner_text()
    assert "not made: NumPy is not here" in page.locator(".answer").inner_text()
    assert page.locator("#loading").inner_text() == ""
    assert page.title() == "HELLO: CTC loss over three alignments – lossclass"


def test_a_link_to_a_step_leads_to_it(page: Page, site: str) -> None:
    at(page, site, "hinge_sequence")
    at(page, site, "hello_ctc/alignment.2")
    step = page.locator("[id='alignment.2']")
    step.wait_for()
    page.wait_for_timeout(200)
    box = step.bounding_box()
    assert box is not None
    assert -1 <= box["y"] < 900
    page.locator("a.id", has_text="alignment.1").click()
    assert page.url.endswith("#hello_ctc/alignment.1")


def test_an_address_that_is_none_leads_to_the_list(page: Page, site: str) -> None:
    at(page, site, "100%")
    page.get_by_text("There is no problem called 100% here.").wait_for()
    at(page, site, "quiz:nowhere")
    page.get_by_text("There is no quiz called nowhere here.").wait_for()
    at(page, site, "hello_ctc:toString")
    page.locator("article").wait_for()
    at(page, site, "")
    for link in ("Called as a place", "Practice"):
        page.get_by_role("link", name=link).click()
    page.get_by_label("What is m₁?").wait_for()


def test_the_keyboard_leads_past_what_is_on_every_place(page: Page, site: str) -> None:
    for place in ("", "quiz:", "hello_ctc"):
        at(page, site, place)
        page.locator(".skip").press("Enter")
        assert page.locator("#view").evaluate("each => each === document.activeElement"), place
        assert page.url == f"{site}#{place}"


def test_the_list_is_searched(page: Page, site: str) -> None:
    at(page, site, "")
    assert page.locator(".problems li").count() == 5
    page.get_by_label("Search").fill("hinge sequence")
    assert page.locator(".problems li").count() == 1
    assert page.get_by_role("status").filter(has_text="1 problem of 5").count() == 1
    page.get_by_label("Search").fill("")


def test_practice_tells_right_from_wrong_and_keeps_what_was_typed(page: Page, site: str) -> None:
    at(page, site, "hinge_sequence:practice")
    page.get_by_label("What is m₁?").fill("0.8")
    page.keyboard.press("Enter")
    page.get_by_text("✓ Right.").wait_for()
    hinge = page.get_by_label("What is ℓ₁?")
    hinge.fill("1.8")
    hinge.press("Enter")
    page.get_by_text("✗ Not right.").wait_for()
    page.get_by_text("The minus before m₁ is left out.").wait_for()
    form = page.locator("form", has=hinge)
    form.get_by_role("button", name="Hint").click()
    form.get_by_text("Take the larger of 0 and").wait_for()
    page.reload()
    page.get_by_text("✓ Right.").wait_for()
    assert page.get_by_label("What is ℓ₁?").input_value() == "1.8"
    at(page, site, "hinge_sequence:practice/margin.1")
    page.get_by_role("button", name="Begin anew").click()
    page.get_by_label("What is m₁?").wait_for()
    assert page.get_by_label("What is m₁?").input_value() == ""


def test_a_verdict_is_on_the_answers_that_stand_there(page: Page, site: str) -> None:
    at(page, site, "hinge_sequence:practice")
    margin, hinge = page.get_by_label("What is m₁?"), page.get_by_label("What is ℓ₁?")
    for field, answer in ((margin, "0.9"), (hinge, "0.1")):
        field.fill(answer)
        field.press("Enter")
    said = page.locator("form", has=hinge).locator(".said")
    said.get_by_text("→ It follows from your earlier number").wait_for()
    margin.fill("0.8")
    assert said.inner_text() == ""
    margin.press("Enter")
    said.get_by_text("✗ Not right.").wait_for()
    margin.press("Enter")
    margin.fill("0.7")
    hinge.press("Enter")  # answered behind the one before
    said.get_by_text("✗ Not right.").wait_for()
    assert page.locator("form", has=margin).locator(".said").inner_text() == ""
    page.get_by_role("button", name="Begin anew").click()


def test_pasted_working_is_marked(page: Page, site: str) -> None:
    at(page, site, "hinge_sequence:check")
    page.get_by_label("Your working").fill("margin 1 = 0.8\nhinge 1 = 1 - 0.8 = 0.3\nL = 0.467")
    page.get_by_role("button", name="Mark my working").click()
    page.get_by_text("Line 2: 1 - 0.8 = 0.3: this is 0.2.").wait_for()


def test_a_broken_text_is_told_at_its_lines_and_a_whole_one_solved(page: Page, site: str) -> None:
    at(page, site, "hinge_sequence:numbers")
    field = page.get_by_label("The problem, to be changed")
    field.fill("loss: hinge\ny_true: [1, 0]\ny_pred: [a, 2]\n")
    page.get_by_text("expected 1 or -1, got '0'").wait_for()
    assert page.locator(".editor li.bad").all_inner_texts() == ["2", "3"]
    page.get_by_role("button", name="Line 3").click()
    assert (
        field.evaluate("each => each.selectionStart") == 36
    )  # "loss: hinge\n", "y_true: [1, 0]\n", and 9 letters
    field.fill("loss: hinge\ny_true: [1, -1]\ny_pred: [0.25, -2]\n")
    page.locator(".answer", has_text="0.75").wait_for()
    at(page, site, "hinge_sequence:practice")
    page.get_by_text("With your numbers.").wait_for()
    page.get_by_role("button", name="Take those of the problem again").click()
    page.get_by_text("With your numbers.").wait_for(state="detached")


def test_a_quiz_is_judged(page: Page, site: str) -> None:
    at(page, site, "quiz:")
    answer = page.get_by_label("Your answer").first
    answer.fill("lengths")
    answer.press("Enter")
    page.get_by_text("✓ Right.").wait_for()


def test_where_there_is_only_a_quiz_the_page_begins_with_it(browser: Browser, site: str) -> None:
    found = browser.new_page()
    found.set_default_timeout(_PATIENCE)
    contents = json.loads(found.request.get(f"{site}site.json").text()) | {"problems": []}
    found.route("**/site.json", lambda route: route.fulfill(json=contents))
    found.goto(site)
    found.get_by_label("Your answer").first.wait_for()
    assert found.locator("nav.places a:visible").all_inner_texts() == ["Quiz", "Explain"]
    found.close()


def test_a_topic_is_explained(page: Page, site: str) -> None:
    page.goto(f"{site}#explain:hinge")
    page.get_by_text("asks for more than the right sign").first.wait_for()


def test_nothing_of_a_problem_does_anything(page: Page, site: str) -> None:
    for place in ("hostile", "hostile:practice", "hostile:worksheet", "hostile:numbers", ""):
        at(page, site, place)
        page.locator("#view").get_by_text("alert(1)").first.wait_for()
        assert page.locator("#view :is(script, iframe, object)").count() == 0
        assert page.locator("#view img").count() == 0


def test_nothing_is_wider_than_a_phone(page: Page, site: str) -> None:
    page.set_viewport_size(_PHONE)
    for place in ("", "ab_ctc", "hello_ctc:practice", "hello_ctc:check", "hello_ctc:numbers",
                  "hello_ctc:worksheet", "quiz:", "hostile"):  # fmt: skip
        at(page, site, place)
        page.locator("[aria-busy]").first.wait_for(state="detached")
        assert width(page) == _PHONE["width"], place
    page.goto(f"{site}#explain:ctc")
    page.locator("pre.text").first.wait_for()
    assert width(page) == _PHONE["width"]


def width(page: Page) -> int:
    return page.locator("html").evaluate("each => each.scrollWidth")  # type: ignore[no-any-return]


def test_everything_is_reached_with_the_keyboard(page: Page, site: str) -> None:
    at(page, site, "hinge_sequence:practice")
    page.locator("body").press("Tab")
    reached = []
    for _ in range(16):
        told = "each => each.ownerDocument.activeElement.textContent || each.ownerDocument.activeElement.id"
        reached.append(page.locator("body").evaluate(told))
        page.keyboard.press("Tab")
    assert [each for each in reached if each in {"Solution", "Practice", "Check my working"}] == [
        "Solution",
        "Practice",
        "Check my working",
    ]
    assert "answer-0" in reached
    assert "Mark" in reached


def test_where_there_is_no_webassembly_it_is_said(browser: Browser, site: str) -> None:
    context = browser.new_context()
    context.add_init_script("delete window.WebAssembly")
    page = context.new_page()
    page.goto(site)
    page.get_by_text("This browser has no WebAssembly").wait_for()
    context.close()


# --- Python from Pyodide's network, in whose place this machine answers ---


def wheel(name: str, version: str, modules: Mapping[str, bytes]) -> bytes:
    """A wheel that has some modules."""
    packed, about = BytesIO(), f"{name}-{version}.dist-info"
    with ZipFile(packed, "w") as into:
        for place, content in modules.items():
            into.writestr(place, content)
        into.writestr(
            f"{about}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
        )
        into.writestr(
            f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        into.writestr(f"{about}/RECORD", "")
    return packed.getvalue()


def network(runtime: Path) -> dict[str, bytes]:
    """What stands at the network's address, by name: Pyodide's own files, and packages as its list
    names them, which are those of the folder and those installed here; NumPy is one that says so."""
    package = next(runtime.rglob("pyodide.mjs")).parent
    files = {name: (package / name).read_bytes() for name in _RUNTIME}
    listed = json.loads(files["pyodide-lock.json"])
    wheels = {"numpy": wheel("numpy", "2", {"numpy/__init__.py": b"raise ImportError"})}
    for name in ("PyYAML", "rich", "typing_extensions", "annotated-types"):
        here = {place: path.read_bytes() for place, path in _modules_of(name)}
        wheels[name.lower().replace("_", "-")] = wheel(name.replace("-", "_"), "1", here)
    for path in runtime.rglob("*.whl"):
        name = path.name.partition("-")[0].replace("_", "-")
        if name in {"pydantic", "pydantic-core", "typing-inspection"}:
            wheels[name] = path.read_bytes()
    listed["packages"] = {name: listed["packages"][name] for name in wheels}
    for name, content in wheels.items():
        entry = listed["packages"][name]
        entry["sha256"] = sha256(content).hexdigest()
        files[entry["file_name"]] = content
    files["pyodide-lock.json"] = json.dumps(listed).encode()
    return files


def integrity(content: bytes) -> str:
    return f"sha384-{b64encode(sha384(content).digest()).decode()}"


@pytest.fixture(scope="module")
def from_network(
    tmp_path_factory: pytest.TempPathFactory, browser: Browser
) -> Iterator[tuple[str, Page, dict[str, bytes], list[str]]]:
    """The address of a site with ``--runtime cdn``, a page, what the network has for it, and all that
    is asked for."""
    runtime = os.environ.get("LOSSCLASS_RUNTIME")
    if not runtime:
        pytest.skip("LOSSCLASS_RUNTIME names no folder with Pyodide")
    folder = tmp_path_factory.mktemp("network") / "public"
    ended = run("site", "hello_ctc", "-o", folder, "--runtime", "cdn")
    assert ended.returncode == 0, ended.stderr
    files = network(Path(runtime))
    described = folder / "site.json"
    made = json.loads(described.read_text("utf-8"))
    own = {name: hash for name, hash in made["runtime"]["integrity"].items() if "lock" not in name}
    assert own == {name: integrity(files[name]) for name in own}  # Pyodide's, as npm has them
    made["runtime"]["integrity"]["pyodide-lock.json"] = integrity(files["pyodide-lock.json"])
    described.write_text(json.dumps(made), encoding="utf-8")
    page = browser.new_page()
    page.set_default_timeout(_PATIENCE)
    asked: list[str] = []

    def answer(route: Any) -> None:
        name = route.request.url.removeprefix(_NETWORK)
        asked.append(route.request.url)
        kind = {".mjs": "text/javascript", ".wasm": "application/wasm"}.get(Path(name).suffix)
        headers = {"Access-Control-Allow-Origin": "*", "Content-Type": kind or "application/zip"}
        route.fulfill(body=files[name], headers=headers)

    page.context.route(lambda url: not url.startswith("http://127.0.0.1"), answer)
    with served(folder) as address:
        yield address, page, files, asked
    page.context.close()


def test_with_python_from_the_network_the_page_answers_and_asks_nobody_else(
    from_network: tuple[str, Page, dict[str, bytes], list[str]],
) -> None:
    address, page, files, asked = from_network
    at(page, address, "hello_ctc")
    assert "6.180" in page.locator(".answer").inner_text()
    assert {*asked} == {f"{_NETWORK}{name}" for name in files}


def test_what_the_network_has_of_another_kind_is_not_run(
    from_network: tuple[str, Page, dict[str, bytes], list[str]],
) -> None:
    address, page, files, _ = from_network
    files["pyodide.mjs"] += b"// more"
    page.goto("about:blank")
    page.goto(f"{address}#hello_ctc")
    page.get_by_text("Python could not be started here. The browser says: ").wait_for()
    assert page.locator("article").count() == 0
