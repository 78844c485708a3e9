"""Write anew what README, docs and configs have from the program itself.

    python scripts/generate.py [--check]

Examples and tables of the README, the JSON Schemas, and docs/compare.svg: what a terminal of 100
columns shows for the README's first example. With --check nothing is written; exit 1 if something
is out of date.
"""

import argparse
import fcntl
import os
import pty
import re
import shlex
import struct
import subprocess
import sys
import termios
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.text import Text

import convcost

ROOT = Path(__file__).parent.parent
COLUMNS, LINES = 100, 24
PICTURED = "convcost compare --in 24 --out 24 --k 3 --hw 112"

EXAMPLE = re.compile(r"(?<=^```console\n)\$ ([^\n]*)\n.*?(?=^```$)", re.MULTILINE | re.DOTALL)
"""A command and what it prints."""
TABLE = re.compile(r"^<!-- (convcost [^\n]*) -->\n.*?(?=^<!-- end -->$)", re.MULTILINE | re.DOTALL)
"""A table between marks, the first of which has its command."""
LOCKED = re.compile(r"(?<=^```json\n).*?(?=^```$)", re.MULTILINE | re.DOTALL)
"""Some lines of our own lock."""
KINDS = re.compile(r"(?:^\| `[\w-]+` \|[^\n]*\|\n)+", re.MULTILINE)
"""The rows of a table of kinds."""


def readme(text: str) -> str:
    """The README with its examples, its tables, lines of our lock and a row for each kind."""
    text = EXAMPLE.sub(lambda found: f"$ {found[1]}\n{printed(found[1])}", text)
    text = TABLE.sub(lambda found: f"<!-- {found[1]} -->\n{printed(found[1])}", text)
    text = LOCKED.sub(lambda found: locked(found[0]), text)
    before, mark, after = text.partition("## Show")
    compared, others = [
        {name: kind.summary for name, kind in convcost.KINDS.items() if kind.compared is listed}
        for listed in (True, False)
    ]
    tables = iter((compared, others))
    return KINDS.sub(lambda found: rows(found[0], next(tables)), before) + mark + after


def printed(command: str) -> str:
    """What a command prints in 80 columns: its answer, then its sentences."""
    program = f"{shlex.quote(sys.executable)} -m {command}"
    environment = {**os.environ, "COLUMNS": "80"}
    ran = subprocess.run(
        ["bash", "-c", program], capture_output=True, text=True, cwd=ROOT, env=environment
    )
    return ran.stdout + ran.stderr


def locked(lines: str) -> str:
    """The same lines as our lock has them now."""
    own = (ROOT / "convcost.lock").read_text(encoding="utf-8").splitlines()
    now = {line.partition(": {")[0]: line for line in own}
    return "".join(f"{now.get(line.partition(': {')[0], line)}\n" for line in lines.splitlines())


def rows(table: str, kinds: dict[str, str]) -> str:
    """The rows of a table of kinds in the program's order; a new kind is what it says of itself."""
    own = dict(re.findall(r"^\| `([\w-]+)` \| (.*) \|$", table, re.MULTILINE))
    lines = [
        f"| `{name}` | {own.get(name, summary.rstrip('.'))} |" for name, summary in kinds.items()
    ]
    return "\n".join(lines) + "\n"


def picture(_: str) -> str:
    """The README's first example on a terminal, as SVG."""
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


GENERATED: dict[str, Callable[[str], str]] = {
    "configs/convcost.schema.json": lambda _: printed("convcost schema"),
    "docs/check.schema.json": lambda _: printed("convcost schema check"),
    "docs/compare.svg": picture,
    "README.md": readme,
}
"""Files, and what becomes of their text."""


def main() -> None:
    """Write every file that is out of date, or say which are."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    check = parser.parse_args().check
    stale = []
    for name, generate in GENERATED.items():
        path = ROOT / name
        text = path.read_text(encoding="utf-8")
        if (new := generate(text)) != text:
            stale.append(name)
            if not check:
                path.write_text(new, encoding="utf-8")
    if stale and check:
        raise SystemExit(f"out of date: {', '.join(stale)}; python scripts/generate.py writes them")
    print(f"written: {', '.join(stale)}" if stale else "all is up to date")


if __name__ == "__main__":
    main()
