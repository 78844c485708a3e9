"""The kinds of tokens as torch code has them, for `token_reading`: nothing of convcost is in it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from tests.support.attentions import (
    Size,
    WindowAttention,
    call_linear,
    make_attention,
    make_norm,
    partition,
    reverse,
    spread,
)
from tests.support.leaves import activation, call_leaf, make_leaf
from tests.support.transformers import Block, Mlp, PatchMerging

Maps = Mapping[str, Tensor]
Call = Callable[[Any, Tensor, Maps], Tensor]
"""What a layer does, given the network, the map that comes in, and all maps with names."""


class Cut(NamedTuple):
    """How a map was cut: into windows of a size, or into so many grids."""

    window: Size
    grid: bool


class Lay(NamedTuple):
    """How a tensor lies: maps and features have their channels first, tokens have them last.

    `of` is the size of the map that the tokens were made of; windows have been `cut` out of it.
    """

    tokens: bool = False
    of: Size = ()
    cut: Cut | None = None


class Here(NamedTuple):
    """A tensor as it is when the network is made, of one sample, and how it lies."""

    x: Tensor
    lay: Lay = Lay()

    @property
    def axis(self) -> int:
        """That of the channels."""
        return -1 if self.lay.tokens else 1

    @property
    def channels(self) -> int:
        """How many there are."""
        return self.x.shape[self.axis]

    @property
    def names(self) -> dict[str, int]:
        """What expressions may ask for."""
        if self.lay.tokens:
            return {"channels": self.channels, "tokens": self.x.shape[1]}
        sizes = reversed(self.x.shape[2:])
        return {"channels": self.channels, **dict(zip(("width", "height"), sizes, strict=False))}


Keep = Callable[[Callable[[], nn.Module | nn.Parameter]], str]
"""Makes a child of the network, or takes one that is there already; returns its name."""
Leaf = tuple[Call, Lay]


def make_token_leaf(
    kind: str, given: dict[str, Any], here: Here, keep: Keep, named: Mapping[str, Here]
) -> Leaf:
    """A kind on what comes in: what it does, and how that lies."""
    if kind in MADE:
        return MADE[kind](given, here, keep)
    if kind == "attention":
        return attention(given, here, keep, named)
    module, function = make_leaf(kind, given, here.x)
    key = keep(lambda: module) if module is not None else ""

    def call(net: Any, x: Tensor, maps: Maps) -> Tensor:
        return call_leaf([net.get_submodule(key)] if key else [], function, x)

    return call, here.lay


def of_module(key: str, *more: Any) -> Call:
    """Call a child, which may be told more than what comes in."""
    return lambda net, x, maps: net.get_submodule(key)(x, *more)


def of_function(function: Callable[[Tensor], Tensor]) -> Call:
    """Call what needs no child."""
    return lambda net, x, maps: function(x)


def linear(given: dict[str, Any], here: Here, keep: Keep) -> Leaf:
    """A linear layer on tokens, features, the last axis of a map, or its channels."""
    flat = here.x.dim() > 2 and not here.lay.tokens and here.x[0, 0].numel() == 1
    over, function = given.get("over"), given.get("form") == "function"
    first = over == "channels" and here.x.dim() > 2 and not here.lay.tokens
    flat = flat and over is None
    wide = here.channels if first or flat else here.x.shape[-1]
    out = given.get("out", here.channels)
    key = keep(lambda: nn.Linear(wide, out, given.get("bias", True)))

    def call(net: Any, x: Tensor, maps: Maps) -> Tensor:
        x = x.flatten(1) if flat else x.movedim(1, -1) if first else x
        x = call_linear(net.get_submodule(key), x, function)
        return x.movedim(-1, 1) if first else x

    return call, here.lay


def mlp(given: dict[str, Any], here: Here, keep: Keep) -> Leaf:
    """Two linear layers."""
    return of_module(keep(lambda: Mlp(here.channels, given))), here.lay


def norm(given: dict[str, Any], here: Here, keep: Keep) -> Leaf:
    """A norm of the last axis, to which the channels of a map are moved; or another of a map."""
    name = given.get("norm", "batch")
    if name not in ("layer", "rms"):
        module, _ = make_leaf("norm", given, here.x)
        assert module is not None
        return of_module(keep(lambda: module)), here.lay
    first = not here.lay.tokens and here.x.dim() > 2
    function = given.get("form") == "function"
    key = keep(lambda: make_norm(name, here.channels, given) or nn.Identity())

    def call(net: Any, x: Tensor, maps: Maps) -> Tensor:
        x, own = x.movedim(1, -1) if first else x, net.get_submodule(key)
        if not function:
            x = own(x)
        elif name == "layer":
            x = functional.layer_norm(x, own.normalized_shape, own.weight, own.bias)
        else:
            x = functional.rms_norm(x, own.normalized_shape, own.weight)
        return x.movedim(-1, 1) if first else x

    return call, here.lay


def act(given: dict[str, Any], here: Here, keep: Keep) -> Leaf:
    """An activation; a PReLU of one slope."""
    name = given.get("act", "relu")
    if given.get("form") == "function":
        return of_function(lambda x: getattr(functional, name)(x)), here.lay
    name, slopes = ("prelu", 1) if name == "prelu-shared" else (name, here.channels)
    return of_module(keep(lambda: activation(name, slopes))), here.lay


def softmax(given: dict[str, Any], here: Here, keep: Keep) -> Leaf:
    """Softmax over the channels."""
    if given.get("form") == "function":
        return of_function(lambda x: functional.softmax(x, here.axis)), here.lay
    return of_module(keep(lambda: nn.Softmax(here.axis))), here.lay


def sliced(given: dict[str, Any], here: Here, keep: Keep) -> Leaf:
    """Some of the channels, or of the tokens."""
    start, stop = given.get("start", 0), given.get("stop")
    if here.lay.tokens and given.get("of") != "tokens":
        return of_function(lambda x: x[..., start:stop]), here.lay
    return of_function(lambda x: x[:, start:stop]), here.lay


def to_tokens(given: dict[str, Any], here: Here, keep: Keep) -> Leaf:
    """Positions of a map as tokens, which may be in windows or grids."""
    size = tuple(here.x.shape[2:])
    area = given.get("window", given.get("grid"))
    if area is None:
        return of_function(lambda x: x.flatten(2).transpose(1, 2)), Lay(True, size)
    cut = Cut(spread(area, len(size)), "grid" in given)
    behind = [-n % side for n, side in zip(size, cut.window, strict=True)]

    def call(net: Any, x: Tensor, maps: Maps) -> Tensor:
        if any(behind):
            x = functional.pad(x, [zeros for side in reversed(behind) for zeros in (0, side)])
        return partition(x.movedim(1, -1), cut.window, cut.grid)

    return call, Lay(True, size, cut)


def to_map(given: dict[str, Any], here: Here, keep: Keep) -> Leaf:
    """Tokens as positions of a map."""
    of, cut = here.lay.of, here.lay.cut
    size = spread(given["size"], len(of) or 2) if "size" in given else of

    def call(net: Any, x: Tensor, maps: Maps) -> Tensor:
        if cut is not None:
            grown = tuple([n + -n % side for n, side in zip(of, cut.window, strict=True)])
            x = reverse(x, cut.window, grown, cut.grid)
            x = x[:, *[slice(0, n) for n in of]].contiguous().flatten(1, len(of))
        return x.transpose(1, 2).reshape(x.shape[0], x.shape[2], *size)

    return call, Lay()


def patch_embed(given: dict[str, Any], here: Here, keep: Keep) -> Leaf:
    """A token of each patch."""
    patch = spread(given.get("patch", 16), here.x.dim() - 2)
    channels, out = here.channels, given.get("out", here.channels)
    kinds: list[Callable[..., nn.Module]] = [nn.Conv1d, nn.Conv2d]
    conv = kinds[len(patch) - 1]
    function = given.get("form") == "function"
    key = keep(lambda: conv(channels, out, patch, patch, bias=given.get("bias", True)))
    made = tuple([n // side for n, side in zip(here.x.shape[2:], patch, strict=True)])
    lay, name = Lay(True, made), given.get("norm", "none")
    behind: Call = of_function(lambda x: x)
    if name != "none":
        said = {"norm": name, "form": given.get("form", "module")}
        behind, _ = norm(said, Here(torch.zeros(1, math.prod(made), out), lay), keep)

    def call(net: Any, x: Tensor, maps: Maps) -> Tensor:
        own = net.get_submodule(key)
        if function:
            convolve = getattr(functional, f"conv{len(patch)}d")
            x = convolve(x, own.weight, own.bias, stride=patch)
        else:
            x = own(x)
        return behind(net, x.flatten(2).transpose(1, 2), maps)

    return call, lay


def class_token(given: dict[str, Any], here: Here, keep: Keep) -> Leaf:
    """Trainable tokens in front."""
    shape = (1, given.get("count", 1), here.channels)
    key = keep(lambda: nn.Parameter(torch.zeros(shape)))
    return (
        lambda net, x, maps: torch.cat([getattr(net, key).expand(x.shape[0], -1, -1), x], 1),
        here.lay,
    )


def positions(given: dict[str, Any], here: Here, keep: Keep) -> Leaf:
    """A trainable vector for each token."""
    key = keep(lambda: nn.Parameter(torch.zeros(1, *here.x.shape[1:])))
    return (lambda net, x, maps: x + getattr(net, key)), here.lay


def layer_scale(given: dict[str, Any], here: Here, keep: Keep) -> Leaf:
    """A trainable factor for each channel."""
    behind = (1,) * (0 if here.lay.tokens else here.x.dim() - 2)
    key = keep(lambda: nn.Parameter(torch.ones(here.channels, *behind)))
    return (lambda net, x, maps: x * getattr(net, key)), here.lay


def take_token(given: dict[str, Any], here: Here, keep: Keep) -> Leaf:
    """One token."""
    index = given.get("index", 0)
    return of_function(lambda x: x[:, index]), Lay()


def mean(given: dict[str, Any], here: Here, keep: Keep) -> Leaf:
    """The mean of all tokens, or of all positions."""
    axes = (1,) if here.lay.tokens else tuple(range(2, here.x.dim()))
    return of_function(lambda x: x.mean(axes)), Lay()


def largest(given: dict[str, Any], here: Here, keep: Keep) -> Leaf:
    """The maximum of all tokens."""
    return of_function(lambda x: x.amax(1)), Lay()


def flat(given: dict[str, Any], here: Here, keep: Keep) -> Leaf:
    """All axes in one."""
    return of_function(lambda x: torch.flatten(x, 1)), Lay()


def embedding(given: dict[str, Any], here: Here, keep: Keep) -> Leaf:
    """A vector for each word."""
    out = given.get("out", here.channels)
    key = keep(lambda: nn.Embedding(given.get("vocabulary", 1000), out))
    return (lambda net, x, maps: net.get_submodule(key)(x.long())), Lay(True)


def recurrent(name: str) -> Callable[[dict[str, Any], Here, Keep], Leaf]:
    """A recurrent layer, by its name in torch."""

    def leaf(given: dict[str, Any], here: Here, keep: Keep) -> Leaf:
        options: dict[str, Any] = {"num_layers": given.get("num_layers", 1), "batch_first": True}
        options |= {"bias": given.get("bias", True)}
        options |= {"bidirectional": given.get("directions", 1) == 2}
        options |= {"nonlinearity": given["act"]} if "act" in given else {}
        out = given.get("out", here.channels)
        key = keep(lambda: getattr(nn, name)(here.channels, out, **options))
        return (lambda net, x, maps: net.get_submodule(key)(x)[0]), here.lay

    return leaf


def attention(given: dict[str, Any], here: Here, keep: Keep, named: Mapping[str, Here]) -> Leaf:
    """Attention among tokens, or to those of another name."""
    memory = given.get("from")
    wide = named[memory].channels if memory else 0
    key = keep(lambda: make_attention(here.channels, given, wide, here.lay.of))
    if not memory:
        return of_module(key), here.lay
    return (lambda net, x, maps: net.get_submodule(key)(x, maps[memory])), here.lay


def window_attention(given: dict[str, Any], here: Here, keep: Keep) -> Leaf:
    """Attention in windows, with a table of distances."""
    given, size = {"position_bias": "table", **given}, here.lay.of
    key = keep(lambda: WindowAttention(here.channels, given, len(size)))
    return of_module(key, size), here.lay


def transformer_block(given: dict[str, Any], here: Here, keep: Keep) -> Leaf:
    """Attention and an mlp."""
    size = here.lay.of
    return of_module(keep(lambda: Block(here.channels, given, size)), size), here.lay


def patch_merging(given: dict[str, Any], here: Here, keep: Keep) -> Leaf:
    """Of 2 x 2 tokens one."""
    size = here.lay.of
    key = keep(lambda: PatchMerging(here.channels, given, len(size)))
    return of_module(key, size), Lay(True, tuple([(n + 1) // 2 for n in size]))


MADE: dict[str, Callable[[dict[str, Any], Here, Keep], Leaf]] = {
    **{"linear": linear, "mlp": mlp, "norm": norm, "act": act, "softmax": softmax},
    **{"slice": sliced, "to-tokens": to_tokens, "to-map": to_map, "patch-embed": patch_embed},
    **{"class-token": class_token, "positions": positions, "layer-scale": layer_scale},
    **{"take-token": take_token, "mean": mean, "max": largest, "flatten": flat},
    **{"embedding": embedding, "window-attention": window_attention},
    **{"transformer-block": transformer_block, "patch-merging": patch_merging},
    **{name.lower(): recurrent(name) for name in ("LSTM", "GRU", "RNN")},
}
"""The kinds that are not those of `leaves`; attention reads maps by name, too."""
