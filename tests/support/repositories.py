"""A repository with a config and its lock, and the programs that are run in it."""

import os
import subprocess
import sys
from contextlib import chdir
from pathlib import Path

from tests.support.hostile import ran
from tests.support.paths import ROOT

NETWORKS = """
networks:
  - name: wide
    input: 3x16x16
    layers:
      - for: [c, n]
        in:
          - [8, 1]
          - [16, 2]
        conv-bn-act: {out: c}
        repeat: n
      - mean
      - linear: {out: 10}
    budget: {macs: 2M}
  - name: small
    input: 3x16x16
    layers: [standard]
cases:
  - {name: kinds, in: 8, hw: 4, kinds: [standard, pointwise]}
"""
GIT = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
    **{
        f"GIT_{who}_{what}": "a@b.c"
        for who in ("AUTHOR", "COMMITTER")
        for what in ("NAME", "EMAIL")
    },
}


def run(
    folder: Path, *arguments: object, environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """The program in a folder: in this process, or with an `environment` in one of its own."""
    words = list(map(str, arguments))
    if environment is None:
        with chdir(folder):
            ended = ran(words)
        assert isinstance(ended.code, int), ended.code
        return subprocess.CompletedProcess(words, ended.code, ended.out, ended.err)
    command = [sys.executable, "-m", "convcost", *words]
    variables = os.environ | {"PYTHONPATH": str(ROOT), "COLUMNS": "200"} | environment
    return subprocess.run(
        command, capture_output=True, text=True, check=False, cwd=folder, env=variables
    )


def git(folder: Path, *arguments: str) -> str:
    """What git says."""
    ran = subprocess.run(
        ["git", *arguments],
        capture_output=True,
        text=True,
        check=True,
        cwd=folder,
        env=os.environ | GIT,
    )
    return ran.stdout


def edit(folder: Path, old: str, new: str) -> None:
    """Change the config."""
    path = folder / "configs" / "a.yaml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
