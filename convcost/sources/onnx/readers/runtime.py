"""The ops of ONNX Runtime's own domain, which its optimiser and its quantiser write.

Source: docs/ContribOperators.md of microsoft/onnxruntime.
"""

from __future__ import annotations

from convcost.ops.called import Called
from convcost.ops.maps import Activation, Elementwise, Norm, Softmax
from convcost.ops.moves import Concat
from convcost.ops.op import Op
from convcost.ops.pools import AdaptivePool, Pool
from convcost.ops.products import Attention, Linear, Matmul
from convcost.sources.onnx.readers.contractions import general, product
from convcost.sources.onnx.readers.reading import Call, Read, Reader, over, reads, there
from convcost.sources.onnx.readers.windows import padded, window_of
from convcost.sources.onnx.values import Sizes, Value

DOMAIN = "com.microsoft"


def _of_runtime(*types: str) -> list[str]:
    return [f"{DOMAIN}.{each}" for each in types]


def _broadcast(one: Value, other: Value) -> Sizes:
    """The sizes of two values, each axis with the larger one.

    Raises:
        ValueError: they do not fit.
    """
    rank = max(one.rank, other.rank)
    pairs = [(1,) * (rank - each.rank) + each.sizes for each in (one, other)]
    if any(1 not in (a, b) and a != b for a, b in zip(*pairs, strict=True)):
        raise ValueError(f"{one.sizes} and {other.sizes} do not fit")
    return tuple(map(max, *pairs))


def _quantized(function: str) -> Reader:
    """A reader of a sum or product of whole numbers."""

    def read(call: Call) -> Read:
        one, other = call.x, call.needed(3)
        return Read(Elementwise(function), (one, other), sizes=_broadcast(one, other))

    return read


reads(*_of_runtime("QLinearAdd"))(_quantized("add"))
reads(*_of_runtime("QLinearMul"))(_quantized("mul"))


def _by_itself(op: Op) -> Reader:
    """A reader of a function of each element by itself."""

    def read(call: Call) -> Read:
        return Read(op, (call.x,), sizes=call.x.sizes)

    return read


reads(*_of_runtime("QLinearSigmoid"))(_by_itself(Activation("sigmoid")))
reads(*_of_runtime("QLinearLeakyRelu"))(_by_itself(Activation("leaky-relu")))
reads(*_of_runtime("QuickGelu"))(_by_itself(Activation("silu")))
reads(*_of_runtime("QLinearSoftmax"))(_by_itself(Softmax(-1)))
reads(*_of_runtime("QuantizeLinear"))(_by_itself(Called("QuantizeLinear")))
reads(*_of_runtime("DequantizeLinear"))(_by_itself(Called("DequantizeLinear")))


@reads(*_of_runtime("QLinearGlobalAveragePool"))
def global_pool(call: Call) -> Read:
    """The mean over the whole map."""
    op = AdaptivePool("avg", (1,) * (call.x.rank - 2))
    return Read(op, (call.x,), sizes=over(op, call.x.sizes))


@reads(*_of_runtime("QLinearAveragePool"))
def pool(call: Call) -> Read:
    """The mean over a sliding window."""
    window = window_of(call, tuple(call.attributes.get("kernel_shape") or ()), call.x.sizes[2:])
    shape = window.kernel, window.stride, window.padding
    return padded(Read(Pool("avg", *shape, bool(call.number("ceil_mode", 0))), (call.x,)), window)


@reads(*_of_runtime("QLinearConcat"))
def concat(call: Call) -> Read:
    """Inputs after one another, each with its scale and zero point behind it."""
    maps = there(*call.inputs[2::3])
    axis = call.number("axis", 1) % maps[0].rank
    whole = sum([each.sizes[axis] for each in maps])
    sizes = (*maps[0].sizes[:axis], whole, *maps[0].sizes[axis + 1 :])
    return Read(Concat(axis - 1) if axis else Called("cat", True), maps, sizes=sizes)


@reads(*_of_runtime("QGemm"))
def quantized_gemm(call: Call) -> Read:
    """A linear layer of whole numbers."""
    return general(call, call.x, call.needed(3), call.given(6))


@reads(*_of_runtime("FusedMatMul"))
def fused_matmul(call: Call) -> Read | None:
    """A product of matrices, of which the last two axes of either may be swapped first."""
    a, b = call.x, call.needed(1)
    if min(a.rank, b.rank) < 2 or call.number("transBatchA", 0) or call.number("transBatchB", 0):
        return None
    *batch, rows, inner = _swapped(a.sizes, call.number("transA", 0))
    *others, length, out = _swapped(b.sizes, call.number("transB", 0))
    if inner != length:
        raise ValueError(f"rows of {inner} cannot be multiplied with columns of {length}")
    whole = _broadcast(Value(tuple(batch)), Value(tuple(others)))
    sizes = (*whole, rows, out)
    if b.held is not None and b.rank == 2 and not call.number("transA", 0):
        return Read(Linear(inner, out, bias=False), (a,), (b,), sizes)
    return Read(Matmul(inner), (a, b), sizes=sizes)


def _swapped(sizes: Sizes, turned: int) -> Sizes:
    """The sizes with the last two swapped, if they are turned."""
    return (*sizes[:-2], sizes[-1], sizes[-2]) if turned else sizes


@reads(*_of_runtime("DynamicQuantizeMatMul"))
def dynamic_matmul(call: Call) -> Read:
    """A linear layer whose input is made whole numbers first."""
    return _linear(call.x, call.needed(1), call.given(4))


@reads(*_of_runtime("MatMulIntegerToFloat"))
def integer_matmul(call: Call) -> Read:
    """A linear layer of whole numbers."""
    return _linear(call.x, call.needed(1), call.given(6))


def _linear(x: Value, weight: Value, bias: Value | None) -> Read:
    inner, out = weight.sizes
    if weight.held is None or inner != x.sizes[-1]:
        read = product(x, weight)
        if read is None or weight.held is not None:
            raise ValueError(f"{x.sizes} and {weight.sizes} cannot be multiplied")
        return read
    op = Linear(inner, out, bias is not None)
    return Read(op, (x,), there(weight, bias), (*x.sizes[:-1], out))


@reads(*_of_runtime("BiasGelu", "FastGelu"))
def bias_gelu(call: Call) -> Read:
    """A GELU, of a sum with a bias if there is one."""
    bias, sizes = call.given(1), call.x.sizes
    if bias is None:
        return Read(Activation("gelu"), (call.x,), sizes=sizes)
    after = ((Activation("gelu"), sizes),)
    return Read(Elementwise("add"), (call.x, bias), sizes=sizes, after=after)


@reads(*_of_runtime("SkipLayerNormalization", "SkipSimplifiedLayerNormalization"))
def skip_norm(call: Call) -> Read:
    """A sum, and the norm of it with what it has for the channels."""
    sizes = call.x.sizes
    function = "rms" if "Simplified" in call.type else "layer"
    norm = Norm(function, sizes[-1], affine=False)
    maps, others = (call.x, call.needed(1)), there(*call.inputs[2:5])
    return Read(Elementwise("add"), maps, sizes=sizes, after=((norm, sizes),), added=others)


@reads(*_of_runtime("MultiHeadAttention", "GroupQueryAttention"))
def attention(call: Call) -> Read | None:
    """Attention of queries, keys and values, whose heads lie behind one another."""
    query, key, value = call.x, call.given(1), call.given(2)
    heads = call.number("num_heads", 0)
    if key is None or value is None or query.rank != 3 or key.rank != 3 or heads < 1:
        return None
    shared = call.number("kv_num_heads", heads)
    past = next((each for each in call.inputs[3:] if each is not None and each.rank == 4), None)
    keys = key.sizes[1] + (past.sizes[2] if past is not None else 0)
    features, values = query.sizes[-1] // heads, value.sizes[-1] // shared
    op = Attention(keys, features, values, call.type.startswith("Group"), False, shared != heads)
    samples, length = query.sizes[:2]
    after = ((Called("reshape", True), (samples, length, heads * values)),)
    written = samples, heads, length, values
    bias = [each for each in call.inputs[3:4] if each is not None and each.is_trained]
    maps = (query, key, value, *(bias if call.type == "MultiHeadAttention" else ()))
    return Read(op, maps, sizes=written, after=after)


@reads(*_of_runtime("Attention"))
def packed_attention(call: Call) -> Read:
    """A linear layer to queries, keys and values, and their attention."""
    x, weight, bias, heads = call.x, call.needed(1), call.given(2), call.number("num_heads", 1)
    samples, length, _ = x.sizes
    inner, out = weight.sizes
    wide = call.attributes.get("qkv_hidden_sizes") or [out // 3] * 3
    features, values = wide[0] // heads, wide[2] // heads
    after: tuple[tuple[Op, Sizes], ...] = (
        (Attention(length, features, values), (samples, heads, length, values)),
        (Called("reshape", True), (samples, length, wide[2])),
    )
    op = Linear(inner, out, bias is not None)
    return Read(op, (x,), there(weight, bias), (samples, length, out), after=after)
