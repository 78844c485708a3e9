"""convcost compare: kinds of layer at one shape, or all that configs have."""

from typing import Annotated

import typer

from convcost.cli.options import As, Format, On, Output, Train
from convcost.cli.parameters import takes_request
from convcost.cli.printer import Printer
from convcost.cli.requests import (
    comparisons_as,
    comparisons_of,
    conclude,
    device_of,
    networks_of,
    run_tools,
    trainer_of,
)
from convcost.errors import ConvcostError, Problem
from convcost.formats.document import Document
from convcost.sources.conventions import read_conventions
from convcost.sources.request import Request


@takes_request()
def compare_command(
    request: Request,
    as_: As = [],  # noqa: B006  # typer copies it
    swap: Annotated[
        list[str],
        typer.Option(
            "--swap",
            metavar="KIND=KIND",
            help="Other kinds in networks: standard=depthwise-separable. Repeatable.",
        ),
    ] = [],  # noqa: B006
    on: On = None,
    train: Train = False,
    verify: Annotated[bool, typer.Option("--verify", help="Also run torch and thop.")] = False,
    format: Format = "",
    output: Output = "",
) -> int:
    """Compare kinds of layer at one shape, or all that configs have.

    FLOPs are 2 x MACs; params are all trainable parameters. A kind that cannot be built at the
    shape is listed with its reason. With --as, a row for each kind and profiler. Networks of all
    configs stand in one table. With --swap, what each would cost with other kinds of layer. With
    --on, the least time: of each op that of its arithmetic or its bytes, the longer of both. The
    parameters of other kinds: convcost kinds KIND.
    """
    with Printer(format, output) as printer:
        conventions, results, fit = read_conventions(as_), None, True
        if conventions and verify:
            raise ConvcostError(Problem("--verify", "goes without --as; convcost verify has both"))
        if on is not None and (conventions or swap):
            raise ConvcostError(Problem("--on", "goes without --as and --swap"))
        if swap and (conventions or verify):
            raise ConvcostError(Problem("--swap", "goes without --as and --verify"))
        trainer = trainer_of(request)
        if trainer and (conventions or swap or on is not None):
            raise ConvcostError(Problem("--train", "goes without --as, --swap and --on"))
        if swap:
            report = _swapped(swap, request)
        elif conventions:
            from convcost.report.counts import as_report

            report = as_report(comparisons_as(request, conventions), conventions)
        else:
            from convcost.report.compare import compare_report

            comparisons = comparisons_of(request)
            results = run_tools(comparisons) if verify else None
            report = compare_report(comparisons, results, device_of(on), trainer)
            fit = trainer is None or trainer.all_fit(comparisons)
        printer.show(report)
    if results is None:
        return 0 if fit else 1
    return conclude(results)


def _swapped(words: list[str], request: Request) -> Document:
    """The networks with kinds swapped, as a document."""
    from convcost.networks.swap import swap_all
    from convcost.report.swap import swap_report
    from convcost.sources.swap import read_swaps

    swaps, request = read_swaps(words, request)
    networks = swap_all(networks_of(request), swaps)
    if not any(each.swapped or each.kept for each in networks):
        message = f"there is no {' or '.join(swaps)} in any of these networks"
        raise ConvcostError(Problem("--swap", message))
    return swap_report(networks, swaps)
