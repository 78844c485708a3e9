"""What the scores file has of a network, and the reasons of figures that are not exact."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch

from convcost.pytorch.forks import said
from scripts.zoos.holding import Held, Subject, hold, narrow, printed_by
from scripts.zoos.networks import Zoo

EXACT = "exact"
NOT_RUN = "not run"

Record = dict[str, Any]
"""By tool: `EXACT`, why it cannot run, or both figures, the reason, and where they differ first."""

REASONS: dict[tuple[str, str], str] = {}
"""Kinds of reasons for misses, by tool and by the class of the smallest module of the miss."""


def record(zoo: Zoo, name: str, tools: Sequence[str]) -> Record:
    """Hold one network to tools, and say of each what came out."""
    try:
        subject = _made(zoo, name, 0)
    except Exception as error:
        return {tool: {NOT_RUN: said(error)} for tool in tools}
    held = hold(subject, tools)
    return {tool: _told(zoo, name, tool, subject, each) for tool, each in held.items()}


def _made(zoo: Zoo, name: str, seed: int) -> Subject:
    torch.manual_seed(seed)
    module, inputs = zoo.make(name)
    return Subject(module.eval(), inputs)


def _told(zoo: Zoo, name: str, tool: str, subject: Subject, held: Held) -> Any:
    """What is kept of one tool's figure."""
    if held.exact:
        return EXACT
    if isinstance(held.printed, str):
        return {NOT_RUN: held.printed}
    figures = {"printed": held.printed, "counted": held.counted}
    if printed_by(tool, _made(zoo, name, 1)) != held.printed:
        return {**figures, "reason": "not the same with other numbers"}
    found = narrow(subject, tool, held)
    at = {"path": found.path, "class": found.cls}
    if found.path:
        at |= {"there": [found.held.printed, found.held.counted]}
    return {**figures, "reason": REASONS.get((tool, found.cls), "other"), "first": at}


def score(held: Mapping[str, Record]) -> dict[str, tuple[int, int, int]]:
    """By tool: figures that are exact, all that there are, and networks that it does not run."""
    tools = dict.fromkeys(tool for each in held.values() for tool in each)
    found = {}
    for tool in tools:
        told = [each[tool] for each in held.values() if tool in each]
        left_out = [each for each in told if isinstance(each, dict) and NOT_RUN in each]
        found[tool] = told.count(EXACT), len(told) - len(left_out), len(left_out)
    return found
