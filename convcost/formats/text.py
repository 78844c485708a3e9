"""Aligned plain text at full width, and equations as lines."""

from __future__ import annotations

import textwrap

from convcost.formats.document import ABOUT, Document, Equations, Table


def text(document: Document) -> str:
    """Aligned plain text at full width."""
    return "\n".join(_text_block(block) for block in document.blocks)


def _text_block(block: Table | Equations) -> str:
    if isinstance(block, Equations):
        return "\n".join(equation_lines(block)) + "\n"
    cells = [block.titles, *block.words]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = [
        "  ".join(
            word.rjust(width) if column.numeric else word.ljust(width)
            for word, width, column in zip(row, widths, block.columns, strict=True)
        ).rstrip()
        for row in cells
    ]
    lines.insert(1, "  ".join("-" * width for width in widths))
    title = [block.heading, ""] if block.title else []
    return "\n".join([*title, *lines, *block.notes]) + "\n"


def equation_lines(block: Equations, width: int | None = None) -> list[str]:
    """Equations with their signs aligned, wrapped between terms where a width is given."""
    margin = max(len(equation.name) for equation in block.equations)
    lines = []
    for equation in block.equations:
        name = equation.name
        for step in equation.steps:
            pieces = [step]
            if width:
                pieces = textwrap.wrap(
                    step,
                    max(width - margin - 3, 20),
                    break_long_words=False,
                    break_on_hyphens=False,
                )
            sign = "≈" if step.startswith(ABOUT) else "="
            lines.append(f"{name:<{margin}} {sign} {pieces[0].removeprefix(ABOUT)}")
            lines += [" " * (margin + 3) + piece for piece in pieces[1:]]
            name = ""
    return lines
