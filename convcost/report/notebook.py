"""Answers as notebooks and data frames have them: tables that fold, charts, pandas and polars."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from os import PathLike, fspath
from typing import TYPE_CHECKING

from convcost.errors import ConvcostError, Problem, no_such
from convcost.formats.document import AtLeast, Cell, Document, Table
from convcost.networks import cases

if TYPE_CHECKING:
    import pandas
    import polars

    from convcost.report.charts.drawing import Spec

FEW_ROWS = 20
"""Tables of so many rows need not be folded."""


class Chart:
    """A chart, which notebooks show; `spec` is its Vega specification.

    >>> import convcost
    >>> convcost.network("resnet50").plot().save("resnet50.svg")  # doctest: +SKIP
    """

    def __init__(self, spec: Spec) -> None:
        """Keep the specification; vl-convert draws it."""
        self.spec = spec

    def __repr__(self) -> str:
        return f"<chart {self.spec['description']}>"

    def _repr_svg_(self) -> str:
        from convcost.report.charts.images import picture

        return picture(self.spec, "svg").decode()

    def save(self, path: str | PathLike[str]) -> None:
        """Write it as `.svg`, `.png` or `.pdf`, or its specification as `.json`.

        Raises:
            ConvcostError: the name says no format, or the file cannot be written.
        """
        from convcost.formats.files import WholeFile
        from convcost.report.charts.images import FORMATS, picture

        name = fspath(path)
        ending = os.path.splitext(name)[1].removeprefix(".").lower()
        if ending not in FORMATS:
            raise ConvcostError(Problem(name, no_such("format of pictures", ending, FORMATS)))
        with WholeFile(name) as file:
            file.write_bytes(picture(self.spec, ending))


class Answer:
    """What has a table: as HTML in a notebook, and as a data frame."""

    def _document(self) -> Document:
        # Comparisons, explanations and networks each make one of their own; there is no usual one.
        raise NotImplementedError(f"{type(self).__name__} has no table")

    def _repr_html_(self) -> str:
        return folded(self._document())

    def to_pandas(self) -> pandas.DataFrame:
        """Its table; `ConvcostError` if pandas is not installed."""
        return to_pandas(self._document())

    def to_polars(self) -> polars.DataFrame:
        """Its table; `ConvcostError` if polars is not installed."""
        return to_polars(self._document())


class Comparison(Answer, cases.Comparison):
    """A case and its rows, which notebooks show as a table."""

    def plot(self) -> Chart:
        """Its rows as points, params against MACs.

        Raises:
            ConvcostError: no row has both, or vl-convert is not installed.
        """
        from convcost.report.charts.images import require_vega
        from convcost.report.charts.scatter import points_of, scatter_chart

        require_vega()
        pairs = [(self.case, row) for row in self.rows if row.built]
        points = points_of(pairs, [row.label for _, row in pairs])
        if not points:
            raise ConvcostError("nothing here has params and MACs, to be drawn by them")
        return Chart(scatter_chart(points))

    def _document(self) -> Document:
        from convcost.report.compare import compare_report

        return compare_report([self])


def folded(document: Document) -> str:
    """The document's tables as HTML, each below its title; those of many rows are folded."""
    from convcost.formats.html import equations_html, escape, table_html

    parts = []
    for block in document.blocks:
        if not isinstance(block, Table):
            parts.append(equations_html(block))
            continue
        opened = " open" if len(block.rows) <= FEW_ROWS else ""
        title = escape(block.heading or block.name)
        table = table_html(block._replace(title=""))
        parts.append(f"<details{opened}><summary>{title}</summary>{table}</details>")
    return "\n".join(parts)


def to_pandas(document: Document) -> pandas.DataFrame:
    """The document's first table; sums are not among its rows.

    Raises:
        ConvcostError: pandas is not installed.
    """
    try:
        import pandas
    except ImportError:
        raise ConvcostError("to_pandas needs pandas: pip install pandas") from None
    return pandas.DataFrame(_columns(document))


def to_polars(document: Document) -> polars.DataFrame:
    """The document's first table; sums are not among its rows.

    Raises:
        ConvcostError: polars is not installed, or has no room for a number.
    """
    try:
        import polars
    except ImportError:
        raise ConvcostError("to_polars needs polars: pip install polars") from None
    try:
        return polars.DataFrame(_columns(document))
    except (OverflowError, TypeError):
        raise ConvcostError("polars has no numbers over 64 bits; to_pandas has") from None


def _columns(document: Document) -> Mapping[str, Sequence[Cell]]:
    """The columns of the first table by title; what is not known exactly is None."""
    table = next(block for block in document.blocks if isinstance(block, Table))
    return {
        column.raw_title: [_exact(row[place]) for row in table.parts]
        for place, column in enumerate(table.columns)
    }


def _exact(value: Cell) -> Cell:
    return None if isinstance(value, AtLeast) else value
