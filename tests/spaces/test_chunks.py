"""Designs that are counted one by one: in chunks, by processes, by a cluster."""

import json
import os
import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from convcost.errors import ConvcostError
from convcost.graph.cost import peak_memory
from convcost.sources.request import Request
from convcost.sources.spaces import recipes
from convcost.sources.spaces.space import SpaceWords, read_space
from convcost.spaces.chunks import Kept, StoppedError, count_all
from convcost.spaces.front import LESS
from convcost.spaces.tally import Span
from tests.support.spaces import CHAIN, brute, read, space_of


def test_what_does_not_add_up_is_counted_one_by_one() -> None:
    """Elements that stand in memory at once are those of each network."""
    case = read(CHAIN.replace("repeat: 4", "repeat: 2"))
    space = space_of(case, "macs", "peak")
    found = brute(case, lambda graph: (run_macs(graph), peak_memory(graph)))
    assert not space.added_up
    assert [(each.choices, each.values) for each in space.each({})] == found
    best = space.best(1, LESS, {0: Span(800_000, None)})
    wanted = min(values[1] for _, values in found if values[0] >= 800_000)
    assert best is not None
    assert best.values[1] == wanted


def run_macs(graph: Any) -> int:
    """MACs alone."""
    from convcost.graph.cost import cost

    return cost(graph).macs


def test_too_many_to_be_counted_one_by_one() -> None:
    """That there are too many designs for what does not add up is said."""
    with pytest.raises(ConvcostError, match="designs, of which 300,000 may be counted one by one"):
        space_of(read(CHAIN.replace("repeat: 4", "repeat: 6")), "peak")


@pytest.fixture
def chunks() -> Any:
    """Counts numbers that are themselves."""
    return lambda first, last: [(number,) for number in range(first, last)]


def test_chunks_merge_in_any_order(chunks: Any, tmp_path: Path) -> None:
    """Chunks are merged in order, whoever counts them; finished ones are not counted again."""
    with ThreadPoolExecutor(3) as executor:
        found = count_all(chunks, 1_000, 7, executor)
    assert found == chunks(0, 1_000)
    path = str(tmp_path / "kept")
    kept = Kept(path, "these", 7, 50)
    kept.add(7, chunks(7, 14))
    kept.close()
    with open(path, "a", encoding="utf-8") as file:
        file.write('{"first": 14, "val')  # where the last run was stopped
    asked: list[int] = []

    def counted(first: int, last: int) -> list[tuple[int, ...]]:
        asked.append(first)
        return chunks(first, last)

    kept = Kept(path, "these", 9, 50)
    assert count_all(counted, 50, 9, None, kept) == chunks(0, 50)
    kept.close()
    assert asked == [0, 14, 21, 28, 35, 42, 49]
    assert len(Path(path).read_text("utf-8").splitlines()) == 9
    with pytest.raises(ConvcostError, match="is of other designs or figures"):
        Kept(path, "others", 9, 50)


def test_ctrl_c_leaves_what_was_found(chunks: Any) -> None:
    """Who wants it to end has what was counted until then."""

    def counted(first: int, last: int) -> list[tuple[int, ...]]:
        if first == 30:
            raise KeyboardInterrupt
        return chunks(first, last)

    with pytest.raises(StoppedError) as stopped:
        count_all(counted, 100, 10)
    assert stopped.value.values == {number: (number,) for number in range(30)}


def write_chain(folder: Path, repeat: int) -> Path:
    """The chain as a file."""
    path = folder / "chain.yaml"
    path.write_text(CHAIN.replace("repeat: 4", f"repeat: {repeat}"), "utf-8")
    return path


def test_processes_count_the_same(tmp_path: Path, convcost: Any) -> None:
    """Two processes find what one does, and a file of what they counted is gone on from."""
    path, kept = write_chain(tmp_path, 2), tmp_path / "kept"
    asked = ("space", path, "--figures", "macs,peak", "--best=-peak", "--format", "json")
    alone = convcost(*asked)
    assert alone.code == 0
    crew = convcost(*asked, "--workers", 2, "--keep", kept)
    again = convcost(*asked, "--keep", kept)
    assert json.loads(alone.out) == json.loads(crew.out) == json.loads(again.out)


@pytest.mark.slow
def test_dask_cluster_that_loses_a_worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A Dask cluster of two workers, one of which is killed in the middle, finds the same."""
    distributed = pytest.importorskip("distributed")
    monkeypatch.setattr(recipes, "CHUNK", 10)
    request = Request([str(write_chain(tmp_path, 2))], [], {}, [], [])
    words = SpaceWords(figures=["macs", "peak"])
    cluster = distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None, silence_logs=50
    )
    with cluster:
        victims = [next(iter(cluster.workers.values())).pid]

        def kill_once(share: float) -> None:
            if victims:
                os.kill(victims.pop(), signal.SIGKILL)

        crew = recipes.Crew(dask=cluster.scheduler_address, progress=kill_once)
        shared = read_space(request, words, crew=crew)
    assert not victims
    assert [*shared.each({})] == [*read_space(request, words).each({})]


def test_no_cluster_is_said(tmp_path: Path, convcost: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """That no scheduler answers, or that Dask is not installed, is one line and exit 2."""
    path = write_chain(tmp_path, 2)
    monkeypatch.setitem(sys.modules, "distributed", None)
    ran = convcost("space", path, "--figures", "peak", "--dask", "tcp://127.0.0.1:1")
    assert (ran.code, ran.err) == (
        2,
        '--dask: a Dask cluster needs distributed: pip install "convcost[dask]"\n',
    )
