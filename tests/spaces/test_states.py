"""Ways that must not come together, as the rest of the network sees a difference between them."""

import pytest

from convcost.errors import ConvcostError
from convcost.graph.cost import peak_memory
from convcost.graph.traffic import unfused
from tests.support.spaces import brute, read, space_of

HEAD = "name: n\ninput: 3x8x8\n"


def forks(last: str) -> str:
    """Many options that cost the same whatever came before, and one that does not."""
    plain = [f"o{n}: {{conv-bn-act: {{out: 5, k: 1}}, from: input}}" for n in range(40)]
    return f"- choose: {{{', '.join([*plain, last])}}}\n"


SEES = {
    "the map before a layer that is left out": """
layers:
- conv-bn-act: {out: {choose: [8, 64]}, k: 1}
- conv-bn-act: {out: 8, k: 1}
  from: input
  when: {choose: [true, false]}
"""
    + forks("z: {conv-bn-act: {out: 50, k: 1}}"),
    "the map before layers that are not run": """
layers:
- conv-bn-act: {out: {choose: [4, 16]}, k: 1}
- layers:
  - {conv-bn-act: {out: 5, k: 1}, from: input}
  - conv-bn-act: {out: {choose: [4, 6]}, k: 1}
  run: channels > 8
"""
    + forks("z: {conv-bn-act: {out: 50, k: 1}}"),
    "what a parameter is computed from that nothing has asked for": """
params: {a: {choose: [8, 16]}, b: a * 2}
layers:
- conv-bn-act: {out: a, k: 1}
- conv-bn-act: {out: 4, k: 1}
"""
    + forks("z: {conv-bn-act: {out: b, k: 1}}"),
    "whether anything is there": """
layers:
- choose: {a: [], b: norm}
- choose: {a: [], b: norm}
""",
    "what copies ask for again": """
layers:
- repeat: 2
  choose:
    one: {conv-bn-act: {out: 8, k: {choose: [1, 3], same: true}}}
    skip: []
""",
    "a loop's name that hides another": """
params: {c: {choose: [4, 8]}}
layers:
- for: c
  in: [4, {choose: [4, 8]}]
  conv-bn-act: {out: c, k: {choose: [1, 3]}}
- conv-bn-act: {out: c, k: 1}
""",
    "weights that are shared": """
layers:
- {name: a, standard: {out: 8, k: {choose: [1, 3]}}}
- {standard: {out: 3, k: 1}}
- choose: {own: {standard: {out: 8, k: 3}}, tied: {standard: {out: 8, k: 3}, share: a}}
""",
    "maps that are read again, one or two": """
layers:
- {name: a, standard: {out: {choose: [4, 8]}, k: 1}}
- {name: b, standard: {out: {choose: [4, 8]}, k: 1}, from: input}
- choose: {one: {standard: {out: 3, k: 1}}, two: {standard: {out: 5, k: 1}}}
- add: [{from: a}, {from: b}]
""",
}


@pytest.mark.parametrize("seen", SEES)
def test_what_the_rest_sees_is_in_the_state(seen: str) -> None:
    """A space in which something is seen has the designs that brute force finds."""
    case = read(HEAD + SEES[seen])
    space = space_of(case)
    assert space.added_up
    assert [(each.choices, each.values) for each in space.each({})] == brute(case)


CHANGED = {
    "weights of a layer that is not run": """
layers:
- {name: w, standard: {out: 8, k: 1}, run: false}
- choose: {own: {standard: {out: 8, k: 1}}, tied: {standard: {out: 8, k: 1}, share: w}}
- standard: {out: {choose: [4, 5]}, k: 1}
""",
    "norms that are folded or not": """
fuse: true
layers:
- {name: c, conv-bn-act: {out: 5, k: 1, norm: none, act: none}}
- choose: {skip: [], bn: [norm]}
- conv-bn-act: {out: {choose: [4, 5]}, k: 1, norm: none}
- layers: [{conv-bn-act: {out: 5, k: 1, norm: none, act: none}, share: c}, norm]
  from: input
""",
}


@pytest.mark.parametrize("changed", CHANGED)
def test_what_changes_later_is_counted_whole(changed: str) -> None:
    """Where a layer changes what others cost, designs are counted one by one."""
    case = read(HEAD + CHANGED[changed])
    space = space_of(case)
    assert not space.added_up
    assert [(each.choices, each.values) for each in space.each({})] == brute(case)


def test_directions_are_known_at_the_end_only() -> None:
    """The last of an odd number of 2 x 2 convolutions moves more than the others."""
    case = read("input: 16x8x8\nlayers: [{xsepconv: {out: 16, k: {choose: [3, 5]}}}]\n")
    assert space_of(case).added_up
    space = space_of(case, "unfused-bytes", "peak")
    found = brute(case, lambda graph: (unfused(graph, case.precision).bytes, peak_memory(graph)))
    assert [(each.choices, each.values) for each in space.each({})] == found


def test_parameters_are_of_the_input() -> None:
    """Words of the map in a parameter are of what comes in, wherever it is asked for first."""
    text = HEAD + "params: {a: PLACE, b: a * channels}\nlayers:\n- act\n- pointwise: {out: 40}\n"
    text += "- pointwise: {out: b}\n"
    chosen = space_of(read(text.replace("PLACE", "{choose: [2, 3]}")))
    plain = space_of(read(text.replace("PLACE", "3")))
    assert [*chosen.each({})][1].values == next(plain.each({})).values


@pytest.mark.parametrize(
    ("text", "error"),
    [
        (
            "params: {k: {choose: [2, 3, 5]}}\nlayers:\n- {choose: {a: [], b: act}, name: k}\n"
            "- pointwise: {out: k}\n",
            "two choices are called 'k'",
        ),
        (
            "hw: {choose: [8, 16]}\nparams: {hw: {choose: [2, 3]}}\nlayers: [act: {}]\n",
            "two choices are called 'hw'",
        ),
        ("layers: [pointwise: {out: {choose: [{choose: [4, 5]}, 7]}}]\n", "has no mapping in it"),
        ("design: {nope: 3}\nlayers: [pointwise: {out: {choose: [4, 5]}}]\n", "no choice 'nope'"),
    ],
)
def test_what_cannot_be_told_apart_is_refused(text: str, error: str) -> None:
    """Two choices of one path, a choice within one, and a slip in a design are errors."""
    with pytest.raises(ConvcostError, match=error):
        space_of(read(HEAD + text))


def test_sizes_of_a_split_are_choices_of_their_own() -> None:
    """Each size of a split has a path with its number."""
    case = read(
        "input: 32x4x4\nlayers:\n- split: [[pointwise: {out: 4}], [act]]\n"
        "  sizes: [{choose: [8, 16]}, {choose: [24, 16]}]\n"
    )
    space = space_of(case)
    assert [dict(each.choices) for each in space.each({})] == [
        {"1.split.sizes.1": "8", "1.split.sizes.2": "24"},
        {"1.split.sizes.1": "16", "1.split.sizes.2": "16"},
    ]
