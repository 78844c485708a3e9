"""The parameters of attention, which its kinds and the blocks of transformers share."""

from typing import Annotated, NamedTuple

from convcost.kinds.parameters import NORMS, Bias, Dropout, Form
from convcost.kinds.registry import bundle
from convcost.kinds.tokens import WindowSize
from convcost.ops.op import Axes
from convcost.values.axes import PerAxis
from convcost.values.whole import Whole
from convcost.values.words import Choice, Flag, MapName

SPELLINGS = Choice(
    ("sdpa", "matmul", "torch-matmul", "multihead"),
    "spelling",
    (
        *(("scaled-dot-product-attention", "sdpa"), ("fused", "sdpa"), ("softmax", "matmul")),
        *(("mha", "multihead"), ("multi-head", "multihead"), ("multiheadattention", "multihead")),
        ("nn.multiheadattention", "multihead"),
    ),
)

Heads = Annotated[int, Whole(), "heads of an attention", "h"]
KeyHeads = Annotated[
    int | None, Whole(), "heads of keys and values, each for several of the queries", "h_kv"
]
HeadSize = Annotated[int | None, Whole(), "channels of a head; channels / heads if not given", "d"]
QkvBias = Annotated[
    bool | None, Flag(), "give the projections of queries, keys and values a bias; as bias says"
]
QkNorm = Annotated[str, NORMS, "norm of queries and keys, head by head: layer or rms"]
Causal = Annotated[bool, Flag(), "let a token see those before it only"]
Spelling = Annotated[
    str,
    SPELLINGS,
    "how the source calls an attention, which profilers tell apart: sdpa "
    "(F.scaled_dot_product_attention), matmul (q @ k and a softmax), torch-matmul (torch.matmul "
    "and F.softmax), multihead (nn.MultiheadAttention, batch_first, masks of truth values)",
]
NeedWeights = Annotated[
    bool, Flag(), "ask nn.MultiheadAttention for its weights, as is its default"
]
From = Annotated[
    int | str | None, MapName(), "the tokens that keys and values are made of, by their name"
]
Shift = Annotated[int | Axes, PerAxis(0), "by how much the windows are shifted"]
PositionBiasName = Annotated[
    str,
    Choice(("none", "table", "mlp"), "bias"),
    "what is added to an attention's weights by the distance of tokens: table (a trainable number "
    "for each distance and head, Swin), mlp (made by a small mlp, Swin V2)",
]
Cosine = Annotated[bool, Flag(), "compare queries and keys by their angle, scaled for each head"]
Project = Annotated[
    bool,
    Flag(),
    "make queries, keys and values by linear layers, and end with one; otherwise the channels that "
    "come in are those of all queries, all keys and all values, and what is around is given apart",
]


class Attending(NamedTuple):
    """How an attention is made, but for what it reads."""

    heads: int
    kv_heads: int
    head_size: int | None
    bias: bool
    qkv_bias: bool
    qk_norm: str
    dropout: bool
    causal: bool
    spelling: str
    need_weights: bool
    form: str
    window: int | Axes | None
    shift: int | Axes
    position_bias: str
    cosine: bool
    project: bool

    @property
    def parts(self) -> int:
        """How many heads the channels that come in are divided into."""
        return self.heads if self.project else self.heads + 2 * self.kv_heads


@bundle
def make_attending(
    dims: int,
    heads: Heads = 8,
    kv_heads: KeyHeads = None,
    head_size: HeadSize = None,
    bias: Bias = True,
    qkv_bias: QkvBias = None,
    qk_norm: QkNorm = "none",
    dropout: Dropout = False,
    causal: Causal = False,
    spelling: Spelling = "sdpa",
    need_weights: NeedWeights = True,
    form: Form = "module",
    window: WindowSize = None,
    shift: Shift = 0,
    position_bias: PositionBiasName = "none",
    cosine: Cosine = False,
    project: Project = True,
) -> Attending:
    """The parameters of attention."""
    kv_heads = heads if kv_heads is None else kv_heads
    qkv_bias = bias if qkv_bias is None else qkv_bias
    if heads % kv_heads:
        raise ValueError(f"{heads} heads cannot share {kv_heads} heads of keys and values")
    if qk_norm not in ("none", "layer", "rms"):
        raise ValueError(f"a norm of queries and keys is layer or rms, not {qk_norm}")
    how = (bias, qkv_bias, qk_norm, dropout, causal, spelling, need_weights, form)
    windows = (window, shift, position_bias, cosine)
    return Attending(heads, kv_heads, head_size, *how, *windows, project)
