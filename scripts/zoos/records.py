"""What the scores file has of a network, and the reasons of figures that are not exact."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import torch

from convcost.errors import shorten
from convcost.pytorch.forks import said
from scripts.zoos.holding import Held, Subject, hold, narrow, printed_by
from scripts.zoos.networks import Zoo

EXACT = "exact"
NOT_RUN = "not run"

Record = dict[str, Any]
"""By tool@version: `EXACT`, why it does not run, or both figures, where they differ, and why."""

NUMBERS = "the figure is another with other numbers"
TRACED = "the code asks whether it is traced, or sizes are tensors, and computes otherwise then"
SHARED = "params of modules that several others have, by the order of all calls"
ONE_OF_TWO = "products of sizes for a call that returns several tensors, of which not all are used"
TURNED = "a module called a convolution writes its axes in another order than its only op"
OTHER = "other"

_ASKING = ("Conv2dSame", "MaskRCNN", "MobileViTLayer")
"""Classes of timm, torchvision and transformers that ask so."""

REASONS: dict[tuple[str, str], str] = {
    **{("torchprofile", name): TRACED for name in _ASKING},
    ("torchprofile", "CvtForImageClassification"): ONE_OF_TWO,
    **dict.fromkeys((("torchinfo", f"ConvNext{v}LayerNorm") for v in ("", "V2")), TURNED),
    ("torchinfo", "CoaT"): SHARED,
}
"""Why a figure is another, by tool and by the class of the smallest module of the miss."""


def record(zoo: Zoo, name: str, tools: Mapping[str, str]) -> Record:
    """Hold one network to tools, by their names with a version, and say of each what came out."""
    try:
        subject = _made(zoo, name, 0)
    except Exception as error:
        return {tool: {NOT_RUN: shorten(said(error), 100)} for tool in tools}
    held = hold(subject, [*tools.values()])
    return {key: _told(zoo, name, tool, subject, held[tool]) for key, tool in tools.items()}


def _made(zoo: Zoo, name: str, seed: int) -> Subject:
    torch.manual_seed(seed)
    module, inputs = zoo.make(name)
    return Subject(module.eval(), inputs)


def _told(zoo: Zoo, name: str, tool: str, subject: Subject, held: Held) -> Any:
    """What is kept of one tool's figure."""
    if held.exact:
        return EXACT
    if isinstance(held.printed, str):
        return {NOT_RUN: shorten(held.printed, 100)}
    figures = {"printed": held.printed, "counted": held.counted}
    if printed_by(tool, _made(zoo, name, 1)) != held.printed:
        return {**figures, "reason": NUMBERS}
    found = narrow(subject, tool, held)
    at = {"path": found.path, "class": found.cls}
    if found.path:
        at |= {"there": [found.held.printed, found.held.counted]}
    return {**figures, "reason": REASONS.get((tool, found.cls), OTHER), "first": at}


def score(held: Mapping[str, Record]) -> dict[str, tuple[int, int, int]]:
    """By tool: figures that are exact, all that there are, and networks that it does not run."""
    tools = dict.fromkeys(tool for each in held.values() for tool in each)
    found = {}
    for tool in tools:
        told = [each[tool] for each in held.values() if tool in each]
        left_out = [each for each in told if isinstance(each, dict) and NOT_RUN in each]
        found[tool] = told.count(EXACT), len(told) - len(left_out), len(left_out)
    return found


def has_other(told: Record) -> bool:
    """Whether a figure is another for no reason that is known."""
    return any(isinstance(each, dict) and each.get("reason") == OTHER for each in told.values())


def written(everything: Mapping[str, Any]) -> str:
    """A scores file, a line for each network."""
    zoos = []
    for zoo, own in everything.items():
        lines = [
            f"{json.dumps(name)}: {json.dumps(own['networks'][name])}" for name in own["networks"]
        ]
        head = {key: value for key, value in own.items() if key != "networks"}
        networks = ",\n".join(lines)
        zoos.append(f'{json.dumps(zoo)}: {json.dumps(head)[:-1]}, "networks": {{\n{networks}\n}}}}')
    return "{" + ",\n".join(zoos) + "}\n"
