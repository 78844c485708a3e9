"""onnx-tool: the nodes of an ONNX file, each with a cost of its own per element it writes.

A network stands for the file that `convcost export` writes of it: batch norms are nodes unless they
are folded first (`--fuse`, as torch's exporters do), attention is two products and a softmax, SiLU
a sigmoid and a product. Shapes come out of onnx-tool's own rules.

Source: onnx_tool/node.py of the release.
"""

from __future__ import annotations

from math import prod

from convcost.counting.conventions import Convention, Table
from convcost.counting.rules import BIAS, MACS, ZERO, Call, RaisesError, X, Y, quantity
from convcost.ops.attention import MultiheadAttention
from convcost.ops.maps import LocalResponseNorm, Norm
from convcost.ops.partitions import BiasedAttention, HeadScale
from convcost.ops.pools import AdaptivePool, Pool
from convcost.ops.products import Attention
from convcost.ops.recurrent import Recurrent
from convcost.ops.resizing import Resize
from convcost.ops.transposed import TransposedConv

EXP, SQRT, DIV, TANH = 32, 24, 4, 38

_NO_RULE = "NotImplementedError: this Node {} has no value_infer"
"""What it raises, and so prints no figure, for a node that it has no rule for."""


@quantity(
    "|Y|·C_out/g·K", "elements of the output x output channels of a group x kernel", TransposedConv
)
def SPREAD(call: Call) -> int:
    """A transposed convolution as if each element that it writes read a whole kernel."""
    op = call.op
    assert isinstance(op, TransposedConv)
    each = op.out_channels // op.groups * prod(op.kernel)
    return prod(call.output) * call.batch * each


@quantity("k|Y| by two axes", "elements of the output x the first two sizes of the window", Pool)
def WINDOW_OF_TWO(call: Call) -> int:
    """A pool over three axes counts the first of them only."""
    op = call.op
    assert isinstance(op, Pool)
    sizes = op.kernel if len(op.kernel) < 3 else op.kernel[:1]
    own_divisor = op.divisor is not None  # for which the average is multiplied
    return prod(call.output) * call.batch * (prod(sizes) + own_divisor)


@quantity(
    "pooled",
    "of a pool to 1x1 |X| and 4 for each output; to a size those of its windows",
    AdaptivePool,
)
def POOLED(call: Call) -> int:
    """A global pool is a node of its own."""
    op = call.op
    assert isinstance(op, AdaptivePool)
    written = prod(call.output) * call.batch
    if max(op.size) == 1:
        if op.function == "max":
            raise RaisesError(_NO_RULE.format("GlobalMaxPool"))
        return prod(call.input) * call.batch + DIV * written
    pairs = list(zip(call.input[1:], op.size, strict=True))
    if all(n % m == 0 for n, m in pairs):
        kernel = [n // m for n, m in pairs]
        return written * prod(kernel if len(kernel) < 3 else kernel[:1])
    count, sizes = 0, list(call.input)
    for axis, (n, m) in enumerate(pairs, 1):  # axis by axis, each position by itself
        sizes[axis] = sum([-(-(i + 1) * n // m) - i * n // m for i in range(m)])
        count += prod(sizes) * call.batch
        sizes[axis] = m
    return count


@quantity("31|X|", "31 x elements of a batch norm; it raises on one without statistics", Norm)
def NORMED(call: Call) -> int:
    """A sum, a root, a quotient, a product and a sum."""
    op = call.op
    assert isinstance(op, Norm)
    if not op.stats:
        raise RaisesError(_NO_RULE.format("MeanVarianceNormalization"))
    return 31 * prod(call.input) * call.batch


@quantity(
    "rows of a layer norm", "29 for each row of a layer norm, of which the first axis is one", Norm
)
def ROWS(call: Call) -> int:
    """A sum, a root and a quotient for each row."""
    axis = _axis(call)
    return prod(call.input) * call.batch // axis * (1 + SQRT + DIV)


def _axis(call: Call) -> int:
    """The size of the first axis that a norm goes over."""
    op, sizes = call.op, call.input
    assert isinstance(op, Norm)
    return next((sizes[-n] for n in range(1, len(sizes) + 1) if prod(sizes[-n:]) == op.channels), 1)


@quantity("rms rows", "25 for each row of an RMS norm", Norm)
def RMS_ROWS(call: Call) -> int:
    """A sum and a root for each row."""
    op = call.op
    assert isinstance(op, Norm)
    return prod(call.input) * call.batch // op.channels * (1 + SQRT)


@quantity("scaled |X|", "|X| for a norm's scale and again for its shift, if it has them", Norm)
def SCALED(call: Call) -> int:
    """A product and a sum."""
    op = call.op
    assert isinstance(op, Norm)
    both = op.shift and op.function != "rms"
    return prod(call.input) * call.batch * (1 + both) * op.affine


@quantity(
    "weights of attention",
    "36 for each weight, 1 for each query's element, 1 for biases",
    Attention,
)
def SOFTMAXED(call: Call) -> int:
    """The queries are scaled, and what is added is added to each weight."""
    op = call.op
    assert isinstance(op, Attention)
    rows = prod(call.output[:-1]) * call.batch
    biased = op if isinstance(op, BiasedAttention) else None
    added = int(op.causal or (biased is not None and biased.masked))
    added += biased is not None and bool(biased.area)
    return rows * op.features + rows * op.keys * (EXP + DIV + added)


@quantity(
    "attention's module",
    "biases of projections, scaled queries and weights of attention",
    MultiheadAttention,
)
def PROJECTED(call: Call) -> int:
    """The same of a module with projections, which are a product and a sum each."""
    op = call.op
    assert isinstance(op, MultiheadAttention)
    *windows, tokens, channels = call.output
    queries = prod(windows) * tokens * call.batch
    keys = prod(windows) * op.keys * call.batch
    biases = 2 * channels * (queries + keys) if op.bias else 0
    weights = queries * op.heads * op.keys
    return biases + queries * channels + weights * (EXP + DIV + op.mask)


@quantity("gates", "of each step what its gates and biases come to", Recurrent)
def GATES(call: Call) -> int:
    """Of an LSTM 180 for each state, of a GRU 110, of one direction, and a bias for each weight."""
    op = call.op
    assert isinstance(op, Recurrent)
    if not op.bias:
        raise RaisesError("IndexError: list index out of range")
    steps = prod(call.output[:-1]) * call.batch
    each = {"lstm": 4 + 3 * EXP + 2 * TANH + 4, "gru": 3 + 2 * EXP + TANH + 5}[op.cell]
    biases = 2 * op.gates * op.hidden * op.directions
    return steps * op.layers * (each * op.hidden + biases)


@quantity(
    "resized", "4 for each output of a linear resize, 8 of a cubic one, 0 of the nearest", Resize
)
def RESIZED(call: Call) -> int:
    """What is blended."""
    op = call.op
    assert isinstance(op, Resize)
    each = {"bicubic": 8, "nearest": 0, "nearest-exact": 0}.get(op.mode, 4)
    return prod(call.output) * call.batch * each


@quantity(
    "windows of channels",
    "37 for each output and the channels around it; 39 of no map",
    LocalResponseNorm,
)
def AROUND(call: Call) -> int:
    """A power, a quotient and a sum of squares; a node of its own of a map and an odd number."""
    op = call.op
    assert isinstance(op, LocalResponseNorm)
    alone = len(call.output) == 3 and op.size % 2
    return prod(call.output) * call.batch * (DIV + EXP + (1 if alone else 3) + op.size)


@quantity("factors", "33 for each factor of a head, once", HeadScale)
def FACTORS(call: Call) -> int:
    """The factor of each head is kept small, and is the power of a number."""
    op = call.op
    assert isinstance(op, HeadScale)
    return op.heads * (1 + EXP)


_RULES: Table = {
    "conv": MACS + BIAS,
    "transposed conv": (SPREAD + BIAS).but("counts outputs x kernel x output channels"),
    "linear": MACS + BIAS,
    **dict.fromkeys(("matmul", "einsum"), MACS),
    "attention": MACS + SOFTMAXED,
    "multi-head attention": MACS + PROJECTED,
    **dict.fromkeys(("lstm", "gru"), MACS + GATES),
    **dict.fromkeys(("batch norm", "sync norm"), NORMED),
    "instance norm": 7 * X,
    "group norm": 7 * X + SCALED,
    "layer norm": 7 * X + ROWS,
    "rms norm": 6 * X + RMS_ROWS + SCALED,
    "local response norm": AROUND,
    "softmax": 36 * X,
    "log_softmax": 80 * X,
    "relu": X,
    **dict.fromkeys(("relu6", "hardtanh", "prelu", "leaky-relu"), 2 * X),
    "elu": 35 * X,
    "sigmoid": 32 * X,
    "log-sigmoid": 75 * X,
    "tanh": 76 * X,
    "softplus": 76 * X,
    "gelu": 34 * X,
    "silu": 33 * X,
    "hardsigmoid": 4 * X,
    "hardswish": 5 * X,
    "glu": 33 * Y,
    **dict.fromkeys(("add", "sub", "mul", "positions", "mask", "position bias"), Y),
    **dict.fromkeys(("layer scale", "learnable scalar"), Y),
    "div": 4 * Y,
    "scale of heads": Y + FACTORS,
    "normalize": 33 * X,
    **dict.fromkeys(("avg pool", "max pool"), WINDOW_OF_TWO),
    **dict.fromkeys(("adaptive avg pool", "adaptive max pool"), POOLED),
    **dict.fromkeys(("mean", "max", "sum", "amax", "amin"), X),
    "resize": RESIZED,
    **dict.fromkeys(("eq", "lt", "gt", "le", "ge", "logical_not", "logical_and", "CumSum"), Y),
    **dict.fromkeys(("Neg", "Abs", "Min", "Max", "Round", "Floor", "Sign"), Y),
    **dict.fromkeys(("pow", "exp"), 32 * Y),
    "sqrt": 24 * Y,
    "ReduceL2": 25 * X,
    "reciprocal": 4 * Y,
    "Log": 43 * Y,
    **dict.fromkeys(("Sin", "Cos"), 39 * Y),
    **dict.fromkeys(("QuantizeLinear", "DequantizeLinear"), 4 * Y),
    **dict.fromkeys(("erf", "argmax", "dropout", "identity", "grid sample"), ZERO),
}

_UNKNOWN = {
    **{name: name.title() for name in ("selu", "celu", "mish")},
    "rnn": "RNN",
    "torchvision.ops.DeformConv2d": "DeformConv",
}
"""What it has no node for, by what ONNX calls it."""

ONNX_TOOL = Convention(
    "onnx-tool",
    ("1.0.1",),
    _RULES,
    unit="MACs",
    label="Forward_MACs",
    summary="MACs and biases; other nodes so many for each element: 31 a batch norm, 36 a softmax",
    sees="nodes of an ONNX file, such as convcost export writes",
    params="",
    fails={name: _NO_RULE.format(type_) for name, type_ in _UNKNOWN.items()},
)
