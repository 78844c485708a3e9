"""Torch modules as subjects of commands: what is named, how it is made, what may go wrong."""

import subprocess
import sys
from pathlib import Path

import pytest

import convcost as api
from convcost.graph.reading import decoded
from tests.support.code import networks
from tests.support.paths import ROOT
from tests.support.program import Program
from tests.support.repositories import git

pytestmark = pytest.mark.slow

CODE = "tests/support/code/networks.py"
MODULE = "tests.support.code.networks"


@pytest.fixture(autouse=True)
def _at_the_root(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if "repository" not in request.fixturenames:
        monkeypatch.chdir(ROOT)


def test_show(convcost: Program) -> None:
    """A module is shown by its paths; what its code prints is no part of the answer."""
    ran = convcost("show", f"{MODULE}:Net", "--input", "3x32x32", "--format", "json")
    assert ran.code == 0
    assert '"path": "conv"' in ran.out
    assert '"params": 240' in ran.out
    assert '"macs": 194400' in ran.out
    assert "made" not in ran.out


@pytest.mark.parametrize(
    ("arguments", "macs"),
    [
        ([f"{CODE}:Net", "--arg", "kernel=[1, 5]", "--arg", "width=2"], 26_880),
        ([f"{MODULE}:Counts"], 194_400),
        ([f"{MODULE}:Looks", "--real"], 194_400),
        ([f"{MODULE}:Net", "--batch", "3", "--mode", "train"], 583_200),
    ],
)
def test_how_it_is_made(convcost: Program, arguments: list[str], macs: int) -> None:
    """Arguments are read as YAML; what cannot be made on the meta device is made on the CPU."""
    ran = convcost("compare", *arguments, "--input", "3x32x32", "--format", "csv")
    assert ran.code == 0, ran.err
    columns = ran.out.splitlines()[1].split(",")
    assert f"{macs}" in columns, columns


def test_a_module_that_is_there(convcost: Program) -> None:
    """An attribute that is a module is one already, and takes no arguments."""
    assert convcost("show", f"{MODULE}:made", "--input", "4").code == 0
    ran = convcost("show", f"{MODULE}:made", "--input", "4", "--arg", "x=1")
    assert (ran.code, ran.out) == (2, "")
    assert "is a module that is made already" in ran.err


def test_inputs_and_outputs_by_name(convcost: Program) -> None:
    """Inputs go by keyword and dtype, and outputs by their names in what is returned."""
    ids, mask = "ids=int64:7", "mask=bool:7"
    ran = convcost("show", f"{MODULE}:Keywords", "--input", ids, "--input", mask, "--format=json")
    assert ran.code == 0, ran.err
    assert '"hidden": [7, 8]' in " ".join(ran.out.split()).replace("[ ", "[").replace(" ]", "]")
    assert '"rest.0"' in ran.out


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Nett", "has no 'Nett'; did you mean 'Net'?"),
        ("number", "makes a int, no torch.nn.Module"),
        ("exits", "it exits (3) (tests/support/code/networks.py:"),
        ("leaves", "ends the process (exit code 7)"),
        ("crashes", "crashes: its process ended with signal 11"),
        ("Fails", "ValueError: no such luck (tests/support/code/networks.py:"),
        ("Looks", "--real runs it with numbers (tests/support/code/networks.py:"),
    ],
)
def test_what_goes_wrong(convcost: Program, name: str, words: str) -> None:
    """Whatever the code does is one line with its last line of code, and exit 2."""
    ran = convcost("show", f"{MODULE}:{name}", "--input", "3x8x8")
    assert (ran.code, ran.out) == (2, "")
    assert words in ran.err
    [line] = [line for line in ran.err.splitlines() if line.startswith(MODULE)]
    assert line.startswith(f"{MODULE}:{name}: ")


def test_hangs(convcost: Program) -> None:
    """Code that takes too long is stopped, where it is."""
    ran = convcost("show", f"{CODE}:hangs", "--input", "3x8x8", "--timeout", "8")
    assert (ran.code, ran.out) == (2, "")
    assert "takes longer than 8 seconds (--timeout)" in ran.err
    assert "networks.py:" in ran.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["show", "nothing_here:Net", "--input", "3x8x8"], "No module named 'nothing_here'"),
        (["show", f"{MODULE}:made"], "needs the size of its input"),
        (["show", f"{MODULE}:Net", "--input", "3y8"], "--input: is [NAME=][DTYPE:]SIZES"),
        (["show", f"{MODULE}:Net", "--input", "x=int33:8"], "torch has no dtype 'int33'"),
        (["show", f"{MODULE}:Net", "--input", "3x8x8", "--arg", "width"], "--arg: is NAME=VALUE"),
        (["show", f"{MODULE}:Net", "--input", "99999999999x99999x99999"], "--input: "),
        (["show", f"{MODULE}:Net", "--input", "3x8x8", "--batch", "0"], "--batch: "),
        (["show", f"{MODULE}:Net", "--input", "3x8x8", "--hw", "9"], "captured with 3x8x8"),
        (["show", f"{MODULE}:Net", "--input", "3x8x8", "--mode", "trian"], "did you mean 'train'?"),
        (
            ["verify", f"{MODULE}:Net", "--input", "3x8x8", "--mode", "train"],
            "--mode: is for --with fvcore-train",
        ),
        (["show", "resnet50", "--input", "3x8x8"], "--input: is for torch modules"),
        (["compare", "--in", "3", "--hw", "8", "--arg", "a=1"], "--arg: is for torch modules"),
        (["show", CODE], "is code: name what makes the network too, networks.py:Network"),
        (["show", "weights.pth"], "holds weights, and may hold code that would run"),
        (["lock", f"{MODULE}:Net"], "convcost capture tests.support.code.networks:Net --output"),
        (["capture", "resnet50"], "is no code; name package.module:attribute"),
        (["capture", f"{MODULE}:Net", "--output", "net.json"], "is to end with .graph.json"),
    ],
)
def test_mistakes(convcost: Program, arguments: list[str], words: str) -> None:
    """A mistake is one line that says what is wrong, and exit 2."""
    ran = convcost(*arguments)
    assert (ran.code, ran.out) == (2, "")
    assert words in ran.err


def test_capture(convcost: Program, tmp_path: Path) -> None:
    """The file is the same bytes each time; whether it is still what the code gives is said."""
    path = tmp_path / "net.graph.json"
    subject = [f"{MODULE}:Net", "--input", "3x32x32"]
    ran = convcost("capture", *subject, "--output", path)
    assert ran.code == 0
    assert "4 ops, 240 params, 194,400 MACs" in ran.err
    written = path.read_bytes()
    assert convcost("capture", *subject).out.encode() == written
    assert decoded(written, "net").text().encode() == written
    ran = convcost("capture", *subject, "--check", path)
    assert (ran.code, ran.out) == (0, "")
    ran = convcost("capture", *subject, "--arg", "width=9", "--check", path)
    assert (ran.code, ran.out) == (1, "")
    assert "conv (tests/support/code/networks.py:" in ran.err
    assert path.read_bytes() == written


@pytest.fixture(scope="module")
def graph_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The graph file of a network."""
    path = tmp_path_factory.mktemp("captured") / "net.graph.json"
    api.capture(networks.Net(), (3, 32, 32)).save(path)
    return path


WITHOUT_TORCH = """
import sys
sys.modules["torch"] = None
from convcost.cli.main import main
sys.argv[1:] = {arguments}
main()
"""


@pytest.mark.parametrize(
    "words", ["show FILE", "compare FILE", "explain FILE --as thop", "lock FILE --lockfile x.lock"]
)
def test_without_torch(words: str, graph_file: Path, tmp_path: Path) -> None:
    """A graph file outlives torch: where it cannot be imported, every question is answered."""
    arguments = [str(graph_file) if word == "FILE" else word for word in words.split()]
    script = WITHOUT_TORCH.format(arguments=arguments)
    ran = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=tmp_path, check=False
    )
    assert ran.returncode == 0, ran.stderr


def test_verify(convcost: Program) -> None:
    """The real tools run on the module itself; a tool that raises does not keep the others."""
    ran = convcost("verify", f"{MODULE}:Net", "--input", "3x16x16", "--with", "thop,torch")
    assert ran.code == 0, ran.err
    assert "4 of 4 figures exact" in ran.err


def test_verify_a_file(convcost: Program, graph_file: Path) -> None:
    """A graph file has no code to run, which is said."""
    ran = convcost("verify", graph_file)
    assert ran.code == 2
    assert "a graph file has no code that could be run" in ran.out


def test_a_pull_request(repository: Path, convcost: Program) -> None:
    """A model that grew fails the check of its graph file, by its module and line of code."""
    path = repository / "configs" / "net.graph.json"
    api.capture(networks.Net(), (3, 32, 32), name="Net").save(path)
    assert convcost("lock").code == 0
    git(repository, "add", ".")
    git(repository, "commit", "--quiet", "-m", "locked")
    api.capture(networks.Net(9), (3, 32, 32), name="Net").save(path)
    ran = convcost("check", "--format", "text")
    assert ran.code == 1
    assert "conv" in ran.out + ran.err
    assert "tests/support/code/networks.py:" in ran.out + ran.err
