"""How code calls a function, by the function's name in torch."""

from __future__ import annotations

FUNCTIONAL = "torch.nn.functional."


def form_of(name: str, by_name: bool) -> str:
    """The form of a call, by where its function is and whether the code calls it by its name there.

    What the code calls otherwise is an alias of it, or, of a tensor's method, its operator.
    """
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
