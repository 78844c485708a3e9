"""Nodes that multiply and accumulate: convolutions, products of matrices, attention."""

from __future__ import annotations

from collections.abc import Sequence

from convcost.ops.called import Called, CalledProducts
from convcost.ops.convolutions import Conv, DeformConv, ModulatedDeformConv
from convcost.ops.maps import Elementwise
from convcost.ops.op import Op
from convcost.ops.padding import Crop, Pad
from convcost.ops.partitions import BiasedAttention
from convcost.ops.products import Attention, Linear, Matmul
from convcost.ops.transposed import TransposedConv
from convcost.sources.onnx.readers.reading import Call, Read, over, reads, there
from convcost.sources.onnx.readers.windows import padded, window_of
from convcost.sources.onnx.values import Sizes, Value


@reads("Conv", "com.microsoft.FusedConv", "ConvInteger")
def conv(call: Call) -> Read:
    """A convolution; of whole numbers, its inputs behind the weights are zero points."""
    bias = call.given(2) if call.type != "ConvInteger" else None
    return _conv(call, call.x, call.needed(1), bias)


@reads("QLinearConv")
def quantized_conv(call: Call) -> Read:
    """A convolution of whole numbers, with its scales and zero points."""
    return _conv(call, call.x, call.needed(3), call.given(8))


def _conv(call: Call, x: Value, weight: Value, bias: Value | None) -> Read:
    out, narrow, *kernel = weight.sizes
    if x.rank != len(kernel) + 2:
        raise ValueError(f"a convolution over {len(kernel)} axes of {x.rank - 2}")
    groups = call.number("group", 1)
    if groups < 1 or narrow * groups != x.sizes[1]:
        raise ValueError(
            f"weights of {narrow} channels in {groups} groups do not fit {x.sizes[1]} channels"
        )
    window = window_of(call, tuple(kernel), x.sizes[2:])
    sizes = x.sizes[1], out
    op = Conv(*sizes, *window.fields, groups, bias is not None and bias.held is not None)
    return padded(Read(op, (x,), there(weight, _held(bias))), window, _unheld(bias))


def _held(value: Value | None) -> Value | None:
    """A value if it is an initialiser."""
    return value if value is not None and value.held is not None else None


def _unheld(value: Value | None) -> Value | None:
    """A value if it is none."""
    return value if value is not None and value.held is None else None


@reads("ConvTranspose")
def transposed_conv(call: Call) -> Read:
    """A transposed convolution; what it writes is cut to where its padding says so."""
    x, weight, bias = call.x, call.needed(1), call.given(2)
    channels, out, *kernel = weight.sizes
    count, groups = len(kernel), call.number("group", 1)
    if x.rank != count + 2 or channels != x.sizes[1]:
        raise ValueError(f"weights for {channels} channels do not fit {x.sizes[1:]}")
    stride, dilation = call.axes("strides", count, 1), call.axes("dilations", count, 1)
    extra = call.axes("output_padding", count, 0)
    whole = [
        (n - 1) * s + d * (k - 1) + 1 + e
        for n, s, d, k, e in zip(x.sizes[2:], stride, dilation, kernel, extra, strict=True)
    ]
    cut = _cut(call, tuple(whole), tuple(x.sizes[2:]), stride)
    padding = tuple([max(min(sides), 0) for sides in cut])
    held = _held(bias)
    window = tuple(kernel), stride, padding, dilation, extra
    op = TransposedConv(channels, out * groups, *window, groups, held is not None)
    sizes = over(op, x.sizes)
    after: tuple[tuple[Op, Sizes], ...] = ()
    rest = [(one - p, other - p) for (one, other), p in zip(cut, padding, strict=True)]
    less = tuple([(max(one, 0), max(other, 0)) for one, other in rest])
    more = tuple([(max(-one, 0), max(-other, 0)) for one, other in rest])
    for beside in [Crop(less)] * any(map(any, less)) + [Pad(more)] * any(map(any, more)):
        sizes_ = over(beside, after[-1][1] if after else sizes)
        after = (*after, (beside, sizes_))
    return Read(op, (x,), there(weight, held), sizes, after=after)


def _cut(call: Call, whole: Sizes, read: Sizes, stride: Sizes) -> list[tuple[int, int]]:
    """What is cut off before and after each axis, by the padding or by the size that is wanted."""
    count = len(whole)
    wanted = call.attributes.get("output_shape")
    mode = call.text("auto_pad", "NOTSET")
    if mode.startswith("SAME") and not wanted:
        wanted = [n * s for n, s in zip(read, stride, strict=True)]
    if not wanted:
        pads = call.axes("pads", 2 * count, 0) if mode != "VALID" else (0,) * 2 * count
        return list(zip(pads[:count], pads[count:], strict=True))
    less = [n - m for n, m in zip(whole, wanted[-count:], strict=True)]
    if not call.attributes.get("output_shape"):  # a word cuts off, and puts nothing to it
        less = [max(each, 0) for each in less]
    halves = [(each // 2, each - each // 2) if each > 0 else (0, each) for each in less]
    swap = mode == "SAME_LOWER"
    return [(two, one) if swap and two > 0 else (one, two) for one, two in halves]


@reads("DeformConv")
def deform_conv(call: Call) -> Read:
    """A deformable convolution over two axes."""
    x, weight, offset = call.x, call.needed(1), call.needed(2)
    bias, mask = call.given(3), call.given(4)
    out, narrow, *kernel = weight.sizes
    window = window_of(call, tuple(kernel), x.sizes[2:])
    make = DeformConv if mask is None else ModulatedDeformConv
    op = make(narrow * call.number("group", 1), out, *window.fields, call.number("group", 1))
    op = op._replace(bias=bias is not None)
    maps = there(x, offset, mask)
    op.check(x.sizes[1:], *[each.sizes[1:] for each in maps[1:]])
    return Read(op, maps, there(weight, bias), (x.sizes[0], *op.output(x.sizes[1:])))


@reads("Gemm", "com.microsoft.FusedGemm")
def gemm(call: Call) -> Read:
    """A linear layer, where the second matrix is an initialiser; else a product."""
    return general(call, call.x, call.needed(1), call.given(2))


def general(call: Call, a: Value, b: Value, c: Value | None) -> Read:
    """A product of two matrices, which may be turned, and a sum with a third.

    Raises:
        ValueError: they do not fit.
    """
    if a.rank != 2 or b.rank != 2:
        raise ValueError("Gemm multiplies matrices, of two axes each")
    turned = bool(call.number("transA", 0))
    rows, inner = reversed(a.sizes) if turned else a.sizes
    length, out = reversed(b.sizes) if call.number("transB", 0) else b.sizes
    if inner != length:
        raise ValueError(f"rows of {inner} cannot be multiplied with columns of {length}")
    sizes = (rows, out)
    linear = b.held is not None and not turned
    has_bias = linear and c is not None and c.held is not None and c.held.elements == out
    added = () if has_bias else there(c)
    after = ((Elementwise("add"), sizes),) if added else ()
    if linear:
        weights = there(b, c if has_bias else None)
        return Read(Linear(inner, out, has_bias), (a,), weights, sizes, after=after, added=added)
    held = b.held and b.held._replace(trained=True)
    maps = (a, b._replace(held=held))
    return Read(Matmul(inner), maps, sizes=sizes, after=after, added=added)


@reads("MatMul", "MatMulInteger")
def matmul(call: Call) -> Read | None:
    """A product; a linear layer, where the second factor is an initialiser of two axes."""
    return product(call.x, call.needed(1))


@reads("QLinearMatMul")
def quantized_matmul(call: Call) -> Read | None:
    """The same of whole numbers, with scales and zero points."""
    return product(call.x, call.needed(3))


def product(a: Value, b: Value) -> Read | None:
    """A product of two values.

    Raises:
        ValueError: they do not fit.
    """
    if not a.rank or not b.rank:
        return None
    inner = a.sizes[-1]
    if inner != b.sizes[-2 if b.rank > 1 else 0]:
        raise ValueError(f"rows of {inner} cannot be multiplied with columns of {b.sizes}")
    if b.held is not None and b.rank == 2:
        out = b.sizes[-1]
        if a.held is not None:  # a table of numbers that weights are made of
            a = a._replace(held=a.held._replace(trained=False))
        return Read(Linear(inner, out, bias=False), (a,), (b,), (*a.sizes[:-1], out))
    if min(a.rank, b.rank) > 1:
        return Read(Matmul(inner), (a, b))
    made = (*a.sizes[:-1], *((*b.sizes[:-2], *b.sizes[-1:]) if b.rank > 1 else ()))
    return Read(_products("matmul", "mv", (*made, inner), made), (a, b), sizes=made)


@reads("Einsum")
def einsum(call: Call) -> Read | None:
    """A product of two inputs, whose labels are all multiplied with one another; or a move."""
    values = there(*call.inputs)
    names, written = _labels(call.text("equation"), values)
    sizes: dict[str, int] = {}
    for own, value in zip(names, values, strict=True):
        if len(own) != value.rank:
            raise ValueError(f"labels '{own}' are not those of {value.rank} axes")
        for label, size in zip(own, value.sizes, strict=True):
            sizes[label] = max(size, sizes.get(label, 1))
    made = tuple([sizes[label] for label in written])
    if len(values) == 1:
        return Read(Called("einsum", still=set(names[0]) == set(written)), values, sizes=made)
    if len(values) > 2 or (set(names[0]) ^ set(names[1])) - set(written):
        return None
    return Read(_products("einsum", "bmm", tuple(sizes.values()), made), values, sizes=made)


def _labels(equation: str, values: Sequence[Value]) -> tuple[list[str], str]:
    """The labels of each input, and of the output; for dots stand capital letters."""
    labels, arrow, written = equation.replace(" ", "").partition("->")
    names = labels.split(",")
    if len(names) != len(values):
        raise ValueError(f"'{equation[:60]}' is of {len(names)} inputs, not of {len(values)}")
    extra = [v.rank - len(own.replace("...", "")) for own, v in zip(names, values, strict=True)]
    dots = "".join([chr(913 + axis) for axis in range(max([0, *extra]))])
    found = [
        own.replace("...", dots[len(dots) - more :] if more > 0 else "")
        for own, more in zip(names, extra, strict=True)
    ]
    if arrow:
        return found, written.replace("...", dots)
    once = sorted([label for label in set(labels) - {".", ","} if labels.count(label) == 1])
    return found, (dots if "..." in labels else "") + "".join(once)


def _products(function: str, kernel: str, product: Sizes, made: Sizes) -> CalledProducts:
    """A function that multiplies so many numbers, whatever of what it writes is in the batch."""
    return CalledProducts(function, kernel, (product,), made[0] if made else 1)


@reads("com.microsoft.MatMulNBits")
def packed_matmul(call: Call) -> Read:
    """A linear layer whose weights are packed, several in a byte."""
    wide, out = call.number("K", 0), call.number("N", 0)
    if wide != call.x.sizes[-1]:
        raise ValueError(f"weights of {wide} rows do not fit {call.x.sizes}")
    op = Linear(wide, out, bias=call.given(5) is not None)
    return Read(op, (call.x,), (), (*call.x.sizes[:-1], out))


@reads("Attention")
def attention(call: Call) -> Read:
    """Attention of queries, keys and values, in heads or with these behind one another."""
    query, key, value = call.x, call.needed(1), call.needed(2)
    mask, past = call.given(3), call.given(4)
    causal = bool(call.number("is_causal", 0))
    samples, length = query.sizes[0], query.sizes[-2]
    after: tuple[tuple[Op, Sizes], ...] = ()
    if query.rank == 3:
        heads, shared = call.number("q_num_heads", 0), call.number("kv_num_heads", 0)
        if heads < 1 or shared < 1:
            raise ValueError("Attention of three axes has q_num_heads and kv_num_heads")
        features, values = query.sizes[-1] // heads, value.sizes[-1] // shared
        merged = (samples, length, heads * values)
        after = ((Called("reshape", True), merged),)
    else:
        heads, shared = query.sizes[1], key.sizes[1]
        features, values = query.sizes[-1], value.sizes[-1]
    keys = key.sizes[-2] + (past.sizes[-2] if past is not None else 0)
    fields = keys, features, values, causal, False, heads != shared
    op = Attention(*fields) if mask is None else BiasedAttention(*fields, masked=True)
    written = (samples, heads, length, values)
    return Read(op, there(query, key, value, mask), sizes=written, after=after)
