"""Params and FLOPs of convolutional layers and networks, from shapes alone.

>>> import convcost
>>> convcost.cost("depthwise-separable", (24, 112, 112), k=3).macs
9934848
"""

from convcost.api import (
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
from convcost.cases import Comparison, Row
from convcost.cost import Cost
from convcost.errors import ConvcostError, Problem
from convcost.graph import Graph, Node
from convcost.kinds import KINDS

__version__ = "0.1.0"

__all__ = [
    "KINDS",
    "Comparison",
    "ConvcostError",
    "Cost",
    "Graph",
    "Node",
    "Problem",
    "Row",
    "build",
    "check",
    "compare",
    "cost",
    "cross_check",
    "formulas",
    "load",
    "printed_by",
    "table",
    "to_torch",
]
