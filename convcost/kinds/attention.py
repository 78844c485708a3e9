"""Attention among tokens, of tokens to others, and among the tokens of a window."""

from math import prod

from convcost.graph.builder import Builder, Finish
from convcost.kinds.attending import Attending, From, PositionBiasName
from convcost.kinds.parameters import per_axis
from convcost.kinds.registry import kind
from convcost.kinds.tokens import WindowSize, require_tokens
from convcost.ops.attention import MultiheadAttention
from convcost.ops.layouts import Cut, Tokens, Windows
from convcost.ops.maps import Activation, Elementwise, RootScale, Softmax
from convcost.ops.op import Axes, Shape, times
from convcost.ops.partitions import (
    BiasedAttention,
    ByDistance,
    Distances,
    FromWindows,
    HeadScale,
    Normalize,
    PositionBias,
    ToWindows,
)
from convcost.ops.products import Attention, Matmul
from convcost.ops.tokens import Mask, MergeHeads, RepeatHeads, SplitHeads, SwapLast


@kind(
    "attention",
    compared=False,
    also="self-attention multi-head-attention multihead-attention multiheadattention mha mhsa msa "
    "cross-attention scaled-dot-product-attention sdpa qkv",
    tokens=True,
    since="0.2",
)
def attention(net: Builder, attending: Attending, from_: From = None) -> None:
    """Multi-head attention among tokens, or of tokens to others, with its projections.

    arXiv 1706.03762; with fewer heads of keys and values, 2305.13245.
    """
    require_tokens(net, "attention")
    if isinstance(from_, str):
        raise ValueError(f"from names tokens of a network, and there is no '{from_}' here")
    if from_ is not None:
        _check_keys(net.nodes[from_].shape)
    attend(net, "", attending, from_)


def _check_keys(shape: Shape) -> None:
    """Raise `ValueError` if keys cannot be made of what is laid out like this."""
    if not isinstance(shape, Tokens):
        what = f"a map of {times(shape)}; to-tokens makes tokens of it"
        what = what if len(shape) > 1 else f"{shape[0]} features"
        raise ValueError(f"from names tokens, and there it is {what}")
    if isinstance(shape, Windows):
        raise ValueError(f"from names tokens in windows, {times(shape)}; end them first")


@kind(
    "window-attention",
    compared=False,
    also="shifted-window-attention swin-attention local-attention",
    tokens=True,
    since="0.2",
)
def window_attention(
    net: Builder,
    attending: Attending,
    window: WindowSize = 7,
    position_bias: PositionBiasName = "table",
) -> None:
    """Attention among the tokens of each window of a map, which may be shifted.

    Swin, arXiv 2103.14030.
    """
    attend(net, "", attending._replace(window=window, position_bias=position_bias))


def attend(net: Builder, scope: str, how: Attending, keys: int | None = None) -> None:
    """Append an attention of the tokens that come in, to themselves or to those of a node.

    Raises:
        ValueError: it cannot be made, or not in this spelling.
    """
    cut = _cut(net, how)
    if cut is not None:
        if keys is not None:
            raise ValueError("attention in windows is of tokens to themselves")
        if any(cut.shift) and how.spelling == "multihead":
            raise ValueError("nn.MultiheadAttention has no mask of shifted windows here; use sdpa")
        net.add(f"{scope}windows", ToWindows(cut))
    if how.spelling == "multihead":
        _multihead(net, scope, how, keys)
    else:
        _attend(net, scope, how, keys)
    if cut is not None:
        net.add(f"{scope}map", FromWindows(cut))


def _cut(net: Builder, how: Attending) -> Cut | None:
    """How the map that the tokens were made of is cut into windows, if it is."""
    if how.window is None:
        if how.shift != 0:
            raise ValueError("shift is of windows, and there is no window")
        return None
    size = map_of(net, "attention in windows")
    window, shift = (
        per_axis(n, v, len(size)) for n, v in (("window", how.window), ("shift", how.shift))
    )
    if any(step >= wide for step, wide in zip(shift, window, strict=True)):
        raise ValueError(f"shift {times(shift)} is no less than window {times(window)}")
    # A window that has all of an axis is not shifted along it, as in torchvision's code.
    kept = [0 if wide >= n else step for n, wide, step in zip(size, window, shift, strict=True)]
    return Cut(size, window, tuple(kept))


def map_of(net: Builder, what: str) -> Axes:
    """The size of the map that the tokens which come in are the positions of."""
    shape = require_tokens(net, what)
    if prod(shape.of) != shape[-2] or not shape.of:
        made = f", which had {times(shape.of)} positions" if shape.of else ""
        raise ValueError(f"{what} needs the tokens of a map, not {times(shape)}{made}")
    return shape.of


def _attend(net: Builder, scope: str, how: Attending, keys: int | None) -> None:
    channels = net.channels
    each = how.head_size or _head_size(channels, how)
    if not how.project and (keys is not None or channels != how.parts * each):
        raise ValueError(
            f"without projections an attention reads {how.parts} heads of {each} channels, those "
            f"of queries, keys and values, not {channels} channels, and nothing else"
        )
    query, key, value = _projected(net, scope, how, each, keys)
    _product(net, scope, how, query, key, value)
    net.add(f"{scope}merge", MergeHeads())
    if not how.project:
        return
    net.linear(f"{scope}proj", channels, bias=how.bias, form=how.form)
    if how.dropout:
        net.add(f"{scope}drop", Activation("dropout"), form=how.form)


def _head_size(channels: int, how: Attending) -> int:
    if channels % how.parts:
        among = " of queries, keys and values" if not how.project else ""
        raise ValueError(f"{channels} channels cannot be divided into {how.parts} heads{among}")
    return channels // how.parts


def _multihead(net: Builder, scope: str, how: Attending, keys: int | None) -> None:
    """Append `nn.MultiheadAttention`, which has no more options than these."""
    plain = how._replace(
        kv_heads=how.heads,
        head_size=None,
        qkv_bias=how.bias,
        qk_norm="none",
        form="module",
        position_bias="none",
        cosine=False,
        project=True,
    )
    if how != plain:
        raise ValueError(
            "nn.MultiheadAttention has no kv_heads, head_size, qkv_bias, qk_norm, form, "
            "position_bias, cosine or project of its own; give another spelling"
        )
    if keys is not None and _written(net, keys) == _written(net, net.last):
        keys = None  # torch asks whether queries and keys are one tensor
    read = (net.last,) if keys is None else (net.last, keys)
    shape = net.nodes[read[-1]].shape
    op = MultiheadAttention(
        net.channels,
        how.heads,
        shape[-2],
        shape[-1],
        how.bias,
        how.need_weights,
        how.causal,
        keys is not None,
    )
    net.add(f"{scope}attention", op, *read)


def _written(net: Builder, node: int) -> int:
    """The node that wrote what a node leaves: dropout hands on what it reads."""
    op = net.nodes[node].op
    if isinstance(op, Activation) and op.function in ("dropout", "identity"):
        return _written(net, net.nodes[node].sources[0])
    return node


def _projected(
    net: Builder, scope: str, how: Attending, each: int, keys: int | None
) -> tuple[int, int, int]:
    """Append what makes queries, keys and values; returns their nodes, in heads."""
    start, wide, narrow = net.last, how.heads * each, how.kv_heads * each
    ends = []

    def heads(name: str, source: int, begin: int, end: int, count: int) -> None:
        net.add(f"{scope}{name}.heads", SplitHeads(count, begin, end), source)
        if how.qk_norm != "none" and name != "v":
            net.norm(f"{scope}{name}.norm", Finish(norm=how.qk_norm))
        if how.cosine and name != "v":
            net.add(f"{scope}{name}.unit", Normalize())
        if count < how.heads:
            net.add(f"{scope}{name}.repeat", RepeatHeads(how.heads // count))
        ends.append(net.last)

    made = (("q", wide, how.heads), ("k", narrow, how.kv_heads), ("v", narrow, how.kv_heads))
    if not how.project or (keys is None and wide == narrow):
        if how.project:
            net.linear(f"{scope}qkv", 3 * wide, bias=how.qkv_bias, form=how.form)
        together, begin = net.last, 0
        for name, out, count in made:
            heads(name, together, begin, begin + out, count)
            begin += out
    else:
        for name, out, count in made:
            net.last = start if name == "q" or keys is None else keys
            net.linear(f"{scope}{name}", out, bias=how.qkv_bias, form=how.form)
            heads(name, net.last, 0, out, count)
    query, key, value = ends
    return query, key, value


def _product(net: Builder, scope: str, how: Attending, query: int, key: int, value: int) -> None:
    """Append the products of queries by keys and of their weights by values."""
    length, each = net.nodes[key].shape[-2:]
    cut = getattr(net.nodes[query].shape, "cut", None)
    window = cut.tokens if cut else net.nodes[query].shape.of  # type: ignore[attr-defined]
    masked = cut is not None and any(cut.shift)
    if how.position_bias != "none" and prod(window) != length:
        raise ValueError(
            "position_bias needs the tokens of a map, as of patch-embed, or --tokens 14x14"
        )
    if how.spelling == "sdpa":
        _fused(net, scope, how, (query, key, value), window, masked)
        return
    called = how.spelling == "torch-matmul" or how.form == "function"
    function = "torch" if called else "operator"
    scaled = query
    if not how.cosine:
        net.add(f"{scope}scale", RootScale("mul", channels=each), query)
        scaled = net.last
    net.add(f"{scope}swap", SwapLast(), key)
    # Of a cosine attention torchvision and Swin's authors write this product with an @.
    how_scores = "operator" if how.cosine else function
    net.add(f"{scope}scores", Matmul(each), scaled, net.last, form=how_scores)
    if how.cosine:
        net.add(f"{scope}scale", HeadScale(how.heads))
    if how.position_bias == "table":
        net.add(f"{scope}bias", PositionBias(how.heads, window))
    elif how.position_bias == "mlp":
        _bias_of_mlp(net, f"{scope}bias.", how, window)
    if how.causal or masked:
        net.add(f"{scope}mask", Mask("causal" if how.causal else "window"))
    net.add(f"{scope}softmax", Softmax(-1), form="function" if called else "torch")
    if how.dropout:
        net.add(f"{scope}weights_drop", Activation("dropout"), form=how.form)
    net.add(f"{scope}weigh", Matmul(length), net.last, value, form=function)


def _fused(
    net: Builder,
    scope: str,
    how: Attending,
    read: tuple[int, int, int],
    window: Axes,
    masked: bool,
) -> None:
    """Append `F.scaled_dot_product_attention`, with what it is given to add to the weights."""
    if how.cosine or how.position_bias == "mlp":
        raise ValueError("cosine and position_bias mlp are for the spelling matmul")
    length, each = net.nodes[read[1]].shape[-2:]
    if how.position_bias == "none" and not masked:
        net.add(f"{scope}attend", Attention(length, each, each, how.causal), *read)
        return
    table = window if how.position_bias == "table" else ()
    sizes = length, each, each
    op = BiasedAttention(*sizes, how.causal, heads=how.heads, area=table, masked=masked)
    net.add(f"{scope}attend", op, *read)


def _bias_of_mlp(net: Builder, scope: str, how: Attending, window: Axes) -> None:
    """Append the mlp that makes a bias of distances, and add it: Swin V2, arXiv 2111.09883."""
    scores = net.last
    net.add(f"{scope}distances", Distances(window))
    net.linear(f"{scope}fc1", 512)
    net.activation(f"{scope}act", "relu")
    if how.dropout:
        net.add(f"{scope}drop", Activation("dropout"))
    net.linear(f"{scope}fc2", how.heads, bias=False)
    net.add(f"{scope}gather", ByDistance(window))
    net.activation(f"{scope}gate", "sigmoid", "torch")
    net.add(f"{scope}scale", Elementwise("mul", 16))
    net.add(f"{scope}add", Elementwise("add"), scores, net.last)
