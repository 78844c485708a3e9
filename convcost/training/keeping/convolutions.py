"""What convolutions and linear layers keep: what they read, for the gradient of their weights."""

from __future__ import annotations

from math import prod

from convcost.ops.convolutions import Conv, DeformConv, SameConv
from convcost.ops.products import Linear
from convcost.ops.transposed import TransposedConv
from convcost.training.keeping.site import (
    Kept,
    Site,
    kept,
)


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
