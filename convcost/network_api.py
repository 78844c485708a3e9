"""A network in Python: shipped, or of a YAML file, with what can be asked of it.

>>> import convcost
>>> convcost.network("resnet50").cost.macs
4089184256
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from os import PathLike, fspath
from typing import TYPE_CHECKING, Any

from convcost.counting.counts import Count, count
from convcost.counting.explain import explain
from convcost.counting.profilers import own_count
from convcost.counting.survey import survey
from convcost.errors import ConvcostError, Problem, listed, no_such
from convcost.graph.cost import Cost
from convcost.graph.nodes import Graph
from convcost.networks.arithmetic import show
from convcost.networks.breakdown import Layer, layers_of
from convcost.networks.cases import Case, Comparison, Row, run_all
from convcost.ops.op import Shape
from convcost.report.explain import Explanation
from convcost.report.notebook import Answer
from convcost.sources.reading.conventions import named_convention
from convcost.sources.request import Request, read_networks

if TYPE_CHECKING:
    import pandas
    import polars
    from torch import Tensor, nn

    from convcost.formats.document import Document
    from convcost.graph.captured import Captured
    from convcost.report.notebook import Chart


def network(
    name: str | PathLike[str],
    *,
    hw: int | tuple[int, ...] | None = None,
    set: Mapping[str, Any] | None = None,
    batch: int | None = None,
    only: str = "",
    fuse: bool = False,
) -> Network:
    """A shipped network by its name, however it is spelt, or the one of a YAML file.

    Args:
        name: `resnet50`, `MobileNetV2 1.4`, or a path.
        hw: another input size: 160, or one number for each axis.
        set: other values for parameters of the network, such as `{"width": 0.75}`.
        batch: samples; multiplies all but params.
        only: which one, where a file has several.
        fuse: whether batch norms are folded into the convolutions before them.

    Raises:
        ConvcostError: there is no such network, or not one alone; or it cannot be built.
    """
    changed = {"hw": hw, "batch": batch, "fuse": fuse or None}
    given = {key: value for key, value in changed.items() if value is not None}
    settings = [f"{key}={_shown(value)}" for key, value in (set or {}).items()]
    request = Request([fspath(name)], [], given, settings, [only] if only else []).with_kinds()
    if request.kinds:
        raise ConvcostError(f"{name} is a kind of layer; convcost.cost takes it, with an input")
    try:
        cases, _ = read_networks(request)
        if len(cases) > 1:
            names = listed([case.name for case in cases])
            message = f"has {len(cases)} networks; only= takes one of {names}"
            raise ConvcostError(Problem(fspath(name), message))
        [comparison] = run_all(cases)
    except ConvcostError as error:  # in which flags are keywords here
        problems = [Problem(place.removeprefix("--"), words) for place, words in error.problems]
        raise ConvcostError(*problems) from None
    return Network(comparison.case, comparison.rows[0])


def capture(
    module: nn.Module,
    *inputs: Sequence[int] | Tensor,
    batch: int = 1,
    train: bool = False,
    real: bool = False,
    name: str = "",
    **named: Sequence[int] | Tensor,
) -> Network:
    """What a torch module does, captured by one forward pass of a copy of it, in this process.

    The module is left as it is: no hook, buffer, device, mode or state of random numbers changes.

    Args:
        module: any `torch.nn.Module`; what wraps it (`torch.compile`, `DataParallel`) is taken off.
        *inputs: shapes without the batch, `(3, 224, 224)`, or tensors, in their order.
        batch: samples.
        train: whether it is captured in train mode.
        real: whether it runs with numbers, as where it looks at them; else on the meta device.
        name: what it is called; its class if nothing.
        **named: inputs by keyword.

    Raises:
        ConvcostError: torch is not installed, an input is none, or the module cannot run.
    """
    from convcost.networks.captured import case_of
    from convcost.pytorch.capture.api import captured

    found = captured(module, inputs, named, batch=batch, train=train, real=real, name=name)
    [comparison] = run_all([case_of(found, "")])
    return Network(comparison.case, comparison.rows[0], found)


class Network(Answer):
    """A network that was built, or captured.

    Attributes:
        name: what it is called.
        source: where it is described, if that is known.
        input: C x spatial, of the first input.
        output: C x spatial, of the last layer.
        inputs: C x spatial of each input by name.
        outputs: C x spatial of each output by name.
        batch: samples that its figures are of.
        graph: its ops, in order.
        cost: its params, MACs, FLOPs and activations.
        remarks: what is to be known of how it was captured, a sentence each.
    """

    def __init__(self, case: Case, row: Row, captured: Captured | None = None) -> None:
        self._captured = captured
        self._comparison = Comparison(case, (row,))
        self.name: str = case.name
        self.source: str = case.source
        self.input: Shape = case.input
        self.output: Shape = row.output
        self.inputs: Mapping[str, Shape] = case.inputs
        self.outputs: Mapping[str, Shape] = row.outputs
        self.batch: int = case.batch
        self.graph: Graph = row.graph
        self.cost: Cost = row.cost
        self.remarks: tuple[str, ...] = case.remarks

    def __repr__(self) -> str:
        return f"<network {self.name}: {self.cost.params:,} params, {self.cost.macs:,} MACs>"

    def rows(self, depth: int = 1) -> list[Layer]:
        """Its layers in order, with what each costs; a larger depth opens blocks."""
        return layers_of(self.graph, depth, self.batch)

    def plot(self, layout: str = "treemap", by: str = "macs") -> Chart:
        """Its layers as a picture.

        Args:
            layout: `treemap`, the largest first; `icicle` or `depth`, in order.
            by: `macs`, `params`, `activations` or `bytes`.

        Raises:
            ConvcostError: there is no such layout or figure, or vl-convert is not installed.
        """
        from convcost.report.charts.depth import depth_chart
        from convcost.report.charts.images import require_vega
        from convcost.report.charts.layers import MEASURES, layers
        from convcost.report.charts.tree import LAYOUTS, tree_chart
        from convcost.report.notebook import Chart
        from convcost.report.traffic import Machine

        for word, known in ((layout, (*LAYOUTS, "depth")), (by, MEASURES)):
            if word not in known:
                raise ConvcostError(no_such("chart", str(word), known))
        require_vega()
        [row], case = self._comparison.rows, self._comparison.case
        found = layers(row, case, Machine(case.precision))
        return Chart(depth_chart(found, by) if layout == "depth" else tree_chart(found, layout, by))

    def to_pandas(self, depth: int = 1) -> pandas.DataFrame:
        """Its layers as `rows` has them, with all figures; `ConvcostError` without pandas."""
        from convcost.report.notebook import to_pandas

        return to_pandas(self._document(depth))

    def to_polars(self, depth: int = 1) -> polars.DataFrame:
        """Its layers as `rows` has them, with all figures; `ConvcostError` without polars."""
        from convcost.report.notebook import to_polars

        return to_polars(self._document(depth))

    def _document(self, depth: int = 1) -> Document:
        from convcost.report.breakdown import network_report

        return network_report([self._comparison], (), depth)

    def printed_by(self, tool: str) -> Count:
        """What a profiler, `tool` or `tool@version`, would print.

        Raises:
            ConvcostError: there is no such tool, version or file of rules.
        """
        return count(self.graph, named_convention(str(tool)), self.batch)

    def explain(self, first: str, second: str = "") -> Explanation:
        """Why two tools print different figures, itemised; one alone against convcost's own count.

        Raises:
            ConvcostError: there is no such tool, version or file of rules.
        """
        one = named_convention(str(first))
        pair = (one, named_convention(str(second))) if second else (own_count(one.unit), one)
        return Explanation(*explain(survey(self.graph, self.batch), *pair, self.batch))

    def save(self, path: str | PathLike[str], *, with_weights: bool = False) -> None:
        """Write a graph file, or an ONNX file if its name ends with `.onnx`; commands take both.

        Args:
            path: of the file.
            with_weights: whether an ONNX file has zeros for weights.

        Raises:
            ConvcostError: the file cannot be written, or onnx is not installed.
        """
        from convcost.formats.files import WholeFile
        from convcost.graph.captured import Captured

        found = self._captured or Captured(self.graph, self.name, self.batch)
        name = fspath(path)
        with WholeFile(name) as file:
            if name.endswith(".onnx"):
                from convcost.exports.onnx_file import onnx_model

                file.write_bytes(onnx_model(found, with_weights).model.SerializeToString())
            else:
                file.write(found.text())

    def to_torch(self) -> nn.Module:
        """The network as a torch module that takes N x C x spatial.

        Raises:
            ConvcostError: torch is not installed.
        """
        from convcost.pytorch.extras import require

        require("torch")
        from convcost.pytorch.modules import GraphModule

        return GraphModule(self.graph)


def _shown(value: Any) -> str:
    """A value as --set has it."""
    return str(value).lower() if isinstance(value, bool) else show(value).strip("'")
