"""Published figures: recomputed, and what is said of those that do not hold."""

import json
from pathlib import Path

import pytest

from tests.support.paths import CONFIGS
from tests.support.program import Program, Ran

NETWORK = """
name: n
input: 3x10x10
layers: [{standard: {out: 8, norm: batch}}, flatten, {linear: {out: 10}}]
published: {%s}
"""
"""23,600 + 8,000 = 29,600 MACs; 216 + 16 + 8,010 = 8,242 params."""


def checked(convcost: Program, tmp_path: Path, published: str, *arguments: object) -> Ran:
    """What check says of one network."""
    path = tmp_path / "n.yaml"
    path.write_text(NETWORK % published)
    return convcost("check", "--published", path, *arguments)


@pytest.mark.parametrize(
    "published",
    [
        "macs: 29.6k, params: 8.24k",
        "macs: 29600, params: 8242, flops: 59.2k, activations: 810",
        "macs: 30k, params: 8K",
        "macs: 29k, rounding: truncated",
        "macs: 21.6k, as: conv-only",
        "macs: 29610, as: macs+bias",
        "flops: 29610, activations: 810, as: pycls",
        "params: 8226, params_as: without-norms",
        "params: 8250, params_as: beta-mean-variance",
        "macs: 32.8k, params: 8.24k, as: thop@0.1.1",
        "macs: 31k, found: {macs: 29600}, params: 8242",
    ],
)
def test_holds(convcost: Program, tmp_path: Path, published: str) -> None:
    """A figure holds under the way of counting and rounding that is stated for it."""
    ran = checked(convcost, tmp_path, published)
    assert (ran.code, ran.err) == (0, "")


@pytest.mark.parametrize(
    ("published", "said"),
    [
        (
            "macs: 31k",
            ":5:19: n: macs 31k does not hold: 29,600 (macs) was counted",
        ),
        (
            "macs: 29k",
            "29,600 (macs) was counted; it would hold truncated, in an entry of its own",
        ),
        (
            "macs: 30k, rounding: truncated",
            "29,600 (macs, truncated) was counted; it would hold rounded",
        ),
        ("params: 8242, params_as: without-norms", "8,226 (without-norms) was counted"),
        (
            "macs: 29.6k, found: {macs: 29600}",
            "n: macs 29.6k is recorded as not reproduced, but 29,600 (macs) fits it",
        ),
        (
            "macs: 31k, found: {macs: 29601}",
            "n: macs 31k: found is 29,601, but 29,600 (macs) was counted",
        ),
    ],
)
def test_does_not_hold(convcost: Program, tmp_path: Path, published: str, said: str) -> None:
    """What does not hold, or is no longer what was recorded, is said with its place; exit 1."""
    ran = checked(convcost, tmp_path, published)
    assert ran.code == 1
    [line] = ran.err.splitlines()
    assert line.startswith(f"{tmp_path}/n.yaml:5:")
    assert said in line
    assert "Figures that do not hold" in ran.out


@pytest.mark.parametrize(
    ("published", "problem"),
    [
        ("macs: lots", "macs must be a figure"),
        ("source: here", "published has no figure, any of params, macs, flops, activations"),
        ("macs: 3M, as: thpo", "as: no tool 'thpo'; did you mean 'thop'?"),
        ("macs: 3M, rounding: down", "rounding cannot be 'down'"),
        ("macs: 3M, found: {params: 3}", "found has params, of which nothing was printed"),
        ("macs: 3M, found: {macs: 3.5}", "macs must be a whole number"),
    ],
)
def test_mistakes(convcost: Program, tmp_path: Path, published: str, problem: str) -> None:
    """A mistake in what was published is one line, exit 2."""
    ran = checked(convcost, tmp_path, published)
    assert (ran.code, ran.out, len(ran.err.splitlines())) == (2, "", 1)
    assert problem in ran.err


def test_every_figure(convcost: Program, tmp_path: Path) -> None:
    """--all has a row for each figure, JSON has them anyway."""
    published = "macs: 31k, params: 8242, found: {macs: 29600}, source: s, note: why"
    ran = checked(convcost, tmp_path, published, "--all")
    assert "known not to hold" in ran.out
    data = json.loads(checked(convcost, tmp_path, published, "--format", "json").out)
    assert data["sources"] == [{"source": "s", "figures": 2, "hold": 1, "known": 1, "fail": 0}]
    assert [(each["figure"], each["counted"]) for each in data["published"]] == [
        ("params", 8242),
        ("macs", 29600),
    ]


def test_usual_configs(convcost: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without configs, convcost.yaml is checked, or else what is in configs/."""
    monkeypatch.chdir(tmp_path)
    ran = convcost("check", "--published")
    assert ran.code == 2
    assert ran.err.startswith(
        "convcost: no configs: there is no convcost.yaml and nothing in configs/ here; "
    )
    (tmp_path / "configs").mkdir()
    (tmp_path / "configs" / "a.yaml").write_text(NETWORK % "macs: 31k")
    assert convcost("check", "--published").err.startswith(
        "configs/a.yaml:5:19: n: macs 31k does not hold"
    )
    (tmp_path / "convcost.yaml").write_text(NETWORK % "macs: 29.6k")
    assert convcost("check", "--published").code == 0


def test_nothing_published(convcost: Program) -> None:
    """Nothing to check is no success."""
    ran = convcost("check", "--published", CONFIGS / "mobile-stage.yaml")
    assert ran.code == 2
    assert "nothing to check" in ran.err


def test_shipped(convcost: Program) -> None:
    """Every figure that the shipped networks state holds, and pycls' are exact."""
    ran = convcost("check", "--published", *sorted(CONFIGS.glob("*.yaml")), "--format", "json")
    assert (ran.code, ran.err) == (0, "")
    figures = json.loads(ran.out)["published"]
    assert len(figures) > 300
    exact = [each for each in figures if each["source"] == "pycls"]
    assert len(exact) == 8 * 3
    assert all(int(each["printed"]) == each["counted"] for each in exact)
