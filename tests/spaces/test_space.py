"""What a space answers: large ones, sums in buckets, samples, what does not add up, chunks."""

from collections import Counter
from itertools import product
from random import Random
from typing import Any

import pytest

import convcost
from convcost.counting.counts import count
from convcost.counting.profilers import find_convention
from convcost.errors import ConvcostError
from convcost.networks.arithmetic import make_divisible
from convcost.networks.cases import run_all
from convcost.spaces import sums, ways
from convcost.spaces.designs import Urn
from convcost.spaces.diagram import explore
from convcost.spaces.figures import Meter
from convcost.spaces.front import LESS, MORE
from convcost.spaces.search import search
from convcost.spaces.tally import Between, Span
from tests.support.paths import ROOT
from tests.support.spaces import CHAIN, Drawer, brute, disagreements, read, space_of

ONCE_FOR_ALL = ROOT / "configs/spaces/once-for-all.yaml"
REGNET = ROOT / "configs/spaces/regnet.yaml"


def first_stages(count: int) -> str:
    """The supernet with only so many of its stages, which has 7371 designs for each."""
    lines = ONCE_FOR_ALL.read_text("utf-8").split("\n")
    rows = [number for number, line in enumerate(lines) if line.startswith("          - [")]
    return "\n".join([line for n, line in enumerate(lines) if n not in rows[count:]])


def stage_sums(channels: int, hw: int, out: int, stride: int, se: bool) -> Counter[int]:
    """How many designs of a stage have so many MACs: plain sums of the costs of its blocks."""

    def blocks(channels: int, hw: int, stride: int) -> list[int]:
        found = []
        for k, expand in product((3, 5, 7), (3, 4, 6)):
            width = make_divisible(expand * channels)
            squeeze = {"squeeze": make_divisible(width / 4)} if se else {}
            own: dict[str, Any] = {"k": k, "width": width, "stride": stride, **squeeze}
            shape = (channels, hw, hw)
            found.append(convcost.cost("inverted-residual", shape, out, **own).macs)
        return found

    first, rest = blocks(channels, hw, stride), blocks(out, hw // stride, 1)
    sums = [sum(each) for more in (1, 2, 3) for each in product(first, *[rest] * more)]
    return Counter(sums)


def test_once_for_all() -> None:
    """The supernet has 7371^5 designs; in a window two stages have those of plain sums."""
    assert convcost.space(ONCE_FOR_ALL).count.most == 7371**5
    space = space_of(read(first_stages(2)), "macs")
    one, two = stage_sums(16, 112, 24, 2, False), stage_sums(24, 56, 40, 2, True)
    fixed = space.diagram.base[0] + space.reach.least[0][0] - min(one) - min(two)
    window = Span(fixed + 90_000_000, fixed + 120_000_000)
    wanted = sum(
        ways * more
        for (own, ways), (other, more) in product(one.items(), two.items())
        if window.has(fixed + own + other)
    )
    assert 0 < wanted < 7371**2 == space.designs
    assert space.count({0: window}) == (wanted, wanted)


def test_a_stage_of_it_is_that_of_brute_force() -> None:
    """A stage of the supernet has the designs that building each of them finds."""
    text = first_stages(1).replace("[3, 5, 7]", "[3, 7]").replace("[3, 4, 6]", "[3, 6]")
    case = read(text)
    space, designs = space_of(case), brute(case)
    assert space.designs == len(designs) == 4**2 + 4**3 + 4**4
    assert len(space.diagram.points) < 50
    assert [(each.choices, each.values) for each in space.each({})] == designs


@pytest.mark.parametrize(
    ("settings", "network"),
    [
        ({}, "RegNetX-200MF"),
        ({"d": "22", "w_a": "24.48", "w_m": "2.54", "g": "16"}, "RegNetX-400MF"),
        ({"d": "16", "w_0": "56", "w_a": "35.73", "w_m": "2.28", "g": "16"}, "RegNetX-800MF"),
    ],
)
def test_regnet_space(settings: dict[str, str], network: str) -> None:
    """Quantised widths make the networks of the paper, of which they are made."""
    own = convcost.network(REGNET, set=settings).cost
    assert own == convcost.network(network).cost


@pytest.mark.parametrize("most", [4, 30, 200])
def test_buckets_bound_what_is_exact(monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    """Where sums are cut to buckets, every answer lies within the bounds that are said."""
    spans = {0: Span(2_000, 5_000), 1: Span(1_000_000, 2_000_000)}
    exact = space_of(read(CHAIN.replace("repeat: 4", "repeat: 3")))
    own, known = exact.count(spans).most, exact.options(spans)
    spreads = [exact.spread(column, spans) for column in (0, 1)]
    within = {each.number for each in exact.each(spans)}
    assert exact.count(spans).exact
    for name in ("FEW", "MOST_SUMS", "MOST_INDICES"):
        monkeypatch.setattr(ways, name, 0)
    monkeypatch.setattr(ways, "MOST_BUCKETS", most)
    monkeypatch.setattr(sums, "MOST_SUMMED", 0)
    monkeypatch.setattr(ways, "MOST_CELLS", most * exact.diagram.end)
    cut = space_of(exact.case)
    bounds = cut.count(spans)
    assert not bounds.exact
    assert bounds.least <= own <= bounds.most
    for column, one in enumerate(spreads):
        other = cut.spread(column, spans)
        assert one is not None
        assert other is not None
        assert {*one.least, *one.most} == {*other.least, *other.most}  # found by a search
    for option, bound in zip(known, cut.options(spans), strict=True):
        assert bound.designs.least <= option.designs.most <= bound.designs.most
    drawn = {each.number for each in cut.sample(20, 7, spans)}
    assert len(drawn) == 20
    assert drawn <= within


def test_bounds_where_the_best_is_not_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it would take too long to find the least and the most, they have bounds that hold."""
    case, spans = read(CHAIN.replace("repeat: 4", "repeat: 2")), {1: Span(600_000, 900_000)}
    values = [each.values[1] for each in space_of(case).each(spans)]
    monkeypatch.setattr(ways, "FEW", 0)
    monkeypatch.setattr(ways, "MOST_SUMS", 40)
    monkeypatch.setattr(ways, "find_spec", lambda name: None)
    monkeypatch.setattr("convcost.spaces.space.find_spec", lambda name: None)
    monkeypatch.setattr(sums, "MOST_SUMMED", 0)
    monkeypatch.setattr("convcost.spaces.best.search", lambda *_: None)
    monkeypatch.setattr("convcost.spaces.front.MOST_KEPT", 0)
    spread = space_of(case).spread(1, spans)
    assert spread is not None
    assert not spread.least.exact
    assert spread.least.least <= min(values) <= spread.least.most
    assert spread.most.least <= max(values) <= spread.most.most


def test_without_numpy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without numpy all answers are the same."""
    monkeypatch.setattr(ways, "FEW", 0)
    monkeypatch.setattr(ways, "find_spec", lambda name: None)
    case = read(CHAIN.replace("repeat: 4", "repeat: 2"))
    assert disagreements(space_of(case), brute(case)) == []


def test_arrays(monkeypatch: pytest.MonkeyPatch) -> None:
    """In arrays all answers are the same as in dictionaries, also where no 64 bits are enough."""
    pytest.importorskip("numpy")
    monkeypatch.setattr(ways, "FEW", 0)
    case = read(CHAIN.replace("repeat: 4", "repeat: 2"))
    designs = brute(case)
    assert disagreements(space_of(case), designs) == []
    monkeypatch.setattr(ways, "LARGEST", 3)
    assert disagreements(space_of(case), designs) == []


@pytest.mark.parametrize("part", [1, 10, 2**16])
def test_sums_one_by_one(monkeypatch: pytest.MonkeyPatch, part: int) -> None:
    """The designs of some numbers, in parts however large, are those that are listed."""
    pytest.importorskip("numpy")
    monkeypatch.setattr(sums, "PART", part)
    space = space_of(read(CHAIN.replace("repeat: 4", "repeat: 2")))
    rows = [tuple(row) for part in sums.sums_of(space.diagram, 7, 130) for row in part.tolist()]
    assert rows == [each.values for each in space.each({})][7:130]


def test_sums_one_by_one_where_states_have_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where sums would be cut to buckets, but designs are few, they are gone through."""
    pytest.importorskip("numpy")
    for name in ("FEW", "MOST_SUMS", "MOST_INDICES"):
        monkeypatch.setattr(ways, name, 0)
    monkeypatch.setattr(ways, "MOST_BUCKETS", 10)
    case = read(CHAIN.replace("repeat: 4", "repeat: 2"))
    space, designs = space_of(case), brute(case)
    spans = {0: Span(1_000, 3_000), 1: Span(500_000, 900_000)}
    own = [values for _, values in designs if all(s.has(values[c]) for c, s in spans.items())]
    assert space.count(spans) == (len(own), len(own)) > (0, 0)
    spread = space.spread(0, spans)
    assert spread is not None
    assert {*spread.quantiles[50]} == {sorted(values[0] for values in own)[(len(own) - 1) // 2]}


def test_samples_are_uniform() -> None:
    """Each design within a window is drawn as often as any other: chi-squared of 40 a design."""
    space = space_of(read(CHAIN.replace("repeat: 4", "repeat: 2")))
    spans = {1: Span(600_000, 900_000)}
    wanted = [each.number for each in space.each(spans)]
    urn, random = Urn(space.ways((1,), True), (1,), spans), Random(5)
    drawn = Counter(urn.draw(random) for _ in range(40 * len(wanted)))
    squares = sum((times - 40) ** 2 / 40 for times in drawn.values())
    assert len(drawn) == len(wanted) > 20
    assert squares < len(wanted) + 5 * (2 * len(wanted)) ** 0.5


def test_search_is_what_all_designs_say() -> None:
    """The search from the best bound finds the best of all designs within two-sided windows."""
    space = space_of(read(CHAIN.replace("repeat: 4", "repeat: 3")))
    designs = [*space.each({})]
    params, macs = (
        sorted(column) for column in zip(*[each.values for each in designs], strict=True)
    )
    for spans in (
        {1: Span(macs[700], macs[710])},
        {0: Span(params[900], params[910]), 1: Span(None, macs[900])},
    ):
        own = [each for each in designs if all(s.has(each.values[at]) for at, s in spans.items())]
        for column in (0, 1):
            for sign in (MORE, LESS):
                steps = search(space.diagram, space.reach, column, sign, spans)
                assert own
                assert steps is not None
                best = max(sign * each.values[column] for each in own)
                assert sign * space._design(steps).values[column] == best


@pytest.mark.parametrize("tool", ["thop@0.1.1", "fvcore@0.1.5", "ptflops@0.7.5", "torchinfo@1.8.0"])
def test_what_tools_print_adds_up(tool: str) -> None:
    """A tool's figure of each design is what it prints for that network."""
    case = read(CHAIN.replace("repeat: 4", "repeat: 2"))
    space, convention = space_of(case, tool), find_convention(tool)
    found = brute(case, lambda graph: (count(graph, convention).total or 0,))
    assert [(each.choices, each.values) for each in space.each({})] == found


def test_fused_norms() -> None:
    """Batch norms that are folded into convolutions are, in each design."""
    case = read(CHAIN.replace("repeat: 4", "repeat: 2") + "fuse: true\n")
    assert space_of(case).added_up
    assert disagreements(space_of(case), brute(case)) == []


def test_what_cannot_be_built_is_left_out_and_said() -> None:
    """Options that lead to no network are no designs, and it is said which and why."""
    case = read("""
input: 8x6x6
layers:
  - group: {out: 8, groups: {choose: [1, 3, 4]}, k: {choose: [3, 9]}, padding: 0}
""")
    space = space_of(case)
    assert [dict(each.choices) for each in space.each({})] == [
        {"1.group.groups": "1", "1.group.k": "3"},
        {"1.group.groups": "4", "1.group.k": "3"},
    ]
    assert {word for _, word in space.diagram.unbuilt} == {"3", "9"}
    assert disagreements(space, brute(case)) == []


def test_states_are_not_too_many() -> None:
    """Points of a chain grow with its length, not with its designs."""
    counts = []
    for length in (3, 6, 12):
        case = read(CHAIN.replace("repeat: 4", f"repeat: {length}"))
        counts.append(len(explore(case, Meter(case, ())).points))
    assert counts[2] - counts[1] == 2 * (counts[1] - counts[0])


def test_numbers_of_designs() -> None:
    """A design has the number under which it is found again, also of 10^19."""
    space = convcost.space(ONCE_FOR_ALL)
    for number in (0, 12345678901234567890, 7371**5 - 1):
        assert space[number].number == number
    with pytest.raises(ConvcostError, match="has designs 0 to 21,758"):
        space[7371**5]
    assert space.count == Between(7371**5, 7371**5)


def test_random_designs_are_their_networks() -> None:
    """Designs of random spaces cost what their networks do, which are built by themselves."""
    from convcost.sources.spaces.space import design_case

    for seed in (0, 1, 4, 9):
        space = space_of(read(Drawer(seed).text()))
        for design in space.sample(5, seed, {}):
            [row] = run_all([design_case(space, design.choices)])[0].rows
            assert (row.cost.params, row.cost.macs) == design.values
