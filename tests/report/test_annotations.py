"""A check as machines read it: annotations, a step summary, JUnit's XML, JSON with its schema."""

import json
from pathlib import Path
from xml.etree import ElementTree

import jsonschema

from convcost.gate.schema import check_schema
from tests.support.paths import ROOT
from tests.support.repositories import edit, git, run


def test_annotations(repository: Path) -> None:
    """Annotations stand at the entry's own line, at most nine, and the rest are counted."""
    network = "  - {name: 'n%02d, 100%%', input: 3x8x8, layers: [{standard: {out: %d}}]}\n"
    path = repository / "configs" / "b.yaml"
    path.write_text("networks:\n" + "".join(network % (n, 4) for n in range(15)))
    run(repository, "lock")
    path.write_text("networks:\n" + "".join(network % (n, 5) for n in range(15)))
    ran = run(repository, "check", "--format", "github")
    lines = ran.stdout.splitlines()
    assert ran.returncode == 1
    assert len(lines) == 10
    assert lines[0].startswith(
        "::error file=configs/b.yaml,line=2,col=5,title=n00%2C 100%25::MACs grew: 6,912 → 8,640 "
        "(+1,728, +25.00%25); "
    )
    assert lines[-1] == "::error title=convcost::6 more; the report has all"
    below = repository / "below"
    below.mkdir()
    arguments = ("../configs/b.yaml", "--lockfile", "../convcost.lock", "--format", "github")
    ran = run(below, "check", *arguments)
    assert ran.stdout.startswith("::error file=configs/b.yaml,line=2,col=5,")


def test_json_has_a_schema(repository: Path) -> None:
    """What check and diff print as JSON is as the published schema says."""
    committed = json.loads((ROOT / "docs" / "check.schema.json").read_text())
    assert committed == check_schema()
    edit(repository, "[16, 2]", "[60, 2]")
    edit(
        repository,
        "layers: [standard]",
        "layers: [flatten, {linear: {out: 3}}]\n    published: {macs: 1M, source: s}",
    )
    edit(repository, "kinds: [standard, pointwise]", "kinds: [standard, group]")
    for command in (["check"], ["check", "--locked"], ["diff", "main"], ["check", "--published"]):
        ran = run(repository, *command, "--format", "json")
        jsonschema.validate(json.loads(ran.stdout), committed)


def test_summary_fits(repository: Path) -> None:
    """Markdown stays below GitHub's limit, and what is left out is counted."""
    network = "  - {name: network %04d, input: 3x8x8, layers: [{standard: {out: %d}}]}\n"
    path = repository / "configs" / "b.yaml"
    path.write_text("networks:\n" + "".join(network % (n, 4) for n in range(600)))
    run(repository, "lock")
    git(repository, "add", "-A")
    git(repository, "commit", "-qm", "many")
    path.write_text("networks:\n" + "".join(network % (n, 5) for n in range(600)))
    text = run(repository, "check", "--format", "markdown").stdout
    assert 20_000 < len(text) < 65_000
    rows = sum(line.startswith("| network") for line in text.splitlines())
    more = sum(int(line.split()[1]) for line in text.splitlines() if line.endswith("more rows"))
    assert rows + more == 3 * 600 + 600


def test_junit(repository: Path) -> None:
    """JUnit's XML has a test for each entry and each published figure."""
    edit(repository, "[16, 2]", "[17, 2]")
    edit(repository, "name: small", "name: '<small> & \"co\"'")
    edit(repository, "layers: [standard]", "layers: [standard]\n    published: {macs: 1M}")
    root = ElementTree.fromstring(run(repository, "check", "--format", "junit").stdout)
    cases = list(root.iter("testcase"))
    assert (root.get("tests"), root.get("failures")) == ("5", "2")
    assert len(cases) == 5
    failed = [case.get("name") for case in cases if case.find("failure") is not None]
    assert failed == ["wide", '<small> & "co" macs ()']
