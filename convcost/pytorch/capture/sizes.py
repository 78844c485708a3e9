"""Sizes of tensors, which are numbers to code, and tensors to a tool that traces it.

Such a tool counts the products of sizes that lead to an output as any other product.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch

from convcost.pytorch.capture.calls import FunctionCall


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


_PADDING, _IMAGES = "timm/layers/padding.py:", "torchvision/models/detection/transform.py:"


def more_in_a_trace(call: FunctionCall) -> int:
    """Products of sizes that are made for a call only where these are tensors.

    timm's padding `same` asks whether they are, and torchvision's batches of images whether they
    are traced: a product for each of two axes then. So does torch, axis by axis, where the factor
    of a resized map is computed again of its size; torchvision divides numbers by sizes for that.
    """
    of_images = call.line.startswith(_IMAGES)
    if call.short == "interpolate" and _asks_again(*call.args, **call.kwargs):
        return int(call.written.dim()) - 2 + (2 if of_images else 0)
    padded = of_images and call.short == "new_full"
    return 2 if padded or call.line.startswith(_PADDING) else 0


def _asks_again(
    input: Any,
    size: Any = None,
    scale_factor: Any = None,
    mode: str = "nearest",
    align_corners: Any = None,
    recompute_scale_factor: Any = None,
    antialias: bool = False,
) -> bool:
    """Whether `F.interpolate` multiplies the size by the factor in Python."""
    return size is None and bool(recompute_scale_factor or mode == "area")
