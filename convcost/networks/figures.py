"""Figures that are printed and published: `258.55M`, `5.93k`.

Which exact numbers a printed figure can stand for, and what a source says beside it; whether it
holds is found in `counting.figures`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from convcost.errors import shorten
from convcost.values.whole import Whole

if TYPE_CHECKING:
    from convcost.counting.conventions import Convention
    from convcost.graph.bound import Device

FIGURES = ("params", "macs", "flops", "activations")
"""What may be printed."""

BOUND = "bound"
"""The least time on a device, which a budget may have as well."""


class Most(NamedTuple):
    """The most that a figure may be.

    Attributes:
        value: of a bound, in picoseconds.
        place: where the file says so.
        device: on which it is a bound.
        stored: how numbers are stored there, where the case says otherwise or nothing.
    """

    value: int
    place: str
    device: Device | None = None
    stored: Mapping[str, Any] = {}


Budget = Mapping[str, Most]
"""The most that figures may be."""

ROUNDINGS = ("rounded", "truncated")

EXACT = Whole(0, 10**18)
"""An exact figure."""

_UNITS = {"": 0, "k": 3, "K": 3, "M": 6, "G": 9, "B": 9, "T": 12}
_WORDS = "macs?|maccs?|flops|flop|mult-adds|params|parameters"
_PRINTED = re.compile(
    rf"(\d{{1,3}}(?:,\d{{3}})+|\d+)(?:\.(\d+))?\s*([kKMGBT]?)\s*(?i:{_WORDS})?", re.ASCII
)


class Printed(NamedTuple):
    """A printed figure.

    Attributes:
        text: as it was printed.
        value: the number that its digits say, times two.
        step: one of its last digit, times two.
    """

    text: str
    value: int
    step: int

    def rounds(self, exact: int) -> bool:
        """Whether `exact`, rounded at the printed digits, is this."""
        return abs(2 * exact - self.value) * 2 <= self.step

    def truncates(self, exact: int) -> bool:
        """Whether `exact`, cut off at the printed digits, is this."""
        return 0 <= 2 * exact - self.value < self.step

    def how(self, exact: int) -> str:
        """`exact`, `rounded` or `truncated`; nothing if it does not fit."""
        if 2 * exact == self.value:
            return "exact"
        return "rounded" if self.rounds(exact) else "truncated" if self.truncates(exact) else ""

    @property
    def width(self) -> float:
        """The size of the interval that rounds to this, over the value."""
        return self.step / self.value


class PrintedType(NamedTuple):
    """A printed figure above zero, such as `4.1G`, `5.93k`, `25,557,032` or `258.55 MMac`."""

    @property
    def metavar(self) -> str:
        """The placeholder in help texts."""
        return "FIGURE"

    def parse(self, raw: object) -> Printed:
        """Return the figure."""
        text = str(raw).strip()
        match = _PRINTED.fullmatch(text)
        if match is None or len(text) > 30:
            raise ValueError(f"must be a figure such as 258.55M or 5.93k, got '{shorten(text)}'")
        whole, fraction, unit = match.groups(default="")
        digits = int(whole.replace(",", "") + fraction)
        shift = _UNITS[unit] - len(fraction)
        if shift < 0:
            raise ValueError(f"has digits below one, got '{shorten(text)}'")
        if digits == 0:
            raise ValueError(f"must be above zero, got '{shorten(text)}'")
        scale = 2 * int("1" + "0" * shift)
        return Printed(text, digits * scale, scale)

    def schema(self) -> dict[str, Any]:
        """A whole number, or text with a unit."""
        pattern = r"^\d[\d,]*(\.\d+)? *[kKMGBT]? *[A-Za-z-]*$"
        return {
            "anyOf": [{"type": "integer", "minimum": 1}, {"type": "string", "pattern": pattern}]
        }


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
        own: that convention, if it is no tool's.
    """

    figures: Mapping[str, Printed]
    source: str = ""
    convention: str = ""
    params_as: str = "all"
    rounding: str = "rounded"
    found: Mapping[str, int] = {}
    note: str = ""
    places: Mapping[str, str] = {}
    own: Convention | None = None
