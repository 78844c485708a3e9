"""Networks as trees: nothing is lost, and what a layer costs is what its ops cost."""

import pytest

from convcost.graph.nodes import Graph, Node
from convcost.network_api import network
from convcost.networks.breakdown import MOST_LEVELS, tree_of
from convcost.ops.maps import Activation
from convcost.ops.op import Input
from tests.support.graph_file import GRAPH


@pytest.mark.parametrize("name", ["resnet50", "mobilenet-v3 large", "swin-t", "hrnet-w18"])
def test_parts_add_up(name: str) -> None:
    """Every op is one leaf, in order; a block costs what is in it, which stands behind it."""
    own = network(name, batch=2)
    tree = tree_of(own.graph, 2)
    leaves = [branch for branch in tree if branch.leaf]
    assert [index for leaf in leaves for index in leaf.layer.indices] == [
        *range(len(own.inputs), len(own.graph.nodes))
    ]
    for index, branch in enumerate(tree):
        parts = [each for each in tree if each.parent == index]
        assert all(each.level == branch.level + 1 for each in parts)
        for figure in () if branch.leaf else ("params", "macs", "activations"):
            total = getattr(branch.layer.cost, figure)
            assert total == sum(getattr(each.layer.cost, figure) for each in parts)


def test_names() -> None:
    """A name has the levels that what it is in does not have; a block of one op is that op."""
    tree = tree_of(network("resnet50").graph)
    assert [(each.level, each.name) for each in tree[:9]] == [
        (0, ""),
        (1, "1.conv-bn-act.conv"),
        (2, "conv"),
        (2, "norm"),
        (2, "act"),
        (1, "2.max-pool.pool"),
        (1, "3.bottleneck"),
        (2, "conv1"),
        (3, "conv1"),
    ]
    assert [each.name for each in tree_of(GRAPH)][1:3] == ["conv", "relu"]


def chain(*paths: str) -> Graph:
    """A graph of activations with these paths."""
    nodes = [Node(Input(), (), (3, 8, 8), "input")]
    nodes += [Node(Activation("relu"), (n,), (3, 8, 8), path) for n, path in enumerate(paths)]
    return Graph(tuple(nodes), len(paths))


def test_any_paths() -> None:
    """Ops may share a path, be called as the block that they are in, or lie very deep."""
    tree = tree_of(chain("a", "a.b", "a.b", "c", "c"))
    assert [(each.level, each.name, each.leaf) for each in tree[1:]] == [
        (1, "a", False),
        (2, "a", True),
        (2, "b", False),
        (3, "b", True),
        (3, "b", True),
        (1, "c", False),
        (2, "c", True),
        (2, "c", True),
    ]
    deep = ".".join(["x", "y"] * 5_000)
    tree = tree_of(chain(*(f"{deep[: 4 * n + 1]}" for n in range(1, 100))))
    assert max(each.level for each in tree) == MOST_LEVELS
    assert sum(each.leaf for each in tree) == 99
