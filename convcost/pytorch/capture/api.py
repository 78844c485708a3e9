"""A module that is at hand, captured in this process and left as it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from torch import Tensor, nn

from convcost.errors import ConvcostError, Problem, shorten
from convcost.graph.captured import Captured
from convcost.pytorch.capture.running import Given, NotOnMetaError, run


def captured(
    module: nn.Module,
    inputs: Sequence[Any],
    named: Mapping[str, Any],
    *,
    batch: int,
    train: bool,
    real: bool,
    name: str,
) -> Captured:
    """See `network_api.capture`."""
    if not isinstance(module, nn.Module):
        raise ConvcostError(f"module is a torch.nn.Module, not a {type(module).__name__}")
    given = [_given("", each) for each in inputs]
    given += [_given(key, each) for key, each in named.items()]
    if not given:
        raise ConvcostError("inputs: the shape of one at least, such as (3, 224, 224)")
    title = name or type(module).__name__
    try:
        return run(module, given, title, batch=batch, train=train, real=real)
    except NotOnMetaError as error:
        cause = error.__cause__
        words = f"{type(cause).__name__}: {cause}"
        hint = "; real=True runs it with numbers" if error.wants_numbers else ""
        raise ConvcostError(Problem(title, shorten(words, 300) + hint)) from cause


def _given(name: str, given: Any) -> Given:
    """An input by its name: a tensor, or a shape."""
    if isinstance(given, Tensor):
        return Given(tuple(given.shape), name, tensor=given)
    sizes = tuple(given) if isinstance(given, Sequence) else (given,)
    if not sizes or any(type(size) is not int or size < 1 for size in sizes):
        words = f"is a tensor or a shape without the batch, not {shorten(repr(given))}"
        raise ConvcostError(Problem(name or "inputs", words))
    return Given(sizes, name)
