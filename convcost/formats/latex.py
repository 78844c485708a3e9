"""LaTeX: booktabs tables with siunitx columns, and aligned equations, for a paper."""

from __future__ import annotations

import re

from convcost.formats.document import ABOUT, Column, Document, Equations, Table

PREAMBLE = (
    r"% \usepackage{amsmath, booktabs, siunitx}"
    "\n"
    r"% \sisetup{group-digits=integer, group-separator={,}, group-minimum-digits=4}"
)

_NUMBER = re.compile(r"(-?\d+)(?:\.(\d+))?(?:e-(\d+))?")

_ESCAPES = {letter: f"\\{letter}" for letter in "&%$#_{}"} | {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "–": "--",
    "|": r"\textbar{}",
    "²": r"\textsuperscript{2}",
    "·": r"$\cdot$",
    "≈": r"$\approx$",
    "≥": r"$\geq$",
    "µ": r"$\mu$",
}


def latex(document: Document) -> str:
    """The document's blocks, and what they need in the preamble as a comment."""
    parts = [PREAMBLE]
    for block in document.blocks:
        parts.append(_equations(block) if isinstance(block, Equations) else _table(block))
    return "\n".join(parts) + "\n"


def _equations(block: Equations) -> str:
    lines = []
    for equation in block.equations:
        first, *rest = equation.latex_steps
        lines.append(f"{equation.latex_name} &= {first}")
        for step in rest:
            sign = r"\approx" if step.startswith(ABOUT) else "="
            lines.append(f"&{sign} {step.removeprefix(ABOUT)}")
    return "\n".join([r"\begin{align*}", " \\\\\n".join(lines), r"\end{align*}"])


def _table(table: Table) -> str:
    columns, cells = [], []
    for index, (column, words) in enumerate(
        zip(table.columns, zip(*table.words, strict=True), strict=True)
    ):
        plain = [
            word.replace(",", "")
            for row, word in zip(table.rows, words, strict=True)
            if isinstance(row[index], int | float) and not column.percent
        ]
        numbers = {word for word in plain if _NUMBER.fullmatch(word)}  # not 16.1 µs, nor ≥ 5
        columns.append(_column(column, numbers))
        aligned = columns[-1].startswith("S")
        cells.append([_cell(word, numbers, aligned) for word in (column.title, *words)])
    titles, *rows = [" & ".join(row) + r" \\" for row in zip(*cells, strict=True)]
    return "\n".join(
        [
            *[f"% {table.heading}"] * bool(table.title),
            rf"\begin{{tabular}}{{{' '.join(columns)}}}",
            r"\toprule",
            titles,
            r"\midrule",
            *rows,
            r"\bottomrule",
            r"\end{tabular}",
            *[f"% {note}" for note in table.notes],
        ]
    )


def _column(column: Column, numbers: set[str]) -> str:
    """The type of a column: aligned at the decimal point where it has numbers."""
    if not column.numeric:
        return "l"
    if not numbers:
        return "r"
    parts = [_NUMBER.fullmatch(number) for number in numbers]
    whole, decimals, exponent = (
        max(len(part[group] or "") for part in parts if part) for group in (1, 2, 3)
    )
    shape = f"{whole}.{decimals}" if decimals else str(whole)
    return f"S[table-format={shape}{f'e-{exponent}' if exponent else ''}]"


def _cell(word: str, numbers: set[str], aligned: bool) -> str:
    """A word as it is if it is a number; else escaped, and in braces among numbers."""
    if word.replace(",", "") in numbers:
        return word.replace(",", "")
    return f"{{{escape(word)}}}" if aligned else escape(word)


def escape(words: str) -> str:
    """Text as LaTeX prints it, sizes with a proper sign between them."""
    escaped = "".join(_ESCAPES.get(letter, letter) for letter in words)
    return re.sub(r"(?<=\d)x(?=\d)", r"$\\times$", escaped)
