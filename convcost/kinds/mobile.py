"""Residual blocks around a depthwise convolution: MobileNet, EfficientNet, ConvNeXt."""

from convcost.graph.builder import Builder, Finish
from convcost.kinds.parameters import (
    ActName,
    Dilation,
    Expand,
    Gate,
    Kernel,
    NormName,
    Out,
    Padding,
    Squeeze,
    SqueezeAct,
    Stride,
    UseLayerScale,
    Width,
    make_window,
    per_axis,
)
from convcost.kinds.parts import excite
from convcost.kinds.registry import kind
from convcost.ops.maps import Elementwise, LayerScale, Norm
from convcost.ops.moves import ToFirst, ToLast
from convcost.ops.op import Axes, Shape


@kind("inverted-residual", compared=False, also="mbconv")
def inverted_residual(
    net: Builder,
    out: Out,
    k: Kernel = 3,
    stride: Stride = 1,
    expand: Expand = 6,
    width: Width = None,
    squeeze: Squeeze = None,
    squeeze_act: SqueezeAct = "relu",
    gate: Gate = "sigmoid",
    norm: NormName = "batch",
    act: ActName = "relu6",
    padding: Padding = "same",
    dilation: Dilation = 1,
) -> None:
    """1 x 1 expansion, depthwise k x k, linear 1 x 1; a sum where shapes allow (MobileNetV2, V3).

    arXiv 1801.04381 and 1905.02244, EfficientNet's MBConv. `width` channels stand inside, or
    `expand` times those that come in; as many as come in are not expanded.
    """
    start, source, inner = net.last, net.shape, width or net.channels * expand
    window, whole = make_window(net.dims, k, stride, padding, dilation), Finish(norm=norm, act=act)
    if inner != net.channels:
        net.conv("expand", inner, make_window(net.dims, 1), whole)
    net.conv("depthwise", inner, window, whole, groups=inner)
    excite(net, "se.", squeeze, squeeze_act, gate)
    net.conv("project", out, make_window(net.dims, 1), Finish(norm=norm))
    _add_input(net, start, source, stride)


@kind("fused-inverted-residual", compared=False, also="fused-mbconv")
def fused_inverted_residual(
    net: Builder,
    out: Out,
    k: Kernel = 3,
    stride: Stride = 1,
    expand: Expand = 4,
    width: Width = None,
    squeeze: Squeeze = None,
    squeeze_act: SqueezeAct = "relu",
    gate: Gate = "sigmoid",
    norm: NormName = "batch",
    act: ActName = "silu",
    padding: Padding = "same",
    dilation: Dilation = 1,
) -> None:
    """k x k expansion, linear 1 x 1; a sum where shapes allow (EfficientNetV2, arXiv 2104.00298).

    Without an expansion it is one k x k convolution with its activation.
    """
    start, source, inner = net.last, net.shape, width or net.channels * expand
    window, whole = make_window(net.dims, k, stride, padding, dilation), Finish(norm=norm, act=act)
    if inner != net.channels:
        net.conv("expand", inner, window, whole)
        excite(net, "se.", squeeze, squeeze_act, gate)
        net.conv("project", out, make_window(net.dims, 1), Finish(norm=norm))
    else:
        excite(net, "se.", squeeze, squeeze_act, gate)
        net.conv("conv", out, window, whole)
    _add_input(net, start, source, stride)


@kind("convnext-block", compared=False, also="convnext")
def convnext_block(
    net: Builder,
    k: Kernel = 7,
    expand: Expand = 4,
    act: ActName = "gelu",
    layer_scale: UseLayerScale = True,
    padding: Padding = "same",
    dilation: Dilation = 1,
) -> None:
    """Depthwise k x k, layer norm, two linear layers and a sum (ConvNeXt, arXiv 2201.03545)."""
    start, channels = net.last, net.channels
    window = make_window(net.dims, k, 1, padding, dilation)
    net.conv("depthwise", channels, window, Finish(bias=True), groups=channels)
    net.add("to-last", ToLast())
    net.add("norm", Norm("layer", channels))
    net.linear("expand", channels * expand)
    if act == "prelu":
        raise ValueError("prelu is over channels, which are last here; take prelu-shared")
    if act != "none":
        net.activation("act", act)
    net.linear("project", channels)
    if layer_scale:
        net.add("scale", LayerScale(channels))
    net.add("to-first", ToFirst())
    net.add("add", Elementwise("add"), start, net.last)


def _add_input(net: Builder, start: int, source: Shape, stride: int | Axes) -> None:
    """Add the node where a block started, if the block keeps its shape by a stride of 1."""
    if net.shape == source and max(per_axis("stride", stride, net.dims)) == 1:
        net.add("add", Elementwise("add"), start, net.last)
