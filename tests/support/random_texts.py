"""Texts of small random networks, none of which is wrong: the writer knows the shape of each map.

Each has some of all that the language has: maps read by name far below and out of branches, blocks,
copies, shared weights, parts that are not run, several inputs and outputs.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any, NamedTuple

import yaml

Shape = tuple[int, ...]
Spec = dict[str, Any]

ACTS = ("relu", "relu", "relu6", "sigmoid", "hardswish", "silu", "gelu", "prelu")


class Owner(NamedTuple):
    """A layer whose weights others may use: the channels it reads, and what it makes of a map."""

    spec: Spec
    channels: int
    effect: Callable[[Shape], Shape]


def random_text(seed: int) -> tuple[str, int]:
    """A network and a batch; always the same for a seed."""
    batch = 1 + seed % 2
    tree = bare(Writer(Random(seed), batch).network())
    return yaml.safe_dump(tree, sort_keys=False, width=100), batch


class Writer:
    """Writes layers from the map of `shape` on.

    `maps` and `owners` are what can be read, and shared, by name. Where `any_shape` is true the
    layers may be run on other maps too: they keep the shape, and nothing of it is written.
    """

    def __init__(self, random: Random, batch: int) -> None:
        self.random = random
        self.batch = batch
        self.names = 0
        self.shape: Shape = ()
        self.maps: dict[str, Shape] = {}
        self.owners: dict[str, Owner] = {}
        self.blocks: dict[str, Any] = {}
        self.any_shape = False
        self.left_here = False
        """Whether the layer that was written last is left out."""

    def one(self, *options: Any) -> Any:
        """One of these."""
        return self.random.choice(options)

    def chance(self, share: float) -> bool:
        """True for that share of the times."""
        return self.random.random() < share

    def new_name(self, word: str = "m") -> str:
        """A name that no layer has."""
        self.names += 1
        return f"{word}{self.names}"

    def network(self) -> Spec:
        """The whole file."""
        size = (self.random.randint(6, 16), self.random.randint(6, 16))
        inputs: dict[str, Shape] = {"image": (self.random.randint(2, 8), *size)}
        if self.chance(0.3):
            inputs["other"] = (self.random.randint(2, 8), *size)
        features = self.random.randint(2, 20) if self.chance(0.3) else 0
        self.maps = dict(inputs)
        for _ in range(self.random.randint(0, 2)):
            self.add_block()
        self.shape = inputs["image"]
        layers = self.sequence(self.random.randint(4, 12), self.layer)
        visible = list(self.maps)[len(inputs) :]
        if self.chance(0.5) or features:
            layers += self.head("meta" if features else "", features)
        if len(inputs) > 1 or features or self.chance(0.3):
            said: Spec = {"inputs": {name: written(shape) for name, shape in inputs.items()}}
            said["inputs"] |= {"meta": features} if features else {}
        else:
            said = {"input": written(inputs["image"])}
            layers = renamed(layers, "image", "input")
        tree: Spec = {"name": "n", **said, "params": {"p": 3}, "blocks": self.blocks}
        tree["layers"] = layers
        if visible and self.chance(0.4):
            some = self.random.sample(visible, min(len(visible), self.random.randint(1, 3)))
            tree["outputs"] = [*some, "last"]
        return tree

    def sequence(self, count: int, draw: Callable[[], Spec]) -> list[Spec]:
        """Layers in order."""
        return [draw() for _ in range(count)]

    def layer(self) -> Spec:
        """Any layer, which may get a name, and may read another map than the one before."""
        source, before = "", self.shape
        self.left_here = False
        if self.chance(0.15):
            source = self.one(*self.maps)
            self.shape = self.maps[source]
        changing = [self.convolution] * 3 + [self.pool, self.upsample, self.copies, self.grouped]
        changing += [self.concat] * 2 + [self.split, self.from_far, self.rows, self.strided_copies]
        changing += [self.call_block] * 2 * bool(self.blocks) + [self.sharable, self.share] * 2
        spec: Spec = self.one(*changing, *[self.keeping] * 6)()
        if source and "from" not in spec and "share" not in spec:
            spec["from"] = source
        if "run" in spec or ("when" in spec and self.left_here):
            self.shape = before
        if self.chance(0.4) and not spec.keys() & {"name", "run", "when"}:
            spec["name"] = self.new_name()
            self.maps[spec["name"]] = self.shape
        return spec

    def keeping(self) -> Spec:
        """A layer that keeps the shape of the map, whatever that is."""
        options = [self.same_convolution] * 2 + [self.norm, self.act, self.dropout, self.same_pool]
        options += [self.residual] * 2 + [self.add] * 2 + [self.gate, self.unrun, self.left_out]
        options += [self.shared_copies, self.shared_split, self.same_resize]
        spec: Spec = self.one(*options)()
        return spec

    def kept(self, most: int = 2) -> list[Spec]:
        """A few of these."""
        return self.sequence(self.random.randint(1, most), self.simple)

    def simple(self) -> Spec:
        """One of them that has no layers in it; it may share, where its owner is in sight."""
        fits = [
            name
            for name, owner in self.owners.items()
            if owner.channels == self.shape[0] and owner.effect(self.shape) == self.shape
        ]
        if fits and not self.any_shape and self.chance(0.3):
            name = self.one(*fits)
            return {**self.owners[name].spec, "share": name}
        options = [self.same_convolution] * 3 + [self.norm, self.act, self.dropout, self.same_pool]
        spec: Spec = self.one(*options)()
        return spec

    # Convolutions

    def convolution(self) -> Spec:
        """A convolution with any window."""
        channels, *size = self.shape
        kind = self.one("standard", "standard", "conv-bn-act", "depthwise", "pointwise")
        given: Spec = {}
        if kind == "depthwise":
            out = channels * (2 if channels <= 4 and self.chance(0.4) else 1)
            if out > channels:
                given |= self.one({"multiplier": 2}, {"out": out}, {"out": "2 * channels"})
        else:
            out = self.random.randint(2, 8)
            given["out"] = self.number(out)
        if kind == "conv-bn-act" and self.chance(0.3):
            given["groups"] = self.one(*[n for n in range(1, 9) if channels % n == out % n == 0])
        stride = 2 if min(size) >= 4 and self.chance(0.35) else 1
        self.shape = (out, *[-(-each // stride) for each in size])
        if stride > 1:
            given["stride"] = stride
        if kind != "pointwise":
            self.window(given, size, stride)
        return {kind: given | self.finish(kind, out)}

    def window(self, given: Spec, size: list[int], stride: int) -> None:
        """Write a kernel, a dilation and a padding with which something is left of the map."""
        kernel, dilation = self.one(1, 2, 3, 3, 3, 5), self.one(1, 1, 1, 2)
        given |= {"k": self.one(kernel, [kernel, kernel])} if kernel != 3 else {}
        given |= {"dilation": dilation} if dilation > 1 else {}
        paddings = ["same", "valid", "tf-same", 1, [2, 1]]
        paddings += [[[1, 0], [0, 1]]] + ["torch-same"] * (stride == 1)
        padding = self.one("same", "same", *paddings)
        if padding in ("same", "tf-same", "torch-same"):
            given |= {"padding": padding} if padding != "same" or self.chance(0.2) else {}
            return
        zeros = {"valid": [0, 0], "1": [2, 2], "[2, 1]": [4, 2]}.get(str(padding), [1, 1])
        left = [
            (each + more - dilation * (kernel - 1) - 1) // stride + 1
            for each, more in zip(size, zeros, strict=True)
        ]
        if min(left) >= 2:
            given["padding"] = padding
            self.shape = (self.shape[0], *left)

    def same_convolution(self) -> Spec:
        """A convolution that keeps the shape."""
        kind = self.one("standard", "conv-bn-act", "depthwise", "pointwise")
        given: Spec = {}
        if kind != "pointwise" and self.chance(0.4):
            given |= {"k": self.one(1, 5, [1, 3], 3)}
        if kind != "pointwise" and self.chance(0.2):
            given |= {"dilation": 2}
        if kind != "depthwise" and self.chance(0.3):
            given |= {"out": "channels"}
        return {kind: given | self.finish(kind, self.shape[0])}

    def finish(self, kind: str, out: int) -> Spec:
        """Bias, norm and activation."""
        given: Spec = {"bias": True} if self.chance(0.3) else {}
        if self.chance(0.3):
            norm = self.one("batch", "none", "instance", "group")
            given |= {"norm": norm}
            if norm == "group":
                given |= {"norm_groups": 1 if self.any_shape else self.groups(out)}
        if self.chance(0.3):
            given |= {"act": self.one("none", *ACTS)}
            if given["act"] in ("relu", "relu6", "silu") and self.chance(0.3):
                given |= {"inplace": True}
        plain = kind == "standard" and not given.keys() - {"bias"}
        return given | ({"form": "function"} if plain and self.chance(0.3) else {})

    def groups(self, channels: int) -> int:
        """Some number of groups that divides the channels."""
        found: int = self.one(*[n for n in range(1, channels + 1) if channels % n == 0])
        return found

    def number(self, wanted: int) -> int | str:
        """A number, or an expression that comes to it here."""
        channels, height, width = self.shape
        bases = {"channels": channels, "height": height, "width": width, "p": 3, "2 * p": 6}
        base = self.one(*bases)
        more = wanted - bases[base]
        if self.any_shape or self.chance(0.6):
            return wanted
        return f"{base} {'+' if more >= 0 else '-'} {abs(more)}" if more else base

    # Layers without weights, or with few

    def norm(self) -> Spec:
        """A norm."""
        norm = self.one("batch", "instance", "group")
        given: Spec = self.one({}, {"norm": norm}, {"norm": norm, "affine": False})
        if given.get("norm") == "group":
            given = given | {"norm_groups": self.one(1, "channels")}
        return {"norm": given}

    def act(self) -> Spec:
        """An activation."""
        name = self.one(*ACTS)
        given: Spec = {} if name == "relu" else {"act": name}
        if name in ("relu", "relu6", "sigmoid", "hardswish", "silu", "gelu") and self.chance(0.3):
            given["form"] = "function"
        if name in ("relu", "relu6", "hardswish", "silu") and self.chance(0.3):
            given["inplace"] = True
        return {"act": given}

    def dropout(self) -> Spec:
        """A dropout."""
        return {"dropout": self.one({}, {"form": "function"})}

    def pool(self) -> Spec:
        """A pool that halves the map, or sets its size; or none, where it is small."""
        channels, height, width = self.shape
        if min(height, width) < 4:
            return self.act()
        if self.chance(0.3):
            self.shape = (channels, height // 2, self.random.randint(2, 5))
            return {"adaptive-avg-pool": {"size": ["height // 2", self.shape[2]]}}
        ceil = self.chance(0.3)
        self.shape = (channels, *[(each + ceil) // 2 for each in (height, width)])
        kind = self.one("max-pool", "avg-pool")
        given: Spec = {"ceil": True} if ceil else {}
        if self.chance(0.3):
            given["form"] = "function"
        return {kind: given}

    def same_pool(self) -> Spec:
        """A pool that keeps the shape."""
        kind = self.one("max-pool", "avg-pool")
        given: Spec = {"k": 3, "stride": 1, "padding": self.one(1, "same")}
        if kind == "avg-pool" and self.chance(0.3):
            given["count_padding"] = False
        return {kind: given}

    def upsample(self) -> Spec:
        """A map of twice the size, if that is small."""
        channels, height, width = self.shape
        if max(height, width) > 8:
            return self.pool()
        self.shape = (channels, 2 * height, 2 * width)
        given = self.one({}, {"mode": "bilinear"}, {"form": "function"}, {"scale": 2})
        return {"upsample": given}

    def same_resize(self) -> Spec:
        """A resize to the size that the map has."""
        if self.any_shape:  # a module has the size of the map that it was made for
            return self.act()
        return {"upsample": {"size": ["height", "width"], "mode": self.one("nearest", "bilinear")}}

    # Joins

    def residual(self) -> Spec:
        """Layers whose output is added to what came in."""
        return {"residual": self.kept()}

    def add(self) -> Spec:
        """A sum, or a product, of what came in, branches and maps by name."""
        named = [name for name, shape in self.maps.items() if shape == self.shape]
        named = [] if self.any_shape else named
        branches = [self.kept(), self.one([], *named, *named), self.kept()[0]]
        branches = branches[: self.random.randint(2, 3)]
        self.random.shuffle(branches)
        if self.chance(0.3):
            return {self.one("add", "multiply"): dict(zip("abc", branches, strict=False))}
        return {self.one("add", "add", "multiply"): branches}

    def gate(self) -> Spec:
        """A product with a number for each channel."""
        squeezed = [{"adaptive-avg-pool": {}}, {"pointwise": {"bias": True}}]
        return {"multiply": [[], [*squeezed, {"act": {"act": "sigmoid"}}]]}

    def concat(self) -> Spec:
        """Branches with any channels, and maps by name, one behind the other; then fewer."""
        start, size = self.shape, self.shape[1:]
        named = [name for name, shape in self.maps.items() if shape[1:] == size]
        branches: list[Any] = [self.one([], *named, *named)]
        channels = self.maps[branches[0]][0] if branches[0] else start[0]
        for _ in range(self.random.randint(1, 2)):
            self.shape, out = start, self.random.randint(2, 4)
            branch: list[Any] = [{"pointwise": {"out": self.number(out)}}]
            self.shape = (out, *size)
            branch += self.kept(1)
            if self.chance(0.5):
                branch[-1]["name"] = self.new_name("b")
                self.maps[branch[-1]["name"]] = self.shape
            branches.append(branch)
            channels += out
        self.shape = (channels, *size)
        joined: Spec = {"concat": branches}
        if channels <= 8:
            return joined
        self.shape = (4, *size)
        return {"layers": [joined, {"pointwise": {"out": 4}}]}

    def split(self) -> Spec:
        """Parts of the channels, concatenated."""
        channels, *size = self.shape
        if channels < 2:
            return self.act()
        first = channels // 2 if channels % 2 == 0 else self.random.randint(1, channels - 1)
        self.shape = (first, *size)
        branches = [self.one([], self.kept())]
        self.shape = (channels - first, *size)
        branches.append(self.kept())
        self.shape = (channels, *size)
        spec: Spec = {"split": branches}
        if 2 * first != channels or self.chance(0.3):
            spec["sizes"] = [first, f"channels - {first}"]
        return spec

    def shared_split(self) -> Spec:
        """Halves of the channels that go through the same weights."""
        if self.any_shape or self.shape[0] % 2:
            return self.residual()
        same = {self.one("standard", "conv-bn-act", "depthwise", "pointwise"): {"bias": True}}
        return {"split": [same, dict(same)], "shared": True}

    # Copies, groups and blocks

    def copies(self) -> Spec:
        """A layer that is repeated; its stride is that of the first."""
        _, *size = self.shape
        turns = self.one(1, 2, 3, "p", "p - 1")
        count = turns if isinstance(turns, int) else 3 if turns == "p" else 2
        kind = self.one("standard", "conv-bn-act", "pointwise")
        given: Spec = {}
        out = self.random.randint(2, 8)
        if self.chance(0.4):
            given["out"], out = "2 * (index + 1)", 2 * count
        else:
            given["out"] = out
        if min(size) >= 4 and self.chance(0.5):
            last = f"2 if index == {count - 1} else 1"
            given["stride"] = self.one(2, 2, "2", last)
            size = [-(-each // 2) for each in size]
        self.shape = (out, *size)
        divided = out if given["out"] == out else 2
        return {kind: given | self.finish(kind, divided), "repeat": turns}

    def grouped(self) -> Spec:
        """Layers as one, which may be repeated: the first copy makes the shape, others keep it."""
        _, *size = self.shape
        turns = self.one(0, 1, 2, 3)
        before = dict(self.maps), dict(self.owners)
        first: Spec = {"out": self.random.randint(2, 8)}
        if turns and min(size) >= 4 and self.chance(0.4):
            first["stride"] = "2 if index == 0 else 1"
            size = [-(-each // 2) for each in size]
        self.shape = (first["out"], *size)
        name = self.new_name("g")
        self.maps[name] = self.shape
        layers: list[Any] = [{self.one("standard", "conv-bn-act"): first, "name": name}]
        layers += self.sequence(self.random.randint(1, 2), self.keeping)
        if turns:
            layers.append({"residual": [self.simple()], "when": self.one(True, "index > 0")})
            self.maps, self.owners = before
        layers.append({"add": [[], name]})
        return {"layers": layers} | ({"repeat": turns} if turns else {})

    def rows(self) -> Spec:
        """A layer for each row of a table."""
        _, *size = self.shape
        rows = [[self.random.randint(2, 8), self.one(1, 1, 2), self.one(1, 2)] for _ in "ab"]
        for row in rows:
            row[1] = row[1] if min(size) >= 4 else 1
            size = [-(-each // row[1]) for each in size]
        self.shape = (rows[-1][0], *size)
        kind = self.one("standard", "conv-bn-act", "pointwise")
        given = {"out": "c", "stride": "s"}
        return {"for": ["c", "s", "n"], "in": rows, kind: given, "repeat": "n"}

    def shared_copies(self) -> Spec:
        """Copies that have one set of weights."""
        what = self.one(self.same_convolution, self.residual, self.act)()
        shared = {"shared": True} if has_weights(what) else {}
        return {**what, "repeat": self.random.randint(2, 3), **shared}

    def strided_copies(self) -> Spec:
        """Copies that have one set of weights; after the first, those are a function's."""
        if min(self.shape[1:]) < 4:
            return self.shared_copies()
        channels, *size = self.shape
        self.shape = (channels, *[-(-each // 2) for each in size])
        kind = self.one("standard", "conv-bn-act", "depthwise")
        given = {"stride": 2} | self.finish("", channels)
        return {kind: given, "repeat": self.random.randint(2, 3), "shared": True}

    def add_block(self) -> None:
        """Define a block: from its channels to `out`, in steps of `stride`."""
        maps, owners = self.maps, self.owners
        self.maps, self.owners, self.any_shape = {}, {}, True
        self.shape = (4, 8, 8)
        made, side = self.new_name("w"), self.new_name("w")
        first = {"out": "inner", "k": "k", "stride": "stride"}
        layers: list[Spec] = [{self.one("standard", "conv-bn-act"): first}]
        layers += self.sequence(self.random.randint(0, 2), self.keeping)
        layers.append({"pointwise": {"out": "out", "norm": "batch"}, "name": made})
        layers.append({"pointwise": {"out": "out", "stride": "stride"}, "from": "input"})
        layers[-1]["name"] = side
        if self.blocks and self.chance(0.5):
            inner = self.one(*self.blocks)
            layers.append({inner: {"out": "channels"}})
        layers.append({"add": [[], made]} if self.chance(0.5) else {"add": [side, made, []]})
        layers += self.sequence(self.random.randint(0, 1), self.keeping)
        params = {"out": "channels", "k": 3, "stride": 1, "inner": self.one("2 * out", "out", 3)}
        self.blocks[self.new_name("block")] = {"params": params, "layers": layers}
        self.maps, self.owners, self.any_shape = maps, owners, False

    def call_block(self) -> Spec:
        """A block of the file, once or several times."""
        channels, *size = self.shape
        given: Spec = {}
        out = channels
        if self.chance(0.7):
            out = self.random.randint(2, 6)
            given["out"] = self.number(out)
            if given["out"] in ("height", "width"):  # alone it would be a word that is given
                given["out"] = f"({given['out']})"
        if self.chance(0.3):
            given["k"] = self.one(1, 5, [3, 1])
        if min(size) >= 4 and self.chance(0.4):
            given["stride"] = 2
            size = [-(-each // 2) for each in size]
        self.shape = (out, *size)
        spec: Spec = {self.one(*self.blocks): given}
        if self.chance(0.4) and isinstance(given.get("out", 0), int):
            spec["repeat"] = self.random.randint(1, 3)
        return spec

    # Weights of others, and what is not run

    def sharable(self) -> Spec:
        """A layer with a name whose weights others may use; it may be there for these alone."""
        start, channels = self.shape, self.shape[0]
        self.any_shape = True
        out = self.one(channels, self.random.randint(2, 8))
        stride = 2 if min(start[1:]) >= 4 and self.chance(0.3) else 1
        kind = self.one("standard", "conv-bn-act", "kept", "copies", "block")
        spec: Spec
        if kind in ("standard", "conv-bn-act"):
            spec = {kind: {"out": out, "stride": stride} | self.finish(kind, out)}
        elif kind == "block" and self.blocks:
            spec = {self.one(*self.blocks): {"out": out, "stride": stride}}
        else:
            out, stride = channels, 1
            spec = {"layers": self.kept(3)} if kind == "kept" else {"residual": self.kept()}
            spec |= {"repeat": 2} if kind == "copies" else {}
            if kind == "copies" and has_weights(spec) and self.chance(0.5):
                spec["shared"] = True
        self.any_shape = False

        def effect(shape: Shape) -> Shape:
            return (out, *[-(-each // stride) for each in shape[1:]])

        name = self.new_name("s")
        if has_weights(spec):
            self.owners[name] = Owner(spec, channels, effect)
        if self.chance(0.2):
            return {**spec, "name": name, "run": False}
        self.shape = self.maps[name] = effect(self.shape)
        return {**spec, "name": name}

    def share(self) -> Spec:
        """A layer with the weights of another, on any map that has its channels."""
        if not self.owners:
            return self.sharable()
        name = self.one(*self.owners)
        spec, channels, effect = self.owners[name]
        fits = [each for each, shape in self.maps.items() if shape[0] == channels]
        fits = [each for each in fits if effect((1, *self.maps[each][1:]))[1] >= 2]
        fits = [each for each in fits if effect((1, *self.maps[each][1:]))[2] >= 2]
        if not fits:
            return self.share_after(name)
        source = self.one(*fits)
        self.shape = effect(self.maps[source])
        [kind] = spec.keys() & {"standard", "conv-bn-act"} or [""]
        if kind and self.chance(0.4):  # the weights slide in another way: a function is called
            own = {"stride": 1, "dilation": 2} if self.chance(0.5) else {"stride": 1}
            self.shape = (self.shape[0], *self.maps[source][1:])
            return {kind: {**spec[kind], **own}, "share": name, "from": source}
        return {**spec, "share": name, "from": source}

    def share_after(self, name: str) -> Spec:
        """The same behind a layer that makes as many channels as it reads."""
        spec, channels, effect = self.owners[name]
        size = self.shape[1:]
        if min(effect(self.shape)[1:]) < 2:
            return self.act()
        self.shape = effect((channels, *size))
        return {"layers": [{"pointwise": {"out": channels}}, {**spec, "share": name}]}

    def unrun(self) -> Spec:
        """Layers that are there and not run, such as an auxiliary classifier."""
        head: list[Any] = ["adaptive-avg-pool", "flatten", {"linear": {"out": 3}}]
        run = False if self.any_shape else self.one(False, f"channels != {self.shape[0]}")
        if self.chance(0.3):
            return {"conv-bn-act": {"out": 4}, "repeat": 2, "run": run}
        shape = self.shape
        layers = [{"standard": {"out": 4}, "name": self.new_name("u")}, *head]
        self.shape = shape
        return {"layers": layers, "run": run}

    def left_out(self) -> Spec:
        """A layer that is not there, or that is."""
        conditions = {"channels > 1000": False, "channels > 0": True}
        if not self.any_shape:
            channels, height, _ = self.shape
            conditions = {f"channels == {channels}": True, f"height != {height}": False}
        when = self.one(*conditions)
        self.left_here = not conditions[when]
        return {self.one("norm", "act"): {}, "when": when}

    # Reading from far, and the head

    def from_far(self) -> Spec:
        """A map by name that is brought to the size of another, and joined with it."""
        here = self.one(*self.maps)
        far = self.one(*self.maps)
        channels, height, width = self.shape = self.maps[here]
        resized = self.one("adaptive-avg-pool", "upsample")
        layers: list[Spec] = [{resized: {"size": [height, width]}, "from": far}]
        layers.append({"pointwise": {"out": channels}})
        joins: list[Any] = [layers, here]
        self.random.shuffle(joins)
        return {self.one("add", "multiply"): joins}

    def head(self, extra: str, features: int) -> list[Spec]:
        """Features of the map, which may be joined with an input of features."""
        layers: list[Any] = []
        if self.chance(0.7):
            layers.append({"adaptive-avg-pool": self.one({}, {"form": "function"})})
            count = self.shape[0]
        else:
            layers.append({"adaptive-avg-pool": {"size": 2}})
            count = 4 * self.shape[0]
        name = self.new_name("f")
        layers += [{"flatten": {}, "name": name}]
        if extra and self.chance(0.5):
            layers += [{"concat": [[], extra]}]
        elif extra:
            layers += [{"from": extra, "linear": {"out": count, "bias": False}}]
            layers += [{self.one("add", "multiply"): [[], name]}]
        if self.chance(0.5):
            layers += [{"linear": {"out": "channels // 2 + 1"}, "repeat": self.one(1, 2)}]
            normed = self.batch > 1  # a norm in train mode wants more than one value
            layers += [self.one({"norm": {}}, self.act()) if normed else self.act()]
            layers += [self.dropout()]
        form = {"form": "function"} if self.chance(0.3) else {}
        if self.chance(0.5):
            layers += [{"linear": {"out": "channels"} | form, "repeat": 2, "shared": True}]
        return [*layers, {"linear": {"out": self.random.randint(2, 9)} | form}]


def written(shape: Shape) -> str:
    """Such as 3x8x8."""
    return "x".join(map(str, shape))


def has_weights(spec: Spec) -> bool:
    """Whether a layer has any."""
    said = str(spec)
    return any(kind in said for kind in ("conv", "wise", "standard", "block", "prelu"))


def bare(tree: Any) -> Any:
    """The same with kinds that have no parameters as a word where they can be; nothing twice."""
    if isinstance(tree, dict):
        tree = {key: bare(value) for key, value in tree.items()}
        [key, *others] = tree or [""]
        return key if not others and tree.get(key) == {} else tree
    return [bare(each) for each in tree] if isinstance(tree, list) else tree


def renamed(tree: Any, old: str, new: str) -> Any:
    """The layers with another name for the input."""
    if isinstance(tree, list):
        return [renamed(each, old, new) for each in tree]
    if isinstance(tree, dict):
        return {key: renamed(value, old, new) for key, value in tree.items()}
    return new if tree == old else tree
