"""The house rules that no linter holds: what a command loads, and how large rooms are."""

import subprocess
import sys
from pathlib import Path

import pytest

import convcost
from tests.support.paths import ROOT

PACKAGE = ROOT / "convcost"
FILES = [path.relative_to(ROOT) for path in PACKAGE.rglob("*.py")]

NEVER = "torch thop numpy"
"""The analytic path never loads these."""
HEAVY = f"{NEVER} rich yaml fractions json pydantic pickle email"
LIGHT = f"{HEAVY} tempfile random xml csv"
"""What the shortest runs do without, beyond what typer itself has loaded."""
ROOMS = """
    api pytorch gate counting sources.files sources.reading sources.tree formats.json formats.latex
    formats.csv formats.markdown formats.terminal
    formats.files cli.gate cli.commands.gate.check
    cli.commands.gate.diff cli.commands.gate.lock
    cli.commands.verify cli.commands.show cli.commands.match cli.commands.explain
    kinds.branches kinds.layers kinds.mobile kinds.parts kinds.pools kinds.residual kinds.resizing
    kinds.xsep kinds.tokens kinds.attending kinds.attention kinds.transformers kinds.weighting
    kinds.deformable
    ops.moves ops.maps ops.pools ops.products ops.resizing ops.tokens ops.attention ops.partitions
"""
"""Those of convcost that a comparison by flags does without."""


@pytest.mark.parametrize(
    ("arguments", "unwanted"),
    [
        ("compare --in 24 --out 24 --k 3 --hw 112", LIGHT),
        ("compare --in 24 --hw 112 --format json", "torch thop numpy rich yaml fractions"),
        ("compare configs/mobile-stage.yaml", "torch thop numpy rich fractions json"),
        ("show xsepconv --in 24 --hw 112", "torch thop numpy rich yaml"),
        ("compare --in 24 --hw 112 --as all", HEAVY),
        ("explain --in 24 --hw 112 --as thop --as fvcore", HEAVY),
        ("match --in 24 --hw 112 --kinds standard --macs 65.03M", HEAVY),
        ("profilers thop", HEAVY),
        ("lock --dry-run configs/vgg.yaml", "torch thop numpy rich"),
        ("--help", "torch thop numpy rich yaml fractions"),
        ("--version", LIGHT),
    ],
)
def test_light_start(arguments: str, unwanted: str) -> None:
    """Each command loads only what it needs; the analytic path never loads torch."""
    found = {name.partition(".")[0] for name in loaded(arguments)}
    assert "convcost" in found
    assert found & set(unwanted.split()) == set()


def test_no_room_is_entered_in_vain() -> None:
    """A comparison by flags loads no other command, no layer that it does not compare, no gate."""
    assert {f"convcost.{name}" for name in ROOMS.split()} <= rooms()
    found = loaded("compare --in 24 --out 24 --k 3 --hw 112")
    prefixes = tuple(f"convcost.{name}" for name in ROOMS.split())
    assert [name for name in found if name.startswith(prefixes)] == []


def test_root_is_light() -> None:
    """Importing convcost for its version loads none of it."""
    program = "import sys, convcost; convcost.__version__; print(*sys.modules)"
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    found = [name for name in ran.stdout.split() if name.startswith("convcost")]
    assert found == ["convcost._version", "convcost"]


def test_api_is_light() -> None:
    """Counting a layer in Python loads no table of tools, and no report."""
    program = "import sys, convcost; convcost.cost('standard', (3, 8, 8)); print(*sys.modules)"
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    rooms = [name.split(".")[1] for name in ran.stdout.split() if name.startswith("convcost.")]
    assert {"kinds", "graph"} <= set(rooms)
    assert {"counting", "sources", "cli"}.isdisjoint(rooms)


def test_every_public_name_is_there() -> None:
    """What the root says that it has can be had, and is listed; what it has not is said."""
    assert all(getattr(convcost, name) is not None for name in convcost.__all__)
    assert set(convcost.__all__) < set(dir(convcost))
    with pytest.raises(AttributeError, match="module 'convcost' has no attribute 'nothing'"):
        convcost.nothing  # noqa: B018


def rooms() -> set[str]:
    """The modules and packages of convcost."""
    modules = {".".join(path.with_suffix("").parts) for path in FILES}
    return modules | {name.removesuffix(".__init__") for name in modules}


def loaded(arguments: str) -> list[str]:
    """What a command loads beyond Python and typer."""
    program = (
        "import sys, typer; before = set(sys.modules)\n"
        "import convcost.cli.main\n"
        "try: convcost.cli.main.main()\n"
        "except SystemExit as ended: assert not ended.code\n"
        "print(*set(sys.modules) - before, file=sys.stderr)"
    )
    command = [sys.executable, "-c", program, *arguments.split()]
    ran = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    return ran.stderr.splitlines()[-1].split()


@pytest.mark.parametrize("path", FILES, ids=str)
def test_modules_are_rooms_not_halls(path: Path) -> None:
    """No module is longer than a reader's patience, and what opens a package is empty."""
    lines = (ROOT / path).read_text(encoding="utf-8").splitlines()
    assert len(lines) <= (
        0 if path.name == "__init__.py" and path.parent.name != "convcost" else 300
    )


@pytest.mark.parametrize("folder", sorted({path.parent for path in FILES}), ids=str)
def test_folders_can_be_looked_over(folder: Path) -> None:
    """No folder has more than 20 modules."""
    assert sum(path.parent == folder for path in FILES) <= 20


def test_one_door_to_stderr() -> None:
    """What is said to people goes through `printer`, which cleans and shortens every line."""
    sources = {
        path.relative_to(ROOT / "convcost").as_posix(): path.read_text(encoding="utf-8")
        for path in (ROOT / "convcost").rglob("*.py")
    }
    writers = {name for name, text in sources.items() if "file=sys.stderr" in text}
    assert writers == {"cli/printer.py"}
    others = {name for name, text in sources.items() if "sys.stderr" in text} - writers
    # closed streams, and whether it is a terminal
    assert others == {"cli/shell.py", "cli/progress.py", "cli/requests.py"}
