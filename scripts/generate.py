"""Write anew what README, docs and configs have from the program itself.

    python scripts/generate.py [--check]

What the examples of README and docs print, the pages made of the program, the JSON Schemas,
and docs/compare.svg: what a terminal of 100 columns shows for the README's first example. With
--check nothing is written; exit 1 if a file that is made whole is out of date. (The tests run the
examples.)
"""

import argparse
import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from pages.command_line import command_line_page
from pages.devices import devices_page
from pages.examples import ROOT, pages, rerun, run
from pages.kinds import kind_pages
from pages.networks import network_pages
from pages.onnx import onnx_page
from pages.scores import scores_part
from pages.times import times_page
from pages.tools import tool_pages
from pages.training import training_page
from pages.yaml_keys import yaml_page
from pages.zoos import zoos_page
from rich.console import Console
from rich.text import Text

COLUMNS, LINES = 100, 24
PICTURED = "convcost compare --in 24 --out 24 --k 3 --hw 112"


def picture() -> str:
    """The README's picture: its first example on a terminal, as SVG."""
    console = Console(record=True, width=COLUMNS, file=open(os.devnull, "w"))  # noqa: SIM115
    console.print(Text(f"$ {PICTURED}", style="bold green"))
    console.print(Text.from_ansi(on_a_terminal(PICTURED)))
    return console.export_svg(title="convcost", unique_id="convcost")


def on_a_terminal(command: str) -> str:
    """What a command prints when its stdout is a real (pseudo) terminal."""
    controller, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": str(COLUMNS)}
    arguments = [sys.executable, "-m", *command.split()]
    child = subprocess.Popen(arguments, stdout=terminal, stderr=subprocess.DEVNULL, env=environment)
    os.close(terminal)
    seen = b""
    while True:
        try:
            part = os.read(controller, 65536)
        except OSError:  # how Linux says that the terminal was closed
            break
        if not part:
            break
        seen += part
    if child.wait():
        raise SystemExit(f"{command} failed")
    return seen.decode().replace("\r\n", "\n")


def whole() -> dict[Path, str]:
    """Every file that is made of the program, and what its text is now."""
    made = {
        "configs/convcost.schema.json": run("convcost schema", ROOT),
        "docs/check.schema.json": run("convcost schema check", ROOT),
        "docs/compare.svg": picture(),
        **scores_part(),
        **command_line_page(),
        **yaml_page(),
        **kind_pages(),
        **tool_pages(),
        **network_pages(),
        **zoos_page(),
        **devices_page(),
        **times_page(),
        **training_page(),
        **onnx_page(),
    }
    return {ROOT / name: text for name, text in made.items()}


def written() -> dict[Path, str]:
    """The pages that are written by hand, with what their examples print now."""
    paths = pages()
    try:
        with ProcessPoolExecutor() as pool:
            return dict(zip(paths, pool.map(rerun, map(read, paths)), strict=True))
    except AssertionError as error:
        raise SystemExit(f"Python of a page gives something else than it shows:\n{error}") from None


def main() -> None:
    """Write every file that is out of date, or say which are."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    check = parser.parse_args().check
    made = whole()
    now = made if check else made | written()
    stale = [path for path, text in now.items() if not path.exists() or text != read(path)]
    kept = {*made, *pages()}
    gone = [path for path in (ROOT / "docs").rglob("*.md") if path not in kept]
    names = ", ".join(str(path.relative_to(ROOT)) for path in [*stale, *gone])
    if names and check:
        raise SystemExit(f"out of date: {names}; python scripts/generate.py writes them")
    for path in stale:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(now[path], encoding="utf-8")
    for path in gone:
        path.unlink()
    print(f"written: {names}" if names else "all is up to date")


def read(path: Path) -> str:
    """The text of a file."""
    return path.read_text(encoding="utf-8")


if __name__ == "__main__":
    main()
