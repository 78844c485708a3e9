"""Texts of small random networks of tokens, none of which is wrong.

`random_texts` has its like for networks of maps.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any, NamedTuple

import yaml

from tests.support.random_attention import Spec
from tests.support.random_texts import bare
from tests.support.random_token_layers import MOST_TOKENS, LayerWriter, Map


class Owner(NamedTuple):
    """A layer whose weights others may use: the channels that it reads, and those it makes."""

    spec: Spec
    channels: int
    out: int


def random_tokens(seed: int) -> tuple[str, int]:
    """A network and a batch; always the same for a seed."""
    tree = bare(Writer(Random(seed)).network())
    return yaml.safe_dump(tree, sort_keys=False, width=100), 1 + seed % 3


class Writer(LayerWriter):
    """Writes networks: layers in order, and layers of layers."""

    def __init__(self, random: Random) -> None:
        super().__init__(random)
        self.owners: dict[str, Owner] = {}

    # The whole file

    def network(self) -> Spec:
        """Inputs, layers, and outputs."""
        first = self.one("image", "image", "image", "tokens", "signal", "signal", "words")
        inputs = {first: self.input(first)}
        for other in ("text", "words"):
            if other not in inputs and self.chance(0.3):
                inputs[other] = self.input(other)
        if first == "image" and len(inputs) == 1:
            inputs = {"input": inputs[first]}
        self.maps = {name: each for name, each in inputs.items() if name != "words"}
        layers: list[Spec] = []
        if "words" in inputs:
            layers += self.embedding(inputs["words"].channels)
        if first != "words":
            self.here = next(iter(inputs.values()))
            layers += [{"from": next(iter(inputs))}] if layers else []
        layers += [self.layer() for _ in range(self.random.randint(3, 8))]
        layers += self.ending()
        return {"name": "n", **self.written(inputs), "layers": layers, **self.outputs(inputs)}

    def written(self, inputs: dict[str, Map]) -> Spec:
        """The inputs as a file says them."""
        shapes = {name: written(each) for name, each in inputs.items()}
        return shapes if "input" in shapes else {"inputs": shapes}

    def outputs(self, inputs: dict[str, Map]) -> Spec:
        """Some of the layers that have a name, where there are to be several outputs."""
        visible = [name for name in self.maps if name not in inputs]
        if not visible or self.chance(0.7):
            return {}
        some = self.random.sample(visible, min(len(visible), self.random.randint(1, 2)))
        return {"outputs": [*some, "last"]}

    def input(self, name: str) -> Map:
        """What an input of this name is."""
        if name == "words":
            return Map(0, self.random.randint(3, 12))
        if name in ("tokens", "text"):
            return Map(self.random.randint(2, 24), self.one(6, 8, 12, 16))
        sizes = (self.one(4, 6, 7, 8), self.one(4, 6, 8, 9))
        return Map(0, self.random.randint(2, 6), sizes if name == "image" else sizes[:1])

    def embedding(self, count: int) -> list[Spec]:
        """Words as tokens."""
        out = self.one(6, 8, 12)
        self.here = self.maps["embedded"] = Map(count, out)
        given = {"out": out, "vocabulary": self.random.randint(5, 30)}
        return [{"embedding": given, "from": "words", "name": "embedded"}]

    def ending(self) -> list[Spec]:
        """Features of what there is, and a linear layer; or nothing more."""
        layers = []
        if self.here.windows and self.chance(0.8):
            layers.append(self.to_map())
        if self.here.windows or self.chance(0.3):
            return [*layers, {**self.act(), "name": "last"}]
        if self.here.tokens:
            layers += [self.norm()] * self.chance(0.5)
            taken = {"take-token": self.some(0.3, index=1)}
            layers.append(
                self.one({"mean": {}}, taken, {"max": {"over": "tokens"}}, {"flatten": {}})
            )
        elif self.here.of:
            layers.append(self.one({"mean": {}}, {"flatten": {}}))
        return [*layers, {"linear": {"out": self.random.randint(2, 9)}, "name": "last"}]

    # Layers in order

    def layer(self) -> Spec:
        """Any layer, which may get a name, and may read another map than the one before."""
        source, before = "", self.here
        if self.chance(0.12):
            source = self.one(*self.maps)
            self.here = self.maps[source]
        options = [*self.keeping, *self.keeping, *self.changing]
        spec: Spec = self.one(*options)()
        if source and "from" not in spec and "share" not in spec:
            spec["from"] = source
        if "run" in spec:
            self.here = before
            return spec
        if self.chance(0.4) and "name" not in spec:
            spec["name"] = self.new_name()
        if "name" in spec:
            self.maps[spec["name"]] = self.here
        return spec

    @property
    def keeping(self) -> list[Callable[[], Spec]]:
        """Layers that keep the size, and most of them the channels, too."""
        options = [*self.simple, self.residual, self.residual, self.add, self.repeated]
        options += [self.split, self.concat_channels, self.slice_channels, self.unrun]
        if self.here.tokens:
            options += [self.sharable, *[self.share] * 3]
        return options

    @property
    def changing(self) -> list[Callable[[], Spec]]:
        """Layers that make something else of what comes in."""
        if self.here.windows:
            return [self.to_map] * 12
        if self.here.tokens:
            return [*self.of_tokens * 2, self.concat_tokens, self.concat_tokens]
        return self.of_maps * 2 if self.here.of else []

    def kept(self, most: int = 2) -> list[Spec]:
        """A few layers that keep all sizes."""
        return [self.one(*self.simple)() for _ in range(self.random.randint(1, most))]

    # Layers of layers

    def residual(self) -> Spec:
        """Layers whose output is added to what came in."""
        return {"residual": self.kept()}

    def add(self) -> Spec:
        """A sum, or a product, of what came in, branches and maps by name."""
        here = self.here
        alike = [name for name, each in self.maps.items() if each == here and not here.windows]
        branches = [self.kept(), self.one([], *alike, *alike), self.kept(1)]
        branches = branches[: self.random.randint(2, 3)]
        self.random.shuffle(branches)
        return {self.one("add", "add", "multiply"): branches}

    def repeated(self) -> Spec:
        """Copies of a layer, or of several, which may have one set of weights."""
        layers = self.kept()
        spec = layers[0] if len(layers) == 1 else {"layers": layers}
        shared = {"shared": True} if has_weights(spec) and self.chance(0.4) else {}
        return {**spec, "repeat": self.random.randint(2, 3), **shared}

    def split(self) -> Spec:
        """Parts of the channels, each through layers of its own."""
        here = self.here
        if here.channels < 4:
            return self.act()
        half = here.channels // 2
        sizes = [half, here.channels - half]
        said: Spec = {"sizes": sizes}
        if sizes[0] == sizes[1] and self.chance(0.5):
            said = {}
        elif here.channels > 5 and self.chance(0.5):
            sizes[:] = [2, here.channels - 2]
        branches: list[Any] = []
        for size in sizes:
            self.here = here._replace(channels=size)
            branches.append(self.one([], self.kept(), self.kept(1)))
        self.here = here
        return {"split": branches, **said}

    def concat_channels(self) -> Spec:
        """Branches one behind the other along the channels."""
        if self.here.channels > 12:
            return self.act()
        branches: list[Any] = [self.one([], self.kept(1)), self.kept(1)]
        self.here = self.here._replace(channels=2 * self.here.channels)
        return {"concat": branches} | self.some(0.3, axis="channels")

    def concat_tokens(self) -> Spec:
        """Branches, and tokens by name, one behind the other."""
        here = self.here
        alike = {
            name: each
            for name, each in self.maps.items()
            if each.tokens and not each.windows and each.channels == here.channels
        }
        name = self.one(*alike) if alike else ""
        count = here.tokens + (alike[name].tokens if name else here.tokens)
        if count > MOST_TOKENS:
            return self.act()
        branches: list[Any] = [self.one([], self.kept(1)), name or self.kept(1)]
        of = here.of
        if name and self.chance(0.5):
            branches.reverse()
            of = alike[name].of
        self.here = here._replace(tokens=count, of=of)
        return {"concat": branches, "axis": "tokens"}

    # Weights of others, and what is not run

    def sharable(self) -> Spec:
        """A layer with a name whose weights others may use, on any number of tokens."""
        channels = self.here.channels
        kinds = [self.linear, self.same_mlp, self.mlp, self.residual_of_mlp, self.same_recurrent]
        spec: Spec = self.one(*kinds, *[self.plain_attention] * 6)()
        name = spec["name"] = self.new_name("s")
        self.owners[name] = Owner(dict(spec), channels, self.here.channels)
        return spec

    def residual_of_mlp(self) -> Spec:
        """A norm and an mlp, added to what came in."""
        return {"residual": [{"norm": {"norm": "layer"}}, self.same_mlp()]}

    def plain_attention(self) -> Spec:
        """Attention, or a block, that is for any number of tokens."""
        draw = self.one(self.options.attention, self.options.block)
        kind = "attention" if draw == self.options.attention else "transformer-block"
        return {kind: draw(self.here.channels)}

    def share(self) -> Spec:
        """A layer with the weights of another."""
        fits = [
            (name, source)
            for name, owner in self.owners.items()
            for source, each in self.maps.items()
            if each.tokens and each.channels == owner.channels
        ]
        if not fits:
            return self.sharable()
        name, source = self.one(*fits)
        spec, _, out = self.owners[name]
        self.here = self.maps[source]._replace(channels=out)
        for kind in ("linear", "mlp"):
            if "out" in spec.get(kind, {}):
                spec = {kind: {**spec[kind], "out": out}}
        spec = {key: each for key, each in spec.items() if key != "name"}
        return {**spec, "share": name, "from": source}

    def unrun(self) -> Spec:
        """Layers that are there and not run."""
        return {"layers": self.kept(), "run": False}


def written(each: Map) -> Any:
    """A shape as a file has it."""
    if each.tokens:
        return {"tokens": f"{each.tokens}x{each.channels}"}
    return "x".join(map(str, (each.channels, *each.of))) if each.of else each.channels


def has_weights(spec: Spec) -> bool:
    """Whether a layer has any."""
    if "norm" in spec:
        return spec["norm"].get("affine", True)  # type: ignore[no-any-return]
    if "layers" in spec:
        return any(map(has_weights, spec["layers"]))
    words = ("linear", "mlp", "attention", "positions", "layer-scale", "window-attention")
    found = [word in spec for word in (*words, "transformer-block", "lstm", "gru", "rnn")]
    return any(found) or "prelu" in str(spec)
