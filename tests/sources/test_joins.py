"""How branches come together, beyond sums, products and channels."""

from typing import Any

import pytest
import yaml

from convcost.errors import ConvcostError
from convcost.networks.cases import Row, run_all
from convcost.ops.op import Shape
from convcost.sources.reading.configs import parse_config


def build(layers: Any, shape: str = "4x8x6") -> Row:
    """The row of a network of these layers, which are YAML or what it says."""
    said = yaml.safe_load(layers) if isinstance(layers, str) else layers
    text = {"name": "n", "input": shape, "layers": said}
    [comparison] = run_all(parse_config(yaml.safe_dump(text, sort_keys=False), "n.yaml"))
    return comparison.rows[0]


@pytest.mark.parametrize(
    ("layers", "shape", "output", "ops"),
    [
        ("[{subtract: [[], act, act]}]", "4x8x6", (4, 8, 6), ["sub", "sub"]),
        ("[{divide: [[], adaptive-avg-pool]}]", "4x8x6", (4, 8, 6), ["div"]),
        ("[{concat: [[], act], axis: width}]", "4x8x6", (4, 8, 12), ["concat along axis 2"]),
        ("[{concat: [[], act], axis: height}]", "4x8x6", (4, 16, 6), ["concat along axis 1"]),
        ("[{concat: [[], act], axis: width}]", "4x6", (4, 12), ["concat along axis 1"]),
        ("[{concat: [[], act], axis: depth}]", "4x2x8x6", (4, 4, 8, 6), ["concat along axis 1"]),
        ("[{matmul: [[], act]}]", "4x6x6", (4, 6, 6), ["matmul"]),
    ],
)
def test_joins(layers: str, shape: str, output: Shape, ops: list[str]) -> None:
    """Each leaves the map that torch leaves, and has its op."""
    row = build(layers, shape)
    assert row.output == output
    assert [str(node.op) for node in row.graph.nodes if len(node.sources) == 2] == ops


def test_matrices() -> None:
    """A product of matrices is MACs of every channel; no single number says what it sees."""
    row = build("[{matmul: [[], act]}]", "4x6x6")
    assert (row.cost.macs, row.receptive_field) == (4 * 6 * 6 * 6, ())


def test_softmax_across_branches() -> None:
    """Selective kernels: two branches weighed by a softmax across them, position by position."""
    row = build(
        """
        - {standard: {k: 3}, name: u1}
        - {standard: {k: 5}, from: input, name: u2}
        - add: [u1, u2]
        - adaptive-avg-pool
        - pointwise: {out: 2, act: relu}
        - pointwise: {out: 8}
        - {softmax: {parts: 2}, name: weights}
        - add:
            - [{multiply: [u1, [{slice: {stop: 4}, from: weights}]]}]
            - [{multiply: [u2, [{slice: {start: 4}, from: weights}]]}]
        """
    )
    assert row.output == (4, 8, 6)
    assert row.cost.params == 4 * 4 * (9 + 25) + 4 * 2 + 2 * 8


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        ("[{matmul: [[], act]}]", "cannot multiply 4x8x6 by 4x8x6"),
        ("[{matmul: [[], act, act]}]", "matmul has two branches, not 3"),
        ("[{subtract: [[], max-pool]}]", "cannot sub 4x8x6 and 4x4x3"),
        ("[{concat: [[], act], axis: depth}]", "there is no depth to concatenate along, on 2"),
        ("[{concat: [[], act], axis: 1}]", "axis cannot be '1'; it is one of channels, depth"),
        ("[{add: [[], act], axis: width}]", "axis is for concat"),
        ("[{concat: [[], max-pool], axis: width}]", "cannot concatenate 4x8x6 and 4x4x3"),
        ("[{softmax: {parts: 3}}]", "4 channels cannot be divided into 3 parts"),
    ],
)
def test_mistakes(layers: str, message: str) -> None:
    """What does not fit is one line with its place."""
    with pytest.raises(ConvcostError) as raised:
        build(layers)
    assert message in str(raised.value)
