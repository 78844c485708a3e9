"""Sizes of tensors, which are numbers to code, and tensors to a tool that traces it.

Such a tool counts the products of sizes that lead to an output as any other product.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch


class Size(int):
    """A size that remembers which products it was made with."""

    products: frozenset[object] = frozenset()


class Quotient(float):
    """A size divided by another; what it is rounded to is a number like any other in a trace."""

    products: frozenset[object] = frozenset()


def _like(value: Any, *of: Any) -> Any:
    """A number that was made with the products of these."""
    if type(value) not in (int, float):
        return value
    found = Size(value) if type(value) is int else Quotient(value)
    found.products = frozenset().union(*[getattr(each, "products", ()) for each in of])
    return found


def _remembering(name: str, base: type) -> Any:
    """The base's operator, whose result remembers."""
    plain = getattr(base, name)

    def operator(self: Any, *others: Any) -> Any:
        value = _like(plain(self, *others), self, *others)
        if "mul" in name and isinstance(value, Size | Quotient):
            value.products |= {object()}
        return value

    return operator


for _name in ("add", "sub", "mul", "truediv", "floordiv", "mod"):
    for _side in ("__", "__r"):
        for _cls, _base in ((Size, int), (Quotient, float)):
            setattr(_cls, f"{_side}{_name}__", _remembering(f"{_side}{_name}__", _base))
for _cls, _base in ((Size, int), (Quotient, float)):
    setattr(_cls, "__neg__", _remembering("__neg__", _base))  # noqa: B010

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
