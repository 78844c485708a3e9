"""The builder: where it stands, and how it goes back."""

from convcost.graph.builder import Builder, Finish
from convcost.kinds.parameters import make_window


def test_what_was_appended_is_forgotten() -> None:
    """Going back to a mark takes away all that came after it: nodes, scope and counters."""
    net = Builder((3, 8, 8))
    net.conv("kept", 4, make_window(2, 3))
    before, mark = net.graph(), net.mark()
    net.scope = "block."
    net.steps += 2
    net.conv("gone", 5, make_window(2, 2, padding="tf-same"), Finish(norm="batch", act="relu"))
    assert net.next_corner() == "right-bottom"
    assert (net.channels, len(net.nodes)) == (5, 6)
    net.go_back(mark)
    assert (net.graph(), net.mark()) == (before, mark)
    assert (net.channels, net.scope, net.corners_asked, net.steps) == (4, "", 0, 0)
