"""Shared fixtures."""

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from convcost.cli import main as cli
from tests.support.counted import build_once, figures_once
from tests.support.program import Program, Ran
from tests.support.repositories import NETWORKS, git, run

# Several workers share the cores: threads of torch in each, also in those that run tools, would
# wait for one another most of the time.
os.environ.setdefault("OMP_NUM_THREADS", "1")

settings.register_profile("default", deadline=None)
settings.register_profile("thorough", deadline=None, max_examples=5000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


@pytest.fixture(scope="session", autouse=True)
def counted_once() -> Iterator[None]:
    """What `match` counts for the networks that are shipped is counted once for all tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("convcost.counting.trials.build", build_once)
        patch.setattr("convcost.counting.trials.figures_of", figures_once)
        yield


@pytest.fixture
def convcost(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Program:
    """Run the program in this process: `convcost("compare", "--in", "24", …)`."""

    def run_here(*arguments: object) -> Ran:
        monkeypatch.setattr(sys, "argv", ["convcost", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        captured = capsys.readouterr()
        return Ran(int(ended.value.code or 0), captured.out, captured.err)

    return run_here


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with a config and its lock, committed; it is where the test runs."""
    if shutil.which("git") is None:
        pytest.skip("git is not installed, which these tests are about")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "configs").mkdir()
    (tmp_path / "configs" / "a.yaml").write_text(NETWORKS)
    assert run(tmp_path, "lock").returncode == 0
    git(tmp_path, "init", "-q", "-b", "main")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "locked")
    return tmp_path
