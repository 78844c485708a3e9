"""Sizes of tensors, which are numbers to code, and tensors to a tool that traces it.

Such a tool counts the products of sizes that lead to an output as any other product.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch


class Size(int):
    """A size that remembers which products it was made with.

    Sums, differences and quotients do so too; what is rounded to a whole number is a number like
    any other in a trace.
    """

    products: frozenset[object] = frozenset()


class Quotient(float):
    """What a size is divided by something, and what is computed of that."""

    products: frozenset[object] = frozenset()


def _remembering(cls: type, name: str) -> Any:
    """The operator of whole numbers, or of others, whose result remembers."""
    plain = getattr(cls, name)

    def operator(self: Size | Quotient, *others: Any) -> Any:
        value = plain(self, *others)
        if value is NotImplemented and type(others[0]) is float:
            value = getattr(float, name)(float(self), *others)
        if type(value) not in (int, float):
            return value
        found = Size(value) if type(value) is int else Quotient(value)
        found.products = self.products.union(*[getattr(each, "products", ()) for each in others])
        if "mul" in name:
            found.products |= {object()}
        return found

    return operator


for _cls, _plain in ((Size, int), (Quotient, float)):
    for _name in ("add", "sub", "mul", "truediv", "floordiv", "mod"):
        for _side in ("__", "__r"):
            setattr(_cls, f"{_side}{_name}__", _remembering(_plain, f"{_side}{_name}__"))
    setattr(_cls, "__neg__", _remembering(_plain, "__neg__"))  # noqa: B010

READING = ("torch.Tensor.size", "torch.Tensor.numel", "torch.Tensor.shape.__get__")
"""Functions that return sizes."""


def remembered(sizes: Any) -> Any:
    """Sizes as numbers that remember."""
    if isinstance(sizes, int):
        return Size(sizes)
    return torch.Size([Size(each) for each in sizes])


def forgotten(value: Any) -> Any:
    """Arguments with plain numbers instead of those that remember."""
    if isinstance(value, Size):
        return int(value)
    if isinstance(value, Quotient):
        return float(value)
    if type(value) in (list, tuple, torch.Size):
        return type(value)([forgotten(each) for each in value])
    if type(value) is dict:
        return {key: forgotten(each) for key, each in value.items()}
    return value


def products_of(value: Any) -> Iterator[object]:
    """The products that numbers among arguments were made with."""
    if isinstance(value, Size | Quotient):
        yield from value.products
    elif isinstance(value, list | tuple):
        for each in value:
            yield from products_of(each)
    elif isinstance(value, dict):
        yield from products_of([*value.values()])
    elif isinstance(value, slice):
        yield from products_of((value.start, value.stop, value.step))


_PADDING = "timm/layers/padding.py:"


def more_in_a_trace(line: str) -> int:
    """Products that a line of code makes of sizes only where these are tensors.

    timm's padding `same` asks whether they are: one for each of two axes then.
    """
    return 2 if line.startswith(_PADDING) else 0
