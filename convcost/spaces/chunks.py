"""Designs counted in chunks, here or by an executor, in any order; finished ones may be kept.

Each chunk comes back small, so that it does not matter who counts it: processes of this machine, a
cluster, or whatever else is a `concurrent.futures.Executor`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from itertools import islice
from pathlib import Path
from typing import Any

from convcost.errors import ConvcostError, Problem
from convcost.spaces.figures import Values

FORMAT = 1
AT_ONCE = 64
"""Chunks that are handed to an executor before the first of them is back."""

Count = Callable[[int, int], Sequence[Values]]
"""Counts the designs of these numbers, the last one not included; an executor pickles it."""


class Kept:
    """A file of chunks that are finished, each on a line of its own as it comes."""

    def __init__(self, path: str, of: str, size: int, most: int) -> None:
        """Open a file, new or of the same designs.

        Args:
            path: of the file.
            of: what the designs are of; a file of others is refused.
            size: how many designs a chunk has; a file that is there knows its own.
            most: how many designs there are.

        Raises:
            ConvcostError: it cannot be written, or is of something else.
        """
        self.path = path
        self.chunks: dict[int, list[Values]] = {}
        self.size = size
        head = {"convcost": FORMAT, "of": of, "size": size, "designs": most}
        try:
            known = Path(path).read_text("utf-8") if os.path.lexists(path) else ""
            lines = known.split("\n")
            if known:
                self._read(lines, head)
            # What was cut off when the last run ended is written over.
            whole = len("\n".join(lines[:-1]).encode()) + 1 if len(lines) > 1 else 0
            self.file = open(path, "r+b" if known else "wb")  # noqa: SIM115
            self.file.truncate(whole)
            self.file.seek(whole)
            if not whole:
                self._write(head)
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "is no file of chunks"
            raise ConvcostError(Problem(path, str(reason).lower())) from None

    def _read(self, lines: Sequence[str], head: Mapping[str, Any]) -> None:
        try:
            found = json.loads(lines[0])
            if {**found, "size": 0} != {**head, "size": 0} or type(found["size"]) is not int:
                raise ValueError
            self.size = size = found["size"]
            starts = range(0, head["designs"], size) if size > 0 else ()
            for line in lines[1:-1]:
                chunk = json.loads(line)
                first, values = chunk["first"], [tuple(map(int, own)) for own in chunk["values"]]
                if first not in starts or len(values) != min(size, head["designs"] - first):
                    raise ValueError
                self.chunks[first] = values
            if (
                len({len(own) for values in self.chunks.values() for own in values}) > 1
                or not starts
            ):
                raise ValueError
        except (ValueError, KeyError, TypeError):
            words = "is of other designs or figures, or none that --keep wrote; name another file"
            raise ConvcostError(Problem(self.path, words)) from None

    def _write(self, data: Mapping[str, Any]) -> None:
        self.file.write(json.dumps(data).encode() + b"\n")
        self.file.flush()

    def add(self, first: int, values: Sequence[Values]) -> None:
        """Keep a chunk."""
        self.chunks[first] = list(values)
        self._write({"first": first, "values": values})

    def close(self) -> None:
        """Leave the file as it is."""
        self.file.close()


class StoppedError(Exception):
    """Somebody wanted the counting to end; `values` are those of the designs that were counted."""

    def __init__(self, values: Mapping[int, Values]) -> None:
        self.values = values
        super().__init__("stopped")


def count_all(
    count: Count,
    designs: int,
    size: int,
    executor: Executor | None = None,
    kept: Kept | None = None,
    progress: Callable[[float], None] = lambda share: None,
) -> list[Values]:
    """The figures of all designs, chunk by chunk.

    Raises:
        StoppedError: on Ctrl-C.
    """
    found: dict[int, Sequence[Values]] = dict(kept.chunks) if kept else {}
    size = kept.size if kept else size
    todo = [first for first in range(0, designs, size) if first not in found]
    try:
        for first, values in _counted(count, todo, size, designs, executor):
            found[first] = values
            if kept:
                kept.add(first, values)
            progress(min(len(found) * size / designs, 1.0))
    except KeyboardInterrupt:
        each = {first + n: own for first, some in found.items() for n, own in enumerate(some)}
        raise StoppedError(each) from None
    return [values for first in range(0, designs, size) for values in found[first]]


def _counted(
    count: Count, todo: Sequence[int], size: int, designs: int, executor: Executor | None
) -> Iterator[tuple[int, Sequence[Values]]]:
    """The chunks that begin with these numbers, in the order in which they are finished."""
    if executor is None:
        for first in todo:
            yield first, count(first, min(first + size, designs))
        return
    left = iter(todo)
    waiting: dict[Future[Sequence[Values]], int] = {}
    try:
        while True:
            for first in islice(left, AT_ONCE - len(waiting)):
                waiting[executor.submit(count, first, min(first + size, designs))] = first
            if not waiting:
                return
            for done in wait(waiting, return_when=FIRST_COMPLETED).done:
                yield waiting.pop(done), done.result()
    finally:
        for each in waiting:
            each.cancel()
