"""Random spaces, and all of their designs one by one: by the engine, and by nothing of `spaces`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from random import Random
from typing import Any

import yaml

from convcost.graph.builder import Builder
from convcost.graph.cost import cost
from convcost.graph.nodes import Graph
from convcost.networks.cases import Case
from convcost.networks.choices import HW, Choices
from convcost.networks.inputs import resized
from convcost.sources.reading.configs import parse_config
from convcost.spaces.figures import find_figure
from convcost.spaces.front import LESS, MORE
from convcost.spaces.space import Space
from convcost.spaces.spread import Spread
from convcost.spaces.tally import Span

Values = tuple[int, ...]

CHAIN = """
input: 3x24x24
layers:
  - name: body
    repeat: 4
    inverted-residual:
      out: {choose: [8, 12, 16]}
      k: {choose: [3, 5]}
      expand: {choose: [2, 3]}
"""
"""12^4 designs."""


def params_and_macs(graph: Graph) -> Values:
    """What most spaces are asked about."""
    own = cost(graph)
    return own.params, own.macs


class _Tape(Choices):
    """Takes what is on a tape, and the first options behind its end."""

    def __init__(self, tape: list[int]) -> None:
        super().__init__()
        self.tape = tape
        self.sizes: list[int] = []

    def pick(self, path: str, words: tuple[str, ...], place: str) -> int:
        """The next option of the tape."""
        if len(words) == 1:
            return 0
        if len(self.sizes) == len(self.tape):
            self.tape.append(0)
        self.sizes.append(len(words))
        return self.tape[len(self.sizes) - 1]


def brute(
    case: Case, measure: Callable[[Graph], Values] = params_and_macs
) -> list[tuple[Mapping[str, str], Values]]:
    """Each design that can be built, in order, with its options and figures."""
    tape: list[int] = []
    found = []
    [use] = case.uses
    while True:
        choices, inputs = _Tape(tape), case.inputs
        try:
            if case.hw is not None:
                inputs = resized(inputs, case.hw.values[choices.decide(HW, case.hw.words, "")])
            net = Builder(inputs)
            net.choices = choices
            use.kind.append(net, use.given, {})
            words = {path: each.word for path, each in choices.taken.items() if len(each.words) > 1}
            found.append((words, measure(net.graph())))
        except ValueError:
            pass
        tape = tape[: len(choices.sizes)]
        while tape and tape[-1] + 1 == choices.sizes[len(tape) - 1]:
            tape.pop()
        if not tape:
            return found
        tape[-1] += 1


def space_of(case: Case, *keys: str) -> Space:
    """The space of a network, of params and MACs unless other figures are named."""
    return Space(case, [find_figure(key, case) for key in keys or ("params", "macs")])


def read(text: str) -> Case:
    """The one network of a text."""
    [case] = parse_config(text, "space.yaml")
    return case


class Drawer:
    """Draws networks with choices in every place that may have some."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.blocks: dict[str, Any] = {}
        self.params: dict[str, Any] = {}
        self.maps: list[str] = []
        self.count = 0

    def text(self) -> str:
        """A network as YAML."""
        draw = self.random
        network: dict[str, Any] = {"name": "drawn", "input": "4x12x12"}
        if draw.random() < 0.2:
            network["hw"] = {"choose": draw.sample([8, 9, 12, 16], draw.choice([2, 3]))}
        for name in ("w", "n", "flag")[: draw.randint(0, 3)]:
            values = [True, False] if name == "flag" else draw.sample([1, 2, 3], 2)
            self.params[name] = {"choose": values} if draw.random() < 0.7 else values[0]
        layers = [self.layer(2) for _ in range(draw.randint(1, 4))]
        if draw.random() < 0.3:
            network["outputs"] = [*self.maps[-1:], "last"]
        network |= {"params": self.params, "blocks": self.blocks, "layers": layers}
        return yaml.safe_dump({key: value for key, value in network.items() if value != {}})

    def value(self, options: list[Any]) -> Any:
        """A value of a parameter: plain, an expression, or a choice of such."""
        draw = self.random
        known = [name for name in self.params if name != "flag"]
        if known and draw.random() < 0.3:
            options = [*options, f"4 * {draw.choice(known)}"]
        if draw.random() < 0.5:
            found = draw.sample(options, min(len(options), draw.choice([2, 2, 3])))
            choice: dict[str, Any] = {"choose": found}
            return choice | ({"same": True} if draw.random() < 0.3 else {})
        return draw.choice(options)

    def kind(self) -> dict[str, Any]:
        """A kind with parameters."""
        draw = self.random
        out = self.value([4, 8])
        made: list[tuple[str, dict[str, Any]]] = [
            ("conv-bn-act", {"out": out, "k": self.value([1, 3])}),
            ("standard", {"out": out, "k": self.value([1, 3, 5]), "stride": self.value([1, 2])}),
            ("inverted-residual", {"out": out, "expand": self.value([1, 2, 3])}),
            ("depthwise-separable", {"out": out, "k": self.value([3, 5])}),
            ("group", {"out": out, "groups": self.value([1, 2, 4])}),
            ("act", {}),
            ("norm", {}),
        ]
        name, given = draw.choice(made)
        return {name: given}

    def layer(self, depth: int) -> dict[str, Any]:
        """A layer, with modifiers."""
        draw = self.random
        layer = draw.choice([self.kind, self.kind, *self.nested(depth)])()
        if draw.random() < 0.35:
            self.count += 1
            layer["name"] = f"layer{self.count}"
            if depth == 2:
                self.maps.append(layer["name"])
        if draw.random() < 0.25:
            layer["repeat"] = draw.choice([2, {"choose": [0, 1, 2]}, {"choose": [1, 2]}])
        if draw.random() < 0.15:
            layer["when"] = {"choose": [True, False]}
        if "flag" in self.params and draw.random() < 0.2:
            layer["when"] = "flag"
        if self.maps[:-1] and draw.random() < 0.15:
            layer["from"] = draw.choice(self.maps[:-1])
        if draw.random() < 0.08:
            layer["frozen"] = True
        if draw.random() < 0.05:
            layer["run"] = {"choose": [True, False]}
        return layer

    def nested(self, depth: int) -> Iterator[Callable[[], dict[str, Any]]]:
        """Makers of layers that have others in them."""
        if depth:
            yield from (
                lambda: self.fork(depth),
                lambda: {"residual": [self.layer(depth - 1)]},
                lambda: self.join(depth),
                lambda: self.loop(depth),
                lambda: self.block(depth),
                lambda: {"layers": [self.layer(depth - 1) for _ in range(2)]},
            )

    def fork(self, depth: int) -> dict[str, Any]:
        """Layers of which one is chosen."""
        draw = self.random
        options: dict[str, Any] = {"skip": []} if draw.random() < 0.5 else {}
        options["one"] = self.layer(depth - 1)
        options["two"] = [self.layer(depth - 1) for _ in range(draw.choice([1, 2]))]
        return {"choose": options} | ({"same": True} if draw.random() < 0.3 else {})

    def join(self, depth: int) -> dict[str, Any]:
        """Branches."""
        draw = self.random
        branches = [[self.layer(depth - 1)], [self.kind()]]
        joined = {draw.choice(["add", "concat"]): branches}
        return joined | ({"shared": True} if draw.random() < 0.2 else {})

    def loop(self, depth: int) -> dict[str, Any]:
        """A layer for each of several rows, some of whose cells are choices."""
        draw = self.random
        cells = [draw.choice([4, 8, {"choose": [4, 8]}]) for _ in range(2)]
        return {"for": "c", "in": cells, "conv-bn-act": {"out": "c", "k": self.value([1, 3])}}

    def block(self, depth: int) -> dict[str, Any]:
        """A block of the file, some of whose parameters are choices."""
        draw = self.random
        name = f"block{len(self.blocks)}"
        params: dict[str, Any] = {"c": None, "k": {"choose": [1, 3]}}
        body = [{"conv-bn-act": {"out": "c", "k": "k"}}, {"conv-bn-act": {"k": "k"}, "repeat": 2}]
        self.blocks[name] = {"params": params, "layers": body[: draw.choice([1, 2])]}
        given = {"c": self.value([4, 8])}
        return {name: given | ({"k": 3} if draw.random() < 0.5 else {})}


def disagreements(space: Space, designs: list[tuple[Mapping[str, str], Values]]) -> list[str]:
    """Questions that a space of params and MACs answers otherwise than its designs one by one."""
    found = []
    if [(each.choices, each.values) for each in space.each({})] != designs:
        found.append("designs in order")
    for spans in _windows([values for _, values in designs]):
        own = [
            (number, *each)
            for number, each in enumerate(designs)
            if all(span.has(each[1][column]) for column, span in spans.items())
        ]
        found += [f"{what} within {spans}" for what in _differing(space, spans, own)]
    return found


def _windows(values: list[Values]) -> Iterator[dict[int, Span]]:
    """All, and windows of one figure and of both, with one end and with two."""
    yield {}
    params, macs = (sorted(column) for column in zip(*values, strict=True))
    size = len(values)
    yield {1: Span(macs[size // 5], macs[size * 3 // 5])}
    yield {1: Span(None, macs[size // 2])}
    yield {0: Span(params[size // 3], None), 1: Span(macs[size // 4], macs[size * 3 // 4])}


def _differing(
    space: Space, spans: dict[int, Span], own: list[tuple[int, Mapping[str, str], Values]]
) -> Iterator[str]:
    """What a space says otherwise of the designs within some spans."""
    if space.count(spans) != (len(own), len(own)):
        yield f"count is {space.count(spans)}, not {len(own)}"
    if [each.number for each in space.each(spans)] != [number for number, _, _ in own]:
        yield "list"
    taken = Counter((path, word) for _, words, _ in own for path, word in words.items())
    for option in space.options(spans) if own else ():
        if set(option.designs) != {taken[option.path, option.word]}:
            yield f"{option} is taken {taken[option.path, option.word]} times"
    numbers = {number for number, _, _ in own}
    drawn = [each.number for each in space.sample(5, 1, spans)]
    if len({*drawn}) != min(5, len(own)) or not numbers.issuperset(drawn):
        yield f"sample {drawn}"
    for column in (0, 1):
        ordered = sorted(values[column] for _, _, values in own)
        yield from _differing_spread(space.spread(column, spans), ordered)
        for sign in (MORE, LESS):
            best = space.best(column, sign, spans)
            wanted = (ordered[-1] if sign == MORE else ordered[0]) if ordered else None
            if (best and best.values[column]) != wanted or (best and best.number not in numbers):
                yield f"best {column} {sign}: {best}, not {wanted}"
    for aims in ({0: MORE, 1: LESS}, {0: LESS, 1: MORE}, {0: LESS, 1: LESS}):
        points = {values for _, _, values in own}
        kept = {one for one in points if not any(_beats(other, one, aims) for other in points)}
        front = [each.values for each in space.front(aims, spans)]
        if len(front) != len(kept) or {*front} != kept:
            yield f"front {aims}"


def _beats(one: Values, other: Values, aims: Mapping[int, int]) -> bool:
    better = [sign * (one[column] - other[column]) for column, sign in aims.items()]
    return min(better) >= 0 and max(better) > 0


def _differing_spread(spread: Spread | None, ordered: list[int]) -> Iterator[str]:
    if spread is None or not ordered:
        if ordered or spread is not None:
            yield f"spread {spread} of {len(ordered)} designs"
        return
    if {*spread.least, *spread.most} != {ordered[0], ordered[-1]}:
        yield f"from {spread.least} to {spread.most}"
    for percent, value in spread.quantiles.items():
        if {*value} != {ordered[(len(ordered) - 1) * percent // 100]}:
            yield f"{percent} per cent: {value}"
    for first, last, designs in spread.bins:
        if {*designs} != {sum(first <= value <= last for value in ordered)}:
            yield f"bin {first} to {last}: {designs}"
