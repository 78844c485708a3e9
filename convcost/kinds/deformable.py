"""The deformable convolution with the convolution that makes its offsets."""

from math import prod
from typing import Annotated

from convcost.graph.builder import Builder, Finish
from convcost.kinds.parameters import Finishes, Groups, Out
from convcost.kinds.registry import kind
from convcost.kinds.values import Flag, Whole
from convcost.ops.convolutions import DeformConv, ModulatedDeformConv
from convcost.ops.maps import Activation
from convcost.ops.moves import Slice
from convcost.ops.windows import Window

OffsetGroups = Annotated[int, Whole(), "groups of input channels that have their own offsets"]
Modulated = Annotated[
    bool, Flag(), "weigh the taps of a deformable convolution by a mask, as its version 2 does"
]


@kind(
    "deform-conv",
    compared=False,
    also="deformconv deformable deformable-conv deformable-convolution dcn dcnv1 dcnv2",
    since="0.2",
)
def deform_conv(
    net: Builder,
    out: Out,
    window: Window,
    finish: Finishes,
    groups: Groups = 1,
    offset_groups: OffsetGroups = 1,
    modulated: Modulated = False,
) -> None:
    """Deformable convolution, behind the convolution that makes its offsets.

    That one has the same window and a bias. arXiv 1703.06211; modulated by a mask, which is made
    by the same convolution, 1811.11168 (mmcv's `ModulatedDeformConv2dPack`).
    """
    if net.dims != 2:
        raise ValueError(f"deform-conv is defined for 2 spatial axes, not {net.dims}")
    if window.spelled:
        raise ValueError(
            f"padding torch-{window.spelled} is for convolutions of torch.nn; torchvision's has "
            "numbers only"
        )
    padding = net.pad("conv", window.sides_for(net.shape[1:]))
    window = window._replace(sides=tuple([(zeros, zeros) for zeros in padding]))
    form, source, taps = finish.last.form, net.last, prod(window.kernel) * offset_groups
    made = 3 * taps if modulated else 2 * taps
    net.conv("offsets", made, window, Finish(bias=True, form=form))
    reads = [source, net.last]
    if modulated:
        made_by = net.last
        net.add("offsets.xy", Slice(0, 2 * taps), made_by)
        reads[1] = net.last
        net.add("mask", Slice(2 * taps, made), made_by)
        net.add("mask.act", Activation("sigmoid"), form="torch")
        reads.append(net.last)
    spread = window.kernel, window.stride, padding, window.dilation
    channels = net.nodes[source].shape[0]
    make = ModulatedDeformConv if modulated else DeformConv
    op = make(channels, out, *spread, groups, finish.last.bias)
    net.add("conv", op, *reads, form=form)
    net.finish("conv", finish.last)
