"""convcost time: how long kinds and networks take on this machine, beside what they compute."""

from typing import Annotated

import typer

from convcost.cli.options import Device, Format, On, Output, Threads
from convcost.cli.parameters import takes_request
from convcost.cli.printer import Printer, say
from convcost.cli.requests import comparisons_of, device_of, run_clock
from convcost.errors import ConvcostError, Problem
from convcost.sources.request import Request

LONGEST = 3_600
"""Seconds that may be asked for."""


@takes_request("weights", "activations")
def time_command(
    request: Request,
    on: On = None,
    device: Device = "cpu",
    threads: Threads = 0,
    seconds: Annotated[
        float, typer.Option("--seconds", metavar="S", help="About how long to measure.")
    ] = 10.0,
    ops: Annotated[
        bool, typer.Option("--ops/--no-ops", help="Also time each distinct op of networks.")
    ] = True,
    channels_last: Annotated[
        bool, typer.Option("--channels-last", help="Maps have their channels last in memory.")
    ] = False,
    compile: Annotated[
        bool, typer.Option("--compile", help="Compile whole networks and layers; no ops then.")
    ] = False,
    table: Annotated[
        str, typer.Option("--table", metavar="FILE", help="Keep times of ops here, to use again.")
    ] = "",
    format: Format = "",
    output: Output = "",
) -> int:
    """Time kinds of layer in turn with one another, or networks and each of their distinct ops.

    Takes what compare takes, and torch modules; runs them with random weights in eval mode, each
    once in turn, so that what disturbs this machine disturbs all alike and the ratios hold. The
    ratios are over the first row. What is noisy is said to be. Ctrl-C ends it with what there is.
    With --on, the bound beside the time; convcost devices --measure makes a device of this machine.
    Needs convcost[torch].
    """
    if not 0.1 <= seconds <= LONGEST:
        raise ConvcostError(Problem("--seconds", f"is from 0.1 to {LONGEST:,}, not {seconds}"))
    with Printer(format, output) as printer:
        from convcost.report.time import time_report

        chosen, comparisons = device_of(on), comparisons_of(request)
        for case, _ in comparisons:
            if chosen is not None:  # before any time is spent
                chosen.peak(case.precision.of_products)
        how = {"device": device, "threads": threads, "compile": compile}
        clock = run_clock(
            comparisons,
            how | {"channels_last": channels_last},
            seconds,
            ops and not compile,
            table,
        )
        if clock.interrupted:
            say("ended early; these are the runs that there are")
        printer.show(time_report(clock.timed, clock.facts, chosen))
    return 130 if clock.interrupted else 0
