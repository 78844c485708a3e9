"""A graph drawn as SVG: ops from top to bottom, branches side by side.

It takes the colour and the font of the text around it, so that it suits a light and a dark page.
"""

from __future__ import annotations

from html import escape
from typing import NamedTuple

from convcost import Graph, Node
from convcost.ops.op import times

LETTER, HEIGHT, GAP, MARGIN = 7, 42, 24, 12
"""Width of a letter, height of a box, what is free between rows, and around words, in pixels."""


class Place(NamedTuple):
    """Where a node stands: its column from the left and its row from the top."""

    column: int
    row: int


class Line(NamedTuple):
    """From a node to one that reads it, down a column."""

    source: int
    target: int
    column: int


def drawing(graph: Graph, title: str) -> str:
    """The graph as one SVG element, to stand within a page.

    Args:
        graph: the graph of a kind.
        title: what the drawing is called, for those who hear it.
    """
    places, lines = arranged(graph)
    words = [_words(node) for node in graph.nodes]
    columns = max(line.column for line in lines) + 1
    widths = [4 * MARGIN] * columns
    for place, (first, second) in zip(places, words, strict=True):
        own = max(len(first), len(second)) * LETTER + 4 * MARGIN
        widths[place.column] = max(widths[place.column], own)
    middles = [sum(widths[:column]) + widths[column] // 2 for column in range(columns)]
    width, height = sum(widths), (places[-1].row + 1) * (HEIGHT + GAP)
    parts = [_path(line, places, middles) for line in lines]
    parts += [
        _box(middles[place.column], _top(place), widths[place.column] - 2 * MARGIN, two)
        for place, two in zip(places, words, strict=True)
    ]
    head = (
        f'<svg class="ops" role="img" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" fill="none" stroke="currentColor">'
    )
    return "\n".join([head, f"<title>{escape(title)}</title>", *parts, "</svg>", ""])


def arranged(graph: Graph) -> tuple[list[Place], list[Line]]:
    """A place for every node, and a column for every line, so that no line crosses a box.

    What reads a node first stands below it in its column; every other line out of it has a column
    to itself. A node that reads several stands in the leftmost of their columns.
    """
    places, lines = [Place(0, 0)], []
    read: set[int] = set()
    columns = 1
    for index, node in enumerate(graph.nodes[1:], 1):
        own = []
        for source in node.sources:
            column = places[source].column
            if source in read:
                column, columns = columns, columns + 1
            own.append(Line(source, index, column))
            read.add(source)
        row = max(places[source].row for source in node.sources) + 1
        places.append(Place(min(line.column for line in own), row))
        lines += own
    return places, lines


def _words(node: Node) -> tuple[str, str]:
    return (str(node.op) if node.sources else "input"), times(node.shape)


def _top(place: Place) -> int:
    return place.row * (HEIGHT + GAP) + GAP // 2


def _path(line: Line, places: list[Place], middles: list[int]) -> str:
    """A line out of the lower edge of a box, down its column, into the upper edge of another."""
    source, target = places[line.source], places[line.target]
    start, end = _top(source) + HEIGHT, _top(target)
    left, right, lane = middles[source.column], middles[target.column], middles[line.column]
    bends = (
        f"V{start + GAP // 2}H{lane}V{end - GAP // 2}H{right}" if {left, right} != {lane} else ""
    )
    return f'<path d="M{left} {start}{bends}V{end}m-4 -6l4 6l4 -6"/>'


def _box(middle: int, top: int, width: int, words: tuple[str, str]) -> str:
    """A box with two rows of words."""
    rows = "".join(
        f'<text x="{middle}" y="{top + y}" class="{name}">{escape(text)}</text>'
        for text, y, name in zip(words, (17, 34), ("op", "shape"), strict=True)
    )
    box = f'<rect x="{middle - width // 2}" y="{top}" width="{width}" height="{HEIGHT}" rx="6"/>'
    return box + rows
