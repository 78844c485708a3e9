"""The page of networks of zoos under every tool, made of the scores file."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from .examples import ROOT
from .markdown import code, page, rows, text

PATH = "docs/reference/zoos.md"
SCORES = ROOT / "scripts" / "agreement.json"

_ABOUT = """
Whole zoos are held to the real tools. Each network is made with weights drawn at random,
captured, and run by each tool in a process of its own; multiply-adds and params are compared to
the last digit, and both have to be right. A network that a tool does not run is not counted for
it, and listed below with what the tool says. Of torchvision these are all networks that are not
quantised; of timm one of each family, a small one where there is one; of transformers the
families that classify images, as their configurations have them.

```bash
pip install -c constraints.txt '.[zoo]'
python scripts/agreement.py --zoo torchvision
python scripts/agreement.py --zoo timm --families
python scripts/agreement.py --zoo transformers
```

It goes on where it was stopped, and writes `scripts/agreement.json`, of which this page is made.
torchvision's own library does not fit each torch; its operators on boxes are run in Python then,
which tools see as one call as well.
"""


def zoos_page() -> dict[str, str]:
    """The page by its path."""
    everything = json.loads(SCORES.read_text(encoding="utf-8"))
    parts = [_zoo(zoo, own) for zoo, own in everything.items()]
    return {PATH: page("Networks of zoos", _ABOUT, *parts)}


def _zoo(zoo: str, own: Mapping[str, Any]) -> str:
    """The section of a zoo."""
    networks = own["networks"]
    versions = ", ".join(f"{name} {version}" for name, version in own["versions"].items())
    took = f"{len(networks)} networks of {versions}, in {own['seconds'] / 60:.0f} minutes."
    tools = dict.fromkeys(tool for record in networks.values() for tool in record)
    parts = [f"## {zoo}", took, rows(("tool", "exact", "of", "not run"), map(_score(own), tools))]
    misses = [*_misses(networks)]
    if misses:
        titles = ("network", "tool", "printed", "counted", "first in", "why")
        parts += ["### Not exact", rows(titles, misses)]
    left_out = _not_run(networks)
    if left_out:
        parts += ["### Not run", rows(("tool", "what it says", "networks"), left_out)]
    return "\n\n".join([*parts, "### Exact under every tool that runs them", _exact(networks)])


def _score(own: Mapping[str, Any]) -> Any:
    def row(tool: str) -> tuple[str, ...]:
        told = [record[tool] for record in own["networks"].values() if tool in record]
        left_out = sum(_is_not_run(each) for each in told)
        return code(tool), f"{told.count('exact')}", f"{len(told) - left_out}", f"{left_out}"

    return row


def _is_not_run(told: Any) -> bool:
    return isinstance(told, dict) and "not run" in told


def _misses(networks: Mapping[str, Any]) -> Iterable[tuple[str, ...]]:
    """A row for each figure that is another: where the two part first, and why."""
    for name, record in networks.items():
        for tool, told in record.items():
            if not isinstance(told, dict) or _is_not_run(told):
                continue
            first = told.get("first", {})
            place = f"{first.get('path', '')} ({first['class']})".strip() if first else ""
            figures = _figures(told["printed"]), _figures(told["counted"])
            yield text(name), code(tool), *figures, text(place), text(told["reason"])


def _figures(found: Any) -> str:
    """A figure, and the params if they are there."""
    if isinstance(found, str):
        return text(found)
    return ", ".join(f"{each:,}" for each in found if each is not None)


def _not_run(networks: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """A row for each tool and each thing that it says."""
    found: dict[tuple[str, str], list[str]] = {}
    for name, record in networks.items():
        for tool, told in record.items():
            if _is_not_run(told):
                found.setdefault((tool, told["not run"]), []).append(name)
    return [
        (code(tool), code(said), text(", ".join(names))) for (tool, said), names in found.items()
    ]


def _exact(networks: Mapping[str, Any]) -> str:
    names = [
        name
        for name, record in networks.items()
        if all(told == "exact" or _is_not_run(told) for told in record.values())
    ]
    return text(f"{', '.join(names)}.")
