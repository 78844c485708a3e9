"""Spaces as text that other processes and machines make anew, to count designs of them."""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache, partial
from typing import TYPE_CHECKING, NamedTuple

from convcost._version import __version__
from convcost.errors import ConvcostError, Problem
from convcost.networks.cases import Case
from convcost.sources.selection import change
from convcost.sources.spaces.vary import vary
from convcost.spaces.chunks import Kept, StoppedError, count_all
from convcost.spaces.diagram import Diagram, explore
from convcost.spaces.figures import Figure, Given, Meter, Values, find_figure
from convcost.spaces.listing import count_range, require_few, tree_of

if TYPE_CHECKING:
    from concurrent.futures import Executor

CHUNK = 500
"""Designs of a chunk, which takes about a second."""

DASK = 'a Dask cluster needs distributed: pip install "convcost[dask]"'


class Recipe(NamedTuple):
    """How a space is made.

    Attributes:
        text: of the file.
        path: of the file.
        name: of the network.
        settings: values of parameters, `name=value`.
        given: the size of the input, the batch and so on, as typed.
        vary: what varies, `name=values`.
        figures: names of figures.
        needed: what these need.
    """

    text: str
    path: str
    name: str
    settings: tuple[str, ...]
    given: tuple[tuple[str, str], ...]
    vary: tuple[str, ...]
    figures: tuple[str, ...]
    needed: Given

    def case(self) -> Case:
        """The network, with what varies."""
        from convcost.sources.reading.configs import parse_config

        cases = [each for each in parse_config(self.text, self.path) if each.name == self.name]
        return vary(change(cases, self.settings, dict(self.given))[0], self.vary)

    def found(self, case: Case) -> list[Figure]:
        """The figures of its designs."""
        return [find_figure(key, case, self.needed) for key in self.figures]


@lru_cache(maxsize=2)
def _made(pickled: bytes) -> tuple[Diagram, Meter]:
    """The designs of a recipe, in the process that counts some of them."""
    recipe: Recipe = pickle.loads(pickled)
    case = recipe.case()
    return explore(case, Meter(case, ())), Meter(case, recipe.found(case))


def count_chunk(pickled: bytes, first: int, last: int) -> list[Values]:
    """The figures of some designs of a recipe."""
    return count_range(*_made(pickled), first, last)


class Crew(NamedTuple):
    """Who counts designs that have to be counted one by one, and where finished ones are kept.

    Attributes:
        workers: how many processes; none are this one.
        dask: the address of a Dask cluster.
        keep: a file.
        progress: is told the share that is done.
    """

    workers: int = 0
    dask: str = ""
    keep: str = ""
    progress: Callable[[float], None] = lambda share: None


ALONE = Crew()
"""This process."""


def count_by(recipe: Recipe, crew: Crew, diagram: Diagram, meter: Meter) -> Diagram:
    """The designs of a diagram as a tree, each counted whole.

    Raises:
        ConvcostError: they are too many, or nobody can count them.
        StoppedError: on Ctrl-C.
    """
    require_few(diagram, meter)
    pickled = pickle.dumps(recipe)
    own = pickle.dumps((*recipe, __version__), protocol=4)
    kept = None
    if crew.keep:
        kept = Kept(crew.keep, hashlib.sha256(own).hexdigest(), CHUNK, diagram.designs)
    try:
        with _executor(crew) as executor:
            here = partial(count_range, diagram, meter)
            count = here if executor is None else partial(count_chunk, pickled)
            counted = count_all(count, diagram.designs, CHUNK, executor, kept, crew.progress)
    finally:
        if kept:
            kept.close()
    return tree_of(diagram, dict(enumerate(counted)))


@contextmanager
def _executor(crew: Crew) -> Iterator[Executor | None]:
    """Who counts; what has gone wrong with them is said in one line."""
    if crew.dask:
        with _cluster(crew.dask) as executor:
            yield executor
        return
    if not crew.workers:
        yield None
        return
    from concurrent.futures import ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool
    from multiprocessing import get_context

    try:
        with ProcessPoolExecutor(crew.workers, get_context("spawn")) as executor:
            yield executor
    except BrokenProcessPool:
        words = "a process was ended from outside, for want of memory perhaps"
        hint = "; what is done is kept" if crew.keep else "; --keep keeps what is done"
        raise ConvcostError(Problem("--workers", words + hint)) from None


@contextmanager
def _cluster(address: str) -> Iterator[Executor]:
    """The executor of a Dask cluster."""
    try:
        from distributed import Client
    except ImportError:
        raise ConvcostError(Problem("--dask", DASK)) from None
    try:
        client = Client(address, timeout="10s", set_as_default=False)  # type: ignore[no-untyped-call]
    except (OSError, ValueError, TypeError) as error:
        words = f"no scheduler answers there ({type(error).__name__})"
        raise ConvcostError(Problem("--dask", words)) from None
    with client:
        yield client.get_executor(retries=3)  # type: ignore[no-untyped-call]


def stopped_tree(diagram: Diagram, stopped: StoppedError) -> Diagram:
    """The designs that were counted before somebody wanted it to end.

    Raises:
        ConvcostError: there are none.
    """
    if not stopped.values:
        raise ConvcostError("stopped before the first designs were counted")
    return tree_of(diagram, stopped.values)
