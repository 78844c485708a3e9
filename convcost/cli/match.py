"""convcost match: how a printed figure was counted."""

from typing import Annotated

import typer

from convcost.cli.options import Format, Output, takes_request
from convcost.cli.printer import Printer, say
from convcost.sources.request import Request


@takes_request("hw", "dtype")
def match_command(
    request: Request,
    macs: Annotated[
        str, typer.Option("--macs", metavar="FIGURE", help="MACs as printed: 258.55M.")
    ] = "",
    flops: Annotated[
        str, typer.Option("--flops", metavar="FIGURE", help="FLOPs as printed, whatever is meant.")
    ] = "",
    printed_params: Annotated[
        str, typer.Option("--params", metavar="FIGURE", help="Params as printed: 5.93k.")
    ] = "",
    sizes: Annotated[
        str,
        typer.Option(
            "--hw",
            metavar="N[xN]|N..N[/STEP]",
            help="Input sizes to try beside the network's own: 416, 32..1024, 32..1024/32.",
        ),
    ] = "",
    format: Format = "",
    output: Output = "",
) -> int:
    """Find out how a printed figure was counted.

    Tries every convention on a network or kind, rounded and cut off at the printed digits, and at a
    range of inputs. Figures may stand in the config, under published, or be given here in their
    place. Exit 1 if nothing fits that means anything.
    """
    with Printer(format, output) as printer:
        from convcost.counting.match import match
        from convcost.report.match import match_report, verdict
        from convcost.sources.match import read_match

        printed = {"macs": macs, "flops": flops, "params": printed_params}
        subjects, tried = read_match(request, sizes, printed)
        matched = match(subjects, tried)
        printer.show(match_report(matched, subjects))
    say(*verdict(matched))
    return 0 if any(hit.strength != "means nothing" for hit in matched.hits) else 1
