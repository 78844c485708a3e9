"""The kinds of layer, and the parameters that they take."""

from __future__ import annotations

from typing import Any

from convcost.formats.document import VERSION, Column, Document, Table
from convcost.kinds.catalogue import every_kind
from convcost.kinds.registry import Kind
from convcost.networks.parameters import default_of, kind_params


def kind_report(kind: Kind) -> Document:
    """One kind with its own parameters and their defaults."""
    columns = (
        Column("parameter", numeric=False),
        Column("default", numeric=False),
        Column("values", 1, numeric=False, narrow=16),
        Column("what it does", numeric=False, narrow=30),
    )
    rows = tuple(
        (p.name, default_of(p.name, [kind]), p.type.metavar, p.help) for p in kind.params.values()
    )
    table = Table(kind.name, f"{kind.name}: {kind.summary}", columns, rows)
    return Document({"version": VERSION, "kinds": [_kind_data(kind)]}, (table,), group="kind")


def kinds_report() -> Document:
    """Every kind with its parameters."""
    kinds = every_kind().values()
    first = Table(
        "kinds",
        "Kinds of layer",
        (
            Column("kind", numeric=False),
            Column("what it is", numeric=False, narrow=24),
            Column("parameters", numeric=False, narrow=20),
        ),
        tuple((kind.name, kind.summary, ", ".join(kind.params)) for kind in kinds),
    )
    second = Table(
        "parameters",
        "Their parameters",
        (
            Column("parameter", numeric=False),
            Column("default", numeric=False, narrow=16),
            Column("what it does", numeric=False, narrow=30),
        ),
        tuple((p.name, _defaults(p.name), p.help) for p in kind_params().values()),
    )
    data = {"version": VERSION, "kinds": list(map(_kind_data, kinds))}
    return Document(data, (first, second), group="table")


def _kind_data(kind: Kind) -> dict[str, Any]:
    return {
        "kind": kind.name,
        "summary": kind.summary,
        "parameters": [
            {
                "name": param.name,
                "default": None if param.required else param.default,
                "help": param.help,
                "schema": param.type.schema(),
            }
            for param in kind.params.values()
        ],
    }


def _defaults(name: str) -> str:
    """A parameter's default, and those of the kinds that have another."""
    found: dict[str, list[str]] = {}
    for kind in every_kind().values():
        if name in kind.params:
            found.setdefault(default_of(name, [kind]), []).append(kind.name)
    (usual, _), *others = found.items()
    words = [f"{default or 'none'} in {', '.join(names)}" for default, names in others]
    return "; ".join([usual, *words] if usual else words)
