"""The tools whose counting is known: a convention for each `tool@version`, found by its name."""

from __future__ import annotations

import re

from convcost.counting.conventions import Convention
from convcost.counting.tables import (
    onnx_tool,
    papers,
    patched,
    ptflops,
    tensorflow,
    thop,
    torch_flops,
    torchinfo,
    torchstat,
    traced,
)
from convcost.errors import listed, no_such, shorten

CONVENTIONS: tuple[Convention, ...] = (
    *papers.PAPERS,
    papers.PYCLS,
    *thop.THOP,
    *thop.ULTRALYTICS,
    *ptflops.PTFLOPS,
    ptflops.MODULES,
    ptflops.ATEN,
    traced.FVCORE,
    traced.FVCORE_TRAIN,
    traced.MMENGINE,
    traced.MMENGINE_TRAIN,
    traced.TORCH,
    traced.TORCH_TRAIN,
    traced.TORCH_PROFILER,
    torchinfo.TORCHINFO,
    *traced.TORCHPROFILE,
    patched.CALFLOPS,
    *patched.DEEPSPEED,
    *torchstat.TORCHSTAT,
    torchstat.TORCHSTAT_MADD,
    *torch_flops.TORCH_FLOPS,
    *tensorflow.TENSORFLOW,
    tensorflow.KERAS_FLOPS,
    onnx_tool.ONNX_TOOL,
)
"""Every convention, the versions of a tool oldest first."""

TOOLS = {convention.tool: convention for convention in CONVENTIONS}
"""Each tool with its newest convention."""


def own_count(unit: str) -> Convention:
    """How convcost itself counts, in MACs or FLOPs."""
    return TOOLS["flops" if unit == "FLOPs" else "macs"]


def find_convention(name: str) -> Convention:
    """The convention of `tool@version`, or of a tool's newest version.

    A version may be cut short at a dot (`fvcore@0.1`); it stands for the newest that it begins.

    Raises:
        ValueError: there is no such tool, or no table for that version.
    """
    tool, at, version = name.strip().lower().replace("==", "@").partition("@")
    if tool not in TOOLS:
        raise ValueError(no_such("tool", tool, TOOLS))
    if at and not version:
        raise ValueError(f"'{shorten(name)}' has no version behind the @")
    tables = [each for each in CONVENTIONS if each.tool == tool]
    if not version:
        return TOOLS[tool]
    named = {name: each for each in tables for name in each.versions}
    begun = [name for name in named if name.startswith(f"{version}.")]
    found = version if version in named else max(begun, key=_numbers, default="")
    if found:
        return named[found]
    known = listed(sorted(named, key=_numbers, reverse=True)) or "none at all"
    raise ValueError(f"no table for version {shorten(version)} of {tool}; there are {known}")


def _numbers(version: str) -> list[int]:
    """A version to be sorted by: 0.0.5 comes before 0.0.31."""
    return [int(digits) for digits in re.findall(r"\d+", version)]
