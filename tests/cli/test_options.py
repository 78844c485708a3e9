"""Which options a command has for the arguments that it is called with."""

import inspect

import pytest

from convcost.cli.commands.compare import compare_command
from convcost.cli.commands.explain import explain_command
from convcost.cli.main import COMMANDS
from convcost.cli.options import CODE_OPTIONS, TRAIN_OPTIONS
from convcost.networks.parameters import every_param
from tests.support.program import Program

OWN = {"configs", "kinds", "as_", "swap", "on", "train", "verify"}
OWN |= {"format", "output", "settings", "design", "only"}


def options(*arguments: str) -> set[str]:
    """The names of compare's options, without its own."""
    return set(inspect.signature(compare_command.with_options(arguments)).parameters) - OWN


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ([], set()),
        (["--in", "24", "--hw=112", "--kinds", "group"], {"in_", "hw"}),
        (["--no-bias", "--last-only", "act"], {"bias", "last_only"}),
        (["--set", "width=2", "--as", "thop", "--format=csv"], set()),
    ],
)
def test_options_that_are_named(arguments: list[str], named: set[str]) -> None:
    """A run has options for what it names, so that it gets no slower with each parameter."""
    assert options("compare", *arguments) == named


@pytest.mark.parametrize("flag", ["--nothing", "--i", "--subject", "--settings"])
def test_all_options(flag: str) -> None:
    """For a slip there are options for all parameters, so that the nearest can be named."""
    flags = {name: param for name, param in every_param().items() if name != "from"}
    names = {"in_" if name == "in" else name for name in flags}
    others = CODE_OPTIONS.keys() | TRAIN_OPTIONS.keys()
    assert options("compare", "--in", "24", flag) == (names | others) - OWN


def test_options_of_kinds_that_are_not_loaded() -> None:
    """A parameter that only a kind has which compare does not list is an option all the same."""
    assert {"in_", "expand"} <= options("compare", "--in", "24", "--expand", "6")


def test_options_that_a_command_goes_without() -> None:
    """What a command cannot use is no option of it, named or not."""
    for arguments in (["explain", "--dtype", "int8"], ["explain", "--in", "3"]):
        shown = inspect.signature(explain_command.with_options(arguments)).parameters
        assert "dtype" not in shown
        assert {"configs", "as_"} <= shown.keys()


def test_slips_are_answered_with_what_is_near(convcost: Program) -> None:
    """A flag that a command goes without, and one that nobody has, get the nearest there are."""
    ran = convcost("show", "standard", "--in", 3, "--hw", 8, "--dtyp", "int8")
    assert (ran.code, ran.out) == (2, "")
    assert "no such option: --dtyp" in ran.err
    ran = convcost("compare", "--in", 3, "--hw", 8, "--expnd", 6)
    assert "--expand" in ran.err


def test_help_of_the_root_lists_every_command(convcost: Program) -> None:
    """Also where a command stands behind --help."""
    ran = convcost("--help", "compare")
    assert ran.code == 0
    assert [line.split()[0] for line in ran.out.partition("Commands:\n")[2].splitlines()] == [
        *COMMANDS
    ]
