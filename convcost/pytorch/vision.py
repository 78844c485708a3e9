"""What torch has in torchvision only, which is imported where a graph has it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from convcost.graph.deformable import DeformConv
from convcost.graph.nodes import Graph
from convcost.pytorch.extras import VISION_EXTRA, require

if TYPE_CHECKING:
    from torch import Tensor, nn


def require_vision(graph: Graph) -> None:
    """Raise `ConvcostError` if a graph needs torchvision and that is not installed."""
    if any(isinstance(node.op, DeformConv) for node in graph.nodes):
        require("torchvision", extra=VISION_EXTRA)


def deform_conv(op: DeformConv) -> nn.Module:
    """The module of a deformable convolution."""
    require("torchvision", extra=VISION_EXTRA)
    from torchvision.ops import DeformConv2d

    window = op.kernel, op.stride, op.padding, op.dilation
    module: nn.Module = DeformConv2d(
        op.in_channels, op.out_channels, *window, groups=op.groups, bias=op.bias
    )
    return module


def call_deform_conv(op: DeformConv, module: Any, x: Tensor, *others: Tensor) -> Tensor:
    """The function, with the weights of a module, on a map, its offsets and perhaps a mask."""
    from torchvision import ops

    offsets, mask = others[0], others[1] if len(others) > 1 else None
    window = op.stride, op.padding, op.dilation
    written: Tensor = ops.deform_conv2d(x, offsets, module.weight, module.bias, *window, mask)
    return written
