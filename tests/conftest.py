"""Shared fixtures."""

import os
import sys
from collections.abc import Callable
from typing import NamedTuple

import pytest
from hypothesis import settings

from convcost import cli

settings.register_profile("default", deadline=None)
settings.register_profile("thorough", deadline=None, max_examples=5000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


class Ran(NamedTuple):
    """How a command ended."""

    code: int
    out: str
    err: str


@pytest.fixture
def convcost(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Ran]:
    """Run the program in this process: `convcost("compare", "--in", "24", …)`."""

    def run(*arguments: object) -> Ran:
        monkeypatch.setattr(sys, "argv", ["convcost", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        captured = capsys.readouterr()
        return Ran(int(ended.value.code or 0), captured.out, captured.err)

    return run
