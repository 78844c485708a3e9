"""Pages in a real browser: charts, switches, tables, and what a page may not do."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from playwright.sync_api import Browser, Locator, expect, sync_playwright
from playwright.sync_api import Page as Tab

from convcost.networks.cases import run_all
from convcost.report.page.network import Asked
from convcost.report.page.page import page_html
from convcost.report.page.report import report_page
from convcost.sources.request import Request, read_networks
from tests.support.pages import MARKUP, hostile_graph

BROWSER = next(filter(None, map(shutil.which, ("chromium", "google-chrome"))), "")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not BROWSER, reason="needs chromium, which .ci/run installs where it may"),
]

QUIET = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium without a screen."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=BROWSER, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pages of one network, of two, and of one whose names would be markup."""
    made = tmp_path_factory.mktemp("pages")
    (made / "net.graph.json").write_text(hostile_graph())
    for name, subjects in {
        "one": ["resnet18"],
        "two": ["resnet18", "mobilenet-v2"],
        "hostile": [str(made / "net.graph.json")],
    }.items():
        cases, _ = read_networks(Request(subjects, [], {}, [], []).with_kinds())
        page = report_page(run_all(cases), Asked())
        (made / f"{name}.html").write_text(page_html(page), encoding="utf-8")
    return made


class Opened(NamedTuple):
    """A page that is open, and all that it asked for, said, or broke of its policy."""

    tab: Tab
    asked: list[str]
    said: list[str]

    def chart(self, key: str) -> Locator:
        """A chart that was drawn."""
        found = self.tab.locator(f"figure[data-drawn] #{key} svg")
        expect(found).to_be_visible()
        return found


def opened(browser: Browser, path: Path, **context: Any) -> Opened:
    """A page in a context of its own, 1,200 pixels wide if nothing else is said."""
    how = {"viewport": {"width": 1200, "height": 900}} | context
    tab = browser.new_context(**how).new_page()
    asked: list[str] = []
    said: list[str] = []
    tab.on("request", lambda request: asked.append(request.url))
    tab.on("console", lambda message: said.append(message.text))
    tab.on("pageerror", lambda error: said.append(str(error)))
    tab.on("dialog", lambda dialog: said.append(dialog.message))
    tab.goto(path.as_uri())
    return Opened(tab, asked, said)


def pointed_at(page: Opened, cell: Locator) -> str:
    """What is said of a cell where one points at it."""
    cell.hover(force=True)
    words = page.tab.locator("#pointed")
    expect(words).to_be_visible()
    return words.inner_text()


def largest(page: Opened, chart: str) -> Locator:
    """The largest of the cells of single ops, which have a colour."""
    cells = page.chart(chart).locator("g.cell > path:not([fill='#e6e6e6'])")
    sizes = cells.evaluate_all(
        "cells => cells.map(c => { const b = c.getBBox(); return b.width * b.height; })"
    )
    return cells.nth(sizes.index(max(sizes)))


def test_switches(browser: Browser, folder: Path) -> None:
    """The figure and the layout are chosen by buttons; the largest area is the largest figure."""
    page = opened(browser, folder / "one.html")
    assert "MACs: 118,013,952" in pointed_at(page, largest(page, "figures-treemap"))
    page.tab.get_by_label("params", exact=True).check()
    page.tab.wait_for_timeout(300)
    assert "params: 2,359,296" in pointed_at(page, largest(page, "figures-treemap"))
    page.tab.get_by_label("icicle").check()
    expect(page.tab.locator("#figures-treemap")).to_be_hidden()
    assert "params: 2,359,296" in pointed_at(page, largest(page, "figures-icicle"))
    page.tab.get_by_label("activations").check()
    page.tab.wait_for_timeout(300)
    assert "activations: 802,816" in pointed_at(page, largest(page, "figures-icicle"))
    assert page.said == []


def test_a_click_opens_a_block(browser: Browser, folder: Path) -> None:
    """A click on an op shows the block that it is in; one on the whole goes back."""
    page = opened(browser, folder / "one.html")
    cells = page.chart("figures-treemap").locator("g.cell > path")
    everything = cells.count()
    largest(page, "figures-treemap").click(force=True)
    page.tab.wait_for_timeout(300)
    assert 1 < cells.count() < everything
    cells.first.click(position={"x": 9, "y": 9}, force=True)
    page.tab.wait_for_timeout(300)
    assert cells.count() == everything


def test_tables_are_sorted_and_folded(browser: Browser, folder: Path) -> None:
    """By keyboard: a layer opens, a title sorts, largest first, smallest first, and as it was."""
    page = opened(browser, folder / "one.html")
    table = page.tab.locator("table.layers")
    rows = table.locator("tbody tr:visible")
    before = rows.all_inner_texts()
    fold = table.locator("button.fold").first
    expect(fold).to_have_attribute("aria-expanded", "false")
    fold.focus()
    page.tab.keyboard.press("Enter")
    expect(fold).to_have_attribute("aria-expanded", "true")
    assert rows.count() > len(before)
    page.tab.keyboard.press("Enter")
    title = table.get_by_role("button", name="params", exact=True)
    title.focus()
    for order, way in ((max, "descending"), (min, "ascending")):
        page.tab.keyboard.press("Enter")
        expect(table.locator("th[aria-sort]")).to_have_attribute("aria-sort", way)
        found = [int(text.replace(",", "")) for text in column(rows, 5)]
        assert found[0] == order(found)
        assert found == sorted(found, reverse=way == "descending")
    page.tab.keyboard.press("Enter")
    assert rows.all_inner_texts() == before
    page.tab.keyboard.press("Enter")
    page.tab.evaluate(
        "dispatchEvent(new Event('beforeprint')); dispatchEvent(new Event('afterprint'))"
    )
    assert len(column(rows, 5)) == len(found)


def column(rows: Locator, place: int) -> list[str]:
    """The texts of a column."""
    return rows.locator(f"> :nth-child({place + 1})").all_inner_texts()


def test_nothing_leaves_the_page(browser: Browser, folder: Path) -> None:
    """All is drawn, nothing is asked for but the file, and no other script or style runs."""
    page = opened(browser, folder / "two.html")
    for summary in page.tab.locator("summary").all():
        summary.click()
        summary.scroll_into_view_if_needed()
        page.tab.wait_for_timeout(100)
    for key in ("scatter", "layers-0-treemap", "layers-1-treemap"):
        page.chart(key)
    expect(page.chart("scatter").get_by_text("ResNet-18", exact=True)).to_be_visible()
    assert page.asked == [(folder / "two.html").as_uri()]
    assert page.said == []
    page.tab.evaluate(
        """() => {
            const script = document.createElement("script");
            script.textContent = "window.ran = true";
            document.body.append(script);
            fetch("https://example.org/x").catch(() => 0);
        }"""
    )
    assert page.tab.evaluate("window.ran") is None
    assert any("Content Security Policy" in each for each in page.said)


def test_a_hostile_name_stays_text(browser: Browser, folder: Path) -> None:
    """Names that would be markup are read as they are, also where one points."""
    page = opened(browser, folder / "hostile.html")
    assert page.tab.locator("h1").inner_text() == MARKUP
    assert page.tab.title() == MARKUP
    assert MARKUP in pointed_at(page, largest(page, "figures-treemap"))
    assert page.tab.locator("img").count() == 0
    assert page.said == []


@pytest.mark.parametrize("width", [390, 800, 1400])
@pytest.mark.parametrize("name", ["one", "two", "hostile"])
def test_widths(browser: Browser, folder: Path, name: str, width: int) -> None:
    """A phone, a tablet and a screen have the page at their width, tables scroll by themselves."""
    page = opened(browser, folder / f"{name}.html", viewport={"width": width, "height": 800})
    section, key = ("params-macs", "scatter") if name == "two" else ("figures", "figures-treemap")
    page.tab.locator(f"#{section} figure").first.scroll_into_view_if_needed()
    chart = page.chart(key)
    assert page.tab.evaluate("document.documentElement.scrollWidth") <= width
    box = chart.bounding_box()
    assert box is not None
    assert width * 0.8 < box["width"] < width or width == 1400


def test_without_scripts(browser: Browser, folder: Path) -> None:
    """Without JavaScript all rows of all tables can be read, and it is said where charts are."""
    page = opened(browser, folder / "one.html", java_script_enabled=False)
    assert page.tab.locator("table.layers tbody tr:visible").count() > 60
    assert "Charts need JavaScript" in page.tab.locator("noscript").inner_text()
    assert page.tab.locator("figure:visible, form:visible, button:visible").count() == 0


def test_dark_and_printed(browser: Browser, folder: Path) -> None:
    """On a dark screen words are light; on paper they are dark, and no layer is folded."""
    page = opened(browser, folder / "one.html", color_scheme="dark")
    axis = page.chart("figures-depth").locator(".role-axis-label text").first
    light = axis.evaluate("text => getComputedStyle(text).fill")
    page.tab.emulate_media(media="print", color_scheme="dark")
    assert axis.evaluate("text => getComputedStyle(text).fill") == "rgb(0, 0, 0)" != light
    expect(page.tab.locator("form").first).to_be_hidden()
    page.tab.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert page.tab.locator("table.layers tbody tr:visible").count() > 60
    assert page.tab.pdf().startswith(b"%PDF")
