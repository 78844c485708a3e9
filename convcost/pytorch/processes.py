"""A process with torch that is asked one thing after the other: pickled in, a line of JSON out."""

from __future__ import annotations

import json
import os
import pickle
import platform
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from convcost.errors import ConvcostError, shorten

GRACE = 5
"""Seconds that a process has to end."""

INSIDE = "CONVCOST_WORKER"
"""Set in the process's environment."""


class Process:
    """A process that runs a function of this package, which answers requests until they end."""

    def __init__(
        self, program: str, tools: Sequence[str] = (), environment: Mapping[str, str] | None = None
    ) -> None:
        """Name the program, the tools that it is to import, and what it finds set if none is."""
        self.program = program
        self.tools = tools
        self.environment = {**(environment or {}), **os.environ}
        self.answered = False

    def __enter__(self) -> Self:
        if INSIDE in os.environ:
            raise ConvcostError(
                "a worker was started by a worker; is a script called like a module that torch "
                "imports, such as timeit.py or profile.py?"
            )
        self.errors: IO[bytes] = tempfile.TemporaryFile()
        path = os.pathsep.join(filter(None, sys.path))
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-c", self.program, *self.tools],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.errors,
            env=self.environment | {INSIDE: "1", "PYTHONPATH": path},
            start_new_session=True,  # Ctrl-C is for this process, which still asks for what it has
        )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.process.kill()
        self.process.communicate()
        self.errors.close()

    def ask(self, request: object) -> Any:
        """What is answered to a request."""
        assert self.process.stdin is not None
        with suppress(BrokenPipeError):
            pickle.dump(request, self.process.stdin)
            self.process.stdin.flush()
        return self.read()

    def read(self) -> Any:
        """A line of the process: an answer."""
        assert self.process.stdout is not None
        try:
            found = json.loads(self.process.stdout.readline())
        except ValueError:
            status = self.process.wait(GRACE) if self._is_gone() else 0
            self.errors.seek(0)
            lines = self.errors.read().decode(errors="replace").strip().splitlines()
            how = f"signal {-status}; out of memory?" if status < 0 else f"exit code {status}"
            reason = lines[-1] if lines else f"it said nothing ({how})"
            names = " and ".join(dict.fromkeys(["torch", *self.tools]))
            words = "ended" if self.answered else "could not be started"
            raise ConvcostError(f"{names} {words}: {reason}") from None
        self.answered = True
        return found

    def _is_gone(self) -> bool:
        """Whether the process has ended, or ends now."""
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(GRACE)
        return self.process.poll() is not None


def streams() -> tuple[IO[bytes], IO[bytes]]:
    """Where requests come from and answers go to; what is printed elsewhere goes to stderr."""
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what tools print must not mix with the answers
    return requests, answers


def answer(answers: IO[bytes], found: object) -> None:
    """Write a line."""
    answers.write(json.dumps(found).encode() + b"\n")
    answers.flush()


def said(error: Exception) -> str:
    """An error as a line."""
    first, *_ = str(error).strip().splitlines() or [""]
    name = type(error).__name__
    return shorten(first if name == "RuntimeError" and first else f"{name}: {first}", 200)


def machine() -> str:
    """What this machine's processor is called."""
    with suppress(OSError):
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
        found = re.search(r"^model name\s*:\s*(.+)$", text, re.MULTILINE)
        if found:
            return found[1].strip()
    return platform.processor() or platform.machine()
