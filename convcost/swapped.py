"""What networks would cost with one kind of layer in place of another, layer by layer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from convcost.breakdown import at_depth
from convcost.cases import Case, Comparison
from convcost.cost import CONVENTION, Cost, cost
from convcost.errors import ConvcostError, Problem
from convcost.graph import Graph, Node
from convcost.ops import Input
from convcost.render import VERSION, Cell, Column, Document, Table
from convcost.reports import case_data, case_title
from convcost.swaps import Swap, SwappingBuilder, build_swapped

SWAP_COLUMNS = (
    Column("layer", numeric=False),
    Column("MACs"),
    Column("swapped"),
    Column("ratio", 1, decimals=3),
    Column("params", 2),
    Column("params swapped", 2),
    Column("params ratio", 3, decimals=3),
)
NONE = Cost()


def swap_report(comparisons: Sequence[Comparison], swaps: Mapping[str, Swap]) -> Document:
    """Every network with the kinds swapped: a row for each layer whose cost changes.

    Raises:
        ConvcostError: there is nothing to swap in any of the networks.
    """
    data: dict[str, Any] = {"version": VERSION, "convention": CONVENTION, "cases": []}
    tables, places = [], []
    for case, rows in comparisons:
        for use, row in zip(case.uses, rows, strict=True):
            graph, net = build_swapped(use.kind, case.input, use.given, swaps)
            places += [*net.swapped, *net.kept]
            pairs = _pairs(row.graph, graph, case.batch)
            kept = tuple(_kept(net))
            tables.append(_table(case, swaps, pairs, len(net.swapped), kept))
            data["cases"].append(
                case_data(Comparison(case, rows))
                | {
                    "swaps": {swap.old: swap.new.name for swap in swaps.values()},
                    "swapped": list(net.swapped),
                    "kept": net.kept,
                    "dropped": list(net.dropped),
                    "rows": [
                        {"layer": layer, "from": _figures(old), "to": _figures(new)}
                        for layer, (old, new) in pairs.items()
                    ],
                }
            )
    if not places:
        old = " or ".join(swaps)
        raise ConvcostError(Problem("--swap", f"there is no {old} in any of these networks"))
    return Document(data, tuple(tables))


def _kept(net: SwappingBuilder) -> Iterator[str]:
    """What could not be swapped, a sentence for each reason, and what was lost on the way."""
    if net.dropped:
        yield f"not taken by the new kind: {', '.join(net.dropped)}"
    paths: dict[str, list[str]] = {}
    for path, reason in net.kept.items():
        paths.setdefault(reason.removeprefix(f"{path}: "), []).append(path)
    for reason, alike in paths.items():
        more = f" and {len(alike) - 1} more are" if len(alike) > 1 else " is"
        yield f"{alike[0]}{more} kept: {reason}"


def _pairs(old: Graph, new: Graph, batch: int) -> dict[str, tuple[Cost, Cost]]:
    """What each layer costs in both networks, those that cost the same together, and the total."""
    sides = [_by_layer(graph, batch) for graph in (old, new)]
    pairs = {layer: tuple(side.get(layer, NONE) for side in sides) for layer in sides[0]}
    changed = {layer: (a, b) for layer, (a, b) in pairs.items() if a != b}
    same = [a for layer, (a, _) in pairs.items() if layer not in changed]
    if same:
        rest = sum(same, NONE)
        changed[f"{len(same)} others"] = rest, rest
    return {**changed, "total": (cost(old, batch), cost(new, batch))}


def _by_layer(graph: Graph, batch: int) -> dict[str, Cost]:
    layers: dict[str, list[Node]] = {}
    for node in graph.nodes:
        if not isinstance(node.op, Input):
            layers.setdefault(at_depth(node.path, 1), []).append(node)
    return {layer: cost(graph, batch, nodes) for layer, nodes in layers.items()}


def _table(
    case: Case,
    swaps: Mapping[str, Swap],
    pairs: Mapping[str, tuple[Cost, Cost]],
    count: int,
    kept: tuple[str, ...],
) -> Table:
    words = ", ".join(f"{swap.new.name} for {swap.old}" for swap in swaps.values())
    rows: list[tuple[Cell, ...]] = [
        (
            layer,
            old.macs,
            new.macs,
            _ratio(old.macs, new.macs),
            old.params,
            new.params,
            _ratio(old.params, new.params),
        )
        for layer, (old, new) in pairs.items()
    ]
    where = "one place" if count == 1 else f"{count} places"
    title = f"{case_title(Comparison(case, ()))} with {words} in {where}"
    return Table(case.name, title, SWAP_COLUMNS, tuple(rows), below=kept)


def _ratio(old: int, new: int) -> float | None:
    return new / old if old else None


def _figures(own: Cost) -> dict[str, int]:
    return {"params": own.params, "macs": own.macs, "activations": own.activations}
