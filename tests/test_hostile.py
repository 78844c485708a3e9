"""Hostile files and command lines: an answer or clean short lines, never a crash.

`scripts/fuzz.py` tries thousands of them.
"""

from pathlib import Path

import pytest

from tests.support.hostile import TRIALS, at_home, faults, tried


@pytest.mark.slow
@pytest.mark.parametrize("sort", list(TRIALS))
def test_hostile(sort: str, tmp_path: Path) -> None:
    """Neither a crash nor a warning, a control character, a long line or an exit without reason."""
    with at_home(tmp_path):
        for number in range(300):
            arguments, run = tried(sort, number)
            assert faults(run) == [], f"{sort} {number}: convcost {arguments}"
