"""The ops that multiply and accumulate: convolutions, linear layers and matrix products.

Each is output elements x reduction length, but for the transposed convolution, which spreads each
input element over its kernel.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import ClassVar, NamedTuple

from convcost.graph.ops import Axes, Op, Shape, check_map, times


def positions(size: int, kernel: int, stride: int, padding: int, dilation: int) -> int:
    """How many positions a window takes on an axis; below 1 if it does not fit."""
    return (size + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1


class Contraction(Op):
    """An op that multiplies and accumulates; what it writes are the activations."""

    __slots__ = ()


class _ConvFields(NamedTuple):
    in_channels: int
    out_channels: int
    kernel: Axes
    stride: Axes
    padding: Axes
    dilation: Axes
    groups: int = 1
    bias: bool = False


class Conv(_ConvFields, Contraction):
    """A convolution over 1 to 3 spatial axes; depthwise is `groups == in_channels`.

    `padding` zeros stand on both sides of an axis, as in `torch.nn.Conv2d`. A named tuple rather
    than a frozen dataclass: a sweep makes millions of them, and this is made three times as fast.
    """

    __slots__ = ()

    def __str__(self) -> str:
        parts = [f"conv {times(self.kernel)}", *_window_words(self)]
        return ", ".join(parts)

    def check(self, source: Shape, *others: Shape) -> None:
        """Raise `ValueError` if the groups do not divide the channels."""
        check_map(source)
        _check_groups(source[0], self.out_channels, self.groups)

    def empty(self, source: Shape, *others: Shape) -> str:
        """The kernel does not fit on the map."""
        return does_not_fit(source, self.kernel, self.padding, self.dilation)

    def output(self, source: Shape, *others: Shape) -> Shape:
        """C_out x floor((n + 2p - d(k-1) - 1) / s) + 1 per axis (`torch.nn.Conv2d`)."""
        _, out, kernel, stride, padding, dilation, _, _ = self
        return (out, *map(positions, source[1:], kernel, stride, padding, dilation))

    @property
    def params(self) -> int:
        """Weights C_out x (C_in / g) x kernel, and C_out biases."""
        weights = self.out_channels * (self.in_channels // self.groups) * prod(self.kernel)
        return weights + self.out_channels if self.bias else weights

    def macs(self, output: Shape) -> int:
        """Output elements x reduction length, which is (C_in / g) x kernel; biases add none."""
        return prod(output) * (self.in_channels // self.groups) * prod(self.kernel)


def kind_of_conv(conv: Conv) -> str:
    """Which kind of layer a convolution is: `pointwise`, `depthwise`, `group` or `standard`."""
    if conv.groups > 1:
        return "depthwise" if conv.groups == conv.in_channels else "group"
    return "standard" if max(conv.kernel) > 1 else "pointwise"


class SameConv(Conv):
    """A convolution that is written with torch's `padding="same"`: stride 1, the map stays.

    `padding` has the zeros before each axis, floor(d(k-1) / 2); behind it stand one more where
    d(k-1) is odd. What it costs is that of `Conv`, but some profilers do not know this spelling.
    """

    __slots__ = ()

    def __str__(self) -> str:
        return f"{Conv(*self._replace(padding=(0,) * len(self.padding)))}, padding 'same'"

    def output(self, source: Shape, *others: Shape) -> Shape:
        """C_out over the same map."""
        return (self.out_channels, *source[1:])


@dataclass(frozen=True, slots=True)
class TransposedConv(Contraction):
    """A transposed convolution (`torch.nn.ConvTranspose2d`): C_in x (C_out / g) x kernel."""

    in_channels: int
    out_channels: int
    kernel: Axes
    stride: Axes
    padding: Axes
    dilation: Axes
    output_padding: Axes
    groups: int = 1
    bias: bool = False

    def __str__(self) -> str:
        parts = [f"transposed conv {times(self.kernel)}", *_window_words(self)]
        if any(self.output_padding):
            parts.insert(1, f"output padding {times(self.output_padding)}")
        return ", ".join(parts)

    def check(self, source: Shape, *others: Shape) -> None:
        """Raise `ValueError` for groups that do not divide, or too much output padding."""
        check_map(source)
        _check_groups(source[0], self.out_channels, self.groups)
        for extra, stride, dilation in zip(
            self.output_padding, self.stride, self.dilation, strict=True
        ):
            if extra >= max(stride, dilation):
                raise ValueError(
                    f"output padding {extra} must be less than stride {stride} or dilation "
                    f"{dilation}"
                )

    def output(self, source: Shape, *others: Shape) -> Shape:
        """C_out x (n - 1) s - 2p + d(k-1) + output padding + 1 per axis."""
        axes = zip(source[1:], self.stride, self._grows_by(), strict=True)
        return (self.out_channels, *[(n - 1) * s + grows for n, s, grows in axes])

    def _grows_by(self) -> Axes:
        windows = zip(self.kernel, self.padding, self.dilation, self.output_padding, strict=True)
        return tuple([d * (k - 1) + 1 - 2 * p + extra for k, p, d, extra in windows])

    @property
    def params(self) -> int:
        """Weights C_in x (C_out / g) x kernel, and C_out biases."""
        weights = self.in_channels * (self.out_channels // self.groups) * prod(self.kernel)
        return weights + self.out_channels if self.bias else weights

    def macs(self, output: Shape) -> int:
        """Input elements x (C_out / g) x kernel, the input being what `output` came from."""
        axes = zip(output[1:], self.stride, self._grows_by(), strict=True)
        read = prod([(n - grows) // s + 1 for n, s, grows in axes]) * self.in_channels
        return read * (self.out_channels // self.groups) * prod(self.kernel)


@dataclass(frozen=True, slots=True)
class Linear(Contraction):
    """A linear layer over the last axis (`torch.nn.Linear`)."""

    in_features: int
    out_features: int
    bias: bool = True

    def __str__(self) -> str:
        return "linear" + ", bias" * self.bias

    def check(self, source: Shape, *others: Shape) -> None:
        """Raise `ValueError` if the last axis has another length."""
        if source[-1] != self.in_features:
            raise ValueError(f"linear takes {self.in_features} features, not {source[-1]}")

    def output(self, source: Shape, *others: Shape) -> Shape:
        """The same but for the last axis."""
        return (*source[:-1], self.out_features)

    @property
    def params(self) -> int:
        """Weights out x in, and out biases."""
        return self.out_features * (self.in_features + self.bias)

    def macs(self, output: Shape) -> int:
        """Output elements x in."""
        return prod(output) * self.in_features


@dataclass(frozen=True, slots=True)
class Matmul(Contraction):
    """The product of two inputs, ... x n x inner and ... x inner x m.

    `function` is `matmul` or `bmm`, which some profilers tell apart.
    """

    inner: int
    function: str = "matmul"

    form: ClassVar[str] = "operator"

    def __str__(self) -> str:
        return self.function

    def check(self, source: Shape, *others: Shape) -> None:
        """Raise `ValueError` unless the inputs fit."""
        [other] = others
        fits = len(source) == len(other) > 1 and source[:-2] == other[:-2]
        if not (fits and source[-1] == other[-2] == self.inner):
            raise ValueError(f"cannot multiply {times(source)} by {times(other)}")

    def output(self, source: Shape, *others: Shape) -> Shape:
        """... x n x m."""
        return (*source[:-1], others[0][-1])

    def macs(self, output: Shape) -> int:
        """Output elements x inner."""
        return prod(output) * self.inner


@dataclass(frozen=True, slots=True)
class Einsum(Contraction):
    """`torch.einsum` of two inputs with the batch in front, such as `bij,bjk->bik`.

    Every label is in both inputs or in the output. `sizes` has each label's size but the batch's.
    """

    equation: str
    sizes: tuple[tuple[str, int], ...]

    form: ClassVar[str] = "torch"

    def __str__(self) -> str:
        return f"einsum {self.equation}"

    def check(self, source: Shape, *others: Shape) -> None:
        """Raise `ValueError` unless the equation is of this kind and fits the inputs."""
        labels, _, written = self.equation.partition("->")
        first, _, second = labels.partition(",")
        sizes = dict(self.sizes)
        for label in set(first + second):
            if label not in written and not (label in first and label in second):
                raise ValueError(f"{self} sums '{label}' of one input alone")
        for names, shape in zip((first, second), (source, *others), strict=True):
            if not names[:1] == written[:1] or tuple(map(sizes.get, names[1:])) != shape:
                raise ValueError(f"{self} does not fit {times(shape)}")

    def output(self, source: Shape, *others: Shape) -> Shape:
        """The sizes of the labels written."""
        sizes = dict(self.sizes)
        return tuple(sizes[label] for label in self.equation.partition("->")[2][1:])

    def macs(self, output: Shape) -> int:
        """The product of all labels' sizes."""
        return prod([size for _, size in self.sizes])


@dataclass(frozen=True, slots=True)
class Attention(Contraction):
    """Scaled dot-product attention of queries, keys and values, each heads x length x features.

    `keys` is the keys' length, `features` that of a query, `values` that of a value.
    """

    keys: int
    features: int
    values: int

    form: ClassVar[str] = "function"

    def __str__(self) -> str:
        return "attention"

    def check(self, source: Shape, *others: Shape) -> None:
        """Raise `ValueError` unless queries, keys and values fit."""
        key, value = others
        heads = {shape[:-2] for shape in (source, key, value)}
        lengths = key[-2] == value[-2] == self.keys
        features = source[-1] == key[-1] == self.features and value[-1] == self.values
        if len(heads) > 1 or not lengths or not features:
            shapes = ", ".join(map(times, (source, *others)))
            raise ValueError(f"queries, keys and values do not fit: {shapes}")

    def output(self, source: Shape, *others: Shape) -> Shape:
        """A value for each query."""
        return (*source[:-1], self.values)

    def macs(self, output: Shape) -> int:
        """Queries by keys, then their weights by values: heads x L x S x (d + d_v)."""
        return prod(output[:-1]) * self.keys * (self.features + self.values)


def does_not_fit(source: Shape, kernel: Axes, padding: Axes, dilation: Axes) -> str:
    """Say that a window is larger than its padded input."""
    reach = times(tuple(d * (k - 1) + 1 for k, d in zip(kernel, dilation, strict=True)))
    padded = times(tuple(n + 2 * p for n, p in zip(source[1:], padding, strict=True)))
    dilated = f" (dilated to {reach})" if reach != times(kernel) else ""
    return f"kernel {times(kernel)}{dilated} is larger than its padded input, {padded}"


def _check_groups(channels: int, out: int, groups: int) -> None:
    if channels % groups or out % groups:
        way, count = ("in", channels) if channels % groups else ("out", out)
        raise ValueError(f"{count} {way}put channels cannot be divided into {groups} groups")


def _window_words(conv: Conv | TransposedConv) -> list[str]:
    """What is not neutral in a convolution's window, its groups and its bias."""
    parts = []
    for name, values, neutral in (
        ("stride", conv.stride, 1),
        ("padding", conv.padding, 0),
        ("dilation", conv.dilation, 1),
    ):
        if any(value != neutral for value in values):
            same = len(set(values)) == 1
            parts.append(f"{name} {values[0] if same else times(values)}")
    if conv.groups != 1:
        parts.append(f"groups {conv.groups}")
    return parts + ["bias"] * conv.bias
