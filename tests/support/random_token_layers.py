"""The layers of random networks of tokens; the writer knows how each map lies."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from random import Random
from typing import NamedTuple

from tests.support.random_attention import Draws, Options, Size, Spec

MOST_TOKENS = 60
MOST_STEPS = 20
"""Tokens that a recurrent layer goes over; on no device these are slow, one by one."""


class Map(NamedTuple):
    """What can be read: a map or features, C x `of`; tokens, T x C, which may be in `windows`.

    `of` is the size of the map that tokens were made of.
    """

    tokens: int
    channels: int
    of: Size = ()
    windows: bool = False

    @property
    def whole(self) -> bool:
        """Whether tokens are the positions of a map."""
        return bool(self.of) and not self.windows and self.tokens == prod(self.of)


class LayerWriter(Draws):
    """Writes layers by themselves, from `here` on; `maps` are what can be read by name."""

    def __init__(self, random: Random) -> None:
        super().__init__(random)
        self.options = Options(random)
        self.names = 0
        self.here = Map(0, 0)
        self.maps: dict[str, Map] = {}

    def new_name(self, word: str = "m") -> str:
        """A name that no layer has."""
        self.names += 1
        return f"{word}{self.names}"

    @property
    def simple(self) -> list[Callable[[], Spec]]:
        """Those without layers in them, which keep all sizes."""
        options = [self.norm, self.act, self.dropout]
        if not self.here.of or self.here.tokens:
            options += [self.same_linear, self.same_mlp, self.softmax]
        else:
            options += [self.over_channels]
        if not self.here.tokens:
            return options
        options += [self.attention, self.attention, self.block, self.block, self.same_recurrent]
        if not self.here.windows:
            options += [self.positions, self.crossed]
        if self.here.whole:
            options += [self.window_attention, self.window_block]
        return options

    @property
    def of_tokens(self) -> list[Callable[[], Spec]]:
        """Layers that make other tokens of tokens."""
        options = [self.linear, self.mlp, self.slice_tokens, self.concat_tokens, self.class_token]
        options += [self.crossed, self.crossed, self.recurrent, self.recurrent]
        if self.here.whole:
            options += [self.to_map, self.merging, self.stage, self.stage]
        elif self.here.tokens <= MOST_TOKENS:
            options += [self.sized_map]
        return options

    @property
    def of_maps(self) -> list[Callable[[], Spec]]:
        """Layers that make tokens, or another map, of maps."""
        options = [self.to_tokens] * 5 + [self.patch_embed] * 3
        return options + ([self.convolution, self.pool] if len(self.here.of) == 2 else [])

    # Layers by themselves

    def some_out(self) -> int:
        """A number of channels."""
        found: int = self.one(6, 8, 9, 12, 16)
        return found

    def number(self, wanted: int) -> int | str:
        """A number, or an expression that comes to it here."""
        words = {"channels": self.here.channels}
        words |= {"tokens": self.here.tokens} if self.here.tokens else {}
        word = self.one(*words)
        more = wanted - words[word]
        if self.chance(0.6):
            return wanted
        return f"{word} {'+' if more >= 0 else '-'} {abs(more)}"

    def same_linear(self) -> Spec:
        """A linear layer with as many channels."""
        return {"linear": self.some(0.25, bias=False, form="function")}

    def linear(self) -> Spec:
        """A linear layer."""
        out = self.some_out()
        given = {"out": self.number(out)} | self.some(0.25, bias=False, form="function")
        self.here = self.here._replace(channels=out)
        return {"linear": given}

    def over_channels(self) -> Spec:
        """A linear layer over the channels of a map; or over the last axis of C x W."""
        given = self.some(0.25, bias=False, form="function")
        if len(self.here.of) == 1 and self.here.of[0] > 1 and self.chance(0.6):
            given |= self.some(0.5, over="last")
            return {"linear": given | {"out": "width"}}
        return {"linear": given | {"over": "channels"}}

    def same_mlp(self) -> Spec:
        """Two linear layers."""
        given = self.some(0.2, bias=False, dropout=True, form="function", ratio=self.one(2, 2.5))
        return {"mlp": given | self.some(0.2, act=self.one("relu", "silu", "none"))}

    def mlp(self) -> Spec:
        """Two linear layers to other channels."""
        spec, out = self.same_mlp(), self.some_out()
        spec["mlp"] |= {"out": self.number(out)}
        self.here = self.here._replace(channels=out)
        return spec

    def norm(self) -> Spec:
        """A norm over the channels."""
        given = {"norm": self.one("layer", "layer", "rms")}
        given |= self.some(0.2, affine=False) or self.some(0.2, form="function", norm_bias=False)
        return {"norm": given}

    def act(self) -> Spec:
        """An activation."""
        name = self.one("relu", "gelu", "silu", "hardswish", "sigmoid", "prelu-shared", "relu6")
        form = {} if name.startswith("prelu") else self.some(0.3, form="function")
        return {"act": {"act": name} | form}

    def dropout(self) -> Spec:
        """A dropout."""
        return {"dropout": self.some(0.3, form="function")}

    def softmax(self) -> Spec:
        """Softmax over the channels."""
        return {"softmax": self.some(0.4, form="function")}

    def positions(self) -> Spec:
        """Learned positions, or factors of channels."""
        return self.one({"positions": {}}, {"positions": {}}, {"layer-scale": {}})  # type: ignore[no-any-return]

    def class_token(self) -> Spec:
        """A class token or two."""
        count = self.one(1, 1, 2)
        self.here = self.here._replace(tokens=self.here.tokens + count)
        return {"class-token": {"count": 2} if count == 2 else {}}

    def slice_channels(self) -> Spec:
        """Some of the channels."""
        if self.here.channels < 4:
            return self.act()
        start, stop = self.one(0, 1), self.here.channels - self.one(0, 1)
        self.here = self.here._replace(channels=stop - start)
        return {"slice": {"start": start, "stop": stop}}

    def slice_tokens(self) -> Spec:
        """Some of the tokens: those behind a class token, where there is one."""
        count, extra = self.here.tokens, self.here.tokens - prod(self.here.of)
        if self.here.of and extra > 0:
            self.here = self.here._replace(tokens=count - extra)
            return {"slice": {"of": "tokens", "start": extra}}
        if count < 3:
            return self.act()
        self.here = self.here._replace(tokens=count - count // 3)
        return {"slice": {"of": "tokens", "stop": "tokens - tokens // 3"}}

    def same_recurrent(self) -> Spec:
        """A recurrent layer that makes as many channels as it reads."""
        if self.here.tokens > MOST_STEPS:
            return self.same_mlp()
        kind = self.one("lstm", "gru", "rnn")
        given = self.some(0.25, bias=False, num_layers=2)
        given |= self.some(0.3, act=self.one("relu", "tanh")) if kind == "rnn" else {}
        if self.here.channels % 2 == 0 and self.chance(0.4):
            given |= {"out": self.here.channels // 2, "directions": 2}
        return {kind: given}

    def recurrent(self) -> Spec:
        """A recurrent layer to other channels."""
        if self.here.tokens > MOST_STEPS:
            return self.mlp()
        [(kind, given)], out = self.same_recurrent().items(), self.one(3, 4, 6, 8)
        self.here = self.here._replace(channels=out * given.get("directions", 1))
        return {kind: given | {"out": out}}

    # Attention

    def attention(self) -> Spec:
        """Attention among tokens."""
        of = self.here.of if self.here.whole else ()
        return {"attention": self.options.attention(self.here.channels, of)}

    def crossed(self) -> Spec:
        """Attention to tokens of another name."""
        names = [name for name, each in self.maps.items() if each.tokens and not each.windows]
        if not names:
            return self.attention()
        given = self.options.attention(self.here.channels, (), True)
        return {"attention": given | {"from": self.one(*names)}}

    def block(self) -> Spec:
        """A block of a transformer."""
        of = self.here.of if self.here.whole else ()
        return {"transformer-block": self.options.block(self.here.channels, of)}

    def window_attention(self) -> Spec:
        """Attention in windows."""
        return {"window-attention": self.options.windows(self.here.channels, self.here.of)}

    def window_block(self) -> Spec:
        """A block of Swin."""
        of = self.here.of
        return {"transformer-block": self.options.block(self.here.channels, of, True)}

    def stage(self) -> Spec:
        """Blocks of Swin, of which each second one has its windows shifted."""
        [(kind, given)] = self.one(self.window_block, self.window_attention)().items()
        return {kind: self.options.in_turn(given), "repeat": 2}

    def merging(self) -> Spec:
        """Of 2 x 2 tokens one."""
        halves = tuple([(size + 1) // 2 for size in self.here.of])
        given = self.some(0.3, norm_at="post", norm="rms", bias=True)
        out = self.here.channels
        if self.chance(0.6):
            out = given["out"] = self.some_out()
        self.here = Map(prod(halves), out, halves)
        return {"patch-merging": given}

    # Between maps and tokens

    def to_tokens(self) -> Spec:
        """Tokens of a map, which may be in windows or grids."""
        of, channels = self.here.of, self.here.channels
        way = self.one("plain", "plain", "window", "grid")
        if way == "plain":
            self.here = Map(prod(of), channels, of)
            return {"to-tokens": {}}
        side = self.one(2, 3, 4) if way == "window" else 2
        if way == "grid" and any(size % 2 for size in of):
            self.here = Map(prod(of), channels, of)
            return {"to-tokens": {}}
        tokens = prod(size // side if way == "grid" else side for size in of)
        self.here = Map(tokens, channels, of, True)
        return {"to-tokens": {way: side}}

    def to_map(self) -> Spec:
        """Tokens as a map again."""
        self.here = Map(0, self.here.channels, self.here.of)
        return {"to-map": {}}

    def sized_map(self) -> Spec:
        """Tokens as a map of a size that is said."""
        tokens, axes = self.here.tokens, len(self.here.of) or 2
        of = (tokens,) if axes == 1 else (1, tokens)
        if axes == 2 and tokens % 2 == 0:
            of = (2, tokens // 2)
        self.here = Map(0, self.here.channels, of)
        return {"to-map": {"size": list(of)}}

    def patch_embed(self) -> Spec:
        """A token of each patch."""
        of, out = self.here.of, self.some_out()
        side = self.one(*[n for n in (1, 2, 3, 4) if all(size % n == 0 for size in of)])
        given = {"patch": side, "out": out} | self.some(0.25, bias=False, form="function")
        given |= self.some(0.3, norm=self.one("layer", "rms"))
        of = tuple([size // side for size in of])
        self.here = Map(prod(of), out, of)
        return {"patch-embed": given}

    def convolution(self) -> Spec:
        """A convolution of a map."""
        out = self.some_out()
        self.here = self.here._replace(channels=out)
        return {self.one("conv-bn-act", "standard", "pointwise"): {"out": out}}

    def pool(self) -> Spec:
        """A pool that halves a map, or leaves it."""
        of = self.here.of
        if min(of) < 4:
            return {"max-pool": {"k": 3, "stride": 1, "padding": 1}}
        self.here = self.here._replace(of=tuple([size // 2 for size in of]))
        return {self.one("max-pool", "avg-pool"): {}}
