"""Figures that were printed for a network, and whether they hold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from convcost.printed import Printed
from convcost.values import Whole

FIGURES = ("params", "macs", "flops", "activations")
"""What may be printed."""

Budget = Mapping[str, tuple[int, str]]
"""The most that figures may be, and where the file says so."""

NO_BUDGET: Budget = {}

ROUNDINGS = ("rounded", "truncated")

EXACT = Whole(0, 10**18)
"""An exact figure."""


class Published(NamedTuple):
    """What one source printed for a network.

    Attributes:
        figures: as they were printed, by what they are of.
        source: where.
        convention: the tool or paper whose way of counting they follow; "" is convcost's own.
        params_as: which parameters were counted.
        rounding: how the last digit was found.
        found: exact figures, where it is known that the printed ones do not hold.
        note: why, if that is known.
        places: where the file says each figure.
    """

    figures: Mapping[str, Printed]
    source: str = ""
    convention: str = ""
    params_as: str = "all"
    rounding: str = "rounded"
    found: Mapping[str, int] = {}
    note: str = ""
    places: Mapping[str, str] = {}
