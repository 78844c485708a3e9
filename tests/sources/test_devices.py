"""Devices: those that are shipped, files of one's own, and what is wrong with them."""

from pathlib import Path

import pytest

from convcost.errors import ConvcostError
from convcost.sources.reading.devices import devices_of, find_device, read_devices, shipped_devices
from convcost.values.dtypes import BITS
from convcost.values.rates import RateType, TimeType
from tests.support.program import Program

MINE = """
mine:
  name: My machine
  kind: board
  bandwidth: {rate: 12.5 GB/s, source: measured}
  peaks:
    float32: {rate: 80 GFLOP/s, source: measured, note: two threads}
"""


def test_shipped_devices() -> None:
    """There are phones, boards and data-centre GPUs, each figure of which has an address."""
    devices = shipped_devices()
    kinds = {device.kind for device in devices.values()}
    assert len(devices) >= 15
    assert kinds >= {"phone", "board", "laptop", "data-centre GPU"}
    for device in devices.values():
        assert device.peaks.keys() <= BITS.keys()
        for rate in (device.bandwidth, *device.peaks.values()):
            assert rate.source.startswith(("https://", "http://"))
            assert rate.value > 10**9


def test_no_device_contradicts_itself() -> None:
    """Narrower numbers are never slower than wider ones of the same family."""
    for device in shipped_devices().values():
        for wide, narrow in (
            *(("float64", "float32"), ("float32", "float16"), ("tf32", "float16")),
            *(("float16", "float8"), ("bfloat16", "int8"), ("int8", "int4")),
        ):
            if wide in device.peaks and narrow in device.peaks:
                assert device.peaks[wide].value <= device.peaks[narrow].value, device.key


def test_names() -> None:
    """A device is found by its name, by words of it, and however it is spelt."""
    for word in ("nvidia-t4", "T4", "NVIDIA T4", "nvidia_t4"):
        assert find_device(word).key == "nvidia-t4"
    for word, message in (
        ("a100", "'a100' may be nvidia-a100-sxm-40gb, nvidia-a100-sxm-80gb"),
        ("nvidia-t5", "did you mean 'nvidia-t4'?"),
        ("", "no device"),
    ):
        with pytest.raises(ConvcostError, match=message.replace("?", r"\?")):
            find_device(word)


def test_a_file_of_ones_own(tmp_path: Path) -> None:
    """A file has a device or several, of which one is named behind a colon."""
    path = tmp_path / "mine.yaml"
    path.write_text(MINE, encoding="utf-8")
    found = find_device(str(path))
    assert (found.key, found.bandwidth.value) == ("mine", 12_500_000_000)
    assert found.peaks["float32"].note == "two threads"
    assert find_device("mine.yaml", str(tmp_path)) == found._replace(place=found.place)
    path.write_text(MINE + MINE.replace("mine:", "yours:", 1), encoding="utf-8")
    with pytest.raises(ConvcostError, match=f"has 2 devices; choose one: {path}:mine"):
        find_device(str(path))
    assert find_device(f"{path}:yours").key == "yours"
    assert [*devices_of([f"{path}:yours"])] == ["yours"]
    assert [*devices_of([str(path), "t4"])] == ["mine", "yours", "nvidia-t4"]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("12.5 GB/s", "12.5", ":5:21: rate is a rate such as 2039 GB/s, not '12.5'"),
        ("12.5 GB/s", "12.5 GFLOP/s", "rate is a rate such as 2039 GB/s"),
        ("80 GFLOP/s", "-80 GFLOP/s", "is a rate such as 19.5 TFLOP/s"),
        ("80 GFLOP/s", "0 GFLOP/s", "is less than one a second"),
        (", source: measured}", "}", ":5:14: a rate has a source, too"),
        ("float32:", "float31:", "no key in peaks 'float31'"),
        ("peaks:", "peeks:", "no key in a device 'peeks'"),
        ("mine:", "'My one':", "a device's name is of lower-case letters"),
        ("  bandwidth", "  # bandwidth", "a device has bandwidth, too"),
        ("board", "!!python/object:os.system ls", "tag"),
        (MINE, "[mine]", "devices are a mapping of names, not a list"),
    ],
)
def test_mistakes(old: str, new: str, message: str, tmp_path: Path) -> None:
    """What is wrong with a file is said with its place."""
    path = tmp_path / "mine.yaml"
    path.write_text(MINE.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ConvcostError) as raised:
        read_devices(str(path))
    assert message in str(raised.value)


def test_rates_and_times() -> None:
    """Rates and times are exact, whatever unit they are printed in."""
    assert RateType().parse("19.5 TFLOP/s") == RateType().parse("19.5TFLOPS") == 19_500_000_000_000
    assert RateType().parse("624 TOPS") == 624 * 10**12
    assert RateType(of_bytes=True).parse("1.555 TB/s") == 1_555_000_000_000
    for text in ("12ms", "12 ms", "12000us", "12000 µs", "0.012 s"):
        assert TimeType().parse(text) == 12 * 10**9
    for text in ("12", "12 h", "-1ms", "1e3 ms", "1" * 20 + "ms"):
        with pytest.raises(ValueError, match="is a time such as 12ms"):
            TimeType().parse(text)


def test_commands(convcost: Program) -> None:
    """`devices` lists devices, and one with its sources; `--on` adds bounds that stay in sight."""
    assert "snapdragon-865" in convcost("devices").out
    shown = convcost("devices", "t4").out
    assert "8.1 TFLOP/s" in shown
    assert "https://" in shown
    layer = ("compare", "--in", "24", "--hw", "112", "--on")
    assert "16.1 µs  compute" in convcost(*layer, "t4").out
    for arguments, message in (
        (("devices", "nothing"), "no device 'nothing'"),
        ((*layer, "a15", "--dtype", "int4"), "apple-a15: has no peak for int4, but for float32"),
        ((*layer, "t4", "--as", "thop"), "--on: goes without --as"),
    ):
        ran = convcost(*arguments)
        assert (ran.code, ran.out) == (2, "")
        assert message in ran.err
