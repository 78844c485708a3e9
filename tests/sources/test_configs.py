"""YAML configs: what they mean, and every mistake with its place."""

import json
import tempfile
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from hypothesis import given, settings

from convcost.errors import ConvcostError
from convcost.ops.layouts import Tokens
from convcost.sources.reading.configs import read_config
from convcost.sources.reading.schema import config_schema
from tests.support.paths import CONFIG_FILES
from tests.support.schema import validate
from tests.support.strategies import Drawn, drawn_kinds

Written = Callable[[str], str]
MATRIX = "cases: [{name: a, in: 2, hw: 1, matrix: {%s}}]"


@pytest.fixture
def written(tmp_path: Path) -> Written:
    """Write a config; gives its path."""

    def write(text: str) -> str:
        path = tmp_path / "c.yaml"
        path.write_text(text, encoding="utf-8")
        return str(path)

    return write


def problems(path: str) -> list[str]:
    """What reading a file reports, places relative to its folder."""
    with pytest.raises(ConvcostError) as raised:
        read_config(path)
    return [str(p).replace(str(Path(path).parent) + "/", "") for p in raised.value.problems]


def test_defaults_and_own_parameters(written: Written) -> None:
    """Defaults hold for every case, a case wins over them, and a kind's own over both."""
    path = written("""
        defaults: {in: 8, hw: 14, k: 5, kinds: [standard, group: {groups: 4, k: 3}]}
        cases:
          - name: plain
          - {name: own, k: 7, hw: 9x6, kinds: [standard]}
    """)
    plain, own = read_config(path)
    assert [(use.label, use.given["k"]) for use in plain.uses] == [
        ("standard", 5),
        ("group (groups=4, k=3)", 3),
    ]
    assert (plain.input, own.input) == ((8, 14, 14), (8, 9, 6))
    assert own.uses[0].given["k"] == 7


def test_matrix(written: Written) -> None:
    """A matrix multiplies; exclude takes combinations away; include extends or adds them."""
    path = written("""
        cases:
          - name: m
            in: 8
            hw: 14
            kinds: [standard]
            matrix:
              k: [3, 5]
              stride: [1, 2]
              exclude: [{k: 5, stride: 2}]
              include: [{k: 3, bias: true}, {k: 7}]
    """)
    assert [case.name for case in read_config(path)] == [
        "m k=3 stride=1 bias=true",
        "m k=3 stride=2 bias=true",
        "m k=5 stride=1",
        "m k=7",
    ]


def test_matrix_names(written: Written) -> None:
    """A name may place parameters itself, those that the matrix varies or any other."""
    path = written("""
        cases:
          - {name: "{in}ch at {hw}", hw: 14, matrix: {in: [8, 16], hw: [14, 9x6]}}
    """)
    names = [case.name for case in read_config(path)]
    assert names == ["8ch at 14", "8ch at 9x6", "16ch at 14", "16ch at 9x6"]


def test_names_know_defaults(written: Written) -> None:
    """A name may place a parameter that has its default, and `defaults` may be empty."""
    path = written("defaults:\ncases: [{name: 'k{k} s{stride} b{batch}', in: 8, hw: 9, stride: 2}]")
    assert [case.name for case in read_config(path)] == ["k3 s2 b1"]


def test_kind_with_nothing_after_it(written: Written) -> None:
    """`- standard:` is `- standard`."""
    path = written("cases:\n- name: a\n  in: 8\n  hw: 9\n  kinds:\n  - standard:\n")
    assert [use.label for use in read_config(path)[0].uses] == ["standard"]


def test_numbers(written: Written) -> None:
    """1e3, 4.2k and quoted numbers are numbers; lists and NxN are one per axis."""
    path = written("""
        cases:
          - {name: a, in: 1e3, hw: 4.2k, dims: 1}
          - {name: b, in: "64", hw: [3, 4, 5], k: 1x2x3}
    """)
    a, b = read_config(path)
    assert (a.input, b.input) == ((1000, 4200), (64, 3, 4, 5))
    assert b.uses[0].given["k"] == (1, 2, 3)


def test_three_mistakes_at_once(written: Written) -> None:
    """All mistakes of a file are reported together, each with line and column, in order."""
    path = written(
        "cases:\n  - name: x\n    in: 0\n    hw: 14\n    kinds: [standrad]\n    strid: 2\n"
    )
    assert problems(path) == [
        "c.yaml:3:9: in must be at least 1, got 0",
        "c.yaml:5:13: no kind 'standrad'; did you mean 'standard'?",
        "c.yaml:6:5: no key in a case 'strid'; did you mean 'stride'?",
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "c.yaml: the file is empty"),
        ("# nothing\n", "c.yaml: the file is empty"),
        ("- a\n", "c.yaml:1:1: a config is a mapping, not a list"),
        ("cases: []", "c.yaml:1:8: cases is empty"),
        ("cases: 3", "c.yaml:1:8: cases is a list, not '3'"),
        ("case: []", "c.yaml:1:1: no key in a config 'case'; did you mean 'cases'?"),
        ("cases: [{in: 1, hw: 2}]", "c.yaml:1:9: the case has no name"),
        ("cases: [{name: a, in: 1}]", "c.yaml:1:9: hw is missing (input size"),
        ("cases:\n- {name: a}\n- {name: a}", "c.yaml:2:3: in is missing (input channels)"),
        ("cases: [{name: a, in: 2, in: 3}]", "c.yaml:1:26: 'in' is here twice, first on line 1"),
        ("cases: [{name: a, in: 1e400, hw: 1}]", "c.yaml:1:23: in must be at most 1,000,000,000"),
        ("cases: [{name: a, in: 012, hw: 1}]", "c.yaml:1:23: in '012' starts with a zero"),
        ("cases: [{name: a, in: 1:30, hw: 1}]", "c.yaml:1:23: in must be a whole number"),
        ("cases: [{name: a, in: 2.5, hw: 1}]", "c.yaml:1:23: in must be a whole number, got 2.5"),
        ("cases: [{name: a, in: [2], hw: 1}]", "c.yaml:1:23: in must be a whole number"),
        ("cases: [{name: a, in: {b: 2}, hw: 1}]", "c.yaml:1:23: in is a value or a list"),
        ("cases: [{name: a, in: 2, hw: 1, bias: no}]", "c.yaml:1:39: bias must be true or false"),
        ("cases: [{name: a, in: 2, hw: 1, norm: bach}]", "did you mean 'batch'?"),
        ("cases: [{name: a, in: 2, hw: 1, kinds: [{group: {k: 0}}]}]", "k must be at least 1"),
        ("cases: [{name: a, in: 2, hw: 1, kinds: [pointwise], k: 3}]", "k is not taken by pointw"),
        ("cases: [{name: '{q}', in: 2, hw: 1}]", "the name asks for {q}, which the case has not"),
        ("cases: [{name: a, in: 2, hw: 1, matrix: {k: 3}}]", "matrix k is a list, not '3'"),
        ("cases: [{name: a, in: 2, hw: 1, matrix: {}}]", "the matrix makes no case"),
        ("cases: [{name: [a], in: 2, hw: 1}]", "c.yaml:1:16: a name is one line of text"),
        ("cases: [{name: , in: 2, hw: 1}]", "a name is one line of text, not nothing"),
        ('cases: [{name: "a\\e[0m", in: 2, hw: 1}]', "a name is one line of text"),
        (
            "defaults: {groups: 3}\ncases: [{name: a, in: 2, hw: 1, kinds: [standard]}]",
            "1:12: groups is",
        ),
        (MATRIX % "k: [1], exclude: [{bias: true}]", "no key in an entry of exclude 'bias'"),
        ("cases: [{name: a, in: 2, hw: 4x}]", "c.yaml:1:30: hw must be whole numbers"),
        (MATRIX % "hw: [3, x]", "hw must be whole numbers, such as 3 or 3x5, got 'x'"),
        (MATRIX % "k: [1], exclude: [{}]", "an entry of exclude is empty"),
        ("cases: [{name: a, hw: 3x4, in: 2, dims: 3}]", "hw has 2 numbers for 3 dims"),
        ("a: &a [*a]", "c.yaml:1:8: alias *a stands inside the value that it names"),
        ("a: *b", "c.yaml:1:4: no anchor &b before this alias"),
        ("<<: {a: 1}", "c.yaml:1:1: merge keys are not supported"),
        ("a: !!python/name:os.system x", "c.yaml:1:4: tag "),
        ("? [a]\n: b", "c.yaml:1:3: a key must be a name, not a list"),
        ("[" * 40, "c.yaml:1:33: nested deeper than 32 levels"),
        ("a: b\n---\nc: d", "c.yaml:2:1: a second document"),
        ("a: [1, 2", "c.yaml:2:1: not YAML: did not find expected ',' or ']'"),
        ("a: b\nc: \x00", "c.yaml:2:4: not YAML: character #x00 is not allowed"),
    ],
)
def test_mistakes(written: Written, text: str, expected: str) -> None:
    """Each mistake is one line that names its place and says what is due."""
    found = problems(written(text))
    assert any(expected in line for line in found), found
    assert all(line.startswith("c.yaml") and "\n" not in line for line in found)


def test_a_mistake_is_reported_once(written: Written) -> None:
    """What is wrong with a case is said once, not once for each combination of its matrix."""
    path = written(
        "cases:\n- {name: a, in: 2, kinds: [grup], matrix: {k: [1, 3, 5], stride: [1, 2]}}\n"
    )
    assert [line.split(" ", 1)[0] for line in problems(path)] == ["c.yaml:2:3:", "c.yaml:2:28:"]


def test_empty_list_in_a_matrix(written: Written) -> None:
    """A matrix may vary a list, the empty one included."""
    path = written(MATRIX % "last_only: [[], [norm]]")
    assert [case.name for case in read_config(path)] == ["a last_only=none", "a last_only=norm"]


def test_alias_bomb(written: Written) -> None:
    """Aliases that would expand to more than a file can mean are refused where they stand."""
    lines = ["a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    [problem] = problems(written("\n".join(lines)))
    assert "more than 200,000 values once aliases are expanded" in problem


def test_aliases_work(written: Written) -> None:
    """An honest alias is the value that it names."""
    path = written("cases:\n- {name: a, in: &n 8, hw: *n, kinds: &k [standard]}\n")
    [case] = read_config(path)
    assert case.input == (8, 8, 8)


def test_unreadable_files(tmp_path: Path) -> None:
    """A folder, a missing file, binary data and a huge file are each one line."""
    binary = tmp_path / "b.yaml"
    binary.write_bytes(b"cases:\n\xff\xfe\x00")
    huge = tmp_path / "h.yaml"
    huge.write_bytes(b"#" * 5_000_000)
    assert problems(str(tmp_path / "no.yaml")) == ["no.yaml: no such file or directory"]
    assert problems(str(binary)) == ["b.yaml:2: not UTF-8 text"]
    assert problems(str(huge)) == ["h.yaml: larger than 4,000,000 bytes, not a config"]
    with pytest.raises(ConvcostError, match="is a directory"):
        read_config(str(tmp_path))


def test_huge_matrix(written: Written) -> None:
    """A matrix that would make more cases than anyone can read is refused before it is made."""
    numbers = list(range(1, 200))
    text = f"cases: [{{name: a, matrix: {{in: {numbers}, hw: {numbers}, k: {numbers}}}}}]"
    assert "the matrix makes more than 10,000 cases" in problems(written(text))[0]


@pytest.mark.parametrize("path", CONFIG_FILES, ids=lambda path: path.name)
def test_shipped_configs(path: Path) -> None:
    """Every shipped config reads, fits the schema and names it for editors."""
    assert read_config(str(path))
    text = path.read_text(encoding="utf-8")
    validate(yaml.safe_load(text))
    assert text.startswith("# yaml-language-server: $schema=convcost.schema.json\n")


def test_committed_schema() -> None:
    """The schema beside the configs is the one that the program prints."""
    path = CONFIG_FILES[0].parent / "convcost.schema.json"
    assert json.loads(path.read_text(encoding="utf-8")) == config_schema()


def test_large_figures_fit(written: Written) -> None:
    """The schema takes exact figures as large as the reader does: a network has billions."""
    text = "{name: a, input: 3x8x8, layers: [standard], published: {macs: 9G, found: {macs: %d}}}"
    validate(yaml.safe_load(text % 10**12))
    [case] = read_config(written(text % 10**12))
    assert case.uses[0].published[0].found == {"macs": 10**12}


def _plain(value: Any) -> Any:
    """A value as YAML has it."""
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    return str(value) if isinstance(value, Fraction) else value


@pytest.mark.slow
@settings(max_examples=50)
@given(drawn_kinds())
def test_reader_and_schema_agree(drawn: Drawn) -> None:
    """A config of any kind with any parameters is read, and marked by no editor."""
    values = {name: _plain(value) for name, value in drawn.given.items()}
    shape = drawn.shape
    case: dict[str, Any] = {"name": "a", "in": shape[0], "hw": list(shape[1:])}
    if isinstance(shape, Tokens):
        case = {"name": "a", "in": shape[-1], "tokens": list(shape.of)}
    elif not shape[1:]:
        del case["hw"]
    config = {
        "cases": [{**case, "kinds": [{drawn.kind.name: values}]}, {**case, **values, "name": 2}]
    }
    config["cases"][1]["kinds"] = [drawn.kind.name]
    validate(config)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "c.yaml"
        path.write_text(yaml.safe_dump(config))
        own, shared = read_config(str(path))
    params = drawn.kind.params  # equal sides are one number
    expected = {name: params[name].type.parse(value) for name, value in drawn.given.items()}
    for read in (own, shared):
        assert {name: read.uses[0].given[name] for name in expected} == expected


@pytest.mark.parametrize(
    ("config", "fits"),
    [
        ({"cases": [{"name": "a", "in": 8, "hw": "9x6", "kinds": ["standard"]}]}, True),
        ({"cases": [{"name": "a", "matrix": {"k": [3, [3, 5]]}}]}, True),
        ({"cases": [{"name": "a", "kinds": [{"group": {"groups": 4}}]}]}, True),
        ({"cases": [{"name": "a", "in": 0}]}, False),
        ({"cases": [{"name": "a", "kinds": ["standrad"]}]}, False),
        ({"cases": [{"name": "a", "kinds": [{"pointwise": {"k": 3}}]}]}, False),
        ({"cases": [{"in": 8}]}, False),
        ({"cases": []}, False),
        ({"cases": [{"name": "a", "kinds": [{}]}]}, False),
        ({"cases": [{"name": "a", "matrix": {}}]}, False),
        ({"cases": [{"name": "a", "k": "0x3"}]}, False),
        ({"cases": [{"name": 5, "kinds": [{"group": None}], "last_only": "norm, act"}]}, True),
        ({"case": []}, False),
        (
            {
                "name": "a",
                "input": "3x8x8",
                "layers": ["flatten"],
                "published": {"macs": "45.0G", "found": {"macs": 45_122_117_632}},
            },
            True,
        ),
    ],
)
def test_schema(config: Any, fits: bool) -> None:
    """The schema accepts what is meant to be written, and marks what the reader refuses."""
    assert jsonschema.Draft7Validator(config_schema()).is_valid(config) is fits
