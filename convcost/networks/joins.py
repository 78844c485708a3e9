"""How branches come together."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

from convcost.graph.builder import Builder
from convcost.ops.layouts import Tokens
from convcost.ops.maps import Elementwise
from convcost.ops.moves import Concat
from convcost.ops.op import Shape, times

JOINS = {
    "add": "branches, added",
    "residual": "layers whose output is added to what came in",
    "subtract": "branches, each subtracted from what is before it",
    "multiply": "branches, multiplied",
    "divide": "branches, what is before each divided by it",
    "matmul": "two branches, of which the last two axes are multiplied as matrices",
    "concat": "branches, one behind the other along the channels, or along another axis",
    "split": "branches that each get a part of the channels, concatenated",
}
"""How branches come together, and what each makes of them."""

AXES = ("channels", "depth", "height", "width", "tokens")
"""Along which branches may be concatenated."""

_SUMS = {"add": "add", "residual": "add"}
_ELEMENTWISE = {**_SUMS, "subtract": "sub", "multiply": "mul", "divide": "div"}


def split(channels: int, count: int, sizes: Sequence[int]) -> list[tuple[int, int]]:
    """First channel and end of each of so many parts, of these sizes or all alike.

    Raises:
        ValueError: the parts are more or fewer channels than there are.
    """
    parts = list(sizes) or [channels // count] * count
    if sum(parts) != channels:
        shown = " + ".join(map(str, sizes)) if sizes else f"{count} equal parts"
        raise ValueError(f"{channels} channels cannot be split into {shown}")
    ends = list(accumulate(parts))
    return list(zip([0, *ends], ends, strict=False))


def join(
    net: Builder, function: str, ends: Sequence[int], names: Sequence[str], axis: str = AXES[0]
) -> None:
    """Append what joins the maps of some nodes; `names` are those of the branches, or empty.

    Raises:
        ValueError: the maps do not fit.
    """
    net.last = ends[0]
    if function in ("concat", "split"):
        net.add("concat", Concat(_axis(net.shape, axis)), *ends)
        return
    if function == "matmul":
        from convcost.ops.products import Matmul

        net.add("matmul", Matmul(net.shape[-1]), *ends)
        return
    op = _ELEMENTWISE[function]
    shapes = [net.nodes[end].shape for end in ends]
    if op == "add" and len(set(shapes)) > 1:
        said = [f"{name} " if name else "" for name in names] + ["what came in "]
        sides = [f"{name}{times(shape)}" for name, shape in zip(said, shapes, strict=False)]
        raise ValueError(f"cannot add {' and '.join(sides)}")
    for number, other in enumerate(ends[1:], 1):
        path = op if len(ends) == 2 else f"{op}{number}"
        net.add(path, Elementwise(op), net.last, other)


def _axis(shape: Shape, name: str) -> int:
    """The axis of C x spatial, or of tokens, that is called so, from 0."""
    if isinstance(shape, Tokens) or name == "tokens":
        if not isinstance(shape, Tokens) or name not in ("tokens", "channels"):
            no = "are no" if name == "tokens" else "is no"
            raise ValueError(f"there {no} {name} to concatenate along in {times(shape)}")
        return len(shape) - (1 if name == "channels" else 2)
    if name == AXES[0]:
        return 0
    dims, from_behind = len(shape) - 1, AXES[3::-1].index(name)
    if from_behind >= dims:
        raise ValueError(f"there is no {name} to concatenate along, on {dims} spatial axes")
    return dims - from_behind
