"""Bytes and bounds in Python."""

from pathlib import Path

import pytest

import convcost

LAYER = convcost.build("standard", (24, 112, 112), norm="bn")
BYTES = 2 * 24 * 12544


def test_traffic() -> None:
    """Bytes are those of the dtypes that are asked for, fused or not."""
    weights = 24 * 24 * 9
    assert convcost.traffic(LAYER) == convcost.Traffic(4 * (weights + 48), 2 * BYTES, 2 * BYTES)
    half = convcost.traffic(LAYER, dtype="float16", weights="int8", batch=2)
    assert half == convcost.Traffic(weights + 2 * 48, 2 * BYTES, 2 * BYTES)
    assert convcost.traffic(LAYER, fuse=False).bytes == 4 * (weights + 48) + 8 * BYTES


def test_bounds(tmp_path: Path) -> None:
    """A bound is on a shipped device, on that of a file, or on one that is at hand."""
    own = convcost.bound(LAYER, on="t4")
    assert own == convcost.bound(LAYER, on=convcost.devices()["nvidia-t4"])
    assert own.limited_by == "compute"
    assert convcost.bound(LAYER, on="t4", fuse=False).seconds > own.seconds
    assert convcost.bound(LAYER, on="t4", dtype="float16").limited_by == "memory"
    path = tmp_path / "mine.yaml"
    rate = "{rate: 1 GB/s, source: me}"
    path.write_text(
        f"mine:\n  bandwidth: {rate}\n  peaks: {{float32: {{rate: 1 TOPS, source: me}}}}\n"
    )
    found = convcost.bound(LAYER, on=str(path))
    assert found.seconds == pytest.approx(convcost.traffic(LAYER).bytes / 1e9)


def test_mistakes() -> None:
    """What is wrong is said of every argument at once."""
    with pytest.raises(convcost.ConvcostError) as raised:
        convcost.traffic(LAYER, dtype="half", weights="int5")
    assert [each.message.partition(";")[0] for each in raised.value.problems] == [
        "dtype cannot be 'half'",
        "weights cannot be 'int5'",
    ]
    with pytest.raises(convcost.ConvcostError, match="'tpu' may be google-tpu-v3"):
        convcost.bound(LAYER, on="tpu")
    with pytest.raises(convcost.ConvcostError, match="has no peak for int8"):
        convcost.bound(LAYER, on="apple-a15", dtype="int8")
