"""Networks of kinds in a row, without a file."""

from collections.abc import Iterable, Mapping
from typing import Any

from convcost.kinds import KINDS
from convcost.networks import Call, Layer, make_network
from convcost.registry import Kind


def in_order(layers: Iterable[tuple[str, Mapping[str, Any]]]) -> Kind:
    """The network of these kinds with their parameters."""
    return make_network(
        "network", {}, tuple(Layer(Call(KINDS[name], given), "") for name, given in layers)
    )
