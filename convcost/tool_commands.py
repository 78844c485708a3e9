"""The commands about tools and how they count: explain, match, profilers."""

from __future__ import annotations

from typing import Annotated

import typer

from convcost.arguments import read_comparisons, read_conventions, read_sizes, read_subjects
from convcost.errors import ConvcostError, Problem
from convcost.options import As, Format, Output, Request, takes_request
from convcost.printer import Printer, say


@takes_request("dtype")
def explain_command(
    request: Request,
    as_: As = [],  # noqa: B006  # typer copies it
    format: Format = "",
    output: Output = "",
) -> int:
    """Itemise the difference between two profilers' figures.

    Takes what compare takes, and --as at least twice: the first against each other.
    """
    with Printer(format, output) as printer:
        from convcost.counted import explain_report

        conventions = read_conventions(as_)
        if len(conventions) < 2:
            alone = f"; here both are {conventions[0].name}" if len(as_) > 1 else ""
            message = f"names two tools or more, as in --as thop --as fvcore{alone}"
            raise ConvcostError(Problem("--as", message))
        printer.show(explain_report(read_comparisons(request), conventions))
    return 0


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
        from convcost.matched import match_report, verdict
        from convcost.matching import match

        tried = read_sizes(sizes)
        if not request.configs and len(tried) > 1:
            request.given["hw"] = "x".join(map(str, tried[1] or ()))
        printed = {"macs": macs, "flops": flops, "params": printed_params}
        subjects = read_subjects(request, printed)
        tried = tuple(
            size
            for size in tried
            if size is None or any(each.at(size) != each.input for each in subjects)
        )
        matched = match(subjects, tried)
        printer.show(match_report(matched, subjects))
    for sentence in verdict(matched):
        say(sentence)
    return 0 if any(hit.strength != "means nothing" for hit in matched.hits) else 1


def profilers_command(
    tool: Annotated[
        str, typer.Argument(metavar="[TOOL[@VERSION]]", help="Whose table to print whole.")
    ] = "",
    format: Format = "",
    output: Output = "",
) -> int:
    """List the tools whose counting is known, or one's whole table."""
    with Printer(format, output) as printer:
        from convcost.catalogue import convention_report, profilers_report

        chosen = read_conventions([tool], "TOOL") if tool not in ("", "all") else ()
        printer.show(convention_report(chosen[0]) if chosen else profilers_report())
    return 0
