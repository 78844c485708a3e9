"""Pages of convcost report in a browser, against plotly's page with the same treemap alone.

    python benchmarks/report.py [--rounds 5]

ResNet-50, and a network of 2,000 ops. Each page is opened from disk by headless Chromium, in turn:
how long until it can be read, has its first chart, and has another figure in it once its button is
clicked; medians. Needs convcost[dev], chromium, and plotly for the peer.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from playwright.sync_api import Page, sync_playwright

from convcost.networks.cases import Comparison, run_all
from convcost.report.charts.drawing import values
from convcost.report.page.network import Asked, subject_of
from convcost.report.page.page import page_html
from convcost.report.page.report import report_page
from convcost.sources.request import Request, read_networks

DEEP = """
networks:
  - name: deep
    input: 3x64x64
    layers:
      - {conv-bn-act: {out: 16}}
      - {repeat: 333, layers: [{inverted-residual: {out: 16, expand: 4, norm: none}}]}
"""

READ = "performance.getEntriesByType('paint').at(-1)?.startTime"
CHANGED = """(button) => new Promise((done) => {
  const drawn = [...document.querySelectorAll('figure svg')].find((svg) => svg.checkVisibility());
  const began = performance.now();
  new MutationObserver(() => done(performance.now() - began))
    .observe(drawn, { subtree: true, childList: true, attributes: true });
  button.click();
})"""


def network(subject: str) -> Comparison:
    """The one network of a file, or a shipped one."""
    cases, _ = read_networks(Request([subject], [], {}, [], []).with_kinds())
    [comparison] = run_all(cases)
    return comparison


def plotly_page(comparison: Comparison) -> str:
    """The same layers as plotly's treemap, by MACs, in a page that needs no network."""
    import plotly.graph_objects as go

    rows = values(subject_of(comparison, comparison.rows[0], "", Asked()).found)
    tree = go.Treemap(
        ids=[str(row["id"]) for row in rows],
        labels=[row["name"] for row in rows],
        parents=["" if row["parent"] < 0 else str(row["parent"]) for row in rows],
        values=[row["macs"] for row in rows],
        branchvalues="total",
    )
    page: str = go.Figure(tree).to_html(include_plotlyjs=True)
    return page


def measured(page: Page, path: Path, chart: str) -> dict[str, float]:
    """Milliseconds until a page can be read, has its first chart, and another figure in it."""
    page.goto(path.as_uri(), wait_until="commit")
    page.locator(chart).first.wait_for(state="visible")
    found = {"chart": page.evaluate("performance.now()"), "read": page.evaluate(READ) or 0.0}
    button = page.locator("[data-switch=figure][value=params]")
    if button.count():
        found["switch"] = button.evaluate(CHANGED)
    return found


def main() -> None:
    """Open all, in turn."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    made: dict[str, tuple[Callable[[], str], str]] = {}
    with TemporaryDirectory() as folder:
        (Path(folder) / "deep.yaml").write_text(DEEP)
        for name, subject in {"ResNet-50": "resnet50", "2,000 ops": f"{folder}/deep.yaml"}.items():
            own = network(subject)
            made[f"{name}, convcost"] = (
                lambda own=own: page_html(report_page([own], Asked())),  # type: ignore[misc]
                "figure[data-drawn] svg",
            )
            made[f"{name}, plotly"] = (lambda own=own: plotly_page(own), ".treemaplayer .slice")  # type: ignore[misc]
        paths = {}
        for name, (make, _) in made.items():
            paths[name] = Path(folder) / f"{len(paths)}.html"
            paths[name].write_text(make(), encoding="utf-8")
        found: dict[str, list[dict[str, Any]]] = {name: [] for name in made}
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=shutil.which("chromium"),
                args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
            )
            for _ in range(rounds):
                for name, (_, chart) in made.items():
                    with browser.new_page(viewport={"width": 1400, "height": 900}) as page:
                        found[name].append(measured(page, paths[name], chart))
        for name, runs in found.items():
            sums = {key: statistics.median(run[key] for run in runs) for key in runs[0]}
            words = ", ".join(f"{key} {value:.0f} ms" for key, value in sums.items())
            print(f"{name}: {paths[name].stat().st_size / 1e6:.2f} MB, {words}")


if __name__ == "__main__":
    main()
