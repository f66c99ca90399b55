"""The page in Chromium: three widths, light and dark, on paper; skipped where there is none."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from actbench.reporting.page import Result, page
from actbench.reporting.question import Question
from actbench.reporting.report import make_report
from tests.reporting.conftest import table
from tests.reporting.test_page import HOSTILE, REFERENCE, page_of

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
WIDTHS = (360, 1000, 1600)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    if CHROMIUM is None:
        pytest.skip("there is no Chromium here; .ci/run installs it where it may")
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pages")
    random = np.random.default_rng(0)
    arms = {f'"{name.replace(chr(34), chr(34) * 2)}"': random.normal(5, 1, 4) for name in HOSTILE}
    (folder / "trials.csv").write_text(table({name: list(v) for name, v in arms.items()}))
    places = {
        "boston": REFERENCE / "boston_output" / "trials.csv",
        "depth": REFERENCE / "mnist_depth" / "trials.csv",
        "rates": REFERENCE / "digits_learning_rates" / "trials.csv",
        "hostile": folder / "trials.csv",
    }
    for name, trials in places.items():
        (folder / f"{name}.html").write_text(page_of(trials)[0])
    tables = list(places.values())
    made = [make_report([trials], Question()) for trials in tables]
    results = [Result.of(i, *one) for i, one in enumerate(zip(made, tables, strict=True))]
    (folder / "together.html").write_text(page([results[0], results[-1]]))
    return {name: folder / f"{name}.html" for name in (*places, "together")}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_the_layout_holds_and_nothing_is_requested(
    browser: Any, pages: dict[str, Path], width: int, scheme: str
) -> None:
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, java_script_enabled=True
    )
    for name, path in pages.items():
        shown = context.new_page()
        said: list[str] = []
        requested: list[str] = []
        shown.on("console", lambda message, said=said: said.append(message.text))
        shown.on("dialog", lambda dialog, said=said: said.append(dialog.message))
        shown.on("request", lambda request, seen=requested: seen.append(request.url))
        shown.goto(path.as_uri())
        wide = shown.evaluate("document.documentElement.scrollWidth")
        assert (name, wide) == (name, width)
        assert (said, [url for url in requested if url != "data:,"]) == ([], [path.as_uri()])
        strips = shown.locator(".strip circle").evaluate_all(
            "dots => dots.map(dot => dot.getBoundingClientRect()).every(box => "
            "box.left >= 0 && box.right <= document.documentElement.clientWidth)"
        )
        assert strips
    context.close()


def test_every_verdict_of_the_table_is_in_view(browser: Any, pages: dict[str, Path]) -> None:
    shown = browser.new_context(viewport={"width": 1000, "height": 900}).new_page()
    for name in ("boston", "rates"):
        shown.goto(pages[name].as_uri())
        wide, room = shown.locator(".scroll:has(.comparison)").first.evaluate(
            "one => [one.scrollWidth, one.clientWidth]"
        )
        assert (name, wide) == (name, room)


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_violation(browser: Any, pages: dict[str, Path], scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    context = browser.new_context(color_scheme=scheme)
    for path in pages.values():
        shown = context.new_page()
        shown.goto(path.as_uri())
        shown.locator("details").evaluate_all("all => all.forEach(one => one.open = true)")
        found = axe.run(shown).response["violations"]
        assert [(one["id"], one["nodes"][0]["html"]) for one in found] == []
    context.close()


def test_the_page_prints_and_needs_no_script(browser: Any, pages: dict[str, Path]) -> None:
    context = browser.new_context(java_script_enabled=False)
    shown = context.new_page()
    shown.goto(pages["boston"].as_uri())
    assert shown.locator(".row .verdict").first.is_visible()
    assert shown.pdf().startswith(b"%PDF")
    context.close()
