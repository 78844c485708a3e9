"""The layers that make tokens of maps and of words, work on each token, and end them."""

from typing import Annotated, Any

from convcost.graph.builder import Builder, Finish
from convcost.kinds.parameters import (
    ActName,
    Bias,
    Dropout,
    Form,
    Hidden,
    NormName,
    Out,
    Ratio,
    Size,
    per_axis,
)
from convcost.kinds.registry import kind
from convcost.ops.layouts import Cut, Tokens, Windows
from convcost.ops.maps import Activation
from convcost.ops.op import Axes, times
from convcost.ops.partitions import FromWindows, ToWindows
from convcost.ops.tokens import ClassToken, Embedding, OneToken, Positions, ToMap, ToTokens
from convcost.ops.windows import Window
from convcost.values.axes import PerAxis
from convcost.values.whole import Whole

Patch = Annotated[int | Axes, PerAxis(), "size of a patch, of which a token is made"]
WindowSize = Annotated[
    int | Axes | None, PerAxis(), "size of the windows that a map is cut into, in tokens"
]
Grid = Annotated[
    int | Axes | None,
    PerAxis(),
    "how many sequences to make of a map along each axis; with 2, each has every second position",
]
Count = Annotated[int, Whole(), "trainable tokens that are put in front"]
Index = Annotated[int, Whole(0), "which token is taken, from 0 on"]
Vocabulary = Annotated[int, Whole(), "words that an embedding has a vector for"]


@kind("to-tokens", compared=False, also="flatten-map tokenize", since="0.2")
def to_tokens(net: Builder, window: WindowSize = None, grid: Grid = None) -> None:
    """Each position of a map is a token: C x H x W becomes HW x C.

    The tokens of each window, or of each grid, are by themselves until `to-map`. Grids: MaxViT,
    arXiv 2204.01697; MobileViT, 2110.02178.
    """
    if window and grid:
        raise ValueError("to-tokens takes a window or a grid, not both")
    net.add("tokens", ToTokens())
    size = net.shape.of  # type: ignore[attr-defined]
    cut = window or grid
    if cut is not None:
        area = per_axis("window" if window else "grid", cut, len(size))
        net.add("windows", ToWindows(Cut(size, area, grid=grid is not None)))


@kind("to-map", compared=False, also="unflatten tokens-to-map", tokens=True, since="0.2")
def to_map(net: Builder, size: Size = None) -> None:
    """Tokens are positions of a map again, of the size that it had, or of another."""
    shape = require_tokens(net, "to-map")
    if isinstance(shape, Windows):
        net.add("windows", FromWindows(shape.cut))
    if size is None and not shape.of:
        raise ValueError("to-map needs a size: these tokens were not made of a map")
    of = shape.of if size is None else per_axis("size", size, len(shape.of) or 2)
    net.add("map", ToMap(of))


@kind("patch-embed", compared=False, also="patchembed patch-embedding", since="0.2")
def patch_embed(
    net: Builder,
    out: Out,
    patch: Patch = 16,
    bias: Bias = True,
    norm: NormName = "none",
    form: Form = "module",
) -> None:
    """A token of each patch, by a convolution of the patch's size and stride.

    ViT, arXiv 2010.11929.
    """
    kernel, none = per_axis("patch", patch, net.dims), (0,) * net.dims
    if any(size % step for size, step in zip(net.shape[1:], kernel, strict=True)):
        raise ValueError(f"{times(net.shape[1:])} is no whole number of patches of {times(kernel)}")
    window = Window(kernel, kernel, tuple((zero, zero) for zero in none), (1,) * net.dims)
    net.conv("conv", out, window, Finish(bias, form=form))
    net.add("tokens", ToTokens())
    if norm != "none":
        net.norm("norm", Finish(norm=norm, form=form))


@kind("class-token", compared=False, also="cls cls-token classtoken", tokens=True, since="0.2")
def class_token(net: Builder, count: Count = 1) -> None:
    """A trainable token in front of the others, or several.

    ViT, arXiv 2010.11929; one more for distillation in DeiT, 2012.12877.
    """
    require_tokens(net, "class-token")
    net.add("token", ClassToken(count, net.channels))


@kind(
    "take-token", compared=False, also="first-token select-token cls-pool", tokens=True, since="0.2"
)
def take_token(net: Builder, index: Index = 0) -> None:
    """One token as features, as the class token before a head."""
    require_tokens(net, "take-token")
    net.add("token", OneToken(index))


@kind(
    "positions",
    compared=False,
    also="pos-embed position-embedding positional-encoding pos-embedding",
    tokens=True,
    since="0.2",
)
def positions(net: Builder) -> None:
    """A trainable vector added to each token (learned position embeddings).

    ViT, arXiv 2010.11929.
    """
    shape = require_tokens(net, "positions")
    net.add("positions", Positions(shape[-2], shape[-1]))


@kind("embedding", compared=False, also="embed word-embedding", features=True, since="0.2")
def embedding(net: Builder, out: Out, vocabulary: Vocabulary = 1000) -> None:
    """A trainable vector for each word: 77 numbers become 77 tokens (`torch.nn.Embedding`)."""
    net.add("embedding", Embedding(vocabulary, out))


@kind(
    "mlp",
    compared=False,
    anywhere=True,
    also="ffn feed-forward feedforward",
    features=True,
    since="0.2",
)
def mlp(
    net: Builder,
    out: Out,
    hidden: Hidden = None,
    ratio: Ratio = 4,
    act: ActName = "gelu",
    bias: Bias = True,
    dropout: Dropout = False,
    form: Form = "module",
) -> None:
    """Two linear layers with an activation between them, on features or on each token.

    ViT, arXiv 2010.11929: 4 times as wide inside.
    """
    if net.dims:
        raise ValueError(
            f"mlp is for tokens and features, not a map of {times(net.shape)}; pointwise layers "
            "are its like on maps"
        )
    append_mlp(net, "", out, hidden or widened(net.channels, ratio), act, bias, dropout, form)


def append_mlp(
    net: Builder,
    scope: str,
    out: int,
    hidden: int,
    act: str,
    bias: bool,
    dropout: bool,
    form: str = "module",
) -> None:
    """Append the two linear layers of an mlp with all that is between them and behind."""
    net.linear(f"{scope}fc1", hidden, bias=bias, form=form)
    if act != "none":
        net.activation(f"{scope}act", act, form)
    if dropout:
        net.add(f"{scope}drop1", Activation("dropout"), form=form)
    net.linear(f"{scope}fc2", out, bias=bias, form=form)
    if dropout:
        net.add(f"{scope}drop2", Activation("dropout"), form=form)


def widened(channels: int, ratio: Any) -> int:
    """So many times the channels, cut off to a whole number as code does."""
    hidden: int = channels * ratio.numerator // ratio.denominator
    if hidden < 1:
        raise ValueError(f"nothing is left of {channels} channels x {ratio}")
    return hidden


def require_tokens(net: Builder, name: str) -> Tokens:
    """The shape that comes in, which has to be of tokens."""
    shape = net.shape
    if isinstance(shape, Tokens):
        return shape
    what = f"a map of {times(shape)}; to-tokens or patch-embed makes them of it"
    if len(shape) == 1:
        what = f"{shape[0]} features"
    raise ValueError(f"{name} takes tokens, not {what}")
