"""Calls that multiply and accumulate: convolutions, linear layers, products, attention."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from convcost.ops.attention import MultiheadAttention
from convcost.ops.convolutions import SPELLED, DeformConv, ModulatedDeformConv
from convcost.ops.partitions import BiasedAttention
from convcost.ops.products import Attention, Einsum, Linear, Matmul
from convcost.ops.recurrent import Recurrent, RecurrentCell
from convcost.ops.transposed import TransposedConv
from convcost.ops.windows import same_sides
from convcost.pytorch.capture.readers.reading import Read, axes, reads, there

if TYPE_CHECKING:
    from torch import Tensor


@reads(*[f"{place}conv{dims}d" for place in ("F.", "torch.") for dims in (1, 2, 3)])
def conv(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Read:
    """A convolution, also where its padding is a word."""
    out, _, *kernel = weight.shape
    count = len(kernel)
    steps, reach = axes(stride, count), axes(dilation, count)
    spelled = padding if isinstance(padding, str) else ""
    if spelled == "same":
        zeros = tuple([before for before, _ in same_sides(tuple(kernel), reach)])
    else:
        zeros = axes(0 if spelled else padding, count)
    channels = weight.shape[1] * groups
    op = SPELLED[spelled](
        channels, out, tuple(kernel), steps, zeros, reach, groups, bias is not None
    )
    return Read(op, (input,), there(weight, bias), unbatched=input.dim() == count + 1)


@reads(*[f"{place}conv_transpose{dims}d" for place in ("F.", "torch.") for dims in (1, 2, 3)])
def transposed_conv(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Any = 1,
    padding: Any = 0,
    output_padding: Any = 0,
    groups: int = 1,
    dilation: Any = 1,
) -> Read:
    """A transposed convolution."""
    channels, out, *kernel = weight.shape
    count = len(kernel)
    op = TransposedConv(
        channels,
        out * groups,
        tuple(kernel),
        axes(stride, count),
        axes(padding, count),
        axes(dilation, count),
        axes(output_padding, count),
        groups,
        bias is not None,
    )
    return Read(op, (input,), there(weight, bias), unbatched=input.dim() == count + 1)


@reads("torchvision.ops.deform_conv.deform_conv2d", "torchvision.deform_conv2d")
def deform_conv(
    input: Tensor,
    offset: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    mask: Tensor | None = None,
) -> Read:
    """A deformable convolution over two axes."""
    out, channels, *kernel = weight.shape
    steps, zeros, reach = axes(stride, 2), axes(padding, 2), axes(dilation, 2)
    make = DeformConv if mask is None else ModulatedDeformConv
    whole, groups = input.shape[1], input.shape[1] // channels
    op = make(whole, out, tuple(kernel), steps, zeros, reach, groups, bias is not None)
    return Read(op, there(input, offset, mask), there(weight, bias))


@reads("F.linear", "torch.linear")
def linear(input: Tensor, weight: Tensor, bias: Tensor | None = None) -> Read | None:
    """A linear layer over the last axis."""
    if weight.dim() != 2:
        return None
    out, width = weight.shape
    op = Linear(width, out, bias is not None)
    return Read(op, (input,), there(weight, bias), unbatched=input.dim() == 1)


@reads("torch.matmul", "torch.Tensor.matmul", "torch.Tensor.__matmul__")
def matmul(input: Tensor, other: Tensor) -> Read | None:
    """A product of two inputs that have both rows and columns."""
    if min(input.dim(), other.dim()) < 2:
        return None
    return Read(Matmul(input.shape[-1]), (input, other))


@reads("torch.bmm", "torch.Tensor.bmm")
def bmm(input: Tensor, mat2: Tensor) -> Read:
    """A product for each sample."""
    return Read(Matmul(input.shape[-1], "bmm"), (input, mat2))


@reads("torch.baddbmm", "torch.Tensor.baddbmm")
def baddbmm(
    input: Tensor, batch1: Tensor, batch2: Tensor, *, beta: Any = 1, alpha: Any = 1
) -> Read:
    """A product for each sample, and a sum."""
    written = len(batch1) * batch1.shape[1] * batch2.shape[2]
    each = len(batch1) > 1 and input.numel() == written
    return Read(Matmul(batch1.shape[-1], "baddbmm", each), (batch1, batch2, input))


@reads("torch.einsum", "torch.functional.einsum")
def einsum(equation: str, *operands: Any) -> Read | None:
    """An einsum of two inputs whose first label is the batch's, in all of them."""
    if len(operands) == 1 and isinstance(operands[0], list | tuple):
        operands = tuple(operands[0])
    labels, arrow, written = equation.replace(" ", "").partition("->")
    first, _, second = labels.partition(",")
    if len(operands) != 2 or not arrow or "." in equation or not first or not second:
        return None
    sizes: dict[str, int] = {}
    for names, tensor in zip((first, second), operands, strict=True):
        sizes |= dict(zip(names, tensor.shape, strict=True))
    batch = first[0]
    alone = {label for label in set(first) ^ set(second) if label not in written}
    if second[0] != batch or written[:1] != batch or alone:
        return None
    kept = tuple([(label, size) for label, size in sizes.items() if label != batch])
    return Read(Einsum(f"{labels}->{written}", kept), tuple(operands))


@reads("F.scaled_dot_product_attention")
def attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attn_mask: Tensor | None = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
    enable_gqa: bool = False,
) -> Read:
    """Attention of queries, keys and values that are there already."""
    sizes = key.shape[-2], query.shape[-1], value.shape[-1]
    unfused = any(each.stride(-1) != 1 for each in (query, key, value))
    shared = any(each.shape[:-2] != query.shape[:-2] for each in (key, value))
    if attn_mask is None:
        return Read(Attention(*sizes, is_causal, unfused, shared), (query, key, value))
    unfused = unfused or attn_mask.dim() not in (2, 4)
    op = BiasedAttention(*sizes, is_causal, unfused, shared, masked=True)
    return Read(op, (query, key, value, attn_mask))


@reads("F.multi_head_attention_forward")
def multihead(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    embed_dim_to_check: int,
    num_heads: int,
    in_proj_weight: Tensor | None,
    in_proj_bias: Tensor | None,
    bias_k: Tensor | None,
    bias_v: Tensor | None,
    add_zero_attn: bool,
    dropout_p: float,
    out_proj_weight: Tensor,
    out_proj_bias: Tensor | None,
    training: bool = True,
    key_padding_mask: Tensor | None = None,
    need_weights: bool = True,
    attn_mask: Tensor | None = None,
    use_separate_proj_weight: bool = False,
    q_proj_weight: Tensor | None = None,
    k_proj_weight: Tensor | None = None,
    v_proj_weight: Tensor | None = None,
    **others: Any,
) -> Read | None:
    """All of `nn.MultiheadAttention`, whose tokens come before the samples."""
    plain = bias_k is None and bias_v is None and not add_zero_attn
    if not plain or query.dim() != 3 or key.shape != value.shape:
        return None
    masked = attn_mask is not None or key_padding_mask is not None
    tokens, samples, channels = query.shape
    op = MultiheadAttention(
        channels,
        num_heads,
        key.shape[0],
        key.shape[-1],
        out_proj_bias is not None,
        need_weights,
        masked,
        key is not query,
    )
    weights = there(
        in_proj_weight, q_proj_weight, k_proj_weight, v_proj_weight, in_proj_bias, out_proj_weight
    )
    maps = (query,) if key is query else (query, key)
    return Read(op, maps, there(*weights, out_proj_bias), (samples, tokens, channels))


def _recurrent(cell: str, given: tuple[Any, ...]) -> Read | None:
    """A recurrent layer, as its function is called: with tokens, not with a packed sequence."""
    x, _, flat, bias, layers, _, _, both, first = given
    if x.dim() != 3:
        return None
    hidden = flat[1].shape[1]
    sizes = x.shape[-1], hidden, int(layers), 1 + bool(both)
    op = Recurrent(cell, *sizes, bool(bias), not first)
    if op.params != sum([weight.numel() for weight in flat]):  # projected states
        return None
    samples, tokens = x.shape[:2] if first else (x.shape[1], x.shape[0])
    return Read(op, (x,), tuple(flat), (samples, tokens, hidden * (1 + bool(both))))


@reads("torch.lstm")
def lstm(*given: Any) -> Read | None:
    """An LSTM."""
    return _recurrent("lstm", given) if len(given) == 9 else None


@reads("torch.gru")
def gru(*given: Any) -> Read | None:
    """A GRU."""
    return _recurrent("gru", given) if len(given) == 9 else None


@reads("torch.rnn_tanh")
def rnn_tanh(*given: Any) -> Read | None:
    """A plain recurrent layer with tanh."""
    return _recurrent("tanh", given) if len(given) == 9 else None


@reads("torch.rnn_relu")
def rnn_relu(*given: Any) -> Read | None:
    """A plain recurrent layer with ReLU."""
    return _recurrent("relu", given) if len(given) == 9 else None


def _cell(cell: str, x: Tensor, states: tuple[Tensor, ...], weights: tuple[Any, ...]) -> Read:
    """A cell of a recurrent layer, with what it reads first."""
    both, hidden = weights[:2]
    op = RecurrentCell(cell, both.shape[1], hidden.shape[1], bias=weights[-1] is not None)
    return Read(op, (x, *states), there(*weights))


@reads("torch.lstm_cell")
def lstm_cell(input: Tensor, hx: Any, *weights: Any) -> Read:
    """One step of an LSTM, which has two states."""
    return _cell("lstm", input, tuple(hx), weights)


@reads("torch.gru_cell")
def gru_cell(input: Tensor, hx: Tensor, *weights: Any) -> Read:
    """One step of a GRU."""
    return _cell("gru", input, (hx,), weights)


@reads("torch.rnn_tanh_cell")
def rnn_tanh_cell(input: Tensor, hx: Tensor, *weights: Any) -> Read:
    """One step of an RNN."""
    return _cell("tanh", input, (hx,), weights)


@reads("torch.rnn_relu_cell")
def rnn_relu_cell(input: Tensor, hx: Tensor, *weights: Any) -> Read:
    """One step of an RNN with ReLUs."""
    return _cell("relu", input, (hx,), weights)
