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
    from convcost.device_api import bound, devices, traffic
    from convcost.errors import ConvcostError, Problem
    from convcost.graph.bound import Bound, Device
    from convcost.graph.cost import Cost
    from convcost.graph.nodes import Graph, Node
    from convcost.graph.traffic import Traffic
    from convcost.network_api import Network, capture, network
    from convcost.networks.breakdown import Layer
    from convcost.networks.cases import Row
    from convcost.ops.layouts import Tokens
    from convcost.report.notebook import Comparison
    from convcost.space_api import Design, Designs, space
    from convcost.training.plan import Trained
    from convcost.training_api import trained

__all__ = [
    "KINDS",
    "Bound",
    "Comparison",
    "ConvcostError",
    "Cost",
    "Design",
    "Designs",
    "Device",
    "Graph",
    "Layer",
    "Network",
    "Node",
    "Problem",
    "Row",
    "Tokens",
    "Traffic",
    "Trained",
    "bound",
    "build",
    "capture",
    "check",
    "compare",
    "cost",
    "cross_check",
    "devices",
    "formulas",
    "load",
    "network",
    "printed_by",
    "space",
    "table",
    "to_torch",
    "traffic",
    "trained",
]


_HOMES = {
    **dict.fromkeys(("ConvcostError", "Problem"), "convcost.errors"),
    **dict.fromkeys(("Graph", "Node"), "convcost.graph.nodes"),
    "Comparison": "convcost.report.notebook",
    "Row": "convcost.networks.cases",
    **dict.fromkeys(("Network", "capture", "network"), "convcost.network_api"),
    **dict.fromkeys(("Design", "Designs", "space"), "convcost.space_api"),
    **dict.fromkeys(("bound", "devices", "traffic"), "convcost.device_api"),
    **dict.fromkeys(("Bound", "Device"), "convcost.graph.bound"),
    "Traffic": "convcost.graph.traffic",
    "Trained": "convcost.training.plan",
    "trained": "convcost.training_api",
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
