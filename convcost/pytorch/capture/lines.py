"""The line of the user's code that is running: the innermost that is neither torch's nor ours."""

from __future__ import annotations

import os
import sys
from functools import lru_cache
from importlib import util
from types import FrameType

from torch import jit, nn


def current_line(frame: FrameType | None) -> str:
    """`package/file.py:12` of the innermost frame of a user's, or nothing."""
    while frame is not None:
        name = shown(frame.f_code.co_filename)
        if name:
            return f"{name}:{frame.f_lineno}"
        frame = frame.f_back
    return ""


def is_scripted(frame: FrameType | None) -> bool:
    """Whether what runs here is part of a function that is scripted where the module is traced."""
    while frame is not None and frame.f_code is not _CALL_OF_MODULE:
        code, module = frame.f_code, frame.f_globals.get("__name__", "")
        if code is _SCRIPTED or (module == _LOOPING and code.co_name in _LOOPS):
            return True
        frame = frame.f_back
    return False


_CALL_OF_MODULE = nn.Module._call_impl.__code__
_SCRIPTED = jit.script_if_tracing(len).__code__  # type: ignore[no-untyped-call]
"""What runs in the place of each function that is decorated so."""

_LOOPING = "torchvision.models.detection.roi_heads"
_LOOPS = ("heatmaps_to_keypoints", "paste_mask_in_image")
"""Functions of that module in whose place others run then, which are decorated so."""


@lru_cache(maxsize=4096)
def shown(file: str) -> str:
    """A file as it is shown, from where it is imported from on; nothing of torch's and ours.

    So it is the same wherever the packages lie.
    """
    path = os.path.abspath(file)
    if file.startswith("<") or path.startswith(_skipped()) or _is_of_python(path):
        return ""
    roots = [os.path.abspath(root) + os.sep for root in sys.path]
    inside = [root for root in roots if path.startswith(root)]
    relative = path[len(max(inside, key=len)) :] if inside else os.path.basename(path)
    return relative.replace(os.sep, "/")


@lru_cache(maxsize=1)
def _skipped() -> tuple[str, ...]:
    """The folders of torch and of convcost."""
    specs = [util.find_spec(name) for name in ("torch", "convcost")]
    files = [spec.origin for spec in specs if spec and spec.origin]
    return tuple([os.path.dirname(os.path.abspath(file)) + os.sep for file in files])


def _is_of_python(path: str) -> bool:
    """Whether a file is one of the standard library."""
    packages = "site-packages" in path or "dist-packages" in path
    return path.startswith(os.path.dirname(os.__file__) + os.sep) and not packages
