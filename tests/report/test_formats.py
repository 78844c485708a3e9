"""Formats: one record, each markup its own way of writing it."""

import json
from typing import Any

import pytest

from convcost.report.document import Column, Document, Equation, Equations, Table
from convcost.report.formats import FORMATS

TABLE = Table(
    "case",
    "A | case",
    (Column("kind", numeric=False), Column("MACs"), Column("ratio")),
    (("a|b_%", 1234567, 0.5), ("none", None, 0.000123456)),
    ("", "cannot be built"),
)
EQUATIONS = Equations((Equation("x", ("a + b", "≈ 0.3"), "x", ("a + b", "≈ 0.3")),))
DATA: dict[str, Any] = {"list": [1, 2], "rows": [{"text": "a [b,\n c]"}], "empty": []}
DOCUMENT = Document(DATA, (TABLE, EQUATIONS))


def test_text() -> None:
    """Text aligns columns, groups digits, and gives tiny ratios three digits."""
    assert FORMATS["text"](DOCUMENT).splitlines() == [
        "A | case",
        "",
        "kind        MACs     ratio",
        "-----  ---------  --------",
        "a|b_%  1,234,567    0.5000",
        "none           –  0.000123",
        "none: cannot be built",
        "",
        "x = a + b",
        "  ≈ 0.3",
    ]


def test_markdown() -> None:
    """Markdown escapes what would end a cell."""
    lines = FORMATS["markdown"](DOCUMENT).splitlines()
    assert "| a\\|b\\_% | 1,234,567 | 0.5000 |" in lines
    assert "- none: cannot be built" in lines
    assert lines[-4:] == ["```text", "x = a + b", "  ≈ 0.3", "```"]


def test_csv() -> None:
    """CSV has raw values, nothing for what is missing, and the remark of each row."""
    assert FORMATS["csv"](DOCUMENT).splitlines() == [
        "case,kind,MACs,ratio,remark",
        "case,a|b_%,1234567,0.5,",
        "case,none,,0.000123456,cannot be built",
    ]


def test_latex() -> None:
    """LaTeX escapes names, aligns numbers at their points and says what is rounded."""
    lines = FORMATS["latex"](DOCUMENT).splitlines()
    assert r"\begin{tabular}{l S[table-format=7] S[table-format=1.6]}" in lines
    assert r"kind & {MACs} & {ratio} \\" in lines
    assert r"a\textbar{}b\_\% & 1234567 & 0.5000 \\" in lines
    assert r"none & {--} & 0.000123 \\" in lines
    assert lines[-4:] == [r"\begin{align*}", r"x &= a + b \\", r"&\approx 0.3", r"\end{align*}"]


def test_latex_sizes() -> None:
    """Sizes have a sign between them, and columns without numbers are not aligned at a point."""
    table = Table("a", "", (Column("size"), Column("n")), (("3x64x64", None),))
    lines = FORMATS["latex"](Document({}, (table,))).splitlines()
    assert r"\begin{tabular}{r r}" in lines
    assert r"3$\times$64$\times$64 & -- \\" in lines


def test_json() -> None:
    """JSON is the data itself, lists of plain values on one line, text untouched."""
    text = FORMATS["json"](DOCUMENT)
    assert json.loads(text) == DATA
    assert '"list": [1, 2],' in text


@pytest.mark.parametrize("format", list(FORMATS))
def test_every_format_ends_its_last_line(format: str) -> None:
    """Every format ends with one line break."""
    text = FORMATS[format](DOCUMENT)
    assert text.endswith("\n")
    assert not text.endswith("\n\n")
