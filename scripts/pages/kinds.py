"""A page for each kind of layer: what it is made of, its parameters, its formulas."""

from __future__ import annotations

import inspect

import convcost
from convcost.counting.survey import survey
from convcost.kinds.catalogue import every_kind
from convcost.kinds.registry import Kind
from convcost.report.kinds import kind_report

from .drawing import drawing
from .examples import ROOT, run
from .markdown import code, page, rows, tables, text, toctree

FOLDER = "docs/reference/kinds"
SHAPE = (48, 56, 56)
"""What kinds are shown at, but for those that read features."""
SHAPES = {"linear": (512, 1, 1)}
"""And those."""


def kind_pages() -> dict[str, str]:
    """The texts of the pages by their paths."""
    kinds = every_kind()
    found = {f"{FOLDER}/{name}.md": kind_page(kind) for name, kind in kinds.items()}
    return {f"{FOLDER}/index.md": overview(list(kinds.values())), **found}


def overview(kinds: list[Kind]) -> str:
    """The list of the kinds."""
    listed = [
        rows(
            ("kind", "what it is"),
            [
                (f"[`{kind.name}`]({kind.name}.md)", text(kind.summary))
                for kind in kinds
                if kind.compared is compared
            ],
        )
        for compared in (True, False)
    ]
    return page(
        "Kinds of layer",
        "Each is a layer in [YAML](../yaml.md), and a subject of `compare`, `show`, `explain`, "
        "`match` and `verify`. `convcost kinds` lists them, with their parameters.",
        "## Convolutions",
        "`compare` has these unless `--kinds` or a subject names some.",
        listed[0],
        "## Blocks, and what networks have between them",
        listed[1],
        toctree(kind.name for kind in kinds),
    )


def kind_page(kind: Kind) -> str:
    """What one kind is."""
    shape = SHAPES.get(kind.name, SHAPE)
    words = inspect.cleandoc(kind.function.__doc__ or "").split("\n\n")
    graph = convcost.build(kind.name, shape)
    picture = drawing(graph, f"The ops of {kind.name}")
    command = f"convcost show {kind.name} --in {shape[0]} --hw {shape[1]}"
    [parameters] = kind_report(kind).blocks
    called = dict.fromkeys(group.names[0] for group in survey(graph))
    parts = [
        *[text(" ".join(part.split())) for part in words],
        f"In torch: {', '.join(map(code, called))}.",
        f'```{{raw}} html\n<div class="ops-box">\n{picture}</div>\n```',
        "## Parameters",
        tables([parameters._replace(title="")]) if parameters.rows else "It has none.",
        "## Ops and formulas",
        "At the defaults of all its parameters:",
        f"```console\n$ {command}\n{run(command, ROOT)}```",
    ]
    if kind.also:
        parts.insert(len(words), f"Elsewhere called: {', '.join(kind.also.split())}.")
    return page(f"`{kind.name}`", *parts)
