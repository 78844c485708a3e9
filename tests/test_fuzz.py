"""Whatever is typed: an answer, or lines that say what is wrong; never a crash."""

import io
import tempfile
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from convcost.api import KINDS, build
from convcost.cli import main as cli
from convcost.counting.counts import count
from convcost.errors import ConvcostError, Problem
from convcost.kinds.parameters import ACTS, NORMS
from convcost.networks.cases import Case, run
from convcost.networks.parameters import every_param
from convcost.sources.flags import flag_name
from convcost.sources.reading.configs import read_config
from convcost.sources.reading.conventions import parse_convention

PARAMS = every_param()
NETWORK = build("inverted-residual", (8, 8, 8), k=3)
WORDS = st.sampled_from(
    [
        *("0", "1", "2", "3", "8", "-1", "3x5", "2x2x2", "x", "", "1e2", "1e400", "0.5", "4.2k"),
        *("true", "no", "same", "valid", "tf-same", "symmetric", "int8", "norm,act", "bias", "a"),
        *(*KINDS, *NORMS.names, *ACTS.names[:3], "{k}", "ünï", "\t", "007", "nan"),
    ]
)
NUMBERS = st.integers(-2, 20) | st.booleans() | st.none() | st.floats(allow_nan=False)
SCALARS = WORDS | NUMBERS
NAMES = st.sampled_from([*PARAMS, "name", "kinds", "matrix", "include", "exclude", "defaults", "q"])
VALUES: st.SearchStrategy[Any] = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES | WORDS, inner, max_size=3),
    max_leaves=6,
)
CASES = st.fixed_dictionaries(
    {"name": SCALARS, "in": SCALARS, "hw": SCALARS | st.lists(NUMBERS, max_size=3)},
    optional={
        **{name: SCALARS for name in PARAMS if name not in ("in", "hw")},
        "kinds": st.lists(st.sampled_from(list(KINDS)) | VALUES, max_size=3) | VALUES,
        "matrix": st.dictionaries(NAMES, st.lists(VALUES, max_size=3) | VALUES, max_size=3),
    },
)
CONFIGS = st.fixed_dictionaries(
    {"cases": st.lists(CASES | VALUES, max_size=3) | VALUES},
    optional={"defaults": st.dictionaries(NAMES, VALUES, max_size=3) | VALUES},
)


@pytest.mark.slow
@settings(max_examples=1000)
@given(CONFIGS | VALUES)
def test_any_config(config: Any) -> None:
    """Any YAML is read and run, or refused in single lines that start with the file's name."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "c.yaml"
        path.write_text(yaml.safe_dump(config, allow_unicode=True), encoding="utf-8")
        cases, problems = read(str(path))
    assert bool(cases) is not bool(problems)
    assert all(run(case).rows for case in cases)
    for problem in problems:
        assert problem.place.startswith(str(path))
        assert "\n" not in problem.message


RULES = st.text(max_size=12) | st.sampled_from(
    [
        *("0", "1", "MACs", "4 |X|", "0.5 |X| + bias", "2 |Y|·(linear 5)", "not seen", "windows"),
        *("1/0 |X|", "9999999 |X|", "-1 |X|", "|X| +", "2  MACs", "nan MACs", "1e9 MACs"),
    ]
)
CALLS = st.text(max_size=12) | st.sampled_from(
    ["*", "nn.*", "nn.ReLU", "nn.Conv1/2/3d", "F.relu", "relu", "our.Attention", "a::b", "nn.X"]
)
CONVENTIONS = st.fixed_dictionaries(
    {"rules": st.dictionaries(CALLS, RULES | VALUES, max_size=4) | VALUES},
    optional={
        "name": SCALARS,
        "extends": st.sampled_from(["thop", "macs", "fvcore@0.1"]) | VALUES,
        "unit": st.sampled_from(["MACs", "flops"]) | VALUES,
        **dict.fromkeys(("called", "params", "source", "note", "q"), VALUES),
    },
)


@pytest.mark.slow
@settings(max_examples=1000)
@given(CONVENTIONS | VALUES)
def test_any_convention(convention: Any) -> None:
    """Any YAML is a convention that counts a network or says why not, or is refused in lines."""
    text = yaml.safe_dump(convention, allow_unicode=True)
    try:
        read_as = parse_convention(text, "c.yaml")
    except ConvcostError as error:
        for problem in error.problems:
            assert problem.place.startswith("c.yaml")
            assert "\n" not in problem.message
        return
    found = count(NETWORK, read_as)
    assert (found.total is None) is bool(found.error)


def read(path: str) -> tuple[list[Case], tuple[Problem, ...]]:
    """The cases of a config, or its problems."""
    try:
        return read_config(path), ()
    except ConvcostError as error:
        return [], error.problems


@pytest.mark.slow
@settings(max_examples=400)
@given(
    st.sampled_from(["compare", "show", "verify --kinds q", "kinds", "schema", "shwo"]),
    st.lists(st.tuples(st.sampled_from([*map(flag_name, PARAMS), "--kinds", "--q"]), WORDS)),
    st.lists(WORDS, max_size=2),
)
def test_any_flags(command: str, flags: list[tuple[str, str]], words: list[str]) -> None:
    """Any flags give an answer or a refusal, never an internal error and never exit 1."""
    arguments = [*command.split(), *words, *[word for pair in flags for word in pair]]
    said = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.argv", ["convcost", *arguments])
        patch.setattr("sys.stdout", io.TextIOWrapper(io.BytesIO(), encoding="utf-8"))
        patch.setattr("sys.stderr", said)
        with pytest.raises(SystemExit) as ended:
            cli.main()
    said.seek(0)
    complaint = said.read()
    assert ended.value.code in (0, 2)
    assert bool(complaint) is bool(ended.value.code)
    assert "internal error" not in complaint
