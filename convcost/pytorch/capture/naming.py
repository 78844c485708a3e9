"""How code calls a function, by the function's name in torch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

FUNCTIONAL = "torch.nn.functional."

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


_LEFT = ("torch.Tensor.baddbmm", "torch.multiply", "torch.Tensor.multiply")
"""What is called as a function that tools replace, and is another one."""


def form_of(name: str, by_name: bool) -> str:
    """The form of a call, by where its function is and whether the code calls it by its name there.

    What the code calls otherwise is an alias of it, or, of a tensor's method, its operator. So is
    what no tool puts a function of its own for: `x.baddbmm(y, z)`, `torch.multiply(x, y)`,
    `F.relu_(x)`.
    """
    if name in _LEFT or (name.startswith(FUNCTIONAL) and is_in_place(name)):
        return "alias"
    if name.startswith("torch.Tensor."):
        if is_in_place(name):
            return "inplace"
        return "torch" if by_name and not name.endswith("__") else "operator"
    if not by_name:
        return "alias"
    return "function" if name.startswith(FUNCTIONAL) else "torch"


def is_in_place(name: str) -> bool:
    """Whether a function overwrites what it is called with first."""
    word = name.rpartition(".")[2]
    if word.startswith("__"):
        return word == "__setitem__" or word in _INPLACE_OPERATORS
    return word.endswith("_")


_INPLACE_OPERATORS = frozenset(
    f"__i{word}__" for word in ["add", "sub", "mul", "truediv", "pow", "and", "or"]
)


def short_name(name: str) -> str:
    """The last word of a name, `T` of `torch.Tensor.T.__get__`."""
    words = name.removesuffix(".__get__").rpartition(".")[2]
    return words.strip("_") if words.startswith("__") else words


def inside(path: str, name: str) -> str:
    """The path of what a module of a path calls."""
    return f"{path}.{name}".strip(".")
