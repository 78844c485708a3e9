"""The rule behind the figures of each source whose figures do not all hold in our configs.

    python scripts/sources.py

What `convcost learn --source` finds for each such source with three figures or more is kept in
scripts/sources.json: the way of counting that explains the most, how many figures it explains, how
many rules as simple would by chance, and which figures it leaves. A source that is there is not
tried again; remove the file to begin anew.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from convcost.errors import ConvcostError  # noqa: E402
from convcost.formats.files import WholeFile  # noqa: E402
from convcost.learning.learn import Learned, Options, learn  # noqa: E402
from convcost.report.printed.learn import sentence  # noqa: E402
from convcost.sources.figures.published import COUNTED, read_published  # noqa: E402
from convcost.sources.shipped import shipped_networks  # noqa: E402

SCORES = ROOT / "scripts" / "sources.json"
LEAST = 3
"""Figures of a source; fewer say nothing of a rule."""


def main() -> None:
    """Try what was not tried yet, and print it."""
    known = json.loads(SCORES.read_text("utf-8")) if SCORES.exists() else {}
    for source in sources():
        if source not in known:
            known[source] = tried(source)
            with WholeFile(str(SCORES)) as file:
                file.write(json.dumps(known, indent=1, ensure_ascii=False) + "\n")
        print(f"{source}: {known[source]['says']}")


def sources() -> list[str]:
    """Sources with figures that are known not to hold, by how many."""
    figures: dict[str, list[bool]] = {}
    for case in shipped_networks():
        for entry in [entry for use in case.uses for entry in use.published]:
            for what in COUNTED:
                if what in entry.figures:
                    figures.setdefault(entry.source, []).append(what in entry.found)
    found = {source: each for source, each in figures.items() if any(each) and len(each) >= LEAST}
    return sorted(found, key=lambda source: -sum(found[source]))


def tried(source: str) -> dict[str, object]:
    """What is learned of the figures of a source."""
    lines = read_published([], source, exact=True)
    try:
        found = learn(lines, Options(source=source))
    except ConvcostError as error:
        return {"says": str(error)}
    return {
        "says": said(found),
        "strength": found.strength,
        "by chance": found.by_chance,
        "rules": _rules(found),
        "left": [lines[n].label for n in found.explained.missed],
    }


def said(found: Learned) -> str:
    """The answer in a line."""
    return f"{sentence(found)}; {found.strength}"


def _rules(found: Learned) -> dict[str, str]:
    written = found.explained.written
    return {call: str(rule) for call, rule in written.rules.items()} if written else {}


if __name__ == "__main__":
    main()
