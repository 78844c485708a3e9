"""Expressions over the map that comes in, the copy of a repeat, and the items of lists."""

from typing import Any

import pytest
import yaml

from convcost.errors import ConvcostError
from convcost.networks.cases import Row, run_all
from convcost.ops.op import Shape
from convcost.sources.reading.configs import parse_config


def build(layers: Any, shape: str = "4x8x6", **more: Any) -> Row:
    """The row of a network of these layers."""
    text = {"name": "n", "input": shape, "layers": layers} | more
    [comparison] = run_all(parse_config(yaml.safe_dump(text, sort_keys=False), "n.yaml"))
    return comparison.rows[0]


@pytest.mark.parametrize(
    ("layer", "shape", "output"),
    [
        ({"pointwise": {"out": "height"}}, "4x8x6", (8, 8, 6)),
        ({"pointwise": {"out": "width + 1"}}, "4x8x6", (7, 8, 6)),
        ({"pointwise": {"out": "width"}}, "4x6", (6, 6)),
        ({"pointwise": {"out": "depth * 10"}}, "4x5x8x6", (50, 5, 8, 6)),
        ({"pointwise": {"out": "size[1]"}}, "4x8x6", (6, 8, 6)),
        ({"pointwise": {"out": "size[-1] + size[0]"}}, "4x5x8x6", (11, 5, 8, 6)),
        ({"adaptive-avg-pool": {"size": "size"}}, "4x8x6", (4, 8, 6)),
        ({"adaptive-avg-pool": {"size": ["height // 2", "width // 3"]}}, "4x8x6", (4, 4, 2)),
        ({"act": {}, "when": "height > width"}, "4x8x6", (4, 8, 6)),
    ],
)
def test_map(layer: Any, shape: str, output: Shape) -> None:
    """Sizes are those of the map that comes in there, axis by axis from behind."""
    assert build([layer], shape).output == output


def test_size_of_another_map() -> None:
    """A map that is read has its own size."""
    layers = [{"act": {}, "name": "a"}, "max-pool"]
    layers += [{"from": "a", "pointwise": {"out": "height"}}]
    assert build(layers).output == (8, 8, 6)


def test_conditions_are_of_the_map_that_is_read() -> None:
    """Whether, how often, and with which rows a layer is there is asked of what comes in there."""
    narrow = [{"act": {}, "name": "a"}, {"pointwise": {"out": 2}}]
    for more, outs in (
        ({"when": "channels == 4"}, [4, 2, 5]),
        ({"when": "channels == 2"}, [4, 2]),
        ({"run": "channels == 4"}, [4, 2, 5]),
        ({"repeat": "channels // 2"}, [4, 2, 5, 5]),
    ):
        graph = build([*narrow, {"pointwise": {"out": 5}, "from": "a", **more}]).graph
        assert [node.shape[0] for node in graph.nodes[1:]] == outs
    left_out = {"act": {}, "when": "channels > 9", "name": "b"}
    unread = {"act": {}, "from": "b", "when": "channels > 9"}
    assert len(build([*narrow, left_out, unread]).graph.nodes) == 3
    rows = {"for": ["c"], "in": [["channels"]], "pointwise": {"out": "c"}, "from": "a"}
    assert build([*narrow, rows]).output[0] == 4


def test_index() -> None:
    """The copy of a repeat is counted from 0, also in what lies within; a stride is as said."""
    widths = [{"pointwise": {"out": "8 * (index + 1)"}, "repeat": 3}]
    assert [node.shape[0] for node in build(widths).graph.nodes] == [4, 8, 16, 24]
    inner = {"residual": [{"pointwise": {"out": "channels"}, "when": "index % 2 == 1"}]}
    assert build([inner | {"repeat": 5}]).cost.params == 2 * 16
    last = {"standard": {"out": 4, "stride": "2 if index == 2 else 1"}, "repeat": 3}
    assert [node.shape[1] for node in build([last]).graph.nodes] == [8, 8, 8, 4]
    first = {"layers": [{"standard": {"out": 4, "stride": "2 if index == 0 else 1"}}], "repeat": 3}
    assert build([first]).output == (4, 4, 3)
    nested = {"layers": [{"pointwise": {"out": "index + 1"}, "repeat": "n"}, "act"], "repeat": 4}
    assert build([nested], params={"n": 1}).output == (1, 8, 6)
    assert build([nested["layers"][0]], params={"n": 1}).output == (1, 8, 6)
    assert build([{"pointwise": {"out": "index + 3"}, "repeat": 1}]).output == (3, 8, 6)
    nested = {"layers": [{"pointwise": {"out": "index + 1"}, "repeat": 2}, "act"], "repeat": 4}
    assert build([nested]).output == (2, 8, 6)


def test_names_of_the_file_come_first() -> None:
    """A parameter, or a name of a loop, hides the word; that is also so for the copy."""
    given = {"params": {"width": 3, "index": 9}}
    assert build([{"pointwise": {"out": "width"}}], **given).output[0] == 3
    assert build([{"pointwise": {"out": "index"}, "repeat": 2}], **given).output[0] == 9
    loop = {"pointwise": {"out": "height"}, "for": "height", "in": [2, 5]}
    assert build([loop]).output[0] == 5


def test_words_stay_words() -> None:
    """Where a value may be a word, the bare word is one, as it was before it had a meaning."""
    blocks = {
        "own": {
            "params": {"along": "height"},
            "layers": [{"act": {}, "when": "along == 'height'"}],
        }
    }
    assert len(build(["own", {"own": {"along": "width"}}], blocks=blocks).graph.nodes) == 2
    computed = {"own": {"along": "(width)"}}
    layers = [{"act": {}, "when": "along == 6"}]
    blocks = {"own": {"params": {"along": 1}, "layers": layers}}
    assert len(build(["own", computed], blocks=blocks).graph.nodes) == 2


def test_size_at_the_beginning() -> None:
    """The default of a parameter may be of the map that comes into the network, or the block."""
    up = {"params": {"to": "(size)"}, "layers": ["max-pool", {"upsample": {"size": "to"}}]}
    assert build(["own"], blocks={"own": up}).output == (4, 8, 6)
    layers = [{"standard": {"stride": 2}}, {"upsample": {"size": ["height + up", "up"]}}]
    assert build(layers, params={"up": "height // 2"}).output == (4, 8, 4)


def test_none_for_a_block() -> None:
    """A parameter that has to be given may be given none, which is then its value."""
    text = """
name: n
input: 4x8x6
params: {z: none}
blocks: {own: {params: {to: }, layers: [upsample: {size: to}]}}
layers: [own: {to: z}]
"""
    [comparison] = run_all(parse_config(text, "n.yaml"))
    assert comparison.rows[0].output == (4, 16, 12)


def test_items_of_lists() -> None:
    """`n[0]` is the first of a list, `n[-1]` the last, also where the place is computed."""
    given = {"params": {"n": [3, 4, 6], "stage": 1}}
    for text, out in (("n[0]", 3), ("n[-1]", 6), ("n[stage] * 2", 8), ("n[stage + 1]", 6)):
        assert build([{"pointwise": {"out": text}}], **given).output[0] == out
    assert build([{"act": {}, "repeat": "n[2]"}], **given).graph.last == 6


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        ("[{pointwise: {out: index}}]", "out has no 'index' here, which is of the copies"),
        ("[{pointwise: {out: depth}}]", "no 'depth' here, where a map of 4x8x6 comes in (depth)"),
        ("[mean, {linear: {out: width}}]", "no 'width' here, where 4 features come in"),
        ('[{pointwise: {out: "n[3]"}}]', "out has no n[3]; there are 3, from 0 (n[3])"),
        ('[{pointwise: {out: "n[1/2]"}}]', "out has no n[0.5]; there are 3, from 0"),
        ('[{pointwise: {out: "m[0]"}}]', "out takes an item of m, which is 5, no list"),
        ('[{pointwise: {out: "n[0"}}]', "out is no expression, got 'n[0'"),
        ("[{pointwise: {out: n[0]}}]", "a value with brackets in it needs quotes"),
        ('[{pointwise: {out: "n[0:2]"}}]', "out cannot have '0:2' in it"),
        ("[{pointwise: {out: n}}]", "out must be a whole number"),
        ("[{own: }]", "no 'index' here"),
    ],
)
def test_mistakes(layers: str, message: str) -> None:
    """What has no value there is one line with its place."""
    own = "blocks: {own: {layers: [{pointwise: {out: index}}]}}"
    text = f"input: 4x8x6\nname: n\nparams: {{n: [3, 4, 6], m: 5}}\nlayers: {layers}\n{own}"
    with pytest.raises(ConvcostError) as raised:
        run_all(parse_config(text, "n.yaml"))
    assert message in str(raised.value)
