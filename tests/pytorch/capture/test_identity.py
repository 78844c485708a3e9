"""Captured is what was built: each shipped network, and random ones, op by op and in every cost."""

from pathlib import Path

import pytest
from hypothesis import assume, given, settings

from convcost.graph.captured import Captured
from convcost.graph.reading import parse
from convcost.networks.cases import run
from convcost.sources.reading.configs import read_config
from tests.support.captured import captured_again, differences, ops_of
from tests.support.paths import CONFIG_FILES
from tests.support.strategies import DrawnNetwork, drawn_networks
from tests.support.tools import REFUSED_BY_TORCH

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("path", CONFIG_FILES, ids=[path.stem for path in CONFIG_FILES])
def test_shipped_networks(path: Path) -> None:
    """The first network of each file, built as a module and captured, is the same graph."""
    networks = [case for case in read_config(str(path)) if case.network]
    for case in networks[:1]:
        [row] = run(case).rows
        graph = captured_again(row.graph)
        assert differences(row.graph, graph) == []
        assert ops_of(graph) == ops_of(row.graph)


@pytest.mark.parametrize("part", range(4))
def test_random_networks(part: int) -> None:
    """So is each of 100 random networks, of several samples, and when its file is read again."""

    @settings(max_examples=25)
    @given(drawn_networks(run=True))
    def holds(drawn: DrawnNetwork) -> None:
        try:
            graph = captured_again(drawn.graph, drawn.batch)
        except ValueError as error:
            assume(REFUSED_BY_TORCH not in str(error))  # a norm without statistics, of one number
            raise
        assert differences(drawn.graph, graph, drawn.batch) == []
        assert ops_of(graph) == ops_of(drawn.graph)
        written = Captured(graph, "drawn", drawn.batch).text()
        found = parse(written, "drawn")
        assert found.text() == written
        assert differences(found.graph, graph, drawn.batch) == []

    holds()
