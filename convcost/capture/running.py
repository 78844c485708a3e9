"""A module run once: its inputs made, and what ran returned as a captured graph."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from convcost.capture.listening import listen
from convcost.capture.modules import META, on_meta, unwrapped
from convcost.graph.captured import Captured


class Given(NamedTuple):
    """An input by its size without the batch, `3x224x224`, and perhaps its name and dtype."""

    sizes: tuple[int, ...]
    name: str = ""
    dtype: str = ""

    def tensor(self, batch: int, real: bool) -> Tensor:
        """A tensor of this size: numbers drawn at random where it is real, zeros of whole ones."""
        kind = getattr(torch, self.dtype, None) if self.dtype else torch.get_default_dtype()
        if not isinstance(kind, torch.dtype):
            raise ValueError(f"torch has no dtype '{self.dtype}'")
        sizes = (batch, *self.sizes)
        if not real:
            return torch.empty(sizes, dtype=kind, device=META)
        return torch.rand(sizes).to(kind)


class NotOnMetaError(Exception):
    """A module cannot run on the meta device."""


def run(
    module: nn.Module,
    given: Sequence[Given | Tensor],
    name: str,
    *,
    batch: int = 1,
    train: bool = False,
    real: bool = False,
    about: Mapping[str, str] | None = None,
) -> Captured:
    """Run a copy of a module once, and return what it did; the module itself is left as it is.

    Args:
        module: any torch module.
        given: its inputs, those with names by keyword.
        name: of the network.
        batch: samples.
        train: whether it is run in train mode.
        real: whether it is run with numbers, as is needed where code looks at them.
        about: what is to be kept of how it was captured.

    Raises:
        NotOnMetaError: it cannot run without numbers.
        Exception: whatever it raises in a real run.
    """
    module = unwrapped(module)
    target = module if real else on_meta(module)
    target.train(train)
    args, kwargs = inputs_for(given, batch, real)
    states = torch.get_rng_state(), random.getstate()
    try:
        graph = listen(target, args, kwargs, batch)
    except Exception as error:
        if real:
            raise
        raise NotOnMetaError from error
    finally:
        torch.set_rng_state(states[0])
        random.setstate(states[1])
    frozen = sum(each.numel() for each in target.parameters() if not each.requires_grad)
    facts = {
        "mode": "train" if train else "eval",
        "device": "cpu" if real else "meta",
        "torch": torch.__version__.partition("+")[0],
    }
    return Captured(graph, name, batch, {**(about or {}), **facts}, frozen)


def inputs_for(
    given: Sequence[Given | Tensor], batch: int, real: bool
) -> tuple[list[Any], dict[str, Any]]:
    """The arguments and the keywords of the call."""
    args, kwargs = [], {}
    for each in given:
        tensor = each if isinstance(each, Tensor) else each.tensor(batch, real)
        if not real:
            tensor = tensor.to(META)
        if isinstance(each, Given) and each.name:
            kwargs[each.name] = tensor
        else:
            args.append(tensor)
    return args, kwargs
