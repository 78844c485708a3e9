"""Which calls go by the name of a function in torch: tools that put another there see no others.

`F.relu(x)` goes by a name, `relu(x)` after `from torch.nn.functional import relu` does not, nor
does a default argument; `x.mul(y)` does, and `x * y`, which is the same function, does not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import wraps
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.nn import functional
from torch.overrides import get_overridable_functions

_FUNCTIONS = """
    relu prelu elu relu6 gelu silu softmax leaky_relu linear dropout embedding interpolate upsample
    conv1d conv2d conv3d conv_transpose1d conv_transpose2d conv_transpose3d batch_norm layer_norm
    instance_norm group_norm avg_pool1d avg_pool2d avg_pool3d max_pool1d max_pool2d max_pool3d
    adaptive_avg_pool1d adaptive_avg_pool2d adaptive_avg_pool3d adaptive_max_pool1d
    adaptive_max_pool2d adaptive_max_pool3d scaled_dot_product_attention
"""
_OF_TORCH = "matmul mm bmm addmm baddbmm mul add einsum"
_METHODS = "matmul mm bmm mul add sub div"
WATCHED = frozenset(
    [f"torch.nn.functional.{name}" for name in _FUNCTIONS.split()]
    + [f"torch.{name}" for name in _OF_TORCH.split()]
    + [f"torch.Tensor.{name}" for name in _METHODS.split()]
)
"""Their names."""

_PLACES: dict[Any, str] = {functional: _FUNCTIONS, torch: _OF_TORCH, Tensor: _METHODS}
"""Where tools put functions of their own, and under which names."""


_KEYWORDS = {
    **dict.fromkeys(("interpolate", "upsample"), ("input",)),
    "scaled_dot_product_attention": ("query", "key", "value"),
    **dict.fromkeys(("mm", "bmm"), ("mat2",)),
    **{
        f"adaptive_{function}_pool{dims}d": ("output_size",)
        for function in ("avg", "max")
        for dims in (1, 2, 3)
    },
}
"""Arguments that the functions which tools put in the place of torch's have under no such name."""


def given_of(name: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> str:
    """Which of `calls.GIVEN` says how a function is given its arguments; nothing if none does."""
    for keyword in _KEYWORDS.get(name, ()):
        if keyword in kwargs:
            return f"{keyword}="
    if name in ("conv1d", "conv2d", "conv3d"):
        sizes = [*args[3:6], *map(kwargs.get, ("stride", "padding", "dilation"))]
        return "list" if any(isinstance(each, list) for each in sizes) else ""
    return "list" if name == "einsum" and isinstance(args[-1], list | tuple) else ""


class Noted(NamedTuple):
    """Whether a call goes by a name, and which of `calls.GIVEN` says how it has its arguments."""

    by_name: bool
    given: str = ""


NOT_NAMED = Noted(False)


class References:
    """Functions of torch that are called by their names while they are noted."""

    def __init__(self) -> None:
        """Note nothing yet."""
        self._noted = NOT_NAMED
        self._within = ""
        self._originals: dict[Any, Any] = {}

    @contextmanager
    def noted(self) -> Iterator[None]:
        """Put a function that notes its call in the place of each."""
        get_overridable_functions()  # which is kept, and is to have torch's own
        before = [
            (place, name, vars(place).get(name), getattr(place, name))
            for place, names in _PLACES.items()
            for name in names.split()
        ]
        try:
            for place, name, _, function in before:
                setattr(place, name, self._noting(function, name))
            yield
        finally:
            for place, name, own, _ in before:
                if own is None:
                    delattr(place, name)
                else:
                    setattr(place, name, own)

    def _noting(self, function: Callable[..., Any], name: str) -> Callable[..., Any]:
        @wraps(function, assigned=("__name__", "__doc__"), updated=())
        def noting(*args: Any, **kwargs: Any) -> Any:
            within, given = self._within, given_of(name, args, kwargs)
            self._noted = Noted(True, given or within)
            self._within = (given or "upsample") if name == "upsample" else ""
            try:
                return function(*args, **kwargs)
            finally:
                self._noted, self._within = NOT_NAMED, within

        self._originals[noting] = function
        return noting

    def original(self, function: Any) -> Any:
        """What was in the place of a function."""
        try:
            return self._originals.get(function, function)
        except TypeError:  # what cannot be hashed
            return function

    def taken(self) -> Noted:
        """Whether the call that comes now goes by a name, and how; each is asked for once."""
        found, self._noted = self._noted, NOT_NAMED
        return found
