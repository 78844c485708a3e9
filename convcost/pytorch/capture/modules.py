"""A module to be captured: made on the meta device, or a copy there of one that is made."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

META = torch.device("meta")


class _Uninitialised(TorchFunctionMode):
    """Leaves out what draws initial weights, which takes long and changes no cost."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        if getattr(func, "__name__", "") in _DRAWS:
            return args[0] if args else kwargs["tensor"]  # those of torch.nn.init have names
        return func(*args, **kwargs)


_DRAWS = frozenset(
    ("normal_", "uniform_", "trunc_normal_", "erfinv_", "exponential_", "bernoulli_")
)


def build(make: Callable[..., Any], args: Mapping[str, Any], real: bool) -> Any:
    """What a class or a function makes of its arguments: on the meta device if that is possible.

    Else on the CPU, without drawing initial weights, and if it is to run there (`real`) with them.

    Raises:
        Exception: whatever it raises on the CPU.
    """
    if real:
        torch.manual_seed(0)
        return make(**args)
    try:
        with META:
            return make(**args)
    except Exception:  # such as where sizes are read off a tensor that was computed
        with _Uninitialised():
            return make(**args)


def unwrapped(module: nn.Module) -> nn.Module:
    """The module within `torch.compile`, `DataParallel` and `DistributedDataParallel`."""
    while True:
        inner = getattr(module, "_orig_mod", None)
        if type(module).__name__ in ("DataParallel", "DistributedDataParallel"):
            inner = module.module
        if not isinstance(inner, nn.Module):
            return module
        module = inner


def on_meta(module: nn.Module) -> nn.Module:
    """A copy of a module on the meta device, whose weights take no memory; ties are kept.

    Raises:
        ValueError: it cannot be copied.
    """
    return copied(module, {id(tensor): _meta_of(tensor) for tensor in _tensors_of(module)})


def copied(module: nn.Module, memo: dict[int, Any] | None = None) -> nn.Module:
    """A copy of a module, in which some of what it has stands for what it had (`memo`).

    Raises:
        ValueError: it cannot be copied.
    """
    try:
        return copy.deepcopy(module, memo)
    except Exception as error:
        raise ValueError(f"it cannot be copied: {type(error).__name__}: {error}") from None


def _tensors_of(module: nn.Module) -> Iterator[Tensor]:
    """Parameters, buffers, and tensors that modules have as plain attributes."""
    yield from module.parameters()
    yield from module.buffers()
    for each in module.modules():
        yield from [value for value in vars(each).values() if isinstance(value, Tensor)]


def _meta_of(tensor: Tensor) -> Tensor:
    """A tensor of the same shape and type on the meta device."""
    moved = tensor.detach().to(META)
    if isinstance(tensor, nn.Parameter):
        return nn.Parameter(moved, requires_grad=tensor.requires_grad)
    return moved
