"""How kinds are registered, and which are loaded when."""

import re
import subprocess
import sys

import pytest
from torch import nn

from convcost.kinds import convolutions
from convcost.kinds.catalogue import compared_kinds, every_kind, find


@pytest.mark.parametrize(
    ("signature", "problem"),
    [
        ("share: int = 2", "share needs an annotation"),
        ("share: Groups", "share needs a default"),
        ("batch: Groups = 2", "batch is a name that cases or commands use"),
        ("k: Groups = 2", "k has another type or symbol than in "),
    ],
)
def test_kinds_are_checked_where_they_are_registered(signature: str, problem: str) -> None:
    """A signature that no flag could be read off is refused with the reason."""
    space: dict[str, object] = {"__name__": "convcost.kinds"}
    source = f"@kind('odd')\ndef odd(net: Builder, {signature}) -> None: ..."
    with pytest.raises(TypeError, match=problem):
        exec(
            "from convcost.kinds.registry import kind\nfrom convcost.graph.builder import Builder\n"
            f"from convcost.kinds.parameters import Groups\n{source}",
            space,
        )
    assert "odd" not in every_kind()


def test_compared_kinds_are_in_one_file() -> None:
    """Every kind that compare lists by itself is there before all kinds are loaded."""
    compared = [kind for kind in every_kind().values() if kind.compared]
    assert {kind.function.__module__ for kind in compared} == {convolutions.__name__}
    assert compared == compared_kinds()


@pytest.mark.parametrize("name", ["mbconv", "Inverted_Residual", "inverted-residuall", "conv2d"])
def test_kinds_are_found_when_they_are_asked_for(name: str) -> None:
    """What is found, or suggested, is the same whether or not the kind was loaded before."""
    program = (
        "from convcost.kinds.catalogue import every_kind, find\n"
        "before = {before}\n"
        f"try: print(find({name!r}).name)\n"
        "except ValueError as error: print(error)\n"
    )
    late, early = [
        subprocess.run(
            [sys.executable, "-c", program.replace("{before}", before)],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for before in ("None", "every_kind()")
    ]
    assert late == early
    assert re.search("inverted-residual|standard", late)


@pytest.mark.parametrize("first", ["catalogue", "layers", "xsep", "mobile"])
def test_kinds_keep_their_order(first: str) -> None:
    """Tables list kinds file by file, whichever was loaded first."""
    program = (
        f"import convcost.kinds.{first}\n"
        "from convcost.api import KINDS\n"
        "print(*dict.fromkeys(kind.function.__module__ for kind in KINDS.values()))"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    order = ["convolutions", "parts", "residual", "mobile", "xsep", "branches", "layers"]
    order += ["pools", "resizing", "deformable", "weighting", "tokens", "attention"]
    order += ["transformers", "recurrent"]
    assert ran.stdout.split() == [f"convcost.kinds.{name}" for name in order]


MEANT = {
    "standard": "conv1d conv2d conv3d conv convolution",
    "transposed": "convtranspose1d convtranspose2d convtranspose3d deconv",
    "depthwise-separable": "sepconv separable",
    "depthwise": "dwconv",
    "linear": "fc dense",
    "norm": "batchnorm1d batchnorm2d batchnorm3d instancenorm1d instancenorm2d instancenorm3d "
    "groupnorm syncbatchnorm rmsnorm bn",
    "layer-norm": "layernorm ln",
    "local-response-norm": "localresponsenorm lrn",
    "act": "relu relu6 gelu silu elu selu celu prelu leakyrelu hardswish hardsigmoid hardtanh mish "
    "sigmoid tanh softplus logsigmoid swish activation",
    "avg-pool": "avgpool1d avgpool2d avgpool3d avgpool",
    "max-pool": "maxpool1d maxpool2d maxpool3d maxpool pool",
    "adaptive-avg-pool": "adaptiveavgpool1d adaptiveavgpool2d adaptiveavgpool3d gap",
    "adaptive-max-pool": "adaptivemaxpool1d adaptivemaxpool2d adaptivemaxpool3d",
    "pad": "zeropad1d zeropad2d zeropad3d",
    "upsample": "upsamplingbilinear2d upsamplingnearest2d interpolate resize",
    "pixel-shuffle": "pixelshuffle",
    "pixel-unshuffle": "pixelunshuffle focus",
    "channel-shuffle": "channelshuffle",
    "attention": "multiheadattention self-attention cross-attention mha mhsa sdpa",
    "transformer-block": "transformer transformerencoderlayer transformerencoder",
    "mlp": "ffn feed-forward",
    "to-map": "unflatten",
    "squeeze-excite": "se",
    "selective-kernel": "sk",
    "deform-conv": "dcn deform",
    "lstm": "lstmcell",
    "gru": "grucell",
    "rnn": "rnncell",
}
"""What names of torch.nn and of the field are taken for, where they are no kinds themselves."""

NOWHERE = """
    bilinear fold unfold identity embeddingbag softmin softsign softshrink hardshrink
    tanhshrink rrelu threshold alphadropout featurealphadropout lppool2d fractionalmaxpool2d
    maxunpool2d reflectionpad2d replicationpad2d circularpad2d constantpad2d cosinesimilarity
    pairwisedistance sequential modulelist moduledict parameterlist module container buffer
    parameter l1loss crossentropyloss transformerdecoder vit swin
    mixer mamba ssm moe gcn capsule octave involution eca elan droppath stochastic-depth einsum
    fft wavelet lora quantize prune fpn pan cross-entropy tokens heads queries keys graph-conv
    hyena retention rwkv kan
"""
"""Names of the field that no kind is near to."""


def test_names_of_the_field_lead_where_they_are_meant() -> None:
    """A name of torch.nn or of the field is a kind, is taken for the one meant, or for none."""
    meant = {name: kind for kind, names in MEANT.items() for name in names.split()}
    classes = [name for name, each in vars(nn).items() if isinstance(each, type)]
    for name in [*meant, *NOWHERE.split(), *classes]:
        try:
            found = find(name)
        except ValueError as error:
            guess = re.search("did you mean '(.*)'", str(error))
            assert (guess[1] if guess else None) == meant.get(name.lower()), name
        else:
            assert found.name == name.lower()
