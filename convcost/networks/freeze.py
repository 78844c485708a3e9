"""Layers whose parameters are not trained, by patterns of their paths."""

from __future__ import annotations

from collections.abc import Sequence

from convcost.errors import ConvcostError, Problem, nearest, shorten
from convcost.graph.nodes import Graph
from convcost.networks.cases import Comparison, Row
from convcost.training.checkpoints import layers_named


def freeze(graph: Graph, patterns: Sequence[str]) -> Graph:
    """The graph with the parameters of the layers frozen that any of the patterns names."""
    named = layers_named(graph, patterns)
    nodes = [
        node._replace(frozen="all") if index in named else node
        for index, node in enumerate(graph.nodes)
    ]
    frozen = max(graph.frozen, sum([node.frozen_params for node in nodes]))
    return graph._replace(nodes=tuple(nodes), frozen=frozen)


def freeze_all(comparisons: Sequence[Comparison], patterns: Sequence[str]) -> list[Comparison]:
    """Comparisons with layers frozen.

    Raises:
        ConvcostError: a pattern names no layer of any of them.
    """
    require_layers(comparisons, patterns, "--freeze")
    return [
        comparison._replace(rows=tuple([_frozen(row, patterns) for row in comparison.rows]))
        for comparison in comparisons
    ]


def _frozen(row: Row, patterns: Sequence[str]) -> Row:
    if row.built is None:
        return row
    return row._replace(built=row.built._replace(graph=freeze(row.graph, patterns)))


def require_layers(comparisons: Sequence[Comparison], patterns: Sequence[str], flag: str) -> None:
    """Raise `ConvcostError` for a pattern that names no layer."""
    graphs = [row.graph for _, rows in comparisons for row in rows if row.built]
    require_in(graphs, patterns, flag)


def require_in(graphs: Sequence[Graph], patterns: Sequence[str], flag: str) -> None:
    """Raise `ConvcostError` for a pattern that names no layer of these graphs."""
    problems = []
    nodes = [node for graph in graphs for node in graph.nodes]
    for pattern in patterns:
        if not any(layers_named(graph, [pattern]) for graph in graphs):
            near = nearest(pattern, {layer for node in nodes for layer in _layers(node.path)})
            hint = f"; did you mean '{near}'?" if near else "; show --depth 9 lists their paths"
            problems.append(Problem(flag, f"no layer is called '{shorten(pattern)}'{hint}"))
    if problems:
        raise ConvcostError(*problems)


def _layers(path: str) -> list[str]:
    """The paths of all layers around an op, and its own."""
    parts = path.split(".")
    return [".".join(parts[:count]) for count in range(1, len(parts) + 1)]
