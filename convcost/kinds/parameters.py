"""The parameters that kinds take: how each is read, what it means, and its symbol in formulas.

`Window` and `Finishes` bundle those that most convolutions share.
"""

from collections.abc import Sequence
from typing import Annotated, Any, NamedTuple, Self

from convcost.graph.builder import Finish
from convcost.kinds.numbers import Decimal, PaddingType
from convcost.kinds.registry import bundle
from convcost.kinds.values import Choice, Flag, PerAxis, Several, Whole
from convcost.ops.op import Axes
from convcost.ops.windows import Sides, Window, same_sides

NORMS = Choice(
    ("none", "batch", "group", "instance", "layer", "rms", "sync"),
    "norm",
    (("bn", "batch"), ("batchnorm", "batch"), ("gn", "group"), ("groupnorm", "group")),
)
ACTS = Choice(
    (
        *("none", "relu", "relu6", "leaky-relu", "prelu", "prelu-shared", "elu", "sigmoid", "tanh"),
        *("hardsigmoid", "hardswish", "silu", "gelu", "mish", "hardtanh", "softplus"),
        *("selu", "celu", "log-sigmoid"),
    ),
    "activation",
    (
        *(("swish", "silu"), ("h-swish", "hardswish"), ("h-sigmoid", "hardsigmoid")),
        ("logsigmoid", "log-sigmoid"),
    ),
)
Out = Annotated[int, Whole(), "output channels; as many as come in if not given", "C_out"]
DepthwiseOut = Annotated[int | None, Whole(), "output channels", "C_out"]
Kernel = Annotated[int | Axes, PerAxis(), "kernel size k, square or one number per axis", "K"]
Stride = Annotated[int | Axes, PerAxis(), "stride"]
Padding = Annotated[
    str | int | Axes | Sides,
    PaddingType(),
    "zeros around the map: same keeps ceil(size / stride), valid adds none, "
    "tf-same is TensorFlow's asymmetric SAME, torch-same and torch-valid are torch's words, which "
    "some profilers do not know; 0,1x0,1 is none before and one after each axis",
]
Dilation = Annotated[int | Axes, PerAxis(), "dilation; the effective kernel is d(k-1)+1"]
Groups = Annotated[int, Whole(), "number of groups", "g"]
Multiplier = Annotated[int, Whole(), "channels that the depthwise convolution makes of each", "M"]
DepthwiseMultiplier = Annotated[int | None, Whole(), "depthwise channel multiplier", "M"]
Bias = Annotated[bool, Flag(), "give the layer a bias"]
NormName = Annotated[str, NORMS, f"norm after every convolution: {', '.join(NORMS.names)}"]
NormGroups = Annotated[int, Whole(), "groups of a group norm"]
ActName = Annotated[
    str, ACTS, f"activation after every convolution and norm: {', '.join(ACTS.names)}"
]
LastOnly = Annotated[
    tuple[str, ...],
    Several(Choice(("bias", "norm", "act"), "part")),
    "which of bias, norm, act only the last convolution gets",
]
Pointwise = Annotated[bool, Flag(), "end with the pointwise convolution"]
Width = Annotated[int | None, Whole(), "channels inside a block"]
Expand = Annotated[int, Whole(), "how many times the channels are expanded"]
Reduce = Annotated[int, Whole(), "how many times squeeze-excite reduces the channels"]
Squeeze = Annotated[int | None, Whole(), "channels that a squeeze-excite or a fire squeezes to"]
SqueezeAct = Annotated[str, ACTS, "activation inside a squeeze-excite"]
Gate = Annotated[str, ACTS, "activation that makes a squeeze-excite's weights"]
Form = Annotated[
    str,
    Choice(("module", "function"), "form"),
    "how the source calls the layer, which some profilers tell apart: module (nn.ReLU), "
    "function (F.relu)",
]


Inplace = Annotated[
    bool, Flag(), "let activations overwrite what they read, for which some profilers have no rule"
]
Affine = Annotated[bool, Flag(), "give the norm a scale and a shift"]
NormBias = Annotated[bool, Flag(), "give a norm that has a scale a shift, too"]


Over = Annotated[
    str | None,
    Choice(("map", "channels", "tokens", "last"), "axis", (("spatial", "map"),)),
    "what to go over: map or tokens, which leaves C; channels, which leaves 1 x map; a linear "
    "layer goes over channels, or the last axis",
]
Size = Annotated[int | Axes | None, PerAxis(), "size of the map to write"]
Ratio = Annotated[
    Any,
    Decimal(positive=True),
    "hidden channels of an mlp for each that comes in; of a ghost module, output channels for each "
    "that its convolution makes",
]
UseLayerScale = Annotated[bool, Flag(), "scale the channels before the sum by trainable factors"]
Hidden = Annotated[int | None, Whole(), "hidden channels of an mlp"]
Dropout = Annotated[bool, Flag(), "have dropout layers, which do nothing outside of training"]


class Finishes(NamedTuple):
    """How the convolutions of one kind are finished: all but the last, and the last."""

    inner: Finish
    last: Finish

    @classmethod
    def of(cls, last: Finish, last_only: Sequence[str] = ()) -> Self:
        """The last with these parts, which the others go without."""
        if not last_only:
            return cls(last, last)
        without = {part: Finish._field_defaults[part] for part in last_only}
        return cls(last._replace(**without), last)


@bundle
def make_window(
    dims: int,
    k: Kernel = 3,
    stride: Stride = 1,
    padding: Padding = "same",
    dilation: Dilation = 1,
) -> Window:
    """The window parameters, spread over the spatial axes."""
    kernel, dilations = per_axis("k", k, dims), per_axis("dilation", dilation, dims)
    spelled = ""
    if isinstance(padding, str) and padding.startswith("torch-"):
        spelled = padding = padding.removeprefix("torch-")
    sides = padding_sides(padding, kernel, dilations)
    return Window(kernel, per_axis("stride", stride, dims), sides, dilations, spelled)


@bundle
def make_finishes(
    dims: int,
    bias: Bias = False,
    norm: NormName = "none",
    act: ActName = "none",
    norm_groups: NormGroups = 32,
    last_only: LastOnly = (),
    form: Form = "module",
    inplace: Inplace = False,
    affine: Affine = True,
    norm_bias: NormBias = True,
) -> Finishes:
    """The finish parameters; `last_only` takes its parts from every convolution but the last."""
    finish = Finish(bias, norm, act, norm_groups, False, form, inplace, affine, norm_bias)
    return Finishes.of(finish, last_only)


def per_axis(name: str, value: int | Axes, dims: int) -> Axes:
    """Spread one number over `dims` axes, or check that there is one number for each."""
    if isinstance(value, int):
        return (value,) * dims
    if len(value) != dims:
        raise ValueError(f"{name} has {len(value)} numbers for {dims} spatial axes")
    return value


def padding_sides(padding: str | int | Axes | Sides, kernel: Axes, dilation: Axes) -> Sides | None:
    """The zeros that a padding puts beside each axis; None for those that depend on its size."""
    if padding == "tf-same":
        return None
    if padding in ("torch-same", "torch-valid"):
        raise ValueError(f"padding {padding} is for convolutions; torch has numbers only here")
    if padding == "same":
        return same_sides(kernel, dilation)
    return per_side("padding", 0 if isinstance(padding, str) else padding, len(kernel))


def per_side(name: str, value: int | Axes | Sides, dims: int) -> Sides:
    """Spread numbers over the sides of `dims` axes, or check that there are some for each."""
    axes = (value,) * dims if isinstance(value, int) else value
    if len(axes) != dims:
        raise ValueError(f"{name} has {len(axes)} numbers for {dims} spatial axes")
    return tuple([(each, each) if isinstance(each, int) else each for each in axes])
