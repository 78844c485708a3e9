"""A graph as a real torch module, built from the plain `torch.nn` classes that profilers know."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from convcost.graph import Graph
from convcost.ops import Activation, Concat, Conv, Norm, Op, Pad, Slice

ACTIVATIONS: dict[str, type[nn.Module]] = {
    "relu": nn.ReLU,
    "relu6": nn.ReLU6,
    "leaky-relu": nn.LeakyReLU,
    "prelu": nn.PReLU,
    "elu": nn.ELU,
    "sigmoid": nn.Sigmoid,
    "tanh": nn.Tanh,
    "hardsigmoid": nn.Hardsigmoid,
    "hardswish": nn.Hardswish,
    "silu": nn.SiLU,
    "gelu": nn.GELU,
    "mish": nn.Mish,
}
CONVS: tuple[Callable[..., nn.Module], ...] = (nn.Conv1d, nn.Conv2d, nn.Conv3d)
BATCH_NORMS = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)
INSTANCE_NORMS = (nn.InstanceNorm1d, nn.InstanceNorm2d, nn.InstanceNorm3d)
PADS: tuple[Callable[..., nn.Module], ...] = (nn.ZeroPad1d, nn.ZeroPad2d, nn.ZeroPad3d)


class GraphModule(nn.Module):
    """A graph's nodes in order; input and output are N x C x spatial.

    Each node with a module is a child, named by the node's path with `.` written as `_`.
    """

    def __init__(self, graph: Graph) -> None:
        """Build the modules with torch's own initial weights."""
        super().__init__()
        self.graph = graph
        for node in graph.nodes:
            module = make_module(node.op, len(node.shape) - 1)
            if module is not None:
                name = _child_name(node.path)
                assert name not in self._modules, f"two nodes are called {node.path}"
                self.add_module(name, module)

    def forward(self, x: Tensor) -> Tensor:
        """Run the nodes in order."""
        values = [x]
        for op, sources, _, path in self.graph.nodes[1:]:
            inputs = [values[index] for index in sources]
            values.append(self._run(op, path, inputs))
        return values[-1]

    def _run(self, op: Op, path: str, inputs: list[Tensor]) -> Tensor:
        if isinstance(op, Slice):
            return inputs[0][:, op.start : op.stop]
        if isinstance(op, Concat):
            return torch.cat(inputs, 1)
        return self.get_submodule(_child_name(path))(*inputs)  # type: ignore[no-any-return]


def make_module(op: Op, dims: int) -> nn.Module | None:
    """The torch module of one op over `dims` spatial axes; None for what torch calls a function."""
    if isinstance(op, Conv):
        return CONVS[dims - 1](
            op.in_channels,
            op.out_channels,
            op.kernel,
            stride=op.stride,
            padding=op.padding,
            dilation=op.dilation,
            groups=op.groups,
            bias=op.bias,
        )
    if isinstance(op, Pad):
        # torch lists the last axis first.
        return PADS[dims - 1](tuple(zeros for side in reversed(op.sides) for zeros in side))
    if isinstance(op, Norm):
        return make_norm(op, dims)
    if isinstance(op, Activation):
        return ACTIVATIONS[op.function]()
    return None


def make_norm(op: Norm, dims: int) -> nn.Module:
    """The torch module of a norm, with its scale and shift."""
    if op.function == "batch":
        return BATCH_NORMS[dims - 1](op.channels)
    if op.function == "instance":
        return INSTANCE_NORMS[dims - 1](op.channels, affine=True)
    return nn.GroupNorm(op.groups, op.channels)


def _child_name(path: str) -> str:
    return path.replace(".", "_")
