"""convcost explain: why two profilers print different figures."""

from convcost.cli.options import As, Format, Output, takes_request
from convcost.cli.printer import Printer
from convcost.cli.requests import comparisons_as
from convcost.errors import ConvcostError, Problem
from convcost.sources.conventions import read_conventions
from convcost.sources.request import Request


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
        from convcost.report.explain import explain_report

        conventions = read_conventions(as_)
        if len(conventions) < 2:
            alone = f"; here both are {conventions[0].name}" if len(as_) > 1 else ""
            message = f"names two tools or more, as in --as thop --as fvcore{alone}"
            raise ConvcostError(Problem("--as", message))
        printer.show(explain_report(comparisons_as(request, conventions), conventions))
    return 0
