"""Code that a command line names: imported, and the module that it is or makes."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module, util
from typing import Any

import torch
from torch import nn

from convcost.pytorch import boxes
from convcost.pytorch.capture.modules import build


class LoadError(Exception):
    """The code is there, but it is no module and makes none, or its input is not known.

    `known` has the names that are there, where one is not.
    """

    def __init__(self, message: str, known: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.known = list(known)


def load(code: str, args: Mapping[str, Any], real: bool) -> nn.Module:
    """The module that `package.module:attribute` or `file.py:attribute` is or makes.

    Raises:
        LoadError: there is no such attribute, or it makes no torch.nn.Module.
        Exception: whatever the code raises.
    """
    prepare_torchvision()
    place, _, attribute = code.rpartition(":")
    found: Any = _import(place)
    boxes.prepare()
    for word in attribute.split("."):
        if not hasattr(found, word):
            near = [name for name in dir(found) if not name.startswith("_")]
            raise LoadError(f"{place} has no '{word}'", near)
        found = getattr(found, word)
    if isinstance(found, nn.Module):
        if args:
            raise LoadError("is a module that is made already; --arg is for a class or a function")
        return found
    if not callable(found):
        raise LoadError(f"is {_a(found)}, no torch.nn.Module, and not what makes one")
    made = build(found, args, real)
    if not isinstance(made, nn.Module):
        raise LoadError(f"makes {_a(made)}, no torch.nn.Module")
    return made


def _a(found: object) -> str:
    return f"a {type(found).__name__}"


def _import(place: str) -> Any:
    """A package's module, or a file as one."""
    if not place.endswith(".py"):
        sys.path.insert(0, os.getcwd())
        return import_module(place)
    path = os.path.abspath(place)
    sys.path.insert(0, os.path.dirname(path))
    name = os.path.splitext(os.path.basename(path))[0]
    spec = util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None or not os.path.isfile(path):
        raise LoadError(f"there is no file {place}")
    found = util.module_from_spec(spec)
    sys.modules[name] = found
    spec.loader.exec_module(found)
    return found


def usual_size(module: nn.Module) -> tuple[int, ...]:
    """The size of the input that a network of timm says it is for; nothing of others."""
    usual = getattr(module, "default_cfg", None)
    size = usual.get("input_size") if isinstance(usual, dict) else None
    return tuple(size) if isinstance(size, tuple | list) else ()


def prepare_torchvision() -> None:
    """Declare what torchvision's own library would, where that does not load beside this torch.

    Without it torchvision cannot be imported, nor what imports it.
    """
    spec = util.find_spec("torchvision")
    folders = spec.submodule_search_locations if spec else None
    for folder in folders or ():
        library = os.path.join(folder, "_C.so")
        if not os.path.exists(library):
            continue
        try:
            torch.ops.load_library(library)  # type: ignore[no-untyped-call]
        except OSError:
            _declare()


_DECLARED: list[Any] = []


def _declare() -> None:
    if not _DECLARED:
        library: Any = torch.library.Library("torchvision", "DEF")  # type: ignore[no-untyped-call]
        for name in ("nms", "qnms"):
            library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        _DECLARED.append(library)  # which is undone when it is collected
