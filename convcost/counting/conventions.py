"""A convention: how one tool counts, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from convcost.counting.rules import Rule
from convcost.graph.calls import ENCODER_LAYER, SCRIPTED

Table = Mapping[str, Rule]
"""Names of calls (`nn.Conv2d`, `F.relu`, `aten::add`) to rules; what is missing is unknown."""


TO_OUTPUTS, TO_STATISTICS = "outputs", "statistics"
"""What a call leads to: an output, or no more than the running statistics of a batch norm."""


@dataclass(frozen=True, eq=False)
class Convention:
    """How one tool counts, for all of its versions that print the same.

    Attributes:
        tool: its name on PyPI.
        versions: those that were tried, oldest first, and short names; the last names the table.
        rules: what it counts, by the names it listens for; see `calls.names`. `nn.*` is any module,
            `*` anything at all. A call that none of its names is in is unknown to the tool.
        unit: MACs or FLOPs: what one multiply-accumulate counts as 1 or 2 of.
        label: what the tool calls the figure.
        summary: one line on what it counts.
        sees: what it listens to.
        params: which parameters it counts: of modules with a rule ("known"), of those of them that
            are run ("called"), of modules without children ("leaves"), "all", or none ("").
        subclasses: whether a subclass of an `nn` class counts as that class.
        by_class_name: whether such a subclass is a convolution if its name has 'Conv' in it, and
            only then; and none at all if it has children.
        by_place: how often a module counts that stands at several places of the tree of modules:
            once (0), at each place (1), or at each place what is added to it at each (2).
        of_callers: whether what a function counts is that of the module which calls it, and counts
            as often as that.
        trained: whether only parameters that are trained are counted.
        whole: modules that it takes as a whole, by their class: it sees no modules in them, and has
            a table of its own for what they call.
        per_sample: whether what modules count (`nn.`) is divided by the first axis of the input,
            which is known of one input only.
        keeps: what a tool that listens to a trace sees: only what leads to an output, or also what
            leads to running statistics, as in train mode; all that is run if "".
        outermost: whether functions count only outside of modules that have counted something.
        first: whether a call counts by the first of its names that has a rule, and by that alone;
            a module with a rule stands for all that it calls.
        opaque: whether classes of `nn` hide what they call.
        last_call: whether only the last call of a module counts.
        single: whether figures and params are added up in single precision, call by call.
        no_grad: whether it is run without gradients, for which torch has kernels of their own.
        fails: names of calls on which the tool raises, and what it says.
        weightless: what it raises on a model without parameters.
        overwritten: what it raises where an op overwrites what the backward pass needs.
        others: further figures that it prints, by what it calls them.
        defects: what is wrong beyond single rules.
        extends: the tool whose table it starts from, if it is somebody's own.
        digest: of one's own rules, in hexadecimal digits; "" of a tool.
        source: where one's own rules are from.
    """

    tool: str
    versions: tuple[str, ...]
    rules: Table
    unit: str
    label: str
    summary: str
    sees: str
    params: str
    subclasses: bool = False
    by_class_name: bool = False
    trained: bool = False
    by_place: int = 0
    of_callers: bool = False
    whole: Mapping[str, Table] = field(default_factory=dict)
    per_sample: bool = False
    keeps: str = ""
    outermost: bool = False
    first: bool = False
    opaque: bool = False
    last_call: bool = False
    single: bool = False
    no_grad: bool = False
    fails: Mapping[str, str] = field(default_factory=dict)
    weightless: str = ""
    overwritten: str = ""
    others: Mapping[str, Table] = field(default_factory=dict)
    defects: tuple[str, ...] = ()
    extends: Convention | None = None
    digest: str = ""
    source: str = ""

    @property
    def name(self) -> str:
        """`tool@version`, or the tool alone where it has no versions."""
        return f"{self.tool}@{self.versions[-1]}" if self.versions else self.tool

    @property
    def signature(self) -> str:
        """The name, with the digest of one's own rules: what figures are locked under."""
        return f"{self.name} (rules {self.digest})" if self.digest else self.name

    def __repr__(self) -> str:
        return f"<convention {self.name}>"

    def hides(self, inside: str) -> bool:
        """Whether what is inside of one of `calls.WHOLE` is one call to the tool, of no figure."""
        kernel = self.no_grad and inside == ENCODER_LAYER
        return kernel or (bool(self.keeps) and inside == SCRIPTED)


def each(pattern: str, rule: Rule, dims: str = "123") -> dict[str, Rule]:
    """The rule for each name that `{}` stands for: `nn.Conv{}d` is three."""
    return {pattern.replace("{}", digit): rule for digit in dims}


def without(table: Table, *names: str) -> dict[str, Rule]:
    """The table but for these names, which an older version does not have."""
    return {name: rule for name, rule in table.items() if name not in names}
