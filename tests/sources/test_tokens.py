"""Tokens in YAML: as inputs, in expressions and joins, and as what an attention reads."""

import json
from pathlib import Path

import pytest

from convcost.networks.cases import run
from convcost.ops.layouts import Tokens
from convcost.sources.reading.configs import parse_config
from tests.sources.test_inputs import build
from tests.support.program import Program

CROSSED = """
name: n
inputs: {image: 3x16x16, words: 7}
layers:
  - {embedding: {out: 12, vocabulary: 50}, from: words, name: text}
  - {patch-embed: {out: 8, patch: 4}, from: image}
  - residual: [attention: {heads: 2, from: text}]
  - to-map
"""


def test_tokens_are_a_layout() -> None:
    """Tokens come in as T x C, alone or beside others; two numbers alone are a map of one axis."""
    [case] = parse_config("name: n\ninput: {tokens: 197x768}\nlayers: [mlp]", "n.yaml")
    assert isinstance(case.input, Tokens)
    assert case.input == (197, 768)
    assert isinstance(run(case).rows[0].output, Tokens)
    [plain] = parse_config("name: n\ninput: 197x768\nlayers: [{linear: {out: 3}}]", "n.yaml")
    assert not isinstance(run(plain).rows[0].output, Tokens)
    text = "name: n\ninputs: {a: {tokens: 5x8}, b: {tokens: 3x8}}\nlayers: [LAYER]"
    row = build(text.replace("LAYER", "{concat: [a, b], axis: tokens}"))
    assert row.output == (8, 8)


def test_from_is_what_keys_and_values_are_made_of() -> None:
    """Queries are of the layer before, keys and values of the tokens that are named."""
    row = build(CROSSED)
    assert row.output == (8, 4, 4)
    assert row.cost.params == 50 * 12 + 8 * 3 * 16 + 8 + 2 * (8 * 8 + 8) + 2 * (8 * 12 + 8)
    products = 16 * (8 * 8 * 2) + 7 * 12 * 8 * 2 + 2 * 16 * 7 * 8
    assert row.cost.macs == 16 * 8 * 48 + products


@pytest.mark.parametrize(
    ("layers", "output"),
    [
        ("[{slice: {of: tokens, start: 1}}]", (4, 8)),
        ("[{slice: {stop: 3}}]", (5, 3)),
        ("[{split: [[], []]}]", (5, 8)),
        ("[{concat: [[], []]}]", (5, 16)),
        ("[mean]", (8,)),
        ("[{max: {over: tokens}}]", (8,)),
        ("[flatten]", (40,)),
        ("[{linear: {out: (tokens * channels)}}]", (5, 40)),
        ("[glu]", (5, 4)),
        ("[softmax, dropout, {layer-scale: }, {act: {act: selu}}, {norm: {norm: rms}}]", (5, 8)),
        ("[{slice: {of: tokens, stop: 4}}, {to-map: {size: 2}}, {standard: {out: 3}}]", (3, 2, 2)),
        ("[{lstm: {out: 3, directions: 2}}]", (5, 6)),
    ],
)
def test_layers_on_tokens(layers: str, output: tuple[int, ...]) -> None:
    """Channels are the last axis of tokens, and `tokens` are how many there are."""
    assert build(f"name: n\ninput: {{tokens: 5x8}}\nlayers: {layers}").output == output


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("input: {tokens: 5}\nlayers: [mlp]", "n.yaml:2:17: input tokens are their number x chan"),
        ("input: {token: 5x8}\nlayers: [mlp]", "n.yaml:2:9: no key in input 'token'; did you mean"),
        ("input: {tokens: 5x0}\nlayers: [mlp]", "n.yaml:2:17: input tokens must be at least 1"),
        (
            "input: {tokens: 5x8}\nlayers: [{linear: {out: (height)}}]",
            "n.yaml:3:25: n: 1.linear: out has no 'height' here, where 5 tokens come in",
        ),
        (
            "input: 8x4x4\nlayers: [{pointwise: {out: (tokens)}}]",
            "out has no 'tokens' here, where no tokens come in",
        ),
        (
            "inputs: {a: {tokens: 5x8}, b: 8}\nlayers: [{attention: {heads: 2, from: b}, from: a}]",
            "1.attention: from names tokens, and there it is 8 features",
        ),
        (
            "inputs: {a: {tokens: 5x8}, b: 8x4x4}\nlayers: [{attention: {heads: 2, from: b}}]",
            "from names tokens, and there it is a map of 8x4x4; to-tokens makes tokens of it",
        ),
        (
            "input: {tokens: 5x8}\nlayers: [{attention: {from: text}}]",
            "n.yaml:3:29: n: 1.attention: no layer before it is called 'text'",
        ),
        (
            "inputs: {a: {tokens: 5x8}, b: 5x8}\nlayers: [{add: [a, b]}]",
            "add of tokens and of what is laid out in another way, 5x8 and 5x8",
        ),
        ("input: 8x4x4\nlayers: [{to-tokens: {window: 2}}, mean]", "tokens in windows; end them"),
        ("input: {tokens: 5x8}\nlayers: [standard]", "standard reads a map, and 5x8 are tokens"),
        (
            "input: 8x4x4\nlayers: [{to-tokens: {window: 2}}, class-token, to-map]",
            "4x5x8 tokens are no longer 4 windows of 4; slice off what was put to them",
        ),
        (
            "input: 8x4x4\nlayers: [to-tokens, {window-attention: {window: 2, shift: 1, "
            "spelling: multihead, position_bias: none}}]",
            "nn.MultiheadAttention has no mask of shifted windows here; use sdpa",
        ),
        (
            "input: {tokens: 5x8}\nlayers: [{attention: {heads: 2, spelling: multihead}, name: a}, "
            "{attention: {heads: 4, spelling: multihead, from: a}, share: a}]",
            "cannot share weights of other shapes: 2.attention.attention (multi-head attention, 4",
        ),
    ],
)
def test_mistakes(text: str, message: str, tmp_path: Path, convcost: Program) -> None:
    """What does not fit is one line with its place."""
    path = tmp_path / "n.yaml"
    path.write_text(f"name: n\n{text}\n")
    ran = convcost("compare", path)
    assert ran.code == 2
    assert message in ran.err
    assert len(ran.err.splitlines()) == 1


def test_a_block_of_the_file_hides_a_kind_that_came_later() -> None:
    """A file that had its own block called attention means that block."""
    text = """
name: n
input: 8x4x4
blocks:
  attention: {layers: [{pointwise: {out: 2}}]}
layers: [attention]
"""
    assert build(text).output == (2, 4, 4)


def test_cases_of_tokens(convcost: Program) -> None:
    """A case has tokens in place of a map: their number, or the sizes of the map they are of."""
    ran = convcost(
        *("compare", "--kinds", "attention,window-attention", "--in", 8, "--heads", 2),
        *("--tokens", "14x14", "--format", "json"),
    )
    data = json.loads(ran.out)
    assert data["cases"][0]["input"] == [196, 8]
    assert data["cases"][0]["layout"] == "tokens"
    assert [row["output"] for row in data["cases"][0]["rows"]] == [[196, 8], [196, 8]]
    for arguments, message in (
        (("--in", 8), "--tokens: is missing (tokens that come in"),
        (("--in", 8, "--tokens", 5, "--hw", 4), "--hw: is of a map, and tokens are given"),
    ):
        ran = convcost("compare", "--kinds", "attention", *arguments)
        assert ran.code == 2
        assert message in ran.err


def test_tokens_that_attend_to_themselves_by_name() -> None:
    """nn.MultiheadAttention asks whether queries and keys are one tensor, which dropout keeps."""
    layers = "[{norm: {norm: layer}, name: a}, dropout, {attention: {spelling: multihead%s}}]"
    text = f"name: n\ninput: {{tokens: 6x8}}\nlayers: {layers}"
    named, own = (build(text % given).graph.nodes for given in (", from: a", ""))
    assert [node.op for node in named] == [node.op for node in own]


def test_multihead_attention_is_shared_by_any_number_of_tokens() -> None:
    """Its weights do not know how many tokens there are, nor whether those attend to others."""
    text = """
name: n
inputs: {a: {tokens: 10x8}, b: {tokens: 5x8}}
layers:
  - {attention: {heads: 2, spelling: multihead}, name: first}
  - {attention: {heads: 2, spelling: multihead, from: b}, share: first}
  - {attention: {heads: 2, spelling: multihead}, share: first, from: b}
"""
    row = build(text)
    assert row.cost.params == 4 * 8 * 8 + 4 * 8
    assert {node.form for node in row.graph.nodes if node.op.params} == {"module"}


def test_a_table_of_distances_is_shared_by_shifted_windows() -> None:
    """A mask is no part of the weights."""
    text = """
name: n
input: 8x8x8
layers:
  - to-tokens
  - {window-attention: {heads: 2, window: 4, shift: 2}, name: first}
  - {window-attention: {heads: 2, window: 4}, share: first}
"""
    assert build(text).cost.params == 4 * 8 * 8 + 4 * 8 + 2 * 7 * 7
