"""How papers count, and pycls: the op alone matters, not how it is called.

Source of pycls: pycls/models/blocks.py (conv2d_cx, linear_cx, pool2d_cx).
"""

from __future__ import annotations

from convcost.counting.conventions import Convention, Table
from convcost.counting.rules import BIAS, INPUT_GRADS, MACS, WEIGHT_GRADS, ZERO, Rule, Y

_CONVS = ("conv", "transposed conv", "deform conv")
_PRODUCTS = (
    *("linear", "matmul", "einsum", "attention"),
    *("multi-head attention", "lstm", "gru", "rnn"),
)


def _only(rule: Rule, *ops: str) -> Table:
    """The rule for these ops, zero for all others."""
    return {**dict.fromkeys(ops, rule), "*": ZERO}


def _paper(
    tool: str,
    rules: Table,
    label: str,
    summary: str,
    *,
    unit: str = "MACs",
    activations: Table | None = None,
) -> Convention:
    return Convention(
        tool,
        (),
        rules,
        unit=unit,
        label=label,
        summary=summary,
        sees="ops, however they are called",
        params="all",
        others={"activations": activations} if activations else {},
    )


PAPERS = (
    _paper(
        "macs",
        _only(MACS, *_CONVS, *_PRODUCTS),
        "MACs, mult-adds, and often FLOPs",
        "MACs of convolutions, linear layers and matrix products",
    ),
    _paper(
        "macs+bias",
        _only(MACS + BIAS, *_CONVS, *_PRODUCTS),
        "MACs, mult-adds, and often FLOPs",
        "MACs, and one addition for each output with a bias",
    ),
    _paper(
        "flops",
        _only(2 * MACS, *_CONVS, *_PRODUCTS),
        "FLOPs",
        "2 x MACs of convolutions, linear layers and matrix products",
        unit="FLOPs",
    ),
    _paper(
        "train",
        _only(2 * MACS + 2 * INPUT_GRADS + 2 * WEIGHT_GRADS, *_CONVS, *_PRODUCTS),
        "FLOPs of a training step",
        "2 x MACs, and as much for each gradient of an input or of weights that is needed",
        unit="FLOPs",
    ),
    _paper(
        "conv-only",
        _only(MACS, *_CONVS),
        "MACs, mult-adds, and often FLOPs",
        "MACs of convolutions; linear layers count nothing",
    ),
)
PYCLS = _paper(
    "pycls",
    _only(MACS + BIAS, *_CONVS, *_PRODUCTS),
    "flops",
    "MACs, and one addition for each output with a bias",
    activations=_only(Y, *_CONVS, "linear", "max pool"),
)
