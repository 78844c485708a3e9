"""What each op keeps for the backward pass, as autograd's formula of it does.

A rule says which of the maps that an op reads it keeps, whether what it writes, and what it makes
beside: indices of a maximum, statistics of a norm. Parameters and buffers are apart, as they are
there anyway. Sources: tools/autograd/derivatives.yaml of torch 2.13, and the functions of
torch.nn.functional that call several others.
"""

from __future__ import annotations

from functools import singledispatch
from math import prod
from typing import NamedTuple

from convcost.graph.memory import Strided
from convcost.ops.op import Op

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
