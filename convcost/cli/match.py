"""convcost match: how a printed figure was counted."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from convcost.cli.options import Format, Output, takes_request
from convcost.cli.printer import Printer, say
from convcost.sources.request import Request

if TYPE_CHECKING:
    from convcost.counting.match import Subject


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
            metavar="N[xN[xN]]|N..N[/STEP]",
            help="Input sizes to try beside the network's own: 416, 32..1024, 32..1024/32.",
        ),
    ] = "",
    format: Format = "",
    output: Output = "",
) -> int:
    """Find out how a printed figure was counted.

    Tries every convention on a network and its variants, or a kind, rounded and cut off at the
    printed digits, and at a range of inputs; on all networks that are shipped, if none is named.
    Figures may stand in the config, under published, or be given here in their place. Exit 1 if
    nothing fits that means anything.
    """
    with Printer(format, output) as printer:
        from convcost.counting.match import match
        from convcost.report.match import match_report, verdict
        from convcost.sources.match import read_match

        printed = {"macs": macs, "flops": flops, "params": printed_params}
        subjects, tried, noun, named = read_match(request, sizes, printed)
        matched = match(subjects, tried, apart=bool(noun))
        printer.show(match_report(matched, subjects, noun))
    say(*verdict(matched, subjects))
    found = {hit.strength for hit in matched.hits}
    if named and not found & {"strong", "published"}:
        _say_elsewhere(subjects)
    return 0 if found - {"means nothing"} else 1


def _say_elsewhere(subjects: "Sequence[Subject]") -> None:
    """Say which other network explains the figures, if one that is shipped does."""
    from convcost.counting.match import match
    from convcost.report.match import elsewhere
    from convcost.sources.match import shipped_subjects

    others = shipped_subjects(subjects[0].printed, subjects)
    [hit] = match(others, [None], apart=True).hits[:1] or [None]
    if hit is not None and hit.strength in ("strong", "published"):
        say(elsewhere(hit))
