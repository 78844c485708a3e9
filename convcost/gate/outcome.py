"""What a check or a diff found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from convcost.counting.figures import Verdict
from convcost.gate.causes import Cause
from convcost.gate.changes import OVER, Change

CHECK_VERSION = 1
"""Of the JSON that check and diff print; `convcost schema check` is its schema."""


class Gate(NamedTuple):
    """What was found.

    Attributes:
        names: every entry that there is now.
        changes: figures that are others than before, or above their budget.
        verdicts: published figures.
        causes: layers that account for a network's change, by its name.
        unknown: why they are not known, by name.
    """

    names: Sequence[str]
    changes: Sequence[Change]
    verdicts: Sequence[Verdict] = ()
    causes: Mapping[str, Sequence[Cause]] = {}
    unknown: Mapping[str, str] = {}

    @property
    def failed(self) -> list[Change]:
        """The changes that fail."""
        return [change for change in self.changes if change.fails]

    @property
    def broken(self) -> list[Verdict]:
        """The published figures that fail."""
        return [verdict for verdict in self.verdicts if not verdict.passes]

    @property
    def unchanged(self) -> list[str]:
        """Entries that cost what they cost before."""
        changed = {change.name for change in self.changes if change.status != OVER}
        return [name for name in self.names if name not in changed]
