"""How kinds are registered, and which are loaded when."""

import re
import subprocess
import sys

import pytest

from convcost.kinds import convolutions
from convcost.kinds.catalogue import compared_kinds, every_kind


@pytest.mark.parametrize(
    ("signature", "problem"),
    [
        ("share: int = 2", "share needs an annotation"),
        ("share: Groups", "share needs a default"),
        ("batch: Groups = 2", "batch is a name that cases or commands use"),
        ("k: Groups = 2", "k has another type or symbol than in "),
    ],
)
def test_kinds_are_checked_where_they_are_registered(signature: str, problem: str) -> None:
    """A signature that no flag could be read off is refused with the reason."""
    space: dict[str, object] = {"__name__": "convcost.kinds"}
    source = f"@kind('odd')\ndef odd(net: Builder, {signature}) -> None: ..."
    with pytest.raises(TypeError, match=problem):
        exec(
            "from convcost.kinds.registry import kind\nfrom convcost.graph.builder import Builder\n"
            f"from convcost.kinds.parameters import Groups\n{source}",
            space,
        )
    assert "odd" not in every_kind()


def test_compared_kinds_are_in_one_file() -> None:
    """Every kind that compare lists by itself is there before all kinds are loaded."""
    compared = [kind for kind in every_kind().values() if kind.compared]
    assert {kind.function.__module__ for kind in compared} == {convolutions.__name__}
    assert compared == compared_kinds()


@pytest.mark.parametrize("name", ["mbconv", "Inverted_Residual", "inverted-residuall", "conv2d"])
def test_kinds_are_found_when_they_are_asked_for(name: str) -> None:
    """What is found, or suggested, is the same whether or not the kind was loaded before."""
    program = (
        "from convcost.kinds.catalogue import every_kind, find\n"
        "before = {before}\n"
        f"try: print(find({name!r}).name)\n"
        "except ValueError as error: print(error)\n"
    )
    late, early = [
        subprocess.run(
            [sys.executable, "-c", program.replace("{before}", before)],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for before in ("None", "every_kind()")
    ]
    assert late == early
    assert re.search("inverted-residual|standard", late)


@pytest.mark.parametrize("first", ["catalogue", "layers", "xsep", "mobile"])
def test_kinds_keep_their_order(first: str) -> None:
    """Tables list kinds file by file, whichever was loaded first."""
    program = (
        f"import convcost.kinds.{first}\n"
        "from convcost.api import KINDS\n"
        "print(*dict.fromkeys(kind.function.__module__ for kind in KINDS.values()))"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    order = ["convolutions", "parts", "residual", "mobile", "xsep", "branches", "layers"]
    order += ["pools", "resizing", "deformable", "weighting", "tokens", "attention"]
    order += ["transformers", "recurrent"]
    assert ran.stdout.split() == [f"convcost.kinds.{name}" for name in order]
