"""Recurrent layers, whose tokens come before the samples."""

from __future__ import annotations

from convcost.ops.called import Called
from convcost.ops.recurrent import Recurrent
from convcost.sources.onnx.readers.reading import Call, Read, Reader, reads, there


def _recurrent(type_: str) -> Reader:
    """A reader of one layer, of one direction or both."""

    def read(call: Call) -> Read | None:
        x, weight, states, bias = call.x, call.needed(1), call.needed(2), call.given(3)
        first = call.number("layout", 0) == 1
        length, samples = (x.sizes[1], x.sizes[0]) if first else x.sizes[:2]
        directions, _, width = weight.sizes
        hidden = states.sizes[-1]
        if width != x.sizes[-1]:
            raise ValueError(f"{type_} of {width} channels does not fit {x.sizes[-1]}")
        cell = {"LSTM": "lstm", "GRU": "gru"}.get(type_) or _plain(call)
        op = Recurrent(cell, width, hidden, 1, directions, bias is not None, not first)
        made = (samples, length, hidden * directions)
        written = (samples, length, directions, hidden)
        written = written if first else (length, directions, samples, hidden)
        weights = there(weight, states, bias)
        more = [each for each in call.inputs[5:] if each is not None and each.is_trained]
        return Read(op, (x, *more), weights, made, after=((Called("transpose", True), written),))

    return read


def _plain(call: Call) -> str:
    """The activation of a plain recurrent layer."""
    names = [str(each).lower() for each in call.attributes.get("activations") or ("Tanh",)]
    return names[0] if names[0] in ("tanh", "relu") else "tanh"


for _type in ("LSTM", "GRU", "RNN"):
    reads(_type)(_recurrent(_type))
