"""Networks of kinds in a row, without a file."""

from collections.abc import Iterable, Mapping
from typing import Any

from convcost.api import KINDS
from convcost.kinds.registry import Kind
from convcost.networks.blocks import make_network
from convcost.networks.layers import Call, Layer


def in_order(layers: Iterable[tuple[str, Mapping[str, Any]]]) -> Kind:
    """The network of these kinds with their parameters."""
    return make_network(
        "network", {}, tuple(Layer(Call(KINDS[name], given), "") for name, given in layers)
    )
