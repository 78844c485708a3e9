"""Suppression of boxes in Python, where torchvision's own library does not fit the torch here."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from convcost.pytorch.capture.loading import prepare_torchvision

_LIBRARIES: list[Any] = []


def prepare() -> None:
    """Let networks that detect run, also without torchvision's library; what they cost is the same.

    Tools see a call of `torchvision::nms`, and nothing of what is in it.
    """
    prepare_torchvision()
    from torchvision import extension, ops

    if extension._has_ops() or _LIBRARIES:
        return
    library: Any = torch.library.Library("torchvision", "IMPL")  # type: ignore[no-untyped-call]
    library.impl("nms", _nms, "CPU")
    _LIBRARIES.append(library)  # which is undone when it is collected
    ops.boxes._assert_has_ops = _assert_has_ops  # type: ignore[attr-defined]


def _assert_has_ops() -> None:
    """What is there now; torch compiles this where it traces."""


def _nms(boxes: Tensor, scores: Tensor, threshold: float) -> Tensor:
    """The boxes that overlap with none of a higher score by more than a threshold, best first.

    In numpy: what torch did here would be a part of traces.
    """
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
