"""What a check found for machines that run checks: GitHub, and whatever reads JUnit's XML."""

from __future__ import annotations

from collections.abc import Callable

from convcost.errors import clean
from convcost.formats.document import Document, Table
from convcost.formats.markdown import markdown
from convcost.gate.changes import Change
from convcost.gate.outcome import Gate
from convcost.report.gate.failures import explain, failures

MOST_ANNOTATIONS = 9
"""GitHub shows ten of a step; the last says how many more there are."""
MOST_CHARACTERS = 65_000
"""GitHub's limit of a comment, below that of a step summary."""


def github(gate: Gate, path_of: Callable[[str], str]) -> str:
    """Workflow commands: an error at the line of each entry that fails, and how many more.

    `path_of` gives a file's path from the top of the repository, by which GitHub finds it.
    """
    errors = failures(gate)
    if len(errors) > MOST_ANNOTATIONS:
        more = f"{len(errors) - MOST_ANNOTATIONS} more; the report has all"
        errors = [*errors[:MOST_ANNOTATIONS], ("", "convcost", more)]
    lines = [_command("error", *each, path_of) for each in errors]
    return "".join(f"{line}\n" for line in lines)


def _command(
    level: str, place: str, title: str, message: str, path_of: Callable[[str], str]
) -> str:
    """One workflow command; what would end a part of it is escaped."""
    properties = [f"title={_escape(title, ',:')}"]
    file, *numbers = place.rsplit(":", 2)
    if len(numbers) == 2:
        file = _escape(path_of(file), ",:")
        where = zip(("file", "line", "col"), (file, *numbers), strict=True)
        properties = [*[f"{key}={value}" for key, value in where], *properties]
    return f"::{level} {','.join(properties)}::{_escape(message)}"


def _escape(text: str, more: str = "") -> str:
    text = clean(text)
    for letter in f"%{more}":
        text = text.replace(letter, f"%{ord(letter):02X}")
    return text


def summary(document: Document) -> str:
    """A report as Markdown for a step summary; what does not fit is counted."""
    text = markdown(document)
    while len(text) > MOST_CHARACTERS:
        tables = [block for block in document.blocks if isinstance(block, Table)]
        longest = max(tables, key=lambda table: len(table.rows))
        if len(longest.rows) < 2:  # a single name, say, that is longer than a report
            return text[: MOST_CHARACTERS - 10] + " …\n"
        keep = min(len(longest.rows) // 2, 1000)  # of which no more fit
        before = sum(int(word.split()[0]) for word in longest.below if word.endswith("more rows"))
        more = f"{len(longest.rows) - keep + before} more rows"
        others = [word for word in longest.below if not word.endswith("more rows")]
        cut = longest._replace(
            rows=longest.rows[:keep], remarks=longest.remarks[:keep], below=(*others, more)
        )
        blocks = tuple(cut if block is longest else block for block in document.blocks)
        document = document._replace(blocks=blocks)
        text = markdown(document)
    return text


def junit(gate: Gate) -> str:
    """JUnit's XML: a test for each entry, and for each published figure."""
    from xml.sax.saxutils import escape, quoteattr

    failures: dict[str, list[Change]] = {}
    for change in gate.failed:
        failures.setdefault(change.name, []).append(change)
    cases = [("costs", name, list(map(_named, failures.get(name, ())))) for name in gate.names]
    there = set(gate.names)
    gone = [name for name in failures if name not in there]
    cases += [("costs", name, list(map(_named, failures[name]))) for name in gone]
    for verdict in gate.verdicts:
        name = f"{verdict.case.name} {verdict.what} ({verdict.entry.source})"
        cases.append(("published", name, [] if verdict.passes else [(verdict.place, str(verdict))]))
    failed = sum(bool(found) for _, _, found in cases)
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<testsuites name="convcost" tests="{len(cases)}" failures="{failed}">',
        f'<testsuite name="convcost check" tests="{len(cases)}" failures="{failed}">',
    ]
    for group, name, found in cases:
        head = f"<testcase classname={quoteattr(f'convcost.{group}')} name={quoteattr(clean(name))}"
        if not found:
            lines.append(f"{head}/>")
            continue
        found = list(dict.fromkeys(found))
        message = clean("; ".join(words for _, words in found))
        body = "\n".join(clean(": ".join(filter(None, each))) for each in found)
        lines.append(f"{head}><failure message={quoteattr(message)}>{escape(body)}</failure>")
        lines.append("</testcase>")
    return "\n".join([*lines, "</testsuite>", "</testsuites>"]) + "\n"


def _named(change: Change) -> tuple[str, str]:
    """Where a change is, and what it is."""
    return change.place, explain(change)
