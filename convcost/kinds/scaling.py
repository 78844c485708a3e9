"""The layers that multiply all elements, or those of a channel, by one factor."""

from typing import TYPE_CHECKING, Annotated

from convcost.graph.builder import Builder
from convcost.kinds.decimals import Decimal
from convcost.kinds.registry import kind
from convcost.ops.maps import Elementwise, LayerScale, LearnableScalar

if TYPE_CHECKING:
    from fractions import Fraction

Constant = Annotated["int | Fraction", Decimal(), "the factor"]


@kind("scale", compared=False, also="residual-scaling rescale", since="0.2")
def scale(net: Builder, constant: Constant = 1) -> None:
    """All elements times a constant, `x * 0.1`.

    Residual scaling: Inception-v4, arXiv 1602.07261, section 3.3; EDSR, 1707.02921.
    """
    net.add("scale", Elementwise("mul", constant))


@kind("learnable-scalar", compared=False, also="rezero skipinit learned-scale alpha", since="0.2")
def learnable_scalar(net: Builder) -> None:
    """All elements times one trainable factor.

    ReZero's alpha, arXiv 2003.04887; SkipInit's, 2002.10444.
    """
    net.add("scale", LearnableScalar())


@kind("layer-scale", compared=False, also="layerscale gamma", since="0.2")
def layer_scale(net: Builder) -> None:
    """The elements of each channel times a trainable factor.

    LayerScale of CaiT, arXiv 2103.17239.
    """
    net.add("scale", LayerScale(net.channels, first=net.dims > 0))
