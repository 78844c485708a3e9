"""The networks that are shipped, with what they cost and where they are described."""

from __future__ import annotations

import os
from collections.abc import Sequence

from convcost.formats.document import VERSION, Column, Document, Table
from convcost.graph.cost import CONVENTION
from convcost.networks.cases import Comparison
from convcost.networks.inputs import written
from convcost.report.cases import NETWORK_COLUMN, case_data

NETWORKS_COLUMNS = (
    NETWORK_COLUMN._replace(narrow=22),
    Column("input"),
    Column("params"),
    Column("MACs"),
    Column("family", 1, numeric=False),
    Column("source", numeric=False, narrow=18),
)


def networks_report(comparisons: Sequence[Comparison]) -> Document:
    """A row for each network and variant; the first of a family is also called as the family."""
    rows, entries = [], []
    for comparison in comparisons:
        case, [row] = comparison
        family = os.path.splitext(os.path.basename(case.place))[0]
        own = row.cost
        rows.append((case.name, written(case.inputs), own.params, own.macs, family, case.source))
        figures = {"params": own.params, "macs": own.macs, "activations": own.activations}
        entries.append(case_data(comparison) | {"family": family, "source": case.source} | figures)
    data = {"version": VERSION, "convention": CONVENTION, "networks": entries}
    table = Table("networks", "Networks that are shipped", NETWORKS_COLUMNS, tuple(rows))
    return Document(data, (table,), group="table")
