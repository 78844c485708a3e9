"""What a command answers, before it has a format: tables of raw values, and equations.

Reports fill a `Document`; a format only says how it looks. Machine formats hold raw integers; only
formats for people group digits.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from convcost.errors import clean

UNITS = {"params": "params", "macs": "MACs", "flops": "FLOPs", "activations": "activations"}
"""What people call the figures."""

VERSION = 1
"""Of the JSON documents."""

ABOUT = "≈ "
"""In front of a step that is rounded."""


class AtLeast(int):
    """A sum that something belongs to which is not known."""

    def __str__(self) -> str:
        return f">={int(self)}"


Cell = int | float | str | None


class Column(NamedTuple):
    """A table's column.

    On a narrow terminal the columns with the highest `drop` go first (0 never goes), and those with
    a `narrow` width may wrap their words to it.
    """

    title: str
    drop: int = 0
    numeric: bool = True
    decimals: int = 4
    narrow: int = 0
    percent: bool = False
    time: bool = False
    """Whether its numbers are picoseconds."""

    @property
    def raw_title(self) -> str:
        """The title in a file of raw numbers."""
        return f"{self.title} (ps)" if self.time else self.title

    def words(self, value: Cell) -> str:
        """A value as people read it: grouped digits, and a few decimals of a fraction."""
        if value is None:
            return "–"
        if isinstance(value, str):
            return clean(value)
        if self.percent:
            return f"{value:.1%}"
        if isinstance(value, AtLeast) and not value:
            return "unknown"
        if self.time:
            return f"{'≥ ' * isinstance(value, AtLeast)}{time_words(value)}"
        if isinstance(value, AtLeast):
            return f"≥ {int(value):,}"
        if isinstance(value, int):
            return f"{value:,}"
        tiny = 0 < value < 10 ** (1 - self.decimals)
        return f"{value:.3g}" if tiny else f"{value:,.{self.decimals}f}"


def time_words(picoseconds: float, digits: int = 3) -> str:
    """A time in the unit that leaves one to three digits before the point: `12.3 µs`."""
    for unit, size in (("s", 10**12), ("ms", 10**9), ("µs", 10**6), ("ns", 10**3)):
        if picoseconds >= size * (1 - 0.5 / 10**digits):  # 999.9 ns are 1.00 µs
            whole = len(str(int(picoseconds / size)))
            return f"{picoseconds / size:,.{max(digits - whole, 0)}f} {unit}"
    return f"{picoseconds:g} ps" if picoseconds else "0"


class Table(NamedTuple):
    """Rows of raw values under a name.

    `remarks` has a sentence, or none, for each row; `below` are sentences on the whole table. A
    `summary` counts what is in other tables; it is shown whole, whatever is chosen of these. If it
    is `summed`, the last row is the sum of the others, and no matter what they are called.
    """

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    remarks: tuple[str, ...] = ()
    below: tuple[str, ...] = ()
    summary: bool = False
    summed: bool = False

    @property
    def parts(self) -> tuple[tuple[Cell, ...], ...]:
        """The rows that are no sum of others."""
        return self.rows[:-1] if self.summed else self.rows

    @property
    def heading(self) -> str:
        """The title as people read it."""
        return clean(self.title)

    @property
    def titles(self) -> list[str]:
        """The columns' titles."""
        return [column.title for column in self.columns]

    @property
    def words(self) -> list[list[str]]:
        """The rows as people read them."""
        return [
            [column.words(value) for column, value in zip(self.columns, row, strict=True)]
            for row in self.rows
        ]

    @property
    def notes(self) -> list[str]:
        """The sentences below the table; a remark starts with its row's first cell."""
        pairs = zip(self.rows, self.remarks, strict=False)
        remarks = [f"{row[0]}: {remark}" for row, remark in pairs if remark]
        return list(map(clean, [*remarks, *self.below]))

    def without(self, index: int) -> Table:
        """The table less one column."""

        def cut(values: tuple[Any, ...]) -> tuple[Any, ...]:
            return values[:index] + values[index + 1 :]

        return self._replace(columns=cut(self.columns), rows=tuple(map(cut, self.rows)))


class Equation(NamedTuple):
    """A name and what it equals, step by step, as text and as LaTeX."""

    name: str
    steps: tuple[str, ...]
    latex_name: str
    latex_steps: tuple[str, ...]


class Equations(NamedTuple):
    """Equations that stand together."""

    equations: tuple[Equation, ...]


class Document(NamedTuple):
    """Everything that a command prints: the JSON form, and the blocks that people read."""

    data: dict[str, Any]
    blocks: tuple[Table | Equations, ...]
    group: str = "case"
    """What the tables' names are called, as the first column of a CSV file."""
    titles: tuple[str, ...] = ()
    """Of columns that this command's tables may have, also where none has them now."""
