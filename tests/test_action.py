"""The action and the hooks: what CI runs is what the commands say."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

import convcost
from convcost.cli.main import COMMANDS
from tests.support.paths import ROOT
from tests.support.repositories import edit, run


def step(script: str, folder: Path, **inputs: str) -> subprocess.CompletedProcess[str]:
    """What another step of the action does, with the program and others in `bin`."""
    (folder / "bin").mkdir(exist_ok=True)
    program = folder / "bin" / "convcost"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m convcost "$@"\n')
    program.chmod(0o755)
    path = {"PYTHONPATH": str(ROOT), "PATH": f"{program.parent}:{os.environ['PATH']}"}
    return subprocess.run(
        ["bash", str(ROOT / "scripts" / script)],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        env=os.environ | path | inputs,
    )


def act(folder: Path, **inputs: str) -> tuple[int, str, str]:
    """Exit code, stdout and the summary of what the action runs."""
    summary = folder / "summary.md"
    summary.write_text("")
    ran = step("action.sh", folder, GITHUB_STEP_SUMMARY=str(summary), **inputs)
    return ran.returncode, ran.stdout, summary.read_text()


@pytest.mark.skipif(os.name != "posix", reason="runners of the action have a POSIX shell")
def test_action(repository: Path) -> None:  # the fixture
    """The summary is written also when the check fails, and the exit code is the check's."""
    code, out, summary = act(repository)
    assert (code, out) == (0, "")
    assert summary.startswith("## convcost\n| entries |")
    edit(repository, "[16, 2]", "[20, 2]")
    code, out, summary = act(repository, CONFIGS="configs/a.yaml", AGAINST="main")
    assert code == 1
    assert out.startswith("::error file=configs/a.yaml,line=3,col=5,title=wide::MACs grew: ")
    assert "| wide | 3.conv-bn-act | 16x16x16 → 20x16x16 |" in summary
    assert act(repository, SUMMARY="false")[::2] == (1, "")
    code, out, summary = act(repository, LOCKFILE="none.lock")
    assert (code, out) == (2, "")
    assert "make one with: convcost lock --lockfile none.lock" in summary


@pytest.mark.skipif(os.name != "posix", reason="runners of the action have a POSIX shell")
def test_action_locked(repository: Path) -> None:
    """Any difference fails if all is to be as locked."""
    edit(repository, "[16, 2]", "[12, 2]")
    assert act(repository)[0] == 0
    assert act(repository, LOCKED=" True ")[0] == 1
    assert act(repository, LOCKED="perhaps")[0] == 2


@pytest.mark.skipif(os.name != "posix", reason="runners of the action have a POSIX shell")
def test_action_new(repository: Path) -> None:
    """A network that is not locked fails, unless new ones are allowed."""
    edit(repository, "name: small", "name: little\n    batch: 2")
    code, out, _ = act(repository)
    assert code == 1
    assert "title=little::is not locked; convcost lock adds it\n" in out
    assert act(repository, ALLOW_NEW="true")[:2] == (0, "")


@pytest.mark.skipif(os.name != "posix", reason="runners of the action have a POSIX shell")
def test_action_tolerance(repository: Path) -> None:
    """Figures may grow by what is allowed, on the command line, in the action and in Python."""
    edit(repository, "[16, 2]", "[17, 2]")
    assert act(repository, TOLERANCE="macs:12% params:12%")[0] == 1
    assert act(repository, TOLERANCE="macs:12%\nparams:12%\nactivations:12%")[:2] == (0, "")
    assert len(convcost.check(tolerance="macs:12%")) == 1
    assert convcost.check(tolerance=["12%"]) == []
    with pytest.raises(convcost.ConvcostError, match="no figure 'mac'"):
        convcost.check("configs/a.yaml", tolerance="mac:1%")


@pytest.mark.skipif(os.name != "posix", reason="runners of the action have a POSIX shell")
def test_what_a_fork_may_bring(repository: Path) -> None:
    """No text of a file becomes a command of the workflow, a sequence of the terminal or markup."""
    evil = "networks:\n- !<tag:%1B[31m%0A::error::pwned> x\n- {name: '[a](http://b) @c', q: 1}\n"
    (repository / "configs" / "x\n::error title=p::q\x1b[31m.yaml").write_text(evil)
    code, out, summary = act(repository)
    assert (code, out) == (2, "")
    (repository / "configs" / "::stop-commands::##[add-mask]x.yaml").write_text(evil)
    ran = run(repository / "configs", "check", "::stop-commands::##[add-mask]x.yaml")
    for line in (ran.stdout + ran.stderr + summary).splitlines():
        assert line.isprintable()
        assert not line.lstrip().startswith("::")
        assert "##[" not in line
    assert [line for line in summary.splitlines() if "pwned" in line and line[:4] != "    "] == []


@pytest.mark.skipif(os.name != "posix", reason="runners of the action have a POSIX shell")
def test_inputs_are_no_commands(repository: Path) -> None:
    """What a pull request could bring into an input is a name, never run."""
    evil = "$(touch hacked) ; touch hacked `touch hacked` --exit-zero"
    for name in ("CONFIGS", "LOCKFILE", "TOLERANCE", "AGAINST"):
        assert act(repository, **{name: evil})[0] == 2
    assert not (repository / "hacked").exists()


@pytest.mark.skipif(os.name != "posix", reason="runners of the action have a POSIX shell")
def test_page(repository: Path) -> None:
    """The page of what changed is the step's output; where there is none, nothing fails."""
    edit(repository, "[16, 2]", "[20, 2]")
    output, page = repository / "output", repository / "page.html"
    given = {"GITHUB_OUTPUT": str(output), "PAGE": str(page)}
    assert step("report.sh", repository, **given, BASE="main").returncode == 0
    assert output.read_text() == f"page={page}\n"
    assert "3.conv-bn-act" in page.read_text()
    output.unlink()
    for more in ({"REPORT": "false"}, {"BASE": "nothing"}, {"AGAINST": "$(touch hacked)"}):
        assert step("report.sh", repository, **given, **more).returncode == 0
        assert not output.exists()
    assert not (repository / "hacked").exists()


GH = """#!/bin/sh
printf '%s\\n' "$*" >> "$CALLS"
for last in "$@"; do case $last in body=@*) cp "${last#body=@}" "$CALLS.body" ;; esac; done
case "$*" in *--paginate*) printf "$FOUND" ;; *user*) echo me ;; esac
exit "${FAILS:-0}"
"""
"""Stands for GitHub's program: it notes how it was called, and knows comments."""


@pytest.mark.skipif(os.name != "posix", reason="runners of the action have a POSIX shell")
def test_comment(tmp_path: Path) -> None:
    """There is one comment, written anew; none on a fork's pull request, and no failure."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "gh").write_text(GH)
    (tmp_path / "bin" / "gh").chmod(0o755)
    (tmp_path / "body.md").write_text("## convcost\n$(touch hacked) `touch hacked`\n")
    calls = tmp_path / "calls"
    given = {"CALLS": str(calls), "BODY": str(tmp_path / "body.md"), "NUMBER": "7", "FOUND": ""}
    given |= {"COMMENT": "true", "REPOSITORY": "a/b", "HEAD": "a/b"}

    def called(**more: str) -> tuple[list[str], str]:
        calls.unlink(missing_ok=True)
        ran = step("comment.sh", tmp_path, **(given | more))
        assert ran.returncode == 0
        return (calls.read_text().splitlines() if calls.exists() else []), ran.stdout

    (who, _, posted), _ = called()
    assert who == "api user --jq .login"
    assert posted.startswith("api --method POST repos/a/b/issues/7/comments -F body=@")
    body = (tmp_path / "calls.body").read_text()
    assert body == "<!-- convcost: costs -->\n" + (tmp_path / "body.md").read_text()
    (_, asked, patched), _ = called(FOUND="12\\n13\\n")
    assert 'select(.user.type == "Bot" or .user.login == "me")' in asked
    assert patched.startswith("api --method PATCH repos/a/b/issues/comments/12 -F body=@")
    (tmp_path / "body.md").write_text("## convcost\n" + "| a | 1,000 |\n" * 10_000)
    called()
    body = (tmp_path / "calls.body").read_text()
    assert len(body) < 65_536
    assert body.endswith(
        "\n| a | 1,000 |\n\nThe rest has no room here; the summary of the run has it.\n"
    )
    (tmp_path / "body.md").write_text("")
    assert called()[0] == []
    (tmp_path / "body.md").write_text("## convcost\n")
    assert called(HEAD="c/b") == ([], FORK)
    assert called(COMMENT="false") == called(NUMBER="") == ([], "")
    assert "permissions: pull-requests: write" in called(FAILS="1")[1]
    assert not (tmp_path / "hacked").exists()


FORK = "::notice title=convcost::a pull request of a fork gets no comment; the summary has it all\n"


def test_action_passes_every_input() -> None:
    """Each input of the action comes to its steps as a variable, none in the text of a command."""
    action = yaml.safe_load((ROOT / "action.yml").read_text())
    assert set(action["inputs"]) == {
        *("configs", "lockfile", "locked", "allow-new", "tolerance", "against", "summary"),
        *("report", "comment", "token", "version"),
    }
    steps = action["runs"]["steps"]
    passed = {value for step in steps for value in step.get("env", {}).values()}
    assert {f"${{{{ inputs.{name} }}}}" for name in action["inputs"]} <= passed
    assert not any("${{" in step.get("run", "") for step in steps)


def test_hooks() -> None:
    """The hooks run commands that there are, and no more than the light install."""
    commands = set(COMMANDS)
    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    assert [hook["id"] for hook in hooks] == ["convcost-check", "convcost-lock"]
    for hook in hooks:
        program, command = hook["entry"].split()
        assert (program, command in commands) == ("convcost", True)
        assert "additional_dependencies" not in hook
