"""A second reading of the language: the text of a network as a torch module.

It has nothing of convcost in it, and calls things as a person would: children in containers, `+`
and `*`, `torch.cat`; shared weights are one child. It reads what `random_texts` writes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import torch
import yaml
from torch import Tensor, nn

from tests.support.leaves import (
    KINDS,
    POOLS,
    Function,
    call_leaf,
    evaluated,
    make_leaf,
    parts_of,
    window,
)

JOINS = ("add", "residual", "multiply", "concat", "split")
MODIFIERS = ("name", "from", "for", "in", "when", "repeat", "sizes", "share", "shared", "run")


class Seen:
    """What may be read by name: maps, and the parts of layers, copy by copy."""

    def __init__(self, maps: dict[str, Tensor], parts: dict[tuple[str, int], Any]) -> None:
        self.maps = maps
        self.parts = parts

    def within(self) -> Seen:
        """The same as one copy of several sees it, which keeps its own names to itself."""
        return Seen(dict(self.maps), dict(self.parts))

    @staticmethod
    def start(x: Tensor) -> Seen:
        """What a network or a block sees at first."""
        return Seen({"input": x}, {})


class Step(NamedTuple):
    """A layer, or one copy of it, with all expressions worked out.

    `kind` is a kind, a join, `layers`, `block`, or `from`; `parts` are keys of children, or plans
    that are followed where it stands. `branches` of a join are names of maps, `[]`, or empty for
    those that are parts.
    """

    kind: str
    source: str = ""
    name: str = ""
    share: str = ""
    copy: int = 0
    copied: bool = False
    run: bool = True
    parts: tuple[str | Plan, ...] = ()
    function: Function | None = None
    branches: tuple[str, ...] = ()
    sizes: tuple[int, ...] = ()


class Plan:
    """Layers in order, whose modules are children of `home`; made where a map goes through."""

    def __init__(
        self,
        home: nn.Module,
        specs: Any,
        blocks: Mapping[str, Any],
        names: Mapping[str, Any],
        x: Tensor,
        seen: Seen,
    ) -> None:
        self.home = home
        self.blocks = blocks
        self.steps: list[Step] = []
        for spec in specs if isinstance(specs, list) else [specs]:
            x = self.read(spec if isinstance(spec, dict) else {spec: None}, names, x, seen)

    def __call__(self, x: Tensor, seen: Seen) -> Tensor:
        """Go through the layers."""
        for step in self.steps:
            x = self.take(step, x, seen)
        return x

    def take(self, step: Step, x: Tensor, seen: Seen) -> Tensor:
        """What one layer makes of a map, and what it leaves to be read."""
        parts = [self.part(each) for each in step.parts]
        if step.share:
            parts = seen.parts[step.share, step.copy]
        seen.parts[step.name, step.copy] = parts
        if not step.run:
            return x
        x = seen.maps[step.source] if step.source else x
        inner = seen.within() if step.copied else seen
        x = seen.maps[step.name] = self.call(step, parts, x, inner)
        return x

    def part(self, part: str | Plan) -> Any:
        """What is called for a part."""
        return self.home.get_submodule(part) if isinstance(part, str) else part

    def call(self, step: Step, parts: list[Any], x: Tensor, seen: Seen) -> Tensor:
        """Call the parts, or functions."""
        if step.kind == "from":
            return x
        if step.kind == "layers":
            return parts[0](x, seen)  # type: ignore[no-any-return]
        if step.kind == "block":
            return parts[0](x, Seen.start(x))  # type: ignore[no-any-return]
        if step.kind in JOINS:
            return self.joined(step, parts, x, seen)
        if step.kind in ("flatten", "linear") and x.dim() > 2:
            x = torch.flatten(x, 1)
        return call_leaf(parts, step.function, x)

    def joined(self, step: Step, parts: list[Any], x: Tensor, seen: Seen) -> Tensor:
        """Run the branches and bring them together."""
        starts = [x] * len(step.branches)
        if step.kind == "split":
            starts = parts_of(x, step.sizes)
        rest, ends = iter(parts), []
        for branch, start in zip(step.branches, starts, strict=True):
            if branch:
                ends.append(start if branch == "[]" else seen.maps[branch])
            else:
                ends.append(next(rest)(start, seen))
        if step.kind in ("concat", "split"):
            return torch.cat(ends, 1)
        made, *others = ends
        for other in others:
            made = made * other if step.kind == "multiply" else made + other
        return made

    def read(
        self, spec: Mapping[str, Any], around: Mapping[str, Any], x: Tensor, seen: Seen
    ) -> Tensor:
        """Append a layer, or all copies of one; what they make of a map."""
        before, first, source = x, len(self.steps), spec.get("from", "")
        run = True
        for row in spec.get("in", [()]):
            here = seen.maps[source] if source and first == len(self.steps) else x
            names = {**around, **dict(zip(spec.get("for", ()), row, strict=True))}
            run = bool(evaluated(spec.get("run", True), names, here))
            turns = evaluated(spec.get("repeat", 1), names, here)
            for turn in range(turns if evaluated(spec.get("when", True), names, here) else 0):
                copy = len(self.steps) - first
                step = Step(
                    next((key for key in spec if key not in MODIFIERS), "from"),
                    source if copy == 0 else "",
                    spec.get("name", ""),
                    spec.get("share", ""),
                    copy,
                    copied="repeat" in spec or "for" in spec,
                )
                if "repeat" in spec:
                    names = {**names, "index": turn}
                owner = self.steps[first] if spec.get("shared") and copy else None
                step = self.body(step, spec, names, here if copy == 0 else x, seen, owner)
                x = self.take(step, x, seen)
                self.steps.append(step._replace(run=run))
        return x if run else before

    def body(
        self,
        step: Step,
        spec: Mapping[str, Any],
        names: Mapping[str, Any],
        x: Tensor,
        seen: Seen,
        owner: Step | None,
    ) -> Step:
        """A step with its parts; they are those of the owner, if there is one."""
        kind = step.kind
        given = spec.get(kind) or {}
        inner = seen.within() if step.copied else seen
        if owner is not None:
            step = step._replace(parts=owner.parts)
        own = owner is None and not step.share
        if kind == "from":
            return step
        if kind == "layers":
            return self.layers(step, given, names, x, inner) if own else step
        if kind in JOINS:
            return self.branches(step, spec, names, x, inner, own)
        values = {key: evaluated(value, names, x) for key, value in given.items()}
        again = names.get("index", 0) > 0 and "repeat" in spec
        said_stride = str(given.get("stride", "index"))
        if again and kind not in POOLS and "index" not in said_stride:
            values["stride"] = 1
        if kind in self.blocks:
            block = self.blocks[kind]
            params: dict[str, Any] = {}
            for name, default in block.get("params", {}).items():
                params[name] = values[name] if name in values else evaluated(default, params, x)
            step = step._replace(kind="block")
            return self.layers(step, block["layers"], params, x, Seen.start(x)) if own else step
        module, function = make_leaf(kind, values, x)
        if own or module is None:
            return self.keep(step._replace(function=function), module)
        weights = self.part(step.parts[0]) if owner else seen.parts[step.share, step.copy][0]
        if window(weights) != window(module):  # the weights are called with another window
            function = Function("conv2d", window(module))
        return step._replace(function=function)

    def branches(
        self,
        step: Step,
        spec: Mapping[str, Any],
        names: Mapping[str, Any],
        x: Tensor,
        seen: Seen,
        own: bool,
    ) -> Step:
        """A step that joins branches, each of which is a part."""
        given = [spec["residual"], []] if step.kind == "residual" else spec[step.kind]
        given = list(given.values()) if isinstance(given, dict) else given
        starts, sizes = [x] * len(given), []
        if step.kind == "split":
            sizes = evaluated(spec.get("sizes", [x.shape[1] // len(given)] * len(given)), names, x)
            starts = parts_of(x, sizes)
        found: list[str] = []
        for layers, start in zip(given, starts, strict=True):
            named = isinstance(layers, str) and layers not in {*KINDS, *self.blocks}
            found.append(layers if named else "" if layers else "[]")
            if found[-1] or not own:
                continue
            if step.parts and spec.get("shared") and not step.copied:
                step = step._replace(parts=(*step.parts, step.parts[0]))
            else:
                step = self.layers(step, layers, names, start, seen)
        return step._replace(branches=tuple(found), sizes=tuple(sizes))

    def keep(self, step: Step, module: nn.Module | None) -> Step:
        """The step with one more part, which is a child."""
        if module is None:
            return step
        key = f"part{len(self.home._modules)}"
        self.home.add_module(key, module.eval())
        return step._replace(parts=(*step.parts, key))

    def layers(
        self, step: Step, specs: Any, names: Mapping[str, Any], x: Tensor, seen: Seen
    ) -> Step:
        """The step with one more part, which is layers: a child that has children.

        Where they use weights from around, which are no children of that, they are called here.
        """
        if said(specs, "share") - said(specs, "name"):
            plan = Plan(self.home, specs, self.blocks, names, x, seen)
            return step._replace(parts=(*step.parts, plan))
        return self.keep(step, Layers(specs, self.blocks, names, x, seen))


class Layers(nn.Module):
    """Layers in order as one module."""

    def __init__(self, *written: Any) -> None:
        super().__init__()
        self.plan = Plan(self, *written)

    def forward(self, x: Tensor, seen: Seen) -> Tensor:
        """Go through the layers."""
        return self.plan(x, seen)


def said(specs: Any, key: str) -> set[str]:
    """What all layers say under a key, also those in layers."""
    if isinstance(specs, list):
        return {name for spec in specs for name in said(spec, key)}
    if not isinstance(specs, dict):
        return set()
    own = {specs[key]} if key in specs and isinstance(specs[key], str) else set()
    return own.union(*[said(each, key) for each in specs.values()])


class Network(nn.Module):
    """The module of the text of a network."""

    def __init__(self, text: str) -> None:
        super().__init__()
        tree = yaml.safe_load(text)
        written = tree.get("inputs") or {"input": tree["input"]}
        self.shapes = {
            name: tuple(map(int, str(shape).split("x"))) for name, shape in written.items()
        }
        self.outputs: list[str] = tree.get("outputs", [])
        zeros = [torch.zeros(1, *shape) for shape in self.shapes.values()]
        with torch.no_grad():
            blocks, params = tree.get("blocks", {}), tree.get("params", {})
            self.plan = Plan(self, tree["layers"], blocks, params, zeros[0], self.seen(zeros))

    def seen(self, inputs: Any) -> Seen:
        """The inputs by name."""
        maps = dict(zip(self.shapes, inputs, strict=True))
        return Seen({**maps, "input": inputs[0]}, {})

    def forward(self, *inputs: Any, **named: Any) -> Any:
        """The output, or several; inputs are in their order, also where they are named."""
        given = (*inputs, *named.values())
        seen = self.seen(given)
        last = self.plan(given[0], seen)
        found = tuple([seen.maps.get(name, last) for name in self.outputs])
        return found if len(found) > 1 else (*found, last)[0]
