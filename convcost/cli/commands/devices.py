"""convcost devices: what computes, with its peaks, its bandwidth and where they are printed."""

from typing import Annotated

import typer

from convcost.cli.options import Device, Format, Output, Threads
from convcost.cli.printer import Printer
from convcost.cli.requests import measured_device
from convcost.errors import ConvcostError, Problem


def devices_command(
    devices: Annotated[
        list[str],
        typer.Argument(
            metavar="[DEVICE|FILE]...", help="Which ones; or files of your own.", show_default=False
        ),
    ] = [],  # noqa: B006  # typer copies it
    measure: Annotated[
        bool, typer.Option("--measure", help="Measure this machine, as a device file.")
    ] = False,
    device: Device = "cpu",
    threads: Threads = 0,
    format: Format = "",
    output: Output = "",
) -> int:
    """List devices, or one's figures, each with its source.

    Bandwidth is that of the memory; peaks are of dense matrices, two operations for each
    multiply-accumulate. show and compare take a device as --on. A file of your own has, for each
    device by its name: bandwidth: {rate: 25.6 GB/s, source: where that is printed}, and peaks, such
    a rate for each dtype: {float16: {rate: 472 GFLOP/s, source: …}}; name, kind and notes as well.
    --measure makes one of this machine, of what torch reaches on it; needs convcost[torch].
    """
    if measure:
        for flag, given in (("DEVICE", devices), ("--format", format)):
            if given:
                raise ConvcostError(Problem(flag, "goes without --measure"))
        with Printer("yaml", output, ["yaml"]) as printer:
            printer.write(measured_device(device, threads))
        return 0
    if threads or device != "cpu":
        raise ConvcostError(Problem("--threads" if threads else "--device", "is for --measure"))
    with Printer(format, output) as printer:
        from convcost.report.devices import devices_report
        from convcost.sources.reading.devices import devices_of

        printer.show(devices_report([*devices_of(devices).values()]))
    return 0
