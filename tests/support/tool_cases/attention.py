"""Attention and recurrent layers."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from tests.support.tool_cases.base import Does, Made, case, tokens


def _attends(first: bool, needed: bool, **options: Any) -> Made:
    attention = nn.MultiheadAttention(8, 2, batch_first=first, **options)
    module = Does(
        lambda self, x: self.tail(self.attention(x, x, x, need_weights=needed)[0]),
        attention=attention,
        tail=nn.Linear(8, 3),
    )
    return module, (torch.randn(2, 5, 8) if first else torch.randn(5, 2, 8),)


@case
def attention_batch_first() -> Made:
    return _attends(True, False)


@case
def attention_with_weights() -> Made:
    return _attends(True, True)


@case
def attention_without_bias() -> Made:
    return _attends(True, False, bias=False)


@case
def attention_tokens_first() -> Made:
    return _attends(False, True)


@case
def attention_crossed() -> Made:
    return Does(
        lambda self, x, y: self.attention(x, y, y)[0],
        attention=nn.MultiheadAttention(8, 2, batch_first=True, kdim=6, vdim=6),
    ), (torch.randn(2, 5, 8), torch.randn(2, 7, 6))


@case
def encoder_layer() -> Made:
    return nn.TransformerEncoderLayer(8, 2, 16, batch_first=True), tokens()


@case
def encoder_layer_norm_first() -> Made:
    layer = nn.TransformerEncoderLayer(8, 2, 16, activation="gelu", norm_first=True)
    return layer, (torch.randn(5, 2, 8),)


@case
def encoder() -> Made:
    layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)
    return nn.TransformerEncoder(layer, 2, enable_nested_tensor=False), tokens()


@case
def decoder_layer() -> Made:
    layer = nn.TransformerDecoderLayer(8, 2, 16, batch_first=True)
    return Does(lambda self, x, y: self.layer(x, y), layer=layer), (
        torch.randn(2, 5, 8),
        torch.randn(2, 7, 8),
    )


@case
def own_attention() -> Made:
    def forward(self: Any, x: Tensor) -> Tensor:
        n, t, _ = x.shape
        q, k, v = self.qkv(x).reshape(n, t, 3, 2, 4).permute(2, 0, 3, 1, 4).unbind(0)
        weights = (q * 0.5 @ k.transpose(-2, -1)).softmax(-1)
        return self.out((weights @ v).transpose(1, 2).reshape(n, t, 8))  # type: ignore[no-any-return]

    return Does(forward, qkv=nn.Linear(8, 24), out=nn.Linear(8, 8)), tokens()


@case
def sizes() -> Made:
    """Products of sizes, whole quotients of them, and sums."""

    def forward(self: Any, x: Tensor) -> Tensor:
        n, t, c = x.shape
        heads = x.reshape(n * 2, -1, c // 2).transpose(1, 2)
        flat = heads.reshape(n, -1)[:, : t * c // 2 + x.size(1) * 3]
        count = int(flat.shape[0] * 5 / 5)
        return self.head(flat.reshape(count, -1)[:, : t * (c - 1)][:, :6])  # type: ignore[no-any-return]

    return Does(forward, head=nn.Linear(6, 2)), tokens()


@case
def lstm() -> Made:
    return Does(
        lambda self, x: self.head(self.layer(x)[0][:, -1]),
        layer=nn.LSTM(8, 6, num_layers=2, batch_first=True),
        head=nn.Linear(6, 2),
    ), tokens()


@case
def lstm_both_ways() -> Made:
    layer = nn.LSTM(8, 6, bidirectional=True)
    return Does(lambda self, x: self.layer(x)[0], layer=layer), (torch.randn(5, 2, 8),)


@case
def gru() -> Made:
    return Does(lambda self, x: self.layer(x)[1], layer=nn.GRU(8, 6, batch_first=True)), tokens()


@case
def rnn() -> Made:
    return Does(lambda self, x: self.layer(x)[0], layer=nn.RNN(8, 6, batch_first=True)), tokens()


@case
def cells() -> Made:
    def forward(self: Any, x: Tensor) -> Tensor:
        state = self.gru(x[:, 0])
        hidden, _ = self.lstm(state)
        return self.rnn(hidden)  # type: ignore[no-any-return]

    parts = {"gru": nn.GRUCell(8, 6), "lstm": nn.LSTMCell(6, 4), "rnn": nn.RNNCell(4, 3)}
    return Does(forward, **parts), tokens()


@case
def attention_of_transposed() -> Made:
    def forward(self: Any, x: Tensor) -> Tensor:
        query, key, value = self.qkv(x).unflatten(1, (2, -1)).transpose(-2, -1).chunk(3, dim=-1)
        found = nn.functional.scaled_dot_product_attention(query, key, value)
        return found.transpose(-2, -1).flatten(1, 2)

    return Does(forward, qkv=nn.Conv1d(8, 24, 1)), (torch.randn(2, 8, 5),)


@case
def attention_of_one_key_head() -> Made:
    def forward(self: Any, x: Tensor) -> Tensor:
        query = self.query(x).unflatten(-1, (2, 4)).transpose(1, 2)
        key, value = (each.unsqueeze(1) for each in self.both(x).chunk(2, dim=-1))
        return nn.functional.scaled_dot_product_attention(query, key, value).sum(1)

    return Does(forward, query=nn.Linear(8, 8), both=nn.Linear(8, 8)), tokens()


@case
def attention_with_a_mask_of_three_axes() -> Made:
    def forward(self: Any, x: Tensor) -> Tensor:
        query, key, value = self.qkv(x).unflatten(-1, (3, 2, 4)).permute(2, 0, 3, 1, 4)
        return nn.functional.scaled_dot_product_attention(query, key, value, self.bias)

    bias = nn.Parameter(torch.zeros(2, 5, 5))
    return Does(forward, qkv=nn.Linear(8, 24), bias=bias), tokens()
