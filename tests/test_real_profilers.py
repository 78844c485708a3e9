"""The tables against the real tools, run on the real modules, each in a process of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings

from convcost.probes import PROBES
from convcost.profilers import survey, tally
from convcost.verify import choose
from convcost.worker import MODULE, Worker
from tests.strategies import DrawnNetwork, drawn_networks

TOOLS = [tool for tool in PROBES if tool != "ultralytics-thop"]
"""All but the one that is installed in the place of thop."""

REFUSED_BY_TORCH = "Expected more than 1 value per channel when training"
"""A batch norm that has to find its own statistics of a single value: no module, no figure."""


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    """One process that has imported all tools, and forks for each measurement."""
    with Worker(TOOLS) as started:
        yield started


@pytest.mark.parametrize("part", range(6))
def test_random_networks(worker: Worker, part: int) -> None:
    """Every tool prints to the last digit what its table says, whatever the network."""

    @settings(max_examples=40)
    @given(drawn_networks())
    def holds(drawn: DrawnNetwork) -> None:
        check(worker, drawn)

    holds()


def check(worker: Worker, drawn: DrawnNetwork) -> None:
    """Hold every tool to its table on one network."""
    if REFUSED_BY_TORCH in worker.measure(MODULE, drawn.graph, drawn.batch):
        return
    groups = survey(drawn.graph, drawn.batch)
    for convention in choose(TOOLS).conventions:
        expected = tally(groups, convention, drawn.batch)
        measured = worker.measure(convention.tool, drawn.graph, drawn.batch)
        if REFUSED_BY_TORCH in measured:
            continue
        assert measured == (expected.total, expected.params), (convention.name, drawn.layers)
