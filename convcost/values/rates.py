"""How much is done in a second, as datasheets print it, and how long something takes."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from convcost.errors import shorten

_PREFIXES = {"": 0, "K": 3, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15}
_OPERATIONS = r"(?:FL)?OP(?:/s|S|s)"
_RATE = r"(\d{{1,9}})(?:\.(\d{{1,9}}))? ?([kKMGTP]?)(?:{unit})"


class RateType(NamedTuple):
    """Operations a second, `19.5 TFLOP/s` or `624 TOPS`, or bytes: `2039 GB/s`; one at least."""

    of_bytes: bool = False

    @property
    def metavar(self) -> str:
        """The placeholder in help texts."""
        return "RATE"

    @property
    def _pattern(self) -> str:
        return _RATE.format(unit="B/s" if self.of_bytes else _OPERATIONS)

    def parse(self, raw: object) -> int:
        """Return how many a second."""
        text = str(raw).strip()
        found = re.fullmatch(self._pattern, text, re.ASCII)
        if found is None:
            such = "2039 GB/s" if self.of_bytes else "19.5 TFLOP/s or 624 TOP/s"
            raise ValueError(f"is a rate such as {such}, not '{shorten(text)}'")
        whole, decimals, prefix = found.groups(default="")
        shift = _PREFIXES[prefix] - len(decimals)
        value = int(whole + decimals)
        per_second = value * int(10**shift) if shift >= 0 else value // int(10**-shift)
        if not per_second:
            raise ValueError(f"is less than one a second, '{shorten(text)}'")
        return per_second

    def schema(self) -> dict[str, Any]:
        """Text with a unit."""
        return {"type": "string", "pattern": f"^{self._pattern}$"}


_TIMES = {"s": 12, "ms": 9, "us": 6, "µs": 6, "μs": 6, "ns": 3, "ps": 0}
_TIME = re.compile(rf"(\d{{1,9}})(?:\.(\d{{1,9}}))? ?({'|'.join(_TIMES)})", re.ASCII)


class TimeType(NamedTuple):
    """A time with its unit: `12ms`, `1.5 s`, `80 us`; in whole picoseconds."""

    @property
    def metavar(self) -> str:
        """The placeholder in help texts."""
        return "TIME"

    def parse(self, raw: object) -> int:
        """Return how many picoseconds."""
        text = str(raw).strip()
        found = _TIME.fullmatch(text)
        if found is None:
            raise ValueError(f"is a time such as 12ms or 80us, not '{shorten(text)}'")
        whole, decimals, unit = found.groups(default="")
        shift = _TIMES[unit] - len(decimals)
        value = int(whole + decimals)
        return value * int(10**shift) if shift >= 0 else value // int(10**-shift)

    def schema(self) -> dict[str, Any]:
        """Text with a unit."""
        return {"type": "string", "pattern": f"^{_TIME.pattern}$"}


def rate_text(per_second: float, unit: str) -> str:
    """A rate with four digits, `53.21 GFLOP/s`, as `RateType` reads it."""
    fitting = [each for each in _PREFIXES.items() if per_second >= 10 ** each[1]]
    prefix, shift = fitting[-1] if fitting else ("", 0)
    value = per_second / 10**shift
    digits = len(str(int(value)))
    return f"{value:.{max(4 - digits, 0)}f} {prefix}{unit}"
