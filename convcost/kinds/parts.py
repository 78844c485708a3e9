"""What blocks are made of: a finished convolution, and squeeze-excite."""

from convcost.graph.builder import Builder, Finish
from convcost.kinds.parameters import (
    ActName,
    Affine,
    Bias,
    Form,
    Gate,
    Groups,
    Inplace,
    NormBias,
    NormGroups,
    NormName,
    Out,
    Reduce,
    Squeeze,
    make_window,
)
from convcost.kinds.registry import kind
from convcost.ops.maps import Elementwise
from convcost.ops.pools import AdaptivePool
from convcost.ops.windows import Window


@kind("conv-bn-act", compared=False, also="conv-bn-relu conv-bn conv-norm-act")
def conv_bn_act(
    net: Builder,
    out: Out,
    window: Window,
    groups: Groups = 1,
    bias: Bias = False,
    norm: NormName = "batch",
    act: ActName = "relu",
    norm_groups: NormGroups = 32,
    form: Form = "module",
    inplace: Inplace = False,
    affine: Affine = True,
    norm_bias: NormBias = True,
) -> None:
    """k x k convolution, norm and activation.

    Batch norm: arXiv 1502.03167.
    """
    finish = Finish(bias, norm, act, norm_groups, False, form, inplace, affine, norm_bias)
    net.conv("conv", out, window, finish, groups=groups)


@kind("squeeze-excite", compared=False, also="se squeeze-excitation")
def squeeze_excite(
    net: Builder,
    reduce: Reduce = 4,
    squeeze: Squeeze = None,
    act: ActName = "relu",
    gate: Gate = "sigmoid",
    norm: NormName = "none",
    bias: Bias = True,
) -> None:
    """Channels weighed by two 1 x 1 convolutions of their means (arXiv 1709.01507)."""
    excite(net, "", squeeze or reduced(net, reduce), act, gate, Finish(bias, norm))


def reduced(net: Builder, reduce: int) -> int:
    """The channels inside a squeeze-excite that reduces them so many times."""
    if net.channels < reduce:
        raise ValueError(f"nothing is left of {net.channels} channels reduced {reduce} times")
    return net.channels // reduce


def excite(
    net: Builder,
    scope: str,
    squeeze: int | None,
    act: str,
    gate: str,
    finish: Finish = Finish(bias=True),  # noqa: B008
) -> None:
    """Append a squeeze-excite with `squeeze` channels inside; none at all if that is None."""
    if squeeze is None:
        return
    start, channels, point = net.last, net.channels, make_window(net.dims, 1)
    net.add(f"{scope}pool", AdaptivePool("avg", (1,) * net.dims))
    net.conv(f"{scope}reduce", squeeze, point, finish._replace(act=act))
    net.conv(f"{scope}restore", channels, point, finish)
    if gate != "none":
        net.activation(f"{scope}gate", gate)
    net.add(f"{scope}scale", Elementwise("mul"), start, net.last)
