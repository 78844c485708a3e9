"""How far something is that takes long, on a terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple


class Exploring(NamedTuple):
    """What is told how far a space is explored: how many steps, and which share is counted."""

    steps: Callable[[int], None] | None = None
    share: Callable[[float], None] = lambda share: None


@contextmanager
def exploring() -> Iterator[Exploring]:
    """Show on a terminal how far a space is explored, of which nobody knows how large it is."""
    if not sys.stderr.isatty():
        yield Exploring()
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("exploring", total=None)
        yield Exploring(
            lambda done: progress.update(task, description=f"exploring: {done:,} steps"),
            lambda done: progress.update(task, description="counting", total=1.0, completed=done),
        )


@contextmanager
def searching() -> Iterator[Callable[[str], None]]:
    """Show on a terminal what a search is at."""
    if not sys.stderr.isatty():
        yield lambda words: None
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn()
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("searching", total=None)
        yield lambda words: progress.update(task, description=f"searching: {words}")
