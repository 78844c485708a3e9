"""Files that are written whole or not at all."""

from __future__ import annotations

import contextlib
import os
import re
import stat
import time
from pathlib import Path
from types import TracebackType

from convcost.errors import ConvcostError, Problem

PREFIX, SUFFIX = ".convcost-", ".partial"
"""Around the name of a file that is not whole yet."""

_PARTIAL = f"{re.escape(PREFIX)}[a-z0-9_]{{8}}{re.escape(SUFFIX)}"
"""Such names, as `tempfile` makes them; no other file is ours to remove."""


def _sweep(folder: Path) -> None:
    """Remove what a run that was killed an hour ago or earlier has left behind."""
    for path in folder.glob(f"{PREFIX}*{SUFFIX}"):
        if re.fullmatch(_PARTIAL, path.name):
            with contextlib.suppress(OSError):
                left = path.lstat()
                if stat.S_ISREG(left.st_mode) and time.time() - left.st_mtime > 3600:
                    path.unlink()


class WholeFile:
    """A file that appears, or is replaced, only when the `with` block ends without an error.

    It is opened where the block begins, so that a path that cannot be written is known before the
    work starts. A link is followed; a device or pipe is written to directly.

    Raises:
        ConvcostError: the path cannot be written.
    """

    def __init__(self, path: str) -> None:
        """Remember the path; nothing is touched yet."""
        self.shown = path
        self.data = b""
        self.special = False

    def __enter__(self) -> WholeFile:
        """Open a temporary file beside the path."""
        path = self.shown
        try:
            with contextlib.suppress(FileNotFoundError):
                mode = os.stat(path).st_mode
                if stat.S_ISDIR(mode):
                    raise IsADirectoryError(0, "is a directory")
                if not os.access(path, os.W_OK):
                    raise PermissionError(0, "is not writable")
                self.special = not stat.S_ISREG(mode)
            self.path = Path(path) if self.special else Path(os.path.realpath(path))
            if not self.special:
                _sweep(self.path.parent)
                import tempfile  # which is slow to load, and of no use to most runs

                handle, self.temporary = tempfile.mkstemp(SUFFIX, PREFIX, self.path.parent)
                os.close(handle)
        except (OSError, ValueError) as error:
            self._fail(error)
        return self

    def write(self, text: str) -> None:
        """Add to what the file will hold."""
        self.write_bytes(text.encode("utf-8", "replace"))

    def write_bytes(self, data: bytes) -> None:
        """The same with what is no text."""
        self.data += data

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if kind is None:
                self._commit()
        except OSError as problem:
            self._fail(problem)
        finally:
            if not self.special:
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(self.temporary)

    def _commit(self) -> None:
        target = self.path if self.special else Path(self.temporary)
        with target.open("wb") as file:
            file.write(self.data)
            if not self.special:
                file.flush()
                os.fsync(file.fileno())
        if not self.special:
            os.chmod(self.temporary, self._mode())
            os.replace(self.temporary, self.path)

    def _mode(self) -> int:
        """The permissions of the file that is replaced, or those that a new file would get."""
        if self.path.exists():
            return stat.S_IMODE(self.path.stat().st_mode)
        mask = os.umask(0)
        os.umask(mask)
        return 0o666 & ~mask

    def _fail(self, error: Exception) -> None:
        reason = getattr(error, "strerror", None) or str(error)
        raise ConvcostError(Problem(self.shown, f"cannot be written: {reason.lower()}")) from None
