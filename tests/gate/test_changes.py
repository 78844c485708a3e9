"""What changed, past which tolerance, and in which order it is told."""

from convcost.gate.changes import RENAMED, changes
from convcost.gate.tolerances import read_tolerances


def test_tolerances() -> None:
    """A figure may grow by so many or by so many percent, exactly."""
    old, new = {"a": {"params": 1000, "macs": 1000}}, {"a": {"params": 1010, "macs": 1011}}

    def failing(*words: str) -> list[str]:
        found = changes(old, new, read_tolerances(words))
        return [change.what for change in found if change.fails]

    assert failing() == ["macs", "params"]
    assert failing("1%") == ["macs"]
    assert failing("macs:1.1%", "params:10") == []
    assert failing("macs:1.099999%", "params:9") == ["macs", "params"]
    assert failing("5k", "macs:10") == failing("macs:10", "5k") == ["macs"]


def test_tolerance_of_zero_costs() -> None:
    """A figure that was 0 has grown whatever the percentage."""
    found = changes({"a": {"macs": 0}}, {"a": {"macs": 1}}, read_tolerances(["50%"]))
    assert [change.fails for change in found] == [True]


def test_order() -> None:
    """The largest growth comes first, then what is new, smaller and gone."""
    old = {"a": {"macs": 100}, "b": {"macs": 100}, "c": {"macs": 100}, "d": {"macs": 7}}
    new = {"a": {"macs": 110}, "b": {"macs": 150}, "c": {"macs": 90}, "e": {"macs": 9}}
    old["z"], new["z"] = {"macs": 0}, {"macs": 1}
    found = [(change.name, change.status) for change in changes(old, new, {})]
    assert found == [
        *(("z", "grew"), ("b", "grew"), ("a", "grew"), ("e", "new"), ("c", "shrank")),
        ("d", "gone"),
    ]


def test_many_renames() -> None:
    """Tens of thousands of entries that are gone are found among as many that are new."""
    count = 30_000
    old = {f"old {n}": {"params": n, "macs": n} for n in range(count)}
    new = {f"new {n}": {"params": n, "macs": n} for n in range(count)}
    found = changes(old, new)
    assert {(change.status, change.was.split()[1]) for change in found} == {
        (RENAMED, str(n)) for n in range(count)
    }
    assert all(change.name.split()[1] == change.was.split()[1] for change in found)
