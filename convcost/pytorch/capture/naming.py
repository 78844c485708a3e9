"""What the name of a function of torch says of its call."""

from __future__ import annotations

FUNCTIONAL = "torch.nn.functional."


def form_of(name: str) -> str:
    """The form of a call by where its function is: of nn.functional, of torch, or an operator."""
    if name.startswith(FUNCTIONAL):
        return "function"
    if not name.startswith("torch.Tensor."):
        return "torch"
    return "inplace" if is_in_place(name) else "operator"


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
