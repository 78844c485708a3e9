"""Blocks of transformers, and what stands between their stages."""

from typing import Annotated

from convcost.graph.builder import Builder, Finish
from convcost.kinds.attending import Attending
from convcost.kinds.attention import attend, map_of
from convcost.kinds.parameters import (
    ActName,
    Bias,
    Hidden,
    NormName,
    Out,
    Ratio,
    UseLayerScale,
)
from convcost.kinds.registry import kind
from convcost.kinds.tokens import append_mlp, require_tokens, widened
from convcost.ops.maps import Activation, Elementwise, LayerScale
from convcost.ops.partitions import MergePatches
from convcost.values.words import Choice, Flag

NormAt = Annotated[
    str,
    Choice(("pre", "post", "res-post"), "place"),
    "where the norms of a block are: pre (before attention and mlp), post (behind the sums), "
    "res-post (behind attention and mlp, before the sums; Swin V2)",
]
DropPath = Annotated[bool, Flag(), "have drop path, which does nothing outside of training"]


@kind(
    "transformer-block",
    compared=False,
    also="transformer encoder-layer encoder-block transformer-encoder transformer-layer vit-block "
    "swin-block transformerencoderlayer transformerencoder transformerblock",
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
    norm_at: NormAt = "pre",
    layer_scale: UseLayerScale = False,
    drop_path: DropPath = False,
) -> None:
    """Attention and an mlp, each with a norm, and added to what came in.

    ViT, arXiv 2010.11929; norms behind the sums as in 1706.03762; layer scale of CaiT, 2103.17239.
    """
    require_tokens(net, "transformer-block")
    if not attending.project:
        raise ValueError("transformer-block has projections; project is for attention alone")
    channels = net.channels
    inner = hidden or widened(channels, ratio)
    for scope in ("attention.", "mlp."):
        start = net.last
        _norm(net, f"{scope}norm", norm if norm_at == "pre" else "none")
        if scope == "attention.":
            attend(net, scope, attending)
        else:
            append_mlp(net, scope, channels, inner, act, attending.bias, attending.dropout)
        _norm(net, f"{scope}norm", norm if norm_at == "res-post" else "none")
        if layer_scale:
            net.add(f"{scope}layer_scale", LayerScale(channels))
        if drop_path:
            net.add(f"{scope}drop_path", Activation("identity"))
        net.add(f"{scope}add", Elementwise("add"), start, net.last)
        _norm(net, f"{scope}norm", norm if norm_at == "post" else "none")


@kind("patch-merging", compared=False, also="patchmerging merge-patches", tokens=True, since="0.2")
def patch_merging(
    net: Builder,
    out: Out,
    norm: NormName = "layer",
    norm_at: NormAt = "pre",
    bias: Bias = False,
) -> None:
    """Of 2 x 2 tokens of a map one, by a norm and a linear layer of all their channels.

    Swin, arXiv 2103.14030; the norm behind the layer in Swin V2, 2111.09883.
    """
    net.add("merge", MergePatches(map_of(net, "patch-merging")))
    _norm(net, "norm", norm if norm_at == "pre" else "none")
    net.linear("linear", out, bias=bias)
    _norm(net, "norm", norm if norm_at != "pre" else "none")


def _norm(net: Builder, path: str, norm: str) -> None:
    if norm != "none":
        net.norm(path, Finish(norm=norm))
