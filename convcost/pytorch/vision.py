"""What torch has in torchvision only, which is imported where a graph has it."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from convcost.graph.nodes import Graph
from convcost.ops.convolutions import DeformConv
from convcost.pytorch.extras import VISION_EXTRA, require

if TYPE_CHECKING:
    from torch import Tensor, nn


def needs_vision(graph: Graph) -> bool:
    """Whether a graph has what is in torchvision."""
    return any(isinstance(node.op, DeformConv) for node in graph.nodes)


def require_vision(graph: Graph) -> None:
    """Raise `ConvcostError` if a graph needs torchvision and that is not installed."""
    if needs_vision(graph):
        require("torchvision", extra=VISION_EXTRA)


def import_vision(graph: Graph) -> None:
    """Import torchvision if a graph needs it; that it cannot be is said where it is built."""
    if needs_vision(graph):
        with suppress(ImportError, RuntimeError):
            import torchvision  # noqa: F401


def deform_conv(op: DeformConv) -> nn.Module:
    """The module of a deformable convolution."""
    require("torchvision", extra=VISION_EXTRA)
    import torch

    try:
        from torchvision.ops import DeformConv2d
    except RuntimeError as error:  # it registers its operators with torch, which has others
        raise RuntimeError(
            f"torchvision does not fit torch {torch.__version__}, both are to come from one index "
            f"of download.pytorch.org: {error}"
        ) from None

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
