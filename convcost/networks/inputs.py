"""What comes into a case or a network, and out of it: maps and features by name."""

from __future__ import annotations

from collections.abc import Mapping

from convcost.ops.layouts import Tokens
from convcost.ops.op import Axes, Shape, times

INPUT = "input"
"""The name of what comes into the network, or into the block."""

OUTPUT = "output"
"""The name of the output, where there are none by name."""

Inputs = Mapping[str, Shape]
"""C x spatial of each input, or output, by name; features are C alone."""


def first_map(inputs: Inputs) -> str:
    """The name of the first map; of the first input where none is a map."""
    return next((name for name, shape in inputs.items() if axes_of(shape)), next(iter(inputs)))


def axes_of(shape: Shape) -> int:
    """How many spatial axes an input has; features and tokens have none."""
    return 0 if isinstance(shape, Tokens) else len(shape) - 1


def said(shape: Shape) -> str:
    """A shape as text: `3x224x224`, `197x768 tokens`."""
    return f"{times(shape)} tokens" if isinstance(shape, Tokens) else times(shape)


def resized(inputs: Inputs, hw: int | Axes) -> Inputs:
    """The inputs with other spatial sizes of the first map; one number is for every axis.

    Raises:
        ValueError: there are more or fewer sizes than axes, or no map.
    """
    name = first_map(inputs)
    channels, *spatial = inputs[name]
    sizes = (hw,) * len(spatial) if isinstance(hw, int) else hw
    if not axes_of(inputs[name]):
        come = said(inputs[name]) if spatial else f"{channels} features"
        raise ValueError(f"is for a map, and what comes in are {come}")
    if len(sizes) != len(spatial):
        raise ValueError(f"has {len(sizes)} numbers for {len(spatial)} spatial axes")
    return {**inputs, name: (channels, *sizes)}


def of_last_axes(inputs: Inputs, sizes: Axes) -> Inputs:
    """The inputs with the last axes of the first map of these sizes.

    Raises:
        ValueError: it has fewer axes.
    """
    name = first_map(inputs)
    if len(sizes) > axes_of(inputs[name]):
        raise ValueError(f"a size of {len(sizes)} numbers is for more axes than it has")
    return {**inputs, name: (*inputs[name][: -len(sizes)], *sizes)}


def written(inputs: Inputs) -> str:
    """All of them as one text: `3x224x224`, `3x224x224 + 17`."""
    return " + ".join(map(said, inputs.values()))
