"""What networks would cost with one kind of layer in place of another, layer by layer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from convcost.formats.document import VERSION, Cell, Column, Document, Table
from convcost.graph.cost import CONVENTION, Cost, cost
from convcost.graph.nodes import Graph
from convcost.networks.breakdown import layers_of
from convcost.networks.swap import Swap, SwappedNetwork
from convcost.report.cases import case_data, case_title

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


def swap_report(networks: Sequence[SwappedNetwork], swaps: Mapping[str, Swap]) -> Document:
    """Networks with kinds swapped: a row for each layer whose cost changes."""
    data: dict[str, Any] = {"version": VERSION, "convention": CONVENTION, "cases": []}
    tables = []
    for each in networks:
        comparison = each.comparison
        case, [row] = comparison
        pairs = _pairs(row.graph, each.graph, case.batch)
        tables.append(_table(each, swaps, pairs))
        data["cases"].append(
            case_data(comparison)
            | {
                "swaps": {swap.old: swap.new.name for swap in swaps.values()},
                "swapped": each.swapped,
                "kept": each.kept,
                "dropped": each.dropped,
                "rows": [
                    {"layer": layer, "from": _figures(old), "to": _figures(new)}
                    for layer, (old, new) in pairs.items()
                ],
            }
        )
    return Document(data, tuple(tables))


def _kept(network: SwappedNetwork) -> Iterator[str]:
    """What could not be swapped, a sentence for each reason, and what was lost on the way."""
    if network.dropped:
        yield f"not taken by the new kind: {', '.join(network.dropped)}"
    paths: dict[str, list[str]] = {}
    for path, reason in network.kept.items():
        paths.setdefault(reason.removeprefix(f"{path}: "), []).append(path)
    for reason, alike in paths.items():
        more = f" and {len(alike) - 1} more are" if len(alike) > 1 else " is"
        yield f"{alike[0]}{more} kept: {reason}"


def _pairs(old: Graph, new: Graph, batch: int) -> dict[str, tuple[Cost, Cost]]:
    """What each layer costs in both networks, those that cost the same together, and the total."""
    sides = [
        {layer.path: layer.cost for layer in layers_of(graph, 1, batch)} for graph in (old, new)
    ]
    pairs = {layer: tuple(side.get(layer, NONE) for side in sides) for layer in sides[0]}
    changed = {layer: (a, b) for layer, (a, b) in pairs.items() if a != b}
    same = [a for layer, (a, _) in pairs.items() if layer not in changed]
    if same:
        rest = sum(same, NONE)
        changed["1 other" if len(same) == 1 else f"{len(same)} others"] = rest, rest
    return {**changed, "total": (cost(old, batch), cost(new, batch))}


def _table(
    network: SwappedNetwork,
    swaps: Mapping[str, Swap],
    pairs: Mapping[str, tuple[Cost, Cost]],
) -> Table:
    count = len(network.swapped)
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
    title = f"{case_title(network.comparison)} with {words} in {where}"
    name, below = network.comparison.case.name, tuple(_kept(network))
    return Table(name, title, SWAP_COLUMNS, tuple(rows), below=below, summed=True)


def _ratio(old: int, new: int) -> float | None:
    return new / old if old else None


def _figures(own: Cost) -> dict[str, int]:
    return {"params": own.params, "macs": own.macs, "activations": own.activations}
