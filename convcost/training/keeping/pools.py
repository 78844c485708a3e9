"""What pools keep, and what else makes a map smaller or larger."""

from __future__ import annotations

from convcost.ops.pools import AdaptivePool, Maximum, OverChannels, Pool
from convcost.ops.resizing import Resize
from convcost.ops.tokens import OverTokens
from convcost.training.keeping.site import (
    INDEX,
    NOTHING,
    READ,
    Kept,
    Site,
    kept,
)


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
