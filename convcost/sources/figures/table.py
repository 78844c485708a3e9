"""A CSV file of networks and the figures that a source has printed for them."""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

from convcost.counting.survey import Survey, survey
from convcost.errors import ConvcostError, Problem, no_such, shorten
from convcost.learning.figures import Line
from convcost.networks.cases import Case
from convcost.networks.figures import Printed, PrintedType
from convcost.sources.patterns import is_file
from convcost.sources.request import Request, read_networks
from convcost.sources.tree import read_bytes

MAX_BYTES = 4_000_000
MOST_LINES = 2_000

NETWORKS = ("network", "model", "name", "architecture")
FIGURES = ("figure", "macs", "flops", "mult-adds", "madds", "gmacs", "gflops", "mmacs", "mflops")
SIZES = ("hw", "input", "img_size", "image_size", "resolution")
"""What columns are called: of networks, of figures, of sizes of the input."""

_WORDS = r"(?:macs?|maccs?|flops?|madds?|mult-adds?)"
_NAMED = re.compile(rf"(?:^|[\W_])[kmgt]?{_WORDS}(?:$|[\W_])", re.I)
_SCALED = re.compile(rf"(?:^|[\W_])([kmgt]){_WORDS}|{_WORDS} *[(\[/]([kmgt])\b", re.I)
"""Titles of figures, and those that say a unit: `GMACs`, `infer_gmacs`, `FLOPs (G)`."""

SCALES = ("k", "M", "G", "T")


class TableWords(NamedTuple):
    """How a table is to be read.

    Attributes:
        column: the title of the figures' column; "" is one that is called as those mostly are, or
            else the second.
        scale: what figures without a unit are in: k, M, G or T.
        hw: the size of all inputs, if it is not the networks' own.
    """

    column: str = ""
    scale: str = ""
    hw: str = ""


class _Columns(NamedTuple):
    """Which column of a table has what; -1 is none."""

    network: int
    figure: int
    hw: int
    scale: str


def read_table(path: str, words: TableWords) -> list[Line]:
    """The networks of a table with their figures.

    A network is a shipped one, or a file: from the table's folder on, or from here.

    Raises:
        ConvcostError: it is no such table; the lines that are wrong, with their places.
    """
    rows = _rows(path)
    columns, first = _columns(path, rows, words)
    body = rows[first:]
    if not body:
        raise ConvcostError(Problem(path, "has no line of a network and its figure"))
    if len(body) > MOST_LINES:
        message = f"has {len(body):,} networks, of which {MOST_LINES:,} may be"
        raise ConvcostError(Problem(path, message))
    problems: list[Problem] = []
    found: list[Line] = []
    network = cache(_network)
    for number, row in body:
        place = f"{path}:{number}"
        cells = [cell.strip() for cell in row]
        try:
            name, printed = _cells(cells, columns)
            hw = cells[columns.hw] if 0 <= columns.hw < len(cells) else words.hw
            seen, batch = network(_beside(path, name), hw)
            found.append(Line(f"{name} @{hw}" if hw else name, seen, batch, printed, place))
        except ConvcostError as error:
            problems += [Problem(place, _said(each)) for each in error.problems]
        except ValueError as error:
            problems.append(Problem(place, str(error)))
    if problems:
        raise ConvcostError(*problems)
    return found


def _said(problem: Problem) -> str:
    return f"{problem.place}: {problem.message}" if problem.place else problem.message


def _rows(path: str) -> list[tuple[int, list[str]]]:
    """The lines of a file that are not empty, with their numbers."""
    try:
        text = read_bytes(path, MAX_BYTES, "no table of figures").decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ConvcostError(Problem(path, "not UTF-8 text")) from None
    first = text.partition("\n")[0]
    between = next((each for each in ",;\t" if each in first), ",")
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=between)
    try:
        return [(lines.line_num, row) for row in lines if any(cell.strip() for cell in row)]
    except csv.Error as error:
        raise ConvcostError(Problem(f"{path}:{lines.line_num}", str(error))) from None


def _columns(
    path: str, rows: Sequence[tuple[int, list[str]]], words: TableWords
) -> tuple[_Columns, int]:
    """Where networks, figures and sizes stand, and the first line that has some."""
    titles = [cell.strip().lower() for cell in rows[0][1]] if rows else []
    is_header = bool(words.column) or any(
        title in (*NETWORKS, *FIGURES) or (_NAMED.search(title) and not title[:1].isdigit())
        for title in titles
    )
    if not is_header:
        return _Columns(0, 1, -1, words.scale), 0
    column = words.column.strip().lower()
    if column and column not in titles:
        message = no_such("column", words.column, [cell.strip() for cell in rows[0][1]])
        raise ConvcostError(Problem(f"{path}:{rows[0][0]}", message))
    network = _first(titles, NETWORKS, 0)
    said = [n for n, title in enumerate(titles) if _NAMED.search(title)]
    figure = titles.index(column) if column else _first(titles, FIGURES, said[0] if said else -1)
    if figure < 0:
        message = "none of the columns is called figure, macs or flops; name it with --column"
        raise ConvcostError(Problem(f"{path}:{rows[0][0]}", message))
    named = _SCALED.search(titles[figure])
    scale = words.scale or (next(filter(None, named.groups())) if named else "")
    sizes = [n for n, title in enumerate(titles) if title.endswith("img_size")]
    hw = _first(titles, SIZES, sizes[0] if sizes else -1)
    return _Columns(network, figure, hw, scale), 1


def _first(titles: Sequence[str], names: Sequence[str], otherwise: int) -> int:
    return next((titles.index(name) for name in names if name in titles), otherwise)


def _cells(cells: Sequence[str], columns: _Columns) -> tuple[str, Printed]:
    """The network of a line, and its figure; `ValueError` says what is wrong."""
    if max(columns.network, columns.figure) >= len(cells):
        raise ValueError("a line is a network and its figure: ResNet-18,1.82G")
    name, text = cells[columns.network], cells[columns.figure]
    if not name:
        raise ValueError("has no network")
    if columns.scale and re.fullmatch(r"[\d.,]+", text, re.ASCII):
        text = _scaled(text, columns.scale.upper())
    return name, printed_figure(text)


def _scaled(text: str, scale: str) -> str:
    """A figure with its unit; zeros below one, as spreadsheets have them, are no digits."""
    whole, point, fraction = text.partition(".")
    digits = 3 * (1 + "KMGT".index(scale))
    zeros = fraction[digits:].strip("0") == ""
    shown = fraction[:digits] if zeros else fraction
    return f"{whole}{point if shown else ''}{shown}{scale.replace('K', 'k')}"


def printed_figure(text: str) -> Printed:
    """A printed figure; `ValueError` also says what to do where its unit is missing."""
    try:
        return PrintedType().parse(text)
    except ValueError as error:
        no_unit = "below one" in str(error) and re.fullmatch(r"[\d.,]+", text, re.ASCII)
        hint = "; --scale says what figures are in" if no_unit else ""
        raise ValueError(f"a figure {error}{hint}") from None


def _beside(path: str, name: str) -> str:
    """A network's name, or where its file is: beside the table, if there is one."""
    beside = os.path.join(os.path.dirname(path), name)
    return beside if is_file(beside.rpartition(":")[0] or beside) or is_file(beside) else name


def _network(name: str, hw: str) -> tuple[Survey, int]:
    """A network as profilers see it, and its batch; `file.yaml:NAME` is one of a file."""
    file, colon, only = name.rpartition(":")
    words, names = ([file], [only]) if colon and is_file(file) else ([name], [])
    request = Request(words, [], {"hw": hw} if hw else {}, [], names)
    cases = read_networks(request).cases
    if len(cases) > 1:
        several = f"{len(cases)} networks; name one: {shorten(name)}:{cases[0].name}"
        raise ConvcostError(f"'{shorten(name)}' has {several}")
    return seen(cases[0])


def seen(case: Case) -> tuple[Survey, int]:
    """A case of one network as profilers see it, and its batch.

    Raises:
        ValueError: it cannot be built.
    """
    [use] = case.uses
    return survey(use.kind.build(case.inputs, use.given), case.batch), case.batch
