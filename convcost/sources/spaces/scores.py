"""A CSV file of figures that a person has of designs: by their numbers, or by their options."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from convcost.errors import LONGEST_NAME, ConvcostError, Problem, shorten
from convcost.sources.tree import read_bytes
from convcost.spaces.best import Spans
from convcost.spaces.designs import Design
from convcost.spaces.scores import Scored, Scores, number_of
from convcost.spaces.space import Space

NUMBER = "design"
"""The column of numbers of designs."""

MAX_BYTES = 50_000_000


def read_scores(path: str, space: Space, spans: Spans) -> Scores:
    """The designs of a file that are within spans, with their scores.

    The header has `design`, or paths of choices (of others the first option is meant); all other
    columns are scores.

    Raises:
        ConvcostError: it is no such file; the first lines that are wrong, with their places.
    """
    try:
        text = read_bytes(path, MAX_BYTES, "no table of scores").decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ConvcostError(Problem(path, "not UTF-8 text")) from None
    lines = csv.reader(io.StringIO(text, newline=""))
    try:
        header = [each.strip() for each in next(lines, [])]
        body = [(lines.line_num, line) for line in lines if line]
    except csv.Error as error:
        raise ConvcostError(Problem(f"{path}:{lines.line_num}", str(error))) from None
    names = [name for name in header if name != NUMBER and name not in space.choices]
    _check_header(path, header, names)
    rows: dict[int, Scored] = {}
    problems: list[Problem] = []
    for number, line in body:
        place = f"{path}:{number}"
        try:
            if len(line) != len(header):
                words = f"has {len(line)} values for {len(header)} columns"
                raise ConvcostError(Problem(place, words))
            cells = dict(zip(header, map(str.strip, line), strict=True))
            design = _design(space, cells)
            if design.number in rows:
                raise ConvcostError(Problem(place, f"has design {design.number} a second time"))
            scores = {name: number_of(cells[name], name, place) for name in names}
            rows[design.number] = Scored(design, scores)
        except ConvcostError as error:
            problems += [Problem(place, each.message) for each in error.problems]
    if problems:
        raise ConvcostError(*problems)
    kept = [row for row in rows.values() if _within(row.design, spans)]
    return Scores(space.figures, names, kept)


def _check_header(path: str, header: Sequence[str], names: Sequence[str]) -> None:
    """Raise `ConvcostError` for a header without designs or scores, or with a column twice."""
    twice = next((name for n, name in enumerate(header) if name in header[:n]), None)
    words = ""
    odd = [name for name in header if not name.isprintable() or len(name) > LONGEST_NAME]
    if odd:
        words = "has a column whose name is no short line of text"
    elif twice is not None:
        words = f"has the column '{shorten(twice)}' twice"
    elif not names:
        words = "has no column of scores"
    elif len(names) == len(header):
        words = "has no column 'design', and none that is the path of a choice"
    if words:
        raise ConvcostError(Problem(f"{path}:1", words))


def _design(space: Space, cells: dict[str, str]) -> Design:
    """The design of a line."""
    if NUMBER not in cells:
        return space.chosen({path: cells[path] for path in cells if path in space.choices})
    text = cells[NUMBER].replace(",", "")
    if not (text.isdecimal() and text.isascii() and len(text) < 1_000):
        raise ConvcostError(f"design must be a number, got '{shorten(text)}'")
    return space.design(int(text))


def _within(design: Design, spans: Spans) -> bool:
    return all(span.has(design.values[column]) for column, span in spans.items())
