"""The torch modules are right in their values, not only in their counts."""

from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

import convcost

ARTICLE_PADS = {
    "right-top": (0, 1, 1, 0),
    "right-bottom": (0, 1, 0, 1),
    "left-top": (1, 0, 1, 0),
    "left-bottom": (1, 0, 0, 1),
}
"""`F.pad` arguments of the four directions, as the article's code has them."""


def weight(module: nn.Module, name: str) -> Tensor:
    """The weight of a child module."""
    found = module.get_submodule(name).weight
    assert isinstance(found, Tensor)
    return found


def only_two_by_two(direction: str, channels: int) -> nn.Module:
    """An xsepconv whose other convolutions pass their input through."""
    module = convcost.to_torch("xsepconv", (channels, 7, 7), k=1, direction=direction)
    with torch.no_grad():
        weight(module, "1xk").fill_(1)
        weight(module, "kx1").fill_(1)
        weight(module, "pointwise").copy_(torch.eye(channels).reshape(channels, channels, 1, 1))
    return module


def test_worked_depthwise_example() -> None:
    """Section B's worked example gives the output that the article prints."""
    module = convcost.to_torch("depthwise", (2, 4, 4), k=3, multiplier=2, padding="valid")
    with torch.no_grad():
        for index, value in enumerate((0.0, 2.0, 1.0, 3.0)):
            weight(module, "conv")[index].fill_(value)
    columns = torch.tensor([1.0, 2.0, 3.0, 4.0]).expand(4, 4)
    output = module(torch.stack([columns, torch.ones(4, 4)])[None])
    channels_last = [[[[0, 36, 9, 27], [0, 54, 9, 27]], [[0, 36, 9, 27], [0, 54, 9, 27]]]]
    assert output.permute(0, 2, 3, 1).tolist() == channels_last


@pytest.mark.parametrize("direction", list(ARTICLE_PADS))
def test_direction(direction: str) -> None:
    """Each direction puts the zeros where the article's code puts them."""
    module = only_two_by_two(direction, 3)
    data = torch.rand(1, 3, 7, 7)
    padded = functional.pad(data, ARTICLE_PADS[direction])
    expected = functional.conv2d(padded, weight(module, "2x2"), groups=3)
    assert torch.equal(module(data), expected)


def test_symmetric_direction() -> None:
    """The older form gives a quarter of the channels to each corner and joins them again."""
    module = only_two_by_two("symmetric", 8)
    data = torch.rand(1, 8, 7, 7)
    expected = [
        functional.conv2d(
            functional.pad(quarter, pad), weight(module, f"2x2_{direction}"), groups=2
        )
        for quarter, (direction, pad) in zip(data.chunk(4, 1), ARTICLE_PADS.items(), strict=True)
    ]
    assert torch.equal(module(data), torch.cat(expected, 1))


@pytest.mark.parametrize(
    ("directions", "shift"),
    [
        (list(ARTICLE_PADS), (0.0, 0.0)),
        (["right-top", "left-bottom"], (0.0, 0.0)),
        (["right-bottom"] * 4, (-2.0, -2.0)),
    ],
)
def test_stack_of_directions(directions: list[str], shift: tuple[float, float]) -> None:
    """Half a pixel per layer: the four directions in turn cancel out, four equal ones add up."""
    data = torch.zeros(1, 1, 11, 11)
    data[0, 0, 5, 5] = 1
    for direction in directions:
        module = only_two_by_two(direction, 1)
        with torch.no_grad():
            weight(module, "2x2").fill_(0.25)
            data = module(data)
    rows = torch.arange(11.0)
    centre = ((data.sum(3) * rows).sum() - 5, (data.sum(2) * rows).sum() - 5)
    assert tuple(float(axis) for axis in centre) == shift


@pytest.mark.parametrize("size", [9, 10, 11])
@pytest.mark.parametrize("stride", [1, 2, 3])
def test_tf_same_values(size: int, stride: int) -> None:
    """TensorFlow's SAME starts its windows where its documentation says."""
    module = convcost.to_torch("standard", (1, size), k=3, stride=stride, padding="tf-same")
    total = max((-(-size // stride) - 1) * stride + 3 - size, 0)
    data = torch.rand(1, 1, size)
    padded = functional.pad(data, (total // 2, total - total // 2))
    expected = functional.conv1d(padded, weight(module, "conv"), stride=stride)
    assert torch.allclose(module(data), expected)


@pytest.mark.parametrize("k", [2, 3, 4])
@pytest.mark.parametrize("dims", [1, 2, 3])
def test_same_values(k: int, dims: int) -> None:
    """`same` at stride 1 is torch's own padding='same', even kernels included."""
    module = convcost.to_torch("standard", (2, *[6] * dims), k=k, dilation=2, dims=dims)
    convs: Any = (nn.Conv1d, nn.Conv2d, nn.Conv3d)
    reference = convs[dims - 1](2, 2, k, padding="same", dilation=2, bias=False)
    reference.weight = module.get_submodule("conv").weight
    data = torch.rand(1, 2, *[6] * dims)
    assert torch.allclose(module(data), reference(data), atol=1e-6)


def test_spatially_separable_is_its_outer_product() -> None:
    """A k x 1 and a 1 x k of one channel are the k x k that is their product."""
    module = convcost.to_torch("spatially-separable", (1, 9, 9), k=3)
    kernel = weight(module, "kx1") * weight(module, "1xk")
    data = torch.rand(1, 1, 9, 9)
    assert torch.allclose(module(data), functional.conv2d(data, kernel, padding=1), atol=1e-6)


def test_last_only_without_pointwise() -> None:
    """Without the pointwise convolution the last depthwise one is the last."""
    graph = convcost.build(
        "spatially-separable-depthwise", (4, 8, 8), pointwise=False, act="relu", last_only="act"
    )
    assert [node.path for node in graph.nodes[1:]] == ["kx1", "1xk", "1xk.act"]


def test_symmetric_finish() -> None:
    """The older form of the 2 x 2 has its norm and activation once, after its parts are joined."""
    graph = convcost.build("xsepconv", (4, 8, 8), direction="symmetric", norm="bn", act="relu")
    paths = [node.path for node in graph.nodes]
    assert paths[paths.index("2x2.concat") + 1 :][:2] == ["2x2.norm", "2x2.act"]
    assert "2x2.left-top.norm" not in paths


def test_default_direction() -> None:
    """If nothing is said, the zeros stand right and bottom, as TensorFlow and torch put them."""
    assert convcost.build("xsepconv", (4, 8, 8)) == convcost.build(
        "xsepconv", (4, 8, 8), direction="right-bottom"
    )


def test_group_norm() -> None:
    """A group norm has as many groups as asked for, 32 if nothing is said."""
    for params, groups in (({}, 32), ({"norm_groups": 4}, 4)):
        module = convcost.to_torch("standard", (64, 5, 5), norm="group", **params)
        norm = module.get_submodule("conv_norm")
        assert isinstance(norm, nn.GroupNorm)
        assert (norm.num_groups, norm.num_channels) == (groups, 64)


def test_finish_order() -> None:
    """Norm and activation follow every convolution in that order, or the last one only."""
    every = convcost.build("depthwise-separable", (4, 8, 8), norm="batch", act="relu")
    last = convcost.build(
        "depthwise-separable", (4, 8, 8), norm="batch", act="relu", last_only="norm,act"
    )
    steps = ["", ".norm", ".act"]
    assert [node.path for node in every.nodes[1:]] == [
        f"{conv}{step}" for conv in ("depthwise", "pointwise") for step in steps
    ]
    assert [node.path for node in last.nodes[1:]] == [
        "depthwise",
        *[f"pointwise{step}" for step in steps],
    ]
