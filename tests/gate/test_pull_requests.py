"""Ways round the gate, each as a pull request in a repository of its own."""

import os
from pathlib import Path

import pytest

from convcost.gate.lock import Lock, read_lock
from tests.support.repositories import edit, git, run

OTHER = "{name: other, input: 3x16x16, layers: [{standard: {out: %d}}]}\n"


@pytest.fixture(name="two")
def two_configs(repository: Path) -> Path:
    """A repository with two configs and the lock of both, and a branch for a pull request."""
    (repository / "configs" / "b.yaml").write_text(OTHER % 8)
    assert run(repository, "lock").returncode == 0
    git(repository, "add", ".")
    git(repository, "commit", "-qm", "two configs")
    git(repository, "checkout", "-qb", "pull-request")
    return repository


def names(folder: Path) -> set[str]:
    """The entries of the lock."""
    lock = read_lock(str(folder / "convcost.lock"))
    assert lock is not None
    return set(lock.entries)


def test_a_partial_lock(two: Path) -> None:
    """Locking one config leaves the entries of others, so that their growth is still found."""
    before = names(two)
    (two / "configs" / "b.yaml").write_text(OTHER % 16)
    edit(two, "[16, 2]", "[20, 2]")
    locked = run(two, "lock", "configs/b.yaml")
    assert locked.returncode == 0
    assert locked.stderr.endswith(
        "wrote convcost.lock: 5 entries, 4 of them of other configs or cases\n"
    )
    assert names(two) == before
    failed = run(two, "check")
    assert failed.returncode == 1
    assert [line.split(": ")[1] for line in failed.stderr.splitlines()] == ["wide"]


def test_prune(two: Path) -> None:
    """What no config has any more goes with --prune, and without names as it always did."""
    before = names(two)
    (two / "configs" / "b.yaml").write_text(OTHER.replace("other", "another") % 8)
    assert run(two, "lock", "configs/b.yaml").returncode == 0
    assert names(two) == before | {"another"}
    pruned = run(two, "lock", "configs/b.yaml", "--prune")
    assert "convcost: other: MACs 55,296 is gone\n" in pruned.stderr
    assert names(two) == before - {"other"} | {"another"}
    edit(two, "name: small", "name: little")
    assert run(two, "lock", "--only", "little", "--prune").returncode == 0
    assert names(two) == before - {"other", "small"} | {"another", "little"}
    (two / "configs" / "b.yaml").unlink()
    assert run(two, "lock").returncode == 0
    assert names(two) == before - {"other", "small"} | {"little"}


def test_a_partial_lock_that_counts_otherwise(two: Path) -> None:
    """Entries that stay were counted in one way, and no others are put beside them."""
    refused = run(two, "lock", "configs/b.yaml", "--as", "thop@0.1.1")
    assert refused.returncode == 2
    assert "is counted as convcost, not as thop@0.1.1; drop --as, or lock all" in refused.stderr
    assert run(two, "lock", "--as", "thop@0.1.1").returncode == 0


def test_a_rename_that_grows(two: Path) -> None:
    """Renamed and grown is an entry that is not locked; renamed alone is told."""
    edit(two, "name: wide", "name: wider")
    told = run(two, "check")
    assert (told.returncode, told.stderr) == (0, "")
    edit(two, "[16, 2]", "[20, 2]")
    failed = run(two, "check")
    assert failed.returncode == 1
    assert failed.stderr == ("configs/a.yaml:3:5: wider: is not locked; convcost lock adds it\n")
    assert run(two, "lock").returncode == 0
    assert run(two, "check").returncode == 0


def test_a_new_network(two: Path) -> None:
    """A network that is not locked fails at its line, in every format, and --allow-new lets it."""
    (two / "configs" / "c.yaml").write_text("\n" + OTHER.replace("other", "new") % 8)
    line = "configs/c.yaml:2:1: new: is not locked; convcost lock adds it\n"
    for name, words in (
        ("text", "new    MACs"),
        ("github", "::error file=configs/c.yaml,line=2,col=1,title=new::is not locked; convcost"),
        ("junit", '<failure message="is not locked; convcost lock adds it">'),
        ("json", '"status": "new"'),
    ):
        ran = run(two, "check", "--format", name)
        assert (ran.returncode, ran.stderr) == (1, line)
        assert words in ran.stdout
    assert run(two, "check", "--allow-new").returncode == 0
    assert run(two, "check", "--locked", "--allow-new").returncode == 1


def test_a_kind_of_a_new_release(two: Path) -> None:
    """A kind more, for a case that names none, is told; a case more, or a kind named, fails."""
    case = (
        "cases:\n- {name: %s, in: 8, hw: 4}\n"
        "- {name: two, in: 8, hw: 4, kinds: [standard, group]}\n"
    )
    (two / "configs" / "c.yaml").write_text(case % "all")
    assert run(two, "lock").returncode == 0
    lock = read_lock(str(two / "convcost.lock"))
    assert lock is not None
    without = {n: f for n, f in lock.entries.items() if n != "all: xsepconv"}
    (two / "convcost.lock").write_text(Lock(without).text())
    told = run(two, "check")
    assert (told.returncode, told.stderr) == (0, "")
    assert "all: xsepconv" in told.stdout
    assert run(two, "check", "--locked").returncode == 1
    without = {n: f for n, f in lock.entries.items() if n != "two: group"}
    (two / "convcost.lock").write_text(Lock(without).text())
    assert "two: group: is not locked" in run(two, "check").stderr
    (two / "configs" / "c.yaml").write_text(
        case.replace("hw: 4}\n- {name: two", "hw: 5}\n- {name: two") % "every"
    )
    (two / "convcost.lock").write_text(lock.text())
    failed = run(two, "check")
    assert failed.returncode == 1
    assert "every: xsepconv: is not locked" in failed.stderr


def test_configs_in_models(two: Path) -> None:
    """What convcost.yaml lists is locked, checked and compared unnamed, at commits as well."""
    folder = two / "models" / "deep" / "er"
    folder.mkdir(parents=True)
    (folder / "m.yaml").write_text(OTHER.replace("other", "model") % 8)
    (two / "models" / "top.yml").write_text(OTHER.replace("other", "top") % 8)
    (two / "models" / "deep" / "notes.txt").write_text("no config")
    (two / "models" / "link.yaml").symlink_to("top.yml")
    (two / "convcost.yaml").write_text(
        'configs: ["models/**/*.y*ml", configs/a.yaml]\n'
        "networks: [{name: own, input: 3x16x16, layers: [standard]}]\n"
    )
    assert run(two, "lock").returncode == 0
    assert names(two) == {
        "own",
        "model",
        "top",
        "wide",
        "small",
        "kinds: standard",
        "kinds: pointwise",
    }
    git(two, "add", ".")
    git(two, "commit", "-qm", "models")
    assert run(two, "check").returncode == 0
    (folder / "m.yaml").write_text(OTHER.replace("other", "model") % 16)
    failed = run(two, "check")
    assert failed.returncode == 1
    assert failed.stderr.startswith("models/deep/er/m.yaml:1:1: model: MACs grew: 55,296 → 110,592")
    assert "most in 1.standard (models/deep/er/m.yaml:1:40)" in failed.stderr
    difference = run(two, "diff", "HEAD", "--format", "json").stdout
    assert '"entry": "model"' in difference
    assert '"entry": "top"' not in difference
    assert "model" in run(two, "compare", "convcost.yaml").stdout


@pytest.mark.parametrize(
    ("configs", "message"),
    [
        ('["../*.yaml"]', "convcost.yaml:1:11: must be a pattern of files below this one"),
        ("[/etc/*.yaml]", "convcost.yaml:1:11: must be a pattern of files below this one"),
        ("[configs/a.yaml, '']", "convcost.yaml:1:27: must be a pattern of files below this one"),
        ("[[a]]", "not a list"),
        ("[]", "convcost.yaml:1:10: configs is empty"),
        ("models", "convcost.yaml:1:10: configs is a list of patterns, not 'models'"),
        ("['models/**']", "convcost.yaml:1:11: there is no file models/**"),
    ],
)
def test_lists_that_are_none(two: Path, configs: str, message: str) -> None:
    """A list of configs is data: patterns of files below it that there are."""
    (two / "convcost.yaml").write_text(f"configs: {configs}\n")
    ran = run(two, "check")
    assert (ran.returncode, ran.stdout) == (2, "")
    assert message in ran.stderr


def test_only_convcost_yaml_lists(two: Path) -> None:
    """Elsewhere `configs` is a mistake; a list that lists lists is followed, and circles end."""
    (two / "configs" / "c.yaml").write_text("configs: [a.yaml]\n")
    ran = run(two, "check")
    assert ran.stderr == "configs/c.yaml:1:1: configs are listed in convcost.yaml only\n"
    (two / "configs" / "c.yaml").rename(two / "configs" / "convcost.yaml")
    (two / "convcost.yaml").write_text("configs: ['**/*.yaml']\n")
    assert run(two, "check").returncode == 0


def test_what_is_the_matter(two: Path) -> None:
    """A config that is not there, configs that are elsewhere, and a lock are said to be that."""
    (two / "convcost.lock").rename(two / "kept.lock")
    assert run(two, "check", "nofile.yaml").stderr == "nofile.yaml: no such file or directory\n"
    (two / "kept.lock").rename(two / "convcost.lock")
    ran = run(two, "compare", "convcost.lock")
    assert ran.returncode == 2
    assert ran.stderr == (
        "convcost.lock:1:1: this is a lock, not a config; convcost check compares configs with it\n"
    )
    elsewhere = two / "elsewhere"
    elsewhere.mkdir()
    assert f"; convcost.lock lies in {two}; name them" in run(elsewhere, "check").stderr
    (two / "convcost.lock").rename(elsewhere / "convcost.lock")
    for command in ("check", "lock", "diff"):
        ran = run(elsewhere, command)
        assert ran.stderr.startswith("convcost.lock: is here, but no configs are: there is no conv")


def test_all_but_a_commit(two: Path) -> None:
    """What git calls by a sign is no commit to compare with."""
    for word in ("^HEAD", "HEAD^@", "HEAD..main"):
        ran = run(two, "diff", word)
        assert (ran.returncode, ran.stdout) == (2, "")
        assert ran.stderr == f"{word}: no config, lock file, network, commit of this name here\n"
        assert run(two, "check", "--against", word).returncode == 2


def test_a_rename_among_others_that_are_gone(two: Path) -> None:
    """Who takes the name's place is not known where more is gone than renamed, so that fails."""
    edit(two, "name: wide", "name: wider")
    (two / "configs" / "b.yaml").unlink()
    failed = run(two, "check")
    assert failed.returncode == 1
    assert failed.stderr == (
        "configs/a.yaml:3:5: wider: is new, and was probably wide; convcost lock adds it\n"
    )
    assert run(two, "check", "--allow-new").returncode == 0


def test_a_case_that_names_its_kinds_no_more(two: Path) -> None:
    """Its other kinds are no kinds of a new release."""
    edit(two, ", kinds: [standard, pointwise]", "")
    failed = run(two, "check")
    assert failed.returncode == 1
    assert "kinds: xsepconv: is not locked" in failed.stderr


def test_one_config_of_a_common_lock(two: Path) -> None:
    """Where a config is named, entries that other configs have are not gone."""
    for command in (["check", "configs/b.yaml", "--locked"], ["lock", "configs/b.yaml", "--check"]):
        assert run(two, *command).returncode == 0
    assert "gone" not in run(two, "check", "configs/b.yaml").stdout
    edit(two, "name: small", "name: little")
    assert run(two, "check", "configs/b.yaml", "--locked").returncode == 1


@pytest.mark.skipif(os.name != "posix", reason="links and pipes of POSIX")
def test_a_list_that_leads_nowhere(two: Path) -> None:
    """A convcost.yaml that is no file is not passed over for what lies in configs/."""
    (two / "convcost.yaml").symlink_to("nowhere")
    assert run(two, "check").stderr == "convcost.yaml: is no file\n"
