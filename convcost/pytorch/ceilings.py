"""The two ceilings of this machine, as torch reaches them: a product of matrices, and a stream."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from convcost.errors import ConvcostError
from convcost.graph.bound import Device, Rate
from convcost.pytorch.clock import Clock
from convcost.values.rates import rate_text

SIZES = {"cpu": (256, 1024, 2048), "cuda": (4096, 8192), "mps": (2048, 4096)}
"""Sides of the matrices that are multiplied, by the kind of device."""

ELEMENTS = 2**25
"""Of each of the tensors of a stream, which is more than caches hold."""

TIMES = 7
"""How often each is run: the best of them is the ceiling."""

LONGEST = 1.0
"""Seconds that a run may take: some dtypes are multiplied without any haste."""

DTYPES = ("float32", "float64", "bfloat16", "float16")


def measure_device(setup: Mapping[str, Any], progress: Callable[[float], None]) -> Device:
    """The machine as a device, in the dtypes that torch multiplies on it.

    Raises:
        ConvcostError: torch finds no such device, or cannot run on it.
    """
    peaks: dict[str, Rate] = {}
    with Clock(setup) as clock:
        facts = clock.facts
        streams = _runs(clock, "stream", ELEMENTS)
        for done, dtype in enumerate(DTYPES, 1):
            rates: list[float] = []
            for size in SIZES[setup["device"]]:
                if not rates or 2 * size**3 / max(rates) < LONGEST:
                    rates += _runs(clock, "product", size, dtype)
            if rates:
                peaks[dtype] = _rate(max(rates), "FLOP/s", "products of square matrices", facts)
            progress(done / len(DTYPES))
    if not peaks or not streams:
        raise ConvcostError("torch multiplies no matrices here")
    count = facts["threads"]
    threads = f", {count} thread{'s' * (count != 1)}" if setup["device"] == "cpu" else ""
    words = f"sums of tensors of {ELEMENTS * 4 // 2**20} MiB"
    bandwidth = _rate(max(streams), "B/s", words, facts)
    return Device("here", f"{facts['machine']}{threads}", "measured", bandwidth, peaks)


def _runs(clock: Clock, what: str, *how: object) -> list[float]:
    """What was reached, run by run; nothing where it cannot be run."""
    found = [clock.ask((what, *how)) for _ in range(TIMES)]
    return [each for each in found if isinstance(each, float)]


def _rate(value: float, unit: str, words: str, facts: Mapping[str, Any]) -> Rate:
    text = rate_text(value, unit)
    return Rate(round(value), text, f"measured, torch {facts['torch']}: the best of {words}")
