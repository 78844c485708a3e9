"""Hostile files and command lines, from a seed, and what the program must not do then."""

from __future__ import annotations

import io
import json
import os
import re
import signal
import sys
import time
import traceback
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout, suppress
from functools import lru_cache
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from convcost.cli import main as cli
from convcost.cli.main import COMMANDS
from convcost.gate.lock import Lock
from convcost.graph.captured import Captured
from convcost.kinds.catalogue import every_kind
from convcost.kinds.parameters import ACTS, NORMS
from convcost.kinds.registry import Param
from convcost.network_api import network
from convcost.networks.joins import JOINS
from convcost.networks.parameters import every_param, show_value
from convcost.sources.flags import flag_name
from convcost.values.dtypes import BITS
from tests.support.graph_file import TEXT
from tests.support.paths import CONFIGS

LONGEST_LINE = 1_000

TEXTS = (
    *("0", "1", "2", "3", "8", "-1", "3x5", "2x2x2", "x", "", "1e2", "1e400", "0.5", "4.2k", "1e9"),
    *("0,1x0,1", "1/3", "2x0.5", "0,x1", "9,9x9,9"),
    *("true", "no", "none", "same", "valid", "tf-same", "symmetric", "int8", "norm,act", "relu"),
    *("channels", "channels * 2", "c + 1", "n2", "1if 2else 3", "round(1/3, 1000000000)", "1/0"),
    *("max()", "'\\d'", "make_divisible(channels * 9999999)", "9" * 20 + " * " + "9" * 20),
    *(
        "a" * 9_999,
        "=1+1",
        "@someone",
        "[a](http://b)",
        "::error::x",
        "##[group]x",
        "a\nb",
        "\u202e",
    ),
    *("\x1b[31m\a", "007", "1_000", "ünï", "((((((((", "*" * 300, "{k}", "{q}", "<b>", "`f`", "\t"),
)
"""What values of files and flags may be."""

RAW = (
    *("*a", "&a [*a]", "!!python/object:os.system x", "!<tag:%1B[31m%0A::error::x> y", "<<: *a"),
    *("- a", "? b", "| c", "> d", "%e", "\t", "\x00", "\x85", "\ufeff", "[", "}", "a: b: c", "# d"),
)
"""What may stand in a YAML file that is no text."""

PATTERNS = ("*", "*a*a*a*a*a*a*a*b", "ResNet*", "nobody", "a,b,c", ",", "**", "")


class Run(NamedTuple):
    """How the program ended, and how long it took."""

    code: object
    out: str
    err: str
    seconds: float


def hostile_config(chance: Random) -> str:
    """A config with mistakes: one that convcost ships, changed, or one that nobody would write."""
    if chance.random() < 0.4:
        text = chance.choice(sorted(CONFIGS.glob("*.yaml"))).read_text(encoding="utf-8")
    else:
        text = "".join(f"{key}: {json.dumps(value)}\n" for key, value in _config(chance).items())
        if chance.random() < 0.8:
            return text
    return _changed(text.splitlines(), chance)


def _changed(lines: list[str], chance: Random) -> str:
    """Lines with one or two that are gone, doubled, cut, or have another value in them."""
    for _ in range(chance.randint(1, 2)):
        index = chance.randrange(len(lines) or 1)
        kept = lines[index : index + 1]
        lines[index : index + 1] = [other for line in kept for other in _others(line, chance)]
    return "\n".join(lines) + "\n"


def _others(line: str, chance: Random) -> list[str]:
    """What stands in place of a line."""
    value = chance.choice((*map(json.dumps, TEXTS), *RAW))
    number = chance.choice(("0", "-3", "7", "99999999", "10000000000", "c", "channels"))
    return chance.choice(
        (
            [line, f"{' ' * chance.randrange(9)}{chance.choice(RAW)}"],
            [],
            [line, line],
            [line[: chance.randrange(len(line) + 1)]],
            *[[re.sub(r":( .*)?$", lambda _: f": {value}", line)]] * 4,
            [re.sub(r"\d+", number, line, count=1)],
        )
    )


def _config(chance: Random) -> dict[str, Any]:
    """A config of cases or networks, with any parameters and layers; most of it fits."""
    config: dict[str, Any] = {}
    if chance.random() < 0.4:
        config["blocks"] = {
            f"b{n}": {"params": {"c": _text(chance, "4")}, "layers": _layers(chance, 2)}
            for n in range(chance.randint(1, 3))
        }
    if chance.random() < 0.4:
        if chance.random() < 0.4:
            config["defaults"] = _values(chance, every_param())
        config["cases"] = [_case(chance, number) for number in range(chance.randint(1, 3))]
    else:
        config["networks"] = [_network(chance, number) for number in range(chance.randint(1, 2))]
    return config


def _case(chance: Random, number: int) -> dict[str, Any]:
    case = {"name": _text(chance, f"c{number}"), "in": _text(chance, 8), "hw": _text(chance, 8)}
    if chance.random() < 0.5:
        kind = chance.choice(list(every_kind().values()))
        return case | {"kinds": [{kind.name: _values(chance, kind.params)}]}
    if chance.random() < 0.5:
        include = [_values(chance, every_param())]
        case["matrix"] = {"k": [1, 3, _text(chance, 5)], "include": include, "exclude": [{"k": 3}]}
    return case | _values(chance, every_param())


def _network(chance: Random, number: int) -> dict[str, Any]:
    network = {
        "name": _text(chance, f"n{number}"),
        "input": _text(chance, "8x16x16"),
        "params": {"c": _text(chance, 8), "n2": 2, "w": _text(chance, 0.5)},
        "layers": _layers(chance, 3),
    }
    if chance.random() < 0.2:
        del network["input"]
        network["inputs"] = {"image": _text(chance, "8x16x16"), "meta": _text(chance, "17")}
    if chance.random() < 0.2:
        network["outputs"] = [_text(chance, "stem"), _text(chance, "last")]
    if chance.random() < 0.1:
        network["fuse"] = _text(chance, "true")
    if chance.random() < 0.3:
        network["variants"] = [
            {"name": "v", "set": {"c": _text(chance, 4)}, "hw": _text(chance, 9)}
        ]
    if chance.random() < 0.3:
        words = {name: _text(chance, "a source") for name in ("source", "note")}
        network["published"] = {"macs": _text(chance, "3M"), "as": _text(chance, "thop")} | words
        network["budget"] = {"macs": _text(chance, "3k")}
    return network


def _layers(chance: Random, depth: int) -> list[Any]:
    return [_layer(chance, depth) for _ in range(chance.randint(1, 3))]


def _layer(chance: Random, depth: int) -> Any:
    said = {"name": "stem", "when": "channels > 1", "repeat": "2", "from": "stem"}
    said |= {"share": "stem", "shared": "true", "run": "false", "axis": "height"}
    more: dict[str, Any] = {}
    if chance.random() < 0.2:
        more = {"for": ["i", "j"], "in": [[1, 2], [3, _text(chance, 4)]]}
    for name in chance.sample(list(said), k=chance.choice((0, 0, 0, 1, 2))):
        more[name] = _text(chance, said[name])
    if depth and chance.random() < 0.3:
        join = chance.choice(("layers", *JOINS))
        inner = _layers(chance, depth - 1)
        return {join: inner if join in ("layers", "residual") else [inner, []], **more}
    if chance.random() < 0.1:
        return chance.choice(("b0", "b1", "mean", *TEXTS))
    kind = chance.choice(list(every_kind().values()))
    return {kind.name: _values(chance, kind.params), **more}


def _values(chance: Random, params: Mapping[str, Param]) -> dict[str, Any]:
    """Values for a few parameters; most of them fit."""
    names = chance.sample(list(params), k=min(chance.randint(0, 3), len(params)))
    return {name: _text(chance, _good(chance, params[name])) for name in names}


def _good(chance: Random, param: Param) -> str:
    """A value that a parameter may have."""
    words = [*TEXTS[:26], *ACTS.names, *NORMS.names, *BITS]
    for word in chance.sample(words, k=len(words)):
        with suppress(ValueError):
            param.type.parse(word)
            return word
    return show_value(param.default)


def _text(chance: Random, good: Any) -> Any:
    """A value that fits, or now and then any."""
    return good if chance.random() < 0.97 else chance.choice(TEXTS)


def hostile_line(chance: Random) -> list[str]:
    """The words of a command: its flags, with values of which most fit, and strange ones."""
    flags = {
        "compare": {"--kinds": "standard,group", "--as": "thop", "--format": "json"},
        "show": {"--as": "thop", "--format": "markdown", "--by": "kind", "--depth": "2"},
        "explain": {"--as": "fvcore", "--format": "latex", "--kinds": "xsepconv"},
        "match": {"--macs": "3.1M", "--hw": "8..20/2", "--flops": "3G", "--params": "5.2k"},
        "profilers": {"--format": "csv", "--output": "-"},
        "lock": {"--only": "a", "--dry-run": "", "--prune": "", "--as": "thop"},
        "check": {"--only": "a", "--tolerance": "1%", "--against": "HEAD", "--format": "github"},
        "diff": {"--only": "a", "--all": "", "--lockfile": "convcost.lock", "--format": "json"},
        "kinds": {"--format": "text"},
        "schema": {"--output": "-"},
    }
    strange = ("verify --with nothing", "shwo", "--help", "", "--version", *COMMANDS)
    command = chance.choice(list(flags)) if chance.random() < 0.9 else chance.choice(strange)
    if command in ("verify", ""):  # which would run torch
        return [chance.choice(TEXTS)]
    line = command.split()
    subjects = ("a.yaml", "configs/a.yaml", "convcost.lock", "nofile.yaml", *every_kind(), "^HEAD")
    plain = {"--in": "8", "--hw": "8"} if command in ("compare", "show", "explain", "match") else {}
    if command == "show" or (command not in ("kinds", "schema") and chance.random() < 0.3):
        line.append(chance.choice(subjects))
        plain = plain if line[-1] in every_kind() else {}
    known = plain | {f: v for f, v in flags.get(command, {}).items() if chance.random() < 0.4}
    if plain:
        names = chance.sample(list(every_param()), k=chance.randint(0, 2))
        known |= {flag_name(name): _good(chance, every_param()[name]) for name in names}
    for flag, value in known.items():
        line += [flag, *([str(_word(chance, value))] if value else [])]
    if chance.random() < 0.1:
        line.append(_word(chance, "--q"))
    return [word.replace("\0", "") for word in line]


def _word(chance: Random, good: str) -> str:
    return good if chance.random() < 0.85 else chance.choice((*TEXTS, *PATTERNS))


LOCK = Lock({n: {"params": 81, "macs": 5184, "activations": 192} for n in ("a", "b: c")}).text()


def hostile_lock(chance: Random) -> str:
    """A lock with a few bytes, words or lines that are others, or entries that nobody has."""
    lines = LOCK.splitlines()
    index = chance.randrange(1, len(lines) - 1)
    old = lines[index]
    at = chance.randrange(len(old) + 1)
    word, text = json.dumps(chance.choice(TEXTS)), chance.choice((*TEXTS, *RAW))
    number = chance.choice(("0", "-1", "1.5", "1e9", "9" * 30, "9" * 5000, "null", "[]", word))
    changes = (
        lambda: lines.insert(index, chance.choice((old, "<<<<<<< HEAD", "{", "}", '"a": 1,'))),
        lambda: lines.pop(index),
        lambda: lines.__setitem__(index, f"{old[:at]}{text}{old[at:]}"),
        lambda: lines.__setitem__(index, old[:at]),
        lambda: lines.__setitem__(index, re.sub(r'^"[^"]*"', lambda _: word, old)),
        lambda: lines.__setitem__(index, re.sub(r"\d+", lambda _: number, old, count=1)),
        lambda: lines.__setitem__(index, old.replace("macs", chance.choice(("flops", "x" * 999)))),
        lambda: lines.__setitem__(
            -2, re.sub(r": \d+", lambda _: f": {number}", lines[-2], count=1)
        ),
        lambda: lines.__setitem__(-2, lines[-2].replace('"convcost",', f"{word},")),
        lambda: lines.__setitem__(index, re.sub(r'"macs": \d+', '"macs": 5', old)),
    )
    chance.choice(changes)()
    if chance.random() < 0.2:
        chance.choice(changes)()
    return "\n".join(lines) + "\n"


def hostile_graph(chance: Random) -> str:
    """A graph file with a few values or words that are others, or lines that are gone or cut."""
    text = chance.choice((TEXT, *_built()))
    lines = text.splitlines()
    for _ in range(chance.randint(1, 2)):
        index = chance.randrange(len(lines))
        old = lines[index]
        value = chance.choice((*map(json.dumps, TEXTS), "null", "[]", "9" * 30, "-1", "2", "1e400"))
        found = [*re.finditer(r'-?\d+|"[^"]*"', old)] or [re.match("", old)]
        part = chance.choice(found)
        assert part is not None
        changes = (
            *[[f"{old[: part.start()]}{value}{old[part.end() :]}"]] * 6,
            [old[: chance.randrange(len(old) + 1)]],
            [],
            [old, old],
        )
        lines[index : index + 1] = chance.choice(changes)
    return "\n".join(lines) + "\n"


@lru_cache(maxsize=1)
def _built() -> tuple[str, ...]:
    """Files of networks that convcost ships."""
    names = ("resnet18", "mobilenet_v3_small", "unet")
    return tuple([Captured(network(name).graph, name).text() for name in names])


def ran(arguments: Sequence[str], seconds: float = 0) -> Run:
    """Run the program in this process; it is stopped after so many seconds, if any."""
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True) for _ in range(2))
    start = time.perf_counter()
    before = sys.argv
    sys.argv = ["convcost", *arguments]
    try:
        with _alarm(seconds), warnings.catch_warnings(), redirect_stdout(out), redirect_stderr(err):
            warnings.simplefilter("error")
            cli.main()
    except SystemExit as ended:
        code: object = ended.code
    except BaseException:
        code = traceback.format_exc()
    finally:
        sys.argv = before
    took = time.perf_counter() - start
    said = [stream.buffer.getvalue().decode("utf-8", "replace") for stream in (out, err)]  # type: ignore[attr-defined]
    return Run(code, *said, took)


@contextmanager
def _alarm(seconds: float) -> Iterator[None]:
    def stop(*_: object) -> None:
        raise TimeoutError(f"more than {seconds} s")

    if seconds:
        signal.signal(signal.SIGALRM, stop)
        signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        if seconds:
            signal.setitimer(signal.ITIMER_REAL, 0)


def faults(run: Run) -> list[str]:
    """What the program did that it must not do, whatever it is given."""
    found = []
    if run.code not in (0, 1, 2):
        found.append(f"ended with {run.code}")
    if "internal error" in run.err or "Traceback" in run.err:
        found.append("internal error")
    if "Warning" in run.err:
        found.append("warning")
    if run.code == 2 and not run.err.strip():
        found.append("no reason given")
    for name, text in (("stdout", run.out), ("stderr", run.err)):
        for line in text.split("\n"):
            if len(line) > LONGEST_LINE:
                found.append(f"{name}: a line of {len(line)} characters")
            if not line.isprintable():
                found.append(f"{name}: a control character in {line[:99]!r}")
            if name == "stderr" and line.startswith("::"):
                found.append(f"{name}: a command of a workflow")
    return found


@contextmanager
def at_home(folder: Path) -> Iterator[None]:
    """An empty folder to work in."""
    before = os.getcwd()
    os.chdir(folder)
    Path("configs").mkdir()
    try:
        yield
    finally:
        os.chdir(before)


def _furnish() -> None:
    """Two configs and their lock, as they were before any other trial."""
    Path("configs/a.yaml").write_text("{name: a, input: 3x8x8, layers: [standard]}")
    Path("a.yaml").write_text("cases: [{name: a, in: 8, hw: 8}]")
    Path("convcost.lock").write_text(LOCK)


def tried(sort: str, number: int, seconds: float = 0) -> tuple[str, Run]:
    """One trial of a sort in the folder that it is `at_home`: what was run, and how it ended."""
    chance = Random(f"{sort} {number}")
    _furnish()
    arguments = TRIALS[sort](chance)
    return " ".join(arguments), ran(arguments, seconds)


def _config_trial(chance: Random) -> list[str]:
    Path("x.yaml").write_text(hostile_config(chance), "utf-8", "replace")
    how = chance.choice(("text", "markdown", "csv", "json", "latex"))
    return chance.choice(
        (
            ["compare", "x.yaml", "--format", how],
            ["show", "x.yaml", "--depth", "2", "--format", how],
            ["show", "x.yaml", "--by", "op", "--format", how],
            ["compare", "x.yaml", "--as", "thop", "--as", "fvcore", "--format", how],
            ["explain", "x.yaml", "--as", "thop", "--as", "ptflops", "--format", how],
            ["compare", "x.yaml", "--swap", "standard=depthwise-separable", "--format", how],
            ["match", "x.yaml"],
            ["lock", "--dry-run", "x.yaml"],
            ["check", "x.yaml", "--format", chance.choice(("text", "markdown", "json", "junit"))],
        )
    )


def _line_trial(chance: Random) -> list[str]:
    return hostile_line(chance)


def _lock_trial(chance: Random) -> list[str]:
    Path("x.lock").write_text(hostile_lock(chance), "utf-8", "replace")
    return chance.choice(
        (
            ["check", "--lockfile", "x.lock", "--format", chance.choice(("text", "json", "junit"))],
            ["diff", "--lockfile", "x.lock"],
            ["diff", "x.lock", "convcost.lock"],
            ["lock", "--dry-run", "--lockfile", "x.lock"],
            ["lock", "--dry-run", "--only", "a", "--lockfile", "x.lock"],
        )
    )


def _graph_trial(chance: Random) -> list[str]:
    Path("x.graph.json").write_text(hostile_graph(chance), "utf-8", "replace")
    how = chance.choice(("text", "markdown", "csv", "json", "latex"))
    return chance.choice(
        (
            ["compare", "x.graph.json", "--format", how],
            ["show", "x.graph.json", "--format", how],
            ["show", "x.graph.json", "--as", "torchinfo", "--batch", "3", "--format", how],
            ["explain", "x.graph.json", "--as", "thop", "--as", "torchprofile", "--format", how],
            ["compare", "x.graph.json", "--as", "ptflops", "--as", "fvcore", "--format", how],
            ["lock", "--dry-run", "x.graph.json"],
            ["diff", "a.yaml", "x.graph.json"],
        )
    )


TRIALS: dict[str, Callable[[Random], list[str]]] = {
    "configs": _config_trial,
    "lines": _line_trial,
    "locks": _lock_trial,
    "graphs": _graph_trial,
}
