"""The lock file: the same bytes for the same costs, and nothing else is read."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convcost.gate.lock import NAME, RULES, Lock, parse_lock, read_lock
from tests.support.program import Program

NETWORK = """
name: %s
input: 3x8x8
params: {out: 4}
layers: [{standard: {out: out}}]
"""
COUNT = st.integers(0, 10**18)
FIGURES = st.fixed_dictionaries({"params": COUNT, "macs": COUNT, "activations": COUNT})
OF_A_TOOL = st.fixed_dictionaries({"params": COUNT, "macs": COUNT})
NAMES = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1).filter(
    lambda name: name != NAME
)


LOCKS = st.tuples(st.dictionaries(NAMES, FIGURES), st.just("convcost")) | st.tuples(
    st.dictionaries(NAMES, OF_A_TOOL), st.just("thop@0.1.1")
)


@given(LOCKS)
def test_round_trip(drawn: tuple[dict[str, dict[str, int]], str]) -> None:
    """What is written is read as it was, whatever the names, and in any order."""
    entries, convention = drawn
    lock = Lock(entries, convention)
    assert parse_lock(lock.text(), "lock") == lock
    backwards = {name: dict(reversed(entries[name].items())) for name in reversed(entries)}
    assert Lock(backwards, convention).text() == lock.text()


def test_text() -> None:
    """One entry is one line, sorted by name, and the last line says how they were counted."""
    entries = {"b": {"macs": 2, "params": 10**12}, "a: group": {"params": 1}}
    assert Lock(entries).text() == (
        "{\n"
        '"a: group": {"params": 1},\n'
        '"b": {"params": 1000000000000, "macs": 2},\n'
        f'"convcost.lock": {{"format": 1, "convention": "convcost", "rules": {RULES}}}\n'
        "}\n"
    )


GOOD = Lock(
    {
        "a": {"params": 3, "macs": 4, "activations": 6},
        "b": {"params": 5, "macs": 7, "activations": 8},
    }
).text()


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", ":1:1: not JSON: expecting value"),
        (GOOD[:30], ":2:29: not JSON: expecting"),
        ("[]", ": not a mapping of entries"),
        ("{}", ": no last line 'convcost.lock' with the format: truncated?"),
        (GOOD.replace('"b"', '"a"'), ":2: 'a' is here twice"),
        (GOOD.replace('"b"', f'"{"b" * 801}"'), ":3: 'bbbbbbbb"),
        (GOOD.replace("3", "-3"), ":2: 'a' params must be from 0 to 10^18, got -3"),
        (GOOD.replace("3", "3" * 40), ":2: 'a' params must be from 0 to 10^18, got 3333"),
        (GOOD.replace("5", "9" * 5000), ": not JSON: exceeds the limit"),
        (GOOD.replace("5", "5.5"), ":3: 'b' params must be a whole number, got 5.5"),
        (GOOD.replace("5", "true"), ":3: 'b' params must be a whole number, got True"),
        (GOOD.replace("5", '"5"'), ":3: 'b' params must be a whole number, got 5"),
        (GOOD.replace("macs", "mcas"), ":2: 'a' has 'mcas', which is no figure"),
        (
            GOOD.replace('{"params": 5, "macs": 7, "activations": 8}', "{}"),
            ":3: 'b' has no figures",
        ),
        (GOOD.replace(', "macs": 7', ""), ":3: 'b' has params, activations, which are not all"),
        (GOOD.replace(f'"rules": {RULES}', '"rules": true'), ":4: no convention and rules"),
        (GOOD.replace('"a"', '"\\u001b"'), ":2: '\ufffd' is no name, which is one line of at"),
        ("# readme", ":1:1: not JSON: expecting value; is it a lock of convcost?"),
        (GOOD.replace('"format": 1', '"format": 2'), ":4: format 2, which this convcost does not"),
        (GOOD.replace(f'"rules": {RULES}', '"rules": "1"'), ":4: no convention and rules"),
        (GOOD.replace("{\n", "{\n<<<<<<< HEAD\n", 1), ":2: a merge conflict"),
        (GOOD.replace('"a": ', '"a":  '), ":2: not as convcost writes it (edited by hand?)"),
        (GOOD.replace('"a"', '"c"'), ":2: not as convcost writes it"),
        (GOOD + "\n", ":7: not as convcost writes it"),
        ("[" * 100_000, ": not JSON: maximum recursion"),
    ],
)
def test_refusals(convcost: Program, tmp_path: Path, text: str, problem: str) -> None:
    """A lock that convcost did not write so is one clear line, exit 2, and left as it is."""
    config, path = tmp_path / "a.yaml", tmp_path / "x.lock"
    config.write_text(NETWORK % "a")
    path.write_text(text)
    for command in ("check", "lock", "diff"):
        arguments = (path, config) if command == "diff" else (config, "--lockfile", path)
        ran = convcost(command, *arguments)
        assert (ran.code, ran.out, len(ran.err.splitlines())) == (2, "", 1)
        assert ran.err.lower().startswith(f"{path}{problem}".lower())
        assert path.read_text() == text


def test_other_line_ends() -> None:
    """A lock that git has given other line ends is the same lock."""
    assert parse_lock(GOOD.replace("\n", "\r\n"), "lock") == parse_lock(GOOD, "lock")


def test_what_is_no_file(convcost: Program, tmp_path: Path) -> None:
    """A folder, a link, and what is not text are refused by their names."""
    config = tmp_path / "a.yaml"
    config.write_text(NETWORK % "a")
    (tmp_path / "folder").mkdir()
    (tmp_path / "binary").write_bytes(b"{\n\xff")
    (tmp_path / "target").write_text(GOOD)
    (tmp_path / "link").symlink_to(tmp_path / "target")
    for name, problem in (
        ("folder", "is a directory"),
        ("link", "is a symbolic link; name the file itself with --lockfile"),
        ("binary:2", "not UTF-8 text"),
    ):
        path = tmp_path / name.partition(":")[0]
        for command in ("check", "lock"):
            ran = convcost(command, config, "--lockfile", path)
            assert (ran.code, ran.out, ran.err) == (2, "", f"{tmp_path / name}: {problem}\n")
    assert (tmp_path / "target").read_text() == GOOD


def test_no_lock(tmp_path: Path) -> None:
    """A lock that is not there is no error to read."""
    assert read_lock(str(tmp_path / "none")) is None


def test_lock(convcost: Program, tmp_path: Path) -> None:
    """Locking says what changed, twice is byte-identical, and gone entries go."""
    config, path = tmp_path / "a.yaml", tmp_path / "x.lock"
    config.write_text(
        "networks: [{name: a, input: 3x8x8, layers: [standard]}, "
        "{name: b, input: 3x8x8, layers: [pointwise]}]"
    )
    flags = ("--lockfile", path, "--prune")
    ran = convcost("lock", config, *flags)
    assert (ran.code, ran.out, ran.err) == (0, "", f"convcost: wrote {path}: 2 entries\n")
    first = path.read_bytes()
    ran = convcost("lock", config, *flags)
    assert (ran.code, ran.err) == (0, f"convcost: {path} is up to date: 2 entries\n")
    assert path.read_bytes() == first
    config.write_text("{name: a, input: 3x8x8, layers: [{standard: {k: 5}}]}")
    for flag, code in (("--dry-run", 0), ("--check", 1)):
        ran = convcost("lock", config, *flags, flag)
        assert (ran.code, path.read_bytes()) == (code, first)
        assert "convcost: a: MACs grew: 5,184 → 14,400 (+9,216, +177.78%)\n" in ran.err
        assert "convcost: b: MACs 576 is gone\n" in ran.err
        assert ran.err.endswith(f"convcost: {path} would change: 1 entry\n")
    assert convcost("lock", config, *flags).code == 0
    assert list(read_lock(str(path)).entries) == ["a"]  # type: ignore[union-attr]


def test_what_cannot_be_built(convcost: Program, tmp_path: Path) -> None:
    """A kind that cannot be built at a shape is no entry, which is said."""
    config, path = tmp_path / "a.yaml", tmp_path / "x.lock"
    config.write_text("cases: [{name: a, in: 3, hw: 8, kinds: [standard, group]}]")
    for command, code in (("lock", 0), ("check", 0)):
        ran = convcost(command, config, "--lockfile", path)
        assert ran.code == code
        assert "a: group is no entry, as it cannot be built: 3 input channels" in ran.err
    lock = read_lock(str(path))
    assert lock is not None
    assert list(lock.entries) == ["a: standard"]


def test_lock_only(convcost: Program, tmp_path: Path) -> None:
    """With --only the other entries stay as they are locked."""
    config, path = tmp_path / "a.yaml", tmp_path / "x.lock"
    both = (
        "networks: [{name: aa, input: 3x8x8, layers: [%s]}, {name: b, input: 3x8x8, layers: [%s]}]"
    )
    config.write_text(both % ("standard", "standard"))
    convcost("lock", config, "--lockfile", path)
    config.write_text(both % ("pointwise", "pointwise"))
    assert convcost("lock", config, "--lockfile", path, "--only", "A*").code == 0
    lock = read_lock(str(path))
    assert lock is not None
    assert [lock.entries[name]["params"] for name in ("aa", "b")] == [9, 81]


def test_lock_as_a_tool(convcost: Program, tmp_path: Path) -> None:
    """A lock may be counted as a profiler does; it is then checked so, or not at all."""
    config, path = tmp_path / "a.yaml", tmp_path / "x.lock"
    config.write_text("{name: a, input: 3x8x8, layers: [{standard: {norm: batch}}]}")
    flags = ("--lockfile", path)
    assert convcost("lock", config, *flags, "--as", "thop@0.1.1").code == 0
    lock = read_lock(str(path))
    assert lock is not None
    assert (lock.convention, lock.entries["a"]["macs"]) == ("thop@0.1.1", 5184 + 4 * 192)
    assert convcost("check", config, *flags, "--as", "thop@0.1.1").code == 0
    for command, arguments in (
        ("check", ()),
        ("lock", ("--only", "a")),
        ("check", ("--as", "fvcore")),
    ):
        ran = convcost(command, config, *flags, *arguments)
        assert ran.code == 2
        assert f"{path}: is counted as thop@0.1.1, not as" in ran.err
    ran = convcost("lock", config, *flags)
    assert f"counted as thop@0.1.1, revision {RULES}, until now; as convcost" in ran.err
    ran = convcost("check", config, *flags, "--as", "thop@0.1.1")
    assert "is counted as convcost, not as thop@0.1.1; drop --as, or lock all again" in ran.err


def test_other_rules(convcost: Program, tmp_path: Path) -> None:
    """Figures that were counted by other rules are not compared, and it is said why."""
    config, path = tmp_path / "a.yaml", tmp_path / "x.lock"
    config.write_text(NETWORK % "a")
    figures = {"params": 1, "macs": 1, "activations": 1}
    path.write_text(Lock({"a": figures}, rules=RULES + 1).text())
    ran = convcost("check", config, "--lockfile", path)
    assert (ran.code, ran.out) == (2, "")
    assert f"is counted by revision {RULES + 1} of the rules, this convcost has {RULES}" in ran.err
    assert convcost("lock", config, "--lockfile", path).code == 0


def test_names(convcost: Program, tmp_path: Path) -> None:
    """Two entries of one name, over all files, are refused with both places."""
    for name in ("a.yaml", "b.yaml"):
        (tmp_path / name).write_text(NETWORK % "same")
    ran = convcost("lock", tmp_path / "a.yaml", tmp_path / "b.yaml", "--lockfile", tmp_path / "x")
    assert (ran.code, ran.out) == (2, "")
    assert "b.yaml:2:1: 'same' is another entry's name, at " in ran.err
    (tmp_path / "a.yaml").write_text(NETWORK % NAME)
    ran = convcost("lock", tmp_path / "a.yaml", "--lockfile", tmp_path / "x")
    assert "'convcost.lock' is not for entries" in ran.err
    assert not os.path.exists(tmp_path / "x")


def test_too_large(convcost: Program, tmp_path: Path) -> None:
    """What could not be read again is not written."""
    config = tmp_path / "a.yaml"
    config.write_text("name: a\ninput: 3x1000000x1000000\nlayers: [{standard: {out: 1000000}}]\n")
    ran = convcost("lock", config, "--lockfile", tmp_path / "x")
    assert (ran.code, "a.yaml:1:1: a costs more than 10^18" in ran.err) == (2, True)
    kernels = ", ".join(["3"] * 400)
    kinds = f"[mixed-depthwise: {{kernels: [{kernels}]}}]"
    config.write_text(f"cases: [{{name: a, in: 400, hw: 8, kinds: {kinds}}}]")
    ran = convcost("lock", config, "--lockfile", tmp_path / "x")
    assert (ran.code, "is no name for an entry, which has at most 800" in ran.err) == (2, True)


def test_tool_without_a_figure(convcost: Program, tmp_path: Path) -> None:
    """What a tool has no figure for is not locked as something else."""
    config = tmp_path / "a.yaml"
    config.write_text("{name: a, input: 3x8x8, layers: [layer-norm]}")
    ran = convcost("lock", config, "--as", "thop@0.1.0", "--lockfile", tmp_path / "x")
    assert ran.code == 2
    assert "thop@0.1.0 prints no figure for a; leave it out with --only" in ran.err


def test_a_lock_that_could_not_be_read(
    convcost: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is larger than a lock may be is neither read nor written."""
    config, path = tmp_path / "a.yaml", tmp_path / "x.lock"
    config.write_text(NETWORK % "a")
    monkeypatch.setattr("convcost.gate.lock.MAX_BYTES", 100)
    ran = convcost("lock", config, "--lockfile", path)
    assert (ran.code, ran.err) == (2, f"{path}: would be larger than 100 bytes\n")
    assert not path.exists()
