"""Layers of maps: padding for each side, crops, pools as frameworks differ in them, resizes."""

from fractions import Fraction
from typing import Any

import pytest
import torch
import yaml
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn import functional

import convcost
from convcost.graph.nodes import Graph
from convcost.graph.receptive_field import receptive_field
from convcost.networks.formula import formula
from convcost.ops.padding import Crop, Pad
from convcost.pytorch.modules import GraphModule
from convcost.sources.reading.configs import parse_config
from tests.support.schema import validate

ONE_SIDED = [[1, 1], [0, 1]]


def read(text: str) -> Graph:
    """The graph of the one network of a config."""
    [case] = parse_config(text, "a.yaml")
    [use] = case.uses
    return use.kind.build(case.input, use.given)


def run(graph: Graph) -> tuple[Tensor, Tensor]:
    """Random numbers, and what a graph's module makes of them."""
    data = torch.randn(2, *graph.input)
    return data, GraphModule(graph)(data)


def words(graph: Graph) -> list[str]:
    """The ops of a graph."""
    return [str(node.op) for node in graph.nodes[1:]]


@pytest.mark.parametrize("padding", [ONE_SIDED, "1,1x0,1", ((1, 1), (0, 1)), [1, "0,1"]])
def test_padding_for_each_side(padding: Any) -> None:
    """Zeros for each side, however they are spelt, are where F.pad puts them."""
    module = convcost.to_torch("standard", (3, 6, 7), out=4, k=3, padding=padding)
    weight: Any = module.get_submodule("conv").weight
    data = torch.randn(1, 3, 6, 7)
    padded = functional.pad(data, (0, 1, 1, 1))
    assert torch.equal(module(data), functional.conv2d(padded, weight))


@pytest.mark.parametrize("kind", ["standard", "max-pool", "avg-pool"])
def test_pads_of_one_side_are_a_layer(kind: str) -> None:
    """Where the sides differ there is a layer of zeros; where they do not, there is none."""
    one_sided = convcost.build(kind, (4, 8, 8), k=2, padding=[[0, 1], [0, 1]])
    both = convcost.build(kind, (4, 8, 8), k=2, padding=[[1, 1], [1, 1]])
    assert words(one_sided)[0] == "pad right 1, bottom 1"
    assert both == convcost.build(kind, (4, 8, 8), k=2, padding=1)


def test_one_sided_padding_along_axes() -> None:
    """A separable kind pads each of its convolutions on that one's own axis."""
    graph = convcost.build("spatially-separable", (4, 8, 8), k=3, padding=ONE_SIDED)
    assert words(graph) == ["conv 3x1, padding 1x0", "pad right 1", "conv 1x3"]


@pytest.mark.parametrize(
    ("kind", "params", "message"),
    [
        ("standard", {"padding": "0,1"}, "padding has 1 numbers for 2 spatial axes"),
        ("pad", {"zeros": "0,1x0,1x1"}, "zeros has 3 numbers for 2 spatial axes"),
        ("transposed", {"padding": ONE_SIDED}, "as much off both sides; use output_padding, or"),
        ("transposed", {"padding": "tf-same"}, "tf-same is for convolutions and pools"),
        ("crop", {"sides": 1, "size": 4}, "either the sides that it takes off, or the size"),
        ("crop", {"size": 20}, "cannot crop 4x8x8 to 20x20"),
        ("crop", {"sides": "4x0"}, "nothing is left of 4x8x8: crop top 4, bottom 4"),
        ("avg-pool", {"stride": 1, "padding": "tf-same"}, "at stride 1 counts no zeros"),
        ("avg-pool", {"padding": ONE_SIDED, "count_padding": False}, "drop count_padding"),
        ("max-pool", {"k": 3, "padding": 2, "dilation": 2}, "more than half of pool kernel 3"),
        ("upsample", {"scale": "0.1"}, "nothing is left of 4x8x8"),
        ("upsample", {"scale": "2x1x1"}, "scale has 3 numbers for 2 spatial axes"),
        ("pixel-unshuffle", {"factor": 3}, "H and W divisible by 3"),
    ],
)
def test_refused(kind: str, params: dict[str, Any], message: str) -> None:
    """What cannot be built is refused in one line that says what can."""
    with pytest.raises(convcost.ConvcostError, match=message) as raised:
        convcost.build(kind, (4, 8, 8), **params)
    assert "\n" not in str(raised.value)


def test_divisor_of_one_axis() -> None:
    """torch's AvgPool1d has no divisor_override, so there is none."""
    with pytest.raises(convcost.ConvcostError, match="over one axis takes no divisor"):
        convcost.build("avg-pool", (4, 8), divisor=3)


def test_crop_is_a_slice() -> None:
    """A crop is the slice that code writes, and the centre is where U-Net's crop takes it from."""
    data, cropped = run(convcost.build("crop", (3, 9, 8), sides="1,2x0,3"))
    assert torch.equal(cropped, data[:, :, 1:-2, 0:-3])
    assert words(convcost.build("crop", (3, 9, 8))) == ["crop left 1, right 1, top 1, bottom 1"]
    data, centre = run(convcost.build("crop", (3, 64, 65), size=56))
    assert torch.equal(centre, data[:, :, 4:60, 4:60])


def test_crop_moves_what_is_seen() -> None:
    """A crop widens no view: a 3x3 behind it still sees three positions."""
    graph = read("input: 3x16x16\nlayers: [crop: {sides: '2,0x1,1'}, standard: {out: 4}]")
    assert (graph.output, receptive_field(graph)) == ((4, 14, 14), (3, 3))


def test_darknet_pool() -> None:
    """YOLOv3-tiny's last pool keeps 13x13: ZeroPad2d((0, 1, 0, 1)), then MaxPool2d(2, 1)."""
    graph = convcost.build("max-pool", (512, 13, 13), k=2, stride=1, padding="same")
    data, pooled = run(graph)
    reference = nn.Sequential(nn.ZeroPad2d((0, 1, 0, 1)), nn.MaxPool2d(2, 1))
    assert graph.output == (512, 13, 13)
    assert torch.equal(pooled, reference(data))


@pytest.mark.parametrize("padding", ["same", "tf-same"])
def test_dilated_pool_keeps_its_map(padding: str) -> None:
    """`same` holds where its zeros are more than torch's pool can have itself."""
    graph = convcost.build("max-pool", (2, 9, 9), k=3, stride=1, dilation=2, padding=padding)
    data, pooled = run(graph)
    padded = functional.pad(data, (2, 2, 2, 2))
    assert torch.equal(pooled, functional.max_pool2d(padded, 3, 1, dilation=2))
    assert receptive_field(graph) == (5, 5)


@pytest.mark.parametrize("size", range(1, 13))
@pytest.mark.parametrize("k", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("stride", [1, 2, 3])
def test_tensorflow_average(size: int, k: int, stride: int) -> None:
    """An average with SAME is over the elements inside the map, ceil(n / s) times."""
    try:
        graph = convcost.build("avg-pool", (1, size), k=k, stride=stride, padding="tf-same")
    except convcost.ConvcostError:
        assert (stride, k % 2) == (1, 0)
        return
    data, pooled = run(graph)
    count = -(-size // stride)
    start = -(max((count - 1) * stride + k - size, 0) // 2)
    windows = [range(start + i * stride, start + i * stride + k) for i in range(count)]
    inside = [[at for at in window if 0 <= at < size] for window in windows]
    expected = torch.stack([data[:, :, each].mean(2) for each in inside], 2)
    assert torch.allclose(pooled, expected, atol=1e-6)


def test_divisor() -> None:
    """An average divides by what it is told to."""
    data, pooled = run(convcost.build("avg-pool", (2, 6, 6), k=2, divisor=3))
    assert torch.allclose(pooled, functional.avg_pool2d(data, 2) * 4 / 3, atol=1e-6)


FACTORS = ["0.5", "1.5", "2x1", "1.25x0.75", "1/3", "2/3x2", "2.7"]


@pytest.mark.parametrize("scale", FACTORS)
@pytest.mark.parametrize("mode", ["nearest", "bilinear", "bicubic"])
def test_factors(scale: str, mode: str) -> None:
    """Fractions, and factors for each axis, leave the map that torch leaves."""
    graph = convcost.build("upsample", (2, 13, 11), scale=scale, mode=mode)
    _, resized = run(graph)
    assert tuple(resized.shape[1:]) == graph.output


@given(st.integers(1, 400), st.integers(1, 60), st.integers(1, 40))
def test_factors_are_exact(size: int, numerator: int, denominator: int) -> None:
    """A resize writes floor(n x scale) to the unit, or says that torch does not."""
    factor = Fraction(numerator, denominator)
    exact = size * numerator // denominator
    rounded = int(size * float(factor))
    if exact == rounded > 0:
        assert convcost.build("upsample", (1, size), scale=factor).output == (1, exact)
        return
    message = "nothing is left" if exact == rounded else f"is {exact}, and {rounded} in torch"
    with pytest.raises(convcost.ConvcostError, match=message):
        convcost.build("upsample", (1, size), scale=factor)


def test_rounded_factor_is_said() -> None:
    """Where a float's product falls below the whole number, the size has to be given."""
    with pytest.raises(convcost.ConvcostError, match=r"100 x 0\.29 is 29, and 28 in torch"):
        convcost.build("upsample", (1, 100, 100), scale=0.29)


def test_pixel_unshuffle() -> None:
    """Pixel-unshuffle is nn.PixelUnshuffle, and sees what it gathers."""
    graph = convcost.build("pixel-unshuffle", (3, 8, 12), factor=4)
    data, unshuffled = run(graph)
    assert torch.equal(unshuffled, nn.PixelUnshuffle(4)(data))
    assert (graph.output, receptive_field(graph)) == ((48, 2, 3), (4, 4))


def test_over_channels() -> None:
    """CBAM's spatial attention has a mean and a maximum over the channels as two maps."""
    data, mean = run(convcost.build("mean", (5, 4, 3), over="channels"))
    assert torch.equal(mean, data.mean(1, keepdim=True))
    data, largest = run(convcost.build("max", (5, 4, 3)))
    assert torch.equal(largest, data.max(1, keepdim=True)[0])


@pytest.mark.parametrize("keep", [False, True])
def test_over_the_map(keep: bool) -> None:
    """A mean or a maximum over the map leaves the channels, with their axes if they are kept."""
    shape = (5, 1, 1) if keep else (5,)
    for kind in ("mean", "max"):
        graph = convcost.build(kind, (5, 4, 3), over="map", keep=keep)
        data, found = run(graph)
        reference = data.mean((2, 3)) if kind == "mean" else data.amax((2, 3))
        assert graph.output == tuple(found.shape[1:]) == shape
        assert torch.allclose(found.flatten(1), reference, atol=1e-6)


def test_scales() -> None:
    """A constant has no params, a learnable scalar one, a layer scale one for each channel."""
    data, scaled = run(convcost.build("scale", (5, 4, 3), constant="0.1"))
    assert torch.equal(scaled, data * 0.1)
    params = [convcost.cost(kind, (5, 4, 3)).params for kind in ("learnable-scalar", "layer-scale")]
    assert params == [1, 5]
    data, scaled = run(convcost.build("layer-scale", (5, 4, 3)))
    assert torch.equal(scaled, data)


@pytest.mark.parametrize(
    ("kind", "params"),
    [
        ("upsample", {"scale": Fraction(3, 2)}),
        ("upsample", {"scale": (2, Fraction(1, 2))}),
        ("max-pool", {"k": 3, "padding": "tf-same", "dilation": 2}),
        ("avg-pool", {"k": 3, "stride": 2, "padding": "tf-same"}),
        ("crop", {"size": 4}),
        ("pixel-unshuffle", {"factor": 2}),
        ("layer-scale", {}),
        ("standard", {"padding": ((0, 1), (1, 2))}),
    ],
)
def test_formulas(kind: str, params: dict[str, Any]) -> None:
    """Formulas go through what is new, and come to the cost."""
    traced = formula(convcost.KINDS[kind], (4, 8, 8), params)
    own = convcost.cost(kind, (4, 8, 8), **params)
    assert (traced.cost.params, traced.cost.macs) == (own.params, own.macs)


LAYERS = """
name: spatial
input: 8x13x13
params: {p: 1, s: 3}
layers:
  - standard: {k: 3, padding: [[0, p], [p + 1, 0]]}
  - pad: {zeros: [[1, 0], 2]}
  - crop: {sides: [p, [0, 1]]}
  - upsample: {scale: s / 2}
  - upsample: {scale: [s / 3, 1.5]}
  - mean: {over: channels}
  - scale: {constant: 1 / s}
"""


def test_in_networks() -> None:
    """Sides, factors and constants may be expressions, and `channels` a word where it is one."""
    graph = read(LAYERS)
    assert words(graph)[:4] == [
        "pad left 2, bottom 1",
        "conv 3x3",
        "pad left 2, right 2, top 1",
        "crop right 1, top 1, bottom 1",
    ]
    assert words(graph)[4:] == [
        "resize nearest x1.5",
        "resize nearest x1 x1.5",
        "mean over the channels",
        "mul 1/3",
    ]
    assert graph.output == (1, 16, 36)


BLOCKS = """
name: spatial
input: 8x64x64
params: {rim: [[0, 1], [1, 0]], q: 2}
blocks:
  padded: {params: {padding: "0,1x0,1"}, layers: [{max-pool: {k: 2, padding: padding}}]}
layers:
  - padded
  - padded: {padding: rim}
  - padded: {padding: [[0, q // 2], 1]}
  - {for: [sides], in: [[[[q, 0], 0]], [1]], crop: {sides: sides}}
"""


def test_in_blocks() -> None:
    """Sides go through the parameters of networks, blocks and loops, as text and as lists."""
    pads = [str(node.op) for node in read(BLOCKS).nodes if isinstance(node.op, Pad | Crop)]
    assert pads == [
        "pad right 1, bottom 1",
        "pad left 1, bottom 1",
        "pad left 1, right 1, bottom 1",
        "crop top 2",
        "crop left 1, right 1, top 1, bottom 1",
    ]


@pytest.mark.parametrize("text", [LAYERS, BLOCKS])
def test_schema(text: str) -> None:
    """The schema takes what the reader does."""
    validate(yaml.safe_load(text))


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        ("standard: {padding: [[0, q], [0, 1]]}", "a.yaml:5:26: padding: no name 'q'"),
        ("standard: {padding: [[0, {a: 1}], 1]}", "padding is a value or a list of values"),
        ("standard: {padding: [[0, 1, 2], 1]}", "padding takes a number, or two, for each axis"),
        ("standard: {padding: [[[0]], 1]}", "padding is a value or a list of values"),
        (
            "standard: {padding: [[0, p - 3], 1]}",
            r"padding must be at least 0, got -2 \(0, p - 3, 1\)",
        ),
        ("standard: {k: [[3, 1]]}", "k is a value or a list of values"),
        ("standard: {padding: [[0, 1], [[0], 1]]}", "padding is a value or a list of values"),
        ("upsample: {scale: x2}", "scale must be numbers, such as 1.5 or 2x1, got 'x2'"),
        ("upsample: {scale: p - 1}", r"scale must be more than 0, got 0 \(p - 1\)"),
    ],
)
def test_slips(layer: str, message: str) -> None:
    """What is wrong in a file is said with its place, in one line."""
    text = f"name: a\ninput: 8x13x13\nparams: {{p: 1}}\nlayers:\n  - {layer}\n"
    with pytest.raises((convcost.ConvcostError, ValueError), match=message) as raised:
        read(text)
    assert "\n" not in str(raised.value)
