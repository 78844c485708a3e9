"""The layers that make a map larger or smaller, or move what is on it, without computing."""

from typing import Annotated, Any

from convcost.graph.builder import Builder
from convcost.kinds.numbers import Factors, PerSide
from convcost.kinds.parameters import Form, Size, per_axis, per_side
from convcost.kinds.registry import kind
from convcost.kinds.values import Choice, Whole
from convcost.ops.moves import PixelShuffle, PixelUnshuffle
from convcost.ops.op import Axes, check_map, times
from convcost.ops.padding import Crop, Pad
from convcost.ops.resizing import Resize
from convcost.ops.windows import Sides, halves

MODES = Choice(("nearest", "linear", "bilinear", "bicubic", "trilinear"), "mode")

Scale = Annotated[
    Any, Factors(), "factor by which a map is resized, or one per axis; 2 without a size"
]
Mode = Annotated[str, MODES, f"how a map is resized: {', '.join(MODES.names)}"]
Factor = Annotated[int, Whole(), "factor of the pixel shuffle"]
Zeros = Annotated[
    int | Axes | Sides, PerSide(), "zeros on both sides of each axis; 0,1x0,1 is for each side"
]
Cropped = Annotated[
    int | Axes | Sides | None,
    PerSide(),
    "what is cropped on both sides of each axis, 1 without a size; 0,1x0,1 is for each side",
]


@kind("upsample", compared=False, also="resize interpolate")
def upsample(
    net: Builder,
    scale: Scale = None,
    size: Size = None,
    mode: Mode = "nearest",
    form: Form = "module",
) -> None:
    """The map resized by a factor, to floor(n x scale), or to a size (`torch.nn.Upsample`)."""
    if scale and size:
        raise ValueError("upsample takes a scale or a size, not both")
    if isinstance(scale, tuple):
        scale = per_axis("scale", scale, net.dims)
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


@kind(
    "pixel-unshuffle", compared=False, also="pixelunshuffle space-to-depth focus reorg", since="0.2"
)
def pixel_unshuffle(net: Builder, factor: Factor = 2) -> None:
    """Positions become channels (`torch.nn.PixelUnshuffle`).

    The inverse of pixel-shuffle, arXiv 1609.05158.
    """
    net.add("unshuffle", PixelUnshuffle(factor))


@kind("pad", compared=False, also="zeropad zero-pad padding")
def pad(net: Builder, zeros: Zeros = 1) -> None:
    """Zeros around the map."""
    check_map(net.shape)
    net.add("pad", Pad(per_side("zeros", zeros, net.dims)))


@kind("crop", compared=False, also="centre-crop center-crop centercrop cropping", since="0.2")
def crop(net: Builder, sides: Cropped = None, size: Size = None) -> None:
    """The map without its rim, `x[:, :, 1:-1, 1:-1]`, or the centre of it that has a size.

    As the skips of U-Net are cropped, arXiv 1505.04597.
    """
    check_map(net.shape)
    if sides is not None and size is not None:
        raise ValueError("crop takes either the sides that it takes off, or the size that is left")
    if size is None:
        off = per_side("sides", 1 if sides is None else sides, net.dims)
    else:
        left = per_axis("size", size, net.dims)
        if any(more > n for more, n in zip(left, net.shape[1:], strict=True)):
            raise ValueError(f"cannot crop {times(net.shape)} to {times(left)}")
        off = tuple([halves(int(n - s)) for n, s in zip(net.shape[1:], left, strict=True)])
    net.add("crop", Crop(off))
