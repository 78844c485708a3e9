"""What torch and the tools say of a module, and what convcost says of a text."""

from __future__ import annotations

import copy
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from convcost.networks.cases import Row, run_all
from convcost.pytorch.probes import PROBES, probe
from convcost.sources.reading.configs import parse_config
from tests.support.tools import APART

_OTHERS = "ultralytics-thop", "torch", "onnx-tool", *APART
MODULE_TOOLS = [tool for tool in PROBES if tool not in _OTHERS]
"""All but the one that is installed in the place of thop, torch, which is called here, and those
that need a process each."""


def build(text: str) -> Row:
    """What convcost makes of a text."""
    [comparison] = run_all(parse_config(text, "random.yaml"))
    return comparison.rows[0]


def torch_flops(module: nn.Module, inputs: tuple[Tensor, ...]) -> int:
    """What torch counts."""
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        module(*inputs)
    total: int = counter.get_total_flops()
    return total


def printed(tool: str, module: Any, inputs: tuple[Tensor, ...]) -> tuple[int | None, int | None]:
    """What a tool prints for a copy of a module; nothing where it raises."""
    try:
        return probe(tool, copy.deepcopy(module), inputs)
    except Exception:  # whatever is raised is its answer
        return None, None
