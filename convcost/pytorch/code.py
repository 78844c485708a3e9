"""Code that a command line names, run in a process of its own: what it is, and what it says."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from convcost.errors import ConvcostError, Problem, nearest, shorten
from convcost.graph.captured import Captured, parse
from convcost.pytorch.extras import require

MODES = ("eval", "train")


class Input(NamedTuple):
    """An input of a module: its sizes without the batch, and its name and dtype if it has some."""

    sizes: tuple[int, ...]
    name: str = ""
    dtype: str = ""


class Code(NamedTuple):
    """How code is to be captured.

    Attributes:
        args: what a class or a function is called with.
        inputs: of the module; what timm says where there are none.
        batch: samples.
        train: whether the module is in train mode.
        real: whether it is run with numbers.
        timeout: seconds that it may take.
        words: the options as they were typed.
    """

    args: Mapping[str, Any] = {}
    inputs: Sequence[Input] = ()
    batch: int = 1
    train: bool = False
    real: bool = False
    timeout: int = 300
    words: Sequence[str] = ()


def name_of(word: str) -> str:
    """What the network is called: the attribute."""
    return word.rpartition(":")[2]


def capture(word: str, code: Code) -> Captured:
    """The graph of what a module does that code is or makes.

    The code runs in a process of its own, and what it prints goes to stderr.

    Raises:
        ConvcostError: torch is not installed, or the code raises, exits, crashes or hangs; one line
            with the last line of the code.
    """
    require("torch")
    name = name_of(word) + _called_with(code.args)
    request = {
        "code": word,
        "name": name,
        "args": dict(code.args),
        "inputs": [each._asdict() for each in code.inputs],
        "batch": code.batch,
        "train": code.train,
        "real": code.real,
        "about": {"code": word, "options": shorten(" ".join(code.words), 250)},
    }
    answer = _ask(request, code.timeout, word)
    if "graph" in answer:
        return parse(answer["graph"], word)
    message = shorten(str(answer.get("error")), 300)
    known = [each for each in answer.get("known", [[]])[:1] for each in each]
    near = nearest(name_of(word), known) if known else ""
    message += f"; did you mean '{near}'?" if near else ""
    line = answer.get("line")
    raise ConvcostError(Problem(word, f"{message} ({line})" if line else message))


def _called_with(args: Mapping[str, Any]) -> str:
    """The arguments behind a name: ` (width_mult=0.75)`."""
    words = ", ".join(f"{name}={value}" for name, value in args.items())
    return f" ({words})" if words else ""


def _ask(request: dict[str, Any], timeout: int, word: str) -> dict[str, Any]:
    """What the process answers; where it ends without an answer, why."""
    with tempfile.TemporaryDirectory() as folder:
        trace = Path(folder, "trace")
        request |= {"trace": str(trace), "timeout": timeout}
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        command = [sys.executable, "-P", "-c", _SERVE]
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment
        ) as process:
            try:
                text, _ = process.communicate(json.dumps(request).encode(), timeout + 30)
            except subprocess.TimeoutExpired:  # its own clock did not stop it
                process.kill()
                return {"error": f"takes longer than {timeout} seconds (--timeout)"}
            except BaseException:
                process.kill()
                raise
        try:
            answer = json.loads(text)
        except ValueError:
            return _ended(process.returncode, trace, timeout)
        return answer if isinstance(answer, dict) else {"error": "no answer"}


_SERVE = "from convcost.capture.serving import serve; serve()"


def _ended(status: int, trace: Path, timeout: int) -> dict[str, Any]:
    """Why a process ended without an answer, and in which line of the user's code."""
    from convcost.capture.lines import shown

    text = trace.read_text(errors="replace") if trace.exists() else ""
    frames = re.findall(r'^  File "(.*)", line (\d+) in ', text, re.MULTILINE)
    lines = [f"{shown(file)}:{line}" for file, line in frames if shown(file)]
    if text.startswith("Timeout"):
        said = f"takes longer than {timeout} seconds (--timeout)"
    elif status < 0:
        said = f"crashes: its process ended with signal {-status}; out of memory?"
    else:
        said = f"ends the process (exit code {status})"
    return {"error": said, "line": lines[0] if lines else ""}
