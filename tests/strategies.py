"""Random kinds at random shapes, for property tests."""

from typing import Any, NamedTuple

from hypothesis import strategies as st

from convcost.kinds import KINDS, compared_kinds
from convcost.kinds.convolutions import DIRECTIONS
from convcost.kinds.layers import MODES
from convcost.kinds.parameters import ACTS, NORMS
from convcost.ops import Shape
from convcost.registry import Kind


class Drawn(NamedTuple):
    """A kind, its input and the parameters it is given; it may not be possible to build it."""

    kind: Kind
    shape: Shape
    given: dict[str, Any]


def per_axis(dims: int, low: int, high: int) -> st.SearchStrategy[int | tuple[int, ...]]:
    """One number, or one per axis."""
    number = st.integers(low, high)
    return number | st.tuples(*[number] * dims)


@st.composite
def drawn_kinds(
    draw: st.DrawFn, largest: int = 9, channels: int = 12, compared: bool = False
) -> Drawn:
    """Any kind, or any convolution, with any of its parameters, on 1 to 3 spatial axes."""
    dims = draw(st.sampled_from([1, 2, 2, 2, 3]))
    shape = draw(st.tuples(st.integers(1, channels), *[st.integers(1, largest)] * dims))
    strategies = {
        "out": st.integers(1, channels) | st.sampled_from([shape[0], 2 * shape[0]]),
        "k": per_axis(dims, 1, 5),
        "stride": per_axis(dims, 1, 3),
        "padding": st.sampled_from(["same", "valid", "tf-same"]) | per_axis(dims, 0, 3),
        "dilation": per_axis(dims, 1, 3),
        "bias": st.booleans(),
        "norm": st.sampled_from(NORMS.names),
        "act": st.sampled_from(ACTS.names),
        "norm_groups": st.sampled_from([1, 2, 4]),
        "last_only": st.lists(st.sampled_from(["bias", "norm", "act"]), unique=True).map(tuple),
        "groups": st.integers(1, 4),
        "multiplier": st.integers(1, 3),
        "pointwise": st.booleans(),
        "direction": st.sampled_from(DIRECTIONS.names),
        "zeros": per_axis(dims, 0, 2),
        "output_padding": per_axis(dims, 0, 2),
        "ceil": st.booleans(),
        "count_padding": st.booleans(),
        "affine": st.booleans(),
        "running_stats": st.booleans(),
        "size": per_axis(dims, 1, 5),
        "resized_to": per_axis(dims, 1, 12),
        "scale": st.integers(1, 3),
        "mode": st.sampled_from(MODES.names),
        "factor": st.integers(1, 3),
        "form": st.sampled_from(["module", "function"]),
        "width": st.integers(1, 6),
        "expand": st.integers(1, 3),
        "reduce": st.integers(1, 4),
        "stride_on": st.sampled_from(["first", "middle"]),
    }
    kind = draw(st.sampled_from(compared_kinds() if compared else list(KINDS.values())))
    given = draw(st.fixed_dictionaries({}, optional={n: strategies[n] for n in kind.params}))
    return Drawn(kind, shape, given)
