"""convcost report: a page about networks, in one file that works without a network."""

import os
from typing import TYPE_CHECKING, Annotated

import typer

from convcost.cli.options import As, On, Output
from convcost.cli.parameters import takes_request
from convcost.cli.printer import Printer, say
from convcost.cli.requests import comparisons_as, device_of
from convcost.errors import ConvcostError, Problem
from convcost.sources.conventions import read_conventions
from convcost.sources.request import Request

if TYPE_CHECKING:
    from convcost.report.page.network import Measured
    from convcost.report.page.page import Page

SUFFIXES = ("", ".html", ".htm")
"""How the names of pages end."""


@takes_request()
def report_command(
    request: Request,
    as_: As = [],  # noqa: B006  # typer copies it
    on: On = None,
    times: Annotated[
        str,
        typer.Option("--times", metavar="FILE", help="Times of ops, from convcost time --table."),
    ] = "",
    against: Annotated[
        str,
        typer.Option(
            "--against",
            metavar="A",
            help="What grew since A: a git ref, a lock, a config or whatever diff takes.",
        ),
    ] = "",
    output: Output = "",
) -> int:
    """Write a page about networks or kinds of layer: one HTML file that loads nothing.

    Of one: its totals, its layers as a treemap, an icicle and a table, and what each tool prints
    (or those of --as); with --on the roofline of a device, with --times what its ops took. Of
    several: side by side, and their params against their MACs. With --against, what changed since
    then, and in which layers. Needs convcost[report].
    """
    if not output:
        raise ConvcostError(Problem("--output", "names the file, such as report.html"))
    if os.path.splitext(output)[1].lower() not in SUFFIXES:
        raise ConvcostError(Problem(output, "a page is HTML; name it .html"))
    from convcost.report.charts.images import require_vega

    require_vega()
    with Printer("html", output, ["html"]) as printer:
        if against:
            given = {"--as": as_, "--on": on, "--times": times}
            for flag in [flag for flag, wanted in given.items() if wanted]:
                raise ConvcostError(Problem(flag, "goes without --against"))
            page = _changes(request, against)
        else:
            page = _networks(request, as_, on, times)
        from convcost.report.page.page import page_html

        printer.write(page_html(page))
    say(*[f"wrote {output}"] * (output != "-"))
    return 0


def _networks(request: Request, as_: list[str], on: str | None, times: str) -> "Page":
    """The page of what a request is about."""
    from convcost.report.page.network import Asked
    from convcost.report.page.report import report_page

    measured = _measured(times) if times else None
    conventions = read_conventions(as_)
    comparisons = comparisons_as(request, conventions)
    rows = sum(len(rows) for _, rows in comparisons)
    if rows == 1 and not conventions:
        conventions = read_conventions(["all"])
    backdrop = []
    if rows > 1 and all(case.network and case.batch == 1 for case, _ in comparisons):
        from convcost.networks.cases import run_all
        from convcost.sources.selection import pick
        from convcost.sources.shipped import shipped_networks

        backdrop = run_all(pick([*shipped_networks()], []).cases)
    asked = Asked(conventions, device_of(on), measured)
    return report_page(comparisons, asked, backdrop)


def _measured(path: str) -> "Measured":
    """Times of ops of a file.

    Raises:
        ConvcostError: it is not there, or no such file.
    """
    from convcost.report.page.network import Measured
    from convcost.sources.timings import read_table

    table = read_table(path)
    return Measured(table.machine, {op: each[1] for op, each in table.ops.items()})


def _changes(request: Request, against: str) -> "Page":
    """The page of what changed since another state of what a request is about.

    Raises:
        ConvcostError: it is about several subjects, or a side cannot be read.
    """
    from convcost.gate.diff import between
    from convcost.gate.sides import read_side, side_of, sides_since
    from convcost.report.page.changes import changes_page
    from convcost.sources.files import pick_from
    from convcost.sources.flags import read_code
    from convcost.sources.guarded import LOCK, usual_configs

    configs, only = request.configs, request.only
    if [name for name in request.given if name != "batch"] or request.settings or request.kinds:
        words = "goes with configs, or what diff takes, and not with flags of theirs"
        raise ConvcostError(Problem("--against", words))
    since = sides_since(against, configs, only)
    if since is None and len(configs) > 1:
        words = "names no commit, so that one config goes with it, and not several"
        raise ConvcostError(Problem("--against", words))
    if since is not None:
        say(*since.absent)
        gate = between(since.old, since.new)
    else:
        code = read_code(request.code, request.given.get("batch", ""))
        if configs:
            after = read_side(configs[0], only, None, code)
        else:
            after = side_of(pick_from(usual_configs(LOCK), only), None)
        gate = between(read_side(against, only, None, code), after)
    return changes_page(gate, against, ", ".join(configs) or "here")
