"""Devices: a row for each, or each figure with its source."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from convcost.formats.document import VERSION, Column, Document, Table
from convcost.graph.bound import Device, Rate
from convcost.values.dtypes import BITS

RATE_COLUMNS = (
    Column("figure", numeric=False),
    Column("rate", numeric=False),
    Column("note", 1, numeric=False, narrow=20),
    Column("source", numeric=False, narrow=40),
)


def devices_report(devices: Sequence[Device]) -> Document:
    """A row for each device; of one alone, a row for each figure with its source."""
    if len(devices) == 1:
        [device] = devices
        rows = [(what, rate.text, rate.note or None, rate.source) for what, rate in _rates(device)]
        title = f"{device.key}: {device.name}" + (f", {device.kind}" if device.kind else "")
        table = Table(device.key, title, RATE_COLUMNS, tuple(rows))
        return Document(_data(devices), (table,), group="device")
    dtypes = [dtype for dtype in BITS if any(dtype in each.peaks for each in devices)]
    columns = (
        Column("device", numeric=False),
        Column("kind", 1, numeric=False),
        Column("bandwidth"),
        *[Column(dtype, _DROPS.get(dtype, 0)) for dtype in dtypes],
    )
    cells = []
    for device in devices:
        peaks = [device.peaks[dtype].text if dtype in device.peaks else None for dtype in dtypes]
        cells.append((device.key, device.kind or None, device.bandwidth.text, *peaks))
    title = "Devices: bandwidth, and peaks by dtype"
    return Document(_data(devices), (Table("devices", title, columns, tuple(cells)),), "table")


_DROPS = {"float64": 7, "int4": 6, "float8": 5, "bfloat16": 4, "tf32": 3, "int8": 2}
"""Dtypes that a narrow terminal has no room for."""


def _rates(device: Device) -> list[tuple[str, Rate]]:
    """Each figure by what it is of."""
    return [("bandwidth", device.bandwidth), *device.peaks.items()]


def _data(devices: Sequence[Device]) -> dict[str, Any]:
    return {
        "version": VERSION,
        "devices": [
            {
                "device": each.key,
                "name": each.name,
                "kind": each.kind,
                "bandwidth": _rate(each.bandwidth, "bytes_per_second"),
                "peaks": {
                    dtype: _rate(rate, "operations_per_second")
                    for dtype, rate in each.peaks.items()
                },
            }
            for each in devices
        ],
    }


def _rate(rate: Rate, unit: str) -> dict[str, Any]:
    note = {"note": rate.note} if rate.note else {}
    return {unit: rate.value, "printed": rate.text, "source": rate.source, **note}
