"""What products of maps keep: each factor for the gradient of the other."""

from __future__ import annotations

from math import prod

from convcost.graph.memory import Strided
from convcost.ops.partitions import BiasedAttention
from convcost.ops.products import Attention, Einsum, Matmul
from convcost.training.keeping.site import FULL, NOTHING, Kept, Site, kept


def factor(place: int, laid: Strided, rows: tuple[int, ...]) -> Kept:
    """A factor that is to be seen with these sizes: where it lies, or copied."""
    return Kept((place,)) if laid.can_be(rows) else Kept(made=prod(laid.sizes))


def together(*parts: Kept) -> Kept:
    """All that several keep."""
    return Kept(
        tuple(dict.fromkeys(place for part in parts for place in part.reads)),
        any(part.written for part in parts),
        sum(part.made for part in parts),
        sum(part.bits for part in parts),
        any(part.unknown for part in parts),
    )


@kept.register
def _matmul(op: Matmul, site: Site) -> Kept:
    """Each factor as matrices one behind the other, for the gradient of the other."""
    found = []
    for place in (0, 1):
        if site.needs[1 - place]:
            *outer, rows, columns = site.reads[place].sizes
            outer = [prod(outer)] if op.function == "matmul" else outer
            sizes = (*outer, rows, columns)
            found.append(factor(place, site.reads[place], sizes))
    return together(*found)


@kept.register
def _einsum(op: Einsum, site: Site) -> Kept:
    """The same, its axes in the order of the product: both's, its own, those that are summed."""
    labels, _, written = op.equation.partition("->")
    names = labels.split(",")
    sizes = dict(op.sizes) | {written[0]: site.written.sizes[0]}
    summed = sorted(each for each in set(names[0]) & set(names[1]) if each not in written)
    if not any(sizes[each] > 1 for each in summed):
        return Kept(tuple([place for place in (0, 1) if site.needs[1 - place]]))
    both = [each for each in written if each in names[0] and each in names[1]]
    found = []
    for place in (0, 1):
        if site.needs[1 - place]:
            own = [each for each in written if each in names[place] and each not in both]
            groups = (both, own, summed) if place == 0 else (both, summed, own)
            order = [names[place].index(each) for group in groups for each in group]
            shape = tuple([prod([sizes[each] for each in group]) for group in groups])
            found.append(factor(place, site.reads[place].moved(order), shape))
    return together(*found)


@kept.register
def _attention(op: Attention, site: Site) -> Kept:
    """All that it reads and writes, with a statistic for each query; or as single products."""
    queries, mask = site.reads[0].sizes, 0
    if isinstance(op, BiasedAttention):
        if op.trained or (op.area and site.weights):
            return _as_products(op, site)
        mask = queries[-2] * op.keys * (op.heads if op.area else 1)
    if not (site.fused and len(queries) == 4 and op.has_kernel):
        return _as_products(op, site)
    statistics = prod(queries[:-1]) * (FULL if site.amp else max(site.bits, FULL))
    return Kept(tuple(range(len(site.reads))), True, made=mask, bits=statistics)


def _as_products(op: Attention, site: Site) -> Kept:
    """Queries and keys, scaled; the weights; values: in 32 bits, into which fewer are copied."""
    queries, values = site.reads[0], site.reads[2]
    needs_queries, needs_keys, needs_values, *added = site.needs
    through = needs_queries or needs_keys or any(added) or site.trains
    *heads, count, _ = queries.sizes
    rows = prod(heads)
    scaled = needs_keys * prod(queries.sizes) + needs_queries * rows * op.keys * op.features
    weights = (through or needs_values) * rows * count * op.keys
    own = factor(2, values, (rows, op.keys, op.values)) if through else NOTHING
    bits = max(site.bits, FULL)
    if through and (op.shared or site.bits < FULL):
        own = Kept(bits=rows * op.keys * op.values * bits)
    return together(Kept(bits=(scaled + weights) * bits), own)
