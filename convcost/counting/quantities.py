"""The odder quantities: what single tools count of single ops, defects among them."""

from __future__ import annotations

from math import prod

from convcost.counting.rules import Call, RaisesError, quantity
from convcost.ops.called import CalledProducts
from convcost.ops.convolutions import Conv, DeformConv, positions
from convcost.ops.maps import LocalResponseNorm
from convcost.ops.op import Shape
from convcost.ops.pools import AdaptivePool, Pool
from convcost.ops.products import Attention, Einsum
from convcost.ops.resizing import GridSample
from convcost.ops.transposed import TransposedConv


@quantity("out", "output features of a linear layer with a bias, once for the whole batch")
def BIAS_ONCE(call: Call) -> int:
    """The biases, however many rows they are added to."""
    return call.output[-1] if getattr(call.op, "bias", False) else 0


@quantity("|Y|/N", "output elements of one sample")
def SAMPLE(call: Call) -> int:
    """Elements written for one sample."""
    return prod(call.output)


@quantity(
    "|Y|·C_in/g·K",
    "output elements x weights of one filter, as in an ordinary convolution",
    TransposedConv,
)
def OUTPUT_SIZED(call: Call) -> int:
    """MACs of a transposed convolution if it were counted like an ordinary one."""
    op = _transposed(call)
    return prod(call.output) * call.batch * (op.in_channels // op.groups) * prod(op.kernel)


@quantity(
    "|Y|·C_in·K",
    "output elements x input channels x kernel; C_out/g channels where C_in = C_out",
    TransposedConv,
)
def OUTPUT_SIZED_UNGROUPED(call: Call) -> int:
    """The same with a weight C_in x (C_out/g) read as C_out x (C_in/g)."""
    op = _transposed(call)
    channels = op.in_channels
    if op.out_channels == op.in_channels:
        channels = op.out_channels // op.groups
    return prod(call.output) * call.batch * channels * prod(op.kernel)


@quantity(
    "MACs/g",
    "multiply-accumulates divided by the groups once more, rounded down per filter",
    TransposedConv,
)
def REGROUPED(call: Call) -> int:
    """MACs of a transposed convolution whose C_out/g weights are divided by the groups again."""
    op = _transposed(call)
    filters = op.out_channels // op.groups // op.groups
    return prod(call.input) * call.batch * filters * prod(op.kernel)


@quantity(
    "bias of a convolution",
    "C_out/g x the size that an ordinary convolution would leave",
    TransposedConv,
)
def FORWARD_BIAS(call: Call) -> int:
    """Bias additions of a transposed convolution with the output size of an ordinary one."""
    op = _transposed(call)
    if not op.bias:
        return 0
    left = map(positions, call.input[1:], op.kernel, op.stride, op.padding, op.dilation)
    return op.out_channels // op.groups * call.batch * prod(left)


@quantity("out_h²", "C_out x output height squared, where there is a bias", TransposedConv)
def SQUARE_BIAS(call: Call) -> int:
    """Bias additions of a transposed convolution whose map is taken for a square."""
    op = _transposed(call)
    height = call.output[1]
    return op.out_channels * call.batch * height * height if op.bias else 0


@quantity("MACs again", "MACs at an output size computed again from the padding", Conv)
def RECOMPUTED(call: Call) -> int:
    """MACs; with `padding='same'` and an even kernel at one position less than there are."""
    return call.op.macs(_recomputed(call)) * call.batch


@quantity("bias again", "output elements at a size computed again, where there is a bias", Conv)
def RECOMPUTED_BIAS(call: Call) -> int:
    """Bias additions at the recomputed size."""
    return prod(_recomputed(call)) * call.batch if getattr(call.op, "bias", False) else 0


@quantity("MACs-sums", "additions of products: one fewer than products for each output")
def ADDITIONS(call: Call) -> int:
    """MACs less one for each sum; an attention sums queries by keys, too."""
    sums = prod(call.output)
    if isinstance(call.op, Attention):
        sums += prod(call.input[:-1]) * call.op.keys
    return (call.op.macs(call.output) - sums) * call.batch


@quantity("k|Y|", "k x |Y|, k the side of a square window, the elements of any other", Pool)
def SIDE(call: Call) -> int:
    """The window as code writes it: 3 for `MaxPool2d(3)`, 6 for `MaxPool2d((3, 2))`."""
    return _side(call) * prod(call.output) * call.batch


@quantity("(k-1)|Y|", "k - 1 x |Y|, k the side of a square window, the elements of any other", Pool)
def SIDE_LESS_ONE(call: Call) -> int:
    """Comparisons of such a window."""
    return (_side(call) - 1) * prod(call.output) * call.batch


@quantity("3|X|-rows", "3 F - 1 for each row of F elements that the softmax goes over")
def SOFTMAX(call: Call) -> int:
    """F exponentials, F - 1 additions and F divisions for each row."""
    return 3 * prod(call.input) * call.batch - _rows(call)


@quantity("rows", "rows of elements that the softmax goes over")
def ROWS(call: Call) -> int:
    """How many sums a softmax divides by."""
    return _rows(call)


@quantity(
    "(k+1)|Y|, k = X/Y",
    "window (input size / output size, a fraction) + 1, x |Y|, cut off",
    AdaptivePool,
)
def WINDOW_RATIO(call: Call) -> int:
    """Additions and a division for each output of an adaptive average pool, in float64."""
    window = 1.0
    for size, out in _maps(call):
        window *= size / out
    return int((window + 1) * (prod(call.output) * call.batch))


@quantity(
    "(k+1)|Y|, k = X//Y", "window (input size // output size, cut off) + 1, x |Y|", AdaptivePool
)
def WINDOW_FLOOR(call: Call) -> int:
    """The same with each axis' window cut off."""
    window = prod([size // out for size, out in _maps(call)])
    return (window + 1) * prod(call.output) * call.batch


@quantity("windows", "elements in the windows that the pool adds up", Pool, AdaptivePool)
def WINDOWS(call: Call) -> int:
    """One addition for each element of each window."""
    op = call.op
    if isinstance(op, AdaptivePool):
        elements = [_adaptive_window(size, out) for size, out in _maps(call)]
    else:
        assert isinstance(op, Pool)
        elements = [
            _pool_windows(*axis, op.count_padding)
            for axis in zip(
                call.input[1:], call.output[1:], op.kernel, op.stride, op.padding, strict=True
            )
        ]
    return call.input[0] * call.batch * prod(elements)


@quantity(
    "|X| padded",
    "elements of the map with as many channels more as a norm goes over, less 1",
    LocalResponseNorm,
)
def PADDED_CHANNELS(call: Call) -> int:
    """What the average pool of a local response norm reads."""
    assert isinstance(call.op, LocalResponseNorm)
    channels, *spatial = call.input
    return (channels + call.op.size - 1) * prod(spatial) * call.batch


@quantity(
    "24 or 25 K·S", "24 for each tap at each position of the output, 25 with a mask", DeformConv
)
def INTERPOLATED(call: Call) -> int:
    """Where the taps of a deformable convolution are moved to, and what stands there."""
    op = call.op
    assert isinstance(op, DeformConv)
    each = 25 if op.modulated else 24
    return each * prod(op.kernel) * prod(call.output[1:]) * call.batch


@quantity("einsum path", "numpy's flop count, printed with four digits")
def EINSUM_PATH(call: Call) -> int:
    """`numpy.einsum_path`: 2 operations for each product that is summed, + 1, as `%.3e`."""
    return _einsum_path(call)


@quantity("einsum path/2", "MACs for two spellings, else half of numpy's count, cut off")
def HALF_EINSUM_PATH(call: Call) -> int:
    """What fvcore makes of it."""
    op = call.op
    if not isinstance(op, Einsum):  # of other inputs than two with a batch each
        return _einsum_path(call) // 2
    letters = dict.fromkeys(filter(str.isalpha, op.equation))
    names = {ord(letter): 97 + index for index, letter in enumerate(letters)}
    if op.equation.translate(names) in ("abc,abd->acd", "abc,adc->adb"):
        return call.batch * op.macs(call.output)
    return _einsum_path(call) // 2


@quantity("MACs of matrices", "MACs; raises where the second factor is a vector")
def OF_MATRICES(call: Call) -> int:
    """The last two axes of the second are asked for."""
    op = call.op
    if isinstance(op, CalledProducts) and op.kernel in ("mv", "dot"):
        raise RaisesError("IndexError: list index out of range, of a product with a vector")
    return op.macs(call.output) * call.batch


@quantity("4|Y| or 16|Y|", "4 x |Y|; 16 x |Y| of a bicubic sampler, 0 of one to the nearest")
def SAMPLED(call: Call) -> int:
    """What is read for each element."""
    return (
        _SAMPLES[call.op.mode] * prod(call.output) * call.batch
        if isinstance(call.op, GridSample)
        else 0
    )


_SAMPLES = {"bilinear": 4, "bicubic": 16, "nearest": 0}


def _transposed(call: Call) -> TransposedConv:
    assert isinstance(call.op, TransposedConv)
    return call.op


def _side(call: Call) -> int:
    assert isinstance(call.op, Pool)
    kernel = call.op.kernel
    return kernel[0] if len(set(kernel)) == 1 else prod(kernel)


def _maps(call: Call) -> list[tuple[int, int]]:
    """Input and output size of each spatial axis."""
    return list(zip(call.input[1:], call.output[1:], strict=True))


def _recomputed(call: Call) -> Shape:
    op = call.op
    assert isinstance(op, Conv)
    left = map(positions, call.input[1:], op.kernel, op.stride, op.padding, op.dilation)
    return (op.out_channels, *left)


def _rows(call: Call) -> int:
    axis, parts = getattr(call.op, "axis", 0), getattr(call.op, "parts", 1)
    return prod(call.input) // (parts if parts > 1 else call.input[axis]) * call.batch


def _adaptive_window(size: int, out: int) -> int:
    """Elements that all windows of an adaptive pool have on one axis."""
    return sum(-(-(j + 1) * size // out) - j * size // out for j in range(out))


def _pool_windows(
    size: int, out: int, kernel: int, stride: int, padding: int, count_padding: bool
) -> int:
    """Elements that all windows of a pool have on one axis, with the padding if that counts."""
    low, high = (-padding, size + padding) if count_padding else (0, size)
    starts = [index * stride - padding for index in range(out)]
    return sum(max(min(start + kernel, high) - max(start, low), 0) for start in starts)


def _einsum_path(call: Call) -> int:
    op = call.op
    if not isinstance(op, Einsum):
        products = 2 * op.macs(call.output) * call.batch
        return _four_digits((products or _of_one_input(call)) + 1)
    labels, _, written = op.equation.partition("->")
    summed = any(label.isalpha() and label not in written for label in labels)
    operations = call.batch * op.macs(call.output) * (2 if summed else 1)
    return _four_digits(operations + 1)


def _of_one_input(call: Call) -> int:
    """Operations of an einsum that multiplies nothing: 1 for each element, 2 where it sums them."""
    written = prod(call.output) * call.batch
    read = prod(call.operands[0]) if call.operands else written
    return 2 * read if read > written else written


def _four_digits(number: int) -> int:
    """A number as numpy prints it."""
    return int(float(f"{number:.3e}"))
