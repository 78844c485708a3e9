"""The layers of a network beside its convolutions: pools, norms, heads and the like."""

from math import prod
from typing import Annotated

from convcost.graph.builder import Builder
from convcost.graph.maps import Activation, Norm, Softmax
from convcost.graph.moves import (
    ChannelShuffle,
    Flatten,
    PixelShuffle,
    Slice,
    ToFirst,
    ToLast,
)
from convcost.graph.ops import Axes, check_map, times
from convcost.graph.padding import Pad
from convcost.graph.pools import AdaptivePool, Mean, Pool, Resize
from convcost.graph.transposed import TransposedConv
from convcost.graph.windows import same_sides
from convcost.kinds.parameters import (
    ActName,
    Bias,
    Dilation,
    Finishes,
    Groups,
    Kernel,
    NormGroups,
    NormName,
    Out,
    Padding,
    Stride,
    per_axis,
)
from convcost.kinds.registry import kind
from convcost.kinds.values import Choice, Flag, PerAxis, Whole

MODES = Choice(("nearest", "linear", "bilinear", "bicubic", "trilinear"), "mode")

Affine = Annotated[bool, Flag(), "give the norm a scale and a shift"]
RunningStats = Annotated[bool, Flag(), "let a batch norm keep running statistics"]
PoolStride = Annotated[int | Axes | None, PerAxis(), "stride"]
OutputPadding = Annotated[int | Axes, PerAxis(0), "what a transposed convolution adds behind"]
Ceil = Annotated[bool, Flag(), "let a pool's last window end outside the map"]
CountPadding = Annotated[bool, Flag(), "have the zeros in an average's divisor"]
OneSize = Annotated[int | Axes, PerAxis(), "size of the map to write"]
Size = Annotated[int | Axes | None, PerAxis(), "size of the map to write"]
Scale = Annotated[int | None, Whole(), "factor by which a map is resized; 2 without a size"]
Mode = Annotated[str, MODES, f"how a map is resized: {', '.join(MODES.names)}"]
Factor = Annotated[int, Whole(), "factor of the pixel shuffle"]
Zeros = Annotated[int | Axes, PerAxis(0), "zeros on both sides of each axis"]
Start = Annotated[int, Whole(0), "first channel of a slice"]
Stop = Annotated[int | None, Whole(), "channel before which a slice ends; the last if not given"]
Form = Annotated[
    str,
    Choice(("module", "function"), "form"),
    "how the source calls the layer, which some profilers tell apart: module (nn.ReLU), "
    "function (F.relu)",
]


@kind("transposed", compared=False, also="convtranspose conv-transpose deconv transposed-conv")
def transposed(
    net: Builder,
    out: Out,
    finish: Finishes,
    k: Kernel = 2,
    stride: Stride = 2,
    padding: Padding = "valid",
    output_padding: OutputPadding = 0,
    dilation: Dilation = 1,
    groups: Groups = 1,
) -> None:
    """Transposed convolution (`torch.nn.ConvTranspose2d`).

    Every input position is spread over a k x k window of the output: arXiv 1603.07285, chapter 4.
    """
    dims = net.dims
    window = (
        per_axis("k", k, dims),
        per_axis("stride", stride, dims),
        _zeros(padding, per_axis("k", k, dims), per_axis("dilation", dilation, dims)),
        per_axis("dilation", dilation, dims),
        per_axis("output_padding", output_padding, dims),
    )
    net.add("conv", TransposedConv(net.channels, out, *window, groups, finish.last.bias))
    net.finish("conv", finish.last)


@kind("linear", compared=False, also="fc dense fully-connected", features=True)
def linear(net: Builder, out: Out, bias: Bias = True) -> None:
    """Linear layer on features; a map of one position is flattened first."""
    if prod(net.shape[1:]) > 1:
        raise ValueError(
            f"linear reads features, not a map of {times(net.shape)}; flatten it first"
        )
    if net.dims:
        net.add("flatten", Flatten())
    net.linear("linear", out, bias=bias)


@kind("norm", compared=False, also="bn batchnorm batch-norm groupnorm group-norm instancenorm")
def norm(
    net: Builder,
    norm: NormName = "batch",
    norm_groups: NormGroups = 32,
    affine: Affine = True,
    running_stats: RunningStats = True,
) -> None:
    """Normalisation of the channels.

    Batch: arXiv 1502.03167; instance: 1607.08022; group: 1803.08494.
    """
    if norm == "none":
        raise ValueError("norm none is no layer; leave it out")
    groups = norm_groups if norm == "group" else 1
    net.add("norm", Norm(norm, net.channels, groups, affine, running_stats))


@kind("layer-norm", compared=False, also="layernorm ln")
def layer_norm(net: Builder) -> None:
    """Layer norm of the channels at each position, as in ConvNeXt's stem; or of features.

    arXiv 1607.06450.
    """
    channels = net.channels
    if not net.dims:
        net.add("norm", Norm("layer", channels))
        return
    net.add("to-last", ToLast())
    net.add("norm", Norm("layer", channels))
    net.add("to-first", ToFirst())


@kind("act", compared=False, also="relu relu6 gelu silu hardswish sigmoid prelu activation")
def act(net: Builder, act: ActName = "relu", form: Form = "module") -> None:
    """An activation."""
    if act == "none":
        raise ValueError("act none is no layer; leave it out")
    net.activation("act", act, form)


@kind("dropout", compared=False)
def dropout(net: Builder, form: Form = "module") -> None:
    """Dropout, which does nothing outside of training.

    arXiv 1207.0580.
    """
    net.add("dropout", Activation("dropout"), form=form)


@kind("softmax", compared=False)
def softmax(net: Builder, form: Form = "module") -> None:
    """Softmax over the channels."""
    net.add("softmax", Softmax(), form=form)


@kind("max-pool", compared=False, also="maxpool pool")
def max_pool(
    net: Builder,
    k: Kernel = 2,
    stride: PoolStride = None,
    padding: Padding = "valid",
    ceil: Ceil = False,
    form: Form = "module",
) -> None:
    """Maximum over a k x k window; the stride is the kernel if none is given."""
    net.add("pool", _pool(net, "max", k, stride, padding, ceil), form=form)


@kind("avg-pool", compared=False, also="avgpool averagepool")
def avg_pool(
    net: Builder,
    k: Kernel = 2,
    stride: PoolStride = None,
    padding: Padding = "valid",
    ceil: Ceil = False,
    count_padding: CountPadding = True,
    form: Form = "module",
) -> None:
    """Average over a k x k window; the stride is the kernel if none is given."""
    net.add("pool", _pool(net, "avg", k, stride, padding, ceil, count_padding), form=form)


@kind("adaptive-avg-pool", compared=False, also="gap global-pool global-avg-pool adaptiveavgpool")
def adaptive_avg_pool(net: Builder, size: OneSize = 1, form: Form = "module") -> None:
    """Average to a map of this size; 1 is global pooling."""
    net.add("pool", AdaptivePool("avg", per_axis("size", size, net.dims)), form=form)


@kind("adaptive-max-pool", compared=False)
def adaptive_max_pool(net: Builder, size: OneSize = 1, form: Form = "module") -> None:
    """Maximum to a map of this size."""
    net.add("pool", AdaptivePool("max", per_axis("size", size, net.dims)), form=form)


@kind("mean", compared=False)
def mean(net: Builder) -> None:
    """Mean over the map, which leaves the channels alone."""
    net.add("mean", Mean())


@kind("flatten", compared=False)
def flatten(net: Builder) -> None:
    """All axes in one."""
    net.add("flatten", Flatten())


@kind("upsample", compared=False, also="resize interpolate")
def upsample(
    net: Builder,
    scale: Scale = None,
    size: Size = None,
    mode: Mode = "nearest",
    form: Form = "module",
) -> None:
    """The map resized by a whole number, or to a size."""
    if scale and size:
        raise ValueError("upsample takes a scale or a size, not both")
    op = Resize(mode, scale or 2)
    if size is not None:
        op = Resize(mode, size=per_axis("size", size, net.dims))
    net.add("upsample", op, form=form)


@kind("pixel-shuffle", compared=False)
def pixel_shuffle(net: Builder, factor: Factor = 2) -> None:
    """Channels become positions.

    Sub-pixel convolution without its convolution, arXiv 1609.05158.
    """
    net.add("shuffle", PixelShuffle(factor))


@kind("channel-shuffle", compared=False, also="channelshuffle shuffle")
def channel_shuffle(net: Builder, groups: Groups = 2) -> None:
    """The channels of all groups in turn.

    ShuffleNet, arXiv 1707.01083.
    """
    net.add("shuffle", ChannelShuffle(groups))


@kind("slice", compared=False, also="split chunk")
def slice_channels(net: Builder, start: Start = 0, stop: Stop = None) -> None:
    """Channels `start` to `stop` - 1."""
    net.add("slice", Slice(start, net.channels if stop is None else stop))


@kind("pad", compared=False, also="zeropad zero-pad padding")
def pad(net: Builder, zeros: Zeros = 1) -> None:
    """Zeros around the map."""
    check_map(net.shape)
    net.add("pad", Pad(tuple([(n, n) for n in per_axis("zeros", zeros, net.dims)])))


def _pool(
    net: Builder,
    function: str,
    k: int | Axes,
    stride: int | Axes | None,
    padding: str | int | Axes,
    ceil: bool,
    count_padding: bool = True,
) -> Pool:
    kernel = per_axis("k", k, net.dims)
    strides = kernel if stride is None else per_axis("stride", stride, net.dims)
    zeros = _zeros(padding, kernel, (1,) * net.dims)
    return Pool(function, kernel, strides, zeros, ceil, count_padding)


def _zeros(padding: str | int | Axes, kernel: Axes, dilation: Axes) -> Axes:
    """Zeros on both sides of each axis; `same` keeps the map at stride 1, if that is possible."""
    if padding == "same":
        sides = same_sides(kernel, dilation)
        if any(before != after for before, after in sides):
            raise ValueError(f"padding same of an even kernel, {times(kernel)}, is one-sided")
        return tuple([before for before, _ in sides])
    if padding == "tf-same":
        raise ValueError("padding tf-same is for convolutions; give zeros, valid or same")
    return per_axis("padding", 0 if isinstance(padding, str) else padding, len(kernel))
