"""How the program is run, and how it ended."""

from collections.abc import Callable
from typing import NamedTuple


class Ran(NamedTuple):
    """How a command ended."""

    code: int
    out: str
    err: str


Program = Callable[..., Ran]
"""`convcost("compare", "--in", 24, …)`: the fixture that runs the program in this process."""
