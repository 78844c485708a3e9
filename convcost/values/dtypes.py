"""How numbers are stored: dtypes, and weights of which several have a scale together."""

from __future__ import annotations

from typing import Any, NamedTuple

from convcost.errors import one_of, shorten

BITS = {
    "float64": 64,
    "float32": 32,
    "tf32": 32,
    "float16": 16,
    "bfloat16": 16,
    "float8": 8,
    "int8": 8,
    "int4": 4,
    "int2": 2,
    "int1": 1,
}
"""Bits of a number; tf32 is stored as float32, and multiplied with fewer of them."""

SCALE_BITS = 16
"""A scale is a float16."""

CHANNEL, TENSOR = "channel", "tensor"


def bytes_of(elements: int, dtype: str) -> int:
    """Bytes of so many numbers that lie side by side; the last byte may not be full."""
    return -(-elements * BITS[dtype] // 8)


class Stored(NamedTuple):
    """How weights are stored.

    Attributes:
        dtype: of each weight.
        scaled: which of them have a scale together: those of an output `channel`, of the whole
            `tensor`, or so many in a row of an output channel; 0 if none of them have one.
    """

    dtype: str
    scaled: int | str = 0

    def __str__(self) -> str:
        group = f"g{self.scaled}" if isinstance(self.scaled, int) else self.scaled
        return f"{self.dtype}:{group}" if self.scaled else self.dtype

    def scales(self, rows: int, length: int) -> int:
        """How many scales there are for the weights of so many output channels."""
        if isinstance(self.scaled, int):
            return rows * -(-length // self.scaled) if self.scaled else 0
        return rows if self.scaled == CHANNEL else 1

    def bytes_of(self, rows: int, length: int) -> int:
        """Bytes of the weights of so many output channels, with all that there is for scales.

        A scale has 16 bits; whole numbers have a zero point beside it, of as many bits as a weight.
        """
        bits = BITS[self.dtype]
        more = SCALE_BITS + (bits if self.dtype.startswith("int") else 0)
        return -(-(rows * length * bits + self.scales(rows, length) * more) // 8)


class Precision(NamedTuple):
    """How the numbers of a network are stored.

    Attributes:
        dtype: of what the others are not for, such as biases and the parameters of norms.
        weights: how those of convolutions and products are, if otherwise.
        activations: the dtype of maps, if it is another.
    """

    dtype: str = "float32"
    weights: Stored | None = None
    activations: str = ""

    @property
    def of_weights(self) -> Stored:
        """How the weights of convolutions and products are stored."""
        return self.weights or Stored(self.dtype)

    @property
    def of_maps(self) -> str:
        """The dtype of maps."""
        return self.activations or self.dtype

    @property
    def of_products(self) -> str:
        """The dtype in which weights and maps are multiplied, the wider of theirs."""
        weights, maps = self.of_weights.dtype, self.of_maps
        return weights if BITS[weights] > BITS[maps] else maps

    @property
    def is_one(self) -> bool:
        """Whether all numbers have one dtype of whole bytes."""
        return self.weights is None and not self.activations and BITS[self.dtype] >= 8

    def __str__(self) -> str:
        words = [] if self.dtype == "float32" else [self.dtype]
        words += [f"weights {self.weights}"] if self.weights else []
        return ", ".join(words + ([f"activations {self.activations}"] * bool(self.activations)))


FLOAT32 = Precision()


class StoredType(NamedTuple):
    """How weights are stored: `int8`, `int4:g128`, `int8:channel`."""

    @property
    def metavar(self) -> str:
        """The placeholder in help texts."""
        return "DTYPE[:GROUP]"

    def parse(self, raw: object) -> Stored:
        """Return the dtype, and what has a scale together."""
        if isinstance(raw, Stored):
            return raw
        dtype, colon, group = str(raw).strip().lower().partition(":")
        if dtype not in BITS:
            raise ValueError(f"cannot be '{shorten(str(raw))}'; {one_of(dtype, BITS)}")
        if group in (CHANNEL, TENSOR):
            return Stored(dtype, group)
        size = group[1:] if group.startswith("g") else ""
        whole = size.isascii() and size.isdigit() and size[0] != "0" and len(size) < 10
        if colon and not whole:
            message = "a scale is for a channel, a tensor or a group, such as int4:g128"
            raise ValueError(f"cannot be '{shorten(str(raw))}'; {message}")
        return Stored(dtype, int(size) if whole else 0)

    def schema(self) -> dict[str, Any]:
        """A dtype, and perhaps what has a scale together."""
        pattern = f"^({'|'.join(BITS)})(:(channel|tensor|g[1-9][0-9]{{0,8}}))?$"
        return {"type": "string", "pattern": pattern}
