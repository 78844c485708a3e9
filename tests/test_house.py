"""The house rules: imports point one way, and nothing heavy is loaded before it is needed."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "convcost"
LAYERS = (
    ("errors",),
    ("values", "printed", "arithmetic"),
    ("published",),
    ("ops",),
    ("contractions",),
    ("maps", "moves", "pools"),
    ("windows", "calls"),
    ("graph",),
    ("registry",),
    ("kinds.parameters",),
    ("kinds.convolutions", "kinds.parts", "kinds.branches", "kinds.layers"),
    ("kinds.residual", "kinds.mobile", "kinds.xsep"),
    ("kinds",),
    ("settings",),
    ("networks", "swaps"),
    ("rules",),
    ("quantities", "conventions"),
    ("tables.papers", "tables.patched", "tables.ptflops", "tables.thop"),
    ("tables.torchinfo", "tables.traced"),
    ("tables",),
    ("cost", "profilers", "modules"),
    ("probes",),
    ("worker",),
    ("cases", "matching"),
    ("lock", "history"),
    ("checking", "gate"),
    ("expressions",),
    ("formula",),
    ("tree", "files"),
    ("reader", "picking"),
    ("term_reader",),
    ("layer_reader",),
    ("network_reader",),
    ("spec", "verify", "render"),
    ("schema", "terminal", "show", "reports"),
    ("counted", "catalogue", "matched", "breakdown", "checked"),
    ("swapped", "latex", "causes"),
    ("gated",),
    ("annotations", "gate_schema"),
    ("formats",),
    ("printer", "options"),
    ("arguments", "shell"),
    ("guarding", "swapping"),
    ("api", "tool_commands", "gate_commands"),
    ("__init__",),
    ("cli",),
    ("__main__",),
)
"""From the lowest to the highest; a module imports from lower layers only."""
FLOOR = {name: level for level, names in enumerate(LAYERS) for name in names}
FILES = {
    ".".join(path.relative_to(PACKAGE).with_suffix("").parts).removesuffix(".__init__"): path
    for path in PACKAGE.rglob("*.py")
}
"""Every module of the package and its file."""


HEAVY = "torch thop numpy rich yaml fractions json pydantic pickle email"


def imported(path: Path) -> list[str]:
    """The modules of the package that a module imports, anywhere in it."""
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            assert not node.level, "relative imports hide where an arrow points"
            names = [node.module or ""]
        else:
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom):
            inner = [f"{node.module}.{alias.name}" for alias in node.names]
            inner = [name for name in inner if name.partition(".")[2] in FILES]
            names = inner if len(inner) == len(node.names) else names + inner
        for name in names:
            if name.partition(".")[0] == "convcost":
                found.append(name.partition(".")[2] or "__init__")
    return found


def test_every_module_has_a_layer() -> None:
    """A new module is given its place."""
    assert set(FILES) == set(FLOOR)


@pytest.mark.parametrize("name", FLOOR)
def test_imports_point_one_way(name: str) -> None:
    """A module imports from lower layers only."""
    upward = [other for other in imported(FILES[name]) if FLOOR[other] >= FLOOR[name]]
    assert upward == []


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
        "import convcost.cli\n"
        "try: convcost.cli.main()\n"
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
            "from convcost.registry import kind\nfrom convcost.graph import Builder\n"
            f"from convcost.kinds.parameters import Groups\n{source}",
            space,
        )
