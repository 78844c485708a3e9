"""Which op a call of torch is: functions by name, with torch's own signatures.

A reader takes what the function takes and says which op it is, which of its tensors are maps, and
which are weights that the op holds itself. What no reader knows is read off its kernels.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from convcost.ops.op import Op, Shape
from convcost.pytorch.capture.calls import FUNCTIONAL

if TYPE_CHECKING:
    from torch import Tensor


class Read(NamedTuple):
    """A call as an op.

    Attributes:
        op: what it is.
        maps: the tensors that it reads.
        weights: those that are its parameters, of which `Op.params` are the elements.
        written: the shape that it writes, where it is not that of what the call returns.
        unbatched: whether it reads and writes one sample without an axis for the batch.
    """

    op: Op
    maps: tuple[Tensor, ...]
    weights: tuple[Tensor, ...] = ()
    written: Shape | None = None
    unbatched: bool = False


Reader = Callable[..., Read | None]

READERS: dict[str, Reader] = {}
"""The functions that are known, by their names in torch."""


def reads(*names: str) -> Callable[[Reader], Reader]:
    """Register a reader under names; `F.` stands for torch.nn.functional."""

    def register(reader: Reader) -> Reader:
        for name in names:
            whole = f"{FUNCTIONAL}{name[2:]}" if name.startswith("F.") else name
            READERS[whole] = reader
        return reader

    return register


def read_of(name: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Read | None:
    """What a reader makes of a call; None where there is none, or it takes something else."""
    reader = READERS.get(name)
    if reader is None:
        return None
    try:
        return reader(*args, **kwargs)
    except (TypeError, ValueError, AttributeError, IndexError):  # called in a way it does not know
        return None


def there(*tensors: Tensor | None) -> tuple[Tensor, ...]:
    """Those that are given."""
    return tuple([tensor for tensor in tensors if tensor is not None])


def axes(value: Any, count: int) -> tuple[int, ...]:
    """A number for each axis, of one or of several."""
    values = tuple(value) if isinstance(value, list | tuple) else (value,)
    return tuple([int(each) for each in (values * count if len(values) == 1 else values)])


def positive(axis: int, dims: int) -> int:
    """An axis of N x C x spatial as convcost counts it, from the channels on; -1 stays the last."""
    return axis if axis == -1 else axis % dims - 1
