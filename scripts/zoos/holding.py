"""One network held to the real tools: what each prints, beside what convcost has for it."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Sequence
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from convcost.counting.counts import tally
from convcost.counting.profilers import find_convention
from convcost.counting.survey import survey
from convcost.graph.captured import Captured
from convcost.graph.cost import cost
from convcost.pytorch.capture.modules import on_meta
from convcost.pytorch.capture.running import Given, NotOnMetaError, run
from convcost.pytorch.forks import in_a_fork, said
from convcost.pytorch.probes import probe

TIMEOUT = 600
"""Seconds for one tool on one network."""

Printed = list[Any]
"""A figure, and the params; None for what a tool does not print, or where it is to raise."""


class Subject(NamedTuple):
    """A module and what it is called with, a batch of one."""

    module: nn.Module
    inputs: tuple[Tensor, ...]


class Held(NamedTuple):
    """What a tool printed and what was counted; of either it may be why there is none."""

    printed: Printed | str
    counted: Printed | str

    @property
    def exact(self) -> bool:
        """Whether the two are equal to the last digit, or both are that the tool raises."""
        return self.printed == self.counted or (self.counted == RAISES and not self.ran)

    @property
    def ran(self) -> bool:
        """Whether the tool printed anything."""
        return not isinstance(self.printed, str)


ON_META = "FlopCounterMode on meta"
"""Multiply-adds as FLOPs and params, held to torch's own without numbers."""

RAISES: Printed = [None, None]
"""What is counted for a tool that is to raise."""


def hold(subject: Subject, tools: Sequence[str]) -> dict[str, Held]:
    """What each tool printed for a module, in a fork each, and what was counted for it."""
    found: dict[str, Held] = {}
    for train in (False, True):
        chosen = [tool for tool in tools if tool.endswith("-train") == train]
        captured = _captured(subject, train) if chosen else ""
        for tool in chosen:
            printed = printed_by(tool, subject)
            counted = captured if isinstance(captured, str) else counted_as(tool, captured)
            if not isinstance(printed, str) and counted != RAISES and printed[1] is None:
                counted = [counted[0], None]
            found[tool] = Held(printed, counted)
    return found


def _captured(subject: Subject, train: bool) -> Captured | str:
    """The graph of a module, without numbers if it runs without; or why there is none."""
    given = [Given((), tensor=each) for each in subject.inputs]
    how = {"batch": len(subject.inputs[0]), "train": train}
    try:
        return run(subject.module, given, "network", **how)
    except NotOnMetaError:
        pass
    try:
        return run(subject.module, given, "network", **how, real=True)
    except Exception as error:
        return f"cannot be captured: {said(error)}"


def counted_as(tool: str, captured: Captured) -> Printed:
    """What convcost has for a graph under the convention of a tool."""
    if tool == ON_META:
        found = cost(captured.graph, captured.batch)
        return [found.flops * captured.batch, found.params]
    count = tally(survey(captured.graph, captured.batch), find_convention(tool), captured.batch)
    return RAISES if count.total is None else [count.total, count.params]


def printed_by(tool: str, subject: Subject) -> Printed | str:
    """What a tool prints for a module, or the error that it raises."""

    def printed() -> Printed:
        with redirect_stdout(StringIO()), redirect_stderr(StringIO()):
            if tool != ON_META:
                train = tool.endswith("-train")
                return list(probe(tool, subject.module, subject.inputs, train))
            params = sum(each.numel() for each in subject.module.parameters())
            moved = tuple([each.to("meta") for each in subject.inputs])
            return [probe("torch", on_meta(subject.module), moved)[0], params]

    found: Any = in_a_fork(printed, TIMEOUT)
    return found["error"] if isinstance(found, dict) else found


class Narrowed(NamedTuple):
    """The smallest module for which a figure is another, by its path, and both figures."""

    path: str
    cls: str
    held: Held


def narrow(subject: Subject, tool: str, held: Held, path: str = "") -> Narrowed:
    """The first module, as deep as it lies, for which a tool's figure is another."""
    exact: list[str] = []
    for name, child in _called(subject):
        if f"{name}.".startswith(tuple(exact)):
            continue
        try:
            inside = hold(child, [tool])[tool]
        except Exception:  # a part that cannot be held alone is not it
            continue
        if not inside.exact and inside.ran:
            return narrow(child, tool, inside, f"{path}.{name}".lstrip("."))
        exact.append(f"{name}.")
    return Narrowed(path, type(subject.module).__name__, held)


def _called(subject: Subject) -> Iterator[tuple[str, Subject]]:
    """The children of a module that are called, each with what it is called with first."""
    calls: dict[nn.Module, tuple[Tensor, ...]] = {}
    names = {module: name for name, module in subject.module.named_modules() if name}
    depths = {module: name.count(".") for module, name in names.items()}

    def note(module: nn.Module, args: Any, kwargs: Any) -> None:
        bound = inspect.signature(module.forward).bind(*args, **kwargs)
        calls.setdefault(module, bound.args)

    hooks = [each.register_forward_pre_hook(note, with_kwargs=True) for each in names]
    with torch.no_grad():
        subject.module.eval()(*subject.inputs)
    for hook in hooks:
        hook.remove()
    for module in sorted(calls, key=lambda each: depths[each]):
        inputs = calls[module]
        if inputs and all(isinstance(each, Tensor) for each in inputs):
            yield names[module], Subject(module, inputs)
