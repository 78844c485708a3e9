"""What each op keeps for the backward pass, as autograd's formula of it does.

A rule says which of the maps that an op reads it keeps, whether what it writes, and what it makes
beside: indices of a maximum, statistics of a norm. Parameters and buffers are apart, as they are
there anyway. Sources: tools/autograd/derivatives.yaml of torch 2.13, and the functions of
torch.nn.functional that call several others; what a kernel keeps, as `KERNELS_OF` says.
"""

from __future__ import annotations

from functools import singledispatch
from math import prod
from typing import NamedTuple

from convcost.graph.memory import Strided
from convcost.ops.convolutions import Conv, DeformConv, SameConv
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
from convcost.ops.pools import AdaptivePool, Maximum, Mean, OverChannels, Pool
from convcost.ops.products import Linear
from convcost.ops.resizing import GridSample, Resize
from convcost.ops.tokens import ClassToken, Embedding, Mask, OverTokens, Positions
from convcost.ops.transposed import TransposedConv

INDEX = 64
"""Bits of an index, of which a maximum keeps one for each output."""

FULL = 32
"""Bits in which what wants them is computed where maps have fewer."""


class Kept(NamedTuple):
    """What an op keeps.

    Attributes:
        reads: the places of what it reads, among its sources.
        written: whether what it writes.
        made: elements that it makes beside, of the dtype of maps.
        bits: what it makes beside in dtypes of their own.
        unknown: whether it is not known what it keeps beside.
    """

    reads: tuple[int, ...] = ()
    written: bool = False
    made: int = 0
    bits: int = 0
    unknown: bool = False


NOTHING = Kept()
READ, WRITTEN = Kept((0,)), Kept(written=True)
UNKNOWN = Kept(unknown=True)


class Site(NamedTuple):
    """Where an op stands, as a rule of keeping sees it.

    Attributes:
        reads: how what it reads lies in memory, the batch first.
        written: how what it writes does.
        needs: whether a gradient of each that it reads is needed.
        weights: whether the weights that it multiplies with are trained.
        trains: whether any of its parameters is.
        fused: whether attention is one kernel where there is one.
        cuda: whether kernels are those of CUDA, not of a CPU.
        bits: of an element of what it writes.
        amp: whether maps may have fewer of them than parameters.
    """

    reads: tuple[Strided, ...]
    written: Strided
    needs: tuple[bool, ...]
    weights: bool
    trains: bool
    fused: bool = True
    cuda: bool = False
    bits: int = 32
    amp: bool = False

    def statistics(self, of_parameters: bool) -> int:
        """Bits of a statistic: of a CPU those of the maps, unless wider parameters are at hand."""
        return FULL if self.cuda or (self.amp and of_parameters) else self.bits

    @property
    def came(self) -> int:
        """Elements of the first that is read."""
        return prod(self.reads[0].sizes)

    @property
    def wrote(self) -> int:
        """Elements written."""
        return prod(self.written.sizes)


@singledispatch
def kept(op: Op, site: Site) -> Kept:
    """What an op keeps, which nothing is known of unless it only moves elements."""
    return NOTHING if op.moves or op.view else UNKNOWN


def _of_nothing(op: Op, site: Site) -> Kept:
    """What sums and copies keep."""
    return NOTHING


for _cls in (Pad, Concat, ClassToken, Positions, PositionBias, Mask, ByDistance, Mean):
    kept.register(_cls, _of_nothing)


@kept.register
def _conv(op: Conv, site: Site) -> Kept:
    """All that it reads, whichever of its gradients are needed."""
    return Kept(tuple(range(len(site.reads))))


kept.register(TransposedConv, _conv)


@kept.register
def _same_conv(op: SameConv, site: Site) -> Kept:
    """Of an odd number of zeros that behind the map is put there first, in a copy."""
    batch, channels, *spatial = site.reads[0].sizes
    odd = [d * (k - 1) % 2 for k, d in zip(op.kernel, op.dilation, strict=True)]
    if not any(odd):
        return _conv(op, site)
    padded = prod([size + more for size, more in zip(spatial, odd, strict=True)])
    return Kept(tuple(range(1, len(site.reads))), made=batch * channels * padded)


@kept.register
def _deform_conv(op: DeformConv, site: Site) -> Kept:
    """All that it reads; without a mask or a bias, zeros in their place."""
    batch = site.written.sizes[0]
    zeros = (0 if op.modulated else batch) + (0 if op.bias else op.out_channels)
    return Kept(tuple(range(len(site.reads))), made=zeros)


@kept.register
def _linear(op: Linear, site: Site) -> Kept:
    """What is read, copied where its rows are no one row in memory."""
    reads = tuple(range(1, len(site.reads))) * site.needs[0]
    if not site.weights:
        return Kept(reads)
    rows = (site.came // op.in_features, op.in_features)
    if site.reads[0].can_be(rows):
        return Kept((0, *reads))
    return Kept(reads, made=site.came)


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
    if name == "identity":
        return NOTHING
    if name == "dropout":  # a CPU draws it in the dtype of the map
        return Kept(bits=8 * site.wrote) if site.cuda else Kept(made=site.wrote)
    if name not in _OF_INPUT or (op.inplace and name in _OF_OUTPUT_IN_PLACE):
        return WRITTEN
    if op.inplace:
        return Kept(made=site.came)
    beside = site.came if name == "log-sigmoid" and not site.cuda else 0
    slopes = op.params if site.amp and site.bits < FULL else 0  # cast to what the map is
    return Kept((0,), made=beside + slopes)


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
def _pool(op: Pool, site: Site) -> Kept:
    """What is read; of a maximum where it was, too."""
    return Kept((0,), bits=INDEX * site.wrote if op.function == "max" else 0)


@kept.register
def _adaptive_pool(op: AdaptivePool, site: Site) -> Kept:
    """The same; an average of the whole map is a mean, which keeps nothing."""
    if op.function == "max":
        return Kept((0,), bits=INDEX * site.wrote)
    return NOTHING if set(op.size) == {1} else READ


@kept.register
def _resize(op: Resize, site: Site) -> Kept:
    """Nothing, but of an area, which is an adaptive average pool."""
    if op.mode == "area":
        return NOTHING if set(site.written.sizes[2:]) == {1} else READ
    return NOTHING


@kept.register
def _maximum(op: Maximum, site: Site) -> Kept:
    return Kept((0,), written=True)


@kept.register
def _over_channels(op: OverChannels, site: Site) -> Kept:
    return Kept(bits=INDEX * site.wrote) if op.function == "max" else NOTHING


@kept.register
def _over_tokens(op: OverTokens, site: Site) -> Kept:
    return Kept((0,), written=True) if op.function == "max" else NOTHING


@kept.register
def _embedding(op: Embedding, site: Site) -> Kept:
    return READ


@kept.register
def _normalize(op: Normalize, site: Site) -> Kept:
    """What is read, its length, and the same not below a least."""
    rows = site.came // site.reads[0].sizes[-1]
    return Kept((0,), made=2 * rows)
