"""The ops that compute with elements and no weights but a scale: norms, activations, sums."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, ClassVar

from convcost.ops.layouts import Once, Tokens, Windows
from convcost.ops.op import OnTokens, Op, Reads, Shape, check_map, decimal, times

if TYPE_CHECKING:
    from fractions import Fraction


LAST = ("layer", "rms")
"""Norms of the last axes; the others have their channels first."""


@dataclass(frozen=True, slots=True)
class Norm(Op):
    """A normalisation, with a trainable scale and shift for each of its channels if `affine`.

    `batch`, `sync` and `instance` are `torch.nn.BatchNorm2d`, `SyncBatchNorm` and `InstanceNorm2d`;
    `group` is `GroupNorm` with `groups` groups; `layer` and `rms` go over the last axes, which have
    `channels` elements together. Running statistics (`stats`) are buffers, not parameters. `shift`
    is whether one that is affine has a shift beside its scale.
    """

    function: str
    channels: int
    groups: int = 1
    affine: bool = True
    stats: bool = True
    shift: bool = True

    on_tokens: ClassVar[OnTokens] = "kept"

    def __str__(self) -> str:
        words = [f"{self.function} norm"]
        if self.groups > 1:
            words.append(f"groups {self.groups}")
        if not self.affine:
            words.append("not affine")
        elif not self.shift:
            words.append("no shift")
        if not self.stats:
            words.append("no running statistics")
        return ", ".join(words)

    def check(self, source: Shape, *others: Shape) -> None:
        """Raise `ValueError` if the channels do not divide, or one value would be a whole group.

        Also if it takes the axis behind the batch for the channels, which is that of the tokens.
        """
        if isinstance(source, Tokens) and self.function not in LAST:
            raise ValueError(
                f"{self} is of channels that are first; of tokens a norm is layer or rms"
            )
        if self.channels % self.groups:
            raise ValueError(
                f"{self.channels} channels cannot be divided into {self.groups} norm groups"
            )
        together = {"instance": 1, "group": self.channels // self.groups}
        if together.get(self.function, 2) * prod(source[1:]) == 1:
            raise ValueError(f"{self} over a single value, {times(source)}, is no normalisation")

    @property
    def params(self) -> int:
        """A scale and a shift per channel; RMS norm has no shift."""
        each = 1 if self.function == "rms" or not self.shift else 2
        return each * self.channels if self.affine else 0


INPLACE = (
    *("relu", "relu6", "leaky-relu", "elu", "hardtanh", "hardsigmoid", "hardswish", "silu", "mish"),
    *("dropout", "selu", "celu"),
)
"""Activations that torch can let overwrite their input (`nn.ReLU(inplace=True)`)."""


@dataclass(frozen=True, slots=True)
class Activation(Op):
    """A function of each element by itself, by its name in `torch.nn` (`leaky-relu`).

    Dropout and identity are among them; PReLU has `slopes` trainable slopes, one or one a channel.
    One that is `inplace` overwrites its input, for which some profilers have no rule.
    """

    function: str
    slopes: int = 1
    inplace: bool = False
    idle: bool = False
    """Whether it is a dropout that drops nothing, its rate being 0."""

    on_tokens: ClassVar[OnTokens] = "kept"

    def __str__(self) -> str:
        return f"{self.function}, in place" if self.inplace else self.function

    def check(self, source: Shape, *others: Shape) -> None:
        """Raise `ValueError` if torch has no form of it that works in place, or on tokens."""
        if self.params > 1 and isinstance(source, Tokens):
            raise ValueError("a PReLU with a slope for each channel needs the channels first")
        if self.inplace and self.function not in INPLACE:
            raise ValueError(f"torch's {self.function} does not work in place")

    @property
    def params(self) -> int:
        """The slopes of a PReLU; the others have nothing."""
        return self.slopes if self.function == "prelu" else 0

    @property
    def view(self) -> bool:  # type: ignore[override]
        """Whether it does nothing once a network is trained."""
        return self.function in ("dropout", "identity")


@dataclass(frozen=True, slots=True)
class Softmax(Op):
    """Softmax along an axis of C x spatial, 0 the channels and -1 the last; its logarithm if `log`.

    On tokens x features the last axis is that of the features. Of several equal `parts` of the
    channels it goes across the parts, position by position.
    """

    axis: int = 0
    log: bool = False
    parts: int = 1

    on_tokens: ClassVar[OnTokens] = "kept"

    @property
    def reads(self) -> Reads:  # type: ignore[override]
        """The same position; along an axis of a map, the whole of that axis."""
        return "other" if self.axis > 0 else "position"

    def __str__(self) -> str:
        name = "log-softmax" if self.log else "softmax"
        name += f" across {self.parts} parts" if self.parts > 1 else ""
        return f"{name} along axis {self.axis}" if self.axis > 0 else name

    def check(self, source: Shape, *others: Shape) -> None:
        """Raise `ValueError` if there is no such axis."""
        if self.axis >= len(source):
            raise ValueError(f"there is no axis {self.axis} in {times(source)}")
        if source[0] % self.parts:
            raise ValueError(f"{source[0]} channels cannot be divided into {self.parts} parts")


@dataclass(frozen=True, slots=True)
class Elementwise(Op):
    """`add`, `sub`, `mul` or `div` of two inputs that broadcast, or of one and a number."""

    function: str
    constant: int | Fraction | None = None
    """The number, if one was said."""

    form: ClassVar[str] = "operator"
    on_tokens: ClassVar[OnTokens] = "kept"

    def __str__(self) -> str:
        if self.constant is None:
            return self.function
        return f"{self.function} {decimal(self.constant)}"

    def check(self, source: Shape, *others: Shape) -> None:
        """Raise `ValueError` if the inputs do not broadcast, axis by axis."""
        for other in self._aligned(source, others):
            sizes = zip(source, other, strict=False)
            if len(source) != len(other) or any(1 not in (a, b) and a != b for a, b in sizes):
                raise ValueError(f"cannot {self.function} {times(source)} and {times(other)}")

    def output(self, source: Shape, *others: Shape) -> Shape:
        """The larger size of each axis."""
        for other in self._aligned(source, others):
            source = tuple([max(a, b) for a, b in zip(source, other, strict=True)])
        return source

    def _aligned(self, source: Shape, others: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """The other inputs; what is the same for every sample is that for every window, too."""
        if not isinstance(source, Windows):
            return others
        return tuple([(1, *other) if isinstance(other, Once) else other for other in others])


@dataclass(frozen=True, slots=True)
class RootScale(Elementwise):
    """Queries divided by the root of the channels of a head, `q * head_size**-0.5`."""

    channels: int = 1

    def __str__(self) -> str:
        return f"mul 1/√{self.channels}"


@dataclass(frozen=True, slots=True)
class LayerScale(Op):
    """A trainable factor for each of `channels`: of the last axis' elements, as ConvNeXt's gamma.

    Of C x spatial the channels are the `first` axis.
    """

    channels: int
    first: bool = False

    on_tokens: ClassVar[OnTokens] = "kept"

    def __str__(self) -> str:
        return "layer scale"

    def check(self, source: Shape, *others: Shape) -> None:
        """Raise `ValueError` if the axis has another size."""
        if source[0 if self.first else -1] != self.channels:
            raise ValueError(f"{self.channels} factors do not fit {times(source)}")

    @property
    def params(self) -> int:
        """A factor per channel."""
        return self.channels


@dataclass(frozen=True, slots=True)
class LearnableScalar(Op):
    """One trainable factor for all elements (ReZero's and SkipInit's alpha)."""

    on_tokens: ClassVar[OnTokens] = "kept"

    def __str__(self) -> str:
        return "learnable scalar"

    @property
    def params(self) -> int:
        """The factor."""
        return 1


@dataclass(frozen=True, slots=True)
class GLU(Op):
    """Half of an axis of C x spatial times the sigmoid of its other half (`torch.nn.GLU`).

    The axis is counted as in `Softmax`: 0 are the channels, -1 the last, the features of tokens.
    """

    axis: int = 0

    on_tokens: ClassVar[OnTokens] = "kept"

    @property
    def reads(self) -> Reads:  # type: ignore[override]
        """The same position; along an axis of a map, another one of that axis."""
        return "other" if self.axis > 0 else "position"

    def __str__(self) -> str:
        return f"glu along axis {self.axis}" if self.axis > 0 else "glu"

    def check(self, source: Shape, *others: Shape) -> None:
        """Raise `ValueError` if there is no such axis, or it has no halves."""
        if self.axis >= len(source):
            raise ValueError(f"there is no axis {self.axis} in {times(source)}")
        if source[self.axis] % 2:
            raise ValueError(f"glu halves an axis, and {source[self.axis]} has no half")

    def output(self, source: Shape, *others: Shape) -> Shape:
        """Half of the axis."""
        axis = self.axis % len(source)
        return (*source[:axis], source[axis] // 2, *source[axis + 1 :])


@dataclass(frozen=True, slots=True)
class LocalResponseNorm(Op):
    """Each element by the squares of `size` channels around it (`torch.nn.LocalResponseNorm`)."""

    size: int

    def __str__(self) -> str:
        return f"local response norm over {self.size} channels"

    def check(self, source: Shape, *others: Shape) -> None:
        """Raise `ValueError` on features, as torch does."""
        check_map(source)
