"""Params and FLOPs of convolutional layers and networks, from shapes alone.

>>> import convcost
>>> convcost.cost("depthwise-separable", (24, 112, 112), k=3).macs
9934848
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from convcost._version import __version__ as __version__

if TYPE_CHECKING:
    from convcost.api import (
        KINDS,
        build,
        check,
        compare,
        cost,
        cross_check,
        formulas,
        load,
        printed_by,
        table,
        to_torch,
    )
    from convcost.errors import ConvcostError, Problem
    from convcost.graph.cost import Cost
    from convcost.graph.nodes import Graph, Node
    from convcost.network_api import Network, capture, network
    from convcost.networks.breakdown import Layer
    from convcost.networks.cases import Comparison, Row
    from convcost.ops.layouts import Tokens

__all__ = [
    "KINDS",
    "Comparison",
    "ConvcostError",
    "Cost",
    "Graph",
    "Layer",
    "Network",
    "Node",
    "Problem",
    "Row",
    "Tokens",
    "build",
    "capture",
    "check",
    "compare",
    "cost",
    "cross_check",
    "formulas",
    "load",
    "network",
    "printed_by",
    "table",
    "to_torch",
]


_HOMES = {
    **dict.fromkeys(("ConvcostError", "Problem"), "convcost.errors"),
    **dict.fromkeys(("Graph", "Node"), "convcost.graph.nodes"),
    **dict.fromkeys(("Comparison", "Row"), "convcost.networks.cases"),
    **dict.fromkeys(("Network", "capture", "network"), "convcost.network_api"),
    "Cost": "convcost.graph.cost",
    "Tokens": "convcost.ops.layouts",
    "Layer": "convcost.networks.breakdown",
}
"""Where names lie that are not of the API itself."""


def __getattr__(name: str) -> Any:
    """The Python API, which is loaded when a name of it is asked for."""
    if name not in __all__:
        raise AttributeError(f"module 'convcost' has no attribute '{name}'")
    found = getattr(import_module(_HOMES.get(name, "convcost.api")), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
