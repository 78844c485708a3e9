"""Random spaces against all of their designs, each built by the engine."""

import pytest

from convcost.errors import ConvcostError
from convcost.networks.cases import Case
from convcost.spaces.space import Space
from tests.support.spaces import Drawer, brute, disagreements, read, space_of

MOST = 1_000
"""Designs; larger spaces are held to brute force by scripts/spaces.py."""


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """No space takes long to be explored."""
    monkeypatch.setattr("convcost.spaces.diagram.MOST_STEPS", 800)


@pytest.mark.parametrize("seed", range(0, 200, 5))
def test_random_space(seed: int) -> None:
    """Counts, spreads, options, lists, samples, bests and fronts are those of brute force."""
    case = read(Drawer(seed).text())
    space = explored(case)
    if space is None:
        return
    assert space.added_up
    if space.designs <= MOST:
        assert disagreements(space, brute(case)) == []


def explored(case: Case) -> Space | None:
    """The space of a network; None if it is too large, or nothing of it can be built."""
    try:
        return space_of(case)
    except ConvcostError as error:
        too_large = "states and options" in str(error)
    assert too_large or not brute(case)
    return None
