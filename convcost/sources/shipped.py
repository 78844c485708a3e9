"""The networks that come with convcost, by their names however they are spelt."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from itertools import takewhile
from pathlib import Path

from convcost.errors import nearest
from convcost.networks.cases import Case
from convcost.sources.patterns import SHOWN, shipped_folder
from convcost.sources.reading.configs import parse_config

_BETWEEN_DIGITS = re.compile(r"(?<=\d)[\s_-]+(?=\d)")
_SEPARATORS = re.compile(r"[\s_/]+|(?<!\d)-|-(?!\d)")
_OF_WIDTH_1 = re.compile(r"\s1(\.0)?x?$")
_NAME = re.compile(r"\bname: *[\"']?([^\"',}\n]+?) *(?:#|[\"',}\n])")


def shipped_files() -> list[Path]:
    """The configs that come with convcost, sorted."""
    return sorted(shipped_folder().glob("*.yaml"))


def shipped_networks() -> Iterator[Case]:
    """Every network and variant that comes with convcost, family by family."""
    for path in shipped_files():
        yield from _networks_of(path)


def find_network(name: str) -> Case | None:
    """The shipped network of this name, or the first of the family that is called so.

    Case, blanks, `-`, `_` and `/` are ignored, but between digits: there they are a separator,
    which may be left out, or stand for a dot as torchvision writes it (`regnet_x_1_6gf`). A width
    of 1 may be left out as well.
    """
    called = _spelt(name)
    for how in (_exactly, _loosely):
        for path in shipped_files():
            if any(called in how(each) for each in _names_in(path)):
                for case in _networks_of(path):
                    if called in how(case.name):
                        return case._replace(variant=False)
    families = (path for path in shipped_files() if called in _loosely(path.stem))
    return next((case for path in families for case in _networks_of(path)), None)


def variants_of(network: Case) -> list[Case]:
    """The variants of a shipped network; none of one that is a variant itself."""
    after = iter(family_of(network))
    if not any(case.name == network.name and not case.variant for case in after):
        return []
    return list(takewhile(lambda case: case.variant, after))


def family_of(network: Case) -> tuple[Case, ...]:
    """All networks and variants of the file that has a shipped network."""
    return _networks_of(file_of(network))


def nearest_network(name: str) -> str:
    """The shipped network that a name may be a slip for; nothing where none is near."""
    names = {_spelt(case.name): case.name for case in shipped_networks()}
    return names.get(nearest(_spelt(name), names), "")


def file_of(network: Case) -> Path:
    """The shipped file that has a shipped network."""
    name = network.place.removeprefix(SHOWN).partition(":")[0]
    return next(path for path in shipped_files() if path.name == name)


@cache
def _networks_of(path: Path) -> tuple[Case, ...]:
    cases = parse_config(path.read_text(encoding="utf-8"), SHOWN + path.name)
    return tuple(case for case in cases if case.network)


@cache
def _names_in(path: Path) -> tuple[str, ...]:
    """What has a name in a file, networks among others; to read all files takes long."""
    return tuple(_NAME.findall(path.read_text(encoding="utf-8")))


def _spelt(name: str) -> str:
    """A name without case and separators, but for one `-` between digits."""
    return _SEPARATORS.sub("", _BETWEEN_DIGITS.sub("-", name.strip().lower()))


def _exactly(name: str) -> tuple[str, ...]:
    return (_spelt(name),)


def _loosely(name: str) -> set[str]:
    """What a name may be taken for, if no network is called just so."""
    spelt = {_spelt(name), _spelt(_OF_WIDTH_1.sub("", name))}
    return (
        spelt
        | {each.replace("-", "") for each in spelt}
        | {each.replace(".", "-") for each in spelt}
    )
