"""What a call comes to that no reader knows: read off the kernels that torch ran for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple

from convcost.ops.called import Called, CalledProducts, Opaque
from convcost.ops.op import Op

if TYPE_CHECKING:
    from torch import Tensor
    from torch._ops import OpOverload

Sizes = tuple[int, ...]


class Kernel(NamedTuple):
    """A kernel that was run: torch's, by its name, or one of somebody's own.

    Attributes:
        name: such as `mm`, with its library in front where that is not torch.
        product: the sizes that are multiplied, of one that multiplies and accumulates.
        known: whether it is known what it costs.
        moves: whether it only moves elements, or makes new ones.
    """

    name: str
    product: Sizes = ()
    known: bool = True
    moves: bool = False


def kernel_of(function: OpOverload, args: Sequence[Any], written: Any) -> Kernel:
    """What is known of a kernel that was called with these, and wrote this."""
    import torch

    library, _, name = str(function._schema.name).partition("::")
    if library not in ("aten", "prims", "prim"):
        whole = f"{library}::{name}"
        return Kernel(whole, known=whole in OF_TORCHVISION)
    if name in PRODUCTS:
        return Kernel(name, PRODUCTS[name](args, written))
    plain = name.rstrip("_").removeprefix("_")
    if function.is_view or plain in MOVES:
        return Kernel(name, moves=True)
    return Kernel(name, known=torch.Tag.pointwise in function.tags or plain in COMPUTES)


def op_of(name: str, kernels: Sequence[Kernel]) -> Op:
    """A function of a name, that ran these kernels, as an op."""
    strange = [kernel.name for kernel in kernels if not kernel.known]
    if strange:
        return Opaque(strange[0] if "::" in strange[0] else name)
    products = [kernel for kernel in kernels if kernel.product]
    if products:
        sizes = tuple([kernel.product for kernel in products])
        return CalledProducts(name, products[0].name, sizes)
    return Called(name, all(kernel.moves for kernel in kernels))


def _matrices(first: int) -> Callable[[Sequence[Any], Tensor], Sizes]:
    """The sizes of a product of two matrices, or of as many of them, which are these arguments."""

    def sizes(args: Sequence[Any], written: Tensor) -> Sizes:
        one, other = args[first], args[first + 1]
        return (*one.shape, *other.shape[-1:]) if other.dim() > 1 else tuple(one.shape)

    return sizes


def _convolution(args: Sequence[Any], written: Tensor) -> Sizes:
    """Elements of what is larger, read or written, by what each of them is multiplied with."""
    transposed = len(args) > 6 and args[6]
    return (args[0] if transposed else written).numel(), prod(args[1].shape[1:])


def _attention(args: Sequence[Any], written: Any) -> Sizes:
    """Queries by keys by the features of both and of values."""
    query, key, value = args[:3]
    return prod(query.shape[:-1]), key.shape[-2], query.shape[-1] + value.shape[-1]


PRODUCTS: dict[str, Callable[[Sequence[Any], Any], Sizes]] = {
    **dict.fromkeys(("mm", "bmm", "mv", "dot", "vdot"), _matrices(0)),
    **dict.fromkeys(
        ("addmm", "addmv", "baddbmm", "addbmm", "_addmm_activation", "addmm_", "baddbmm_"),
        _matrices(1),
    ),
    **dict.fromkeys(("convolution", "_convolution"), _convolution),
    **{
        f"_scaled_dot_product_{way}": _attention
        for way in (
            "flash_attention",
            "flash_attention_for_cpu",
            "efficient_attention",
            "cudnn_attention",
            "fused_attention_overrideable",
            "attention_math",
        )
    },
}
"""Kernels that multiply and accumulate, and the sizes that they multiply."""

_MOVES = """
    alias arange as_strided as_strided_copy bernoulli block_diag cat channel_shuffle chunk
    clone col2im conj conj_physical constant_pad_nd copy detach diag_embed empty empty_like
    empty_permuted empty_strided expand expand_copy exponential eye fill flip full full_like
    gather im2col index index_copy index_fill index_put index_select lift lift_fresh linspace
    local_scalar_dense logspace masked_fill masked_scatter masked_select narrow native_dropout
    new_empty new_empty_strided new_full new_ones new_zeros nonzero normal ones ones_like
    pack_padded_sequence permute pin_memory pixel_shuffle pixel_unshuffle put rand rand_like
    randint randint_like randn randn_like random randperm reflection_pad1d reflection_pad2d
    reflection_pad3d repeat repeat_interleave replication_pad1d replication_pad2d
    replication_pad3d reshape_alias reshape_copy resize resize_as resolve_conj resolve_neg
    roll rot90 scalar_tensor scatter select select_copy select_scatter set slice slice_copy
    slice_scatter split split_copy split_with_sizes split_with_sizes_copy squeeze squeeze_copy
    stack t t_copy take to_copy transpose transpose_copy tril tril_indices triu triu_indices
    unbind unbind_copy unfold unfold_copy uniform unsafe_chunk unsafe_index unsafe_split
    unsafe_split_with_sizes unsafe_view unsqueeze unsqueeze_copy view view_as_complex
    view_as_real view_copy zero zeros zeros_like
"""
MOVES = frozenset(_MOVES.split())
"""Kernels that move elements or make new ones, by their names without a line at either end."""

_COMPUTES = """
    adaptive_avg_pool1d adaptive_avg_pool2d adaptive_avg_pool3d adaptive_max_pool2d
    adaptive_max_pool3d affine_grid_generator all amax amin aminmax any argmax argmin argsort
    assert_async avg_pool1d avg_pool2d avg_pool3d batch_norm_no_update batch_norm_with_update
    bincount bucketize count_nonzero cross cummax cummin cumprod cumsum diff dist embedding
    embedding_bag equal foreach_add fractional_max_pool2d fractional_max_pool3d fused_rms_norm
    glu grid_sampler_2d grid_sampler_3d histc index_add index_put_impl index_reduce isin
    kthvalue linalg_cross linalg_vector_norm log_sigmoid_forward log_softmax logcumsumexp
    logsumexp masked_softmax max max_pool2d_with_indices max_pool3d_with_indices mean median
    min mode nan_to_num nanmedian native_batch_norm native_batch_norm_legit
    native_batch_norm_legit_no_training native_group_norm native_layer_norm norm one_hot pdist
    prod renorm rrelu_with_noise safe_softmax scatter_add scatter_reduce searchsorted
    segment_reduce softmax sort std std_mean sum topk trace unique unique2 unique_consecutive
    unique_dim upsample_bicubic2d upsample_bicubic2d_aa upsample_bilinear2d
    upsample_bilinear2d_aa upsample_linear1d upsample_nearest1d upsample_nearest2d
    upsample_nearest3d upsample_nearest_exact1d upsample_nearest_exact2d
    upsample_nearest_exact3d upsample_trilinear3d var var_mean weight_norm_interface
"""
COMPUTES = frozenset(_COMPUTES.split())
"""Kernels that compute without multiplying and accumulating matrices, beside those on elements."""

OF_TORCHVISION = frozenset(
    f"torchvision::{name}"
    for name in ("nms", "roi_align", "roi_pool", "ps_roi_align", "ps_roi_pool")
)
"""Those of torchvision, which sort boxes, and read maps at positions."""
