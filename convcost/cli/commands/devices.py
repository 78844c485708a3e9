"""convcost devices: what computes, with its peaks, its bandwidth and where they are printed."""

from typing import Annotated

import typer

from convcost.cli.options import Format, Output
from convcost.cli.printer import Printer


def devices_command(
    devices: Annotated[
        list[str],
        typer.Argument(
            metavar="[DEVICE|FILE]...", help="Which ones; or files of your own.", show_default=False
        ),
    ] = [],  # noqa: B006  # typer copies it
    format: Format = "",
    output: Output = "",
) -> int:
    """List devices, or one's figures, each with its source.

    Bandwidth is that of the memory; peaks are of dense matrices, two operations for each
    multiply-accumulate. show and compare take a device as --on. A file of your own has, for each
    device by its name: bandwidth: {rate: 25.6 GB/s, source: where that is printed}, and peaks, such
    a rate for each dtype: {float16: {rate: 472 GFLOP/s, source: …}}; name, kind and notes as well.
    """
    with Printer(format, output) as printer:
        from convcost.report.devices import devices_report
        from convcost.sources.reading.devices import devices_of

        printer.show(devices_report([*devices_of(devices).values()]))
    return 0
