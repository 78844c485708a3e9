"""A module run once: its inputs made, and what ran returned as a captured graph."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn

from convcost.graph.captured import Captured
from convcost.pytorch.capture.listening import listen
from convcost.pytorch.capture.modules import META, copied, on_meta, unwrapped


class Given(NamedTuple):
    """An input by its sizes without the batch, and perhaps its name and dtype; or itself."""

    sizes: tuple[int, ...]
    name: str = ""
    dtype: str = ""
    tensor: Tensor | None = None
    """The input itself, batch included, where it is at hand."""

    def make(self, batch: int, real: bool) -> Tensor:
        """A tensor of this size: numbers drawn at random where it is real, zeros of whole ones."""
        if self.tensor is not None:
            return self.tensor if real else self.tensor.to(META)
        kind = getattr(torch, self.dtype, None) if self.dtype else torch.get_default_dtype()
        if not isinstance(kind, torch.dtype):
            raise ValueError(f"torch has no dtype '{self.dtype}'")
        sizes = (batch, *self.sizes)
        if not real:
            return torch.empty(sizes, dtype=kind, device=META)
        return torch.rand(sizes).to(kind)


class NotOnMetaError(Exception):
    """A module cannot run on the meta device."""

    @property
    def wants_numbers(self) -> bool:
        """Whether that is as it looks at numbers, which there are none of on that device.

        torch says so, or that a kernel whose result depends on them is not implemented there.
        """
        cause = self.__cause__
        return isinstance(cause, NotImplementedError) or "meta" in str(cause).lower()


def run(
    module: nn.Module,
    given: Sequence[Given],
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
    target = copied(module) if real else on_meta(module)
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
    facts = {
        "mode": "train" if train else "eval",
        "device": "cpu" if real else "meta",
        "torch": torch.__version__.partition("+")[0],
    }
    return Captured(graph, name, batch, {**(about or {}), **facts})


def inputs_for(
    given: Sequence[Given], batch: int, real: bool
) -> tuple[list[Tensor], dict[str, Tensor]]:
    """The arguments and the keywords of the call."""
    args = [each.make(batch, real) for each in given if not each.name]
    return args, {each.name: each.make(batch, real) for each in given if each.name}
