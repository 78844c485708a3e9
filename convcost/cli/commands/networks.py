"""convcost networks: those that are shipped, or the file of one."""

import os
from typing import Annotated

import typer

from convcost.cli.options import Format, Only, Output
from convcost.cli.printer import Printer
from convcost.errors import ConvcostError, Problem, shorten


def networks_command(
    network: Annotated[
        str, typer.Argument(metavar="[NETWORK]", help="Whose family's file to print or write.")
    ] = "",
    only: Only = [],  # noqa: B006  # typer copies it
    format: Format = "",
    output: Output = "",
) -> int:
    """List the networks that are shipped, or write the file of one.

    Every command takes these by name, however it is spelt: resnet50, ResNet-50. What a family is
    called is its first network. convcost networks resnet50 --output mine.yaml begins one of yours.
    """
    if network:
        for flag, given in (("--format", format), ("--only", only)):
            if given:
                raise ConvcostError(Problem(flag, "is for the list, not for one network's file"))
        if output and os.path.isfile(output):
            raise ConvcostError(Problem(output, "is there already, and may have been edited"))
        with Printer("yaml", output, ["yaml"]) as printer:
            printer.write(_file_text(network))
        return 0
    with Printer(format, output) as printer:
        from convcost.networks.cases import run_all
        from convcost.report.networks import networks_report
        from convcost.sources.selection import pick
        from convcost.sources.shipped import shipped_networks

        printer.show(networks_report(run_all(pick([*shipped_networks()], only).cases)))
    return 0


def _file_text(name: str) -> str:
    """The YAML of the family that a shipped network is of."""
    from convcost.sources.shipped import file_of, find_network, nearest_network

    found = find_network(name)
    if found is None:
        near = nearest_network(name)
        hint = f"did you mean '{near}'?" if near else "convcost networks lists them"
        raise ConvcostError(Problem("NETWORK", f"none is called '{shorten(name)}'; {hint}"))
    return file_of(found).read_text(encoding="utf-8")
