"""The transposed convolution, which spreads each input element over its kernel."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import ClassVar

from convcost.ops.convolutions import check_groups, window_words
from convcost.ops.op import Axes, Contraction, Reads, Shape, check_map, times


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

    reads: ClassVar[Reads] = "other"

    def __str__(self) -> str:
        window = self.stride, self.padding, self.dilation, self.groups, self.bias
        parts = [f"transposed conv {times(self.kernel)}", *window_words(*window)]
        if any(self.output_padding):
            parts.insert(1, f"output padding {times(self.output_padding)}")
        return ", ".join(parts)

    def check(self, source: Shape, *others: Shape) -> None:
        """Raise `ValueError` for groups that do not divide, or too much output padding."""
        check_map(source)
        check_groups(source[0], self.out_channels, self.groups)
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

    @property
    def weights(self) -> object:
        """Channels, kernel, groups and bias: any window may slide with them."""
        return (
            self.in_channels,
            self.out_channels,
            self.kernel,
            self.groups,
            self.bias,
            "transposed",
        )

    def rows(self, output: Shape) -> tuple[Axes, ...]:
        """C_out of (C_in / g) x kernel."""
        return ((self.out_channels, self.in_channels // self.groups * prod(self.kernel)),)

    def macs(self, output: Shape) -> int:
        """Input elements x (C_out / g) x kernel, the input being what `output` came from."""
        axes = zip(output[1:], self.stride, self._grows_by(), strict=True)
        read = prod([(n - grows) // s + 1 for n, s, grows in axes]) * self.in_channels
        return read * (self.out_channels // self.groups) * prod(self.kernel)
