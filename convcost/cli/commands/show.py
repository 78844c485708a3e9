"""convcost show: one kind taken apart, or networks layer by layer."""

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from convcost.cli.options import As, Format, On, Output, Train
from convcost.cli.parameters import takes_request
from convcost.cli.printer import ASKED, Printer, say
from convcost.cli.requests import device_of, networks_of, trainer_of
from convcost.errors import ConvcostError, Problem, no_such
from convcost.formats.document import Document
from convcost.sources.conventions import read_conventions
from convcost.sources.request import Request, read_kind

if TYPE_CHECKING:
    from convcost.counting.conventions import Convention
    from convcost.graph.bound import Device
    from convcost.report.training import Trainer

SPEEDSCOPE = "speedscope"
"""A flame graph, which is no document."""


@takes_request()
def show_command(
    request: Request,
    subject: Annotated[
        str,
        typer.Argument(
            metavar="KIND|NETWORK|CONFIG",
            help="A kind (convcost kinds lists them), a shipped network (convcost networks), a "
            "YAML config, a torch module or an ONNX file.",
        ),
    ],
    as_: As = [],  # noqa: B006  # typer copies it
    on: On = None,
    train: Train = False,
    depth: Annotated[
        int | None, typer.Option(min=1, help="How far to open a network's layers. [default: 1]")
    ] = None,
    by: Annotated[
        str, typer.Option(metavar="kind|op", help="Sum a network by the kinds of its ops.")
    ] = "",
    bars: Annotated[
        bool,
        typer.Option("--bars", help="Bars of MACs, or of what --sort says."),
    ] = False,
    format: Format = "",
    output: Output = "",
) -> int:
    """Take one kind apart, a shipped network, or the networks of a config.

    A kind is shown op by op, with its formulas. A network's table has a row for each layer; --depth
    2 shows what is in blocks. Variants of a network are shown if --only names them. With --as, what
    each profiler counts for each row; with --on, its least time on a device; with --train, what it
    adds to a training step (options: --train --help). --format speedscope is a flame graph.
    """
    named = SPEEDSCOPE if output.lower().endswith(f".{SPEEDSCOPE}.json") else ""
    with Printer(format or named, output, [SPEEDSCOPE]) as printer:
        conventions = read_conventions(as_)
        device, trainer = device_of(on), trainer_of(request)
        if trainer and device:
            raise ConvcostError(Problem("--train", "goes without --on"))
        request = request._replace(configs=[subject]).with_kinds()
        for flag, wanted in (("--by", by), ("--depth", depth)):
            if wanted and not request.configs:
                raise ConvcostError(Problem(flag, "is for networks"))
        if printer.format == SPEEDSCOPE:
            flags: dict[str, object] = {"--as": as_, "--on": on, "--train": trainer, "--bars": bars}
            flags |= {"--by": by, "--depth": depth, "--columns, --sort or --units": ASKED.get()}
            for flag in [flag for flag, wanted in flags.items() if wanted]:
                raise ConvcostError(Problem(flag, "goes without --format speedscope"))
            printer.write(_flame_graph(request))
            return 0
        if request.configs:
            from convcost.report.breakdown import WAYS, network_report

            if by and by not in WAYS:
                raise ConvcostError(Problem("--by", no_such("way to sum", by, WAYS)))
            networks = networks_of(request)
            report = network_report(networks, conventions, depth or 1, by, device, trainer)
            fits = trainer is None or trainer.all_fit(networks)
        else:
            report, fits = _kind_taken_apart(request, conventions, device, trainer)
        printer.show(_with_bars(report, printer.format) if bars else report)
    return 0 if fits else 1


def _flame_graph(request: Request) -> str:
    """Networks, or a kind, as a flame graph; ops of which it cannot have the MACs are said."""
    from convcost.cli.requests import comparisons_of
    from convcost.graph.cost import unknown_words
    from convcost.report.speedscope import speedscope

    subjects = networks_of(request) if request.configs else comparisons_of(request)
    say(*filter(None, (unknown_words(row.graph) for _, rows in subjects for row in rows)))
    return speedscope(subjects)


def _with_bars(report: Document, format: str) -> Document:
    """The report with bars, for people; of the column that it is sorted by, or of MACs."""
    from convcost.formats.bars import with_bars

    if format not in ("table", "text", "markdown"):
        raise ConvcostError(Problem("--bars", f"is for people, not for {format}"))
    asked = ASKED.get()
    barred, title = with_bars(report, (asked.sort.removeprefix("-") if asked else "") or "MACs")
    if asked and asked.columns:  # what a flag asks for is shown
        ASKED.set(asked._replace(columns=(*asked.columns, title)))
    return barred


def _kind_taken_apart(
    request: Request,
    conventions: "Sequence[Convention]",
    device: "Device | None",
    trainer: "Trainer | None",
) -> tuple[Document, bool]:
    """One kind op by op, with its formulas; and whether it fits, if it is trained.

    Raises:
        ConvcostError: it cannot be built.
    """
    from convcost.networks.cases import make_case
    from convcost.networks.formula import formula
    from convcost.networks.freeze import freeze, require_in
    from convcost.report.show import show_report
    from convcost.report.traffic import Machine

    chosen, shape, values = read_kind(request)
    case = make_case(chosen.name, values, [(chosen, {})])
    frozen = partial(freeze, patterns=request.training.freeze)
    try:
        graph = chosen.build(shape, values)
        traced = formula(chosen, shape, values, case.batch, frozen if trainer else None)
    except ValueError as error:
        raise ConvcostError(f"{chosen.name}: {error}") from None
    require_in([graph], request.training.freeze, "--freeze")
    require_in([graph], request.training.checkpoint, "--checkpoint")
    graph = frozen(graph)
    trained = trainer.of(graph, case) if trainer else None
    machine = Machine(case.precision, device)
    shown = chosen, graph, traced, values, case.batch, conventions, machine, trained
    return show_report(*shown), trained is None or trained.fits
