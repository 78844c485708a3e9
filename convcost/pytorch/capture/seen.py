"""What tools see of a module beside the functions that it calls; see `Seen`."""

from __future__ import annotations

from collections.abc import Iterable
from math import prod
from typing import Any

from torch import Tensor, nn

from convcost.graph.calls import ENCODER_LAYER, TIMM_ATTENTION


def whole_of(module: nn.Module) -> str:
    """Which of `calls.WHOLE` a module is; nothing where it is none."""
    cls = type(module)
    if isinstance(module, nn.TransformerEncoderLayer):
        own = cls.forward is not nn.TransformerEncoderLayer.forward
        return ENCODER_LAYER if not own and _is_fast(module) else ""
    timm = cls.__name__ == "Attention" and cls.__module__ == "timm.layers.attention"
    return TIMM_ATTENTION if timm else ""


def _is_fast(layer: nn.TransformerEncoderLayer) -> bool:
    """Whether torch runs all of a layer as one kernel, where it needs no gradients.

    Source: the conditions in its `forward`.
    """
    attention = layer.self_attn
    return bool(
        isinstance(attention, nn.MultiheadAttention)
        and not layer.training
        and attention.batch_first
        and attention.in_proj_bias is not None
        and attention._qkv_same_embed_dim
        and layer.activation_relu_or_gelu
        and layer.norm1.eps == layer.norm2.eps
        and attention.num_heads % 2 == 0
    )


def own_weights(module: nn.Module, written: Any, batch: int, taken: bool) -> int:
    """Elements of weights and biases, by their names, each as often as there are rows for a sample.

    Rows are the first axis of what the module writes; of the two first where a name has more words
    than weight or bias, which are those of an op that the module is (`taken`). In a module that is
    called a convolution they are all positions.
    """
    tensors = [each for each in _flat(written) if isinstance(each, Tensor)]
    sizes = list(tensors[0].shape) if tensors else []
    if not sizes:
        return 0
    count, conv = 0, "Conv" in type(module).__name__
    for name, parameter in module.named_parameters(recurse=False):
        if name in ("weight", "bias"):
            rows = sizes[:1] + sizes[2:] if conv else sizes[:1]
            count += 0 if taken else parameter.numel() * prod(rows)
        elif "weight" in name or "bias" in name:
            count += parameter.numel() * prod(sizes[:2])
    return count // batch


def places_of(module: nn.Module) -> dict[int, int]:
    """At how many places of a tree each module stands, by identity."""
    found = {id(module): 1}
    order: list[nn.Module] = []

    def visit(each: nn.Module) -> None:
        for child in each.children():
            if id(child) not in found:
                found[id(child)] = 0
                visit(child)
        order.append(each)

    visit(module)
    for parent in reversed(order):
        for child in parent.children():
            found[id(child)] += found[id(parent)]
    return found


def repeated_in(modules: Iterable[nn.Module]) -> int:
    """Parameters of modules without children that are those of another of them, too."""
    leaves = [each for each in modules if next(each.children(), None) is None]
    every = [parameter for each in leaves for parameter in each.parameters()]
    once = {id(parameter): parameter.numel() for parameter in every}
    return sum(map(Tensor.numel, every)) - sum(once.values())


def _flat(written: Any) -> list[Any]:
    """The first of what is returned, however deep it lies."""
    while isinstance(written, list | tuple) and written:
        written = written[0]
    return [*written.values()][-1:] if isinstance(written, dict) else [written]
