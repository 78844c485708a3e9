"""The kinds: functions that append nodes, whose signatures are their schemas.

To add a kind, write one function under `@kind("name")`; the command line, YAML, the JSON Schema,
the formulas and the cross-check read everything off it.
"""

# In the order in which tables list them.
from convcost.kinds import convolutions, parts, residual, mobile, xsep, branches, layers  # noqa: I001
from convcost.registry import KINDS, compared_kinds, find

__all__ = [
    "KINDS",
    "branches",
    "compared_kinds",
    "convolutions",
    "find",
    "layers",
    "mobile",
    "parts",
    "residual",
    "xsep",
]
