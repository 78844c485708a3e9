"""What modules keep whose forward calls several kernels: attention by heads, recurrent layers."""

from __future__ import annotations

from convcost.graph.memory import Strided
from convcost.ops.attention import MultiheadAttention
from convcost.ops.recurrent import Recurrent, RecurrentCell
from convcost.training.keeping.products import factor, together
from convcost.training.keeping.site import FULL, NOTHING, UNKNOWN, Kept, Site, kept


@kept.register
def _multihead(op: MultiheadAttention, site: Site) -> Kept:
    """What the projections read, their products, and what the last projection reads.

    The tokens come before the samples; what the projections write is put in that order by copies.
    Source: `multi_head_attention_forward` of torch.nn.functional.
    """
    batch, tokens, wide = site.written.sizes
    queries, keys = batch * tokens * wide, batch * op.keys * wide
    weights = batch * op.heads * tokens * op.keys
    through = site.trains or site.needs[0], site.trains or site.needs[-1]
    found = [_rows(place, laid) for place, laid in enumerate(site.reads[:2]) if site.weights]
    if found[1:] and not op.packed:  # keys and values have a projection each
        found[1] = found[1]._replace(made=2 * found[1].made)
    if op.need_weights:
        made = weights + queries * through[1] + _projected(op, queries, keys, through, False)
    elif not site.fused:
        scaled = queries * through[1] + keys * through[0]
        made = weights + scaled + _projected(op, queries, keys, (False, True), False)
    else:
        made = queries + (tokens * op.keys if op.mask else 0)
        made += _projected(op, queries, keys, (True, True), True)
        found.append(Kept(bits=batch * op.heads * tokens * max(site.bits, FULL)))
    if op.need_weights or not site.fused:
        made += queries * site.weights  # what heads write, put in order
    return together(*found, Kept(made=made))


def _projected(
    op: MultiheadAttention, queries: int, keys: int, through: tuple[bool, bool], as_is: bool
) -> int:
    """Elements of projections that products keep: of one copy what any of them is in.

    `through` is whether keys are kept for the gradient of queries, and values for that of weights;
    `as_is` whether queries are kept as they are projected, not scaled.
    """
    if op.packed and not op.crossed:
        return queries + 2 * keys
    own = queries if as_is else 0
    if op.packed:
        return own + 2 * keys
    return own + keys * through[0] + keys


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
    between = (op.layers - 1) * tokens * state * op.directions * site.weights
    before = tokens if op.cell == "gru" else 1  # of other cells the states are what is activated
    steps = tokens * state * (6 if op.cell == "gru" else 1) + before * state * site.weights
    each = op.layers * op.directions * steps
    first = _rows(0, site.reads[0]) if site.weights else NOTHING
    first = first._replace(made=first.made * op.directions)
    if op.cell == "lstm":
        each = op.layers * op.directions * 4 * state
        return together(first, Kept(written=True, made=between + each, unknown=True))
    return together(first, Kept(made=between + each))


@kept.register
def _cell(op: RecurrentCell, site: Site) -> Kept:
    return UNKNOWN
