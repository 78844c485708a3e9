"""ptflops: hooks on modules, since 0.7.1 with patched functions on top; and its aten backend.

Sources: ptflops/pytorch_ops.py (flops_counter.py before 0.6.9), pytorch_engine.py and aten_ops.py.
"""

from __future__ import annotations

from collections.abc import Mapping

from convcost.counting.attention import (
    ORDERED_BIAS,
    PROJECTED,
    PROJECTED_SWAPPED,
    WEIGHTS,
)
from convcost.counting.conventions import Convention, Table, each, without
from convcost.counting.operands import ADDED, ALIGNED, MASK, ROWS_BY_COLUMNS
from convcost.counting.quantities import (
    BIAS_ONCE,
    INTERPOLATED,
    OUTPUT_SIZED,
    PADDED_CHANNELS,
    SAMPLE,
    SQUARE_BIAS,
)
from convcost.counting.recurrent import BIASES, STATES
from convcost.counting.resizing import SCALED, SIZE_OR_CUT_SCALE_TO_N, resizes
from convcost.counting.rules import AFFINE, BIAS, MACS, Rule, X, Y
from convcost.graph.calls import MODULES as MODULE_NAMES
from convcost.graph.calls import TIMM_ATTENTION

_TWICE = (
    "ReLU, PReLU, ELU, GELU, pools and Upsample are counted twice: as a module and as the function "
    "that the module calls"
)
_OUTPUT_SIZED = (OUTPUT_SIZED + BIAS).but(
    "a transposed convolution counted by its output, stride² too many"
)

_HOOKS = "MACs and biases; 2 for each BatchNorm element; 1 for each element of activations, pools"
_SEES = "modules of exactly these types"
_PATCHES = f"{_SEES}, and these functions wherever they are called; no operators such as x + y"
_LEFT = "the model is left in eval mode"
_BY_KEYWORD = "an input that is passed by keyword counts as batch 1, and nothing is divided"
_FRACTION = (
    "where the batch does not divide the figure, a fraction is printed, which is cut off here"
)

_DOUBLED = f"{_HOOKS}, most of them twice"
_METHODS = {"F.local_response_norm": "TypeError: x.mul(y) lost its x, as a method that is patched"}


def _pools(prefix: str) -> dict[str, Rule]:
    """The pools of all kinds and dimensions, by class or by function."""
    kinds = {
        "nn.": ("MaxPool{}d", "AvgPool{}d", "AdaptiveMaxPool{}d", "AdaptiveAvgPool{}d"),
        "F.": ("max_pool{}d", "avg_pool{}d", "adaptive_max_pool{}d", "adaptive_avg_pool{}d"),
    }
    return {name: X for kind in kinds[prefix] for name in each(prefix + kind, X)}


_0_6_3: Table = {
    **each("nn.Conv{}d", MACS + BIAS),
    "nn.ConvTranspose2d": (MACS + SQUARE_BIAS).but("the bias' map is taken for a square"),
    "nn.Linear": MACS,
    **each("nn.BatchNorm{}d", X + AFFINE),
    **dict.fromkeys(("nn.ReLU", "nn.PReLU", "nn.ELU", "nn.LeakyReLU", "nn.ReLU6"), X),
    **_pools("nn."),
    "nn.Upsample": SAMPLE.but("only one sample of the batch"),
    **dict.fromkeys(("nn.RNN", "nn.RNNCell"), MACS + STATES + BIASES),
    **dict.fromkeys(("nn.GRU", "nn.GRUCell"), MACS + 7 * STATES + BIASES),
    **dict.fromkeys(("nn.LSTM", "nn.LSTMCell"), MACS + 10 * STATES + BIASES),
}
_0_6_4: Table = {
    **_0_6_3,
    **each("nn.ConvTranspose{}d", _OUTPUT_SIZED),
    "nn.Linear": (MACS + BIAS_ONCE).but("the bias counted once, not for each row"),
}
_SWAPPED = PROJECTED_SWAPPED.but("its input taken for tokens x samples, though batch_first")
_0_6_5: Table = {**_0_6_4, "nn.MultiheadAttention": _SWAPPED}
_0_6_6: Table = {
    **_0_6_5,
    **each("nn.InstanceNorm{}d", X + AFFINE),
    "nn.GroupNorm": X + AFFINE,
}
_0_6_7: Table = {
    **_0_6_6,
    "nn.MultiheadAttention": PROJECTED.but(
        "keys' channels squared, also where they are not those of queries"
    ),
}
_0_6_8: Table = {**_0_6_7, "nn.GELU": X}
_0_7_0: Table = {**_0_6_8, "nn.LayerNorm": X}

_FUNCTIONS: Table = {
    **dict.fromkeys(("F.relu", "F.prelu", "F.elu", "F.relu6", "F.gelu", "F.silu", "F.softmax"), X),
    **_pools("F."),
    **resizes(SIZE_OR_CUT_SCALE_TO_N.but("the scale to the power of the batch")),
    **dict.fromkeys(("torch.bmm", "torch.mm"), MACS),
    "torch.matmul": ROWS_BY_COLUMNS.but("a vector as the second factor counts its length squared"),
    "torch.addmm": MACS + ADDED,
    "torch.baddbmm": MACS + MASK,
    **dict.fromkeys(("torch.add", "torch.mul"), ALIGNED),
}
_0_7_1: Table = {
    **_0_7_0,
    **_FUNCTIONS,
    "torchvision.ops.DeformConv2d": MACS + BIAS + INTERPOLATED,
    "F.linear": (MACS + BIAS_ONCE).but("every nn.Linear counted twice"),
}
_0_7_1_2 = without(_0_7_1, "F.linear")
_WHOLE = {  # a hook on timm's class has its products, and its children count nothing
    "F.scaled_dot_product_attention": X + MACS + WEIGHTS,
    **dict.fromkeys(("torch.mul", "operator.mul"), Y),
    **dict.fromkeys(("torch.matmul", "operator.matmul"), MACS),
    "torch.softmax": X,
}
_TIMM = {TIMM_ATTENTION: _WHOLE}
_UNSEEN = "the linear layers of timm's Attention are not counted, nor its norms"
_0_7_2: Table = {
    **_0_7_1_2,
    "nn.Linear": MACS + BIAS,
    # x.mul(x), a pool of padded channels, .mul(alpha) and .add(k)
    "F.local_response_norm": 3 * X + PADDED_CHANNELS,
}
_0_7_4: Table = {**_0_7_2, **resizes(SCALED)}
_0_7_5: Table = {**_0_7_4, **each("nn.ConvTranspose{}d", MACS + BIAS)}
_MODULES = {name: rule for name, rule in _0_7_5.items() if name.startswith(MODULE_NAMES)}


def _ptflops(
    versions: str,
    rules: Table,
    summary: str,
    *defects: str,
    tool: str = "ptflops",
    per_sample: bool = True,
    fails: Mapping[str, str] | None = None,
    whole: Mapping[str, Table] | None = None,
) -> Convention:
    patched = "F.relu" in rules
    return Convention(
        tool,
        tuple(versions.split()),
        rules,
        unit="MACs",
        label="MACs",
        summary=summary,
        sees=_PATCHES if patched else _SEES,
        params="all",
        per_sample=per_sample,
        trained=True,
        by_place=1,
        whole=whole or {},
        fails=fails or {},
        defects=(_LEFT, *[_TWICE] * patched, *[_BY_KEYWORD] * per_sample, *defects),
    )


PTFLOPS = (
    _ptflops("0.6.2 0.6.3", _0_6_3, _HOOKS, per_sample=False),
    _ptflops("0.6.4", _0_6_4, _HOOKS, per_sample=False),
    _ptflops("0.6.5", _0_6_5, _HOOKS, per_sample=False),
    _ptflops("0.6.6", _0_6_6, _HOOKS, per_sample=False),
    _ptflops("0.6.7", _0_6_7, _HOOKS, per_sample=False),
    _ptflops("0.6.8 0.6.9", _0_6_8, _HOOKS, per_sample=False),
    _ptflops("0.7 0.7.0", _0_7_0, _HOOKS, per_sample=False),
    _ptflops("0.7.1", _0_7_1, f"{_DOUBLED}, linear layers too", per_sample=False, fails=_METHODS),
    _ptflops("0.7.1.2", _0_7_1_2, _DOUBLED, _FRACTION, fails=_METHODS),
    _ptflops("0.7.2.1 0.7.2.2 0.7.3", _0_7_2, _DOUBLED, _UNSEEN, whole=_TIMM),
    _ptflops("0.7.4", _0_7_4, _DOUBLED, _UNSEEN, whole=_TIMM),
    _ptflops("0.7.5", _0_7_5, _DOUBLED, _UNSEEN, whole=_TIMM),
)
# backend_specific_config={"count_functional": False}
MODULES = _ptflops("0.7.5", _MODULES, _HOOKS, _UNSEEN, tool="ptflops-modules", whole=_TIMM)
ATEN = Convention(
    "ptflops-aten",
    ("0.7.5",),
    {
        "aten.convolution": MACS + BIAS,
        "aten.addmm": (MACS + ORDERED_BIAS).but(
            "no bias of a linear layer that reads a view of other order, as of transposed tokens"
        ),
        "aten.mm": MACS + ORDERED_BIAS,
        "aten.scaled_dot_product_attention (trained bias)": MACS,
        "aten.bmm": MACS,
    },
    unit="MACs",
    label="MACs",
    summary="MACs and biases of convolutions, linear layers and matrix products",
    sees="kernels, however they are called; those of attention and of an LSTM are not known to it",
    params="all",
    trained=True,
    defects=(_LEFT,),
)
