"""The page of devices: each figure beside the link of its source."""

from __future__ import annotations

from convcost.graph.bound import Device, Rate
from convcost.sources.reading.devices import shipped_devices

from .markdown import code, page, rows, text


def devices_page() -> dict[str, str]:
    """The text of the page by its path."""
    devices = [*shipped_devices().values()]
    kinds: dict[str, list[Device]] = {}
    for device in devices:
        kinds.setdefault(device.kind, []).append(device)
    parts = []
    for kind, own in kinds.items():
        parts.append(f"## {kind[0].upper()}{kind[1:]}")
        cells = [row for device in own for row in _rows(device)]
        parts.append(rows(("device", "figure", "rate", "source"), cells))
    return {
        "docs/reference/devices.md": page(
            "Devices",
            "What `--on` takes: the peak of dense matrices by dtype, two operations for each "
            "multiply-accumulate, and the bandwidth of the memory. A figure is there only if a "
            "public document prints it, which is named; where that prints the rate with sparsity, "
            "half of it is meant. See [is it faster?](../is-it-faster.md) for a file of your own.",
            *parts,
        )
    }


def _rows(device: Device) -> list[tuple[str, str, str, str]]:
    figures = [("bandwidth", device.bandwidth), *device.peaks.items()]
    return [
        (
            f"{code(device.key)}, {text(device.name)}" if not number else "",
            what,
            rate.text,
            _source(rate),
        )
        for number, (what, rate) in enumerate(figures)
    ]


def _source(rate: Rate) -> str:
    """A link that shows where it leads, and what there is to know."""
    host = rate.source.partition("://")[2].partition("/")[0].removeprefix("www.").rstrip(".")
    note = f"; {text(rate.note)}" if rate.note else ""
    return f"[{host}]({rate.source}){note}"
