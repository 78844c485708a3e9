"""From a request to comparisons: what the commands that compare have in common."""

from convcost.cli.printer import say
from convcost.errors import ConvcostError, Problem
from convcost.networks.cases import Comparison, run_all
from convcost.sources.request import Request, read_networks, read_request


def comparisons_of(request: Request) -> list[Comparison]:
    """The cases that a request is about, built and counted.

    Raises:
        ConvcostError: something is wrong with them, a network cannot be built, or not one row can.
    """
    cases, left_out = read_request(request)
    comparisons = run_all(cases)
    say_left_out(left_out)
    rows = [(case, row) for case, rows in comparisons for row in rows]
    if not any(row.built for _, row in rows):
        raise ConvcostError(*[Problem(case.place, f"{r.label}: {r.error}") for case, r in rows])
    return comparisons


def networks_of(request: Request) -> list[Comparison]:
    """The networks that a request is about, built and counted.

    Raises:
        ConvcostError: there are none, or one cannot be built.
    """
    cases, left_out = read_networks(request)
    comparisons = run_all(cases)
    say_left_out(left_out)
    return comparisons


def say_left_out(variants: int) -> None:
    """Say how many variants of networks were left out, and how to have them."""
    if variants:
        words = "a variant is" if variants == 1 else f"{variants} variants are"
        say(f"{words} left out; --only '*' takes all, --only NAME some")
