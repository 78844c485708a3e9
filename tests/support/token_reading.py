"""A second reading of networks of tokens: their text as a torch module.

It has nothing of convcost in it. It reads what `random_tokens` writes; `second_reading` is its like
for networks of maps.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import torch
import yaml
from torch import Tensor, nn

from tests.support.leaves import CONVOLUTIONS, POOLS
from tests.support.token_leaves import MADE, Call, Here, Lay, Maps, make_token_leaf

JOINS = ("add", "residual", "multiply", "concat", "split")
MODIFIERS = ("name", "from", "repeat", "share", "shared", "run", "axis", "sizes")
WORDS = ("of", "over", "from")
"""Parameters whose values are no expressions."""
KINDS = {*MADE, *CONVOLUTIONS, *POOLS, "attention", "dropout"}


class Plan:
    """Layers in order. Their modules are children of the network, one beside the other.

    What is `lent` are the children that they use in place of their own, in order.
    """

    def __init__(
        self,
        net: Network,
        specs: Any,
        names: Mapping[str, Any],
        here: Here,
        lent: Iterator[str] | None = None,
    ) -> None:
        self.net = net
        self.keys: list[str] = []
        self.calls: list[Call] = []
        for spec in specs if isinstance(specs, list) else [specs]:
            here = self.read(spec if isinstance(spec, dict) else {spec: None}, names, here, lent)
        self.here = here
        del self.net  # what is left is no part of any one copy of the network

    def __call__(self, net: Any, x: Tensor, maps: Any) -> Tensor:
        """Go through the layers of a network."""
        for call in self.calls:
            x = call(net, x, maps)
        return x

    def read(
        self, spec: Mapping[str, Any], names: Mapping[str, Any], here: Here, lent: Any
    ) -> Here:
        """Append a layer, or all copies of one; returns what it makes of what comes in."""
        start, calls, own = here, len(self.calls), len(self.keys)
        kind = next((key for key in spec if key not in MODIFIERS), "from")
        if "from" in spec:
            here = self.from_name(spec["from"])
        if "share" in spec:
            lent = iter(self.net.owned[spec["share"]])
        first: list[str] = []
        for turn in range(spec.get("repeat", 1)):
            if turn and spec.get("shared"):
                lent = iter(first)
            here = self.layer(kind, spec, {**names, "index": turn}, here, lent)
            first = first or self.keys[own:]
        if not spec.get("run", True):
            del self.calls[calls:]
            return start
        if "name" in spec:
            self.write(spec["name"], here, self.keys[own:])
        return here

    def from_name(self, name: str) -> Here:
        """What has a name, in place of what comes in."""
        self.calls.append(lambda net, x, maps: maps[name])
        return self.net.named[name]

    def write(self, name: str, here: Here, keys: list[str]) -> None:
        """Leave what was made under a name."""

        def call(net: Any, x: Tensor, maps: Any) -> Tensor:
            maps[name] = x
            return x

        self.calls.append(call)
        self.net.named[name], self.net.owned[name] = here, keys

    def layer(
        self, kind: str, spec: Mapping[str, Any], names: Mapping[str, Any], here: Here, lent: Any
    ) -> Here:
        """Append a layer once."""
        if kind == "from":
            return here
        if kind == "layers":
            plan = self.part(spec["layers"], names, here, lent)
            self.calls.append(plan)
            return plan.here
        if kind in JOINS:
            return self.join(kind, spec, names, here, lent)

        def keep(make: Any) -> str:
            key = next(lent) if lent is not None else self.net.keep(make())
            self.keys.append(key)
            return key

        given = {
            key: each if key in WORDS else evaluated(each, names, here)
            for key, each in (spec[kind] or {}).items()
        }
        call, lay = make_token_leaf(kind, given, here, keep, self.net.named)
        self.calls.append(call)
        return Here(call(self.net, here.x, self.net.maps), lay)

    def part(self, specs: Any, names: Mapping[str, Any], here: Here, lent: Any) -> Plan:
        """Layers within a layer."""
        plan = Plan(self.net, specs, names, here, lent)
        self.keys += plan.keys
        return plan

    def join(
        self, kind: str, spec: Mapping[str, Any], names: Mapping[str, Any], here: Here, lent: Any
    ) -> Here:
        """Append branches and what brings them together."""
        given = [spec["residual"], []] if kind == "residual" else spec[kind]
        starts = [here] * len(given)
        sizes = spec.get("sizes", [here.channels // len(given)] * len(given))
        if kind == "split":
            starts = [Here(x, here.lay) for x in here.x.split(sizes, here.axis)]
        branches: list[Call] = []
        ends: list[Here] = []
        for layers, start in zip(given, starts, strict=True):
            if isinstance(layers, str) and layers not in KINDS:
                branches.append(by_name(layers))
                ends.append(self.net.named[layers])
            else:
                plan = self.part(layers, names, start, lent)
                branches.append(plan)
                ends.append(plan.here)
        axis = here.axis if kind == "split" else ends[0].axis
        joined = 1 if spec.get("axis") == "tokens" else ends[0].axis

        def call(net: Any, x: Tensor, maps: Maps) -> Tensor:
            parts = list(x.split(sizes, axis)) if kind == "split" else [x] * len(branches)
            made = [branch(net, part, maps) for branch, part in zip(branches, parts, strict=True)]
            if kind in ("concat", "split"):
                return torch.cat(made, joined)
            first, *others = made
            for other in others:
                first = first * other if kind == "multiply" else first + other
            return first

        self.calls.append(call)
        return Here(call(self.net, here.x, self.net.maps), ends[0].lay)


def by_name(name: str) -> Call:
    """A branch that is a map of another layer."""
    return lambda net, x, maps: maps[name]


def evaluated(value: Any, names: Mapping[str, Any], here: Here) -> Any:
    """What an expression comes to; another word is itself."""
    if isinstance(value, list):
        return [evaluated(each, names, here) for each in value]
    words = {"channels", "tokens", "index", "height", "width"}
    if not isinstance(value, str) or not any(word in value for word in words):
        return value
    return eval(value, {}, {**here.names, **names})


class Network(nn.Module):
    """The module of the text of a network."""

    def __init__(self, text: str) -> None:
        super().__init__()
        tree = yaml.safe_load(text)
        self.written = tree.get("inputs") or {"input": tree["input"]}
        self.outputs: list[str] = tree.get("outputs", [])
        self.named: dict[str, Here] = {}
        self.owned: dict[str, list[str]] = {}
        for name, shape in self.written.items():
            tokens = isinstance(shape, dict)
            self.named[name] = Here(torch.zeros(1, *sizes_of(shape)), Lay(tokens))
        first = next(iter(self.named.values()))
        self.named.setdefault("input", first)
        with torch.no_grad():
            self.plan = Plan(self, tree["layers"], {}, first)
        del self.named, self.owned

    @property
    def maps(self) -> dict[str, Tensor]:
        """What has a name while the network is made."""
        return {name: here.x for name, here in self.named.items()}

    def keep(self, made: nn.Module | nn.Parameter) -> str:
        """Make it a child."""
        key = f"part{len(self._modules) + len(self._parameters)}"
        if isinstance(made, nn.Parameter):
            self.register_parameter(key, made)
        else:
            self.add_module(key, made.eval())
        return key

    def inputs(self, batch: int) -> tuple[Tensor, ...]:
        """Some of a batch; those that are called words are numbers of words."""
        return tuple(
            torch.randint(0, 5, (batch, *sizes_of(shape)))
            if name.startswith("words")
            else torch.rand(batch, *sizes_of(shape))
            for name, shape in self.written.items()
        )

    def forward(self, *inputs: Any, **named: Any) -> Any:
        """The output, or several; inputs are in their order, also where they are named."""
        given = (*inputs, *named.values())
        maps = {"input": given[0], **dict(zip(self.written, given, strict=True))}
        last = self.plan(self, given[0], maps)
        found = tuple([maps.get(name, last) for name in self.outputs])
        return found if len(found) > 1 else (*found, last)[0]


def sizes_of(shape: Any) -> tuple[int, ...]:
    """The sizes of an input."""
    text = shape["tokens"] if isinstance(shape, dict) else shape
    return tuple(map(int, str(text).split("x")))
