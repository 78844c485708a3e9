"""What modules keep whose forward calls several kernels: attention by heads, recurrent layers."""

from __future__ import annotations

from math import prod

from convcost.graph.memory import Strided
from convcost.ops.attention import MultiheadAttention
from convcost.ops.recurrent import Recurrent, RecurrentCell
from convcost.training.keeping import NOTHING, STATISTIC, UNKNOWN, Kept, Site
from convcost.training.products import factor, kept, together


@kept.register
def _multihead(op: MultiheadAttention, site: Site) -> Kept:
    """What the projections read, their products, and what the last projection reads.

    The tokens come before the samples; what the projections write is put in that order by copies.
    Source: `multi_head_attention_forward` of torch.nn.functional.
    """
    batch, tokens, wide = site.written.sizes
    queries, keys = batch * tokens * wide, batch * op.keys * wide
    found = [_rows(place, laid) for place, laid in enumerate(site.reads[:2]) if site.weights]
    weights = batch * op.heads * tokens * op.keys
    if op.need_weights:  # queries are scaled, which copies them
        own_queries = 0 if op.crossed else queries
        found.append(Kept(made=queries + own_queries + 2 * keys + weights))
    else:
        mask = tokens * op.keys if op.mask else 0
        statistics = batch * op.heads * tokens * STATISTIC
        found.append(Kept(made=2 * queries + 2 * keys + mask, bits=statistics))
    if site.weights:
        found.append(Kept(made=queries))
    return together(*found)


def _rows(place: int, laid: Strided) -> Kept:
    """What a projection reads, the tokens before the samples, as rows."""
    batch, tokens, wide = laid.sizes
    return factor(place, laid.moved((1, 0, 2)), (tokens * batch, wide))


@kept.register
def _recurrent(op: Recurrent, site: Site) -> Kept:
    """What each layer reads, and of each step its state and its gates.

    An LSTM is one kernel, which keeps a workspace of its own.
    """
    batch, tokens, _ = site.written.sizes
    state = batch * op.hidden
    between = (op.layers - 1) * tokens * state * op.directions
    steps = tokens * state * 6 + (tokens - 1) * state if op.cell == "gru" else tokens * state
    each = op.layers * op.directions * (state + steps)
    first = _rows(0, site.reads[0]) if site.weights else NOTHING
    first = first._replace(made=first.made * op.directions)
    if op.cell == "lstm":
        each = op.layers * op.directions * 4 * state
        return together(first, Kept(written=True, made=between + each, unknown=True))
    return together(first, Kept(made=between + each))


@kept.register
def _cell(op: RecurrentCell, site: Site) -> Kept:
    return UNKNOWN
