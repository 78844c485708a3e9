"""Draw docs/compare.svg: what a terminal of 100 columns shows for the README's first example.

    python scripts/picture.py [--check]

The program runs on a real (pseudo) terminal, and what it sends there is drawn by rich.
"""

import argparse
import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios
from pathlib import Path

from rich.console import Console
from rich.text import Text

COLUMNS, LINES = 100, 24
COMMAND = "convcost compare --in 24 --out 24 --k 3 --hw 112"
PICTURE = Path(__file__).parent.parent / "docs" / "compare.svg"


def on_a_terminal(command: str) -> str:
    """What a command prints when its stdout is a terminal."""
    controller, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": str(COLUMNS)}
    arguments = [sys.executable, "-m", *command.split()]
    child = subprocess.Popen(arguments, stdout=terminal, stderr=subprocess.DEVNULL, env=environment)
    os.close(terminal)
    printed = b""
    while True:
        try:
            part = os.read(controller, 65536)
        except OSError:  # how Linux says that the terminal was closed
            break
        if not part:
            break
        printed += part
    if child.wait():
        raise SystemExit(f"{command} failed")
    return printed.decode().replace("\r\n", "\n")


def draw() -> str:
    """The picture as SVG."""
    console = Console(record=True, width=COLUMNS, file=open(os.devnull, "w"))  # noqa: SIM115
    console.print(Text(f"$ {COMMAND}", style="bold green"))
    console.print(Text.from_ansi(on_a_terminal(COMMAND)))
    return console.export_svg(title="convcost", unique_id="convcost")


def main() -> None:
    """Write the picture, or check that it is up to date."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    picture = draw()
    if not parser.parse_args().check:
        PICTURE.write_text(picture, encoding="utf-8")
    elif picture != PICTURE.read_text(encoding="utf-8"):
        raise SystemExit(f"{PICTURE.name} is out of date: python scripts/picture.py")


if __name__ == "__main__":
    main()
