"""Random kinds at random shapes, for property tests."""

from typing import Any, NamedTuple

from hypothesis import strategies as st

from convcost.kinds import ACTS, DIRECTIONS, KINDS, NORMS
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
def drawn_kinds(draw: st.DrawFn, largest: int = 9, channels: int = 12) -> Drawn:
    """Any kind with any of its parameters, on 1 to 3 spatial axes."""
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
    }
    kind = draw(st.sampled_from(list(KINDS.values())))
    given = draw(st.fixed_dictionaries({}, optional={n: strategies[n] for n in kind.params}))
    return Drawn(kind, shape, given)
