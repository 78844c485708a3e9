"""The tables against the real tools, run on the networks that are shipped."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from convcost.counting.survey import survey
from convcost.graph.nodes import Graph
from convcost.networks.cases import Case
from convcost.pytorch.worker import Worker
from convcost.sources.reading.configs import read_config
from tests.support.paths import CONFIG_FILES
from tests.support.strategies import DrawnNetwork
from tests.support.tools import check

pytestmark = pytest.mark.slow

SMALL = (32, 64, 128)
"""Input sizes of shipped networks: which ops there are does not depend on it."""


def small(case: Case) -> Graph:
    """The graph of a network on the smallest input that it can be built for."""
    [use] = case.uses
    for size in SMALL:
        sizes = tuple(min(each, size) for each in case.input[1:])
        with suppress(ValueError):  # such as a 7 x 7 pool, for which the map must be that large
            return use.kind.build((case.input[0], *sizes), use.given)
    return use.kind.build(case.input, use.given)


def structures(path: Path) -> Iterator[tuple[str, Graph]]:
    """The networks of a file that call other ops than those before them, on a small input."""
    seen: set[str] = set()
    for case in read_config(str(path)):
        if case.network:
            graph = small(case)
            called = {group.label for group in survey(graph)}
            if called - seen:
                yield case.name, graph
            seen |= called


@pytest.mark.parametrize("path", CONFIG_FILES, ids=[path.stem for path in CONFIG_FILES])
def test_shipped_networks(worker: Worker, path: Path) -> None:
    """Tools of each sort print what their tables say for the networks that are shipped."""
    for name, graph in structures(path):
        check(worker, DrawnNetwork(graph, 1, (name,)), ["thop", "fvcore", "torch", "ptflops"])
