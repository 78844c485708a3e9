"""From a request to comparisons, and on to real tools: what several commands have in common."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Any, NamedTuple

from convcost.cli.printer import say
from convcost.errors import ConvcostError, Problem, clean, listed
from convcost.networks.cases import Comparison, run_all
from convcost.sources.designs import firsts_taken
from convcost.sources.flags import NOT_TRAINED
from convcost.sources.patterns import is_code, is_onnx_path
from convcost.sources.request import Request, read_networks, read_request

if TYPE_CHECKING:
    from convcost.counting.conventions import Convention
    from convcost.graph.bound import Device
    from convcost.graph.captured import Captured
    from convcost.report.time import TimedCase
    from convcost.report.training import Trainer
    from convcost.report.verify import Results
    from convcost.values.code import Code


MOST_PRINTED = 200_000
"""Figures that tools print in one report."""


def comparisons_of(request: Request) -> list[Comparison]:
    """The cases that a request is about, built and counted.

    Raises:
        ConvcostError: something is wrong with them, a network cannot be built, or not one row can.
    """
    with _waiting(*filter(is_code, request.configs)):
        cases, left_out = read_request(request)
    comparisons = _trained(run_all(cases), request)
    say_left_out(left_out)
    say(*[remark for case in cases for remark in case.remarks], *firsts_taken(comparisons))
    rows = [(case, row) for case, rows in comparisons for row in rows]
    if not any(row.built for _, row in rows):
        raise ConvcostError(*[Problem(case.place, f"{r.label}: {r.error}") for case, r in rows])
    return comparisons


def comparisons_as(request: Request, conventions: Sequence[Convention]) -> list[Comparison]:
    """The cases that a request is about, built and counted, each row of which tools shall print.

    Raises:
        ConvcostError: as `comparisons_of`, or so many tools would print too much.
    """
    comparisons = comparisons_of(request)
    rows = sum(len(rows) for _, rows in comparisons)
    if rows * len(conventions) > MOST_PRINTED:
        words = f"{rows:,} rows as {len(conventions)} tools are more than {MOST_PRINTED:,}"
        raise ConvcostError(Problem("--as", f"{words}; name fewer tools, or cases with --only"))
    return comparisons


def networks_of(request: Request) -> list[Comparison]:
    """The networks that a request is about, built and counted.

    Raises:
        ConvcostError: there are none, or one cannot be built.
    """
    with _waiting(*filter(is_code, request.configs)):
        cases, left_out = read_networks(request)
    comparisons = _trained(run_all(cases), request)
    say_left_out(left_out)
    say(*[remark for case in cases for remark in case.remarks], *firsts_taken(comparisons))
    return comparisons


def _trained(comparisons: list[Comparison], request: Request) -> list[Comparison]:
    """Comparisons with the layers frozen that the request names."""
    words = request.training
    if not (words.train or words.freeze):
        return comparisons
    from convcost.networks.freeze import freeze_all, require_layers

    require_layers(comparisons, words.checkpoint, "--checkpoint")
    return freeze_all(comparisons, words.freeze)


def captured_from(code: Code) -> Captured:
    """What code does, captured; or what is in an ONNX file, with remarks on it."""
    if is_onnx_path(code.word):
        from convcost.sources.onnx.reading import read_model

        found = read_model(code.word, code.inputs)
        say(*found.remarks)
        return found.captured
    from convcost.pytorch.code import capture

    with _waiting(code.word):
        return capture(code)


class Clocked(NamedTuple):
    """What was timed, on what, and whether somebody wanted it to end early."""

    timed: list[TimedCase]
    facts: dict[str, Any]
    interrupted: bool


def run_clock(
    comparisons: Sequence[Comparison], how: Mapping[str, Any], seconds: float, ops: bool, table: str
) -> Clocked:
    """Time comparisons that are in one dtype, with a progress bar on a terminal.

    Raises:
        ConvcostError: torch is not installed, or the table of ops is of another machine.
    """
    from convcost.formats.files import WholeFile
    from convcost.pytorch.clock import Clock, Timed, dtype_of, time_rows
    from convcost.report.time import TimedCase
    from convcost.sources.timings import read_timings, timings_text

    _require_torch(how["device"])
    dtype = dtype_of([case for case, _ in comparisons])
    kept = WholeFile(table) if table else nullcontext()
    with (
        kept as file,  # which says that it cannot be written before any time is spent
        Clock({**how, "dtype": dtype}) as clock,
        progress_bar("timing") as progress,
    ):
        known: dict[str, Timed] = {}
        here = {name: value for name, value in clock.facts.items() if name != "dtype"}
        if table:
            known |= {op: Timed(each) for op, each in read_timings(table, here).items()}
        rows = time_rows(clock, comparisons, seconds, ops, known, progress)
        if file is not None:
            file.write(timings_text(here, {op: each.quartiles for op, each in known.items()}))
        if not any(row.whole for own in rows for row in own):
            problems = [Problem(each.row.label, each.error) for own in rows for each in own]
            raise ConvcostError(*problems)
        timed = [TimedCase(*each) for each in zip(comparisons, rows, strict=True)]
        return Clocked(timed, dict(clock.facts), clock.interrupted)


def measured_device(device: str, threads: int) -> str:
    """A device file of this machine.

    Raises:
        ConvcostError: torch is not installed, or finds no such device.
    """
    from convcost.pytorch.ceilings import measure_device
    from convcost.sources.reading.devices import device_text

    _require_torch(device)
    with progress_bar("measuring") as progress:
        return device_text(measure_device({"device": device, "threads": threads}, progress))


def _require_torch(device: str) -> None:
    from convcost.pytorch.extras import require

    if device not in ("cpu", "cuda", "mps"):
        raise ConvcostError(Problem("--device", f"is cpu, cuda or mps, not '{device}'"))
    require("torch")


@contextmanager
def progress_bar(words: str) -> Iterator[Callable[[float], None]]:
    """Show on a terminal which share of something is done."""
    if not sys.stderr.isatty():
        yield lambda share: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(words, total=1.0)
        yield lambda share: progress.update(task, completed=share)


def network_request(
    subject: str, settings: Sequence[str], only: Sequence[str], *, hw: str, batch: str, fuse: bool
) -> Request:
    """A request about one network, with another size, other settings and the like."""
    given = {"hw": hw, "batch": batch, "fuse": "true" if fuse else ""}
    typed = {name: value for name, value in given.items() if value}
    return Request([subject], [], typed, list(settings), list(only)).with_kinds()


def trainer_of(request: Request) -> Trainer | None:
    """How all that is asked about is trained; None if that is not asked.

    Raises:
        ConvcostError: an option of training is wrong.
    """
    if request.training == NOT_TRAINED:
        return None
    from convcost.sources.training import read_training

    asked = read_training(request.training)
    if asked is None:
        return None
    from convcost.report.training import Trainer

    return Trainer(*asked)


def device_of(word: str | None) -> Device | None:
    """The device of this name or file; None if none is asked for."""
    if word is None:
        return None
    from convcost.sources.reading.devices import find_device

    return find_device(word)


@contextmanager
def _waiting(*words: str) -> Iterator[None]:
    """Show on a terminal that code is being captured, which takes a while."""
    if not words or not sys.stderr.isatty():
        yield
        return
    from rich.console import Console

    with Console(stderr=True).status(f"capturing {clean(listed(words))}"):
        yield


def say_left_out(variants: int) -> None:
    """Say how many variants of networks were left out, and how to have them."""
    if variants:
        words = "a variant is" if variants == 1 else f"{variants} variants are"
        say(f"{words} left out; --only '*' takes all, --only NAME some")


def run_tools(
    comparisons: list[Comparison],
    tools: Sequence[str] = (),
    conventions: Sequence[Convention] = (),
) -> Results:
    """Check every row, with a progress bar on a terminal."""
    from convcost.pytorch.verify import choose, verify

    chosen = choose(tools, conventions)
    say(*[f"skipped: {reason}" for reason in chosen.skipped])
    results = verify(comparisons, chosen.conventions, lambda reason: say(f"skipped: {reason}"))
    if sys.stderr.isatty():
        from rich.console import Console
        from rich.progress import track

        total = sum(len(rows) for _, rows in comparisons)
        console = Console(stderr=True)
        return list(track(results, "verifying", total, console=console, transient=True))
    return list(results)


def conclude(results: Results) -> int:
    """Say how many figures are exact, and give the exit code."""
    run = [result for result in results if result is not None]
    checks = [check for result in run for check in result.checks]
    exact = sum(check.holds for check in checks)
    failed = sum(bool(result.error) for result in run)
    modules = f"modules run: {len(run) - failed}, could not be run: {failed}"
    unbuilt = f", not built: {len(results) - len(run)}" if len(run) < len(results) else ""
    say(f"{exact} of {len(checks)} figures exact; {modules}{unbuilt}")
    return 1 if exact < len(checks) else 2 if failed else 0
