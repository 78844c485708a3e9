"""Mixed precision: in which dtype each op runs under torch's autocast, and what is cast for it.

Weights stay as they are; what is multiplied is cast to 16 bits, some functions run in 32, and what
neither list has runs in the widest dtype of what it reads. Source: ATen/autocast_mode.h of torch
2.13, the lists of CPU and CUDA.
"""

from __future__ import annotations

from convcost.graph.nodes import Graph, Node
from convcost.ops.convolutions import Conv, DeformConv
from convcost.ops.maps import Activation, LayerScale, LearnableScalar, Norm, Softmax
from convcost.ops.op import Contraction, Op
from convcost.ops.partitions import HeadScale, Normalize, PositionBias
from convcost.ops.pools import Pool
from convcost.ops.resizing import GridSample, Resize
from convcost.ops.tokens import ClassToken, Embedding, Positions
from convcost.values.dtypes import BITS

FULL = "float32"
"""What autocast leaves as it is, and casts to."""

AMP = ("float16", "bfloat16")
"""What it casts to."""

_OF_PARAMETERS = (
    *(LayerScale, LearnableScalar, HeadScale, PositionBias),
    *(Positions, ClassToken, Embedding),
)
"""Ops whose parameters are added or multiplied with a map as they are, which widens it."""


def cast_to(op: Op, low: str, device: str) -> str:
    """The dtype to which what an op reads is cast; nothing if it is read as it is."""
    if isinstance(op, DeformConv):  # of torchvision, which casts to 32 bits
        return FULL
    prelu = isinstance(op, Activation) and op.function == "prelu"
    if isinstance(op, Contraction) or prelu:
        return low
    if device == "cpu":
        volume = isinstance(op, Pool) and len(op.kernel) == 3
        return FULL if volume or isinstance(op, GridSample) else ""
    if isinstance(op, Activation):
        return FULL if op.function == "softplus" else ""
    norm = isinstance(op, Norm) and op.function in ("layer", "group", "rms")
    resize = isinstance(op, Resize) and op.mode != "area"
    return FULL if norm or resize or isinstance(op, Softmax | Normalize) else ""


def dtypes_of(graph: Graph, low: str, device: str) -> list[str]:
    """The dtype that each node writes."""
    found: list[str] = []
    for node in graph.nodes:
        cast = cast_to(node.op, low, device)
        read = [found[source] for source in node.sources] or [FULL]
        widened = [FULL] * isinstance(node.op, _OF_PARAMETERS)
        widest = max([*read, *widened], key=BITS.__getitem__)
        found.append(cast or (read[0] if node.form == "inplace" else widest))
    return found


def weights_cast(node: Node, weighs: bool) -> int:
    """Weights of an op that are cast and kept so: those of a convolution always, as its input."""
    if isinstance(node.op, Activation):  # slopes
        return node.params
    if isinstance(node.op, DeformConv):
        return 0
    return node.weight_params if isinstance(node.op, Conv) or weighs else 0
