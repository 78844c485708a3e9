"""The examples of a page: commands with what they print, and the files that the page gives.

A block `console` has commands, each after `$ `, and what they print. A block `{code-block}` with a
caption is a file of that name. A block `python` is a doctest; tests that it defines are called. All
of a page runs in order, in one folder that is empty at first, as a reader would do it.
"""

from __future__ import annotations

import contextlib
import doctest
import io
import os
import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

from convcost.cli.main import main

ROOT = Path(__file__).parent.parent.parent
GENERATED = "<!-- Written by scripts/generate.py. -->"
"""Stands in pages that are made whole of the program, which have no examples of their own."""

COLUMNS = "80"
"""Of the terminal that examples are made for."""

SHELL = re.compile(r"[|&;<>$]")
GIT = {
    f"GIT_{who}_{what}": words
    for who in ("AUTHOR", "COMMITTER")
    for what, words in (("NAME", "you"), ("EMAIL", "you@example.org"))
} | {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
"""Who commits in examples, whatever the machine's own settings are."""

BLOCK = re.compile(
    r"^```(?P<kind>[^\n]*)\n(?P<text>.*?)^```$"
    r"|^<!-- (?P<command>convcost [^\n]*) -->\n(?P<table>.*?)^<!-- end -->$",
    re.MULTILINE | re.DOTALL,
)
"""A fenced block; or what a command prints in Markdown, between marks."""
COMMAND = re.compile(r"^\$ ((?:.*\\\n)*.*)$", re.MULTILINE)
"""A command, which goes on in the next line where it ends in a backslash; no program of the pages
prints a line that begins so."""
TEST = re.compile(r"^>>> def (test_\w+)", re.MULTILINE)
CAPTION = re.compile(r":caption: (?P<name>[^\n]+)\n\n?")


class Block(NamedTuple):
    """A block of a page: what kind it is (`console`, `python`, `file`, `table`), and its text."""

    kind: str
    text: str
    name: str = ""


def pages() -> list[Path]:
    """The README and the pages of the documentation that are written by hand."""
    written = sorted((ROOT / "docs").rglob("*.md"))
    return [ROOT / "README.md", *(path for path in written if not _is_generated(path))]


def _is_generated(path: Path) -> bool:
    """Whether the program wrote a page: that stands on top, or below its title."""
    return GENERATED in path.read_text(encoding="utf-8").splitlines()[:3]


def blocks(text: str) -> list[Block]:
    """The blocks of a page in order."""
    return list(map(_block, BLOCK.finditer(text)))


def _block(found: re.Match[str]) -> Block:
    if found["command"]:
        return Block("table", found["table"], found["command"])
    caption = CAPTION.match(found["text"])
    if caption:
        return Block("file", found["text"][caption.end() :], caption["name"])
    return Block(found["kind"], found["text"])


def rerun(text: str) -> str:
    """The page with what its commands print now.

    Raises:
        AssertionError: its Python gives something else than it shows.
    """
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder)
        names: dict[str, Any] = {}

        def now(found: re.Match[str]) -> str:
            block = _block(found)
            if block.kind == "file":
                _write(here, block)
            elif block.kind == "python":
                _try_python(block.text, here, names)
            elif block.kind == "console":
                return f"```console\n{_shown(block, here)}```"
            elif block.kind == "table":
                return f"<!-- {block.name} -->\n{run(block.name, here)}<!-- end -->"
            return found[0]

        return BLOCK.sub(now, text)


def _write(folder: Path, block: Block) -> None:
    """Write a file of the page."""
    path = folder / block.name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(block.text, encoding="utf-8")


def _try_python(text: str, folder: Path, names: dict[str, Any]) -> None:
    """Run Python with the names that blocks before it made."""
    example = doctest.DocTestParser().get_doctest(text, names, "the page", None, 0)
    said: list[str] = []
    with contextlib.chdir(folder):
        ran = doctest.DocTestRunner().run(example, out=said.append, clear_globs=False)
        assert ran.failed == 0, "".join(said)
        names.update(example.globs)
        for test in TEST.findall(text):
            names[test]()


def _shown(block: Block, folder: Path) -> str:
    """The commands of a block with what they print, a blank line behind what each prints."""
    parts = []
    for command in COMMAND.findall(block.text):
        printed = run(command, folder)
        parts.append(f"$ {command}\n{printed}" + ("\n" if printed else ""))
    return "".join(parts).rstrip("\n") + "\n"


def run(command: str, folder: Path) -> str:
    """What a command prints in a folder, on 80 columns: its answer, then its sentences.

    The program runs in this process; what a shell is needed for, in a shell.
    """
    words = shlex.split(command.replace("\\\n", ""))
    if words[0] != "convcost" or SHELL.search(command):
        return _in_a_shell(command, folder)
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(2))
    with (
        contextlib.chdir(folder),
        mock.patch.dict(os.environ, GIT, COLUMNS=COLUMNS),
        mock.patch.object(sys, "argv", words),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
        contextlib.suppress(SystemExit),
    ):
        main()
    return "".join(_written(stream) for stream in (out, err))


def _written(stream: io.TextIOWrapper) -> str:
    stream.seek(0)
    return stream.read()


def _in_a_shell(command: str, folder: Path) -> str:
    """The same, where `convcost` is the program of this checkout."""
    program = f'convcost() {{ {shlex.quote(sys.executable)} -m convcost "$@"; }}\n{command}'
    environment = {**os.environ, **GIT, "COLUMNS": COLUMNS}
    ran = subprocess.run(
        ["bash", "-c", program], capture_output=True, text=True, cwd=folder, env=environment
    )
    return ran.stdout + ran.stderr
