"""The grammar of networks: what a list of layers can say."""

import json
from pathlib import Path

import pytest

import convcost
from convcost.graph.nodes import Graph
from convcost.networks.cases import run
from convcost.ops.op import Shape
from convcost.sources.reading.configs import read_config
from tests.support.program import Program


def build(tmp_path: Path, layers: str, head: str = "input: 4x8x8") -> Graph:
    """The graph of a network with these layers."""
    path = tmp_path / "n.yaml"
    path.write_text(f"name: n\n{head}\nlayers:\n{layers}\n")
    [case, *_] = read_config(str(path))
    [row] = run(case).rows
    return row.graph


def paths(graph: Graph) -> list[str]:
    """The paths of all nodes but the input."""
    return [node.path for node in graph.nodes[1:]]


def shapes(graph: Graph) -> list[Shape]:
    """What all nodes but the input write."""
    return [node.shape for node in graph.nodes[1:]]


def test_repeat(tmp_path: Path) -> None:
    """A repeated layer is there n times, numbered on, with its stride the first time only."""
    graph = build(tmp_path, "- {standard: {out: 6, stride: 2}, repeat: 3}\n- mean")
    assert paths(graph) == [
        *("1.standard.conv", "2.standard.conv", "3.standard.conv", "4.mean.mean"),
    ]
    assert shapes(graph) == [(6, 4, 4), (6, 4, 4), (6, 4, 4), (6,)]


def test_repeated_pools(tmp_path: Path) -> None:
    """Layers whose own stride is not 1 keep theirs each time."""
    layers = "- {max-pool: {k: 2, stride: 2}, repeat: 2}\n- {transposed: {out: 4}, repeat: 2}"
    assert [shape[1] for shape in shapes(build(tmp_path, layers))] == [4, 2, 4, 8]


@pytest.mark.parametrize(
    ("layers", "problem"),
    [
        (
            "- {for: [c], in: [4], standard: {out: c}}\n- {standard: {out: c}}",
            "5:20: out must be a whole number, got 'c', and no name 'c' has a value here",
        ),
        (
            "- {for: [c], in: [4], standard: {out: c}}\n- {standard: {out: c + 1}}",
            "5:20: out: no name 'c'; it is one of channels",
        ),
        (
            "- concat: [[{for: c, in: [4], standard: {out: c}}], [{standard: {out: c * 1}}]]",
            "4:71: out: no name 'c'",
        ),
        (
            "- layers: [{for: c, in: [4], standard: {out: c}}]\n- {act: , when: c > 1}",
            "5:17: when: no name 'c'",
        ),
    ],
)
def test_names_of_loops_end_with_them(tmp_path: Path, layers: str, problem: str) -> None:
    """A loop's names have values in the loop, and nowhere after it or beside it."""
    with pytest.raises(convcost.ConvcostError) as raised:
        build(tmp_path, layers)
    assert problem in str(raised.value)


def test_none_is_not_given(tmp_path: Path) -> None:
    """`none` leaves a parameter to its default, but for norms and activations of that name."""
    layers = "- conv-bn-act: {out: none, groups: n, norm: none, act: n}"
    graph = build(tmp_path, layers, "input: 4x8x8\nparams: {n: none}")
    assert paths(graph) == ["1.conv-bn-act.conv"]


def test_directions_of_odd_numbers(tmp_path: Path) -> None:
    """The odd one out is symmetric where its channels are four groups, else right-bottom."""
    for channels, pads in ((4, 4), (3, 1)):
        graph = build(tmp_path, "- xsepconv", f"input: {channels}x8x8")
        assert sum("pad" in path for path in paths(graph)) == pads


def test_repeated_layers(tmp_path: Path) -> None:
    """Layers that are repeated together are the same each time, strides included."""
    graph = build(tmp_path, "- {layers: [{standard: {stride: 2}}, act], repeat: 2}")
    assert paths(graph) == [
        *("1.standard.conv", "2.act.act", "3.standard.conv", "4.act.act"),
    ]
    assert shapes(graph)[-1] == (4, 2, 2)


def test_rows(tmp_path: Path) -> None:
    """A row of a paper's table is a row of the file."""
    graph = build(
        tmp_path,
        "- for: [c, n, s]\n  in: [[8, 1, 1], [16, 2, 2]]\n"
        "  standard: {out: c * 2, stride: s}\n  repeat: n\n  when: c > 8",
    )
    assert shapes(graph) == [(32, 4, 4), (32, 4, 4)]


def test_one_name(tmp_path: Path) -> None:
    """A loop over one name takes plain values."""
    graph = build(tmp_path, "- {for: c, in: [3, 5], standard: {out: c}}")
    assert [shape[0] for shape in shapes(graph)] == [3, 5]


def test_names(tmp_path: Path) -> None:
    """A name stands in paths for number and kind; below that of several, layers are numbered."""
    graph = build(
        tmp_path,
        "- {standard: , name: stem}\n"
        "- {standard: , name: stage1, repeat: 2}\n"
        "- {name: stage2, layers: [act, {act: , name: last}]}\n"
        "- act",
    )
    assert paths(graph) == [
        *("stem.conv", "stage1.1.standard.conv", "stage1.2.standard.conv"),
        *("stage2.1.act.act", "stage2.last.act", "4.act.act"),
    ]


def test_residual(tmp_path: Path) -> None:
    """A residual adds what came in."""
    graph = build(tmp_path, "- residual: [standard, act]\n- residual: act")
    assert paths(graph)[:3] == [
        "1.residual.1.standard.conv",
        "1.residual.2.act.act",
        "1.residual.add",
    ]
    assert graph.nodes[3].sources == (2, 0)


@pytest.mark.parametrize(
    ("function", "output"), [("add", (4, 8, 8)), ("multiply", (4, 8, 8)), ("concat", (12, 8, 8))]
)
def test_branches(tmp_path: Path, function: str, output: Shape) -> None:
    """Branches begin at one node; an empty one is that node, and all are joined."""
    graph = build(tmp_path, f"- {function}: [[standard], [], [act, act]]")
    assert graph.output == output
    assert paths(graph)[:3] == [
        *(f"1.{function}.branch1.1.standard.conv", f"1.{function}.branch3.1.act.act"),
        f"1.{function}.branch3.2.act.act",
    ]
    joined = [source for node in graph.nodes[4:] for source in node.sources]
    assert [source for source in joined if source < 4] == [1, 0, 3]


def test_named_branches(tmp_path: Path) -> None:
    """Branches may have names, which stand in paths."""
    graph = build(tmp_path, "- add: {main: [standard], shortcut: [act]}")
    assert paths(graph) == [
        *("1.add.main.1.standard.conv", "1.add.shortcut.1.act.act", "1.add.add"),
    ]


def test_gate(tmp_path: Path) -> None:
    """A product may be of a map and its channels' means; a sum may not."""
    gate = "[], [adaptive-avg-pool, {act: {act: sigmoid}}]"
    assert build(tmp_path, f"- multiply: [{gate}]").output == (4, 8, 8)
    with pytest.raises(convcost.ConvcostError, match="cannot add branch1 4x8x8 and branch2 4x1x1"):
        build(tmp_path, f"- add: [{gate}]")


@pytest.mark.parametrize(
    ("sizes", "channels"), [("", [2, 2]), (", sizes: [channels / 4, 3 * channels / 4]", [1, 3])]
)
def test_split(tmp_path: Path, sizes: str, channels: list[int]) -> None:
    """Each branch of a split gets a part of the channels, and the parts are concatenated."""
    graph = build(tmp_path, f"- {{split: [[standard], []]{sizes}}}\n- channel-shuffle")
    assert graph.nodes[2].shape[0] == channels[0]
    assert graph.nodes[3].shape[0] == channels[1]
    assert graph.nodes[4].sources == (2, 3)
    assert graph.output == (4, 8, 8)


def test_expressions(tmp_path: Path) -> None:
    """Expressions stand wherever a value is due: lists, words, what is not given at all."""
    head = "input: 4x8x8\nparams: {w: 1.5, k: 3, act: relu6, how: same, skip: none}"
    layers = (
        "- standard: {out: 4 * w, k: [k, 1], act: act, padding: how}\n"
        "- squeeze-excite: {squeeze: skip, reduce: channels / 3}"
    )
    graph = build(tmp_path, layers, head)
    assert str(graph.nodes[1].op) == "conv 3x1, padding 1x0"
    assert str(graph.nodes[2].op) == "relu6"
    assert graph.nodes[4].shape == (3, 1, 1)


def test_blocks(tmp_path: Path) -> None:
    """Blocks have defaults that follow from other parameters, and may use each other."""
    head = (
        "input: 4x8x8\n"
        "blocks:\n"
        "  outer:\n    params: {out, twice: 2 * out}\n"
        "    layers: [{inner: {c: twice}}, {inner: {c: out}}]\n"
        "  inner: {params: {c, stride: 1}, layers: [{pointwise: {out: c, stride: stride}}]}"
    )
    graph = build(tmp_path, "- outer: {out: 3}\n- {inner: {c: 5, stride: 2}, repeat: 2}", head)
    assert paths(graph)[0] == "1.outer.1.inner.1.pointwise.conv"
    assert shapes(graph) == [(6, 8, 8), (3, 8, 8), (5, 4, 4), (5, 4, 4)]


FAMILY = """
name: n
input: 3x32x32
params: {width: 1, act: relu}
layers: [{standard: {out: make_divisible(16 * width), act: act}}]
variants:
  - {name: wide, set: {width: 1.5, act: gelu}}
  - {name: large, hw: 64, batch: 2}
"""


def family(tmp_path: Path) -> Path:
    """A file with a network and two variants."""
    path = tmp_path / "family.yaml"
    path.write_text(FAMILY)
    return path


def test_variants(tmp_path: Path) -> None:
    """A variant has settings, an input and a batch of its own."""
    cases = read_config(str(family(tmp_path)))
    assert [(c.name, c.input, c.batch, c.variant) for c in cases] == [
        ("n", (3, 32, 32), 1, False),
        ("wide", (3, 32, 32), 1, True),
        ("large", (3, 64, 64), 2, True),
    ]
    outputs = [run(case).rows[0].graph for case in cases]
    assert [graph.output[0] for graph in outputs] == [16, 24, 16]
    assert str(outputs[1].nodes[-1].op) == "gelu"


def asked(convcost: Program, path: Path, *arguments: object) -> list[tuple[str, int]]:
    """Names and MACs of what compare lists."""
    ran = convcost("compare", path, *arguments, "--format", "json")
    assert ran.code == 0, ran.err
    rows = [row for case in json.loads(ran.out)["cases"] for row in case["rows"]]
    return [(row["label"], row["macs"]) for row in rows]


def test_settings(convcost: Program, tmp_path: Path) -> None:
    """--set and --hw change the network and leave its variants out, unless they are named."""
    path, macs = family(tmp_path), 32 * 32 * 27
    assert asked(convcost, path) == [
        ("n", 16 * macs),
        ("wide", 24 * macs),
        ("large", 8 * 16 * macs),
    ]
    assert asked(convcost, path, "--set", "width=0.5") == [("n (width=0.5)", 8 * macs)]
    assert asked(convcost, path, "--hw", "16x32") == [("n", 8 * macs)]
    assert asked(convcost, path, "--batch", 3)[1] == ("wide", 72 * macs)
    only = ("--only", "W*", "--set", "act=silu", "--hw", 16)
    assert asked(convcost, path, *only) == [("wide (act=silu)", 6 * macs)]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--set", "width"], "--set: is NAME=VALUE, not 'width'"),
        (["--set", "widht=2"], "--set: no parameter 'widht'; did you mean 'width'?"),
        (["--set", "width=2", "--set", "width=1"], "--set: width is set twice"),
        (["--set", "width=big"], "--set: width must be a number, got 'big'"),
        (["--set", "width=0"], "out must be at least 1, got 0"),
        (["--set", "act=rleu"], "act cannot be 'rleu'; did you mean 'relu'?"),
        (["--only", "wdie"], "--only: no case or network 'wdie'; did you mean 'wide'?"),
        (["--hw", "3x3x3"], "--hw: has 3 numbers for 2 spatial axes (n)"),
        (["--hw", "0"], "--hw: must be at least 1, got 0"),
        (["--k", "3"], "is taken for a config, which goes without --k"),
    ],
)
def test_wrong_settings(
    convcost: Program, tmp_path: Path, arguments: list[str], message: str
) -> None:
    """A wrong setting is one line with the flag, exit 2."""
    path = family(tmp_path)
    path.write_text(FAMILY.replace("make_divisible(16 * width)", "16 * width"))
    ran = convcost("compare", path, *arguments)
    assert (ran.code, ran.out, len(ran.err.splitlines())) == (2, "", 1)
    assert message in ran.err


BLOCKS = "blocks: {unit: {params: {out}, layers: [{pointwise: {out: out}}]}}"


@pytest.mark.parametrize(
    ("head", "layers", "problems"),
    [
        ("", "- {standard: , linear: }", ["5:3: a layer is of one kind, not standard and linear"]),
        ("", "- {repeat: 3}", ["5:3: a layer is of a kind; there is none beside repeat"]),
        ("", "- {act: , repeet: 3}", ["not act and repeet; did you mean 'repeat'?"]),
        (
            "",
            "- standard:\n  out: 3\n  k: 5",
            ["out and k stand beside standard; indent what belongs to it"],
        ),
        ("", "- standard: {out: {a: 1}}", ["5:19: out is a value or a list of values"]),
        ("", "- standard: {out: []}", ["5:19: out is a value or a list of values"]),
        ("", "- {act: , repeat: []}", ["5:19: repeat is a value or a list of values"]),
        ("", "- {act: , name: total}", ["5:17: a layer's name is one word"]),
        ("variants: [{name: n}]", "- act", ["3:12: a second network is called 'n'"]),
        (
            "published: {params: 3, macs: 4, as: torch}",
            "- act",
            ["torch@2.13.0 prints no params", "torch@2.13.0 prints FLOPs; say flops, not macs"],
        ),
        ('published: {macs: 3, note: "a\\e[31m"}', "- act", ["a name is one line of text"]),
        ("", "- [standard]", ["5:3: a layer is a name or a mapping, not a list"]),
        ("", "- {for: x, standard: }", ["5:4: 'for' needs 'in' beside it"]),
        (
            "",
            "- {for: [x, y], in: [[1, 2], [3]], standard: }",
            ["5:30: a row of 1 for 2 names"],
        ),
        ("", "- {for: if, in: [1], standard: }", ["5:9: 'if' has a meaning already; choose"]),
        ("", "- {standard: , repeat: -1}", ["5:24: repeat must be at least 0, got -1"]),
        ("", "- {standard: , when: maybe}", ["5:22: when must be true or false, got maybe"]),
        ("", "- {standard: , sizes: [1]}", ["5:16: sizes are for split"]),
        ("", "- {standard: , name: a.b}", ["5:22: a layer's name is one word"]),
        ("", "- split: [[act]]", ["5:10: split has at least two branches"]),
        ("", "- {split: [[], []], sizes: [1]}", ["5:28: 1 sizes for 2 branches"]),
        ("", "- standard: {out: 3 * 0}", ["5:19: out must be at least 1, got 0 (3 * 0)"]),
        ("", "- standard: {out: wide * 3}", ["5:19: out: no name 'wide'; it is one of channels"]),
        ("", "- standard: {out: 3 +}", ["5:19: out is no expression, got '3 +'"]),
        (
            "params: {n2: 1}",
            "- standard: {out: n}\n- standard: {k: nn2}",
            [
                "out must be a whole number, got 'n', and no name 'n' has a value here",
                "k must be a whole number, got 'nn2'; or did you mean 'n2'?",
            ],
        ),
        (
            "",
            "- {for: c, in: [make_divisible(8, 4)], standard: {out: c}}",
            ["a value with a comma in it needs quotes", "c is no expression, got '4)'"],
        ),
        ("params: {a: 1, a-b: 2}", "- act", ["3:16: 'a-b' is no name; use letters"]),
        (
            "params: {a: max(1, 2)}",
            "- act",
            ["a value with a comma in it needs", "'2)' is no name"],
        ),
        (
            "published: {macs: 3M, source: a, b c}",
            "- act",
            ["3:34: 'b c' stands alone; a value with a comma needs quotes"],
        ),
        ("params: {a}", "- act", ["3:10: a has no value"]),
        ("params: {channels: 2}", "- act", ["3:10: 'channels' has a meaning already"]),
        (
            BLOCKS,
            "- unti\n- unit\n- unit: {oot: 3}",
            [
                "5:3: no kind or block 'unti'; did you mean 'unit'?",
                "6:3: unit needs out",
                "7:3: unit needs out",
                "7:10: no key in unit 'oot'; did you mean 'out'?",
            ],
        ),
        ("blocks: {act: {layers: [norm]}}", "- act", ["3:10: there is a kind 'act' already"]),
        ("blocks: {a: {params: {}}}", "- a", ["3:13: block a has no layers"]),
        (
            "blocks: {a: {layers: [b]}, b: {layers: [a]}, c: {layers: [c]}}",
            "- a",
            [
                "3:41: block a contains itself: a > b > a",
                "3:59: block c contains itself: c > c",
            ],
        ),
    ],
)
def test_mistakes(tmp_path: Path, head: str, layers: str, problems: list[str]) -> None:
    """Everything that is wrong with the layers of a file is reported at its place, at once."""
    with pytest.raises(convcost.ConvcostError) as raised:
        build(tmp_path, layers, f"input: 4x8x8\n{head or 'batch: 1'}")
    found = [str(problem).replace(f"{tmp_path}/n.yaml:", "") for problem in raised.value.problems]
    assert len(found) == len(problems)
    for line, problem in zip(found, problems, strict=True):
        assert problem in line


def test_names_that_are_repeated(tmp_path: Path) -> None:
    """No two nodes have one path: a name that comes again is numbered."""
    graph = build(
        tmp_path, "- {layers: [{act: , name: a}, {act: , name: b, repeat: 2}], repeat: 2}"
    )
    assert paths(graph) == [
        *("a.act", "b.1.act.act", "b.2.act.act", "a-2.act", "b-2.1.act.act", "b-2.2.act.act"),
    ]
    named = "\n".join(f"- {{act: , name: {name}}}" for name in ("a", "a", "a-2"))
    assert paths(build(tmp_path, named)) == ["a.act", "a-2.act", "a-2-2.act"]


def test_endless_files(tmp_path: Path) -> None:
    """A few lines that stand for more layers than anything can hold are refused in time."""
    doubled = "".join(f"  b{n + 1}: {{layers: [b{n}, b{n}]}}\n" for n in range(40))
    with pytest.raises(convcost.ConvcostError, match="these are more than 50,000 ops"):
        build(tmp_path, "- b40", f"input: 4x8x8\nblocks:\n  b0: {{layers: [act]}}\n{doubled}")
    nested = "".join(f"  b{n + 1}: {{layers: [b{n}]}}\n" for n in range(2000))
    squares = ", ".join(f"a{n + 1}: a{n} * a{n}" for n in range(40))
    with pytest.raises(convcost.ConvcostError, match="more than 30 digits"):
        build(tmp_path, "- standard: {out: a40}", f"input: 4x8x8\nparams: {{a0: 99999, {squares}}}")
    with pytest.raises(convcost.ConvcostError, match="along one axis"):
        build(tmp_path, "- {upsample: {scale: 1000000}, repeat: 9}")
    with pytest.raises(convcost.ConvcostError, match="nested too deep"):
        build(tmp_path, "- b2000", f"input: 4x8x8\nblocks:\n  b0: {{layers: [act]}}\n{nested}")


@pytest.mark.parametrize(
    ("layers", "place", "reason"),
    [
        (
            "- add: [[{standard: {stride: 2}}], []]",
            "4:3",
            "1.add: cannot add branch1 4x4x4 and branch2 4x8x8",
        ),
        (
            "- concat: [[{standard: {stride: 2}}], []]",
            "4:3",
            "1.concat.concat: cannot concatenate 4x4x4 and 4x8x8",
        ),
        (
            "- name: stage1\n  repeat: 2\n  layers:\n    - {standard: {k: 5, padding: valid}}",
            "7:7",
            "stage1.2.standard.conv: kernel 5x5 is larger than its padded input, 4x4",
        ),
        (
            "- standard: {out: round(channels * 0.1)}",
            "4:19",
            "1.standard: out must be at least 1, got 0 (round(channels * 0.1))",
        ),
        ("- standard: {out: channels * 0.3}", "4:19", "must be a whole number, got 1.2"),
        ("- {act: , when: channels}", "4:17", "when must be true or false, got 4 (channels)"),
        ("- residual: {standard: {stride: 2}}", "4:3", "cannot add 4x4x4 and what came in 4x8x8"),
        ("- {act: , when: channels < 4}", "", "no layer is left of the network"),
        ("- {act: , repeat: channels - 5}", "4:19", "repeat must be at least 0, got -1"),
        ("- split: [[], [], []]", "4:3", "4 channels cannot be split into 3 equal parts"),
        (
            "- {split: [[], []], sizes: [1, channels]}",
            "4:3",
            "4 channels cannot be split into 1 + 4",
        ),
        ("- standard: {k: 0.5 if channels > 1 else 3}", "4:17", "k must be a whole number"),
    ],
)
def test_what_cannot_be_built(tmp_path: Path, layers: str, place: str, reason: str) -> None:
    """What cannot be built says where the file has it, where in the network it is, and why."""
    path = tmp_path / "n.yaml"
    path.write_text(f"name: n\ninput: 4x8x8\nlayers:\n{layers}\n")
    [case] = read_config(str(path))
    [row] = run(case).rows
    assert row.place == (place and f"{path}:{place}")
    assert reason in row.error


@pytest.mark.parametrize(
    ("loop", "params"),
    [
        ("for: [c], in: [[16], [32]]", 5136),
        ("for: [c], in: [16, 32]", 5136),
        ("for: c, in: [16, 32]", 5136),
    ],
)
def test_rows_of_one_cell(tmp_path: Path, loop: str, params: int) -> None:
    """A loop of one name takes rows of one cell as it takes the cells themselves."""
    graph = build(tmp_path, f"- {{{loop}, conv-bn-act: {{out: c}}}}", "input: 3x32x32")
    assert sum(node.op.params for node in graph.nodes) == params


def test_lists_of_one_name(tmp_path: Path) -> None:
    """A name may stand for lists: rows of several cells, or any where it is no list itself."""
    layer = "mixed-depthwise: {kernels: k}"
    for loop in ("for: [k], in: [[3, 5], [3, 5]]", "for: k, in: [[3, 5], [3]]"):
        graph = build(tmp_path, f"- {{{loop}, {layer}}}", "input: 8x9x9")
        assert len(graph.nodes) > 2


def test_words_that_are_no_names(tmp_path: Path) -> None:
    """A word of Python's is refused as what it is, and not for a meaning that it has not here."""
    with pytest.raises(convcost.ConvcostError, match="'from' is a word of Python's, which is no"):
        build(tmp_path, "- act", "input: 4x8x8\nparams: {from: 2}")
