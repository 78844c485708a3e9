"""Kernels on the meta device whose results torch lays out in another way there than on a CPU."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from torch._prims_common import suggest_memory_format


def run_kernel(func: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
    """What a kernel writes, in the memory format in which a CPU writes it."""
    if func is _BATCH_NORM and args[0].is_meta and not args[5]:
        return _normalized(args[0])
    written = func(*args, **kwargs)
    if func is _CONVOLUTION and written.is_meta:
        return written.contiguous(memory_format=suggest_memory_format(args[0]))
    return written


_BATCH_NORM = torch.ops.aten.native_batch_norm.default
_CONVOLUTION = torch.ops.aten.convolution.default


def _normalized(x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """A batch norm in eval mode, which torch has in Python for meta: half of all a capture took."""
    written = torch.empty_like(x, memory_format=suggest_memory_format(x))
    return written, x.new_empty(0), x.new_empty(0)
