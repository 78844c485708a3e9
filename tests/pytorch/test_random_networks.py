"""Random texts of networks, against real tools that run on modules which were written apart.

`test_probes` holds the tables to modules that convcost made itself; here the module is made of the
text by `second_reading`, which has nothing of convcost in it, so that what is held is the language
too.
"""

from __future__ import annotations

import copy
from functools import cache

import pytest
import torch

from convcost.counting.counts import count
from convcost.counting.profilers import TOOLS
from convcost.graph.nodes import Graph
from convcost.pytorch.verify import choose
from convcost.training.saved import overwrites
from tests.support.measured import MODULE_TOOLS, build, printed, torch_flops
from tests.support.random_texts import random_text
from tests.support.second_reading import Network

pytestmark = pytest.mark.slow

SEEDS = range(80)


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> None:
    """Let torch use one thread: these maps are small."""
    torch.set_num_threads(1)


@pytest.mark.parametrize("seed", SEEDS)
def test_random_networks(seed: int) -> None:
    """Shapes, params and MACs are those of the module, and each tool prints what its table says."""
    text, batch = random_text(seed)
    row, module = build(text), Network(text).eval()
    inputs = tuple([torch.rand(batch, *shape) for shape in module.shapes.values()])
    with torch.no_grad():
        found = module(*inputs)
    outputs = found if isinstance(found, tuple) else (found,)
    assert [tuple(each.shape) for each in outputs] == [
        (batch, *shape) for shape in row.outputs.values()
    ]
    assert sum(each.numel() for each in module.parameters()) == row.cost.params
    flops = torch_flops(copy.deepcopy(module), inputs)
    assert flops == 2 * batch * row.cost.macs == count(row.graph, TOOLS["torch"], batch).total
    for convention in choose(MODULE_TOOLS).conventions:
        expected = count(row.graph, convention, batch)
        figures = printed(convention.tool, module, inputs)
        if convention.tool == "torch-train" and figures[0] is None and overwrites_a_view(row.graph):
            continue  # which torch allows or not by how code has made the view
        assert figures == (expected.total, expected.params), f"{convention.name}\n{text}"


def overwrites_a_view(graph: Graph) -> bool:
    """Whether an op overwrites what is a part of another map."""
    found = [node for node in graph.nodes if overwrites(node)]
    return any(graph.nodes[node.sources[0]].op.view for node in found)


@pytest.mark.parametrize(
    "words",
    [
        ("repeat:",),
        ("index",),
        ("shared: true",),
        ("share:",),
        ("run: false",),
        ("run: channels",),
        ("from:",),
        ("outputs:",),
        ("meta:", "other:"),
        ("block3:",),
        ("split:",),
        ("residual:",),
        ("multiply:",),
        ("concat:",),
        ("when:",),
        ("for:",),
        ("form: function",),
        ("inplace: true",),
        ("torch-same",),
        ("- - 1\n",),
        ("tf-same",),
        ("height",),
        ("upsample",),
    ],
)
def test_all_is_drawn(words: tuple[str, ...]) -> None:
    """Each part of the language is in many of the texts."""
    assert sum(all(word in text for word in words) for text in every_text()) >= 4


@cache
def every_text() -> list[str]:
    """The texts of all networks."""
    return [random_text(seed)[0] for seed in SEEDS]
