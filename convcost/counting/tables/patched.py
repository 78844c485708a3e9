"""calflops and DeepSpeed's flops profiler: patched functions of torch.

Sources: calflops/pytorch_ops.py; deepspeed/profiling/flops_profiler/profiler.py.
"""

from __future__ import annotations

from convcost.counting.conventions import Convention, Table, each
from convcost.counting.operands import ADDED, ALIGNED, MASK, ROWS_BY_COLUMNS
from convcost.counting.quantities import (
    EINSUM_PATH,
    FORWARD_BIAS,
    PADDED_CHANNELS,
    RECOMPUTED,
    RECOMPUTED_BIAS,
    REGROUPED,
)
from convcost.counting.recurrent import BIASES, MACS_LESS_STATES, STATES
from convcost.counting.resizing import SIZE_OR_INPUT, SIZE_OR_OUTPUT, SIZE_OR_SCALE_TO_N, resizes
from convcost.counting.rules import AFFINE, BIAS, MACS, STATISTICS, ZERO, X, Y

_EVEN = "padding='same' with an even kernel is counted at one position less than there are"
_POOLS = ("F.avg_pool{}d", "F.max_pool{}d", "F.adaptive_avg_pool{}d", "F.adaptive_max_pool{}d")
_NORMS = ("F.layer_norm", "F.group_norm", "F.instance_norm")
_PRODUCT = ROWS_BY_COLUMNS.but(
    "a vector as the second factor counts its length squared, one that is broadcast counts once"
)
_OF_TWO = dict.fromkeys(
    ("torch.add", "torch.mul"),
    ALIGNED.but("the axes of two operands are aligned from the first on, not from the last"),
)
_ACTS = "relu prelu elu leaky_relu relu6 silu gelu softmax"

_CALFLOPS: Table = {
    **each("F.conv{}d", 2 * RECOMPUTED + RECOMPUTED_BIAS),
    **each(
        "F.conv_transpose{}d",
        (2 * REGROUPED + FORWARD_BIAS).but(
            "the groups of a transposed convolution are divided out twice, its bias is counted at "
            "the size of an ordinary one"
        ),
    ),
    "F.linear": 2 * MACS,
    "F.batch_norm": X + AFFINE + 3 * STATISTICS,
    **dict.fromkeys(_NORMS, 4 * X + AFFINE),
    **{f"F.{name}": X for name in _ACTS.split()},
    **{name: X for pool in _POOLS for name in each(pool, X)},
    **resizes(SIZE_OR_INPUT.but("no scale is multiplied; a size leaves batch and channels out")),
    **dict.fromkeys(("F.dropout", "F.embedding"), ZERO),
    # x.mul(x), a pool of padded channels, .mul(alpha) and .add(k)
    "F.local_response_norm": 3 * X + PADDED_CHANNELS,
    "torch.matmul": 2 * _PRODUCT,
    "torch.addmm": 2 * MACS + ADDED,
    "torch.baddbmm": 2 * MACS + MASK,
    **_OF_TWO,
    "torch.einsum": EINSUM_PATH.but("four digits of numpy's text"),
    **dict.fromkeys(("nn.RNN", "nn.RNNCell"), MACS + MACS_LESS_STATES + BIASES),
    **dict.fromkeys(("nn.GRU", "nn.GRUCell"), 2 * MACS + STATES + BIASES),
    **dict.fromkeys(("nn.LSTM", "nn.LSTMCell"), 2 * MACS + 2 * STATES + BIASES),
}
_CALFLOPS_MACS: Table = {
    **each("F.conv{}d", RECOMPUTED),
    **each("F.conv_transpose{}d", REGROUPED),
    **dict.fromkeys(("F.linear", "torch.addmm", "torch.baddbmm"), MACS),
    "torch.matmul": _PRODUCT,
}
_DEEPSPEED: Table = {
    **_CALFLOPS,
    **dict.fromkeys(_OF_TWO, Y),
    **each("F.conv_transpose{}d", 2 * MACS + BIAS),
    **resizes(SIZE_OR_OUTPUT.but("a size leaves batch and channels out")),
    "operator.matmul": 2 * _PRODUCT,
    **dict.fromkeys(("torch.mm", "torch.bmm"), 2 * MACS),
    "F.scaled_dot_product_attention": 2 * MACS,
}
_DEEPSPEED_MACS: Table = {
    **_CALFLOPS_MACS,
    **each("F.conv_transpose{}d", MACS),
    "operator.matmul": _PRODUCT,
    **dict.fromkeys(("torch.mm", "torch.bmm", "F.scaled_dot_product_attention"), MACS),
}
_0_16_4: Table = {
    **_DEEPSPEED,
    **_OF_TWO,
    **{name: _CALFLOPS[name] for name in each("F.conv_transpose{}d", ZERO)},
    **resizes(SIZE_OR_SCALE_TO_N.but("the scale to the power of the batch")),
}
_0_16_4_MACS: Table = {
    **_DEEPSPEED_MACS,
    **{name: _CALFLOPS_MACS[name] for name in each("F.conv_transpose{}d", ZERO)},
}
_LISTED = "TypeError: a stride, padding or dilation in a list is taken for a number"
_RENAMED = "TypeError: {} has another name there, or none"
_FAILS = {
    "F.interpolate(input=)": "IndexError: a map that is given by its keyword is not found",
    "torch.einsum(list)": "AttributeError: a list of operands has no shape",
    **dict.fromkeys(each("F.conv{}d(list)", ZERO), _LISTED),
    **{
        f"{name}(output_size=)": _RENAMED.format("output_size")
        for pool in _POOLS
        if "adaptive" in pool
        for name in each(pool, ZERO)
    },
}
_FAILS_OF_DEEPSPEED = {
    **_FAILS,
    **{f"torch.{name}(mat2=)": _RENAMED.format("mat2") for name in ("mm", "bmm")},
    **{
        f"F.scaled_dot_product_attention({name}=)": _RENAMED.format(name)
        for name in ("query", "key", "value")
    },
}
_PLACES = "a module at several places counts all of its calls at each of them"
_SUMMARY = "2 x MACs, biases of convolutions, and 1 to 5 for each element of norms and activations"
_SEES = (
    "functions of torch, also where modules call them, and recurrent modules of exactly these "
    "types; no operators such as x + y"
)
_NO_MACS = "MACs of recurrent layers are 0, their FLOPs are not"

CALFLOPS = Convention(
    "calflops",
    ("0.3.2",),
    _CALFLOPS,
    unit="FLOPs",
    label="FLOPS",
    summary=_SUMMARY,
    sees=_SEES,
    params="all",
    trained=True,
    by_place=1,
    of_callers=True,
    weightless="StopIteration: the model has no parameters, of which it wants the first",
    fails=_FAILS,
    others={"MACs": _CALFLOPS_MACS},
    defects=(
        _EVEN,
        _NO_MACS,
        _PLACES,
        "a model without parameters raises StopIteration",
        "after an exception torch stays patched and later figures grow",
    ),
)

_UNPATCHED = "functions of attention and bmm stay patched, and later figures grow"


def _deepspeed(
    version: str, rules: Table, macs: Table, *defects: str, by_place: int = 0
) -> Convention:
    return Convention(
        "deepspeed",
        (version,),
        rules,
        unit="FLOPs",
        label="flops",
        summary=_SUMMARY,
        sees=_SEES.replace("such as x + y", "but x @ y"),
        params="all",
        by_place=by_place,
        of_callers=True,
        fails=_FAILS_OF_DEEPSPEED,
        others={"MACs": macs},
        defects=(_EVEN, _NO_MACS, *defects),
    )


DEEPSPEED = (
    _deepspeed("0.16.4", _0_16_4, _0_16_4_MACS, _UNPATCHED, _PLACES, by_place=1),
    _deepspeed("0.19.8", _DEEPSPEED, _DEEPSPEED_MACS),
)
