"""Random kinds at random shapes, for property tests."""

from fractions import Fraction
from math import prod
from typing import Any, NamedTuple

from hypothesis import assume
from hypothesis import strategies as st

from convcost.api import KINDS
from convcost.graph.builder import Builder
from convcost.graph.nodes import Graph
from convcost.kinds.attending import SPELLINGS
from convcost.kinds.catalogue import compared_kinds
from convcost.kinds.convolutions import DIRECTIONS
from convcost.kinds.parameters import ACTS, NORMS
from convcost.kinds.registry import Kind
from convcost.kinds.resizing import MODES
from convcost.ops.convolutions import Conv, SameConv
from convcost.ops.layouts import Tokens
from convcost.ops.maps import Elementwise
from convcost.ops.moves import Concat
from convcost.ops.op import Shape
from convcost.ops.products import Linear
from convcost.values.whole import Numbers
from tests.support.vision import has_torchvision


class Drawn(NamedTuple):
    """A kind, its input and the parameters it is given; it may not be possible to build it."""

    kind: Kind
    shape: Shape
    given: dict[str, Any]


def built(drawn: Drawn) -> Graph:
    """The graph of a kind, where the draw is possible."""
    try:
        return drawn.kind.build(drawn.shape, drawn.given)
    except ValueError:
        assume(False)
        raise AssertionError from None


def per_axis(dims: int, low: int, high: int) -> st.SearchStrategy[int | tuple[int, ...]]:
    """One number, or one per axis."""
    number = st.integers(low, high)
    return number | st.tuples(*[number] * dims)


def per_side(dims: int, high: int) -> st.SearchStrategy[Any]:
    """One number, one per axis, or two per axis."""
    number = st.integers(0, high)
    return per_axis(dims, 0, high) | st.tuples(*[st.tuples(number, number)] * dims)


FACTORS = st.integers(1, 3) | st.sampled_from([Fraction(1, 2), Fraction(3, 2), Fraction(1, 3)])
"""What maps are resized by."""


def scales(dims: int) -> st.SearchStrategy[Any]:
    """One factor, or one per axis."""
    return FACTORS | st.tuples(*[FACTORS] * dims)


RECURRENT = ("rnn", "gru", "lstm")
"""Kinds whose tokens torch takes one after the other in Python, where there are no numbers."""


@st.composite
def drawn_kinds(
    draw: st.DrawFn,
    largest: int = 9,
    channels: int = 12,
    compared: bool = False,
    run: bool = False,
    dims: int | None = None,
) -> Drawn:
    """Any kind, or any convolution, with any of its parameters, on 1 to 3 spatial axes.

    Kinds of tokens are on those of a map of as many axes; where it is said how many axes a map has,
    there are none. One that is to `run` is one that torch has here.
    """
    of_maps, dims = dims is not None, dims or draw(st.sampled_from([1, 2, 2, 2, 3]))
    shape = draw(st.tuples(st.integers(1, channels), *[st.integers(1, largest)] * dims))
    kinds = compared_kinds() if compared else list(KINDS.values())
    if run and not has_torchvision():
        kinds = [kind for kind in kinds if kind.name != "deform-conv"]
    if of_maps:
        kinds = [kind for kind in kinds if not kind.tokens and kind.name != "embedding"]
    kind = draw(st.sampled_from(kinds))
    if run and kind.name in RECURRENT:
        shape = (shape[0], *[min(size, 6) for size in shape[1:]])
    if kind.tokens:
        shape = Tokens((prod(shape[1:]), shape[0] * draw(st.sampled_from([1, 2, 4]))), shape[1:])
    elif kind.name == "embedding":
        shape = shape[:1]
    strategies = {
        "out": st.integers(1, channels) | st.sampled_from([shape[0], 2 * shape[0]]),
        "k": per_axis(dims, 1, 5),
        "stride": per_axis(dims, 1, 3),
        "padding": st.sampled_from(["same", "valid", "tf-same", "torch-same", "torch-valid"])
        | per_side(dims, 3),
        "dilation": per_axis(dims, 1, 3),
        "bias": st.booleans(),
        "norm": st.sampled_from(NORMS.names),
        "act": st.sampled_from(ACTS.names),
        "norm_groups": st.sampled_from([1, 2, 4]),
        "last_only": st.lists(st.sampled_from(["bias", "norm", "act"]), unique=True).map(tuple),
        "groups": st.integers(1, 4),
        "multiplier": st.integers(1, 3),
        "pointwise": st.booleans(),
        "direction": st.sampled_from(DIRECTIONS.names),
        "output_padding": per_axis(dims, 0, 2),
        "ceil": st.booleans(),
        "count_padding": st.booleans(),
        "affine": st.booleans(),
        "running_stats": st.booleans(),
        "size": per_axis(dims, 1, 5),
        "scale": scales(dims),
        "constant": FACTORS,
        "mode": st.sampled_from(MODES.names),
        "factor": st.integers(1, 3),
        "form": st.sampled_from(["module", "function"]),
        "inplace": st.sampled_from([False, False, False, True]),
        "norm_bias": st.booleans(),
        "bottleneck": st.booleans(),
        "parts": st.integers(1, 3),
        "width": st.integers(1, 6),
        "expand": st.integers(1, 3),
        "reduce": st.integers(1, 4),
        "squeeze": st.integers(1, 5),
        "squeeze_act": st.sampled_from(ACTS.names),
        "gate": st.sampled_from(ACTS.names),
        "shortcut": st.sampled_from(["auto", "projection", "padded", "none"]),
        "layer_scale": st.booleans(),
        "se": st.booleans(),
        "pad_first": st.booleans(),
        "dense_first": st.booleans(),
        "split": st.sampled_from(["rest", "half"]),
        "growth": st.integers(1, 6),
        "ratio": st.integers(1, 3),
        "cheap_k": per_axis(dims, 1, 5),
        "kernels": st.lists(st.integers(1, 5), min_size=1, max_size=3).map(Numbers),
        "zeros": per_side(dims, 2),
        "sides": per_side(dims, 2),
        "divisor": st.integers(1, 5),
        "over": st.sampled_from(("map", "channels", "tokens", "last")),
        "keep": st.booleans(),
        "start": st.integers(0, 4),
        "stop": st.integers(1, 12),
        "stride_on": st.sampled_from(["first", "middle"]),
        "least": st.integers(1, 6),
        "dilated": st.booleans(),
        "split_input": st.booleans(),
        "rates": st.lists(st.integers(1, 3), min_size=1, max_size=2).map(Numbers),
        "n": st.integers(1, 2),
        "inner": st.integers(1, 5),
        "c3k": st.booleans(),
        "add": st.booleans(),
        "patch": per_axis(dims, 1, 3),
        "window": per_axis(dims, 1, 4),
        "grid": per_axis(dims, 1, 2),
        "shift": per_axis(dims, 0, 2),
        "heads": st.sampled_from([1, 2, 4]),
        "kv_heads": st.sampled_from([1, 2]),
        "head_size": st.integers(1, 6),
        "qkv_bias": st.booleans(),
        "qk_norm": st.sampled_from(["none", "none", "layer", "rms"]),
        "dropout": st.booleans(),
        "causal": st.booleans(),
        "spelling": st.sampled_from(SPELLINGS.names),
        "need_weights": st.booleans(),
        "position_bias": st.sampled_from(["none", "none", "table", "mlp"]),
        "cosine": st.booleans(),
        "project": st.booleans(),
        "hidden": st.integers(1, 9),
        "norm_at": st.sampled_from(["pre", "post", "res-post"]),
        "drop_path": st.booleans(),
        "count": st.integers(1, 2),
        "index": st.integers(0, 2),
        "vocabulary": st.integers(1, 9),
        "of": st.sampled_from(["channels", "tokens"]),
        "offset_groups": st.integers(1, 3),
        "modulated": st.booleans(),
        "num_layers": st.integers(1, 3),
        "directions": st.integers(1, 2),
    }
    drawn = [name for name in kind.params if name != "from"]  # which is for networks
    given = draw(st.fixed_dictionaries({}, optional={name: strategies[name] for name in drawn}))
    return Drawn(kind, shape, given)


class DrawnNetwork(NamedTuple):
    """A small network, its batch, and the words that made it."""

    graph: Graph
    batch: int
    layers: tuple[str, ...]


@st.composite
def drawn_networks(draw: st.DrawFn, run: bool = False) -> DrawnNetwork:
    """A few layers of any kind, called in any form, with branches that are joined, and a head."""
    dims = draw(st.sampled_from([1, 2, 2, 2, 3]))
    first = draw(drawn_kinds(largest=12, channels=8, dims=dims))
    net, layers = Builder(first.shape), []
    net.of_layer = False
    for number in range(draw(st.integers(1, 5))):
        drawn = draw(drawn_kinds(largest=12, channels=8, run=run, dims=dims))
        if _append(net, f"{number}.", drawn.kind, drawn.given):
            layers.append(f"{drawn.kind.name} {drawn.given}")
        joined = draw(st.sampled_from(["", "", "add", "mul", "sub", "cat"]))
        if joined and (form := _join(draw, net, f"{number}.join", joined)):
            layers.append(f"{joined} ({form})")
    head = draw(st.sampled_from(["", "mean", "flatten"]))
    if head and prod(net.shape) < 4000:
        _append(net, "head.", KINDS[head], {})
        _append(net, "fc.", KINDS["linear"], {"out": 5, "bias": draw(st.booleans())})
        layers.append(head)
    if draw(st.booleans()):
        layers.append(_in_other_forms(draw, net))
    return DrawnNetwork(net.graph(), draw(st.integers(1, 3)), tuple(layers))


def _append(net: Builder, scope: str, kind: Kind, given: dict[str, Any]) -> bool:
    """Append a kind if it can be; what a failed one left behind is taken away again."""
    before, last = len(net.nodes), net.last
    net.scope = scope
    try:
        kind.append(net, given, {})
        if prod(net.shape) > 40_000:
            raise ValueError("too large for a quick run")
    except ValueError:
        del net.nodes[before:]
        net.last = last
    net.scope = ""
    return len(net.nodes) > before


def _join(draw: st.DrawFn, net: Builder, path: str, function: str) -> str:
    """Join the last node with an earlier one that fits, in any form; says how it was called."""
    end, shape = net.last, net.shape
    axis = draw(st.integers(0, len(shape) - 1)) if function == "cat" else None
    fits = [
        index
        for index, node in enumerate(net.nodes[:-1])
        if len(node.shape) == len(shape) and _but(axis, node.shape) == _but(axis, shape)
        if type(node.shape) is type(shape)
    ]
    if not fits:
        return ""
    other = draw(st.sampled_from(fits))
    if axis is not None:
        net.add(path, Concat(axis), end, other)
        return f"torch, axis {axis}"
    form = draw(st.sampled_from(["torch", "operator"]))
    net.add(path, Elementwise(function), end, other, form=form)
    return form


def _but(axis: int | None, shape: Shape) -> Shape:
    """The sizes of a shape but for one axis."""
    return tuple(size for index, size in enumerate(shape) if index != axis)


def _in_other_forms(draw: st.DrawFn, net: Builder) -> str:
    """Call some convolutions and linear layers as subclasses or functions."""
    form = draw(st.sampled_from(["subclass", "function"]))
    for index, node in enumerate(net.nodes):
        able = isinstance(node.op, Conv | Linear) and type(node.op) is not SameConv
        if not able or node.form != "module":
            continue
        if node.owner is not None:  # the same module once more
            net.nodes[index] = node._replace(form=net.nodes[node.owner].form)
        elif draw(st.booleans()):
            net.nodes[index] = node._replace(form=form)
    return f"some as {form}"
