"""What products of maps keep: each factor for the gradient of the other."""

from __future__ import annotations

from math import prod

from convcost.graph.memory import Strided
from convcost.ops.partitions import BiasedAttention
from convcost.ops.products import Attention, Einsum, Matmul
from convcost.training.keeping import STATISTIC, Kept, Site, kept


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
    queries = site.reads[0].sizes
    biased = isinstance(op, BiasedAttention)
    trained = biased and ((bool(op.area) and site.weights) or op.trained)
    if trained or not (site.fused and len(queries) == 4 and op.has_kernel):
        return _as_products(op, site)
    mask = 0
    if biased:
        mask = queries[-2] * op.keys * (op.heads if op.area else 1)
    statistics = prod(queries[:-1]) * STATISTIC
    return Kept(tuple(range(len(site.reads))), True, made=mask, bits=statistics)


def _as_products(op: Attention, site: Site) -> Kept:
    """Queries and keys, scaled; the weights; values."""
    queries, values = site.reads[0], site.reads[2]
    *heads, count, _ = queries.sizes
    weights = prod(heads) * count * op.keys
    scaled = prod(queries.sizes) + prod(heads) * op.keys * op.features
    if op.shared:
        return Kept(made=scaled + weights + prod(heads) * op.keys * op.values)
    own = factor(2, values, (prod(heads), op.keys, op.values))
    return together(Kept(made=scaled + weights), own)
