"""What a module holds and no call used: nodes that are not run, for their parameters' sake."""

from __future__ import annotations

from math import prod

from torch import nn

from convcost.ops.called import Parameter
from convcost.ops.convolutions import Conv
from convcost.ops.maps import Activation, Norm
from convcost.ops.op import Op
from convcost.ops.products import Linear
from convcost.ops.tokens import Embedding
from convcost.ops.transposed import TransposedConv

NORMS = {"BatchNorm": "batch", "InstanceNorm": "instance", "SyncBatchNorm": "sync"}
"""Classes of norms of channels, by how their names begin."""


def op_of_module(module: nn.Module) -> Op | None:
    """The op that a module would be if it were called; None where its classes do not say it.

    What it is called with would say the rest, such as the padding of a convolution by a word.
    """
    weight, bias = getattr(module, "weight", None), getattr(module, "bias", None) is not None
    if weight is None:
        return None
    if isinstance(module, nn.modules.conv._ConvNd):
        window = module.kernel_size, module.stride, (0,) * len(module.kernel_size), module.dilation
        channels = module.in_channels, module.out_channels
        if module.transposed:
            extra = module.output_padding
            return TransposedConv(*channels, *window, extra, module.groups, bias)
        return Conv(*channels, *window, module.groups, bias)
    if isinstance(module, nn.Linear):
        return Linear(module.in_features, module.out_features, bias)
    if isinstance(module, nn.modules.batchnorm._NormBase):
        name = next(name for cls in type(module).__mro__ for name in NORMS if name in cls.__name__)
        return Norm(NORMS[name], module.num_features, shift=bias)
    if isinstance(module, nn.GroupNorm):
        return Norm("group", module.num_channels, module.num_groups, shift=bias)
    if isinstance(module, nn.LayerNorm | nn.RMSNorm):
        name = "layer" if isinstance(module, nn.LayerNorm) else "rms"
        return Norm(name, prod(module.normalized_shape), shift=bias or name == "rms")
    if isinstance(module, nn.PReLU):
        return Activation("prelu", weight.numel())
    if isinstance(module, nn.Embedding):
        return Embedding(module.num_embeddings, module.embedding_dim)
    return None


def parameters_of(module: nn.Module) -> list[tuple[str, Parameter]]:
    """The parameters that a module holds itself, by name."""
    leaf = not any(True for _ in module.children())
    return [
        (name, Parameter(tuple(parameter.shape), place_of(name, leaf)))
        for name, parameter in module.named_parameters(recurse=False)
    ]


def place_of(name: str, leaf: bool) -> str:
    """How a parameter of this name is held, see `Parameter.place`."""
    if not leaf:
        return ""
    return "weight" if name in ("weight", "bias") else "leaf"
