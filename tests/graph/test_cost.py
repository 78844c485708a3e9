"""What a graph costs besides its params and MACs, which the kinds' tests hold."""

from math import prod

from hypothesis import given

from convcost.graph.cost import peak_memory
from tests.support.strategies import DrawnNetwork, drawn_networks


@given(drawn_networks())
def test_peak_memory(drawn: DrawnNetwork) -> None:
    """The peak is what a run that drops what is read no more, and is no output, holds at most."""
    graph = drawn.graph
    alive: dict[int, int] = {}
    peak = 0
    for index, node in enumerate(graph.nodes):
        alive[index] = prod(node.shape)
        peak = max(peak, sum(alive.values()))
        wanted = {source for later in graph.nodes[index + 1 :] for source in later.sources}
        wanted |= {len(graph.nodes) - 1}
        alive = {k: v for k, v in alive.items() if k in wanted}
    assert peak_memory(graph, 3) == 3 * peak
