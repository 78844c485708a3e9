"""convcost explain: why two profilers print different figures."""

from convcost.cli.options import OF_MEMORY, As, Format, Output, Train
from convcost.cli.parameters import takes_request
from convcost.cli.printer import Printer
from convcost.cli.requests import comparisons_as
from convcost.errors import ConvcostError, Problem
from convcost.sources.conventions import read_conventions
from convcost.sources.request import Request
from convcost.values.dtypes import Precision


@takes_request(*Precision._fields, *OF_MEMORY)
def explain_command(
    request: Request,
    as_: As = [],  # noqa: B006  # typer copies it
    train: Train = False,
    format: Format = "",
    output: Output = "",
) -> int:
    """Itemise the difference between two profilers' figures.

    Takes what compare takes, and --as: one tool against convcost's own count, or the first against
    each other. What each rule means is said, and what is zero here. With --train, a training step:
    what torch prints for it, or the tool of --as, against what it is.
    """
    with Printer(format, output) as printer:
        from convcost.report.explain import explain_report

        if request.training.train:  # a step as it is, and as torch prints it, or a tool
            as_ = ["train", *(as_ or ["torch-train"])]
        conventions = read_conventions(as_)
        alone = len(conventions) == 1
        if not conventions or (alone and len(as_) > 1):
            both = f"; here both are {conventions[0].name}" if alone else ""
            message = f"names a tool or more, as in --as thop --as fvcore{both}"
            raise ConvcostError(Problem("--as", message))
        printer.show(explain_report(comparisons_as(request, conventions), conventions))
    return 0
