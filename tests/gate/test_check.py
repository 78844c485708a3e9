"""The gate: what fails, what is told, where, and why it grew."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from convcost.gate.entries import entries_of
from convcost.gate.lock import Lock, read_lock
from convcost.networks.cases import run as run_case
from convcost.sources.reading.configs import parse_config
from tests.support.paths import ROOT
from tests.support.program import Program
from tests.support.repositories import NETWORKS, edit, git, run


def in_bash(folder: Path, command: str) -> subprocess.CompletedProcess[str]:
    """How a line of bash ends in a folder; no compiled file is left behind."""
    return subprocess.run(
        ["bash", "-c", command],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
    )


def test_a_pull_request(repository: Path) -> None:
    """Widened: check fails and names layer and line; locked again: it passes; a budget holds."""
    git(repository, "checkout", "-qb", "wider")
    assert run(repository, "check").returncode == 0
    edit(repository, "[16, 2]", "[20, 2]")
    failed = run(repository, "check")
    assert failed.returncode == 1
    [line] = failed.stderr.splitlines()
    assert line.startswith("configs/a.yaml:3:5: wide: MACs grew: 940,192 → 1,345,736 (+405,544, ")
    assert "params grew: " in line
    assert line.endswith(
        "most in 3.conv-bn-act (configs/a.yaml:9:13), 16x16x16 → 20x16x16 and 2 more"
    )
    locked = run(repository, "lock")
    assert (locked.returncode, locked.stdout) == (0, "")
    assert "convcost: wide: MACs grew: 940,192 → 1,345,736" in locked.stderr
    assert run(repository, "check").returncode == 0
    cost = json.loads(run(repository, "diff", "main", "--format", "json").stdout)
    assert {change["entry"] for change in cost["changes"]} == {"wide"}
    assert not any(change["fails"] for change in cost["changes"])
    assert sum(part["delta"]["macs"] for part in cost["layers"]["wide"]) == 405_544
    edit(repository, "[20, 2]", "[40, 2]")
    assert run(repository, "lock").returncode == 0
    over = run(repository, "check")
    assert over.returncode == 1
    assert over.stderr.startswith("configs/a.yaml:14:20: wide: MACs 4,")
    assert "is over its budget of 2,000,000" in over.stderr


def test_exit_codes(repository: Path) -> None:
    """0: fine; 1: the answer is no; 2: it could not answer, a crash included."""
    assert run(repository, "check").returncode == 0
    edit(repository, "layers: [standard]", "layers: [{standard: {k: 5}}]")
    assert run(repository, "check").returncode == 1
    assert run(repository, "check", "--exit-zero").returncode == 0
    assert run(repository, "diff").returncode == 0
    assert run(repository, "diff", "--exit-code").returncode == 1
    assert run(repository, "lock", "--check").returncode == 1
    assert run(repository, "lock", "--dry-run").returncode == 0
    for wrong in (
        ["check", "--lockfile", "none.lock"],
        ["check", "--tolerance", "macs:x"],
        ["check", "--against", "nothing"],
        ["check", "nothing.yaml"],
        ["check", "--only", "nobody"],
        ["diff", "nothing"],
        ["lock", "--as", "nothing"],
        ["check", "--nothing"],
    ):
        ran = run(repository, *wrong)
        assert (ran.returncode, ran.stdout, len(ran.stderr.splitlines())) == (2, "", 1), wrong
    crash = "import convcost.gate.sides as s, convcost.cli.main as c; s.entries_of = None; c.main()"
    ran = subprocess.run(
        [sys.executable, "-c", crash, "check"],
        capture_output=True,
        text=True,
        check=False,
        cwd=repository,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    assert ran.returncode == 2
    assert ran.stderr.startswith("convcost: internal error, TypeError")


def test_no_lock(repository: Path) -> None:
    """Without a lock there is nothing to compare with; the command that makes one is said."""
    (repository / "convcost.lock").unlink()
    ran = run(repository, "check", "configs/a.yaml")
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr == (
        "convcost.lock: there is no lock; make one with: convcost lock configs/a.yaml\n"
    )
    (repository / "my a.yaml").write_text("{name: a, input: 3x8x8, layers: [standard]}")
    ran = run(repository, "check", "my a.yaml", "--lockfile", "x", "--as", "thop@0.1.1")
    assert "convcost lock 'my a.yaml' --lockfile x --as thop@0.1.1\n" in ran.stderr


def figures(ran: subprocess.CompletedProcess[str]) -> list[tuple[str, str, bool]]:
    """Entry, status and whether it fails, of all changes, each once."""
    found = json.loads(ran.stdout)["changes"]
    return list(dict.fromkeys((each["entry"], each["status"], each["fails"]) for each in found))


def test_what_is_told(repository: Path) -> None:
    """What is smaller, gone or renamed is told, and fails if all is to be as locked."""
    edit(repository, "[16, 2]", "[12, 2]")
    edit(repository, "name: small", "name: little")
    edit(repository, "kinds: [standard, pointwise]", "kinds: [standard, group]")
    expected = [
        ("kinds: group", "new"),
        ("wide", "shrank"),
        ("little", "renamed"),
        ("kinds: pointwise", "gone"),
    ]
    ran = run(repository, "check", "--allow-new", "--format", "json")
    assert ran.returncode == 0
    assert figures(ran) == [(name, status, False) for name, status in expected]
    ran = run(repository, "check", "--locked", "--format", "json")
    assert ran.returncode == 1
    assert figures(ran) == [(name, status, True) for name, status in expected]
    assert "little: is new, and was probably small" in ran.stderr
    assert run(repository, "check", "--only", "wide,small", "--format", "json").returncode == 2
    assert run(repository, "check", "--only", "wide", "--format", "json").returncode == 0


def test_why_is_not_known(repository: Path) -> None:
    """Where git does not have the config that was locked, it is said that layers are not known."""
    edit(repository, "[16, 2]", "[18, 2]")
    git(repository, "commit", "-qam", "widened, not locked")
    ran = run(repository, "check", "--against", "HEAD")
    assert ran.returncode == 1
    assert "wide: the layers are not known, as the configs at " in ran.stdout
    assert "do not cost what is locked" in ran.stdout
    assert "most in 3.conv-bn-act" in run(repository, "check").stderr
    assert "most in 3.conv-bn-act" in run(repository, "check", "--against", "HEAD~1").stderr
    ran = run(repository, "check", environment={"PATH": ""})
    assert ran.returncode == 1
    assert "as git has no commit of convcost.lock here; --against REF names one" in ran.stdout


@pytest.mark.slow
def test_sides_of_a_diff(repository: Path) -> None:
    """A diff is between lock files, configs, folders and commits, in any pairing."""
    (repository / "old.lock").write_bytes((repository / "convcost.lock").read_bytes())
    (repository / "old.yaml").write_text(NETWORKS)
    edit(repository, "[16, 2]", "[12, 2]")
    sides = ["old.lock", "old.yaml", "main", "HEAD", "convcost.lock"]
    for old in sides:
        for new in ("configs", "configs/a.yaml", ""):
            ran = run(repository, "diff", old, *[new] * bool(new), "--format", "json")
            assert figures(ran) == [("wide", "shrank", False)], (old, new, ran.stderr)
        ran = run(repository, "diff", old, "main")
        assert (ran.returncode, "no difference in 4 entries" in ran.stderr) == (0, True)
    assert "unchanged" in run(repository, "diff", "--all", "--format", "text").stdout


def test_equal_layers(repository: Path) -> None:
    """Among layers that are the same, the one that was changed is named, and no other."""
    layers = "- standard: {out: 8}\n" * 4
    path = repository / "configs" / "b.yaml"
    path.write_text(f"name: b\ninput: 8x8x8\nlayers:\n{layers}")
    run(repository, "lock")
    git(repository, "add", "-A")
    git(repository, "commit", "-qm", "four")
    path.write_text(
        path.read_text()
        .replace("{out: 8}", "{out: 8, k: 5}", 2)
        .replace("{out: 8, k: 5}", "{out: 8}", 1)
    )
    document = json.loads(run(repository, "check", "--format", "json").stdout)
    [cause] = document["layers"]["b"]
    assert (cause["old"]["path"], cause["new"]["path"]) == ("2.standard", "2.standard")
    assert cause["place"] == "configs/b.yaml:5:3"
    path.write_text(path.read_text().replace("{out: 8, k: 5}", "{out: 8}") + "- act\n- pointwise\n")
    document = json.loads(run(repository, "check", "--format", "json").stdout)
    assert [cause["new"]["path"] for cause in document["layers"]["b"]] == ["6.pointwise"]


def test_layers_as_tools_count(repository: Path) -> None:
    """A lock that is counted as a tool does has its layers named as well."""
    tool = ("--as", "thop@0.1.1")
    run(repository, "lock", *tool)
    git(repository, "commit", "-qam", "as thop")
    edit(repository, "[16, 2]", "[20, 2]")
    ran = run(repository, "check", *tool)
    assert (ran.returncode, "most in 3.conv-bn-act" in ran.stderr) == (1, True)


def test_the_dearest_layer_is_of_what_failed(repository: Path) -> None:
    """The layer that is named adds the most to a figure that failed."""
    edit(repository, "linear: {out: 10}", "linear: {out: 1000}")
    edit(repository, "[16, 2]", "[17, 2]")
    ran = run(repository, "check", "--tolerance", "macs:90%")
    assert "most in 5.linear" in ran.stderr
    ran = run(repository, "check", "--tolerance", "9000%", "--tolerance", "macs:0")
    assert "most in 3.conv-bn-act" in ran.stderr


def test_only(tmp_path: Path) -> None:
    """What is called for is the same of the lock and of the configs, whatever the names."""
    config = tmp_path / "convcost.yaml"
    config.write_text(
        "networks: [{name: r, input: 3x4x4, layers: [act]}, {name: 'r: v2', input: 3x4x4, "
        "layers: [act]}, {name: 'r, s', input: 3x4x4, layers: [act]}, {name: s, input: 3x4x4, "
        "layers: [act]}]\n"
        "cases: [{name: 'stage: k={k}', in: 8, hw: 4, matrix: {k: [3, 5]}, kinds: [standard]}]\n"
    )
    assert run(tmp_path, "lock").returncode == 0
    for name in ("r", "r: v2", "r, s", "s", "stage: k=3", "*k=3", "stage*"):
        assert run(tmp_path, "check", "--locked", "--only", name).returncode == 0, name
        assert run(tmp_path, "diff", "--exit-code", "--only", name).returncode == 0, name
    config.write_text(config.read_text().replace("in: 8", "in: 16"))
    for name, code in (("stage: k=3", 1), ("*k=3", 1), ("r", 0)):
        assert run(tmp_path, "check", "--only", name).returncode == code, name


def test_odd_file_names(repository: Path) -> None:
    """Configs are found in git whatever they are called; hidden files are none."""
    odd = repository / "configs" / 'r\u00e9seau "1".yaml'
    odd.write_text("{name: odd, input: 3x4x4, layers: [standard]}")
    (repository / "configs" / ".#a.yaml").write_text("}")
    git(repository, "add", "-A")
    git(repository, "commit", "-qm", "odd")
    odd.write_text("{name: odd, input: 3x4x4, layers: [{standard: {k: 5}}]}")
    assert figures(run(repository, "diff", "HEAD", "--format", "json")) == [("odd", "grew", False)]


def test_one_name_of_a_case_and_a_network(repository: Path) -> None:
    """A network in the place of a kind has no layers before, and is compared all the same."""
    text = "{name: 'kinds: standard', input: 8x4x4, layers: [{standard: {k: 5}}]}"
    (repository / "configs" / "b.yaml").write_text(text)
    edit(repository, "kinds: [standard, pointwise]", "kinds: [pointwise]")
    ran = run(repository, "check", "--format", "json")
    assert (ran.returncode, figures(ran)) == (1, [("kinds: standard", "grew", True)])
    assert run(repository, "diff", "HEAD").returncode == 0


@pytest.mark.skipif(os.name != "posix", reason="pipes of a POSIX shell")
def test_readers_that_leave(repository: Path) -> None:
    """A reader that leaves does not turn a "no" into a "yes"; an unwritable stderr is no "no"."""
    edit(repository, "[16, 2]", "[20, 2]")
    program = f"{sys.executable} -m convcost"
    for command, code in (
        (f"{program} check 2>/dev/null | true; exit ${{PIPESTATUS[0]}}", 1),
        (f"{program} check --lockfile no >/dev/null 2>/dev/full", 2),
        (f"{program} lock --lockfile x 2>/dev/full", 2),
    ):
        ran = subprocess.run(
            ["bash", "-c", command],
            check=False,
            cwd=repository,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
        )
        assert ran.returncode == code, command


def test_formats_that_are_not_for_this(repository: Path) -> None:
    """Reports of several tables are neither csv nor latex, which is said."""
    for name in ("csv", "latex"):
        ran = run(repository, "check", "--format", name)
        assert (ran.returncode, f"--format: {name} is not for this" in ran.stderr) == (2, True)
        ran = run(repository, "check", "--format", name, "--output", f"x.{name}")
        assert (ran.returncode, f"--format: {name} is not for this" in ran.stderr) == (2, True)
        assert sorted(path.name for path in repository.iterdir() if path.is_file()) == [
            "convcost.lock"
        ]


@pytest.mark.skipif(os.name != "posix", reason="pipes with names are of POSIX")
def test_pipes_among_configs(repository: Path) -> None:
    """A pipe that lies among configs keeps nobody waiting; one that is named is read."""
    os.mkfifo(repository / "configs" / "b.yaml")
    assert run(repository, "check").returncode == 0
    assert run(repository, "diff", "convcost.lock", "configs").returncode == 0
    (repository / "convcost.yaml").write_text("configs: [configs/*.yaml]\n")
    assert run(repository, "check").returncode == 0
    ran = in_bash(repository, f"{sys.executable} -m convcost compare <(cat configs/a.yaml)")
    assert (ran.returncode, "wide" in ran.stdout) == (0, True)


def test_a_shallow_clone(repository: Path) -> None:
    """Where the history was left behind, that is the reason that is given."""
    edit(repository, "[16, 2]", "[18, 2]")
    git(repository, "commit", "-qam", "widened")
    git(repository, "clone", "-q", "--depth", "1", f"file://{repository}", "shallow")
    ran = run(repository / "shallow", "check")
    assert ran.returncode == 1
    assert "the layers are not known, as this clone is shallow; fetch its history" in ran.stdout


@pytest.mark.slow
def test_killed(repository: Path) -> None:
    """Killed at any moment while it locks, the old or the new file is there whole."""
    path = repository / "configs" / "b.yaml"
    lock = repository / "convcost.lock"
    network = "  - {name: network %d, input: 3x8x8, layers: [{standard: {out: %d}}]}\n"
    chance = random.Random(5)
    start = time.perf_counter()
    run(repository, "lock")
    took = time.perf_counter() - start
    for turn in range(16):
        path.write_text("networks:\n" + "".join(network % (n, turn + 1) for n in range(50)))
        child = subprocess.Popen(
            [sys.executable, "-m", "convcost", "lock"],
            cwd=repository,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            stderr=subprocess.DEVNULL,
        )
        time.sleep(chance.uniform(0.0, 1.5 * took))
        child.send_signal(chance.choice([signal.SIGKILL, signal.SIGTERM]))
        child.wait()
        found = read_lock(str(lock))
        assert found is not None
        sizes = {figures["params"] for name, figures in found.entries.items() if "network" in name}
        assert len(sizes) <= 1


@pytest.mark.skipif(os.name != "posix", reason="permissions and /dev/full are of POSIX")
def test_what_cannot_be_written(repository: Path) -> None:
    """A folder that is read-only and a disk that is full are one line, and the file stays."""
    before = (repository / "convcost.lock").read_bytes()
    edit(repository, "[16, 2]", "[17, 2]")
    ran = run(repository, "lock", "--lockfile", "/dev/full")
    assert ran.returncode == 2
    assert len(ran.stderr.splitlines()) == 1
    if os.geteuid():  # whom a read-only folder stops
        (repository).chmod(0o500)
        ran = run(repository, "lock")
        repository.chmod(0o700)
        assert ran.returncode == 2
        assert "cannot be written" in ran.stderr
    ran = in_bash(repository, f"ulimit -f 0; exec {sys.executable} -m convcost lock")
    assert (ran.returncode, len(ran.stderr.splitlines())) == (2, 1)
    assert (repository / "convcost.lock").read_bytes() == before
    assert list(repository.glob(".convcost-*")) == []


def merges(count: int) -> Iterator[tuple[list[int], list[int], list[int]]]:
    """Output channels of nine networks: before, and as two branches have them."""
    chance = random.Random(7)
    for _ in range(count):
        before = [chance.randint(2, 6) for _ in range(9)]
        sides = []
        for _ in range(2):
            side = list(before)
            for _ in range(chance.randint(1, 3)):
                side[chance.randrange(9)] = chance.randint(2, 6)
            for _ in range(chance.randint(0, 2)):
                side.insert(chance.randrange(9), chance.randint(2, 6))
            if chance.random() < 0.3:
                del side[chance.randrange(len(side))]
            sides.append(side)
        yield before, *sides


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed, which merges")
def test_merges(tmp_path: Path, convcost: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    """What git merges without a conflict is never accepted with figures that are not so."""
    monkeypatch.chdir(tmp_path)
    config, lock = tmp_path / "convcost.yaml", tmp_path / "convcost.lock"

    def written(channels: list[int], side: str) -> None:
        network = "  - name: network %d\n    input: 3x4x4\n    layers: [{standard: {out: %d}}]\n\n"
        entries = [network % (index * 10 + out, out) for index, out in enumerate(channels)]
        text = "networks:\n" + "".join(entries)
        found = entries_of([run_case(case) for case in parse_config(text, str(config))])
        locked = Lock({name: entry.figures for name, entry in found.items()})
        for path, content in ((config, text), (lock, locked.text())):
            Path(f"{path}.{side}").write_text(content)

    clean = 0
    for before, ours, theirs in merges(150):
        for side, channels in (("before", before), ("theirs", theirs), ("ours", ours)):
            written(channels, side)
        merged = [
            subprocess.run(
                ["git", "merge-file", "-q", *[f"{path}.{side}" for side in SIDES]], check=False
            ).returncode
            for path in (config, lock)
        ]
        if any(merged):
            continue
        clean += 1
        for path in (config, lock):
            shutil.copy(f"{path}.ours", path)
        ran = convcost("check", "--format", "json")
        if ran.code == 0:
            assert json.loads(ran.out)["changes"] == []
            assert convcost("lock", "--check").code == 0
    assert clean > 15


SIDES = ("ours", "before", "theirs")
"""As `git merge-file` takes them; it is what `git merge` does to a file, and leaves it in ours."""


def test_columns_of_what_may_change(repository: Path) -> None:
    """Columns and order may be asked for where nothing changed; the summary stays whole."""
    asked = ("--columns", "entry,figure,new,layer", "--sort", "delta")
    same = run(repository, "check", *asked)
    assert (same.returncode, same.stderr) == (0, "")
    assert run(repository, "diff", *asked).returncode == 0
    nobody = run(repository, "check", "--columns", "enty")
    assert (nobody.returncode, nobody.stdout) == (2, "")
    assert "--columns: no column 'enty'; did you mean 'entry'?" in nobody.stderr
    config = repository / "configs" / "a.yaml"
    config.write_text(config.read_text().replace("[8, 1]", "[9, 1]"))
    grown = run(repository, "check", "--columns", "entry,figure,old,new").stdout
    summary, costs = grown.splitlines()[:1], grown.partition("Costs")[2].splitlines()[2]
    assert summary[0].split()[:3] == ["entries", "unchanged", "grew"]
    assert costs.split() == ["entry", "figure", "old", "new"]
    assert "Why" not in grown
    markdown = run(repository, "check", "--columns", "entry,figure,new", "--format", "markdown")
    assert "| entry | figure | new |" in markdown.stdout
    assert run(repository, "check", "--columns", "enty", "--format", "markdown").returncode == 2


def test_columns_of_published_figures(convcost: Program) -> None:
    """Columns of figures may be asked for where all hold; sources are counted in any format."""
    asked = ("check", "--published", "efficientnet", "--columns", "figure,verdict")
    assert convcost(*asked).code == 0
    assert convcost("check", "--published", "efficientnet", "--all", "--sort", "hold").code == 0
    markdown = convcost("check", "--published", "efficientnet", "--format", "markdown")
    assert "| pycls | 3 | 3 | 0 | 0 |" in markdown.out


def test_formats_by_name(repository: Path) -> None:
    """A file called .xml is JUnit's; a diff has no formats of what fails."""
    assert run(repository, "check", "--output", "report.xml").returncode == 0
    assert (repository / "report.xml").read_text().startswith("<?xml")
    refused = run(repository, "diff", "--format", "junit")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "no format 'junit'" in refused.stderr
    csv = run(repository, "check", "--format", "csv").stderr
    assert "csv is not for this; take one of json, markdown, text, github, junit" in csv
