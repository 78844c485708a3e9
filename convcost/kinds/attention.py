"""Attention, and the blocks of transformers."""

from typing import Annotated, NamedTuple

from convcost.graph.attention import MultiheadAttention
from convcost.graph.builder import Builder, Finish
from convcost.graph.maps import Activation, Elementwise, LayerScale, Softmax
from convcost.graph.products import Attention, Matmul
from convcost.graph.tokens import Mask, MergeHeads, RepeatHeads, SplitHeads, SwapLast
from convcost.kinds.parameters import (
    NORMS,
    ActName,
    Bias,
    Dropout,
    Form,
    Hidden,
    NormName,
    Ratio,
    UseLayerScale,
)
from convcost.kinds.registry import bundle, kind
from convcost.kinds.tokens import append_mlp, require_tokens, widened
from convcost.kinds.values import Choice, Flag, MapName, Whole

SPELLINGS = Choice(
    ("sdpa", "matmul", "multihead"),
    "spelling",
    (
        *(("scaled-dot-product-attention", "sdpa"), ("fused", "sdpa"), ("softmax", "matmul")),
        *(("mha", "multihead"), ("multi-head", "multihead"), ("multiheadattention", "multihead")),
        ("nn.multiheadattention", "multihead"),
    ),
)

Heads = Annotated[int, Whole(), "heads of an attention", "h"]
KeyHeads = Annotated[
    int | None, Whole(), "heads of keys and values, each for several of the queries", "h_kv"
]
HeadSize = Annotated[int | None, Whole(), "channels of a head; channels / heads if not given", "d"]
QkvBias = Annotated[
    bool | None, Flag(), "give the projections of queries, keys and values a bias; as bias says"
]
QkNorm = Annotated[str, NORMS, "norm of queries and keys, head by head: layer or rms"]
Causal = Annotated[bool, Flag(), "let a token see those before it only"]
Spelling = Annotated[
    str,
    SPELLINGS,
    "how the source calls an attention, which profilers tell apart: sdpa "
    "(F.scaled_dot_product_attention), matmul (products and a softmax), multihead "
    "(nn.MultiheadAttention)",
]
NeedWeights = Annotated[
    bool, Flag(), "ask nn.MultiheadAttention for its weights, as is its default"
]
From = Annotated[
    int | str | None, MapName(), "the tokens that keys and values are made of, by their name"
]
PreNorm = Annotated[bool, Flag(), "have the norms before attention and mlp, not behind the sums"]
DropPath = Annotated[bool, Flag(), "have drop path, which does nothing outside of training"]


class Attending(NamedTuple):
    """How an attention is made, but for what it reads."""

    heads: int
    kv_heads: int
    head_size: int | None
    bias: bool
    qkv_bias: bool
    qk_norm: str
    dropout: bool
    causal: bool
    spelling: str
    need_weights: bool
    form: str


@bundle
def make_attending(
    dims: int,
    heads: Heads = 8,
    kv_heads: KeyHeads = None,
    head_size: HeadSize = None,
    bias: Bias = True,
    qkv_bias: QkvBias = None,
    qk_norm: QkNorm = "none",
    dropout: Dropout = False,
    causal: Causal = False,
    spelling: Spelling = "sdpa",
    need_weights: NeedWeights = True,
    form: Form = "module",
) -> Attending:
    """The parameters of attention."""
    kv_heads = heads if kv_heads is None else kv_heads
    qkv_bias = bias if qkv_bias is None else qkv_bias
    if heads % kv_heads:
        raise ValueError(f"{heads} heads cannot share {kv_heads} heads of keys and values")
    if qk_norm not in ("none", "layer", "rms"):
        raise ValueError(f"a norm of queries and keys is layer or rms, not {qk_norm}")
    how = (bias, qkv_bias, qk_norm, dropout, causal, spelling, need_weights, form)
    return Attending(heads, kv_heads, head_size, *how)


@kind(
    "attention",
    compared=False,
    also="self-attention multi-head-attention multihead-attention mha mhsa cross-attention msa",
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
    attend(net, "", attending, from_)


@kind(
    "transformer-block",
    compared=False,
    also="transformer encoder-layer transformer-encoder transformer-encoder-layer vit-block",
    tokens=True,
    since="0.2",
)
def transformer_block(
    net: Builder,
    attending: Attending,
    hidden: Hidden = None,
    ratio: Ratio = 4,
    act: ActName = "gelu",
    norm: NormName = "layer",
    pre_norm: PreNorm = True,
    layer_scale: UseLayerScale = False,
    drop_path: DropPath = False,
) -> None:
    """Attention and an mlp, each with a norm before it and added to what came in.

    ViT, arXiv 2010.11929; norms behind the sums as in 1706.03762; layer scale of CaiT, 2103.17239.
    """
    require_tokens(net, "transformer-block")
    channels = net.channels
    inner = hidden or widened(channels, ratio)

    def behind(scope: str, start: int) -> None:
        if layer_scale:
            net.add(f"{scope}scale", LayerScale(channels))
        if drop_path:
            net.add(f"{scope}drop_path", Activation("identity"))
        net.add(f"{scope}add", Elementwise("add"), start, net.last)
        if not pre_norm:
            _norm(net, f"{scope}norm", norm)

    for scope in ("attention.", "mlp."):
        start = net.last
        if pre_norm:
            _norm(net, f"{scope}norm", norm)
        if scope == "attention.":
            attend(net, scope, attending)
        else:
            append_mlp(net, scope, channels, inner, act, attending.bias, attending.dropout)
        behind(scope, start)


def _norm(net: Builder, path: str, norm: str) -> None:
    if norm != "none":
        net.norm(path, Finish(norm=norm))


def attend(net: Builder, scope: str, how: Attending, keys: int | None = None) -> None:
    """Append an attention of the tokens that come in, to themselves or to those of a node."""
    if how.spelling == "multihead":
        _multihead(net, scope, how, keys)
        return
    channels, each = net.channels, how.head_size
    if each is None:
        if channels % how.heads:
            raise ValueError(f"{channels} channels cannot be divided into {how.heads} heads")
        each = channels // how.heads
    query, key, value = _projected(net, scope, how, each, keys)
    _product(net, scope, how, query, key, value)
    net.add(f"{scope}merge", MergeHeads())
    net.linear(f"{scope}proj", channels, bias=how.bias, form=how.form)
    if how.dropout:
        net.add(f"{scope}drop", Activation("dropout"), form=how.form)


def _multihead(net: Builder, scope: str, how: Attending, keys: int | None) -> None:
    """Append `nn.MultiheadAttention`, which has no more options than these."""
    plain = (how.heads, None, how.bias, "none", "module")
    if plain != (how.kv_heads, how.head_size, how.qkv_bias, how.qk_norm, how.form):
        raise ValueError(
            "nn.MultiheadAttention has no kv_heads, head_size, qkv_bias, qk_norm or form of its "
            "own; give another spelling"
        )
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
        if count < how.heads:
            net.add(f"{scope}{name}.repeat", RepeatHeads(how.heads // count))
        ends.append(net.last)

    if keys is None and wide == narrow:
        net.linear(f"{scope}qkv", 3 * wide, bias=how.qkv_bias, form=how.form)
        made = net.last
        for index, name in enumerate("qkv"):
            heads(name, made, index * wide, (index + 1) * wide, how.heads)
    else:
        for name, out, count in (
            ("q", wide, how.heads),
            *((n, narrow, how.kv_heads) for n in "kv"),
        ):
            net.last = start if name == "q" or keys is None else keys
            net.linear(f"{scope}{name}", out, bias=how.qkv_bias, form=how.form)
            heads(name, net.last, 0, out, count)
    query, key, value = ends
    return query, key, value


def _product(net: Builder, scope: str, how: Attending, query: int, key: int, value: int) -> None:
    """Append the products of queries by keys and of their weights by values."""
    length, each = net.nodes[key].shape[-2:]
    if how.spelling == "sdpa":
        net.add(f"{scope}attend", Attention(length, each, each, how.causal), query, key, value)
        return
    function = "torch" if how.form == "function" else "operator"
    net.add(f"{scope}scale", Elementwise("mul"), query)
    scaled = net.last
    net.add(f"{scope}swap", SwapLast(), key)
    net.add(f"{scope}scores", Matmul(each), scaled, net.last, form=function)
    if how.causal:
        net.add(f"{scope}mask", Mask())
    net.add(f"{scope}softmax", Softmax(-1), form="function" if how.form == "function" else "torch")
    if how.dropout:
        net.add(f"{scope}weights_drop", Activation("dropout"), form=how.form)
    net.add(f"{scope}weigh", Matmul(length), net.last, value, form=function)
