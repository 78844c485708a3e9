"""Recurrent layers, which go over tokens one after the other."""

from typing import Annotated

from convcost.graph.builder import Builder
from convcost.kinds.parameters import ActName, Bias, Out
from convcost.kinds.registry import kind
from convcost.kinds.tokens import require_tokens
from convcost.ops.recurrent import Recurrent
from convcost.values.whole import Whole

NumLayers = Annotated[int, Whole(), "recurrent layers, each of which reads the states of the last"]
Directions = Annotated[
    int, Whole(1, 2), "1, or 2 to go over the tokens from their end too: twice `out` channels"
]


@kind(
    "lstm",
    compared=False,
    also="lstmcell bilstm blstm long-short-term-memory nn.lstm",
    tokens=True,
    since="0.2",
)
def lstm(
    net: Builder, out: Out, num_layers: NumLayers = 1, directions: Directions = 1, bias: Bias = True
) -> None:
    """Long short-term memory over the tokens, of `out` states a direction (`torch.nn.LSTM`)."""
    _append(net, "lstm", "lstm", out, num_layers, directions, bias)


@kind(
    "gru",
    compared=False,
    also="grucell bigru gated-recurrent-unit nn.gru",
    tokens=True,
    since="0.2",
)
def gru(
    net: Builder, out: Out, num_layers: NumLayers = 1, directions: Directions = 1, bias: Bias = True
) -> None:
    """Gated recurrent units over the tokens, of `out` states a direction (`torch.nn.GRU`).

    arXiv 1406.1078.
    """
    _append(net, "gru", "gru", out, num_layers, directions, bias)


@kind("rnn", compared=False, also="rnncell birnn elman recurrent nn.rnn", tokens=True, since="0.2")
def rnn(
    net: Builder,
    out: Out,
    num_layers: NumLayers = 1,
    directions: Directions = 1,
    act: ActName = "tanh",
    bias: Bias = True,
) -> None:
    """A plain recurrent layer over the tokens, of `out` states a direction (`torch.nn.RNN`)."""
    if act not in ("tanh", "relu"):
        raise ValueError(f"torch.nn.RNN has tanh or relu, not {act}")
    _append(net, "rnn", act, out, num_layers, directions, bias)


def _append(net: Builder, name: str, cell: str, *how: int) -> None:
    require_tokens(net, name)
    out, layers, directions, bias = how
    net.add(name, Recurrent(cell, net.channels, out, layers, directions, bool(bias)))
