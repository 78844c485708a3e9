"""Graphs as built modules, captured again, and what is compared of both."""

from __future__ import annotations

import torch

from convcost.counting.counts import tally
from convcost.counting.profilers import CONVENTIONS
from convcost.counting.survey import survey
from convcost.graph.cost import cost
from convcost.graph.nodes import Graph, Node
from convcost.graph.records import CAPTURED
from convcost.ops.called import Called, CalledProducts, Constant, Opaque, Parameter
from convcost.ops.maps import Elementwise, Norm, Softmax
from convcost.ops.op import Input, Shape
from convcost.ops.pools import Maximum, Mean
from convcost.ops.tokens import Embedding
from convcost.pytorch.capture.listening import listen
from convcost.pytorch.modules import GraphModule

_NOT_OF_TORCH = "tensorflow", "keras-flops", "onnx-tool"
OF_TORCH = [each for each in CONVENTIONS if each.tool not in _NOT_OF_TORCH]
"""Conventions of what may see torch code at all."""

WITHOUT_RECORD = (Called, CalledProducts, Opaque, Parameter, Constant)
"""What code comes to that calls more than one function for one op of ours, to move elements or to
have a parameter."""


def captured_again(graph: Graph, batch: int = 1) -> Graph:
    """The graph of the module that is built of a graph."""
    words = {node.sources[0] for node in graph.nodes if isinstance(node.op, Embedding)}
    with torch.device("meta"):
        module = GraphModule(graph).eval()
        inputs = [
            torch.empty((batch, *node.shape), dtype=torch.long if index in words else None)
            for index, node in enumerate(graph.nodes)
            if isinstance(node.op, Input)
        ]
    return listen(module, inputs, {}, batch)


def differences(one: Graph, other: Graph, batch: int = 1) -> list[object]:
    """What two graphs cost that is not the same, under every convention."""
    found: list[object] = []
    if cost(one, batch) != cost(other, batch):
        found.append((cost(one, batch), cost(other, batch)))
    surveys = survey(one, batch), survey(other, batch)
    for convention in OF_TORCH:
        first, second = [tally(each, convention, batch) for each in surveys]
        if (first.total, first.params) != (second.total, second.params):
            found.append((convention.name, first.total, second.total, first.params, second.params))
    return found


def ops_of(graph: Graph) -> list[tuple[object, ...]]:
    """The ops that have a record of their own, in order: with shape, form, and whose weights.

    A softmax across parts of the channels is one along an axis that code makes of them; a mean
    over a map of one axis could be one over tokens.
    """
    kept = [node for node in graph.nodes if _is_recorded(node) and node.run]
    return [
        (_words(node), _without_ones(node.shape), _how(node), _path(graph, node)) for node in kept
    ]


def _words(node: Node) -> str:
    """An op in words; of a norm, what it costs: code does not say what has no effect on it."""
    op = node.op
    if not isinstance(op, Norm):
        return str(op)
    function = "batch" if op.function == "sync" else op.function  # which is one function
    return f"{function} norm, groups {op.groups}, params {op.params}"


def _without_ones(shape: Shape) -> Shape:
    """A shape less the ones in front: one window is in a batch of one, as is its one position."""
    while len(shape) > 1 and shape[0] == 1:
        shape = shape[1:]
    return tuple(shape)


def _how(node: Node) -> str:
    """The form of a call; F.sigmoid is a method of a tensor, as torch calls it."""
    if node.form == "reused" and node.op.params:  # which is said by whose weights are used
        return "module"
    return "function" if node.form == "torch" else node.form


def _is_recorded(node: Node) -> bool:
    return (
        type(node.op) in CAPTURED
        and not isinstance(node.op, (*WITHOUT_RECORD, Input, Elementwise, Softmax, Mean, Maximum))
        and not node.op.moves
    )


def _path(graph: Graph, node: Node) -> str:
    """The child of a module that a node is, or has its weights of; of a function, none."""
    owner = node if node.owner is None else graph.nodes[node.owner]
    return owner.path.replace(".", "_") if _how(owner) in ("module", "subclass") else ""
