"""How large a memory is, as people write it: `24GiB`, `80 GB`."""

from __future__ import annotations

import re

from convcost.errors import shorten

_UNITS: dict[str, int] = {
    **{f"{prefix}B": int(1000**power) for power, prefix in enumerate(("", "k", "M", "G", "T"))},
    **{f"{prefix}iB": int(1024**power) for power, prefix in enumerate(("K", "M", "G", "T"), 1)},
    "": 1,
    "KB": 1000,
}
_SIZE = re.compile(r"(\d{1,15})(?:\.(\d{1,9}))? ?([kKMGT]?i?B?)", re.ASCII)


def parse_bytes(raw: str) -> int:
    """How many bytes a text says, cut off to whole ones.

    An example: `24GiB` are 25,769,803,776.

    Raises:
        ValueError: it says none, or has no unit that is known.
    """
    found = _SIZE.fullmatch(raw.strip())
    unit = _UNITS.get(found[3]) if found else None
    if found is None or unit is None:
        raise ValueError(f"is a size of memory such as 24GiB or 80GB, not '{shorten(raw)}'")
    whole, decimals = found[1], found[2] or ""
    size = int(whole + decimals) * unit // int(10 ** len(decimals))
    if not size:
        raise ValueError(f"is no memory at all, '{shorten(raw)}'")
    return size


def bytes_text(size: int) -> str:
    """A size in the unit of 1,024 that leaves one to four digits before the point: `1.93 GiB`."""
    for power, prefix in ((4, "T"), (3, "G"), (2, "M"), (1, "K")):
        if size >= 1024**power:
            value = size / 1024**power
            return f"{value:,.{2 if value < 100 else 1}f} {prefix}iB"
    return f"{size} B"
