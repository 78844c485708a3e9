"""Files are written whole or not at all."""

import os
import stat
from pathlib import Path

import pytest

from convcost.errors import ConvcostError
from convcost.formats.files import WholeFile


def test_new_file(tmp_path: Path) -> None:
    """A new file appears with the permissions that any new file gets, and nothing beside it."""
    with WholeFile(str(tmp_path / "a")) as file:
        file.write("one ")
        file.write("two")
    (tmp_path / "b").touch()
    assert (tmp_path / "a").read_text() == "one two"
    assert (tmp_path / "a").stat().st_mode == (tmp_path / "b").stat().st_mode
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b"]


def test_failure_keeps_the_old_file(tmp_path: Path) -> None:
    """An error in the work leaves the old file as it was, and nothing beside it."""
    path = tmp_path / "a"
    path.write_text("old")
    with pytest.raises(RuntimeError), WholeFile(str(path)) as file:  # noqa: PT012
        file.write("new")
        raise RuntimeError
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_permissions_and_links_are_kept(tmp_path: Path) -> None:
    """A replaced file keeps its permissions, and a link stays a link."""
    path, link = tmp_path / "a", tmp_path / "link"
    path.write_text("old")
    path.chmod(0o640)
    link.symlink_to(path)
    with WholeFile(str(link)) as file:
        file.write("new")
    assert link.is_symlink()
    assert path.read_text() == "new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_device(tmp_path: Path) -> None:
    """A device is written to, not replaced."""
    with WholeFile(os.devnull) as file:
        file.write("x")
    assert not Path(os.devnull).is_file()


@pytest.mark.parametrize("name", [".", "no/such/folder/file", "a\0b"])
def test_paths_that_cannot_be_written(tmp_path: Path, name: str) -> None:
    """A path that cannot be written is refused before the work starts."""
    with pytest.raises(ConvcostError, match="cannot be written"):
        WholeFile(f"{tmp_path}/{name}").__enter__()


@pytest.mark.skipif(os.name == "nt", reason="links and pipes of POSIX")
def test_pipes_and_loops(tmp_path: Path) -> None:
    """A pipe is written to, under any of its names; a link that leads nowhere is refused."""
    reader, writer = os.pipe()
    with WholeFile(f"/dev/fd/{writer}") as file:
        file.write("through the pipe")
    os.close(writer)
    with os.fdopen(reader) as pipe:
        assert pipe.read() == "through the pipe"
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    with pytest.raises(ConvcostError, match="cannot be written"):
        WholeFile(str(loop)).__enter__()
    assert loop.is_symlink()


def test_what_a_killed_run_left(tmp_path: Path) -> None:
    """Old files that were never finished are removed by a later run, and nobody else's ever are."""
    names = [".convcost-0123_abc.partial", ".convcost-notes.md", ".convcost-settings", "notes"]
    for name in names:
        (tmp_path / name).write_text("half")
        os.utime(tmp_path / name, (0, 0))
    (tmp_path / ".convcost-9876zyxw.partial").write_text("of a run that is not over")
    with WholeFile(str(tmp_path / "a.txt")) as file:
        file.write("whole")
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {*names[1:], ".convcost-9876zyxw.partial", "a.txt"}
