"""What tests of real tools share."""

from collections.abc import Iterator

import pytest

from convcost.pytorch.worker import Worker
from tests.support.tools import TOOLS


@pytest.fixture(scope="session")
def worker() -> Iterator[Worker]:
    """One process that has imported all tools, and forks for each measurement."""
    with Worker(TOOLS) as started:
        yield started
