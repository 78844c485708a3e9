"""convcost show: one kind taken apart, or networks layer by layer."""

from functools import partial
from typing import Annotated

import typer

from convcost.cli.options import As, Format, On, Output, Train
from convcost.cli.parameters import takes_request
from convcost.cli.printer import Printer
from convcost.cli.requests import device_of, networks_of, trainer_of
from convcost.errors import ConvcostError, Problem, no_such
from convcost.sources.conventions import read_conventions
from convcost.sources.request import Request, read_kind


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
    format: Format = "",
    output: Output = "",
) -> int:
    """Take one kind apart, a shipped network, or the networks of a config.

    A kind is shown op by op, with its formulas. A network's table has a row for each layer; --depth
    2 shows what is in blocks, a larger depth what is in that. Variants of a network are shown if
    --only names them. With --as, what each profiler counts for each row; with --on, the least time
    that each row can take on a device; with --train, what each adds to a training step, and of a
    kind the formulas of that (all options: --train --help).
    """
    with Printer(format, output) as printer:
        conventions = read_conventions(as_)
        device, trainer = device_of(on), trainer_of(request)
        if trainer and device:
            raise ConvcostError(Problem("--train", "goes without --on"))
        request = request._replace(configs=[subject]).with_kinds()
        if request.configs:
            from convcost.report.breakdown import WAYS, network_report

            if by and by not in WAYS:
                raise ConvcostError(Problem("--by", no_such("way to sum", by, WAYS)))
            networks = networks_of(request)
            report = network_report(networks, conventions, depth or 1, by, device, trainer)
            printer.show(report)
            return 0 if trainer is None or trainer.all_fit(networks) else 1
        for flag, wanted in (("--by", by), ("--depth", depth)):
            if wanted:
                raise ConvcostError(Problem(flag, "is for networks"))
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
        printer.show(show_report(*shown))
    return 0 if trained is None or trained.fits else 1
