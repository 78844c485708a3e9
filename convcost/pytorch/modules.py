"""A graph as a real torch module, built from the plain `torch.nn` classes that profilers know."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from convcost.graph.calls import AS_MODULE
from convcost.graph.nodes import Graph, Node
from convcost.graph.spelling import ACTIVATIONS, NORMS
from convcost.ops.convolutions import Conv, DeformConv
from convcost.ops.maps import (
    GLU,
    Activation,
    LayerScale,
    LearnableScalar,
    LocalResponseNorm,
    Norm,
    Softmax,
)
from convcost.ops.moves import (
    ChannelShuffle,
    Flatten,
    PixelShuffle,
    PixelUnshuffle,
)
from convcost.ops.op import Input, Op, Shape
from convcost.ops.padding import Pad
from convcost.ops.pools import AdaptivePool, Pool
from convcost.ops.products import Linear
from convcost.ops.resizing import Resize
from convcost.ops.transposed import TransposedConv
from convcost.pytorch.functions import (
    Function,
    function_of,
    pool_options,
    torch_axis,
    torch_padding,
    torch_scale,
    torch_sides,
    with_weights,
)
from convcost.pytorch.partitions import window_module
from convcost.pytorch.scales import LayerScaleModule, LearnableScalarModule
from convcost.pytorch.tokens import token_call, token_module
from convcost.pytorch.vision import deform_conv


class GraphModule(nn.Module):
    """A graph's nodes in order; inputs and outputs are N x C x spatial.

    Each node with a module is a child, named by the node's path with `.` written as `_`. A node
    that calls a function (`node.form`) calls it here too; its parameters, if it has some, are a
    child that is not called; nor is one that is not run. Shared weights are one child.
    """

    def __init__(self, graph: Graph) -> None:
        """Build the modules with torch's own initial weights."""
        super().__init__()
        self.graph = graph
        self.again = _called_again(graph)
        self.done = _done_with(graph)
        self.steps: list[tuple[str, Function | None]] = []
        """The child of each node, to call or for its parameters, and the function that it calls."""
        for index, node in enumerate(graph.nodes):
            again = self.again.get(index)
            if isinstance(node.op, Input):
                self.steps.append(("", None))
            elif again is None:
                self.steps.append(self._step(node))
            else:
                self.steps.append((_child(graph.nodes[again]), None))

    def _step(self, node: Node) -> tuple[str, Function | None]:
        """The child of a node, if it has one, and the function to call on it or without it."""
        as_module = node.form in AS_MODULE
        function = token_call(node.op) if as_module else with_weights(node.op)
        if node.owner is not None:
            owner = self.graph.nodes[node.owner]  # which may come later
            return (_child(owner), function) if node.run else ("", None)
        if isinstance(node.op, Activation) and node.op.function == "dropout" and not as_module:
            return "", self._dropout(node.op.inplace)
        module = make_module(node.op, self.graph.nodes[node.sources[0]].shape)
        if module is None or not (as_module or function):
            return "", function_of(node)
        if node.form == "subclass":
            module.__class__ = type("Own" + type(module).__name__, (type(module),), {})
        for parameter in _untrained(node, module):
            parameter.requires_grad_(False)
        name = _child(node)
        assert name not in self._modules, f"two nodes are called {node.path}"
        self.add_module(name, module)
        return name, function

    def _dropout(self, inplace: bool) -> Function:
        """The function, which is told the mode."""
        return lambda x: functional.dropout(x, training=self.training, inplace=inplace)

    def forward(self, *inputs: Tensor, **named: Tensor) -> Tensor | tuple[Tensor, ...]:
        """Run the nodes in order; returns the output, or several.

        The inputs are given in their order, also where they are `named`.
        """
        values: dict[int, Tensor] = {}
        given = iter((*inputs, *named.values()))
        for index, (node, (name, function)) in enumerate(
            zip(self.graph.nodes, self.steps, strict=True)
        ):
            if isinstance(node.op, Input):
                values[index] = next(given)
            elif node.run:
                call: Callable[..., Tensor] = function or self._modules[name]  # type: ignore[assignment]
                child = [self._modules[name]] if name and function else []
                values[index] = call(*child, *[values[source] for source in node.sources])
                for source in self.done.get(index, ()):
                    del values[source]
        found = tuple([values[index] for index in self.graph.outputs])
        return found if len(found) > 1 else found[0]


def _untrained(node: Node, module: nn.Module) -> list[nn.Parameter]:
    """The parameters of a node's module that are frozen."""
    wanted = {"all": (True, False), "weights": (True,), "biases": (False,)}.get(node.frozen, ())
    return [each for each in module.parameters() if (each.dim() > 1) in wanted]


def _called_again(graph: Graph) -> dict[int, int]:
    """Nodes whose module another node calls after them, with the last of these."""
    found: dict[int, int] = {}
    last: dict[tuple[Op, int], int] = {}
    for index in range(len(graph.nodes) - 1, -1, -1):
        node = graph.nodes[index]
        if node.op.params:  # then it is said by whose weights a node uses
            continue
        key = node.op, len(node.shape)
        if node.form == "module" and node.run:
            last[key] = index
        elif node.form == "reused" and key in last:
            found[index] = last[key]
    return found


def _done_with(graph: Graph) -> dict[int, list[int]]:
    """What no node reads after one, so that it need not be kept, as in code."""
    last: dict[int, int] = {}
    for index, node in enumerate(graph.nodes):
        if node.run:
            last.update(dict.fromkeys(node.sources, index))
    found: dict[int, list[int]] = {}
    for source, index in last.items():
        if source not in graph.outputs:
            found.setdefault(index, []).append(source)
    return found


def _child(node: Node) -> str:
    """The name of the child that a node is."""
    return node.path.replace(".", "_")


def make_module(op: Op, source: Shape) -> nn.Module | None:
    """The torch module of one op on a C x spatial input; None for what has no class in `nn`."""
    dims = max(len(source) - 1, 1)
    if isinstance(op, DeformConv):
        return deform_conv(op)
    if isinstance(op, Conv | TransposedConv):
        return _conv(op, dims)
    if isinstance(op, Linear):
        return nn.Linear(op.in_features, op.out_features, op.bias)
    if isinstance(op, Pad):
        pad: Callable[..., nn.Module] = getattr(nn, f"ZeroPad{dims}d")
        return pad(torch_sides(op))
    if isinstance(op, Norm):
        return _norm(op, source, dims)
    if isinstance(op, Activation):
        module: Callable[..., nn.Module] = getattr(nn, ACTIVATIONS[op.function][0])
        if op.function == "prelu":
            return module(op.slopes)
        return module(inplace=True) if op.inplace else module()
    if isinstance(op, Softmax) and op.parts == 1:
        return (nn.LogSoftmax if op.log else nn.Softmax)(torch_axis(op.axis))
    if isinstance(op, Pool):
        return _pool(op, dims)
    if isinstance(op, AdaptivePool):
        adaptive: Callable[..., nn.Module]
        adaptive = getattr(nn, f"Adaptive{op.function.title()}Pool{dims}d")
        return adaptive(op.size)
    if isinstance(op, Resize):
        return nn.Upsample(op.size, torch_scale(op), op.mode)
    if isinstance(op, Flatten):
        return nn.Flatten()
    if isinstance(op, PixelShuffle):
        return nn.PixelShuffle(op.factor)
    if isinstance(op, PixelUnshuffle):
        return nn.PixelUnshuffle(op.factor)
    if isinstance(op, ChannelShuffle):
        return nn.ChannelShuffle(op.groups)
    if isinstance(op, GLU):
        return nn.GLU(torch_axis(op.axis))
    if isinstance(op, LocalResponseNorm):
        return nn.LocalResponseNorm(op.size)
    if isinstance(op, LayerScale):
        return LayerScaleModule(op, len(source) - 1)
    if isinstance(op, LearnableScalar):
        return LearnableScalarModule()
    return token_module(op) or window_module(op)


def _conv(op: Conv | TransposedConv, dims: int) -> nn.Module:
    options: dict[str, Any] = {"stride": op.stride, "dilation": op.dilation, "groups": op.groups}
    options["bias"] = op.bias
    options["padding"] = torch_padding(op)
    kind = "Conv"
    if isinstance(op, TransposedConv):
        kind, options["output_padding"] = "ConvTranspose", op.output_padding
    conv: Callable[..., nn.Module] = getattr(nn, f"{kind}{dims}d")
    return conv(op.in_channels, op.out_channels, op.kernel, **options)


def _norm(op: Norm, source: Shape, dims: int) -> nn.Module:
    module: Callable[..., nn.Module] = getattr(nn, NORMS[op.function][0].format(dims))
    if op.function in ("layer", "rms"):
        axes = next(n for n in range(1, len(source) + 1) if _size(source[-n:]) == op.channels)
        bias = {} if op.function == "rms" else {"bias": op.shift}
        return module(source[-axes:], elementwise_affine=op.affine, **bias)
    options = {"affine": op.affine} | ({} if op.shift else {"bias": False})
    if op.function == "group":
        return module(op.groups, op.channels, **options)
    if op.function in ("batch", "sync"):
        options["track_running_stats"] = op.stats
    return module(op.channels, **options)


def _size(shape: Shape) -> int:
    return torch.Size(shape).numel()


def _pool(op: Pool, dims: int) -> nn.Module:
    pool: Callable[..., nn.Module] = getattr(nn, f"{op.function.title()}Pool{dims}d")
    return pool(op.kernel, **pool_options(op))
