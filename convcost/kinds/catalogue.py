"""Every kind, in the order in which tables list them.

The kinds that `compare` lists by itself are here at once; the others are loaded when one of them,
or all of them, are asked for, so that no run pays for layers that it does not have.
"""

from __future__ import annotations

from functools import cache

from convcost.errors import no_such, shorten
from convcost.kinds import convolutions
from convcost.kinds.registry import KINDS, PARAMS, Kind


def compared_kinds() -> list[Kind]:
    """The kinds of convolution that `compare` lists unless kinds are named."""
    return [kind for kind in KINDS.values() if kind.compared]


def every_kind() -> dict[str, Kind]:
    """Every kind by name: `standard`, `group`, …, `pad`."""
    _load_all()
    return KINDS


@cache
def _load_all() -> None:
    """Register the kinds of every file; the order is that of the files, whichever came first."""
    from convcost.kinds import parts, residual, mobile, xsep, branches, layers  # noqa: I001
    from convcost.kinds import (
        pools,
        resizing,
        deformable,
        weighting,
        tokens,
        attention,
        transformers,
        recurrent,
    )

    files = (
        convolutions,
        parts,
        residual,
        mobile,
        xsep,
        branches,
        layers,
        pools,
        resizing,
        deformable,
        weighting,
        tokens,
        attention,
        transformers,
        recurrent,
    )
    order = {module.__name__: index for index, module in enumerate(files)}
    kinds = sorted(KINDS.values(), key=lambda kind: order.get(kind.function.__module__, len(order)))
    if kinds == list(KINDS.values()):
        return
    KINDS.clear()
    PARAMS.clear()
    for kind in kinds:
        KINDS[kind.name] = kind
        PARAMS.update(kind.params)


def is_kind(name: str) -> bool:
    """Whether there is a kind called `name`, as `find` takes it."""
    kinds = every_kind()
    return name in kinds or _plain(name) in kinds


def is_later(name: str) -> bool:
    """Whether this is a kind that came after 0.1: files that were there may call a block so."""
    kinds = every_kind()
    return name in kinds and bool(kinds[name].since)


def find(name: str) -> Kind:
    """The kind called `name`: `standard`, `Inverted_Residual`.

    Raises:
        ValueError: there is none; the message suggests the nearest name.
    """
    plain = _plain(name)
    found = KINDS.get(name) or KINDS.get(plain)
    if found is None:
        kinds = every_kind()
        found = kinds.get(name) or kinds.get(plain)
    if found is None:
        raise ValueError(_unknown(name, plain))
    return found


def _plain(name: str) -> str:
    return name.lower().replace("_", "-")


def _unknown(name: str, plain: str) -> str:
    """That there is no such kind, and which one may be meant: nn.Conv2d is a `standard`."""
    bare = plain[:-2] if plain.endswith(("1d", "2d", "3d")) else plain
    for kind in KINDS.values():
        if {plain, bare} & {*kind.also.split()}:
            return f"no kind '{shorten(name)}'; did you mean '{kind.name}'?"
    message = no_such("kind", name, KINDS)
    if "did you mean" in message:
        return message
    return f"no kind '{shorten(name)}'; convcost kinds lists them"
