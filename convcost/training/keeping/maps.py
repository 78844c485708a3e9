"""What norms, activations and the like keep."""

from __future__ import annotations

from math import prod

from convcost.ops.maps import (
    GLU,
    Activation,
    Elementwise,
    LayerScale,
    LearnableScalar,
    LocalResponseNorm,
    Norm,
    Softmax,
)
from convcost.ops.moves import Concat
from convcost.ops.op import Op
from convcost.ops.padding import Pad
from convcost.ops.partitions import ByDistance, HeadScale, Normalize, PositionBias
from convcost.ops.pools import Mean
from convcost.ops.resizing import GridSample
from convcost.ops.tokens import ClassToken, Embedding, Mask, Positions
from convcost.training.keeping.site import (
    FULL,
    NOTHING,
    READ,
    WRITTEN,
    Kept,
    Site,
    kept,
)


def _of_nothing(op: Op, site: Site) -> Kept:
    """What sums and copies keep."""
    return NOTHING


for _cls in (Pad, Concat, ClassToken, Positions, PositionBias, Mask, ByDistance, Mean):
    kept.register(_cls, _of_nothing)


@kept.register
def _norm(op: Norm, site: Site) -> Kept:
    """What is read, with a mean and a deviation for each of what is normalised together."""
    batch = site.reads[0].sizes[0]
    if op.function == "rms":
        return _rms_norm(op, site)
    together = {
        "batch": op.channels,
        "sync": op.channels,
        "instance": batch * op.channels,
        "group": batch * op.groups,
    }
    rows = together.get(op.function, site.came // op.channels)
    repeated = batch * op.channels if op.function == "instance" and op.affine else 0
    statistic = site.statistics(op.affine or (op.function in ("batch", "sync") and op.stats))
    bits = 2 * rows * statistic + repeated * (FULL if site.amp else site.bits)
    laid = site.reads[0]
    as_it_lies = laid.in_order or (op.function == "group" and laid.channels_last)
    copied = op.function in ("group", "instance") and not as_it_lies
    return Kept((0,) * (not copied), made=site.came if copied else 0, bits=bits)


def _rms_norm(op: Norm, site: Site) -> Kept:
    """A composite of powers, means and products."""
    rows, narrow = site.came // op.channels, site.bits < FULL
    wide = FULL * (rows + narrow * site.came) if narrow else site.bits * rows
    of_input = Kept((0,) * (not narrow), bits=wide) if site.needs[0] else NOTHING
    normalised = site.came * site.weights * max(site.bits, FULL if narrow else 0)
    return of_input._replace(bits=of_input.bits + normalised)


_INPUT = """
    prelu leaky-relu elu hardtanh relu6 hardsigmoid hardswish silu gelu mish softplus selu celu
    log-sigmoid
"""
_OF_INPUT = frozenset(_INPUT.split())
"""Activations whose gradient is computed of what they read, the others' of what they write."""

_OF_OUTPUT_IN_PLACE = frozenset(("leaky-relu", "elu", "selu", "celu"))
"""Those of them that keep what they write where they overwrite what they read."""


@kept.register
def _activation(op: Activation, site: Site) -> Kept:
    """What is read or what is written; a copy of what is overwritten and kept."""
    name = op.function
    if name == "identity" or op.idle:
        return NOTHING
    if name == "dropout":  # a CPU draws it in the dtype of the map
        return Kept(bits=8 * site.wrote) if site.cuda else Kept(made=site.wrote)
    if name not in _OF_INPUT or (op.inplace and name in _OF_OUTPUT_IN_PLACE):
        return WRITTEN
    if op.inplace:
        return Kept(made=site.came)
    beside = site.came if name == "log-sigmoid" and not site.cuda else 0
    return Kept((0,), made=beside)


@kept.register
def _softmax(op: Softmax, site: Site) -> Kept:
    return WRITTEN


@kept.register
def _elementwise(op: Elementwise, site: Site) -> Kept:
    """Of a product each factor for the gradient of the other; of a sum nothing."""
    if op.function not in ("mul", "div") or len(site.reads) < 2:
        return NOTHING
    if op.function == "div":
        return Kept((0, 1) if site.needs[1] else (1,))
    return Kept((1,) * site.needs[0] + (0,) * site.needs[1])


@kept.register
def _scale(op: LayerScale | LearnableScalar, site: Site) -> Kept:
    """What is read, for the gradient of the factors."""
    return READ if site.weights else NOTHING


@kept.register
def _head_scale(op: HeadScale, site: Site) -> Kept:
    """The same, and the exponentials of the factors."""
    return Kept((0,) * site.weights, made=op.heads)


@kept.register
def _of_input(op: GLU | GridSample, site: Site) -> Kept:
    return Kept(tuple(range(len(site.reads))))


@kept.register
def _response(op: LocalResponseNorm, site: Site) -> Kept:
    """A composite: the squares with zeros beside, their mean, and its power."""
    batch, channels, *spatial = site.reads[0].sizes
    padded = batch * (channels + op.size - 1) * prod(spatial)
    return Kept((0,), bits=(padded + 2 * site.came) * (FULL if site.amp else site.bits))


@kept.register
def _embedding(op: Embedding, site: Site) -> Kept:
    return READ


@kept.register
def _normalize(op: Normalize, site: Site) -> Kept:
    """What is read, its length, and the same not below a least."""
    rows = site.came // site.reads[0].sizes[-1]
    return Kept((0,), made=2 * rows)
