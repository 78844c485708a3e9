"""A whole page in one file: nothing is loaded, and no script runs but those that it carries."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Any, NamedTuple

from convcost._version import __version__
from convcost.formats.html import escape
from convcost.report.charts.drawing import Spec
from convcost.report.page.sections import Section, section_html

POLICY = (
    "default-src 'none'; script-src {scripts}; style-src {style}; img-src data:; "
    "base-uri 'none'; form-action 'none'"
)
"""What a browser may do on the page: run and apply what has these hashes, and load nothing."""


FIRST = 'document.documentElement.className = "folded"'
"""Said before there is a table: thousands of rows that will be folded are not laid out first."""

WITHOUT_SCRIPT = "Charts need JavaScript; all their numbers are in the tables."


class Page(NamedTuple):
    """What a page says.

    Attributes:
        title: of the page.
        about: a sentence below the title.
        sections: in order.
    """

    title: str
    about: str
    sections: Sequence[Section]


def page_html(page: Page) -> str:
    """The page as a file.

    Raises:
        ConvcostError: what draws charts is not installed.
    """
    style, script, library = _part("page.css"), _part("page.js"), vega()
    scripts = " ".join(map(_hashed, (FIRST, library, script)))
    policy = POLICY.format(scripts=scripts, style=_hashed(style))
    links = "".join(
        f'<li><a href="#{escape(each.key)}">{escape(each.title)}</a></li>' for each in page.sections
    )
    charts = _shared({chart.key: chart.spec for each in page.sections for chart in each.charts})
    return "\n".join(
        [
            "<!doctype html>",
            '<html lang="en"><head><meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f'<meta name="generator" content="convcost {__version__}">',
            f"<title>{escape(page.title)}</title>",
            f"<style>{style}</style><script>{FIRST}</script></head><body>",
            f"<header><h1>{escape(page.title)}</h1><p>{escape(page.about)}</p>",
            f'<nav aria-label="Sections"><ul>{links}</ul></nav></header><main>',
            f"<noscript><p>{WITHOUT_SCRIPT}</p></noscript>",
            *map(section_html, page.sections),
            '</main><output id="pointed" aria-hidden="true" hidden></output>',
            f'<script type="application/json" id="charts">{_data(charts)}</script>',
            f"<script>{library}</script>",
            f"<script>{script}</script></body></html>",
            "",
        ]
    )


def _shared(specs: Mapping[str, Spec]) -> dict[str, Any]:
    """The charts, and apart from them their data, once where several have the same."""
    names: dict[str, str] = {}
    datasets: dict[str, list[Spec]] = {}
    found: dict[str, Spec] = {}
    for key, spec in specs.items():
        data = []
        for each in spec["data"]:
            if "values" in each:
                name = names.setdefault(json.dumps(each["values"]), str(len(names)))
                datasets[name] = each["values"]
                each = {**each, "values": name}
            data.append(each)
        found[key] = {**spec, "data": data}
    return {"datasets": datasets, "specs": found}


def _data(value: object) -> str:
    """JSON in which nothing ends the element that it stands in."""
    text = json.dumps(value, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _hashed(text: str) -> str:
    """What a policy calls a script or a style that it lets through."""
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


@cache
def _part(name: str) -> str:
    return resources.files("convcost.report.page").joinpath(name).read_text(encoding="utf-8")


@cache
def vega() -> str:
    """Vega as one script, which defines `vegaEmbed`.

    Raises:
        ConvcostError: vl-convert is not installed.
    """
    from convcost.report.charts.images import require_vega

    script: str = require_vega().javascript_bundle("window.vegaEmbed = vegaEmbed;")
    # Its names stay its own; what would end the script is written in another way in its texts.
    whole = script.replace("</script", "<\\/script")
    return f"(() => {{{whole}}})();"
