"""What functions of torch keep that captured code calls, and that have no record of their own."""

from __future__ import annotations

from convcost.ops.called import STOPPING, Called, CalledProducts
from convcost.training.keeping.site import INDEX, NOTHING, UNKNOWN, Kept, Site, kept

_NOTHING = """
    add sub rsub neg cat concat stack pad roll flip mean sum clone contiguous to float half type
    type_as double copy_ tril triu repeat repeat_interleave tile cumsum round floor ceil sign
    sub_ add_ lerp rot90 pixel_shuffle pixel_unshuffle channel_shuffle constant_pad_nd slice_scatter
    _to_copy alias lift_fresh zero_ fill_ im2col col2im unfold fold interpolate upsample
    einops.rearrange select_scatter hstack vstack addcmul_ broadcast_to expand_copy
"""
_INPUT = """
    pow square log log2 log10 log1p abs clamp clamp_min clamp_max erf erfc sin cos tan asin acos
    atan sinh cosh var std norm vector_norm linalg_vector_norm logsumexp softplus gelu silu
    hardtanh hardswish hardsigmoid mish leaky_relu elu selu celu avg_pool1d avg_pool2d avg_pool3d
    adaptive_avg_pool1d adaptive_avg_pool2d adaptive_avg_pool3d lp_pool2d prod clip __pow__
"""
_OUTPUT = (
    "exp expm1 sqrt rsqrt reciprocal sigmoid tanh relu softmax log_softmax relu_ sigmoid_ tanh_"
)
_BOTH = "mul div mul_ div_ true_divide maximum minimum atan2 dot outer addcmul addcdiv"
_MASK = "masked_fill masked_fill_ where"
_INDEX = "index gather index_select take_along_dim max min amax_indices topk sort"

_RULES: dict[str, str] = {
    **dict.fromkeys(_NOTHING.split(), "nothing"),
    **dict.fromkeys(_INPUT.split(), "input"),
    **dict.fromkeys(_OUTPUT.split(), "output"),
    **dict.fromkeys(_BOTH.split(), "both"),
    **dict.fromkeys(_MASK.split(), "mask"),
    **dict.fromkeys(_INDEX.split(), "index"),
}
"""What each function keeps, by its name."""


@kept.register
def _called(op: Called, site: Site) -> Kept:
    """By the name of the function; unknown if it is none of those."""
    rule = _RULES.get(op.function, "")
    if op.view or op.still or op.function in STOPPING or rule == "nothing":
        return NOTHING
    if rule == "input":
        return Kept((0,))
    if rule == "output":
        return Kept(written=True)
    if rule == "mask":
        return Kept(bits=8 * site.wrote)
    if rule == "index":
        return Kept(bits=INDEX * site.wrote)
    if rule == "both":
        if len(site.reads) < 2:  # the other is a number
            return NOTHING
        return Kept((1,) * site.needs[0] + (0,) * site.needs[1])
    return UNKNOWN


@kept.register
def _called_products(op: CalledProducts, site: Site) -> Kept:
    """All factors, each for the gradient of the others."""
    added = len(site.reads) - op.factors(len(site.reads))
    return Kept(tuple(range(added, len(site.reads))))
