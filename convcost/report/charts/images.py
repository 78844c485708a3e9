"""Charts as pictures, by vl-convert: Vega without a browser."""

from __future__ import annotations

import json
from types import ModuleType

from convcost.errors import ConvcostError
from convcost.report.charts.drawing import Spec

FORMATS = ("svg", "png", "pdf", "json")
"""What a chart can be written as; `json` is its Vega specification."""


def require_vega() -> ModuleType:
    """vl-convert.

    Raises:
        ConvcostError: it is not installed.
    """
    try:
        import vl_convert
    except ImportError:
        raise ConvcostError('charts need vl-convert: pip install "convcost[report]"') from None
    return vl_convert


def picture(spec: Spec, format: str) -> bytes:
    """A chart in one of `FORMATS`.

    Raises:
        ConvcostError: vl-convert is not installed.
    """
    text = json.dumps(spec)
    if format == "json":
        return text.encode()
    made = getattr(require_vega(), f"vega_to_{format}")(text)
    return made.encode() if isinstance(made, str) else bytes(made)
