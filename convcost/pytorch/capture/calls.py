"""A call of a function of torch, and what its name there says of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from convcost.pytorch.capture.kernels import Kernel

FUNCTIONAL = "torch.nn.functional."


class FunctionCall(NamedTuple):
    """A call that has returned.

    Attributes:
        name: of the function in torch, such as `torch.nn.functional.relu`.
        args: what it was called with; numbers among it may be sizes that remember.
        kwargs: the same by keyword.
        written: what it returned.
        kernels: what torch ran for it.
        line: of the code that calls it.
        by_name: whether the code calls it by that name.
        given: how it is given its arguments; one of `calls.GIVEN` of graphs, or nothing.
        scripted: whether a function calls it that is scripted where it is traced.
    """

    name: str
    args: Sequence[Any]
    kwargs: Mapping[str, Any]
    written: Any
    kernels: Sequence[Kernel]
    line: str
    by_name: bool
    given: str = ""
    scripted: bool = False

    @property
    def form(self) -> str:
        """The form of the call, by where its function is.

        What the code does not call by its name is an alias of it, or, of a tensor's method, its
        operator. So is what no tool puts a function of its own for: `x.baddbmm(y, z)`,
        `torch.multiply(x, y)`, `F.relu_(x)`.
        """
        if self.name in _LEFT or (self.name.startswith(FUNCTIONAL) and self.in_place):
            return "alias"
        if self.name.startswith("torch.Tensor."):
            if self.in_place:
                return "inplace"
            return "torch" if self.by_name and not self.is_operator else "operator"
        if not self.by_name:
            return "alias"
        return "function" if self.name.startswith(FUNCTIONAL) else "torch"

    @property
    def is_operator(self) -> bool:
        """Whether it is one that Python has a sign for, or brackets."""
        return self.name.endswith("__")

    @property
    def in_place(self) -> bool:
        """Whether it overwrites what it is called with first."""
        word = self.name.rpartition(".")[2]
        if self.is_operator:
            return word == "__setitem__" or word in _INPLACE_OPERATORS
        return word.endswith("_")

    @property
    def short(self) -> str:
        """The last word of the name, `T` of `torch.Tensor.T.__get__`."""
        words = self.name.removesuffix(".__get__").rpartition(".")[2]
        return words.strip("_") if words.startswith("__") else words


_LEFT = ("torch.Tensor.baddbmm", "torch.multiply", "torch.Tensor.multiply")
"""What is called as a function that tools replace, and is another one."""

_INPLACE_OPERATORS = frozenset(
    f"__i{word}__" for word in ["add", "sub", "mul", "truediv", "pow", "and", "or"]
)
