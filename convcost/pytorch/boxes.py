"""Operators on boxes in Python, where torchvision's own library does not fit the torch here."""

from __future__ import annotations

import sys
from typing import Any

import torch
from torch import Tensor

_LIBRARIES: list[Any] = []


def prepare() -> None:
    """Let networks that detect run, also without torchvision's library; what they cost is the same.

    Tools see calls of `torchvision::nms` and `torchvision::roi_align`, and nothing of what is in
    them, as where that library is there. Nothing is done where torchvision is not imported.
    """
    extension = sys.modules.get("torchvision.extension")
    if extension is None or extension._has_ops() or _LIBRARIES:
        return
    library: Any = torch.library.Library("torchvision", "FRAGMENT")  # type: ignore[no-untyped-call]
    library.define(
        "roi_align(Tensor input, Tensor rois, float spatial_scale, SymInt pooled_height, "
        "SymInt pooled_width, int sampling_ratio, bool aligned) -> Tensor"
    )
    align = sys.modules["torchvision.ops.roi_align"]
    for name, function in {"nms": suppressed, "roi_align": align._roi_align.__wrapped__}.items():
        library.impl(name, function, "CPU")
    _LIBRARIES.append(library)  # which is undone when it is collected
    for module in (align, sys.modules["torchvision.ops.boxes"]):
        vars(module).update(_assert_has_ops=_assert_has_ops, _has_ops=_has_ops)


def _assert_has_ops() -> None:
    """They are there now; torch compiles this where it traces."""


def _has_ops() -> bool:
    return True


def suppressed(boxes: Tensor, scores: Tensor, threshold: float) -> Tensor:
    """The boxes that overlap with none of a higher score by more than a threshold, best first.

    In numpy: what torch did here would be a part of traces.
    """
    import numpy as np

    corners = boxes.detach().numpy()
    areas = (corners[:, 2:] - corners[:, :2]).prod(axis=1)
    left, kept = np.argsort(-scores.detach().numpy(), kind="stable"), []
    while len(left):
        best, left = left[0], left[1:]
        kept.append(best)
        low = np.maximum(corners[best, :2], corners[left, :2])
        high = np.minimum(corners[best, 2:], corners[left, 2:])
        shared = (high - low).clip(min=0).prod(axis=1)
        left = left[shared <= threshold * (areas[best] + areas[left] - shared)]
    return torch.from_numpy(np.array(kept, dtype=np.int64))
