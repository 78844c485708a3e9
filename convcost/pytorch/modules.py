"""A graph as a real torch module, built from the plain `torch.nn` classes that profilers know."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from convcost.graph.calls import ACTIVATIONS, NORMS
from convcost.graph.convolutions import Conv, SameConv
from convcost.graph.maps import (
    Activation,
    Elementwise,
    LayerScale,
    LearnableScalar,
    Norm,
    Softmax,
)
from convcost.graph.moves import (
    ChannelShuffle,
    Concat,
    Flatten,
    PixelShuffle,
    PixelUnshuffle,
    Slice,
    Subsample,
    ToFirst,
    ToLast,
)
from convcost.graph.nodes import Graph, Node
from convcost.graph.ops import Input, Op, Shape
from convcost.graph.padding import Crop, Pad, PadChannels
from convcost.graph.pools import AdaptivePool, Maximum, Mean, OverChannels, Pool
from convcost.graph.products import Attention, Einsum, Linear, Matmul
from convcost.graph.resizing import Resize
from convcost.graph.transposed import TransposedConv
from convcost.pytorch.scales import LayerScaleModule, LearnableScalarModule

Function = Callable[..., Tensor]


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
        self.steps: list[tuple[str, Function | None]] = []
        """The child of each node, to call or for its parameters, and the function that it calls."""
        for node in graph.nodes:
            self.steps.append(("", None) if isinstance(node.op, Input) else self._step(node))

    def _step(self, node: Node) -> tuple[str, Function | None]:
        """The child of a node, if it has one, and the function to call on it or without it."""
        as_module = node.form in ("module", "subclass", "reused")
        if node.owner is not None and not node.run:
            return "", None
        if node.owner is not None:
            return self.steps[node.owner][0], None if as_module else _with_weights(node.op)
        module = make_module(node.op, self.graph.nodes[node.sources[0]].shape)
        if module is None or not (as_module or node.op.params):
            return "", _function(node)
        if node.form == "subclass":
            module.__class__ = type("Own" + type(module).__name__, (type(module),), {})
        name = node.path.replace(".", "_")
        assert name not in self._modules, f"two nodes are called {node.path}"
        self.add_module(name, module)
        return name, None if as_module else _with_weights(node.op)

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
        found = tuple([values[index] for index in self.graph.outputs])
        return found if len(found) > 1 else found[0]


def make_module(op: Op, source: Shape) -> nn.Module | None:
    """The torch module of one op on a C x spatial input; None for what has no class in `nn`."""
    dims = max(len(source) - 1, 1)
    if isinstance(op, Conv | TransposedConv):
        return _conv(op, dims)
    if isinstance(op, Linear):
        return nn.Linear(op.in_features, op.out_features, op.bias)
    if isinstance(op, Pad):
        pad: Callable[..., nn.Module] = getattr(nn, f"ZeroPad{dims}d")
        return pad(_torch_sides(op))
    if isinstance(op, Norm):
        return _norm(op, source, dims)
    if isinstance(op, Activation):
        module: Callable[..., nn.Module] = getattr(nn, ACTIVATIONS[op.function][0])
        return module(op.slopes) if op.function == "prelu" else module()
    if isinstance(op, Softmax):
        return (nn.LogSoftmax if op.log else nn.Softmax)(torch_axis(op.axis))
    if isinstance(op, Pool):
        return _pool(op, dims)
    if isinstance(op, AdaptivePool):
        adaptive: Callable[..., nn.Module]
        adaptive = getattr(nn, f"Adaptive{op.function.title()}Pool{dims}d")
        return adaptive(op.size)
    if isinstance(op, Resize):
        return nn.Upsample(op.size, _torch_scale(op), op.mode)
    if isinstance(op, Flatten):
        return nn.Flatten()
    if isinstance(op, PixelShuffle):
        return nn.PixelShuffle(op.factor)
    if isinstance(op, PixelUnshuffle):
        return nn.PixelUnshuffle(op.factor)
    if isinstance(op, ChannelShuffle):
        return nn.ChannelShuffle(op.groups)
    if isinstance(op, LayerScale):
        return LayerScaleModule(op, len(source) - 1)
    if isinstance(op, LearnableScalar):
        return LearnableScalarModule()
    return None


def _conv(op: Conv | TransposedConv, dims: int) -> nn.Module:
    options: dict[str, Any] = {"stride": op.stride, "dilation": op.dilation, "groups": op.groups}
    options["bias"] = op.bias
    options["padding"] = "same" if isinstance(op, SameConv) else op.padding
    kind = "Conv"
    if isinstance(op, TransposedConv):
        kind, options["output_padding"] = "ConvTranspose", op.output_padding
    conv: Callable[..., nn.Module] = getattr(nn, f"{kind}{dims}d")
    return conv(op.in_channels, op.out_channels, op.kernel, **options)


def _norm(op: Norm, source: Shape, dims: int) -> nn.Module:
    module: Callable[..., nn.Module] = getattr(nn, NORMS[op.function][0].format(dims))
    if op.function in ("layer", "rms"):
        axes = next(n for n in range(1, len(source) + 1) if _size(source[-n:]) == op.channels)
        return module(source[-axes:], elementwise_affine=op.affine)
    if op.function == "group":
        return module(op.groups, op.channels, affine=op.affine)
    if op.function == "instance":
        return module(op.channels, affine=op.affine)
    return module(op.channels, affine=op.affine, track_running_stats=op.stats)


def _size(shape: Shape) -> int:
    return torch.Size(shape).numel()


def _pool(op: Pool, dims: int) -> nn.Module:
    pool: Callable[..., nn.Module] = getattr(nn, f"{op.function.title()}Pool{dims}d")
    return pool(op.kernel, **_pool_options(op))


def _pool_options(op: Pool) -> dict[str, Any]:
    options: dict[str, Any] = {"stride": op.stride, "padding": op.padding, "ceil_mode": op.ceil}
    if op.function == "max":
        return options | ({"dilation": op.dilation} if op.dilation else {})
    divisor = {"divisor_override": op.divisor} if op.divisor else {}
    return options | {"count_include_pad": op.count_padding} | divisor


def torch_axis(axis: int) -> int:
    """An axis of C x spatial, in torch's N x C x spatial."""
    return axis if axis < 0 else axis + 1


def _torch_scale(op: Resize) -> Any:
    """The factor of a resize, or its factors, as torch takes them."""
    if isinstance(op.scale, tuple):
        return tuple(map(_plain, op.scale))
    return op.scale and _plain(op.scale)


def _plain(factor: Any) -> int | float:
    return factor if isinstance(factor, int) else float(factor)


def _torch_sides(op: Pad) -> tuple[int, ...]:
    """Zeros as torch wants them: the last axis first."""
    return tuple(zeros for side in reversed(op.sides) for zeros in side)


def _function(node: Node) -> Function:
    """What a node calls that holds no parameters.

    Functions are looked up when they are called: some profilers put their own in place of them.
    """
    op, form = node.op, node.form
    if isinstance(op, Elementwise | Matmul):
        return _binary(op, form)
    if isinstance(op, Einsum):
        return lambda *inputs: torch.einsum(op.equation, *inputs)
    if isinstance(op, Attention):
        return lambda *inputs: functional.scaled_dot_product_attention(*inputs)
    if isinstance(op, Mean):
        return lambda x: x.mean(tuple(range(2, x.dim())), keepdim=op.keep)
    if isinstance(op, Maximum):
        return lambda x: torch.amax(x, tuple(range(2, x.dim())), keepdim=op.keep)
    if isinstance(op, OverChannels):
        return _over_channels(op)
    return _moving(op) or _of_module(op, form)


def _moving(op: Op) -> Function | None:
    """What is called to move elements; None for what computes, or has a class in `nn` too."""
    if isinstance(op, Concat):
        return lambda *inputs: torch.cat(inputs, op.axis + 1)
    if isinstance(op, Slice):
        return lambda x: x[:, op.start : op.stop]
    if isinstance(op, Subsample):
        return lambda x: x[:, :, *[slice(None, None, step) for step in op.stride]]
    if isinstance(op, Crop):
        return lambda x: x[:, :, *map(_cropped, x.shape[2:], op.sides)]
    if isinstance(op, PadChannels):
        return lambda x: functional.pad(x, (0, 0) * (x.dim() - 2) + (op.before, op.after))
    if isinstance(op, Flatten):
        return lambda x: torch.flatten(x, 1)
    if isinstance(op, ToLast):
        return lambda x: x.permute(0, *range(2, x.dim()), 1)
    if isinstance(op, ToFirst):
        return lambda x: x.permute(0, x.dim() - 1, *range(1, x.dim() - 1))
    return None


def _cropped(size: int, sides: tuple[int, int]) -> slice:
    """What is left of an axis."""
    return slice(sides[0], size - sides[1])


def _over_channels(op: OverChannels) -> Function:
    if op.function == "mean":
        return lambda x: torch.mean(x, 1, keepdim=True)
    return lambda x: torch.max(x, 1, keepdim=True)[0]


def _binary(op: Elementwise | Matmul, form: str) -> Function:
    names = {"div": "truediv"} if form == "operator" else {}
    place: Any = operator if form in ("operator", "inplace") else torch
    name = f"i{op.function}" if form == "inplace" else names.get(op.function, op.function)
    constant = getattr(op, "constant", None)
    number = 2.0 if constant is None else _plain(constant)
    return lambda x, *others: getattr(place, name)(x, *(others or (number,)))


def _of_module(op: Op, form: str) -> Function:
    """A function that does what the op's class would do."""
    place: Any = torch if form == "torch" else functional
    if isinstance(op, Activation) and op.function == "dropout":
        return lambda x: functional.dropout(x, training=False)
    if isinstance(op, Activation):
        return lambda x: getattr(place, op.function.replace("-", "_"))(x)
    if isinstance(op, Softmax):
        axis = torch_axis(op.axis)
        return lambda x: (functional.log_softmax if op.log else functional.softmax)(x, axis)
    if isinstance(op, Pool):
        name = f"{op.function}_pool{len(op.kernel)}d"
        options = _pool_options(op)
        return lambda x: getattr(place, name)(x, op.kernel, **options)
    if isinstance(op, AdaptivePool):
        name = f"adaptive_{op.function}_pool{len(op.size)}d"
        return lambda x: getattr(place, name)(x, op.size)
    if isinstance(op, Resize):
        return lambda x: functional.interpolate(x, op.size, _torch_scale(op), op.mode)
    assert isinstance(op, Pad), f"{op} has no function"
    return lambda x: functional.pad(x, _torch_sides(op))


def _with_weights(op: Op) -> Function:
    """A function on a module that is not called itself, for its parameters, and an input."""
    if isinstance(op, Linear):
        return lambda module, x: functional.linear(x, module.weight, module.bias)
    if isinstance(op, Activation):
        return lambda module, x: functional.prelu(x, module.weight)
    assert isinstance(op, Conv), f"{op} has no function"
    return lambda module, x: module._conv_forward(x, module.weight, module.bias)
