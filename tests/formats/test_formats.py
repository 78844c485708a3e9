"""Formats: one record, each markup its own way of writing it."""

import json
from typing import Any

import pytest

from convcost.formats.csv import csv
from convcost.formats.document import (
    AtLeast,
    Column,
    Document,
    Equation,
    Equations,
    Table,
    time_words,
)
from convcost.formats.latex import latex
from convcost.formats.names import FORMATS, write

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
    assert write(DOCUMENT, "text").splitlines() == [
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
    lines = write(DOCUMENT, "markdown").splitlines()
    assert "| a\\|b\\_% | 1,234,567 | 0.5000 |" in lines
    assert "- none: cannot be built" in lines
    assert lines[-4:] == ["```text", "x = a + b", "  ≈ 0.3", "```"]


def test_csv() -> None:
    """CSV has raw values, nothing for what is missing, and the remark of each row."""
    assert write(DOCUMENT, "csv").splitlines() == [
        "case,kind,MACs,ratio,remark",
        "case,a|b_%,1234567,0.5,",
        "case,none,,0.000123456,cannot be built",
    ]


def test_latex() -> None:
    """LaTeX escapes names, aligns numbers at their points and says what is rounded."""
    lines = write(DOCUMENT, "latex").splitlines()
    assert r"\begin{tabular}{l S[table-format=7] S[table-format=1.6]}" in lines
    assert r"kind & {MACs} & {ratio} \\" in lines
    assert r"a\textbar{}b\_\% & 1234567 & 0.5000 \\" in lines
    assert r"none & {--} & 0.000123 \\" in lines
    assert lines[-4:] == [r"\begin{align*}", r"x &= a + b \\", r"&\approx 0.3", r"\end{align*}"]


def test_latex_sizes() -> None:
    """Sizes have a sign between them, and columns without numbers are not aligned at a point."""
    table = Table("a", "", (Column("size"), Column("n")), (("3x64x64", None),))
    lines = write(Document({}, (table,)), "latex").splitlines()
    assert r"\begin{tabular}{r r}" in lines
    assert r"3$\times$64$\times$64 & -- \\" in lines


def test_json() -> None:
    """JSON is the data itself, lists of plain values on one line, text untouched."""
    text = write(DOCUMENT, "json")
    assert json.loads(text) == DATA
    assert '"list": [1, 2],' in text


@pytest.mark.parametrize("format", FORMATS)
def test_every_format_ends_its_last_line(format: str) -> None:
    """Every format ends with one line break."""
    text = write(DOCUMENT, format)
    assert text.endswith("\n")
    assert not text.endswith("\n\n")


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("[a](http://b)", r"\[a\](http\://b)"),
        ("![a](//b)", r"!\[a\](//b)"),
        ("`a` *b* _c_ ~d~ $e$", r"\`a\` \*b\* \_c\_ \~d\~ \$e\$"),
        ("norm_groups __a__ a_", r"norm_groups \_\_a\_\_ a\_"),
        ("<b>&lt;", "&lt;b&gt;&amp;lt;"),
        ("by @someone in #12", "by @<!-- -->someone in #<!-- -->12"),
        ("a@b.com at u/r#3", "a@<!-- -->b.com at u/r#<!-- -->3"),
        ("www.a.b thop@0.1.1", r"www\.a.b thop@0.1.1"),
        ("a\\|b", r"a\\\|b"),
    ],
)
def test_markdown_of_files(name: str, shown: str) -> None:
    """Names of files are no markup: not in cells, nor in titles, nor in notes."""
    table = Table("t", name, (Column("name", numeric=False),), ((name,),), (), (name,))
    title, _, _, _, cell, _, note = write(Document({}, (table,)), "markdown").splitlines()
    assert title == f"**{shown}**"
    assert cell == f"| {shown} |"
    assert note == f"- {shown}"


@pytest.mark.parametrize("note", ["# a", "- a", "+ a", "1. a", "12) a"])
def test_notes_begin_nothing(note: str) -> None:
    """A note begins no title and no list of its own."""
    table = Table("t", "", (Column("name", numeric=False),), (), (), (note,))
    *_, shown = write(Document({}, (table,)), "markdown").splitlines()
    begin = note.split(" ")[0]
    assert shown == f"- {begin[:-1]}\\{begin[-1]} a"


def test_csv_has_no_formulas() -> None:
    """A cell that a spreadsheet would run is text; a negative number is a number."""
    rows = (("=1+1", -5), ("+a", 0.5), ("-b", None), ("@c", 1), ("d=e", 2), ("\tf", 3))
    table = Table("=t", "", (Column("name", numeric=False), Column("n")), rows)
    lines = write(Document({}, (table,)), "csv").splitlines()[1:]
    assert lines == [
        *("'=t,'=1+1,-5", "'=t,'+a,0.5", "'=t,'-b,", "'=t,'@c,1", "'=t,d=e,2"),
        "'=t,\N{REPLACEMENT CHARACTER}f,3",
    ]


EVIL = "a\n::error::b\x1b[31m\x9b\u202e\udc80##[c]"


@pytest.mark.parametrize("format", FORMATS)
def test_no_format_lets_control_characters_through(format: str) -> None:
    """Whatever a name has in it, lines are printable, and none is a command of a workflow."""
    columns = (Column("name", numeric=False), Column("n"))
    table = Table(EVIL, EVIL, columns, (("::error::b", 1), (EVIL, None)), (EVIL, EVIL), (EVIL,))
    text = write(Document({EVIL: [EVIL, 1, EVIL], "b": ["::c"]}, (table,)), format)
    for line in text.splitlines():
        assert line.isprintable()
        assert not line.lstrip().startswith("::")
        assert "##[" not in line
    if format == "json":
        assert json.loads(text) == {EVIL: [EVIL, 1, EVIL], "b": ["::c"]}


def test_times_and_what_is_at_least() -> None:
    """A time has a unit for people, and picoseconds for machines; so has what is at least that."""
    columns = (Column("op", numeric=False), Column("bound", time=True), Column("MACs"))
    rows = (("a", 16_056_320, AtLeast(5)), ("b", AtLeast(999), AtLeast(0)), ("c", None, 3))
    document = Document({}, (Table("t", "", columns, rows),))
    assert [row[1] for row in Table("t", "", columns, rows).words] == ["16.1 µs", "≥ 999 ps", "–"]
    assert "a,16056320,>=5" in csv(document)
    assert "bound (ps)" in csv(document)
    assert r"a & 16.1 $\mu$s & {$\geq$ 5} \\" in latex(document)
    words = {10**12: "1.00 s", 59_900_000_000_000: "59.9 s", 10**9: "1.00 ms", 999_900: "1.00 µs"}
    assert {number: time_words(number) for number in words} == words
