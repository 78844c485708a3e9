"""The layers of a network beside its convolutions and pools: norms, activations, heads."""

from math import prod
from typing import TYPE_CHECKING, Annotated

from convcost.graph.builder import Builder, Finish
from convcost.kinds.parameters import (
    ActName,
    Affine,
    Bias,
    Dilation,
    Finishes,
    Form,
    Groups,
    Inplace,
    Kernel,
    NormBias,
    NormGroups,
    NormName,
    Out,
    Over,
    Padding,
    Stride,
    padding_sides,
    per_axis,
)
from convcost.kinds.registry import kind
from convcost.kinds.tokens import require_tokens
from convcost.ops.layouts import Tokens
from convcost.ops.maps import (
    GLU,
    Activation,
    Elementwise,
    LayerScale,
    LearnableScalar,
    LocalResponseNorm,
    Norm,
    Softmax,
)
from convcost.ops.moves import ChannelShuffle, Flatten, Slice, ToFirst, ToLast
from convcost.ops.op import Axes, times
from convcost.ops.transposed import TransposedConv
from convcost.ops.windows import Sides
from convcost.values.axes import PerAxis
from convcost.values.decimals import Decimal
from convcost.values.whole import Whole
from convcost.values.words import Choice, Flag

if TYPE_CHECKING:
    from fractions import Fraction

RunningStats = Annotated[bool, Flag(), "let a batch norm keep running statistics"]
OutputPadding = Annotated[int | Axes, PerAxis(0), "what a transposed convolution adds behind"]
Parts = Annotated[
    int, Whole(), "equal parts of the channels that a softmax goes across; 1 is over all channels"
]
SpanOfChannels = Annotated[
    int | Axes,
    PerAxis(),
    "size of the map to write; of a local response norm, how many channels it goes over",
]
Start = Annotated[int, Whole(0), "first channel, or token, of a slice"]
Constant = Annotated["int | Fraction", Decimal(), "the factor"]
Sliced = Annotated[str, Choice(("channels", "tokens"), "axis"), "what a slice is of"]
Stop = Annotated[int | None, Whole(), "channel, or token, before which a slice ends"]


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
        _cropped(padding, per_axis("k", k, dims), per_axis("dilation", dilation, dims)),
        per_axis("dilation", dilation, dims),
        per_axis("output_padding", output_padding, dims),
    )
    op = TransposedConv(net.channels, out, *window, groups, finish.last.bias)
    net.add("conv", op, form=finish.last.form)
    net.finish("conv", finish.last)


@kind("linear", compared=False, anywhere=True, also="fc dense fully-connected", features=True)
def linear(
    net: Builder, out: Out, bias: Bias = True, form: Form = "module", over: Over = None
) -> None:
    """Linear layer over the last axis, of features, tokens or C x W (`torch.nn.Linear`).

    A map of one position is flattened first. On other maps it is said whether the layer goes over
    the channels, which are put last for it, or over the last axis.
    """
    if over not in (None, "channels", "last"):
        raise ValueError(f"a linear layer goes over channels, or over the last axis, not {over}")
    dims = net.dims
    if over == "channels" and dims:
        net.add("to-last", ToLast())
        net.linear("linear", out, bias=bias, form=form)
        net.add("to-first", ToFirst())
        return
    if over is None and dims and prod(net.shape[1:]) == 1:
        net.add("flatten", Flatten())
    elif over is None and dims > 1:
        raise ValueError(
            f"linear reads features, not a map of {times(net.shape)}; flatten it first, or say "
            "over: channels"
        )
    net.linear("linear", out, bias=bias, form=form)


@kind(
    "norm",
    compared=False,
    anywhere=True,
    also="bn batchnorm batch-norm groupnorm group-norm "
    "instancenorm rmsnorm rms-norm syncbatchnorm normalization",
)
def norm(
    net: Builder,
    norm: NormName = "batch",
    norm_groups: NormGroups = 32,
    affine: Affine = True,
    running_stats: RunningStats = True,
    norm_bias: NormBias = True,
    form: Form = "module",
) -> None:
    """Normalisation of the channels.

    Batch: arXiv 1502.03167; instance: 1607.08022; group: 1803.08494.
    """
    if norm == "none":
        raise ValueError("norm none is no layer; leave it out")
    finish = Finish(False, norm, "none", norm_groups, form=form, affine=affine, norm_bias=norm_bias)
    net.norm("norm", finish, running_stats)


@kind("layer-norm", compared=False, anywhere=True, also="layernorm ln")
def layer_norm(
    net: Builder, affine: Affine = True, norm_bias: NormBias = True, form: Form = "module"
) -> None:
    """Layer norm of the channels at each position, as in ConvNeXt's stem; or of features.

    arXiv 1607.06450.
    """
    op = Norm("layer", net.channels, affine=affine, shift=norm_bias)
    if not net.dims:
        net.add("norm", op, form=form)
        return
    net.add("to-last", ToLast())
    net.add("norm", op, form=form)
    net.add("to-first", ToFirst())


@kind(
    "act",
    compared=False,
    anywhere=True,
    also="activation relu relu6 gelu silu swish hardswish sigmoid prelu elu selu celu tanh mish "
    "leakyrelu leaky-relu hardsigmoid hardtanh softplus logsigmoid log-sigmoid",
)
def act(
    net: Builder, act: ActName = "relu", form: Form = "module", inplace: Inplace = False
) -> None:
    """An activation."""
    if act == "none":
        raise ValueError("act none is no layer; leave it out")
    net.activation("act", act, form, inplace)


@kind("dropout", compared=False, anywhere=True)
def dropout(net: Builder, form: Form = "module", inplace: Inplace = False) -> None:
    """Dropout, which does nothing outside of training.

    arXiv 1207.0580.
    """
    net.add("dropout", Activation("dropout", inplace=inplace), form=form)


@kind("softmax", compared=False, anywhere=True)
def softmax(net: Builder, form: Form = "module", parts: Parts = 1) -> None:
    """Softmax over the channels, or across parts of them.

    Across branches that were concatenated, as in SKNet, arXiv 1903.06586.
    """
    axis = -1 if isinstance(net.shape, Tokens) else 0
    net.add("softmax", Softmax(axis, parts=parts), form=form if parts == 1 else "function")


@kind("flatten", compared=False, anywhere=True)
def flatten(net: Builder, form: Form = "function") -> None:
    """All axes in one."""
    net.add("flatten", Flatten(), form="torch" if form == "function" else form)


@kind("channel-shuffle", compared=False, also="channelshuffle shuffle")
def channel_shuffle(net: Builder, groups: Groups = 2) -> None:
    """The channels of all groups in turn.

    ShuffleNet, arXiv 1707.01083.
    """
    net.add("shuffle", ChannelShuffle(groups))


@kind("slice", compared=False, anywhere=True, also="split chunk")
def slice_channels(
    net: Builder, start: Start = 0, stop: Stop = None, of: Sliced = "channels"
) -> None:
    """Channels `start` to `stop` - 1, or as many tokens."""
    axis = 0
    if of == "tokens":
        require_tokens(net, "slice")
        axis = -2
    elif isinstance(net.shape, Tokens):
        axis = -1
    net.add("slice", Slice(start, net.shape[axis] if stop is None else stop, axis))


@kind("scale", compared=False, anywhere=True, also="residual-scaling rescale", since="0.2")
def scale(net: Builder, constant: Constant = 1) -> None:
    """All elements times a constant, `x * 0.1`.

    Residual scaling: Inception-v4, arXiv 1602.07261, section 3.3; EDSR, 1707.02921.
    """
    net.add("scale", Elementwise("mul", constant))


@kind(
    "learnable-scalar",
    compared=False,
    anywhere=True,
    also="rezero skipinit learned-scale alpha",
    since="0.2",
)
def learnable_scalar(net: Builder) -> None:
    """All elements times one trainable factor.

    ReZero's alpha, arXiv 2003.04887; SkipInit's, 2002.10444.
    """
    net.add("scale", LearnableScalar())


@kind("layer-scale", compared=False, anywhere=True, also="layerscale gamma", since="0.2")
def layer_scale(net: Builder) -> None:
    """The elements of each channel times a trainable factor.

    LayerScale of CaiT, arXiv 2103.17239.
    """
    net.add("scale", LayerScale(net.channels, first=net.dims > 0))


@kind("glu", compared=False, anywhere=True, also="gated-linear-unit", since="0.2")
def glu(net: Builder, form: Form = "module") -> None:
    """Half of the channels times the sigmoid of the other half.

    Gated linear unit, arXiv 1612.08083.
    """
    net.add("glu", GLU(-1 if isinstance(net.shape, Tokens) else 0), form=form)


@kind("local-response-norm", compared=False, also="lrn localresponsenorm", since="0.2")
def local_response_norm(net: Builder, size: SpanOfChannels = 5, form: Form = "module") -> None:
    """Each element divided by what a few channels around it come to.

    As in AlexNet (Krizhevsky, Sutskever and Hinton, 2012), section 3.3.
    """
    if not isinstance(size, int):
        raise ValueError(f"size is one number of channels here, not {times(size)}")
    net.add("norm", LocalResponseNorm(size), form=form)


def _cropped(padding: str | int | Axes | Sides, kernel: Axes, dilation: Axes) -> Axes:
    """What a transposed convolution takes off both sides of each axis."""
    sides = padding_sides(padding, kernel, dilation)
    if sides is None:
        raise ValueError("padding tf-same is for convolutions and pools; give zeros, valid or same")
    if any(before != after for before, after in sides):
        raise ValueError(
            "a transposed convolution takes as much off both sides; use output_padding, or crop"
        )
    return tuple([before for before, _ in sides])
