"""Ops as data: the name and the fields of each that a graph file may have.

A field is written as JSON has it: whole numbers, text, truth values, lists of these; a fraction as
text, `1/3`. What is read is checked field by field, and then against the shapes around it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import MISSING, fields
from typing import Any, NamedTuple

from convcost.graph.fields import TYPES, FieldType, shown
from convcost.graph.spelling import ACTIVATIONS, NORMS
from convcost.ops.attention import MultiheadAttention
from convcost.ops.called import Called, CalledProducts, Constant, Opaque, Parameter
from convcost.ops.convolutions import Conv, DeformConv, ModulatedDeformConv, SameConv, ValidConv
from convcost.ops.maps import (
    GLU,
    Activation,
    Elementwise,
    LayerScale,
    LearnableScalar,
    LocalResponseNorm,
    Norm,
    RootScale,
    Softmax,
)
from convcost.ops.moves import (
    ChannelShuffle,
    Concat,
    Flatten,
    PixelShuffle,
    PixelUnshuffle,
    Slice,
    Subsample,
    SwapAxes,
    ToFirst,
    ToLast,
)
from convcost.ops.op import Input, Op
from convcost.ops.padding import Crop, Pad, PadChannels
from convcost.ops.partitions import (
    BiasedAttention,
    ByDistance,
    Distances,
    FromWindows,
    HeadScale,
    MergePatches,
    Normalize,
    PositionBias,
    ToWindows,
)
from convcost.ops.pools import AdaptivePool, Maximum, Mean, OverChannels, Pool
from convcost.ops.products import Attention, Einsum, Linear, Matmul
from convcost.ops.recurrent import GATES, Recurrent, RecurrentCell
from convcost.ops.resizing import RESIZES, GridSample, Resize
from convcost.ops.tokens import (
    ClassToken,
    Embedding,
    Mask,
    MergeHeads,
    OneToken,
    OverTokens,
    Positions,
    RepeatHeads,
    SplitHeads,
    SwapLast,
    ToMap,
    ToTokens,
)
from convcost.ops.transposed import TransposedConv

CAPTURED: tuple[type[Op], ...] = (
    *(Input, Conv, SameConv, ValidConv, DeformConv, ModulatedDeformConv, TransposedConv),
    *(Linear, Matmul, Einsum, Attention, BiasedAttention, MultiheadAttention),
    *(Recurrent, RecurrentCell),
    *(Norm, Activation, Softmax, Elementwise, GLU, LocalResponseNorm, Normalize),
    *(Pool, AdaptivePool, Mean, Maximum, Resize, GridSample, Pad, PadChannels),
    *(Flatten, Concat),
    *(PixelShuffle, PixelUnshuffle, ChannelShuffle, Embedding),
    *(Called, CalledProducts, Opaque, Parameter, Constant),
)
"""Every op that captured code may come to."""

OPS: tuple[type[Op], ...] = (
    *CAPTURED,
    *(Slice, Subsample, ToLast, ToFirst, SwapAxes, Crop, OverChannels),
    *(LayerScale, LearnableScalar, RootScale, HeadScale),
    *(ToTokens, ToMap, OneToken, OverTokens, ClassToken, Positions, Mask),
    *(SplitHeads, MergeHeads, RepeatHeads, SwapLast),
    *(ToWindows, FromWindows, MergePatches, PositionBias, Distances, ByDistance),
)
"""These, and those that only networks of configs have."""


def _name(cls: type[Op]) -> str:
    """`ValidConv` as `valid-conv`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", cls.__name__).lower()


NAMES: dict[type, str] = {cls: _name(cls) for cls in OPS}
"""What each is called in a file."""

CLASSES = {_name(cls): cls for cls in OPS}

WORDS: dict[tuple[type[Op], str], tuple[str, ...]] = {
    (Norm, "function"): tuple(NORMS),
    (Activation, "function"): tuple(ACTIVATIONS),
    (Elementwise, "function"): ("add", "sub", "mul", "div"),
    (Pool, "function"): ("avg", "max"),
    (AdaptivePool, "function"): ("avg", "max"),
    (Matmul, "function"): ("matmul", "bmm", "baddbmm"),
    (Resize, "mode"): RESIZES,
    (GridSample, "mode"): ("bilinear", "nearest", "bicubic"),
    **{(cls, "cell"): tuple(GATES) for cls in (Recurrent, RecurrentCell)},
    **{(cls, "function"): ("mean", "max") for cls in (OverChannels, OverTokens)},
    (Parameter, "place"): ("", "leaf", "weight"),
}
"""Fields of text that are one of some words."""


class Field(NamedTuple):
    """A field of an op: what it may be, and the value that is left out of files."""

    type: FieldType
    default: Any
    required: bool


_FIELDS: dict[type, dict[str, Field]] = {}


def fields_of(cls: type[Op]) -> dict[str, Field]:
    """The fields of an op, by name."""
    if cls not in _FIELDS:
        _FIELDS[cls] = _read_fields(cls)
    return _FIELDS[cls]


def _read_fields(cls: type[Op]) -> dict[str, Field]:
    """The same, read off its annotations."""
    if issubclass(cls, Conv):
        hints = Conv.__mro__[1].__annotations__
        defaults = Conv._field_defaults
        listed = [
            (name, hints[name].__forward_arg__, defaults.get(name, MISSING)) for name in hints
        ]
    else:
        listed = [(each.name, each.type, each.default) for each in fields(cls)]  # type: ignore[arg-type]
    return {
        name: Field(_type_of(cls, name, str(hint)), default, default is MISSING)
        for name, hint, default in listed
    }


def _type_of(cls: type[Op], name: str, hint: str) -> FieldType:
    """What a field may be: of some texts, one of a few words."""
    words = WORDS.get((cls, name))
    return TYPES[hint] if words is None else FieldType.one_of(words)


def record_of(op: Op) -> dict[str, Any]:
    """An op as data: its name, and the fields that differ from their defaults."""
    record: dict[str, Any] = {"op": NAMES[type(op)]}
    for name, field in fields_of(type(op)).items():
        value = getattr(op, name)
        if field.required or value != field.default:
            record[name] = _plain(value)
    return record


def _plain(value: Any) -> Any:
    """A value as JSON has it."""
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    if isinstance(value, bool | int | str) or value is None:
        return value
    return f"{value.numerator}/{value.denominator}"


def op_of(record: Mapping[str, Any]) -> Op:
    """The op that a record says; other keys of the record are left alone.

    Raises:
        ValueError: there is no such op, or a field is missing or wrong.
    """
    name = record.get("op")
    cls = CLASSES.get(name) if isinstance(name, str) else None
    if cls is None:
        raise ValueError(f"op is none that is known: {shown(name)}")
    given = {}
    for key, field in fields_of(cls).items():
        if key in record:
            try:
                given[key] = field.type.parse(record[key])
            except ValueError as error:
                raise ValueError(f"{key} {error}") from None
        elif field.required:
            raise ValueError(f"a {name} needs {key}")
    return cls(**given)


def schema_of(cls: type[Op]) -> dict[str, Any]:
    """The JSON Schema of the fields of an op."""
    found = fields_of(cls)
    return {
        "properties": {name: field.type.schema for name, field in found.items()},
        "required": [name for name, field in found.items() if field.required],
    }
