"""A small captured graph that has each sort of op and of shape that only code has, and its file."""

from convcost.graph.captured import Captured
from convcost.graph.nodes import Graph, Node, Origin, Scattered
from convcost.ops.called import Called, CalledProducts, Opaque, Parameter
from convcost.ops.convolutions import Conv
from convcost.ops.layouts import Stacked
from convcost.ops.maps import Activation, Elementwise
from convcost.ops.op import Input
from convcost.ops.products import Linear

CONV = Conv(3, 4, (3, 3), (1, 1), (1, 1), (1, 1), 1, True)
LINE = Origin("torch.nn.modules.conv.Conv2d", "torch.nn.functional.conv2d", "net.py:3")
NODES = (
    Node(Input(), (), (3, 8, 8), "input"),
    Node(CONV, (0,), (4, 8, 8), "conv", origin=LINE),
    Node(Activation("relu", inplace=True), (1,), (4, 8, 8), "relu", "reused"),
    Node(Parameter((8, 8), "leaf"), (), Stacked((8, 8), once=True), "scale", "torch"),
    Node(Elementwise("mul"), (2, 3), (4, 8, 8), "mul", "operator"),
    Node(Called("permute", True), (4,), (8, 8, 4), "permute", "torch"),
    Node(Linear(4, 4), (5,), (8, 8, 4), "fc"),
    Node(CalledProducts("tensordot", "mm", ((8, 4, 8),)), (6,), (8, 8), "tensordot", "torch"),
    Node(Opaque("mine::twist"), (7,), Stacked((2, 4, 8)), "twist", "torch"),
    Node(Linear(4, 4), (), (1,), "idle", run=False),
)
GRAPH = Graph(NODES, 8, {"main": 8, "aux": 6}, Scattered(frozenset({5}), frozenset({5, 6})), 36)
CAPTURED = Captured(GRAPH, "net", 2, {"code": "net:Net", "torch": "2.13.0"})
TEXT = CAPTURED.text()
