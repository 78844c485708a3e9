"""The Python API: what a notebook user guesses."""

import doctest
import json
from pathlib import Path

import pytest

import convcost

SHAPE = (24, 112, 112)


def test_docstring() -> None:
    """The package's own example gives what it prints."""
    assert doctest.testmod(convcost).failed == 0


def test_cost() -> None:
    """A cost has exact integers and adds up."""
    one = convcost.cost("depthwise-separable", SHAPE, k=3)
    assert (one.params, one.macs, one.flops) == (792, 9_934_848, 19_869_696)
    assert (one + one).macs == 2 * one.macs
    assert convcost.cost("depthwise-separable", SHAPE, k=3, batch=4).macs == 4 * one.macs
    assert (one.weight_bytes(), one.weight_bytes("int8")) == (3168, 792)


def test_batch_is_a_whole_number() -> None:
    """A batch is parsed like every other number, and figures stay plain integers."""
    import numpy as np

    for batch in ("3", np.int64(3)):
        macs = convcost.cost("standard", (24, 8, 8), batch=batch).macs  # type: ignore[arg-type]
        assert (type(macs), macs) == (int, 3 * 24 * 24 * 9 * 64)


def test_costs_sum() -> None:
    """A list of costs can be summed, and a dtype that nobody knows is refused."""
    one = convcost.cost("standard", (24, 8, 8))
    assert sum([one, one]).params == 2 * one.params  # type: ignore[union-attr]
    with pytest.raises(convcost.ConvcostError, match=r"no dtype 'fp16'; did you mean 'float16'\?"):
        one.weight_bytes("fp16")


def test_row_that_cannot_be_built() -> None:
    """Such a row has its reason, and raises it instead of giving a zero."""
    group = convcost.compare((3, 8, 8), kinds=["standard", "group"]).rows[1]
    assert group.error == "3 input channels cannot be divided into 2 groups"
    for figure in ("cost", "graph", "output", "receptive_field", "macs_ratio", "params_ratio"):
        with pytest.raises(convcost.ConvcostError, match="group: 3 input channels"):
            getattr(group, figure)


def test_kinds_with_parameters_of_their_own() -> None:
    """A mapping gives each kind its own parameters, as YAML does."""
    rows = convcost.compare((8, 8, 8), kinds={"standard": {}, "group": {"groups": 4}}).rows
    assert [row.label for row in rows] == ["standard", "group (groups=4)"]
    assert rows[1].cost.params == 8 * 2 * 9


def test_inputs_of_other_types() -> None:
    """An input may be a list or an array, and a batch of None is one sample."""
    import numpy as np

    one = convcost.cost("standard", (3, 8, 8))
    assert convcost.cost("standard", np.array([3, 8, 8]), batch=None) == one  # type: ignore[arg-type]
    assert convcost.cost("standard", [3, 8, 8]) == one


def test_repr_is_short() -> None:
    """A comparison shows itself in one line."""
    shown = repr(convcost.compare((3, 8, 8), k=3, name="x", kinds=["standard", "group"]))
    assert shown == "<comparison x on 3x8x8: standard, group>"
    rows = convcost.compare((3, 8, 8), k=3, kinds=["standard", "group"]).rows
    assert repr(rows[0]) == "<row standard: 81 params, 5,184 MACs>"
    assert repr(rows[1]) == "<row group: 3 input channels cannot be divided into 2 groups>"


def test_cost_is_frozen() -> None:
    """A cost cannot be changed by accident."""
    with pytest.raises(AttributeError):
        convcost.cost("standard", SHAPE).params = 1  # type: ignore[misc]


def test_compare() -> None:
    """Compare gives rows with attributes, in the order asked for."""
    comparison = convcost.compare(SHAPE, 48, kinds=["xsepconv", "standard"], stride=2, batch=2)
    xsepconv, standard = comparison.rows
    assert (xsepconv.label, standard.output) == ("xsepconv", (48, 56, 56))
    assert standard.cost.macs == 2 * 48 * 24 * 9 * 56 * 56
    assert standard.macs_ratio == 1
    assert xsepconv.macs_ratio == xsepconv.cost.macs / standard.cost.macs


def test_ratio_is_to_the_same_output() -> None:
    """The ratio compares with standard to as many channels as the kind itself gives."""
    [row] = convcost.compare(SHAPE, kinds=["depthwise"], multiplier=2).rows
    assert row.output == (48, 112, 112)
    assert row.macs_ratio == 1 / 24


def test_ratio_uses_the_shared_kernel() -> None:
    """A kind without a kernel size is compared with standard at the case's kernel size."""
    rows = convcost.compare(SHAPE, k=5, kinds=["standard", "pointwise"]).rows
    assert rows[1].macs_ratio == 1 / 25


def test_depthwise_multiplier_from_out() -> None:
    """Out channels of a depthwise convolution imply its multiplier."""
    assert convcost.cost("depthwise", SHAPE, out=48).params == 48 * 9
    assert convcost.cost("depthwise", SHAPE, multiplier=2).params == 48 * 9


def test_table_and_load(tmp_path: Path) -> None:
    """A config is a list of comparisons, and a table of it is any format."""
    path = tmp_path / "c.yaml"
    path.write_text("cases: [{name: a, in: 8, hw: 9}]")
    comparisons = convcost.load(path)
    assert json.loads(convcost.table(comparisons, "json"))["cases"][0]["name"] == "a"
    assert convcost.table(comparisons[0]).startswith("a (input 8x9x9)")


def test_formulas() -> None:
    """Formulas are text by figure."""
    found = convcost.formulas("depthwise-separable", SHAPE, out=48)
    assert found["macs"] == "C_in·K²·H·W + C_out·C_in·H·W"
    assert found["macs_ratio"] == "1/C_out + 1/K²"
    batched = convcost.formulas("standard", SHAPE, 48, batch=4)
    assert batched["macs"] == "N·C_out·C_in·K²·H·W"


def test_sizes_are_named_for_how_they_are_computed() -> None:
    """A size that merely happens to equal another one has a name of its own."""
    found = convcost.formulas("standard", (3, 3, 3), k=3, stride=2, padding=2)
    assert found["macs"] == "C_out·C_in·K²·H_out·W_out"


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: convcost.cost("standrad", SHAPE), "did you mean 'standard'"),
        (lambda: convcost.cost("standard", SHAPE, kernel=3), "kernel is no parameter"),
        (lambda: convcost.cost("standard", SHAPE, groups=2), "groups is not taken by standard"),
        (lambda: convcost.cost("standard", SHAPE, k=0), "k must be at least 1, got 0"),
        (lambda: convcost.cost("standard", SHAPE, k=2.5), "k must be a whole number, got 2.5"),
        (lambda: convcost.cost("standard", SHAPE, k=(3, 3, 3)), "k has 3 numbers for 2 spatial"),
        (lambda: convcost.cost("standard", (24,)), "there is no map here, only 24 features"),
        (lambda: convcost.cost("standard", (24, 0, 3)), "input must be at least 1, got 0"),
        (lambda: convcost.cost("standard", 24), "input must be channels and up to 3 sizes"),  # type: ignore[arg-type]
        (lambda: convcost.cost("standard", "24"), "input must be channels and up to 3 sizes"),  # type: ignore[arg-type]
        (lambda: convcost.cost(None, SHAPE), "no kind 'None'"),  # type: ignore[arg-type]
        (lambda: convcost.cost("standard", SHAPE, hw=56), "hw is no parameter"),
        (lambda: convcost.compare(SHAPE, hw=56), "hw is no parameter"),
        (lambda: convcost.cost("standard", SHAPE, dtype="int8"), "dtype is no parameter"),
        (lambda: convcost.build("standard", SHAPE, batch=2), "batch is no parameter"),
        (lambda: convcost.compare(SHAPE, kinds=[]), "kinds is empty"),
        (lambda: convcost.compare(SHAPE, kinds=5), "kinds is a list of names, not 5"),  # type: ignore[arg-type]
        (lambda: convcost.compare(SHAPE, kinds={"group": {"k": 0}}), "group: k must be at least"),
        (lambda: convcost.compare(SHAPE, name="a\nb"), "a name is one line of text"),
        (
            lambda: convcost.cost("standard", SHAPE, kernel=3),
            "it is one of batch, dims, out, k, stride",
        ),
        (lambda: convcost.cost("group", (3, 4, 4)), "3 input channels cannot be divided into 2"),
        (lambda: convcost.cost("standard", SHAPE, batch=0), "batch must be at least 1"),
        (lambda: convcost.compare(SHAPE, kinds=["a"]), "no kind 'a'"),
        (lambda: convcost.table([], "jsn"), "did you mean 'json'"),
    ],
)
def test_mistakes(call: object, message: str) -> None:
    """What is wrong with an argument is one ConvcostError that names it."""
    with pytest.raises(convcost.ConvcostError, match=message):
        call()  # type: ignore[operator]
