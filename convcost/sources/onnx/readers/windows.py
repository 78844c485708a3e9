"""The sliding windows of ONNX: pads before and after each axis, by numbers or by a word."""

from __future__ import annotations

from typing import NamedTuple

from convcost.ops.op import Axes, Op, times
from convcost.ops.padding import Pad
from convcost.ops.windows import Sides, Window, halves
from convcost.sources.onnx.readers.reading import Call, Read, over, there
from convcost.sources.onnx.values import Sizes, Value


class Slid(NamedTuple):
    """A window, and the zeros that it needs beside those of its own padding."""

    kernel: Axes
    stride: Axes
    padding: Axes
    dilation: Axes
    sides: Sides

    @property
    def fields(self) -> tuple[Axes, Axes, Axes, Axes]:
        """What a convolution has of it."""
        return self.kernel, self.stride, self.padding, self.dilation


def window_of(call: Call, kernel: Axes, sizes: Sizes) -> Slid:
    """The window of a node on a map of these sizes.

    Raises:
        ValueError: its numbers are those of no window.
    """
    count = len(kernel)
    said = call.attributes.get("kernel_shape")
    if said and tuple(said) != tuple(kernel):
        raise ValueError(f"{call.type} has kernel_shape {times(tuple(said))}, not {times(kernel)}")
    stride, dilation = call.axes("strides", count, 1), call.axes("dilations", count, 1)
    if min((*kernel, *stride, *dilation), default=1) < 1:
        raise ValueError(f"{call.type} has a kernel, stride or dilation below 1")
    sides = _sides(call, Window(kernel, stride, None, dilation), sizes)
    if min([min(each) for each in sides], default=0) < 0:
        raise ValueError(f"{call.type} has negative pads")
    if all(before == after for before, after in sides):
        return Slid(kernel, stride, tuple([before for before, _ in sides]), dilation, ())
    return Slid(kernel, stride, (0,) * count, dilation, sides)


def _sides(call: Call, window: Window, sizes: Sizes) -> Sides:
    """Zeros before and after each axis."""
    mode, count = call.text("auto_pad", "NOTSET"), len(sizes)
    if mode not in ("NOTSET", "VALID", "SAME_UPPER", "SAME_LOWER"):
        raise ValueError(f"{call.type} has auto_pad {mode[:30]}")
    if mode in ("SAME_UPPER", "SAME_LOWER"):
        upper = window.sides_for(sizes)
        return upper if mode == "SAME_UPPER" else tuple([(two, one) for one, two in upper])
    if mode == "VALID":
        return (halves(0),) * count
    pads = call.axes("pads", 2 * count, 0)
    return tuple(zip(pads[:count], pads[count:], strict=True))


def padded(read: Read, window: Slid, added: Value | None = None) -> Read:
    """A read of one map with a window, with the zeros before it, and a sum behind it."""
    from convcost.ops.maps import Elementwise

    sizes = read.maps[0].sizes
    before: tuple[tuple[Op, Sizes], ...] = ()
    if window.sides:
        pad = Pad(window.sides)
        sizes = over(pad, sizes)
        before = ((pad, sizes),)
    written = over(read.op, sizes)
    after = ((Elementwise("add"), written),) if added is not None else ()
    return read._replace(sizes=written, before=before, after=after, added=there(added))
