"""The house rules that no linter holds: what a command loads, and how large rooms are."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.paths import ROOT

PACKAGE = ROOT / "convcost"
FILES = {
    ".".join(path.relative_to(PACKAGE).with_suffix("").parts).removesuffix(".__init__"): path
    for path in PACKAGE.rglob("*.py")
}
"""Every module of the package and its file."""


HEAVY = "torch thop numpy rich yaml fractions json pydantic pickle email"


@pytest.mark.parametrize(
    ("arguments", "unwanted"),
    [
        (
            "compare --in 24 --hw 112",
            HEAVY,
        ),
        ("compare --in 24 --hw 112 --format json", "torch thop numpy rich yaml fractions"),
        ("compare configs/mobile-stage.yaml", "torch thop numpy rich fractions json"),
        ("show xsepconv --in 24 --hw 112", "torch thop numpy rich yaml"),
        ("compare --in 24 --hw 112 --as all", HEAVY),
        ("explain --in 24 --hw 112 --as thop --as fvcore", HEAVY),
        ("match --in 24 --hw 112 --kinds standard --macs 65.03M", HEAVY),
        ("profilers thop", HEAVY),
        ("--help", "torch thop numpy rich yaml fractions"),
    ],
)
def test_light_start(arguments: str, unwanted: str) -> None:
    """Each command loads only what it needs; the analytic path never loads torch."""
    program = (
        "import sys, typer; before = set(sys.modules)\n"
        "import convcost.cli.main\n"
        "try: convcost.cli.main.main()\n"
        "except SystemExit as ended: assert not ended.code\n"
        "print(*set(sys.modules) - before, file=sys.stderr)"
    )
    command = [sys.executable, "-c", program, *arguments.split()]
    ran = subprocess.run(command, capture_output=True, text=True, check=True, cwd=PACKAGE.parent)
    loaded = {name.partition(".")[0] for name in ran.stderr.split()}
    assert "convcost" in loaded
    assert loaded & set(unwanted.split()) == set()


@pytest.mark.parametrize("path", FILES.values(), ids=FILES)
def test_modules_are_rooms_not_halls(path: Path) -> None:
    """No module is longer than a reader's patience."""
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 320


@pytest.mark.parametrize(
    ("signature", "problem"),
    [
        ("share: int = 2", "share needs an annotation"),
        ("share: Groups", "share needs a default"),
        ("batch: Groups = 2", "batch is a name that cases or commands use"),
        ("k: Groups = 2", "k has another type or symbol than in "),
    ],
)
def test_kinds_are_checked_where_they_are_registered(signature: str, problem: str) -> None:
    """A signature that no flag could be read off is refused with the reason."""
    space: dict[str, object] = {"__name__": "convcost.kinds"}
    source = f"@kind('odd')\ndef odd(net: Builder, {signature}) -> None: ..."
    with pytest.raises(TypeError, match=problem):
        exec(
            "from convcost.kinds.registry import kind\nfrom convcost.graph.builder import Builder\n"
            f"from convcost.kinds.parameters import Groups\n{source}",
            space,
        )
