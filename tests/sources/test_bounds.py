"""Small files that stand for endless work: refused in one line, or answered, before it is done."""

from pathlib import Path

import pytest

from convcost.errors import MOST_LINES, ConvcostError
from convcost.networks.cases import run_all
from convcost.sources.reading.configs import parse_config
from convcost.sources.selection import pick
from tests.support.program import Program

NETWORK = "networks:\n- name: a\n  input: 4x8x8\n  layers:\n"


def numbers(count: int) -> str:
    """A YAML list of so many numbers."""
    return f"[{', '.join(map(str, range(1, count + 1)))}]"


def looped(*counts: int, layer: str) -> str:
    """A network of loops within loops."""
    lines = []
    for depth, count in enumerate(counts[:-1]):
        indent = "  " * depth
        lines += [
            f"{indent}- for: n{depth}",
            f"{indent}  in: {numbers(count)}",
            f"{indent}  layers:",
        ]
    indent = "  " * (len(counts) - 1)
    lines.append(f"{indent}- {{for: last, in: {numbers(counts[-1])}, {layer}}}")
    return NETWORK + "".join(f"  {line}\n" for line in lines) + "  - act\n"


ROWS = "more than 200,000 layers, rows and branches"
OPS = "more than 50,000 ops"
CASES = "more than 10,000 cases in one file"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (looped(2000, 2000, layer="when: 1 > 2, act: "), ROWS),
        (looped(2000, 2000, layer="repeat: 0, act: "), ROWS),
        (looped(2000, 2000, layer="layers: [{act: , when: false}]"), ROWS),
        (NETWORK + f"  - {{split: [{'[], ' * 4}], repeat: 90000}}\n", OPS),
        (NETWORK + f"  - {{add: [{'[], ' * 1000}], repeat: 1000}}\n", OPS),
        (NETWORK + "  - {inverted-residual: {expand: 4}, repeat: 20000}\n", OPS),
        (
            NETWORK.replace("layers:", "params: {a: 2}\n  layers:")
            + f"  - {{standard: {{out: {'+'.join(['a/2'] * 120)}}}, repeat: 90000}}\n",
            "layers, rows and branches",
        ),
        (
            f"cases:\n- &a {{name: '{{k}} {{hw}}', in: 4, matrix: {{k: {numbers(90)}, hw: "
            f"{numbers(90)}}}}}\n" + "- *a\n" * 500,
            CASES,
        ),
        ("cases:\n" + "- {name: a, in: 4, hw: 8}\n" * 10_001, CASES),
        (NETWORK + "  - act\n  variants:\n" + "  - name: v\n" * 10_000, CASES),
        (
            f"defaults: {{kinds: [{'standard, ' * 30_000}]}}\ncases:\n"
            + "".join(f"- {{name: c{n}, in: 4, hw: 8}}\n" for n in range(9)),
            "more than 100,000 kinds of cases in one file",
        ),
        *[
            (
                f"cases:\n- name: a\n  in: 4\n  matrix: {{k: {numbers(90)}, hw: {numbers(90)}, "
                f"{key}: [{'{k: 3}, ' * 9000}]}}\n",
                "the matrix excludes and includes too much for so many cases",
            )
            for key in ("exclude", "include")
        ],
        (
            f"cases: [{{name: '{{k}}{'n' * 100_000}', in: 4, hw: 8, matrix: {{k: {numbers(9)}}}}}]",
            "is 100,003 characters long, which may be 200",
        ),
        (
            f"{{name: a, input: 4x8x8, params: {{{', '.join(f'n{n}: 1' for n in range(5000))}}}, "
            "layers: [act]}",
            "5,000 parameters, of which 1,000 may be",
        ),
    ],
)
def test_endless_work(text: str, message: str) -> None:
    """Rows that are left out, empty branches, ops and cases all count, wherever they come from."""
    with pytest.raises(ConvcostError, match=message) as raised:
        run_all(parse_config(text, "c.yaml"))
    assert all(len(line) <= 300 for line in str(raised.value).splitlines())


def test_many_unknown_names() -> None:
    """Ten thousand names that are none, among ten thousand blocks: the first are shown."""
    blocks = "".join(f"  some-block-{n}: {{layers: [act]}}\n" for n in range(10_000))
    layers = "".join(f"  - sume-blok-{n}\n" for n in range(10_000))
    with pytest.raises(ConvcostError) as raised:
        parse_config(f"blocks:\n{blocks}{NETWORK}{layers}", "c.yaml")
    lines = str(raised.value).splitlines()
    assert lines[0] == (
        "c.yaml:10006:5: no kind or block 'sume-blok-0'; did you mean 'some-block-0'?"
    )
    assert lines[MOST_LINES:] == ["and 9,950 more errors"]
    assert len(raised.value.problems) == 10_000


def test_names_of_one_layer_again_and_again() -> None:
    """A name that is repeated thousands of times has a number behind it each time."""
    text = NETWORK + f"  - for: i\n    in: {numbers(20_000)}\n    layers: [{{act: , name: stem}}]\n"
    [comparison] = run_all(parse_config(text, "c.yaml"))
    assert [node.path for node in comparison.rows[0].graph.nodes[-2:]] == [
        "stem-19999.act",
        "stem-20000.act",
    ]


def test_only() -> None:
    """Patterns of many stars end, and there are not endlessly many."""
    cases = parse_config(f"cases: [{{name: {'a' * 200}, in: 4, hw: 8}}]", "c.yaml")
    with pytest.raises(ConvcostError, match="no case or network"):
        pick(cases, ["*a" * 20 + "b"])
    assert pick(cases, ["*A" * 20]).cases == cases
    with pytest.raises(ConvcostError, match=r"has more than 50 names with \*"):
        pick(cases, [",".join(f"a*{n}" for n in range(51))])
    with pytest.raises(ConvcostError, match="names 1,001, of which 1,000 may be"):
        pick(cases, [",".join(f"a{n}" for n in range(1001))])


def test_match(convcost: Program, tmp_path: Path) -> None:
    """A large network is not tried at thousands of sizes, but at as many as take seconds."""
    path = tmp_path / "n.yaml"
    path.write_text("{name: n, input: 4x8x8, layers: [{standard: , repeat: 1000}]}")
    ran = convcost("match", path, "--macs", "3.8G", "--hw", "1..9999")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == (
        "convcost: 9,999 sizes of 1,001 ops are too many to try; take steps, such as 32..1024/32\n"
    )
    assert convcost("match", path, "--macs", "147k", "--hw", "1..9").code in (0, 1)


def test_many_networks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ops count over all networks of a file, and those of another file by themselves."""
    monkeypatch.setattr("convcost.networks.cases.MOST_WORK", 1000)
    layers = "layers: [{act: , repeat: 90}], variants: [{name: v}, {name: w}]"
    cases = parse_config(f"{{name: n, input: 4x8x8, {layers}}}", "c.yaml")
    others = parse_config(f"{{name: n, input: 4x8x8, {layers}}}", "d.yaml")
    assert len(run_all([*cases, *others])) == 6
    with pytest.raises(ConvcostError, match="more than 1,000 layers and ops in one file"):
        run_all([*cases, *cases])
    rows = "layers: [{act: , repeat: 0}, {act: , repeat: 400}, flatten, standard]"
    failing = parse_config(f"{{name: n, input: 4x8x8, {rows}}}", "c.yaml")
    with pytest.raises(ConvcostError, match="layers and ops in one file"):
        run_all(failing * 2)


def test_tools(convcost: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sweep is not printed as every tool has it, but as some have."""
    monkeypatch.setattr("convcost.cli.requests.MOST_PRINTED", 200)
    path = tmp_path / "c.yaml"
    path.write_text(f"cases: [{{name: a, in: 8, matrix: {{hw: {numbers(9)}}}}}]")
    for command in ("compare", "explain"):
        ran = convcost(command, path, "--as", "all", "--as", "thop")
        assert (ran.code, ran.out) == (2, "")
        assert ran.err.startswith("--as: 72 rows as ")
        assert convcost(command, path, "--as", "thop", "--as", "fvcore").code == 0


def test_swaps(convcost: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A network that is too much with other kinds is refused, not a crash; so are many."""
    path = tmp_path / "n.yaml"
    path.write_text("{name: n, input: 3x8x8, layers: [{standard: {out: 3}, repeat: 30000}]}")
    arguments = ("compare", path, "--swap", "standard=depthwise-separable")
    ran = convcost(*arguments)
    assert (ran.code, ran.out) == (2, "")
    assert ": n: 25001.standard.conv: these are more than 50,000 ops" in ran.err
    path.write_text("{name: n, input: 3x8x8, layers: [{standard: {out: 3}, repeat: 30}]}")
    monkeypatch.setattr("convcost.networks.swap.MOST_WORK", 50)
    assert ": these are more than 50 ops with other kinds" in convcost(*arguments).err
